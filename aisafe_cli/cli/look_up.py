"""`aisafe explain`, `aisafe list` and `aisafe matrix`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Annotated

import typer

from aisafe_cli.analysis.explain import KINDS, Topic, build_topics, find_topics, list_words
from aisafe_cli.analysis.matrix import build_matrix, compare_access
from aisafe_cli.cli.completion import complete_access_level, complete_place, complete_topic, complete_words
from aisafe_cli.cli.options import CatalogFile, DataFormat, Output, Role
from aisafe_cli.cli.output import measure_width, require_known, write
from aisafe_cli.domain.catalog import ROLES, Ladder, Mode
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.reporters.pages.explain import render_list, render_topics
from aisafe_cli.reporters.pages.matrix import render_comparison, render_matrix
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
    write(render_list(output_format, topics, measure_width(output)), output, (catalog,) if catalog else ())
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
    write(
        render_topics(output_format, list(chain(*found)), measure_width(output)), output, (catalog,) if catalog else ()
    )
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


# --- matrix -----------------------------------------------------------------------------------------------------------


def matrix(
    output_format: DataFormat = "table",
    access: Annotated[
        list[str] | None,
        typer.Option(
            "--access",
            metavar="ACCESS",
            help="Show this access level, or all; may be repeated.",
            autocompletion=complete_access_level,
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="Compare from this mode or access level; goes with --to.",
            autocompletion=complete_place,
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PLACE",
            help="… to this mode or access level: what is lost, what to do instead.",
            autocompletion=complete_place,
        ),
    ] = None,
    role: Role = None,
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Print which safeguard can work in which release mode, with the count for each mode.

    Example: aisafe matrix --access on_device_managed
    """
    require_known("format", output_format, PAGE_FORMATS)
    if role is not None:
        require_known("role", role, ROLES)
    ladder = load_ladder()
    if (before is None) != (after is None) or (before and access):
        raise RequestError("--from and --to go together, and not with --access")
    if before and after:
        for place in (before, after):
            require_known("mode or access level", place, dict.fromkeys((*Mode, *ladder.access_levels)))
        comparison = compare_access(load_catalog(catalog, ladder), ladder, before, after, role)
        write(
            render_comparison(output_format, comparison, measure_width(output)), output, (catalog,) if catalog else ()
        )
        return ExitCode.PASSED
    for access_level in access or ():
        require_known("access level", access_level, ("all", *ladder.access_levels))
    access_levels = tuple(ladder.access_levels) if "all" in (access or ()) else tuple(dict.fromkeys(access or ()))
    built = build_matrix(load_catalog(catalog, ladder), ladder, access_levels, role)
    write(render_matrix(output_format, built, measure_width(output)), output, (catalog,) if catalog else ())
    return ExitCode.PASSED
