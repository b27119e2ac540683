"""What a configuration expects to be judged, and what is told where something was not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aisafe_cli.domain.settings import DEFAULTS, Setting
from aisafe_cli.session.expected_plans import Expectation, resolve_place

FILES = ("a.plan.yaml", "in/b.plan.yml", "in/deep/c.plan.yaml", "in/notes.yaml", "out/d.plan.yaml")
PLANS = tuple(name for name in FILES if ".plan." in name)
NAMED = "aisafe.yaml:1: "


def expect(folder: str, **held: Any) -> Expectation:
    settings = [
        Setting(name=name, value=held.get(name.partition(".")[2], value), source=f"{NAMED}{name}")
        for name, value in DEFAULTS.items()
    ]
    return Expectation(settings, folder)


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, among them plans, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def in_revision(top: Path, *names: str, moved: tuple[str, ...] = ()) -> Any:
    """What asks a trusted revision of these files, of which some no longer stand where they were."""
    base = SimpleNamespace(top=str(top), name="main", stands=lambda inside: inside not in moved)
    base.asked = {}

    def list_files(is_searched: Any) -> tuple[str, ...]:
        base.asked |= {folder: is_searched(folder) for folder in ("in", "in/deep", "out", "other")}
        return names

    base.list_files = list_files
    return SimpleNamespace(base=base)


def told(top: Path, held: Mapping[str, Any], judged: tuple[str, ...], revision: Any = None, folder: str = ".") -> Any:
    """The plans that are told as missing, or whole messages that name none."""
    errors = expect(folder, **held).list_unmet([resolve_place(str(top / name)) for name in judged], revision)
    return [str(error) for error in errors]


def missing(name: str) -> str:
    return f"{name}: was not judged, but {NAMED}expect.patterns expects it; name it on the command line too"


def gone(name: str) -> str:
    return (
        f"{name}: was not judged, but {NAMED}expect.all_of_revision expects it, since main has it; keep it"
        " and name it on the command line, or list it under `expect.except` in main first"
    )


def too_few(least: str, number: int) -> str:
    wanted = f"{NAMED}expect.at_least: expects at least {least}"
    return f"{wanted}, but this run judged {number}; name all folders with plans in one call"


@pytest.mark.parametrize(
    ("held", "judged", "lines"),
    [
        ({}, (), []),
        ({"patterns": ("**",)}, FILES, []),
        ({"patterns": ("**",)}, ("in/b.plan.yml",), ["a.plan.yaml", "in/deep/c.plan.yaml", "out/d.plan.yaml"]),
        ({"patterns": ("in", "*.plan.yaml")}, (), ["in/b.plan.yml", "in/deep/c.plan.yaml", "a.plan.yaml"]),
        ({"patterns": ("in/**",), "except": ("in/*.plan.yaml",)}, (), ["in/deep/c.plan.yaml"]),
        ({"patterns": ("in/notes.*",)}, (), ["in/notes.yaml"]),
        ({"patterns": ("**",), "except": ("in", "out")}, ("a.plan.yaml",), []),
    ],
)
def test_plans_that_are_there_and_were_not_judged_are_told(top: Path, held, judged, lines) -> None:
    assert told(top, held, judged) == [missing(name) for name in lines]


def test_a_pattern_that_names_nothing_is_told(top: Path) -> None:
    (line,) = told(top, {"patterns": ("none/*",)}, FILES)
    assert line == (f"{NAMED}expect.patterns: expects plans, but there are none: none/*: no plan matches this pattern")


def test_a_plan_of_another_folder_is_named_from_the_current_one(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top / "out")
    assert told(top, {"patterns": ("*.yml",)}, (), folder="../in") == [missing("../in/b.plan.yml")]


@pytest.mark.parametrize(
    ("held", "judged", "lines"),
    [
        ({"at_least": 2}, FILES, []),
        ({"at_least": 4}, PLANS, []),
        ({"at_least": 5}, PLANS, [too_few("5 plans", 4)]),
        ({"at_least": 1}, (), [too_few("1 plan", 0)]),
        ({"at_least": 3, "except": ("in",)}, PLANS, [too_few("3 plans", 2)]),
        ({"at_least": 1}, ("../elsewhere.plan.yaml",), [too_few("1 plan", 0)]),
        ({"at_least": 4, "patterns": ("in/*",)}, FILES, [too_few("4 plans", 3)]),
    ],
)
def test_a_number_that_was_not_reached_is_told(top: Path, held, judged, lines) -> None:
    assert told(top, held, judged) == lines


@pytest.mark.parametrize(
    ("held", "judged", "lines"),
    [
        ({}, (), ["a.plan.yaml", "in/b.plan.yml", "in/deep/c.plan.yaml", "out/d.plan.yaml"]),
        ({}, FILES, []),
        ({"except": ("in",)}, ("a.plan.yaml",), ["out/d.plan.yaml"]),
        ({"patterns": ("*.plan.yaml",)}, ("a.plan.yaml",), []),
        ({"patterns": ("in/n*",)}, ("in/notes.yaml",), []),
    ],
)
def test_plans_of_a_revision_are_expected(top: Path, held, judged, lines) -> None:
    revision = in_revision(top, *FILES)
    assert told(top, {**held, "all_of_revision": True}, judged, revision) == [gone(name) for name in lines]
    assert told(top, {**held, "all_of_revision": True}, judged) == []
    assert told(top, {"except": ("**",)}, judged, revision) == []


def test_a_file_that_patterns_name_is_expected_of_a_revision_whatever_it_is_called(top: Path) -> None:
    (top / "in" / "notes.yaml").unlink()
    lines = told(top, {"patterns": ("in/*",), "all_of_revision": True}, FILES[:4], in_revision(top, *FILES))
    assert lines == []
    lines = told(top, {"patterns": ("in/*",), "all_of_revision": True}, FILES[:3], in_revision(top, *FILES))
    assert lines == [gone("in/notes.yaml")]


def test_what_stands_elsewhere_now_was_not_judged_as_the_plan_that_it_was(top: Path) -> None:
    revision = in_revision(top, *FILES, moved=("in/b.plan.yml",))
    assert told(top, {"all_of_revision": True}, FILES, revision) == [gone("in/b.plan.yml")]


@pytest.mark.parametrize(
    ("folder", "held", "searched"),
    [
        (".", {}, {"in", "in/deep", "out", "other"}),
        ("in", {}, {"in", "in/deep"}),
        ("in/deep", {}, {"in", "in/deep"}),
        (".", {"except": ("in",)}, {"out", "other"}),
        (".", {"patterns": ("in/**", "o*/x.plan.yaml")}, {"in", "in/deep", "out", "other"}),
        (".", {"patterns": ("in/*/*",)}, {"in", "in/deep"}),
    ],
)
def test_only_submodules_that_may_hold_expected_plans_are_looked_into(top: Path, folder, held, searched) -> None:
    revision = in_revision(top)
    told(top, {**held, "all_of_revision": True, "patterns": held.get("patterns", ())}, FILES, revision, folder)
    assert {name for name, is_searched in revision.base.asked.items() if is_searched} == searched


def test_what_asks_for_a_revision_is_named() -> None:
    assert expect(".").needs_revision is None
    assert expect(".", all_of_revision=True).needs_revision == f"{NAMED}expect.all_of_revision"


def test_the_place_of_a_file_has_its_own_name_in_the_folder_that_links_lead_to(top: Path) -> None:
    (top / "linked").symlink_to("in")
    (top / "in" / "name").symlink_to("b.plan.yml")
    assert resolve_place("linked/name") == os.path.join(os.path.realpath(top / "in"), "name")
    assert resolve_place("name") == os.path.join(os.path.realpath(top), "name")
