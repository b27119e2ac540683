"""The cheapest set of changes that makes a plan pass, and how far the plan gets without any. Pure.

Candidates are put together by what they cost and do to each safeguard, and every way that is offered, and each of its
steps, is the verdict on the changed plan by the one evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from itertools import chain

from aisafe_cli.analysis.suggest.candidates import (
    NOTHING_ANSWERED,
    Kind,
    Remedies,
    Remedy,
    apply_remedies,
    can_still_hold_stages,
    ends_of_stages,
    propose_adoption,
    propose_answers,
    propose_decisions,
    propose_remedies,
    stages_before,
)
from aisafe_cli.analysis.suggest.cheapest import Cost, Option, choose
from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Binds, Catalog
from aisafe_cli.domain.edits import add_adoption, narrow_to_day, remove_channels, set_channel_fields
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.report import ChannelReport, Finding, Report, Watch
from aisafe_cli.domain.verdict import Result, Verdict
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evidence import list_adopted
from aisafe_cli.evaluation.scores import compute_coverage
from aisafe_cli.evaluation.stages import is_judged_by_stages

_MAX_STAGED = 3  # safeguards for which stages are tried in every combination
_KINDS = tuple(Kind)


@record
class RouteStep:
    """A change, and the verdict on the plan once it and those before it are made."""

    remedy: Remedy
    verdict: Verdict


@record
class Route:
    """Changes one after another, free ones first. `proven` is false where a cheaper set might have been missed."""

    steps: tuple[RouteStep, ...]
    proven: bool

    @property
    def effort(self) -> int:
        """The sum of the efforts."""
        return sum(step.remedy.effort for step in self.steps)


@record
class AccessVerdict:
    """The plan with its most open channels moved to a rung; `result` is None where nothing is left to evaluate."""

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

    `way` is None where no set of changes makes the plan pass; `remains` is then the verdict with everything done that
    could be. `moved` names the channels that the verdicts on rungs are about.
    """

    result: Result
    route: Route | None
    remains: Verdict | None
    moved: tuple[str, ...]
    access_levels: tuple[AccessVerdict, ...]
    stage: PassingPart | None


Judge = Callable[[Plan], Result]


def suggest(plan: Plan, judge: Judge, watch: Watch[ChannelReport] = iter) -> Suggestion:
    """Return the cheapest way to a pass, the rungs that pass, and the widest stage that passes as it stands.

    `judge` is that of the check, on its day. `watch` hands out the channels, each of which is judged by itself, so that
    it can tell how far the work has come. Raises NothingToEvaluate as `judge` does.
    """
    result = judge(plan)
    route = Route(steps=(), proven=True) if result.verdict.passed else _cheapest_way(result, judge)
    remains = None
    if route is None:
        everything = _everything(result, judge)
        remains = judge(apply_remedies(plan, everything)).verdict
        if remains.passed:  # the search has missed something
            route, remains = _path(_needed(everything, plan, judge), result, judge, proven=False), None
    top = result.report.channels[-1].access_level.rank
    moved = tuple(one.channel.id for one in result.report.channels if one.access_level.rank == top)
    return Suggestion(
        result=result,
        route=route,
        remains=remains,
        moved=moved,
        access_levels=tuple(
            _at_access_level(result, moved, access_level, judge)
            for access_level in result.report.ladder.access_levels.values()
        ),
        stage=_widest(result, judge, watch),
    )


# --- the cheapest way -----------------------------------------------------------------------------------------------


@record
class _Found:
    """Changes that make a plan pass, with what they cost."""

    cost: Cost
    changes: tuple[Remedy, ...]
    proven: bool


def _cheapest_way(result: Result, judge: Judge) -> Route | None:
    decisions, complete = _room_for_stages(result.report)
    found = [one for made in decisions if (one := _cheapest_after(made, result.report, judge))]
    if not found:
        return None
    best = min(found, key=lambda one: one.cost)
    proven = complete and all(one.proven for one in found)
    path = _path(best.changes, result, judge, proven)
    # What the search adds up is one thing, what the evaluator says of the changed plan another; the latter counts.
    return path if _passes(path) else None


def _path(changes: Remedies, result: Result, judge: Judge, proven: bool) -> Route:
    steps = _steps(result.report.plan, sorted(changes, key=_place), judge)
    return Route(steps=steps, proven=proven)


def _passes(path: Route) -> bool:
    return bool(path.steps) and path.steps[-1].verdict.passed


def _place(remedy: Remedy) -> tuple[int, int]:
    """Free ones first, then by effort; the sort keeps the order in which they are found."""
    return remedy.effort, _KINDS.index(remedy.kind)


def _steps(plan: Plan, changes: Sequence[Remedy], judge: Judge) -> tuple[RouteStep, ...]:
    steps = []
    for remedy in changes:
        plan = remedy.apply_to(plan)
        steps.append(RouteStep(remedy=remedy, verdict=judge(plan).verdict))
    return tuple(steps)


def _room_for_stages(report: Report) -> tuple[Sequence[Remedies], bool]:
    """Return the sets of decisions that make room for limited stages, and whether these are all.

    They go first: which channels there are decides what is asked for elsewhere.
    """
    staged = [
        finding.safeguard
        for finding in report.findings
        if finding.outcome is not Outcome.NOT_APPLICABLE
        and is_judged_by_stages(finding.safeguard, finding.channels[-1].flag)
        and not can_still_hold_stages(report, ends_of_stages(report, finding.safeguard))
    ]
    ways: list[Remedies] = [()]
    complete = len(staged) <= _MAX_STAGED
    for safeguard in staged[:_MAX_STAGED]:
        found, are_all = stages_before(report, safeguard)
        ways += [route + made for made in found for route in ways if not _overlap(route, made)]
        complete = complete and are_all
    return ways, complete


def _overlap(one: Remedies, other: Remedies) -> bool:
    """Whether two sets of decisions are about the same channels; then either will do."""
    return bool({name for remedy in one for name in remedy.channels} & {name for c in other for name in c.channels})


def _cheapest_after(made: Remedies, planned: Report, judge: Judge) -> _Found | None:
    """Return the cheapest changes once some decisions are made, or None if there are none."""
    plan = planned.plan
    result = judge(apply_remedies(plan, made))
    report, verdict = result.report, result.verdict
    settled = propose_decisions(report, verdict.blocking)
    if settled is None:
        return None
    ways = [propose_remedies(report, finding, planned) for finding in report.findings]
    options = _options(result, ways, judge)
    efforts = {name: one.effort for name, one in report.catalog.alternatives.items()}
    choice = choose([[option for _, option in each] for each in options], efforts, verdict.policy.fail_under)
    if choice is None:
        return None
    picked = tuple(chain.from_iterable(each[pick][0] for each, pick in zip(options, choice.picks, strict=True)))
    adopted = tuple(_adoption(report, name) for name in choice.adopted)
    changes = _answered((*made, *settled, *picked, *adopted), plan, judge)
    return _Found(cost=_cost(changes), changes=changes, proven=choice.proven)


def _answered(changes: Remedies, plan: Plan, judge: Judge) -> Remedies:
    """Return the changes with the answers that a plan owes once they are made.

    Every effort is at least 1, so carrying something out only to have answered would cost more than answering.
    """
    now = judge(apply_remedies(plan, changes))
    return (*changes, propose_answers(now.report)) if NOTHING_ANSWERED in now.verdict.blocking else changes


def _cost(changes: Collection[Remedy]) -> Cost:
    return Cost(
        effort=sum(remedy.effort for remedy in changes),
        changes=len(changes),
        doubts=sum(remedy.in_doubt for remedy in changes),
    )


def _adoption(report: Report, name: str) -> Remedy:
    open_ = [
        finding.safeguard.id
        for finding in report.findings
        if name in finding.safeguard.alternatives and not finding.adopted and _cannot_work(finding)
    ]
    return propose_adoption(report.catalog.alternatives[name], open_)


def _cannot_work(finding: Finding) -> bool:
    return any(one.outcome in (Outcome.INCOMPATIBLE, Outcome.INEFFECTIVE) for one in finding.channels)


def _options(
    result: Result, ways: Sequence[Sequence[Remedies]], judge: Judge
) -> Sequence[Sequence[tuple[Remedies, Option]]]:
    """Return for each safeguard the ways that lift its block, with what they do.

    What is done about one safeguard changes nothing for the others, so that one evaluation tries a way of each.
    """
    options: list[list[tuple[Remedies, Option]]] = [[] for _ in ways]
    for number in range(max(map(len, ways))):
        tried = [each[number] if number < len(each) else None for each in ways]
        plan = apply_remedies(result.report.plan, chain.from_iterable(filter(None, tried)))
        now = judge(plan)
        # What cannot work is a warning at most, so that alternatives lift a block under a strict policy only.
        strict = now.verdict.policy.strict or Outcome.INCOMPATIBLE in now.verdict.policy.warning_outcomes
        at_best = judge(_with_all_alternatives(plan, result.report.catalog)) if strict else now
        for place, route in enumerate(tried):
            if route is not None and (option := _option(route, now, at_best, place)):
                options[place].append((route, option))
    return options


def _option(route: Remedies, now: Result, at_best: Result, place: int) -> Option | None:
    finding = now.report.findings[place]
    name = finding.safeguard.id
    if name in at_best.verdict.blocking:
        return None
    needs = frozenset(finding.safeguard.alternatives) if name in now.verdict.blocking else frozenset()
    return Option(cost=_cost(route), coverage=compute_coverage([finding.outcome]), needs=needs)


def _with_all_alternatives(plan: Plan, catalog: Catalog) -> Plan:
    counted = list_adopted(plan)
    for name in catalog.alternatives:
        if name not in counted:
            plan = add_adoption(plan, name)
    return plan


def _needed(changes: Remedies, plan: Plan, judge: Judge) -> Remedies:
    """Return of changes that make a plan pass those without which it does not, the dearest tried first."""
    for remedy in sorted(changes, key=_place, reverse=True):
        fewer = tuple(one for one in changes if one is not remedy)
        if judge(apply_remedies(plan, fewer)).verdict.passed:
            changes = fewer
    return changes


def _everything(result: Result, judge: Judge) -> Remedies:
    """Return all that could be done: the last way of each safeguard does the most."""
    plan = result.report.plan
    room, _ = _room_for_stages(result.report)
    opened = judge(apply_remedies(plan, room[-1])).report
    settled = propose_decisions(opened, (finding.kind for finding in opened.plan_findings)) or ()
    done = chain.from_iterable(propose_remedies(opened, finding, result.report)[-1] for finding in opened.findings)
    changes = (*room[-1], *settled, *done)
    counted = list_adopted(apply_remedies(plan, changes))
    left = (name for name in opened.catalog.alternatives if name not in counted)
    return _answered((*changes, *(_adoption(opened, name) for name in left)), plan, judge)


# --- as it stands ---------------------------------------------------------------------------------------------------


def _judge_or_none(judge: Judge, plan: Plan) -> Result | None:
    """Return None where no safeguard applies to what is left of a plan: that is no pass."""
    try:
        return judge(plan) if plan.channels else None
    except NothingToEvaluate:
        return None


def _at_access_level(result: Result, moved: Sequence[str], access_level: AccessLevel, judge: Judge) -> AccessVerdict:
    plan = set_channel_fields(result.report.plan, moved, access=access_level.id)
    as_planned = result.report.channels[-1].access_level.id == access_level.id
    return AccessVerdict(
        access_level=access_level, result=result if as_planned else _judge_or_none(judge, plan), as_planned=as_planned
    )


def _widest(result: Result, judge: Judge, watch: Watch[ChannelReport]) -> PassingPart | None:
    """Return the widest part that passes: of the plan's own stages the last, else the channels that pass alone.

    A stage fails wherever a channel in it does not pass by itself, so that most stages need no evaluation.
    """
    plan = result.report.plan
    passing: list[str] = []
    stuck: list[date] = []
    for one in watch(result.report.channels):
        alone = _judge_or_none(judge, _only(result, {one.channel.id}))
        if alone and alone.verdict.passed:
            passing.append(one.channel.id)
        if _is_stuck(alone):
            stuck.append(one.channel.opening)
    for day in sorted({one.opening for one in plan.channels}, reverse=True):
        if (not stuck or day < min(stuck)) and (stage := _part(result, narrow_to_day(plan, day), day, judge)):
            return stage
    for tried in (passing, passing[-1:]):
        if tried and (stage := _part(result, _only(result, tried), None, judge)):
            return stage
    return None


def _is_stuck(alone: Result | None) -> bool:
    """Whether a channel blocks by what is judged on it, which is the same whatever else opens."""
    if alone is None:
        return False
    report, blocking = alone.report, alone.verdict.blocking
    return any(
        one.safeguard.binds is not Binds.RELEASE and one.safeguard.id in blocking for one in report.findings
    ) or any(one.channel and one.kind in blocking for one in report.plan_findings)


def _only(result: Result, names: Collection[str]) -> Plan:
    plan = result.report.plan
    return remove_channels(plan, {channel.id for channel in plan.channels if channel.id not in names})


def _part(result: Result, plan: Plan, by: date | None, judge: Judge) -> PassingPart | None:
    tried = _judge_or_none(judge, plan)
    if tried is None or not tried.verdict.passed:
        return None
    kept = {channel.id for channel in plan.channels}
    return PassingPart(
        result=tried,
        by=None if by == date.min else by,
        left_out=tuple(one.channel.id for one in result.report.channels if one.channel.id not in kept),
    )
