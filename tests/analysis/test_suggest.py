"""Suggestions: nothing cheaper makes the plan pass, what is offered does, and nothing is claimed by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import chain, combinations, product

import pytest
from building import (
    ACCESS_LEVELS,
    FOUND,
    TODAY,
    Catalog,
    Plan,
    adoption_of,
    catalog,
    channel,
    claim,
    doubted,
    everything,
    evidence,
    finding,
    ids,
    judging,
    ladder,
    plan,
    report_on,
    small_catalog,
    waiver,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aisafe_cli.analysis.suggest.decisions import propose_adoption
from aisafe_cli.analysis.suggest.remedies import Kind, Remedy, apply_remedies
from aisafe_cli.analysis.suggest.search import Suggestion, suggest
from aisafe_cli.domain.catalog import Binds
from aisafe_cli.domain.edits import add_adoption, narrow_to_day, remove_channels, set_channel_fields, set_claims
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Evidence, EvidenceState, License, Status
from aisafe_cli.domain.policy import AgeLimits, EvaluationOverrides, Policy
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evaluate import NO_OVERRIDES, evaluate
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.gate.verdict import judge

STRICT = Policy(strict=True)
FREE_KINDS = {
    Kind.OPEN_STAGE,
    Kind.DECIDE,
    Kind.NARROW,
    Kind.WITHDRAW,
    Kind.NARROW_AGAINST,
    Kind.CONFIRM,
    Kind.ANSWER,
}
STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("gated_weights_vetted", "vetted", "2026-07-01"),
    channel("open_weights", "weights", "2026-09-01"),
]


def found(
    made: Plan,
    policy: Policy | None = None,
    by: Catalog | None = None,
    as_of: date = TODAY,
    rules: EvaluationOverrides = NO_OVERRIDES,
    *,
    levels: bool = False,
) -> Suggestion:
    return suggest(made, partial(judging(policy, by, rules), as_of=as_of), levels=levels)


def steps(suggestion: Suggestion) -> list[tuple[str, str, tuple[str, ...], int]]:
    assert suggestion.route is not None
    return [
        (step.remedy.kind, step.remedy.subject, step.remedy.channels, step.remedy.effort)
        for step in suggestion.route.steps
    ]


def changes(suggestion: Suggestion) -> tuple[Remedy, ...]:
    return tuple(step.remedy for step in suggestion.route.steps) if suggestion.route else ()


def passes(made: Plan, policy: Policy, by: Catalog | None = None) -> bool:
    return judge(evaluate(made, by or catalog(), ladder(), TODAY), policy).passed


# --- each kind of change --------------------------------------------------------------------------------------------

DONE = everything()
OPEN_DONE = {
    name: answer
    for name, answer in DONE.items()
    if finding(report_on(plan("open_weights", DONE)), name).outcome is Outcome.SATISFIED
}


def done_but(**propose_answers: object) -> dict[str, object]:
    return everything(**propose_answers)  # type: ignore[arg-type]


def test_nothing_has_to_change_where_the_plan_passes() -> None:
    suggestion = found(plan("hosted_api", DONE))
    assert steps(suggestion) == []
    assert suggestion.stage is not None
    assert suggestion.stage.left_out == ()


@pytest.mark.parametrize("status", ["partial", "planned", "not_implemented", "unanswered"])
def test_what_is_not_done_is_to_be_carried_out(status: str) -> None:
    suggestion = found(plan("hosted_api", done_but(AB_01=status)))
    assert steps(suggestion) == [("carry_out", "AB-01", ("hosted_api",), 3)]
    (step,) = suggestion.route.steps if suggestion.route else ()
    assert step.remedy.action.startswith("Carry it out on hosted_api, then say so in the plan. ")
    assert step.verdict.passed


def test_a_service_is_claimed_where_it_works_only() -> None:
    made = plan(STAGED, done_but(AB_05="implemented", AB_06=claim("implemented", "api")))
    others = dict.fromkeys(("AB-04", "AB-07", "AB-08", "AB-09", "AB-10", "AB-12", "AB-13"), ())
    suggestion = found(replace(made, claims={**made.claims, **others}))
    assert steps(suggestion) == [("narrow", "AB-05", ("vetted", "weights"), 0)]
    assert changes(suggestion)[0].action == "Narrow the claim to api. It cannot work on vetted, weights."


def test_a_claim_that_works_nowhere_is_withdrawn() -> None:
    made = plan("open_weights", {"AB-01": "implemented", "AB-04": "implemented", "AB-11": "implemented"})
    made = set_claims(made, "AB-14", [claim("implemented")])
    assert steps(found(made)) == [("withdraw", "AB-04", ("open_weights",), 0)]


def test_an_untested_claim_that_is_recommended_only_is_withdrawn() -> None:
    made = plan("open_weights", dict.fromkeys(("AB-01", "AB-02", "AB-11", "AB-14"), "implemented"))
    suggestion = found(made)
    assert steps(suggestion) == [("withdraw", "AB-02", ("open_weights",), 0)]
    assert "against: casual_users" in changes(suggestion)[0].action


def test_an_untested_claim_that_is_required_is_narrowed_if_that_is_true() -> None:
    made = plan("open_weights", dict.fromkeys(("AB-01", "AB-02", "AB-11", "AB-14"), "implemented"), size="small")
    suggestion = found(made)
    assert steps(suggestion) == [("narrow_against", "AB-02", ("open_weights",), 0)]
    assert changes(suggestion)[0].in_doubt
    assert "if that is true" in changes(suggestion)[0].action


def test_a_claim_that_is_required_everywhere_needs_its_test() -> None:
    made = plan("hosted_api_finetune", {**done_but(AB_03="implemented")}, size="large", capability="severe")
    suggestion = found(made)
    assert steps(suggestion) == [("test", "AB-03", ("hosted_api_finetune",), 5)]
    assert "evidence of type `tamper_evaluation`" in changes(suggestion)[0].action


def test_what_is_carried_out_where_weights_can_be_changed_is_tested_too() -> None:
    made = plan("open_weights", dict.fromkeys(("AB-01", "AB-11", "AB-14"), "implemented"), size="small")
    suggestion = found(made)
    assert steps(suggestion) == [("carry_out", "AB-02", ("open_weights",), 3)]
    assert "On open_weights, test how much survives" in changes(suggestion)[0].action


def test_coverage_is_reached_with_the_cheapest_of_what_is_not_done() -> None:
    claims = {name: "implemented" for name in ids() if name not in ("AB-04", "AB-05", "AB-07", "AB-12")}
    suggestion = found(plan("hosted_api", {**claims, "AB-09": "partial"}), Policy(fail_under=80))
    # 7.5 of 11, and 8.8 are asked for: AB-07 adds 1 and AB-09 a half; AB-04 or AB-05 would cost 4 beside one of them.
    assert steps(suggestion) == [("carry_out", "AB-07", ("hosted_api",), 3), ("carry_out", "AB-09", ("hosted_api",), 3)]


def test_an_alternative_is_adopted_where_that_alone_lifts_the_warning() -> None:
    claims = {name: claim("implemented", evidence=FOUND) for name in ("AB-01", "AB-02", "AB-03", "AB-11", "AB-14")}
    claims |= {name: claim("implemented", "vetted", evidence=FOUND) for name in ("AB-06", "AB-07")}
    made = plan(STAGED[1:], claims, capability="high", capability_evidence=evidence("evaluation"))
    suggestion = found(made, STRICT)
    kinds = {kind for kind, *_ in steps(suggestion)}
    assert kinds == {"adopt"}
    needs = [set(one.alternatives) for one in catalog().safeguards if one.id in suggestion.result.verdict.blocking]
    adopted = {subject for _, subject, *_ in steps(suggestion)}
    assert all(adopted & need for need in needs)
    efforts = {name: one.effort for name, one in catalog().alternatives.items()}
    names = sorted(set().union(*needs))
    cheaper = [
        chosen
        for number in range(5)
        for chosen in combinations(names, number)
        if sum(efforts[name] for name in chosen) < sum(efforts[name] for name in adopted)
        and all(need & set(chosen) for need in needs)
    ]
    assert cheaper == []


LICENSE = License(id="apache-2.0", derived_class="permissive")


@pytest.mark.parametrize(
    ("fields", "policy", "rule"),
    [
        ({"license": LICENSE}, Policy(), "license-allows-redistribution"),
        ({"license": replace(LICENSE, declared_class="proprietary")}, STRICT, "license-allows-redistribution"),
        (
            {"license": License(id="x", declared_class="proprietary", derived_class="research_only")},
            STRICT,
            "license-class-differs",
        ),
        ({"gated": "auto"}, STRICT, "gate-is-automatic"),
        ({"closes": date(2027, 1, 1)}, STRICT, "closing-recalls-nothing"),
    ],
)
def test_the_plan_itself_is_a_matter_to_decide(fields: dict, policy: Policy, rule: str) -> None:
    claims = done_but(
        AB_04="planned", AB_05="planned", AB_08="planned", AB_09="planned", AB_10="planned", AB_12="planned"
    )
    made = plan(channel("gated_weights_vetted", "vetted", **fields), claims)
    suggestion = found(made, policy)
    assert steps(suggestion) == [("decide", rule, ("vetted",), 0)]


def test_a_plan_that_answers_nothing_is_to_be_answered_where_that_is_enough() -> None:
    suggestion = found(plan("hosted_api", role="distributor"))
    assert steps(suggestion) == [("answer", "nothing-answered", (), 0)]


def test_what_is_carried_out_answers_too() -> None:
    assert {kind for kind, *_ in steps(found(plan("hosted_api")))} == {"carry_out"}


# --- evidence that cannot be confirmed ------------------------------------------------------------------------------


def doubting(made: Plan, name: str, *name_channels: Evidence) -> Plan:
    changed = tuple(replace(one, evidence=name_channels or (doubted(),)) for one in made.claims[name])
    return replace(made, claims={**made.claims, name: changed})


@pytest.mark.parametrize("name", ["AB-01", "AB-04", "AB-14"])
@pytest.mark.parametrize(
    ("state", "is_work"),
    [
        (EvidenceState.ABSENT, False),
        (EvidenceState.ALTERED, False),
        (EvidenceState.NOT_YET, False),
        (EvidenceState.STALE, True),
        (EvidenceState.EMPTY, True),
    ],
)
def test_doubtful_evidence_is_to_be_put_right_at_the_effort_that_the_check_names(
    name: str, state: EvidenceState, is_work: bool
) -> None:
    bad = doubted("is wrong", state=state, date=date(2027, 1, 1))
    suggestion = found(doubting(plan("hosted_api", DONE), name, bad), STRICT)
    (step,) = list_next_steps(suggestion.result.report, suggestion.result.verdict)
    assert steps(suggestion) == [("confirm", name, ("hosted_api",), step.effort)]
    assert (step.effort > 0) is is_work
    (remedy,) = changes(suggestion)
    assert remedy.in_doubt is not is_work
    assert "docs/a.md is wrong" in remedy.action


def test_a_doubtful_tamper_evaluation_is_to_be_put_right_too() -> None:
    made = plan("open_weights", OPEN_DONE, size="large")
    made = doubting(made, "AB-02", doubted(type="tamper_evaluation", result="supports"))
    assert steps(found(made)) == [("confirm", "AB-02", ("open_weights",), 0)]


def test_a_stage_whose_evidence_is_doubtful_is_to_be_confirmed() -> None:
    made = plan(STAGED, {**OPEN_DONE, "AB-06": claim("implemented", "api")}, size="small", capability="moderate")
    assert passes(made, Policy())
    assert steps(found(doubting(made, "AB-06"))) == [("confirm", "AB-06", ("api",), 0)]


def test_evidence_of_the_plan_itself_is_to_be_put_right_where_it_blocks() -> None:
    made = plan("hosted_api", DONE, capability_evidence=(doubted(),))
    assert steps(found(made, STRICT)) == [("confirm", "evidence-cannot-be-confirmed", (), 0)]
    assert steps(found(made)) == []


def test_an_alternative_with_doubtful_evidence_can_be_put_right() -> None:
    held = {**OPEN_DONE, "AB-06": claim("implemented", "api", evidence=FOUND)}
    made = plan(STAGED, held, capability="high", adopted=["companion-classifier"])
    suggestion = found(adoption_of(made, "companion-classifier", doubted()), STRICT)
    assert ("confirm", "evidence-cannot-be-confirmed", (), 0) in steps(suggestion)


# --- stages ---------------------------------------------------------------------------------------------------------


def staged(channels: list, stage_claim: object = None, **fields: object) -> Plan:
    claims = {name: claim("implemented", shown=["tamper_evaluation"]) for name in ("AB-01", "AB-02", "AB-11", "AB-14")}
    claims |= {"AB-06": stage_claim} if stage_claim else {}
    return plan(channels, claims, size="small", capability="moderate", **fields)  # type: ignore[arg-type]


def test_a_stage_is_held_on_a_channel_that_opens_before() -> None:
    suggestion = found(staged(STAGED))
    assert steps(suggestion) == [("hold_stage", "AB-06", ("api",), 2)]


def test_a_claim_on_every_channel_is_narrowed_to_the_stages_of_the_plan() -> None:
    suggestion = found(staged(STAGED, claim("implemented")))
    assert steps(suggestion) == [("narrow", "AB-06", ("weights",), 0)]
    assert changes(suggestion)[0].in_doubt


def test_no_stage_can_be_held_after_the_fact() -> None:
    suggestion = found(staged(STAGED), as_of=date(2026, 9, 1))
    assert suggestion.route is None
    assert suggestion.remains is not None
    assert suggestion.remains.blocking == ("AB-06",)
    assert steps(found(staged(STAGED, claim("implemented")), as_of=date(2026, 9, 1))) == [
        ("narrow", "AB-06", ("weights",), 0)
    ]


def test_a_release_without_any_stage_gets_one_and_what_a_service_does_is_not_claimed_there() -> None:
    suggestion = found(staged([channel("open_weights", "weights", "2026-09-01")]))
    assert steps(suggestion) == [
        ("open_stage", "limited-stage", ("limited-stage",), 0),
        ("hold_stage", "AB-06", ("limited-stage",), 2),
    ]
    made = staged([channel("open_weights", "weights", "2026-09-01")])
    made = set_claims(made, "AB-07", [claim("implemented")])
    after = apply_remedies(made, changes(found(made)))
    assert [one.channels for one in after.claims.get("AB-07", ())] == []


def test_a_stage_that_the_plan_has_a_name_for_already_gets_another() -> None:
    made = staged([channel("open_weights", "limited-stage", "2026-09-01")])
    assert steps(found(made))[0] == ("open_stage", "limited-stage-2", ("limited-stage-2",), 0)


def test_a_stage_belongs_to_the_last_variant() -> None:
    small = [
        channel("hosted_api", "s-api", "2026-01-01", variant="S"),
        channel("open_weights", "s", "2026-02-01", variant="S"),
    ]
    large = [
        channel("hosted_api", "l-api", "2026-08-01", variant="L"),
        channel("open_weights", "l", "2026-09-01", variant="L"),
    ]
    assert steps(found(staged([*small, *large]))) == [("hold_stage", "AB-06", ("l-api",), 2)]
    assert steps(found(staged([*small, large[1]])))[0][:2] == ("open_stage", "limited-stage")


LOG = Evidence(ref="docs/log.md", type="log")
A_YEAR = EvaluationOverrides(age_limits=AgeLimits(days=365))


@pytest.mark.parametrize(
    ("made", "rules", "kinds"),
    [
        (plan("open_weights", {**OPEN_DONE, "AB-02": "not_implemented"}, capability="moderate"), A_YEAR, ["carry_out"]),
        (plan("hosted_api", done_but(AB_01="planned")), A_YEAR, ["carry_out"]),
        (
            plan("hosted_api", done_but(AB_01="planned"), capability="low"),
            replace(A_YEAR, evidence_for=frozenset({"low"})),
            ["carry_out"],
        ),
    ],
)
def test_what_would_be_named_as_evidence_has_the_day_of_the_check(
    made: Plan, rules: EvaluationOverrides, kinds: list[str]
) -> None:
    dated = {
        name: tuple(
            replace(one, evidence=tuple(replace(item, date=TODAY) for item in (*one.evidence, LOG))) for one in claims
        )
        for name, claims in made.claims.items()
    }
    suggestion = found(replace(made, claims=dated), rules=rules)
    assert [one.kind for one in changes(suggestion)] == kinds


def test_what_is_left_to_answer_once_a_claim_is_withdrawn_is_answered() -> None:
    for opens in (None, "2026-01-01"):
        made = plan([channel("open_weights", "w", opens)], {"AB-07": "implemented"}, role="distributor", size="small")
        suggestion = found(made)
        assert suggestion.route is not None
        assert {one.kind for one in changes(suggestion)} == {"withdraw", "answer"}


def test_a_license_that_nobody_knows_is_to_be_named_under_a_strict_policy() -> None:
    terms = License(name="Our own terms")
    vetted = replace(channel("local_download_restricted", "w", "2026-09-01"), license=terms)
    made = plan([vetted], dict.fromkeys(ids(), "implemented"))
    blocking = judge(report_on(made), Policy(strict=True)).blocking
    assert "license-not-recognised" in blocking
    decided = [one for one in changes(found(made, Policy(strict=True))) if one.subject == "license-not-recognised"]
    assert [(one.kind, one.in_doubt, one.effort) for one in decided] == [("decide", True, 0)]


# --- where there is no way ------------------------------------------------------------------------------------------


def test_coverage_that_cannot_be_reached_is_said_with_what_remains() -> None:
    made = staged(STAGED, capability_evidence=evidence("evaluation"))
    suggestion = found(made, Policy(fail_under=100), as_of=date(2026, 9, 1))
    assert suggestion.route is None
    assert suggestion.remains is not None
    assert suggestion.remains.blocking == ("AB-06", "coverage")


def test_nothing_to_evaluate_is_no_suggestion() -> None:
    with pytest.raises(NothingToEvaluate):
        found(plan("hosted_api", role="hosting_platform"), by=small_catalog())


# --- as it stands ---------------------------------------------------------------------------------------------------


def test_each_access_level_is_judged_with_the_most_open_channels_there() -> None:
    made = plan([*STAGED, channel("open_weights", "mirror")], done_but(AB_06=claim("implemented", "api")))
    assert found(made).access_levels == ()
    suggestion = found(made, levels=True)
    assert suggestion.moved == ("mirror", "weights")
    assert [one.access_level.id for one in suggestion.access_levels] == list(ACCESS_LEVELS)
    for one in suggestion.access_levels:
        moved = set_channel_fields(made, suggestion.moved, access=one.access_level.id)
        assert one.result is not None
        assert one.result.verdict.passed == passes(moved, Policy())
        assert one.as_planned == (one.access_level.id == "open_weights")


def test_the_widest_stage_is_the_last_that_passes() -> None:
    claims = everything(AB_04=claim("implemented", "api"), AB_05=claim("implemented", "api"))
    claims = {name: one for name, one in claims.items() if name in ("AB-01", "AB-04", "AB-05", "AB-11", "AB-14")}
    made = plan(STAGED, {**claims, "AB-09": claim("implemented", "weights")})
    stage = found(made).stage
    assert stage is not None
    assert (stage.by, stage.left_out) == (date(2026, 7, 1), ("weights",))


def test_channels_that_pass_alone_are_named_where_no_stage_does() -> None:
    claims = dict.fromkeys(("AB-01", "AB-11", "AB-14"), "implemented")
    first = [channel("open_weights", "early"), *STAGED[:2]]
    stage = found(plan(first, {**claims, "AB-09": claim("implemented", "early")})).stage
    assert stage is not None
    assert (stage.by, stage.left_out) == (None, ("early",))


def test_a_channel_that_fails_alone_may_pass_in_a_wider_stage() -> None:
    services = {name: claim("implemented", "api") for name in ("AB-04", "AB-05", "AB-07", "AB-08", "AB-09")}
    claims = {name: claim("implemented", shown=["tamper_evaluation"]) for name in ("AB-01", "AB-02", "AB-03")}
    claims |= services | {"AB-11": claim("implemented"), "AB-14": claim("implemented")}
    made = plan([channel("hosted_api", "api"), channel("open_weights", "weights")], claims, size="large")
    assert not passes(remove_channels(made, {"weights"}), Policy())
    stage = found(made).stage
    assert stage is not None
    assert stage.left_out == ()


def test_no_stage_passes_where_none_does() -> None:
    assert found(plan(STAGED)).stage is None


# --- nothing cheaper makes it pass: every claim that could be made ---------------------------------------------------

SMALL_RUNGS = ("hosted_api", "on_device_managed", "gated_weights_vetted", "open_weights")
STATED = st.builds(
    claim,
    st.sampled_from(list(Status)),
    shown=st.sampled_from([(), ("tamper_evaluation",)]),
)
DAYS = st.sampled_from([None, "2026-03-01", "2026-09-01"])


@st.composite
def small_plans(draw: st.DrawFn) -> Plan:
    names = ("a", "b")[: draw(st.integers(1, 2))]
    scopes = draw(st.sampled_from([((),), (names[:1],), (names[:1], names[1:])]))
    claims = {}
    for name in ("HR-1", "HR-2", "HR-3"):
        if draw(st.integers(0, 3)):
            stated = [replace(draw(STATED), channels=scope) for scope in scopes if scope or len(scopes) == 1]
            claims[name] = stated
    return plan(
        [channel(draw(st.sampled_from(SMALL_RUNGS)), name, draw(DAYS)) for name in names],
        claims,
        role=draw(st.sampled_from(["developer", "developer", "deployer", "distributor"])),
        size=draw(st.sampled_from(["solo", "medium", "large"])),
        capability=draw(st.sampled_from(["low", "high", "severe"])),
        adopted=draw(st.sampled_from([(), (), ("ask-around",)])),
        waivers=[waiver(draw(st.sampled_from(["HR-1", "HR-2", "HR-3"])))] if draw(st.integers(0, 3)) == 0 else [],
    )


def claims_that_could_be_made(made: Plan, name: str) -> Iterator[tuple[int, Plan]]:
    """The plan with each state of a safeguard: on each channel what is claimed, nothing, or that it is now done."""
    (safeguard,) = (one for one in small_catalog().safeguards if one.id == name)
    names = [one.id for one in made.channels]
    tested = evidence("tamper_evaluation")
    can_be_done = not safeguard.stageable or stage_is_to_come(made)
    for kept in product(("kept", "gone", "done") if can_be_done else ("kept", "gone"), repeat=len(names)):
        state = dict(zip(names, kept, strict=True))
        if set(kept) == {"kept"}:
            yield 0, made
            continue
        claims = [
            replace(one, channels=left)
            for one in made.claims.get(name, ())
            if (left := tuple(item for item in one.channels or names if state[item] == "kept"))
        ]
        done = tuple(item for item in names if state[item] == "done")
        claims += [claim("implemented", *done, shown=[item.type for item in tested])] if done else []
        yield safeguard.effort if done else 0, set_claims(made, name, claims)


def stage_is_to_come(made: Plan) -> bool:
    opened = [one.opens for one in made.channels if one.access == "open_weights"]
    return all(day and day > TODAY for day in opened)


def cheaper_by_hand(made: Plan, policy: Policy, limit: int | None) -> list[Plan]:
    """Every plan that passes with less effort than the limit, among all that could be claimed and adopted."""
    by, found_cheaper = small_catalog(), []
    names = [one.id for one in by.safeguards]
    states = [
        [(effort, one.claims.get(name, ())) for effort, one in claims_that_could_be_made(made, name)] for name in names
    ]
    left = [name for name in by.alternatives if name not in {one.id for one in made.adoptions}] if policy.strict else []
    adoptions = chain.from_iterable(combinations(left, number) for number in range(len(left) + 1))
    for adopted in list(adoptions):
        paid = sum(by.alternatives[name].effort for name in adopted)
        changed = made
        for name in adopted:
            changed = add_adoption(changed, name)
        for state in product(*states):
            if limit is None or paid + sum(effort for effort, _ in state) < limit:
                one = changed
                for name, (_, claims) in zip(names, state, strict=True):
                    one = set_claims(one, name, claims)
                if passes(one, policy, by):
                    found_cheaper.append(one)
    return found_cheaper


small_policies = st.builds(Policy, strict=st.booleans(), fail_under=st.sampled_from([0, 0, 40, 75, 100]))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(small_plans(), small_policies)
def test_nothing_that_could_be_claimed_passes_with_much_less_effort(made: Plan, policy: Policy) -> None:
    try:
        suggestion = found(made, policy, small_catalog())
    except NothingToEvaluate:
        assume(False)
        raise
    limit = suggestion.route.effort - 2 if suggestion.route else None  # steps are chosen one by one
    if limit is None or limit > 0:
        assert cheaper_by_hand(made, policy, limit) == []


# --- what holds for every suggestion ----------------------------------------------------------------------------------


BROKEN = Evidence(ref="docs/broken.md", type="tamper_evaluation", result="contradicts", date=date(2026, 3, 1))


@st.composite
def broken_plans(draw: st.DrawFn) -> tuple[Plan, Policy]:
    """Plans by the default catalog in which a few safeguards are wrong."""
    channels = draw(
        st.sampled_from(
            [
                STAGED,
                STAGED[1:],
                STAGED[:1],
                STAGED[2:],
                [channel("hosted_api", "api"), channel("open_weights", "weights")],
                [channel("hosted_api_finetune", "api"), channel("on_device_managed", "device")],
                [channel("hosted_api", "api"), channel("hosted_api", "host", operator="third_party")],
            ]
        )
    )
    names = [one.id for one in channels]
    claims: dict[str, object] = {}
    open_ = any(one.access == "open_weights" for one in channels)
    for safeguard in catalog().safeguards:
        if not open_ or safeguard.modes["open_weights"].flag != "incompatible":  # type: ignore[index]
            claims[safeguard.id] = claim("implemented", shown=["tamper_evaluation"])
    for name in draw(st.lists(st.sampled_from(ids()), unique=True, max_size=4)):
        status, named = draw(st.sampled_from(list(Status))), draw(st.sampled_from([(), FOUND, (BROKEN,)]))
        claims[name] = claim(status, *draw(st.sampled_from([(), names[:1], names])), evidence=named)
    made = plan(
        channels,
        claims,  # type: ignore[arg-type]
        size=draw(st.sampled_from(["solo", "small", "large"])),
        capability=draw(st.sampled_from(["low", "moderate", "high", "severe"])),
        waivers=[waiver(draw(st.sampled_from(ids())))],
    )
    return made, Policy(fail_under=draw(st.sampled_from([0, 50, 80, 90, 100])), strict=draw(st.booleans()))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(broken_plans())
def test_the_changes_make_the_plan_pass_and_free_ones_claim_nothing(case: tuple[Plan, Policy]) -> None:
    made, policy = case
    suggestion = found(made, policy)
    if suggestion.route is None:
        assert suggestion.remains is not None
        assert not suggestion.remains.passed
        return
    assert passes(apply_remedies(made, changes(suggestion)), policy)
    efforts = [remedy.effort for remedy in changes(suggestion)]
    assert efforts == sorted(efforts)
    after = made
    for step in suggestion.route.steps:
        before, after = after, step.remedy.apply_to(after)
        assert step.verdict == judge(evaluate(after, catalog(), ladder(), TODAY), policy)
        assert (step.remedy.effort == 0) == (step.remedy.kind in FREE_KINDS)
        if step.remedy.effort == 0:
            assert relied_on(after, made) <= relied_on(before, made)
        assert after.waivers == before.waivers == made.waivers
        assert replace(after.model, capability_evidence=()) == replace(made.model, capability_evidence=())
        assert (after.organization, after.fail_under) == (made.organization, made.fail_under)
        kept = {one.id: one.access for one in after.channels}
        assert all(kept[one.id] == one.access for one in made.channels)


def relied_on(made: Plan, original: Plan) -> set[tuple[str, str, str, int]]:
    """What is claimed as done, by safeguard and channel; on a new channel only what a service would have to do."""
    services = {one.id for one in catalog().safeguards if one.binds is Binds.SERVICE}
    old = {one.id for one in original.channels}
    return {
        (name, item, one.status, len(one.evidence))
        for name, claims in made.claims.items()
        for one in claims
        for item in one.channels or [each.id for each in made.channels]
        if one.status in (Status.IMPLEMENTED, Status.PARTIAL) and (item in old or name in services)
    }


@settings(max_examples=30, deadline=None, derandomize=True)
@given(broken_plans(), st.randoms(use_true_random=False))
def test_the_order_of_what_a_plan_lists_does_not_matter(case: tuple[Plan, Policy], random: object) -> None:
    made, policy = case
    channels = list(made.channels)
    random.shuffle(channels)  # type: ignore[attr-defined]
    shuffled = replace(
        made, channels=tuple(channels), claims={name: made.claims[name][::-1] for name in reversed(made.claims)}
    )
    one, other = (found(each, policy, levels=True) for each in (made, shuffled))
    assert [replace(each, edits=()) for each in changes(one)] == [replace(each, edits=()) for each in changes(other)]
    assert [each.result and each.result.verdict for each in one.access_levels] == [
        each.result and each.result.verdict for each in other.access_levels
    ]
    assert (one.stage and one.stage.left_out) == (other.stage and other.stage.left_out)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(broken_plans())
def test_no_wider_stage_of_the_plan_passes(case: tuple[Plan, Policy]) -> None:
    made, policy = case
    stage = found(made, policy).stage
    kept = {one.id for one in made.channels} - set(stage.left_out if stage else [one.id for one in made.channels])
    if stage:
        assert passes(remove_channels(made, set(stage.left_out)), policy)
    for day in {one.opens or date.min for one in made.channels}:
        part = narrow_to_day(made, day)
        if len(part.channels) > len(kept):
            assert not passes(part, policy)


def test_an_alternative_says_what_it_stands_in_for() -> None:
    remedy = propose_adoption(report_on(plan("open_weights", capability="high")), "sign-releases")
    assert remedy.action.startswith("Carry it out in place of AB-13, then list it under `alternatives`.")
