"""Findings on the plan itself: what it declares about licenses, gates, closing dates, capability and evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Binds, Floor, Mode
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Channel, Plan, Position
from aisafe_cli.domain.report import Finding, PlanFinding
from aisafe_cli.evaluation.audience import check_audience
from aisafe_cli.evaluation.evidence import describe_problems, describe_remedies, find_doubtful
from aisafe_cli.evaluation.facts import Context
from aisafe_cli.evaluation.stages import Place

_ALLOWS_REDISTRIBUTION = frozenset({"permissive", "copyleft"})
_ALLOWS_IT_ON_TERMS = frozenset({"use_restricted"})
_SAYS_NOTHING = frozenset({None, "unknown"})
_VETTED = "gated_weights_vetted"
_NAMING = 1  # the effort of naming an assessment, which no catalog rates
_NAME_ASSESSMENT = "Name the assessment under model.capability_evidence."
_NOT_ANSWERED = frozenset({Outcome.NOT_APPLICABLE, Outcome.INCOMPATIBLE, Outcome.UNKNOWN})


def check_plan(context: Context, findings: Sequence[Finding]) -> tuple[PlanFinding, ...]:
    """Return the findings that are not tied to one safeguard, those on channels in the order of the channels' ids."""
    found = [*_check_silence(context.plan, findings), *check_audience(context.plan, context.catalog)]
    found += _check_scopes(context)
    for place in sorted(context.places, key=lambda place: place.channel.id):
        found += [*_check_license(place), *_check_gate(place.channel), *_check_closing(place, context.as_of)]
    return (*found, *_check_capability(context), *_check_plan_evidence(context))


def _check_silence(plan: Plan, findings: Sequence[Finding]) -> Iterable[PlanFinding]:
    if all(result.outcome in _NOT_ANSWERED for finding in findings for result in finding.channels):
        named = [item for claim in plan.every_claim for item in claim.evidence]
        confirmed = " with evidence that can be confirmed" if find_doubtful(named) else ""
        message = f"Of the safeguards that can work here, the plan answers none{confirmed}. Silence is not a pass."
        remedy = "Say for each safeguard what is done, what is planned and what is not."
        yield _build_plan_finding("nothing-answered", Level.ERROR, message, remedy, plan.safeguards_position)


def _check_scopes(context: Context) -> Iterable[PlanFinding]:
    """Claims on what the organization does for itself hold for all of it, whatever channels they name."""
    for safeguard in context.catalog.entries:
        scoped = [claim for claim in context.plan.claims.get(safeguard.id, ()) if claim.channels]
        if safeguard.binds is Binds.ORGANIZATION and scoped and not scoped[0].answered_by:
            message = f"The claim on {safeguard.id} names channels, but it is about the whole organization."
            remedy = "Remove `channels` from the claim."
            yield _build_plan_finding("channels-narrow-nothing", Level.NOTE, message, remedy, scoped[0].position)


def _check_license(place: Place) -> Iterable[PlanFinding]:
    channel, terms = place.channel, place.channel.license
    classes = {terms.declared_class, terms.derived_class} if terms else _SAYS_NOTHING
    name = (terms.id or terms.name or "the license") if terms else "the license (none is named)"
    if terms and None not in classes and len(classes) > 1:
        message = f"The plan says that {name} is {terms.declared_class}, but its name says {terms.derived_class}."
        remedy = "Correct the class, or remove it."
        yield _build_on_channel(channel, "license-class-differs", Level.WARNING, message, remedy)
    if place.access_level.mode is Mode.LOCAL_DOWNLOAD:
        yield from _check_redistribution(place, classes, name)


def _check_redistribution(place: Place, classes: Set[str | None], name: str) -> Iterable[PlanFinding]:
    """Say where a license lets holders of copies pass them on, so that the access is wider than the plan says."""
    channel, is_readable = place.channel, place.access_level.is_readable
    if classes & _ALLOWS_REDISTRIBUTION:
        message = f"Redistribution is allowed by {name}: this is open_weights in practice, not {channel.access}."
        remedy = "Set the channel's access to gated_weights_clickthrough or open_weights, or change the license."
        yield _build_on_channel(channel, "license-allows-redistribution", Level.ERROR, message, remedy)
    elif not classes - _SAYS_NOTHING and (channel.license or is_readable):
        message = f"It is unclear whether {name} allows redistribution. If so, this is open_weights in practice."
        remedy = "Say which it is: set the license's class, or name it by its SPDX or Hub identifier."
        level = Level.ERROR if is_readable else Level.WARNING
        yield _build_on_channel(channel, "license-not-recognised", level, message, remedy)
    elif classes & _ALLOWS_IT_ON_TERMS and is_readable:
        message = (
            f"{name} lets holders of the model pass it on, under conditions. If that holds here, this is"
            f" open_weights in practice, not {channel.access}."
        )
        remedy = (
            "If it does not, name the license of this channel. If it does, set its access to"
            " gated_weights_clickthrough or open_weights."
        )
        yield _build_on_channel(channel, "license-allows-redistribution-on-terms", Level.WARNING, message, remedy)


def _check_gate(channel: Channel) -> Iterable[PlanFinding]:
    if channel.access == _VETTED and channel.gated == "auto":
        message = "The gate lets in anyone who gives a name, but at this access level recipients are vetted."
        remedy = "Review each request (gated: manual), or set the access to gated_weights_clickthrough."
        yield _build_on_channel(channel, "gate-is-automatic", Level.WARNING, message, remedy)


def _check_closing(place: Place, as_of: date) -> Iterable[PlanFinding]:
    channel = place.channel
    if channel.closes and place.access_level.is_readable:
        message = f"Closing on {channel.closes.isoformat()} stops new downloads but recalls nothing: copies remain."
        remedy = "Do not count on the closing date; the release stays as open as this channel was."
        yield _build_on_channel(channel, "closing-recalls-nothing", Level.WARNING, message, remedy)
    elif channel.closes and channel.closes < as_of and place.access_level.mode is Mode.CLOSED_API:
        message = f"The channel closed on {channel.closes.isoformat()}, before the day of the check."
        remedy = "Remove it from the plan, or say in a comment why it stays."
        yield _build_on_channel(channel, "channel-has-closed", Level.NOTE, message, remedy)


def _build_on_channel(channel: Channel, kind: str, level: Level, message: str, remedy: str) -> PlanFinding:
    return replace(_build_plan_finding(kind, level, message, remedy, channel.position), channel=channel.id)


def _build_plan_finding(
    kind: str, level: Level, message: str, remedy: str, position: Position, effort: int = 0
) -> PlanFinding:
    return PlanFinding(kind=kind, level=level, message=message, remedy=remedy, position=position, effort=effort)


def _propose_support(floor: Floor) -> str:
    """Return what keeps a declared capability from being raised."""
    if floor.parameters_under is None:
        return _NAME_ASSESSMENT
    fewer = f"{floor.parameters_under / 1e9:g} billion"
    return f"{_NAME_ASSESSMENT} Or state `model.parameters`, if the model has fewer than {fewer}."


def _check_capability(context: Context) -> Iterable[PlanFinding]:
    """Say that the floor raised the declared capability, or else that nothing is named for it."""
    model, requirements = context.plan.model, context.catalog.requirements
    floor = requirements.floor
    if context.capability.is_raised and floor:
        message = (
            f"The plan declares {model.capability} capability for misuse, which counts as"
            f" {context.capability.level} here. {floor.reason}"
        )
        remedy, level = _propose_support(floor), Level(floor.level)
        yield _build_plan_finding("capability-counts-as-unknown", level, message, remedy, model.position, _NAMING)
    elif model.capability in requirements.missing_evidence and not model.capability_evidence:
        message = f"The plan declares {model.capability} capability for misuse and names no evidence for it."
        level = Level(requirements.missing_evidence[model.capability])
        kind, remedy = "capability-without-evidence", _NAME_ASSESSMENT
        yield _build_plan_finding(kind, level, message, remedy, model.position, _NAMING)


def _check_plan_evidence(context: Context) -> Iterable[PlanFinding]:
    """One finding on what is named for the capability and for alternatives; that of claims is told with the claims."""
    plan, alternatives = context.plan, context.catalog.alternatives
    doubted = []
    if find_doubtful(plan.model.capability_evidence):
        doubted.append(("the capability", plan.model.capability_evidence, plan.model.position, _NAMING))
    for one in sorted(plan.adoptions, key=lambda one: one.id):
        if find_doubtful(one.evidence):
            doubted.append((one.id, one.evidence, one.position, alternatives[one.id].effort))
    if doubted:
        told = " ".join(f"For {name}: {describe_problems(evidence)}." for name, evidence, *_ in doubted)
        uncounted = any(find_doubtful(one.evidence) for one in plan.adoptions)
        message = f"Some evidence cannot be confirmed. {told}" + (
            " An alternative does not count as adopted until its evidence is confirmed." if uncounted else ""
        )
        remedy = describe_remedies(item for _, evidence, *_ in doubted for item in evidence)
        position = min(position for _, _, position, _ in doubted)
        work = [effort for _, evidence, _, effort in doubted if any(item.is_to_be_made for item in evidence)]
        kind, effort = "evidence-cannot-be-confirmed", max(work, default=0)
        yield _build_plan_finding(kind, Level.WARNING, message, remedy, position, effort)
