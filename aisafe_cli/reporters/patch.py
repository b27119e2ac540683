"""A change of a file as a unified patch."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff


def make_unified_diff(path: str, before: str, after: str) -> str:
    """Return the patch that makes one text of the other, or an empty text where both are the same."""
    # A tab behind a name ends it where it holds spaces.
    name = f"{path}\t" if " " in path else path
    return "".join(_end_lines(unified_diff(_split_lines(before), _split_lines(after), name, name)))


def _split_lines(text: str) -> list[str]:
    """Return the lines with their ends. Only a line feed ends one: `patch` knows no other."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]


def _end_lines(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
