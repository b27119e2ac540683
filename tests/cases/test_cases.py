"""Real releases: the outcomes agree with an expert's."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from building import catalog, outcomes, report_on

from aisafe_cli.loading.plan import load_plan

CASES = Path(__file__).parent
PLANS = sorted(CASES.glob("*.plan.yaml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name.removesuffix(".plan.yaml"))
def test_agrees_with_the_expert(path):
    expected = yaml.safe_load(path.with_name(path.name.replace(".plan.", ".expected.")).read_text(encoding="utf-8"))
    report = report_on(load_plan(str(path), catalog()))
    assert report.mode == expected["release_mode"]
    cells = {name: cell for name, cell in expected["safeguards"].items() if cell["confidence"] != "low"}
    assert len(cells) >= 7
    found = outcomes(report)
    wrong = {
        name: (found[name], cell["acceptable"]) for name, cell in cells.items() if found[name] not in cell["acceptable"]
    }
    assert wrong == {}


def test_every_case_has_its_plan_and_what_is_expected():
    expected = sorted(path.name.replace(".expected.", ".plan.") for path in CASES.glob("*.expected.yaml"))
    assert [path.name for path in PLANS] == expected
    assert len(PLANS) == 8
