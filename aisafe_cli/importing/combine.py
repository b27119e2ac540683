"""Several readings of one model into one: for each field the surest fact counts, and others that differ are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import License
from aisafe_cli.importing.facts import CONFIDENCES, FOLDER, KINDS, LOW, Fact, Note, Reading, Value

_FREELY_WORDED = ("name", "developer")
_SAME_COUNT = 0.02
# What no source can say.
_ALWAYS_ASKED = (
    ("capability", "How far could it help misuse? Judge it with the safeguards off; left out, it counts as unknown."),
    ("size", "How large is your organization? Left out, it counts as large."),
    (
        "channels",
        "Is it reached in other ways too (an API, a demo, copies of others), and on which day does each open?",
    ),
)


@record
class Import:
    """What all sources together say of one model."""

    facts: dict[str, Fact]
    readings: tuple[Reading, ...]
    warnings: tuple[Note, ...]
    questions: tuple[Note, ...]
    evidence: tuple[Note, ...]
    quotes: tuple[Note, ...]


def combine(readings: Sequence[Reading]) -> Import:
    """Return what the readings say together. The surer fact wins, then the better informed kind of source."""
    ordered = sorted(readings, key=lambda reading: KINDS.index(reading.kind))
    facts: dict[str, Fact] = {}
    kinds: dict[str, str] = {}
    for reading in ordered:
        for fact in reading.facts:
            known = facts.get(fact.field)
            if known is None or _is_surer(fact, known):
                facts[fact.field], kinds[fact.field] = fact, reading.kind
    return Import(
        facts=facts,
        readings=tuple(ordered),
        warnings=(*_join(reading.warnings for reading in ordered), *find_conflicts(ordered, facts)),
        questions=tuple(list_open_questions(ordered, facts, kinds)),
        evidence=_join(reading.evidence for reading in ordered),
        quotes=_join(reading.quotes for reading in ordered),
    )


def _is_surer(fact: Fact, known: Fact) -> bool:
    return CONFIDENCES.index(fact.confidence) < CONFIDENCES.index(known.confidence)


def _join(notes: Iterable[tuple[Note, ...]]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(note for group in notes for note in group))


def find_conflicts(readings: Sequence[Reading], facts: dict[str, Fact]) -> Iterable[Note]:
    """Yield a warning for each fact that differs from the one that counts."""
    for reading in readings:
        for fact in reading.facts:
            chosen = facts[fact.field]
            is_guess = reading.kind == FOLDER and fact.confidence == LOW
            if fact is not chosen and not is_guess and is_different(fact.field, fact.value, chosen.value):
                text = f"{fact.field} is {show_value(fact.value)} here, {show_value(chosen.value)} in {chosen.source}"
                yield Note(source=fact.source, text=f"{text}; the latter is taken")


def is_different(field: str, one: Value, other: Value) -> bool:
    """Return whether two values of a field contradict each other."""
    if isinstance(one, License) and isinstance(other, License):
        same_words = _list_words(show_value(one)) & _list_words(show_value(other))
        return one.declared_class != other.declared_class or not same_words
    if field in _FREELY_WORDED:
        return not _list_words(show_value(one)) & _list_words(show_value(other))
    if field == "parameters" and isinstance(one, int) and isinstance(other, int):
        return abs(one - other) > _SAME_COUNT * max(one, other)
    return show_value(one).lower() != show_value(other).lower()


def _list_words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}|\d+", text.lower())) - {"license", "licence", "the", "model"}


def show_value(value: Value) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, License):
        return value.id or value.name or value.url or "a license"
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower() if value is False else str(value)


def list_open_questions(readings: Sequence[Reading], facts: dict[str, Fact], kinds: dict[str, str]) -> Iterable[Note]:
    """Yield the questions that no better informed source answers, one for each field, and those that always remain."""
    asked: set[str] = set()
    for reading in readings:
        for question in reading.questions:
            fact = facts.get(question.field)
            better = fact is not None and KINDS.index(kinds[question.field]) < KINDS.index(reading.kind)
            answered = question.field == "gated" and fact is not None
            if not answered and not (better and fact and fact.confidence != LOW) and question.field not in asked:
                asked.add(question.field)
                yield question
    for field, text in (("name", "What is the model called?"), ("access", "How do people get at the model?")):
        if field not in facts and field not in asked:
            yield Note(source="", text=text, field=field)
    for field, text in _ALWAYS_ASKED:
        if field not in facts:
            yield Note(source="", text=text, field=field)
