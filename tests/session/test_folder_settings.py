"""Which catalogs, formats and baseline hold for a folder, and what a change does to them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from building import SMALL_CATALOG
from test_git import git
from test_trusted_ref import NOTHING, RECORDED

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.errors import AisafeError, RequestError, describe
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.loading.catalog import load_catalog
from aisafe_cli.session.folder_settings import SettingsReader
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.settings import Options

OWN = SMALL_CATALOG.read_text(encoding="utf-8")
OTHER = OWN.replace("id: harbor-rules", "id: port-rules")
TWO = "fail_under: {}\ncatalogs: [practices, ../catalogs/own.yaml]\nrequirements: {{require: [HR-2]}}\n"
STORED = {
    "top/aisafe.yaml": "fail_under: 10\ncatalog: catalogs/own.yaml\nformats: [table, json=out/x=y.json]\n",
    "top/catalogs/own.yaml": OWN,
    "top/catalogs/gone.yaml": OWN,
    "top/torn/aisafe.yaml": "fail_undr: 40\n",
    "top/two/aisafe.yaml": TWO.format(10),
    "top/removed.yaml": "fail_under: 70\n",
    "top/full.yaml": RECORDED,
    "top/bad.yaml": "plans: []\n",
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
# What the trusted branch got since the change began.
SINCE = {
    "top/aisafe.yaml": "fail_under: 12\ncatalog: catalogs/own.yaml\nformats: [table, json=out/x=y.json]\n",
    "top/torn/aisafe.yaml": "fail_under: 40\n",
    "top/two/aisafe.yaml": TWO.format(12),
}
CHANGED = {
    "top/aisafe.yaml": "fail_under: 11\ncatalog: catalogs/own.yaml\nformats: [table, json=out/x=y.json]\n",
    "top/torn/aisafe.yaml": "fail_under: 40\n",
    "top/two/aisafe.yaml": TWO.format(11),
    "top/catalogs/own.yaml": OWN + "# changed\n",
    "top/catalogs/same.yaml": OWN.replace("\n", "\r\n"),
    "top/faulty/aisafe.yaml": "fail_undr: 30\n",
    "top/new/aisafe.yaml": "fail_under: 50\n",
    "top/b.yaml": RECORDED,
    "top/kept.yaml": NOTHING.replace("\n", "\r\n"),
    "top/new.yaml": RECORDED,
    "top/a.yaml,c.yaml": OTHER,
    "top/practices,none": OTHER,
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
    git(folder, "init", "-q", "-b", "moved", "top")
    for contents in (STORED, SINCE, CHANGED):
        for name, text in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        if contents is not CHANGED:
            git(folder / "top", "add", "-A")
            git(folder / "top", "commit", "-q", "-m", "x")
        if contents is SINCE:
            git(folder / "top", "branch", "-q", "old", "HEAD~1")
            git(folder / "top", "switch", "-q", "-c", "change", "old")
    git(folder / "top", "commit", "-q", "--allow-empty", "-m", "change")
    for name in ("gone.yaml", "catalogs/gone.yaml", "removed.yaml"):
        (folder / "top" / name).unlink()
    return folder


def describe_settings(folder: str, **options: object) -> object:
    """Return what holds: catalogs, those only shown, least coverage, configuration, folder, notes; or an error."""
    try:
        held = SettingsReader(Options(**options), Provenance()).read(folder)  # type: ignore[arg-type]
    except AisafeError as error:
        return "\n".join(line for line in describe(error).splitlines() if not line.startswith("  |"))
    catalogs = [one.path.removeprefix("safeguards/") for one in (held.catalog, *held.others)]
    path = held.configuration and held.configuration.path
    assert held.policy.configuration == path
    place = os.path.relpath(held.folder, os.getcwd())
    return (catalogs, sorted(held.only_shown), held.policy.fail_under, path, place, [one.message for one in held.notes])


BUILT_IN = ["nist-ai-800-1-ipd.yaml"]
BUILT_IN_HASH = hashlib.sha256(Path(find_data_file(BUILT_IN[0])).read_bytes()).hexdigest()
PRACTICES = "nist-ai-800-1-ipd-practices.yaml"
OUTSIDE = "this is outside of the repository\n  = give a relative path inside, or name the catalog on the command line"
NO_CATALOG = "no built-in catalog and no file has this name\n  = see `aisafe catalog list`"
COMMON = "error: the catalogs harbor-rules and port-rules have an id or a slug in common"
ONLY_ONE = "error: --catalog-sha256 works with one catalog only"
HERE: list[tuple[str, dict[str, object], object]] = [
    (".", {}, (["catalogs/own.yaml"], [], 11, "aisafe.yaml", ".", [])),
    ("plain", {}, (BUILT_IN, [], 20, "plain/aisafe.yaml", "plain", [])),
    (
        "several",
        {},
        ([PRACTICES, "catalogs/own.yaml"], ["harbor-rules"], 0, "several/aisafe.yaml", "several", []),
    ),
    ("without", {}, f"without/aisafe.yaml:3:10: {NO_CATALOG}"),
    ("out", {}, f"out/aisafe.yaml:1:10: {OUTSIDE}"),
    ("absolute", {}, f"absolute/aisafe.yaml:1:10: {OUTSIDE}"),
    (".", {"search_config": False}, (BUILT_IN, [], 0, None, ".", [])),
    (".", {"config": "x", "search_config": False}, "error: --config and --no-config cannot be used together"),
    (
        "plain",
        {"catalog": "practices,catalogs/own.yaml", "fail_under": 5},
        ([PRACTICES, "catalogs/own.yaml"], [], 5, "plain/aisafe.yaml", "plain", []),
    ),
    (
        "plain",
        {"catalog": "all"},
        ([*BUILT_IN, PRACTICES, "eu-gpai-code-safety-security.yaml"], [], 20, "plain/aisafe.yaml", "plain", []),
    ),
    ("plain", {"catalog": "a.yaml,c.yaml"}, (["a.yaml,c.yaml"], [], 20, "plain/aisafe.yaml", "plain", [])),
    (
        "plain",
        {"catalog": "practices,none"},
        "error: --catalog: practices,none is both a file and a list of catalogs; rename the file",
    ),
    ("plain", {"catalog": "catalogs/own.yaml,../aside/own.yaml"}, COMMON),
    ("plain", {"catalog": "catalogs/own.yaml,practices,../aside/own.yaml"}, COMMON),
    ("plain", {"catalog": "practices,eu-code", "catalog_sha256": "0" * 64}, ONLY_ONE),
    (
        "plain",
        {"catalog_sha256": "0" * 64},
        f"error: safeguards/{BUILT_IN[0]}: SHA-256 is {BUILT_IN_HASH}, and --catalog-sha256 asks for {'0' * 64}",
    ),
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
    "This change removes catalog (catalogs/own.yaml); removes formats (table, json=out/x=y.json); sets fail_under"
    " from 10 to 50."
)
LEAST = "This change sets fail_under from 10 to 11."
MOVED = CATALOG.replace("in old", "in moved")
REMOVED = f"This change alters the catalog: catalogs/gone.yaml is removed; in old its SHA-256 is {OWN_HASH}."
NO_CONFIG = "This change removes the configuration old:removed.yaml; removes fail_under (70)."
NO_FILE = "there is no such file in this revision of the repository\n  = a path relative to the configuration"
PLAIN_OLD = ([], 20, "old:plain/aisafe.yaml", "plain")
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
    ("without", {}, f"old:without/aisafe.yaml:3:10: {NO_FILE}"),
    ("plain", {"catalog": "catalogs/own.yaml"}, (["old:catalogs/own.yaml"], *PLAIN_OLD, [CATALOG])),
    ("plain", {"catalog": "catalogs/gone.yaml"}, (["old:catalogs/gone.yaml"], *PLAIN_OLD, [REMOVED])),
    (
        "plain",
        {"config": "aisafe.yaml"},
        (["old:catalogs/own.yaml"], [], 10, "old:aisafe.yaml", ".", [LEAST, CATALOG]),
    ),
    ("plain", {"config": "removed.yaml"}, (BUILT_IN, [], 70, "old:removed.yaml", ".", [NO_CONFIG])),
    (".", {"trusted_ref": "moved"}, (["moved:catalogs/own.yaml"], [], 12, "moved:aisafe.yaml", ".", [LEAST, MOVED])),
    ("torn", {"trusted_ref": "moved"}, (BUILT_IN, [], 40, "moved:torn/aisafe.yaml", "torn", [])),
    (
        "two",
        {"trusted_ref": "moved"},
        ([PRACTICES, "moved:catalogs/own.yaml"], [], 12, "moved:two/aisafe.yaml", "two", [LEAST, MOVED]),
    ),
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
    (
        "plain",
        {"catalog": "eu-cod"},
        "error: no built-in catalog and no file is called `eu-cod`; did you mean `eu-code`?",
    ),
    ("plain", {"catalog": "catalogs/new.yaml"}, "error: old:catalogs/new.yaml: there is no such file in this revision"),
    (".", {"search_config": False}, (BUILT_IN, [], 0, None, ".", [])),
    (".", {"config": "strict.yaml"}, "error: old:strict.yaml: there is no such file in this revision"),
    (".", {"config": "../aside/c.yaml"}, (["../aside/own.yaml"], [], 60, "../aside/c.yaml", "../aside", [])),
]


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("folder", "options", "expected"),
    [*HERE, *((folder, {"trusted_ref": "old", **options}, expected) for folder, options, expected in TRUSTED)],
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
    assert all(one.message.startswith(f"{name} is the commit") for one in held.notes)


@pytest.mark.usefixtures("top")
def test_the_parent_that_is_trusted_in_place_of_a_revision_is_told():
    reader = SettingsReader(Options(trusted_ref="old"), Provenance())
    assert reader.trusted
    reader.trusted.replaced = "12ab"
    (told,) = reader.read("plain").notes
    assert "has moved on since 12ab" in told.message


def test_a_change_is_told_from_a_folder_below_too(top, monkeypatch):
    monkeypatch.chdir(top / "plain")
    options = Options(trusted_ref="old", catalog="../catalogs/own.yaml", config="../aisafe.yaml")
    reader = SettingsReader(options, Provenance())
    assert [one.message for one in reader.read(".").notes] == [LEAST, CATALOG]
    assert reader.read(".").notes[0].remedy.startswith("What old says was used.")
    assert (reader.is_named, SettingsReader(Options(), Provenance()).is_named) == (True, False)


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("options", "path", "origin"),
    [
        ({}, "catalogs/own.yaml", "working_tree"),
        ({"catalog": "catalogs/own.yaml"}, "catalogs/own.yaml", "working_tree"),
        ({"trusted_ref": "old"}, "catalogs/own.yaml", "revision"),
        ({"trusted_ref": "old", "catalog": "catalogs/own.yaml"}, "catalogs/own.yaml", "revision"),
        ({"catalog": "nist-ai-800-1-ipd"}, f"safeguards/{BUILT_IN[0]}", "package"),
    ],
)
def test_the_catalog_is_listed_as_such(options, path, origin):
    provenance = Provenance()
    SettingsReader(Options(**options), provenance).read(".")
    listed = [(one.path, one.origin.split()[0]) for one in provenance.files if one.purpose == "catalog"]
    assert [one for one in listed if "/compiled/" not in one[0]] == [(path, origin)]


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_catalog_that_is_pinned_judges_by_its_source(monkeypatch, is_pinned):
    asked = []

    def load(path: str, *given: object, from_source: bool) -> Catalog:
        asked.append((path, from_source))
        return load_catalog(path, *given, from_source=from_source)  # type: ignore[arg-type]

    monkeypatch.setattr("aisafe_cli.session.folder_settings.load_catalog", load)
    SettingsReader(Options(catalog_sha256=BUILT_IN_HASH if is_pinned else None), Provenance()).read("plain")
    assert asked == [("nist-ai-800-1-ipd", is_pinned)]


# --- formats --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "options", "formats"),
    [
        (".", {}, ["table", "json=out/x=y.json"]),
        ("plain", {}, ["csv"]),
        ("catalogs", {}, ["table", "json=../out/x=y.json"]),
        ("catalogs", {"trusted_ref": "old"}, ["table", "json=../out/x=y.json"]),
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
        ("full.yaml", "old", 1, [], "revision"),
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
def test_a_baseline_of_the_revision_is_named_so_in_its_faults():
    with pytest.raises(AisafeError) as refused:
        SettingsReader(Options(trusted_ref="old"), Provenance()).read_baseline("bad.yaml")
    assert describe(refused.value).startswith("old:bad.yaml:1:1: ")
    baseline, _ = SettingsReader(Options(trusted_ref="old"), Provenance()).read_baseline("full.yaml")
    assert baseline
    assert (baseline.source, baseline.path) == ("full.yaml", "old:full.yaml")


@pytest.mark.usefixtures("top")
def test_a_baseline_that_is_in_no_tree_is_refused():
    with pytest.raises(AisafeError, match=r"^absent\.yaml: there is no such file, nor is there in old$"):
        SettingsReader(Options(trusted_ref="old"), Provenance()).read_baseline("absent.yaml")
