"""What makes a plan pass at little effort, and how far the plan gets as it stands. Pure.

Every route that is offered, and each of its steps, has the verdict on the changed plan, as a check would judge it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain

from aisafe_cli.analysis.suggest.decisions import (
    NOTHING_ANSWERED,
    propose_adoption,
    propose_answers,
    propose_decisions,
)
from aisafe_cli.analysis.suggest.remedies import Kind, Remedies, Remedy, apply_remedies, propose_remedies
from aisafe_cli.analysis.suggest.stage_remedies import is_staged, propose_stage, propose_stage_remedies
from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel
from aisafe_cli.domain.edits import narrow_to_day, remove_channels, set_channel_fields
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.report import Finding, Report, Watch
from aisafe_cli.domain.verdict import Result, Verdict
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.profile import rate_level
from aisafe_cli.evaluation.scores import compute_coverage

_KINDS = tuple(Kind)

Judge = Callable[[Plan], Result]


@record
class RouteStep:
    """A remedy, and the verdict on the plan once it and those before it are carried out."""

    remedy: Remedy
    verdict: Verdict


@record
class Route:
    """Remedies one after another, free ones first."""

    steps: tuple[RouteStep, ...]

    @property
    def effort(self) -> int:
        """The sum of the efforts."""
        return sum(step.remedy.effort for step in self.steps)

    @property
    def is_cheapest(self) -> bool:
        """Whether no other route can take less effort: it takes none. Others are chosen step by step, unproven."""
        return self.effort == 0


@record
class AccessVerdict:
    """The plan with its most open channels moved to an access level; `result` is None where nothing is left there."""

    access_level: AccessLevel
    result: Result | None
    as_planned: bool


@record
class PassingPart:
    """Part of the plan that passes as it stands. `by` is the last day of opening, or None if there is none."""

    result: Result
    by: date | None
    left_out: tuple[str, ...]


@record
class Suggestion:
    """What was found for a plan.

    `route` is None where no remedies make the plan pass; `attempt` is then how far they get. `moved` names the channels
    that the verdicts on access levels are about, where these were asked for.
    """

    result: Result
    route: Route | None
    attempt: Route
    moved: tuple[str, ...]
    access_levels: tuple[AccessVerdict, ...]
    stage: PassingPart | None

    @property
    def remains(self) -> Verdict | None:
        """The verdict with everything done that could be, where that is no pass."""
        if self.route:
            return None
        return self.attempt.steps[-1].verdict if self.attempt.steps else self.result.verdict


def suggest(plan: Plan, judge: Judge, watch: Watch[AccessLevel] = iter, *, levels: bool = False) -> Suggestion:
    """Return a cheap route to a pass, and the widest part that passes as it stands.

    `judge` is that of the check, on its day. With `levels` it is also judged at which access levels the plan would
    pass. `watch` hands out the access levels, so that it can tell how far the work has come. Raises NothingToEvaluate
    as `judge` does.
    """
    result = judge(plan)
    attempt = Route(steps=()) if result.verdict.passed else _find_route(result, judge)
    verdict = attempt.steps[-1].verdict if attempt.steps else result.verdict
    top = result.report.channels[-1].access_level
    moved = tuple(one.channel.id for one in result.report.channels if one.access_level.rank == top.rank)
    scanned = tuple(result.report.ladder.access_levels.values()) if levels else ()
    return Suggestion(
        result=result,
        route=attempt if verdict.passed else None,
        attempt=attempt,
        moved=moved,
        access_levels=tuple(_judge_at(level, result, moved, judge) for level in watch(scanned)),
        stage=_find_widest(result, judge),
    )


# --- the route ------------------------------------------------------------------------------------------------------


@record
class _Option:
    """A way to deal with a safeguard, with its outcomes for the release and on each channel once it is carried out.

    `lifts` says whether it then no longer blocks, if one of the alternatives in `needs` is adopted.
    """

    way: Remedies
    outcomes: tuple[Outcome, ...]
    lifts: bool
    needs: Mapping[str, int]

    @property
    def cost(self) -> tuple[int, int, int]:
        """The effort, with that of the cheapest alternative that it needs, then the number of remedies and doubts."""
        effort = sum(remedy.effort for remedy in self.way) + min(self.needs.values(), default=0)
        return effort, len(self.way), sum(remedy.in_doubt for remedy in self.way)


def _find_route(result: Result, judge: Judge) -> Route:
    """Return what makes the plan pass at little effort, or else what leaves the least that blocks."""
    plan = result.report.plan
    routes = []
    for room in dict.fromkeys(((), propose_stage(result.report))):
        remedies = _drop_needless(plan, _choose_remedies(plan, room, judge), judge)
        blocking = judge(apply_remedies(plan, remedies)).verdict.blocking
        routes.append((len(blocking), sum(remedy.effort for remedy in remedies), len(remedies), remedies))
    return _build_route(plan, min(routes, key=lambda route: route[:3])[-1], judge)


def _choose_remedies(plan: Plan, room: Remedies, judge: Judge) -> Remedies:
    """Return a remedy for all that blocks, as far as there is one, once a stage is opened or not."""
    opened = judge(apply_remedies(plan, room))
    settled = (*room, *propose_decisions(opened.report, opened.verdict.blocking))
    result = judge(apply_remedies(plan, settled))
    picked = _choose_options(_list_options(result, judge), result.verdict.policy.fail_under)
    ways = chain.from_iterable(option.way for option in picked)
    adopted = map(partial(propose_adoption, result.report), _cover([option.needs for option in picked]))
    remedies = (*settled, *ways, *adopted)
    now = judge(apply_remedies(plan, remedies))
    return (*remedies, propose_answers(now.report)) if NOTHING_ANSWERED in now.verdict.blocking else remedies


def _list_options(result: Result, judge: Judge) -> Sequence[Sequence[_Option]]:
    """Return for each safeguard the ways to deal with it. They touch no other, so one evaluation tries one of each."""
    ways = [_list_ways(result.report, finding) for finding in result.report.findings]
    options: list[list[_Option]] = [[] for _ in ways]
    for number in range(max(map(len, ways))):
        tried = [row[number] if number < len(row) else () for row in ways]
        now = judge(apply_remedies(result.report.plan, chain.from_iterable(tried)))
        for row, finding in enumerate(now.report.findings):
            if number < len(ways[row]):
                options[row].append(_build_option(tried[row], finding, now))
    return options


def _list_ways(report: Report, finding: Finding) -> tuple[Remedies, ...]:
    return (propose_stage_remedies if is_staged(finding) else propose_remedies)(report, finding)


def _build_option(way: Remedies, finding: Finding, now: Result) -> _Option:
    outcomes = (finding.outcome, *finding.outcomes.values())
    if finding.safeguard.id not in now.verdict.blocking:
        return _Option(way=way, outcomes=outcomes, lifts=True, needs={})
    needs = _find_needs(finding, now)
    return _Option(way=way, outcomes=outcomes, lifts=bool(needs), needs=needs)


def _find_needs(finding: Finding, now: Result) -> Mapping[str, int]:
    """Return the efforts of the alternatives that would lift a warning that it cannot work, if that is all there is."""
    on = {channel for name, channel in now.verdict.blocked_on if name == finding.safeguard.id}
    if any(one.outcome is not Outcome.INCOMPATIBLE for one in finding.channels if one.channel in on):
        return {}
    needs, catalog = {}, now.report.catalog
    for name in finding.safeguard.alternatives:
        if rate_level(Outcome.INCOMPATIBLE, False, (name,), catalog, now.report.capability) is Level.NOTE:
            needs[name] = catalog.alternatives[name].effort
    return needs


def _choose_options(options: Sequence[Sequence[_Option]], fail_under: int) -> Sequence[_Option]:
    """Return the cheapest way that lifts each block, or the last; then dearer ones that add most to coverage."""
    lifting = []
    for row in options:
        lifting.append([option for option in row if option.lifts] or [row[-1]])
    picks = [min(row, key=lambda option: option.cost) for row in lifting]
    while (missing := _measure_missing(picks, fail_under)) > 0:
        better = []
        for place, row in enumerate(lifting):
            for number, option in enumerate(row):
                gain = missing - _measure_missing([*picks[:place], option, *picks[place + 1 :]], fail_under)
                if gain > 0:
                    better.append(((option.cost[0] - picks[place].cost[0]) / gain, place, number))
        if not better:
            break
        _, place, number = min(better)
        picks[place] = lifting[place][number]
    return picks


def _measure_missing(options: Sequence[_Option], fail_under: int) -> int:
    """Return by how much coverage is short, over the release and each channel, in hundredths of a safeguard."""
    if not fail_under:
        return 0
    missing = 0
    for outcomes, number in Counter(zip(*(option.outcomes for option in options), strict=True)).items():
        coverage = compute_coverage(outcomes)
        spare = 50 * (2 * coverage.satisfied + coverage.partial) - fail_under * max(coverage.applicable, 1)
        missing += number * max(0, -spare)
    return missing


def _cover(needs: Sequence[Mapping[str, int]]) -> Iterator[str]:
    """Yield alternatives until each need has one, those that meet most for their effort first."""
    unmet = [need for need in needs if need]
    while unmet:
        met = Counter(chain.from_iterable(unmet))
        efforts = {name: effort for need in unmet for name, effort in need.items()}
        best = min(met, key=lambda name: (efforts[name] / met[name], name))
        yield best
        unmet = [need for need in unmet if best not in need]


def _drop_needless(plan: Plan, remedies: Remedies, judge: Judge) -> Remedies:
    """Return of remedies those without which something more would block, the dearest tried first."""
    left = set(judge(apply_remedies(plan, remedies)).verdict.blocking)
    for remedy in sorted(remedies, key=_rank_remedy, reverse=True):
        fewer = tuple(one for one in remedies if one is not remedy)
        if left.issuperset(judge(apply_remedies(plan, fewer)).verdict.blocking):
            remedies = fewer
    return remedies


def _rank_remedy(remedy: Remedy) -> tuple[int, int]:
    """Free ones first, then by effort; the sort keeps the order in which they are found."""
    return remedy.effort, _KINDS.index(remedy.kind)


def _build_route(plan: Plan, remedies: Iterable[Remedy], judge: Judge) -> Route:
    steps = []
    for remedy in sorted(remedies, key=_rank_remedy):
        plan = remedy.apply_to(plan)
        steps.append(RouteStep(remedy=remedy, verdict=judge(plan).verdict))
    return Route(steps=tuple(steps))


# --- as planned ---------------------------------------------------------------------------------------------------


def _judge_or_none(judge: Judge, plan: Plan) -> Result | None:
    """Return None where no safeguard applies to what is left of a plan: that is no pass."""
    try:
        return judge(plan) if plan.channels else None
    except NothingToEvaluate:
        return None


def _judge_at(level: AccessLevel, result: Result, moved: Collection[str], judge: Judge) -> AccessVerdict:
    as_planned = result.report.channels[-1].access_level.id == level.id
    plan = set_channel_fields(result.report.plan, moved, access=level.id)
    judged = result if as_planned else _judge_or_none(judge, plan)
    return AccessVerdict(access_level=level, result=judged, as_planned=as_planned)


def _find_widest(result: Result, judge: Judge) -> PassingPart | None:
    """Return the widest part that passes: of the plan's own stages the last, else the channels that pass alone."""
    plan, stuck = result.report.plan, _find_stuck(result)
    end = min((channel.opening for channel in plan.channels if channel.id in stuck), default=date.max)
    days = sorted({channel.opening for channel in plan.channels if channel.opening < end}, reverse=True)
    for day in days:
        if stage := _judge_part(result, narrow_to_day(plan, day), day, judge):
            return stage
    names = [name for name in result.report.access if name not in stuck]
    passing = [name for name in names if _judge_part(result, _keep_only(result, {name}), None, judge)]
    for tried in (passing, passing[-1:]):
        if tried and (stage := _judge_part(result, _keep_only(result, tried), None, judge)):
            return stage
    return None


def _find_stuck(result: Result) -> frozenset[str]:
    """Return the channels on which something blocks that is judged there, so in each part of the plan with them."""
    on_channels = {one.safeguard.id for one in result.report.findings if not one.safeguard.binds.is_judged_once}
    return frozenset(channel for name, channel in result.verdict.blocked_on if name in on_channels)


def _keep_only(result: Result, names: Collection[str]) -> Plan:
    plan = result.report.plan
    return remove_channels(plan, set(plan.channel_ids).difference(names))


def _judge_part(result: Result, plan: Plan, by: date | None, judge: Judge) -> PassingPart | None:
    tried = _judge_or_none(judge, plan)
    if tried is None or not tried.verdict.passed:
        return None
    left_out = tuple(name for name in result.report.access if name not in plan.channel_ids)
    return PassingPart(result=tried, by=None if by == date.min else by, left_out=left_out)
