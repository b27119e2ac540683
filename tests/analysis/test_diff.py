"""What differs between two judged plans, and what of it must not pass unseen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from building import (
    FOUND,
    TODAY,
    catalog,
    channel,
    claim,
    doubted,
    everything,
    evidence,
    finding,
    ids,
    ladder,
    plan,
    report_on,
    waiver,
)
from hypothesis import given
from hypothesis import strategies as st
from test_properties import MIXED, many, one_of, plans, policies

from aisafe_cli.analysis.diff import Differences, Direction, compare_plans, rate_change
from aisafe_cli.analysis.regressions import find_problems, find_raised_access, list_regressions
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome
from aisafe_cli.domain.plan import Adoption, Channel, ComparableModel, License, Plan, Position, ReleasedFile
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Result
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.reporters.pages.diff import Question, render_differences

API = channel("hosted_api", "api", "2026-01-01")
WEIGHTS = channel("open_weights", "weights", "2026-05-01")
VETTED = channel("gated_weights_vetted", "weights", "2026-05-01")
# What a solo team has to answer, so that nothing blocks but what a case is about.
DONE = {"AB-01": "implemented", "AB-11": "implemented", "AB-14": "implemented"}


def result(made: Plan, policy: Policy | None = None) -> Result:
    report = report_on(made)
    return Result(report=report, verdict=judge(report, policy or Policy()))


def between(before: Plan, after: Plan, policy: Policy | None = None) -> Differences:
    return compare_plans(result(before, policy), result(after, policy))


def told(found: Differences) -> list[str]:
    """What the differences hold, in short, with what of it is an error or a regression."""
    lines = [f"ERROR {one.rule} {one.subject}" for one in find_problems(found)]
    lines += [f"WORSE {one.kind} {one.subject}" for one in list_regressions(found)]
    lines += [f"{one.name}: {one.before} > {one.after}" for one in found.profile]
    for one in found.channels:
        values = ", ".join(f"{value.name} {value.before} > {value.after}" for value in one.values)
        lines.append(f"channel {one.channel} {one.direction} {values}".rstrip())
    lines += [f"{one.safeguard.id} {' '.join(one.channels)} claim {one.direction}" for one in found.claims]
    lines += [
        f"{one.safeguard.id} {' '.join(one.channels)} evidence {one.direction} {one.ref}" for one in found.evidence
    ]
    lines += [f"alternative {name} {direction}" for name, direction in found.alternatives]
    lines += [f"reworded {name}" for name in found.reworded]
    lines += [f"waiver {one.waiver.safeguard} {one.direction}" for one in found.waivers]
    lines += [f"plan {one.finding.kind} {one.direction}" for one in found.plan_findings]
    lines += [f"now required {one.id}" for one in found.now_required]
    return [*lines, *(f"no longer required {one.id}" for one in found.no_longer_required)]


def outcome_lines(found: Differences) -> list[str]:
    return [
        f"{one.safeguard.id} {one.channel or 'release'} {one.before} > {one.after} {one.direction}"
        for one in found.outcomes
    ]


def both(*claims: object, **fields: object) -> Plan:
    answers = dict(zip(("AB-04", "AB-05"), claims, strict=False))
    return plan([API, WEIGHTS], {**DONE, **answers}, **fields)  # type: ignore[arg-type]


SHOWN = claim("implemented", "api", shown=["log"])
PLANNED = claim("planned", evidence=FOUND)


def licensed(name: str | None, channel_name: str) -> Channel:
    """Weights for some, under a license that lets everybody pass them on, or none."""
    terms = License(id=name, derived_class="permissive") if name else None
    return replace(channel("gated_weights_vetted", channel_name, "2026-05-01"), license=terms)


CASES: dict[str, tuple[Plan, Plan, list[str]]] = {
    "a claim is withdrawn where it was ineffective": (
        plan(WEIGHTS, {**DONE, "AB-05": "implemented"}),
        plan(WEIGHTS, DONE),
        ["AB-05 weights claim vanished"],
    ),
    "a claim is narrowed to where it can work": (
        both("implemented"),
        both(claim("implemented", "api")),
        ["AB-04 weights claim vanished"],
    ),
    "a claim is withdrawn where it held as well": (
        both("implemented"),
        both(),
        ["WORSE outcome AB-04", "AB-04 api weights claim vanished"],
    ),
    "a claim that held is gone, and its safeguard is no longer asked": (
        plan(API, {**DONE, "AB-10": "implemented"}, capability="high", capability_evidence=evidence("evaluation")),
        plan(API, DONE),
        [
            "WORSE claim AB-10",
            "capability: high > low",
            "AB-10 api claim vanished",
            "reworded capability_evidence",
            "plan capability-without-evidence appeared",
            *(f"no longer required {name}" for name in ids() if name not in {*DONE, "AB-03", "AB-12"}),
        ],
    ),
    "a claim says more": (
        both("planned"),
        both(claim("implemented", "api", against="casual_users")),
        ["AB-04 api claim changed", "AB-04 weights claim vanished"],
    ),
    "an unanswered safeguard is as good as a missing one": (both("unanswered"), both(), []),
    "a claim names the channels that it covered": (
        plan([API, WEIGHTS], {**DONE, "AB-02": "planned"}),
        plan([API, WEIGHTS], {**DONE, "AB-02": claim("planned", "weights", "api")}),
        ["AB-02 api weights claim changed"],
    ),
    "a claim names a new channel too": (
        plan(API, {**DONE, "AB-04": claim("planned", "api")}),
        plan([API, channel("hosted_ui", "chat")], {**DONE, "AB-04": claim("planned", "api", "chat")}),
        ["channel chat added", "AB-04 api chat claim changed"],
    ),
    "a claim goes with the only channel that it is for": (
        plan([API, WEIGHTS], {**DONE, "AB-04": claim("implemented", "api")}),
        plan(WEIGHTS, DONE),
        ["channel api dropped opens 2026-01-01 > None"],
    ),
    "a claim loses the channel that is dropped": (
        plan([API, channel("hosted_ui", "chat")], {**DONE, "AB-04": claim("planned", "api", "chat")}),
        plan(API, {**DONE, "AB-04": claim("planned", "api")}),
        ["channel chat dropped"],
    ),
    "evidence is gone and nothing else": (
        both(SHOWN),
        both(replace(SHOWN, evidence=())),
        ["AB-04 api evidence vanished docs/log.md"],
    ),
    "evidence can no longer be confirmed": (
        both(SHOWN),
        both(replace(SHOWN, evidence=(doubted(ref="docs/log.md", type="log"),))),
        ["WORSE outcome AB-04", "AB-04 api evidence changed docs/log.md"],
    ),
    "evidence turns into another type": (
        both(SHOWN),
        both(replace(SHOWN, evidence=(replace(SHOWN.evidence[0], type="policy"),))),
        ["AB-04 api evidence vanished docs/log.md", "AB-04 api evidence appeared docs/log.md"],
    ),
    "the tamper evaluation is gone": (
        plan(WEIGHTS, {**DONE, "AB-02": claim(shown=["tamper_evaluation"])}),
        plan(WEIGHTS, {**DONE, "AB-02": claim()}),
        ["WORSE verdict verdict", "WORSE outcome AB-02", "AB-02 weights evidence vanished docs/tamper_evaluation.md"],
    ),
    "access is raised without a decision": (
        plan(WEIGHTS, {"AB-01": "implemented", "AB-11": "planned", "AB-14": "implemented"}),
        plan(replace(WEIGHTS, access="open_source"), {"AB-01": "implemented", "AB-14": "implemented"}),
        [
            "ERROR access-raised-without-decision AB-11",
            "WORSE outcome AB-11",
            "channel weights raised",
            "AB-11 weights claim vanished",
        ],
    ),
    "a service is raised, which gives out no weights": (
        plan(API, {"AB-01": "implemented", "AB-14": "implemented"}),
        plan(replace(API, access="hosted_api_extended"), {"AB-01": "implemented", "AB-14": "implemented"}),
        ["channel api raised"],
    ),
    "access is raised with a decision": (
        plan(WEIGHTS, DONE),
        plan(replace(WEIGHTS, access="open_source"), DONE),
        ["channel weights raised"],
    ),
    "access is raised where no weights are open, so that none has to be decided on": (
        plan(API, {"AB-01": "implemented", "AB-14": "implemented"}),
        plan(replace(API, access="hosted_api_extended"), {"AB-01": "implemented", "AB-14": "implemented"}),
        ["channel api raised"],
    ),
    "a mirror of the weights is added without a decision": (
        plan(WEIGHTS, {"AB-01": "implemented", "AB-14": "implemented"}),
        plan([WEIGHTS, channel("gated_weights_vetted", "mirror")], {"AB-01": "implemented", "AB-14": "implemented"}),
        ["ERROR access-raised-without-decision AB-11", "channel mirror added license None > our terms (proprietary)"],
    ),
    "a channel below the others is added without a decision": (
        plan(API, {"AB-01": "implemented"}),
        plan([API, channel("hosted_ui", "chat")], {"AB-01": "implemented"}),
        ["channel chat added"],
    ),
    "a decision on the weights is waived, which is none": (
        plan(WEIGHTS, {"AB-01": "implemented", "AB-14": "implemented"}, waivers=[waiver("AB-11")]),
        plan(
            replace(WEIGHTS, access="open_source"),
            {"AB-01": "implemented", "AB-14": "implemented"},
            waivers=[waiver("AB-11")],
        ),
        ["ERROR access-raised-without-decision AB-11", "channel weights raised"],
    ),
    "access is raised by one who does not decide": (
        plan(WEIGHTS, {}, role="deployer"),
        plan(replace(WEIGHTS, access="open_source"), {}, role="deployer"),
        ["channel weights raised"],
    ),
    "access is raised by one who no longer decides": (
        plan(WEIGHTS, {"AB-11": "implemented"}),
        plan(replace(WEIGHTS, access="open_source"), {}, role="deployer"),
        [
            "ERROR access-raised-without-decision AB-11",
            "WORSE claim AB-11",
            "WORSE block nothing-answered",
            "role: developer > deployer",
            "channel weights raised",
            "AB-11 weights claim vanished",
            "plan nothing-answered appeared",
            "no longer required AB-01",
            "no longer required AB-11",
            "no longer required AB-14",
        ],
    ),
    "a channel has another name": (
        plan(API, DONE),
        plan(replace(API, id="service"), DONE),
        ["channel service added opens None > 2026-01-01", "channel api dropped opens 2026-01-01 > None"],
    ),
    "a channel has other terms": (
        plan(VETTED, DONE),
        plan(
            replace(
                VETTED,
                opens=None,
                gated="auto",
                operator="third_party",
                license=License(id="MIT", derived_class="permissive"),
            ),
            DONE,
        ),
        [
            "WORSE verdict verdict",
            "WORSE block license-allows-redistribution",
            "channel weights changed opens 2026-05-01 > None, operator None > third_party, gated None > auto,"
            " license our terms (proprietary) > MIT (permissive)",
            "plan gate-is-automatic appeared",
            "plan license-allows-redistribution appeared",
        ],
    ),
    "a waiver lifts what blocked already": (
        plan(API, {"AB-01": "implemented", "AB-11": "implemented"}),
        plan(API, {"AB-01": "implemented", "AB-11": "implemented"}, waivers=[waiver("AB-14")]),
        ["waiver AB-14 added"],
    ),
    "a waiver hides a new block": (
        plan(API, {**DONE, "AB-02": "planned"}),
        plan(API, {**DONE, "AB-02": "planned"}, capability="moderate", waivers=[waiver("AB-02")]),
        [
            "WORSE waiver AB-02",
            "capability: low > moderate",
            "waiver AB-02 added",
            "now required AB-02",
        ],
    ),
    "a waiver that was there meets a new block": (
        plan(API, {**DONE, "AB-02": "planned"}, waivers=[waiver("AB-02")]),
        plan(API, {**DONE, "AB-02": "planned"}, capability="moderate", waivers=[waiver("AB-02")]),
        ["capability: low > moderate", "now required AB-02"],
    ),
    "a waiver is renewed": (
        plan(API, DONE, waivers=[waiver("AB-05", expires="2026-07-31")]),
        plan(API, DONE, waivers=[waiver("AB-05", granted="2026-05-31")]),
        ["waiver AB-05 extended"],
    ),
    "a waiver ends sooner, one is reworded, one goes": (
        plan(API, DONE, waivers=[waiver("AB-05"), waiver("AB-04"), waiver("AB-07")]),
        plan(API, DONE, waivers=[replace(waiver("AB-04"), reason="other"), waiver("AB-05", expires="2026-07-31")]),
        ["waiver AB-04 changed", "waiver AB-05 shortened", "waiver AB-07 removed"],
    ),
    "a waiver covers a new channel too": (
        plan(API, DONE, waivers=[waiver("AB-05", "api")]),
        plan([API, channel("hosted_ui", "chat")], DONE, waivers=[waiver("AB-05", "api", "chat")]),
        ["channel chat added", "waiver AB-05 extended"],
    ),
    "a waiver loses the channel that is dropped": (
        plan([API, channel("hosted_ui", "chat")], DONE, waivers=[waiver("AB-05", "api", "chat")]),
        plan(API, DONE, waivers=[waiver("AB-05", "api")]),
        ["channel chat dropped"],
    ),
    "the plan asks less of its coverage than it asked, and has less": (
        plan(API, everything(), fail_under=90),
        plan(API, everything(AB_05=PLANNED, AB_07=PLANNED), fail_under=0),
        [
            "WORSE outcome AB-05",
            "WORSE outcome AB-07",
            "WORSE coverage coverage",
            "fail_under: 90 > 0",
            "AB-05 api claim changed",
            "AB-07 api claim changed",
        ],
    ),
    "coverage falls under what both ask for, which is told once": (
        plan(API, everything(), fail_under=90),
        plan(API, everything(AB_05=PLANNED, AB_07=PLANNED), fail_under=90),
        [
            "WORSE verdict verdict",
            "WORSE outcome AB-05",
            "WORSE outcome AB-07",
            "WORSE block coverage",
            "AB-05 api claim changed",
            "AB-07 api claim changed",
        ],
    ),
    "the license of a second channel blocks too": (
        plan([licensed("MIT", "a"), licensed(None, "b")], DONE),
        plan([licensed("MIT", "a"), licensed("MIT", "b")], DONE),
        [
            "WORSE block license-allows-redistribution",
            "channel b changed license None > MIT (permissive)",
            "plan license-allows-redistribution appeared",
            "plan license-not-recognised vanished",
        ],
    ),
    "what is missing on a further channel blocks there too": (
        plan([API], {**DONE, "AB-01": "not_implemented"}),
        plan([API, channel("hosted_ui", "chat")], {**DONE, "AB-01": "not_implemented"}),
        ["WORSE block AB-01", "channel chat added"],
    ),
    "what is missing on a channel that has another name is no new block": (
        plan([API], {**DONE, "AB-01": "not_implemented"}),
        plan([replace(API, id="service")], {**DONE, "AB-01": "not_implemented"}),
        ["channel service added opens None > 2026-01-01", "channel api dropped opens 2026-01-01 > None"],
    ),
    "an old waiver is widened to what is missing on a further channel": (
        plan([API], {**DONE, "AB-01": "not_implemented"}, waivers=[waiver("AB-01", "api")]),
        plan(
            [API, channel("hosted_ui", "chat")],
            {**DONE, "AB-01": "not_implemented"},
            waivers=[waiver("AB-01", "api", "chat")],
        ),
        ["WORSE waiver AB-01", "channel chat added", "waiver AB-01 extended"],
    ),
    "a waiver gives up one of its channels": (
        plan(
            [API, channel("hosted_ui", "chat")],
            {**DONE, "AB-01": "not_implemented", "AB-14": "planned"},
            waivers=[waiver("AB-01", "api", "chat")],
        ),
        plan(
            [API, channel("hosted_ui", "chat")],
            {**DONE, "AB-01": "not_implemented", "AB-14": "planned"},
            waivers=[waiver("AB-01", "api")],
        ),
        ["WORSE block AB-01", "waiver AB-01 added", "waiver AB-01 removed"],
    ),
    "a profile is declared at its strictest": (
        plan(API, {}, size="large", undeclared=("size",)),
        plan(API, {}, size="large"),
        ["size: large (left out) > large"],
    ),
    "an alternative is dropped for another": (
        plan(WEIGHTS, DONE, adopted=["companion-classifier"]),
        plan(WEIGHTS, DONE, adopted=["limited-variant"]),
        ["alternative companion-classifier vanished", "alternative limited-variant appeared"],
    ),
    "owners, notes and details of evidence are others": (
        plan(API, {**DONE, "AB-01": claim("implemented", evidence=FOUND), "AB-02": "unanswered"}, adopted=["a"]),
        replace(
            plan(
                API,
                {
                    "AB-01": claim("implemented", evidence=tuple(replace(one, date=TODAY) for one in FOUND)),
                    "AB-11": replace(claim("implemented"), owner="us"),
                    "AB-14": replace(claim("implemented"), note="b"),
                },
            ),
            adoptions=(Adoption(id="a", note="b"),),
        ),
        ["reworded AB-01", "reworded AB-11", "reworded AB-14", "reworded a"],
    ),
    "everything that is said of model, files and channels is another": (
        replace(plan(API, DONE), files=(ReleasedFile(name="a", sha256="0"),)),
        replace(
            plan(replace(API, audience="approved"), DONE),
            model=replace(
                plan(API, DONE).model,
                base_model_relation="merge",
                purl="pkg:a/b",
                systemic_risk=True,
                training_compute=1e26,
                comparable_open_models=(ComparableModel(name="c", compares="weaker"),),
            ),
            files=(ReleasedFile(name="a", sha256="1"), ReleasedFile(name="b", sha256="2")),
        ),
        [
            "base_model_relation: None > merge",
            "purl: None > pkg:a/b",
            "systemic_risk: None > true",
            "training_compute: None > 1e+26",
            "comparable_open_models: None > c (weaker)",
            "file a: 0 > 1",
            "file b: None > 2",
            "channel api changed audience None > approved",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    before, after, expected = CASES[name]
    assert told(between(before, after)) == expected


def test_outcomes_are_told_for_the_release_and_by_channel() -> None:
    before = plan([API, VETTED], {**DONE, "AB-04": claim("implemented", "api")})
    after = plan([replace(API, id="service"), WEIGHTS], {**DONE, "AB-04": "implemented"})
    lines = [line for line in outcome_lines(between(before, after)) if line.startswith("AB-04")]
    assert lines == [
        "AB-04 release incompatible > ineffective worse",
        "AB-04 service None > satisfied appeared",
        "AB-04 weights incompatible > ineffective worse",
        "AB-04 api satisfied > None vanished",
    ]


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (None, "satisfied", "appeared"),
        ("gap", None, "vanished"),
        ("not_applicable", "satisfied", "changed"),
        ("not_applicable", "unknown", "worse"),
        ("gap", "not_applicable", "changed"),
        ("ineffective", "incompatible", "better"),
        ("satisfied", "partial", "worse"),
    ],
)
def test_directions(before: str | None, after: str | None, direction: str) -> None:
    assert rate_change(before and Outcome(before), after and Outcome(after)) == direction  # type: ignore[arg-type]


def test_no_direction_is_better_both_ways() -> None:
    for before in Outcome:
        for after in Outcome:
            if before is not after and Outcome.NOT_APPLICABLE not in (before, after):
                assert {rate_change(before, after), rate_change(after, before)} == {
                    Direction.BETTER,
                    Direction.WORSE,
                }
                worse = OUTCOME_ORDER[after] < OUTCOME_ORDER[before]
                assert rate_change(before, after) is (Direction.WORSE if worse else Direction.BETTER)
    assert all(rate_change(Outcome.NOT_APPLICABLE, one) is not Direction.BETTER for one in Outcome)


def test_a_catalog_that_marks_no_decision_on_weights_asks_for_none() -> None:
    unmarked = replace(
        catalog(), safeguards=tuple(replace(one, weights_decision=False) for one in catalog().safeguards)
    )
    sides = []
    for made in (plan(API), plan(WEIGHTS)):
        report = evaluate(made, unmarked, ladder(), TODAY)
        sides.append(Result(report=report, verdict=judge(report, Policy())))
    found = compare_plans(*sides)
    assert find_raised_access(found)
    assert find_problems(found) == ()


def test_waivers_set_aside_hide_nothing() -> None:
    before, after, _ = CASES["a waiver hides a new block"]
    found = between(before, after, Policy(honour_waivers=False))
    assert [one.kind for one in list_regressions(found)] == ["verdict", "block"]


# --- what holds for all plans ---------------------------------------------------------------------------------------


@many
@given(MIXED, policies)
def test_a_plan_differs_from_itself_in_nothing(made, policy):
    found = between(made, made, policy)
    assert found.is_empty
    assert told(found) == []


def moved(made):
    """The plan written in another order on other lines."""
    claims = {
        name: tuple(
            replace(one, channels=one.channels[::-1], evidence=one.evidence[::-1], position=Position(99))
            for one in reversed(given_claims)
        )
        for name, given_claims in reversed(made.claims.items())
    }
    return replace(
        made,
        path="elsewhere.plan.yaml",
        sha256="1" * 64,
        channels=tuple(replace(one, position=Position(77)) for one in reversed(made.channels)),
        claims=claims,
        adoptions=made.adoptions[::-1],
        waivers=tuple(
            replace(one, channels=one.channels[::-1], position=Position(5)) for one in reversed(made.waivers)
        ),
    )


@many
@given(MIXED, policies)
def test_the_order_and_the_lines_of_a_file_make_no_difference(made, policy):
    found = between(made, moved(made), policy)
    assert told(found) == []
    assert found.outcomes == ()


@many
@given(plans(), MIXED)
def test_there_and_back_mirror_each_other(one, other):
    there, back = between(one, other), between(other, one)
    mirrored = {"added": "dropped", "dropped": "added", "raised": "lowered", "lowered": "raised", "changed": "changed"}
    assert {(item.channel, mirrored[item.direction]) for item in there.channels} == {
        (item.channel, item.direction) for item in back.channels
    }
    ways = {(item.safeguard.id, item.channel): item.direction for item in back.outcomes}
    assert len(there.outcomes) == len(back.outcomes)
    for item in there.outcomes:
        way = ways[item.safeguard.id, item.channel]
        if Outcome.NOT_APPLICABLE not in (item.before, item.after):
            assert (item.direction, way) in MIRRORED
        else:
            assert Direction.BETTER not in (item.direction, way)
    assert {item.name for item in there.profile} == {item.name for item in back.profile}
    assert sorted(name for name, _ in there.alternatives) == sorted(name for name, _ in back.alternatives)
    assert there.now_required == back.no_longer_required


MIRRORED = {
    (Direction.BETTER, Direction.WORSE),
    (Direction.WORSE, Direction.BETTER),
    (Direction.APPEARED, Direction.VANISHED),
    (Direction.VANISHED, Direction.APPEARED),
}


@many
@given(plans(), st.data())
def test_withdrawing_what_is_ineffective_everywhere_it_is_claimed_is_no_regression(made, data):
    report = report_on(made)
    ineffective = [
        found.safeguard.id
        for found in report.findings
        if found.safeguard.id in made.claims
        and all(one.outcome in (Outcome.INEFFECTIVE, Outcome.INCOMPATIBLE) for one in found.channels)
        and found.outcome is Outcome.INEFFECTIVE
    ]
    if not ineffective:
        return
    name = data.draw(one_of(*ineffective))
    after = replace(made, claims={other: claims for other, claims in made.claims.items() if other != name})
    assert [one for one in list_regressions(between(made, after)) if one.subject == name or one.kind == "verdict"] == []


@many
@given(plans(), plans())
def test_what_fails_and_passed_before_is_always_a_regression(before, after):
    found = between(before, after)
    if found.before.verdict.passed and not found.after.verdict.passed:
        assert list_regressions(found)


@many
@given(plans(), MIXED, st.sampled_from(PAGE_FORMATS))
def test_every_difference_can_be_rendered(before, after, name):
    found = between(before, after)
    text = render_differences(name, found, Question(kind="diff"))
    assert text.endswith("\n")
    if name == "table":
        assert max(map(len, text.splitlines())) <= 80
    if name == "json":
        data = json.loads(text)
        assert len(data["outcomes"]) == len(found.outcomes)
        assert data["differs"] is not found.is_empty


def test_a_finding_keeps_its_place_among_the_differences() -> None:
    """Each list is in the order of the catalog or by name, so that output never depends on hashing."""
    found = between(plan(API), plan(WEIGHTS, everything()))
    order = {name: place for place, name in enumerate(ids())}
    named = [order[one.safeguard.id] for one in found.outcomes]
    assert named == sorted(named)
    assert finding(found.after.report, ids()[0])
