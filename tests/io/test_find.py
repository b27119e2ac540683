"""Which plans a path names, and what of a folder is not searched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from test_git import git

from aisafe_cli.errors import FileError, NothingToEvaluate
from aisafe_cli.io.find import (
    find_matching,
    find_plans,
    find_start,
    is_pattern,
    is_plan_name,
    leads_into,
    list_folders_upward,
    matches_pattern,
)

as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, in no repository."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def make_environment(folder: Path, name: str, plan: str = "lib/a.plan.yaml", mark: str = "pyvenv.cfg") -> None:
    touch(folder, f"{name}/{mark}", f"{name}/bin/python", f"{name}/{plan}")


def run_git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


# --- folders --------------------------------------------------------------------------------------------------------


def test_plans_are_found_in_a_fixed_order(here: Path) -> None:
    touch(here, "b.plan.yaml", "a.plan.yaml", "z/c.plan.yaml", "m/n/d.plan.yaml", "m/a.plan.yaml", "B.plan.yaml")
    touch(here, "plan.yaml", "notes.yaml", ".hidden/e.plan.yaml")
    assert find_plans(".").paths == (
        "B.plan.yaml",
        "a.plan.yaml",
        "b.plan.yaml",
        ".hidden/e.plan.yaml",
        "m/a.plan.yaml",
        "m/n/d.plan.yaml",
        "z/c.plan.yaml",
    )


def test_a_way_back_from_behind_a_link_leads_where_the_system_goes(here: Path) -> None:
    touch(here, "a.plan.yaml", "../there/b.plan.yaml", "../there/deep/x")
    (here / "link").symlink_to("../there/deep")
    assert find_plans("link/..").paths == ("link/../b.plan.yaml",)
    assert find_plans("./").paths == ("a.plan.yaml",)


def test_the_order_does_not_depend_on_the_file_system(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(here, "b/x.plan.yaml", "a/x.plan.yaml", "c.plan.yaml", "d.plan.yaml")
    scan = os.scandir

    class Backwards:
        def __init__(self, path: str) -> None:
            self._entries = sorted(scan(path), key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self._entries

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(os, "scandir", Backwards)
    assert find_plans(".").paths == ("c.plan.yaml", "d.plan.yaml", "a/x.plan.yaml", "b/x.plan.yaml")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.plan.yaml", True),
        ("a.plan.yml", True),
        ("A.PLAN.YAML", True),
        ("a.Plan.yMl", True),
        (".plan.yaml", True),
        ("plan.yaml", False),
        ("a-plan.yaml", False),
        ("a.plan.json", False),
        ("a.plan.yaml.bak", False),
    ],
)
def test_names_of_plans(name: str, expected: bool) -> None:
    assert is_plan_name(name) is expected


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a-plan.yaml", "", True),
        ("plan.yml", "", True),
        ("a.pl\u0430n.yaml", "", True),
        ("a.plan.yaml ", "", True),
        ("a.yaml", "schema_version: 1\nmodel: {}\nchannels: []\n", True),
        ("a.json", '{"schema_version": 1,\n "channels": []}', True),
        ("A.YML", "{schema_version: 1,\nchannels: []}", True),
        ("a\u3002yaml", "channels: []\nschema_version: 1\n", True),
        ("deep/a.yaml", "schema_version: 1\nchannels: []\n", True),
        ("a.yaml", "schema_version: 1\nsafeguards: []\n", False),
        ("a.yaml", "x:\n  - channels: 1\n# schema_version: 1\n", False),
        ("a.txt", "schema_version: 1\nchannels: []\n", False),
        ("a.json", '{"schema_version": 1,\n  "channels": []}\n', True),
        ("report.json", '{\n  "plans": [{\n    "channels": []}],\n  "schema_version": 1}\n', False),
        ("baseline.yaml", "schema_version: 1\nplans:\n  - path: a\n    channels: []\n", False),
        ("explanation.yaml", "", False),
        ("a.plan.yml", "", False),
    ],
)
def test_a_file_that_looks_like_a_plan_and_is_none_by_its_name_is_told(here: Path, name, text, told) -> None:
    touch(here, "b.plan.yaml", name)
    (here / name).write_text(text)
    lines = [line for line in find_plans(".").passed_over if line.startswith(f"{name.strip()}")]
    assert [line.endswith("was not checked, because the name of a plan ends with .plan.yaml") for line in lines] == [
        True
    ] * told


def test_a_submodule_that_is_not_checked_out_is_told(here: Path) -> None:
    touch(here, "a.plan.yaml", "there/x", "there/deep/x")
    for name in ("gone", "X", "there/gone"):
        (here / name).mkdir()
    for name, paths in ((".", ("gone", "there", "nowhere", "a\0b", '"X"', here / "gone")), ("there", ("gone", "deep"))):
        sections = (f'[submodule "{path}"]\n\tpath = {path}\n\turl = x\n' for path in paths)
        (here / name / ".gitmodules").write_text("".join(sections))
    assert find_plans(".").passed_over == tuple(
        f"{name}: is a submodule that is not checked out, so it was not searched"
        for name in ("gone", "X", "there/gone")
    )


PATTERNS = [
    "a",
    "a/b",
    "a/**",
    "**/p.plan.yaml",
    "a/*/p.plan.yaml",
    "?/b/**/*.plan.yaml",
    "[ab]/**/[pq].*",
    "c/**",
    "**",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_a_path_as_a_search_finds_it(here: Path, pattern: str) -> None:
    files = (
        "a/p.plan.yaml",
        "a/b/p.plan.yaml",
        "a/b/q.PLAN.yml",
        "b/b/c/p.plan.yaml",
        "p.plan.yaml",
        "[x]/p.plan.yaml",
    )
    touch(here / "[x]", *files)
    start = str(here / "[x]")
    try:
        found = {os.path.relpath(path, start) for path in find_matching(start, pattern)}
    except NothingToEvaluate:
        found = set()
    assert {name for name in files if matches_pattern(name, pattern)} == found
    folders = {os.path.dirname(name) for name in found if "/" in name}
    assert all(leads_into(folder, pattern) for folder in folders)
    assert leads_into("d", pattern) == (pattern.startswith(("**", "?")))


@pytest.mark.parametrize("pattern", [".", "*", "*.plan.yaml", "**", "**/a.plan.yaml", "?.plan.yaml"])
def test_a_plan_under_another_ending_or_in_another_letter_case_is_found(here: Path, pattern: str) -> None:
    touch(here, "a.plan.yml", "a.PLAN.YAML")
    assert [os.path.basename(path) for path in find_plans(pattern).paths] == ["a.PLAN.YAML", "a.plan.yml"]


def test_what_is_almost_called_a_plan_is_told(here: Path) -> None:
    touch(here, "a.plan.yaml", "b.plan.json", "c.plan.yaml.off", "deep/D.PLAN.txt", "notes.yaml", "planning.md")
    found = find_plans(".")
    assert found.paths == ("a.plan.yaml",)
    assert [line.partition(":")[0] for line in found.passed_over] == [
        "b.plan.json",
        "c.plan.yaml.off",
        "deep/D.PLAN.txt",
    ]


@pytest.mark.parametrize("kind", ["folder", "linked folder", "dangling link", "circle", "pipe"])
def test_what_is_called_a_plan_and_is_none_is_found_so_that_reading_it_fails(here: Path, kind: str) -> None:
    touch(here, "a.plan.yaml", "elsewhere/x")
    (here / "circle.md").symlink_to("circle.md")
    path = here / "b.plan.yaml"
    if kind == "folder":
        touch(here, "b.plan.yaml/inner.txt")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"linked folder": "elsewhere", "circle": "b.plan.yaml"}.get(kind, "nowhere"))
    assert find_plans(".").paths == ("a.plan.yaml", "b.plan.yaml")
    assert find_plans("*.plan.yaml").paths == ("a.plan.yaml", "b.plan.yaml")
    assert not any("circle" in line for line in find_plans(".").passed_over)


def test_linked_folders_are_not_followed_and_those_elsewhere_are_told(here: Path, tmp_path: Path, monkeypatch) -> None:
    touch(tmp_path, "outside/a.plan.yaml")
    touch(here, "plans/b.plan.yaml")
    (here / "link").symlink_to(tmp_path / "outside")
    (here / "loop").symlink_to(".")
    (here / "again").symlink_to("plans")
    (here / "empty").mkdir()
    (here / "nothing").symlink_to("empty")
    (here / ".git").mkdir()
    (here / "git").symlink_to(".git")
    elsewhere = "is a link to a folder elsewhere, so it was not searched"
    twice = "is a link to a folder whose plans were found under its own name, so it was not searched"
    (tmp_path / "beside").mkdir()
    for path, shown in ((".", ""), ("**/*.plan.yaml", ""), ("../here", "../here/")):
        monkeypatch.chdir(tmp_path / "beside" if path == "../here" else here)
        found = find_plans(path)
        assert [os.path.normpath(one) for one in found.paths] == [os.path.normpath(f"{shown}plans/b.plan.yaml")]
        assert found.passed_over == (
            f"{shown}git: {elsewhere}",
            f"{shown}link: {elsewhere}",
            f"{shown}again: {twice}",
        )


@pytest.mark.parametrize("tracked", [True, False])
def test_the_examples_of_the_package_are_found_only_where_they_are_the_projects(here: Path, tracked: bool) -> None:
    touch(here, "a.plan.yaml", "vendor/aisafe_cli/__init__.py", "vendor/aisafe_cli/examples/b.plan.yaml")
    git(here, "init", "-q")
    if tracked:
        git(here, "add", "-A")
    found = find_plans(".")
    assert len(found.paths) == 1 + tracked
    assert found.passed_over == (
        () if tracked else ("vendor/aisafe_cli: is the environment of a program, so it was not searched",)
    )


def test_a_folder_without_plans_is_nothing_to_evaluate(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(NothingToEvaluate, match=r"^empty: no file named \*\.plan\.yaml in this folder$"):
        find_plans("empty")
    touch(here, "empty/a.plan.json")
    touch(here, "empty/b.plan.json")
    with pytest.raises(NothingToEvaluate) as raised:
        find_plans("empty")
    told = (
        f"; empty/{name}.plan.json: was not checked, because the name of a plan ends with .plan.yaml" for name in "ab"
    )
    assert str(raised.value) == f"empty: no file named *.plan.yaml in this folder{''.join(told)}"


@pytest.mark.parametrize("path", ["-", "missing", "a.plan.yaml", "b.txt"])
def test_the_name_of_a_file_names_it_alone(here: Path, path: str) -> None:
    touch(here, "a.plan.yaml", "b.txt")
    assert find_plans(path).paths == (path,)


@as_root
def test_a_folder_that_cannot_be_listed_is_said(here: Path) -> None:
    (here / "closed").mkdir(mode=0)
    for path in (".", "closed", "*/a", "**"):
        with pytest.raises(FileError, match="closed: cannot be listed"):
            find_plans(path)


def test_a_folder_that_the_system_does_not_list_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(here, "a.plan.yaml", "deep/b.plan.yaml")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("deep"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    for path in (".", "**", "*/*.plan.yaml"):
        with pytest.raises(FileError, match="deep: cannot be listed: Permission denied"):
            find_plans(path)


# --- patterns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.plan.yaml", ["a.plan.yaml", "b.plan.yaml"]),
        ("?.plan.yaml", ["a.plan.yaml", "b.plan.yaml"]),
        ("[!a].plan.yaml", ["b.plan.yaml"]),
        ("**/*.plan.yaml", ["a.plan.yaml", "b.plan.yaml", "one/.hidden/d.plan.yaml", "one/two/c.plan.yaml"]),
        ("**", ["a.plan.yaml", "b.plan.yaml", "one/.hidden/d.plan.yaml", "one/two/c.plan.yaml"]),
        ("one/**", ["one/.hidden/d.plan.yaml", "one/two/c.plan.yaml"]),
        ("one/**/**/c*", ["one/two/c.plan.yaml"]),
        ("**/two/*", ["one/two/c.plan.yaml", "one/two/notes.yaml"]),
        ("*/two", ["one/two/c.plan.yaml"]),
        ("one/*", ["one/.hidden/d.plan.yaml", "one/two/c.plan.yaml"]),
        ("./on?/two/c.plan.yaml", ["./one/two/c.plan.yaml"]),
        ("one//*/c*", ["one//two/c.plan.yaml"]),
        ("one/**/two/**", ["one/two/c.plan.yaml"]),
    ],
)
def test_patterns_name_files_in_a_fixed_order(here: Path, pattern: str, found: list[str]) -> None:
    git(here, "init", "-q")
    touch(here, *(f"{name}.plan.yaml" for name in ("b", "a", "one/two/c", "one/.hidden/d", ".git/e")))
    touch(here, "one/two/notes.yaml")
    make_environment(here, "venv")
    (here / "one" / "loop").symlink_to("..")
    assert is_pattern(pattern)
    assert find_plans(pattern).paths == tuple(found)
    assert find_plans(os.path.join(here, pattern)).paths == tuple(os.path.join(here, path) for path in found)


@pytest.mark.parametrize("pattern", ["none/*", "a.plan.yaml/*", "*.txt", "empty/*", "*pty"])
def test_a_pattern_that_names_no_plan_is_nothing_to_evaluate(here: Path, pattern: str) -> None:
    touch(here, "a.plan.yaml")
    (here / "empty").mkdir()
    with pytest.raises(NothingToEvaluate, match="no plan matches this pattern"):
        find_plans(pattern)


def test_a_file_or_folder_called_like_a_pattern_is_one_match_of_it(here: Path) -> None:
    touch(here, "a.plan.yaml", "*.plan.yaml", "**/*.plan.yaml", "deep/b.plan.yaml", "x[1].plan.yaml", "x1.plan.yaml")
    assert find_plans("*.plan.yaml").paths == ("*.plan.yaml", "a.plan.yaml", "x1.plan.yaml", "x[1].plan.yaml")
    assert {"a.plan.yaml", "*.plan.yaml", "**/*.plan.yaml", "deep/b.plan.yaml"} <= set(
        find_plans("**/*.plan.yaml").paths
    )
    assert find_plans("x[1].plan.yaml").paths == ("x1.plan.yaml", "x[1].plan.yaml")
    assert find_plans("*").paths == find_plans("**").paths
    assert "deep/b.plan.yaml" in find_plans("*").paths


@pytest.mark.parametrize(
    ("path", "start"),
    [("a/b.plan.yaml", "a/b.plan.yaml"), ("a", "a"), ("a/*/b", "a/"), ("/a/b/**", "/a/b/"), ("*.plan.yaml", ".")],
)
def test_a_search_starts_before_the_first_sign_of_a_pattern(path: str, start: str) -> None:
    assert find_start(path) == start


def test_an_ending_of_plans_is_the_last_part_of_a_name() -> None:
    assert matches_pattern("a.plan.b.plan.yml", "a.plan.b.plan.yaml")
    assert not matches_pattern("a.plan.b.plan.yml", "a.plan.yaml")


# --- environments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".venv", ".venv-3.12", ".tox/py311", "env311", "deep/own"])
@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_of_any_name_are_passed_over_and_told(here: Path, name: str, mark: str) -> None:
    git(here, "init", "-q")
    touch(here, "a.plan.yaml", ".git/x.plan.yaml")
    make_environment(here, name, mark=mark)
    found = find_plans(".")
    assert found.paths == ("a.plan.yaml",)
    assert found.passed_over == (f"{name}: is the environment of a program, so it was not searched",)
    assert find_plans(f"./{name}").paths == (f"./{name}/lib/a.plan.yaml",)
    assert find_plans(f"{name}/**").paths == (f"{name}/lib/a.plan.yaml",)


@pytest.mark.parametrize(
    "names",
    [("p/pyvenv.cfg",), ("p/bin/python",), ("p/__init__.py", "p/examples/x"), ("aisafe_cli/examples/a.plan.yaml",)],
)
def test_one_mark_of_an_environment_alone_hides_nothing(here: Path, names: tuple[str, ...]) -> None:
    plan = next((name for name in names if is_plan_name(name)), "p/a.plan.yaml")
    touch(here, *names, plan)
    assert find_plans(".").paths == (f"{plan}",)


@pytest.mark.parametrize("committed", [True, False])
def test_what_git_tracks_is_searched_whatever_it_looks_like(here: Path, committed: bool) -> None:
    touch(here, "a.plan.yaml")
    make_environment(here, "plans")
    run_git(here, "init", "-q")
    assert find_plans(".").paths == ("a.plan.yaml",)
    run_git(here, "add", "-f", "plans/lib/a.plan.yaml")
    if committed:
        run_git(here, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x")
    assert find_plans(".").paths == ("a.plan.yaml", "plans/lib/a.plan.yaml")
    assert find_plans("*/**").paths == ("plans/lib/a.plan.yaml",)


def test_where_git_cannot_tell_everything_is_searched_in_a_repository(here: Path, monkeypatch) -> None:
    touch(here, "a.plan.yaml")
    make_environment(here, "plans")
    monkeypatch.setenv("PATH", str(here))
    assert find_plans(".").paths == ("a.plan.yaml",)
    (here / ".git").mkdir()
    assert find_plans(".").paths == ("a.plan.yaml", "plans/lib/a.plan.yaml")
    monkeypatch.undo()  # git is there, and cannot read what is no repository
    assert find_plans(str(here)).paths == (str(here / "a.plan.yaml"), str(here / "plans/lib/a.plan.yaml"))


# --- folders above --------------------------------------------------------------------------------------------------


def test_in_a_repository_the_folders_above_end_with_its_top(here: Path) -> None:
    touch(here, "top/.git/x", "top/a/b/x")
    below = [str(here / "top" / "a" / "b"), str(here / "top" / "a"), str(here / "top")]
    assert list_folders_upward(below[0]) == tuple(below)
    assert list_folders_upward(below[2]) == (below[2],)


def test_outside_of_a_repository_the_folders_above_end_at_home(here: Path, tmp_path: Path) -> None:
    assert list_folders_upward(str(here)) == (str(here), str(tmp_path))


def test_outside_of_home_the_folders_above_end_at_the_root(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    assert list_folders_upward(str(here))[-1] == os.path.abspath(os.sep)
