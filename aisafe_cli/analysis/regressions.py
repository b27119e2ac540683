"""What of the differences between two plans must not pass unseen: errors, and what got worse. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from aisafe_cli.analysis.diff import ChannelChange, Differences, Direction, OutcomeChange
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Finding
from aisafe_cli.gate.blocks import COVERAGE, is_under
from aisafe_cli.gate.verdict import list_blocked
from aisafe_cli.text.wording import listed

RAISED_WITHOUT_DECISION = "access-raised-without-decision"
LOOSENED = (Direction.ADDED, Direction.EXTENDED)  # what became of a waiver that lets more pass than before


@record
class Problem:
    """An error of the change itself, whatever the verdicts say. `subject` is the safeguard that it is about."""

    rule: str
    subject: str
    message: str
    remedy: str


@record
class Regression:
    """One thing that got worse. `kind` is verdict, outcome, claim, block, waiver or coverage."""

    kind: str
    subject: str
    message: str


def find_problems(differences: Differences) -> tuple[Problem, ...]:
    """Return the errors of a change: access was raised and no decision on the weights is there now.

    Where the safeguard of that decision is not asked, no weights are open or it was for others to take before too.
    """
    raised = find_raised_access(differences)
    findings = differences.after.report.findings if raised else ()
    return tuple(_build_undecided(finding, raised) for finding in findings if _is_undecided(finding, differences))


def find_raised_access(differences: Differences) -> tuple[ChannelChange, ...]:
    """Return the channels by which a change opens more.

    They are those on a higher access level than before, and new ones that are higher than any before or hand out
    weights that can be read: a further way for the weights to get out.
    """
    highest = max(one.access_level.rank for one in differences.before.report.channels)
    return tuple(change for change in differences.channels if _raises(change, highest))


def _raises(change: ChannelChange, highest: int) -> bool:
    if change.after is None or change.direction is not Direction.ADDED:
        return change.direction is Direction.RAISED
    return change.after.rank > highest or change.after.is_readable


def _is_undecided(finding: Finding, differences: Differences) -> bool:
    """Return whether the decision on the weights is missing, be it that a role which had to decide was given up."""
    if not finding.safeguard.weights_decision or finding.outcome is Outcome.SATISFIED:
        return False
    roles = finding.safeguard.roles
    before, after = (result.report.plan.organization.role for result in (differences.before, differences.after))
    return finding.outcome is not Outcome.NOT_APPLICABLE or (after not in roles and before in roles)


def _build_undecided(finding: Finding, raised: Iterable[ChannelChange]) -> Problem:
    moved = "; ".join(map(_describe_raise, raised))
    decision = f"{finding.safeguard.full_title}: {finding.outcome}"
    return Problem(
        rule=RAISED_WITHOUT_DECISION,
        subject=finding.safeguard.id,
        message=f"Access is raised without a decision on the weights: {moved}. {decision}.",
        remedy=finding.remedy or "Record the decision, and claim it, before access is raised.",
    )


def _describe_raise(change: ChannelChange) -> str:
    before, after = (level.id if level else "none" for level in (change.before, change.after))
    return f"{change.channel} (was {before}, now {after})" if change.before else f"{change.channel} (new: {after})"


# --- regressions ----------------------------------------------------------------------------------------------------


def list_regressions(differences: Differences) -> tuple[Regression, ...]:
    """Return what got worse, each once. Withdrawing an ineffective claim is none: incompatible is better than that."""
    return (
        *_find_lost_pass(differences),
        *_find_worse_outcomes(differences),
        *_find_lost_claims(differences),
        *_find_new_blocks(differences),
        *_find_loosened_waivers(differences),
        *_find_lost_coverage(differences),
    )


def _find_lost_pass(differences: Differences) -> Iterable[Regression]:
    if differences.before.verdict.passed and not differences.after.verdict.passed:
        yield Regression(kind="verdict", subject="verdict", message="The plan passed before and fails now.")


def _find_worse_outcomes(differences: Differences) -> Iterable[Regression]:
    for changes in group_by_safeguard(differences, Direction.WORSE):
        safeguard = changes[0].safeguard
        message = f"{safeguard.full_title}: {describe_moves(changes)}."
        yield Regression(kind="outcome", subject=safeguard.id, message=message)


def group_by_safeguard(differences: Differences, direction: Direction) -> list[list[OutcomeChange]]:
    """Return the outcomes that took a direction, those of one safeguard together."""
    groups: dict[str, list[OutcomeChange]] = defaultdict(list)
    for change in differences.outcomes:
        if change.direction is direction:
            groups[change.safeguard.id].append(change)
    return list(groups.values())


def describe_moves(changes: Iterable[OutcomeChange]) -> str:
    """Return in words how the outcomes of one safeguard changed, and where."""
    places: dict[str, list[str | None]] = defaultdict(list)
    for change in changes:
        places[f"was {_say_outcome(change.before)}, now {_say_outcome(change.after)}"].append(change.channel)
    return "; ".join(f"{moved}, {_describe_places(channels)}" for moved, channels in places.items())


def _say_outcome(outcome: Outcome | None) -> str:
    return outcome.words if outcome else "none"


def _describe_places(channels: Sequence[str | None]) -> str:
    release = ["for the release"] if None in channels else []
    named = list(filter(None, channels))
    return " and ".join([*release, *([f"on {listed(named)}"] if named else [])])


def _find_lost_claims(differences: Differences) -> Iterable[Regression]:
    """Yield the claims that vanished where they were satisfied, if the outcome there does not say so already."""
    was = differences.before.report.by_id
    worse = {(one.safeguard.id, one.channel) for one in differences.outcomes if one.direction is Direction.WORSE}
    for claim in differences.claims:
        name = claim.safeguard.id
        satisfied = set(was[name].list_channels(Outcome.SATISFIED)).intersection(claim.channels)
        lost = sorted(channel for channel in satisfied if (name, channel) not in worse)
        if claim.direction is Direction.VANISHED and lost:
            message = f"{claim.safeguard.full_title}: the claim is gone on {listed(lost)}, where it was satisfied."
            yield Regression(kind="claim", subject=name, message=message)


def _find_new_blocks(differences: Differences) -> Iterable[Regression]:
    """Yield what blocks now and did not before, or not there, if no outcome says so already."""
    worse = {change.safeguard.id for change in differences.outcomes if change.direction is Direction.WORSE}
    before, after = differences.before.verdict, differences.after.verdict
    places = _list_newly_blocked(differences, before.policy, after.policy)
    for name in after.blocking:
        on = sorted(channel for subject, channel in places if subject == name and channel)
        if name not in worse and (on or name not in before.blocking):
            also = f" also on {listed(on)}" if on and name in before.blocking else ""
            message = f"{_name_subject(differences, name)}: blocks now{also}."
            yield Regression(kind="block", subject=name, message=message)


def _list_newly_blocked(differences: Differences, before: Policy, after: Policy) -> set[tuple[str, str | None]]:
    """Return what blocks where it did not before.

    A channel that is new is such a place only if there are more of them than before: it may have another name now.
    """
    was, now = list_blocked(differences.before.report, before), list_blocked(differences.after.report, after)
    known = {None, *differences.before.report.plan.channel_ids}
    before_count, now_count = Counter(subject for subject, _ in was), Counter(subject for subject, _ in now)
    more = {subject for subject in now_count if now_count[subject] > before_count[subject]}
    return {(subject, channel) for subject, channel in now - was if channel in known or subject in more}


def _name_subject(differences: Differences, name: str) -> str:
    if name == COVERAGE:
        return f"Declared {name}"
    finding = differences.after.report.by_id.get(name)
    return finding.safeguard.full_title if finding else f"The plan itself ({name})"


def _find_loosened_waivers(differences: Differences) -> Iterable[Regression]:
    """Yield what would block now and did not before, but for a waiver that is new or reaches further than before."""
    before, after = differences.before.verdict, differences.after.verdict
    loosened = {change.waiver.safeguard for change in differences.waivers if change.direction in LOOSENED}
    bare = (replace(verdict.policy, honour_waivers=False) for verdict in (before, after))
    blocked = {subject for subject, _ in _list_newly_blocked(differences, *bare)}
    for name in after.waived:
        if name in loosened & blocked:
            message = "would block now and did not before; only a new waiver lifts it."
            yield Regression(kind="waiver", subject=name, message=f"{_name_subject(differences, name)}: {message}")


def _find_lost_coverage(differences: Differences) -> Iterable[Regression]:
    """Yield that coverage fell under what the earlier plan asked of itself; lowering the bar does not hide it."""
    before, after = differences.before, differences.after
    asked = before.verdict.policy.fail_under
    was, now = before.report.lowest_coverage, after.report.scores.coverage.score
    if is_under(now, asked) and not is_under(was, asked) and asked > after.verdict.policy.fail_under:
        message = f"Declared coverage falls under the {asked}% that was asked for before."
        yield Regression(kind="coverage", subject=COVERAGE, message=message)
