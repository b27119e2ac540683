"""The report as text for a terminal: what to act on, how far the plan is, and the verdict last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aisafe_cli.analysis.sensitivity import describe_sensitivity, list_sensitivity
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Partition
from aisafe_cli.domain.verdict import Result, Run, name_verdict
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import FindingRow, describe_overall, is_small, list_rows, list_standing
from aisafe_cli.reporters.facts import describe_policy
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.reporters.people.concise import (
    is_single,
    list_blocking,
    list_blocking_lines,
    list_closing_lines,
    write_verdict,
)
from aisafe_cli.text.escape import terminal_safe
from aisafe_cli.text.wording import count, listed

_COLORS = {"error": "31", "FAIL": "1;31", "warning": "33", "PASS": "1;32"}
_LIMITS = REPORTERS["table"].limits
_PART = 18  # columns for the name of a part of the safeguards


def render(run: Run, view: View) -> Iterable[str]:
    """Yield one plan with its findings, its parts and its verdict; of several, what keeps each from passing."""
    lines = _render_single(run, view) if is_single(run) else _render_plans(run, view)
    return (f"{line}\n" for line in lines)


def paint(lines: Sequence[str], word: str, view: View) -> Sequence[str]:
    """Color a word of wrapped lines where color is wanted, so that color never changes where lines break."""
    if not view.colour or word not in _COLORS or not lines:
        return lines
    return (lines[0].replace(word, f"\x1b[{_COLORS[word]}m{word}\x1b[0m", 1), *lines[1:])


# --- several plans --------------------------------------------------------------------------------------------------


def _render_plans(run: Run, view: View) -> Iterable[str]:
    """Yield a line for each finding that blocks or, where these are too many, for each plan that fails."""
    most = _LIMITS["lines"]
    lines: list[str] = []
    verdicts: list[str] = []
    for result in run.results:
        if not result.verdict.passed:
            lines += list_blocking_lines(result) if len(lines) <= most else ()
            blocking = result.verdict.blocking
            verdicts.append(f"{result.report.plan.path}: {count(len(blocking), 'block')}: {' '.join(blocking)}")
    told = lines if len(lines) <= most else verdicts
    for line in told[:most]:
        yield from paint([terminal_safe(line)], "error", view)
    if left := len(told[most:]):
        yield f"and {count(left, 'more failing plan')}; -f concise has all of them"
    yield from map(terminal_safe, list_closing_lines(run))


# --- one plan -------------------------------------------------------------------------------------------------------


def _render_single(run: Run, view: View) -> Iterable[str]:
    """Yield a plan by each catalog that judges it, and the verdict by all of them."""
    for result in run.results:
        yield from _render_plan(result, view)
        if result.guidance:
            yield ""
    for plan in run.plans if run.has_several_catalogs else ():
        yield from paint(wrap(describe_overall(plan), width=view.width), name_verdict(plan.passed), view)


def _render_plan(result: Result, view: View) -> Iterable[str]:
    by = f", by {result.guidance}" if result.guidance else ""
    yield terminal_safe(f"{result.report.plan.path}{by}")
    rows = list_rows(result)
    yield from _list_findings(result, rows, view)
    yield ""
    yield from _list_parts(result.report.partition, view)
    for standing in list_standing(result):
        yield from wrap(f"! {standing}", 2, 4, view.width)
    yield ""
    yield from paint(wrap(write_verdict(result), 0, 0, view.width), name_verdict(result.verdict.passed), view)
    for line in _describe_basis(result, rows):
        yield from wrap(line, width=view.width)


def _list_findings(result: Result, rows: Iterable[FindingRow], view: View) -> Iterable[str]:
    """Yield what blocks with its fix, then every other error, then the warnings: of a plan that fails, in one line."""
    rest = [row for row in rows if not row.blocks]
    errors = [row for row in rest if row.level is Level.ERROR]
    warnings = sorted((row for row in rest if row.level is Level.WARNING), key=_get_place)
    for row, step in list_blocking(result):
        yield from _write_row(row, _describe_row(row), view)
        indent = len(_write_head(row))
        yield from wrap(f"fix ({step.effort_words}): {step.words}.", indent, indent, view.width)
    for row in errors:
        yield from _write_row(row, f"{_describe_row(row)} ({row.effect})", view)
    for row in warnings if result.verdict.passed else ():
        yield from _write_row(row, row.title if row.outcome else "", view)
        indent = len(_write_head(row)) + (len(row.subject) + 2 if row.outcome else 0)
        yield from wrap(row.problem, indent, indent, view.width)
    notes = [row for row in rest if row.level is Level.NOTE and not row.outcome]
    counted = {"warning": [] if result.verdict.passed else warnings, "note": notes}
    for word, some in counted.items():
        if some:
            names = " ".join(dict.fromkeys(row.subject for row in some))
            yield from wrap(f"{'+':>4}  {count(len(some), word)}: {names}", 0, 6, view.width)


def _get_place(row: FindingRow) -> tuple[int, str]:
    return row.position.line, row.subject


def _describe_row(row: FindingRow) -> str:
    return f"{row.label}: {row.problem}" if row.label else row.problem


def _write_row(row: FindingRow, text: str, view: View) -> Sequence[str]:
    """Return a finding at its line, with a text beside its subject."""
    head = _write_head(row)
    return paint(wrap(f"{head}{row.subject}  {text}", 0, len(head) + 2, view.width), row.level, view)


def _write_head(row: FindingRow) -> str:
    return f"{row.position.line:>4}  {row.level}  "


def _list_parts(partition: Partition, view: View) -> Iterable[str]:
    parts = {
        "done": (partition.done, " ".join(partition.done)),
        "to do": (partition.to_do, " ".join(partition.to_do)),
        "cannot work": (partition.cannot_work, "; ".join(_describe_ruled_out(partition))),
        "not asked": (partition.not_asked, " ".join(partition.not_asked)),
    }
    for name, (ids, text) in parts.items():
        head = f"  {name:<{_PART - 2}}{len(ids):>2}  "
        yield from wrap(f"{head}{text}", 0, len(head), view.width)


def _describe_ruled_out(partition: Partition) -> Iterable[str]:
    named = {
        "replaced": partition.replaced,
        "not" if partition.replaced else "not replaced": partition.not_replaced,
        "claimed all the same": partition.claimed_all_the_same,
    }
    return (f"{' '.join(ids)} {words}" for words, ids in named.items() if ids)


def _describe_basis(result: Result, rows: Iterable[FindingRow]) -> Iterable[str]:
    """Yield what the verdict rests on, and where to read on."""
    report, policy = result.report, result.verdict.policy
    floor, size = report.catalog.requirements.floor, report.plan.model.parameters
    document = report.catalog.document
    if policy != Policy():
        yield f"Policy: {describe_policy(policy)}."
    if undeclared := report.plan.undeclared:
        yield f"Not given, so the strictest counts: {listed(undeclared)}."
    if floor and report.capability.is_raised:
        bound = f"states `parameters` under {floor.parameters_under / 1e9:g}B or " if floor.parameters_under else ""
        yield (
            f"Capability {report.capability.declared} counts as {report.capability.level} until the plan {bound}names"
            " `capability_evidence`."
        )
    if size and is_small(report):
        yield f"{size / 1e9:g}B parameters: below the size the guidance is written for. Read as information."
    if sensitivity := describe_sensitivity(list_sensitivity(result), result.verdict.blocking):
        yield f"If more capable: {sensitivity}."
    against = f"Against {document.identifier}, {document.status} ({document.published})."
    yield f"{against} Checks what the plan says, not the model."
    shown = [row.subject for row in rows if row.outcome and row.level is not Level.NOTE]
    yield "Details: --full." + (f" Why: aisafe explain {shown[0]}" if shown else "")
