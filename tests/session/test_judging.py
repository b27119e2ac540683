"""From names to verdicts: what a change does to each plan, what is read, and how a run ends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from test_git import git
from test_trusted_ref import DONE, NOTHING, PLAN, RECORDED, WAIVER

from aisafe_cli import __version__
from aisafe_cli.domain.verdict import Judgment, NotAsked, Result
from aisafe_cli.errors import AisafeError, Fault, FileError, InputError, NothingToEvaluate, RequestError, describe
from aisafe_cli.session import session as sessions
from aisafe_cli.session.session import Checked, Parts, PlanText, Session
from aisafe_cli.session.settings import Options

DAY = date(2026, 6, 1)
SHOWN = PLAN.replace("AB-14: planned", "AB-14: {status: planned, evidence: [{ref: e.md}]}")
FAULTY = "schema_version: 3\n"
# What the change began with, what main got since, and what the change makes of it.
LATE = DONE.replace("access: hosted_api", "access: hosted_api, opens: 2036-07-01")
BASE = {"a": SHOWN, "gone": DONE, "f": FAULTY, "g": DONE, "same": PLAN + WAIVER, "sub/s": DONE}
MAIN = {"a": SHOWN + WAIVER, "d": DONE, "f": DONE, "g": FAULTY, "u": FAULTY, "late": LATE}
CHANGE = {
    "a": SHOWN.replace("AB-01: implemented", "AB-01: partial") + WAIVER,
    "c": DONE,
    "d": PLAN,
    "f": PLAN,
    "g": PLAN,
    "u": DONE,
    "new/n": DONE,
}
MADE: dict[str, Path] = {}  # for processes that are forked from this one too, as those that try changes of the code


@pytest.fixture
def top(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which a change is checked out."""
    made = MADE.get("top") or MADE.setdefault("top", make_top(tmp_path_factory.mktemp("top")))
    monkeypatch.chdir(made)
    return made


def make_top(top: Path) -> Path:
    git(top, "init", "-q", "-b", "main")
    (top / "plans" / "sub").mkdir(parents=True)
    (top / "plans" / "new").mkdir()
    (top / "plans" / "new" / "aisafe.yaml").write_text("expect: {at_least: 50}\n")
    (top / "plans" / "e.md").write_text("report\n")
    (top / "plans" / "sub" / "aisafe.yaml").write_text("expect: {all_of_revision: true}\n")
    (top / "-").write_text(SHOWN)
    commit(top, BASE)
    git(top, "branch", "change")
    commit(top, MAIN)
    git(top, "switch", "-q", "change")
    (top / "plans" / "gone.plan.yaml").unlink()
    (top / "plans" / "sub" / "s.plan.yaml").unlink()
    (top / "plans" / "e.md").write_text("forged\n")
    (top / "b.yaml").write_text(NOTHING)
    (top / "same.yaml").write_text(RECORDED)
    commit(top, CHANGE)
    return top


def commit(top: Path, plans: dict[str, str]) -> None:
    for name, text in plans.items():
        (top / "plans" / f"{name}.plan.yaml").write_text(text)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "x")


GONE = "This change removes or renames plans that main has: plans/gone.plan.yaml, plans/sub/s.plan.yaml."
ADDED = "This plan is not in main: this change adds it, and its waivers do not count yet."
FAULT = "In main this plan cannot be read, so it cannot be compared: main:plans/u.plan.yaml:1:1: "
PLANNED = "This change says something different about AB-14."


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("name", "told", "is_waived", "read"),
    [
        (
            "plans/a.plan.yaml",
            [
                "This change adds a waiver for AB-14, until 2026-12-31.",
                "This change says something different about AB-01.",
                "This change adds or alters what the plan names as evidence: plans/e.md.",
            ],
            True,
            ["main", "base"],
        ),
        ("plans/c.plan.yaml", [ADDED], False, []),
        ("plans/same.plan.yaml", [], True, ["main", "base"]),
        ("plans/u.plan.yaml", [FAULT], False, ["main"]),
        ("plans/d.plan.yaml", [PLANNED], False, ["main"]),
        ("plans/f.plan.yaml", [PLANNED], False, ["main", "base"]),
        ("plans/g.plan.yaml", [PLANNED], False, ["main", "base"]),
    ],
)
def test_a_plan_is_compared_with_where_the_change_began_and_waived_by_what_is_trusted(name, told, is_waived, read):
    session = Session(Options(trusted_ref="main"), DAY)
    loaded = session.load(name)
    messages = [note.message for note in loaded.notes]
    assert [one[: len(begins)] for one, begins in zip(messages, [GONE, *told], strict=True)] == [GONE, *told]
    assert all("until main has it" in note.remedy for note in loaded.notes if note.kind == "waivers-changed")
    by_both = Session(Options(trusted_ref="main", catalog="practices,nist-ai-800-1-ipd"), DAY).load(name)
    assert [note.kind for note in by_both.notes] == [note.kind for note in loaded.notes]
    result = session.judge(loaded)
    assert ("AB-14" in result.verdict.waived) == is_waived
    commits = {f"revision {git(Path(), 'rev-parse', one)}": one for one in ("main",)}
    commits[f"revision {git(Path(), 'merge-base', 'main', 'change')}"] = "base"
    files = session.run_each([name]).files
    assert sorted(commits[one.origin] for one in files if one.purpose == "trusted_plan") == sorted(read)
    assert {one.path for one in files if one.purpose == "trusted_plan"} == ({name} if read else set())


@pytest.mark.usefixtures("top")
def test_a_text_is_new_and_no_file():
    session = Session(Options(trusted_ref="main"), DAY, as_of_from="today")
    text = PlanText(name="plans/a.plan.yaml", content=(SHOWN + WAIVER).encode())
    loaded = session.load(text)
    assert [note.message for note in loaded.notes] == [GONE, ADDED]
    checked = session.run_texts([text], asks_for_expected=True)
    assert (checked.paths, checked.as_of_from, checked.errors) == (("plans/a.plan.yaml",), "today", ())
    assert "plans/a.plan.yaml" not in checked.inputs
    (listed,) = [one for one in checked.files if one.purpose == "plan"]
    sha256 = hashlib.sha256(text.content).hexdigest()
    assert (listed.path, listed.origin, listed.sha256) == ("plans/a.plan.yaml", "standard_input", sha256)


@pytest.mark.usefixtures("top")
def test_no_texts_are_an_error():
    checked = Session(Options(), DAY).run_texts([])
    assert [describe(error) for error in checked.errors] == ["error: <stdin>: holds no plan"]
    assert (checked.exit_code, checked.is_empty) == (3, True)


# --- baselines ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("top")
def test_two_baselines_of_one_catalog_are_refused():
    message = "2 baselines belong to one catalog, nist-ai-800-1-ipd; name one baseline per catalog"
    with pytest.raises(RequestError) as refused:
        Session(Options(), DAY, baselines=["b.yaml", "same.yaml"]).load("plans/c.plan.yaml")
    assert str(refused.value) == message


BOTH = "nist-ai-800-1-ipd,practices"


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("catalog", "recorded_by", "is_found"),
    [
        (None, "nist-ai-800-1-ipd", True),
        (None, "another", True),
        (None, None, False),
        (BOTH, "nist-ai-800-1-ipd", True),
        (BOTH, "another", False),
        (BOTH, None, False),
        ("practices,nist-ai-800-1-ipd", "nist-ai-800-1-ipd", False),
    ],
)
def test_a_baseline_is_that_of_the_catalog_or_the_only_one(catalog, recorded_by, is_found):
    loaded = Session(Options(catalog=catalog), DAY, baselines=["b.yaml"]).load("plans/c.plan.yaml")
    (baseline,) = loaded.baselines
    baseline = replace(baseline, catalog=replace(baseline.catalog, id=recorded_by or ""))
    loaded = replace(loaded, baselines=(baseline,) if recorded_by else ())
    assert loaded.find_baseline() == (baseline if is_found else None)


def test_what_a_baseline_has_is_carried_over(plain):
    (plain / "b.yaml").write_text(RECORDED.replace("a.plan.yaml", NAMES[2]))
    for baselines, carried in (([], ()), (["b.yaml"], ("AB-14",))):
        session = Session(Options(), DAY, baselines=baselines)
        assert session.judge(session.load(NAMES[2])).verdict.carried == carried


# --- how a run ends -------------------------------------------------------------------------------------------------

PASSES, FAILS, FAILS_BESIDE = (Judgment("a", "", *one) for one in ((True, True), (False, True), (False, False)))
BAD, NOTHING_THERE = FileError("bad"), NothingToEvaluate("nothing")


@pytest.mark.parametrize(
    ("shown", "errors", "code", "without_gate", "is_empty"),
    [
        ([PASSES], [], 0, 0, False),
        ([PASSES, FAILS], [], 1, 0, False),
        ([FAILS_BESIDE], [], 0, 0, False),
        ([FAILS], [BAD], 2, 2, False),
        ([FAILS], [NOTHING_THERE], 3, 3, False),
        ([PASSES], [NOTHING_THERE, BAD], 2, 2, False),
        ([], [], 0, 0, True),
    ],
)
def test_what_was_not_evaluated_outranks_what_failed(shown, errors, code, without_gate, is_empty):
    checked = Checked(results=(), errors=tuple(errors), inputs=(), judgments=tuple(shown))
    assert (checked.exit_code, checked.exit_code_without_gate, checked.is_empty) == (code, without_gate, is_empty)


def test_a_run_says_what_it_holds():
    fault = InputError((Fault(path="a", line=1, column=2, message="bad", hint="this"),))
    silent = NotAsked(path="a", guidance="g", reason="why")
    checked = Checked(
        results=(),
        errors=(fault,),
        inputs=("a",),
        not_asked=(silent,),
        notes=("said", "why"),
        as_of_from="today",
        judgments=(PASSES,),
    )
    run = checked.as_run(3)
    assert (run.results, run.judgments, run.complete, run.version) == ((), (PASSES,), False, __version__)
    assert run.exit_code == 3
    assert (run.unreadable, run.not_asked, run.notes) == (("a:1:2: bad",), (silent,), ("said",))
    assert (run.files, run.as_of_from) == ((), "today")
    assert replace(checked, errors=()).as_run(0).complete


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three plans, one of them faulty, and a configuration for each of two."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("a", DONE), ("b", FAULTY), ("c", PLAN)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.plan.yaml").write_text(text)
    (tmp_path / "a" / "aisafe.yaml").write_text("fail_under: 5\n")
    return tmp_path


NAMES = [f"{name}/{name}.plan.yaml" for name in "abc"]


def render(result: Result) -> bytes:
    return f"{result.report.plan.path} {result.verdict.passed}".encode()


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("processes", [1, 2])
def test_results_that_are_shown_in_parts_are_not_kept_but_for_the_first(monkeypatch, processes):
    handed = []

    def work(
        make: Callable[[str], sessions._Outcome], items: Iterable[str], number: int
    ) -> Iterable[sessions._Outcome]:
        assert number == 2
        return (handed.append(make(item)) or handed[-1] for item in items)

    monkeypatch.setattr(sessions, "map_by_processes", work)
    written: list[bytes] = []
    session = Session(Options(), DAY)
    error = FileError("gone")
    checked = session.run_each(NAMES, [error], ["said"], Parts(render=render, write=written.append), processes)
    assert written == [b"a/a.plan.yaml True", b"c/c.plan.yaml False"]
    assert checked.errors[0] is error
    assert "b/b.plan.yaml:1:" in describe(checked.errors[1])
    assert (len(checked.errors), checked.notes, checked.exit_code) == (2, ("said",), 2)
    assert checked.inputs[:3] == tuple(NAMES)
    assert [one.path for one in checked.files if one.purpose in ("plan", "configuration")] == [*NAMES, "a/aisafe.yaml"]
    assert checked.judgments == (Judgment(NAMES[0], "", True, True), Judgment(NAMES[2], "", False, True))
    if processes == 1:
        assert ([one.report.plan.path for one in checked.results], checked.paths) == ([NAMES[0]], (NAMES[0],))
    else:
        assert (checked.results, checked.paths) == ((), ())
        assert [(one.results, one.read[1][-1:]) for one in handed[::2]] == [((), (NAMES[0],)), ((), (NAMES[2],))]
        assert {one.path for one in handed[2].read[0]} >= {NAMES[2]}
        assert NAMES[0] not in {one.path for one in handed[2].read[0]}


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("few", "processors", "parts", "processes"), [(2, 3, True, 3), (3, 3, True, 1), (2, 3, False, 1)]
)
def test_many_plans_that_are_shown_in_parts_are_judged_by_several_processes(
    monkeypatch, few, processors, parts, processes
):
    monkeypatch.setattr(sessions, "_FEW", few)
    monkeypatch.setattr(sessions, "count_processes", lambda: processors)
    asked = []
    monkeypatch.setattr(
        Session, "run_each", lambda *given: asked.append(given[5]) or Checked(results=(), errors=(), inputs=())
    )
    Session(Options(), DAY).run(["."], parts=Parts(render=render, write=print) if parts else None)
    assert asked == [processes]


def test_what_is_watched_is_what_is_judged(plain):
    watched: list[str] = []
    written: list[bytes] = []
    Session(Options(), DAY).run(["a", "c"], parts=Parts(render=render, write=written.append))
    assert written == [b"a/a.plan.yaml True", b"c/c.plan.yaml False"]
    checked = Session(Options(), DAY).run(
        ["a", "c", "gone"], lambda names: [watched.append(name) or name for name in names]
    )
    assert (watched, checked.paths) == ([NAMES[0], NAMES[2], "gone"], (NAMES[0], NAMES[2]))
    assert [describe(one) for one in checked.errors] == ["error: gone: cannot be opened: No such file or directory"]
    (plain / "aisafe.yaml").write_text("fail_undr: 1\n")
    with pytest.raises(AisafeError):  # where nothing can be judged
        Session(Options(), DAY).run(["a"])


@pytest.mark.usefixtures("plain")
def test_settings_of_another_folder_hold_where_that_is_asked():
    loaded = Session(Options(), DAY, settings_of="a").load(NAMES[2])
    assert loaded.settings.policy.fail_under == 5
    assert Session(Options(), DAY).load(NAMES[2]).settings.policy.fail_under == 0


# --- several catalogs -----------------------------------------------------------------------------------------------

HOSTED = PLAN.partition("safeguards:")[0].replace("role: developer", "role: hosting_platform")
SILENT = "no safeguard of the catalog applies to the role hosting_platform in this plan"


@pytest.mark.parametrize(
    ("text", "catalog", "settings", "judged", "silent"),
    [
        (DONE, None, "{}", [("", True, "PASS: no errors")], []),
        (
            *(DONE, BOTH, "{}"),
            [
                ("nist-ai-800-1-ipd", True, "PASS: by nist-ai-800-1-ipd: no errors"),
                (
                    "practices",
                    True,
                    "FAIL: by practices: 3 safeguards block (1 unanswered or unconfirmed, 2 only partly done)",
                ),
            ],
            [],
        ),
        (
            *(DONE, None, "catalogs: [nist-ai-800-1-ipd, {catalog: practices, gate: false}]"),
            [
                ("nist-ai-800-1-ipd", True, "PASS: by nist-ai-800-1-ipd: no errors"),
                ("practices", False, "FAIL: by practices, which does not gate: 3 safeguards block"),
            ],
            [],
        ),
        (
            *(HOSTED, BOTH, "{}"),
            [("nist-ai-800-1-ipd", True, "FAIL: by nist-ai-800-1-ipd: the plan itself blocks (nothing-answered)")],
            ["practices"],
        ),
        (HOSTED, "practices", "{}", SILENT, []),
        (HOSTED, "practices,eu-code", "{}", SILENT, []),
    ],
)
def test_each_catalog_judges_a_plan_or_asks_nothing(plain, text, catalog, settings, judged, silent):
    (plain / "aisafe.yaml").write_text(settings)
    (plain / "a.plan.yaml").write_text(text)
    session = Session(Options(catalog=catalog), DAY)
    loaded = session.load("a.plan.yaml")
    checked = session.run_each(["a.plan.yaml"], (), ["said"])
    if isinstance(judged, str):
        with pytest.raises(NothingToEvaluate) as raised:
            session.judge_by_each(loaded)
        assert str(raised.value) == f"a.plan.yaml: {judged}"
        assert ([*checked.errors], checked.is_empty, checked.inputs[:1]) == ([raised.value], True, ("a.plan.yaml",))
        return
    results, not_asked = session.judge_by_each(loaded)
    assert [(one.guidance, one.gates) for one in results] == [one[:2] for one in judged]
    assert all(one.verdict.headline.startswith(begins) for one, (_, _, begins) in zip(results, judged, strict=True))
    told = [NotAsked(path="a.plan.yaml", guidance=name, reason=f"a.plan.yaml: {SILENT}") for name in silent]
    assert not_asked == [*checked.not_asked] == told
    assert checked.notes == ("said", *(one.reason for one in told))
    assert (checked.results, checked.paths) == (tuple(results), ("a.plan.yaml",) * len(results))


def test_each_part_of_a_plan_is_judged_beside_the_others(plain):
    loaded = Session(Options(catalog=BOTH), DAY).load(NAMES[0])
    names = BOTH.split(",")
    parts = [(one.catalog.short_name, [other.short_name for other in one.settings.others]) for one in loaded.split()]
    assert parts == [(names[0], names[1:]), (names[1], names[:1])]
    for name in "ac":
        (plain / name / f"{name}.plan.yaml").write_text(HOSTED)
    checked = Session(Options(catalog=BOTH), DAY).run_each([NAMES[0], NAMES[2]])
    assert [one.path for one in checked.not_asked] == [NAMES[0], NAMES[2]]


def test_all_reasons_why_nothing_is_asked_are_told(plain):
    (plain / "a" / "a.plan.yaml").write_text(
        HOSTED.replace("name: A", "name: A, systemic_risk: false, training_compute: 1.0e20")
    )
    session = Session(Options(catalog="practices,eu-code"), DAY)
    with pytest.raises(NothingToEvaluate, match=r"in this plan; a/a\.plan\.yaml: eu-code does not apply"):
        session.judge_by_each(session.load(NAMES[0]))


def test_a_plan_is_judged_as_changed_and_as_of_another_day(plain):
    profile = "profile: {minimum_size: large, minimum_capability: moderate}\n"
    (plain / "a" / "aisafe.yaml").write_text(profile)
    (plain / "a" / "a.plan.yaml").write_text(PLAN + WAIVER)
    session = Session(Options(), DAY)
    loaded = session.load(NAMES[0])
    assert [note.kind for note in loaded.notes] == ["profile-pinned"]
    assert "AB-14" in session.judge(loaded).verdict.waived
    assert "AB-14" in session.judge(loaded, as_of=date(2027, 1, 1)).verdict.blocking
    organization = replace(loaded.plan.organization, size="small")
    changed = session.judge(loaded, replace(loaded.plan, organization=organization))
    assert changed.report.plan.organization.size == "large"
    kinds = [one.kind for one in changed.report.plan_findings]
    assert kinds.count("profile-pinned") == 2
    assert [one.kind for one in session.judge(loaded).report.plan_findings].count("profile-pinned") == 1
    assert changed.report.as_of == DAY


def test_a_stage_is_judged_by_the_channels_that_are_open(plain):
    (plain / "a" / "aisafe.yaml").write_text("profile: {minimum_size: large}\n")
    later = "  - {id: weights, access: open_weights, opens: 2027-01-01}\n"
    (plain / "a" / "a.plan.yaml").write_text(DONE.replace("safeguards:", f"{later}safeguards:"))
    for stage, number in ((None, 2), (DAY, 1)):
        session = Session(Options(), DAY, stage=stage)
        report = session.judge(session.load(NAMES[0])).report
        assert (len(report.plan.channels), report.as_of) == (number, DAY)
        assert "profile-pinned" in [one.kind for one in report.plan_findings]


def test_evidence_is_listed_and_kept_from_being_replaced(plain):
    sha256 = hashlib.sha256(b"report\n").hexdigest()
    (plain / "a" / "e.md").write_text("report\n")
    (plain / "a" / "f.md").write_text("other\n")
    evidence = f"evidence: [{{ref: e.md, sha256: {sha256}}}, {{ref: f.md}}]"
    (plain / "a" / "a.plan.yaml").write_text(
        DONE.replace("AB-14: implemented", f"AB-14: {{status: implemented, {evidence}}}")
    )
    session = Session(Options(), DAY)
    checked = session.run([NAMES[0]])
    listed = [(one.path, one.origin, one.sha256, one.size) for one in checked.files if one.purpose == "evidence"]
    assert listed == [("a/e.md", "working_tree", sha256, 7)]
    assert (checked.as_run(0).files, checked.as_of_from) == (checked.files, "option")
    assert {"a/e.md", "a/f.md", NAMES[0], "a/aisafe.yaml"} <= {*checked.inputs}
    assert {*session.inputs} == {*checked.inputs}
    assert checked.results[0].report.plan.place == NAMES[0]
    assert session.list_formats() == ["table"]
    assert (session.read_settings("a").policy.fail_under, session.ladder.access_levels["hosted_api"].rank > 0) == (
        5,
        True,
    )


@pytest.mark.usefixtures("top")
def test_a_plan_of_a_revision_is_read_from_there():
    session = Session(Options(), DAY)
    for source in ("main:plans/late.plan.yaml", PlanText(name="late", content=LATE.encode())):
        with pytest.raises(InputError):
            session.load(source)
    loaded = session.load("main:plans/d.plan.yaml")
    assert loaded.plan.claims["AB-14"][0].status == "implemented"
    checked = session.run_each(["main:plans/d.plan.yaml", "plans/d.plan.yaml"])
    assert [one.verdict.passed for one in checked.results] == [True, False]
    assert checked.inputs[:2] == ("main:plans/d.plan.yaml", "plans/d.plan.yaml")


# --- what is expected -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "text", "paths", "options", "told", "notes"),
    [
        (".", "{}", ["a"], {}, [], []),
        (".", "patterns: [a]", ["a"], {}, [], []),
        (
            *(".", "patterns: [c]", ["a"], {}),
            ["error: c/c.plan.yaml: was not judged, but aisafe.yaml:1 expects it; name it on the command line too"],
            [],
        ),
        (
            ".",
            "all_of_revision: true",
            ["a"],
            {},
            [],
            ["aisafe.yaml:1: has no effect without --trusted-ref"],
        ),
        (
            *("a", "at_least: 2", ["a", "c"], {}),
            [
                "error: a/aisafe.yaml:1: expects at least 2 plans, but this run judged 1; name all folders with plans"
                " in one call"
            ],
            [],
        ),
        ("a", "at_least: 2", ["c"], {}, [], []),
        ("a", "at_least: 2", ["a", "c"], {"config": "a/aisafe.yaml"}, [], []),
    ],
)
def test_plans_that_are_expected_and_not_judged_are_told(plain, place, text, paths, options, told, notes):
    (plain / place / "aisafe.yaml").write_text(f"expect: {{{text}}}\n" if text != "{}" else text)
    assert Session(Options(**options), DAY).run(paths).errors == ()
    checked = Session(Options(**options), DAY).run(paths, asks_for_expected=True)
    assert [describe(one) for one in checked.errors] == told
    assert list(checked.notes) == notes


def test_a_faulty_configuration_on_the_way_is_told(plain):
    (plain / "b" / "aisafe.yaml").write_text("x: 1\n")
    (plain / "a" / "aisafe.yaml").write_text("expect: {at_least: 2}\n")
    checked = Session(Options(), DAY).run(["b", "a"], asks_for_expected=True)
    told = [describe(one).splitlines()[0] for one in checked.errors]
    assert told[0] == "b/aisafe.yaml:1:1: unknown key `x`"
    assert told[1].startswith("error: a/aisafe.yaml:1: expects at least 2 plans")
    assert len(told) == 2


def test_texts_are_no_plans_that_are_expected(plain):
    (plain / "aisafe.yaml").write_text("expect: {patterns: [a]}\n")
    text = PlanText(name="x", content=DONE.encode())
    written: list[bytes] = []
    parts = Parts(render=render, write=written.append)
    assert Session(Options(), DAY).run_texts([text], parts).errors == ()
    assert written == [b"x True"]
    (told,) = Session(Options(), DAY).run_texts([text], asks_for_expected=True).errors
    assert describe(told).startswith("error: a/a.plan.yaml: was not judged")
    (failed,) = Session(Options(), DAY).run_texts([PlanText(name="x", content=b"")]).errors
    assert "the input is empty" in describe(failed)


@pytest.mark.usefixtures("top")
@pytest.mark.parametrize(
    ("paths", "settings_of", "told"),
    [
        (["plans"], None, [" plans/sub/s.plan.yaml: ", " main:plans/new/aisafe.yaml:1: "]),
        (["plans"], ".", [" main:plans/new/aisafe.yaml:1: "]),
        (["plans/new/n.plan.yaml"], None, [" main:plans/new/aisafe.yaml:1: "]),
        (["plans/c.plan.yaml"], None, []),
    ],
)
def test_a_configuration_of_the_revision_expects_plans_though_its_folder_is_empty(paths, settings_of, told):
    session = Session(Options(trusted_ref="main"), DAY, settings_of=settings_of)
    errors = list(map(describe, session.run(paths, asks_for_expected=True).errors))
    assert [name for name in told if any(name in error for error in errors)] == told
    assert len(errors) == len(told)
