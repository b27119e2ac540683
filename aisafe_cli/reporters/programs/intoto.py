"""The report as an in-toto Statement v1 with the predicate test-result v0.1, to sign and to bind to what is released.

A test is an entry that can work here: one that blocks failed, one that warns or whose block is lifted is warned of, one
that is carried out passed. What cannot work or is not asked is no test, and stands under `noTests`. Nothing hangs on
where the program ran or by which option the day was given, so that `aisafe verify` makes the same bytes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.gate.blocks import COVERAGE
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import FindingRow, list_rows, list_standing, list_unevaluated, locate
from aisafe_cli.reporters.identity import derive_uuid
from aisafe_cli.reporters.layout import stream_json
from aisafe_cli.reporters.report_data import collect_policy, collect_stage, pick

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
_FILES = "the released files"
_PLANS = "the plans, since no released file was named"
_FILES_AND_PLANS = "the released files, and the plans that name none"
_NO_TEST = (Outcome.INCOMPATIBLE, Outcome.NOT_APPLICABLE)


def render(run: Run, view: View) -> Iterable[str]:
    """Yield the run as a statement: ASCII, sorted keys, one line feed at the end."""
    several = len(run.plans) > 1
    subjects, about = _list_subjects(run, view, several)
    tests: dict[str, dict[str, None]] = {"failed": {}, "warned": {}, "passed": {}}
    for name, kind in _list_tests(run, several):
        tests[kind][name] = None
    is_passed = run.complete and all(plan.passed for plan in run.plans)
    return stream_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [_describe_resource(name, sha256) for name, sha256 in subjects],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "result": ("WARNED" if tests["warned"] else "PASSED") if is_passed else "FAILED",
                "configuration": _list_configuration(run, about, several),
                **{f"{kind}Tests": list(names) for kind, names in tests.items()},
            },
        }
    )


def _list_subjects(run: Run, view: View, several: bool) -> tuple[list[tuple[str, str]], str]:
    """Return names and digests of what it is about, named files in place of a plan's own, and what that is."""
    named = dict(view.subjects)
    files, plans = set(view.subjects), set()
    for plan in (result.report.plan for result in run.results):
        files |= {(file.name, file.sha256) for file in plan.files if file.name not in named}
        if not plan.files and not named:
            plans.add(_identify_plan(plan, several))
    words = (_FILES_AND_PLANS if files else _PLANS) if plans else _FILES
    return sorted(files | plans), words


def _describe_resource(name: str, sha256: str, annotations: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a resource descriptor, as the specification calls it."""
    return {"name": name, "digest": {"sha256": sha256}, **({"annotations": annotations} if annotations else {})}


def _identify_plan(plan: Plan, several: bool) -> tuple[str, str]:
    """Return the name and digest of a plan; of a single one the name is that of its file, wherever that lies."""
    place = locate(plan)
    return place if several else place.rpartition("/")[2], plan.sha256


# --- tests ----------------------------------------------------------------------------------------------------------


def _list_tests(run: Run, several: bool) -> Iterable[tuple[str, str]]:
    """Yield the name of each test with how it ended."""
    for result in run.results:
        rows = list_rows(result)
        for row in rows:
            if kind := _rate(row, result.gates):
                yield _name_test(row.key, result, several), kind
        if result.verdict.policy.fail_under and all(row.subject != COVERAGE for row in rows):
            yield _name_test(COVERAGE, result, several), "passed"


def _rate(row: FindingRow, gates: bool) -> str:
    """Return how a test ended, or nothing for what is none."""
    if row.blocks and gates:
        return "failed"
    if row.effect or row.level is not Level.NOTE:
        return "warned"
    return "passed" if row.outcome and row.deciding not in _NO_TEST else ""


def _name_test(key: str, result: Result, several: bool) -> str:
    """Return a name that no other test of the run has: of several catalogs and plans it says by which and on which."""
    plan = f"{locate(result.report.plan)}#" if several else ""
    return f"{plan}{result.guidance}/{key}" if result.guidance else f"{plan}{key}"


# --- what they were made with ---------------------------------------------------------------------------------------


def _list_configuration(run: Run, subjects: str, several: bool) -> Iterator[dict[str, Any]]:
    """Yield the catalogs and then the plans; the first catalog says what holds for the whole run."""
    catalogs = {(one.report.catalog.id, one.report.catalog.sha256): one.report.catalog for one in run.results}
    about = {
        "tool": f"aisafe-cli {run.version}",
        "asOf": run.results[0].report.as_of.isoformat(),
        "accessLevels": run.results[0].report.ladder.sha256,
        "subjects": subjects,
        "complete": run.complete,
        "notEvaluated": list(list_unevaluated(run)),
    }
    named = [_describe_resource(f"aisafe {one.id} {one.version}", one.sha256) for one in catalogs.values()]
    named[0]["annotations"] = about
    yield from named
    for result in run.results:
        yield _describe_resource(*_identify_plan(result.report.plan, several), _annotate(result))


def _annotate(result: Result) -> dict[str, Any]:
    """Return what a verdict rests on, and what is no test."""
    report, verdict, rows = result.report, result.verdict, list_rows(result)
    return {
        "id": derive_uuid(result, "test-result"),
        "catalog": report.catalog.id,
        "mode": report.mode,
        "profile": pick(report.plan, role="organization.role", size="organization.size", capability="model.capability"),
        "verdict": verdict.headline,
        "gates": result.gates,
        "policy": collect_policy(verdict.policy, report.overrides),
        "standing": list(list_standing(result)),
        "stage": collect_stage(report),
        "noTests": {row.subject: row.deciding for row in rows if row.outcome and not _rate(row, result.gates)},
    }
