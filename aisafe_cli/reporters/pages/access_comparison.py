"""What is lost, what stays and what to do instead from one mode or rung to another: text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aisafe_cli.analysis.matrix import Change, Comparison
from aisafe_cli.reporters.layout import as_json, wrapped
from aisafe_cli.text.escape import markdown_safe

FORMATS = ("table", "markdown", "json")
_HEADINGS = {
    "lost": "What can no longer work, and what to do instead",
    "weaker": "What becomes harder",
    "kept": "What can still be done",
    "gained": "What becomes possible",
}


def render_comparison(name: str, comparison: Comparison) -> str:
    """Return the comparison in one of `FORMATS`."""
    if name == "json":
        return as_json(_data(comparison))
    lines = _markdown(comparison) if name == "markdown" else _text(comparison)
    return "\n".join(lines).strip("\n") + "\n"


def _data(comparison: Comparison) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "from": comparison.before,
        "to": comparison.after,
        "role": comparison.role,
        "changes": [
            {
                "id": change.safeguard.id,
                "slug": change.safeguard.slug,
                "title": change.safeguard.title,
                "change": change.kind,
                "from": change.before.flag,
                "to": change.after.flag,
                "reason": change.after.reason,
                "condition": change.after.condition or None,
                "alternatives": [
                    {"id": one.id, "title": one.title, "strength": one.strength, "effort": one.effort}
                    for one in change.instead
                ],
            }
            for change in comparison.changes
        ],
    }


def _text(comparison: Comparison) -> Iterable[str]:
    yield from wrapped(f"From {comparison.before} to {comparison.after}{_role(comparison)}: {_counted(comparison)}")
    for kind, heading in _HEADINGS.items():
        changes = comparison.of_kind(kind)
        if changes:
            yield from ("", f"{heading} ({len(changes)})")
        for change in changes:
            flags = change.after.flag if change.before.flag is change.after.flag else _flags(change)
            yield from wrapped(f"{change.safeguard.id}  {change.safeguard.title}: {flags}", 2, 9)
            if kind != "kept":
                yield from wrapped(change.after.reason, 9)
            if change.after.condition:
                yield from wrapped(f"Condition: {change.after.condition}", 9)
            for one in change.instead:
                yield from wrapped(f"- {one.id} ({one.strength}, effort {one.effort}): {one.title}", 9, 11)


def _markdown(comparison: Comparison) -> Iterable[str]:
    yield from (f"# From {comparison.before} to {comparison.after}{_role(comparison)}", "", _counted(comparison))
    for kind, heading in _HEADINGS.items():
        changes = comparison.of_kind(kind)
        if changes:
            yield from ("", f"## {heading}", "", "| safeguard | flags | why | instead |", "|---|---|---|---|")
        for change in changes:
            why = f"{change.after.reason} {change.after.condition}".rstrip()
            instead = ", ".join(f"{one.id} ({one.strength})" for one in change.instead)
            name = f"{change.safeguard.id} {markdown_safe(change.safeguard.title)}"
            yield f"| {name} | {_flags(change)} | {markdown_safe(why)} | {instead} |"


def _flags(change: Change) -> str:
    return f"{change.before.flag}, then {change.after.flag}"


def _role(comparison: Comparison) -> str:
    return f", as {comparison.role}" if comparison.role else ""


def _counted(comparison: Comparison) -> str:
    lost, weaker = len(comparison.of_kind("lost")), len(comparison.of_kind("weaker"))
    kept, gained = len(comparison.of_kind("kept")), len(comparison.of_kind("gained"))
    return f"{lost} can no longer work, {weaker} become harder, {kept} stay as they are, {gained} become possible."
