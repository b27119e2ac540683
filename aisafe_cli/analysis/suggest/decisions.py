"""What could be decided about a plan itself, which answers it owes, and what it could adopt. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from aisafe_cli.analysis.suggest.remedies import Kind, Remedies, Remedy, name_channels, name_evidence
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.edits import add_adoption, edit_channels, replace_doubtful_evidence, set_claims_on
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Claim, Evidence, License, Plan, Status
from aisafe_cli.domain.report import Finding, PlanFinding, Report
from aisafe_cli.text.wording import listed

NOTHING_ANSWERED = "nothing-answered"
_CLASS_DIFFERS = "license-class-differs"
_REDISTRIBUTION = "license-allows-redistribution"
_UNCONFIRMED = "evidence-cannot-be-confirmed"
_ASSESSMENT = ("capability-counts-as-unknown", "capability-without-evidence")
BOUNDED_LICENSE = License(name="one that does not allow redistribution", declared_class="proprietary")


@record
class _Decision:
    """How a finding on a channel can be settled. `edit` makes the channel as it would be then."""

    title: str
    action: str
    edit: Callable[[Channel], Channel]
    in_doubt: bool = False


def _set_class(channel: Channel, declared_class: str | None) -> Channel:
    return replace(channel, license=replace(channel.license or BOUNDED_LICENSE, declared_class=declared_class))


_OR_OPEN = (
    " Otherwise set the access to gated_weights_clickthrough or open_weights; the plan is then judged at that level."
)
_NEW_LICENSE = _Decision(
    title="Choose a license that fits the access",
    action="If copies may not be passed on, name a license that forbids it (assumed here)." + _OR_OPEN,
    edit=partial(replace, license=BOUNDED_LICENSE),
)
_DECISIONS: Mapping[str, _Decision] = {
    _REDISTRIBUTION: _NEW_LICENSE,
    f"{_REDISTRIBUTION}-on-terms": _NEW_LICENSE,
    _CLASS_DIFFERS: _Decision(
        title="Correct the class of the license",
        action="Correct the class, or remove it.",
        edit=partial(_set_class, declared_class=None),
    ),
    "license-not-recognised": _Decision(
        title="Say whether the license allows redistribution",
        action="Set the class of the license, or name it by its SPDX or Hub identifier. If it forbids passing copies on"
        " (assumed here), say so." + _OR_OPEN,
        edit=partial(_set_class, declared_class=BOUNDED_LICENSE.declared_class),
        in_doubt=True,
    ),
    "gate-is-automatic": _Decision(
        title="Decide who reviews requests",
        action="Review each request (`gated: manual`; assumed here)." + _OR_OPEN,
        edit=partial(replace, gated="manual"),
    ),
    "closing-recalls-nothing": _Decision(
        title="Do not count on the closing date",
        action="Remove the closing date from the plan: it stops new downloads but recalls nothing.",
        edit=partial(replace, closes=None),
    ),
}


def propose_decisions(report: Report, kinds: Collection[str]) -> Remedies:
    """Return what settles findings on the plan of some kinds; `propose_answers` settles that nothing is answered."""
    blocking = [finding for finding in report.plan_findings if finding.kind in kinds]
    relicensed = {finding.channel for finding in blocking if finding.kind.startswith(_REDISTRIBUTION)}
    by_kind: dict[str, list[PlanFinding]] = {}
    for finding in blocking:
        if finding.kind != _CLASS_DIFFERS or finding.channel not in relicensed:
            by_kind.setdefault(finding.kind, []).append(finding)
    remedies = [_settle(kind, by_kind[kind]) for kind in sorted(by_kind) if kind in _DECISIONS]
    for finding in blocking:
        if finding.kind in (_UNCONFIRMED, *_ASSESSMENT):
            remedies.append(_show_evidence(report, finding))
    return tuple(remedies)


def _settle(kind: str, findings: Sequence[PlanFinding]) -> Remedy:
    decision = _DECISIONS[kind]
    names = tuple(finding.channel for finding in findings if finding.channel)
    return Remedy(
        kind=Kind.DECIDE,
        subject=kind,
        title=decision.title,
        channels=names,
        action=f"On {name_channels(names)}: {decision.action}",
        in_doubt=decision.in_doubt,
        edits=(partial(edit_channels, channels=names, edit=decision.edit),),
    )


def _show_evidence(report: Report, finding: PlanFinding) -> Remedy:
    """Put right what the plan itself names as evidence, or name what shows its capability."""
    is_named = finding.kind == _UNCONFIRMED
    assessment = partial(_add_assessment, evidence=name_evidence(report, "evaluation"))
    return Remedy(
        kind=Kind.CONFIRM if is_named else Kind.NAME_EVIDENCE,
        subject=finding.kind,
        title="Correct the evidence in the plan" if is_named else "Name the assessment of the capability",
        effort=finding.effort,
        action=f"{finding.message} {finding.remedy}",
        in_doubt=True,
        edits=(partial(replace_doubtful_evidence, safeguard=None, day=report.as_of) if is_named else assessment,),
    )


def _add_assessment(plan: Plan, evidence: Evidence) -> Plan:
    return replace(plan, model=replace(plan.model, capability_evidence=(*plan.model.capability_evidence, evidence)))


def propose_answers(report: Report) -> Remedy:
    """Return the remedy that answers every question; by the worst answer, since nothing more is known."""
    edits = []
    for finding in report.findings:
        if names := tuple(one.channel for one in finding.judged if one.outcome is Outcome.UNKNOWN):
            answer = Claim(status=Status.NOT_IMPLEMENTED, channels=names)
            edits.append(partial(set_claims_on, safeguard=finding.safeguard.id, channels=names, claims=(answer,)))
    return Remedy(
        kind=Kind.ANSWER,
        subject=NOTHING_ANSWERED,
        title="Answer what is unanswered",
        action="Say for each safeguard what is done, what is planned and what is not. Assumed here: none is done.",
        edits=tuple(edits),
    )


def propose_adoption(report: Report, name: str) -> Remedy:
    """Return the remedy that carries out an alternative, in place of the safeguards that cannot work."""
    alternative = report.catalog.alternatives[name]
    return Remedy(
        kind=Kind.ADOPT,
        subject=alternative.id,
        title=alternative.title,
        effort=alternative.effort,
        action=f"Carry it out in place of {listed(_list_replaced(report, name))}, then list it under `alternatives`."
        f" {alternative.does} {alternative.limits}",
        edits=(partial(add_adoption, alternative=alternative.id),),
    )


def _list_replaced(report: Report, name: str) -> Iterable[str]:
    return [finding.safeguard.id for finding in report.findings if _can_replace(name, finding)]


def _can_replace(name: str, finding: Finding) -> bool:
    ruled_out = finding.list_channels(Outcome.INCOMPATIBLE, Outcome.INEFFECTIVE)
    return name in finding.safeguard.alternatives and bool(ruled_out)
