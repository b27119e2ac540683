"""Enumerations of words that cost next to nothing to define: those of `enum` took a twenty-fifth of a check."""

from __future__ import annotations

from aisafe_cli.text.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import StrEnum as StrEnum
else:

    class _WordsType(type):
        """Makes each text in the body of a class the only member with that value, which is a text itself."""

        def __new__(cls, name, bases, body):
            made = super().__new__(cls, name, bases, body)
            words = [key for key, value in body.items() if type(value) is str and not key.startswith("_")]
            made._by_value = {body[key]: str.__new__(made, body[key]) for key in words}
            for key in words:
                setattr(made, key, made._by_value[body[key]])
            return made

        def __call__(cls, value):
            """Return the member with a value. Raises ValueError where there is none."""
            if value not in cls._by_value:
                raise ValueError(f"{value!r} is not a valid {cls.__name__}")
            return cls._by_value[value]

        def __contains__(cls, value):
            return value in cls._by_value

        def __iter__(cls):
            return iter(cls._by_value.values())

        def __reversed__(cls):
            return reversed(cls._by_value.values())

        def __len__(cls):
            return len(cls._by_value)

    class StrEnum(str, metaclass=_WordsType):
        """Stands for that of `enum`, as far as it is used here."""

        value = property(str)

        def __reduce__(self):
            """Name the member, of which a copy from elsewhere would be another one."""
            return type(self), (str(self),)
