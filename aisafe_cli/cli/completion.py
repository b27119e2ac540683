"""What a shell completes: closed sets, and names of a catalog and of a plan. Nothing is loaded before a shell asks."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any

from aisafe_cli.analysis.explain import TOPIC_KINDS, build_topics
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Mode
from aisafe_cli.domain.formats import MARKDOWN_KINDS, PAGE_FORMATS, REPORTERS
from aisafe_cli.errors import AisafeError
from aisafe_cli.importing.facts import SOURCE_KINDS
from aisafe_cli.io.resources import SCHEMAS, read_glossary
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.plan import load_plan

_Words = Mapping[str, str]  # each with its meaning, or with nothing
Completer = Callable[[Any, str], list[tuple[str, str]]]


def _complete_words(words: Iterable[str]) -> Completer:
    """Return what completes one word of a closed set, which may say what each means."""
    meanings = words if isinstance(words, Mapping) else dict.fromkeys(words, "")
    return _complete(lambda _: {word: str(meaning) for word, meaning in meanings.items()})


def _complete(list_words: Callable[[Any], _Words]) -> Completer:
    def complete(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
        try:
            return [(word, text) for word, text in list_words(ctx).items() if word.startswith(incomplete)]
        except AisafeError:  # a catalog or a plan that cannot be used; the command itself will say so
            return []

    return complete


# --- names that have to be read -------------------------------------------------------------------------------------


def _list_access_levels(_: Any) -> _Words:
    return {level.id: level.title for level in load_ladder().access_levels.values()}


def _list_places(ctx: Any) -> _Words:
    return {**dict.fromkeys(Mode, ""), **_list_access_levels(ctx)}


def _list_topics(ctx: Any) -> _Words:
    ladder = load_ladder()
    topics = build_topics(load_catalog(ctx.params.get("catalog"), ladder), ladder, read_glossary())
    return {name: topic.gist for topic in topics for name in topic.names}


def _list_channels(ctx: Any) -> _Words:
    """List the channels of the plan that the call names so far."""
    # Where an option still lacks its value, what stands before it was not sorted into arguments.
    plans = [word for word in (ctx.params.get("plan"), *ctx.args) if word and os.path.isfile(word)]
    if not plans:
        return {}
    loaded = load_plan(plans[0], load_catalog(ctx.params.get("catalog"), load_ladder()))
    return {channel.id: channel.access for channel in loaded.channels}


def _join_pairs(names: Iterable[str], ctx: Any) -> _Words:
    return {f"{name}={level}": title for name in names for level, title in _list_access_levels(ctx).items()}


def _complete_new_channel(ctx: Any, incomplete: str) -> list[tuple[str, str]]:
    """Complete the access level of `ID=ACCESS`, whatever the id."""
    name, separator, _ = incomplete.partition("=")
    return _complete(lambda ctx: _join_pairs([name] if separator else [], ctx))(ctx, incomplete)


_COMPLETERS: Mapping[str, Completer] = {
    "format": _complete_words({name: reporter.summary for name, reporter in REPORTERS.items()}),
    "page": _complete_words(PAGE_FORMATS),
    "kind": _complete_words(MARKDOWN_KINDS),
    "role": _complete_words(ROLES),
    "size": _complete_words(SIZES),
    "capability": _complete_words(CAPABILITIES),
    "schema": _complete_words(SCHEMAS),
    "source": _complete_words(SOURCE_KINDS[1:]),
    "topics": _complete_words(TOPIC_KINDS),
    "access_level": _complete(_list_access_levels),
    "place": _complete(_list_places),
    "topic": _complete(_list_topics),
    "channel": _complete(_list_channels),
    "new_channel": _complete_new_channel,
    "move": _complete(lambda ctx: _join_pairs(_list_channels(ctx), ctx)),
}


def find_completer(words: str) -> Completer:
    """Return what completes the words of an option."""
    return _COMPLETERS[words]


# --- bash -----------------------------------------------------------------------------------------------------------


@contextmanager
def joined_words() -> Iterator[None]:
    """Join what bash takes apart at `=`, and take from what is completed what stands before: bash has that already."""
    try:
        words = _join_words(shlex.split(os.environ["COMP_WORDS"]), int(os.environ["COMP_CWORD"]))
    except (KeyError, ValueError):  # another shell, or a quote that is still open
        yield
        return
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = shlex.join(words), str(len(words) - 1)
    before = words[-1][: words[-1].rfind("=") + 1]
    shown = StringIO()
    try:
        with redirect_stdout(shown):
            yield
    finally:
        print("\n".join(line.removeprefix(before) for line in shown.getvalue().splitlines()))


def _join_words(words: list[str], cursor: int) -> list[str]:
    """Return the words up to the cursor, of which the last is the one to complete."""
    joined: list[str] = []
    for word in [*words, ""][: cursor + 1]:
        if joined and (word == "=" or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
