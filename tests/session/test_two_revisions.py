"""All that decides comes from the trusted revision, or the code is 2; every difference is told.

A repository is made for each thing that decides and each form in which a revision may store it. A change then loosens
the thing in the plainest way, as a file of the expected name.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from test_git import git
from test_trusted_ref import CATALOG, DONE, NOTHING, PLAN, RECORDED, WAIVER

from aisafe_cli.cli import run
from aisafe_cli.errors import AisafeError

AS_OF = ("--as-of", "2026-06-01")
FORMS = (
    *("file", "link", "linked folder", "missing", "other line ends", "renamed", "folder"),
    *("submodule", "ambiguous revision"),
)
Contents = Mapping[str, str]


def with_evidence(text: str) -> str:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return PLAN.replace("planned", f"{{status: implemented, evidence: [{{ref: e.md, sha256: {sha256}}}]}}")


# By thing: its file, what it is before and after, the plan beside it, and options of check.
Thing = tuple[str, str, str, str, tuple[str, ...]]
THINGS: Mapping[str, Thing] = {
    "configuration": ("aisafe.yaml", "fail_under: 80\n", "fail_under: 0\n", DONE, ()),
    "catalog": (
        "c.yaml",
        CATALOG,
        CATALOG.replace("requires: [AB-01, AB-11, AB-14]", "requires: [AB-01, AB-11]"),
        PLAN,
        ("--catalog", "here/c.yaml"),
    ),
    "baseline": ("b.yaml", NOTHING, RECORDED.replace("a.plan", "here/a.plan"), PLAN, ("--baseline", "here/b.yaml")),
    "plan": ("a.plan.yaml", f"{DONE}  AB-02: implemented\npolicy: {{fail_under: 90}}\n", DONE, "", ()),
    "evidence": ("e.md", "report\n", "forged\n", with_evidence("report\n"), ()),
}
# The codes of `check --trusted-ref main`, and of `diff --fail-on-regression` against main, in the order of the forms.
# Configuration and catalog of diff are those of the working tree, and it knows no baseline.
CODES: Mapping[str, tuple[str, str]] = {
    "configuration": ("1 1 1 0 1 1 2 1 2", "0 0 0 0 0 0 0 0 2"),
    "catalog": ("1 1 1 2 1 2 2 1 2", "0 0 0 0 0 0 0 0 2"),
    "baseline": ("1 1 1 1 1 1 2 1 2", "- - - - - - - - -"),
    "plan": ("1 1 1 0 1 0 2 1 2", "1 1 1 2 1 1 2 1 2"),
    "evidence": ("1 1 1 1 1 1 1 1 2", "1 1 1 0 1 1 0 1 2"),
}
TOLD: Mapping[tuple[str, str], set[str]] = {
    ("plan", "missing"): {"plan-added"},
    ("plan", "renamed"): {"plan-added", "plans-removed"},
    ("plan", "link"): {"policy-changed", "claims-changed", "plans-removed"},
    **{
        ("plan", form): {"policy-changed", "claims-changed"}
        for form in ("file", "linked folder", "other line ends", "submodule")
    },
    **{(thing, form): {f"{thing}-changed"} for thing in ("configuration", "catalog", "baseline") for form in FORMS},
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, set[str]]]:
    """Run a command in this process; return its code, and the kinds of findings that tell of a change."""

    def call(*arguments: str) -> tuple[int, set[str]]:
        capfd.readouterr()
        try:
            code = run([*arguments, *AS_OF, "-f", "json"])
        except AisafeError as error:
            return error.exit_code, set()
        output = capfd.readouterr().out
        plans = json.loads(output).get("plans", []) if output else []
        kinds = {finding["rule"] for plan in plans for finding in plan.get("plan_findings", ())}
        return code, {kind for kind in kinds if kind.endswith(("-changed", "-added", "-removed", "-raised", "-parent"))}

    return call


def commit(folder: Path, contents: Contents, message: str = "all") -> None:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def store(folder: Path, form: str, name: str, text: str, beside: Contents) -> None:
    """Commit a thing in a form, with what is beside it."""
    here = "real" if form == "linked folder" else "here"
    place = {"link": f"stored/{name}", "folder": f"here/{name}/x"}.get(form, f"{here}/{name}")
    stored = {} if form == "missing" else {place: text.replace("\n", "\r\n") if form == "other line ends" else text}
    (folder / here).mkdir()
    if form == "submodule":
        git(folder / here, "init", "-q")
        commit(folder / here, {".gitattributes": "* -text\n", name: text, **beside})
        git(folder, "-c", "advice.addEmbeddedRepo=false", "submodule", "--quiet", "add", "./here", "here")
        stored, beside = {}, {}
    if form == "link":
        (folder / here / name).symlink_to(f"../{place}")
    if form == "linked folder":
        (folder / "here").symlink_to("real")
    stored |= {f"{here}/{other}": plan for other, plan in beside.items()}
    commit(folder, {".gitattributes": "* -text\n", **stored})


def loosen(folder: Path, form: str, name: str, text: str, beside: Contents) -> str:
    """Put files of the change in the place of what is stored, and return the path of the plan."""
    here = folder / "here"
    if form == "submodule":
        commit(here, {**beside, name: text})
        return commit_place(folder, {}, name)
    if here.is_symlink():
        here.unlink()
    else:
        shutil.rmtree(here)
    other = {"aisafe.yaml": "pyproject.toml", "a.plan.yaml": "z.plan.yaml"}.get(name, f"z{name}")
    name = other if form == "renamed" else name
    text = "[tool.aisafe]\nfail_under = 0\n" if name == "pyproject.toml" else text
    path = commit_place(folder, {**{f"here/{one}": plan for one, plan in beside.items()}, f"here/{name}": text}, name)
    if form == "ambiguous revision":
        git(folder, "tag", "main", "HEAD")
    return path


def commit_place(folder: Path, contents: Contents, name: str) -> str:
    commit(folder, contents)
    return f"here/{name}" if name.endswith(".plan.yaml") else "here/a.plan.yaml"


def rows() -> Iterable[tuple[str, str, int, int | None]]:
    for thing, (checked, compared) in CODES.items():
        for form, check, diff in zip(FORMS, checked.split(), compared.split(), strict=True):
            yield thing, form, int(check), None if diff == "-" else int(diff)


@pytest.mark.parametrize(("thing", "form", "check", "diff"), list(rows()))
def test_a_change_never_decides_about_itself(repository, call, thing, form, check, diff):
    name, before, after, plan, options = THINGS[thing]
    beside = {"a.plan.yaml": plan} if plan else {}
    store(repository, form, name, before, beside)
    if form not in ("missing", "folder"):
        assert call("check", "here/a.plan.yaml", *options, "--trusted-ref", "main") == (thing != "evidence", set())
    git(repository, "switch", "-q", "-c", "change")
    path = loosen(repository, form, name, after, beside)
    if form == "renamed":
        options = tuple(word.replace(f"here/{name}", f"here/z{name}") for word in options)
    told = TOLD.get((thing, form), set()) if check < 2 else set()
    assert call("check", path, *options, "--trusted-ref", "main") == (check, told)
    catalog = options if thing == "catalog" else ()
    assert diff is None or call("diff", "main:here/a.plan.yaml", path, *catalog, "--fail-on-regression")[0] == diff


# --- what others did, and what is not here --------------------------------------------------------------------------

EXCUSED = PLAN + WAIVER


@pytest.fixture
def stale(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base, a change of it that is checked out, and a main that got a waiver, a configuration and a plan since."""
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    commit(repository, {"a.plan.yaml": DONE})
    git(repository, "branch", "base")
    git(repository, "switch", "-q", "-c", "change")
    commit(repository, {"README": "x"})
    git(repository, "switch", "-q", "main")
    commit(repository, {"a.plan.yaml": EXCUSED, "b.plan.yaml": DONE, "aisafe.yaml": "fail_under: 10\n"})
    git(repository, "switch", "-q", "change")
    return repository


def merge(folder: Path) -> str:
    """Check out what a platform makes of the change, and return the base that its event still names."""
    git(folder, "switch", "-q", "--detach", "main")
    git(folder, "merge", "-q", "--no-edit", "change")
    base = git(folder, "rev-parse", "base")
    git(folder, "branch", "-D", "base")
    return base


@pytest.mark.usefixtures("stale")
def test_what_main_got_since_is_not_told_as_the_change(call):
    assert call("check", ".", "--trusted-ref", "main") == (0, set())


def test_a_merge_of_a_platform_is_compared_with_what_it_was_merged_into(stale, call, monkeypatch):
    base = merge(stale)
    assert call("check", ".", "--trusted-ref", base) == (0, {"trusted-parent"})
    assert call("check", ".", "--trusted-ref", "HEAD^1") == (0, set())
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert call("check", ".", "--trusted-ref", base) == (0, {"trusted-parent"})
    monkeypatch.setenv("GITHUB_BASE_REF", "another")
    assert call("check", ".", "--trusted-ref", base)[0] == 1


def test_a_revision_that_is_named_otherwise_is_what_it_says(stale, call):
    base = merge(stale)
    git(stale, "tag", "policy-1", base)
    assert call("check", ".", "--trusted-ref", "policy-1")[0] == 1
    assert call("check", ".", "--trusted-ref", base[:12])[0] == 1


def test_no_parent_in_another_branch_is_trusted(stale, call):
    """Whoever may push some branch could put a waiver there, and merge the change into it by hand."""
    base = git(stale, "rev-parse", "base")
    git(stale, "branch", "-m", "main", "elsewhere")
    git(stale, "switch", "-q", "--detach", "elsewhere")
    git(stale, "merge", "-q", "--no-edit", "change")
    code, told = call("check", ".", "--trusted-ref", base)
    assert (code, "trusted-parent" in told) == (1, False)


@pytest.mark.parametrize("where", ["on a branch", "of what no branch has"])
def test_no_merge_that_somebody_proposes_is_trusted(stale, call, where):
    """The first parent of a merge that is made by hand is whatever its author wants."""
    base = git(stale, "rev-parse", "base")
    git(stale, "switch", "-q", "-c", "mine", "base")
    commit(stale, {"a.plan.yaml": EXCUSED})
    git(stale, "merge", "-q", "--no-edit", "change")
    if where == "of what no branch has":
        git(stale, "switch", "-q", "--detach")
        git(stale, "branch", "-D", "mine")
    code, told = call("check", ".", "--trusted-ref", base)
    assert (code, "trusted-parent" in told, "waivers-changed" in told) == (1, False, True)


def test_a_shallow_clone_is_told_what_to_fetch(stale, tmp_path_factory, monkeypatch):
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{stale}", ".")
    monkeypatch.chdir(clone)
    with pytest.raises(AisafeError, match=r"the clone is shallow.*fetch-depth: 0"):
        run(["check", ".", "--trusted-ref", "origin/main"])


def test_a_partial_clone_is_told_what_to_fetch(stale, tmp_path_factory, monkeypatch, capfd):
    git(stale, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--filter=blob:none", f"file://{stale}", ".")
    monkeypatch.chdir(clone)
    with pytest.raises(AisafeError, match="not stored in this clone; fetch all of it with git fetch --refetch"):
        run(["check", ".", "--trusted-ref", "origin/main"])
    git(clone, "fetch", "-q", "--refetch", "--no-filter")
    assert run(["check", ".", "--trusted-ref", "origin/main", *AS_OF]) == 0
    capfd.readouterr()


def test_a_plan_that_a_sparse_checkout_leaves_out_is_not_told_as_taken_away(repository, capfd):
    commit(repository, {"in/a.plan.yaml": DONE, "out/b.plan.yaml": DONE})
    git(repository, "sparse-checkout", "set", "in")
    assert run(["check", "in", "--trusted-ref", "main", *AS_OF]) == 2
    told = capfd.readouterr().err
    assert "out/b.plan.yaml: a sparse checkout leaves this plan out; add its folder with git sparse-checkout" in told


# --- any change -----------------------------------------------------------------------------------------------------

REVISIONS = ("main", "change")
HERE, AT_THE_TOP = "here/aisafe.yaml", "aisafe.yaml"
PLAN_FILE = "here/a.plan.yaml"
EXCUSES = [
    "",
    *(WAIVER.replace("agreed", why).replace("2026-12-31", day) for why in "ab" for day in ("2026-12-31", "2026-02-01")),
]
CATALOGS = [CATALOG, CATALOG.replace("requires: [AB-01, AB-11, AB-14]", "requires: [AB-01, AB-11]")]


class AnyChange(RuleBasedStateMachine):
    """A trusted revision and a change of it, both made in any order of small steps.

    What held is compared with what `git show` says of the trusted revision, read with a few lines of this test.
    """

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.before = Path.cwd()
        self.is_forked = False
        os.chdir(self.folder)
        git(self.folder, "init", "-q", "-b", "main")
        commit(self.folder, {PLAN_FILE: PLAN, "c.yaml": CATALOGS[0], "b.yaml": NOTHING})

    def teardown(self) -> None:
        os.chdir(self.before)
        shutil.rmtree(self.folder)

    @rule(done=st.booleans(), excuse=st.sampled_from(EXCUSES), least=st.sampled_from(["", "40", "90"]))
    def write_the_plan(self, done: bool, excuse: str, least: str) -> None:
        policy = least and f"policy: {{fail_under: {least}}}\n"
        (self.folder / PLAN_FILE).write_text((DONE if done else PLAN) + excuse + policy)

    @rule(
        place=st.sampled_from([HERE, AT_THE_TOP]),
        least=st.sampled_from([0, 30, 80]),
        strict=st.booleans(),
        catalog=st.booleans(),
    )
    def write_a_configuration(self, place: str, least: int, strict: bool, catalog: bool) -> None:
        named = f"catalog: {'../' * place.count('/')}c.yaml\n" if catalog else ""
        (self.folder / place).unlink(missing_ok=True)  # a link would take the text to a file that another place has too
        (self.folder / place).write_text(f"fail_under: {least}\nstrict: {str(strict).lower()}\n{named}")

    @rule(place=st.sampled_from([HERE, AT_THE_TOP]))
    def take_a_configuration_away(self, place: str) -> None:
        (self.folder / place).unlink(missing_ok=True)

    @rule(place=st.sampled_from([HERE, AT_THE_TOP]))
    def link_a_configuration(self, place: str) -> None:
        (self.folder / "loose.yaml").write_text("fail_under: 0\n")
        (self.folder / place).unlink(missing_ok=True)
        (self.folder / place).symlink_to(os.path.relpath("loose.yaml", os.path.dirname(place)))

    @rule(content=st.sampled_from(CATALOGS))
    def write_the_catalog(self, content: str) -> None:
        (self.folder / "c.yaml").write_text(content)

    @rule(content=st.sampled_from([NOTHING, RECORDED.replace("a.plan", "here/a.plan")]))
    def write_the_baseline(self, content: str) -> None:
        (self.folder / "b.yaml").write_text(content)

    @precondition(lambda self: not self.is_forked)
    @rule()
    def fork(self) -> None:
        commit(self.folder, {})
        git(self.folder, "switch", "-q", "-c", "change")
        self.is_forked = True

    @precondition(lambda self: self.is_forked)
    @rule()
    def check(self) -> None:
        commit(self.folder, {})
        told = self.folder.parent / f"{self.folder.name}.json"
        code = run(["check", PLAN_FILE, "--trusted-ref", "main", "--baseline", "b.yaml", *AS_OF, "-f", f"json={told}"])
        (plan,) = json.loads(told.read_text())["plans"]
        told.unlink()
        rules = {finding["rule"] for finding in plan["plan_findings"]}
        place, trusted = self._show_configuration("main")
        policy = plan["verdict"]["policy"]
        least = int((re.findall(r"fail_under: (\d+)", trusted) or [0])[0])
        asked = [re.findall(r"policy: {fail_under: (\d+)", self._show(rev, PLAN_FILE)) for rev in REVISIONS]
        assert policy["fail_under"] == max(least, *(int(value) for found in asked for value in found or ["0"]))
        assert policy["strict"] == ("strict: true" in trusted)
        assert policy["configuration"] == (f"main:{place}" if place else None)
        catalog = self._show("main", "c.yaml") if "catalog" in trusted else CATALOG
        assert plan["catalog"]["sha256"] == hashlib.sha256(catalog.encode()).hexdigest()
        assert ("configuration-changed" in rules) == (trusted != self._show_configuration("change")[1])
        assert ("baseline-changed" in rules) == self._differs("b.yaml")
        assert "catalog-changed" in rules or "catalog" not in trusted or not self._differs("c.yaml")
        excused, excuses = (
            re.findall("reason: (.), .*expires: (.*)}", self._show(rev, PLAN_FILE)) for rev in REVISIONS
        )
        wider = {one for one in excuses if not any(one[0] == had[0] and one[1] <= had[1] for had in excused)}
        levels = [finding["level"] for finding in plan["plan_findings"] if finding["rule"] == "waivers-changed"]
        assert levels == ([] if excused == excuses else ["warning" if wider else "note"])
        assert ("policy-changed" in rules) == (asked[0] != asked[1])
        done = ["AB-14: implemented" in self._show(revision, PLAN_FILE) for revision in REVISIONS]
        assert ("claims-changed" in rules) == (done[0] != done[1])
        (waived,) = [finding for finding in plan["findings"] if finding["safeguard"] == "AB-14"]
        lifting = [one for one in (*waived.get("waivers", ()), waived.get("waiver")) if one and one["lifts"]]
        assert {one["reason"] for one in lifting} <= {reason for reason, last in excused if last > AS_OF[1]}
        lifted = "  AB-14: planned" in self._show("change", PLAN_FILE) and "AB-14" not in plan["verdict"]["blocking"]
        loose = "requires: [AB-01, AB-11]" in catalog and "strict: true" not in trusted
        assert not lifted or lifting or loose or "AB-14" in self._show("main", "b.yaml")
        assert code == (not plan["verdict"]["passed"])

    def _show(self, revision: str, path: str) -> str:
        return git(self.folder, "show", f"{revision}:{path}") + "\n"

    def _differs(self, path: str) -> bool:
        return self._show("main", path) != self._show("change", path)

    def _show_configuration(self, revision: str) -> tuple[str, str]:
        listed = git(self.folder, "ls-tree", "-r", revision).splitlines()
        for place in (HERE, AT_THE_TOP):
            for line in listed:
                if line.endswith(f"\t{place}"):
                    return place, self._show(revision, "loose.yaml" if line.startswith("120000") else place)
        return "", ""


TestAnyChange = AnyChange.TestCase
TestAnyChange.settings = settings(
    max_examples=10, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
