"""The trusted revision: files of the repository around the current folder, as they are stored there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cached_property

from aisafe_cli.errors import FileError
from aisafe_cli.io.find import is_plan_name
from aisafe_cli.io.git import (
    StoredTree,
    find_merge_base,
    find_merged_parent,
    find_root,
    list_left_out,
    resolve_revision,
)
from aisafe_cli.io.paths import is_below, path_exists, show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.parsing.yaml import MAX_CATALOG_BYTES
from aisafe_cli.session.evidence_files import list_forms
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.text.escape import visible

# Where a platform says for which branch a change is proposed. What stands there only narrows what is trusted.
# Where none says so, only a branch counts that hardly anybody may push to.
_DEFAULT_BRANCHES = ("main", "master")
_TARGETS = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")


def open_trusted(name: str, provenance: Provenance) -> TrustedRevision:
    """Return the revision that is trusted: the named one or, for a hash, what the change was merged into since.

    The base of an event is older than the merge that a platform makes of the change. Raises FileError.
    """
    commit = resolve_revision(name, find_root("."))
    branch = next(filter(None, map(os.environ.get, _TARGETS)), None)
    names = (branch,) if branch else _DEFAULT_BRANCHES
    branches = tuple(f"{place}/{name}" for place in ("refs/heads", "refs/remotes/*") for name in names)
    if name.lower() == commit and find_merged_parent(commit, ".", branches):
        return TrustedRevision("HEAD^1", provenance, replaced=name)
    return TrustedRevision(name, provenance)


class TrustedRevision:
    """Reads files of a git revision. Raises FileError where the revision or a file's place is not there.

    `commit` is what is read, where that is another one than the name says, and `replaced` what was named in its place.
    """

    def __init__(
        self, name: str, provenance: Provenance, commit: str | None = None, replaced: str | None = None
    ) -> None:
        self.name = visible(name)
        self.replaced = replaced
        self.top = os.path.realpath(find_root("."))
        self._tree = StoredTree(commit or name, ".", name)
        self._provenance = provenance
        self.commit = self._tree.commit
        self.origin = f"revision {self.commit}"
        self._indexed = 0
        self._names: dict[str, list[str]] = {}

    @cached_property
    def base(self) -> TrustedRevision:
        """What a change is compared with: the last commit that it shares with this revision, or this revision.

        All that decides comes from this revision itself, so that no change is judged by what held long ago.
        """
        base = find_merge_base(self.commit, "HEAD", self.top)
        return self if base in (None, self.commit) else TrustedRevision(self.name, self._provenance, base)

    @cached_property
    def is_checked_out(self) -> bool:
        """Whether this revision is the commit that is checked out."""
        try:
            return resolve_revision("HEAD", self.top) == self.commit
        except FileError:  # a branch without a commit
            return False

    def find_inside(self, path: str) -> str | None:
        """Return a path as the repository names it, or None for one outside.

        The path as written counts, so that a link in the working tree leads nowhere else.
        """
        written = os.path.normpath(os.path.join(os.path.realpath("."), path))
        for ancestor in reversed(_list_ancestors(written)):
            if os.path.realpath(ancestor) == self.top:
                return _make_relative(written, ancestor)
        real = os.path.realpath(path)
        return _make_relative(real, self.top) if is_below(real, self.top) else None

    def list_upward(self, folder: str) -> tuple[str, ...]:
        """Return a folder of the working tree and those above it, up to the top of the repository."""
        inside = self.find_inside(folder)
        if inside is None:
            return ()
        return tuple(os.path.join(self.top, place) for place in _list_ancestors(inside))

    def list_names(self, folder: str) -> list[str]:
        """Return the names in a folder, links followed. Raises FileError for a submodule that is not there."""
        place = self._tree.find(folder).path
        if len(self._tree.entries) != self._indexed:  # those of a submodule come when it is looked into
            self._indexed, self._names = len(self._tree.entries), {}
            for path in sorted(self._tree.entries):
                around, _, name = path.rpartition("/")
                self._names.setdefault(around, []).append(name)
        return self._names.get(place, [])

    def list_other(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the files of the working tree that the revision has otherwise or not, as the repository names them."""
        named = {inside: path for path in paths if (inside := self.find_inside(path)) is not None}
        return tuple(sorted(inside for inside, path in named.items() if not self.holds(inside, path)))

    def holds(self, inside: str, path: str) -> bool:
        """Return whether a file of the working tree is as the revision has it, be it in neither.

        One that attributes of git give another form there, or that is not read, is compared as it is committed.
        """
        try:
            stored = self._tree.find(inside)
        except FileError:  # in a submodule whose commit is not here
            return False
        if not path_exists(path):
            return stored.kind == "absent" or self.is_left_out(inside)
        if stored.kind != "file" or not os.path.isfile(path):
            return False
        try:
            if have_same_lines(self.read(inside) or b"", read_bytes(path, MAX_CATALOG_BYTES)):
                return True
            has_other_form = self._tree.has_other_form(stored)
        except FileError:  # a pointer, too large, or not in this clone
            has_other_form = True
        except OSError:  # no folder takes the temporary file that attributes are read through
            has_other_form = False
        return has_other_form and self._find_committed(inside) == stored.blob

    def is_left_out(self, inside: str) -> bool:
        """Return whether a sparse checkout leaves a file out that is committed as the revision has it."""
        return inside in self._list_left_out() and self._find_committed(inside) == self._tree.find(inside).blob

    def _list_left_out(self) -> frozenset[str]:
        return self._provenance.make_once(list_left_out, self.top)

    def _find_committed(self, inside: str) -> str:
        """Return the hash that git has of a file in the commit that is checked out; nothing where it has none."""
        try:
            return self._checked_out.find(inside).blob
        except FileError:
            return ""

    @cached_property
    def _checked_out(self) -> StoredTree:
        return StoredTree("HEAD", ".")

    def read(self, inside: str) -> bytes | None:
        """Return a file's content, links followed, or None where there is no such file. Raises FileError."""
        return self._tree.read(inside, MAX_CATALOG_BYTES)

    def read_listed(self, inside: str, purpose: str) -> bytes | None:
        """Return a file's content and list it, or None where there is no such file. Raises FileError."""
        content = self.read(inside)
        if content is not None:
            self._provenance.list_content(inside, purpose, self.origin, content)
        return content

    def read_named(self, inside: str, purpose: str) -> bytes:
        """Return the content of a file that is named, and list it. Raises FileError where it is not there."""
        content = self.read_listed(inside, purpose)
        if content is None:
            raise FileError(f"{self.show(inside)}: there is no such file in this revision")
        return content

    def list_files(self, is_searched: Callable[[str], bool] = lambda _: False) -> tuple[str, ...]:
        """Return all files and links, with those in the submodules that are searched. Raises FileError."""
        entries = self._tree.entries
        known: set[str] = set()
        while inner := {path for path, one in entries.items() if one.kind == "submodule" and is_searched(path)} - known:
            known |= inner
            for path in inner:
                self._tree.find(path)
        return tuple(sorted(path for path, one in entries.items() if one.kind in ("file", "link")))

    def list_plan_folders(self, starts: Iterable[str]) -> tuple[str, ...]:
        """Return the folders of the working tree in which the revision has plans, below where a search starts."""
        below = [start for start in map(self.find_inside, starts) if start is not None]
        plans = (path for path in self.list_files() if is_plan_name(path) and _is_below_any(path, below))
        return tuple(dict.fromkeys(os.path.join(self.top, os.path.dirname(path)) for path in plans))

    def find_removed_plans(self) -> tuple[str, ...]:
        """Return the plans that the revision stores and that are not the same kind of thing in the working tree now.

        A link in place of a file, or a linked folder on the way to it, leads to another plan.
        """
        plans = [path for path in self._tree.entries if is_plan_name(path) and not self.stands(path)]
        if left_out := sorted(self._list_left_out().intersection(plans) if plans else ()):
            raise FileError(
                f"{show_path(left_out[0])}: a sparse checkout leaves this plan out; add its folder with"
                " git sparse-checkout add FOLDER, or git sparse-checkout disable"
            )
        return tuple(sorted(plans))

    def stands(self, inside: str) -> bool:
        """Return whether a place holds what the revision has there, a file or a link, reached by the same way."""
        kind = self._tree.entries[inside].kind
        path = os.path.join(self.top, *inside.split("/"))
        if kind == "link":
            return os.path.islink(path)
        return kind != "file" or (os.path.isfile(path) and os.path.realpath(path) == path)

    def show(self, inside: str) -> str:
        """Return the file's name with that of the revision, as git writes it."""
        return self._tree.show(inside)


def have_same_lines(before: bytes, after: bytes) -> bool:
    """Return whether two contents are the same but for their line ends, which git may change in a working tree."""
    return not {*list_forms(before)}.isdisjoint(list_forms(after))


def _is_below_any(path: str, starts: Iterable[str]) -> bool:
    return any(start == "" or is_below(path, start) for start in starts)


def _make_relative(path: str, top: str) -> str:
    relative = os.path.relpath(path, top)
    return "" if relative == os.curdir else relative


def _list_ancestors(path: str) -> list[str]:
    """Return a path and the folders above it, nearest first, as the path names them."""
    places = [path]
    while os.path.dirname(places[-1]) != places[-1]:
        places.append(os.path.dirname(places[-1]))
    return places
