"""Which catalogs, formats and baseline hold for a folder, and what a change does to them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from building import SMALL_CATALOG
from test_git import git
from test_trusted_ref import NOTHING, RECORDED

from aisafe_cli.errors import AisafeError, RequestError, describe
from aisafe_cli.session.folder_settings import SettingsReader
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.settings import Options

OWN = SMALL_CATALOG.read_text(encoding="utf-8")
OTHER = OWN.replace("id: harbor-rules", "id: port-rules")
STORED = {
    "top/aisafe.yaml": "fail_under: 10\ncatalog: catalogs/own.yaml\nformats: [table, json=out/x.json]\n",
    "top/catalogs/own.yaml": OWN,
    "top/catalogs/same.yaml": OWN,
    "top/several/aisafe.yaml": "catalogs: [practices, {catalog: ../catalogs/own.yaml, gate: false}]\n",
    "top/plain/aisafe.yaml": "fail_under: 20\nformats: [csv]\n",
    "top/without/aisafe.yaml": "\n\ncatalog: absent.yaml\n",
    "top/out/aisafe.yaml": "catalog: ../../aside/own.yaml\n",
    "top/absolute/aisafe.yaml": "catalog: /own.yaml\n",
    "top/faulty/aisafe.yaml": "fail_under: 30\n",
    "top/b.yaml": NOTHING,
    "top/kept.yaml": NOTHING,
    "top/gone.yaml": NOTHING,
}
CHANGED = {
    "top/aisafe.yaml": "fail_under: 11\ncatalog: catalogs/own.yaml\nformats: [table, json=out/x.json]\n",
    "top/catalogs/own.yaml": OWN + "# changed\n",
    "top/catalogs/same.yaml": OWN.replace("\n", "\r\n"),
    "top/faulty/aisafe.yaml": "fail_undr: 30\n",
    "top/new/aisafe.yaml": "fail_under: 50\n",
    "top/b.yaml": RECORDED,
    "top/kept.yaml": NOTHING.replace("\n", "\r\n"),
    "top/new.yaml": RECORDED,
    "top/a.yaml,c.yaml": OTHER,
    "top/practices,b.yaml": OTHER,
    "top/strict.yaml": "catalog: catalogs/own.yaml\n",
    "aside/own.yaml": OTHER,
    "aside/c.yaml": "fail_under: 60\ncatalog: own.yaml\n",
    "aside/b.yaml": NOTHING,
}
OWN_HASH, CHANGED_HASH, OTHER_HASH = (
    hashlib.sha256(text.encode()).hexdigest() for text in (OWN, OWN + "# changed\n", OTHER)
)


MADE: dict[str, Path] = {}  # for processes that are forked from this one too, as those that try changes of the code


@pytest.fixture
def top(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose files have changed since main; the folder beside it has files too."""
    around = MADE.get("around") or MADE.setdefault("around", make_around(tmp_path_factory.mktemp("around")))
    monkeypatch.chdir(around / "top")
    return around / "top"


def make_around(folder: Path) -> Path:
    git(folder, "init", "-q", "-b", "main", "top")
    for contents in (STORED, CHANGED):
        for name, text in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        if contents is STORED:
            git(folder / "top", "add", "-A")
            git(folder / "top", "commit", "-q", "-m", "x")
    git(folder / "top", "commit", "-q", "--allow-empty", "-m", "change")
    git(folder / "top", "branch", "-q", "change")
    git(folder / "top", "branch", "-q", "-f", "old", "HEAD~1")
    (folder / "top" / "gone.yaml").unlink()
    return folder


def describe_settings(folder: str, **options: object) -> object:
    """Return what holds: catalogs, those only shown, least coverage, configuration, folder, notes; or an error."""
    try:
        held = SettingsReader(Options(**options), Provenance()).read(folder)  # type: ignore[arg-type]
    except AisafeError as error:
        return describe(error).splitlines()[0]
    catalogs = [one.path.removeprefix("safeguards/") for one in (held.catalog, *held.others)]
    path = held.configuration and held.configuration.path
    place = os.path.relpath(held.folder, os.getcwd())
    return (catalogs, sorted(held.only_shown), held.policy.fail_under, path, place, [one.message for one in held.notes])


BUILT_IN = ["nist-ai-800-1-ipd.yaml"]
PRACTICES = "nist-ai-800-1-ipd-practices.yaml"
HERE: list[tuple[str, dict[str, object], object]] = [
    (".", {}, (["catalogs/own.yaml"], [], 11, "aisafe.yaml", ".", [])),
    ("plain", {}, (BUILT_IN, [], 20, "plain/aisafe.yaml", "plain", [])),
    (
        "several",
        {},
        ([PRACTICES, "catalogs/own.yaml"], ["harbor-rules"], 0, "several/aisafe.yaml", "several", []),
    ),
    ("without", {}, "error: without/absent.yaml: cannot be opened: No such file or directory"),
    ("out", {}, "out/aisafe.yaml:1:10: this is outside of the repository"),
    ("absolute", {}, "absolute/aisafe.yaml:1:10: this is outside of the repository"),
    (".", {"search_config": False}, (BUILT_IN, [], 0, None, ".", [])),
    (".", {"config": "x", "search_config": False}, "error: --config and --no-config cannot be used together"),
    (
        "plain",
        {"catalog": "practices,catalogs/own.yaml", "fail_under": 5},
        ([PRACTICES, "catalogs/own.yaml"], [], 5, "plain/aisafe.yaml", "plain", []),
    ),
    ("plain", {"catalog": "a.yaml,c.yaml"}, (["a.yaml,c.yaml"], [], 20, "plain/aisafe.yaml", "plain", [])),
    (
        "plain",
        {"catalog": "practices,b.yaml"},
        "error: --catalog: practices,b.yaml is both a file and a list of catalogs; rename the file",
    ),
    (
        "plain",
        {"catalog": "catalogs/own.yaml,../aside/own.yaml"},
        "error: the catalogs harbor-rules and port-rules have an id or a slug in common",
    ),
    ("plain", {"catalog": "all", "catalog_sha256": "0" * 64}, "error: --catalog-sha256 works with one catalog only"),
    (
        "plain",
        {"catalog_sha256": "0" * 63},
        f"error: --catalog-sha256: `{'0' * 63}` is not a SHA-256 of 64 hexadecimal digits",
    ),
    (
        "plain",
        {"catalog_sha256": "g" * 64},
        f"error: --catalog-sha256: `{'g' * 64}` is not a SHA-256 of 64 hexadecimal digits",
    ),
    (
        "plain",
        {"catalog": "../aside/own.yaml", "catalog_sha256": OTHER_HASH.upper()},
        (["../aside/own.yaml"], [], 20, "plain/aisafe.yaml", "plain", []),
    ),
    (
        "plain",
        {"catalog": "../aside/own.yaml", "catalog_sha256": OWN_HASH},
        f"error: ../aside/own.yaml: SHA-256 is {OTHER_HASH}, and --catalog-sha256 asks for {OWN_HASH}",
    ),
    (".", {"config": "../aside/c.yaml"}, (["../aside/own.yaml"], [], 60, "../aside/c.yaml", "../aside", [])),
]
ITSELF = "old is the commit that is checked out: only what is not committed yet counts as a change."
CATALOG = (
    f"This change alters the catalog: catalogs/own.yaml has SHA-256 {CHANGED_HASH}; in old its SHA-256 is {OWN_HASH}."
)
FEWER = (
    "This change removes catalog (catalogs/own.yaml); removes formats (table, json=out/x.json); sets fail_under from 10"
    " to 50."
)
LEAST = "This change sets fail_under from 10 to 11."
TRUSTED: list[tuple[str, dict[str, object], object]] = [
    (".", {}, (["old:catalogs/own.yaml"], [], 10, "old:aisafe.yaml", ".", [LEAST, CATALOG])),
    ("plain", {}, (BUILT_IN, [], 20, "old:plain/aisafe.yaml", "plain", [])),
    (
        "several",
        {},
        (
            [PRACTICES, "old:catalogs/own.yaml"],
            *(["harbor-rules"], 0, "old:several/aisafe.yaml", "several", [CATALOG]),
        ),
    ),
    ("without", {}, "old:without/aisafe.yaml:3:10: there is no such file in this revision of the repository"),
    (
        "faulty",
        {},
        (
            *(BUILT_IN, [], 30, "old:faulty/aisafe.yaml", "faulty"),
            ["The configuration of this change is faulty: faulty/aisafe.yaml:1:1: unknown key `fail_undr`"],
        ),
    ),
    ("new", {}, (["old:catalogs/own.yaml"], [], 10, "old:aisafe.yaml", ".", [FEWER, CATALOG])),
    (
        "plain",
        {"catalog": "catalogs/same.yaml"},
        (["old:catalogs/same.yaml"], [], 20, "old:plain/aisafe.yaml", "plain", []),
    ),
    ("plain", {"catalog": "../aside/own.yaml"}, (["../aside/own.yaml"], [], 20, "old:plain/aisafe.yaml", "plain", [])),
    ("plain", {"catalog": "catalogs/new.yaml"}, "error: old:catalogs/new.yaml: there is no such file in this revision"),
    (".", {"search_config": False}, (BUILT_IN, [], 0, None, ".", [])),
    (".", {"config": "strict.yaml"}, "error: old:strict.yaml: there is no such file in this revision"),
    (".", {"config": "../aside/c.yaml"}, (["../aside/own.yaml"], [], 60, "../aside/c.yaml", "../aside", [])),
]


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("folder", "options", "expected"),
    [*HERE, *((folder, {**options, "trusted_ref": "old"}, expected) for folder, options, expected in TRUSTED)],
)
def test_what_holds_for_a_folder_comes_from_where_it_has_to(folder, options, expected):
    assert describe_settings(folder, **options) == expected


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("change", ["trusted-itself"]), ("HEAD", ["trusted-itself"]), ("old", []), (None, [])],
)
@pytest.mark.usefixtures("top")
def test_the_commit_that_is_checked_out_is_told_as_such(name, kinds):
    held = SettingsReader(Options(trusted_ref=name), Provenance()).read("plain")
    assert [one.kind for one in held.notes] == kinds


# --- formats --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "options", "formats"),
    [
        (".", {}, ["table", "json=out/x.json"]),
        ("plain", {}, ["csv"]),
        ("catalogs", {}, ["table", "json=../out/x.json"]),
        ("catalogs", {"trusted_ref": "old"}, ["table", "json=../out/x.json"]),
        ("catalogs", {"search_config": False}, ["table"]),
    ],
)
def test_formats_are_written_beside_the_configuration(top, monkeypatch, folder, options, formats):
    monkeypatch.chdir(top / folder)
    assert SettingsReader(Options(**options), Provenance()).list_formats() == formats


def test_a_link_leads_no_output_away(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aisafe.yaml").write_text("formats: [json=out/x.json]\n")
    (tmp_path / "out").symlink_to("..")
    with pytest.raises(RequestError, match=r"^out/x\.json: a link leads this output out of the configuration's folder"):
        SettingsReader(Options(), Provenance()).list_formats()


# --- files that the command line names ------------------------------------------------------------------------------

ADDED = "This change adds the baseline new.yaml. In old there is none, so nothing is carried over."


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("path", "revision", "number", "told", "origin"),
    [
        ("b.yaml", None, 1, [], "working_tree"),
        ("b.yaml", "old", 0, ["This change alters the baseline b.yaml."], "revision"),
        ("kept.yaml", "old", 0, [], "revision"),
        ("gone.yaml", "old", 0, ["This change removes the baseline gone.yaml."], "revision"),
        ("new.yaml", "old", None, [ADDED], ""),
        ("../aside/b.yaml", "old", 0, [], "working_tree"),
    ],
)
def test_a_baseline_is_that_of_the_revision_and_what_changed_is_told(path, revision, number, told, origin):
    provenance = Provenance()
    reader = SettingsReader(Options(trusted_ref=revision), provenance)
    baseline, notes = reader.read_baseline(path)
    assert (None if baseline is None else len(baseline.plans), [one.message for one in notes]) == (number, told)
    listed = [(one.path, one.origin.split()[0]) for one in provenance.files if one.purpose == "baseline"]
    assert listed == ([(path, origin)] if origin else [])


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("path", "revision", "found"),
    [
        ("b.yaml", None, RECORDED),
        ("b.yaml", "old", NOTHING),
        ("../aside/b.yaml", "old", NOTHING),
        ("new.yaml", "old", "error: old:new.yaml: there is no such file in this revision"),
        ("absent.yaml", None, "error: absent.yaml: cannot be opened: No such file or directory"),
    ],
)
def test_a_file_that_decides_is_that_of_the_revision(path, revision, found):
    provenance = Provenance()
    reader = SettingsReader(Options(trusted_ref=revision), provenance)
    try:
        said = reader.read_trusted(path, "plan").decode()
    except AisafeError as error:
        said = describe(error)
    assert said == found
    assert [one.path for one in provenance.files if one.purpose == "plan"] == (
        [] if found.startswith("error") else [path]
    )


@pytest.mark.usefixtures("top")
def test_a_baseline_that_is_in_no_tree_is_refused():
    with pytest.raises(AisafeError, match=r"^absent\.yaml: there is no such file, nor is there in old$"):
        SettingsReader(Options(trusted_ref="old"), Provenance()).read_baseline("absent.yaml")
