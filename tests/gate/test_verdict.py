"""Pass or fail: what blocks, what a waiver lifts, what is said, and what to do first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from building import (
    FOUND,
    TODAY,
    catalog,
    channel,
    claim,
    everything,
    finding,
    ids,
    ladder,
    plan,
    report_on,
    verdict_on,
    waiver,
)

from aisafe_cli.domain.edits import set_profile
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Adoption, Evidence, EvidenceState, License
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.evaluation.evaluate import evaluate_stage
from aisafe_cli.gate.baseline import describe_tally
from aisafe_cli.gate.blocks import COVERAGE, is_under
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.gate.verdict import judge, list_blocked

LENIENT, STRICT = Policy(), Policy(strict=True)
ENOUGH = {"AB-01": "implemented", "AB-11": "implemented", "AB-14": "implemented"}
API = channel("hosted_api", "api", "2026-04-01")
WEIGHTS = channel("open_weights", "weights", "2026-05-01")


def lacking(name, status="planned"):
    """What a solo team needs, without one of it."""
    return {**ENOUGH, name: status}


# --- blocking -------------------------------------------------------------------------------------------------------


def test_passes_where_all_that_is_required_is_there():
    verdict = verdict_on(plan("hosted_api", ENOUGH))
    assert (verdict.passed, verdict.blocking, verdict.waived, verdict.notices) == (True, (), (), ())


@pytest.mark.parametrize("status", ["unanswered", "not_implemented", "planned", "partial"])
def test_errors_block(status):
    verdict = verdict_on(plan("hosted_api", lacking("AB-14", status)))
    assert (verdict.passed, verdict.blocking) == (False, ("AB-14",))


def test_everything_done_passes_in_each_mode_that_allows_it():
    for access_level in ("hosted_ui", "hosted_api_finetune", "on_device_managed"):
        claims = everything(AB_10="planned") if access_level == "on_device_managed" else everything()
        release = plan(
            access_level,
            claims,
            size="large",
            capability="severe",
            capability_evidence=FOUND,
            adopted=["checkpoint-custody"],
        )
        verdict = verdict_on(release, STRICT)
        assert verdict.passed, verdict.headline


def test_what_cannot_work_does_not_block():
    claims = {**ENOUGH, "AB-02": claim(against="casual_users"), "AB-03": "planned", "AB-06": "planned"}
    assert verdict_on(plan("open_weights", claims)).passed
    assert verdict_on(plan("open_weights", claims, capability="low")).blocking == ()


def test_strict_blocks_warnings_too():
    release = plan("hosted_api", everything(AB_04="planned"))
    assert verdict_on(release).passed
    verdict = verdict_on(release, STRICT)
    assert (verdict.passed, verdict.blocking, verdict.policy.strict) == (False, ("AB-04",), True)
    worse = everything(AB_01="planned", AB_04="planned")
    assert verdict_on(plan("hosted_api", worse), STRICT).blocking == ("AB-01", "AB-04")


def test_strict_blocks_warnings_on_the_plan_too():
    release = plan(
        channel("open_weights", closes="2030-01-01"),
        everything("planned", **{name.replace("-", "_"): "implemented" for name in ENOUGH}),
    )
    assert "closing-recalls-nothing" in verdict_on(release, STRICT).blocking
    assert verdict_on(release).passed


def test_strict_blocks_what_cannot_work_only_where_that_is_a_warning():
    claims = {**ENOUGH, "AB-02": claim(against="casual_users"), "AB-06": claim("implemented", "api")}
    claims["AB-03"] = claim(shown=["tamper_evaluation"])
    served = dict.fromkeys(("AB-04", "AB-05", "AB-07", "AB-08", "AB-09", "AB-12"), claim("implemented", "api"))
    low = plan([API, WEIGHTS], claims | served)
    claims |= dict.fromkeys(("AB-02", "AB-11", "AB-14"), claim(evidence=FOUND))
    severe = plan([API, WEIGHTS], claims | served, capability="severe", capability_evidence=FOUND)
    assert verdict_on(low, STRICT).passed
    assert verdict_on(severe).passed
    blocking = verdict_on(severe, STRICT).blocking
    assert blocking == ("AB-04", "AB-05", "AB-07", "AB-08", "AB-09", "AB-10", "AB-12", "AB-13")
    weak = ["companion-classifier", "limited-variant", "next-version", "hosted-tuning", "checkpoint-custody"]
    for capability, left in (("high", ()), ("severe", ("AB-04", "AB-05", "AB-08", "AB-12"))):
        helped = replace(severe, adoptions=tuple(Adoption(id=name) for name in weak))
        assert verdict_on(set_profile(helped, capability=capability), STRICT).blocking == left


def test_a_missing_service_blocks_although_the_release_line_reads_incompatible():
    verdict = verdict_on(plan([API, WEIGHTS], everything(AB_05="planned", AB_13="planned"), size="large"))
    assert "AB-05" in verdict.blocking


def test_findings_come_before_rules_and_coverage():
    weights = channel("gated_weights_vetted", license=License(id="MIT", derived_class="permissive"))
    verdict = verdict_on(plan(weights, {"AB-14": "implemented"}), Policy(fail_under=100))
    assert verdict.blocking == ("AB-01", "AB-11", "license-allows-redistribution", COVERAGE)


# --- coverage -------------------------------------------------------------------------------------------------------


def test_fail_under_is_compared_exactly():
    claims = {**ENOUGH, "AB-02": "partial", "AB-13": "implemented"}  # 3.5 of 10
    assert verdict_on(plan("hosted_api", claims), Policy(fail_under=35)).passed
    verdict = verdict_on(plan("hosted_api", claims), Policy(fail_under=36))
    assert (verdict.passed, verdict.blocking) == (False, (COVERAGE,))


def test_fail_under_passes_at_the_very_percentage():
    report = report_on(
        plan(
            "gated_weights_vetted",
            everything(
                **dict.fromkeys(("AB_04", "AB_05", "AB_08", "AB_09", "AB_12"), "planned"),
                AB_02="planned",
                AB_03="planned",
            ),
        )
    )
    assert report.scores.coverage == Coverage(satisfied=6, partial=0, applicable=8)
    assert [judge(report, Policy(fail_under=percent)).passed for percent in (74, 75, 76)] == [True, True, False]


def test_no_coverage_at_all_is_under_any_percentage_but_0():
    nothing, everything_there_is = Score(numerator=0, denominator=0), Score(numerator=1, denominator=1)
    assert [is_under(nothing, percent) for percent in (0, 1, 100)] == [False, True, True]
    assert [is_under(everything_there_is, percent) for percent in (0, 1, 100)] == [False, False, False]


@pytest.mark.parametrize(("policy", "own", "effective"), [(0, 50, 50), (60, 50, 60), (50, 50, 50), (30, 0, 30)])
def test_a_plan_can_only_tighten_the_policy(policy, own, effective):
    verdict = verdict_on(plan("hosted_api", ENOUGH, fail_under=own), Policy(fail_under=policy, strict=False))
    assert verdict.policy.fail_under == effective
    assert (COVERAGE in verdict.blocking) == (effective > 27)  # 3 of 11


def test_a_plan_leaves_the_rest_of_the_policy_alone():
    for policy in (Policy(strict=True), Policy(honour_waivers=False)):
        verdict = verdict_on(plan("hosted_api", ENOUGH, fail_under=10), policy)
        assert verdict.policy.strict == policy.strict
        assert verdict.policy.honour_waivers == policy.honour_waivers


# --- waivers: days --------------------------------------------------------------------------------------------------

FIRST, LAST = date(2026, 6, 1), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("day", "lifts"),
    [
        (FIRST - timedelta(days=1), False),
        (FIRST, True),
        (FIRST + timedelta(days=1), True),
        (LAST, True),
        (LAST + timedelta(days=1), False),
    ],
)
def test_a_waiver_lifts_from_its_first_day_through_its_last(day, lifts):
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14", granted=FIRST, expires=LAST)])
    verdict = verdict_on(release, as_of=day)
    assert verdict.passed == lifts
    assert verdict.waived == (("AB-14",) if lifts else ())
    assert verdict.blocking == (() if lifts else ("AB-14",))
    assert bool(verdict.notices) == (not lifts or LAST - day <= timedelta(days=30))


def test_a_waiver_for_one_day_holds_on_that_day():
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14", granted=FIRST, expires=FIRST)])
    assert [verdict_on(release, as_of=FIRST + timedelta(days=n)).passed for n in (-1, 0, 1)] == [False, True, False]


# --- waivers: scope -------------------------------------------------------------------------------------------------


def test_a_waiver_lifts_one_safeguard_only():
    verdict = verdict_on(plan("hosted_api", {"AB-13": "implemented"}, waivers=[waiver("AB-14")]))
    assert (verdict.waived, verdict.blocking) == (("AB-14",), ("AB-01",))


def two_services(*waivers):
    """A plan that blocks on two services, and works on a third."""
    channels = ["hosted_api", "hosted_ui", "hosted_api_extended"]
    claims = everything(AB_04=claim("implemented", "hosted_api_extended"))
    return verdict_on(plan(channels, claims, size="large", waivers=waivers))


def test_a_waiver_for_one_channel_does_not_lift_the_block_on_another():
    assert two_services().blocking == ("AB-04",)
    assert not two_services(waiver("AB-04", "hosted_api")).passed
    assert not two_services(waiver("AB-04", "hosted_api", "hosted_api_extended")).passed
    assert two_services(waiver("AB-04", "hosted_api", "hosted_ui")).passed
    assert two_services(waiver("AB-04")).passed


def test_two_waivers_lift_together():
    ui, api = waiver("AB-04", "hosted_ui"), waiver("AB-04", "hosted_api")
    assert two_services(ui, api).passed
    expired = waiver("AB-04", "hosted_api", expires=TODAY - timedelta(days=1))
    verdict = two_services(ui, expired)
    assert not verdict.passed
    assert len(verdict.notices) == 2


def test_what_binds_the_release_is_waived_on_the_channel_it_is_judged_on():
    def passes(*channels):
        claims = everything(
            AB_02=claim(against="casual_users"),
            AB_14="planned",
            AB_06=claim("implemented", "api"),
            AB_13="planned",
            **dict.fromkeys(("AB_04", "AB_05", "AB_07", "AB_08", "AB_09", "AB_12"), claim("implemented", "api")),
        )
        return verdict_on(plan([API, WEIGHTS], claims, waivers=[waiver("AB-14", *channels)])).passed

    assert passes()
    assert passes("weights")
    assert passes("api", "weights")
    assert not passes("api")


def test_of_two_most_open_channels_both_have_to_be_waived():
    def passes(*channels):
        claims = {**ENOUGH, "AB-14": [claim("implemented", "weights"), claim("planned", "source")]}
        release = plan([WEIGHTS, channel("open_weights", "source")], claims, waivers=[waiver("AB-14", *channels)])
        return verdict_on(release).passed

    assert passes("weights", "source")
    assert not passes("weights")
    assert not passes("source")


def test_what_is_ineffective_is_never_waived():
    for claims, name in (
        ({**ENOUGH, "AB-04": "implemented"}, "AB-04"),
        ({**ENOUGH, "AB-02": "implemented"}, "AB-02"),
        ({**ENOUGH, "AB-06": "implemented"}, "AB-06"),
    ):
        verdict = verdict_on(plan("open_weights", claims, waivers=[waiver(name)]))
        assert (verdict.blocking, verdict.waived) == ((name,), ())
        assert len(verdict.notices) == 1
        assert "narrow or withdraw the claim" in verdict.notices[0]


def test_what_is_ineffective_anywhere_is_not_waived_elsewhere():
    claims = everything(AB_04=claim("implemented", "weights"), AB_13="planned")
    for channels in ((), ("api",), ("weights",), ("api", "weights")):
        release = plan([API, WEIGHTS], claims, size="large", waivers=[waiver("AB-04", *channels)])
        assert "AB-04" in verdict_on(release).blocking


def test_narrowing_the_claim_is_free():
    wide = {**ENOUGH, "AB-04": "implemented"}
    narrow = {**ENOUGH, "AB-04": claim("implemented", "api")}
    assert verdict_on(plan([API, WEIGHTS], wide)).blocking == ("AB-04",)
    assert verdict_on(plan([API, WEIGHTS], narrow)).passed


def test_rules_on_the_plan_and_coverage_are_not_waived():
    weights = channel("gated_weights_vetted", license=License(id="MIT", derived_class="permissive"))
    everything_waived = [waiver(name) for name in ids()]
    verdict = verdict_on(plan(weights, waivers=everything_waived), Policy(fail_under=1))
    assert verdict.blocking == ("license-allows-redistribution", "nothing-answered", COVERAGE)


def test_a_waiver_lifts_a_warning_that_strict_makes_a_block():
    release = plan("hosted_api", everything(AB_04="planned"), waivers=[waiver("AB-04")])
    assert (verdict_on(release, STRICT).passed, verdict_on(release, STRICT).waived) == (True, ("AB-04",))
    assert verdict_on(release).waived == ()


def test_waivers_can_be_set_aside():
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14")])
    verdict = verdict_on(release, Policy(honour_waivers=False))
    assert (verdict.passed, verdict.blocking, verdict.waived) == (False, ("AB-14",), ())
    assert verdict.coverage_with_waivers == report_on(release).scores.coverage
    assert verdict.notices == ("The waiver for AB-14 is ignored in this check.",)


def test_waivers_are_fields_of_findings_and_change_nothing_else():
    bare = report_on(plan("hosted_api", lacking("AB-14")))
    waived = report_on(plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14")]))
    assert bare.scores == waived.scores
    assert finding(waived, "AB-14").level is Level.ERROR
    assert len(judge(waived, Policy()).waivers_on("AB-14")) == 1


# --- what blocks where ----------------------------------------------------------------------------------------------


def test_what_blocks_is_told_with_its_channel():
    vetted = channel("gated_weights_vetted", "w", license=License(id="MIT", derived_class="permissive"))
    claims = {**ENOUGH, "AB-01": "planned", "AB-14": "planned"}
    report = report_on(plan([API, vetted], claims))
    assert list_blocked(report, Policy()) == {
        ("AB-01", "api"),
        ("AB-01", "w"),
        ("AB-14", None),
        ("license-allows-redistribution", "w"),
    }
    assert ("AB-05", "api") in list_blocked(report, Policy(strict=True))


def test_what_a_waiver_lifts_does_not_block_unless_it_is_set_aside():
    waivers = [waiver("AB-01", "api"), waiver("AB-14")]
    report = report_on(plan([API, WEIGHTS], {**ENOUGH, "AB-01": "planned", "AB-14": "planned"}, waivers=waivers))
    assert list_blocked(report, Policy()) == {("AB-01", "weights")}
    assert list_blocked(report, Policy(honour_waivers=False)) == {
        ("AB-01", "api"),
        ("AB-01", "weights"),
        ("AB-14", None),
    }


def test_what_must_be_satisfied_blocks_there_whatever_its_level():
    policy = Policy(must_satisfy=(("hosted_api", ("AB-05",)), ("closed_api", ("AB-06",))))
    report = report_on(plan([API, WEIGHTS], ENOUGH))
    assert list_blocked(report, policy) == {("AB-05", "api"), ("AB-06", None)}


# --- waivers: the second figure -------------------------------------------------------------------------------------


def test_a_second_coverage_counts_what_is_waived():
    release = plan(
        "hosted_api", {"AB-13": "implemented", "AB-14": "partial"}, waivers=[waiver("AB-14"), waiver("AB-01")]
    )
    verdict = verdict_on(release)
    assert report_on(release).scores.coverage == Coverage(satisfied=1, partial=1, applicable=10)
    assert verdict.coverage_with_waivers == Coverage(satisfied=3, partial=0, applicable=10)


def test_what_is_missing_where_no_waiver_is_adds_nothing_to_the_coverage():
    both = [API, channel("on_device_managed", "app")]
    for waived, channels in ((("api",), 0), (("api", "app"), 1), ((), 1)):
        release = plan(both, lacking("AB-04"), size="large", waivers=[waiver("AB-04", *waived)])
        report, verdict = report_on(release), verdict_on(release)
        assert verdict.waived == ("AB-04",)
        assert verdict.coverage_with_waivers.satisfied - report.scores.coverage.satisfied == channels


def test_a_waiver_that_lifts_nothing_adds_nothing_to_the_coverage():
    for idle in (waiver("AB-04"), waiver("AB-14", expires="2026-02-01")):
        release = plan("hosted_api", lacking("AB-14"), waivers=[idle])
        assert verdict_on(release).coverage_with_waivers == report_on(release).scores.coverage


def test_waived_blocks_on_a_service_add_nothing_where_the_release_cannot_do_it():
    claims = {**ENOUGH, "AB-02": claim(against="casual_users"), "AB-06": claim("implemented", "api")}
    release = plan([API, WEIGHTS], claims, size="large", waivers=[waiver("AB-04")])
    verdict = verdict_on(release)
    assert verdict.waived == ("AB-04",)
    assert verdict.coverage_with_waivers == report_on(release).scores.coverage


def test_waivers_do_not_help_against_fail_under():
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14")])  # 1 of 10 is done, with the waiver 2
    assert verdict_on(release, Policy(fail_under=10)).passed
    assert verdict_on(release, Policy(fail_under=11)).blocking == (COVERAGE,)


# --- waivers: what is said ------------------------------------------------------------------------------------------


def notices(release, as_of=TODAY, policy=LENIENT):
    return verdict_on(release, policy, as_of).notices


def test_says_that_a_waiver_has_expired_even_where_nothing_blocks():
    for claims in (ENOUGH, lacking("AB-14")):
        release = plan("hosted_api", claims, waivers=[waiver("AB-14", expires="2026-05-31")])
        assert notices(release) == ("The waiver for AB-14 expired on 2026-05-31 and lifts nothing.",)


def test_says_that_a_waiver_does_not_hold_yet():
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14", granted="2026-06-02")])
    assert notices(release) == ("The waiver for AB-14 starts on 2026-06-02 and lifts nothing yet.",)


@pytest.mark.parametrize(
    ("days", "said"),
    [(31, ()), (30, ("in 30 days.",)), (1, ("in 1 day.",))],
)
def test_says_that_a_waiver_expires_soon(days, said):
    last = TODAY + timedelta(days=days)
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14", expires=last)])
    expected = tuple(f"The waiver for AB-14 expires on {last.isoformat()}, {text}" for text in said)
    assert notices(release) == expected


@pytest.mark.parametrize(
    ("claims", "name", "channels"),
    [
        (ENOUGH, "AB-14", ()),
        (lacking("AB-14"), "AB-04", ()),
        (lacking("AB-14"), "AB-03", ()),
        (lacking("AB-14", "implemented"), "AB-14", ("api",)),
    ],
)
def test_says_that_a_waiver_matches_nothing(claims, name, channels):
    release = plan([API], claims, waivers=[waiver(name, *channels)])
    assert notices(release) == (f"The waiver for {name} matches nothing that blocks; it can be removed.",)


def test_says_that_a_waiver_names_only_channels_that_do_not_block():
    release = plan([API, WEIGHTS], {**ENOUGH, "AB-14": "planned"}, waivers=[waiver("AB-14", "api")])
    assert notices(release) == ("The waiver for AB-14 matches nothing that blocks; it can be removed.",)


def test_says_that_a_waiver_is_not_trusted():
    verdict = verdict_on(plan("hosted_api", lacking("AB-14"), waivers=[replace(waiver("AB-14"), trusted=False)]))
    assert verdict.blocking == ("AB-14",)
    assert verdict.notices == (
        "The waiver for AB-14 is not trusted: this change adds it, alters it or widens it. It lifts nothing.",
    )
    assert verdict.tally.not_trusted == 1


def test_says_that_a_waiver_does_not_cover_every_channel():
    verdict = two_services(waiver("AB-04", "hosted_ui"))
    assert verdict.notices == ("The waiver for AB-04 does not cover every channel that blocks.",)


# --- waivers: how they stand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "waivers", "policy", "line"),
    [
        (lacking("AB-14"), [waiver("AB-14")], LENIENT, "1 in force, lifting 1 block."),
        (
            lacking("AB-14"),
            [waiver("AB-14", expires="2026-06-10"), waiver("AB-01"), waiver("AB-14", expires="2026-05-31")],
            LENIENT,
            "2 in force, lifting 1 block; 1 expiring within 30 days; 1 matching nothing that blocks; 1 expired.",
        ),
        (ENOUGH, [waiver("AB-14", granted="2026-07-01")], LENIENT, "0 in force, lifting 0 blocks; 1 not in force yet."),
        (lacking("AB-14"), [waiver("AB-14")], Policy(honour_waivers=False), "1 in force, ignored in this check."),
    ],
)
def test_the_tally_counts_every_waiver(claims, waivers, policy, line):
    verdict = verdict_on(plan("hosted_api", claims, waivers=waivers), policy)
    assert describe_tally(verdict) == (f"Waivers: {line}",)
    tally = verdict.tally
    assert tally.in_force + tally.expired + tally.not_yet == len(waivers)
    assert tally.lifting == len(verdict.lifting)
    assert tally.waived == len(verdict.waived)


@pytest.mark.parametrize(
    ("only", "line"),
    [
        (waiver("AB-14"), "1 in force, lifting 0 blocks; 1 matching nothing that blocks."),
        (waiver("AB-14", expires="2026-05-31"), "0 in force, lifting 0 blocks; 1 expired."),
        (waiver("AB-14", granted="2026-07-01"), "0 in force, lifting 0 blocks; 1 not in force yet."),
        (replace(waiver("AB-14"), trusted=False), "0 in force, lifting 0 blocks; 1 not trusted."),
    ],
)
def test_a_single_waiver_is_told_however_it_stands(only, line):
    assert describe_tally(verdict_on(plan("hosted_api", ENOUGH, waivers=[only]))) == (f"Waivers: {line}",)
    beside_another = describe_tally(verdict_on(plan("hosted_api", ENOUGH, waivers=[only, waiver("AB-01")])))
    assert len(beside_another) == 1


def test_a_single_waiver_that_is_too_long_is_told():
    def tally(*waivers):
        release = plan("hosted_api", ENOUGH, waivers=waivers)
        return describe_tally(judge(report_on(release), replace(LENIENT, max_waiver_days=90)))

    too_long, short = waiver("AB-14"), waiver("AB-14", granted="2026-05-01", expires="2026-07-30")
    assert tally(too_long) == ("Waivers: 0 in force, lifting 0 blocks; 1 longer than the configuration allows.",)
    assert tally(too_long, short) == (
        "Waivers: 1 in force, lifting 0 blocks; 1 matching nothing that blocks;"
        " 1 longer than the configuration allows.",
    )


def test_a_plan_without_waivers_has_no_tally():
    assert describe_tally(verdict_on(plan("hosted_api", ENOUGH))) == ()


# --- the headline ---------------------------------------------------------------------------------------------------


def test_the_headline_of_a_pass_counts_outcomes():
    claims = {
        **ENOUGH,
        "AB-02": claim(against="casual_users"),
        "AB-03": "planned",
        "AB-06": claim("implemented", "api"),
    }
    narrowed = dict.fromkeys(("AB-04", "AB-05", "AB-07", "AB-08", "AB-09"), claim("implemented", "api"))
    shown = dict.fromkeys(("AB-02", "AB-11", "AB-14"), claim(evidence=FOUND))
    release = plan(
        [API, WEIGHTS], claims | narrowed | shown, capability="high", adopted=["companion-classifier", "sign-releases"]
    )
    assert verdict_on(plan([API, WEIGHTS], claims | narrowed, adopted=["sign-releases"])).headline == (
        "PASS: no errors. Of 14 safeguards: 5 done, 1 to do, 7 cannot work here (1 replaced, 6 not replaced),"
        " 1 not asked"
    )
    assert verdict_on(release).headline == (
        "PASS: no errors. Of 14 safeguards: 5 done, 1 to do, 8 cannot work here (3 replaced, 5 not replaced)"
    )


def test_the_headline_of_a_fail_says_what_blocks():
    claims = {**ENOUGH, "AB-04": "implemented", "AB-14": "planned", "AB-01": "not_implemented", "AB-05": "partial"}
    assert verdict_on(plan("open_weights", claims)).headline == (
        "FAIL: 4 safeguards block (2 cannot work as claimed, 1 not done, 1 only planned). Of 14 safeguards: 1 done,"
        " 5 to do, 7 cannot work here (5 not replaced, 2 claimed all the same), 1 not asked"
    )


def test_the_headline_names_rules_and_coverage():
    weights = channel("gated_weights_vetted", license=License(id="MIT", derived_class="permissive"))
    headline = verdict_on(plan(weights, lacking("AB-14")), Policy(fail_under=90)).headline
    assert headline.startswith("FAIL: 1 safeguard blocks (1 only planned); the plan itself blocks")
    assert "(license-allows-redistribution); declared coverage is under 90%" in headline


def test_the_headline_counts_waived_blocks():
    release = plan("hosted_api", lacking("AB-14"), waivers=[waiver("AB-14")])
    assert verdict_on(release).headline.startswith("PASS: nothing blocks; 1 block waived. Of 14 safeguards: ")


def test_the_headline_agrees_with_the_verdict():
    for claims in ({}, ENOUGH, everything(), everything("planned")):
        for access_level in ("hosted_api", "open_weights"):
            verdict = verdict_on(plan(access_level, claims))
            assert verdict.headline.startswith("PASS: " if verdict.passed else "FAIL: ")


def test_the_headline_counts_a_finding_by_its_worst_block():
    headline = verdict_on(
        plan([API, WEIGHTS], everything(AB_05=claim("implemented", "weights")), size="large")
    ).headline
    assert "unknown" not in headline


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-31", "FAIL: only the stage of 2026-03-31 is judged, 2 later channels left out: 1 safeguard blocks"),
        ("2026-04-01", "FAIL: only the stage of 2026-04-01 is judged, 1 later channel left out: 1 safeguard blocks"),
        ("2026-05-01", "FAIL: 1 safeguard blocks"),
    ],
)
def test_the_headline_says_that_only_a_stage_is_judged(day, said):
    release = plan([channel("hosted_ui", "page"), API, WEIGHTS], lacking("AB-14"))
    report = evaluate_stage(release, catalog(), ladder(), TODAY, date.fromisoformat(day))
    assert judge(report, LENIENT).headline.startswith(said)


# --- what to do first -----------------------------------------------------------------------------------------------


def test_next_steps_are_sorted_by_effort_and_waivers_come_last():
    claims = {"AB-04": "implemented", "AB-11": "planned"}
    weights = channel("local_download_restricted", license=License(id="MIT", derived_class="permissive"))
    report = report_on(plan(weights, claims, size="large", capability="unknown"))
    steps = list_next_steps(report, judge(report, LENIENT))
    assert [(step.effort, step.subject) for step in steps] == [
        (0, "AB-04"),
        (0, "license-allows-redistribution"),
        (1, "AB-11"),
        (1, "AB-14"),
        (3, "AB-01"),
        (3, "AB-02"),
        (5, "AB-03"),
        (2, "AB-06"),
    ]
    assert [step.subject for step in steps if step.only] == ["AB-06"]
    assert all(step.title and step.action for step in steps)


@pytest.mark.parametrize(("state", "effort"), [("absent", 0), ("altered", 0), ("not_yet", 0), ("stale", 3)])
def test_a_step_that_only_puts_evidence_right_is_free_unless_it_has_to_be_made_again(state: str, effort: int) -> None:
    shown = Evidence(ref="docs/filter.md", type="log", state=EvidenceState(state), problem="does not fit")
    report = report_on(plan("hosted_api", {**ENOUGH, "AB-01": claim(evidence=(shown,))}))
    (step,) = list_next_steps(report, judge(report, LENIENT))
    assert (step.subject, step.effort) == ("AB-01", effort)


@pytest.mark.parametrize(
    ("opens", "status", "named"),
    [
        (None, "planned", "Ask the owner of the policy for a lower minimum, since nothing is left to carry out."),
        ("2027-01-01", "planned", "Carry out: AB-06."),
        ("2027-01-01", "implemented", "Carry out: AB-07."),
    ],
)
def test_coverage_is_raised_by_what_is_possible_on_any_channel(opens: str | None, status: str, named: str) -> None:
    made = {**ENOUGH, "AB-06": claim(status, "api"), "AB-07": "planned" if status == "implemented" else "implemented"}
    weights = channel("open_weights", "weights", **({"opens": date.fromisoformat(opens)} if opens else {}))
    report = report_on(plan([API, weights], {**everything(), **made}, size="small", capability="low"))
    steps = list_next_steps(report, judge(report, Policy(fail_under=100)))
    assert [step.action for step in steps if step.subject == "coverage"] == [named]


@pytest.mark.parametrize(
    ("fail_under", "effort", "words"),
    [(85, 1, "Carry out at least 1 of: AB-14, AB-04."), (100, 4, "Carry out: AB-14, AB-04.")],
)
def test_coverage_takes_as_much_as_the_work_that_it_needs(fail_under: int, effort: int, words: str) -> None:
    report = report_on(plan("hosted_api", {**everything(), "AB-14": "planned", "AB-04": "planned"}))
    steps = list_next_steps(report, judge(report, Policy(fail_under=fail_under)))
    assert [(step.effort, step.action) for step in steps if step.subject == "coverage"] == [(effort, words)]


def test_nothing_that_only_a_lower_minimum_lifts_is_called_free() -> None:
    weights = plan("open_weights", {**everything(), "AB-06": "planned"}, size="small", capability="low")
    report = report_on(weights)
    (step,) = [one for one in list_next_steps(report, judge(report, Policy(fail_under=100))) if one.subject == COVERAGE]
    assert (step.effort, step.effort_words) == (0, "by a lower minimum only")


def test_what_is_left_is_not_proposed_where_it_is_not_enough() -> None:
    narrowed = dict.fromkeys(("AB-04", "AB-05", "AB-07", "AB-08", "AB-09", "AB-12", "AB-13"), "not_implemented")
    claims = {**everything(), **narrowed, "AB-02": "planned", "AB-03": "planned", "AB-06": "planned"}
    release = plan("open_weights", claims, size="small", capability="low")
    report = report_on(release)
    (step,) = [one for one in list_next_steps(report, judge(report, Policy(fail_under=100))) if one.subject == COVERAGE]
    assert step.effort_words == "by a lower minimum only"
    assert step.action.endswith("since it is not enough to carry out AB-02, AB-03.")


def test_next_steps_leave_out_what_is_waived():
    release = plan("hosted_api", waivers=[waiver("AB-14")])
    report = report_on(release)
    subjects = [step.subject for step in list_next_steps(report, judge(report, LENIENT))]
    assert subjects == ["nothing-answered", "AB-01"]


def test_there_is_nothing_to_do_after_a_pass():
    report = report_on(plan("hosted_api", ENOUGH))
    assert list_next_steps(report, judge(report, LENIENT)) == ()


def test_a_step_proposes_nothing_instead_where_the_catalog_has_no_alternative() -> None:
    report = report_on(plan("open_weights", {"AB-05": "implemented"}))
    bare = tuple(replace(one, adopted=(), safeguard=replace(one.safeguard, alternatives=())) for one in report.findings)
    told = [step.words for step in list_next_steps(report, judge(report, Policy())) if step.subject == "AB-05"]
    alone = replace(report, findings=bare)
    left = [step.words for step in list_next_steps(alone, judge(alone, Policy())) if step.subject == "AB-05"]
    assert "Instead: " in told[0]
    assert "Instead: " not in left[0]
