"""What holds for any plan: no setting that tightens, and nothing that a change brings, makes a failing plan pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from building import TODAY, catalog, ladder
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import MIXED, many
from test_settings import judged
from test_trusted_changes import trusted_terms

from aisafe_cli.domain.policy import Policy
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.session.trusted_changes import Comparison, changes_of_plan


@many
@given(MIXED, st.integers(0, 100), st.integers(0, 100))
def test_a_policy_of_the_plan_never_makes_a_failing_plan_pass(made, own, configured):
    report = evaluate(made, catalog(), ladder(), TODAY)
    without = judge(replace(report, plan=replace(made, fail_under=0)), Policy(fail_under=configured))
    with_own = judge(replace(report, plan=replace(made, fail_under=own)), Policy(fail_under=configured))
    assert with_own.passed <= without.passed


TIGHTENING = [
    "strict: true",
    "fail_under: 60",
    "must_satisfy: {closed_api: [AB-05], open_weights: [AB-01], hosted_api: [AB-14]}",
    "must_satisfy: {open_weights: [AB-06, AB-11], local_download: [AB-01]}",
    "requirements: {require: [AB-02, AB-03, AB-05]}",
    "profile: {minimum_capability: moderate}",
    "profile: {minimum_capability: high}",
    "profile: {minimum_capability: severe}",
    "profile: {minimum_size: large}",
    "profile: {minimum_size: medium, minimum_capability: moderate}",
    "waivers: {max_days: 30}",
    "evidence: {require_for_capability: [low, moderate, high, severe, unknown]}",
    "evidence: {max_age_days: 30}",
]


@pytest.mark.parametrize("text", TIGHTENING)
@settings(many, max_examples=40)
@given(made=MIXED)
def test_a_setting_that_tightens_never_makes_a_failing_plan_pass(text, made):
    before = judge(evaluate(made, catalog(), ladder(), TODAY), Policy())
    _, after = judged(made, text)
    assert after.passed <= before.passed
    assert set(before.blocking) <= set(after.blocking)


@many
@given(MIXED, MIXED, st.booleans())
def test_what_a_change_brings_never_passes_what_fails_without_its_waivers(now, before, is_new):
    """A plan passes against a trusted revision only if it passes by itself, and by waivers of both."""
    trusted = None if is_new else before
    judged = trusted_terms(now, trusted)
    free = judge(evaluate(now, catalog(), ladder(), TODAY), Policy())
    bound = judge(evaluate(judged, catalog(), ladder(), TODAY), Policy())
    assert bound.passed <= free.passed
    assert set(bound.waived) <= set(free.waived)
    assert set(bound.waived) <= {one.safeguard for one in (trusted.waivers if trusted else ())}


@many
@given(MIXED)
def test_a_plan_against_itself_is_as_it_is(made):
    assert trusted_terms(made, made) == made
    assert changes_of_plan(Comparison(plan=made, trusted=made, revision="main"), ladder()) == ()
