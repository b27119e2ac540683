"""The public Python interface does what its page shows, and says what `aisafe check` says."""

from __future__ import annotations

import json
import pickle
import re
from contextlib import redirect_stdout
from datetime import date
from io import StringIO

import pytest
import yaml
from conftest import ROOT, TODAY, Program

from aisafe_cli.api import AisafeError, Checker, FileError, NothingToEvaluate
from aisafe_cli.domain.formats import REPORTERS

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PLANS = sorted((ROOT / "examples").glob("*.plan.yaml"))
CHECKER = Checker(date.fromisoformat(TODAY))


def test_the_page_shows_what_its_samples_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    printed = StringIO()
    with redirect_stdout(printed):
        exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), {})
    assert printed.getvalue() == "".join(re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL))


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: path.name)
def test_it_says_what_check_says(plan, aisafe: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    path = plan.relative_to(ROOT)
    done = aisafe("check", path, "--as-of", TODAY, "--no-config", "-f", "json", cwd=ROOT)
    judged = CHECKER.check(path)
    assert judged.render("json") == done.stdout
    assert judged.passed == (done.returncode == 0)
    assert json.loads(json.dumps(judged.as_data())) == json.loads(done.stdout)["plans"]
    (row,) = CHECKER.check_each([("x", path)])
    assert row["passed"] == judged.passed
    assert row["blocking"] == judged.as_data()[0]["verdict"]["blocking"]
    again = pickle.loads(pickle.dumps(judged))
    assert again == judged
    assert {again.render(name) == judged.render(name) for name in REPORTERS} == {True}


def test_text_and_data_are_judged_alike() -> None:
    text = (ROOT / "examples" / "overclaiming.plan.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text.replace("1.3e10", "13000000000"))
    verdicts = [CHECKER.check(plan).as_data()[0]["verdict"] for plan in (text, text.encode(), data)]
    assert verdicts[0] == verdicts[1] == verdicts[2]


@pytest.mark.parametrize(
    ("plan", "error"),
    [(ROOT / "missing", FileError), (ROOT, FileError), ("", AisafeError), ({}, AisafeError), (b"\xff", AisafeError)],
)
def test_what_cannot_be_judged_raises_and_has_a_row_that_does_not_pass(plan, error: type[AisafeError]) -> None:
    with pytest.raises(error):
        CHECKER.check(plan)
    (row,) = CHECKER.check_each([("x", plan)])
    assert set(row) == {"name", "error"}
    assert row["error"]


def test_several_catalogs_have_a_row_each() -> None:
    checker = Checker(date.fromisoformat(TODAY), catalog="nist-ai-800-1-ipd,practices")
    plan = ROOT / "examples" / "staged-hybrid.plan.yaml"
    rows = list(checker.check_each([("x", plan)]))
    judged = checker.check(plan)
    assert [row["passed"] for row in rows] == [one["verdict"]["passed"] for one in judged.as_data()]
    assert len({row["catalog"] for row in rows}) == 2
    assert judged.passed == all(row["passed"] for row in rows)
    assert issubclass(NothingToEvaluate, AisafeError)
