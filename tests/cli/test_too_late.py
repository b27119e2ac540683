"""A stage that would lie in the past is told as too late by every command alike, by none while it can still come."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import channel, everything, plan, written
from conftest import Program

COMMANDS = [
    ("check",),
    ("check", "-f", "html"),
    ("report", "-f", "markdown"),
    ("report", "-f", "markdown", "--kind", "model-card"),
    ("suggest",),
    ("timeline",),
]
CHANNELS = (channel("hosted_api", "api", "2026-03-01"), channel("open_weights", "weights", "2026-04-01"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_too_late_is_said_alike(aisafe: Program, tmp_path: Path, command: tuple[str, ...]) -> None:
    made = plan(CHANNELS, everything(AB_06="planned"), size="small", capability="moderate")
    path = written(made, tmp_path)
    late, early = (aisafe(*command, path, "--as-of", day).stdout.lower() for day in ("2026-04-02", "2026-03-31"))
    assert "too late" in late
    assert "too late" not in early


def test_the_fix_says_what_a_release_lacks_that_only_seems_open(aisafe: Program, tmp_path: Path) -> None:
    hint = "If the release is not open yet, give the date on which each channel `opens`."
    claims = everything(AB_06="planned")
    undated = written(plan((channel("open_weights"),), claims, size="small", capability="moderate"), tmp_path)
    assert hint in " ".join(aisafe("check", undated).stdout.split())
    dated = written(plan(CHANNELS, claims, size="small", capability="moderate"), tmp_path)
    opened = " ".join(aisafe("check", dated, "--as-of", "2026-04-02").stdout.split())
    assert "too late for a limited stage" in opened
    assert hint not in opened
