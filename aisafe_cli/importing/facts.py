"""What sources say of a model: facts with their places, and notes for a person."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import License
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import shows_nothing

# The confidences of a fact, the surest first.
Confidence = Literal["high", "medium", "low"]
CONFIDENCES = ("high", "medium", "low")
# The kinds of sources, the best informed first.
GIVEN, HUB, CARD, MOT, FOLDER = SOURCE_KINDS = ("given", "hub", "card", "mot", "folder")
# The kinds of notes: a warning, a question, a place where evidence may be, a line as it stands in the source.
WARNING, QUESTION, EVIDENCE, QUOTE = NOTES = ("warnings", "questions", "evidence", "quotes")
OPEN_WEIGHTS = "open_weights"
CLICKTHROUGH = "gated_weights_clickthrough"
VETTED = "gated_weights_vetted"
INTERNAL = "internal_only"
HOSTED = "hosted_api"
OPEN_SOURCE = "open_source"
UNKNOWN = "unknown"
FREE = ("permissive", "copyleft")
_MAX_LINE = 300

Value = str | bool | int | tuple[str, ...] | License


def split_words(text: str) -> frozenset[str]:
    """Return the words of a list that is written in code as one text."""
    return frozenset(text.split())


_NOTHING_SAID = {"", "[more information needed]", "more information needed"} | split_words(
    "- ? [] false n/a na nil no none null tbd todo true undefined undisclosed unknown unlicensed {} ~ \ufffd"
)


@record
class Fact:
    """One thing that a source says. `source` is its place, FILE:LINE; `confidence` one of CONFIDENCES."""

    field: str
    value: Value
    source: str
    rule: str
    confidence: Confidence

    def is_surer(self, other: Fact | None) -> bool:
        """Return whether this fact counts more than another of its field."""
        return other is None or CONFIDENCES.index(self.confidence) < CONFIDENCES.index(other.confidence)


@record
class Note:
    """A text about a place of a source. `kind` is one of NOTES; a question has the `field` that it asks for."""

    kind: str
    source: str
    text: str
    field: str = ""


class LicenseTable(Protocol):
    """What classes licenses have, by a text, an address or a known base model; and the least free of several."""

    def of_text(self, text: str) -> str: ...
    def of_url(self, url: str) -> str: ...
    def of_base(self, model: str) -> str: ...
    def strictest(self, classes: list[str]) -> str: ...


class Reading:
    """What one source of a kind says, in the order in which it is read; `found` where that is of a model."""

    def __init__(self, path: str, table: LicenseTable, kind: str = CARD, sha256: str = "") -> None:
        self.path = path
        self.table = table
        self.kind = kind
        self.sha256 = sha256
        self.found = False
        self.facts: dict[str, Fact] = {}
        self.notes: list[Note] = []

    def note_fact(self, field: str, value: Value | None, line: int, rule: str, confidence: Confidence) -> None:
        """Write down a fact, unless its value says nothing or an earlier one of the field is as sure."""
        if value in ("", None):
            return
        fact = Fact(field=field, value=value, source=self.place(line), rule=rule, confidence=confidence)
        if fact.is_surer(self.facts.get(field)):
            self.facts[field] = fact

    def note(self, kind: str, line: int, text: str, field: str = "") -> None:
        """Write down a note of some kind."""
        self.notes.append(Note(kind=kind, source=self.place(line), text=text, field=field))

    def warn(self, line: int, text: str) -> None:
        """Write down what a reader should know before relying on the source."""
        self.note(WARNING, line, text)

    def ask(self, field: str, line: int, text: str) -> None:
        """Write down a question that only a person can answer, unless another source gives the field."""
        self.note(QUESTION, line, text, field)

    def note_evidence(self, line: int, text: str) -> None:
        """Write down a place where evidence may be."""
        self.note(EVIDENCE, line, text)

    def place(self, line: int) -> str:
        """Return a line of the source as FILE:LINE; line 0 stands for the source as a whole."""
        return f"{self.path}:{line}" if line else self.path


def clean_line(value: object) -> str:
    """Return a stranger's value as one line that a plan may hold; empty where it shows nothing."""
    text = visible(" ".join(str(value)[: 4 * _MAX_LINE].split()))[:_MAX_LINE].strip()
    return "" if shows_nothing(text) else text


def list_texts(value: object) -> list[str]:
    """Return the texts of a text or a list as clean lines, without those that say nothing, such as `none`."""
    texts: dict[str, None] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, (str, int, float)) and not isinstance(item, bool):
            text = clean_line(item)
            if text.lower() not in _NOTHING_SAID:
                texts[text] = None
    return list(texts)


def take_text(value: object) -> str:
    """Return the first text of a value; empty where it has none."""
    return next(iter(list_texts(value)), "")


def as_mapping(value: object) -> dict[str, Any]:
    """Return a stranger's value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a stranger's value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
