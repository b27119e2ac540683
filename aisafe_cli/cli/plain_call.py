"""Reads plain calls, without Typer, which takes longer to load than a check. Whatever is not plain is left to Typer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aisafe_cli.cli.options import Given, Option, OptionTable
from aisafe_cli.text.annotations import Any


class _NotPlain(Exception):
    """Raised for a call that Typer has to read: one that is wrong, asks for help, or is written in another way."""


def read_plain_call(options: OptionTable, words: Sequence[str]) -> Given | None:
    """Return what the words of a call say, or None where Typer has to read them."""
    given = Given(**{name: option.left_out for name, option in options.items()})
    try:
        arguments = _read_flags(vars(given), options, iter(words))
        _read_arguments(vars(given), options, arguments)
    except _NotPlain:
        return None
    return given


def _read_flags(values: dict[str, Any], options: OptionTable, words: Iterator[str]) -> list[str]:
    """Set the values of flagged options, and return the other words."""
    names = {flag: name for name, option in options.items() for flag in option.flags.replace("/", " ").split()}
    arguments = []
    for word in words:
        if word == "-" or not word.startswith("-"):
            arguments.append(word)
            continue
        flag, is_joined, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if flag not in names:
            raise _NotPlain
        name = names[flag]
        option = options[name]
        if option.kind in ("flag", "switch"):
            values[name] = _read_switch(flag, option, is_joined)
        else:
            _add_value(values, name, option, value if is_joined else next(words, ""))
    return arguments


def _read_switch(flag: str, option: Option, is_joined: str) -> bool:
    if is_joined:
        raise _NotPlain
    return not option.flags.endswith(f"/{flag}")


def _add_value(values: dict[str, Any], name: str, option: Option, word: str) -> None:
    if not word or (word.startswith("-") and word != "-"):
        raise _NotPlain
    if option.kind == "percent":
        if not (word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 100):
            raise _NotPlain
        values[name] = int(word)
    elif option.kind == "texts":
        values[name] = [*(values[name] or ()), word]
    else:
        values[name] = word


def _read_arguments(values: dict[str, Any], options: OptionTable, words: list[str]) -> None:
    """Set the values of the options without flags, in their order."""
    for name, option in options.items():
        if not option.flags:
            taken, words = (words, []) if option.kind == "texts" else (words[:1], words[1:])
            for word in taken:
                _add_value(values, name, option, word)
    if words or any(option.is_required and not values[name] for name, option in options.items()):
        raise _NotPlain
