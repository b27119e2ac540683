"""Baselines: the file and its faults, the command and the page."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from building import channel, everything, ladder, plan, report_on
from conftest import ROOT, Program
from hypothesis import given, settings
from test_baseline_comparison import recorded, with_numbers
from test_properties import MIXED, policies

from aisafe_cli.domain.policy import Policy
from aisafe_cli.errors import FileError, InputError, RequestError, describe
from aisafe_cli.loading.baseline import BaselineFile, check_baseline, load_baseline, render_baseline

many = settings(max_examples=100, deadline=None, derandomize=True)


# --- the file -------------------------------------------------------------------------------------------------------

HEAD = (
    f"schema_version: 1\nrecorded: 2026-05-01\nreason: agreed\ncatalog: {{id: a, version: '1', sha256: '{'0' * 64}'}}\n"
)
PLAN_A = "plans:\n  - path: a.plan.yaml\n    channels: [{id: api, access: hosted_api}]\n"
ENTRY = "safeguard: AB-14, outcome: gap, level: error"


def loaded(text: str) -> BaselineFile:
    return check_baseline(text, "b.yaml", ladder())


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("plan: []\n", ["1:1: the key `recorded` is missing", "1:1: unknown key `plan`", "did you mean `plans`?"]),
        (HEAD + "plans: {}\n", ["5:8: expected a list, found keys with values"]),
        (HEAD.replace("1\n", "2\n", 1) + "plans: []\n", ["1:17: the value must be 1"]),
        (HEAD.replace("2026-05-01", "2026-02-30") + "plans: []\n", ["2:11: `2026-02-30` is not a date"]),
        (HEAD.replace("agreed", "''") + "plans: []\n", ["3:9: the value is empty"]),
        (HEAD.replace("agreed", "'…'") + "plans: []\n", ["3:9: the value has no letter or digit"]),
        (HEAD.replace("agreed", "tbd") + "plans: []\n", ["3:9: `tbd` is a placeholder"]),
        (
            HEAD + PLAN_A + "    findings: [{safeguard: AB-14, outcome: ineffective, level: error, channels: [api]}]\n",
            ["8:44: `ineffective` is not one of", "a claim that cannot work is not carried over: narrow or"],
        ),
        (
            HEAD + PLAN_A + "    findings: [{safeguard: AB-14, outcome: partail, level: note, channels: [api]}]\n",
            ["did you mean `partial`?", "`note` is not one of error, warning"],
        ),
        (
            HEAD + PLAN_A + f"    findings: [{{{ENTRY}, channels: [apis]}}]\n",
            ["there is no channel `apis` among the `channels`", "did you mean `api`?"],
        ),
        (
            HEAD + PLAN_A + f"    findings: [{{{ENTRY}, channels: [api]}}, {{{ENTRY}, channels: [api]}}]\n",
            ["8:139: `AB-14` on `api` is named twice"],
        ),
        (
            HEAD + PLAN_A.replace("hosted_api", "hosted_apy"),
            ["there is no access level `hosted_apy`", "did you mean `hosted_api`?"],
        ),
        (HEAD + PLAN_A + "  - path: ./x/../a.plan.yaml\n", ["8:11: the plan `./x/../a.plan.yaml` is named twice"]),
        (
            HEAD + PLAN_A.replace("}]", "}, {id: api, access: hosted_ui}]"),
            ["7:52: the channel `api` is named twice"],
        ),
        (
            HEAD + PLAN_A + "    plan_findings: [{rule: r, level: error}, {rule: r, level: error}]\n",
            ["`r` is named twice"],
        ),
        (
            HEAD + PLAN_A + "    coverage: {numerator: -1, denominator: 1, fail_under: 0}\n",
            ["8:27: the value must be at least 0", "must be at least 1"],
        ),
    ],
)
def test_every_fault_is_told_with_its_place(text: str, faults: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        loaded(text)
    told = describe(caught.value)
    assert all(fault in told for fault in faults), told


@many
@given(MIXED, policies)
def test_a_baseline_is_the_same_in_a_file(made, policy):
    before = recorded(report_on(made), policy)
    text = render_baseline({"a.plan.yaml": before}, before, "baseline.yaml")
    assert text == render_baseline({"a.plan.yaml": before}, before, "baseline.yaml")
    after = check_baseline(text, "baseline.yaml", ladder()).of("a.plan.yaml")
    assert sorted(after.entries, key=repr) == sorted(before.entries, key=repr)
    assert replace(after, entries=()) == replace(before, entries=())


def test_a_file_without_plans_is_fine() -> None:
    assert loaded(HEAD + "plans: []\n").plans == {}


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(FileError):
        load_baseline("nowhere.yaml", ladder())


def test_the_largest_plan_can_be_recorded_and_read_back():
    channels = [channel("open_weights", f"{'c' * 90}{number}") for number in range(250)]
    report = report_on(plan(channels, everything("planned"), size="large", capability="severe"))
    baseline = recorded(report, Policy(strict=True, fail_under=100))
    text = render_baseline({"a.plan.yaml": baseline}, baseline, "b.yaml")
    assert len(loaded(text).of("a.plan.yaml").entries) == len(baseline.entries) > 500


@pytest.mark.parametrize("name", ["null", "~", "1.0", "yes", 'a "b" \\ c: d # e', "- x", "é🙂", "{a}", "'"])
def test_names_of_channels_and_plans_come_back(name: str):
    report = report_on(plan(channel("hosted_api", name), everything(AB_14="planned")))
    baseline = recorded(report, Policy())
    text = render_baseline({f"{name}.plan.yaml": baseline}, baseline, "b.yaml")
    assert loaded(text).of(f"{name}.plan.yaml").entries == baseline.entries


@pytest.mark.parametrize("path", ["-", "a\nb.plan.yaml", "a\x07.plan.yaml", "\udcff.plan.yaml"])
def test_a_plan_that_no_file_can_name_is_refused(path: str):
    baseline = recorded(report_on(plan("hosted_api")), Policy())
    with pytest.raises(RequestError):
        render_baseline({path: baseline}, baseline, "b.yaml")


def test_a_plan_is_the_same_by_whatever_path(tmp_path, monkeypatch):
    (tmp_path / "plans" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("plans")
    monkeypatch.chdir(tmp_path / "plans")
    baseline = recorded(report_on(plan("hosted_api")), Policy())
    text = render_baseline({"deep/a.plan.yaml": baseline}, baseline, "../b.yaml")
    assert 'path: "plans/deep/a.plan.yaml"' in text
    read = check_baseline(text, "../b.yaml", ladder())
    for path in ("deep/a.plan.yaml", "./deep/../deep/a.plan.yaml", str(tmp_path / "link" / "deep" / "a.plan.yaml")):
        assert read.of(path).names_plan
    for path in ("a.plan.yaml", "deep/b.plan.yaml", "-"):
        assert not read.of(path).names_plan


# --- the command ----------------------------------------------------------------------------------------------------

GAPS = (
    "schema_version: 1\nmodel: {name: x, capability: moderate, parameters: 7.0e9}\norganization: {size: solo}\n"
    "channels: [{id: api, access: hosted_api}]\n"
    "safeguards: {AB-01: implemented, AB-02: planned, AB-14: not_implemented}\n"
)
RECORD = ("baseline", "a.plan.yaml", "-o", "b.yaml", "--as-of", "2026-05-01")
CHECK = ("check", "a.plan.yaml", "--baseline", "b.yaml", "-f", "json")


@pytest.fixture
def gaps(tmp_path: Path) -> Path:
    path = tmp_path / "a.plan.yaml"
    path.write_text(GAPS, encoding="utf-8")
    return path


def test_from_a_failing_plan_to_one_that_passes_and_back(aisafe: Program, gaps: Path, tmp_path: Path) -> None:
    assert aisafe("check", gaps).returncode == 1
    done = aisafe(*RECORD, "--reason", "by March")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "b.yaml: 2 blocks of 1 plan recorded\n"
    first = (tmp_path / "b.yaml").read_text(encoding="utf-8")
    passed = aisafe(*CHECK)
    assert passed.returncode == 0
    (data,) = json.loads(passed.stdout)["plans"]
    assert data["verdict"]["carried"] == ["AB-02", "AB-14"]
    (found,) = (one for one in data["findings"] if one["safeguard"] == "AB-14")
    assert (found["outcome"], found["level"], found["blocking"]) == ("gap", "error", False)
    assert found["baseline"] == {"recorded": "2026-05-01", "outcome": "gap", "reason": "by March"}
    gaps.write_text(GAPS.replace("AB-02: planned", "AB-02: unanswered"), encoding="utf-8")
    assert aisafe(*CHECK).returncode == 1
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8") == first


def test_a_block_on_two_channels_is_counted_once_as_check_counts_it(aisafe: Program, gaps: Path) -> None:
    gaps.write_text(GAPS.replace("hosted_api}]", "hosted_api}, {id: ui, access: hosted_ui}]"), encoding="utf-8")
    assert aisafe(*RECORD, "--reason", "by March").stderr == "b.yaml: 2 blocks of 1 plan recorded\n"
    assert "2 blocks carried over" in aisafe(*CHECK[:-1], "concise").stdout


def test_an_existing_baseline_is_changed_only_on_demand(aisafe: Program, gaps: Path, tmp_path: Path) -> None:
    assert aisafe(*RECORD, "--reason", "by March").returncode == 0
    before = (tmp_path / "b.yaml").read_text(encoding="utf-8")
    again = aisafe(*RECORD, "--reason", "again")
    assert again.returncode == 2
    assert "already exists; --prune removes what was fixed, --replace records everything again" in again.stderr
    gaps.write_text(
        GAPS.replace("AB-02: planned", "AB-02: implemented").replace("AB-01: implemented", "AB-01: planned")
    )
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8") == before
    pruned = aisafe(*RECORD[:4], "--as-of", "2026-06-01", "--prune")
    assert pruned.returncode == 0
    assert pruned.stderr == "b.yaml: 1 block of 1 plan recorded\ngone: a.plan.yaml: AB-02 on api (planned)\n"
    assert "recorded: 2026-05-01" in (tmp_path / "b.yaml").read_text(encoding="utf-8")
    replaced = aisafe(*RECORD[:4], "--as-of", "2026-06-01", "--replace", "--reason", "again")
    assert replaced.stderr == "b.yaml: 2 blocks of 1 plan recorded\nnew: a.plan.yaml: AB-01 on api (planned)\n"
    assert "recorded: 2026-06-01" in (tmp_path / "b.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("gaps")
def test_pruning_leaves_the_plans_that_it_does_not_see(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "z.plan.yaml").write_text(GAPS, encoding="utf-8")
    assert aisafe("baseline", ".", "-o", "b.yaml", "--reason", "r").returncode == 0
    before = (tmp_path / "b.yaml").read_text(encoding="utf-8")
    assert aisafe(*RECORD, "--prune").returncode == 0
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8") == before


def test_what_is_ineffective_is_left_out_and_that_is_said(aisafe: Program, gaps: Path) -> None:
    gaps.write_text(GAPS.replace("hosted_api", "open_weights").replace("AB-02", "AB-05: implemented, AB-02"))
    done = aisafe(*RECORD, "--reason", "r")
    assert done.returncode == 0
    assert "not recorded: a.plan.yaml: AB-05 (cannot work as claimed)\nnext: narrow or withdraw" in done.stderr
    assert aisafe(*CHECK).returncode == 1


def test_what_must_be_satisfied_is_left_out_and_that_is_said(aisafe: Program, gaps: Path, tmp_path: Path) -> None:
    def recorded_now() -> dict[str, list[str]]:
        done = aisafe(*RECORD, "--reason", "r", "--replace")
        assert done.returncode == 0
        assert "not recorded: a.plan.yaml: AB-01 (must be satisfied, as the configuration says)" in done.stderr
        (made,) = yaml.safe_load((tmp_path / "b.yaml").read_text(encoding="utf-8"))["plans"]
        return {entry["safeguard"]: entry["channels"] for entry in made["findings"]}

    (tmp_path / "aisafe.yaml").write_text("must_satisfy: {hosted_api: [AB-01]}\n")
    gaps.write_text(GAPS.replace("AB-01: implemented", "AB-01: planned"))
    assert recorded_now() == {"AB-02": ["api"], "AB-14": ["api"]}
    assert aisafe(*CHECK).returncode == 1
    # Where it is not demanded, it is recorded as any other block.
    gaps.write_text(gaps.read_text().replace("channels: [", "channels: [{id: chat, access: hosted_ui}, "))
    assert recorded_now() == {"AB-01": ["chat"], "AB-02": ["api", "chat"], "AB-14": ["api"]}


def test_where_nothing_blocks_the_baseline_is_empty(aisafe: Program, gaps: Path, tmp_path: Path) -> None:
    gaps.write_text(GAPS.replace("planned", "implemented").replace("not_implemented", "implemented"))
    done = aisafe(*RECORD, "--reason", "r")
    assert done.returncode == 0
    assert "nothing blocks that could be carried over" in done.stderr
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8").endswith('plans:\n  - path: "a.plan.yaml"\n')


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "--reason is missing"),
        (("--reason", "  "), 2, "--reason is missing"),
        (("--reason", "..."), 2, "--reason is missing"),
        (("--reason", "TODO"), 2, "--reason is missing"),
        (("--prune",), 2, "--prune needs an existing baseline"),
        (("--prune", "--replace"), 2, "cannot be used together"),
        (("nowhere.plan.yaml", "--reason", "r"), 2, "nothing was recorded"),
        (("empty", "--reason", "r"), 3, "nothing was recorded"),
        (("-", "--reason", "r"), 2, "has no path"),
    ],
)
@pytest.mark.usefixtures("gaps")
def test_what_cannot_be_recorded_leaves_no_file(
    aisafe: Program, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = aisafe(*RECORD, *arguments, stdin=GAPS)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert not (tmp_path / "b.yaml").exists()


def test_an_existing_file_that_is_no_baseline_is_not_replaced(aisafe: Program, gaps: Path) -> None:
    done = aisafe("baseline", gaps, "-o", gaps, "--replace", "--reason", "r")
    assert done.returncode == 2
    assert gaps.read_text(encoding="utf-8") == GAPS


@pytest.mark.usefixtures("gaps")
def test_a_baseline_that_cannot_be_used_stops_the_check(aisafe: Program, tmp_path: Path) -> None:
    for content in (None, "plans: []\n", "schema_version: 1\n\tx"):
        if content:
            (tmp_path / "b.yaml").write_text(content)
        done = aisafe(*CHECK)
        assert (done.returncode, done.stdout) == (2, "")
        assert "b.yaml" in done.stderr


@pytest.mark.usefixtures("gaps")
def test_a_baseline_is_not_written_over_by_a_report(aisafe: Program, tmp_path: Path) -> None:
    assert aisafe(*RECORD, "--reason", "r").returncode == 0
    assert aisafe(*CHECK, "-o", "b.yaml").returncode == 2
    assert load_baseline(str(tmp_path / "b.yaml"), ladder()).plans


@pytest.mark.usefixtures("gaps")
def test_the_schema_of_baselines_accepts_what_is_written(aisafe: Program, tmp_path: Path) -> None:
    import jsonschema

    assert aisafe(*RECORD, "--strict", "--fail-under", "90", "--reason", "r").returncode == 0
    data = yaml.load((tmp_path / "b.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    jsonschema.validate(with_numbers(data), json.loads(aisafe("schema", "baseline").stdout))


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_commands_of_the_page_run_in_their_order(aisafe: Program, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "baseline.md").read_text(encoding="utf-8")
    commands = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 4
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "a.plan.yaml").write_text(GAPS, encoding="utf-8")
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "aisafe"
        assert aisafe(*arguments).returncode == 0, command
