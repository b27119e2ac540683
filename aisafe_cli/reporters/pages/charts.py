"""A plan's stages as two charts: of characters, for a terminal, and for Mermaid, which draws it in a Markdown file.

Mermaid takes a line of the chart apart at `:`, `;`, `#`, `%%` and at words that begin it. Every line here begins with a
word of this program, and of a plan's own words only letters, digits and a few harmless signs are left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby

from aisafe_cli.analysis.timeline import Stage, Timeline
from aisafe_cli.domain.formats import CHART_LIMIT
from aisafe_cli.domain.plan import Channel, Waiver
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.reporters.pages.stage_section import describe_begin
from aisafe_cli.text.escape import escape_for_mermaid, terminal_safe
from aisafe_cli.text.unicode import is_wide

_INDENT, _LABELS, _LEAST_CELL, _DAY_CELL, _MODE_CELL = 2, 18, 7, 11, 15
_LEAST_MARGIN = 14  # days


# --- terminal -------------------------------------------------------------------------------------------------------


def draw_chart(timeline: Timeline, width: int) -> Iterable[str]:
    """Yield lines that show channels as bars over the stages, in as many blocks as so many columns need."""
    room = width - _INDENT - _LABELS - 2
    cell = max(_LEAST_CELL, min(_MODE_CELL, room // len(timeline.stages)))
    size = room // cell
    for start in range(0, len(timeline.stages), size):
        yield from (*_draw_stages(timeline.stages[start : start + size], timeline, cell), "")
    yield from wrap("= open   ~ closed, but copies remain", _INDENT, width=width)


def _draw_stages(block: Sequence[Stage], timeline: Timeline, cell: int) -> Iterable[str]:
    yield _draw_row("stage", (str(stage.number) for stage in block), cell)
    if cell >= _DAY_CELL:
        yield _draw_row("from", map(describe_begin, block), cell)
    for channel in _sort_channels(timeline):
        if channel.opening > (block[-1].day or date.min):
            break  # and so do all that follow
        bars = [_draw_cell(channel, stage, timeline, cell) for stage in block]
        if any(map(str.strip, bars)):
            yield _draw_row(channel.id, bars, cell)
    yield _draw_row("mode", (_fit_mode(stage, cell) for stage in block), cell)
    yield _draw_row("verdict", (stage.verdict_word if stage.verdict else "-" for stage in block), cell)


def _draw_row(label: str, cells: Iterable[str], cell: int) -> str:
    drawn = "".join(f"{text:<{cell}}" for text in cells)
    return f"{' ' * _INDENT}{_fit_label(terminal_safe(label))}  {drawn}".rstrip()


def _draw_cell(channel: Channel, stage: Stage, timeline: Timeline, cell: int) -> str:
    day = stage.day or date.min
    start = "|" if day in (channel.opening, channel.closes) else ""
    if channel.is_open_on(day):
        end = "" if stage.until else ">"
        return f"{start}{'=' * (cell - len(start) - len(end))}{end}"
    if channel.opening <= day and timeline.recalls_nothing(channel):
        return f"{start}{'~' * (cell - len(start))}"
    return start


def _fit_mode(stage: Stage, cell: int) -> str:
    mode = str(stage.verdict.mode) if stage.verdict else "-"
    return mode if len(mode) < cell else mode.partition("_")[0]


def _fit_label(text: str) -> str:
    """Return the text filled up or cut to the columns of a label."""
    if _count_columns(text) > _LABELS:
        while _count_columns(text) > _LABELS - 2:
            text = text[:-1]
        text += ".."
    return text + " " * (_LABELS - _count_columns(text))


def _count_columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(character) else 1 + is_wide(character) for character in text)


def _sort_channels(timeline: Timeline) -> Sequence[Channel]:
    return sorted(timeline.plan.channels, key=lambda channel: (channel.opening, channel.id))


# --- Mermaid --------------------------------------------------------------------------------------------------------


class TooLarge(Exception):
    """A chart of so many stages that nothing would draw it."""


def draw_gantt(timeline: Timeline) -> str:
    """Return the chart without the fence around it. Raises TooLarge where renderers would refuse it."""
    first, last = _find_edges(timeline)
    lines = [
        "gantt",
        "    dateFormat YYYY-MM-DD",
        "    axisFormat %Y-%m-%d",
        f"    tickInterval {_choose_interval(first, last)}",
        "    todayMarker off",  # it would be drawn on the reader's day, not on that of the check
        "    section Channels",
        *_draw_channels(timeline, first, last),
        "    section Release mode",
        *_draw_runs("mode", timeline, last, first, lambda stage: str(stage.verdict.mode) if stage.verdict else ""),
        "    section Verdict",
        *_draw_runs("verdict", timeline, last, first, lambda stage: stage.verdict_word if stage.verdict else ""),
        *_draw_waivers(timeline),
    ]
    text = "\n".join(lines)
    if len(text) > CHART_LIMIT:
        raise TooLarge
    return text


def measure_margin(timeline: Timeline) -> int:
    """Return how many days the chart shows before the first day of a plan and after the last."""
    days = _list_days(timeline)
    return max(_LEAST_MARGIN, (days[-1] - days[0]).days // 8)


def _draw_channels(timeline: Timeline, first: date, last: date) -> Iterable[str]:
    for number, channel in enumerate(_sort_channels(timeline), 1):
        name = f"{channel.access} {escape_for_mermaid(channel.id)}"
        yield _write_bar(name, f"c{number}", channel.opens or first, channel.closes or last)
        if channel.closes and timeline.recalls_nothing(channel):
            yield _write_bar(f"{name}, copies remain", f"done, s{number}", channel.closes, last)


def _draw_runs(
    what: str, timeline: Timeline, last: date, first: date, word_for: Callable[[Stage], str]
) -> Iterable[str]:
    """Yield a bar for each run of stages with the same word; none where it is empty."""
    for word, stages in groupby(timeline.stages, key=word_for):
        run = list(stages)
        tag = "crit, " if word == "FAIL" else ""
        if word:
            yield _write_bar(
                f"{what} {word}", f"{tag}{what[0]}{run[0].number}", run[0].day or first, run[-1].until or last
            )


def _draw_waivers(timeline: Timeline) -> Iterable[str]:
    waivers: Sequence[Waiver] = timeline.plan.waivers if timeline.policy.honour_waivers else ()
    if waivers:
        yield "    section Waivers"
    waivers = sorted(waivers, key=lambda waiver: (waiver.granted, waiver.safeguard, waiver.channels))
    for number, waiver in enumerate(waivers, 1):
        end = date.fromordinal(min(waiver.expires.toordinal() + 1, date.max.toordinal()))
        yield _write_bar(f"waiver {escape_for_mermaid(waiver.safeguard)}", f"active, w{number}", waiver.granted, end)


def _write_bar(name: str, tags: str, start: date, end: date) -> str:
    return f"    {name} :{tags}, {start.isoformat()}, {end.isoformat()}"


def _choose_interval(first: date, last: date) -> str:
    """Return the distance between the days on the axis, so that they have room: twelve at most, more or less."""
    days = (last - first).days
    return "1week" if days < 60 else f"{-(-days // 365)}month"


def _find_edges(timeline: Timeline) -> tuple[date, date]:
    days, around = _list_days(timeline), measure_margin(timeline)
    first = max(days[0].toordinal() - around, date.min.toordinal())
    return date.fromordinal(first), date.fromordinal(min(days[-1].toordinal() + around, date.max.toordinal()))


def _list_days(timeline: Timeline) -> Sequence[date]:
    """Return the days on which stages begin, or that of the check where all was there from the start."""
    return [stage.day for stage in timeline.stages if stage.day] or [timeline.as_of]
