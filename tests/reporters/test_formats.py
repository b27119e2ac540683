"""Each format against its golden files, rendered in this process: quick, and a change of the code is seen.

The tests of the formats and of `--stage` run the program itself against the golden files of the examples, and write
them; the others, of runs that the examples do not show, are written here.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from building import check_plans
from conftest import ROOT, TODAY
from test_junit import GOLDEN, GOLDEN_PLANS, carried_run, rendered, run_of

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Run

ENDINGS = {
    "badge": "svg",
    "csv": "csv",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "html": "html",
    "json": "json",
    "junit": "junit.xml",
    "markdown": "md",
    "sarif": "sarif",
    "table": "txt",
}
# The formats that tell in a few words what is lifted or left out.
SHORT = ("badge", "github", "gitlab", "junit")


@cache
def run_of_plan(plan: str) -> Run:
    return run_of([f"examples/{plan}.plan.yaml"])


@cache
def run_of_stage() -> Run:
    checked = check_plans(
        ["examples/staged-hybrid.plan.yaml"], date.fromisoformat(TODAY), Policy(), stage=date(2026, 10, 15)
    )
    return checked.as_run(int(checked.exit_code))


@pytest.mark.parametrize("plan", GOLDEN_PLANS)
@pytest.mark.parametrize("name", ENDINGS)
def test_golden(plan: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    golden = (GOLDEN / f"{plan}.{ENDINGS[name]}").read_bytes()
    assert rendered(name, run_of_plan(plan)).encode() == golden


@pytest.mark.parametrize("name", ENDINGS)
def test_golden_of_a_stage(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    golden = (GOLDEN / f"stage.{ENDINGS[name]}").read_text(encoding="utf-8")
    assert rendered(name, run_of_stage()).replace("\r\n", "\n") == golden


@pytest.mark.parametrize("name", [*SHORT, "csv"])
def test_golden_of_a_plan_that_is_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_golden(f"missing.{ENDINGS[name]}", rendered(name, run_of(["missing.plan.yaml"])), update_golden)


@pytest.mark.parametrize("name", SHORT)
def test_golden_of_what_waivers_and_a_baseline_lift(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    run = carried_run(tmp_path, monkeypatch)
    assert_golden(f"carried.{ENDINGS[name]}", rendered(name, run), update_golden)


def assert_golden(name: str, text: str, update: bool) -> None:
    golden = GOLDEN / name
    if update:
        golden.write_bytes(text.encode())
    assert golden.read_bytes() == text.encode()
