"""The report as OSCAL 1.2 assessment results.

What can be carried out here has a finding, satisfied or not, and an observation. What cannot work here or is not asked
is excluded from the controls that were reviewed, with an observation that says why: it is never "not satisfied".
Findings on the plan itself are observations. Every UUID hangs on plan, catalog and day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    describe_incomplete,
    list_rows,
    list_standing,
    locate,
    make_uri,
    name_judged_plan,
)
from aisafe_cli.reporters.identity import derive_uuid, name_uuid
from aisafe_cli.reporters.layout import stream_json
from aisafe_cli.text.escape import markdown_safe

OSCAL_VERSION = "1.2.1"
_NAMESPACE = "https://pypi.org/project/aisafe-cli/"
_NO_PLAN = "No OSCAL assessment plan was used. The resource is the release plan that was judged."
_EXCLUDED = (Outcome.INCOMPATIBLE, Outcome.NOT_APPLICABLE)
_Maker = Callable[..., str]
_Made = TypeVar("_Made")


def render(run: Run, view: View) -> Iterator[str]:  # noqa: ARG001
    """Yield the run as JSON: ASCII, sorted keys, one line feed at the end."""
    several = len(run.plans) > 1

    def make_each(build: Callable[[Result, _Maker], _Made]) -> Iterator[_Made]:
        for result in run.results:
            yield build(result, partial(derive_uuid, result, locate(result.report.plan) if several else ""))

    remarks = "" if run.complete else markdown_safe(describe_incomplete(run))
    return stream_json(
        {
            "assessment-results": {
                "uuid": name_uuid(*make_each(lambda _, make: make("result"))),
                "metadata": {
                    "title": "Safeguards of release plans",
                    "last-modified": _write_day(run.results[0].report),
                    "version": run.version,
                    "oscal-version": OSCAL_VERSION,
                    "props": list_props({"complete": "true" if run.complete else "false"}),
                    **({"remarks": remarks} if remarks else {}),
                },
                "import-ap": {"href": f"#{next(make_each(lambda _, make: make('plan')))}", "remarks": _NO_PLAN},
                "results": make_each(_build_assessment),
                "back-matter": {"resources": chain.from_iterable(make_each(_list_resources))},
            }
        }
    )


def name_control(identifier: str) -> str:
    """Return an identifier as OSCAL takes it: it begins with a letter or an underscore."""
    return identifier if identifier[0].isalpha() else f"_{identifier}"


def list_props(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return properties of this program's own, as OSCAL has them."""
    return [{"name": name, "ns": _NAMESPACE, "value": value} for name, value in values.items() if value]


def _write_day(report: Report) -> str:
    return f"{report.as_of.isoformat()}T00:00:00Z"


def _build_assessment(result: Result, make: _Maker) -> dict[str, Any]:
    report, verdict, rows = result.report, result.verdict, list(enumerate(list_rows(result)))
    excluded = [{"control-id": name_control(row.subject)} for _, row in rows if _is_excluded(row)]
    assessed = [(number, row) for number, row in rows if row.outcome and not _is_excluded(row)]
    findings = [_build_finding(row, number, make) for number, row in assessed]
    remarks = markdown_safe(" ".join(list_standing(result)))
    return {
        "uuid": make("result"),
        "title": markdown_safe(f"{report.plan.model.name}, {name_judged_plan(result)}"),
        "description": markdown_safe(verdict.headline),
        "start": _write_day(report),
        "end": _write_day(report),
        "props": list_props(
            {"verdict": "pass" if verdict.passed else "fail", "release-mode": report.mode, "catalog": report.catalog.id}
        ),
        "reviewed-controls": {
            "control-selections": [{"include-all": {}, **({"exclude-controls": excluded} if excluded else {})}]
        },
        "observations": [_build_observation(row, number, report, make) for number, row in rows],
        **({"findings": findings} if findings else {}),
        **({"remarks": remarks} if remarks else {}),
    }


def _is_excluded(row: FindingRow) -> bool:
    """Return whether a control was not reviewed, since it cannot work here or is not asked."""
    return row.outcome is not None and row.deciding in _EXCLUDED


def _build_observation(row: FindingRow, number: int, report: Report, make: _Maker) -> dict[str, Any]:
    text = " ".join(filter(None, (row.reason, row.todo, *row.lifted_by)))
    shown = {
        "subject": row.subject,
        "outcome": row.deciding or "",
        "level": row.level,
        "effect": row.effect,
        "reviewed": "false" if _is_excluded(row) else "true",
    }
    return {
        "uuid": make("observation", str(number)),
        "title": markdown_safe(row.name),
        "description": markdown_safe(text),
        "methods": ["EXAMINE"],
        "types": ["control-objective" if row.outcome else "finding"],
        "props": list_props(shown),
        "collected": _write_day(report),
    }


def _build_finding(row: FindingRow, number: int, make: _Maker) -> dict[str, Any]:
    is_met = row.deciding is Outcome.SATISFIED and row.level is Level.NOTE and not row.effect
    reason = "other" if row.effect and not row.blocks else "pass" if is_met else "fail"
    return {
        "uuid": make("finding", str(number)),
        "title": markdown_safe(row.name),
        "description": markdown_safe(row.reason),
        "target": {
            "type": "objective-id",
            "target-id": f"{name_control(row.subject)}_obj",
            "status": {"state": "satisfied" if is_met else "not-satisfied", "reason": reason},
        },
        "related-observations": [{"observation-uuid": make("observation", str(number))}],
    }


def _list_resources(result: Result, make: _Maker) -> Iterable[dict[str, Any]]:
    """Yield the plan and the catalog, each with its digest."""
    plan, catalog = result.report.plan, result.report.catalog
    for kind, title, place, sha256 in (
        ("plan", "The release plan", make_uri(locate(plan)), plan.sha256),
        ("catalog", f"The catalog {catalog.id} {catalog.version}", make_uri(catalog.id), catalog.sha256),
    ):
        hashes = [{"algorithm": "SHA-256", "value": sha256}]
        yield {"uuid": make(kind), "title": markdown_safe(title), "rlinks": [{"href": place, "hashes": hashes}]}
