"""What is found on the plan itself, and what is not."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product

import pytest
from building import (
    ACCESS_LEVELS,
    LOCAL,
    TODAY,
    catalog,
    channel,
    claim,
    doubted,
    evidence,
    ids,
    ladder,
    plan,
    plan_finding,
    report_on,
    verdict_on,
)
from conftest import ROOT

from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Evidence, License, Position
from aisafe_cli.domain.policy import Policy
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io.resources import read_glossary
from aisafe_cli.loading.plan import load_plan

CLASSES = ("permissive", "copyleft", "use_restricted", "research_only", "noncommercial", "proprietary", "unknown")
NOTHING = "nothing-answered"
REDISTRIBUTION = "license-allows-redistribution"
DIFFERS = "license-class-differs"
UNKNOWN = "license-not-recognised"
GATE = "gate-is-automatic"
CLOSING = "closing-recalls-nothing"
CAPABILITY = "capability-without-evidence"
FLOOR = "capability-counts-as-unknown"
CLOSED_BEFORE = "channel-has-closed"


def with_license(tmp_path, text, access="gated_weights_vetted"):
    """The report on a plan file with one channel under the license."""
    path = tmp_path / "test.plan.yaml"
    path.write_text(
        f"schema_version: 1\nmodel: {{name: Test, capability: low}}\nchannels:\n"
        f"  - id: files\n    access: {access}\n    license: {text}\n",
        encoding="utf-8",
    )
    return report_on(load_plan(str(path), catalog()))


# --- licenses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
@pytest.mark.parametrize("group", CLASSES)
def test_a_license_to_pass_on_is_an_error_on_local_access_levels(access_level, group):
    for declared, derived in ((group, None), (None, group), (group, group)):
        granted = License(id="X", declared_class=declared, derived_class=derived)
        found = plan_finding(report_on(plan(channel(access_level, license=granted))), REDISTRIBUTION)
        assert bool(found) == (access_level in LOCAL and group in ("permissive", "copyleft"))
        if found:
            assert (found.level, found.channel) == (Level.ERROR, access_level)
            assert "Redistribution is allowed" in found.message
            assert "open_weights in practice" in found.message


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
@pytest.mark.parametrize("group", CLASSES)
def test_a_license_to_pass_on_under_conditions_is_a_warning_where_weights_are_handed_out_to_some(access_level, group):
    granted = License(id="X", declared_class=group)
    report = report_on(plan(channel(access_level, license=granted)))
    found = plan_finding(report, f"{REDISTRIBUTION}-on-terms")
    handed_out = access_level in LOCAL and "readable_weights" in ladder().access_levels[access_level].properties
    assert bool(found) == (handed_out and group == "use_restricted")
    if found:
        assert (found.level, found.channel, found.position) == (Level.WARNING, access_level, Position(line=1, column=1))
        assert found.message == (
            "X lets holders of the model pass it on, under conditions. If that holds here, this is open_weights in"
            f" practice, not {access_level}."
        )
        assert found.remedy == (
            "If it does not, name the license of this channel. If it does, set its access to"
            " gated_weights_clickthrough or open_weights."
        )
    assert sum(one.kind.startswith("license-") for one in report.plan_findings) <= 1


LICENSES = {
    "apache-2.0": True,
    "MIT": True,
    "GPL-3.0-only": True,
    "{id: MIT}": True,
    "{name: MIT}": True,
    "{class: copyleft}": True,
    "{id: LicenseRef-mine, class: permissive}": True,
    "llama3.1": False,
    "LicenseRef-mine": False,
    "{name: Our terms}": False,
    "{name: Our terms, class: research_only}": False,
    "cc-by-nc-4.0": False,
    "null": False,
    # The recipient chooses in `OR`, and has to keep both in `AND`.
    "MIT OR LicenseRef-mine": True,
    "LicenseRef-mine OR apache-2.0": True,
    "(CC-BY-NC-4.0 OR MIT)": True,
    "MIT AND CC-BY-NC-4.0": False,
    "MIT AND LicenseRef-mine": False,
    "CC-BY-NC-4.0 OR llama2": False,
    "GPL-2.0-only WITH Classpath-exception-2.0": True,
}


@pytest.mark.parametrize("text", LICENSES)
def test_licenses_are_read_from_the_plan(tmp_path, text):
    found = plan_finding(with_license(tmp_path, text), REDISTRIBUTION)
    assert bool(found) == LICENSES[text]
    assert plan_finding(with_license(tmp_path, text, "open_weights"), REDISTRIBUTION) is None
    assert plan_finding(with_license(tmp_path, text, "hosted_api"), REDISTRIBUTION) is None


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Apache 2.0 License", False),
        ("Apache 2.0 with our own terms", True),
        ("LicenseRef-mine", True),
        ("MIT AND LicenseRef-mine", True),
        ("{name: Our terms}", True),
        ("{url: https://example.org/terms}", True),
        ("{name: Our terms, class: unknown}", True),
        ("{}", True),
        ("{name: Our terms, class: proprietary}", False),
        ("llama3.1", False),
        ("MIT", False),
    ],
)
def test_a_license_that_says_nothing_known_is_told_where_recipients_are_bounded(tmp_path, text, unknown):
    for access_level in ACCESS_LEVELS:
        found = plan_finding(with_license(tmp_path, text, access_level), UNKNOWN)
        assert bool(found) == (unknown and access_level in LOCAL)
        if found:
            is_readable = access_level != "on_device_managed"
            assert (found.level, found.channel) == (Level.ERROR if is_readable else Level.WARNING, "files")
            assert "It is unclear whether" in found.message


def test_a_license_has_to_be_named_where_weights_are_handed_out_to_some(tmp_path):
    for access_level in ACCESS_LEVELS:
        found = plan_finding(with_license(tmp_path, "null", access_level), UNKNOWN)
        assert bool(found) == (access_level in ("gated_weights_vetted", "local_download_restricted"))
        if found:
            assert found.level is Level.ERROR
            assert "the license (none is named)" in found.message


def test_the_finding_points_at_the_channel(tmp_path):
    found = plan_finding(with_license(tmp_path, "MIT"), REDISTRIBUTION)
    assert found is not None
    assert (found.position.line, found.position.column) == (4, 5)
    assert "MIT" in found.message


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("{id: MIT, class: proprietary}", True),
        ("{id: MIT, class: copyleft}", True),
        ("{name: MIT, class: research_only}", True),
        ("{id: CC-BY-NC-4.0, class: permissive}", True),
        ("{id: MIT, class: permissive}", False),
        ("{id: LicenseRef-mine, class: permissive}", False),
        ("{id: MIT}", False),
        ("{class: permissive}", False),
        ("MIT", False),
    ],
)
def test_a_class_that_the_identifier_contradicts_is_a_warning(tmp_path, text, differs):
    for access in ("gated_weights_vetted", "open_weights"):
        found = plan_finding(with_license(tmp_path, text, access), DIFFERS)
        assert bool(found) == differs
        if found:
            assert (found.level, found.channel) == (Level.WARNING, "files")


def test_calling_a_free_license_proprietary_does_not_hide_it(tmp_path):
    report = with_license(tmp_path, "{id: Apache-2.0, class: proprietary}")
    assert plan_finding(report, REDISTRIBUTION)
    assert plan_finding(report, DIFFERS)


# --- gates and closing dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gated", [False, "auto", "manual"])
@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
def test_an_automatic_gate_vets_nobody(access_level, gated):
    found = plan_finding(report_on(plan(channel(access_level, gated=gated))), GATE)
    assert bool(found) == (access_level == "gated_weights_vetted" and gated == "auto")
    if found:
        assert (found.level, found.channel) == (Level.WARNING, access_level)


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
def test_closing_readable_weights_recalls_nothing(access_level):
    open_end = report_on(plan(channel(access_level, opens="2026-01-01")))
    closing = report_on(plan(channel(access_level, opens="2026-01-01", closes="2026-07-01")))
    assert plan_finding(open_end, CLOSING) is None
    found = plan_finding(closing, CLOSING)
    assert bool(found) == (access_level in ACCESS_LEVELS[7:])
    if found:
        assert (found.level, found.channel) == (Level.WARNING, access_level)
        assert "recalls nothing" in found.message
        assert "2026-07-01" in found.message


def test_channels_are_reported_in_the_order_of_their_ids():
    channels = [channel("open_weights", name, closes="2030-01-01") for name in ("b", "c", "a")]
    found = report_on(plan(channels, {"AB-01": "implemented"})).plan_findings
    on_channels = [(item.kind, item.channel) for item in found if item.channel]
    assert on_channels == [(CLOSING, "a"), (CLOSING, "b"), (CLOSING, "c")]


@pytest.mark.parametrize("access_level", ACCESS_LEVELS)
def test_a_hosted_channel_that_has_closed_is_told_of(access_level):
    made = plan(channel(access_level, closes=TODAY))
    assert plan_finding(report_on(made), CLOSED_BEFORE) is None
    found = plan_finding(report_on(made, TODAY + timedelta(days=1)), CLOSED_BEFORE)
    assert bool(found) == (access_level in ACCESS_LEVELS[:6])
    if found:
        assert (found.level, found.channel) == (Level.NOTE, access_level)
        assert "Remove it from the plan" in found.remedy


# --- capability -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_declared_capability_wants_evidence(capability):
    bare = plan_finding(report_on(plan("hosted_api", capability=capability)), CAPABILITY)
    shown = plan("hosted_api", capability=capability, capability_evidence=evidence("evaluation"))
    assert bool(bare) == (capability != "unknown")
    assert plan_finding(report_on(shown), CAPABILITY) is None
    if bare:
        assert bare.level is (Level.WARNING if capability in ("high", "severe") else Level.NOTE)


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize(
    ("parameters", "named", "lifted"),
    [
        (1.9999e10, (), True),
        (2.0e10, (), False),
        (4.0e11, (), False),
        (None, (), False),
        (None, evidence("evaluation"), True),
        (4.0e11, evidence("paper"), True),
        (4.0e11, (doubted(),), False),
        (4.0e11, evidence("tamper_evaluation"), True),
        (4.0e11, (Evidence(ref="a.md", type="tamper_evaluation"),), False),
        (4.0e11, (Evidence(ref="a.md", result="contradicts"),), False),
        (4.0e11, (Evidence(ref="a.md", result="mixed"),), False),
    ],
)
def test_a_low_level_counts_as_unknown_until_something_speaks_for_it(capability, parameters, named, lifted):
    made = plan("hosted_api", capability=capability, parameters=parameters, capability_evidence=named)
    report = report_on(made)
    raised = capability in ("low", "moderate") and not lifted
    assert report.capability.declared == capability
    assert report.capability.level == ("unknown" if raised else capability)
    assert report.capability.counts_as == ("severe" if raised or capability == "unknown" else capability)
    assert bool(plan_finding(report, FLOOR)) == raised
    assert not (raised and plan_finding(report, CAPABILITY))
    same = plan("hosted_api", capability=report.capability.counts_as, parameters=parameters, capability_evidence=named)
    assert [found.level for found in report.findings] == [found.level for found in report_on(same).findings]


# --- silence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_a_plan_that_answers_nothing_never_passes(role):
    for size, capability, access_level in product(SIZES, CAPABILITIES, ACCESS_LEVELS):
        if role == "hosting_platform" and access_level == "internal_only":
            continue  # nobody outside has access, so nothing is asked of it
        for claims in ({}, dict.fromkeys(ids(), "unanswered")):
            report = report_on(plan(access_level, claims, role=role, size=size, capability=capability))
            verdict = judge(report, Policy())
            assert not verdict.passed, (size, capability, access_level)
            assert NOTHING in verdict.blocking
            found = plan_finding(report, NOTHING)
            assert found is not None
            assert found.level is Level.ERROR


@pytest.mark.parametrize("role", ROLES)
def test_an_answer_is_an_answer(role):
    for status in ("implemented", "partial", "planned", "not_implemented"):
        assert plan_finding(report_on(plan("hosted_api", {"AB-08": status}, role=role)), NOTHING) is None


def test_answers_that_cannot_matter_here_are_none():
    # Neither what falls to another role, nor what does not apply, nor what cannot work and is not relied on.
    assert plan_finding(report_on(plan("hosted_api", {"AB-01": "implemented"}, role="deployer")), NOTHING)
    assert plan_finding(report_on(plan("hosted_api", {"AB-03": "implemented"})), NOTHING)
    assert plan_finding(report_on(plan("open_weights", {"AB-04": "planned"})), NOTHING)
    assert plan_finding(report_on(plan("open_weights", {"AB-04": "implemented"})), NOTHING) is None


def test_an_answer_for_one_channel_is_an_answer():
    answered = plan(["hosted_api", "open_weights"], {"AB-04": claim("not_implemented", "hosted_api")})
    assert plan_finding(report_on(answered), NOTHING) is None


def test_a_finding_on_the_plan_blocks_like_any_other():
    weights = channel("gated_weights_vetted", "w", gated="auto", license=License(id="MIT", derived_class="permissive"))
    answers = {"AB-01": "implemented", "AB-11": "implemented", "AB-14": "implemented"}
    assert verdict_on(plan(weights, answers)).blocking == (REDISTRIBUTION,)
    strict = verdict_on(plan(weights, answers), Policy(strict=True)).blocking
    assert (GATE in strict, REDISTRIBUTION in strict) == (True, True)


@pytest.mark.parametrize(
    "module",
    ["evaluation/plan_checks", "evaluation/audience", "evaluation/evaluate", "session/trusted_changes"],
)
def test_every_finding_on_the_plan_is_explained(module: str) -> None:
    source = (ROOT / "aisafe_cli" / f"{module}.py").read_text(encoding="utf-8")
    kinds = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    assert kinds <= read_glossary()["findings"].keys()
    assert kinds
