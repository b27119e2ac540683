"""Write files whole or not at all, and standard output."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from select import select

from aisafe_cli.errors import OutputError
from aisafe_cli.io.paths import identify_file, show_path
from aisafe_cli.io.read import describe_cause

_MAX_LEFTOVERS = 100
_NUMBERS = iter(range(1 << 60))  # of the temporary files of this process


def write_whole(path: str, content: bytes, inputs: tuple[str, ...] = ()) -> None:
    """Write the content to the path, whole or not at all; raise OutputError otherwise."""
    with written_together([(path, content)], inputs):
        pass


def write_new(path: str, content: bytes) -> None:
    """Write the content to a file that is not there yet; raise OutputError where it is, or where that fails.

    Unlike `write_whole` it does not wait for the disk, which matters where thousands of files are written.
    """
    with _told(path):
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _write_all(descriptor, content)
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)


@contextmanager
def written_together(contents: Sequence[tuple[str, bytes]], inputs: tuple[str, ...] = ()) -> Iterator[None]:
    """Write each content to its path when the block has ended well, all whole or none; raise OutputError otherwise.

    A regular file is made ready beside its place before the block, so a full disk shows before anything is told, and
    then replaced in one step, so a reader finds the old content or the new. A device or a pipe is written through as it
    stands, and a link keeps pointing where it did.
    """
    prepared: dict[str, tuple[str, str]] = {}
    through: list[tuple[str, str, bytes]] = []
    try:
        for path, content in contents:
            with _told(path):
                target = _destination(path, inputs)
                if os.path.exists(target) and not os.path.isfile(target):
                    through.append((path, target, content))
                else:
                    prepared[path] = _prepare(target, content), target
        yield
        for path, target, content in through:
            with _told(path):
                _write_through(target, content)
        for path, (temporary, target) in prepared.items():
            with _told(path):
                os.replace(temporary, target)
    finally:
        for temporary, _ in prepared.values():
            with suppress(FileNotFoundError):  # those that are in their places
                os.unlink(temporary)


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise OutputError(f"{show_path(path)}: cannot be written: {describe_cause(error)}") from error


def _destination(path: str, inputs: tuple[str, ...]) -> str:
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OutputError(f"{show_path(path)}: is a link that leads nowhere")
    if os.path.islink(path) and not target.startswith("/dev/") and _leads_away(path, target):
        raise OutputError(f"{show_path(path)}: is a link to another folder; name the file that it leads to")
    with suppress(FileNotFoundError):
        os.stat(target)  # a name that nothing can have is met here and not when the first files are in their places
    if os.path.isfile(target) and identify_file(target) in map(identify_file, inputs):
        raise OutputError(f"{show_path(path)}: is an input of this call; name another file")
    return target


def _leads_away(path: str, target: str) -> bool:
    """Return whether a link leads to a regular file that is neither below its own folder nor below the current one."""
    if os.path.exists(target) and not os.path.isfile(target):
        return False
    homes = (os.path.realpath(os.path.dirname(path) or os.curdir), os.path.realpath(os.curdir))
    return not any(target.startswith(home.rstrip(os.sep) + os.sep) for home in homes)


def append_to_file(path: str, content: bytes) -> None:
    """Add the content to the end of a file that others write to as well; raise OutputError where that fails."""
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        descriptor = os.open(path, flags, 0o666)
        try:
            os.set_blocking(descriptor, True)
            _write_all(descriptor, content)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise OutputError(f"{show_path(path)}: cannot be written: {describe_cause(error)}") from error


def write_standard_output(content: bytes) -> None:
    """Write the content to standard output; raise OutputError where that fails.

    A reader that closes the pipe early has seen what it wanted, so that is no failure.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed, so the report was not written")
    try:
        sys.stdout.flush()
        _write_all(sys.stdout.fileno(), content)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {describe_cause(error)}") from error


def _write_through(path: str, content: bytes) -> None:
    # Without O_NONBLOCK a pipe that nobody reads would be waited for without end.
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "wb", buffering=0) as stream:
        os.set_blocking(stream.fileno(), True)
        _write_all(stream.fileno(), content)


def _prepare(path: str, content: bytes) -> str:
    """Write the content to a new file beside the path, with the path's mode, and return its name."""
    mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None
    temporary, descriptor = _open_temporary(os.path.dirname(path))
    try:
        try:
            _write_all(descriptor, content)
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _open_temporary(folder: str) -> tuple[str, int]:
    """Make a file of our own in the folder, whatever a killed run may have left there."""
    for number in islice(_NUMBERS, _MAX_LEFTOVERS):
        name = os.path.join(folder, f".aisafe-{os.getpid()}-{number}.tmp")
        try:
            return name, os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            continue
    raise OSError(errno.EEXIST, "too many temporary files are left in the folder")


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:  # whoever started the program may have left its pipe in that mode
            select([], [descriptor], [])
