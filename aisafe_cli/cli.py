"""The command line: options, calls, output, exit code. The only user of Typer."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from aisafe_cli import __version__, files
from aisafe_cli.checking import Checked, check_plans
from aisafe_cli.delivery import Delivery, choose_view, deliver, parse_targets, require_known, say
from aisafe_cli.diagnostics import describe
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.model import ROLES, Policy
from aisafe_cli.reporters import MARKDOWN_KINDS, REPORTERS
from aisafe_cli.schema import parse_date

app = typer.Typer(
    name="aisafe",
    help="Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft): "
    "what can work in your release mode, what is done, and what to do instead.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80, "terminal_width": 80},
)

_FORMATS = ", ".join(REPORTERS)
_KINDS = ", ".join(MARKDOWN_KINDS)

Plans = Annotated[
    list[str],
    typer.Argument(metavar="PLAN...", help="Plan files, folders to search for *.plan.yaml, or - for standard input."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME[=FILE]",
        help=f"How to print the report, and where to; may be repeated. NAME is one of: {_FORMATS}.",
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report of a single --format to FILE.")
]
Kind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help=f"Which document the markdown format fills: {_KINDS}.")
]
Template = Annotated[
    str | None,
    typer.Option("--template", metavar="FILE", help="Fill a Jinja template of your own with the markdown format."),
]
CatalogFile = Annotated[
    str | None,
    typer.Option("--catalog", metavar="FILE", help="Check against this catalog instead of the built-in one."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Judge waivers as of this day, YYYY-MM-DD; today where left out."),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def aisafe(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """The options that come before a command."""


@app.command()
def check(
    plans: Plans,
    formats: Formats = None,
    output: Output = None,
    kind: Kind = "report",
    template: Template = None,
    catalog: CatalogFile = None,
    as_of: AsOf = None,
    no_waivers: Annotated[bool, typer.Option("--no-waivers", help="Set all waivers aside.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings block too.")] = False,
    fail_under: Annotated[
        int,
        typer.Option("--fail-under", metavar="N", min=0, max=100, help="Fail if declared coverage is below N percent."),
    ] = 0,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even if a plan fails. Never hides code 2 or 3.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Let the table print verdicts only.")] = False,
    step_summary: Annotated[
        bool, typer.Option("--step-summary", help="Also append a summary to the file named by GITHUB_STEP_SUMMARY.")
    ] = False,
) -> int:
    """Check release plans, and say whether each may go ahead.

    Exit codes: 0 passed, 1 failed, 2 not evaluated or not reported, 3 nothing to evaluate.

    Example: aisafe check release.plan.yaml --fail-under 80
    """
    targets = parse_targets(formats or ["table"], output)
    view = choose_view(targets, kind, template, brief=quiet)
    delivery = Delivery(targets=targets, view=view, announce=not quiet, step_summary=step_summary)
    policy = Policy(strict=strict, fail_under=fail_under, honour_waivers=not no_waivers)
    checked = check_plans(plans, catalog, _day(as_of), policy)
    code = checked.exit_code
    if exit_zero and code is ExitCode.FAILED:
        code = ExitCode.PASSED
    return _delivered(checked, code, delivery)


@app.command()
def report(
    plans: Plans,
    formats: Formats = None,
    output: Output = None,
    kind: Kind = "report",
    template: Template = None,
    catalog: CatalogFile = None,
    as_of: AsOf = None,
) -> int:
    """Render a report of release plans without gating: exit 0 where the report is complete.

    Example: aisafe report release.plan.yaml -o report.md
    """
    targets = parse_targets(formats or ["markdown"], output)
    delivery = Delivery(targets=targets, view=choose_view(targets, kind, template))
    checked = check_plans(plans, catalog, _day(as_of), Policy())
    code = checked.exit_code
    return _delivered(checked, ExitCode.PASSED if code is ExitCode.FAILED else code, delivery)


@app.command()
def matrix(
    output_format: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="How to print it: table, markdown or json.")
    ] = "table",
    access: Annotated[
        list[str] | None, typer.Option("--access", metavar="RUNG", help="Show this rung of access; may be repeated.")
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="Show what this role can carry out.")
    ] = None,
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Print which safeguard can work in which release mode, with the count for each mode.

    Example: aisafe matrix --access on_device_managed
    """
    from aisafe_cli.catalog import load_catalog, load_ladder
    from aisafe_cli.matrix import build_matrix
    from aisafe_cli.reporters.matrix import MATRIX_FORMATS, render_matrix

    require_known("format", output_format, MATRIX_FORMATS)
    if role is not None:
        require_known("role", role, ROLES)
    ladder = load_ladder()
    for rung in access or ():
        require_known("rung", rung, ladder.rungs)
    built = build_matrix(load_catalog(catalog, ladder), ladder, access or (), role)
    content = render_matrix(output_format, built).encode()
    if output is None:
        files.write_standard_output(content)
    else:
        files.write_whole(output, content, (catalog,) if catalog else ())
    return ExitCode.PASSED


def _delivered(checked: Checked, code: ExitCode, delivery: Delivery) -> int:
    for error in checked.errors:
        say(describe(error))
    deliver(checked, code, delivery)
    return code


def _day(as_of: str | None) -> date:
    """The day of the check: the option's, else that of SOURCE_DATE_EPOCH, else today in UTC."""
    if as_of is not None:
        if (day := parse_date(as_of)) is None:
            raise RequestError(f"--as-of: `{as_of}` is not a day; write it as YYYY-MM-DD")
        return day
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise RequestError(f"SOURCE_DATE_EPOCH: `{epoch}` is not a time in seconds") from error


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises AisafeError for what the command explains itself."""
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name="aisafe", standalone_mode=False)
    except typer.TyperException as error:
        _show_usage_error(error)
        return ExitCode.NOT_EVALUATED
    except typer.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.PASSED


def _show_usage_error(error: typer.TyperException) -> None:
    show = getattr(error, "show", None)
    if show is None:
        say(f"error: {error.format_message()}")
    else:
        show()
