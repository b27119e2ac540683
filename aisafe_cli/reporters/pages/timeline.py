"""A plan's stages as a chart and a list for a terminal, as Markdown with a Mermaid chart, and as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from aisafe_cli.analysis.timeline import Change, Stage, Timeline
from aisafe_cli.domain.plan import Channel, Waiver
from aisafe_cli.reporters.layout import WIDTH, as_json, wrapped
from aisafe_cli.reporters.pages import stages
from aisafe_cli.reporters.pages.gantt import TooLarge, gantt, margin
from aisafe_cli.text.escape import markdown_safe, terminal_safe

FORMATS = ("table", "markdown", "json")
_MARGIN, _LABELS, _LEAST_CELL, _DAY_CELL, _MODE_CELL = 2, 18, 7, 11, 15
_RATCHET = "Openness only grows, so a channel that has closed still counts in the mode and in the verdict."


def render_timeline(name: str, timeline: Timeline) -> str:
    """Return the timeline in one of `FORMATS`."""
    if name == "json":
        return as_json(_data(timeline))
    lines = _markdown(timeline) if name == "markdown" else _text(timeline)
    return "\n".join(lines).strip("\n") + "\n"


def _title(timeline: Timeline) -> str:
    model = timeline.plan.model
    return f"{model.name} {model.version}" if model.version else model.name


def _facts(timeline: Timeline) -> dict[str, str]:
    plan, document = timeline.plan, timeline.catalog.document
    left_out = f"; left out: {', '.join(plan.undeclared)}" if plan.undeclared else ""
    return {
        "Plan": f"{_title(timeline)} ({plan.path})",
        "Profile": f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability;"
        f" as the plan declares of itself{left_out}",
        "Judged": f"each stage on what has opened by then, as of its first day{_start(timeline)}, against"
        f" {document.identifier},"
        f" {document.status} ({document.published}); catalog {timeline.catalog.id} {timeline.catalog.version}",
        "Policy": _policy(timeline),
        "As of": f"{timeline.as_of.isoformat()}, {_current(timeline)}",
    }


def _start(timeline: Timeline) -> str:
    """On which day the stage is judged that was there from the start."""
    first = timeline.stages[0]
    return "" if first.day else f", the first one as of {first.as_of.isoformat()}"


def _policy(timeline: Timeline) -> str:
    fail_under = max(timeline.policy.fail_under, timeline.plan.fail_under)
    parts = ["errors and warnings block" if timeline.policy.strict else "errors block"]
    parts += [f"declared coverage of at least {fail_under}%"] if fail_under else []
    parts += [] if timeline.policy.honour_waivers else ["waivers are set aside"]
    return "; ".join(parts)


def _current(timeline: Timeline) -> str:
    if timeline.current == 0:
        return "before the first stage: no channel is open yet"
    return f"in stage {timeline.current} of {len(timeline.stages)}"


# --- terminal: the chart --------------------------------------------------------------------------------------------


def _text(timeline: Timeline) -> Iterable[str]:
    for name, value in _facts(timeline).items():
        yield from wrapped(f"{name:<9}{value}", hanging=9)
    yield ""
    yield from _chart(timeline)
    for stage in timeline.stages:
        yield ""
        yield from _stage(stage, timeline)


def _chart(timeline: Timeline) -> Iterable[str]:
    """Draw channels as bars over the stages, in as many blocks as the width needs."""
    room = WIDTH - _MARGIN - _LABELS - 2
    cell = max(_LEAST_CELL, min(_MODE_CELL, room // len(timeline.stages)))
    size = room // cell
    blocks = [timeline.stages[start : start + size] for start in range(0, len(timeline.stages), size)]
    for block in blocks:
        yield from _block(block, timeline, cell)
        yield ""
    yield from wrapped("= open   ~ closed, but copies stay out", _MARGIN)


def _block(block: Sequence[Stage], timeline: Timeline, cell: int) -> Iterable[str]:
    yield _row("stage", (str(stage.number) for stage in block), cell)
    if cell >= _DAY_CELL:
        yield _row("from", (stages.begins(stage) for stage in block), cell)
    for channel in sorted(timeline.plan.channels, key=lambda one: (one.opening, one.id)):
        bars = [_bar(channel, stage, timeline, cell) for stage in block]
        if any(bar.strip() for bar in bars):
            yield _row(channel.id, bars, cell)
    yield _row("mode", (_mode(stage, cell) for stage in block), cell)
    yield _row("verdict", (stage.verdict_word if stage.standing else "-" for stage in block), cell)


def _row(label: str, cells: Iterable[str], cell: int) -> str:
    drawn = "".join(f"{text:<{cell}}" for text in cells)
    return f"{' ' * _MARGIN}{_fitted(terminal_safe(label), _LABELS)}  {drawn}".rstrip()


def _bar(channel: Channel, stage: Stage, timeline: Timeline, cell: int) -> str:
    start = "|" if channel in stage.opens or channel in stage.closes else ""
    if channel in stage.open:
        end = "" if stage.until else ">"
        return f"{start}{'=' * (cell - len(start) - len(end))}{end}"
    if channel in stage.closes and not timeline.recalls_nothing(channel):
        return start
    closed = channel.closes and channel.closes <= (stage.day or date.min)
    return f"{start}{'~' * (cell - len(start))}" if closed and timeline.recalls_nothing(channel) else ""


def _mode(stage: Stage, cell: int) -> str:
    mode = str(stage.standing.mode) if stage.standing else "-"
    return mode if len(mode) < cell else mode.partition("_")[0]


def _fitted(text: str, width: int) -> str:
    """Return the text filled up or cut to a number of columns of a terminal."""
    if _columns(text) > width:
        while _columns(text) > width - 2:
            text = text[:-1]
        text += ".."
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


# --- terminal: the list ---------------------------------------------------------------------------------------------


def _stage(stage: Stage, timeline: Timeline) -> Iterable[str]:
    current = ", the current one" if stage.number == timeline.current else ""
    yield from wrapped(f"Stage {stage.number}, {stages.since(stage)}{current}")
    for event in stages.events(stage, timeline):
        yield from wrapped(event, 2, 4)
    yield from wrapped(f"{'Open':<9}{stages.open_channels(stage)}", 2, 11)
    if stage.standing is None:
        yield from wrapped(stage.not_judged, 2)
        return
    decided = stage.standing.decided_by
    yield from wrapped(f"{'Mode':<9}{stage.standing.mode}, decided by {decided.id} ({decided.access})", 2, 11)
    yield from wrapped(stage.standing.verdict.headline, 2, 4)
    if stage.standing.verdict.blocking:
        yield from wrapped(f"{'Blocks':<9}{', '.join(stage.standing.verdict.blocking)}", 2, 11)
    for sentence in stages.on_opening(stage):
        yield from wrapped(sentence, 2, 4)
    yield from _what_changes(stage)


def _what_changes(stage: Stage) -> Iterable[str]:
    if stages.is_first(stage):
        for line in stages.outcomes(stage):
            yield from wrapped(line, 4, 6)
    elif not stage.changes:
        yield from wrapped(stages.NO_CHANGE, 2)
    for heading, changes in stages.changes(stage):
        yield f"  {heading} ({len(changes)})"
        for one in changes:
            yield from wrapped(f"{stages.name(one.safeguard)}: {stages.change(one)}", 4, 6)
    if stage.held:
        yield from wrapped(f"{stages.HELD} ({len(stage.held)})", 2)
    for finding in stage.held:
        yield from wrapped(f"{stages.name(finding.safeguard)}: {stages.held(finding)}", 4, 6)
    if stage.turns:
        yield f"  {stages.INEFFECTIVE} ({len(stage.turns)})"
    for turn in stage.turns:
        yield from wrapped(f"{stages.name(turn.safeguard)}: {stages.turn(turn)}", 4, 6)


# --- Markdown -------------------------------------------------------------------------------------------------------


def _markdown(timeline: Timeline) -> Iterable[str]:
    yield from (f"# Stages of {markdown_safe(_title(timeline))}", "")
    yield from (f"- {name}: {markdown_safe(value)}" for name, value in _facts(timeline).items())
    yield ""
    yield from _drawing(timeline)
    columns = ("stage", "from", "what happens", "open", "mode", "verdict", "holds no longer", "ineffective", "blocks")
    yield from (f"| {' | '.join(columns)} |", "|---" * len(columns) + "|")
    yield from (_cells(stage, timeline) for stage in timeline.stages)
    yield from ("", _RATCHET)
    for stage in timeline.stages:
        yield from ("", f"## Stage {stage.number}, {stages.since(stage)}", "")
        yield from (f"- {line}" for line in _told(stage, timeline))


def _drawing(timeline: Timeline) -> Iterable[str]:
    try:
        chart = gantt(timeline)
    except TooLarge:
        yield from ("There are too many stages for a drawing.", "")
        return
    yield from ("```mermaid", *chart.split("\n"), "```", "")
    days = margin(timeline)
    yield from (
        f"A bar without a first or a last day runs to the edge of the drawing, {days} days before the first day that"
        f" the plan names and {days} after the last.",
        "",
    )


def _cells(stage: Stage, timeline: Timeline) -> str:
    standing = stage.standing
    cells = (
        str(stage.number),
        stages.begins(stage),
        " ".join(stages.events(stage, timeline)),
        stages.open_channels(stage),
        standing.mode if standing else "",
        stage.verdict_word,
        ", ".join(change.safeguard.id for change in stage.of_kind("stops")),
        ", ".join(dict.fromkeys(turn.safeguard.id for turn in stage.turns)),
        ", ".join(standing.verdict.blocking) if standing else "",
    )
    return "| " + " | ".join(markdown_safe(cell) for cell in cells) + " |"


def _told(stage: Stage, timeline: Timeline) -> Iterable[str]:
    """Yield the entries of the list on a stage, each escaped."""
    yield from map(markdown_safe, stages.events(stage, timeline))
    yield markdown_safe(f"Open: {stages.open_channels(stage)}.")
    if stage.standing is None:
        yield markdown_safe(stage.not_judged)
        return
    yield f"**{markdown_safe(stage.standing.verdict.headline)}.**"
    yield from map(markdown_safe, stages.on_opening(stage))
    if stages.is_first(stage):
        yield from map(markdown_safe, stages.outcomes(stage))
    elif not stage.changes:
        yield stages.NO_CHANGE
    for heading, changes in stages.changes(stage):
        yield from (
            f"{heading}: {markdown_safe(f'{stages.name(one.safeguard)}: {stages.change(one)}')}." for one in changes
        )
    for finding in stage.held:
        yield f"{stages.HELD}: {markdown_safe(f'{stages.name(finding.safeguard)}: {stages.held(finding)}')}"
    for turn in stage.turns:
        yield f"{stages.INEFFECTIVE}: {markdown_safe(f'{stages.name(turn.safeguard)}: {stages.turn(turn)}')}"


# --- JSON -----------------------------------------------------------------------------------------------------------


def _data(timeline: Timeline) -> dict[str, Any]:
    plan, catalog = timeline.plan, timeline.catalog
    return {
        "schema_version": 1,
        "path": plan.path,
        "sha256": plan.sha256,
        "model": {"name": plan.model.name, "version": plan.model.version},
        "profile": {
            "role": plan.organization.role,
            "size": plan.organization.size,
            "capability": plan.model.capability,
            "undeclared": list(plan.undeclared),
        },
        "catalog": {"id": catalog.id, "version": catalog.version, "sha256": catalog.sha256},
        "policy": {
            "strict": timeline.policy.strict,
            "fail_under": max(timeline.policy.fail_under, plan.fail_under),
            "honour_waivers": timeline.policy.honour_waivers,
        },
        "as_of": timeline.as_of.isoformat(),
        "current": timeline.current or None,
        "stages": [_stage_data(stage, timeline) for stage in timeline.stages],
    }


def _stage_data(stage: Stage, timeline: Timeline) -> dict[str, Any]:
    standing = stage.standing
    return {
        "number": stage.number,
        "from": _day(stage.day),
        "until": _day(stage.until),
        "as_of": stage.as_of.isoformat(),
        "opens": [{"id": one.id, "access": one.access, "variant": one.variant} for one in stage.opens],
        "closes": [
            {"id": one.id, "access": one.access, "recalls_nothing": timeline.recalls_nothing(one)}
            for one in stage.closes
        ],
        "waivers_begin": [_waiver(waiver) for waiver in stage.waivers_begin],
        "waivers_end": [_waiver(waiver) for waiver in stage.waivers_end],
        "evidence": [
            {
                "ref": ref,
                "change": "too_old" if is_too_old else "counts",
                "for": [one.subject for one in find_evidence_turns],
            }
            for (ref, is_too_old), find_evidence_turns in stages.evidence(stage)
        ],
        "open": [channel.id for channel in stage.open],
        "not_judged": stage.not_judged or None,
        "release": standing
        and {"mode": standing.mode, "decided_by": standing.decided_by.id, "access": standing.decided_by.access},
        "verdict": standing
        and {
            "passed": standing.verdict.passed,
            "blocking": list(standing.verdict.blocking),
            "waived": list(standing.verdict.waived),
            "headline": standing.verdict.headline,
        },
        "outcomes": dict(standing.outcomes) if standing else {},
        "changes": [_change(change) for change in stage.changes],
        "held": [{"safeguard": one.safeguard.id, "reason": stages.held(one)} for one in stage.held],
        "ineffective": [
            {
                "safeguard": turn.safeguard.id,
                "channels": list(turn.channels),
                "line": turn.line,
                "reason": turn.reason,
                "already": turn.already,
            }
            for turn in stage.turns
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "safeguard": change.safeguard.id,
        "title": change.safeguard.title,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "channels": {one.channel: {"before": one.before, "after": one.after} for one in change.channels},
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "safeguard": waiver.safeguard,
        "channels": list(waiver.channels),
        "granted": waiver.granted.isoformat(),
        "expires": waiver.expires.isoformat(),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
