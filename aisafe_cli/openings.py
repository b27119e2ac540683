"""What opens when, and which safeguards cannot work any more from then on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aisafe_cli.model import ChannelReport, Finding, Flag, Outcome, Report
from aisafe_cli.outcomes import judgement_on
from aisafe_cli.records import record


@record
class Opening:
    """A channel that opens, and the safeguards that from then on cannot work on every channel that is open."""

    channel: ChannelReport
    ends: tuple[Finding, ...]


def openings(report: Report) -> tuple[Opening, ...]:
    """Return the channels as they open, each with the safeguards that it ends."""
    ended: set[str] = set()
    found = []
    for channel in in_time(report):
        ends = []
        for finding in report.findings:
            if finding.safeguard.id not in ended and rules_out(report, finding, channel):
                ended.add(finding.safeguard.id)
                ends.append(finding)
        found.append(Opening(channel=channel, ends=tuple(ends)))
    return tuple(found)


def changes_over_time(report: Report) -> bool:
    """Return whether channels open at different times; otherwise safeguards stand from the start as they ever will."""
    return len({opens_on(channel) for channel in report.channels}) > 1


def in_time(report: Report) -> Sequence[ChannelReport]:
    """Return the channels in the order in which they open."""
    return sorted(report.channels, key=lambda channel: (opens_on(channel), channel.rung.rank, channel.channel.id))


def opens_on(channel: ChannelReport) -> date:
    """Return the day a channel opens; one left out counts as before every other."""
    return channel.channel.opens or date.min


def rules_out(report: Report, finding: Finding, channel: ChannelReport) -> bool:
    """Return whether the catalog says of this one channel that the safeguard, where it is asked for, cannot work."""
    outcome = next(result.outcome for result in finding.channels if result.channel == channel.channel.id)
    if outcome is Outcome.NOT_APPLICABLE:
        return False
    if not cannot_work_on(report, finding, channel):
        return False
    return not finding.safeguard.stageable or opens_on(channel) >= last_stage_end(report, finding)


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
    return judgement_on(finding.safeguard, role, channel.rung).flag is Flag.INCOMPATIBLE
