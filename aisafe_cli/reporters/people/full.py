"""The long report as text for a terminal: the verdict first, then the grid, every finding, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aisafe_cli.analysis.sensitivity import describe_sensitivity, list_sensitivity
from aisafe_cli.domain.catalog import EFFORTS, Flag
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.report import ChannelResult, Finding, Report
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.domain.verdict import Result, Run, name_verdict
from aisafe_cli.evaluation.evidence import count_evidence
from aisafe_cli.gate.baseline import describe_tally
from aisafe_cli.gate.blocks import COVERAGE
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    describe_coverage,
    describe_incomplete,
    explain_outcomes,
    list_rows,
)
from aisafe_cli.reporters.facts import list_facts
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.reporters.page import Grid, Item, Page, Section
from aisafe_cli.reporters.people.concise import is_single, list_closing_lines, name_left_out
from aisafe_cli.reporters.people.table import paint
from aisafe_cli.text.escape import terminal_safe

_ALTERNATIVES_SHOWN = 3
_HEADINGS = {Level.ERROR: "Errors", Level.WARNING: "Warnings"}
_NOT_ASKED = "-"
_COLUMN = 14  # characters of a term that has its text beside it
_SIGNS: Mapping[str, str] = {
    Outcome.SATISFIED: "+",
    Outcome.PARTIAL: "/",
    Outcome.PLANNED: "p",
    Outcome.GAP: "x",
    Outcome.UNKNOWN: "?",
    Outcome.INEFFECTIVE: "!",
    Outcome.INCOMPATIBLE: "X",
}


def render(run: Run, view: View) -> Iterable[str]:
    """Yield the run as text: of each plan the verdict, the grid, every finding, the scores and the next steps."""
    if not run.complete:
        yield from (f"{line}\n" for line in (*wrap(describe_incomplete(run), width=view.width), ""))
    between = ""
    for result in run.results:
        yield between + _render_result(result, view)
        between = "\n"
    if not is_single(run) or run.has_several_catalogs:
        single = () if run.has_several_catalogs else run.judgments
        verdicts = (f"{name_verdict(one.passed)}  {one.path}" for one in single)
        yield "\n"
        yield from (f"{terminal_safe(line)}\n" for line in (*verdicts, *list_closing_lines(run)))


def _render_result(result: Result, view: View) -> str:
    text = _build_full_page(result).to_text(view.width)
    first, _, rest = text.partition("\n")
    return "\n".join((*paint([first], name_verdict(result.verdict.passed), view), rest))


def _build_full_page(result: Result) -> Page:
    rows = list_rows(result)
    return Page(
        summary=result.verdict.headline,
        facts=_list_plan_facts(result),
        notices=result.verdict.notices,
        sections=tuple(filter(_has_content, _build_report_sections(result, rows))),
    )


def _build_report_sections(result: Result, rows: Iterable[FindingRow]) -> Iterable[Section]:
    path, on_safeguards = result.report.plan.path, [row for row in rows if row.outcome]
    yield build_outcomes(result.report)
    on_plan = [row for row in rows if not row.outcome and row.subject != COVERAGE]
    yield _build_section("The plan itself", (_build_plan_item(row, path) for row in on_plan))
    for level, heading in _HEADINGS.items():
        items = [_build_item(row, path) for row in on_safeguards if row.level is level]
        yield _build_section(f"{heading} ({len(items)})", items)
    yield _build_ruled_out(result.report)
    yield from _build_rest(result.report)
    yield from _build_scores(result)
    yield _build_steps(result)


def _has_content(section: Section) -> bool:
    return bool(section.items or section.grid)


def _list_plan_facts(result: Result) -> Mapping[str, str]:
    report, verdict = result.report, result.verdict
    decided, facts = report.decided_by, list_facts(report, verdict.policy)
    named = {
        "Plan": facts["Plan"],
        **_find_stage(report),
        "Release mode": f"{report.mode}, decided by channel {decided.id} ({decided.access})",
        **facts,
        **(
            {"If more capable": sensitivity}
            if (sensitivity := describe_sensitivity(list_sensitivity(result), result.verdict.blocking))
            else {}
        ),
        "Checked": f"{facts['Checked']}. {report.catalog.document.later_versions}",
    }
    for line in describe_tally(verdict):
        name, _, standing = line.partition(": ")
        named[name] = standing
    if verdict.carried and verdict.baseline:
        named["Its reason"] = verdict.baseline.reason
    return named


def _find_stage(report: Report) -> Mapping[str, str]:
    if report.cut is None:
        return {}
    day = report.cut.day.isoformat()
    left_out = name_left_out(report.cut)
    stage = f"only what is open by {day}; left out: {left_out}" if left_out else f"every channel is open by {day}"
    return {"Stage": stage}


def build_outcomes(report: Report) -> Section:
    """Return the outcome of each safeguard on each channel, and what the outcomes mean."""
    return Section(
        heading=f"Outcome of each safeguard on each channel ({_NOT_ASKED} is not asked)",
        grid=_build_grid(report),
        paragraphs=(explain_outcomes(one.outcome for one in report.results),),
    )


def _build_grid(report: Report) -> Grid:
    rows = ((one.safeguard.id, one.safeguard.slug, *map(_show_outcome, one.channels)) for one in report.findings)
    columns = ("", "", *report.access)
    return Grid(columns=columns, rows=tuple(rows), wraps=1, short=_SIGNS)


def _show_outcome(result: ChannelResult) -> str:
    return _NOT_ASKED if result.outcome is Outcome.NOT_APPLICABLE else str(result.outcome)


# --- findings -------------------------------------------------------------------------------------------------------


def _build_plan_item(row: FindingRow, path: str) -> Item:
    effect = f", {row.effect}" if row.effect == "carried over" else ""
    channel = f"On {row.channel}: " if row.channel else ""
    return Item(
        term=row.level,
        text=f"{row.subject}{effect}  {path}:{row.position.line}",
        notes=tuple(filter(None, (f"{channel}{row.reason}", row.todo))),
    )


def _build_item(row: FindingRow, path: str) -> Item:
    effect = f", {row.effect}" if row.effect and not row.blocks else ""
    return Item(
        term=row.subject,
        text=f"{row.title}: {row.outcome_words}{effect}",
        notes=tuple(filter(None, (f"{path}:{row.position.line}", row.reason, row.todo))),
    )


def _build_ruled_out(report: Report) -> Section:
    findings = [finding for finding in report.findings if finding.outcome is Outcome.INCOMPATIBLE]
    heading = f"Cannot work in this mode ({len(findings)}), and what to do instead; + is adopted by this plan"
    return _build_section(heading, (_build_ruled_out_item(finding, report) for finding in findings))


def _build_ruled_out_item(finding: Finding, report: Report) -> Item:
    """Return a safeguard that cannot work with what is adopted, then the best of the others."""
    others = [name for name in finding.safeguard.alternatives if name not in finding.adopted]
    shown = (*finding.adopted, *others[: max(0, _ALTERNATIVES_SHOWN - len(finding.adopted))])
    notes = []
    for name in shown:
        alternative = report.catalog.alternatives[name]
        mark = "+" if name in finding.adopted else "-"
        effort = EFFORTS[alternative.effort]
        notes.append(f"{mark} {name} ({alternative.strength}, effort: {effort}): {alternative.title}")
    if left := len(finding.safeguard.alternatives) - len(shown):
        notes.append(f"and {left} more in the Markdown report")
    return Item(term=finding.safeguard.id, text=finding.safeguard.title, notes=tuple(notes))


def _build_rest(report: Report) -> Iterable[Section]:
    """Yield what is done, with the conditions and last days that nobody may miss, and what is not asked."""
    headings = {Outcome.SATISFIED: "Done, as declared", Outcome.NOT_APPLICABLE: "Not asked"}
    notes = [finding for finding in report.findings if finding.level is Level.NOTE]
    for outcome, heading in headings.items():
        items = [_build_rest_item(finding) for finding in notes if finding.outcome is outcome]
        yield _build_section(f"{heading} ({len(items)})", items)


def _build_rest_item(finding: Finding) -> Item:
    flags = {result.flag for result in finding.channels}
    notes: tuple[str, ...] = ()
    if finding.outcome is Outcome.NOT_APPLICABLE:
        notes = (finding.channels[-1].reason,)
    elif flags & {Flag.CONDITIONAL, Flag.INCOMPATIBLE}:
        notes = (finding.reason,)
    return Item(term=finding.safeguard.id, text=finding.safeguard.title, notes=notes)


def _build_section(heading: str, items: Iterable[Item]) -> Section:
    return Section(heading=heading, items=tuple(items), column=_COLUMN)


# --- scores and steps -----------------------------------------------------------------------------------------------


def _build_scores(result: Result) -> Iterable[Section]:
    scores = result.report.scores
    named = {
        "coverage": _explain_coverage_sum(scores.coverage),
        "replaced": f"{_write_fraction(scores.addressed)} safeguards that cannot work here have an adopted alternative",
        "evidenced": f"{_write_fraction(scores.evidenced)} safeguards that are done name evidence",
        "evidence": count_evidence(result.report.plan),
    }
    if result.verdict.waived:
        named["with waivers"] = _explain_coverage_sum(result.verdict.coverage_with_waivers)
    yield _build_section("Scores", (Item(term=name, text=text) for name, text in named.items()))
    rows = []
    for channel in result.report.channels:
        opens = channel.channel.opens.isoformat() if channel.channel.opens else "from the start"
        percent = channel.scores.coverage.score.percent
        coverage = describe_coverage(channel.scores.coverage) + ("" if percent is None else f" ({percent}%)")
        rows.append((channel.channel.id, channel.access_level.id, opens, coverage))
    yield Section(grid=Grid(columns=("channel", "access", "opens", "coverage"), rows=tuple(rows)))


def _build_steps(result: Result) -> Section:
    steps = list_next_steps(result.report, result.verdict)
    items = tuple(Item(text=f"{step.title} ({step.effort_words})") for step in steps)
    return Section(heading="Next steps, cheapest first", items=items, numbered=True)


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
        f"({coverage.satisfied} satisfied{partial}) / {coverage.applicable} that can be carried out or are claimed"
        f" = {coverage.score.percent}%, as declared"
    )
