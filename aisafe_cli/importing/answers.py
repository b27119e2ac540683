"""What sources say of a model, as the answers that a new plan starts from, and as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aisafe_cli.analysis.new_plan import Answers
from aisafe_cli.domain.plan import Channel, License
from aisafe_cli.importing.combine import Import
from aisafe_cli.importing.facts import EVIDENCE, INTERNAL, NOTES, OPEN_WEIGHTS, QUESTION, QUOTE, WARNING, Fact

UNNAMED = "Unnamed model"
_KINDS_IN_WORDS = {"hub": "answer of the Hub", "card": "model card", "mot": "openness record", "folder": "folder"}
_HEADINGS = {
    WARNING: "Warnings:",
    QUESTION: "Questions that only a person can answer:",
    EVIDENCE: "Where evidence may be found (nothing here counts as evidence yet):",
    QUOTE: "What the team said about an earlier check (quoted, not claimed):",
}
_MAX_NOTES = 40
_PLACEHOLDER = "not known; see the question above, and until then this assumes the more open level"


def build_answers(imported: Import) -> Answers:
    """Return the answers: the known facts, each with its place, rule and confidence beside it. Never a claim."""
    values: dict[str, Any] = {field: fact.value for field, fact in imported.facts.items()}
    remarks = {field: f"{fact.source}; {fact.rule}; {fact.confidence}" for field, fact in imported.facts.items()}
    access = values.get("access", OPEN_WEIGHTS)
    channels = [
        Channel(
            id="internal" if access == INTERNAL else "weights",
            access=access,
            gated=values.get("gated", False),
            license=values.get("license"),
        )
    ]
    remarks.setdefault("access", _PLACEHOLDER)
    for field in ("access", "gated", "license"):
        remarks[f"{channels[0].id}.{field}"] = remarks.pop(field, "")
    if "hosted" in values:
        channels.append(Channel(id="hosted", access=values["hosted"], operator="third_party"))
        remarks["hosted.access"] = remarks.pop("hosted")
    return Answers(
        name=values.get("name", UNNAMED),
        developer=values.get("developer"),
        parameters=values.get("parameters"),
        base_models=values.get("base_model", ()),
        base_model_relation=values.get("base_model_relation"),
        role=values.get("role"),
        size=values.get("size"),
        capability=values.get("capability"),
        channels=tuple(channels),
        remarks={key: text for key, text in remarks.items() if text},
        head=tuple(describe_head(imported)),
    )


def describe_head(imported: Import) -> Iterable[str]:
    """Yield the paragraphs above a plan: the sources, warnings, questions, places and quotes."""
    for reading in imported.readings:
        if reading.sha256:
            yield f"From {reading.path}, read as {_KINDS_IN_WORDS[reading.kind]}, SHA-256 {reading.sha256}."
    yield (
        "None of this was verified. Each value that was read shows its source line, the rule that read it, and how sure"
        " that is: high, medium or low."
    )
    for kind, heading in _HEADINGS.items():
        notes = imported.list_notes(kind)
        if notes:
            yield heading
        for note in notes[:_MAX_NOTES]:
            yield f"- {note.source}: {note.text}" if note.source else f"- {note.text}"
        if len(notes) > _MAX_NOTES:
            yield f"- and {len(notes) - _MAX_NOTES} more"


def describe_import(imported: Import) -> dict[str, Any]:
    """Return what was read as plain data, for programs."""
    sources = [
        {"path": reading.path, "kind": reading.kind, "sha256": reading.sha256}
        for reading in imported.readings
        if reading.sha256
    ]
    data: dict[str, Any] = {"schema_version": 1, "sources": sources}
    data["facts"] = {field: _describe_fact(fact) for field, fact in imported.facts.items()}
    for kind in NOTES:
        data[kind] = []
        for note in imported.list_notes(kind):
            field = {"field": note.field} if kind == QUESTION else {}
            data[kind].append({**field, "source": note.source, "text": note.text})
    return data


def _describe_fact(fact: Fact) -> dict[str, Any]:
    value: Any = fact.value
    if isinstance(value, License):
        value = {"id": value.id, "name": value.name, "url": value.url, "class": value.declared_class}
    elif isinstance(value, tuple):
        value = list(value)
    return {"value": value, "source": fact.source, "rule": fact.rule, "confidence": fact.confidence}
