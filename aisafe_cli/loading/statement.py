"""Read a statement that `-f intoto` wrote: strict JSON, and the day that it was made for."""

from __future__ import annotations

from datetime import date
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.errors import Fault, InputError
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.parsing.json import find_line, parse_strict_json
from aisafe_cli.parsing.schema import parse_date

_MAX_BYTES = 16 << 20
_WANTED = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
}
_DAY = ("predicate", "configuration", 0, "annotations", "asOf")


@record
class Statement:
    """A statement as it was read: its bytes, its data, and the day of the check that it tells of."""

    path: str
    content: bytes
    data: Any
    day: date


def read_statement(path: str) -> Statement:
    """Return the statement of a file. Raises FileError, and InputError where it is no statement of this program."""
    return parse_statement(read_bytes(path, _MAX_BYTES), show_path(path))


def parse_statement(content: bytes, path: str) -> Statement:
    """Return a statement of its content. Raises InputError, with the place of the first fault."""
    try:
        data = parse_strict_json(text := content.decode())
    except UnicodeDecodeError as error:
        raise InputError((Fault(path=path, line=1, column=1, message="is not UTF-8"),)) from error
    except InputError as error:
        raise InputError(tuple(fault._replace(path=path) for fault in error.faults)) from error
    for key, wanted in _WANTED.items():
        if _follow_steps(data, (key,)) != wanted:
            raise _make_error(path, text, (key,), f"`{key}` is not {wanted}")
    said = _follow_steps(data, _DAY)
    day = parse_date(said) if isinstance(said, str) else None
    if day is None:
        raise _make_error(path, text, _DAY, "the statement has no date of the check")
    return Statement(path=path, content=content, data=data, day=day)


def _follow_steps(data: Any, steps: tuple[str | int, ...]) -> Any:
    """Return what lies at the end of keys and places, or None."""
    for step in steps:
        kind = dict if isinstance(step, str) else list
        if not isinstance(data, kind) or (isinstance(step, int) and step >= len(data)):
            return None
        data = data.get(step) if isinstance(data, dict) else data[int(step)]
    return data


def _make_error(path: str, text: str, steps: tuple[str | int, ...], message: str) -> InputError:
    line = find_line(text, [step for step in steps if isinstance(step, str)])
    hint = "`aisafe check PLAN -f intoto` writes statements that can be verified"
    return InputError((Fault(path=path, line=line, column=1, message=message, hint=hint),))
