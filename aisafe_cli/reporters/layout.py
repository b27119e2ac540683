"""How text and JSON are laid out: one width and one way of writing, so that output is the same everywhere."""

from __future__ import annotations

import json
from textwrap import TextWrapper
from typing import Any

from aisafe_cli.text import terminal_safe

WIDTH = 80


def wrapped(text: str, indent: int = 0, hanging: int | None = None) -> list[str]:
    """Return lines of at most `WIDTH` columns; the one way by which text of a file comes to the terminal."""
    wrapper = TextWrapper(
        width=WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_on_hyphens=False,
    )
    return wrapper.wrap(terminal_safe(text))


def as_json(data: Any) -> str:
    """Return data as JSON: ASCII, sorted keys, no infinite numbers, one line feed at the end."""
    text = json.dumps(data, indent=2, sort_keys=True, allow_nan=False)
    # GitHub's runner obeys `##[command]` wherever it stands in a log; outside of strings JSON has no such signs.
    return text.replace("##", "#\\u0023") + "\n"
