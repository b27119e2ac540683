"""Which characters text may hold, and how it is made safe for a terminal, for Markdown and for YAML.

Every string of an input file passes `forbidden_characters` at the door, so no output format meets control characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# C0 except tab and newline, DEL, C1, line and paragraph separators, bidirectional controls, surrogates,
# byte order marks inside a text, and the code points that Unicode reserves as non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)

# What shows nothing, whatever stands around it: `Default_Ignorable_Code_Point` of Unicode, and its format characters.
# Compiled when it is first used.
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

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
_MAX_WORD = 100  # the comparison takes time that grows with the square of the length
_ZERO_WIDTH_SPACE = "\u200b"


def forbidden_characters(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the name (`U+202E`) of each character that no input may hold."""
    if not _FORBIDDEN.search("".join(set(text))):  # far fewer characters than the text itself has
        return
    for match in _FORBIDDEN.finditer(text):
        yield match.start(), f"U+{ord(match.group()):04X}"


def visible(text: str) -> str:
    """Return the text on one line, with control characters as escapes; for file names and quoted input."""
    text = text.replace("\n", "\\n").replace("\t", "\\t")
    return _FORBIDDEN.sub(lambda match: f"\\u{{{ord(match.group()):x}}}", text)


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


def is_wide(character: str) -> bool:
    """Return whether a terminal gives the character two columns."""
    return unicodedata.east_asian_width(character) in ("W", "F")


def without_invisible(text: str) -> str:
    """Return a text without the characters of Unicode that show nothing, such as joiners and marks of direction."""
    return text if text.isascii() else re.sub(_INVISIBLE, "", text)


def normal_form(text: str) -> str:
    """Return the one spelling that texts share which differ only in how Unicode writes the same characters.

    The time it takes grows with the square of the length, so it is for names, whose length has a bound.
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the plural (an `s` at the end, or as given) where it needs one."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the nearest known word, or an empty text."""
    from difflib import get_close_matches

    if len(word) > _MAX_WORD:
        return ""
    by_lower = {name.lower().replace("-", "_"): name for name in sorted(known)}
    near = get_close_matches(word.lower().replace("-", "_"), by_lower, n=1)
    return f"did you mean `{by_lower[near[0]]}`?" if near else ""


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
