"""A place for things that are too many to be held in memory."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from tempfile import SpooledTemporaryFile

from aisafe_cli.io.spool import explained_failure
from aisafe_cli.text.annotations import Any, TypeVar

_Item = TypeVar("_Item")
_IN_MEMORY = 1 << 20  # bytes


class Shelf(Sequence[_Item]):
    """Things in order: those that it begins with as they are, the others as bytes in a temporary file.

    Each is made again when somebody asks for it. What it refers to of the `shared` types is kept once for all, and is
    the same afterwards.
    """

    def __init__(self, first: Iterable[_Item], shared: frozenset[type]) -> None:
        self._first = tuple(first)
        self._ends = [0]
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  it is closed with this object
        self._shared = shared
        self._kept: dict[int, object] = {}  # by their ids, which stay theirs as long as they are kept

    def extend(self, items: Iterable[_Item]) -> None:
        """Put things behind the others. Raises OutputError where the temporary file cannot be written."""
        for item in items:
            stream = BytesIO()
            packer = _Packer(stream, pickle.HIGHEST_PROTOCOL)
            packer.shared, packer.kept = self._shared, self._kept
            packer.dump(item)
            with explained_failure():
                self._file.seek(self._ends[-1])
                self._file.write(stream.getbuffer())
            self._ends.append(self._file.tell())

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._first) + len(self._ends) - 1

    def __iter__(self) -> Iterator[_Item]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: Any) -> Any:
        """Return a thing by its place, from the front or, below zero, from the end."""
        place = range(len(self))[place]
        if place < len(self._first):
            return self._first[place]
        place -= len(self._first)
        start, end = self._ends[place], self._ends[place + 1]
        self._file.seek(start)
        unpacker = _Unpacker(BytesIO(self._file.read(end - start)))
        unpacker.kept = self._kept
        return unpacker.load()


class _Packer(pickle.Pickler):
    shared: frozenset[type]
    kept: dict[int, object]

    def persistent_id(self, thing: object) -> int | None:
        """Return what a shared thing is found by again."""
        if type(thing) not in self.shared:
            return None
        self.kept[id(thing)] = thing
        return id(thing)


class _Unpacker(pickle.Unpickler):
    kept: dict[int, object]

    def persistent_load(self, name: int) -> object:
        """Return the shared thing of an id."""
        return self.kept[name]
