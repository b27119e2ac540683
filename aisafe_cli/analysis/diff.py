"""What differs between two judged plans. Pure.

Everything is keyed by what it is about (a safeguard, a channel, a rule), never by its line or its place in a list, so
that a plan written in another order differs in nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import filterfalse, zip_longest

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Mode, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import Claim, License, Plan, Status, Waiver, list_changed_promises, list_named_channels
from aisafe_cli.domain.report import ChannelReport, PlanFinding, Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.text.wording import listed


class Direction(StrEnum):
    """What became of something.

    Outcomes are worse or better by the order of the outcomes, channels raised or lowered by the rank of their access
    level. A waiver is extended where it ends later or names a channel more.
    """

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    APPEARED = "appeared"
    VANISHED = "vanished"
    ADDED = "added"
    DROPPED = "dropped"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    EXTENDED = "extended"
    SHORTENED = "shortened"


@record
class ValueChange:
    """A field that the two plans fill differently; None where one leaves it out."""

    name: str
    before: str | None
    after: str | None


@record
class ChannelChange:
    """A channel that was added, dropped, raised, lowered or otherwise changed, with its levels and other fields."""

    channel: str
    direction: Direction
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
    """A claim that differs on channels of both plans; where only its channels do, `values` has them, else the rest."""

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
    """A waiver that differs, None on a side without it. `waiver` is the new one, or the old if it is gone."""

    direction: Direction
    waiver: Waiver
    before: Waiver | None
    after: Waiver | None


@record
class PlanFindingChange:
    """A finding on the plan itself that appeared, vanished or changed its level; `finding` as for waivers."""

    direction: Direction
    finding: PlanFinding
    before: PlanFinding | None
    after: PlanFinding | None


@record
class Differences:
    """Everything in which a judged plan differs from an earlier one.

    `kept` names the channels that both have. `now_required` and `no_longer_required` hold safeguards, and
    `alternatives` says of each alternative that differs whether it appeared or vanished. `reworded` has the ids of
    which only the owner, the note or the evidence differs, as far as nothing else says so.
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
    reworded: tuple[str, ...]
    waivers: tuple[WaiverChange, ...]
    plan_findings: tuple[PlanFindingChange, ...]
    now_required: tuple[Safeguard, ...]
    no_longer_required: tuple[Safeguard, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the plans declare, and the check finds, the same."""
        same = {"before", "after", "kept"}
        differs = any(value for name, value in vars(self).items() if name not in same)
        return not differs and self.before.verdict == self.after.verdict

    @property
    def mode(self) -> tuple[Mode, Mode]:
        """The release mode before and after."""
        return self.before.report.mode, self.after.report.mode


def compare_plans(before: Result, after: Result) -> Differences:
    """Return in what a judged plan differs from an earlier one; both are judged by one catalog, day and policy."""
    old, new = before.report, after.report
    there = old.access
    kept = tuple(name for name in new.access if name in there)
    claims, evidence = tuple(_compare_claims(old, new, kept)), tuple(_compare_evidence(old, new, kept))
    alternatives = tuple(_compare_alternatives(old.plan, new.plan))
    profile = _compare_values(_list_plan_fields(old.plan), _list_plan_fields(new.plan))
    told = {one.safeguard.id for one in claims} | {one.safeguard.id for one in evidence} | set(dict(alternatives))
    told |= {one.name for one in profile}
    return Differences(
        before=before,
        after=after,
        kept=kept,
        profile=profile,
        channels=tuple(_compare_channels(old, new)),
        outcomes=tuple(_compare_outcomes(old, new)),
        claims=claims,
        evidence=evidence,
        alternatives=alternatives,
        reworded=tuple(filterfalse(told.__contains__, list_changed_promises(old.plan, new.plan, within=kept))),
        waivers=tuple(_compare_waivers(old.plan, new.plan, kept)),
        plan_findings=tuple(_compare_plan_findings(old, new)),
        now_required=_list_required_only(new, but=old),
        no_longer_required=_list_required_only(old, but=new),
    )


# --- what the plans declare of themselves ---------------------------------------------------------------------------


def _list_plan_fields(plan: Plan) -> Mapping[str, str | None]:
    model, organization, compared = plan.model, plan.organization, plan.model.comparable_open_models
    profile = {"role": organization.role, "size": organization.size, "capability": model.capability}
    left_out = {name: " (left out)" if name in plan.undeclared else "" for name in profile}
    return {
        "model": model.name,
        "version": model.version,
        "developer": model.developer,
        "parameters": None if model.parameters is None else f"{model.parameters:,.0f}",
        "base_model": listed(sorted(model.base_models)) or None,
        "base_model_relation": model.base_model_relation,
        "purl": model.purl,
        "systemic_risk": None if model.systemic_risk is None else str(model.systemic_risk).lower(),
        "training_compute": None if model.training_compute is None else f"{model.training_compute:g}",
        "comparable_open_models": listed(sorted(f"{one.name} ({one.compares})" for one in compared)) or None,
        **{name: f"{value}{left_out[name]}" for name, value in profile.items()},
        "fail_under": str(plan.fail_under),
        **{f"file {file.name}": file.sha256 for file in plan.files},
    }


def _compare_values(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> tuple[ValueChange, ...]:
    changes = []
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            changes.append(ValueChange(name=name, before=before.get(name), after=after.get(name)))
    return tuple(changes)


def _compare_alternatives(before: Plan, after: Plan) -> Iterable[tuple[str, Direction]]:
    was, now = {one.id for one in before.adoptions}, {one.id for one in after.adoptions}
    for name in sorted(was ^ now):
        yield name, Direction.APPEARED if name in now else Direction.VANISHED


def _list_required_only(report: Report, but: Report) -> tuple[Safeguard, ...]:
    others = {finding.safeguard.id for finding in but.findings if finding.required}
    required = [finding.safeguard for finding in report.findings if finding.required]
    return tuple(safeguard for safeguard in required if safeguard.id not in others)


# --- channels -------------------------------------------------------------------------------------------------------


def _compare_channels(before: Report, after: Report) -> Iterable[ChannelChange]:
    """Yield the channels that differ, those that are there now in the order of the report, then those that are gone."""
    was, now = (dict(zip(report.access, report.channels, strict=True)) for report in (before, after))
    for name in now | was:
        old, new = was.get(name), now.get(name)
        values = _compare_values(_list_channel_fields(old), _list_channel_fields(new))
        level_before, level_after = (channel.access_level if channel else None for channel in (old, new))
        direction = _rate_access(level_before, level_after)
        if direction is not Direction.CHANGED or values:
            yield ChannelChange(
                channel=name, direction=direction, before=level_before, after=level_after, values=values
            )


def _rate_access(before: AccessLevel | None, after: AccessLevel | None) -> Direction:
    if before is None:
        return Direction.ADDED
    if after is None:
        return Direction.DROPPED
    if after.rank == before.rank:
        return Direction.CHANGED
    return Direction.RAISED if after.rank > before.rank else Direction.LOWERED


def _list_channel_fields(report: ChannelReport | None) -> Mapping[str, str | None]:
    if report is None:
        return {}
    channel = report.channel
    return {
        "opens": channel.opens.isoformat() if channel.opens else None,
        "closes": channel.closes.isoformat() if channel.closes else None,
        "operator": None if channel.operator == "self" else channel.operator,
        "audience": channel.audience,
        "gated": str(channel.gated) if channel.gated else None,
        "license": _describe_license(channel.license) if channel.license else None,
        "variant": channel.variant,
        "url": channel.url,
    }


def _describe_license(granted: License) -> str:
    group = granted.declared_class or granted.derived_class or "unknown"
    return f"{granted.id or granted.name or granted.url or 'unnamed'} ({group})"


# --- outcomes -------------------------------------------------------------------------------------------------------


def rate_change(before: Outcome | None, after: Outcome | None) -> Direction:
    """Return what became of an outcome; None stands for a channel that is not there.

    What was not asked of the plan before and is asked and not met now is worse. That it is no longer asked is a change
    and no merit.
    """
    if before is None or after is None:
        return _rate_presence(before, after)
    if after is Outcome.NOT_APPLICABLE:
        return Direction.CHANGED
    if before is Outcome.NOT_APPLICABLE:
        return Direction.CHANGED if after is Outcome.SATISFIED else Direction.WORSE
    return Direction.WORSE if OUTCOME_ORDER[after] < OUTCOME_ORDER[before] else Direction.BETTER


def _rate_presence(before: object | None, after: object | None) -> Direction:
    if before is None:
        return Direction.APPEARED
    return Direction.VANISHED if after is None else Direction.CHANGED


def _compare_outcomes(before: Report, after: Report) -> Iterable[OutcomeChange]:
    """Yield the outcomes that differ, by safeguard in the order of the catalog: for the release, then by channel."""
    for earlier, finding in zip(before.findings, after.findings, strict=True):
        was, now = ({None: one.outcome, **one.outcomes} for one in (earlier, finding))
        for channel in now | was:
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


def _compare_claims(before: Report, after: Report, kept: Sequence[str]) -> Iterable[ClaimChange]:
    for safeguard in after.catalog.safeguards:
        changes: dict[tuple[_Statement, _Statement], list[str]] = defaultdict(list)
        for channel in kept:
            old, new = (_take_statement(report.plan.claim_on(safeguard.id, channel)) for report in (before, after))
            if old != new:
                changes[old, new].append(channel)
        for (old, new), channels in changes.items():
            yield ClaimChange(
                safeguard=safeguard,
                channels=tuple(channels),
                direction=_rate_presence(old or None, new or None),
                values=_compare_values(dict(old), dict(new)),
            )
        if not changes:
            yield from _compare_scopes(safeguard, before.plan, after.plan)


_Statement = tuple[tuple[str, str], ...]


def _take_statement(claim: Claim | None) -> _Statement:
    """Return what a claim says: an `unanswered` one as much as none."""
    if claim is None or claim.status is Status.UNANSWERED:
        return ()
    return ("status", claim.status), ("against", claim.against)


def _compare_scopes(safeguard: Safeguard, before: Plan, after: Plan) -> Iterable[ClaimChange]:
    """Yield the change of a claim that names other channels and says the same on all that both plans have."""
    there = set(after.channel_ids)
    was, now = (_list_answers(plan, safeguard) for plan in (before, after))
    old, new = _describe_scope(was, set(before.channel_ids) - there), _describe_scope(now, set())
    if was and now and old != new:
        values = (ValueChange(name="channels", before=old, after=new),)
        channels = tuple(sorted(list_named_channels(now) or there))
        yield ClaimChange(safeguard=safeguard, channels=channels, direction=Direction.CHANGED, values=values)


def _list_answers(plan: Plan, safeguard: Safeguard) -> list[Claim]:
    return [claim for claim in plan.claims.get(safeguard.id, ()) if claim.status is not Status.UNANSWERED]


def _describe_scope(claims: Sequence[Claim], gone: set[str]) -> str:
    """Return the channels that claims name, without those that the plan no longer has."""
    everywhere = [] if all(claim.channels for claim in claims) else ["every channel"]
    return listed([*everywhere, *sorted(list_named_channels(claims) - gone)])


def _compare_evidence(before: Report, after: Report, kept: Sequence[str]) -> Iterable[EvidenceChange]:
    for safeguard in after.catalog.safeguards:
        changes: dict[tuple[str, str, str | None, str | None], list[str]] = defaultdict(list)
        for channel in kept:
            old, new = (_list_doubts(report.plan.claim_on(safeguard.id, channel)) for report in (before, after))
            for ref, kind in sorted(old | new):
                if old.get((ref, kind)) != new.get((ref, kind)):
                    changes[ref, kind, old.get((ref, kind)), new.get((ref, kind))].append(channel)
        for (ref, kind, doubt_before, doubt_after), channels in changes.items():
            yield EvidenceChange(
                safeguard=safeguard,
                channels=tuple(channels),
                direction=_rate_presence(doubt_before, doubt_after),
                ref=ref,
                type=kind,
                before=doubt_before,
                after=doubt_after,
            )


def _list_doubts(claim: Claim | None) -> dict[tuple[str, str], str]:
    """Return what a claim names as evidence, with what speaks against it: the last text, where it is named twice."""
    evidence = claim.evidence if claim else ()
    doubts = [((item.ref, item.type), item.problem if item.is_doubtful else "") for item in evidence]
    return dict(sorted(doubts))


# --- waivers --------------------------------------------------------------------------------------------------------


def _compare_waivers(before: Plan, after: Plan, kept: Collection[str]) -> Iterable[WaiverChange]:
    was, now = (_group_waivers(plan, kept) for plan in (before, after))
    gone = set(before.channel_ids) - set(kept)
    for subject in sorted(was | now):
        for old, new in _pair_waivers(was.get(subject, {}), now.get(subject, {})):
            direction, waiver = _rate_waiver_change(old, new, gone), new or old
            if direction is not None and waiver is not None:
                yield WaiverChange(direction=direction, waiver=waiver, before=old, after=new)


_Subject = tuple[str, bool, tuple[str, ...]]
_Terms = tuple[date, date, str, str]


def _group_waivers(plan: Plan, kept: Collection[str]) -> dict[_Subject, dict[_Terms, Waiver]]:
    """Return waivers by safeguard and by the channels they name among those that both plans have."""
    groups: dict[_Subject, dict[_Terms, Waiver]] = defaultdict(dict)
    for waiver in plan.waivers:
        named = tuple(sorted(set(waiver.channels) & set(kept)))
        groups[waiver.safeguard, bool(waiver.channels), named][_get_terms(waiver)] = waiver
    return groups


def _pair_waivers(
    before: Mapping[_Terms, Waiver], after: Mapping[_Terms, Waiver]
) -> Iterable[tuple[Waiver | None, Waiver | None]]:
    """Pair the waivers of one subject: those of equal terms with each other, the rest by their dates."""
    for terms in sorted(before.keys() & after.keys()):
        yield before[terms], after[terms]
    was, now = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    for old, new in zip_longest(was, now):
        yield before[old] if old else None, after[new] if new else None


def _get_terms(waiver: Waiver) -> _Terms:
    return waiver.granted, waiver.expires, waiver.reason, waiver.owner


def _rate_waiver_change(before: Waiver | None, after: Waiver | None, gone: set[str]) -> Direction | None:
    if before is None:
        return Direction.ADDED
    if after is None:
        return Direction.REMOVED
    if after.expires > before.expires or set(after.channels) - set(before.channels):
        return Direction.EXTENDED
    if after.expires < before.expires:
        return Direction.SHORTENED
    narrowed = set(before.channels) - set(after.channels) - gone
    return Direction.CHANGED if narrowed or _get_terms(before) != _get_terms(after) else None


# --- findings on the plan itself ------------------------------------------------------------------------------------


def _compare_plan_findings(before: Report, after: Report) -> Iterable[PlanFindingChange]:
    was, now = (_group_plan_findings(report) for report in (before, after))
    for kind in sorted(was | now):
        for old, new in zip_longest(was.get(kind, []), now.get(kind, [])):
            finding = new or old
            if finding and (old is None or new is None or old.level is not new.level):
                yield PlanFindingChange(direction=_rate_presence(old, new), finding=finding, before=old, after=new)


def _group_plan_findings(report: Report) -> dict[tuple[str, str], list[PlanFinding]]:
    groups: dict[tuple[str, str], list[PlanFinding]] = defaultdict(list)
    for finding in sorted(report.plan_findings, key=lambda finding: finding.message):
        groups[finding.kind, finding.channel or ""].append(finding)
    return groups
