"""What doubtful evidence does to a verdict, and what makes evidence too old."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from building import (
    TODAY,
    adoption_of,
    channel,
    claim,
    doubted,
    finding,
    ids,
    ladder,
    plan,
    plan_finding,
    report_on,
    result,
    verdict_on,
    waiver,
)
from building import catalog as the_catalog

from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Evidence, EvidenceState
from aisafe_cli.domain.policy import AgeLimits, EvaluationOverrides, Policy
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.evaluation.evidence import (
    EvidenceTurn,
    count_evidence,
    describe_problems,
    describe_remedies,
    find_doubtful,
    find_evidence_turns,
    list_adopted,
    mark_ages,
)

DOUBTFUL = [
    state
    for state in EvidenceState
    if state not in (EvidenceState.UNCHECKED, EvidenceState.FOUND, EvidenceState.NOT_FETCHED, EvidenceState.LOCATOR)
]
GOOD = Evidence(ref="docs/good.md", state=EvidenceState.FOUND)
BAD = doubted()


def naming(status="implemented", *channels, shown=(BAD,), **fields):
    return replace(claim(status, *channels, **fields), evidence=tuple(shown))


# --- claims ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", EvidenceState)
def test_only_what_nothing_speaks_against_satisfies(state):
    judged = result(report_on(plan("hosted_api", {"AB-04": naming(shown=[doubted(state=state)])})), "AB-04")
    assert judged.outcome is (Outcome.UNKNOWN if state in DOUBTFUL else Outcome.SATISFIED)


@pytest.mark.parametrize("status", ["implemented", "partial"])
@pytest.mark.parametrize("shown", [[BAD], [GOOD, BAD], [BAD, GOOD]])
def test_one_doubtful_piece_is_enough_and_the_reason_names_it(status, shown):
    judged = result(report_on(plan("hosted_api", {"AB-04": naming(status, shown=shown)})), "AB-04")
    assert judged.outcome is Outcome.UNKNOWN
    assert "so it counts as unanswered: docs/a.md was not found." in judged.reason
    assert "docs/good.md" not in judged.reason
    assert judged.remedy.startswith("Put the file where the plan says")


@pytest.mark.parametrize("status", ["planned", "not_implemented", "unanswered"])
def test_a_claim_that_is_not_relied_on_keeps_its_outcome_and_tells_of_it(status):
    bare = result(report_on(plan("hosted_api", {"AB-04": status})), "AB-04")
    judged = result(report_on(plan("hosted_api", {"AB-04": naming(status)})), "AB-04")
    assert judged.outcome is bare.outcome
    assert judged.reason == f"{bare.reason} Some of its evidence cannot be confirmed: docs/a.md was not found."


def test_what_cannot_work_stays_ineffective():
    judged = result(report_on(plan("open_weights", {"AB-04": naming()})), "AB-04")
    assert judged.outcome is Outcome.INEFFECTIVE


def test_it_is_an_error_where_required_and_can_be_waived():
    made = plan("hosted_api", {"AB-01": naming(), "AB-11": "implemented", "AB-14": "implemented"})
    assert finding(report_on(made), "AB-01").level is Level.ERROR
    assert verdict_on(made).blocking == ("AB-01",)
    assert verdict_on(replace(made, waivers=(waiver("AB-01"),))).passed


def test_channels_with_sound_evidence_keep_their_outcome():
    claims = [naming("implemented", "hosted_ui", shown=[GOOD]), naming("implemented", "hosted_api")]
    report = report_on(plan(["hosted_ui", "hosted_api"], {"AB-04": claims}))
    assert result(report, "AB-04", "hosted_ui").outcome is Outcome.SATISFIED
    assert finding(report, "AB-04").outcome is Outcome.UNKNOWN


def test_evidenced_counts_no_claim_with_doubtful_evidence():
    before = report_on(plan("hosted_api", {"AB-01": naming(shown=[GOOD]), "AB-04": naming(shown=[GOOD])}))
    after = report_on(plan("hosted_api", {"AB-01": naming(shown=[GOOD]), "AB-04": naming()}))
    assert (before.scores.evidenced.numerator, before.scores.evidenced.denominator) == (2, 2)
    assert (after.scores.evidenced.numerator, after.scores.evidenced.denominator) == (1, 1)


# --- evidence of a type ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AB-02", "AB-03"])
def test_a_doubtful_tamper_evaluation_is_none(name):
    bad = doubted(ref="attack.md", type="tamper_evaluation")
    judged = result(report_on(plan("open_weights", {name: naming(shown=[bad])})), name)
    assert judged.outcome is Outcome.INEFFECTIVE
    assert "without evidence of type `tamper_evaluation` that can be confirmed" in judged.reason
    assert "attack.md was not found" in judged.reason
    sound = replace(bad, state=EvidenceState.FOUND, ref="again.md", result="supports")
    both = result(report_on(plan("open_weights", {name: naming(shown=[bad, sound])})), name)
    assert both.outcome is Outcome.UNKNOWN


def test_a_doubtful_contract_is_none():
    made = [channel("hosted_api", operator="third_party")]
    sound = result(report_on(plan(made, {"AB-04": naming(shown=[replace(GOOD, type="contract")])})), "AB-04")
    bad = result(report_on(plan(made, {"AB-04": naming(shown=[doubted(type="contract")])})), "AB-04")
    assert (sound.outcome, sound.remedy) == (Outcome.SATISFIED, "")
    assert bad.outcome is Outcome.UNKNOWN
    assert "name the agreement as evidence of type `contract`" in bad.remedy


# --- stages ---------------------------------------------------------------------------------------------------------

STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("hosted_ui", "page"),
    channel("open_weights", "w", "2026-06-01"),
]


def test_a_stage_that_held_with_doubtful_evidence_is_not_satisfied():
    judged = result(report_on(plan(STAGED, {"AB-06": naming("implemented", "api")})), "AB-06", "w")
    assert judged.outcome is Outcome.UNKNOWN
    assert "docs/a.md was not found" in judged.reason
    assert judged.claim is not None


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_stages_that_held_the_doubtful_one_counts(turned):
    claims = [naming("implemented", "api", shown=[GOOD]), naming("implemented", "page")]
    report = report_on(plan(STAGED, {"AB-06": claims[::-1] if turned else claims}))
    assert result(report, "AB-06", "w").outcome is Outcome.UNKNOWN


def test_a_stage_that_did_not_hold_stays_ineffective():
    report = report_on(plan(STAGED, {"AB-06": [naming("implemented", "api"), naming("implemented", "w", shown=[])]}))
    assert result(report, "AB-06", "w").outcome is Outcome.INEFFECTIVE


# --- alternatives, capability, silence ------------------------------------------------------------------------------


def test_an_alternative_with_doubtful_evidence_is_not_adopted():
    made = plan("open_weights", capability="high", adopted=["companion-classifier"])
    bad = adoption_of(made, "companion-classifier", GOOD, BAD)
    assert finding(report_on(made), "AB-04").level is Level.NOTE
    found = finding(report_on(bad), "AB-04")
    assert (found.adopted, found.level) == ((), Level.WARNING)
    assert report_on(bad).scores.addressed.numerator == 0
    told = plan_finding(report_on(bad), "evidence-cannot-be-confirmed")
    assert told is not None
    assert told.level is Level.WARNING
    assert "For companion-classifier: docs/a.md was not found." in told.message
    assert "does not count as adopted" in told.message
    assert list_adopted(made) == {"companion-classifier"} != list_adopted(bad)


def test_doubtful_evidence_of_the_capability_is_a_finding_on_the_plan():
    report = report_on(plan("hosted_api", capability="moderate", capability_evidence=(BAD,)))
    told = plan_finding(report, "evidence-cannot-be-confirmed")
    assert told is not None
    assert told.message == ("Some evidence cannot be confirmed. For the capability: docs/a.md was not found.")
    assert (
        plan_finding(report_on(plan("hosted_api", capability_evidence=(GOOD,))), "evidence-cannot-be-confirmed") is None
    )


def test_there_is_one_finding_for_all_of_it():
    made = plan("open_weights", capability_evidence=(BAD,), adopted=["sign-releases", "companion-classifier"])
    for name in ("sign-releases", "companion-classifier"):
        made = adoption_of(made, name, doubted(ref=f"{name}.md"))
    told = plan_finding(report_on(made), "evidence-cannot-be-confirmed")
    assert told is not None
    assert told.message.index("the capability") < told.message.index("companion-") < told.message.index("sign-releases")
    assert told.remedy.count("Put the file") == 1
    assert "evidence-cannot-be-confirmed" in verdict_on(made, Policy(strict=True)).blocking


@pytest.mark.parametrize(
    ("model", "gate", "companion", "effort"),
    [("absent", "altered", "absent", 0), ("stale", "absent", "absent", 1), ("absent", "stale", "empty", 2)],
)
def test_evidence_of_the_plan_that_has_to_be_made_again_takes_what_the_catalog_says(model, gate, companion, effort):
    made = plan("open_weights", capability_evidence=(doubted(state=model),), adopted=["gate", "companion-classifier"])
    made = adoption_of(made, "gate", doubted(state=gate))
    made = adoption_of(made, "companion-classifier", doubted(state=companion))
    told = plan_finding(report_on(made), "evidence-cannot-be-confirmed")
    assert told is not None
    assert told.effort == effort


def test_a_plan_of_which_nothing_can_be_confirmed_answers_nothing():
    made = plan("hosted_api", dict.fromkeys(ids(), naming()))
    told = plan_finding(report_on(made), "nothing-answered")
    assert told is not None
    assert "with evidence that can be confirmed" in told.message
    assert not verdict_on(made).passed


# --- age ------------------------------------------------------------------------------------------------------------


def limited(name, days):
    return EvaluationOverrides(age_limits=AgeLimits(by_safeguard=((name, days),)))


def judged_at(day, item, limit=None):
    rules = EvaluationOverrides() if limit is None else limited("AB-04", limit)
    report = evaluate(plan("hosted_api", {"AB-04": naming(shown=[item])}), the_catalog(), ladder(), day, rules)
    (only,) = result(report, "AB-04").claim.evidence
    return only.state, result(report, "AB-04")


@pytest.mark.parametrize(
    ("age", "state"), [(0, "found"), (30, "found"), (31, "stale"), (3000, "stale"), (-1, "not_yet")]
)
def test_evidence_may_be_as_old_as_the_limit(age, state):
    found, judged = judged_at(TODAY, replace(GOOD, date=TODAY - timedelta(days=age)), 30)
    assert found == state
    assert judged.outcome is (Outcome.SATISFIED if state == "found" else Outcome.UNKNOWN)


def test_the_days_are_told_on_which_evidence_begins_to_count_and_is_too_old():
    def dated(name, *made_on, **fields):
        return [Evidence(ref=name, date=day, **fields) for day in made_on]

    made = plan(
        "hosted_api",
        {
            "AB-04": naming(shown=[*dated("a.md", date(2026, 1, 1), None), *dated("b.md", date(2026, 2, 1))]),
            "AB-05": [naming("partial", shown=dated("c.md", date(2026, 3, 1)))],
        },
        capability_evidence=tuple(dated("d.md", date(2026, 4, 1))),
        adopted=["companion-classifier"],
    )
    gone = dated("gone.md", date(2026, 5, 1), state=EvidenceState.ABSENT)
    made = adoption_of(made, "companion-classifier", *gone, *dated("e.md", date(2026, 6, 1)))
    begins = [
        ("d.md", "capability", date(2026, 4, 1)),
        ("a.md", "AB-04", date(2026, 1, 1)),
        ("b.md", "AB-04", date(2026, 2, 1)),
        ("c.md", "AB-05", date(2026, 3, 1)),
        ("e.md", "companion-classifier", date(2026, 6, 1)),
    ]
    ends = [("a.md", "AB-04", date(2026, 1, 12)), ("b.md", "AB-04", date(2026, 2, 12))]
    found = list(find_evidence_turns(made, AgeLimits(by_safeguard=(("AB-04", 10),))))
    for too_old, expected in ((False, begins), (True, ends)):
        told = [one for one in found if one.is_too_old is too_old]
        assert told == [EvidenceTurn(day=day, ref=ref, subject=name, is_too_old=too_old) for ref, name, day in expected]
    everything = {(one.ref, one.subject) for one in find_evidence_turns(made, AgeLimits(days=10)) if one.is_too_old}
    assert everything == {("a.md", "AB-04"), ("b.md", "AB-04"), ("c.md", "AB-05")}
    assert [one.is_too_old for one in find_evidence_turns(made, AgeLimits())] == [False] * 5


@pytest.mark.parametrize(("made_on", "limit", "ends"), [("9999-12-30", 0, True), ("9999-12-31", 0, False)])
def test_no_evidence_is_too_old_after_the_last_day(made_on, limit, ends):
    item = Evidence(ref="a.md", date=date.fromisoformat(made_on))
    found = list(find_evidence_turns(plan("hosted_api", {"AB-04": naming(shown=[item])}), AgeLimits(days=limit)))
    assert [one.day for one in found if one.is_too_old] == ([date.max] if ends else [])


def test_what_is_too_old_is_said_with_the_limit():
    _, judged = judged_at(TODAY, replace(GOOD, date=date(2026, 1, 1)), 1)
    assert "docs/good.md is dated 2026-01-01, and may be at most 1 day old" in judged.reason
    assert "Renew the evidence" in judged.remedy


def test_undated_evidence_meets_no_limit():
    state, judged = judged_at(TODAY, GOOD, 30)
    assert (state, judged.outcome) == ("undated", Outcome.UNKNOWN)
    assert "has no date, and evidence may be at most 30 days old" in judged.reason
    assert judged_at(TODAY, GOOD)[0] == "found"


def test_without_a_limit_only_a_day_to_come_is_wrong():
    assert judged_at(TODAY, replace(GOOD, date=date.min))[0] == "found"
    assert judged_at(TODAY, replace(GOOD, date=TODAY))[0] == "found"
    assert judged_at(TODAY, replace(GOOD, date=TODAY + timedelta(days=1)))[0] == "not_yet"


@pytest.mark.parametrize("state", ["not_fetched", "locator", "unchecked"])
def test_age_is_judged_of_what_is_not_a_file_too(state):
    item = replace(GOOD, state=EvidenceState(state), date=TODAY - timedelta(days=9))
    assert judged_at(TODAY, item, 8)[0] == "stale"
    assert judged_at(TODAY, item, 9)[0] == state


def test_a_limit_is_for_one_safeguard():
    old = replace(GOOD, date=date(2020, 1, 1))
    made = plan("hosted_api", {"AB-04": naming(shown=[old]), "AB-05": naming(shown=[old])}, capability_evidence=(old,))
    report = evaluate(made, the_catalog(), ladder(), TODAY, limited("AB-04", 10))
    assert result(report, "AB-04").outcome is Outcome.UNKNOWN
    assert result(report, "AB-05").outcome is Outcome.SATISFIED
    assert plan_finding(report, "evidence-cannot-be-confirmed") is None


def test_what_speaks_against_a_file_is_kept():
    assert judged_at(TODAY, doubted(date=date(2020, 1, 1)), 10)[0] == "absent"


def test_a_day_to_come_counts_against_alternatives_and_capability():
    ahead = replace(GOOD, date=TODAY + timedelta(days=1))
    made = plan("open_weights", adopted=["companion-classifier"], capability_evidence=(ahead,))
    aged = mark_ages(adoption_of(made, "companion-classifier", ahead), TODAY, {})
    assert list_adopted(aged) == frozenset()
    assert find_doubtful(aged.model.capability_evidence)


# --- words ----------------------------------------------------------------------------------------------------------


def test_many_problems_are_cut_and_counted():
    many = [doubted(ref=f"{number}.md") for number in range(9)]
    assert describe_problems(many) == (
        "0.md was not found; 1.md was not found; 2.md was not found; 3.md was not found; 4.md was not found; and 4 more"
    )
    assert describe_problems(many[:5]).endswith("; 4.md was not found")
    assert describe_problems(many[:6]).endswith("; 4.md was not found; and 1 more")
    assert describe_problems([many[0], many[0], GOOD]) == "0.md was not found"
    assert describe_problems([GOOD]) == describe_remedies([GOOD]) == ""


@pytest.mark.parametrize("state", DOUBTFUL)
def test_each_doubtful_state_has_a_remedy(state):
    assert describe_remedies([doubted(state=state)]).endswith(".")


def test_the_tally_counts_everything_that_is_named():
    states = ("found", "found", "not_fetched", "locator", "locator", "absent", "unchecked")
    shown = [Evidence(ref=f"{number}", state=EvidenceState(state)) for number, state in enumerate(states)]
    made = plan(
        "hosted_api", {"AB-04": naming(shown=shown[:3]), "AB-05": "planned"}, capability_evidence=tuple(shown[3:])
    )
    assert count_evidence(made) == (
        "1 not checked; 2 files found; 1 URL not opened; 2 other locators not checked; 1 not found"
    )
    assert count_evidence(plan("hosted_api")) == "none named"
