"""What a trusted revision tells of files: where they are in it, what they held, and what is here otherwise."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_git import git

from aisafe_cli.errors import FileError
from aisafe_cli.parsing.yaml import MAX_CATALOG_BYTES
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.trusted_ref import TrustedRevision, have_same_lines, open_trusted

TARGETS = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
LARGE = b"x" * (MAX_CATALOG_BYTES + 1)
STORED: Mapping[str, bytes] = {
    "a.plan.yaml": b"one\n",
    "plans/b.plan.yaml": b"two\n",
    "plans/deep/c.plan.yaml": b"three\n",
    "plans/the d.plan.yaml": b"five\n",
    "plans/notes.md": b"a\nb\n",
    "plans/picture": b"\0a\n",
    "plans/large": LARGE,
    "plans/larger": LARGE,
    ".gitattributes": b"*.id ident\n",
    "plans/same.id": b"# $Id$\n",
    "plans/other.id": b"# $Id$\n",
    "others/d.plan.yaml": b"four\n",
    "others/e.plan.yaml": b"five\n",
    "turned/f.plan.yaml": b"six\n",
}


MADE: dict[str, Path] = {}  # for processes that are forked from this one too, as those that try changes of the code


@pytest.fixture
def around(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MADE.get("around") or MADE.setdefault("around", make_around(tmp_path_factory.mktemp("around")))


def make_around(folder: Path) -> Path:
    """A folder with a repository, `top`, in which files have changed, and with links that lead there."""
    top = folder / "top"
    git(folder, "init", "-q", "-b", "main", "top")
    put(top, STORED)
    (top / "link.plan.yaml").symlink_to("a.plan.yaml")
    (top / "kept.plan.yaml").symlink_to("a.plan.yaml")
    (top / "linked").symlink_to("plans")
    git(top, "add", "-A")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},inner")
    git(top, "commit", "-q", "-m", "first")
    git(top, "switch", "-q", "-c", "change")
    put(top, {"plans/larger": LARGE + b"y", "plans/other.id": b"# $Id$\nmore\n"})
    git(top, "commit", "-q", "-a", "-m", "second")
    put(top, {"plans/same.id": b"# $Id: 1 $\n", "plans/other.id": b"# $Id: 1 $\nmore\n"})
    put(top, {"plans/notes.md": b"a\r\nb\r\n", "plans/picture": b"\0a\r\n", "new.md": b"", "a.plan.yaml": b"other\n"})
    put(top, {"plans/same": b"", "plans/large": LARGE + b"y", "inner/x.md": b"", "inner/g.plan.yaml": b"x"})
    (top / "link.plan.yaml").unlink()
    put(top, {"link.plan.yaml": b"one\n"})
    (top / "others" / "d.plan.yaml").unlink()
    (top / "others" / "e.plan.yaml").unlink()
    (top / "others" / "e.plan.yaml").symlink_to("../a.plan.yaml")
    (top / "turned").rename(top / "real")
    (top / "turned").symlink_to("real")
    (folder / "way").symlink_to("top")
    (folder / "shortcut").symlink_to("top/plans")
    return folder


def put(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture
def trusted(around: Path, monkeypatch: pytest.MonkeyPatch) -> TrustedRevision:
    monkeypatch.chdir(around / "top" / "plans")
    return TrustedRevision("main", Provenance())


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        (".", "plans"),
        ("deep/../notes.md", "plans/notes.md"),
        ("..", ""),
        ("../absent/x", "absent/x"),
        ("../linked/b.plan.yaml", "linked/b.plan.yaml"),
        ("../turned/f.plan.yaml", "turned/f.plan.yaml"),
        ("{around}/top/plans", "plans"),
        ("{around}/way", ""),
        ("{around}/way/linked/x", "linked/x"),
        ("{around}/shortcut/notes.md", "plans/notes.md"),
        ("../..", None),
        ("../../top2/x", None),
        ("{around}/aside/x", None),
    ],
)
def test_a_path_is_what_is_written_and_not_where_it_leads(around, trusted, path, inside):
    assert trusted.find_inside(path.format(around=around)) == inside


def test_the_folders_above_one_end_with_the_top(around, trusted):
    top = str(around / "top")
    assert [os.path.normpath(place) for place in trusted.list_upward("deep/x")] == [
        *(os.path.join(top, name) for name in ("plans/deep/x", "plans/deep", "plans")),
        top,
    ]
    assert trusted.list_upward("../..") == ()


IN_PLANS = sorted({name.split("/")[1] for name in STORED if name.startswith("plans/")})


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("plans", IN_PLANS),
        ("linked", IN_PLANS),
        ("plans/deep", ["c.plan.yaml"]),
        ("absent", []),
        ("a.plan.yaml", []),
    ],
)
def test_names_in_a_folder_are_told_with_links_followed(trusted, folder, names):
    assert trusted.list_names(folder) == names
    assert "a.plan.yaml" in trusted.list_names("")


def test_files_that_are_here_otherwise_are_told(trusted):
    named = ["notes.md", "picture", "large", "b.plan.yaml", "same", "../a.plan.yaml", "../../aside.md", "../inner/x.md"]
    assert trusted.list_other(named) == ("a.plan.yaml", "inner/x.md", "plans/picture", "plans/same")
    assert trusted.list_other(["larger", "same.id", "other.id"]) == ("plans/larger", "plans/other.id")
    assert (trusted.holds("absent", "absent"), trusted.holds("absent", "same")) == (True, False)
    assert trusted.holds("plans/notes.md", "absent") is False
    assert trusted.list_other(["deep", "../linked"]) == ("linked", "plans/deep")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (b"a\nb\n", b"a\r\nb\r\n", True),
        (b"a\r\n", b"a\n", True),
        (b"a\n", b"a\n", True),
        (b"a\n", b"b\n", False),
        (b"\0\n", b"\0\r\n", False),
        (b"\0\n", b"\0\n", True),
    ],
)
def test_line_ends_make_no_difference_but_in_what_is_no_text(before, after, same):
    assert have_same_lines(before, after) == same


def test_what_is_read_is_listed_only_where_it_decides(trusted):
    assert trusted.read("linked/b.plan.yaml") == b"two\n"
    assert trusted.read("absent") is None
    assert trusted.read_listed("absent", "plan") is None
    with pytest.raises(FileError, match=r"^main:absent: there is no such file in this revision$"):
        trusted.read_named("absent", "plan")
    assert trusted._provenance.files == ()
    assert trusted.read_listed("plans/b.plan.yaml", "trusted_plan") == b"two\n"
    assert trusted.read_named("a.plan.yaml", "baseline") == b"one\n"
    assert [(one.path, one.purpose, one.origin) for one in trusted._provenance.files] == [
        ("plans/b.plan.yaml", "trusted_plan", f"revision {trusted.commit}"),
        ("a.plan.yaml", "baseline", f"revision {trusted.commit}"),
    ]


def test_plans_that_are_gone_or_reached_by_another_way_are_told(trusted):
    assert trusted.find_removed_plans() == (
        *("link.plan.yaml", "others/d.plan.yaml", "others/e.plan.yaml", "turned/f.plan.yaml"),
    )


def test_a_plan_that_a_sparse_checkout_leaves_out_is_not_told_as_gone(trusted, monkeypatch):
    left_out = {"others/e.plan.yaml", "others/d.plan.yaml", "x.plan.yaml"}
    monkeypatch.setattr("aisafe_cli.session.trusted_ref.list_left_out", lambda _: left_out)
    with pytest.raises(FileError) as refused:
        trusted.find_removed_plans()
    assert str(refused.value) == (
        "others/d.plan.yaml: a sparse checkout leaves this plan out; add its folder with"
        " git sparse-checkout add FOLDER, or git sparse-checkout disable"
    )


def test_a_file_that_is_left_out_is_held_where_it_is_committed_as_the_revision_has_it(trusted, monkeypatch):
    place = "others/d.plan.yaml"
    assert trusted.holds(place, f"../{place}") is False
    monkeypatch.setattr("aisafe_cli.session.trusted_ref.list_left_out", lambda _: {place, "plans/larger"})
    assert [trusted.is_left_out(one) for one in (place, "plans/larger", "plans/notes.md")] == [True, False, False]
    assert trusted.holds(place, f"../{place}") is True


def test_a_file_whose_form_cannot_be_told_is_as_it_stands(trusted, monkeypatch):
    def fail(*_: object) -> bool:
        raise OSError

    assert trusted.holds("plans/same.id", "same.id") is True
    monkeypatch.setattr(trusted._tree, "has_other_form", fail)
    assert trusted.holds("plans/same.id", "same.id") is False


def test_where_all_plans_stand_git_is_not_asked_what_is_left_out(merged, monkeypatch):
    monkeypatch.chdir(merged)
    monkeypatch.setattr("aisafe_cli.session.trusted_ref.list_left_out", None)
    assert TrustedRevision("main", Provenance()).find_removed_plans() == ()


@pytest.mark.parametrize(
    ("starts", "folders"),
    [
        (["."], ["plans", "plans/deep"]),
        ([".."], ["", "others", "plans", "plans/deep", "turned"]),
        (["deep", "../others"], ["others", "plans/deep"]),
        (["../.."], []),
        (["../plan"], []),
    ],
)
def test_folders_of_plans_are_those_below_where_a_search_starts(around, trusted, starts, folders):
    found = [os.path.relpath(place, around / "top") for place in trusted.list_plan_folders(starts)]
    assert sorted(found) == sorted(os.path.normpath(folder) for folder in folders)
    assert len(found) == len(folders)


def test_files_of_a_revision_are_those_and_links(trusted):
    assert trusted.list_files() == tuple(sorted([*STORED, "kept.plan.yaml", "link.plan.yaml", "linked"]))
    with pytest.raises(FileError, match="inner"):
        trusted.list_files(lambda path: path == "inner")


def test_submodules_in_submodules_are_searched_once(trusted, monkeypatch):
    more = {"a": {"a/c": "submodule", "a/x": "file"}, "b": {"b/y": "link"}, "a/c": {"a/c/z": "file"}}
    entries = {name: SimpleNamespace(kind="submodule") for name in ("a", "b", "d")}
    find = partial(add_entries, entries, more)
    monkeypatch.setattr(trusted, "_tree", SimpleNamespace(entries=entries, find=find))
    assert trusted.list_files(lambda path: path != "d") == ("a/c/z", "a/x", "b/y")


def add_entries(entries: dict[str, SimpleNamespace], more: dict[str, dict[str, str]], path: str) -> None:
    entries |= {name: SimpleNamespace(kind=kind) for name, kind in more.pop(path).items()}


# --- which revision -------------------------------------------------------------------------------------------------


@pytest.fixture
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MADE.get("merged") or MADE.setdefault("merged", make_merged(tmp_path_factory.mktemp("merged")))


def make_merged(top: Path) -> Path:
    """A repository with the merge that a platform makes of a change; `old` is the main of the change's event."""
    git(top, "init", "-q", "-b", "main")
    put(top, {"only.md": b"one\n"})
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "old")
    git(top, "tag", "old")
    git(top, "switch", "-q", "-c", "change")
    git(top, "commit", "-q", "--allow-empty", "-m", "change")
    git(top, "switch", "-q", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "main")
    git(top, "switch", "-q", "--detach")
    git(top, "merge", "-q", "--no-ff", "-m", "merge", "change")
    return top


@pytest.mark.parametrize(
    ("name", "targets", "is_replaced"),
    [
        ("{old}", {}, True),
        ("{OLD}", {}, True),
        ("{old}", {"GITHUB_BASE_REF": "main"}, True),
        ("{old}", {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, True),
        ("{old}", {"GITHUB_BASE_REF": "", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, True),
        ("{old}", {"GITHUB_BASE_REF": "change", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, False),
        ("old", {}, False),
        ("main", {}, False),
    ],
)
def test_a_hash_stands_for_what_the_change_was_merged_into(merged, monkeypatch, name, targets, is_replaced):
    for key in TARGETS:
        monkeypatch.setenv(key, targets.get(key, ""))
    monkeypatch.chdir(merged)
    old = git(merged, "rev-parse", "old")
    name = name.format(old=old, OLD=old.upper())
    provenance = Provenance()
    trusted = open_trusted(name, provenance)
    main = git(merged, "rev-parse", "main")
    expected = ("HEAD^1", name, main) if is_replaced else (name, None, main if name == "main" else old)
    assert (trusted.name, trusted.replaced, trusted.commit) == expected
    assert (trusted.list_names(""), trusted.read_listed("only.md", "plan")) == (["only.md"], b"one\n")
    assert [one.path for one in provenance.files] == ["only.md"]
    assert (trusted.origin, trusted.show("a\tb")) == (f"revision {expected[2]}", f"{expected[0]}:a\\tb")


def test_only_a_branch_that_hardly_anybody_may_push_to_is_trusted_in_its_place(merged, monkeypatch, tmp_path):
    for key in TARGETS:
        monkeypatch.delenv(key, raising=False)
    top = shutil.copytree(merged, tmp_path / "top")
    monkeypatch.chdir(top)
    old, main, before = git(top, "rev-parse", "old"), git(top, "rev-parse", "main"), "refs/heads/main"
    for name in ("heads/other", "heads/master", "remotes/o/main", "remotes/o/master", "remotes/o/other", "tags/main"):
        git(top, "update-ref", f"refs/{name}", main)
        git(top, "update-ref", "-d", before)
        before = f"refs/{name}"
        is_trusted = open_trusted(old, Provenance()).replaced == old
        assert is_trusted == (name in ("heads/master", "remotes/o/main", "remotes/o/master")), name


def test_a_change_is_compared_with_where_it_began(merged, monkeypatch, tmp_path):
    top = shutil.copytree(merged, tmp_path / "top")
    monkeypatch.chdir(top)
    main, change, head = (open_trusted(name, Provenance()) for name in ("main", "change", "HEAD"))
    assert [one.base is one for one in (main, change, head)] == [True, True, True]
    assert [one.is_checked_out for one in (main, change, head)] == [False, False, True]
    git(top, "switch", "-q", "change")
    trusted = TrustedRevision("main", Provenance())
    base = trusted.base
    assert (base.name, base.show("a"), base.commit) == ("main", "main:a", git(top, "rev-parse", "old"))
    assert (base.base is base, base.replaced, trusted.is_checked_out) == (True, None, False)


def test_a_revision_without_a_commit_checked_out_is_none_of_them(merged, monkeypatch, tmp_path):
    top = shutil.copytree(merged, tmp_path / "top")
    monkeypatch.chdir(top)
    git(top, "switch", "-q", "--orphan", "empty")
    trusted = TrustedRevision("main", Provenance())
    assert (trusted.is_checked_out, trusted.base is trusted) == (False, True)
    put(top, {"only.md": LARGE})
    assert not trusted.holds("only.md", "only.md")
