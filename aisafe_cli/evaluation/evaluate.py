"""Judge a plan: each safeguard on each channel and for the release. Pure; reads no clock, file or environment.

Each channel is judged by the access it gives, as the draft would have each deployment described (NIST AI 800-1 ipd,
Practice 5.1, page 12). How bad a finding is depends on what the catalog requires of the plan's size and capability.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from aisafe_cli.domain.catalog import Binds, Catalog, Flag, Ladder, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, UNMET, Level, Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evidence import list_adopted, mark_ages
from aisafe_cli.evaluation.outcomes import Claims, Judged, judge_on, judge_release
from aisafe_cli.evaluation.places import Place
from aisafe_cli.evaluation.plan_checks import check_plan
from aisafe_cli.evaluation.scores import score_channel, score_release
from aisafe_cli.text.wording import listed

NO_OVERRIDES = EvaluationOverrides()
_GRAVE_CAPABILITIES = frozenset({"high", "severe"})


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
    moves waivers and the age of evidence only, never the set of channels: openness is a ratchet. Raises
    NothingToEvaluate where no safeguard applies, since a pass would then rest on nothing.
    """
    plan = mark_ages(plan, as_of, overrides.age_limits)
    places = sorted(
        (Place(channel=channel, access_level=ladder.access_levels[channel.access]) for channel in plan.channels),
        key=lambda place: (place.access_level.rank, place.opens, place.channel.id),
    )
    most_open = [place for place in places if place.access_level.rank == places[-1].access_level.rank]
    role = plan.organization.role
    findings = tuple(
        _judge_safeguard(safeguard, plan, catalog, places, most_open, overrides) for safeguard in catalog.safeguards
    )
    if all(finding.outcome is Outcome.NOT_APPLICABLE for finding in findings):
        raise NothingToEvaluate(f"{plan.path}: no safeguard of the catalog applies to the role {role} in this plan")
    return Report(
        plan=plan,
        catalog=catalog,
        ladder=ladder,
        as_of=as_of,
        mode=most_open[0].access_level.mode,
        decided_by=most_open[0].channel,
        channels=tuple(
            ChannelReport(
                channel=place.channel,
                access_level=place.access_level,
                scores=score_channel(catalog, role, place.access_level, index, findings),
            )
            for index, place in enumerate(places)
        ),
        findings=findings,
        plan_findings=(*check_plan(plan, ladder, findings), *notes),
        scores=score_release(catalog, role, most_open[0].access_level, findings),
        overrides=overrides,
    )


def _judge_safeguard(
    safeguard: Safeguard,
    plan: Plan,
    catalog: Catalog,
    places: Sequence[Place],
    most_open: Sequence[Place],
    overrides: EvaluationOverrides,
) -> Finding:
    claims = Claims(plan.claims.get(safeguard.id, ()))
    if safeguard.binds is Binds.RELEASE:
        judged = judge_release(safeguard, plan, places, most_open, claims, overrides)
        top = most_open[0].access_level.rank
        required = _is_required(safeguard, judged.flag, plan, catalog, overrides)
        results = tuple(
            _build_result(safeguard, plan, place, judged, required, place.access_level.rank == top) for place in places
        )
    else:
        results = _judge_channels(safeguard, plan, catalog, places, claims, overrides)
    worst = min(results, key=lambda result: result.severity_key)
    claim = worst.claim or (claims.all[0] if claims.all else None)
    return Finding(
        safeguard=safeguard,
        outcome=min((result.outcome for result in results), key=OUTCOME_ORDER.__getitem__),
        level=worst.level,
        reason=_describe_reason(safeguard, results, most_open),
        remedy=_describe_remedy(results),
        position=claim.position if claim else plan.safeguards_position,
        channels=results,
        adopted=_list_adopted(safeguard, plan),
    )


def _judge_channels(
    safeguard: Safeguard,
    plan: Plan,
    catalog: Catalog,
    places: Sequence[Place],
    claims: Claims,
    overrides: EvaluationOverrides,
) -> tuple[ChannelResult, ...]:
    """Judge each channel; those with the same rung, operator and claim are judged alike, and once."""
    judged: dict[tuple[str, str, int], Judged] = {}
    results = []
    for place in places:
        claim = claims.on(place.channel.id)
        alike = (place.access_level.id, place.channel.operator, id(claim))
        if alike not in judged:
            judged[alike] = judge_on(safeguard, plan, place, claim, overrides)
        required = _is_required(safeguard, judged[alike].flag, plan, catalog, overrides)
        results.append(_build_result(safeguard, plan, place, judged[alike], required, True))
    return tuple(results)


def _build_result(
    safeguard: Safeguard, plan: Plan, place: Place, judged: Judged, required: bool, judged_here: bool
) -> ChannelResult:
    return ChannelResult(
        channel=place.channel.id,
        outcome=judged.outcome,
        flag=judged.flag,
        level=_rate_level(safeguard, judged.outcome, required, plan),
        required=required and judged.outcome is not Outcome.NOT_APPLICABLE,
        reason=judged.reason,
        remedy=judged.remedy,
        claim=judged.claim,
        judged=judged_here,
    )


def _is_required(
    safeguard: Safeguard, flag: Flag, plan: Plan, catalog: Catalog, overrides: EvaluationOverrides
) -> bool:
    """Whether the safeguard is required of this size at this capability; otherwise it is recommended.

    The catalog says so, and a configuration may say otherwise, except of what the catalog always requires.
    """
    requirements, capability = catalog.requirements, plan.model.capability
    if safeguard.id in requirements.always or safeguard.id in overrides.required:
        return True
    if safeguard.id in overrides.recommended:
        return False
    if capability not in requirements.only_for_capability.get(safeguard.id, {capability}):
        return False
    profile = requirements.profiles[plan.organization.size, capability]
    if profile.rule == "flagged_compatible":
        return flag is Flag.COMPATIBLE
    return profile.rule == "all_applicable" or safeguard.id in profile.safeguards


def _rate_level(safeguard: Safeguard, outcome: Outcome, required: bool, plan: Plan) -> Level:
    if outcome is Outcome.INEFFECTIVE:
        return Level.ERROR
    if outcome in UNMET:
        return Level.ERROR if required else Level.WARNING
    grave = plan.model.capability in _GRAVE_CAPABILITIES and not _list_adopted(safeguard, plan)
    return Level.WARNING if outcome is Outcome.INCOMPATIBLE and grave else Level.NOTE


def _list_adopted(safeguard: Safeguard, plan: Plan) -> tuple[str, ...]:
    counted = list_adopted(plan)
    return tuple(alternative for alternative in safeguard.alternatives if alternative in counted)


def _describe_reason(safeguard: Safeguard, results: Sequence[ChannelResult], most_open: Sequence[Place]) -> str:
    """Say why, channel by channel, the gravest first; channels with the same reason together."""
    if safeguard.binds is Binds.RELEASE:
        return f"Judged for the release, on {listed(place.channel.id for place in most_open)}: {results[-1].reason}"
    by_reason: dict[str, list[str]] = {}
    for result in sorted(results, key=lambda result: result.severity_key):
        by_reason.setdefault(result.reason, []).append(result.channel)
    return " ".join(f"On {listed(channels)}: {reason}" for reason, channels in by_reason.items())


def _describe_remedy(results: Iterable[ChannelResult]) -> str:
    """Say what to do, about the gravest result first."""
    remedies = dict.fromkeys(
        result.remedy for result in sorted(results, key=lambda result: result.severity_key) if result.remedy
    )
    return " ".join(remedies)
