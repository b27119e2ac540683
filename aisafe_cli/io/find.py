"""Find plan files and the folders above them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from fnmatch import fnmatchcase

from aisafe_cli.domain._record import record
from aisafe_cli.errors import FileError, NothingToEvaluate
from aisafe_cli.io.git import tracks_files
from aisafe_cli.io.paths import STANDARD_INPUT, find_top, list_folders_above, path_exists, show_path
from aisafe_cli.io.read import describe_cause, read_start
from aisafe_cli.text.unicode import fold_look

PLAN_SUFFIX = ".plan.yaml"
_PLAN_SUFFIXES = (PLAN_SUFFIX, ".plan.yml")
_PLAN_WORD = ".plan."
_NEAR_NAME = r"(?:.*[-_ .])?plan\.ya?ml(?:[ ~.].*|)"
_PATTERN_SIGNS = "*?["
_ANY_FOLDERS = "**"
_ANY_PLAN = f"*{PLAN_SUFFIX}"
_MAY_HOLD_A_PLAN = ("yaml", "yml", "json", "plan")
_KEYS_OF_A_PLAN = [rb"(?m)^([ \t{]*)[\"']?%s[\"']?[ \t]*:" % key for key in (b"schema_version", b"channels")]
_MAX_LOOK = 1 << 16
_MODULES = ".gitmodules"
_MODULE_PATH = r"(?m)^[ \t]*path[ \t]*=[ \t]*(.+?)[ \t]*$"
_ENVIRONMENT_MARKS = {"pyvenv.cfg", "conda-meta"}
_OWN_PACKAGE = ("aisafe_cli", {"__init__.py", "examples"})  # its examples are plans, wherever it is installed
_INTERPRETERS = ("bin/python", "Scripts/python.exe", "python.exe")


@record
class FoundPlans:
    """The plans that a path names, and in words what beside them was not searched or only looks like a plan."""

    paths: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


def is_plan_name(name: str) -> bool:
    """Return whether a file of this name is a plan, in whatever letter case it is written."""
    return name.lower().endswith(_PLAN_SUFFIXES)


def is_pattern(path: str) -> bool:
    """Return whether a path is a pattern for names, whatever file may have that very name."""
    return any(sign in os.path.splitdrive(path)[1] for sign in _PATTERN_SIGNS)


def find_plans(path: str) -> FoundPlans:
    """Return the plans that a file, a folder, a pattern or `-` names, in a fixed order.

    In a folder these are the files whose names end with `.plan.yaml` or `.plan.yml`. In a pattern `*`, `?` and `[…]`
    stand for names, `**` for any folders, and the very name of a file for that file too. Names that begin with a dot
    count. Not searched are linked folders, `.git`, and environments of programs of which git tracks nothing.

    Raises NothingToEvaluate for a folder or a pattern without any plan, and FileError for a folder that cannot be
    listed: a plan that is not looked at must not look checked.
    """
    if is_pattern(path):
        return _find_wanted(*_split_pattern(path), path)
    if path == STANDARD_INPUT or not os.path.isdir(path):
        return FoundPlans(paths=(path,))
    # No `./` before what is found here. With `..` behind a link, a path leads elsewhere than its words say.
    start = path if os.path.isabs(path) or not {"", os.curdir}.issuperset(path.split(os.sep)) else ""
    search = _Search(start)
    plans = tuple(search.find(start, (_ANY_FOLDERS, _ANY_PLAN)))
    if not plans:
        raise NothingToEvaluate(f"{show_path(path)}: no file named *{PLAN_SUFFIX} in this folder{search.describe()}")
    return FoundPlans(paths=plans, passed_over=search.list_passed_over(plans))


def find_matching(folder: str, pattern: str) -> tuple[str, ...]:
    """Return the plans below a folder that a pattern matches; in its name no sign has a meaning. Raises as above."""
    return _find_wanted(folder, _split_parts(pattern), pattern).paths


def matches_pattern(path: str, pattern: str) -> bool:
    """Return whether a pattern matches a plan, or a folder that it is in, by the path alone, as a search would."""
    return _matches_parts(path.split("/"), _split_parts(pattern))


def _matches_parts(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts or is_plan_name(parts[-1])
    if wanted[0] == _ANY_FOLDERS:
        return any(_matches_parts(parts[skipped:], wanted[1:]) for skipped in range(len(parts)))
    return bool(parts) and _is_wanted(parts[0], wanted[0]) and _matches_parts(parts[1:], wanted[1:])


def leads_into(folder: str, pattern: str) -> bool:
    """Return whether a pattern may match something in a folder, by the path alone."""
    for part, wanted in zip(folder.split("/"), _split_parts(pattern), strict=False):
        if wanted == _ANY_FOLDERS:
            return True
        if not _is_wanted(part, wanted):
            return False
    return True


def _find_wanted(start: str, wanted: Sequence[str], pattern: str) -> FoundPlans:
    search = _Search(start)
    plans: set[str] = set()
    for match in search.find(start, wanted) if os.path.isdir(start or os.curdir) else ():
        if os.path.isdir(match) and not is_plan_name(match):
            plans.update(search.find(match, (_ANY_FOLDERS, _ANY_PLAN)))
        else:
            plans.add(match)
    if not plans:
        raise NothingToEvaluate(f"{show_path(pattern)}: no plan matches this pattern{search.describe()}")
    return FoundPlans(paths=tuple(sorted(plans)), passed_over=search.list_passed_over(plans))


def find_start(path: str) -> str:
    """Return the folder, or the file, below which a search for what a path names goes."""
    return _split_pattern(path)[0] or os.curdir if is_pattern(path) else path


def _split_pattern(pattern: str) -> tuple[str, Sequence[str]]:
    """Return the folder before the first sign of a pattern, and the parts that names below it have to match."""
    parts = pattern.replace(os.altsep or os.sep, os.sep).split(os.sep)
    fixed = next(place for place, part in enumerate(parts) if is_pattern(part))
    return os.sep.join(parts[:fixed]) + os.sep if fixed else "", _split_parts("/".join(parts[fixed:]))


def _split_parts(pattern: str) -> Sequence[str]:
    wanted = [part for part in pattern.split("/") if part]
    # After the last `**` all files of the folders would be meant, and most are no plans.
    return [*wanted, _ANY_PLAN] if wanted[-1] == _ANY_FOLDERS else wanted


class _Search:
    """Looks for names below a folder, lists each folder once, and remembers what it passed over."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._listed: dict[str, Sequence[os.DirEntry[str]]] = {}
        self._environments: list[str] = []
        self._links: dict[str, None] = {}
        self._near_misses: list[str] = []
        self._missing_modules: dict[str, None] = {}

    def find(self, folder: str, wanted: Sequence[str]) -> Iterator[str]:
        """Yield the paths below a folder of which each part matches one that is wanted, names in their order."""
        first, rest = wanted[0], wanted[1:]
        if first == _ANY_FOLDERS:
            yield from self.find(folder, rest)
        for entry in self._list(folder):
            path = os.path.join(folder, entry.name)
            if first == _ANY_FOLDERS:
                if self._is_searched(entry, path):
                    yield from self.find(path, wanted)
            elif _is_wanted(entry.name, first):
                if not rest and (is_plan_name(entry.name) or not _is_folder(entry) or self._is_searched(entry, path)):
                    yield path
                elif rest and self._is_searched(entry, path):
                    yield from self.find(path, rest)

    def _list(self, folder: str) -> Sequence[os.DirEntry[str]]:
        if folder not in self._listed:
            try:
                with os.scandir(folder or os.curdir) as entries:
                    listed = sorted((entry for entry in entries if entry.name != ".git"), key=lambda entry: entry.name)
            except OSError as error:
                shown = show_path(folder or os.curdir)
                raise FileError(f"{shown}: cannot be listed: {describe_cause(error)}") from error
            names = {entry.name for entry in listed}
            if folder != self._start and _is_environment(folder, names) and _is_foreign(folder):
                self._environments.append(folder)
                listed = []
            near = (name for name in sorted(names) if _is_near_miss(name) or _holds_a_plan(folder, name))
            self._near_misses += [os.path.join(folder, name) for name in near]
            if _MODULES in names:
                self._missing_modules |= dict.fromkeys(_list_missing_modules(folder))
            self._listed[folder] = listed
        return self._listed[folder]

    def _is_searched(self, entry: os.DirEntry[str], path: str) -> bool:
        if not entry.is_symlink():
            return entry.is_dir()
        if _is_folder(entry):
            self._links.setdefault(path)
        return False

    def list_passed_over(self, plans: Iterable[str] = ()) -> tuple[str, ...]:
        """Return what was not searched, and what was found that only looks like a plan."""
        elsewhere, twice = self._sort_links(plans) if self._links else ((), ())
        reasons = {
            "is the environment of a program, so it was not searched": self._environments,
            "is a link to a folder elsewhere, so it was not searched": elsewhere,
            "is a link to a folder whose plans were found under its own name, so it was not searched": twice,
            "is a submodule that is not checked out, so it was not searched": self._missing_modules,
            f"was not checked, because the name of a plan ends with {PLAN_SUFFIX}": self._near_misses,
        }
        return tuple(f"{show_path(path)}: {reason}" for reason, paths in reasons.items() for path in paths)

    def _sort_links(self, plans: Iterable[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Return the links to folders that were not searched, and those to folders in which plans were found.

        Under the name of such a link another configuration could hold for them.
        """
        searched = {
            os.path.realpath(folder or os.curdir) for folder in self._listed if folder not in self._environments
        }
        above = {place for plan in plans for place in list_folders_above(os.path.dirname(os.path.realpath(plan)))}
        above -= {*list_folders_above(os.path.realpath(self._start or os.curdir))}
        targets = {path: os.path.realpath(path) for path in self._links}
        elsewhere = [path for path, target in targets.items() if target not in searched]
        return elsewhere, [path for path, target in targets.items() if target in searched & above]

    def describe(self) -> str:
        """Return what was passed over as the end of a message."""
        return "".join(f"; {line}" for line in self.list_passed_over())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether something is a folder, or a link to one; a link that leads in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_wanted(name: str, wanted: str) -> bool:
    """Return whether a name is one that is wanted. `.plan.yaml` at the end stands for every ending of plans."""
    if is_plan_name(name) and wanted.endswith(PLAN_SUFFIX):
        name = name[: name.lower().rindex(_PLAN_WORD)] + PLAN_SUFFIX
    return name == wanted or fnmatchcase(name, wanted)


def _is_near_miss(name: str) -> bool:
    """Return whether a name looks like that of a plan and is none, be it in letters that look alike."""
    seen = fold_look(name)
    return not is_plan_name(name) and (_PLAN_WORD in seen or re.fullmatch(_NEAR_NAME, seen) is not None)


def _holds_a_plan(folder: str, name: str) -> bool:
    """Return whether a file that is no plan by its name begins like one."""
    if is_plan_name(name) or not fold_look(name).strip().endswith(_MAY_HOLD_A_PLAN):
        return False
    start = _read_beginning(folder, name)
    versions, channels = (set(re.findall(key, start)) for key in _KEYS_OF_A_PLAN)
    # Baselines and reports have such keys too, but not side by side.
    return bool(versions & channels) or (bool(channels) and any(b"{" in indent for indent in versions))


def _list_missing_modules(folder: str) -> Iterator[str]:
    """Yield the folders of submodules that are empty, as git leaves those that it does not check out."""
    for match in re.finditer(_MODULE_PATH, os.fsdecode(_read_beginning(folder, _MODULES))):
        path = os.path.join(folder, *match[1].strip('"').split("/"))
        with suppress(OSError, ValueError):
            if not os.listdir(path):
                yield path


def _read_beginning(folder: str, name: str) -> bytes:
    """Return how a file begins; nothing where it cannot be read, since nothing depends on it but a note."""
    try:
        return read_start(os.path.join(folder, name), _MAX_LOOK)
    except FileError:
        return b""


def _is_environment(folder: str, names: AbstractSet[str]) -> bool:
    """Return whether a folder has the mark of an environment and an interpreter, or is this package as installed."""
    if os.path.basename(folder) == _OWN_PACKAGE[0] and names >= _OWN_PACKAGE[1]:
        return True
    if not names & _ENVIRONMENT_MARKS:
        return False
    return any(path_exists(os.path.join(folder, name)) for name in _INTERPRETERS)


def _is_foreign(folder: str) -> bool:
    """Return whether git knows nothing in an environment.

    What git tracks is the project's, so that no change takes plans out of the search by putting a mark beside them.
    """
    if find_top(folder) is None:
        return True
    try:
        return not tracks_files(folder)
    except FileError:  # git cannot tell
        return False


def list_folders_upward(folder: str) -> tuple[str, ...]:
    """Return a folder and those above it that may speak for it, nearest first, as absolute paths.

    They end with the top of the repository, the nearest folder with `.git`; outside of any, with the home folder.
    """
    above = list_folders_above(folder)
    last = find_top(folder) or os.path.expanduser("~")
    return above[: above.index(last) + 1] if last in above else above
