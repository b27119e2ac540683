"""The page on configuration: every setting is on it, with its default, and what it shows can be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from building import catalog, ladder
from conftest import ROOT

from aisafe_cli.domain.settings import DEFAULTS, describe_value
from aisafe_cli.io.resources import read_schema
from aisafe_cli.loading.config import parse_config, resolve_config
from aisafe_cli.session import trusted_changes

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \|", PAGE, re.MULTILINE))


def test_every_setting_is_on_the_page_with_its_default():
    assert list(ROWS) == list(DEFAULTS)
    assert ROWS.pop("catalog") == "the built-in one"
    for name, shown in ROWS.items():
        assert shown.strip("`[]") in (describe_value(DEFAULTS[name]), ""), name


def test_every_setting_is_in_the_schema_and_the_reverse():
    found = []
    for name, part in read_schema("configuration")["properties"].items():
        inner = part.get("properties", {})
        found += [f"{name}.{one}" for one in inner] or [name]
    assert set(found) - {"schema_version"} == set(DEFAULTS)


@pytest.mark.parametrize(("kind", "name"), [("yaml", "aisafe.yaml"), ("toml", "pyproject.toml")])
def test_what_the_page_shows_can_be_used(kind, name):
    (shown,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    draft = parse_config(name, shown.encode())
    assert draft is not None
    values = resolve_config(draft, catalog(), ladder()).values
    if kind == "yaml":
        assert set(values) == set(DEFAULTS) - {"catalogs"}  # it stands in the place of `catalog`


def test_every_finding_on_a_change_is_on_the_page():
    rules = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', Path(trusted_changes.__file__).read_text(encoding="utf-8")))
    assert {"configuration-changed", "access-raised"} < rules
    assert all(f"`{rule}`" in PAGE for rule in rules)
