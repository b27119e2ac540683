"""The settings that hold, each with its source: text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import Setting, describe_value
from aisafe_cli.reporters.layout import as_json, wrapped
from aisafe_cli.text.escape import markdown_safe

FORMATS = ("table", "markdown", "json")
_NAME_WIDTH = 34


def render_settings(name: str, settings: Sequence[Setting], found: Sequence[PlanFinding]) -> str:
    """Return the settings, and what a change does to them, in one of `FORMATS`."""
    if name == "json":
        rows = [{"name": one.name, "value": one.value, "source": one.source} for one in settings]
        told = [{"rule": one.kind, "level": one.level, "message": one.message} for one in found]
        return as_json({"schema_version": 1, "settings": rows, "findings": told})
    lines = _markdown(settings, found) if name == "markdown" else _text(settings, found)
    return "".join(f"{line}\n" for line in lines)


def _text(settings: Sequence[Setting], found: Sequence[PlanFinding]) -> Iterable[str]:
    for one in settings:
        text = f"{one.name:<{_NAME_WIDTH}}{describe_value(one.value)} ({one.source})"
        yield from wrapped(text, hanging=_NAME_WIDTH)
    for change in found:
        yield from wrapped(f"! {change.message}")


def _markdown(settings: Sequence[Setting], found: Sequence[PlanFinding]) -> Iterable[str]:
    yield from ("| setting | value | source |", "|---|---|---|")
    for one in settings:
        yield f"| {one.name} | {markdown_safe(describe_value(one.value))} | {markdown_safe(one.source)} |"
    if found:
        yield from ("", *(f"- {markdown_safe(change.message)}" for change in found))
