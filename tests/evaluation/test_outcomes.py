"""The outcome of one safeguard in one place, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from building import (
    ACCESS_LEVELS,
    CLOSED,
    FOUND,
    LOCAL,
    OPEN,
    READABLE,
    catalog,
    channel,
    claim,
    evidence,
    finding,
    ids,
    ladder,
    outcomes,
    plan,
    report_on,
    result,
)
from test_catalog_data import FLAG, REQUIRED, ROLE, TABLE, flag_in_table

from aisafe_cli.domain.catalog import ROLES, Flag
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import EvidenceState, Status
from aisafe_cli.evaluation.stages import Place, StageEnd, find_ruled_out, find_stage_ends

BY_STATUS = {
    "implemented": "satisfied",
    "partial": "partial",
    "planned": "planned",
    "not_implemented": "gap",
    "unanswered": "unknown",
}
RELIED_ON = ("implemented", "partial")
SERVICE = [name for name, (binds, *_) in TABLE.items() if binds == "service"]
RUNGS_OF = {"closed_api": CLOSED, "local_download": LOCAL, "open_weights": OPEN}


# --- every role, rung, status and kind of evidence, against the rules as the design states them ----------------------


TO_ANYBODY = ("local_download_restricted", *OPEN)
CASUAL_PARTIAL = ("high", "severe", "unknown")
FOUND_ASKED = ("severe", "unknown")
BOUND_BY_CONTRACT = ("AB-04", "AB-05", "AB-07")


def applies(name, role, access_level, capability):
    tunable = access_level in (*READABLE, "hosted_api_finetune", "on_device_managed")
    outside = access_level != "internal_only"
    preconditions = {
        "AB-03": tunable,
        **dict.fromkeys(("AB-04", "AB-05", "AB-07", "AB-08", "AB-09"), outside),
        "AB-10": capability in ("high", "severe", "unknown"),
        "AB-11": access_level in READABLE,
        "AB-12": tunable,
    }
    return role in {ROLE[letter] for letter in TABLE[name][1]} and preconditions.get(name, True)


def own_flag(name, role, access_level):
    return TABLE[name][3].get(role) or flag_in_table(name, access_level)


def expected_flag(name, role, access_level, operator):
    letter = own_flag(name, role, access_level)
    return "c" if (letter, operator) == ("C", "third_party") and name in SERVICE else letter


def lacks_contract(name, role, access_level, operator, stated):
    sealed = access_level == "private_deployment_sealed" and name in BOUND_BY_CONTRACT and role not in TABLE[name][3]
    needed = sealed or (operator == "third_party" and name in SERVICE)
    return needed and all(item.type != "contract" for item in stated.evidence)


def lacks_evidence(name, capability, stated):
    """The evidence of plans in memory is never found."""
    if name not in ("AB-11", "AB-14"):
        return False
    return capability in FOUND_ASKED or (capability == "high" and not stated.evidence)


def expected_outcome(name, role, access_level, operator, capability, stated):
    if not applies(name, role, access_level, capability):
        return "not_applicable"
    relied_on = stated.status in RELIED_ON
    if own_flag(name, role, access_level) == "X":
        if relied_on:
            return "ineffective"
        return BY_STATUS[stated.status] if name == "AB-06" else "incompatible"
    if not relied_on:
        return BY_STATUS[stated.status]
    tested = any(item.type == "tamper_evaluation" for item in stated.evidence)
    changeable = access_level in (*READABLE, "hosted_api_finetune")
    casual = stated.against == "casual_users"
    needs_test = {
        "AB-02": changeable and not casual,
        "AB-03": changeable,
        "AB-12": access_level == "hosted_api_finetune",
    }
    if needs_test.get(name) and not tested:
        return "ineffective"
    if lacks_contract(name, role, access_level, operator, stated) or lacks_evidence(name, capability, stated):
        return "unknown"
    if name == "AB-02" and changeable and casual and not tested and capability in CASUAL_PARTIAL:
        return "partial"
    return BY_STATUS[stated.status]


def expected_level(name, outcome, letter, size, capability):
    if outcome == "ineffective":
        return "error"
    if outcome == "incompatible":
        return "warning" if capability in ("high", "severe", "unknown") else "note"
    if outcome in ("satisfied", "not_applicable"):
        return "note"
    rule = REQUIRED[size, capability]
    required = rule is None or (letter == "C" if rule == "C" else name in rule)
    if name == "AB-03":
        required = capability in ("severe", "unknown")
    return "error" if required or name == "AB-11" else "warning"


CLAIMS = [
    *(claim(status) for status in Status),
    *(claim(status, against="casual_users") for status in RELIED_ON),
    *(claim(status, shown=["policy", "tamper_evaluation"]) for status in RELIED_ON),
    claim("implemented", shown=["evaluation", "contract"]),
]
SETTINGS = [
    ("solo", "low", "self"),
    ("medium", "moderate", "third_party"),
    ("large", "low", "self"),
    ("large", "low", "third_party"),
    ("large", "severe", "self"),
    ("medium", "high", "self"),
    ("small", "unknown", "third_party"),
]


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
@pytest.mark.parametrize("role", ROLES)
def test_follows_the_rules_everywhere(role, access_level):
    for stated, (size, capability, operator) in product(CLAIMS, SETTINGS):
        if not any(applies(name, role, access_level, capability) for name in TABLE):
            continue
        only = channel(access_level, operator=operator)
        report = report_on(
            plan(only, dict.fromkeys(TABLE, stated), role=role, size=size, capability=capability),
        )
        for name in TABLE:
            found = result(report, name)
            letter = expected_flag(name, role, access_level, operator)
            outcome = expected_outcome(name, role, access_level, operator, capability, stated)
            own = own_flag(name, role, access_level)
            level = expected_level(name, outcome, own, size, capability)
            if name in SERVICE and operator == "third_party" and access_level in TO_ANYBODY and level == "error":
                level = "error" if outcome == "ineffective" else "warning"
            where = f"{name}, {size}, {capability}, {operator}, {stated}"
            assert (str(found.flag), str(found.outcome), str(found.level)) == (FLAG[letter], outcome, level), where


# --- each safeguard can be met and can be missed --------------------------------------------------------------------


def access_level_where_it_applies(name, mode):
    return next(access_level for access_level in RUNGS_OF[mode] if applies(name, "developer", access_level, "severe"))


def cells(allowed):
    return [
        (name, mode)
        for name, (_, _, flags, _, _) in TABLE.items()
        for mode, access_levels in RUNGS_OF.items()
        if any(applies(name, "developer", access_level, "severe") for access_level in access_levels)
        and any(
            flag_in_table(name, access_level) != "X" and applies(name, "developer", access_level, "severe")
            for access_level in access_levels
        )
        == allowed
    ]


@pytest.mark.parametrize(("name", "mode"), cells(allowed=True))
def test_each_safeguard_is_met_or_missed_in_each_mode_that_allows_it(name, mode):
    access_level = next(
        access_level
        for access_level in RUNGS_OF[mode]
        if flag_in_table(name, access_level) != "X" and applies(name, "developer", access_level, "severe")
    )
    for status, outcome in BY_STATUS.items():
        stated = claim(status, evidence=FOUND)
        assert result(report_on(plan(access_level, {name: stated}, capability="severe")), name).outcome == outcome
    assert result(report_on(plan(access_level, capability="severe")), name).outcome == "unknown"


@pytest.mark.parametrize(("name", "mode"), cells(allowed=False))
def test_what_cannot_work_is_incompatible_unless_it_is_relied_on(name, mode):
    access_level = access_level_where_it_applies(name, mode)
    for status in BY_STATUS:
        stated = claim(status, shown=["tamper_evaluation", "contract"])
        found = result(report_on(plan(access_level, {name: stated}, capability="severe")), name)
        if status in RELIED_ON:
            assert found.outcome == "ineffective"
            assert found.level is Level.ERROR
        elif name == "AB-06":
            assert found.outcome == BY_STATUS[status]
        else:
            assert found.outcome == "incompatible"
            assert found.level is Level.WARNING


def test_all_cells_of_the_three_modes_are_covered():
    # Eight can work in local_download by the mode's own flags, five more on devices; AB-10 nowhere. In closed_api no
    # weights go out, so nobody is asked to decide on that.
    assert len(cells(allowed=True)) == 13 + 13 + 5
    assert ("AB-10", "local_download") in cells(allowed=False)


# --- who and when ---------------------------------------------------------------------------------------------------

CARRIED_BY = {
    "developer": set(TABLE),
    "fine_tuner": set(TABLE),
    "deployer": {"AB-04", "AB-05", "AB-06", "AB-07", "AB-08", "AB-09", "AB-12"},
    "hosting_platform": {"AB-07", "AB-08"},
    "distributor": {"AB-06", "AB-07", "AB-08"},
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_carries_its_own(role):
    report = report_on(plan("hosted_api_finetune", role=role, capability="severe"))
    assert {name for name, outcome in outcomes(report).items() if outcome != "not_applicable"} == CARRIED_BY[role] - {
        "AB-11"
    }


@pytest.mark.parametrize("role", ROLES)
def test_says_who_carries_out_what_this_role_does_not(role):
    report = report_on(plan("hosted_api_finetune", role=role, capability="severe"))
    for name in set(TABLE) - CARRIED_BY[role]:
        reason = finding(report, name).reason
        assert role.replace("_", " ") in reason
        assert "developer, fine tuner" in reason


def test_the_role_is_looked_at_before_the_precondition():
    found = result(report_on(plan("hosted_api", role="deployer")), "AB-03")
    assert "deployer" in found.reason


@pytest.mark.parametrize("name", ["AB-03", "AB-10", "AB-12"])
def test_a_precondition_gives_its_reason(name):
    found = result(report_on(plan("hosted_api", capability="moderate")), name)
    condition = next(safeguard.applies_when for safeguard in catalog().safeguards if safeguard.id == name)
    assert (found.outcome, found.level, found.required) == (Outcome.NOT_APPLICABLE, Level.NOTE, False)
    assert condition is not None
    assert found.reason == condition.reason


@pytest.mark.parametrize("status", [status for status in BY_STATUS if status != "unanswered"])
def test_a_claim_on_what_does_not_apply_is_mentioned(status):
    report = report_on(plan("hosted_api", {"AB-03": status, "AB-10": status}))
    for name in ("AB-03", "AB-10"):
        assert f"The plan's claim ({status.replace('_', ' ')}) has no effect here." in finding(report, name).reason


def test_no_claim_is_mentioned_where_there_is_none():
    report = report_on(plan("hosted_api", {"AB-03": "unanswered"}))
    assert "claim" not in finding(report, "AB-03").reason
    assert "claim" not in finding(report, "AB-10").reason


def test_a_claim_limited_to_a_less_open_channel_is_mentioned_too():
    claims = {"AB-10": claim("implemented", "hosted_api")}
    report = report_on(plan(["hosted_api", "open_weights"], claims))
    assert "claim" in finding(report, "AB-10").reason


# --- flags ----------------------------------------------------------------------------------------------------------


def test_a_role_exception_goes_before_the_access_levels():
    platform = report_on(plan("on_device_managed", role="hosting_platform"))
    assert result(platform, "AB-07").flag is Flag.CONDITIONAL
    assert result(report_on(plan("on_device_managed")), "AB-07").flag is Flag.COMPATIBLE


def test_a_access_level_exception_goes_before_the_modes():
    flags = {
        access_level: str(result(report_on(plan(access_level)), "AB-04").flag)
        for access_level in ("hosted_api", *LOCAL, CLOSED[5])
    }
    assert flags == {
        "hosted_api": "compatible",
        "private_deployment_sealed": "conditional",
        "on_device_managed": "conditional",
        "gated_weights_vetted": "incompatible",
        "local_download_restricted": "incompatible",
    }


def test_a_conditional_flag_names_its_condition():
    bound = claim(shown=["contract"])
    found = result(report_on(plan("private_deployment_sealed", {"AB-04": bound})), "AB-04")
    safeguard = finding(report_on(plan("private_deployment_sealed")), "AB-04").safeguard
    assert found.outcome is Outcome.SATISFIED
    assert safeguard.by_access["private_deployment_sealed"].condition.rstrip(".") in found.reason


# --- operators ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLE)
def test_only_what_binds_a_service_needs_a_contract_with_another_operator(name):
    own = result(report_on(plan("hosted_api", {name: "not_implemented"}, capability="severe")), name)
    theirs = channel("hosted_api", operator="third_party")
    found = result(report_on(plan(theirs, {name: "not_implemented"}, capability="severe")), name)
    if name in SERVICE:
        assert (own.flag, found.flag) == (Flag.COMPATIBLE, Flag.CONDITIONAL)
    else:
        assert (found.flag, found.outcome, found.remedy) == (own.flag, own.outcome, own.remedy)
    assert ("`contract`" in found.remedy) == (name in SERVICE and name != "AB-12")


@pytest.mark.parametrize("status", BY_STATUS)
def test_without_a_contract_nobody_knows_what_another_operator_does(status):
    theirs = channel("hosted_api", operator="third_party")
    found = result(report_on(plan(theirs, {"AB-04": claim(status, shown=["log"])})), "AB-04")
    assert found.outcome == ("unknown" if status in RELIED_ON else BY_STATUS[status])
    assert "`contract`" in found.remedy
    assert "contract" in found.reason


def test_a_contract_that_cannot_be_confirmed_or_that_speaks_against_it_is_none():
    theirs = channel("hosted_api", operator="third_party")
    (contract,) = evidence("contract")
    for piece in (replace(contract, state=EvidenceState.ABSENT), replace(contract, result="contradicts")):
        found = result(report_on(plan(theirs, {"AB-04": claim(evidence=(piece,))})), "AB-04")
        assert found.outcome is Outcome.UNKNOWN


def test_beside_weights_for_anybody_others_who_host_are_never_required_to_do_anything():
    theirs, weights = channel("hosted_api", "host", operator="third_party"), channel("open_weights", "weights")
    for channels, required in (([theirs], True), ([theirs, weights], False)):
        report = report_on(plan(channels, {"AB-04": claim("not_implemented", "host")}, capability="severe"))
        assert result(report, "AB-04", "host").required is required
    vetted = channel("gated_weights_vetted", "group")
    report = report_on(plan([theirs, vetted], {"AB-04": claim("not_implemented", "host")}, capability="severe"))
    assert result(report, "AB-04", "host").level is Level.ERROR


def test_handing_a_service_to_an_operator_lowers_nothing():
    for operator in ("self", "third_party"):
        report = report_on(plan(channel("hosted_api", operator=operator), size="large", capability="low"))
        assert result(report, "AB-04").required


def test_nothing_is_left_to_do_where_the_contract_is_shown():
    theirs = channel("hosted_api", operator="third_party")
    found = result(report_on(plan(theirs, {"AB-04": claim(shown=["log", "contract"])})), "AB-04")
    assert (found.outcome, found.remedy) == (Outcome.SATISFIED, "")


def test_another_operator_does_not_make_possible_what_cannot_work():
    mirror = channel("open_weights", operator="third_party")
    found = result(report_on(plan(mirror, {"AB-04": claim(shown=["contract"])})), "AB-04")
    assert (found.flag, found.outcome) == (Flag.INCOMPATIBLE, Outcome.INEFFECTIVE)


def test_what_works_on_a_condition_keeps_it_with_another_operator():
    theirs = channel("private_deployment_sealed", operator="third_party")
    for operated in ("private_deployment_sealed", theirs):
        for name, condition in (
            ("AB-04", "allows monitoring inside the deployment"),
            ("AB-09", "part of the sealed software"),
        ):
            found = result(report_on(plan(operated, {name: claim(shown=["contract"])})), name)
            assert condition in found.reason
            assert found.outcome is Outcome.SATISFIED
        bare = result(report_on(plan(operated, {"AB-09": "implemented"})), "AB-09")
        assert bare.outcome == ("satisfied" if operated is not theirs else "unknown")


# --- claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_holds_in_its_scope_only():
    report = report_on(plan(["hosted_ui", "hosted_api"], {"AB-04": claim("implemented", "hosted_api")}))
    assert result(report, "AB-04", "hosted_api").outcome is Outcome.SATISFIED
    assert result(report, "AB-04", "hosted_ui").outcome is Outcome.UNKNOWN
    assert finding(report, "AB-04").outcome is Outcome.UNKNOWN


def test_each_claim_of_a_list_holds_in_its_own_scope():
    claims = [claim("partial", "hosted_api"), claim("implemented", "hosted_ui", "internal_only"), claim("planned", "x")]
    channels = ["internal_only", "hosted_ui", "hosted_api", channel("hosted_api", "x"), channel("hosted_api", "y")]
    report = report_on(plan(channels, {"AB-05": claims}))
    assert {item.channel: str(item.outcome) for item in finding(report, "AB-05").channels} == {
        "internal_only": "not_applicable",
        "hosted_ui": "satisfied",
        "hosted_api": "partial",
        "x": "planned",
        "y": "unknown",
    }


def test_an_unanswered_claim_is_no_answer():
    report = report_on(plan("hosted_api", {"AB-01": "unanswered"}))
    assert result(report, "AB-01").outcome is Outcome.UNKNOWN
    assert outcomes(report)["AB-01"] == outcomes(report_on(plan("hosted_api")))["AB-01"]


def test_a_planned_claim_is_told_that_it_cannot_work():
    planned = result(report_on(plan("open_weights", {"AB-04": "planned"})), "AB-04")
    refused = result(report_on(plan("open_weights", {"AB-04": "not_implemented"})), "AB-04")
    assert planned.outcome is refused.outcome is Outcome.INCOMPATIBLE
    assert planned.reason.endswith("It is planned, but it cannot work here.")
    assert refused.reason == planned.reason.removesuffix(" It is planned, but it cannot work here.")


def test_what_cannot_work_names_its_alternatives():
    for status in ("implemented", "planned"):
        found = result(report_on(plan("open_weights", {"AB-08": status})), "AB-08")
        for alternative in finding(report_on(plan("open_weights")), "AB-08").safeguard.alternatives:
            assert alternative in found.remedy


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("implemented", "Narrow the claim to channels where it can work, or withdraw it."), ("planned", "")],
)
def test_where_the_catalog_knows_no_alternative_none_is_named(status, remedy):
    bare = replace(catalog(), safeguards=tuple(replace(one, alternatives=()) for one in catalog().safeguards))
    assert result(report_on(plan("open_weights", {"AB-08": status}), by=bare), "AB-08").remedy == remedy


# --- tamper evaluations ---------------------------------------------------------------------------------------------

TUNABLE = ("hosted_api_finetune", *READABLE)


@pytest.mark.parametrize("status", RELIED_ON)
@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
@pytest.mark.parametrize("against", ["malicious_actors", "casual_users"])
def test_training_against_harm_needs_a_tamper_evaluation_where_the_model_can_be_changed(access_level, against, status):
    untested = claim(status, shown=["evaluation", "paper"], against=against)
    tested = claim(status, shown=["evaluation", "tamper_evaluation"], against=against)
    needed = access_level in TUNABLE and against == "malicious_actors"
    assert result(report_on(plan(access_level, {"AB-02": tested})), "AB-02").outcome == BY_STATUS[status]
    found = result(report_on(plan(access_level, {"AB-02": untested})), "AB-02")
    assert found.outcome == ("ineffective" if needed else BY_STATUS[status])
    assert ("`tamper_evaluation`" in found.remedy) == needed
    assert ("casual users only" in found.reason) == (against == "casual_users")


@pytest.mark.parametrize("against", ["malicious_actors", "casual_users"])
@pytest.mark.parametrize("access_level", TUNABLE)
def test_resistance_to_tampering_always_needs_a_tamper_evaluation(access_level, against):
    for status in RELIED_ON:
        untested = report_on(plan(access_level, {"AB-03": claim(status, against=against)}))
        tested = report_on(plan(access_level, {"AB-03": claim(status, shown=["tamper_evaluation"], against=against)}))
        assert result(untested, "AB-03").outcome is Outcome.INEFFECTIVE
        assert "against: casual_users" not in result(untested, "AB-03").remedy
        assert result(tested, "AB-03").outcome == BY_STATUS[status]


@pytest.mark.parametrize("status", RELIED_ON)
def test_a_tuning_service_needs_a_tamper_evaluation(status):
    assert result(report_on(plan("hosted_api_finetune", {"AB-12": status})), "AB-12").outcome is Outcome.INEFFECTIVE
    assert result(report_on(plan("on_device_managed", {"AB-12": status})), "AB-12").outcome == BY_STATUS[status]
    tested = claim(status, shown=["tamper_evaluation"])
    assert result(report_on(plan("hosted_api_finetune", {"AB-12": tested})), "AB-12").outcome == BY_STATUS[status]


@pytest.mark.parametrize("status", ["planned", "not_implemented", "unanswered"])
def test_what_is_not_relied_on_needs_no_evaluation(status):
    report = report_on(plan("hosted_api_finetune", dict.fromkeys(("AB-02", "AB-03", "AB-12"), status)))
    assert {result(report, name).outcome for name in ("AB-02", "AB-03", "AB-12")} == {BY_STATUS[status]}


def test_no_other_safeguard_asks_for_a_tamper_evaluation():
    report = report_on(plan("hosted_api_finetune", dict.fromkeys(ids(), "implemented"), capability="severe"))
    assert [name for name, outcome in outcomes(report).items() if outcome == "ineffective"] == [
        "AB-02",
        "AB-03",
        "AB-12",
    ]


def test_a_tamper_evaluation_counts_for_its_own_claim_only():
    claims = [claim("implemented", "a", shown=["tamper_evaluation"]), claim("implemented", "b")]
    report = report_on(plan([channel("open_weights", "a"), channel("open_source", "b")], {"AB-02": claims}))
    assert result(report, "AB-02", "a").outcome is Outcome.SATISFIED
    assert result(report, "AB-02", "b").outcome is Outcome.INEFFECTIVE


# --- judged once, for the release -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AB-11", "AB-14"])
def test_what_binds_the_release_is_judged_on_the_most_open_channel(name):
    report = report_on(plan(["hosted_api", "open_weights"], {name: claim("implemented", "open_weights")}))
    assert finding(report, name).outcome is Outcome.SATISFIED
    assert [item.judged for item in finding(report, name).channels] == [False, True]
    report = report_on(plan(["hosted_api", "open_weights"], {name: claim("implemented", "hosted_api")}))
    assert finding(report, name).outcome is Outcome.UNKNOWN
    flags = {item.flag for item in finding(report, name).channels}
    assert flags == {Flag.CAUTIONARY if name == "AB-11" else Flag.COMPATIBLE}


@pytest.mark.parametrize(
    ("first", "second", "worse"),
    [
        ("implemented", "planned", "planned"),
        ("not_implemented", "planned", "gap"),
        ("partial", "implemented", "partial"),
        ("unanswered", "not_implemented", "unknown"),
    ],
)
def test_of_several_most_open_channels_the_worst_counts(first, second, worse):
    for one, other in ((first, second), (second, first)):
        channels = [channel("open_weights", "b"), channel("open_weights", "a"), "hosted_api"]
        report = report_on(plan(channels, {"AB-14": [claim(one, "b"), claim(other, "a", "hosted_api")]}))
        assert {str(item.outcome) for item in finding(report, "AB-14").channels} == {worse}
        assert [item.judged for item in finding(report, "AB-14").channels] == [False, True, True]


def test_a_claim_for_one_of_two_most_open_channels_leaves_the_other_unanswered():
    channels = [channel("open_weights", "b"), channel("open_weights", "a")]
    for name in ("a", "b"):
        report = report_on(plan(channels, {"AB-11": claim("implemented", name)}))
        assert finding(report, "AB-11").outcome is Outcome.UNKNOWN


def test_relying_on_one_of_two_most_open_channels_is_ineffective():
    channels = [channel("open_weights", "b"), channel("open_weights", "a")]
    for name in ("a", "b"):
        report = report_on(plan(channels, {"AB-13": claim("implemented", name)}))
        assert finding(report, "AB-13").outcome is Outcome.INEFFECTIVE


# --- stages ---------------------------------------------------------------------------------------------------------


BEFORE = date(2020, 1, 1)


def staged(channels, *claims):
    report = report_on(plan(channels, {"AB-06": claims}), BEFORE)
    found = finding(report, "AB-06")
    (result,) = {(item.outcome, item.flag, item.remedy) for item in found.channels}
    (reason,) = {item.reason for item in found.channels if item.judged}
    return (*result[:2], reason, result[2])


API = channel("hosted_api", "api", "2026-04-01")
WEIGHTS = channel("open_weights", "weights", "2026-05-01")
STAGE = claim("implemented", "api")


def variant(access, name, opens, of):
    return channel(access, name, opens, variant=of)


# Channels and claims under which a stage held before the weights opened.
HELD = {
    "service before weights": ([API, WEIGHTS], [STAGE]),
    "service open from the start": ([channel("hosted_api", "api"), WEIGHTS], [STAGE]),
    "vetted group before weights": (
        [channel("gated_weights_vetted", "group", "2026-04-30"), WEIGHTS],
        [claim("implemented", "group")],
    ),
    "a stage without a variant": (
        [channel("hosted_api", "api", "2026-01-01"), variant("open_weights", "l", "2026-03-01", "L")],
        [STAGE],
    ),
    "a stage without a variant before two": (
        [
            channel("hosted_api", "api", "2026-01-01"),
            variant("open_weights", "s", "2026-02-01", "S"),
            variant("open_weights", "l", "2026-03-01", "L"),
        ],
        [STAGE],
    ),
    "one of the named channels is a stage": (
        [API, WEIGHTS, channel("hosted_ui", "page", "2026-09-01")],
        [claim("implemented", "page", "api")],
    ),
    "the open channel named beside the stage": ([API, WEIGHTS], [claim("implemented", "weights", "api")]),
    "refused elsewhere": ([API, WEIGHTS], [STAGE, claim("not_implemented", "weights")]),
    "planned elsewhere": ([API, WEIGHTS], [claim("planned", "weights"), STAGE]),
    "third-party stage": ([channel("hosted_api", "api", "2026-04-01", operator="third_party"), WEIGHTS], [STAGE]),
    "before every open channel": (
        [
            API,
            WEIGHTS,
            channel("open_source", "source", "2026-09-01"),
            channel("gated_weights_clickthrough", "hub", "2026-04-02"),
        ],
        [STAGE],
    ),
    "the last variant": (
        [
            variant("open_weights", "s", "2026-01-01", "S"),
            variant("hosted_api", "api", "2026-02-01", "L"),
            variant("open_weights", "l", "2026-03-01", "L"),
        ],
        [STAGE],
    ),
    "the variant without a name opens last": (
        [variant("open_weights", "s", "2026-01-01", "S"), API, WEIGHTS],
        [STAGE],
    ),
}

# Channels and claims that rely on a stage that was none.
NOT_HELD = {
    "same day": ([API, channel("open_weights", "weights", "2026-04-01")], [STAGE]),
    "after the weights": ([channel("hosted_api", "api", "2026-05-02"), WEIGHTS], [STAGE]),
    "both open from the start": ([channel("hosted_api", "api"), channel("open_weights", "weights")], [STAGE]),
    "weights open from the start": ([API, channel("open_weights", "weights")], [STAGE]),
    "claim without channels": ([API, WEIGHTS], [claim("implemented")]),
    "claim on the weights": ([API, WEIGHTS], [claim("implemented", "weights")]),
    "partial claim with a stage": ([API, WEIGHTS], [claim("partial", "api")]),
    "partial claim without channels": ([API, WEIGHTS], [claim("partial")]),
    "a second claim that relies on the weights": ([API, WEIGHTS], [STAGE, claim("implemented", "weights")]),
    "a second claim that is partial": (
        [API, WEIGHTS, channel("hosted_ui", "page", "2026-04-02")],
        [STAGE, claim("partial", "page")],
    ),
    "after the first of two open channels": (
        [API, WEIGHTS, channel("open_source", "source", "2026-03-01")],
        [STAGE],
    ),
    "after an earlier but less open download": (
        [API, WEIGHTS, channel("gated_weights_clickthrough", "hub", "2026-03-01")],
        [STAGE],
    ),
    "a click is no stage": (
        [channel("gated_weights_clickthrough", "hub", "2026-03-01"), WEIGHTS],
        [claim("implemented", "hub")],
    ),
    "only an early variant": (
        [
            variant("hosted_api", "api", "2026-01-01", "S"),
            variant("open_weights", "s", "2026-02-01", "S"),
            variant("open_weights", "l", "2026-03-01", "L"),
        ],
        [STAGE],
    ),
    "a late mirror of an early variant": (
        [
            variant("hosted_api", "api", "2026-01-01", "S"),
            variant("open_weights", "s", "2026-02-01", "S"),
            variant("open_weights", "l", "2026-03-01", "L"),
            variant("open_weights", "mirror", "2026-12-01", "S"),
        ],
        [STAGE],
    ),
    "no stage of the variant that opens a further channel last": (
        [
            variant("hosted_api", "api", "2026-01-01", "L"),
            variant("open_weights", "s", "2026-02-01", "S"),
            variant("open_weights", "l", "2026-03-01", "L"),
            variant("open_weights", "mirror", "2026-12-01", "S"),
        ],
        [STAGE],
    ),
    "another variant's channel": (
        [
            variant("hosted_api", "api", "2026-01-01", "S"),
            variant("open_weights", "l", "2026-03-01", "L"),
        ],
        [STAGE],
    ),
    "inside before outside": (
        [channel("internal_only", "lab", "2026-04-30"), WEIGHTS],
        [claim("implemented", "lab")],
    ),
    "a paper license is no stage": (
        [channel("local_download_restricted", "copies", "2026-04-30"), WEIGHTS],
        [claim("implemented", "copies")],
    ),
    "a smaller variant that is open itself": (
        [variant("open_weights", "s", "2026-01-01", "S"), variant("open_weights", "l", "2026-03-01", "L")],
        [claim("implemented", "s")],
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_a_stage_before_the_weights_satisfies(name):
    channels, claims = HELD[name]
    outcome, flag, reason, _ = staged(channels, *claims)
    assert (outcome, flag) == (Outcome.SATISFIED, Flag.INCOMPATIBLE)
    assert reason.startswith("In force on ")


@pytest.mark.parametrize("name", NOT_HELD)
def test_relying_on_a_stage_that_was_none_is_ineffective(name):
    channels, claims = NOT_HELD[name]
    outcome, flag, _, remedy = staged(channels, *claims)
    assert (outcome, flag) == (Outcome.INEFFECTIVE, Flag.INCOMPATIBLE)
    is_open = any(one.opens is None and one.access in OPEN for one in channels)
    assert (
        ("Too late for a limited stage: the full release has been open" in remedy)
        if is_open
        else ("limited stage first" in remedy)
    )


@pytest.mark.parametrize("status", ["planned", "not_implemented", "unanswered", None])
@pytest.mark.parametrize("scope", [(), ("api",), ("weights",), ("api", "weights")])
def test_a_stage_not_relied_on_is_judged_as_if_it_could_work(status, scope):
    outcome, flag, _, remedy = staged([API, WEIGHTS], *([claim(status, *scope)] if status else []))
    assert (outcome, flag) == (BY_STATUS[status or "unanswered"], Flag.INCOMPATIBLE)
    assert remedy.startswith("Open a limited stage first")


def test_a_stage_holds_until_the_day_its_variant_opens():
    _, _, reason, _ = staged(*HELD["the last variant"][:1], *HELD["the last variant"][1])
    assert reason.startswith("In force on api until 2026-03-01.")
    channels, claims = HELD["before every open channel"]
    assert staged(channels, *claims)[2].startswith("In force on api until 2026-04-02.")


def test_without_open_weights_stages_are_judged_like_anything_else():
    for access_level, flag in (
        ("hosted_ui", "compatible"),
        ("on_device_managed", "compatible"),
        (LOCAL[1], "conditional"),
    ):
        for status, outcome in BY_STATUS.items():
            found = result(report_on(plan(access_level, {"AB-06": status})), "AB-06")
            assert (str(found.flag), str(found.outcome)) == (flag, outcome)


def test_a_stage_later_than_the_date_of_the_check_counts_as_the_plan_says():
    channels = [channel("hosted_api", "api", "2031-04-01"), channel("open_weights", "weights", "2031-05-01")]
    assert staged(channels, STAGE)[0] is Outcome.SATISFIED


def test_a_partial_claim_with_a_stage_is_not_told_that_it_names_none():
    _, _, reason, _ = staged([API, WEIGHTS], claim("partial", "api"))
    assert "names no stage" not in reason


def test_the_order_of_two_stage_claims_does_not_matter():
    page = channel("hosted_ui", "page", "2026-04-02")
    claims = [STAGE, claim("implemented", "page", shown=["log"])]
    forth = report_on(plan([API, WEIGHTS, page], {"AB-06": claims}))
    back = report_on(plan([API, WEIGHTS, page], {"AB-06": claims[::-1]}))
    assert forth.findings == back.findings
    assert forth.scores == back.scores


def test_only_stages_are_named_as_what_held():
    _, _, reason, _ = staged([API, WEIGHTS], claim("implemented", "api", "weights"))
    assert reason.startswith("In force on api until 2026-05-01.")


def test_each_end_of_a_stage_belongs_to_its_variant():
    channels, _ = HELD["the last variant"]
    places = [Place(channel=one, access_level=ladder().access_levels[one.access]) for one in channels]
    ruled_out = find_ruled_out(finding(report_on(plan(channels)), "AB-06").safeguard, plan(channels), places)
    assert ruled_out == {"s", "l"}
    assert find_stage_ends(places, ruled_out) == [
        StageEnd(variant="L", day=date(2026, 3, 1), stages=frozenset({"api"}))
    ]


@pytest.mark.parametrize(
    ("opens", "day", "words"),
    [
        ("2026-05-01", date(2026, 5, 1), ""),
        ("2026-05-01", date(2026, 5, 2), "Too late for a limited stage: the full release opened on 2026-05-01."),
        (None, date(2026, 5, 1), "Too late for a limited stage: the full release has been open from the start."),
    ],
)
@pytest.mark.parametrize("status", ["planned", "partial", None])
def test_a_stage_before_a_day_that_is_past_is_too_late(opens, day, words, status):
    claims = {"AB-06": claim(status, "weights")} if status else {}
    report = report_on(plan([channel("open_weights", "weights", opens)], claims), day)
    found = finding(report, "AB-06")
    assert (found.too_late is not None) == bool(words)
    assert found.remedy.startswith(words or "Open a limited stage first")
    assert ("nly a waiver can lift this" in found.remedy) == bool(words)
    assert ("ithdraw the claim" in found.remedy) == (status == "partial")


# --- until publication ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AB-10", "AB-13"])
@pytest.mark.parametrize(
    ("claims", "outcome"),
    [
        ([claim("implemented", "api")], "satisfied"),
        ([claim("implemented", "api"), claim("not_implemented", "weights")], "satisfied"),
        ([claim("implemented", "api"), claim("implemented", "weights")], "ineffective"),
        ([claim("implemented", "api", "weights")], "ineffective"),
        ([claim("implemented")], "ineffective"),
        ([claim("partial")], "ineffective"),
        ([claim("partial", "api")], "incompatible"),
        ([claim("implemented", "api"), claim("partial", "page")], "incompatible"),
        ([claim("planned", "api")], "incompatible"),
        ([claim("planned")], "incompatible"),
        ([], "incompatible"),
    ],
)
def test_what_was_guarded_until_publication_was_guarded(name, claims, outcome):
    page = channel("hosted_ui", "page")
    report = report_on(plan([API, page, WEIGHTS], {name: claims}, capability="high"))
    found = finding(report, name)
    assert str(found.outcome) == outcome
    assert (": In force on api until 2026-05-01." in found.reason) == (outcome == "satisfied")


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
@pytest.mark.parametrize("name", ["AB-06", "AB-10", "AB-13"])
def test_naming_a_stage_never_makes_a_narrower_release_fail_where_the_wider_one_passes(name, access_level):
    def judged_with(access):
        channels = [channel("hosted_ui", "page", "2026-04-01"), channel(access, "main", "2026-05-01")]
        report = report_on(plan(channels, {name: claim("implemented", "page")}, capability="high", size="large"))
        return finding(report, name).outcome

    assert judged_with("open_weights") is Outcome.SATISFIED
    assert judged_with(access_level) is Outcome.SATISFIED


def test_a_stage_counts_only_where_another_channel_opened_after_it():
    for opens in ("2026-05-01", "2026-05-02"):
        channels = [channel("hosted_ui", "page", opens), channel("hosted_api", "main", "2026-05-01")]
        report = report_on(plan(channels, {"AB-06": claim("implemented", "page")}, capability="high"))
        assert finding(report, "AB-06").outcome is Outcome.UNKNOWN
    later = [*channels, channel("hosted_ui", "more", "2026-05-03")]
    report = report_on(plan(later, {"AB-06": claim("implemented", "page")}))
    assert finding(report, "AB-06").reason.startswith(
        "Judged for the release, on main: In force on page until 2026-05-03."
    )


@pytest.mark.parametrize("name", ["AB-06", "AB-10", "AB-13"])
def test_a_claim_on_the_most_open_channel_decides_there(name):
    channels = [channel("hosted_ui", "page", "2026-04-01"), channel("hosted_api", "main", "2026-05-01")]
    covered = plan(channels, {name: [claim("implemented", "page"), claim("partial", "main")]}, capability="high")
    assert finding(report_on(covered), name).outcome is Outcome.PARTIAL


def test_a_reason_never_says_elsewhere_of_a_channel_that_the_claim_names():
    report = report_on(plan([API, WEIGHTS], {"AB-14": claim("implemented", "api")}))
    for found in finding(report, "AB-14").channels:
        assert "other channels" not in found.reason
        assert "Claimed only on api, not on weights." in found.reason
    assert result(report, "AB-14", "api").reason.startswith("Judged for the release, on weights: ")
