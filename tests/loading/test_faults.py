"""Plans with faults: what is said, and where.

`faults/` holds plans named by their fault, `NAME.plan.yaml`, each beside `NAME.expected`: for every fault, in order, a
line `line:column: message`, and below it `  = hint` where the fault has a hint.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.errors import Fault, InputError
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.parsing import yaml as yamlfile

FAULTS = Path(__file__).parent / "faults"
SYNTAX = "not valid YAML"
CASES = sorted(path.name.removesuffix(".plan.yaml") for path in FAULTS.glob("*.plan.yaml"))


@cache
def catalog() -> Catalog:
    return load_catalog(None, load_ladder())


def faults_of(name: str) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as raised:
        load_plan(str(FAULTS / f"{name}.plan.yaml"), catalog())
    return raised.value.faults


def expected_of(name: str) -> list[str]:
    return (FAULTS / f"{name}.expected").read_text(encoding="utf-8").splitlines()


def shown(fault: Fault) -> list[str]:
    hint = [f"  = {fault.hint}"] if fault.hint else []
    return [f"{fault.line}:{fault.column}: {fault.message}", *hint]


def test_each_fault_has_an_expectation_and_the_reverse():
    assert CASES
    assert sorted(path.name.removesuffix(".expected") for path in FAULTS.glob("*.expected")) == CASES
    assert {path.name.partition(".")[0] for path in FAULTS.iterdir()} == set(CASES)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="the wording of syntax errors is libyaml's")
@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_found_where_it_is(name, monkeypatch):
    monkeypatch.setattr(yamlfile, "_LOADER", yaml.CSafeLoader)
    faults = faults_of(name)
    assert [line for fault in faults for line in shown(fault)] == expected_of(name)
    path = FAULTS / f"{name}.plan.yaml"
    text_lines = path.read_text(encoding="utf-8").split("\n")
    for fault in faults:
        assert fault.path == str(path)
        assert 1 <= fault.line <= len(text_lines)
        assert 1 <= fault.column <= len(text_lines[fault.line - 1]) + 1
        assert fault.source_line == text_lines[fault.line - 1]
    places = [(fault.line, fault.column) for fault in faults]
    assert places == sorted(places)
    assert len(set(faults)) == len(faults)


def test_the_pure_parser_finds_the_same(monkeypatch):
    monkeypatch.setattr(yamlfile, "_LOADER", yaml.SafeLoader)
    for name in CASES:
        faults, expected = faults_of(name), expected_of(name)
        if SYNTAX in "".join(expected):  # the words are of the parser, and so is the column
            places = [line.partition(":")[0] for line in expected if not line.startswith("  = ")]
            assert [str(fault.line) for fault in faults] == places, name
        else:
            assert [line for fault in faults for line in shown(fault)] == expected, name
