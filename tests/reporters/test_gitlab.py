"""GitLab Code Quality: valid, unique fingerprints, and severities that carry the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Program
from jsonschema import Draft202012Validator
from test_junit import (
    EXAMPLES,
    PAYLOADS,
    POLICIES,
    SCHEMAS,
    assert_same_everywhere,
    carried_run,
    hostile_run,
    rendered,
    run_of,
    told_of,
)

from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters.report_data import as_data

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}
FIELDS = {"description", "check_name", "fingerprint", "severity", "location"}


def test_same_everywhere(aisafe: Program, tmp_path: Path) -> None:
    assert_same_everywhere(aisafe, "gitlab", tmp_path)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_reads_back_what_was_found(example: str, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert_reads_back(run_of([example], POLICIES[policy]))


def test_reads_back_what_a_baseline_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_reads_back(carried_run(tmp_path, monkeypatch))


def assert_reads_back(run: Run) -> None:
    (plan,) = as_data(run)["plans"]
    issues = read(run)
    by_name = {issue["check_name"]: issue for issue in issues}
    assert any(issue["severity"] in ("blocker", "critical") for issue in issues) != plan["verdict"]["passed"]
    for finding in plan["findings"]:
        issue = by_name.pop(finding["safeguard"], None)
        assert (issue is None) == (finding["level"] == "note" and finding["outcome"] != "incompatible")
        if issue:
            assert_issue(issue, finding)
    standing = by_name.pop("waivers-and-baseline", None)
    assert (standing["description"] if standing else "") == " ".join(told_of(plan))
    rules = {finding["rule"]: finding for finding in plan["plan_findings"]}
    assert set(by_name) == {*rules, *({"coverage"} & {*plan["verdict"]["blocking"], *plan["verdict"]["carried"]})}
    for name, finding in rules.items():
        expected = "critical" if name in plan["verdict"]["blocking"] else SEVERITIES[finding["level"]]
        assert by_name[name]["severity"] == expected
        assert finding["message"] in by_name[name]["description"]


def assert_issue(issue: dict[str, Any], finding: dict[str, Any]) -> None:
    name = f"{finding['safeguard']} {finding['title']} ("
    assert issue["description"].startswith(name)
    words = issue["description"].removeprefix(name).partition(")")[0].split(", ")
    effect = words.pop() if words[-1] in ("blocks", "waived", "carried over") else ""
    assert words[-1] == finding["level"]
    assert words[-2].removesuffix(" for the release") == finding["outcome"]
    on_channels = finding["channels"].values()
    assert words[0].split(" ")[0] in {
        result["outcome"] for result in on_channels if result["level"] == finding["level"]
    }
    assert finding["reason"] in issue["description"]
    assert finding["remedy"] in issue["description"]
    assert (effect == "blocks") == finding["blocking"]
    assert (effect == "carried over") == (finding["baseline"] is not None)
    lifted = any(waiver["lifts"] for waiver in finding["waivers"])
    assert (effect == "waived") == (lifted and effect != "carried over")
    outcomes = {result["outcome"] for result in finding["channels"].values()}
    blocking = "blocker" if "ineffective" in outcomes else "critical"
    assert issue["severity"] == (blocking if finding["blocking"] else SEVERITIES[finding["level"]])
    assert issue["location"]["lines"]["begin"] == finding["location"]["line"]


def read(run: Run) -> list[dict[str, Any]]:
    text = rendered("gitlab", run)
    assert text.isascii()
    assert "##" not in text
    assert text.endswith("]\n")
    issues = json.loads(text)
    assert all(set(issue) == FIELDS for issue in issues)
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    return list(issues)


def test_fingerprints_tell_plans_and_channels_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert len(read(run_of(EXAMPLES))) > len(read(run_of(EXAMPLES[:1])))
    channels = "".join(
        f"\n  - {{id: {name}, access: open_weights, opens: 2026-01-01, closes: 2026-02-01}}" for name in ("a", "b")
    )
    (tmp_path / "two.plan.yaml").write_text(f"schema_version: 1\nmodel: {{name: x}}\nchannels:{channels}\n")
    issues = read(run_of([str(tmp_path / "two.plan.yaml")]))
    assert [issue["check_name"] for issue in issues].count("closing-recalls-nothing") == 2


def test_fingerprints_do_not_depend_on_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = (ROOT / "examples" / "overclaiming.plan.yaml").read_text(encoding="utf-8")
    found = []
    for before in ("", "# moved\n\n"):
        Path("a.plan.yaml").write_text(before + content, encoding="utf-8")
        found.append(read(run_of(["a.plan.yaml"])))
    first, second = found
    assert [issue["fingerprint"] for issue in first] == [issue["fingerprint"] for issue in second]
    assert [issue["location"] for issue in first] != [issue["location"] for issue in second]


def test_paths_are_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for path in ("./examples/overclaiming.plan.yaml", str(ROOT / "examples" / "overclaiming.plan.yaml")):
        assert {issue["location"]["path"] for issue in read(run_of([path]))} == {"examples/overclaiming.plan.yaml"}
    monkeypatch.chdir(tmp_path)
    Path("X.plan.yaml").write_bytes((ROOT / "examples" / "overclaiming.plan.yaml").read_bytes())
    assert {issue["location"]["path"] for issue in read(run_of(["X.plan.yaml"]))} == {"X.plan.yaml"}
    outside = read(run_of([str(ROOT / "examples" / "overclaiming.plan.yaml")]))
    assert not any(issue["location"]["path"].startswith(("/", ".", "file:")) for issue in outside)


def test_a_plan_that_could_not_be_evaluated_is_a_blocker(tmp_path: Path) -> None:
    issues = read(run_of([str(ROOT / "examples" / "solo-project.plan.yaml"), str(tmp_path / "missing.plan.yaml")]))
    assert (issues[0]["check_name"], issues[0]["severity"]) == ("not-evaluated", "blocker")
    assert "missing.plan.yaml: cannot be opened" in issues[0]["description"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_plan_cannot_change_the_structure(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)
    (tmp_path / "benign").mkdir()
    benign = read(hostile_run("benign", tmp_path / "benign", monkeypatch))
    issues = read(run)
    assert [shape(issue) for issue in issues] == [shape(issue) for issue in benign]
    assert {issue["location"]["path"] for issue in issues} == {run.results[0].report.plan.path}
    assert not any("\n" in issue["description"] for issue in issues)
    assert_reads_back(run)


def shape(issue: dict[str, Any]) -> tuple[object, ...]:
    return issue["check_name"], issue["severity"], sorted(issue["location"])


# --- validity -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = (SCHEMAS / "gitlab-code-quality.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(schema))


@pytest.mark.parametrize("policy", POLICIES)
def test_is_valid(validator: Draft202012Validator, policy: str, tmp_path: Path) -> None:
    paths = [*(str(ROOT / path) for path in EXAMPLES), str(tmp_path / "missing.plan.yaml")]
    validator.validate(read(run_of(paths, POLICIES[policy])))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_is_valid_whatever_a_plan_says(
    validator: Draft202012Validator, payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    validator.validate(read(hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)))
