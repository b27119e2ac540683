"""Counts, lists and suggestions in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAX_WORD = 100  # the comparison takes time that grows with the square of the length


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the plural (an `s` at the end, or as given) where it needs one."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def fold_name(name: str) -> str:
    """Return what is left of an id or a word once its case, its hyphens and the zeros of its numbers are dropped."""
    return re.sub(r"0+(?=\d)", "", re.sub(r"[-_ ]", "", name.lower()))


def suggest_word(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the nearest known word, or an empty text."""
    from difflib import get_close_matches  # a hundredth of a check, and most words are right

    if len(word) > _MAX_WORD:
        return ""
    by_lower = {name.lower().replace("-", "_"): name for name in sorted(known)}
    near = [name for name in by_lower.values() if fold_name(name) == fold_name(word)]
    near = near or [by_lower[name] for name in get_close_matches(word.lower().replace("-", "_"), by_lower, n=1)]
    return f"did you mean `{near[0]}`?" if near else ""


# --- words ----------------------------------------------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    return ", ".join(names)


def unquoted(name: str) -> str:
    """Return a name of a plan for prose, in which backticks stand around words of the plan format: it has none."""
    return name.replace("`", "'")


def join_names(names: Iterable[str]) -> str:
    """Return names of a plan as a list in prose."""
    return listed(map(unquoted, names))


def capitalize(text: str) -> str:
    """Return a text with a capital at its beginning, and all else as it is."""
    return text[:1].upper() + text[1:]
