"""Files as they stand in a git revision. The only user of git, of which it asks for stored content and nothing else.

`git cat-file` applies no filter, hook or text conversion of the repository, and a partial clone is kept from fetching:
what is not stored here is not read.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType

from aisafe_cli.domain._record import record
from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import is_below
from aisafe_cli.io.read import read_start
from aisafe_cli.text.annotations import TYPE_CHECKING
from aisafe_cli.text.escape import visible

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from aisafe_cli.io.git_process import Objects

_HASH = r"(?i)[0-9a-f]{40}([0-9a-f]{24})?"
_POINTER = (
    rb"version https://(?:git-lfs\.github|hawser\.github)\.com/spec/v1\r?\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\r?\n"
)
_KINDS = {b"040000": "folder", b"120000": "link", b"160000": "submodule"}
_NOT_READ = {
    "folder": "is a folder, not a file",
    "submodule": "is a submodule, not a file",
    "link": "leads through more links than are followed, or in a circle",
    "unread": "leads through more links than are read of a revision, or one that is too long",
    "outside": "leads out of the repository, so what is there is not part of this revision; keep the file in the"
    " repository, or name a file outside it on the command line",
}
ALL_BRANCHES = ("refs/heads", "refs/remotes")
_EMPTY_BLOBS = (  # as SHA-1 and as SHA-256
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
_OTHER_FORMS = ("filter", "working-tree-encoding", "ident")
_MAX_PLACE = 1 << 14  # of the name of a folder
_FETCH_ALL = "fetch that revision with its history (fetch-depth: 0, or git fetch --unshallow)"
_FETCH_PARTS = "fetch all of it with git fetch --refetch --no-filter"
_MAX_LINKS = 8  # in the way to one file
_MAX_TARGETS = 200  # links that are read of one revision; each starts git twice
_MAX_TARGET = 4096


def resolve_revision(revision: str, folder: str) -> str:
    """Return the full hash of the commit that a revision names in the repository around a folder. Raises FileError.

    A name that git finds twice is refused, such as a tag called like a branch: whoever may push either would decide.
    """
    done = _call_git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if b" is ambiguous" in done.stderr and not re.fullmatch(_HASH, revision):
        raise FileError(
            f"{visible(revision)}: this name is ambiguous in the repository around {visible(folder)}; write it in full,"
            " such as refs/heads/NAME, refs/tags/NAME or refs/remotes/origin/NAME, or give the whole hash"
        )
    found = done.stdout.decode().strip()
    if done.returncode or not re.fullmatch(_HASH, found):  # `^main` is not found as a commit, and yet no failure
        raise FileError(
            f"{visible(revision)}: there is no such revision in the repository around {visible(folder)}"
            + (f"; the clone is shallow, {_FETCH_ALL}" if _is_shallow(folder) else "")
        )
    return found


def find_merge_base(one: str, other: str, folder: str) -> str | None:
    """Return the last commit that two have in common, or None where there is none. Raises FileError in doubt."""
    base = _run_git(folder, "merge-base", one, other)
    if base is None and _is_shallow(folder):
        raise FileError(f"{visible(folder)}: the clone is shallow, so the change cannot be seen; {_FETCH_ALL}")
    return base.decode().strip() if base else None


def find_merged_parent(commit: str, folder: str, branches: Sequence[str]) -> str | None:
    """Return the first parent of a merge that is checked out and that a platform made of a change, or None.

    It has the commit among its ancestors and stands in one of the branches, patterns of refs, while the merge itself is
    in none: nobody who only proposes a change decides what its first parent is. Raises FileError.
    """
    if _run_git(folder, "rev-parse", "--verify", "HEAD^2") is None:
        return None
    parent = resolve_revision("HEAD^1", folder)
    if parent == commit or _run_git(folder, "merge-base", "--is-ancestor", commit, parent) is None:
        return None
    return parent if _is_in(parent, folder, branches) and not _is_in("HEAD", folder, ALL_BRANCHES) else None


def _is_in(commit: str, folder: str, branches: Sequence[str]) -> bool:
    listed = _call_git(folder, "for-each-ref", "--format=%(refname)", "--contains", commit, *branches).stdout
    return any(not line.startswith(b"refs/remotes/pull/") for line in listed.splitlines())


def find_root(folder: str) -> str:
    """Return the top folder of the repository around a folder. Raises FileError where there is none."""
    top = _run_git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise FileError(f"{'this folder' if folder == os.curdir else f'{visible(folder)}:'} is not in a git repository")
    return os.fsdecode(top.removesuffix(b"\n"))


@record
class StoredFile:
    """What a path of a revision leads to, links followed: its kind, where it is, and its content's hash.

    The kind is `file`, `folder`, `submodule`, `absent`, `outside` of the repository, `link` for one that leads nowhere
    in a bounded number of steps, or `unread` where too many or too long ones would have to be read. `folder` is that
    of the repository which stores it.
    """

    kind: str
    path: str
    blob: str = ""
    folder: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file has no content."""
        return self.blob in _EMPTY_BLOBS


class StoredTree:
    """Everything that a revision stores. Raises FileError where the revision or a part of it is not there.

    Links are followed inside the repository, and into submodules that are checked out, at the commit that is stored.
    """

    def __init__(self, revision: str, folder: str, shown: str | None = None) -> None:
        self.commit = resolve_revision(revision, folder)
        self._shown = visible(shown or revision)
        self._folder = folder
        self._targets: dict[str, str | None] = {}
        self._submodules: list[str] = []

    @cached_property
    def entries(self) -> dict[str, StoredFile]:
        """What is stored, by its path from the top of the repository; of submodules those that were looked into."""
        return _list_tree(self.commit, self._folder, "")

    def show(self, path: str) -> str:
        """Return the name of a file with that of the revision, as git writes it."""
        return f"{self._shown}:{visible(path)}"

    def find(self, path: str, folder: str = "") -> StoredFile:
        """Return what a path leads to, from a folder of the repository. Raises FileError where that is not stored."""
        place, left, links = folder, path.replace(os.sep, "/").split("/"), 0
        if path.startswith("/"):
            return StoredFile(kind="outside", path=path)
        while left:
            part = left.pop(0)
            if part == ".." and not place:
                return StoredFile(kind="outside", path=path)
            if part in ("", ".", ".."):
                place = posixpath.dirname(place) if part == ".." else place
                continue
            entry = self._get(posixpath.join(place, part))
            if entry.kind == "link":
                links += 1
                target = self._read_target(entry)
                if target is None or target.startswith("/") or links > _MAX_LINKS:
                    kind = "unread" if target is None else "outside" if target.startswith("/") else "link"
                    return StoredFile(kind=kind, path=entry.path)
                left[:0] = target.split("/")
            elif entry.kind in ("file", "absent") and left:
                return StoredFile(kind="absent", path=entry.path)
            else:
                place = entry.path
        return self._get(place) if place else StoredFile(kind="folder", path="")

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file, or None where nothing has that name. Raises FileError for anything else."""
        entry = self.find(path)
        if entry.kind == "absent":
            return None
        if entry.kind != "file":
            raise FileError(f"{self.show(path)}: {_NOT_READ[entry.kind]}")
        content = read_entry(entry, self.show(path), limit)
        if content is None:
            raise FileError(f"{self.show(path)}: is larger than {limit} bytes")
        if find_pointer_hash(content):
            raise FileError(f"{self.show(path)}: is a Git LFS pointer there; keep this file in git itself")
        return content

    def find_submodule(self, path: str) -> str:
        """Return the innermost submodule that a path leads into, or nothing where that is the repository itself."""
        inside = self.find(path).path
        return max((place for place in self._submodules if is_below(inside, place)), key=len, default="")

    def has_other_form(self, entry: StoredFile) -> bool:
        """Return whether attributes give a working tree another form of a file than git stores, beside line ends."""
        around = self.find_submodule(entry.path)
        folder, name = os.path.join(find_root(self._folder), around), entry.path.removeprefix(f"{around}/")
        return bool(_read_attributes(self._get(around).blob if around else self.commit, folder, name))

    def _get(self, path: str) -> StoredFile:
        entry = self.entries.get(path, StoredFile(kind="absent", path=path))
        if entry.kind == "submodule" and path not in self._submodules:
            self.entries.update(self._list_submodule(entry))
            self._submodules.append(path)
        return entry

    def _list_submodule(self, entry: StoredFile) -> dict[str, StoredFile]:
        folder = os.path.join(find_root(self._folder), entry.path)
        is_there = os.path.isdir(folder) and os.path.samefile(find_root(folder), folder)
        if not is_there or _run_git(folder, "rev-parse", "--verify", f"{entry.blob}^{{commit}}") is None:
            raise FileError(
                f"{self.show(entry.path)}: is a submodule whose commit is not here; fetch it with"
                " git submodule update --init --recursive"
            )
        return _list_tree(entry.blob, folder, f"{entry.path}/")

    def _read_target(self, entry: StoredFile) -> str | None:
        """Return where a link leads, or None where too many were read before."""
        if entry.blob not in self._targets and len(self._targets) < _MAX_TARGETS:
            target = read_entry(entry, self.show(entry.path), _MAX_TARGET)
            self._targets[entry.blob] = None if target is None else os.fsdecode(target)
        return self._targets.get(entry.blob)


def read_entry(entry: StoredFile, shown: str, limit: int) -> bytes | None:
    """Return the content of a file, or where a link leads; None for more than `limit` bytes. Raises FileError."""
    folder = os.path.realpath(entry.folder)
    try:
        content = _open_objects(folder, os.stat(folder).st_ino, os.getpid()).read(entry.blob, limit)
    except (OSError, ValueError) as error:
        _open_objects.cache_clear()
        raise FileError(f"{shown}: cannot be read") from error
    if content is None:
        _open_objects.cache_clear()
        raise FileError(f"{shown}: is not stored in this clone; {_FETCH_PARTS}")
    return None if len(content) > limit else content


@lru_cache(maxsize=1)
def _open_objects(folder: str, inode: int, process: int) -> Objects:  # noqa: ARG001
    """Return what hands out the objects of the repository around a folder, which its inode tells from one before.

    A process does not share that with the one that it was forked from: each would read the other's answers.
    """
    from aisafe_cli.io.git_process import Objects  # as below

    return Objects(folder)


def find_pointer_hash(content: bytes) -> str | None:
    """Return the SHA-256 that a pointer of Git LFS gives, or None for any other content."""
    pointer = re.match(_POINTER, content)
    return pointer[1].decode() if pointer else None


def _read_attributes(commit: str, folder: str, path: str) -> set[bytes]:
    """Return the attributes of a file that give it another form, by the files of a commit and not by those beside it.

    They are read through an index of its own, which every git can do. Raises FileError.
    """
    from tempfile import TemporaryDirectory  # takes longer to import than to judge a plan

    with TemporaryDirectory() as temporary:
        index = {"GIT_INDEX_FILE": os.path.join(temporary, "index")}
        _call_git(folder, "read-tree", commit, settings=index)
        asked = ("check-attr", "--cached", "-z", *_OTHER_FORMS, "--", path)
        listed = _call_git(folder, *asked, settings=index).stdout.split(b"\0")
    if len(listed) <= 3 * len(_OTHER_FORMS):
        raise FileError(f"{visible(path)}: git does not say which attributes this path has in {commit}")
    return set(listed[2::3]) - {b"unspecified", b"unset", b"lfs"}  # a pointer says what the hash is


def is_sparse(top: str) -> bool:
    """Return whether the working tree at a top is a sparse checkout, without asking git. Raises FileError."""
    stored = os.path.join(top, ".git")
    if os.path.isfile(stored):  # of a linked working tree, or of a submodule
        stored = os.path.join(top, os.fsdecode(read_start(stored, _MAX_PLACE)).removeprefix("gitdir:").strip())
    return os.path.isfile(os.path.join(stored, "info", "sparse-checkout"))


def list_left_out(folder: str) -> frozenset[str]:
    """Return the files that a sparse checkout leaves out, by their paths from the top. Raises FileError."""
    listed = _call_git(folder, "ls-files", "-t", "-z", "--full-name", ":/").stdout
    return frozenset(os.fsdecode(line[2:]) for line in listed.split(b"\0") if line.startswith(b"S "))


def tracks_files(folder: str) -> bool:
    """Return whether the index of the repository around a folder has a file in it. Raises FileError in doubt."""
    listed = _run_git(folder, "ls-files")
    if listed is None:
        raise FileError(f"{visible(folder)}: git does not tell which files it tracks there")
    return bool(listed)


def _list_tree(commit: str, folder: str, prefix: str) -> dict[str, StoredFile]:
    listed = _run_git(folder, "ls-tree", "-r", "-t", "-z", "--full-tree", commit)
    if listed is None:  # a folder that a partial clone does not have must not look as if it were empty
        raise FileError(f"{visible(folder)}: folders of revision {commit} are not stored in this clone; {_FETCH_PARTS}")
    entries = {}
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.split()
        path = prefix + os.fsdecode(name)
        kind = _KINDS.get(mode, "file")
        entries[path] = StoredFile(kind=kind, path=path, blob=blob.decode(), folder=folder)
    return entries


def _is_shallow(folder: str) -> bool:
    return _run_git(folder, "rev-parse", "--is-shallow-repository") == b"true\n"


def _run_git(folder: str, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails. Raises as `_call_git` does."""
    done = _call_git(folder, *arguments)
    return done.stdout if done.returncode == 0 else None


def _call_git(
    folder: str, *arguments: str, settings: Mapping[str, str] = MappingProxyType({})
) -> CompletedProcess[bytes]:
    from aisafe_cli.io.git_process import call_git  # takes a tenth of a whole check, and few checks ask git

    return call_git(folder, *arguments, settings=settings)
