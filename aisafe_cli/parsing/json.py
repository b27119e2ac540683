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


def find_line(text: str, path: Sequence[str]) -> int:
    """Return the line on which the last key of a path stands after the others, as far as they are found."""
    offset = 0
    for key in path:
        found = text.find(json.dumps(key), offset)
        if found < 0:
            break
        offset = found
    return text.count("\n", 0, offset) + 1
