"""One table of a TOML file as nodes with positions. `tomllib` decides what the text says; this where it stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from datetime import date, datetime, time
from itertools import islice
from typing import Any, NamedTuple

from aisafe_cli.domain.plan import Position
from aisafe_cli.parsing.nodes import Mapping, Node, ParsedFile, Scalar, Sequence, Unusable
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import find_forbidden_characters

# The parser's time grows with the square of what some files hold: at this size it stays below a second.
MAX_BYTES = 1 << 16
MAX_DEPTH = 64
MAX_DOTS = 500

_Path = tuple[str | int, ...]
_PART = r'"(?:\\.|[^"\\\n])*+"|\'[^\'\n]*+\'|[A-Za-z0-9_-]++'
_KEY_PART = re.compile(_PART)
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_BARE = re.compile(r"[^,\]}#\n]+")
_PLACE_IN_MESSAGE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class _Mark(NamedTuple):
    line: int
    column: int


class TomlTable(ParsedFile):
    """One table of a TOML file; `root` is None where the file has no such table. `siblings` has the names beside it.

    Raises InputError where the file is not valid TOML. What else is in the file is nobody's business here.
    """

    siblings: tuple[str, ...] = ()

    def __init__(self, path: str, content: bytes, *table: str) -> None:
        super().__init__(path, content)
        if len(content) > MAX_BYTES:
            self.stop(Position(), f"larger than {MAX_BYTES} bytes", "write the table as a file of its own")
        text = self._decode()
        self._lines = text.split("\n")
        found: Any = self._parsed(text)
        for key in table:
            self.siblings = tuple(found) if isinstance(found, dict) else ()
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
            self._places = _Walk(text).places
            self.root = self._node(found, table)

    def _parsed(self, text: str) -> dict[str, Any]:
        for number, line in enumerate(self._lines, 1):
            if line.count(".") > MAX_DOTS:  # as parts of one key these take the parser very long
                self.stop(Position(number, 1), f"a line with more than {MAX_DOTS} dots")
        try:
            return tomllib.loads(text)
        except RecursionError:
            self.stop(Position(), "nested too deeply")
        except ValueError as error:  # besides what is not TOML, a number of thousands of digits
            found = _PLACE_IN_MESSAGE.search(str(error))
            end = Position(len(self._lines), len(self._lines[-1]) + 1)
            place = Position(int(found[1]), int(found[2])) if found and found[1] else end if found else Position()
            self.stop(place, f"not valid TOML: {visible(_PLACE_IN_MESSAGE.sub('', str(error)))}")

    def _node(self, value: Any, path: _Path) -> Node:
        mark = self._mark(path)
        if len(path) > MAX_DEPTH:
            self.fault(Unusable(mark).position, f"nested deeper than {MAX_DEPTH} levels")
            return Unusable(mark)
        if isinstance(value, dict):
            mapping = Mapping(mark)
            for key, inner in value.items():
                key_mark = self._mark((*path, key), key=True)
                mapping.entries[key] = (Scalar(key_mark, key, True), self._node(inner, (*path, key)))
            return mapping
        if isinstance(value, list):
            sequence = Sequence(mark)
            sequence.items = [self._node(inner, (*path, place)) for place, inner in enumerate(value)]
            return sequence
        return self._scalar(value, mark)

    def _scalar(self, value: Any, mark: _Mark) -> Node:
        if isinstance(value, str):
            for _, name in islice(find_forbidden_characters(value), 1):
                self.fault(Unusable(mark).position, f"the character {name} is not allowed, not even as an escape")
                return Unusable(mark)
            return Scalar(mark, value, False)
        return Scalar(mark, _as_yaml(value), True)

    def _mark(self, path: _Path, *, key: bool = False) -> _Mark:
        at_key, at_value = self._places[path]
        at = at_key if key else at_value
        line = bisect_right(self._starts, at) - 1
        return _Mark(line, at - self._starts[line])


_LARGEST = 10**30  # larger than anything may be


def _as_yaml(value: bool | int | float | date | datetime | time) -> str:
    """Return a value as the schema's walker reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return ".inf"
    if isinstance(value, float) and value != value:
        return ".nan"
    if isinstance(value, int) and abs(value) > _LARGEST:  # which Python may refuse to write down
        value = _LARGEST
    return value.isoformat() if isinstance(value, date | time) else str(value)


class _Walk:
    """Where each key and each value of a TOML text stands. The text is known to be valid."""

    def __init__(self, text: str) -> None:
        self.places: dict[_Path, tuple[int, int]] = {}
        self._text = text
        self._at = 0
        self._tables: dict[_Path, int] = {}
        self._walk()

    def _walk(self) -> None:
        here: _Path = ()
        self._gap()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                here = self._header()
            else:
                self._pair(here)
            self._gap()

    def _header(self) -> _Path:
        start = self._at
        repeated = self._text.startswith("[[", start)
        self._at += 2 if repeated else 1
        self._gap()
        path: _Path = ()
        parts = self._key()
        for place, (name, at) in enumerate(parts, 1):
            path = (*path, name)
            self.places.setdefault(path, (at, start))
            if repeated and place == len(parts):
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
                self.places.setdefault(path, (at, start))
        self._gap()
        self._at += 2 if repeated else 1
        return path

    def _pair(self, here: _Path) -> None:
        path = here
        parts = self._key()
        self._gap()
        self._at += 1  # the equals sign
        self._gap()
        for name, at in parts:
            path = (*path, name)
            self.places.setdefault(path, (at, self._at))
        self._value(path)

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while found := _KEY_PART.match(self._text, self._at):
            parts.append((_unquoted(found.group()), found.start()))
            self._at = found.end()
            dot = _DOT.match(self._text, self._at)
            if dot is None:
                break
            self._at = dot.end()
        return parts

    def _value(self, path: _Path) -> None:
        self.places.setdefault(path, (self._at, self._at))
        opening = self._text[self._at]
        if opening in "[{":
            self._at += 1
            self._gap()
            place = 0
            while self._text[self._at] not in "]}":
                if opening == "{":
                    self._pair(path)
                else:
                    self._value((*path, place))
                    place += 1
                self._gap()
                if self._text[self._at] == ",":
                    self._at += 1
                    self._gap()
            self._at += 1
        else:
            found = _STRING.match(self._text, self._at) or _BARE.match(self._text, self._at)
            assert found
            self._at = found.end()

    def _gap(self) -> None:
        found = _GAP.match(self._text, self._at)
        assert found
        self._at = found.end()


def _unquoted(part: str) -> str:
    return str(tomllib.loads(f"key = {part}")["key"]) if part[0] in "\"'" else part
