"""Stages of a release: which channels held a safeguard before others ended it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Binds, Flag, Safeguard
from aisafe_cli.domain.plan import Claim, Plan, Status
from aisafe_cli.evaluation.places import Place, judgement_at

# --- stages ---------------------------------------------------------------------------------------------------------


def goes_by_stages(safeguard: Safeguard, flag: Flag) -> bool:
    """Return whether a safeguard with this flag on the most open channel is judged by the stages before it."""
    return safeguard.stageable and safeguard.binds is Binds.RELEASE and flag is Flag.INCOMPATIBLE


@record
class StageEnd:
    """The day on which a variant's stages end, with the channels that a claim could name as a stage before it."""

    variant: str | None
    day: date
    stages: frozenset[str]


def stage_ends(safeguard: Safeguard, plan: Plan, places: Sequence[Place]) -> list[StageEnd]:
    """Return where stages end for the last variant to open.

    The variant whose stages end last and the one that opens a further channel last both count as last: a later mirror
    of an early variant must not hide that the main variant had no stage.
    """
    ended = {place.channel.id for place in places if judgement_at(safeguard, plan, place).flag is Flag.INCOMPATIBLE}
    days: dict[str | None, list[date]] = {}
    for place in places:
        if place.channel.id in ended:
            days.setdefault(place.channel.variant, []).append(place.opens)
    last_end = max(min(opened) for opened in days.values())
    last_opening = max(max(opened) for opened in days.values())
    return [
        StageEnd(
            variant=variant,
            day=min(opened),
            stages=frozenset(
                place.channel.id
                for place in places
                if place.channel.variant == variant and place.channel.id not in ended and place.opens < min(opened)
            ),
        )
        for variant, opened in days.items()
        if min(opened) == last_end or max(opened) == last_opening
    ]


def holds(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Return whether a claim relies on stages that were there before each end."""
    return claim.status is Status.IMPLEMENTED and _names_stages(claim, ends)


def _names_stages(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Whether the claim names a stage for each end. A claim on every channel names none."""
    return all(end.stages.intersection(claim.channels) for end in ends)


def _why_notholds(claim: Claim, ends: Sequence[StageEnd]) -> str:
    if _names_stages(claim, ends):
        return (
            "The plan relies on a stage that it calls only partly carried out, and a stage cannot be made good later."
        )
    return "The plan relies on it but names no stage that opened before it ended."
