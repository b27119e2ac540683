"""The settings of a configuration and their defaults."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import Position
from aisafe_cli.text.annotations import Any

# Every setting with what holds where nobody sets it. Names are those of the file, with a dot for each level.
DEFAULTS: Mapping[str, Any] = {
    "catalog": None,
    "catalogs": (),
    "formats": ("table",),
    "fail_under": 0,
    "strict": False,
    "must_satisfy": {},
    "requirements.require": (),
    "requirements.recommend": (),
    "profile.minimum_capability": None,
    "profile.minimum_size": None,
    "profile.role": None,
    "waivers.max_days": None,
    "evidence.max_age_days": None,
    "evidence.by_safeguard": {},
    "evidence.require_for_capability": (),
    "expect.patterns": (),
    "expect.except": (),
    "expect.at_least": 0,
    "expect.all_of_revision": False,
}


@record
class Configuration:
    """What a file, PATH or REVISION:PATH, sets by the names of `DEFAULTS`, and where; safeguards as ids."""

    path: str
    values: Mapping[str, Any]
    positions: Mapping[str, Position]


def describe_value(value: Any) -> str:
    """Return the value of a setting as text on one line."""
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {describe_value(inner)}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


DEFAULT, OPTION = "default", "option"


@record
class Setting:
    """One setting, its value, and where that came from: `default`, `option`, or `file:line`."""

    name: str
    value: Any
    source: str
