"""Run the program in the browser as a shell would: a plan, arguments, an exit code and what was printed and written."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Buffer, Iterator
from contextlib import contextmanager
from pathlib import Path

import aisafe_cli
from aisafe_cli.__main__ import _flushed, _guarded

PLANS = Path("/plans")
PRINTED, SAID = Path("/tmp/stdout"), Path("/tmp/stderr")
WRITTEN = {"json": "report.json", "html": "report.html"}


def lay_out() -> None:
    """Make the folder that plans are checked in, with the evidence that the examples name."""
    shutil.copytree(Path(aisafe_cli.__file__).parent / "examples", PLANS)
    os.chdir(PLANS)


def check(name: str, plan: Buffer, options: str) -> str:
    """Check a plan by a list of options, and return the exit code, what was said, and each report; lists are JSON."""
    (PLANS / name).write_bytes(plan)
    formats = [word for written, file in WRITTEN.items() for word in ("-f", f"{written}={file}")]
    code = run(["check", name, "-f", "table", *formats, *json.loads(options)])
    reports = {written: take(PLANS / file) for written, file in WRITTEN.items()}
    return json.dumps({"code": code, "table": take(PRINTED), "said": take(SAID), **reports})


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code; what it prints goes to files, as it is written below Python's streams."""
    with redirected(1, PRINTED), redirected(2, SAID):
        code = _flushed(_guarded(arguments))
        sys.stderr.flush()
    return int(code)


@contextmanager
def redirected(descriptor: int, path: Path) -> Iterator[None]:
    """Let a descriptor lead to a file."""
    kept = os.dup(descriptor)
    with path.open("wb") as target:
        os.dup2(target.fileno(), descriptor)
        try:
            yield
        finally:
            os.dup2(kept, descriptor)
            os.close(kept)


def take(path: Path) -> str:
    """Return what a file holds, and remove it; nothing where there is none."""
    text = path.read_bytes().decode() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text
