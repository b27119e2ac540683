"""The report as one HTML file to look at: no script, nothing loaded from elsewhere, every value escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

from aisafe_cli.domain.catalog import EFFORTS, AccessLevel, Flag, Safeguard
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import OUTCOME_MEANINGS, Level, Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.verdict import Result, Run, name_verdict
from aisafe_cli.evaluation.evidence import STATE_WORDS, count_evidence
from aisafe_cli.evaluation.stages import has_several_openings, list_openings
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import describe_coverage, describe_with_waivers
from aisafe_cli.reporters.facts import describe_policy
from aisafe_cli.reporters.layout import cut_between_lines, shorten
from aisafe_cli.reporters.people.html_drawings import draw_coverage, draw_ladder, draw_timeline, name_state
from aisafe_cli.reporters.report_data import as_data, collect_result, collect_row, describe_raised
from aisafe_cli.reporters.templates import PackagedLoader
from aisafe_cli.text.escape import escape_markup_commands
from aisafe_cli.text.links import LINK, split_sources
from aisafe_cli.text.wording import capitalize

_RULED_OUT = (Outcome.INCOMPATIBLE, Outcome.INEFFECTIVE)
_LIMITS = REPORTERS["html"].limits
_ID = re.compile(r"\b([A-Z]+[0-9.]*-[0-9]+(?:[.-][0-9]+)*)\b")


def render(run: Run, view: View) -> Iterator[str]:  # noqa: ARG001
    """Return the run as one self-contained HTML page, in blocks; the same bytes for the same run."""
    safeguards: dict[str, Safeguard] = {}
    rows = [_collect_table_row(*one, safeguards) for one in enumerate(run.results, 1)]
    many = len(rows) > _LIMITS["in_full"]
    told = [number for number, one in enumerate(run.judgments, 1) if not (many and one.passed)]
    return fill_page(
        "report.html.j2",
        run=as_data(run, with_plans=False),
        unreadable=run.unreadable,
        rows=sorted(rows, key=lambda row: row.passed),
        plans=(_collect_page_plan(number, run.results[number - 1], len(rows) > 1) for number in told),
        many=many,
        safeguards=[] if run.has_several_catalogs else list(safeguards.values()),
    )


def fill_page(template: str, **facts: Any) -> Iterator[str]:
    """Return a page from its template, with the style that all pages have and that alone may apply."""
    environment = create_page_environment()
    style = "\n" + environment.get_template("report.css.j2").render() + "\n"
    page = environment.get_template(template).generate(
        meanings=OUTCOME_MEANINGS,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        **facts,
    )
    # GitHub's runner obeys `##[command]` wherever it stands in a log; a browser shows the same.
    return map(escape_markup_commands, cut_between_lines(page))


@cache
def create_page_environment() -> Environment:
    """Return what fills the templates of pages, with every value escaped."""
    environment = Environment(
        loader=PackagedLoader(),
        autoescape=True,  # never by file name: `.html.j2` would not be recognized
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "words": name_state,
        "place": _round_place,
        "short": partial(shorten, limit=_LIMITS["name"]),
        "prose": lambda text: re.split(r"`([^`]+)`", text),
        "ids": _ID.split,
        "share": _show_percent,
        "state": STATE_WORDS.__getitem__,
        "effort": EFFORTS.__getitem__,
        "sources": split_sources,
        "half": lambda number: f"{number:g}",
    }
    environment.tests["link"] = lambda text: bool(LINK.fullmatch(text))
    return environment


def _round_place(number: float) -> str:
    return f"{round(number, 1):g}"


def _show_percent(score: Mapping[str, Any]) -> str:
    return "none" if score["percent"] is None else f"{score['percent']}%"


# --- many plans -----------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """What the table of all plans says of one."""

    number: int
    path: str
    guidance: str
    name: str
    version: str
    mode: str
    passed: bool
    verdict: str
    errors: int
    warnings: int
    coverage: str
    with_waivers: str
    outcomes: Mapping[str, str]


def _collect_table_row(number: int, result: Result, safeguards: dict[str, Safeguard]) -> _Row:
    """Return the row of a plan, and add its safeguards to those of all plans, in the order of the catalog."""
    report = result.report
    safeguards.update((finding.safeguard.id, finding.safeguard) for finding in report.findings)
    told = {
        **collect_row(result),
        "number": number,
        "name": shorten(report.plan.model.name, _LIMITS["name"]),
        "version": shorten(report.plan.model.version or "", _LIMITS["name"]),
        "mode": report.mode,
        "verdict": name_verdict(result.verdict.passed),
        "coverage": describe_coverage(report.scores.coverage),
        "with_waivers": describe_with_waivers(result) if result.verdict.waived else "",
        "outcomes": defaultdict[str, str](str, report.outcomes),
    }
    return _Row(**told)


# --- one plan -------------------------------------------------------------------------------------------------------


def _collect_page_plan(number: int, result: Result, several: bool) -> Mapping[str, Any]:
    """Return what the template needs of one plan: the plain data, and what can be seen of it."""
    data = collect_result(result)
    report, anchor = result.report, f"plan-{number}"
    findings = [
        _collect_shown_finding(entry, finding, report)
        for entry, finding in zip(data["findings"], report.findings, strict=True)
    ]
    for entry in findings if several else ():
        entry["anchor"] = f"{anchor}-{entry['anchor']}"
    ruled_out = [entry for entry in findings if entry["ruled_out"]]
    return {
        "number": number,
        "anchor": anchor,
        "verdict": name_verdict(result.verdict.passed),
        "mode": report.ladder.modes[report.mode],
        "data": data,
        "report": report,
        "headline": capitalize(result.verdict.headline.partition(": ")[2]),
        "policy": result.verdict.policy,
        "evidence_tally": count_evidence(report.plan),
        "policy_words": describe_policy(result.verdict.policy),
        "more_capable": describe_raised(data["verdict"]),
        "findings": findings,
        "errors": [entry for entry in findings if entry["data"]["level"] == Level.ERROR],
        "warnings": [entry for entry in findings if entry["data"]["level"] == Level.WARNING],
        "satisfied": _select_notes(findings, Outcome.SATISFIED),
        "not_applicable": _select_notes(findings, Outcome.NOT_APPLICABLE),
        "ruled_out": ruled_out,
        "instead": _list_alternatives_once(report, ruled_out),
        "anchors": {entry["data"]["safeguard"]: entry["anchor"] for entry in findings},
        "waived": [entry for entry in findings if entry["data"]["waivers"]],
        "openings": list_openings(report),
        **_draw_report(report),
        "opened_levels": _list_opened_levels(report, opened=True),
        "other_levels": _list_opened_levels(report, opened=False),
        "used": {result.outcome for result in report.results},
        "many_channels": len(report.channels) > _LIMITS["channels"],
    }


def _draw_report(report: Report) -> Mapping[str, Any]:
    return {
        "coverage": draw_coverage(report),
        "timeline": draw_timeline(report),
        "changes": has_several_openings(report),
        "ladder": draw_ladder(report),
    }


def _select_notes(findings: Iterable[Mapping[str, Any]], outcome: Outcome) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in findings if entry["data"]["level"] == Level.NOTE and entry["data"]["outcome"] == outcome]


def _collect_shown_finding(data: Mapping[str, Any], finding: Finding, report: Report) -> dict[str, Any]:
    claims = {result.claim.position: result.claim for result in finding.channels if result.claim}
    ruled_out = [
        result.channel
        for result in finding.channels
        if result.flag is Flag.INCOMPATIBLE and result.outcome in _RULED_OUT
    ]
    # Channels come with the most open one last.
    most_open = next(
        (channel.access_level for channel in reversed(report.channels) if channel.channel.id in ruled_out),
        report.channels[-1].access_level,
    )
    return {
        "data": data,
        "safeguard": finding.safeguard,
        "reasons": _group_reasons(finding),
        "claims": list(claims.values()),
        "deciding": finding.worst.outcome,
        "ruled_out": ruled_out if finding.outcome in _RULED_OUT else [],
        "why_ruled_out": finding.safeguard.judgement_on(report.plan.organization.role, most_open).reason,
        "alternatives": sorted(data["alternatives"], key=lambda alternative: not alternative["adopted"]),
        "anchor": finding.safeguard.id,
        "group": report.catalog.groups.get(finding.safeguard.group, ""),
    }


def _group_reasons(finding: Finding) -> Sequence[Mapping[str, Any]]:
    """Return each reason once, with the channels it is given for; the worst first."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for result in sorted(finding.judged, key=lambda result: result.severity_key):
        by_reason.setdefault((result.outcome, result.reason), []).append(result.channel)
    return [
        {"outcome": outcome, "reason": reason, "channels": channels}
        for (outcome, reason), channels in by_reason.items()
    ]


def _list_alternatives_once(report: Report, ruled_out: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the alternatives to what is ruled out, and any other that the plan adopts, each once."""
    names = [alternative["id"] for entry in ruled_out for alternative in entry["alternatives"]]
    adopted = {adoption.id: adoption for adoption in report.plan.adoptions}
    ordered = dict.fromkeys([*(name for name in names if name in adopted), *sorted(adopted), *names])
    told = []
    for name in ordered:
        serves = [entry["data"]["safeguard"] for entry in ruled_out if name in entry["safeguard"].alternatives]
        counts = name in adopted and adopted[name].counts
        about = {"alternative": report.catalog.alternatives[name], "adoption": adopted.get(name)}
        told.append({**about, "counts": counts, "for": serves})
    return told


def _list_opened_levels(report: Report, *, opened: bool) -> Sequence[AccessLevel]:
    """Return the access levels that the plan opens, or the others; the most open first."""
    used = {channel.access_level.id for channel in report.channels}
    return [
        access_level
        for access_level in sorted(report.ladder.access_levels.values(), key=lambda access_level: -access_level.rank)
        if (access_level.id in used) is opened
    ]
