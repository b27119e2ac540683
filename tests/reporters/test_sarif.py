"""The SARIF log: valid, within GitHub's limits, safe against its input, and saying what the JSON report says."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from building import check_plans
from conftest import ROOT, TODAY, Program

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.parsing.schema import parse_date
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.entries import hash_finding, locate
from aisafe_cli.reporters.report_data import as_data

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA = ROOT / "tests" / "schemas" / "sarif-schema-2.1.0.json"
EXAMPLES = sorted(path.name.removesuffix(".plan.yaml") for path in (ROOT / "examples").glob("*.plan.yaml"))
HEAD = "schema_version: 1\nmodel: {name: Test, capability: low}\n"
OPEN = f"{HEAD}organization: {{role: developer, size: small}}\nchannels:\n  - {{id: weights, access: open_weights}}\n"
HOSTED = OPEN.replace("open_weights", "hosted_api").replace("weights", "api")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(None, load_ladder())


def checked(path: Path | str, **policy: Any) -> Run:
    day = parse_date(TODAY)
    assert day
    done = check_plans([str(path)], day, Policy(**policy))
    assert not done.errors
    return done.as_run(done.exit_code)


def example(name: str, **policy: Any) -> Run:
    return checked(ROOT / "examples" / f"{name}.plan.yaml", **policy)


def check_text(text: str, folder: Path, **policy: Any) -> Run:
    path = folder / "release.plan.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return checked(path, **policy)


def log_of(run: Run) -> dict[str, Any]:
    """The only run of the log, after what has to hold of every log."""
    text = render("sarif", run, View(notes=True))
    assert text.isascii()
    assert text.endswith("}\n")
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    assert_sound(only)
    return dict(only)


def result_of(log: Mapping[str, Any], rule: str) -> dict[str, Any]:
    (result,) = [result for result in log["results"] if result["ruleId"] == rule]
    return dict(result)


def assert_sound(log: Mapping[str, Any]) -> None:
    """Check what the schema cannot say, and what of it is needed where the schema is not at hand."""
    driver = log["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert re.fullmatch("([A-Z][a-z0-9]*)+", rule["name"])
        assert rule["name"].lower() != rule["id"].lower()
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert 0 < len(rule["properties"]["tags"]) <= 20
    for result in log["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert (result["kind"], result["level"]) in {("fail", level) for level in ("error", "warning", "note")}
        assert result["message"]["text"]
        assert {len(value) for value in result["partialFingerprints"].values()} == {64}
        assert len(result["locations"]) == 1
        for place in places(result):
            assert (
                log["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"]
                == (place["artifactLocation"]["uri"])
            )
            assert place["region"]["startLine"] >= 1
            assert place["region"]["startColumn"] >= 1
    for note in log["invocations"][0]["toolExecutionNotifications"]:
        descriptor = note["descriptor"]
        assert driver["notifications"][descriptor["index"]]["id"] == descriptor["id"]
    assert [level_of(result) for result in log["results"]] == sorted(level_of(result) for result in log["results"])


def places(result: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for location in (*result["locations"], *(item["location"] for item in result["suppressions"])):
        yield location["physicalLocation"]


def level_of(result: Mapping[str, Any]) -> tuple[bool, int]:
    return not result["properties"]["blocking"], ["error", "warning", "note"].index(result["level"])


# --- validity -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("policy", [{}, {"strict": True, "fail_under": 100, "honour_waivers": False}], ids=str)
def test_the_official_schema_accepts_it(name: str, policy: dict[str, Any]) -> None:
    log = json.loads(render("sarif", example(name, **policy), View(notes=True)))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert log["$schema"] == schema["id"]
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def test_the_official_schema_accepts_an_empty_run() -> None:
    run = Run(results=(), judgments=(), exit_code=2, complete=False, version="0.1.0.dev1")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(render("sarif", run, View(notes=True))))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_sound(name: str) -> None:
    assert log_of(example(name))["results"]


@pytest.mark.parametrize(
    "environment", [{"PYTHONHASHSEED": "1", "LC_ALL": "C"}, {"PYTHONHASHSEED": "2", "TZ": "UTC-14"}]
)
def test_every_environment_gets_the_same_bytes(aisafe: Program, environment: dict[str, str]) -> None:
    arguments = ("check", "examples", "--as-of", TODAY, "-f", "sarif")
    assert aisafe(*arguments, cwd=ROOT, env=environment).stdout == aisafe(*arguments, cwd=ROOT).stdout


# --- rules ----------------------------------------------------------------------------------------------------------


def test_rules_come_from_the_catalog(catalog: Catalog) -> None:
    rules = log_of(example("closed-api"))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [safeguard.id for safeguard in catalog.safeguards]
    for rule, safeguard in zip(rules, catalog.safeguards, strict=True):
        assert rule["name"].lower() == safeguard.slug.replace("-", "")
        assert rule["shortDescription"]["text"] == safeguard.title
        assert {safeguard.group, safeguard.binds} < set(rule["properties"]["tags"])
        assert rule["defaultConfiguration"]["level"] == (
            "error" if safeguard.id in catalog.requirements.always else "warning"
        )
        locator = safeguard.locator
        for needed in (
            safeguard.statement,
            safeguard.remedy,
            *safeguard.evidence_counts,
            *(catalog.alternatives[name].title for name in safeguard.alternatives),
            catalog.document.status,
            f"page {locator.page}, row {locator.row}, bullet {locator.bullet}",
        ):
            assert needed in rule["help"]["text"]


def test_a_plan_finding_has_a_rule_of_its_own() -> None:
    log = log_of(example("solo-project"))
    (finding,) = example("solo-project").results[0].report.plan_findings
    rule = log["tool"]["driver"]["rules"][result_of(log, finding.kind)["ruleIndex"]]
    assert rule["defaultConfiguration"]["level"] == finding.level
    assert finding.remedy in rule["help"]["text"]


def test_long_descriptions_are_cut_to_what_github_takes(tmp_path: Path) -> None:
    run = check_text(OPEN, tmp_path)
    (result,) = run.results
    safeguards = [
        replace(safeguard, title="[{\\" * 500, statement="}" * 5_000, practices=tuple(map(str, range(50))))
        for safeguard in result.report.catalog.safeguards
    ]
    report = replace(result.report, catalog=replace(result.report.catalog, safeguards=tuple(safeguards)))
    rules = log_of(replace(run, results=(replace(result, report=report),)))["tool"]["driver"]["rules"]
    for text in (rules[0]["shortDescription"]["text"], rules[0]["fullDescription"]["text"]):
        assert text.endswith("…")
        assert_escaped(text)


# --- results --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_results_are_what_can_be_acted_on(name: str) -> None:
    run = example(name)
    (result,) = run.results
    wanted = [finding.kind for finding in result.report.plan_findings]
    for finding in result.report.findings:
        if finding.level is not Level.NOTE or finding.outcome is Outcome.INCOMPATIBLE:
            wanted.append(finding.safeguard.id)
    log = log_of(run)
    assert sorted(entry["ruleId"] for entry in log["results"]) == sorted(wanted)
    for finding in result.report.findings:
        if finding.safeguard.id in wanted:
            entry = result_of(log, finding.safeguard.id)
            assert (entry["level"], entry["properties"]["outcome"]) == (finding.level, finding.outcome)
            region = entry["locations"][0]["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) == finding.position


def test_coverage_under_the_limit_is_a_result(tmp_path: Path) -> None:
    run = check_text(f"{OPEN}safeguards: {{AB-01: implemented}}\n", tmp_path, fail_under=90)
    assert "coverage" in run.results[0].verdict.blocking
    result = result_of(log_of(run), "coverage")
    assert result["level"] == "error"
    assert "90%" in result["message"]["text"]


def test_a_verdict_that_fails_has_a_blocking_error() -> None:
    results = log_of(example("overclaiming"))["results"]
    assert results[0]["level"] == "error"
    blocking = {result["ruleId"] for result in results if result["properties"]["blocking"]}
    assert blocking == set(example("overclaiming").results[0].verdict.blocking)


# --- fingerprints ---------------------------------------------------------------------------------------------------


def test_fingerprints_stay_when_lines_move_and_words_change(tmp_path: Path) -> None:
    text = f"{OPEN}safeguards:\n  AB-01: planned\n"
    first = fingerprints(check_text(text, tmp_path))
    moved = "# one\n# two\n" + text.replace("AB-01: planned", "AB-01: {status: not_implemented, note: later}")
    assert fingerprints(check_text(moved, tmp_path)) == first
    assert len(set(first.values())) == len(first)


def fingerprints(run: Run) -> dict[str, str]:
    return {
        result["ruleId"]: json.dumps(result["partialFingerprints"], sort_keys=True) for result in log_of(run)["results"]
    }


def test_one_rule_on_two_channels_makes_two_fingerprints(tmp_path: Path) -> None:
    channels = (
        "  - {id: a, access: open_weights, closes: 2027-01-01}\n  - {id: b, access: open_weights, closes: 2027-01-01}\n"
    )
    run = check_text(f"{HEAD}channels:\n{channels}", tmp_path)
    found = [finding.kind for finding in run.results[0].report.plan_findings]
    twice = next(rule for rule in found if found.count(rule) == 2)
    first, second = (result for result in log_of(run)["results"] if result["ruleId"] == twice)
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_fingerprints_are_those_of_the_other_formats() -> None:
    run = example("staged-hybrid")
    for result in log_of(run)["results"]:
        if result["properties"].get("outcome"):
            known = hash_finding(locate(run.results[0].report.plan), result["ruleId"])
            assert set(result["partialFingerprints"].values()) == {known}


# --- waivers --------------------------------------------------------------------------------------------------------

IN_FORCE = "granted: 2026-11-01, expires: 2027-03-01"
EXPIRED = "granted: 2026-01-01, expires: 2026-06-01"
NOT_YET = "granted: 2027-01-01, expires: 2027-06-01"


def waived(*days: str, status: str = "planned", channels: str = "") -> str:
    waivers = "".join(
        f"  - {{safeguard: AB-02, reason: reason {n}, owner: somebody, {day}{channels}}}\n"
        for n, day in enumerate(days)
    )
    return f"{OPEN}safeguards:\n  AB-02: {status}\nwaivers:\n{waivers}"


WAIVERS = {
    "in force": (waived(IN_FORCE), {}, ["accepted"]),
    "expired": (waived(EXPIRED), {}, ["rejected"]),
    "not yet in force": (waived(NOT_YET), {}, ["underReview"]),
    "set aside": (waived(IN_FORCE), {"honour_waivers": False}, ["rejected"]),
    "cannot be waived": (waived(IN_FORCE, status="implemented"), {}, ["rejected"]),
    # A result counts as suppressed only where every suppression of it is accepted.
    "in force beside an expired one": (waived(EXPIRED, IN_FORCE, NOT_YET), {}, ["accepted"]),
    "two that do not hold": (waived(EXPIRED, NOT_YET), {}, ["rejected", "underReview"]),
    "limited to a channel": (waived(IN_FORCE, channels=", channels: [weights]"), {}, ["accepted"]),
}


@pytest.mark.parametrize(("text", "policy", "states"), WAIVERS.values(), ids=WAIVERS)
def test_suppressions_carry_the_waivers(text: str, policy: dict[str, Any], states: list[str], tmp_path: Path) -> None:
    text = text.replace("capability: low", "capability: moderate").replace("small", "solo")
    run = check_text(text, tmp_path, **policy)
    log = log_of(run)
    result = result_of(log, "AB-02")
    assert [suppression["status"] for suppression in result["suppressions"]] == states
    assert ("AB-02" in run.results[0].verdict.waived) == (states == ["accepted"]) == result["properties"]["waived"]
    assert result["kind"] == "fail"
    assert result["level"] == "error"
    for suppression in result["suppressions"]:
        assert suppression["kind"] == "external"
        line = text.splitlines()[suppression["location"]["physicalLocation"]["region"]["startLine"] - 1]
        reason = re.search(r"reason \d", line)
        assert reason
        assert reason.group() in suppression["justification"]
        assert "somebody" in suppression["justification"]
        assert re.search(r"through 202\d-\d\d-\d\d", suppression["justification"])
    assert all("suppressions" in other for other in log["results"])


# --- limits ---------------------------------------------------------------------------------------------------------


def placed(result: Result, number: int) -> Result:
    """The result of a plan that is the same in another place."""
    plan = replace(result.report.plan, place=f"{number}/{result.report.plan.place}")
    return replace(result, report=replace(result.report, plan=plan))


@pytest.mark.slow
def test_results_are_cut_at_what_github_keeps_worst_first() -> None:
    bad, good = example("overclaiming").results[0], example("open-weights").results[0]
    run = replace(example("overclaiming"), results=tuple(placed(one, n) for one in (good, bad) for n in range(300)))
    log = log_of(run)
    assert len(log["results"]) == 5_000
    errors = sum(finding.level is Level.ERROR for finding in bad.report.findings)
    assert sum(result["level"] == "error" for result in log["results"]) == errors * 300
    (notification,) = log["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    total = 300 * sum(len(log_of(replace(run, results=(one,)))["results"]) for one in (good, bad))
    assert f"5000 of {total}" in notification["message"]["text"]
    assert f"{total - 5_000} are left out" in notification["message"]["text"]
    assert len(log["properties"]["aisafe"]["plans"]) == 600
    assert compressed(log) < 10_000_000


def test_nothing_is_said_of_cutting_where_nothing_is_cut() -> None:
    assert log_of(example("staged-hybrid"))["invocations"][0]["toolExecutionNotifications"] == []


def test_the_largest_plan_stays_within_ten_megabytes(tmp_path: Path) -> None:
    few, many = (log_of(check_text(with_channels(number), tmp_path)) for number in (10, 210))
    assert all(len(result["message"]["text"]) <= 4_000 for result in many["results"])
    each = (compressed(many) - compressed(few)) / 200
    largest_number = 2**20 / len("  - {id: , access: open_weights}\n" + 60 * "x")
    assert each * largest_number < 10_000_000


def with_channels(number: int) -> str:
    names = (hash_finding(str(place), "")[:60] for place in range(number))
    return f"{HEAD}channels:\n" + "".join(f"  - {{id: {name}, access: open_weights}}\n" for name in names)


def compressed(log: Mapping[str, Any]) -> int:
    return len(gzip.compress(json.dumps(log).encode()))


@pytest.mark.parametrize("unreadable", [(), ("bad[1].plan.yaml", "worse.plan.yaml")])
def test_a_run_that_is_not_complete_says_so(unreadable: tuple[str, ...]) -> None:
    run = replace(example("closed-api"), complete=False, exit_code=2, unreadable=unreadable)
    (invocation,) = log_of(run)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    notification, waivers = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert waivers["descriptor"]["id"] == "waivers-and-baseline"
    assert "1 in force, lifting 1 block" in waivers["message"]["text"]
    assert all(path.replace("[1]", "\\[1\\]") in notification["message"]["text"] for path in unreadable)


def test_a_complete_run_says_so() -> None:
    (invocation,) = log_of(example("overclaiming"))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)


@pytest.mark.parametrize(("version", "semantic"), [("1.2.3", True), ("1.2.3-rc.1", True), ("1.2.3.dev4", False)])
def test_a_version_is_called_semantic_only_where_it_is(version: str, semantic: bool) -> None:
    driver = log_of(replace(example("closed-api"), version=version))["tool"]["driver"]
    assert driver["version"] == version
    assert driver.get("semanticVersion") == (version if semantic else None)


# --- hostile text ---------------------------------------------------------------------------------------------------

HOSTILE = (
    "[click](https://evil.example)",
    "\\[click](https://evil.example)",
    "\\\\[click](1)",
    "{0} {1}",
    "{{0}}",
    "}a{",
    "<script>alert(1)</script>",
    '","level":"none","x":"',
    "C:\\models\\new",
    "模型 😀 é",
    "::error::",
    "`code` **bold** @here #12",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_plan_stays_text(text: str, tmp_path: Path) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    plan = (
        f"{HEAD}channels:\n  - {{id: {quoted}, access: local_download_restricted, license: {{id: {quoted},"
        f" name: {quoted}, class: permissive}}}}\nsafeguards:\n  AB-02: planned\nwaivers:\n"
        f"  - {{safeguard: AB-02, reason: {quoted}, owner: {quoted}, {IN_FORCE}}}\n"
    )
    log = log_of(check_text(plan, tmp_path))
    messages = [result["message"]["text"] for result in log["results"]]
    for message in messages:
        assert_escaped(message)
    assert any(text in unescaped(message) for message in messages)
    benign = log_of(check_text(plan.replace(quoted, "benign"), tmp_path))
    assert shape(log["results"]) == shape(benign["results"])
    (suppression,) = result_of(log, "AB-02")["suppressions"]
    assert text in suppression["justification"]
    (channel,) = log["properties"]["aisafe"]["plans"][0]["channels"]
    assert channel["id"] == text


def assert_escaped(message: str) -> None:
    """No bracket could begin or end a link, and no brace a placeholder."""
    assert not re.search(r"(?<!\\)(\\\\)*[\[\]]", message)
    assert not re.search(r"[{}]", message.replace("{{", "").replace("}}", ""))


def unescaped(message: str) -> str:
    message = message.replace("{{", "{").replace("}}", "}")
    return re.sub(r"(\\+)([\[\]])", lambda found: "\\" * (len(found[1]) // 2) + found[2], message)


def shape(value: Any) -> Any:
    """Keys and kinds of values, without texts."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


def test_the_name_of_a_plan_file_is_percent_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a b#[c]%.plan.yaml").write_text(OPEN, encoding="utf-8")
    log = log_of(checked("a b#[c]%.plan.yaml"))
    assert log["artifacts"][0]["location"]["uri"] == "a%20b%23%5Bc%5D%25.plan.yaml"


def test_catalog_text_in_markdown_is_escaped(tmp_path: Path) -> None:
    run = check_text(OPEN, tmp_path)
    (result,) = run.results
    first, *others = result.report.catalog.safeguards
    first = replace(first, remedy="<img src=x> [a](b) {0}\n# heading")
    report = replace(result.report, catalog=replace(result.report.catalog, safeguards=(first, *others)))
    rule = log_of(replace(run, results=(replace(result, report=report),)))["tool"]["driver"]["rules"][0]
    assert "\\<img src=x\\> \\[a\\](b) {{0}} # heading" in rule["help"]["markdown"]
    assert "<img src=x> \\[a\\](b) {{0}} # heading" in rule["help"]["text"]


# --- the same as the JSON report ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_can_be_read_back(name: str) -> None:
    run = example(name, fail_under=50)
    told = log_of(run)["properties"]["aisafe"]
    report = json.loads(json.dumps(as_data(run)))
    assert_part_of(told, report)
    for plan, full in zip(told["plans"], report["plans"], strict=True):
        assert plan["path"] == full["path"]
        assert plan["scores"] == full["scores"]
        assert plan["verdict"].items() <= full["verdict"].items()
        assert {"passed", "blocking", "waived", "notices", "headline"} < set(plan["verdict"])
        assert [channel["id"] for channel in plan["channels"]] == [channel["id"] for channel in full["channels"]]
        assert outcomes(plan) == outcomes(full)
        assert [finding["rule"] for finding in plan["plan_findings"]] == [
            finding["rule"] for finding in full["plan_findings"]
        ]


def test_every_plan_of_a_run_can_be_read_back() -> None:
    run = checked(ROOT / "examples")
    assert len(run.results) == len(EXAMPLES)
    assert_part_of(log_of(run)["properties"]["aisafe"], json.loads(json.dumps(as_data(run))))


def assert_part_of(part: Any, whole: Any) -> None:
    """Every value of the part is in the whole, under the same name."""
    if isinstance(part, dict):
        for key in part:
            assert_part_of(part[key], whole[key])
    elif isinstance(part, list):
        assert len(part) == len(whole)
        for one, other in zip(part, whole, strict=True):
            assert_part_of(one, other)
    else:
        assert part == whole


def outcomes(plan: Mapping[str, Any]) -> list[Any]:
    return [
        (
            finding["safeguard"],
            finding["outcome"],
            finding["level"],
            {name: (channel["outcome"], channel["level"]) for name, channel in finding["channels"].items()},
        )
        for finding in plan["findings"]
    ]
