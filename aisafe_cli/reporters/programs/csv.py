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

from aisafe_cli.domain.report import ChannelReport, ChannelResult, Finding
from aisafe_cli.domain.score import Score
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    describe_overall,
    join_lines,
    list_left_out,
    list_rows,
    list_scores,
    list_standing,
)
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


def render(run: Run, view: View) -> str:  # noqa: ARG001
    """Return the run as one table with a header row."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for result in run.results:
        shared = _collect_shared(result, run)
        for row in _build_rows(result):
            cells = {**shared, **row}
            writer.writerow([_write_cell(cells.get(column, "")) for column in COLUMNS])
    for plan in run.plans if run.has_several_catalogs else ():
        verdict = "pass" if plan.passed else "fail"
        cells = {"row": "overall", "plan": plan.path, "verdict": verdict, "reason": describe_overall(plan)}
        writer.writerow([_write_cell(cells.get(column, "")) for column in COLUMNS])
    for text in list_left_out(run):
        cells = {"row": "not_evaluated", "complete": run.complete, "reason": text}
        writer.writerow([_write_cell(cells.get(column, "")) for column in COLUMNS])
    return stream.getvalue()


def _build_rows(result: Result) -> Iterable[Cells]:
    report = result.report
    release_scores = _collect_scores(list_scores(report.scores, result.verdict.coverage_with_waivers))
    channels = {channel.channel.id: channel for channel in report.channels}
    rows = list_rows(result)
    by_id = {entry.subject: entry for entry in rows if entry.outcome}
    for finding in report.findings:
        entry = by_id[finding.safeguard.id]
        safeguard = {"safeguard": entry.subject, "slug": finding.safeguard.slug, "title": entry.title}
        yield {**safeguard, **_collect_release(finding, entry), **release_scores}
        for on_channel in finding.channels:
            yield {**safeguard, **_collect_channel(on_channel, finding, channels[on_channel.channel])}
    for entry in rows:
        if not entry.outcome:
            yield {**_collect_plan_row(entry), **release_scores}
    for text in list_standing(result):
        yield {"row": "standing", "reason": text}


def _collect_shared(result: Result, run: Run) -> Cells:
    report = result.report
    plan = report.plan
    return {
        "plan": plan.path,
        "model": plan.model.name,
        "model_version": plan.model.version or "",
        "developer": plan.model.developer or "",
        "role": plan.organization.role,
        "size": plan.organization.size,
        "capability": plan.model.capability,
        "mode": report.mode,
        "verdict": "pass" if result.verdict.passed else "fail",
        "as_of": report.as_of.isoformat(),
        "catalog": report.catalog.id,
        "catalog_version": report.catalog.version,
        "complete": run.complete,
    }


def _collect_release(finding: Finding, entry: FindingRow) -> Cells:
    return {
        "row": "release",
        "outcome": finding.outcome,
        "level": finding.level,
        "required": any(on_channel.required for on_channel in finding.channels),
        "blocking": entry.blocks,
        "waived": entry.effect == "waived",
        "line": entry.position.line,
        "reason": entry.reason,
        "remedy": entry.remedy,
        "waiver": " ".join(entry.waivers),
        "carried": bool(entry.carried),
        "baseline": entry.carried,
    }


def _collect_channel(result: ChannelResult, finding: Finding, channel: ChannelReport) -> Cells:
    return {
        "row": "channel",
        "channel": result.channel,
        "access": channel.access_level.id,
        "outcome": result.outcome,
        "level": result.level,
        "flag": result.flag,
        "required": result.required,
        "claim": result.claim.status if result.claim else "",
        "line": (result.claim or finding).position.line,
        "reason": result.reason,
        "remedy": result.remedy,
        **_collect_scores(list_scores(channel.scores)),
    }


def _collect_plan_row(entry: FindingRow) -> Cells:
    return {
        "row": "plan",
        "rule": entry.subject,
        "channel": entry.channel,
        "title": entry.title,
        "level": entry.level,
        "blocking": entry.blocks,
        "line": entry.position.line,
        "reason": entry.reason,
        "remedy": entry.remedy,
        "carried": bool(entry.carried),
        "baseline": entry.carried,
    }


def _collect_scores(scores: Mapping[str, Score]) -> Cells:
    cells: dict[str, object] = {}
    for name, score in scores.items():
        cells |= {name: score.numerator, f"{name}_of": score.denominator}
    return cells


def _write_cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape_csv_cell(join_lines(str(value)))
