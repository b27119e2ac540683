"""`aisafe registry`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from aisafe_cli.cli.options import JUDGING, Given, Option, day_of_check, pick_options, read_options, takes
from aisafe_cli.cli.output import say, show_progress, write
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.registry import render_summary
from aisafe_cli.text.escape import terminal_safe

_MOST_TOLD = 20
_ENDINGS = {".json": "json", ".html": "html", ".md": "markdown", ".txt": "table"}


@takes(
    {
        "models": Option(
            "", "MODELS", "A table of plans: Parquet, or JSON Lines with a plan on each line.", is_required=True
        ),
        "output": Option("--output -o", "FILE", "Write the verdict on each row, as Parquet."),
        "summaries": Option(
            "--summary", "FILE", f"Write a summary as {', '.join(_ENDINGS)}; may be repeated.", "texts"
        ),
        "keep": Option("--keep", "COLUMN", "Copy a column that is not a key of a plan; may be repeated.", "texts"),
        **pick_options(JUDGING),
        "exit_zero": Option("--exit-zero", None, "Exit 0 even if a plan fails. Never hides code 2 or 3.", "flag"),
    }
)
def check_registry(given: Given) -> int:
    """Check every row of a table as a plan. Columns have the names of a plan's keys. Verdicts are those of check.

    It needs an extra: pip install 'aisafe-cli[registry]'.

    Exit codes: 0 passed, 1 a plan failed, 2 a row is faulty or a file could not be read or written, 3 a row has
    nothing to evaluate, or there is no row.

    Example: aisafe registry check models.parquet -o verdicts.parquet --summary summary.html
    """
    targets = [(file, _find_summary_format(file)) for file in given.summaries or ()]
    try:
        # An extra brings what these import.
        from aisafe_cli.registry.files import registry_opened, verdicts_written
        from aisafe_cli.registry.judge import Registry
        from aisafe_cli.registry.summary import VerdictCounts
    except ImportError as error:
        raise RequestError("a registry needs pyarrow and numpy: pip install 'aisafe-cli[registry]'") from error
    registry, tally = Registry(read_options(given), day_of_check(given.as_of)), VerdictCounts()
    told: list[str] = []
    inputs = (given.models, *given.inputs)
    with registry_opened(given.models, given.keep or ()) as file, verdicts_written(given.output, inputs) as write_batch:
        for verdicts in _with_progress(file.judge_each(registry), file.rows):
            write_batch(verdicts)
            tally.add(verdicts)
            told += _list_faults(file.path, verdicts, file.is_parquet) if len(told) <= _MOST_TOLD else ()
    for line in told[:_MOST_TOLD]:
        say(terminal_safe(line))
    if len(told) > _MOST_TOLD:
        say("... and more; the column `faults` of the output has all of them")
    summary = tally.build(file.path, registry)
    for target, name in targets:
        write(render_summary(name, summary), target, (*inputs, *filter(None, [given.output])))
    write(render_summary("table", summary), None)
    return _find_exit_code(tally, given.exit_zero)


def _find_summary_format(file: str) -> str:
    ending = os.path.splitext(file)[1].lower()
    if ending not in _ENDINGS:
        raise RequestError(f"--summary {file}: name a file that ends in {', '.join(_ENDINGS)}")
    return _ENDINGS[ending]


def _find_exit_code(tally: Any, exit_zero: bool) -> ExitCode:
    """Return the code of a gate over many plans: what was not evaluated outranks what failed."""
    if tally.count("faulty"):
        return ExitCode.NOT_EVALUATED
    if tally.count("nothing_to_evaluate") or not tally.rows:
        return ExitCode.NOTHING_TO_EVALUATE
    return ExitCode.FAILED if tally.count("fail") and not exit_zero else ExitCode.PASSED


def _list_faults(path: str, verdicts: Any, is_parquet: bool) -> Iterator[str]:
    """Yield what is wrong with rows: `path:row 3: channels[0].access: …`, or `path:3:17: …` with line and column."""
    faulty = verdicts.filter(verdicts["faults"].is_valid())
    for row, faults in zip(faulty["row"].to_pylist(), faulty["faults"].to_pylist(), strict=True):
        yield from (f"{path}:row {row}: {fault}" if is_parquet else f"{path}:{row}:{fault}" for fault in faults)


def _with_progress(batches: Iterator[Any], rows: int | None) -> Iterator[Any]:
    """Yield batches, and tell on a terminal how many rows are done."""
    done = 0
    try:
        for batch in batches:
            yield batch
            done += batch.num_rows
            show_progress(f"{done:,} rows" if rows is None else f"{done:,} of {rows:,} rows")
    finally:
        show_progress("")
