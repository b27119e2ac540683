"""Load a configuration, strictly: `aisafe.yaml`, or `[tool.aisafe]` of `pyproject.toml`; both say the same things."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Catalog, Flag, Judgement, Ladder, Mode, Safeguard
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.plan import Position
from aisafe_cli.domain.settings import DEFAULTS, Configuration
from aisafe_cli.parsing.nodes import ParsedFile
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import YamlDocument
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import visible
from aisafe_cli.text.unicode import fold_look

YAML_NAME, TOML_NAME = "aisafe.yaml", "pyproject.toml"
_TABLE = ("tool", "aisafe")

# What a file has to hold that may name the table, be it in escapes: its name as a key, or in a line that opens a
# bracket and may not close it. The parser is loaded only for such a file, and not for one that lists this package.
_MAY_NAME_TABLE = (
    rb"(?im)^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[ \t]*\[.*ai[-_ ]?safe"
    rb"|ai[-_ ]?safe(?:[-_ ]?cli)?(?:\s*[\"'])?\s*[.=\]]|\\[ux]"
)
_NEAR_TABLE = r"(?:[^.]+\.)?\s*ai[-_ ]?safe(?:[-_ ]?cli)?\s*"


@record
class NamedCatalog:
    """A catalog as a configuration names it, where it does, and whether its verdict decides."""

    written: str
    at: tuple[str | int, ...]
    gates: bool = True


@record
class Draft:
    """A parsed configuration, not yet held against a catalog. `data` has None where the schema found a fault."""

    document: ParsedFile
    data: dict[str, Any]

    @property
    def catalogs(self) -> tuple[NamedCatalog, ...]:
        """The catalogs that it names, in order."""
        named = self.data.get("catalog")
        listed = [] if named is None else [NamedCatalog(written=str(named), at=("catalog",))]
        for index, entry in enumerate(self.data.get("catalogs") or ()):
            if isinstance(entry, str):
                listed.append(NamedCatalog(written=entry, at=("catalogs", index)))
            elif entry is not None and entry.get("catalog") is not None:
                at = ("catalogs", index, "catalog")
                listed.append(NamedCatalog(written=entry["catalog"], gates=entry.get("gate", True), at=at))
        return tuple(listed)


def parse_config(path: str, content: bytes) -> Draft | None:
    """Return the draft of a file by its name, or None for a `.toml` file without a table for this tool.

    Raises InputError where the file cannot be parsed, or has a table of a name that is only near.
    """
    if not path.endswith(".toml"):
        document: ParsedFile = YamlDocument(path, content)
        return Draft(document=document, data=check(document, "configuration") or {})
    if not re.search(_MAY_NAME_TABLE, content.replace(b"\0", b"")):
        return None
    from aisafe_cli.parsing.toml import TomlTable  # a tenth of a check, and few such files hold the table

    document = TomlTable(path, content, *_TABLE)
    for keys in document.tables:
        name = ".".join(keys)
        if keys != _TABLE and re.fullmatch(_NEAR_TABLE, fold_look(name)):
            document.stop(Position(), f"the table [{visible(name)}] is not read", "call it [tool.aisafe]")
    return Draft(document=document, data=check(document, "configuration") or {}) if document.root else None


def refuse_both(one: Draft, other: Draft) -> None:
    """Raise InputError for two configurations in one folder: nobody could tell which of them is meant."""
    message = f"{visible(os.path.basename(one.document.path))} in this folder is a configuration too"
    other.document.stop(other.document.value_position(), message, "keep one of them")


def resolve_config(draft: Draft, catalog: Catalog, ladder: Ladder, others: Sequence[Catalog] = ()) -> Configuration:
    """Return the configuration, with safeguards as ids. Raises InputError with every fault.

    It has to name safeguards that are there, in places where they can be satisfied, and cannot lower what a catalog
    always requires. Plans are judged by the `others` too.
    """
    checks = _ConfigChecks(draft, (catalog, *others), ladder)
    checks.run()
    draft.document.raise_faults()
    values = dict(_flat(draft.data, checks.ids))
    if "catalogs" in values:
        values["catalogs"] = tuple(
            one.written if one.gates else f"{one.written} (does not gate)" for one in draft.catalogs
        )
    return Configuration(
        path=draft.document.path,
        values=values,
        positions={name: draft.document.position(*name.split(".")) for name in values},
    )


def _flat(data: Mapping[str, Any], ids: Mapping[str, str]) -> Iterable[tuple[str, Any]]:
    """Yield each setting that the data has, by its name with dots, in a form that does not change."""
    for name in DEFAULTS:
        first, _, second = name.partition(".")
        if first not in data or (second and second not in data[first]):
            continue
        value = data[first][second] if second else data[first]
        if name == "must_satisfy":
            yield name, {place: _ids(listed, ids) for place, listed in sorted(value.items())}
        elif name == "evidence.by_safeguard":
            yield name, {ids[one]: days for one, days in value.items()}
        elif name.startswith("requirements."):
            yield name, _ids(value, ids)
        elif isinstance(value, list):
            yield name, tuple(value if name in ("formats", "catalogs") else sorted(value))
        else:
            yield name, value


def _ids(listed: Iterable[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({ids[one] for one in listed}))


class _ConfigChecks:
    """What a schema cannot say. The data may have holes where the schema found faults."""

    def __init__(self, draft: Draft, catalogs: Sequence[Catalog], ladder: Ladder) -> None:
        self._document = draft.document
        self._data = draft.data
        self._draft = draft
        self._always = frozenset[str]().union(*(catalog.requirements.always for catalog in catalogs))
        self._ladder = ladder
        safeguards = [safeguard for catalog in catalogs for safeguard in catalog.safeguards]
        self._by_id = {safeguard.id: safeguard for safeguard in safeguards}
        self.ids = {safeguard.slug: safeguard.id for safeguard in safeguards}
        self.ids |= {name: name for name in self._by_id}

    def run(self) -> None:
        """Add every fault to the document."""
        self._check_catalogs()
        self._check_formats()
        self._check_must_satisfy()
        self._check_requirements()
        self._check_evidence()
        self._check_patterns()

    def _fault(self, message: str, hint: str, *at: str | int) -> None:
        self._document.fault(self._document.value_position(*at), message, hint)

    def _section(self, name: str) -> dict[str, Any]:
        return self._data.get(name) or {}

    def _check_catalogs(self) -> None:
        if "catalog" in self._data and "catalogs" in self._data:
            self._fault("`catalog` and `catalogs` cannot both be given", "keep one of them", "catalogs")
        if self._data.get("catalogs") and not any(one.gates for one in self._draft.catalogs):
            self._fault("no catalog decides the verdict", "remove `gate: false` from at least one", "catalogs")

    def _check_formats(self) -> None:
        screens = 0
        for place, word in enumerate(self._data.get("formats") or ()):
            if word is None:
                continue
            name, separator, file = word.partition("=")
            if name not in REPORTERS:
                hint = self._document.suggest(name, REPORTERS) or f"choose from {', '.join(REPORTERS)}"
                self._fault(f"there is no format `{visible(name)}`", hint, "formats", place)
            screens += name in REPORTERS and not separator
            if screens > 1 and not separator:
                self._fault("two reports cannot share standard output", "write NAME=FILE", "formats", place)
            if separator and not file:
                self._fault(f"`{visible(word)}` has no file name after `=`", "write NAME=FILE", "formats", place)
            elif separator and not _is_plain_path(file):
                hint = "write a relative path below this file's folder, without hidden folders"
                self._fault(f"`{visible(file)}` is not allowed here", hint, "formats", place)

    def _check_must_satisfy(self) -> None:
        places = {*map(str, Mode), *self._ladder.access_levels}
        for place, listed in self._section("must_satisfy").items():
            if place not in places:
                hint = self._document.suggest(place, places) or "name a release mode or an access level"
                position = self._document.position("must_satisfy", place)
                self._document.fault(
                    position, f"`{visible(place)}` is neither a release mode nor an access level", hint
                )
            for index, safeguard in self._safeguards(listed, "must_satisfy", place):
                if place in places and (why := self._contradiction(safeguard, place)):
                    message = f"{safeguard.id} cannot be satisfied on {place}: the catalog flags it incompatible there"
                    self._fault(message, why, "must_satisfy", place, index)

    def _contradiction(self, safeguard: Safeguard, place: str) -> str:
        """Return why no plan could satisfy the safeguard in a place, or an empty text where one can.

        A stage that came first can satisfy a stageable safeguard anywhere.
        """
        if safeguard.stageable:
            return ""
        judged = [self._judgement(safeguard, role, place) for role in self._roles(safeguard)]
        return "" if any(one.flag is not Flag.INCOMPATIBLE for one in judged) else judged[0].reason

    def _judgement(self, safeguard: Safeguard, role: str, place: str) -> Judgement:
        access_level: AccessLevel | None = self._ladder.access_levels.get(place)
        if access_level is not None:
            return safeguard.judgement_on(role, access_level)
        return safeguard.by_role.get(role) or safeguard.judgement_in(Mode(place))

    def _roles(self, safeguard: Safeguard) -> tuple[str, ...]:
        pinned = self._section("profile").get("role")
        return (pinned,) if pinned else ("", *safeguard.by_role)

    def _check_requirements(self) -> None:
        section = self._section("requirements")
        required = {one.id for _, one in self._safeguards(section.get("require"), "requirements", "require")}
        for index, safeguard in self._safeguards(section.get("recommend"), "requirements", "recommend"):
            at = ("requirements", "recommend", index)
            if safeguard.id in required:
                self._fault(f"{safeguard.id} cannot be both required and recommended", "name it once", *at)
            if safeguard.id in self._always:
                self._fault(f"{safeguard.id} is always required by the catalog", "remove it from `recommend`", *at)

    def _check_evidence(self) -> None:
        seen: set[str] = set()
        for name in self._section("evidence").get("by_safeguard") or {}:
            position = self._document.position("evidence", "by_safeguard", name)
            if name not in self.ids:
                self._document.fault(position, _no_safeguard(name), self._hint(name))
            elif self.ids[name] in seen:
                self._document.fault(position, f"{self.ids[name]} is named twice", "use its id or its slug, not both")
            else:
                seen.add(self.ids[name])

    def _check_patterns(self) -> None:
        section = self._section("expect")
        for name in ("patterns", "except"):
            for place, pattern in enumerate(section.get(name) or ()):
                if pattern is not None and not _is_pattern(pattern):
                    hint = "write a path from this file's folder, with `/` between names and at most one `**`"
                    self._fault(f"`{visible(pattern)}` is not a pattern for plans", hint, "expect", name, place)

    def _safeguards(self, listed: list[Any] | None, *at: str) -> list[tuple[int, Safeguard]]:
        """Return the safeguards of a list with their places in it; what is none becomes a fault."""
        found = []
        for index, name in enumerate(listed or ()):
            if name is None:
                continue
            if name in self.ids:
                found.append((index, self._by_id[self.ids[name]]))
            else:
                self._fault(_no_safeguard(name), self._hint(name), *at, index)
        return found

    def _hint(self, name: str) -> str:
        return self._document.suggest(name, self.ids) or "`aisafe explain` lists all safeguards"


def _no_safeguard(name: str) -> str:
    return f"`{visible(name)}` is not a safeguard of the catalog"


def _is_pattern(text: str) -> bool:
    parts = text.split("/")
    return {"", ".", ".."}.isdisjoint(parts) and "\\" not in text and parts.count("**") <= 1


def _is_plain_path(path: str) -> bool:
    """Whether a path stays below a folder and names nothing hidden, such as `.git`."""
    return not os.path.isabs(path) and all(part and not part.startswith(".") for part in path.split("/"))
