"""Find plan files and the folders above them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import path_exists, show_path
from aisafe_cli.io.read import describe_cause

PLAN_SUFFIX = ".plan.yaml"
_PATTERN_SIGNS = "*?["
_ANY_FOLDERS = "**"
_ENVIRONMENTS = (".venv", "venv", ".env", "env")


def find_plans(folder: str) -> Iterator[str]:
    """Yield the `*.plan.yaml` files below a folder, sorted, without following linked folders.

    `.git` and virtual environments in folders of the usual names are passed over: what is there is not the project's.
    Raises FileError for a folder that cannot be listed: a plan that is not looked at must not look checked.
    """

    def fail(error: OSError) -> None:
        raise FileError(f"{show_path(str(error.filename))}: cannot be listed: {describe_cause(error)}") from error

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not _is_foreign(os.path.join(parent, name)))
        for name in sorted(names):
            if name.endswith(PLAN_SUFFIX):
                yield os.path.join(parent, name)


def is_pattern(path: str) -> bool:
    """Return whether a path is the name of no file, and a pattern for names."""
    return any(sign in path for sign in _PATTERN_SIGNS) and not os.path.lexists(path)


def find_matching(pattern: str) -> Iterator[str]:
    """Yield the files and folders whose path a pattern matches, sorted: `*`, `?`, `[…]`, and `**` for any folders.

    As in a folder that is searched, linked folders are not followed, and names that begin with a dot count. Raises
    FileError for a folder that cannot be listed.
    """
    parts = pattern.split(os.sep)
    fixed = next(place for place, part in enumerate(parts) if any(sign in part for sign in _PATTERN_SIGNS))
    start = os.sep.join(parts[:fixed]) + os.sep if fixed else ""
    wanted = [part for part in parts[fixed:] if part]
    if wanted[-1] == _ANY_FOLDERS:  # all files of the folders would be meant, and most are no plans
        wanted.append(f"*{PLAN_SUFFIX}")
    yield from sorted(_matching(start, wanted, frozenset({0})))


def _matching(folder: str, wanted: Sequence[str], reached: frozenset[int]) -> Iterator[str]:
    """Yield what matches below a folder; `reached` are the parts of the pattern that a name in it may have to match."""
    try:
        with os.scandir(folder or os.curdir) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise FileError(f"{show_path(folder)}: cannot be listed: {describe_cause(error)}") from error
    for entry in entries:
        path = folder + entry.name
        after = _after(entry.name, wanted, reached)
        is_folder = entry.is_dir(follow_symlinks=False) and not _is_foreign(path)
        if len(wanted) in after and (is_folder or not entry.is_dir()):
            yield path
        elif is_folder and (deeper := after - {len(wanted)}):
            yield from _matching(path + os.sep, wanted, deeper)


def _after(name: str, wanted: Sequence[str], reached: frozenset[int]) -> frozenset[int]:
    """Return the parts of the pattern that come next once a name has matched."""
    after = set()
    for place in reached:
        while place < len(wanted) and wanted[place] == _ANY_FOLDERS:
            after.add(place)
            place += 1
        if fnmatchcase(name, wanted[place]):
            after.add(place + 1)
    return frozenset(after)


def _is_foreign(folder: str) -> bool:
    name = os.path.basename(folder)
    return name == ".git" or (name in _ENVIRONMENTS and os.path.exists(os.path.join(folder, "pyvenv.cfg")))


def list_folders_upward(folder: str) -> tuple[str, ...]:
    """Return a folder and those above it that may speak for it, nearest first, as absolute paths.

    In a repository they end with its top, the nearest folder with `.git`. Elsewhere they end with the home folder, or
    before a folder that belongs to somebody else or that everybody can write in.
    """
    here = os.path.abspath(folder)
    above = [here]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    for count, place in enumerate(above, 1):
        if path_exists(os.path.join(place, ".git")):
            return tuple(above[:count])
    home, owner = os.path.expanduser("~"), _owner(here)
    kept = [here]
    for place in above[1:]:
        if kept[-1] == home or owner is None or _owner(place) != owner:
            break
        kept.append(place)
    return tuple(kept)


def _owner(folder: str) -> int | None:
    """Return who alone can put files into a folder, or None where everybody can or it cannot be told."""
    try:
        status = os.stat(folder)
    except (OSError, ValueError):
        return None
    return None if status.st_mode & stat.S_IWOTH else status.st_uid
