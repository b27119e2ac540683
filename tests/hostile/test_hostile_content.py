"""Hostile types, characters and places: what a value, a byte or a path can be that it should not be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_corpus import Case, cases_of
from hostile_runner import Runner
from test_hostile_syntax import check


@pytest.mark.parametrize("case", cases_of("types", "encodings"), ids=lambda case: f"{case.group}-{case.name}")
def test_hostile_content(run: Runner, case: Case, tmp_path: Path) -> None:
    check(run, case, tmp_path)


@pytest.mark.parametrize("case", cases_of("places"), ids=lambda case: case.name)
def test_hostile_places(run: Runner, case: Case, tmp_path: Path) -> None:
    check(run, case, tmp_path)
