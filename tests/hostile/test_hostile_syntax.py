"""Hostile YAML: whatever the bytes are, one clear message, exit 2, within a second and 100 MB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_corpus import CASES, INPUTS, OF_YAML, PLACES, WAYS_IN, Case, cases_of
from hostile_made import MADE
from hostile_runner import Runner, broken_promises

HERE = ("aliases", "depth", "duplicates", "tags", "documents", "syntax", "size")


def check(run: Runner, case: Case, folder: Path) -> None:
    done = run(["check", case.prepared(folder), "--format", "json=report.json"], cwd=folder, name=case.name)
    assert broken_promises(done, code=case.codes, says=case.says) == []
    assert (folder / "report.json").exists() == (done.code == 1)
    assert not (folder / "marker").exists()  # what a tag that runs code would have made


@pytest.mark.parametrize("case", cases_of(*HERE), ids=lambda case: f"{case.group}-{case.name}")
def test_hostile_yaml(run: Runner, case: Case, tmp_path: Path) -> None:
    check(run, case, tmp_path)


def test_the_corpus_is_whole() -> None:
    stored = {(path.parent.name, path.stem) for path in INPUTS.glob("*/*.yaml")}
    expected = {(case.group, case.name) for case in CASES}
    made = {name for group, name in expected - stored if group != "places"}
    assert stored <= expected
    assert made == set(MADE)
    assert {name for group, name in expected if group == "places"} == set(PLACES)
    assert len(expected) >= 200


# --- the same on other ways in --------------------------------------------------------------------------------------

REFUSED = [case for case in cases_of(*OF_YAML) if case.codes == (2,)]


@pytest.mark.parametrize("case", REFUSED[::9], ids=lambda case: f"{case.group}-{case.name}")
def test_hostile_standard_input(run: Runner, case: Case, tmp_path: Path) -> None:
    done = run(
        ["check", "-", "-f", "json=report.json"], cwd=tmp_path, stdin=str(tmp_path / case.prepared(tmp_path)), name="-"
    )
    assert broken_promises(done, says=case.says) == []
    assert "<stdin>" in done.stderr
    assert not (tmp_path / "report.json").exists()


WAYS = list(WAYS_IN)[1:]
OTHER_WAYS = [(WAYS[number % len(WAYS)], case) for number, case in enumerate(REFUSED[2::5])]


@pytest.mark.parametrize(("way", "case"), OTHER_WAYS, ids=lambda value: value if isinstance(value, str) else value.name)
def test_hostile_input_of_other_commands_and_options(run: Runner, way: str, case: Case, tmp_path: Path) -> None:
    done = run(case.arguments(way, tmp_path), cwd=tmp_path, name=way)
    assert broken_promises(done) == []
    assert "x.plan.yaml:" in done.stderr
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("case", REFUSED[4::9], ids=lambda case: f"{case.group}-{case.name}")
def test_hostile_catalogs(run: Runner, case: Case, tmp_path: Path) -> None:
    path = case.prepared(tmp_path)
    done = run(["list", "--catalog", path, "-f", "json", "-o", "list.json"], cwd=tmp_path, name="--catalog")
    assert broken_promises(done) == []
    assert f"{path}:" in done.stderr
    assert not (tmp_path / "list.json").exists()


def test_all_of_them_as_catalogs_and_as_plans_at_once(tmp_path: Path) -> None:
    """Not measured: two calls with all small inputs, none of which keeps the others from being told."""
    paths = [str(case.file) for case in REFUSED if case.file.is_file()]
    for command in (["catalog", "validate"], ["check", "-f", "json=report.json"]):
        done = subprocess.run(
            [sys.executable, "-m", "aisafe_cli", *command, *paths],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        told = {line.split(":")[0].removeprefix("error: ") for line in done.stderr.splitlines()}
        assert set(paths) <= told
    assert os.listdir(tmp_path) == []
