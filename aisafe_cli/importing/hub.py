"""The Hub's answer of a model: what `/api/models/ID` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aisafe_cli.importing.document import ParsedSource
from aisafe_cli.importing.facts import (
    CLICKTHROUGH,
    HOSTED,
    INTERNAL,
    OPEN_WEIGHTS,
    VETTED,
    Confidence,
    Reading,
    as_list,
    as_mapping,
    clean_line,
    list_texts,
    take_text,
)
from aisafe_cli.importing.files import is_weight_file, note_policy_file
from aisafe_cli.importing.metadata import (
    RELATIONS,
    Metadata,
    note_base,
    note_bases,
    note_stated_license,
    warn_of_base_license,
    warn_of_removed_refusals,
)

_ACCESS_OF_GATE: Mapping[bool | str, tuple[str, str, Confidence]] = {
    False: (OPEN_WEIGHTS, "gated false", "high"),
    "auto": (CLICKTHROUGH, "gated auto", "high"),
    "manual": (VETTED, "gated manual: each request is reviewed", "medium"),
}
_MAX_PARAMETERS = 10**15
_MAX_FILES = 20_000


def read_hub(document: ParsedSource, reading: Reading) -> None:
    """Write down what an answer says. It is one about a model where it has an id."""
    answer, line_of = document.data, document.line_of
    own_id = take_text(answer.get("id")) or take_text(answer.get("modelId"))
    owner, _, name = own_id.rpartition("/")
    reading.found = bool(name)
    reading.note_fact("name", name, line_of("id"), "id", "high")
    reading.note_fact("developer", owner, line_of("id"), "owner of the id", "medium")
    total = as_mapping(answer.get("safetensors")).get("total")
    if type(total) is int and 0 < total <= _MAX_PARAMETERS:
        reading.note_fact("parameters", total, line_of("safetensors", "total"), "safetensors.total", "high")
    metadata = build_metadata(document, own_id)
    note_stated_license(metadata, reading)
    note_tagged_base(metadata, reading)
    note_bases(metadata, reading)
    warn_of_removed_refusals(metadata, name, reading)
    note_channel(document, metadata, reading)
    note_providers(document, reading)
    for file in metadata.files:
        note_policy_file(file, line_of("siblings", file), reading)


def build_metadata(document: ParsedSource, own_id: str) -> Metadata:
    """Return the card's metadata inside the answer, with tags and library of the answer where it has none."""
    answer, line_of = document.data, document.line_of
    data = dict(as_mapping(answer.get("cardData")))
    lines = {key: line_of("cardData", key) for key in data}
    for key in ("tags", "library_name"):
        if answer.get(key) and (key == "tags" or not data.get(key)):
            data[key], lines[key] = answer[key], line_of(key)
    for tag in list_texts(answer.get("tags")):
        if tag.startswith("license:") and not data.get("license"):
            data["license"], lines["license"] = tag.removeprefix("license:"), line_of("tags", tag)
    files = [clean_line(file.get("rfilename", "")) for file in _list_dicts(answer.get("siblings"))]
    return Metadata(data=data, lines=lines, files=tuple(files), own_id=own_id)


def _list_dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in as_list(value)[:_MAX_FILES] if isinstance(item, dict)]


def note_tagged_base(metadata: Metadata, reading: Reading) -> None:
    """Write down base models and relation from the tags that the Hub makes of them, where the card names none."""
    line = metadata.line("tags")
    bases: dict[str, None] = {}
    for tag in metadata.list_texts("tags"):
        if not tag.startswith("base_model:"):
            continue
        named = tag.removeprefix("base_model:")
        relation, _, base = named.partition(":")
        if relation in RELATIONS and base:
            reading.note_fact("base_model_relation", relation, line, "tag of the Hub", "high")
            named = base
        bases[named] = None
    if bases and not metadata.list_texts("base_model"):
        note_base(tuple(bases), line, "tag of the Hub", reading)
        warn_of_base_license(tuple(bases), line, reading)


def note_channel(document: ParsedSource, metadata: Metadata, reading: Reading) -> None:
    """Write down how people get at the model through the repository."""
    answer, line_of = document.data, document.line_of
    gate, line = answer.get("gated"), line_of("gated")
    known_gate = _ACCESS_OF_GATE.get(gate) if isinstance(gate, (bool, str)) else None
    if known_gate:
        reading.note_fact("gated", gate, line, "gated", "high")
    if answer.get("private") is True:
        reading.note_fact("access", INTERNAL, line_of("private"), "private", "high")
    elif isinstance(answer.get("siblings"), list) and not any(map(is_weight_file, metadata.files)):
        text = "Where are the weights? The repository lists no file of weights."
        reading.ask("access", line_of("siblings"), text)
    elif known_gate:
        level, rule, confidence = known_gate
        reading.note_fact("access", level, line, rule, confidence)
    elif gate is True:
        reading.note_fact("access", CLICKTHROUGH, line, "gated true", "low")
        reading.ask("gated", line, "Does the gate let everyone in (auto), or is each request reviewed (manual)?")
    else:
        reading.ask("access", 0, "Is the repository gated? The answer does not say.")
    if gate is False and metadata.gate_keys:
        reading.warn(metadata.line(metadata.gate_keys[0]), "the card has gate texts, but the repository is not gated")
    if answer.get("disabled") is True:
        reading.warn(line_of("disabled"), "the repository is disabled on the Hub")


def note_providers(document: ParsedSource, reading: Reading) -> None:
    """Write down the second channel where inference providers serve the model."""
    mapping = document.data.get("inferenceProviderMapping")
    if isinstance(mapping, dict):
        mapping = [{"provider": name, **as_mapping(entry)} for name, entry in mapping.items()]
    live = []
    for entry in _list_dicts(mapping):
        if entry.get("status", "live") == "live":
            live.append(take_text(entry.get("provider")))
    if named := ", ".join(filter(None, live[:10])):
        line = document.line_of("inferenceProviderMapping")
        reading.note_fact("hosted", HOSTED, line, f"inference providers: {named}", "high")
    elif document.data.get("inference") == "warm":
        reading.note_fact("hosted", HOSTED, document.line_of("inference"), "an inference provider serves it", "high")
