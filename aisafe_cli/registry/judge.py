"""Judge tables of plans: rows that are sure by tables, all others by the evaluator itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Mode
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.errors import RequestError
from aisafe_cli.gate.blocks import COVERAGE
from aisafe_cli.io.resources import read_schema
from aisafe_cli.registry.columns import Columns, read_columns
from aisafe_cli.registry.lookup_tables import OUTCOMES, Tables, can_cover
from aisafe_cli.registry.rows import Row, RowJudge
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.wording import suggest_word

VERDICTS = ("pass", "fail", "faulty", "nothing_to_evaluate")
MODES = tuple(map(str, Mode))
OUTPUT = ("row", "mode", "verdict", "blocking", "outcomes", "coverage", "faults")
ROWS_AT_ONCE = 1 << 14
_NONE = 255  # the number of no outcome


@record
class TableVerdicts:
    """Verdicts as numbers, a row a plan, of the rows whose numbers are `rows`.

    `kinds` are those of findings on plans that block, as bits. `idle` are the numbers of rows of which nothing is
    asked, with their roles.
    """

    rows: Any
    mode: Any
    outcomes: Any
    coverage: Any
    blocking: Any
    kinds: Any
    is_under: Any
    idle: Sequence[tuple[int, int]]


class Registry:
    """Judges plans in tables, on one day and by one policy. Raises AisafeError as `aisafe check` does.

    With `uses_tables` false the evaluator judges each row, which is what the tables are compared with.
    """

    def __init__(self, options: Options, as_of: date, *, uses_tables: bool = True) -> None:
        session = Session(options, as_of)
        settings = session.read_settings(".")
        if settings.others:
            raise RequestError("a registry is judged by one catalog; name one with --catalog")
        self.as_of, self.policy = as_of, settings.policy
        self._rows = RowJudge(session)
        self._tables = Tables(settings, session.ladder, as_of) if uses_tables and can_cover(settings) else None
        self.safeguards = tuple(safeguard.id for safeguard in settings.catalog.safeguards)
        self.catalog = settings.catalog
        self.by_evaluator = 0
        self._lock = Lock()  # engines call from several threads, and tables grow as they are used
        self._idle: dict[int, Row] = {}  # by role: what is told where nothing is asked is told of the role

    def judge_texts(self, texts: Sequence[bytes]) -> pa.RecordBatch:
        """Return the verdicts on plans as texts."""
        return self._build(len(texts), None, lambda _: map(self._rows.judge_text, texts))

    def judge_batch(self, batch: pa.RecordBatch, keep: Sequence[str] = ()) -> pa.RecordBatch:
        """Return the verdicts on the rows of a batch, after those of its columns that are no part of a plan.

        All other columns are named as the keys of a plan.
        """
        with self._lock:
            return self._judge_batch(batch, keep)

    def _judge_batch(self, batch: pa.RecordBatch, keep: Sequence[str]) -> pa.RecordBatch:
        kept = [batch.column(name) for name in keep]
        batch = batch.drop_columns(list(keep)) if keep else batch
        judged = None
        if self._tables is not None:
            with suppress(UnicodeDecodeError):  # of a batch with a text that is none the evaluator judges every row
                columns = read_columns(batch, self._tables.names, self.as_of)
                judged = _judge_columns(columns, self._tables, self.policy.fail_under)

        def judge_rows(places: Any) -> Iterable[Row]:
            for place in places.tolist():
                columns = zip(batch.schema.names, batch.columns, strict=True)
                yield self._rows.judge_values({name: column[place] for name, column in columns})

        verdicts = self._build(batch.num_rows, judged, judge_rows)
        return pa.RecordBatch.from_arrays([*kept, *verdicts.columns], [*keep, *verdicts.schema.names])

    def _build(
        self, number: int, judged: TableVerdicts | None, judge_rows: Callable[[Any], Iterable[Row]]
    ) -> pa.RecordBatch:
        kinds = list(self._tables.kinds) if self._tables and judged else []
        is_sure = np.zeros(number, dtype=bool)
        if judged:
            is_sure[judged.rows] = True
        rows = {place: self._idle[role] for place, role in (judged.idle if judged else ()) if role in self._idle}
        is_sure[list(rows)] = True
        places = np.flatnonzero(~is_sure)
        if len(places):
            rows |= zip(places.tolist(), judge_rows(places), strict=True)
            self.by_evaluator += len(places)
            self._idle |= {role: rows[place] for place, role in (judged.idle if judged else ())}
        known = {*self.safeguards, COVERAGE}
        every = {*kinds, *(name for row in rows.values() for name in row.blocking if name not in known)}
        names = [*self.safeguards, *sorted(every), COVERAGE]
        verdicts = _Verdicts(number, len(self.safeguards), names)
        if judged:
            verdicts.fill(judged, [names.index(kind) for kind in kinds])
        for place, row in rows.items():
            verdicts.set(place, row, self.safeguards)
        return verdicts.build(self.safeguards)


def list_fields(safeguards: Sequence[str]) -> list[pa.Field]:
    """Return the fields of verdicts with plain texts, as engines take them."""
    text = pa.string()
    return [
        pa.field("mode", text),
        pa.field("verdict", text),
        pa.field("blocking", pa.list_(text)),
        pa.field("outcomes", pa.struct([(name, text) for name in safeguards])),
        pa.field("coverage", pa.int16()),
        pa.field("faults", pa.list_(text)),
    ]


def refuse_columns(schema: pa.Schema, keep: Sequence[str], shown: str) -> None:
    """Raise RequestError for columns that no plan has, that are there twice, or of a type that no plan has."""
    known = read_schema("plan")["properties"]
    for name in keep:
        if name not in schema.names or name in known or name in OUTPUT:
            raise RequestError(f"{shown}: there is no column `{name}` beside those of the plan that could be kept")
    for field in schema:
        if field.name not in known and field.name not in keep:
            hint = suggest_word(field.name, known) or "keep it out, or name it with --keep"
            raise RequestError(f"{shown}: the column `{field.name}` is no key of a plan; {hint}")
        if field.name not in keep:
            _refuse_type(field.type, f"{shown}: the column `{field.name}`")
    if len(set(schema.names)) < len(schema.names):
        raise RequestError(f"{shown}: two columns have one name")


def _refuse_type(kind: pa.DataType, what: str) -> None:
    types = pa.types
    if types.is_struct(kind) or types.is_map(kind) or types.is_list(kind) or types.is_large_list(kind):
        inner = [kind.field(number) for number in range(kind.num_fields)]
        if len({field.name for field in inner}) < len(inner):
            raise RequestError(f"{what} has two fields of one name")
        for field in inner:
            _refuse_type(field.type, what)
        return
    kind = kind.value_type if types.is_dictionary(kind) else kind
    checks = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    if not any(check(kind) for check in (*checks, types.is_date, types.is_null)):
        raise RequestError(f"{what} has values of the type {kind}, which no plan has")


class _Verdicts:
    """Verdicts as numbers, on their way into columns."""

    def __init__(self, rows: int, safeguards: int, names: Sequence[str]) -> None:
        self._names = names
        self._verdict = np.zeros(rows, dtype=np.int8)
        self._mode = np.full(rows, len(MODES), dtype=np.int8)
        self._outcomes = np.full((rows, safeguards), _NONE, dtype=np.uint8)
        self._coverage = np.full(rows, -1, dtype=np.int16)
        self._blocking = np.zeros((rows, len(names)), dtype=bool)
        self._faults: dict[int, Sequence[str]] = {}

    def fill(self, judged: TableVerdicts, kinds: Sequence[int]) -> None:
        """Take over what the tables say."""
        rows, safeguards = judged.rows, self._outcomes.shape[1]
        self._mode[rows] = judged.mode
        self._outcomes[rows] = judged.outcomes
        self._coverage[rows] = judged.coverage
        self._blocking[rows, :safeguards] = judged.blocking
        for number, column in enumerate(kinds):
            self._blocking[rows, column] = judged.kinds >> number & 1
        self._blocking[rows, -1] = judged.is_under
        self._verdict[rows] = self._blocking[rows].any(axis=1)

    def set(self, place: int, row: Row, safeguards: Sequence[str]) -> None:
        """Take over what the evaluator says of one row."""
        self._verdict[place] = VERDICTS.index(row.verdict)
        if row.mode is not None:
            self._mode[place] = MODES.index(row.mode)
            self._outcomes[place] = [OUTCOME_ORDER[row.outcomes[name]] for name in safeguards]
        if row.coverage is not None:
            self._coverage[place] = row.coverage
        for name in row.blocking:
            self._blocking[place, self._names.index(name)] = True
        if row.faults:
            self._faults[place] = row.faults

    def build(self, safeguards: Sequence[str]) -> pa.RecordBatch:
        """Return the columns of the output."""
        outcomes = pa.StructArray.from_arrays(
            [_name(self._outcomes[:, number], OUTCOMES) for number in range(len(safeguards))], list(safeguards)
        )
        rows, names = np.nonzero(self._blocking)
        ends = np.append(0, np.cumsum(np.bincount(rows, minlength=len(self._verdict)))).astype(np.int32)
        blocking = pa.ListArray.from_arrays(ends, pa.array(self._names, pa.string()).take(pa.array(names)))
        faults = pa.array(map(self._faults.get, range(len(self._verdict))), pa.list_(pa.string()))
        columns = {
            "mode": _name(self._mode, MODES),
            "verdict": _name(self._verdict, VERDICTS),
            "blocking": blocking,
            "outcomes": outcomes,
            "coverage": pa.array(self._coverage, pa.int16(), mask=self._coverage < 0),
            "faults": faults,
        }
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _name(numbers: Any, words: Sequence[str]) -> pa.Array:
    """Return words by their numbers; one beyond the last is null."""
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int8), mask=numbers >= len(words)), pa.array(list(map(str, words)), pa.string())
    )


# --- by tables ------------------------------------------------------------------------------------------------------


def _judge_columns(columns: Columns, tables: Tables, fail_under: int) -> TableVerdicts | None:
    """Return the verdicts on the sure rows; None where there are none."""
    if not len(columns.rows):
        return None
    starts = np.flatnonzero(np.diff(columns.channel_row, prepend=-1))
    of = columns.channel_row
    capability, kinds = tables.count_capability(columns.capability, columns.parameters, columns.shown)
    access = np.bitwise_or.reduceat(np.int64(1) << columns.access, starts)
    beside = (access & int(sum(1 << int(level) for level in np.flatnonzero(tables.list_beside())))) != 0
    case, required = tables.place(
        columns.role[of], columns.size[of], capability[of], columns.access, columns.operator, beside[of]
    )
    of_release, on_channels = tables.ask(columns.role, capability, access)
    outcomes = tables.decide(case, _spread_claims(columns, tables))
    highest = np.maximum.reduceat(columns.access, starts)
    is_judged = (columns.access == highest[of])[:, None] | ~tables.judged_once
    outcomes = _combine(outcomes, is_judged, of_release, on_channels[of, columns.access], of, starts, tables)
    worst = np.minimum.reduceat(outcomes, starts, axis=0)
    blocking = is_judged & _find_blocking(outcomes, required, capability, columns, tables)
    is_silent = ~np.logical_or.reduceat(tables.answers()[outcomes].any(axis=1), starts)
    kinds = kinds | np.bitwise_or.reduceat(
        tables.find_on_channels(columns.access, columns.gate, columns.license, columns.licenses), starts
    )
    least = np.maximum(columns.fail_under, fail_under)
    percent, is_low, _ = tables.score(worst, least)
    _, is_low_there, applicable = tables.score(outcomes, least[of])
    keep = (worst != OUTCOME_ORDER[Outcome.NOT_APPLICABLE]).any(axis=1)
    modes = np.array([MODES.index(level.mode) for level in tables.levels])
    return TableVerdicts(
        rows=columns.rows[keep],
        mode=modes[highest][keep],
        outcomes=worst[keep],
        coverage=percent[keep],
        blocking=np.logical_or.reduceat(blocking, starts, axis=0)[keep],
        kinds=(kinds | np.where(is_silent, tables.silence, 0))[keep],
        idle=list(zip(columns.rows[~keep].tolist(), columns.role[~keep].tolist(), strict=True)),
        is_under=(is_low | np.logical_or.reduceat(is_low_there & (applicable > 0), starts))[keep],
    )


def _spread_claims(columns: Columns, tables: Tables) -> Any:
    """Return for each channel and safeguard the number of the claim that is on it."""
    claims = tables.find_claims(columns.status, columns.against, columns.evidence)
    whole = columns.claim_channel < 0
    by_row = np.zeros((len(columns.rows), len(tables.safeguards)), dtype=np.int64)
    by_row[columns.claim_row[whole], columns.safeguard[whole]] = claims[whole]
    by_channel = by_row[columns.channel_row]
    by_channel[columns.claim_channel[~whole], columns.safeguard[~whole]] = claims[~whole]
    return by_channel


def _combine(
    outcomes: Any, is_judged: Any, of_release: Any, on_channels: Any, of: Any, starts: Any, tables: Tables
) -> Any:
    """Return the outcomes with what is not asked, and with that of the release on every channel where it is one."""
    not_asked = OUTCOME_ORDER[Outcome.NOT_APPLICABLE]
    once = tables.judged_once
    of_most_open = np.minimum.reduceat(np.where(is_judged, outcomes, _NONE), starts, axis=0)
    of_release = np.where(of_release, of_most_open, not_asked)
    return np.where(once, of_release[of], np.where(on_channels, outcomes, not_asked)).astype(np.uint8)


def _find_blocking(outcomes: Any, required: Any, capability: Any, columns: Columns, tables: Tables) -> Any:
    """Return whether the outcome of each safeguard on each channel blocks."""
    of = columns.channel_row
    table, cannot_work = tables.block(capability, columns.adopted)
    is_incompatible = outcomes == OUTCOME_ORDER[Outcome.INCOMPATIBLE]
    return np.where(
        is_incompatible, cannot_work[of], table[capability[of][:, None], required.astype(np.int8), outcomes]
    )
