"""What would lift each block, the cheapest first. Pure."""

from __future__ import annotations

from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import UNMET
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.gate.blocks import COVERAGE


@record
class Step:
    """One thing to do. `effort` is 0 where only the plan can change, else the catalog's 1 to 5."""

    effort: int
    subject: str
    title: str
    action: str


def list_next_steps(report: Report, verdict: Verdict) -> tuple[Step, ...]:
    """Return what would lift each block, the cheapest first."""
    steps = [_build_step(finding) for finding in report.findings if finding.safeguard.id in verdict.blocking]
    steps += [
        Step(effort=0, subject=finding.kind, title=finding.message, action=finding.remedy)
        for finding in report.plan_findings
        if finding.kind in verdict.blocking
    ]
    if COVERAGE in verdict.blocking:
        steps.append(_build_coverage_step(report, verdict.policy))
    return tuple(sorted(steps, key=lambda step: (step.effort, step.subject)))


def _build_step(finding: Finding) -> Step:
    effort = 0 if finding.is_ineffective or finding.too_late else finding.safeguard.effort
    return Step(effort=effort, subject=finding.safeguard.id, title=finding.safeguard.title, action=finding.remedy)


def _build_coverage_step(report: Report, policy: Policy) -> Step:
    unmet = [finding.safeguard for finding in report.findings if finding.outcome in UNMET]
    cheapest = sorted(unmet, key=lambda safeguard: (safeguard.effort, safeguard.id))
    return Step(
        effort=min((safeguard.effort for safeguard in cheapest), default=0),
        subject=COVERAGE,
        title=f"Declared coverage is under {policy.fail_under}%",
        action=f"Carry out more of: {', '.join(safeguard.id for safeguard in cheapest)}." if cheapest else "",
    )
