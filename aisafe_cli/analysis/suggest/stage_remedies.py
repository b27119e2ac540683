"""What could be done about a safeguard that can only be carried out before the release opens fully. Pure.

A stage that would lie in the past is never proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import count

from aisafe_cli.analysis.suggest.decisions import BOUNDED_LICENSE
from aisafe_cli.analysis.suggest.remedies import (
    Kind,
    Remedies,
    Remedy,
    build_remedy,
    confirm_evidence,
    list_channels,
    list_doubted,
    name_channels,
    name_evidence,
    sort_channels,
)
from aisafe_cli.domain.catalog import AccessLevel, Binds, Safeguard
from aisafe_cli.domain.edits import add_channel, set_claims_on
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Claim, Status
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.evaluation.decision import Asked
from aisafe_cli.evaluation.profile import find_asked_evidence
from aisafe_cli.evaluation.stages import (
    StageEnd,
    find_ruled_out,
    find_stage_ends,
    has_held,
    is_judged_by_stages,
    list_places,
)


def is_staged(finding: Finding) -> bool:
    """Return whether a safeguard is judged by the stages before the release opens fully."""
    is_asked = finding.outcome is not Outcome.NOT_APPLICABLE
    return is_asked and is_judged_by_stages(finding.safeguard, finding.channels[-1].flag)


def propose_stage_remedies(report: Report, finding: Finding) -> tuple[Remedies, ...]:
    """Return the ways to deal with a safeguard that goes by stages, the one that does least first."""
    safeguard, ends = finding.safeguard, _find_ends(report, finding.safeguard)
    relied_on = [claim for claim in report.plan.claims.get(safeguard.id, ()) if claim.is_relied_on]
    failed = [claim for claim in relied_on if not has_held(claim, ends)]
    withdrawn = (_withdraw_stage(report, safeguard, failed),) if failed else ()
    ways: list[Remedies] = [(), withdrawn] if failed else [()]
    has_stages = all(end.stages for end in ends)
    if has_stages and any(claim.status is Status.IMPLEMENTED and not claim.channels for claim in failed):
        ways.append((_narrow_to_stages(report, safeguard, failed, ends), *_confirm(report, safeguard, relied_on)))
    if confirmed := _confirm(report, safeguard, [claim for claim in relied_on if claim not in failed]):
        ways.append((*withdrawn, *confirmed))
    if finding.outcome is not Outcome.SATISFIED and _is_to_come(report, ends) and has_stages:
        ways.append((_hold(report, safeguard, ends),))
    return tuple(ways)


def propose_stage(report: Report) -> Remedies:
    """Return the limited stage to open first, for safeguards that lack one which can still come; or nothing."""
    for finding in report.findings:
        if is_staged(finding) and finding.outcome is not Outcome.SATISFIED:
            ends = _find_ends(report, finding.safeguard)
            if _is_to_come(report, ends) and not all(end.stages for end in ends):
                return (_open_stage(report, finding.safeguard),)
    return ()


def _find_ends(report: Report, safeguard: Safeguard) -> Sequence[StageEnd]:
    places = list_places(report.plan, report.ladder)
    return find_stage_ends(places, find_ruled_out(safeguard, report.plan, places))


def _is_to_come(report: Report, ends: Sequence[StageEnd]) -> bool:
    return all(end.day > report.as_of for end in ends)


def _confirm(report: Report, safeguard: Safeguard, claims: Sequence[Claim]) -> Remedies:
    doubted = list_doubted(claims)
    return (confirm_evidence(report, safeguard, doubted),) if doubted else ()


def _withdraw_stage(report: Report, safeguard: Safeguard, failed: Sequence[Claim]) -> Remedy:
    action = "Withdraw the claim. It names no limited stage before the full release."
    return build_remedy(safeguard, Kind.WITHDRAW, list_channels(report, failed), action)


def _narrow_to_stages(
    report: Report, safeguard: Safeguard, failed: Sequence[Claim], ends: Sequence[StageEnd]
) -> Remedy:
    stages = sort_channels(report, {name for end in ends for name in end.stages})
    gone = [name for name in list_channels(report, failed) if name not in stages]
    action = (
        f"Narrow the claim to {name_channels(stages)}, if the audience is kept limited there until the release opens"
        " fully. Otherwise withdraw it."
    )
    return build_remedy(safeguard, Kind.NARROW, gone, action, in_doubt=True)


def _hold(report: Report, safeguard: Safeguard, ends: Sequence[StageEnd]) -> Remedy:
    stages = tuple(dict.fromkeys(sort_channels(report, end.stages)[0] for end in ends))
    asked = find_asked_evidence(safeguard, report)
    shown = () if asked is Asked.NOTHING else (name_evidence(report),)
    held = Claim(status=Status.IMPLEMENTED, channels=stages, evidence=shown)
    action = (
        f"Keep the audience of {name_channels(stages)} limited until the release opens fully, then say so in the plan"
        f" and name the channel in the claim. {safeguard.remedy}"
    )
    edit = partial(set_claims_on, safeguard=safeguard.id, channels=report.access, claims=(held,))
    return build_remedy(safeguard, Kind.HOLD_STAGE, stages, action, effort=safeguard.effort, edits=(edit,))


def _open_stage(report: Report, safeguard: Safeguard) -> Remedy:
    """Open a channel now; without a variant it is a stage of every one."""
    level = _choose_level(report, safeguard)
    used = report.plan.channel_ids
    stem = "limited-stage"
    name = stem if stem not in used else next(name for n in count(2) if (name := f"{stem}-{n}") not in used)
    terms = BOUNDED_LICENSE if level.is_readable else None
    stage = Channel(id=name, access=level.id, opens=report.as_of, gated="manual", license=terms)
    # What is done to the model is done in each copy of it; what a service or a stage does is not done there at once.
    unclaimed = [
        partial(set_claims_on, safeguard=other.id, channels=(name,))
        for other in report.catalog.safeguards
        if other.id in report.plan.claims and (other.binds is Binds.SERVICE or other.holds_until_opened)
    ]
    return Remedy(
        kind=Kind.OPEN_STAGE,
        subject=name,
        title=f"Open a limited stage: {name}, at {level.id}",
        channels=(name,),
        action="Add a channel to the plan that opens to a limited audience before the others, for example at"
        f" {level.id} (assumed here, with each request reviewed). Every safeguard that can work there is asked for"
        " there too.",
        edits=(partial(add_channel, channel=stage), *unclaimed),
    )


def _choose_level(report: Report, safeguard: Safeguard) -> AccessLevel:
    """Return the least open level that hands out copies, since copies are what the release is about."""
    role, levels = report.plan.organization.role, report.ladder.access_levels.values()
    can_work = [level for level in levels if not safeguard.is_ruled_out(role, level) and level.has_outsiders]
    return next((level for level in can_work if level.is_readable), can_work[-1])
