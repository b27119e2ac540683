"""The page on imports: its commands run one after the other in one folder, and print what is shown below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SETTINGS

PAGE = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:<!-- exit: (?P<code>\d+) -->\n)?```sh\n(?P<commands>.*?)```(?:\n\n```text\n(?P<output>.*?)```)?", re.DOTALL
)
BLOCKS = list(BLOCK.finditer(PAGE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("import")


@pytest.mark.process
@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[block["commands"].splitlines()[-1] for block in BLOCKS])
def test_commands_print_what_is_shown(folder: Path, number: int) -> None:
    block = BLOCKS[number]
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS}
    done = subprocess.run(
        ["bash", "-uc", block["commands"]],
        cwd=folder,
        env={**clean, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == int(block["code"] or 0), done.stdout
    if block["output"] is not None:
        shown = re.escape(block["output"]).replace(re.escape("[...]"), ".*")
        assert re.fullmatch(shown, done.stdout, re.DOTALL), done.stdout


def test_every_block_is_found() -> None:
    assert len(BLOCKS) == PAGE.count("```sh") > 5
    assert sum(block["output"] is not None for block in BLOCKS) == PAGE.count("```text")
