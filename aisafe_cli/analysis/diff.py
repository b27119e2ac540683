"""What differs between two judged plans. Pure.

Everything is keyed by what it is about (a safeguard, a channel, a rule), never by its line or its place in a list, so
that a plan written in another order differs in nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Mode, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import Channel, Claim, Evidence, License, Plan, Status, Waiver
from aisafe_cli.domain.report import ChannelReport, PlanFinding, Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.text.wording import listed


class Direction(StrEnum):
    """What became of something. Better and worse follow the order of the outcomes."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    APPEARED = "appeared"
    VANISHED = "vanished"


class ChannelMove(StrEnum):
    """What became of a channel; raised and lowered go by the rank of its rung."""

    ADDED = "added"
    DROPPED = "dropped"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


class WaiverMove(StrEnum):
    """What became of a waiver. It is extended where it ends later or names a channel more."""

    ADDED = "added"
    REMOVED = "removed"
    EXTENDED = "extended"
    SHORTENED = "shortened"
    CHANGED = "changed"


@record
class ValueChange:
    """A field that the two plans fill differently; None where one leaves it out."""

    name: str
    before: str | None
    after: str | None


@record
class ChannelChange:
    """A channel that was added, dropped, raised, lowered or otherwise changed, with its rungs and other fields."""

    channel: str
    move: ChannelMove
    before: AccessLevel | None
    after: AccessLevel | None
    values: tuple[ValueChange, ...] = ()


@record
class OutcomeChange:
    """An outcome that differs, on a channel or, where that is None, for the release."""

    safeguard: Safeguard
    channel: str | None
    before: Outcome | None
    after: Outcome | None
    direction: Direction


@record
class ClaimChange:
    """A claim that differs on some channels that both plans have: appeared, vanished or changed.

    `values` has its status, whom it is relied on against, and, where nothing else differs, the channels it names.
    """

    safeguard: Safeguard
    channels: tuple[str, ...]
    direction: Direction
    values: tuple[ValueChange, ...]


@record
class EvidenceChange:
    """Evidence that claims name on some channels in one plan only, or of which something else is known now.

    `before` and `after` say in words what speaks against it; they are empty where nothing does, and None where the plan
    does not name it.
    """

    safeguard: Safeguard
    channels: tuple[str, ...]
    direction: Direction
    ref: str
    type: str
    before: str | None
    after: str | None


@record
class WaiverChange:
    """A waiver that differs; None on the side that does not have it."""

    move: WaiverMove
    before: Waiver | None
    after: Waiver | None

    @property
    def waiver(self) -> Waiver:
        """The waiver as it is now, or as it was where it is gone."""
        waiver = self.after or self.before
        assert waiver is not None
        return waiver


@record
class PlanFindingChange:
    """A finding on the plan itself that appeared, vanished or changed its level."""

    direction: Direction
    before: PlanFinding | None
    after: PlanFinding | None

    @property
    def finding(self) -> PlanFinding:
        """The finding as it is now, or as it was where it is gone."""
        finding = self.after or self.before
        assert finding is not None
        return finding


@record
class Differences:
    """Everything in which a judged plan differs from an earlier one.

    `kept` names the channels that both have. `now_required` and `no_longer_required` hold safeguards, and
    `alternatives` says of each alternative that differs whether it appeared or vanished.
    """

    before: Result
    after: Result
    kept: tuple[str, ...]
    profile: tuple[ValueChange, ...]
    channels: tuple[ChannelChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    claims: tuple[ClaimChange, ...]
    evidence: tuple[EvidenceChange, ...]
    alternatives: tuple[tuple[str, Direction], ...]
    waivers: tuple[WaiverChange, ...]
    plan_findings: tuple[PlanFindingChange, ...]
    now_required: tuple[Safeguard, ...]
    no_longer_required: tuple[Safeguard, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the plans declare, and the check finds, the same."""
        return not any(getattr(self, name) for name in _LISTS) and self.before.verdict == self.after.verdict

    @property
    def mode(self) -> tuple[Mode, Mode]:
        """The release mode before and after."""
        return self.before.report.mode, self.after.report.mode


_LISTS = (
    "profile",
    "channels",
    "outcomes",
    "claims",
    "evidence",
    "alternatives",
    "waivers",
    "plan_findings",
    "now_required",
    "no_longer_required",
)


def compare_plans(before: Result, after: Result) -> Differences:
    """Return in what a judged plan differs from an earlier one; both are judged by one catalog, day and policy."""
    old, new = before.report, after.report
    shared = {one.channel.id for one in old.channels}
    kept = tuple(one.channel.id for one in new.channels if one.channel.id in shared)
    required, now_required = _required(old), _required(new)
    return Differences(
        before=before,
        after=after,
        kept=kept,
        profile=_values(_profile(old.plan), _profile(new.plan)),
        channels=tuple(_channels(old, new)),
        outcomes=tuple(_outcomes(old, new)),
        claims=tuple(_claims(old, new, kept)),
        evidence=tuple(_evidence(old, new, kept)),
        alternatives=tuple(_alternatives(old.plan, new.plan)),
        waivers=tuple(_waivers(old.plan, new.plan, kept)),
        plan_findings=tuple(_plan_findings(old, new)),
        now_required=tuple(now_required[name] for name in now_required if name not in required),
        no_longer_required=tuple(required[name] for name in required if name not in now_required),
    )


# --- what the plans declare of themselves ---------------------------------------------------------------------------


def _profile(plan: Plan) -> Mapping[str, str | None]:
    model, organization = plan.model, plan.organization
    profile = {"role": organization.role, "size": organization.size, "capability": model.capability}
    left_out = {name: " (left out)" if name in plan.undeclared else "" for name in profile}
    return {
        "model": model.name,
        "version": model.version,
        "developer": model.developer,
        "parameters": None if model.parameters is None else f"{model.parameters:,.0f}",
        "base_model": listed(sorted(model.base_models)) or None,
        **{name: f"{value}{left_out[name]}" for name, value in profile.items()},
        "fail_under": str(plan.fail_under),
    }


def _values(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> tuple[ValueChange, ...]:
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return tuple(ValueChange(name=name, before=was, after=now) for name, was, now in pairs if was != now)


def _alternatives(before: Plan, after: Plan) -> Iterable[tuple[str, Direction]]:
    was, now = ({adoption.id for adoption in plan.adoptions} for plan in (before, after))
    for name in sorted(was ^ now):
        yield name, Direction.APPEARED if name in now else Direction.VANISHED


def _required(report: Report) -> Mapping[str, Safeguard]:
    return {
        finding.safeguard.id: finding.safeguard
        for finding in report.findings
        if any(result.required for result in finding.channels)
    }


# --- channels -------------------------------------------------------------------------------------------------------


def _channels(before: Report, after: Report) -> Iterable[ChannelChange]:
    """Yield the channels that differ, those that are there now in the order of the report, then those that are gone."""
    was = {one.channel.id: one for one in before.channels}
    now = {one.channel.id: one for one in after.channels}
    for name in (*now, *(name for name in was if name not in now)):
        old, new = was.get(name), now.get(name)
        values = _values(_fields(old), _fields(new))
        move = _move(old, new)
        if move is not ChannelMove.CHANGED or values:
            yield ChannelChange(
                channel=name,
                move=move,
                before=old.access_level if old else None,
                after=new.access_level if new else None,
                values=values,
            )


def _move(before: ChannelReport | None, after: ChannelReport | None) -> ChannelMove:
    if before is None:
        return ChannelMove.ADDED
    if after is None:
        return ChannelMove.DROPPED
    if after.access_level.rank == before.access_level.rank:
        return ChannelMove.CHANGED
    return ChannelMove.RAISED if after.access_level.rank > before.access_level.rank else ChannelMove.LOWERED


def _fields(report: ChannelReport | None) -> Mapping[str, str | None]:
    if report is None:
        return {}
    channel: Channel = report.channel
    return {
        "opens": _day(channel.opens),
        "closes": _day(channel.closes),
        "operator": None if channel.operator == "self" else channel.operator,
        "gated": str(channel.gated) if channel.gated else None,
        "license": _license(channel.license),
        "variant": channel.variant,
        "url": channel.url,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _license(granted: License | None) -> str | None:
    if granted is None:
        return None
    kind = granted.declared_class or granted.derived_class or "unknown"
    return f"{granted.id or granted.name or granted.url or 'unnamed'} ({kind})"


# --- outcomes -------------------------------------------------------------------------------------------------------


def rate_change(before: Outcome | None, after: Outcome | None) -> Direction:
    """Return what became of an outcome; None stands for a channel that is not there.

    What was not asked of the plan before and is asked and not met now is worse. That it is no longer asked is a change
    and no merit.
    """
    if before is None:
        return Direction.APPEARED
    if after is None:
        return Direction.VANISHED
    if after is Outcome.NOT_APPLICABLE:
        return Direction.CHANGED
    if before is Outcome.NOT_APPLICABLE:
        return Direction.CHANGED if after is Outcome.SATISFIED else Direction.WORSE
    return Direction.WORSE if OUTCOME_ORDER[after] < OUTCOME_ORDER[before] else Direction.BETTER


def _outcomes(before: Report, after: Report) -> Iterable[OutcomeChange]:
    """Yield the outcomes that differ, by safeguard in the order of the catalog: for the release, then by channel."""
    earlier = {finding.safeguard.id: finding for finding in before.findings}
    for finding in after.findings:
        was: dict[str | None, Outcome] = {None: earlier[finding.safeguard.id].outcome}
        was |= {result.channel: result.outcome for result in earlier[finding.safeguard.id].channels}
        now: dict[str | None, Outcome] = {None: finding.outcome}
        now |= {result.channel: result.outcome for result in finding.channels}
        for channel in dict.fromkeys((*now, *was)):
            old, new = was.get(channel), now.get(channel)
            if old is not new:
                yield OutcomeChange(
                    safeguard=finding.safeguard,
                    channel=channel,
                    before=old,
                    after=new,
                    direction=rate_change(old, new),
                )


# --- claims and their evidence --------------------------------------------------------------------------------------


def _claims(before: Report, after: Report, kept: Sequence[str]) -> Iterable[ClaimChange]:
    for safeguard in after.catalog.safeguards:
        was, now = (_answered(report.plan, safeguard) for report in (before, after))
        changes: dict[tuple[_Said, _Said], list[str]] = {}
        for channel in kept:
            old, new = _said(was.on(channel)), _said(now.on(channel))
            if old != new:
                changes.setdefault((old, new), []).append(channel)
        for (old, new), channels in changes.items():
            yield ClaimChange(
                safeguard=safeguard,
                channels=tuple(channels),
                direction=_presence(old or None, new or None),
                values=_values(dict(old), dict(new)),
            )
        if not changes:
            yield from _scope_change(safeguard, was, now, before.plan, after.plan)


class Claims:
    """What a plan claims of one safeguard, by channel."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.all = claims
        self._by_channel = {channel: claim for claim in claims for channel in claim.channels}
        self._everywhere = next((claim for claim in claims if not claim.channels), None)

    def on(self, channel: str) -> Claim | None:
        """Return the claim whose scope covers the channel."""
        return self._by_channel.get(channel, self._everywhere)


def _answered(plan: Plan, safeguard: Safeguard) -> Claims:
    """The claims that answer something: an `unanswered` one says as much as none."""
    claims = plan.claims.get(safeguard.id, ())
    return Claims([claim for claim in claims if claim.status is not Status.UNANSWERED])


_Said = tuple[tuple[str, str], ...]


def _said(claim: Claim | None) -> _Said:
    return () if claim is None else (("status", claim.status), ("against", claim.against))


def _scope_change(safeguard: Safeguard, was: Claims, now: Claims, before: Plan, after: Plan) -> Iterable[ClaimChange]:
    """Yield the change of a claim that names other channels and says the same on all that both plans have."""
    there = {channel.id for channel in after.channels}
    gone = {channel.id for channel in before.channels} - there
    old, new = _scope(was, gone), _scope(now, set())
    if was.all and now.all and old != new:
        values = (ValueChange(name="channels", before=old, after=new),)
        named = {channel for claim in now.all for channel in claim.channels} or there
        yield ClaimChange(
            safeguard=safeguard, channels=tuple(sorted(named)), direction=Direction.CHANGED, values=values
        )


def _scope(claims: Claims, gone: set[str]) -> str:
    """The channels that claims name, without those that the plan no longer has."""
    named = sorted({channel for claim in claims.all for channel in claim.channels} - gone)
    everywhere = ["every channel"] if any(not claim.channels for claim in claims.all) else []
    return listed([*everywhere, *named])


def _evidence(before: Report, after: Report, kept: Sequence[str]) -> Iterable[EvidenceChange]:
    for safeguard in after.catalog.safeguards:
        was, now = (Claims(report.plan.claims.get(safeguard.id, ())) for report in (before, after))
        found: dict[tuple[str, str, str | None, str | None], list[str]] = {}
        for channel in kept:
            old, new = (_named(claims.on(channel)) for claims in (was, now))
            for ref, kind in sorted({*old, *new}):
                if old.get((ref, kind)) != new.get((ref, kind)):
                    change = (ref, kind, old.get((ref, kind)), new.get((ref, kind)))
                    found.setdefault(change, []).append(channel)
        for (ref, kind, doubt_before, doubt_after), channels in found.items():
            yield EvidenceChange(
                safeguard=safeguard,
                channels=tuple(channels),
                direction=_presence(doubt_before, doubt_after),
                ref=ref,
                type=kind,
                before=doubt_before,
                after=doubt_after,
            )


def _named(claim: Claim | None) -> dict[tuple[str, str], str]:
    """What a claim names as evidence, with what speaks against it: the first text, where it is named several times."""
    evidence: Iterable[Evidence] = claim.evidence if claim else ()
    named: dict[tuple[str, str], str] = {}
    for item in sorted(evidence, key=lambda item: (item.is_doubtful, item.problem), reverse=True):
        named.setdefault((item.ref, item.type), item.problem if item.is_doubtful else "")
    return named


def _presence(before: object | None, after: object | None) -> Direction:
    if before is None:
        return Direction.APPEARED
    return Direction.VANISHED if after is None else Direction.CHANGED


# --- waivers --------------------------------------------------------------------------------------------------------


def _waivers(before: Plan, after: Plan, kept: Sequence[str]) -> Iterable[WaiverChange]:
    was, now = (_by_subject(plan, kept) for plan in (before, after))
    gone = {channel.id for channel in before.channels} - set(kept)
    for subject in sorted({*was, *now}):
        for old, new in _paired(was.get(subject, []), now.get(subject, [])):
            move = _waiver_move(old, new, gone)
            if move is not None:
                yield WaiverChange(move=move, before=old, after=new)


_Subject = tuple[str, bool, tuple[str, ...]]


def _by_subject(plan: Plan, kept: Sequence[str]) -> dict[_Subject, list[Waiver]]:
    """Waivers by safeguard and by the channels they name among those that both plans have."""
    found: dict[_Subject, list[Waiver]] = {}
    for waiver in plan.waivers:
        named = tuple(sorted(set(waiver.channels) & set(kept)))
        found.setdefault((waiver.safeguard, bool(waiver.channels), named), []).append(waiver)
    return found


def _paired(before: Sequence[Waiver], after: Sequence[Waiver]) -> Iterable[tuple[Waiver | None, Waiver | None]]:
    """Pair the waivers of one subject: equal ones with each other, the rest by their dates."""
    was, now = sorted(before, key=_waiver_key), sorted(after, key=_waiver_key)
    for waiver in tuple(was):
        same = next((other for other in now if _waiver_key(other) == _waiver_key(waiver)), None)
        if same is not None:
            was.remove(waiver)
            now.remove(same)
            yield waiver, same
    yield from zip_longest(was, now)


def _waiver_key(waiver: Waiver) -> tuple[date, date, str, str]:
    return waiver.granted, waiver.expires, waiver.reason, waiver.owner


def _waiver_move(before: Waiver | None, after: Waiver | None, gone: set[str]) -> WaiverMove | None:
    if before is None:
        return WaiverMove.ADDED
    if after is None:
        return WaiverMove.REMOVED
    if after.expires > before.expires or set(after.channels) - set(before.channels):
        return WaiverMove.EXTENDED
    if after.expires < before.expires:
        return WaiverMove.SHORTENED
    narrowed = set(before.channels) - set(after.channels) - gone
    return WaiverMove.CHANGED if narrowed or _waiver_key(before) != _waiver_key(after) else None


# --- findings on the plan itself ------------------------------------------------------------------------------------


def _plan_findings(before: Report, after: Report) -> Iterable[PlanFindingChange]:
    was, now = (_by_rule(report) for report in (before, after))
    for rule in sorted({*was, *now}):
        for old, new in zip_longest(was.get(rule, []), now.get(rule, [])):
            if old is None or new is None or old.level is not new.level:
                yield PlanFindingChange(direction=_presence(old, new), before=old, after=new)


def _by_rule(report: Report) -> dict[tuple[str, str], list[PlanFinding]]:
    found: dict[tuple[str, str], list[PlanFinding]] = {}
    for finding in sorted(report.plan_findings, key=lambda finding: finding.message):
        found.setdefault((finding.kind, finding.channel or ""), []).append(finding)
    return found
