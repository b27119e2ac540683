"""The drawings of the HTML report: coverage, timeline and ladder as shapes with places; a template makes SVG of them.

Geometry only. No markup is made here, so that every text passes the template's escaping.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Mode
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import Channel
from aisafe_cli.domain.report import ChannelReport, Finding, Report
from aisafe_cli.evaluation.stages import (
    Opening,
    find_channels_ruling_out,
    has_several_openings,
    list_openings,
    sort_by_opening,
)
from aisafe_cli.reporters.entries import to_words

POSSIBLE = "possible"  # a state before the end of a safeguard of which the outcome says nothing
_FROM_THE_START = date.min
_TEXT_SIZE = 12
_SHEET = 960.0  # the width of a wide drawing, in its own units
_END = _SHEET - 4  # where bars end at the right
_LABELS = 330.0  # of which labels of rows take this
_ROW = 19.0
_LADDER_SHEET = 460.0
_RAILS = (16.0, 286.0)
_READABLE = "readable_weights"


@record
class Box:
    """A rectangle. `kind` names its style, and `title` says in words what it shows."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""


@record
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@record
class Sign:
    """The sign of an outcome, in a square whose upper left corner is given."""

    x: float
    y: float
    size: float
    outcome: str


@record
class Text:
    """Words on one line, already cut to the room there is; `title` has them in full where they were cut."""

    x: float
    y: float
    text: str
    kind: str = ""
    anchor: str = "start"
    title: str = ""


class Drawing:
    """Shapes on a sheet, painted in this order: boxes, lines, signs, texts. `description` says the same in words."""

    def __init__(self, title: str, width: float = _SHEET, height: float = 0.0) -> None:
        self.title, self.width = title, width
        self.height, self.description = height, ""
        self.boxes: list[Box] = []
        self.lines: list[Line] = []
        self.signs: list[Sign] = []
        self.texts: list[Text] = []


# --- coverage -------------------------------------------------------------------------------------------------------


def draw_coverage(report: Report) -> Drawing:
    """Draw one block a safeguard, part by part: the fraction to be seen and counted."""
    pen, gap, height = Drawing("Declared coverage: one block per safeguard"), 12.0, 44.0
    runs = [(label, findings) for label, findings in _group_findings(report) if findings]
    step = min(64.0, (_SHEET - 8 - gap * len(runs)) / len(report.findings))
    labels, x = [], 4.0
    for label, findings in runs:
        labels.append((x, f"{len(findings)} {label}"))
        width = step * len(findings) - 3
        pen.lines.append(Line(x1=x, y1=height + 10, x2=x + width, y2=height + 10, kind="brace"))
        for place, finding in enumerate(findings):
            _draw_safeguard(pen, finding, x + place * step, step - 3, height)
        x += step * len(findings) + gap
    rows = 1
    for at, text, row in _stack_labels(labels, rows=4):
        rows = max(rows, row + 1)
        if row >= 0:
            pen.texts.append(Text(x=at, y=height + 27 + 16 * row, text=text, kind="strong"))
    counted = "; ".join(f"{len(findings)} {label}" for label, findings in runs)
    pen.height = height + 20 + 16 * rows
    pen.description = f"{len(report.findings)} safeguards: {counted}."
    return pen


def _draw_safeguard(pen: Drawing, finding: Finding, x: float, width: float, height: float) -> None:
    """Draw a safeguard as a block, with its sign and its id where there is room for them."""
    outcome, name = finding.outcome, finding.safeguard.id
    title = f"{name} {finding.safeguard.title}: {name_state(outcome)}"
    pen.boxes.append(Box(x=x, y=4, width=width, height=height, kind=f"block o-{outcome}", title=title))
    if width >= 20:
        pen.signs.append(Sign(x=x + width / 2 - 8, y=25, size=16, outcome=outcome))
    if width >= 40:
        shown = fit_text(name, width - 4, 11)
        pen.texts.append(Text(x=x + width / 2, y=18, text=shown, kind=f"small o-{outcome}", anchor="middle"))


def _group_findings(report: Report) -> Iterable[tuple[str, Sequence[Finding]]]:
    """Yield the safeguards in the parts that every report uses."""
    by_id, parts = report.by_id, report.partition
    for label, ids in {
        "done": parts.done,
        "to do": parts.to_do,
        "claimed all the same": parts.claimed_all_the_same,
        "cannot work, replaced": parts.replaced,
        "cannot work, not replaced": parts.not_replaced,
        "not asked": parts.not_asked,
    }.items():
        yield label, [by_id[name] for name in ids]


# --- timeline -------------------------------------------------------------------------------------------------------


@record
class _Span:
    """A state that a safeguard has from a moment on, with the channels that brought it."""

    since: date
    state: str
    channels: tuple[str, ...]


_Axis = Mapping[date, float]  # where moments lie from left to right


def draw_timeline(report: Report) -> Drawing:
    """Draw channels as they open and, where that is not all at once, how each safeguard holds on those open by then."""
    pen, channels = Drawing("Timeline: when each safeguard stops working"), sort_by_opening(report)
    axis = _place_moments(report, channels)
    opens = sorted({channel.opening for channel in channels})
    ending = {opening.channel.opening for opening in list_openings(report) if opening.ends}
    y = _draw_dates(pen, axis, opens, ending)
    top = y
    for channel in channels:
        pen.texts.append(_draw_label(_name_channel(channel.channel), y))
        pen.boxes += _draw_channel(channel, axis, y + 2, _ROW - 5)
        y += _ROW
    if has_several_openings(report):
        pen.lines.append(Line(x1=0, y1=y + 6, x2=_SHEET, y2=y + 6, kind="rule"))
        y += 12
        for finding in report.findings:
            pen.texts.append(_draw_label(f"{finding.safeguard.id} {finding.safeguard.title}", y))
            _draw_spans(pen, report, finding, axis, y + 1)
            y += _ROW
    for moment in opens:
        kind = "guide ends" if moment in ending else "guide"
        pen.lines.append(Line(x1=axis[moment], y1=4, x2=axis[moment], y2=y, kind=kind))
    if report.as_of in axis and report.as_of not in opens:
        x, text = axis[report.as_of], f"checked as of {_name_day(report.as_of)}"
        pen.lines.append(Line(x1=x, y1=top - 4, x2=x, y2=y + 4, kind="today"))
        pen.texts.append(Text(x=x, y=y + 15, text=text, anchor="middle"))
        y += 16
    pen.height = y + 4
    pen.description = " ".join(map(_describe_opening, list_openings(report)))
    return pen


def _draw_dates(pen: Drawing, axis: _Axis, moments: Sequence[date], ending: Collection[date]) -> float:
    """Write the dates above their places, those that end a safeguard strongly, and return where they leave off."""
    rows = 0
    labels = [(axis[moment] + 3, _name_day(moment)) for moment in moments]
    for moment, (x, text, row) in zip(moments, _stack_labels(labels, rows=3), strict=True):
        rows = max(rows, row)
        if row >= 0:
            pen.texts.append(Text(x=x, y=13 + 15 * row, text=text, kind="strong" if moment in ending else ""))
    return 24.0 + 15 * rows


def _describe_opening(opening: Opening) -> str:
    channel = opening.channel.channel
    ends = ", ".join(finding.safeguard.id for finding in opening.ends)
    after = f"From then on these no longer work on all channels: {ends}." if ends else "It ends no safeguard."
    return f"{_name_day(opening.channel.opening)}: {channel.id} opens ({channel.access}). {after}"


def _place_moments(report: Report, channels: Sequence[ChannelReport]) -> _Axis:
    """Return where moments lie: as far apart as in time, but never too close to be read."""
    moments = {channel.opening for channel in channels}
    moments |= {channel.channel.closes for channel in channels if channel.channel.closes}
    if min(moments) < report.as_of < max(moments):
        moments.add(report.as_of)
    ordered = sorted(moments)
    left, room = _LABELS + 10, _END - _LABELS - 10
    least = min(76.0, 0.8 * room / len(ordered))
    days = [(after - before).days if before != _FROM_THE_START else 0 for before, after in pairwise(ordered)]
    spare = room - least * len(ordered)
    # The last interval has no end; it takes a share of what is left over like an average one.
    total = sum(days) + (sum(days) / len(days) if sum(days) else 1)
    places, x = {ordered[0]: left}, left
    for moment, length in zip(ordered[1:], days, strict=True):
        x += least + spare * length / total
        places[moment] = x
    return places


def _draw_channel(channel: ChannelReport, axis: _Axis, y: float, height: float) -> Iterable[Box]:
    name, closes = channel.channel.id, channel.channel.closes
    start = axis[channel.opening]
    end = axis[closes] if closes else _END
    until = f", closes {closes.isoformat()}" if closes else ""
    title = f"{name}: {channel.access_level.title}, opens {_name_day(channel.opening)}{until}"
    yield Box(x=start, y=y, width=end - start, height=height, kind=f"bar m-{channel.access_level.mode}", title=title)
    if closes and _READABLE in channel.access_level.properties:
        title = f"{name}: closed on {closes.isoformat()}, but copies remain"
        yield Box(x=end, y=y, width=_END - end, height=height, kind="bar stays", title=title)


def _draw_spans(pen: Drawing, report: Report, finding: Finding, axis: _Axis, y: float) -> None:
    """Draw how one safeguard stands over time, each span with the sign of its state."""
    spans, height = _find_spans(report, finding), _ROW - 3
    ends = [axis[span.since] for span in spans[1:]] + [_END]
    for span, end in zip(spans, ends, strict=True):
        x, safeguard = axis[span.since], finding.safeguard
        title = (
            f"{safeguard.id} {safeguard.title}, from {_name_day(span.since)}: {name_state(span.state)}"
            f" ({', '.join(span.channels)})"
        )
        width = max(end - x - 2, 1)
        pen.boxes.append(Box(x=x + 1, y=y, width=width, height=height, kind=f"span o-{span.state}", title=title))
        if width >= 20:
            pen.signs.append(Sign(x=x + 4, y=y + 1, size=height - 2, outcome=span.state))


def _find_spans(report: Report, finding: Finding) -> Sequence[_Span]:
    """Return how a safeguard stands over time: the worst on the channels that are open by then, each span once."""
    spans: list[_Span] = []
    opened: list[str] = []
    ruled_out: list[str] = []
    outcomes = finding.outcomes
    channels, ruling_out = sort_by_opening(report), find_channels_ruling_out(report, finding)
    for place, channel in enumerate(channels):
        opened.append(channel.channel.id)
        if channel.channel.id in ruling_out:
            ruled_out.append(channel.channel.id)
        if place + 1 < len(channels) and channels[place + 1].opening == channel.opening:
            continue
        state, names = _find_state(finding, outcomes, opened, ruled_out)
        if not spans or spans[-1].state != state:
            spans.append(_Span(since=channel.opening, state=state, channels=names))
    return spans


def _find_state(
    finding: Finding, outcomes: Mapping[str, Outcome], names: Sequence[str], ruled_out: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    if ruled_out:
        is_claimed = any(outcomes[name] is Outcome.INEFFECTIVE for name in ruled_out)
        return (Outcome.INEFFECTIVE if is_claimed else Outcome.INCOMPATIBLE), tuple(ruled_out)
    worst = min((outcomes[name] for name in names), key=OUTCOME_ORDER.__getitem__)
    if finding.safeguard.binds.is_judged_once and worst is Outcome.INCOMPATIBLE:
        return POSSIBLE, tuple(names)  # the outcome is that of a more open channel, which is still to come
    return worst, tuple(name for name in names if outcomes[name] is worst)


def _name_channel(channel: Channel) -> str:
    variant = f" {channel.variant}" if channel.variant else ""
    return f"{channel.id}{variant} · {channel.access}"


def _draw_label(text: str, y: float) -> Text:
    shown = fit_text(text, _LABELS, _TEXT_SIZE)
    return Text(x=2, y=y + _ROW / 2 + 3, text=shown, title=text if shown != text else "")


# --- ladder ---------------------------------------------------------------------------------------------------------


def draw_ladder(report: Report) -> Drawing:
    """Draw the access ladder, the most open level on top, with the plan's channels on theirs."""
    pen, y = Drawing("The access ladder with the plan's channels", _LADDER_SHEET), 4.0
    access_levels = sorted(report.ladder.access_levels.values(), key=lambda access_level: -access_level.rank)
    for mode, in_mode in groupby(access_levels, key=lambda access_level: access_level.mode):
        y = _draw_mode(pen, report, mode, list(in_mode), y)
    places = [
        f"{channel.access_level.title} ({channel.access_level.id}, {channel.access_level.mode}): {channel.channel.id}"
        for channel in report.channels
    ]
    decided = f"Channel {report.decided_by.id} is the most open and decides the release mode."
    pen.height, pen.description = y, f"{'; '.join(places)}. {decided}"
    return pen


def _draw_mode(pen: Drawing, report: Report, mode: Mode, access_levels: Sequence[AccessLevel], y: float) -> float:
    """Draw the access levels of one mode on a band, and return where the next mode begins."""
    heading, row = 24.0, 29.0
    height = heading + len(access_levels) * row + 5
    title = fit_text(f"{mode}: {report.ladder.modes[mode].title}", _LADDER_SHEET - 16, _TEXT_SIZE)
    pen.boxes.append(Box(x=0, y=y, width=_LADDER_SHEET, height=height, kind=f"band m-{mode}"))
    pen.texts.append(Text(x=8, y=y + 16, text=title, kind="strong"))
    for x in _RAILS:
        pen.lines.append(Line(x1=x, y1=y + heading - 3, x2=x, y2=y + height - 8, kind="rail"))
    for place, access_level in enumerate(access_levels):
        _draw_access_level(pen, report, access_level, y + heading + place * row)
    return y + height + 5


def _draw_access_level(pen: Drawing, report: Report, access_level: AccessLevel, y: float) -> None:
    left, right = _RAILS
    channels = [channel.channel for channel in report.channels if channel.access_level.id == access_level.id]
    style = "opened" if channels else "unopened"
    title = fit_text(access_level.title, right - left - 12, _TEXT_SIZE)
    pen.texts.append(Text(x=left + 8, y=y + 16, text=title, kind=style))
    height, kind = (4 if channels else 1.5), f"rung m-{access_level.mode} {style}"
    meaning = f"{access_level.id}: {access_level.adds}"
    pen.boxes.append(Box(x=left, y=y + 22, width=right - left, height=height, kind=kind, title=meaning))
    pen.texts += _name_channels_on(report, channels, right + 12, y, _LADDER_SHEET - right - 16)


def _name_channels_on(report: Report, channels: Sequence[Channel], x: float, y: float, width: float) -> Iterable[Text]:
    if not channels:
        return
    names = ", ".join(channel.id for channel in channels)
    shown = fit_text(names, width, _TEXT_SIZE)
    decides = report.decided_by in channels
    yield Text(x=x, y=y + 16 if decides else y + 27, text=shown, kind="strong", title=names if shown != names else "")
    if decides:
        yield Text(x=x, y=y + 28, text="decides the mode", kind="small")


# --- words and room -------------------------------------------------------------------------------------------------


def name_state(state: str) -> str:
    """Return what a state on the timeline is called."""
    return "could still be carried out" if state == POSSIBLE else to_words(state)


def fit_text(text: str, width: float, size: float) -> str:
    """Return the text, cut where it would be wider than the room; by estimate, since the reader's font is not known."""
    room = width / size
    for place, character in enumerate(text):
        room -= _estimate_width(character)
        if room < 0:
            return text[: max(place - 1, 0)].rstrip() + "…"
    return text


def _estimate_width(character: str) -> float:
    """The width of a character in units of the font size."""
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.7 if character.isupper() or character in "mw_—" else 0.32 if character in "ijlt.,:;' ·|()-" else 0.56


def _stack_labels(labels: Iterable[tuple[float, str]], rows: int) -> Iterator[tuple[float, str, int]]:
    """Yield labels with a row each in which they touch no other; row -1 where there is no room."""
    free = [0.0] * rows
    for at, text in labels:
        width = sum(map(_estimate_width, text)) * _TEXT_SIZE * 1.1 + 10  # most of them are strong, and so wider
        x = max(0.0, min(at, _SHEET - width))
        row = next((row for row in range(rows) if free[row] <= x), -1)
        if row >= 0:
            free[row] = x + width
        yield x, text, row


def _name_day(moment: date) -> str:
    return "from the start" if moment == _FROM_THE_START else moment.isoformat()
