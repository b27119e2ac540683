"""What a run does not use, it does not load: the start takes most of the time of a check."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

PLAN = ROOT / "examples" / "solo-project.plan.yaml"
# Each takes between a hundredth and a fifth of a whole check to import.
NEVER = "ast dataclasses decimal difflib inspect jinja2 pathlib random secrets shutil subprocess tabulate tempfile"
NEVER += " threading concurrent.futures multiprocessing typer urllib"


@pytest.mark.process
@pytest.mark.not_measured  # coverage loads some of it
def test_a_plain_check_loads_nothing_that_it_does_without() -> None:
    script = (
        "from aisafe_cli.cli import run\n"
        "for name in ('json', 'table', 'concise', 'jsonl'): run(['check', sys.argv[1], '-f', name])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path}; {script}", str(PLAN)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PLAN.parent, check=False)
    loaded = set(done.stderr.split())
    assert "aisafe_cli.reporters.people.table" in loaded, done.stderr
    assert loaded & set(NEVER.split()) == set()
