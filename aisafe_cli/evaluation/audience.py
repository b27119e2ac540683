"""Whom a guidance is asked of, what it exempts, and when the weights count as public. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Audience, Catalog, Exemption
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import ComparableModel, EvidenceState, Model, Plan
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.evaluation.stages import Place


@record
class Publication:
    """The day from which the weights count as public, and the channel that makes them so."""

    day: date
    channel: str


def find_publication(places: Sequence[Place], catalog: Catalog) -> Publication | None:
    """Return when the weights count as public, or None: with variants the day on which the last of them is."""
    if catalog.weights_public is None:
        return None
    public = [place for place in places if place.access_level.id in catalog.weights_public.at]
    first: dict[str | None, Place] = {}
    for place in sorted(public, key=lambda place: (place.opens, place.channel.id)):
        first.setdefault(place.channel.variant, place)
    candidates = [first[None]] if None in first else []
    variants = {place.channel.variant for place in places} - {None}
    if variants and variants <= first.keys():
        candidates.append(max((first[name] for name in variants), key=lambda place: place.opens))
    if not candidates:
        return None
    decisive = min(candidates, key=lambda place: place.opens)
    return Publication(day=decisive.opens, channel=decisive.channel.id)


def is_asked_of(audience: Audience | None, model: Model) -> bool:
    """Return whether a guidance is asked of a model: unless what the plan says rules that out."""
    if audience is None or _is_over(audience, model):
        return True
    if audience.systemic_risk is not None:
        return model.systemic_risk in (None, audience.systemic_risk)
    return model.training_compute is None


def _is_over(audience: Audience, model: Model) -> bool:
    return audience.training_compute_over is not None and (model.training_compute or 0) > audience.training_compute_over


def find_exempt(catalog: Catalog, model: Model) -> Mapping[str, str]:
    """Return the ids of entries and parts that are not asked of a model, each with the reason."""
    exempt: dict[str, str] = {}
    for exemption in catalog.exemptions:
        beside = next((one for one in _list_comparable(exemption, model) if _is_supported(exemption, one)), None)
        if beside:
            compared = "stronger" if beside.compares == "stronger" else "as capable"
            reason = f"Exempt: the plan says that {beside.name}, which anyone can download, is {compared}."
            names = [
                one.id
                for whole in catalog.safeguards
                if whole.id in exemption.safeguards
                for one in (whole, *whole.parts)
            ]
            exempt |= dict.fromkeys(names, f"{reason} {exemption.reason}")
    return exempt


def check_audience(plan: Plan, catalog: Catalog) -> Iterable[PlanFinding]:
    """Yield why a guidance is asked where the plan leaves it open, and what an exemption lacks."""
    model, audience = plan.model, catalog.asked_of
    if audience and audience.systemic_risk is not None:
        if model.systemic_risk is None:
            unsaid = "The plan does not say whether the model has systemic risk, so this guidance applies."
            message = f"{unsaid} {audience.reason}"
            remedy = "State it in the plan: `model.systemic_risk: true` or `false`."
            yield _build_on_model("systemic-risk-not-said", Level.NOTE, message, remedy, plan)
        elif model.systemic_risk is not audience.systemic_risk and _is_over(audience, model):
            denied = "The plan says that the model has no systemic risk, but its training compute says otherwise."
            message = f"{denied} {audience.reason}"
            yield _build_on_model("systemic-risk-presumed", Level.WARNING, message, "Correct one of the two.", plan)
    for exemption in catalog.exemptions:
        named = _list_comparable(exemption, model)
        if named and not any(_is_supported(exemption, one) for one in named):
            message = f"The plan names {named[0].name} without evidence that counts, so it exempts nothing."
            yield _build_on_model("exemption-not-shown", Level.NOTE, message, exemption.condition, plan)


def _list_comparable(exemption: Exemption, model: Model) -> list[ComparableModel]:
    enough = ("stronger", exemption.comparison)
    return [one for one in model.comparable_open_models if one.compares in enough]


def _is_supported(exemption: Exemption, model: ComparableModel) -> bool:
    """Return whether evidence supports a comparison, and nothing that is named for it speaks against it."""
    if not all(item.supports for item in model.evidence):
        return False
    states = [item.state for item in model.evidence]
    return bool(states) if exemption.asks == "named" else EvidenceState.FOUND in states


def _build_on_model(kind: str, level: Level, message: str, remedy: str, plan: Plan) -> PlanFinding:
    return PlanFinding(kind=kind, level=level, message=message, remedy=remedy, position=plan.model.position)
