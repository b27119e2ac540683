"""Findings on the plan itself: what it declares about licenses, gates, closing dates, capability and evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date

from aisafe_cli.domain.catalog import Binds, Floor, Mode
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Channel, Plan
from aisafe_cli.domain.report import Finding, PlanFinding
from aisafe_cli.evaluation.audience import check_audience
from aisafe_cli.evaluation.evidence import describe_problems, describe_remedies, find_doubtful
from aisafe_cli.evaluation.facts import Context
from aisafe_cli.evaluation.stages import Place

_ALLOWS_REDISTRIBUTION = frozenset({"permissive", "copyleft"})
_ALLOWS_IT_ON_TERMS = frozenset({"use_restricted"})
_SAYS_NOTHING = frozenset({None, "unknown"})
_VETTED = "gated_weights_vetted"
_NAME_ASSESSMENT = "Name the assessment under model.capability_evidence."
_NOT_ANSWERED = frozenset({Outcome.NOT_APPLICABLE, Outcome.INCOMPATIBLE, Outcome.UNKNOWN})


def check_plan(context: Context, findings: Sequence[Finding]) -> tuple[PlanFinding, ...]:
    """Return the findings that are not tied to one safeguard, those on channels in the order of the channels' ids."""
    found = [*_check_silence(context.plan, findings), *check_audience(context.plan, context.catalog)]
    found += _check_scopes(context)
    for place in sorted(context.places, key=lambda place: place.channel.id):
        found += [*_check_license(place), *_check_gate(place.channel), *_check_closing(place, context.as_of)]
    return (*found, *_check_capability(context), *_check_plan_evidence(context.plan))


def _check_silence(plan: Plan, findings: Sequence[Finding]) -> Iterable[PlanFinding]:
    if all(result.outcome in _NOT_ANSWERED for finding in findings for result in finding.channels):
        named = [item for claims in plan.claims.values() for claim in claims for item in claim.evidence]
        confirmed = " with evidence that can be confirmed" if find_doubtful(named) else ""
        yield PlanFinding(
            kind="nothing-answered",
            level=Level.ERROR,
            message=f"Of the safeguards that can work here, the plan answers none{confirmed}. Silence is not a pass.",
            remedy="Say for each safeguard what is done, what is planned and what is not.",
            position=plan.safeguards_position,
        )


def _check_scopes(context: Context) -> Iterable[PlanFinding]:
    """Claims on what the organization does for itself hold for all of it, whatever channels they name."""
    for safeguard in context.catalog.entries:
        scoped = [claim for claim in context.plan.claims.get(safeguard.id, ()) if claim.channels]
        if safeguard.binds is Binds.ORGANIZATION and scoped and not scoped[0].answered_by:
            yield PlanFinding(
                kind="channels-narrow-nothing",
                level=Level.NOTE,
                message=f"The claim on {safeguard.id} names channels, but it is about the whole organization.",
                remedy="Remove `channels` from the claim.",
                position=scoped[0].position,
            )


def _check_license(place: Place) -> Iterable[PlanFinding]:
    channel, terms = place.channel, place.channel.license
    classes = {terms.declared_class, terms.derived_class} if terms else _SAYS_NOTHING
    name = (terms.id or terms.name or "the license") if terms else "the license (none is named)"
    if terms and None not in classes and len(classes) > 1:
        yield _build_on_channel(
            channel,
            kind="license-class-differs",
            level=Level.WARNING,
            message=f"The plan says that {name} is {terms.declared_class}, but its name says {terms.derived_class}.",
            remedy="Correct the class, or remove it.",
        )
    if place.access_level.mode is Mode.LOCAL_DOWNLOAD:
        yield from _check_redistribution(place, classes, name)


def _check_redistribution(place: Place, classes: Set[str | None], name: str) -> Iterable[PlanFinding]:
    """Say where a license lets holders of copies pass them on, so that the access is wider than the plan says."""
    channel, is_readable = place.channel, place.access_level.is_readable
    if classes & _ALLOWS_REDISTRIBUTION:
        yield _build_on_channel(
            channel,
            kind="license-allows-redistribution",
            level=Level.ERROR,
            message=f"Redistribution is allowed by {name}: this is open_weights in practice, not {channel.access}.",
            remedy="Set the channel's access to gated_weights_clickthrough or open_weights, or change the license.",
        )
    elif not classes - _SAYS_NOTHING and (channel.license or is_readable):
        yield _build_on_channel(
            channel,
            kind="license-not-recognised",
            level=Level.ERROR if is_readable else Level.WARNING,
            message=f"It is unclear whether {name} allows redistribution. If so, this is open_weights in practice.",
            remedy="Say which it is: set the license's class, or name it by its SPDX or Hub identifier.",
        )
    elif classes & _ALLOWS_IT_ON_TERMS and is_readable:
        yield _build_on_channel(
            channel,
            kind="license-allows-redistribution-on-terms",
            level=Level.WARNING,
            message=f"{name} lets holders of the model pass it on, under conditions. If that holds here, this is"
            f" open_weights in practice, not {channel.access}.",
            remedy="If it does not, name the license of this channel. If it does, set its access to"
            " gated_weights_clickthrough or open_weights.",
        )


def _check_gate(channel: Channel) -> Iterable[PlanFinding]:
    if channel.access == _VETTED and channel.gated == "auto":
        yield _build_on_channel(
            channel,
            kind="gate-is-automatic",
            level=Level.WARNING,
            message="The gate lets in anyone who gives a name, but at this access level recipients are vetted.",
            remedy="Review each request (gated: manual), or set the access to gated_weights_clickthrough.",
        )


def _check_closing(place: Place, as_of: date) -> Iterable[PlanFinding]:
    channel = place.channel
    if channel.closes and place.access_level.is_readable:
        yield _build_on_channel(
            channel,
            kind="closing-recalls-nothing",
            level=Level.WARNING,
            message=f"Closing on {channel.closes.isoformat()} stops new downloads but recalls nothing: copies remain.",
            remedy="Do not count on the closing date; the release stays as open as this channel was.",
        )
    elif channel.closes and channel.closes < as_of and place.access_level.mode is Mode.CLOSED_API:
        yield _build_on_channel(
            channel,
            kind="channel-has-closed",
            level=Level.NOTE,
            message=f"The channel closed on {channel.closes.isoformat()}, before the day of the check.",
            remedy="Remove it from the plan, or say in a comment why it stays.",
        )


def _build_on_channel(channel: Channel, *, kind: str, level: Level, message: str, remedy: str) -> PlanFinding:
    return PlanFinding(
        kind=kind, level=level, message=message, remedy=remedy, position=channel.position, channel=channel.id
    )


def _propose_support(floor: Floor) -> str:
    """Return what keeps a declared capability from being raised."""
    if floor.parameters_under is None:
        return _NAME_ASSESSMENT
    fewer = f"{floor.parameters_under / 1e9:g} billion"
    return f"{_NAME_ASSESSMENT} Or state `model.parameters`, if the model has fewer than {fewer}."


def _check_capability(context: Context) -> Iterable[PlanFinding]:
    """Say that the floor raised the declared capability, or else that nothing is named for it."""
    model, requirements = context.plan.model, context.catalog.requirements
    if context.capability.is_raised and requirements.floor:
        yield PlanFinding(
            kind="capability-counts-as-unknown",
            level=Level(requirements.floor.level),
            message=f"The plan declares {model.capability} capability for misuse, which counts as"
            f" {context.capability.level} here. {requirements.floor.reason}",
            remedy=_propose_support(requirements.floor),
            position=model.position,
        )
    elif model.capability in requirements.missing_evidence and not model.capability_evidence:
        yield PlanFinding(
            kind="capability-without-evidence",
            level=Level(requirements.missing_evidence[model.capability]),
            message=f"The plan declares {model.capability} capability for misuse and names no evidence for it.",
            remedy=_NAME_ASSESSMENT,
            position=model.position,
        )


def _check_plan_evidence(plan: Plan) -> Iterable[PlanFinding]:
    """One finding on what is named for the capability and for alternatives; that of claims is told with the claims."""
    named = [("the capability", plan.model.capability_evidence, plan.model.position)]
    named += [(one.id, one.evidence, one.position) for one in sorted(plan.adoptions, key=lambda one: one.id)]
    doubted = [(name, evidence, position) for name, evidence, position in named if find_doubtful(evidence)]
    if doubted:
        told = " ".join(f"For {name}: {describe_problems(evidence)}." for name, evidence, _ in doubted)
        uncounted = any(find_doubtful(one.evidence) for one in plan.adoptions)
        yield PlanFinding(
            kind="evidence-cannot-be-confirmed",
            level=Level.WARNING,
            message=f"Some evidence cannot be confirmed. {told}"
            + (" An alternative does not count as adopted until its evidence is confirmed." if uncounted else ""),
            remedy=describe_remedies(item for _, evidence, _ in doubted for item in evidence),
            position=min(position for _, _, position in doubted),
        )
