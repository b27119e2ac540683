"""The text of a new plan: it loads, it claims nothing, it fails the gate, and it offers nothing that cannot work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from building import ACCESS_LEVELS, catalog, channel, claim, ladder, report_on, small_catalog
from conftest import ROOT

from aisafe_cli.analysis.new_plan import Answers, scaffold
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Catalog
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Plan, Status
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import load_plan

GOLDEN = Path(__file__).parents[1] / "golden"
GOLDENS = {
    "init-closed-api": Answers(name="Aurora", size="small", channels=(channel("hosted_api_finetune", "api"),)),
    "init-staged-hybrid": Answers(
        name="Aurora-7B",
        role="developer",
        size="small",
        capability="moderate",
        channels=(
            channel("hosted_api", "api", opens="2026-10-01"),
            channel("gated_weights_vetted", "researchers", opens="2026-11-01"),
            channel("open_weights", "weights", opens="2027-01-15"),
        ),
    ),
    "init-open-weights": Answers(
        name="Pantry-LoRA", role="fine_tuner", size="solo", capability="low", channels=(channel("open_weights", "hub"),)
    ),
    "init-hosting-platform": Answers(
        name="Models of others", role="hosting_platform", channels=(channel("open_source", "hub"),)
    ),
}
HOSTILE = [
    'x: \'"y" # {[&*!|>%@`',
    "\\",
    '"',
    "- a",
    "null",
    "1.10",
    "yes",
    "#",
    "${HOME} $(id) `id`",
    "::error::x",
    "a\u00a0b\u200bc",
    "模型 🦙",
    "---",
    "name: x\\nalternatives: [gate]",
    "x" * 2000,
]


def text_of(*channels: Channel | str, by: Catalog | None = None, **fields: object) -> str:
    made = tuple(channel(one) if isinstance(one, str) else one for one in channels)
    return scaffold(Answers(**{"name": "Test", **fields}, channels=made), by or catalog(), ladder())  # type: ignore[arg-type]


def loaded(text: str, folder: Path, by: Catalog | None = None) -> Plan:
    path = folder / "new.plan.yaml"
    path.write_text(text, encoding="utf-8")
    return load_plan(str(path), by or catalog())


def answered(plan: Plan) -> Plan:
    """The plan with every claim it holds said to be implemented, with a tamper evaluation."""
    claims = {
        name: tuple(claim("implemented", *one.channels, shown=["tamper_evaluation"]) for one in listed)
        for name, listed in plan.claims.items()
    }
    return replace(plan, claims=claims)


def comments(text: str) -> str:
    """What the comments say, without line breaks."""
    lines = (line.strip().removeprefix("#").strip() for line in text.splitlines() if line.strip().startswith("#"))
    return " ".join(lines)


# --- shape ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["init-staged-hybrid"])
def test_golden(name: str, update_golden: bool) -> None:
    golden = GOLDEN / f"{name}.plan.yaml"
    produced = scaffold(GOLDENS[name], catalog(), ladder())
    if update_golden:
        golden.write_text(produced, encoding="utf-8")
    assert produced == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("answers", GOLDENS.values(), ids=GOLDENS)
def test_what_was_answered_is_declared_and_nothing_else(answers: Answers, tmp_path: Path) -> None:
    plan = loaded(scaffold(answers, catalog(), ladder()), tmp_path)
    left_out = {"role": answers.role, "size": answers.size, "capability": answers.capability}
    assert set(plan.undeclared) == {name for name, value in left_out.items() if value is None}
    assert plan.organization.role == (answers.role or "developer")
    assert plan.organization.size == (answers.size or "large")
    assert plan.model.capability == (answers.capability or "unknown")
    assert [(one.id, one.access, one.opens) for one in plan.channels] == [
        (one.id, one.access, one.opens) for one in answers.channels
    ]
    assert (plan.adoptions, plan.waivers, plan.fail_under) == ((), (), 0)


@pytest.mark.parametrize("answers", GOLDENS.values(), ids=GOLDENS)
def test_every_safeguard_is_there_once_and_every_line_fits(answers: Answers) -> None:
    text = scaffold(answers, catalog(), ladder())
    for safeguard in catalog().safeguards:
        assert len(re.findall(rf"^  # {safeguard.id} {re.escape(safeguard.title)}", text, re.MULTILINE)) == 1
    assert max(map(len, text.splitlines())) <= 100
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("answers", GOLDENS.values(), ids=GOLDENS)
def test_what_can_be_answered_comes_with_its_question_and_what_counts_as_evidence(
    answers: Answers, tmp_path: Path
) -> None:
    text = scaffold(answers, catalog(), ladder())
    said = comments(text)
    plan = loaded(text, tmp_path)
    assert plan.claims
    for safeguard in catalog().safeguards:
        if safeguard.id in plan.claims:
            assert safeguard.question in said
            assert all(evidence in said for evidence in safeguard.evidence_counts)
        else:
            assert safeguard.question not in said


def test_the_alternatives_are_a_list_once_they_are_no_comments(tmp_path: Path) -> None:
    text = text_of("hosted_api", "open_weights")
    before, key, after = text.partition("# alternatives:\n")
    plan = loaded(before + re.sub(r"^# ", "", key + after, flags=re.MULTILINE), tmp_path)
    instead = {name for one in report_on(plan).findings for name in one.safeguard.alternatives}
    assert {adoption.id for adoption in plan.adoptions} == instead


def test_a_profile_left_out_can_be_declared_by_taking_comment_signs_away(tmp_path: Path) -> None:
    text = re.sub(r"^(  )?# (?=organization:|role:|size:|capability:)", r"\1", text_of("open_weights"), flags=re.M)
    assert loaded(text, tmp_path).undeclared == ()


def test_what_the_mode_rules_out_is_named_with_the_reason_and_the_alternatives(tmp_path: Path) -> None:
    text = text_of("open_weights", capability="low")
    plan, said = loaded(text, tmp_path), comments(text)
    for finding in report_on(plan).findings:
        if finding.outcome is Outcome.INCOMPATIBLE:
            assert finding.safeguard.id not in plan.claims
            assert " ".join(finding.safeguard.modes[report_on(plan).mode].reason.split()) in said
            assert f"Instead: {', '.join(finding.safeguard.alternatives)}." in said
        elif finding.outcome is Outcome.NOT_APPLICABLE:
            assert finding.reason.split(": ", 1)[1] in said


# --- channels -------------------------------------------------------------------------------------------------------


def test_what_works_on_some_channels_is_limited_to_them(tmp_path: Path) -> None:
    text = text_of(channel("hosted_api", "api"), channel("open_weights", "weights"))
    plan = loaded(text, tmp_path)
    limited = {name: listed[0].channels for name, listed in plan.claims.items() if listed[0].channels}
    assert limited
    assert set(limited.values()) == {("api",)}
    assert "This safeguard can work on api but not on weights. Claim it for api only." in comments(text)


def test_a_stage_that_opens_before_is_named(tmp_path: Path) -> None:
    text = text_of(channel("hosted_api", "api"), channel("open_weights", "weights", opens="2027-01-15"))
    assert "Possible before 2027-01-15 but not after. api can be that limited stage" in comments(text)
    plan = loaded(text, tmp_path)
    (stageable,) = (one.id for one in catalog().safeguards if one.stageable)
    held = replace(plan, claims={stageable: (claim("implemented", "api"),)})
    assert next(one for one in report_on(held).findings if one.safeguard.id == stageable).outcome is Outcome.SATISFIED


@pytest.mark.parametrize(
    "channels",
    [
        (channel("open_weights", "weights"),),
        (channel("hosted_api", "api"), channel("open_weights", "weights")),
        (channel("hosted_api", "api", opens="2027-02-01"), channel("open_weights", "weights", opens="2027-01-15")),
    ],
    ids=["alone", "together", "later"],
)
def test_where_no_channel_opens_before_that_is_said(channels: tuple[Channel, ...]) -> None:
    assert "No channel of this plan opens before that: add one that does" in comments(text_of(*channels))


def test_a_condition_a_caution_and_a_tamper_evaluation_are_said() -> None:
    said = comments(text_of("hosted_api", "on_device_managed", "open_weights"))
    assert "On on_device_managed: possible on a condition." in said
    assert "On open_weights: possible, with caution." in said
    tested = "a claim counts only with evidence of `type: tamper_evaluation` and `result: supports`"
    casual = f"{tested}, or with `against: casual_users`."
    assert f"{tested}." in said
    assert casual not in said  # an unknown capability counts as the strictest
    assert casual in comments(text_of("open_weights", capability="low", parameters=7_000_000_000))


@pytest.mark.parametrize(
    ("made", "capability", "words"),
    [
        (channel("hosted_api", operator="third_party"), "low", "evidence of `type: contract`."),
        (channel("hosted_api"), "high", "it names a file or a URL as evidence."),
        (channel("hosted_api"), "severe", "it names a file beside the plan as evidence."),
    ],
)
def test_what_a_claim_has_to_name_is_said(made: Channel, capability: str, words: str) -> None:
    assert words in comments(text_of(made, capability=capability, parameters=7_000_000_000))
    assert words not in comments(text_of("hosted_api", capability="low", parameters=7_000_000_000))


# --- exhaustively ---------------------------------------------------------------------------------------------------


def check_new_plan(plan: Plan, report: Report) -> None:
    """What has to hold of every new plan."""
    assert all(one.status is Status.UNANSWERED for listed in plan.claims.values() for one in listed)
    assert not judge(report, Policy()).passed
    here = {one.safeguard.id for one in report.findings if Outcome.UNKNOWN in {r.outcome for r in one.channels}}
    assert set(plan.claims) == here
    stageable = {one.id for one in catalog().safeguards if one.stageable}
    for finding in report_on(answered(plan)).findings:
        if finding.safeguard.id not in stageable:
            assert Outcome.INEFFECTIVE not in {result.outcome for result in finding.channels}


@pytest.mark.parametrize(("role", "access_level"), list(product(ROLES, ACCESS_LEVELS)))
def test_every_profile_on_every_access_level_gives_a_plan_that_loads_and_fails(
    role: str, access_level: str, tmp_path: Path
) -> None:
    for size, capability in product(SIZES, CAPABILITIES):
        if (
            role == "hosting_platform" and access_level == "internal_only"
        ):  # nothing is asked where there is no outsider
            with pytest.raises(NothingToEvaluate):
                text_of(access_level, role=role, size=size, capability=capability)
            continue
        plan = loaded(text_of(access_level, role=role, size=size, capability=capability), tmp_path)
        check_new_plan(plan, report_on(plan))


@pytest.mark.parametrize(("role", "access_level"), list(product(ROLES, ACCESS_LEVELS)))
def test_every_pair_of_access_levels_gives_a_plan_that_loads_and_fails(
    role: str, access_level: str, tmp_path: Path
) -> None:
    for other in ACCESS_LEVELS:
        if role == "hosting_platform" and {access_level, other} == {"internal_only"}:
            continue
        channels = (channel(access_level, "first", opens="2026-10-01"), channel(other, "second", opens="2027-01-15"))
        plan = loaded(text_of(*channels, role=role, size="small", capability="low"), tmp_path)
        check_new_plan(plan, report_on(plan))


# --- other text and other catalogs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_it_looks_like(name: str, tmp_path: Path) -> None:
    assert loaded(text_of("open_weights", name=name), tmp_path).model.name == name


@pytest.mark.parametrize("name", [name[:100] for name in HOSTILE])
def test_an_id_of_a_channel_is_text_whatever_it_looks_like(name: str, tmp_path: Path) -> None:
    plan = loaded(text_of(channel("hosted_api", name), channel("open_weights", "weights")), tmp_path)
    assert plan.channels[0].id == name
    assert (name,) in {one.channels for listed in plan.claims.values() for one in listed}


def test_another_catalog_gives_its_own_safeguards(tmp_path: Path) -> None:
    text = text_of("hosted_api", by=small_catalog())
    plan = loaded(text, tmp_path, small_catalog())
    assert set(plan.claims) <= {one.id for one in small_catalog().safeguards}
    assert not re.search(r"AB-\d\d", text) or any(one.id.startswith("AB") for one in small_catalog().safeguards)


def only(kept: Iterable[str]) -> Catalog:
    names = set(kept)
    return replace(catalog(), safeguards=tuple(one for one in catalog().safeguards if one.id in names))


def test_a_plan_without_anything_to_claim_still_loads(tmp_path: Path) -> None:
    report = report_on(loaded(text_of("open_weights"), tmp_path))
    ruled_out = only(one.safeguard.id for one in report.findings if one.outcome is Outcome.INCOMPATIBLE)
    text = text_of("open_weights", by=ruled_out)
    assert "\nsafeguards: {}\n" in text
    assert loaded(text, tmp_path, ruled_out).claims == {}


def test_where_nothing_applies_there_is_no_plan_to_write() -> None:
    training = only(one.id for one in catalog().safeguards if one.binds == "model")
    with pytest.raises(NothingToEvaluate):
        text_of("open_weights", role="distributor", by=training)


def test_the_examples_of_the_repository_are_more_than_a_new_plan() -> None:
    for path in (ROOT / "examples").glob("*.plan.yaml"):
        assert any(
            one.status is not Status.UNANSWERED
            for listed in load_plan(str(path), catalog()).claims.values()
            for one in listed
        )
