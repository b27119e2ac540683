"""`check --stage`: only what is open by a day is judged, and every format says what was left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import TODAY, catalog, channel, claim, everything, finding, ladder, plan, plan_finding, report_on, waiver
from conftest import ROOT, Program
from conftest import TODAY as CHECKED
from hypothesis import assume, given
from hypothesis import strategies as st
from test_payloads import FIELDS, PAYLOADS, compare, plan_with
from test_properties import BOUND, DAYS, is_beyond_control, many, plans, policies

from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS
from aisafe_cli.domain.outcome import Level, Outcome, Why
from aisafe_cli.domain.plan import Plan, Position
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import PlanFinding, Report
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.evaluate import STAGE_ONLY, evaluate, evaluate_stage
from aisafe_cli.gate.record_baseline import record_baseline
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.reporters import View, render

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {
    "table": "txt",
    "markdown": "md",
    "html": "html",
    "json": "json",
    "sarif": "sarif",
    "junit": "junit.xml",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "csv": "csv",
    "badge": "svg",
}
STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("gated_weights_vetted", "vetted", "2026-03-01"),
    channel("open_weights", "weights", "2026-05-01"),
]


def stage_of(made: Plan, day: str | date, as_of: date = TODAY) -> Report:
    return evaluate_stage(made, catalog(), ladder(), as_of, date.fromisoformat(str(day)))


# --- what is judged -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "judged", "left_out"),
    [
        ("2026-01-01", ["api"], ["vetted", "weights"]),
        ("2026-03-01", ["api", "vetted"], ["weights"]),
        ("2026-05-01", ["api", "vetted", "weights"], []),
    ],
)
def test_a_stage_is_what_is_open_by_its_day(day: str, judged: list[str], left_out: list[str]) -> None:
    report = stage_of(plan(STAGED[::-1], everything()), day)
    assert [one.channel.id for one in report.channels] == judged
    assert report.cut is not None
    assert [one.id for one in report.cut.left_out] == left_out
    assert bool(plan_finding(report, STAGE_ONLY)) == bool(left_out)


def test_what_is_left_out_is_named_with_its_day() -> None:
    found = plan_finding(stage_of(plan(STAGED, everything()), "2026-01-01"), STAGE_ONLY)
    assert found is not None
    assert found.level is Level.NOTE
    assert found.message == (
        "Only the stage of 2026-01-01 is judged. The verdict says nothing about vetted (gated_weights_vetted, opens"
        " 2026-03-01), weights (open_weights, opens 2026-05-01)."
    )


def test_claims_on_channels_left_out_do_not_count_and_are_named() -> None:
    made = plan(STAGED, everything(AB_01=claim("implemented", "weights"), AB_05=claim("implemented", "api", "weights")))
    report = stage_of(made, "2026-01-01")
    found = plan_finding(report, STAGE_ONLY)
    assert found is not None
    assert found.message.endswith(" Claims that name only channels left out do not count: AB-01.")
    assert finding(report, "AB-01").outcome is Outcome.UNKNOWN
    assert finding(report, "AB-05").outcome is Outcome.SATISFIED


def test_the_headline_says_that_it_is_a_stage() -> None:
    made = plan(STAGED, everything())
    passed = judge(stage_of(made, "2026-01-01"), Policy()).headline
    assert passed.startswith("PASS: only the stage of 2026-01-01 is judged, 2 later channels left out: no errors")
    failed = judge(stage_of(made, "2026-03-01"), Policy()).headline
    assert failed.startswith("FAIL: only the stage of 2026-03-01 is judged, 1 later channel left out: ")
    assert "stage" not in judge(stage_of(made, "2026-05-01"), Policy()).headline


def test_the_note_never_blocks() -> None:
    made = plan(STAGED[0:1] + STAGED[2:], everything())
    assert judge(stage_of(made, "2026-01-01"), Policy(strict=True)).passed


def test_the_day_of_the_stage_moves_no_waiver() -> None:
    waived = [waiver("AB-14", granted="2026-01-01", expires="2026-03-01")]
    made = plan(STAGED, everything(AB_14="not_implemented"), waivers=waived)
    assert judge(stage_of(made, "2026-01-01", date(2026, 2, 1)), Policy()).passed
    assert not judge(stage_of(made, "2026-01-01", date(2026, 4, 1)), Policy()).passed


def test_no_open_channel_is_nothing_to_evaluate() -> None:
    with pytest.raises(NothingToEvaluate) as caught:
        stage_of(plan(STAGED[::-1]), "2025-12-31")
    assert str(caught.value) == (
        "memory.plan.yaml: no channel is open by 2025-12-31; the first to open is api, on 2026-01-01"
    )


# --- what holds for every plan --------------------------------------------------------------------------------------

LAST = max(map(date.fromisoformat, DAYS))


@many
@given(plans(), policies)
def test_a_stage_of_every_channel_is_the_plan(made: Plan, policy: Policy) -> None:
    try:
        whole = report_on(made)
    except NothingToEvaluate:
        with pytest.raises(NothingToEvaluate):
            stage_of(made, LAST)
        return
    report = stage_of(made, LAST)
    assert report.cut is not None
    assert replace(report, cut=None) == whole
    assert judge(report, policy) == judge(whole, policy)


@many
@given(plans(), st.sampled_from(DAYS))
def test_a_stage_changes_nothing_on_the_channels_that_it_keeps(made: Plan, day: str) -> None:
    try:
        whole, report = report_on(made), stage_of(made, day)
    except NothingToEvaluate:
        assume(False)
        return
    kept = {one.channel.id for one in report.channels}
    for name in BOUND:
        before = {one.channel: one for one in finding(whole, name).channels if one.channel in kept}
        after = {one.channel: one for one in finding(report, name).channels}
        assert after.keys() == before.keys()
        for place, one in after.items():
            was = before[place]
            assert one.outcome == was.outcome
            # Beside weights for anybody less is asked of those who host copies, and a stage may leave them out.
            if not is_beyond_control(whole, name, place):
                assert (one.level, one.required) == (was.level, was.required)
            # A claim that names nothing of the stage is none in it.
            assert one.reason == was.reason or was.why is Why.ELSEWHERE


# --- what every format says -----------------------------------------------------------------------------------------


def everything_rendered(path: Path, data: dict[str, Any], stage: date) -> dict[str, str]:
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(data)), sort_keys=False, allow_unicode=True, width=1_000_000),
        encoding="utf-8",
    )
    report = evaluate_stage(load_plan(str(path), catalog()), catalog(), ladder(), date(2026, 6, 15), stage)
    result = Result(report=report, verdict=judge(report, Policy(strict=True, fail_under=90)))
    run = Run(results=(result,), judgments=(result.judgment,), exit_code=1, complete=True, version="0")
    kinds = {f"markdown {kind}": render("markdown", run, View(kind=kind)) for kind in MARKDOWN_KINDS}
    kinds["table full"] = render("table", run, View(full=True))
    return {**{name: render(name, run, View()) for name in REPORTERS}, **kinds}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, str]]:
    path = tmp_path_factory.mktemp("plans") / "x.plan.yaml"

    def render_all(**texts: str) -> dict[str, str]:
        return everything_rendered(path, plan_with(**texts), date(2026, 3, 1))

    return cache(render_all)


def test_every_format_says_that_a_channel_was_left_out(rendered: Callable[..., dict[str, str]]) -> None:
    brief = {"badge": "stage only", "markdown model-card": "open by 2026-03-01"}
    for name, text in rendered(channel="laterchannel").items():
        one_line = " ".join(text.split())
        if name in brief:
            assert brief[name] in one_line, name
        else:
            assert re.search(r"stage of 2026-03-01", one_line), name
            assert "laterchannel" in one_line, name
            assert "2026-06-01" in one_line, name


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_what_is_left_out_changes_no_structure(
    rendered: Callable[..., dict[str, str]], payload: str
) -> None:
    compare(rendered(), rendered(**dict.fromkeys(FIELDS, PAYLOADS[payload])), payload)


def test_several_plans_make_a_badge_of_stages(aisafe: Program) -> None:
    both = ("examples/staged-hybrid.plan.yaml", "examples/solo-project.plan.yaml")
    days = ("--as-of", CHECKED, "--stage", "2027-01-01")
    assert "plans pass · stage only" in aisafe("check", *both, *days, "-f", "badge", cwd=ROOT).stdout


def test_json_names_what_was_left_out(aisafe: Program) -> None:
    import jsonschema

    schema = json.loads(aisafe("schema", "report").stdout)

    def stage(*arguments: str) -> Any:
        data = json.loads(
            aisafe("check", "examples/staged-hybrid.plan.yaml", *arguments, "-f", "json", cwd=ROOT).stdout
        )
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
        return data["plans"][0]["stage"]

    assert stage() is None
    assert stage("--stage", "2027-01-15") == {"date": "2027-01-15", "left_out": []}
    assert stage("--stage", "2026-11-01") == {
        "date": "2026-11-01",
        "left_out": [{"id": "weights", "access": "open_weights", "opens": "2027-01-15"}],
    }


# --- beside a baseline ----------------------------------------------------------------------------------------------


def test_a_baseline_says_nothing_of_what_is_left_out() -> None:
    made = plan(
        [STAGED[0], STAGED[2]], everything(AB_03="planned", AB_11="planned"), capability="severe", fail_under=90
    )
    baseline = record_baseline(report_on(made), Policy(), "agreed")
    assert {(entry.subject, entry.channel) for entry in baseline.entries} >= {("AB-03", "weights")}
    assert baseline.coverage
    verdict = judge(stage_of(made, "2026-01-01"), Policy(), baseline)
    assert verdict.tally.outdated == 0
    assert not [notice for notice in verdict.notices if "can be removed" in notice]
    assert verdict.blocking == ()


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_stage_without_a_channel_is_code_3(aisafe: Program, command: str) -> None:
    done = aisafe(command, "examples/staged-hybrid.plan.yaml", "--stage", "2026-09-30", cwd=ROOT)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "error: examples/staged-hybrid.plan.yaml: no channel is open by 2026-09-30; the first to open is api, on"
        " 2026-10-01\n"
    )


@pytest.mark.parametrize("day", ["2026-13-01", "today", "", "2026-1-1", "01/02/2026"])
def test_what_is_no_day_is_refused(aisafe: Program, day: str) -> None:
    done = aisafe("check", "examples/staged-hybrid.plan.yaml", "--stage", day, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: --stage: `{day}` is not a date; write it as YYYY-MM-DD\n"


def test_the_gate_judges_the_stage(aisafe: Program, tmp_path: Path) -> None:
    made = (ROOT / "examples" / "overclaiming.plan.yaml").read_text(encoding="utf-8")
    path = tmp_path / "x.plan.yaml"
    path.write_text(made.replace("{id: weights,", "{id: weights, opens: 2027-01-01,"), encoding="utf-8")
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("AB-11: planned", "AB-11: implemented")
        .replace("AB-14: not_implemented", "AB-14: implemented"),
        encoding="utf-8",
    )
    assert aisafe("check", path).returncode == 1
    assert aisafe("check", path, "--stage", "2026-12-31").returncode == 0
    assert aisafe("check", path, "--stage", "2027-01-01").returncode == 1
    assert aisafe("check", path, "--stage", "2026-12-31", "--fail-under", "100").returncode == 1
    assert aisafe("report", path, "--stage", "2027-01-01").returncode == 0
    assert "only the stage of 2026-12-31 is judged" in aisafe("check", path, "--stage", "2026-12-31", "-q").stdout


@pytest.mark.parametrize("stage", [None, date(2026, 12, 31)])
def test_what_loading_found_stands_in_the_report_and_blocks(stage: date | None) -> None:
    made = plan([channel("hosted_api", "api"), channel("open_weights", "weights", opens="2027-01-01")])
    note = PlanFinding(kind="told", level=Level.WARNING, message="m", remedy="r", position=Position())
    if stage is None:
        report = evaluate(made, catalog(), ladder(), TODAY, notes=[note])
    else:
        report = evaluate_stage(made, catalog(), ladder(), TODAY, stage, notes=[note])
    assert report.plan_findings[-1] is note
    assert "told" in judge(report, Policy(strict=True)).blocking
