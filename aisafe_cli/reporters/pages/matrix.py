"""The matrix of safeguards by mode as a table, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from aisafe_cli.analysis.matrix import Matrix, MatrixRow
from aisafe_cli.domain.catalog import Flag
from aisafe_cli.reporters.layout import WIDTH, as_json, folded, padded, wrapped
from aisafe_cli.text.escape import markdown_safe, terminal_safe

_FLAG_WIDTH = max(len(flag) for flag in Flag)
_HEADER_PADDING = 2  # what tabulate adds to a header
_ELSEWHERE = "-"
_MIN_TITLE = 20
_SIGNS: Mapping[str, str] = {
    Flag.COMPATIBLE: "C",
    Flag.CONDITIONAL: "c",
    Flag.CAUTIONARY: "!",
    Flag.INCOMPATIBLE: "X",
}


def render_matrix(name: str, matrix: Matrix) -> str:
    """Return the matrix in one of the formats of `MATRIX_FORMATS`."""
    return MATRIX_FORMATS[name](matrix)


def _table(matrix: Matrix) -> str:
    columns = matrix.access_levels or matrix.modes
    spare = _spare(matrix, columns)
    grid = _in_words(matrix, columns, spare) if spare >= _MIN_TITLE else _in_signs(matrix, columns)
    notes = [line for note in _notes(matrix) for line in ("", *wrapped(note))]
    return "\n".join([*grid, *notes]) + "\n"


def _spare(matrix: Matrix, columns: Sequence[str]) -> int:
    """Return how much of a line is left for the safeguard's title beside flags in words."""
    used = 2 + max(len(row.safeguard.id) for row in matrix.rows)
    return WIDTH - used - sum(2 + max(len(column) + _HEADER_PADDING, _FLAG_WIDTH) for column in columns)


def _in_words(matrix: Matrix, columns: Sequence[str], title_width: int) -> Iterable[str]:
    from tabulate import tabulate

    rows = [
        [row.safeguard.id, "\n".join(folded(terminal_safe(row.safeguard.title), title_width)), *_cells(row, columns)]
        for row in matrix.rows
    ]
    table = tabulate(rows, headers=["id", "safeguard", *columns], tablefmt="plain", disable_numparse=True)
    yield from (line.rstrip() for line in table.splitlines())
    yield ""
    for column in columns:
        yield from wrapped(f"{column}: {_counted(matrix, column)}")


def _in_signs(matrix: Matrix, columns: Sequence[str]) -> Iterable[str]:
    """Show many columns as numbers with one sign a flag, and say below what both stand for."""
    numbers = [str(number) for number in range(1, len(columns) + 1)]
    cells = "".join(f"{number:>3}" for number in numbers)
    width = max(len(row.safeguard.id) for row in matrix.rows)
    title_width = WIDTH - width - len(cells) - 4
    yield f"{'':<{width}}  {'':<{title_width}}{cells}"
    for row in matrix.rows:
        signs = "".join(f"{_SIGNS.get(cell, cell):>3}" for cell in _cells(row, columns))
        first, *more = folded(terminal_safe(row.safeguard.title), title_width)
        yield f"{row.safeguard.id:<{width}}  {padded(first, title_width)}{signs}"
        yield from (f"{'':<{width}}  {line}" for line in more)
    yield ""
    yield from wrapped(", ".join(f"{sign} {flag}" for flag, sign in _SIGNS.items()))
    yield ""
    for number, column in zip(numbers, columns, strict=True):
        counted = ", ".join(f"{count} {_SIGNS[flag]}" for flag, count in matrix.counts(column).items())
        yield f"{number:>2} {column:<{max(map(len, columns))}}  {counted}"


def _markdown(matrix: Matrix) -> str:
    columns = (*matrix.modes, *matrix.access_levels)
    lines = [
        f"# {markdown_safe(matrix.catalog.title)}",
        "",
        "| safeguard | " + " | ".join(columns) + " |",
        "|---" * (len(columns) + 1) + "|",
        *(f"| {_name(row)} | " + " | ".join(_cells(row, columns)) + " |" for row in matrix.rows),
        "",
        *(f"- {column}: {_counted(matrix, column)}" for column in columns),
        "",
        *(line for note in _notes(matrix) for line in (markdown_safe(note), "")),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _json(matrix: Matrix) -> str:
    data = {
        "schema_version": 1,
        "catalog": {"id": matrix.catalog.id, "version": matrix.catalog.version, "sha256": matrix.catalog.sha256},
        "document": {"identifier": matrix.catalog.document.identifier, "status": matrix.catalog.document.status},
        "role": matrix.role,
        "modes": {mode: dict(matrix.counts(mode)) for mode in matrix.modes},
        "access": {access_level: dict(matrix.counts(access_level)) for access_level in matrix.access_levels},
        "safeguards": [
            {
                "id": row.safeguard.id,
                "slug": row.safeguard.slug,
                "title": row.safeguard.title,
                "in_role": row.in_role,
                "flags": {mode: row.flags[mode] for mode in matrix.modes},
                "access": {access_level: row.flags[access_level] for access_level in matrix.access_levels},
            }
            for row in matrix.rows
        ],
    }
    return as_json(data)


MATRIX_FORMATS: Mapping[str, Callable[[Matrix], str]] = {"table": _table, "markdown": _markdown, "json": _json}


def _name(row: MatrixRow) -> str:
    return f"{row.safeguard.id} {markdown_safe(row.safeguard.title)}"


def _cells(row: MatrixRow, columns: Iterable[str]) -> list[str]:
    return [str(row.flags[column]) if row.in_role else _ELSEWHERE for column in columns]


def _counted(matrix: Matrix, column: str) -> str:
    return ", ".join(f"{number} {flag}" for flag, number in matrix.counts(column).items())


def _notes(matrix: Matrix) -> Iterable[str]:
    document = matrix.catalog.document
    yield (
        f"{document.identifier}, {document.status} ({document.published}), {document.part};"
        f" catalog {matrix.catalog.id} {matrix.catalog.version}."
    )
    if matrix.role:
        yield f"For the role {matrix.role}. {_ELSEWHERE} means that it falls to other roles."
