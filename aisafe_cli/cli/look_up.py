"""`aisafe explain`, `aisafe list` and `aisafe matrix`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from aisafe_cli.analysis.explain import TOPIC_KINDS, Topic, build_topics, find_topics, list_words
from aisafe_cli.analysis.matrix import build_matrix, compare_access
from aisafe_cli.cli.options import ONE_CATALOG, PAGE, Given, Option, pick_options, require_known, takes
from aisafe_cli.cli.output import write_page
from aisafe_cli.domain.catalog import ROLES, Ladder, Mode
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.evaluation.answers import link_catalogs
from aisafe_cli.io.resources import read_glossary
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.reporters.pages.explain import render_list, render_topics
from aisafe_cli.reporters.pages.matrix import render_comparison, render_matrix
from aisafe_cli.text.wording import suggest_word


@takes(
    {
        "what": Option(
            "",
            "[WHAT]",
            f"What to list: {', '.join(TOPIC_KINDS)}, or all (the default).",
            words="topics",
            default="all",
        ),
        **PAGE,
    }
)
def list_(given: Given) -> int:
    """List what can be explained.

    Example: aisafe list modes
    """
    require_known("list", given.what, ("all", *TOPIC_KINDS))
    return _print_list(given, given.what)


def _print_list(given: Given, what: str) -> int:
    ladder = load_ladder()
    topics = build_topics(load_catalog(given.catalog, ladder), ladder, read_glossary())
    listed = [topic for topic in topics if what in ("all", topic.kind)]
    write_page(given, render_list, listed)
    return ExitCode.PASSED


@takes(
    {
        "what": Option(
            "", "[WORD]...", "A safeguard (id or slug) or another word; without one, all are listed.", "texts", "topic"
        ),
        **PAGE,
    }
)
def explain(given: Given) -> int:
    """Explain a safeguard, a release mode, an access level, an outcome, a role, an alternative or a term.

    Example: aisafe explain open_weights
    """
    if not given.what:
        return _print_list(given, "all")
    ladder = load_ladder()
    topics = build_topics(load_catalog(given.catalog, ladder), ladder, read_glossary())
    whole = "_".join(given.what)  # such as `open weights`
    words = [whole] if find_topics(whole, topics) else given.what
    if any(all(topic.kind == "safeguards" for topic in find_topics(word, topics)) for word in words):
        topics = _build_linked(given.catalog, ladder)
    found = chain(*[_require_topics(word, topics) for word in words])
    write_page(given, render_topics, list(found))
    return ExitCode.PASSED


def _build_linked(catalog: str | None, ladder: Ladder) -> tuple[Topic, ...]:
    """Return the topics of a catalog, and the safeguards of those that are built in, with what answers what."""
    own = load_catalog(catalog, ladder)
    built_in = (load_catalog(name, ladder) for name in BUILT_IN)
    linked = link_catalogs([own, *(one for one in built_in if one.id != own.id)])
    topics = []
    for one in linked:
        topics.append(build_topics(one, ladder, read_glossary(), [other for other in linked if other is not one]))
    others = [topic for listed in topics[1:] for topic in listed if topic.kind == "safeguards"]
    return (*topics[0], *others)


def _require_topics(word: str, topics: Sequence[Topic]) -> tuple[Topic, ...]:
    """Return the topics of a word. Raises RequestError for an unknown one."""
    if found := find_topics(word, topics):
        return found
    known = list_words(topics)
    longer = next((f"did you mean `{name}`?" for name in known if word.lower() in name.split("_")), "")
    hint = longer or suggest_word(word, known) or "see `aisafe explain`, which lists all words"
    raise RequestError(f"nothing is called `{word}`; {hint}")


# --- matrix -----------------------------------------------------------------------------------------------------------


@takes(
    {
        **pick_options("output_format"),
        "access": Option(
            "--access", "ACCESS", "Show this access level, or all; may be repeated.", "texts", "access_level"
        ),
        "before": Option("--from", "PLACE", "Compare from this mode or access level; goes with --to.", words="place"),
        "after": Option(
            "--to", "PLACE", "Compare with this mode or access level: what is lost, what to do instead.", words="place"
        ),
        "role": Option("--role", "ROLE", "Show what this role can carry out.", words="role"),
        **pick_options("output"),
        "catalog": ONE_CATALOG,
    }
)
def matrix(given: Given) -> int:
    """Show which safeguard can work in which release mode, and how many in each.

    Example: aisafe matrix --access on_device_managed
    """
    if given.role is not None:
        require_known("role", given.role, ROLES)
    ladder = load_ladder()
    before, after = given.before, given.after
    if (before is None) != (after is None) or (before and given.access):
        raise RequestError("use --from and --to together, and without --access")
    if before and after:
        for place in (before, after):
            require_known("mode or access level", place, dict.fromkeys((*Mode, *ladder.access_levels)))
        comparison = compare_access(load_catalog(given.catalog, ladder), ladder, before, after, given.role)
        write_page(given, render_comparison, comparison)
    else:
        access_levels = _require_access_levels(given.access or (), ladder)
        built = build_matrix(load_catalog(given.catalog, ladder), ladder, access_levels, given.role)
        write_page(given, render_matrix, built)
    return ExitCode.PASSED


def _require_access_levels(named: Sequence[str], ladder: Ladder) -> tuple[str, ...]:
    for access_level in named:
        require_known("access level", access_level, ("all", *ladder.access_levels))
    return tuple(ladder.access_levels) if "all" in named else tuple(dict.fromkeys(named))
