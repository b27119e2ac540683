"""A folder of a model: the names in it and the first bytes of its files, within bounds."""

from __future__ import annotations

import hashlib
import os
from itertools import islice

from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import describe_cause, read_start

_MAX_ENTRIES = 20_000


class ModelFolder:
    """A folder, or some of its files."""

    def __init__(self, path: str, names: tuple[str, ...] | None = None) -> None:
        self._path = path
        self._names = names if names is not None else list_files(path)
        self._digest = hashlib.sha256("\0".join(self._names).encode(errors="surrogateescape"))

    def list_names(self) -> tuple[str, ...]:
        """Return the names of the files, sorted."""
        return self._names

    def read_start(self, name: str, limit: int) -> bytes:
        """Return the first bytes of a file. Raises FileError where it cannot be read."""
        content = read_start(os.path.join(self._path, name), limit)
        self._digest.update(content)
        return content

    @property
    def sha256(self) -> str:
        """The hash of the names and of everything read so far."""
        return self._digest.hexdigest()


def list_files(path: str) -> tuple[str, ...]:
    """Return the names of the regular files in a folder, sorted. Raises FileError where it cannot be listed.

    Of links only those into a folder `blobs` count, as in the Hub's cache: others may lead to files of somebody else.
    """
    return tuple(entry.name for entry in _scan(path) if entry.is_file(follow_symlinks=False) or _is_cached(entry))


def _is_cached(entry: os.DirEntry[str]) -> bool:
    target = os.path.realpath(entry.path)
    return os.path.basename(os.path.dirname(target)) == "blobs" and os.path.isfile(target)


def list_folders(path: str) -> tuple[str, ...]:
    """Return the names of the folders in a folder, sorted. Raises FileError where it cannot be listed."""
    return tuple(entry.name for entry in _scan(path) if entry.is_dir(follow_symlinks=False))


def _scan(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(islice(entries, _MAX_ENTRIES), key=lambda entry: entry.name)
    except OSError as error:
        raise FileError(f"{show_path(path)}: cannot be listed: {describe_cause(error)}") from error
