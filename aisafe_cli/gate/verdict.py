"""Pass or fail: which findings block under a policy, what waivers and a baseline lift, and what to do first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Binds
from aisafe_cli.domain.outcome import UNMET, Level, Outcome
from aisafe_cli.domain.plan import Waiver
from aisafe_cli.domain.policy import Baseline, BaselineEntry, CatalogIdentity, Policy, ShortCoverage
from aisafe_cli.domain.report import AppliedWaiver, ChannelResult, Finding, PlanFinding, Report, WaiverState
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.domain.verdict import Tally, Verdict
from aisafe_cli.gate.baseline import BaselineComparison
from aisafe_cli.text.wording import count

COVERAGE = "coverage"
_EXPIRY_WARNING = timedelta(days=30)


@record
class _Block:
    """A finding that blocks, the channels on which it does, with which outcome, and what lifts that.

    `unwaived` are the results on channels that no waiver in force covers. Where there are none, the block is lifted;
    where the baseline carries all of them, by `entries`, the block is carried. Where it is `unsatisfied`, the policy
    says that the safeguard must be satisfied, and nothing lifts that.
    """

    finding: Finding
    channels: frozenset[str]
    outcome: Outcome
    ineffective: bool
    unsatisfied: bool
    lifted: bool
    carried: bool
    unwaived: tuple[ChannelResult, ...]
    entries: tuple[BaselineEntry, ...]


class _Effect(StrEnum):
    """What a waiver does in a check."""

    LIFTING = "lifting"
    EXPIRING = "expiring"
    TOO_NARROW = "too_narrow"
    IN_VAIN = "in_vain"
    UNMATCHED = "unmatched"
    SET_ASIDE = "set_aside"
    DEMANDED = "demanded"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    TOO_LONG = "too_long"
    NOT_TRUSTED = "not_trusted"


@record
class Step:
    """One thing to do. `effort` is 0 where only a claim has to change, else the catalog's 1 to 5."""

    effort: int
    subject: str
    title: str
    action: str


def judge(report: Report, policy: Policy, baseline: Baseline | None = None) -> Verdict:
    """Return the verdict on a report. The plan's own policy can only tighten the given one.

    `ineffective` can neither be waived nor carried by a baseline: narrowing or withdrawing the claim is free. Nor can
    what the policy says must be satisfied: a waiver is the plan's own, and a baseline would last longer than meant.
    """
    policy = _tighten_policy(policy, report)
    carrying = BaselineComparison(report, baseline, policy.fail_under)
    blocks = _find_blocks(report, policy, carrying)
    waived = [block.finding for block in blocks if block.lifted]
    blocking = [block for block in blocks if not (block.lifted or block.carried)]
    on_plan = _find_blocking_on_plan(report, policy)
    rules = sorted({finding.kind for finding in on_plan if not carrying.of_rule(finding)})
    short = is_under(report.scores.coverage.score, policy.fail_under)
    held = short and carrying.holds_coverage()
    names = (*_list_ids(block.finding for block in blocking), *rules, *((COVERAGE,) if short and not held else ()))
    carried = (
        *_list_ids(block.finding for block in blocks if block.carried),
        *sorted({finding.kind for finding in on_plan}.difference(rules)),
        *((COVERAGE,) if held else ()),
    )
    effects = list(_find_effects(report, blocks, policy))
    lifted = _describe_lifted(len(waived), len(carried), baseline)
    return Verdict(
        passed=not names,
        policy=policy,
        blocking=names,
        unsatisfied=_list_ids(block.finding for block in blocking if block.unsatisfied),
        waived=_list_ids(waived),
        lifting=tuple(applied.waiver for applied, effect in effects if effect in _HELPING),
        coverage_with_waivers=_count_waivers(report.scores.coverage, waived),
        baseline=baseline,
        carried=carried,
        entries=_list_entries(blocks, on_plan, carrying),
        tally=_count_tally(effects, waived=len(waived), carried=len(carried), outdated=carrying.count_outdated()),
        notices=(
            *_describe_demands(report, policy),
            *_describe_let_pass(report, policy),
            *_describe_notices(report, effects),
            *_describe_baseline_notices(carrying, baseline, passed=not names),
        ),
        headline=_write_headline(report, blocking, rules, policy if short and not held else None, lifted),
    )


def record_baseline(report: Report, policy: Policy, reason: str) -> Baseline:
    """Return what blocks a plan today, for a baseline.

    Left out is what a waiver lifts, and what no baseline carries: what is `ineffective` or must be satisfied.
    """
    policy = _tighten_policy(policy, report)
    catalog, score = report.catalog, report.scores.coverage.score
    short = is_under(score, policy.fail_under)
    return Baseline(
        recorded=report.as_of,
        reason=reason,
        catalog=CatalogIdentity(id=catalog.id, version=catalog.version, sha256=catalog.sha256),
        entries=(*_record_safeguards(report, policy), *_record_plan_findings(report, policy)),
        coverage=ShortCoverage(score=score, fail_under=policy.fail_under) if short else None,
    )


def list_blocked(report: Report, policy: Policy) -> frozenset[tuple[str, str | None]]:
    """Return what blocks without any baseline, as subject and channel: a safeguard's id or the rule of a finding.

    The channel is None where a safeguard is judged for the release, or a finding is on the plan as a whole.
    """
    policy = _tighten_policy(policy, report)
    on_plan = ((finding.kind, finding.channel) for finding in _find_blocking_on_plan(report, policy))
    return frozenset((*_list_blocked_places(report, policy), *on_plan))


def _list_blocked_places(report: Report, policy: Policy) -> Iterable[tuple[str, str | None]]:
    for block in _find_blocks(report, policy, BaselineComparison(report, None)):
        finding = block.finding
        results = (*block.unwaived, *_find_unsatisfied(finding, report, policy))
        for_release = finding.safeguard.binds is Binds.RELEASE
        yield from ((finding.safeguard.id, None if for_release else result.channel) for result in results)


def is_under(coverage: Score, fail_under: int) -> bool:
    """Return whether a coverage is below a percentage, compared exactly; no coverage at all is below any but 0."""
    if coverage.denominator == 0:
        return fail_under > 0
    return coverage.numerator * 100 < fail_under * coverage.denominator


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
    effort = 0 if _is_ineffective(finding) else finding.safeguard.effort
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


def _tighten_policy(policy: Policy, report: Report) -> Policy:
    return replace(policy, fail_under=max(policy.fail_under, report.plan.fail_under))


def _blocking_levels(policy: Policy) -> set[Level]:
    return {Level.ERROR, Level.WARNING} if policy.strict else {Level.ERROR}


def _find_blocks(report: Report, policy: Policy, carrying: BaselineComparison) -> Sequence[_Block]:
    return [block for finding in report.findings if (block := _find_block(finding, report, policy, carrying))]


def _find_blocking_on_plan(report: Report, policy: Policy) -> Sequence[PlanFinding]:
    levels = _blocking_levels(policy)
    return [finding for finding in report.plan_findings if finding.level in levels]


def _find_block(finding: Finding, report: Report, policy: Policy, carrying: BaselineComparison) -> _Block | None:
    unsatisfied = _find_unsatisfied(finding, report, policy)
    # A release-bound safeguard is judged on the most open channels; elsewhere its outcome is only repeated.
    blocking = [result for result in finding.channels if result.judged and _does_block(result, policy)]
    if not blocking and not unsatisfied:
        return None
    channels = frozenset(result.channel for result in blocking)
    ineffective = _is_ineffective(finding)
    in_force = [applied.waiver for applied in finding.waivers if applied.state is WaiverState.IN_FORCE]
    covered = {channel for waiver in in_force for channel in (waiver.channels or channels)}
    lifts = policy.honour_waivers and not ineffective and not unsatisfied
    unwaived = tuple(result for result in blocking if not (lifts and result.channel in covered))
    entries = tuple(entry for result in unwaived if (entry := carrying.on_channel(finding, result)))
    to_be_lifted = not ineffective and not unsatisfied
    return _Block(
        finding=finding,
        channels=channels,
        outcome=min((*blocking, *unsatisfied), key=lambda result: result.severity_key).outcome,
        ineffective=ineffective,
        unsatisfied=bool(unsatisfied),
        lifted=to_be_lifted and not unwaived,
        carried=to_be_lifted and bool(unwaived) and len(entries) == len(unwaived),
        unwaived=unwaived,
        entries=entries,
    )


def _does_block(result: ChannelResult, policy: Policy) -> bool:
    if result.level is Level.ERROR:
        listed = policy.strict or result.outcome in policy.error_outcomes
        return listed or result.outcome is Outcome.INEFFECTIVE
    return result.level is Level.WARNING and (policy.strict or result.outcome in policy.warning_outcomes)


def _find_unsatisfied(finding: Finding, report: Report, policy: Policy) -> list[ChannelResult]:
    """Return the results on channels where the policy says that the safeguard must be satisfied and it is not.

    Where a release-bound safeguard is ruled out by another, more open channel, the place itself cannot be blamed.
    """
    demanded = _find_demanded(finding, report, policy)
    return [
        result
        for result in finding.channels
        if result.channel in demanded
        and result.outcome not in (Outcome.SATISFIED, Outcome.NOT_APPLICABLE)
        and (result.judged or result.outcome is not Outcome.INCOMPATIBLE)
    ]


def _find_demanded(finding: Finding, report: Report, policy: Policy) -> frozenset[str]:
    """Return the channels on whose mode or rung the policy says that the safeguard must be satisfied."""
    places = {place for place, ids in policy.must_satisfy if finding.safeguard.id in ids}
    if not places:
        return frozenset()
    return frozenset(
        one.channel.id for one in report.channels if places & {str(one.access_level.mode), one.access_level.id}
    )


def _describe_demands(report: Report, policy: Policy) -> Iterable[str]:
    """Say what must be satisfied and is not, and where that does not apply."""
    for finding in report.findings:
        name = finding.safeguard.id
        demanded = _find_demanded(finding, report, policy)
        unsatisfied = [result.channel for result in _find_unsatisfied(finding, report, policy)]
        if unsatisfied:
            yield f"The configuration says that {name} must be satisfied, and on {', '.join(unsatisfied)} it is not."
        for outcome, told in (
            (Outcome.NOT_APPLICABLE, "does not apply there"),
            (Outcome.INCOMPATIBLE, "cannot work in a release that opens further than that"),
        ):
            on = [one.channel for one in finding.channels if one.channel in demanded and one.outcome is outcome]
            if on := [channel for channel in on if channel not in unsatisfied]:
                yield f"The configuration says that {name} must be satisfied on {', '.join(on)}, but it {told}."


def _describe_let_pass(report: Report, policy: Policy) -> Iterable[str]:
    """Say which errors do not block because the configuration says so: such a pass must not look clean."""
    for finding in report.findings:
        errors = [result for result in finding.channels if result.judged and result.level is Level.ERROR]
        passed = dict.fromkeys(result.outcome for result in errors if not _does_block(result, policy))
        if passed:
            yield f"{finding.safeguard.id} is an error that the configuration lets pass: {', '.join(passed)}."


def _list_entries(
    blocks: Iterable[_Block], on_plan: Iterable[PlanFinding], carrying: BaselineComparison
) -> tuple[BaselineEntry, ...]:
    """Return what the baseline says of the findings that it carries."""
    return (
        *(entry for block in blocks if block.carried for entry in block.entries),
        *(entry for finding in on_plan if (entry := carrying.of_rule(finding))),
    )


def _record_safeguards(report: Report, policy: Policy) -> Iterable[BaselineEntry]:
    access = {channel.channel.id: channel.access_level.id for channel in report.channels}
    for block in _find_blocks(report, policy, BaselineComparison(report, None)):
        demanded = [result.channel for result in _find_unsatisfied(block.finding, report, policy)]
        for result in block.unwaived:
            if result.outcome is not Outcome.INEFFECTIVE and result.channel not in demanded:
                yield BaselineEntry(
                    subject=block.finding.safeguard.id,
                    channel=result.channel,
                    access=access[result.channel],
                    outcome=result.outcome,
                    level=result.level,
                )


def _record_plan_findings(report: Report, policy: Policy) -> Iterable[BaselineEntry]:
    access = {channel.channel.id: channel.access_level.id for channel in report.channels}
    for finding in _find_blocking_on_plan(report, policy):
        yield BaselineEntry(
            subject=finding.kind,
            channel=finding.channel,
            access=access[finding.channel] if finding.channel else None,
            outcome=None,
            level=finding.level,
        )


def _list_ids(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(finding.safeguard.id for finding in findings)


def _is_ineffective(finding: Finding) -> bool:
    return any(result.outcome is Outcome.INEFFECTIVE for result in finding.channels)


def _count_waivers(coverage: Coverage, waived: Sequence[Finding]) -> Coverage:
    """Count what waivers lift as satisfied, unless it is missing on a channel that no waiver is about too."""
    outcomes = Counter(finding.outcome for finding in waived if _is_waived_everywhere(finding))
    lifted = sum(outcomes[outcome] for outcome in UNMET)
    return Coverage(
        satisfied=coverage.satisfied + lifted,
        partial=coverage.partial - outcomes[Outcome.PARTIAL],
        applicable=coverage.applicable,
    )


def _is_waived_everywhere(finding: Finding) -> bool:
    in_force = [applied.waiver for applied in finding.waivers if applied.state is WaiverState.IN_FORCE]
    covered = {channel for waiver in in_force for channel in waiver.channels}
    missing = {result.channel for result in finding.channels if result.judged and result.outcome in UNMET}
    return missing <= covered or not all(waiver.channels for waiver in in_force)


_HELPING = frozenset({_Effect.LIFTING, _Effect.EXPIRING})


def _find_effects(report: Report, blocks: Sequence[_Block], policy: Policy) -> Iterable[tuple[AppliedWaiver, _Effect]]:
    by_id = {block.finding.safeguard.id: block for block in blocks}
    for finding in report.findings:
        for applied in finding.waivers:
            yield applied, _find_effect(applied, by_id.get(finding.safeguard.id), report, policy)


def _find_effect(applied: AppliedWaiver, block: _Block | None, report: Report, policy: Policy) -> _Effect:
    waiver = applied.waiver
    if applied.state is not WaiverState.IN_FORCE:
        return _Effect(applied.state)
    if not policy.honour_waivers:
        return _Effect.SET_ASIDE
    if block is not None and block.unsatisfied:
        return _Effect.DEMANDED
    if block is None or (waiver.channels and not block.channels.intersection(waiver.channels)):
        return _Effect.UNMATCHED
    if block.ineffective:
        return _Effect.IN_VAIN
    if not (block.lifted or block.carried):
        return _Effect.TOO_NARROW
    return _Effect.EXPIRING if waiver.expires - report.as_of <= _EXPIRY_WARNING else _Effect.LIFTING


def _count_tally(
    effects: Sequence[tuple[AppliedWaiver, _Effect]], *, waived: int, carried: int, outdated: int
) -> Tally:
    states = Counter(applied.state for applied, _ in effects)
    counted = Counter(effect for _, effect in effects)
    return Tally(
        in_force=states[WaiverState.IN_FORCE],
        expired=states[WaiverState.EXPIRED],
        not_yet=states[WaiverState.NOT_YET],
        too_long=states[WaiverState.TOO_LONG],
        not_trusted=states[WaiverState.NOT_TRUSTED],
        lifting=counted[_Effect.LIFTING] + counted[_Effect.EXPIRING],
        expiring=counted[_Effect.EXPIRING],
        unmatched=counted[_Effect.UNMATCHED],
        waived=waived,
        carried=carried,
        outdated=outdated,
    )


def _describe_notices(report: Report, effects: Sequence[tuple[AppliedWaiver, _Effect]]) -> Iterable[str]:
    for applied, effect in effects:
        if text := _describe_notice(applied.waiver, effect, report):
            yield f"The waiver for {applied.waiver.safeguard} {text}"


def _describe_notice(waiver: Waiver, effect: _Effect, report: Report) -> str:
    return {
        _Effect.EXPIRED: f"expired on {waiver.expires.isoformat()} and lifts nothing.",
        _Effect.TOO_LONG: f"runs for {count((waiver.expires - waiver.granted).days, 'day')};"
        f" the configuration allows {report.overrides.max_waiver_days}. It lifts nothing.",
        _Effect.NOT_TRUSTED: "is not trusted: this change adds it or lets it cover more. It lifts nothing.",
        _Effect.DEMANDED: "lifts nothing: the configuration says that it must be satisfied.",
        _Effect.NOT_YET: f"holds from {waiver.granted.isoformat()} only and lifts nothing yet.",
        _Effect.SET_ASIDE: "is set aside in this check.",
        _Effect.UNMATCHED: "matches nothing that blocks; it can be removed.",
        _Effect.IN_VAIN: "lifts nothing: a claim that cannot work here has to be narrowed or withdrawn.",
        _Effect.TOO_NARROW: "does not cover every channel that blocks.",
        _Effect.EXPIRING: f"expires on {waiver.expires.isoformat()},"
        f" in {count((waiver.expires - report.as_of).days, 'day')}.",
        _Effect.LIFTING: "",
    }[effect]


def _describe_baseline_notices(
    carrying: BaselineComparison, baseline: Baseline | None, *, passed: bool
) -> Iterable[str]:
    # That a plan which passes is not in the baseline is no news.
    if baseline is not None and (baseline.names_plan or not passed):
        yield from carrying.notices()


def _describe_lifted(waived: int, carried: int, baseline: Baseline | None) -> Iterable[str]:
    if waived:
        yield f"{count(waived, 'block')} waived"
    if carried and baseline is not None:
        yield f"{carried} carried over from the baseline of {baseline.recorded.isoformat()}"


def _write_headline(
    report: Report,
    blocking: Sequence[_Block],
    rules: Sequence[str],
    short: Policy | None,
    lifted: Iterable[str],
) -> str:
    coverage, addressed = report.scores.coverage, report.scores.addressed
    rest = []
    if addressed.denominator:
        rest.append(f"{addressed.denominator} cannot work here, {addressed.numerator} of them addressed otherwise")
    elif report.scores.possible.numerator == report.scores.possible.denominator:
        rest.append("the release mode rules nothing out")
    rest += lifted
    possible = count(coverage.applicable, "safeguard")
    stage = _describe_stage(report)
    if not (blocking or rules or short):
        return "; ".join([f"PASS: {stage}nothing blocks among the {possible} that can be carried out", *rest])
    outcomes = Counter(block.outcome for block in blocking)
    parts = []
    if blocking:
        kinds = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
        parts.append(f"{count(len(blocking), 'safeguard')} block{'s' if len(blocking) == 1 else ''} ({kinds})")
    if unsatisfied := [block.finding.safeguard.id for block in blocking if block.unsatisfied]:
        parts.append(f"the configuration says must be satisfied: {', '.join(unsatisfied)}")
    if rules:
        parts.append(f"the plan itself blocks ({', '.join(rules)})")
    if short:
        parts.append(f"declared coverage is under {short.fail_under}%")
    return f"FAIL: {stage}{'; '.join([*parts, *rest])}"


def _describe_stage(report: Report) -> str:
    """What a verdict must not be taken for: one on channels that open later."""
    if report.cut is None or not report.cut.left_out:
        return ""
    left_out = count(len(report.cut.left_out), "later channel")
    return f"only the stage of {report.cut.day.isoformat()} is judged, {left_out} left out: "
