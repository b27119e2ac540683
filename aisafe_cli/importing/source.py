"""Bytes of a source to text, and what kind of source it is, by its content."""

from __future__ import annotations

import codecs
import re

from aisafe_cli.importing.document import Document, read_json, read_yaml
from aisafe_cli.importing.facts import Notebook

_MAX_UNREADABLE = 0.05
_HUB_KEYS = frozenset(
    {"author", "cardData", "createdAt", "disabled", "downloads", "gated", "lastModified", "library_name", "likes"}
    | {"modelId", "pipeline_tag", "private", "safetensors", "sha", "siblings", "tags", "transformersInfo"}
)


def decode_text(content: bytes, notes: Notebook) -> str:
    """Return content as text with plain line ends. What is not UTF-8 is replaced, and told."""
    content = content.removeprefix(codecs.BOM_UTF8)
    text = content.decode(errors="replace")
    if (first := text.find("\ufffd")) >= 0 and "\ufffd".encode() not in content:
        notes.warn(text.count("\n", 0, first) + 1, "bytes that are not UTF-8 were replaced")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_binary(content: bytes) -> bool:
    """Return whether content is no text at all."""
    start = content[:65536]
    return b"\0" in start or start.decode(errors="replace").count("\ufffd") > len(start) * _MAX_UNREADABLE


def recognize(text: str) -> tuple[str, Document | None]:
    """Return the kind of a text, one of KINDS or empty for none, with its data where that was read for it."""
    if re.match(r"\s*[{\[]", text):
        document = read_json(text)
        if isinstance(document.data, dict):
            return recognize_data(document), document
        if document.data is not None:
            return "", document
    if re.search(r"(?m)^(?:framework|release):", text) and not re.match(r"\s*---\s*\n", text):
        document = read_yaml(text)
        if kind := recognize_data(document):
            return kind, document
    return "card" if re.search(r"(?m)^---[ \t]*$|^#{1,6}\s|<h1", text) else "", None


def recognize_data(document: Document) -> str:
    """Return the kind of a mapping: an openness record, a Hub answer, or neither."""
    data = document.data if isinstance(document.data, dict) else {}
    if isinstance(release := data.get("release"), dict) and {"components", "name", "license"} & release.keys():
        return "mot"
    is_answer = isinstance(data.get("id") or data.get("modelId"), str) and len(_HUB_KEYS & data.keys()) > 1
    return "hub" if is_answer else ""
