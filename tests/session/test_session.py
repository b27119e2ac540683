"""Where configurations are found, how far they reach, and what the commands make of them; in real processes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from building import SMALL_CATALOG
from calling import Called
from conftest import ROOT

from aisafe_cli.domain.settings import DEFAULTS
from aisafe_cli.io.resources import find_data_file

PLAN = (ROOT / "examples" / "solo-project.plan.yaml").read_text(encoding="utf-8")  # passes; declared coverage 66%
CATALOG = Path(find_data_file("nist-ai-800-1-ipd.yaml"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a plan two folders down. Nothing reads what is in `.git`."""
    put(tmp_path, ".git/HEAD", "")
    put(tmp_path, "plans/team/a.plan.yaml", PLAN)
    return tmp_path


def put(folder: Path, path: str, text: str) -> Path:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def settings_in(run_here: Called, folder: Path, *arguments: object) -> dict[str, tuple[object, str]]:
    done = run_here("config", *arguments, "-f", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return {one["name"]: (one["value"], one["source"]) for one in json.loads(done.stdout)["settings"]}


# --- where it is found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "plans/", "plans/team/"])
@pytest.mark.parametrize(
    ("name", "text", "line"),
    [("aisafe.yaml", "fail_under: 99\n", 1), ("pyproject.toml", "[tool.aisafe]\nfail_under = 99\n", 2)],
)
def test_it_is_found_upward_from_the_plan(run_here, repository, place, name, text, line):
    put(repository, place + name, text)
    assert settings_in(run_here, repository, "plans/team/a.plan.yaml")["fail_under"] == (99, f"{place}{name}:{line}")
    done = run_here("check", "plans", "-q", cwd=repository)
    assert done.returncode == 1
    assert "the policy asks for 99%" in done.stdout


def test_the_nearest_one_holds_alone(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\nstrict: true\n")
    put(repository, "plans/aisafe.yaml", "fail_under: 10\n")
    found = settings_in(run_here, repository, "plans/team")
    assert found["fail_under"] == (10, "plans/aisafe.yaml:1")
    assert found["strict"] == (False, "default")


def test_a_pyproject_without_the_table_is_passed_over(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\n")
    put(repository, "plans/pyproject.toml", "[project]\nname = 'aisafe'\n")
    assert settings_in(run_here, repository, "plans/team")["fail_under"] == (99, "aisafe.yaml:1")


def test_nothing_above_the_repository_counts(run_here, tmp_path):
    put(tmp_path, "aisafe.yaml", "fail_under: 99\n")
    put(tmp_path, "inner/.git", "gitdir: elsewhere\n")
    put(tmp_path, "inner/a.plan.yaml", PLAN)
    assert settings_in(run_here, tmp_path, "inner")["fail_under"] == (0, "default")


def test_two_in_one_folder_are_refused(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 10\n")
    put(repository, "pyproject.toml", "[project]\nname = 'x'\n\n[tool.aisafe]\nfail_under = 20\n")
    done = run_here("check", "plans", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pyproject.toml:4:7: aisafe.yaml in this folder is a configuration too\n")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere"), lambda path: os.mkfifo(path)])
def test_a_configuration_that_cannot_be_read_is_not_passed_over(run_here, repository, make):
    make(repository / "aisafe.yaml")
    done = run_here("check", "plans", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: aisafe.yaml: ")


def test_a_named_one_holds_and_none_is_searched(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\n")
    put(repository, "ci/strict.yaml", "fail_under: 50\n")
    assert settings_in(run_here, repository, "--config", "ci/strict.yaml")["fail_under"] == (50, "ci/strict.yaml:1")
    assert settings_in(run_here, repository, "--no-config")["fail_under"] == (0, "default")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--config", "absent.yaml"], "absent.yaml: cannot be opened"),
        (["--config", "plain.toml"], "plain.toml: has no table [tool.aisafe]"),
        (["--config", "aisafe.yaml", "--no-config"], "cannot be used together"),
    ],
)
def test_a_named_one_has_to_be_there(run_here, repository, arguments, told):
    put(repository, "plain.toml", "[project]\nname = 'x'\n")
    put(repository, "aisafe.yaml", "{}\n")
    done = run_here("check", "plans", *arguments, cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_each_plan_has_its_own_and_a_faulty_one_is_told_once(run_here, repository):
    put(repository, "plans/strict/aisafe.yaml", "fail_under: 99\n")
    put(repository, "plans/strict/b.plan.yaml", PLAN)
    for name in ("c", "d"):
        put(repository, f"plans/broken/{name}.plan.yaml", PLAN)
    put(repository, "plans/broken/aisafe.yaml", "fail_undr: 1\n")
    done = run_here("check", "plans", "-f", "json", cwd=repository)
    data = json.loads(done.stdout)
    assert (done.returncode, data["complete"]) == (2, False)
    assert {one["path"]: one["verdict"]["policy"]["fail_under"] for one in data["plans"]} == {
        "plans/strict/b.plan.yaml": 99,
        "plans/team/a.plan.yaml": 0,
    }
    assert done.stderr.count("unknown key") == 1


def test_standard_input_goes_by_the_current_folder(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\n")
    assert run_here("check", "-", "-q", cwd=repository, stdin=PLAN).returncode == 1
    assert run_here("check", "-", "-q", "--no-config", cwd=repository, stdin=PLAN).returncode == 0


# --- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        ("{}", [], 0),
        ("fail_under: 99", [], 1),
        ("fail_under: 99", ["--fail-under", "0"], 0),
        ("fail_under: 10", ["--fail-under", "99"], 1),
        ("strict: true", [], 1),
        ("strict: true", ["--no-strict"], 0),
        ("strict: false", ["--strict"], 1),
    ],
)
def test_the_command_line_wins(run_here, repository, text, arguments, code):
    put(repository, "aisafe.yaml", text)
    assert run_here("check", "plans", "-q", *arguments, cwd=repository).returncode == code


def test_report_goes_by_the_configuration_and_does_not_gate(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\nprofile: {minimum_size: large, minimum_capability: moderate}\n")
    done = run_here("report", "plans", cwd=repository)
    assert done.returncode == 0
    assert "declared coverage is under 99%" in done.stdout
    assert "Set by the configuration, whatever the plan says: capability, size" in done.stdout


# --- outputs --------------------------------------------------------------------------------------------------------


def test_formats_of_the_current_folder_are_used_unless_some_are_given(run_here, repository):
    put(repository, "aisafe.yaml", "formats: [csv, json=out.json]\n")
    done = run_here("check", "plans", cwd=repository)
    assert done.stdout.startswith('"record"') or "safeguard" in done.stdout.splitlines()[0]
    assert json.loads((repository / "out.json").read_text())["complete"]
    (repository / "out.json").unlink()
    for arguments in (["-f", "table"], ["-o", "report.txt"]):
        assert run_here("check", "plans", *arguments, cwd=repository).returncode == 0
        assert not (repository / "out.json").exists()


def test_outputs_stand_beside_the_configuration(run_here, repository):
    put(repository, "aisafe.yaml", "formats: [json=out.json]\n")
    done = run_here("check", "team", cwd=repository / "plans")
    assert done.returncode == 0, done.stderr
    assert (repository / "out.json").exists()


def test_formats_of_another_plan_are_not_used(run_here, repository):
    put(repository, "plans/aisafe.yaml", "formats: [json=out.json]\n")
    assert "\nPASS  " in run_here("check", "plans", cwd=repository).stdout
    assert not list(repository.rglob("out.json"))


def test_a_link_leads_no_output_elsewhere(run_here, repository, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (repository / "out").symlink_to(elsewhere)
    put(repository, "aisafe.yaml", "formats: [json=out/x.json]\n")
    done = run_here("check", "plans", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a link leads this output out of the configuration's folder" in done.stderr
    assert not list(elsewhere.iterdir())


def test_an_output_does_not_replace_the_configuration(run_here, repository):
    before = put(repository, "aisafe.yaml", "fail_under: 10\n").read_bytes()
    done = run_here("check", "plans", "-f", "json=aisafe.yaml", cwd=repository)
    assert done.returncode == 2
    assert (repository / "aisafe.yaml").read_bytes() == before


# --- catalogs -------------------------------------------------------------------------------------------------------


def test_a_catalog_is_relative_to_the_configuration(run_here, repository):
    put(repository, "policies/catalog.yaml", SMALL_CATALOG.read_text(encoding="utf-8"))
    put(repository, "plans/aisafe.yaml", "catalog: ../policies/catalog.yaml\n")
    put(
        repository,
        "plans/team/a.plan.yaml",
        "schema_version: 1\nmodel: {name: A}\nchannels:\n  - {id: a, access: hosted_api}\n",
    )
    data = json.loads(run_here("report", "plans", "-f", "json", cwd=repository).stdout)
    assert data["plans"][0]["catalog"]["path"] == "policies/catalog.yaml"
    by_option = run_here("report", "plans", "--catalog", CATALOG, "-f", "json", cwd=repository)
    assert json.loads(by_option.stdout)["plans"][0]["catalog"]["path"] == str(CATALOG)


@pytest.mark.parametrize("named", ["../outside.yaml", "/etc/hostname", "link.yaml"])
def test_a_configuration_reads_nothing_outside_of_the_repository(run_here, tmp_path, named):
    secret = put(tmp_path, "outside.yaml", "token: s3cret\n")
    put(tmp_path, "inner/.git/HEAD", "")
    put(tmp_path, "inner/a.plan.yaml", PLAN)
    (tmp_path / "inner" / "link.yaml").symlink_to(secret)
    put(tmp_path, "inner/aisafe.yaml", f"catalog: {named}\n")
    done = run_here("check", ".", cwd=tmp_path / "inner")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("aisafe.yaml:1:10: this is outside of the repository")
    assert "s3cret" not in done.stderr


def test_a_catalog_has_to_have_the_hash_that_is_asked_for(run_here, repository):
    right = hashlib.sha256(CATALOG.read_bytes()).hexdigest()
    assert run_here("check", "plans", "-q", "--catalog-sha256", right.upper(), cwd=repository).returncode == 0
    for wrong, told in (
        ("0" * 64, "--catalog-sha256 asks for 000"),
        ("12", "is not a SHA-256"),
        ("g" * 64, "is not a"),
    ):
        for command in ("check", "report", "config"):
            done = run_here(command, "plans", "--catalog-sha256", wrong, cwd=repository)
            assert (done.returncode, done.stdout) == (2, "")
            assert told in done.stderr


# --- files that were read -------------------------------------------------------------------------------------------


def test_every_file_is_listed_with_its_hash(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 10\n")
    put(repository, "t.md", "{{ run.tool.name }}\n")
    arguments = ["report", "plans", "-f", "json=r.json", "-f", "markdown", "--template", "t.md"]
    assert run_here(*arguments, cwd=repository).returncode == 0
    listed = json.loads((repository / "r.json").read_text())["files"]
    assert [(one["path"], one["purpose"], one["origin"]) for one in listed] == [
        ("plans/team/a.plan.yaml", "plan", "working_tree"),
        ("safeguards/compiled/nist-ai-800-1-ipd.yaml.json", "catalog", "package"),
        ("safeguards/nist-ai-800-1-ipd.yaml", "catalog", "package"),
        ("safeguards/access-levels.yaml", "access_ladder", "package"),
        ("safeguards/compiled/access-levels.yaml.json", "access_ladder", "package"),
        ("safeguards/compiled/licenses.yaml.json", "licenses", "package"),
        ("safeguards/licenses.yaml", "licenses", "package"),
        ("aisafe.yaml", "configuration", "working_tree"),
        ("t.md", "template", "working_tree"),
    ]
    for one in listed:
        inside = one["path"].removeprefix("safeguards/")
        path = find_data_file(inside) if one["origin"] == "package" else repository / one["path"]
        content = Path(path).read_bytes()
        assert (one["sha256"], one["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    for name in ("markdown", "html"):
        text = run_here("report", "plans", "-f", name, cwd=repository).stdout
        assert all(one["sha256"] in text for one in listed[:8])


# --- aisafe config --------------------------------------------------------------------------------------------------


def test_config_prints_every_setting_with_its_source(run_here, repository):
    put(repository, "aisafe.yaml", "strict: true\nmust_satisfy: {open_weights: [filter-training-data]}\n")
    found = settings_in(run_here, repository, "--fail-under", "70")
    assert list(found) == list(DEFAULTS)
    assert found["fail_under"] == (70, "option")
    assert found["strict"] == (True, "aisafe.yaml:1")
    assert found["must_satisfy"] == ({"open_weights": ["AB-01"]}, "aisafe.yaml:2")
    table = run_here("config", cwd=repository).stdout
    assert all(name in table for name in DEFAULTS)
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "- **strict**: true (aisafe.yaml:1)" in run_here("config", "-f", "markdown", cwd=repository).stdout


def test_config_of_nothing_is_refused(run_here, repository):
    done = run_here("config", "plan/", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")


def test_config_refuses_what_check_refuses(run_here, repository):
    put(repository, "aisafe.yaml", "strct: true\n")
    for command in ("config", "check", "report"):
        done = run_here(command, "plans", cwd=repository)
        assert (done.returncode, done.stdout) == (2, "")
        assert "did you mean `strict`?" in done.stderr


JUDGING = {
    "suggest": ["plans/team/a.plan.yaml"],
    "what-if": ["plans/team/a.plan.yaml", "--size", "large"],
    "diff": ["plans/team/a.plan.yaml", "plans/team/a.plan.yaml"],
    "compare": ["plans/team/a.plan.yaml", "plans/b.plan.yaml"],
}


@pytest.mark.parametrize("command", JUDGING)
def test_every_command_that_judges_goes_by_the_configuration(run_here, repository, command):
    put(repository, "plans/b.plan.yaml", PLAN)
    put(repository, "plans/aisafe.yaml", "fail_under: 99\n")
    arguments = [command, *JUDGING[command], "-f", "json"]
    assert "declared coverage is under 99%" in run_here(*arguments, cwd=repository).stdout
    assert "declared coverage is under 99%" not in run_here(*arguments, "--no-config", cwd=repository).stdout
    put(repository, "plans/aisafe.yaml", "fail_undr: 99\n")
    done = run_here(*arguments, cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `fail_under`?" in done.stderr


def test_what_if_cannot_leave_the_profile_that_is_set(run_here, repository):
    put(repository, "aisafe.yaml", "profile: {minimum_size: large}\n")
    arguments = ["what-if", "plans/team/a.plan.yaml", "--size", "medium", "-f", "json"]
    assert json.loads(run_here(*arguments, cwd=repository).stdout)["profile"] == {}
    assert json.loads(run_here(*arguments, "--no-config", cwd=repository).stdout)["profile"] != {}


def test_a_baseline_is_recorded_by_the_configuration(run_here, repository):
    put(repository, "aisafe.yaml", "fail_under: 99\n")
    recorded = run_here("baseline", "plans", "-o", "b.yaml", "--reason", "for now", cwd=repository)
    assert recorded.returncode == 0, recorded.stderr
    assert "fail_under: 99" in (repository / "b.yaml").read_text()
    assert run_here("check", "plans", "-q", cwd=repository).returncode == 1
    assert run_here("check", "plans", "-q", "--baseline", "b.yaml", cwd=repository).returncode == 0


def test_a_configuration_cannot_bring_a_command_to_a_runner(run_here, repository):
    put(repository, "aisafe.yaml", "catalog: '::error::x ##[group]'\n")
    for name in ("table", "markdown"):
        done = run_here("config", "--catalog", CATALOG, "-f", name, cwd=repository)
        assert "::error" not in done.stdout + done.stderr
    assert "::error" not in run_here("check", "plans", cwd=repository).stderr


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.not_measured  # coverage loads it
def test_tomllib_is_not_loaded_without_need(repository):
    put(repository, "pyproject.toml", "[project]\nname = 'x'\n")
    script = (
        "import sys; from aisafe_cli.cli import run; code = run(['check', 'plans', '-f', 'json=x.json']);"
        " assert code == 0, code; assert 'tomllib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
