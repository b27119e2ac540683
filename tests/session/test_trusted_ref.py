"""A change cannot loosen what judges it: pull requests in scratch repositories, checked against a trusted revision."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building import TODAY, catalog, channel, claim, ladder, plan, waiver
from conftest import Program
from hypothesis import given
from hypothesis import strategies as st
from test_git import git
from test_properties import MIXED, many

from aisafe_cli.domain.plan import Adoption, ComparableModel, Evidence, License, Plan, ReleasedFile, Status
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.settings import Configuration
from aisafe_cli.domain.verdict import WaiverState
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.parsing.yaml import MAX_CATALOG_BYTES
from aisafe_cli.session.trusted_changes import Comparison, changes_of_plan, configuration_changed, with_trusted_terms

CATALOG = Path(find_data_file("nist-ai-800-1-ipd.yaml")).read_text(encoding="utf-8")
AS_OF = ("--as-of", "2026-06-01")
PLAN = """\
schema_version: 1
model: {name: A, parameters: 7.0e9, capability: low, capability_evidence: [{ref: arXiv 2401.00001}]}
organization: {role: developer, size: solo}
channels:
  - {id: api, access: hosted_api}
safeguards:
  AB-01: implemented
  AB-11: implemented
  AB-14: planned
"""
WAIVER = """\
waivers:
  - {safeguard: AB-14, reason: agreed, owner: us, granted: 2026-01-01, expires: 2026-12-31}
"""
DONE = PLAN.replace("AB-14: planned", "AB-14: implemented")  # passes; declared coverage is a third
CHANNELS = "  - {id: api, access: hosted_api}\n"


@pytest.fixture
def request_with(tmp_path: Path, aisafe: Program) -> Callable[..., Any]:
    """Commit `before` as main, put `after` on top (None deletes a file), and check the plan against main."""

    def make(
        before: Mapping[str, str], after: Mapping[str, str | None], *arguments: str, ref: str = "main", cwd: str = "."
    ) -> Any:
        git(tmp_path, "init", "-q", "-b", "main")
        write(tmp_path, before)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "trusted")
        git(tmp_path, "switch", "-q", "-c", "change")
        write(tmp_path, after)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "change")
        done = aisafe("check", *(arguments or ["."]), "--trusted-ref", ref, "-f", "json", *AS_OF, cwd=tmp_path / cwd)
        return Outcome(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)

    return make


class Outcome:
    """What a check said: exit code, the first plan, and the messages of its plan findings by rule."""

    def __init__(self, code: int, data: dict[str, Any], stderr: str) -> None:
        self.code = code
        self.data = data
        self.stderr = stderr
        self.plan = data["plans"][0] if data.get("plans") else {}
        self.told = {one["rule"]: one["message"] for one in self.plan.get("plan_findings", ())}
        self.levels = {one["rule"]: one["level"] for one in self.plan.get("plan_findings", ())}


def write(folder: Path, contents: Mapping[str, str | None]) -> None:
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def test_a_plan_that_is_gone_or_has_another_name_is_told(request_with):
    asks = DONE + "policy: {fail_under: 90}\n"
    before = {"a.plan.yaml": asks, "b.plan.yaml": DONE}
    done = request_with(before, {"a.plan.yaml": None, "c.plan.yaml": DONE}, "c.plan.yaml", "--strict")
    assert done.code == 1
    assert done.told["plans-removed"] == "This change removes or renames what main has: a.plan.yaml."
    assert done.levels["plans-removed"] == "warning"
    assert "plan-added" in done.told


def test_plans_that_are_gone_are_told_with_those_that_stay(request_with):
    many = {f"{number}.plan.yaml": DONE for number in range(9)}
    done = request_with({**many, "b.plan.yaml": DONE}, dict.fromkeys(many), "b.plan.yaml")
    assert done.code == 0
    assert "0.plan.yaml, 1.plan.yaml, 2.plan.yaml, 3.plan.yaml, 4.plan.yaml, 4 more." in done.told["plans-removed"]


def test_a_repository_that_the_change_brings_is_none(request_with, aisafe, tmp_path):
    """Files in a folder that look like a bare repository, with a branch of the trusted name in it."""
    bare = tmp_path / "plans"
    done = request_with({"aisafe.yaml": "fail_under: 100\n", "plans/a.plan.yaml": DONE}, {}, cwd="plans")
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["coverage"])
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "other")
    for name in ("HEAD", "objects", "refs"):
        (tmp_path / "other" / name).rename(bare / name)
    (bare / "config").write_text("[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n")
    git(bare, "--git-dir=.", "add", "a.plan.yaml")
    git(bare, "--git-dir=.", "commit", "-q", "-m", "mine")
    again = aisafe("check", ".", "--trusted-ref", "main", *AS_OF, cwd=bare)
    assert (again.returncode, again.stdout) == (2, "")


# --- waivers of the plan --------------------------------------------------------------------------------------------


def test_a_change_that_changes_nothing_is_told_nothing(request_with):
    done = request_with({"a.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "fail_under: 10\n"}, {})
    assert (done.code, done.told) == (0, {})
    assert done.plan["verdict"]["waived"] == ["AB-14"]
    assert done.plan["verdict"]["policy"]["configuration"] == "main:aisafe.yaml"


def test_a_waiver_that_a_change_adds_lifts_nothing(request_with):
    done = request_with({"a.plan.yaml": PLAN}, {"a.plan.yaml": PLAN + WAIVER})
    assert done.code == 1
    assert done.plan["verdict"]["blocking"] == ["AB-14"]
    assert done.told == {"waivers-changed": "This change adds a waiver for AB-14, until 2026-12-31."}
    assert done.levels["waivers-changed"] == "warning"
    (waived,) = [one["waiver"] for one in done.plan["findings"] if one["safeguard"] == "AB-14"]
    assert (waived["state"], waived["lifts"]) == ("not_trusted", False)
    assert done.plan["verdict"]["tally"]["not_trusted"] == 1
    assert "1 not trusted" in done.plan["verdict"]["tally"]["summary"][0]
    assert "not trusted: this change adds it" in done.plan["verdict"]["notices"][0]


def test_a_waiver_that_a_change_extends_holds_as_long_as_it_did(request_with):
    longer = WAIVER.replace("2026-01-01", "2026-02-01").replace("2026-12-31", "2027-01-31")
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": PLAN + longer})
    assert done.code == 0
    assert done.told == {"waivers-changed": "This change changes the waiver for AB-14, until 2027-01-31."}
    (waivers,) = [one["waivers"] for one in done.plan["findings"] if one["safeguard"] == "AB-14"]
    assert [(one["state"], one["expires"]) for one in waivers] == [
        ("in_force", "2026-12-31"),
        ("not_trusted", "2027-01-31"),
    ]


def test_a_waiver_that_had_expired_is_not_revived(request_with):
    old = WAIVER.replace("2026-12-31", "2026-03-31")
    done = request_with({"a.plan.yaml": PLAN + old}, {"a.plan.yaml": PLAN + WAIVER})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])


def test_a_waiver_that_a_change_narrows_is_trusted(request_with):
    shorter = WAIVER.replace("2026-12-31", "2026-07-01").replace("AB-14,", "AB-14, channels: [api],")
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": PLAN + shorter})
    assert done.told == {"waivers-changed": "This change narrows the waiver for AB-14, until 2026-07-01."}
    assert (done.code, done.levels) == (0, {"waivers-changed": "note"})


def test_a_waiver_that_a_change_takes_away_is_told(request_with):
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": PLAN})
    assert done.told == {"waivers-changed": "This change takes away the waiver for AB-14, until 2026-12-31."}
    assert (done.code, done.levels) == (1, {"waivers-changed": "note"})


@pytest.mark.parametrize("words", [("switch", "-q", "main"), ("switch", "-q", "--orphan", "other")])
def test_a_revision_that_is_the_one_checked_out_is_told(request_with, tmp_path, words):
    request_with({"a.plan.yaml": DONE}, {"b": "x"})
    git(tmp_path, *words)
    (tmp_path / "a.plan.yaml").write_text(DONE, encoding="utf-8")
    code, data, _ = run_in(tmp_path, "a.plan.yaml")
    told = [one["rule"] for one in data["plans"][0]["plan_findings"]]
    assert (code, told) == (0, [] if "--orphan" in words else ["trusted-itself"])


def test_a_waiver_does_not_follow_a_channel_that_opens_further(request_with):
    opened = (PLAN + WAIVER).replace("hosted_api", "open_weights")
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": opened})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert done.told["access-raised"] == "This change raises its access from hosted_api to open_weights."
    assert "waivers-changed" in done.told


def test_a_waiver_for_every_channel_does_not_reach_a_new_one(request_with):
    more = (PLAN + WAIVER).replace(CHANNELS, CHANNELS + "  - {id: weights, access: open_weights}\n")
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": more})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert "further than any channel in main" in done.told["access-raised"]


def test_a_new_plan_is_told_and_its_waivers_do_not_count(request_with):
    done = request_with({"README": "x"}, {"a.plan.yaml": PLAN + WAIVER})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert done.levels == {"plan-added": "note"}


def test_evidence_that_a_change_adds_or_alters_is_told(request_with):
    refs = ", ".join(f"{{ref: {name}}}" for name in ("b/e.md", "f.md#1", "same.md", "lines.md"))
    made = PLAN.replace("planned", f"{{status: implemented, evidence: [{refs}]}}")
    before = {"a.plan.yaml": made, "b/e.md": "x", "same.md": "x", "lines.md": "a\nb\n"}
    done = request_with(before, {"f.md": "y", "b/e.md": "y", "lines.md": "a\r\nb\r\n"})
    said = "This change adds or alters what the plan names as evidence: b/e.md, f.md."
    assert (done.told, done.levels) == ({"evidence-changed": said}, {"evidence-changed": "note"})


def test_what_git_keeps_in_another_form_or_is_too_large_is_compared_as_it_is_committed(request_with):
    made = PLAN.replace("planned", "{status: implemented, evidence: [{ref: s.md}, {ref: o.md}, {ref: l.bin}]}")
    files = {"s.md": "", "o.md": "", "c.yaml": CATALOG, "b.yaml": NOTHING}
    before = {name: f"{text}# $Id$\n" for name, text in files.items()} | {"l.bin": "x" * (MAX_CATALOG_BYTES + 1)}
    after = {name: f"{text}# $Id: 0 $\n" for name, text in files.items()} | {"l.bin": "y" * (MAX_CATALOG_BYTES + 1)}
    before |= {"a.plan.yaml": made, ".gitattributes": "*.md ident\n[bc].yaml ident\n"}
    done = request_with(
        before, {**after, "o.md": "# $Id: 0 $\nmore"}, ".", "--catalog", "c.yaml", "--baseline", "b.yaml"
    )
    assert done.told == {"evidence-changed": "This change adds or alters what the plan names as evidence: l.bin, o.md."}


def test_a_plan_that_is_renamed_is_a_new_one(request_with):
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": None, "b.plan.yaml": PLAN + WAIVER})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert "plan-added" in done.told


def test_standard_input_is_new(request_with, aisafe, tmp_path):
    request_with({"a.plan.yaml": PLAN + WAIVER}, {})
    done = aisafe("check", "-", "--trusted-ref", "main", "-q", *AS_OF, cwd=tmp_path, stdin=PLAN + WAIVER)
    assert done.returncode == 1


def test_a_plan_that_was_faulty_cannot_be_compared(request_with):
    done = request_with({"a.plan.yaml": "schema_version: 3\n"}, {"a.plan.yaml": PLAN + WAIVER})
    assert done.code == 1
    assert done.told["plan-not-comparable"].startswith("In main this plan cannot be read")


# --- policy, profile ------------------------------------------------------------------------------------------------


def test_a_lower_policy_of_the_plan_does_not_hold(request_with):
    strict = DONE + "policy: {fail_under: 90}\n"
    done = request_with({"a.plan.yaml": strict}, {"a.plan.yaml": DONE + "policy: {fail_under: 5}\n"})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["coverage"])
    assert done.told == {"policy-changed": "This change sets the plan's own fail_under from 90 to 5; 90 is used."}


def test_another_profile_is_told(request_with):
    before = DONE.replace("capability: low", "capability: high").replace("size: solo", "size: large")
    done = request_with({"a.plan.yaml": before}, {"a.plan.yaml": DONE})
    assert "capability from high to low, size from large to solo" in done.told["profile-changed"]


# --- configuration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"aisafe.yaml": "fail_under: 80\n"}, {"aisafe.yaml": "fail_under: 10\n"}, "sets fail_under from 80 to 10"),
        ({"aisafe.yaml": "fail_under: 80\n"}, {"aisafe.yaml": "{}\n"}, "removes fail_under (80)"),
        ({"aisafe.yaml": "fail_under: 80\n"}, {"aisafe.yaml": None}, "removes the configuration main:aisafe.yaml"),
        (
            {"aisafe.yaml": "fail_under: 80\n"},
            {"plans/aisafe.yaml": "fail_under: 10\n"},
            "sets fail_under from 80 to 10",
        ),
        (
            {"aisafe.yaml": "fail_under: 80\n"},
            {"aisafe.yaml": None, "pyproject.toml": "[tool.aisafe]\nfail_under = 10\n"},
            "sets fail_under from 80 to 10",
        ),
        (
            {"aisafe.yaml": "fail_under: 80\n"},
            {"pyproject.toml": "[tool.aisafe]\nfail_under = 10\n"},
            "is faulty: pyproject.toml:1:7: aisafe.yaml in this folder is a configuration too",
        ),
        (
            {"aisafe.yaml": "fail_under: 80\n"},
            {"aisafe.yaml": "fail_undr: 80\n"},
            "is faulty: aisafe.yaml:1:1: unknown",
        ),
        (
            {"pyproject.toml": "[tool.aisafe]\nfail_under = 80\n"},
            {"pyproject.toml": "[project]\nname = 'x'\n"},
            "removes the configuration main:pyproject.toml",
        ),
        (
            {"aisafe.yaml": "fail_under: 80\nmust_satisfy: {closed_api: [AB-14]}\n"},
            {"aisafe.yaml": "fail_under: 80\nmust_satisfy: {closed_api: [AB-01]}\nwaivers: {max_days: 300}\n"},
            "sets must_satisfy from closed_api: AB-14 to closed_api: AB-01; adds waivers.max_days (300)",
        ),
    ],
)
def test_the_configuration_is_that_of_the_trusted_revision(request_with, before, after, told):
    done = request_with({"plans/a.plan.yaml": DONE, **before}, after)
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["coverage"])
    assert done.plan["verdict"]["policy"]["fail_under"] == 80
    assert told in done.told["configuration-changed"]
    assert done.levels["configuration-changed"] == "warning"


def test_a_configuration_that_a_change_adds_is_not_used(request_with):
    done = request_with({"a.plan.yaml": PLAN}, {"aisafe.yaml": "fail_under: 99\nformats: [csv]\n"})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert "adds a configuration, aisafe.yaml, where main has none" in done.told["configuration-changed"]


@pytest.mark.parametrize("arguments", [["--config", "ci/aisafe.yaml"], ["ci"]])
def test_a_link_in_place_of_a_folder_leads_nowhere_else(request_with, tmp_path, tmp_path_factory, arguments):
    before = {"ci/aisafe.yaml": "fail_under: 80\n", "ci/a.plan.yaml": DONE}
    request_with(before, {"ci/aisafe.yaml": None, "ci/a.plan.yaml": None})
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere, {"aisafe.yaml": "fail_under: 0\n", "a.plan.yaml": DONE})
    (tmp_path / "ci").rmdir()
    (tmp_path / "ci").symlink_to(elsewhere)
    code, data, _ = run_in(tmp_path, "ci/a.plan.yaml", "main", *(arguments if len(arguments) > 1 else []))
    assert (code, data["plans"][0]["verdict"]["blocking"]) == (1, ["coverage"])


def test_a_named_configuration_has_to_be_in_the_trusted_revision(request_with):
    done = request_with({"a.plan.yaml": DONE}, {"ci.yaml": "fail_under: 0\n"}, ".", "--config", "ci.yaml")
    assert (done.code, done.data) == (2, {})
    assert "main:ci.yaml: there is no such file in this revision" in done.stderr


def test_a_named_configuration_outside_of_the_repository_is_the_callers(request_with, tmp_path_factory):
    outside = tmp_path_factory.mktemp("policy") / "p.yaml"
    outside.write_text("fail_under: 80\n")
    done = request_with({"a.plan.yaml": DONE}, {"aisafe.yaml": "fail_under: 0\n"}, ".", "--config", str(outside))
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["coverage"])
    origins = {one["purpose"]: one["origin"] for one in done.data["files"]}
    assert origins["configuration"] == "working_tree"


def test_no_config_uses_none_and_still_trusts_no_new_waiver(request_with):
    done = request_with(
        {"a.plan.yaml": PLAN, "aisafe.yaml": "fail_under: 80\n"}, {"a.plan.yaml": PLAN + WAIVER}, ".", "--no-config"
    )
    assert done.plan["verdict"]["blocking"] == ["AB-14"]


# --- catalog --------------------------------------------------------------------------------------------------------

LOOSE = CATALOG.replace("always: [AB-11]", "always: []").replace("Filter dangerous content", "Filter some content")


@pytest.mark.parametrize(
    ("before", "arguments"),
    [({"aisafe.yaml": "catalog: c.yaml\n"}, ["."]), ({}, [".", "--catalog", "c.yaml"])],
)
@pytest.mark.parametrize("now", [LOOSE, "not a catalog\n", None])
def test_the_catalog_is_that_of_the_trusted_revision(request_with, before, arguments, now):
    done = request_with({"a.plan.yaml": DONE, "c.yaml": CATALOG, **before}, {"c.yaml": now}, *arguments)
    assert done.code == 0
    assert done.plan["catalog"]["sha256"] == hashlib.sha256(CATALOG.encode()).hexdigest()
    assert done.plan["catalog"]["path"] == "main:c.yaml"
    assert "This change alters the catalog: c.yaml" in done.told["catalog-changed"]
    listed = {one["purpose"]: one for one in done.data["files"]}
    assert listed["catalog"]["origin"].startswith("revision ")
    assert len(listed["catalog"]["origin"].split()[1]) == 40


@pytest.mark.parametrize("arguments", [[".", "--catalog", "c.yaml"], ["."]])
def test_a_catalog_that_is_not_in_the_trusted_revision_is_not_used(request_with, arguments):
    before = {"a.plan.yaml": DONE} | ({"aisafe.yaml": "catalog: c.yaml\n"} if arguments == ["."] else {})
    done = request_with(before, {"c.yaml": CATALOG}, *arguments)
    assert (done.code, done.data) == (2, {})
    assert "there is no such file in this revision" in done.stderr


def test_a_pinned_catalog_and_a_trusted_revision_go_together(request_with):
    right = hashlib.sha256(CATALOG.encode()).hexdigest()
    arguments = [".", "--catalog", "c.yaml", "--catalog-sha256", right]
    assert request_with({"a.plan.yaml": DONE, "c.yaml": CATALOG}, {"c.yaml": LOOSE}, *arguments).code == 0


# --- baseline--------------------------------------------------------------------------------------------------------

RECORDED = """\
schema_version: 1
recorded: 2026-05-01
reason: closing it by July
catalog: {id: nist-ai-800-1-ipd, version: "1.0.0", sha256: "%s"}
plans:
  - path: a.plan.yaml
    channels: [{id: api, access: hosted_api}]
    findings: [{safeguard: AB-14, outcome: planned, level: error, channels: [api]}]
""" % ("0" * 64)
NOTHING = RECORDED.partition("plans:")[0] + "plans: []\n"


@pytest.mark.parametrize(
    ("before", "now", "blocking", "told"),
    [
        (RECORDED, RECORDED, [], None),
        (NOTHING, RECORDED, ["AB-14"], "This change alters the baseline b.yaml."),
        (RECORDED, NOTHING, [], "This change alters the baseline b.yaml."),
        (RECORDED, None, [], "This change takes away the baseline b.yaml."),
        (None, RECORDED, ["AB-14"], "This change adds the baseline b.yaml. In main there is none"),
    ],
)
def test_the_baseline_is_that_of_the_trusted_revision(request_with, before, now, blocking, told):
    files = {"a.plan.yaml": PLAN} | ({"b.yaml": before} if before else {})
    done = request_with(files, {"b.yaml": now} if before or now else {}, ".", "--baseline", "b.yaml")
    assert done.plan["verdict"]["blocking"] == blocking
    assert done.plan["verdict"]["carried"] == ([] if blocking else ["AB-14"])
    assert (done.told.get("baseline-changed") or "").startswith(told or "")
    assert ("baseline-changed" in done.told) == (told is not None)


def test_a_baseline_that_is_nowhere_is_exit_2(request_with):
    done = request_with({"a.plan.yaml": PLAN}, {}, ".", "--baseline", "b.yaml")
    assert (done.code, done.data) == (2, {})


def test_no_baseline_carries_what_must_be_satisfied(request_with):
    before = {"a.plan.yaml": PLAN, "b.yaml": RECORDED, "aisafe.yaml": "must_satisfy: {closed_api: [AB-14]}\n"}
    done = request_with(before, {}, ".", "--baseline", "b.yaml")
    assert (done.plan["verdict"]["blocking"], done.plan["verdict"]["carried"]) == (["AB-14"], [])
    assert done.plan["verdict"]["unsatisfied"] == ["AB-14"]


# --- which repository, which revision -------------------------------------------------------------------------------


def test_a_folder_below_the_top_of_the_repository_works_too(request_with):
    before = {"plans/a.plan.yaml": PLAN, "aisafe.yaml": "fail_under: 10\n"}
    done = request_with(before, {"plans/a.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "{}\n"}, cwd="plans")
    assert (done.code, sorted(done.told)) == (1, ["configuration-changed", "waivers-changed"])
    assert done.plan["verdict"]["policy"]["fail_under"] == 10


def test_a_repository_inside_the_repository_brings_no_revision_of_its_own(request_with, tmp_path):
    before = {"aisafe.yaml": "fail_under: 80\n", "a.plan.yaml": DONE}
    request_with(before, {})
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    write(inner, {"b.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "fail_under: 0\n"})
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "x")
    done = Outcome(*run_in(tmp_path, "inner/b.plan.yaml"))
    assert done.code == 1
    assert done.plan["verdict"]["blocking"] == ["AB-14", "coverage"]
    assert "plan-added" in done.told


def run_in(folder: Path, plan_file: str, ref: str = "main", *more: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "aisafe_cli", "check", plan_file, "--trusted-ref", ref, "-f", "json", *AS_OF, *more],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.mark.parametrize("ref", ["nowhere", "", "--help", "main:a.plan.yaml"])
def test_an_unknown_revision_is_exit_2(request_with, ref):
    done = request_with({"a.plan.yaml": DONE}, {}, ref=ref)
    assert (done.code, done.data) == (2, {})
    assert "Traceback" not in done.stderr
    assert "there is no such revision" in done.stderr


def test_no_repository_is_exit_2(tmp_path):
    write(tmp_path, {"a.plan.yaml": DONE})
    code, data, told = run_in(tmp_path, "a.plan.yaml")
    assert (code, data) == (2, {})
    assert "is not in a git repository" in told


def test_a_plan_outside_of_the_repository_is_not_judged(request_with, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    write(outside, {"a.plan.yaml": DONE})
    done = request_with({"README": "x"}, {}, str(outside / "a.plan.yaml"))
    assert (done.code, done.data) == (2, {})
    assert "outside of the repository that --trusted-ref is about" in done.stderr


def test_a_shallow_clone_is_told_what_to_fetch(request_with, tmp_path, tmp_path_factory):
    request_with({"a.plan.yaml": DONE}, {"a.plan.yaml": PLAN})
    old = git(tmp_path, "rev-parse", "main")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth", "1", f"file://{tmp_path}", "c")
    code, data, told = run_in(clone / "c", "a.plan.yaml", old)
    assert (code, data) == (2, {})
    assert "the clone is shallow" in told


def test_a_partial_clone_does_not_look_as_if_there_were_no_configuration(request_with, tmp_path, tmp_path_factory):
    before = {"deep/a.plan.yaml": DONE, "deep/aisafe.yaml": "fail_under: 80\n"}
    request_with(before, {"deep/aisafe.yaml": None})
    git(tmp_path, "config", "uploadpack.allowFilter", "true")
    old = git(tmp_path, "rev-parse", "main")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--filter=tree:0", f"file://{tmp_path}", "c")
    code, data, told = run_in(clone / "c", "deep/a.plan.yaml", old)
    assert (code, data) == (2, {})
    assert "not stored in this clone" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_refused_in_plain_words(request_with, tmp_path):
    request_with({"a.plan.yaml": DONE}, {})
    for path in (tmp_path, tmp_path / ".git"):
        os.chown(path, 12345, 12345)
    code, data, told = run_in(tmp_path, "a.plan.yaml")
    os.chown(tmp_path, 0, 0)
    assert (code, data) == (2, {})
    assert "belongs to another user" in told
    assert "safe.directory" in told


def test_report_and_config_take_it_too(request_with, aisafe, tmp_path):
    request_with({"a.plan.yaml": DONE, "aisafe.yaml": "fail_under: 80\n"}, {"aisafe.yaml": "fail_under: 1\n"})
    report = aisafe("report", ".", "--trusted-ref", "main", cwd=tmp_path)
    assert "sets fail\\_under from 80 to 1" in report.stdout or "sets fail_under from 80 to 1" in report.stdout
    assert report.returncode == 0
    config = aisafe("config", "--trusted-ref", "main", cwd=tmp_path)
    assert "80 (main:aisafe.yaml:1)" in config.stdout
    assert "sets fail_under from 80 to 1" in config.stdout


@pytest.mark.parametrize("name", ["table", "markdown", "html", "json", "sarif", "junit", "github", "gitlab", "csv"])
def test_every_format_tells_what_a_change_does(request_with, aisafe, tmp_path, name):
    request_with(
        {"a.plan.yaml": PLAN, "aisafe.yaml": "fail_under: 80\n"}, {"a.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "{}\n"}
    )
    told = aisafe("report", ".", "--trusted-ref", "main", "-f", name, *AS_OF, cwd=tmp_path).stdout
    words = told.replace("-", " ").replace("\\", "")
    assert "configuration changed" in words
    assert "waivers changed" in words


# --- pure -----------------------------------------------------------------------------------------------------------


def trusted_terms(now, before):
    return with_trusted_terms(Comparison(plan=now, trusted=before, revision="main"), ladder())


@many
@given(MIXED, MIXED, st.booleans())
def test_what_a_change_brings_never_passes_what_fails_without_its_waivers(now, before, is_new):
    """A plan passes against a trusted revision only if it passes by itself, and by waivers of both."""
    trusted = None if is_new else before
    judged = trusted_terms(now, trusted)
    free = judge(evaluate(now, catalog(), ladder(), TODAY), Policy())
    bound = judge(evaluate(judged, catalog(), ladder(), TODAY), Policy())
    assert bound.passed <= free.passed
    assert set(bound.waived) <= set(free.waived)
    assert set(bound.waived) <= {one.safeguard for one in (trusted.waivers if trusted else ())}


@many
@given(MIXED)
def test_a_plan_against_itself_is_as_it_is(made):
    assert trusted_terms(made, made) == made
    assert changes_of_plan(Comparison(plan=made, trusted=made, revision="main"), ladder()) == ()


EVIDENCE = Evidence(ref="a.md")
EVERYTHING = replace(
    plan("hosted_api", {"AB-01": claim("implemented", evidence=(EVIDENCE,))}, waivers=[waiver("AB-14")]),
    adoptions=(Adoption(id="companion-classifier", evidence=(EVIDENCE,)),),
)
OTHER_VALUES = {"license": License(id="MIT"), "opens": TODAY, "closes": TODAY, "date": TODAY, "gated": "auto"}
OTHER_VALUES |= {
    "granted": date(2025, 1, 1),
    "expires": date(2027, 1, 1),
    "access": "hosted_ui",
    "status": Status.PARTIAL,
}
OTHER_VALUES |= {
    "evidence": (),
    "comparable_open_models": (ComparableModel(name="Open-13B", compares="stronger"),),
    "capability_evidence": (EVIDENCE,),
    "channels": ("hosted_api",),
    "parameters": 2.0,
    "type": "log",
}
NOT_DECLARED = {
    "position",
    "state",
    "problem",
    "trusted",
    "path",
    "undeclared",
    "pinned",
    "safeguards_position",
}
PARTS: Mapping[str, tuple[Any, Callable[[Any], Plan]]] = {
    "model": (EVERYTHING.model, lambda part: replace(EVERYTHING, model=part)),
    "organization": (EVERYTHING.organization, lambda part: replace(EVERYTHING, organization=part)),
    "channel": (EVERYTHING.channels[0], lambda part: replace(EVERYTHING, channels=(part,))),
    "claim": (EVERYTHING.claims["AB-01"][0], lambda part: replace(EVERYTHING, claims={"AB-01": (part,)})),
    "adoption": (EVERYTHING.adoptions[0], lambda part: replace(EVERYTHING, adoptions=(part,))),
    "evidence": (
        EVIDENCE,
        lambda part: replace(EVERYTHING, adoptions=(replace(EVERYTHING.adoptions[0], evidence=(part,)),)),
    ),
    "file": (ReleasedFile(name="a", sha256="0"), lambda part: replace(EVERYTHING, files=(part,))),
    "waiver": (EVERYTHING.waivers[0], lambda part: replace(EVERYTHING, waivers=(part,))),
    "license": (
        License(id="MIT"),
        lambda part: replace(EVERYTHING, channels=(replace(EVERYTHING.channels[0], license=part),)),
    ),
}


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, one.name) for part, (whole, _) in PARTS.items() for one in fields(whole) if one.name not in NOT_DECLARED],
)
def test_every_field_of_a_plan_that_changes_is_told(part, name):
    """A field that is added to a plan later is asked for too."""
    whole, build = PARTS[part]
    other = replace(whole, **{name: "x" if part == "license" else OTHER_VALUES.get(name, "other")})
    if part == "waiver" and name in ("safeguard", "channels"):
        other = replace(whole, safeguard="AB-01")
    if (part, name) == ("claim", "channels"):
        other = replace(whole, channels=("hosted_api",))
    told = changes_of_plan(Comparison(plan=build(other), trusted=build(whole), revision="main"), ladder())
    assert told
    assert all(finding.message for finding in told)


@pytest.mark.parametrize(
    ("field", "before", "after", "level", "waived"),
    [
        ("opens", date(2027, 6, 1), date(2020, 1, 1), "warning", False),
        ("opens", date(2020, 1, 1), date(2027, 6, 1), "note", True),
        ("closes", None, date(2027, 6, 1), "note", True),
        ("closes", date(2027, 6, 1), None, "warning", False),
        ("gated", "manual", False, "warning", False),
        ("operator", "self", "third_party", "warning", False),
        ("audience", "approved", "public", "warning", False),
        ("variant", None, "70B", "warning", False),
        ("license", License(id="MIT"), License(id="Apache-2.0"), "warning", False),
        ("url", None, "https://a.example", "note", True),
        ("access", "hosted_api", "hosted_ui", "note", True),
    ],
)
def test_a_waiver_holds_on_a_channel_only_while_that_is_no_wider(field, before, after, level, waived):
    old, now = (
        plan([replace(channel("hosted_api", "a"), **{field: value})], waivers=[waiver("AB-14")])
        for value in (before, after)
    )
    told = {one.kind: one.level for one in changes_of_plan(Comparison(plan=now, trusted=old, revision="x"), ladder())}
    assert told["channel-changed"] == level
    assert ("waivers-changed" not in told) == waived
    assert [one.trusted for one in trusted_terms(now, old).waivers] == [waived]


def test_channels_that_come_and_go_are_told():
    old, now = (plan([channel("hosted_api", name) for name in names]) for names in ("ab", "bc"))
    told = changes_of_plan(Comparison(plan=now, trusted=old, revision="main"), ladder())
    assert [(one.kind, one.channel, one.level) for one in told] == [
        ("channel-added", "c", "note"),
        ("channel-removed", None, "warning"),
    ]
    assert told[1].message == "This change removes what main has: a."


def test_two_waivers_of_before_are_not_added_up_beyond_their_terms():
    first = waiver("AB-14", granted="2026-01-01", expires="2026-03-31")
    second = waiver("AB-14", granted="2026-07-01", expires="2026-09-30")
    now = plan("hosted_api", waivers=[waiver("AB-14", granted="2026-01-01", expires="2026-09-30")])
    parts = trusted_terms(now, plan("hosted_api", waivers=[first, second])).waivers
    assert [(one.granted, one.expires, one.trusted) for one in parts] == [
        (date(2026, 1, 1), date(2026, 3, 31), True),
        (date(2026, 7, 1), date(2026, 9, 30), True),
        (date(2026, 1, 1), date(2026, 9, 30), False),
    ]


@pytest.mark.parametrize(("old", "new"), [(["a"], []), (["a"], ["a", "b"]), (["a", "c"], ["a", "b"])])
def test_a_waiver_that_a_change_widens_is_trusted_where_it_was(old, new):
    channels = [channel("hosted_api", name) for name in ("a", "b", "c")]
    now, before = (plan(channels, waivers=[waiver("AB-14", *scope)]) for scope in (new, old))
    parts = trusted_terms(now, before).waivers
    assert [(one.channels, one.trusted) for one in parts] == [(("a",), True), (tuple(new), False)]


def test_a_waiver_that_is_not_trusted_is_that_first_of_all():
    made = plan("hosted_api", waivers=[replace(waiver("AB-14", expires="2026-02-01"), trusted=False)])
    report = evaluate(made, catalog(), ladder(), TODAY)
    states = [one.state for one in judge(report, Policy()).waivers]
    assert states == [WaiverState.NOT_TRUSTED]


def test_equal_configurations_are_no_change():
    one = Configuration(path="a", values={"fail_under": 3}, positions={})
    assert configuration_changed(one, replace(one, path="b"), "main") == ()
    assert configuration_changed(None, None, "main") == ()
    assert configuration_changed(None, replace(one, values={}), "main")
