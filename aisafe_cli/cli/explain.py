"""`aisafe list` and `aisafe explain`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Annotated

import typer

from aisafe_cli.analysis.explain import KINDS, Topic, build_topics, find_topics, list_words
from aisafe_cli.cli.completion import complete_topic, complete_words
from aisafe_cli.cli.options import CatalogFile, DataFormat, Output
from aisafe_cli.cli.output import require_known, write
from aisafe_cli.domain.catalog import Ladder
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.reporters.pages.explain import render_list, render_topics
from aisafe_cli.text.wording import suggest_word


def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help=f"What to list: {', '.join(KINDS)}, or all (the default).",
            autocompletion=complete_words(KINDS),
        ),
    ] = "all",
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """List what can be explained.

    Example: aisafe list modes
    """
    require_known("format", output_format, PAGE_FORMATS)
    require_known("list", what, ("all", *KINDS))
    ladder = load_ladder()
    topics = [topic for topic in build_topics(load_catalog(catalog, ladder), ladder) if what in ("all", topic.kind)]
    write(render_list(output_format, topics), output, (catalog,) if catalog else ())
    return ExitCode.PASSED


def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD]...",
            help="A safeguard (id or slug) or another word; none lists all words.",
            autocompletion=complete_topic,
        ),
    ] = None,
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Explain a safeguard, a release mode, an access level, an outcome, a role or an alternative.

    Example: aisafe explain open_weights
    """
    if not what:
        return list_("all", output_format, output, catalog)
    require_known("format", output_format, PAGE_FORMATS)
    ladder = load_ladder()
    topics = build_topics(load_catalog(catalog, ladder), ladder)
    if any(all(topic.kind == "safeguards" for topic in find_topics(word, topics)) for word in what):
        topics = _build_linked(catalog, ladder)
    found = [_find(word, topics) for word in what]
    write(render_topics(output_format, list(chain(*found))), output, (catalog,) if catalog else ())
    return ExitCode.PASSED


def _build_linked(catalog: str | None, ladder: Ladder) -> tuple[Topic, ...]:
    """Return the topics of a catalog, and the safeguards of those that are built in, with what answers what."""
    own = load_catalog(catalog, ladder)
    built_in = (load_catalog(name, ladder) for name in BUILT_IN)
    linked = link_catalogs([own, *(one for one in built_in if one.id != own.id)])
    topics = [build_topics(one, ladder, [other for other in linked if other is not one]) for one in linked]
    others = [topic for listed in topics[1:] for topic in listed if topic.kind == "safeguards"]
    return (*topics[0], *others)


def _find(word: str, topics: Sequence[Topic]) -> tuple[Topic, ...]:
    """Return the topics of a word. Raises RequestError for an unknown one."""
    if found := find_topics(word, topics):
        return found
    hint = suggest_word(word, list_words(topics)) or "see `aisafe explain`, which lists all words"
    raise RequestError(f"nothing is called `{word}`; {hint}")
