"""The output formats and the kinds of Markdown documents, as data."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.domain._record import record


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

# The formats of everything that is printed beside reports.
PAGE_FORMATS = ("table", "markdown", "json")
