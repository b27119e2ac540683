"""Ways by which a change could hide a plan that fails. None of them ends with a pass."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Program
from test_git import git
from test_trusted_ref import DONE, PLAN

AS_OF = ("--as-of", "2026-06-01")
FAILING = "prod/prod.plan.yaml"


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


WAYS = {
    "ending": rename("prod/prod.plan.yml"),
    "letter case": rename("prod/PROD.PLAN.YAML"),
    "ending that is none": rename("prod/prod.plan.json"),
    "name that is none": rename("prod/prod.yaml"),
    "hidden name": rename("prod/.prod.plan.yaml"),
    "hidden folder": rename(".prod/prod.plan.yaml"),
    "another folder": rename("node_modules/a/prod.plan.yaml"),
    "folder above": rename("../prod.plan.yaml"),
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
        )
    },
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A plan that passes and one that fails, in a revision called `base`."""
    top = tmp_path / "top"
    for name, text in (("exp/exp.plan.yaml", DONE), (FAILING, PLAN)):
        (top / name).parent.mkdir(parents=True)
        (top / name).write_text(text)
    git(top, "init", "-q", "-b", "base")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "base")
    git(top, "switch", "-q", "-c", "change")
    return top


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", [".", "*", "**/*.plan.yaml"])
def test_no_change_hides_a_plan_that_fails(aisafe: Program, repository: Path, way: str, word: str) -> None:
    WAYS[way](repository)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "--allow-empty", "-m", "change")
    done = aisafe("check", word, "--trusted-ref", "base", "--strict", *AS_OF, cwd=repository)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "prod" in done.stdout + done.stderr


@pytest.mark.parametrize("order", [("exp", "prod"), ("prod", "exp")])
def test_each_path_to_a_plan_is_judged_by_its_own_configuration(
    aisafe: Program, repository: Path, order: tuple[str, str]
) -> None:
    link_to_another_plan(repository)
    (repository / "prod" / "aisafe.yaml").write_text("fail_under: 100\n")
    paths = [f"{name}/{name}.plan.yaml" for name in order]
    done = aisafe("check", *paths, "--quiet", *AS_OF, cwd=repository)
    assert done.returncode == 1
    *blocking, total = done.stdout.splitlines()
    assert {line.split(":")[0] for line in blocking} == {path for path in paths if "prod" in path}
    assert total == "2 plans: 1 pass, 1 fail"


def test_one_path_written_in_several_ways_is_judged_once(aisafe: Program, repository: Path) -> None:
    ways = ("exp/exp.plan.yaml", "./exp//exp.plan.yaml", os.path.join(repository, "exp", "exp.plan.yaml"), "exp", "ex*")
    done = aisafe("check", *ways, "--quiet", *AS_OF, cwd=repository)
    assert (done.returncode, done.stdout.count("PASS  ")) == (0, 1)
