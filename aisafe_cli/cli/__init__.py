"""The command line: one file a command, each from options to calls to an exit code. The only user of Typer."""

import os
from collections.abc import Container, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aisafe_cli import __version__
from aisafe_cli.errors import ExitCode

# The groups of the help, each with its commands: the place of the function, and one line of at most 45 characters.
# What a run does not use, it does not load: a command costs more to set up than to run.
HELP: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Check a plan": {
        "check": ("check.check", "Check plans; the exit code is the gate"),
        "report": ("check.report", "Write a report for people to read"),
        "verify": ("verify.verify", "Make a signed statement again and compare"),
        "suggest": ("suggest.suggest", "Find the least work that lets a plan pass"),
    },
    "Plan ahead": {
        "timeline": ("timeline.timeline", "Show the verdict at each opening"),
        "what-if": ("what_if.what_if", "Try a change without editing the plan"),
        "diff": ("diff.diff", "Show what changed since an earlier version"),
        "compare": ("compare.compare", "Put releases side by side"),
    },
    "Begin": {
        "demo": ("demo.demo", "See what the tool does, on an example"),
        "init": ("init.init", "Start a plan, from answers or a model card"),
    },
    "Look up": {
        "explain": ("look_up.explain", "Explain a word; without one, list them all"),
        "matrix": ("look_up.matrix", "Show which safeguard can work where"),
    },
    "Set up": {
        "baseline": ("baseline.baseline", "Accept what blocks today, stop what is new"),
        "config": ("config.config", "Show the settings in force and their source"),
        "schema": ("catalog.schema", "Print a JSON Schema for editors"),
        "catalog": ("catalog.catalog_app", "List, validate, verify and export catalogs"),
    },
}
HIDDEN: Mapping[str, tuple[str, str]] = {"list": ("look_up.list_", "List what can be explained")}
COMMANDS: Mapping[str, tuple[str, str]] = {
    name: command for group in (*HELP.values(), HIDDEN) for name, command in group.items()
}
_COMPLETION = "_AISAFE_COMPLETE"
_NAMES = 8  # columns for the name of a command
# What a wrong call raises. Typer names it from 0.27.2 on, and pip may leave an older one beside other programs.
_CallError: type[Exception] = getattr(typer, "TyperException", typer.BadParameter.__mro__[2])


class _CommandGroups(TyperGroup):
    """The program, whose help lists its commands in groups."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        for heading, commands in HELP.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:<{_NAMES}}", line) for name, (_, line) in commands.items()])


def make_app(loaded: Container[str] = COMMANDS) -> typer.Typer:
    """Return the program with all commands, of which those named can be called; of the others it knows the help."""
    app = typer.Typer(
        name="aisafe",
        cls=_CommandGroups,
        help="Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft): "
        "what can work in your release mode, what is done, and what to do instead.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    app.callback()(_aisafe)
    for name, (place, _) in COMMANDS.items():
        command = _load(place) if name in loaded else _do_nothing
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(name, hidden=name in HIDDEN)(command)
    return app


def _load(place: str) -> Any:
    module, name = place.split(".")
    return getattr(import_module(f"aisafe_cli.cli.{module}"), name)


def _do_nothing() -> None:
    """Stand in for a command that is not called."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _aisafe(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The options that come before a command."""


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises AisafeError for what the command explains itself."""
    if arguments:  # a shell that asks for completions gives none; anything else would end before it was evaluated
        os.environ.pop(_COMPLETION, None)
    if os.environ.get(_COMPLETION) == "complete_bash":
        from aisafe_cli.cli.completion import joined_words

        with joined_words():
            return _call(COMMANDS, arguments)
    return _call(COMMANDS if _COMPLETION in os.environ else arguments[:1], arguments)


def _call(loaded: Container[str], arguments: list[str]) -> int:
    command = typer.main.get_command(make_app(loaded))
    try:
        result = command.main(arguments, prog_name="aisafe", standalone_mode=False)
    except _CallError as error:
        _show_usage_error(error)
        return ExitCode.NOT_EVALUATED
    except typer.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.PASSED


def _show_usage_error(error: Any) -> None:
    from aisafe_cli.cli.output import say
    from aisafe_cli.text.escape import terminal_safe

    # Typer repeats what was typed, which may be a file's name in somebody's pull request.
    say("\n".join(map(terminal_safe, _word_usage_error(error).split("\n"))))


def _word_usage_error(error: Any) -> str:
    """Return what is wrong with a call as every other error is told; help in place of a command stays help."""
    near, error.possibilities = getattr(error, "possibilities", None), None
    message: str = error.format_message().rstrip().rstrip(".")
    if message.startswith("Usage:"):
        return message
    message = (message[:1].lower() + message[1:]).replace("'", "`").replace(". Did you mean", "; did you mean")
    if near:
        return f"error: {message}; did you mean {', '.join(f'`{name}`' for name in near)}?"
    context = getattr(error, "ctx", None)
    return f"error: {message}" + ("" if message.endswith("?") or not context else f"; see `{context.command_path} -h`")
