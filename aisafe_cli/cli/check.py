"""`aisafe check` and `aisafe report`."""

# Annotations are not postponed here: Typer would have to evaluate each of them, on every start.
import os
from collections.abc import Iterable
from typing import Annotated

import typer

from aisafe_cli.cli.options import (
    AsOf,
    BaselineFiles,
    CatalogHash,
    Catalogs,
    ConfigFile,
    FailUnder,
    Force,
    Kind,
    NoConfig,
    Notes,
    NoWaivers,
    Output,
    Plans,
    ReportFormats,
    Stage,
    Strict,
    Subjects,
    Template,
    TrustedRef,
    day_of_check,
    day_of_stage,
    name_day_source,
)
from aisafe_cli.cli.output import (
    Delivery,
    Printer,
    choose_subjects,
    choose_view,
    deliver,
    find_printer,
    make_concise,
    parse_targets,
    say,
    say_errors,
    with_progress,
)
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.io.read import read_lines
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.session.session import Checked, PlanText, Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.escape import terminal_safe


def check(
    plans: Plans = None,
    formats: ReportFormats = None,
    output: Output = None,
    kind: Kind = "report",
    template: Template = None,
    catalog: Catalogs = None,
    as_of: AsOf = None,
    stage: Stage = None,
    baselines: BaselineFiles = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    trusted_ref: TrustedRef = None,
    catalog_sha256: CatalogHash = None,
    notes: Notes = False,
    force: Force = False,
    subject: Subjects = None,
    subject_file: Annotated[
        list[str] | None,
        typer.Option("--subject-file", metavar="FILE", help="The same, by the file itself; may be repeated."),
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even if a plan fails. Never hides code 2 or 3.")
    ] = False,
    no_expect: Annotated[
        bool, typer.Option("--no-expect", help="Judge only what is named, whatever plans the configuration expects.")
    ] = False,
    json_lines: Annotated[
        bool, typer.Option("--jsonl", help="Read plans from standard input: with - as PLAN, one of JSON on each line.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Print everything, not only what to act on.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print a line for each finding that blocks.")] = False,
    step_summary: Annotated[
        bool, typer.Option("--step-summary", help="Also append a summary to the file named by GITHUB_STEP_SUMMARY.")
    ] = False,
) -> int:
    """Check release plans, and say whether each may go ahead. Without a path: those in this folder and below.

    Exit codes: 0 passed, 1 failed, 2 not evaluated or not reported, 3 nothing to evaluate.

    Example: aisafe check release.plan.yaml --fail-under 80
    """
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
        trusted_ref=trusted_ref,
        catalog_sha256=catalog_sha256,
    )
    if formats or output:
        parse_targets(formats, output, ["table"])  # what is wrong with a call is said before anything is read
    session = Session(
        options,
        day_of_check(as_of),
        as_of_from=name_day_source(as_of),
        baselines=baselines or (),
        stage=day_of_stage(stage),
    )
    targets = parse_targets(formats, output, ["table"] if output else session.list_formats())
    if quiet:
        targets = make_concise(targets, full)
    subjects = choose_subjects(subject, subject_file)
    view = choose_view(targets, kind, template, full=full, notes=notes, subjects=subjects)
    delivery = Delivery(
        targets=targets,
        view=view,
        inputs=tuple(subject_file or ()),
        announce=not quiet,
        step_summary=step_summary,
        force=force,
    )
    if json_lines and plans != [STANDARD_INPUT]:
        raise RequestError("--jsonl reads plans from standard input; name - as the only plan")
    printer = find_printer(delivery)
    parts = printer.parts if printer else None
    if json_lines:
        checked = session.run_texts(_read_texts(), parts, asks_for_expected=not no_expect)
    else:
        checked = session.run(plans or [os.curdir], with_progress, asks_for_expected=not no_expect, parts=parts)
    code = checked.exit_code_without_gate if exit_zero else checked.exit_code
    code = _delivered(checked, code, delivery, printer)
    if plans is None and code == ExitCode.NOTHING_TO_EVALUATE:
        say("next: write a plan with `aisafe init`, or see one with `aisafe demo`")
    return code


def _read_texts() -> Iterable[PlanText]:
    """Yield the plan on each line of standard input that holds one, named by the number of the line."""
    for number, line in enumerate(read_lines(MAX_BYTES), 1):
        if line.strip():
            yield PlanText(name=f"{show_path(STANDARD_INPUT)}#{number}", content=line)


def report(
    plans: Plans = None,
    formats: ReportFormats = None,
    output: Output = None,
    kind: Kind = "report",
    template: Template = None,
    catalog: Catalogs = None,
    as_of: AsOf = None,
    stage: Stage = None,
    baselines: BaselineFiles = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    trusted_ref: TrustedRef = None,
    catalog_sha256: CatalogHash = None,
    notes: Notes = False,
    force: Force = False,
) -> int:
    """Render a report of release plans without gating: exit 0 where the report is complete.

    Example: aisafe report release.plan.yaml -o report.md
    """
    targets = parse_targets(formats, output, ["markdown"])
    delivery = Delivery(targets=targets, view=choose_view(targets, kind, template, notes=notes), force=force)
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
        trusted_ref=trusted_ref,
        catalog_sha256=catalog_sha256,
    )
    session = Session(
        options,
        day_of_check(as_of),
        as_of_from=name_day_source(as_of),
        baselines=baselines or (),
        stage=day_of_stage(stage),
    )
    checked = session.run(plans or [os.curdir], with_progress)
    return _delivered(checked, checked.exit_code_without_gate, delivery)


def _delivered(checked: Checked, code: ExitCode, delivery: Delivery, printer: Printer | None = None) -> ExitCode:
    for note in checked.notes:
        say(terminal_safe(f"note: {note}"))
    say_errors(checked.errors)
    deliver(checked, code, delivery, printer)
    return code
