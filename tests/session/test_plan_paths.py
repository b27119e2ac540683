"""Which plans the paths of a call name, each once, and whose configuration holds for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_git import copy_once
from test_plans_in_git import make_plans

from aisafe_cli.errors import FileError
from aisafe_cli.session.plan_paths import find_each_plan, folder_of


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with plans, a link to one of them, and what looks like a plan."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.plan.yaml", "in/b.plan.yaml", "in/main:c.plan.yaml", "in/d-plan.yaml", "e-plan.yaml", "empty/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link.plan.yaml").symlink_to("a.plan.yaml")
    return tmp_path


BY_NAME = "was not checked, because the name of a plan ends with .plan.yaml"
IN_NONE = "no file named *.plan.yaml in this folder"


@pytest.mark.parametrize(
    ("paths", "plans", "errors", "notes"),
    [
        ([], [], [], []),
        (["a.plan.yaml", "{here}/a.plan.yaml", "./a.plan.yaml", ".//a.plan.yaml"], ["a.plan.yaml"], [], []),
        (["a.plan.yaml", "link.plan.yaml"], ["a.plan.yaml", "link.plan.yaml"], [], []),
        (["-", "-", "none"], ["-", "none"], [], []),
        (["v1:a.plan.yaml", "v1:a.plan.yaml"], ["v1:a.plan.yaml"], [], []),
        (["in/main:c.plan.yaml"], ["in/main:c.plan.yaml"], [], []),
        (["in", "in/b*"], ["in/b.plan.yaml", "./in/main:c.plan.yaml"], [], [f"in/d-plan.yaml: {BY_NAME}"]),
        (["in/*", "./in"], ["in/b.plan.yaml", "in/d-plan.yaml", "./in/main:c.plan.yaml"], [], "in/d ./in/d"),
        (["empty", "x*", "a*"], ["a.plan.yaml"], [f"empty: {IN_NONE}", "x*: no plan matches this pattern"], "./e"),
    ],
)
def test_each_plan_is_named_once_and_what_was_not_found_is_told(here: Path, paths, plans, errors, notes) -> None:
    found, wrong, told = find_each_plan([path.format(here=here) for path in paths])
    assert found == plans
    assert [str(error).partition("; ")[0] for error in wrong] == errors
    if isinstance(notes, str):
        notes = [f"{start}-plan.yaml: {BY_NAME}" for start in notes.split()]
    assert [note.replace("./e-", "e-") for note in told] == [note.replace("./e-", "e-") for note in notes]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("-", "."),
        ("main:deep/b.plan.yaml", "."),
        ("a.plan.yaml", "."),
        ("in/a.plan.yaml", "in"),
        ("./main:a", "."),
        ("/x/y/a:b", "/x/y"),
    ],
)
@pytest.mark.usefixtures("here")
def test_the_configuration_of_a_plan_is_that_of_its_folder(name: str, folder: str) -> None:
    assert folder_of(name) == folder


def test_a_name_that_is_ambiguous_is_in_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy_once(make_plans, tmp_path))
    Path("main:a.plan.yaml").touch()
    with pytest.raises(FileError, match="is both a file and a path"):
        folder_of("main:a.plan.yaml")
    assert os.path.exists("main:a.plan.yaml")
