"""Load a catalog and the access ladder, strictly: what they say has to fit together, or nothing is evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    SIZES,
    AccessLevel,
    Alternative,
    Binds,
    Catalog,
    Cited,
    Document,
    Flag,
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
)
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.io.resources import find_data_file, read_compiled
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import MAX_BYTES, YamlDocument, load_document

DEFAULT_CATALOG = "nist-ai-800-1-ipd.yaml"
LADDER = "access-levels.yaml"


def load_ladder(content: bytes | None = None) -> Ladder:
    """Return the access ladder of `safeguards/access-levels.yaml`, or of its content where that was read before.

    Raises FileError or InputError.
    """
    content = read_bytes(find_data_file(LADDER), MAX_BYTES) if content is None else content
    sha256 = hashlib.sha256(content).hexdigest()
    data = read_compiled(LADDER, sha256) or check_ladder()
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


def load_catalog(path: str | None, ladder: Ladder, content: bytes | None = None) -> Catalog:
    """Return the catalog of a file, or the default one for None. Where content is given, nothing is read.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform, names something
    that it does not define, or leaves a combination of size and capability without requirements.
    """
    content = read_bytes(path or find_data_file(DEFAULT_CATALOG), MAX_BYTES) if content is None else content
    sha256 = hashlib.sha256(content).hexdigest()
    data = (None if path else read_compiled(DEFAULT_CATALOG, sha256)) or check_catalog(
        path, content, ladder.access_levels
    )
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
        if entry.get("stageable") and entry["binds"] != Binds.RELEASE:
            document.fault(
                document.position(*at, index, "stageable"), "only a safeguard that binds the release has stages"
            )
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
        if condition is not None and not ({"channel_has", "capability"} & condition.keys()):
            document.fault(document.position(*at, index, "applies_when"), "needs `channel_has` or `capability`")


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
        weights_decision=entry.get("weights_decision", False),
        alternatives=tuple(entry.get("alternatives", ())),
        practices=tuple(entry["practices"]),
        objections=tuple(Cited(**cited) for cited in entry.get("objections", ())),
        references=tuple(entry["references"]),
    )


def _judgement(entry: dict[str, Any]) -> Judgement:
    return Judgement(flag=Flag(entry["flag"]), reason=entry["reason"], condition=entry.get("condition", ""))


def _tamper_rule(entry: dict[str, Any] | None) -> TamperRule | None:
    if entry is None:
        return None
    return TamperRule(
        channel_has=frozenset(entry["channel_has"]),
        unless_against=entry.get("unless_against"),
        reason=entry["reason"],
    )


def _precondition(entry: dict[str, Any] | None) -> Precondition | None:
    if entry is None:
        return None
    return Precondition(
        channel_has=frozenset(entry.get("channel_has", ())),
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
