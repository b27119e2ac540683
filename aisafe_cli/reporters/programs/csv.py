"""The report as CSV (RFC 4180), for spreadsheets: every cell quoted, lines ended by CR LF, UTF-8 without a mark.

`row` says what a row holds: `release` a safeguard for the whole release, `channel` a safeguard on one channel, `plan` a
finding on the plan itself or on its coverage, `standing` how its waivers and the baseline stand, `not_evaluated` why a
plan is missing. Scores are whole numbers, numerator and `_of` denominator: those of the
release in its rows, those of a channel in the channel's.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Such cells get
a `'` in front, and so do cells that begin with `'` themselves, so that a program can take one leading `'` off every
cell that has one. Line breaks and tabs in a cell become spaces. `##[`, which the runners of continuous integration take
for a command wherever it stands in a line, becomes `##\\[`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from aisafe_cli.domain.report import ChannelResult, Finding
from aisafe_cli.domain.score import Score
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    describe_overall,
    join_lines,
    list_rows,
    list_scores,
    list_standing,
    list_unevaluated,
)
from aisafe_cli.reporters.report_data import pick
from aisafe_cli.text.escape import escape_csv_cell

Cells = Mapping[str, object]

_SCORES = ("possible", "coverage", "addressed", "evidenced", "coverage_with_waivers")
COLUMNS = (
    *("row", "plan", "model", "model_version", "developer", "role", "size", "capability", "mode", "verdict", "as_of"),
    *("catalog", "catalog_version", "complete", "safeguard", "slug", "title", "rule"),
    *("channel", "access", "outcome", "level", "flag", "required", "blocking", "waived", "claim", "line"),
    *("reason", "remedy", "waiver"),
    *(column for score in _SCORES for column in (score, f"{score}_of")),
    *("carried", "baseline"),
)


def render(run: Run, view: View) -> Iterable[str]:  # noqa: ARG001
    """Yield the run as one table with a header row."""
    yield _write_cells(COLUMNS)
    for row in _list_run_rows(run):
        yield _write_cells(_write_cell(row.get(column)) for column in COLUMNS)


def _write_cells(cells: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()


def _list_run_rows(run: Run) -> Iterable[Cells]:
    for result in run.results:
        shared = _collect_shared(result, run)
        for row in _build_rows(result):
            yield {**shared, **row}
    for plan in run.plans if run.has_several_catalogs else ():
        verdict = "pass" if plan.passed else "fail"
        yield {"row": "overall", "plan": plan.path, "verdict": verdict, "reason": describe_overall(plan)}
    for text in list_unevaluated(run):
        yield {"row": "not_evaluated", "complete": run.complete, "reason": text}


def _collect_shared(result: Result, run: Run) -> Cells:
    paths = {"model": "name", "model_version": "version", "developer": "developer", "capability": "capability"}
    return {
        **pick(result.report.plan.model, **paths),
        **pick(result.report.plan.organization, "role size"),
        **pick(result.report, "mode as_of", plan="plan.path", catalog="catalog.id", catalog_version="catalog.version"),
        "verdict": "pass" if result.verdict.passed else "fail",
        "complete": run.complete,
    }


def _build_rows(result: Result) -> Iterable[Cells]:
    report = result.report
    release_scores = _collect_score_cells(list_scores(report.scores, result.verdict.coverage_with_waivers))
    access = report.access
    scores = {one.channel.id: _collect_score_cells(list_scores(one.scores)) for one in report.channels}
    for row in list_rows(result):
        if row.finding is None:
            about = {"row": "plan", "rule": row.subject, "channel": row.channel, "title": row.title}
            yield {**about, **_collect_row_cells(row), **release_scores}
            continue
        safeguard = {"safeguard": row.subject, "slug": row.finding.safeguard.slug, "title": row.title}
        yield {**safeguard, **_collect_release(row.finding, row), **_collect_row_cells(row), **release_scores}
        for on_channel in row.finding.channels:
            told: Cells = {"access": access[on_channel.channel].id, **scores[on_channel.channel]}
            yield {**safeguard, **_collect_on_channel(on_channel, row.finding), **told}
    for text in list_standing(result):
        yield {"row": "standing", "reason": text}


def _collect_row_cells(row: FindingRow) -> Cells:
    told = pick(row, "level reason remedy", line="position.line", blocking="blocks", baseline="carried")
    return {**told, "carried": bool(row.carried)}


def _collect_release(finding: Finding, row: FindingRow) -> Cells:
    waived, waiver = row.effect == "waived", " ".join(row.waivers)
    return {"row": "release", **pick(finding, "outcome required"), "waived": waived, "waiver": waiver}


def _collect_on_channel(result: ChannelResult, finding: Finding) -> Cells:
    return {
        "row": "channel",
        **pick(result, "channel outcome level flag required reason remedy", claim="claim.status"),
        "line": (result.claim or finding).position.line,
    }


def _collect_score_cells(scores: Mapping[str, Score]) -> Cells:
    cells: dict[str, object] = {}
    for name, score in scores.items():
        cells |= {name: score.numerator, f"{name}_of": score.denominator}
    return cells


def _write_cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape_csv_cell(join_lines(str(value)))
