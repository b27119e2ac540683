"""The JSON Schema of plans with the words of a catalog in it, so that an editor completes and explains them. Pure.

A plan is loaded by the schema without them: the loader looks names up in the catalog itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from aisafe_cli.analysis.explain import Glossary
from aisafe_cli.domain.catalog import Catalog, Ladder, Safeguard

_Schema = dict[str, Any]


def add_catalog_words(schema: _Schema, catalog: Catalog, ladder: Ladder, glossary: Glossary) -> _Schema:
    """Return the schema of plans with ids, titles and questions of a catalog, and what each choice means."""
    made = deepcopy(schema)
    properties, definitions = made["properties"], made["$defs"]
    made["title"] += f", for {catalog.id} {catalog.version}"
    definitions["safeguard"] = _list_choices(
        {name: _describe_key(safeguard) for name, safeguard in _name_safeguards(catalog).items()}
    )
    definitions["alternative"] = _list_choices(
        {name: f"{one.title}. {one.does}" for name, one in catalog.alternatives.items()}
    )
    properties["safeguards"]["additionalProperties"] = False
    properties["safeguards"]["properties"] = {
        name: {"$ref": "#/$defs/answer", "description": _describe_key(safeguard)}
        for name, safeguard in _name_safeguards(catalog).items()
    }
    _point_at("alternative", properties["alternatives"]["items"]["anyOf"], 0)
    _point_at("alternative", properties["alternatives"]["items"]["anyOf"][1]["properties"], "id")
    _point_at("safeguard", definitions["waiver"]["properties"], "safeguard")
    _explain_choices(
        definitions["channel"]["properties"]["access"],
        {level.id: f"{level.title} ({level.mode}). {level.adds}" for level in ladder.access_levels.values()},
    )
    capabilities = {level.id: level.means for level in catalog.capabilities.levels.values()}
    _explain_choices(properties["model"]["properties"]["capability"], capabilities)
    _explain_choices(properties["organization"]["properties"]["role"], glossary["roles"])
    _explain_choices(properties["organization"]["properties"]["size"], glossary["sizes"])
    return made


def _describe_key(safeguard: Safeguard) -> str:
    """Return what an editor shows of a safeguard."""
    return f"{safeguard.full_title}. {safeguard.question}"


def _name_safeguards(catalog: Catalog) -> Mapping[str, Safeguard]:
    """Return the safeguards by every name that a plan may give them: ids, then slugs."""
    by_id = {safeguard.id: safeguard for safeguard in catalog.safeguards}
    return by_id | {safeguard.slug: safeguard for safeguard in catalog.safeguards}


def _list_choices(meanings: Mapping[str, str]) -> _Schema:
    return {"anyOf": [{"const": word, "description": text} for word, text in meanings.items()]}


def _explain_choices(part: _Schema, meanings: Mapping[str, str]) -> None:
    """Put what each choice means in the place of an enumeration."""
    part["anyOf"] = [{"const": word, "description": meanings.get(word, "")} for word in part.pop("enum")]


def _point_at(definition: str, parent: Any, key: str | int) -> None:
    """Let a part of the schema name one of a definition's choices, with its own description."""
    described = {"description": parent[key]["description"]} if "description" in parent[key] else {}
    parent[key] = {"$ref": f"#/$defs/{definition}", **described}
