"""Every escape: text made safe for terminals, Markdown, YAML, CSV, JSON, HTML and XML, SARIF, GitHub and Mermaid."""

from __future__ import annotations

import re

from aisafe_cli.text.unicode import FORBIDDEN

# What a continuous-integration runner would take as a command of its own, wherever it stands in a line.
_RUNNER_COMMAND = r"##(?=\[)|##\w+(?=\[)|:(?=:)|section_(?:start|end)(?=:)"
# What all branches of a long pattern have in common stands before them: for most characters no branch is then tried.
#
# Characters that Markdown would read as its own wherever they stand in a line. An underscore inside a word is none.
_MARKDOWN_SPECIAL = r"(?=[\\`*\[\]<>|~$_&])([\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))"
# What would begin a list, heading or rule at the start of a text.
_MARKDOWN_OPENING = r"^([-+#=]|:(?=:)|\d+(?=[.)](?:\s|$)))"
# Addresses, mentions and issue numbers that a renderer would link by itself.
_MARKDOWN_LINKED = (
    r"(?i)(?:(?=[:/.])|(?<=[:@#]))"
    r"(?:(?<=[a-z0-9])(?=://)|(?<!:/)(?<=/)(?=/)|(?<=mailto:)|(?<=xmpp:)|(?<=www)(?=\.)|(?<=@)|(?<=#)(?=\d))"
)
# What a runner would take as the start or the end of a folded section.
_SECTION_MARK = r"section_(?=(?:start|end):)"
_ZERO_WIDTH_SPACE = "\u200b"


def visible(text: str) -> str:
    """Return the text on one line, with control characters as escapes; for file names and quoted input."""
    if text.isascii() and text.isprintable():  # most texts, and found sooner than by the pattern
        return text
    text = text.replace("\n", "\\n").replace("\t", "\\t")
    return text if text.isprintable() else re.sub(FORBIDDEN, lambda match: f"\\u{{{ord(match.group()):x}}}", text)


def terminal_safe(text: str) -> str:
    """Return visible text in which no continuous-integration runner finds a command (`::error`, `##[group]`)."""
    return re.sub(_RUNNER_COMMAND, lambda match: match.group() + "\\", visible(text))


def markdown_safe(text: str) -> str:
    """Return text that a Markdown renderer shows as it is: no markup, no HTML, no link, no mention, one line."""
    text = " ".join(text.split())
    text = re.sub(_MARKDOWN_SPECIAL, r"\\\1", text)
    text = re.sub(_SECTION_MARK, r"section\_", text)
    text = re.sub(_MARKDOWN_OPENING, _escape_opening, text)
    return re.sub(_MARKDOWN_LINKED, _ZERO_WIDTH_SPACE, text)


def _escape_opening(match: re.Match[str]) -> str:
    opening = match.group()
    return f"{opening}\\" if opening.isdigit() else f"\\{opening}"


def quote_yaml_word(text: str) -> str:
    """Return a short name as YAML, in quotes where YAML could take it for something else."""
    plain = text.isascii() and text.replace("-", "").replace("_", "").isalnum() and text[0].isalpha()
    return text if plain and text.lower() not in _NOT_PLAIN else quote_yaml(text)


_NOT_PLAIN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def quote_yaml(text: str) -> str:
    """Return one line of text, without control characters, as a double-quoted YAML scalar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    # A runner that prints the file obeys `##[command]` and marks of sections; as escapes they read the same.
    escaped = escaped.replace("##", "#\\x23").replace("section_", "section\\x5f")
    return f'"{escaped}"'


# Full-width signs count too: some spreadsheets read them as the plain ones.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CELL_QUOTE = "'"
_CELL_COMMAND = r"##(?=\w*\[)|section_(?=(?:start|end):)"


def escape_csv_cell(text: str) -> str:
    """Return one line of text as a cell that no spreadsheet takes for a formula, and no runner for a command."""
    text = re.sub(_CELL_COMMAND, r"\g<0>\\", text)
    return f"{_CELL_QUOTE}{text}" if text.lstrip().startswith((*_FORMULA_STARTS, _CELL_QUOTE)) else text


def escape_json_commands(text: str) -> str:
    """Return JSON that reads the same, and in which no continuous-integration runner finds a command.

    Runners obey `##[command]` wherever it stands in a log; outside of strings JSON has no such signs.
    """
    return re.sub(_SECTION_MARK, r"section\\u005f", text.replace("##", "#\\u0023"))


def escape_markup_commands(markup: str) -> str:
    """Return HTML or XML that reads the same, and in which no continuous-integration runner finds a command."""
    markup = re.sub(_SECTION_MARK, "section&#95;", markup.replace("##", "#&#35;"))
    return re.sub(r"(?m)^(\s*):(?=:)", r"\1&#58;", markup)


def escape_github_data(text: str) -> str:
    """Return the message of a workflow command, as `@actions/core` writes it: the runner reads to the end of a line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_github_property(text: str) -> str:
    """Return the value of a property of a workflow command."""
    return escape_github_data(text).replace(":", "%3A").replace(",", "%2C")


def escape_sarif_text(text: str) -> str:
    """Return text in which a SARIF reader finds no link (3.11.6) and no placeholder (3.11.5), on one line.

    A backslash counts as an escape only before a bracket, so that is the one place where it is doubled.
    """
    text = " ".join(text.split())
    return _double_braces(re.sub(r"(\\*)([\[\]])", lambda match: f"{match[1] * 2}\\{match[2]}", text))


def escape_sarif_markdown(text: str) -> str:
    """Return Markdown in which a SARIF reader finds no placeholder."""
    return _double_braces(markdown_safe(text))


def cut_sarif_text(text: str, limit: int) -> str:
    """Return an escaped text cut off with an ellipsis, without what may have lost the other half of its escape."""
    return re.sub(r"(\\+|\{+|\}+)$", "", text[: limit - 1]) + "…"


def _double_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


_MERMAID_SIGNS = frozenset(" -_.")  # not at either end of a name
_MERMAID_LENGTH = 40


def escape_for_mermaid(text: str) -> str:
    """Return what is left of a plan's text in a chart: letters, digits and signs that mean nothing to Mermaid."""
    signs = (character if character.isalnum() or character in _MERMAID_SIGNS else " " for character in text)
    return " ".join("".join(signs).split())[:_MERMAID_LENGTH].strip(" -_.") or "unnamed"
