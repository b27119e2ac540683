"""Each format against its golden files, rendered in this process: quick, and changes of the code are seen.

The tests of each format write the golden files with the program itself; here nothing is written.
"""

from __future__ import annotations

from functools import cache

import pytest
from conftest import ROOT
from test_junit import GOLDEN, GOLDEN_PLANS, rendered, run_of

from aisafe_cli.model import Run

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


@cache
def run_of_plan(plan: str) -> Run:
    return run_of([f"examples/{plan}.plan.yaml"])


@pytest.mark.parametrize("plan", GOLDEN_PLANS)
@pytest.mark.parametrize("name", ENDINGS)
def test_golden(plan: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    golden = (GOLDEN / f"{plan}.{ENDINGS[name]}").read_bytes()
    assert rendered(name, run_of_plan(plan)).encode() == golden
