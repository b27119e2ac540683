"""Output formats. One table feeds dispatch, the choices on the command line and the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from aisafe_cli.model import ReadFile, Run
from aisafe_cli.records import record


@record
class View:
    """How reports for people are shown. Formats for machines take no notice of it.

    `brief` is for the table: verdicts only. `kind` names one of Markdown's built-in documents, and `template` is the
    content of a template of the user's own, with the path it was read from and how that file is listed.
    """

    colour: bool = False
    brief: bool = False
    kind: str = "report"
    template: str | None = None
    template_path: str = ""
    template_read: ReadFile | None = None


@record
class Reporter:
    """One output format. `for_people` is false where a program reads it."""

    summary: str
    for_people: bool = False


REPORTERS: Mapping[str, Reporter] = {
    "table": Reporter(summary="text for a terminal", for_people=True),
    "markdown": Reporter(summary="a report to hand to a reader"),
    "html": Reporter(summary="one page to look at and to print"),
    "json": Reporter(summary="everything, for programs"),
    "sarif": Reporter(summary="SARIF 2.1.0, for code scanning"),
    "junit": Reporter(summary="JUnit XML, for test reports of any CI"),
    "github": Reporter(summary="annotations, for GitHub Actions"),
    "gitlab": Reporter(summary="Code Quality, for GitLab"),
    "csv": Reporter(summary="a table, for spreadsheets"),
    "badge": Reporter(summary="an SVG picture of the verdict"),
}

# The documents that the Markdown format can fill; each is a template of its own.
MARKDOWN_KINDS: Mapping[str, str] = {
    "report": "everything, for a reader",
    "summary": "the verdict and what blocks",
    "decision-record": "the record of a release decision, to complete and sign",
    "model-card": "a short table for a model card",
}


def render(name: str, run: Run, view: View) -> str:
    """Return a run in the named format. Only the module of that format is loaded."""
    module = import_module(f"aisafe_cli.reporters.{name}")
    return cast(Callable[[Run, View], str], module.render)(run, view)
