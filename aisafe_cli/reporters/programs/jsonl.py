"""The JSON report in lines, for programs that read many plans: one line for each result, then one for the run."""

from __future__ import annotations

import json
from collections.abc import Iterable

from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.report_data import as_data, collect_result
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import escape_json_commands


def render(run: Run, view: View) -> Iterable[str]:
    """Yield a line for each result, then the closing one."""
    yield from map(render_result, run.results)
    yield render_closing(run, view)


def render_result(result: Result) -> str:
    """Return a result as it stands among the `plans` of the JSON report, as a line."""
    return _write_line({"kind": "plan", **collect_result(result)})


def render_closing(run: Run, view: View) -> str:  # noqa: ARG001
    """Return the rest of the JSON report as a line, with totals; of the files those that decide about all plans."""
    plans = run.plans
    passed = sum(plan.passed for plan in plans)
    data = as_data(run, with_plans=False)
    data["files"] = [file for file in data["files"] if file["purpose"] not in ("plan", "evidence")]
    totals = {"plans": len(plans), "passed": passed, "failed": len(plans) - passed, "errors": len(run.unreadable)}
    return _write_line({"kind": "run", **data, "totals": totals})


def _write_line(data: dict[str, Any]) -> str:
    return escape_json_commands(json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)) + "\n"
