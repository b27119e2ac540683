"""Timelines: the days of the stages, each stage judged by the one evaluator, and what is said to change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from building import catalog, channel, claim, everything, judging, ladder, plan, report_on, waiver
from hypothesis import assume, given
from hypothesis import strategies as st
from test_properties import MIXED, many, one_of, plans, policies

import aisafe_cli.analysis.alike
from aisafe_cli.analysis.alike import find_alike
from aisafe_cli.analysis.timeline import Stage, StageVerdict, Timeline, build_timeline, list_stage_days
from aisafe_cli.domain.edits import narrow_to_day
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Claim, Evidence, EvidenceState, License, Plan, Position
from aisafe_cli.domain.policy import AgeLimits, EvaluationOverrides, Policy
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evaluate import NO_OVERRIDES
from aisafe_cli.gate.verdict import judge

TODAY = date(2026, 4, 1)
STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("gated_weights_vetted", "vetted", "2026-03-01"),
    channel("open_weights", "weights", "2026-05-01"),
]


def timeline(
    made: Plan, policy: Policy | None = None, as_of: date = TODAY, rules: EvaluationOverrides = NO_OVERRIDES
) -> Timeline:
    return build_timeline(made, judging(policy, rules=rules), as_of)


def shown(made: date | None, kind: str = "evaluation", **fields: Any) -> tuple[Evidence, ...]:
    return (Evidence(ref=f"{kind}.md", type=kind, date=made, **fields),)


def showing(status: str, evidence: tuple[Evidence, ...]) -> Claim:
    return replace(claim(status), evidence=evidence)


def days_of(found: Timeline) -> list[str | None]:
    return [stage.day and stage.day.isoformat() for stage in found.stages]


def told_of_evidence(found: Timeline) -> list[list[tuple[str, str, bool]]]:
    return [[(one.ref, one.subject, one.is_too_old) for one in stage.evidence] for stage in found.stages]


A_YEAR = EvaluationOverrides(age_limits=AgeLimits(days=365))


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
    verdicts = [stage.verdict.passed for stage in (before, during, after) if stage.verdict]
    assert verdicts == [False, True, False]


def test_a_stage_begins_where_evidence_begins_to_count_or_is_too_old() -> None:
    claims = {
        **everything(),
        "AB-01": showing("implemented", shown(date(2026, 1, 1))),
        "AB-05": showing("implemented", shown(date(2026, 6, 1))),
    }
    found = timeline(plan([STAGED[0]], claims), rules=A_YEAR)
    assert days_of(found) == ["2026-01-01", "2026-06-01", "2027-01-02", "2027-06-02"]
    assert told_of_evidence(found) == [
        [],
        [("evaluation.md", "AB-05", False)],
        [("evaluation.md", "AB-01", True)],
        [("evaluation.md", "AB-05", True)],
    ]
    assert [kinds(stage)["stops"] for stage in found.stages[2:]] == [["AB-01"], ["AB-05"]]
    assert kinds(found.stages[1])["starts"] == ["AB-05"]
    assert days_of(timeline(plan([STAGED[0]], claims))) == ["2026-01-01", "2026-06-01"]


@pytest.mark.parametrize("subject", ["capability", "companion-classifier"])
def test_evidence_of_the_capability_and_of_an_alternative_begins_to_count_too(subject: str) -> None:
    made = plan([channel("open_weights", "weights", "2026-01-01")], everything(), adopted=["companion-classifier"])
    named = shown(date(2026, 2, 1))
    if subject == "capability":
        made = replace(made, model=replace(made.model, capability_evidence=named))
    else:
        made = replace(made, adoptions=tuple(replace(one, evidence=named) for one in made.adoptions))
    found = timeline(made, rules=A_YEAR)  # no limit of age holds for these
    assert told_of_evidence(found) == [[], [("evaluation.md", subject, False)]]


def test_evidence_without_effect_makes_no_stage() -> None:
    claims = {**everything(), "AB-05": showing("planned", shown(date(2026, 6, 1)))}
    assert days_of(timeline(plan([STAGED[0]], claims), rules=A_YEAR)) == ["2026-01-01"]
    doubtful = shown(date(2026, 6, 1), state=EvidenceState.ABSENT, problem="was not found")
    claims["AB-05"] = showing("implemented", doubtful)
    assert days_of(timeline(plan([STAGED[0]], claims), rules=A_YEAR)) == ["2026-01-01"]
    claims["AB-05"] = showing("implemented", shown(None))
    assert days_of(timeline(plan([STAGED[0]], claims))) == ["2026-01-01"]


def test_evidence_without_effect_makes_no_stage_after_a_channel_has_closed() -> None:
    planned = {"AB-14": [showing("planned", shown(date(2026, 5, 5)))]}
    made = plan([channel("hosted_api", closes="2026-03-01"), channel("hosted_ui")], planned)
    assert days_of(timeline(made)) == [None, "2026-03-01"]


def test_what_was_evidence_before_the_first_stage_is_judged_makes_none() -> None:
    claims = {**everything(), "AB-05": showing("implemented", shown(date(2026, 3, 1)))}
    assert days_of(timeline(plan("hosted_api", claims))) == [None]
    assert days_of(timeline(plan("hosted_api", claims), as_of=date(2026, 2, 28))) == [None, "2026-03-01"]
    assert days_of(timeline(plan(STAGED[1:], claims))) == ["2026-03-01", "2026-05-01"]
    assert days_of(timeline(plan([STAGED[2], *STAGED[:1]], claims))) == ["2026-01-01", "2026-03-01", "2026-05-01"]


@pytest.mark.parametrize(("limit", "days"), [(364, [None, "9999-12-31"]), (365, [None]), (10**9, [None])])
def test_evidence_that_outlasts_the_calendar_is_never_too_old(limit: int, days: list[str | None]) -> None:
    claims = {**everything(), "AB-05": showing("implemented", shown(date(9998, 12, 31)))}
    rules = EvaluationOverrides(age_limits=AgeLimits(by_safeguard=(("AB-05", limit),)))
    assert days_of(timeline(plan("hosted_api", claims), as_of=date(9999, 1, 1), rules=rules)) == days


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
    assert (first.verdict, first.open, first.changes) == (None, (), ())
    assert first.not_judged == "No channel is open yet, so there is nothing to judge."
    assert all(one.before is None for one in second.changes)
    assert kinds(second)["starts"]


def test_a_closed_channel_is_not_open_and_still_judged() -> None:
    made = plan([channel("open_weights", "weights", "2026-01-01", closes="2026-02-01")], everything())
    opened, closed = timeline(made).stages
    assert [one.id for one in opened.open] == ["weights"]
    assert closed.open == ()
    assert opened.verdict is not None
    assert closed.verdict is not None
    assert closed.verdict.outcomes == opened.verdict.outcomes
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
        build_timeline(plan(STAGED, role="distributor"), judging(by=replace(catalog(), safeguards=others)), TODAY)


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
    assert first.ineffective == ()
    turned = {turn.safeguard.id: (turn.channels, turn.already) for turn in second.ineffective}
    assert turned["AB-05"] == (("vetted",), False)
    assert "AB-04" not in turned
    again = {turn.safeguard.id: (turn.channels, turn.already) for turn in third.ineffective}
    assert again["AB-05"] == (("weights",), True)


def test_what_turned_ineffective_before_is_not_told_again() -> None:
    made = plan(
        [STAGED[0], channel("open_weights", "weights", "2026-05-01", closes="2026-06-01")], {"AB-05": "partial"}
    )
    _, opened, closed = timeline(made).stages
    assert [turn.safeguard.id for turn in opened.ineffective] == ["AB-05"]
    assert closed.ineffective == ()


def test_each_claim_that_turns_ineffective_is_named_by_itself() -> None:
    made = plan(
        [channel("hosted_api", "api"), *(channel("open_weights", name, "2026-05-01") for name in ("a", "b", "c"))],
        {"AB-05": [claim("implemented", "a", "b"), claim("partial", "c")]},
    )
    _, second = timeline(made).stages
    assert [turn.channels for turn in second.ineffective] in ([("a", "b", "c")], [("a", "b"), ("c",)])


def test_a_stage_that_was_carried_out_in_time_is_held_and_counts_on() -> None:
    staged = next(one.id for one in catalog().safeguards if one.stageable)
    made = plan(STAGED, {staged: claim("implemented", "api", "vetted")})
    found = timeline(made).stages
    assert [[one.safeguard.id for one in stage.held] for stage in found] == [[], [], [staged]]
    outcomes = [stage.verdict.outcomes[staged] for stage in found if stage.verdict]
    assert outcomes == [Outcome.SATISFIED] * 3
    assert found[2].held[0].reason.startswith("In force on api, vetted until 2026-05-01.")


def test_a_stage_that_was_never_carried_out_is_not_held() -> None:
    staged = next(one.id for one in catalog().safeguards if one.stageable)
    found = timeline(plan(STAGED, {staged: "implemented"})).stages
    assert [stage.held for stage in found] == [(), (), ()]
    assert [turn.safeguard.id for turn in found[2].ineffective] == [staged]


# --- what holds for every plan --------------------------------------------------------------------------------------


def stages_of(made: Plan, policy: Policy, rules: EvaluationOverrides = NO_OVERRIDES) -> tuple[Stage, ...]:
    try:
        return timeline(made, policy, rules=rules).stages
    except NothingToEvaluate:
        assume(False)
        raise


def told(verdict: StageVerdict | Verdict) -> tuple[bool, str, tuple[str, ...], tuple[str, ...]]:
    return verdict.passed, verdict.headline, verdict.blocking, verdict.waived


@many
@given(st.one_of(plans(), MIXED), policies)
def test_each_stage_is_judged_by_the_one_evaluator(made: Plan, policy: Policy) -> None:
    for stage in stages_of(made, policy):
        part = narrow_to_day(made, stage.day or date.min)
        if stage.verdict is None:
            if part.channels:
                with pytest.raises(NothingToEvaluate):
                    report_on(part, stage.as_of)
            continue
        report = report_on(part, stage.as_of)
        assert told(stage.verdict) == told(judge(report, policy))
        assert stage.verdict.mode == report.mode
        assert stage.verdict.outcomes == {one.safeguard.id: one.outcome for one in report.findings}


@many
@given(st.one_of(plans(), MIXED), policies)
def test_the_last_stage_is_the_whole_plan(made: Plan, policy: Policy) -> None:
    last = stages_of(made, policy)[-1]
    assert last.verdict is not None
    assert told(last.verdict) == told(judge(report_on(made, last.as_of), policy))


made_on = st.one_of(st.none(), st.dates(date(2025, 6, 1), date(2026, 12, 31)))
age_limits = st.builds(
    AgeLimits, days=one_of(None, 90, 365), by_safeguard=one_of((), (("AB-01", 30), ("AB-05", 200), ("AB-14", 400)))
)
all_rules = st.builds(EvaluationOverrides, age_limits=age_limits)


@st.composite
def dated_plans(draw: st.DrawFn) -> Plan:
    """Plans whose evidence has dates, or not."""
    made = draw(MIXED)

    def dated(one: Any) -> Any:
        evidence = one.evidence or shown(None, "log")
        return replace(one, evidence=tuple(replace(item, date=draw(made_on)) for item in evidence))

    return replace(
        made,
        claims={name: tuple(map(dated, claims)) for name, claims in made.claims.items()},
        adoptions=tuple(map(dated, made.adoptions)),
        model=replace(made.model, capability_evidence=shown(draw(made_on))),
    )


@many
@given(st.one_of(MIXED, dated_plans()), policies, all_rules, st.integers(0, 400))
def test_within_a_stage_the_verdict_stays(made: Plan, policy: Policy, rules: EvaluationOverrides, later: int) -> None:
    for stage in stages_of(made, policy, rules):
        if stage.verdict is None:
            continue
        ends = [stage.as_of + timedelta(days=later), *([stage.until - timedelta(days=1)] if stage.until else [])]
        for day in ends:
            if stage.until is None or day < stage.until:
                report = report_on(narrow_to_day(made, stage.day or date.min), day, rules=rules)
                verdict = judge(report, policy)
                assert {one.safeguard.id: one.outcome for one in report.findings} == stage.verdict.outcomes
                assert (verdict.passed, verdict.blocking, verdict.headline) == (
                    stage.verdict.passed,
                    stage.verdict.blocking,
                    stage.verdict.headline,
                )


@many
@given(st.one_of(MIXED, dated_plans()), policies, all_rules)
def test_the_current_stage_says_what_a_check_says(made: Plan, policy: Policy, rules: EvaluationOverrides) -> None:
    try:
        found = timeline(made, policy, rules=rules)
    except NothingToEvaluate:
        assume(False)
        raise
    if found.current and (current := found.stages[found.current - 1].verdict):
        verdict = judge(report_on(narrow_to_day(made, TODAY), TODAY, rules=rules), policy)
        assert told(current) == told(verdict)


@many
@given(st.one_of(plans(), MIXED), policies)
def test_changes_lead_from_one_stage_to_the_next(made: Plan, policy: Policy) -> None:
    known: dict[str, Outcome] = {}
    modes = []
    for stage in stages_of(made, policy):
        if stage.verdict is None:
            continue
        for change in stage.changes:
            assert known.get(change.safeguard.id) == change.before
            known[change.safeguard.id] = change.after
        assert known == stage.verdict.outcomes
        modes.append(list(ladder().modes).index(stage.verdict.mode))
    assert modes == sorted(modes)


@many
@given(st.one_of(plans(), MIXED), policies)
def test_whatever_is_ineffective_in_the_end_turned_so_in_some_stage(made: Plan, policy: Policy) -> None:
    found = stages_of(made, policy)
    turned = {(turn.safeguard.id, name) for stage in found for turn in stage.ineffective for name in turn.channels}
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

    build_timeline(made, judging(), TODAY, watch=watch)
    assert seen == list(list_stage_days(made, Policy()))


# --- channels that are judged alike ---------------------------------------------------------------------------------


@st.composite
def crowded_plans(draw: st.DrawFn) -> Plan:
    """Plans with further channels like those that they have, which open on other days; claims name some of them."""
    made = draw(st.one_of(MIXED, dated_plans()))
    copies: dict[str, list[str]] = {}
    channels = list(made.channels)
    for one in made.channels:
        for number in range(draw(st.integers(0, 3))):
            opens = draw(st.one_of(st.just(one.opens), st.none(), st.dates(date(2025, 12, 1), date(2026, 9, 1))))
            name = f"{draw(one_of('a', 'z'))}{number}-{one.id}"
            longer = timedelta(days=draw(st.integers(0, 99)))
            closes = one.closes and max(one.closes + longer, (opens or date.min) + timedelta(days=1))
            terms = one.license and replace(one.license, name=name)
            channels.append(replace(one, id=name, opens=opens, closes=closes, license=terms))
            copies.setdefault(one.id, []).append(name)

    def widened(scoped: Any) -> Any:
        more = [
            name for channel in scoped.channels for name in copies.get(channel, ()) if draw(one_of(True, True, False))
        ]
        return replace(scoped, channels=tuple(draw(st.permutations([*scoped.channels, *more]))))

    return replace(
        made,
        channels=tuple(draw(st.permutations(channels))),
        claims={name: tuple(map(widened, claims)) for name, claims in made.claims.items()},
        waivers=tuple(map(widened, made.waivers)),
    )


@many
@given(crowded_plans(), policies, all_rules)
def test_one_channel_stands_for_those_that_are_judged_alike(
    made: Plan, policy: Policy, rules: EvaluationOverrides
) -> None:
    try:
        found = timeline(made, policy, rules=rules)
    except NothingToEvaluate:
        assume(False)
        raise
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aisafe_cli.analysis.alike, "find_alike", lambda plan: {one.id: one.id for one in plan.channels})
        assert timeline(made, policy, rules=rules) == found


def test_many_channels_alike_are_judged_as_one() -> None:
    many_channels = [channel("hosted_api", f"c{number:03}", "2026-01-01") for number in range(200)]
    made = plan([*many_channels, STAGED[1]], everything(AB_05=claim("implemented", "c001", "c002", "vetted")))
    alike = find_alike(made)
    assert {alike[name] for name in ("c000", "c003", "c199")} == {"c000"}
    assert (alike["c001"], alike["c002"], alike["vetted"]) == ("c001", "c001", "vetted")
    waived = replace(made, waivers=(waiver("AB-01", "c004"),))
    assert find_alike(waived)["c004"] == "c004"
    varied = replace(made, channels=(*made.channels, channel("hosted_api", "large", variant="L")))
    assert len(set(find_alike(varied).values())) == len(varied.channels)


@pytest.mark.parametrize(
    "fields",
    [
        {"closes": date(2027, 1, 1)},
        {"operator": "third_party"},
        {"gated": "auto"},
        {"license": License(id="MIT", derived_class="permissive")},
    ],
)
def test_channels_that_differ_are_not_alike(fields: dict[str, Any]) -> None:
    made = plan([channel("open_weights", "a", "2026-01-01"), channel("open_weights", "b", "2026-02-01", **fields)])
    assert find_alike(made)["b"] == "b"


def test_channels_that_close_on_days_of_their_own_are_judged_once() -> None:
    closing = [channel("hosted_api", f"c{one}", f"2026-01-{one}", closes=f"2026-02-{one}") for one in range(10, 20)]
    days: list[date] = []

    def watch_judge(made: Plan, as_of: date) -> Any:
        days.append(as_of)
        return judging()(made, as_of)

    assert len(build_timeline(plan(closing, everything()), watch_judge, TODAY).stages) == 20
    assert days == [TODAY, date(2026, 1, 10)]


def test_a_stage_that_held_on_channels_alike_names_them_all() -> None:
    apis = [channel("hosted_api", name, "2026-01-01") for name in ("api", "bpi")]
    held = timeline(plan([*apis, STAGED[2]], {"AB-06": claim("implemented", "api", "bpi")})).stages[-1].held
    assert [one.reason.partition(". ")[0] for one in held] == ["In force on api, bpi until 2026-05-01"]


def test_the_claim_that_is_ineffective_is_picked_by_all_the_channels_that_claims_name() -> None:
    weights = [channel("open_weights", name, "2026-01-01") for name in ("b", "c", "z")]
    first = replace(claim("implemented", "z", "b"), position=Position(line=10))
    second = replace(claim("implemented", "c"), position=Position(line=20))
    for claims in ([first, second], [second, first]):
        (stage,) = timeline(plan(weights, {"AB-06": claims})).stages
        assert [one.line for one in stage.ineffective if one.safeguard.id == "AB-06"] == [20]
