"""The command line: one file a command, each from options to calls to an exit code. The only user of Typer."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer

from aisafe_cli import __version__
from aisafe_cli.errors import ExitCode

# Each command with the place of its function, in the order of the help. What a run does not use, it does not load:
# a command costs more to set up than to run.
COMMANDS: Mapping[str, str] = {
    "check": "check.check",
    "report": "check.report",
    "suggest": "suggest.suggest",
    "baseline": "baseline.baseline",
    "what-if": "what_if.what_if",
    "diff": "diff.diff",
    "compare": "compare.compare",
    "timeline": "timeline.timeline",
    "list": "explain.list_",
    "explain": "explain.explain",
    "matrix": "matrix.matrix",
    "config": "config.config",
    "schema": "catalog.schema",
    "init": "init.init",
    "demo": "demo.demo",
}
GROUPS: Mapping[str, str] = {"catalog": "catalog.catalog_app"}
_COMPLETION = "_AISAFE_COMPLETE"
# What a wrong call raises. Typer names it from 0.27.2 on, and pip may leave an older one beside other programs.
_CallError: type[Exception] = getattr(typer, "TyperException", typer.BadParameter.__mro__[2])


def make_app(called: str | None = None) -> typer.Typer:
    """Return the program with the command that is called, or with all of them for None or an unknown word."""
    app = typer.Typer(
        name="aisafe",
        help="Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft): "
        "what can work in your release mode, what is done, and what to do instead.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80, "terminal_width": 80},
    )
    app.callback()(_aisafe)
    everything = called not in COMMANDS and called not in GROUPS
    for name, place in COMMANDS.items():
        if everything or name == called:
            app.command(name)(_load(place))
    for name, place in GROUPS.items():
        if everything or name == called:
            app.add_typer(_load(place))
    return app


def _load(place: str) -> Any:
    module, name = place.split(".")
    return getattr(import_module(f"aisafe_cli.cli.{module}"), name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _aisafe(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """The options that come before a command."""


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises AisafeError for what the command explains itself."""
    if arguments:  # a shell that asks for completions gives none; anything else would end before it was evaluated
        os.environ.pop(_COMPLETION, None)
    called = arguments[0] if arguments else None
    command = typer.main.get_command(make_app(called))
    try:
        result = command.main(arguments, prog_name="aisafe", standalone_mode=False)
    except _CallError as error:
        _show_usage_error(error)
        return ExitCode.NOT_EVALUATED
    except typer.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.PASSED


def _show_usage_error(error: Any) -> None:
    from io import StringIO

    from aisafe_cli.cli.output import say
    from aisafe_cli.text.escape import terminal_safe

    _suggest_options(error)
    if sys.stderr is None:  # Typer would take standard output instead
        return
    show = getattr(error, "show", None)
    shown = StringIO()
    if show is None:
        shown.write(f"error: {error.format_message()}")
    else:
        show(file=shown)
    # Typer repeats what was typed, which may be a file's name in somebody's pull request.
    say("\n".join(map(terminal_safe, shown.getvalue().rstrip("\n").split("\n"))))


def _suggest_options(error: Any) -> None:
    """Word the nearest options as Typer words the nearest commands."""
    if near := getattr(error, "possibilities", None):
        names = ", ".join(f"'{name}'" for name in near)
        error.message = f"{error.message}. Did you mean {names}?"
        error.possibilities = None
