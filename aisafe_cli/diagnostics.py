"""Faults as text: `path:line:column: message`, the offending line with a marker, and a hint."""

from __future__ import annotations

from collections.abc import Iterable

from aisafe_cli.errors import AisafeError, Fault, InputError
from aisafe_cli.text import terminal_safe

MAX_SHOWN = 50
_WINDOW = 72


def describe(error: AisafeError) -> str:
    """Return an error as lines for a person, without the final line feed."""
    if not isinstance(error, InputError):
        return f"error: {terminal_safe(str(error))}"
    lines = [line for fault in error.faults[:MAX_SHOWN] for line in _fault_lines(fault)]
    if len(error.faults) > MAX_SHOWN:
        lines.append(f"... and at least {len(error.faults) - MAX_SHOWN} more faults")
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
