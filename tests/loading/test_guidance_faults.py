"""Catalogs with one fault each, of the kinds that parts, links and whom a guidance is asked of bring."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import ladder
from conftest import ROOT

from aisafe_cli.errors import InputError
from aisafe_cli.loading.catalog import check_catalog

Data = dict[str, Any]
SHOWN = {"reference": "eu-gpai-code", "says": "So."}


@cache
def small() -> Data:
    """Three mitigations and an objective of the Code, the first of them with two parts."""
    data: Data = yaml.safe_load((ROOT / "safeguards" / "eu-gpai-code-safety-security.yaml").read_text("utf-8"))
    entries = {entry["id"]: entry for entry in data["safeguards"]}
    data["safeguards"] = [entries[name] for name in ("M5.1-1", "M5.1-2", "M5.1-4", "A4.1-1")]
    data["safeguards"][2].pop("stageable", None)
    first = data["safeguards"][0]
    data["safeguards"][0]["parts"] = [build_part(first, name) for name in ("a", "b")]
    data["requirements"]["profiles"][0]["requires"] = "all_applicable"
    data["requirements"]["at_least_one"] = [{"of": ["M5.1-1"], "reason": "One of them."}]
    return data


@cache
def read_base() -> Data:
    data: Data = yaml.safe_load((ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_text("utf-8"))
    return data


def build_part(entry: Data, name: str) -> Data:
    keys = ("title", "statement", "question", "by_mode", "locator", "applicability")
    return {"id": f"M5.1-1{name}", "slug": f"part-{name}", **{key: deepcopy(entry[key]) for key in keys}}


def find_faults(change: Callable[[Data], object]) -> list[str]:
    data = deepcopy(small())
    change(data)
    content = yaml.safe_dump(data, sort_keys=False, width=1000).encode()
    try:
        check_catalog("own.yaml", content, ladder())
    except InputError as error:
        lines = content.decode().splitlines()
        return [f"{lines[fault.line - 1].strip()} | {fault.message}" for fault in error.faults]
    return []


def entry(data: Data, place: int = 0) -> Data:
    found: Data = data["safeguards"][place]
    return found


def part(data: Data) -> Data:
    found: Data = entry(data)["parts"][1]
    return found


def link(data: Data, **fields: object) -> None:
    entry(data)["covers"][0].update(fields)


FAULTS: dict[str, tuple[Callable[[Data], object], str]] = {
    "slug of a part twice": (lambda data: part(data).update(slug="part-a"), "another entry already has the slug"),
    "id of a part twice": (lambda data: part(data).update(id="M5.1-2"), "another entry already has the id"),
    "two forms of locator": (lambda data: part(data)["locator"].update(practice="1.1"), "a locator needs one of"),
    "no form of locator": (lambda data: part(data).update(locator={"page": 3}), "a locator needs one of"),
    "row without bullet": (lambda data: part(data).update(locator={"page": 3, "row": 1}), "a locator needs one of"),
    "words without hash": (lambda data: part(data)["locator"].pop("sha256_of_letters"), "together or not at all"),
    "ends before it begins": (lambda data: part(data)["locator"].update(ends_on_page=17), "must be after `page`"),
    "a mode is missing": (lambda data: part(data)["applicability"].pop("closed_api"), "each of the three modes"),
    "every mode beside one": (
        lambda data: part(data)["applicability"].update(every_mode={"flag": "compatible", "reason": "So."}),
        "`every_mode`",
    ),
    "same without every mode": (lambda data: part(data).update(by_mode="same"), "`by_mode: same` and"),
    "condition without words": (
        lambda data: part(data)["applicability"]["open_weights"].update(flag="conditional"),
        "needs a `condition`",
    ),
    "until what day": (lambda data: data.pop("weights_public"), "needs `weights_public`"),
    "two ends": (lambda data: entry(data, 3).update(stageable=True), "cannot both be given"),
    "weights that nobody reads": (
        lambda data: data["weights_public"]["at"].append("hosted_api"),
        "no one gets readable",
    ),
    "unknown access level": (lambda data: data["weights_public"]["at"].append("lunar"), "is not defined"),
    "base that is not there": (lambda data: data.update(builds_on="gull-rules"), "is not defined"),
    "base that builds": (lambda data: data.update(builds_on="nist-ai-800-1-ipd-practices"), "does not build on"),
    "alternative that is there": (
        lambda data: data["alternatives"].append({**read_base()["alternatives"][0], "evidence": [SHOWN]}),
        "already defines it",
    ),
    "levels that are there": (lambda data: data.update(capabilities=read_base()["capabilities"]), "defines them"),
    "alternative of nobody": (lambda data: part(data).update(alternatives=["prayer"]), "is not defined"),
    "two conditions in one": (lambda data: data["asked_of"]["any"][0].update(training_compute_over=1), "one condition"),
    "exemption of nothing": (lambda data: data["exemptions"][0].pop("groups"), "either `groups` or `safeguards`"),
    "exemption of a stranger": (lambda data: data["exemptions"][0].update(groups=["gulls"]), "is not defined"),
    "link to itself": (lambda data: link(data, catalog="eu-gpai-code-safety-security"), "cannot link to itself"),
    "link to no catalog": (lambda data: link(data, catalog="gull-rules"), "is not defined"),
    "link to no entry": (lambda data: link(data, ids=["AB-99"]), "is not defined"),
    "link twice": (
        lambda data: entry(data)["covers"].append(deepcopy(entry(data)["covers"][0])),
        "is named twice",
    ),
    "a choice of parts": (
        lambda data: data["requirements"]["at_least_one"][0].update(of=["M5.1-1a"]),
        "is not defined",
    ),
    "a profile of parts": (
        lambda data: data["requirements"]["profiles"][0].update(requires=["M5.1-1a"]),
        "is not defined",
    ),
    "letters with a gap": (
        lambda data: entry(data)["evidence"]["counts"].append({"item": "b", "page": 1, "says": "A list"}),
        "must be lettered a, b, c",
    ),
}


def test_the_catalog_without_a_fault_has_none() -> None:
    assert find_faults(deepcopy) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_where_it_is(name: str) -> None:
    change, expected = FAULTS[name]
    found = find_faults(change)
    assert found
    assert all(expected in line for line in found), found


def test_a_catalog_of_ones_own_builds_on_a_built_in_one(tmp_path: Path) -> None:
    from aisafe_cli.loading.catalog import load_catalog

    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(small(), sort_keys=False), encoding="utf-8")
    catalog = load_catalog(str(path), ladder())
    assert "companion-classifier" in catalog.alternatives
    assert catalog.requirements.floor is not None
    assert [entry.id for entry in catalog.entries][:3] == ["M5.1-1", "M5.1-1a", "M5.1-1b"]
    assert catalog.safeguards[0].parts[0].roles == catalog.safeguards[0].roles
