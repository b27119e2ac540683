"""What holds for every plan, tried on many small ones."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from building import (
    ACCESS_LEVELS,
    FOUND,
    READABLE,
    TODAY,
    Claim,
    Evidence,
    Plan,
    Report,
    catalog,
    channel,
    claim,
    doubted,
    evidence,
    finding,
    ids,
    ladder,
    plan,
    report_on,
    result,
    summary,
    waiver,
    written,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Binds, Flag
from aisafe_cli.domain.edits import set_profile
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.plan import EvidenceState, Position, Status
from aisafe_cli.domain.policy import AgeLimits, EvaluationOverrides, Policy
from aisafe_cli.domain.verdict import Verdict, WaiverState
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import load_plan

PAPER = "local_download_restricted"
DAYS = ("2026-02-01", "2026-05-01", "2026-06-01", "2026-09-01")
NAMES = ("a", "b", "c", "d")
ALTERNATIVES = ("companion-classifier", "limited-variant", "next-version", "sign-releases", "hosted-tuning")
BOUND = [safeguard.id for safeguard in catalog().safeguards if safeguard.binds is not Binds.RELEASE]

many = settings(max_examples=120, deadline=None, derandomize=True)


# --- plans ----------------------------------------------------------------------------------------------------------


def one_of(*values):
    """One of some values, drawn by its place: values that are slow to hash would be hashed for each plan."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


@cache
def channels_named(name):
    return st.builds(
        channel,
        one_of(*ACCESS_LEVELS),
        st.just(name),
        one_of(None, *DAYS),
        operator=one_of("self", "self", "third_party"),
        variant=one_of(None, None, "S", "L"),
    )


def against(kind: str, result: str) -> tuple[Evidence, ...]:
    """Evidence that speaks against what it is named for."""
    return (Evidence(ref="docs/against.md", type=kind, result=result),)


# How a safeguard is answered: on every channel, on some of them, or by two claims with no channel in common.
SHOWN = (
    (),
    evidence("log"),
    evidence("tamper_evaluation"),
    (*evidence("log"), *against("tamper_evaluation", "contradicts")),
    (*evidence("tamper_evaluation"), *against("log", "mixed")),
    FOUND,
)
STATED = [
    *(claim(status, evidence=shown) for status in ("implemented", "partial") for shown in SHOWN),
    *(claim("implemented", evidence=shown, against="casual_users") for shown in (*SHOWN[:3], FOUND)),
    *(claim(status) for status in Status),
]
SCOPES = [
    lambda _: ((),),
    lambda names: (names[:1],),
    lambda names: (names[1:] or names,),
    lambda names: (names[:1], names[1:]),
    lambda names: (names[::2], names[1:2]),
]
ANSWERS = [(scope, one, other) for scope in SCOPES for one in STATED for other in STATED]


def answered(names, scopes, one, other):
    """The claims of one safeguard."""
    pairs = zip((one, other), scopes(names), strict=False)
    return tuple(replace(stated, channels=scope) for stated, scope in pairs if scope or len(scopes(names)) == 1)


TERMS = [("2026-01-01", "2026-12-31"), ("2026-06-02", "2026-12-31"), ("2026-01-01", "2026-05-31")]
WAIVED = st.tuples(one_of(*ids()), st.integers(0, 3), one_of(*TERMS))
MADE = {
    "answers": st.dictionaries(st.sampled_from(ids()), one_of(*ANSWERS)),
    "role": one_of("developer", "developer", *ROLES),
    "size": one_of(*SIZES),
    "capability": one_of(*CAPABILITIES),
    "parameters": one_of(7.0e9, 7.0e9, 4.0e11, None),
    "capability_evidence": one_of((), (), evidence("evaluation"), (doubted(),)),
    "adopted": st.lists(st.sampled_from(ALTERNATIVES), unique=True, max_size=3),
    "waived": st.lists(WAIVED, max_size=4),
    "fail_under": one_of(0, 0, 0, 30, 75),
}


@st.composite
def plans(draw):
    names = NAMES[: draw(st.integers(1, 4))]
    made = {key: draw(strategy) for key, strategy in MADE.items()}
    channels = [draw(channels_named(name)) for name in names]
    # Of a host whose channels nobody outside reaches nothing is asked.
    assume(made["role"] != "hosting_platform" or any(one.access != "internal_only" for one in channels))
    scopes = ((), (), names[:1], names)
    return plan(
        channels,
        {name: answered(names, *answer) for name, answer in made.pop("answers").items()},
        waivers=[
            waiver(name, *scopes[scope], granted=granted, expires=expires)
            for name, scope, (granted, expires) in made.pop("waived")
        ],
        **made,
    )


@st.composite
def passing_plans(draw):
    """Plans that mostly pass: what blocks at first is claimed where it works, or waived, but for one perhaps."""
    made = draw(plans())
    spared = draw(one_of(None, *ids()))
    claims, waived = dict(made.claims), list(made.waivers)
    for found in report_on(made).findings:
        name = found.safeguard.id
        if found.level is Level.ERROR and name != spared:
            works = [item.channel for item in found.channels if item.flag is not Flag.INCOMPATIBLE]
            claims[name] = (claim("implemented", *works, evidence=FOUND),)
            if not works:
                claims[name] = (claim("planned"),)
                waived.append(waiver(name))
    return replace(made, claims=claims, waivers=tuple(waived), fail_under=0)


MIXED = st.one_of(plans(), passing_plans())
policies = st.builds(Policy, strict=st.booleans(), fail_under=one_of(0, 0, 20, 60))


# --- more openness is never better ----------------------------------------------------------------------------------


@many
@given(plans(), channels_named("new"))
def test_a_further_channel_changes_nothing_on_the_others(made, new):
    before, after = report_on(made), report_on(replace(made, channels=(*made.channels, new)))
    for name in BOUND:
        for item in finding(before, name).channels:
            now = result(after, name, item.channel)
            if is_beyond_control(after, name, item.channel):  # the one thing that is asked for less
                now = replace(now, level=item.level, required=item.required)
            assert now == item
        if not any(is_beyond_control(after, name, item.channel) for item in finding(before, name).channels):
            assert _rank(finding(after, name).level) <= _rank(finding(before, name).level)


def is_beyond_control(report, name, on):
    """Whether somebody else hosts a channel beside weights for anybody."""
    channels = {item.channel.id: item.channel for item in report.channels}
    gives_away = any(item.access in (PAPER, *ACCESS_LEVELS[9:]) for item in channels.values())
    return gives_away and finding(report, name).safeguard.binds == "service" and channels[on].operator != "self"


def _rank(level):
    return list(Level).index(level)


@many
@given(plans(), st.data())
def test_readable_weights_improve_nothing(made, data):
    old = data.draw(one_of(*made.channels))
    higher = [
        access_level for access_level in READABLE if ACCESS_LEVELS.index(access_level) > ACCESS_LEVELS.index(old.access)
    ]
    assume(higher)
    raised = replace(old, access=data.draw(one_of(*higher)))
    before = report_on(made)
    after = report_on(replace(made, channels=tuple(raised if item is old else item for item in made.channels)))
    for name in BOUND:
        was, now = result(before, name, old.id).outcome, result(after, name, old.id).outcome
        if was is not Outcome.NOT_APPLICABLE:
            assert OUTCOME_ORDER[now] <= OUTCOME_ORDER[was], name


# --- saying less is never better ------------------------------------------------------------------------------------


def without(made: Plan, name: str, old: Claim, new: Claim | None) -> Plan:
    left = tuple(new if item is old else item for item in made.claims[name])
    kept = tuple(item for item in left if item is not None)
    claims = {**made.claims, name: kept}
    return replace(made, claims=claims if kept else {key: value for key, value in claims.items() if key != name})


def one_claim(made, data):
    assume(made.claims)
    name = data.draw(one_of(*sorted(made.claims)))
    return name, data.draw(one_of(*made.claims[name]))


def passes(made, policy):
    return judge(report_on(made), policy).passed


def ineffective(made, name):
    return any(item.outcome is Outcome.INEFFECTIVE for item in finding(report_on(made), name).channels)


@many
@given(MIXED, policies, st.data())
def test_withdrawing_a_claim_never_turns_a_fail_into_a_pass(made, policy, data):
    name, old = one_claim(made, data)
    assume(not ineffective(made, name))
    assert passes(made, policy) >= passes(without(made, name, old, None), policy)


@many
@given(MIXED, policies, st.data())
def test_narrowing_a_claim_never_turns_a_fail_into_a_pass(made, policy, data):
    name, old = one_claim(made, data)
    scope = old.channels or tuple(item.id for item in made.channels)
    assume(len(scope) > 1 and not ineffective(made, name))
    left_out = data.draw(one_of(*scope))
    narrow = replace(old, channels=tuple(channel for channel in scope if channel != left_out))
    assert passes(made, policy) >= passes(without(made, name, old, narrow), policy)


@many
@given(MIXED, policies, st.data())
def test_a_waiver_less_never_turns_a_fail_into_a_pass(made, policy, data):
    assume(made.waivers)
    gone = data.draw(one_of(*made.waivers))
    fewer = replace(made, waivers=tuple(item for item in made.waivers if item is not gone))
    assert passes(made, policy) >= passes(fewer, policy)
    assert passes(made, policy) >= passes(made, replace(policy, honour_waivers=False))


# --- doubtful evidence never helps ----------------------------------------------------------------------------------


@many
@given(MIXED, policies, st.data())
def test_doubtful_evidence_never_beats_sound_evidence_nor_none(made, policy, data):
    name, old = one_claim(made, data)
    bad = tuple(replace(item, state=EvidenceState.ABSENT) for item in old.evidence) or (doubted(),)
    doubtful = without(made, name, old, replace(old, evidence=bad))
    for better in (made, without(made, name, old, replace(old, evidence=()))):
        before, after = report_on(better), report_on(doubtful)
        for one, other in zip(finding(before, name).channels, finding(after, name).channels, strict=True):
            assert OUTCOME_ORDER[other.outcome] <= OUTCOME_ORDER[one.outcome]
            assert _rank(other.level) <= _rank(one.level)
        assert passes(better, policy) >= passes(doubtful, policy)


@many
@given(plans(), st.integers(0, 400), st.integers(0, 400))
def test_a_stricter_age_limit_never_turns_a_fail_into_a_pass(made, limit, more):
    dated = replace(
        made,
        claims={
            name: tuple(
                replace(one, evidence=tuple(replace(item, date=date(2026, 1, 1)) for item in one.evidence))
                for one in claims
            )
            for name, claims in made.claims.items()
        },
    )

    def passes_within(days):
        report = evaluate(dated, catalog(), ladder(), TODAY, EvaluationOverrides(age_limits=AgeLimits(days=days)))
        return judge(report, Policy()).passed

    assert passes_within(limit + more) >= passes_within(limit)
    assert passes(dated, Policy()) >= passes_within(limit)


# --- version 2 of the contract --------------------------------------------------------------------------------------


@many
@given(plans(), st.data())
def test_a_paper_license_never_improves_an_outcome(made, data):
    old = data.draw(one_of(*made.channels))
    assume(old.access in (*READABLE[:1], *READABLE[2:]))
    moved = replace(
        made, channels=tuple(replace(item, access=PAPER) if item is old else item for item in made.channels)
    )
    before, after = report_on(made), report_on(moved)
    for was, now in zip(before.findings, after.findings, strict=True):
        assert OUTCOME_ORDER[now.outcome] <= OUTCOME_ORDER[was.outcome], was.safeguard.id


@many
@given(MIXED, policies, st.data())
def test_contradicting_evidence_never_improves_an_outcome(made, policy, data):
    name, old = one_claim(made, data)
    piece = Evidence(ref="docs/b.md", type=data.draw(one_of("log", "tamper_evaluation", "contract")))
    for outcome in ("mixed", "contradicts"):
        shown = (*old.evidence, replace(piece, result=outcome))
        doubted_now = without(made, name, old, replace(old, evidence=shown))
        before, after = report_on(made), report_on(doubted_now)
        for one, other in zip(finding(before, name).channels, finding(after, name).channels, strict=True):
            assert OUTCOME_ORDER[other.outcome] <= OUTCOME_ORDER[one.outcome]
        assert passes(made, policy) >= passes(doubted_now, policy)


@many
@given(plans(), policies, st.data())
def test_a_higher_capability_never_turns_a_fail_into_a_pass(made, policy, data):
    """Of plans that are judged as they declare: the floor takes a low level for unknown, and that is the strictest."""
    assume(not report_on(made).capability.is_raised)
    levels = CAPABILITIES[CAPABILITIES.index(made.model.capability) :]
    raised = set_profile(made, capability=data.draw(one_of(*levels)))
    assert passes(made, policy) >= passes(raised, policy)


@many
@given(plans(), policies)
def test_what_the_floor_takes_for_unknown_passes_as_unknown_does(made, policy):
    large = replace(made, model=replace(made.model, parameters=4.0e11, capability_evidence=()))
    for level in ("low", "moderate"):
        raised, unknown = (set_profile(large, capability=one) for one in (level, "unknown"))
        assert report_on(raised).findings == report_on(unknown).findings
        assert passes(raised, policy) == passes(unknown, policy)


@many
@given(st.data(), one_of("AB-06", "AB-10", "AB-13"), one_of("hosted_ui", "hosted_api", "internal_only"))
def test_naming_a_stage_never_fails_a_narrower_release_where_the_wider_passes(data, name, stage):
    shown = data.draw(one_of(*SHOWN))
    narrower, wider = sorted(data.draw(st.lists(st.sampled_from(ACCESS_LEVELS), min_size=2, max_size=2)), key=_rank_of)

    def judged(access):
        channels = [channel(stage, "stage", "2026-02-01"), channel(access, "main", "2026-05-01")]
        claims = {name: claim("implemented", "stage", evidence=shown)}
        return finding(report_on(plan(channels, claims, capability="high", size="large")), name).outcome

    assume(judged(wider) is Outcome.SATISFIED)
    assert judged(narrower) in (Outcome.SATISFIED, Outcome.NOT_APPLICABLE)


def _rank_of(access):
    return ACCESS_LEVELS.index(access)


# --- order does not matter ------------------------------------------------------------------------------------------


@many
@given(plans(), policies, st.data())
def test_the_order_of_what_a_plan_lists_does_not_matter(made, policy, data):
    shuffled = replace(
        made,
        channels=tuple(data.draw(st.permutations(made.channels))),
        claims={name: made.claims[name][::-1] for name in reversed(made.claims)},
        adoptions=made.adoptions[::-1],
        waivers=made.waivers[::-1],
    )
    one, other = report_on(made), report_on(shuffled)
    assert unordered(one) == unordered(other)
    assert said(judge(one, policy)) == said(judge(other, policy))


def unordered(report: Report) -> tuple:
    """A report without the plan it is about."""
    return report.mode, report.decided_by, report.channels, report.findings, report.plan_findings, report.scores


def said(verdict: Verdict) -> Verdict:
    lifting = tuple(sorted((replace(item, position=Position()) for item in verdict.lifting), key=repr))
    waivers = tuple(
        sorted((replace(one, waiver=replace(one.waiver, position=Position())) for one in verdict.waivers), key=repr)
    )
    return replace(verdict, notices=tuple(sorted(verdict.notices)), lifting=lifting, waivers=waivers)


# --- a pass rests on something --------------------------------------------------------------------------------------


def in_force(verdict, found, name):
    applied = verdict.waivers_on(found.safeguard.id)
    waivers = [item.waiver for item in applied if item.state is WaiverState.IN_FORCE]
    return any(not item.channels or name in item.channels for item in waivers)


@many
@given(MIXED, policies)
def test_a_pass_leaves_no_error_unwaived(made, policy):
    report = report_on(made)
    verdict = judge(report, policy)
    blocking = {Level.ERROR, Level.WARNING} if policy.strict else {Level.ERROR}
    left = [
        (found.safeguard.id, item.channel)
        for found in report.findings
        for item in found.channels
        if item.judged
        and item.level in blocking
        and (item.outcome is Outcome.INEFFECTIVE or not in_force(verdict, found, item.channel))
    ]
    left += [(found.kind, None) for found in report.plan_findings if found.level in blocking]
    counted, applicable = report.lowest_coverage.numerator, report.lowest_coverage.denominator
    enough = counted * 100 >= max(policy.fail_under, made.fail_under) * (applicable or 1)
    assert verdict.passed == (not left and enough)
    assert bool(verdict.blocking) != verdict.passed
    if verdict.passed:
        assert any(
            item.outcome not in (Outcome.UNKNOWN, Outcome.INCOMPATIBLE, Outcome.NOT_APPLICABLE)
            for found in report.findings
            for item in found.channels
        )


def test_the_plans_tried_here_pass_and_fail_often_enough():
    seen = []

    @settings(max_examples=80, deadline=None, derandomize=True, database=None)
    @given(passing_plans())
    def collect(made):
        seen.append(passes(made, Policy()))

    collect()
    assert seen.count(True) >= 20
    assert seen.count(False) >= 10


@many
@given(plans())
def test_scores_stay_within_bounds(made):
    report = report_on(made)
    for scores in (report.scores, *(item.scores for item in report.channels)):
        counts = (scores.possible, scores.coverage.score, scores.addressed, scores.evidenced)
        assert all(0 <= count.numerator <= count.denominator for count in counts)
        waived = judge(report, Policy()).coverage_with_waivers
        assert waived.satisfied + waived.partial <= waived.applicable == report.scores.coverage.applicable


# --- the date -------------------------------------------------------------------------------------------------------


@many
@given(plans(), st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_without_dated_evidence_the_date_moves_waivers_only_and_what_is_too_late(made, day):
    today, then = report_on(made, TODAY), report_on(made, day)
    settled = [
        replace(report, as_of=TODAY, findings=tuple(map(without_what_is_too_late, report.findings)))
        for report in (today, then)
    ]
    assert settled[0] == settled[1]
    bare = replace(made, waivers=())
    assert judge(report_on(bare, TODAY), Policy()) == judge(report_on(bare, day), Policy())


def without_what_is_too_late(found):
    channels = tuple(replace(item, too_late=None, remedies=()) for item in found.channels)
    return replace(found, channels=channels, remedy="")


# --- in memory and in a file ----------------------------------------------------------------------------------------


def unchecked(made: Plan) -> Plan:
    """The plan with evidence of which nothing is known yet, as a file has it."""

    def fresh(shown):
        return tuple(replace(item, state=EvidenceState.UNCHECKED, problem="") for item in shown)

    model = replace(made.model, capability_evidence=fresh(made.model.capability_evidence))
    claims = {
        name: tuple(replace(item, evidence=fresh(item.evidence)) for item in listed)
        for name, listed in made.claims.items()
    }
    return replace(made, model=model, claims=claims)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(plans())
def test_a_plan_means_the_same_in_a_file(made):
    made = unchecked(made)
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_plan(written(made, Path(folder)), catalog())
    assert loaded.organization == made.organization
    assert [replace(item, position=Position()) for item in loaded.channels] == list(made.channels)
    assert summary(report_on(loaded)) == summary(report_on(made))
    assert said(judge(report_on(loaded), Policy())) == said(judge(report_on(made), Policy()))
