"""The command line: options as data, one function a command, each from what is given to calls to an exit code."""

from __future__ import annotations

import os

from aisafe_cli.cli.commands import COMMANDS, load_command
from aisafe_cli.cli.plain_call import read_plain_call

_COMPLETION = "_AISAFE_COMPLETE"


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code. Raises AisafeError for what the command explains itself."""
    if arguments:  # a shell that asks for completions gives none; anything else would end before it was evaluated
        os.environ.pop(_COMPLETION, None)
        place, _ = COMMANDS.get(arguments[0], ("", ""))
        command = load_command(place) if place else None
        if command and (given := read_plain_call(command.options, arguments[1:])):
            return command.run(given)
    from aisafe_cli.cli.program import complete, run_program  # takes longer to load than a check takes

    if _COMPLETION in os.environ:
        return complete(os.environ[_COMPLETION])
    return run_program(arguments[:1], arguments)
