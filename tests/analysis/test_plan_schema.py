"""The schema of plans with a catalog's words: a validator takes what the loader takes, and every question is shown."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest
import yaml
from building import catalog, ladder, small_catalog
from conftest import ROOT
from jsonschema import Draft202012Validator

from aisafe_cli.analysis.plan_schema import add_catalog_words
from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.errors import InputError
from aisafe_cli.io.resources import read_glossary, read_schema
from aisafe_cli.loading.plan import parse_plan

PLANS = sorted(chain(*(ROOT.glob(f"{place}/*.plan.yaml") for place in ("examples", "tests/cases", "tests/must_fail"))))
SAFEGUARD, OTHER = catalog().safeguards[0], catalog().safeguards[1]
FIRST_ALTERNATIVE = next(iter(catalog().alternatives))
WAIVER = "{safeguard: %s, reason: r, owner: o, granted: 2026-11-01, expires: 2026-12-01}"
PLACES = ("safeguards: {%s: planned}", f"waivers: [{WAIVER}]", "alternatives: [%s]", "alternatives: [{id: %s}]")
NAMES = (
    SAFEGUARD.id,
    SAFEGUARD.slug,
    FIRST_ALTERNATIVE,
    SAFEGUARD.id.lower(),
    SAFEGUARD.id.replace("-0", ""),
    SAFEGUARD.id.replace("-0", "-"),
    SAFEGUARD.slug.upper(),
    SAFEGUARD.slug.replace("-", "_"),
    f'"{SAFEGUARD.id} "',
    "nothing",
)


class Editor(yaml.SafeLoader):
    """YAML as an editor reads it: days are text, and numbers are those of YAML 1.2."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[0-9.]+e[0-9]+$"), list("0123456789"))


def validator(by: Catalog) -> Draft202012Validator:
    schema = add_catalog_words(read_schema("plan"), by, ladder(), read_glossary())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read(text: str) -> Any:
    return yaml.load(text, Editor)


def test_every_plan_of_the_repository_is_taken() -> None:
    full = validator(catalog())
    assert len(PLANS) > 50
    refused = {path.name: list(full.iter_errors(read(path.read_text(encoding="utf-8")))) for path in PLANS}
    assert not {name: errors for name, errors in refused.items() if errors}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_just_where_the_loader_takes_it(place: str, name: str) -> None:
    text = f"schema_version: 1\nmodel: {{name: x}}\nchannels: [{{id: a, access: open_weights}}]\n{place % name}\n"
    try:
        parse_plan(text.encode(), "x", catalog())
    except InputError:
        taken = False
    else:
        taken = True
    assert validator(catalog()).is_valid(read(text)) is taken
    assert taken is (name in ({FIRST_ALTERNATIVE} if "alternatives" in place else {SAFEGUARD.id, SAFEGUARD.slug}))


def test_an_editor_shows_what_each_safeguard_asks_and_each_choice_means() -> None:
    schema = validator(catalog()).schema
    keys = schema["properties"]["safeguards"]["properties"]
    for one in catalog().safeguards:
        for name in (one.id, one.slug):
            assert keys[name]["description"] == f"{one.id} {one.title}. {one.question}"
    choices = schema["$defs"]["channel"]["properties"]["access"]["anyOf"]
    assert [choice["const"] for choice in choices] == read_schema("plan")["$defs"]["channel"]["properties"]["access"][
        "enum"
    ]
    described = [choice for part in ("safeguard", "alternative") for choice in schema["$defs"][part]["anyOf"]]
    assert all(choice["description"] for choice in (*choices, *described))


def test_another_catalog_gives_its_own_names_and_leaves_the_schema_of_the_loader_alone() -> None:
    before = repr(read_schema("plan"))
    keys = validator(small_catalog()).schema["properties"]["safeguards"]["properties"]
    assert set(keys) == {name for one in small_catalog().safeguards for name in (one.id, one.slug)}
    assert OTHER.id not in keys
    assert repr(read_schema("plan")) == before
