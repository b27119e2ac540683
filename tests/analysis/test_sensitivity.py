"""The verdict at each higher capability is that of a plan that declares it."""

from __future__ import annotations

import pytest
from building import everything, plan, report_on

from aisafe_cli.analysis.sensitivity import describe_sensitivity, list_sensitivity
from aisafe_cli.domain.catalog import CAPABILITIES
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Result
from aisafe_cli.gate.verdict import judge


def judged(capability: str, **fields: object) -> Result:
    report = report_on(plan("hosted_api", everything(AB_04="planned"), capability=capability, **fields))
    return Result(report=report, verdict=judge(report, Policy()))


@pytest.mark.parametrize("declared", CAPABILITIES)
def test_every_higher_level_is_judged_as_declared(declared: str) -> None:
    told = list_sensitivity(judged(declared))
    order = ["low", "moderate", "high", "severe"]
    assert [one.capability for one in told] == order[order.index("severe" if declared == "unknown" else declared) + 1 :]
    for one in told:
        verdict = judged(one.capability).verdict
        assert (one.passed, one.blocking) == (verdict.passed, verdict.blocking)


def test_what_the_floor_counts_as_the_strictest_has_nothing_above_it() -> None:
    assert list_sensitivity(judged("low", parameters=4e11)) == ()


def test_a_line_names_what_blocks_only_there() -> None:
    result = judged("low")
    told = describe_sensitivity(list_sensitivity(result), result.verdict.blocking)
    assert told == "PASS at moderate; FAIL at high (AB-04); FAIL at severe (AB-04)"
