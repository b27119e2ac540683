"""OSCAL: every report and every catalog against the official schemas, and what the results say of each safeguard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from building import SMALL_CATALOG
from conftest import ROOT
from jsonschema import Draft7Validator
from test_junit import EXAMPLES, POLICIES, carried_run, run_of

from aisafe_cli.domain.verdict import Run
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.programs.oscal import name_control
from aisafe_cli.reporters.programs.oscal_catalog import render_oscal_catalog
from aisafe_cli.reporters.report_data import as_data
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

CASES = sorted(f"tests/cases/{path.name}" for path in (ROOT / "tests" / "cases").glob("*.plan.yaml"))
LACKING = {"ineffective", "unknown", "gap", "planned", "partial"}  # a mode in which nothing can be done lacks nothing


@cache
def validator(name: str) -> Draft7Validator:
    """The official schema, with Unicode classes in the words of Python's expressions."""
    text = (ROOT / "tests" / "schemas" / f"oscal_{name}_schema.json").read_text(encoding="utf-8")
    schema = json.loads(text.replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d"))
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def read(run: Run) -> dict[str, Any]:
    data = json.loads(render("oscal", run, View()))
    validator("assessment-results").validate(data)
    results: dict[str, Any] = data["assessment-results"]
    made = list(uuids(results))
    assert len(set(made)) == len(made)
    assert results["import-ap"]["href"][1:] in {one["uuid"] for one in results["back-matter"]["resources"]}
    return results


def uuids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for key, one in value.items() if key == "uuid")
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from uuids(one)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("path", [*EXAMPLES, *CASES])
def test_reads_back_what_was_found(path: str, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert_reads_back(run_of([path], POLICIES[policy]))


def test_reads_back_what_a_baseline_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = carried_run(tmp_path, monkeypatch)
    assert_reads_back(run)
    (result,) = read(run)["results"]
    assert "other" in {one["target"]["status"]["reason"] for one in result["findings"]}


def assert_reads_back(run: Run) -> None:
    (plan,) = as_data(run)["plans"]
    (result,) = read(run)["results"]
    (selection,) = result["reviewed-controls"]["control-selections"]
    excluded = {one["control-id"] for one in selection.get("exclude-controls", ())}
    found = {one["target"]["target-id"].removesuffix("_obj"): one for one in result.get("findings", ())}
    observed = {one["uuid"]: {prop["name"]: prop["value"] for prop in one["props"]} for one in result["observations"]}
    assert excluded | set(found) == {finding["safeguard"] for finding in plan["findings"]}
    assert not excluded & set(found)
    assert excluded == {one["subject"] for one in observed.values() if one["reviewed"] == "false"}
    for finding in plan["findings"]:
        if (name := finding["safeguard"]) in excluded:
            assert finding["outcome"] in ("incompatible", "not_applicable")
            continue
        state, reason = (found[name]["target"]["status"][key] for key in ("state", "reason"))
        assert state == "not-satisfied" or (finding["level"], finding["outcome"]) == ("note", "satisfied")
        assert state == "satisfied" or LACKING & {one["outcome"] for one in finding["channels"].values()}
        assert not finding["blocking"] or (state, reason) == ("not-satisfied", "fail")
        (related,) = found[name]["related-observations"]
        assert observed[related["observation-uuid"]]["subject"] == name
    blocking = {one["subject"] for one in observed.values() if one.get("effect") == "blocks"}
    assert blocking == set(plan["verdict"]["blocking"])
    assert ("fail" in {prop["value"] for prop in result["props"]}) != plan["verdict"]["passed"]


def test_several_plans_and_catalogs_and_what_is_missing_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    paths = [*EXAMPLES[:2], "missing.plan.yaml"]
    checked = Session(Options(catalog="all", search_config=False), date(2026, 11, 22)).run(paths)
    results = read(checked.as_run(2))
    assert len(results["results"]) == len(checked.results) >= 4
    assert "missing.plan.yaml" in results["metadata"]["remarks"]
    assert [prop["value"] for prop in results["metadata"]["props"]] == ["false"]


def test_plans_of_the_same_content_keep_their_own_identifiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        Path(f"{name}.plan.yaml").write_bytes((ROOT / EXAMPLES[0]).read_bytes())
    read(run_of(["a.plan.yaml", "b.plan.yaml"]))


def test_identifiers_hang_on_plan_catalog_and_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    def identify(day: int) -> str:
        checked = Session(Options(search_config=False), date(2026, 11, day)).run([EXAMPLES[0]])
        return str(read(checked.as_run(0))["uuid"])

    assert identify(22) == identify(22) != identify(23)


@pytest.mark.parametrize("name", [*BUILT_IN, str(SMALL_CATALOG)])
def test_a_catalog_is_exported_whole(name: str) -> None:
    catalog = load_catalog(name, load_ladder())
    data = json.loads(render_oscal_catalog(catalog))
    validator("catalog").validate(data)
    controls = [control for group in data["catalog"]["groups"] for control in group["controls"]]
    inner = [one for control in controls for one in (control, *control.get("controls", ()))]
    assert sorted(one["id"] for one in inner) == sorted(one.id for one in catalog.entries)
    by_id = {one.id: one for one in catalog.entries}
    for control in inner:
        flags = {part["title"]: part["props"][1]["value"] for part in control["parts"] if part["name"] == "guidance"}
        modes = {mode: one.flag for mode, one in by_id[control["id"]].modes.items()}
        assert {mode: flags[mode] for mode in modes} == modes


def test_an_identifier_that_oscal_does_not_take_is_prefixed() -> None:
    assert (name_control("1.2"), name_control("HR-1")) == ("_1.2", "HR-1")
