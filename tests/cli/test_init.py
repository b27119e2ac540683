"""`aisafe init` in real processes: by options, and by questions on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from building import catalog
from conftest import SETTINGS, Program

from aisafe_cli.domain.plan import Plan
from aisafe_cli.loading.plan import load_plan

NEEDED = ("--name", "Aurora-7B", "--channel", "weights=open_weights@2026-12-01")
KNOWN = (*NEEDED, "--role", "deployer", "--size", "solo", "--capability", "low")


def read(path: Path) -> Plan:
    return load_plan(str(path), catalog())


# --- by options -----------------------------------------------------------------------------------------------------


def test_a_new_plan_validates_as_it_stands_and_fails_the_gate(aisafe: Program, tmp_path: Path) -> None:
    done = aisafe("init", *NEEDED, "--role", "developer", "--size", "solo", "--capability", "low", "-o", "a.plan.yaml")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "a.plan.yaml: written; it claims nothing yet\n"
        "next: answer its questions in an editor, then run: aisafe check a.plan.yaml\n"
    )
    plan = read(tmp_path / "a.plan.yaml")
    assert (plan.model.name, plan.organization.size, plan.model.capability) == ("Aurora-7B", "solo", "low")
    checked = aisafe("check", "a.plan.yaml")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert aisafe("check", ".").returncode == 1


@pytest.mark.parametrize("where", [(), ("-o", "-")])
def test_without_a_file_the_plan_goes_to_standard_output_and_can_be_checked_from_there(
    aisafe: Program, where: tuple[str, ...]
) -> None:
    done = aisafe("init", *NEEDED, *where)
    assert done.returncode == 0
    assert done.stderr.startswith("next: ")
    assert aisafe("check", "-", stdin=done.stdout).returncode == 1


def test_several_channels_keep_their_order(aisafe: Program, tmp_path: Path) -> None:
    aisafe("init", "--channel", "api=hosted_api", *NEEDED, "-o", "a.plan.yaml")
    assert [(one.id, one.access, str(one.opens)) for one in read(tmp_path / "a.plan.yaml").channels] == [
        ("api", "hosted_api", "None"),
        ("weights", "open_weights", "2026-12-01"),
    ]


def test_a_file_that_a_check_of_the_folder_would_not_find_is_noted(aisafe: Program) -> None:
    assert "finds files named *.plan.yaml only" in aisafe("init", *NEEDED, "-o", "a.yaml").stderr


def test_the_next_command_is_quoted_for_a_shell(aisafe: Program) -> None:
    assert aisafe("init", *NEEDED, "-o", "a b.plan.yaml").stderr.endswith("run: aisafe check 'a b.plan.yaml'\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--name and --channel missing; init asks questions on a terminal only"),
        (["--name", "x"], "--channel missing"),
        (["--channel", "a=open_weights"], "--name missing"),
        (["--name", "x", "--channel", "open_weights"], "for example weights=open_weights"),
        (["--name", "x", "--channel", "a="], "write it as ID=ACCESS or ID=ACCESS@DATE"),
        (["--name", "x", "--channel", "=open_weights"], "the id of the channel is empty"),
        (["--name", "x", "--channel", "a=open_weights@"], "write it as ID=ACCESS or ID=ACCESS@DATE"),
        (["--name", "x", "--channel", "a=open_weights@2026-02-30"], "`2026-02-30` is not a date"),
        (["--name", "x", "--channel", "a=opne_weights"], "did you mean `open_weights`?"),
        (["--name", "x", "--channel", "a=closed_api"], "closed_api is a release mode; name an access level such as"),
        (["--name", "x", "--channel", "a=open_weights", "--channel", "a=hosted_ui"], "two channels have the id `a`"),
        ([*NEEDED, "--role", "develper"], "did you mean `developer`?"),
        ([*NEEDED, "--parameters", "seven"], "`seven` is not a number of parameters"),
        ([*NEEDED, "--parameters", "nan"], "`nan` is not a number of parameters"),
        ([*NEEDED, "--size", "smal"], "did you mean `small`?"),
        ([*NEEDED, "--capability", "grave"], "choose from low, moderate, high, severe, unknown"),
        (["--channel", "a=open_weights", "--name", " "], "the name is empty"),
        (["--channel", "a=open_weights", "--name", "a\nb"], "the name holds a line break"),
        (["--channel", "a=open_weights", "--name", "a\tb"], "the name holds a tab"),
        (["--channel", "a=open_weights", "--name", "a\x1b[31m"], "the name holds U+001B"),
        (["--channel", "a=open_weights", "--name", "a\u202eb"], "the name holds U+202E"),
        (["--channel", "a=open_weights", "--name", "a\u2028b"], "the name holds U+2028"),
        (["--channel", "a=open_weights", "--name", "x" * 2001], "more than 2000 characters"),
        (["--name", "x", "--channel", "x" * 101 + "=open_weights"], "more than 100 characters"),
        (["--name", "x", "--channel", "a\nb=open_weights"], "the id of the channel holds a line break"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    aisafe: Program, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = aisafe("init", *arguments, "-o", "a.plan.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['x: \'"y" # {[&*!|>%@`', "null", "-", "模型 🦙", "::error::x", "a\\nb", "$(id)"])
def test_a_hostile_name_is_kept_as_text(aisafe: Program, tmp_path: Path, name: str) -> None:
    assert aisafe("init", f"--name={name}", "--channel", "a=open_weights", "-o", "a.plan.yaml").returncode == 0
    assert read(tmp_path / "a.plan.yaml").model.name == name


def test_white_space_around_a_name_is_dropped(aisafe: Program, tmp_path: Path) -> None:
    aisafe("init", "--name", "  Aurora 7B\n", "--channel", " a =open_weights", "-o", "a.plan.yaml")
    plan = read(tmp_path / "a.plan.yaml")
    assert (plan.model.name, plan.channels[0].id) == ("Aurora 7B", "a")


# --- nothing is overwritten -----------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_left_alone(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "a.plan.yaml").write_text("mine")
    done = aisafe("init", *NEEDED, "-o", "a.plan.yaml")
    assert done.returncode == 2
    assert "a.plan.yaml: already exists; name a new file, or overwrite it with --force" in done.stderr
    assert (tmp_path / "a.plan.yaml").read_text() == "mine"
    assert aisafe("init", *NEEDED, "-o", "a.plan.yaml", "--force").returncode == 0
    assert read(tmp_path / "a.plan.yaml").model.name == "Aurora-7B"


@pytest.mark.parametrize("target", ["a.plan.yaml", "nowhere"])
def test_a_link_is_not_written_through(aisafe: Program, tmp_path: Path, target: str) -> None:
    (tmp_path / "a.plan.yaml").write_text("mine")
    (tmp_path / "link").symlink_to(target)
    assert aisafe("init", *NEEDED, "-o", "link").returncode == 2
    assert (tmp_path / "a.plan.yaml").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_is_refused_and_so_is_a_file_in_one_that_is_not_there(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    assert aisafe("init", *NEEDED, "-o", "plans").returncode == 2
    assert aisafe("init", *NEEDED, "-o", "other/a.plan.yaml").returncode == 2
    assert list((tmp_path / "plans").iterdir()) == []


# --- by questions ---------------------------------------------------------------------------------------------------


INTERRUPT = b"\x03"


def interview(
    folder: Path, arguments: list[str], answers: list[tuple[str, str]], *, everywhere: bool = False
) -> tuple[int, str, str]:
    """Answer each question, found by how it ends, on a terminal. Return code, what the terminal showed, and stdout.

    Standard output is a file, or the terminal as well with `everywhere`.
    """
    ours, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS}
    with (folder / "stdout").open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "aisafe_cli", "init", *arguments],
            cwd=folder,
            env={**clean, "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs if everywhere else stdout,
            stderr=theirs,
            # A session whose terminal this is, so that Ctrl-C on it reaches the program.
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
    os.close(theirs)
    shown = ""
    try:
        for question, answer in answers:
            fresh = ""
            while f"{question} " not in fresh:
                text = more(ours)
                assert text, f"the program ended before it asked for {question}\n{shown}{fresh}"
                fresh += text
            shown += fresh
            os.write(ours, answer.encode())
        # A Ctrl-C that comes just before the program begins to read goes unnoticed until the next one.
        interrupt = INTERRUPT if answers and answers[-1][1] == INTERRUPT.decode() else b""
        while text := more(ours, interrupt):
            shown += text
        code = process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return code, shown.replace("\r\n", "\n"), (folder / "stdout").read_text(encoding="utf-8")


def more(terminal: int, nudge: bytes = b"") -> str:
    """What comes next on the terminal; nothing once it is closed. The nudge is typed whenever a second passes."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                return os.read(terminal, 65536).decode("utf-8", "replace")
            except OSError:  # Linux says so when the other side has gone
                return ""
        os.write(terminal, nudge)
    raise AssertionError("the program neither asked nor ended")


ROLE, SIZE = "Your role in this release [developer]:", "Your size [large]:"
FIRST, FURTHER = "Access level of the first channel:", "Access level of the next channel (Enter: no more):"
DAY = "Day it opens, YYYY-MM-DD (Enter: open from the start):"
PARAMETERS, CAPABILITY = "Number of parameters, as 7e9 or 7B (Enter: not stated):", "Capability [unknown]:"
WHY = "Why? One sentence, kept as a comment (Enter: none):"
ASSESSMENT = "File or URL of an assessment (Enter: none yet):"
FILE = "Write the plan to [release.plan.yaml]:"
ANSWERS = [
    ("Name of the model:", "Aurora-7B\n"),
    (ROLE, "develper\n"),
    (ROLE, "d\n"),
    (ROLE, "\n"),
    (SIZE, "2\n"),
    (FIRST, "closed_api\n"),
    (FIRST, "hosted_api\n"),
    ("A short name for this channel [hosted_api]:", "api\n"),
    (DAY, "2026-10-01\n"),
    (FURTHER, "13\n"),
    (FURTHER, "open w\n"),
    ("A short name for this channel [open_weights]:", "api\n"),
    ("A short name for this channel [open_weights]:", "weights\n"),
    (DAY, "soon\n"),
    (DAY, "2027-01-15\n"),
    (FURTHER, "\n"),
    (PARAMETERS, "many\n"),
    (PARAMETERS, "7 B\n"),
    (CAPABILITY, "mod\n"),
    (WHY, "it writes prose only\n"),
    (ASSESSMENT, "docs/misuse.md\n"),
]


def test_on_a_terminal_it_asks_explains_and_asks_again(tmp_path: Path) -> None:
    code, shown, stdout = interview(tmp_path, ["-o", "a.plan.yaml"], ANSWERS)
    assert (code, stdout) == (0, "")
    for said in (
        "error: there is no role `develper`; did you mean `developer`?",
        "`d` may be developer, deployer, distributor",
        "there is no access level `13`",
        "`many` is not a number of parameters",
        "The model saves an informed person time on misuse",  # moderate, in the words of the catalog
        "counts as unknown until the plan names an assessment",
        "closed_api is a release mode",
        "two channels have the id `api`",
        "`soon` is not a date",
        "hosting_platform",
        "gated_weights_clickthrough",
        "next: answer its questions in an editor, then run: aisafe check a.plan.yaml",
    ):
        assert said in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if not line.startswith("error:"))
    plan = read(tmp_path / "a.plan.yaml")
    assert (plan.model.name, plan.organization.role, plan.organization.size) == ("Aurora-7B", "developer", "small")
    assert (plan.model.capability, plan.model.parameters) == ("moderate", 7_000_000_000)
    assert [one.ref for one in plan.model.capability_evidence] == ["docs/misuse.md"]
    text = (tmp_path / "a.plan.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=plan.schema.json\n")
    assert "  capability: moderate  # why: it writes prose only\n" in text
    assert [(one.id, one.access, str(one.opens)) for one in plan.channels] == [
        ("api", "hosted_api", "2026-10-01"),
        ("weights", "open_weights", "2027-01-15"),
    ]


def test_questions_leave_standard_output_to_the_plan(aisafe: Program, tmp_path: Path) -> None:
    code, _, stdout = interview(tmp_path, [], ANSWERS)
    assert code == 0
    assert "\n# A release plan to fill in." in stdout
    assert aisafe("check", "-", stdin=stdout).returncode == 1


def test_where_nothing_takes_the_plan_it_asks_for_the_file_and_writes_it(tmp_path: Path) -> None:
    (tmp_path / "a.plan.yaml").write_text("mine")
    code, shown, _ = interview(tmp_path, [*KNOWN], [(FILE, "a.plan.yaml\n"), (FILE, "\n")], everywhere=True)
    assert code == 0
    assert "error: a.plan.yaml: already exists; name another file" in shown
    assert shown.endswith("next: answer its questions in an editor, then run: aisafe check release.plan.yaml\n")
    assert "schema_version" not in shown
    assert read(tmp_path / "release.plan.yaml").model.name == "Aurora-7B"
    assert (tmp_path / "a.plan.yaml").read_text() == "mine"


def test_every_access_level_is_explained_in_one_line(tmp_path: Path) -> None:
    _, shown, _ = interview(
        tmp_path, ["--name", "x", "--role", "deployer", "--size", "solo"], [("first channel:", "\x03")]
    )
    assert re.findall(r"^ +([0-9]+)  [a-z_]+  +\S.*$", shown, re.MULTILINE) == [str(number) for number in range(1, 13)]


def test_what_the_options_say_is_not_asked(tmp_path: Path) -> None:
    code, shown, _ = interview(tmp_path, [*KNOWN, "-o", "a.plan.yaml"], [])
    assert code == 0
    assert shown.startswith("a.plan.yaml: written")


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["interrupt", "end of input"])
def test_leaving_the_questions_writes_nothing(tmp_path: Path, key: str) -> None:
    code, _, stdout = interview(tmp_path, ["-o", "a.plan.yaml"], [("Name of the model:", key)])
    assert (code, stdout) == (130, "")
    assert not (tmp_path / "a.plan.yaml").exists()


def test_a_file_that_is_there_is_refused_before_any_question(tmp_path: Path) -> None:
    (tmp_path / "a.plan.yaml").write_text("mine")
    code, shown, _ = interview(tmp_path, ["-o", "a.plan.yaml"], [])
    assert code == 2
    assert "Name of the model" not in shown
