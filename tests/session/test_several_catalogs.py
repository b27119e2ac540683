"""One plan judged by several catalogs: verdicts, formats, what a configuration says, and what is refused."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from calling import Called
from conftest import ROOT

from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.verdict import Run
from aisafe_cli.errors import AisafeError, ExitCode, describe
from aisafe_cli.io.resources import read_schema
from aisafe_cli.reporters import View, render
from aisafe_cli.session.session import Checked, Session
from aisafe_cli.session.settings import Options

GOLDEN = ROOT / "tests" / "golden"
PLAN = GOLDEN / "gannet.plan.yaml"
DAY = date(2026, 12, 1)
ALL = ("nist-ai-800-1-ipd", "practices", "eu-code")


def check(*plans: Path, catalog: str | None = "all", day: date = DAY) -> Checked:
    return Session(Options(catalog=catalog), day).run(list(map(str, plans)))


def run_of(*plans: Path, catalog: str | None = "all") -> Run:
    checked = check(*plans, catalog=catalog)
    return checked.as_run(checked.exit_code)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plan in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    path = Path("gannet.plan.yaml")
    path.write_bytes(PLAN.read_bytes())
    return path


@pytest.mark.golden
def test_a_plan_that_answers_one_guidance_by_all_of_them(plan: Path, update_golden: bool) -> None:
    golden = GOLDEN / "guidances.txt"
    made = render("table", run_of(plan), View())
    if update_golden:
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REPORTERS)
def test_every_format_tells_what_each_guidance_says(plan: Path, name: str) -> None:
    made = render(name, run_of(plan), View())
    if name == "badge":
        assert "passes by 1 of 3 catalogs" in made
    elif name == "gitlab":
        fingerprints = [issue["fingerprint"] for issue in json.loads(made)]
        assert len(set(fingerprints)) == len(fingerprints)
    else:
        assert all(one in made for one in ALL)
    for safeguard in ("AB-03", "P5.3", "A4.1-1") if name != "badge" else ():
        assert safeguard in made or name == "concise"


def test_the_verdict_by_all_is_the_worst(plan: Path) -> None:
    checked = check(plan)
    assert [result.guidance for result in checked.results] == list(ALL)
    assert [result.verdict.passed for result in checked.results] == [True, False, False]
    assert checked.exit_code is ExitCode.FAILED
    (overall,) = run_of(plan).plans
    assert not overall.passed
    assert check(plan, catalog="nist-ai-800-1-ipd").exit_code is ExitCode.PASSED


def test_json_has_one_result_for_each_catalog_and_one_verdict(plan: Path) -> None:
    data = json.loads(render("json", run_of(plan), View()))
    jsonschema.Draft202012Validator(read_schema("report")).validate(data)
    assert [one["guidance"] for one in data["plans"]] == list(ALL)
    (overall,) = data["overall"]
    assert [one["passed"] for one in overall["catalogs"]] == [True, False, False]
    carried = [one for one in data["plans"][2]["findings"] if one["safeguard"] == "M5.1-4"]
    assert carried[0]["channels"]["api"]["claim"]["answered_by"] == "AB-06"


def test_one_catalog_says_what_it_always_said(plan: Path) -> None:
    by_name, by_default = (render("json", run_of(plan, catalog=name), View()) for name in ("nist-ai-800-1-ipd", None))
    assert by_name == by_default
    assert "guidance" not in json.loads(by_default)["plans"][0]
    assert "overall" not in by_default


def test_what_is_not_asked_is_told_and_passes_nothing(plan: Path) -> None:
    plan.write_text(plan.read_text().replace("capability: low", "capability: low, systemic_risk: false"))
    checked = check(plan)
    assert [one.guidance for one in checked.not_asked] == ["eu-code"]
    assert any("eu-code does not apply to this model" in note for note in checked.notes)
    assert "eu-code not asked" in render("concise", checked.as_run(checked.exit_code), View())
    plan.write_text(plan.read_text().partition("safeguards:")[0])
    alone = check(plan, catalog="eu-code")
    assert alone.exit_code is ExitCode.NOTHING_TO_EVALUATE


def test_a_waiver_and_a_minimum_hold_for_the_guidance_that_they_name(plan: Path) -> None:
    waiver = "waivers: [{safeguard: P1.1, reason: r, owner: o, granted: 2026-11-01, expires: 2027-01-01}]\n"
    plan.write_text(plan.read_text() + waiver)
    appendix, practices, _ = check(plan).results
    assert (appendix.verdict.waivers, appendix.verdict.notices) == ((), ())
    assert practices.verdict.waived == ("P1.1",)


REFUSED = {
    "practices,practices": "an id or a slug in common",
    "practices,gull.yaml": "no built-in catalog and no file is called `gull.yaml`; see `aisafe catalog list`",
    "practices,": "",
    "practices,eu-code": "practices,eu-code is both a file and a list of catalogs",
}


@pytest.mark.parametrize("names", REFUSED)
def test_catalogs_that_cannot_be_told_apart_or_found_are_refused(plan: Path, names: str) -> None:
    (plan.parent / "practices,eu-code").touch()
    with pytest.raises(AisafeError) as caught:
        check(plan, catalog=names)
    assert REFUSED[names] in describe(caught.value)


def test_a_hash_is_that_of_one_catalog(plan: Path) -> None:
    options = Options(catalog="all", catalog_sha256="0" * 64)
    with pytest.raises(AisafeError, match="--catalog-sha256"):
        Session(options, DAY).run([str(plan)])


def test_a_plan_answers_the_catalogs_that_judge_it_and_no_others(plan: Path) -> None:
    (error,) = check(plan, catalog="practices").errors
    assert "`AB-01` is not a safeguard of the catalog" in describe(error)
    assert "nist-ai-800-1-ipd has it; name both after one --catalog, with a comma between" in describe(error)
    assert not check(plan, catalog="practices,nist-ai-800-1-ipd").errors


CONFIGURED = {
    "catalogs: [practices, {catalog: nist-ai-800-1-ipd}]": "",
    "catalogs: [nist-ai-800-1-ipd, {catalog: practices, gate: false}]": "",
    "catalogs: [{catalog: practices, gate: false}]": "no catalog decides the verdict",
    "catalog: practices\ncatalogs: [nist-ai-800-1-ipd]": "`catalog` and `catalogs` cannot both be given",
    "catalogs: [{gate: false}]": "the key `catalog` is missing",
    "catalogs: [../other.yaml]": "outside of the repository",
    "catalogs: []": "the list is empty",
    "catalogs: [nist-ai-800-1-ipd, practices]\nrequirements: {require: [P4.2], recommend: [P5.3]}": "always required",
}


@pytest.mark.parametrize("text", CONFIGURED)
def test_a_configuration_names_catalogs(plan: Path, text: str) -> None:
    Path("aisafe.yaml").write_text(f"schema_version: 1\n{text}\n")
    if not CONFIGURED[text]:
        assert len(check(plan, catalog=None).results) == 2
        return
    with pytest.raises(AisafeError) as caught:
        check(plan, catalog=None)
    assert CONFIGURED[text] in describe(caught.value)
    assert "aisafe.yaml:" in describe(caught.value)


def test_what_does_not_gate_decides_nothing_and_is_shown(plan: Path) -> None:
    settings = "catalogs: [nist-ai-800-1-ipd, {catalog: practices, gate: false}]\n"
    Path("aisafe.yaml").write_text(settings)
    checked = check(plan, catalog=None)
    assert [result.verdict.passed for result in checked.results] == [True, False]
    assert checked.exit_code is ExitCode.PASSED
    shown = render("table", checked.as_run(checked.exit_code), View())
    assert "practices FAIL (does not gate)" in " ".join(shown.split())
    assert check(plan, catalog="all").exit_code is ExitCode.FAILED  # the command line goes before the configuration


PAGES = ("suggest", "timeline", "what-if --drop weights", "diff gannet.plan.yaml", "compare other.plan.yaml")


@pytest.mark.parametrize("call", PAGES)
def test_commands_have_a_page_by_each_catalog(run_here: Called, plan: Path, call: str) -> None:
    Path("other.plan.yaml").write_text(plan.read_text())
    command, *options = call.split()
    done = run_here(command, plan, *options, "--catalog", "all", "--as-of", DAY, "-f", "json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["catalogs"]) == sorted(ALL)


def test_each_catalog_has_a_baseline_of_its_own(run_here: Called, plan: Path) -> None:
    plan.write_text(plan.read_text().replace("AB-14: implemented", "AB-14: planned"))
    by_all = ("--catalog", "all", "--as-of", DAY)
    made = run_here("baseline", plan, *by_all, "-o", "{catalog}.yaml", "--reason", "later")
    assert made.returncode == 0, made.stderr
    files = [word for by in ALL for word in ("--baseline", f"{by}.yaml")]
    before = json.loads(run_here("check", plan, *by_all, "-f", "json").stdout)["plans"]
    after = json.loads(run_here("check", plan, *by_all, *files, "-f", "json").stdout)["plans"]
    for was, now in zip(before, after, strict=True):
        assert set(now["verdict"]["carried"]) == set(was["verdict"]["blocking"]) - set(now["verdict"]["blocking"])
    assert sum(bool(now["verdict"]["carried"]) for now in after) >= 2
    assert run_here("baseline", plan, *by_all, "-o", "{catalog}.yaml", "--prune").returncode == 0
    Path("nist-ai-800-1-ipd.yaml").unlink()
    again = run_here("baseline", plan, *by_all, "-o", "{catalog}.yaml", "--reason", "later")
    assert again.returncode == 2
    assert not Path("nist-ai-800-1-ipd.yaml").exists()
    twice = run_here("check", plan, "--baseline", "practices.yaml", "--baseline", "practices.yaml")
    assert (twice.returncode, twice.stdout) == (2, "")
    assert "2 baselines belong to one catalog, nist-ai-800-1-ipd-practices" in twice.stderr


def test_a_baseline_is_of_one_catalog(run_here: Called, plan: Path) -> None:
    done = run_here("baseline", plan, "--catalog", "all", "-o", "-", "--reason", "later")
    assert (done.returncode, done.stdout) == (2, "")
    plan.write_text(plan.read_text().replace("AB-14: implemented", "AB-14: planned"))
    assert run_here("baseline", plan, "-o", "old.yaml", "--reason", "later").returncode == 0
    options = Options(catalog="practices,nist-ai-800-1-ipd")
    checked = Session(options, DAY, baselines=["old.yaml"]).run([str(plan)])
    assert [result.verdict.carried for result in checked.results] == [(), ("AB-14",)]
    assert checked.results[0].verdict.notices == ()


def test_a_guidance_that_is_not_asked_any_more_is_a_regression(run_here: Called, plan: Path) -> None:
    head = plan.read_text().partition("safeguards:")[0]
    plan.write_text(head)
    Path("new.plan.yaml").write_text(head.replace("capability: low", "capability: low, systemic_risk: false"))
    call = ("diff", plan, "new.plan.yaml", "--catalog", "practices,eu-code", "--as-of", DAY, "--fail-on-regression")
    done = run_here(*call)
    assert done.returncode == 1
    assert "eu-code does not apply to this model" in done.stderr
    assert run_here(*call[:1], plan, plan, *call[3:]).returncode == 0


def test_suggest_mends_the_part_that_fails(run_here: Called, plan: Path) -> None:
    head = plan.read_text().partition("safeguards:")[0]
    plan.write_text(f"{head}safeguards: {{P6.1: implemented, P6.1.1: {{status: implemented, channels: [weights]}}}}\n")
    done = run_here("suggest", plan, "--catalog", "practices", "--as-of", DAY, "-f", "json")
    found = json.loads(done.stdout)
    steps = (found["way"] or found["attempt"])["steps"]
    assert "P6.1.1" in [step["subject"] for step in steps], steps[:1]


def test_a_change_does_not_decide_which_catalogs_gate(plan: Path) -> None:
    """The trusted revision has two catalogs that decide; the change lets one of them decide nothing."""
    Path("aisafe.yaml").write_text("catalogs: [nist-ai-800-1-ipd, practices]\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "trusted"]):
        subprocess.run(["git", *words], check=True)
    Path("aisafe.yaml").write_text("catalogs: [nist-ai-800-1-ipd, {catalog: practices, gate: false}]\n")
    assert check(plan, catalog=None).exit_code is ExitCode.PASSED
    checked = Session(Options(trusted_ref="HEAD"), DAY).run([str(plan)])
    assert checked.exit_code is ExitCode.FAILED
    told = [finding for result in checked.results for finding in result.report.plan_findings]
    assert any(one.kind == "configuration-changed" and "practices (does not gate)" in one.message for one in told)
