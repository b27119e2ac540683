"""Files as they stand in a git revision."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from aisafe_cli.errors import FileError
from aisafe_cli.io import git as revisions
from aisafe_cli.io.git import (
    StoredFile,
    StoredTree,
    find_merge_base,
    find_merged_parent,
    find_root,
    is_sparse,
    list_left_out,
    read_entry,
    resolve_revision,
    tracks_files,
)

NAMED = {
    f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b"))
}


def git(folder: Path, *arguments: str) -> str:
    settings = {**os.environ, **NAMED, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        ["git", "-C", str(folder), "-c", "maintenance.auto=false", *arguments],
        env=settings,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.strip()


def make_repository(folder: Path) -> None:
    """A repository with one commit of files and one in which the first of them has changed."""
    git(folder, "init", "-q", "-b", "main", "--template=")
    (folder / "deep").mkdir()
    (folder / "plan.yaml").write_text("old\n")
    (folder / "deep" / "a b.yaml").write_text("deep\n")
    (folder / "folder").symlink_to("deep")
    links = {"link": "plan.yaml", "absolute": "/plan.yaml", "above": "deep/../../plan.yaml", "circle": "./circle.yaml"}
    for name, target in {**links, "dangling": "nowhere"}.items():
        (folder / f"{name}.yaml").symlink_to(target)
    (folder / "pointer.yaml").write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 3\n")
    (folder / ".gitattributes").write_text("*.yaml text eol=crlf -ident\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "plan.yaml").write_text("new\n")
    git(folder, "add", "-A")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},inner")
    git(folder, "commit", "-q", "-m", "second")


@cache
def make_once(make: Callable[[Path], None]) -> Path:
    """Return a folder that is made once in a run, to be copied: git takes far longer."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make(folder)
    git(folder, "config", "core.checkStat", "minimal")  # a copy has other inodes, and none of its files is changed
    git(folder, "config", "core.trustctime", "false")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The repository that `make_repository` makes."""
    return copy_once(make_repository, tmp_path)


@pytest.fixture
def once() -> Path:
    """The repository that `make_repository` makes, for tests that change nothing."""
    return make_once(make_repository)


def copy_once(make: Callable[[Path], None], folder: Path) -> Path:
    """Copy what is made once to a folder, and return that."""
    shutil.copytree(make_once(make), folder, symlinks=True, dirs_exist_ok=True)
    return folder


def make_history(folder: Path) -> None:
    """Commits `a`, then `b` on `main` and `c` on `side`, a merge of both checked out, and `other` apart from them."""
    git(folder, "init", "-q", "-b", "main", "--template=")
    for name, branch in (("a", "main"), ("b", "main"), ("c", "side")):
        if branch == "side":
            git(folder, "switch", "-q", "-c", "side", "a")
        git(folder, "commit", "-q", "--allow-empty", "-m", name)
        git(folder, "tag", name)
    git(folder, "switch", "-q", "--detach", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "merged", "side")
    git(folder, "tag", "other", git(folder, "commit-tree", "-m", "other", "HEAD^{tree}"))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """The repository that `make_history` makes."""
    return copy_once(make_history, tmp_path / "history")


def make_shallow(history: Path) -> Path:
    """A clone of a history's merge and `other`, without what is before them."""
    shallow = history.parent / "shallow"
    git(history, "branch", "merged", "HEAD")
    git(history, "branch", "other", "other")
    git(history.parent, "clone", "-q", "--depth=1", "--no-single-branch", "-b", "merged", history.as_uri(), "shallow")
    return shallow


def read(revision: str, path: str, folder: Path, limit: int = 200) -> bytes | None:
    return StoredTree(revision, str(folder)).read(path, limit)


@pytest.mark.parametrize(
    ("revision", "path", "content"),
    [
        ("HEAD~1", "plan.yaml", b"old\n"),
        ("main", "plan.yaml", b"new\n"),
        ("main", "deep/../plan.yaml", b"new\n"),
        ("main", "link.yaml", b"new\n"),
        ("HEAD~1", "link.yaml", b"old\n"),
        ("main", "folder/a b.yaml", b"deep\n"),
        ("main", "folder/../plan.yaml", b"new\n"),
        ("main", "absent.yaml", None),
        ("main", "absent/../plan.yaml", None),
        ("main", "plan.yaml/x", None),
        ("main", "dangling.yaml", None),
        ("main", "*.yaml", None),
        ("main", ":(top)plan.yaml", None),
    ],
)
def test_a_file_reads_as_it_was_stored(once: Path, revision: str, path: str, content: bytes | None) -> None:
    assert read(revision, path, once / "deep") == content


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("deep", "is a folder, not a file"),
        ("folder", "is a folder, not a file"),
        ("../plan.yaml", "leads out of the repository"),
        ("/plan.yaml", "leads out of the repository"),
        ("absolute.yaml", "leads out of the repository"),
        ("above.yaml", "leads out of the repository"),
        ("circle.yaml", "in a circle"),
        ("pointer.yaml", "is a Git LFS pointer there"),
        ("inner/plan.yaml", "main:inner: is a submodule whose commit is not here; fetch it with git submodule update"),
    ],
)
def test_what_is_there_and_is_no_file_never_looks_absent(once: Path, path: str, told: str) -> None:
    with pytest.raises(FileError, match=re.escape(told)):
        read("main", path, once)


@pytest.mark.parametrize(
    ("path", "folder", "kind", "place"),
    [
        ("plan.yaml", "", "file", "plan.yaml"),
        ("./deep//./a b.yaml", "", "file", "deep/a b.yaml"),
        ("a b.yaml", "deep", "file", "deep/a b.yaml"),
        ("../plan.yaml", "deep", "file", "plan.yaml"),
        ("folder/..", "", "folder", ""),
        ("folder", "", "folder", "deep"),
        ("", "", "folder", ""),
        ("absent", "deep", "absent", "deep/absent"),
        ("plan.yaml/x", "", "absent", "plan.yaml"),
        ("dangling.yaml", "", "absent", "nowhere"),
        ("circle.yaml", "", "link", "circle.yaml"),
        ("absolute.yaml", "", "outside", "absolute.yaml"),
        ("above.yaml", "", "outside", "above.yaml"),
        ("../x", "", "outside", "../x"),
        ("deep/../../x", "", "outside", "deep/../../x"),
        ("/x", "deep", "outside", "/x"),
    ],
)
def test_what_a_path_leads_to(once: Path, path: str, folder: str, kind: str, place: str) -> None:
    found = StoredTree("main", str(once)).find(path, folder)
    assert (found.kind, found.path) == (kind, place)
    assert bool(found.blob) == (kind == "file" or (kind == "folder" and place != ""))


def test_as_many_links_are_followed_as_are_allowed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "--template=")
    (tmp_path / "0").touch()
    (tmp_path / "a\tb\n").touch()
    for number in range(1, 10):
        (tmp_path / f"{number}").symlink_to(f"{number - 1}")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "links")
    tree = StoredTree("main", str(tmp_path))
    assert [tree.find(name).kind for name in ("8", "9", "a\tb\n")] == ["file", "link", "file"]


def test_a_submodule_is_read_at_the_commit_that_is_stored(repository: Path, tmp_path_factory: pytest.TempPathFactory):
    outer = tmp_path_factory.mktemp("outer")
    git(outer, "init", "-q", "-b", "main")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "inner")
    (outer / "link.yaml").symlink_to("inner/link.yaml")
    git(outer, "add", "-A")
    git(outer, "commit", "-q", "-m", "outer")
    (outer / "inner" / "plan.yaml").write_text("newer\n")
    (outer / "inner" / ".gitattributes").write_text("/plan.yaml ident\n")
    git(outer / "inner", "commit", "-q", "-a", "-m", "third")
    assert [read("main", path, outer) for path in ("inner/plan.yaml", "link.yaml")] == [b"new\n"] * 2
    tree = StoredTree("main", str(outer))
    assert tree.find_submodule("link.yaml") == "inner"
    assert not tree.has_other_form(tree.find("inner/plan.yaml"))
    git(outer, "commit", "-q", "-a", "-m", "newer")
    tree = StoredTree("main", str(outer))
    assert tree.has_other_form(tree.find("inner/plan.yaml"))
    assert not tree.has_other_form(tree.find("inner/deep/a b.yaml"))


@pytest.mark.parametrize(("one", "other", "base"), [("b", "c", "a"), ("a", "b", "a"), ("b", "other", None)])
def test_the_last_commit_that_two_have_in_common(history: Path, one: str, other: str, base: str | None) -> None:
    assert find_merge_base(one, other, str(history)) == (base and git(history, "rev-parse", base))


def test_in_a_shallow_clone_what_is_not_there_is_not_told_as_missing(history: Path) -> None:
    shallow = str(make_shallow(history))
    ways_out = "fetch that revision with its history (fetch-depth: 0, or git fetch --unshallow)"
    for call, told in (
        (lambda: find_merge_base("HEAD", "origin/other", shallow), f"{shallow}: the clone is shallow, so the change"),
        (
            lambda: resolve_revision("a\n", shallow),
            rf"a\n: there is no such revision in the repository around {shallow};",
        ),
    ):
        with pytest.raises(FileError) as raised:
            call()
        assert str(raised.value).startswith(told)
        assert str(raised.value).endswith(ways_out)
    assert find_merge_base("HEAD", "HEAD", shallow) == resolve_revision("HEAD", shallow)


@pytest.mark.parametrize(
    ("prepare", "commit", "branches", "parent"),
    [
        ("", "a", ["refs/heads/main"], "b"),
        ("", "a", ["refs/heads/other", "refs/heads/m*"], "b"),
        ("", "b", ["refs/heads/main"], None),
        ("", "c", ["refs/heads/main"], None),
        ("", "other", ["refs/heads/main"], None),
        ("", "a", ["refs/heads/side"], None),
        ("switch -q main", "a", ["refs/heads/main"], None),
        ("branch merged HEAD", "a", ["refs/heads/main"], None),
        ("update-ref refs/remotes/origin/merged HEAD", "a", ["refs/heads/main"], None),
        ("update-ref refs/remotes/pull/1/merge HEAD", "a", ["refs/heads/main"], "b"),
        ("update-ref refs/remotes/pull/1/head b", "a", ["refs/remotes"], None),
        ("update-ref refs/remotes/origin/main b", "a", ["refs/remotes"], "b"),
    ],
)
def test_the_parent_of_a_merge_that_a_platform_made(history: Path, prepare, commit, branches, parent) -> None:
    if prepare:
        git(history, *prepare.split())
    found = find_merged_parent(git(history, "rev-parse", commit), str(history), branches)
    assert found == (parent and git(history, "rev-parse", parent))


def test_a_file_that_is_called_like_a_second_parent_makes_no_merge(history: Path) -> None:
    git(history, "switch", "-q", "--detach", "b")
    git(history, "commit", "-q", "--allow-empty", "-m", "change")
    (history / "HEAD^2").touch()
    assert find_merged_parent(git(history, "rev-parse", "a"), str(history), ["refs/heads/main"]) is None


@pytest.mark.parametrize("kind", ["tags", "remotes"])
def test_a_name_that_git_finds_twice_is_refused(repository: Path, kind: str) -> None:
    commit = resolve_revision("main", str(repository))
    git(repository, "update-ref", f"refs/{kind}/main", f"{commit}~1")
    git(repository, "update-ref", f"refs/tags/{commit}", f"{commit}~1")
    git(repository, "config", "core.warnAmbiguousRefs", "false")
    for name in ("main", "main~1", "main^{}"):
        with pytest.raises(FileError, match=r"is ambiguous.*write it in full, such as refs/heads/NAME"):
            resolve_revision(name, str(repository))
    for name in (commit, "refs/heads/main", "heads/main"):
        assert resolve_revision(name, str(repository)) == commit


def test_a_linked_working_tree_is_sparse_by_its_own_folder_in_the_repository(tmp_path) -> None:
    stored, top = tmp_path / "r" / ".git" / "worktrees" / "w", tmp_path / "w"
    (stored / "info").mkdir(parents=True)
    top.mkdir()
    (top / ".git").write_text(f"gitdir: {stored}\n")
    assert not is_sparse(str(top))
    (stored / "info" / "sparse-checkout").write_text("/*\n")
    assert is_sparse(str(top))
    (top / ".git").write_text("gitdir: ../r/.git/worktrees/w\n")
    assert is_sparse(str(top))


def test_files_that_a_sparse_checkout_leaves_out(repository: Path) -> None:
    assert list_left_out(str(repository)) == frozenset()
    git(repository, "sparse-checkout", "set", "--no-cone", "/plan.yaml", "/link.yaml")
    assert "deep/a b.yaml" in list_left_out(str(repository))
    assert "plan.yaml" not in list_left_out(str(repository))
    git(repository, "sparse-checkout", "set", "--no-cone", "/*", "!/plan.yaml")
    assert list_left_out(str(repository / "deep")) == {"plan.yaml"}


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "", "HEAD:plan.yaml", "HEAD\nmain", "^main"])
def test_an_unknown_revision_is_an_error(once: Path, revision: str) -> None:
    with pytest.raises(FileError, match="no such revision"):
        read(revision, "plan.yaml", once)


def test_a_file_over_the_limit_is_an_error(once: Path) -> None:
    assert read("HEAD", "plan.yaml", once, 4) == b"new\n"
    with pytest.raises(FileError, match="larger than 3 bytes"):
        read("HEAD", "plan.yaml", once, 3)


def test_what_cannot_be_read_of_a_repository_is_told_by_its_name(repository: Path) -> None:
    with pytest.raises(FileError, match=r"^some name: cannot be read$"):
        read_entry(StoredFile(kind="file", path="x", blob="0" * 40, folder="/nowhere"), "some name", 1)
    blob = git(repository, "rev-parse", "main:link.yaml")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(
        FileError, match=r"^main:link\.yaml: is not stored in this clone; fetch all of it with git fetch"
    ):
        read("main", "link.yaml", repository)
    folder = git(repository, "rev-parse", "main:deep")
    (repository / ".git" / "objects" / folder[:2] / folder[2:]).unlink()
    (repository / ".git" / "index").write_bytes(b"no index")
    way_out = "fetch all of it with git fetch --refetch --no-filter"
    for call, told in (
        (tracks_files, "git does not tell which files it tracks there"),
        (
            lambda place: read("main", "plan.yaml", Path(place)),
            f"folders of revision {resolve_revision('main', str(repository))} are not stored in this clone; {way_out}",
        ),
    ):
        with pytest.raises(FileError) as raised:
            call(str(repository))
        assert str(raised.value) == f"{repository}: {told}"


def test_attributes_are_read_without_a_trace_in_the_repository(repository: Path) -> None:
    before = (repository / ".git" / "index").read_bytes()
    (repository / ".gitattributes").write_text("* ident\n")
    git(repository, "add", ".gitattributes")
    changed = (repository / ".git" / "index").read_bytes()
    assert changed != before
    tree = StoredTree("HEAD~1", str(repository))
    assert not tree.has_other_form(tree.find("plan.yaml"))
    assert (repository / ".git" / "index").read_bytes() == changed
    assert not (repository / "index").exists()


@pytest.mark.parametrize("length", [0, 7, 9])
def test_attributes_that_git_does_not_tell_are_an_error(once: Path, monkeypatch, length: int) -> None:
    tree = StoredTree("main", str(once))
    entry = tree.find("plan.yaml")
    call = revisions._call_git

    def call_git(folder: str, *arguments: str, **settings: Mapping[str, str]):
        done = call(folder, *arguments, **settings)
        return replace_output(done, b"\0" * (length - 1)) if "check-attr" in arguments else done

    monkeypatch.setattr(revisions, "_call_git", call_git)
    with pytest.raises(FileError) as raised:
        tree.has_other_form(entry)
    told = "git does not say which attributes this path has in"
    assert str(raised.value) == f"plan.yaml: {told} {resolve_revision('main', str(once))}"


def replace_output(done: subprocess.CompletedProcess[bytes], output: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.CompletedProcess(done.args, done.returncode, output, done.stderr)


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
    with pytest.raises(FileError, match="no folder in PATH has it, apart from the folder that is checked"):
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
