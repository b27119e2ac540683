"""Words of the command line that describe a channel: `ID=ACCESS@DATE`. Shared by the commands that make channels."""

from __future__ import annotations

from collections.abc import Iterable

from aisafe_cli.domain.catalog import Ladder
from aisafe_cli.domain.plan import Channel
from aisafe_cli.errors import RequestError
from aisafe_cli.io.resources import read_hints
from aisafe_cli.parsing.schema import parse_date
from aisafe_cli.text.unicode import find_forbidden_characters, normalize
from aisafe_cli.text.wording import suggest_word

_MAX_ID = 100  # the bound of the plan format


def check_line(kind: str, text: str, longest: int) -> str:
    """Return the text without white space around it. Raises RequestError where a plan could not hold it."""
    text = text.strip()
    if not text:
        raise RequestError(f"the {kind} is empty")
    if len(text) > longest:
        raise RequestError(f"the {kind} has more than {longest} characters")
    forbidden = [name for _, name in find_forbidden_characters(text)]
    forbidden += [name for character, name in (("\n", "a line break"), ("\t", "a tab")) if character in text]
    if forbidden:
        raise RequestError(f"the {kind} holds {forbidden[0]}, which a plan must not contain there")
    return text


def parse_channel(option: str, word: str, others: Iterable[Channel], ladder: Ladder) -> Channel:
    """Return the channel that an option's `ID=ACCESS` or `ID=ACCESS@DATE` describes, beside the others of the plan.

    Raises RequestError for another form, an id that is taken, an unknown access level, and a day that is none.
    """
    name, separator, rest = word.partition("=")
    access_level, at, day = rest.partition("@")
    if not separator or not access_level or (at and not day):
        example = f"weights={name}" if name in ladder.access_levels else "weights=open_weights@2026-12-01"
        raise RequestError(f"{option} `{word}`: write it as ID=ACCESS or ID=ACCESS@DATE, for example {example}")
    return make_channel(check_channel_id(name, others), require_access_level(access_level, ladder), day)


def make_channel(name: str, access_level: str, day: str) -> Channel:
    """Return a channel that opens on a day, or from the start for an empty text. Raises RequestError for no day."""
    opens = parse_date(day)
    if day and opens is None:
        raise RequestError(f"`{day}` is not a date; write it as YYYY-MM-DD")
    return Channel(id=name, access=access_level, opens=opens)


def check_channel_id(name: str, others: Iterable[Channel]) -> str:
    """Return an id that a further channel can have. Raises RequestError for one that it cannot."""
    name = check_line("id of the channel", name, _MAX_ID)
    if normalize(name) in (normalize(other.id) for other in others):
        raise RequestError(f"two channels have the id `{name}`; give each its own")
    return name


def require_access_level(word: str, ladder: Ladder) -> str:
    """Return an access level. Raises RequestError, with what may be meant, for any other word."""
    if word not in ladder.access_levels:
        hint = read_hints("access").get(word) or suggest_word(word, ladder.access_levels)
        raise RequestError(f"there is no access level `{word}`; {hint or '`aisafe explain` lists all access levels'}")
    return word
