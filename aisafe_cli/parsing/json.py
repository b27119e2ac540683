"""JSON text to plain data, and the line of a key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aisafe_cli.errors import Fault, InputError


def parse_json(text: str) -> Any:
    """Return a text's data. Raises InputError where it is no JSON, or nested deeper than the parser follows."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise InputError((Fault(path="", line=line, column=column, message="not valid JSON"),)) from error


def parse_strict_json(text: str) -> Any:
    """Return a text's data. Raises InputError as `parse_json` does, and for a key twice and for what JSON has not."""

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for key in keys if keys.count(key) > 1)
            line = text.count("\n", 0, max(text.rfind(json.dumps(key)), 0)) + 1
            raise InputError((Fault(path="", line=line, column=1, message=f"the key `{key}` appears twice"),))
        return built

    try:
        return json.loads(text, object_pairs_hook=build, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        message = "the file is nested too deeply" if isinstance(error, RecursionError) else "not valid JSON"
        raise InputError((Fault(path="", line=line, column=column, message=message),)) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def find_line(text: str, path: Sequence[str]) -> int:
    """Return the line on which the last key of a path stands after the others, as far as they are found."""
    offset = 0
    for key in path:
        found = text.find(json.dumps(key), offset)
        if found < 0:
            break
        offset = found
    return text.count("\n", 0, offset) + 1
