"""The matrix of safeguards by release mode and access level, and what changes from one of them to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aisafe_cli.analysis.matrix import ABSENT, UNTIL, AccessComparison, FlagChange, Matrix, MatrixRow
from aisafe_cli.domain.catalog import EFFORTS, Flag
from aisafe_cli.reporters.facts import describe_source
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Grid, Item, Page, Section
from aisafe_cli.reporters.report_data import name_catalog, pick, pick_each

_ELSEWHERE = "-"
_SIGNS: Mapping[str, str] = {
    Flag.COMPATIBLE: "C",
    Flag.CONDITIONAL: "c",
    Flag.CAUTIONARY: "!",
    Flag.INCOMPATIBLE: "X",
    UNTIL: "U",
    ABSENT: "-",
}
_MEANINGS: Mapping[str, str] = {
    Flag.COMPATIBLE: "can work",
    Flag.CONDITIONAL: "can work on a condition",
    Flag.CAUTIONARY: "can work, but the document warns",
    Flag.INCOMPATIBLE: "cannot work",
    UNTIL: "asked only until the weights are public",
    ABSENT: "not asked there",
}
_COUNTED: Mapping[str, str] = {UNTIL: "until the weights are public", ABSENT: "not asked"}
_HEADINGS = {
    "lost": "What can no longer work, and what to do instead",
    "weaker": "What becomes harder",
    "kept": "What can still be done",
    "gained": "What becomes possible",
}


def render_matrix(name: str, matrix: Matrix, width: int = WIDTH) -> str:
    """Return the matrix in one of the formats of pages. A terminal has room for modes or for access levels."""
    if name == "json":
        return as_json(_collect_matrix(matrix))
    both = (*matrix.modes, *matrix.access_levels)
    return _build_matrix(matrix, both if name == "markdown" else matrix.access_levels or matrix.modes).render(
        name, width
    )


def _build_matrix(matrix: Matrix, columns: tuple[str, ...]) -> Page:
    grid = Grid(
        columns=("id", "safeguard", *columns),
        rows=tuple((row.safeguard.id, row.safeguard.title, *_list_flags(row, columns)) for row in matrix.rows),
        wraps=1,
        short=_SIGNS,
    )
    counts = tuple(Item(term=column, text=_count_flags(matrix, column)) for column in columns)
    notes = [f"{describe_source(matrix.catalog)}."]
    if matrix.role:
        notes.append(f"For the role {matrix.role}. {_ELSEWHERE} means that it falls to other roles.")
    sections = (
        Section(grid=grid, paragraphs=(_explain_flags(matrix, columns),)),
        Section(items=counts, column=WIDTH // 2),
        Section(paragraphs=tuple(notes)),
    )
    kinds = {"release mode": matrix.modes, "access level": matrix.access_levels}
    by = " and ".join(kind for kind, names in kinds.items() if set(names) & set(columns))
    return Page(title=f"{matrix.catalog.title}, by {by}", sections=sections)


def _list_flags(row: MatrixRow, columns: Iterable[str]) -> Iterable[str]:
    return (row.flags[column] if row.in_role else _ELSEWHERE for column in columns)


def _explain_flags(matrix: Matrix, columns: Iterable[str]) -> str:
    """Return what each flag of the document's scale means, and what stands in place of one where it does."""
    met = {row.flags[column] for row in matrix.rows for column in columns}
    told = (f"{flag}: {meaning}" for flag, meaning in _MEANINGS.items() if flag in met or flag not in _COUNTED)
    return f"{'; '.join(told)}."


def _count_flags(matrix: Matrix, column: str) -> str:
    counted = {flag: number for flag, number in matrix.counts(column).items() if number}
    counts = ", ".join(f"{number} {_COUNTED.get(flag, flag)}" for flag, number in counted.items())
    if all(row.counted for row in matrix.rows):
        return counts
    possible, total = matrix.count_possible(column)
    return f"{possible} of {total} can be carried out: {counts}"


def _collect_matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "catalog": name_catalog(matrix.catalog),
        "document": pick(matrix.catalog.document, "identifier status"),
        "role": matrix.role,
        "modes": {mode: matrix.counts(mode) for mode in matrix.modes},
        "access": {access_level: matrix.counts(access_level) for access_level in matrix.access_levels},
        "safeguards": [_collect_matrix_row(row, matrix) for row in matrix.rows],
    }


def _collect_matrix_row(row: MatrixRow, matrix: Matrix) -> dict[str, Any]:
    return {
        **pick(row, "in_role", id="safeguard.id", slug="safeguard.slug", title="safeguard.title"),
        "flags": {mode: row.flags[mode] for mode in matrix.modes},
        "access": {access_level: row.flags[access_level] for access_level in matrix.access_levels},
    }


# --- from one mode or access level to another ------------------------------------------------------------------------


def render_comparison(name: str, comparison: AccessComparison, width: int = WIDTH) -> str:
    """Return the comparison in one of the formats of pages."""
    if name == "json":
        return as_json(_collect_comparison(comparison))
    return _build_comparison(comparison).render(name, width)


def _collect_comparison(comparison: AccessComparison) -> dict[str, Any]:
    return {
        "schema_version": 1,
        **pick(comparison, "role", **{"from": "before", "to": "after"}),
        "changes": list(map(_collect_flag_change, comparison.changes)),
    }


def _collect_flag_change(change: FlagChange) -> dict[str, Any]:
    return {
        **pick(change.safeguard, "id slug title"),
        **pick(change, change="kind", reason="after.reason", **{"from": "before.flag", "to": "after.flag"}),
        "condition": change.after.condition or None,
        "alternatives": pick_each(change.instead, "id title strength effort"),
    }


def _build_comparison(comparison: AccessComparison) -> Page:
    role = f", as {comparison.role}" if comparison.role else ""
    changes = {kind: comparison.of_kind(kind) for kind in _HEADINGS}
    sections = [
        Section(heading=f"{heading} ({len(changes[kind])})", items=tuple(map(_build_flag_change, changes[kind])))
        for kind, heading in _HEADINGS.items()
        if changes[kind]
    ]
    return Page(
        title=f"From {comparison.before} to {comparison.after}{role}",
        summary=f"No longer possible: {len(changes['lost'])}. Harder: {len(changes['weaker'])}."
        f" Unchanged: {len(changes['kept'])}. Newly possible: {len(changes['gained'])}.",
        sections=tuple(sections),
    )


def _build_flag_change(change: FlagChange) -> Item:
    """Return a flag's change with reason, condition and what would do instead; without a reason where it is kept."""
    before, after = change.before, change.after
    notes = [] if change.kind == "kept" else [after.reason]
    notes += [f"Condition: {after.condition}"] if after.condition else []
    notes += [f"- {one.id} ({one.strength}, effort: {EFFORTS[one.effort]}): {one.title}" for one in change.instead]
    return Item(
        term=change.safeguard.full_title,
        text=after.flag if before.flag is after.flag else f"was {before.flag}, becomes {after.flag}",
        notes=tuple(notes),
    )
