"""Every snippet of the page on formats runs, and every format is on the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, copy_example

from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS

PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
DATED = 'aisafe() { command aisafe "$@" $([ "$1" = schema ] || echo --as-of 2026-11-22); }\n'
SNIPPETS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_runs(tmp_path: Path, snippet: str) -> None:
    copy_example(ROOT / "examples" / "staged-hybrid.plan.yaml", tmp_path / "release.plan.yaml")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", DATED + snippet],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for written in re.findall(r"(?:-o |=)([\w.-]+\.\w+)(?=\s|$)", snippet):
        assert (tmp_path / written).stat().st_size > 0


def test_every_format_and_kind_is_on_the_page() -> None:
    for name in REPORTERS:
        assert f"\n## {name}\n" in PAGE
        assert f"| `{name}` |" in PAGE
    for kind in MARKDOWN_KINDS:
        assert kind == "report" or f"`{kind}`" in PAGE
