"""A place for output that has to wait until the rest of a run is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aisafe_cli.errors import OutputError
from aisafe_cli.io.read import describe_cause
from aisafe_cli.text.annotations import IO, TypeVar

_IN_MEMORY = 1 << 20  # bytes
_BLOCK = 1 << 20
_Item = TypeVar("_Item")


@contextmanager
def explained_failure() -> Iterator[None]:
    """Raise OutputError where a temporary file cannot be written."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"a temporary file cannot be written: {describe_cause(error)}") from error


def put_away(
    things: Sequence[_Item], more: Sequence[_Item], few: int, shared: frozenset[type] = frozenset()
) -> Sequence[_Item]:
    """Return all things; of many, those behind the first few wait in a temporary file, without what they share."""
    if isinstance(things, tuple) and len(things) + len(more) <= few:
        return (*things, *more)
    from aisafe_cli.io.shelf import Shelf  # here, since it takes longer to import than to judge a plan

    shelf = things if isinstance(things, Shelf) else Shelf(things, shared)
    shelf.extend(more)
    return shelf


class Spool:
    """Parts of an output, with something between them; few are held in memory and many in a temporary file."""

    def __init__(self, between: bytes) -> None:
        self._between = between
        self._recent: list[bytes] = []
        self._waiting = 0  # bytes in memory
        self._file: IO[bytes] | None = None

    def add(self, part: bytes) -> None:
        """Keep a part. Raises OutputError where the temporary file cannot be written."""
        is_first = self._file is None and not self._recent
        self._recent += [part] if is_first else [self._between, part]
        self._waiting += len(part)
        if self._waiting > _IN_MEMORY:
            with explained_failure():
                self._move_to_file()

    def read(self, before: bytes = b"", after: bytes = b"") -> Iterator[bytes]:
        """Yield what stands before the parts, the parts, and what stands after them: as one where no file is needed."""
        if self._file is None:
            yield b"".join([before, *self._recent, after])
            return
        yield before
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block
        yield b"".join([*self._recent, after])

    def _move_to_file(self) -> None:
        if self._file is None:
            from tempfile import TemporaryFile  # here, since it takes longer to import than to judge a plan

            self._file = TemporaryFile()  # noqa: SIM115  it goes away with this object
        self._file.writelines(self._recent)
        self._file.flush()  # so that a full disk is told here
        self._recent.clear()
        self._waiting = 0
