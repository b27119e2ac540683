"""The shipped catalog and ladder say what the design says."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
import yaml
from building import ACCESS_LEVELS, CLOSED, LOCAL, OPEN, READABLE, catalog, channel, ids, ladder, plan, report_on

from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Flag, Mode, Safeguard
from aisafe_cli.domain.outcome import Outcome

ROOT = Path(__file__).parents[2]
SOURCE = yaml.safe_load(Path(__file__).with_name("nist-ai-800-1-ipd.passages.yaml").read_text(encoding="utf-8"))

FLAG = {"C": "compatible", "c": "conditional", "!": "cautionary", "X": "incompatible"}
ROLE = {"d": "developer", "f": "fine_tuner", "o": "deployer", "h": "hosting_platform", "t": "distributor"}

DEVICE_C, DEVICE_c = {"on_device_managed": "C"}, {"on_device_managed": "c"}
SEALED_c, PAPER_X = {"private_deployment_sealed": "c"}, {"local_download_restricted": "X"}

# binds, roles, flags for closed_api, local_download and open_weights, exceptions, preconditions
TABLE = {
    "AB-01": ("model", "df", "CCC", {}, ""),
    "AB-02": ("model", "df", "CCC", {}, ""),
    "AB-03": ("model", "df", "CCC", {}, "channel_has readable_weights tuning_api managed_adapters"),
    "AB-04": ("service", "dfo", "CXX", {**DEVICE_c, **SEALED_c}, "channel_lacks no_outsiders"),
    "AB-05": ("service", "dfo", "CXX", {**DEVICE_c, **SEALED_c}, "channel_lacks no_outsiders"),
    "AB-06": ("release", "dfot", "CcX", {**DEVICE_C, **PAPER_X}, ""),
    "AB-07": (
        *("service", "dfoht", "CcX"),
        *({**DEVICE_C, **SEALED_c, **PAPER_X, "hosting_platform": "c"}, "channel_lacks no_outsiders"),
    ),
    "AB-08": (
        *("service", "dfoht", "CXX"),
        *({**DEVICE_c, **SEALED_c, "hosting_platform": "c"}, "channel_lacks no_outsiders"),
    ),
    "AB-09": ("service", "dfo", "CXX", {**DEVICE_C, **SEALED_c}, "channel_lacks no_outsiders"),
    "AB-10": ("release", "df", "CXX", dict.fromkeys(CLOSED[1:], "c"), "capability high severe unknown"),
    "AB-11": ("release", "df", "C!!", {}, "some_channel_has readable_weights"),
    "AB-12": ("service", "dfo", "CXX", DEVICE_c, "channel_has tuning_api managed_adapters readable_weights"),
    "AB-13": ("release", "df", "CcX", {**DEVICE_C, **SEALED_c, **PAPER_X}, ""),
    "AB-14": ("release", "df", "CCC", {}, ""),
}

# size, capability: what is required; None for all that apply, "C" for all that are flagged compatible
BASIC = {"AB-01", "AB-11", "AB-14"}
REQUIRED = {
    ("solo", "low"): BASIC,
    ("solo", "moderate"): BASIC | {"AB-02"},
    **{(size, "low"): BASIC | {"AB-02"} for size in ("small", "medium")},
    **{(size, "moderate"): BASIC | {"AB-02", "AB-06"} for size in ("small", "medium")},
    ("large", "low"): "C",
    ("large", "moderate"): None,
    **dict.fromkeys(product(SIZES, ("high", "severe", "unknown"))),
}


CATALOG = yaml.safe_load((ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_text(encoding="utf-8"))


RAW = {entry["id"]: entry for entry in CATALOG["safeguards"]}
REQUIREMENTS = CATALOG["requirements"]


def by_id(name: str) -> Safeguard:
    return next(safeguard for safeguard in catalog().safeguards if safeguard.id == name)


# --- safeguards -----------------------------------------------------------------------------------------------------


def test_has_the_fourteen_safeguards_in_order():
    assert ids() == list(TABLE) == [f"AB-{number:02}" for number in range(1, 15)]


@pytest.mark.parametrize("name", TABLE)
def test_says_of_each_safeguard_what_the_design_says(name):
    binds, roles, flags, exceptions, precondition = TABLE[name]
    safeguard = by_id(name)
    assert safeguard.binds == binds
    assert set(safeguard.roles) == {ROLE[role] for role in roles}
    assert len(safeguard.roles) == len(roles)
    assert [str(safeguard.modes[mode].flag) for mode in Mode] == [FLAG[flag] for flag in flags]
    by_access_level = {access_level: judgement.flag for access_level, judgement in safeguard.by_access.items()}
    by_role = {role: judgement.flag for role, judgement in safeguard.by_role.items()}
    assert by_access_level == {key: FLAG[flag] for key, flag in exceptions.items() if key in ACCESS_LEVELS}
    assert by_role == {key: FLAG[flag] for key, flag in exceptions.items() if key in ROLES}
    key, *values = precondition.split() or [""]
    written = RAW[name].get("applies_when", {"reason": ""})
    assert {word: set(value) for word, value in written.items() if word != "reason"} == (
        {key: set(values)} if key else {}
    )


def test_only_staged_access_is_stageable_and_only_one_safeguard_is_the_weights_decision():
    assert [safeguard.id for safeguard in catalog().safeguards if safeguard.stageable] == ["AB-06"]
    assert [safeguard.id for safeguard in catalog().safeguards if safeguard.weights_decision] == ["AB-11"]


def test_tamper_evaluations_are_asked_for_where_outsiders_can_change_the_model():
    rules = {
        s.id: (s.tamper_rule.channel_has, s.tamper_rule.unless_against) for s in catalog().safeguards if s.tamper_rule
    }
    assert rules == {
        "AB-02": ({"readable_weights", "tuning_api"}, "casual_users"),
        "AB-03": ({"readable_weights", "tuning_api"}, None),
        "AB-12": ({"tuning_api"}, None),
    }


def test_what_is_guarded_until_publication():
    assert [name for name, entry in RAW.items() if entry.get("until_public")] == ["AB-10", "AB-13"]
    assert all(by_id(name).binds == "release" for name in ("AB-10", "AB-13"))


def test_a_claim_against_casual_users_is_partial_where_the_model_could_do_serious_harm():
    rules = {name: entry["evidence"].get("tamper_evaluation", {}) for name, entry in RAW.items()}
    partial = {name: rule["partial_at"] for name, rule in rules.items() if "partial_at" in rule}
    assert partial == {"AB-02": ["high", "severe", "unknown"]}
    assert all("unless_against" in rules[name] for name in partial)


def test_a_sealed_deployment_that_rests_on_a_contract_needs_one():
    needing = [
        (name, exception["access"], exception["condition_needs"])
        for name, entry in RAW.items()
        for exception in entry["applicability"].get("exceptions", ())
        if "condition_needs" in exception
    ]
    assert needing == [(name, "private_deployment_sealed", "contract") for name in ("AB-04", "AB-05", "AB-07")]


def test_a_paper_license_opens_no_more_than_open_weights_do():
    for safeguard in catalog().safeguards:
        paper = safeguard.by_access.get("local_download_restricted", safeguard.modes[Mode.LOCAL_DOWNLOAD])
        assert paper.flag == safeguard.modes[Mode.OPEN_WEIGHTS].flag, safeguard.id


def test_open_weights_gives_the_count_of_the_comment():
    flags = [safeguard.modes[Mode.OPEN_WEIGHTS].flag for safeguard in catalog().safeguards]
    assert (flags.count(Flag.COMPATIBLE), flags.count(Flag.CAUTIONARY), flags.count(Flag.INCOMPATIBLE)) == (4, 1, 9)
    assert any("nine" in text and "infer" in text for text in catalog().inferences)


def test_slugs_titles_and_remedies_are_there_and_differ():
    for field in ("slug", "title", "statement", "question", "remedy"):
        texts = [getattr(safeguard, field).strip() for safeguard in catalog().safeguards]
        assert all(texts), field
        assert len(set(texts)) == 14, field


def test_every_reason_is_there_and_no_two_are_the_same():
    judgements = [
        judgement
        for safeguard in catalog().safeguards
        for group in (safeguard.modes, safeguard.by_access, safeguard.by_role)
        for judgement in group.values()
    ]
    assert len(judgements) == 14 * 3 + sum(len(exceptions) for _, _, _, exceptions, _ in TABLE.values())
    assert all(judgement.reason.strip() for judgement in judgements)
    assert len({judgement.reason for judgement in judgements}) == len(judgements)
    assert all(bool(judgement.condition) == (judgement.flag is Flag.CONDITIONAL) for judgement in judgements)


@pytest.mark.parametrize("name", TABLE)
def test_efforts_evidence_and_groups_are_there(name):
    safeguard = by_id(name)
    assert 1 <= safeguard.effort <= 5
    assert safeguard.evidence_counts
    assert safeguard.group in catalog().groups
    assert safeguard.practices
    assert set(safeguard.practices) <= set(catalog().practices)
    assert set(safeguard.references) <= set(catalog().references)


def test_groups_are_the_five_rows_of_the_table():
    rows = [safeguard.locator.row for safeguard in catalog().safeguards]
    assert rows == [1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5]
    groups = list(catalog().groups)
    assert [groups[row - 1] for row in rows] == [safeguard.group for safeguard in catalog().safeguards]


def test_what_needs_others_to_be_watched_or_admitted_takes_more_than_an_hour():
    assert all(by_id(name).effort > 1 for name in ("AB-04", "AB-05", "AB-06", "AB-07", "AB-08", "AB-09"))


# --- alternatives ---------------------------------------------------------------------------------------------------


def cannot_work_somewhere() -> list[str]:
    return [name for name, (_, _, flags, _, _) in TABLE.items() if "X" in flags]


@pytest.mark.parametrize("name", cannot_work_somewhere())
def test_what_cannot_work_somewhere_has_alternatives(name):
    alternatives = by_id(name).alternatives
    assert len(set(alternatives)) == len(alternatives) >= 2
    assert set(alternatives) <= set(catalog().alternatives)


def test_nine_safeguards_cannot_work_somewhere():
    assert len(cannot_work_somewhere()) == 9


def test_every_alternative_has_evidence_that_resolves_and_is_offered_for_something():
    offered = {name for safeguard in catalog().safeguards for name in safeguard.alternatives}
    assert set(catalog().alternatives) == offered
    for alternative in catalog().alternatives.values():
        assert alternative.evidence, alternative.id
        assert {cited.reference for cited in alternative.evidence} <= set(catalog().references)
        assert all(cited.says.strip() for cited in alternative.evidence)
        assert alternative.strength in {"strong", "moderate", "weak"}
        assert alternative.effect in {"prevents", "slows", "informs", "repairs"}, alternative.id
        assert alternative.limits.strip()


def test_nothing_but_custody_is_strong():
    strong = [one.id for one in catalog().alternatives.values() if one.strength == "strong"]
    assert strong == ["checkpoint-custody"]


def test_the_words_that_rate_an_alternative_are_defined():
    definitions = CATALOG["definitions"]
    assert set(definitions["strength"]) == {one.strength for one in catalog().alternatives.values()}
    assert set(definitions["effect"]) == {one.effect for one in catalog().alternatives.values()}


# --- requirements ---------------------------------------------------------------------------------------------------


def required_on(size: str, capability: str, access_level: str) -> set[str]:
    report = report_on(plan(channel(access_level), size=size, capability=capability))
    return {found.safeguard.id for found in report.findings if found.channels[0].required}


def expected_requirements(size: str, capability: str, access_level: str) -> set[str]:
    """What the design requires of a developer at an access level, without what does not apply there."""
    rule = REQUIRED[size, capability]
    flags = {name: flag_in_table(name, access_level) for name in TABLE}
    if rule is None:
        required = set(TABLE)
    elif rule == "C":
        required = {name for name, flag in flags.items() if flag == "C"}
    else:
        required = set(rule)
    required.discard("AB-03")
    if capability in ("severe", "unknown"):
        required.add("AB-03")
    required.add("AB-11")
    tunable = access_level in (*READABLE, "hosted_api_finetune", "on_device_managed")
    absent = set() if tunable else {"AB-03", "AB-12"}
    absent |= set() if access_level in READABLE else {"AB-11"}
    absent |= {"AB-04", "AB-05", "AB-07", "AB-08", "AB-09"} if access_level == "internal_only" else set()
    absent |= {"AB-10"} if capability in ("low", "moderate") else set()
    return required - absent


def flag_in_table(name: str, access_level: str) -> str:
    _, _, flags, exceptions, _ = TABLE[name]
    return exceptions.get(access_level) or flags[0 if access_level in CLOSED else 1 if access_level in LOCAL else 2]


@pytest.mark.parametrize(("size", "capability"), list(product(SIZES, CAPABILITIES)))
def test_requirements_are_those_of_the_design(size, capability):
    for access_level in ACCESS_LEVELS:
        assert required_on(size, capability, access_level) == expected_requirements(size, capability, access_level), (
            access_level
        )


def test_a_large_team_with_low_capability_is_asked_for_the_weights_decision_although_it_is_not_flagged_compatible():
    assert "AB-11" in required_on("large", "low", "open_weights")
    assert required_on("large", "low", "open_weights") == {"AB-01", "AB-02", "AB-11", "AB-14"}


@pytest.mark.parametrize("size", SIZES)
def test_resistance_to_tampering_is_required_at_severe_and_unknown_capability_only(size):
    asked = [capability for capability in CAPABILITIES if "AB-03" in required_on(size, capability, "open_weights")]
    assert asked == ["severe", "unknown"]


def test_the_levels_of_capability_are_explained_and_unknown_counts_as_severe():
    levels = CATALOG["capabilities"]["levels"]
    assert [level["id"] for level in levels] == list(CAPABILITIES)
    assert {level["id"]: level["counts_as"] for level in levels if "counts_as" in level} == {"unknown": "severe"}
    assert "sets no levels" in CATALOG["capabilities"]["note"]


def test_a_low_level_without_evidence_counts_as_unknown_from_20_billion_parameters():
    floor = REQUIREMENTS["floor"]
    assert (floor["applies_to"], floor["counts_as"]) == (["low", "moderate"], "unknown")
    assert (floor["unless_parameters_under"], floor["unless_evidence"]) == (20_000_000_000, True)


def test_the_evidence_asked_of_decisions():
    asked = {
        (name, capability): rule["asks"]
        for rule in REQUIREMENTS["evidence"]
        for name, capability in product(rule["safeguards"], rule["capabilities"])
    }
    grades = {"high": "named", "severe": "found", "unknown": "found"}
    assert asked == {(name, level): grade for name in ("AB-11", "AB-14") for level, grade in grades.items()}


def test_what_lifts_the_warning_of_an_incompatible_safeguard():
    lifted = {"high": "weak", "severe": "moderate", "unknown": "moderate"}
    assert REQUIREMENTS["alternatives"]["warning_lifted_by"] == lifted


def test_channels_of_others_need_a_contract_and_are_free_beside_weights_for_anybody():
    rule = REQUIREMENTS["third_party"]
    assert (rule["binds"], rule["condition_needs"]) == (["service"], "contract")
    assert rule["recommended_beside"] == [rung for rung in READABLE if rung != "gated_weights_vetted"]


def test_every_list_that_names_severe_names_unknown_too():
    def capability_lists(node):
        if isinstance(node, dict):
            for value in node.values():
                yield from capability_lists(value)
        elif isinstance(node, list):
            if node and set(map(str, node)) <= set(CAPABILITIES):
                yield node
            for value in node:
                yield from capability_lists(value)

    lists = list(capability_lists(CATALOG))
    assert len(lists) > 10
    assert [names for names in lists if ("severe" in names) != ("unknown" in names)] == []


# --- the ladder -----------------------------------------------------------------------------------------------------


def test_the_ladder_has_twelve_access_levels_in_order_with_their_modes():
    access_levels = ladder().access_levels
    assert tuple(access_levels) == ACCESS_LEVELS
    assert len(ACCESS_LEVELS) == 12
    assert [access_level.rank for access_level in access_levels.values()] == list(range(12))
    modes = [str(access_level.mode) for access_level in access_levels.values()]
    assert modes == ["closed_api"] * len(CLOSED) + ["local_download"] * len(LOCAL) + ["open_weights"] * len(OPEN)
    assert list(ladder().modes) == list(Mode)


def test_access_levels_have_the_properties_of_the_design():
    properties = {
        access_level.id: set(access_level.properties)
        for access_level in ladder().access_levels.values()
        if access_level.properties
    }
    assert properties == {
        "internal_only": {"no_outsiders"},
        "hosted_api_finetune": {"tuning_api"},
        "on_device_managed": {"managed_adapters"},
        **{access_level: {"readable_weights"} for access_level in READABLE},
    }


def test_each_access_level_says_what_it_adds_what_it_risks_and_what_is_left_to_control():
    for access_level in ladder().access_levels.values():
        assert access_level.adds.strip(), access_level.id
        assert access_level.misuse_vectors, access_level.id
        assert access_level.developer_controls, access_level.id
        assert set(access_level.references) <= set(ladder().references), access_level.id


def test_the_examples_of_both_gradients_are_placed():
    mozilla = [name for access_level in ladder().access_levels.values() for name in access_level.mozilla]
    assert sorted(mozilla) == [
        "chat interface",
        "direct weights visibility",
        "local download",
        "prompt injection",
        "training",
    ]
    solaiman = {name for access_level in ladder().access_levels.values() for name in access_level.solaiman}
    assert solaiman == {
        "fully closed",
        "gradual or staged access",
        "hosted access",
        "cloud-based or API access",
        "downloadable access",
        "fully open",
    }


# --- the document ---------------------------------------------------------------------------------------------------


def test_the_documents_status_is_named():
    document = catalog().document
    assert document.status == "initial public draft, superseded, never final"
    assert document.identifier == "NIST AI 800-1 ipd"
    assert document.published == "2024-07"
    assert "second public draft" in document.later_versions
    assert "January 2025" in document.later_versions
    assert "As of October 2026 no final version" in document.later_versions
    assert "14110, was revoked in January 2025" in document.later_versions
    assert document.sha256


@pytest.mark.parametrize("name", TABLE)
def test_locators_match_the_source(name):
    locator, passage = by_id(name).locator, SOURCE["passages"][name]
    assert {"page": locator.page, "row": locator.row, "bullet": locator.bullet} == passage["place"]
    assert (locator.opens_with, locator.ends_with) == (passage["opens_with"], passage["ends_with"])
    assert locator.sha256_of_letters == passage["sha256_of_letters"]


def test_the_source_has_no_other_bullets():
    assert list(SOURCE["passages"]) == ids()


def test_the_documents_hash_is_that_of_the_source():
    assert catalog().document.sha256 == SOURCE["document"]["sha256"]


# --- code and data apart --------------------------------------------------------------------------------------------


def test_no_code_knows_a_safeguard():
    files = [path for ending in ("py", "j2", "json") for path in (ROOT / "aisafe_cli").rglob(f"*.{ending}")]
    assert len(files) > 15
    slugs = "|".join(safeguard.slug for safeguard in catalog().safeguards)
    known = re.compile(rf"AB-\d\d|\b({slugs})\b")
    found = [(path.name, match[0]) for path in files for match in known.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_safeguard_that_applies_nowhere_is_never_required():
    report = report_on(plan("hosted_api", size="large", capability="moderate"))
    absent = [found for found in report.findings if found.outcome is Outcome.NOT_APPLICABLE]
    assert [found.safeguard.id for found in absent] == ["AB-03", "AB-10", "AB-11", "AB-12"]
    assert not any(result.required for found in absent for result in found.channels)
