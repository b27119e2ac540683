"""Which findings block under a policy, before anything lifts that. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.domain.score import Score

COVERAGE = "coverage"


@record
class Block:
    """A finding that blocks.

    `results` are those on the channels where it does; `demanded` those where the policy says that the safeguard must be
    satisfied and it is not.
    """

    finding: Finding
    results: tuple[ChannelResult, ...]
    demanded: tuple[ChannelResult, ...]

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which the finding blocks."""
        return frozenset(result.channel for result in self.results)

    @property
    def outcome(self) -> Outcome:
        """The outcome that is the worst of those that block."""
        return min((*self.results, *self.demanded), key=lambda result: result.severity_key).outcome

    @property
    def can_be_lifted(self) -> bool:
        """Whether a waiver or a baseline may lift it.

        `ineffective` is never lifted: narrowing or withdrawing the claim is free. Nor is what the policy says must be
        satisfied: a waiver is the plan's own, and a baseline would last longer than meant.
        """
        return not self.finding.is_ineffective and not self.demanded


def find_blocks(report: Report, policy: Policy) -> tuple[Block, ...]:
    """Return what blocks, in the order of the catalog."""
    blocks = []
    for finding in report.findings:
        # A release-bound safeguard is judged on the most open channels; elsewhere its outcome is only repeated.
        results = tuple([one for one in finding.channels if one.judged and does_block(one.level, policy)])
        demanded = find_unsatisfied(finding, report, policy)
        if results or demanded:
            blocks.append(Block(finding=finding, results=results, demanded=demanded))
    return tuple(blocks)


def find_blocking_plan_findings(report: Report, policy: Policy) -> Sequence[PlanFinding]:
    """Return the findings on the plan itself that block."""
    return [finding for finding in report.plan_findings if does_block(finding.level, policy)]


def is_under(coverage: Score, fail_under: int) -> bool:
    """Return whether a coverage is below a percentage, compared exactly; no coverage at all is below any but 0."""
    if coverage.denominator == 0:
        return fail_under > 0
    return coverage.numerator * 100 < fail_under * coverage.denominator


def tighten_policy(policy: Policy, report: Report) -> Policy:
    """Return the policy with the plan's own, which can only tighten it."""
    return replace(policy, fail_under=max(policy.fail_under, report.plan.fail_under))


def does_block(level: Level, policy: Policy) -> bool:
    """Return whether a finding of a level blocks: errors do, and with `strict` warnings too."""
    return level is Level.ERROR or (policy.strict and level is Level.WARNING)


def find_unsatisfied(finding: Finding, report: Report, policy: Policy) -> tuple[ChannelResult, ...]:
    """Return the results on channels where the policy says that the safeguard must be satisfied and it is not.

    It is asked of every role, since the plan chooses its own. Where a release-bound safeguard is ruled out by another,
    more open channel, the place itself cannot be blamed.
    """
    demanded = find_demanded(finding, report, policy)
    if not demanded:
        return ()
    in_role = falls_to_role(finding, report)
    return tuple(
        result for result in finding.channels if result.channel in demanded and _is_unsatisfied(result, in_role=in_role)
    )


def falls_to_role(finding: Finding, report: Report) -> bool:
    """Return whether a safeguard is one that the role of the plan can carry out."""
    return report.plan.organization.role in finding.safeguard.roles


def find_demanded(finding: Finding, report: Report, policy: Policy) -> frozenset[str]:
    """Return the channels on whose mode or access level the policy says that the safeguard must be satisfied."""
    places = {place for place, ids in policy.must_satisfy if finding.safeguard.id in ids}
    if not places:
        return frozenset()
    return frozenset(
        one.channel.id for one in report.channels if places & {str(one.access_level.mode), one.access_level.id}
    )


def _is_unsatisfied(result: ChannelResult, *, in_role: bool) -> bool:
    if result.outcome is Outcome.NOT_APPLICABLE:
        return not in_role
    if result.outcome is Outcome.SATISFIED:
        return False
    return result.judged or result.outcome is not Outcome.INCOMPATIBLE
