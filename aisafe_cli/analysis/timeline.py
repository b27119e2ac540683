"""A plan's stages in the order of their days: what opens and closes, what stops holding, what the verdict is. Pure.

Each stage is judged by the one evaluator, on the channels that have opened by its day and as of that day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Catalog, Flag, Ladder, Mode, Safeguard
from aisafe_cli.domain.edits import narrow_to_day
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Plan, Waiver
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import ChannelResult, Finding, Report, Watch
from aisafe_cli.domain.score import Coverage
from aisafe_cli.domain.verdict import Result, Verdict
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evidence import EvidenceTurn, find_evidence_turns

_NEXT_DAY = timedelta(days=1)
_READABLE = "readable_weights"


@record
class ChannelOutcomeChange:
    """A channel on which a safeguard's outcome changes. `before` is None on a channel that was not judged before."""

    channel: str
    before: Outcome | None
    after: Outcome


@record
class SafeguardChange:
    """A safeguard whose outcome changes, for the release or on a channel that is already open.

    `before` is None in the first stage that can be judged. `places` are the channels that the new outcome rests on, and
    `still` those on which the safeguard is satisfied all the same. `channels` has every channel on which the outcome
    changes, with those that are new.
    """

    safeguard: Safeguard
    before: Outcome | None
    after: Outcome
    places: tuple[str, ...]
    still: tuple[str, ...]
    channels: tuple[ChannelOutcomeChange, ...]

    @property
    def kind(self) -> str:
        """Whether the safeguard `starts` or `stops` to hold for the release, or neither: `other`."""
        if (self.before is Outcome.SATISFIED) is (self.after is Outcome.SATISFIED):
            return "other"
        return "starts" if self.after is Outcome.SATISFIED else "stops"


@record
class BecomesIneffective:
    """A claim that is relied on in vain from a stage on, with the channels on which it is.

    `already` is true where the safeguard was so on another channel in the stage before. `line` is that of the claim.
    """

    safeguard: Safeguard
    channels: tuple[str, ...]
    line: int
    reason: str
    already: bool


@record
class StageVerdict:
    """How all that has opened by a stage stands: its mode, the verdict on it, and the outcomes.

    `outcomes` are those for the release by safeguard id, and `on_opening` counts them for each channel that opens.
    """

    mode: Mode
    decided_by: Channel
    verdict: Verdict
    coverage: Coverage
    outcomes: Mapping[str, Outcome]
    on_opening: Mapping[str, Mapping[Outcome, int]]


@record
class Stage:
    """A time in which nothing opens or closes, no waiver begins or ends, and what evidence is worth stays.

    `day` is its first day, or None for the stage that was there from the start; `until` is the first day of the next
    stage. `as_of` is the day on which it is judged: its first one; without one, the day of the check or, if that is
    later, the stage's last day. `open` are the channels that are open; `standing` is about all that have opened by
    then, since openness is a ratchet, and is None where `not_judged` says why. `held` are the safeguards that were
    carried out in stages before and cannot be carried out any more.
    """

    number: int
    day: date | None
    until: date | None
    as_of: date
    opens: tuple[Channel, ...]
    closes: tuple[Channel, ...]
    waivers_begin: tuple[Waiver, ...]
    waivers_end: tuple[Waiver, ...]
    evidence: tuple[EvidenceTurn, ...]
    open: tuple[Channel, ...]
    standing: StageVerdict | None
    not_judged: str
    changes: tuple[SafeguardChange, ...]
    held: tuple[Finding, ...]
    turns: tuple[BecomesIneffective, ...]

    @property
    def verdict_word(self) -> str:
        """The verdict in a word: `pass`, `FAIL`, which stands out, or `not judged`."""
        if self.standing is None:
            return "not judged"
        return "pass" if self.standing.verdict.passed else "FAIL"

    def of_kind(self, kind: str) -> tuple[SafeguardChange, ...]:
        """Return the changes of one kind, in document order."""
        return tuple(change for change in self.changes if change.kind == kind)


@record
class Timeline:
    """The stages of a plan. `current` is the number of the stage on the day of the check, 0 before the first."""

    plan: Plan
    catalog: Catalog
    ladder: Ladder
    as_of: date
    policy: Policy
    current: int
    stages: tuple[Stage, ...]

    def recalls_nothing(self, channel: Channel) -> bool:
        """Return whether what a channel gave out stays out when it closes."""
        return _READABLE in self.ladder.access_levels[channel.access].properties


Judge = Callable[[Plan, date], Result]


def build_timeline(plan: Plan, judge: Judge, as_of: date, watch: Watch[date] = iter) -> Timeline:
    """Return the stages of a plan, each judged as a check would judge its channels on its day.

    `watch` hands out the days on which stages may begin one by one, so that it can tell how far the work has come.
    Raises NothingToEvaluate as `judge` does of the whole plan.
    """
    whole = judge(plan, as_of)
    report, policy = whole.report, whole.verdict.policy
    days = list_stage_days(plan, policy)
    fixed = frozenset(days)
    first = _judged_on(days[0], next(iter(days[1:]), None), as_of)
    turning: dict[date, list[EvidenceTurn]] = {}
    for one in find_evidence_turns(plan, report.overrides.age_limits):
        if one.day > first:
            turning.setdefault(one.day, []).append(one)
    stages: list[Stage] = []
    before: Report | None = None
    for day in watch(sorted(fixed.union(turning))):
        judged_on = first if day == days[0] else day
        result, not_judged = _judge_part(narrow_to_day(plan, day), judge, judged_on)
        now = result.report if result else None
        if day not in fixed and _is_as_before(now, before):
            continue
        stages.append(
            Stage(
                number=len(stages) + 1,
                day=None if day == date.min else day,
                until=None,
                as_of=judged_on,
                **_events(plan, policy, day),
                evidence=tuple(turning.get(day, ())),
                open=tuple(channel for channel in plan.channels if _is_open(channel, day)),
                standing=_standing(result, day) if result else None,
                not_judged=not_judged,
                changes=tuple(_changes(now, before)) if now else (),
                held=tuple(_held(now, before)) if now else (),
                turns=tuple(_turns(now, before)) if now else (),
            )
        )
        before = now or before
    return Timeline(
        plan=plan,
        catalog=report.catalog,
        ladder=report.ladder,
        policy=policy,
        as_of=as_of,
        current=sum((stage.day or date.min) <= as_of for stage in stages),
        stages=(*(replace(stage, until=after.day) for stage, after in pairwise(stages)), stages[-1]),
    )


def _is_as_before(report: Report | None, before: Report | None) -> bool:
    """Return whether what changed of the evidence is without effect on outcomes and on what may block."""
    if report is None or before is None:
        return report is before
    return bool(_effects(report) == _effects(before))


def _effects(report: Report) -> object:
    findings = [
        (finding.outcome, finding.level, finding.adopted, [result.outcome for result in finding.channels])
        for finding in report.findings
    ]
    return findings, [(finding.kind, finding.level) for finding in report.plan_findings]


def list_stage_days(plan: Plan, policy: Policy) -> Sequence[date]:
    """Return the days on which something opens, closes, begins or ends; the first day of all stands for the start."""
    days = {_opening(channel) for channel in plan.channels}
    days |= {channel.closes for channel in plan.channels if channel.closes}
    if policy.honour_waivers:
        days |= {waiver.granted for waiver in plan.waivers}
        days |= {end for waiver in plan.waivers if (end := _end(waiver))}
    return sorted(days)


def _judged_on(day: date, until: date | None, as_of: date) -> date:
    """The day on which a stage is judged. The one that was there from the start has no first day."""
    if day > date.min:
        return day
    return min(as_of, until - _NEXT_DAY) if until else as_of


def _judge_part(part: Plan, judge: Judge, as_of: date) -> tuple[Result | None, str]:
    if not part.channels:
        return None, "No channel is open yet, so there is nothing to judge."
    try:
        return judge(part, as_of), ""
    except NothingToEvaluate as error:
        return None, str(error)


def _standing(result: Result, day: date) -> StageVerdict:
    """Keep what is told of a report: whole reports of many stages of many channels would fill the memory."""
    report = result.report
    opening = {channel.id for channel in report.plan.channels if _opening(channel) == day}
    by_channel: dict[str, Counter[Outcome]] = {name: Counter() for name in sorted(opening)}
    for finding in report.findings:
        for one in finding.channels:
            if one.channel in opening:
                by_channel[one.channel][one.outcome] += 1
    return StageVerdict(
        mode=report.mode,
        decided_by=report.decided_by,
        verdict=result.verdict,
        coverage=report.scores.coverage,
        outcomes={finding.safeguard.id: finding.outcome for finding in report.findings},
        on_opening=by_channel,
    )


# --- what happens on a day ------------------------------------------------------------------------------------------


def _events(plan: Plan, policy: Policy, day: date) -> dict[str, Any]:
    waivers = plan.waivers if policy.honour_waivers else ()
    return {
        "opens": tuple(channel for channel in plan.channels if _opening(channel) == day),
        "closes": tuple(channel for channel in plan.channels if channel.closes == day),
        "waivers_begin": tuple(waiver for waiver in waivers if waiver.granted == day),
        "waivers_end": tuple(waiver for waiver in waivers if _end(waiver) == day),
    }


def _is_open(channel: Channel, day: date) -> bool:
    return _opening(channel) <= day and not (channel.closes and channel.closes <= day)


def _opening(channel: Channel) -> date:
    return channel.opening


def _end(waiver: Waiver) -> date | None:
    """The first day on which a waiver is not in force any more, if the calendar has one."""
    return waiver.expires + _NEXT_DAY if waiver.expires < date.max else None


# --- what changes from one stage to the next ------------------------------------------------------------------------


def _changes(report: Report, before: Report | None) -> Iterable[SafeguardChange]:
    old = {finding.safeguard.id: finding for finding in before.findings} if before else {}
    for finding in report.findings:
        earlier = old.get(finding.safeguard.id)
        was = {result.channel: result.outcome for result in earlier.channels} if earlier else {}
        channels = tuple(
            ChannelOutcomeChange(channel=result.channel, before=was.get(result.channel), after=result.outcome)
            for result in finding.channels
            if was.get(result.channel) is not result.outcome
        )
        if earlier and earlier.outcome is finding.outcome and all(change.before is None for change in channels):
            continue
        yield SafeguardChange(
            safeguard=finding.safeguard,
            before=earlier.outcome if earlier else None,
            after=finding.outcome,
            places=_judged_as(finding.outcome, finding),
            still=() if finding.outcome is Outcome.SATISFIED else _judged_as(Outcome.SATISFIED, finding),
            channels=channels,
        )


def _judged_as(outcome: Outcome, finding: Finding) -> tuple[str, ...]:
    return tuple(result.channel for result in finding.channels if result.judged and result.outcome is outcome)


def _held(report: Report, before: Report | None) -> Iterable[Finding]:
    """What was carried out in a stage that has ended: it counts as satisfied and cannot be carried out any more."""
    new = _ended(report) - (_ended(before) if before else set())
    return (finding for finding in report.findings if finding.safeguard.id in new)


def _ended(report: Report) -> set[str]:
    return {
        finding.safeguard.id
        for finding in report.findings
        if any(one.outcome is Outcome.SATISFIED and one.flag is Flag.INCOMPATIBLE for one in finding.channels)
    }


def _turns(report: Report, before: Report | None) -> Iterable[BecomesIneffective]:
    relied_on = {finding.safeguard.id: _in_vain(finding) for finding in before.findings} if before else {}
    for finding in report.findings:
        old = {result.channel for result in relied_on.get(finding.safeguard.id, ())}
        new = [result for result in _in_vain(finding) if result.channel not in old]
        for (line, reason), results in groupby(sorted(new, key=_claim), key=_claim):
            yield BecomesIneffective(
                safeguard=finding.safeguard,
                channels=tuple(result.channel for result in results),
                line=line,
                reason=reason,
                already=bool(old),
            )


def _in_vain(finding: Finding) -> Sequence[ChannelResult]:
    return [one for one in finding.channels if one.judged and one.outcome is Outcome.INEFFECTIVE]


def _claim(result: ChannelResult) -> tuple[int, str]:
    return result.claim.position.line if result.claim else 1, result.reason
