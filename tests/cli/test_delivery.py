"""What is written where, and what is told beside it: the functions of cli/output, each called by itself."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from calling import Called
from conftest import ROOT, TODAY

from aisafe_cli.cli import output
from aisafe_cli.cli.output import Delivery, Target, deliver, parse_targets
from aisafe_cli.domain._record import replace
from aisafe_cli.domain.verdict import ReadFile, Run
from aisafe_cli.errors import AisafeError, ExitCode, FileError, NothingToEvaluate, OutputError, RequestError
from aisafe_cli.reporters import View, render
from aisafe_cli.session.session import Checked, Session
from aisafe_cli.session.settings import Options

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
FAILING = ROOT / "examples" / "overclaiming.plan.yaml"
A = "a" * 64
FLAGS = {"full": "--full", "notes": "--notes"}


@cache
def judge_plans(*plans: Path) -> Checked:
    return Session(Options(), date.fromisoformat(TODAY)).run([str(plan) for plan in plans])


@cache
def judged(*plans: Path) -> Run:
    return judge_plans(*plans).as_run(1)


class Terminal(io.StringIO):
    """A stream that people look at; `shown` is what has reached them."""

    shown = ""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.shown = self.getvalue()


def targets(*words: str) -> tuple[Target, ...]:
    return tuple(Target(format=word.partition("=")[0], file=word.partition("=")[2] or None) for word in words)


# --- what is asked for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "file", "expected"),
    [
        (None, None, "table"),
        ((), "r.md", "markdown=r.md"),
        (None, "r.MD", "markdown=r.MD"),
        (None, "r.txt", "table=r.txt"),
        (None, "r", "table=r"),
        (None, "-", "table"),
        (("csv",), "-", "csv"),
        (("csv",), "r.csv", "csv=r.csv"),
        (("csv",), "r", "csv=r"),
        (("csv",), "r.other", "csv=r.other"),
        (("csv=-",), None, "csv"),
        (("csv=a=b.csv",), None, "csv=a=b.csv"),
        (("sarif=a.json", "json"), None, "sarif=a.json json"),
        (("json=a", "csv=b", "table=-"), None, "json=a csv=b table"),
    ],
)
def test_words_name_targets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formats: Sequence[str] | None, file: str | None, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_targets(formats, file, ["table"]) == targets(*expected.split())


ONE_FILE = "--output goes with a single --format NAME; write --format NAME=FILE for each of several"
ONE_STREAM = "two reports cannot share standard output; give one of them a file: --format NAME=FILE"


@pytest.mark.parametrize(
    ("formats", "file", "message"),
    [
        ("csv json", "a", ONE_FILE),
        ("csv=b", "a", ONE_FILE),
        ("csv json", None, ONE_STREAM),
        ("csv json=-", None, ONE_STREAM),
        ("csv json=out", None, ONE_STREAM),
        ("csv=a json=./a", None, "two reports cannot go to one file"),
        ("csv=", None, "--format csv= names no file"),
        ("csv", "", "the name of the output file is empty"),
        ("cvs", None, "there is no format `cvs`; did you mean `csv`?"),
        ("csv=a\x1b.MD", None, "a\\u{1b}.MD: `.md` means markdown, not csv"),
        ("csv", "a.md", "a.md: `.md` means markdown, not csv"),
        (
            "html=\x1b.PDF",
            None,
            "\\u{1b}.PDF: no report is written as `.pdf`; write `.html`, and print it from a browser",
        ),
        ("csv=a.xlsx", None, "a.xlsx: no report is written as `.xlsx`; write `.csv`"),
    ],
)
def test_targets_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formats: str, file: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with standard_output_to("out"), pytest.raises(RequestError) as told:
        parse_targets(formats.split(), file, ["table"])
    assert str(told.value) == message


@contextmanager
def standard_output_to(file: str | None) -> Iterator[None]:
    """Let standard output go to a file, or be closed."""
    before = os.dup(1)
    try:
        os.close(1)
        if file is not None:
            assert os.open(file, os.O_WRONLY | os.O_CREAT) == 1
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)


@pytest.mark.parametrize(("stdout", "file"), [(os.devnull, os.devnull), ("out", "other"), (None, "other")])
def test_a_device_takes_two_reports_and_so_do_two_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stdout: str | None, file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other").touch()
    with standard_output_to(stdout):
        assert parse_targets(["csv", f"json={file}"], None, []) == targets("csv", f"json={file}")


def test_quiet_is_the_concise_format_in_place_of_the_table() -> None:
    given = targets("table", "table=a", "json=b")
    assert output.make_concise(given, full=False) == targets("concise", "concise=a", "json=b")
    with pytest.raises(RequestError) as told:
        output.make_concise(given, full=True)
    assert str(told.value) == "--quiet and --full cannot be used together"


TEMPLATE = "\ufeff{{ plans }}\n".encode()
READ = ReadFile(
    path="t.j2",
    purpose="template",
    origin="working_tree",
    sha256=hashlib.sha256(TEMPLATE).hexdigest(),
    size=len(TEMPLATE),
)
FILLED = View(template="{{ plans }}\n", template_path="t.j2", template_read=READ)
SUBJECTS = (("w.bin", A),)


@pytest.mark.parametrize(
    ("formats", "kind", "template", "others", "expected"),
    [
        ("json", "report", None, {}, View()),
        ("json table", "report", None, {"full": True, "notes": True}, View(full=True, notes=True)),
        ("json intoto", "report", None, {"subjects": SUBJECTS}, View(subjects=SUBJECTS)),
        ("json markdown", "summary", None, {}, View(kind="summary")),
        ("json markdown", "report", "t.j2", {}, FILLED),
        (
            "table markdown intoto",
            "report",
            "t.j2",
            {"full": True, "notes": True, "subjects": SUBJECTS},
            replace(FILLED, full=True, notes=True, subjects=SUBJECTS),
        ),
        ("markdown", "sumary", None, {}, "there is no kind `sumary`; did you mean `summary`?"),
        ("json markdown", "report", None, {"full": True}, "--full is for the table format only"),
        ("json", "summary", None, {}, "--kind and --template are for the markdown format; add --format markdown"),
        ("json", "report", "t.j2", {}, "--kind and --template are for the markdown format; add --format markdown"),
        ("json", "report", None, {"subjects": SUBJECTS}, "subjects are for the intoto format; add --format intoto"),
        ("markdown", "summary", "t.j2", {}, "--kind and --template cannot be used together"),
        ("markdown", "report", "latin\x1b", {}, "latin\\u{1b}: the template is not UTF-8"),
        ("markdown", "report", "large", {}, "large: is larger than 262144 bytes"),
    ],
)
def test_what_reports_depend_on(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    formats: str,
    kind: str,
    template: str | None,
    others: dict[str, Any],
    expected: View | str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {"t.j2": TEMPLATE, "latin\x1b": b"\xe9", "large": b" " * ((1 << 18) + 1)}.items():
        Path(name).write_bytes(content)
    try:
        found: View | str = output.choose_view(targets(*formats.split()), kind, template, **others)
    except AisafeError as error:
        found = str(error)
    assert found == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((), ()),
        ((f"a=b=sha256:{A}",), (("a=b", A),)),
        ((f"a=sha256:b=sha256:{A}",), (("a=sha256:b", A),)),
        ((f"\x1b=sha256:{A}",), (("\\u{1b}", A),)),
        (
            (f"=sha256:{A}",),
            f"--subject: `=sha256:{A}` is not NAME=sha256:DIGEST, with 64 lowercase hexadecimal digits",
        ),
        (("a=sha256:A",), "--subject: `a=sha256:A` is not NAME=sha256:DIGEST, with 64 lowercase hexadecimal digits"),
        ((A,), f"--subject: `{A}` is not NAME=sha256:DIGEST, with 64 lowercase hexadecimal digits"),
        (
            (f"w\x1b=sha256:{A}",),
            "two subjects share a name; give one of them another: --subject NAME=sha256:HEX",
        ),
    ],
)
def test_released_files_are_named_or_read(
    tmp_path: Path, named: Sequence[str], expected: tuple[tuple[str, str], ...] | str
) -> None:
    file = tmp_path / "w\x1b"
    file.write_bytes(b"weights")
    read = (("w\\u{1b}", hashlib.sha256(b"weights").hexdigest()),)
    try:
        found: tuple[tuple[str, str], ...] | str = output.choose_subjects(named, [str(file)])
    except RequestError as error:
        found = str(error)
    assert found == (expected if isinstance(expected, str) else (*read, *expected))
    assert output.choose_subjects(None, None) == ()


@pytest.mark.parametrize(
    ("subject", "plan", "message"),
    [
        (f"w.bin=sha256:{A}", "x.plan.yaml", ""),
        (f"v.bin=sha256:{'b' * 64}", "x.plan.yaml", ""),
        (f"w.bin=sha256:{'b' * 64}", "x.plan.yaml", "error: sub/x.plan.yaml: `w.bin` has another SHA-256 in `files`\n"),
        (f"w.bin=sha256:{'b' * 64}", "-", "error: <stdin>: `w.bin` has another SHA-256 in `files`\n"),
    ],
)
def test_a_released_file_is_the_one_that_the_plan_names(
    run_here: Called, tmp_path: Path, subject: str, plan: str, message: str
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    text = f"{FAILING.read_text(encoding='utf-8')}files: [{{name: w.bin, sha256: {A}}}]\n"
    (tmp_path / "sub" / "x.plan.yaml").write_text(text, encoding="utf-8")
    done = run_here("check", plan, "-f", "intoto", "--subject", subject, cwd=tmp_path / "sub", stdin=text)
    assert (done.returncode, done.stdout == "", done.stderr) == (2 if message else 1, message != "", message)


# --- what is written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "written", "is_told"),
    [
        ("", "-:table", False),
        ("-q", "-:concise", False),
        ("--full", "-:table:full", False),
        ("-f json", "-:json", False),
        ("-f jsonl", "-:jsonl", False),
        ("-f concise", "-:concise", False),
        ("-f csv=- -f json=a.json", "-:csv a.json:json", False),
        ("-f table -f json=a.json", "-:table a.json:json", False),
        ("-f json=a.json", "a.json:json", True),
        ("-f json=a.json -q", "a.json:json", False),
        ("-f jsonl=b -f json=a.json -f concise=c", "a.json:json b:jsonl c:concise", True),
        ("-f jsonl=b -f json", "-:json b:jsonl", False),
        ("-f json=a.json -f csv=b", "a.json:json b:csv", True),
        ("-o a.html", "a.html:html", True),
        ("-o a.html -q", "a.html:html", False),
        ("-f table=t -q", "t:concise", False),
        ("-f table=t -f html=h --full", "h:html t:table:full", True),
        ("-f sarif=s --notes", "s:sarif:notes", True),
        ("-f markdown=m --kind summary -q", "m:markdown:summary", False),
        ("-f markdown=m --kind decision-record -f csv=a -q --force", "a:csv m:markdown:decision-record", False),
    ],
)
def test_each_report_goes_where_it_is_asked_for(
    run_here: Called, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: str, written: str, is_told: bool
) -> None:
    monkeypatch.chdir(tmp_path)  # SARIF names files from here, where they are in no repository
    run = judged(FAILING, PLAN)
    expected = {"-": b""}
    for word in written.split():
        name, report, *view = word.split(":")
        expected[name] = render(report, run, make_view(*view)).encode()
        if name != "-":
            (tmp_path / name).write_text("before")
    done = run_here("check", FAILING, PLAN, "--as-of", TODAY, *arguments.split())
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert (done.returncode, {"-": done.stdout.encode(), **files}) == (1, expected)
    assert done.stderr == (render("concise", run, View()) if is_told else "")


def make_view(word: str = "report") -> View:
    return View(**{word: True}) if word in FLAGS else View(kind=word)


def test_nothing_is_written_where_nothing_was_judged(tmp_path: Path) -> None:
    checked = Checked(results=(), errors=(FileError("x"),), inputs=())
    deliver(checked, ExitCode.NOT_EVALUATED, Delivery(targets=targets(f"json={tmp_path / 'a'}"), view=View()))
    assert list(tmp_path.iterdir()) == []


def test_color_and_the_width_of_the_terminal_are_for_people_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(output, "measure_width", lambda file: 60 if file is None else 100)
    monkeypatch.setattr(output, "_wants_colour", lambda: True)
    checked, run = judge_plans(FAILING), judged(FAILING)
    deliver(checked, ExitCode.FAILED, Delivery(targets=targets("table", f"table={tmp_path / 'a'}"), view=View()))
    assert capfd.readouterr() == (render("table", run, View(colour=True, width=60)), "")
    assert (tmp_path / "a").read_text(encoding="utf-8") == render("table", run, View(width=100))
    deliver(checked, ExitCode.FAILED, Delivery(targets=targets("markdown"), view=View(full=True)))
    assert capfd.readouterr() == (render("markdown", run, View(colour=True, width=60)), "")
    views: list[View] = []
    monkeypatch.setattr(output, "render_in_blocks", lambda _, run, view: views.append(view) or ())  # noqa: ARG005
    deliver(checked, ExitCode.FAILED, Delivery(targets=targets("json"), view=View()))
    assert views == [View(width=60)]


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ("-f markdown=x.plan.yaml", "x.plan.yaml"),
        ("-f json=x.plan.yaml", "x.plan.yaml"),
        ("-f markdown=t.j2 --template t.j2", "t.j2"),
        ("-f intoto=w.bin --subject-file w.bin", "w.bin"),
    ],
)
def test_no_input_is_overwritten(run_here: Called, tmp_path: Path, arguments: str, file: str) -> None:
    for name in ("x.plan.yaml", "t.j2", "w.bin"):
        (tmp_path / name).write_text(FAILING.read_text(encoding="utf-8"), encoding="utf-8")
    done = run_here("check", "x.plan.yaml", *arguments.split())
    message = f"error: {file}: is an input of this command; name another file\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert (tmp_path / file).read_text(encoding="utf-8") == FAILING.read_text(encoding="utf-8")


def test_a_template_is_among_the_files_that_were_read(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    deliver(judge_plans(FAILING), ExitCode.FAILED, Delivery(targets=targets("json", "markdown=m"), view=FILLED))
    run = judged(FAILING)
    assert capfd.readouterr().out == render("json", replace(run, files=(*run.files, READ)), View())
    assert Path("m").read_text(encoding="utf-8") == render("markdown", run, FILLED)


def test_a_decision_record_replaces_an_empty_file_and_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    view = View(kind="decision-record")
    text = render("markdown", judged(FAILING), view)
    asked = Delivery(targets=targets("csv=a", "markdown=m\x1b"), view=view)
    for before in ("", text):
        Path("a").write_text("before")
        Path("m\x1b").write_text(before, encoding="utf-8")
        deliver(judge_plans(FAILING), ExitCode.FAILED, asked)
        assert Path("m\x1b").read_text(encoding="utf-8") == text
    Path("m\x1b").write_text("filled in")
    Path("a").write_text("before")
    with pytest.raises(OutputError) as told:
        deliver(judge_plans(FAILING), ExitCode.FAILED, asked)
    assert str(told.value) == (
        "m\\u{1b}: a decision record that may be filled in; name a new file, or overwrite it with --force"
    )
    assert (Path("a").read_text(), Path("m\x1b").read_text()) == ("before", "filled in")
    deliver(judge_plans(FAILING), ExitCode.FAILED, replace(asked, force=True))
    assert Path("m\x1b").read_text(encoding="utf-8") == text


IS_FULL = "the step summary is full"
SUMMARY = "s.md"


@pytest.mark.parametrize(
    ("fits", "less", "expected"),
    [("summary", 0, "summary"), ("summary", 1, "brief"), ("brief", 0, "brief"), ("brief", 1, "")],
)
def test_a_step_summary_is_appended_as_far_as_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fits: str, less: int, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", SUMMARY)
    run = judged(FAILING)
    texts = {
        "": "",
        "summary": render("markdown", run, View(kind="summary")),
        "brief": f"```text\n{render('concise', run, View())}```\n\nThe summary is too long to be shown here.\n",
    }
    Path(SUMMARY).write_text("before\n")
    monkeypatch.setattr(output, "_MAX_SUMMARY_BYTES", len(f"before\n{texts[fits]}".encode()) - less)
    told = ""
    try:
        deliver(judge_plans(FAILING), ExitCode.FAILED, Delivery(targets=(), view=View(), step_summary=True))
    except OutputError as error:
        told = str(error)
    assert Path(SUMMARY).read_text(encoding="utf-8") == f"before\n{texts[expected]}"
    assert told == ("" if expected else IS_FULL)


@pytest.mark.parametrize("name", ["x.plan.yaml", "a.csv"])
def test_a_step_summary_is_appended_to_no_input_and_no_other_output(
    run_here: Called, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "x.plan.yaml").write_bytes(FAILING.read_bytes())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", name)
    done = run_here("check", "x.plan.yaml", "--step-summary", "-f", "csv=a.csv")
    message = "error: GITHUB_STEP_SUMMARY names an input or another output of this call\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert [path.name for path in tmp_path.iterdir()] == ["x.plan.yaml"]
    assert (tmp_path / "x.plan.yaml").read_bytes() == FAILING.read_bytes()


def test_where_there_is_no_step_summary_that_is_told(run_here: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    done = run_here("check", FAILING, "--as-of", TODAY, "--step-summary", "-f", "concise")
    assert (done.returncode, done.stdout) == (1, render("concise", judged(FAILING), View()))
    assert done.stderr == "note: GITHUB_STEP_SUMMARY is not set, so no step summary was written\n"


@pytest.mark.parametrize(
    ("words", "stdout", "step_summary", "is_found"),
    [
        ("concise", io.StringIO(), False, True),
        ("concise", io.StringIO(), True, False),
        ("concise", Terminal(), False, False),
        ("concise", None, False, False),
        ("concise json=a", io.StringIO(), False, True),
        ("concise json=a", Terminal(), False, False),
        ("concise table=a", io.StringIO(), False, False),
        ("concise=b json=a", Terminal(), False, True),
    ],
)
def test_results_are_printed_one_by_one_where_all_formats_have_parts(
    monkeypatch: pytest.MonkeyPatch, words: str, stdout: io.StringIO | None, step_summary: bool, is_found: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", stdout)
    asked = Delivery(targets=targets(*words.split()), view=View(), step_summary=step_summary)
    assert (output.find_printer(asked) is not None) is is_found


# --- what is told ---------------------------------------------------------------------------------------------------


def test_a_page_goes_to_a_file_or_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (None, "-"):
        output.write("é\n", name)
        assert capfd.readouterr() == ("é\n", "")
    output.write("é\n", "a")
    assert Path("a").read_bytes() == "é\n".encode()
    for name, inputs, message in (
        ("", (), "the name of the output file is empty"),
        ("a", ("a",), "a: is an input of this command; name another file"),
    ):
        with pytest.raises(AisafeError) as told:
            output.write("b", name, inputs)
        assert str(told.value) == message
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


class Broken(io.StringIO):
    error: type[Exception] = OSError

    def write(self, _: str) -> int:
        raise self.error

    def isatty(self) -> bool:
        return True


def test_messages_go_to_standard_error_and_nothing_depends_on_that(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    output.say("one")
    output.say_notes(["two\x1b"])
    output.say_errors([FileError("three"), FileError("four")])
    assert terminal.shown == "one\nnote: two\\u{1b}\nerror: three\nerror: four\n"
    for stream, error in ((None, OSError), (Broken(), OSError), (Broken(), ValueError)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(Broken, "error", error)
        output.say("one")
        output.show_progress("two")
        assert list(output.with_progress(range(10))) == list(range(10))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("items", "make", "shown"),
    [
        (10, Terminal, "".join(f"\r\x1b[K{number} of 10" for number in range(1, 11)) + "\r\x1b[K"),
        (9, Terminal, ""),
        (10, io.StringIO, ""),
    ],
)
def test_progress_is_told_on_a_terminal_and_of_many(
    monkeypatch: pytest.MonkeyPatch, items: int, make: type[io.StringIO], shown: str
) -> None:
    stream = make()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(output.with_progress(range(items))) == list(range(items))
    assert (stream.shown if isinstance(stream, Terminal) else stream.getvalue()) == shown


def test_a_line_of_progress_is_gone_where_a_run_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    for _ in output.with_progress(range(10)):
        break
    output.show_progress("one")
    assert terminal.shown == "\r\x1b[K1 of 10\r\x1b[K\r\x1b[Kone"
    monkeypatch.setattr(sys, "stderr", pipe)
    output.show_progress("one")
    assert pipe.getvalue() == ""


class Guided(NamedTuple):
    """A plan by some catalogs, as far as pages by each of them go."""

    guidance: str

    def split(self) -> list[Guided]:
        return [Guided(name) for name in self.guidance.split(",")]


def tell_catalog(one: Any) -> str:
    if one.guidance.startswith("-"):
        raise NothingToEvaluate(f"{one.guidance} asks nothing")
    return f'"{one.guidance}"\n'


@pytest.mark.parametrize(
    ("name", "catalogs", "page", "told"),
    [
        ("table", "", '""\n', ""),
        ("json", "", '""\n', ""),
        ("table", "a,b\x1b", 'By a\n\n"a"\n\nBy b\\u{1b}\n\n"b\x1b"\n', ""),
        ("markdown", "a,b", '# By a\n\n"a"\n\n# By b\n\n"b"\n', ""),
        ("table", "-a,b,-c", 'By b\n\n"b"\n', "note: -a asks nothing\nnote: -c asks nothing\n"),
    ],
)
def test_pages_by_each_catalog(
    capfd: pytest.CaptureFixture[str], name: str, catalogs: str, page: str, told: str
) -> None:
    assert output.render_each(name, Guided(catalogs), tell_catalog) == page  # type: ignore[arg-type]
    assert capfd.readouterr() == ("", told)


def test_pages_in_json_are_one_and_where_no_catalog_asks_anything_that_is_told() -> None:
    page = output.render_each("json", Guided("b,a"), tell_catalog)  # type: ignore[arg-type]
    assert json.loads(page) == {"schema_version": 1, "catalogs": {"a": "a", "b": "b"}}
    assert page.endswith("}\n")
    with pytest.raises(NothingToEvaluate, match="-a asks nothing"):
        output.render_each("table", Guided("-a,-b"), tell_catalog)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "columns", "stdout", "width"),
    [
        (None, "39", Terminal(), 40),
        (None, "41", Terminal(), 41),
        ("-", "110", Terminal(), 110),
        (None, "111", Terminal(), 110),
        (None, "", Terminal(), 80),
        ("a", "41", Terminal(), 80),
        (None, "41", io.StringIO(), 80),
        (None, "41", None, 80),
    ],
)
def test_the_width_is_that_of_the_terminal_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch, file: str | None, columns: str, stdout: io.StringIO | None, width: int
) -> None:
    monkeypatch.setattr(sys, "__stdout__", None)
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setenv("COLUMNS", columns)
    assert output.measure_width(file) == width


@pytest.mark.parametrize(
    ("environment", "stdout", "is_wanted"),
    [
        ({"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm"}, Terminal(), False),
        ({"NO_COLOR": "", "FORCE_COLOR": "1", "TERM": "dumb"}, io.StringIO(), True),
        ({"FORCE_COLOR": "", "TERM": "xterm"}, Terminal(), True),
        ({}, Terminal(), True),
        ({"TERM": "dumb"}, Terminal(), False),
        ({"TERM": "xterm"}, io.StringIO(), False),
        ({}, None, False),
    ],
)
def test_color_is_for_terminals_and_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], stdout: io.StringIO | None, is_wanted: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stdout)
    wants_color: Callable[[], bool] = output._wants_colour
    assert wants_color() is is_wanted
