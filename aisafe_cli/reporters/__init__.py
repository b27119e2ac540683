"""Output formats. One table feeds dispatch, the choices on the command line and the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType

from aisafe_cli.domain._record import record
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.verdict import ReadFile, Result, Run
from aisafe_cli.reporters.layout import WIDTH
from aisafe_cli.text.annotations import cast


@record
class View:
    """How reports are shown. Most formats for machines take no notice of it.

    `width` is that of the terminal, and `full` is for the table: everything, not only what to act on. With `notes` code
    scanning is also told what the release mode rules out. `kind` names one of Markdown's built-in documents, and
    `template` is the content of a template of the user's own, with the path it was read from and how that file is
    listed. `subjects` are the released files that a statement is about, each with its name and its SHA-256.
    """

    colour: bool = False
    width: int = WIDTH
    full: bool = False
    notes: bool = False
    kind: str = "report"
    template: str | None = None
    template_path: str = ""
    template_read: ReadFile | None = None
    subjects: tuple[tuple[str, str], ...] = ()


def render(name: str, run: Run, view: View) -> str:
    """Return a run in the named format. Only the module of that format is loaded."""
    return "".join(render_in_blocks(name, run, view))


def render_in_blocks(name: str, run: Run, view: View) -> Iterable[str]:
    """Yield a run in the named format, of which one result is needed at a time."""
    module = _import_format(name, "full" if view.full else name)
    return cast(Callable[[Run, View], Iterable[str]], module.render)(run, view)


def _import_format(name: str, module: str) -> ModuleType:
    readers = "people" if REPORTERS[name].for_people else "programs"
    return import_module(f"aisafe_cli.reporters.{readers}.{module}")


def find_parts(name: str) -> tuple[Callable[[Result], str], Callable[[Run, View], str]]:
    """Return what renders one result, and what renders the rest, in a format whose results are parts."""
    module = _import_format(name, name)
    return module.render_result, module.render_closing
