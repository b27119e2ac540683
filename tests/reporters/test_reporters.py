"""Each format against a golden file, and all formats against each other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT, TODAY, Program

from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Position
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.programs.gitlab import _keep_gravest
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "json": "json"}
PLANS = ("staged-hybrid", "overclaiming")


@pytest.mark.parametrize("plan", sorted(path.name for path in (ROOT / "examples").glob("*.plan.yaml")))
def test_all_formats_say_the_same(aisafe: Program, plan: str) -> None:
    def rendered(name: str) -> str:
        return aisafe("check", f"examples/{plan}", "--as-of", TODAY, "-f", *name.split(), cwd=ROOT).stdout

    (data,) = json.loads(rendered("json"))["plans"]
    table, markdown = rendered("table --full"), rendered("markdown")
    one_line = " ".join(table.split())
    assert data["verdict"]["headline"] in one_line
    assert f"**{data['verdict']['headline']}.**" in markdown
    grid = read_grid(markdown)
    for finding in data["findings"]:
        row = grid[finding["safeguard"]]
        outcomes = [
            finding["outcome"],
            *(finding["channels"][channel["id"]]["outcome"] for channel in data["channels"]),
        ]
        assert row == [outcome.replace("not_applicable", "not asked") for outcome in outcomes]
        assert f"{finding['safeguard']} {finding['title']}" in one_line
    percent = data["scores"]["coverage"]["percent"]
    assert f"= {percent}%, as declared" in one_line
    assert f"({percent}%)" in markdown
    for level, heading in (("error", "Errors"), ("warning", "Warnings")):
        count = sum(finding["level"] == level for finding in data["findings"])
        assert (f"{heading} ({count})" in table) == (count > 0)
        headings = re.findall(r"^### (AB.+)", section(markdown, heading), re.MULTILINE)
        assert len(headings) == count
        assert all(told in one_line for told in headings)


def read_grid(markdown: str) -> dict[str, list[str]]:
    """Read the table of outcomes by channel: safeguard id to the cells of its row."""
    rows = re.findall(r"^\| (AB-\d\d) [^|]+\| (.+) \| *$", section(markdown, "Channels"), re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in rows}


def section(markdown: str, heading: str) -> str:
    found = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def test_json_has_the_documented_shape(aisafe: Program) -> None:
    data = json.loads(aisafe("check", "examples/staged-hybrid.plan.yaml", "-f", "json", cwd=ROOT).stdout)
    assert {"schema_version", "tool", "complete", "exit_code", "plans"} <= set(data)
    (plan,) = data["plans"]
    assert {"path", "catalog", "as_of", "profile", "release", "channels", "findings", "plan_findings", "scores"} < set(
        plan
    )
    assert set(plan["release"]) >= {"mode", "decided_by"}
    for channel in plan["channels"]:
        assert {"id", "access", "mode", "scores"} < set(channel)
    wanted = {"safeguard", "outcome", "level", "reason", "remedy", "location", "channels", "alternatives", "waiver"}
    for finding in plan["findings"]:
        assert wanted < set(finding)
        assert set(finding["location"]) == {"path", "line", "column"}
        for result in finding["channels"].values():
            assert {"outcome", "flag", "reason"} < set(result)
    for score in ("possible", "coverage", "addressed", "evidenced"):
        assert {"numerator", "denominator"} < set(plan["scores"][score])
    assert {"passed", "blocking"} < set(plan["verdict"])


@pytest.mark.parametrize("arguments", [(), ("--no-waivers", "--strict", "--fail-under", "99"), ("missing.plan.yaml",)])
def test_json_conforms_to_its_schema(aisafe: Program, arguments: tuple[str, ...]) -> None:
    import jsonschema

    schema = json.loads(aisafe("schema", "report").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(aisafe("check", "examples", *arguments, "-f", "json", cwd=ROOT).stdout)
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


MISSING = "missing.plan.yaml: cannot be opened: No such file or directory"


@pytest.mark.parametrize("name", [*REPORTERS, *(f"markdown --kind {kind}" for kind in MARKDOWN_KINDS)])
@pytest.mark.parametrize("plans", [("solo-project",), ("solo-project", "staged-hybrid")])
def test_what_could_not_be_evaluated_is_named_in_every_format(
    aisafe: Program, name: str, plans: tuple[str, ...]
) -> None:
    paths = [f"examples/{plan}.plan.yaml" for plan in plans]
    done = aisafe("check", *paths, "missing.plan.yaml", "-f", *name.split(), cwd=ROOT)
    assert done.returncode == 2
    text = " ".join(done.stdout.replace("not evaluated: ", "").split())
    assert MISSING in text or (name == "badge" and "not evaluated, 1 left out" in text)


@pytest.mark.parametrize("name", [*REPORTERS, *(f"markdown --kind {kind}" for kind in MARKDOWN_KINDS)])
def test_waivers_and_baseline_are_told_in_every_format(aisafe: Program, tmp_path: Path, name: str) -> None:
    plan = (ROOT / "examples" / "closed-api.plan.yaml").read_text(encoding="utf-8")
    (tmp_path / "a.plan.yaml").write_text(plan, encoding="utf-8")
    late = ("--as-of", "2027-04-01")
    assert aisafe("baseline", "a.plan.yaml", "-o", "b.yaml", "--reason", "r", *late).returncode == 0

    def told(*options: str) -> str:
        done = aisafe("check", "a.plan.yaml", "-f", *name.split(), *options)
        assert done.returncode == 0
        return re.sub(r"\u200b|\\", "", " ".join(done.stdout.split()))

    carried, lifted = told("--baseline", "b.yaml", *late), told("--as-of", TODAY)
    if name == "concise":
        assert "1 block carried over from the baseline of 2027-04-01; 1 waiver expired" in carried
        assert "1 block waived" in lifted
        return
    if name == "badge":
        assert "1 carried over" in carried
        assert "1 waiver expired" in carried
        assert "coverage 10.5 of 11, with waivers 11 of 11" in lifted
        return
    assert "0 in force, lifting 0 blocks; 1 expired." in carried
    assert "expired on 2027-03-31 and lifts nothing." in carried
    assert "1 block carried over" in carried
    assert "1 in force, lifting 1 block." in lifted


def test_what_catalogs_or_rules_say_several_times_is_told_apart() -> None:
    options = Options(catalog="all", fail_under=100, search_config=False)
    run = Session(options, date.fromisoformat(TODAY)).run([str(ROOT / "examples" / "staged-hybrid.plan.yaml")])
    told = [PlanFinding(kind="told", level=Level.WARNING, message=by, remedy="", position=Position()) for by in "ab"]
    results = [replace(one, report=replace(one.report, plan_findings=tuple(told))) for one in run.results]
    told_twice = replace(run, results=tuple(results)).as_run(1)
    sarif, gitlab, junit = (render(name, told_twice, View()) for name in ("sarif", "gitlab", "junit"))
    alerts = [one["partialFingerprints"]["primaryLocationLineHash"] for one in json.loads(sarif)["runs"][0]["results"]]
    issues = json.loads(gitlab)
    cases = [(one.get("classname"), one.get("name")) for one in ElementTree.fromstring(junit).iter("testcase")]
    assert len(set(alerts)) == len(alerts) == len(issues)
    assert sum(one["check_name"] == "told" for one in issues) == 2
    assert sum(one["check_name"] == "coverage" for one in issues) == len(results)
    assert len(set(cases)) == len(cases)


def test_of_what_catalogs_say_of_a_plan_the_gravest_is_kept() -> None:
    issues = [{"fingerprint": "a", "severity": "major"}, {"fingerprint": "a", "severity": "critical"}]
    assert _keep_gravest(issues) == _keep_gravest(issues[::-1]) == issues[1:]
