"""From one evaluation to its outputs: render everything, then write, then give the exit code."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from aisafe_cli.cli.options import Given, require_known
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.formats import MARKDOWN_KINDS, PARTS, REPORTERS
from aisafe_cli.domain.verdict import ReadFile, Result, Run
from aisafe_cli.errors import AisafeError, ExitCode, NothingToEvaluate, OutputError, RequestError, describe
from aisafe_cli.io.paths import identify_file, measure_file, show_path
from aisafe_cli.io.read import hash_content, hash_file, read_bytes
from aisafe_cli.io.spool import Spool
from aisafe_cli.io.write import append_to_file, write_standard_output, write_whole, written_together
from aisafe_cli.reporters import View, find_parts, render, render_in_blocks
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.session.session import Checked, LoadedPlan, Parts
from aisafe_cli.text.annotations import TypeVar
from aisafe_cli.text.escape import terminal_safe

STANDARD_OUTPUT = "-"
_MAX_SUMMARY_BYTES = 1 << 20  # a longer step summary is dropped by GitHub's runner
_MAX_TEMPLATE_BYTES = 1 << 18
_MAX_RECORD_BYTES = 1 << 26
_MANY = 10  # fewer are judged before anybody could read how far that is
_LEAST_WIDTH = 40  # a narrower terminal breaks the lines itself
_PRINT = "write `.html`, and print it from a browser"
_NOT_WRITTEN = {".pdf": _PRINT, ".docx": _PRINT, ".doc": _PRINT, ".odt": _PRINT, ".xlsx": "write `.csv`"}
_CLEAR_LINE = "\r\x1b[K"
_Item = TypeVar("_Item")


@record
class Target:
    """One rendering that was asked for: a format and the file it goes to, or None for standard output."""

    format: str
    file: str | None = None


@record
class Delivery:
    """Everything that was asked of the output.

    `view` holds what the reports depend on, and `inputs` further paths that no output may replace. With `announce`, the
    verdicts are told on standard error where no report goes to standard output. Only with `force` a decision record
    replaces another, which may be filled in.
    """

    targets: tuple[Target, ...]
    view: View
    inputs: tuple[str, ...] = ()
    announce: bool = False
    step_summary: bool = False
    force: bool = False


def parse_targets(formats: Sequence[str] | None, output: str | None, default: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets of `NAME` and `NAME=FILE` words; `output` is the file of a single `NAME`.

    Without words the ending of `output` decides the format, else the default. Raises RequestError for an unknown
    format, for a file whose ending is that of another, for two renderings on standard output, and for two into one
    file.
    """
    targets = [_target(word) for word in formats or _find_format(output) or default]
    if output is not None:
        if len(targets) != 1 or targets[0].file is not None:
            raise RequestError(
                "--output goes with a single --format NAME; write --format NAME=FILE for each of several"
            )
        targets = [Target(format=targets[0].format, file=_file(output))]
    for target in targets:
        if target.file is not None:
            _refuse_ending(target.format, target.file)
    if sum(target.file is None or _is_standard_output(target.file) for target in targets) > 1:
        raise RequestError("two reports cannot share standard output; give one of them a file: --format NAME=FILE")
    written = [identify_file(os.path.realpath(target.file)) for target in targets if target.file is not None]
    if len(set(written)) < len(written):
        raise RequestError("two reports cannot go to one file")
    return tuple(targets)


def _is_standard_output(file: str) -> bool:
    """Return whether a file is where standard output goes, by another name; devices take what several write."""
    try:
        status = os.stat(file)
        return os.path.samestat(status, os.fstat(1)) and not stat.S_ISCHR(status.st_mode)
    except (OSError, ValueError):  # there is none yet, or standard output is closed
        return False


def make_concise(targets: Iterable[Target], full: bool) -> tuple[Target, ...]:
    """Return the targets with the concise format in place of the table. Raises RequestError for the full table."""
    if full:
        raise RequestError("--quiet and --full cannot be used together")
    return tuple(replace(one, format="concise") if one.format == "table" else one for one in targets)


def _find_format(file: str | None) -> list[str]:
    """Return the format that the ending of a file stands for, or none."""
    ending = file and _find_ending(file)
    return [name for name, reporter in REPORTERS.items() if ending in reporter.endings][:1]


def _find_ending(file: str) -> str:
    return os.path.splitext(file)[1].lower()


def _refuse_ending(name: str, file: str) -> None:
    """Raise RequestError where the ending of a file is that of formats other than this one."""
    ending = _find_ending(file)
    if ending in _NOT_WRITTEN:
        raise RequestError(f"{show_path(file)}: no report is written as `{ending}`; {_NOT_WRITTEN[ending]}")
    meant = _find_format(file)
    if meant and ending not in REPORTERS[name].endings:
        raise RequestError(f"{show_path(file)}: `{ending}` means {meant[0]}, not {name}")


def choose_view(
    targets: Sequence[Target],
    kind: str,
    template_path: str | None,
    *,
    full: bool = False,
    notes: bool = False,
    subjects: tuple[tuple[str, str], ...] = (),
) -> View:
    """Return the view for a kind of Markdown document or a template file. Raises RequestError or FileError."""
    require_known("kind", kind, MARKDOWN_KINDS)
    if full and all(target.format != "table" for target in targets):
        raise RequestError("--full is for the table format only")
    if (kind != "report" or template_path) and all(target.format != "markdown" for target in targets):
        raise RequestError("--kind and --template are for the markdown format; add --format markdown")
    if subjects and all(target.format != "intoto" for target in targets):
        raise RequestError("subjects are for the intoto format; add --format intoto")
    if template_path is None:
        return View(kind=kind, full=full, notes=notes, subjects=subjects)
    if kind != "report":
        raise RequestError("--kind and --template cannot be used together")
    content = read_bytes(template_path, _MAX_TEMPLATE_BYTES)
    try:
        template = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f"{show_path(template_path)}: the template is not UTF-8") from error
    shown = show_path(template_path)
    sha256 = hash_content(content)
    read = ReadFile(path=shown, purpose="template", origin="working_tree", sha256=sha256, size=len(content))
    return View(template=template, template_path=shown, template_read=read, full=full, notes=notes, subjects=subjects)


def choose_subjects(named: Sequence[str] | None, files: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Return the name and SHA-256 of released files, given as `NAME=sha256:HEX` or by their paths.

    Raises RequestError where one is malformed or two share a name, and FileError where one cannot be read.
    """
    subjects = [(show_path(os.path.basename(file)), hash_file(file, sys.maxsize)) for file in files or ()]
    for word in named or ():
        name, _, digest = word.rpartition("=sha256:")
        if not name or not re.fullmatch("[0-9a-f]{64}", digest):
            raise RequestError(f"--subject: `{word}` is not NAME=sha256:DIGEST, with 64 lowercase hexadecimal digits")
        subjects.append((show_path(name), digest))
    if len(dict(subjects)) < len(subjects):
        raise RequestError("two subjects share a name; give one of them another: --subject NAME=sha256:HEX")
    return tuple(subjects)


def _refuse_other_files(run: Run, view: View) -> None:
    """Raise RequestError where a released file is not the one that a plan names."""
    digests = dict(view.subjects)
    for plan in (result.report.plan for result in (run.results if digests else ())):
        for file in plan.files:
            if digests.get(file.name, file.sha256) != file.sha256:
                raise RequestError(f"{plan.place or plan.path}: `{file.name}` has another SHA-256 in `files`")


def deliver(checked: Checked, code: ExitCode, delivery: Delivery, printer: Printer | None = None) -> None:
    """Render what was evaluated and write it. Raises OutputError, so that nothing half written looks like a verdict."""
    if checked.is_empty:
        return
    run = checked.as_run(code)
    _refuse_other_files(run, delivery.view)
    inputs = (*checked.inputs, *delivery.inputs, delivery.view.template_path)  # no file has an empty name
    if printer is not None:
        printer.print_closing(run, inputs)
        return
    if delivery.view.template_read is not None:
        run = replace(run, files=(*run.files, delivery.view.template_read))
    contents = [(target, _render_to_spool(target, run, delivery.view)) for target in delivery.targets]
    summaries = [render("markdown", run, View(kind="summary")).encode()] if delivery.step_summary else []
    to_files = [(target.file, content.read()) for target, content in contents if target.file is not None]
    for target, content in contents:
        if target.format == "markdown" and delivery.view.kind == "decision-record" and not delivery.force:
            _refuse_other_record(target.file, b"".join(content.read()))
    # The files come last, together: where anything else fails, none of them says that all went well.
    with written_together(to_files, inputs):
        for content in (content for target, content in contents if target.file is None):
            for block in content.read():
                write_standard_output(block)
        for summary in summaries:
            _append_step_summary(summary, run, (*inputs, *(file for file, _ in to_files)))
    if delivery.announce and all(target.file is not None for target in delivery.targets):
        say(render("concise", run, View()).rstrip())


def _render_to_spool(target: Target, run: Run, view: View) -> Spool:
    spool = Spool(b"")
    for text in render_in_blocks(target.format, run, _view_of(target, view)):
        spool.add(text.encode())
    return spool


def _refuse_other_record(file: str | None, content: bytes) -> None:
    """Raise OutputError where another decision record stands already: somebody may have filled it in."""
    if file is not None and os.path.isfile(file) and read_bytes(file, _MAX_RECORD_BYTES) not in (b"", content):
        raise OutputError(
            f"{show_path(file)}: a decision record that may be filled in; name a new file, or overwrite it with --force"
        )


class Printer:
    """Prints each result as soon as it is there, so that a run of many plans need not be held in memory.

    Parts wait where they go to a file, or stand between totals. With `announce`, the verdicts are told at the end.
    """

    def __init__(self, targets: Sequence[Target], *, announce: bool = False) -> None:
        self._outputs = [_PartedOutput(target, waits=target.file is not None) for target in targets]
        self._told = [_PartedOutput(Target(format="concise"), waits=True)] if announce else []
        self.parts = Parts(render=self._render, write=self._add_parts)

    def _render(self, result: Result) -> tuple[bytes, ...]:
        return tuple(output.render(result).encode() for output in (*self._outputs, *self._told))

    def _add_parts(self, parts: tuple[bytes, ...]) -> None:
        for output, part in zip((*self._outputs, *self._told), parts, strict=True):
            output.add(part)

    def print_closing(self, run: Run, inputs: tuple[str, ...]) -> None:
        """Print what stands around the parts, or follows them; files come last, together."""
        contents = [(output.file, output.finish(run)) for output in self._outputs]
        with written_together([(file, blocks) for file, blocks in contents if file is not None], inputs):
            for blocks in (blocks for file, blocks in contents if file is None):
                for block in blocks:
                    write_standard_output(block)
        for output in self._told:
            say(b"".join(output.finish(run)).decode().rstrip())


class _PartedOutput:
    """One rendering in parts, on its way to standard output or to a file."""

    def __init__(self, target: Target, *, waits: bool) -> None:
        self.file = target.file
        self.render, self._render_closing = find_parts(target.format)
        joined_by = REPORTERS[target.format].joined_by
        self._spool = Spool((joined_by or "").encode()) if joined_by or waits else None
        self.add = self._spool.add if self._spool else write_standard_output

    def finish(self, run: Run) -> Iterable[bytes]:
        """Return what is still to be written, in blocks."""
        before, mark, after = self._render_closing(run, View()).encode().partition(PARTS.encode())
        if self._spool is None:
            return [before]
        return self._spool.read(before, after) if mark else self._spool.read(after=before)


def find_printer(delivery: Delivery) -> Printer | None:
    """Return what prints results one by one, where all that was asked for goes to programs or files in parts."""
    targets = delivery.targets
    if delivery.step_summary or not all(REPORTERS[target.format].in_parts for target in targets):
        return None
    if all(target.file is not None for target in targets):
        return Printer(targets, announce=delivery.announce)
    return None if sys.stdout is None or sys.stdout.isatty() else Printer(targets)


def write(content: str, file: str | None, inputs: tuple[str, ...] = ()) -> None:
    """Write text to a file, or to standard output for None or `-`. Raises OutputError, and RequestError for no name."""
    name = None if file is None else _file(file)
    if name is None:
        write_standard_output(content.encode())
    else:
        write_whole(name, content.encode(), inputs)


def write_page(
    given: Given, render: Callable[..., str], *subject: object, inputs: tuple[str, ...] | None = None
) -> None:
    """Write a page in the format and to the place that a call asks for, over none of its inputs."""
    page = render(given.output_format, *subject, measure_width(given.output))
    write(page, given.output, given.inputs if inputs is None else inputs)


def say(message: str) -> None:
    """Print a message for a person on standard error; nothing depends on whether that works."""
    if sys.stderr is None:  # print would take standard output instead
        return
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        return


def with_progress(items: Sequence[_Item]) -> Iterable[_Item]:
    """Yield items one by one, and tell on standard error how far that has come; only on a terminal, and only of many.

    The line that tells it is gone before anything else is said.
    """
    shown = len(items) >= _MANY and sys.stderr is not None and sys.stderr.isatty()
    try:
        for number, item in enumerate(items, 1):
            if shown:
                _print_progress(f"{_CLEAR_LINE}{number} of {len(items)}")
            yield item
    finally:
        if shown:
            _print_progress(_CLEAR_LINE)


def show_progress(text: str) -> None:
    """Put a line on standard error in place of the one before, on a terminal only; an empty one clears it."""
    if sys.stderr is not None and sys.stderr.isatty():
        _print_progress(f"{_CLEAR_LINE}{text}")


def _print_progress(text: str) -> None:
    with suppress(OSError, ValueError):
        print(text, end="", file=sys.stderr, flush=True)


def render_each(name: str, loaded: LoadedPlan, render_one: Callable[[LoadedPlan], str]) -> str:
    """Return a page in a format by each catalog that a plan is judged by.

    Raises NothingToEvaluate where none of them asks anything of it.
    """
    pages: dict[str, str] = {}
    silent: list[NothingToEvaluate] = []
    for one in loaded.split():
        try:
            pages[one.guidance] = render_one(one)
        except NothingToEvaluate as error:
            silent.append(error)
    if not pages:
        raise silent[0]
    say_notes(silent)
    return join_pages(name, pages)


def join_pages(name: str, pages: Mapping[str, str]) -> str:
    """Return pages by the catalog that each is by, one after the other; one that is by no name stays as it is."""
    if "" in pages:
        return pages[""]
    if name == "json":
        return as_json({"schema_version": 1, "catalogs": {by: json.loads(page) for by, page in pages.items()}})
    mark = "# " if name == "markdown" else ""
    return "\n".join(f"{mark}By {terminal_safe(by)}\n\n{page}" for by, page in pages.items())


def say_notes(notes: Iterable[object]) -> None:
    """Print what a reader should know of a run on standard error."""
    for note in notes:
        say(terminal_safe(f"note: {note}"))


def say_errors(errors: Iterable[AisafeError]) -> None:
    """Print what kept plans from being evaluated on standard error, each with all its faults."""
    for error in errors:
        say(describe(error))


def _target(word: str) -> Target:
    name, separator, file = word.partition("=")
    require_known("format", name, REPORTERS)
    if separator and not file:
        raise RequestError(f"--format {name}= names no file")
    return Target(format=name, file=_file(file) if file else None)


def _file(name: str) -> str | None:
    if not name:
        raise RequestError("the name of the output file is empty")
    return None if name == STANDARD_OUTPUT else name


def _view_of(target: Target, view: View) -> View:
    colour = target.file is None and REPORTERS[target.format].for_people and _wants_colour()
    full = view.full and target.format == "table"
    return replace(view, colour=colour, full=full, width=measure_width(target.file))


def measure_width(file: str | None) -> int:
    """Return how many columns to fill: those of the terminal up to a bound; in a file or a pipe always as many."""
    if file not in (None, STANDARD_OUTPUT) or sys.stdout is None or not sys.stdout.isatty():
        return WIDTH
    import shutil  # takes longer than to print a report, and only terminals need it

    return max(_LEAST_WIDTH, min(shutil.get_terminal_size((WIDTH, 0)).columns, REPORTERS["table"].limits["width"]))


def _wants_colour() -> bool:
    """Colour only on a terminal that knows it. NO_COLOR wins over FORCE_COLOR; both count when they are not empty."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _append_step_summary(content: bytes, run: Run, others: Iterable[str]) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        say("note: GITHUB_STEP_SUMMARY is not set, so no step summary was written")
        return
    if any(identify_file(path) == identify_file(other) for other in others):
        raise OutputError("GITHUB_STEP_SUMMARY names an input or another output of this call")
    if measure_file(path) + len(content) > _MAX_SUMMARY_BYTES:
        brief = render("concise", run, View())
        content = f"```text\n{brief}```\n\nThe summary is too long to be shown here.\n".encode()
    if measure_file(path) + len(content) > _MAX_SUMMARY_BYTES:
        raise OutputError("the step summary is full")
    append_to_file(path, content)
