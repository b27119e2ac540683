"""`aisafe list` and `aisafe explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.analysis.explain import KINDS, build_topics, find_topics, list_words
from aisafe_cli.cli.options import CatalogFile, DataFormat, Output
from aisafe_cli.cli.output import require_known, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.reporters.pages.explain import render_list, render_topics


def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]", help="safeguards, modes, rungs, outcomes, roles, alternatives, or all (the default)."
        ),
    ] = "all",
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """List what can be explained.

    Example: aisafe list rungs
    """
    require_known("format", output_format, PAGE_FORMATS)
    require_known("list", what, ("all", *KINDS))
    ladder = load_ladder()
    topics = [topic for topic in build_topics(load_catalog(catalog, ladder), ladder) if what in ("all", topic.kind)]
    write(render_list(output_format, topics), output, (catalog,) if catalog else ())
    return ExitCode.PASSED


def explain(
    what: Annotated[
        list[str],
        typer.Argument(metavar="WHAT...", help="A safeguard (id or slug), mode, rung, outcome, role or alternative."),
    ],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Explain a safeguard, a release mode, a rung, an outcome, a role or an alternative.

    Example: aisafe explain open_weights
    """
    require_known("format", output_format, PAGE_FORMATS)
    ladder = load_ladder()
    topics = build_topics(load_catalog(catalog, ladder), ladder)
    words = list_words(topics)
    for word in what:
        require_known("topic", word, words)
    found = [topic for word in what for topic in find_topics(word, topics)]
    write(render_topics(output_format, found), output, (catalog,) if catalog else ())
    return ExitCode.PASSED
