"""The command line in real processes: what is printed where, and with which exit code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, TODAY, Program

EXAMPLES = ROOT / "examples"
PASSING = EXAMPLES / "staged-hybrid.plan.yaml"
FAILING = EXAMPLES / "overclaiming.plan.yaml"
FAULTY = "schema_version: 1\nmodel: {nam: x}\nchannels: [{id: a, access: open_weight}]\n"
FORMATS = ("table", "markdown", "json")
UNANSWERED = "schema_version: 1\nmodel: {name: x}\nchannels: [{id: a, access: hosted_api}]\n"


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "faulty.plan.yaml"
    path.write_text(FAULTY)
    return path


# --- verdicts and exit codes ----------------------------------------------------------------------------------------


def test_a_faulty_plan_gives_every_fault_with_its_place_and_nothing_on_standard_output(
    aisafe: Program, faulty: Path
) -> None:
    done = aisafe("check", faulty)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{faulty}:2:8: the key `name` is missing here" in done.stderr
    assert f"{faulty}:2:9: unknown key `nam`" in done.stderr
    assert f"{faulty}:3:28: there is no access level `open_weight`" in done.stderr
    assert "did you mean `open_weights`?" in done.stderr
    assert "  | channels: [{id: a, access: open_weight}]\n  | " + " " * 27 + "^\n" in done.stderr


def test_nothing_is_told_of_what_a_file_holds_to_which_a_link_leads_from_another_folder(
    aisafe: Program, tmp_path: Path
) -> None:
    (tmp_path / "secrets.json").write_text('{"token-of-somebody": 1, "model": "hunter2"}')
    (tmp_path / "work").mkdir()
    for name in ("x.plan.yaml", "aisafe.yaml"):
        (tmp_path / "work" / name).symlink_to("../secrets.json")
        done = aisafe("check", ".", cwd=tmp_path / "work")
        assert (done.returncode, done.stdout) == (2, "")
        assert "token" not in done.stderr
        assert "hunter2" not in done.stderr
        assert f"{name}:1:" in done.stderr
        assert "something is wrong here" in done.stderr


def test_an_unanswered_plan_fails(aisafe: Program) -> None:
    assert aisafe("check", "-", stdin=UNANSWERED).returncode == 1


def test_a_failed_plan_beside_an_unreadable_one_gives_two_and_is_still_reported(aisafe: Program, faulty: Path) -> None:
    done = aisafe("check", FAILING, faulty, "nowhere.plan.yaml", "-f", "json")
    assert done.returncode == 2
    data = json.loads(done.stdout)
    assert data["complete"] is False
    assert data["exit_code"] == 2
    assert [Path(plan["path"]).name for plan in data["plans"]] == ["overclaiming.plan.yaml"]
    assert "nowhere.plan.yaml: cannot be opened" in done.stderr


def test_an_empty_folder_is_nothing_to_evaluate_even_beside_a_passing_plan(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert aisafe("check", PASSING, tmp_path / "empty", "--as-of", TODAY).returncode == 3


def test_a_folder_is_searched_and_each_plan_is_judged_once(aisafe: Program, tmp_path: Path) -> None:
    folder = tmp_path / "plans" / "deep"
    folder.mkdir(parents=True)
    for name in ("b.plan.yaml", "a.plan.yaml", "notes.yaml"):
        (folder / name).write_text(UNANSWERED)
    done = aisafe("check", "plans", "plans/deep/a.plan.yaml", "-q")
    *blocking, total = done.stdout.splitlines()
    assert list(dict.fromkeys(line.split(":")[0] for line in blocking)) == [
        "plans/deep/a.plan.yaml",
        "plans/deep/b.plan.yaml",
    ]
    assert total == "2 plans: 2 fail"


def test_patterns_in_quotes_are_expanded(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "plans" / "deep").mkdir(parents=True)
    for name in ("b", "a", "deep/c"):
        (tmp_path / "plans" / f"{name}.plan.yaml").write_text(UNANSWERED)
    (tmp_path / "plans" / "notes.yaml").write_text("no plan")
    done = aisafe("check", "plans/**/*.plan.yaml", "plans/*", "-q")
    assert done.returncode == 2  # notes.yaml is named by the second pattern, and is no plan
    done = aisafe("check", "plans/**/*.plan.yaml", "plan?/", "-q")
    assert done.returncode == 1
    *blocking, total = done.stdout.splitlines()
    assert {line.split(":")[0] for line in blocking} == {f"plans/{name}.plan.yaml" for name in ("a", "b", "deep/c")}
    assert total == "3 plans: 3 fail"


def test_a_pattern_that_matches_nothing_is_nothing_to_evaluate(aisafe: Program) -> None:
    done = aisafe("check", "plans/**/*.plan.yaml")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: plans/**/*.plan.yaml: no plan matches this pattern\n"
    assert aisafe("check", PASSING, "*.none", "--as-of", TODAY).returncode == 3


@pytest.mark.usefixtures("faulty")
def test_of_several_plans_what_blocks_has_a_line_each_and_passes_are_counted(aisafe: Program, tmp_path: Path) -> None:
    faulty = "faulty.plan.yaml"
    for name in ("closed-api.plan.yaml", "overclaiming.plan.yaml"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    plans = ("closed-api.plan.yaml", "overclaiming.plan.yaml")
    done = aisafe("check", *plans, faulty, "--as-of", TODAY)
    assert done.returncode == 2
    *blocking, left_out, total = done.stdout.splitlines()
    assert [line.split(" ")[2] for line in blocking] == [f"AB-{number:02}" for number in (2, 4, 5, 7, 8, 11, 14, 6)]
    assert blocking[5] == "overclaiming.plan.yaml:26: error AB-11 only planned"
    assert left_out == f"{faulty}:2:8: not evaluated: the key `name` is missing here"
    assert total == "3 plans: 1 pass, 1 fail, 1 not evaluated"
    for quiet in (("-q",), ("-f", "concise")):
        assert aisafe("check", *plans, faulty, "--as-of", TODAY, *quiet).stdout == done.stdout


def test_a_fix_names_the_part_whose_claim_goes_too_far(aisafe: Program, tmp_path: Path) -> None:
    release = tmp_path / "release.plan.yaml"
    release.write_text(
        "{schema_version: 1, model: {name: M}, channels: [{id: api, access: hosted_api},"
        " {id: w, access: open_weights}], safeguards: {P6.1: implemented, P6.1.1: implemented}}"
    )
    shown = " ".join(aisafe("check", str(release), "--catalog", "practices", "--as-of", TODAY).stdout.split())
    assert "P6.1.1 claimed for w, where it cannot work fix (free): limit the claim of P6.1.1 to api." in shown


def test_where_too_much_blocks_each_plan_that_fails_has_one_line(aisafe: Program, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}.plan.yaml").write_bytes(FAILING.read_bytes())
    lines = aisafe("check", ".", "--as-of", TODAY).stdout.splitlines()
    assert lines[0] == "00.plan.yaml: 8 blocks: AB-02 AB-04 AB-05 AB-06 AB-07 AB-08 AB-11 AB-14"
    assert lines[-2:] == ["and 10 more failing plans; -f concise has all of them", "60 plans: 60 fail"]
    assert len(lines) == 52
    assert len(aisafe("check", ".", "--as-of", TODAY, "-q").stdout.splitlines()) == 60 * 8 + 1
    summary = aisafe("check", ".", "--as-of", TODAY, "-f", "markdown", "--kind", "summary").stdout
    assert [summary.count(mark) for mark in ("| FAIL |", "\n## ", "And 50 more fail: ")] == [60, 10, 1]


def test_report_renders_without_judging(aisafe: Program, faulty: Path, tmp_path: Path) -> None:
    done = aisafe("report", FAILING, "-o", "report.md", "--as-of", TODAY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "report.md").read_text().startswith("# Release check: Granite Falls 13B\n")
    assert aisafe("report", faulty, "-o", "none.md").returncode == 2
    assert not (tmp_path / "none.md").exists()


# --- policy options -------------------------------------------------------------------------------------------------


def test_strict_and_fail_under_and_no_waivers_tighten(aisafe: Program) -> None:
    assert aisafe("check", PASSING, "--strict").returncode == 1
    assert aisafe("check", PASSING, "--fail-under", 80).returncode == 0
    done = aisafe("check", PASSING, "--fail-under", 81)
    assert done.returncode == 1
    assert "coverage  8 of 10 on api; the policy asks for 81%" in done.stdout
    waived = EXAMPLES / "closed-api.plan.yaml"
    assert aisafe("check", waived, "--as-of", TODAY).returncode == 0
    assert aisafe("check", waived, "--as-of", TODAY, "--no-waivers").returncode == 1
    assert aisafe("check", waived, "--as-of", "2027-04-01").returncode == 1


def test_the_plan_can_tighten_the_threshold_but_not_loosen_it(aisafe: Program) -> None:
    plan = PASSING.read_text()
    assert aisafe("check", "-", stdin=plan.replace("fail_under: 60", "fail_under: 84")).returncode == 1
    assert (
        aisafe("check", "-", "--fail-under", 84, stdin=plan.replace("fail_under: 60", "fail_under: 1")).returncode == 1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", PASSING, "-f", "jsn"], "there is no format `jsn`; did you mean `json`?"),
        (["explain", "low", "--catalog", "nist-ai-800-1-ipd,eu-code"], "names several catalogs; name one here"),
        (["matrix", "--catalog", "all"], "--catalog: `all` names several catalogs; name one here"),
        (["check", PASSING, "--as-of", "2026-02-30"], "--as-of: `2026-02-30` is not a date"),
        (["check", PASSING, "--fail-under", "101"], "`--fail-under`: `101` is not a whole number from 0 to 100; see"),
        (["diff"], "error: missing argument `OLD`; see `aisafe diff -h`\n"),
        (["check", PASSING, "--fail-undr", "1"], "error: no such option: --fail-undr; did you mean `--fail-under`?\n"),
        (["check", PASSING, "--as-of"], "error: option `--as-of` requires an argument"),
        (["chek"], "error: no such command `chek`; did you mean `check`, `schema`?\n"),
        (["catalog", "lst"], "error: no such command `lst`; did you mean `list`?\n"),
        (["check", PASSING, "--catalog", "none.yaml"], "no built-in catalog and no file is called `none.yaml`"),
        (["matrix", "--access", "open_wights"], "did you mean `open_weights`?"),
        (["matrix", "--role", "developr"], "did you mean `developer`?"),
        ([], "Usage:"),
    ],
)
def test_a_wrong_call_gives_two_and_says_why(aisafe: Program, arguments: list[object], message: str) -> None:
    done = aisafe(*arguments)
    assert done.returncode == 2
    assert message in done.stderr + done.stdout


def test_without_a_path_the_folder_is_checked(aisafe: Program, tmp_path: Path) -> None:
    empty = aisafe("check")
    assert (empty.returncode, empty.stderr.splitlines()[1:]) == (
        3,
        ["next: write a plan with `aisafe init`, or see one with `aisafe demo`"],
    )
    (tmp_path / "a.plan.yaml").write_text(UNANSWERED)
    for command in ("check", "report"):
        assert aisafe(command).stdout == aisafe(command, ".").stdout
        assert "a.plan.yaml" in aisafe(command).stdout


def test_the_environment_does_not_choose_the_day(aisafe: Program) -> None:
    today = datetime.now(UTC).date()
    for epoch in ("315532800", "4102444800", "soon"):
        done = aisafe("check", EXAMPLES / "closed-api.plan.yaml", "-f", "json", env={"SOURCE_DATE_EPOCH": epoch})
        data = json.loads(done.stdout)
        assert data["as_of_from"] == "today"
        assert today <= date.fromisoformat(data["plans"][0]["as_of"]) <= today + timedelta(days=1)
    data = json.loads(aisafe("check", EXAMPLES / "closed-api.plan.yaml", "-f", "json", "--as-of", TODAY).stdout)
    assert (data["as_of_from"], data["plans"][0]["as_of"]) == ("option", TODAY)


# --- output ---------------------------------------------------------------------------------------------------------


def test_colour_is_used_only_where_it_is_wanted(aisafe: Program) -> None:
    assert "\x1b" not in aisafe("check", FAILING).stdout
    assert "\x1b" in aisafe("check", FAILING, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in aisafe("check", FAILING, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b" not in aisafe("check", FAILING, "-f", "json", env={"FORCE_COLOR": "1"}).stdout


def test_colour_changes_nothing_but_colour(aisafe: Program) -> None:
    plain = aisafe("check", FAILING, "--as-of", TODAY).stdout
    coloured = aisafe("check", FAILING, "--as-of", TODAY, env={"FORCE_COLOR": "1"}).stdout
    for code in ("0", "1", "31", "33", "36", "1;31", "1;32"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain


def test_no_line_of_the_table_is_wider_than_eighty_columns(aisafe: Program) -> None:
    for path in EXAMPLES.glob("*.plan.yaml"):
        done = aisafe("check", path.name, cwd=EXAMPLES, env={"COLUMNS": "200"})
        assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("name", FORMATS)
def test_output_is_the_same_under_other_settings(aisafe: Program, name: str) -> None:
    arguments = ("check", PASSING, FAILING, "--as-of", TODAY, "-f", name)
    expected = aisafe(*arguments).stdout
    others = {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "COLUMNS": "40", "PYTHONUTF8": "0"}
    assert aisafe(*arguments, env=others).stdout == expected
    assert aisafe(*arguments, env={"PYTHONHASHSEED": "2", "PYTHONIOENCODING": "ascii"}).stdout == expected


def test_output_is_written_whole_or_not_at_all(aisafe: Program, tmp_path: Path, faulty: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    assert aisafe("check", faulty, "-f", "json", "-o", target).returncode == 2
    assert target.read_text() == "old"
    assert aisafe("check", FAILING, "-f", "json", "-o", target).returncode == 1
    assert json.loads(target.read_text())["exit_code"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faulty.plan.yaml", "report.json"]


def test_output_never_overwrites_an_input(aisafe: Program, tmp_path: Path) -> None:
    plan = tmp_path / "mine.plan.yaml"
    plan.write_text(UNANSWERED)
    done = aisafe("check", plan, "-o", "./mine.plan.yaml")
    assert done.returncode == 2
    assert plan.read_text() == UNANSWERED


# --- other commands -------------------------------------------------------------------------------------------------


def test_matrix_counts_what_the_comment_counted(aisafe: Program) -> None:
    data = json.loads(aisafe("matrix", "-f", "json").stdout)
    assert data["modes"]["open_weights"] == {"cautionary": 1, "compatible": 4, "conditional": 0, "incompatible": 9}
    assert data["modes"]["closed_api"]["compatible"] == 14
    assert len(data["safeguards"]) == 14
    assert set(data["safeguards"][0]["flags"]) == {"closed_api", "local_download", "open_weights"}


def test_matrix_shows_access_levels_and_roles(aisafe: Program) -> None:
    done = aisafe("matrix", "-f", "json", "--access", "on_device_managed", "--role", "hosting_platform")
    data = json.loads(done.stdout)
    assert data["access"]["on_device_managed"]["conditional"] == 2
    assert sum(entry["in_role"] for entry in data["safeguards"]) == 2
    for name in ("table", "markdown"):
        assert "on_device_managed" in aisafe("matrix", "-f", name, "--access", "on_device_managed").stdout
    for columns in ([], ["--access", "all"], ["--access", "private_deployment_sealed", "--access", "open_source"]):
        assert max(map(len, aisafe("matrix", *columns).stdout.splitlines())) <= 80


def test_matrix_shows_all_access_levels_as_signs_that_say_what_the_words_say(aisafe: Program) -> None:
    table = aisafe("matrix", "--access", "all").stdout
    data = json.loads(aisafe("matrix", "--access", "all", "-f", "json").stdout)
    signs = {"compatible": "C", "conditional": "c", "cautionary": "!", "incompatible": "X"}
    assert ", ".join(f"{sign} {flag}" for flag, sign in signs.items()) in table
    names = [name for name in re.findall(r"\d+=(\w+)", table) if name in data["access"]]
    assert sorted(names) == sorted(data["access"])
    assert re.search(r"^ *open_weights +4 compatible, 1 cautionary, 9\s+incompatible$", table, re.M)
    for row in data["safeguards"]:
        (line,) = (line for line in table.splitlines() if line.startswith(row["id"]))
        assert line.split()[-12:] == [signs[row["access"][name]] for name in names]


def test_version_and_help(aisafe: Program) -> None:
    from aisafe_cli import __version__

    assert aisafe("--version").stdout == f"{__version__}\n"
    for command in ("check", "report", "matrix"):
        assert f"Example: aisafe {command}" in " ".join(aisafe(command, "--help").stdout.split())


def test_the_shell_can_ask_for_completions(aisafe: Program) -> None:
    asked = {"_AISAFE_COMPLETE": "complete_bash", "COMP_WORDS": "aisafe ch", "COMP_CWORD": "1"}
    assert "check" in aisafe(env=asked).stdout.split()


@pytest.mark.parametrize("asked", ["complete_bash", "source_zsh", "x"])
def test_a_call_with_arguments_is_evaluated_whatever_is_left_of_completions(aisafe: Program, asked: str) -> None:
    done = aisafe("check", FAILING, "-q", env={"_AISAFE_COMPLETE": asked})
    assert (done.returncode, done.stdout.startswith("FAIL")) == (1, True) or "FAIL" in done.stdout
    assert done.returncode == 1


# --- what earlier versions got wrong --------------------------------------------------------------------------------


def test_what_was_not_evaluated_is_never_hidden_by_what_failed(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in (("check",), ("check", "--exit-zero"), ("report",)):
        assert aisafe(*command, FAILING, "empty", "-f", "json").returncode == 3


def test_a_catalog_may_come_from_standard_input(aisafe: Program) -> None:
    catalog = (ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_text()
    assert aisafe("matrix", "--catalog", "-", stdin=catalog).returncode == 0


def test_a_file_named_like_standard_input_is_another_plan(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "-").write_text(UNANSWERED)
    assert aisafe("check", "-", "./-", "-q", stdin=PASSING.read_text()).returncode == 1


def test_neither_a_template_nor_a_redirected_plan_is_overwritten(aisafe: Program, tmp_path: Path) -> None:
    template, plan = tmp_path / "t.j2", tmp_path / "x.plan.yaml"
    template.write_text("x")
    plan.write_text(UNANSWERED)
    assert aisafe("check", plan, "--template", "t.j2", "-f", "markdown=t.j2").returncode == 2
    command = [sys.executable, "-m", "aisafe_cli", "check", "-", "-o", plan]
    with plan.open() as stdin:
        assert subprocess.run(command, stdin=stdin, capture_output=True, timeout=60, check=False).returncode == 2
    assert (template.read_text(), plan.read_text()) == ("x", UNANSWERED)


def test_errors_never_go_to_standard_output(faulty: Path) -> None:
    command = f"exec '{sys.executable}' -m aisafe_cli check '{PASSING}' '{faulty}' -f json 2>&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["complete"] is False
