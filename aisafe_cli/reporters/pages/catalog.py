"""A catalog's standing and the result of its verification: text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from aisafe_cli.analysis.verify import Match, Verified
from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.reporters.layout import as_json, wrapped
from aisafe_cli.text.escape import markdown_safe

FORMATS = ("table", "markdown", "json")


def render_catalog(name: str, catalog: Catalog) -> str:
    """Return a catalog's document, standing, version and hash in one of `FORMATS`."""
    if name == "json":
        return _json({"catalog": _standing(catalog), "document": asdict(catalog.document)})
    document = catalog.document
    facts = {
        "Catalog": f"{catalog.id} {catalog.version} ({catalog.path})",
        "SHA-256": catalog.sha256,
        "Document": f"{document.title}, {document.identifier}, {document.publisher}",
        "Part": f"{document.part}; {len(catalog.safeguards)} safeguards",
        "Status": f"{document.status}, {document.published}. {document.later_versions}",
    }
    return "".join(f"{line}\n" for line in _facts(name, facts))


def render_verified(name: str, verified: Sequence[Verified]) -> str:
    """Return how far each safeguard was found in its document in one of `FORMATS`."""
    found = sum(one.match is Match.FOUND for one in verified)
    headline = f"{found} of {len(verified)} safeguards are in the document as the catalog says"
    if name == "json":
        rows = [{"id": one.safeguard.id, "match": one.match, "detail": one.detail} for one in verified]
        return _json({"found": found, "total": len(verified), "safeguards": rows})
    lines = _verified_markdown(verified) if name == "markdown" else _verified_text(verified)
    return "".join(f"{line}\n" for line in (headline, "", *lines))


def _standing(catalog: Catalog) -> dict[str, Any]:
    named = {name: getattr(catalog, name) for name in ("id", "version", "title", "path", "sha256")}
    return {**named, "safeguards": len(catalog.safeguards), "inferences": list(catalog.inferences)}


def _facts(name: str, facts: dict[str, str]) -> Iterable[str]:
    if name == "markdown":
        yield from ("| | |", "|---|---|", *(f"| {term} | {markdown_safe(text)} |" for term, text in facts.items()))
    else:
        for term, text in facts.items():
            yield from wrapped(f"{term:<10}{text}", hanging=10)


def _verified_text(verified: Sequence[Verified]) -> Iterable[str]:
    for one in verified:
        detail = f": {one.detail}" if one.detail else ""
        yield from wrapped(f"{one.safeguard.id}  {one.match.replace('_', ' ')}{detail}", hanging=7)


def _verified_markdown(verified: Sequence[Verified]) -> Iterable[str]:
    yield from ("| safeguard | match | detail |", "|---|---|---|")
    for one in verified:
        yield f"| {one.safeguard.id} | {one.match.replace('_', ' ')} | {markdown_safe(one.detail)} |"


def _json(data: dict[str, Any]) -> str:
    return as_json({"schema_version": 1, **data})
