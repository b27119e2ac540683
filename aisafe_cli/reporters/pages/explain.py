"""Topics as text for a terminal, as Markdown and as JSON: one explained, or many listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from aisafe_cli.analysis.explain import Section, Topic
from aisafe_cli.reporters.layout import WIDTH, as_json, wrapped
from aisafe_cli.text.escape import markdown_safe

FORMATS = ("table", "markdown", "json")


def render_topics(name: str, topics: Sequence[Topic]) -> str:
    """Return whole topics in one of `FORMATS`."""
    if name == "json":
        return _json([_data(topic) for topic in topics])
    lines = [line for topic in topics for line in (_markdown(topic) if name == "markdown" else _text(topic))]
    return "\n".join(lines).strip("\n") + "\n"


def render_list(name: str, topics: Sequence[Topic]) -> str:
    """Return names and titles of topics in one of `FORMATS`."""
    if name == "json":
        return _json([_names(topic) for topic in topics])
    lines = _list_markdown(topics) if name == "markdown" else _list_text(topics)
    return "\n".join(lines).strip("\n") + "\n"


def _json(data: Any) -> str:
    return as_json({"schema_version": 1, "topics": data})


def _names(topic: Topic) -> dict[str, Any]:
    return {"kind": topic.kind, "id": topic.id, "slug": topic.other_name or None, "title": topic.title}


def _data(topic: Topic) -> dict[str, Any]:
    sections = {
        section.title: [{"term": entry.term or None, "text": entry.text} for entry in section.entries]
        for section in topic.sections
    }
    return {**_names(topic), "summary": topic.summary, "sections": sections}


def _text(topic: Topic) -> Iterable[str]:
    other = f" ({topic.other_name})" if topic.other_name else ""
    yield from wrapped(f"{topic.id}{other}: {topic.title}")
    yield ""
    yield from wrapped(topic.summary)
    for section in topic.sections:
        yield from _section(section)
    yield ""
    yield ""


def _section(section: Section) -> Iterable[str]:
    yield ""
    yield section.title
    for entry in section.entries:
        if not entry.term:
            yield from wrapped(f"- {entry.text}", 2, 4)
        elif len(entry.term) < 16:
            yield from wrapped(f"{entry.term + ':':<15} {entry.text}", 2, 18)
        else:
            yield from wrapped(f"{entry.term}:", 2)
            yield from wrapped(entry.text, 4)


def _markdown(topic: Topic) -> Iterable[str]:
    other = f" ({topic.other_name})" if topic.other_name else ""
    yield from (f"# {topic.id}{other}: {markdown_safe(topic.title)}", "", markdown_safe(topic.summary))
    for section in topic.sections:
        yield from ("", f"## {section.title}", "")
        for entry in section.entries:
            term = f"**{markdown_safe(entry.term)}**: " if entry.term else ""
            yield f"- {term}{markdown_safe(entry.text)}"
    yield ""


def _list_text(topics: Sequence[Topic]) -> Iterable[str]:
    for kind, of_kind in groupby(topics, key=lambda topic: topic.kind):
        listed = list(of_kind)
        # A catalog of the user's own may have longer names; those get a line of their own.
        width = min(max(len(_name(topic)) for topic in listed), WIDTH // 2)
        yield from ("", kind.capitalize())
        for topic in listed:
            name = _name(topic)
            if len(name) > width:
                yield from (*wrapped(name, 2), *wrapped(topic.gist, width + 4))
            else:
                yield from wrapped(f"{name:<{width}}  {topic.gist}", 2, width + 4)


def _list_markdown(topics: Sequence[Topic]) -> Iterable[str]:
    yield from ("| name | title |", "|---|---|")
    yield from (f"| {_name(topic)} | {markdown_safe(topic.gist)} |" for topic in topics)


def _name(topic: Topic) -> str:
    return f"{topic.id} {topic.other_name}".rstrip()
