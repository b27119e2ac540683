"""The command line: one file a command, each from options to calls to an exit code. The only user of Typer."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli import __version__
from aisafe_cli.cli.catalog import catalog_app, schema
from aisafe_cli.cli.check import check, report
from aisafe_cli.cli.demo import demo
from aisafe_cli.cli.explain import explain, list_
from aisafe_cli.cli.init import init
from aisafe_cli.cli.matrix import matrix
from aisafe_cli.errors import ExitCode

app = typer.Typer(
    name="aisafe",
    help="Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft): "
    "what can work in your release mode, what is done, and what to do instead.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80, "terminal_width": 80},
)


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


for command in (check, report, list_, explain, matrix, schema, init, demo):
    app.command(command.__name__.rstrip("_"))(command)
app.add_typer(catalog_app)


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
    from aisafe_cli.delivery import say

    _suggest_options(error)
    show = getattr(error, "show", None)
    if show is None:
        say(f"error: {error.format_message()}")
    else:
        show()


def _suggest_options(error: typer.TyperException) -> None:
    """Word the nearest options as Typer words the nearest commands."""
    if near := getattr(error, "possibilities", None):
        names = ", ".join(f"'{name}'" for name in near)
        error.message = f"{error.message}. Did you mean {names}?"
        error.possibilities = None  # type: ignore[attr-defined]
