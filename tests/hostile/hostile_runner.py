"""Run the program on hostile input in a real process, and hold what it did against the promises of `SECURITY.md`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from launcher import Done, launcher

MAX_CPU = 1.0  # seconds
MAX_MEMORY = 100 << 20  # bytes
_SETTINGS = ("NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "COLUMNS", "AISAFE_TRACEBACK", "GITHUB_ACTIONS")

# What a runner of GitHub, Azure, TeamCity or GitLab would take as a command, wherever it gets the line from.
COMMAND = re.compile(r"^\s*::|##\w*\[|section_(?:start|end):", re.MULTILINE)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


class Runner:
    """Runs the program in a folder, one call at a time, and remembers what each took."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.runs: list[tuple[str, Done]] = []

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
        clean = {key: value for key, value in os.environ.items() if key not in _SETTINGS}
        done = launcher().run(
            arguments, cwd=cwd or self._folder, env={**clean, **(env or {})}, stdin=Path(stdin), cpu=cpu
        )
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
