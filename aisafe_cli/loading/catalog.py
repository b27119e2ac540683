"""Load a catalog and the access ladder, strictly: what they say has to fit together, or nothing is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product

from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    AccessLevel,
    Alternative,
    Audience,
    Capabilities,
    CapabilityLevel,
    Catalog,
    EvidenceRule,
    Exemption,
    Floor,
    How,
    Judgement,
    Ladder,
    Link,
    Mode,
    ModeInfo,
    Precondition,
    Reference,
    RequirementRow,
    Requirements,
    Safeguard,
)
from aisafe_cli.errors import FileError
from aisafe_cli.io.paths import STANDARD_INPUT, path_exists, show_path
from aisafe_cli.io.read import hash_content, read_bytes
from aisafe_cli.io.resources import find_data_file, read_compiled
from aisafe_cli.loading.catalog_checks import CatalogChecks, list_entry_ids, refuse_doubles, refuse_undefined
from aisafe_cli.loading.records import build_record
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import MAX_BYTES, MAX_CATALOG_BYTES, MAX_NODES, YamlDocument, load_document
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.wording import suggest_word

DEFAULT_CATALOG = "nist-ai-800-1-ipd.yaml"
LADDER = "access-levels.yaml"
# The catalogs that the package brings, by short name, with their files; and by id, which is the name of the file.
BUILT_IN: Mapping[str, str] = {
    "nist-ai-800-1-ipd": DEFAULT_CATALOG,
    "practices": "nist-ai-800-1-ipd-practices.yaml",
    "eu-code": "eu-gpai-code-safety-security.yaml",
}
_BY_ID = {file.removesuffix(".yaml"): file for file in BUILT_IN.values()}

# What a catalog takes from the one that it builds on, where it leaves it out itself.
_INHERITED = ("floor", "capability_evidence", "alternatives", "third_party")
# What a part takes from its entry where it leaves it out.
_OF_ENTRY = ("binds", "group", "roles", "effort", "remedy", "references")
# What holds where a catalog says nothing of it, as before these keys were there.
_MISSING_EVIDENCE = {"moderate": "note", "high": "note", "severe": "note"}
_WARNING_LIFTED_BY = {"high": "weak", "severe": "weak"}
_THIRD_PARTY: dict[str, Any] = {
    "binds": ["service"],
    "condition": "Someone else operates this channel and has to carry it out.",
    "reason": "",
}


def load_ladder(content: bytes | None = None) -> Ladder:
    """Return the access ladder, of its file or of content that was read before. Raises FileError or InputError."""
    content = read_bytes(find_data_file(LADDER), MAX_BYTES) if content is None else content
    sha256 = hash_content(content)
    data = read_compiled(LADDER, sha256) or check_ladder()
    levels = [build_record(AccessLevel, entry) for entry in data["rungs"]]
    modes = [build_record(ModeInfo, entry) for entry in data["modes"]]
    return Ladder(
        access_levels={level.id: level for level in sorted(levels, key=lambda level: level.rank)},
        modes={mode.id: mode for mode in modes},
        references=_build_references(data["references"]),
        sha256=sha256,
    )


def check_ladder() -> dict[str, Any]:
    """Return the ladder as plain data. Raises FileError, or InputError with every fault."""
    document = load_document(find_data_file(LADDER))
    data: dict[str, Any] = check(document, "access-levels")
    document.raise_faults()
    refuse_doubles(document, data, "rungs.*.id", "rungs.*.rank")
    refuse_undefined(document, data, "rungs.*.references.*", data["references"])
    document.raise_faults()
    return data


def load_catalog(
    path: str | None, ladder: Ladder, content: bytes | None = None, *, from_source: bool = False
) -> Catalog:
    """Return the catalog of a file or a short name, or the default one for None. Where content is given, it is of that.

    With `from_source`, the YAML itself is parsed, whether the package has a compiled form of it or not.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform, names something
    that it does not define, or leaves a combination of size and capability without requirements.
    """
    file = BUILT_IN.get(find_built_in(path) or "") if path else DEFAULT_CATALOG
    if content is None and not file:
        refuse_absent(str(path))
    source = find_data_file(file) if file else str(path)
    content = read_bytes(source, MAX_CATALOG_BYTES) if content is None else content
    sha256 = hash_content(content)
    compiled = read_compiled(file, sha256) if file and not from_source else None
    data = _build_on(compiled or check_catalog(source, content, ladder))
    return _build_catalog(data, f"safeguards/{file}" if file else show_path(source), sha256)


def check_catalog(path: str, content: bytes, ladder: Ladder) -> dict[str, Any]:
    """Return a catalog's content as plain data. Raises InputError with every fault."""
    document = YamlDocument(path, content, 4 * MAX_NODES)
    data: dict[str, Any] = check(document, "catalog")
    document.raise_faults()
    CatalogChecks(document, data, ladder, _BY_ID, _read_built_in).run()
    document.raise_faults()
    return data


@cache
def _read_built_in(catalog: str) -> dict[str, Any]:
    """Return the data of a built-in catalog by its id. What it names is not checked: two may name each other."""
    path = find_data_file(_BY_ID[catalog])
    content = read_bytes(path, MAX_BYTES)
    compiled = read_compiled(_BY_ID[catalog], hash_content(content))
    data: dict[str, Any] = compiled or check(YamlDocument(path, content), "catalog")
    return data


def find_built_in(name: str) -> str | None:
    """Return the short name of a built-in catalog, by that or by its id, or None."""
    return name if name in BUILT_IN else next((one for one, file in BUILT_IN.items() if file == _BY_ID.get(name)), None)


def suggest_catalog(name: str) -> str:
    """Return the built-in catalog that somebody may have meant, or where all are listed."""
    return suggest_word(name, (*BUILT_IN, *_BY_ID)) or "see `aisafe catalog list`"


def refuse_absent(name: str) -> None:
    """Raise FileError where a name is neither of a built-in catalog nor of a file, nor standard input."""
    if name != STANDARD_INPUT and not path_exists(name):
        raise FileError(f"no built-in catalog and no file is called `{name}`; {suggest_catalog(name)}")


def find_owner(name: str) -> str | None:
    """Return the short name of the built-in catalog that has an entry or a part of this id, or None."""
    ids = {short: list_entry_ids(_read_built_in(file.removesuffix(".yaml"))) for short, file in BUILT_IN.items()}
    return next((short for short, known in ids.items() if name in known), None)


def _build_on(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a catalog with what it leaves out from the catalog that it builds on."""
    if "builds_on" not in data:
        return data
    base = _read_built_in(data["builds_on"])
    rules = {key: base["requirements"][key] for key in _INHERITED if key in base["requirements"]}
    return {
        **{key: base[key] for key in ("capabilities", "definitions") if key in base},
        **data,
        "alternatives": [*data["alternatives"], *base["alternatives"]],
        "requirements": {**rules, **data["requirements"]},
        "references": {**base["references"], **data["references"]},
    }


# --- data to records ------------------------------------------------------------------------------------------------


def _build_catalog(data: dict[str, Any], path: str, sha256: str) -> Catalog:
    own, public = data["catalog"], data.get("weights_public")
    return build_record(
        Catalog,
        {
            "short_name": own["id"],
            "definitions": {},
            **data,
            **own,
            "path": path,
            "sha256": sha256,
            "groups": {group["id"]: group["title"] for group in data["groups"]},
            "safeguards": tuple(_build_safeguard(entry, public) for entry in data["safeguards"]),
            "alternatives": {entry["id"]: build_record(Alternative, entry) for entry in data["alternatives"]},
            "requirements": _build_requirements(data["requirements"]),
            "capabilities": _build_capabilities(data.get("capabilities", {})),
            "references": _build_references(data["references"]),
            "asked_of": _build_audience(data["asked_of"]) if "asked_of" in data else None,
            "exemptions": tuple(_build_exemption(entry, data) for entry in data.get("exemptions", ())),
        },
    )


def _build_safeguard(entry: dict[str, Any], public: dict[str, Any] | None) -> Safeguard:
    evidence, applicability = entry["evidence"], entry["applicability"]
    exceptions: dict[str, dict[str, Judgement]] = {"access": {}, "role": {}}
    for exception in applicability.get("exceptions", ()):
        key = "access" if "access" in exception else "role"
        exceptions[key][exception[key]] = build_record(Judgement, exception)
    return build_record(
        Safeguard,
        {
            "label": entry["title"],
            "done_label": entry["title"],
            **entry,
            "modes": _build_modes(applicability),
            "by_access": exceptions["access"],
            "by_role": exceptions["role"],
            "evidence_counts": tuple(map(_describe_counted, evidence["counts"])),
            "tamper_rule": evidence.get("tamper_evaluation"),
            "applies_when": _build_precondition(entry.get("applies_when")),
            "until_weights_public": _explain_end(entry.get("until_weights_public"), public),
            "covers": _build_links(entry.get("covers", ())),
            "covered_by": _build_links(entry.get("covered_by", ())),
            "parts": tuple(_build_part(part, entry, public) for part in entry.get("parts", ())),
        },
    )


def _build_part(part: dict[str, Any], entry: dict[str, Any], public: dict[str, Any] | None) -> Safeguard:
    inherited = {key: entry[key] for key in _OF_ENTRY}
    evidence = {"counts": entry["evidence"]["counts"], **part.get("evidence", {})}
    return _build_safeguard({**inherited, **part, "evidence": evidence}, public)


def _build_modes(applicability: dict[str, Any]) -> dict[Mode, Judgement]:
    if "every_mode" in applicability:
        return dict.fromkeys(Mode, build_record(Judgement, applicability["every_mode"]))
    return {mode: build_record(Judgement, applicability[mode]) for mode in Mode if mode in applicability}


def _describe_counted(line: str | dict[str, Any]) -> str:
    return line if isinstance(line, str) else f"{line['says']} (item {line['item']}, page {line['page']})"


def _explain_end(entry: bool | dict[str, Any] | None, public: dict[str, Any] | None) -> str:
    """Return why a safeguard is asked until the weights are public, or an empty text where it is not."""
    if not entry or public is None:
        return ""
    return str((public if entry is True else entry)["reason"])


def _build_links(entries: Iterable[dict[str, Any]]) -> tuple[Link, ...]:
    links = []
    for entry in entries:
        shared = {"catalog": entry["catalog"], "how": How(entry["how"]), "reason": entry["reason"]}
        links += [Link(id=name, **shared) for name in entry["ids"]]
    return tuple(links)


def _build_audience(entry: dict[str, Any]) -> Audience:
    conditions: dict[str, Any] = {"systemic_risk": None, "training_compute_over": None}
    for condition in entry["any"]:
        conditions |= condition
    return Audience(**conditions, reason=entry["reason"])


def _build_exemption(entry: dict[str, Any], data: dict[str, Any]) -> Exemption:
    groups, needs = entry.get("groups", ()), entry["needs"]
    named = [one["id"] for one in data["safeguards"] if one["group"] in groups]
    return build_record(
        Exemption,
        {
            **entry,
            "safeguards": [*entry.get("safeguards", ()), *named],
            "comparison": needs["comparable_open_models"],
            "asks": needs["evidence"],
        },
    )


def _build_precondition(entry: dict[str, Any] | None) -> Precondition | None:
    if entry is None:
        return None
    return build_record(Precondition, {**entry, "capabilities": entry.get("capability", ())})


def _build_requirements(entry: dict[str, Any]) -> Requirements:
    profiles: dict[tuple[str, str], RequirementRow] = {}
    for profile in entry["profiles"]:
        profiles |= dict.fromkeys(
            product(profile["sizes"], profile["capabilities"]), _build_requirement(profile["requires"])
        )
    evidence: dict[tuple[str, str], EvidenceRule] = {}
    for rule in entry.get("evidence", ()):
        evidence |= dict.fromkeys(product(rule["safeguards"], rule["capabilities"]), build_record(EvidenceRule, rule))
    return build_record(
        Requirements,
        {
            "third_party": _THIRD_PARTY,
            **entry,
            "only_for_capability": {
                rule["safeguard"]: frozenset(rule["capabilities"]) for rule in entry["only_for_capability"]
            },
            "profiles": profiles,
            "floor": _build_floor(entry.get("floor")),
            "missing_evidence": entry.get("capability_evidence", {}).get("missing", _MISSING_EVIDENCE),
            "evidence": evidence,
            "warning_lifted_by": entry.get("alternatives", {}).get("warning_lifted_by", _WARNING_LIFTED_BY),
        },
    )


def _build_requirement(requires: str | list[str]) -> RequirementRow:
    if isinstance(requires, str):
        return RequirementRow(rule=requires)
    return RequirementRow(safeguards=frozenset(requires))


def _build_floor(entry: dict[str, Any] | None) -> Floor | None:
    if entry is None:
        return None
    return build_record(Floor, {**entry, "parameters_under": entry.get("unless_parameters_under")})


def _build_capabilities(entry: dict[str, Any]) -> Capabilities:
    levels = {}
    for level in entry.get("levels", [{"id": name} for name in CAPABILITIES]):
        levels[level["id"]] = build_record(CapabilityLevel, {"counts_as": level["id"], **level})
    return build_record(Capabilities, {**entry, "levels": levels})


def _build_references(entries: dict[str, Any]) -> dict[str, Reference]:
    return {name: Reference(id=name, **entry) for name, entry in entries.items()}
