"""A plan as it would be with a change: the one way in which commands ask "what if". Pure; the plan itself stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import partial

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.plan import (
    Adoption,
    Channel,
    Claim,
    ComparableModel,
    Evidence,
    EvidenceState,
    Plan,
    Waiver,
    list_named_channels,
)
from aisafe_cli.text.annotations import Any, TypeVar

_Scoped = TypeVar("_Scoped", Claim, Waiver)
_Shown = TypeVar("_Shown", Claim, Adoption, ComparableModel)


def set_access(plan: Plan, channel: str, access: str) -> Plan:
    """Return the plan with one of its channels moved to another access level; what it claims stays as it is."""
    return set_channel_fields(plan, (channel,), access=access)


def set_channel_fields(plan: Plan, channels: Collection[str], **fields: Any) -> Plan:
    """Return the plan with other fields on some of its channels."""
    return edit_channels(plan, channels, partial(replace, **fields))


def edit_channels(plan: Plan, channels: Collection[str], edit: Callable[[Channel], Channel]) -> Plan:
    """Return the plan with some of its channels edited."""
    return replace(plan, channels=tuple(edit(one) if one.id in channels else one for one in plan.channels))


def add_channel(plan: Plan, channel: Channel) -> Plan:
    """Return the plan with one channel more. A claim without `channels` covers it; others do not."""
    return replace(plan, channels=(*plan.channels, channel))


def remove_channels(plan: Plan, dropped: Collection[str]) -> Plan:
    """Return the plan without some of its channels.

    Claims and waivers no longer name them. One that named nothing else goes with them: without a name left it would
    cover every channel, which nobody claimed.
    """
    return replace(
        plan,
        channels=tuple(channel for channel in plan.channels if channel.id not in dropped),
        claims={name: kept for name, claims in plan.claims.items() if (kept := _narrow_scopes(claims, dropped))},
        waivers=_narrow_scopes(plan.waivers, dropped),
    )


def narrow_to_day(plan: Plan, day: date) -> Plan:
    """Return the plan with the channels that have opened by a day; closed ones stay: openness is a ratchet."""
    return remove_channels(plan, {channel.id for channel in plan.channels if channel.opens and channel.opens > day})


def set_claims(plan: Plan, safeguard: str, claims: Sequence[Claim]) -> Plan:
    """Return the plan with other claims, or none, on a safeguard: claims of its own, wherever they come from."""
    others = {name: kept for name, kept in plan.claims.items() if name != safeguard}
    own = tuple(replace(claim, answered_by="") if claim.answered_by else claim for claim in claims)
    return replace(plan, claims={**others, safeguard: own} if own else others)


def set_claims_on(plan: Plan, safeguard: str, channels: Collection[str], claims: Sequence[Claim] = ()) -> Plan:
    """Return the plan with other claims on some channels. A claim on every channel then names those that are left."""
    before = plan.claims.get(safeguard, ())
    named = list_named_channels(before)
    others = tuple(channel.id for channel in plan.channels if channel.id not in named)
    scoped = [
        claim if claim.channels else replace(claim, channels=others) for claim in before if claim.channels or others
    ]
    return set_claims(plan, safeguard, (*_narrow_scopes(scoped, channels), *claims))


def add_adoption(plan: Plan, alternative: str) -> Plan:
    """Return the plan with one alternative more."""
    return replace(plan, adoptions=(*plan.adoptions, Adoption(id=alternative)))


def change_evidence(plan: Plan, change: Callable[[tuple[Evidence, ...], str | None], tuple[Evidence, ...]]) -> Plan:
    """Return the plan with other evidence; `change` gets what is named, and the safeguard that a claim names it for."""

    def edit(one: _Shown, safeguard: str | None = None) -> _Shown:
        changed = change(one.evidence, safeguard) if one.evidence else one.evidence
        return one if changed == one.evidence else replace(one, evidence=changed)

    model = replace(
        plan.model,
        capability_evidence=change(plan.model.capability_evidence, None),
        comparable_open_models=tuple(map(edit, plan.model.comparable_open_models)),
    )
    claims = {name: tuple([edit(claim, name) for claim in claims]) for name, claims in plan.claims.items()}
    return replace(plan, model=model, claims=claims, adoptions=tuple(map(edit, plan.adoptions)))


def replace_doubtful_evidence(plan: Plan, safeguard: str | None, day: date) -> Plan:
    """Return the plan with evidence put right by a day: of a safeguard's claims, or for None of all but claims."""

    def sound(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        return tuple(
            replace(item, state=EvidenceState.UNCHECKED, problem="", date=day) if item.is_doubtful else item
            for item in evidence
        )

    if safeguard is not None:
        claims = [replace(claim, evidence=sound(claim.evidence)) for claim in plan.claims.get(safeguard, ())]
        return set_claims(plan, safeguard, claims)
    return replace(
        plan,
        model=replace(plan.model, capability_evidence=sound(plan.model.capability_evidence)),
        adoptions=tuple(replace(one, evidence=sound(one.evidence)) for one in plan.adoptions),
    )


def set_profile(plan: Plan, **given: str) -> Plan:
    """Return the plan with another role, size or capability; what is given counts as declared."""
    organization = dict(given)
    capability = organization.pop("capability", plan.model.capability)
    return replace(
        plan,
        model=replace(plan.model, capability=capability),
        organization=replace(plan.organization, **organization),
        undeclared=tuple(name for name in plan.undeclared if name not in given),
    )


def _narrow_scopes(scoped: Sequence[_Scoped], dropped: Collection[str]) -> tuple[_Scoped, ...]:
    kept = []
    for one in scoped:
        channels = tuple(channel for channel in one.channels if channel not in dropped)
        if channels or not one.channels:
            kept.append(replace(one, channels=channels))
    return tuple(kept)
