"""The one place that opens files: bounded reading, and writing whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from itertools import islice
from select import select

from aisafe_cli.errors import FileError, OutputError
from aisafe_cli.text import visible

STANDARD_INPUT = "-"
PLAN_SUFFIX = ".plan.yaml"
_PATTERN_SIGNS = "*?["
_ANY_FOLDERS = "**"
_MAX_LEFTOVERS = 100
_NUMBERS = iter(range(1 << 60))  # of the temporary files of this process
_PART = 1 << 16
_ENVIRONMENTS = (".venv", "venv", ".env", "env")
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def read_bytes(path: str, limit: int) -> bytes:
    """Return the content of a regular file, or of standard input for `-`; raise FileError for anything else or more.

    The file is opened once and never followed into a device or a pipe, so nothing it names can make the tool wait.
    """
    return b"".join(_parts(path, limit))


def hash_file(path: str, limit: int) -> str:
    """Return the SHA-256 of a regular file, as hexadecimal, without holding its content.

    Raises FileError for anything else or more, as `read_bytes` does.
    """
    import hashlib

    digest = hashlib.sha256()
    for part in _parts(path, limit):
        digest.update(part)
    return digest.hexdigest()


def _parts(path: str, limit: int) -> Iterator[bytes]:
    shown = shown_path(path)
    try:
        descriptor = os.dup(0) if path == STANDARD_INPUT else os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        raise FileError(f"{shown}: cannot be opened: {_cause(error)}") from error
    try:
        status = os.fstat(descriptor)
        if path != STANDARD_INPUT and not stat.S_ISREG(status.st_mode):
            raise FileError(f"{shown}: is not a regular file")
        left = limit
        while left >= 0 and (part := os.read(descriptor, min(left + 1, _PART))):
            left -= len(part)
            yield part
    except OSError as error:
        raise FileError(f"{shown}: cannot be read: {_cause(error)}") from error
    finally:
        os.close(descriptor)
    if left < 0:
        raise FileError(f"{shown}: is larger than {limit} bytes")


def find_plans(folder: str) -> Iterator[str]:
    """Yield the `*.plan.yaml` files below a folder, sorted, without following linked folders.

    `.git` and virtual environments in folders of the usual names are passed over: what is there is not the project's.
    Raises FileError for a folder that cannot be listed: a plan that is not looked at must not look checked.
    """

    def fail(error: OSError) -> None:
        raise FileError(f"{shown_path(str(error.filename))}: cannot be listed: {_cause(error)}") from error

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
        raise FileError(f"{shown_path(folder)}: cannot be listed: {_cause(error)}") from error
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


def exists(path: str) -> bool:
    """Return whether something has this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def folders_upward(folder: str) -> tuple[str, ...]:
    """Return a folder and those above it that may speak for it, nearest first, as absolute paths.

    In a repository they end with its top, the nearest folder with `.git`. Elsewhere they end with the home folder, or
    before a folder that belongs to somebody else or that everybody can write in.
    """
    here = os.path.abspath(folder)
    above = [here]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    for count, place in enumerate(above, 1):
        if exists(os.path.join(place, ".git")):
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


def identity(path: str) -> tuple[int, int] | str:
    """Return what two names of one file share."""
    try:
        status = os.fstat(0) if path == STANDARD_INPUT else os.stat(path)
    except (OSError, ValueError):
        return path
    return status.st_dev, status.st_ino


def shown_path(path: str) -> str:
    """Return the path as messages and reports show it: read as UTF-8, whatever the locale."""
    if path == STANDARD_INPUT:
        return "<stdin>"
    with suppress(UnicodeEncodeError):  # a name that no file can have, from elsewhere than the command line
        path = os.fsencode(path).decode("utf-8", "surrogateescape")
    return visible(path)


def reached_by_link(path: str) -> bool:
    """Return whether a symbolic link leads from the path as written to a file outside the current folder.

    Lines of such a file are not quoted in messages: whoever made the link may not be allowed to read it.
    """
    here = os.path.realpath(".")
    real = os.path.realpath(path)
    written = os.path.normpath(os.path.join(here, path))
    if not written.startswith(here + os.sep):  # links above the file were there before whoever wrote the file
        written = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return real != written and not real.startswith(here + os.sep)


def write_whole(path: str, content: bytes, inputs: tuple[str, ...] = ()) -> None:
    """Write the content to the path, whole or not at all; raise OutputError otherwise."""
    with written_together([(path, content)], inputs):
        pass


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
        raise OutputError(f"{shown_path(path)}: cannot be written: {_cause(error)}") from error


def _destination(path: str, inputs: tuple[str, ...]) -> str:
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OutputError(f"{shown_path(path)}: is a link that leads nowhere")
    if os.path.islink(path) and not target.startswith("/dev/") and _leads_away(path, target):
        raise OutputError(f"{shown_path(path)}: is a link to another folder; name the file that it leads to")
    with suppress(FileNotFoundError):
        os.stat(target)  # a name that nothing can have is met here and not when the first files are in their places
    if os.path.isfile(target) and identity(target) in map(identity, inputs):
        raise OutputError(f"{shown_path(path)}: is an input of this call; name another file")
    return target


def _leads_away(path: str, target: str) -> bool:
    """Return whether a link leads to a regular file that is neither below its own folder nor below the current one."""
    if os.path.exists(target) and not os.path.isfile(target):
        return False
    homes = (os.path.realpath(os.path.dirname(path) or os.curdir), os.path.realpath(os.curdir))
    return not any(target.startswith(home.rstrip(os.sep) + os.sep) for home in homes)


def append(path: str, content: bytes) -> None:
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
        raise OutputError(f"{shown_path(path)}: cannot be written: {_cause(error)}") from error


def size(path: str) -> int:
    """Return how many bytes a file holds; 0 where there is none yet."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


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
        raise OutputError(f"standard output cannot be written: {_cause(error)}") from error


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


def _cause(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
