"""A plan's stages as a Mermaid Gantt chart, which GitHub and others draw from the text of a Markdown file.

Mermaid takes a line of the chart apart at `:`, `;`, `#`, `%%` and at words that begin it. Every line here begins with a
word of this program, and of a plan's own words only letters, digits and a few harmless signs are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby

from aisafe_cli.analysis.timeline import Stage, Timeline
from aisafe_cli.text.escape import escape_for_mermaid

MAX_CHARACTERS = 40_000  # renderers refuse a chart of more than 50,000
_LEAST_MARGIN = 14  # days


class TooLarge(Exception):
    """A chart of so many stages that nothing would draw it."""


def gantt(timeline: Timeline) -> str:
    """Return the chart without the fence around it. Raises TooLarge where renderers would refuse it."""
    first, last = _edges(timeline)
    lines = [
        "gantt",
        "    dateFormat YYYY-MM-DD",
        "    axisFormat %Y-%m-%d",
        f"    tickInterval {_interval(first, last)}",
        "    todayMarker off",  # it would be drawn on the reader's day, not on that of the check
        "    section Channels",
        *_channels(timeline, first, last),
        "    section Release mode",
        *_runs("mode", timeline, last, first, lambda stage: str(stage.standing.mode) if stage.standing else ""),
        "    section Verdict",
        *_runs("verdict", timeline, last, first, lambda stage: stage.verdict_word if stage.standing else ""),
        *_waivers(timeline),
    ]
    text = "\n".join(lines)
    if len(text) > MAX_CHARACTERS:
        raise TooLarge
    return text


def margin(timeline: Timeline) -> int:
    """Return how many days the chart shows before the first day of a plan and after the last."""
    days = _days(timeline)
    return max(_LEAST_MARGIN, (days[-1] - days[0]).days // 8)


def _channels(timeline: Timeline, first: date, last: date) -> Iterable[str]:
    for number, channel in enumerate(sorted(timeline.plan.channels, key=lambda one: (one.opening, one.id)), 1):
        name = f"{channel.access} {escape_for_mermaid(channel.id)}"
        yield _bar(name, f"c{number}", channel.opens or first, channel.closes or last)
        if channel.closes and timeline.recalls_nothing(channel):
            yield _bar(f"{name}, copies stay out", f"done, s{number}", channel.closes, last)


def _runs(what: str, timeline: Timeline, last: date, first: date, told: Callable[[Stage], str]) -> Iterable[str]:
    """Yield a bar for each run of stages of which the same is told; none where nothing is."""
    for word, stages in groupby(timeline.stages, key=told):
        run = list(stages)
        tag = "crit, " if word == "FAIL" else ""
        if word:
            yield _bar(f"{what} {word}", f"{tag}{what[0]}{run[0].number}", run[0].day or first, run[-1].until or last)


def _waivers(timeline: Timeline) -> Iterable[str]:
    waivers = timeline.plan.waivers if timeline.policy.honour_waivers else ()
    if waivers:
        yield "    section Waivers"
    for number, waiver in enumerate(sorted(waivers, key=lambda one: (one.granted, one.safeguard, one.channels)), 1):
        end = date.fromordinal(min(waiver.expires.toordinal() + 1, date.max.toordinal()))
        yield _bar(f"waiver {escape_for_mermaid(waiver.safeguard)}", f"active, w{number}", waiver.granted, end)


def _bar(name: str, tags: str, start: date, end: date) -> str:
    return f"    {name} :{tags}, {start.isoformat()}, {end.isoformat()}"


def _interval(first: date, last: date) -> str:
    """The distance between the days on the axis, so that they have room: twelve at most, more or less."""
    days = (last - first).days
    return "1week" if days < 60 else f"{-(-days // 365)}month"


def _edges(timeline: Timeline) -> tuple[date, date]:
    days, around = _days(timeline), margin(timeline)
    first = max(days[0].toordinal() - around, date.min.toordinal())
    return date.fromordinal(first), date.fromordinal(min(days[-1].toordinal() + around, date.max.toordinal()))


def _days(timeline: Timeline) -> Sequence[date]:
    """The days on which stages begin, or that of the check where all was there from the start."""
    return [stage.day for stage in timeline.stages if stage.day] or [timeline.as_of]
