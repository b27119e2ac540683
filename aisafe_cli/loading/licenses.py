"""License identifiers to classes: what a recipient may do with a model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aisafe_cli.io.read import read_bytes
from aisafe_cli.io.resources import find_data_file, read_compiled
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import MAX_BYTES, YamlDocument

LICENSES = "licenses.yaml"
UNKNOWN = "unknown"
_TOKEN = re.compile(r"[()]|[^\s()]+")
_PRECEDENCE = {"OR": 1, "AND": 2}
_AFTER_A_NAME = frozenset({"OR", "AND", "WITH", ")"})
_WORDS = _AFTER_A_NAME | {"("}


def check_licenses(content: bytes) -> dict[str, Any]:
    """Return the classes as plain data. Raises InputError with every fault."""
    document = YamlDocument(find_data_file(LICENSES), content)
    data: dict[str, Any] = check(document, "licenses")
    document.raise_faults()
    return data


class LicenseClasses:
    """The classes of `safeguards/licenses.yaml`, freest first."""

    def __init__(self) -> None:
        content = read_bytes(find_data_file(LICENSES), MAX_BYTES)
        data = read_compiled(LICENSES, hashlib.sha256(content).hexdigest()) or check_licenses(content)
        self._order: list[str] = [entry["id"] for entry in data["classes"]] + [UNKNOWN]
        self._ids = {name.lower(): entry["id"] for entry in data["classes"] for name in entry["ids"]}
        self._prefixes = [(prefix.lower(), entry["id"]) for entry in data["classes"] for prefix in entry["prefixes"]]

    def freest(self, names: Iterable[str]) -> str:
        """Return the freest class that one of the names stands for; `unknown` where none is known."""
        return min((self.of_expression(name) for name in names), key=self._order.index, default=UNKNOWN)

    def of_expression(self, expression: str) -> str:
        """Return the class of an SPDX expression or Hub identifier; `unknown` where it names or says nothing known.

        In `A OR B` the recipient may choose, so the freer class counts; in `A AND B` the less free one.
        """
        values: list[int] = []
        operators: list[str] = []
        tokens = iter(_TOKEN.findall(expression))
        wants_name = True  # names and operators take turns, or it is no expression
        try:
            for token in tokens:
                word = token.upper()
                if (word in _AFTER_A_NAME) is wants_name:
                    return UNKNOWN
                if word == "(":
                    operators.append(word)
                elif word == ")":
                    while operators[-1] != "(":
                        _apply(operators.pop(), values)
                    operators.pop()
                elif word in _PRECEDENCE:
                    while operators and _PRECEDENCE.get(operators[-1], 0) >= _PRECEDENCE[word]:
                        _apply(operators.pop(), values)
                    operators.append(word)
                    wants_name = True
                elif word == "WITH":
                    if next(tokens).upper() in _WORDS:  # an exception only adds permissions
                        return UNKNOWN
                else:
                    values.append(self._order.index(self._of_identifier(token)))
                    wants_name = False
            while operators:
                _apply(operators.pop(), values)
            (place,) = values
        except (IndexError, KeyError, StopIteration, ValueError):
            return UNKNOWN
        return self._order[place]

    def _of_identifier(self, identifier: str) -> str:
        name = identifier.lower()
        by_prefix = (group for prefix, group in self._prefixes if name.startswith(prefix))
        # `+` stands for later versions, but some names end in it.
        return self._ids.get(name) or self._ids.get(name.removesuffix("+")) or next(by_prefix, UNKNOWN)


def _apply(operator: str, values: list[int]) -> None:
    choose: Callable[[Sequence[int]], int] = {"OR": min, "AND": max}[operator]
    values.append(choose((values.pop(), values.pop())))
