"""What sources say of a model: facts with their places, and what a person has to decide."""

from __future__ import annotations

from typing import Protocol

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import License
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import shows_nothing

# The confidences of a fact, the surest first.
HIGH, MEDIUM, LOW = CONFIDENCES = ("high", "medium", "low")
# The kinds of sources, the best informed first.
GIVEN, HUB, CARD, MOT, FOLDER = KINDS = ("given", "hub", "card", "mot", "folder")
OPEN_WEIGHTS = "open_weights"
CLICKTHROUGH = "gated_weights_clickthrough"
VETTED = "gated_weights_vetted"
INTERNAL = "internal_only"
HOSTED = "hosted_api"
OPEN_SOURCE = "open_source"
_MAX_LINE = 300
_NOTHING_SAID = frozenset(
    {"", "-", "?", "[]", "false", "n/a", "na", "nil", "no", "none", "null", "tbd", "todo", "true", "undefined"}
    | {
        "undisclosed",
        "unknown",
        "unlicensed",
        "[more information needed]",
        "more information needed",
        "{}",
        "~",
        "\ufffd",
    }
)

Value = str | bool | int | tuple[str, ...] | License


@record
class Fact:
    """One thing that a source says. `source` is its place, FILE:LINE; `confidence` one of CONFIDENCES."""

    field: str
    value: Value
    source: str
    rule: str
    confidence: str


@record
class Note:
    """A text about a place of a source: a warning, a question, or a place where evidence may be.

    `field` is the fact that a question asks for; empty where it is about none.
    """

    source: str
    text: str
    field: str = ""


@record
class Reading:
    """What one source says. `kind` is one of KINDS; `found` is false where it says nothing of a model."""

    kind: str
    path: str
    sha256: str
    facts: tuple[Fact, ...]
    warnings: tuple[Note, ...]
    questions: tuple[Note, ...]
    evidence: tuple[Note, ...]
    quotes: tuple[Note, ...]
    found: bool


class LicenseTable(Protocol):
    """What classes licenses have."""

    def of_text(self, text: str) -> str:
        """Return the class of an identifier or a name."""

    def of_url(self, url: str) -> str:
        """Return the class of the license at an address."""

    def of_base(self, model: str) -> str:
        """Return the class of the license that a known model is given out under."""

    def strictest(self, classes: list[str]) -> str:
        """Return the least free of the classes that are known."""


class Notebook:
    """Collects what one source says, in the order in which it is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.facts: dict[str, Fact] = {}
        self.warnings: list[Note] = []
        self.questions: list[Note] = []
        self.evidence: list[Note] = []
        self.quotes: list[Note] = []

    def note_fact(self, field: str, value: Value, line: int, rule: str, confidence: str) -> None:
        """Write down a fact, unless an earlier one of the field is as sure."""
        known = self.facts.get(field)
        if known is None or CONFIDENCES.index(confidence) < CONFIDENCES.index(known.confidence):
            self.facts[field] = Fact(
                field=field, value=value, source=self.place(line), rule=rule, confidence=confidence
            )

    def warn(self, line: int, text: str) -> None:
        """Write down what a reader should know before relying on the source."""
        self.warnings.append(Note(source=self.place(line), text=text))

    def ask(self, field: str, line: int, text: str) -> None:
        """Write down a question that only a person can answer, unless another source gives the field."""
        self.questions.append(Note(source=self.place(line), text=text, field=field))

    def point_to(self, line: int, text: str) -> None:
        """Write down a place where evidence may be."""
        self.evidence.append(Note(source=self.place(line), text=text))

    def quote(self, line: int, text: str) -> None:
        """Write down a line of the source as it stands."""
        self.quotes.append(Note(source=self.place(line), text=text))

    def place(self, line: int) -> str:
        """Return a line of the source as FILE:LINE; line 0 stands for the source as a whole."""
        return f"{self.path}:{line}" if line else self.path

    def close(self, kind: str, sha256: str, found: bool) -> Reading:
        """Return what was written down."""
        return Reading(
            kind=kind,
            path=self.path,
            sha256=sha256,
            facts=tuple(self.facts.values()),
            warnings=tuple(dict.fromkeys(self.warnings)),
            questions=tuple(dict.fromkeys(self.questions)),
            evidence=tuple(dict.fromkeys(self.evidence)),
            quotes=tuple(self.quotes),
            found=found,
        )


def clean_line(value: object, limit: int = _MAX_LINE) -> str:
    """Return a stranger's value as one line that a plan may hold; empty where it shows nothing."""
    text = visible(" ".join(str(value)[: 4 * limit].split()))[:limit].strip()
    return "" if shows_nothing(text) else text


def list_texts(value: object) -> list[str]:
    """Return the texts of a text or a list as clean lines, without those that say nothing, such as `none`."""
    items = value if isinstance(value, list) else [value]
    texts = [clean_line(item) for item in items if isinstance(item, (str, int, float)) and not isinstance(item, bool)]
    return [text for text in dict.fromkeys(texts) if text.lower() not in _NOTHING_SAID]


def take_text(value: object) -> str:
    """Return the first text of a value; empty where it has none."""
    return next(iter(list_texts(value)), "")
