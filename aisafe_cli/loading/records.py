"""Plain data that conforms to a schema as records: the annotation of a field says what is made of its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

from aisafe_cli.domain.catalog import (
    Binds,
    Choice,
    Cited,
    Document,
    EvidenceRule,
    Flag,
    Judgement,
    Locator,
    Mode,
    PublicWeights,
    TamperRule,
    ThirdPartyRule,
)
from aisafe_cli.domain.plan import ComparableModel, Evidence, Status
from aisafe_cli.parsing.schema import parse_date
from aisafe_cli.text.annotations import Any, TypeVar

_Record = TypeVar("_Record")
_Make = Callable[[Any], Any]


def build_record(kind: type[_Record], entry: Mapping[str, Any]) -> _Record:
    """Return a record of those keys of an entry that are its fields."""
    values = {}
    for name, make in _list_fields(kind):  # type: ignore[arg-type]  # a class is hashable
        if name in entry:
            value = entry[name]
            values[name] = value if make is None or value is None else make(value)
    return kind(**values)


@cache
def _list_fields(kind: type[Any]) -> list[tuple[str, _Make | None]]:
    return [(name, _MAKERS.get(said.removesuffix(" | None"))) for name, said in kind.__annotations__.items()]


def _collect_each(collect: _Make, make: _Make) -> _Make:
    return lambda values: collect(map(make, values))


# By annotation, without `| None`. A value of any other annotation stays as it is.
_MAKERS: dict[str, _Make] = {
    "tuple[str, ...]": tuple,
    "frozenset[str]": frozenset,
    "frozenset[Mode]": _collect_each(frozenset, Mode),
    "frozenset[Binds]": _collect_each(frozenset, Binds),
    **{kind.__name__: kind for kind in (Binds, Flag, Mode, Status)},
    "datetime.date": parse_date,
}
_PLAIN: tuple[type[Any], ...] = (Cited, Choice, Document, Judgement, Locator, PublicWeights)
for _kind in (*_PLAIN, EvidenceRule, TamperRule, ThirdPartyRule, Evidence, ComparableModel):
    _MAKERS[_kind.__name__] = partial(build_record, _kind)
    _MAKERS[f"tuple[{_kind.__name__}, ...]"] = _collect_each(tuple, partial(build_record, _kind))
