"""Print how long whole runs take, as a multiple of `python3 -c pass` in the same session.

    python benchmarks/startup.py [--runs N]

Each command runs as a process of its own, all commands in turn, so that a slow moment of the machine hits them alike.
Run it with the Python of an environment into which the package is installed, so that its modules are compiled as users
have them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

PLAN = str(Path(__file__).parent.parent / "examples" / "staged-hybrid.plan.yaml")
AISAFE = (str(Path(sys.executable).parent / "aisafe"),)
COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "check -f json": (*AISAFE, "check", PLAN, "-f", "json"),
    "check (table)": (*AISAFE, "check", PLAN),
    "check -f markdown": (*AISAFE, "check", PLAN, "-f", "markdown"),
    "check -f html": (*AISAFE, "check", PLAN, "-f", "html"),
    "--help": (*AISAFE, "--help"),
    "--version": (*AISAFE, "--version"),
}
TARGETS = {
    "check -f json": 5.5,
    "check (table)": 5.5,
    "check -f markdown": 9,
    "check -f html": 9,
    "--help": 2,
    "--version": 2,
}


def main() -> None:
    """Time every command and print a table."""
    parser = argparse.ArgumentParser(description="Whole-process start-up times.")
    parser.add_argument("--runs", type=int, default=21, help="counted runs of each command, after one warm-up")
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for counted in range(runs + 1):
        for name, command in COMMANDS.items():
            seconds = _seconds(command)
            if counted:
                times[name].append(seconds)
    base = statistics.median(times["python -c pass"])
    print(f"{'command':<20}{'median ms':>10}{'ratio':>8}{'target':>8}")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"{name:<20}{median * 1000:>10.1f}{median / base:>8.1f}{TARGETS.get(name, ''):>8}")


def _seconds(command: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
