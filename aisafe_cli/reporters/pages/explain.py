"""Topics: one explained, or many listed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from aisafe_cli.analysis.explain import Topic
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Item, Page, Section

_HEADINGS = {
    "rungs": "Access levels",
    "modes": "Release modes",
    "capabilities": "Misuse capability",
    "findings": "Findings on the plan itself",
}
_TWINS = {"modes": " (a release mode)", "rungs": " (an access level)"}  # of which some share a name
_TERM = 15  # a longer term stands above what is said of it


def render_topics(name: str, topics: Sequence[Topic], width: int = WIDTH) -> str:
    """Return whole topics in one of the formats of pages."""
    if name == "json":
        return as_json({"schema_version": 1, "topics": [_collect_topic(topic) for topic in topics]})
    return "\n".join(_build_topic(topic).render(name, width) for topic in topics)


def render_list(name: str, topics: Sequence[Topic], width: int = WIDTH) -> str:
    """Return names and titles of topics in one of the formats of pages."""
    if name == "json":
        return as_json({"schema_version": 1, "topics": [_name_topic(topic) for topic in topics]})
    sections = []
    for kind, group in groupby(topics, key=lambda topic: topic.kind):
        items = tuple(Item(term=f"{topic.id} {topic.other_name}".rstrip(), text=topic.gist) for topic in group)
        sections.append(Section(heading=_HEADINGS.get(kind, kind.capitalize()), items=items, column=WIDTH // 2))
    return Page(sections=tuple(sections)).render(name, width)


def _name_topic(topic: Topic) -> dict[str, Any]:
    return {"kind": topic.kind, "id": topic.id, "slug": topic.other_name or None, "title": topic.title}


def _collect_topic(topic: Topic) -> dict[str, Any]:
    sections = {}
    for title, pairs in topic.sections.items():
        sections[title] = [{"term": term or None, "text": text} for term, text in pairs]
    return {**_name_topic(topic), "summary": topic.summary, "sections": sections}


def _build_topic(topic: Topic) -> Page:
    other = f" ({topic.other_name})" if topic.other_name else ""
    sections = []
    for title, pairs in topic.sections.items():
        items = tuple(Item(term=term, text=text, is_ours=True) for term, text in pairs)
        sections.append(Section(heading=title, items=items, column=_TERM))
    title = f"{topic.title}{_TWINS.get(topic.kind, '')}"
    return Page(title=f"{topic.id}{other}: {title}", summary=topic.summary, sections=tuple(sections))
