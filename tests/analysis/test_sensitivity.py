"""The verdict at each higher capability is that of a plan that declares it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import cycle, product
from pathlib import Path

import pytest
from building import TODAY, claim, everything, ladder, plan, report_on

from aisafe_cli.analysis.sensitivity import describe_sensitivity, list_sensitivity
from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import CAPABILITIES, SIZES, Catalog
from aisafe_cli.domain.edits import set_profile
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import EvaluationOverrides, Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.evaluation.evaluate import evaluate, list_known
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog
from aisafe_cli.loading.plan import load_plan

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.plan.yaml"))
RULES = (EvaluationOverrides(), EvaluationOverrides(evidence_for=frozenset({"high"}), required=frozenset({"AB-01"})))


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


def tell(report: Report) -> list[object]:
    """What a report says of safeguards, but for words and places."""
    told: list[object] = []
    for one in report.findings:
        results = [replace(result, reason="", remedies=()) for result in one.channels]
        told.append((one.safeguard.id, one.outcome, one.level, results))
    return told


@cache
def list_catalogs() -> tuple[Catalog, ...]:
    return link_catalogs([load_catalog(name, ladder()) for name in BUILT_IN])


def list_plans(catalog: Catalog) -> Iterator[Plan]:
    """Plans of real releases, of every size; and some that say little, or adopt every alternative."""
    for path, size in zip(CASES, cycle(SIZES), strict=False):
        yield set_profile(load_plan(str(path), catalog), size=size)
    bare = {entry.id: claim("planned" if number % 3 else "implemented") for number, entry in enumerate(catalog.entries)}
    casual = {"AB-02": claim(against="casual_users")}
    for access, adopted in product(("hosted_api", "open_weights"), ((), catalog.alternatives)):
        yield plan(access, {**bare, "AB-11": claim(), **casual}, size="large", adopted=adopted)


@pytest.mark.parametrize("number", range(len(BUILT_IN) + 1))
def test_what_is_taken_over_from_another_capability_is_what_would_be_judged(number: int) -> None:
    catalogs = list_catalogs()
    quiet = replace(catalogs[0].requirements, warning_lifted_by={})  # which else hides what the rest depends on
    by, taken_over = (*catalogs, replace(catalogs[0], requirements=quiet))[number], 0
    for made, rules in zip(list_plans(catalogs[0]), cycle(RULES), strict=False):
        model = replace(made.model, parameters=7e9, systemic_risk=None)
        low = set_profile(replace(made, model=model), capability="low")
        known = list_known(evaluate(low, by, ladder(), TODAY, rules))
        for capability in ("moderate", "high", "severe"):
            raised, before = set_profile(low, capability=capability), len(known)
            taken = evaluate(raised, by, ladder(), TODAY, rules, known=known)
            assert tell(taken) == tell(evaluate(raised, by, ladder(), TODAY, rules)), (made.path, capability)
            taken_over += len(by.safeguards) + before - len(known)
    assert taken_over
