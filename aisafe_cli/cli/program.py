"""The program as Typer runs it: help, completion, and every call that is not plain."""

# Annotations are not postponed here: Typer would have to evaluate them.
from collections.abc import Callable, Container
from contextlib import nullcontext
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aisafe_cli import __version__
from aisafe_cli.cli.commands import COMMANDS, HELP, HIDDEN, INNER, load_command
from aisafe_cli.cli.completion import find_completer, joined_words
from aisafe_cli.cli.options import Command, Given, Option
from aisafe_cli.cli.output import say
from aisafe_cli.errors import ExitCode
from aisafe_cli.text.escape import terminal_safe

_NAMES = 8  # columns for the name of a command
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 80}
_TYPES = {"text": str | None, "texts": list[str] | None, "flag": bool, "switch": bool | None, "percent": int | None}
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
        context_settings=_SETTINGS,
    )
    app.callback()(_aisafe)
    for name, (place, _) in COMMANDS.items():
        if name not in loaded:
            app.command(name)(_do_nothing)
        elif place:
            app.command(name, hidden=name in HIDDEN)(_make_function(load_command(place)))
        else:
            app.add_typer(_make_inner(name))
    return app


def _make_inner(name: str) -> typer.Typer:
    text, commands = INNER[name]
    inner = typer.Typer(name=name, help=text, no_args_is_help=True, rich_markup_mode=None)
    for own, (place, line) in commands.items():
        inner.command(own, short_help=line)(_make_function(load_command(place)))
    return inner


def _make_function(command: Command) -> Callable[..., int]:
    """Return what Typer makes a command of: a function with a parameter for each option."""

    def call(**values: Any) -> int:
        return command.run(Given(**values))

    parameters = [_make_parameter(name, option) for name, option in command.options.items()]
    call.__doc__ = command.run.__doc__
    call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _make_parameter(name: str, option: Option) -> Parameter:
    described: dict[str, Any] = {"metavar": option.metavar, "help": option.help}
    if option.words:
        described["autocompletion"] = find_completer(option.words)
    if option.kind == "percent":
        described["parser"] = _read_percent
    made = typer.Option(*option.flags.split(), **described) if option.flags else typer.Argument(**described)
    default = Parameter.empty if option.is_required else option.left_out
    annotation: Any = Annotated.__class_getitem__((_TYPES[option.kind], made))  # type: ignore[attr-defined]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _read_percent(value: Any) -> int:
    """Return a percentage that a call names. Raises BadParameter for anything else."""
    word = str(value)
    if not (word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 100):
        raise typer.BadParameter(f"`{word}` is not a whole number from 0 to 100")
    return int(word)


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


def complete(instruction: str) -> int:
    """Print what completes the line of a shell."""
    with joined_words() if instruction == "complete_bash" else nullcontext():
        return run_program(COMMANDS, [])


def run_program(loaded: Container[str], arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises AisafeError for what the command explains itself."""
    command = typer.main.get_command(make_app(loaded))
    try:
        result = command.main(arguments, prog_name="aisafe", standalone_mode=False)
    except _CallError as error:
        # Typer repeats what was typed, which may be a file's name in somebody's pull request.
        say("\n".join(map(terminal_safe, _word_usage_error(error).split("\n"))))
        return ExitCode.NOT_EVALUATED
    except typer.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.PASSED


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
