"""Runs the program in the process of the test, which takes a fraction of the time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SETTINGS

from aisafe_cli.cli import run
from aisafe_cli.errors import AisafeError, describe

Called = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Called:
    """Run the program in this process, in an empty folder unless told otherwise."""

    def call(*arguments: object, cwd: Path = tmp_path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        words = list(map(str, arguments))
        monkeypatch.chdir(cwd)
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
        capfd.readouterr()
        code = _run_with_input(words, stdin)
        output, messages = capfd.readouterr()
        return subprocess.CompletedProcess(words, code, output, messages)

    return call


def _run_with_input(words: list[str], text: str) -> int:
    before = os.dup(0)
    try:
        with tempfile.TemporaryFile() as given:
            given.write(text.encode())
            given.seek(0)
            os.dup2(given.fileno(), 0)
        return run(words)
    except AisafeError as error:
        print(describe(error), file=sys.stderr)
        return error.exit_code
    finally:
        os.dup2(before, 0)
        os.close(before)
