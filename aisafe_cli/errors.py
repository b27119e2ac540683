"""What can go wrong, and the exit code that says so."""

from __future__ import annotations

from enum import IntEnum

from aisafe_cli.records import record


class ExitCode(IntEnum):
    """The meaning of each exit code; the same for every output format."""

    PASSED = 0
    FAILED = 1
    NOT_EVALUATED = 2
    NOTHING_TO_EVALUATE = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130
    TERMINATED = 143


@record
class Fault:
    """One thing that is wrong with an input file, and where. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str | None = None


class AisafeError(Exception):
    """Any failure that the tool explains itself. The message is for the user."""

    exit_code = ExitCode.NOT_EVALUATED


class InputError(AisafeError):
    """An input file that cannot be used, with every fault that was found in it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class FileError(AisafeError):
    """A file that cannot be read."""


class OutputError(AisafeError):
    """Output that could not be written whole."""


class NothingToEvaluate(AisafeError):
    """There is no plan, or no safeguard of the catalog applies to it, so a pass would rest on nothing."""

    exit_code = ExitCode.NOTHING_TO_EVALUATE


class RequestError(AisafeError):
    """A call that asks for something that does not exist or does not fit together."""
