"""One source, whatever its kind, to what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from aisafe_cli.errors import Fault, InputError
from aisafe_cli.importing.card import read_card
from aisafe_cli.importing.document import Document, read_json, read_yaml
from aisafe_cli.importing.facts import CARD, FOLDER, GIVEN, HIGH, HUB, MOT, LicenseTable, Notebook, Reading, clean_line
from aisafe_cli.importing.folder import CARD_NAME, FolderReader, note_folder_name, read_folder
from aisafe_cli.importing.hub import read_hub
from aisafe_cli.importing.mot import read_mot
from aisafe_cli.importing.source import decode_text, is_binary, recognize

MAX_CARD = 1 << 24


def read_content(path: str, content: bytes, kind: str | None, own_id: str, table: LicenseTable) -> Reading:
    """Return what a file says; `kind` is one of KINDS, or None to recognize it.

    Raises InputError for what is no text, and for what is not of the kind that it is said to be.
    """
    if is_binary(content):
        raise InputError((Fault(path=path, line=1, column=1, message="is no text"),))
    notes = Notebook(path)
    text = decode_text(content, notes)
    recognized, document = recognize(text)
    kind = kind or recognized
    if not kind and path.lower().endswith(".json"):
        kind = HUB  # which says what is wrong with it
    if kind == HUB:
        found = read_hub(_require_mapping(document or read_json(text), path), notes, table)
    elif kind == MOT:
        found = read_mot(_require_mapping(document or read_yaml(text), path), notes, table)
    else:
        found = kind == CARD and read_card(text, notes, table, own_id)
        if path.endswith(f"/{CARD_NAME}"):
            note_folder_name(path.removesuffix(CARD_NAME), notes)
    return notes.close(kind or CARD, hashlib.sha256(content).hexdigest(), found)


def _require_mapping(document: Document, path: str) -> Document:
    if isinstance(document.data, dict) and not document.salvaged:
        return document
    faults = document.faults or (Fault(path=path, line=1, column=1, message="keys with values are expected here"),)
    raise InputError(tuple(fault._replace(path=path) for fault in faults))


def read_model_folder(path: str, reader: FolderReader, own_id: str, table: LicenseTable) -> Sequence[Reading]:
    """Return what a folder says, and what the card in it says. The hash is that of what was read."""
    notes = Notebook(path)
    readings = []
    if CARD_NAME in reader.list_names():
        content = reader.read_start(CARD_NAME, MAX_CARD)
        readings.append(read_content(f"{path}/{CARD_NAME}", content, CARD, own_id, table))
    found = read_folder(reader, notes, table)
    note_folder_name(path, notes)
    return [*readings, notes.close(FOLDER, reader.sha256, found)]


def read_given(given: Mapping[str, str | int | None], own_id: str) -> Reading:
    """Return what the options of a call say: fields with their values, and an id of the form ORG/NAME."""
    notes = Notebook("the call")
    owner, _, name = own_id.rpartition("/")
    for field, value in {**given, "name": given.get("name") or name, "developer": owner}.items():
        if value:
            notes.note_fact(field, clean_line(value) if isinstance(value, str) else value, 0, "given", HIGH)
    return notes.close(GIVEN, "", found=bool(notes.facts))
