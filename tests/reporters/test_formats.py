"""Each run format against one golden file: two small plans by a small catalog, and one that is missing.

They are rendered in this process: quick, and apart from the words of the default catalog.
What a stage, a baseline and every example look like is asked of each format in its own tests.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, TODAY
from test_junit import rendered

from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters import View, render
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

GOLDEN = Path(__file__).parents[1] / "golden"
CATALOG = "tests/evaluation/evaluations/small-catalog.yaml"
PLANS = ("gull", "tern", "missing")
ENDINGS = {
    "badge": "svg",
    "concise": "txt",
    "github": "txt",
    "gitlab": "json",
    "intoto": "intoto.json",
    "oscal": "oscal.json",
    "junit": "xml",
    "markdown": "md",
    "table": "txt",
}


@cache
def run() -> Run:
    paths = [f"tests/golden/{name}.plan.yaml" for name in PLANS]
    options = Options(catalog=CATALOG, search_config=False)
    checked = Session(options, date.fromisoformat(TODAY)).run(paths)
    return checked.as_run(int(checked.exit_code))


def test_the_run_shows_what_there_is_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert [result.verdict.passed for result in run().results] == [False, True]
    assert len(run().unreadable) == 1
    findings = [finding for result in run().results for finding in result.report.findings]
    assert {finding.level for finding in findings} == {"error", "warning", "note"}
    assert len({channel.outcome for finding in findings for channel in finding.channels}) >= 6
    assert any(result.verdict.waived for result in run().results)
    assert any(result.report.plan_findings for result in run().results)
    assert any(result.verdict.tally.expired for result in run().results)


@pytest.mark.parametrize("name", ["github", "html", "json", "jsonl", "markdown", "sarif"])
def test_what_was_passed_over_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(ROOT)
    told = render(name, replace(run(), notes=("a-plan.yaml: <b>`x`</b>", "env: is not searched")), View())
    assert "env: is not searched" in told
    assert "<b>`x`" not in told or name not in ("html", "markdown")


@pytest.mark.parametrize("name", REPORTERS)
def test_golden(name: str, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    monkeypatch.chdir(ROOT)
    golden = GOLDEN / f"{name}.{ENDINGS.get(name, name)}"
    produced = rendered(name, run()).encode()
    if update_golden:
        golden.write_bytes(produced)
    assert golden.read_bytes() == produced


@pytest.mark.parametrize(("name", "place"), [("table-fail", 0), ("table-pass", 1), ("table-full", 0)])
def test_golden_of_one_plan(name: str, place: int, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    monkeypatch.chdir(ROOT)
    alone = replace(run(), results=run().results[place : place + 1], complete=True, unreadable=())
    produced = render("table", alone, View(full=name == "table-full"))
    golden = GOLDEN / f"{name}.txt"
    if update_golden:
        golden.write_text(produced, encoding="utf-8", newline="\n")
    assert golden.read_text(encoding="utf-8") == produced


@pytest.mark.parametrize("name", ["html", "markdown"])
def test_of_many_plans_those_that_fail_are_told_in_full(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    good, bad = "examples/closed-api.plan.yaml", "examples/overclaiming.plan.yaml"
    run = Session(Options(search_config=False), date.fromisoformat(TODAY)).run([good, bad]).as_run(1)
    few, many = (replace(run, results=run.results * n, judgments=run.judgments * n) for n in (10, 11))
    sign = {"html": '<div class="verdict ', "markdown": "# Release check: "}[name]
    assert [render(name, each, View()).count(sign) for each in (few, many)] == [20, 11]
