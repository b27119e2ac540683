"""The Hub's answer of a model: what `/api/models/ID` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aisafe_cli.importing.document import Document
from aisafe_cli.importing.facts import (
    CLICKTHROUGH,
    HIGH,
    HOSTED,
    INTERNAL,
    LOW,
    MEDIUM,
    OPEN_WEIGHTS,
    VETTED,
    LicenseTable,
    Notebook,
    clean_line,
    list_texts,
    take_text,
)
from aisafe_cli.importing.metadata import (
    RELATIONS,
    Metadata,
    list_gate_keys,
    note_base,
    note_bases,
    note_license,
    warn_of_base_license,
    warn_of_removed_refusals,
)

GATES = {
    False: (OPEN_WEIGHTS, "gated false", HIGH),
    "auto": (CLICKTHROUGH, "gated auto", HIGH),
    "manual": (VETTED, "gated manual: each request is reviewed", MEDIUM),
}
_WEIGHTS = (
    *(".bin", ".ckpt", ".engine", ".ggml", ".gguf", ".h5", ".joblib", ".keras", ".llamafile", ".mlmodel", ".msgpack"),
    *(".nemo", ".npz", ".onnx", ".pb", ".pickle", ".pkl", ".pt", ".pte", ".pth", ".safetensors", ".tflite", ".task"),
)
_NO_WEIGHTS = ("training_args", "optimizer", "scheduler", "rng_state", "random_states", "tokenizer", "vocab")
_MAX_PARAMETERS = 10**15
_MAX_FILES = 20_000


def read_hub(document: Document, notes: Notebook, table: LicenseTable) -> bool:
    """Write down what an answer says. Return whether it is about a model."""
    answer = document.data
    own_id = take_text(answer.get("id")) or take_text(answer.get("modelId"))
    owner, _, name = own_id.rpartition("/")
    if name:
        notes.note_fact("name", name, document.line_of("id"), "id", HIGH)
    if owner:
        notes.note_fact("developer", owner, document.line_of("id"), "owner of the id", MEDIUM)
    metadata = build_metadata(document, own_id)
    note_parameters(document, notes)
    note_license(metadata, notes, table)
    note_tagged_base(metadata, notes, table)
    note_bases(metadata, notes, table)
    warn_of_removed_refusals(metadata, name, notes)
    note_channel(document, metadata, notes)
    for file in metadata.files:
        if is_policy_file(file):
            notes.point_to(document.line_of("siblings", file), f"file {file}")
    return bool(name)


def build_metadata(document: Document, own_id: str) -> Metadata:
    """Return the card's metadata inside the answer, with tags and library of the answer where it has none."""
    answer: Mapping[str, Any] = document.data
    card = answer.get("cardData")
    data = {str(key): value for key, value in card.items()} if isinstance(card, dict) else {}
    lines = {key: document.line_of("cardData", key) for key in data}
    for key in ("tags", "library_name"):
        if answer.get(key) and (key == "tags" or not data.get(key)):
            data[key], lines[key] = answer[key], document.line_of(key)
    for tag in list_texts(answer.get("tags")):
        if tag.startswith("license:") and not data.get("license"):
            data["license"], lines["license"] = tag.removeprefix("license:"), document.line_of("tags", tag)
    siblings = answer.get("siblings")
    listed = siblings[:_MAX_FILES] if isinstance(siblings, list) else []
    files = tuple(clean_line(one.get("rfilename", "")) for one in listed if isinstance(one, dict))
    return Metadata(data=data, lines=lines, files=files, own_id=own_id)


def note_parameters(document: Document, notes: Notebook) -> None:
    """Write down the count of parameters that the Hub read from the headers of the weights."""
    counted = document.data.get("safetensors")
    total = counted.get("total") if isinstance(counted, dict) else None
    if type(total) is int and 0 < total <= _MAX_PARAMETERS:
        line = document.line_of("safetensors", "total")
        notes.note_fact("parameters", total, line, "safetensors.total", HIGH)


def note_tagged_base(metadata: Metadata, notes: Notebook, table: LicenseTable) -> None:
    """Write down base models and relation from the tags that the Hub makes of them, where the card names none."""
    bases: dict[str, None] = {}
    for tag in list_texts(metadata.data.get("tags")):
        if not tag.startswith("base_model:"):
            continue
        relation, _, base = tag.removeprefix("base_model:").partition(":")
        if relation in RELATIONS and base:
            notes.note_fact("base_model_relation", relation, metadata.line("tags"), "tag of the Hub", HIGH)
        bases[base if relation in RELATIONS and base else tag.removeprefix("base_model:")] = None
    if bases and not list_texts(metadata.data.get("base_model")):
        note_base(tuple(bases), metadata.line("tags"), "tag of the Hub", HIGH, notes)
        warn_of_base_license(tuple(bases), metadata.line("tags"), notes, table)


# --- channels -------------------------------------------------------------------------------------------------------


def note_channel(document: Document, metadata: Metadata, notes: Notebook) -> None:
    """Write down how people get at the model: through the repository, and through inference providers."""
    answer = document.data
    gate, gate_line = answer.get("gated"), document.line_of("gated")
    if isinstance(gate, (bool, str)) and gate in GATES:
        notes.note_fact("gated", gate, gate_line, "gated", HIGH)
    if answer.get("private") is True:
        notes.note_fact("access", INTERNAL, document.line_of("private"), "private", HIGH)
    elif isinstance(answer.get("siblings"), list) and not any(map(is_weight_file, metadata.files)):
        notes.ask(
            "access", document.line_of("siblings"), "Where are the weights? The repository lists no file of weights."
        )
    elif isinstance(gate, (bool, str)) and gate in GATES:
        level, rule, confidence = GATES[gate]
        notes.note_fact("access", level, gate_line, rule, confidence)
    elif gate is True:
        notes.note_fact("access", CLICKTHROUGH, gate_line, "gated true", LOW)
        notes.ask("gated", gate_line, "Does the gate let everybody in (auto), or is each request reviewed (manual)?")
    else:
        notes.ask("access", 0, "Is the repository gated? The answer does not say.")
    if gate is False and (keys := list_gate_keys(metadata)):
        notes.warn(metadata.line(keys[0]), "the card has gate texts, but the repository is not gated")
    if answer.get("disabled") is True:
        notes.warn(document.line_of("disabled"), "the repository is disabled on the Hub")
    note_providers(document, notes)


def note_providers(document: Document, notes: Notebook) -> None:
    """Write down the second channel where inference providers serve the model."""
    mapping = document.data.get("inferenceProviderMapping")
    if isinstance(mapping, dict):
        mapping = [{"provider": name, **entry} for name, entry in mapping.items() if isinstance(entry, dict)]
    live = [take_text(one.get("provider")) for one in mapping if _is_live(one)] if isinstance(mapping, list) else []
    if named := ", ".join(filter(None, live[:10])):
        line = document.line_of("inferenceProviderMapping")
        notes.note_fact("hosted", HOSTED, line, f"inference providers: {named}", HIGH)
    elif document.data.get("inference") == "warm":
        notes.note_fact("hosted", HOSTED, document.line_of("inference"), "an inference provider serves it", HIGH)


def _is_live(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("status", "live") == "live"


# --- files ----------------------------------------------------------------------------------------------------------


def is_weight_file(name: str) -> bool:
    """Return whether a file's name is one of weights."""
    base = name.rpartition("/")[2].lower()
    return base.endswith(_WEIGHTS) and not base.startswith(_NO_WEIGHTS)


def is_policy_file(name: str) -> bool:
    """Return whether a file's name speaks of a policy, a safety test or a paper."""
    base = name.rpartition("/")[2].lower()
    words = ("policy", "safety", "responsib", "acceptable", "risk", "eval")
    return base.endswith((".md", ".pdf", ".txt")) and any(word in base for word in words)
