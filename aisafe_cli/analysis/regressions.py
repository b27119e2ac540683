"""What of the differences between two plans must not pass unseen: errors, and what got worse. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aisafe_cli.analysis.diff import ChannelChange, ChannelMove, Differences, Direction, OutcomeChange, WaiverMove
from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Safeguard
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Finding
from aisafe_cli.gate.blocks import COVERAGE, is_under
from aisafe_cli.gate.verdict import list_blocked
from aisafe_cli.text.wording import listed

RAISED_WITHOUT_DECISION = "access-raised-without-decision"
_READABLE = "readable_weights"
_LOOSENED = (WaiverMove.ADDED, WaiverMove.EXTENDED)


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
    if not raised:
        return ()
    return tuple(
        _undecided(finding, raised)
        for finding in differences.after.report.findings
        if finding.safeguard.weights_decision
        and finding.outcome is not Outcome.SATISFIED
        and not _is_for_others(finding, differences)
    )


def find_raised_access(differences: Differences) -> tuple[ChannelChange, ...]:
    """Return the channels by which a change opens more.

    They are those on a higher rung than before, and new ones that are higher than any before or hand out weights that
    can be read: a further way for the weights to get out.
    """
    highest = max(one.access_level.rank for one in differences.before.report.channels)
    return tuple(change for change in differences.channels if _raises(change, highest))


def _raises(change: ChannelChange, highest: int) -> bool:
    if change.after is None or change.move is not ChannelMove.ADDED:
        return change.move is ChannelMove.RAISED
    return change.after.rank > highest or _READABLE in change.after.properties


def _undecided(finding: Finding, raised: Sequence[ChannelChange]) -> Problem:
    moved = "; ".join(
        f"{change.channel} ({change.before.id if change.before else 'new'}, then {change.after.id})"
        for change in raised
        if change.after
    )
    return Problem(
        rule=RAISED_WITHOUT_DECISION,
        subject=finding.safeguard.id,
        message=f"Access is raised without a decision on the weights: {moved}. {_named(finding.safeguard)}:"
        f" {finding.outcome}.",
        remedy=finding.remedy or "Record the decision, and claim it, before access is raised.",
    )


def _named(safeguard: Safeguard) -> str:
    return f"{safeguard.id} {safeguard.title}"


def _is_for_others(finding: Finding, differences: Differences) -> bool:
    """Return whether it is not asked, and not only because a role that had to decide has been given up."""
    if finding.outcome is not Outcome.NOT_APPLICABLE:
        return False
    roles = finding.safeguard.roles
    before, after = (result.report.plan.organization.role for result in (differences.before, differences.after))
    return after in roles or before not in roles


# --- regressions ----------------------------------------------------------------------------------------------------


def list_regressions(differences: Differences) -> tuple[Regression, ...]:
    """Return what got worse, each thing once, by its kind.

    A claim that is withdrawn or narrowed where it was ineffective is none: the order of the outcomes calls that better.
    """
    return (
        *_verdict(differences),
        *_outcomes(differences),
        *_claims(differences),
        *_blocks(differences),
        *_waivers(differences),
        *_coverage(differences),
    )


def _verdict(differences: Differences) -> Iterable[Regression]:
    if differences.before.verdict.passed and not differences.after.verdict.passed:
        yield Regression(kind="verdict", subject="verdict", message="The plan passed before and fails now.")


def _outcomes(differences: Differences) -> Iterable[Regression]:
    for changes in group_by_safeguard(differences, Direction.WORSE):
        safeguard = changes[0].safeguard
        yield Regression(
            kind="outcome", subject=safeguard.id, message=f"{_named(safeguard)}: {describe_moves(changes)}."
        )


def group_by_safeguard(differences: Differences, direction: Direction) -> list[list[OutcomeChange]]:
    """Return the outcomes that took a direction, those of one safeguard together."""
    groups: dict[str, list[OutcomeChange]] = {}
    for change in differences.outcomes:
        if change.direction is direction:
            groups.setdefault(change.safeguard.id, []).append(change)
    return list(groups.values())


def describe_moves(changes: Iterable[OutcomeChange]) -> str:
    """Return in words how the outcomes of one safeguard changed, and where."""
    places: dict[str, list[str | None]] = {}
    for change in changes:
        places.setdefault(f"{change.before}, then {change.after}", []).append(change.channel)
    return "; ".join(f"{moved}, {_where(there)}" for moved, there in places.items())


def _where(places: Sequence[str | None]) -> str:
    on = listed(place for place in places if place is not None)
    return " and ".join([*(["for the release"] if None in places else []), *([f"on {on}"] if on else [])])


def _claims(differences: Differences) -> Iterable[Regression]:
    """Yield the claims that vanished where they were satisfied, if the outcome there does not say so already."""
    was = {
        (finding.safeguard.id, result.channel)
        for finding in differences.before.report.findings
        for result in finding.channels
        if result.outcome is Outcome.SATISFIED
    }
    told = {
        (change.safeguard.id, change.channel) for change in differences.outcomes if change.direction is Direction.WORSE
    }
    for claim in differences.claims:
        places = {(claim.safeguard.id, channel) for channel in claim.channels}
        if claim.direction is Direction.VANISHED and (lost := sorted(places & was - told)):
            yield Regression(
                kind="claim",
                subject=claim.safeguard.id,
                message=f"{_named(claim.safeguard)}: the claim is gone on {listed(channel for _, channel in lost)},"
                " where it was satisfied.",
            )


def _blocks(differences: Differences) -> Iterable[Regression]:
    """Yield what blocks now and did not before, or not there, if no outcome says so already."""
    told = {change.safeguard.id for change in differences.outcomes if change.direction is Direction.WORSE}
    before, after = differences.before.verdict, differences.after.verdict
    places = _newly_blocked(differences, before.policy, after.policy)
    for name in after.blocking:
        on = sorted(channel for subject, channel in places if subject == name and channel)
        if name not in told and (on or name not in before.blocking):
            also = f" also on {listed(on)}" if on and name in before.blocking else ""
            yield Regression(kind="block", subject=name, message=f"{_title(differences, name)}: blocks now{also}.")


def _newly_blocked(differences: Differences, before: Policy, after: Policy) -> frozenset[tuple[str, str | None]]:
    """Return what blocks where it did not before.

    A channel that is new is such a place only if there are more of them than before: it may have another name now.
    """
    was, now = list_blocked(differences.before.report, before), list_blocked(differences.after.report, after)
    known = {None, *(channel.id for channel in differences.before.report.plan.channels)}
    counts_before, counts_now = (Counter(subject for subject, _ in places) for places in (was, now))
    return frozenset(
        (subject, channel)
        for subject, channel in now - was
        if channel in known or counts_now[subject] > counts_before[subject]
    )


def _title(differences: Differences, name: str) -> str:
    titles = {finding.safeguard.id: _named(finding.safeguard) for finding in differences.after.report.findings}
    return titles.get(name, f"Declared {name}" if name == COVERAGE else f"The plan itself ({name})")


def _waivers(differences: Differences) -> Iterable[Regression]:
    """Yield what would block now and did not before, but for a waiver that is new or reaches further than before."""
    before, after = differences.before.verdict, differences.after.verdict
    loosened = {change.waiver.safeguard for change in differences.waivers if change.move in _LOOSENED}
    bare = (replace(verdict.policy, honour_waivers=False) for verdict in (before, after))
    places = _newly_blocked(differences, *bare)
    for name in after.waived:
        if name in loosened and any(subject == name for subject, _ in places):
            yield Regression(
                kind="waiver",
                subject=name,
                message=f"{_title(differences, name)}: would block now and did not before; only a new waiver lifts it.",
            )


def _coverage(differences: Differences) -> Iterable[Regression]:
    """Yield that coverage fell under what the earlier plan asked of itself; lowering the bar does not hide it."""
    before, after = differences.before, differences.after
    asked = before.verdict.policy.fail_under
    was, now = before.report.lowest_coverage, after.report.scores.coverage.score
    if is_under(now, asked) and not is_under(was, asked) and asked > after.verdict.policy.fail_under:
        yield Regression(
            kind="coverage",
            subject=COVERAGE,
            message=f"Declared coverage falls under the {asked}% that was asked for before.",
        )
