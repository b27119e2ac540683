"""The report as workflow commands of GitHub Actions: an annotation for each error and warning, then the verdict.

A level becomes the annotation of the same name. Notes are shown only where they are about the plan itself, since what
cannot work in a mode is no news in a pull request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.io.read import hash_content
from aisafe_cli.io.spool import put_away
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    count_passes,
    describe_incomplete,
    describe_overall,
    describe_scores,
    is_pressing,
    list_rows,
    list_standing,
    list_unevaluated,
    locate,
)
from aisafe_cli.reporters.layout import shorten
from aisafe_cli.text.escape import escape_github_data, escape_github_property, terminal_safe

_LIMITS = REPORTERS["github"].limits
_NOT_EVALUATED = {"title": "aisafe: not evaluated"}
_PASSED_OVER = {"title": "aisafe: passed over"}
_FEW = 64  # annotations of a kind that are held in memory
_Rank = tuple[str, tuple[int, ...]]
_KINDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(run: Run, view: View) -> Iterable[str]:  # noqa: ARG001
    """Yield one command a line, the worst first, then lines of plain text with scores and verdicts."""
    lines = _sort_annotations(run)
    for kind in _KINDS.values():
        of_a_kind = [lines[rank] for rank in sorted(lines) if rank[0] == kind]
        yield from _limit(kind, chain.from_iterable(of_a_kind), sum(map(len, of_a_kind)))
    yield from (f"{line}\n" for line in _list_closing(run))


def _sort_annotations(run: Run) -> Mapping[_Rank, Sequence[str]]:
    """Return the commands by their kind and how bad that is which they tell, each once; of many few are in memory."""
    lines: dict[_Rank, Sequence[str]] = {}
    told: set[str] = set()  # what several catalogs say of the plan itself
    for rank, line in _annotate_run(run):
        digest = hash_content(line.encode())
        if digest not in told:
            told.add(digest)
            lines[rank] = put_away(lines.get(rank, ()), (f"{line}\n",), _FEW)
    return lines


def _annotate_run(run: Run) -> Iterable[tuple[_Rank, str]]:
    if not run.complete:
        yield ("error", ()), _write_annotation("error", _NOT_EVALUATED, describe_incomplete(run))
    for note in run.notes:
        yield ("notice", ()), _write_annotation("notice", _PASSED_OVER, terminal_safe(note))
    for result in run.results:
        if kind := _choose_kind(result):
            yield (kind, ()), _annotate_standing(kind, result)
        for row in filter(_is_news, list_rows(result)):
            kind = _KINDS[row.level]
            yield (kind, row.severity_key), _annotate_row(kind, row, locate(result.report.plan))


def _limit(kind: str, lines: Iterable[str], number: int) -> Iterable[str]:
    """Yield the commands of one kind. Where they are too many, the last that is shown says so; the log has them all."""
    shown = _LIMITS["annotations"]
    left = number - (shown - 1)
    text = f"GitHub shows {shown} annotations of each kind. The other {left} are in this step's log."
    for place, line in enumerate(lines, 1):
        if place == shown < number:
            yield _write_annotation(kind, {"title": f"aisafe: {left} more"}, text) + "\n"
        yield line


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
    return f"{result.report.mode}; " + ", ".join(f"{name} {said}" for name, said in describe_scores(result).items())
