"""How text and JSON are laid out: one width and one way of writing, so that output is the same everywhere."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii

from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import escape_json_commands, terminal_safe
from aisafe_cli.text.unicode import is_wide

WIDTH = 80
_JSON_WORDS = {None: "null", True: "true", False: "false"}
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
