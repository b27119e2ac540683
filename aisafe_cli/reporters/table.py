"""The report as text for a terminal: 80 columns, whatever the terminal's width, so that it is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.analysis.sensitivity import describe_sensitivity
from aisafe_cli.domain.catalog import Flag
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.evaluation.evidence import count_evidence
from aisafe_cli.gate.baseline import describe_tally
from aisafe_cli.gate.blocks import COVERAGE
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    count_passes,
    describe_coverage,
    describe_incomplete,
    describe_with_waivers,
    list_left_out,
    list_rows,
    name_verdict,
)
from aisafe_cli.reporters.layout import WIDTH, wrap
from aisafe_cli.reporters.pages.facts import list_facts
from aisafe_cli.reporters.pages.page import Grid, write_grid
from aisafe_cli.text.escape import terminal_safe

_ALTERNATIVES_SHOWN = 3
_COLORS = {"error": "31", "FAIL": "1;31", "warning": "33", "PASS": "1;32", "heading": "1", "id": "36"}
_HEADINGS = {Level.ERROR: "Errors", Level.WARNING: "Warnings"}
_NAMES = 14  # columns for the names of facts


def render(run: Run, view: View) -> str:
    """Return the run as text: the verdict first, then what to act on, the scores, and the cheapest next steps."""
    paint = _Paint(view.colour)
    blocks = [list(_render_result(result, paint)) for result in run.results if not view.brief]
    if not run.complete and not view.brief:
        blocks.insert(0, list(paint(wrap(describe_incomplete(run)), "could not be evaluated", "FAIL")))
    blocks.append(list(_list_plans(run, view, paint)))
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


class _Paint:
    """Colors a word of wrapped lines where color is wanted, so that color never changes where lines break."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted

    def __call__(self, lines: Sequence[str], word: str, kind: str = "") -> Sequence[str]:
        color = _COLORS.get(kind or word)
        if not self._wanted or not color:
            return lines
        return (lines[0].replace(word, f"\x1b[{color}m{word}\x1b[0m", 1), *lines[1:])


# --- every plan -----------------------------------------------------------------------------------------------------


def _list_plans(run: Run, view: View, paint: _Paint) -> Iterable[str]:
    """Yield a line for each plan, and the total where there are several."""
    several = len(run.results) + len(run.unreadable) > 1
    if several and not view.brief:
        yield from paint(["Every plan"], "Every plan", "heading")
    for result in run.results if several or view.brief else ():
        yield from _render_brief(result, paint) if view.brief else _render_line(result, paint)
    for text in list_left_out(run) if several else ():
        line = f"NOT EVALUATED  {text}"
        lines = [terminal_safe(line)] if view.brief else wrap(line, indent=2, hanging=8)
        yield from paint(lines, "NOT EVALUATED", "FAIL")
    if several:
        yield count_passes(run)


def _render_line(result: Result, paint: _Paint) -> Iterable[str]:
    verdict, tally = result.verdict, result.verdict.tally
    counts = {"blocking": len(verdict.blocking), "waived": tally.waived, "carried over": tally.carried}
    parts = [f"{number} {words}" for words, number in counts.items() if number]
    parts.append(f"coverage {describe_coverage(result.report.scores.coverage)}")
    parts += [describe_with_waivers(result)] if verdict.waived else []
    word = name_verdict(result)
    yield from paint(wrap(f"{word}  {result.report.plan.path}: {', '.join(parts)}", indent=2, hanging=8), word)


def _render_brief(result: Result, paint: _Paint) -> Iterable[str]:
    word = name_verdict(result)
    line = terminal_safe(f"{result.report.plan.path}: {result.verdict.headline}")
    yield from paint([line], f" {word}:", word)


# --- one plan -------------------------------------------------------------------------------------------------------


def _render_result(result: Result, paint: _Paint) -> Iterable[str]:
    rows = list_rows(result)
    yield from paint(wrap(result.verdict.headline), name_verdict(result))
    yield ""
    yield from _list_plan_facts(result)
    yield from _list_plan_rows([row for row in rows if not row.outcome and row.subject != COVERAGE], result, paint)
    for level, heading in _HEADINGS.items():
        yield from _list_level([row for row in rows if row.outcome and row.level is level], heading, result, paint)
    yield from _list_ruled_out(result.report, paint)
    yield from _list_rest(result.report, paint)
    yield from _render_scores(result, paint)
    yield from _render_next_steps(result, paint)


def _list_plan_facts(result: Result) -> Iterable[str]:
    report, verdict = result.report, result.verdict
    decided, facts = report.decided_by, list_facts(report, verdict.policy)
    named = {
        "Plan": facts["Plan"],
        **_find_stage(report),
        "Release mode": f"{report.mode}, decided by channel {decided.id} ({decided.access})",
        **facts,
        **({"Sensitivity": sensitivity} if (sensitivity := describe_sensitivity(result)) else {}),
        "Checked": f"{facts['Checked']}. {report.catalog.document.later_versions}",
    }
    for name, value in named.items():
        yield from wrap(f"{name:<{_NAMES}}{value}", hanging=_NAMES)
    for line in describe_tally(verdict):
        name, _, standing = line.partition(": ")
        yield from wrap(f"{name:<{_NAMES}}{standing}" if len(name) < _NAMES - 1 else line, hanging=_NAMES)
    if verdict.carried and verdict.baseline:
        yield from wrap(f"{'':<{_NAMES}}Its reason: {verdict.baseline.reason}", hanging=_NAMES)
    for notice in verdict.notices:
        yield from wrap(f"! {notice}", indent=2)


def _find_stage(report: Report) -> Mapping[str, str]:
    if report.cut is None:
        return {}
    day = report.cut.day.isoformat()
    left_out = ", ".join(f"{channel.id} from {channel.opens}" for channel in report.cut.left_out)
    stage = f"only what is open by {day}; left out: {left_out}" if left_out else f"every channel is open by {day}"
    return {"Stage": stage}


def _list_plan_rows(rows: Sequence[FindingRow], result: Result, paint: _Paint) -> Iterable[str]:
    if rows:
        yield from _render_heading("The plan itself", paint)
    for row in rows:
        effect = f", {row.effect}" if row.effect == "carried over" else ""
        place = f"{result.report.plan.path}:{row.position.line}"
        channel = f"On {row.channel}: " if row.channel else ""
        lines = wrap(f"{row.level}  {row.subject}{effect}  {place}", indent=2, hanging=4)
        yield from paint(lines, row.level)
        yield from wrap(f"{channel}{row.reason}", indent=4)
        yield from wrap(row.todo, indent=4, hanging=8)


def _list_level(rows: Sequence[FindingRow], heading: str, result: Result, paint: _Paint) -> Iterable[str]:
    """Yield the rows of one level, each with its place, why, and what to do."""
    if rows:
        yield from _render_heading(f"{heading} ({len(rows)})", paint, rows[0].level)
    for row in rows:
        effect = f", {row.effect}" if row.effect and not row.blocks else ""
        yield from _render_title(row.subject, row.title, paint, f": {row.outcome_words}{effect}")
        yield from wrap(f"{result.report.plan.path}:{row.position.line}", indent=9)
        yield from wrap(row.reason, indent=9)
        yield from wrap(f"Do: {row.remedy}" if row.remedy else "", indent=9, hanging=13)


def _list_ruled_out(report: Report, paint: _Paint) -> Iterable[str]:
    findings = [finding for finding in report.findings if finding.outcome is Outcome.INCOMPATIBLE]
    if not findings:
        return
    yield from _render_heading(f"Cannot work in this mode ({len(findings)}), and what to do instead", paint)
    for finding in findings:
        yield from _render_title(finding.safeguard.id, finding.safeguard.title, paint)
        yield from _list_alternatives(finding, report)
    yield from wrap("+ adopted by this plan, - not adopted; the markdown report has all of them", indent=2)


def _list_alternatives(finding: Finding, report: Report) -> Iterable[str]:
    """Yield what is adopted, then the best of the others."""
    others = [name for name in finding.safeguard.alternatives if name not in finding.adopted]
    shown = (*finding.adopted, *others[: max(0, _ALTERNATIVES_SHOWN - len(finding.adopted))])
    for name in shown:
        alternative = report.catalog.alternatives[name]
        mark = "+" if name in finding.adopted else "-"
        text = f"{mark} {name} ({alternative.strength}, effort {alternative.effort}): {alternative.title}"
        yield from wrap(text, indent=9, hanging=11)
    if left := len(finding.safeguard.alternatives) - len(shown):
        yield from wrap(f"  and {left} more", indent=9)


def _list_rest(report: Report, paint: _Paint) -> Iterable[str]:
    """Yield what is satisfied, with the conditions and last days that nobody may miss, and what is not asked."""
    headings = {Outcome.SATISFIED: "Satisfied, as declared", Outcome.NOT_APPLICABLE: "Does not apply"}
    notes = [finding for finding in report.findings if finding.level is Level.NOTE]
    for outcome, heading in headings.items():
        findings = [finding for finding in notes if finding.outcome is outcome]
        if findings:
            yield from _render_heading(f"{heading} ({len(findings)})", paint)
        for finding in findings:
            yield from _render_title(finding.safeguard.id, finding.safeguard.title, paint)
            flags = {result.flag for result in finding.channels}
            if outcome is Outcome.NOT_APPLICABLE:
                yield from wrap(finding.channels[-1].reason, indent=9)
            elif flags & {Flag.CONDITIONAL, Flag.INCOMPATIBLE}:
                yield from wrap(finding.reason, indent=9)


def _render_scores(result: Result, paint: _Paint) -> Iterable[str]:
    scores = result.report.scores
    yield from _render_heading("Scores", paint)
    possible = _write_fraction(scores.possible)
    named = {
        "possible": f"{possible} safeguards can be carried out in this mode; higher is not safer",
        "coverage": _explain_coverage_sum(scores.coverage),
        "addressed": f"{_write_fraction(scores.addressed)} safeguards that cannot work here are addressed otherwise",
        "evidenced": f"{_write_fraction(scores.evidenced)} satisfied safeguards name evidence",
        "evidence": count_evidence(result.report.plan),
    }
    if result.verdict.waived:
        named["with waivers"] = _explain_coverage_sum(result.verdict.coverage_with_waivers)
    for name, text in named.items():
        yield from wrap(f"  {name:<{_NAMES}}{text}", hanging=_NAMES + 2)
    yield ""
    rows = []
    for channel in result.report.channels:
        opens = channel.channel.opens.isoformat() if channel.channel.opens else "at once"
        percent = channel.scores.coverage.score.percent
        coverage = describe_coverage(channel.scores.coverage) + ("" if percent is None else f" ({percent}%)")
        rows.append((channel.channel.id, channel.access_level.id, opens, coverage))
    grid = write_grid(Grid(columns=("channel", "access", "opens", "coverage"), rows=tuple(rows)), WIDTH - 2)
    yield from (f"  {line}" for line in grid)


def _render_next_steps(result: Result, paint: _Paint) -> Iterable[str]:
    steps = list_next_steps(result.report, result.verdict)
    if steps:
        yield from _render_heading("Next steps, the cheapest first", paint)
    for number, step in enumerate(steps, 1):
        effort = f"effort {step.effort} of 5" if step.effort else "free"
        yield from wrap(f"  {number}. {step.subject} ({effort}): {step.title}", hanging=5)


def _write_fraction(score: Score) -> str:
    if score.percent is None:
        return "0 of 0"
    return f"{score.numerator} of {score.denominator} ({score.percent}%)"


def _explain_coverage_sum(coverage: Coverage) -> str:
    """Return how a coverage is counted."""
    if coverage.score.percent is None:
        return "none: no safeguard can be carried out here"
    partial = f" + {coverage.partial} partial / 2" if coverage.partial else ""
    return (
        f"({coverage.satisfied} satisfied{partial}) / {coverage.applicable} that can be carried out"
        f" = {coverage.score.percent}%, as declared"
    )


def _render_heading(text: str, paint: _Paint, kind: str = "heading") -> Iterable[str]:
    return ("", *paint([text], text, kind))


def _render_title(name: str, title: str, paint: _Paint, after: str = "") -> Iterable[str]:
    return paint(wrap(f"{name}  {title}{after}", indent=2, hanging=9), name, "id")
