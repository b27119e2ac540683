"""Every reason, remedy, headline, notice and step in words, held against a golden file for each plan of a folder.

The outcomes themselves stand in `*.expected` and are written by hand; the words follow the code
(`--update-golden`), and are here so that a change of what people read is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from building import EVALUATIONS, catalog, report_on

from aisafe_cli.gate import judge, next_steps
from aisafe_cli.model import Finding, Policy, Report
from aisafe_cli.plan import load_plan

PLANS = sorted(EVALUATIONS.glob("*.plan.yaml"))
POLICIES = {
    "by default": Policy(),
    "strict": Policy(strict=True, honour_waivers=False),
    "full coverage": Policy(fail_under=100),
}


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name.removesuffix(".plan.yaml"))
def test_words(path: Path, update_golden: bool) -> None:
    golden = path.with_name(path.name.removesuffix(".plan.yaml") + ".words")
    words = "\n".join(spoken(report_on(load_plan(str(path), catalog())))) + "\n"
    if update_golden:
        golden.write_text(words, encoding="utf-8")
    assert words == golden.read_text(encoding="utf-8")


def spoken(report: Report) -> Iterable[str]:
    for finding in report.findings:
        yield from about(finding)
    for found in report.plan_findings:
        place = f"{found.channel}, line {found.position.line}"
        yield f"{found.rule} ({found.level}, {place}): {found.message} | {found.remedy}"
    for name, policy in POLICIES.items():
        verdict = judge(report, policy)
        yield f"{name}: {verdict.headline}"
        yield f"  blocking: {', '.join(verdict.blocking)}; waived: {', '.join(verdict.waived)}"
        yield f"  with waivers: {verdict.coverage_with_waivers.score}"
        yield from (f"  notice: {notice}" for notice in verdict.notices)
        for step in next_steps(report, verdict):
            yield f"  step: {step.effort} {step.subject} {step.title}: {step.action}"


def about(finding: Finding) -> Iterable[str]:
    name = finding.safeguard.id
    yield f"{name} {finding.outcome} {finding.level}, line {finding.position.line}: {finding.reason}"
    yield f"  do: {finding.remedy}"
    for one in finding.channels:
        judged = "judged" if one.judged else "repeated"
        claim = f"line {one.claim.position.line}" if one.claim else "no claim"
        required = "required" if one.required else "recommended"
        yield f"  {one.channel}: {one.outcome} {one.level} {required} {judged} {claim}: {one.reason} | {one.remedy}"
