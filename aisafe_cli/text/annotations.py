"""Names of `typing`, which a run does without: to import that takes a twentieth of a check."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import IO as IO
    from typing import Any as Any
    from typing import BinaryIO as BinaryIO
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import TypeVar as TypeVar
    from typing import cast as cast
    from typing import dataclass_transform as dataclass_transform
else:
    from collections import namedtuple

    IO = Any = BinaryIO = NoReturn = Protocol = object

    def cast(_kind, value):
        """Return the value."""
        return value

    def TypeVar(_name, *_kinds, **_bound):
        """Return what stands for any type."""
        return object

    def dataclass_transform(**_defaults):
        """Return a decorator that changes nothing."""
        return lambda one: one

    class _NamedTupleType(type):
        def __new__(cls, name, bases, body):  # noqa: ARG004
            """Return a named tuple of the annotated names, with all else that a class body has."""
            names = body["__annotations__"]
            defaults = [body.pop(field) for field in names if field in body]
            made = namedtuple(name, names, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_NamedTupleType, "NamedTuple", (), {})
