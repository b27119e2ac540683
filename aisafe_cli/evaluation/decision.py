"""The outcome of a safeguard in one place, from a few facts. Pure, and small enough to try every case.

The order of the rules follows the draft's own idea that a safeguard is relied on only with evidence that it works where
it is relied on (NIST AI 800-1 ipd, Appendix B, page 19, and Practice 5.2, page 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Flag
from aisafe_cli.domain.outcome import Outcome, Why
from aisafe_cli.domain.plan import RELIED_ON, Status
from aisafe_cli.text.enums import StrEnum

OUTCOME_BY_STATUS: Mapping[Status, Outcome] = {
    Status.IMPLEMENTED: Outcome.SATISFIED,
    Status.PARTIAL: Outcome.PARTIAL,
    Status.PLANNED: Outcome.PLANNED,
    Status.NOT_IMPLEMENTED: Outcome.GAP,
    Status.UNANSWERED: Outcome.UNKNOWN,
}


class Casual(StrEnum):
    """What a claim against casual users only needs, where another needs a tamper evaluation."""

    NO_DIFFERENCE = "no_difference"
    NEEDS_NONE = "needs_none"
    IS_PARTIAL = "is_partial"  # without a tamper evaluation that supports it


class Tamper(StrEnum):
    """What the tamper evaluations say that a claim names."""

    NONE = "none"
    HELD = "held"
    BROKE = "broke"


class Contract(StrEnum):
    """Whether the condition of a flag needs evidence of a type, and the claim names it."""

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    THERE = "there"


class Shown(StrEnum):
    """What is known of the evidence that supports a claim; `doubtful` where something speaks against a piece."""

    NONE = "none"
    NAMED = "named"
    FOUND = "found"
    DOUBTFUL = "doubtful"


class Counter(StrEnum):
    """What evidence says against a claim. It is told apart from `Shown`, so that it never counts as evidence for it."""

    NONE = "none"
    MIXED = "mixed"
    CONTRADICTS = "contradicts"


class Asked(StrEnum):
    """What evidence a claim has to name before it counts."""

    NOTHING = "nothing"
    NAMED = "named"
    FOUND = "found"


class Before(StrEnum):
    """Whether what is relied on was carried out before the release opened fully, where that counts."""

    DOES_NOT_COUNT = "does_not_count"
    HELD = "held"
    NOT_HELD = "not_held"


@record
class Rules:
    """What the catalog says of a safeguard in a place, beside the flag."""

    needs_tamper: bool = False
    casual: Casual = Casual.NO_DIFFERENCE
    stageable: bool = False


@record
class Facts:
    """What decides an outcome. `against_casual` says whom the claim is against, `elsewhere` that others are claimed.

    `carried` is a claim on another safeguard whose answer counts here: nobody claimed that this one works here.
    """

    applies: bool = True
    flag: Flag
    status: Status
    against_casual: bool = False
    elsewhere: bool = False
    carried: bool = False
    before: Before = Before.DOES_NOT_COUNT
    tamper: Tamper = Tamper.NONE
    contract: Contract = Contract.NOT_NEEDED
    shown: Shown = Shown.NONE
    counter: Counter = Counter.NONE
    asked: Asked = Asked.NOTHING

    @property
    def is_relied_on(self) -> bool:
        """Whether the claim says that the safeguard is carried out, at least in part."""
        return self.status in RELIED_ON


@record
class Decision:
    """An outcome and what decided it."""

    outcome: Outcome
    why: Why


_share_decision = cache(Decision)  # there are few, and a plan takes dozens
NOT_ASKED = Decision(outcome=Outcome.NOT_APPLICABLE, why=Why.NOT_ASKED)


def decide(rules: Rules, facts: Facts) -> Decision:
    """Return the outcome in one place: is it asked, can it work, is it shown to hold, and only then what is claimed."""
    if not facts.applies:
        return NOT_ASKED
    if facts.before is not Before.HELD:
        if facts.flag is Flag.INCOMPATIBLE:
            return _decide_incompatible(rules, facts)
        if facts.is_relied_on and (why := _find_untested(rules, facts)):
            return _share_decision(outcome=Outcome.UNKNOWN if facts.carried else Outcome.INEFFECTIVE, why=why)
    if facts.is_relied_on:
        if why := _find_unknown(facts):
            return _share_decision(outcome=Outcome.UNKNOWN, why=why)
        if why := _find_partial(rules, facts):
            return _share_decision(outcome=Outcome.PARTIAL, why=why)
    if facts.before is Before.HELD:
        return _share_decision(outcome=Outcome.SATISFIED, why=Why.HELD)
    return _share_decision(
        outcome=OUTCOME_BY_STATUS[facts.status], why=Why.ELSEWHERE if facts.elsewhere else Why.CLAIMED
    )


def _decide_incompatible(rules: Rules, facts: Facts) -> Decision:
    is_claimed = facts.is_relied_on and not facts.carried
    if rules.stageable:
        if is_claimed:
            return _share_decision(outcome=Outcome.INEFFECTIVE, why=Why.NO_STAGE)
        outcome = Outcome.UNKNOWN if facts.is_relied_on else OUTCOME_BY_STATUS[facts.status]
        return _share_decision(outcome=outcome, why=Why.BEFORE_OPENING)
    if is_claimed:
        return _share_decision(outcome=Outcome.INEFFECTIVE, why=Why.CLAIMED_ALL_THE_SAME)
    return _share_decision(outcome=Outcome.INCOMPATIBLE, why=Why.CANNOT_WORK)


def _find_untested(rules: Rules, facts: Facts) -> Why | None:
    """Return why a claim that needs a tamper evaluation has none that supports it."""
    is_exempt = facts.against_casual and rules.casual is not Casual.NO_DIFFERENCE
    if not rules.needs_tamper or is_exempt or facts.tamper is Tamper.HELD:
        return None
    return Why.BROKE if facts.tamper is Tamper.BROKE else Why.UNTESTED


def _find_unknown(facts: Facts) -> Why | None:
    """Return why nobody knows whether the claim is true."""
    if facts.shown is Shown.DOUBTFUL:
        return Why.UNCONFIRMED
    if facts.contract is Contract.MISSING:
        return Why.NO_CONTRACT
    if facts.asked is not Asked.NOTHING and facts.shown is Shown.NONE:
        return Why.NO_EVIDENCE
    if facts.asked is Asked.FOUND and facts.shown is not Shown.FOUND:
        return Why.NO_FILE
    return None


def _find_partial(rules: Rules, facts: Facts) -> Why | None:
    """Return why a claim holds in part only, whatever it says."""
    if facts.counter is not Counter.NONE:
        return Why.CONTRADICTED if facts.counter is Counter.CONTRADICTS else Why.MIXED
    is_casual_only = rules.casual is Casual.IS_PARTIAL and facts.against_casual and facts.tamper is not Tamper.HELD
    return Why.CASUAL_ONLY if is_casual_only else None
