"""OSCAL read by compliance-trestle, which checks references and identifiers as the schemas cannot."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from building import SMALL_CATALOG
from conftest import ROOT
from test_oscal import CASES, EXAMPLES

from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.programs.oscal_catalog import render_oscal_catalog
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

TRESTLE = importlib.util.find_spec("trestle")


@pytest.mark.skipif(TRESTLE is None, reason="compliance-trestle is not installed")
def test_trestle_takes_every_report_and_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    trestle = Path(sys.executable).with_name("trestle")
    subprocess.run([trestle, "init"], cwd=tmp_path, check=True, capture_output=True)
    written = 0
    for name in (*BUILT_IN, str(SMALL_CATALOG)):
        catalog = load_catalog(name, load_ladder())
        put(tmp_path / "catalogs" / catalog.id / "catalog.json", render_oscal_catalog(catalog))
        written += 1
    for path in (*EXAMPLES, *CASES):
        checked = Session(Options(catalog="all", search_config=False), date(2026, 11, 22)).run([path])
        place = tmp_path / "assessment-results" / Path(path).stem / "assessment-results.json"
        put(place, render("oscal", checked.as_run(int(checked.exit_code)), View()))
        written += 1
    done = subprocess.run([trestle, "validate", "--all"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("VALID: ")) == (0, written), done.stdout + done.stderr


def put(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
