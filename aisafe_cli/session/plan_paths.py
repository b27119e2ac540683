"""Plans by name, from files and from git: `release.plan.yaml`, `-`, or `v1.0:plans/release.plan.yaml`."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Sequence

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.plan import EvidenceState, Plan
from aisafe_cli.errors import AisafeError, FileError
from aisafe_cli.io.find import find_plans
from aisafe_cli.io.git import StoredFile, find_root, list_at, read_at, read_entry
from aisafe_cli.io.paths import STANDARD_INPUT, write_path_out
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.evidence_files import (
    IS_ABSENT,
    IS_ALTERED,
    NOT_A_FILE,
    OUT_OF_REPOSITORY,
    TOO_MUCH,
    EvidenceLookup,
    LookupResult,
    climbs_out,
    inspect_with,
)
from aisafe_cli.text.escape import visible

_HERE = "."


def find_each_plan(paths: Sequence[str]) -> tuple[list[str], list[AisafeError], list[str]]:
    """Return the plans that the paths name, each path once, what keeps some from being found, and what to say."""
    plans: dict[object, str] = {}
    errors: list[AisafeError] = []
    notes: dict[str, None] = {}
    for path in paths:
        try:
            found = find_plans(path)
        except AisafeError as error:
            errors.append(error)
            continue
        notes |= dict.fromkeys(found.passed_over)
        for plan in found.paths:
            plans.setdefault(write_path_out(plan), plan)
    return list(plans.values()), errors, list(notes)


def load_from_git(name: str, catalog: Catalog) -> Plan:
    """Return the plan of `REVISION:PATH` in the repository around this folder.

    As in git, a path is relative to the top of the repository, and to the current folder where it begins with `./` or
    `../`. The files that a plan names as evidence are looked for where the plan is: in the same revision. Raises
    FileError where the plan cannot be read, and InputError for a plan with faults.
    """
    revision, _, path = name.partition(":")
    plan = parse_plan(_stored(name, revision, path), name, catalog)
    return inspect_with(_Stored(revision, posixpath.dirname(_from_the_top(path))), plan)


def folder_of(name: str) -> str:
    """Return the folder of the working tree whose configuration holds for a named plan."""
    return os.curdir if name == STANDARD_INPUT or is_in_git(name) else os.path.dirname(name) or os.curdir


def is_in_git(name: str) -> bool:
    """Return whether a name is read as `REVISION:PATH`, which an address is not."""
    return ":" in name and "://" not in name and not os.path.lexists(name)


def _stored(name: str, revision: str, path: str) -> bytes:
    if not revision or not path:
        raise FileError(f"{visible(name)}: there is no such file; write a file in git as REVISION:PATH")
    try:
        content = read_at(revision, _from_the_top(path), _HERE, MAX_BYTES)
    except FileError as error:
        raise FileError(f"{visible(name)}: there is no such file, and git cannot give it: {error}") from error
    if content is None:
        hint = _elsewhere(revision, path)
        raise FileError(f"{visible(name)}: that revision has no such file{hint}")
    return content


def _from_the_top(path: str) -> str:
    """Return the path as git stores it: relative to the top of the repository, with slashes."""
    if not path.startswith(("./", "../")):
        return path
    top = os.path.realpath(find_root(_HERE))
    return os.path.relpath(os.path.join(os.path.realpath(_HERE), path), top).replace(os.sep, "/")


def _elsewhere(revision: str, path: str) -> str:
    """Say how to write the name if what was meant is in the current folder, not at the top of the repository."""
    if path.startswith(("./", "../", "/")):
        return ""
    try:
        found = read_at(revision, _from_the_top(f"./{path}"), _HERE, MAX_BYTES)
    except FileError:  # a repository without a folder of work, or a file that is too large
        found = None
    if found is None:
        return "; a path is relative to the top of the repository, ./PATH to the current folder"
    return f"; did you mean `{visible(f'{revision}:./{path}')}`?"


# --- evidence in git ------------------------------------------------------------------------------------------------

_MAX_LINKS = 8
_MAX_TARGET = 4096
_MAX_READINGS = 150  # each starts git twice
_MAX_STORED = 24 << 20  # git gives a file as a whole, so it has to fit into memory
_TOO_LARGE: LookupResult = (
    EvidenceState.UNREADABLE,
    f"cannot be read, or is larger than {_MAX_STORED >> 20} MiB, the most that is read from git",
)


class _Stored(EvidenceLookup):
    """Looks for files named from one folder of a revision."""

    def __init__(self, revision: str, folder: str) -> None:
        self._folder = folder
        self._entries = list_at(revision, _HERE)
        self._known: dict[tuple[str, str], str | LookupResult] = {}  # where links lead, and hashes of files, by blob

    def find(self, named: str, sha256: str | None) -> LookupResult:
        folder = self._folder
        for _ in range(_MAX_LINKS):
            if named.startswith("/") or climbs_out(named, len(folder.split("/")) if folder else 0):
                return OUT_OF_REPOSITORY
            path = posixpath.normpath(posixpath.join(folder, named))
            entry = self._entries.get(path)
            if entry is None:
                return IS_ABSENT
            if entry.kind == "link":
                target = self._once(entry, _MAX_TARGET, os.fsdecode)
                if not isinstance(target, str):
                    return target
                folder, named = posixpath.dirname(path), target
            elif entry.kind == "file":
                return self._examine(entry, sha256)
            else:
                break
        return NOT_A_FILE

    def _examine(self, entry: StoredFile, sha256: str | None) -> LookupResult:
        if sha256 is None:
            return EvidenceState.FOUND, ""
        digest = self._once(entry, _MAX_STORED, lambda content: hashlib.sha256(content).hexdigest())
        if not isinstance(digest, str):
            return digest
        return (EvidenceState.FOUND, "") if digest == sha256.lower() else IS_ALTERED

    def _once(self, entry: StoredFile, limit: int, kept: Callable[[bytes], str]) -> str | LookupResult:
        """Return what is kept of a content, which is read once, or what is known instead where it was not read."""
        place = entry.kind, entry.blob  # a file may hold the very bytes that a link does
        if place not in self._known:
            if len(self._known) >= _MAX_READINGS:
                return TOO_MUCH
            try:
                self._known[place] = kept(read_entry(entry, "evidence", _HERE, limit))
            except FileError:
                self._known[place] = _TOO_LARGE
        return self._known[place]
