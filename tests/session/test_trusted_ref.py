"""A change cannot loosen what judges it: pull requests in scratch repositories, checked against a trusted revision."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from calling import Called
from test_git import git

from aisafe_cli.io.resources import find_data_file
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.parsing.yaml import MAX_CATALOG_BYTES

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
LOOSE = CATALOG.replace("always: [AB-11]", "always: []").replace("Filter dangerous content", "Filter some content")
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


@pytest.fixture
def request_with(tmp_path: Path, run_here: Called) -> Callable[..., Any]:
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
        done = run_here("check", *(arguments or ["."]), "--trusted-ref", ref, "-f", "json", *AS_OF, cwd=tmp_path / cwd)
        return Outcome(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)

    return make


@pytest.fixture
def run_in(run_here: Called) -> Callable[..., tuple[int, dict[str, Any], str]]:
    """Check a plan of a folder against a revision; return the code, the data and the messages."""

    def call(folder: Path, plan_file: str, ref: str = "main", *more: str) -> tuple[int, dict[str, Any], str]:
        done = run_here("check", plan_file, "--trusted-ref", ref, "-f", "json", *AS_OF, *more, cwd=folder)
        return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr

    return call


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
    assert done.told["plans-removed"] == "This change removes or renames plans that main has: a.plan.yaml."
    assert done.levels["plans-removed"] == "warning"
    assert "plan-added" in done.told


def test_plans_that_are_gone_are_told_with_those_that_stay(request_with):
    many = {f"{number}.plan.yaml": DONE for number in range(9)}
    done = request_with({**many, "b.plan.yaml": DONE}, dict.fromkeys(many), "b.plan.yaml")
    assert done.code == 0
    assert "0.plan.yaml, 1.plan.yaml, 2.plan.yaml, 3.plan.yaml, 4.plan.yaml, 4 more." in done.told["plans-removed"]


def test_a_repository_that_the_change_brings_is_none(request_with, run_here, tmp_path):
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
    again = run_here("check", ".", "--trusted-ref", "main", *AS_OF, cwd=bare)
    assert (again.returncode, again.stdout) == (2, "")
    assert "run this in a working tree: git worktree add" in again.stderr


# --- waivers of the plan --------------------------------------------------------------------------------------------


def test_a_change_that_changes_nothing_is_told_nothing(request_with):
    done = request_with({"a.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "fail_under: 10\n"}, {})
    assert (done.code, done.told) == (0, {})
    assert done.plan["verdict"]["waived"] == ["AB-14"]
    assert done.plan["verdict"]["policy"]["configuration"] == "main:aisafe.yaml"


def test_a_plan_of_the_same_bytes_is_read_once(request_with, monkeypatch):
    shown: list[str] = []

    def parse(content: bytes, name: str, *rest: Any, **named: Any) -> Any:
        shown.append(name)
        return parse_plan(content, name, *rest, **named)

    monkeypatch.setattr("aisafe_cli.session.session.parse_plan", parse)
    plans = {"a.plan.yaml": PLAN + WAIVER, "b.plan.yaml": PLAN + WAIVER}
    request_with(plans, {"b.plan.yaml": DONE + WAIVER})
    assert shown == ["a.plan.yaml", "b.plan.yaml", "main:b.plan.yaml"]


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
    assert done.told == {"waivers-changed": "This change alters the waiver for AB-14, until 2027-01-31."}
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
    assert done.told == {"waivers-changed": "This change removes the waiver for AB-14, until 2026-12-31."}
    assert (done.code, done.levels) == (1, {"waivers-changed": "note"})


@pytest.mark.parametrize("words", [("switch", "-q", "main"), ("switch", "-q", "--orphan", "other")])
def test_a_revision_that_is_the_one_checked_out_is_told(request_with, tmp_path, words, run_in):
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
    assert done.told["access-raised"] == "This change raises the channel's access from hosted_api to open_weights."
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
    after["o.md"] += "more"
    done = request_with(before, after, ".", "--catalog", "c.yaml", "--baseline", "b.yaml")
    assert done.told == {"evidence-changed": "This change adds or alters what the plan names as evidence: l.bin, o.md."}


def test_a_plan_that_is_renamed_is_a_new_one(request_with):
    done = request_with({"a.plan.yaml": PLAN + WAIVER}, {"a.plan.yaml": None, "b.plan.yaml": PLAN + WAIVER})
    assert (done.code, done.plan["verdict"]["blocking"]) == (1, ["AB-14"])
    assert "plan-added" in done.told


def test_standard_input_is_new(request_with, run_here, tmp_path):
    request_with({"a.plan.yaml": PLAN + WAIVER}, {})
    done = run_here("check", "-", "--trusted-ref", "main", "-q", *AS_OF, cwd=tmp_path, stdin=PLAN + WAIVER)
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
def test_a_link_in_place_of_a_folder_leads_nowhere_else(request_with, tmp_path, tmp_path_factory, arguments, run_in):
    before = {"ci/aisafe.yaml": "fail_under: 80\n", "ci/a.plan.yaml": DONE}
    request_with(before, {"ci/aisafe.yaml": None, "ci/a.plan.yaml": None})
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere, {"aisafe.yaml": "fail_under: 0\n", "a.plan.yaml": DONE})
    (tmp_path / "ci").rmdir()
    (tmp_path / "ci").symlink_to(elsewhere)
    code, data, _ = run_in(tmp_path, "ci/a.plan.yaml", "main", *(arguments if len(arguments) > 1 else []))
    assert (code, data["plans"][0]["verdict"]["blocking"]) == (1, ["coverage"])


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({}, set()),
        ({"aisafe.yaml": "fail_under: 0\n"}, {"configuration-changed"}),
        ({"c/c.yaml": LOOSE, "c/b.yaml": NOTHING}, {"catalog-changed", "baseline-changed"}),
    ],
)
def test_what_a_sparse_checkout_leaves_out_is_not_told_as_removed(request_with, run_here, tmp_path, after, told):
    before = {"p/a.plan.yaml": DONE, "aisafe.yaml": "fail_under: 10\n", "c/c.yaml": CATALOG, "c/b.yaml": RECORDED}
    options = ("p", "--catalog", "c/c.yaml", "--baseline", "c/b.yaml")
    request_with(before, after, *options)
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/*", "!/aisafe.yaml", "!/c")
    assert not (tmp_path / "aisafe.yaml").exists()
    done = run_here("check", *options, "--trusted-ref", "main", "-f", "json", *AS_OF, cwd=tmp_path)
    assert {one["rule"] for one in json.loads(done.stdout)["plans"][0]["plan_findings"]} == told
    alone = run_here("check", "p", "-q", *AS_OF, cwd=tmp_path)
    assert (alone.returncode, alone.stdout) == (2, "")
    assert "error: aisafe.yaml: a sparse checkout leaves this configuration out; add it with" in alone.stderr


@pytest.mark.parametrize(
    ("hidden", "after"),
    [("pyproject.toml", {"aisafe.yaml": "fail_under: 0\n"}), ("aisafe.yaml", {"p/aisafe.yaml": "fail_under: 0\n"})],
)
def test_a_change_is_told_whatever_else_a_sparse_checkout_leaves_out(request_with, run_here, tmp_path, hidden, after):
    before = {"p/a.plan.yaml": DONE, "aisafe.yaml": "fail_under: 10\n", "pyproject.toml": "[project]\n"}
    request_with(before, after, "p")
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/*", f"!/{hidden}")
    done = run_here("check", "p", "--trusted-ref", "main", "-f", "json", *AS_OF, cwd=tmp_path)
    told = {one["rule"] for one in json.loads(done.stdout)["plans"][0]["plan_findings"]}
    assert told == {"configuration-changed"}


@pytest.mark.parametrize("name", ["aisafe.yaml", "pyproject.toml"])
def test_a_configuration_that_leads_nowhere_in_the_trusted_revision_is_not_none(request_with, tmp_path, name):
    (tmp_path / name).symlink_to("gone.yaml")
    done = request_with({"a.plan.yaml": DONE}, {name: None})
    assert (done.code, done.stderr) == (2, f"error: main:{name}: is a link that leads nowhere\n")


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


@pytest.mark.parametrize(
    ("before", "now", "blocking", "told"),
    [
        (RECORDED, RECORDED, [], None),
        (NOTHING, RECORDED, ["AB-14"], "This change alters the baseline b.yaml."),
        (RECORDED, NOTHING, [], "This change alters the baseline b.yaml."),
        (RECORDED, None, [], "This change removes the baseline b.yaml."),
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


def test_a_repository_inside_the_repository_brings_no_revision_of_its_own(request_with, tmp_path, run_in):
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


@pytest.mark.parametrize("ref", ["nowhere", "", "--help", "main:a.plan.yaml"])
def test_an_unknown_revision_is_exit_2(request_with, ref):
    done = request_with({"a.plan.yaml": DONE}, {}, ref=ref)
    assert (done.code, done.data) == (2, {})
    assert "Traceback" not in done.stderr
    assert "there is no such revision" in done.stderr


def test_no_repository_is_exit_2(tmp_path, run_in):
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


def test_a_shallow_clone_is_told_what_to_fetch(request_with, tmp_path, tmp_path_factory, run_in):
    request_with({"a.plan.yaml": DONE}, {"a.plan.yaml": PLAN})
    old = git(tmp_path, "rev-parse", "main")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth", "1", f"file://{tmp_path}", "c")
    code, data, told = run_in(clone / "c", "a.plan.yaml", old)
    assert (code, data) == (2, {})
    assert "the clone is shallow" in told


def test_a_partial_clone_does_not_look_as_if_there_were_no_configuration(
    request_with, tmp_path, tmp_path_factory, run_in
):
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
def test_a_repository_of_another_user_is_refused_in_plain_words(request_with, tmp_path, run_in):
    request_with({"a.plan.yaml": DONE}, {})
    for path in (tmp_path, tmp_path / ".git"):
        os.chown(path, 12345, 12345)
    code, data, told = run_in(tmp_path, "a.plan.yaml")
    os.chown(tmp_path, 0, 0)
    assert (code, data) == (2, {})
    assert "belongs to another user" in told
    assert "safe.directory" in told


def test_report_and_config_take_it_too(request_with, run_here, tmp_path):
    request_with({"a.plan.yaml": DONE, "aisafe.yaml": "fail_under: 80\n"}, {"aisafe.yaml": "fail_under: 1\n"})
    report = run_here("report", ".", "--trusted-ref", "main", cwd=tmp_path)
    assert "sets fail\\_under from 80 to 1" in report.stdout or "sets fail_under from 80 to 1" in report.stdout
    assert report.returncode == 0
    config = run_here("config", "--trusted-ref", "main", cwd=tmp_path)
    assert "80 (main:aisafe.yaml:1)" in config.stdout
    assert "sets fail_under from 80 to 1" in config.stdout


@pytest.mark.parametrize("name", ["table", "markdown", "html", "json", "sarif", "junit", "github", "gitlab", "csv"])
def test_every_format_tells_what_a_change_does(request_with, run_here, tmp_path, name):
    request_with(
        {"a.plan.yaml": PLAN, "aisafe.yaml": "fail_under: 80\n"}, {"a.plan.yaml": PLAN + WAIVER, "aisafe.yaml": "{}\n"}
    )
    told = run_here("report", ".", "--trusted-ref", "main", "-f", name, *AS_OF, cwd=tmp_path).stdout
    words = told.replace("-", " ").replace("\\", "")
    assert "configuration changed" in words
    assert "waivers changed" in words
