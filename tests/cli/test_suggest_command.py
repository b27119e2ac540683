"""`aisafe suggest`: its formats, its options and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from building import SMALL_CATALOG, channel, claim, everything, plan, waiver, written
from conftest import ROOT, TODAY, Program

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "json": "json"}
RUNS = {
    "suggest-overclaiming": ("examples/overclaiming", ()),
    "suggest-solo-strict": ("examples/solo-project", ("--strict", "--fail-under", "100")),
    "suggest-too-late": ("tests/analysis/suggestions/too-late", ()),
}


@pytest.fixture(autouse=True)
def evidence_is_there(tmp_path: Path) -> None:
    """The file that plans built in memory name as evidence."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tamper_evaluation.md").write_text("A test.\n")


@pytest.mark.parametrize("run", ["suggest-overclaiming"])
@pytest.mark.parametrize("name", ENDINGS)
def test_golden(aisafe: Program, run: str, name: str, update_golden: bool) -> None:
    golden = GOLDEN / f"{run}.{ENDINGS[name]}"
    path, options = RUNS[run]
    done = aisafe("suggest", f"{path}.plan.yaml", "--as-of", TODAY, *options, "-f", name, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    if update_golden:
        golden.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("example", sorted(path.name for path in (ROOT / "examples").glob("*.plan.yaml")))
@pytest.mark.parametrize("options", [(), ("--strict", "--fail-under", "100", "--no-waivers")])
def test_all_formats_say_the_same_within_eighty_columns(
    aisafe: Program, example: str, options: tuple[str, ...]
) -> None:
    def rendered(name: str) -> str:
        done = aisafe("suggest", f"examples/{example}", "--as-of", TODAY, *options, "-f", name, cwd=ROOT)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    table, markdown, data = rendered("table"), rendered("markdown"), json.loads(rendered("json"))
    assert all(len(line) <= 80 for line in table.splitlines())
    checked = aisafe("check", f"examples/{example}", "--as-of", TODAY, *options, "-f", "json", cwd=ROOT)
    (judged,) = json.loads(checked.stdout)["plans"]
    assert data["verdict"]["headline"] == judged["verdict"]["headline"]
    assert data["verdict"]["headline"] in " ".join(table.split())
    steps = (data["way"] or data["attempt"])["steps"]
    assert len(re.findall(r"^ +\d+\. ", table, re.MULTILINE)) == len(steps)
    assert len(re.findall(r"^\d+\. ", markdown, re.MULTILINE)) == len(steps)
    if data["way"]:
        assert data["way"]["effort"] == sum(step["effort"] for step in steps)
        assert (steps[-1]["verdict"] if steps else data["verdict"])["passed"]
    else:
        assert data["remains"]["headline"] in " ".join(table.split())


def test_a_plan_that_passes_needs_nothing(aisafe: Program, tmp_path: Path) -> None:
    done = aisafe("suggest", written(plan("hosted_api", everything()), tmp_path))
    assert done.returncode == 0
    assert "Nothing has to change: this plan passes under this policy" in done.stdout
    assert "All of it: the whole plan already passes." in done.stdout


def test_a_plan_whose_evidence_is_missing_does_not_pass_here_either(aisafe: Program, tmp_path: Path) -> None:
    path = written(plan("hosted_api", everything()), tmp_path)
    (tmp_path / "docs" / "tamper_evaluation.md").unlink()
    assert "\nFAIL" in aisafe("suggest", path).stdout


def test_the_configuration_counts_as_it_does_in_a_check(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "aisafe.yaml").write_text("must_satisfy: {closed_api: [AB-05]}\nrequirements: {require: [AB-07]}\n")
    path = written(plan("hosted_api", everything(AB_05="planned", AB_07="not_implemented")), tmp_path)
    data = json.loads(aisafe("suggest", path, "-f", "json").stdout)
    assert {step["subject"] for step in data["way"]["steps"]} == {"AB-05", "AB-07"}
    assert json.loads(aisafe("suggest", path, "--no-config", "-f", "json").stdout)["way"]["steps"] == []
    (tmp_path / "aisafe.yaml").write_text("evidence: {require_for_capability: [low]}\n")
    path = written(plan("hosted_api", everything(AB_01="implemented", AB_14="partial")), tmp_path)
    data = json.loads(aisafe("suggest", path, "-f", "json").stdout)
    assert {step["subject"] for step in data["way"]["steps"]} == {"AB-01", "AB-14"}


def test_waivers_count_unless_they_are_set_aside(aisafe: Program, tmp_path: Path) -> None:
    made = plan("hosted_api", everything(AB_01="planned"), waivers=[waiver("AB-01")])
    path = written(made, tmp_path)
    held = json.loads(aisafe("suggest", path, "--as-of", "2026-06-01", "-f", "json").stdout)
    bare = json.loads(aisafe("suggest", path, "--as-of", "2026-06-01", "--no-waivers", "-f", "json").stdout)
    late = json.loads(aisafe("suggest", path, "--as-of", "2027-06-01", "-f", "json").stdout)
    assert held["way"]["steps"] == []
    assert [step["subject"] for step in bare["way"]["steps"]] == ["AB-01"]
    assert bare["way"]["steps"] == late["way"]["steps"]


def test_the_policy_of_the_plan_can_only_tighten(aisafe: Program, tmp_path: Path) -> None:
    made = plan("hosted_api", everything(AB_04="planned"), fail_under=100)
    data = json.loads(aisafe("suggest", written(made, tmp_path), "--fail-under", "10", "-f", "json").stdout)
    assert data["policy"]["fail_under"] == 100
    assert [step["subject"] for step in data["way"]["steps"]] == ["AB-04"]


def test_another_catalog_counts_with_its_own_efforts(aisafe: Program, tmp_path: Path) -> None:
    path = tmp_path / "boat.plan.yaml"
    path.write_text("{schema_version: 1, model: {name: Boat}, channels: [{id: shed, access: hosted_api}]}\n")
    done = aisafe("suggest", path, "--catalog", SMALL_CATALOG, "-f", "json")
    data = json.loads(done.stdout)
    assert [(step["subject"], step["effort"]) for step in data["way"]["steps"]] == [("HR-3", 1), ("HR-1", 4)]


def test_other_access_levels_are_judged_where_that_is_asked_for(aisafe: Program) -> None:
    said = "Would it pass at another access level? (only weights moved)"
    plan = ROOT / "examples" / "overclaiming.plan.yaml"
    assert said in aisafe("suggest", plan, "--access-levels").stdout
    assert said not in aisafe("suggest", plan).stdout
    assert len(json.loads(aisafe("suggest", plan, "--access-levels", "-f", "json").stdout)["rungs"]) == 12


def test_names_of_a_plan_stay_text(aisafe: Program, tmp_path: Path) -> None:
    path = tmp_path / "odd.plan.yaml"
    odd = "::error::<b>|x|</b> " + "w" * 90
    path.write_text(
        json.dumps({"schema_version": 1, "model": {"name": odd}, "channels": [{"id": "a", "access": "open_weights"}]})
    )
    table = aisafe("suggest", path).stdout
    assert "::error" not in table
    markdown = aisafe("suggest", path, "-f", "markdown").stdout
    assert "<b>" not in markdown.replace("\\<b", "")
    assert "| x" not in markdown


def test_many_channels_are_named_in_part(aisafe: Program, tmp_path: Path) -> None:
    made = plan([channel("hosted_api", f"c{number:02}") for number in range(20)], {"AB-11": claim("planned")})
    done = aisafe("suggest", written(made, tmp_path))
    assert "Carry it out on c00, c01, c02, c03, c04, c05 and 14 more, then say so" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("none.plan.yaml",), 2, "none.plan.yaml"),
        (("broken.plan.yaml",), 2, "broken.plan.yaml:1:"),
        (("fine.plan.yaml", "-f", "tabel"), 2, "did you mean `table`?"),
        (("fine.plan.yaml", "--fail-under", "101"), 2, "101"),
        (("fine.plan.yaml", "--as-of", "soon"), 2, "YYYY-MM-DD"),
        (("fine.plan.yaml", "-o", "fine.plan.yaml"), 2, "fine.plan.yaml"),
        (("idle.plan.yaml", "--catalog", str(SMALL_CATALOG)), 3, "hosting_platform"),
        ((), 2, "PLAN"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_printed(
    aisafe: Program, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    fine = "{schema_version: 1, model: {name: M}, channels: [{id: a, access: hosted_api}]%s}\n"
    (tmp_path / "fine.plan.yaml").write_text(fine % "")
    (tmp_path / "idle.plan.yaml").write_text(fine % ", organization: {role: hosting_platform}")
    (tmp_path / "broken.plan.yaml").write_text("{schema_version: 1, model: {nam: M}, channels: []}\n")
    done = aisafe("suggest", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "fine.plan.yaml").read_text() == fine % ""


def test_it_reads_standard_input_and_writes_a_file(aisafe: Program, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "overclaiming.plan.yaml").read_text(encoding="utf-8")
    done = aisafe("suggest", "-", "-f", "json", "-o", "out.json", stdin=text)
    assert (done.returncode, done.stdout) == (0, "")
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["way"], data["too_late"], data["remains"]["blocking"]) == (None, ["AB-06"], ["AB-06"])
