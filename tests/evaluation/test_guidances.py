"""Plans judged by the practices, by the EU Code and by all guidances: each rule, with cases that must not pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import TODAY, ladder

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.outcome import OUTCOME_ORDER
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.report import ChannelResult, Finding, Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog
from aisafe_cli.loading.plan import parse_plan

DATA: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("guidances.yaml").read_text(encoding="utf-8"))
CASES: Mapping[str, Any] = DATA["cases"]


@cache
def load(name: str) -> tuple[Catalog, ...]:
    names = tuple(BUILT_IN) if name == "all" else (name,)
    return link_catalogs([load_catalog(one, ladder()) for one in names])


def write_plan(case: Mapping[str, Any]) -> Plan:
    base = DATA["base"]
    content = {
        **base,
        "model": {**base["model"], **case.get("model", {})},
        "channels": DATA["channels"][case["via"]],
        "safeguards": case["says"],
    }
    first, *others = load(case.get("by", "practices"))
    written = yaml.safe_dump(content, sort_keys=False).encode()
    return parse_plan(written, "own.plan.yaml", first, others=others)


def report_by_all(case: Mapping[str, Any]) -> list[Report]:
    plan, day = write_plan(case), case.get("day", TODAY)
    return [evaluate(plan, catalog, ladder(), day) for catalog in load(case.get("by", "practices"))]


def list_findings(reports: list[Report]) -> dict[str, Finding]:
    found = [one for report in reports for finding in report.findings for one in (finding, *finding.parts)]
    return {finding.safeguard.id: finding for finding in found}


def find(findings: Mapping[str, Finding], name: str) -> Finding | ChannelResult:
    """Return the finding on a safeguard, or for `ID@CHANNEL` what it is there."""
    safeguard, _, channel = name.partition("@")
    if not channel:
        return findings[safeguard]
    return next(one for one in findings[safeguard].channels if one.channel == channel)


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_judged_as_the_guidance_has_it(name: str) -> None:
    case = CASES[name]
    if case["expect"] == "none":
        with pytest.raises(NothingToEvaluate, match="does not apply to this model"):
            report_by_all(case)
        return
    reports = report_by_all(case)
    findings = list_findings(reports)
    assert {one: find(findings, one).outcome for one in case["expect"]} == case["expect"]
    assert {one: find(findings, one).level for one in case.get("levels", {})} == case.get("levels", {})
    for one, words in case.get("says_of", {}).items():
        assert words in findings[one].reason
    assert set(case.get("notes", ())) <= {one.kind for report in reports for one in report.plan_findings}
    assert not any(findings[one].required and findings[one].level == "error" for one in case.get("never", ()))


def test_parts_and_partition_add_up_to_the_entries() -> None:
    (report,) = report_by_all(CASES["a practice answers for its recommendations"])
    parts = report.partition
    assert len((*parts.done, *parts.to_do, *parts.cannot_work, *parts.not_asked)) == 21
    assert sum(len(finding.parts) for finding in report.findings) == 83


STATUSES = ("implemented", "partial", "planned", "not_implemented", "unanswered")
# Sources with what they answer: in full, in part, and a part of an entry.
ANSWERS = [("AB-01", "M5.1-1"), ("AB-02", "M5.1-3"), ("AB-04", "M5.1-2"), ("AB-08", "P6.2"), ("P6.1.1", "P6.1")]


def judge(name: str, answer: object, of: str, via: str) -> int:
    case = {"by": "all", "via": via, "says": {name: answer}}
    return OUTCOME_ORDER[list_findings(report_by_all(case))[of].outcome]


@pytest.mark.parametrize(("source", "target"), ANSWERS)
def test_a_lower_answer_makes_nothing_better(source: str, target: str) -> None:
    best = judge(source, "implemented", target, "closed")
    assert all(judge(source, status, target, "closed") <= best for status in STATUSES)


@pytest.mark.parametrize(("source", "target"), ANSWERS)
@pytest.mark.parametrize("via", ["open", "closed"])
def test_evidence_against_an_answer_makes_nothing_better(source: str, target: str, via: str) -> None:
    for status, result in product(("implemented", "partial"), ("contradicts", "mixed")):
        plain = judge(source, {"status": status}, target, via)
        against = {"status": status, "evidence": [{"ref": "a", "result": result}]}
        assert judge(source, against, target, via) <= plain


def test_the_day_moves_only_what_ends_with_publication() -> None:
    case = {**CASES["before the day it is asked"], "by": "all"}
    before, after = (
        list_findings(report_by_all({**case, "day": day})) for day in (date(2027, 2, 28), date(2027, 3, 1))
    )
    moved = {name for name in before if before[name].outcome is not after[name].outcome}
    until = {name for name, finding in before.items() if finding.safeguard.until_weights_public}
    assert moved == until
    assert len(until) == 12 + 2 + 25
