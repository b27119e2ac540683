"""The command line: options, calls, output, exit code. The only user of Typer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from aisafe_cli import __version__, files
from aisafe_cli.checking import Checked, check_plans
from aisafe_cli.diagnostics import describe
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.model import ROLES, Policy
from aisafe_cli.reporters import REPORTERS, View, render
from aisafe_cli.schema import did_you_mean, parse_date

app = typer.Typer(
    name="aisafe",
    help="Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft): "
    "what can work in your release mode, what is done, and what to do instead.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80, "terminal_width": 80},
)

_FORMAT_HELP = "How to print the report: " + ", ".join(
    f"{name} ({reporter.summary})" for name, reporter in REPORTERS.items()
)

Plans = Annotated[
    list[str],
    typer.Argument(metavar="PLAN...", help="Plan files, folders to search for *.plan.yaml, or - for standard input."),
]
Format = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help=f"{_FORMAT_HELP}.")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report to this file.")]
Catalog = Annotated[
    str | None,
    typer.Option("--catalog", metavar="FILE", help="Check against this catalog instead of the built-in one."),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Judge waivers as of this day (YYYY-MM-DD); today where left out."),
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
    output_format: Format = "table",
    output: Output = None,
    catalog: Catalog = None,
    as_of: AsOf = None,
    no_waivers: Annotated[bool, typer.Option("--no-waivers", help="Set all waivers aside.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings block too.")] = False,
    fail_under: Annotated[
        int,
        typer.Option(
            "--fail-under", metavar="N", min=0, max=100, help="Fail when declared coverage is below N percent."
        ),
    ] = 0,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even if a plan fails. Never hides code 2 or 3.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the verdict of each plan (table format).")
    ] = False,
) -> int:
    """Check release plans, and say whether each may go ahead.

    Exit codes: 0 passed, 1 failed, 2 not evaluated or not reported, 3 nothing to evaluate.

    Example: aisafe check release.plan.yaml --fail-under 80
    """
    policy = Policy(strict=strict, fail_under=fail_under, honour_waivers=not no_waivers)
    checked = _check(plans, output_format, catalog, as_of, policy)
    code = checked.exit_code
    if exit_zero and code is ExitCode.FAILED:
        code = ExitCode.PASSED
    return _deliver(checked, code, output_format, output, brief=quiet)


@app.command()
def report(
    plans: Plans,
    output_format: Format = "markdown",
    output: Output = None,
    catalog: Catalog = None,
    as_of: AsOf = None,
) -> int:
    """Render a report of release plans without gating: exit 0 where the report is complete.

    Example: aisafe report release.plan.yaml -o report.md
    """
    checked = _check(plans, output_format, catalog, as_of, Policy())
    code = checked.exit_code
    return _deliver(checked, ExitCode.PASSED if code is ExitCode.FAILED else code, output_format, output)


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
    catalog: Catalog = None,
) -> int:
    """Print which safeguard can work in which release mode, with the count for each mode.

    Example: aisafe matrix --access on_device_managed
    """
    from aisafe_cli.catalog import load_catalog, load_ladder
    from aisafe_cli.matrix import build_matrix
    from aisafe_cli.reporters.matrix import MATRIX_FORMATS, render_matrix

    _known("format", output_format, MATRIX_FORMATS)
    if role is not None:
        _known("role", role, ROLES)
    ladder = load_ladder()
    for rung in access or ():
        _known("rung", rung, ladder.rungs)
    built = build_matrix(load_catalog(catalog, ladder), ladder, access or (), role)
    _write(render_matrix(output_format, built), output, (catalog,) if catalog else ())
    return ExitCode.PASSED


def _check(plans: list[str], output_format: str, catalog: str | None, as_of: str | None, policy: Policy) -> Checked:
    _known("format", output_format, REPORTERS)
    return check_plans(plans, catalog, _day(as_of), policy)


def _deliver(checked: Checked, code: ExitCode, output_format: str, output: str | None, *, brief: bool = False) -> int:
    """Render, write, and only then return the exit code: a verdict that was not written is not a verdict."""
    for error in checked.errors:
        say(describe(error))
    if not checked.results:
        return code
    colour = REPORTERS[output_format].for_people and output is None and _wants_colour()
    content = render(output_format, checked.as_run(code), View(colour=colour, brief=brief))
    _write(content, output, checked.inputs)
    return code


def _write(content: str, output: str | None, inputs: tuple[str, ...]) -> None:
    if output is None:
        files.write_standard_output(content.encode())
    else:
        files.write_whole(output, content.encode(), inputs)


def _known(kind: str, word: str, known: Iterable[str]) -> None:
    """Raise RequestError for a word that is not among the known ones."""
    names = list(known)
    if word not in names:
        hint = did_you_mean(word, names) or f"choose from {', '.join(names)}"
        raise RequestError(f"there is no {kind} `{word}`; {hint}")


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


def _wants_colour() -> bool:
    """Colour only on a terminal. NO_COLOR wins over FORCE_COLOR; both count when they are not empty."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout is not None and sys.stdout.isatty())


def say(message: str) -> None:
    """Print a message for a person on standard error; nothing depends on whether that works."""
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        return


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
