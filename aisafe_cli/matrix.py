"""Safeguard by release mode or rung, with the count of each flag. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aisafe_cli.model import Catalog, Flag, Ladder, Mode, Safeguard
from aisafe_cli.records import record


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
    rungs: tuple[str, ...]
    role: str | None
    rows: tuple[MatrixRow, ...]

    def counts(self, column: str) -> Mapping[Flag, int]:
        """Return how many safeguards that the role carries out have each flag in a column."""
        counted = Counter(row.flags[column] for row in self.rows if row.in_role)
        return {flag: counted[flag] for flag in Flag}


def build_matrix(catalog: Catalog, ladder: Ladder, rungs: Sequence[str], role: str | None) -> Matrix:
    """Return the matrix of all modes and the given rungs, for one role or, for None, without the roles' exceptions."""
    return Matrix(
        catalog=catalog,
        modes=tuple(Mode),
        rungs=tuple(rungs),
        role=role,
        rows=tuple(
            MatrixRow(
                safeguard=safeguard,
                flags=_flags(safeguard, ladder, rungs, role),
                in_role=role is None or role in safeguard.roles,
            )
            for safeguard in catalog.safeguards
        ),
    )


def _flags(safeguard: Safeguard, ladder: Ladder, rungs: Sequence[str], role: str | None) -> Mapping[str, Flag]:
    exception = safeguard.by_role.get(role or "")
    by_mode = {mode: exception or safeguard.modes[mode] for mode in Mode}
    by_rung = {
        rung: exception or safeguard.by_access.get(rung) or safeguard.modes[ladder.rungs[rung].mode] for rung in rungs
    }
    return {column: judgement.flag for column, judgement in (by_mode | by_rung).items()}
