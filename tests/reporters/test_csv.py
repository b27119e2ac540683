"""CSV: read back by the standard library's reader, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Program
from test_junit import (
    EXAMPLES,
    PAYLOADS,
    POLICIES,
    SCORES,
    assert_same_everywhere,
    carried_run,
    hostile_run,
    pick,
    rendered,
    run_of,
    told_of,
)

from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters.report_data import as_data

Row = dict[str, str]
DANGEROUS = tuple("=+-@\t\r＝＋－＠")


def read(run: Run) -> list[Row]:
    """Read the rows, undoing what keeps a spreadsheet from running a cell, and a runner from running a line."""
    text = rendered("csv", run)
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    return [{name: undone(cell) for name, cell in zip(header, row, strict=True)} for row in rows]


def undone(cell: str) -> str:
    return re.sub(r"(##|section_)\\(?=\w*\[|start:|end:)", r"\1", cell.removeprefix("'"))


def test_same_everywhere(aisafe: Program, tmp_path: Path) -> None:
    assert_same_everywhere(aisafe, "csv", tmp_path)


@pytest.mark.parametrize("policy", POLICIES)
def test_reads_back_what_was_found(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert_reads_back(run_of(EXAMPLES, POLICIES[policy]))


def test_reads_back_what_a_baseline_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_reads_back(carried_run(tmp_path, monkeypatch))


def test_rows_say_what_lifts_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {
        row["safeguard"] or row["rule"]: row for row in read(carried_run(tmp_path, monkeypatch)) if not row["access"]
    }
    assert rows["AB-04"]["waiver"] == "Waived by benign until 2027-01-01: benign"
    at_that_time = "(unknown on benign 2, benign 3 at that time)"
    assert rows["AB-03"]["baseline"] == f"Carried over from the baseline of 2026-11-22 {at_that_time}: agreed =1+1"
    assert rows["coverage"]["baseline"] == "Carried over from the baseline of 2026-11-22: agreed =1+1"
    assert (rows["AB-03"]["waiver"], rows["AB-04"]["baseline"]) == ("", "")


def test_what_a_plan_leaves_out_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "short.plan.yaml"
    path.write_text(
        "schema_version: 1\nmodel: {name: A}\nchannels: [{id: api, access: hosted_api}]\n", encoding="utf-8"
    )
    assert {(row["model"], row["model_version"], row["developer"]) for row in read(run_of([str(path)]))} == {
        ("A", "", "")
    }


def assert_reads_back(run: Run) -> None:
    data = as_data(run)
    rows = read(run)
    assert list(dict.fromkeys(row["plan"] for row in rows)) == [plan["path"] for plan in data["plans"]]
    for plan in data["plans"]:
        own = [row for row in rows if row["plan"] == plan["path"]]
        for row in own:
            assert row["verdict"] == ("pass" if plan["verdict"]["passed"] else "fail")
            assert row["mode"] == plan["release"]["mode"]
            assert row["as_of"] == plan["as_of"]
            assert row["model"] == plan["model"]["name"]
            assert (row["catalog"], row["catalog_version"]) == (plan["catalog"]["id"], plan["catalog"]["version"])
            assert row["complete"] == "true"
        assert [row["reason"] for row in own if row["row"] == "standing"] == told_of(plan)
        of_safeguards = [row for row in own if row["row"] in ("release", "channel")]
        assert_safeguards(of_safeguards, plan)
        rules = [(row["rule"], row["level"], row["channel"]) for row in own if row["row"] == "plan"]
        expected = [(item["rule"], item["level"], item["channel"] or "") for item in plan["plan_findings"]]
        if "coverage" in (*plan["verdict"]["blocking"], *plan["verdict"]["carried"]):
            expected.append(("coverage", "error", ""))
        assert rules == expected
        blocking = {row["safeguard"] or row["rule"] for row in own if row["blocking"] == "true"}
        assert blocking == set(plan["verdict"]["blocking"])
        carried = {row["safeguard"] or row["rule"] for row in own if row["carried"] == "true"}
        assert carried - blocking == set(plan["verdict"]["carried"])


def assert_safeguards(rows: list[Row], plan: dict[str, Any]) -> None:
    left = iter(rows)
    channels = {channel["id"]: channel for channel in plan["channels"]}
    for finding in plan["findings"]:
        row = next(left)
        assert (row["row"], row["channel"]) == ("release", "")
        names = ("safeguard", "slug", "title", "outcome", "level", "reason", "remedy")
        assert [row[name] for name in names] == [finding[name] for name in names]
        assert (row["required"], row["blocking"]) == (word(finding["required"]), word(finding["blocking"]))
        assert row["waived"] == word(finding["safeguard"] in plan["verdict"]["waived"])
        assert row["carried"] == word(finding["baseline"] is not None)
        assert int(row["line"]) == finding["location"]["line"]
        assert scores(row, (*SCORES, "coverage_with_waivers")) == pick(plan["scores"])
        for name, result in finding["channels"].items():
            row = next(left)
            assert (row["row"], row["channel"]) == ("channel", name)
            assert row["safeguard"] == finding["safeguard"]
            assert row["access"] == channels[name]["access"]
            assert [row[key] for key in ("outcome", "flag", "level", "reason")] == [
                result[key] for key in ("outcome", "flag", "level", "reason")
            ]
            assert row["required"] == word(result["required"])
            assert row["claim"] == (result["claim"]["status"] if result["claim"] else "")
            assert int(row["line"]) == (result["claim"] or finding["location"])["line"]
            assert scores(row, SCORES) == pick(channels[name]["scores"])
    assert next(left, None) is None


def scores(row: Row, names: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    return {name: (int(row[name]), int(row[f"{name}_of"])) for name in names}


def word(truth: bool) -> str:
    return "true" if truth else "false"


def test_incomplete_runs_say_so_in_every_row(tmp_path: Path) -> None:
    run = run_of([str(ROOT / "examples" / "solo-project.plan.yaml"), str(tmp_path / "missing.plan.yaml")])
    rows = read(run)
    assert {row["complete"] for row in rows} == {"false"}
    assert [row["reason"] for row in rows if row["row"] == "not_evaluated"] == [
        f"{tmp_path}/missing.plan.yaml: cannot be opened: No such file or directory"
    ]


def test_line_breaks_of_a_catalog_become_spaces() -> None:
    run = run_of([str(ROOT / "examples" / "solo-project.plan.yaml")])
    (result,) = run.results
    first = result.report.findings[0]
    on_channel = replace(first.channels[0], reason="a\n\n=b\tc")
    changed = replace(first, reason="\n-a\nb", channels=(on_channel, *first.channels[1:]))
    report = replace(result.report, findings=(changed, *result.report.findings[1:]))
    release, channel, *_ = read(replace(run, results=(replace(result, report=report),)))
    assert (release["reason"], channel["reason"]) == ("-a b", "a =b c")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain é, 1 - 1 = 0", '"plain é, 1 - 1 = 0"'),
        ('a "b"', '"a ""b"""'),
        *((f"{sign}1", f'"\'{sign}1"') for sign in "=+-@＝＋－＠"),
        (" =1", '"\' =1"'),
        ("\t=1\r", '"\'=1"'),
        ("'=1", "\"''=1\""),
        ("'", "\"''\""),
        ("a'=1", '"a\'=1"'),
        ("a ##[b] ##vso[c] ## #[", '"a ##\\[b] ##\\vso[c] ## #["'),
        ("section_start:1 section_end:2 section_x:", r'"section_\start:1 section_\end:2 section_x:"'),
    ],
)
def test_what_a_cell_becomes(text: str, cell: str) -> None:
    run = run_of([str(ROOT / "examples" / "solo-project.plan.yaml")])
    (result,) = run.results
    first, *others = result.report.findings
    report = replace(result.report, findings=(replace(first, reason=text, remedy=""), *others))
    row = rendered("csv", replace(run, results=(replace(result, report=report),))).split("\r\n")[1]
    assert f'",{cell},"",' in row


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_is_a_formula(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = hostile_run(PAYLOADS[payload], tmp_path, monkeypatch)
    text = rendered("csv", run)
    (tmp_path / "benign").mkdir()
    benign = hostile_run("benign", tmp_path / "benign", monkeypatch)
    assert [(row["row"], row["safeguard"], row["rule"]) for row in read(run)] == [
        (row["row"], row["safeguard"], row["rule"]) for row in read(benign)
    ]
    # Every cell is quoted and on one line, so the lines can be taken apart without a CSV reader.
    for line in text.removesuffix("\r\n").split("\r\n"):
        assert not re.search(r"[\r\n\t]|##\w*\[", line)
        assert line.startswith('"')
        assert line.endswith('"')
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not any(cell.lstrip().startswith(DANGEROUS) for cell in cells)
    assert_reads_back(run)
