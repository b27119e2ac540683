"""Safeguard by release mode or rung, with the count of each flag. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Alternative, Catalog, Flag, Judgement, Ladder, Mode, Safeguard


@record
class MatrixRow:
    """A safeguard with its flag in each column. `in_role` is false where the role asked for does not carry it out."""

    safeguard: Safeguard
    flags: Mapping[str, Flag]
    in_role: bool


@record
class Matrix:
    """The rows in document order. `modes` and `rungs` name the columns; `role` is None where any role is meant."""

    catalog: Catalog
    modes: tuple[str, ...]
    access_levels: tuple[str, ...]
    role: str | None
    rows: tuple[MatrixRow, ...]

    def counts(self, column: str) -> Mapping[Flag, int]:
        """Return how many safeguards that the role carries out have each flag in a column."""
        counted = Counter(row.flags[column] for row in self.rows if row.in_role)
        return {flag: counted[flag] for flag in Flag}


def build_matrix(catalog: Catalog, ladder: Ladder, access_levels: Sequence[str], role: str | None) -> Matrix:
    """Return the matrix of all modes and the given rungs, for one role or, for None, without the roles' exceptions."""
    return Matrix(
        catalog=catalog,
        modes=tuple(Mode),
        access_levels=tuple(access_levels),
        role=role,
        rows=tuple(
            MatrixRow(
                safeguard=safeguard,
                flags={name: _judgement(safeguard, ladder, name, role).flag for name in (*Mode, *access_levels)},
                in_role=role is None or role in safeguard.roles,
            )
            for safeguard in catalog.safeguards
        ),
    )


# --- from one mode or rung to another -------------------------------------------------------------------------------

_ORDER = (Flag.COMPATIBLE, Flag.CONDITIONAL, Flag.CAUTIONARY, Flag.INCOMPATIBLE)


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
    """What changes from one mode or rung to another, for one role or for any."""

    before: str
    after: str
    role: str | None
    changes: tuple[FlagChange, ...]

    def of_kind(self, kind: str) -> tuple[FlagChange, ...]:
        """Return the changes of one kind, in document order."""
        return tuple(change for change in self.changes if change.kind == kind)


def compare_access(catalog: Catalog, ladder: Ladder, before: str, after: str, role: str | None) -> AccessComparison:
    """Compare two modes or rungs, by name. Where a mode and a rung share a name, both say the same."""
    changes = []
    for safeguard in catalog.safeguards:
        if role is None or role in safeguard.roles:
            old, new = (_judgement(safeguard, ladder, place, role) for place in (before, after))
            kind = _kind(old.flag, new.flag)
            instead = tuple(catalog.alternatives[name] for name in safeguard.alternatives) if kind == "lost" else ()
            changes.append(FlagChange(safeguard=safeguard, before=old, after=new, kind=kind, instead=instead))
    return AccessComparison(before=before, after=after, role=role, changes=tuple(changes))


def _judgement(safeguard: Safeguard, ladder: Ladder, place: str, role: str | None) -> Judgement:
    by_role = safeguard.by_role.get(role or "")
    if by_role:
        return by_role
    if place in ladder.access_levels:
        return safeguard.by_access.get(place) or safeguard.modes[ladder.access_levels[place].mode]
    return safeguard.modes[Mode(place)]


def _kind(before: Flag, after: Flag) -> str:
    if before is Flag.INCOMPATIBLE:
        return "kept" if after is Flag.INCOMPATIBLE else "gained"
    if after is Flag.INCOMPATIBLE:
        return "lost"
    return "weaker" if _ORDER.index(after) > _ORDER.index(before) else "kept"
