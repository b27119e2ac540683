"""Where and when safeguards have to hold: channels, stages before a release opens fully, and what ends them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Flag, Ladder, Safeguard
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Claim, Plan, Status
from aisafe_cli.domain.report import ChannelReport, Finding, Report


@record
class Place:
    """A channel with its access level: one place where a safeguard has to hold."""

    channel: Channel
    access_level: AccessLevel

    @property
    def opens(self) -> date:
        """The day it opens; one left out counts as before every other."""
        return self.channel.opening


def list_places(plan: Plan, ladder: Ladder) -> tuple[Place, ...]:
    """Return the channels of a plan with their access levels, the most open last."""
    places = (Place(channel=channel, access_level=ladder.access_levels[channel.access]) for channel in plan.channels)
    return tuple(sorted(places, key=lambda place: (place.access_level.rank, place.opens, place.channel.id)))


def list_most_open(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places with the highest rank."""
    places = tuple(places)
    highest = max(place.access_level.rank for place in places)
    return tuple(place for place in places if place.access_level.rank == highest)


def is_judged_by_stages(safeguard: Safeguard, flag: Flag) -> bool:
    """Return whether a safeguard with this flag on the most open channel is judged by the stages before it."""
    return safeguard.stageable and flag is Flag.INCOMPATIBLE


@record
class StageEnd:
    """The day on which a variant's stages end, with the channels that a claim could name as a stage before it."""

    variant: str | None
    day: date
    stages: frozenset[str]


def find_ruled_out(safeguard: Safeguard, plan: Plan, places: Iterable[Place]) -> frozenset[str]:
    """Return the channels on which the safeguard cannot work."""
    role = plan.organization.role
    return frozenset(place.channel.id for place in places if safeguard.is_ruled_out(role, place.access_level))


def find_stage_ends(places: Sequence[Place], ending: Collection[str]) -> list[StageEnd]:
    """Return where stages end for the last variant to open; `ending` are the channels that end them.

    A channel without outsiders is no stage, since it has no audience.

    The variant whose stages end last and the one that opens a further channel last both count as last: a later mirror
    of an early variant must not hide that the main variant had no stage.
    """
    days: dict[str | None, list[date]] = {}
    for place in places:
        if place.channel.id in ending:
            days.setdefault(place.channel.variant, []).append(place.opens)
    candidates = [place for place in places if place.channel.id not in ending and place.access_level.has_outsiders]
    last_end = max(min(opened) for opened in days.values())
    last_opening = max(max(opened) for opened in days.values())
    return [
        StageEnd(variant=variant, day=min(opened), stages=_find_stages(variant, min(opened), candidates))
        for variant, opened in days.items()
        if min(opened) == last_end or max(opened) == last_opening
    ]


def _find_stages(variant: str | None, day: date, candidates: Iterable[Place]) -> frozenset[str]:
    """Return the channels that opened strictly before a day, of this variant or without one."""
    return frozenset(
        place.channel.id for place in candidates if place.channel.variant in (variant, None) and place.opens < day
    )


def has_held(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Return whether a claim relies on stages that were there before each end. One on every channel names none."""
    return claim.status is Status.IMPLEMENTED and names_stages(claim, ends)


def names_stages(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Return whether a claim names a stage for each end."""
    return all(end.stages.intersection(claim.channels) for end in ends)


@record
class Opening:
    """A channel that opens, and the safeguards that from then on cannot work on every channel that is open."""

    channel: ChannelReport
    ends: tuple[Finding, ...]


def list_openings(report: Report) -> tuple[Opening, ...]:
    """Return the channels as they open, each with the safeguards that it ends."""
    ending: dict[str, list[Finding]] = {}
    ordered = sort_by_opening(report)
    for finding in report.findings:
        ruling_out = find_channels_ruling_out(report, finding)
        first = next((channel.channel.id for channel in ordered if channel.channel.id in ruling_out), None)
        if first is not None:
            ending.setdefault(first, []).append(finding)
    return tuple(Opening(channel=channel, ends=tuple(ending.get(channel.channel.id, ()))) for channel in ordered)


def has_several_openings(report: Report) -> bool:
    """Return whether channels open at different times; otherwise safeguards stand from the start as they ever will."""
    return len({channel.opening for channel in report.channels}) > 1


def sort_by_opening(report: Report) -> Sequence[ChannelReport]:
    """Return the channels in the order in which they open."""
    return sorted(report.channels, key=lambda channel: (channel.opening, channel.access_level.rank, channel.channel.id))


def find_channels_ruling_out(report: Report, finding: Finding) -> frozenset[str]:
    """Return the channels of which the catalog says that the safeguard, where it is asked for, cannot work there."""
    not_asked = {result.channel for result in finding.channels if result.outcome is Outcome.NOT_APPLICABLE}
    ruling_out = [channel for channel in report.channels if is_ruled_out_on(report, finding, channel)]
    if ruling_out and finding.safeguard.stageable:
        end = find_last_stage_end(report, finding)
        ruling_out = [channel for channel in ruling_out if channel.opening >= end]
    return frozenset(channel.channel.id for channel in ruling_out) - not_asked


def find_last_stage_end(report: Report, finding: Finding) -> date:
    """Return the day on which the last variant has no stage left; until then a stageable safeguard can be done."""
    first: dict[str | None, date] = {}
    for channel in report.channels:
        if is_ruled_out_on(report, finding, channel):
            variant = channel.channel.variant
            first[variant] = min(channel.opening, first.get(variant, date.max))
    return max(first.values())


def is_ruled_out_on(report: Report, finding: Finding, channel: ChannelReport) -> bool:
    """Return whether the catalog flags the safeguard as incompatible with the channel's access level."""
    return finding.safeguard.is_ruled_out(report.plan.organization.role, channel.access_level)
