"""What came of a registry, for a terminal, as Markdown, as JSON and as an HTML page with pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from aisafe_cli.domain.outcome import OUTCOME_MEANINGS, Outcome
from aisafe_cli.domain.registry import RegistrySummary
from aisafe_cli.reporters.layout import as_json
from aisafe_cli.reporters.page import Grid, Page, Section
from aisafe_cli.reporters.people.html_drawings import Box, Drawing, Text
from aisafe_cli.reporters.report_data import name_catalog
from aisafe_cli.text.wording import count

_SHORT = {
    Outcome.SATISFIED: "done",
    Outcome.PARTIAL: "partial",
    Outcome.PLANNED: "planned",
    Outcome.GAP: "gap",
    Outcome.UNKNOWN: "unknown",
    Outcome.INEFFECTIVE: "ineff.",
    Outcome.INCOMPATIBLE: "incomp.",
    Outcome.NOT_APPLICABLE: "not asked",
}
_MODES, _OUTCOMES = "Release modes", "Outcomes by safeguard"
_MOST_BLOCKING = 10
_LABEL, _BAR, _STEP = 130.0, 830.0, 24.0  # of a drawing, in its own units


def render_summary(name: str, summary: RegistrySummary) -> str:
    """Return the summary in one of the formats of pages, or as `html`."""
    if name == "json":
        return as_json(_collect_summary(summary))
    return _render_html(summary) if name == "html" else _build_registry_page(summary).render(name)


def _collect_summary(summary: RegistrySummary) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "path": summary.path,
        "catalog": name_catalog(summary.catalog),
        "as_of": summary.as_of.isoformat(),
        "policy": {"strict": summary.policy.strict, "fail_under": summary.policy.fail_under},
        "rows": summary.rows,
        "by_evaluator": summary.by_evaluator,
        "verdicts": dict(summary.verdicts),
        "modes": {mode: dict(counts) for mode, counts in summary.modes.items()},
        "outcomes": {name: dict(counts) for name, counts in summary.outcomes.items()},
        "blocking": dict(summary.blocking),
    }


def _build_registry_page(summary: RegistrySummary) -> Page:
    words = "; ".join(f"{word}: {OUTCOME_MEANINGS[outcome]}" for outcome, word in _SHORT.items())
    grids = [
        Section(heading=heading, grid=grid, paragraphs=(f"{words}.",) if heading == _OUTCOMES else ())
        for heading, grid in _build_grids(summary)
    ]
    return Page(
        title=describe_verdicts(summary),
        facts={
            "registry": summary.path,
            "catalog": summary.catalog.title,
            "as of": summary.as_of.isoformat(),
            "judged": _describe_ways(summary),
        },
        sections=tuple(grids),
    )


def _describe_ways(summary: RegistrySummary) -> str:
    one_by_one = f"{count(summary.by_evaluator, 'row')} one by one"
    others = summary.rows - summary.by_evaluator
    return (
        f"{one_by_one}, {_show_number(others)} by lookup tables, which give the same verdicts" if others else one_by_one
    )


def _build_grids(summary: RegistrySummary) -> Iterable[tuple[str, Grid]]:
    """Yield the counts with their headings: by mode, by safeguard, and what blocks."""
    modes = [
        (mode, _show_number(sum(counts.values())), *_show_numbers(counts, ("pass", "fail")))
        for mode, counts in summary.modes.items()
    ]
    outcomes = [(name, *_show_numbers(counts, _SHORT)) for name, counts in summary.outcomes.items()]
    blocking = [(name, _show_number(number)) for name, number in list(summary.blocking.items())[:_MOST_BLOCKING]]
    yield _MODES, Grid(columns=("mode", "rows", "pass", "fail"), rows=tuple(modes))
    yield _OUTCOMES, Grid(columns=("id", *_SHORT.values()), rows=tuple(outcomes))
    if blocking:
        yield "What blocks most", Grid(columns=("name", "rows"), rows=tuple(blocking))


def describe_verdicts(summary: RegistrySummary) -> str:
    """Return how many rows passed, failed, are faulty, and ask for nothing, in words."""
    words = {"pass": "pass", "fail": "fail", "faulty": "faulty", "nothing_to_evaluate": "with nothing to evaluate"}
    counted = [
        f"{_show_number(summary.verdicts[name])} {word}" for name, word in words.items() if summary.verdicts[name]
    ]
    return f"{count(summary.rows, 'plan')}: {', '.join(counted) or 'none'}"


def _show_number(number: int) -> str:
    return f"{number:,}"


def _show_numbers(counts: Mapping[str, int], names: Iterable[str]) -> Iterable[str]:
    return (_show_number(counts[name]) for name in names)


# --- HTML -----------------------------------------------------------------------------------------------------------


def _render_html(summary: RegistrySummary) -> str:
    html = import_module("aisafe_cli.reporters.people.html")  # takes longer to load than all else here
    verdicts: dict[str, Mapping[str, int]] = {
        mode: {Outcome.SATISFIED: counts["pass"], Outcome.INEFFECTIVE: counts["fail"]}
        for mode, counts in summary.modes.items()
    }
    page = html.fill_page(
        "registry.html.j2",
        summary=summary,
        title=describe_verdicts(summary),
        drawings=[
            _draw_bars(_MODES, verdicts, {Outcome.SATISFIED: "pass", Outcome.INEFFECTIVE: "fail"}),
            _draw_bars(_OUTCOMES, summary.outcomes, _SHORT),
        ],
        grids=list(_build_grids(summary)),
    )
    return "".join(page)


def _draw_bars(title: str, rows: Mapping[str, Mapping[str, int]], words: Mapping[Outcome, str]) -> Drawing:
    """Draw a bar for each row, of all rows together where it is longest, in parts by outcome."""
    most = max((sum(counts.values()) for counts in rows.values()), default=0) or 1
    drawing = Drawing(title, _LABEL + _BAR, max(len(rows), 1) * _STEP)
    described = []
    for number, (name, counts) in enumerate(rows.items()):
        x, y = _LABEL, number * _STEP
        drawing.texts.append(Text(x=0, y=y + 15, text=name))
        for outcome, word in words.items():
            width = _BAR * counts.get(outcome, 0) / most
            said = f"{name}: {_show_number(counts.get(outcome, 0))} {word}"
            if width:
                kind = f"block o-{outcome}"
                drawing.boxes.append(Box(x=x, y=y, width=width, height=_STEP - 4, kind=kind, title=said))
            x += width
        counted = (f"{_show_number(counts.get(outcome, 0))} {word}" for outcome, word in words.items())
        described.append(f"{name}: {', '.join(counted)}.")
    drawing.description = " ".join(described)
    return drawing
