"""Looking for evidence: every case of `tests/evidence`, and what a plan is worth whose evidence is not there."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import adoption_of, as_yaml, catalog, claim, outcomes, plan, report_on, written
from conftest import Program

from aisafe_cli.domain.plan import ComparableModel, Evidence, EvidenceState, Plan
from aisafe_cli.evaluation.evidence import STATE_WORDS, count_evidence
from aisafe_cli.io.git import find_pointer_hash
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.session import evidence_files as evidence

CASES = sorted((Path(__file__).parent / "evidence").glob("*.yaml"))
REFS = [
    pytest.param(case, entry, id=f"{case['name']}: {entry['ref']}{' with a hash' if 'sha256_of' in entry else ''}")
    for case in ({"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))} for path in CASES)
    for entry in case["refs"]
]


# --- cases ----------------------------------------------------------------------------------------------------------


def build(case: Mapping[str, Any], top: Path) -> None:
    for name in case.get("files", ()):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(f"{name}\n", encoding="utf-8")
    (top / case["plan"]).mkdir(parents=True, exist_ok=True)
    if "repository" in case:
        (top / case["repository"] / ".git").mkdir()
    for name in case.get("git_files", ()):
        (top / name / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    for name, target in case.get("links", {}).items():
        (top / name).symlink_to(target)
    for name in case.get("empty", ()):
        (top / name).touch()
    for name in case.get("pipes", ()):
        os.mkfifo(top / name)


def looked_at(*items: Evidence, beside: Path) -> tuple[Evidence, ...]:
    made = plan("hosted_api", {"AB-01": replace(claim(), evidence=items)})
    return evidence.inspect_with(evidence.FileLookup(str(beside)), made).claims["AB-01"][0].evidence


@pytest.mark.parametrize(("case", "entry"), REFS)
def test_state(case: Mapping[str, Any], entry: Mapping[str, Any], tmp_path: Path) -> None:
    build(case, tmp_path)
    named = entry.get("sha256_of")
    sha256 = hashlib.sha256((tmp_path / named).read_bytes()).hexdigest() if named else None
    (found,) = looked_at(Evidence(ref=entry["ref"], sha256=sha256), beside=tmp_path / case["plan"] / "x.plan.yaml")
    assert found.state == entry["state"]
    assert bool(found.problem) == found.is_doubtful


def test_the_cases_cover_what_can_be_known_of_a_file() -> None:
    dated = {EvidenceState.STALE, EvidenceState.UNDATED, EvidenceState.NOT_YET}
    elsewhere = {EvidenceState.UNCHECKED}
    assert {param.values[1]["state"] for param in REFS} == set(EvidenceState) - dated - elsewhere
    assert set(STATE_WORDS) == set(EvidenceState)


def test_a_plan_reached_by_a_link_is_where_its_folder_really_is(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("a")
    (tmp_path / "link").symlink_to("real")
    (found,) = looked_at(Evidence(ref="a.md"), beside=tmp_path / "link" / "x.plan.yaml")
    assert found.state == "found"


def test_a_file_of_the_greatest_size_is_hashed_and_a_larger_one_is_not(tmp_path: Path) -> None:
    for name, size in (("fits.bin", evidence.MAX_BYTES), ("huge.bin", evidence.MAX_BYTES + 1)):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(size)
    digest = hashlib.sha256(bytes(evidence.MAX_BYTES)).hexdigest()
    items = [Evidence(ref=name, sha256=digest) for name in ("fits.bin", "huge.bin")]
    fits, huge, unhashed = looked_at(*items, Evidence(ref="huge.bin"), beside=tmp_path / "x.plan.yaml")
    assert [fits.state, huge.state, unhashed.state] == ["found", "unreadable", "found"]
    assert "64 MiB" in huge.problem


def test_files_that_are_too_large_in_all_are_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_BYTES_IN_ALL", 10)
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_bytes(b"xxxxx")
    digest = hashlib.sha256(b"xxxxx").hexdigest()
    items = [Evidence(ref=name, sha256=digest) for name in ("a.md", "b.md", "a.md", "c.md", "a.md")]
    found = looked_at(*items, beside=tmp_path / "x.plan.yaml")
    assert [item.state for item in found] == ["found", "found", "found", "unreadable", "found"]
    assert "names too many files" in found[3].problem


def test_ways_that_are_too_long_in_all_are_not_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path.joinpath(*"abcdefgh")
    folder.mkdir(parents=True)
    (folder / "x.md").write_text("x")
    monkeypatch.setattr(evidence, "MAX_STEPS", str(folder).count("/") + 1)
    refs = ["a/b/c/d/e/f/g/h/x.md", "a/b/c/d/e/f/g/h/y.md", "a/b/../b/x.md", "a/b/c/d/e/f/g/h/x.md"]
    found = looked_at(*(Evidence(ref=ref) for ref in refs), beside=tmp_path / "x.plan.yaml")
    assert [item.state for item in found] == ["found", "absent", "unreadable", "found"]


def test_what_looks_like_a_path_is_found_in_time_that_grows_with_the_length() -> None:
    for ref in ("a" + "/" * 100_000 + " x", "a.b:" * 50_000 + " x", "x." * 50_000 + "#" * 50_000 + " "):
        assert evidence.file_of(ref) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_is_not_confirmed(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "b.md").chmod(0)
    (tmp_path / "closed").chmod(0)
    items = (Evidence(ref="closed/a.md"), Evidence(ref="b.md", sha256="0" * 64))
    found = looked_at(*items, beside=tmp_path / "x.plan.yaml")
    (tmp_path / "closed").chmod(0o700)
    assert [item.state for item in found] == ["unreadable", "unreadable"]


def test_a_file_that_stops_being_readable_is_not_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("a")

    def refuse(path: str, *_: object) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    (found,) = looked_at(Evidence(ref="a.md", sha256="0" * 64), beside=tmp_path / "x.plan.yaml")
    assert found.state == "unreadable"


def test_a_name_that_is_too_long_is_not_confirmed(tmp_path: Path) -> None:
    (found,) = looked_at(Evidence(ref=f"{'x' * 1900}.md"), beside=tmp_path / "x.plan.yaml")
    assert found.is_doubtful


def test_each_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").symlink_to("a.md")
    seen = []
    hash_forms = evidence.hash_forms
    monkeypatch.setattr(evidence, "hash_forms", lambda content: seen.append(content) or hash_forms(content))
    items = [Evidence(ref=ref, sha256="0" * 64) for ref in ("a.md", "./a.md", "b.md", "a.md#x")]
    assert {item.state for item in looked_at(*items, beside=tmp_path / "x.plan.yaml")} == {"altered"}
    assert len(seen) == 1


def test_no_network_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    refs = ("https://example.org/a", "doi:10.1/2", "ftp://example.org/b.md")
    found = looked_at(*(Evidence(ref=ref) for ref in refs), beside=tmp_path / "x.plan.yaml")
    assert {item.state for item in found} == {"not_fetched"}


def test_capability_evidence_and_that_of_alternatives_is_looked_for_too(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    there, absent = Evidence(ref="a.md"), Evidence(ref="b.md")
    made = plan("open_weights", capability_evidence=(there, absent), adopted=["companion-classifier"])
    made = adoption_of(made, "companion-classifier", absent, there)
    looked = evidence.inspect_with(evidence.FileLookup(str(tmp_path / "x.plan.yaml")), made)
    assert [item.state for item in looked.model.capability_evidence] == ["found", "absent"]
    assert [item.state for item in looked.adoptions[0].evidence] == ["absent", "found"]
    assert count_evidence(looked) == "2 files found; 2 not found"


# --- the program ----------------------------------------------------------------------------------------------------


def solo(ref: str, **fields: str) -> dict[str, Any]:
    """A plan that passes if its one piece of evidence is not doubtful."""
    return {
        "schema_version": 1,
        "model": {"name": "Test", "parameters": 7.0e9, "capability": "low"},
        "organization": {"size": "solo"},
        "channels": [{"id": "api", "access": "hosted_api"}],
        "safeguards": {
            "AB-01": {"status": "implemented", "evidence": [{"ref": ref, **fields}]},
            "AB-11": "implemented",
            "AB-14": "implemented",
        },
    }


def checked(aisafe: Program, data: Mapping[str, Any], *arguments: str, stdin: bool = False, **others: Any) -> Any:
    text = yaml.safe_dump(data, sort_keys=False)
    folder = others.pop("folder")
    (folder / "x.plan.yaml").write_text(text, encoding="utf-8")
    full = () if "-f" in arguments else ("--full",)
    return aisafe(
        "check",
        "-" if stdin else "x.plan.yaml",
        *full,
        "--as-of",
        "2026-06-01",
        *arguments,
        stdin=text if stdin else "",
    )


def test_the_gate_closes_until_the_file_is_there(aisafe: Program, tmp_path: Path) -> None:
    done = checked(aisafe, solo("docs/a.md"), folder=tmp_path)
    assert done.returncode == 1
    flat = " ".join(done.stdout.split())
    assert "FAIL: 1 safeguard blocks (1 unanswered or unconfirmed)" in flat
    assert "docs/a.md was not found" in flat
    assert "Do: Put the file where the plan says" in flat
    assert "evidence 1 not found" in flat
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("a")
    done = checked(aisafe, solo("docs/a.md"), folder=tmp_path)
    assert done.returncode == 0
    assert "evidence 1 file found" in " ".join(done.stdout.split())


def test_a_changed_file_closes_the_gate(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    digest = hashlib.sha256(b"a").hexdigest()
    assert checked(aisafe, solo("a.md", sha256=digest), folder=tmp_path).returncode == 0
    (tmp_path / "a.md").write_text("b")
    done = checked(aisafe, solo("a.md", sha256=digest), folder=tmp_path)
    assert done.returncode == 1
    assert "a.md has a different SHA-256 than the plan gives" in " ".join(done.stdout.split())


def test_a_hash_in_capitals_is_refused_at_the_door(aisafe: Program, tmp_path: Path) -> None:
    done = checked(aisafe, solo("a.md", sha256="A" * 64), folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_date_after_the_day_of_the_check_closes_the_gate(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    assert checked(aisafe, solo("a.md", date="2026-06-01"), folder=tmp_path).returncode == 0
    done = checked(aisafe, solo("a.md", date="2026-06-02"), folder=tmp_path)
    assert done.returncode == 1
    assert "a.md is dated 2026-06-02, after the day of the check" in " ".join(done.stdout.split())


def test_a_plan_on_standard_input_names_files_from_the_current_folder(aisafe: Program, tmp_path: Path) -> None:
    assert checked(aisafe, solo("a.md"), stdin=True, folder=tmp_path).returncode == 1
    (tmp_path / "a.md").write_text("a")
    assert checked(aisafe, solo("a.md"), stdin=True, folder=tmp_path).returncode == 0


def test_a_waiver_lifts_the_block(aisafe: Program, tmp_path: Path) -> None:
    data = solo("docs/a.md")
    waiver = {"safeguard": "AB-01", "reason": "it is being written", "owner": "me"}
    data["waivers"] = [{**waiver, "granted": "2026-05-01", "expires": "2026-12-31"}]
    done = checked(aisafe, data, folder=tmp_path)
    assert done.returncode == 0
    assert "1 block waived" in done.stdout


@pytest.mark.parametrize("name", ["table", "markdown", "html", "sarif", "junit", "github", "gitlab", "csv", "json"])
def test_every_format_that_gives_reasons_says_what_is_wrong(aisafe: Program, tmp_path: Path, name: str) -> None:
    done = checked(aisafe, solo("absent.md"), "-f", name, folder=tmp_path)
    assert done.returncode == 1
    assert "absent.md was not found" in " ".join(done.stdout.split())


def test_a_model_card_and_a_report_mark_what_cannot_be_confirmed(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("a")
    data = solo("absent.md")
    data["safeguards"]["AB-14"] = {"status": "implemented", "evidence": [{"ref": "there.md"}]}
    data["channels"].append({"id": "weights", "access": "open_weights"})
    data["alternatives"] = [{"id": "companion-classifier", "evidence": [{"ref": "guard.md"}]}]
    card = checked(aisafe, data, "-f", "markdown", "--kind", "model-card", folder=tmp_path).stdout
    assert "absent.md (not found)" in card
    assert "| there.md |" in card
    report = checked(aisafe, data, "-f", "markdown", folder=tmp_path).stdout
    assert "absent.md (other; not found)" in report
    assert "there.md (other; file found)" in report
    assert "**It does not count as adopted: its evidence cannot be confirmed.** Evidence: guard.md" in report
    assert "1 file found; 2 not found" in report
    page = checked(aisafe, data, "-f", "html", folder=tmp_path).stdout
    assert "It does not count as adopted: its evidence cannot be confirmed." in page
    assert "<b>not found</b>" in page


def test_json_gives_the_state_and_the_problem(aisafe: Program, tmp_path: Path) -> None:
    done = checked(aisafe, solo("absent.md"), "-f", "json", folder=tmp_path)
    (result,) = json.loads(done.stdout)["plans"]
    (item,) = result["findings"][0]["channels"]["api"]["claim"]["evidence"]
    assert (item["state"], item["problem"]) == ("absent", "was not found")


def test_what_a_plan_in_a_file_is_worth_does_not_depend_on_the_current_folder(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    checked(aisafe, solo("a.md"), folder=tmp_path)
    assert aisafe("check", "../x.plan.yaml", cwd=elsewhere).returncode == 0
    assert aisafe("check", tmp_path / "x.plan.yaml", cwd=elsewhere).returncode == 0


def test_nothing_but_evidence_changes(tmp_path: Path) -> None:
    made: Plan = plan(
        "hosted_api", {"AB-01": claim(shown=["log"]), "AB-02": "planned"}, adopted=["companion-classifier"]
    )
    loaded = load_plan(written(made, tmp_path), catalog())
    (tmp_path / "docs" / "log.md").unlink()
    looked = evidence.inspect_with(evidence.FileLookup(str(tmp_path / "memory.plan.yaml")), loaded)
    assert replace(looked, claims=loaded.claims) == loaded
    assert outcomes(report_on(looked))["AB-01"] == "unknown"
    assert outcomes(report_on(loaded))["AB-01"] == "satisfied"


def test_evidence_that_was_read_is_among_the_files_of_the_report(tmp_path: Path, aisafe: Program) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("read", "altered", "seen"):
        (tmp_path / "docs" / f"{name}.md").write_text(name, encoding="utf-8")
    digest = hashlib.sha256(b"read").hexdigest()
    named = {"docs/read.md": digest, "./docs/read.md": digest, "docs/altered.md": "0" * 64, "docs/seen.md": None}
    shown = tuple(Evidence(ref=ref, sha256=sha256) for ref, sha256 in named.items())
    claims = {"AB-01": [{"status": "implemented", "evidence": [_named(item) for item in shown]}]}
    text = yaml.safe_dump({**yaml.safe_load(as_yaml(plan("hosted_api"))), "safeguards": claims})
    (tmp_path / "x.plan.yaml").write_text(text, encoding="utf-8")
    listed = json.loads(aisafe("report", "x.plan.yaml", "-f", "json").stdout)["files"]
    read = [(one["path"], one["sha256"], one["size"]) for one in listed if one["purpose"] == "evidence"]
    assert read == [("docs/altered.md", hashlib.sha256(b"altered").hexdigest(), 7), ("docs/read.md", digest, 4)]


def _named(item: Evidence) -> dict[str, str]:
    return {"ref": item.ref, **({"sha256": item.sha256} if item.sha256 else {})}


def test_evidence_of_every_place_is_looked_at(tmp_path: Path) -> None:
    named = (Evidence(ref="a.md"), Evidence(ref="missing.md"))
    model = ComparableModel(name="Open-13B", compares="stronger", evidence=named)
    made = plan("hosted_api", {"AB-01": replace(claim(), evidence=named)})
    made = replace(made, model=replace(made.model, capability_evidence=named, comparable_open_models=(model,)))
    (tmp_path / "a.md").write_text("x")
    looked = evidence.inspect_with(evidence.FileLookup(str(tmp_path / "x.plan.yaml")), made)
    assert [one.name for one in looked.model.comparable_open_models] == ["Open-13B"]
    for items in (
        looked.model.capability_evidence,
        looked.model.comparable_open_models[0].evidence,
        looked.claims["AB-01"][0].evidence,
    ):
        assert [one.state for one in items] == ["found", "absent"]


def test_a_file_is_told_by_what_it_was_looked_for_as() -> None:
    """With a SHA-256 a name with a space is a path, and without one it is none."""
    items = [
        Evidence(ref=ref, sha256=sha256, state=state)
        for ref, sha256 in (("your notes", None), ("my notes", "0" * 64))
        for state in (EvidenceState.FOUND, EvidenceState.ALTERED)
    ]
    made = plan("hosted_api", {"AB-01": replace(claim(), evidence=tuple(items))})
    assert list(evidence.found_files(replace(made, path="p/x.plan.yaml"))) == ["p/my notes"]


@pytest.mark.parametrize("sha256", [None, "0" * 64])
def test_a_pointer_of_git_lfs_is_not_the_file(tmp_path: Path, sha256: str | None) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 3\n"
    for form in (pointer, pointer.replace("\n", "\r\n"), pointer.replace("git-lfs", "hawser")):
        assert find_pointer_hash(form.encode()) == "0" * 64
    (tmp_path / "a.pdf").write_text(pointer)
    (item,) = looked_at(Evidence(ref="a.pdf", sha256=sha256), beside=tmp_path / "x.plan.yaml")
    assert (item.state, item.problem.partition(";")[2]) == ("unreadable", " fetch the file with git lfs pull")


def test_line_ends_make_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a\r\nb\r\n")
    hashes = [hashlib.sha256(content).hexdigest() for content in (b"a\nb\n", b"a\r\nb\r\n", b"a\nb", b"ab")]
    items = [Evidence(ref="a.md", sha256=sha256) for sha256 in hashes]
    states = [item.state for item in looked_at(*items, beside=tmp_path / "x.plan.yaml")]
    assert states == ["found", "found", "altered", "altered"]


@pytest.mark.parametrize(
    ("content", "forms"),
    [
        (b"a\nb\n", {b"a\nb\n", b"a\r\nb\r\n"}),
        (b"a\r\nb\r\n", {b"a\nb\n", b"a\r\nb\r\n"}),
        (b"a\r\nb\n", {b"a\r\nb\n", b"a\nb\n", b"a\r\nb\r\n"}),
        (b"a\0\n", {b"a\0\n"}),
        (b"a", {b"a"}),
    ],
)
def test_a_text_has_the_hashes_of_each_of_its_line_ends(content: bytes, forms: set[bytes]) -> None:
    assert set(evidence.hash_forms(content)) == {hashlib.sha256(form).hexdigest() for form in forms}
    assert evidence.hash_forms(content)[0] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("named", "depth", "leaves"),
    [("../a", 1, False), ("../a", 0, True), ("./../a", 0, True), (".//../a", 0, True), ("x/../../y/a", 0, True)],
)
def test_a_path_that_leaves_the_repository_on_its_way_is_known(named: str, depth: int, leaves: bool) -> None:
    assert evidence.climbs_out(named, depth) == leaves


def test_what_was_found_and_read_is_named_from_the_current_folder(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.md").write_text("text")
    sha256 = hashlib.sha256(b"text").hexdigest()
    named = (Evidence(ref="a.md#x"), Evidence(ref="a.md", sha256=sha256), Evidence(ref="b.md"), Evidence(ref="arXiv 1"))
    look = evidence.FileLookup("p/x.plan.yaml")
    made = replace(plan("hosted_api", {"AB-01": claim("implemented", evidence=named)}), path="p/x.plan.yaml")
    assert list(evidence.found_files(evidence.inspect_with(look, made))) == ["p/a.md", "p/a.md"]
    assert look.read == {"p/a.md": (sha256, 4)}


@pytest.mark.parametrize(
    ("ref", "state", "problem"),
    [
        ("/etc/x.md", EvidenceState.OUTSIDE, "is not a path relative to the plan"),
        ("~/x.md", EvidenceState.OUTSIDE, "is not a path relative to the plan"),
        ("./" + "x" * 300, EvidenceState.UNREADABLE, "cannot be checked"),
    ],
)
def test_what_is_not_looked_at_is_told_in_words(tmp_path: Path, ref: str, state: EvidenceState, problem: str) -> None:
    (found,) = looked_at(Evidence(ref=ref), beside=tmp_path)
    assert (found.state, found.problem) == (state, problem)
