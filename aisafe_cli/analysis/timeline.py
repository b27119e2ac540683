"""The stages of a plan in the order of their days: what opens and closes, what stops holding, the verdicts. Pure.

A stage is judged as of its first day, on the channels that have opened by then. Of channels that are judged alike one
stands for all, so that a plan of many channels takes little longer than one of few.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from aisafe_cli.analysis.alike import JudgeOnDay, OpenedPart, PartJudge, keep_one_of_each
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Catalog, Flag, Ladder, Mode, Safeguard
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Channel, Plan, Waiver
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import ChannelResult, Finding, Report, Watch
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evidence import EvidenceTurn, find_evidence_turns

_NEXT_DAY = timedelta(days=1)


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
class HeldUntil:
    """A safeguard that was carried out in stages before and cannot be carried out any more, with the reason."""

    safeguard: Safeguard
    reason: str


@record
class BecomesIneffective:
    """A claim that is ineffective from a stage on, on some channels; `already` where it was so before on another."""

    safeguard: Safeguard
    channels: tuple[str, ...]
    line: int
    reason: str
    already: bool


@record
class StageVerdict:
    """The verdict on all that has opened by a stage, outcomes by id, and their counts on each channel that opens."""

    mode: Mode
    decided_by: Channel
    passed: bool
    headline: str
    blocking: tuple[str, ...]
    waived: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    on_opening: Mapping[str, Mapping[Outcome, int]]


@record
class Stage:
    """A time in which nothing opens or closes, no waiver begins or ends, and what evidence is worth stays.

    `day` is its first day, or None for the stage that was there from the start; `until` is the first day of the next
    stage. `as_of` is the day on which it is judged: its first one; without one, the day of the check or, if that is
    later, the stage's last day. `open` are the channels that are open; `verdict` is about all that have opened by then,
    since openness is a ratchet, and is None where `not_judged` says why.
    """

    number: int
    day: date | None
    until: date | None = None
    as_of: date
    opens: tuple[Channel, ...]
    closes: tuple[Channel, ...]
    waivers_begin: tuple[Waiver, ...]
    waivers_end: tuple[Waiver, ...]
    evidence: tuple[EvidenceTurn, ...]
    open: tuple[Channel, ...]
    verdict: StageVerdict | None = None
    not_judged: str = ""
    changes: tuple[SafeguardChange, ...] = ()
    held: tuple[HeldUntil, ...] = ()
    ineffective: tuple[BecomesIneffective, ...] = ()

    @property
    def verdict_word(self) -> str:
        """The verdict in a word: `pass`, `FAIL`, which stands out, or `not judged`."""
        if self.verdict is None:
            return "not judged"
        return "pass" if self.verdict.passed else "FAIL"

    def of_kind(self, kind: str) -> tuple[SafeguardChange, ...]:
        """Return the changes of one kind, in document order."""
        return tuple(change for change in self.changes if change.kind == kind)


@record
class Timeline:
    """The stages of a plan; `current` is 0 before the first. `too_late` says since when a safeguard cannot be done."""

    plan: Plan
    catalog: Catalog
    ladder: Ladder
    as_of: date
    policy: Policy
    current: int
    too_late: Mapping[str, date]
    stages: tuple[Stage, ...]

    def list_too_late(self, stage: Stage) -> Sequence[str]:
        """Return what blocks a stage and can no longer be carried out on the day of the check."""
        blocking = stage.verdict.blocking if stage.verdict else ()
        return [name for name in blocking if name in self.too_late and (stage.day or date.min) >= self.too_late[name]]

    def recalls_nothing(self, channel: Channel) -> bool:
        """Return whether what a channel gave out stays out when it closes."""
        return self.ladder.access_levels[channel.access].is_readable


def build_timeline(plan: Plan, judge: JudgeOnDay, as_of: date, watch: Watch[date] = iter) -> Timeline:
    """Return the stages of a plan, each judged as a check would judge its channels on its day.

    `watch` hands out the days on which stages may begin one by one, so that it can tell how far the work has come.
    Raises NothingToEvaluate as `judge` does of the whole plan.
    """
    whole = judge(keep_one_of_each(plan), as_of)
    report, policy = whole.report, whole.verdict.policy
    days = list_stage_days(plan, policy)
    first = _choose_first_day(days, as_of)
    turns = _group_evidence_turns(find_evidence_turns(plan, report.overrides.age_limits), first)
    parts = PartJudge(plan, report.ladder, judge, _list_waiver_days(plan, policy) | turns.keys())
    stages: list[Stage] = []
    before: OpenedPart | None = None
    for day in watch(sorted({*days, *turns})):
        as_of_day = max(day, first)  # one that was there from the start is judged on the first day
        now, not_judged = _judge_day(parts, day, as_of_day)
        if day in days or not _have_same_effect(now, before):
            events = _find_events(plan, policy, day) | {"evidence": tuple(turns.get(day, ()))}
            told = _describe_part(parts, now, before, day, as_of_day) if now else {"not_judged": not_judged}
            stages.append(Stage(number=len(stages) + 1, as_of=as_of_day, **events, **told))
            before = now or before
    return Timeline(
        plan=plan,
        catalog=report.catalog,
        ladder=report.ladder,
        policy=policy,
        as_of=as_of,
        current=sum((stage.day or date.min) <= as_of for stage in stages),
        too_late={finding.safeguard.id: finding.too_late for finding in report.findings if finding.too_late},
        stages=(*(replace(stage, until=after.day) for stage, after in pairwise(stages)), stages[-1]),
    )


def list_stage_days(plan: Plan, policy: Policy) -> Sequence[date]:
    """Return the days on which something opens, closes, begins or ends; the first day of all stands for the start."""
    days = _list_waiver_days(plan, policy)
    for channel in plan.channels:
        days |= {channel.opening, channel.closes or channel.opening}
    return sorted(days)


def _list_waiver_days(plan: Plan, policy: Policy) -> set[date]:
    """Return the days on which a waiver begins or ends. That a channel closes changes no verdict."""
    days = set()
    for waiver in _list_honored(plan, policy):
        days.add(waiver.granted)
        if end := _find_waiver_end(waiver):
            days.add(end)
    return days


def _choose_first_day(days: Sequence[date], as_of: date) -> date:
    """Return the day on which the first stage is judged. One that was there from the start has no first day."""
    if days[0] > date.min:
        return days[0]
    return min(as_of, days[1] - _NEXT_DAY) if len(days) > 1 else as_of


def _group_evidence_turns(turns: Iterable[EvidenceTurn], first: date) -> Mapping[date, list[EvidenceTurn]]:
    """Return the days after the first on which the calendar changes what evidence is worth."""
    by_day: dict[date, list[EvidenceTurn]] = defaultdict(list)
    for turn in turns:
        if turn.day > first:
            by_day[turn.day].append(turn)
    return by_day


def _judge_day(parts: PartJudge, day: date, as_of: date) -> tuple[OpenedPart | None, str]:
    try:
        return parts.judge(day, as_of), ""
    except NothingToEvaluate as error:
        return None, str(error)


def _have_same_effect(now: OpenedPart | None, before: OpenedPart | None) -> bool:
    """Return whether what changed of the evidence leaves outcomes and what may block as they were."""
    if now is None or before is None:
        return now is before
    return _list_effects(now.result.report) == _list_effects(before.result.report)


def _list_effects(report: Report) -> Sequence[object]:
    noted = (finding for finding in report.plan_findings if finding.level is not Level.NOTE)  # a note never blocks
    effects: list[object] = [(finding.kind, finding.level) for finding in noted]
    for finding in report.findings:
        effects.append((finding.outcome, finding.level, finding.adopted, list(finding.outcomes.values())))
    return effects


# --- what happens on a day -------------------------------------------------------------------------------------------


def _find_events(plan: Plan, policy: Policy, day: date) -> dict[str, Any]:
    """Return what happens on a day, and which channels are open then."""
    waivers = _list_honored(plan, policy)
    return {
        "day": None if day == date.min else day,
        "opens": tuple(channel for channel in plan.channels if channel.opening == day),
        "closes": tuple(channel for channel in plan.channels if channel.closes == day),
        "open": tuple(channel for channel in plan.channels if channel.is_open_on(day)),
        "waivers_begin": tuple(waiver for waiver in waivers if waiver.granted == day),
        "waivers_end": tuple(waiver for waiver in waivers if _find_waiver_end(waiver) == day),
    }


def _list_honored(plan: Plan, policy: Policy) -> Sequence[Waiver]:
    return plan.waivers if policy.honour_waivers else ()


def _find_waiver_end(waiver: Waiver) -> date | None:
    """Return the first day on which a waiver is not in force any more, if the calendar has one."""
    return waiver.expires + _NEXT_DAY if waiver.expires < date.max else None


# --- what changes from one stage to the next ------------------------------------------------------------------------


def _describe_part(
    parts: PartJudge, now: OpenedPart, before: OpenedPart | None, day: date, as_of: date
) -> dict[str, Any]:
    """Return what a stage says of all that has opened by it. Outcomes stay where nothing was judged again."""
    is_judged_again = before is None or now.result is not before.result
    ended = _find_ended(now) - (_find_ended(before) if before else set()) if is_judged_again else set()
    ineffective = tuple(_find_ineffective(now, before))
    held: list[HeldUntil] = []
    if ended or any(_is_told_by_stages(claim.safeguard, now) for claim in ineffective):
        each = parts.judge_each(day, as_of)
        ineffective = tuple(_find_ineffective(each, before))
        for finding in each.result.report.findings:
            if finding.safeguard.id in ended:
                held.append(HeldUntil(safeguard=finding.safeguard, reason=finding.channels[-1].reason))
    return {
        "verdict": _build_verdict(now, day),
        "changes": tuple(_find_changes(now, before)) if is_judged_again else (),
        "held": tuple(held),
        "ineffective": ineffective,
    }


def _is_told_by_stages(safeguard: Safeguard, part: OpenedPart) -> bool:
    """Return whether one of several claims is picked by the channels that it names, so that all have to be there."""
    return safeguard.binds.is_judged_once and len(part.result.report.plan.claims.get(safeguard.id, ())) > 1


def _build_verdict(part: OpenedPart, day: date) -> StageVerdict:
    """Keep what is told of a report: whole reports of many stages of many channels would fill the memory."""
    report, verdict = part.result.report, part.result.verdict
    opening = sorted(channel.id for channel in part.channels if channel.opening == day)
    return StageVerdict(
        mode=report.mode,
        decided_by=report.decided_by,
        passed=verdict.passed,
        headline=verdict.headline,
        blocking=verdict.blocking,
        waived=verdict.waived,
        outcomes=report.outcomes,
        on_opening={name: _count_outcomes(part, name) for name in opening},
    )


def _count_outcomes(part: OpenedPart, channel: str) -> Mapping[Outcome, int]:
    results = part.result.report.results
    return Counter(result.outcome for result in results if result.channel == part.alike[channel])


def _find_changes(now: OpenedPart, before: OpenedPart | None) -> Iterable[SafeguardChange]:
    earlier = _index_findings(before)
    for finding in now.result.report.findings:
        old = earlier.get(finding.safeguard.id)
        was, outcomes = old.outcomes if old else {}, finding.outcomes
        if old and old.outcome is finding.outcome and {**was, **outcomes} == {**outcomes, **was}:
            continue
        yield SafeguardChange(
            safeguard=finding.safeguard,
            before=old.outcome if old else None,
            after=finding.outcome,
            places=_list_judged_as(finding.outcome, finding, now),
            still=() if finding.outcome is Outcome.SATISFIED else _list_judged_as(Outcome.SATISFIED, finding, now),
            channels=tuple(_find_channel_changes(outcomes, was, now, before)),
        )


def _index_findings(part: OpenedPart | None) -> Mapping[str, Finding]:
    return part.result.report.by_id if part else {}


def _find_channel_changes(
    outcomes: Mapping[str, Outcome], was: Mapping[str, Outcome], now: OpenedPart, before: OpenedPart | None
) -> Iterable[ChannelOutcomeChange]:
    for channel in now.channels:
        name = now.alike[channel.id]
        old = was[name] if before and channel.id in before.alike else None
        if old is not outcomes[name]:
            yield ChannelOutcomeChange(channel=channel.id, before=old, after=outcomes[name])


def _list_judged_as(outcome: Outcome, finding: Finding, part: OpenedPart) -> tuple[str, ...]:
    return part.expand({result.channel for result in finding.channels if result.judged and result.outcome is outcome})


def _find_ended(part: OpenedPart) -> set[str]:
    """Return the safeguards that count as satisfied by a stage that has ended, and cannot be carried out any more."""
    ended = set()
    for finding in part.result.report.findings:
        for result in finding.channels:
            if result.outcome is Outcome.SATISFIED and result.flag is Flag.INCOMPATIBLE:
                ended.add(finding.safeguard.id)
    return ended


def _find_ineffective(part: OpenedPart, before: OpenedPart | None) -> Iterable[BecomesIneffective]:
    """Yield the claims that are ineffective now and were not before, channels with one reason together."""
    earlier, known = _index_findings(before), before.alike if before else {}
    suspects = part.list_news(before)
    for finding in part.result.report.findings:
        ineffective, was = _list_ineffective(finding), _list_ineffective(earlier.get(finding.safeguard.id))
        claims: dict[tuple[int, str], list[str]] = defaultdict(list)
        for channel in suspects if ineffective else ():
            result = ineffective.get(part.alike[channel.id])
            if result and known.get(channel.id) not in was:
                claims[result.claim.position.line if result.claim else 1, result.reason].append(channel.id)
        for (line, reason), channels in sorted(claims.items()):
            yield BecomesIneffective(
                safeguard=finding.safeguard, channels=tuple(channels), line=line, reason=reason, already=bool(was)
            )


def _list_ineffective(finding: Finding | None) -> Mapping[str, ChannelResult]:
    return {result.channel: result for result in finding.ineffective} if finding else {}
