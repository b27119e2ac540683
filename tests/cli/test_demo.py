"""`aisafe demo`: it tells its story anywhere, offline, at 80 columns, and what it says to type next works."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, TODAY, Program
from test_packaging import build

EXAMPLE = ROOT / "examples" / "staged-hybrid.plan.yaml"
NEW_PLAN = ("--name", "Aurora-7B", "--channel", "weights=open_weights")


@pytest.fixture
def shown(aisafe: Program) -> str:
    done = aisafe("demo")
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout)


def test_it_shows_the_plan_the_outcomes_and_the_verdict(aisafe: Program, shown: str) -> None:
    report = json.loads(aisafe("report", EXAMPLE, "-f", "json", "--as-of", TODAY).stdout)["plans"][0]
    flat = " ".join(shown.split())
    assert f"as of {TODAY}" in flat
    assert report["verdict"]["headline"] in flat
    for finding in report["findings"]:
        outcomes = [one["outcome"].replace("not_applicable", "-") for one in finding["channels"].values()]
        (line,) = (line for line in shown.splitlines() if line.startswith(f"{finding['safeguard']} "))
        assert line.split()[2:] == outcomes


def test_it_shows_what_claiming_too_much_would_do(shown: str) -> None:
    assert "had it claimed monitor-misuse for every channel" in shown
    assert "FAIL: 1 safeguard blocks (1 cannot work as claimed)" in shown


def test_it_fits_eighty_columns_and_one_look(shown: str) -> None:
    assert max(map(len, shown.splitlines())) <= 80
    assert len(shown.splitlines()) <= 60


def test_it_is_the_same_everywhere_and_always(aisafe: Program, shown: str, tmp_path: Path) -> None:
    settings = {"COLUMNS": "200", "FORCE_COLOR": "1", "SOURCE_DATE_EPOCH": "0", "TZ": "Asia/Tokyo"}
    assert aisafe("demo", cwd=ROOT, env=settings).stdout == shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["json", "markdown", "table"])
def test_with_a_format_it_prints_the_report_on_that_plan(aisafe: Program, name: str) -> None:
    done = aisafe("demo", "-f", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == aisafe("report", EXAMPLE.relative_to(ROOT), "-f", name, "--as-of", TODAY, cwd=ROOT).stdout


def test_the_report_can_go_to_a_file(aisafe: Program, tmp_path: Path) -> None:
    done = aisafe("demo", "-f", "markdown", "-o", "report.md")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == aisafe("demo", "-f", "markdown").stdout


def test_what_it_says_to_type_next_works_in_that_order(aisafe: Program, shown: str, tmp_path: Path) -> None:
    typed = re.findall(r"^  aisafe (.+?)  ", shown.split("What to type next")[1], re.MULTILINE)
    codes = []
    for line in typed:
        words = shlex.split(line)
        # Without a terminal init cannot ask.
        codes.append(aisafe(*words, *(NEW_PLAN if words[0] == "init" else ())).returncode)
    assert codes == [1 if line.startswith("check") else 0 for line in typed]
    assert {line.split()[0] for line in typed} >= {"explain", "init", "check", "report"}
    assert (tmp_path / "my.html").is_file()


def test_an_unknown_format_is_refused(aisafe: Program) -> None:
    done = aisafe("demo", "-f", "jsn")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `json`?" in done.stderr


@pytest.mark.not_measured  # its modules are copies
def test_it_works_from_the_wheel_alone(shown: str, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(build("wheel", ROOT, tmp_path)) as wheel:
        wheel.extractall(unpacked)
    assert (unpacked / "aisafe_cli" / "examples" / EXAMPLE.name.replace(".plan.", ".")).is_file()
    run = [sys.executable, "-c", "import aisafe_cli.__main__ as m; print(m.__file__); m.main()", "demo"]
    done = subprocess.run(
        run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, text=True, check=True
    )
    place, _, printed = done.stdout.partition("\n")
    assert Path(place).is_relative_to(unpacked)
    assert printed == shown
