"""Waivers: whether each is in force, what it lifts, and what a reader must know of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from aisafe_cli.domain.outcome import UNMET, Outcome
from aisafe_cli.domain.plan import Waiver, list_named_channels
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import ChannelResult, Finding, Report
from aisafe_cli.domain.score import Coverage
from aisafe_cli.domain.verdict import AppliedWaiver, Tally, WaiverState
from aisafe_cli.gate.blocks import Block
from aisafe_cli.text.enums import StrEnum
from aisafe_cli.text.wording import count

_EXPIRY_WARNING = timedelta(days=30)


class Effect(StrEnum):
    """What a waiver does in a check."""

    LIFTING = "lifting"
    EXPIRING = "expiring"
    TOO_NARROW = "too_narrow"
    INEFFECTIVE = "ineffective"
    UNMATCHED = "unmatched"
    SET_ASIDE = "set_aside"
    DEMANDED = "demanded"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    TOO_LONG = "too_long"
    NOT_TRUSTED = "not_trusted"


HELPING = frozenset({Effect.LIFTING, Effect.EXPIRING})


def rate_waivers(report: Report, policy: Policy) -> tuple[AppliedWaiver, ...]:
    """Return each waiver with its state on the day of the check, by safeguard in the order of the catalog."""
    place = {finding.safeguard.id: index for index, finding in enumerate(report.findings)}
    ordered = sorted(report.plan.waivers, key=lambda waiver: place[waiver.safeguard])
    return tuple(AppliedWaiver(waiver=waiver, state=_rate_waiver(waiver, report.as_of, policy)) for waiver in ordered)


def find_unwaived(block: Block, waivers: Sequence[AppliedWaiver], policy: Policy) -> tuple[ChannelResult, ...]:
    """Return the results of a block that no waiver in force lifts."""
    if not (policy.honour_waivers and block.can_be_lifted):
        return block.results
    covered = {
        channel for waiver in list_in_force(block.finding, waivers) for channel in (waiver.channels or block.channels)
    }
    return tuple(result for result in block.results if result.channel not in covered)


def list_in_force(finding: Finding, waivers: Iterable[AppliedWaiver]) -> list[Waiver]:
    """Return the waivers for a safeguard that may lift a block."""
    return [
        applied.waiver
        for applied in waivers
        if applied.waiver.safeguard == finding.safeguard.id and applied.state is WaiverState.IN_FORCE
    ]


def find_effect(applied: AppliedWaiver, block: Block | None, lifted: bool, report: Report, policy: Policy) -> Effect:
    """Return what a waiver does to a block of its safeguard; `lifted` says whether all of that block is."""
    if applied.state is not WaiverState.IN_FORCE:
        return Effect(applied.state)
    if not policy.honour_waivers:
        return Effect.SET_ASIDE
    if block is not None and block.demanded:
        return Effect.DEMANDED
    waiver = applied.waiver
    if block is None or (waiver.channels and not block.channels.intersection(waiver.channels)):
        return Effect.UNMATCHED
    if block.finding.is_ineffective:
        return Effect.INEFFECTIVE
    if not lifted:
        return Effect.TOO_NARROW
    return Effect.EXPIRING if waiver.expires - report.as_of <= _EXPIRY_WARNING else Effect.LIFTING


def count_as_satisfied(coverage: Coverage, waived: Sequence[Finding], waivers: Sequence[AppliedWaiver]) -> Coverage:
    """Count what waivers lift as satisfied, unless it is missing on a channel that no waiver is about too."""
    outcomes = Counter(finding.outcome for finding in waived if _is_waived_everywhere(finding, waivers))
    lifted = sum(outcomes[outcome] for outcome in UNMET)
    return Coverage(
        satisfied=coverage.satisfied + lifted,
        partial=coverage.partial - outcomes[Outcome.PARTIAL],
        applicable=coverage.applicable,
    )


def count_waivers(
    effects: Sequence[tuple[AppliedWaiver, Effect]], *, waived: int, carried: int, outdated: int
) -> Tally:
    """Count the waivers by state and by effect, beside what they and the baseline lift."""
    states = Counter(applied.state for applied, _ in effects)
    counted = Counter(effect for _, effect in effects)
    return Tally(
        in_force=states[WaiverState.IN_FORCE],
        expired=states[WaiverState.EXPIRED],
        not_yet=states[WaiverState.NOT_YET],
        too_long=states[WaiverState.TOO_LONG],
        not_trusted=states[WaiverState.NOT_TRUSTED],
        lifting=counted[Effect.LIFTING] + counted[Effect.EXPIRING],
        expiring=counted[Effect.EXPIRING],
        unmatched=counted[Effect.UNMATCHED],
        waived=waived,
        carried=carried,
        outdated=outdated,
    )


def describe_effects(report: Report, policy: Policy, effects: Iterable[tuple[AppliedWaiver, Effect]]) -> Iterable[str]:
    """Say what a reader must know of each waiver; nothing of one that simply lifts a block."""
    for applied, effect in effects:
        if text := _describe_effect(applied.waiver, effect, report, policy):
            yield f"The waiver for {applied.waiver.safeguard} {text}"


def _rate_waiver(waiver: Waiver, as_of: date, policy: Policy) -> WaiverState:
    if not waiver.trusted:
        return WaiverState.NOT_TRUSTED
    if policy.max_waiver_days is not None and (waiver.expires - waiver.granted).days > policy.max_waiver_days:
        return WaiverState.TOO_LONG
    if as_of > waiver.expires:
        return WaiverState.EXPIRED
    return WaiverState.IN_FORCE if as_of >= waiver.granted else WaiverState.NOT_YET


def _is_waived_everywhere(finding: Finding, waivers: Sequence[AppliedWaiver]) -> bool:
    in_force = list_in_force(finding, waivers)
    covered = list_named_channels(in_force)
    missing = {result.channel for result in finding.channels if result.judged and result.outcome in UNMET}
    return missing <= covered or not all(waiver.channels for waiver in in_force)


def _describe_effect(waiver: Waiver, effect: Effect, report: Report, policy: Policy) -> str:
    return {
        Effect.EXPIRED: f"expired on {waiver.expires.isoformat()} and lifts nothing.",
        Effect.TOO_LONG: f"runs for {count((waiver.expires - waiver.granted).days, 'day')};"
        f" the configuration allows {policy.max_waiver_days}. It lifts nothing.",
        Effect.NOT_TRUSTED: "is not trusted: this change adds it, alters it or widens it. It lifts nothing.",
        Effect.DEMANDED: "lifts nothing: the configuration requires the safeguard to be satisfied.",
        Effect.NOT_YET: f"starts on {waiver.granted.isoformat()} and lifts nothing yet.",
        Effect.SET_ASIDE: "is ignored in this check.",
        Effect.UNMATCHED: "matches nothing that blocks; it can be removed.",
        Effect.INEFFECTIVE: "lifts nothing: narrow or withdraw the claim instead, since it cannot work here.",
        Effect.TOO_NARROW: "does not cover every channel that blocks.",
        Effect.EXPIRING: f"expires on {waiver.expires.isoformat()},"
        f" in {count((waiver.expires - report.as_of).days, 'day')}.",
        Effect.LIFTING: "",
    }[effect]
