"""Which configuration and which catalog hold for each plan, from the working tree or from a trusted revision.

What decides a verdict is read here and listed with its hash. With a trusted revision nothing but the plans comes from
the working tree; what differs there becomes a finding.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.policy import EvaluationOverrides, Policy
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import Configuration, Setting
from aisafe_cli.errors import AisafeError, FileError, RequestError, describe
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.io.paths import is_below, path_exists, show_path
from aisafe_cli.io.read import hash_content, read_bytes
from aisafe_cli.loading.baseline import BaselineFile, load_baseline
from aisafe_cli.loading.catalog import (
    BUILT_IN,
    LADDER,
    find_built_in,
    load_catalog,
    load_ladder,
    refuse_absent,
    suggest_catalog,
)
from aisafe_cli.loading.config import NamedCatalog, resolve_config
from aisafe_cli.loading.license_classes import LICENSES
from aisafe_cli.parsing.yaml import MAX_CATALOG_BYTES
from aisafe_cli.session.find_config import ConfigFinder, FoundConfig, LeftOutError, shorten_path
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.settings import Options, effective, policy_of, rules_of
from aisafe_cli.session.trusted_changes import (
    baseline_changed,
    catalog_changed,
    configuration_changed,
    itself_trusted,
    parent_trusted,
)
from aisafe_cli.session.trusted_ref import TrustedRevision, open_trusted
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import visible


@record
class FolderSettings:
    """What holds for the plans of one folder. `notes` say what a change does to it.

    `folder` is that of the configuration in the working tree, for files that it names as outputs. A plan is judged by
    the `others` too; of the catalogs those in `only_shown`, by id, decide nothing.
    """

    settings: tuple[Setting, ...]
    policy: Policy
    overrides: EvaluationOverrides
    catalog: Catalog
    others: tuple[Catalog, ...] = ()
    only_shown: frozenset[str] = frozenset()
    configuration: Configuration | None
    folder: str
    notes: tuple[PlanFinding, ...] = ()


@record
class _Chosen:
    """A catalog with its path in the repository where it came from a trusted revision, and whether it decides."""

    catalog: Catalog
    inside: str | None = None
    gates: bool = True


class SettingsReader:
    """Reads what decides about the plans of a folder, once.

    Raises FileError where the trusted revision is not there, and RequestError for options that do not go together.
    """

    def __init__(self, options: Options, provenance: Provenance) -> None:
        if options.config is not None and not options.search_config:
            raise RequestError("--config and --no-config cannot be used together")
        self._options = options
        self._config = options.config
        self._provenance = provenance
        self._catalog_sha256 = _check_sha256(options.catalog_sha256)
        self._trusted = open_trusted(options.trusted_ref, provenance) if options.trusted_ref is not None else None
        self._configs = ConfigFinder(options, provenance, self._trusted)
        self.ladder: Ladder = load_ladder(provenance.read_packaged(LADDER, "access_ladder"))
        provenance.read_packaged(LICENSES, "licenses")

    @property
    def trusted(self) -> TrustedRevision | None:
        """The trusted revision, if there is one."""
        return self._trusted

    @property
    def is_named(self) -> bool:
        """Whether the command line names the configuration, so that it holds for every folder."""
        return self._config is not None

    def read(self, folder: str) -> FolderSettings:
        """Return what holds for plans of a folder. Raises FileError or InputError, the same one each time."""
        return self._provenance.make_once(self._read_folder, os.path.abspath(folder))

    def list_formats(self) -> list[str]:
        """Return the formats that the configuration of the current folder asks for, with files that may be written.

        Raises RequestError for a file outside of the configuration's folder, which a link may lead to.
        """
        here = self.read(os.curdir)
        words = next(setting.value for setting in here.settings if setting.name == "formats")
        return [_place_file(here.folder, word) for word in words]

    def read_baseline(self, path: str) -> tuple[BaselineFile | None, tuple[PlanFinding, ...]]:
        """Return the baseline of a file, and what a change does to it, to be told with every plan.

        There is none where the trusted revision has none, so that nothing is carried over. Raises FileError or
        InputError.
        """
        inside = self._trusted.find_inside(path) if self._trusted else None
        if self._trusted is None or inside is None:
            return load_baseline(path, self.ladder, self._provenance.read_working(path, "baseline")), ()
        content, now = self._trusted.read_listed(inside, "baseline"), _read_or_none(path)
        if content is None and now is None:
            raise FileError(f"{show_path(path)}: there is no such file, nor is there in {self._trusted.name}")
        base = self._trusted.base
        is_same = base.holds(inside, path)
        notes = () if is_same else baseline_changed(inside, base.read(inside), now, self._trusted.name)
        if content is None:
            return None, notes
        return load_baseline(path, self.ladder, content, self._trusted.show(inside)), notes

    def read_trusted(self, path: str, purpose: str) -> bytes:
        """Return the content of a file that decides about plans and that the command line names.

        With a trusted revision, a file of the repository is read from there. Raises FileError where it is not there.
        """
        inside = self._trusted.find_inside(path) if self._trusted else None
        if self._trusted is None or inside is None:
            return self._provenance.read_working(path, purpose)
        return self._trusted.read_named(inside, purpose)

    # --- settings and catalog ---------------------------------------------------------------------------------------

    def _read_folder(self, folder: str) -> FolderSettings:
        named = self._configs.find(folder)
        chosen = self._choose_catalogs(named)
        catalog, *others = (one.catalog for one in chosen)
        resolved = resolve_config(named.draft, catalog, self.ladder, others) if named else None
        settings = effective(resolved, self._options)
        return FolderSettings(
            settings=settings,
            policy=policy_of(settings, self._options, resolved),
            overrides=rules_of(settings),
            catalog=catalog,
            others=tuple(others),
            only_shown=frozenset(one.catalog.id for one in chosen if not one.gates),
            configuration=resolved,
            folder=os.path.join(self._trusted.top if self._trusted else "", named.folder) if named else os.curdir,
            notes=(
                *self._describe_trusted(),
                *self._configuration_changes(folder, resolved, (catalog, *others)),
                *(note for one in chosen for note in self._catalog_changes(one.inside, one.catalog)),
            ),
        )

    def _choose_catalogs(self, named: FoundConfig | None) -> list[_Chosen]:
        """Return the catalogs that plans are judged by, each with what answers it in the others.

        Raises RequestError where two of them are one, or have an id in common, so that nobody could tell what is meant.
        """
        names: Sequence[Any]
        if self._options.catalog is not None:
            names, choose = _split_names(self._options.catalog), self._choose_named
        elif named and named.draft.catalogs:
            names, choose = named.draft.catalogs, partial(self._choose_configured, named)
        else:
            names, choose = ["nist-ai-800-1-ipd"], self._choose_named
        if len(names) > 1 and self._catalog_sha256 is not None:
            raise RequestError("--catalog-sha256 works with one catalog only")
        chosen = list(map(choose, names))
        _refuse_common([one.catalog for one in chosen])
        linked = link_catalogs([one.catalog for one in chosen])
        return [replace(one, catalog=catalog) for one, catalog in zip(chosen, linked, strict=True)]

    def _choose_named(self, name: str) -> _Chosen:
        """Return a catalog that the command line names."""
        if built_in := find_built_in(name):
            return _Chosen(catalog=self._load_built_in(built_in))
        if self._trusted is None:
            refuse_absent(name)
        try:
            content = self.read_trusted(name, "catalog")
        except FileError:
            if os.path.basename(name) == name:  # which may be meant for a built-in catalog
                refuse_absent(name)
            raise
        inside = self._trusted.find_inside(name) if self._trusted else None
        shown = self._trusted.show(inside) if self._trusted and inside is not None else name
        return _Chosen(catalog=self._load_catalog(shown, content), inside=inside)

    def _choose_configured(self, named: FoundConfig, one: NamedCatalog) -> _Chosen:
        """Return a catalog that a configuration names."""
        if built_in := find_built_in(one.written):
            return _Chosen(catalog=self._load_built_in(built_in), gates=one.gates)
        if self._trusted is not None and not os.path.isabs(named.folder):
            inside = os.path.normpath(os.path.join(named.folder, one.written))
            content_there = self._trusted.read_listed(inside, "catalog")
            if content_there is None:
                named.draft.document.stop(
                    named.draft.document.value_position(*one.at),
                    "there is no such file in this revision of the repository",
                    "a path relative to the configuration",
                )
            loaded = self._load_catalog(self._trusted.show(inside), content_there)
            return _Chosen(catalog=loaded, inside=inside, gates=one.gates)
        path = self._catalog_beside(named, one)
        loaded = self._load_catalog(path, self._provenance.read_working(path, "catalog"))
        return _Chosen(catalog=loaded, gates=one.gates)

    def _load_built_in(self, name: str) -> Catalog:
        return self._load_catalog(name, self._provenance.read_packaged(BUILT_IN[name], "catalog"))

    def _catalog_beside(self, named: FoundConfig, one: NamedCatalog) -> str:
        """Return the path of a catalog that a configuration names.

        It stays inside the repository: faults in a catalog are quoted, and a configuration of somebody else's must not
        make them quote anything.
        """
        document, path = named.draft.document, os.path.join(named.folder, one.written)
        if os.path.isabs(one.written) or not is_below(os.path.realpath(path), os.path.realpath(named.top)):
            hint = "give a relative path inside, or name the catalog on the command line"
            document.stop(document.value_position(*one.at), "this is outside of the repository", hint)
        if not path_exists(path):
            at, hint = document.value_position(*one.at), suggest_catalog(one.written)
            document.stop(at, "no built-in catalog and no file has this name", hint)
        return shorten_path(path)

    def _load_catalog(self, path: str, content: bytes) -> Catalog:
        found = hash_content(content)
        if self._catalog_sha256 not in (None, found):
            shown = f"safeguards/{BUILT_IN[path]}" if path in BUILT_IN else show_path(path)
            raise FileError(f"{shown}: SHA-256 is {found}, and --catalog-sha256 asks for {self._catalog_sha256}")
        return self._provenance.make_once(self._parse_catalog, path, content)

    def _parse_catalog(self, path: str, content: bytes) -> Catalog:
        # A pin is of the source: what it names is what judges, byte for byte.
        return load_catalog(path, self.ladder, content, from_source=self._catalog_sha256 is not None)

    # --- what a change brings ---------------------------------------------------------------------------------------

    def _describe_trusted(self) -> tuple[PlanFinding, ...]:
        if self._trusted is None:
            return ()
        if self._trusted.is_checked_out:
            return itself_trusted(self._trusted.name)
        return parent_trusted(self._trusted.replaced)

    def _configuration_changes(
        self, folder: str, resolved: Configuration | None, catalogs: Sequence[Catalog]
    ) -> tuple[PlanFinding, ...]:
        if self._trusted is None or (self._config is not None and self._trusted.find_inside(self._config) is None):
            return ()
        present, unreadable = None, ""
        absent = None if self._config is None or path_exists(self._config) else self._config
        try:
            if absent is None and (named := self._configs.find_present(folder)):
                present = resolve_config(named.draft, catalogs[0], self.ladder, catalogs[1:])
        except AisafeError as error:
            unreadable = describe(error).splitlines()[0]
            absent = error.path if isinstance(error, LeftOutError) else None
        if absent is not None and self._trusted.base.is_left_out(self._trusted.find_inside(absent) or ""):
            return ()  # it is as the change found it
        before = resolved if self._trusted.base is self._trusted else self._read_before(folder, resolved, catalogs)
        return configuration_changed(before, present, self._trusted.name, unreadable)

    def _read_before(
        self, folder: str, resolved: Configuration | None, catalogs: Sequence[Catalog]
    ) -> Configuration | None:
        """Return what the change found; what cannot be read there is taken for what is trusted."""
        assert self._trusted is not None
        try:
            named = self._configs.find_trusted(folder, self._trusted.base)
            return resolve_config(named.draft, catalogs[0], self.ladder, catalogs[1:]) if named else None
        except AisafeError:
            return resolved

    def _catalog_changes(self, inside: str | None, catalog: Catalog) -> tuple[PlanFinding, ...]:
        if self._trusted is None or inside is None:
            return ()
        path = os.path.join(self._trusted.top, inside)
        if self._trusted.base.holds(inside, path):
            return ()
        present = _read_or_none(path)
        now = None if present is None else hash_content(present)
        return (catalog_changed(inside, catalog.sha256, now, self._trusted.name),)


def _split_names(text: str) -> list[str]:
    """Return the catalogs that an option names: all that are built in, one file, or a list with commas.

    Raises RequestError where a file is called like a list of others, since a change could bring such a file.
    """
    if text == "all":
        return list(BUILT_IN)
    names = text.split(",")
    if len(names) == 1 or not path_exists(text):
        return names
    if any(find_built_in(name) or path_exists(name) for name in names):
        raise RequestError(f"--catalog: {show_path(text)} is both a file and a list of catalogs; rename the file")
    return [text]


def _refuse_common(catalogs: Sequence[Catalog]) -> None:
    """Raise RequestError for two catalogs that are one, or that name two things alike."""
    owners: dict[str, str] = {}
    for catalog in catalogs:
        names = {name for entry in catalog.entries for name in (entry.id, entry.slug)}
        if other := next((owners[name] for name in sorted(names) if name in owners), None):
            raise RequestError(f"the catalogs {other} and {catalog.short_name} have an id or a slug in common")
        owners |= dict.fromkeys(names, catalog.short_name)


def _place_file(folder: str, word: str) -> str:
    name, separator, file = word.partition("=")
    if not separator:
        return word
    path = os.path.join(folder, file)
    if not is_below(os.path.realpath(path), os.path.realpath(folder)):
        raise RequestError(f"{show_path(file)}: a link leads this output out of the configuration's folder")
    return f"{name}={shorten_path(path)}"


def _read_or_none(path: str) -> bytes | None:
    """Return what a file holds, to be compared, or None where there is nothing to read."""
    try:
        return read_bytes(path, MAX_CATALOG_BYTES)
    except FileError:
        return None


def _check_sha256(text: str | None) -> str | None:
    if text is None:
        return None
    if len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise RequestError(f"--catalog-sha256: `{visible(text)}` is not a SHA-256 of 64 hexadecimal digits")
    return text.lower()
