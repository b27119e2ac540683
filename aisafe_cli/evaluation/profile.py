"""What is asked of a plan of one size and capability, and how bad it is where that is missing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from aisafe_cli.domain.catalog import STRENGTHS, Catalog, Flag, Safeguard
from aisafe_cli.domain.outcome import UNMET, Level, Outcome
from aisafe_cli.domain.plan import Channel, Model, Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import CountedCapability
from aisafe_cli.evaluation.decision import Asked
from aisafe_cli.text.annotations import Protocol

_ALL = "all_applicable"


class Basis(Protocol):
    """What a safeguard is judged by, whichever it is: a context, or a report."""

    @property
    def plan(self) -> Plan: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def capability(self) -> CountedCapability: ...
    @property
    def overrides(self) -> EvaluationOverrides: ...


def count_capability(model: Model, catalog: Catalog) -> CountedCapability:
    """Return the capability that counts: the declared one, raised by the catalog's floor where nothing lifts that."""
    floor, level = catalog.requirements.floor, model.capability
    if floor and level in floor.applies_to:
        is_small = floor.parameters_under is not None and (model.parameters or float("inf")) < floor.parameters_under
        is_shown = floor.unless_evidence and any(item.supports for item in model.capability_evidence)
        level = level if is_small or is_shown else floor.counts_as
    return CountedCapability(
        declared=model.capability, level=level, counts_as=catalog.capabilities.levels[level].counts_as
    )


def is_required(safeguard: Safeguard, flag: Flag, channel: Channel, basis: Basis) -> bool:
    """Return whether a safeguard is required on a channel; otherwise it is recommended.

    `flag` is that of the role and the access level, whoever operates the channel: handing a service to somebody else
    lowers nothing. A configuration may say otherwise, except of what the catalog always requires.
    """
    requirements, overrides = basis.catalog.requirements, basis.overrides
    if safeguard.id in overrides.required:
        return True
    if is_beyond_control(safeguard, channel, basis):
        return False
    if safeguard.id in requirements.always:
        return True
    if safeguard.id in overrides.recommended:
        return False
    rule = _find_rule(safeguard, basis)
    return flag is Flag.COMPATIBLE if rule == "flagged_compatible" else rule == _ALL


def _find_rule(safeguard: Safeguard, basis: Basis) -> str:
    """Return by which rule of the profile a safeguard is required, or nothing where it is not."""
    requirements, level = basis.catalog.requirements, basis.capability.counts_as
    if level not in requirements.only_for_capability.get(safeguard.id, {level}):
        return ""
    row = requirements.profiles[basis.plan.organization.size, level]
    return _ALL if safeguard.id in row.safeguards else row.rule


def is_beyond_control(safeguard: Safeguard, channel: Channel, basis: Basis) -> bool:
    """Return whether others operate a channel who cannot be bound, since anybody can get the weights."""
    rule = basis.catalog.requirements.third_party
    if channel.operator != "third_party" or safeguard.binds not in rule.binds:
        return False
    return any(one.access in rule.recommended_beside for one in basis.plan.channels)


def find_asked_evidence(safeguard: Safeguard, basis: Basis) -> Asked:
    """Return what evidence a claim has to name here: what the catalog asks, or the configuration."""
    rule = basis.catalog.requirements.evidence.get((safeguard.id, basis.capability.counts_as))
    if rule:
        return Asked(rule.asks)
    return Asked.NAMED if basis.overrides.asks_for_evidence_at(basis.capability.level) else Asked.NOTHING


def list_capability_rules(safeguard: Safeguard, adopted: Collection[str], basis: Basis) -> tuple[object, ...]:
    """Return all that the rules take from the capability for a safeguard: where this is equal, so is its finding.

    Only words about the capability itself may differ.
    """
    condition, tamper_rule, level = safeguard.applies_when, safeguard.tamper_rule, basis.capability.counts_as
    instead = [name for name in safeguard.alternatives if name in adopted]
    return (
        condition is not None and level in condition.capabilities,
        tamper_rule is not None and level in tamper_rule.partial_at,
        _find_rule(safeguard, basis),
        find_asked_evidence(safeguard, basis),
        rate_level(Outcome.INCOMPATIBLE, False, instead, basis.catalog, basis.capability),
        *(list_capability_rules(part, adopted, basis) for part in safeguard.parts),
    )


def rate_level(
    outcome: Outcome, is_asked: bool, adopted: Iterable[str], catalog: Catalog, capability: CountedCapability
) -> Level:
    """Return how bad an outcome is. `adopted` are the alternatives that stand in for the safeguard."""
    if outcome is Outcome.INEFFECTIVE:
        return Level.ERROR
    if outcome in UNMET:
        return Level.ERROR if is_asked else Level.WARNING
    least = catalog.requirements.warning_lifted_by.get(capability.counts_as)
    if outcome is not Outcome.INCOMPATIBLE or least is None:
        return Level.NOTE
    strengths = [STRENGTHS.index(catalog.alternatives[name].strength) for name in adopted]
    return Level.NOTE if max(strengths, default=-1) >= STRENGTHS.index(least) else Level.WARNING
