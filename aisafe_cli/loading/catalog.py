"""Load a catalog and the access ladder, strictly: what they say has to fit together, or nothing is evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import Any

from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    SIZES,
    AccessLevel,
    Alternative,
    Binds,
    Capabilities,
    CapabilityLevel,
    Catalog,
    Cited,
    Document,
    EvidenceRule,
    Flag,
    Floor,
    Judgement,
    Ladder,
    Locator,
    Mode,
    ModeInfo,
    Precondition,
    Reference,
    RequirementRow,
    Requirements,
    Safeguard,
    TamperRule,
    ThirdPartyRule,
)
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.io.resources import find_data_file, read_compiled
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import MAX_BYTES, YamlDocument, load_document

DEFAULT_CATALOG = "nist-ai-800-1-ipd.yaml"
LADDER = "access-levels.yaml"

# What holds where a catalog says nothing of it, as before these keys were there.
_MISSING_EVIDENCE = {"moderate": "note", "high": "note", "severe": "note"}
_WARNING_LIFTED_BY = {"high": "weak", "severe": "weak"}
_THIRD_PARTY: dict[str, Any] = {
    "binds": ["service"],
    "condition": "The operator, who is not you, carries it out.",
    "reason": "",
}


def load_ladder(content: bytes | None = None) -> Ladder:
    """Return the access ladder of `safeguards/access-levels.yaml`, or of its content where that was read before.

    Raises FileError or InputError.
    """
    content = read_bytes(find_data_file(LADDER), MAX_BYTES) if content is None else content
    sha256 = hashlib.sha256(content).hexdigest()
    compiled = read_compiled(LADDER, sha256)
    data = json.loads(compiled) if compiled else check_ladder()
    access_levels = sorted(
        (_access_level(entry) for entry in data["rungs"]), key=lambda access_level: access_level.rank
    )
    return Ladder(
        access_levels={access_level.id: access_level for access_level in access_levels},
        modes={
            Mode(entry["id"]): ModeInfo(id=Mode(entry["id"]), title=entry["title"], means=entry["means"])
            for entry in data["modes"]
        },
        references=_references(data["references"]),
        sha256=sha256,
    )


def load_catalog(
    path: str | None, ladder: Ladder, content: bytes | None = None, *, from_source: bool = False
) -> Catalog:
    """Return the catalog of a file, or the default one for None. Where content is given, the file is not read.

    With `from_source`, the YAML itself is parsed, whether the package has a compiled form of it or not.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform, names something
    that it does not define, or leaves a combination of size and capability without requirements.
    """
    content = read_bytes(path or find_data_file(DEFAULT_CATALOG), MAX_BYTES) if content is None else content
    sha256 = hashlib.sha256(content).hexdigest()
    compiled = None if path or from_source else read_compiled(DEFAULT_CATALOG, sha256)
    data = json.loads(compiled) if compiled else check_catalog(path, content, ladder.access_levels)
    return Catalog(
        id=data["catalog"]["id"],
        version=data["catalog"]["version"],
        title=data["catalog"]["title"],
        inferences=tuple(data["catalog"]["inferences"]),
        path=show_path(path) if path else f"safeguards/{DEFAULT_CATALOG}",
        sha256=sha256,
        document=Document(**data["document"]),
        groups={entry["id"]: entry["title"] for entry in data["groups"]},
        practices=data["practices"],
        safeguards=tuple(_safeguard(entry) for entry in data["safeguards"]),
        alternatives={entry["id"]: _alternative(entry) for entry in data["alternatives"]},
        requirements=_requirements(data["requirements"]),
        capabilities=_capabilities(data.get("capabilities", {})),
        definitions=data.get("definitions", {}),
        references=_references(data["references"]),
    )


def check_ladder() -> dict[str, Any]:
    """Return the ladder as plain data. Raises FileError, or InputError with every fault."""
    document = load_document(find_data_file(LADDER))
    data: dict[str, Any] = check(document, "access-levels")
    document.raise_faults()
    _unique(document, data["rungs"], "rungs", "id")
    _unique(document, data["rungs"], "rungs", "rank")
    _resolve(document, data["rungs"], ("rungs",), "references", data["references"])
    document.raise_faults()
    return data


def check_catalog(path: str | None, content: bytes, access_levels: Collection[str]) -> dict[str, Any]:
    """Return a catalog's content as plain data. Raises InputError with every fault."""
    document = YamlDocument(path or find_data_file(DEFAULT_CATALOG), content)
    data: dict[str, Any] = check(document, "catalog")
    document.raise_faults()
    _check_safeguards(document, data, access_levels)
    _check_alternatives(document, data)
    _check_requirements(document, data)
    _check_profile_rules(document, data, access_levels)
    _check_capabilities(document, data.get("capabilities", {}).get("levels", ()))
    document.raise_faults()
    return data


# --- checks beyond the schema ---------------------------------------------------------------------------------------


def _check_safeguards(document: YamlDocument, data: dict[str, Any], access_levels: Collection[str]) -> None:
    entries = data["safeguards"]
    at = ("safeguards",)
    _unique(document, entries, "safeguards", "id")
    _unique(document, entries, "safeguards", "slug")
    _unique(document, data["groups"], "groups", "id")
    ids = {entry["id"] for entry in entries}
    for index, entry in enumerate(entries):
        if entry["slug"] in ids - {entry["id"]}:
            document.fault(document.position(*at, index, "slug"), f"`{entry['slug']}` is the id of another entry")
        for key in ("stageable", "until_public"):
            if entry.get(key) and entry["binds"] != Binds.RELEASE:
                message = "only a safeguard that binds the release can be carried out before it opens"
                document.fault(document.position(*at, index, key), message)
    _resolve(document, entries, at, "alternatives", {entry["id"] for entry in data["alternatives"]})
    _resolve(document, entries, at, "references", data["references"])
    _resolve(document, entries, at, "practices", data["practices"])
    groups = {entry["id"] for entry in data["groups"]}
    for index, entry in enumerate(entries):
        _known(document, (*at, index, "group"), entry["group"], groups)
        for place, objection in enumerate(entry.get("objections", ())):
            _known(document, (*at, index, "objections", place, "reference"), objection["reference"], data["references"])
        _check_applicability(document, (*at, index, "applicability"), entry["applicability"], access_levels)
        condition = entry.get("applies_when")
        if condition is not None and condition.keys() == {"reason"}:
            document.fault(document.position(*at, index, "applies_when"), "needs a precondition beside its `reason`")
        tamper = entry["evidence"].get("tamper_evaluation", {})
        if "partial_at" in tamper and "unless_against" not in tamper:
            here = document.position(*at, index, "evidence", "tamper_evaluation", "partial_at")
            document.fault(here, "has a meaning beside `unless_against` only")


def _check_applicability(
    document: YamlDocument, at: tuple[str | int, ...], entry: dict[str, Any], access_levels: Collection[str]
) -> None:
    seen: set[str] = set()
    for index, exception in enumerate(entry.get("exceptions", ())):
        here = (*at, "exceptions", index)
        if ("access" in exception) == ("role" in exception):
            document.fault(document.position(*here), "an exception is for one rung (`access`) or one `role`")
            continue
        subject = exception.get("access") or exception["role"]
        if "access" in exception:
            _known(document, (*here, "access"), subject, access_levels)
        if subject in seen:
            document.fault(document.position(*here), f"a second exception for `{subject}`")
        seen.add(subject)
        _check_condition(document, here, exception)
    for mode in Mode:
        _check_condition(document, (*at, mode), entry[mode])


def _check_condition(document: YamlDocument, at: tuple[str | int, ...], judgement: dict[str, Any]) -> None:
    if (judgement["flag"] == Flag.CONDITIONAL) != ("condition" in judgement):
        document.fault(document.position(*at), "a conditional flag names its `condition`, and no other flag has one")
    if judgement["flag"] != Flag.CONDITIONAL and "condition_needs" in judgement:
        document.fault(document.position(*at, "condition_needs"), "only a condition needs evidence")


def _check_alternatives(document: YamlDocument, data: dict[str, Any]) -> None:
    _unique(document, data["alternatives"], "alternatives", "id")
    for index, entry in enumerate(data["alternatives"]):
        for place, cited in enumerate(entry["evidence"]):
            _known(
                document,
                ("alternatives", index, "evidence", place, "reference"),
                cited["reference"],
                data["references"],
            )


def _check_requirements(document: YamlDocument, data: dict[str, Any]) -> None:
    requirements = data["requirements"]
    at = ("requirements",)
    ids = {entry["id"] for entry in data["safeguards"]}
    for index, name in enumerate(requirements["always"]):
        _known(document, (*at, "always", index), name, ids)
    for index, entry in enumerate(requirements["only_for_capability"]):
        _known(document, (*at, "only_for_capability", index, "safeguard"), entry["safeguard"], ids)
    profiled: set[tuple[str, str]] = set()
    for index, entry in enumerate(requirements["profiles"]):
        here = (*at, "profiles", index)
        requires = entry["requires"]
        for place, name in enumerate(requires if isinstance(requires, list) else ()):
            _known(document, (*here, "requires", place), name, ids)
        for pair in ((size, capability) for size in entry["sizes"] for capability in entry["capabilities"]):
            if pair in profiled:
                document.fault(document.position(*here), f"{pair[0]} at {pair[1]} capability has a profile already")
            profiled.add(pair)
    for pair in ((size, capability) for size in SIZES for capability in CAPABILITIES):
        if pair not in profiled:
            document.fault(document.position(*at, "profiles"), f"no profile for {pair[0]} at {pair[1]} capability")


def _check_profile_rules(document: YamlDocument, data: dict[str, Any], access_levels: Collection[str]) -> None:
    requirements = data["requirements"]
    at = ("requirements",)
    ids = {entry["id"] for entry in data["safeguards"]}
    asked: set[tuple[str, str]] = set()
    for index, entry in enumerate(requirements.get("evidence", ())):
        here = (*at, "evidence", index)
        for place, name in enumerate(entry["safeguards"]):
            _known(document, (*here, "safeguards", place), name, ids)
        for name, capability in product(entry["safeguards"], entry["capabilities"]):
            if (name, capability) in asked:
                document.fault(document.position(*here), f"{name} at {capability} capability is asked for already")
            asked.add((name, capability))
    for place, name in enumerate(requirements.get("third_party", {}).get("recommended_beside", ())):
        _known(document, (*at, "third_party", "recommended_beside", place), name, access_levels)


def _check_capabilities(document: YamlDocument, levels: Sequence[dict[str, Any]]) -> None:
    final = {entry["id"] for entry in levels if "counts_as" not in entry}
    for index, entry in enumerate(levels):
        if "counts_as" in entry and entry["counts_as"] not in final:
            here = document.value_position("capabilities", "levels", index, "counts_as")
            document.fault(here, "names a level that itself counts as another, or is not there")
    if len({entry["id"] for entry in levels}) < len(levels):
        document.fault(document.position("capabilities", "levels"), "names a level twice")


def _unique(document: YamlDocument, entries: list[dict[str, Any]], name: str, key: str) -> None:
    seen: set[Any] = set()
    for index, entry in enumerate(entries):
        if entry[key] in seen:
            document.fault(document.position(name, index, key), f"`{entry[key]}` is the {key} of another entry already")
        seen.add(entry[key])


def _resolve(
    document: YamlDocument, entries: list[dict[str, Any]], at: tuple[str | int, ...], key: str, known: Iterable[str]
) -> None:
    for index, entry in enumerate(entries):
        for place, name in enumerate(entry.get(key, ())):
            _known(document, (*at, index, key, place), name, known)


def _known(document: YamlDocument, at: tuple[str | int, ...], name: str, known: Iterable[str]) -> None:
    if name not in known:
        document.fault(document.value_position(*at), f"`{name}` is not defined", document.suggest(name, known))


# --- data to model --------------------------------------------------------------------------------------------------


def _safeguard(entry: dict[str, Any]) -> Safeguard:
    applicability = entry["applicability"]
    exceptions = applicability.get("exceptions", [])
    evidence = entry["evidence"]
    return Safeguard(
        **{key: entry[key] for key in ("id", "slug", "title", "group", "statement", "question", "effort", "remedy")},
        label=entry.get("label", entry["title"]),
        done_label=entry.get("done_label", entry["title"]),
        locator=Locator(**entry["locator"]),
        binds=Binds(entry["binds"]),
        roles=tuple(entry["roles"]),
        modes={mode: _judgement(applicability[mode]) for mode in Mode},
        by_access={exception["access"]: _judgement(exception) for exception in exceptions if "access" in exception},
        by_role={exception["role"]: _judgement(exception) for exception in exceptions if "role" in exception},
        evidence_counts=tuple(evidence["counts"]),
        tamper_rule=_tamper_rule(evidence.get("tamper_evaluation")),
        applies_when=_precondition(entry.get("applies_when")),
        stageable=entry.get("stageable", False),
        until_public=entry.get("until_public", False),
        weights_decision=entry.get("weights_decision", False),
        alternatives=tuple(entry.get("alternatives", ())),
        practices=tuple(entry["practices"]),
        objections=tuple(Cited(**cited) for cited in entry.get("objections", ())),
        references=tuple(entry["references"]),
    )


def _judgement(entry: dict[str, Any]) -> Judgement:
    return Judgement(
        flag=Flag(entry["flag"]),
        reason=entry["reason"],
        condition=entry.get("condition", ""),
        condition_needs=entry.get("condition_needs", ""),
    )


def _tamper_rule(entry: dict[str, Any] | None) -> TamperRule | None:
    if entry is None:
        return None
    return TamperRule(
        channel_has=frozenset(entry["channel_has"]),
        unless_against=entry.get("unless_against"),
        partial_at=frozenset(entry.get("partial_at", ())),
        reason=entry["reason"],
    )


def _precondition(entry: dict[str, Any] | None) -> Precondition | None:
    if entry is None:
        return None
    return Precondition(
        channel_has=frozenset(entry.get("channel_has", ())),
        channel_lacks=frozenset(entry.get("channel_lacks", ())),
        some_channel_has=frozenset(entry.get("some_channel_has", ())),
        capabilities=frozenset(entry.get("capability", ())),
        reason=entry["reason"],
    )


def _alternative(entry: dict[str, Any]) -> Alternative:
    return Alternative(**{**entry, "evidence": tuple(Cited(**cited) for cited in entry["evidence"])})


def _requirements(entry: dict[str, Any]) -> Requirements:
    return Requirements(
        reason=entry["reason"],
        always=frozenset(entry["always"]),
        only_for_capability={
            rule["safeguard"]: frozenset(rule["capabilities"]) for rule in entry["only_for_capability"]
        },
        profiles={
            (size, capability): _profile(profile["requires"])
            for profile in entry["profiles"]
            for size in profile["sizes"]
            for capability in profile["capabilities"]
        },
        floor=_floor(entry.get("floor")),
        missing_evidence=entry.get("capability_evidence", {}).get("missing", _MISSING_EVIDENCE),
        evidence={
            (name, capability): EvidenceRule(asks=rule["asks"], reason=rule["reason"])
            for rule in entry.get("evidence", ())
            for name, capability in product(rule["safeguards"], rule["capabilities"])
        },
        warning_lifted_by=entry.get("alternatives", {}).get("warning_lifted_by", _WARNING_LIFTED_BY),
        third_party=_third_party(entry.get("third_party", _THIRD_PARTY)),
    )


def _floor(entry: dict[str, Any] | None) -> Floor | None:
    if entry is None:
        return None
    return Floor(
        applies_to=frozenset(entry["applies_to"]),
        counts_as=entry["counts_as"],
        parameters_under=entry.get("unless_parameters_under"),
        unless_evidence=entry.get("unless_evidence", False),
        level=entry.get("level", "note"),
        reason=entry["reason"],
    )


def _third_party(entry: dict[str, Any]) -> ThirdPartyRule:
    return ThirdPartyRule(
        binds=frozenset(map(Binds, entry["binds"])),
        condition=entry["condition"],
        condition_needs=entry.get("condition_needs", ""),
        recommended_beside=frozenset(entry.get("recommended_beside", ())),
        reason=entry["reason"],
    )


def _capabilities(entry: dict[str, Any]) -> Capabilities:
    levels = entry.get("levels", [{"id": name} for name in CAPABILITIES])
    return Capabilities(
        note=entry.get("note", ""),
        judge=entry.get("judge", ""),
        levels={
            level["id"]: CapabilityLevel(
                id=level["id"], means=level.get("means", ""), counts_as=level.get("counts_as", level["id"])
            )
            for level in levels
        },
    )


def _profile(requires: str | list[str]) -> RequirementRow:
    return (
        RequirementRow(rule=requires) if isinstance(requires, str) else RequirementRow(safeguards=frozenset(requires))
    )


def _access_level(entry: dict[str, Any]) -> AccessLevel:
    return AccessLevel(
        **{key: entry[key] for key in ("id", "title", "rank", "adds")},
        mode=Mode(entry["mode"]),
        properties=frozenset(entry["properties"]),
        misuse_vectors=tuple(entry["misuse_vectors"]),
        developer_controls=tuple(entry["developer_controls"]),
        mozilla=tuple(entry["mozilla"]),
        solaiman=tuple(entry["solaiman"]),
        references=tuple(entry.get("references", ())),
    )


def _references(entries: dict[str, Any]) -> dict[str, Reference]:
    return {name: Reference(id=name, **entry) for name, entry in entries.items()}
