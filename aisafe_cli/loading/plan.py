"""Load a release plan, strictly: every fault of the file in one go, or a plan that means what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache
from itertools import islice

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.plan import (
    Adoption,
    Channel,
    Claim,
    License,
    Model,
    Organization,
    Plan,
    ReleasedFile,
    Waiver,
)
from aisafe_cli.io.read import hash_content
from aisafe_cli.loading.catalog import find_owner
from aisafe_cli.loading.license_classes import UNKNOWN, LicenseClasses
from aisafe_cli.loading.records import build_record
from aisafe_cli.parsing.schema import check, parse_date
from aisafe_cli.parsing.yaml import YamlDocument, load_document
from aisafe_cli.text.annotations import Any, TypeVar
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import normalize, strip_invisible

_Record = TypeVar("_Record")


def load_plan(path: str, catalog: Catalog) -> Plan:
    """Return the plan of a file, or of standard input for `-`, with its safeguards resolved against the catalog.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform to the plan
    format, names something that is not there or contradicts itself.
    """
    return _checked(load_document(path), catalog, None, ())


def parse_plan(
    content: bytes, shown: str, catalog: Catalog, as_of: date | None = None, others: Sequence[Catalog] = ()
) -> Plan:
    """Return the plan of content that is not in a file; `shown` is what messages call it.

    Raises InputError as `load_plan` does, and where it names a day over ten years after `as_of`. Its claims may be
    on safeguards of the `others` too, where it is judged by several catalogs.
    """
    return _checked(YamlDocument(shown, content), catalog, as_of, others)


def _checked(document: YamlDocument, catalog: Catalog, as_of: date | None, others: Sequence[Catalog]) -> Plan:
    data = check(document, "plan")
    if as_of is not None:
        _check_days(document, data, _years_after(as_of, _MOST_YEARS))
    checks = _PlanChecks(document, data, catalog, others)
    checks.run()
    document.raise_faults()
    return _build_plan(document, data, checks.safeguard_ids)


_DAYS = frozenset({"opens", "closes", "date", "granted", "expires"})
_MOST_YEARS = 10


def _check_days(document: YamlDocument, value: Any, latest: date, *at: str | int) -> None:
    """Add a fault for each day after the latest: nobody plans that far, so it is a slip of the pen."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        if key in _DAYS and isinstance(entry, str) and (parse_date(entry) or latest) > latest:
            hint = f"the latest date that a plan may name is {latest.isoformat()}"
            document.fault(document.value_position(*at, key), "the date is over ten years away", hint)
        elif isinstance(entry, (dict, list)):
            _check_days(document, entry, latest, *at, key)


_MAX_NAMES = 20
_MAX_ID = 100
_SAME_CHARACTERS = "it looks like another id but differs in its Unicode form or in invisible characters"


class _PlanChecks:
    """What a schema cannot say. The data may have holes where the schema found faults."""

    def __init__(
        self, document: YamlDocument, data: dict[str, Any], catalog: Catalog, others: Iterable[Catalog]
    ) -> None:
        self._document = document
        self._data = data
        ids = [(entry or {}).get("id") for entry in data.get("channels") or ()]
        # A channel whose id is faulty may be the one that a claim means.
        self._known_channels = {} if None in ids else dict.fromkeys(map(str, ids))
        self._channel_names = ", ".join(visible(name) for name in islice(self._known_channels, _MAX_NAMES))
        self._catalogs = (catalog, *others)
        entries = [entry for one in self._catalogs for entry in one.entries]
        self.safeguard_ids = {entry.slug: entry.id for entry in entries} | {entry.id: entry.id for entry in entries}
        self._whole = {safeguard.id for one in self._catalogs for safeguard in one.safeguards}

    def run(self) -> None:
        """Add every fault to the document."""
        self._check_channel_list()
        self._check_claims()
        self._check_alternatives()
        self._check_waivers()
        self._check_files()

    def _reject(self, message: str, hint: str, *at: str | int) -> None:
        self._document.fault(self._document.value_position(*at), message, hint)

    def _check_channel_list(self) -> None:
        seen: dict[str, str] = {}
        for index, entry in self._list_entries("channels"):
            name = entry.get("id")
            if name is not None:
                self._check_channel_id(name, index, seen)
            opens, closes = parse_date(entry.get("opens") or ""), parse_date(entry.get("closes") or "")
            if opens and closes and closes <= opens:
                self._reject("`closes` is not later than `opens`", "give a later date", "channels", index, "closes")

    def _check_channel_id(self, name: str, index: int, seen: dict[str, str]) -> None:
        normal = strip_invisible(normalize(name))
        if normal in seen:
            hint = "give each channel its own id" if seen[normal] == name else _SAME_CHARACTERS
            self._reject(f"two channels have the id `{visible(name)}`", hint, "channels", index, "id")
        seen.setdefault(normal, name)

    def _check_claims(self) -> None:
        seen: dict[str, str] = {}
        for name, answer in (self._data.get("safeguards") or {}).items():
            safeguard = self.safeguard_ids.get(name)
            if safeguard is None:
                hint = self._safeguard_hint(name)
                position = self._document.position("safeguards", name)
                self._document.fault(position, f"`{visible(name)}` is not a safeguard of the catalog", hint)
            elif safeguard in seen:
                message = f"`{visible(name)}` and `{visible(seen[safeguard])}` are the same safeguard"
                position = self._document.position("safeguards", name)
                self._document.fault(position, message, "put both claims in a list under one key")
            seen.setdefault(safeguard or name, name)
            if isinstance(answer, list):
                self._check_disjoint(name, answer)
                for place, claim in enumerate(answer):
                    self._check_scope(claim or {}, "safeguards", name, place)
            elif isinstance(answer, dict):
                self._check_scope(answer, "safeguards", name)

    def _check_disjoint(self, name: str, claims: list[dict[str, Any]]) -> None:
        taken: set[str] = set()
        for place, claim in enumerate(claims):
            scope = (claim or {}).get("channels")
            if claim and "channels" not in claim and len(claims) > 1:
                message = "in a list of claims, each claim must name its channels"
                self._reject(message, "add `channels: [...]`", "safeguards", name, place)
            for channel in sorted(taken & set(scope or ()) - {None}):
                message = f"two claims on this safeguard name the channel `{visible(channel)}`"
                self._reject(message, "name each channel in one claim only", "safeguards", name, place)
            taken |= set(scope or ())

    def _check_scope(self, entry: dict[str, Any], *at: str | int) -> None:
        if not self._known_channels:
            return
        for place, channel in enumerate(entry.get("channels") or ()):
            if channel is not None and channel not in self._known_channels:
                self._reject(
                    f"there is no channel `{visible(channel)}`", self._channel_hint(channel), *at, "channels", place
                )

    @cached_property
    def _normal_channels(self) -> set[str]:
        return set(map(normalize, self._known_channels))

    def _channel_hint(self, name: str) -> str:
        if len(name) <= _MAX_ID and normalize(name) in self._normal_channels:
            return _SAME_CHARACTERS
        return self._document.suggest(name, self._known_channels) or f"the channels are: {self._channel_names}"

    def _check_alternatives(self) -> None:
        seen: set[str] = set()
        known = {one for catalog in self._catalogs for one in catalog.alternatives}
        for index, entry in enumerate(self._data.get("alternatives") or ()):
            name = entry.get("id") if isinstance(entry, dict) else entry
            at: tuple[str | int, ...] = ("alternatives", index) + (("id",) if isinstance(entry, dict) else ())
            if name in seen:
                self._reject(f"the alternative `{visible(name)}` is named twice", "", *at)
            if name is not None and name not in known:
                suggestion = self._document.suggest(name, known)
                hint = suggestion or "`aisafe explain` lists all alternatives"
                self._reject(f"`{visible(name)}` is not an alternative of the catalog", hint, *at)
            if name is not None:
                seen.add(name)

    def _check_waivers(self) -> None:
        for index, entry in self._list_entries("waivers"):
            name = entry.get("safeguard")
            if name is not None and name not in self.safeguard_ids:
                hint = self._safeguard_hint(name)
                self._reject(
                    f"`{visible(name)}` is not a safeguard of the catalog", hint, "waivers", index, "safeguard"
                )
            elif name is not None and self.safeguard_ids[name] not in self._whole:
                hint = "name the safeguard that it belongs to; a part blocks nothing by itself"
                self._reject(f"`{visible(name)}` is a part of a safeguard", hint, "waivers", index, "safeguard")
            self._check_scope(entry, "waivers", index)
            granted, expires = parse_date(entry.get("granted") or ""), parse_date(entry.get("expires") or "")
            if granted and expires and expires < granted:
                self._reject("the waiver expires before it is granted", "", "waivers", index, "expires")
            if granted and expires and expires > _year_after(granted):
                self._reject(
                    "the waiver runs for over a year",
                    f"end it by {_year_after(granted)}",
                    "waivers",
                    index,
                    "expires",
                )

    def _check_files(self) -> None:
        names: set[str] = set()
        for index, entry in self._list_entries("files"):
            name = entry.get("name")
            if name in names:
                self._reject(f"two files have the name `{visible(name)}`", "give each its own", "files", index, "name")
            names.update([name] if name is not None else [])

    def _safeguard_hint(self, name: str) -> str:
        if owner := find_owner(name):
            return f"the catalog {owner} has it; name both after one --catalog, with a comma between"
        return self._document.suggest(name, self.safeguard_ids) or "`aisafe explain` lists all safeguards"

    def _list_entries(self, name: str) -> Iterable[tuple[int, dict[str, Any]]]:
        return ((index, entry) for index, entry in enumerate(self._data.get(name) or ()) if entry is not None)


def _year_after(day: date) -> date:
    return _years_after(day, 1)


def _years_after(day: date, years: int) -> date:
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


# --- data to model --------------------------------------------------------------------------------------------------


def _build_plan(document: YamlDocument, data: dict[str, Any], safeguard_ids: dict[str, str]) -> Plan:
    organization = data.get("organization", {})
    declared = {"capability": data["model"], "role": organization, "size": organization}
    return Plan(
        path=document.path,
        sha256=hash_content(document.content),
        model=_build_model(document, data["model"]),
        organization=Organization(**organization),
        channels=_build_each(Channel, document, "channels", map(_prepare_channel, data["channels"])),
        claims={
            safeguard_ids[name]: _build_claims(document, name, answer)
            for name, answer in data.get("safeguards", {}).items()
        },
        adoptions=_build_each(Adoption, document, "alternatives", map(_expand_entry, data.get("alternatives", ()))),
        waivers=_build_each(
            Waiver,
            document,
            "waivers",
            ({**entry, "safeguard": safeguard_ids[entry["safeguard"]]} for entry in data.get("waivers", ())),
        ),
        files=tuple(ReleasedFile(**entry) for entry in data.get("files", ())),
        fail_under=data.get("policy", {}).get("fail_under", 0),
        undeclared=tuple(name for name, place in declared.items() if name not in place),
        safeguards_position=document.position("safeguards"),
    )


def _build_each(
    kind: type[_Record], document: YamlDocument, name: str, entries: Iterable[dict[str, Any]]
) -> tuple[_Record, ...]:
    """Return a record of each entry of a list, with the place of that."""
    built = []
    for index, entry in enumerate(entries):
        built.append(build_record(kind, {**entry, "position": document.position(name, index)}))
    return tuple(built)


def _expand_entry(entry: str | dict[str, Any]) -> dict[str, Any]:
    return {"id": entry} if isinstance(entry, str) else entry


def _build_model(document: YamlDocument, entry: dict[str, Any]) -> Model:
    base, risk = entry.get("base_model") or (), entry.get("systemic_risk")
    built = {
        "base_models": (base,) if isinstance(base, str) else tuple(base),
        "systemic_risk": None if risk == "unknown" else risk,
        "position": document.position("model"),
    }
    return build_record(Model, {**entry, **built})


def _build_claims(
    document: YamlDocument, name: str, answer: str | dict[str, Any] | list[dict[str, Any]]
) -> tuple[Claim, ...]:
    built = []
    entries = answer if isinstance(answer, list) else [{"status": answer} if isinstance(answer, str) else answer]
    for place, entry in enumerate(entries):
        at = (name, place) if isinstance(answer, list) else (name,)
        built.append(build_record(Claim, {**entry, "position": document.position("safeguards", *at)}))
    return tuple(built)


def _prepare_channel(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "license": _build_license(entry["license"])} if entry.get("license") is not None else entry


@cache
def _license_classes() -> LicenseClasses:
    return LicenseClasses()


@lru_cache(maxsize=1000)  # many plans name one license
def _derive_class(identifier: str | None, name: str | None, url: str | None) -> str:
    return _license_classes().derive(identifier, name, url)


def _build_license(entry: str | dict[str, Any]) -> License:
    fields = _expand_entry(entry)
    named = {key: fields.get(key) for key in ("id", "name", "url")}
    derived = _derive_class(named["id"], named["name"], named["url"])
    return License(**named, declared_class=fields.get("class"), derived_class=None if derived == UNKNOWN else derived)
