"""The JSON report, for programs."""

from __future__ import annotations

import json

from aisafe_cli.model import Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.data import as_data


def render(run: Run, view: View) -> str:  # noqa: ARG001
    """Return the run as JSON: ASCII, sorted keys, one line feed at the end."""
    return json.dumps(as_data(run), indent=2, sort_keys=True, allow_nan=False) + "\n"
