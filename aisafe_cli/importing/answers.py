"""What sources say of a model, as the answers that a new plan starts from, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from aisafe_cli.analysis.new_plan import Answers
from aisafe_cli.domain.plan import Channel, License
from aisafe_cli.importing.combine import Import
from aisafe_cli.importing.facts import INTERNAL, OPEN_WEIGHTS, Fact, Note

UNNAMED = "Unnamed model"
_KINDS_IN_WORDS = {
    "given": "options",
    "hub": "answer of the Hub",
    "card": "model card",
    "mot": "openness record",
    "folder": "folder",
}
_MAX_NOTES = 40
_PLACEHOLDER = "not known; a question stands above, and the more open level until it is answered"


def build_answers(imported: Import) -> Answers:
    """Return the answers: the known facts, each with its place, rule and confidence beside it. Never a claim."""
    facts = imported.facts
    remarks = {field: describe_fact(fact) for field, fact in facts.items()}
    access = _get_text(facts, "access")
    channel = build_channel(access or OPEN_WEIGHTS, facts)
    for field in ("access", "gated", "license"):
        remarks[f"{channel.id}.{field}"] = remarks.pop(field, _PLACEHOLDER if field == "access" else "")
    channels = [channel]
    if "hosted" in facts:
        channels.append(Channel(id="hosted", access=_get_text(facts, "hosted"), operator="third_party"))
        remarks["hosted.access"] = remarks.pop("hosted")
    bases = facts["base_model"].value if "base_model" in facts else ()
    parameters = facts["parameters"].value if "parameters" in facts else None
    return Answers(
        name=_get_text(facts, "name") or UNNAMED,
        developer=_get_text(facts, "developer") or None,
        parameters=parameters if isinstance(parameters, int) else None,
        base_models=bases if isinstance(bases, tuple) else (),
        base_model_relation=_get_text(facts, "base_model_relation") or None,
        role=_get_text(facts, "role") or None,
        size=_get_text(facts, "size") or None,
        capability=_get_text(facts, "capability") or None,
        channels=tuple(channels),
        remarks={key: text for key, text in remarks.items() if text},
        head=tuple(describe_head(imported)),
    )


def build_channel(access: str, facts: dict[str, Fact]) -> Channel:
    """Return the channel through which the weights are reached."""
    gated, terms = facts.get("gated"), facts.get("license")
    return Channel(
        id="internal" if access == INTERNAL else "weights",
        access=access,
        gated=gated.value if gated and isinstance(gated.value, (bool, str)) else False,
        license=terms.value if terms and isinstance(terms.value, License) else None,
    )


def _get_text(facts: dict[str, Fact], field: str) -> str:
    value = facts[field].value if field in facts else ""
    return value if isinstance(value, str) else ""


def describe_fact(fact: Fact) -> str:
    """Return where a fact comes from, by which rule, and how sure it is."""
    return f"{fact.source}; {fact.rule}; {fact.confidence}"


def describe_head(imported: Import) -> Iterable[str]:
    """Yield the paragraphs above a plan: the sources, warnings, questions, places and quotes."""
    for reading in imported.readings:
        if reading.sha256:
            yield f"From {reading.path}, read as {_KINDS_IN_WORDS[reading.kind]}, SHA-256 {reading.sha256}."
    yield "What it says of itself is its saying. Each line that it gives names its place, the rule, and how sure it is."
    yield from _list_notes("Warnings:", imported.warnings)
    yield from _list_notes("Questions that only a person can answer:", imported.questions)
    yield from _list_notes("Where evidence may be; nothing of it was read as evidence:", imported.evidence)
    yield from _list_notes("What the team said of an earlier check, quoted, and no claim:", imported.quotes)


def _list_notes(heading: str, notes: Sequence[Note]) -> Iterable[str]:
    if not notes:
        return
    yield heading
    for note in notes[:_MAX_NOTES]:
        yield f"- {note.source}: {note.text}" if note.source else f"- {note.text}"
    if len(notes) > _MAX_NOTES:
        yield f"- and {len(notes) - _MAX_NOTES} more"


def describe_import(imported: Import) -> dict[str, Any]:
    """Return what was read as plain data, for programs."""
    return {
        "schema_version": 1,
        "sources": [
            {"path": reading.path, "kind": reading.kind, "sha256": reading.sha256}
            for reading in imported.readings
            if reading.sha256
        ],
        "facts": {field: _describe_value(fact) for field, fact in imported.facts.items()},
        "warnings": [_describe_note(note) for note in imported.warnings],
        "questions": [{"field": note.field, **_describe_note(note)} for note in imported.questions],
        "evidence": [_describe_note(note) for note in imported.evidence],
        "quotes": [_describe_note(note) for note in imported.quotes],
    }


def _describe_value(fact: Fact) -> dict[str, Any]:
    value: Any = fact.value
    if isinstance(value, License):
        value = {"id": value.id, "name": value.name, "url": value.url, "class": value.declared_class}
    return {
        "value": list(value) if isinstance(value, tuple) else value,
        "source": fact.source,
        "rule": fact.rule,
        "confidence": fact.confidence,
    }


def _describe_note(note: Note) -> dict[str, Any]:
    return {"source": note.source, "text": note.text}
