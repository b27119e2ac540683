"""Names of files: what two of them share, and how they are shown."""

from __future__ import annotations

import os
from contextlib import suppress

from aisafe_cli.text.escape import visible

STANDARD_INPUT = "-"


def path_exists(path: str) -> bool:
    """Return whether something has this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def list_folders_above(folder: str) -> tuple[str, ...]:
    """Return a folder and all above it, nearest first, as absolute paths."""
    above = [os.path.abspath(folder)]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    return tuple(above)


def list_names(folder: str) -> list[str]:
    """Return the names in a folder; none where it cannot be listed."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def find_top(folder: str) -> str | None:
    """Return the top of the repository around a folder, the nearest with `.git` in it, or None outside of any."""
    return next((place for place in list_folders_above(folder) if path_exists(os.path.join(place, ".git"))), None)


class RealFolder:
    """A folder by its real path, with the top of the repository around it, or None outside of any."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path or os.curdir)
        self.top = find_top(self.path)


def name_place(path: str, folder: RealFolder | None = None) -> str:
    """Return a file's path from the top of the repository around it, with `/` between names, for readers of reports.

    Outside of any repository it is relative to the current folder, or full where the file is not below that. The
    `folder` that the file is in may be known.
    """
    if path == STANDARD_INPUT:
        return show_path(path)
    folder = folder or RealFolder(os.path.dirname(path))
    top = folder.top or os.path.realpath(os.curdir)
    full = os.path.join(folder.path, os.path.basename(path))
    return show_path(os.path.relpath(full, top) if is_below(full, top) else full).replace(os.sep, "/")


def write_path_out(path: str) -> str:
    """Return a path in full, so that one way to a file is written in one way; links on it are not followed."""
    if path == STANDARD_INPUT:
        return path
    # `..` stays, since it leads elsewhere behind a link.
    return os.sep.join(part for part in os.path.join(os.getcwd(), path).split(os.sep) if part not in ("", os.curdir))


def identify_file(path: str) -> tuple[int, int] | str:
    """Return what two names of one file share."""
    try:
        status = os.fstat(0) if path == STANDARD_INPUT else os.stat(path)
    except (OSError, ValueError):
        return path
    return status.st_dev, status.st_ino


def show_path(path: str) -> str:
    """Return the path as messages and reports show it: read as UTF-8, whatever the locale."""
    if path == STANDARD_INPUT:
        return "<stdin>"
    with suppress(UnicodeEncodeError):  # a name that no file can have, from elsewhere than the command line
        path = os.fsencode(path).decode("utf-8", "surrogateescape")
    return visible(path)


def is_reached_by_link(path: str) -> bool:
    """Return whether a symbolic link leads from the path as written to a file outside the current folder.

    Lines of such a file are not quoted in messages: whoever made the link may not be allowed to read it.
    """
    here = os.path.realpath(".")
    real = os.path.realpath(path)
    written = os.path.normpath(os.path.join(here, path))
    if not written.startswith(here + os.sep):  # links above the file were there before whoever wrote the file
        written = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return real != written and not real.startswith(here + os.sep)


def measure_file(path: str) -> int:
    """Return how many bytes a file holds; 0 where there is none yet."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


def is_below(path: str, top: str) -> bool:
    """Return whether a path is a folder or below it; both written out in full."""
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)
