"""Scores are counts out of counts, and their arithmetic is exact."""

from __future__ import annotations

from fractions import Fraction

import pytest
from building import ACCESS_LEVELS, channel, claim, everything, plan, report_on
from test_catalog_data import TABLE, flag_in_table

from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.gate.blocks import is_under

CLOSED_APPLICABLE = [name for name in TABLE if name not in ("AB-03", "AB-10", "AB-11", "AB-12")]


def coverage(satisfied, partial, applicable):
    return Coverage(satisfied=satisfied, partial=partial, applicable=applicable)


def score(numerator, denominator):
    return Score(numerator=numerator, denominator=denominator)


# --- arithmetic -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [(2, 3, 66), (1, 3, 33), (199, 200, 99), (1, 1, 100), (0, 5, 0), (1, 200, 0), (0, 0, None), (13, 14, 92)],
)
def test_percentages_are_rounded_down(numerator, denominator, percent):
    assert score(numerator, denominator).percent == percent


@pytest.mark.parametrize(
    ("counted", "expected", "percent"),
    [
        (coverage(2, 0, 3), (2, 3), 66),
        (coverage(0, 1, 1), (1, 2), 50),
        (coverage(1, 1, 3), (3, 6), 50),
        (coverage(1, 2, 3), (2, 3), 66),
        (coverage(0, 3, 7), (3, 14), 21),
        (coverage(11, 0, 11), (11, 11), 100),
        (coverage(0, 0, 4), (0, 4), 0),
        (coverage(0, 0, 0), (0, 0), None),
    ],
)
def test_partial_counts_half_in_whole_numbers(counted, expected, percent):
    assert (counted.score.numerator, counted.score.denominator) == expected
    assert counted.score.percent == percent


def test_coverage_is_the_fraction_it_says():
    for satisfied in range(6):
        for partial in range(6):
            for missing in range(4):
                counted = coverage(satisfied, partial, satisfied + partial + missing)
                if counted.applicable:
                    exact = Fraction(2 * satisfied + partial, 2 * counted.applicable)
                    assert Fraction(counted.score.numerator, counted.score.denominator) == exact
                    assert counted.score.percent == int(exact * 100)


@pytest.mark.parametrize(
    ("counted", "at_most"),
    [
        (score(2, 3), 66),
        (score(1, 2), 50),
        (score(3, 6), 50),
        (score(1, 1), 100),
        (score(199, 200), 99),
        (score(0, 4), 0),
        (score(7, 100), 7),
        (score(29, 100), 29),
    ],
)
def test_coverage_is_compared_exactly(counted, at_most):
    assert [is_under(counted, percent) for percent in (0, at_most, at_most + 1)] == [False, False, True]


def test_no_coverage_is_under_anything_but_zero():
    assert [is_under(score(0, 0), percent) for percent in (0, 1, 100)] == [False, True, True]


# --- possible in this mode ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
def test_possible_counts_the_flags_at_the_access_level(access_level):
    expected = sum(flag_in_table(name, access_level) != "X" for name in TABLE)
    report = report_on(plan([channel(access_level), channel("internal_only", "lab")]))
    assert report.scores.possible == score(expected, 14)
    assert report.channels[-1].scores.possible == score(expected, 14)
    assert report.channels[0].scores.possible == score(14, 14)


def test_five_of_fourteen_are_possible_with_open_weights_whatever_is_claimed():
    for claims in ({}, everything(), everything("planned")):
        for name in ("solo", "large"):
            assert report_on(plan("open_weights", claims, size=name)).scores.possible == score(5, 14)


def test_possible_counts_what_the_role_can_do():
    assert report_on(plan("open_weights", role="hosting_platform")).scores.possible == score(7, 14)


# --- declared coverage ----------------------------------------------------------------------------------------------


def test_coverage_counts_what_is_satisfied_and_half_of_what_is_partial():
    claims = {"AB-01": "implemented", "AB-02": "partial", "AB-04": "planned", "AB-05": "not_implemented"}
    report = report_on(plan("hosted_api", claims))
    assert report.scores.coverage == coverage(1, 1, len(CLOSED_APPLICABLE))
    assert report.scores.coverage.score == score(3, 20)


def test_coverage_leaves_out_what_cannot_work_and_what_does_not_apply():
    report = report_on(plan("open_weights", {"AB-01": "implemented", "AB-10": "implemented", "AB-04": "planned"}))
    assert report.scores.coverage == coverage(1, 0, 6)  # the five that are possible, and stages


def test_coverage_counts_what_is_ineffective_as_nothing():
    bare = report_on(plan("open_weights", {"AB-01": "implemented"}))
    ineffective = report_on(plan("open_weights", {"AB-01": "implemented", "AB-04": "implemented", "AB-02": "partial"}))
    assert bare.scores.coverage == coverage(1, 0, 6)
    assert ineffective.scores.coverage == coverage(1, 0, 7)


def test_coverage_of_the_release_counts_the_worst_channel():
    claims = {"AB-04": claim("implemented", "hosted_api"), "AB-01": "implemented"}
    report = report_on(plan(["hosted_ui", "hosted_api"], claims))
    by_channel = {item.channel.id: item.scores.coverage for item in report.channels}
    assert report.scores.coverage == coverage(1, 0, 10)
    assert by_channel == {"hosted_ui": coverage(1, 0, 10), "hosted_api": coverage(2, 0, 10)}


def test_coverage_of_each_channel_counts_what_applies_there():
    report = report_on(plan(["hosted_api", "open_weights"], {"AB-04": claim("implemented", "hosted_api")}))
    by_channel = {item.channel.id: item.scores.coverage for item in report.channels}
    # On the service 01, 02, 04 to 09, 11 and 14 can be done; 13 only repeats that the weights are out.
    assert by_channel == {"hosted_api": coverage(1, 0, 10), "open_weights": coverage(0, 0, 6)}
    assert report.scores.coverage == coverage(0, 0, 6)


def test_full_coverage_is_full():
    assert report_on(plan("hosted_api", everything())).scores.coverage.score.percent == 100


# --- addressed otherwise --------------------------------------------------------------------------------------------


def test_addressed_counts_what_cannot_work_and_has_an_alternative():
    report = report_on(plan("open_weights", adopted=["companion-classifier", "sign-releases"]))
    assert report.scores.addressed == score(3, 7)  # AB-04, AB-05 and AB-13 of 04, 05, 07, 08, 09, 12, 13
    assert report_on(plan("open_weights")).scores.addressed == score(0, 7)
    assert report_on(plan("open_weights", capability="high")).scores.addressed == score(0, 8)


def test_addressed_leaves_out_what_is_relied_on_all_the_same():
    report = report_on(plan("open_weights", {"AB-04": "implemented"}, adopted=["companion-classifier"]))
    assert report.scores.addressed == score(1, 6)


def test_nothing_is_addressed_where_nothing_is_ruled_out():
    report = report_on(plan("hosted_api", adopted=["companion-classifier"]))
    assert report.scores.addressed == score(0, 0)
    assert report.scores.addressed.percent is None


# --- evidenced ------------------------------------------------------------------------------------------------------


def test_evidenced_counts_satisfied_claims_that_name_evidence():
    claims = {
        "AB-01": claim("implemented", shown=["log"]),
        "AB-02": claim("implemented"),
        "AB-04": claim("partial", shown=["log"]),
        "AB-10": claim("implemented", shown=["log"]),
    }
    assert report_on(plan("hosted_api", claims)).scores.evidenced == score(1, 2)
    assert report_on(plan("hosted_api")).scores.evidenced == score(0, 0)


def test_evidence_is_needed_from_each_claim_of_a_satisfied_safeguard():
    claims = [claim("implemented", "hosted_ui", shown=["log"]), claim("implemented", "hosted_api")]
    report = report_on(plan(["hosted_ui", "hosted_api"], {"AB-04": claims}))
    assert report.scores.evidenced == score(0, 1)
    by_channel = {item.channel.id: item.scores.evidenced for item in report.channels}
    assert by_channel == {"hosted_ui": score(1, 1), "hosted_api": score(0, 1)}


def test_no_evidence_is_asked_for_where_it_does_not_apply():
    claims = [
        claim("implemented", "hosted_api_finetune", shown=["tamper_evaluation"]),
        claim("implemented", "hosted_api"),
    ]
    report = report_on(plan(["hosted_api", "hosted_api_finetune"], {"AB-12": claims}))
    assert report.scores.evidenced == score(1, 1)


def test_a_stages_evidence_counts():
    channels = [channel("hosted_api", "api"), channel("open_weights", "weights", "2026-05-01")]
    shown = report_on(plan(channels, {"AB-06": claim("implemented", "api", shown=["policy"])}))
    bare = report_on(plan(channels, {"AB-06": claim("implemented", "api")}))
    assert (shown.scores.evidenced, bare.scores.evidenced) == (score(1, 1), score(0, 1))
