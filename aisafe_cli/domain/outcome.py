"""Outcomes and levels, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """What the check says of a safeguard, worst first; `not_applicable` is skipped when outcomes are rolled up."""

    INEFFECTIVE = "ineffective"
    INCOMPATIBLE = "incompatible"
    UNKNOWN = "unknown"
    GAP = "gap"
    PLANNED = "planned"
    PARTIAL = "partial"
    SATISFIED = "satisfied"
    NOT_APPLICABLE = "not_applicable"


class Level(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


OUTCOME_ORDER: Mapping[Outcome, int] = {outcome: place for place, outcome in enumerate(Outcome)}
UNMET = (Outcome.UNKNOWN, Outcome.GAP, Outcome.PLANNED, Outcome.PARTIAL)
LEVEL_ORDER: Mapping[Level, int] = {level: place for place, level in enumerate(Level)}
