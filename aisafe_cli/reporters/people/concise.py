"""One line for each finding that blocks, as `path:line: error ID …`, and the total last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.report import Cutoff, Report
from aisafe_cli.domain.verdict import Result, Run, Verdict, name_verdict
from aisafe_cli.gate.next_steps import ONLY_A_LOWER_MINIMUM, ONLY_A_WAIVER, Step, list_next_steps
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    count_passes,
    describe_coverage,
    describe_effort,
    describe_incomplete,
    describe_overall,
    describe_with_waivers,
    list_blocking_rows,
    list_rows,
    list_unevaluated,
    to_words,
)
from aisafe_cli.reporters.facts import name_model
from aisafe_cli.text.escape import terminal_safe
from aisafe_cli.text.wording import capitalize, count, listed

_PLACE = re.compile(r"^(.+?(?::\d+){0,2}): ")


def render(run: Run, view: View) -> Iterable[str]:
    """Yield a line for each finding that blocks and each plan that was not evaluated, then the total."""
    yield from map(render_result, run.results)
    yield render_closing(run, view)


def render_result(result: Result) -> str:
    """Return a line for each finding of a plan that blocks."""
    return "".join(f"{terminal_safe(line)}\n" for line in list_blocking_lines(result))


def render_closing(run: Run, view: View) -> str:  # noqa: ARG001
    """Return what was not evaluated, and the total."""
    return "".join(f"{terminal_safe(line)}\n" for line in list_closing_lines(run))


def list_blocking_lines(result: Result) -> Iterable[str]:
    """Yield a line for each finding of a plan that blocks, the cheapest to mend first."""
    for row, _ in list_blocking(result):
        yield f"{result.report.plan.path}:{row.position.line}: {row.level} {row.subject} {row.problem}"


def list_closing_lines(run: Run) -> Iterable[str]:
    """Yield what was not evaluated, then the verdict of a single plan or the total of several."""
    if not run.complete and not run.unreadable:
        yield describe_incomplete(run)
    for text in list_unevaluated(run):
        yield _PLACE.sub(r"\1: not evaluated: ", text, count=1)
    if run.has_several_catalogs:
        yield from map(describe_overall, run.plans)
    if not is_single(run):
        yield count_passes(run)
    elif not run.has_several_catalogs:
        yield write_verdict(run.results[0])


def is_single(run: Run) -> bool:
    """Return whether a run is about one plan alone."""
    return run.complete and len(run.plans) == 1


def list_blocking(result: Result) -> Sequence[tuple[FindingRow, Step]]:
    """Return each finding that blocks with what would lift it, the cheapest first."""
    steps = {step.subject: step for step in list_next_steps(result.report, result.verdict)}
    order = list(steps)
    rows = sorted(list_blocking_rows(result), key=lambda row: order.index(row.subject))
    return [(row, steps[row.subject]) for row in rows]


# --- the verdict ----------------------------------------------------------------------------------------------------


def write_verdict(result: Result) -> str:
    """Return the verdict on a plan as a line: what blocks, how much it takes, and what is opened when."""
    report, verdict = result.report, result.verdict
    opened = _describe_first_opening(report)
    if verdict.passed:
        warnings = sum(row.level is Level.WARNING for row in list_rows(result))
        counts = [count(warnings, "warning")] if warnings else []
        counts += [f"coverage {describe_coverage(report.scores.coverage)}"]
        counts += [describe_with_waivers(result)] if verdict.waived else []
        said = "; ".join((opened, ", ".join(counts), *_describe_lifted(verdict)))
    else:
        said = "; ".join((", ".join(_count_blocking(result)), *_describe_lifted(verdict)))
        said += f". {capitalize(opened)}"
    return f"{name_verdict(result.verdict.passed)}  {name_model(report.plan.model)}: {said}."


def _describe_first_opening(report: Report) -> str:
    opens = report.decided_by.opens
    when = f" from {opens.isoformat()}" if opens and opens > report.as_of else ", now"
    if report.cut is None or not report.cut.left_out:
        return f"{to_words(report.mode)}{when}"
    left_out = name_left_out(report.cut)
    return f"{to_words(report.mode)}{when} (only the stage of {report.cut.day} is judged; left out: {left_out})"


def name_left_out(cut: Cutoff) -> str:
    """Return the channels that are not judged at a stage, each with its day."""
    return listed(f"{channel.id} from {channel.opens}" for channel in cut.left_out)


def _describe_lifted(verdict: Verdict) -> Iterable[str]:
    if verdict.waived:
        yield f"{count(len(verdict.waived), 'block')} waived"
    if verdict.carried and verdict.baseline:
        yield f"{count(len(verdict.carried), 'block')} carried over from the baseline of {verdict.baseline.recorded}"
    if verdict.tally.expired:
        yield f"{count(verdict.tally.expired, 'waiver')} expired"


_TAKES: Mapping[str, str] = {
    "free": "free to fix",
    ONLY_A_WAIVER: ONLY_A_WAIVER,
    ONLY_A_LOWER_MINIMUM: ONLY_A_LOWER_MINIMUM,
}


def _count_blocking(result: Result) -> Iterable[str]:
    """Yield how many findings block, by level, then by what it takes to mend them."""
    blocking = list_blocking(result)
    levels = Counter(row.level for row, _ in blocking)
    yield from (count(levels[level], level) for level in Level if levels[level])
    efforts = Counter(step.effort_words for _, step in blocking)
    for words, number in efforts.items():
        yield f"{number} {_TAKES[words]}" if words in _TAKES else describe_effort(number, words)
