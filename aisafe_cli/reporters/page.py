"""A page: what a command prints that is no report on a run. It is laid out once, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tabulate import tabulate

from aisafe_cli.domain._record import record
from aisafe_cli.reporters.layout import WIDTH, fold, measure, wrap
from aisafe_cli.text.escape import markdown_safe, terminal_safe
from aisafe_cli.text.links import link_sources

_INDENT, _GAP = 2, 2
_LEAST = 20  # columns of a terminal for the column of a grid that wraps


@record
class Item:
    """One entry of a list: a text, the term that it is about, and notes, which belong to it. The term may be empty.

    What `is_ours`, the text of a catalog, keeps its addresses as links.
    """

    text: str
    term: str = ""
    notes: tuple[str, ...] = ()
    is_ours: bool = False


@record
class Grid:
    """Rows under columns. A row without any text is a gap.

    The column `wraps` gives way to the others. Where they leave it too little on a terminal, the words of cells are
    shown as `short` has them, the columns after it as numbers, and in as many blocks as that takes.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wraps: int = 0
    short: Mapping[str, str] = {}


@record
class Drawing:
    """Lines that are laid out already, and that Markdown has in another way."""

    text: tuple[str, ...]
    markdown: tuple[str, ...]


@record
class Section:
    """A heading and what stands below it: items, then a grid, a drawing and paragraphs.

    On a terminal a term of up to `column` characters, and of half of its columns, stands beside its text, and a longer
    one above it; without a column every text follows its term.
    """

    heading: str = ""
    items: tuple[Item, ...] = ()
    grid: Grid | None = None
    drawing: Drawing | None = None
    paragraphs: tuple[str, ...] = ()
    numbered: bool = False
    column: int = 0


@record
class Page:
    """A title, a summary, facts by name, notices that nobody may miss, and sections."""

    title: str = ""
    summary: str = ""
    facts: Mapping[str, str] = {}
    notices: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    def render(self, name: str, width: int = WIDTH) -> str:
        """Return the page in a format for people: `markdown`, or `table` for a terminal of so many columns."""
        return self.to_markdown() if name == "markdown" else self.to_text(width)

    def to_text(self, width: int = WIDTH) -> str:
        """Return the page for a terminal of so many columns."""
        return _join_page(_write_text(self, width))

    def to_markdown(self) -> str:
        """Return the page as Markdown, with every text escaped."""
        return _join_page(_write_markdown(self))


def _join_page(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n") + "\n"


# --- terminal -------------------------------------------------------------------------------------------------------


def _write_text(page: Page, width: int) -> Iterable[str]:
    yield from wrap(page.title, width=width)
    yield from wrap(page.summary, width=width)
    if page.facts:
        yield ""
    names = max(map(len, page.facts), default=0) + _GAP
    for name, fact in page.facts.items():
        yield from wrap(f"{name:<{names}}{fact}", 0, names, width)
    for notice in page.notices:
        yield from wrap(f"! {notice}", _INDENT, 2 * _INDENT, width)
    for section in page.sections:
        yield ""
        yield from wrap(section.heading, width=width)
        yield from _write_section(section, width)


def _write_section(section: Section, width: int) -> Iterable[str]:
    room = min(section.column, width // 2)
    column = max((len(item.term) for item in section.items if len(item.term) <= room), default=0)
    for number, item in enumerate(section.items, 1):
        for text, indent, hanging in _lay_out_item(item, f"{number}. " if section.numbered else "", column):
            yield from wrap(text, indent, hanging, width)
    if section.grid:
        yield from write_grid(section.grid, width)
    if section.drawing:
        yield from section.drawing.text
    is_alone = not (section.items or section.grid or section.drawing)
    for number, paragraph in enumerate(section.paragraphs):
        yield from () if is_alone and not number else ("",)
        yield from wrap(paragraph, _INDENT if section.heading else 0, width=width)


def _lay_out_item(item: Item, number: str, column: int) -> Iterable[tuple[str, int, int]]:
    """Yield the paragraphs of an item, its text after, beside or below its term, with the indents of their lines."""
    hanging = _INDENT + (len(number) or 4)
    if not item.term:
        yield f"{number or '- '}{item.text}", _INDENT, _INDENT + len(number or "- ")
    elif not column:
        yield f"{number}{item.term}: {item.text}", _INDENT, hanging
    elif len(item.term) <= column:
        hanging = _INDENT + column + _GAP
        yield f"{item.term:<{column}}{' ' * _GAP}{item.text}", _INDENT, hanging
    else:
        yield item.term, _INDENT, _INDENT
        yield item.text, hanging, hanging
    for note in item.notes:
        yield note, hanging, hanging + 2 * note.startswith(("- ", "+ "))


def write_grid(grid: Grid, width: int = WIDTH) -> Iterable[str]:
    """Yield the lines of a grid, of at most so many columns of a terminal."""
    head = grid.wraps + 1
    rows = [tuple(map(terminal_safe, row)) for row in (grid.columns, *grid.rows)]
    numbers = tuple(map(str, range(1, len(grid.columns) - head + 1)))
    has_room = _measure_rest(rows, grid.wraps, width) >= min(_LEAST, max(len(row[grid.wraps]) for row in rows))
    if has_room or not numbers:
        yield from _write_rows(rows, grid.wraps, width)
        return
    rows = [(*grid.columns[:head], *numbers), *((*row[:head], *_shorten(row[head:], grid.short)) for row in rows[1:])]
    for block in _split_columns(rows, head, len(numbers), width):
        yield from (*_write_rows(block, grid.wraps, width), "")
    used = {word for row in grid.rows for cell in row[head:] for word in cell.split(", ")}
    yield from wrap(", ".join(f"{sign} {word}" for word, sign in grid.short.items() if word in used), width=width)
    if numbers != grid.columns[head:]:
        names = zip(numbers, grid.columns[head:], strict=True)
        yield from wrap(", ".join(f"{number}={name}" for number, name in names), width=width)


def _shorten(cells: Sequence[str], short: Mapping[str, str]) -> Iterable[str]:
    """Put short words in place of those of each cell, without anything between them."""
    for cell in cells:
        yield "".join(short.get(word, word) for word in cell.split(", "))


def _split_columns(
    rows: Sequence[tuple[str, ...]], head: int, count: int, width: int
) -> Iterable[list[tuple[str, ...]]]:
    """Yield rows with as many of their columns as fit, in blocks as even as they can be, each with the head again."""
    for blocks in range(1, count + 1):
        size = -(-count // blocks)
        parts = [_take_columns(rows, head, start, size) for start in range(0, count, size)]
        if all(_measure_rest(part, head - 1, width) >= _LEAST for part in parts):
            break
    yield from parts


def _take_columns(rows: Iterable[tuple[str, ...]], head: int, start: int, size: int) -> list[tuple[str, ...]]:
    return [(*row[:head], *row[head + start : head + start + size]) for row in rows]


def _measure_widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(measure, column)) for column in zip(*rows, strict=True)]


def _measure_rest(rows: Sequence[tuple[str, ...]], wraps: int, width: int) -> int:
    """Return how many columns of a terminal are left for the column that wraps."""
    widths = _measure_widths(rows)
    return width - sum(widths) + widths[wraps] - _GAP * (len(widths) - 1)


def _write_rows(rows: Sequence[tuple[str, ...]], wraps: int, width: int) -> Iterable[str]:
    width = max(1, min(_measure_widths(rows)[wraps], _measure_rest(rows, wraps, width)))
    folded = [(*row[:wraps], "\n".join(fold(row[wraps], width)), *row[wraps + 1 :]) for row in rows]
    for line in tabulate(folded, tablefmt="plain", disable_numparse=True).splitlines():
        yield line.rstrip()


# --- Markdown -------------------------------------------------------------------------------------------------------


def _write_markdown(page: Page) -> Iterable[str]:
    if page.title:
        yield from (f"# {markdown_safe(page.title)}", "")
    if page.summary:
        yield from (markdown_safe(page.summary), "")
    yield from (f"- {name}: {markdown_safe(fact)}" for name, fact in page.facts.items())
    yield from (f"- {markdown_safe(notice)}" for notice in page.notices)
    if page.facts or page.notices:
        yield ""
    for section in page.sections:
        yield from _write_markdown_section(section)


def _write_markdown_section(section: Section) -> Iterable[str]:
    if section.heading:
        yield from (f"## {markdown_safe(section.heading)}", "")
    for number, item in enumerate(section.items, 1):
        marker = f"{number}. " if section.numbered else "- "
        write = link_sources if item.is_ours else markdown_safe
        term = f"**{write(item.term)}**: " if item.term else ""
        yield f"{marker}{term}{write(item.text)}"
        yield from (f"{' ' * len(marker)}- {markdown_safe(note.removeprefix('- '))}" for note in item.notes)
    if section.items:
        yield ""
    if section.grid:
        yield from (*write_table(section.grid), "")
    if section.drawing:
        yield from section.drawing.markdown
    for paragraph in section.paragraphs:
        yield from (markdown_safe(paragraph), "")


def write_table(grid: Grid) -> Iterable[str]:
    """Yield the lines of a grid as a Markdown table."""
    yield from (f"| {' | '.join(grid.columns)} |", "|---" * len(grid.columns) + "|")
    for row in filter(any, grid.rows):
        yield f"| {' | '.join(map(markdown_safe, row))} |"
