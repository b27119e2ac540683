"""What a run does not use, it does not load: the start takes most of the time of a check."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml.reader
from conftest import ROOT

from aisafe_cli.parsing import NON_PRINTABLE, SAME_AS_NON_PRINTABLE

PLAN = ROOT / "examples" / "solo-project.plan.yaml"
# Each takes between a hundredth and a fifth of a whole check to import.
NEVER = (
    "ast dataclasses decimal difflib hashlib inspect jinja2 pathlib random secrets shutil subprocess tabulate tempfile"
)
NEVER += " threading concurrent.futures multiprocessing tomllib typer typing urllib"


@pytest.mark.process
@pytest.mark.not_measured  # coverage loads some of it
def test_a_plain_check_loads_nothing_that_it_does_without(tmp_path: Path) -> None:
    plan = shutil.copy(PLAN, tmp_path)  # outside of this repository, whose pyproject.toml names this program
    script = (
        "from aisafe_cli.cli import run\n"
        "for name in ('json', 'table', 'concise', 'jsonl'): run(['check', sys.argv[1], '-f', name])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path}; {script}", plan]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    loaded = set(done.stderr.split())
    assert "aisafe_cli.reporters.people.table" in loaded, done.stderr
    assert loaded & set(NEVER.split()) == set()


def test_yaml_finds_a_pattern_that_stands_for_its_own():
    """What PyYAML compiles is still the pattern that was put into the cache of `re`, and that is equal to it."""
    assert yaml.reader.Reader.NON_PRINTABLE.pattern == SAME_AS_NON_PRINTABLE
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert re.findall(SAME_AS_NON_PRINTABLE, every) == re.findall(f"{NON_PRINTABLE}(?#compiled anew)", every)
