"""YAML text to nodes with positions, within bounds. The only user of PyYAML.

It works on the parser's events, because everything that hurts happens later: aliases and merge keys that multiply,
nesting that overruns the stack, duplicate keys of which the last would win, and scalars that change their type.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml

from aisafe_cli.domain.plan import Position
from aisafe_cli.io.read import read_bytes
from aisafe_cli.parsing.nodes import Mapping, Node, ParsedFile, Scalar, Sequence, Unusable, position_of
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import find_forbidden_characters, normalize

# The pure parser is some twenty times slower, so it gets a quarter.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
MAX_BYTES = 1 << 20 if yaml.__with_libyaml__ else 1 << 18
MAX_CATALOG_BYTES = 4 * MAX_BYTES  # a thousand safeguards
MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_SCALAR = 1 << 16
MAX_KEY = 250
_TOO_DEEP = f"the file is nested deeper than {MAX_DEPTH} levels"


class YamlDocument(ParsedFile):
    """One parsed YAML file, of so many values at the most."""

    def __init__(self, path: str, content: bytes, max_nodes: int = MAX_NODES) -> None:
        super().__init__(path, content)
        self._max_nodes = max_nodes
        self._parse_text()

    def _parse_text(self) -> None:
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
                self.stop(position, _TOO_DEEP)
            self.stop(position, f"not valid YAML: {_describe_error(error)}", _suggest_fix(self._lines, position))
        except (yaml.YAMLError, ValueError) as error:  # the pure parser gives a ValueError for an escape above U+10FFFF
            self.stop(Position(), f"not valid YAML: {visible(str(error))}")
        if self.root is None:
            self.stop(Position(), "the input is empty", "`aisafe init` writes a plan to start from")

    def _refuse_directives(self, text: str) -> None:
        """Look for them before the parser does, which compares each with all others. No other line begins with `%`."""
        offset = 0 if text.startswith("%") else text.find("\n%") + 1
        if offset or text.startswith("%"):
            self.fault(position_of(text, offset), "directives are not supported", "remove the lines that begin with %")

    def _compose(self, next_event: Callable[[], yaml.Event | None]) -> None:
        """Build the nodes from the parser's events without recursion, and stop where a bound is passed."""
        open_nodes: list[Sequence | Mapping] = []
        nodes = documents = 0
        while (event := next_event()) is not None:
            if isinstance(event, _NODE_EVENTS):
                nodes += 1
                if nodes > self._max_nodes:
                    self.stop(_get_position(event), f"the file has more than {self._max_nodes} values")
                node = self._start_node(event)
                self._attach(open_nodes, node)
                if isinstance(node, _CONTAINERS):
                    open_nodes.append(node)
                    if len(open_nodes) > MAX_DEPTH:
                        self.stop(_get_position(event), _TOO_DEEP)
            elif isinstance(event, yaml.CollectionEndEvent):
                open_nodes.pop()
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.fault(_get_position(event), "a second document begins here", "keep one document per file")
                    return

    def _start_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent) -> Node:
        if event.anchor:
            self.fault(_get_position(event), "anchors (&) and aliases (*) are not supported", "write it out in full")
        if isinstance(event, yaml.AliasEvent):
            return Unusable(event.start_mark)
        if event.tag:
            self.fault(_get_position(event), f"the tag {visible(event.tag)} is not supported", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self._build_scalar(event)
        return (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping)(event.start_mark)

    def _build_scalar(self, event: yaml.ScalarEvent) -> Scalar | Unusable:
        if len(event.value) > MAX_SCALAR:
            self.fault(_get_position(event), f"this text is longer than {MAX_SCALAR} characters")
            return Unusable(event.start_mark)
        if event.style == '"':  # only here can an escape stand for a character that the file itself does not hold
            for _, name in find_forbidden_characters(event.value):
                self.fault(_get_position(event), f"the character {name} is not allowed, even as an escape")
                return Unusable(event.start_mark)
        return Scalar(event.start_mark, event.value, not event.style)

    def _attach(self, open_nodes: list[Sequence | Mapping], node: Node) -> None:
        """Put a finished or just opened node where it belongs: under a key, in a list, or at the root."""
        if not open_nodes:
            self.root = node
            return
        parent = open_nodes[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif parent.pending_key is None:
            parent.pending_key = self._check_key(node)
        else:
            self._add_entry(parent, parent.pending_key, node)
            parent.pending_key = None

    def _check_key(self, node: Node) -> Scalar | Unusable:
        if isinstance(node, Scalar):
            if len(node.text) > MAX_KEY:
                self.fault(node.position, f"this key is longer than {MAX_KEY} characters")
                return Unusable(node.mark)
            if node.text != "<<" or not node.plain:
                return node
            self.fault(node.position, "merge keys (<<) are not supported", "write the values out")
        elif not isinstance(node, Unusable):
            self.fault(node.position, "a key must be text")
        return Unusable(node.mark)

    def _add_entry(self, mapping: Mapping, key: Scalar | Unusable, node: Node) -> None:
        if isinstance(key, Unusable):
            return
        first = mapping.normal_keys.setdefault(normalize(key.text), key)
        if first is key:
            mapping.entries[key.text] = (key, node)
        else:
            self.fault(key.position, f"duplicate key '{visible(key.text)}' (first on line {first.position.line})")


_CONTAINERS = (Sequence, Mapping)
_NODE_EVENTS = (yaml.ScalarEvent, yaml.CollectionStartEvent, yaml.AliasEvent)  # the most frequent first


def load_document(path: str) -> YamlDocument:
    """Read and parse one file, or standard input for `-`.

    Raises FileError where it cannot be read, and InputError where it cannot be parsed; faults that leave something to
    read stay with the document, so that later checks add theirs.
    """
    return YamlDocument(path, read_bytes(path, MAX_BYTES))


def _get_position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position()


def _describe_error(error: yaml.MarkedYAMLError) -> str:
    return visible(", ".join(part for part in (error.context, error.problem) if part))


def _suggest_fix(lines: list[str], position: Position) -> str:
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    if "\t" in line:
        return "indent with spaces, not tabs"
    if "{{" in line or "{%" in line:
        return "this looks like a template; render it first"
    if line.count(": ") > 1:
        return "put text that contains a colon in quotes"
    return ""
