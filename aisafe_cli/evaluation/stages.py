"""Stages of a release: which channels held a safeguard before others ended it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Binds, Flag, Safeguard
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Claim, Plan, Status
from aisafe_cli.domain.report import ChannelReport, Finding, Report
from aisafe_cli.evaluation.places import Place, find_judgement

# --- stages ---------------------------------------------------------------------------------------------------------


def is_judged_by_stages(safeguard: Safeguard, flag: Flag) -> bool:
    """Return whether a safeguard with this flag on the most open channel is judged by the stages before it."""
    return safeguard.stageable and safeguard.binds is Binds.RELEASE and flag is Flag.INCOMPATIBLE


@record
class StageEnd:
    """The day on which a variant's stages end, with the channels that a claim could name as a stage before it."""

    variant: str | None
    day: date
    stages: frozenset[str]


def find_stage_ends(safeguard: Safeguard, plan: Plan, places: Sequence[Place]) -> list[StageEnd]:
    """Return where stages end for the last variant to open.

    The variant whose stages end last and the one that opens a further channel last both count as last: a later mirror
    of an early variant must not hide that the main variant had no stage.
    """
    ended = {place.channel.id for place in places if find_judgement(safeguard, plan, place).flag is Flag.INCOMPATIBLE}
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


def has_held(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Return whether a claim relies on stages that were there before each end."""
    return claim.status is Status.IMPLEMENTED and _names_stages(claim, ends)


def _names_stages(claim: Claim, ends: Sequence[StageEnd]) -> bool:
    """Whether the claim names a stage for each end. A claim on every channel names none."""
    return all(end.stages.intersection(claim.channels) for end in ends)


def explain_failed_stage(claim: Claim, ends: Sequence[StageEnd]) -> str:
    """Say why a claim that is relied on names no stage that held."""
    if _names_stages(claim, ends):
        return (
            "The plan relies on a stage that it calls only partly carried out, and a stage cannot be made good later."
        )
    return "The plan relies on it but names no stage that opened before it ended."


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
    """Return whether the catalog flags the safeguard as incompatible with the channel's rung."""
    role = report.plan.organization.role
    return finding.safeguard.judgement_on(role, channel.access_level).flag is Flag.INCOMPATIBLE
