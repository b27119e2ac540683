"""What could be done about a plan that fails, safeguard by safeguard: the changes among which `suggest` looks. Pure.

A change is something to do, a claim to narrow or withdraw, or a decision on the plan. None of them claims what is not
done, waives, drops a channel, or makes the declared capability, size or role less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Alternative, Binds, Flag, Safeguard
from aisafe_cli.domain.edits import (
    add_adoption,
    add_channel,
    replace_doubtful_evidence,
    set_channel_fields,
    set_claims_on,
)
from aisafe_cli.domain.outcome import UNMET, Outcome
from aisafe_cli.domain.plan import Channel, Claim, Evidence, License, Plan, Status
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.evaluation.evidence import describe_problems, describe_remedies, find_doubtful
from aisafe_cli.evaluation.places import Place, find_judgement
from aisafe_cli.evaluation.stages import StageEnd, find_ruled_out, find_stage_ends, has_held, is_judged_by_stages
from aisafe_cli.text.wording import listed

_TAMPER_TEST = "tamper_evaluation"
NOTHING_ANSWERED = "nothing-answered"
_REDISTRIBUTION = "license-allows-redistribution"
_ON_TERMS = f"{_REDISTRIBUTION}-on-terms"
_CLASS_DIFFERS = "license-class-differs"
_NOT_RECOGNISED = "license-not-recognised"
_UNCONFIRMED = "evidence-cannot-be-confirmed"
_DAY = timedelta(days=1)
_SHOWN = 6
_MAX_VARIANTS = 4  # each doubles the work, and models are released in few


class Kind(StrEnum):
    """What kind of change it is, in the order in which changes that cost the same are taken."""

    OPEN_STAGE = "open_stage"
    POSTPONE = "postpone"
    DECIDE = "decide"
    NARROW = "narrow"
    WITHDRAW = "withdraw"
    NARROW_AGAINST = "narrow_against"
    CONFIRM = "confirm"
    ANSWER = "answer"
    TEST = "test"
    CARRY_OUT = "carry_out"
    HOLD_STAGE = "hold_stage"
    ADOPT = "adopt"


@record
class ClaimEdit:
    """What a plan would say of a safeguard after a change: nothing more on some channels, and other claims instead."""

    safeguard: str
    taken_from: tuple[str, ...]
    claims: tuple[Claim, ...] = ()


@record
class ChannelEdit:
    """Fields that channels would have after a change."""

    channels: tuple[str, ...]
    fields: Mapping[str, Any]


@record
class EvidenceEdit:
    """Doubtful evidence put right by a day: that of a safeguard's claims, or None for that of the plan itself."""

    safeguard: str | None
    day: date


@record
class Remedy:
    """One change. `effort` is 0 for a decision or a narrower claim, else the catalog's 1 to 5.

    `subject` is the id of a safeguard or an alternative, the rule of a plan finding, or `channels`. The edits say how
    the plan would read once the change is made; what is carried out then counts as claimed. `in_doubt` marks a change
    that helps only if something is true which the team alone can know.
    """

    kind: Kind
    subject: str
    title: str
    channels: tuple[str, ...] = ()
    effort: int = 0
    action: str
    in_doubt: bool = False
    claim_edits: tuple[ClaimEdit, ...] = ()
    evidence_edits: tuple[EvidenceEdit, ...] = ()
    channel_edits: tuple[ChannelEdit, ...] = ()
    opened: tuple[Channel, ...] = ()
    adopted: str = ""

    def apply_to(self, plan: Plan) -> Plan:
        """Return the plan as it would read with this change."""
        for edit in self.channel_edits:
            plan = set_channel_fields(plan, edit.channels, **edit.fields)
        for channel in self.opened:
            plan = add_channel(plan, channel)
        for remedy in self.claim_edits:
            plan = set_claims_on(plan, remedy.safeguard, remedy.taken_from, remedy.claims)
        for evidence in self.evidence_edits:
            plan = replace_doubtful_evidence(plan, evidence.safeguard, evidence.day)
        return add_adoption(plan, self.adopted) if self.adopted else plan


def apply_remedies(plan: Plan, changes: Iterable[Remedy]) -> Plan:
    """Return the plan with all of the changes, made in the order given."""
    for remedy in changes:
        plan = remedy.apply_to(plan)
    return plan


# --- a safeguard ----------------------------------------------------------------------------------------------------

Remedies = tuple[Remedy, ...]


def propose_remedies(report: Report, finding: Finding, planned: Report) -> tuple[Remedies, ...]:
    """Return the ways to deal with one safeguard, the one that changes least first; the empty one changes nothing.

    Where a claim relies on the safeguard in vain, every other way narrows or withdraws it or makes it good. `planned`
    is the report before room was made for stages: a claim can be narrowed to a stage of the plan, not to a new one.
    """
    judged = [result for result in finding.channels if result.judged]
    if judged[0].outcome is not Outcome.NOT_APPLICABLE and is_judged_by_stages(finding.safeguard, judged[0].flag):
        return _ways_by_stages(report, finding, planned)
    case = _Case(
        report=report,
        finding=finding,
        vain=tuple(one for one in judged if _is_vain(one) and one.flag is Flag.INCOMPATIBLE),
        untested=tuple(one for one in judged if _is_vain(one) and one.flag is not Flag.INCOMPATIBLE),
        unmet=tuple(one for one in judged if one.outcome in UNMET),
    )
    narrowed = (_narrowed(case, case.vain),) if case.vain else ()
    ways: list[Remedies] = [(), narrowed] if narrowed else [()]
    if case.untested:
        ways.append((_narrowed(case, (*case.vain, *case.untested)),))
        if _can_be_against_fewer(finding.safeguard):
            ways.append((*narrowed, _against_fewer(case)))
    if doubted := _doubted(one.claim for one in (*case.untested, *case.unmet)):
        ways.append((*narrowed, _confirmed(report, case.safeguard, doubted)))
    if case.untested or case.unmet:
        ways.append((*narrowed, _tested(case) if _needs_only_a_test(case) else _carried_out(case)))
    return tuple(ways)


@record
class _Case:
    """A safeguard with what is wrong with it: relied on where it cannot work, relied on untested, not done."""

    report: Report
    finding: Finding
    vain: tuple[ChannelResult, ...]
    untested: tuple[ChannelResult, ...]
    unmet: tuple[ChannelResult, ...]

    @property
    def safeguard(self) -> Safeguard:
        return self.finding.safeguard

    def edit(self, channels: Iterable[str], claims: Iterable[Claim] = ()) -> tuple[ClaimEdit, ...]:
        return (ClaimEdit(safeguard=self.safeguard.id, taken_from=tuple(channels), claims=tuple(claims)),)


def _is_vain(result: ChannelResult) -> bool:
    return result.outcome is Outcome.INEFFECTIVE


def _narrowed(case: _Case, left: Sequence[ChannelResult]) -> Remedy:
    """Take the claims away from channels where they are relied on in vain.

    What binds the release is judged on its most open channels alone, so there the whole claim goes.
    """
    names = set(_ids(left))
    whole = case.safeguard.binds is Binds.RELEASE
    relied_on = [one for one in case.finding.channels if one.claim and one.claim.is_relied_on]
    kept = [] if whole else [one.channel for one in relied_on if one.channel not in names]
    why = [
        f"{said} on {name_channels(_ids(there))}."
        for said, there in (("It cannot work", case.vain), ("Nothing shows that it holds", case.untested))
        if names.issuperset(_ids(there)) and there
    ]
    if names.intersection(_ids(case.untested)) and _can_be_against_fewer(case.safeguard):
        why.append(f"Or keep it as {_AGAINST_FEWER}, if it is relied on there against no one else.")
    return _change(
        case.safeguard,
        Kind.NARROW if kept else Kind.WITHDRAW,
        channels=_ids(left),
        action=" ".join([f"Narrow the claim to {name_channels(kept)}." if kept else "Withdraw the claim.", *why]),
        claim_edits=case.edit(_scope(case, names) if whole else _ids(left)),
    )


def _scope(case: _Case, names: set[str]) -> Iterable[str]:
    """Every channel of the claims that cover one of the channels."""
    everywhere = _ids(case.finding.channels)
    for claim in case.report.plan.claims.get(case.safeguard.id, ()):
        scope = claim.channels or everywhere
        if names.intersection(scope):
            yield from scope


_AGAINST_FEWER = "a claim against casual users (`against: casual_users`)"


def _can_be_against_fewer(safeguard: Safeguard) -> bool:
    return safeguard.tamper_rule is not None and safeguard.tamper_rule.unless_against is not None


def _against_fewer(case: _Case) -> Remedy:
    rule = case.safeguard.tamper_rule
    against = (rule and rule.unless_against) or ""
    return _change(
        case.safeguard,
        Kind.NARROW_AGAINST,
        channels=_ids(case.untested),
        action=f"Narrow the claim on {name_channels(_ids(case.untested))} to {_AGAINST_FEWER}, if it is relied on there"
        " against no one else. Otherwise test it or withdraw it.",
        in_doubt=True,
        claim_edits=case.edit(_ids(case.untested), _claims_on(case.untested, against=against)),
    )


def _claims_on(results: Sequence[ChannelResult], **fields: Any) -> Iterable[Claim]:
    """The claims that the plan makes on these channels, limited to each of them and with other fields."""
    return (replace(one.claim, channels=(one.channel,), **fields) for one in results if one.claim)


def _doubted(claims: Iterable[Claim | None]) -> Sequence[Claim]:
    """Claims that are relied on and name evidence that cannot be confirmed."""
    return [claim for claim in claims if claim and claim.is_relied_on and find_doubtful(claim.evidence)]


def _confirmed(report: Report, safeguard: Safeguard, doubted: Sequence[Claim]) -> Remedy:
    named_as_evidence = [item for claim in doubted for item in claim.evidence]
    return _change(
        safeguard,
        Kind.CONFIRM,
        channels=_channels_of(report, doubted),
        action=f"Put right what the claim names as evidence: {describe_problems(named_as_evidence)}."
        f" {describe_remedies(named_as_evidence)} If nothing shows what is claimed, it has to be done first.",
        in_doubt=True,
        claim_edits=(),
        evidence_edits=(EvidenceEdit(safeguard=safeguard.id, day=report.as_of),),
    )


def _needs_only_a_test(case: _Case) -> bool:
    return not case.unmet and all(one.claim and one.claim.status is Status.IMPLEMENTED for one in case.untested)


def _tested(case: _Case) -> Remedy:
    channels = _ids(case.untested)
    claims = list(_claims_on(case.untested))
    tested = [
        replace(
            claim,
            evidence=(*(item for item in claim.evidence if not item.is_doubtful), _shown(case.report, _TAMPER_TEST)),
        )
        for claim in claims
    ]
    others = describe_problems(item for claim in claims for item in claim.evidence if item.type != _TAMPER_TEST)
    put_right = f" What else it names as evidence has to be put right: {others}." if others else ""
    return _change(
        case.safeguard,
        Kind.TEST,
        effort=case.safeguard.effort,
        channels=channels,
        action=f"{_test_on(channels)} If it does not hold, the claim has to go.{put_right}",
        claim_edits=case.edit(channels, tested),
    )


def _test_on(channels: Sequence[str]) -> str:
    return (
        f"Test on {name_channels(channels)} what is left of it after somebody has tried to undo it, and name the test"
        " as evidence of type `tamper_evaluation`."
    )


def _carried_out(case: _Case) -> Remedy:
    """Carry it out wherever it can work and is not done, with a test where the claim could not be relied on without."""
    wanted = {*_ids(case.untested), *_ids(case.unmet)}
    channels = [one.channel for one in case.finding.channels if one.channel in wanted]
    to_test = _to_test(case, channels)
    done = Claim(status=Status.IMPLEMENTED, channels=tuple(channels), evidence=_shown_by(case.report, to_test))
    where = "for the release" if case.safeguard.binds is Binds.RELEASE else f"on {name_channels(channels)}"
    words = [f"Carry it out {where}, then say so in the plan. {case.safeguard.remedy}"]
    words += [f"It counts on a condition: {condition}." for condition in _conditions(case, channels)]
    words += [_test_on(to_test)] if to_test else []
    return _change(
        case.safeguard,
        Kind.CARRY_OUT,
        effort=case.safeguard.effort,
        channels=channels,
        action=" ".join(words),
        claim_edits=case.edit(channels, [done]),
    )


def _shown_by(report: Report, to_test: Collection[str]) -> tuple[Evidence, ...]:
    """What a claim would name as evidence once it is carried out: a test where it needs one, else what is asked for."""
    if to_test:
        return (_shown(report, _TAMPER_TEST),)
    return (_shown(report),) if report.overrides.asks_for_evidence_at(report.plan.model.capability) else ()


def _shown(report: Report, kind: str = "other") -> Evidence:
    return Evidence(ref="to be named", type=kind, date=report.as_of)


def _to_test(case: _Case, channels: Sequence[str]) -> Sequence[str]:
    rule = case.safeguard.tamper_rule
    access_levels = {one.channel.id: one.access_level for one in case.report.channels}
    return [name for name in channels if rule and rule.channel_has & access_levels[name].properties]


def _conditions(case: _Case, channels: Sequence[str]) -> Iterable[str]:
    found = (
        find_judgement(
            case.safeguard,
            case.report.plan,
            Place(channel=one.channel, access_level=one.access_level),
            case.report.catalog,
        )
        for one in case.report.channels
        if one.channel.id in channels
    )
    return dict.fromkeys(one.condition.rstrip(".") for one in found if one.flag is Flag.CONDITIONAL)


def _change(
    safeguard: Safeguard,
    kind: Kind,
    *,
    action: str,
    channels: Sequence[str],
    claim_edits: tuple[ClaimEdit, ...],
    effort: int = 0,
    in_doubt: bool = False,
    evidence_edits: tuple[EvidenceEdit, ...] = (),
) -> Remedy:
    return Remedy(
        kind=kind,
        subject=safeguard.id,
        title=safeguard.title,
        channels=tuple(channels),
        effort=effort,
        action=action,
        in_doubt=in_doubt,
        claim_edits=claim_edits,
        evidence_edits=evidence_edits,
    )


# --- a safeguard that goes by stages --------------------------------------------------------------------------------


def _ways_by_stages(report: Report, finding: Finding, planned: Report) -> tuple[Remedies, ...]:
    safeguard = finding.safeguard
    ends = ends_of_stages(report, safeguard)
    relied_on = [claim for claim in report.plan.claims.get(safeguard.id, ()) if claim.is_relied_on]
    failed = [claim for claim in relied_on if not has_held(claim, ends)]

    def confirmed(claims: Sequence[Claim]) -> Remedies:
        doubted = _doubted(claims)
        return (_confirmed(report, safeguard, doubted),) if doubted else ()

    kept = confirmed([claim for claim in relied_on if claim not in failed])
    ways: list[Remedies] = [()]
    if failed:
        ways.append((_withdrawn(report, safeguard, failed),))
        were_there = all(end.stages for end in ends_of_stages(planned, safeguard))
        if were_there and any(map(_is_done_everywhere, failed)):
            ways.append((_narrowed_to_stages(report, safeguard, failed, ends), *confirmed(relied_on)))
    if kept:
        ways.append((*ways[1], *kept) if failed else kept)
    if finding.outcome is not Outcome.SATISFIED and can_still_hold_stages(report, ends):
        ways.append((_stage_held(report, safeguard, ends),))
    return tuple(ways)


def ends_of_stages(report: Report, safeguard: Safeguard) -> Sequence[StageEnd]:
    """Return where the stages end before which a safeguard that goes by stages can be carried out."""
    places = [Place(channel=one.channel, access_level=one.access_level) for one in report.channels]
    return find_stage_ends(places, find_ruled_out(safeguard, report.plan, places))


def can_still_hold_stages(report: Report, ends: Sequence[StageEnd]) -> bool:
    """Return whether every end is still to come and has a channel before it."""
    return all(end.stages and end.day > report.as_of for end in ends)


def _is_done_everywhere(claim: Claim) -> bool:
    return claim.status is Status.IMPLEMENTED and not claim.channels


def _withdrawn(report: Report, safeguard: Safeguard, failed: Sequence[Claim]) -> Remedy:
    gone = _channels_of(report, failed)
    return _change(
        safeguard,
        Kind.WITHDRAW,
        channels=gone,
        action="Withdraw the claim. It names no stage that is kept limited before the release opens fully.",
        claim_edits=(ClaimEdit(safeguard=safeguard.id, taken_from=gone),),
    )


def _narrowed_to_stages(
    report: Report, safeguard: Safeguard, failed: Sequence[Claim], ends: Sequence[StageEnd]
) -> Remedy:
    stages = _ordered(report, {name for end in ends for name in end.stages})
    gone = tuple(name for name in _channels_of(report, failed) if name not in stages)
    return _change(
        safeguard,
        Kind.NARROW,
        channels=gone,
        action=f"Narrow the claim to {name_channels(stages)}, if the audience is kept limited there until the release"
        " opens fully. Otherwise withdraw it.",
        in_doubt=True,
        claim_edits=(ClaimEdit(safeguard=safeguard.id, taken_from=gone),),
    )


def _channels_of(report: Report, claims: Sequence[Claim]) -> tuple[str, ...]:
    everywhere = [one.channel.id for one in report.channels]
    return _ordered(report, {name for claim in claims for name in claim.channels or everywhere})


def _stage_held(report: Report, safeguard: Safeguard, ends: Sequence[StageEnd]) -> Remedy:
    stages = tuple(dict.fromkeys(_ordered(report, end.stages)[0] for end in ends))
    return _change(
        safeguard,
        Kind.HOLD_STAGE,
        effort=safeguard.effort,
        channels=stages,
        action=f"Keep the audience of {name_channels(stages)} limited until the release opens fully, then say so in the"
        f" plan and name the channel in the claim. {safeguard.remedy}",
        claim_edits=(
            ClaimEdit(
                safeguard=safeguard.id,
                taken_from=tuple(one.channel.id for one in report.channels),
                claims=(Claim(status=Status.IMPLEMENTED, channels=stages, evidence=_shown_by(report, ())),),
            ),
        ),
    )


def stages_before(report: Report, safeguard: Safeguard) -> tuple[Sequence[Remedies], bool]:
    """Return the ways to make room for a limited stage, and whether these are all; the last does the most.

    One way puts a variant off until after all others, so that its stage is the one that counts; another makes room in
    each variant that counts now. There is none where a channel that ends the stage is open already: one that has a day
    of opening in the past is, and one without a day may still be put off.
    """
    ended = [one.channel for one in report.channels if _ends_it(report, safeguard, one)]
    variants = sorted({channel.variant for channel in ended}, key=lambda variant: variant or "")
    tried = variants[:_MAX_VARIANTS] if len(variants) > 1 else []
    ways = [_room_before(report, safeguard, variant, after=_last_of_others(report, variant)) for variant in tried]
    everywhere: list[Remedy] = []
    for end in ends_of_stages(report, safeguard):
        if end.stages and end.day > report.as_of:
            continue
        taken = {remedy.subject for remedy in everywhere}
        made = _room_before(report, safeguard, end.variant, taken=taken)
        if made is None:
            break
        everywhere += made
    else:
        ways.append(tuple(everywhere))
    return [route for route in ways if route], len(variants) <= _MAX_VARIANTS


def _last_of_others(report: Report, variant: str | None) -> date:
    """Return the day on which the last channel of the other variants opens."""
    others = (one.channel.opens for one in report.channels if one.channel.variant != variant)
    return max((opens or date.min for opens in others), default=date.min)


def _room_before(
    report: Report,
    safeguard: Safeguard,
    variant: str | None,
    after: date = date.min,
    taken: Collection[str] = (),
) -> Remedies | None:
    """Return the decisions that make room in a variant, whose other channels open after a day then; None for no way."""
    same = [one for one in report.channels if one.channel.variant == variant]
    ended = [one.channel for one in same if _ends_it(report, safeguard, one)]
    before = [one.channel for one in same if one.channel not in ended]
    if any(channel.opens and channel.opens <= report.as_of for channel in ended):
        return None
    first = max(report.as_of, after, min((channel.opening for channel in before), default=date.min))
    if first == date.max:
        return None
    day = first + _DAY
    late = [channel for channel in ended if channel.opening < day]
    if any(channel.closes and channel.closes <= day for channel in late):
        return None
    stages = [channel.id for channel in before]
    decisions: list[Remedy] = []
    if not stages:
        decisions.append(_new_stage(report, safeguard, variant, taken))
        stages = [decisions[0].subject]
    if late:
        decisions.append(_put_off(late, day, stages))
    return tuple(decisions)


def _ends_it(report: Report, safeguard: Safeguard, one: ChannelReport) -> bool:
    return safeguard.is_ruled_out(report.plan.organization.role, one.access_level)


def _new_stage(report: Report, safeguard: Safeguard, variant: str | None, taken: Collection[str]) -> Remedy:
    """Open a channel at the least open rung that hands out copies, since copies are what the release is about."""
    role = report.plan.organization.role
    access_levels = [
        access_level
        for access_level in report.ladder.access_levels.values()
        if safeguard.judgement_on(role, access_level).flag is not Flag.INCOMPATIBLE
    ]
    access_level = next(
        (access_level for access_level in access_levels if access_level.is_readable),
        access_levels[-1],
    )
    there = {channel.id for channel in report.plan.channels}.union(taken)
    name = next(name for name in _names("limited-stage") if name not in there)
    stage = Channel(id=name, access=access_level.id, opens=report.as_of, variant=variant, gated="manual")
    return Remedy(
        kind=Kind.OPEN_STAGE,
        subject=name,
        title=f"Open a limited stage: {name}, at {access_level.id}",
        channels=(name,),
        action="Add a channel to the plan that opens to a limited audience before the others, for example at"
        f" {access_level.id}"
        " (modelled here, with each request reviewed). Every safeguard that can work there is asked for there too.",
        opened=(stage,),
        # What is done to the model is done in each copy of it; what a service does is not done in a new place at once.
        claim_edits=tuple(
            ClaimEdit(safeguard=one.id, taken_from=(name,))
            for one in report.catalog.safeguards
            if one.binds is Binds.SERVICE and one.id in report.plan.claims
        ),
    )


def _names(stem: str) -> Iterable[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _put_off(late: Sequence[Channel], day: date, before: Sequence[str]) -> Remedy:
    names = sorted(channel.id for channel in late)
    undated = sorted(channel.id for channel in late if channel.opens is None)
    told = (
        f" Without a day, {name_channels(undated)} would count as open from the start: give the day of opening."
        if undated
        else ""
    )
    return Remedy(
        kind=Kind.POSTPONE,
        subject="channels",
        title=f"Open {name_channels(names)} later than {name_channels(before)}",
        channels=tuple(names),
        action=f"Open {name_channels(names)} only after a limited stage on {name_channels(before)}, and write both days"
        f" down (here: {day.isoformat()}, any later day will do).{told} What is open already cannot be put off any"
        " more.",
        channel_edits=(ChannelEdit(channels=tuple(names), fields={"opens": day}),),
    )


# --- the plan itself ------------------------------------------------------------------------------------------------


def propose_decisions(report: Report, rules: Iterable[str]) -> tuple[Remedy, ...] | None:
    """Return the decisions that settle findings on the plan itself, or None where one has none.

    `nothing-answered` is left to `answers`: whatever is carried out settles it too.
    """
    found = [one for one in report.plan_findings if one.kind in rules and one.kind != NOTHING_ANSWERED]
    relicensed = {one.channel for one in found if one.kind in (_REDISTRIBUTION, _ON_TERMS)}
    by_rule: dict[str, list[PlanFinding]] = {}
    for one in found:
        if one.kind != _CLASS_DIFFERS or one.channel not in relicensed:
            by_rule.setdefault(one.kind, []).append(one)
    unconfirmed = by_rule.pop(_UNCONFIRMED, [])
    if not by_rule.keys() <= _DECISIONS.keys():
        return None
    decisions = (_decision(report.plan, rule, by_rule[rule]) for rule in sorted(by_rule))
    return (*decisions, *(_confirmed_on_plan(report, one) for one in unconfirmed))


def _confirmed_on_plan(report: Report, found: PlanFinding) -> Remedy:
    return Remedy(
        kind=Kind.CONFIRM,
        subject=found.kind,
        title="Put right what the plan names as evidence",
        action=f"{found.message} {found.remedy}",
        in_doubt=True,
        evidence_edits=(EvidenceEdit(safeguard=None, day=report.as_of),),
    )


_BOUNDED_LICENSE = License(name="one that does not allow redistribution", declared_class="proprietary")
_DECISIONS: Mapping[str, tuple[str, str]] = {
    _REDISTRIBUTION: (
        "Choose a license that fits the access",
        "Decide whether copies may be passed on. If not, choose a license that forbids it (modelled here). If they may,"
        " set the access to gated_weights_clickthrough or open_weights; the plan is then judged as that open.",
    ),
    _ON_TERMS: (
        "Say which license holds here",
        "Decide whether copies may be passed on. If not, name a license that forbids it (modelled here). If they may,"
        " set the access to gated_weights_clickthrough or open_weights; the plan is then judged as that open.",
    ),
    _CLASS_DIFFERS: ("Correct the class of the license", "Correct the class, or leave it out."),
    _NOT_RECOGNISED: (
        "Say whether the license allows redistribution",
        "Set the class of the license, or name it by its SPDX or Hub identifier. Modelled here: that it forbids passing"
        " copies on. If it allows that, set the access to gated_weights_clickthrough or open_weights.",
    ),
    "gate-is-automatic": (
        "Decide who reviews requests",
        "Review each request (gated: manual; modelled here). If nobody can, set the access to"
        " gated_weights_clickthrough; the plan is then judged as that open.",
    ),
    "closing-recalls-nothing": (
        "Do not count on the closing date",
        "Take the closing date out of the plan: it stops new downloads and recalls nothing.",
    ),
}


def _decision(plan: Plan, rule: str, found: Sequence[PlanFinding]) -> Remedy:
    title, action = _DECISIONS[rule]
    names = tuple(one.channel for one in found if one.channel)
    return Remedy(
        kind=Kind.DECIDE,
        subject=rule,
        title=title,
        channels=names,
        action=f"On {name_channels(names)}: {action}",
        in_doubt=rule == _NOT_RECOGNISED,
        channel_edits=tuple(_fields_after(rule, channel) for channel in plan.channels if channel.id in names),
    )


def _fields_after(rule: str, channel: Channel) -> ChannelEdit:
    if rule in (_REDISTRIBUTION, _ON_TERMS):
        fields: Mapping[str, Any] = {"license": _BOUNDED_LICENSE}
    elif rule == _NOT_RECOGNISED and channel.license:
        fields = {"license": replace(channel.license, declared_class=_BOUNDED_LICENSE.declared_class)}
    elif rule == _CLASS_DIFFERS and channel.license:
        fields = {"license": replace(channel.license, declared_class=None)}
    else:
        fields = {"gated": "manual"} if rule == "gate-is-automatic" else {"closes": None}
    return ChannelEdit(channels=(channel.id,), fields=fields)


def propose_answers(report: Report) -> Remedy:
    """Return the change that answers every question; by the worst answer, since nothing more is known."""
    edits = []
    for finding in report.findings:
        open_on = tuple(one.channel for one in finding.channels if one.judged and one.outcome is Outcome.UNKNOWN)
        if open_on:
            said = Claim(status=Status.NOT_IMPLEMENTED, channels=open_on)
            edits.append(ClaimEdit(safeguard=finding.safeguard.id, taken_from=open_on, claims=(said,)))
    return Remedy(
        kind=Kind.ANSWER,
        subject=NOTHING_ANSWERED,
        title="Answer what the plan leaves open",
        action="Say for each safeguard what is done, what is planned and what is not. Modelled here: that none is.",
        claim_edits=tuple(edits),
    )


def propose_adoption(alternative: Alternative, instead_of: Sequence[str]) -> Remedy:
    """Return the change that carries out an alternative, in place of some safeguards."""
    return Remedy(
        kind=Kind.ADOPT,
        subject=alternative.id,
        title=alternative.title,
        effort=alternative.effort,
        action=f"Carry it out in place of {listed(instead_of)}, then list it under `alternatives`. {alternative.does}"
        f" {alternative.limits}",
        adopted=alternative.id,
    )


# --- words ----------------------------------------------------------------------------------------------------------


def name_channels(channels: Sequence[str]) -> str:
    """Return channels as a list in a sentence; of many only the first."""
    more = len(channels) - _SHOWN
    return listed(channels) if more <= 1 else f"{listed(channels[:_SHOWN])} and {more} more"


def _ids(results: Sequence[ChannelResult]) -> tuple[str, ...]:
    return tuple(result.channel for result in results)


def _ordered(report: Report, names: Collection[str]) -> tuple[str, ...]:
    return tuple(one.channel.id for one in report.channels if one.channel.id in names)
