"""Counts, lists and suggestions in sentences."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_WORD = 100  # the comparison takes time that grows with the square of the length


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the plural (an `s` at the end, or as given) where it needs one."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def suggest_word(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the nearest known word, or an empty text."""
    from difflib import get_close_matches

    if len(word) > _MAX_WORD:
        return ""
    by_lower = {name.lower().replace("-", "_"): name for name in sorted(known)}
    near = get_close_matches(word.lower().replace("-", "_"), by_lower, n=1)
    return f"did you mean `{by_lower[near[0]]}`?" if near else ""


# --- words ----------------------------------------------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    return ", ".join(names)


def unquoted(name: str) -> str:
    """Return a name of a plan for prose, in which backticks stand around words of the plan format: it has none."""
    return name.replace("`", "'")
