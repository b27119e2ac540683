"""What is wrong with each finding in a few words, and what would lift each block, the cheapest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import EFFORTS, Safeguard
from aisafe_cli.domain.outcome import UNMET, Level, Outcome, Why
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.gate.blocks import COVERAGE
from aisafe_cli.text.wording import capitalize, join_names, listed, unquoted

ONLY_A_WAIVER = "by waiver only"
ONLY_A_LOWER_MINIMUM = "by a lower minimum only"
_RULED_OUT = (Outcome.INEFFECTIVE, Outcome.INCOMPATIBLE)
_FREE = (Why.CLAIMED_ALL_THE_SAME, Why.NO_STAGE, Why.UNTESTED, Why.BROKE)
_AN_HOUR = (Why.NO_EVIDENCE, Why.NO_FILE)
_INSTEAD = 3  # alternatives that a fix names
# What is wrong, by what decided it, where {on} stands for the channels; and by the outcome for everything else.
_PROBLEMS: Mapping[str, str] = {
    Why.CANNOT_WORK: "cannot work{on}",
    Why.CLAIMED_ALL_THE_SAME: "claimed{on}, where it cannot work",
    Why.NO_STAGE: "claimed, but no limited stage came first",
    Why.UNTESTED: "claimed against attackers{on}, without a tamper test",
    Why.BROKE: "claimed{on}, but a tamper test broke it",
    Why.UNCONFIRMED: "claimed{on}, on evidence that cannot be confirmed",
    Why.NO_CONTRACT: "claimed{on}, without a contract",
    Why.NO_EVIDENCE: "claimed{on}, without evidence",
    Why.NO_FILE: "claimed{on}, without a file that shows it",
    Why.CONTRADICTED: "claimed{on}, but its evidence speaks against it",
    Why.MIXED: "claimed{on}, on mixed evidence",
    Why.CASUAL_ONLY: "claimed{on} against casual users only",
    Why.ELSEWHERE: "not claimed{on}",
    Outcome.INEFFECTIVE: "claimed{on}, without effect",
    Outcome.INCOMPATIBLE: "cannot work{on}",
    Outcome.UNKNOWN: "not answered{on}",
    Outcome.GAP: "not done{on}",
    Outcome.PLANNED: "only planned{on}",
    Outcome.PARTIAL: "only partly done{on}",
    Outcome.SATISFIED: "done{on}",
    Outcome.NOT_APPLICABLE: "not asked{on}",
}
# What would lift the block, likewise. {claim} stands for the claim, {it} for the safeguard, each with its channels,
# and {whole} for the claim without them.
_ACTIONS: Mapping[str, str] = {
    Why.CANNOT_WORK: "adopt an alternative to {it}",
    Why.CLAIMED_ALL_THE_SAME: "remove {claim}",
    Why.NO_STAGE: "withdraw {claim}, or open a limited stage first",
    Why.UNTESTED: "name a tamper test in {claim}, or withdraw it",
    Why.BROKE: "withdraw {claim}, or fix it and name a new test",
    Why.BEFORE_OPENING: "open a limited stage for {it} first, and name it",
    Why.UNCONFIRMED: "correct the evidence of {claim}",
    Why.NO_CONTRACT: "name a contract in {claim}",
    Why.NO_EVIDENCE: "name evidence in {claim}",
    Why.NO_FILE: "name a file in {claim} that shows it",
    Why.CONTRADICTED: "fix what the evidence of {claim} shows",
    Why.MIXED: "fix what the evidence of {claim} shows",
    Why.CASUAL_ONLY: "name a tamper test in {claim}",
    Why.ELSEWHERE: "claim {it} too, if it is done there",
    Outcome.UNKNOWN: "answer {it}",
    Outcome.PLANNED: "carry out {it}",
    Outcome.PARTIAL: "complete {it}",
}
_NOT_DONE = "carry out {it}"
_ASK = "ask the owner of the policy for a waiver"
_TOO_LATE = f"{_ASK} for {{it}}, since it is too late for a limited stage"
_CLAIMED_TOO_LATE = f"withdraw {{claim}} and {_ASK}, since it is too late for a limited stage"
_NOTHING_LEFT = "Ask the owner of the policy for a lower minimum, since nothing is left to carry out."
_NOT_ENOUGH = "Ask the owner of the policy for a lower minimum, since it is not enough to carry out {names}."
_LIMIT_CLAIM = "limit {{whole}} to {kept}"
_NAME_AUDIENCE = "add `against: {audience}` to {{claim}}, or name a tamper test"


@record
class Step:
    """One thing to do. `effort` is 0 where only the plan has to change, else the catalog's 1 to 5.

    `title` names the action and `action` says it in full. `words` say it in one place, where the subject stands beside
    it. `only` says what alone is left for this release, where no work helps.
    """

    effort: int
    subject: str
    title: str
    action: str
    words: str
    only: str = ""

    @property
    def effort_words(self) -> str:
        """What it takes, in words."""
        return self.only or EFFORTS[self.effort]


def list_next_steps(report: Report, verdict: Verdict) -> tuple[Step, ...]:
    """Return what would lift each block, the cheapest first, and last what no work can lift."""
    steps = [_build_step(finding, report) for finding in report.findings if finding.safeguard.id in verdict.blocking]
    steps += [_build_plan_step(finding) for finding in report.plan_findings if finding.kind in verdict.blocking]
    if COVERAGE in verdict.blocking:
        steps.append(_build_coverage_step(report, verdict.policy))
    return tuple(sorted(steps, key=lambda step: (bool(step.only), step.effort, step.subject)))


def describe_problem(finding: Finding) -> str:
    """Return in a few words what is wrong with a finding, on which channels, the worst first."""
    judged = sorted(finding.judged, key=lambda one: one.severity_key)
    # What is no note is about what somebody can act on.
    told = [one for one in judged if one.level is finding.level or Level.NOTE not in (one.level, finding.level)]
    by_problem: dict[tuple[str, str], list[str]] = {}
    for result in told:
        source = f"answered by {result.claim.answered_by}, " if result.claim and result.claim.answered_by else ""
        parts = f"{join_names(result.by_parts)} " if result.why in _ACTIONS and result.by_parts else ""
        problem = parts + source + _choose_words(_PROBLEMS, result, ""), _describe_doubts(result)
        by_problem.setdefault(problem, []).append(result.channel)
    problems = []
    for (words, doubts), channels in by_problem.items():
        problems.append(words.format(on=_name_places(finding, channels, " for ")) + doubts)
    return "; ".join(problems)


def _describe_doubts(result: ChannelResult) -> str:
    if result.why is not Why.UNCONFIRMED or result.claim is None:
        return ""
    doubts = (f"{unquoted(item.ref)} {item.problem}" for item in result.claim.evidence if item.problem)
    return f": {listed(doubts)}"


def _choose_words(words: Mapping[str, str], result: ChannelResult, other: str) -> str:
    return words.get(result.why) or words.get(result.outcome, other)


def _name_places(finding: Finding, channels: Sequence[str], before: str) -> str:
    """Return channels with a word before them, or nothing where all of them are meant."""
    meant = [one for one in finding.channels if one.channel in channels]
    is_about_place = any(one.outcome in _RULED_OUT or one.why is Why.ELSEWHERE for one in meant)
    is_everywhere = len(meant) == len(finding.channels) or finding.safeguard.binds.is_judged_once
    return "" if is_everywhere and not is_about_place else f"{before}{join_names(channels)}"


# --- steps ----------------------------------------------------------------------------------------------------------


def _find_decisive(finding: Finding) -> Finding:
    """Return the part whose claim decides a finding, or the finding itself."""
    if finding.worst.why in _ACTIONS:
        for part in finding.parts:
            if part.safeguard.id in finding.worst.by_parts and part.worst.why is finding.worst.why:
                return part
    return finding


def _build_step(of: Finding, report: Report) -> Step:
    finding = _find_decisive(of)
    safeguard, worst = finding.safeguard, finding.worst
    action = _choose_action(finding)
    cause = worst.why, worst.outcome
    alike = [one.channel for one in finding.channels if one.judged and (one.why, one.outcome) == cause]
    it = f"{safeguard.id}{_name_places(finding, alike, ' on ')}"
    title = action.format(claim=f"the claim of {it}", whole=f"the claim of {safeguard.id}", it=it)
    words = action.format(claim="the claim", whole="the claim", it="it") if finding is of else _uncapitalize(title)
    if worst.why is Why.UNCONFIRMED:
        words = _uncapitalize(_take_first_sentence(worst.remedy)) or words
    if worst.why not in _ACTIONS:
        title, words = f"{title}: {safeguard.label}", _describe_work(safeguard, words)
    words = ". ".join((words, *_list_explanations(finding, report)))
    return Step(
        effort=_rate_effort(finding, report),
        subject=of.safeguard.id,
        title=capitalize(title),
        action=of.remedy,
        words=words,
        only=ONLY_A_WAIVER if finding.too_late else "",
    )


def _rate_effort(finding: Finding, report: Report) -> int:
    """Return what a step takes: a change of the plan, the naming of a file, the easiest alternative, or the work."""
    if _is_free(finding.worst):
        return 0
    if finding.worst.why in _AN_HOUR:
        return 1
    efforts = [report.catalog.alternatives[name].effort for name in finding.safeguard.alternatives]
    is_ruled_out = finding.worst.why is Why.CANNOT_WORK
    return min(efforts) if is_ruled_out and efforts else finding.safeguard.effort


def _is_free(result: ChannelResult) -> bool:
    """Return whether only the plan or the place of a file has to change. To renew or to fill a file is work."""
    if result.why is Why.UNCONFIRMED and result.claim:
        return not any(item.is_to_be_made for item in result.claim.evidence)
    return result.why in _FREE


def _choose_action(finding: Finding) -> str:
    worst, rule = finding.worst, finding.safeguard.tamper_rule
    if finding.too_late:
        return _CLAIMED_TOO_LATE if worst.why is Why.NO_STAGE else _TOO_LATE
    if worst.why is Why.CLAIMED_ALL_THE_SAME and (kept := _list_kept(finding)):
        # what is returned is filled in once more, and an id may hold braces
        return _LIMIT_CLAIM.format(kept=listed(kept).replace("{", "{{").replace("}", "}}"))
    if worst.why is Why.UNTESTED and rule and rule.unless_against:
        return _NAME_AUDIENCE.format(audience=rule.unless_against)
    return _choose_words(_ACTIONS, worst, _NOT_DONE)


def _list_kept(finding: Finding) -> Sequence[str]:
    """Return the channels on which the claim that goes too far can stand."""
    claimed = [one for one in finding.channels if one.claim == finding.worst.claim]
    return [one.channel for one in claimed if one.outcome not in _RULED_OUT]


def _describe_work(safeguard: Safeguard, words: str) -> str:
    """Return what has to be done for a safeguard that somebody has yet to carry out."""
    todo = _take_first_sentence(safeguard.remedy).partition(": ")[0]
    return _uncapitalize(todo) if words == _NOT_DONE.format(it="it") else f"{words}. {todo}"


def _list_explanations(finding: Finding, report: Report) -> Iterable[str]:
    """Yield why a claim cannot stand and what would do instead, or what mends a release that only seems open."""
    if finding.too_late == date.min:
        yield "If the release is not open yet, give the date on which each channel `opens`"
    if finding.worst.why not in (Why.CLAIMED_ALL_THE_SAME, Why.CANNOT_WORK):
        return
    levels = report.access
    role = report.plan.organization.role
    yield _take_first_sentence(finding.safeguard.judgement_on(role, levels[finding.worst.channel]).reason)
    if instead := (*finding.adopted, *(one for one in finding.safeguard.alternatives if one not in finding.adopted)):
        yield f"Instead: {listed(instead[:_INSTEAD])}"


def _build_plan_step(finding: PlanFinding) -> Step:
    title = _take_first_sentence(finding.remedy)
    return Step(
        effort=finding.effort, subject=finding.kind, title=title, action=finding.remedy, words=_uncapitalize(title)
    )


def _build_coverage_step(report: Report, policy: Policy) -> Step:
    left = [one.safeguard for one in report.findings if one.too_late is None and _is_unmet(one)]
    cheapest = sorted(left, key=lambda safeguard: (safeguard.effort, safeguard.id))
    missing = _count_missing(report, policy.fail_under)
    wanted, names = cheapest[:missing], listed(safeguard.id for safeguard in cheapest)
    how_many = f" at least {missing} of" if missing < len(cheapest) else ""
    # to narrow a claim that goes too far raises coverage too
    goes_too_far = any(Outcome.INEFFECTIVE in finding.outcomes.values() for finding in report.findings)
    is_out_of_reach = missing > len(cheapest) and not goes_too_far
    action = _NOT_ENOUGH.format(names=names) if is_out_of_reach else f"Carry out{how_many}: {names}."
    action = action if cheapest else _NOTHING_LEFT
    return Step(
        effort=max((safeguard.effort for safeguard in wanted), default=0),
        subject=COVERAGE,
        title=f"Raise declared coverage to {policy.fail_under}%",
        action=action,
        words=_uncapitalize(action.rstrip(".")),
        only=ONLY_A_LOWER_MINIMUM if is_out_of_reach or not cheapest else "",
    )


def _count_missing(report: Report, fail_under: int) -> int:
    """Return how many safeguards would have to be carried out, at the least, for the lowest coverage to be enough."""
    counted = (report.scores.coverage, *(channel.scores.coverage for channel in report.channels))
    missing = [fail_under * one.applicable - 100 * one.satisfied - 50 * one.partial for one in counted]
    return max(1, -(-max(missing) // 100))


def _is_unmet(finding: Finding) -> bool:
    """Return whether a safeguard lowers the coverage of the release or of a channel, of which the lowest counts."""
    return finding.outcome in UNMET or any(one.outcome in UNMET for one in finding.channels)


def _take_first_sentence(text: str) -> str:
    """Return the first sentence of a text, without the full stop."""
    return text.partition(". ")[0].rstrip(".")


def _uncapitalize(text: str) -> str:
    return text[:1].lower() + text[1:]
