"""Every reason, remedy, headline, notice, step and baseline in words, held against a golden file for each plan.

The plans stand in `evaluations/`; a plan with `NAME.aisafe.yaml` beside it is judged under that configuration. The
outcomes themselves stand in `*.expected` and are checked by hand; the words follow the code (`--update-golden`), and
are here so that a change of what people read is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from building import EVALUATIONS, case_named

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.score import Scores
from aisafe_cli.gate.baseline import describe_tally
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.gate.record_baseline import record_baseline
from aisafe_cli.gate.verdict import judge

PLANS = sorted(path.name.removesuffix(".plan.yaml") for path in EVALUATIONS.glob("*.plan.yaml"))
POLICIES = {
    "by default": Policy(),
    "strict": Policy(strict=True, honour_waivers=False),
    "full coverage": Policy(fail_under=100),
}


@pytest.mark.parametrize("name", PLANS)
def test_words(name: str, update_golden: bool) -> None:
    golden = EVALUATIONS / f"{name}.words"
    words = "\n".join(spoken(*case_named(name))) + "\n"
    if update_golden:
        golden.write_text(words, encoding="utf-8")
    assert words == golden.read_text(encoding="utf-8")


def spoken(report: Report, configured: Policy | None) -> Iterable[str]:
    for finding in report.findings:
        yield from about(finding)
    for found in report.plan_findings:
        place = f"{found.channel}, line {found.position.line}"
        yield f"{found.kind} ({found.level}, {place}): {found.message} | {found.remedy}"
    yield f"scores: {in_figures(report.scores)}"
    yield from (f"scores on {one.channel.id}: {in_figures(one.scores)}" for one in report.channels)
    for name, policy in (POLICIES | ({"as configured": configured} if configured else {})).items():
        policy = replace(policy, max_waiver_days=configured.max_waiver_days if configured else None)
        verdict = judge(report, policy)
        yield f"{name}: {verdict.headline}"
        yield f"  blocking: {', '.join(verdict.blocking)}; waived: {', '.join(verdict.waived)}"
        yield f"  with waivers: {verdict.coverage_with_waivers.score}"
        yield from (f"  unsatisfied: {name}" for name in verdict.unsatisfied)
        yield from (f"  notice: {notice}" for notice in verdict.notices)
        yield from (f"  tally: {line}" for line in describe_tally(verdict))
        for step in list_next_steps(report, verdict):
            yield f"  step: {step.effort} {step.subject} {step.title}: {step.action}"
        yield from about_baseline(report, policy)


def in_figures(scores: Scores) -> str:
    coverage, rest = scores.coverage, (scores.possible, scores.addressed, scores.evidenced)
    possible, addressed, evidenced = (f"{one.numerator} of {one.denominator}" for one in rest)
    covered = f"{coverage.satisfied} and {coverage.partial} partly of {coverage.applicable}"
    return f"possible {possible}; covered {covered}; addressed {addressed}; evidenced {evidenced}"


def about_baseline(report: Report, policy: Policy) -> Iterable[str]:
    """What a baseline of today would hold, and how the plan would stand with it."""
    baseline = record_baseline(report, policy, "agreed")
    for one in baseline.entries:
        yield f"  recorded: {one.subject} on {one.channel} ({one.access}): {one.outcome} {one.level}"
    if baseline.coverage:
        yield f"  recorded: coverage {baseline.coverage.score} under {baseline.coverage.fail_under}%"
    if baseline.entries or baseline.coverage:
        before, verdict = judge(report, policy), judge(report, policy, baseline)
        yield f"  with the baseline: {verdict.headline}"
        yield f"    blocking: {', '.join(verdict.blocking)}; carried: {', '.join(verdict.carried)}"
        yield from (f"    tally: {line}" for line in describe_tally(verdict))
        yield from (f"    notice: {notice}" for notice in verdict.notices if notice not in before.notices)


def about(finding: Finding) -> Iterable[str]:
    name = finding.safeguard.id
    yield f"{name} {finding.outcome} {finding.level}, line {finding.position.line}: {finding.reason}"
    yield f"  do: {finding.remedy}"
    for one in finding.channels:
        judged = "judged" if one.judged else "repeated"
        claim = f"line {one.claim.position.line}" if one.claim else "no claim"
        required = "required" if one.required else "recommended"
        yield f"  {one.channel}: {one.outcome} {one.level} {required} {judged} {claim}: {one.reason} | {one.remedy}"
