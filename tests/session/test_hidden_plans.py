"""Ways by which a change could hide a plan that fails. None of them ends with a pass."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import Called
from test_git import copy_once, git
from test_trusted_ref import DONE, PLAN

from aisafe_cli.cli import run
from aisafe_cli.errors import AisafeError, describe

AS_OF = ("--as-of", "2026-06-01")
FAILING = "prod/prod.plan.yaml"
EXPECT = "expect: {patterns: ['**/*.plan.yaml'], at_least: 2, all_of_revision: true}\n"


def rename(name: str) -> Callable[[Path], None]:
    def hide(top: Path) -> None:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / FAILING).rename(top / name)

    return hide


def link_to_another_plan(top: Path) -> None:
    (top / FAILING).unlink()
    (top / FAILING).symlink_to("../exp/exp.plan.yaml")


def link_to_nothing(top: Path) -> None:
    (top / FAILING).unlink()
    (top / FAILING).symlink_to("nowhere")


def link_the_folder(top: Path) -> None:
    shutil.rmtree(top / "prod")
    (top / "copy").mkdir()
    (top / "copy" / "prod.plan.yaml").write_text(DONE)
    (top / "prod").symlink_to("copy")


def link_the_folder_to_an_environment(top: Path) -> None:
    make_environment(top / ".venv", DONE)
    shutil.rmtree(top / "prod")
    (top / "prod").symlink_to(".venv")


def put_a_folder_in_its_place(top: Path) -> None:
    (top / FAILING).unlink()
    (top / FAILING).mkdir()
    (top / FAILING / "inner.plan.yaml").write_text(DONE)


def make_environment(folder: Path, plan: str) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "pyvenv.cfg").touch()
    (folder / "prod.plan.yaml").write_text(plan)


def call_its_folder_an_environment(top: Path) -> None:
    make_environment(top / "prod", PLAN)


def put_a_file_called_like_the_pattern_beside_it(top: Path) -> None:
    for name in ("*.plan.yaml", "prod/*.plan.yaml", "**/*.plan.yaml", "*/*.plan.yaml"):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(DONE)


def write_it_in_utf_16(top: Path) -> None:
    (top / FAILING).write_text(PLAN, encoding="utf-16")


def empty_it(top: Path) -> None:
    (top / FAILING).write_text("")


def put_a_repository_around_it(top: Path) -> None:
    git(top / "prod", "init", "-q")
    git(top / "prod", "add", "-A")
    git(top / "prod", "commit", "-q", "-m", "x")


def put_it_into_a_submodule(top: Path) -> None:
    inner = top.parent / "inner"
    shutil.copytree(top / "prod", inner)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x")):
        git(inner, *words)
    git(top, "rm", "-q", "-r", "prod")
    git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "prod")
    git(top, "submodule", "--quiet", "deinit", "-f", "prod")


def delete_it(top: Path) -> None:
    (top / FAILING).unlink()


def let_git_ignore_it(top: Path) -> None:
    (top / ".gitignore").write_text("prod/\n")
    git(top, "rm", "-q", "-r", "--cached", "prod")


def put_it_into_an_environment_that_git_ignores(top: Path) -> None:
    delete_it(top)
    make_environment(top / ".venv", PLAN)
    (top / ".gitignore").write_text(".venv/\n")


def make_it_a_pipe(top: Path) -> None:
    delete_it(top)
    os.mkfifo(top / FAILING)


def add_a_second_document(top: Path) -> None:
    (top / FAILING).write_text(f"{DONE}---\n{PLAN}")


def begin_it_with_a_mark(top: Path) -> None:
    (top / FAILING).write_text(PLAN, encoding="utf-8-sig")


def put_another_beside_it_in_another_letter_case(top: Path) -> None:
    (top / "prod" / "Prod.Plan.YAML").write_text(DONE)


def leave_it_out_by_a_sparse_checkout(top: Path) -> None:
    git(top, "sparse-checkout", "set", "--cone", "exp")


def leave_it_out_by_sparse_patterns(top: Path) -> None:
    git(top, "sparse-checkout", "set", "--no-cone", "/*", "!prod.plan.yaml")


def skip_it_in_the_working_tree(top: Path) -> None:
    git(top, "update-index", "--skip-worktree", FAILING)
    delete_it(top)


WAYS = {
    "ending": rename("prod/prod.plan.yml"),
    "letter case": rename("prod/PROD.PLAN.YAML"),
    "ending that is none": rename("prod/prod.plan.json"),
    "name that is none": rename("prod/prod.yaml"),
    "hidden name": rename("prod/.prod.plan.yaml"),
    "hidden folder": rename(".prod/prod.plan.yaml"),
    "another folder": rename("node_modules/a/prod.plan.yaml"),
    "folder above": rename("../prod.plan.yaml"),
    "name like an option": rename("prod/--no-expect.plan.yaml"),
    "name like a revision": rename("prod/base:prod.plan.yaml"),
    "name that is near": rename("prod/prod-plan.yaml"),
    "name in other letters": rename("prod/prod.pl\u0430n.yaml"),
    **{
        way.__name__.replace("_", " "): way
        for way in (
            link_to_another_plan,
            link_to_nothing,
            link_the_folder,
            link_the_folder_to_an_environment,
            put_a_folder_in_its_place,
            call_its_folder_an_environment,
            put_a_file_called_like_the_pattern_beside_it,
            write_it_in_utf_16,
            empty_it,
            put_a_repository_around_it,
            put_it_into_a_submodule,
            delete_it,
            let_git_ignore_it,
            put_it_into_an_environment_that_git_ignores,
            make_it_a_pipe,
            add_a_second_document,
            begin_it_with_a_mark,
            put_another_beside_it_in_another_letter_case,
            leave_it_out_by_a_sparse_checkout,
            leave_it_out_by_sparse_patterns,
            skip_it_in_the_working_tree,
        )
    },
}


def make_base(top: Path) -> None:
    """A plan that passes and one that fails, in a revision called `base`."""
    for name, text in (("exp/exp.plan.yaml", DONE), (FAILING, PLAN), ("aisafe.yaml", EXPECT)):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    git(top, "init", "-q", "-b", "base")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "base")
    git(top, "switch", "-q", "-c", "change")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The repository that `make_base` makes."""
    return copy_once(make_base, tmp_path / "top")


# Each call with its options; what the configuration expects is asked in the last two.
CALLS = {
    "folder": (".", "--no-expect"),
    "pattern": ("**/*.plan.yaml", "--no-expect"),
    "name": ("*", "--no-expect"),
    "file": (FAILING, "--no-expect"),
    "twice": (".", "prod", "prod/../prod", "--no-expect"),
    "trusted": (".", "--no-expect", "--trusted-ref", "base", "--strict"),
    "expected": (".",),
    "expected of the revision": (".", "--trusted-ref", "base"),
}
# The codes of the calls in their order, where that is not the usual one, and what the first of them says.
JUDGED, REFUSED, GONE = "11112111", "22222222", "00223122"
BY_NAME = "because the name of a plan ends with .plan.yaml"
CODES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("ending", "hidden name", "letter case", "name like a revision", "name like an option"), ("11221112", "AB-14")
    ),
    **dict.fromkeys(("another folder", "hidden folder"), ("11223112", "AB-14")),
    **dict.fromkeys(
        ("ending that is none", "name that is none", "name that is near", "name in other letters"), (GONE, BY_NAME)
    ),
    **dict.fromkeys(("delete it", "folder above"), (GONE, "PASS")),
    **dict.fromkeys(("leave it out by a sparse checkout", "leave it out by sparse patterns"), ("00222222", "PASS")),
    **dict.fromkeys(("link the folder", "link the folder to an environment"), ("00200102", "2 plans: 2 pass")),
    "add a second document": (REFUSED, "a second document begins here"),
    "empty it": (REFUSED, "the input is empty"),
    "link to another plan": ("00200102", "2 plans: 2 pass"),
    "link to nothing": (REFUSED, "No such file"),
    "make it a pipe": (REFUSED, "is not a regular file"),
    "put a folder in its place": ("22202222", "is a folder, not a file"),
    "put a repository around it": ("22222121", "which is a separate repository"),
    "put it into a submodule": (GONE, "prod: is a submodule that is not checked out"),
    "put it into an environment that git ignores": (GONE, ".venv: is the environment of a program"),
    "skip it in the working tree": ("00223222", "PASS"),
    "write it in utf 16": (REFUSED, "not UTF-8"),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_hides_a_plan_that_fails(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], way: str
) -> None:
    """Where a call ends with 0, nothing is left that is a plan by its name, and the last call ends with 2."""
    monkeypatch.chdir(repository)
    WAYS[way](repository)
    if not any(word in way for word in ("sparse", "skip", "pipe")):
        git(repository, "add", "-A")
    git(repository, "commit", "-q", "--allow-empty", "-m", "change")
    codes, told = "", []
    for words in CALLS.values():
        try:
            codes += str(int(run(["check", *words, "-q", *AS_OF])))
            told.append("".join(capfd.readouterr()))
        except AisafeError as error:
            codes += str(int(error.exit_code))
            told.append(describe(error))
    expected, said = CODES.get(way, ("11211111", "AB-14"))
    assert codes == expected
    assert said in told[0]
    assert codes[-1] != "0"
    assert "prod" in told[-1]


@pytest.mark.parametrize("order", [("exp", "prod"), ("prod", "exp")])
def test_each_path_to_a_plan_is_judged_by_its_own_configuration(
    run_here: Called, repository: Path, order: tuple[str, str]
) -> None:
    link_to_another_plan(repository)
    (repository / "prod" / "aisafe.yaml").write_text("fail_under: 100\n")
    paths = [f"{name}/{name}.plan.yaml" for name in order]
    done = run_here("check", *paths, "--quiet", "--no-expect", *AS_OF, cwd=repository)
    assert done.returncode == 1
    *blocking, total = done.stdout.splitlines()
    assert {line.split(":")[0] for line in blocking} == {path for path in paths if "prod" in path}
    assert total == "2 plans: 1 pass, 1 fail"


def test_one_path_written_in_several_ways_is_judged_once(run_here: Called, repository: Path) -> None:
    ways = ("exp/exp.plan.yaml", "./exp//exp.plan.yaml", os.path.join(repository, "exp", "exp.plan.yaml"), "exp", "ex*")
    done = run_here("check", *ways, "--quiet", "--no-expect", *AS_OF, cwd=repository)
    assert (done.returncode, done.stdout.count("PASS  ")) == (0, 1)
