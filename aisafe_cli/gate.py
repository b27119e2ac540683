"""Pass or fail: which findings block under a policy, what waivers lift, and what to do first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from aisafe_cli.model import (
    LEVEL_ORDER,
    OUTCOME_ORDER,
    AppliedWaiver,
    Coverage,
    Finding,
    Level,
    Outcome,
    Policy,
    Report,
    Score,
    Verdict,
    WaiverState,
)
from aisafe_cli.records import record

COVERAGE = "coverage"
_EXPIRY_WARNING = timedelta(days=30)
_UNMET = (Outcome.UNKNOWN, Outcome.GAP, Outcome.PLANNED, Outcome.PARTIAL)


@record
class _Block:
    """A finding that blocks, the channels on which it does, and whether waivers in force lift that."""

    finding: Finding
    channels: frozenset[str]
    ineffective: bool
    lifted: bool


@record
class Step:
    """One thing to do. `effort` is 0 where only a claim has to change, else the catalog's 1 to 5."""

    effort: int
    subject: str
    title: str
    action: str


def judge(report: Report, policy: Policy) -> Verdict:
    """Return the verdict on a report. The plan's own policy can only tighten the given one.

    `ineffective` cannot be waived: narrowing or withdrawing the claim is free.
    """
    policy = Policy(
        strict=policy.strict,
        fail_under=max(policy.fail_under, report.plan.fail_under),
        honour_waivers=policy.honour_waivers,
    )
    levels = {Level.ERROR, Level.WARNING} if policy.strict else {Level.ERROR}
    blocks = [block for finding in report.findings if (block := _block(finding, levels, policy))]
    waived = [block.finding for block in blocks if block.lifted]
    blocking = [block.finding for block in blocks if not block.lifted]
    rules = sorted({finding.rule for finding in report.plan_findings if finding.level in levels})
    short = is_under(report.scores.coverage.score, policy.fail_under)
    names = (*(finding.safeguard.id for finding in blocking), *rules, *((COVERAGE,) if short else ()))
    return Verdict(
        passed=not names,
        policy=policy,
        blocking=names,
        waived=tuple(finding.safeguard.id for finding in waived),
        coverage_with_waivers=_with_waivers(report.scores.coverage, waived),
        notices=tuple(_notices(report, blocks, policy)),
        headline=_headline(report, blocking, rules, len(waived), policy if short else None),
    )


def is_under(coverage: Score, fail_under: int) -> bool:
    """Return whether a coverage is below a percentage, compared exactly; no coverage at all is below any but 0."""
    if coverage.denominator == 0:
        return fail_under > 0
    return coverage.numerator * 100 < fail_under * coverage.denominator


def next_steps(report: Report, verdict: Verdict) -> tuple[Step, ...]:
    """Return what would lift each block, the cheapest first."""
    steps = [_step(finding) for finding in report.findings if finding.safeguard.id in verdict.blocking]
    steps += [
        Step(effort=0, subject=finding.rule, title=finding.message, action=finding.remedy)
        for finding in report.plan_findings
        if finding.rule in verdict.blocking
    ]
    if COVERAGE in verdict.blocking:
        steps.append(_coverage_step(report, verdict.policy))
    return tuple(sorted(steps, key=lambda step: (step.effort, step.subject)))


def _step(finding: Finding) -> Step:
    effort = 0 if _relies_in_vain(finding) else finding.safeguard.effort
    return Step(effort=effort, subject=finding.safeguard.id, title=finding.safeguard.title, action=finding.remedy)


def _coverage_step(report: Report, policy: Policy) -> Step:
    unmet = [finding.safeguard for finding in report.findings if finding.outcome in _UNMET]
    cheapest = sorted(unmet, key=lambda safeguard: (safeguard.effort, safeguard.id))
    return Step(
        effort=min((safeguard.effort for safeguard in cheapest), default=0),
        subject=COVERAGE,
        title=f"Declared coverage is under {policy.fail_under}%",
        action=f"Carry out more of: {', '.join(safeguard.id for safeguard in cheapest)}." if cheapest else "",
    )


def _block(finding: Finding, levels: set[Level], policy: Policy) -> _Block | None:
    # A release-bound safeguard is judged on the most open channels; elsewhere its outcome is only repeated.
    blocking = [result for result in finding.channels if result.judged and result.level in levels]
    if not blocking:
        return None
    channels = frozenset(result.channel for result in blocking)
    ineffective = _relies_in_vain(finding)
    in_force = [applied.waiver for applied in finding.waivers if applied.state is WaiverState.IN_FORCE]
    covered = {channel for waiver in in_force for channel in (waiver.channels or channels)}
    lifted = policy.honour_waivers and not ineffective and channels <= covered
    return _Block(finding=finding, channels=channels, ineffective=ineffective, lifted=lifted)


def _relies_in_vain(finding: Finding) -> bool:
    return any(result.outcome is Outcome.INEFFECTIVE for result in finding.channels)


def _with_waivers(coverage: Coverage, waived: Sequence[Finding]) -> Coverage:
    outcomes = Counter(finding.outcome for finding in waived)
    lifted = sum(outcomes[outcome] for outcome in _UNMET)
    return Coverage(
        satisfied=coverage.satisfied + lifted,
        partial=coverage.partial - outcomes[Outcome.PARTIAL],
        applicable=coverage.applicable,
    )


def _notices(report: Report, blocks: Sequence[_Block], policy: Policy) -> Iterable[str]:
    by_id = {block.finding.safeguard.id: block for block in blocks}
    for finding in report.findings:
        for applied in finding.waivers:
            block = by_id.get(finding.safeguard.id)
            if text := _notice(applied, block, report, policy):
                yield f"The waiver for {finding.safeguard.id} {text}"


def _notice(applied: AppliedWaiver, block: _Block | None, report: Report, policy: Policy) -> str:
    waiver = applied.waiver
    if applied.state is WaiverState.EXPIRED:
        return f"expired on {waiver.expires.isoformat()} and lifts nothing."
    if applied.state is WaiverState.NOT_YET:
        return f"holds from {waiver.granted.isoformat()} only and lifts nothing yet."
    if not policy.honour_waivers:
        return "is set aside in this check."
    if block is None or (waiver.channels and not block.channels.intersection(waiver.channels)):
        return "matches nothing that blocks; it can be removed."
    if block.ineffective:
        return "lifts nothing: a claim that cannot work here has to be narrowed or withdrawn."
    if not block.lifted:
        return "does not cover every channel that blocks."
    if waiver.expires - report.as_of <= _EXPIRY_WARNING:
        return f"expires on {waiver.expires.isoformat()}, in {_count((waiver.expires - report.as_of).days, 'day')}."
    return ""


def _headline(
    report: Report, blocking: Sequence[Finding], rules: Sequence[str], waived: int, short: Policy | None
) -> str:
    coverage, addressed = report.scores.coverage, report.scores.addressed
    rest = []
    if addressed.denominator:
        rest.append(f"{addressed.denominator} cannot work here, {addressed.numerator} of them addressed otherwise")
    elif report.scores.possible.numerator == report.scores.possible.denominator:
        rest.append("the release mode rules nothing out")
    if waived:
        rest.append(f"{_count(waived, 'block')} waived")
    possible = _count(coverage.applicable, "safeguard")
    if not (blocking or rules or short):
        return "; ".join([f"PASS: nothing blocks among the {possible} that can be carried out", *rest])
    outcomes = Counter(_blocking_outcome(finding) for finding in blocking)
    parts = []
    if blocking:
        kinds = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
        parts.append(f"{_count(len(blocking), 'safeguard')} block{'s' if len(blocking) == 1 else ''} ({kinds})")
    if rules:
        parts.append(f"the plan itself blocks ({', '.join(rules)})")
    if short:
        parts.append(f"declared coverage is under {short.fail_under}%")
    return f"FAIL: {'; '.join([*parts, *rest])}"


def _blocking_outcome(finding: Finding) -> Outcome:
    """The outcome that makes the finding block, which need not be that of the release."""
    return min(finding.channels, key=lambda one: (LEVEL_ORDER[one.level], OUTCOME_ORDER[one.outcome])).outcome


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
