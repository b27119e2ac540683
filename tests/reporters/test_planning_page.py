"""The page on planning: its commands run in a repository that has the examples, and print what is shown below them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SETTINGS
from test_git import git

PATH = ROOT / "docs" / "planning.md"
PAGE = PATH.read_text(encoding="utf-8")
BLOCK = re.compile(r"```sh\n(?P<commands>.*?)```(?:\n\n```text\n(?P<output>.*?)```)?", re.DOTALL)
BLOCKS = list(BLOCK.finditer(PAGE))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the examples on its main branch."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(ROOT / "examples", folder / "examples")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "plans")
    return folder


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[block["commands"].splitlines()[-1] for block in BLOCKS])
def test_commands_print_what_is_shown(repository: Path, number: int, update_golden: bool) -> None:
    block = BLOCKS[number]
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block["commands"]],
        cwd=repository,
        env={**clean, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if update_golden and block["output"] is not None:
        changed = block[0].replace(f"```text\n{block['output']}```", f"```text\n{done.stdout}```")
        PATH.write_text(PATH.read_text(encoding="utf-8").replace(block[0], changed), encoding="utf-8")
    elif block["output"] is not None:
        assert block["output"] == done.stdout


def test_every_block_is_found() -> None:
    assert len(BLOCKS) == PAGE.count("```sh") > 3
    shown = PAGE.count("```text") - PAGE.count("<!-- output: ")  # those have a test of their own
    assert sum(block["output"] is not None for block in BLOCKS) == shown > 2
