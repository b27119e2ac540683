"""Which configuration decides, and which is refused because it would be passed over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_git import git

from aisafe_cli.errors import AisafeError, FileError, describe
from aisafe_cli.session.find_config import ConfigFinder, LeftOutError
from aisafe_cli.session.folder_settings import SettingsReader
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.settings import Options
from aisafe_cli.session.trusted_ref import TrustedRevision

TABLE = "[tool.aisafe]\nfail_under = "
BEFORE = {"top/ci/named.yaml": "fail_under: 3\n"}
STORED = {
    "top/aisafe.yaml": "fail_under: 1\n",
    "top/plans/pyproject.toml": f"{TABLE}2\n",
    "top/plans/deep/x": "",
    "top/other/pyproject.toml": "[project]\n",
    "top/both/aisafe.yaml": "{}\n",
    "top/both/pyproject.toml": f"{TABLE}3\n",
    "top/ci/named.yaml": "fail_under: 4\n",
    "top/ci/plain.toml": "[project]\n",
    "top/gone/aisafe.yaml": "fail_under: 5\n",
    "top/wrong/aisafe.yml": "",
    "top/loose/aisafe.prod.yaml": "strict: true\n",
    "top/beside/aisafe.prod.yaml": "strict: true\n",
    "top/beside/aisafe.yaml": "fail_under: 6\n",
    "top/.aisafe/config.yaml": "other: 1\n",
    "top/.github/other.yaml": "strict: true\n",
    "top/hidden/.aisafe/config.toml": "strict = true\n",
}
CHANGED = {
    "top/aisafe.yaml": "fail_under: 11\n",
    "top/plans/pyproject.toml": f"{TABLE}12\n",
    "top/ci/named.yaml": "fail_under: 14\n",
    "top/new/aisafe.yaml": "fail_under: 16\n",
    "top/inner/plans/deep/x": "",
    "lone/plans/x": "",
    "aisafe.yaml": "fail_under: 19\n",
    "aside/named.yaml": "fail_under: 17\n",
    "aside/aisafe.yaml": "fail_under: 18\n",
}


MADE: dict[str, Path] = {}  # for processes that are forked from this one too, as those that try changes of the code


@pytest.fixture
def around(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MADE.get("around") or MADE.setdefault("around", make_around(tmp_path_factory.mktemp("around")))


def make_around(folder: Path) -> Path:
    """A folder with a repository, `top`, whose files have changed since main."""
    git(folder, "init", "-q", "-b", "main", "top")
    (folder / "top" / "nowhere").mkdir()
    (folder / "top" / "nowhere" / "aisafe.yaml").symlink_to("absent.yaml")
    for contents in (BEFORE, STORED, CHANGED):
        for name, text in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if contents is not CHANGED:
            git(folder / "top", "add", "-A")
            git(folder / "top", "commit", "-q", "-m", "x")
    (folder / "top" / "gone" / "aisafe.yaml").unlink()
    (folder / "top" / "inner" / ".git").mkdir()
    (folder / "lone" / ".git").mkdir()
    return folder


IN_BOTH = "pyproject.toml:1:7: aisafe.yaml in this folder is a configuration too\n"
NEAR = "a configuration with this name is not read; rename it to"
# Of each folder, by options: the configuration that decides, what it says, its folder and the top around it; or how an
# error begins.
Found = tuple[str, int, str, str] | str | None
TOP = "{around}/top"
PRESENT: list[tuple[str, dict[str, object], Found]] = [
    (".", {}, ("aisafe.yaml", 11, TOP, TOP)),
    ("plans/deep", {}, ("plans/pyproject.toml", 12, f"{TOP}/plans", TOP)),
    ("other", {}, ("aisafe.yaml", 11, TOP, TOP)),
    ("new", {}, ("new/aisafe.yaml", 16, f"{TOP}/new", TOP)),
    ("../aside", {}, ("../aside/aisafe.yaml", 18, "{around}/aside", "{around}/aside")),
    ("both", {}, f"both/{IN_BOTH}"),
    ("wrong", {}, f"error: wrong/aisafe.yml: {NEAR} wrong/aisafe.yaml"),
    ("hidden", {}, f"error: hidden/.aisafe/config.toml: {NEAR} hidden/aisafe.yaml"),
    ("nowhere", {}, "error: nowhere/aisafe.yaml: cannot be opened: No such file or directory"),
    ("loose", {}, f"error: loose/aisafe.prod.yaml: {NEAR} loose/aisafe.yaml"),
    ("beside", {}, ("beside/aisafe.yaml", 6, f"{TOP}/beside", TOP)),
    ("../lone/plans", {}, None),
    (
        "inner/plans/deep",
        {},
        "error: .: this folder's configuration does not apply in inner, which is a separate repository; add a"
        " configuration there, or name one with --config",
    ),
    (".", {"search_config": False}, None),
    ("wrong", {"search_config": False}, None),
    ("plans", {"config": "ci/named.yaml"}, ("ci/named.yaml", 14, f"{TOP}/ci", TOP)),
    ("plans", {"config": "../aside/named.yaml"}, ("../aside/named.yaml", 17, "{around}/aside", "{around}/aside")),
    (".", {"config": "ci/plain.toml"}, "error: ci/plain.toml: has no table [tool.aisafe]"),
    (".", {"config": "absent.yaml"}, "error: absent.yaml: cannot be opened: No such file or directory"),
]
TRUSTED: list[tuple[str, dict[str, object], Found]] = [
    (".", {}, ("main:aisafe.yaml", 1, "", "")),
    ("plans/deep", {}, ("main:plans/pyproject.toml", 2, "plans", "")),
    ("other", {}, ("main:aisafe.yaml", 1, "", "")),
    ("new", {}, ("main:aisafe.yaml", 1, "", "")),
    ("gone", {}, ("main:gone/aisafe.yaml", 5, "gone", "")),
    ("inner/plans", {}, ("main:aisafe.yaml", 1, "", "")),
    ("../aside", {}, "error: ../aside: is outside of the repository that --trusted-ref is about"),
    ("both", {}, f"main:both/{IN_BOTH}"),
    ("nowhere", {}, "error: main:nowhere/aisafe.yaml: is a link that leads nowhere"),
    ("loose", {}, f"error: main:loose/aisafe.prod.yaml: {NEAR} loose/aisafe.yaml"),
    ("beside", {}, ("main:beside/aisafe.yaml", 6, "beside", "")),
    ("wrong", {}, f"error: main:wrong/aisafe.yml: {NEAR} wrong/aisafe.yaml"),
    ("hidden", {}, f"error: main:hidden/.aisafe/config.toml: {NEAR} hidden/aisafe.yaml"),
    (".", {"search_config": False}, None),
    ("plans", {"config": "ci/named.yaml"}, ("main:ci/named.yaml", 4, "ci", "")),
    ("plans", {"config": "../aside/named.yaml"}, ("../aside/named.yaml", 17, "{around}/aside", "{around}/aside")),
    (".", {"config": "ci/plain.toml"}, "error: main:ci/plain.toml: has no table [tool.aisafe]"),
    (".", {"config": "new/aisafe.yaml"}, "error: main:new/aisafe.yaml: there is no such file in this revision"),
]


@pytest.mark.parametrize(
    ("folder", "options", "revision", "expected"),
    [
        (folder, options, revision, expected)
        for revision, rows in ((None, PRESENT), ("main", TRUSTED))
        for folder, options, expected in rows
    ],
)
def test_the_nearest_configuration_decides(around, monkeypatch, folder, options, revision, expected):
    monkeypatch.chdir(around / "top")
    provenance = Provenance()
    trusted = TrustedRevision(revision, provenance) if revision else None
    finder = ConfigFinder(Options(**options), provenance, trusted)
    found = describe_found(finder, folder, around)
    assert found == expected if not isinstance(expected, str) else found.startswith(expected)
    if isinstance(expected, tuple):
        path = expected[0].removeprefix("main:")
        origin = "working_tree" if path == expected[0] or trusted is None else f"revision {trusted.commit}"
        assert [(one.path, one.origin) for one in provenance.files] == [(path, origin)]
    monkeypatch.setattr("aisafe_cli.session.find_config.read_bytes", None)
    monkeypatch.setattr("aisafe_cli.session.provenance.read_bytes", None)
    assert describe_found(finder, folder, around) == found


def describe_found(finder: ConfigFinder, folder: str, around: Path) -> Found:
    try:
        found = finder.find(folder)
    except AisafeError as error:
        return describe(error)
    if found is None:
        return None
    document, least = found.draft.document, found.draft.data["fail_under"]
    return (document.path, least, *(place.replace(str(around), "{around}") for place in (found.folder, found.top)))


@pytest.mark.parametrize(("folder", "least"), [(".", 11), ("inner/plans", 11), ("plans", 12), ("../aside", 18)])
def test_what_a_trusted_revision_is_compared_with_is_not_listed(around, monkeypatch, folder, least):
    monkeypatch.chdir(around / "top")
    provenance = Provenance()
    finder = ConfigFinder(Options(), provenance, TrustedRevision("main", provenance))
    assert finder.find_present(folder).draft.data["fail_under"] == least
    assert provenance.files == ()


def test_a_named_configuration_is_read_once_from_each_tree(around, monkeypatch):
    monkeypatch.chdir(around / "top")
    provenance = Provenance()
    trusted, base = (TrustedRevision(name, provenance) for name in ("main", "main~1"))
    finder = ConfigFinder(Options(config="ci/named.yaml"), provenance, trusted)
    found = [finder.find_present("."), finder.find_trusted(".", base)]
    assert provenance.files == ()
    found.append(finder.find("."))
    assert [one.draft.data["fail_under"] for one in found] == [14, 3, 4]
    assert [finder.find_present("plans"), finder.find_trusted("plans", base), finder.find("plans")] == found
    assert [(one.path, one.origin) for one in provenance.files] == [("ci/named.yaml", f"revision {trusted.commit}")]


def test_a_named_configuration_that_the_base_does_not_have_is_an_error(around, monkeypatch):
    monkeypatch.chdir(around / "top")
    provenance = Provenance()
    trusted, base = (TrustedRevision(name, provenance) for name in ("main", "main~1"))
    finder = ConfigFinder(Options(config="beside/aisafe.yaml"), provenance, trusted)
    with pytest.raises(FileError, match=r"^main~1:beside/aisafe\.yaml: has no table"):
        finder.find_trusted(".", base)


# --- configurations that are there and are not used -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("aisafe.yml", "fail_under: 100\n", "aisafe.yaml"),
        ("real/aisafe.toml", "fail_under = 100\n", "plans/aisafe.yaml"),
        (".config/aisafe.yaml", "fail_under: 100\n", "aisafe.yaml"),
        ("real/.aisafe/config.yml", "fail_under: 100\n", "plans/aisafe.yaml"),
        ("aisafe.json", '{"fail_under": 100}', "aisafe.yaml"),
        ("setup.cfg", "[aisafe]\nfail_under = 100\n", "aisafe.yaml"),
    ],
)
def test_a_configuration_under_a_near_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, right: str
) -> None:
    """The folder of the plans is a link, which is followed in a revision too."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.plan.yaml").touch()
    (tmp_path / "plans").symlink_to("real")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    shown = name.replace("real", "plans")
    for options in (Options(), Options(trusted_ref="HEAD")):
        with pytest.raises(
            FileError, match=rf"{re.escape(shown)}: a configuration with this name is not read; rename it to {right}$"
        ):
            SettingsReader(options, Provenance()).read("plans")
    (tmp_path / name).unlink()
    with pytest.raises(FileError, match=f"HEAD:{re.escape(shown)}"):
        SettingsReader(Options(trusted_ref="HEAD"), Provenance()).read("plans")
    assert SettingsReader(Options(), Provenance()).read("plans").configuration is None


def test_the_configuration_around_a_nested_repository_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / ".git", tmp_path / "inner" / ".git", tmp_path / "inner" / "plans"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert SettingsReader(Options(), Provenance()).read("inner/plans").configuration is None
    (tmp_path / "aisafe.yaml").write_text("fail_under: 100\n", encoding="utf-8")
    with pytest.raises(FileError, match="does not apply in inner, which is a separate repository"):
        SettingsReader(Options(), Provenance()).read("inner/plans")
    (tmp_path / "inner" / "aisafe.yaml").write_text("fail_under: 50\n", encoding="utf-8")
    assert SettingsReader(Options(), Provenance()).read("inner/plans").policy.fail_under == 50


SPARSE = {
    "aisafe.yaml": "fail_under: 1\n",
    "yaml/aisafe.yaml": "fail_under: 2\n",
    "toml/pyproject.toml": f"{TABLE}3\n",
    "plain/pyproject.toml": "[project]\n",
    "kept/aisafe.yaml": "fail_under: 4\n",
    "deleted/aisafe.yaml": "fail_under: 5\n",
}


@pytest.fixture
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MADE.get("sparse") or MADE.setdefault("sparse", make_sparse(tmp_path_factory.mktemp("sparse")))


def make_sparse(top: Path) -> Path:
    """A repository whose sparse checkout leaves out some configurations, with another repository in a folder of it."""
    git(top, "init", "-q", "-b", "main")
    for name, content in SPARSE.items():
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(content)
        (top / name).with_name("x").touch()
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "all")
    left_out = ("!/yaml/aisafe.yaml", "!/toml/pyproject.toml", "!/plain/pyproject.toml")
    git(top, "sparse-checkout", "set", "--no-cone", "/*", *left_out)
    (top / "deleted" / "aisafe.yaml").unlink()
    (top / "yaml" / "inner" / "plans").mkdir(parents=True)
    git(top / "yaml" / "inner", "init", "-q")
    return top


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("yaml", "yaml/aisafe.yaml"),
        ("yaml/inner/plans", "yaml/aisafe.yaml"),
        ("toml", "toml/pyproject.toml"),
    ],
)
def test_a_configuration_that_a_sparse_checkout_leaves_out_is_not_passed_over(sparse, monkeypatch, folder, expected):
    monkeypatch.chdir(sparse)
    with pytest.raises(LeftOutError) as raised:
        ConfigFinder(Options(), Provenance(), None).find_present(folder)
    assert raised.value.path == str(sparse / expected)
    assert str(raised.value) == (
        f"{expected}: a sparse checkout leaves this configuration out; add it with git sparse-checkout add, or use git"
        " sparse-checkout disable"
    )


@pytest.mark.parametrize(("folder", "decides"), [("plain", "."), ("kept", "kept"), ("deleted", ".")])
def test_in_a_sparse_checkout_what_is_there_decides(sparse: Path, folder: str, decides: str) -> None:
    found = ConfigFinder(Options(), Provenance(), None).find_present(str(sparse / folder))
    assert found is not None
    assert found.folder == str(sparse / decides)


def test_what_is_left_out_is_asked_of_git_once_and_only_in_a_sparse_checkout(sparse, around, monkeypatch):
    asked = []
    monkeypatch.setattr("aisafe_cli.session.find_config.list_left_out", lambda top: asked.append(top) or frozenset())
    for folder in (around / "top" / "plans", sparse / "plain"):
        ConfigFinder(Options(), Provenance(), None).find_present(str(folder))
    assert asked == [str(sparse)]
