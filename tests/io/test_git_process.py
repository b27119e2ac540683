"""How git is started: by which path, with which words and environment, and what is told where it does not answer."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from test_git import copy_once, git, make_repository

from aisafe_cli.errors import FileError
from aisafe_cli.io import git_process
from aisafe_cli.io.git_process import Objects, call_git

WORDS = (
    *("-c", "protocol.allow=never", "-c", "core.fsmonitor=false"),
    *("-c", "safe.bareRepository=explicit", "-c", "core.warnAmbiguousRefs=true"),
)
QUIET = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A function that lets a script stand for git."""

    def write(script: str) -> None:
        path = tmp_path / "pretended"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(git_process, "_find_git", lambda: str(path))

    return write


def test_git_gets_its_words_no_input_and_what_the_environment_keeps(pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend("""printf '%s\\n' "$@"; echo "[$(cat)]"; echo "$GIT_INDEX_FILE $GIT_DIR $LC_ALL $kept"; exit 3""")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("kept", "1")
    reading, writing = os.pipe()
    os.write(writing, b"typed")
    os.close(writing)
    kept = os.dup(0)
    os.dup2(reading, 0)
    os.close(reading)
    done = call_git("some folder", "words", "and words", settings={"GIT_INDEX_FILE": "index"})
    os.dup2(kept, 0)
    os.close(kept)
    lines = ["-C", "some folder", *WORDS, "words", "and words", "[]", "index  C 1"]
    assert (done.stdout.decode().splitlines(), done.stderr, done.returncode) == (lines, b"", 3)


def test_variables_that_point_elsewhere_do_not_reach_git(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        "PATH": "/bin",
        "GIT_CONFIG_COUNT": "0",
        "git_config_global": "x",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    }
    dropped = {"GIT_DIR": "x", "git_work_tree": "x", "GIT_TRACE": "1", "GIT_CONFIG": "x", "LC_ALL": "de"}
    monkeypatch.setattr(os, "environ", kept | dropped)
    chosen = git_process._choose_environment()
    monkeypatch.undo()
    assert chosen == kept | QUIET


@pytest.mark.parametrize(
    ("script", "folder", "told"),
    [
        ("", "a\0b", "git cannot be run: embedded null byte"),
        ("exec sleep 9", ".", "git did not answer in time"),
        (None, ".", "git cannot be run: [Errno 2] No such file or directory: '/nowhere'"),
        (
            "echo 'fatal: detected dubious ownership in repository' >&2; exit 128",
            "some\nfolder",
            r"git refuses the repository around some\nfolder, because its folder belongs to another user; if you"
            " trust it, allow it with: git config --global --add safe.directory FOLDER, or in the environment:"
            " GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=FOLDER",
        ),
        (
            """echo "fatal: cannot use bare repository (safe.bareRepository is 'explicit')" >&2; exit 128""",
            "a\nb",
            r"a\nb: is in a bare repository, or in files that look like one, which a change could bring;"
            " run this in a working tree: git worktree add FOLDER REVISION",
        ),
        (
            "echo 'Stopping at filesystem boundary (GIT_DISCOVERY_ACROSS_FILESYSTEM not set).' >&2; exit 128",
            "a\nb",
            r"git finds no repository around a\nb on its file system; if it is on another one, set"
            " GIT_DISCOVERY_ACROSS_FILESYSTEM=1",
        ),
    ],
)
def test_what_keeps_git_from_answering_is_told(pretend, monkeypatch, script, folder, told) -> None:
    monkeypatch.setattr(git_process, "_SECONDS", 0.2 if script and "sleep" in script else 20)
    if script is None:
        monkeypatch.setattr(git_process, "_find_git", lambda: "/nowhere")
    else:
        pretend(script)
    with pytest.raises(FileError) as raised:
        call_git(folder, "x")
    assert str(raised.value) == told


@pytest.mark.parametrize(
    "script",
    ["echo 'dubious ownership safe.bareRepository GIT_DISCOVERY_ACROSS_FILESYSTEM' >&2", "echo 'other' >&2; exit 1"],
)
def test_no_other_failure_is_taken_for_a_refusal(pretend, script: str) -> None:
    pretend(script)
    assert call_git(".", "x").stderr.endswith(b"\n")


# --- which git ------------------------------------------------------------------------------------------------------


def test_the_first_program_of_path_that_runs_is_taken_by_its_absolute_path(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name, mode in (("first", 0o644), ("secondX", 0o755), ("third", 0o755)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "git").touch(mode)
    (tmp_path / "folder" / "git").mkdir(parents=True)
    parts = ["", "nowhere", tmp_path / "folder", tmp_path / "first", "../secondX", f'"{tmp_path / "secondX"}"']
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, [*parts, tmp_path / "third"])))
    assert git_process._find_git() == str(tmp_path / "secondX" / "git")


@pytest.mark.parametrize("place", ["", "deep", "deep/bin", "bin", "../link"])
@pytest.mark.parametrize("has_top", [True, False])
def test_a_program_in_what_is_checked_is_none(tmp_path: Path, monkeypatch, place: str, has_top: bool) -> None:
    """That is the current folder, and all of the repository around it, by whatever name it is reached."""
    top, outside = tmp_path / "top", tmp_path / "top-like"
    for folder in (top, top / "deep" / "bin", top / "bin", outside):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "git").touch(0o755)
    (top / "deep" / "git").touch(0o755)
    (tmp_path / "link").symlink_to("top/deep/bin")
    if has_top:
        (top / ".git").mkdir()
    monkeypatch.chdir(top / "deep")
    monkeypatch.setenv("PATH", f"{top / place}{os.pathsep}{outside}")
    is_checked = has_top or place not in ("", "bin")
    assert git_process._find_git() == os.path.join(outside if is_checked else top / place, "git")


def test_git_is_found_where_the_root_is_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").touch(0o755)
    monkeypatch.chdir("/")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_process._find_git() == str(tmp_path / "git")


def test_without_a_path_that_of_the_system_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATH")
    monkeypatch.setattr(os, "defpath", "/nowhere")
    with pytest.raises(FileError) as raised:
        git_process._find_git()
    told = "git cannot be run: no folder in PATH has it, apart from the folder that is checked; install git"
    assert str(raised.value) == told


# --- stored content -------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A repository in which other content than text is stored."""
    return copy_once(make_repository, tmp_path / "stored")


def test_objects_are_handed_out_one_after_another_within_a_limit(stored: Path, monkeypatch) -> None:
    monkeypatch.setattr(git_process, "_PART", 3)
    content = bytes(range(256)) + b"\nx blob 3\n"
    (stored / "new").write_bytes(content)
    blob, empty = git(stored, "hash-object", "-w", "new"), git(stored, "hash-object", "-w", "/dev/null")
    objects = Objects(str(stored))
    for limit, expected in ((0, 1), (10, 11), (265, 266), (266, 266), (1000, 266)):
        assert objects.read(blob, limit) == content[:expected]
        assert objects.read("0" * 40, limit) is None
        assert objects.read(empty, limit) == b""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("read _; printf 'HASH blob 5\\nabc'", "git stopped in the middle of an answer"),
        ("read _; printf 'HASH blob 5\\nabcde'", "git stopped in the middle of an answer"),
        ("read _; echo HASH blob many", "invalid literal"),
    ],
)
@pytest.mark.parametrize("limit", [1, 100])
def test_half_an_answer_is_none(pretend, script: str, told: str, limit: int) -> None:
    pretend(script)
    with pytest.raises(ValueError, match=f"^{told}"):
        Objects(".").read("HASH", limit)


def test_a_git_that_ends_or_is_ended_before_it_answers_has_nothing_stored(pretend, monkeypatch) -> None:
    pretend("read _")
    assert Objects(".").read("HASH", 1) is None
    pretend("exec sleep 9")
    monkeypatch.setattr(git_process, "_SECONDS", 0.2)
    began = time.monotonic()
    assert Objects(".").read("HASH", 1) is None
    assert time.monotonic() - began < 8


def test_git_is_asked_for_one_object_at_a_time_and_no_clock_runs_on(pretend, monkeypatch, capfd) -> None:
    pretend(
        """echo x >&2; [ "$* $GIT_DIR$LC_ALL" = "$EXPECTED" ] || exit
        while read name; do printf '%s blob 40\\n%s\\n' $name $name; done"""
    )
    monkeypatch.setenv("EXPECTED", " ".join(["-C", ".", *WORDS, "cat-file", "--batch", "C"]))
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    objects = Objects(".")
    names = [f"{number:040}" for number in range(20)]
    found: dict[str, bytes | None] = {}
    threads = [
        threading.Thread(target=lambda name=name: found.update({name: objects.read(name, 99)})) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: name.encode() for name in names}
    clocks = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert all(clock.finished.is_set() for clock in clocks)
    assert capfd.readouterr() == ("", "")


def test_git_ends_with_what_asks_it_but_not_in_another_process(stored: Path) -> None:
    objects = Objects(str(stored))
    process = objects._process
    git_process._end_process(process, os.getpid() + 1)
    assert process.poll() is None
    del objects
    assert process.returncode is not None
    assert isinstance(process, subprocess.Popen)
