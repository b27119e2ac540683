"""Releases side by side: a grid of safeguards by release with modes, verdicts and scores; text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.reporters.entries import fractions, in_words
from aisafe_cli.reporters.layout import WIDTH, as_json, wrapped
from aisafe_cli.reporters.report_data import outline
from aisafe_cli.text.escape import markdown_safe, terminal_safe

FORMATS = ("table", "markdown", "json")
_BLOCKS, _WAIVED = "*", "~"
# A grid of so many releases shows outcomes as the report words them; a wider one shows them short.
_MAX_IN_WORDS = 3
_MAX_BESIDE = 5
_MAX_ID = 12  # a longer id has no column of its own
_SHORT: Mapping[Outcome, str] = {
    Outcome.INEFFECTIVE: "ineff.",
    Outcome.INCOMPATIBLE: "incomp.",
    Outcome.SATISFIED: "satisf.",
    Outcome.NOT_APPLICABLE: "-",
}
_IN_WORDS: Mapping[Outcome, str] = {Outcome.NOT_APPLICABLE: "-"}


def render_releases(name: str, results: Sequence[Result]) -> str:
    """Return judged plans side by side, in their order, in one of `FORMATS`."""
    if name == "json":
        return as_json(_data(results))
    lines = _markdown(results) if name == "markdown" else _text(results)
    return "\n".join(lines).strip("\n") + "\n"


# --- text -----------------------------------------------------------------------------------------------------------


def _text(results: Sequence[Result]) -> Iterable[str]:
    words = _IN_WORDS if len(results) <= _MAX_IN_WORDS else _SHORT
    for number, result in enumerate(results, 1):
        margin = len(str(len(results))) + 2
        lead = f"{number:<{margin}}"
        yield from wrapped(f"{lead}{_name(result)}", 0, margin)
        yield from wrapped(f"{_stands(result)}", margin)
    for block in _blocks(list(enumerate(results, 1))):
        yield ""
        yield from _grid(block, words)
    yield ""
    yield from _legend(results, words)


def _blocks(columns: Sequence[tuple[int, Result]]) -> Iterable[Sequence[tuple[int, Result]]]:
    """Yield blocks of columns that fit beside each other, as even as they can be."""
    count = -(-len(columns) // _MAX_BESIDE)
    size = -(-len(columns) // count)
    for start in range(0, len(columns), size):
        yield columns[start : start + size]


def _grid(block: Sequence[tuple[int, Result]], words: Mapping[Outcome, str]) -> Iterable[str]:
    results = [result for _, result in block]
    width = 2 + max(len(words.get(outcome, outcome)) for outcome in Outcome) + len(_BLOCKS)
    safeguards = results[0].report.catalog.safeguards
    longest = max(len(safeguard.id) for safeguard in safeguards)
    margin = longest + 2 if longest <= _MAX_ID else 0
    title_width = WIDTH - margin - width * len(block)

    def row(lead: str, title: str, cells: Iterable[str]) -> Iterable[str]:
        first, *more = wrap(terminal_safe(title), title_width - 1) or [""]
        line = f"{lead:<{margin}}{first:<{title_width}}{''.join(f'  {cell:<{width - 2}}' for cell in cells)}"
        yield line.rstrip()
        yield from (f"{'':<{margin}}{text}" for text in more)

    yield from row("", "", (str(number) for number, _ in block))
    for place, safeguard in enumerate(safeguards):
        cells = [_cell(result, result.report.findings[place], words) for result in results]
        lead = safeguard.id if margin else ""
        yield from row(lead, safeguard.title if margin else f"{safeguard.id} {safeguard.title}", cells)
    yield ""
    for name, cells in _score_rows(results):
        yield from row("", name, cells)


def _cell(result: Result, finding: Finding, words: Mapping[Outcome, str]) -> str:
    return f"{words.get(finding.outcome, finding.outcome)}{_mark(result, finding)}"


def _mark(result: Result, finding: Finding) -> str:
    if finding.safeguard.id in result.verdict.blocking:
        return _BLOCKS
    return _WAIVED if finding.safeguard.id in result.verdict.waived else ""


def _score_rows(results: Sequence[Result]) -> Iterable[tuple[str, list[str]]]:
    columns = [_scores(result) for result in results]
    for name in columns[0]:
        yield name, [column[name].replace(" of ", "/") for column in columns]


def _scores(result: Result) -> Mapping[str, str]:
    scores = result.report.scores
    named = fractions(scores)
    return {
        **{name: f"{score.numerator} of {score.denominator}" for name, score in named.items()},
        "coverage": in_words(scores.coverage),
    }


def _legend(results: Sequence[Result], words: Mapping[Outcome, str]) -> Iterable[str]:
    stand_for = [f"{word} {outcome}" for outcome, word in words.items()]
    marks = {_mark(result, finding) for result in results for finding in result.report.findings}
    stand_for += [f"{_BLOCKS} blocks"] if _BLOCKS in marks else []
    stand_for += [f"{_WAIVED} would block, but is waived"] if _WAIVED in marks else []
    yield from wrapped(f"Outcomes for the release: {', '.join(stand_for)}. {_NOT_SAFER}")
    yield from wrapped(_measured_by(results[0].report))


_NOT_SAFER = (
    "Possible is what the release mode allows, so higher is not safer. Each plan declares its own size and capability,"
    " and what is required depends on them."
)


def _name(result: Result) -> str:
    model = result.report.plan.model
    version = f" {model.version}" if model.version else ""
    return f"{model.name}{version} ({result.report.plan.path})"


def _stands(result: Result) -> str:
    plan = result.report.plan
    profile = f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability"
    return f"{_word(result)}, {result.report.mode}; {profile}{_own_blocks(result)}"


def _own_blocks(result: Result) -> str:
    """Say what blocks besides safeguards: it has no row in the grid."""
    rows = {finding.safeguard.id for finding in result.report.findings}
    others = [name for name in result.verdict.blocking if name not in rows]
    return f"; also blocks: {', '.join(others)}" if others else ""


def _word(result: Result) -> str:
    return "PASS" if result.verdict.passed else "FAIL"


def _measured_by(report: Report) -> str:
    catalog = report.catalog
    return (
        f"Checked as of {report.as_of.isoformat()} against {catalog.document.identifier}, {catalog.document.status};"
        f" catalog {catalog.id} {catalog.version}."
    )


# --- Markdown -------------------------------------------------------------------------------------------------------


def _markdown(results: Sequence[Result]) -> Iterable[str]:
    yield from (
        "# Releases side by side",
        "",
        "| | release | verdict | mode | profile | plan |",
        "|---|---|---|---|---|---|",
    )
    for number, result in enumerate(results, 1):
        plan = result.report.plan
        name = f"{plan.model.name} {plan.model.version or ''}".strip()
        profile = f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability"
        verdict = f"{_word(result)}{_own_blocks(result)}"
        facts = (str(number), name, verdict, str(result.report.mode), profile, plan.path)
        yield f"| {' | '.join(map(markdown_safe, facts))} |"
    numbers = " | ".join(str(number) for number, _ in enumerate(results, 1))
    yield from ("", f"| safeguard | {numbers} |", f"|---{'|---' * len(results)}|")
    for place, safeguard in enumerate(results[0].report.catalog.safeguards):
        cells = [_markdown_cell(result, result.report.findings[place]) for result in results]
        yield f"| {markdown_safe(f'{safeguard.id} {safeguard.title}')} | {' | '.join(cells)} |"
    yield from ("", f"| score | {numbers} |", f"|---{'|---' * len(results)}|")
    columns = [_scores(result) for result in results]
    for name in columns[0]:
        yield f"| {name} | {' | '.join(column[name] for column in columns)} |"
    yield from ("", markdown_safe(_NOT_SAFER), "", markdown_safe(_measured_by(results[0].report)))


def _markdown_cell(result: Result, finding: Finding) -> str:
    effect = {_BLOCKS: ", **blocks**", _WAIVED: ", waived"}.get(_mark(result, finding), "")
    return f"{markdown_safe(finding.outcome)}{effect}"


# --- data -----------------------------------------------------------------------------------------------------------


def _data(results: Sequence[Result]) -> dict[str, Any]:
    report = results[0].report
    return {
        "schema_version": 1,
        "as_of": report.as_of.isoformat(),
        "catalog": {"id": report.catalog.id, "version": report.catalog.version, "sha256": report.catalog.sha256},
        "releases": [outline(result) for result in results],
        "safeguards": [
            {
                "id": safeguard.id,
                "slug": safeguard.slug,
                "title": safeguard.title,
                "releases": [_cell_data(result, result.report.findings[place]) for result in results],
            }
            for place, safeguard in enumerate(report.catalog.safeguards)
        ],
    }


def _cell_data(result: Result, finding: Finding) -> dict[str, Any]:
    return {
        "outcome": finding.outcome,
        "level": finding.level,
        "blocking": finding.safeguard.id in result.verdict.blocking,
        "waived": finding.safeguard.id in result.verdict.waived,
        "channels": {one.channel: one.outcome for one in finding.channels},
    }
