"""Frozen, keyword-only dataclasses that cost next to nothing to define.

`dataclass` compiles source code for the methods of each class, every time the program starts: for the classes of this
package that took longer than everything else it does with a plan. These share their methods. Each becomes a dataclass
in every other respect (`fields`, `replace`, `asdict`) once somebody asks for its fields.
"""

from __future__ import annotations

from aisafe_cli.text.annotations import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:  # which knows the fields of what is replaced
    from dataclasses import replace as replace
else:

    def replace(one: Any, /, **changes: Any) -> Any:
        """Return a record with some fields changed, as `dataclasses` does, which takes long to import."""
        return type(one)(**{**vars(one), **changes})


_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=True)
def record(cls: _Class) -> _Class:
    """Make a class a frozen, keyword-only dataclass with equality by value. It may not extend another record."""
    names = tuple(cls.__annotations__)
    shared: dict[str, Any] = {
        "__init__": _init,
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
        "__setattr__": _refuse_setting,
        "__delattr__": _refuse_setting,
        "_record_names": frozenset(names),
        "_record_defaults": {name: vars(cls)[name] for name in names if name in vars(cls)},
        "__dataclass_fields__": _FieldsOnDemand(),
    }
    for name, value in shared.items():
        setattr(cls, name, value)
    return cls


def as_dict(one: Any) -> Any:
    """Return a record, with every record in it, as a mapping, as `asdict` of `dataclasses` does."""
    if hasattr(type(one), "_record_names"):
        return {name: as_dict(getattr(one, name)) for name in type(one).__annotations__}
    if isinstance(one, dict):
        return {key: as_dict(value) for key, value in one.items()}
    return tuple(map(as_dict, one)) if type(one) is tuple else one


class _FieldsOnDemand:
    """Stands for the fields of a dataclass until they are asked for; then `dataclass` puts them in its place."""

    def __get__(self, instance: object, owner: type) -> Any:
        from dataclasses import dataclass  # takes a tenth of a whole check, which asks for no fields

        dataclass(init=False, repr=False, eq=False)(owner)
        return owner.__dict__["__dataclass_fields__"]


def _init(self: Any, **values: Any) -> None:
    if values.keys() != self._record_names:
        values = {**self._record_defaults, **values}
        if values.keys() != self._record_names:
            _refuse_wrong(self, values)
    self.__dict__.update(values)


def _refuse_wrong(self: Any, values: dict[str, Any]) -> NoReturn:
    missing, unknown = self._record_names - values.keys(), values.keys() - self._record_names
    raise TypeError(f"{type(self).__name__}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _repr(self: Any) -> str:
    values = (f"{name}={getattr(self, name)!r}" for name in type(self).__annotations__)
    return f"{type(self).__name__}({', '.join(values)})"


def _eq(self: Any, other: object) -> bool:
    return vars(self) == vars(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in type(self).__annotations__))


def _refuse_setting(self: Any, name: str, value: Any = None) -> NoReturn:  # noqa: ARG001
    from dataclasses import FrozenInstanceError  # as above

    raise FrozenInstanceError(f"cannot change the field {name!r}")
