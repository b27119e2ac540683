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
