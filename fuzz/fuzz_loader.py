"""Fuzz the loaders of plans and catalogs: whatever the bytes, a document or an error that the tool explains itself.

Run it with `fuzz/run SECONDS`, or by hand: python fuzz/fuzz_loader.py -max_total_time=60 -dict=fuzz/yaml.dict CORPUS
"""

from __future__ import annotations

import sys
from functools import cache

import atheris

with atheris.instrument_imports(include=["aisafe_cli"]):
    from aisafe_cli.catalog import check_catalog, load_catalog, load_ladder
    from aisafe_cli.diagnostics import describe
    from aisafe_cli.errors import AisafeError, InputError
    from aisafe_cli.nodes import MAX_FAULTS
    from aisafe_cli.schema import check
    from aisafe_cli.yamlfile import YamlDocument

from oracle import assert_harmless


@cache
def _rungs() -> list[str]:
    ladder = load_ladder()
    load_catalog(None, ladder)  # everything that is loaded once is loaded before the first input is timed
    return list(ladder.rungs)


def load(data: bytes) -> None:
    """Take the bytes as a plan, and as a catalog."""
    for kind in ("plan", "catalog"):
        try:
            if kind == "plan":
                check(document := YamlDocument("x.plan.yaml", data), kind)
                document.raise_faults()
            else:
                check_catalog("x.yaml", data, _rungs())
        except AisafeError as error:
            _assert_explained(error)


def _assert_explained(error: AisafeError) -> None:
    if isinstance(error, InputError):
        assert 0 < len(error.faults) <= MAX_FAULTS
        assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in error.faults)
    assert_harmless(describe(error))


if __name__ == "__main__":
    _rungs()
    atheris.Setup(sys.argv, load)
    atheris.Fuzz()
