"""Files as they stand in a git revision. The only user of git, of which it asks for stored content and nothing else.

`git cat-file` applies no filter, hook or text conversion of the repository, and a partial clone is kept from fetching:
what is not stored here is not read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from aisafe_cli.domain._record import record
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


def resolve_revision(revision: str, folder: str) -> str:
    """Return the full hash of the commit that a revision names in the repository around a folder. Raises FileError."""
    found = _run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        raise FileError(
            f"{visible(revision)}: there is no such revision in the repository around {visible(folder)}"
            + ("; the clone is shallow, so fetch that revision too (fetch-depth: 0)" if _is_shallow(folder) else "")
        )
    return found.decode("ascii").strip()


def find_root(folder: str) -> str:
    """Return the top folder of the repository around a folder. Raises FileError where there is none."""
    found = _run_git(folder, "rev-parse", "--show-toplevel")
    if found is None:
        raise FileError(f"{visible(folder)}: is not in a git repository")
    return os.fsdecode(found.removesuffix(b"\n"))


@record
class StoredFile:
    """Something that a revision stores: a `file`, a `link` or another kind of thing, such as a submodule."""

    kind: str
    blob: str


def read_at(revision: str, path: str, folder: str, limit: int) -> bytes | None:
    """Return a file's content in a revision, or None where it has no regular file of that name.

    `path` is relative to the top of the repository around the folder. Raises FileError for an unknown revision, and for
    a file of more than `limit` bytes.
    """
    commit = resolve_revision(revision, folder)
    shown = f"{visible(revision)}:{visible(path)}"
    if not path or path.startswith("/") or ".." in path.split("/"):
        return None
    listed = _run_git(folder, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path)
    if listed is None:  # a folder that a partial clone does not have must not look as if the file were not there
        raise FileError(f"{shown}: the folders of this revision are not stored in this clone")
    entry = _read_entries(listed).get(path)
    if entry is None or entry.kind != "file":
        return None
    return read_entry(entry, shown, folder, limit)


def list_at(revision: str, folder: str) -> Mapping[str, StoredFile]:
    """Return everything that a revision stores, by its path from the top of the repository. Raises FileError."""
    listed = _run_git(folder, "ls-tree", "-r", "-z", "--full-tree", resolve_revision(revision, folder))
    if listed is None:
        raise FileError(f"{visible(revision)}: cannot be listed")
    return _read_entries(listed)


def read_entry(entry: StoredFile, shown: str, folder: str, limit: int) -> bytes:
    """Return the content of a file, or where a link leads. Raises FileError for more than `limit` bytes."""
    size = _run_git(folder, "cat-file", "-s", entry.blob)
    if size is None:
        raise FileError(f"{shown}: is not stored in this clone")
    if int(size) > limit:
        raise FileError(f"{shown}: is larger than {limit} bytes")
    content = _run_git(folder, "cat-file", "blob", entry.blob)
    if content is None:
        raise FileError(f"{shown}: cannot be read")
    return content


def tracks_files(folder: str) -> bool:
    """Return whether the index of the repository around a folder has a file in it. Raises FileError."""
    return bool(_run_git(folder, "ls-files", "-z", "--", "."))


def _read_entries(listed: bytes) -> Mapping[str, StoredFile]:
    found = {}
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.split()
        kind = "file" if mode.startswith(b"100") else "link" if mode == b"120000" else "other"
        found[os.fsdecode(name)] = StoredFile(kind=kind, blob=blob.decode("ascii"))
    return found


def _is_shallow(folder: str) -> bool:
    return _run_git(folder, "rev-parse", "--is-shallow-repository") == b"true\n"


def _run_git(folder: str, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails.

    Raises FileError where it cannot be run, and where it refuses a repository that belongs to somebody else.
    """
    try:
        done = subprocess.run(
            [_find_git(), "-C", folder, *_NEVER_FETCH, *_NOT_BARE, *arguments],
            env={**dict(filter(_is_kept, os.environ.items())), **_QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise FileError(f"git cannot be run: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise FileError("git did not answer in time") from error
    if done.returncode and b"dubious ownership" in done.stderr:
        raise FileError(
            f"git refuses the repository around {visible(folder)}, because its folder belongs to another user; if you"
            " trust it, allow it with: git config --global --add safe.directory FOLDER, or in the environment:"
            " GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=FOLDER"
        )
    if done.returncode and b"GIT_DISCOVERY_ACROSS_FILESYSTEM" in done.stderr:
        raise FileError(
            f"git finds no repository around {visible(folder)} on its file system; if it is on another one, set"
            " GIT_DISCOVERY_ACROSS_FILESYSTEM=1"
        )
    return done.stdout if done.returncode == 0 else None


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
    raise FileError("git cannot be run: it is in no folder of PATH outside of the one that is checked; install it")
