"""JUnit XML: valid, and read back by another reader. What the tests of other formats share is here too."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building import check_plans
from conftest import ROOT, TODAY, Program
from lxml import etree

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Run
from aisafe_cli.gate.record_baseline import record_baseline
from aisafe_cli.loading.baseline import render_baseline
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.report_data import as_data

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMAS = ROOT / "tests" / "schemas"
EXAMPLES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").glob("*.plan.yaml"))
POLICIES = {
    "default": Policy(),
    "strict": Policy(strict=True),
    "no-waivers": Policy(honour_waivers=False),
    "fail-under": Policy(fail_under=100),
    "fail-under-reached": Policy(fail_under=1),
}
SCORES = ("possible", "coverage", "addressed", "evidenced")

# --- shared by the tests of formats ---------------------------------------------------------------------------------

PAYLOADS = {
    "markup": "</title></text></testcase><script>alert(1)</script><!-- ' \" > -->",
    "cdata": "]]> <![CDATA[x]]> &amp; &#0; & &lt",
    "entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]> &b;',
    "quotes": '"\'`,;|\\ "" x',
    "command": "::error::x ::set-output name=result::pass ::stop-commands::t",
    "command lines": "a\n::error file=x,line=1::x\n\n  ::add-mask::y\n##[add-mask]z",
    "old command": "##[add-mask]x ##[group]y ##vso[task.setvariable variable=a]b ##teamcity[x]",
    "folded log": "section_start:1:x section_end:2:y",
    "percent": "%0A::error::x %0D%25%3A%2C %s %(x)s {0} {title}",
    "separators": "a,b:c;d=e,title=f,line=9::g",
    "equals": '=cmd|"/C calc"!A0',
    "plus": "+1+1",
    "minus": "-1-1",
    "at": "@SUM(1;1)",
    "apostrophe": "'=1+1",
    "hidden formula": "\t=1+1\n=2+2",
    "full-width formula": "＝1+1",
    "newlines": "a\nb\n\nc\td",
    "unicode": "né ﬀ Ⅷ \u0301 \u200b\u00a0\u3000x",
    "emoji": "👩‍👩‍👧 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "right to left": "שלום عالم",
    "json": '"}],"severity":"info","x":[{"a":"\\u0022',
    "long": "x" * 2000,
    "outcome": "satisfied, note, for the release\nsatisfied, note, flagged compatible, required, on api",
    "yes": "pass",
}


def run_of(paths: Iterable[str], policy: Policy | None = None, baseline: str | None = None) -> Run:
    checked = check_plans(list(paths), date.fromisoformat(TODAY), policy or Policy(), baseline_path=baseline)
    return checked.as_run(int(checked.exit_code))


def told_of(plan: dict[str, Any]) -> list[str]:
    """What every format has to say of a plan's waivers and of the baseline, from the JSON report."""
    verdict = plan["verdict"]
    return [*verdict["tally"]["summary"], *(" ".join(notice.split()) for notice in verdict["notices"])]


def carried_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Evaluate a plan of which a baseline carries safeguards, a rule and coverage, beside waivers of every state."""
    monkeypatch.chdir(folder)
    plan = hostile_plan("benign")
    plan["safeguards"]["AB-04"] = "planned"
    plan["safeguards"]["AB-02"]["status"] = "planned"
    plan["policy"] = {"fail_under": 90}
    Path("carried.plan.yaml").write_text(json.dumps(plan), encoding="utf-8")
    policy = Policy(strict=True)
    report = run_of(["carried.plan.yaml"], policy).results[0].report
    made = record_baseline(report, policy, "agreed\n=1+1")
    Path("baseline.yaml").write_text(
        render_baseline({"carried.plan.yaml": made}, made, "baseline.yaml"), encoding="utf-8"
    )
    plan["safeguards"]["AB-02"]["status"] = "partial"
    plan["channels"][1]["gated"] = "manual"
    Path("carried.plan.yaml").write_text(json.dumps(plan), encoding="utf-8")
    run = run_of(["carried.plan.yaml"], policy, "baseline.yaml")
    verdict = run.results[0].verdict
    assert verdict.passed
    assert {"AB-02", "license-allows-redistribution", "coverage"} < set(verdict.carried)
    assert verdict.waived == ("AB-04", "AB-14")
    assert verdict.tally.outdated
    return run


def rendered(name: str, run: Run) -> str:
    return render(name, run, View(notes=name in ("sarif", "gitlab")))


def hostile_run(payload: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Evaluate a plan that has the payload in its name and in every field that takes text."""
    monkeypatch.chdir(folder)
    path = f"{payload[:50].replace('/', '_')}.plan.yaml"
    Path(path).write_text(json.dumps(hostile_plan(payload), ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    run = run_of([path])
    assert run.complete, "the plan was refused, so it shows nothing"
    return run


def hostile_plan(payload: str) -> dict[str, Any]:
    """A plan that blocks, is waived, warns, and has findings of its own; where one line is asked for, it is one."""

    def line(limit: int = 2000) -> str:
        return payload.replace("\n", " ").replace("\t", " ")[:limit].rstrip()

    def channel(number: int, access: str, **fields: object) -> dict[str, object]:
        return {"id": f"{line(90)} {number}", "access": access, "url": line(), **fields}

    api = f"{line(90)} 1"
    evidence = [{"ref": line(), "type": "evaluation"}]
    granted = {"name": line(), "url": line(), "class": "permissive"}
    expired = {"granted": "2026-01-01", "expires": "2026-02-01"}
    texts = {"evidence": evidence, "owner": line(), "note": payload}
    return {
        "schema_version": 1,
        "model": {
            "name": line(),
            "version": line(),
            "developer": line(),
            "base_model": [line()],
            "purl": f"pkg:{''.join(line(1900).split())}",
            "capability": "high",
            "capability_evidence": evidence,
        },
        "organization": {"role": "developer", "size": "small"},
        "channels": [
            channel(1, "hosted_api", variant=line()),
            channel(2, "gated_weights_vetted", opens="2026-10-01", gated="auto", license=granted),
            channel(3, "open_weights", opens="2026-11-01", closes="2027-11-01", license=granted),
        ],
        "safeguards": {
            "AB-01": {"status": "implemented", **texts},
            "AB-02": {"status": "partial", "against": "casual_users", **texts},
            "AB-04": {"status": "implemented", **texts},
            "AB-05": [{"status": "implemented", "channels": [api], **texts}],
            "AB-07": {"status": "planned", **texts},
            "AB-14": {"status": "not_implemented", **texts},
        },
        "alternatives": [{"id": "companion-classifier", "evidence": evidence, "note": payload}],
        "waivers": [
            {"safeguard": name, "reason": payload, "owner": line(), "granted": "2026-11-01", "expires": "2027-01-01"}
            for name in ("AB-14", "AB-01", "AB-04")
        ]
        + [{"safeguard": "AB-14", "reason": payload, "owner": line(), **expired}],
        "policy": {"fail_under": 50},
    }


def assert_same_everywhere(aisafe: Program, name: str, folder: Path) -> None:
    """The same bytes whatever the hash seed, the locale and the time zone."""
    settings = (
        {"PYTHONHASHSEED": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "TZ": "UTC"},
        {"PYTHONHASHSEED": "7", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "99", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "America/Adak"},
    )
    contents = set()
    for number, env in enumerate(settings):
        target = folder / f"{number}.out"
        done = aisafe("check", "examples", "--as-of", TODAY, "-f", name, "-o", target, cwd=ROOT, env=env)
        assert done.returncode == 1, done.stderr
        contents.add(target.read_bytes())
    assert len(contents) == 1


# --- JUnit XML ------------------------------------------------------------------------------------------------------


def test_same_everywhere(aisafe: Program, tmp_path: Path) -> None:
    assert_same_everywhere(aisafe, "junit", tmp_path)


@pytest.mark.parametrize("policy", POLICIES)
def test_reads_back_what_was_found(policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    run = run_of(EXAMPLES, POLICIES[policy])
    assert_reads_back(run)
    assert_reads_back(hostile_run("benign", tmp_path, monkeypatch))


def test_reads_back_what_a_baseline_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_reads_back(carried_run(tmp_path, monkeypatch))


def assert_reads_back(run: Run) -> None:
    data = as_data(run)
    suites = ET.fromstring(rendered("junit", run)).findall("testsuite")
    assert [suite.get("name") for suite in suites] == [plan["path"] for plan in data["plans"]]
    for suite, plan in zip(suites, data["plans"], strict=True):
        facts = {item.attrib["name"]: item.attrib["value"] for item in suite.findall("properties/property")}
        assert facts["verdict"] == ("pass" if plan["verdict"]["passed"] else "fail")
        assert facts["mode"] == plan["release"]["mode"]
        assert facts["as_of"] == plan["as_of"]
        assert facts["model"] == plan["model"]["name"]
        assert (facts["catalog.version"], facts["catalog.sha256"]) == (
            plan["catalog"]["version"],
            plan["catalog"]["sha256"],
        )
        assert read_scores(facts, "score", (*SCORES, "coverage_with_waivers")) == pick(plan["scores"])
        for number, channel in enumerate(plan["channels"], 1):
            assert facts[f"channel.{number}"] == channel["id"]
            assert read_scores(facts, f"channel.{number}.score", SCORES) == pick(channel["scores"])
        cases = {case.attrib["name"]: case for case in suite.findall("testcase")}
        assert len(cases) == len(suite.findall("testcase"))
        blocking = {name for name, case in cases.items() if case.find("failure") is not None}
        for finding in plan["findings"]:
            case = cases.pop(f"{finding['safeguard']} {finding['title']}")
            assert_case(case, finding)
        assert bool(blocking) != plan["verdict"]["passed"]
        kinds = [name.removeprefix("The plan itself: ").partition(",")[0] for name in cases if name.startswith("The")]
        safeguards = {finding["safeguard"] for finding in plan["findings"]}
        assert set(kinds) == set(plan["verdict"]["blocking"]) - safeguards - {"coverage"}
        told = (suite.findtext("system-out") or "").splitlines()
        assert told[: 1 + len(told_of(plan))] == [plan["verdict"]["headline"], *told_of(plan)]
        for name, number in plan["verdict"]["tally"].items():
            assert name == "summary" or facts[f"tally.{name}"] == str(number)


def assert_case(case: ET.Element, finding: dict[str, Any]) -> None:
    first, *others = (case.findtext("system-out") or "").splitlines()
    assert first == f"{finding['outcome']}, {finding['level']}, for the release"
    read = {}
    for line in others[: len(finding["channels"])]:
        facts, channel = line.split(", on ", 1)
        read[channel] = tuple(facts.split(", "))
    assert read == {
        name: (
            result["outcome"],
            result["level"],
            f"flagged {result['flag']}",
            *(["required"] if result["required"] else []),
        )
        for name, result in finding["channels"].items()
    }
    assert (case.find("failure") is not None) == finding["blocking"]
    carried = finding["baseline"] is not None
    assert sum(line.startswith("Carried over from the baseline of ") for line in others) == carried
    lifted = [waiver for waiver in finding["waivers"] if waiver["lifts"]]
    assert sum(line.startswith("Waived by ") for line in others) == len(lifted)
    acting = {result["outcome"] for result in finding["channels"].values() if result["level"] == finding["level"]}
    if finding["blocking"]:
        failure = case.find("failure")
        assert failure is not None
        assert failure.get("type") in acting
        told = (failure.text or "").splitlines()
        place = finding["location"]
        assert told[0] == finding["reason"]
        assert told[-1] == f"At {place['path']}:{place['line']}:{place['column']}"
    elif finding["level"] == "note" and finding["outcome"] in ("incompatible", "not_applicable"):
        skipped = case.find("skipped")
        assert skipped is not None
        assert skipped.get("type") == finding["outcome"]
        assert (skipped.get("message") or "").startswith(f"{finding['outcome']}: ")
    elif lifted or carried or not acting & {"incompatible", "not_applicable"}:
        assert case.find("skipped") is None


def read_scores(facts: dict[str, str], group: str, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    return {
        name: (int(facts[f"{group}.{name}.numerator"]), int(facts[f"{group}.{name}.denominator"])) for name in names
    }


def pick(scores: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {name: (score["numerator"], score["denominator"]) for name, score in scores.items()}


def test_counts_are_those_of_the_elements() -> None:
    root = ET.fromstring(rendered("junit", run_of([str(ROOT / path) for path in EXAMPLES], Policy(fail_under=50))))
    for element in (root, *root.findall("testsuite")):
        for name, kind in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(name, str(len(list(element.iter(kind))))) == str(len(list(element.iter(kind))))


def test_coverage_that_is_asked_for_has_a_test_case() -> None:
    plan = str(ROOT / "examples" / "overclaiming.plan.yaml")
    for fail_under, passes in ((1, True), (100, False)):
        root = ET.fromstring(rendered("junit", run_of([plan], Policy(fail_under=fail_under))))
        (case,) = root.findall(f".//testcase[@name='Declared coverage of at least {fail_under}%']")
        assert (case.find("failure") is None) == passes
    assert "Declared coverage of" not in rendered("junit", run_of([plan]))


def test_a_plan_that_could_not_be_evaluated_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.plan.yaml").write_text("schema_version: 1\n", encoding="utf-8")
    run = run_of([str(ROOT / "examples" / "solo-project.plan.yaml"), str(tmp_path / "broken.plan.yaml")])
    root = ET.fromstring(rendered("junit", run))
    assert root.get("errors") == "1"
    assert [item.get("value") for item in root.iterfind(".//property[@name='complete']")] == ["false"]


def test_what_is_waived_passes_and_says_so_although_it_cannot_work(tmp_path: Path) -> None:
    plan = hostile_plan("benign")
    plan["safeguards"]["AB-08"] = {"status": "implemented", "channels": [plan["channels"][0]["id"]]}
    plan["waivers"].append({**plan["waivers"][0], "safeguard": "AB-08"})
    path = tmp_path / "waived.plan.yaml"
    path.write_text(json.dumps(plan), encoding="utf-8")
    for policy, kind in ((Policy(), "skipped"), (Policy(strict=True), None)):
        root = ET.fromstring(rendered("junit", run_of([str(path)], policy)))
        (case,) = (case for case in root.iter("testcase") if case.get("name", "").startswith("AB-08 "))
        assert [element.tag for element in case if element.tag != "system-out"] == ([kind] if kind else [])
        assert ("Waived by " in (case.findtext("system-out") or "")) == (kind is None)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_plan_cannot_change_the_structure(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)
    text = rendered("junit", run)
    assert "##" not in text
    root = ET.fromstring(text)
    (tmp_path / "benign").mkdir()
    benign = ET.fromstring(rendered("junit", hostile_run("benign", tmp_path / "benign", monkeypatch)))
    assert shape(root) == shape(benign)
    assert [case.get("name", "").split(",")[0] for case in root.iter("testcase")] == [
        case.get("name", "").split(",")[0] for case in benign.iter("testcase")
    ]
    assert_reads_back(run)


def shape(element: ET.Element) -> tuple[object, ...]:
    lines = (element.text or "").strip().count("\n")
    return element.tag, sorted(element.attrib), lines, [shape(child) for child in element]


# --- validity -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def faults() -> Callable[[Path], str]:
    """What the schema has against a file."""
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))

    def validate(path: Path) -> str:
        return "" if schema.validate(etree.parse(path)) else str(schema.error_log)

    return validate


@pytest.mark.parametrize("policy", POLICIES)
def test_is_valid(faults: Callable[[Path], str], policy: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    run = run_of([*(str(ROOT / path) for path in EXAMPLES), str(tmp_path / "missing.plan.yaml")], POLICIES[policy])
    assert not run.complete
    report.write_text(rendered("junit", run), encoding="utf-8")
    assert faults(report) == ""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_is_valid_whatever_a_plan_says(
    faults: Callable[[Path], str], payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(rendered("junit", hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)), encoding="utf-8")
    assert faults(report) == ""


def test_the_schema_refuses_what_is_wrong(faults: Callable[[Path], str], tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite/></testsuites>", encoding="utf-8")
    assert faults(report)


def test_a_case_names_no_file_by_accident_and_has_a_time() -> None:
    root = ET.fromstring(render("junit", run_of([str(ROOT / "examples" / "overclaiming.plan.yaml")]), View()))
    assert {suite.get("file") for suite in root} == {"examples/overclaiming.plan.yaml"}
    assert {case.get("classname") for case in root.iter("testcase")} == {"examples:overclaiming_plan_yaml"}
    assert {case.get("time") for case in root.iter("testcase")} == {"0"}
