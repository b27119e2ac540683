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
        lines.append(f"... and {len(error.faults) - MAX_SHOWN} more faults")
    return "\n".join(lines)


def _fault_lines(fault: Fault) -> Iterable[str]:
    yield f"{terminal_safe(fault.path)}:{fault.line}:{fault.column}: {terminal_safe(fault.message)}"
    if fault.source_line is not None and fault.source_line.strip():
        start = max(0, fault.column - 1 - _WINDOW // 2)
        before = terminal_safe(fault.source_line[start : fault.column - 1].replace("\t", " "))
        after = terminal_safe(fault.source_line[fault.column - 1 : start + _WINDOW].replace("\t", " "))
        yield f"  | {before}{after}"
        yield f"  | {' ' * len(before)}^"
    if fault.hint:
        yield f"  = {terminal_safe(fault.hint)}"
