"""How text and JSON are laid out: one width and one way of writing, so that output is the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring_ascii

from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import escape_json_commands, terminal_safe
from aisafe_cli.text.unicode import is_wide

WIDTH = 80
_JSON_WORDS = {None: "null", True: "true", False: "false"}
_BLOCK = 1 << 16  # characters
_BESIDE = "\0"  # stands for the second column of a wide character; safe text holds none


def wrap(text: str, indent: int = 0, hanging: int | None = None, width: int = WIDTH) -> list[str]:
    """Return lines of at most so many columns; the one way by which text of a file comes to the terminal."""
    return fold(terminal_safe(text), width, " " * indent, " " * (indent if hanging is None else hanging))


def fold(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    """Return safe text as lines of at most so many columns, of which a wide character takes two."""
    from textwrap import TextWrapper  # which the formats for programs do without, and takes a while to import

    wide = not text.isascii() and any(map(is_wide, text))
    wrapper = TextWrapper(
        width=width - wide,  # a wide character may be parted from its second column
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
    )
    if not wide:
        return wrapper.wrap(text)
    spaced = "".join(character + _BESIDE if is_wide(character) else character for character in text)
    return [line.replace(_BESIDE, "") for line in wrapper.wrap(spaced)]


def cut_between_lines(pieces: Iterable[str]) -> Iterator[str]:
    """Yield a text in blocks of whole lines, without the space around it; that between blocks begins the later one."""
    waiting: list[str] = []
    size, is_first = 0, True
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size > _BLOCK:
            text = "".join(waiting)
            block = text[: text.rfind("\n") + 1].rstrip()
            waiting, size = [text[len(block) :]], 0
            if block:
                yield block.lstrip() if is_first else block
                is_first = False
    text = "".join(waiting).rstrip()
    yield f"{text.lstrip() if is_first else text}\n"


def shorten(text: str, limit: int) -> str:
    """Return a text of at most so many characters, with a mark where it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def measure(text: str) -> int:
    """Return how many columns a terminal gives to safe text."""
    return len(text) + sum(map(is_wide, text))


def fill(text: str, width: int) -> str:
    """Return safe text with spaces up to so many columns."""
    return text + " " * (width - measure(text))


def as_json(data: Any) -> str:
    """Return data as JSON: ASCII, sorted keys, no infinite numbers, one line feed at the end."""
    return escape_json_commands(_write_json(data, "\n")) + "\n"


def stream_json(data: Any) -> Iterator[str]:
    """Yield what `as_json` returns; an iterator stands for a list, of which one item is needed at a time."""
    yield from map(escape_json_commands, _write_pieces(data, "\n"))
    yield "\n"


def _write_pieces(value: Any, line: str) -> Iterator[str]:
    inner, between = f"{line}  ", ""
    if isinstance(value, Iterator):
        yield "["
        for item in value:
            yield f"{between}{inner}"
            yield from _write_pieces(item, inner)
            between = ","
        yield f"{line}]" if between else "]"
    elif _holds_iterator(value):
        yield "{"
        for key in sorted(value):
            yield f"{between}{inner}{encode_basestring_ascii(key)}: "
            yield from _write_pieces(value[key], inner)
            between = ","
        yield f"{line}}}"
    else:
        yield _write_json(value, line)


def _holds_iterator(value: Any) -> bool:
    return isinstance(value, Iterator) or (isinstance(value, dict) and any(map(_holds_iterator, value.values())))


def _write_json(value: Any, line: str) -> str:
    """Return what `json.dumps` returns with an indent of two, for which it goes without C: in half of its time.

    `line` is the line feed with the indent of the value.
    """
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None or value is True or value is False:
        return _JSON_WORDS[value]
    if type(value) is int:
        return str(value)
    inner = f"{line}  "
    if value and isinstance(value, dict):
        entries = [f"{encode_basestring_ascii(key)}: {_write_json(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    if value and isinstance(value, (list, tuple)):
        return f"[{inner}{f',{inner}'.join([_write_json(item, inner) for item in value])}{line}]"
    return json.dumps(value, allow_nan=False)
