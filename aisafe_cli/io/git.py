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
# Files of a change that look like a repository are none; only a `.git` makes one.
_NOT_BARE = ("-c", "safe.bareRepository=explicit")


def resolve_revision(revision: str, folder: str) -> str:
    """Return the full hash of the commit that a revision names in the repository around a folder. Raises FileError."""
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        raise FileError(
            f"{visible(revision)}: there is no such revision in the repository around {visible(folder)}"
            + ("; the clone is shallow, so fetch that revision too (fetch-depth: 0)" if _is_shallow(folder) else "")
        )
    return found.decode("ascii").strip()


def find_root(folder: str) -> str:
    """Return the top folder of the repository around a folder. Raises FileError where there is none."""
    found = _git(folder, "rev-parse", "--show-toplevel")
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
    listed = _git(folder, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path)
    if listed is None:  # a folder that a partial clone does not have must not look as if the file were not there
        raise FileError(f"{shown}: the folders of this revision are not stored in this clone")
    entry = _entries(listed).get(path)
    if entry is None or entry.kind != "file":
        return None
    return read_entry(entry, shown, folder, limit)


def list_at(revision: str, folder: str) -> Mapping[str, StoredFile]:
    """Return everything that a revision stores, by its path from the top of the repository. Raises FileError."""
    listed = _git(folder, "ls-tree", "-r", "-z", "--full-tree", resolve_revision(revision, folder))
    if listed is None:
        raise FileError(f"{visible(revision)}: cannot be listed")
    return _entries(listed)


def read_entry(entry: StoredFile, shown: str, folder: str, limit: int) -> bytes:
    """Return the content of a file, or where a link leads. Raises FileError for more than `limit` bytes."""
    size = _git(folder, "cat-file", "-s", entry.blob)
    if size is None:
        raise FileError(f"{shown}: is not stored in this clone")
    if int(size) > limit:
        raise FileError(f"{shown}: is larger than {limit} bytes")
    content = _git(folder, "cat-file", "blob", entry.blob)
    if content is None:
        raise FileError(f"{shown}: cannot be read")
    return content


def _entries(listed: bytes) -> Mapping[str, StoredFile]:
    found = {}
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.split()
        kind = "file" if mode.startswith(b"100") else "link" if mode == b"120000" else "other"
        found[os.fsdecode(name)] = StoredFile(kind=kind, blob=blob.decode("ascii"))
    return found


def _is_shallow(folder: str) -> bool:
    return _git(folder, "rev-parse", "--is-shallow-repository") == b"true\n"


def _git(folder: str, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails.

    Raises FileError where it cannot be run, and where it refuses a repository that belongs to somebody else.
    """
    # Variables that would point git at another repository are left out: the folder says which one is meant.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *_NEVER_FETCH, *_NOT_BARE, *arguments],
            env={**clean, **_QUIET},
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
            " trust it, allow it with: git config --global --add safe.directory FOLDER"
        )
    return done.stdout if done.returncode == 0 else None
