"""Write files whole, by rename where that can be, and standard output."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from select import select

from aisafe_cli.errors import OutputError
from aisafe_cli.io.paths import identify_file, show_path
from aisafe_cli.io.read import describe_cause, open_now
from aisafe_cli.text.annotations import BinaryIO

_DESCRIPTORS = r"/dev/fd|/proc/(\d+)(?:/task/\d+)?/fd"
_MAX_LINKS = 40
_PART = 1 << 20
# Why a folder takes no new file, or a file cannot be replaced, although it may be written where it is.
_HELD_IN_PLACE = (errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS, errno.EXDEV)


def write_whole(path: str, content: bytes, inputs: tuple[str, ...] = ()) -> None:
    """Write the content to the path, whole or not at all; raise OutputError otherwise."""
    with written_together([(path, [content])], inputs):
        pass


def write_new(path: str, content: bytes) -> None:
    """Write the content to a file that is not there yet; raise OutputError where it is, or where that fails.

    Unlike `write_whole` it does not wait for the disk, which matters where thousands of files are written.
    """
    with _explain_failure(path):
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        descriptor = open_now(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            _write_all(descriptor, content)
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)


@contextmanager
def written_together(contents: Sequence[tuple[str, Iterable[bytes]]], inputs: tuple[str, ...] = ()) -> Iterator[None]:
    """Write each content, in blocks, to its path when the block has ended well; raise OutputError otherwise.

    Targets are checked, and files made ready beside them, before the block, so a full disk shows before anything is
    told. A device, a pipe and an open descriptor are written through as they stand, and a link keeps pointing where it
    did. Where something fails, what was there before is put back: a part of a set must not look like all of it.
    """
    through: list[tuple[str, str, Iterable[bytes]]] = []
    with _put_back_on_failure() as files:
        for path, content in contents:
            with _explain_failure(path):
                target = _find_target(path, inputs)
                if _is_written_through(target):
                    through.append((path, target, content))
                else:
                    files.append(_File(path, target))
                    files[-1].prepare(content)
        yield
        for path, target, content in through:
            with _explain_failure(path):
                _write_through(target, content)
        for file in files:
            with _explain_failure(file.path):
                file.put_in_place()


@contextmanager
def replaced_by_stream(path: str, inputs: tuple[str, ...] = ()) -> Iterator[BinaryIO]:
    """Yield a stream that takes the place of a file when the block has ended well; raise OutputError otherwise.

    It is for what is too large to be held in memory, so the target has to be a regular file, or not there yet.
    """
    with _explain_failure(path), _put_back_on_failure() as files:
        target = _find_target(path, inputs)
        if _is_written_through(target):
            raise OutputError(f"{show_path(path)}: is not a regular file")
        files.append(_File(path, target))
        with files[0].make() as stream:
            yield stream
        files[0].put_in_place()


@contextmanager
def _explain_failure(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise OutputError(f"{show_path(path)}: cannot be written: {describe_cause(error)}") from error


@contextmanager
def _put_back_on_failure() -> Iterator[list[_File]]:
    """Yield a list for files, which are put back where the block fails, and whose new files go away in any case."""
    files: list[_File] = []
    try:
        yield files
    except BaseException:
        for file in files:
            file.put_back()
        raise
    finally:
        for file in files:
            file.clean_up()


class _File:
    """Content on its way to a regular file, by way of a new file beside it.

    That has its name before it is made, so that it is cleaned up whatever comes in between.
    """

    def __init__(self, path: str, target: str) -> None:
        self.path = path
        self._target = target
        self._content: Iterable[bytes] | None = None  # where no new file can be made
        name = f".aisafe-{os.getpid()}-{os.urandom(8).hex()}.tmp"
        self._temporary = os.path.join(os.path.dirname(target), name)
        self._kept = f"{self._temporary}~"
        self._is_put_in_place = False
        self._before: bytes | None = None

    @contextmanager
    def make(self) -> Iterator[BinaryIO]:
        """Yield the stream of the new file, which then gets the mode and the owner of the target."""
        with open(self._temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        self._take_over_owner()

    def prepare(self, content: Iterable[bytes]) -> None:
        """Make the new file of a content, but for one in a folder that takes none."""
        try:
            with self.make() as stream:
                stream.writelines(content)
        except OSError as error:
            is_begun = os.path.lexists(self._temporary)  # blocks are used up then, so the rest would look like all
            if is_begun or error.errno not in _HELD_IN_PLACE or not os.access(self._target, os.W_OK):
                raise
            self._content = content

    def _take_over_owner(self) -> None:
        if not os.path.exists(self._target):
            return
        user, group, mode = _read_owner(self._target)
        with suppress(PermissionError):  # as some file systems answer for all their files
            os.chmod(self._temporary, mode)
            if hasattr(os, "chown"):
                os.chown(self._temporary, user, group)

    def put_in_place(self) -> None:
        """Replace the target in one step, so that a reader finds the old content or the new.

        A target that something else holds in its place is written where it is: a mount, a second name, another owner.
        """
        if self._content is not None or not self._can_be_replaced():
            self._write_in_place()
            return
        with suppress(OSError, AttributeError):  # there is none yet, or the system knows no second names
            os.link(self._target, self._kept)
        try:
            self._is_put_in_place = True
            os.replace(self._temporary, self._target)
        except OSError as error:
            if error.errno not in _HELD_IN_PLACE or not os.path.isfile(self._target):
                raise
            self._write_in_place()

    def _can_be_replaced(self) -> bool:
        if not os.path.exists(self._target):
            return True
        return os.stat(self._target).st_nlink == 1 and _read_owner(self._target) == _read_owner(self._temporary)

    def _write_in_place(self) -> None:
        with open(self._target, "r+b") as stream:
            self._before = stream.read()
            if self._content is not None:
                _overwrite(stream, self._content)
                return
            with open(self._temporary, "rb") as made:
                _overwrite(stream, iter(partial(made.read, _PART), b""))

    def put_back(self) -> None:
        """Restore what was there before the content was put in its place."""
        with suppress(OSError):
            if self._before is not None:
                with open(self._target, "r+b") as stream:
                    _overwrite(stream, [self._before])
            elif os.path.lexists(self._kept):
                os.replace(self._kept, self._target)
            elif self._is_put_in_place and not os.path.lexists(self._temporary):
                os.unlink(self._target)

    def clean_up(self) -> None:
        """Remove the new file and the second name of the old one, if they are still there."""
        for path in (self._temporary, self._kept):
            with suppress(OSError):
                os.unlink(path)


def _overwrite(stream: BinaryIO, content: Iterable[bytes]) -> None:
    stream.seek(0)
    stream.writelines(content)
    stream.truncate()


def _read_owner(path: str) -> tuple[int, int, int]:
    status = os.stat(path)
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


# --- targets --------------------------------------------------------------------------------------------------------


def _find_target(path: str, inputs: tuple[str, ...]) -> str:
    """Return what a path leads to: a file, or the name of a device, a pipe or an open descriptor."""
    if descriptor := _find_descriptor(path):
        return descriptor
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OutputError(f"{show_path(path)}: is a link that leads nowhere")
    if os.path.islink(path) and _leads_away(path, target):
        raise OutputError(f"{show_path(path)}: is a link to another folder; name the file that it leads to")
    with suppress(FileNotFoundError):
        os.stat(target)  # a name that nothing can have is met here and not when the first files are in their places
    if os.path.isfile(target) and identify_file(target) in map(identify_file, inputs):
        raise OutputError(f"{show_path(path)}: is an input of this command; name another file")
    return target


def _find_descriptor(path: str) -> str | None:
    """Return the name of the open descriptor that a path leads to, as `/dev/stdout` does, or None.

    The file behind it is not named instead: others write to it too, from where they are.
    """
    for _ in range(_MAX_LINKS):
        folder = os.path.realpath(os.path.dirname(path) or os.curdir)
        if re.fullmatch(_DESCRIPTORS, folder):
            return os.path.join(folder, os.path.basename(path))
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def _is_written_through(target: str) -> bool:
    if re.fullmatch(_DESCRIPTORS, os.path.dirname(target)):
        return True
    return os.path.exists(target) and not os.path.isfile(target)


def _leads_away(path: str, target: str) -> bool:
    """Return whether a link leads to a regular file that is neither below its own folder nor below the current one."""
    if os.path.exists(target) and not os.path.isfile(target):
        return False
    homes = (os.path.realpath(os.path.dirname(path) or os.curdir), os.path.realpath(os.curdir))
    return not any(target.startswith(os.path.join(home, "")) for home in homes)


# --- what others write to as well -----------------------------------------------------------------------------------


def append_to_file(path: str, content: bytes) -> None:
    """Add the content to the end of a file that others write to as well; raise OutputError where that fails."""
    with _explain_failure(path):
        _write_to(open_now(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), [content])


def write_standard_output(content: bytes) -> None:
    """Write the content to standard output; raise OutputError where that fails.

    A reader that closes the pipe early has seen what it wanted, so that is no failure.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed, so the report was not written")
    try:
        sys.stdout.flush()
        if os.name == "nt":  # a console of Windows takes UTF-8 through Python's own stream only
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        else:
            _write_all(sys.stdout.fileno(), content)
    except OSError as error:
        if not is_reader_gone(error):
            raise OutputError(f"standard output cannot be written: {describe_cause(error)}") from error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_reader_gone(error: OSError) -> bool:
    """Return whether a reader has closed the pipe that is written to; Windows calls that an invalid argument."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


def _write_through(target: str, content: Iterable[bytes]) -> None:
    match = re.fullmatch(_DESCRIPTORS, os.path.dirname(target))
    if match and match[1] in (None, str(os.getpid())):
        _write_to(os.dup(int(os.path.basename(target))), content)
    else:
        _write_to(open_now(target, os.O_WRONLY | os.O_APPEND), content)


def _write_to(descriptor: int, content: Iterable[bytes]) -> None:
    try:
        for block in content:
            _write_all(descriptor, block)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:  # whoever started the program may have left its pipe in that mode
            select([], [descriptor], [], 0.2)  # with an end, since a signal just before it would go unseen
