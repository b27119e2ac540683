"""What has opened of a plan by a day, judged by one channel of each kind in place of all that are alike. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Ladder
from aisafe_cli.domain.edits import narrow_to_day, remove_channels
from aisafe_cli.domain.plan import Channel, Plan, Position
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.stages import list_places

JudgeOnDay = Callable[[Plan, date], Result]


@record
class OpenedPart:
    """The channels that have opened by a day, in the order of a report, with the verdict on them.

    The result is about some of them only: `alike` has for each channel that has opened the one that stands for it.
    """

    channels: tuple[Channel, ...]
    result: Result
    alike: Mapping[str, str]

    def expand(self, judged: Collection[str]) -> tuple[str, ...]:
        """Return every channel for which one of those that were judged stands."""
        return tuple(channel.id for channel in self.channels if self.alike[channel.id] in judged)

    def list_news(self, before: OpenedPart | None) -> Sequence[Channel]:
        """Return the channels that may be judged otherwise than before: new ones, or all if any was judged again."""
        if before is None or self.result is not before.result:
            return self.channels
        return [channel for channel in self.channels if channel.id not in before.alike]


class PartJudge:
    """Judges what has opened of one plan by a day, days in order.

    It judges again where a channel has opened that none before it is like, and on the days of `turning`, on which
    something else changes that a verdict may depend on.
    """

    def __init__(self, plan: Plan, ladder: Ladder, judge: JudgeOnDay, turning: Collection[date]) -> None:
        self._plan, self._judge, self._turning, self._alike = plan, judge, turning, find_alike(plan)
        self._one_of_each = keep_one_of_each(plan)
        self._channels = [place.channel for place in list_places(plan, ladder)]
        self._last: Result | None = None

    def judge(self, day: date, as_of: date) -> OpenedPart:
        """Return what has opened, judged as of a day by one channel of each kind. Raises NothingToEvaluate."""
        opened = self._list_opened_by(day)
        if not opened:
            raise NothingToEvaluate("No channel is open yet, so there is nothing to judge.")
        kinds = {self._alike[channel.id] for channel in opened}
        if self._last is None or day in self._turning or len(kinds) > len(self._last.report.channels):
            self._last = self._judge(narrow_to_day(self._one_of_each, day), as_of)
        return OpenedPart(channels=opened, result=self._last, alike={one.id: self._alike[one.id] for one in opened})

    def judge_each(self, day: date, as_of: date) -> OpenedPart:
        """Return what has opened, each channel judged itself: only so does a reason name all channels it is about."""
        opened = self._list_opened_by(day)
        result = self._judge(narrow_to_day(self._plan, day), as_of)
        return OpenedPart(channels=opened, result=result, alike={one.id: one.id for one in opened})

    def _list_opened_by(self, day: date) -> tuple[Channel, ...]:
        return tuple(channel for channel in self._channels if channel.opening <= day)


def keep_one_of_each(plan: Plan) -> Plan:
    """Return a plan with the first of all channels that are judged alike, which has the verdict of the whole plan."""
    alike = find_alike(plan)
    return remove_channels(plan, alike.keys() - set(alike.values()))


def find_alike(plan: Plan) -> Mapping[str, str]:
    """Return for each channel the first to open of those that are judged as it is, by id.

    Such channels differ in their id, address, days and the words of their license only, and the same claims and waivers
    name them. In a plan with variants the day of each opening counts, so that every channel stands for itself.
    """
    if any(channel.variant for channel in plan.channels):
        return {channel.id: channel.id for channel in plan.channels}
    scopes = _list_scopes(plan)
    first: dict[Hashable, str] = {}
    alike = {}
    for channel in sorted(plan.channels, key=lambda channel: (channel.opening, channel.id)):
        alike[channel.id] = first.setdefault((_strip(channel), *scopes[channel.id]), channel.id)
    return alike


def _strip(channel: Channel) -> Channel:
    """Return a channel with all that no verdict depends on taken away: of its closing only that it will."""
    terms = channel.license and replace(channel.license, id=None, name=None, url=None)
    closes = channel.closes and date.max
    return replace(channel, id="", opens=None, closes=closes, url=None, license=terms, position=Position())


def _list_scopes(plan: Plan) -> Mapping[str, list[int]]:
    """Return for each channel the numbers of the claims and waivers that name it."""
    scopes: dict[str, list[int]] = defaultdict(list)
    named = [claim.channels for claim in plan.every_claim]
    named += [waiver.channels for waiver in plan.waivers]
    for number, channels in enumerate(named):
        for channel in channels:
            scopes[channel].append(number)
    return scopes
