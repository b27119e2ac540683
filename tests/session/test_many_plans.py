"""Many plans: the same bytes from several processes, little memory, and an end where one of them is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Program

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
