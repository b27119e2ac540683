"""What a run read is listed, each file with its hash, and read once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from aisafe_cli.domain.verdict import ReadFile
from aisafe_cli.errors import FileError
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.provenance import WORKING_TREE, Provenance


def listed(path: str, purpose: str, origin: str, content: bytes) -> ReadFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return ReadFile(path=path, purpose=purpose, origin=origin, sha256=sha256, size=len(content))


@pytest.fixture
def provenance(tmp_path, monkeypatch) -> Provenance:
    """That of a run in a folder with two files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"one\n")
    (tmp_path / "b.yaml").write_bytes(b"two\n")
    return Provenance()


def test_files_are_listed_by_purpose_then_path_then_origin(provenance):
    for path, purpose in (("b.yaml", "baseline"), ("a.yaml", "baseline"), ("b.yaml", "plan"), ("b.yaml", "plan")):
        provenance.read_working(path, purpose)
    provenance.list_content("a.yaml", "baseline", "revision 12", b"three")
    assert provenance.files == (
        listed("b.yaml", "plan", "working_tree", b"two\n"),
        listed("a.yaml", "baseline", "revision 12", b"three"),
        listed("a.yaml", "baseline", "working_tree", b"one\n"),
        listed("b.yaml", "baseline", "working_tree", b"two\n"),
    )


def test_only_what_is_in_the_working_tree_is_kept_from_being_replaced(provenance):
    provenance.read_working("b.yaml", "plan")
    provenance.list_content("c.yaml", "plan", "revision 12", b"")
    provenance.list_file("d.md", "evidence", WORKING_TREE, "0" * 64, 3)
    provenance.protect("e.md", "b.yaml")
    assert provenance.inputs == ("b.yaml", "d.md", "e.md")


def test_what_another_process_read_is_listed_too(provenance):
    provenance.read_working("b.yaml", "plan")
    mark = provenance.mark()
    assert provenance.since(mark) == ((), ())
    provenance.read_working("a.yaml", "baseline")
    provenance.protect("c.md")
    read = provenance.since(mark)
    assert read == ((listed("a.yaml", "baseline", "working_tree", b"one\n"),), ("a.yaml", "c.md"))
    other = Provenance()
    other.add(*read)
    other.add(*read)
    assert (other.files, other.inputs) == read


def test_standard_input_is_no_file(run_here):
    done = run_here(
        "report",
        "-",
        "-f",
        "json",
        stdin="schema_version: 1\nmodel: {name: A}\nchannels: [{id: a, access: hosted_api}]\n",
    )
    (given,) = [file for file in json.loads(done.stdout)["files"] if file["purpose"] == "plan"]
    assert (given["path"], given["origin"]) == ("<stdin>", "standard_input")


def test_a_catalog_may_be_larger_than_what_else_is_read(provenance, tmp_path):
    (tmp_path / "large.yaml").write_bytes(b"x" * (MAX_BYTES + 1))
    assert len(provenance.read_working("large.yaml", "catalog")) == MAX_BYTES + 1
    with pytest.raises(FileError, match=r"large\.yaml"):
        provenance.read_working("large.yaml", "plan")


@pytest.mark.parametrize("compiled", [None, b"made"])
def test_data_of_the_package_is_listed_with_its_compiled_form(provenance, monkeypatch, compiled):
    content = Path(find_data_file("access-levels.yaml")).read_bytes()
    sought = ("access-levels.yaml", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr("aisafe_cli.session.provenance.find_compiled", lambda *named: {sought: compiled}[named])
    assert provenance.read_packaged("access-levels.yaml", "access_ladder") == content
    path = "safeguards/compiled/access-levels.yaml.json"
    assert provenance.files == (
        listed("safeguards/access-levels.yaml", "access_ladder", "package", content),
        *([listed(path, "access_ladder", "package", compiled)] if compiled else []),
    )
    assert provenance.inputs == ()


def test_what_is_made_once_is_made_once_and_its_error_is_raised_each_time(provenance):
    made = []

    def read(path: str) -> bytes:
        made.append(path)
        return provenance.read_working(path, "plan")

    for _ in range(2):
        assert [provenance.make_once(read, path) for path in ("a.yaml", "b.yaml")] == [b"one\n", b"two\n"]
        with pytest.raises(FileError, match="gone"):
            provenance.make_once(read, "gone.yaml")
    assert made == ["a.yaml", "b.yaml", "gone.yaml"]
    assert provenance.make_once(len, "a.yaml") == 6
