"""Releases side by side: a grid of safeguards by release, with modes, verdicts and scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import Finding
from aisafe_cli.domain.verdict import Result, name_verdict
from aisafe_cli.reporters.entries import describe_scores, explain_outcomes, name_effect
from aisafe_cli.reporters.facts import describe_plan, describe_source, name_profile
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Grid, Item, Page, Section
from aisafe_cli.reporters.report_data import name_catalog, pick, select_outline
from aisafe_cli.text.wording import capitalize

_SHORT: Mapping[str, str] = {
    Outcome.INEFFECTIVE: "ineff.",
    Outcome.INCOMPATIBLE: "incomp.",
    Outcome.SATISFIED: "satisf.",
    "blocks": "*",
    "waived": "~",
    "carried over": "=",
}
_NOT_SAFER = (
    "What can work here depends on the release mode: a higher number is not safer. Each plan declares its own size and"
    " capability, and what is required depends on them."
)


def render_releases(name: str, results: Sequence[Result], width: int = WIDTH) -> str:
    """Return judged plans side by side, in their order, in one of the formats of pages."""
    return as_json(_collect_releases(results)) if name == "json" else _build_releases(results).render(name, width)


def _build_releases(results: Sequence[Result]) -> Page:
    report = results[0].report
    checked = f"Checked as of {report.as_of.isoformat()} against {describe_source(report.catalog)}."
    outcomes = chain.from_iterable(result.report.outcomes.values() for result in results)
    return Page(
        title="Releases side by side",
        sections=(
            Section(items=tuple(map(_build_release, results)), numbered=True),
            Section(heading="Outcomes for the release (- is not asked)", grid=_build_release_grid(results)),
            Section(paragraphs=(capitalize(explain_outcomes(outcomes)), _NOT_SAFER, checked)),
        ),
    )


def _build_release(result: Result) -> Item:
    """Return a release with its verdict, and what blocks besides safeguards, which has no row in the grid."""
    rows = {finding.safeguard.id for finding in result.report.findings}
    others = [name for name in result.verdict.blocking if name not in rows]
    also = f"; also blocks: {', '.join(others)}" if others else ""
    profile = name_profile(result.report.plan)
    stands = f"{name_verdict(result.verdict.passed)}, {result.report.mode}; {profile}{also}"
    return Item(term=describe_plan(result.report.plan), text=stands)


def _build_release_grid(results: Sequence[Result]) -> Grid:
    rows: list[tuple[str, ...]] = []
    for safeguard, *findings in _list_by_safeguard(results):
        cells = (_describe_outcome(result, finding) for result, finding in zip(results, findings, strict=True))
        rows.append((safeguard.id, safeguard.title, *cells))
    rows.append(("",) * (2 + len(results)))
    scores = [describe_scores(result) for result in results]
    for name in scores[0]:
        if name != "with waivers":
            rows.append(("", name, *(column[name] for column in scores)))
    numbers = tuple(str(number) for number, _ in enumerate(results, 1))
    return Grid(columns=("id", "safeguard", *numbers), rows=tuple(rows), wraps=1, short=_SHORT)


def _list_by_safeguard(results: Sequence[Result]) -> Iterable[tuple[Any, ...]]:
    safeguards = results[0].report.catalog.safeguards
    return zip(safeguards, *(result.report.findings for result in results), strict=True)


def _describe_outcome(result: Result, finding: Finding) -> str:
    outcome = "-" if finding.outcome is Outcome.NOT_APPLICABLE else finding.outcome
    return ", ".join(filter(None, (outcome, name_effect(result.verdict, finding.safeguard.id))))


def _collect_releases(results: Sequence[Result]) -> dict[str, Any]:
    report = results[0].report
    safeguards = []
    for safeguard, *findings in _list_by_safeguard(results):
        releases = [_collect_cell(result, finding) for result, finding in zip(results, findings, strict=True)]
        safeguards.append({**pick(safeguard, "id slug title"), "releases": releases})
    return {
        "schema_version": 1,
        "as_of": report.as_of.isoformat(),
        "catalog": name_catalog(report.catalog),
        "releases": [select_outline(result) for result in results],
        "safeguards": safeguards,
    }


def _collect_cell(result: Result, finding: Finding) -> dict[str, Any]:
    return {
        **pick(finding, "outcome level"),
        "blocking": finding.safeguard.id in result.verdict.blocking,
        "waived": finding.safeguard.id in result.verdict.waived,
        "channels": finding.outcomes,
    }
