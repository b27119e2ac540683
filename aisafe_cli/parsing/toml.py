"""One table of a TOML file as nodes, each at the place where its key is first named. The only user of `tomllib`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, NamedTuple

from aisafe_cli.domain.plan import Position
from aisafe_cli.parsing.nodes import Mapping, Node, ParsedFile, Scalar, Sequence, Unusable, position_of
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import find_forbidden_characters

# The parser's time grows with the square of what some files hold: at this size it stays below a second.
MAX_BYTES = 1 << 16
MAX_DOTS = 500
_LARGEST = 10**30  # larger than anything may be; Python may refuse to write down what is
_PLACE_IN_MESSAGE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class _Mark(NamedTuple):
    line: int
    column: int


class TomlTable(ParsedFile):
    """One table of a TOML file; `root` is None where the file has no such table.

    `tables` has the keys that lead to each table at the top of the file, and to each in one of those.

    Raises InputError where the file is not valid TOML. What else is in the file is nobody's business here.
    """

    tables: tuple[tuple[str, ...], ...] = ()

    def __init__(self, path: str, content: bytes, *table: str) -> None:
        super().__init__(path, content)
        if len(content) > MAX_BYTES:
            self.stop(Position(), f"the file is larger than {MAX_BYTES} bytes", "move the table into a file of its own")
        self._text = self._decode()
        self._lines = self._text.split("\n")
        value: Any = self._load_text()
        self.tables = tuple(_list_tables(value, depth=2))
        for key in table:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            start = max(self._text.find(f"[{'.'.join(table)}"), 0)
            self.root = self._convert(value, self._find_key(table[-1], start))

    def _load_text(self) -> dict[str, Any]:
        for number, line in enumerate(self._lines, 1):
            if line.count(".") > MAX_DOTS:  # as parts of one key these take the parser very long
                self.stop(Position(number, 1), f"this line has more than {MAX_DOTS} dots")
        try:
            return tomllib.loads(self._text)
        except RecursionError:
            self.stop(Position(), "the file is nested too deeply")
        except ValueError as error:  # besides what is not TOML, a number of thousands of digits
            found = _PLACE_IN_MESSAGE.search(str(error))
            end = Position(len(self._lines), len(self._lines[-1]) + 1)
            place = Position(int(found[1]), int(found[2])) if found and found[1] else end if found else Position()
            self.stop(place, f"not valid TOML: {visible(_PLACE_IN_MESSAGE.sub('', str(error)))}")

    def _find_key(self, key: str, start: int) -> int:
        """Return where a key is first named from some place on, or that place: `tomllib` does not say it."""
        if key not in self._text:  # it is written in escapes
            return start
        found = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])").search(self._text, start)
        return found.start() if found else start

    def _convert(self, value: Any, offset: int) -> Node:
        place = position_of(self._text, offset)
        mark = _Mark(place.line - 1, place.column - 1)
        if isinstance(value, dict):
            mapping = Mapping(mark)
            for key, inner in value.items():  # in the order of the file
                offset = self._find_key(key, offset)
                node = self._convert(inner, offset)
                mapping.entries[key] = (Scalar(node.mark, key, True), node)
            return mapping
        if isinstance(value, list):
            sequence = Sequence(mark)
            sequence.items = [self._convert(inner, offset) for inner in value]
            return sequence
        if not isinstance(value, str):
            return Scalar(mark, _write_as_yaml(value), True)
        for _, name in find_forbidden_characters(value):
            self.fault(place, f"the character {name} is not allowed, even as an escape")
            return Unusable(mark)
        return Scalar(mark, value, False)


def _list_tables(value: Any, depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the keys that lead to each table in a value, to a depth."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield (key,)
        if isinstance(inner, dict) and depth > 1:
            yield from ((key, *below) for below in _list_tables(inner, depth - 1))


def _write_as_yaml(value: bool | int | float | date | datetime | time) -> str:
    """Return a value as the schema's walker reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return ".inf"
    if isinstance(value, float) and value != value:
        return ".nan"
    if isinstance(value, int):
        value = max(-_LARGEST, min(value, _LARGEST))
    return value.isoformat() if isinstance(value, date | time) else str(value)
