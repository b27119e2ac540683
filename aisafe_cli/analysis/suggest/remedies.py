"""What could be done about a safeguard: narrow or withdraw what is claimed, show it, carry it out. Pure.

No remedy claims what is not done, waives, drops a channel, or makes the declared capability, size or role less.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Flag, Safeguard
from aisafe_cli.domain.edits import replace_doubtful_evidence, set_claims_on
from aisafe_cli.domain.outcome import UNMET, Outcome, Why
from aisafe_cli.domain.plan import TAMPER_EVALUATION, Claim, Evidence, EvidenceState, Plan, Status
from aisafe_cli.domain.report import ChannelResult, Finding, Report
from aisafe_cli.evaluation.decision import Asked, Casual, Contract, Counter, Tamper
from aisafe_cli.evaluation.evidence import describe_problems, describe_remedies, find_doubtful
from aisafe_cli.evaluation.facts import Case, build_facts, build_rules, rebuild_case, rebuild_context
from aisafe_cli.evaluation.stages import find_ruled_out, list_places
from aisafe_cli.text.wording import listed

_SHOWN = 6
_HOUR = 1  # the effort of writing down what is done, and naming the file


class Kind(StrEnum):
    """What kind of remedy it is, in the order in which those that cost the same are taken."""

    OPEN_STAGE = "open_stage"
    DECIDE = "decide"
    NARROW = "narrow"
    WITHDRAW = "withdraw"
    NARROW_AGAINST = "narrow_against"
    CONFIRM = "confirm"
    ANSWER = "answer"
    NAME_EVIDENCE = "name_evidence"
    TEST = "test"
    CARRY_OUT = "carry_out"
    HOLD_STAGE = "hold_stage"
    ADOPT = "adopt"


@record
class Remedy:
    """One thing to do about a plan. `effort` is 0 where only the plan has to change, else the catalog's 1 to 5.

    `subject` is the id of a safeguard, an alternative or a new channel, or the kind of a plan finding. `edits` make the
    plan read as it would once the remedy is carried out. `in_doubt` marks one that helps only if something is true
    which the team alone can know.
    """

    kind: Kind
    subject: str
    title: str
    channels: tuple[str, ...] = ()
    effort: int = 0
    action: str
    in_doubt: bool = False
    edits: tuple[Callable[[Plan], Plan], ...] = ()

    def apply_to(self, plan: Plan) -> Plan:
        """Return the plan as it would read with this remedy."""
        for edit in self.edits:
            plan = edit(plan)
        return plan


Remedies = tuple[Remedy, ...]


def apply_remedies(plan: Plan, remedies: Iterable[Remedy]) -> Plan:
    """Return the plan with all of the remedies, in the order given."""
    for remedy in remedies:
        plan = remedy.apply_to(plan)
    return plan


def build_remedy(
    safeguard: Safeguard, kind: Kind, channels: Iterable[str], action: str, *claims: Claim, **fields: Any
) -> Remedy:
    """Return a remedy that makes claims on channels in place of what a plan claims of a safeguard there."""
    names = tuple(channels)
    edit = partial(set_claims_on, safeguard=safeguard.id, channels=names, claims=claims)
    defaults = {"subject": safeguard.id, "title": safeguard.title, "channels": names, "edits": (edit,)}
    return Remedy(kind=kind, action=action, **{**defaults, **fields})


def propose_remedies(report: Report, finding: Finding) -> tuple[Remedies, ...]:
    """Return the ways to deal with a safeguard, least first; all but the first narrow, or mend, what is ineffective."""
    safeguard = finding.safeguard
    ineffective = finding.ineffective
    ruled_out = [result for result in ineffective if result.why is Why.CLAIMED_ALL_THE_SAME]
    untested = [result for result in ineffective if result not in ruled_out]
    lacking = [*untested, *(result for result in finding.judged if result.outcome in UNMET)]
    narrowed = (_narrow_claim(report, finding, ruled_out),) if ruled_out else ()
    ways: list[Remedies] = [()]
    if ruled_out:
        ways += [narrowed, (_withdraw_claim(report, safeguard),)]
    if untested:
        ways.append((_narrow_claim(report, finding, ineffective),))
        if safeguard.tamper_rule and safeguard.tamper_rule.unless_against:
            ways.append((*narrowed, _narrow_against(safeguard, untested, safeguard.tamper_rule.unless_against)))
    if doubted := list_doubted(result.claim for result in lacking):
        ways.append((*narrowed, confirm_evidence(report, safeguard, doubted)))
    if lacking:
        ways.append((*narrowed, _make_good(report, finding, lacking)))
    return (*ways, *_mend_parts(report, finding, ways[-1]))


def _mend_parts(report: Report, finding: Finding, whole: Remedies) -> Iterable[Remedies]:
    """Yield the ways to deal with parts that the plan answers: as little as possible, and with the whole made good."""
    to_mend = (Outcome.INEFFECTIVE, *UNMET)
    answered = (part for part in finding.parts if part.safeguard.id in report.plan.claims and part.outcome in to_mend)
    if of_parts := [propose_remedies(report, part) for part in answered]:
        yield tuple(chain.from_iterable(ways[1] for ways in of_parts))
        yield (*chain.from_iterable(ways[-1] for ways in of_parts), *whole)


# --- a narrower claim -----------------------------------------------------------------------------------------------


def _withdraw_claim(report: Report, safeguard: Safeguard) -> Remedy:
    channels = list_channels(report, report.plan.claims.get(safeguard.id, ()))
    return build_remedy(safeguard, Kind.WITHDRAW, channels, "Withdraw the claim. It cannot work as claimed.")


def _narrow_claim(report: Report, finding: Finding, results: Sequence[ChannelResult]) -> Remedy:
    """Take the claim away from channels where it has no effect."""
    safeguard = finding.safeguard
    taken = _take_channels(results)
    if safeguard.binds.is_judged_once:
        taken = list_ending(report, safeguard)
    relied_on = [result.channel for result in finding.channels if _is_relied_on(report.plan, safeguard, result.channel)]
    kept = [name for name in relied_on if name not in taken]
    action = f"Narrow the claim to {name_channels(kept)}." if kept else "Withdraw the claim."
    ruled_out = [result.channel for result in results if result.why is Why.CLAIMED_ALL_THE_SAME]
    untested = [result.channel for result in results if result.channel not in ruled_out]
    if ruled_out:
        action += f" It cannot work on {name_channels(ruled_out)}."
    if untested:
        action += f" Nothing shows that it holds on {name_channels(untested)}."
        if safeguard.tamper_rule and safeguard.tamper_rule.unless_against:
            action += (
                f" Or add `against: {safeguard.tamper_rule.unless_against}`, if it is claimed against no one else."
            )
    remedy = build_remedy(safeguard, Kind.NARROW if kept else Kind.WITHDRAW, taken, action)
    return replace(remedy, channels=_take_channels(results))


def list_ending(report: Report, safeguard: Safeguard) -> tuple[str, ...]:
    """Return where a claim on the release cannot hold: until it is public, where it cannot work; else everywhere."""
    ruled_out = find_ruled_out(safeguard, report.plan, list_places(report.plan, report.ladder))
    return sort_channels(report, ruled_out if safeguard.until_public else report.access)


def _is_relied_on(plan: Plan, safeguard: Safeguard, channel: str) -> bool:
    claim = plan.claim_on(safeguard.id, channel)
    return claim is not None and claim.is_relied_on


def _narrow_against(safeguard: Safeguard, results: Sequence[ChannelResult], against: str) -> Remedy:
    names = _take_channels(results)
    claims = [replace(one.claim, channels=(one.channel,), against=against) for one in results if one.claim]
    action = (
        f"On {name_channels(names)}, claim it against casual users only (`against: {against}`), if that is true."
        " Otherwise test it or withdraw the claim."
    )
    return build_remedy(safeguard, Kind.NARROW_AGAINST, names, action, *claims, in_doubt=True)


# --- what shows it, and carrying it out -----------------------------------------------------------------------------


def list_doubted(claims: Iterable[Claim | None]) -> Sequence[Claim]:
    """Return the claims that are relied on and name evidence that cannot be confirmed."""
    return [claim for claim in claims if claim and claim.is_relied_on and find_doubtful(claim.evidence)]


def confirm_evidence(report: Report, safeguard: Safeguard, doubted: Sequence[Claim]) -> Remedy:
    """Return the remedy that puts right what claims name as evidence."""
    named = [item for claim in doubted for item in claim.evidence]
    action = (
        f"Correct the evidence of the claim: {describe_problems(named)}. {describe_remedies(named)}"
        " If nothing shows what is claimed, do it first."
    )
    edit = partial(replace_doubtful_evidence, safeguard=safeguard.id, day=report.as_of)
    channels = list_channels(report, doubted)
    is_work = any(item.is_to_be_made for item in named)
    effort = safeguard.effort if is_work else 0
    return build_remedy(safeguard, Kind.CONFIRM, channels, action, effort=effort, in_doubt=not is_work, edits=(edit,))


def name_evidence(report: Report, kind: str = "other") -> Evidence:
    """Return a piece of evidence that is yet to be named: of a file that is there, of the day of the check."""
    return Evidence(ref="to be named", type=kind, date=report.as_of, result="supports", state=EvidenceState.FOUND)


def _make_good(report: Report, finding: Finding, results: Sequence[ChannelResult]) -> Remedy:
    """Carry it out where it can work and is not done, with what a claim has to name there; or only name that."""
    safeguard, context = finding.safeguard, rebuild_context(report)
    cases = [rebuild_case(safeguard, result, context) for result in results]
    lacks = {case.place.channel.id: _list_lacking(case) for case in cases}
    groups: dict[tuple[str, tuple[Evidence, ...]], list[str]] = {}
    for case in cases:
        name = case.place.channel.id
        shown = (
            *(item for item in case.evidence if not item.is_doubtful),
            *(name_evidence(report, kind) for kind in lacks[name]),
        )
        against = case.claim.against if case.claim else "malicious_actors"
        groups.setdefault((against, shown), []).append(name)
    claims = [
        Claim(status=Status.IMPLEMENTED, channels=tuple(names), against=against, evidence=shown)
        for (against, shown), names in groups.items()
    ]
    kind, effort = _rate_remedy(safeguard, results, lacks)
    words = [] if kind is not Kind.CARRY_OUT else [_tell_to_carry_out(safeguard, results), *_list_conditions(cases)]
    words += _tell_what_to_name(safeguard, lacks)
    return build_remedy(safeguard, kind, _take_channels(results), " ".join(words), *claims, effort=effort)


def _list_lacking(case: Case) -> tuple[str, ...]:
    """Return the types of evidence that a claim on it would still have to name."""
    rules, facts = build_rules(case), build_facts(case)
    is_exempt = facts.against_casual and rules.casual is Casual.NEEDS_NONE
    kinds = [TAMPER_EVALUATION] if rules.needs_tamper and not is_exempt and facts.tamper is not Tamper.HELD else []
    if facts.contract is Contract.MISSING:
        kinds.append(case.judgement.condition_needs)
    if not kinds and (facts.asked is not Asked.NOTHING or facts.counter is not Counter.NONE):
        kinds.append("other")
    return tuple(kinds)


def _rate_remedy(
    safeguard: Safeguard, results: Sequence[ChannelResult], lacks: dict[str, tuple[str, ...]]
) -> tuple[Kind, int]:
    """Return what kind of remedy makes it good: what is done already is to be tested, or what shows it named."""
    if any(result.claim is None or result.claim.status is not Status.IMPLEMENTED for result in results):
        return Kind.CARRY_OUT, safeguard.effort
    if any(TAMPER_EVALUATION in kinds for kinds in lacks.values()):
        return Kind.TEST, safeguard.effort
    if all(result.why in (Why.NO_EVIDENCE, Why.NO_FILE) for result in results):
        return Kind.NAME_EVIDENCE, _HOUR
    return Kind.CARRY_OUT, safeguard.effort


def _tell_to_carry_out(safeguard: Safeguard, results: Sequence[ChannelResult]) -> str:
    where = "for the release" if safeguard.binds.is_judged_once else f"on {name_channels(_take_channels(results))}"
    return f"Carry it out {where}, then say so in the plan. {safeguard.remedy}"


def _list_conditions(cases: Iterable[Case]) -> Iterable[str]:
    conditional = [case.judgement for case in cases if case.judgement.flag is Flag.CONDITIONAL]
    return dict.fromkeys(f"It counts only on a condition: {one.condition.rstrip('.')}." for one in conditional)


def _tell_what_to_name(safeguard: Safeguard, lacks: dict[str, tuple[str, ...]]) -> Iterable[str]:
    if tested := [name for name, kinds in lacks.items() if TAMPER_EVALUATION in kinds]:
        yield (
            f"On {name_channels(tested)}, test how much survives an attempt to remove it, and name the test as evidence"
            " of type `tamper_evaluation` with its `result`. If it does not hold, withdraw the claim."
        )
    for kind in dict.fromkeys(kind for kinds in lacks.values() for kind in kinds if kind != TAMPER_EVALUATION):
        if kind == "other":
            yield f"Name a file beside the plan that shows it: {'; '.join(safeguard.evidence_counts)}."
        else:
            names = [name for name, kinds in lacks.items() if kind in kinds]
            operated = f"whoever operates {name_channels(names)}"
            yield f"Agree on the condition with {operated}, and name the agreement as evidence of type `{kind}`."


# --- channels -------------------------------------------------------------------------------------------------------


def name_channels(channels: Sequence[str]) -> str:
    """Return channels as a list in a sentence; of many only the first."""
    more = len(channels) - _SHOWN
    return listed(channels) if more <= 1 else f"{listed(channels[:_SHOWN])} and {more} more"


def list_channels(report: Report, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the channels that claims cover, in the order of the report."""
    return sort_channels(report, {name for claim in claims for name in claim.channels or report.access})


def sort_channels(report: Report, names: Collection[str]) -> tuple[str, ...]:
    """Return channels in the order of the report."""
    return tuple(filter(names.__contains__, report.access))


def _take_channels(results: Iterable[ChannelResult]) -> tuple[str, ...]:
    return tuple(result.channel for result in results)
