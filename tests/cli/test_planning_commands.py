"""`what-if`, `diff` and `compare` in real processes: what is printed where, with which exit code."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, SETTINGS, TODAY, Program, copy_example
from test_git import git

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "json": "json"}
STAGED = "examples/staged-hybrid.plan.yaml"
OVERCLAIMING = "examples/overclaiming.plan.yaml"
CALLS = {
    "what-if": ("what-if", STAGED, "--access", "api=open_weights", "--drop", "researchers", "--capability", "high"),
    "diff": ("diff", STAGED, OVERCLAIMING),
    "compare": ("compare", STAGED, OVERCLAIMING),
    "compare-many": ("compare", "examples"),
}
SCHEMAS = {"what-if": "differences", "diff": "differences", "compare": "releases", "compare-many": "releases"}
PLAN = (ROOT / STAGED).read_text(encoding="utf-8")
HOSTILE = "x`| <b>::error::y</b> [a](b) " + "long" * 30


# --- what is printed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["compare", "diff"])
@pytest.mark.parametrize("name", ENDINGS)
def test_golden(aisafe: Program, call: str, name: str, update_golden: bool) -> None:
    golden = GOLDEN / f"{call}.{ENDINGS[name]}"
    done = aisafe(*CALLS[call], "--as-of", TODAY, "-f", name, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    if update_golden:
        golden.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("call", CALLS)
def test_a_terminal_is_wide_enough(aisafe: Program, call: str) -> None:
    done = aisafe(*CALLS[call], "--as-of", TODAY, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("call", CALLS)
def test_json_conforms_to_its_schema(aisafe: Program, call: str) -> None:
    schema = json.loads(aisafe("schema", SCHEMAS[call]).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(aisafe(*CALLS[call], "--as-of", TODAY, "-f", "json", cwd=ROOT).stdout)
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


def test_a_what_if_says_what_a_check_of_the_changed_file_says(aisafe: Program, tmp_path: Path) -> None:
    copy_example(ROOT / STAGED, tmp_path / "x.plan.yaml")
    (tmp_path / "changed.plan.yaml").write_text(PLAN.replace("access: hosted_api", "access: open_source"))
    asked = aisafe("what-if", ROOT / STAGED, "--access", "api=open_source", "--as-of", TODAY, "-f", "json")
    after = json.loads(asked.stdout)["after"]
    (checked,) = json.loads(aisafe("report", "changed.plan.yaml", "--as-of", TODAY, "-f", "json").stdout)["plans"]
    for name in ("release", "scores", "verdict", "profile"):
        assert after[name] == checked[name]


def test_verdicts_are_told_in_words_and_the_policy_counts(aisafe: Program) -> None:
    def asked(*options: object) -> dict[str, object]:
        call = ("what-if", ROOT / STAGED, "--size", "solo", "--as-of", TODAY, "-f", "json", *options)
        data = json.loads(aisafe(*call).stdout)
        return {side: data[side]["verdict"]["passed"] for side in ("before", "after")}

    assert asked() == {"before": True, "after": True}
    assert asked("--fail-under", 90) == {"before": False, "after": False}
    assert asked("--strict") == {"before": False, "after": False}


def test_nothing_differs(aisafe: Program) -> None:
    done = aisafe("diff", ROOT / STAGED, ROOT / STAGED, "--fail-on-regression", "--as-of", TODAY)
    assert done.returncode == 0
    assert "Nothing differs. PASS." in done.stdout


def test_no_name_of_a_plan_breaks_the_layout(aisafe: Program, tmp_path: Path) -> None:
    for number in range(4):
        made = f"schema_version: 1\nmodel: {{name: '{number} {HOSTILE}'}}\nchannels: [{{id: '{number} {HOSTILE[:90]}'"
        (tmp_path / f"{number}.plan.yaml").write_text(f"{made}, access: open_weights}}]\n", encoding="utf-8")
    text = aisafe("compare", ".", "--as-of", TODAY).stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "::error::" not in text
    assert not re.search(r"(?<!\\)<b>", aisafe("compare", ".", "-f", "markdown").stdout)
    assert not re.search(r"(?<!\\)<b>", aisafe("diff", "0.plan.yaml", "1.plan.yaml", "-f", "markdown").stdout)
    differing = aisafe("diff", "0.plan.yaml", "1.plan.yaml")
    assert differing.returncode == 0
    assert max(map(len, differing.stdout.splitlines())) <= 80
    assert "::error::" not in differing.stdout


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 11])
def test_however_many_releases_they_stand_in_the_order_given(aisafe: Program, tmp_path: Path, count: int) -> None:
    names = [f"{letter}.plan.yaml" for letter in "kjihgfedcba"[:count]]
    for name in names:
        (tmp_path / name).write_text(PLAN, encoding="utf-8")
    done = aisafe("compare", *names, "--as-of", TODAY)
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    places = [next(place for place, line in enumerate(lines) if name in line) for name in names]
    assert places == sorted(places)
    heads = [line.split()[2:] for line in lines if line.startswith("id     safeguard ")]
    assert [number for head in heads for number in head] == [str(number) for number in range(1, count + 1)]
    assert max(map(len, heads)) - min(map(len, heads)) <= 1
    rows = [line for line in lines if line.startswith("AB-14")]
    assert len(rows) == len(heads)
    data = json.loads(aisafe("compare", *names, "--as-of", TODAY, "-f", "json").stdout)
    assert [release["path"] for release in data["releases"]] == names


def test_progress_is_shown_on_a_terminal_only(aisafe: Program, tmp_path: Path) -> None:
    copy_example(ROOT / STAGED, tmp_path / "00.plan.yaml")
    for number in range(1, 12):
        (tmp_path / f"{number:02}.plan.yaml").write_text(PLAN, encoding="utf-8")
    assert aisafe("compare", ".").stderr == ""
    for call in (("compare", "."), ("check", "."), ("report", ".")):
        shown = on_a_terminal(tmp_path, *call)
        assert "12 of 12" in shown
        assert shown.endswith("\r\x1b[K")
    channels = "{id: c, access: hosted_api}"
    wide = f"schema_version: 1\nmodel: {{name: A}}\nchannels: [{channels}]\n"
    (tmp_path / "wide.plan.yaml").write_text(wide, encoding="utf-8")
    assert "12 of 12" in on_a_terminal(tmp_path, "suggest", "--access-levels", "wide.plan.yaml")
    assert aisafe("suggest", "wide.plan.yaml").stderr == ""
    assert on_a_terminal(tmp_path, "compare", "00.plan.yaml", "01.plan.yaml") == ""


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """What the program prints on standard error where that is a terminal."""
    ours, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS}
    with subprocess.Popen(
        [sys.executable, "-m", "aisafe_cli", *arguments],
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        assert running.wait() == 0
    os.close(ours)
    return shown.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 12)
    except OSError:  # the other end is closed
        return b""


# --- gates ----------------------------------------------------------------------------------------------------------


def test_only_fail_on_regression_gates(aisafe: Program) -> None:
    there = ("diff", ROOT / STAGED, ROOT / OVERCLAIMING, "--as-of", TODAY)
    assert aisafe(*there).returncode == 0
    failed = aisafe(*there, "--fail-on-regression")
    assert (failed.returncode, failed.stderr) == (1, "")
    assert failed.stdout == aisafe(*there).stdout
    back = aisafe("diff", ROOT / OVERCLAIMING, ROOT / STAGED, "--as-of", TODAY, "--fail-on-regression", "-f", "json")
    assert json.loads(back.stdout)["errors"] == []


def test_access_raised_without_a_decision_is_loud_and_gates(aisafe: Program, tmp_path: Path) -> None:
    vetted = "schema_version: 1\nmodel: {name: x}\nchannels: [{id: a, access: gated_weights_vetted}]\n"
    (tmp_path / "old.plan.yaml").write_text(vetted)
    (tmp_path / "new.plan.yaml").write_text(vetted.replace("gated_weights_vetted", "open_weights"))
    done = aisafe("diff", "old.plan.yaml", "new.plan.yaml")
    assert done.returncode == 0
    assert "Errors in this change (1)" in done.stdout
    assert "without a decision on the weights: a" in " ".join(done.stdout.split())
    assert aisafe("diff", "old.plan.yaml", "new.plan.yaml", "--fail-on-regression").returncode == 1


# --- git ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository in which `plans/x.plan.yaml` changed after the tag v1, and again since the last commit."""
    git(tmp_path, "init", "-q", "-b", "main")
    path = tmp_path / "plans" / "x.plan.yaml"
    copy_example(ROOT / STAGED, path)
    for version, tag in (("1.0", "v1"), ("2.0", "v2")):
        path.write_text(PLAN.replace('version: "1.0"', f'version: "{version}"'), encoding="utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", version)
        git(tmp_path, "tag", tag)
    path.write_text(PLAN.replace('version: "1.0"', 'version: "3.0"'), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "old", "new", "versions"),
    [
        (".", "v1:plans/x.plan.yaml", "v2:plans/x.plan.yaml", ("1.0", "2.0")),
        (".", "HEAD:plans/x.plan.yaml", "plans/x.plan.yaml", ("2.0", "3.0")),
        ("plans", "HEAD~1:plans/x.plan.yaml", "x.plan.yaml", ("1.0", "3.0")),
        ("plans", "HEAD~1:./x.plan.yaml", "main:../plans/x.plan.yaml", ("1.0", "2.0")),
        (".", "plans/x.plan.yaml", "v1:./plans/x.plan.yaml", ("3.0", "1.0")),
    ],
)
def test_plans_come_from_git(
    aisafe: Program, repository: Path, folder: str, old: str, new: str, versions: tuple[str, str]
) -> None:
    done = aisafe("diff", old, new, "-f", "json", cwd=repository / folder)
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert tuple(data[side]["model"]["version"] for side in ("before", "after")) == versions
    assert [data[side]["path"] for side in ("before", "after")] == [old, new]
    assert set(data["profile"]) == {"version"}


EVIDENCE = """schema_version: 1
model: {name: x, parameters: 7.0e9, capability: low}
organization: {size: solo}
channels: [{id: a, access: hosted_api}]
safeguards: {AB-01: {status: implemented, evidence: [{ref: EVIDENCE, type: log}]}}
"""


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("a/b.md", ""),
        ("../top.md#part", ""),
        ("link.md", ""),
        ("https://example.org/b.md", ""),
        (f"a/b.md, sha256: {hashlib.sha256(b'shown').hexdigest()}", ""),
        (f"a/b.md, sha256: {'0' * 64}", "has a different SHA-256 than the plan gives"),
        ("a/c.md", "was not found"),
        ("new.md", "was not found"),
        ("a/../../../b.md", "leads out of the repository"),
        ("/etc/passwd", "is not a path relative to the plan"),
        ("out.md", "leads out of the repository"),
        ("loop.md", "is not a file"),
        ("./a", "is not a file"),
    ],
)
def test_evidence_is_looked_for_in_the_revision_that_has_the_plan(
    aisafe: Program, tmp_path: Path, reference: str, said: str
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "plans" / "a").mkdir(parents=True)
    plan = tmp_path / "plans" / "x.plan.yaml"
    plan.write_text(EVIDENCE.replace("EVIDENCE", reference))
    for name in ("plans/a/b.md", "top.md"):
        (tmp_path / name).write_text("shown")
    for name, target in (("link.md", "a/../../top.md"), ("out.md", "../../x.md"), ("loop.md", "loop.md")):
        (tmp_path / "plans" / name).symlink_to(target)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "plans" / "new.md").write_text("not in the revision")
    plan.write_text(EVIDENCE.replace("evidence: [{ref: EVIDENCE, type: log}]", "note: none"))
    data = json.loads(aisafe("diff", "main:plans/x.plan.yaml", "plans/x.plan.yaml", "-f", "json").stdout)
    (gone,) = data["evidence"]
    assert (gone["change"], gone["before"]) == ("vanished", said)
    outcomes = [one["before"] for one in data["outcomes"] if one["safeguard"] == "AB-01"]
    assert outcomes == (["unknown", "unknown"] if said else [])


def test_a_file_of_that_very_name_is_told_from_the_revision(aisafe: Program, repository: Path) -> None:
    (repository / "v1:plans").mkdir()
    (repository / "v1:plans" / "x.plan.yaml").write_text(PLAN.replace('"1.0"', '"9"'), encoding="utf-8")
    done = aisafe("diff", "v1:plans/x.plan.yaml", "v2:plans/x.plan.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    data = json.loads(aisafe("diff", "./v1:plans/x.plan.yaml", "v2:plans/x.plan.yaml", "-f", "json").stdout)
    assert data["before"]["model"]["version"] == "9"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("v1:plans/y.plan.yaml", "v1:plans/y.plan.yaml: that revision has no such file"),
        ("v1:plans", "v1:plans: is a folder, not a file"),
        ("v9:plans/x.plan.yaml", "git cannot give it: v9: there is no such revision"),
        (":plans/x.plan.yaml", "write a file in git as REVISION:PATH"),
        ("v1:", "write a file in git as REVISION:PATH"),
        ("v1:../../x.plan.yaml", "leads out of the repository"),
        ("--output=x:plans/x.plan.yaml", "git cannot give it: --output=x: there is no such revision"),
        ("plans/y.plan.yaml", "plans/y.plan.yaml: cannot be opened: No such file or directory"),
    ],
)
def test_what_git_does_not_have_gives_two_and_a_clear_line(
    aisafe: Program, repository: Path, name: str, said: str
) -> None:
    for pair in ((name, "v1:plans/x.plan.yaml"), ("v1:plans/x.plan.yaml", name)):
        done = aisafe("diff", "--", *pair, cwd=repository)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr


def test_a_path_that_is_meant_from_the_current_folder_is_suggested(aisafe: Program, repository: Path) -> None:
    done = aisafe("diff", "v1:x.plan.yaml", "x.plan.yaml", cwd=repository / "plans")
    assert done.returncode == 2
    assert "did you mean `v1:./x.plan.yaml`?" in done.stderr


def test_a_faulty_plan_in_git_is_refused_like_any_other(aisafe: Program, repository: Path) -> None:
    (repository / "plans" / "x.plan.yaml").write_text("schema_version: 1\nmodel: {nam: x}\nchannels: []\n")
    git(repository, "commit", "-q", "-a", "-m", "faulty")
    done = aisafe("diff", "HEAD:plans/x.plan.yaml", "nowhere.plan.yaml", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert "HEAD:plans/x.plan.yaml:2:9: unknown key `nam`" in done.stderr
    assert "  | model: {nam: x}" in done.stderr
    assert "nowhere.plan.yaml: cannot be opened" in done.stderr


def test_outside_of_a_repository_there_is_a_clear_line(aisafe: Program) -> None:
    done = aisafe("diff", "v1:x.plan.yaml", "-", stdin=PLAN)
    assert (done.returncode, done.stdout) == (2, "")
    assert "v1:x.plan.yaml: there is no such file, and git cannot give it" in done.stderr


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "name a change: --access, --drop, --add, --role, --size or --capability"),
        ("--access ap=open_weights", "--access: there is no channel `ap`; did you mean `api`?"),
        ("--access api=open_weigths", "there is no access level `open_weigths`; did you mean `open_weights`?"),
        ("--access api=closed_api", "closed_api is a release mode; name an access level"),
        ("--access api", "--access `api`: write it as CHANNEL=ACCESS"),
        ("--access =open_weights", "write it as CHANNEL=ACCESS"),
        ("--access api=open_source --access api=hosted_ui", "the channel `api` is moved twice"),
        ("--access api=open_source --drop api", "--access: there is no channel `api`"),
        ("--drop wieghts", "--drop: there is no channel `wieghts`; did you mean `weights`?"),
        ("--drop api --drop researchers --drop weights", "--drop: no channel would be left"),
        ("--add api=hosted_ui", "two channels have the id `api`; give each its own"),
        ("--add a=hosted_ui --add a=hosted_ui", "two channels have the id `a`"),
        ("--add chat", "--add `chat`: write it as ID=ACCESS or ID=ACCESS@DATE"),
        ("--add chat=hosted_ui@2026-02-30", "`2026-02-30` is not a date"),
        ("--add chat=hosted_iu", "there is no access level `hosted_iu`; did you mean `hosted_ui`?"),
        ("--role deploier", "there is no role `deploier`; did you mean `deployer`?"),
        ("--size huge", "there is no size `huge`; choose from solo, small, medium, large"),
        ("--capability hihg", "there is no capability `hihg`; did you mean `high`?"),
        ("--size solo -f jsno", "there is no format `jsno`; did you mean `json`?"),
    ],
)
def test_a_change_that_cannot_be_made_gives_two_and_nothing_else(aisafe: Program, words: str, said: str) -> None:
    done = aisafe("what-if", ROOT / STAGED, *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_all_but_one_channel_can_be_dropped_and_a_dropped_one_replaced(aisafe: Program) -> None:
    drop = ("--drop", "api", "--drop", "researchers", "--drop", "weights")
    done = aisafe("what-if", ROOT / STAGED, *drop, "--add", "api=hosted_ui@2026-01-01", "-f", "json")
    assert done.returncode == 0
    (changed,) = [one for one in json.loads(done.stdout)["channels"] if one["id"] == "api"]
    assert (changed["before"], changed["after"], changed["change"]) == ("hosted_api", "hosted_ui", "lowered")


def test_a_change_that_leaves_nothing_to_evaluate_gives_three(aisafe: Program) -> None:
    small = ROOT / "tests" / "evaluation" / "evaluations" / "small-catalog.yaml"
    plan = "schema_version: 1\nmodel: {name: x}\nchannels: [{id: a, access: hosted_api}]\n"
    codes = {
        aisafe("what-if", "-", "--role", role, "--catalog", small, stdin=plan).returncode
        for role in ("developer", "distributor", "hosting_platform", "deployer", "fine_tuner")
    }
    assert codes == {0, 3}


def test_compare_needs_two_plans_and_all_of_them(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "one.plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "faulty.plan.yaml").write_text("schema_version: 1\n")
    for plans in (["one.plan.yaml"], ["one.plan.yaml", "./one.plan.yaml"]):
        done = aisafe("compare", *plans)
        assert (done.returncode, done.stdout) == (2, "")
        assert "name at least two different ones" in done.stderr
    done = aisafe("compare", "faulty.plan.yaml", "one.plan.yaml", "nowhere.plan.yaml", "-o", "out.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "faulty.plan.yaml:1:1: the key `model` is missing here" in done.stderr
    assert "nowhere.plan.yaml: cannot be opened" in done.stderr
    assert not (tmp_path / "out.txt").exists()
    (tmp_path / "empty").mkdir()
    assert aisafe("compare", "one.plan.yaml", "empty").returncode == 3


def test_standard_input_is_one_plan_and_no_plan_is_overwritten(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "one.plan.yaml").write_text(PLAN, encoding="utf-8")
    assert aisafe("diff", "-", "one.plan.yaml", stdin=PLAN).returncode == 0
    assert "not both" in aisafe("diff", "-", "-", stdin=PLAN).stderr
    assert aisafe("compare", "-", "one.plan.yaml", stdin=PLAN).returncode == 0
    for call in (["diff", "-", "one.plan.yaml"], ["what-if", "one.plan.yaml", "--size", "solo"]):
        done = aisafe(*call, "-o", "one.plan.yaml", stdin=PLAN)
        assert done.returncode == 2
        assert "is an input of this command" in done.stderr
    assert (tmp_path / "one.plan.yaml").read_text(encoding="utf-8") == PLAN


@pytest.mark.parametrize(
    "call",
    [
        ("check", "x.plan.yaml"),
        ("report", "x.plan.yaml"),
        ("suggest", "x.plan.yaml"),
        ("timeline", "x.plan.yaml"),
        ("diff", "x.plan.yaml", "x.plan.yaml"),
        ("compare", "x.plan.yaml", "x.plan.yaml"),
        ("what-if", "x.plan.yaml", "--size", "solo"),
        ("baseline", "x.plan.yaml", "--reason", "r", "--replace"),
        ("config", "x.plan.yaml"),
    ],
)
def test_no_evidence_and_no_plan_is_overwritten(aisafe: Program, tmp_path: Path, call: tuple[str, ...]) -> None:
    evidence = tmp_path / "docs" / "evidence.md"
    evidence.parent.mkdir()
    evidence.write_text("as it was")
    plan = tmp_path / "x.plan.yaml"
    plan.write_text(EVIDENCE.replace("EVIDENCE", "docs/evidence.md"))
    for target in (evidence, plan) if call[0] not in ("config", "baseline") else (plan,):
        before = target.read_text()
        done = aisafe(*call, "-o", target.relative_to(tmp_path))
        assert done.returncode == 2, call
        assert target.read_text() == before
    done = aisafe(*call, "-o", "")
    assert (done.returncode, done.stdout) == (2, "")
