"""Timelines: the days of the stages, each stage judged by the one evaluator, and what is said to change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from building import catalog, channel, claim, everything, ladder, plan, report_on, waiver
from hypothesis import assume, given
from hypothesis import strategies as st
from test_properties import MIXED, many, plans, policies

from aisafe_cli.changes import opened_by
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.gate import judge
from aisafe_cli.model import Outcome, Plan, Policy
from aisafe_cli.timeline import Stage, Timeline, build_timeline, stage_days

TODAY = date(2026, 4, 1)
STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("gated_weights_vetted", "vetted", "2026-03-01"),
    channel("open_weights", "weights", "2026-05-01"),
]


def timeline(made: Plan, policy: Policy | None = None, as_of: date = TODAY) -> Timeline:
    return build_timeline(made, catalog(), ladder(), policy or Policy(), as_of)


def kinds(stage: Stage) -> dict[str, list[str]]:
    return {kind: [one.safeguard.id for one in stage.of_kind(kind)] for kind in ("starts", "stops", "other")}


# --- the days of the stages -----------------------------------------------------------------------------------------


def test_a_stage_begins_where_a_channel_opens_or_closes_and_where_a_waiver_begins_or_ends() -> None:
    made = plan(
        [channel("hosted_api", closes="2026-07-01"), *STAGED[1:]],
        everything(),
        waivers=[waiver("AB-01", granted="2026-02-01", expires="2026-04-30")],
    )
    found = timeline(made).stages
    days = [None, "2026-02-01", "2026-03-01", "2026-05-01", "2026-07-01"]
    assert [stage.day and stage.day.isoformat() for stage in found] == days
    assert [[one.id for one in stage.opens] for stage in found] == [["hosted_api"], [], ["vetted"], ["weights"], []]
    assert [[one.id for one in stage.closes] for stage in found] == [[], [], [], [], ["hosted_api"]]
    assert [len(stage.waivers_begin) for stage in found] == [0, 1, 0, 0, 0]
    assert [len(stage.waivers_end) for stage in found] == [0, 0, 0, 1, 0]
    assert [stage.until for stage in found] == [*(stage.day for stage in found[1:]), None]


def test_a_waiver_is_in_force_through_its_last_day() -> None:
    made = plan("hosted_api", everything(AB_14="not_implemented"), waivers=[waiver("AB-14")])
    before, during, after = timeline(made).stages
    assert (during.day, after.day) == (date(2026, 1, 1), date(2027, 1, 1))
    verdicts = [stage.standing.verdict.passed for stage in (before, during, after) if stage.standing]
    assert verdicts == [False, True, False]


def test_waivers_set_aside_make_no_stages() -> None:
    made = plan("hosted_api", everything(), waivers=[waiver("AB-14")])
    (only,) = timeline(made, Policy(honour_waivers=False)).stages
    assert only.day is None


@pytest.mark.parametrize(
    ("as_of", "judged_on", "current"),
    [("2025-06-01", "2025-06-01", 1), ("2026-02-28", "2026-02-28", 1), ("2026-04-01", "2026-02-28", 2)],
)
def test_the_stage_from_the_start_is_judged_on_the_day_of_the_check_or_its_last(
    as_of: str, judged_on: str, current: int
) -> None:
    made = plan([channel("hosted_api"), STAGED[1]], everything())
    found = timeline(made, as_of=date.fromisoformat(as_of))
    assert found.stages[0].as_of.isoformat() == judged_on
    assert found.stages[1].as_of == found.stages[1].day
    assert found.current == current


def test_before_the_first_stage_none_is_current() -> None:
    assert timeline(plan(STAGED, everything()), as_of=date(2025, 1, 1)).current == 0


def test_a_stage_before_any_channel_is_not_judged_and_nothing_is_compared_with_it() -> None:
    made = plan(STAGED, everything(), waivers=[waiver("AB-14", granted="2025-12-01", expires="2026-11-30")])
    first, second, *_ = timeline(made).stages
    assert (first.standing, first.open, first.changes) == (None, (), ())
    assert first.not_judged == "No channel is open yet, so there is nothing to judge."
    assert all(one.before is None for one in second.changes)
    assert kinds(second)["starts"]


def test_a_closed_channel_is_not_open_and_still_judged() -> None:
    made = plan([channel("open_weights", "weights", "2026-01-01", closes="2026-02-01")], everything())
    opened, closed = timeline(made).stages
    assert [one.id for one in opened.open] == ["weights"]
    assert closed.open == ()
    assert opened.standing is not None
    assert closed.standing is not None
    assert closed.standing.outcomes == opened.standing.outcomes
    assert closed.changes == ()
    assert timeline(made).recalls_nothing(made.channels[0])


def test_the_ends_of_the_calendar_are_days_like_others() -> None:
    late = waiver("AB-14", granted="9999-01-01", expires="9999-12-31")
    made = plan(
        [channel("hosted_api", opens="0001-01-01"), channel("open_weights", opens="9999-12-31")], waivers=[late]
    )
    days = [stage.day for stage in timeline(made).stages]
    assert days == [None, date(9999, 1, 1), date(9999, 12, 31)]


def test_a_plan_without_a_safeguard_of_its_role_is_nothing_to_evaluate() -> None:
    others = tuple(replace(one, roles=("developer",)) for one in catalog().safeguards)
    with pytest.raises(NothingToEvaluate):
        build_timeline(
            plan(STAGED, role="distributor"), replace(catalog(), safeguards=others), ladder(), Policy(), TODAY
        )


# --- what changes ---------------------------------------------------------------------------------------------------


def test_what_holds_no_longer_names_the_channel_that_ends_it() -> None:
    made = plan(STAGED, everything(AB_05=claim("implemented", "api")))
    first, second, third = timeline(made).stages
    assert "AB-05" in kinds(first)["starts"]
    (change,) = (one for one in second.of_kind("stops") if one.safeguard.id == "AB-05")
    assert (change.before, change.after) == (Outcome.SATISFIED, Outcome.INCOMPATIBLE)
    assert (change.places, change.still) == (("vetted",), ("api",))
    assert "AB-05" not in [one.safeguard.id for one in third.changes]


def test_a_claim_on_every_channel_turns_ineffective_where_it_cannot_work() -> None:
    made = plan(STAGED, everything(AB_05="implemented", AB_04=claim("implemented", "api")))
    first, second, third = timeline(made).stages
    assert first.turns == ()
    turned = {turn.safeguard.id: (turn.channels, turn.already) for turn in second.turns}
    assert turned["AB-05"] == (("vetted",), False)
    assert "AB-04" not in turned
    again = {turn.safeguard.id: (turn.channels, turn.already) for turn in third.turns}
    assert again["AB-05"] == (("weights",), True)


def test_what_turned_ineffective_before_is_not_told_again() -> None:
    made = plan(
        [STAGED[0], channel("open_weights", "weights", "2026-05-01", closes="2026-06-01")], {"AB-05": "partial"}
    )
    _, opened, closed = timeline(made).stages
    assert [turn.safeguard.id for turn in opened.turns] == ["AB-05"]
    assert closed.turns == ()


def test_each_claim_that_turns_ineffective_is_named_by_itself() -> None:
    made = plan(
        [channel("hosted_api", "api"), *(channel("open_weights", name, "2026-05-01") for name in ("a", "b", "c"))],
        {"AB-05": [claim("implemented", "a", "b"), claim("partial", "c")]},
    )
    _, second = timeline(made).stages
    assert [turn.channels for turn in second.turns] in ([("a", "b", "c")], [("a", "b"), ("c",)])


def test_a_stage_that_was_carried_out_in_time_is_held_and_counts_on() -> None:
    staged = next(one.id for one in catalog().safeguards if one.stageable)
    made = plan(STAGED, {staged: claim("implemented", "api", "vetted")})
    found = timeline(made).stages
    assert [[one.safeguard.id for one in stage.held] for stage in found] == [[], [], [staged]]
    outcomes = [stage.standing.outcomes[staged] for stage in found if stage.standing]
    assert outcomes == [Outcome.SATISFIED] * 3
    assert found[2].held[0].channels[-1].reason.startswith("Held until 2026-05-01, on api, vetted.")


def test_a_stage_that_was_never_carried_out_is_not_held() -> None:
    staged = next(one.id for one in catalog().safeguards if one.stageable)
    found = timeline(plan(STAGED, {staged: "implemented"})).stages
    assert [stage.held for stage in found] == [(), (), ()]
    assert [turn.safeguard.id for turn in found[2].turns] == [staged]


# --- what holds for every plan --------------------------------------------------------------------------------------


def stages_of(made: Plan, policy: Policy) -> tuple[Stage, ...]:
    try:
        return timeline(made, policy).stages
    except NothingToEvaluate:
        assume(False)
        raise


@many
@given(st.one_of(plans(), MIXED), policies)
def test_each_stage_is_judged_by_the_one_evaluator(made: Plan, policy: Policy) -> None:
    for stage in stages_of(made, policy):
        part = opened_by(made, stage.day or date.min)
        if stage.standing is None:
            if part.channels:
                with pytest.raises(NothingToEvaluate):
                    report_on(part, stage.as_of)
            continue
        report = report_on(part, stage.as_of)
        assert stage.standing.verdict == judge(report, policy)
        assert stage.standing.mode == report.mode
        assert stage.standing.outcomes == {one.safeguard.id: one.outcome for one in report.findings}


@many
@given(st.one_of(plans(), MIXED), policies)
def test_the_last_stage_is_the_whole_plan(made: Plan, policy: Policy) -> None:
    last = stages_of(made, policy)[-1]
    assert last.standing is not None
    assert last.standing.verdict == judge(report_on(made, last.as_of), policy)


@many
@given(st.one_of(plans(), MIXED), policies, st.integers(0, 60))
def test_within_a_stage_the_verdict_stays(made: Plan, policy: Policy, later: int) -> None:
    for stage in stages_of(made, policy):
        if stage.standing is None:
            continue
        day = stage.as_of + timedelta(days=later)
        if stage.until is None or day < stage.until:
            verdict = judge(report_on(opened_by(made, stage.day or date.min), day), policy)
            assert (verdict.passed, verdict.blocking) == (
                stage.standing.verdict.passed,
                stage.standing.verdict.blocking,
            )


@many
@given(st.one_of(plans(), MIXED), policies)
def test_changes_lead_from_one_stage_to_the_next(made: Plan, policy: Policy) -> None:
    known: dict[str, Outcome] = {}
    modes = []
    for stage in stages_of(made, policy):
        if stage.standing is None:
            continue
        for change in stage.changes:
            assert known.get(change.safeguard.id) == change.before
            known[change.safeguard.id] = change.after
        assert known == stage.standing.outcomes
        modes.append(list(ladder().modes).index(stage.standing.mode))
    assert modes == sorted(modes)


@many
@given(st.one_of(plans(), MIXED), policies)
def test_whatever_is_ineffective_in_the_end_turned_so_in_some_stage(made: Plan, policy: Policy) -> None:
    found = stages_of(made, policy)
    turned = {(turn.safeguard.id, name) for stage in found for turn in stage.turns for name in turn.channels}
    for one in report_on(made, found[-1].as_of).findings:
        for result in one.channels:
            if result.judged and result.outcome is Outcome.INEFFECTIVE:
                assert (one.safeguard.id, result.channel) in turned


def test_days_are_handed_out_one_by_one() -> None:
    made, seen = plan(STAGED, everything()), []

    def watch(days):
        for day in days:
            seen.append(day)
            yield day

    build_timeline(made, catalog(), ladder(), Policy(), TODAY, watch=watch)
    assert seen == list(stage_days(made, Policy()))
