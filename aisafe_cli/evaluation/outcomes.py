"""Judge a safeguard on each channel, or once for the release: gather the facts, decide, say why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Binds, Flag, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Level, Outcome, Why
from aisafe_cli.domain.plan import Claim, Plan, Status
from aisafe_cli.domain.report import ChannelResult
from aisafe_cli.evaluation.decision import NOT_ASKED, OUTCOME_BY_STATUS, Before, Decision, decide
from aisafe_cli.evaluation.facts import Case, Context, build_case, build_facts, build_rules, is_asked
from aisafe_cli.evaluation.profile import is_required, rate_level
from aisafe_cli.evaluation.reasons import explain, explain_context, explain_not_asked, find_too_late, propose
from aisafe_cli.evaluation.stages import (
    Place,
    StageEnd,
    find_ruled_out,
    find_stage_ends,
    has_held,
    is_judged_by_stages,
    names_stages,
)


def judge_on(safeguard: Safeguard, place: Place, claims: Sequence[Claim], context: Context) -> ChannelResult:
    """Judge a safeguard on one channel, with the claims that cover it: the worst of what they amount to."""
    cases = [build_case(safeguard, place, claim, context) for claim in claims or (None,)]
    if not is_asked(safeguard, (place,), context):
        return _judge_not_asked(cases[0], context, claims)
    return _judge_worst(cases, context)


def judge_release(safeguard: Safeguard, context: Context) -> ChannelResult:
    """Judge a safeguard once, for the release: on its most open channel, or the worst of them if they are several."""
    plan = context.plan
    cases = [
        build_case(safeguard, place, claim, context)
        for place in context.most_open
        for claim in _list_covering(safeguard, place, plan) or (None,)
    ]
    if not is_asked(safeguard, context.places, context):
        return _judge_not_asked(cases[0], context, plan.claims.get(safeguard.id, ()))
    if is_judged_by_stages(safeguard, cases[0].judgement.flag):
        cases = [_find_staged(cases[0], context)]
    elif safeguard.until_public and cases[0].judgement.flag is Flag.INCOMPATIBLE:
        cases = [_find_guard(case, context) for case in cases]
    elif safeguard.holds_until_opened:
        cases = [_find_earlier(case, context) for case in cases]
    return _judge_worst(cases, context)


def _list_covering(safeguard: Safeguard, place: Place, plan: Plan) -> tuple[Claim, ...]:
    """Return the claims that cover a place; on the organization each is a claim on all of it."""
    if safeguard.binds is Binds.ORGANIZATION:
        return plan.claims.get(safeguard.id, ())
    return plan.claims_on(safeguard.id, place.channel.id)


def rate_result(
    safeguard: Safeguard, place: Place, outcome: Outcome, flag: Flag, context: Context
) -> tuple[Level, bool]:
    """Return how bad an outcome is on a channel, and whether the safeguard is required there."""
    if not safeguard.binds.is_judged_once:  # what others who operate the channel agree to lowers nothing
        flag = safeguard.flag_on(context.role, place.access_level)
    required = is_required(safeguard, flag, place.channel, context)
    adopted = (name for name in safeguard.alternatives if name in context.adopted)
    level = rate_level(outcome, required, adopted, context.catalog, context.capability)
    return level, required and outcome is not Outcome.NOT_APPLICABLE


def _judge_worst(cases: Iterable[Case], context: Context) -> ChannelResult:
    decided = [(case, decide(build_rules(case), build_facts(case))) for case in cases]
    case, decision = min(decided, key=lambda one: OUTCOME_ORDER[one[1].outcome])
    reason = " ".join([explain(case, decision.why).strip(), *explain_context(case, context)])
    return _build_result(case, decision, reason, context)


def _judge_not_asked(case: Case, context: Context, claims: Iterable[Claim | None]) -> ChannelResult:
    return _build_result(case, NOT_ASKED, explain_not_asked(case, context, claims), context)


def _build_result(case: Case, decision: Decision, reason: str, context: Context) -> ChannelResult:
    outcome, why, flag = decision.outcome, decision.why, case.judgement.flag
    level, required = rate_result(case.safeguard, case.place, outcome, flag, context)
    return ChannelResult(
        channel=case.place.channel.id,
        outcome=outcome,
        why=why,
        flag=flag,
        level=level,
        required=required,
        reason=reason,
        remedies=() if why is Why.NOT_ASKED else propose(case, why, context.as_of),
        claim=case.claim,
        judged=True,
        too_late=find_too_late(case, why, context.as_of),
        by_parts=(),
    )


# --- what was carried out before the release opened fully -----------------------------------------------------------


def _find_staged(case: Case, context: Context) -> Case:
    """Return the case of a safeguard that opening ends: of a claim that did not hold, else of all that held."""
    claims = _sort_claims(case, context)
    ends = find_stage_ends(context.places, find_ruled_out(case.safeguard, context.plan, context.places))
    ended = max(end.day for end in ends)
    relied_on = [claim for claim in claims if claim.is_relied_on]
    if failed := next((claim for claim in relied_on if not has_held(claim, ends)), None):
        on = _list_stages(ends).intersection(failed.channels)
        partly = _order_channels(on, context) if names_stages(failed, ends) else ()
        return replace(case, claim=failed, elsewhere=(), before=Before.NOT_HELD, held_on=partly, ended=ended)
    if relied_on:
        return _build_held(case, relied_on, ended, context, _list_stages(ends))
    best = max(claims, key=lambda claim: OUTCOME_ORDER[OUTCOME_BY_STATUS[claim.status]], default=None)
    return replace(case, claim=best, elsewhere=(), ended=ended)


def _find_guard(case: Case, context: Context) -> Case:
    """Return the case of a safeguard that publication rules out: of a claim that is too wide, else of all others."""
    ruled_out = find_ruled_out(case.safeguard, context.plan, context.places)
    relied_on = [claim for claim in _sort_claims(case, context) if claim.is_relied_on]
    wide = [claim for claim in relied_on if not claim.channels or ruled_out.intersection(claim.channels)]
    if wide:
        return replace(case, claim=wide[0], elsewhere=())
    if not relied_on or any(claim.status is not Status.IMPLEMENTED for claim in relied_on):
        return case
    return _build_held(case, relied_on, _find_first_opening(ruled_out, context), context)


def _find_earlier(case: Case, context: Context) -> Case:
    """Return the case with what was carried out before, where the plan does not rely on it on this channel.

    What would count before any of the channels if that opened further counts before it as it is. So a narrower release
    never fails for a claim that is enough for a wider one.
    """
    if case.claim is not None and case.claim.is_relied_on:
        return case
    claims = [claim for claim in _sort_claims(case, context) if claim.status is Status.IMPLEMENTED and claim.channels]
    if case.safeguard.until_public:
        return _build_held(case, claims, case.place.opens, context) if claims else case
    for place in sorted(context.places, key=lambda place: place.opens, reverse=True):
        ends = find_stage_ends(context.places, {place.channel.id})
        if held := [claim for claim in claims if has_held(claim, ends)]:
            return _build_held(case, held, max(end.day for end in ends), context, _list_stages(ends))
    return case


def _find_first_opening(channels: Collection[str], context: Context) -> date:
    return min(place.opens for place in context.places if place.channel.id in channels)


def _build_held(
    case: Case, held: Sequence[Claim], ended: date, context: Context, stages: frozenset[str] | None = None
) -> Case:
    """Return the case with what was carried out until a day on the channels that claims name, or of them on stages."""
    claim = _merge_claims(held)
    on = claim.channels if stages is None else stages.intersection(claim.channels)
    held_on = _order_channels(on, context)
    return replace(case, claim=claim, elsewhere=(), before=Before.HELD, held_on=held_on, ended=ended)


def _sort_claims(case: Case, context: Context) -> list[Claim]:
    """Return the claims by their channels, so that the order in which the plan lists them makes no difference."""
    return sorted(context.plan.claims.get(case.safeguard.id, ()), key=lambda claim: claim.channels)


def _merge_claims(claims: Sequence[Claim]) -> Claim:
    """Return one claim that names the channels and the evidence of several."""
    if len(claims) == 1:
        return claims[0]
    return replace(
        claims[0],
        channels=tuple(channel for claim in claims for channel in claim.channels),
        evidence=tuple(item for claim in claims for item in claim.evidence),
    )


def _list_stages(ends: Iterable[StageEnd]) -> frozenset[str]:
    return frozenset().union(*(end.stages for end in ends))


def _order_channels(channels: Iterable[str], context: Context) -> tuple[str, ...]:
    names = set(channels)
    return tuple(place.channel.id for place in context.places if place.channel.id in names)
