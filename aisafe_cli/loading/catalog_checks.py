"""What a schema cannot say of a catalog: names that are defined, once each, and rules that fit together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import product

from aisafe_cli.domain.catalog import CAPABILITIES, SIZES, Binds, Flag, Ladder, Mode
from aisafe_cli.parsing.yaml import YamlDocument
from aisafe_cli.text.annotations import Any

Entry = dict[str, Any]
At = tuple[str | int, ...]

ENTRIES = ("safeguards.*", "safeguards.*.parts.*")
# Where things are named that have to be defined, by what they are; `*` stands for every item of a list.
_NAMES: dict[str, tuple[str, ...]] = {
    "access levels": (
        "weights_public.at.*",
        "requirements.third_party.recommended_beside.*",
        *(f"{entry}.applicability.exceptions.*.access" for entry in ENTRIES),
    ),
    "alternatives": tuple(f"{entry}.alternatives.*" for entry in ENTRIES),
    "catalogs": ("builds_on",),
    "groups": ("safeguards.*.group", "exemptions.*.groups.*"),
    "practices": tuple(f"{entry}.practices.*" for entry in ENTRIES),
    "references": (
        "safeguards.*.objections.*.reference",
        "alternatives.*.evidence.*.reference",
        *(f"{entry}.references.*" for entry in ENTRIES),
    ),
    "safeguards": (
        "requirements.always.*",
        "requirements.at_least_one.*.of.*",
        "requirements.only_for_capability.*.safeguard",
        "requirements.profiles.*.requires.*",
        "requirements.evidence.*.safeguards.*",
        "exemptions.*.safeguards.*",
    ),
}
_LOCATOR_FORMS = (("row", "bullet"), ("practice", "recommendation"), ("commitment",), ("measure",), ("appendix",))
_PHRASES = ("opens_with", "ends_with", "sha256_of_letters")


def find_places(data: Any, pattern: str) -> Iterator[tuple[At, Any]]:
    """Yield each place that a pattern names, with what stands there."""
    key, _, rest = pattern.partition(".")
    inner: Iterable[tuple[str | int, Any]] = ()
    if key == "*":
        inner = enumerate(data if isinstance(data, list) else ())
    elif key in data:
        inner = [(key, data[key])]
    for step, value in inner:
        if not rest:
            yield (step,), value
        else:
            yield from (((step, *at), found) for at, found in find_places(value, rest))


def list_entries(data: Entry) -> list[tuple[At, Entry]]:
    """Return every safeguard, each followed by its parts, with their places."""
    entries: list[tuple[At, Entry]] = []
    for at, entry in find_places(data, "safeguards.*"):
        entries.append((at, entry))
        entries += [((*at, *inner), part) for inner, part in find_places(entry, "parts.*")]
    return entries


def refuse_doubles(document: YamlDocument, data: Entry, *patterns: str) -> None:
    """Add a fault for each value that stands twice in the places of a pattern."""
    for pattern in patterns:
        refuse_double(document, find_places(data, pattern))


def refuse_double(document: YamlDocument, places: Iterable[tuple[At, Any]]) -> None:
    """Add a fault for each value that stands in two places."""
    seen: set[Any] = set()
    for at, value in places:
        if value in seen:
            document.fault(document.position(*at), f"another entry already has the {at[-1]} `{value}`")
        seen.add(value)


def refuse_undefined(document: YamlDocument, data: Entry, pattern: str, known: Iterable[str]) -> None:
    """Add a fault for each name in the places of a pattern that is not defined."""
    for at, name in find_places(data, pattern):
        refuse_unknown(document, at, name, known)


def refuse_unknown(document: YamlDocument, at: At, name: str, known: Iterable[str]) -> None:
    """Add a fault for a name that is not among the known ones."""
    if name not in known:
        document.fault(document.value_position(*at), f"`{name}` is not defined", document.suggest(name, known))


class CatalogChecks:
    """The checks of one catalog; `read_other` gives the data of a built-in one by its id, one of `others`."""

    def __init__(
        self,
        document: YamlDocument,
        data: Entry,
        ladder: Ladder,
        others: Collection[str],
        read_other: Callable[[str], Entry],
    ) -> None:
        self._document, self._data, self._ladder = document, data, ladder
        self._others, self._read_other = others, read_other
        self._entries = list_entries(data)

    def run(self) -> None:
        """Add every fault. Raises InputError at once where the catalog that this one builds on is at fault."""
        base = self._check_base()
        self._document.raise_faults()
        self._check_names(base)
        for at, entry in self._entries:
            self._check_entry(at, entry)
            self._check_locator((*at, "locator"), entry["locator"])
            self._check_applicability((*at, "applicability"), entry)
            for key in ("covers", "covered_by"):
                self._check_links((*at, key), entry.get(key, ()))
        self._check_audience()
        self._check_exemptions()
        self._check_profiles()
        self._check_capabilities()

    def _add_fault(self, message: str, *at: str | int, hint: str = "", value: bool = False) -> None:
        position = self._document.value_position(*at) if value else self._document.position(*at)
        self._document.fault(position, message, hint)

    def _check_base(self) -> Entry:
        """Return the data of the catalog that this one builds on, or nothing."""
        data, name = self._data, self._data.get("builds_on")
        refuse_undefined(self._document, data, "builds_on", self._others)
        if name is None:
            return {}
        base = self._read_other(name) if name in self._others else {}
        if name == data["catalog"]["id"] or "builds_on" in base:
            self._add_fault("name a catalog that does not build on another one itself", "builds_on", value=True)
            return {}
        if "capabilities" in data and "capabilities" in base:
            self._add_fault(f"{name}, which this catalog builds on, already defines them", "capabilities")
        inherited = [entry["id"] for entry in base.get("alternatives", ())]
        for at, alternative in find_places(data, "alternatives.*.id"):
            if alternative in inherited:
                self._add_fault(f"{name}, which this catalog builds on, already defines it", *at, value=True)
        return base

    def _check_names(self, base: Entry) -> None:
        data = self._data
        known: dict[str, Collection[str]] = {
            "access levels": self._ladder.access_levels,
            "alternatives": [one["id"] for one in (*data["alternatives"], *base.get("alternatives", ()))],
            "catalogs": self._others,
            "groups": [group["id"] for group in data["groups"]],
            "practices": data["practices"],
            "references": data["references"],
            "safeguards": [entry["id"] for entry in data["safeguards"]],
        }
        for kind, patterns in _NAMES.items():
            for pattern in patterns:
                refuse_undefined(self._document, data, pattern, known[kind])
        refuse_doubles(self._document, data, "groups.*.id", "alternatives.*.id")
        self._check_ids()

    def _check_ids(self) -> None:
        """Ids and slugs are unique over entries and parts, and no slug is the id of another."""
        ids = {entry["id"] for _, entry in self._entries}
        for key in ("id", "slug"):
            refuse_double(self._document, (((*at, key), entry[key]) for at, entry in self._entries))
        for at, entry in self._entries:
            if entry["slug"] in ids - {entry["id"]}:
                self._add_fault(f"`{entry['slug']}` is the id of another entry", *at, "slug")

    def _check_entry(self, at: At, entry: Entry) -> None:
        until_weights = entry.get("until_weights_public")
        for key in ("stageable", "until_public"):
            if entry.get(key) and entry["binds"] != Binds.RELEASE:
                self._add_fault("only a safeguard that binds the release can be carried out before it opens", *at, key)
            if entry.get(key) and until_weights:
                message = f"`{key}` and `until_weights_public` cannot both be given"
                self._add_fault(message, *at, "until_weights_public")
        if until_weights and "weights_public" not in self._data:
            self._add_fault("the catalog needs `weights_public` too", *at, "until_weights_public")
        condition = entry.get("applies_when")
        if condition is not None and condition.keys() == {"reason"}:
            self._add_fault("`applies_when` needs a condition beside its `reason`", *at, "applies_when")
        evidence = entry.get("evidence", {})
        tamper = evidence.get("tamper_evaluation", {})
        if "partial_at" in tamper and "unless_against" not in tamper:
            here = (*at, "evidence", "tamper_evaluation", "partial_at")
            self._add_fault("`partial_at` needs `unless_against`", *here)
        letters = [line["item"] for line in evidence.get("counts", ()) if isinstance(line, dict)]
        if letters != [chr(ord("a") + place) for place in range(len(letters))]:
            self._add_fault("the items must be lettered a, b, c and so on", *at, "evidence", "counts")

    def _check_locator(self, at: At, locator: Entry) -> None:
        given = [form for form in _LOCATOR_FORMS if not locator.keys().isdisjoint(form)]
        is_whole = len(given) == 1 and given[0][0] in locator and (given[0][0] != "row" or "bullet" in locator)
        if not is_whole or ("point" in locator and len(given[0]) == 2):
            self._add_fault("a locator needs one of: row and bullet, practice, commitment, measure, appendix", *at)
        if 0 < sum(key in locator for key in _PHRASES) < len(_PHRASES):
            self._add_fault("give opening words, closing words and hash together or not at all", *at)
        if locator.get("ends_on_page", locator["page"] + 1) <= locator["page"]:
            self._add_fault("`ends_on_page` must be after `page`", *at, "ends_on_page", value=True)

    def _check_applicability(self, at: At, safeguard: Entry) -> None:
        entry = safeguard["applicability"]
        seen: set[str] = set()
        for index, exception in enumerate(entry.get("exceptions", ())):
            here = (*at, "exceptions", index)
            if ("access" in exception) == ("role" in exception):
                self._add_fault("an exception needs either `access` or `role`", *here)
                continue
            subject = exception.get("access") or exception["role"]
            if subject in seen:
                self._add_fault(f"a second exception for `{subject}`", *here)
            seen.add(subject)
            self._check_condition(here, exception)
        judged = [mode for mode in ("every_mode", *Mode) if mode in entry]
        asked_in = safeguard.get("applies_when", {}).get("some_channel_in", Mode)
        missing = [mode for mode in Mode if mode not in entry and mode in asked_in]
        if missing if "every_mode" not in entry else len(judged) > 1:
            hint = "leave out only modes that `applies_when.some_channel_in` does not list"
            self._add_fault("give `every_mode`, or each of the three modes", *at, hint=hint)
        if "by_mode" in safeguard and (safeguard["by_mode"] == "same") != ("every_mode" in entry):
            self._add_fault("`by_mode: same` and `every_mode` need each other", *at[:-1], "by_mode", value=True)
        for mode in judged:
            self._check_condition((*at, mode), entry[mode])

    def _check_condition(self, at: At, judgement: Entry) -> None:
        is_conditional = judgement["flag"] == Flag.CONDITIONAL
        if is_conditional != ("condition" in judgement):
            self._add_fault("a conditional flag needs a `condition`; no other flag may have one", *at)
        if not is_conditional and "condition_needs" in judgement:
            self._add_fault("`condition_needs` belongs to a conditional flag", *at, "condition_needs")

    def _check_links(self, at: At, links: Iterable[Entry]) -> None:
        """What answers what in other catalogs, each entry named once."""
        seen: set[tuple[str, str]] = set()
        for index, link in enumerate(links):
            name, here = link["catalog"], (*at, index)
            if name == self._data["catalog"]["id"]:
                self._add_fault("a catalog cannot link to itself", *here, "catalog", value=True)
                continue
            refuse_unknown(self._document, (*here, "catalog"), name, self._others)
            known = list_entry_ids(self._read_other(name)) if name in self._others else link["ids"]
            for place, entry in enumerate(link["ids"]):
                refuse_unknown(self._document, (*here, "ids", place), entry, known)
                if (name, entry) in seen:
                    self._add_fault(f"{entry} is named twice", *here, "ids", place, value=True)
                seen.add((name, entry))

    def _check_audience(self) -> None:
        for at, name in find_places(self._data, "weights_public.at.*"):
            level = self._ladder.access_levels.get(name)
            if level and not level.is_readable:
                self._add_fault("no one gets readable weights here", *at, value=True)
        for at, condition in find_places(self._data, "asked_of.any.*"):
            if len(condition) != 1:
                self._add_fault("give exactly one condition", *at)

    def _check_exemptions(self) -> None:
        for at, exemption in find_places(self._data, "exemptions.*"):
            if ("groups" in exemption) == ("safeguards" in exemption):
                self._add_fault("an exemption needs either `groups` or `safeguards`", *at)
            if "locator" in exemption:
                self._check_locator((*at, "locator"), exemption["locator"])

    def _check_profiles(self) -> None:
        """Each size has one profile at each capability, and evidence is asked for once."""
        profiled: set[tuple[str, str]] = set()
        for at, entry in find_places(self._data, "requirements.profiles.*"):
            for size, capability in product(entry["sizes"], entry["capabilities"]):
                if (size, capability) in profiled:
                    self._add_fault(f"a second profile for {size} at {capability} capability", *at)
                profiled.add((size, capability))
        for size, capability in product(SIZES, CAPABILITIES):
            if (size, capability) not in profiled:
                self._add_fault(f"no profile for {size} at {capability} capability", "requirements", "profiles")
        asked: set[tuple[str, str]] = set()
        for at, entry in find_places(self._data, "requirements.evidence.*"):
            for name, capability in product(entry["safeguards"], entry["capabilities"]):
                if (name, capability) in asked:
                    self._add_fault(f"{name} at {capability} capability is listed twice", *at)
                asked.add((name, capability))

    def _check_capabilities(self) -> None:
        levels = dict(find_places(self._data, "capabilities.levels.*"))
        final = {entry["id"] for entry in levels.values() if "counts_as" not in entry}
        for at, entry in levels.items():
            if "counts_as" in entry and entry["counts_as"] not in final:
                message = "`counts_as` must name a level that counts as itself"
                self._add_fault(message, *at, "counts_as", value=True)
        if len({entry["id"] for entry in levels.values()}) < len(levels):
            self._add_fault("a level is named twice", "capabilities", "levels")


def list_entry_ids(data: Entry) -> frozenset[str]:
    """Return the ids of a catalog's entries and parts."""
    return frozenset(entry["id"] for _, entry in list_entries(data))
