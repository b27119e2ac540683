"""`aisafe check` and `aisafe report`."""

from __future__ import annotations

import os
from collections.abc import Iterable

from aisafe_cli.cli.options import Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import (
    Delivery,
    Printer,
    Target,
    choose_subjects,
    choose_view,
    deliver,
    find_printer,
    make_concise,
    parse_targets,
    say,
    say_errors,
    say_notes,
    with_progress,
)
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.io.read import read_lines
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.session import Checked, Parts, PlanText, Session

_REPORTING = (
    "plans formats output kind template catalog as_of stage baselines no_waivers strict fail_under config no_config"
    " trusted_ref catalog_sha256 notes force"
)


@takes(
    {
        **pick_options(f"{_REPORTING} subject"),
        "subject_file": Option("--subject-file", "FILE", "The same, made from the file; may be repeated.", "texts"),
        "exit_zero": Option("--exit-zero", None, "Exit 0 even if a plan fails. Never hides code 2 or 3.", "flag"),
        "no_expect": Option(
            "--no-expect", None, "Judge only the plans named here, even if the configuration expects others.", "flag"
        ),
        "json_lines": Option(
            "--jsonl", None, "Read plans from standard input, one JSON object per line; PLAN is -.", "flag"
        ),
        "full": Option("--full", None, "Print everything, not only what to act on.", "flag"),
        "quiet": Option("--quiet -q", None, "Print one line per blocking finding.", "flag"),
        "step_summary": Option(
            "--step-summary", None, "Also append a summary to the file named by GITHUB_STEP_SUMMARY.", "flag"
        ),
    }
)
def check(given: Given) -> int:
    """Check release plans and say whether each may go ahead. Without a path: the plans in this folder and below.

    Exit codes: 0 passed, 1 failed, 2 not evaluated or not reported, 3 nothing to evaluate.

    Example: aisafe check release.plan.yaml --fail-under 80
    """
    formats, output = given.formats, given.output
    if formats or output:
        parse_targets(formats, output, ["table"])  # what is wrong with a call is said before anything is read
    session = open_session(given)
    targets = parse_targets(formats, output, ["table"] if output else session.list_formats())
    if given.quiet:
        targets = make_concise(targets, given.full)
    delivery = _make_delivery(given, targets)
    if given.json_lines and given.plans != [STANDARD_INPUT]:
        raise RequestError("--jsonl reads plans from standard input; name - as the only plan")
    printer = find_printer(delivery)
    checked = _run_session(given, session, printer.parts if printer else None)
    code = checked.exit_code_without_gate if given.exit_zero else checked.exit_code
    code = _delivered(checked, code, delivery, printer)
    if given.plans is None and code == ExitCode.NOTHING_TO_EVALUATE:
        say("next: write a plan with `aisafe init`, or see one with `aisafe demo`")
    return code


def _make_delivery(given: Given, targets: tuple[Target, ...]) -> Delivery:
    subjects = choose_subjects(given.subject, given.subject_file)
    view = choose_view(targets, given.kind, given.template, full=given.full, notes=given.notes, subjects=subjects)
    return Delivery(
        targets=targets,
        view=view,
        inputs=tuple(given.subject_file or ()),
        announce=not given.quiet,
        step_summary=given.step_summary,
        force=given.force,
    )


def _run_session(given: Given, session: Session, parts: Parts | None) -> Checked:
    asks = not given.no_expect
    if given.json_lines:
        return session.run_texts(_read_texts(), parts, asks_for_expected=asks)
    return session.run(given.plans or [os.curdir], with_progress, asks_for_expected=asks, parts=parts)


def _read_texts() -> Iterable[PlanText]:
    """Yield the plan on each line of standard input that holds one, named by the number of the line."""
    for number, line in enumerate(read_lines(MAX_BYTES), 1):
        if line.strip():
            yield PlanText(name=f"{show_path(STANDARD_INPUT)}#{number}", content=line)


@takes(pick_options(_REPORTING))
def report(given: Given) -> int:
    """Write a report on release plans. The verdict does not change the exit code: 0 if the report is complete.

    Example: aisafe report release.plan.yaml -o report.md
    """
    targets = parse_targets(given.formats, given.output, ["markdown"])
    view = choose_view(targets, given.kind, given.template, notes=given.notes)
    checked = open_session(given).run(given.plans or [os.curdir], with_progress)
    delivery = Delivery(targets=targets, view=view, force=given.force)
    return _delivered(checked, checked.exit_code_without_gate, delivery)


def _delivered(checked: Checked, code: ExitCode, delivery: Delivery, printer: Printer | None = None) -> ExitCode:
    say_notes(checked.notes)
    say_errors(checked.errors)
    deliver(checked, code, delivery, printer)
    return code
