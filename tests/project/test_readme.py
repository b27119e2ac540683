"""What the README and the page on planning say is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, TODAY, Program

README = (ROOT / "README.md").read_text(encoding="utf-8")
PLANNING = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
GUIDANCES = (ROOT / "docs" / "guidances.md").read_text(encoding="utf-8")
OUTPUTS = re.findall(r"<!-- output: (.+?) -->\n```text\n(.*?)```", PLANNING + GUIDANCES, re.DOTALL)
TEST_COMMAND = next(line for line in README.splitlines() if line.endswith("-m pytest"))


@pytest.mark.parametrize(("command", "expected"), OUTPUTS)
def test_shown_output_is_real(aisafe: Program, command: str, expected: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "aisafe"
    assert aisafe(*arguments, cwd=ROOT).stdout == expected


def test_there_is_output_to_compare() -> None:
    assert all("<!-- output: " in page for page in (PLANNING, GUIDANCES))


def test_the_chart_on_the_page_is_real(aisafe: Program) -> None:
    (shown,) = re.findall(r"```mermaid\n.*?\n```", PLANNING, re.DOTALL)
    plan = ("examples/staged-hybrid.plan.yaml", "--as-of", TODAY)
    assert shown in aisafe("timeline", *plan, "-f", "markdown", cwd=ROOT).stdout


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_every_link_into_the_repository_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_pages_made_from_data_are_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_example_can_be_evaluated(aisafe: Program) -> None:
    assert aisafe("report", "examples", cwd=ROOT).returncode == 0


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_first_plan_gets_the_verdicts_that_are_shown(aisafe: Program, tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```.*?```text\n(.*?)```.*?```text\n(.*?)```", README, re.DOTALL)
    assert found
    plan, passing, failing = found.groups()
    wide = re.sub(r"AB-04: .*", "AB-04: implemented", plan)
    for text, options, shown in ((plan, (), passing), (wide, ("--quiet",), failing)):
        (tmp_path / "release.plan.yaml").write_text(text, encoding="utf-8")
        assert aisafe("check", "release.plan.yaml", *options, "--as-of", TODAY, cwd=tmp_path).stdout == shown
    assert len(passing.splitlines()) == 15
