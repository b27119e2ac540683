"""Files as they stand in a git revision."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aisafe_cli.errors import FileError
from aisafe_cli.io.git import find_root, read_at, resolve_revision, tracks_files

NAMED = {
    f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b"))
}


def git(folder: Path, *arguments: str) -> str:
    settings = {**os.environ, **NAMED, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], env=settings, check=True, capture_output=True, encoding="utf-8"
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit of files and one in which the first of them has changed."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "deep").mkdir()
    (tmp_path / "plan.yaml").write_text("old\n")
    (tmp_path / "deep" / "a b.yaml").write_text("deep\n")
    (tmp_path / "link.yaml").symlink_to("plan.yaml")
    (tmp_path / ".gitattributes").write_text("*.yaml text eol=crlf\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "plan.yaml").write_text("new\n")
    git(tmp_path, "commit", "-q", "-a", "-m", "second")
    return tmp_path


def test_a_file_reads_as_it_was_stored(repository: Path) -> None:
    assert read_at("HEAD~1", "plan.yaml", str(repository), 100) == b"old\n"
    assert read_at("main", "plan.yaml", str(repository), 100) == b"new\n"
    assert read_at("HEAD", "deep/a b.yaml", str(repository / "deep"), 100) == b"deep\n"


@pytest.mark.parametrize("path", ["absent.yaml", "deep", "link.yaml", "*.yaml", ":(top)plan.yaml", "../plan.yaml"])
def test_what_is_no_regular_file_there_is_none(repository: Path, path: str) -> None:
    assert read_at("HEAD", path, str(repository), 100) is None


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "", "HEAD:plan.yaml", "HEAD\nmain"])
def test_an_unknown_revision_is_an_error(repository: Path, revision: str) -> None:
    with pytest.raises(FileError, match="no such revision"):
        read_at(revision, "plan.yaml", str(repository), 100)


def test_a_file_over_the_limit_is_an_error(repository: Path) -> None:
    with pytest.raises(FileError, match="larger than 3 bytes"):
        read_at("HEAD", "plan.yaml", str(repository), 3)


def test_the_folder_says_which_repository_is_meant(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert resolve_revision("main", str(repository)) == git_hash(repository)
    assert os.path.samefile(find_root(str(repository / "deep")), repository)


def test_without_a_repository_or_without_git_there_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileError, match="not in a git repository"):
        find_root(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileError, match="git cannot be run"):
        find_root(str(tmp_path))


def git_hash(folder: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "GIT_DIR"}
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], env=clean, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


def make_program(folder: Path, name: str = "git") -> Path:
    """A program of this name that tells that it ran."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\ntouch '{folder}/ran'\n")
    path.chmod(0o755)
    return folder / "ran"


@pytest.mark.parametrize(
    "search",
    ["", ".", "bin", "./bin", "{here}", "{here}/bin", "{top}", "{top}/bin", "{link}"],
)
def test_git_is_never_taken_from_what_is_checked(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    here, link = repository / "deep", tmp_path_factory.mktemp("outside") / "link"
    link.symlink_to(repository / "bin")
    ran = [make_program(folder) for folder in (here, here / "bin", repository, repository / "bin")]
    monkeypatch.chdir(here)
    first = search.format(here=here, top=repository, link=link)
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
    assert os.path.samefile(find_root("."), repository)
    monkeypatch.setenv("PATH", first)
    with pytest.raises(FileError, match="in no folder of PATH outside of the one that is checked"):
        find_root(".")
    assert not any(path.exists() for path in ran)


def test_git_of_elsewhere_is_found_from_the_root_folder(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.chdir(os.sep)
    assert os.path.samefile(find_root(str(repository)), repository)


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
)
def test_no_variable_points_git_at_another_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expected = git_hash(repository)
    monkeypatch.setenv(name, "/nowhere")
    assert resolve_revision("main", str(repository)) == expected
    assert tracks_files(str(repository))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_read_where_the_environment_calls_it_safe(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = git_hash(repository)
    os.chown(repository, 12345, 12345)
    os.chown(repository / ".git", 12345, 12345)
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(
        FileError, match=r"belongs to another user.*GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe\.directory"
    ):
        resolve_revision("main", str(repository))
    for name, value in (("COUNT", "1"), ("KEY_0", "safe.directory"), ("VALUE_0", str(repository))):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert resolve_revision("main", str(repository)) == expected


def test_a_global_configuration_of_the_environment_calls_a_folder_safe(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = git_hash(repository)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert resolve_revision("main", str(repository)) == expected  # a variable that only git's own tests know
    path = tmp_path_factory.mktemp("home") / "config"
    path.write_text("[safe]\n\tdirectory = *\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    assert resolve_revision("main", str(repository)) == expected


def test_files_that_git_tracks(repository: Path) -> None:
    (repository / "new").mkdir()
    (repository / "new" / "x").touch()
    assert tracks_files(str(repository / "deep"))
    assert not tracks_files(str(repository / "new"))
    git(repository, "add", "-A")
    assert tracks_files(str(repository / "new"))
