"""The report for GitLab's Code Quality widget: what a merge request makes better or worse.

The widget knows no verdict, so severities carry it: a plan fails where an entry is `blocker` or `critical`. GitLab
documents no further fields, so there are none, and what is satisfied or does not apply is left out.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import partial
from itertools import chain, groupby
from typing import Any

from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    NOT_EVALUATED,
    FindingRow,
    describe_incomplete,
    hash_finding,
    list_rows,
    list_standing,
    locate,
)
from aisafe_cli.reporters.layout import stream_json

_ORDER = ("blocker", "critical", "major", "minor", "info")
_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
_WAIVERS_AND_BASELINE = "waivers-and-baseline"
_NO_PROBLEM = (Outcome.SATISFIED, Outcome.NOT_APPLICABLE)
_NOT_TOLD = (*_NO_PROBLEM, Outcome.INCOMPATIBLE)


def render(run: Run, view: View) -> Iterable[str]:
    """Yield the run as a JSON array: ASCII, sorted keys, one line feed at the end."""
    silent = _NO_PROBLEM if view.notes else _NOT_TOLD
    return stream_json(_list_issues(run, silent))


def _list_issues(run: Run, silent: Container[Outcome | None]) -> Iterator[dict[str, Any]]:
    """Yield what could not be evaluated, then what is found on each plan, then how its waivers and baseline stand."""
    if not run.complete:  # without this, the findings of a plan that could not be read would look resolved
        yield _build_entry(describe_incomplete(run), NOT_EVALUATED, ".", NOT_EVALUATED, "blocker")
    for build in (partial(_build_issues, silent=silent), _build_standing):
        for results in _group_by_place(run):
            yield from _keep_gravest(chain.from_iterable(map(build, results)))


def _group_by_place(run: Run) -> Iterable[Iterable[Result]]:
    """Yield the results on each plan together: those by several catalogs, or all where a place comes twice."""
    places = [place for place, _ in groupby(run.results, _locate_relative)]
    if len(set(places)) < len(places):
        return [run.results]
    return (results for _, results in groupby(run.results, _locate_relative))


def _keep_gravest(issues: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one issue of each fingerprint: of what several catalogs say of the plan itself, the gravest."""
    kept: dict[str, dict[str, Any]] = {}
    for issue in issues:
        known = kept.setdefault(issue["fingerprint"], issue)
        if _ORDER.index(issue["severity"]) < _ORDER.index(known["severity"]):
            kept[issue["fingerprint"]] = issue
    return list(kept.values())


def _build_issues(result: Result, silent: Container[Outcome | None]) -> Iterable[dict[str, Any]]:
    for entry in list_rows(result):
        if entry.deciding not in silent or entry.level is not Level.NOTE:
            yield _build_issue(entry, _locate_relative(result))


def _build_issue(entry: FindingRow, place: str) -> dict[str, Any]:
    words = ", ".join(filter(None, (entry.outcome_words, entry.level, entry.effect)))
    text = " ".join(filter(None, (entry.reason, entry.todo, *entry.lifted_by)))
    severity, line = _rate_severity(entry), entry.position.line
    return _build_entry(f"{entry.name} ({words}). {text}", entry.subject, place, entry.key, severity, line)


def _build_entry(text: str, name: str, place: str, key: str, severity: str, line: int = 1) -> dict[str, Any]:
    return {
        "description": text,
        "check_name": name,
        "fingerprint": hash_finding(place, key),
        "severity": severity,
        "location": {"path": place, "lines": {"begin": line}},
    }


def _rate_severity(entry: FindingRow) -> str:
    if entry.blocks:
        return "blocker" if entry.deciding is Outcome.INEFFECTIVE else "critical"
    return _SEVERITIES[entry.level]


def _build_standing(result: Result) -> Iterable[dict[str, Any]]:
    """How waivers and baseline stand. Its fingerprint has none of that, so that it is not news every day."""
    key, text = f"{_WAIVERS_AND_BASELINE} {result.guidance}".strip(), " ".join(list_standing(result))
    if text:
        yield _build_entry(text, _WAIVERS_AND_BASELINE, _locate_relative(result), key, "info")


def _locate_relative(result: Result) -> str:
    """Return the place as GitLab wants it, never with a leading slash: only files outside of repositories do."""
    return locate(result.report.plan).lstrip("/")
