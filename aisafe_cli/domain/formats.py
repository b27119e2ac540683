"""The output formats and the kinds of Markdown documents, as data."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.domain._record import record

PARTS = "\0"  # stands where the parts of a report are, in what stands around them


@record
class Reporter:
    """One output format. `for_people` is false where a program reads it.

    `endings` are those of files that may hold it. Each result is a part by itself where `in_parts`, so that a long run
    need not be held in memory; parts that are `joined_by` something stand between totals. `limits` says how much of
    what it may hold: what its readers keep, or what they can take in.
    """

    summary: str
    endings: tuple[str, ...] = ()
    for_people: bool = False
    in_parts: bool = False
    joined_by: str | None = None
    limits: Mapping[str, int] = {}


REPORTERS: Mapping[str, Reporter] = {
    "table": Reporter(
        summary="text for a terminal",
        endings=(".txt",),
        for_people=True,
        limits={"width": 110, "lines": 50},  # columns of a terminal, and lines on many plans
    ),
    "concise": Reporter(
        summary="a line for each finding that blocks", endings=(".txt",), for_people=True, in_parts=True
    ),
    "markdown": Reporter(
        summary="a report to hand to a reader",
        endings=(".md", ".markdown"),
        for_people=True,
        limits={
            "plans": 100,  # rows of the table of all plans
            "summary": 10,  # plans that a summary tells more of
            "in_full": 20,  # of more plans, those that pass stand in the table alone
        },
    ),
    "html": Reporter(
        summary="one page to look at and to print",
        endings=(".html", ".htm"),
        for_people=True,
        limits={
            "name": 160,  # characters at the head of a page, so that no name pushes the verdict out of sight
            "channels": 3,  # with more of them the grid shows signs without words
            "in_full": 20,  # of more plans, those that pass stand in the table alone
        },
    ),
    "json": Reporter(summary="everything, for programs", endings=(".json",), in_parts=True, joined_by=","),
    "jsonl": Reporter(
        summary="a line of JSON for each plan, then one for the run", endings=(".jsonl", ".ndjson"), in_parts=True
    ),
    "sarif": Reporter(
        summary="SARIF 2.1.0, for code scanning",
        endings=(".sarif", ".json"),
        limits={
            # What GitHub code scanning keeps. It takes more than these and drops them, without saying which.
            "results": 5_000,
            "tags": 20,
            "description": 1_024,
            # Our own bound, so that one plan with thousands of channels does not fill the 10 MB that GitHub takes.
            "message": 4_000,
        },
    ),
    "junit": Reporter(summary="JUnit XML, for test reports of any CI", endings=(".xml",)),
    "github": Reporter(
        summary="annotations, for GitHub Actions",
        endings=(".txt",),
        limits={
            "annotations": 10,  # what the runner shows of each kind for one step; the rest stays in the log
            "name": 150,  # of a finding; GitHub refuses an annotation whose title exceeds 255 characters
        },
    ),
    "gitlab": Reporter(summary="Code Quality, for GitLab", endings=(".json",)),
    "csv": Reporter(summary="a table, for spreadsheets", endings=(".csv",)),
    "oscal": Reporter(summary="OSCAL assessment results", endings=(".json",)),
    "intoto": Reporter(summary="an in-toto statement, to sign and verify", endings=(".intoto", ".json")),
    "badge": Reporter(summary="an SVG picture of the verdict", endings=(".svg",)),
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

# The characters of a Mermaid chart in Markdown: renderers refuse one of more than 50,000.
CHART_LIMIT = 40_000
