"""A catalog's standing, and the result of its verification."""

from __future__ import annotations

from collections.abc import Sequence

from aisafe_cli.analysis.verify import Match, Verified
from aisafe_cli.domain._record import as_dict
from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Grid, Page, Section
from aisafe_cli.reporters.report_data import pick
from aisafe_cli.text.wording import count


def render_catalog(name: str, catalog: Catalog, built_in: Sequence[Catalog], width: int = WIDTH) -> str:
    """Return a catalog's document, standing, version and hash, and what is built in, in one of the formats of pages."""
    document = catalog.document
    if name == "json":
        named = pick(catalog, "id version title path sha256 inferences")
        standing = {**named, "safeguards": len(catalog.safeguards)}
        listed = list(map(_collect_standing, built_in))
        held = {key: value for key, value in as_dict(document).items() if key != "running_heads"}
        return as_json({"schema_version": 1, "catalog": standing, "document": held, "catalogs": listed})
    grid = Grid(
        columns=("catalog", "safeguards", "parts", "published", "status"),
        rows=tuple(tuple(map(str, _collect_standing(one).values())) for one in built_in),
        wraps=4,
    )
    page = Page(
        facts={
            "Catalog": f"{catalog.id} {catalog.version} ({catalog.path})",
            "SHA-256": catalog.sha256,
            "Document": f"{document.title}, {document.identifier}, {document.publisher}",
            "Part": f"{document.part}; {count(len(catalog.safeguards), 'safeguard')}",
            "Status": f"{document.status}, {document.published}. {document.later_versions}",
        },
        sections=(Section(heading="Built in, for --catalog", grid=grid),) if built_in else (),
    )
    return page.render(name, width)


def _collect_standing(catalog: Catalog) -> dict[str, str | int]:
    entries = len(catalog.safeguards)
    return {
        "short_name": catalog.short_name,
        "safeguards": entries,
        "parts": len(tuple(catalog.entries)) - entries,
        "published": catalog.document.published,
        "status": catalog.document.status,
    }


def render_verified(name: str, verified: Sequence[Verified], width: int = WIDTH) -> str:
    """Return how far each safeguard was found in its document in one of the formats of pages."""
    found = sum(one.match is Match.FOUND for one in verified)
    if name == "json":
        rows = [{"id": one.safeguard.id, "match": one.match, "detail": one.detail} for one in verified]
        return as_json({"schema_version": 1, "found": found, "total": len(verified), "safeguards": rows})
    grid = Grid(
        columns=("safeguard", "match", "detail"),
        rows=tuple((one.safeguard.id, one.match.replace("_", " "), one.detail) for one in verified),
        wraps=2,
    )
    title = f"{found} of {len(verified)} safeguards are in the document as the catalog says"
    return Page(title=title, sections=(Section(grid=grid),)).render(name, width)
