"""Which characters a text may hold, and what shows nothing or takes two columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# C0 except tab and newline, DEL, C1, line and paragraph separators, bidirectional controls, surrogates,
# byte order marks inside a text, and the code points that Unicode reserves as non-characters.
FORBIDDEN = (
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


def find_forbidden_characters(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the name (`U+202E`) of each character that no input may hold."""
    if "".join(set(text) - {"\n", "\t"}).isprintable():  # as no forbidden one is
        return
    for match in re.finditer(FORBIDDEN, text):
        yield match.start(), f"U+{ord(match.group()):04X}"


def is_wide(character: str) -> bool:
    """Return whether a terminal gives the character two columns."""
    return unicodedata.east_asian_width(character) in ("W", "F")


def strip_invisible(text: str) -> str:
    """Return a text without the characters of Unicode that show nothing, such as joiners and marks of direction."""
    return text if text.isascii() else re.sub(_INVISIBLE, "", text)


def normalize(text: str) -> str:
    """Return the one spelling that texts share which differ only in how Unicode writes the same characters.

    The time it takes grows with the square of the length, so it is for names, whose length has a bound.
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


# Cyrillic and Greek letters that look like those of ASCII, as far as names of this tool's files have them.
_ALIKE = str.maketrans("\u0430\u0435\u0456\u0455\u043c\u0440\u0443\u04cf\u03b1\u03b9\u03c1", "aeismpylaip")


def fold_look(name: str) -> str:
    """Return a name in one spelling for all that look much alike: letter case, invisible signs, other alphabets."""
    return name.lower() if name.isascii() else strip_invisible(normalize(name)).lower().translate(_ALIKE)


# Symbols that are blank by themselves: a pattern of Braille without dots, a note without a head, fillers.
_BLANK_SYMBOLS = frozenset("\u2800\u3000\U0001d159\U00016fe4")


def shows_nothing(text: str) -> bool:
    """Return whether a text has no character that a reader would see: white space, marks alone, what is invisible."""
    return not any(map(_is_seen, strip_invisible(text)))


def says_something(text: str) -> bool:
    """Return whether a text has a letter or a digit of any script, so that it can be a reason or a name."""
    return any(map(str.isalnum, text))


# The first begin a note to oneself; the second are no answer when they stand alone.
_NOTES = frozenset({"fixme", "placeholder", "tba", "tbc", "tbd", "todo", "xxx"})
_NO_ANSWERS = frozenset(
    {"more information needed", "n/a", "na", "none", "not applicable", "not available", "nothing", "null", "pending"}
    | {"to be added", "to be announced", "to be confirmed", "to be determined", "to be done", "to be written", "to do"}
    | {"unknown"}
)
_MAX_BEGINNING = 200  # characters, since to normalize a text takes time that grows with the square of its length
_AROUND_WORDS = " \t\r\n\"#'()*,-./:;<>?![]_`{|}~"


def is_placeholder(text: str) -> bool:
    """Return whether a text only holds the place of one that is still to be written: `TODO`, `tbd: link`, `n/a`.

    A sentence or a name may begin with such a word: `Todo el equipo`, `TBC Bank`.
    """
    text = (text if text.isascii() else normalize(strip_invisible(text)[:_MAX_BEGINNING])).strip(_AROUND_WORDS)
    if text.lower().replace(".", "") in _NOTES | _NO_ANSWERS:
        return True
    first = text.replace(":", " ").replace(",", " ").replace(";", " ").partition(" ")[0]
    after = text[len(first) :]
    is_sentence = after[:1] == " " and (first.istitle() or after[1:2].isupper())
    return first.lower() in _NOTES and not is_sentence


def _is_seen(character: str) -> bool:
    """Return whether a character is a letter, a digit, a punctuation mark or a symbol that is not blank."""
    return unicodedata.category(character)[0] not in "CMZ" and character not in _BLANK_SYMBOLS
