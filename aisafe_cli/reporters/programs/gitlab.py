"""The report for GitLab's Code Quality widget: what a merge request makes better or worse.

The widget knows no verdict, so severities carry it: a plan fails where an entry is `blocker` or `critical`. GitLab
documents no further fields, so there are none, and what is satisfied or does not apply is left out.
"""

from __future__ import annotations

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
from aisafe_cli.reporters.layout import as_json

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
_WAIVERS_AND_BASELINE = "waivers-and-baseline"
_NO_PROBLEM = (Outcome.SATISFIED, Outcome.NOT_APPLICABLE)
_NOT_TOLD = (*_NO_PROBLEM, Outcome.INCOMPATIBLE)


def render(run: Run, view: View) -> str:
    """Return the run as a JSON array: ASCII, sorted keys, one line feed at the end."""
    issues = [
        _build_issue(entry, _locate_relative(result))
        for result in run.results
        for entry in list_rows(result)
        if entry.deciding not in (_NO_PROBLEM if view.notes else _NOT_TOLD) or entry.level is not Level.NOTE
    ]
    issues += [_build_standing(result) for result in run.results if list_standing(result)]
    issues = list({issue["fingerprint"]: issue for issue in reversed(issues)}.values())[::-1]  # one of several catalogs
    if not run.complete:  # without this, the findings of a plan that could not be read would look resolved
        issues.insert(0, _build_incomplete(run))
    return as_json(issues)


def _build_issue(entry: FindingRow, place: str) -> dict[str, Any]:
    words = ", ".join(filter(None, (entry.outcome_words, entry.level, entry.effect)))
    text = " ".join(filter(None, (entry.reason, entry.todo, *entry.lifted_by)))
    return {
        "description": f"{entry.name} ({words}). {text}",
        "check_name": entry.subject,
        "fingerprint": hash_finding(place, entry.key),
        "severity": _rate_severity(entry),
        "location": {"path": place, "lines": {"begin": entry.position.line}},
    }


def _rate_severity(entry: FindingRow) -> str:
    if entry.blocks:
        return "blocker" if entry.deciding is Outcome.INEFFECTIVE else "critical"
    return _SEVERITIES[entry.level]


def _build_standing(result: Result) -> dict[str, Any]:
    """How waivers and baseline stand. Its hash_finding has none of that, so that it is not news every day."""
    place = _locate_relative(result)
    subject = f"{_WAIVERS_AND_BASELINE} {result.guidance}".strip()
    return {
        "description": " ".join(list_standing(result)),
        "check_name": _WAIVERS_AND_BASELINE,
        "fingerprint": hash_finding(place, subject),
        "severity": "info",
        "location": {"path": place, "lines": {"begin": 1}},
    }


def _build_incomplete(run: Run) -> dict[str, Any]:
    return {
        "description": describe_incomplete(run),
        "check_name": NOT_EVALUATED,
        "fingerprint": hash_finding(".", NOT_EVALUATED),
        "severity": "blocker",
        "location": {"path": ".", "lines": {"begin": 1}},
    }


def _locate_relative(result: Result) -> str:
    """Return the place as GitLab wants it, never with a leading slash: only files outside of repositories do."""
    return locate(result.report.plan).lstrip("/")
