"""A catalog as an OSCAL 1.2 catalog: a control for each safeguard, with where it can work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aisafe_cli.domain.catalog import Catalog, Safeguard
from aisafe_cli.reporters.identity import name_uuid
from aisafe_cli.reporters.layout import as_json
from aisafe_cli.reporters.programs.oscal import OSCAL_VERSION, list_props, name_control
from aisafe_cli.text.escape import markdown_safe

_MONTH = re.compile(r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))")
_UNKNOWN = "1970-01"


def render_oscal_catalog(catalog: Catalog) -> str:
    """Return the catalog as JSON: ASCII, sorted keys, one line feed at the end.

    OSCAL asks when it was modified; that is the month in which the document was published, and 1970 where it has none.
    """
    document = catalog.document
    month = _MONTH.match(document.published)
    return as_json(
        {
            "catalog": {
                "uuid": name_uuid(catalog.sha256),
                "metadata": {
                    "title": markdown_safe(catalog.title),
                    "last-modified": f"{month[1] if month else _UNKNOWN}-01T00:00:00Z",
                    "version": catalog.version,
                    "oscal-version": OSCAL_VERSION,
                    "props": list_props({"catalog": catalog.id, "sha256": catalog.sha256}),
                    "remarks": markdown_safe(f"{document.identifier}, {document.part}: {document.status}"),
                },
                "groups": [
                    {"id": name_control(group), "title": markdown_safe(title), "controls": controls}
                    for group, title in catalog.groups.items()
                    if (controls := [_build_control(one) for one in catalog.safeguards if one.group == group])
                ],
            }
        }
    )


def _build_control(safeguard: Safeguard) -> dict[str, Any]:
    name, parts = name_control(safeguard.id), [_build_control(part) for part in safeguard.parts]
    return {
        "id": name,
        "title": markdown_safe(safeguard.title),
        "props": list_props({"slug": safeguard.slug, "binds": safeguard.binds, "effort": str(safeguard.effort)}),
        "parts": [
            {"id": f"{name}_smt", "name": "statement", "prose": markdown_safe(safeguard.statement)},
            {"id": f"{name}_obj", "name": "assessment-objective", "prose": markdown_safe(safeguard.question)},
            *_list_judgements(safeguard),
        ],
        **({"controls": parts} if parts else {}),
    }


def _list_judgements(safeguard: Safeguard) -> Iterable[dict[str, Any]]:
    """Yield whether it can work in each mode, on access levels and for roles that differ, with the reason."""
    for where, judgement in (
        *safeguard.modes.items(),
        *safeguard.by_access.items(),
        *safeguard.by_role.items(),
    ):
        yield {
            "name": "guidance",
            "title": markdown_safe(where),
            "props": list_props({"where": where, "flag": judgement.flag}),
            "prose": markdown_safe(judgement.reason),
        }
