"""Record a baseline: what blocks a plan today. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.policy import Baseline, BaselineEntry, CatalogIdentity, Policy, ShortCoverage
from aisafe_cli.domain.report import Report
from aisafe_cli.gate.blocks import find_blocking_plan_findings, find_blocks, is_under, tighten_policy
from aisafe_cli.gate.waivers import find_unwaived, rate_waivers


def record_baseline(report: Report, policy: Policy, reason: str) -> Baseline:
    """Return what blocks a plan today, for a baseline.

    Left out is what a waiver lifts, and what no baseline carries: what is `ineffective` or must be satisfied.
    """
    policy = tighten_policy(policy, report)
    catalog, score = report.catalog, report.lowest_coverage
    return Baseline(
        recorded=report.as_of,
        reason=reason,
        catalog=CatalogIdentity(id=catalog.id, version=catalog.version, sha256=catalog.sha256),
        entries=(*_record_safeguards(report, policy), *_record_plan_findings(report, policy)),
        coverage=ShortCoverage(score=score, fail_under=policy.fail_under)
        if is_under(score, policy.fail_under)
        else None,
    )


def _record_safeguards(report: Report, policy: Policy) -> Iterable[BaselineEntry]:
    access = report.access
    waivers = rate_waivers(report, policy)
    for block in find_blocks(report, policy):
        demanded = [result.channel for result in block.demanded]
        for result in find_unwaived(block, waivers, policy):
            if result.outcome is not Outcome.INEFFECTIVE and result.channel not in demanded:
                yield BaselineEntry(
                    subject=block.finding.safeguard.id,
                    channel=result.channel,
                    access=access[result.channel].id,
                    outcome=result.outcome,
                    level=result.level,
                )


def _record_plan_findings(report: Report, policy: Policy) -> Iterable[BaselineEntry]:
    for finding in find_blocking_plan_findings(report, policy):
        yield BaselineEntry(
            subject=finding.kind,
            channel=finding.channel,
            access=report.access[finding.channel].id if finding.channel else None,
            outcome=None,
            level=finding.level,
        )
