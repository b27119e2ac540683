"""Output that waits: the same bytes from memory and from a file."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Sequence

import pytest

from aisafe_cli.errors import OutputError
from aisafe_cli.io import spool as spools
from aisafe_cli.io.spool import Spool


@pytest.mark.parametrize("parts", [(), (b"",), (b"a",), (b"a", b"b"), (b"", b"b"), (b"aaaa", b"b", b"ccccc", b"d")])
@pytest.mark.parametrize("memory", [0, 4, 5, 100])
@pytest.mark.parametrize("block", [1, 100])
def test_parts_come_back_in_order_with_something_between_them(
    monkeypatch: pytest.MonkeyPatch, parts: Sequence[bytes], memory: int, block: int
) -> None:
    monkeypatch.setattr(spools, "_IN_MEMORY", memory)
    monkeypatch.setattr(spools, "_BLOCK", block)
    monkeypatch.setattr(tempfile, "TemporaryFile", io.BytesIO)
    spool = Spool(b", ")
    for part in parts:
        spool.add(part)
    assert b"".join(spool.read()) == b", ".join(parts)
    for _ in range(2):
        assert b"".join(spool.read(b"[", b"]")) == b"[" + b", ".join(parts) + b"]"


def test_a_file_is_made_for_what_is_over_the_bound_and_told_where_it_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(spools, "_IN_MEMORY", 3)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    spool = Spool(b"")
    spool.add(b"ab")
    spool.add(b"c")
    assert [*spool.read(b"", b".")] == [b"abc."]
    with pytest.raises(OutputError) as raised:
        spool.add(b"d")
    assert str(raised.value) == f"a temporary file cannot be written: {os.strerror(errno.ENOSPC)}"


def test_what_is_written_to_the_file_does_not_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    class File:
        def writelines(self, parts: Sequence[bytes]) -> None:
            written.append(sum(map(len, parts)))

        def flush(self) -> None:
            written.append(-1)

    monkeypatch.setattr(spools, "_IN_MEMORY", 4)
    monkeypatch.setattr(tempfile, "TemporaryFile", File)
    spool = Spool(b"")
    for _ in range(9):
        spool.add(b"xx")
    assert written == [6, -1] * 3
