"""Check a parsed file against a JSON Schema and turn it into plain data, with every fault at its place.

It knows the keywords that the schemas of this package use and no others; a test holds it against a full validator.
"""

from __future__ import annotations

import math
import re
from datetime import date
from functools import cache

from aisafe_cli.io.resources import read_hints, read_schema
from aisafe_cli.parsing.kinds import refuse_other_kind
from aisafe_cli.parsing.nodes import Mapping, Node, ParsedFile, Scalar, Sequence, Unusable
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import is_placeholder, says_something, shows_nothing

Schema = dict[str, Any]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BEGIN_NUMBERS = "+-.0123456789"
_INFINITE = (".inf", ".Inf", ".INF")
_NOT_FINITE = frozenset(f"{sign}{word}" for sign in ("", "+", "-") for word in _INFINITE) | {".nan", ".NaN", ".NAN"}
_MAX_DIGITS = 18
_HINTS = "hints: "
_WORDS = "words"  # the comment on a text that has to say something
_GROUNDS = "grounds"  # the comment on one on which a verdict rests: a note of what is still to be written is none
_FILL_IN = "write what it stands for, or leave the entry out until you can"
_INVALID = object()
_KIND_NAMES = {Mapping: "keys with values", Sequence: "a list", Scalar: "a single value"}


def check(document: ParsedFile, schema_name: str) -> Any:
    """Return the document's data as the schema types it; faults go to the document.

    A faulty value is None, so that later checks still see its key or its place in a list.

    Scalars are read as YAML 1.2 where a number or truth value is expected, and stay text where text is expected. Raises
    InputError for a file of another kind.
    """
    refuse_other_kind(document, schema_name)
    schema = read_schema(schema_name)
    walker = _Walker(document, schema.get("$defs", {}))
    data = walker.walk(document.root, schema) if document.root else _INVALID
    return {} if data is _INVALID else data


# Parts of schemas that refer to others, by their ids, which hold since they are kept; and with what they refer to.
_resolved: dict[int, tuple[Schema, Schema]] = {}


def parse_date(text: str) -> date | None:
    """Return the day that `YYYY-MM-DD` names, or None."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":  # other forms of ISO 8601
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class _Walker:
    def __init__(self, document: ParsedFile, definitions: Schema) -> None:
        self._document = document
        self._definitions = definitions

    def walk(self, node: Node, schema: Schema) -> Any:
        """Return the node's data, or `_INVALID` where a fault leaves nothing to use."""
        schema = self._resolve_ref(schema)
        if isinstance(node, Unusable):
            return _INVALID
        if "anyOf" in schema:
            schema = self._choose_branch(node, schema)
        expected = _get_kind(schema)
        if not isinstance(node, expected):
            self._refuse_node(
                node, f"expected {_KIND_NAMES[expected]}, found {_KIND_NAMES[type(node)]}", _describe_shape(schema)
            )
            return _INVALID
        if isinstance(node, Scalar):
            return self._read_scalar(node, schema)
        return self._read_mapping(node, schema) if isinstance(node, Mapping) else self._read_sequence(node, schema)

    def _resolve_ref(self, schema: Schema) -> Schema:
        """Return the schema with what it refers to."""
        if "$ref" not in schema:
            return schema
        known = _resolved.get(id(schema))
        if known is None:
            target = self._resolve_ref(self._definitions[schema["$ref"].removeprefix("#/$defs/")])
            known = schema, {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
            _resolved[id(schema)] = known
        return known[1]

    def _choose_branch(self, node: Node, schema: Schema) -> Schema:
        """The branches of an `anyOf` differ in kind (mapping, list, scalar), so the node's kind decides."""
        branches = [self._resolve_ref(branch) for branch in schema["anyOf"]]
        return next((branch for branch in branches if isinstance(node, _get_kind(branch))), branches[0])

    def _read_mapping(self, node: Mapping, schema: Schema) -> Any:
        properties: Schema = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        data = {}
        for name, (key, value) in node.entries.items():
            if name in properties:
                result = self.walk(value, properties[name])
            elif isinstance(others, dict):
                result = self.walk(value, others)
            else:
                self._document.fault(
                    key.position, f"unknown key `{_shorten_word(name)}`", self._suggest_key(name, properties)
                )
                continue
            data[name] = None if result is _INVALID else result
        for name in schema.get("required", ()):
            if name not in node.entries:
                self._refuse_node(node, f"the key `{name}` is missing here", self._describe_missing(properties[name]))
        return data

    def _read_sequence(self, node: Sequence, schema: Schema) -> Any:
        if len(node.items) < schema.get("minItems", 0):
            self._refuse_node(
                node, "the list is empty" if not node.items else f"at least {schema['minItems']} entries are needed"
            )
        if len(node.items) > schema.get("maxItems", len(node.items)):
            self._refuse_node(node, f"at most {schema['maxItems']} entries are allowed")
        results = [(item, self.walk(item, schema["items"])) for item in node.items]
        if schema.get("uniqueItems"):
            seen = set()
            for item, result in results:
                if result is not _INVALID and result in seen:
                    self._refuse_node(item, f"`{_shorten_word(str(result))}` is named twice")
                seen.add(result)
        # None keeps the place of a faulty entry, so that later checks point at the right one.
        return [None if result is _INVALID else result for _, result in results]

    def _read_scalar(self, node: Scalar, schema: Schema) -> Any:
        if "const" in schema:
            wanted = schema["const"]
            return wanted if _parse_number(node) == wanted else self._refuse_node(node, f"the value must be {wanted}")
        if "enum" in schema:
            return self._read_member(node, schema)
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        value = node.value
        if value is None and "null" not in types:
            return self._refuse_node(node, "the value is empty", schema.get("description", ""))
        if value is None or (isinstance(value, bool) and "boolean" in types):
            return value
        if "string" in types:
            return self._read_string(node, schema)
        if "number" in types or "integer" in types:
            return self._read_number(node, schema, whole="number" not in types)
        return self._refuse_node(node, "the value must be true or false", "write it without quotes")

    def _read_member(self, node: Scalar, schema: Schema) -> Any:
        members = schema["enum"]
        plain_value = node.value
        for member in members:
            if (member == node.text) if isinstance(member, str) else (member is plain_value):
                return member
        words = [_spell_member(member) for member in members]
        if not node.text or plain_value is None:
            return self._refuse_node(node, "the value is empty", _list_words(schema))
        if node.text in words:
            return self._refuse_node(
                node, f"`{node.text}` is in quotes, so it is read as text", "write it without quotes"
            )
        hint = _find_hint(node.text, schema) or self._document.suggest(node.text, words)
        if noun := schema.get("title"):
            return self._refuse_node(
                node, f"there is no {noun} `{_shorten_word(node.text)}`", hint or _list_words(schema)
            )
        return self._refuse_node(node, f"`{_shorten_word(node.text)}` is not one of {', '.join(words)}", hint)

    def _read_string(self, node: Scalar, schema: Schema) -> Any:
        if isinstance(node.value, bool):
            return self._refuse_node(node, f"expected text, found the boolean {node.text}", "put it in quotes")
        if "number" not in schema["type"] and "format" not in schema and _parse_number(node) is not None:
            return self._refuse_node(node, f"expected text, found the number {node.text}", "put it in quotes")
        if len(node.text) < schema.get("minLength", 0):
            return self._refuse_node(node, "the value is empty", schema.get("description", ""))
        if "minLength" in schema and not node.text.isascii() and shows_nothing(node.text):
            return self._refuse_node(node, "the value has no visible character", schema.get("description", ""))
        if len(node.text) > schema.get("maxLength", len(node.text)):
            return self._refuse_node(node, f"the value is longer than {schema['maxLength']} characters")
        if "pattern" in schema and not _compile_pattern(schema["pattern"]).search(node.text):
            return self._refuse_node(
                node,
                f"`{_shorten_word(node.text)}` has the wrong form",
                _describe_pattern(node, schema),
            )
        comment = schema.get("$comment")
        if comment in (_WORDS, _GROUNDS) and not says_something(node.text):
            return self._refuse_node(node, "the value has no letter or digit", schema.get("description", ""))
        if comment == _GROUNDS and is_placeholder(node.text):
            return self._refuse_node(node, f"`{_shorten_word(node.text)}` is a placeholder", _FILL_IN)
        if schema.get("format") == "date" and parse_date(node.text) is None:
            return self._refuse_node(node, f"`{_shorten_word(node.text)}` is not a date", "write it as YYYY-MM-DD")
        return node.text

    def _read_number(self, node: Scalar, schema: Schema, *, whole: bool) -> Any:
        wanted = "a whole number" if whole else "a number"
        if node.plain and node.text in _NOT_FINITE:
            return self._refuse_node(node, "the value must be a finite number")
        value = _parse_number(node)
        if value is None:
            return self._refuse_node(
                node, f"`{_shorten_word(node.text)}` is not {wanted}", "write it in digits, without quotes"
            )
        if not math.isfinite(value):
            return self._refuse_node(node, "the value must be a finite number")
        if isinstance(value, int) and abs(value) >= 10**_MAX_DIGITS:
            return self._refuse_node(node, f"the number has more than {_MAX_DIGITS} digits")
        if whole and value != int(value):
            return self._refuse_node(node, f"the value must be {wanted}")
        if value < schema.get("minimum", value):
            return self._refuse_node(node, f"the value must be at least {schema['minimum']}")
        if value > schema.get("maximum", value):
            return self._refuse_node(node, f"the value must be at most {schema['maximum']}")
        if value <= schema.get("exclusiveMinimum", -math.inf):
            return self._refuse_node(node, f"the value must be more than {schema['exclusiveMinimum']}")
        return int(value) if whole else value

    def _describe_missing(self, schema: Schema) -> str:
        """Say what a key is for and, where only a few words are allowed, which ones."""
        schema = self._resolve_ref(schema)
        told = str(schema.get("description", ""))
        words = _list_words(schema) if "enum" in schema else ""
        return f"{told} {words[:1].upper()}{words[1:]}".strip()

    def _suggest_key(self, name: str, properties: Schema) -> str:
        return self._document.suggest(name, properties) or f"the keys here are: {', '.join(properties)}"

    def _refuse_node(self, node: Node, message: str, hint: str = "") -> Any:
        self._document.fault(node.position, message, hint)
        return _INVALID


def _get_kind(schema: Schema) -> type[Mapping] | type[Sequence] | type[Scalar]:
    """The kind of node that a schema is about. Only scalars may have several types."""
    named = schema.get("type")
    return Mapping if named == "object" else Sequence if named == "array" else Scalar


def _parse_number(node: Scalar) -> int | float | None:
    if node.text[:1] not in _BEGIN_NUMBERS:
        return None
    if node.plain and _INTEGER.fullmatch(node.text):
        # int() takes time that grows with the square of the digits
        return int(node.text) if len(node.text) <= 2 * _MAX_DIGITS else 10 ** (2 * _MAX_DIGITS)
    return float(node.text) if node.plain and _FLOAT.fullmatch(node.text) else None


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    # In JSON Schema `$` is the end of the text; in Python it also matches before a last line feed.
    return re.compile(f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern)


def _spell_member(member: Any) -> str:
    return str(member) if isinstance(member, str) else {None: "null", True: "true", False: "false"}[member]


def _shorten_word(text: str) -> str:
    text = visible(text)
    return text if len(text) <= 60 else text[:57] + "..."


def _find_hint(word: str, schema: Schema) -> str:
    name = schema.get("$comment", "").removeprefix(_HINTS)
    return read_hints(name).get(word.lower(), "") if name else ""


def _list_words(schema: Schema) -> str:
    """Name the words that are allowed, or where they are listed, for those that have a name of their own."""
    if noun := schema.get("title"):
        return f"`aisafe explain` lists all {noun}s"
    return f"write one of {', '.join(map(_spell_member, schema['enum']))}"


def _describe_shape(schema: Schema) -> str:
    return str(schema.get("description", ""))


def _describe_pattern(node: Scalar, schema: Schema) -> str:
    if "\n" in node.text or "\t" in node.text:
        return "keep it on one line, without tabs"
    if node.text != node.text.rstrip():
        return "remove the spaces and line breaks at the end"
    return str(schema.get("description", ""))
