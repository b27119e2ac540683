"""One source, whatever its kind, to what it says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from aisafe_cli.errors import Fault, InputError
from aisafe_cli.importing.card import read_card
from aisafe_cli.importing.document import ParsedSource, decode_text, is_binary, read_json, read_yaml
from aisafe_cli.importing.facts import (
    CARD,
    FOLDER,
    GIVEN,
    HUB,
    MOT,
    LicenseTable,
    Reading,
    as_mapping,
    clean_line,
    split_words,
)
from aisafe_cli.importing.folder import CARD_NAME, FolderReader, note_folder_name, read_folder
from aisafe_cli.importing.hub import read_hub
from aisafe_cli.importing.mot import read_mot

MAX_CARD = 1 << 24
_HUB_KEYS = split_words(
    "author cardData createdAt disabled downloads gated lastModified library_name likes modelId pipeline_tag private"
    " safetensors sha siblings tags transformersInfo"
)


def read_content(path: str, content: bytes, kind: str | None, own_id: str, table: LicenseTable) -> Reading:
    """Return what a file says, of a kind or one to recognize. Raises InputError for no text and for another kind."""
    if is_binary(content):
        raise InputError((Fault(path=path, line=1, column=1, message="is not text"),))
    reading = Reading(path, table, sha256=hashlib.sha256(content).hexdigest())
    text = decode_text(content, reading)
    recognized, document = recognize(text)
    kind = kind or recognized or (HUB if path.lower().endswith(".json") else "")  # which says what is wrong with it
    reading.kind = kind or CARD
    if kind == HUB:
        read_hub(_require_mapping(document or read_json(text), path), reading)
    elif kind == MOT:
        read_mot(_require_mapping(document or read_yaml(text), path), reading)
    elif kind == CARD:
        read_card(text, reading, own_id)
    if reading.kind == CARD and path.endswith(f"/{CARD_NAME}"):
        note_folder_name(path.removesuffix(CARD_NAME), reading)
    return reading


def recognize(text: str) -> tuple[str, ParsedSource | None]:
    """Return the kind of a text, one of SOURCE_KINDS or empty for none, with its data where that was read for it."""
    if re.match(r"\s*[{\[]", text):
        document = read_json(text)
        if document.data is not None:
            return recognize_data(document), document
    if re.search(r"(?m)^(?:framework|release):", text) and not re.match(r"\s*---\s*\n", text):
        document = read_yaml(text)
        if kind := recognize_data(document):
            return kind, document
    return CARD if re.search(r"(?m)^---[ \t]*$|^#{1,6}\s|<h1", text) else "", None


def recognize_data(document: ParsedSource) -> str:
    """Return the kind of a mapping: an openness record, a Hub answer, or neither."""
    data = as_mapping(document.data)
    if {"components", "name", "license"} & as_mapping(data.get("release")).keys():
        return MOT
    is_answer = isinstance(data.get("id") or data.get("modelId"), str) and len(_HUB_KEYS & data.keys()) > 1
    return HUB if is_answer else ""


def _require_mapping(document: ParsedSource, path: str) -> ParsedSource:
    if isinstance(document.data, dict) and not document.salvaged:
        return document
    faults = document.faults or (Fault(path=path, line=1, column=1, message="keys with values are expected here"),)
    raise InputError(tuple(fault._replace(path=path) for fault in faults))


def read_model_folder(path: str, reader: FolderReader, own_id: str, table: LicenseTable) -> Sequence[Reading]:
    """Return what a folder says, and what the card in it says. The hash is that of what was read."""
    readings = []
    if CARD_NAME in reader.list_names():
        content = reader.read_start(CARD_NAME, MAX_CARD)
        readings.append(read_content(f"{path}/{CARD_NAME}", content, CARD, own_id, table))
    reading = Reading(path, table, FOLDER)
    read_folder(reader, reading)
    reading.sha256 = reader.sha256
    return [*readings, reading]


def read_given(given: Mapping[str, str | int | None], own_id: str, table: LicenseTable) -> Reading:
    """Return what the options of a call say: fields with their values, and an id of the form ORG/NAME."""
    reading = Reading("your options", table, GIVEN)
    owner, _, name = own_id.rpartition("/")
    for field, value in {**given, "name": given.get("name") or name, "developer": owner}.items():
        if value:
            reading.note_fact(field, clean_line(value) if isinstance(value, str) else value, 0, "given", "high")
    reading.found = bool(reading.facts)
    return reading
