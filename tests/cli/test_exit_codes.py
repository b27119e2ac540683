"""The table of exit codes, a test for each cell, in real processes: what is evaluated, where to, what goes wrong."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, SETTINGS, TODAY, copy_example, sample
from launcher import launcher

from aisafe_cli.domain.formats import REPORTERS

EXAMPLES = ROOT / "examples"
PASSING = EXAMPLES / "staged-hybrid.plan.yaml"
FAILING = EXAMPLES / "overclaiming.plan.yaml"
FAULTY = "schema_version: 1\nmodel: {nam: secret-name}\nchannels: []\n"
PROGRAM = (sys.executable, "-m", "aisafe_cli")
SIGNALS = [(signal.SIGINT, 130), *((number, 143) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU))]
CLEAN = {key: value for key, value in os.environ.items() if key not in SETTINGS and not key.startswith("COVERAGE_")}
AS_OF = ("--as-of", TODAY)

Done = subprocess.CompletedProcess[bytes]


def run(*arguments: object, cwd: Path, shell: str = "", env: Mapping[str, str] = CLEAN, **others: object) -> Done:
    """Run the program; `shell` is put around it as a line of sh in which `"$@"` is the call."""
    if not shell and not others and env is CLEAN:
        done = launcher().run(list(map(str, arguments)), cwd=cwd, env=env)
        return Done([], done.code, done.out, done.err)
    command: Sequence[object] = [*PROGRAM, *arguments]
    if shell:
        command = ["sh", "-c", shell, "sh", *command]
    streams = {} if {"stdout", "capture_output"} & set(others) else {"stdout": subprocess.PIPE}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        list(map(str, command)),
        cwd=cwd,
        env=env,
        timeout=120,
        check=False,
        **{"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams, **others},
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with one plan of each kind, and an empty folder."""
    copy_example(PASSING, tmp_path / "passing.plan.yaml")
    shutil.copy(FAILING, tmp_path / "failing.plan.yaml")
    (tmp_path / "faulty.plan.yaml").write_text(FAULTY)
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- what is evaluated ----------------------------------------------------------------------------------------------

# Arguments, and the code they give with every format and wherever the report goes.
CELLS: dict[str, tuple[tuple[str, ...], int]] = {
    "passes": (("passing.plan.yaml",), 0),
    "fails": (("failing.plan.yaml",), 1),
    "fails, exit zero": (("failing.plan.yaml", "--exit-zero"), 0),
    "faulty": (("faulty.plan.yaml",), 2),
    "faulty, exit zero": (("faulty.plan.yaml", "--exit-zero"), 2),
    "missing": (("missing.plan.yaml",), 2),
    "wrong option": (("passing.plan.yaml", "--strickt"), 2),
    "none": (("empty",), 3),
    "none, exit zero": (("empty", "--exit-zero"), 3),
    "passes and fails": (("passing.plan.yaml", "failing.plan.yaml"), 1),
    "fails beside a faulty one": (("failing.plan.yaml", "faulty.plan.yaml"), 2),
    "fails beside none": (("failing.plan.yaml", "empty"), 3),
    "faulty beside none": (("faulty.plan.yaml", "empty"), 2),
}
REPORTED = {"passes", "fails", "fails, exit zero", "passes and fails", "fails beside a faulty one", "fails beside none"}


@pytest.mark.parametrize("name", REPORTERS)
@pytest.mark.parametrize("cell", ["passes", "fails", "fails, exit zero", "faulty", "none", "fails beside a faulty one"])
def test_the_code_is_that_of_the_verdict_with_every_format(here: Path, cell: str, name: str) -> None:
    arguments, code = CELLS[cell]
    done = run("check", *arguments, *AS_OF, "-f", name, cwd=here)
    assert done.returncode == code, done.stderr
    assert bool(done.stdout) == (cell in REPORTED)
    assert bool(done.stderr) == (code > 1)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("cell", CELLS)
def test_the_code_is_the_same_where_every_format_goes_to_a_file(here: Path, cell: str) -> None:
    arguments, code = CELLS[cell]
    (here / "out").mkdir()
    targets = [word for name in REPORTERS for word in ("-f", f"{name}=out/{name}")]
    done = run("check", *arguments, *AS_OF, *targets, cwd=here)
    assert (done.returncode, done.stdout) == (code, b"")
    assert names(here / "out") == (set(REPORTERS) if cell in REPORTED else set())
    if cell in REPORTED:
        report = json.loads((here / "out" / "json").read_text())
        assert (report["exit_code"], report["complete"]) == (code, code < 2)


@pytest.mark.parametrize("cell", ["fails beside a faulty one", "fails beside none"])
@pytest.mark.parametrize("name", ["table", "markdown", "html", "json", "sarif", "junit", "github", "gitlab", "csv"])
def test_a_report_that_is_not_complete_says_so_in_every_format(here: Path, cell: str, name: str) -> None:
    said = run("check", *CELLS[cell][0], "-f", name, cwd=here).stdout.decode().lower()
    words = ("not every plan", "could not be evaluated", "not evaluated", '"complete": false', '"false"')
    assert any(word in said for word in words), said[:500]


# --- where it cannot be written -------------------------------------------------------------------------------------

# What happens to standard output: words of sh around the call.
STREAMS = {"closed": '"$@" >&-', "full": '"$@" >/dev/full', "full and unbuffered": 'PYTHONUNBUFFERED=1 "$@" >/dev/full'}
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@needs_full
@pytest.mark.parametrize("name", REPORTERS)
@pytest.mark.parametrize("stream", ["closed", "full"])
@pytest.mark.parametrize("plan", ["passing", "failing"])
def test_a_report_that_standard_output_did_not_take_is_no_verdict(
    here: Path, plan: str, stream: str, name: str
) -> None:
    done = run("check", f"{plan}.plan.yaml", "-f", name, cwd=here, shell=STREAMS[stream])
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"standard output" in done.stderr


@needs_full
@pytest.mark.parametrize("name", REPORTERS)
def test_a_report_that_a_device_did_not_take_is_no_verdict(here: Path, name: str) -> None:
    done = run("check", "passing.plan.yaml", "-f", f"{name}=/dev/full", cwd=here)
    assert (done.returncode, done.stderr) == (2, b"error: /dev/full: cannot be written: No space left on device\n")


COMMANDS = (
    *("report passing.plan.yaml", "list", "explain unknown", "matrix", "schema plan", "catalog list"),
    *("matrix --from closed_api --to open_weights -f json", "demo"),
)


@needs_full
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("stream", STREAMS)
def test_no_command_takes_lost_output_for_success(here: Path, command: str, stream: str) -> None:
    done = run(*command.split(), cwd=here, shell=STREAMS[stream])
    assert done.returncode == 2
    assert b"standard output" in done.stderr
    assert b"Traceback" not in done.stderr


@needs_full
@pytest.mark.parametrize("option", ["--help", "--version"])
@pytest.mark.parametrize("stream", ["full", "full and unbuffered"])
def test_lost_help_is_an_error_and_no_internal_one(here: Path, option: str, stream: str) -> None:
    assert run(option, cwd=here, shell=STREAMS[stream]).returncode == 2


@pytest.mark.parametrize("plan", ["passing", "failing"])
@pytest.mark.parametrize(
    "broken",
    ["missing/report.json", "empty", "passing.plan.yaml/report.json", "link", "/proc/version", "pipe", "x" * 300],
)
def test_one_target_that_cannot_be_written_leaves_all_files_as_they_were(here: Path, plan: str, broken: str) -> None:
    (here / "link").symlink_to("link")
    os.mkfifo(here / "pipe")
    (here / "old.sarif").write_text("old")
    before = names(here)
    targets = ("-f", "sarif=old.sarif", "-f", f"json={broken}", "-f", "csv=new.csv")
    done = run("check", f"{plan}.plan.yaml", *targets, "-q", cwd=here)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert names(here) == before
    assert (here / "old.sarif").read_text() == "old"


@needs_full
@pytest.mark.parametrize("stream", ["closed", "full"])
def test_where_standard_output_fails_no_file_says_that_all_went_well(here: Path, stream: str) -> None:
    before = names(here)
    assert (
        run(
            "check", "passing.plan.yaml", "-f", "table", "-f", "json=x.json", cwd=here, shell=STREAMS[stream]
        ).returncode
        == 2
    )
    assert names(here) == before


@needs_full
@pytest.mark.parametrize("summary", ["/dev/full", "empty", "missing/summary"])
def test_where_the_step_summary_fails_no_file_says_that_all_went_well(here: Path, summary: str) -> None:
    before = names(here)
    environment = {**CLEAN, "GITHUB_STEP_SUMMARY": summary}
    done = run("check", "passing.plan.yaml", "--step-summary", "-f", "json=x.json", cwd=here, env=environment)
    assert done.returncode == 2
    assert names(here) == before


def test_a_closed_standard_output_that_nothing_was_due_on_is_no_fault(here: Path) -> None:
    done = run("check", "failing.plan.yaml", "-f", "json=x.json", cwd=here, shell=STREAMS["closed"])
    assert done.returncode == 1
    assert json.loads((here / "x.json").read_text())["exit_code"] == 1


# A disk with room for the old report and not for the new ones, and a limit on the size of files that does the same.
SHOW = "code=$?; ls -A out; cat out/*; exit $code"
FULL_DISK = f'mount -t tmpfs -o size=16k none out && printf old >out/report.json && "$@"; {SHOW}'
SMALL_FILES = f'printf old >out/report.json && (ulimit -f 1; "$@"); {SHOW}'


@pytest.mark.parametrize("disk", ["full", "small files"])
def test_a_disk_that_fills_up_leaves_the_old_report(here: Path, disk: str) -> None:
    (here / "out").mkdir()
    targets = ("-f", "json=out/report.json", "-f", "html=out/report.html")
    if disk == "full":
        alone = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none out"]
        if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(alone, cwd=here, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        shell = f"unshare --mount sh -c '{FULL_DISK}' sh \"$@\""
    else:
        shell = SMALL_FILES
    done = run("check", "passing.plan.yaml", *targets, cwd=here, shell=shell)
    assert (done.returncode, done.stdout) == (2, b"report.json\nold")
    assert done.stderr.count(b"\n") == 1
    assert b"cannot be written: " in done.stderr


def test_a_file_on_standard_output_that_fills_up_is_no_verdict(here: Path) -> None:
    done = run("check", "passing.plan.yaml", "-f", "json", cwd=here, shell='ulimit -f 1; "$@" >x.json')
    assert done.returncode == 2


@pytest.mark.parametrize("plan", ["passing", "failing"])
def test_a_folder_that_may_not_be_written_to_leaves_the_old_report(here: Path, plan: str) -> None:
    folder = here / "out"
    folder.mkdir()
    (folder / "report.json").write_text("old")
    (folder / "report.json").chmod(0o444)
    folder.chmod(0o555)
    shell = '"$@"'
    if os.geteuid() == 0:  # root is not held up by permissions unless it gives that power away
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not installed")
        shell = 'exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$@"'
    done = run("check", f"{plan}.plan.yaml", "-f", "json=out/report.json", cwd=here, shell=shell)
    folder.chmod(0o755)
    assert done.returncode == 2
    assert b"Permission denied" in done.stderr
    assert names(folder) == {"report.json"}
    assert (folder / "report.json").read_text() == "old"


# --- readers that leave ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REPORTERS)
@pytest.mark.parametrize(("plan", "code"), [("passing", 0), ("failing", 1)])
def test_a_reader_that_has_gone_leaves_the_verdict(here: Path, plan: str, code: int, name: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = run("check", f"{plan}.plan.yaml", *AS_OF, "-f", name, cwd=here, stdout=gone)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.fixture
def many(here: Path) -> Path:
    """A folder of plans whose report is far longer than a pipe holds, and whose evaluation takes a while."""
    folder = here / "many"
    folder.mkdir()
    text = PASSING.read_text()
    for number in range(300):
        (folder / f"{number:03}.plan.yaml").write_text(text)
    return folder


@pytest.mark.parametrize(("plan", "code"), [("passing", 0), ("failing", 1)])
def test_a_reader_that_leaves_half_way_leaves_the_verdict(here: Path, plan: str, code: int) -> None:
    with start("check", f"{plan}.plan.yaml", *AS_OF, "-f", "html", cwd=here, pipe_size=4096) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"<"
        process.stdout.close()
        assert process.wait(timeout=120) == code
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_pipe_that_does_not_block_gets_everything(here: Path) -> None:
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    with start("check", "failing.plan.yaml", "-f", "json", cwd=here, stdout=write) as process:
        os.close(write)
        wait_for(process, lambda: waiting(read) == 4096)
        with os.fdopen(read, "rb") as stream:
            assert json.loads(stream.read())["complete"] is True
        assert process.wait(timeout=120) == 1


# --- signals --------------------------------------------------------------------------------------------------------


@contextmanager
def start(
    *arguments: object, cwd: Path, pipe_size: int | None = None, **others: object
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program beside the test; a test that fails leaves nothing running, which it would wait for."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **others}
    size = {"pipesize": pipe_size} if pipe_size else {}
    with subprocess.Popen([*PROGRAM, *map(str, arguments)], cwd=cwd, env=CLEAN, **streams, **size) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "nothing came of it in two minutes"
        assert process.poll() is None, f"the program has ended with {process.returncode}"
        os.sched_yield()


def waiting(descriptor: int) -> int:
    """How many bytes of a pipe nobody has read yet."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))
    return int(count)


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    """Send the signal and return the exit code; what was already written is read away after that."""
    process.send_signal(number)
    code = process.wait(timeout=120)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    return code


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_reading(here: Path, number: signal.Signals, code: int) -> None:
    before = names(here)
    with start("check", "-", "-f", "json=x.json", cwd=here) as process:
        stdin = process.stdin
        assert stdin is not None
        stdin.write(b"schema_version: 1\n")
        stdin.flush()
        wait_for(process, lambda: waiting(stdin.fileno()) == 0)
        assert end(process, number) == code
    assert names(here) == before


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_many_plans_are_evaluated(here: Path, many: Path, number: signal.Signals, code: int) -> None:
    """The first plan comes from a pipe; once the program has taken it, it is busy with the others."""
    before = names(here)
    read, write = os.pipe()
    with start("check", "-", many, "-f", "json", "-f", "sarif=x.sarif", cwd=here, stdin=read) as process:
        os.write(write, PASSING.read_bytes())
        wait_for(process, lambda: waiting(read) == 0)
        os.close(write)
        os.close(read)
        assert end(process, number) == code
        assert process.stdout is not None
        assert process.stdout.read() == b""
    assert names(here) == before


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("blocked", ["-", "pipe"])
def test_a_signal_while_a_report_is_written(here: Path, number: signal.Signals, code: int, blocked: str) -> None:
    """Nobody reads the first report, so the program waits to write the rest of it."""
    os.mkfifo(here / "pipe")
    before = names(here)
    fifo = os.open(here / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(fifo, fcntl.F_SETPIPE_SZ, 4096)
    targets = ("-f", f"html={blocked}", "-f", "json=x.json", "-f", "csv=x.csv")
    with start("check", "passing.plan.yaml", *targets, cwd=here, pipe_size=4096) as process:
        assert process.stdout is not None
        descriptor = process.stdout.fileno() if blocked == "-" else fifo
        wait_for(process, lambda: waiting(descriptor) == 4096)
        assert end(process, number) == code
    os.close(fifo)
    assert names(here) == before


# --- surroundings ---------------------------------------------------------------------------------------------------

ASCII = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
# Words of sh around the call, and the environment where it is not the usual one.
SURROUNDINGS: dict[str, tuple[str, Mapping[str, str]]] = {
    "no home": ('unset HOME; "$@"', CLEAN),
    "a home that is not there": ('HOME=/nowhere "$@"', CLEAN),
    "nowhere to put temporary files": ('TMPDIR=/nowhere "$@"', CLEAN),
    "an empty environment": ('exec env -i "$@"', CLEAN),
    "ASCII only": ('"$@"', {**CLEAN, **ASCII}),
    "a locale that is not there": ('"$@"', {**CLEAN, "LC_ALL": "tlh_QO.KLINGON"}),
    "no terminal": ('exec setsid "$@"', CLEAN),
    "a dumb terminal": ('TERM=dumb COLUMNS=1 "$@"', CLEAN),
    "standard input closed": ('"$@" <&-', CLEAN),
    "standard error closed": ('"$@" 2>&-', CLEAN),
    "standard error full": ('"$@" 2>/dev/full', CLEAN),
    "hash seed": ('PYTHONHASHSEED=1 "$@"', CLEAN),
    "optimised": ('PYTHONOPTIMIZE=2 "$@"', CLEAN),
}


@needs_full
@pytest.mark.parametrize(
    ("surroundings", "cell"),
    [
        (surroundings, cell)
        for place, surroundings in enumerate(SURROUNDINGS)
        for cell in sample(("passes", "fails", "faulty", "none", "wrong option"), 3, place)
    ],
)
def test_the_code_does_not_depend_on_surroundings(here: Path, cell: str, surroundings: str) -> None:
    arguments, code = CELLS[cell]
    shell, environment = SURROUNDINGS[surroundings]
    if "setsid" in shell and not shutil.which("setsid"):
        pytest.skip("setsid is not installed")
    plans = [here / word if not word.startswith("-") else word for word in arguments]
    expected = run("check", *plans, *AS_OF, "-f", "json", cwd=here)
    done = run("check", *plans, *AS_OF, "-f", "json", cwd=here, shell=shell, env=environment)
    assert (done.returncode, done.stdout) == (code, expected.stdout)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", REPORTERS)
def test_names_beyond_ascii_are_shown_alike_in_every_locale(here: Path, name: str) -> None:
    plan = "Grüße—計画.plan.yaml"
    (here / plan).write_text(FAILING.read_text())
    expected = run("check", plan, ".", *AS_OF, "-f", name, cwd=here)
    done = run("check", plan, ".", *AS_OF, "-f", name, cwd=here, env={**CLEAN, **ASCII})
    assert done.returncode == expected.returncode == 2
    assert done.stdout == expected.stdout
    assert "\\u{dc" not in done.stdout.decode()


def test_in_a_folder_that_is_gone_nothing_is_evaluated(here: Path) -> None:
    shell = 'mkdir gone && cd gone && rmdir ../gone && "$@"'
    done = run("check", here / "passing.plan.yaml", "-f", "json", cwd=here, shell=shell)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1


def test_nothing_is_asked_where_there_is_no_terminal(here: Path) -> None:
    done = run("init", "-o", "new.plan.yaml", cwd=here, start_new_session=True)
    assert done.returncode in (0, 2)
    assert b"Traceback" not in done.stderr


def test_a_plan_from_a_closed_standard_input_is_not_evaluated(here: Path) -> None:
    for plans in (["-"], ["passing.plan.yaml", "-"], ["-", "passing.plan.yaml"]):
        assert run("check", *plans, cwd=here, shell='"$@" <&-').returncode == 2


def test_errors_never_go_to_standard_output(here: Path) -> None:
    for arguments in (["passing.plan.yaml", "--strickt"], ["faulty.plan.yaml"], ["missing"], ["empty"]):
        done = run("check", *arguments, "-f", "json", cwd=here, shell='"$@" 2>&-')
        assert done.returncode in (2, 3)
        assert done.stdout == b""


# --- faults of the program ------------------------------------------------------------------------------------------

BREAKS = {
    "evaluation": "import aisafe_cli.session.session as place; place.evaluate = broken",
    "judgement": "import aisafe_cli.session.session as place; place.judge = broken",
    "rendering": "import aisafe_cli.cli.output as place; place.render_in_blocks = broken",
    "arguments": "import aisafe_cli.cli as place; place.run = broken",
}


def broken(place: str, error: str) -> str:
    return (
        "from aisafe_cli.__main__ import main\n"
        f"def broken(*arguments, **options): raise {error}('secret-name of the plan')\n"
        f"{BREAKS[place]}\nmain()\n"
    )


@pytest.mark.parametrize("traceback", ["", "1"])
@pytest.mark.parametrize("place", BREAKS)
def test_a_fault_of_the_program_is_neither_a_verdict_nor_a_failed_gate(here: Path, place: str, traceback: str) -> None:
    before = names(here)
    command = [sys.executable, "-c", broken(place, "ZeroDivisionError"), "check", "failing.plan.yaml", "--exit-zero"]
    environment = {**CLEAN, "AISAFE_TRACEBACK": traceback}
    done = subprocess.run(
        [*command, "-f", "table", "-f", "json=x.json"],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "internal error: ZeroDivisionError" in done.stderr
    assert ("Traceback" in done.stderr) == bool(traceback)
    assert traceback or (done.stderr.count("\n") == 1 and "secret-name" not in done.stderr)
    assert names(here) == before


@pytest.mark.parametrize("error", ["MemoryError", "RecursionError"])
@pytest.mark.parametrize("place", BREAKS)
def test_an_input_that_is_too_much_is_not_evaluated(here: Path, place: str, error: str) -> None:
    command = [sys.executable, "-c", broken(place, error), "check", "failing.plan.yaml"]
    done = subprocess.run(command, cwd=here, env=CLEAN, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: the input is too large or too complex\n"
