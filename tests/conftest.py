"""Options of the test run, and how tests run the program."""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from launcher import launcher

from aisafe_cli.io.resources import find_compiled

pytest_plugins = ("browsing", "calling")

if TYPE_CHECKING:
    from hostile_runner import Runner

ROOT = Path(__file__).parents[1]
TODAY = "2026-11-22"

Program = Callable[..., "subprocess.CompletedProcess[str]"]
Item = TypeVar("Item")

# Tests that try one thing in a great many ways try a part of them, each test another part. With AISAFE_EXHAUSTIVE set
# they try all, which takes some minutes more.
EXHAUSTIVE = "AISAFE_EXHAUSTIVE" in os.environ

# Tests that run the same code a great many times, or measure what a process does. Where coverage is measured it is not
# measured in them: it would take them far longer, and other tests reach the same lines.
NOT_MEASURED = (
    *("hostile_content", "hostile_sinks", "hostile_syntax", "hostile_templates", "must_fail", "payloads"),
    *("any_plan", "cases", "exit_codes", "explorer", "html", "kits", "packaging", "properties", "site"),
)

# Tests that `just test-fast` leaves out beside those that start the program, property tests and those with a browser.
SLOW = (
    *("hostile_content", "hostile_sinks", "hostile_syntax", "hostile_templates", "must_fail", "payloads"),
    *("any_plan", "docs", "exit_codes", "explorer", "formats_page", "kits", "packaging", "planning_page", "properties"),
    *("readme", "site"),
)
STARTS_THE_PROGRAM = {"aisafe", "run"}

# Tests of pipes, links, permissions and devices as POSIX has them, and of git repositories made with a shell's tools.
POSIX = (
    *("delivery", "evidence_files", "expected_plans", "files", "folder", "git", "git_process", "output", "paths"),
    *("plan_paths", "plans_in_git", "processes", "session", "trusted_ref", "two_revisions"),
)


def sample(items: Iterable[Item], every: int, first: int = 0) -> list[Item]:
    """One of so many items, from some place on; all of them where everything is to be tried."""
    return list(items) if EXHAUSTIVE else list(items)[first % every :: every]


def find_document(name: str) -> Path | None:
    """A copy of a guidance document in the folder of AISAFE_DOCUMENTS. None is part of this repository."""
    path = Path(os.environ.get("AISAFE_DOCUMENTS", os.devnull)) / name
    return path if path.is_file() else None


def copy_example(plan: Path, target: Path) -> None:
    """Copy a plan of `examples/` to a file, with the folder of evidence beside it if it names any there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(plan, target)
    if "ref: aurora/" in plan.read_text(encoding="utf-8"):
        shutil.copytree(ROOT / "examples" / "aurora", target.parent / "aurora", dirs_exist_ok=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the data may have changed since the package was installed
        runpy.run_path(str(ROOT / "hatch_build.py"))["write_compiled"]()
        find_compiled.cache_clear()  # it was asked before there was anything
    # A shell that starts the tests in the background lets them, and so the programs they run, ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, so that none has to say it of itself."""
    posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and permissions are those of POSIX")
    for item in items:
        module, fixtures = item.path.stem.removeprefix("test_"), set(getattr(item, "fixturenames", ()))
        function = getattr(item, "function", None)
        if module in NOT_MEASURED:
            item.add_marker(pytest.mark.not_measured)
        if module in POSIX:
            item.add_marker(posix)
        if fixtures & STARTS_THE_PROGRAM:
            item.add_marker(pytest.mark.process)  # benchmarks/mutation.py leaves it out
        if "update_golden" in fixtures:
            item.add_marker(pytest.mark.golden)
        if (
            module in SLOW
            or fixtures & {*STARTS_THE_PROGRAM, "browser"}
            or getattr(function, "is_hypothesis_test", False)
        ):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _measured_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide a marked test, and the programs it runs, from coverage, where that was started with this process."""
    if "COVERAGE_PROCESS_START" not in os.environ or not request.node.get_closest_marker("not_measured"):
        yield
        return
    from coverage import Coverage

    monkeypatch.delenv("COVERAGE_PROCESS_START")
    measured = Coverage.current()
    assert measured is not None
    measured.stop()
    yield
    measured.start()


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def aisafe(tmp_path: Path) -> Program:
    """Run the program in a process of its own, in an empty folder unless told otherwise."""

    def run(
        *arguments: object,
        cwd: Path = tmp_path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        **others: object,
    ) -> subprocess.CompletedProcess[str]:
        words = list(map(str, arguments))
        clean = {key: value for key, value in os.environ.items() if key not in SETTINGS} | dict(env or {})
        if not others and not starts_afresh(env or {}):
            started = launcher().run(words, cwd=cwd, env=clean, stdin=stdin.encode())
            return subprocess.CompletedProcess(words, started.code, started.stdout, started.stderr)
        return subprocess.run(
            [sys.executable, "-m", "aisafe_cli", *words],
            cwd=cwd,
            env=clean,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            **others,  # type: ignore[call-overload]
        )

    return run


def starts_afresh(env: Mapping[str, str]) -> bool:
    """Whether a run needs an interpreter of its own: for what Python reads at its start, coverage, or want of fork."""
    read_at_start = any(key.startswith(("PYTHON", "LC_", "LANG")) for key in env)
    return read_at_start or "COVERAGE_PROCESS_START" in os.environ or not hasattr(os, "fork")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Runner]:
    """Run the program and measure it. Figures of all runs of a module are shown with `pytest -s -n 0`."""
    from hostile_runner import Runner, figures

    runner = Runner(tmp_path_factory.mktemp("runs"))
    yield runner
    print(f"\n{request.node.name}: {figures(runner.runs)}")


SETTINGS = frozenset({"NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "COLUMNS", "AISAFE_TRACEBACK", "GITHUB_ACTIONS"})
