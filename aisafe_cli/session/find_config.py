"""The configuration of a folder: the nearest one upward, in the working tree or in a revision."""

from __future__ import annotations

import os
from collections.abc import Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.errors import FileError
from aisafe_cli.io.find import list_folders_upward
from aisafe_cli.io.git import StoredTree, is_sparse, list_left_out
from aisafe_cli.io.paths import find_top, list_names, path_exists, show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.loading.config import TOML_NAME, YAML_NAME, Draft, parse_config, refuse_both
from aisafe_cli.loading.near_config import CONFIG_FOLDERS, holds_config, is_near_name, may_hold_config
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.provenance import WORKING_TREE, Provenance
from aisafe_cli.session.settings import Options
from aisafe_cli.session.trusted_ref import TrustedRevision
from aisafe_cli.text.annotations import NoReturn


@record
class FoundConfig:
    """A draft with the folder that it speaks for and the top of what belongs to it; both as its tree names folders."""

    draft: Draft
    folder: str
    top: str


class LeftOutError(FileError):
    """A sparse checkout leaves a configuration out."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{show_path(shorten_path(path))}: a sparse checkout leaves this configuration out; add it with git"
            " sparse-checkout add, or use git sparse-checkout disable"
        )
        self.path = path


class ConfigFinder:
    """Looks for configurations, and reads each once. `trusted` is the revision that decides, if there is one."""

    def __init__(self, options: Options, provenance: Provenance, trusted: TrustedRevision | None) -> None:
        self._config = options.config
        self._is_searched = options.search_config
        self._provenance = provenance
        self._trusted = trusted

    def find(self, folder: str) -> FoundConfig | None:
        """Return the configuration that decides: that of the trusted revision, else that of the working tree."""
        return self.find_trusted(folder, self._trusted) if self._trusted else self.find_present(folder)

    def find_present(self, folder: str) -> FoundConfig | None:
        """Return the configuration of the working tree."""
        if not self._is_searched:
            return None
        if self._config is not None:
            return self._provenance.make_once(self._load_present, self._config)
        above = list_folders_upward(folder)
        if self._trusted is not None:  # the repository that is compared, whatever else lies in between
            above = self._trusted.list_upward(folder) or above
        for place, top in _list_with_tops(above):
            if draft := self._provenance.make_once(self._draft_in, place, None, top):
                return FoundConfig(draft=draft, folder=place, top=_top(place, above))
        for place, top in _list_with_tops(_list_around(above[-1])):
            if self._provenance.make_once(self._draft_in, place, None, top):
                inner = show_path(shorten_path(above[-1]))
                raise FileError(
                    f"{show_path(shorten_path(place))}: this folder's configuration does not apply in {inner}, which is"
                    " a separate repository; add a configuration there, or name one with --config"
                )
        return None

    def find_trusted(self, folder: str, trusted: TrustedRevision) -> FoundConfig | None:
        """Return the configuration of the trusted revision, or of what the change is compared with."""
        if not self._is_searched:
            return None
        if self._config is not None:
            inside = trusted.find_inside(self._config)
            if inside is None:
                return self._provenance.make_once(self._load_present, self._config)
            return self._provenance.make_once(self._load_trusted, inside, trusted)
        start = trusted.find_inside(folder)
        if start is None:
            raise FileError(f"{show_path(folder)}: is outside of the repository that --trusted-ref is about")
        place = start
        while True:
            if draft := self._provenance.make_once(self._draft_in, place, trusted):
                return FoundConfig(draft=draft, folder=place, top="")
            if not place:
                return None
            place = os.path.dirname(place)

    def _load_present(self, path: str) -> FoundConfig:
        """Return the named configuration of the working tree, which decides unless the trusted revision has one."""
        if self._trusted is None or self._trusted.find_inside(path) is None:
            content = self._provenance.read_working(path, "configuration")
        else:
            content = read_bytes(path, MAX_BYTES)
        folder = os.path.dirname(os.path.abspath(path))
        top = _top(folder, list_folders_upward(folder))
        return FoundConfig(draft=_parse_named(path, show_path(path), content), folder=folder, top=top)

    def _load_trusted(self, inside: str, trusted: TrustedRevision) -> FoundConfig:
        decides = trusted is self._trusted
        content = trusted.read_named(inside, "configuration") if decides else trusted.read(inside)
        shown = trusted.show(inside)
        return FoundConfig(draft=_parse_named(shown, shown, content), folder=os.path.dirname(inside), top="")

    def _draft_in(self, place: str, trusted: TrustedRevision | None, top: str | None = None) -> Draft | None:
        """Return the configuration in a folder, which lies in the working tree with that top if no revision is given.

        Raises InputError for two, and FileError for a near name or no file.
        """
        _refuse_near(place, trusted)
        paths = [os.path.join(place, name) for name in (YAML_NAME, TOML_NAME)]
        drafts = [draft for path in paths if (draft := self._read_draft(path, trusted, top))]
        if len(drafts) > 1:
            refuse_both(*drafts)
        return drafts[0] if drafts else None

    def _read_draft(self, path: str, trusted: TrustedRevision | None, top: str | None) -> Draft | None:
        if trusted is None:
            if not path_exists(path):  # before the path is shortened, which takes long for a long one
                self._refuse_left_out(path, top)
                return None
            path = shown = shorten_path(path)
            content, origin = read_bytes(path, MAX_BYTES), WORKING_TREE
        else:
            stored, shown, origin = trusted.read(path), trusted.show(path), trusted.origin
            if stored is None:
                if os.path.basename(path) in trusted.list_names(os.path.dirname(path)):
                    raise FileError(f"{shown}: is a link that leads nowhere")
                return None
            content = stored
        draft = parse_config(shown, content)
        if draft is not None and trusted is self._trusted:  # what is only compared decides about nothing
            self._provenance.list_content(path, "configuration", origin, content)
        return draft

    def _refuse_left_out(self, path: str, top: str | None) -> None:
        """Raise LeftOutError for a configuration that is committed and that a sparse checkout leaves out."""
        if top is None or not is_sparse(top):
            return
        inside = os.path.relpath(path, top).replace(os.sep, "/")
        if inside in self._provenance.make_once(list_left_out, top):
            content = StoredTree("HEAD", top).read(inside, MAX_BYTES)
            if content is not None and parse_config(path, content) is not None:
                raise LeftOutError(path)


def _refuse_near(place: str, trusted: TrustedRevision | None) -> None:
    """Raise FileError for a file in a folder that is meant as a configuration and is not read as one."""
    names = _list_names(place, trusted)
    is_alone = YAML_NAME not in names
    for name in names:
        if is_near_name(name) or may_hold_config(name, is_alone=is_alone):
            path = os.path.join(place, name)
            if is_near_name(name) or holds_config(name, _read_leniently(path, trusted)):
                _refuse_name(path, place, trusted)
    for folder in CONFIG_FOLDERS:
        for name in _list_names(os.path.join(place, folder), trusted):
            if may_hold_config(name, folder):
                path = os.path.join(place, folder, name)
                if holds_config(name, _read_leniently(path, trusted)):
                    _refuse_name(path, place, trusted)


def _refuse_name(path: str, place: str, trusted: TrustedRevision | None) -> NoReturn:
    right = shorten_path(os.path.join(place, YAML_NAME))
    shown = trusted.show(path) if trusted else show_path(shorten_path(path))
    raise FileError(f"{shown}: a configuration with this name is not read; rename it to {show_path(right)}")


def _list_names(place: str, trusted: TrustedRevision | None) -> list[str]:
    return trusted.list_names(place) if trusted else list_names(place)


def _read_leniently(path: str, trusted: TrustedRevision | None) -> bytes:
    """Return what a file holds; nothing where it cannot be read, since it is none that is used."""
    try:
        return (trusted.read(path) if trusted else read_bytes(path, MAX_BYTES)) or b""
    except FileError:
        return b""


def _parse_named(path: str, shown: str, content: bytes | None) -> Draft:
    draft = None if content is None else parse_config(path, content)
    if draft is None:
        raise FileError(f"{shown}: has no table [tool.aisafe]")
    return draft


def _top(folder: str, above: tuple[str, ...]) -> str:
    """Return the top of the repository around a folder; outside of any, the folder itself."""
    return above[-1] if path_exists(os.path.join(above[-1], ".git")) else folder


def _list_with_tops(folders: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return folders, from the innermost outward, each with the top of the repository around it."""
    pairs: list[tuple[str, str | None]] = []
    top = find_top(folders[-1]) if folders else None
    for place in reversed(folders):
        top = place if path_exists(os.path.join(place, ".git")) else top
        pairs.append((place, top))
    return pairs[::-1]


def _list_around(top: str) -> tuple[str, ...]:
    """Return the folders of the repository around another repository, such as that of a submodule."""
    outside = os.path.dirname(top)
    return list_folders_upward(outside) if find_top(outside) else ()


def shorten_path(path: str) -> str:
    """Return a path relative to the current folder, as people would write it."""
    return os.path.relpath(path)
