"""The runner that the hostile tests share, and what it measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_runner import Runner, figures


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Runner]:
    """Run the program and measure it. Figures of all runs of a module are shown with `pytest -s -n 0`."""
    runner = Runner(tmp_path_factory.mktemp("runs"))
    yield runner
    runner.close()
    print(f"\n{Path(request.node.path).stem}: {figures(runner.runs)}")
