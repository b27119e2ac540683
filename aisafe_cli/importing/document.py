"""A stranger's bytes as text, and YAML or JSON as plain data with the line of each value. Faults stop nothing else."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.errors import Fault, InputError
from aisafe_cli.importing.facts import Reading
from aisafe_cli.parsing import nodes
from aisafe_cli.parsing.json import find_line, parse_json
from aisafe_cli.parsing.yaml import MAX_BYTES, YamlDocument
from aisafe_cli.text.unicode import find_forbidden_characters

_MAX_REPLACED = 50
_REPLACEMENT = "\ufffd"
_ENTRY = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(?P<value>.*)|$)")
_ITEM = re.compile(r"\s*-\s+(.*)")
_MAX_SALVAGED = 2000
_MAX_UNREADABLE = 0.05


@record
class ParsedSource:
    """Plain data, the line of a value by its path, and what was wrong with it."""

    data: Any
    line_of: Callable[..., int]
    faults: tuple[Fault, ...] = ()
    salvaged: bool = False


def is_binary(content: bytes) -> bool:
    """Return whether content is no text at all."""
    start = content[:65536]
    return b"\0" in start or start.decode(errors="replace").count(_REPLACEMENT) > len(start) * _MAX_UNREADABLE


def decode_text(content: bytes, reading: Reading) -> str:
    """Return content as text with plain line ends. What is not UTF-8 is replaced, and told."""
    content = content.removeprefix(codecs.BOM_UTF8)
    text = content.decode(errors="replace")
    if (first := text.find(_REPLACEMENT)) >= 0 and _REPLACEMENT.encode() not in content:
        reading.warn(text.count("\n", 0, first) + 1, "bytes that are not UTF-8 were replaced")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(text: str) -> ParsedSource:
    """Return a text's data, or nothing with a fault where it is no JSON."""
    try:
        data = parse_json(text)
    except InputError as error:
        return ParsedSource(data=None, line_of=lambda *_: 1, faults=error.faults)
    return ParsedSource(data=data, line_of=lambda *path: find_line(text, path))


def read_yaml(text: str, first_line: int = 1) -> ParsedSource:
    """Return a text's data. Lines count from `first_line`. Where it is no YAML, its plain entries are salvaged."""
    replaced, faults = _replace_forbidden(text)
    content = "\n" * (first_line - 1) + replaced
    root: nodes.Node | None = None
    try:
        document = YamlDocument("-", content.encode())
        root = document.root
        document.raise_faults()
    except InputError as error:
        faults += error.faults
    if root is None and faults:
        return _salvage(replaced.split("\n"), first_line, faults)
    position = document.position
    return ParsedSource(data=_take_data(root), line_of=lambda *path: position(*path).line, faults=faults)


def _replace_forbidden(text: str) -> tuple[str, tuple[Fault, ...]]:
    forbidden = dict(islice(find_forbidden_characters(text), MAX_BYTES))
    if not forbidden:
        return text, ()
    characters = list(text)
    for offset in forbidden:
        characters[offset] = _REPLACEMENT
    names = ", ".join(sorted(set(forbidden.values()))[:_MAX_REPLACED])
    message = f"characters that no plan may hold were replaced ({names})"
    return "".join(characters), (
        Fault(path="", line=text.count("\n", 0, min(forbidden)) + 1, column=1, message=message),
    )


def _take_data(node: nodes.Node | None) -> Any:
    if isinstance(node, nodes.Mapping):
        return {key: _take_data(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, nodes.Sequence):
        return [_take_data(item) for item in node.items]
    if isinstance(node, nodes.Scalar):
        return node.value
    return _REPLACEMENT if isinstance(node, nodes.Unusable) else None


def _salvage(lines: Sequence[str], first_line: int, faults: tuple[Fault, ...]) -> ParsedSource:
    """Read the entries at the margin of what is no YAML: `key: value`, and lists and texts indented below a key."""
    data: dict[str, Any] = {}
    places: dict[str, int] = {}
    key = ""
    for number, line in enumerate(lines[:_MAX_SALVAGED]):
        if entry := _ENTRY.match(line):
            key = entry["key"]
            places.setdefault(key, first_line + number)
            data.setdefault(key, _salvage_value(entry["value"] or ""))
        elif key and (item := _ITEM.match(line)):
            held = data[key] if isinstance(data[key], list) else []
            data[key] = [*held, _salvage_value(item[1])]
        elif key and isinstance(data[key], str):
            data[key] = f"{data[key]} {line.strip()}".strip()
    return ParsedSource(data=data, line_of=lambda *path: places.get(path[0], first_line), faults=faults, salvaged=True)


def _salvage_value(text: str) -> Any:
    text = text.split(" #")[0].strip()
    if text in ("|", "|-", ">", ">-"):
        return ""
    if text.startswith("[") and text.endswith("]"):
        return [part.strip(" \"'") for part in text[1:-1].split(",")]
    return text.strip("\"'")
