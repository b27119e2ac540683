"""An openness record: the YAML of the Model Openness Tool, in the Model Openness Framework's terms."""

from __future__ import annotations

import re
from typing import Any

from aisafe_cli.importing.document import Document
from aisafe_cli.importing.facts import (
    HIGH,
    LOW,
    MEDIUM,
    OPEN_SOURCE,
    OPEN_WEIGHTS,
    LicenseTable,
    Notebook,
    clean_line,
    list_texts,
    take_text,
)
from aisafe_cli.importing.metadata import build_license

_FREE = ("permissive", "copyleft")
_NOT_INCLUDED = re.compile(r"(?i)\bnot\s+includ")
_UNDISCLOSED = re.compile(r"(?i)^\s*undisclosed\s*$")
# Which of a release's licenses a component has where it names none; the distribution's where that is empty.
_PARTS = {"final": "data", "datasets": "data", "training code": "code"}
_EVIDENCE = ("evaluation", "paper", "report", "card", "outputs")


def read_mot(document: Document, notes: Notebook, table: LicenseTable) -> bool:
    """Write down what a record says. Return whether it names a release."""
    release = document.data.get("release") if isinstance(document.data, dict) else None
    if not isinstance(release, dict):
        return False
    for field, key in (("name", "name"), ("developer", "producer")):
        if given := take_text(release.get(key)):
            notes.note_fact(field, given, document.line_of("release", key), f"release.{key}", HIGH)
    listed = release.get("components")
    components = {
        clean_line(one.get("name", "")).lower(): (number, one)
        for number, one in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    }
    note_weights_component(document, release, components, notes, table)
    for name, (number, component) in components.items():
        if any(word in name for word in _EVIDENCE):
            path = take_text(component.get("component_path"))
            notes.point_to(document.line_of("release", "components", number), f"{name} {path}".strip())
    return bool(release.get("name") or components)


def note_weights_component(
    document: Document, release: dict[str, Any], components: dict[str, Any], notes: Notebook, table: LicenseTable
) -> None:
    """Write down access and license by the component of the final weights."""
    number, final = next(((n, one) for name, (n, one) in components.items() if "final" in name), (0, None))
    line = document.line_of("release", "components", number) if final else document.line_of("release")
    terms = find_terms(release, final, "final")
    if final is None:
        notes.ask("access", line, "How do people get at the model? The record does not list the final weights.")
    elif _NOT_INCLUDED.search(terms):
        notes.ask("access", line, "How do people get at the model? The record says that the weights are not included.")
    elif _UNDISCLOSED.match(terms):
        notes.warn(line, "the final weights are listed, but their license is undisclosed: a list is not availability")
        notes.ask("access", line, "Can anybody get the weights? Their license is undisclosed.")
    elif table.of_text(terms) == "proprietary":
        notes.warn(line, "the final weights are listed under proprietary terms: a list is not availability")
        notes.note_fact("access", OPEN_WEIGHTS, line, "final weights listed", LOW)
        notes.ask("access", line, "Can anybody get the weights? Their terms are proprietary.")
    elif is_open_source(release, components, terms, table):
        rule = "final weights, training code and data under open licenses"
        notes.note_fact("access", OPEN_SOURCE, line, rule, MEDIUM)
    else:
        notes.note_fact("access", OPEN_WEIGHTS, line, "final weights listed", MEDIUM)
    if final is not None and not _NOT_INCLUDED.search(terms):
        stated = take_text(terms)
        identifier, name = ("", stated) if " " in stated else (stated, "")
        build_license(identifier, name, "", line, notes, table, HIGH, "license of the final weights")


def is_open_source(release: dict[str, Any], components: dict[str, Any], terms: str, table: LicenseTable) -> bool:
    """Return whether weights, training data and training code are all under licenses that let anybody pass them on."""
    others = [components.get(name, (0, None))[1] for name in ("datasets", "training code")]
    named = [find_terms(release, one, part) for one, part in zip(others, ("datasets", "training code"), strict=True)]
    return all(others) and all(table.of_text(text) in _FREE for text in (terms, *named) if text) and all(named)


def find_terms(release: dict[str, Any], component: dict[str, Any] | None, part: str) -> str:
    """Return the license of a component: its own, else that of its part, else that of the distribution."""
    own = component.get("license") if component else None
    if isinstance(own, str) and own.strip():
        return clean_line(own)
    licenses = release.get("license")
    for key in (_PARTS[part], "distribution"):
        entry = licenses.get(key) if isinstance(licenses, dict) else None
        if named := list_texts(entry.get("name") if isinstance(entry, dict) else entry):
            return named[0]
    return ""
