"""What a statement says otherwise than the one that was made again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from aisafe_cli.errors import MAX_SHOWN
from aisafe_cli.text.escape import terminal_safe
from aisafe_cli.text.wording import count

_LONGEST = 100
_ABSENT = object()
_SAME_DATA = "The data are the same, but they are written in another way."
_OTHER_SUBJECTS = "Name what the statement is about: as FILES, or with --subject NAME=sha256:HEX."


def list_differences(content: bytes, said: Any, made: str) -> list[str]:
    """Return what a statement says otherwise, a line each; nothing where it has the very same bytes."""
    if content == made.encode():
        return []
    lines = list(_compare(said, json.loads(made), "")) or [_SAME_DATA]
    hints = [_OTHER_SUBJECTS] if any(line.startswith("subject") for line in lines) else []
    left = len(lines) - MAX_SHOWN
    return [*lines[:MAX_SHOWN], *([f"... and {count(left, 'more difference')}"] if left > 0 else []), *hints]


def render_statement_comparison(head: str, differences: Iterable[str]) -> str:
    """Return a head with the differences below it, safe to print."""
    return "".join(f"{terminal_safe(line)}\n" for line in (head, *(f"  {line}" for line in differences)))


def _compare(said: Any, made: Any, place: str) -> Iterable[str]:
    if isinstance(said, dict) and isinstance(made, dict):
        for key in sorted({*said, *made}):
            yield from _compare(said.get(key, _ABSENT), made.get(key, _ABSENT), f"{place}.{key}" if place else key)
    elif isinstance(said, list) and isinstance(made, list):
        for number, (one, other) in enumerate(zip_longest(said, made, fillvalue=_ABSENT)):
            yield from _compare(one, other, f"{place}[{number}]")
    elif said != made or type(said) is not type(made):
        yield f"{_cut(place)}: {_show_value(said)} in the statement, {_show_value(made)} here"


def _show_value(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else f"a list of {len(value)}"
    return "nothing" if value is _ABSENT else _cut(json.dumps(value))


def _cut(text: str) -> str:
    quote = '"' if text.endswith('"') else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…{quote}"
