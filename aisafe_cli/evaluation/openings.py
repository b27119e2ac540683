"""What opens when, and which safeguards cannot work any more from then on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Flag
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import ChannelReport, Finding, Report


@record
class Opening:
    """A channel that opens, and the safeguards that from then on cannot work on every channel that is open."""

    channel: ChannelReport
    ends: tuple[Finding, ...]


def openings(report: Report) -> tuple[Opening, ...]:
    """Return the channels as they open, each with the safeguards that it ends."""
    ending: dict[str, list[Finding]] = {}
    ordered = in_time(report)
    for finding in report.findings:
        ruling_out = channels_ruling_out(report, finding)
        first = next((channel.channel.id for channel in ordered if channel.channel.id in ruling_out), None)
        if first is not None:
            ending.setdefault(first, []).append(finding)
    return tuple(Opening(channel=channel, ends=tuple(ending.get(channel.channel.id, ()))) for channel in ordered)


def changes_over_time(report: Report) -> bool:
    """Return whether channels open at different times; otherwise safeguards stand from the start as they ever will."""
    return len({opens_on(channel) for channel in report.channels}) > 1


def in_time(report: Report) -> Sequence[ChannelReport]:
    """Return the channels in the order in which they open."""
    return sorted(
        report.channels, key=lambda channel: (opens_on(channel), channel.access_level.rank, channel.channel.id)
    )


def opens_on(channel: ChannelReport) -> date:
    """Return the day a channel opens; one left out counts as before every other."""
    return channel.channel.opening


def channels_ruling_out(report: Report, finding: Finding) -> frozenset[str]:
    """Return the channels of which the catalog says that the safeguard, where it is asked for, cannot work there."""
    not_asked = {result.channel for result in finding.channels if result.outcome is Outcome.NOT_APPLICABLE}
    ruling_out = [channel for channel in report.channels if cannot_work_on(report, finding, channel)]
    if ruling_out and finding.safeguard.stageable:
        end = last_stage_end(report, finding)
        ruling_out = [channel for channel in ruling_out if opens_on(channel) >= end]
    return frozenset(channel.channel.id for channel in ruling_out) - not_asked


def last_stage_end(report: Report, finding: Finding) -> date:
    """Return the day on which the last variant has no stage left; until then a stageable safeguard can be done."""
    first: dict[str | None, date] = {}
    for channel in report.channels:
        if cannot_work_on(report, finding, channel):
            variant = channel.channel.variant
            first[variant] = min(opens_on(channel), first.get(variant, date.max))
    return max(first.values())


def cannot_work_on(report: Report, finding: Finding, channel: ChannelReport) -> bool:
    """Return whether the catalog flags the safeguard as incompatible with the channel's rung."""
    role = report.plan.organization.role
    return finding.safeguard.judgement_on(role, channel.access_level).flag is Flag.INCOMPATIBLE
