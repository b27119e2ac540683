"""The JSON report, for programs."""

from __future__ import annotations

from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.layout import as_json
from aisafe_cli.reporters.report_data import as_data


def render(run: Run, view: View) -> str:  # noqa: ARG001
    """Return the run as JSON: ASCII, sorted keys, one line feed at the end."""
    return as_json(as_data(run))
