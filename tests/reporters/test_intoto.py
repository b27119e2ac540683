"""Statements: what the official classes read, how tests are sorted, and what a statement is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Program
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.test_result.v0.test_result_pb2 import TestResult as ResultMessage
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from test_junit import EXAMPLES, POLICIES, carried_run, run_of

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.report_data import as_data
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

CASES = sorted(f"tests/cases/{path.name}" for path in (ROOT / "tests" / "cases").glob("*.plan.yaml"))
DIGEST = "ab" * 32
KINDS = ("failedTests", "warnedTests", "passedTests")


def read(run: Run, view: View | None = None) -> Mapping[str, Any]:
    """The statement, which the classes of the specification read without a field that they do not know."""
    data: Mapping[str, Any] = json.loads(render("intoto", run, view or View()))
    Statement.copy_from_pb(ParseDict(data, StatementMessage())).validate()
    ParseDict(data["predicate"], ResultMessage())
    assert data["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    for descriptor in (*data["subject"], *data["predicate"]["configuration"]):
        assert set(descriptor["digest"]) == {"sha256"}
    return data


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("path", [*EXAMPLES, *CASES])
def test_reads_back_what_was_found(path: str, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert_reads_back(run_of([path], POLICIES[policy]))


def test_what_a_baseline_carries_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = carried_run(tmp_path, monkeypatch)
    (plan,) = as_data(run)["plans"]
    assert plan["verdict"]["carried"]
    assert set(plan["verdict"]["carried"]) <= {name.split()[0] for name in read(run)["predicate"]["warnedTests"]}
    assert_reads_back(run)


def assert_reads_back(run: Run) -> None:
    (plan,) = as_data(run)["plans"]
    predicate = read(run)["predicate"]
    catalog, described = predicate["configuration"]
    assert catalog["name"] == f"aisafe {plan['catalog']['id']} {plan['catalog']['version']}"
    assert (catalog["digest"]["sha256"], described["digest"]["sha256"]) == (plan["catalog"]["sha256"], plan["sha256"])
    assert {name.split()[0] for name in predicate["failedTests"]} == set(plan["verdict"]["blocking"])
    passed = plan["verdict"]["passed"]
    assert predicate["result"] == ("FAILED" if not passed else "WARNED" if predicate["warnedTests"] else "PASSED")
    assert bool(predicate["failedTests"]) != passed
    excluded = described["annotations"]["noTests"]
    named = [*(name for kind in KINDS for name in predicate[kind]), *excluded]
    assert len(set(named)) == len(named)
    for finding in plan["findings"]:
        assert finding["safeguard"] in named
        cannot_work = finding["outcome"] in ("incompatible", "not_applicable") and finding["level"] == "note"
        assert (finding["safeguard"] in excluded) == (cannot_work and not finding["blocking"])
    assert set(excluded.values()) <= {"incompatible", "not_applicable"}
    if plan["verdict"]["policy"]["fail_under"]:
        assert "coverage" in named


def test_a_statement_is_about_the_files_that_are_named_else_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    run = run_of([EXAMPLES[0]])
    alone = read(run)
    (plan,) = as_data(run)["plans"]
    assert alone["subject"] == [{"name": Path(EXAMPLES[0]).name, "digest": {"sha256": plan["sha256"]}}]
    assert "no released file was named" in about(alone)["subjects"]
    named = read(run, View(subjects=(("b", DIGEST), ("a", DIGEST))))
    assert [subject["name"] for subject in named["subject"]] == ["a", "b"]
    assert "no released file" not in about(named)["subjects"]


def test_a_statement_is_about_the_files_that_plans_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / EXAMPLES[0]).read_text()
    for name, digest in (("a", DIGEST), ("b", "cd" * 32)):
        Path(f"{name}.plan.yaml").write_text(f"{text}\nfiles: [{{name: w.bin, sha256: {digest}}}]\n")
    Path("c.plan.yaml").write_text(text)
    for plans, names, words in (
        ("a", ["w.bin"], "the released files"),
        ("ab", ["w.bin", "w.bin"], "the released files"),
        ("ac", ["c.plan.yaml", "w.bin"], "the released files, and the plans that name none"),
    ):
        statement = read(run_of([f"{name}.plan.yaml" for name in plans]))
        assert ([subject["name"] for subject in statement["subject"]], about(statement)["subjects"]) == (names, words)


def about(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations: Mapping[str, Any] = statement["predicate"]["configuration"][0]["annotations"]
    return annotations


def test_what_is_not_complete_is_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    checked = Session(Options(search_config=False), date(2026, 11, 22)).run([EXAMPLES[-1], "missing.plan.yaml"])
    assert checked.results[0].verdict.passed
    statement = read(checked.as_run(2))
    assert statement["predicate"]["result"] == "FAILED"
    assert about(statement)["complete"] is False
    assert about(statement)["notEvaluated"][0].startswith("missing.plan.yaml")


def test_tests_of_several_plans_and_catalogs_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    checked = Session(Options(catalog="all", search_config=False), date(2026, 11, 22)).run(EXAMPLES[:2])
    statement = read(checked.as_run(int(checked.exit_code)))
    names = [name for kind in KINDS for name in statement["predicate"][kind]]
    assert len(set(names)) == len(names)
    assert f"{EXAMPLES[0]}#nist-ai-800-1-ipd/AB-01" in names
    assert [subject["name"] for subject in statement["subject"]] == list(EXAMPLES[:2])
    configuration = [one["name"].split()[1] for one in statement["predicate"]["configuration"][:3]]
    assert configuration == [result.report.catalog.id for result in checked.results[:3]]
    assert len(set(configuration)) == 3


def test_bytes_do_not_hang_on_the_folder_or_the_option_for_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for folder, path in ((ROOT, EXAMPLES[0]), (ROOT / "examples", Path(EXAMPLES[0]).name)):
        monkeypatch.chdir(folder)
        made.add(render("intoto", run_of([path], Policy(strict=True)), View()))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--subject", "x=sha256:12"), "is not NAME=sha256:DIGEST, with 64 lowercase hexadecimal digits"),
        (("--subject", f"=sha256:{DIGEST}"), "is not NAME=sha256:"),
        (("--subject", f"x=sha256:{DIGEST}", "--subject", f"x=sha256:{DIGEST}"), "two subjects share a name"),
        (("--subject-file", "missing.bin"), "missing.bin: cannot be opened"),
        (("--subject-file", "tests"), "tests: is a folder, not a file"),
    ],
)
def test_subjects_that_cannot_be_used_are_refused(aisafe: Program, arguments: tuple[str, ...], said: str) -> None:
    done = aisafe("check", EXAMPLES[0], "-f", "intoto", *arguments, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_subjects_go_with_statements_and_are_not_overwritten(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "a.plan.yaml").write_bytes((ROOT / EXAMPLES[-1]).read_bytes())
    (tmp_path / "weights.bin").write_bytes(b"weights")
    done = aisafe("check", "a.plan.yaml", "--subject-file", "weights.bin")
    assert (done.returncode, "add --format intoto" in done.stderr) == (2, True)
    done = aisafe("check", "a.plan.yaml", "-f", "intoto=weights.bin", "--subject-file", "weights.bin")
    assert done.returncode == 2
    assert (tmp_path / "weights.bin").read_bytes() == b"weights"
