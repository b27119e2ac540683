"""Frozen, keyword-only dataclasses that cost next to nothing to define.

`dataclass` compiles source code for the methods of each class, every time the program starts: for the classes of this
package that took longer than everything else it does with a plan. These share their methods, and are dataclasses
in every other respect (`fields`, `replace`, `asdict`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import MISSING, FrozenInstanceError, dataclass
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=True)
def record(cls: _Class) -> _Class:
    """Make a class a frozen, keyword-only dataclass with equality by value."""
    methods = (_init, _repr, _eq, _hash, _refuse_setting, _refuse_deleting)
    names = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    for name, method in zip(names, methods, strict=True):
        setattr(cls, name, method)
    dataclass(init=False, repr=False, eq=False)(cls)
    return cls


def _init(self: Any, **values: Any) -> None:
    names = self.__dataclass_fields__.keys()
    if values.keys() != names:
        defaults = {name: field.default for name, field in self.__dataclass_fields__.items()}
        values = {**defaults, **values}
        _refuse_wrong(type(self).__name__, values, names)
    self.__dict__.update(values)


def _refuse_wrong(name: str, values: dict[str, Any], known: Collection[str]) -> None:
    missing = [key for key, value in values.items() if value is MISSING]
    unknown = [key for key in values if key not in known]
    if missing or unknown:
        raise TypeError(f"{name}: missing {', '.join(missing) or 'nothing'}, unknown {', '.join(unknown) or 'nothing'}")


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _eq(self: Any, other: object) -> bool:
    return vars(self) == vars(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in self.__dataclass_fields__))


def _refuse_setting(self: Any, name: str, value: Any) -> NoReturn:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> NoReturn:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot delete field {name!r}")
