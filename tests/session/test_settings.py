"""Settings: which source wins, and for each a plan that it blocks and one that it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from building import (
    TODAY,
    catalog,
    claim,
    everything,
    finding,
    ids,
    ladder,
    plan,
    plan_finding,
    result,
    small_catalog,
    waiver,
)
from test_config import load

from aisafe_cli.domain.catalog import CAPABILITIES, SIZES
from aisafe_cli.domain.outcome import LEVEL_ORDER, Level, Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import EvaluationOverrides, Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.settings import DEFAULTS, describe_value
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.session.settings import Options, effective, policy_of, rules_of, with_pinned_profile

ENOUGH = {"AB-01": "implemented", "AB-11": "implemented", "AB-14": "implemented"}


def judged(made: Plan, text: str, **options: object) -> tuple[Report, Verdict]:
    """What a configuration makes of a plan."""
    configuration = load(text)
    given_by_options = Options(**options)  # type: ignore[arg-type]
    values = effective(configuration, given_by_options)
    pinned, found = with_pinned_profile(made, values, catalog())
    report = evaluate(pinned, catalog(), ladder(), TODAY, rules_of(values))
    report = replace(report, plan_findings=(*report.plan_findings, *found))
    return report, judge(report, policy_of(values, given_by_options, configuration))


def blocking(made: Plan, text: str) -> tuple[str, ...]:
    return judged(made, text)[1].blocking


# --- precedence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "option", "value", "source"),
    [
        ("{}", None, 0, "default"),
        ("fail_under: 80", None, 80, "aisafe.yaml:1"),
        ("strict: true\nfail_under: 80", None, 80, "aisafe.yaml:2"),
        ("fail_under: 80", 90, 90, "option"),
        ("fail_under: 80", 10, 10, "option"),
        ("fail_under: 80", 0, 0, "option"),
        ("{}", 50, 50, "option"),
    ],
)
def test_the_command_line_wins_over_the_configuration_and_that_over_the_default(text, option, value, source):
    (found,) = [one for one in effective(load(text), Options(fail_under=option)) if one.name == "fail_under"]
    assert (found.value, found.source) == (value, source)


@pytest.mark.parametrize(("own", "configured", "holds"), [(90, 80, 90), (10, 80, 80), (0, 80, 80), (80, 0, 80)])
def test_a_plan_can_only_tighten(own, configured, holds):
    _, verdict = judged(plan("hosted_api", ENOUGH, fail_under=own), f"fail_under: {configured}")
    assert verdict.policy.fail_under == holds


def test_without_a_configuration_nothing_differs_from_before():
    values = effective(None, Options())
    assert policy_of(values, Options(), None) == Policy()
    assert rules_of(values) == EvaluationOverrides()
    assert [one.name for one in values] == list(DEFAULTS)
    assert {one.source for one in values} == {"default"}


# --- each setting: what it blocks and what it does not --------------------------------------------------------------


@pytest.mark.parametrize(("text", "blocks"), [("{}", False), ("strict: true", True)])
def test_warnings_block_where_it_is_strict(text, blocks):
    made = plan("hosted_api", everything(AB_05=claim("planned")))
    assert ("AB-05" in blocking(made, text)) == blocks


@pytest.mark.parametrize(
    ("place", "access", "blocks"),
    [
        ("closed_api", ["hosted_api"], True),
        ("hosted_api", ["hosted_api"], True),
        ("hosted_ui", ["hosted_api"], False),
        ("on_device_managed", ["hosted_api"], False),
        ("closed_api", ["hosted_api", "open_weights"], True),
    ],
)
def test_what_must_be_satisfied_on_a_mode_or_access_level(place, access, blocks):
    made = plan(access, {**ENOUGH, "AB-05": claim("planned", "hosted_api")})
    _, verdict = judged(made, f"must_satisfy: {{{place}: [AB-05]}}")
    assert verdict.blocking == (("AB-05",) if blocks else ())
    assert verdict.unsatisfied == verdict.blocking
    assert ("required by the configuration: AB-05" in verdict.headline) == blocks
    assert bool(verdict.notices) == blocks


@pytest.mark.parametrize("status", ["implemented", "partial", "planned", "not_implemented", "unanswered"])
def test_only_satisfied_is_satisfied(status):
    made = plan("hosted_api", {**ENOUGH, "AB-05": status})
    assert (blocking(made, "must_satisfy: {closed_api: [AB-05]}") == ()) == (status == "implemented")


def test_no_waiver_lifts_what_must_be_satisfied():
    made = plan("hosted_api", {**ENOUGH, "AB-14": "planned"}, waivers=[waiver("AB-14")])
    assert blocking(made, "{}") == ()
    _, verdict = judged(made, "must_satisfy: {closed_api: [AB-14]}")
    assert (verdict.blocking, verdict.waived) == (("AB-14",), ())
    assert any(
        "lifts nothing: the configuration requires the safeguard to be satisfied" in one for one in verdict.notices
    )


def test_what_does_not_apply_is_mentioned_and_does_not_block():
    _, verdict = judged(plan("hosted_api", ENOUGH), "must_satisfy: {closed_api: [AB-10]}")
    assert verdict.passed
    assert verdict.notices == (
        "The configuration requires AB-10 to be satisfied on hosted_api, but it does not apply there.",
    )


@pytest.mark.parametrize("role", ["deployer", "distributor", "fine_tuner", "hosting_platform"])
def test_no_role_evades_what_must_be_satisfied(role):
    """AB-05 falls to deployers and fine-tuners, AB-11 to fine-tuners; AB-11 does not apply to a hosted model at all."""
    made = plan(["hosted_api", "open_weights"], {"AB-05": claim("implemented", "hosted_api")}, role=role)
    _, verdict = judged(made, "must_satisfy: {hosted_api: [AB-05], open_weights: [AB-11]}")
    falls_to = {safeguard.id: role in safeguard.roles for safeguard in catalog().safeguards}
    assert ("AB-05" in verdict.unsatisfied) == (not falls_to["AB-05"])
    assert "AB-11" in verdict.unsatisfied
    told = [notice for notice in verdict.notices if notice.endswith(f"a {role.replace('_', ' ')} cannot carry it out.")]
    assert len(told) == (not falls_to["AB-05"]) + (not falls_to["AB-11"])


def test_a_stage_that_held_satisfies_what_must_be_satisfied_on_open_weights():
    staged = claim("implemented", "hosted_api")
    made = plan(["hosted_api", "open_weights"], {**ENOUGH, "AB-06": staged})
    opened = tuple(
        replace(one, opens=date(2026, 3, 1) if one.access == "open_weights" else None) for one in made.channels
    )
    text = "must_satisfy: {open_weights: [AB-06]}"
    assert blocking(replace(made, channels=opened), text) == ()
    assert blocking(replace(made, channels=opened, claims={**made.claims, "AB-06": ()}), text) == ("AB-06",)


def test_a_release_that_opens_further_makes_a_release_decision_impossible_and_that_is_mentioned():
    made = plan(["hosted_api", "open_weights"], ENOUGH)
    _, verdict = judged(made, "must_satisfy: {closed_api: [AB-13]}")
    assert verdict.passed
    assert "cannot work in a release that opens further" in verdict.notices[0]


@pytest.mark.parametrize(("text", "blocks"), [("{}", False), ("requirements: {require: [AB-05]}", True)])
def test_what_is_required(text, blocks):
    report, verdict = judged(plan("hosted_api", {**ENOUGH, "AB-05": "planned"}), text)
    assert result(report, "AB-05").required == blocks
    assert verdict.blocking == (("AB-05",) if blocks else ())


@pytest.mark.parametrize(("text", "blocks"), [("{}", True), ("requirements: {recommend: [stop-or-change]}", False)])
def test_what_is_recommended_only(text, blocks):
    report, verdict = judged(plan("hosted_api", {**ENOUGH, "AB-14": "planned"}), text)
    assert finding(report, "AB-14").level is (Level.ERROR if blocks else Level.WARNING)
    assert verdict.blocking == (("AB-14",) if blocks else ())


@pytest.mark.parametrize(
    ("declared", "minimum", "holds"),
    [
        ("low", "low", "low"),
        ("low", "moderate", "moderate"),
        ("low", "severe", "severe"),
        ("high", "moderate", "high"),
        ("severe", "high", "severe"),
        ("unknown", "low", "unknown"),
        ("unknown", "moderate", "unknown"),
        ("unknown", "high", "unknown"),
        ("unknown", "severe", "unknown"),
    ],
)
def test_the_least_capability(declared, minimum, holds):
    report, _ = judged(plan("hosted_api", ENOUGH, capability=declared), f"profile: {{minimum_capability: {minimum}}}")
    assert report.plan.model.capability == holds
    told = plan_finding(report, "profile-pinned")
    assert (told is not None) == (declared != holds)
    assert report.plan.pinned == (("capability",) if declared != holds else ())


@pytest.mark.parametrize("minimum", ["moderate", "high", "severe"])
def test_what_the_floor_takes_for_unknown_is_not_lowered(minimum):
    large = plan("hosted_api", ENOUGH, capability="low", parameters=4.0e11)
    report, _ = judged(large, f"profile: {{minimum_capability: {minimum}}}")
    assert (report.capability.level, report.plan.pinned) == ("unknown", ())


@pytest.mark.parametrize(
    ("declared", "minimum", "holds"), [("unknown", "moderate", "unknown"), ("unknown", "high", "high")]
)
def test_unknown_is_raised_where_it_counts_as_no_other_level(declared, minimum, holds):
    values = effective(load(f"profile: {{minimum_capability: {minimum}}}"), Options())
    pinned, _ = with_pinned_profile(plan("hosted_api", ENOUGH, capability=declared), values, small_catalog())
    assert pinned.model.capability == holds


@pytest.mark.parametrize("declared", SIZES)
@pytest.mark.parametrize("minimum", SIZES)
def test_the_least_size(declared, minimum):
    report, _ = judged(plan("hosted_api", ENOUGH, size=declared), f"profile: {{minimum_size: {minimum}}}")
    assert report.plan.organization.size == max(declared, minimum, key=SIZES.index)


def test_the_role_is_the_one_that_is_set():
    report, verdict = judged(plan("hosted_api", ENOUGH, role="deployer"), "profile: {role: developer}")
    assert report.plan.organization.role == "developer"
    told = plan_finding(report, "profile-pinned")
    assert told is not None
    assert told.level is Level.WARNING
    assert "role deployer, judged as developer" in told.message
    assert verdict.passed


def test_a_profile_that_was_left_out_is_a_note():
    made = plan("hosted_api", ENOUGH, role="developer", undeclared=("role",))
    report, _ = judged(made, "profile: {role: distributor}")
    told = plan_finding(report, "profile-pinned")
    assert told is not None
    assert told.level is Level.NOTE
    assert told.message.endswith(": role developer (left out), judged as distributor.")


@pytest.mark.parametrize("declared", CAPABILITIES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("minimum", CAPABILITIES[:-1])
def test_a_pinned_profile_is_never_easier_than_the_declared_one(declared, size, minimum):
    made = plan(["hosted_api_finetune", "open_weights"], {"AB-01": "planned"}, capability=declared, size=size)
    before = evaluate(made, catalog(), ladder(), TODAY)
    after, _ = judged(made, f"profile: {{minimum_capability: {minimum}}}")
    for name in ids():
        assert LEVEL_ORDER[finding(after, name).level] <= LEVEL_ORDER[finding(before, name).level], name


@pytest.mark.parametrize(
    ("most", "lifted"), [(None, True), (364, True), (363, False), (0, False)]
)  # from the first of January through the last of December
def test_the_longest_waiver(most, lifted):
    made = plan("hosted_api", {**ENOUGH, "AB-14": "planned"}, waivers=[waiver("AB-14")])
    _, verdict = judged(made, "{}" if most is None else f"waivers: {{max_days: {most}}}")
    assert verdict.passed == lifted
    if not lifted:
        assert verdict.waivers_on("AB-14")[0].state == "too_long"
        assert verdict.notices == (
            f"The waiver for AB-14 runs for 364 days; the configuration allows {most}. It lifts nothing.",
        )


@pytest.mark.parametrize(
    ("capability", "shown", "outcome"),
    [
        ("high", (), "unknown"),
        ("high", ("log",), "satisfied"),
        ("low", (), "satisfied"),
    ],
)
@pytest.mark.parametrize("status", ["implemented", "partial"])
def test_where_claims_need_evidence(capability, shown, outcome, status):
    made = plan("hosted_api", {"AB-14": claim(status, shown=shown)}, capability=capability)
    report, verdict = judged(made, "evidence: {require_for_capability: [high]}")
    expected = "partial" if (status, outcome) == ("partial", "satisfied") else outcome
    assert result(report, "AB-14").outcome == expected
    assert ("AB-14" in verdict.blocking) == (expected != "satisfied")
    if expected == "unknown":
        assert "names no evidence that supports it" in result(report, "AB-14").reason
        assert result(report, "AB-14").remedy.startswith("Name evidence for the claim")


def test_where_claims_need_evidence_a_stage_does_too():
    text = "evidence: {require_for_capability: [low]}"
    for shown, outcome in (((), Outcome.UNKNOWN), (("log",), Outcome.SATISFIED)):
        made = plan(["hosted_api", "open_weights"], {"AB-06": claim("implemented", "hosted_api", shown=shown)})
        weights = replace(made.channels[1], opens=date(2026, 3, 1))
        report, _ = judged(replace(made, channels=(made.channels[0], weights)), text)
        assert finding(report, "AB-06").outcome is outcome


def test_a_pinned_capability_counts_where_claims_need_evidence():
    text = "profile: {minimum_capability: high}\nevidence: {require_for_capability: [high]}"
    report, _ = judged(plan("hosted_api", {"AB-14": "implemented"}, capability="low"), text)
    assert result(report, "AB-14").outcome is Outcome.UNKNOWN


def test_age_limits_are_handed_on():
    limits = rules_of(
        effective(load("evidence: {max_age_days: 700, by_safeguard: {AB-02: 365}}"), Options())
    ).age_limits
    assert [limits.of(name) for name in ("AB-01", "AB-02")] == [700, 365]
    assert EvaluationOverrides().age_limits.of("AB-01") is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ((), "none"),
        ({}, "none"),
        (False, "false"),
        (0, "0"),
        (("a", "b"), "a, b"),
        ({"x": ("a", "b"), "y": ("c",)}, "x: a, b; y: c"),
        ({"x": 3}, "x: 3"),
    ],
)
def test_a_value_in_words(value, words):
    assert describe_value(value) == words


def test_options_win_over_the_configuration_by_their_names():
    configuration = load("fail_under: 10\nstrict: false\ncatalog: c.yaml\n")
    options = Options(catalog="x.yaml", strict=True, fail_under=90, honour_waivers=False)
    held = {one.name: (one.value, one.source) for one in effective(configuration, options)}
    assert [held[name] for name in ("catalog", "strict", "fail_under")] == [
        ("x.yaml", "option"),
        (True, "option"),
        (90, "option"),
    ]
    several = load("catalogs: [practices]\n")
    assert ("catalogs", ()) in [(one.name, one.value) for one in effective(several, options)]
    policy = policy_of(effective(configuration, options), options, configuration)
    assert (policy.configuration, policy.honour_waivers) == (configuration.path, False)
    assert policy_of(effective(None, Options()), Options(), None).configuration is None


def test_a_pinned_profile_is_told_in_full_at_the_model():
    made = plan("hosted_api", capability="low", size="solo")
    configuration = load("profile: {minimum_capability: high, minimum_size: large}\n")
    _, (told,) = with_pinned_profile(made, effective(configuration, Options()), catalog())
    assert "capability low, judged as high, size solo, judged as large" in told.message
    assert told.remedy.startswith("Correct the profile in the plan, or ask the owners of the configuration")
    assert told.position == made.model.position
