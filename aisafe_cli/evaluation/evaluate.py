"""Judge a plan: each safeguard on each channel and for the release. Pure; reads no clock, file or environment.

Each channel is judged by the access it gives, as the draft would have each deployment described (NIST AI 800-1 ipd,
Practice 5.1, page 12). How bad a finding is depends on what the catalog requires of the plan's size and capability.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Catalog, Choice, Ladder, Safeguard
from aisafe_cli.domain.edits import narrow_to_day
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, UNMET, Level, Outcome
from aisafe_cli.domain.plan import Channel, Claim, Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Cutoff, Finding, PlanFinding, Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.answers import is_answered_singly
from aisafe_cli.evaluation.audience import is_asked_of
from aisafe_cli.evaluation.evidence import list_adopted, mark_ages
from aisafe_cli.evaluation.facts import Context, build_context
from aisafe_cli.evaluation.outcomes import judge_on, judge_release, rate_result
from aisafe_cli.evaluation.plan_checks import check_plan
from aisafe_cli.evaluation.profile import list_capability_rules, rate_level
from aisafe_cli.evaluation.reasons import describe_parts, join_reasons, join_remedies, sort_by_severity
from aisafe_cli.evaluation.scores import score_channel, score_release
from aisafe_cli.text.wording import join_names

NO_OVERRIDES = EvaluationOverrides()
STAGE_ONLY = "later-stages-left-out"


# Findings by safeguard and by what the rules take from the capability.
Known = dict[tuple[str, tuple[object, ...]], Finding]


def evaluate(
    plan: Plan,
    catalog: Catalog,
    ladder: Ladder,
    as_of: date,
    overrides: EvaluationOverrides = NO_OVERRIDES,
    notes: Sequence[PlanFinding] = (),
    known: Known | None = None,
) -> Report:
    """Return the complete report of a plan, under the overrides of a configuration if there is one.

    `notes` are what loading found; they stand after the findings on the plan, so that nobody can drop them. The date
    moves waivers, the age of evidence and what is too late, never the set of channels: weights stay out. `known`
    takes findings from and to the same plan at another capability. Raises NothingToEvaluate where no safeguard applies,
    since a pass would then rest on nothing.
    """
    plan = _keep_own_waivers(mark_ages(plan, as_of, overrides.age_limits), catalog)
    context = build_context(plan, catalog, ladder, as_of, overrides)
    findings = _judge_safeguards(context, known)
    if all(finding.outcome is Outcome.NOT_APPLICABLE for finding in findings):
        raise NothingToEvaluate(
            f"{plan.path}: no safeguard of the catalog applies to the role {context.role} in this plan"
        )
    most_open = context.most_open[0]
    return Report(
        plan=plan,
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


def _judge_safeguards(context: Context, known: Known | None) -> tuple[Finding, ...]:
    judge = _judge_safeguard if known is None else partial(_take_or_judge, known)
    findings = tuple(judge(safeguard, context) for safeguard in context.catalog.safeguards)
    for choice in context.catalog.requirements.at_least_one:
        findings = _require_one(choice, findings)
    return findings


def _keep_own_waivers(plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan with its waivers for the catalog. Raises NothingToEvaluate where that is not asked of it."""
    if not is_asked_of(catalog.asked_of, plan.model):
        reason = catalog.asked_of.reason if catalog.asked_of else ""
        raise NothingToEvaluate(f"{plan.path}: {catalog.short_name} does not apply to this model. {reason}")
    own = {safeguard.id for safeguard in catalog.safeguards}
    waivers = tuple(waiver for waiver in plan.waivers if waiver.safeguard in own)
    return plan if waivers == plan.waivers else replace(plan, waivers=waivers)


def _build_channel_reports(context: Context, findings: Sequence[Finding]) -> tuple[ChannelReport, ...]:
    return tuple(
        ChannelReport(
            channel=place.channel,
            access_level=place.access_level,
            scores=score_channel(context.catalog, context.role, place.access_level, index, findings),
        )
        for index, place in enumerate(context.places)
    )


def list_known(report: Report) -> Known:
    """Return the findings of a report, for the same plan at another capability.

    What is one of a choice is left out, since others decide on it too.
    """
    chosen = frozenset().union(*(choice.of for choice in report.catalog.requirements.at_least_one))
    adopted = list_adopted(report.plan)
    found = [finding for finding in report.findings if finding.safeguard.id not in chosen]
    return {(one.safeguard.id, list_capability_rules(one.safeguard, adopted, report)): one for one in found}


def _take_or_judge(known: Known, safeguard: Safeguard, context: Context) -> Finding:
    key = safeguard.id, list_capability_rules(safeguard, context.adopted, context)
    if key not in known:
        known[key] = _judge_safeguard(safeguard, context)
    return known[key]


def _judge_safeguard(safeguard: Safeguard, context: Context) -> Finding:
    plan = context.plan
    is_for_release = safeguard.binds.is_judged_once
    results = (_repeat_release if is_for_release else _judge_channels)(safeguard, context)
    parts = tuple(_judge_safeguard(part, context) for part in safeguard.parts)
    results = _combine_parts(safeguard, results, parts, context)
    claims = plan.claims.get(safeguard.id, ())
    ordered = sort_by_severity(results)
    worst = ordered[0]
    claim = worst.claim or next(iter(claims), None)
    outcome = min((result.outcome for result in results), key=OUTCOME_ORDER.__getitem__)
    reason = f"{_describe_judged(context)}: {results[-1].reason}" if is_for_release else join_reasons(ordered)
    return Finding(
        safeguard=safeguard,
        outcome=outcome,
        level=worst.level,
        reason=" ".join([reason, *describe_parts(parts, outcome)]),
        remedy=join_remedies(ordered),
        position=claim.position if claim else plan.safeguards_position,
        channels=results,
        adopted=tuple(name for name in safeguard.alternatives if name in context.adopted),
        parts=parts,
    )


def _combine_parts(
    safeguard: Safeguard, results: tuple[ChannelResult, ...], parts: Sequence[Finding], context: Context
) -> tuple[ChannelResult, ...]:
    """Return the results with what the parts amount to, channel by channel.

    Beside a claim on the whole only parts count that were answered singly, and without one all that are asked and can
    work. What is not asked as a whole is so, but for a part that is relied on where it cannot work.
    """
    singly = {part.safeguard.id for part in parts if is_answered_singly(part.safeguard, safeguard, context.plan)}
    if not singly:
        return results
    return tuple(_combine_on(result, parts, index, singly, context) for index, result in enumerate(results))


def _combine_on(
    result: ChannelResult, parts: Iterable[Finding], index: int, singly: Collection[str], context: Context
) -> ChannelResult:
    is_asked = result.outcome is not Outcome.NOT_APPLICABLE
    is_claimed = result.claim is not None and result.outcome is not Outcome.INCOMPATIBLE
    counted = (Outcome.INEFFECTIVE, *((*UNMET, Outcome.SATISFIED) if is_asked else ()))
    by_outcome: dict[Outcome, list[Finding]] = {}
    for part in parts:
        outcome = part.channels[index].outcome
        if outcome in counted and (part.safeguard.id in singly or not is_claimed):
            by_outcome.setdefault(outcome, []).append(part)
    own = [result.outcome] if is_claimed or not by_outcome else []
    worst = min([*own, *by_outcome], key=OUTCOME_ORDER.__getitem__)
    if worst is result.outcome:
        return result
    names = [part.safeguard.id for part in by_outcome[worst]]
    part = by_outcome[worst][0]
    decisive = part.channels[index]
    return replace(
        result,
        outcome=worst,
        why=decisive.why,
        level=rate_level(worst, result.required, part.adopted, context.catalog, context.capability),
        reason=f"By {join_names(names)}: {decisive.reason}",
        remedies=decisive.remedies,
        claim=decisive.claim,
        by_parts=tuple(names),
    )


def _require_one(choice: Choice, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings with those that are unmet as errors on a channel where none of the choice is carried out."""
    members = [finding for finding in findings if finding.safeguard.id in choice.of]
    done: set[str] = set()
    for finding in members:
        done.update(finding.list_channels(Outcome.SATISFIED, Outcome.PARTIAL))
    return tuple(_raise_level(one, done, choice) if one in members else one for one in findings)


def _raise_level(finding: Finding, done: Collection[str], choice: Choice) -> Finding:
    """Return a finding as an error wherever it is unmet, but on the channels where the choice is carried out."""
    results = []
    for one in finding.channels:
        is_missing = one.channel not in done and one.outcome in UNMET
        raised = replace(one, level=Level.ERROR, required=True, reason=f"{one.reason} {choice.reason}")
        results.append(raised if is_missing else one)
    if tuple(results) == finding.channels:
        return finding
    level = min((one.level for one in results), key=LEVEL_ORDER.__getitem__)
    return replace(finding, channels=tuple(results), level=level, reason=f"{finding.reason} {choice.reason}")


def _repeat_release(safeguard: Safeguard, context: Context) -> tuple[ChannelResult, ...]:
    """Judge the release, and repeat the outcome on each channel."""
    judged = judge_release(safeguard, context)
    repeated = f"{_describe_judged(context)}: {judged.reason}"
    top = context.most_open[0].access_level.rank
    results = []
    for place in context.places:
        if place.channel.id == judged.channel:
            results.append(judged)
            continue
        is_judged = place.access_level.rank == top
        level, required = rate_result(safeguard, place, judged.outcome, judged.flag, context)
        reason = judged.reason if is_judged else repeated
        on = place.channel.id
        results.append(replace(judged, channel=on, level=level, required=required, judged=is_judged, reason=reason))
    return tuple(results)


def _describe_judged(context: Context) -> str:
    return f"Judged for the release, on {join_names(place.channel.id for place in context.most_open)}"


def _judge_channels(safeguard: Safeguard, context: Context) -> tuple[ChannelResult, ...]:
    """Judge each channel; those with the same access level, operator and claim are judged alike, and once."""
    judged: dict[tuple[str, str, tuple[int, ...]], ChannelResult] = {}
    results = []
    for place in context.places:
        claims = context.plan.claims_on(safeguard.id, place.channel.id)
        alike = (place.access_level.id, place.channel.operator, tuple(map(id, claims)))
        if alike not in judged:
            judged[alike] = judge_on(safeguard, place, claims, context)
        result, channel = judged[alike], place.channel.id
        results.append(result if result.channel == channel else replace(result, channel=channel))
    return tuple(results)


# --- one stage --------------------------------------------------------------------------------------------------------


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
    left_out = sorted(set(plan.channels) - set(stage.channels), key=lambda channel: (channel.opening, channel.id))
    if not stage.channels:
        raise NothingToEvaluate(
            f"{plan.path}: no channel is open by {day.isoformat()}; the first to open is {left_out[0].id},"
            f" on {left_out[0].opening.isoformat()}"
        )
    report = evaluate(stage, catalog, ladder, as_of, overrides, notes)
    report = replace(report, cut=Cutoff(day=day, left_out=tuple(left_out)))
    if not left_out:
        return report
    return replace(report, plan_findings=(_build_stage_note(plan, stage, day, left_out), *report.plan_findings))


def _build_stage_note(plan: Plan, stage: Plan, day: date, left_out: Sequence[Channel]) -> PlanFinding:
    named = ", ".join(f"{channel.id} ({channel.access}, opens {channel.opening})" for channel in left_out)
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
    return any(claim.channels and set(claim.channels).isdisjoint(stage.channel_ids) for claim in claims)
