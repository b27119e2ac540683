"""Run commands in many environments, and print where their output differs by a single byte.

    python benchmarks/determinism.py [PYTHON ...] [--program COMMAND]

Hash seeds, locales, time zones, widths and folders vary; the day is fixed. For each PYTHON the package is installed
into a temporary environment and has to print the same as the program of this one. COMMAND is a further way to run the
program; `{folder}` in it stands for the folder to run it in. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS

ROOT = Path(__file__).parent.parent
EXAMPLES = "examples"
PLAN = "examples/staged-hybrid.plan.yaml"
OTHER = "examples/open-weights.plan.yaml"
DAY = ("--as-of", "2026-11-22")
COMMANDS = (
    *(("check", EXAMPLES, "-f", name, *DAY) for name in REPORTERS),
    *(("check", PLAN, "-f", "markdown", "--kind", kind, *DAY) for kind in MARKDOWN_KINDS if kind != "report"),
    *(("suggest", PLAN, "-f", name, *DAY) for name in ("table", "json")),
    *(("timeline", PLAN, "-f", name, *DAY) for name in ("table", "markdown", "json")),
    ("what-if", PLAN, "--access", "weights=hosted_api", "-f", "markdown", *DAY),
    ("diff", OTHER, PLAN, "-f", "json", *DAY),
    ("compare", OTHER, PLAN, "-f", "table", *DAY),
    ("baseline", EXAMPLES, "-o", "-", "--reason", "before the first gate", *DAY),
    ("matrix", "--access", "all"),
    ("explain", "monitor-misuse", "-f", "json"),
    ("init", "-o", "-", "--name", "Aurora-7B", "--channel", "weights=open_weights"),
    ("demo",),
)
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC", "COLUMNS": "40"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "200"},
    {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "America/Adak"},
    {"PYTHONHASHSEED": "4294967295", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": "/nowhere"},
    {"PYTHONIOENCODING": "ascii", "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb", "TZ": "Asia/Kathmandu"},
)
Done = tuple[int, bytes, bytes]


def main() -> int:
    """Compare everything with the first program in the first environment."""
    parser = argparse.ArgumentParser(description="Is the output the same, byte for byte?")
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help="further Pythons to install the package for")
    parser.add_argument("--program", action="append", default=[], help="a further way to run the program")
    options = parser.parse_args()
    different = 0
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / name for name in ("one", "two words ü")]
        for folder in folders:
            shutil.copytree(ROOT / EXAMPLES, folder / EXAMPLES)
        programs = [f"{shlex.quote(sys.executable)} -P -m aisafe_cli", *options.program]
        programs += [_install(python, Path(temporary)) for python in options.pythons]
        expected = {command: _run(programs[0], command, folders[0], {}) for command in COMMANDS}
        for program in programs:
            found = list(_differences(program, expected, folders))
            different += len(found)
            runs = len(COMMANDS) * len(ENVIRONMENTS)
            print(f"{_version(program)}: {runs} runs, {len(found)} different", *found, sep="\n  ")
    print(
        f"{len(COMMANDS)} commands, {len(ENVIRONMENTS)} environments, Pythons: {len(programs)}; {different} runs differ"
    )
    return min(different, 1)


def _differences(program: str, expected: dict[tuple[str, ...], Done], folders: list[Path]) -> Iterator[str]:
    for number, environment in enumerate(ENVIRONMENTS):
        for command, before in expected.items():
            done = _run(program, command, folders[number % len(folders)], environment)
            if done != before:
                yield f"{shlex.join(command)} with {environment}: exit {done[0]}, {len(done[1])} bytes"


def _run(program: str, command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Done:
    clean = {"PATH": os.environ["PATH"], **environment}
    words = [word.replace("{folder}", str(folder)) for word in shlex.split(program)]
    done = subprocess.run([*words, *command], cwd=folder, env=clean, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{shlex.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.returncode, done.stdout, done.stderr


def _install(python: str, temporary: Path) -> str:
    home = Path(tempfile.mkdtemp(dir=temporary))
    subprocess.run([python, "-m", "venv", str(home)], check=True)
    subprocess.run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    return f"{shlex.quote(str(home / 'bin' / 'python'))} -P -m aisafe_cli"


def _version(program: str) -> str:
    """The version of the Python that runs a program, where the program is called as a module of one."""
    words = [word.replace("{folder}", "/") for word in shlex.split(program)]
    if words[-3:] != ["-P", "-m", "aisafe_cli"]:
        return program
    return subprocess.run([*words[:-3], "--version"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
