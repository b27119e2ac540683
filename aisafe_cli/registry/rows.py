"""A row of a table as a plan of its own, judged as `aisafe check` judges a plan from standard input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.errors import AisafeError, Fault, InputError, NothingToEvaluate
from aisafe_cli.io.resources import read_schema
from aisafe_cli.parsing.json import parse_strict_json
from aisafe_cli.session.session import PlanText, Session

# The keys of a plan that hold more than a single value: a text in such a column is JSON.
NESTED = frozenset(
    name for name, schema in read_schema("plan")["properties"].items() if schema.get("type") in ("object", "array")
)


@record
class Row:
    """What is judged of one row. Of a faulty one `faults` say what is wrong, each with its place in the row."""

    verdict: str
    mode: str | None = None
    blocking: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = {}
    coverage: int | None = None
    faults: tuple[str, ...] = ()


class RowJudge:
    """Judges rows one by one, as slow as the evaluator is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def judge_values(self, values: Mapping[str, pa.Scalar]) -> Row:
        """Judge a row by the values of its columns, of which null stands for a key that is left out."""
        plan: dict[str, Any] = {}
        for name, value in values.items():
            if value.is_valid:
                try:
                    plan[name] = _to_plan(name, value)
                except (InputError, ValueError) as error:
                    return _build_faulty(error, lambda _, name=name: name)
        text = json.dumps(plan, ensure_ascii=False, indent=1)
        list_lines = cache(lambda: list(_list_keys_by_line(plan, "")))  # only a faulty row asks for them

        def locate(fault: Fault) -> str:
            return list_lines()[min(fault.line, len(list_lines())) - 1]

        return self._judge_plan(text.encode(errors="surrogatepass"), locate)

    def judge_text(self, text: bytes) -> Row:
        """Judge a row that is a plan as JSON or YAML."""
        return self._judge_plan(text, lambda fault: str(fault.column))

    def _judge_plan(self, text: bytes, locate: Any) -> Row:
        try:
            result = self._session.judge(self._session.load(PlanText(name="row", content=text)))
        except NothingToEvaluate as error:
            return Row(verdict="nothing_to_evaluate", faults=(str(error).removeprefix("row: "),))
        except AisafeError as error:
            return _build_faulty(error, locate)
        report, verdict = result.report, result.verdict
        return Row(
            verdict="pass" if verdict.passed else "fail",
            mode=str(report.mode),
            blocking=verdict.blocking,
            outcomes=report.outcomes,
            coverage=report.scores.coverage.score.percent,
        )


def _build_faulty(error: Exception, locate: Any) -> Row:
    if not isinstance(error, InputError):
        return Row(
            verdict="faulty", faults=(f"{locate(None)}: {error}" if isinstance(error, ValueError) else str(error),)
        )
    return Row(verdict="faulty", faults=tuple(f"{locate(one)}: {_describe(one)}" for one in error.faults))


def _describe(fault: Fault) -> str:
    return f"{fault.message} ({fault.hint})" if fault.hint else fault.message


def _to_plan(name: str, value: pa.Scalar) -> Any:
    """Return the value of a column as a plan has it. Raises InputError for a text that is no JSON, and ValueError."""
    try:
        data = value.as_py()
    except UnicodeDecodeError as error:
        raise ValueError("a text is not UTF-8") from error
    except OverflowError as error:
        raise ValueError("a day is not in the years 1 to 9999") from error
    return parse_strict_json(data) if name in NESTED and isinstance(data, str) else _leave_out(data, value.type)


def _leave_out(value: Any, kind: pa.DataType) -> Any:
    """Return a value without keys that stand for nothing, and with days as text. Raises ValueError."""
    if pa.types.is_map(kind) and value is not None:
        return _leave_out(_build_mapping(value), pa.struct([(key, kind.item_type) for key, _ in value]))
    if isinstance(value, dict):
        return {key: _leave_out(inner, kind.field(key).type) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_leave_out(inner, kind.value_type) for inner in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def _build_mapping(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    if not all(isinstance(key, str) for key, _ in pairs):
        raise ValueError("a map has a key that is no text")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a map has a key twice")
    return dict(pairs)


def _list_keys_by_line(value: Any, place: str) -> Iterator[str]:
    """Yield for each line of a value as indented JSON the column and the keys that lead there."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    yield place or "row"
    for key, entry in inner:
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if place else key
        yield from _list_keys_by_line(entry, f"{place}{step}")
    if inner:
        yield place or "row"
