"""A folder of a model: which names count, and the hash of what was read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from aisafe_cli.errors import FileError
from aisafe_cli.io import folder as folders
from aisafe_cli.io.folder import ModelFolder, list_files, list_folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files, folders, and links as the Hub's cache has them and others."""
    for name in ("m/b.txt", "m/a.json", "m/sub/x", "blobs/1", "blobs/inner/x", "other/2"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    links = {"cached": "../blobs/1", "gone": "../blobs/3", "elsewhere": "../other/2", "linked": "sub", "in": "a.json"}
    for name, target in {**links, "folder": "../blobs/inner", "deep": "../blobs/inner/x"}.items():
        (tmp_path / "m" / name).symlink_to(target)
    return tmp_path / "m"


def test_regular_files_count_and_links_into_the_cache(folder: Path) -> None:
    assert list_files(str(folder)) == ModelFolder(str(folder)).list_names() == ("a.json", "b.txt", "cached")
    assert list_folders(str(folder)) == ("sub",)


def test_a_file_beside_a_folder_of_blobs_is_one_whatever_the_current_folder(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    assert list_files(".") == ("a.json", "b.txt", "cached")


def test_a_great_folder_is_listed_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_MAX_ENTRIES", 2)
    assert len(list_files(str(folder))) + len(list_folders(str(folder))) <= 2


@pytest.mark.parametrize("list_names", [list_files, list_folders, ModelFolder])
def test_what_cannot_be_listed_is_an_error(folder: Path, list_names) -> None:
    with pytest.raises(FileError) as raised:
        list_names(str(folder / "a.json"))
    assert str(raised.value) == f"{folder / 'a.json'}: cannot be listed: {os.strerror(20)}"


def test_the_hash_is_that_of_the_names_and_of_what_was_read(folder: Path) -> None:
    some = ModelFolder(str(folder), ("a.json", "b\udcff"))
    digest = hashlib.sha256(b"a.json\0b\xff")
    assert some.list_names() == ("a.json", "b\udcff")
    assert some.sha256 == digest.hexdigest()
    assert some.read_start("a.json", 4) == b"m/a."
    digest.update(b"m/a.")
    assert some.sha256 == digest.hexdigest()
    assert ModelFolder(str(folder), ()).list_names() == ()
