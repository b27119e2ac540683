"""The facts that decide an outcome, gathered from plan and catalog. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Catalog, Flag, Judgement, Ladder, Safeguard
from aisafe_cli.domain.plan import (
    TAMPER_EVALUATION,
    Claim,
    Evidence,
    EvidenceState,
    Plan,
    Status,
    find_counterevidence,
    list_named_channels,
)
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import ChannelResult, CountedCapability, Report
from aisafe_cli.evaluation.answers import carry_answers
from aisafe_cli.evaluation.audience import Publication, find_exempt, find_publication
from aisafe_cli.evaluation.decision import (
    Asked,
    Before,
    Casual,
    Contract,
    Counter,
    Facts,
    Rules,
    Shown,
    Tamper,
)
from aisafe_cli.evaluation.evidence import list_adopted, mark_ages
from aisafe_cli.evaluation.profile import count_capability, find_asked_evidence
from aisafe_cli.evaluation.stages import Place, list_most_open, list_places


@record
class Context:
    """What holds for every safeguard of a plan. `places` are sorted, the most open last.

    The claims of the plan are those that count for the catalog, wherever they were made. `exempt` are ids of safeguards
    that are not asked of the model, with the reason; `adopted` are the alternatives that count as adopted.
    """

    plan: Plan
    catalog: Catalog
    places: tuple[Place, ...]
    most_open: tuple[Place, ...]
    capability: CountedCapability
    overrides: EvaluationOverrides
    as_of: date
    adopted: frozenset[str]
    publication: Publication | None = None
    exempt: Mapping[str, str] = {}

    @property
    def role(self) -> str:
        """The role of the organization."""
        return self.plan.organization.role


def build_context(plan: Plan, catalog: Catalog, ladder: Ladder, as_of: date, overrides: EvaluationOverrides) -> Context:
    """Return what holds for every safeguard of a catalog; evidence has the age limits of all that it answers."""
    limits = overrides.age_limits
    carried = carry_answers(plan, catalog)
    places = list_places(plan, ladder)
    return Context(
        plan=plan if carried is plan else mark_ages(carried, as_of, limits),
        catalog=catalog,
        places=places,
        most_open=list_most_open(places),
        capability=count_capability(plan.model, catalog),
        overrides=overrides,
        as_of=as_of,
        adopted=list_adopted(plan),
        publication=find_publication(places, catalog),
        exempt=find_exempt(catalog, plan.model),
    )


def rebuild_context(report: Report) -> Context:
    """Return what a report was judged by."""
    return build_context(report.plan, report.catalog, report.ladder, report.as_of, report.overrides)


@record
class Case:
    """A safeguard in a place, with what the catalog and the plan say of it there.

    `elsewhere` are the channels on which the plan relies on it, where it says nothing of this one. `held_on` are the
    channels on which it was carried out until a day, and `ended` that day; it may be the first of the calendar.
    """

    safeguard: Safeguard
    place: Place
    judgement: Judgement
    claim: Claim | None
    capability: CountedCapability
    asked: Asked
    elsewhere: tuple[str, ...] = ()
    before: Before = Before.DOES_NOT_COUNT
    held_on: tuple[str, ...] = ()
    ended: date | None = None

    @property
    def status(self) -> Status:
        """What the claim says; without one the safeguard is unanswered."""
        return self.claim.status if self.claim else Status.UNANSWERED

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the claim names as evidence."""
        return self.claim.evidence if self.claim else ()


def build_case(safeguard: Safeguard, place: Place, claim: Claim | None, context: Context) -> Case:
    """Return the case of a safeguard in a place, with the claim that is to be judged there."""
    return Case(
        safeguard=safeguard,
        place=place,
        judgement=_judge_place(safeguard, place, context),
        claim=claim,
        capability=context.capability,
        asked=find_asked_evidence(safeguard, context),
        elsewhere=() if claim else _list_claimed_channels(safeguard, context),
        before=Before.DOES_NOT_COUNT,
        held_on=(),
        ended=None,
    )


def rebuild_case(safeguard: Safeguard, result: ChannelResult, context: Context) -> Case:
    """Return the case in which a safeguard got its result on a channel."""
    place = next(place for place in context.places if place.channel.id == result.channel)
    return build_case(safeguard, place, result.claim, context)


def _judge_place(safeguard: Safeguard, place: Place, context: Context) -> Judgement:
    """Return what the catalog says in a place. Where others operate it, what could work there needs their consent."""
    judgement = safeguard.judgement_on(context.role, place.access_level)
    rule = context.catalog.requirements.third_party
    if place.channel.operator != "third_party" or safeguard.binds not in rule.binds:
        return judgement
    if judgement.flag is Flag.COMPATIBLE:
        return replace(judgement, flag=Flag.CONDITIONAL, condition=rule.condition, condition_needs=rule.condition_needs)
    if judgement.flag is Flag.CONDITIONAL and not judgement.condition_needs:
        return replace(judgement, condition_needs=rule.condition_needs)
    return judgement


def has_ended(safeguard: Safeguard, context: Context) -> bool:
    """Return whether a safeguard was asked until the weights were public, and they are."""
    is_public = context.publication is not None and context.publication.day <= context.as_of
    return bool(safeguard.until_weights_public) and is_public


def is_asked(safeguard: Safeguard, places: Sequence[Place], context: Context) -> bool:
    """Return whether a safeguard is asked of the role and the model, still, and its precondition holds on a place."""
    if context.role not in safeguard.roles or safeguard.id in context.exempt or has_ended(safeguard, context):
        return False
    if all(place.access_level.mode not in safeguard.modes for place in places):
        return False
    condition = safeguard.applies_when
    if condition is None:
        return True
    levels = [place.access_level for place in context.places]
    return condition.holds_for(context.capability.counts_as, levels) and any(
        condition.holds_on(place.access_level) for place in places
    )


# There are few, and a plan takes dozens.
_share_rules = cache(Rules)
_share_facts = cache(Facts)


def build_rules(case: Case) -> Rules:
    """Return what the catalog says of the safeguard in the place, as far as it decides."""
    rule = case.safeguard.tamper_rule
    if rule is None or not rule.holds_on(case.place.access_level):
        return _share_rules(stageable=case.safeguard.stageable)
    casual = Casual.NO_DIFFERENCE
    if rule.unless_against:
        is_partial = case.capability.counts_as in rule.partial_at
        casual = Casual.IS_PARTIAL if is_partial else Casual.NEEDS_NONE
    return _share_rules(needs_tamper=True, casual=casual, stageable=case.safeguard.stageable)


def build_facts(case: Case) -> Facts:
    """Return what decides the outcome of a case in which the safeguard is asked."""
    rule = case.safeguard.tamper_rule
    evidence = case.evidence
    return _share_facts(
        applies=True,
        flag=case.judgement.flag,
        status=case.status,
        against_casual=bool(case.claim and rule and case.claim.against == rule.unless_against),
        elsewhere=bool(case.elsewhere),
        carried=bool(case.claim and case.claim.answered_by),
        before=case.before,
        tamper=_rate_tamper(evidence) if evidence else Tamper.NONE,
        contract=find_contract(case),
        shown=_rate_shown(evidence) if evidence else Shown.NONE,
        counter=_rate_counter(evidence) if evidence else Counter.NONE,
        asked=case.asked,
    )


def _list_claimed_channels(safeguard: Safeguard, context: Context) -> tuple[str, ...]:
    claims = context.plan.claims.get(safeguard.id)
    if not claims:
        return ()
    claimed = list_named_channels(claim for claim in claims if claim.is_relied_on)
    return tuple(place.channel.id for place in context.places if place.channel.id in claimed)


def _rate_tamper(evidence: Sequence[Evidence]) -> Tamper:
    tests = [item for item in evidence if item.type == TAMPER_EVALUATION]
    if any(item.supports for item in tests):
        return Tamper.HELD
    is_broken = any(item.result in ("mixed", "contradicts") and not item.is_doubtful for item in tests)
    return Tamper.BROKE if is_broken else Tamper.NONE


def find_contract(case: Case) -> Contract:
    """Return whether what the catalog says of the place needs evidence of a type, and whether the claim names it."""
    kind = case.judgement.condition_needs
    if not kind:
        return Contract.NOT_NEEDED
    return Contract.THERE if case.claim and case.claim.shows(kind) else Contract.MISSING


def _rate_shown(evidence: Sequence[Evidence]) -> Shown:
    if any(item.is_doubtful for item in evidence):
        return Shown.DOUBTFUL
    supporting = [item for item in evidence if item.supports]
    if any(item.state is EvidenceState.FOUND for item in supporting):
        return Shown.FOUND
    return Shown.NAMED if supporting else Shown.NONE


def _rate_counter(evidence: Sequence[Evidence]) -> Counter:
    results = {item.result for item in find_counterevidence(evidence)}
    if "contradicts" in results:
        return Counter.CONTRADICTS
    return Counter.MIXED if results else Counter.NONE
