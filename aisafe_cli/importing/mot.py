"""An openness record: the YAML of the Model Openness Tool, in the Model Openness Framework's terms."""

from __future__ import annotations

import re
from typing import Any

from aisafe_cli.importing.document import ParsedSource
from aisafe_cli.importing.facts import (
    FREE,
    OPEN_SOURCE,
    OPEN_WEIGHTS,
    LicenseTable,
    Reading,
    as_list,
    as_mapping,
    clean_line,
    take_text,
)
from aisafe_cli.importing.metadata import note_license

_NOT_INCLUDED = re.compile(r"(?i)\bnot\s+includ")
_UNDISCLOSED = re.compile(r"(?i)^\s*undisclosed\s*$")
# Which of a release's licenses a component has where it names none; the distribution's where that is empty.
_PARTS = {"final": "data", "datasets": "data", "training code": "code"}
_EVIDENCE = ("evaluation", "paper", "report", "card", "outputs")

Components = dict[str, dict[str, Any]]


def read_mot(document: ParsedSource, reading: Reading) -> None:
    """Write down what a record says. It is one of a model where it names a release or its components."""
    release = document.data.get("release")
    if not isinstance(release, dict):
        return
    for field, key in (("name", "name"), ("developer", "producer")):
        reading.note_fact(
            field, take_text(release.get(key)), document.line_of("release", key), f"release.{key}", "high"
        )
    components: Components = {}
    lines: dict[str, int] = {}
    for number, component in enumerate(as_list(release.get("components"))):
        if isinstance(component, dict):
            name = clean_line(component.get("name", "")).lower()
            components[name] = component
            lines[name] = document.line_of("release", "components", number)
    final = next((name for name in components if "final" in name), "")
    line = lines[final] if final else document.line_of("release")
    note_weights_component(release, components, final, line, reading)
    for name, component in components.items():
        if any(word in name for word in _EVIDENCE):
            path = take_text(component.get("component_path"))
            reading.note_evidence(lines[name], f"{name} {path}".strip())
    reading.found = bool(release.get("name") or components)


def note_weights_component(
    release: dict[str, Any], components: Components, final: str, line: int, reading: Reading
) -> None:
    """Write down access and license by the component of the final weights."""
    if not final:
        reading.ask("access", line, "How do people reach the model? The record does not list the final weights.")
        return
    terms = find_terms(release, components[final], "final")
    if _NOT_INCLUDED.search(terms):
        text = "How do people reach the model? The record says that the weights are not included."
        reading.ask("access", line, text)
        return
    listed = "final weights listed"
    if _UNDISCLOSED.match(terms):
        reading.warn(line, "the final weights are listed, but their license is undisclosed: a list is not availability")
        reading.ask("access", line, "Can anyone get the weights? Their license is undisclosed.")
    elif reading.table.of_text(terms) == "proprietary":
        reading.warn(line, "the final weights are listed under proprietary terms: a list is not availability")
        reading.note_fact("access", OPEN_WEIGHTS, line, listed, "low")
        reading.ask("access", line, "Can anyone get the weights? Their terms are proprietary.")
    elif is_open_source(release, components, terms, reading.table):
        rule = "final weights, training code and data under open licenses"
        reading.note_fact("access", OPEN_SOURCE, line, rule, "medium")
    else:
        reading.note_fact("access", OPEN_WEIGHTS, line, listed, "medium")
    stated = take_text(terms)
    identifier, name = ("", stated) if " " in stated else (stated, "")
    note_license(reading, identifier, name, line=line, rule="license of the final weights")


def is_open_source(release: dict[str, Any], components: Components, terms: str, table: LicenseTable) -> bool:
    """Return whether weights, training data and training code are all under licenses that let anybody pass them on."""
    if terms and table.of_text(terms) not in FREE:
        return False
    for part in ("datasets", "training code"):
        component = components.get(part)
        if not component or table.of_text(find_terms(release, component, part)) not in FREE:
            return False
    return True


def find_terms(release: dict[str, Any], component: dict[str, Any], part: str) -> str:
    """Return the license of a component: its own, else that of its part, else that of the distribution."""
    own = component.get("license")
    if isinstance(own, str) and own.strip():
        return clean_line(own)
    for key in (_PARTS[part], "distribution"):
        entry = as_mapping(release.get("license")).get(key)
        if named := take_text(entry.get("name") if isinstance(entry, dict) else entry):
            return named
    return ""
