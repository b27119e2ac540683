"""Look for the files that a plan names as evidence. Nothing is fetched: an address is noted as such.

What counts as a path is decided by the text alone, so that it does not depend on what happens to be there:

- an address begins with a scheme and a colon, such as `https:` or `doi:`, and has no white space; with a SHA-256, which
  is not compared there, it counts as nothing that was found;
- a path begins with `./`, `../`, `/` or `~`, or has a SHA-256, or is free of white space and has a `/` or ends with a
  file extension (a dot, a letter, and up to nine more letters or digits);
- anything else is another locator, such as `arXiv 2508.06601`.

From `#` on, a path names a part of the file, and so does a line number at its end (`a.md:12`).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.edits import change_evidence
from aisafe_cli.domain.plan import Evidence, EvidenceState, Plan
from aisafe_cli.errors import FileError
from aisafe_cli.io.git import find_pointer_hash
from aisafe_cli.io.paths import STANDARD_INPUT, RealFolder, is_below
from aisafe_cli.io.read import hash_content, hash_file, read_bytes
from aisafe_cli.text.unicode import strip_invisible

MAX_BYTES = 64 << 20
MAX_BYTES_IN_ALL = 256 << 20  # of the files whose hashes one plan gives
MAX_STEPS = 50_000  # from folder to folder, on the ways to all files that one plan names
_MAX_TEXT = 24 << 20  # a larger file is hashed as it is, whatever its line ends
_MAX_POINTER = 1024
# Letter case is written out where every check looks: to have it ignored takes `re` longer than the look itself.
_ADDRESS = r"(?![Ff][Ii][Ll][Ee]:)[A-Za-z][A-Za-z0-9+-]+:\S+"
# What is an address beside a SHA-256 too: with any other word before its colon a name would evade the comparison.
_CERTAIN_ADDRESS = r"(?i)[a-z][a-z0-9+.-]*://\S+|(?:ark|arxiv|doi|hdl|isbn|pkg|pmid|swh|urn):\S+"
_FILE_ADDRESS = r"[Ff][Ii][Ll][Ee]:|[A-Za-z]:[\\/]"  # the second as Windows names a drive
_BEGINS_LIKE_A_PATH = ("./", "../", "/", "~")
_LOOKS_LIKE_A_PATH = r"/|[^\s#/]\.[A-Za-z][A-Za-z0-9]{0,9}(?:[:#]|$)"
_PART_OF_A_FILE = r"(?s)(?:#.*|(?::\d+){1,2})$"

LookupResult = tuple[EvidenceState, str]


def inspect_with(look: EvidenceLookup, plan: Plan) -> Plan:
    """Return the plan with what a look at the files tells of each piece of evidence that it names.

    What cannot be found or read is a state of the evidence, not an error.
    """
    return change_evidence(plan, lambda evidence, _: look.at(evidence))


def file_of(ref: str, has_sha256: bool = False) -> str | None:
    """Return the path that a reference names, without the part of the file; None for an address or another locator."""
    if re.fullmatch(_CERTAIN_ADDRESS if has_sha256 else _ADDRESS, ref) and not re.match(_FILE_ADDRESS, ref):
        return None
    named = re.sub(_PART_OF_A_FILE, "", ref)
    if has_sha256:
        return named or ref
    is_path = ref.startswith(_BEGINS_LIKE_A_PATH) or re.match(_FILE_ADDRESS, ref)
    return named if named and (is_path or _looks_like_a_path(ref)) else None


def _looks_like_a_path(ref: str) -> bool:
    # In two steps, since one expression for both would take time that grows with the square of the length.
    before, mark, _ = strip_invisible(ref).partition("#")
    return not re.search(r"\s", ref) and re.search(_LOOKS_LIKE_A_PATH, before + mark) is not None


def found_files(plan: Plan) -> Iterable[str]:
    """Yield the paths of the files that a plan names as evidence and that are there, from the current folder."""
    beside = os.path.dirname(plan.path)
    for item in plan.evidence:
        if item.state is EvidenceState.FOUND and (path := file_of(item.ref, item.sha256 is not None)):
            yield os.path.join(beside, path)


def climbs_out(named: str, depth: int) -> bool:
    """Return whether a path from a folder so deep in the repository leaves it on its way, even if it comes back."""
    for part in named.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


OUT_OF_REPOSITORY: LookupResult = (EvidenceState.OUTSIDE, "leads out of the repository")
IS_ABSENT: LookupResult = (EvidenceState.ABSENT, "was not found")
NOT_COMPARED: LookupResult = (EvidenceState.UNREADABLE, "is a URL, so its SHA-256 cannot be compared")
IS_EMPTY: LookupResult = (EvidenceState.EMPTY, "is empty")
NOT_A_FILE: LookupResult = (EvidenceState.NOT_A_FILE, "is not a file")
IS_ALTERED: LookupResult = (EvidenceState.ALTERED, "has a different SHA-256 than the plan gives")
TOO_MUCH: LookupResult = (EvidenceState.UNREADABLE, "was not checked, because the plan names too many files")
IS_POINTER: LookupResult = (
    EvidenceState.UNREADABLE,
    "is a Git LFS pointer without its file; fetch the file with git lfs pull",
)
TOO_LARGE: LookupResult = (EvidenceState.UNREADABLE, f"cannot be read, or is larger than {MAX_BYTES >> 20} MiB")


def list_forms(content: bytes) -> tuple[bytes, ...]:
    """Return a content, and a text with the other line ends too, which git may put in its place."""
    if b"\0" in content:
        return (content,)
    lines = content.replace(b"\r\n", b"\n")
    return tuple(dict.fromkeys((content, lines, lines.replace(b"\n", b"\r\n"))))


def hash_forms(content: bytes) -> tuple[str, ...]:
    """Return the SHA-256 of a content, and those of a text with the other line ends."""
    return tuple(hash_content(form) for form in list_forms(content))


class EvidenceLookup:
    """Looks at evidence. Where files are, and what they hold, is told by `find`."""

    def find(self, named: str, sha256: str | None) -> LookupResult:
        """Return what is known of the file at a path relative to the plan, and in words what speaks against it."""
        raise NotImplementedError

    def at(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        """Return the evidence with what is known of it."""
        found = ((item, *self._look(item)) for item in evidence)
        return tuple([replace(item, state=state, problem=problem) for item, state, problem in found])

    def _look(self, item: Evidence) -> LookupResult:
        named = file_of(item.ref, item.sha256 is not None)
        if named is None and item.sha256 is not None:
            return NOT_COMPARED
        if named is None:
            return EvidenceState.NOT_FETCHED if re.fullmatch(_ADDRESS, item.ref) else EvidenceState.LOCATOR, ""
        if named.startswith(("/", "~")) or re.match(_FILE_ADDRESS, named) or os.path.isabs(named):
            return EvidenceState.OUTSIDE, "is not a path relative to the plan"
        if named.endswith(("/", "/.")):
            return NOT_A_FILE
        return self.find(named, item.sha256)


class FileLookup(EvidenceLookup):
    """Looks for the files that the plan at a path names, at each file once; `-` stands for standard input.

    Where the `folder` of the plan is known, it is not looked at again. `read` has what was read: the path of each file
    as it is reached from the current folder, its SHA-256 and its size.
    """

    def __init__(self, path: str, folder: RealFolder | None = None) -> None:
        self._beside = "" if path == STANDARD_INPUT else os.path.dirname(path)
        folder = folder or RealFolder(self._beside)
        self.read: dict[str, tuple[str, int]] = {}
        self._folder = folder.path
        self._root = folder.top or folder.path
        self._depth = len([part for part in os.path.relpath(folder.path, self._root).split(os.sep) if part != "."])
        self._hashes: dict[str, tuple[str, ...]] = {}
        self._folders: dict[str, str] = {}
        self._steps_left = MAX_STEPS
        self._bytes_left = MAX_BYTES_IN_ALL

    def find(self, named: str, sha256: str | None) -> LookupResult:
        try:
            # Only the resolved path is looked at, so that no answer tells what is there outside the repository.
            real = self._resolved(os.path.join(self._folder, named))
            if real is None:
                return TOO_MUCH
            if climbs_out(named, self._depth) or not is_below(real, self._root):
                return OUT_OF_REPOSITORY
            return self._inspect_file(real, os.path.join(self._beside, named), sha256)
        except (FileNotFoundError, NotADirectoryError):
            return IS_ABSENT
        except (OSError, ValueError):
            return EvidenceState.UNREADABLE, "cannot be checked"

    def _resolved(self, path: str) -> str | None:
        """Return the real path, each folder worked out once; None where the ways there were too long in all."""
        folder, name = os.path.split(path)
        if name in ("", ".", "..") or os.path.islink(path):
            folder, name = path, ""
        if folder not in self._folders:
            self._steps_left -= folder.count("/") + 1
            if self._steps_left < 0:
                return None
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name) if name else self._folders[folder]

    def _inspect_file(self, real: str, path: str, sha256: str | None) -> LookupResult:
        status = os.lstat(real)
        if not stat.S_ISREG(status.st_mode):
            return NOT_A_FILE
        if not status.st_size:
            return IS_EMPTY
        try:
            if status.st_size <= _MAX_POINTER and find_pointer_hash(read_bytes(real, _MAX_POINTER)):
                return IS_POINTER
            hashes = () if sha256 is None else self._hash_within_limits(real, path, status.st_size)
        except FileError:
            return TOO_LARGE
        if hashes is None:
            return TOO_MUCH
        return IS_ALTERED if sha256 and sha256.lower() not in hashes else (EvidenceState.FOUND, "")

    def _hash_within_limits(self, real: str, path: str, size: int) -> tuple[str, ...] | None:
        """Return what may be a file's SHA-256; None where the files before were too large in all. Raises FileError."""
        if real not in self._hashes:
            self._bytes_left -= size
            if self._bytes_left < 0:
                return None
            is_text = size <= _MAX_TEXT
            hashes = hash_forms(read_bytes(real, _MAX_TEXT)) if is_text else (hash_file(real, MAX_BYTES),)
            self._hashes[real] = hashes
            self.read[path] = hashes[0], size
        return self._hashes[real]
