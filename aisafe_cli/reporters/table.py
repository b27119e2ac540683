"""The report as text for a terminal: 80 columns, whatever the terminal's width, so that it is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tabulate import tabulate

from aisafe_cli.domain.catalog import Flag
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.report import ChannelReport, Finding, PlanFinding, Report
from aisafe_cli.domain.score import Coverage, Score
from aisafe_cli.domain.verdict import Result, Run, Verdict
from aisafe_cli.evaluation.evidence import count_evidence
from aisafe_cli.gate.baseline import describe_tally, find_entries
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import in_words, incomplete, left_out, total, with_waivers
from aisafe_cli.reporters.layout import folded, wrapped
from aisafe_cli.text.escape import terminal_safe

_ALTERNATIVES_SHOWN = 3
_ID_WIDTH = 18
_COLOURS = {"error": "31", "fail": "1;31", "warning": "33", "pass": "1;32", "heading": "1", "id": "36"}


def render(run: Run, view: View) -> str:
    """Return the run as text: the verdict first, then what to act on, the scores, and the cheapest next steps."""
    paint = _Paint(view.colour)
    blocks = [list(_full(result, paint)) for result in run.results if not view.brief]
    if not run.complete and not view.brief:
        blocks.insert(0, list(paint(wrapped(incomplete(run)), "could not be evaluated", "fail")))
    blocks.append(list(_every_plan(run, view, paint)))
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


class _Paint:
    """Colours a word of wrapped lines where colour is wanted, so that colour never changes where lines break."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted

    def __call__(self, lines: Sequence[str], word: str, kind: str) -> Sequence[str]:
        if not self._wanted or kind not in _COLOURS:
            return lines
        return (lines[0].replace(word, f"\x1b[{_COLOURS[kind]}m{word}\x1b[0m", 1), *lines[1:])


def _every_plan(run: Run, view: View, paint: _Paint) -> Iterable[str]:
    """A line for each plan, and the total where there are several."""
    several = len(run.results) + len(run.unreadable) > 1
    if view.brief:
        for result in run.results:
            yield from _brief(result, paint)
    elif several:
        yield from paint(["Every plan"], "Every plan", "heading")
        for result in run.results:
            yield from _in_short(result, paint)
    if several:
        yield from (line for text in left_out(run) for line in _not_evaluated(text, view, paint))
        yield total(run)


def _in_short(result: Result, paint: _Paint) -> Iterable[str]:
    verdict, tally = result.verdict, result.verdict.tally
    word = "pass" if verdict.passed else "fail"
    counts = {"blocking": len(verdict.blocking), "waived": tally.waived, "carried over": tally.carried}
    told = [f"{number} {words}" for words, number in counts.items() if number]
    told.append(f"coverage {in_words(result.report.scores.coverage)}")
    told += [with_waivers(result)] if verdict.waived else []
    lines = wrapped(f"{word.upper()}  {result.report.plan.path}: {', '.join(told)}", indent=2, hanging=8)
    yield from paint(lines, word.upper(), word)


def _not_evaluated(text: str, view: View, paint: _Paint) -> Iterable[str]:
    told = f"NOT EVALUATED  {text}"
    lines = [terminal_safe(told)] if view.brief else wrapped(told, indent=2, hanging=8)
    yield from paint(lines, "NOT EVALUATED", "fail")


def _brief(result: Result, paint: _Paint) -> Iterable[str]:
    verdict = "pass" if result.verdict.passed else "fail"
    line = terminal_safe(f"{result.report.plan.path}: {result.verdict.headline}")
    yield from paint([line], f" {verdict.upper()}:", verdict)


def _full(result: Result, paint: _Paint) -> Iterable[str]:
    report = result.report
    verdict = "pass" if result.verdict.passed else "fail"
    yield from paint(wrapped(result.verdict.headline), verdict.upper(), verdict)
    yield ""
    yield from _facts(result)
    for line in describe_tally(result.verdict):
        name, _, standing = line.partition(": ")
        yield from wrapped(f"{name:<14}{standing}" if len(name) < 13 else line, hanging=14)
    if result.verdict.carried and result.verdict.baseline:
        yield from wrapped(f"{'':<14}Its reason: {result.verdict.baseline.reason}", hanging=14)
    for notice in result.verdict.notices:
        yield from wrapped(f"! {notice}", indent=2)
    yield from _plan_findings(result, paint)
    for level, heading in ((Level.ERROR, "Errors"), (Level.WARNING, "Warnings")):
        yield from _findings(result, level, heading, paint)
    yield from _ruled_out(report, paint)
    yield from _the_rest(report, paint)
    yield from _scores(result, paint)
    yield from _next_steps(result, paint)


def _facts(result: Result) -> Iterable[str]:
    report = result.report
    plan, document = report.plan, report.catalog.document
    decided = report.decided_by
    policy = result.verdict.policy
    pinned = f"; set by the configuration: {', '.join(plan.pinned)}" if plan.pinned else ""
    left_out = f"; left out: {', '.join(plan.undeclared)}" if plan.undeclared else ""
    version = f" {plan.model.version}" if plan.model.version else ""
    facts = {
        "Plan": f"{plan.model.name}{version} ({plan.path})",
        **_stage(report),
        "Release mode": f"{report.mode}, decided by channel {decided.id} ({decided.access})",
        "Profile": f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability;"
        f" as the plan declares of itself{left_out}{pinned}",
        "Checked": f"as of {report.as_of.isoformat()} against {document.identifier}, {document.status}"
        f" ({document.published}), {document.part}; catalog {report.catalog.id} {report.catalog.version}."
        f" {document.later_versions}",
        **({"Policy": f"by {policy.configuration}"} if policy.configuration else {}),
    }
    for name, value in facts.items():
        yield from wrapped(f"{name:<14}{value}", hanging=14)


def _stage(report: Report) -> Mapping[str, str]:
    if report.cut is None:
        return {}
    left_out = ", ".join(f"{channel.id} from {channel.opens}" for channel in report.cut.left_out)
    told = f"only what is open by {report.cut.day.isoformat()}; left out: {left_out}"
    return {"Stage": told if left_out else f"every channel is open by {report.cut.day.isoformat()}"}


def _plan_findings(result: Result, paint: _Paint) -> Iterable[str]:
    report = result.report
    if report.plan_findings:
        yield from _heading("The plan itself", paint)
    for finding in report.plan_findings:
        carried = ", carried over" if find_entries(result.verdict, finding.kind, finding.channel) else ""
        yield from _plan_finding(finding, report, paint, carried)


def _plan_finding(finding: PlanFinding, report: Report, paint: _Paint, after: str) -> Iterable[str]:
    place = f"{report.plan.path}:{finding.position.line}"
    channel = f"On {finding.channel}: " if finding.channel else ""
    yield from paint(
        wrapped(f"{finding.level}  {finding.kind}{after}  {place}", indent=2, hanging=4), finding.level, finding.level
    )
    yield from wrapped(f"{channel}{finding.message}", indent=4)
    yield from wrapped(f"Do: {finding.remedy}", indent=4, hanging=8)


def _findings(result: Result, level: Level, heading: str, paint: _Paint) -> Iterable[str]:
    findings = [finding for finding in result.report.findings if finding.level is level]
    if findings:
        yield from _heading(f"{heading} ({len(findings)})", paint, level)
    for finding in findings:
        lifted = _lifted(finding, result.verdict)
        place = f"{result.report.plan.path}:{finding.position.line}"
        outcome = _acting_outcome(finding)
        yield from _titled(finding, paint, f": {outcome}{lifted}")
        yield from wrapped(place, indent=9)
        yield from wrapped(finding.reason, indent=9)
        if finding.remedy:
            yield from wrapped(f"Do: {finding.remedy}", indent=9, hanging=13)


def _lifted(finding: Finding, verdict: Verdict) -> str:
    name = finding.safeguard.id
    return ", waived" if name in verdict.waived else ", carried over" if name in verdict.carried else ""


def _acting_outcome(finding: Finding) -> str:
    """The outcome that sets the level, with the release's beside it where they differ."""
    acting = next(result.outcome for result in finding.channels if result.level is finding.level)
    return acting if acting is finding.outcome else f"{acting} on a channel, {finding.outcome} for the release"


def _ruled_out(report: Report, paint: _Paint) -> Iterable[str]:
    findings = [finding for finding in report.findings if finding.outcome is Outcome.INCOMPATIBLE]
    if not findings:
        return
    yield from _heading(f"Cannot work in this mode ({len(findings)}), and what to do instead", paint)
    for finding in findings:
        yield from _titled(finding, paint)
        yield from _alternatives(finding, report)
    yield from wrapped("+ adopted by this plan, - not adopted; the markdown report has all of them", indent=2)


def _alternatives(finding: Finding, report: Report) -> Iterable[str]:
    """Show what is adopted, then the best of the others."""
    others = [name for name in finding.safeguard.alternatives if name not in finding.adopted]
    shown = (*finding.adopted, *others[: max(0, _ALTERNATIVES_SHOWN - len(finding.adopted))])
    for name in shown:
        alternative = report.catalog.alternatives[name]
        mark = "+" if name in finding.adopted else "-"
        text = f"{mark} {name} ({alternative.strength}, effort {alternative.effort}): {alternative.title}"
        yield from wrapped(text, indent=9, hanging=11)
    if left := len(finding.safeguard.alternatives) - len(shown):
        yield from wrapped(f"  and {left} more", indent=9)


def _the_rest(report: Report, paint: _Paint) -> Iterable[str]:
    headings = {
        Outcome.SATISFIED: "Satisfied, as declared",
        Outcome.NOT_APPLICABLE: "Does not apply",
    }
    for outcome, heading in headings.items():
        findings = [
            finding for finding in report.findings if finding.outcome is outcome and finding.level is Level.NOTE
        ]
        if not findings:
            continue
        yield from _heading(f"{heading} ({len(findings)})", paint)
        for finding in findings:
            yield from _titled(finding, paint)
            reason = finding.channels[-1].reason if outcome is Outcome.NOT_APPLICABLE else _conditions(finding)
            if reason:
                yield from wrapped(reason, indent=9)


def _conditions(finding: Finding) -> str:
    """Of a satisfied safeguard only what a reader must not miss: a condition, or the day on which it ends."""
    told = (Flag.CONDITIONAL, Flag.INCOMPATIBLE)
    return finding.reason if any(result.flag in told for result in finding.channels) else ""


def _scores(result: Result, paint: _Paint) -> Iterable[str]:
    scores = result.report.scores
    yield from _heading("Scores", paint)
    rows = {
        "possible": f"{_fraction(scores.possible)} safeguards can be carried out in this mode; higher is not safer",
        "coverage": _arithmetic(scores.coverage),
        "addressed": f"{_fraction(scores.addressed)} safeguards that cannot work here are addressed otherwise",
        "evidenced": f"{_fraction(scores.evidenced)} satisfied safeguards name evidence",
        "evidence": count_evidence(result.report.plan),
    }
    if result.verdict.waived:
        rows["with waivers"] = _arithmetic(result.verdict.coverage_with_waivers)
    for name, text in rows.items():
        yield from wrapped(f"  {name:<14}{text}", hanging=16)
    yield ""
    yield from _channel_table(result.report.channels)


def _channel_table(channels: Sequence[ChannelReport]) -> Iterable[str]:
    rows = [
        [
            "\n".join(folded(terminal_safe(channel.channel.id), _ID_WIDTH)),
            channel.access_level.id,
            channel.channel.opens.isoformat() if channel.channel.opens else "at once",
            _coverage(channel.scores.coverage),
        ]
        for channel in channels
    ]
    headers = ["channel", "access", "opens", "coverage"]
    table = tabulate(rows, headers=headers, tablefmt="plain", disable_numparse=True)
    return (f"  {line}".rstrip() for line in table.splitlines())


def _next_steps(result: Result, paint: _Paint) -> Iterable[str]:
    steps = list_next_steps(result.report, result.verdict)
    if not steps:
        return
    yield from _heading("Next steps, the cheapest first", paint)
    for number, step in enumerate(steps, 1):
        effort = "free" if step.effort == 0 else f"effort {step.effort} of 5"
        yield from wrapped(f"  {number}. {step.subject} ({effort}): {step.title}", hanging=5)


def _fraction(score: Score) -> str:
    if score.percent is None:
        return "0 of 0"
    return f"{score.numerator} of {score.denominator} ({score.percent}%)"


def _coverage(coverage: Coverage) -> str:
    if coverage.score.percent is None:
        return "none"
    return f"{coverage.satisfied + coverage.partial / 2:g} of {coverage.applicable} ({coverage.score.percent}%)"


def _arithmetic(coverage: Coverage) -> str:
    if coverage.score.percent is None:
        return "none: no safeguard can be carried out here"
    partial = f" + {coverage.partial} partial / 2" if coverage.partial else ""
    return (
        f"({coverage.satisfied} satisfied{partial}) / {coverage.applicable} that can be carried out"
        f" = {coverage.score.percent}%, as declared"
    )


def _heading(text: str, paint: _Paint, kind: str = "heading") -> Iterable[str]:
    return ("", *paint([text], text, kind))


def _titled(finding: Finding, paint: _Paint, after: str = "") -> Iterable[str]:
    safeguard = finding.safeguard
    return paint(wrapped(f"{safeguard.id}  {safeguard.title}{after}", indent=2, hanging=9), safeguard.id, "id")
