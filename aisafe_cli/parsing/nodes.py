"""A parsed file as nodes with positions, whatever it is written in, and the faults that are found in it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from functools import cached_property
from itertools import islice

from aisafe_cli.domain.plan import Position
from aisafe_cli.errors import Fault, InputError
from aisafe_cli.io.paths import STANDARD_INPUT, is_reached_by_link, show_path
from aisafe_cli.text.annotations import NoReturn, Protocol
from aisafe_cli.text.unicode import find_forbidden_characters
from aisafe_cli.text.wording import suggest_word

MAX_SUGGESTIONS = 20
_NOT_TOLD = "this path is a link into another folder, so the file's content is not shown; check the file itself"
MAX_FAULTS = 500
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

# How many pairs of characters are compared to find near words; with long names, one suggestion costs millions.
MAX_COMPARED = 4_000_000

# Each costs a look through the file for its line, and nobody reads more.
MAX_CHARACTER_FAULTS = 50


class Mark(Protocol):
    """A place in a text. Both count from 0."""

    @property
    def line(self) -> int:
        """The number of its line."""

    @property
    def column(self) -> int:
        """The number of characters before it on its line."""


class _Placed:
    """A node with a place in the file. Most places are never asked for, so they are worked out when they are."""

    __slots__ = ("mark",)

    def __init__(self, mark: Mark | None) -> None:
        self.mark = mark

    @property
    def position(self) -> Position:
        """Where the node begins."""
        return Position(self.mark.line + 1, self.mark.column + 1) if self.mark else Position()


class Scalar(_Placed):
    """A text as written. `plain` is true where it stands without quotes, so that it may be read as another type."""

    __slots__ = ("plain", "text")

    def __init__(self, mark: Mark | None, text: str, plain: bool) -> None:
        self.mark = mark
        self.text = text
        self.plain = plain

    @property
    def value(self) -> bool | str | None:
        """The truth value or the nothing that a plain text stands for, else the text. Numbers stay text."""
        if not self.plain:
            return self.text
        return None if self.text in _NULLS else _BOOLEANS.get(self.text, self.text)


class Sequence(_Placed):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, mark: Mark | None) -> None:
        self.mark = mark
        self.items: list[Node] = []


class Mapping(_Placed):
    """Keys to nodes, in the order of the file. A key is always a text."""

    __slots__ = ("entries", "normal_keys", "pending_key")

    def __init__(self, mark: Mark | None) -> None:
        self.mark = mark
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        # Spellings of one key that differ only by Unicode normalisation would look the same to a reader.
        self.normal_keys: dict[str, Scalar] = {}
        self.pending_key: Scalar | Unusable | None = None


class Unusable(_Placed):
    """A node with a fault that is already recorded, so that nothing more is said of it."""

    __slots__ = ()


Node = Scalar | Sequence | Mapping | Unusable


class ParsedFile:
    """One parsed file: its nodes, the faults found so far, and what is needed to show them."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = show_path(path)
        self._given = path
        self.content = content
        self.root: Node | None = None
        self._faults: list[Fault] = []
        self._suggestions = 0
        self._compared = 0
        self._lines: list[str] = []

    @cached_property
    def _quotes_lines(self) -> bool:
        return self._given == STANDARD_INPUT or not is_reached_by_link(self._given)

    def fault(self, position: Position, message: str, hint: str = "") -> None:
        """Record a fault at a position. Raises InputError where there are more than anybody will read."""
        line = self._lines[position.line - 1] if self._quotes_lines and position.line <= len(self._lines) else None
        if not self._quotes_lines:  # the message may repeat what the file says
            message, hint = "something is wrong here", _NOT_TOLD
        self._faults.append(
            Fault(
                path=self.path,
                line=position.line,
                column=position.column,
                message=message,
                hint=hint,
                source_line=line,
            )
        )
        if len(self._faults) >= MAX_FAULTS:
            raise InputError(self._sort_faults())

    def refuse(self, message: str) -> None:
        """Raise InputError with one fault about the file as a whole, where what it holds may be told."""
        if self._quotes_lines:
            raise InputError((Fault(path=self.path, line=1, column=1, message=message),))

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """Return `did you mean …?` for the nearest known word, or an empty text; only for the first faults of a file.

        Each suggestion compares the word with every known one, so a file full of faults would take minutes.
        """
        names = list(known)
        self._suggestions += 1
        self._compared += len(word) * sum(map(len, names))
        within_bounds = self._suggestions <= MAX_SUGGESTIONS and self._compared <= MAX_COMPARED
        return suggest_word(word, names) if within_bounds else ""

    def raise_faults(self) -> None:
        """Raise InputError with every fault recorded so far, in the order of the file, if there is one."""
        if self._faults:
            raise InputError(self._sort_faults())

    def position(self, *path: str | int) -> Position:
        """Return where the value at a path of keys and indexes stands; the nearest enclosing place if it is absent."""
        node, position = self.root, Position()
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
                key, node = node.entries[step]
                position = key.position
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                position = node.position
            else:
                break
        return position

    def value_position(self, *path: str | int) -> Position:
        """Return where the value itself begins, rather than its key."""
        node = self.root
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
                node = node.entries[step][1]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                break
        return node.position if node else Position()

    def _sort_faults(self) -> tuple[Fault, ...]:
        return tuple(sorted(set(self._faults), key=lambda fault: (fault.line, fault.column, fault.message)))

    def stop(self, position: Position, message: str, hint: str = "") -> NoReturn:
        """Record a fault after which nothing more can be read, and raise all that were found."""
        self.fault(position, message, hint)
        raise InputError(self._sort_faults())

    def _decode(self) -> str:
        content = self.content.removeprefix(codecs.BOM_UTF8)
        try:
            return content.decode().replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line_start = before.rfind(b"\n") + 1
            column = len(before[line_start:].decode(errors="replace")) + 1
            position = Position(line=before.count(b"\n") + 1, column=column)
            self.stop(position, f"not UTF-8 (byte 0x{content[error.start]:02X})", "save the file as UTF-8")

    def _refuse_characters(self, text: str) -> None:
        for offset, name in islice(find_forbidden_characters(text), MAX_CHARACTER_FAULTS):
            self.fault(position_of(text, offset), f"the character {name} is not allowed")


def position_of(text: str, offset: int) -> Position:
    """Return the place of a character of a text."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(line=text.count("\n", 0, offset) + 1, column=offset - line_start + 1)
