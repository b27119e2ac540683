"""Reasons and remedies in words, from what decided an outcome. Pure; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from aisafe_cli.domain.catalog import NOT_ARISING, Flag, Judgement
from aisafe_cli.domain.outcome import Outcome, Why
from aisafe_cli.domain.plan import Claim, Evidence, Status, find_counterevidence
from aisafe_cli.domain.report import ChannelResult, Finding
from aisafe_cli.evaluation.answers import list_related
from aisafe_cli.evaluation.decision import Contract
from aisafe_cli.evaluation.evidence import describe_problems, find_doubtful, list_remedies
from aisafe_cli.evaluation.facts import Case, Context, find_contract, has_ended
from aisafe_cli.text.wording import join_names, listed, unquoted

_CLAIMED = {
    Status.IMPLEMENTED: "Done, according to the plan.",
    Status.PARTIAL: "Partly done.",
    Status.PLANNED: "Planned, not done.",
    Status.NOT_IMPLEMENTED: "Not done.",
    Status.UNANSWERED: "Not answered.",
}
_CARRIED = {
    Status.IMPLEMENTED: "which is done, according to the plan",
    Status.PARTIAL: "which counts as part of it",
    Status.PLANNED: "which is planned, not done",
    Status.NOT_IMPLEMENTED: "which is not done",
    Status.UNANSWERED: "which is not answered",
}
_OPENINGS = {
    Status.PARTIAL: "Complete what is partly done.",
    Status.PLANNED: "Carry out what is planned: plans do not count.",
}
_STAGE_FIRST = "Open a limited stage first, on a channel where it can work, and name that channel in the claim."
_TEST_IT = (
    "Test how much survives an attempt to remove it, and name that test as evidence of type `tamper_evaluation` with"
    " its `result`. Or narrow or withdraw the claim."
)
_MEND_IT = "Fix what the evidence shows, and name a later result that supports the claim."


# --- reasons --------------------------------------------------------------------------------------------------------


def explain_not_asked(case: Case, context: Context, claims: Iterable[Claim | None]) -> str:
    """Say why a safeguard is not asked, and mention what the plan claims of it all the same."""
    safeguard = case.safeguard
    effect = "has no effect here"
    if context.role not in safeguard.roles:
        falls_to = listed(map(_put_in_words, safeguard.roles))
        reason = f"A {_put_in_words(context.role)} cannot carry this out. It is up to: {falls_to}."
    elif safeguard.id in context.exempt:
        reason = context.exempt[safeguard.id]
    elif context.publication and has_ended(safeguard, context):
        day = context.publication.day
        reason = f"No longer asked: the weights became public {_say_since(day)}. {safeguard.until_weights_public}"
        effect = effect if day == date.min else f"held until {day.isoformat()}"
    else:
        reason = safeguard.applies_when.reason if safeguard.applies_when else NOT_ARISING.reason
    claimed = sorted({_put_in_words(claim.status) for claim in claims if claim and claim.status != Status.UNANSWERED})
    return f"{reason} The plan's claim ({listed(claimed)}) {effect}." if claimed else reason


def explain_context(case: Case, context: Context) -> Iterable[str]:
    """Yield what a reader should know beside the reason: until when it is asked, and what the plan says near it."""
    if case.safeguard.until_weights_public and (publication := context.publication):
        yield f"Asked until {publication.day.isoformat()}, when channel {unquoted(publication.channel)} opens."
    if case.claim is None and (related := list_related(case.safeguard, context.plan)):
        yield f"Related, but not an answer: {listed(related)}."
    if case.safeguard.weights_decision and (models := context.plan.model.comparable_open_models):
        named = listed(f"{unquoted(one.name)} ({_put_in_words(one.compares)})" for one in models)
        yield f"Open models that the plan compares it with: {named}."


def explain(case: Case, why: Why) -> str:
    """Say why the outcome of a case is what it is."""
    because = case.judgement.reason
    if why is Why.CANNOT_WORK:
        planned = " It is planned, but it cannot work here." if case.status is Status.PLANNED else ""
        return f"It cannot work here. {because}{planned}"
    if why is Why.CLAIMED_ALL_THE_SAME:
        return f"Claimed where it cannot work. {because}"
    if why is Why.NO_STAGE:
        return f"{_explain_no_stage(case)} {because}"
    if why is Why.BEFORE_OPENING:
        status = f"{_say_claimed(case)}{_note_doubts(case)}"
        return f"Possible only before the release opens fully. {because} {status}"
    if why in (Why.UNTESTED, Why.BROKE):
        return f"{_explain_tamper(case, why)} {_tamper_reason(case)}"
    return f"{_explain_place(case)} {_explain_claim(case, why)}"


def _explain_place(case: Case) -> str:
    """Say what the catalog says of the place: that it can work, or until when it did."""
    if case.ended is not None:
        since = case.judgement.reason if case.judgement.flag is Flag.INCOMPATIBLE else "not claimed."
        return f"In force on {join_names(case.held_on)} until {_say_day(case.ended)}. After that: {since}"
    return describe_feasibility(case.judgement)


def _explain_claim(case: Case, why: Why) -> str:
    claimed = f"{_say_claimed(case)}{_note_casual(case)}"
    if why is Why.HELD:
        return ""
    if why is Why.ELSEWHERE:
        # Judged for the release, it is said on every channel, so the one that lacks the claim is named.
        missing = f", not on {unquoted(case.place.channel.id)}" if case.safeguard.binds.is_judged_once else ""
        return f"Claimed only on {join_names(case.elsewhere)}{missing}."
    if why is Why.UNCONFIRMED:
        named = describe_problems(case.evidence)
        return f"{claimed} Its evidence cannot be confirmed, so it counts as unanswered: {named}."
    if why is Why.NO_CONTRACT:
        kind = case.judgement.condition_needs
        return f"{claimed} The claim names no evidence of type `{kind}`, so it counts as unanswered."
    if why in (Why.NO_EVIDENCE, Why.NO_FILE):
        return f"{claimed} {_explain_unshown(case, why)}"
    if why in (Why.CONTRADICTED, Why.MIXED):
        against = describe_counterevidence(case.evidence)
        return f"{claimed} Its own evidence speaks against it, so it counts as partial: {against}."
    if why is Why.CASUAL_ONLY:
        level = case.capability.level
        return f"{claimed} At {level} capability this counts as partial without a tamper evaluation that supports it."
    return f"{claimed}{_note_doubts(case)}"


def _say_claimed(case: Case) -> str:
    """Say what the plan claims, and of which safeguard where that is another one."""
    if case.claim is None or not case.claim.answered_by:
        return _CLAIMED[case.status]
    return f"Answered by {case.claim.answered_by}, {_CARRIED[case.status]}."


def _explain_no_stage(case: Case) -> str:
    if case.held_on:
        return "Claimed for a stage that was only partly done, and a stage cannot be completed later."
    return "Claimed, but the claim names no channel that opened to a limited audience before the full release."


def _explain_tamper(case: Case, why: Why) -> str:
    if why is Why.BROKE:
        against = describe_counterevidence(case.evidence)
        return f"Claimed, but by the tamper evaluation that it names, the safeguard broke: {against}."
    confirmed = " that can be confirmed" if find_doubtful(case.evidence) else ""
    unstated = any(item.type == "tamper_evaluation" and item.result is None for item in case.evidence)
    stating = " whose `result` says that it held" if unstated else ""
    relied_on = f"{_say_claimed(case)[:-1]}," if case.claim and case.claim.answered_by else "Claimed"
    return f"{relied_on} without evidence of type `tamper_evaluation`{confirmed}{stating}.{_note_doubts(case)}"


def _tamper_reason(case: Case) -> str:
    return case.safeguard.tamper_rule.reason if case.safeguard.tamper_rule else ""


def _explain_unshown(case: Case, why: Why) -> str:
    missing = "no evidence that supports it" if why is Why.NO_EVIDENCE else "no evidence in a file that was found"
    level = case.capability.level
    return f"The claim names {missing}, which is required at {level} capability, so it counts as unanswered."


def describe_feasibility(judgement: Judgement) -> str:
    """Say that a safeguard can work in a place, with its condition or caution."""
    if judgement.flag is Flag.CONDITIONAL:
        return f"Possible here on a condition: {judgement.condition.rstrip('.')}."
    if judgement.flag is Flag.CAUTIONARY:
        return f"Possible here, with caution. {judgement.reason}"
    return "Possible here."


def describe_counterevidence(evidence: Sequence[Evidence]) -> str:
    """Name each piece that speaks against a claim, with its result."""
    words = {"mixed": "mixed", "contradicts": "contradicts it"}
    said = [f"{unquoted(item.ref)} ({words[item.result or '']})" for item in find_counterevidence(evidence)]
    return listed(dict.fromkeys(said))


def _note_casual(case: Case) -> str:
    casual = case.claim is not None and case.claim.is_relied_on and case.claim.against == "casual_users"
    return " Claimed against casual users only." if casual else ""


def _note_doubts(case: Case) -> str:
    named = describe_problems(case.evidence)
    return f" Some of its evidence cannot be confirmed: {named}." if named else ""


# --- remedies -------------------------------------------------------------------------------------------------------


def propose(case: Case, why: Why, as_of: date) -> tuple[str, ...]:
    """Return what to do about a case, in sentences, or nothing."""
    return tuple(dict.fromkeys(text for text in _propose(case, why, as_of) if text))


def find_too_late(case: Case, why: Why, as_of: date) -> date | None:
    """Return the day on which the last stage ended, where the check comes after it and none was carried out."""
    if why not in (Why.NO_STAGE, Why.BEFORE_OPENING) or case.ended is None:
        return None
    return case.ended if case.ended < as_of else None


def _propose(case: Case, why: Why, as_of: date) -> Iterable[str]:
    if why in (Why.CANNOT_WORK, Why.CLAIMED_ALL_THE_SAME):
        if why is Why.CLAIMED_ALL_THE_SAME:
            yield "Narrow the claim to channels where it can work, or withdraw it."
        if case.safeguard.alternatives:
            yield f"Instead: {listed(case.safeguard.alternatives)}."
        return
    if why in (Why.NO_STAGE, Why.BEFORE_OPENING):
        yield from _propose_stage(case, why, as_of)
        return
    yield from list_remedies(case.evidence)
    if why in (Why.UNTESTED, Why.BROKE):
        yield from _propose_test(case, why)
    elif why is Why.CASUAL_ONLY:
        yield _TEST_IT
    elif why in (Why.CONTRADICTED, Why.MIXED):
        yield _MEND_IT
    elif why in (Why.NO_EVIDENCE, Why.NO_FILE):
        kind = "a file beside the plan as evidence" if why is Why.NO_FILE else "evidence"
        yield f"Name {kind} for the claim: {'; '.join(case.safeguard.evidence_counts)}."
    elif why is not Why.HELD:
        yield from _propose_action(case)


def _propose_stage(case: Case, why: Why, as_of: date) -> Iterable[str]:
    if since := find_too_late(case, why, as_of):
        opened = "has been open from the start" if since == date.min else f"opened on {since.isoformat()}"
        yield f"Too late for a limited stage: the full release {opened}."
        yield f"{'Withdraw the claim; then o' if why is Why.NO_STAGE else 'O'}nly a waiver can lift this."
        if since == date.min:
            yield "If the release is not open yet, give the date on which each channel `opens`."
        return
    yield _STAGE_FIRST
    if why is Why.NO_STAGE:
        yield "Or withdraw the claim."


def _propose_test(case: Case, why: Why) -> Iterable[str]:
    if why is Why.BROKE:
        yield "Fix it, test it again, and name the new test with its date. Or narrow or withdraw the claim."
    else:
        yield _TEST_IT
    rule = case.safeguard.tamper_rule
    if rule and rule.unless_against:
        yield f"Or add `against: {rule.unless_against}`, if it is claimed against no one else."


def _propose_action(case: Case) -> Iterable[str]:
    todo = case.safeguard.remedy
    kind = case.judgement.condition_needs
    if find_contract(case) is Contract.MISSING:
        agree = "Agree with whoever operates or holds the model here"
        yield f"{agree}, and name the agreement as evidence of type `{kind}`."
    if case.status is Status.IMPLEMENTED:
        return
    if case.elsewhere:
        where = unquoted(case.place.channel.id) if case.safeguard.binds.is_judged_once else "this channel"
        yield f"If it is done on {where} too, add the channel to the claim. Otherwise, do it there first."
    elif opening := _OPENINGS.get(case.status):
        yield opening
    elif case.status is Status.UNANSWERED:
        yield f"Answer the question: {case.safeguard.question}"
    yield todo


# --- over the channels ----------------------------------------------------------------------------------------------


def join_reasons(results: Sequence[ChannelResult]) -> str:
    """Say why, channel by channel; channels with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for result in results:
        by_reason.setdefault(result.reason, []).append(result.channel)
    return " ".join(f"On {join_names(channels)}: {reason}" for reason, channels in by_reason.items())


def describe_parts(parts: Sequence[Finding], outcome: Outcome) -> Iterable[str]:
    """Yield the outcomes of parts, in a sentence, where one is other than that of the whole."""
    if any(part.outcome is not outcome for part in parts):
        by_outcome: dict[str, list[str]] = {}
        for part in parts:
            by_outcome.setdefault(_put_in_words(part.outcome), []).append(part.safeguard.id)
        yield f"Its parts: {'; '.join(f'{listed(ids)} {word}' for word, ids in by_outcome.items())}."


def join_remedies(results: Sequence[ChannelResult]) -> str:
    """Say what to do about results in their order, and no sentence twice."""
    said: dict[str, None] = {}
    for result in results:
        said |= dict.fromkeys(result.remedies)
    return " ".join(said)


def sort_by_severity(results: Iterable[ChannelResult]) -> list[ChannelResult]:
    """Return results with the worst first."""
    return sorted(results, key=lambda result: result.severity_key)


def _say_since(day: date) -> str:
    return "when the release opened" if day == date.min else f"on {day.isoformat()}"


def _say_day(day: date) -> str:
    return "the release opened" if day == date.min else day.isoformat()


def _put_in_words(identifier: str) -> str:
    return identifier.replace("_", " ")
