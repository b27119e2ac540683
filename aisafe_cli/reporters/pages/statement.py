"""What a statement says otherwise than the one that was made again, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from aisafe_cli.errors import MAX_SHOWN
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.text.wording import count, listed

_LONGEST = 100
_SHORT = 12  # characters of a digest that tell it from another
_ABSENT = object()
_SAME_DATA = "The data are the same, but they are written in another way."
_OTHER_SUBJECTS = "Name what the statement is about: as FILES, or with --subject NAME=sha256:HEX."
_RESULTS = {"PASSED": "passed", "WARNED": "passed with warnings", "FAILED": "failed"}
_TESTS = {"passedTests": "passed", "warnedTests": "a warning", "failedTests": "failed"}
_NO_TESTS = {"incompatible": "cannot work", "not_applicable": "not asked"}
_PARTS = {"sha256": "SHA-256", "asOf": "date", "accessLevels": "access levels", "honour_waivers": "honor waivers"}
_SILENT = ("predicate", "configuration", "annotations", "subject", "digest", "tests", "profile")
_DERIVED = ("id", "verdict")  # from the rest, so that they tell nothing where that differs too
_TESTED = ("tests",)
_Place = tuple[str, ...]


def describe_result(statement: Any) -> str:
    """Return the result of a statement of this program in words."""
    return _RESULTS[statement["predicate"]["result"]]


def list_differences(content: bytes, said: Any, made: str) -> list[str]:
    """Return what a statement says otherwise, a line each; nothing where it has the very same bytes."""
    if content == made.encode():
        return []
    (before, tests_before), (now, tests_now) = _take_tests(said), _take_tests(json.loads(made))
    found = [*_compare(before, now, ()), *_compare(tests_before, tests_now, _TESTED)]
    telling = [one for one in found if one[0][-1] not in _DERIVED] or found
    lines = list(dict.fromkeys(_describe_difference(*one) for one in telling)) or [_SAME_DATA]
    hints = [_OTHER_SUBJECTS] if any(place[0] == "subject" and len(place) < 3 for place, _, _ in telling) else []
    left = len(lines) - MAX_SHOWN
    return [*lines[:MAX_SHOWN], *([f"... and {count(left, 'more difference')}"] if left > 0 else []), *hints]


def render_statement_comparison(head: str, differences: Iterable[str], width: int) -> str:
    """Return a head with the differences below it, safe to print."""
    lines = wrap(head, hanging=2, width=width)
    for line in differences:
        lines += wrap(line, 2, 4, width)
    return "".join(f"{line}\n" for line in lines)


# --- what is compared -----------------------------------------------------------------------------------------------


def _take_tests(statement: Any) -> tuple[Any, dict[str, list[str]]]:
    """Return a statement without its tests, and with its resources under their names; and how each test ended."""
    predicate = dict(statement["predicate"])
    tests: dict[str, list[str]] = {}
    for kind, word in _TESTS.items():
        if _are_names(predicate.get(kind)):
            for name in predicate.pop(kind):
                tests.setdefault(name, []).append(word)
    configuration = [_take_untested(one, tests) for one in predicate["configuration"]]
    predicate["configuration"] = _key_by_name(configuration)
    return {**statement, "predicate": predicate, "subject": _key_by_name(statement.get("subject"))}, tests


def _take_untested(resource: Any, tests: dict[str, list[str]]) -> Any:
    """Return a resource without what is no test, which is added to the tests."""
    annotations = resource.get("annotations") if isinstance(resource, dict) else None
    untested = annotations.get("noTests") if isinstance(annotations, dict) else None
    if not isinstance(annotations, dict) or not isinstance(untested, dict) or not _are_names([*untested.values()]):
        return resource
    for name, outcome in untested.items():
        tests.setdefault(name, []).append(_NO_TESTS.get(outcome) or outcome)
    return {**resource, "annotations": {key: annotations[key] for key in annotations if key != "noTests"}}


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _key_by_name(resources: Any) -> Any:
    """Return resources by their names, unless one has none or two have the same."""
    if not isinstance(resources, list) or not all(isinstance(one, dict) for one in resources):
        return resources
    names = [one.get("name") for one in resources]
    if not _are_names(names) or len(set(names)) < len(names):
        return resources
    return {one["name"]: {key: one[key] for key in one if key != "name"} for one in resources}


def _compare(said: Any, made: Any, place: _Place) -> Iterable[tuple[_Place, Any, Any]]:
    if isinstance(said, dict) and isinstance(made, dict):
        for key in sorted({*said, *made}):
            yield from _compare(said.get(key, _ABSENT), made.get(key, _ABSENT), (*place, key))
    elif isinstance(said, list) and isinstance(made, list) and place[:1] != _TESTED:
        for number, (one, other) in enumerate(zip_longest(said, made, fillvalue=_ABSENT), start=1):
            yield from _compare(one, other, (*place, str(number)))
    elif said != made or type(said) is not type(made):
        yield place, said, made


# --- how it is told -------------------------------------------------------------------------------------------------


def _describe_difference(place: _Place, said: Any, made: Any) -> str:
    """Return a difference in words: what it is of, what the statement says of it, and what was made."""
    told = place[place.index("annotations") :] if "annotations" in place else place  # which catalog or plan is clear
    name = " ".join(_PARTS.get(part, part) for part in told if part not in _SILENT) or "the statement"
    values = _show(place, said), _show(place, made)
    if place[-1] == "sha256" and values[0][:_SHORT] != values[1][:_SHORT]:
        values = values[0][:_SHORT], values[1][:_SHORT]
    return f"{_cut(name)}: {values[0]} in the statement, {values[1]} here"


def _show(place: _Place, value: Any) -> str:
    if place[0] == "subject" and len(place) < 3:
        return "not named" if value is _ABSENT else "named"
    if value is _ABSENT:
        return "nothing"
    if place[:1] == _TESTED:
        return _cut(listed(value))
    if place == ("predicate", "result") and value in [*_RESULTS]:
        return _RESULTS[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else f"a list of {len(value)}"
    return value if place[-1] == "sha256" and isinstance(value, str) and value.isalnum() else _cut(json.dumps(value))


def _cut(text: str) -> str:
    quote = '"' if text.endswith('"') else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…{quote}"
