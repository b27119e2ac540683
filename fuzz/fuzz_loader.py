"""Fuzz every loader: whatever the bytes, a document or an error that the tool explains itself.

Run it with `fuzz/run SECONDS`, or by hand: python fuzz/fuzz_loader.py -max_total_time=60 -dict=fuzz/yaml.dict CORPUS
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial

import atheris

with atheris.instrument_imports(include=["aisafe_cli"]):
    from aisafe_cli.errors import AisafeError, InputError, describe
    from aisafe_cli.loading.baseline import load_baseline
    from aisafe_cli.loading.catalog import check_catalog, load_catalog, load_ladder
    from aisafe_cli.loading.config import parse_config, resolve_config
    from aisafe_cli.parsing.nodes import MAX_FAULTS
    from aisafe_cli.parsing.schema import check
    from aisafe_cli.parsing.yaml import YamlDocument

from oracle import assert_harmless


def _load_plan(data: bytes) -> None:
    document = YamlDocument("x.plan.yaml", data)
    check(document, "plan")
    document.raise_faults()


def _load_catalog(data: bytes) -> None:
    check_catalog("x.yaml", data, _LADDER)


def _load_baseline(data: bytes) -> None:
    load_baseline("baseline.yaml", _LADDER, data)


def _load_configuration(name: str, data: bytes) -> None:
    if draft := parse_config(name, data):
        resolve_config(draft, _CATALOG, _LADDER)


# Loaded once, before the first input is timed.
_LADDER = load_ladder()
_CATALOG = load_catalog(None, _LADDER)
_LOADERS: Sequence[Callable[[bytes], None]] = (
    _load_plan,
    _load_catalog,
    _load_baseline,
    partial(_load_configuration, "aisafe.yaml"),
    partial(_load_configuration, "pyproject.toml"),
)


def load(data: bytes) -> None:
    """Take the bytes as each kind of file."""
    for loader in _LOADERS:
        try:
            loader(data)
        except AisafeError as error:
            _assert_explained(error)


def _assert_explained(error: AisafeError) -> None:
    if isinstance(error, InputError):
        assert 0 < len(error.faults) <= MAX_FAULTS
        assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in error.faults)
    assert_harmless(describe(error))


if __name__ == "__main__":
    atheris.Setup(sys.argv, load)
    atheris.Fuzz()
