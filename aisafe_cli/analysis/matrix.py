"""Safeguard by release mode or access level, with the count of each flag. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Alternative, Catalog, Flag, Judgement, Ladder, Mode, Safeguard

UNTIL, ABSENT = "until_weights_public", "does_not_arise"
_ORDER = (Flag.COMPATIBLE, Flag.CONDITIONAL, Flag.CAUTIONARY, Flag.INCOMPATIBLE)


@record
class MatrixRow:
    """A safeguard with its flag in each column. `in_role` is false where the role asked for does not carry it out.

    In place of a flag stands `UNTIL` where it is asked until the weights are public, and `ABSENT` where it does not
    arise. `counted` is false for one whose parts are counted.
    """

    safeguard: Safeguard
    flags: Mapping[str, str]
    in_role: bool
    counted: bool = True


@record
class Matrix:
    """The rows in document order. `modes` and `rungs` name the columns; `role` is None where any role is meant."""

    catalog: Catalog
    modes: tuple[str, ...]
    access_levels: tuple[str, ...]
    role: str | None
    rows: tuple[MatrixRow, ...]

    def counts(self, column: str) -> Mapping[str, int]:
        """Return how many safeguards that the role carries out have each flag in a column."""
        counted = Counter(row.flags[column] for row in self.rows if row.in_role and row.counted)
        beside = {name: counted[name] for name in (UNTIL, ABSENT) if counted[name]}
        return {**{flag: counted[flag] for flag in Flag}, **beside}

    def count_possible(self, column: str) -> tuple[int, int]:
        """Return how many of all can be carried out in a column for good."""
        counts = self.counts(column)
        return sum(counts[flag] for flag in _ORDER[:-1]), sum(counts.values())


def build_matrix(catalog: Catalog, ladder: Ladder, access_levels: Sequence[str], role: str | None) -> Matrix:
    """Return the matrix of all modes and the given levels, for one role or, for None, without the roles' exceptions."""
    rows = []
    for safeguard in catalog.entries:
        flags = {name: _tell_flag(safeguard, catalog, ladder, name, role) for name in (*Mode, *access_levels)}
        in_role = role is None or role in safeguard.roles
        rows.append(MatrixRow(safeguard=safeguard, flags=flags, in_role=in_role, counted=not safeguard.parts))
    levels = tuple(access_levels)
    return Matrix(catalog=catalog, modes=tuple(Mode), access_levels=levels, role=role, rows=tuple(rows))


def _tell_flag(safeguard: Safeguard, catalog: Catalog, ladder: Ladder, place: str, role: str | None) -> str:
    mode = ladder.access_levels[place].mode if place in ladder.access_levels else Mode(place)
    if mode not in safeguard.modes:
        return ABSENT
    public = (Mode.OPEN_WEIGHTS, *(catalog.weights_public.at if catalog.weights_public else ()))
    if safeguard.until_weights_public and place in public:
        return UNTIL
    return _find_judgement(safeguard, ladder, place, role).flag


# --- from one mode or access level to another -----------------------------------------------------------------------


@record
class FlagChange:
    """A safeguard before and after. `kind` is lost, weaker, kept or gained; `instead` is filled where it is lost."""

    safeguard: Safeguard
    before: Judgement
    after: Judgement
    kind: str
    instead: tuple[Alternative, ...]


@record
class AccessComparison:
    """What changes from one mode or access level to another, for one role or for any."""

    before: str
    after: str
    role: str | None
    changes: tuple[FlagChange, ...]

    def of_kind(self, kind: str) -> tuple[FlagChange, ...]:
        """Return the changes of one kind, in document order."""
        return tuple(change for change in self.changes if change.kind == kind)


def compare_access(catalog: Catalog, ladder: Ladder, before: str, after: str, role: str | None) -> AccessComparison:
    """Compare two modes or access levels, by name. Where one of each shares a name, both say the same."""
    changes = []
    for safeguard in catalog.safeguards:
        if role is None or role in safeguard.roles:
            old, new = (_find_judgement(safeguard, ladder, place, role) for place in (before, after))
            kind = _rate_flags(old.flag, new.flag)
            instead = tuple(catalog.alternatives[name] for name in safeguard.alternatives) if kind == "lost" else ()
            changes.append(FlagChange(safeguard=safeguard, before=old, after=new, kind=kind, instead=instead))
    return AccessComparison(before=before, after=after, role=role, changes=tuple(changes))


def _find_judgement(safeguard: Safeguard, ladder: Ladder, place: str, role: str | None) -> Judgement:
    by_role = safeguard.by_role.get(role or "")
    if by_role:
        return by_role
    if place in ladder.access_levels:
        return safeguard.by_access.get(place) or safeguard.judgement_in(ladder.access_levels[place].mode)
    return safeguard.judgement_in(Mode(place))


def _rate_flags(before: Flag, after: Flag) -> str:
    if before is Flag.INCOMPATIBLE:
        return "kept" if after is Flag.INCOMPATIBLE else "gained"
    if after is Flag.INCOMPATIBLE:
        return "lost"
    return "weaker" if _ORDER.index(after) > _ORDER.index(before) else "kept"
