"""The JSON report, for programs."""

from __future__ import annotations

from collections.abc import Iterator

from aisafe_cli.domain.formats import PARTS
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.layout import as_json, stream_json
from aisafe_cli.reporters.report_data import as_data, collect_result

_NO_PLANS = '\n  "plans": []'


def render(run: Run, view: View) -> Iterator[str]:  # noqa: ARG001
    """Yield the run as JSON: ASCII, sorted keys, one line feed at the end."""
    return stream_json({**as_data(run, with_plans=False), "plans": map(collect_result, run.results)})


def render_result(result: Result) -> str:
    """Return a result as it stands among the plans."""
    text = as_json(collect_result(result)).rstrip("\n")
    return f"\n{text}".replace("\n", "\n    ")


def render_closing(run: Run, view: View) -> str:  # noqa: ARG001
    """Return what stands around the plans, with a mark in their place."""
    text = as_json({**as_data(run, with_plans=False), "plans": []})
    return text.replace(_NO_PLANS, f"{_NO_PLANS[:-1]}{PARTS}\n  ]")
