"""Evidence in git: what is read of a revision, how often, and what is said of what cannot be read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from test_git import copy_once, git

from aisafe_cli.domain.plan import EvidenceState
from aisafe_cli.errors import FileError, InputError
from aisafe_cli.io import git as revisions
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.session import plans_in_git as sources
from aisafe_cli.session.evidence_files import FileLookup, inspect_with
from aisafe_cli.session.plan_paths import find_each_plan
from aisafe_cli.session.session import PlanText, Session
from aisafe_cli.session.settings import Options

CATALOG = load_catalog(None, load_ladder())
HEAD = "schema_version: 1\nmodel: {name: x}\norganization: {size: solo}\nchannels: [{id: a, access: hosted_api}]\n"
OTHER = "0" * 64


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return copy_once(make_empty, tmp_path)


def make_empty(folder: Path) -> None:
    git(folder, "init", "-q", "-b", "main", "--template=")


def name_evidence(*references: str | tuple[str, str]) -> str:
    """A plan with a claim that names evidence."""
    named = (one if isinstance(one, tuple) else (one, "") for one in references)
    evidence = ", ".join(f"{{ref: {ref!r}, type: log{sha and f', sha256: {sha!r}'}}}" for ref, sha in named)
    return f"{HEAD}safeguards: {{AB-01: {{status: implemented, evidence: [{evidence}]}}}}\n"


def found(folder: Path, *references: str | tuple[str, str]) -> list[tuple[EvidenceState, str]]:
    """Commit all that is in a folder with a plan that names evidence, and return what is found of each in git."""
    (folder / "x.plan.yaml").write_text(name_evidence(*references))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    plan = sources.load_from_git("main:x.plan.yaml", CATALOG)
    return [(one.state, one.problem) for one in plan.claims["AB-01"][0].evidence]


def states(folder: Path, *references: str | tuple[str, str]) -> list[EvidenceState]:
    return [state for state, _ in found(folder, *references)]


def test_a_file_that_holds_the_very_bytes_of_a_link_is_told_from_it(repository: Path) -> None:
    (repository / "there.md").write_text("text")
    (repository / "link.md").symlink_to("there.md")
    (repository / "file.md").write_text("there.md")
    right = ("file.md", sha256("there.md"))
    assert states(repository, "link.md", right) == [EvidenceState.FOUND] * 2
    assert states(repository, right, "link.md") == [EvidenceState.FOUND] * 2


def test_what_a_file_says_is_not_its_hash(repository: Path) -> None:
    (repository / "link.md").symlink_to(OTHER)
    (repository / OTHER).write_text("text")
    (repository / "file.md").write_text(OTHER)
    assert states(repository, "link.md", ("file.md", OTHER)) == [EvidenceState.FOUND, EvidenceState.ALTERED]


def test_another_repository_in_it_is_no_file(repository: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "first")
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},inner")
    (repository / "inner").mkdir()
    with pytest.raises(FileError, match="main:inner: is a submodule whose commit is not here"):
        states(repository, "inner/file.md")


def test_a_day_over_ten_years_away_is_refused_wherever_the_plan_is(repository: Path) -> None:
    text = f"{HEAD}safeguards: {{}}\n".replace("hosted_api", "hosted_api, opens: 2036-06-01")
    (repository / "x.plan.yaml").write_text(text)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "all")
    for source in ("x.plan.yaml", "main:x.plan.yaml", PlanText(name="-", content=text.encode())):
        Session(Options(), date(2026, 6, 1)).load(source)
        with pytest.raises(InputError) as refused:
            Session(Options(), date(2026, 5, 31)).load(source)
        assert [fault.message for fault in refused.value.faults] == ["the date is over ten years away"]


def make_sparse(folder: Path) -> None:
    """A repository of which a folder is left out, with a pointer of Git LFS, and a plan in a folder of its own."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OTHER}\nsize 3\n"
    make_empty(folder)
    for name, text in (("big.md", pointer), ("apart/a b", "text"), ("apart/c.md", "text"), ("here.md", "text")):
        (folder / "in" / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / "in" / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    git(folder, "sparse-checkout", "set", "--no-cone", "/*", "!apart")


@pytest.mark.parametrize(
    ("references", "told"),
    [
        ([], ""),
        (["here.md", "none.md", "not a path", "https://example.org/apart/c.md"], ""),
        (
            ["none.md", "big.md"],
            "it is a Git LFS pointer without its file; fetch the file with git lfs pull",
        ),
        (["here.md", "apart/c.md#part"], "a sparse checkout leaves it out"),
        ([("apart/a b#part", OTHER)], "a sparse checkout leaves it out"),
    ],
)
def test_evidence_that_is_not_checked_out_is_not_told_as_taken_away(tmp_path, monkeypatch, references, told) -> None:
    top = copy_once(make_sparse, tmp_path / "top")
    (tmp_path / "beside").mkdir()
    monkeypatch.chdir(tmp_path / "beside")
    path = "../top/in/x.plan.yaml"
    Path(path).write_text(name_evidence(*references))
    plan = load_plan(path, CATALOG)
    looked = inspect_with(FileLookup(path), replace(plan, path=path))
    if not told:
        sources.require_checked_out(looked)
        if not references:  # in no repository either
            sources.require_checked_out(replace(looked, path="x.plan.yaml"))
        return
    with pytest.raises(FileError) as raised:
        sources.require_checked_out(looked)
    last = references[-1] if isinstance(references[-1], str) else references[-1][0]
    assert str(raised.value) == f"{last}: cannot be compared with the one in git, since {told}"
    git(top, "sparse-checkout", "disable")
    (top / "in" / "apart" / "c.md").unlink()
    if "sparse" in told:
        sources.require_checked_out(looked)


@pytest.mark.parametrize(
    ("limit", "reference", "told"),
    [
        ((sources, "_MAX_STORED"), ("file.md", sha256("longer")), "since this evidence is larger than 24 MiB"),
        ((revisions, "_MAX_TARGET"), "link.md", "since the plan names more evidence than is read"),
        ((sources, "_MAX_READINGS"), ("file.md", sha256("longer")), "since the plan names more evidence than is read"),
        ((revisions, "_MAX_TARGETS"), "link.md", "since the plan names more evidence than is read"),
    ],
)
def test_what_is_not_read_cannot_be_compared(repository: Path, monkeypatch, limit, reference, told) -> None:
    """As something that is missing it would hide what a change takes away."""
    (repository / "file.md").write_text("longer")
    (repository / "link.md").symlink_to("file.md")
    assert states(repository, reference, reference) == [EvidenceState.FOUND] * 2
    monkeypatch.setattr(*limit, 0)
    way_out = "compare two working trees instead: git worktree add FOLDER REVISION$"
    with pytest.raises(FileError, match=rf"\.md: cannot be compared, {told}.*; {way_out}"):
        states(repository, reference)


def test_each_file_is_read_once(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MAX_READINGS", 1)
    monkeypatch.setattr(revisions, "_MAX_TARGETS", 1)
    (repository / "file.md").write_text("text")
    (repository / "link.md").symlink_to("file.md")
    named = ("file.md", sha256("text")), ("link.md", sha256("text")), "link.md"
    assert states(repository, *named) == [EvidenceState.FOUND] * 3


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256('report')}\nsize 6\n"


@pytest.mark.parametrize(
    ("content", "named", "state"),
    [
        (POINTER, sha256("report"), EvidenceState.FOUND),
        (POINTER, sha256("other"), EvidenceState.ALTERED),
        (POINTER, sha256(POINTER), EvidenceState.ALTERED),
        ("a\nb\n", sha256("a\r\nb\r\n"), EvidenceState.FOUND),
        ("a\r\nb\r\n", sha256("a\nb\n"), EvidenceState.FOUND),
        ("a\0\n", sha256("a\0\r\n"), EvidenceState.ALTERED),
        ("a\n\nb\n", sha256("a\nb\n"), EvidenceState.ALTERED),
    ],
)
def test_evidence_is_compared_in_the_form_of_a_working_tree(repository, content, named, state) -> None:
    (repository / "e.md").write_bytes(content.encode())
    (repository / ".gitattributes").write_text("e.md filter=lfs diff=lfs merge=lfs -text\n")
    assert states(repository, ("e.md", named)) == [state]


@pytest.mark.parametrize("attribute", ["filter=git-crypt", "working-tree-encoding=UTF-16", "ident"])
def test_evidence_of_another_form_in_git_cannot_be_compared(repository: Path, attribute: str) -> None:
    (repository / ".gitattributes").write_text(f"*.md {attribute}\n")
    (repository / "e.md").write_bytes("text".encode("utf-16"))
    assert states(repository, "e.md") == [EvidenceState.FOUND]
    told = r"main:e\.md: cannot be compared, since git stores another form"
    with pytest.raises(FileError, match=told):
        states(repository, ("e.md", OTHER))
    (repository / ".gitattributes").write_text("")
    tree = revisions.StoredTree("main", str(repository))  # attributes are those of the revision, not of what is here
    assert tree.has_other_form(tree.find("e.md"))
    assert not tree.has_other_form(tree.find("x.plan.yaml"))
    assert states(repository, ("e.md", OTHER)) == [EvidenceState.ALTERED]


@pytest.mark.parametrize("name", ["main:x.plan.yaml", "main:nowhere.plan.yaml", "main~0:./x.plan.yaml"])
def test_a_file_called_like_a_revision_is_ambiguous(repository: Path, name: str) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "first")
    assert sources.is_in_git(name)
    (repository / name).parent.mkdir(exist_ok=True, parents=True)
    (repository / name).write_text("")
    with pytest.raises(FileError, match=r"is both a file and a path in a git revision; write `\./main"):
        sources.is_in_git(name)
    assert not sources.is_in_git(f"./{name}")
    assert not sources.is_in_git(str(repository / name))
    assert not sources.is_in_git("x.plan.yaml")


def test_a_name_with_a_colon_that_git_does_not_know_is_a_file(repository: Path) -> None:
    (repository / "note:v1.plan.yaml").write_text("")
    assert not sources.is_in_git("note:v1.plan.yaml")
    assert find_each_plan(["*.plan.yaml"])[0] == ["./note:v1.plan.yaml"]


def make_plans(folder: Path) -> None:
    """A repository with plans at its top and in a folder, where one names evidence of every kind."""
    make_empty(folder)
    references = (
        "a.md",
        "none.md",
        "../deep",
        "../../x.md",
        "out.md",
        "circle.md",
        "empty.md",
        ("a.md", sha256("text\n")),
    )
    for name, text in (
        ("a.plan.yaml", f"{HEAD}safeguards: {{}}\n"),
        ("b:c.plan.yaml", f"{HEAD}safeguards: {{}}\n"),
        ("deep/b.plan.yaml", name_evidence(*references)),
        ("deep/a.md", "text\n"),
        ("deep/empty.md", ""),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for name, target in (("out.md", "/etc/passwd"), ("circle.md", "circle.md")):
        (folder / "deep" / name).symlink_to(target)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository that `make_plans` makes, with its inner folder as the current one."""
    copy_once(make_plans, tmp_path)
    monkeypatch.chdir(tmp_path / "deep")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["main:a.plan.yaml", "main:b:c.plan.yaml", "main:../a.plan.yaml", "main:./b.plan.yaml"]
)
@pytest.mark.usefixtures("plans")
def test_a_path_is_that_of_the_repository_or_of_this_folder(name: str) -> None:
    plan = sources.load_from_git(name, CATALOG)
    assert (plan.path, bool(plan.claims)) == (name, "./b" in name)


AT_TOP = "; a path is relative to the top of the repository, ./PATH to the current folder"
UNKNOWN = "there is no such revision in the repository around ."


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("main:none.plan.yaml", f"that revision has no such file{AT_TOP}"),
        ("main:a.md/x", f"that revision has no such file{AT_TOP}"),
        ("main:b.plan.yaml", "that revision has no such file; did you mean `main:./b.plan.yaml`?"),
        ("main:./none.plan.yaml", "that revision has no such file"),
        ("main:", "there is no such file; write a file in git as REVISION:PATH"),
        (":a.plan.yaml", "there is no such file; write a file in git as REVISION:PATH"),
        ("none:a\n", f"there is no such file, and git cannot give it: none: {UNKNOWN}"),
    ],
)
@pytest.mark.usefixtures("plans")
def test_a_name_that_leads_to_no_plan_is_told_with_the_way_to_write_it(name: str, told: str) -> None:
    with pytest.raises(FileError) as raised:
        sources.load_from_git(name, CATALOG)
    assert str(raised.value) == name.replace("\n", "\\n") + f": {told}"


@pytest.mark.usefixtures("plans")
def test_evidence_is_looked_for_beside_the_plan() -> None:
    plan = sources.load_from_git("main:deep/b.plan.yaml", CATALOG)
    assert [(one.state.value, one.problem) for one in plan.claims["AB-01"][0].evidence] == [
        ("found", ""),
        ("absent", "was not found"),
        ("not_a_file", "is not a file"),
        ("outside", "leads out of the repository"),
        ("outside", "leads out of the repository"),
        ("not_a_file", "is not a file"),
        ("empty", "is empty"),
        ("found", ""),
    ]


def test_evidence_that_this_clone_does_not_have_is_told(plans: Path) -> None:
    blob = git(plans, "rev-parse", "main:deep/a.md")
    (plans / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(FileError, match=r"^main:deep/a\.md: is not stored in this clone; fetch all of it"):
        sources.load_from_git("main:deep/b.plan.yaml", CATALOG)


def test_a_plan_in_git_is_read_for_several_catalogs(plans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    parse = sources.parse_plan
    monkeypatch.setattr(sources, "parse_plan", lambda *words: given.append(words) or parse(*words))
    sources.load_from_git("main:a.plan.yaml", CATALOG, [CATALOG], date(2026, 6, 1))
    content = (plans / "a.plan.yaml").read_bytes()
    assert given == [(content, "main:a.plan.yaml", CATALOG, date(2026, 6, 1), [CATALOG])]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main:x.plan.yaml", True),
        ("main:../x", True),
        ("a:b://c", True),
        (":x", True),
        ("x.plan.yaml", False),
        ("https://example.org/x", False),
        ("./main:x", False),
        ("../main:x", False),
        ("/main:x", False),
    ],
)
@pytest.mark.usefixtures("plans")
def test_names_that_are_read_as_those_of_git(name: str, expected: bool) -> None:
    assert sources.is_in_git(name) is expected
