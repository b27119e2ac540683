"""Several readings of one model into one: for each field the surest fact counts, and others that differ are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import License
from aisafe_cli.importing.facts import FOLDER, QUESTION, SOURCE_KINDS, WARNING, Fact, Note, Reading, Value

_FREELY_WORDED = ("name", "developer")
_SAME_COUNT = 0.02
# What a person is asked where no source says it.
_ASKED = {
    "name": "What is the model called?",
    "access": "How do people reach the model?",
    "capability": "How far could the model help misuse? Judge it with its safeguards off. Unknown if left out.",
    "size": "How large is your organization? Large if left out.",
    "channels": "Do people reach the model in other ways too (an API, a demo, copies elsewhere)? When does each open?",
}


@record
class Import:
    """What all sources together say of one model."""

    facts: dict[str, Fact]
    readings: tuple[Reading, ...]
    notes: tuple[Note, ...]

    def list_notes(self, kind: str) -> list[Note]:
        """Return the notes of a kind."""
        return [note for note in self.notes if note.kind == kind]


def combine(readings: Sequence[Reading]) -> Import:
    """Return what the readings say together. The surer fact wins, then the better informed kind of source."""
    ordered = sorted(readings, key=lambda reading: SOURCE_KINDS.index(reading.kind))
    facts: dict[str, Fact] = {}
    ranks: dict[str, int] = {}
    for reading in ordered:
        for field, fact in reading.facts.items():
            if fact.is_surer(facts.get(field)):
                facts[field], ranks[field] = fact, SOURCE_KINDS.index(reading.kind)
    said = dict.fromkeys(note for reading in ordered for note in reading.notes if note.kind != QUESTION)
    questions = find_open_questions(ordered, facts, ranks)
    return Import(facts=facts, readings=tuple(ordered), notes=(*said, *find_conflicts(ordered, facts), *questions))


def find_conflicts(readings: Sequence[Reading], facts: dict[str, Fact]) -> Iterable[Note]:
    """Yield a warning for each fact that differs from the one that counts."""
    for reading in readings:
        for field, fact in reading.facts.items():
            chosen = facts[field]
            is_guess = reading.kind == FOLDER and fact.confidence == "low"
            if fact is not chosen and not is_guess and is_different(field, fact.value, chosen.value):
                text = f"{field} is {show_value(fact.value)} here, {show_value(chosen.value)} in {chosen.source}"
                yield Note(kind=WARNING, source=fact.source, text=f"{text}; the latter is used")


def is_different(field: str, one: Value, other: Value) -> bool:
    """Return whether two values of a field contradict each other."""
    if field == "parameters" and isinstance(one, int) and isinstance(other, int):
        return abs(one - other) > _SAME_COUNT * max(one, other)
    same_words = _split_value(show_value(one)) & _split_value(show_value(other))
    if isinstance(one, License) and isinstance(other, License):
        return one.declared_class != other.declared_class or not same_words
    if field in _FREELY_WORDED:
        return not same_words
    return show_value(one).lower() != show_value(other).lower()


def _split_value(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}|\d+", text.lower())) - {"license", "licence", "the", "model"}


def show_value(value: Value) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, License):
        return value.id or value.name or value.url or "a license"
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower() if value is False else str(value)


def find_open_questions(readings: Sequence[Reading], facts: dict[str, Fact], ranks: dict[str, int]) -> list[Note]:
    """Return the questions that no better informed source answers, one for each field, and those that always remain."""
    asked: dict[str, Note] = {}
    for reading in readings:
        for note in reading.notes:
            field, fact = note.field, facts.get(note.field)
            is_better = (
                fact is not None and fact.confidence != "low" and ranks[field] < SOURCE_KINDS.index(reading.kind)
            )
            is_answered = is_better or (field == "gated" and fact is not None)
            if note.kind == QUESTION and not is_answered:
                asked.setdefault(field, note)
    for field, text in _ASKED.items():
        if field not in facts:
            asked.setdefault(field, Note(kind=QUESTION, source="", text=text, field=field))
    return list(asked.values())
