"""Whole plans: what holds for the release, how bad it is, and where it points."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from building import (
    ACCESS_LEVELS,
    EVALUATIONS,
    OPEN,
    TODAY,
    case_named,
    catalog,
    channel,
    claim,
    evidence,
    finding,
    ids,
    ladder,
    outcomes,
    place,
    plan,
    report_on,
    result,
    summary,
    waiver,
)

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import WaiverState
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import load_plan

PLANS = sorted(path.name.removesuffix(".plan.yaml") for path in EVALUATIONS.glob("*.plan.yaml"))


# --- whole plans ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANS)
def test_evaluates_as_expected(name):
    report, _ = case_named(name)
    assert summary(report) == (EVALUATIONS / f"{name}.expected").read_text(encoding="utf-8")


def test_each_plan_has_its_expectation_and_the_reverse():
    assert sorted(path.stem for path in EVALUATIONS.glob("*.expected")) == PLANS
    assert len(PLANS) >= 17


# --- the mode -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
def test_the_highest_rank_decides_the_mode(access_level):
    rank = ACCESS_LEVELS.index(access_level)
    for lower in ACCESS_LEVELS[: rank + 1]:
        for channels in (
            [channel(lower, "a"), channel(access_level, "b")],
            [channel(access_level, "b"), channel(lower, "a")],
        ):
            report = report_on(plan(channels))
            assert report.mode == ladder().access_levels[access_level].mode
            assert report.decided_by.access == access_level


@pytest.mark.parametrize("opens", [None, "2020-01-01", "2099-01-01"])
@pytest.mark.parametrize("closes", [None, "2020-02-01", "2099-02-01"])
def test_the_most_open_channel_counts_whenever_it_opens_or_closes(opens, closes):
    weights = channel("open_weights", "weights", opens, closes=closes)
    report = report_on(plan([weights, channel("hosted_api", "api")], {"AB-04": "implemented"}))
    assert report.mode == "open_weights"
    assert finding(report, "AB-04").outcome is Outcome.INEFFECTIVE


def test_inside_only_is_a_closed_api():
    assert report_on(plan("internal_only")).mode == "closed_api"


def test_channels_are_listed_least_open_first_then_by_opening():
    channels = [
        channel("open_weights", "late", "2026-09-01"),
        channel("open_weights", "early", "2026-01-01"),
        channel("open_weights", "always"),
        channel("hosted_ui", "page"),
    ]
    for ordered in permutations(channels):
        report = report_on(plan(ordered))
        assert [item.channel.id for item in report.channels] == ["page", "always", "early", "late"]
        assert [item.channel for item in report.findings[0].channels] == ["page", "always", "early", "late"]
        assert report.decided_by.id == "always"


# --- for the release: the worst channel -----------------------------------------------------------------------------

SERVED = ["hosted_ui", "hosted_api", "hosted_api_extended"]
ORDER = ["unanswered", "not_implemented", "planned", "partial", "implemented"]


def test_the_worst_channel_counts_for_the_release():
    for worse, better in [(a, b) for i, a in enumerate(ORDER) for b in ORDER[i:]]:
        claims = [claim(better, "hosted_ui", "hosted_api_extended"), claim(worse, "hosted_api")]
        report = report_on(plan(SERVED, {"AB-04": claims}))
        assert finding(report, "AB-04").outcome is result(report, "AB-04", "hosted_api").outcome


def test_ineffective_is_worse_than_incompatible_and_that_is_worse_than_unknown():
    channels = ["hosted_api", "open_weights", "open_source"]
    report = report_on(plan(channels, {"AB-04": claim("implemented", "open_weights")}))
    found = finding(report, "AB-04")
    assert [str(item.outcome) for item in found.channels] == ["unknown", "ineffective", "incompatible"]
    assert found.outcome is Outcome.INEFFECTIVE
    report = report_on(plan(channels))
    assert finding(report, "AB-04").outcome is Outcome.INCOMPATIBLE


def test_what_does_not_apply_is_skipped():
    report = report_on(plan(["hosted_api", "hosted_api_finetune"], {"AB-12": "planned"}))
    assert [str(item.outcome) for item in finding(report, "AB-12").channels] == ["not_applicable", "planned"]
    assert finding(report, "AB-12").outcome is Outcome.PLANNED
    assert finding(report_on(plan(["hosted_ui", "hosted_api"])), "AB-12").outcome is Outcome.NOT_APPLICABLE


def test_a_claim_limited_to_where_it_works_is_honest():
    report = report_on(plan(["hosted_api", "open_weights"], {"AB-05": claim("implemented", "hosted_api")}))
    assert finding(report, "AB-05").outcome is Outcome.INCOMPATIBLE
    assert result(report, "AB-05", "hosted_api").outcome is Outcome.SATISFIED
    assert finding(report, "AB-05").level is Level.NOTE


# --- levels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["unanswered", "not_implemented", "planned", "partial"])
def test_what_is_missing_is_an_error_where_required_and_a_warning_where_recommended(status):
    report = report_on(plan("hosted_api", {"AB-01": status, "AB-04": status}))
    assert finding(report, "AB-01").level is Level.ERROR
    assert finding(report, "AB-04").level is Level.WARNING
    assert (result(report, "AB-01").required, result(report, "AB-04").required) == (True, False)


@pytest.mark.parametrize(
    ("capability", "level"),
    [("low", "note"), ("moderate", "note"), ("high", "warning"), ("severe", "warning"), ("unknown", "warning")],
)
def test_what_cannot_work_is_a_note_or_a_warning_while_nothing_is_done_instead(capability, level):
    bare = report_on(plan("open_weights", capability=capability, size="large"))
    helped = report_on(plan("open_weights", capability=capability, size="large", adopted=["derivative-watch"]))
    assert finding(bare, "AB-04").level == level
    # A moderate alternative. At severe capability a weak one lifts no warning.
    weakly = report_on(plan("open_weights", capability=capability, size="large", adopted=["report-channel"]))
    assert finding(helped, "AB-04").level is Level.NOTE
    assert finding(weakly, "AB-04").level == ("note" if capability == "high" else level)
    assert finding(helped, "AB-05").level == level
    assert finding(helped, "AB-04").adopted == ("derivative-watch",)
    assert finding(helped, "AB-05").adopted == ()


def test_an_ineffective_claim_is_an_error_whatever_is_required_or_done_instead():
    helped = report_on(plan("open_weights", {"AB-04": "partial"}, adopted=["derivative-watch"]))
    assert finding(helped, "AB-04").level is Level.ERROR


def test_opening_weights_does_not_silence_what_is_missing_on_the_api():
    alone = report_on(plan("hosted_api", size="large"))
    both = report_on(plan(["hosted_api", "open_weights"], size="large"))
    for name in ("AB-04", "AB-05", "AB-07", "AB-08", "AB-09"):
        assert finding(alone, name).level is finding(both, name).level is Level.ERROR
        assert finding(both, name).outcome is Outcome.INCOMPATIBLE
        assert result(both, name, "open_weights").level is Level.NOTE
        assert "On hosted_api: Possible here." in finding(both, name).reason


def test_what_only_the_flag_requires_is_required_where_the_flag_is():
    report = report_on(plan(["on_device_managed", "hosted_api"], size="large"))
    assert [item.required for item in finding(report, "AB-04").channels] == [True, False]
    assert [str(item.level) for item in finding(report, "AB-04").channels] == ["error", "warning"]


def test_satisfied_and_not_applicable_are_notes():
    report = report_on(plan("hosted_api", {"AB-01": "implemented"}, size="large", capability="severe"))
    assert (finding(report, "AB-01").level, finding(report, "AB-01").remedy) == (Level.NOTE, "")
    assert (finding(report, "AB-03").level, finding(report, "AB-03").remedy) == (Level.NOTE, "")


def test_alternatives_are_listed_in_the_order_of_the_catalog():
    adopted = ["report-channel", "companion-classifier", "derivative-watch"]
    for ordered in permutations(adopted):
        report = report_on(plan("open_weights", adopted=ordered))
        assert finding(report, "AB-04").adopted == ("derivative-watch", "companion-classifier", "report-channel")


# --- what it says ---------------------------------------------------------------------------------------------------


def test_reasons_name_the_channels_gravest_first():
    report = report_on(plan(["hosted_ui", "hosted_api", "open_weights"], {"AB-04": claim("implemented", "hosted_api")}))
    reason = finding(report, "AB-04").reason
    places = [reason.index(f"On {name}: ") for name in ("hosted_ui", "open_weights", "hosted_api")]
    assert places == sorted(places)
    assert places[0] == 0


def test_reasons_name_channels_with_the_same_reason_together():
    report = report_on(plan(["hosted_ui", "hosted_api"], {"AB-04": "planned"}))
    assert finding(report, "AB-04").reason.startswith("On hosted_ui, hosted_api: ")


def test_reasons_of_what_binds_the_release_name_the_most_open_channels():
    channels = [channel("open_weights", "b"), channel("open_weights", "a"), "hosted_api"]
    assert finding(report_on(plan(channels)), "AB-11").reason.startswith("Judged for the release, on a, b: ")


def test_every_finding_of_every_plan_has_a_reason_and_each_block_a_remedy():
    for name in PLANS:
        for found in case_named(name)[0].findings:
            assert found.reason.strip()
            assert all(item.reason.strip() for item in found.channels)
            assert found.remedy.strip() or found.level is Level.NOTE


def test_the_remedy_for_the_gravest_channel_comes_first():
    report = report_on(plan(["hosted_api", "open_weights"], {"AB-04": claim("implemented", "open_weights")}))
    remedy = finding(report, "AB-04").remedy
    assert remedy.startswith("Narrow the claim")
    assert "If it is done on this channel too, add the channel to the claim. Otherwise, do it there first. " in remedy
    report = report_on(plan(["hosted_api", "open_weights"], {"AB-04": claim("planned", "open_weights")}))
    assert "Answer the question: " in finding(report, "AB-04").remedy


# --- positions ------------------------------------------------------------------------------------------------------

HEAD = """\
schema_version: 1
model: {name: Test, capability: moderate}
channels:
  - {id: api, access: hosted_api}
  - {id: weights, access: open_weights, closes: 2030-01-01}
"""


def loaded(tmp_path, text):
    path = tmp_path / "test.plan.yaml"
    path.write_text(text, encoding="utf-8")
    return report_on(load_plan(str(path), catalog()))


def test_findings_point_at_their_claims(tmp_path):
    report = loaded(
        tmp_path,
        HEAD
        + """\
safeguards:
  AB-01: implemented
  harmless-training: {status: implemented}
  AB-04:
    - {status: implemented, channels: [api]}
    - status: implemented
      channels: [weights]
  AB-05: unanswered
  AB-10: implemented
""",
    )
    assert finding(report, "AB-01").position == place(7, 3)
    assert finding(report, "AB-02").position == place(8, 3)
    assert finding(report, "AB-04").position == place(11, 7)
    assert finding(report, "AB-05").position == place(13, 3)
    assert finding(report, "AB-10").position == place(14, 3)
    assert {finding(report, name).position for name in ("AB-03", "AB-06", "AB-14")} == {place(6, 1)}


def test_findings_point_at_line_one_where_nothing_is_answered(tmp_path):
    report = loaded(tmp_path, HEAD)
    assert {found.position for found in report.findings} == {place(1, 1)}


def test_plan_findings_point_at_what_they_are_about(tmp_path):
    report = loaded(tmp_path, HEAD)
    assert {found.kind: found.position for found in report.plan_findings} == {
        "nothing-answered": place(1, 1),
        "closing-recalls-nothing": place(5, 5),
        "capability-counts-as-unknown": place(2, 1),
    }


def test_a_finding_points_at_the_claim_for_its_gravest_channel(tmp_path):
    text = (
        HEAD
        + "safeguards:\n  AB-02:\n    - {status: partial, channels: [api]}\n"
        + "    - {status: implemented, channels: [weights]}\n"
    )
    assert finding(loaded(tmp_path, text), "AB-02").position == place(9, 7)


# --- roles, dates, nothing ------------------------------------------------------------------------------------------


def test_only_a_catalog_for_others_leaves_nothing_to_evaluate():
    roles = {role for safeguard in catalog().safeguards for role in safeguard.roles}
    for role in roles:
        assert any(
            outcome != "not_applicable" for outcome in outcomes(report_on(plan("hosted_ui", role=role))).values()
        )
    for_developers = narrowed(catalog(), {"AB-01", "AB-11"})
    assert list(outcomes(report_on(plan("hosted_ui"), by=for_developers))) == ["AB-01", "AB-11"]
    with pytest.raises(NothingToEvaluate, match="deployer"):
        report_on(plan("hosted_ui", {"AB-01": "implemented"}, role="deployer"), by=for_developers)


def narrowed(whole: Catalog, names: set[str]) -> Catalog:
    return replace(whole, safeguards=tuple(safeguard for safeguard in whole.safeguards if safeguard.id in names))


def test_the_date_moves_waivers_only():
    waivers = [waiver("AB-01", granted="2026-03-01", expires="2026-09-01")]
    channels = [channel("hosted_api", "api", "2026-04-01"), channel("open_weights", "weights", "2026-10-01")]
    release = plan(channels, {"AB-06": claim("implemented", "api")}, waivers=waivers)
    reports = [report_on(release, day) for day in (date(2020, 1, 1), TODAY, date(2090, 1, 1))]
    states = [judge(report, Policy()).waivers[0].state for report in reports]
    assert states == [WaiverState.NOT_YET, WaiverState.IN_FORCE, WaiverState.EXPIRED]
    assert len({summary(report) for report in reports}) == 1
    assert {report.scores for report in reports} == {reports[0].scores}


@pytest.mark.parametrize(
    ("offset", "state"),
    [(-1, "not_yet"), (0, "in_force"), (1, "in_force"), (30, "in_force"), (31, "expired")],
)
def test_a_waiver_holds_from_its_first_day_through_its_last(offset, state):
    granted = date(2026, 6, 1)
    waivers = [waiver("AB-01", granted=granted, expires=granted + timedelta(days=30))]
    report = report_on(plan("hosted_api", waivers=waivers), granted + timedelta(days=offset))
    assert [applied.state for applied in judge(report, Policy()).waivers_on("AB-01")] == [state]
    assert judge(report, Policy()).waivers_on("AB-02") == ()


def test_a_report_holds_every_safeguard_on_every_channel():
    report = report_on(plan(list(ACCESS_LEVELS)))
    assert [found.safeguard.id for found in report.findings] == ids()
    assert all([item.channel for item in found.channels] == list(ACCESS_LEVELS) for found in report.findings)
    assert [item.access_level.id for item in report.channels] == list(ACCESS_LEVELS)


def test_claims_are_kept_with_the_outcomes_they_led_to():
    shown = claim("implemented", shown=["log"])
    report = report_on(plan(["hosted_api", *OPEN], {"AB-04": shown}))
    assert {item.claim for item in finding(report, "AB-04").channels} == {shown}
    assert shown.evidence == evidence("log")
