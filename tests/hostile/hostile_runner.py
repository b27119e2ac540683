"""Run the program on hostile input in a real process, and hold what it did against the promises of `SECURITY.md`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
MAX_CPU = 1.0  # seconds
MAX_MEMORY = 100 << 20  # bytes
_HANGS_AFTER = 60  # seconds of wall-clock, so that a busy machine fails no test
_SETTINGS = ("NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "COLUMNS", "AISAFE_TRACEBACK", "GITHUB_ACTIONS")

# What a runner of GitHub, Azure, TeamCity or GitLab would take as a command, wherever it gets the line from.
COMMAND = re.compile(r"^\s*::|##\w*\[|section_(?:start|end):", re.MULTILINE)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one run did: its exit code (negative for a signal), what it took, and what it printed."""

    code: int
    cpu: float
    memory: int
    wall: float
    stdout: str
    stderr: str


class Runner:
    """Runs the program in a folder, one call at a time, through a launcher that is small enough to measure it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(FOLDER / "launcher.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.runs: list[tuple[str, Done]] = []

    def close(self) -> None:
        """End the launcher."""
        self._launcher.communicate()

    def __call__(
        self,
        arguments: Sequence[str],
        *,
        name: str = "",
        cwd: Path | None = None,
        stdin: str = os.devnull,
        env: Mapping[str, str] | None = None,
        cpu: int = 20,
    ) -> Done:
        """Run `aisafe` with the arguments; `stdin` is the path of what it reads there."""
        out, err = self._folder / "stdout", self._folder / "stderr"
        clean = {key: value for key, value in os.environ.items() if key not in _SETTINGS}
        request = {
            "argv": [sys.executable, "-P", "-m", "aisafe_cli", *arguments],
            "cwd": str(cwd or self._folder),
            "env": {**clean, **(env or {})},
            "stdin": stdin,
            "stdout": str(out),
            "stderr": str(err),
            "cpu": cpu,
            "wall": _HANGS_AFTER,
        }
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write(json.dumps(request) + "\n")
        self._launcher.stdin.flush()
        measured = json.loads(self._launcher.stdout.readline())
        done = Done(**measured, stdout=out.read_text(encoding="utf-8"), stderr=err.read_text(encoding="utf-8"))
        self.runs.append((name or " ".join(arguments), done))
        return done


def broken_promises(done: Done, *, code: int | Sequence[int] = 2, says: str = "") -> list[str]:
    """Return what the run did that it should not have done; `says` is a pattern of its standard error."""
    codes = (code,) if isinstance(code, int) else code
    broken = []
    if done.code not in codes:
        broken.append(f"exit {done.code}, not {codes}")
    if done.cpu > MAX_CPU:
        broken.append(f"{done.cpu:.2f} s")
    if done.memory > MAX_MEMORY:
        broken.append(f"{done.memory / (1 << 20):.0f} MB")
    if done.code in (2, 3) and done.stdout:
        broken.append(f"printed {done.stdout[:200]!r}")
    if "Traceback" in done.stderr:
        broken.append("traceback")
    if says and not re.search(says, done.stderr):
        broken.append(f"said {done.stderr[:300]!r}, not {says!r}")
    if done.code in (2, 3) and not done.stderr.strip():
        broken.append("said nothing")
    for name, text in (("stdout", done.stdout), ("stderr", done.stderr)):
        if found := COMMAND.search(text) or CONTROLS.search(text):
            broken.append(f"{name} holds {found.group()!r} in {text[max(0, found.start() - 60) : found.end() + 20]!r}")
    return broken


def figures(runs: Sequence[tuple[str, Done]]) -> str:
    """Return how many runs there were, and what the worst of them took."""
    if not runs:
        return "no runs"
    slowest = max(runs, key=lambda run: run[1].cpu)
    largest = max(runs, key=lambda run: run[1].memory)
    return (
        f"{len(runs)} runs; most processor time {slowest[1].cpu:.2f} s ({slowest[0]});"
        f" most memory {largest[1].memory / (1 << 20):.0f} MB ({largest[0]});"
        f" {sum(done.cpu for _, done in runs):.0f} s in all"
    )
