"""YAML text to nodes with positions, within bounds. The only user of PyYAML.

It works on the parser's events, because everything that hurts happens later: aliases and merge keys that multiply,
nesting that overruns the stack, duplicate keys of which the last would win, and scalars that change their type.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NoReturn

import yaml

from aisafe_cli import files
from aisafe_cli.errors import Fault, InputError
from aisafe_cli.model import Position
from aisafe_cli.text import did_you_mean, forbidden_characters, normal_form, visible

# The pure parser is some twenty times slower, so it gets a quarter.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
MAX_BYTES = 1 << 20 if yaml.__with_libyaml__ else 1 << 18
MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_SCALAR = 1 << 16
MAX_KEY = 250
MAX_SUGGESTIONS = 20
MAX_FAULTS = 500
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

# How many pairs of characters are compared to find near words; with long names, one suggestion costs millions.
MAX_COMPARED = 4_000_000

# Each costs a look through the file for its line, and nobody reads more.
MAX_CHARACTER_FAULTS = 50


class _Placed:
    """A node with a place in the file. Most places are never asked for, so they are worked out when they are."""

    __slots__ = ("_event",)

    def __init__(self, event: yaml.NodeEvent) -> None:
        self._event = event

    @property
    def position(self) -> Position:
        """Where the node begins."""
        return _begin(self._event)


class Scalar(_Placed):
    """A text as written. `plain` is true where it stands without quotes, so that YAML may read it as another type."""

    __slots__ = ("plain", "text")

    def __init__(self, event: yaml.ScalarEvent) -> None:
        self._event = event
        self.text = event.value
        self.plain = not event.style


class Sequence(_Placed):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, event: yaml.SequenceStartEvent) -> None:
        self._event = event
        self.items: list[Node] = []


class Mapping(_Placed):
    """Keys to nodes, in the order of the file. A key is always a text.

    `in_braces` is true for `{...}`; otherwise `next_line` is the line on which a further entry could be written.
    """

    __slots__ = ("entries", "in_braces", "next_line", "normal_keys", "pending_key")

    def __init__(self, event: yaml.MappingStartEvent) -> None:
        self._event = event
        self.in_braces = bool(event.flow_style)
        self.next_line = 1
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        # Spellings of one key that differ only by Unicode normalisation would look the same to a reader.
        self.normal_keys: dict[str, Scalar] = {}
        self.pending_key: Scalar | Unusable | None = None


class Unusable(_Placed):
    """A node with a fault that is already recorded, so that nothing more is said of it."""

    __slots__ = ()


Node = Scalar | Sequence | Mapping | Unusable


class YamlDocument:
    """One parsed file: its nodes, the faults found so far, and what is needed to show them."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = files.shown_path(path)
        self.content = content
        self.root: Node | None = None
        self._faults: list[Fault] = []
        self._suggestions = 0
        self._compared = 0
        self._ends_explicitly = False
        self._quotes_lines = path == files.STANDARD_INPUT or not files.reached_by_link(path)
        self._lines: list[str] = []
        self._parse()

    def fault(self, position: Position, message: str, hint: str = "") -> None:
        """Record a fault at a position. Raises InputError where there are more than anybody will read."""
        line = self._lines[position.line - 1] if self._quotes_lines and position.line <= len(self._lines) else None
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
            raise InputError(self._sorted_faults())

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """Return `did you mean …?` for the nearest known word, or an empty text; only for the first faults of a file.

        Each suggestion compares the word with every known one, so a file full of faults would take minutes.
        """
        names = list(known)
        self._suggestions += 1
        self._compared += len(word) * sum(map(len, names))
        within_bounds = self._suggestions <= MAX_SUGGESTIONS and self._compared <= MAX_COMPARED
        return did_you_mean(word, names) if within_bounds else ""

    def raise_faults(self) -> None:
        """Raise InputError with every fault recorded so far, in the order of the file, if there is one."""
        if self._faults:
            raise InputError(self._sorted_faults())

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

    def mapping(self, *path: str) -> Mapping | None:
        """Return the mapping at a path of keys, or None."""
        node = self.root
        for key in path:
            node = node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else None
        return node if isinstance(node, Mapping) else None

    @property
    def takes_more_keys(self) -> bool:
        """Whether a further key can be written below the last line."""
        root = self.root
        return (
            isinstance(root, Mapping) and not root.in_braces and root.position.column == 1 and not self._ends_explicitly
        )

    @property
    def last_line(self) -> tuple[int, str]:
        """The number and the text of the last line; the text is empty where the file ends with a line feed."""
        return len(self._lines), self._lines[-1]

    def _sorted_faults(self) -> tuple[Fault, ...]:
        return tuple(sorted(set(self._faults), key=lambda fault: (fault.line, fault.column, fault.message)))

    def _parse(self) -> None:
        text = self._decode()
        self._lines = text.split("\n")
        self._refuse_characters(text)
        self._refuse_directives(text)
        self.raise_faults()
        try:
            self._compose(_LOADER(text.encode()).get_event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            position = Position(line=mark.line + 1, column=mark.column + 1) if mark else Position()
            if "nesting depth" in str(error.problem):  # the parser's own bound, which its look-ahead may meet first
                self._stop(position, _TOO_DEEP)
            self._stop(position, f"not valid YAML: {_plain_words(error)}", _syntax_hint(self._lines, position))
        except (yaml.YAMLError, ValueError) as error:  # the pure parser gives a ValueError for an escape above U+10FFFF
            self._stop(Position(), f"not valid YAML: {visible(str(error))}")
        if self.root is None:
            self._stop(Position(), "nothing is written here", "see the plan format for what a file needs")

    def _stop(self, position: Position, message: str, hint: str = "") -> NoReturn:
        """Record a fault after which nothing more can be read, and raise all that were found."""
        self.fault(position, message, hint)
        raise InputError(self._sorted_faults())

    def _decode(self) -> str:
        content = self.content.removeprefix(codecs.BOM_UTF8)
        try:
            return content.decode().replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line_start = before.rfind(b"\n") + 1
            column = len(before[line_start:].decode(errors="replace")) + 1
            position = Position(line=before.count(b"\n") + 1, column=column)
            self._stop(position, f"not UTF-8 (byte 0x{content[error.start]:02X})", "save the file as UTF-8")

    def _refuse_characters(self, text: str) -> None:
        for offset, name in islice(forbidden_characters(text), MAX_CHARACTER_FAULTS):
            self.fault(_position_of(text, offset), f"the character {name} is not allowed")

    def _refuse_directives(self, text: str) -> None:
        """Look for them before the parser does, which compares each with all others. No other line begins with `%`."""
        offset = 0 if text.startswith("%") else text.find("\n%") + 1
        if offset or text.startswith("%"):
            self.fault(_position_of(text, offset), "directives are not supported", "remove the lines that begin with %")

    def _compose(self, next_event: Callable[[], yaml.Event | None]) -> None:
        """Build the nodes from the parser's events without recursion, and stop where a bound is passed."""
        open_nodes: list[Sequence | Mapping] = []
        last_content: yaml.Event | None = None
        nodes = documents = 0
        while (event := next_event()) is not None:
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
                if nodes > MAX_NODES:
                    self._stop(_begin(event), f"more than {MAX_NODES} values")
                node = self._node(event)
                self._place(open_nodes, node)
                last_content = event
                if isinstance(node, _CONTAINERS):
                    open_nodes.append(node)
                    if len(open_nodes) > MAX_DEPTH:
                        self._stop(_begin(event), _TOO_DEEP)
            elif isinstance(event, yaml.CollectionEndEvent):
                if _begin(event) != _end(event):  # a bracket closes it, so it has an end of its own
                    last_content = event
                closed = open_nodes.pop()
                if isinstance(closed, Mapping) and last_content is not None:
                    closed.next_line = _next_line(last_content)
            elif isinstance(event, yaml.DocumentEndEvent):
                self._ends_explicitly = bool(event.explicit)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.fault(_begin(event), "a second document begins here", "keep one document a file")
                    return

    def _node(self, event: yaml.NodeEvent) -> Node:
        if event.anchor:
            self.fault(_begin(event), "anchors and aliases are not supported", "write the value out")
        if isinstance(event, yaml.AliasEvent):
            return Unusable(event)
        assert isinstance(event, _VALUE_EVENTS)
        if event.tag:
            self.fault(_begin(event), f"the tag {visible(event.tag)} is not supported", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        return Sequence(event) if isinstance(event, yaml.SequenceStartEvent) else Mapping(event)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar | Unusable:
        if len(event.value) > MAX_SCALAR:
            self.fault(_begin(event), f"a text longer than {MAX_SCALAR} characters")
            return Unusable(event)
        if event.style == '"':  # only here can an escape stand for a character that the file itself does not hold
            for _, name in islice(forbidden_characters(event.value), 1):
                self.fault(_begin(event), f"the character {name} is not allowed, not even as an escape")
                return Unusable(event)
        return Scalar(event)

    def _place(self, open_nodes: list[Sequence | Mapping], node: Node) -> None:
        """Put a finished or just opened node where it belongs: under a key, in a list, or at the root."""
        if not open_nodes:
            self.root = node
            return
        parent = open_nodes[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif parent.pending_key is None:
            parent.pending_key = self._key(node)
        else:
            self._enter(parent, parent.pending_key, node)
            parent.pending_key = None

    def _key(self, node: Node) -> Scalar | Unusable:
        if isinstance(node, Scalar):
            if len(node.text) > MAX_KEY:
                self.fault(node.position, f"a key longer than {MAX_KEY} characters")
                return Unusable(node._event)
            if node.text != "<<" or not node.plain:
                return node
            self.fault(node.position, "merge keys are not supported", "write the values out")
        elif not isinstance(node, Unusable):
            self.fault(node.position, "a key has to be a text")
        return Unusable(node._event)

    def _enter(self, mapping: Mapping, key: Scalar | Unusable, node: Node) -> None:
        if isinstance(key, Unusable):
            return
        first = mapping.normal_keys.setdefault(normal_form(key.text), key)
        if first is key:
            mapping.entries[key.text] = (key, node)
        else:
            self.fault(key.position, f"duplicate key '{visible(key.text)}' (first at line {first.position.line})")


_CONTAINERS = (Sequence, Mapping)
_VALUE_EVENTS = (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent)


def load_document(path: str) -> YamlDocument:
    """Read and parse one file, or standard input for `-`.

    Raises FileError where it cannot be read, and InputError where it cannot be parsed; faults that leave something to
    read stay with the document, so that later checks add theirs.
    """
    return YamlDocument(path, files.read_bytes(path, MAX_BYTES))


def _begin(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position()


def _end(event: yaml.Event) -> Position:
    mark = event.end_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position()


def _next_line(event: yaml.Event) -> int:
    end = _end(event)
    return end.line + (end.column > 1)


def _position_of(text: str, offset: int) -> Position:
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(line=text.count("\n", 0, offset) + 1, column=offset - line_start + 1)


def _plain_words(error: yaml.MarkedYAMLError) -> str:
    return visible(", ".join(part for part in (error.context, error.problem) if part))


def _syntax_hint(lines: list[str], position: Position) -> str:
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    if "\t" in line:
        return "indent with spaces, not tabs"
    if "{{" in line or "{%" in line:
        return "this looks like a template; render it first"
    if line.count(": ") > 1:
        return "put a text that holds a colon in quotes"
    return ""
