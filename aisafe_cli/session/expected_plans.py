"""The plans that a configuration expects to be judged, and what is wrong where one of them was not."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from aisafe_cli.domain.settings import Setting
from aisafe_cli.errors import AisafeError, FileError, NothingToEvaluate
from aisafe_cli.io.find import find_matching, is_plan_name, leads_into, matches_pattern
from aisafe_cli.io.paths import is_below, show_path
from aisafe_cli.session.trusted_ref import TrustedRevision
from aisafe_cli.text.escape import visible
from aisafe_cli.text.wording import count

_PREFIX = "expect."


class Expectation:
    """What one configuration expects of a run; its patterns start from a folder of the working tree."""

    def __init__(self, settings: Sequence[Setting], folder: str) -> None:
        held = {one.name.removeprefix(_PREFIX): one for one in settings if one.name.startswith(_PREFIX)}
        self._patterns, self._except = held["patterns"], held["except"]
        self._at_least, self._all_of_revision = held["at_least"], held["all_of_revision"]
        self._folder = os.path.realpath(folder)

    @property
    def needs_revision(self) -> str | None:
        """What asks for every plan of a trusted revision, if anything does."""
        return self._all_of_revision.source if self._all_of_revision.value else None

    def list_unmet(self, judged: Collection[str], trusted: TrustedRevision | None) -> Iterator[AisafeError]:
        """Yield an error for each plan that is expected and was not judged, but for a number that was not reached.

        `judged` has the places of plans, as `resolve_place` returns them. Raises FileError where a folder or a
        submodule of the trusted revision cannot be read.
        """
        for pattern in self._patterns.value:
            yield from self._list_missing(pattern, judged)
        if trusted is not None and self._all_of_revision.value:
            yield from self._list_gone(judged, trusted.base)
        number = sum(map(self._is_meant, judged))
        if number < self._at_least.value:
            wanted = f"{self._at_least.source}: expects at least {count(self._at_least.value, 'plan')}"
            yield FileError(f"{wanted}, but this run judged {number}; name all folders with plans in one call")

    def _list_missing(self, pattern: str, judged: Collection[str]) -> Iterator[AisafeError]:
        source = self._patterns.source
        try:
            found = find_matching(self._folder, pattern)
        except NothingToEvaluate as error:
            yield FileError(f"{source}: expects plans, but there are none: {error}")
            return
        for path in found:
            if resolve_place(path) not in judged and self._is_meant(resolve_place(path)):
                shown = show_path(os.path.relpath(path))
                yield FileError(f"{shown}: was not judged, but {source} expects it; name it on the command line too")

    def _list_gone(self, judged: Collection[str], trusted: TrustedRevision) -> Iterator[AisafeError]:
        source = self._all_of_revision.source
        for inside in trusted.list_files(lambda place: self._leads_into(os.path.join(trusted.top, place))):
            place = os.path.join(trusted.top, *inside.split("/"))
            is_judged = place in judged and trusted.stands(inside)
            if not is_judged and self._is_meant(place) and (self._patterns.value or is_plan_name(inside)):
                yield FileError(
                    f"{visible(inside)}: was not judged, but {source} expects it, since {trusted.name} has it; keep it"
                    f" and name it on the command line, or list it under `expect.except` in {trusted.name} first"
                )

    def _is_meant(self, place: str) -> bool:
        """Return whether a file is one of those that are expected, wherever it is looked for."""
        inside = self._name_inside(place)
        if inside is None or any(matches_pattern(inside, pattern) for pattern in self._except.value):
            return False
        return not self._patterns.value or any(matches_pattern(inside, pattern) for pattern in self._patterns.value)

    def _leads_into(self, place: str) -> bool:
        """Return whether expected plans may be in a folder."""
        inside = self._name_inside(place)
        if inside is None:
            return is_below(self._folder, place)
        if any(matches_pattern(f"{inside}/.plan.yaml", pattern) for pattern in self._except.value):
            return False
        return not self._patterns.value or any(leads_into(inside, pattern) for pattern in self._patterns.value)

    def _name_inside(self, place: str) -> str | None:
        """Return a place as patterns name it, or None outside of the folder."""
        return os.path.relpath(place, self._folder).replace(os.sep, "/") if is_below(place, self._folder) else None


def resolve_place(path: str) -> str:
    """Return the place of a file: its folder with links followed, and its own name."""
    return os.path.join(os.path.realpath(os.path.dirname(path) or os.curdir), os.path.basename(path))
