"""What a baseline carries and what blocks all the same: as data, for every plan, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import TODAY, catalog, channel, check_plans, claim, everything, ladder, plan, report_on, waiver
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_properties import MIXED, one_of, policies

from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.plan import License
from aisafe_cli.domain.policy import Baseline, BaselineEntry, CatalogIdentity, Policy, ShortCoverage
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.errors import describe
from aisafe_cli.gate.baseline import BaselineComparison, describe_entry, describe_tally, find_entries
from aisafe_cli.gate.record_baseline import record_baseline
from aisafe_cli.gate.verdict import judge

CASES = sorted((Path(__file__).parent / "baselines").glob("*.yaml"))
ENOUGH = {"AB-01": "implemented", "AB-11": "implemented", "AB-14": "implemented"}
many = settings(max_examples=100, deadline=None, derandomize=True)


# --- cases ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    """In a case, `current` is the version or the hash of the built-in catalog, and VERSION stands for the version."""
    text = path.read_text(encoding="utf-8").replace("VERSION", catalog().version)
    case = yaml.load(text, yaml.BaseLoader)
    in_use = {"version": catalog().version, "sha256": catalog().sha256}
    named = case["baseline"]["catalog"]
    named |= {key: value for key, value in in_use.items() if named[key] == "current"}
    for name in ("plan", "baseline"):
        text = yaml.safe_dump(with_numbers(case[name]), sort_keys=False)
        (tmp_path / f"memory.{name}.yaml").write_text(text, encoding="utf-8")
    policy = Policy(strict=case.get("strict") == "true")
    checked = check_plans(
        [str(tmp_path / "memory.plan.yaml")], TODAY, policy, baseline_path=str(tmp_path / "memory.baseline.yaml")
    )
    assert not checked.errors, describe(checked.errors[0])
    verdict = checked.results[0].verdict
    expected = case["expected"]
    assert {
        "passed": str(verdict.passed).lower(),
        "carried": list(verdict.carried),
        "blocking": list(verdict.blocking),
        "notices": list(verdict.notices),
    } == expected
    assert ("carried over from the baseline of 2026-05-01" in verdict.headline) == bool(verdict.carried)
    assert verdict.tally.carried == len(verdict.carried)
    assert verdict.tally.outdated == sum("can be removed" in notice for notice in verdict.notices)
    assert checked.exit_code == (0 if verdict.passed else 1)


def with_numbers(value: Any) -> Any:
    """What a case holds as texts, with whole numbers as such; a version stays text."""
    if isinstance(value, dict):
        return {key: entry if key == "version" else with_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [with_numbers(entry) for entry in value]
    return int(value) if re.fullmatch(r"\d{1,3}|7000000000", value) else value


def with_coverage(report: Report, coverage: Coverage) -> Report:
    """The report with a coverage for the release, and the same on each channel."""
    channels = tuple(replace(one, scores=replace(one.scores, coverage=coverage)) for one in report.channels)
    return replace(report, scores=replace(report.scores, coverage=coverage), channels=channels)


def recorded(report: Report, policy: Policy) -> Baseline:
    return record_baseline(report, policy, "agreed")


# --- what is carried ------------------------------------------------------------------------------------------------


def test_what_is_ineffective_is_not_carried_even_if_an_entry_said_so():
    report = report_on(plan("open_weights", everything(AB_04=claim("implemented"))))
    fields = {"subject": "AB-04", "channel": "open_weights", "access": "open_weights"}
    entry = BaselineEntry(outcome=Outcome.INEFFECTIVE, level=Level.ERROR, **fields)
    baseline = replace(recorded(report, Policy()), entries=(entry,))
    assert "AB-04" in judge(report, Policy(), baseline).blocking


def test_a_passing_plan_has_nothing_to_record():
    report = report_on(plan("hosted_api", everything()))
    baseline = recorded(report, Policy(strict=True))
    assert (baseline.entries, baseline.coverage) == ((), None)


def test_what_a_waiver_lifts_is_not_recorded():
    claims = everything(AB_01="planned", AB_14="planned")
    channels = ["hosted_api", "hosted_ui"]
    report = report_on(plan(channels, claims, waivers=[waiver("AB-14"), waiver("AB-01", "hosted_ui")]))
    assert [(entry.subject, entry.channel) for entry in recorded(report, Policy()).entries] == [("AB-01", "hosted_api")]


def test_a_waiver_with_a_part_in_it_is_in_force_beside_the_baseline():
    claims = everything(AB_01="planned")
    made = plan(["hosted_api", "hosted_ui"], claims, waivers=[waiver("AB-01", "hosted_ui", expires="2026-06-20")])
    report = report_on(made)
    verdict = judge(report, Policy(), recorded(report, Policy()))
    assert (verdict.passed, verdict.waived, verdict.carried) == (True, (), ("AB-01",))
    assert (verdict.tally.in_force, verdict.tally.lifting, verdict.tally.expiring) == (1, 1, 1)
    assert verdict.notices == ("The waiver for AB-01 expires on 2026-06-20, in 19 days.",)
    assert verdict.lifting == made.waivers


def test_what_no_channel_opens_now_is_no_coverage_and_lower_than_any():
    report = report_on(plan("hosted_api", everything("planned"), fail_under=50))
    baseline = recorded(report, Policy())
    assert baseline.coverage is not None
    nothing = with_coverage(report, Coverage(satisfied=0, partial=0, applicable=0))
    assert "coverage" in judge(report, Policy(), baseline).carried
    assert "coverage" in judge(nothing, Policy(), baseline).blocking


def test_a_rule_is_carried_only_where_it_is_no_worse_and_opens_no_further():
    weights = channel("local_download_restricted", "w", license=License(id="MIT", derived_class="permissive"))
    report = report_on(plan(weights, ENOUGH))
    baseline = recorded(report, Policy())
    (entry,) = baseline.entries
    assert judge(report, Policy(), baseline).carried == ("license-allows-redistribution",)
    for better_then in (replace(entry, level=Level.WARNING), replace(entry, access="hosted_api")):
        verdict = judge(report, Policy(), replace(baseline, entries=(better_then,)))
        assert (verdict.blocking, verdict.carried) == (("license-allows-redistribution",), ())
        assert verdict.entries == ()
        assert verdict.notices == (
            "license-allows-redistribution on w became worse since the baseline was recorded, so it blocks.",
        )


@pytest.mark.parametrize(
    ("satisfied", "applicable", "then", "carried"),
    [
        (0, 1, (0, 0), True),  # whatever there is now is at least as much as nothing
        (0, 1, (0, 1), True),
        (0, 2, (1, 1), False),
        (1, 2, (2, 4), True),
        (1, 3, (2, 4), False),
        (0, 0, (0, 4), False),
    ],
)
def test_coverage_is_carried_where_it_is_no_lower(satisfied, applicable, then, carried):
    report = report_on(plan("hosted_api", ENOUGH))
    now = Coverage(satisfied=satisfied, partial=0, applicable=applicable)
    report = with_coverage(report, now)
    score = Score(numerator=then[0], denominator=then[1])
    baseline = replace(recorded(report, Policy()), entries=(), coverage=ShortCoverage(score=score, fail_under=90))
    assert (judge(report, Policy(fail_under=90), baseline).carried == ("coverage",)) == carried


@pytest.mark.parametrize(
    ("satisfied", "applicable", "percent", "outdated"),
    [(10, 11, 90, True), (10, 11, 91, False), (1, 1, 100, True), (0, 0, 1, False), (0, 0, 0, False)],
)
def test_coverage_can_be_removed_where_it_is_reached(satisfied, applicable, percent, outdated):
    report = report_on(plan("hosted_api", ENOUGH))
    now = Coverage(satisfied=satisfied, partial=0, applicable=applicable)
    report = with_coverage(report, now)
    short = ShortCoverage(score=Score(numerator=0, denominator=1), fail_under=percent)
    verdict = judge(report, Policy(), replace(recorded(report, Policy()), entries=(), coverage=short))
    told = "Declared coverage is in the baseline and is no longer too low; the entry can be removed."
    assert verdict.notices == ((told,) if outdated else ())


def test_coverage_is_still_too_low_where_more_is_asked_for_now():
    report = report_on(plan("hosted_api", ENOUGH))
    now = Coverage(satisfied=4, partial=0, applicable=6)
    report = with_coverage(report, now)
    short = ShortCoverage(score=Score(numerator=3, denominator=6), fail_under=60)
    baseline = replace(recorded(report, Policy()), entries=(), coverage=short)
    for asked, outdated in ((60, True), (66, True), (67, False), (90, False)):
        verdict = judge(report, Policy(fail_under=asked), baseline)
        assert (verdict.passed, bool(verdict.notices), verdict.tally.outdated) == (True, outdated, outdated)
        pruned = BaselineComparison(report, baseline, asked).prune()
        assert (pruned.coverage is None) == outdated
        assert judge(report, Policy(fail_under=asked), pruned).passed


# --- what is recorded -----------------------------------------------------------------------------------------------


def test_a_baseline_holds_its_day_its_reason_and_its_catalog():
    baseline = record_baseline(report_on(plan("hosted_api")), Policy(), "agreed until March")
    assert (baseline.recorded, baseline.reason) == (TODAY, "agreed until March")
    assert baseline.catalog == CatalogIdentity(id=catalog().id, version=catalog().version, sha256=catalog().sha256)
    assert baseline.names_plan


def test_what_blocks_of_the_plan_itself_is_recorded_with_its_channel():
    weights = channel("gated_weights_vetted", "w", license=License(id="MIT", derived_class="permissive"))
    baseline = recorded(report_on(plan(weights)), Policy())
    on_plan = [entry for entry in baseline.entries if entry.outcome is None]
    assert on_plan == [
        BaselineEntry(subject="nothing-answered", channel=None, access=None, outcome=None, level=Level.ERROR),
        BaselineEntry(
            subject="license-allows-redistribution",
            channel="w",
            access="gated_weights_vetted",
            outcome=None,
            level=Level.ERROR,
        ),
    ]


def test_coverage_is_recorded_against_the_stricter_percentage():
    report = report_on(plan("hosted_api", everything(AB_01="planned"), fail_under=95))
    score = Score(numerator=9, denominator=10)
    assert recorded(report, Policy(fail_under=92)).coverage == ShortCoverage(score=score, fail_under=95)
    assert recorded(report, Policy(fail_under=96)).coverage == ShortCoverage(score=score, fail_under=96)


# --- what a verdict says of it --------------------------------------------------------------------------------------


def test_a_verdict_holds_the_baseline_and_what_it_carried():
    weights = channel("gated_weights_vetted", "w", license=License(id="MIT", derived_class="permissive"))
    report = report_on(plan(weights, {"AB-01": "planned"}))
    baseline = recorded(report, Policy())
    verdict = judge(report, Policy(), baseline)
    assert verdict.passed
    assert verdict.baseline == baseline
    assert verdict.entries == baseline.entries
    assert {entry.subject for entry in verdict.entries} == set(verdict.carried)
    assert judge(report, Policy()).entries == ()


def test_only_a_plan_that_fails_is_told_that_the_baseline_does_not_name_it():
    told = ("The baseline does not name this plan, so nothing is carried over.",)
    for claims, notices in ((everything(), ()), (everything(AB_01="planned"), told)):
        report = report_on(plan("hosted_api", claims))
        elsewhere = replace(recorded(report, Policy()), entries=(), names_plan=False)
        assert judge(report, Policy(), elsewhere).notices == notices


def test_a_plan_that_passes_is_told_what_can_be_removed():
    report = report_on(plan("hosted_api", everything(AB_01="planned")))
    fixed = report_on(plan("hosted_api", everything()))
    verdict = judge(fixed, Policy(), recorded(report, Policy()))
    assert verdict.passed
    assert verdict.notices == (
        "AB-01 on hosted_api is in the baseline and no longer blocks; the entry can be removed.",
    )
    assert (verdict.tally.carried, verdict.tally.outdated) == (0, 1)


def test_notices_name_a_finding_once_with_its_channels_and_a_rule_of_the_whole_plan_without():
    old = recorded(report_on(plan(["hosted_ui", "hosted_api"])), Policy())
    old = replace(old, entries=tuple(entry for entry in old.entries if entry.subject in ("AB-01", "nothing-answered")))
    fixed = report_on(plan(["hosted_ui", "hosted_api"], ENOUGH))
    told = "is in the baseline and no longer blocks; the entry can be removed."
    assert judge(fixed, Policy(), old).notices == (f"AB-01 on hosted_ui, hosted_api {told}", f"nothing-answered {told}")


def test_the_tally_tells_what_is_carried_and_what_can_be_removed():
    def tally(claims, baseline):
        return describe_tally(judge(report_on(plan("hosted_api", claims)), Policy(), baseline))

    before = recorded(report_on(plan("hosted_api", everything(AB_01="planned", AB_14="planned"))), Policy())
    covered = replace(before, entries=(), coverage=ShortCoverage(score=Score(numerator=0, denominator=1), fail_under=9))
    told = "Baseline of 2026-06-01: "
    assert tally(everything(AB_01="planned", AB_14="planned"), before) == (
        f"{told}2 blocks carried over (AB-01, AB-14).",
    )
    assert tally(everything(AB_01="planned"), before) == (
        f"{told}1 block carried over (AB-01); 1 entry can be removed.",
    )
    assert tally(everything(), before) == (f"{told}0 blocks carried over; 2 entries can be removed.",)
    assert tally(everything(), covered) == (f"{told}0 blocks carried over; 1 entry can be removed.",)
    assert tally(everything(), replace(before, entries=())) == tally(everything(), None) == ()


def test_entries_are_found_by_what_they_carry():
    channels = [
        channel("gated_weights_vetted", name, license=License(id="MIT", derived_class="permissive"))
        for name in ("v", "w")
    ]
    report = report_on(plan(channels, {"AB-14": "planned"}))
    verdict = judge(report, Policy(), recorded(report, Policy()))
    on_safeguard = find_entries(verdict, "AB-14")
    assert [describe_entry(entry) for entry in on_safeguard] == ["AB-14 on v (planned)", "AB-14 on w (planned)"]
    assert find_entries(verdict, "AB-14", "w") == on_safeguard
    assert find_entries(verdict, "license-allows-redistribution") == ()
    (on_channel,) = find_entries(verdict, "license-allows-redistribution", "w")
    assert describe_entry(on_channel) == "license-allows-redistribution on w (error)"
    on_plan = replace(on_channel, subject="nothing-answered", channel=None, access=None)
    assert describe_entry(on_plan) == "nothing-answered (error)"


# --- pruning --------------------------------------------------------------------------------------------------------


def test_pruning_takes_out_what_is_fixed_and_keeps_the_rest_no_laxer_than_the_plan_is():
    before = everything(AB_01="not_implemented", AB_02="planned", AB_13="planned", AB_14="partial")
    after = everything(AB_01="planned", AB_13="planned", AB_14="planned")
    policy = Policy(strict=True, fail_under=95)
    old = recorded(report_on(plan("hosted_api_extended", before)), policy)
    old = replace(old, entries=tuple(replace(entry, access="open_weights") for entry in old.entries))
    report = report_on(plan(channel("hosted_api", "hosted_api_extended"), after))
    pruned = BaselineComparison(report, old).prune()
    assert [(describe_entry(entry), entry.access) for entry in pruned.entries] == [
        ("AB-01 on hosted_api_extended (planned)", "hosted_api"),
        ("AB-13 on hosted_api_extended (planned)", "hosted_api"),
        ("AB-14 on hosted_api_extended (partial)", "open_weights"),
    ]
    assert pruned.coverage == ShortCoverage(score=report.scores.coverage.score, fail_under=95)
    assert replace(pruned, entries=(), coverage=None) == replace(old, entries=(), coverage=None)


def test_pruning_takes_out_a_coverage_that_is_reached_and_keeps_one_that_became_lower():
    def pruned(claims, fail_under):
        old = recorded(report_on(plan("hosted_api", everything(AB_14="planned"))), Policy(fail_under=fail_under))
        return BaselineComparison(report_on(plan("hosted_api", claims)), old).prune().coverage

    recorded_then = ShortCoverage(score=Score(numerator=9, denominator=10), fail_under=100)
    assert pruned(everything(), 100) is None
    assert pruned(everything(AB_14="partial"), 95) is None
    assert pruned(everything(AB_14="partial"), 100) == replace(recorded_then, score=Score(numerator=19, denominator=20))
    assert pruned(everything("planned"), 100) == recorded_then
    assert pruned(everything(), 90) is None


def test_pruning_lowers_a_level_that_became_lower():
    old = recorded(report_on(plan("hosted_api", everything(AB_04="planned"), size="large")), Policy())
    assert [entry.level for entry in old.entries] == [Level.ERROR]
    report = report_on(plan("hosted_api", everything(AB_04="planned")))
    assert [entry.level for entry in BaselineComparison(report, old).prune().entries] == [Level.WARNING]


def test_a_rule_of_the_plan_is_pruned_like_a_finding():
    weights = channel("gated_weights_vetted", "w", license=License(id="MIT", derived_class="permissive"))
    old = recorded(report_on(plan(weights, {"AB-14": "implemented"})), Policy())
    rule = [entry for entry in old.entries if entry.outcome is None]
    assert [
        entry for entry in BaselineComparison(report_on(plan(weights)), old).prune().entries if not entry.outcome
    ] == rule
    unlicensed = report_on(plan(channel("gated_weights_vetted", "w"), {"AB-14": "implemented"}))
    assert not [entry for entry in BaselineComparison(unlicensed, old).prune().entries if not entry.outcome]


# --- for every plan -------------------------------------------------------------------------------------------------


def is_ineffective(report: Report) -> bool:
    return any(item.outcome is Outcome.INEFFECTIVE for found in report.findings for item in found.channels)


@many
@given(MIXED, policies)
def test_what_was_recorded_is_carried_so_that_only_what_is_ineffective_blocks(made, policy):
    report = report_on(made)
    bare, verdict = judge(report, policy), judge(report, policy, recorded(report, policy))
    assert verdict.passed == (not is_ineffective(report)) or bare.passed
    ineffective = {
        found.safeguard.id
        for found in report.findings
        if any(item.outcome is Outcome.INEFFECTIVE for item in found.channels)
    }
    assert set(verdict.blocking) <= ineffective
    assert set(verdict.blocking) | set(verdict.carried) == set(bare.blocking)
    assert verdict.tally.outdated == 0
    assert verdict.waived == bare.waived
    assert verdict.coverage_with_waivers == bare.coverage_with_waivers


@many
@given(MIXED, policies, st.data())
def test_an_entry_less_or_better_than_what_is_there_blocks(made, policy, data):
    report = report_on(made)
    baseline = recorded(report, policy)
    assume(baseline.entries)
    entry = data.draw(one_of(*baseline.entries))
    others = tuple(one for one in baseline.entries if one is not entry)
    for changed in ((), *((one,) for one in better(entry))):
        verdict = judge(report, policy, replace(baseline, entries=(*others, *changed)))
        assert not verdict.passed
        assert entry.subject in verdict.blocking


def better(entry: BaselineEntry) -> list[BaselineEntry]:
    """What could have been recorded of the same finding, had it been better at that time."""
    levels = [level for level in (Level.ERROR, Level.WARNING) if LEVEL_ORDER[level] > LEVEL_ORDER[entry.level]]
    outcomes = [Outcome.GAP, Outcome.PLANNED, Outcome.PARTIAL] if entry.outcome else []
    lower = [
        access_level
        for access_level in ladder().access_levels.values()
        if entry.access and access_level.rank < ladder().access_levels[entry.access].rank
    ]
    return [
        *(replace(entry, level=level) for level in levels),
        *(
            replace(entry, outcome=one)
            for one in outcomes
            if entry.outcome and OUTCOME_ORDER[one] > OUTCOME_ORDER[entry.outcome]
        ),
        *(replace(entry, access=access_level.id) for access_level in lower),
    ]


@many
@given(MIXED, MIXED, policies)
def test_a_baseline_changes_no_outcome_and_turns_no_pass_into_a_fail(made, other, policy):
    report = report_on(made)
    baseline = recorded(report_on(other), policy)
    bare, verdict = judge(report, policy), judge(report, policy, baseline)
    assert verdict.passed >= bare.passed
    assert set(verdict.blocking) <= set(bare.blocking)
    assert not set(verdict.carried) & set(verdict.blocking)
    assert set(verdict.carried) <= set(bare.blocking)


@many
@given(MIXED, MIXED, policies)
def test_pruning_takes_in_nothing_new_and_changes_no_verdict(made, other, policy):
    report = report_on(made)
    baseline = recorded(report_on(other), policy)
    pruned = BaselineComparison(report, baseline).prune()
    keys = {(entry.subject, entry.channel) for entry in baseline.entries}
    assert {(entry.subject, entry.channel) for entry in pruned.entries} <= keys
    assert judge(report, policy, pruned).blocking == judge(report, policy, baseline).blocking
    assert judge(report, policy, pruned).tally.outdated == 0
    assert BaselineComparison(report, pruned).prune() == pruned
