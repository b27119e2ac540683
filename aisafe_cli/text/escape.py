"""Every escape: text made safe for a terminal, for Markdown and for YAML."""

from __future__ import annotations

import re

from aisafe_cli.text.unicode import FORBIDDEN

# What a continuous-integration runner would take as a command of its own, wherever it stands in a line.
_RUNNER_COMMAND = re.compile(r"##(?=\[)|##\w+(?=\[)|:(?=:)|section_(?:start|end)(?=:)")


# The patterns for Markdown are compiled when they are first used: most runs never need them.
#
# Characters that Markdown would read as its own wherever they stand in a line. An underscore inside a word is none.
_MARKDOWN_SPECIAL = r"([\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))"
# What would begin a list, heading or rule at the start of a text.
_MARKDOWN_OPENING = r"^([-+#=]|:(?=:)|\d+(?=[.)](?:\s|$)))"
# Addresses, mentions and issue numbers that a renderer would link by itself.
_MARKDOWN_LINKED = (
    r"(?i)(?<=[a-z0-9])(?=://)|(?<!:/)(?<=/)(?=/)|(?<=mailto:)|(?<=xmpp:)|(?<=www)(?=\.)|(?<=@)|(?<=#)(?=\d)"
)
# What a runner would take as the start or the end of a folded section, and Markdown would leave as it is.
_MARKDOWN_SECTION = r"(?<=section)_(?=(?:start|end):)"
_ZERO_WIDTH_SPACE = "\u200b"


def visible(text: str) -> str:
    """Return the text on one line, with control characters as escapes; for file names and quoted input."""
    text = text.replace("\n", "\\n").replace("\t", "\\t")
    return FORBIDDEN.sub(lambda match: f"\\u{{{ord(match.group()):x}}}", text)


def terminal_safe(text: str) -> str:
    """Return visible text in which no continuous-integration runner finds a command (`::error`, `##[group]`)."""
    return _RUNNER_COMMAND.sub(lambda match: match.group() + "\\", visible(text))


def markdown_safe(text: str) -> str:
    """Return text that a Markdown renderer shows as it is: no markup, no HTML, no link, no mention, one line."""
    text = " ".join(text.split())
    text = re.sub(_MARKDOWN_SPECIAL, r"\\\1", text)
    text = re.sub(_MARKDOWN_SECTION, r"\_", text)
    text = re.sub(_MARKDOWN_OPENING, _escape_opening, text)
    return re.sub(_MARKDOWN_LINKED, _ZERO_WIDTH_SPACE, text)


def _escape_opening(match: re.Match[str]) -> str:
    opening = match.group()
    return f"{opening}\\" if opening.isdigit() else f"\\{opening}"


def yaml_word(text: str) -> str:
    """Return a short name as YAML, in quotes where YAML could take it for something else."""
    plain = text.isascii() and text.replace("-", "").replace("_", "").isalnum() and text[0].isalpha()
    return text if plain and text.lower() not in _NOT_PLAIN else yaml_quoted(text)


_NOT_PLAIN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def yaml_quoted(text: str) -> str:
    """Return one line of text, without control characters, as a double-quoted YAML scalar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    # A runner that prints the file obeys `##[command]` and marks of sections; as escapes they read the same.
    escaped = escaped.replace("##", "#\\x23").replace("section_", "section\\x5f")
    return f'"{escaped}"'
