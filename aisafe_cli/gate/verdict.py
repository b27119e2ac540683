"""Pass or fail: which findings block under a policy, and what waivers and a baseline lift. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import BLOCKED_AS, Level, Outcome
from aisafe_cli.domain.policy import Baseline, BaselineEntry, Policy
from aisafe_cli.domain.report import ChannelResult, PlanFinding, Report
from aisafe_cli.domain.verdict import AppliedWaiver, Verdict
from aisafe_cli.gate.baseline import BaselineComparison
from aisafe_cli.gate.blocks import (
    COVERAGE,
    Block,
    falls_to_role,
    find_blocking_plan_findings,
    find_blocks,
    find_demanded,
    find_unsatisfied,
    is_under,
    tighten_policy,
)
from aisafe_cli.gate.waivers import (
    HELPING,
    Effect,
    count_as_satisfied,
    count_waivers,
    describe_effects,
    find_effect,
    find_unwaived,
    rate_waivers,
)
from aisafe_cli.text.wording import count


@record
class _JudgedBlock:
    """A block with what lifts it.

    `unwaived` are the results that no waiver in force covers. Where there are none, waivers lift the block; where the
    baseline carries all of them, by `entries`, the block is carried.
    """

    block: Block
    unwaived: tuple[ChannelResult, ...]
    entries: tuple[BaselineEntry, ...]

    @property
    def id(self) -> str:
        return self.block.finding.safeguard.id

    @property
    def channels(self) -> Sequence[str]:
        """The channels on which something blocks that no waiver lifts and the baseline does not carry."""
        carried = {entry.channel for entry in self.entries} if self.block.can_be_lifted else set()
        blocked = [result.channel for result in self.unwaived if result.channel not in carried]
        return tuple(dict.fromkeys([*blocked, *(result.channel for result in self.block.demanded)]))

    @property
    def is_waived(self) -> bool:
        return self.block.can_be_lifted and not self.unwaived

    @property
    def is_carried(self) -> bool:
        return self.block.can_be_lifted and bool(self.unwaived) and len(self.entries) == len(self.unwaived)

    @property
    def is_lifted(self) -> bool:
        return self.is_waived or self.is_carried


def judge(report: Report, policy: Policy, baseline: Baseline | None = None) -> Verdict:
    """Return the verdict on a report. The plan's own policy can only tighten the given one."""
    policy = tighten_policy(policy, report)
    comparison = BaselineComparison(report, baseline, policy.fail_under)
    waivers = rate_waivers(report, policy)
    blocks = _judge_blocks(report, policy, waivers, comparison)
    on_plan = find_blocking_plan_findings(report, policy)
    kinds = sorted({finding.kind for finding in on_plan if not comparison.find_plan_entry(finding)})
    blocking = [one for one in blocks if not one.is_lifted]
    waived = [one.block.finding for one in blocks if one.is_waived]
    names = [*(one.id for one in blocking), *kinds]
    carried = [one.id for one in blocks if one.is_carried]
    carried += sorted({finding.kind for finding in on_plan}.difference(kinds))
    if is_under(report.lowest_coverage, policy.fail_under):
        (carried if comparison.holds_coverage() else names).append(COVERAGE)
    effects = _find_effects(report, blocks, waivers, policy)
    lifted = _describe_lifting(len(waived), len(carried), baseline)
    return Verdict(
        passed=not names,
        policy=policy,
        blocking=tuple(names),
        blocked_on=tuple((one.id, channel) for one in blocking for channel in one.channels),
        unsatisfied=tuple(one.id for one in blocking if one.block.demanded),
        waived=tuple(finding.safeguard.id for finding in waived),
        waivers=waivers,
        lifting=tuple(applied.waiver for applied, effect in effects if effect in HELPING),
        coverage_with_waivers=count_as_satisfied(report.scores.coverage, waived, waivers),
        baseline=baseline,
        carried=tuple(carried),
        entries=_list_used_entries(blocks, on_plan, comparison),
        tally=count_waivers(effects, waived=len(waived), carried=len(carried), outdated=comparison.count_outdated()),
        notices=(
            *_describe_demands(report, policy),
            *describe_effects(report, policy, effects),
            *_describe_baseline(comparison, baseline, passed=not names),
        ),
        headline=_write_headline(report, blocking, kinds, policy if COVERAGE in names else None, lifted),
    )


def list_blocked(report: Report, policy: Policy) -> frozenset[tuple[str, str | None]]:
    """Return what blocks without any baseline, as subject and channel: a safeguard's id or the kind of a finding.

    The channel is None where a safeguard is judged for the release, or a finding is on the plan as a whole.
    """
    policy = tighten_policy(policy, report)
    blocked: set[tuple[str, str | None]] = set()
    waivers = rate_waivers(report, policy)
    for block in find_blocks(report, policy):
        safeguard = block.finding.safeguard
        for result in (*find_unwaived(block, waivers, policy), *block.demanded):
            blocked.add((safeguard.id, None if safeguard.binds.is_judged_once else result.channel))
    blocked |= {(finding.kind, finding.channel) for finding in find_blocking_plan_findings(report, policy)}
    return frozenset(blocked)


def _judge_blocks(
    report: Report, policy: Policy, waivers: Sequence[AppliedWaiver], comparison: BaselineComparison
) -> list[_JudgedBlock]:
    judged = []
    for block in find_blocks(report, policy):
        unwaived = find_unwaived(block, waivers, policy)
        entries = [comparison.find_entry(block.finding, result) for result in unwaived]
        judged.append(_JudgedBlock(block=block, unwaived=unwaived, entries=tuple(filter(None, entries))))
    return judged


def _list_used_entries(
    blocks: Iterable[_JudgedBlock], on_plan: Iterable[PlanFinding], comparison: BaselineComparison
) -> tuple[BaselineEntry, ...]:
    """Return what the baseline says of the findings that it carries."""
    entries = [entry for one in blocks if one.is_carried for entry in one.entries]
    entries += filter(None, map(comparison.find_plan_entry, on_plan))
    return tuple(entries)


def _find_effects(
    report: Report, blocks: Sequence[_JudgedBlock], waivers: Iterable[AppliedWaiver], policy: Policy
) -> list[tuple[AppliedWaiver, Effect]]:
    by_id = {one.id: one for one in blocks}
    effects = []
    for applied in waivers:
        judged = by_id.get(applied.waiver.safeguard)
        block, lifted = (judged.block, judged.is_lifted) if judged else (None, False)
        effects.append((applied, find_effect(applied, block, lifted, report, policy)))
    return effects


# --- notices and the headline ---------------------------------------------------------------------------------------


def _describe_demands(report: Report, policy: Policy) -> Iterable[str]:
    """Say what must be satisfied and is not, and where that does not apply."""
    for finding in report.findings:
        name = finding.safeguard.id
        demanded = find_demanded(finding, report, policy)
        if not demanded:
            continue
        unsatisfied = [result.channel for result in find_unsatisfied(finding, report, policy)]
        if unsatisfied:
            role = report.plan.organization.role
            why = "" if falls_to_role(finding, report) else f": a {role.replace('_', ' ')} cannot carry it out"
            places = ", ".join(unsatisfied)
            yield f"The configuration requires {name} to be satisfied; on {places} it is not{why}."
        for outcome, told in (
            (Outcome.NOT_APPLICABLE, "does not apply there"),
            (Outcome.INCOMPATIBLE, "cannot work in a release that opens further"),
        ):
            on = [one.channel for one in finding.channels if one.channel in demanded and one.outcome is outcome]
            if on := [channel for channel in on if channel not in unsatisfied]:
                yield f"The configuration requires {name} to be satisfied on {', '.join(on)}, but it {told}."


def _describe_baseline(comparison: BaselineComparison, baseline: Baseline | None, *, passed: bool) -> Iterable[str]:
    # That a plan which passes is not in the baseline is no news.
    if baseline is not None and (baseline.names_plan or not passed):
        yield from comparison.describe()


def _describe_lifting(waived: int, carried: int, baseline: Baseline | None) -> Iterable[str]:
    if waived:
        yield f"{count(waived, 'block')} waived"
    if carried and baseline is not None:
        yield f"{carried} carried over from the baseline of {baseline.recorded.isoformat()}"


def _write_headline(
    report: Report,
    blocking: Sequence[_JudgedBlock],
    kinds: Sequence[str],
    short: Policy | None,
    lifted: Iterable[str],
) -> str:
    parts = list(_describe_blocking(blocking))
    if kinds:
        parts.append(f"the plan itself blocks ({', '.join(kinds)})")
    if short:
        parts.append(f"declared coverage is under {short.fail_under}%")
    verdict = "FAIL" if parts else "PASS"
    lifts = list(lifted)
    said = "; ".join([*(parts or [_describe_pass(report, lifts)]), *lifts])
    counted = f"Of {count(len(report.findings), 'safeguard')}: {report.partition.to_words()}"
    return f"{verdict}: {_describe_stage(report)}{said}. {counted}"


def _describe_pass(report: Report, lifted: Sequence[str]) -> str:
    # An error that a waiver, the baseline or the configuration lets pass is still one.
    levels = {finding.level for finding in report.findings} | {finding.level for finding in report.plan_findings}
    return "nothing blocks" if lifted or Level.ERROR in levels else "no errors"


def _describe_blocking(blocking: Sequence[_JudgedBlock]) -> Iterable[str]:
    if blocking:
        outcomes = Counter(one.block.outcome for one in blocking)
        kinds = ", ".join(f"{outcomes[one]} {BLOCKED_AS.get(one, one)}" for one in Outcome if outcomes[one])
        yield f"{count(len(blocking), 'safeguard')} block{'s' if len(blocking) == 1 else ''} ({kinds})"
    if unsatisfied := [one.id for one in blocking if one.block.demanded]:
        yield f"required by the configuration: {', '.join(unsatisfied)}"


def _describe_stage(report: Report) -> str:
    """What a verdict must not be taken for: one on channels that open later."""
    if report.cut is None or not report.cut.left_out:
        return ""
    left_out = count(len(report.cut.left_out), "later channel")
    return f"only the stage of {report.cut.day.isoformat()} is judged, {left_out} left out: "
