"""Judge a plan: each safeguard on each channel and for the release. Pure; reads no clock, file or environment.

Each channel is judged by the access it gives, as the draft would have each deployment described (NIST AI 800-1 ipd,
Practice 5.1, page 12). How bad a finding is depends on what the catalog requires of the plan's size and capability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aisafe_cli.domain.catalog import Binds, Catalog, Ladder, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evidence import list_adopted, mark_ages
from aisafe_cli.evaluation.facts import Context
from aisafe_cli.evaluation.outcomes import Judged, judge_on, judge_release
from aisafe_cli.evaluation.places import Place, list_most_open, list_places
from aisafe_cli.evaluation.plan_checks import check_plan
from aisafe_cli.evaluation.profile import count_capability, is_required, rate_level
from aisafe_cli.evaluation.reasons import join_reasons, join_remedies
from aisafe_cli.evaluation.scores import score_channel, score_release
from aisafe_cli.text.wording import join_names

NO_OVERRIDES = EvaluationOverrides()


def evaluate(
    plan: Plan,
    catalog: Catalog,
    ladder: Ladder,
    as_of: date,
    overrides: EvaluationOverrides = NO_OVERRIDES,
    notes: Sequence[PlanFinding] = (),
) -> Report:
    """Return the complete report of a plan, under the overrides of a configuration if there is one.

    `notes` are what loading found; they stand after the findings on the plan, so that nobody can drop them. The date
    moves waivers, the age of evidence and what is too late, never the set of channels: openness is a ratchet. Raises
    NothingToEvaluate where no safeguard applies, since a pass would then rest on nothing.
    """
    context = _build_context(plan, catalog, ladder, as_of, overrides)
    findings = tuple(_judge_safeguard(safeguard, context) for safeguard in catalog.safeguards)
    if all(finding.outcome is Outcome.NOT_APPLICABLE for finding in findings):
        raise NothingToEvaluate(
            f"{plan.path}: no safeguard of the catalog applies to the role {context.role} in this plan"
        )
    most_open = context.most_open[0]
    return Report(
        plan=context.plan,
        catalog=catalog,
        ladder=ladder,
        as_of=as_of,
        mode=most_open.access_level.mode,
        decided_by=most_open.channel,
        channels=_build_channel_reports(context, findings),
        findings=findings,
        plan_findings=(*check_plan(context, findings), *notes),
        notes=tuple(notes),
        capability=context.capability,
        scores=score_release(catalog, context.role, most_open.access_level, findings),
        overrides=overrides,
    )


def _build_context(
    plan: Plan, catalog: Catalog, ladder: Ladder, as_of: date, overrides: EvaluationOverrides
) -> Context:
    plan = mark_ages(plan, as_of, overrides.age_limits)
    places = list_places(plan, ladder)
    return Context(
        plan=plan,
        catalog=catalog,
        places=places,
        most_open=list_most_open(places),
        capability=count_capability(plan.model, catalog),
        overrides=overrides,
        as_of=as_of,
    )


def _build_channel_reports(context: Context, findings: Sequence[Finding]) -> tuple[ChannelReport, ...]:
    return tuple(
        ChannelReport(
            channel=place.channel,
            access_level=place.access_level,
            scores=score_channel(context.catalog, context.role, place.access_level, index, findings),
        )
        for index, place in enumerate(context.places)
    )


def _judge_safeguard(safeguard: Safeguard, context: Context) -> Finding:
    plan, counted = context.plan, list_adopted(context.plan)
    adopted = tuple(alternative for alternative in safeguard.alternatives if alternative in counted)
    is_for_release = safeguard.binds is Binds.RELEASE
    results = (_repeat_release if is_for_release else _judge_channels)(safeguard, adopted, context)
    worst = min(results, key=lambda result: result.severity_key)
    claim = worst.claim or next(iter(plan.claims.get(safeguard.id, ())), None)
    return Finding(
        safeguard=safeguard,
        outcome=min((result.outcome for result in results), key=OUTCOME_ORDER.__getitem__),
        level=worst.level,
        reason=f"{_describe_basis(context)}: {results[-1].reason}" if is_for_release else join_reasons(results),
        remedy=join_remedies(results),
        position=claim.position if claim else plan.safeguards_position,
        channels=results,
        adopted=adopted,
    )


def _repeat_release(safeguard: Safeguard, adopted: Sequence[str], context: Context) -> tuple[ChannelResult, ...]:
    """Judge the release, and repeat the outcome on each channel."""
    judged = judge_release(safeguard, context)
    repeated = replace(judged, reason=f"{_describe_basis(context)}: {judged.reason}")
    top = context.most_open[0].access_level.rank
    results = []
    for place in context.places:
        is_judged = place.access_level.rank == top
        result = _build_result(safeguard, place, judged if is_judged else repeated, adopted, context)
        results.append(replace(result, judged=is_judged))
    return tuple(results)


def _describe_basis(context: Context) -> str:
    return f"Judged for the release, on {join_names(place.channel.id for place in context.most_open)}"


def _judge_channels(safeguard: Safeguard, adopted: Sequence[str], context: Context) -> tuple[ChannelResult, ...]:
    """Judge each channel; those with the same access level, operator and claim are judged alike, and once."""
    judged: dict[tuple[str, str, int], Judged] = {}
    results = []
    for place in context.places:
        claim = context.plan.claim_on(safeguard.id, place.channel.id)
        alike = (place.access_level.id, place.channel.operator, id(claim))
        if alike not in judged:
            judged[alike] = judge_on(safeguard, place, claim, context)
        results.append(_build_result(safeguard, place, judged[alike], adopted, context))
    return tuple(results)


def _build_result(
    safeguard: Safeguard, place: Place, judged: Judged, adopted: Sequence[str], context: Context
) -> ChannelResult:
    is_for_release = safeguard.binds is Binds.RELEASE
    flag = judged.flag if is_for_release else safeguard.flag_on(context.role, place.access_level)
    required = is_required(
        safeguard, flag, place.channel, context.plan, context.catalog, context.capability, context.overrides
    )
    return ChannelResult(
        channel=place.channel.id,
        outcome=judged.outcome,
        why=judged.why,
        flag=judged.flag,
        level=rate_level(judged.outcome, required, adopted, context.catalog, context.capability),
        required=required and judged.outcome is not Outcome.NOT_APPLICABLE,
        reason=judged.reason,
        remedies=judged.remedies,
        claim=judged.claim,
        too_late=judged.too_late,
    )
