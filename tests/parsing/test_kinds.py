"""A file of one kind in the place of another gets one line: what it is, and what to do with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from building import catalog, ladder
from conftest import ROOT

from aisafe_cli.errors import InputError, describe
from aisafe_cli.loading.baseline import load_baseline
from aisafe_cli.loading.catalog import load_catalog
from aisafe_cli.loading.config import parse_config
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.reporters import View, render
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
BUILT_IN = ROOT / "safeguards"


def report() -> str:
    return render("json", Session(Options(search_config=False), date(2026, 6, 1)).run([str(PLAN)]).as_run(0), View())


FILES = {
    "catalog.yaml": (BUILT_IN / "nist-ai-800-1-ipd.yaml").read_text(encoding="utf-8"),
    "ladder.yaml": (BUILT_IN / "access-levels.yaml").read_text(encoding="utf-8"),
    "baseline.yaml": "schema_version: 1\nrecorded: 2026-01-01\nreason: r\ncatalog: c\nplans: []\n",
    "aisafe.yaml": "fail_under: 80\n",
    "report.json": "",
    "my.plan.yaml": PLAN.read_text(encoding="utf-8"),
}


@pytest.mark.parametrize(
    ("name", "read_as", "told"),
    [
        ("catalog.yaml", "plan", "this is a catalog, not a plan; check a plan against it with `--catalog FILE`"),
        ("baseline.yaml", "plan", "this is a baseline, not a plan; check a plan against it with `--baseline FILE`"),
        ("report.json", "plan", "this is a report, not a plan; name the plan instead"),
        ("ladder.yaml", "plan", "this is the list of access levels, not a plan; it is built in"),
        ("aisafe.yaml", "plan", "this is a configuration, not a plan; it applies to the plans below its folder"),
        ("my.plan.yaml", "catalog", "this is a plan, not a catalog; check it with `aisafe check FILE`"),
        ("my.plan.yaml", "baseline", "this is a plan, not a baseline; check it with `aisafe check FILE`"),
        ("my.plan.yaml", "configuration", "this is a plan, not a configuration; check it with `aisafe check FILE`"),
        ("catalog.yaml", "configuration", "this is a catalog, not a configuration; check a plan against it"),
    ],
)
def test_one_line_says_what_it_is_and_what_to_do(name: str, read_as: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name] or report(), encoding="utf-8")
    loaders = {
        "plan": lambda: load_plan(str(path), catalog()),
        "catalog": lambda: load_catalog(str(path), ladder()),
        "baseline": lambda: load_baseline(str(path), ladder()),
        "configuration": lambda: parse_config(str(path), path.read_bytes()),
    }
    with pytest.raises(InputError) as raised:
        loaders[read_as]()
    assert describe(raised.value).startswith(f"{path}:1:1: {told}")
    assert "\n" not in describe(raised.value)


def test_a_plan_that_lacks_something_gets_its_own_faults(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.yaml"
    path.write_text("schema_version: 1\nmodel: {name: x}\ncatalog: mine\nfail_under: 80\n")
    with pytest.raises(InputError) as raised:
        load_plan(str(path), catalog())
    assert "the key `channels` is missing here" in describe(raised.value)
