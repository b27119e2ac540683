"""Load a catalog and the access ladder, strictly: what they say has to fit together, or nothing is evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    SIZES,
    AccessLevel,
    Alternative,
    Audience,
    Binds,
    Capabilities,
    CapabilityLevel,
    Catalog,
    Choice,
    Cited,
    Document,
    EvidenceRule,
    Exemption,
    Flag,
    Floor,
    How,
    Judgement,
    Ladder,
    Link,
    Locator,
    Mode,
    ModeInfo,
    Precondition,
    PublicWeights,
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
# The catalogs that the package brings, by short name, with their files; and by id, which is the name of the file.
BUILT_IN: Mapping[str, str] = {
    "nist-ai-800-1-ipd": DEFAULT_CATALOG,
    "practices": "nist-ai-800-1-ipd-practices.yaml",
    "eu-code": "eu-gpai-code-safety-security.yaml",
}
_BY_ID = {file.removesuffix(".yaml"): file for file in BUILT_IN.values()}

# What holds where a catalog says nothing of it, as before these keys were there.
_MISSING_EVIDENCE = {"moderate": "note", "high": "note", "severe": "note"}
_WARNING_LIFTED_BY = {"high": "weak", "severe": "weak"}
_THIRD_PARTY: dict[str, Any] = {
    "binds": ["service"],
    "condition": "Someone else operates this channel and has to carry it out.",
    "reason": "",
}


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


def load_catalog(
    path: str | None, ladder: Ladder, content: bytes | None = None, *, from_source: bool = False
) -> Catalog:
    """Return the catalog of a file or a short name, or the default one for None. Where content is given, it is of that.

    With `from_source`, the YAML itself is parsed, whether the package has a compiled form of it or not.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform, names something
    that it does not define, or leaves a combination of size and capability without requirements.
    """
    file = BUILT_IN.get(path or "", None if path else DEFAULT_CATALOG)
    content = read_bytes(find_data_file(file) if file else str(path), MAX_BYTES) if content is None else content
    sha256 = hashlib.sha256(content).hexdigest()
    data = (read_compiled(file, sha256) if file and not from_source else None) or check_catalog(
        find_data_file(file) if file else path, content, ladder.access_levels
    )
    data = _build_on(data, _read_base(data.get("builds_on")))
    public = _public_weights(data.get("weights_public"))
    heads = tuple(data["document"].get("running_heads", ()))
    return Catalog(
        **{key: data["catalog"][key] for key in ("id", "version", "title")},
        inferences=tuple(data["catalog"]["inferences"]),
        path=f"safeguards/{file}" if file else show_path(str(path)),
        sha256=sha256,
        document=Document(**{**data["document"], "running_heads": heads}),
        groups={entry["id"]: entry["title"] for entry in data["groups"]},
        practices=data["practices"],
        safeguards=tuple(_safeguard(entry, public) for entry in data["safeguards"]),
        alternatives={entry["id"]: _alternative(entry) for entry in data["alternatives"]},
        requirements=_requirements(data["requirements"]),
        capabilities=_capabilities(data.get("capabilities", {})),
        definitions=data.get("definitions", {}),
        references=_references(data["references"]),
        short_name=data["catalog"].get("short_name", data["catalog"]["id"]),
        weights_public=public,
        asked_of=_audience(data.get("asked_of")),
        exemptions=tuple(_exemption(entry, data) for entry in data.get("exemptions", ())),
    )


def find_built_in(name: str) -> str | None:
    """Return the short name of a built-in catalog, by that or by its id, or None."""
    return name if name in BUILT_IN else next((one for one, file in BUILT_IN.items() if file == _BY_ID.get(name)), None)


def find_owner(name: str) -> str | None:
    """Return the short name of the built-in catalog that has an entry or a part of this id, or None."""
    return next((short for short, file in BUILT_IN.items() if name in _list_ids(file.removesuffix(".yaml"))), None)


@cache
def _read_base(catalog: str | None) -> dict[str, Any]:
    """Return the checked data of a built-in catalog by its id, or nothing for None."""
    if catalog is None:
        return {}
    file = _BY_ID[catalog]
    content = read_bytes(find_data_file(file), MAX_BYTES)
    compiled: dict[str, Any] | None = read_compiled(file, hashlib.sha256(content).hexdigest())
    return compiled or check_catalog(find_data_file(file), content, load_ladder().access_levels)


# What a catalog takes from the one that it builds on, where it leaves it out itself.
_INHERITED = ("floor", "capability_evidence", "alternatives", "third_party")


def _build_on(data: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a catalog with what it leaves out from the catalog that it builds on."""
    if not base:
        return data
    rules = {key: base["requirements"][key] for key in _INHERITED if key in base["requirements"]}
    shared: dict[str, Any] = {key: base[key] for key in ("capabilities", "definitions") if key in base}
    return {
        **shared,
        **data,
        "alternatives": [*data["alternatives"], *base["alternatives"]],
        "requirements": {**rules, **data["requirements"]},
        "references": {**base["references"], **data["references"]},
    }


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
    base = _check_base(document, data)
    document.raise_faults()
    _check_safeguards(document, data, access_levels, base)
    _check_guidance(document, data, access_levels)
    _check_alternatives(document, data)
    _check_requirements(document, data)
    _check_profile_rules(document, data, access_levels)
    _check_capabilities(document, data.get("capabilities", {}).get("levels", ()))
    document.raise_faults()
    return data


# --- checks beyond the schema ---------------------------------------------------------------------------------------


def _check_base(document: YamlDocument, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of the catalog that this one builds on, or nothing."""
    name = data.get("builds_on")
    if name is None:
        return {}
    _known(document, ("builds_on",), name, _BY_ID)
    if name == data["catalog"]["id"] or (name in _BY_ID and "builds_on" in _read_base(name)):
        document.fault(document.value_position("builds_on"), "name another catalog, which does not build on one itself")
        return {}
    base = _read_base(name) if name in _BY_ID else {}
    if "capabilities" in data and "capabilities" in base:
        document.fault(document.position("capabilities"), f"{name}, which this catalog builds on, already defines them")
    inherited = {entry["id"] for entry in base.get("alternatives", ())}
    for index, entry in enumerate(data["alternatives"]):
        if entry["id"] in inherited:
            here = document.value_position("alternatives", index, "id")
            document.fault(here, f"{name}, which this catalog builds on, already defines it")
    return base


def _list_entries(data: dict[str, Any]) -> Iterable[tuple[tuple[str | int, ...], dict[str, Any], dict[str, Any]]]:
    """Yield every safeguard and every part with its place, and the entry that it belongs to: a part's, or itself."""
    for index, entry in enumerate(data["safeguards"]):
        yield ("safeguards", index), entry, entry
        for place, part in enumerate(entry.get("parts", ())):
            yield ("safeguards", index, "parts", place), part, entry


def _check_safeguards(
    document: YamlDocument, data: dict[str, Any], access_levels: Collection[str], base: dict[str, Any]
) -> None:
    _unique(document, data["groups"], "groups", "id")
    alternatives = {entry["id"] for entry in (*data["alternatives"], *base.get("alternatives", ()))}
    groups = {entry["id"] for entry in data["groups"]}
    _check_names(document, data)
    for at, entry, whole in _list_entries(data):
        _check_entry(document, at, entry, whole)
        _check_applicability(document, (*at, "applicability"), entry, access_levels)
        for key, known in (
            ("alternatives", alternatives),
            ("references", data["references"]),
            ("practices", data["practices"]),
        ):
            for place, name in enumerate(entry.get(key, ())):
                _known(document, (*at, key, place), name, known)
    for index, entry in enumerate(data["safeguards"]):
        here = ("safeguards", index)
        _known(document, (*here, "group"), entry["group"], groups)
        for place, objection in enumerate(entry.get("objections", ())):
            _known(document, (*here, "objections", place, "reference"), objection["reference"], data["references"])


def _check_names(document: YamlDocument, data: dict[str, Any]) -> None:
    """Ids and slugs are unique over entries and parts, and no slug is the id of another."""
    entries = list(_list_entries(data))
    ids = {entry["id"] for _, entry, _ in entries}
    for key in ("id", "slug"):
        seen: set[str] = set()
        for at, entry, _ in entries:
            if entry[key] in seen:
                message = f"another entry already has the {key} `{entry[key]}`"
                document.fault(document.position(*at, key), message)
            seen.add(entry[key])
    for at, entry, _ in entries:
        if entry["slug"] in ids - {entry["id"]}:
            document.fault(document.position(*at, "slug"), f"`{entry['slug']}` is the id of another entry")


def _check_entry(
    document: YamlDocument, at: tuple[str | int, ...], entry: dict[str, Any], whole: dict[str, Any]
) -> None:
    for key in ("stageable", "until_public"):
        if entry.get(key) and entry["binds"] != Binds.RELEASE:
            message = "only a safeguard that binds the release can be carried out before it opens"
            document.fault(document.position(*at, key), message)
        if entry.get(key) and entry.get("until_weights_public"):
            message = f"`{key}` and `until_weights_public` cannot both be given"
            document.fault(document.position(*at, "until_weights_public"), message)
    condition = entry.get("applies_when")
    if condition is not None and condition.keys() == {"reason"}:
        document.fault(document.position(*at, "applies_when"), "`applies_when` needs a condition beside its `reason`")
    tamper = entry.get("evidence", {}).get("tamper_evaluation", {})
    if "partial_at" in tamper and "unless_against" not in tamper:
        here = document.position(*at, "evidence", "tamper_evaluation", "partial_at")
        document.fault(here, "`partial_at` needs `unless_against`")
    _check_locator(document, (*at, "locator"), entry["locator"])
    if entry is whole:
        letters = [line["item"] for line in entry["evidence"]["counts"] if isinstance(line, dict)]
        if letters != [chr(ord("a") + place) for place in range(len(letters))]:
            document.fault(document.position(*at, "evidence", "counts"), "the items must be lettered a, b, c and so on")


_FORMS = (("row", "bullet"), ("practice", "recommendation"), ("commitment",), ("measure",), ("appendix",))
_PHRASES = ("opens_with", "ends_with", "sha256_of_letters")


def _check_locator(document: YamlDocument, at: tuple[str | int, ...], locator: dict[str, Any]) -> None:
    given = [form for form in _FORMS if any(key in locator for key in form)]
    is_whole = len(given) == 1 and given[0][0] in locator and (given[0][0] != "row" or "bullet" in locator)
    if not is_whole or ("point" in locator and len(given[0]) == 2):
        message = "a locator needs one of: row and bullet, practice, commitment, measure, appendix"
        document.fault(document.position(*at), message)
    if 0 < sum(key in locator for key in _PHRASES) < len(_PHRASES):
        document.fault(document.position(*at), "give opening words, closing words and hash together or not at all")
    if locator.get("ends_on_page", locator["page"] + 1) <= locator["page"]:
        document.fault(document.value_position(*at, "ends_on_page"), "`ends_on_page` must be after `page`")


def _check_applicability(
    document: YamlDocument, at: tuple[str | int, ...], safeguard: dict[str, Any], access_levels: Collection[str]
) -> None:
    entry = safeguard["applicability"]
    seen: set[str] = set()
    for index, exception in enumerate(entry.get("exceptions", ())):
        here = (*at, "exceptions", index)
        if ("access" in exception) == ("role" in exception):
            document.fault(document.position(*here), "an exception needs either `access` or `role`")
            continue
        subject = exception.get("access") or exception["role"]
        if "access" in exception:
            _known(document, (*here, "access"), subject, access_levels)
        if subject in seen:
            document.fault(document.position(*here), f"a second exception for `{subject}`")
        seen.add(subject)
        _check_condition(document, here, exception)
    judged = [mode for mode in ("every_mode", *Mode) if mode in entry]
    asked_in = safeguard.get("applies_when", {}).get("some_channel_in")
    missing = [mode for mode in Mode if mode not in entry and (asked_in is None or mode in asked_in)]
    if missing if "every_mode" not in entry else len(judged) > 1:
        hint = "leave out only modes that `applies_when.some_channel_in` does not list"
        document.fault(document.position(*at), "give `every_mode`, or each of the three modes", hint)
    if "by_mode" in safeguard and (safeguard["by_mode"] == "same") != ("every_mode" in entry):
        document.fault(document.value_position(*at[:-1], "by_mode"), "`by_mode: same` and `every_mode` need each other")
    for mode in judged:
        _check_condition(document, (*at, mode), entry[mode])


def _check_condition(document: YamlDocument, at: tuple[str | int, ...], judgement: dict[str, Any]) -> None:
    if (judgement["flag"] == Flag.CONDITIONAL) != ("condition" in judgement):
        document.fault(document.position(*at), "a conditional flag needs a `condition`; no other flag may have one")
    if judgement["flag"] != Flag.CONDITIONAL and "condition_needs" in judgement:
        document.fault(document.position(*at, "condition_needs"), "`condition_needs` belongs to a conditional flag")


def _check_guidance(document: YamlDocument, data: dict[str, Any], access_levels: Collection[str]) -> None:
    """What is asked of whom and until when, and what answers what in other catalogs."""
    for index, name in enumerate(data.get("weights_public", {}).get("at", ())):
        _known(document, ("weights_public", "at", index), name, access_levels)
        level = load_ladder().access_levels.get(name)
        if level and not level.is_readable:
            document.fault(document.value_position("weights_public", "at", index), "no one gets readable weights here")
    for index, condition in enumerate(data.get("asked_of", {}).get("any", ())):
        if len(condition) != 1:
            document.fault(document.position("asked_of", "any", index), "give exactly one condition")
    groups = {entry["id"] for entry in data["groups"]}
    ids = {entry["id"] for entry in data["safeguards"]}
    for index, exemption in enumerate(data.get("exemptions", ())):
        here = ("exemptions", index)
        if ("groups" in exemption) == ("safeguards" in exemption):
            document.fault(document.position(*here), "an exemption needs either `groups` or `safeguards`")
        for key, known in (("groups", groups), ("safeguards", ids)):
            for place, name in enumerate(exemption.get(key, ())):
                _known(document, (*here, key, place), name, known)
        if "locator" in exemption:
            _check_locator(document, (*here, "locator"), exemption["locator"])
    for at, entry, _ in _list_entries(data):
        if entry.get("until_weights_public") and "weights_public" not in data:
            document.fault(document.position(*at, "until_weights_public"), "the catalog needs `weights_public` too")
        for key in ("covers", "covered_by"):
            _check_links(document, (*at, key), entry.get(key, ()), data["catalog"]["id"])


def _check_links(document: YamlDocument, at: tuple[str | int, ...], links: Iterable[dict[str, Any]], own: str) -> None:
    seen: set[tuple[str, str]] = set()
    for index, link in enumerate(links):
        if link["catalog"] == own:
            document.fault(document.value_position(*at, index, "catalog"), "a catalog cannot link to itself")
            continue
        _known(document, (*at, index, "catalog"), link["catalog"], _BY_ID)
        known = _list_ids(link["catalog"]) if link["catalog"] in _BY_ID else link["ids"]
        for place, name in enumerate(link["ids"]):
            here = (*at, index, "ids", place)
            _known(document, here, name, known)
            if (link["catalog"], name) in seen:
                document.fault(document.value_position(*here), f"{name} is named twice")
            seen.add((link["catalog"], name))


@cache
def _list_ids(catalog: str) -> frozenset[str]:
    """Return the ids of a built-in catalog's entries and parts, read without its own links: two may name each other."""
    content = read_bytes(find_data_file(_BY_ID[catalog]), MAX_BYTES)
    data = read_compiled(_BY_ID[catalog], hashlib.sha256(content).hexdigest()) or check(
        YamlDocument(find_data_file(_BY_ID[catalog]), content), "catalog"
    )
    return frozenset(entry["id"] for _, entry, _ in _list_entries(data))


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
    for index, choice in enumerate(requirements.get("at_least_one", ())):
        for place, name in enumerate(choice["of"]):
            _known(document, (*at, "at_least_one", index, "of", place), name, ids)
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
                document.fault(document.position(*here), f"a second profile for {pair[0]} at {pair[1]} capability")
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
                document.fault(document.position(*here), f"{name} at {capability} capability is listed twice")
            asked.add((name, capability))
    for place, name in enumerate(requirements.get("third_party", {}).get("recommended_beside", ())):
        _known(document, (*at, "third_party", "recommended_beside", place), name, access_levels)


def _check_capabilities(document: YamlDocument, levels: Sequence[dict[str, Any]]) -> None:
    final = {entry["id"] for entry in levels if "counts_as" not in entry}
    for index, entry in enumerate(levels):
        if "counts_as" in entry and entry["counts_as"] not in final:
            here = document.value_position("capabilities", "levels", index, "counts_as")
            document.fault(here, "`counts_as` must name a level that counts as itself")
    if len({entry["id"] for entry in levels}) < len(levels):
        document.fault(document.position("capabilities", "levels"), "a level is named twice")


def _unique(document: YamlDocument, entries: list[dict[str, Any]], name: str, key: str) -> None:
    seen: set[Any] = set()
    for index, entry in enumerate(entries):
        if entry[key] in seen:
            document.fault(document.position(name, index, key), f"another entry already has the {key} `{entry[key]}`")
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


# What a part takes from its entry where it leaves it out.
_OF_ENTRY = ("binds", "group", "roles", "effort", "remedy", "references")


def _safeguard(entry: dict[str, Any], public: PublicWeights | None) -> Safeguard:
    applicability = entry["applicability"]
    exceptions = applicability.get("exceptions", [])
    return Safeguard(
        **{key: entry[key] for key in ("id", "slug", "title", "group", "statement", "question", "effort", "remedy")},
        label=entry.get("label", entry["title"]),
        done_label=entry.get("done_label", entry["title"]),
        locator=Locator(**entry["locator"]),
        binds=Binds(entry["binds"]),
        roles=tuple(entry["roles"]),
        modes=_modes(applicability),
        by_access={exception["access"]: _judgement(exception) for exception in exceptions if "access" in exception},
        by_role={exception["role"]: _judgement(exception) for exception in exceptions if "role" in exception},
        evidence_counts=tuple(map(_counted, entry["evidence"]["counts"])),
        tamper_rule=_tamper_rule(entry["evidence"].get("tamper_evaluation")),
        applies_when=_precondition(entry.get("applies_when")),
        stageable=entry.get("stageable", False),
        until_public=entry.get("until_public", False),
        weights_decision=entry.get("weights_decision", False),
        until_weights_public=_until(entry.get("until_weights_public"), public),
        covers=_links(entry.get("covers", ())),
        covered_by=_links(entry.get("covered_by", ())),
        parts=tuple(_part(part, entry, public) for part in entry.get("parts", ())),
        alternatives=tuple(entry.get("alternatives", ())),
        practices=tuple(entry["practices"]),
        objections=tuple(Cited(**cited) for cited in entry.get("objections", ())),
        references=tuple(entry["references"]),
    )


def _part(part: dict[str, Any], entry: dict[str, Any], public: PublicWeights | None) -> Safeguard:
    evidence = {"counts": entry["evidence"]["counts"], **part.get("evidence", {})}
    return _safeguard({**{key: entry[key] for key in _OF_ENTRY}, "practices": [], **part, "evidence": evidence}, public)


def _modes(applicability: dict[str, Any]) -> dict[Mode, Judgement]:
    if "every_mode" in applicability:
        return dict.fromkeys(Mode, _judgement(applicability["every_mode"]))
    return {mode: _judgement(applicability[mode]) for mode in Mode if mode in applicability}


def _counted(line: str | dict[str, Any]) -> str:
    return line if isinstance(line, str) else f"{line['says']} (item {line['item']}, page {line['page']})"


def _until(entry: bool | dict[str, Any] | None, public: PublicWeights | None) -> str:
    """Return why a safeguard is asked until the weights are public, or an empty text where it is not."""
    if not entry or public is None:
        return ""
    return public.reason if entry is True else str(entry["reason"])


def _links(entries: Iterable[dict[str, Any]]) -> tuple[Link, ...]:
    return tuple(
        Link(catalog=entry["catalog"], id=name, how=How(entry["how"]), reason=entry["reason"])
        for entry in entries
        for name in entry["ids"]
    )


def _public_weights(entry: dict[str, Any] | None) -> PublicWeights | None:
    return None if entry is None else PublicWeights(at=frozenset(entry["at"]), reason=entry["reason"])


def _audience(entry: dict[str, Any] | None) -> Audience | None:
    if entry is None:
        return None
    conditions = {name: value for condition in entry["any"] for name, value in condition.items()}
    return Audience(
        systemic_risk=conditions.get("systemic_risk"),
        training_compute_over=conditions.get("training_compute_over"),
        reason=entry["reason"],
    )


def _exemption(entry: dict[str, Any], data: dict[str, Any]) -> Exemption:
    groups = entry.get("groups", ())
    named = [one["id"] for one in data["safeguards"] if one["group"] in groups]
    return Exemption(
        **{key: entry[key] for key in ("id", "condition", "reason")},
        safeguards=frozenset([*entry.get("safeguards", ()), *named]),
        comparison=entry["needs"]["comparable_open_models"],
        asks=entry["needs"]["evidence"],
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
        some_channel_in=frozenset(map(Mode, entry.get("some_channel_in", ()))),
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
        at_least_one=tuple(
            Choice(of=frozenset(choice["of"]), reason=choice["reason"]) for choice in entry.get("at_least_one", ())
        ),
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
