"""Evidence in git: what is read of a revision, how often, and what is said of what cannot be read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from test_git import git

from aisafe_cli.domain.plan import EvidenceState
from aisafe_cli.io import git as revisions
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.session import plan_paths as sources

CATALOG = load_catalog(None, load_ladder())
HEAD = "schema_version: 1\nmodel: {name: x}\norganization: {size: solo}\nchannels: [{id: a, access: hosted_api}]\n"
OTHER = "0" * 64


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(folder: Path, *references: str | tuple[str, str]) -> list[tuple[EvidenceState, str]]:
    """Commit all that is in a folder with a plan that names evidence, and return what is found of each in git."""
    named = (one if isinstance(one, tuple) else (one, "") for one in references)
    evidence = ", ".join(f"{{ref: {ref}, type: log{sha and f', sha256: {sha!r}'}}}" for ref, sha in named)
    (folder / "x.plan.yaml").write_text(
        f"{HEAD}safeguards: {{AB-01: {{status: implemented, evidence: [{evidence}]}}}}\n"
    )
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
    assert states(repository, "./inner", "inner/file.md") == [EvidenceState.NOT_A_FILE, EvidenceState.ABSENT]


@pytest.mark.parametrize("limit", ["_MAX_STORED", "_MAX_TARGET"])
def test_what_is_too_large_is_asked_for_once(repository: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(sources, limit, 3)
    (repository / "file.md").write_text("longer")
    (repository / "link.md").symlink_to("file.md")
    asked: list[str] = []
    read = revisions.read_entry
    monkeypatch.setattr(sources, "read_entry", lambda entry, *rest: asked.append(entry.kind) or read(entry, *rest))
    reference = ("file.md", sha256("longer")) if limit == "_MAX_STORED" else ("link.md", "")
    said = found(repository, reference, reference)
    assert {state for state, _ in said} == {EvidenceState.UNREADABLE}
    assert all(problem.startswith("cannot be read, or is larger than") for _, problem in said)
    assert asked == ["file" if limit == "_MAX_STORED" else "link"]


def test_only_so_much_is_looked_at(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MAX_READINGS", 2)
    for name in "abc":
        (repository / f"{name}.md").write_text(name)
        (repository / f"{name}.link").symlink_to(f"{name}.md")
    hashed = [(f"{name}.md", sha256(name)) for name in "aabc"]
    assert states(repository, *hashed, "c.md") == [
        *[EvidenceState.FOUND] * 3,
        EvidenceState.UNREADABLE,
        EvidenceState.FOUND,
    ]
    assert states(repository, "a.link", "b.link", "c.link", "a.link") == [
        *[EvidenceState.FOUND] * 2,
        EvidenceState.UNREADABLE,
        EvidenceState.FOUND,
    ]
