"""The cheapest choice among ways to deal with each safeguard, exactly. Pure; knows costs and effects, no plans.

What it minimises is the sum of efforts, then the number of changes, then how much is left for the team to make sure of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aisafe_cli.domain._record import record
from aisafe_cli.domain.score import Coverage

MAX_NEEDS = 14  # the time and room that `cover` takes double with each


class Cost(NamedTuple):
    """What a way costs, compared from left to right. `doubts` counts narrower claims that hold on a condition."""

    effort: int = 0
    changes: int = 0
    doubts: int = 0

    def plus(self, other: Cost) -> Cost:
        """Return the sum of two costs."""
        return Cost(self.effort + other.effort, self.changes + other.changes, self.doubts + other.doubts)


@record
class Option:
    """A way to deal with one safeguard that lifts its block, or does if one of the alternatives in `needs` is adopted.

    `coverage` is what the safeguard then adds to that of the release.
    """

    cost: Cost
    coverage: Coverage
    needs: frozenset[str] = frozenset()


@record
class Choice:
    """The options chosen, by their places, and the alternatives to adopt.

    `proven` is false where not every set of alternatives was looked at, so that a cheaper one could be missed.
    """

    cost: Cost
    picks: tuple[int, ...]
    adopted: tuple[str, ...]
    proven: bool


class _State(NamedTuple):
    """All that matters of the options chosen so far. `spare` is by how much their coverage is over what is asked."""

    spare: int
    counted: bool
    needs: frozenset[frozenset[str]]


def choose(options: Sequence[Sequence[Option]], efforts: Mapping[str, int], fail_under: int) -> Choice | None:
    """Return the cheapest choice of one option from each sequence that reaches the coverage, or None if there is none.

    `efforts` has the effort of each alternative. One state at a time is kept per effect, the cheapest, which is exact
    since costs and effects of options only add up.
    """
    best: dict[_State, tuple[Cost, tuple[int, ...]]] = {_State(0, False, frozenset()): (Cost(), ())}
    for ways in options:
        best = _extended(best, ways, fail_under)
    choices = []
    for state, (cost, picks) in best.items():
        if state.spare >= 0 and (state.counted or not fail_under):
            adopted, proven = cover(state.needs, efforts)
            paid = cost.plus(Cost(sum(efforts[name] for name in adopted), len(adopted)))
            choices.append(Choice(cost=paid, picks=picks, adopted=adopted, proven=proven))
    if not choices:
        return None
    best_choice = min(choices, key=lambda choice: (choice.cost, choice.picks, choice.adopted))
    return best_choice if all(choice.proven for choice in choices) else _unproven(best_choice)


def cover(needs: Iterable[frozenset[str]], efforts: Mapping[str, int]) -> tuple[tuple[str, ...], bool]:
    """Return the cheapest names of which each need has one, in order, and whether that they are the cheapest is sure.

    With more than `MAX_NEEDS` needs it takes what meets most for its effort, which need not be the cheapest.
    """
    left = set(needs)
    distinct = sorted((need for need in left if not any(other < need for other in left)), key=sorted)
    if len(distinct) > MAX_NEEDS:
        return _covered_by_the_best_first(distinct, efforts), False
    everything = (1 << len(distinct)) - 1
    best: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
    for name in sorted(set().union(*distinct)):
        meets = sum(1 << place for place, need in enumerate(distinct) if name in need)
        for met, (effort, number, names) in list(best.items()):
            found = (effort + efforts[name], number + 1, (*names, name))
            if met | meets not in best or found < best[met | meets]:
                best[met | meets] = found
    return best[everything][2], True


def _covered_by_the_best_first(needs: Sequence[frozenset[str]], efforts: Mapping[str, int]) -> tuple[str, ...]:
    left, names = list(needs), []
    while left:
        met = {name: sum(name in need for need in left) for name in set().union(*left)}
        names.append(min(met, key=lambda name: (efforts[name] / met[name], name)))
        left = [need for need in left if names[-1] not in need]
    return tuple(sorted(names))


def _extended(
    best: Mapping[_State, tuple[Cost, tuple[int, ...]]], ways: Sequence[Option], fail_under: int
) -> dict[_State, tuple[Cost, tuple[int, ...]]]:
    found: dict[_State, tuple[Cost, tuple[int, ...]]] = {}
    for state, (cost, picks) in best.items():
        for place, option in enumerate(ways):
            after = _after(state, option, fail_under)
            paid = (cost.plus(option.cost), (*picks, place))
            if after not in found or paid < found[after]:
                found[after] = paid
    return _worth_keeping(found)


def _after(state: _State, option: Option, fail_under: int) -> _State:
    coverage = option.coverage
    spare = 50 * (2 * coverage.satisfied + coverage.partial) - fail_under * coverage.applicable
    return _State(
        # Without a coverage to reach, one state is as good as another.
        spare=state.spare + spare if fail_under else 0,
        counted=state.counted or coverage.applicable > 0,
        needs=state.needs | {option.needs} if option.needs else state.needs,
    )


def _worth_keeping(
    found: Mapping[_State, tuple[Cost, tuple[int, ...]]],
) -> dict[_State, tuple[Cost, tuple[int, ...]]]:
    """Leave out states that another one, otherwise alike, reaches or passes in coverage at no higher cost."""
    kept: dict[_State, tuple[Cost, tuple[int, ...]]] = {}
    cheapest: dict[tuple[bool, frozenset[frozenset[str]]], Cost] = {}
    for state, paid in sorted(found.items(), key=lambda item: (-item[0].spare, item[1])):
        alike = (state.counted, state.needs)
        if alike not in cheapest or paid[0] < cheapest[alike]:
            kept[state] = paid
            cheapest[alike] = paid[0]
    return kept


def _unproven(choice: Choice) -> Choice:
    return Choice(cost=choice.cost, picks=choice.picks, adopted=choice.adopted, proven=False)
