"""Things that are too many to be held: the same again, and what they share only once."""

from __future__ import annotations

import errno
import gc
import os
import weakref
from tempfile import SpooledTemporaryFile

import pytest

from aisafe_cli.errors import OutputError
from aisafe_cli.io import shelf as shelves
from aisafe_cli.io.shelf import Shelf


class Catalog:
    """What things refer to."""


class Thing:
    """Something with a number and a catalog."""

    def __init__(self, number: int, catalog: Catalog) -> None:
        self.number = number
        self.catalogs = [catalog]


@pytest.mark.parametrize("memory", [1, 1 << 20])
def test_things_come_back_in_order_and_share_what_they_shared(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    monkeypatch.setattr(shelves, "_IN_MEMORY", memory)
    catalogs = [Catalog(), Catalog()]
    first, *others = (Thing(number, catalogs[number % 2]) for number in range(7))
    shelf = Shelf([first], frozenset({Catalog}))
    shelf.extend(others[:3])
    assert shelf[2].number == 2
    shelf.extend(others[3:])
    assert len(shelf) == 7
    for one, other in zip(shelf, shelf, strict=True):  # two readers do not disturb each other
        assert one.number == other.number
        assert one.catalogs[0] is other.catalogs[0] is catalogs[one.number % 2]
    assert [one.number for one in shelf] == [*range(7)]
    assert shelf[0] is first
    assert [shelf[-1].number, shelf[-7].number] == [6, 0]
    with pytest.raises(IndexError):
        shelf[7]


def test_only_the_first_things_are_held() -> None:
    things = [Thing(number, Catalog()) for number in range(4)]
    alive = [weakref.ref(thing) for thing in things]
    shelf = Shelf(things[:1], frozenset())
    shelf.extend(things[1:])
    things.clear()
    gc.collect()
    assert [one() is not None for one in alive] == [True, False, False, False]
    assert len(shelf) == 4


def test_a_disk_that_is_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(SpooledTemporaryFile):  # type: ignore[type-arg]
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shelves, "SpooledTemporaryFile", Full)
    with pytest.raises(OutputError, match="a temporary file cannot be written: No space left on device"):
        Shelf([], frozenset()).extend(["a"])
