"""Bounded reading of regular files and of standard input."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import lru_cache

from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.text.annotations import BinaryIO

try:  # what Python itself brings, as `random` does: `hashlib` loads OpenSSL, which takes longer than to hash
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:  # before Python 3.12
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256

_PART = 1 << 16
# Without the first a pipe that nobody writes to would be waited for without end. Windows has the last alone.
_OPEN_FLAGS: int = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))


def read_bytes(path: str, limit: int) -> bytes:
    """Return the content of a regular file, or of standard input for `-`; raise FileError for anything else or more.

    The file is opened once and never followed into a device or a pipe, so nothing it names can make the tool wait.
    """
    return b"".join(_read_parts(path, limit))


def open_regular(path: str) -> BinaryIO:
    """Return the stream of a regular file, to be read in parts. Raises FileError for anything else."""
    shown = show_path(path)
    try:
        stream = os.fdopen(open_now(path, os.O_RDONLY), "rb")
    except (OSError, ValueError) as error:
        raise FileError(f"{shown}: cannot be opened: {describe_cause(error)}") from error
    mode = os.fstat(stream.fileno()).st_mode
    if not stat.S_ISREG(mode):
        stream.close()
        raise FileError(f"{shown}: {_describe_kind(mode)}")
    return stream


def _describe_kind(mode: int) -> str:
    """Return what is wrong with something that is no regular file."""
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is not a regular file"


def read_lines(limit: int) -> Iterator[bytes]:
    """Yield the lines of standard input, without their ends. Raises FileError for one longer than the limit."""
    with os.fdopen(os.dup(0), "rb") as stream:
        while line := stream.readline(limit + 1):
            if len(line) > limit:
                raise FileError(f"{show_path(STANDARD_INPUT)}: a line is larger than {limit} bytes")
            yield line.rstrip(b"\r\n")


def read_start(path: str, limit: int) -> bytes:
    """Return the first bytes of a regular file, at most `limit`. Raises FileError for anything else."""
    return b"".join(_read_parts(path, limit, whole=False))[:limit]


@lru_cache(maxsize=4)  # what decides is hashed again for the list of what was read, and to find its compiled form
def hash_content(content: bytes) -> str:
    """Return the SHA-256 of a content, as hexadecimal."""
    digest: str = sha256(content).hexdigest()
    return digest


def hash_file(path: str, limit: int) -> str:
    """Return the SHA-256 of a regular file, as hexadecimal, without holding its content.

    Raises FileError for anything else or more, as `read_bytes` does.
    """
    import hashlib  # which is faster than the other with files of some size

    digest = hashlib.sha256()
    for part in _read_parts(path, limit):
        digest.update(part)
    return digest.hexdigest()


def _read_parts(path: str, limit: int, *, whole: bool = True) -> Iterator[bytes]:
    shown = show_path(path)
    try:
        descriptor = os.dup(0) if path == STANDARD_INPUT else open_now(path, os.O_RDONLY)
    except (OSError, ValueError) as error:
        raise FileError(f"{shown}: cannot be opened: {describe_cause(error)}") from error
    try:
        status = os.fstat(descriptor)
        if path != STANDARD_INPUT and not stat.S_ISREG(status.st_mode):
            raise FileError(f"{shown}: {_describe_kind(status.st_mode)}")
        left = limit
        while left >= 0 and (part := os.read(descriptor, min(left + 1, _PART))):
            left -= len(part)
            yield part
    except OSError as error:
        raise FileError(f"{shown}: cannot be read: {describe_cause(error)}") from error
    finally:
        os.close(descriptor)
    if left < 0 and whole:
        raise FileError(f"{shown}: is larger than {limit} bytes")


def open_now(path: str, flags: int) -> int:
    """Return the descriptor of a file, opened without waiting for anybody. Raises OSError or ValueError."""
    return os.open(path, flags | _OPEN_FLAGS, 0o666)


def describe_cause(error: OSError | ValueError) -> str:
    """Return why the system refused, in its own words."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
