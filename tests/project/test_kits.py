"""The kits for continuous integration: each is used as its users use it, and held against the schema of its host."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from conftest import ROOT, SETTINGS, copy_example

from aisafe_cli.cli.program import make_app
from aisafe_cli.errors import ExitCode

WORKFLOWS = (*sorted((ROOT / ".github" / "workflows").glob("*.yml")), ROOT / "examples" / "ci" / "github-workflow.yml")
ACTION = ROOT / "action.yml"
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
LOCK = ROOT / "requirements.lock"
PASSING = ROOT / "examples" / "staged-hybrid.plan.yaml"
FAILING = ROOT / "examples" / "overclaiming.plan.yaml"
FAULTY = "schema_version: 1\nmodel: {nam: x}\nchannels: []\n"
NEEDS = {name: importlib.util.find_spec(name) is not None for name in ("check_jsonschema", "pre_commit")}
ZIZMOR = Path(sysconfig.get_path("scripts")) / "zizmor"

needs_schemas = pytest.mark.skipif(not NEEDS["check_jsonschema"], reason="check-jsonschema is not installed")
needs_pre_commit = pytest.mark.skipif(not NEEDS["pre_commit"], reason="pre-commit is not installed")
needs_zizmor = pytest.mark.skipif(not ZIZMOR.exists(), reason="zizmor is not installed")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def load(path: Path) -> Any:
    # PyYAML reads the key `on` as true, which is of no concern here.
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# --- what the hosts say of the files --------------------------------------------------------------------------------


@needs_schemas
@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-actions", (ACTION,)),
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", tuple(sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")))),
        ("gitlab-ci", (GITLAB,)),
    ],
)
def test_the_files_meet_the_schemas_of_their_hosts(schema: str, files: tuple[Path, ...]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@needs_pre_commit
def test_pre_commit_takes_the_manifest() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@needs_zizmor
def test_a_security_audit_finds_nothing() -> None:
    files = (*map(str, WORKFLOWS), str(ACTION), str(HOOKS))
    command = [str(ZIZMOR), "--offline", "--strict-collection", "--pedantic", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


# --- what no schema says --------------------------------------------------------------------------------------------


def steps(workflow: Any) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_of_others_is_pinned_by_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(load(path)) if "uses" in step]
    assert used
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses:" in line and "uses: ./" not in line:
            assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # \S", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_the_least_permissions(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in path.read_text(encoding="utf-8")
    for job in workflow["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        written = {name for name, access in job["permissions"].items() if access != "read"}
        used = " ".join(step.get("uses", "") for step in job["steps"])
        uploads, publishes = "upload-sarif" in used, "gh-action-pypi-publish" in used
        expected = {"security-events"} if uploads else {"id-token"} if publishes else set()
        expected |= {"id-token", "pages"} if "deploy-pages" in used else set()
        assert written == expected
        assert not uploads or job["if"] == "github.event_name == 'push'"
    for step in steps(workflow):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_job_that_publishes_runs_nothing_and_waits_for_all_tests() -> None:
    jobs = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    (name,) = [name for name, job in jobs.items() if "id-token" in job["permissions"]]
    assert set(jobs[name]["needs"]) == set(jobs) - {name}
    assert jobs[name]["environment"]["name"] == "pypi"
    assert all(set(step) <= {"uses", "with"} and "checkout" not in step["uses"] for step in jobs[name]["steps"])
    assert "bash .ci/run" in [step.get("run") for step in jobs["tests"]["steps"]]


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_no_expression_is_put_into_a_script(path: Path) -> None:
    content = load(path)
    scripts = [step.get("run", "") for step in (content["runs"]["steps"] if path == ACTION else steps(content))]
    assert not [script for script in scripts if "${{" in script]


def test_python_never_starts_where_a_module_of_the_repository_could_be_imported() -> None:
    for path in (ACTION, GITLAB, HOOKS):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not re.search(r"\s-[mc]\s", line) or re.search(r"\s-I -[mc]\s", line), line
            assert "bin/aisafe" not in line, line


def test_what_the_kits_install_is_locked_by_hash_and_is_what_the_package_asks_for() -> None:
    text = LOCK.read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", text, re.MULTILINE))
    for entry in text.split("\n\n")[-1].replace("\\\n", " ").splitlines():
        assert entry.startswith("#") or re.fullmatch(r"\S+==\S+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+", entry), entry
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for wanted in (*project["project"]["dependencies"], *project["build-system"]["requires"]):
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", wanted).groups()  # type: ignore[union-attr]
        for sign, bound in re.findall(r"(>=|<)([0-9.]+)", bounds):
            given = tuple(map(int, locked[name.lower()].split(".")))
            assert (given >= tuple(map(int, bound.split(".")))) is (sign == ">="), name


# --- a Python for the kits, with what the package depends on --------------------------------------------------------


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python whose virtual environments find what is installed for the tests, so that nothing is downloaded."""
    program = tmp_path_factory.mktemp("python") / "python"
    program.write_text(
        "#!/bin/sh\n"
        f"'{sys.executable}' \"$@\" || exit\n"
        'for last in "$@"; do :; done\n'
        'for folder in "$last"/lib/python*/site-packages; do\n'
        f"  printf '%s\\n' '{sysconfig.get_path('purelib')}' > \"$folder/dependencies.pth\"\n"
        "done\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def without_a_network(**variables: object) -> dict[str, str]:
    """The environment of the tests, with a pip that takes nothing from anywhere, and some variables more."""
    own = ("PIP_", "GITHUB_", "RUNNER_", "AISAFE_", "PYTHON")
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS and not key.startswith(own)}
    pip = {"NO_INDEX": "1", "NO_DEPS": "1", "NO_BUILD_ISOLATION": "0", "IGNORE_INSTALLED": "1"}
    return {**clean, **{f"PIP_{key}": value for key, value in pip.items()}, **{k: str(v) for k, v in variables.items()}}


def bash(script: str, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub's runner runs one with `shell: bash`."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, env=GIT_ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


GIT_ENVIRONMENT = {
    **without_a_network(),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "test@test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as the kits clone it: what makes up the package, and an empty lock, as there is no network."""
    repository = tmp_path_factory.mktemp("source") / "aisafe-cli"
    repository.mkdir()
    for name in ("aisafe_cli", "safeguards", "examples"):
        shutil.copytree(ROOT / name, repository / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", HOOKS.name):
        shutil.copy(ROOT / name, repository)
    (repository / LOCK.name).touch()
    git(repository, "init", "--quiet")
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--message", "all")
    return repository


# --- the action -----------------------------------------------------------------------------------------------------

STEPS: dict[str, dict[str, Any]] = {step.get("id", "install"): step for step in load(ACTION)["runs"]["steps"]}
INPUTS: dict[str, dict[str, str]] = load(ACTION)["inputs"]


class Action:
    """The steps of the action in a workspace, with the files that a runner hands to them."""

    def __init__(self, temporary: Path, workspace: Path, source: Path = ROOT, **variables: str) -> None:
        self.temporary, self.workspace, self.source, self.variables = temporary, workspace, source, variables
        self.output, self.summary = workspace.parent / "output", workspace.parent / "summary"

    def run(self, name: str, **inputs: object) -> subprocess.CompletedProcess[str]:
        given = {**{key: one.get("default", "") for key, one in INPUTS.items()}}
        given |= {key.replace("_", "-"): str(value) for key, value in inputs.items()}
        declared = {
            key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value)
            for key, value in STEPS[name]["env"].items()
        }
        if self.output.is_file():
            self.output.unlink()
        self.summary.write_text("")
        runner = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": self.source,
            "GITHUB_OUTPUT": self.output,
            "GITHUB_STEP_SUMMARY": self.summary,
            "RUNNER_TEMP": self.temporary,
        }
        return bash(STEPS[name]["run"], self.workspace, without_a_network(**self.variables, **runner, **declared))

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, python: Path, source: Path) -> Path:
    """The runner's temporary folder after the step that installs the tool, from a workspace that tries to interfere."""
    temporary, workspace = tmp_path_factory.mktemp("runner"), tmp_path_factory.mktemp("job") / "workspace"
    workspace.mkdir()
    interfere(workspace)
    done = Action(temporary, workspace, source, **lead_into(workspace)).run("install", python=python)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (workspace / "ran").exists()
    return temporary


MODULES = (
    "venv",
    "pip",
    "yaml",
    "typer",
    "hatchling",
    "aisafe_cli",
    "ensurepip",
    "sitecustomize",
    "usercustomize",
    "json",
)
PROGRAMS = ("git", "python", "python3", "rm", "mkdir", "aisafe")


def interfere(workspace: Path) -> None:
    """Put modules and programs into a workspace that tell that they ran."""
    for module in MODULES:
        (workspace / f"{module}.py").write_text(f"open({str(workspace / 'ran')!r}, 'w')\nraise SystemExit(0)\n")
    for program in PROGRAMS:
        (workspace / program).write_text(f"#!/bin/sh\ntouch '{workspace}/ran'\n")
        (workspace / program).chmod(0o755)


def lead_into(workspace: Path) -> dict[str, str]:
    """What a workflow may set, and what then leads into the workspace."""
    return {
        "PYTHONPATH": f"src:.::{workspace}",
        "PYTHONHOME": str(workspace),
        "PYTHONSTARTUP": str(workspace / "yaml.py"),
        "PYTHONUSERBASE": str(workspace),
        "PYTHONWARNINGS": "error",
        "PATH": f":.:bin:{workspace}:{os.environ['PATH']}:",
    }


@pytest.fixture
def action(installed: Path, tmp_path: Path) -> Action:
    (tmp_path / "workspace").mkdir()
    return Action(installed, tmp_path / "workspace")


def place(path: Path, content: str | Path) -> None:
    if isinstance(content, Path):
        copy_example(content, path)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def add(action: Action, name: str, content: str | Path) -> None:
    place(action.workspace / name, content)


def test_a_passing_plan_passes(action: Action) -> None:
    add(action, "plans/a.plan.yaml", PASSING)
    done = action.run("check", plans="plans", as_of="2026-11-22")
    assert done.returncode == 0, done.stderr
    assert action.outputs == {"verdict": "pass", "exit-code": "0"}
    assert "::warning file=plans/a.plan.yaml,line=" in done.stdout
    assert "PASS: " in action.summary.read_text()
    reports = action.temporary / "aisafe-reports"
    assert sorted(path.name for path in reports.iterdir()) == ["aisafe.json", "aisafe.sarif"]


@pytest.mark.parametrize(
    ("content", "verdict", "code"),
    [(FAILING, "fail", 1), (FAULTY, "not_evaluated", 2), (None, "nothing_to_evaluate", 3)],
    ids=["failing", "unreadable", "none"],
)
@pytest.mark.parametrize("advisory", ["false", "true"])
def test_what_does_not_pass(action: Action, content: str | Path | None, verdict: str, code: int, advisory: str) -> None:
    if content is not None:
        add(action, "a.plan.yaml", content)
    done = action.run("check", advisory=advisory)
    assert done.returncode == (0 if (advisory, code) == ("true", 1) else code)
    assert action.outputs == {"verdict": verdict, "exit-code": str(code)}
    assert ("::error title=aisafe: " in done.stdout) == (code > 1)


def test_a_report_of_the_repository_or_of_an_earlier_step_never_passes_for_a_new_one(action: Action) -> None:
    add(action, "a.plan.yaml", PASSING)
    assert action.run("check").returncode == 0
    add(action, "a.plan.yaml", FAULTY)
    assert action.run("check").returncode == 2
    assert list((action.temporary / "aisafe-reports").iterdir()) == []


@pytest.mark.parametrize(("content", "verdict", "code"), [(PASSING, "pass", 0), (FAILING, "fail", 1)])
def test_no_code_of_the_repository_decides(action: Action, content: Path, verdict: str, code: int) -> None:
    interfere(action.workspace)
    (action.workspace / "src").mkdir()
    interfere(action.workspace / "src")
    add(action, "a.plan.yaml", content)
    action.variables = lead_into(action.workspace)
    done = action.run("check", as_of="2026-11-22", trusted_ref="")
    assert done.returncode == code, done.stderr
    assert action.outputs == {"verdict": verdict, "exit-code": str(code)}
    assert not list(action.workspace.rglob("ran"))


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize(
    "report",
    [
        None,
        "",
        "no JSON",
        '{"complete": true}',
        '{"complete": true, "exit_code": OTHER}',
        '{"complete": false, "exit_code": CODE}',
    ],
)
def test_a_code_counts_only_where_a_whole_report_says_the_same(
    installed: Path, tmp_path: Path, code: int, report: str | None
) -> None:
    """A program that leaves with a code and writes what it likes stands for one that does not start."""
    place = tmp_path / "temporary" / "aisafe-environment" / "bin"
    place.mkdir(parents=True)
    (tmp_path / "workspace").mkdir()
    written = None if report is None else report.replace("OTHER", str(1 - code)).replace("CODE", str(code))
    witness = tmp_path / "temporary" / "aisafe-verdict.json"
    write = "" if written is None else f"printf '%s' '{written}' > '{witness}'\n"
    real = installed / "aisafe-environment" / "bin" / "python"
    (place / "python").write_text(f'#!/bin/sh\nif [ "$2" = -c ]; then exec \'{real}\' "$@"; fi\n{write}exit {code}\n')
    (place / "python").chmod(0o755)
    action = Action(tmp_path / "temporary", tmp_path / "workspace")
    for advisory in ("false", "true"):
        assert action.run("check", advisory=advisory).returncode == 70
        assert action.outputs == {"verdict": "error", "exit-code": "70"}


HOSTILE = (
    "; touch pwned; $(touch pwned) && `touch pwned` | ' \" touch pwned",
    "a\nverdict=pass\nexit-code=0",
    "*",
    "--exit-zero",
    "",
)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("value", HOSTILE, ids=["commands", "lines", "star", "option", "empty"])
def test_no_input_is_read_as_a_command(action: Action, tmp_path: Path, name: str, value: str) -> None:
    add(action, "a.plan.yaml", FAILING)
    if name == "python":
        done = Action(tmp_path, action.workspace).run("install", python=value)
        assert done.returncode not in (0, 1), done.stderr
        assert [path.name for path in action.workspace.iterdir()] == ["a.plan.yaml"]
        return
    done = action.run("check", **{name: value})
    assert done.returncode in (1, 2)
    assert action.outputs["verdict"] in ("fail", "not_evaluated")
    assert [path.name for path in action.workspace.iterdir()] == ["a.plan.yaml"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "; touch pwned",
        "$(touch pwned)",
        "a\n::set-output name=verdict::pass\n",
        "--exit-zero",
        "--catalog=x",
        "-f json",
    ],
)
def test_no_name_of_a_plan_is_read_as_a_command_or_an_option(action: Action, name: str) -> None:
    plan = f"{name}.plan.yaml"
    (action.workspace / plan).write_text(FAILING.read_text())
    found = action.run("check")
    assert (found.returncode, action.outputs["verdict"]) == (1, "fail")
    assert not [line for line in found.stdout.splitlines() if line.startswith("::set-output")]
    assert [path.name for path in action.workspace.iterdir()] == [plan]
    if "\n" not in name:
        assert action.run("check", plans=plan).returncode == 1


def test_several_plans_and_options_reach_the_program(action: Action) -> None:
    for name in ("one.plan.yaml", "two words.plan.yaml"):
        add(action, name, PASSING)
    plans = "one.plan.yaml\n\ntwo words.plan.yaml\n"
    assert action.run("check", plans=plans, annotations="false").returncode == 0
    assert action.run("check", plans=plans, strict="true").returncode == 1
    assert action.run("check", plans=plans, fail_under="100").returncode == 1
    assert action.run("check", plans=plans, catalog="none.yaml").returncode == 2
    assert action.run("check", plans=plans, formats="html junit", step_summary="false").returncode == 0
    reports = action.temporary / "aisafe-reports"
    assert sorted(path.name for path in reports.iterdir()) == ["aisafe.html", "aisafe.junit"]
    add(action, "html", "a name that a star in the list of formats could stand for")
    assert action.run("check", plans=plans, formats="h*").returncode == 2
    assert list(reports.iterdir()) == []
    assert action.summary.read_text() == ""


def test_outputs_that_cannot_be_written_are_no_verdict(action: Action) -> None:
    add(action, "a.plan.yaml", PASSING)
    action.output = Path("/dev/full")
    assert action.run("check").returncode == 2


# --- GitLab ---------------------------------------------------------------------------------------------------------


@needs_git
def test_the_gitlab_job_runs(tmp_path: Path, python: Path, source: Path) -> None:
    """What it installs is there for the second plan and the third, since nothing about them is new."""
    job = load(GITLAB)["aisafe"]
    steps = [step for step in job["script"] if "venv" not in step and "/source" not in step]
    home = tmp_path / "home"
    for plan, code, script in ((PASSING, 0, job["script"]), (FAILING, 1, steps), (None, 2, steps)):
        workspace = tmp_path / f"{code}"
        run_gitlab_job(workspace, plan, code, script, python, AISAFE_REPOSITORY=source, AISAFE_HOME=home)


def run_gitlab_job(
    workspace: Path, plan: Path | None, code: int, script: list[str], python: Path, **variables: Path
) -> None:
    job = load(GITLAB)["aisafe"]
    place(workspace / "plans" / "a.plan.yaml", plan or FAULTY)
    git(workspace, "init", "--quiet")
    git(workspace, "commit", "--quiet", "--allow-empty", "--message", "before")
    (workspace / "aisafe.yaml").write_text("faulty: true\n")  # the merge request's own, which must not be read
    interfere(workspace)
    reports = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    for report in reports:
        (workspace / report).write_text("brought along by the repository")
    assert {*variables, "AISAFE_COMMIT", "GIT_DEPTH"} == set(job["variables"])
    said = {"AISAFE_COMMIT": "HEAD", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}
    hostile = lead_into(workspace) | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    done = bash("\n".join(script), workspace, without_a_network(**variables, **said, **hostile))
    assert done.returncode == code, done.stderr
    assert not (workspace / "ran").exists()
    assert [(workspace / report).exists() for report in reports] == [code != 2] * len(reports)
    assert len(done.stdout.splitlines()) <= 10


# --- pre-commit -----------------------------------------------------------------------------------------------------


def run_pre_commit(folder: Path, store: Path, modules: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**GIT_ENVIRONMENT, "PRE_COMMIT_HOME": str(store), "PYTHONPATH": modules}
    command = [sys.executable, "-I", "-m", "pre_commit", *arguments, "--color", "never"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
    )


def set_up_hook(folder: Path, source: Path) -> None:
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {source}\n    rev: HEAD\n    hooks: [{{id: aisafe}}]\n"
    )
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """Where pre-commit keeps what it installs; the hook is there, and finds what is installed for the tests."""
    store, folder = tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("first")
    set_up_hook(folder, source)
    done = run_pre_commit(folder, store, sysconfig.get_path("purelib"), "install-hooks")
    assert done.returncode == 0, done.stdout + done.stderr
    (installed,) = store.glob("repo*/py_env-*/lib/python*/site-packages")
    (installed / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return store


@needs_git
@needs_pre_commit
@pytest.mark.parametrize(
    ("plans", "code", "shown"),
    [
        ({"a.plan.yaml": PASSING, "notes.yaml": "x"}, 0, "Passed"),
        ({"a.plan.yaml": PASSING, "deep/b.plan.yaml": FAILING}, 1, "deep/b.plan.yaml:17: error "),
        ({"a.plan.yaml": FAULTY}, 1, "a.plan.yaml:2:9: unknown key `nam`"),
        ({"notes.yaml": "x"}, 0, "(no files to check)Skipped"),
        ({"--exit-zero.plan.yaml": FAILING}, 1, "--exit-zero.plan.yaml:17: error "),
        ({"--catalog=x.plan.yaml": FAILING, "x.plan.yaml": "x"}, 1, "--catalog=x.plan.yaml:17: error "),
        ({"linked.txt": FAILING, "a.plan.yaml": None}, 1, "a.plan.yaml:17: error "),
    ],
    ids=["pass", "fail", "unreadable", "none", "named like a flag", "named like an option", "a link"],
)
def test_pre_commit_runs_the_hook(
    source: Path, store: Path, tmp_path: Path, plans: dict[str, str | Path | None], code: int, shown: str
) -> None:
    for name, content in plans.items():
        if content is None:
            (tmp_path / name).symlink_to("linked.txt")
        else:
            place(tmp_path / name, content)
    interfere(tmp_path)
    set_up_hook(tmp_path, source)
    done = run_pre_commit(tmp_path, store, str(tmp_path), "run", "--all-files")
    assert done.returncode == code, done.stdout + done.stderr
    assert shown in done.stdout
    assert not (tmp_path / "ran").exists()


# --- the page -------------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_shows_the_files_that_are_tested() -> None:
    for path in (WORKFLOWS[-1], GITLAB):
        assert path.read_text(encoding="utf-8") in SNIPPETS
        assert f"]({os.path.relpath(path, ROOT / 'docs')})" in PAGE


@needs_pre_commit
def test_pre_commit_takes_the_configuration_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(next(snippet for snippet in SNIPPETS if "hooks:" in snippet))
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(path)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    for arguments in (load(path)["repos"][0]["hooks"][0]["args"], load(HOOKS)[0]["args"]):
        assert arguments[-1] == "--"


def test_the_page_names_every_exit_code_and_every_verdict_of_the_action() -> None:
    for code in ExitCode:
        assert re.search(rf"^\| (?:\d+, )*{int(code)}\b", PAGE, re.MULTILINE)
    for verdict in re.findall(r"verdict=(\w+) ;;", STEPS["check"]["run"]):
        assert f"`{verdict}`" in PAGE


def test_every_option_that_a_kit_passes_is_one_of_the_program() -> None:
    known = typer.main.get_command(make_app("check")).commands["check"].params  # type: ignore[attr-defined]
    options = {option for parameter in known for option in parameter.opts}
    script = STEPS["check"]["run"]
    passed = set(re.findall(r"(?:given |flag [^\n]* |options\+=\()(--[\w-]+)", script))
    assert {"--strict", "--fail-under", "--catalog", "--format"} <= passed <= options
    assert set(re.findall(r" (--[\w-]+) ", " ".join(load(GITLAB)["aisafe"]["script"][-1:]))) <= options
