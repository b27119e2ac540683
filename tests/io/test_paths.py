"""Names of files: what is above, below and in them, and how they are written out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aisafe_cli.io.paths import (
    find_top,
    is_below,
    list_folders_above,
    list_names,
    name_place,
    path_exists,
    show_path,
    write_path_out,
)


def test_the_folders_above_a_folder_end_with_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    above = [str(tmp_path / "a"), str(tmp_path), *map(str, tmp_path.parents)]
    assert list_folders_above("a") == list_folders_above("b/../a") == tuple(above)
    assert list_folders_above(os.sep) == (os.sep,)


def test_the_top_of_a_repository_is_the_nearest_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / "outer" / "inner" / "deep").mkdir(parents=True)
    (tmp_path / "outer" / ".git").mkdir()
    (tmp_path / "outer" / "inner" / ".git").symlink_to("nowhere")
    assert path_exists(str(tmp_path / "outer" / "inner" / ".git"))
    assert find_top(str(tmp_path / "outer" / "inner" / "deep")) == str(tmp_path / "outer" / "inner")
    assert find_top(str(tmp_path / "outer")) == str(tmp_path / "outer")
    assert find_top(str(tmp_path)) is None


def test_names_are_sorted_and_those_of_no_folder_are_none(tmp_path: Path) -> None:
    for name in ("b", "a", "C", ".d"):
        (tmp_path / name).touch()
    assert list_names(str(tmp_path)) == [".d", "C", "a", "b"]
    assert list_names(str(tmp_path / "nowhere")) == []


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("-", "-"),
        ("a", "{here}/a"),
        ("./a//b/./c", "{here}/a/b/c"),
        ("link/../a", "{here}/link/../a"),
        ("/x/./y/", "/x/y"),
        ("./-", "{here}/-"),
    ],
)
def test_a_path_is_written_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, written: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert os.sep + write_path_out(path).lstrip(os.sep) == os.sep + written.format(here=tmp_path).lstrip(os.sep)


@pytest.mark.parametrize(
    ("path", "top", "expected"),
    [
        ("/a/b", "/a/b", True),
        ("/a/b/c", "/a/b", True),
        ("/a/b/c", "/a/b/", True),
        ("/a/bc", "/a/b", False),
        ("/a", "/a/b", False),
        ("/a", "/", True),
    ],
)
def test_what_is_below_a_folder(path: str, top: str, expected: bool) -> None:
    assert is_below(path, top) is expected


def test_a_place_has_the_name_of_the_file_and_not_what_a_link_of_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "link").symlink_to("deep")
    (tmp_path / "deep" / "file").symlink_to("nowhere")
    assert name_place(str(tmp_path / "link" / "file")) == "deep/file"


def test_a_name_is_shown_as_utf_8_also_where_no_file_can_have_it() -> None:
    assert show_path("\udcc3\udca9") == "é"
    assert show_path("a\ud800") == "a\\u{d800}"
