"""Plans in git by name: `v1.0:plans/release.plan.yaml`."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from datetime import date

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.plan import EvidenceState, Plan
from aisafe_cli.errors import FileError
from aisafe_cli.io.git import StoredFile, StoredTree, find_pointer_hash, find_root, list_left_out, read_entry
from aisafe_cli.io.paths import path_exists
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.evidence_files import (
    IS_ABSENT,
    IS_ALTERED,
    IS_EMPTY,
    IS_POINTER,
    NOT_A_FILE,
    OUT_OF_REPOSITORY,
    EvidenceLookup,
    LookupResult,
    climbs_out,
    file_of,
    hash_forms,
    inspect_with,
)
from aisafe_cli.text.escape import visible

_HERE = "."
_BEGINS_LIKE_A_FILE = ("./", "../", "/")


def load_from_git(name: str, catalog: Catalog, others: Sequence[Catalog] = (), as_of: date | None = None) -> Plan:
    """Return the plan of `REVISION:PATH` in the repository around this folder.

    As in git, a path is relative to the top of the repository, and to the current folder where it begins with `./` or
    `../`. The files that a plan names as evidence are looked for where the plan is: in the same revision. Raises
    FileError where the plan cannot be read, and InputError for a plan with faults.
    """
    revision, _, path = name.partition(":")
    tree, stored = _find_stored(name, revision, path)
    content = tree.read(stored, MAX_BYTES)
    if content is None:
        raise FileError(f"{visible(name)}: that revision has no such file{_suggest_other(tree, path)}")
    plan = parse_plan(content, name, catalog, as_of, others)
    return inspect_with(_StoredLookup(tree, posixpath.dirname(stored)), plan)


def is_in_git(name: str) -> bool:
    """Return whether a name is read as `REVISION:PATH`; an address is none.

    What begins with `./`, `../` or `/` is a file. Raises FileError where a file has the name and git knows the
    revision: a change could bring such a file.
    """
    revision, colon, path = name.partition(":")
    if not colon or path.startswith("//") or name.startswith(_BEGINS_LIKE_A_FILE) or os.path.isabs(name):
        return False
    if not path_exists(name):
        return True
    try:
        StoredTree(revision, _HERE)
    except FileError:  # git knows no such revision
        return False
    shown = visible(name)
    raise FileError(f"{shown}: is both a file and a path in a git revision; write `./{shown}` for the file")


def require_checked_out(plan: Plan) -> None:
    """Raise FileError for evidence that git has and a working tree has not, by Git LFS or a sparse checkout.

    Compared with a revision, it would be told as if the change had taken it away.
    """
    missing = [item for item in plan.evidence if item.problem in (IS_POINTER[1], IS_ABSENT[1])]
    if not missing:
        return
    beside = os.path.realpath(os.path.dirname(plan.path))
    top, left_out = os.path.realpath(find_root(beside)), list_left_out(beside)
    for item in missing:
        path = os.path.join(beside, file_of(item.ref, item.sha256 is not None) or item.ref)
        is_left_out = os.path.relpath(os.path.realpath(path), top).replace(os.sep, "/") in left_out
        if is_left_out or item.problem == IS_POINTER[1]:
            why = "a sparse checkout leaves it out" if is_left_out else f"it {IS_POINTER[1]}"
            raise FileError(f"{visible(item.ref)}: cannot be compared with the one in git, since {why}")


def _find_stored(name: str, revision: str, path: str) -> tuple[StoredTree, str]:
    """Return the tree of a revision, and the path from the top of the repository, with slashes."""
    if not revision or not path:
        raise FileError(f"{visible(name)}: there is no such file; write a file in git as REVISION:PATH")
    try:
        return StoredTree(revision, _HERE), _make_absolute(path)
    except FileError as error:
        raise FileError(f"{visible(name)}: there is no such file, and git cannot give it: {error}") from error


def _make_absolute(path: str) -> str:
    if not path.startswith(("./", "../")):
        return path
    top = os.path.realpath(find_root(_HERE))
    return os.path.relpath(os.path.join(os.path.realpath(_HERE), path), top).replace(os.sep, "/")


def _suggest_other(tree: StoredTree, path: str) -> str:
    """Say how to write the name if what was meant is in the current folder, not at the top of the repository."""
    if path.startswith(_BEGINS_LIKE_A_FILE):
        return ""
    here = f"./{path}"
    if tree.find(_make_absolute(here)).kind == "file":
        return f"; did you mean `{tree.show(here)}`?"
    return "; a path is relative to the top of the repository, ./PATH to the current folder"


# --- evidence in git ------------------------------------------------------------------------------------------------

_MAX_READINGS = 150  # each starts git twice
_MAX_STORED = 24 << 20  # git gives a file as a whole, so it has to fit into memory
_BY_KIND = {"absent": IS_ABSENT, "outside": OUT_OF_REPOSITORY}
_OTHER_FORM = "git stores another form of this evidence (filter, working-tree-encoding or ident in its attributes)"
_TOO_LARGE = f"this evidence is larger than {_MAX_STORED >> 20} MiB, the most that is read from git"
_TOO_MUCH = "the plan names more evidence than is read from git"


class _StoredLookup(EvidenceLookup):
    """Looks for files named from one folder of a revision.

    Raises FileError for what cannot be compared with a file of a working tree, so that no difference goes unseen.
    """

    def __init__(self, tree: StoredTree, folder: str) -> None:
        self._tree = tree
        self._folder = tree.find(folder).path
        self._depth = len(list(filter(None, self._folder.removeprefix(tree.find_submodule(folder)).split("/"))))
        self._known: dict[str, tuple[str, ...]] = {}  # hashes of files, by blob

    def find(self, named: str, sha256: str | None) -> LookupResult:
        if climbs_out(named, self._depth):
            return OUT_OF_REPOSITORY
        entry = self._tree.find(named, self._folder)
        if entry.kind == "unread":
            raise self._explain_refusal(entry, _TOO_MUCH)
        if entry.kind != "file":
            return _BY_KIND.get(entry.kind, NOT_A_FILE)
        return self._inspect_entry(entry, sha256)

    def _inspect_entry(self, entry: StoredFile, sha256: str | None) -> LookupResult:
        if entry.is_empty:
            return IS_EMPTY
        if sha256 is None:
            return EvidenceState.FOUND, ""
        if entry.blob not in self._known and len(self._known) >= _MAX_READINGS:
            raise self._explain_refusal(entry, _TOO_MUCH)
        if entry.blob not in self._known:
            self._known[entry.blob] = self._hash_entry(entry)
        hashes = self._known[entry.blob]
        if sha256.lower() in hashes:
            return EvidenceState.FOUND, ""
        if not hashes:
            raise self._explain_refusal(entry, _TOO_LARGE)
        if self._tree.has_other_form(entry):
            raise self._explain_refusal(entry, _OTHER_FORM)
        return IS_ALTERED

    def _explain_refusal(self, entry: StoredFile, why: str) -> FileError:
        """Return the error for what cannot be compared: counted as missing, it would hide what a change takes away."""
        way_out = "compare two working trees instead: git worktree add FOLDER REVISION"
        return FileError(f"{self._tree.show(entry.path)}: cannot be compared, since {why}; {way_out}")

    def _hash_entry(self, entry: StoredFile) -> tuple[str, ...]:
        """Return the hashes that a file may have in a working tree; none for one that is too large."""
        content = read_entry(entry, self._tree.show(entry.path), _MAX_STORED)
        if content is None:
            return ()
        pointer = find_pointer_hash(content)
        return (pointer,) if pointer else hash_forms(content)
