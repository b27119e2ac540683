"""Which file of this tool a file is, so that one in the place of another is told as such and not key by key."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.parsing.nodes import Mapping as MappingNode
from aisafe_cli.parsing.nodes import ParsedFile

_SETTINGS = ("formats", "fail_under", "strict", "blocks", "must_satisfy", "profile", "expect")
# Each kind of file: its name, keys of which it has all at its top, and what to do with it.
_KINDS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "plan": ("a plan", ("model", "channels"), "check it with `aisafe check FILE`"),
    "catalog": ("a catalog", ("catalog", "document"), "check a plan against it with `--catalog FILE`"),
    "baseline": ("a baseline", ("recorded", "plans"), "check a plan against it with `--baseline FILE`"),
    "report": ("a report", ("tool", "exit_code"), "name the plan instead"),
    "access-levels": ("the list of access levels", ("modes", "rungs"), "it is built in"),
    "licenses": ("the table of licenses", ("classes",), "it is built in"),
    "output": ("the output of another command", ("as_of", "catalog"), "name the plan instead"),
    "configuration": ("a configuration", (), "it applies to the plans below its folder, or with `--config FILE`"),
}


def refuse_other_kind(document: ParsedFile, expected: str) -> None:
    """Raise InputError with one line where the file is one of another kind."""
    if not isinstance(document.root, MappingNode) or _is(expected, document.root):
        return
    wanted = _KINDS.get(expected, (f"a file of {expected}",))[0]
    for kind, (name, _, advice) in _KINDS.items():
        if kind != expected and _is(kind, document.root):
            document.refuse(f"this is {name}, not {wanted}; {advice}")


def _is(kind: str, root: MappingNode) -> bool:
    if kind == "configuration":
        return any(key in root.entries for key in _SETTINGS) and "model" not in root.entries
    telltale = _KINDS[kind][1] if kind in _KINDS else ()
    return bool(telltale) and all(key in root.entries for key in telltale)
