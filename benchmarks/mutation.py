"""Change the code in small ways, one at a time, and print which changes the tests notice.

    python benchmarks/mutation.py GROUP [--module MODULE] [--processes N] [--folder FOLDER] [--sample N]

A change that no test notices is a survivor: it is printed as a difference, and docs/reliability.md says why it stands.
The changes are made by mutmut in a copy of the last commit, in FOLDER or in a temporary one. Run it with the Python of
an environment with the extras `test` and `mutation`.

The tests run once, to see which functions each reaches and how long it takes. Then each change is tried in a fork of
that process, in which everything is imported and collected: by the test that noticed a change of the function before,
then by all that reach the function, the fastest first, until one fails.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import hashlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import _lru_cache_wrapper
from os import _exit  # which a test may put something else in the place of
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import NamedTuple, NoReturn

import pytest

ROOT = Path(__file__).parent.parent
# Each group with its modules and the tests that are to notice a change in them, in the order in which they are run:
# those first that notice most in the shortest time. Tests that run the program in a process of its own are left out:
# they would see no change, and take long.
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "evaluator": (
        (
            *("evaluation/evaluate", "evaluation/outcomes", "evaluation/evidence"),
            *("evaluation/scores", "evaluation/plan_checks"),
        ),
        (
            *("evaluation/test_words", "evaluation/test_evidence_rating", "evaluation/test_scores"),
            *("evaluation/test_plan_checks", "evaluation/test_evaluate", "evaluation/test_outcomes"),
        ),
    ),
    "gate": (
        ("gate/verdict", "gate/baseline", "gate/record_baseline"),
        ("evaluation/test_words", "gate/test_verdict", "gate/test_baseline_comparison"),
    ),
    # The three parts of the loader, so that a change in one is not held against the tests of all.
    "reader": (("parsing/yaml", "parsing/nodes"), ("parsing/test_yaml", "loading/test_faults")),
    "loader": (
        ("parsing/schema", "loading/plan"),
        ("loading/test_faults", "loading/test_plan", "parsing/test_schema"),
    ),
    "catalog": (
        ("loading/catalog", "loading/catalog_checks", "loading/records", "loading/license_classes", "loading/document"),
        ("loading/test_catalog", "loading/test_license_classes", "loading/test_document"),
    ),
    "escapers": (
        (
            *("text/escape", "text/unicode", "text/wording", "reporters/layout", "reporters/entries"),
            *(
                "reporters/programs/csv",
                "reporters/programs/github",
                "reporters/programs/gitlab",
                "reporters/programs/badge",
                "reporters/programs/junit",
            ),
        ),
        (
            *("reporters/test_formats", "text/test_text", "reporters/test_layout", "reporters/test_csv"),
            *("reporters/test_github", "reporters/test_gitlab", "reporters/test_badge", "reporters/test_junit"),
        ),
    ),
    "output": (("cli/output",), ("cli/test_delivery", "cli/test_output")),
    "write": (("io/write", "io/read", "io/spool"), ("io/test_files", "io/test_spool")),
    "files": (
        ("io/paths", "io/folder", "io/processes"),
        ("io/test_paths", "io/test_folder", "io/test_files", "io/test_processes"),
    ),
    "git": (("io/git",), ("io/test_git", "session/test_plans_in_git")),
    "git-process": (("io/git_process",), ("io/test_git_process",)),
    "find": (("io/find",), ("io/test_find",)),
    "plans": (
        ("session/plan_paths", "session/plans_in_git", "session/expected_plans"),
        ("session/test_plan_paths", "session/test_expected_plans", "session/test_plans_in_git"),
    ),
    "evidence": (("session/evidence_files",), ("session/test_evidence_files",)),
    "config": (("loading/config", "loading/near_config"), ("loading/test_config",)),
    "settings": (("session/settings",), ("session/test_settings",)),
    "trusted": (("session/trusted_ref",), ("session/test_trusted_revision",)),
    "changes": (("session/trusted_changes",), ("session/test_trusted_changes",)),
    "promises": (("domain/plan",), ("domain/test_promises",)),
    "found": (
        ("session/find_config", "session/provenance"),
        ("session/test_find_config", "session/test_provenance"),
    ),
    "folders": (("session/folder_settings",), ("session/test_folder_settings", "session/test_judging")),
    "session": (("session/session",), ("session/test_judging",)),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PATHS = PROJECT["tool"]["pytest"]["ini_options"]["pythonpath"]
# Those that a fork has no use for; the last would hold processes of the parent against the first test in each fork.
PLUGINS = ("cacheprovider", "faulthandler", "terminal", "xdist", "unraisableexception")
PYTEST = ("-o", "addopts=", "--assert=plain", "-m", "not process", *(f"-pno:{name}" for name in PLUGINS))
SETTINGS = '\n[tool.mutmut]\nsource_paths = ["aisafe_cli"]\ntrack_dependencies = false\n'
RESULTS = "results.jsonl"
HANGS = "hangs"
MORE_TIME = 10  # times the processor time that a test took is what it may take, and CLOCK seconds more for all tests
PROCESSOR, CLOCK = 1, 30


def main() -> None:
    """Run one group and print its scores and survivors."""
    parser = argparse.ArgumentParser(description="Which changes of the code do the tests notice?")
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--module", help="one module of the group, such as io/find")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="changes tried at the same time")
    parser.add_argument("--folder", type=Path, help="where to keep the copy; a later run tries what was not noticed")
    parser.add_argument("--sample", type=int, help="try so many changes, taken at random")
    options = parser.parse_args()
    modules, tests = GROUPS[options.group]
    with TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        _copy(folder)
        os.chdir(folder)
        sys.path[:0] = [str(folder), *(str(folder / path) for path in PATHS)]
        mutants = _make_mutants(modules if options.module is None else (options.module,))
        run = Run(random.sample(mutants, options.sample) if options.sample else mutants, options.processes)
        code = pytest.main([*PYTEST, *(f"tests/{test}.py" for test in tests)], plugins=[run])
        if code:
            sys.exit(f"the tests fail where nothing is changed: {code!r} {run.failed}")
        _report(run.noticed)


def _copy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)


# --- changes --------------------------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """A change: its name and that of its function, as mutmut writes them, the difference, and a hash of both texts."""

    name: str
    function: str
    difference: str
    key: str


def _make_mutants(modules: Iterable[str]) -> list[Mutant]:
    """Write all changes into the files of the modules, where a variable says which is in force."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    mutants = []
    for module in modules:
        path = Path("aisafe_cli", f"{module}.py")
        made = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
        path.write_text(made.code, encoding="utf-8")
        lines, spans = made.code.splitlines(), made.line_span_by_function_name
        package = ".".join(path.with_suffix("").parts)
        for name in made.mutant_names:
            function = name.rpartition("__mutmut_")[0]
            one, other = (lines[spans[at].start : spans[at].end] for at in (f"{function}__mutmut_orig", name))
            key = hashlib.sha256("\n".join((*one, *other)).encode()).hexdigest()
            difference = "\n".join(
                _list_changed(one, [line.replace(name, f"{function}__mutmut_orig") for line in other])
            )
            mutants.append(Mutant(f"{package}.{name}", f"{package}.{function}", difference, key))
    return mutants


def _list_changed(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for line in difflib.unified_diff(before, after, n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield line.removesuffix("# type: ignore # mutmut generated").rstrip()


# --- runs -----------------------------------------------------------------------------------------------------------


class Run:
    """Runs the tests in place of pytest; `noticed` has what noticed each change, or nothing where none did."""

    def __init__(self, mutants: Sequence[Mutant], processes: int) -> None:
        self.noticed: dict[Mutant, str] = {}
        self.failed = ""
        self.trial: Trial | None = None  # in the process of one
        self._mutants = mutants
        self._processes = processes
        self._last: dict[str, str] = {}  # the test that noticed the last change of each function
        self._trials: dict[int, Trial] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End the process of a trial where a test fails: to show why would take longer than most tests."""
        if self.trial and call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            self.trial.end(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails."""
        if report.failed:
            self.failed = f"{report.nodeid}: {report.longreprtext[-2000:]}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests without a change, and then each change with its tests."""
        session.config.option.tbstyle = "native"
        reaching = self._watch(session.items)
        _close_what_is_open()
        gc.freeze()
        if self.failed or self._fails_unchanged(session.items):
            session.testsfailed = 1
            return True
        known = _read_results()
        for number, mutant in enumerate(self._mutants):
            if number % 100 == 0:
                print(f"{number} of {len(self._mutants)}", file=sys.stderr)
            if mutant.key in known:
                self.noticed[mutant] = known[mutant.key]
                continue
            while len(self._trials) >= self._processes:
                self._wait()
            self._start(mutant, reaching[mutant.function])
        while self._trials:
            self._wait()
        return True

    def _watch(self, items: Sequence[pytest.Item]) -> dict[str, list[tuple[float, pytest.Item]]]:
        """Return which tests reach each function, with the seconds that they take, the fastest first."""
        from mutmut.mutation.trampoline import set_mutant_under_test
        from mutmut.state import state

        set_mutant_under_test("stats")
        reaching = defaultdict(list)
        for number, item in enumerate(items):
            began = sum(os.times()[:4])
            _run_item(item, items[number + 1] if number + 1 < len(items) else None)
            for function in state()._stats:
                reaching[function].append((sum(os.times()[:4]) - began, item))
            state()._stats.clear()
        set_mutant_under_test("")
        return defaultdict(
            list, {function: sorted(tests, key=lambda test: test[0]) for function, tests in reaching.items()}
        )

    def _fails_unchanged(self, items: Sequence[pytest.Item]) -> bool:
        """Return whether a test fails in a fork although nothing is changed: each change would seem to be noticed."""
        unchanged = Mutant("", "", "", "")
        self._start(unchanged, [(60, item) for item in items])
        self._wait()
        self.failed = self.noticed.pop(unchanged)
        return bool(self.failed)

    def _start(self, mutant: Mutant, tests: Sequence[tuple[float, pytest.Item]]) -> None:
        last = self._last.get(mutant.function)
        tests = sorted(tests, key=lambda test: test[1].nodeid != last)
        trial = Trial(mutant, MORE_TIME * sum(seconds for seconds, _ in tests))
        if (process := os.fork()) == 0:
            trial.run(tests, self)
        trial.process = os.pidfd_open(process)
        self._trials[process] = trial

    def _wait(self) -> None:
        """Wait for one of the trials to end, or for its time to be over."""
        left = min(trial.latest for trial in self._trials.values()) - time.monotonic()
        select.select([trial.process for trial in self._trials.values()], [], [], max(0, left))
        for process, trial in [*self._trials.items()]:
            hangs = trial.latest <= time.monotonic()
            if hangs or select.select([trial.process], [], [], 0)[0]:
                del self._trials[process]
                self._end(trial, process, hangs=hangs)

    def _end(self, trial: Trial, process: int, *, hangs: bool) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.close(trial.process)
        hangs = hangs or status == -signal.SIGPROF
        noticed = HANGS if hangs else trial.read_noticed() or (f"ends with {status}" if status else "")
        shutil.rmtree(trial.folder, ignore_errors=True)
        self.noticed[trial.mutant] = noticed
        if noticed:
            self._last[trial.mutant.function] = noticed
            with Path(RESULTS).open("a", encoding="utf-8") as results:
                results.write(json.dumps([trial.mutant.key, noticed]) + "\n")


class Trial:
    """A change that is being tried in a process of its own, with a folder for what its tests write."""

    def __init__(self, mutant: Mutant, seconds: float) -> None:
        self.mutant = mutant
        self.latest = time.monotonic() + CLOCK + seconds
        self.folder = Path(mkdtemp())
        self.process = 0

    def run(self, tests: Sequence[tuple[float, pytest.Item]], run: Run) -> None:
        """Run the tests until one fails, and end the process."""
        from mutmut.mutation.trampoline import set_mutant_under_test

        os.setpgid(0, 0)
        run.trial = self
        set_mutant_under_test(self.mutant.name)
        for number, (seconds, item) in enumerate(tests):
            item.config._tmp_path_factory._basetemp = self.folder  # type: ignore[attr-defined]
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR + MORE_TIME * seconds)
            _run_item(item, tests[number + 1][1] if number + 1 < len(tests) else None)
        self.end("")

    def end(self, noticed_by: str) -> NoReturn:
        """End the process, and leave in a file what noticed the change."""
        (self.folder / "noticed").write_text(noticed_by)
        _exit(0)

    def read_noticed(self) -> str:
        """Return the test that noticed the change, if one did."""
        path = self.folder / "noticed"
        return path.read_text() if path.is_file() else ""


def _close_what_is_open() -> None:
    """Empty the caches of files and processes, which no fork can share with the process that opened them."""
    for one in gc.get_objects():
        if isinstance(one, _lru_cache_wrapper) and one.__module__.startswith("aisafe_cli.io."):
            one.cache_clear()
    gc.collect()


def _run_item(item: pytest.Item, following: pytest.Item | None) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _read_results() -> dict[str, str]:
    path = Path(RESULTS)
    return dict(map(json.loads, path.read_text(encoding="utf-8").splitlines())) if path.is_file() else {}


def _report(noticed: dict[Mutant, str]) -> None:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, by in noticed.items():
        kind = "hang" if by == HANGS else "noticed" if by else "survived"
        counted[mutant.function.rpartition(".x")[0].removeprefix("aisafe_cli.")][kind] += 1
        if kind != "noticed":
            print(f"{mutant.name}: {kind}\n{mutant.difference}\n")
    counted["all"] = sum(counted.values(), Counter())
    for module, kinds in counted.items():
        tried, killed = kinds.total(), kinds["noticed"] + kinds["hang"]
        print(f"{module:<24}{killed:>6} of {tried:>5} noticed{killed / tried:>8.1%}, {kinds['hang']} of them hang")


if __name__ == "__main__":
    main()
