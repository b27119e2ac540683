"""Judge one stage of a plan: the channels that are open by a day, and what is said of the others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.edits import narrow_to_day
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Channel, Claim, Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import Cutoff, PlanFinding, Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evaluate import NO_OVERRIDES, evaluate

STAGE_ONLY = "later-stages-left-out"


def evaluate_stage(
    plan: Plan,
    catalog: Catalog,
    ladder: Ladder,
    as_of: date,
    day: date,
    overrides: EvaluationOverrides = NO_OVERRIDES,
    notes: Sequence[PlanFinding] = (),
) -> Report:
    """Return the report on the channels that are open by a day; a note in it names those that are not.

    Claims and waivers hold on the channels that are left and on no others. Raises NothingToEvaluate where no channel
    is open by then, or where no safeguard applies to those that are.
    """
    stage = narrow_to_day(plan, day)
    if not stage.channels:
        first = min(plan.channels, key=_sort_key)
        raise NothingToEvaluate(
            f"{plan.path}: no channel is open by {day.isoformat()}; the first to open is {first.id},"
            f" on {_sort_key(first)[0].isoformat()}"
        )
    report = evaluate(stage, catalog, ladder, as_of, overrides, notes)
    kept = {channel.id for channel in stage.channels}
    left_out = tuple(sorted((channel for channel in plan.channels if channel.id not in kept), key=_sort_key))
    report = replace(report, cut=Cutoff(day=day, left_out=left_out))
    if not left_out:
        return report
    return replace(report, plan_findings=(_build_note(plan, stage, day, left_out), *report.plan_findings))


def _build_note(plan: Plan, stage: Plan, day: date, left_out: Sequence[Channel]) -> PlanFinding:
    named = ", ".join(f"{channel.id} ({channel.access}, opens {_sort_key(channel)[0]})" for channel in left_out)
    message = f"Only the stage of {day.isoformat()} is judged. The verdict says nothing about {named}."
    if unheard := [name for name, claims in plan.claims.items() if _names_only_later(claims, stage)]:
        message += f" Claims that name only channels left out do not count: {', '.join(sorted(unheard))}."
    return PlanFinding(
        kind=STAGE_ONLY,
        level=Level.NOTE,
        message=message,
        remedy="Check the whole plan, without --stage, before another channel opens.",
        position=left_out[0].position,
    )


def _names_only_later(claims: Collection[Claim], stage: Plan) -> bool:
    open_by_then = {channel.id for channel in stage.channels}
    return any(claim.channels and not open_by_then.intersection(claim.channels) for claim in claims)


def _sort_key(channel: Channel) -> tuple[date, str]:
    return channel.opening, channel.id
