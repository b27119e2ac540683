"""Names of files: what two of them share, and how they are shown."""

from __future__ import annotations

import os
from contextlib import suppress

from aisafe_cli.text.escape import visible

STANDARD_INPUT = "-"


def path_exists(path: str) -> bool:
    """Return whether something has this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


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
