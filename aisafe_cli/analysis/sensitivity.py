"""What the verdict on a plan would be at each higher capability. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.edits import set_profile
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result, name_verdict
from aisafe_cli.evaluation.evaluate import Known, evaluate, list_known
from aisafe_cli.gate.verdict import judge


@record
class CapabilityVerdict:
    """Whether a plan would pass if its capability were another, and what would block."""

    capability: str
    passed: bool
    blocking: tuple[str, ...]


def list_sensitivity(result: Result) -> tuple[CapabilityVerdict, ...]:
    """Return the verdict at each capability above the one that counts, from least to most."""
    levels = result.report.catalog.capabilities.levels
    order = [level.id for level in levels.values() if level.counts_as == level.id]
    counted = result.report.capability.counts_as
    higher = order[order.index(counted) + 1 :]
    known = list_known(result.report)
    return tuple(_judge_capability(result, level, known) for level in higher)


def describe_sensitivity(verdicts: Iterable[CapabilityVerdict], already: Collection[str]) -> str:
    """Return verdicts at higher capabilities in a line, with what blocks there and not already, or nothing."""
    return "; ".join(_describe_capability_verdict(one, already) for one in verdicts)


def _judge_capability(result: Result, capability: str, known: Known) -> CapabilityVerdict:
    report, verdict = result.report, result.verdict
    raised = judge(_evaluate_capability(report, capability, known), verdict.policy, verdict.baseline)
    return CapabilityVerdict(capability=capability, passed=raised.passed, blocking=raised.blocking)


def _evaluate_capability(report: Report, capability: str, known: Known) -> Report:
    plan = set_profile(report.plan, capability=capability)
    raised = evaluate(plan, report.catalog, report.ladder, report.as_of, report.overrides, report.notes, known)
    return replace(raised, cut=report.cut)


def _describe_capability_verdict(raised: CapabilityVerdict, already: Collection[str]) -> str:
    new = [name for name in raised.blocking if name not in already]
    also = "also " if already else ""
    which = f" ({also}{', '.join(new)})" if new else " (the same blocks)" if already else ""
    return f"{name_verdict(raised.passed)} at {raised.capability}{which}"
