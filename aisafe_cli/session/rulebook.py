"""Which configuration and which catalog hold for each plan, from the working tree or from a trusted revision.

What decides a verdict is read here and listed with its hash. With a trusted revision nothing but the plans comes from
the working tree; what differs there becomes a finding.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import EvaluationOverrides, Policy
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import Configuration, Setting
from aisafe_cli.domain.verdict import ReadFile
from aisafe_cli.errors import AisafeError, FileError, RequestError, describe
from aisafe_cli.io.find import is_plan_name, list_folders_upward
from aisafe_cli.io.git import find_root, list_at, read_at, resolve_revision
from aisafe_cli.io.paths import STANDARD_INPUT, path_exists, show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.loading.catalog import DEFAULT_CATALOG, LADDER, load_catalog, load_ladder
from aisafe_cli.loading.config import TOML_NAME, YAML_NAME, Draft, parse_config, refuse_both, resolve_config
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.evidence_files import FileLookup, found_files, inspect_with
from aisafe_cli.session.settings import Options, effective, policy_of, rules_of
from aisafe_cli.session.trusted_ref import (
    Comparison,
    baseline_changed,
    catalog_changed,
    changes_of_plan,
    configuration_changed,
    plans_removed,
    with_trusted_terms,
)
from aisafe_cli.text.escape import visible

if TYPE_CHECKING:
    from aisafe_cli.loading.baseline import BaselineFile

_WORKING_TREE, _STANDARD_INPUT, _PACKAGE = "working_tree", "standard_input", "package"
_Kept = TypeVar("_Kept")
_ORDER = ("plan", "trusted_plan", "catalog", "access_ladder", "configuration", "baseline", "evidence")


@record
class Ground:
    """What holds for the plans of one folder. `found` says what a change does to it.

    `folder` is that of the configuration in the working tree, for files that it names as outputs.
    """

    settings: tuple[Setting, ...]
    policy: Policy
    rules: EvaluationOverrides
    catalog: Catalog
    configuration: Configuration | None
    folder: str
    found: tuple[PlanFinding, ...] = ()


@record
class _Named:
    """A draft with the folder that it speaks for and the top of what belongs to it; both as its tree names folders."""

    draft: Draft
    folder: str
    top: str


class Rulebook:
    """Reads what decides about plans, and remembers it.

    `config` names the configuration, else it is searched upward from each plan unless `search` is false. `trusted_ref`
    names a git revision of the repository around the current folder. Raises FileError where it is not there, and
    RequestError for options that do not go together.
    """

    def __init__(
        self,
        options: Options,
        *,
        config: str | None = None,
        search: bool = True,
        trusted_ref: str | None = None,
        catalog_sha256: str | None = None,
    ) -> None:
        if config is not None and not search:
            raise RequestError("--config and --no-config do not go together")
        self._options = options
        self._config = config
        self._search = search
        self._catalog_sha256 = _hash(catalog_sha256)
        self._read: dict[tuple[str, str, str], ReadFile] = {}
        self._inputs: dict[str, None] = {}
        self._kept: dict[object, object] = {}
        self._on_every_plan: tuple[PlanFinding, ...] = ()
        self._trusted = _Revision(trusted_ref) if trusted_ref is not None else None
        self.ladder: Ladder = load_ladder(self._shipped(LADDER, "access_ladder"))

    @property
    def files(self) -> tuple[ReadFile, ...]:
        """Every file that was read, by purpose and path."""
        return tuple(sorted(self._read.values(), key=lambda one: (_ORDER.index(one.purpose), one.path, one.origin)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The paths in the working tree that were read, so that no output replaces one of them."""
        return tuple(self._inputs)

    def ground(self, folder: str) -> Ground:
        """Return what holds for plans of a folder. Raises FileError or InputError, the same one each time."""
        return self._once(("ground", os.path.abspath(folder)), lambda: self._ground(folder))

    def formats(self) -> list[str]:
        """Return the formats that the configuration of the current folder asks for, with files that may be written.

        Raises RequestError for a file outside of the configuration's folder, which a link may lead to.
        """
        ground = self.ground(os.curdir)
        words = next(setting.value for setting in ground.settings if setting.name == "formats")
        return [_with_file_in(ground.folder, word) for word in words]

    def plan(self, path: str) -> tuple[Plan, Ground, tuple[PlanFinding, ...]]:
        """Return a plan with what counts of it, what holds for it, and what to say of both.

        Raises FileError or InputError.
        """
        ground = self.ground(_folder_of(path))
        content = self._working(path, "plan")
        look = FileLookup(path)
        plan = inspect_with(look, parse_plan(content, path, ground.catalog))
        for named, (sha256, size) in look.read.items():
            self._enter(named, "evidence", _WORKING_TREE, sha256, size)
        self._inputs |= dict.fromkeys(found_files(plan))
        found = (*ground.found, *self._on_every_plan)
        if self._trusted is not None:
            comparison = self._comparison(plan, path, ground.catalog, self._trusted)
            removed = self._once("plans removed", self._trusted.plans_removed)
            found = (*found, *plans_removed(removed, self._trusted.name), *changes_of_plan(comparison, self.ladder))
            plan = with_trusted_terms(comparison, self.ladder)
        return plan, ground, found

    def baseline(self, path: str) -> BaselineFile | None:
        """Return the baseline of a file; None where the trusted revision has none, so that nothing is carried over.

        What a change does to it is told with every plan. Raises FileError or InputError.
        """
        from aisafe_cli.loading.baseline import load_baseline

        inside = self._trusted.inside(path) if self._trusted else None
        if self._trusted is None or inside is None:
            return load_baseline(path, self.ladder, self._working(path, "baseline"))
        content, now = self._at_trusted(inside, "baseline"), _read_or_none(path)
        if content is None and now is None:
            raise FileError(f"{show_path(path)}: there is no such file, nor is there in {self._trusted.name}")
        if content != now:
            self._on_every_plan = baseline_changed(inside, content, now, self._trusted.name)
        return None if content is None else load_baseline(path, self.ladder, content, self._trusted.shown(inside))

    def read_trusted(self, path: str, purpose: str) -> bytes:
        """Return the content of a file that decides about plans and that the command line names.

        With a trusted revision, a file of the repository is read from there. Raises FileError where it is not there.
        """
        inside = self._trusted.inside(path) if self._trusted else None
        if self._trusted is None or inside is None:
            return self._working(path, purpose)
        content = self._at_trusted(inside, purpose)
        if content is None:
            raise FileError(f"{self._trusted.shown(inside)}: there is no such file in this revision")
        return content

    # --- settings and catalog ---------------------------------------------------------------------------------------

    def _ground(self, folder: str) -> Ground:
        named = self._trusted_draft(folder) if self._trusted else self._present_draft(folder)
        catalog, path = self._catalog(named)
        resolved = resolve_config(named.draft, catalog, self.ladder) if named else None
        settings = effective(resolved, self._options)
        return Ground(
            settings=settings,
            policy=policy_of(settings, self._options, resolved),
            rules=rules_of(settings),
            catalog=catalog,
            configuration=resolved,
            folder=os.path.join(self._trusted.top if self._trusted else "", named.folder) if named else os.curdir,
            found=(*self._configuration_changes(folder, resolved, catalog), *self._catalog_changes(path, catalog)),
        )

    def _catalog(self, named: _Named | None) -> tuple[Catalog, str | None]:
        """Return the catalog, with its path in the repository where it came from the trusted revision."""
        if self._options.catalog is not None:
            path = self._options.catalog
            content = self.read_trusted(path, "catalog")
            inside = self._trusted.inside(path) if self._trusted else None
            shown = self._trusted.shown(inside) if self._trusted and inside is not None else path
            return self._load_catalog(shown, content), inside
        written = named.draft.catalog if named else None
        if named is None or written is None:
            return self._load_catalog(None, self._shipped(DEFAULT_CATALOG, "catalog")), None
        if self._trusted is not None and not os.path.isabs(named.folder):
            inside = os.path.normpath(os.path.join(named.folder, written))
            content_there = self._at_trusted(inside, "catalog")
            if content_there is None:
                named.draft.document.stop(
                    named.draft.document.value_position("catalog"),
                    "there is no such file in this revision of the repository",
                    "a path relative to the configuration",
                )
            return self._load_catalog(self._trusted.shown(inside), content_there), inside
        path = self._catalog_beside(named, written)
        return self._load_catalog(path, self._working(path, "catalog")), None

    def _catalog_beside(self, named: _Named, written: str) -> str:
        """Return the path of a catalog that a configuration names.

        It stays inside the repository: faults in a catalog are quoted, and a configuration of somebody else's must not
        make them quote anything.
        """
        path = os.path.join(named.folder, written)
        if os.path.isabs(written) or not _is_below(os.path.realpath(path), os.path.realpath(named.top)):
            document = named.draft.document
            hint = "give a relative path inside, or name the catalog on the command line"
            document.stop(document.value_position("catalog"), "this is outside of the repository", hint)
        return _as_shown(path)

    def _load_catalog(self, path: str | None, content: bytes) -> Catalog:
        found = hashlib.sha256(content).hexdigest()
        if self._catalog_sha256 not in (None, found):
            shown = show_path(path) if path else f"safeguards/{DEFAULT_CATALOG}"
            raise FileError(f"{shown}: SHA-256 is {found}, and --catalog-sha256 asks for {self._catalog_sha256}")
        return self._once(("catalog", path, found), lambda: load_catalog(path, self.ladder, content))

    # --- configurations ---------------------------------------------------------------------------------------------

    def _present_draft(self, folder: str) -> _Named | None:
        """Return the configuration of the working tree."""
        if not self._search:
            return None
        if self._config is not None:
            path = self._config
            content = read_bytes(path, MAX_BYTES) if self._trusted else self._working(path, "configuration")
            return self._once(("named", path), lambda: _named_draft(path, content))
        above = list_folders_upward(folder)
        if self._trusted is not None:  # the repository that is compared, whatever else lies in between
            above = self._trusted.upward(folder) or above
        for place in above:
            if draft := self._once(("draft", place), partial(self._draft_in, place, trusted=None)):
                return _Named(draft=draft, folder=place, top=_top(place, above))
        return None

    def _trusted_draft(self, folder: str) -> _Named | None:
        """Return the configuration of the trusted revision."""
        trusted = self._trusted
        assert trusted is not None
        if not self._search:
            return None
        if self._config is not None:
            path = self._config
            inside = trusted.inside(path)
            if inside is None:
                return self._once(("named", path), lambda: _named_draft(path, self._working(path, "configuration")))
            draft = parse_config(trusted.shown(inside), self.read_trusted(path, "configuration"))
            if draft is None:
                raise FileError(f"{trusted.shown(inside)}: has no table [tool.aisafe]")
            return _Named(draft=draft, folder=os.path.dirname(inside), top="")
        start = trusted.inside(folder)
        if start is None:
            raise FileError(f"{show_path(folder)}: is outside of the repository that --trusted-ref is about")
        place = start
        while True:
            if draft := self._once(("at", place), partial(self._draft_in, place, trusted=trusted)):
                return _Named(draft=draft, folder=place, top="")
            if not place:
                return None
            place = os.path.dirname(place)

    def _draft_in(self, place: str, *, trusted: _Revision | None) -> Draft | None:
        """Return the configuration in a folder. Raises InputError for two of them."""
        drafts = []
        for name in (YAML_NAME, TOML_NAME):
            path = os.path.join(place, name) if trusted else _as_shown(os.path.join(place, name))
            content = trusted.read(path) if trusted else _read_if_there(path)
            if content is None:
                continue
            draft = parse_config(trusted.shown(path) if trusted else path, content)
            if draft is not None:
                drafts.append(draft)
                if trusted is self._trusted:  # what is only compared decides about nothing
                    self._note(path, "configuration", trusted.origin if trusted else _WORKING_TREE, content)
        if len(drafts) > 1:
            refuse_both(*drafts)
        return drafts[0] if drafts else None

    # --- what a change brings ---------------------------------------------------------------------------------------

    def _configuration_changes(
        self, folder: str, resolved: Configuration | None, catalog: Catalog
    ) -> tuple[PlanFinding, ...]:
        if self._trusted is None or (self._config is not None and self._trusted.inside(self._config) is None):
            return ()
        present, unreadable = None, ""
        try:
            if (self._config is None or path_exists(self._config)) and (named := self._present_draft(folder)):
                present = resolve_config(named.draft, catalog, self.ladder)
        except AisafeError as error:
            unreadable = describe(error).splitlines()[0]
        return configuration_changed(resolved, present, self._trusted.name, unreadable)

    def _catalog_changes(self, inside: str | None, catalog: Catalog) -> tuple[PlanFinding, ...]:
        if self._trusted is None or inside is None:
            return ()
        path = os.path.join(self._trusted.top, inside)
        present = _read_or_none(path)
        now = None if present is None else hashlib.sha256(present).hexdigest()
        return () if now == catalog.sha256 else (catalog_changed(inside, catalog.sha256, now, self._trusted.name),)

    def _comparison(self, plan: Plan, path: str, catalog: Catalog, trusted: _Revision) -> Comparison:
        inside = None if path == STANDARD_INPUT else trusted.inside(path)
        content = self._at_trusted(inside, "trusted_plan") if inside is not None else None
        if inside is None or content is None:
            return Comparison(plan=plan, trusted=None, revision=trusted.name)
        try:
            before = parse_plan(content, trusted.shown(inside), catalog)
        except AisafeError as error:
            why = describe(error).splitlines()[0]
            return Comparison(plan=plan, trusted=None, revision=trusted.name, unreadable=why)
        return Comparison(plan=plan, trusted=before, revision=trusted.name)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _working(self, path: str, purpose: str) -> bytes:
        content = read_bytes(path, MAX_BYTES)
        self._note(path, purpose, _STANDARD_INPUT if path == STANDARD_INPUT else _WORKING_TREE, content)
        return content

    def _shipped(self, name: str, purpose: str) -> bytes:
        content = read_bytes(find_data_file(name), MAX_BYTES)
        self._note(f"safeguards/{name}", purpose, _PACKAGE, content)
        return content

    def _at_trusted(self, inside: str, purpose: str) -> bytes | None:
        assert self._trusted is not None
        content = self._trusted.read(inside)
        if content is not None:
            self._note(inside, purpose, self._trusted.origin, content)
        return content

    def _note(self, path: str, purpose: str, origin: str, content: bytes) -> None:
        self._enter(path, purpose, origin, hashlib.sha256(content).hexdigest(), len(content))

    def _enter(self, path: str, purpose: str, origin: str, sha256: str, size: int) -> None:
        if origin in (_WORKING_TREE, _STANDARD_INPUT):
            self._inputs[path] = None
        shown = show_path(path)
        self._read[purpose, shown, origin] = ReadFile(
            path=shown, purpose=purpose, origin=origin, sha256=sha256, size=size
        )

    def _once(self, key: object, make: Callable[[], _Kept]) -> _Kept:
        """Return what was made before for the key, or raise the error that this ended with; else make it."""
        if key not in self._kept:
            try:
                self._kept[key] = make()
            except AisafeError as error:
                self._kept[key] = error
        kept = self._kept[key]
        if isinstance(kept, AisafeError):
            raise kept
        return cast(_Kept, kept)


class _Revision:
    """The trusted revision: files of the repository around the current folder, as they are stored there."""

    def __init__(self, name: str) -> None:
        self.name = visible(name)
        self.top = os.path.realpath(find_root("."))
        self._commit = resolve_revision(name, ".")
        self.origin = f"revision {self._commit}"

    def inside(self, path: str) -> str | None:
        """Return a path as the repository names it, or None for one outside.

        The path as written counts, so that a link in the working tree leads nowhere else.
        """
        written = os.path.normpath(os.path.join(os.path.realpath("."), path))
        for ancestor in reversed(_with_folders_above(written)):
            if os.path.realpath(ancestor) == self.top:
                return _relative(written, ancestor)
        real = os.path.realpath(path)
        return _relative(real, self.top) if _is_below(real, self.top) else None

    def upward(self, folder: str) -> tuple[str, ...]:
        """Return a folder of the working tree and those above it, up to the top of the repository."""
        inside = self.inside(folder)
        return tuple(os.path.join(self.top, place) for place in _with_folders_above(inside or "") if inside is not None)

    def read(self, inside: str) -> bytes | None:
        """Return a file's content, or None where there is no such file. Raises FileError."""
        return read_at(self._commit, inside, self.top, MAX_BYTES)

    def plans_removed(self) -> tuple[str, ...]:
        """Return the plans that the revision stores and that are not the same kind of thing in the working tree now.

        A link in place of a file, or a linked folder on the way to it, leads to another plan.
        """
        stored = list_at(self._commit, self.top)
        plans = (path for path, entry in stored.items() if is_plan_name(path) and not self._stands(path, entry.kind))
        return tuple(sorted(plans))

    def _stands(self, inside: str, kind: str) -> bool:
        path = os.path.join(self.top, *inside.split("/"))
        if kind == "link":
            return os.path.islink(path)
        return kind == "other" or (os.path.isfile(path) and os.path.realpath(path) == path)

    def shown(self, inside: str) -> str:
        """Return the file's name with that of the revision, as git writes it."""
        return f"{self.name}:{visible(inside)}"


def _named_draft(path: str, content: bytes) -> _Named:
    draft = parse_config(path, content)
    if draft is None:
        raise FileError(f"{show_path(path)}: has no table [tool.aisafe]")
    folder = os.path.dirname(os.path.abspath(path))
    return _Named(draft=draft, folder=folder, top=_top(folder, list_folders_upward(folder)))


def _top(folder: str, above: tuple[str, ...]) -> str:
    """Return the top of the repository around a folder; outside of any, the folder itself."""
    return above[-1] if path_exists(os.path.join(above[-1], ".git")) else folder


def _with_folders_above(path: str) -> list[str]:
    places = [path]
    while os.path.dirname(places[-1]) != places[-1]:
        places.append(os.path.dirname(places[-1]))
    return places


def _relative(path: str, top: str) -> str:
    relative = os.path.relpath(path, top)
    return "" if relative == os.curdir else relative


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def _folder_of(path: str) -> str:
    return os.curdir if path == STANDARD_INPUT else os.path.dirname(path) or os.curdir


def _with_file_in(folder: str, word: str) -> str:
    name, separator, file = word.partition("=")
    if not separator:
        return word
    path = os.path.join(folder, file)
    if not _is_below(os.path.realpath(path), os.path.realpath(folder)):
        raise RequestError(f"{show_path(file)}: a link leads this output out of the folder of the configuration")
    return f"{name}={_as_shown(path)}"


def _read_if_there(path: str) -> bytes | None:
    return read_bytes(path, MAX_BYTES) if path_exists(path) else None


def _read_or_none(path: str) -> bytes | None:
    """Return what a file holds, to be compared, or None where there is nothing to read."""
    try:
        return read_bytes(path, MAX_BYTES)
    except FileError:
        return None


def _as_shown(path: str) -> str:
    """Return a path relative to the current folder, as people would write it."""
    return os.path.relpath(path)


def _hash(text: str | None) -> str | None:
    if text is None:
        return None
    if len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise RequestError(f"--catalog-sha256: `{visible(text)}` is not a SHA-256 of 64 hexadecimal digits")
    return text.lower()
