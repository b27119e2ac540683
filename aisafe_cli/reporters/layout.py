"""Lines of text for a terminal: one width, everywhere, so that output is the same everywhere."""

from __future__ import annotations

from textwrap import TextWrapper

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
