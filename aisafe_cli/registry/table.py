"""The public function on tables of Arrow, for engines that spread them over machines: `docs/registry.md` shows it.

What is here changes only with the major version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import pyarrow as pa

from aisafe_cli.registry.judge import ROWS_AT_ONCE, Registry, list_fields, refuse_columns
from aisafe_cli.session.settings import Options, take_options


def check_table(
    table: pa.Table,
    as_of: date,
    *,
    catalog: str | None = None,
    strict: bool | None = None,
    fail_under: int | None = None,
    config: str | None = None,
    keep: Sequence[str] = (),
) -> pa.Table:
    """Return the verdicts on a table of plans, a row for each of its rows, after the columns to keep.

    Columns are named as the keys of a plan. What a policy needs is made once in a process. Raises
    AisafeError as `aisafe registry check` ends with exit code 2, but for faulty rows, whose verdict is `faulty`.
    """
    schema = table.schema
    refuse_columns(schema, keep, "the table")
    registry = _make_registry(take_options(catalog, strict, fail_under, config), as_of)
    fields = [*(schema.field(name) for name in keep), *list_fields(registry.safeguards)]
    batches = (
        registry.judge_batch(batch, keep) for batch in table.combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE)
    )
    return pa.Table.from_batches([batch.cast(pa.schema(fields)) for batch in batches], pa.schema(fields))


@lru_cache(maxsize=8)
def _make_registry(options: Options, as_of: date) -> Registry:
    return Registry(options, as_of)
