"""What can go wrong, the exit code that says so, and each fault as text with its place and a hint."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from aisafe_cli.text.annotations import NamedTuple
from aisafe_cli.text.escape import terminal_safe
from aisafe_cli.text.wording import count


class ExitCode(IntEnum):
    """The meaning of each exit code; the same for every output format."""

    PASSED = 0
    FAILED = 1
    NOT_EVALUATED = 2
    NOTHING_TO_EVALUATE = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130
    TERMINATED = 143


class Fault(NamedTuple):
    """One thing that is wrong with an input file, and where. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str | None = None


class AisafeError(Exception):
    """Any failure that the tool explains itself. The message is for the user. Two that say the same are equal."""

    exit_code = ExitCode.NOT_EVALUATED

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, AisafeError) and self.args == other.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class InputError(AisafeError):
    """An input file that cannot be used, with every fault that was found in it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return count(len(self.faults), "fault")


class FileError(AisafeError):
    """A file that cannot be read."""


class OutputError(AisafeError):
    """Output that could not be written whole."""


class NothingToEvaluate(AisafeError):
    """There is no plan, or no safeguard of the catalog applies to it, so a pass would rest on nothing."""

    exit_code = ExitCode.NOTHING_TO_EVALUATE


class RequestError(AisafeError):
    """A call that asks for something that does not exist or does not fit together."""


MAX_SHOWN = 50
_WINDOW = 72


def describe(error: AisafeError) -> str:
    """Return an error as lines for a person, without the final line feed."""
    if not isinstance(error, InputError):
        return f"error: {terminal_safe(str(error))}"
    lines = [line for fault in error.faults[:MAX_SHOWN] for line in _fault_lines(fault)]
    if len(error.faults) > MAX_SHOWN:
        lines.append(f"... and at least {count(len(error.faults) - MAX_SHOWN, 'more fault')}")
    return "\n".join(lines)


def _fault_lines(fault: Fault) -> Iterable[str]:
    yield terminal_safe(f"{fault.path}:{fault.line}:{fault.column}: {fault.message}")
    if fault.source_line is not None and fault.source_line.strip():
        start = max(0, fault.column - 1 - _WINDOW // 2)
        shown = fault.source_line[start : start + _WINDOW].replace("\t", " ")
        # Made safe as one text, since what is harmless on both sides of the marker may not be when it is put together.
        yield f"  | {terminal_safe(shown)}"
        yield f"  | {' ' * len(terminal_safe(shown[: fault.column - 1 - start]))}^"
    if fault.hint:
        yield f"  = {terminal_safe(fault.hint)}"
