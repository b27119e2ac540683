"""The outcome of one safeguard in one place: what the catalog flags, what the plan claims, and why that adds up. Pure.

The order of the rules follows the draft's own idea that a safeguard is relied on only with evidence that it works where
it is relied on (NIST AI 800-1 ipd, Appendix B, page 19, and Practice 5.2, page 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Flag, Judgement, Safeguard, TamperRule
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import RELIED_ON, Claim, Evidence, Plan, Status
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.evaluation.evidence import describe_problems, describe_remedies, find_doubtful
from aisafe_cli.evaluation.places import CONTRACT, Place, find_judgement
from aisafe_cli.evaluation.stages import explain_failed_stage, find_stage_ends, has_held, is_judged_by_stages
from aisafe_cli.text.wording import listed

_BY_STATUS = {
    Status.IMPLEMENTED: Outcome.SATISFIED,
    Status.PARTIAL: Outcome.PARTIAL,
    Status.PLANNED: Outcome.PLANNED,
    Status.NOT_IMPLEMENTED: Outcome.GAP,
    Status.UNANSWERED: Outcome.UNKNOWN,
}
_CLAIMED = {
    Status.IMPLEMENTED: "The plan claims it as implemented.",
    Status.PARTIAL: "The plan claims it as partly carried out.",
    Status.PLANNED: "The plan only means to do it.",
    Status.NOT_IMPLEMENTED: "The plan says that it is not done.",
    Status.UNANSWERED: "The plan does not answer it.",
}
_STAGE_FIRST = "Open a limited stage first, on a channel where it can work, and name that channel in the claim."


@record
class Judged:
    """An outcome with the flag it rests on, the reason in words, and what to do about it."""

    outcome: Outcome
    flag: Flag
    reason: str
    remedy: str = ""
    claim: Claim | None = None


@record
class _Case:
    """A safeguard in a place, with what the catalog and the plan say of it there.

    `elsewhere` is true where the plan relies on it on other channels and says nothing of it on this one.
    """

    safeguard: Safeguard
    place: Place
    judgement: Judgement
    claim: Claim | None
    needs_evidence: bool
    elsewhere: bool = False

    @property
    def status(self) -> Status:
        return self.claim.status if self.claim else Status.UNANSWERED

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.claim.evidence if self.claim else ()

    def shows(self, kind: str) -> bool:
        """Whether the claim names evidence of a type that nothing speaks against."""
        return any(item.type == kind and not item.is_doubtful for item in self.evidence)

    def judged(self, outcome: Outcome, reason: str, remedy: str = "") -> Judged:
        return Judged(
            outcome=outcome,
            flag=self.judgement.flag,
            reason=reason.strip(),
            remedy=remedy.strip(),
            claim=self.claim,
        )


class Claims:
    """What a plan claims of one safeguard, by channel."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.all = claims
        self._by_channel = {channel: claim for claim in claims for channel in claim.channels}
        self._everywhere = next((claim for claim in claims if not claim.channels), None)

    def on(self, channel: str) -> Claim | None:
        """Return the claim whose scope covers the channel."""
        return self._by_channel.get(channel, self._everywhere)


def judge_on(
    safeguard: Safeguard, plan: Plan, place: Place, claim: Claim | None, overrides: EvaluationOverrides
) -> Judged:
    """Judge a safeguard on one channel, with the claim that covers it."""
    case = _case(safeguard, plan, place, claim, overrides)
    return _not_applicable(case, plan, (place,), (case.claim,)) or _by_claim(case)


def judge_release(
    safeguard: Safeguard,
    plan: Plan,
    places: Sequence[Place],
    most_open: Sequence[Place],
    claims: Claims,
    overrides: EvaluationOverrides,
) -> Judged:
    """Judge a safeguard once, for the release: on its most open channel, or the worst of them if they are several."""
    cases = [_case(safeguard, plan, place, claims.on(place.channel.id), overrides) for place in most_open]
    if judged := _not_applicable(cases[0], plan, places, claims.all):
        return judged
    if is_judged_by_stages(safeguard, cases[0].judgement.flag):
        return _by_stages(cases[0], plan, places)
    return min(map(_by_claim, cases), key=lambda judged: OUTCOME_ORDER[judged.outcome])


def _case(safeguard: Safeguard, plan: Plan, place: Place, claim: Claim | None, overrides: EvaluationOverrides) -> _Case:
    return _Case(
        safeguard=safeguard,
        place=place,
        judgement=find_judgement(safeguard, plan, place),
        claim=claim,
        needs_evidence=overrides.asks_for_evidence_at(plan.model.capability),
        elsewhere=not claim and any(one.is_relied_on for one in plan.claims.get(safeguard.id, ())),
    )


def _not_applicable(case: _Case, plan: Plan, places: Iterable[Place], claims: Iterable[Claim | None]) -> Judged | None:
    """Return the outcome where the role or a precondition rules the safeguard out in every one of the places.

    What the plan claims of it all the same is mentioned, never dropped.
    """
    role, condition = plan.organization.role, case.safeguard.applies_when
    if role not in case.safeguard.roles:
        reason = f"A {_words(role)} does not carry this out. It falls to: {listed(map(_words, case.safeguard.roles))}."
    elif (
        condition is None
        or plan.model.capability in condition.capabilities
        or any(condition.channel_has & place.access_level.properties for place in places)
    ):
        return None
    else:
        reason = condition.reason
    claimed = sorted({_words(claim.status) for claim in claims if claim and claim.status is not Status.UNANSWERED})
    if claimed:
        reason += f" The plan's claim ({listed(claimed)}) has no effect here."
    return case.judged(Outcome.NOT_APPLICABLE, reason)


def _by_claim(case: _Case) -> Judged:
    """Judge by flag and claim, in this order: it cannot work here, it is not shown to hold here, what is claimed.

    Evidence that cannot be confirmed leaves open whether the claim is true, so the claim counts as no answer.
    """
    if case.judgement.flag is Flag.INCOMPATIBLE:
        return _incompatible(case)
    if case.status in RELIED_ON and (rule := _unmet_tamper_rule(case)):
        return _untested(case, rule)
    if case.needs_evidence and _is_bare(case.claim):
        return _unshown(case, _can_work(case.judgement))
    claimed = "The plan claims it on other channels only." if case.elsewhere else _CLAIMED[case.status]
    reason = f"{_can_work(case.judgement)} {claimed}{_casual_note(case)}"
    if case.status in RELIED_ON and find_doubtful(case.evidence):
        return case.judged(Outcome.UNKNOWN, f"{reason} {_unconfirmed(case)}", _remedy(case))
    return case.judged(_BY_STATUS[case.status], f"{reason}{_doubt_note(case)}", _remedy(case))


def _incompatible(case: _Case) -> Judged:
    alternatives = case.safeguard.alternatives
    instead = f"Instead: {listed(alternatives)}." if alternatives else ""
    if case.status in RELIED_ON:
        return case.judged(
            Outcome.INEFFECTIVE,
            f"The plan relies on it where it cannot work. {case.judgement.reason}",
            f"Narrow the claim to channels where it can work, or withdraw it. {instead}",
        )
    told = " The plan means to do it, but it cannot work here." if case.status is Status.PLANNED else ""
    return case.judged(Outcome.INCOMPATIBLE, f"It cannot work here. {case.judgement.reason}{told}", instead)


def _unmet_tamper_rule(case: _Case) -> TamperRule | None:
    """Return the rule that asks for a tamper evaluation here, where the claim names none."""
    rule, claim = case.safeguard.tamper_rule, case.claim
    if rule is None or claim is None or not rule.channel_has & case.place.access_level.properties:
        return None
    return None if claim.against == rule.unless_against or case.shows("tamper_evaluation") else rule


def _untested(case: _Case, rule: TamperRule) -> Judged:
    remedy = (
        "Test what is left of it after somebody has tried to undo it, and name that test as evidence of type"
        " `tamper_evaluation`; or narrow or withdraw the claim."
    )
    if rule.unless_against:
        remedy += f" Or say `against: {rule.unless_against}` if it is relied on against no one else."
    confirmed = " that can be confirmed" if find_doubtful(case.evidence) else ""
    without = f"without evidence of type `tamper_evaluation`{confirmed}.{_doubt_note(case)}"
    reason = f"The plan relies on it {without} {rule.reason}"
    return case.judged(Outcome.INEFFECTIVE, reason, f"{describe_remedies(case.evidence)} {remedy}")


def _is_bare(claim: Claim | None) -> bool:
    """Whether the claim relies on the safeguard and names nothing that shows it."""
    return claim is not None and claim.is_relied_on and not claim.evidence


def _unshown(case: _Case, where: str) -> Judged:
    """Judge a claim that the configuration counts only with evidence: without any, nobody knows."""
    return case.judged(
        Outcome.UNKNOWN,
        f"{where} {_CLAIMED[case.status]} It is claimed without evidence, which the configuration asks for at this"
        " capability.",
        f"Name what shows it as evidence of the claim: {'; '.join(case.safeguard.evidence_counts)}.",
    )


def _can_work(judgement: Judgement) -> str:
    if judgement.flag is Flag.CONDITIONAL:
        return f"It can work here on a condition: {judgement.condition.rstrip('.')}."
    if judgement.flag is Flag.CAUTIONARY:
        return f"It can be done here, with caution. {judgement.reason}"
    return "It can work here."


def _casual_note(case: _Case) -> str:
    casual = case.claim is not None and case.status in RELIED_ON and case.claim.against == "casual_users"
    return " It is relied on against casual users only." if casual else ""


def _unconfirmed(case: _Case) -> str:
    named = describe_problems(case.evidence)
    return f"But what it names as evidence cannot be confirmed, so it counts as unanswered: {named}."


def _doubt_note(case: _Case) -> str:
    named = describe_problems(case.evidence)
    return f" Of the evidence that it names, this cannot be confirmed: {named}." if named else ""


def _remedy(case: _Case) -> str:
    return f"{describe_remedies(case.evidence)} {_what_to_do(case)}"


def _what_to_do(case: _Case) -> str:
    todo = case.safeguard.remedy
    if case.elsewhere:
        todo = f"If it is true of this channel too, name it in the claim. Otherwise: {todo}"
    by_contract = case.judgement.condition == CONTRACT
    if case.status is Status.IMPLEMENTED:
        missing = by_contract and not case.shows("contract")
        return "Agree it with the operator, and name the agreement as evidence of type `contract`." if missing else ""
    if by_contract:
        return f"Agree with the operator who does this, and name that as evidence of type `contract`. {todo}"
    return {
        Status.PARTIAL: f"Complete it. {todo}",
        Status.PLANNED: f"Carry it out; until then it does not count. {todo}",
        Status.NOT_IMPLEMENTED: todo,
        Status.UNANSWERED: todo if case.elsewhere else f"Answer it: {case.safeguard.question} {todo}",
    }[case.status]


def _by_stages(case: _Case, plan: Plan, places: Sequence[Place]) -> Judged:
    """Judge a safeguard that opening a channel ends, but that can be carried out before.

    One claim that relies on it where it did not hold makes it ineffective; else one stage that held satisfies it, if
    nothing speaks against what the claims name as evidence.
    """
    # In the order of their channels, so that the order in which the plan lists its claims makes no difference.
    claims = sorted(plan.claims.get(case.safeguard.id, ()), key=lambda claim: (bool(claim.evidence), claim.channels))
    ends = find_stage_ends(case.safeguard, plan, places)
    relied_on = [claim for claim in claims if claim.is_relied_on]
    held = [claim for claim in relied_on if has_held(claim, ends)]
    if failed := next((claim for claim in relied_on if claim not in held), None):
        return replace(case, claim=failed).judged(
            Outcome.INEFFECTIVE,
            f"{explain_failed_stage(failed, ends)} {case.judgement.reason}",
            f"{_STAGE_FIRST} Or withdraw the claim.",
        )
    if open_question := next((claim for claim in held if find_doubtful(claim.evidence)), None):
        doubted = replace(case, claim=open_question)
        reason = f"The plan claims that it held. {_unconfirmed(doubted)} {case.judgement.reason}"
        return doubted.judged(Outcome.UNKNOWN, reason, describe_remedies(doubted.evidence))
    if held and case.needs_evidence and all(map(_is_bare, held)):
        return _unshown(replace(case, claim=held[0]), "It can only be carried out before the release opens fully.")
    if held:
        held = [claim for claim in held if claim.evidence or not case.needs_evidence]
        until = max(end.day for end in ends).isoformat()
        stages = {name for end in ends for name in end.stages & set(held[0].channels)}
        named = listed(place.channel.id for place in places if place.channel.id in stages)
        reason = f"Held until {until}, on {named}. From then on: {case.judgement.reason}"
        return replace(case, claim=held[0]).judged(Outcome.SATISFIED, reason)
    best = max(claims, key=lambda claim: OUTCOME_ORDER[_BY_STATUS[claim.status]], default=None)
    case = replace(case, claim=best)
    reason = f"It can only be carried out before the release opens fully. {case.judgement.reason}"
    return case.judged(_BY_STATUS[case.status], f"{reason} {_CLAIMED[case.status]}{_doubt_note(case)}", _STAGE_FIRST)


def _words(identifier: str) -> str:
    return identifier.replace("_", " ")
