"""Starts git: once for a question, or to hand out stored content as long as it is asked for."""

from __future__ import annotations

import os
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from threading import Lock, Timer
from types import MappingProxyType

from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import find_top
from aisafe_cli.text.escape import visible

_SECONDS = 20
_QUIET = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_NEVER_FETCH = ("-c", "protocol.allow=never", "-c", "core.fsmonitor=false")
_PROGRAM = "git.exe" if os.name == "nt" else "git"
_ON_DISCOVERY = {"GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"}
# Files of a change that look like a repository are none; only a `.git` makes one.
_NOT_BARE = ("-c", "safe.bareRepository=explicit")
_WARN = ("-c", "core.warnAmbiguousRefs=true")
_PART = 1 << 16


class Objects:
    """A git process that hands out what a repository stores; to start one for each file would take most of a run."""

    def __init__(self, folder: str) -> None:
        self._process = subprocess.Popen(
            [*_write_command(folder), "cat-file", "--batch"],
            env=_choose_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lock = Lock()  # two threads that ask at once would get each other's answers
        weakref.finalize(self, _end_process, self._process, os.getpid())

    def read(self, blob: str, limit: int) -> bytes | None:
        """Return an object, of one larger than the limit a byte more than that, or None where it is not stored.

        Raises OSError or ValueError where git does not answer, or not in time.
        """
        with self._lock:
            return self._read_answer(blob, limit)

    def _read_answer(self, blob: str, limit: int) -> bytes | None:
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise ValueError
        timer = Timer(_SECONDS, self._process.kill)
        timer.start()
        try:
            asked.write(f"{blob}\n".encode())
            asked.flush()
            *_, size = answers.readline().split() or [b"missing"]
            if size == b"missing":  # in a partial clone git ends there without a word
                return None
            left = int(size) + 1  # a line feed follows
            content = answers.read(min(left, limit + 1))
            left -= len(content)
            while left > 0 and (part := answers.read(min(left, _PART))):
                left -= len(part)
            if left:
                raise ValueError("git stopped in the middle of an answer")
            return content[: int(size)]
        finally:
            timer.cancel()


def _end_process(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() != owner:
        return
    process.kill()
    process.communicate()


def call_git(
    folder: str, *arguments: str, settings: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[bytes]:
    """Run git. Raises FileError where it cannot be run, and where it refuses a repository of somebody else."""
    try:
        done = subprocess.run(
            [*_write_command(folder), *arguments],
            env={**_choose_environment(), **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise FileError(f"git cannot be run: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise FileError("git did not answer in time") from error
    _refuse_strangers(folder, done)
    return done


def _write_command(folder: str) -> Sequence[str]:
    return [_find_git(), "-C", folder, *_NEVER_FETCH, *_NOT_BARE, *_WARN]


def _choose_environment() -> dict[str, str]:
    return {**dict(filter(_is_kept, os.environ.items())), **_QUIET}


def _refuse_strangers(folder: str, done: subprocess.CompletedProcess[bytes]) -> None:
    """Raise FileError where git refuses a repository for what it is or lies in."""
    if done.returncode and b"dubious ownership" in done.stderr:
        raise FileError(
            f"git refuses the repository around {visible(folder)}, because its folder belongs to another user; if you"
            " trust it, allow it with: git config --global --add safe.directory FOLDER, or in the environment:"
            " GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=FOLDER"
        )
    if done.returncode and b"safe.bareRepository" in done.stderr:
        raise FileError(
            f"{visible(folder)}: is in a bare repository, or in files that look like one, which a change could bring;"
            " run this in a working tree: git worktree add FOLDER REVISION"
        )
    if done.returncode and b"GIT_DISCOVERY_ACROSS_FILESYSTEM" in done.stderr:
        raise FileError(
            f"git finds no repository around {visible(folder)} on its file system; if it is on another one, set"
            " GIT_DISCOVERY_ACROSS_FILESYSTEM=1"
        )


def _is_kept(variable: tuple[str, str]) -> bool:
    """Return whether git is given a variable: not those that point it at another repository than the folder's.

    Configuration stays, such as `safe.directory`, which containers give in the environment.
    """
    name = variable[0].upper()
    return not name.startswith("GIT_") or name.startswith("GIT_CONFIG_") or name in _ON_DISCOVERY


def _find_git() -> str:
    """Return the absolute path of git. Raises FileError where it is not in PATH, or only in what is checked.

    A name alone would be looked for in the current folder too: on Windows always, elsewhere by an empty part of PATH.
    """
    here = os.path.realpath(os.curdir)
    checked = tuple(
        f"{folder}{os.sep}" for folder in (here, find_top(here) or here) if folder != os.path.dirname(folder)
    )
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder.strip('"'), _PROGRAM)
        real = os.path.realpath(path)
        if os.path.isabs(path) and os.path.isfile(real) and os.access(real, os.X_OK) and not real.startswith(checked):
            return path
    raise FileError("git cannot be run: no folder in PATH has it, apart from the folder that is checked; install git")
