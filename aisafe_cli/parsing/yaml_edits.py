"""Edit YAML where it stands: what an edit does not touch keeps its comments, its layout and its bytes.

It is for text that the strict parser has taken: one document without anchors, tags and merge keys.
"""

from __future__ import annotations

from typing import Any

import yaml


class YamlText:
    """The text of one YAML file. A place is a path of keys and indexes; each edit leaves a text that can be parsed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def replace_value(self, *path: str | int, value: str) -> None:
        """Put other YAML, on one line, in the place of a single value."""
        node = self._find_node(path)
        self._splice(node.start_mark.index, _find_end(node), value)

    def add_entry(self, *path: str | int, behind: str, key: str, value: str) -> None:
        """Add a key, with a value on one line, to a mapping, behind another of its keys."""
        mapping = self._find_node(path)
        spans = _list_spans(mapping)
        _, end = spans[_find_number(mapping, behind)]
        if mapping.flow_style:
            self._splice(end, end, f", {key}: {value}")
        else:
            end = self._find_line_end(end)
            self._splice(end, end, f"{self._newline}{' ' * mapping.start_mark.column}{key}: {value}")

    def has_entry(self, *path: str | int) -> bool:
        """Return whether there is something at a place."""
        try:
            self._find_node(path)
        except KeyError:
            return False
        return True

    def is_mapping(self, *path: str | int) -> bool:
        """Return whether a mapping stands at a place."""
        return isinstance(self._find_node(path), yaml.MappingNode)

    def is_list(self, *path: str | int) -> bool:
        """Return whether a list stands at a place."""
        return isinstance(self._find_node(path), yaml.SequenceNode)

    def remove(self, *path: str | int) -> None:
        """Take an entry out of a mapping or a list that has others."""
        parent = self._find_node(path[:-1])
        spans = _list_spans(parent)
        number = _find_number(parent, path[-1])
        if parent.flow_style:
            self._remove_from_line(spans, number)
            return
        start, end = spans[number]
        line_start, line_end = self.text.rfind("\n", 0, start) + 1, self._find_line_end(end)
        self._splice(line_start, line_end + len(self._newline), "")

    def _remove_from_line(self, spans: list[tuple[int, int]], number: int) -> None:
        start, end = spans[number]
        if number + 1 < len(spans):
            comma = self.text.index(",", end) + 1
            end = comma + len(self.text[comma:]) - len(self.text[comma:].lstrip(" "))
        elif number:
            start = spans[number - 1][1]
        self._splice(start, end, "")

    def _find_node(self, path: tuple[str | int, ...]) -> Any:
        """Return the node at a place. Raises KeyError where there is none."""
        node: Any = yaml.compose(self.text, yaml.SafeLoader)
        for step in path:
            entry = node.value[_find_number(node, step)]
            node = entry[1] if isinstance(node, yaml.MappingNode) else entry
        return node

    def _find_line_end(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[offset:end].endswith("\r") else end

    def _splice(self, start: int, end: int, inserted: str) -> None:
        self.text = self.text[:start] + inserted + self.text[end:]


def _find_number(node: Any, step: str | int) -> int:
    """Return the place of an entry. Raises KeyError where there is none."""
    if isinstance(step, int):
        return step
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    if step not in keys:
        raise KeyError(step)
    return keys.index(step)


def _list_spans(node: Any) -> list[tuple[int, int]]:
    """Return where each entry of a mapping or a list begins and ends; an item on lines of its own at its dash."""
    if isinstance(node, yaml.MappingNode):
        return [(key.start_mark.index, max(_find_end(key), _find_end(value))) for key, value in node.value]
    starts = [item.start_mark.index for item in node.value]
    if not node.flow_style:
        starts = [item.start_mark.buffer.rindex("-", 0, start) for item, start in zip(node.value, starts, strict=True)]
    return list(zip(starts, map(_find_end, node.value), strict=True))


def _find_end(node: Any) -> int:
    """Return where a node ends. The parser's own mark of what stands on several lines is behind the comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _find_end(last[1] if isinstance(node, yaml.MappingNode) else last)
    end: int = node.end_mark.index
    is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return len(node.end_mark.buffer[:end].rstrip()) if is_block else end
