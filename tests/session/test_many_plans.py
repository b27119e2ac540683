"""Many plans: the same bytes from several processes, little memory, and an end where one of them is killed."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, TODAY, Program

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.io.shelf import Shelf
from aisafe_cli.reporters import View, layout, render, render_in_blocks
from aisafe_cli.session import session as sessions
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

EXAMPLE = (ROOT / "examples" / "overclaiming.plan.yaml").read_text(encoding="utf-8")
FAULTY = "schema_version: 1\nchannels: []\n"
KILLED = """
import os
from aisafe_cli.io.processes import map_by_processes
for item in map_by_processes(lambda item: os.kill(os.getpid(), 9) if item == 30 else item, range(100), 2):
    print(item)
"""


@pytest.mark.parametrize(("output_format", "file"), [("concise", "a.txt"), ("json", "a.json"), ("jsonl", "a.jsonl")])
def test_plans_that_are_shown_one_by_one_give_the_bytes_of_those_that_are_kept(
    output_format: str, file: str, aisafe: Program, tmp_path: Path
) -> None:
    for number in range(70):  # more than one process judges alone
        folder = tmp_path / f"{number % 3}"
        folder.mkdir(exist_ok=True)
        name = f"{number:02}.plan.yaml"
        (folder / name).write_text(FAULTY if number % 20 == 3 else EXAMPLE, encoding="utf-8")
    (tmp_path / "1" / "aisafe.yaml").write_text("unknown: 1\n", encoding="utf-8")
    arguments = ("check", ".", "--as-of", "2026-11-22", "-f")
    shown = aisafe(*arguments, output_format, cwd=tmp_path)
    kept = aisafe(*arguments, f"{output_format}={file}", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (kept.returncode, (tmp_path / file).read_text(encoding="utf-8"))
    assert shown.returncode == 2
    assert kept.stderr.startswith(shown.stderr)
    assert shown.stderr.count("unknown key `unknown`") == 1
    assert shown.stderr.count("the key `model` is missing here") == 3


def test_a_process_that_is_killed_ends_the_run() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=60)
    assert (done.returncode, "BrokenProcessPool" in done.stderr) == (1, True)
    assert done.stdout.splitlines() == [str(number) for number in range(len(done.stdout.splitlines()))]


def judge(*paths: str, catalog: str | None = None) -> Run:
    options = Options(catalog=catalog, search_config=False)
    checked = Session(options, date.fromisoformat(TODAY)).run([str(ROOT / path) for path in paths])
    return checked.as_run(checked.exit_code)


@pytest.mark.parametrize("catalog", [None, "all"])
def test_results_that_are_not_held_are_rendered_as_those_that_are(
    monkeypatch: pytest.MonkeyPatch, catalog: str | None
) -> None:
    held = judge("examples", "tests/cases", catalog=catalog)
    monkeypatch.setattr(sessions, "_FEW", 1)
    stored = judge("examples", "tests/cases", catalog=catalog)
    assert (type(held.results), type(stored.results)) == (tuple, Shelf)
    assert tuple(stored.results) == held.results
    for name in REPORTERS:
        for view in (View(), View(full=True)) if name == "table" else (View(),):
            assert render(name, stored, view) == render(name, held, view), name


class Counted(Sequence[Result]):
    """Many results, each made when asked for: how many are alive at most, and what was written before the last."""

    def __init__(self, one: Result, number: int) -> None:
        self.one, self.number = one, number
        self.made: list[weakref.ref[Report]] = []
        self.most = self.written = self.written_before = 0

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, place: Any) -> Any:
        if place >= self.number:
            raise IndexError(place)
        plan = replace(self.one.report.plan, path=f"{place}.plan.yaml")
        made = replace(self.one, report=replace(self.one.report, plan=plan))
        self.made = [one for one in self.made if one() is not None] + [weakref.ref(made.report)]
        self.most = max(self.most, len(self.made))
        self.written_before = self.written
        return made


@pytest.mark.parametrize("name", REPORTERS)
def test_a_report_on_many_plans_holds_few_of_them_at_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(layout, "_BLOCK", 1)
    run = judge("examples/overclaiming.plan.yaml")
    results = Counted(run.results[0], 30)
    many = replace(run, results=results, judgments=tuple(result.judgment for result in results))
    for block in render_in_blocks(name, many, View()):
        results.written += len(block)
    assert 0 < results.most <= 3
    if name not in ("table", "badge", "sarif", "intoto"):  # of which nothing, or not all, is written plan by plan
        assert results.written_before > results.written * 0.7
