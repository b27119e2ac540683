"""The report as workflow commands of GitHub Actions: an annotation for each error and warning, then the verdict.

A level becomes the annotation of the same name. Notes are shown only where they are about the plan itself, since what
cannot work in a mode is no news in a pull request.
"""

from __future__ import annotations

from collections.abc import Iterable

from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    count_passes,
    describe_coverage,
    describe_incomplete,
    describe_overall,
    is_pressing,
    list_rows,
    list_scores,
    list_standing,
    list_unevaluated,
    locate,
)
from aisafe_cli.reporters.layout import shorten
from aisafe_cli.text.escape import escape_github_data, escape_github_property, terminal_safe

_LIMITS = REPORTERS["github"].limits
_NOT_EVALUATED = {"title": "aisafe: not evaluated"}
_PASSED_OVER = {"title": "aisafe: passed over"}
_KINDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(run: Run, view: View) -> Iterable[str]:  # noqa: ARG001
    """Yield one command a line, the worst first, then lines of plain text with scores and verdicts."""
    annotations = [(row, locate(result.report.plan)) for result in run.results for row in list_rows(result)]
    annotations.sort(key=lambda annotation: annotation[0].severity_key)
    lines = [] if run.complete else [_write_annotation("error", _NOT_EVALUATED, describe_incomplete(run))]
    passed_over = [_write_annotation("notice", _PASSED_OVER, terminal_safe(note)) for note in run.notes]
    for level, kind in _KINDS.items():
        of_a_kind = [
            *(passed_over if level is Level.NOTE else ()),
            *(_annotate_standing(kind, result) for result in run.results if _choose_kind(result) == kind),
            *(_annotate_row(kind, row, place) for row, place in annotations if row.level is level and _is_news(row)),
        ]
        of_a_kind = list(dict.fromkeys(of_a_kind))  # what several catalogs say of the plan itself
        lines += _limit(kind, of_a_kind, _LIMITS["annotations"] - sum(line.startswith(f"::{kind} ") for line in lines))
    yield from (f"{line}\n" for line in lines)
    yield from (f"{line}\n" for line in _list_closing(run))


def _limit(kind: str, lines: list[str], shown: int) -> list[str]:
    """The commands of one kind. Where they are too many, the last one that is shown says so; the log has them all."""
    if len(lines) <= shown:
        return lines
    left = len(lines) - (shown - 1)
    text = f"GitHub shows {_LIMITS['annotations']} annotations of each kind. The other {left} are in this step's log."
    return [*lines[: shown - 1], _write_annotation(kind, {"title": f"aisafe: {left} more"}, text), *lines[shown - 1 :]]


def _is_news(row: FindingRow) -> bool:
    return row.level is not Level.NOTE or row.outcome is None


def _annotate_row(kind: str, entry: FindingRow, place: str) -> str:
    title = shorten(entry.name, _LIMITS["name"])
    title += f": {entry.outcome_words}" if entry.outcome_words else ""
    title += f", {entry.effect}" if entry.effect else ""
    properties = {
        "file": place,
        "line": str(entry.position.line),
        "col": str(entry.position.column),
        "title": terminal_safe(title),
    }
    texts = filter(None, (entry.reason, entry.todo, *entry.lifted_by))
    return _write_annotation(kind, properties, "\n".join(map(terminal_safe, texts)))


def _choose_kind(result: Result) -> str:
    """Return how waivers and baseline are shown, if they are: as a warning where a waiver has or is about to expire."""
    return ("warning" if is_pressing(result) else "notice") if list_standing(result) else ""


def _annotate_standing(kind: str, result: Result) -> str:
    properties = {"file": locate(result.report.plan), "line": "1", "title": "aisafe: waivers and baseline"}
    text = "\n".join(map(terminal_safe, list_standing(result)))
    return _write_annotation(kind, properties, text)


def _write_annotation(kind: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{name}={escape_github_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{escape_github_data(message)}"


def _list_closing(run: Run) -> Iterable[str]:
    """Plain lines. Their own first word and `terminal_safe` keep the runner from reading a command in them."""
    plans = run.plans
    for result in run.results:
        path = result.report.plan.path + (f" [{result.guidance}]" if result.guidance else "")
        yield terminal_safe(f"aisafe: {path}: {_describe_mode_and_scores(result)}")
        yield from (terminal_safe(f"aisafe: {path}: {line}") for line in list_standing(result))
        yield terminal_safe(f"aisafe: {path}: {result.verdict.headline}")
    yield from (terminal_safe(f"aisafe: not evaluated: {line}") for line in list_unevaluated(run))
    yield from (
        terminal_safe(f"aisafe: {describe_overall(one)}") for one in (plans if run.has_several_catalogs else ())
    )
    if len(plans) > 1 or run.unreadable:
        yield f"aisafe: {count_passes(run)}"


def _describe_mode_and_scores(result: Result) -> str:
    scores, second = result.report.scores, result.verdict.coverage_with_waivers
    counted = {name: f"{score.numerator} of {score.denominator}" for name, score in list_scores(scores).items()}
    counted |= {"coverage": describe_coverage(scores.coverage), "coverage with waivers": describe_coverage(second)}
    return f"{result.report.mode}; " + ", ".join(f"{name} {said}" for name, said in counted.items())
