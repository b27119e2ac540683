"""Annotations for GitHub Actions, read back by the runner's own rules."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from shutil import copyfile
from typing import NamedTuple

import pytest
from conftest import ROOT, Program
from test_junit import (
    EXAMPLES,
    PAYLOADS,
    POLICIES,
    assert_same_everywhere,
    carried_run,
    hostile_run,
    rendered,
    run_of,
    told_of,
)

from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters.report_data import as_data
from aisafe_cli.text.escape import terminal_safe

# The commands that the runner registers; any other word is no command.
REGISTERED = {
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path"),
    *("notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
}
SHOWN = 10
STANDING = "aisafe: waivers and baseline"
SCORE_WORDS = {
    "possible": "can work here",
    "coverage": "coverage",
    "addressed": "replaced",
    "evidenced": "with evidence",
    "coverage_with_waivers": "with waivers",
}


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def parse(line: str) -> Command | None:
    """What the runner makes of a line of standard output (`ActionCommand.TryParseV2`, then the older `TryParse`)."""
    return parse_new(line) or parse_old(line)


def parse_new(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    name, _, written = line[2:end].partition(" ")
    if name not in REGISTERED:
        return None
    pairs = (pair.partition("=") for pair in written.strip().split(",") if pair)
    properties = {key: unescape(value, "%0D %0A %3A %2C %25") for key, _, value in pairs if value}
    return Command(name, properties, unescape(line[end + 2 :], "%0D %0A %25"))


def parse_old(line: str) -> Command | None:
    start = line.find("##[")
    if start < 0 or (end := line.find("]", start)) < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Command(name, {}, line[end + 1 :]) if name in REGISTERED else None


def unescape(text: str, codes: str) -> str:
    for code in codes.split():
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


class Output(NamedTuple):
    commands: list[Command]
    plain: list[str]

    @property
    def findings(self) -> list[Command]:
        return [command for command in self.commands if "file" in command.properties]


def read(text: str) -> Output:
    lines = re.split(r"\r\n|\r|\n", text.removesuffix("\n"))
    parsed = [(line, parse(line)) for line in lines]
    return Output(
        [command for _, command in parsed if command],
        [line for line, command in parsed if not command],
    )


def test_same_everywhere(aisafe: Program, tmp_path: Path) -> None:
    assert_same_everywhere(aisafe, "github", tmp_path)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_reads_back_what_was_found(example: str, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert_reads_back(run_of([example], POLICIES[policy]))


def test_reads_back_what_a_baseline_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_reads_back(carried_run(tmp_path, monkeypatch))


def assert_reads_back(run: Run) -> None:
    (plan,) = as_data(run)["plans"]
    output = read(rendered("github", run))
    told = {command.properties["title"].split(" ")[0]: command for command in output.findings}
    for finding in plan["findings"]:
        command = told.pop(finding["safeguard"], None)
        assert (command is not None) == (finding["level"] != "note")
        if command:
            assert command.name == finding["level"]
            assert int(command.properties["line"]) == finding["location"]["line"]
            assert int(command.properties["col"]) == finding["location"]["column"]
            outcome, effect = read_title(command.properties["title"])
            assert outcome == finding["outcome"]
            assert (effect == "blocks") == finding["blocking"]
            assert (effect == "waived") == (finding["safeguard"] in plan["verdict"]["waived"])
            assert (effect == "carried over") == (finding["safeguard"] in plan["verdict"]["carried"])
    rules = [command for command in output.findings if command.properties["title"].startswith("The plan itself: ")]
    kinds = {"error": "error", "warning": "warning", "note": "notice"}
    assert sorted(command.name for command in rules) == sorted(kinds[item["level"]] for item in plan["plan_findings"])
    assert any("Declared coverage of at least" in item.properties["title"] for item in output.findings) == (
        "coverage" in (*plan["verdict"]["blocking"], *plan["verdict"]["carried"])
    )
    scores, *standing, verdict = output.plain
    assert standing == [terminal_safe(f"aisafe: {plan['path']}: {text}") for text in told_of(plan)]
    annotated = [command for command in output.findings if command.properties["title"] == STANDING]
    assert [command.data.split("\n") for command in annotated] == (
        [[*map(terminal_safe, told_of(plan))]] if standing else []
    )
    assert verdict.endswith(f": {plan['verdict']['headline']}")
    assert scores.split(": ")[-1].startswith(f"{plan['release']['mode']}; ")
    for name, words in SCORE_WORDS.items():
        (count,) = re.findall(rf"[;,] {words} (none|[\d.]+ of \d+)", scores)
        score = plan["scores"][name]
        expected = Fraction(score["numerator"], score["denominator"]) if score["denominator"] else None
        assert fraction(count) == expected


def fraction(count: str) -> Fraction | None:
    if count in ("none", "0 of 0"):
        return None
    numerator, _, denominator = count.partition(" of ")
    return Fraction(numerator) / int(denominator)


def read_title(title: str) -> tuple[str, str]:
    """The outcome for the release and the effect on the verdict, which end a title."""
    effect = next((word for word in ("blocks", "waived", "carried over") if title.endswith(f", {word}")), "")
    words = title.removesuffix(f", {effect}").removesuffix(" for the release")
    return re.split("[: ,]+", words)[-1], effect


def test_the_worst_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    commands = read(rendered("github", run_of(EXAMPLES))).findings
    order = [("error", "warning", "notice").index(command.name) for command in commands]
    assert order == sorted(order)
    blocks = [read_title(command.properties["title"])[1] == "blocks" for command in commands if command.name == "error"]
    assert blocks == sorted(blocks, reverse=True)


def plan_with_errors(number: int, folder: Path) -> str:
    """The path of a new plan of which so many of the 13 safeguards that it is asked are errors."""
    claims = "".join(f"\n  AB-{place:02}: implemented" for place in (1, 4, 5, 6, 7, 8, 9, 10, 13)[: 13 - number])
    path = folder / "errors.plan.yaml"
    path.write_text(
        "schema_version: 1\nmodel: {name: x, capability: severe}\n"
        f"channels: [{{id: api, access: hosted_api_finetune}}]\nsafeguards:{claims or ' {}'}\n",
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize("number", [9, 10, 11, 13])
def test_where_there_are_too_many_the_last_one_shown_says_so(number: int, tmp_path: Path) -> None:
    output = read(rendered("github", run_of([plan_with_errors(number, tmp_path)])))
    errors = [command for command in output.commands if command.name == "error"]
    findings = [command for command in output.findings if command.name == "error"]
    if number == 13:
        number += 1  # a plan that answers nothing is an error of its own
    assert len(findings) == number
    if number <= SHOWN:
        assert errors == findings
        return
    told = errors[SHOWN - 1]
    left = number - (SHOWN - 1)
    assert told.properties == {"title": f"aisafe: {left} more"}
    assert f"The other {left} are in this step's log" in told.data
    assert [command for command in errors if command is not told] == findings


def test_a_plan_that_could_not_be_evaluated_is_the_first_error(tmp_path: Path) -> None:
    run = run_of([plan_with_errors(10, tmp_path), str(tmp_path / "missing.plan.yaml")])
    errors = [command for command in read(rendered("github", run)).commands if command.name == "error"]
    assert errors[0].properties == {"title": "aisafe: not evaluated"}
    assert errors[SHOWN - 1].properties == {"title": "aisafe: 2 more"}


def test_places_are_those_in_the_repository_and_elsewhere_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r" / ".git").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    for folder in ("r/plans", "elsewhere"):
        (tmp_path / folder).mkdir()
        copyfile(ROOT / "examples" / "overclaiming.plan.yaml", tmp_path / folder / "a.plan.yaml")
    monkeypatch.chdir(tmp_path / "here")
    elsewhere = str(tmp_path / "elsewhere" / "a.plan.yaml")
    for path, place in {"./../r/plans/a.plan.yaml": "plans/a.plan.yaml", elsewhere: elsewhere}.items():
        files = {command.properties["file"] for command in read(rendered("github", run_of([path]))).findings}
        assert files == {place}


def test_a_long_title_is_cut_before_github_refuses_it() -> None:
    run = run_of([str(ROOT / "examples" / "overclaiming.plan.yaml")])
    (result,) = run.results
    findings = tuple(
        replace(finding, safeguard=replace(finding.safeguard, title="y" * 2000)) for finding in result.report.findings
    )
    long = replace(run, results=(replace(result, report=replace(result.report, findings=findings)),))
    titles = [command.properties["title"] for command in read(rendered("github", long)).findings]
    assert max(map(len, titles)) <= 255
    assert sum("y…: " in title for title in titles) > 1


@pytest.mark.parametrize(("length", "shown"), [(150, "y" * 144), (151, "y" * 143 + "…")])
def test_where_a_title_is_cut(length: int, shown: str) -> None:
    run = run_of([str(ROOT / "examples" / "overclaiming.plan.yaml")])
    (result,) = run.results
    findings = tuple(
        replace(finding, safeguard=replace(finding.safeguard, title="y" * (length - len("AB-01 "))))
        for finding in result.report.findings
    )
    long = replace(run, results=(replace(result, report=replace(result.report, findings=findings)),))
    titles = [command.properties["title"] for command in read(rendered("github", long)).findings]
    names = {title.partition(": ")[0].partition(" ")[2] for title in titles if title.startswith("AB-")}
    assert names == {shown}


@pytest.mark.parametrize(("expired", "expiring", "kind"), [(0, 0, "notice"), (1, 0, "warning"), (0, 1, "warning")])
def test_waivers_are_a_warning_where_one_has_expired_or_is_about_to(expired: int, expiring: int, kind: str) -> None:
    run = run_of([str(ROOT / "examples" / "closed-api.plan.yaml")])
    (result,) = run.results
    tally = replace(result.verdict.tally, expired=expired, expiring=expiring)
    changed = replace(result, verdict=replace(result.verdict, tally=tally))
    commands = read(rendered("github", replace(run, results=(changed,)))).findings
    (told,) = (command for command in commands if command.properties["title"] == STANDING)
    assert told.name == kind


def test_two_plans_are_counted() -> None:
    run = run_of([str(ROOT / "examples" / f"{name}.plan.yaml") for name in ("closed-api", "overclaiming")])
    assert rendered("github", run).endswith("\naisafe: 2 plans: 1 pass, 1 fail\n")
    assert " plans: " not in rendered("github", replace(run, results=run.results[:1], judgments=run.judgments[:1]))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_plan_cannot_speak_to_the_runner(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)
    text = rendered("github", run)
    (tmp_path / "benign").mkdir()
    benign = rendered("github", hostile_run("benign", tmp_path / "benign", monkeypatch))
    assert shape(text) == shape(benign)
    output = read(text)
    marks = re.compile(r"::|##\[|##\w+\[|section_(start|end):")
    for line in output.plain:
        assert line.startswith("aisafe: ")
        assert not marks.search(line)
    for command in output.commands:
        # A log is read once more to be shown, and then such marks fold and hide lines.
        assert not marks.search(command.data)
        assert not marks.search(command.properties.get("title", ""))
        assert len(command.properties.get("title", "")) <= 255
    for command in output.findings:
        assert command.properties["file"] == run.results[0].report.plan.path
    assert_reads_back(run)


def shape(text: str) -> list[object]:
    return [
        (command.name, sorted(command.properties), command.data.count("\n"), command.properties.get("title", "")[:6])
        if (command := parse(line))
        else "plain"
        for line in text.splitlines()
    ]
