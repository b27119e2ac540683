"""Records behave as frozen, keyword-only dataclasses do, and enumerations of words as those of `enum`."""

from __future__ import annotations

import copy
import enum
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, fields, is_dataclass, replace
from typing import Any

import pytest

from aisafe_cli.domain import _record
from aisafe_cli.domain._record import record
from aisafe_cli.loading.catalog import load_ladder
from aisafe_cli.text.enums import StrEnum


@record
class Channel:
    """A record of this test."""

    id: str
    days: tuple[int, ...] = ()
    note: str = "none"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The same, made by the standard library."""

    id: str
    days: tuple[int, ...] = ()
    note: str = "none"


CALLS = [{"id": "api"}, {"note": "x", "id": "api"}, {"id": "api", "days": (1, 2)}]


@pytest.mark.parametrize("values", CALLS)
def test_it_has_what_a_dataclass_has(values: dict[str, object]) -> None:
    one, peer = Channel(**values), Peer(**values)  # type: ignore[arg-type]
    assert is_dataclass(one)
    assert asdict(one) == asdict(peer)
    assert repr(one) == repr(peer).replace("Peer", "Channel")
    assert hash(one) == hash(peer)
    for change in (replace, _record.replace):
        assert asdict(change(one, note="other")) == asdict(replace(peer, note="other"))
    assert [(field.name, field.type, field.default) for field in fields(Channel)] == [
        (field.name, field.type, field.default) for field in fields(Peer)
    ]


def test_a_record_in_a_record_becomes_a_mapping_in_a_mapping() -> None:
    ladder = load_ladder()
    assert _record.as_dict(ladder) == asdict(ladder)


def test_equal_are_records_of_one_class_with_equal_values() -> None:
    assert Channel(id="a") == Channel(id="a", note="none") == copy.deepcopy(Channel(id="a"))
    assert Channel(id="a") != Channel(id="b")
    assert Channel(id="a") != Peer(id="a")


@pytest.mark.parametrize("values", [{}, {"note": "x"}, {"id": "a", "other": 1}])
def test_wrong_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Channel(**values)  # type: ignore[arg-type]


def test_nothing_in_it_can_be_set_or_deleted() -> None:
    one = Channel(id="a")
    with pytest.raises(FrozenInstanceError):
        one.id = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del one.id
    assert one.id == "a"


class PeerMode(enum.StrEnum):
    """Made by the standard library."""

    OPEN = "open"
    SHUT = "shut"

    @property
    def is_open(self) -> bool:
        return self is type(self).OPEN


class Mode(StrEnum):
    """The same."""

    OPEN = "open"
    SHUT = "shut"

    @property
    def is_open(self) -> bool:
        return self is type(self).OPEN


@pytest.mark.parametrize("mode", [PeerMode, Mode])
def test_a_word_is_a_text_and_the_only_member_with_that_value(mode: Any) -> None:
    one = mode("open")
    assert one is mode.OPEN is mode(mode.OPEN) is copy.deepcopy(one) is pickle.loads(pickle.dumps(one))
    assert (one, f"{one}", str(one), type(str(one)), hash(one)) == ("open", "open", "open", str, hash("open"))
    assert (list(mode), list(reversed(mode)), len(mode)) == (["open", "shut"], ["shut", "open"], 2)
    assert (mode.SHUT in mode, mode.OPEN.is_open, mode.SHUT.is_open, type(one)) == (True, True, False, mode)
    with pytest.raises(ValueError, match="'ajar' is not a valid"):
        mode("ajar")
