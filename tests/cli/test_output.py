"""Several outputs from one evaluation: targets, files, templates and the step summary."""

from __future__ import annotations

import json
import os
import re
import threading
from datetime import date
from pathlib import Path

import pytest
import yaml
from calling import Called
from conftest import ROOT, TODAY, Program, copy_example

from aisafe_cli.cli import output
from aisafe_cli.errors import OutputError
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
FAILING = ROOT / "examples" / "overclaiming.plan.yaml"


@pytest.mark.parametrize("command", ["check", "report"])
@pytest.mark.parametrize(
    ("name", "begins"), [("a.html", "<!DOCTYPE html>"), ("a.json", "{"), ("a.SARIF", "{"), ("a.md", "# Release check")]
)
def test_the_ending_decides_the_format(run_here: Called, tmp_path: Path, command: str, name: str, begins: str) -> None:
    assert run_here(command, FAILING, "-o", name).returncode == (command == "check")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    wrong = run_here(command, FAILING, "-f", "csv", "-o", name)
    assert wrong.returncode == 2
    assert "not csv" in wrong.stderr


def test_a_report_is_judged_by_the_policy_that_check_gets(run_here: Called) -> None:
    for options in ((), ("--strict",), ("--fail-under", "90"), ("--no-waivers",)):
        plan = FAILING.with_name("closed-api.plan.yaml")
        check, report = (run_here(name, plan, *options, "--as-of", TODAY, "-f", "json") for name in ("check", "report"))
        verdicts = [json.loads(done.stdout)["plans"][0]["verdict"] for done in (check, report)]
        assert verdicts[0] == verdicts[1]
        assert (check.returncode, report.returncode) == (not verdicts[0]["passed"], 0)


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_what_the_mode_rules_out_is_no_result_without_notes(run_here: Called, name: str) -> None:
    plan = FAILING.with_name("open-weights.plan.yaml")
    named = '"ruleIndex"' if name == "sarif" else '"check_name": "AB-'
    counts = [run_here("check", plan, "-f", name, *options).stdout.count(named) for options in ((), ("--notes",))]
    data = json.loads(run_here("check", plan, "-f", "json").stdout)["plans"][0]["findings"]
    ruled_out = [one for one in data if (one["outcome"], one["level"]) == ("incompatible", "note")]
    assert counts[1] - counts[0] == len(ruled_out) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-f", "json=/dev/stdout", "-f", "table"], "cannot share standard output"),
        (["-f", "json=a.out", "-o", "b.out"], "--output goes with"),
        (["-f", "json="], "names no file"),
        (["-f", "markdown", "--kind", "model-crad"], "did you mean `model-card`?"),
        (["-f", "markdown", "--template", "none.j2"], "none.j2: cannot be opened"),
    ],
)
def test_targets_that_do_not_fit_are_refused_before_anything_is_written(
    run_here: Called, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run_here("check", PLAN, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_links_to_one_file_are_one_file(run_here: Called, tmp_path: Path) -> None:
    (tmp_path / "real.out").touch()
    (tmp_path / "link.out").symlink_to("real.out")
    assert run_here("check", PLAN, "-f", "json=real.out", "-f", "markdown=link.out").returncode == 2


def test_a_pipe_a_device_and_a_link_are_written_as_they_stand(aisafe: Program, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "link.md").symlink_to("old.json")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_text()), daemon=True)
    reader.start()
    done = aisafe("check", PLAN, "-f", "json=pipe", "-f", "table=/dev/null", "-f", "markdown=link.md")
    reader.join(timeout=60)
    assert done.returncode == 0
    assert json.loads(received[0])["complete"] is True
    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "old.json").read_text().startswith("# Release check")


# --- Markdown documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("summary", ["declared coverage", "AB-03 Make safeguards hard to tune away"]),
        (
            "model-card",
            [
                "## Safeguards against misuse",
                "**Cannot work in this release mode:** monitoring (instead: release a safety classifier with the model",
            ],
        ),
        (
            "decision-record",
            [
                "| 2026-10-01 |  | api | hosted_api |",
                "## 3. Risks of each access level",
                "**2027-01-15, weights** (open_weights): AB-06 ",
                "## 8. Dissent",
                "| Accountable for the release |",
            ],
        ),
    ],
)
def test_kinds_of_markdown_document(run_here: Called, kind: str, parts: list[str]) -> None:
    text = run_here("report", PLAN, "--as-of", TODAY, "--kind", kind).stdout
    for part in parts:
        assert part in text


def test_a_decision_record_that_may_be_filled_in_is_not_overwritten(run_here: Called, tmp_path: Path) -> None:
    write = ("report", PLAN, "--as-of", TODAY, "--kind", "decision-record", "-o", "d.md")
    record = tmp_path / "d.md"
    assert run_here(*write).returncode == 0
    assert run_here(*write).returncode == 0  # nothing was filled in
    empty = record.read_text(encoding="utf-8")
    record.write_text(empty.replace("[to complete]", "We weighed it."), encoding="utf-8")
    refused = run_here(*write)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (
        refused.stderr
        == "error: d.md: a decision record that may be filled in; name a new file, or overwrite it with --force\n"
    )
    assert "We weighed it." in record.read_text(encoding="utf-8")
    assert run_here(*write, "--force").returncode == 0
    assert record.read_text(encoding="utf-8") == empty


def test_whoever_the_plan_calls_responsible_signs_the_decision_record(run_here: Called) -> None:
    waiver = "{safeguard: AB-03, reason: r, owner: Board|it, granted: 2026-11-01, expires: 2026-12-01}"
    plan = f"{PLAN.read_text(encoding='utf-8')}waivers:\n  - {waiver}\n"
    lines = run_here("report", "-", "--as-of", TODAY, "--kind", "decision-record", stdin=plan).stdout.splitlines()
    assert lines[-3:] == [
        "| Owner of AB-01 | Data team | | |",
        "| Owner of AB-04, AB-05 | Trust team | | |",
        "| Owner of AB-03 | Board\\|it | | |",
    ]


def test_a_template_of_the_user_is_filled_and_its_values_are_escaped(run_here: Called, tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{% for plan in plans %}*{{ plan.model.name }}*{% endfor %}")
    plan = PLAN.read_text().replace("Aurora-7B", "'<b>*x*</b>'")
    done = run_here("report", "-", "--template", "t.j2", stdin=plan)
    assert (done.returncode, done.stdout) == (0, "*\\<b\\>\\*x\\*\\</b\\>*\n")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("one\n{% for %}", "t.j2:2: the template is not valid"),
        ("{{ plans[0].nothing }}", "has no attribute 'nothing'"),
        ("{{ ''.__class__ }}", "is unsafe"),
        ("{{ plans.append(1) }}", "is unsafe"),
        ("{% include '/etc/passwd' %}", "cannot be filled"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ plans[99].path }}", "cannot be filled"),
    ],
)
def test_a_faulty_template_gives_two_and_nothing_is_written(
    run_here: Called, tmp_path: Path, template: str, message: str
) -> None:
    (tmp_path / "t.j2").write_text(template)
    done = run_here("check", PLAN, "-f", "json=out.json", "-f", "markdown=out.md", "--template", "t.j2")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("name", ["concise", "jsonl"])
def test_lines_that_are_printed_one_by_one_are_those_of_a_file(run_here: Called, tmp_path: Path, name: str) -> None:
    plans = (ROOT / "examples", ROOT / "tests" / "cases", "missing.plan.yaml")
    printed = run_here("check", *plans, "--as-of", TODAY, "-f", name)
    written = run_here("check", *plans, "--as-of", TODAY, "-f", f"{name}=lines")
    assert printed.returncode == written.returncode == 2
    assert printed.stdout == (tmp_path / "lines").read_text(encoding="utf-8") != ""


@pytest.mark.parametrize("options", [(), ("--catalog", "nist-ai-800-1-ipd,practices")], ids=["one", "two"])
def test_each_line_is_a_plan_of_the_json_report_and_the_last_the_rest(
    run_here: Called, options: tuple[str, ...]
) -> None:
    plan = ROOT / "examples" / "overclaiming.plan.yaml"
    *plans, run = map(json.loads, run_here("check", plan, PLAN, *options, "-f", "jsonl").stdout.splitlines())
    report = json.loads(run_here("check", plan, PLAN, *options, "-f", "json").stdout)
    assert plans == [{"kind": "plan", **entry} for entry in report.pop("plans")]
    passed = 0 if options else 1
    assert run.pop("totals") == {"plans": 2, "passed": passed, "failed": 2 - passed, "errors": 0}
    assert run.pop("kind") == "run"
    assert {file["purpose"] for file in run.pop("files")} == {"catalog", "access_ladder", "licenses"}
    assert run == {key: value for key, value in report.items() if key != "files"}


def test_a_line_that_cannot_be_printed_is_no_fault_of_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr(output, "write_standard_output", fail)
    printer = output.Printer([output.Target(format="jsonl")])
    with pytest.raises(OutputError, match="the disk is full"):
        Session(Options(), date.fromisoformat(TODAY)).run([str(PLAN)], parts=printer.parts)


def test_plans_come_as_lines_of_json_and_are_judged_as_files_are(run_here: Called, tmp_path: Path) -> None:
    lines, expected = [], []
    for plan in (PLAN, FAILING):
        text = json.dumps(yaml.safe_load(plan.read_text(encoding="utf-8")), default=str)
        text = re.sub(r'"parameters": "(.*?)"', r'"parameters": \1', text)  # PyYAML takes 7.0e9 for a text
        lines.append(text)
        (tmp_path / "aurora").mkdir(exist_ok=True)
        copy_example(plan, tmp_path / plan.name)
        expected.append(json.loads(run_here("check", plan.name, "--as-of", TODAY, "-f", "json").stdout)["plans"][0])
    done = run_here("check", "-", "--jsonl", "--as-of", TODAY, "-f", "jsonl", stdin="\n\n".join(lines) + "\r\n{\n")
    *plans, run = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 2
    (error,) = run["errors"]
    assert error.startswith("<stdin>#4:2:1: not valid YAML: ")
    assert run["totals"] == {"plans": 2, "passed": 1, "failed": 1, "errors": 1}
    assert [plan["path"] for plan in plans] == ["<stdin>#1", "<stdin>#3"]
    for plan, other in zip(plans, expected, strict=True):
        assert (plan["verdict"], plan["scores"]) == (other["verdict"], other["scores"])
        assert [one["outcome"] for one in plan["findings"]] == [one["outcome"] for one in other["findings"]]


@pytest.mark.parametrize("plans", [(), ("x",), ("-", "-")])
def test_lines_are_read_from_standard_input_alone(run_here: Called, plans: tuple[str, ...]) -> None:
    done = run_here("check", *plans, "--jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--jsonl reads plans from standard input" in done.stderr


def test_no_line_is_nothing_to_evaluate_and_one_too_long_is_refused(run_here: Called) -> None:
    assert run_here("check", "-", "--jsonl", stdin="\n \n").returncode == 3
    done = run_here("check", "-", "--jsonl", stdin="x" * 3_000_000)
    assert done.returncode == 2
    assert "a line is larger than" in done.stderr
