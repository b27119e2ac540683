"""Outcomes and levels, worst first."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.text.enums import StrEnum


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

    @property
    def words(self) -> str:
        """The outcome as people read it."""
        return "not asked" if self is Outcome.NOT_APPLICABLE else str(self)


class Why(StrEnum):
    """What decided an outcome. Reasons and remedies are made from it."""

    NOT_ASKED = "not_asked"  # of this role, or its precondition is false
    CANNOT_WORK = "cannot_work"  # flagged incompatible, and not relied on
    CLAIMED_ALL_THE_SAME = "claimed_all_the_same"  # flagged incompatible, and relied on
    NO_STAGE = "no_stage"  # relied on as a stage that was none
    HELD = "held"  # carried out until the release opened
    BEFORE_OPENING = "before_opening"  # could have been carried out until the release opens, and is not
    UNTESTED = "untested"  # relied on without the tamper evaluation that it needs
    BROKE = "broke"  # relied on, and the tamper evaluation says that it broke
    UNCONFIRMED = "unconfirmed"  # names evidence that something speaks against
    NO_CONTRACT = "no_contract"  # its condition needs evidence that is not named
    NO_EVIDENCE = "no_evidence"  # names nothing, where evidence is asked for
    NO_FILE = "no_file"  # names nothing that was found, where that is asked for
    CONTRADICTED = "contradicted"
    MIXED = "mixed"
    CASUAL_ONLY = "casual_only"  # relied on against casual users only, where that is not enough
    ELSEWHERE = "elsewhere"  # claimed on other channels only
    CLAIMED = "claimed"  # as the claim says, or not answered


class Level(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


OUTCOME_ORDER: Mapping[Outcome, int] = {outcome: place for place, outcome in enumerate(Outcome)}
UNMET = (Outcome.UNKNOWN, Outcome.GAP, Outcome.PLANNED, Outcome.PARTIAL)
LEVEL_ORDER: Mapping[Level, int] = {level: place for place, level in enumerate(Level)}

# What each outcome says in a few words, the best first. The glossary explains them at length.
OUTCOME_MEANINGS: Mapping[str, str] = {
    Outcome.SATISFIED: "done, as the plan says",
    Outcome.PARTIAL: "partly done",
    Outcome.PLANNED: "only planned",
    Outcome.GAP: "not done",
    Outcome.UNKNOWN: "not answered, or its evidence cannot be confirmed",
    Outcome.INEFFECTIVE: "claimed, but it cannot work here, or nothing shows that it does",
    Outcome.INCOMPATIBLE: "cannot work here, because of the release mode, not the team",
    Outcome.NOT_APPLICABLE: "not asked of this role, capability or kind of channel",
}
# What stands behind the number of safeguards that block, by outcome.
BLOCKED_AS: Mapping[Outcome, str] = {
    Outcome.INEFFECTIVE: "cannot work as claimed",
    Outcome.INCOMPATIBLE: "cannot work here",
    Outcome.UNKNOWN: "unanswered or unconfirmed",
    Outcome.GAP: "not done",
    Outcome.PLANNED: "only planned",
    Outcome.PARTIAL: "only partly done",
}
