"""In what a plan differs from an earlier one: text, Markdown and JSON. The texts for people share one wording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aisafe_cli.analysis.diff import (
    ChannelChange,
    ChannelMove,
    ClaimChange,
    Differences,
    Direction,
    OutcomeChange,
    ValueChange,
    WaiverChange,
    WaiverMove,
)
from aisafe_cli.analysis.regressions import by_safeguard, moves, problems, raised_access, regressions
from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Safeguard
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Waiver
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.reporters.entries import fractions, in_words
from aisafe_cli.reporters.layout import as_json, wrapped
from aisafe_cli.reporters.report_data import outline
from aisafe_cli.text.escape import markdown_safe
from aisafe_cli.text.wording import count, listed

FORMATS = ("table", "markdown", "json")
_LOUD = (WaiverMove.ADDED, WaiverMove.EXTENDED)
_APPEARANCE = {Direction.APPEARED: "new", Direction.VANISHED: "gone", Direction.CHANGED: "changed"}


@record
class Question:
    """What is set beside each other: two plans of a `diff`, or a plan and its changes of a `what-if`."""

    kind: str
    changes: tuple[str, ...] = ()


@record
class _Section:
    """A heading, each entry below it in one line, and beside an entry what belongs to it."""

    heading: str
    entries: tuple[tuple[str, str], ...]


def render_differences(name: str, differences: Differences, question: Question) -> str:
    """Return the differences in one of `FORMATS`."""
    if name == "json":
        return as_json(_data(differences, question))
    lines = _markdown(differences, question) if name == "markdown" else _text(differences, question)
    return "\n".join(lines).strip("\n") + "\n"


def _text(differences: Differences, question: Question) -> Iterable[str]:
    yield from wrapped(_title(differences, question))
    yield from wrapped(_summary(differences))
    for section in _sections(differences):
        yield from ("", section.heading)
        for subject, text in section.entries:
            yield from wrapped(f"{subject}: {text}" if subject else text, 2, 6)
    yield from ("", "Scores")
    rows = list(_scores(differences))
    for cells in (("", "before", "after"), *rows):
        yield f"  {cells[0]:<16}{cells[1]:<14}{cells[2]}".rstrip()
    yield from ("", "Verdicts")
    for name, result in _sides(differences):
        yield from wrapped(f"{name:<8}{result.verdict.headline}", 2, 10)
        for notice in result.verdict.notices:
            yield from wrapped(f"! {notice}", 10, 12)


def _markdown(differences: Differences, question: Question) -> Iterable[str]:
    yield from (f"# {markdown_safe(_title(differences, question))}", "", markdown_safe(_summary(differences)))
    for section in _sections(differences):
        yield from ("", f"## {section.heading}", "")
        for subject, text in section.entries:
            lead = f"**{markdown_safe(subject)}**: " if subject else ""
            yield f"- {lead}{markdown_safe(text)}"
    yield from ("", "## Scores", "", "| score | before | after |", "|---|---|---|")
    yield from (f"| {' | '.join(cells)} |" for cells in _scores(differences))
    yield from ("", "## Verdicts", "")
    for name, result in _sides(differences):
        yield f"- **{name}**: {markdown_safe(result.verdict.headline)}"
        yield from (f"  - {markdown_safe(notice)}" for notice in result.verdict.notices)


def _title(differences: Differences, question: Question) -> str:
    before, after = (result.report.plan.path for _, result in _sides(differences))
    if question.kind == "diff":
        return f"From {before} to {after}"
    return f"What if {before} changed: {' '.join(question.changes)}"


def _summary(differences: Differences) -> str:
    if differences.is_empty:
        return f"Nothing differs. {_word(differences.after)}."
    verdict = _then(_word(differences.before), _word(differences.after))
    mode = _then(*differences.mode)
    errors, worse = len(problems(differences)), len(regressions(differences))
    better = len(by_safeguard(differences, Direction.BETTER))
    return f"{verdict}. Release mode: {mode}. {count(errors, 'error')}, {worse} worse, {better} better."


def _sides(differences: Differences) -> tuple[tuple[str, Result], tuple[str, Result]]:
    return ("before", differences.before), ("after", differences.after)


def _word(result: Result) -> str:
    return "PASS" if result.verdict.passed else "FAIL"


def _then(before: str | None, after: str | None) -> str:
    was, now = ("none" if value is None else value for value in (before, after))
    return was if was == now else f"{was}, then {now}"


# --- sections -------------------------------------------------------------------------------------------------------


def _sections(differences: Differences) -> Iterable[_Section]:
    """Yield the sections that hold something: what must not pass unseen, what caused it, and the rest."""
    made = {
        "ERRORS of this change": _problems(differences),
        "Worse": (("", one.message) for one in regressions(differences)),
        "Waivers": map(_waiver, differences.waivers),
        "Profile and policy": ((one.name, _then(one.before, one.after)) for one in differences.profile),
        "Required": _required(differences),
        "Channels": map(_channel, differences.channels),
        "Better": _outcomes(differences, Direction.BETTER),
        "Changed, neither better nor worse": _outcomes(differences, Direction.CHANGED),
        "Outcomes on new channels": _per_channel(differences, Direction.APPEARED),
        "Claims": map(_claim, differences.claims),
        "Evidence": _evidence(differences),
        "Alternatives": ((name, _APPEARANCE[direction]) for name, direction in differences.alternatives),
        "Findings on the plan itself": _plan_findings(differences),
    }
    for heading, entries in made.items():
        if found := tuple(entries):
            yield _Section(heading=f"{heading} ({len(found)})", entries=found)


def _problems(differences: Differences) -> Iterable[tuple[str, str]]:
    for problem in problems(differences):
        yield problem.rule, f"{problem.message} Do: {problem.remedy}"


def _named(safeguard: Safeguard) -> str:
    return f"{safeguard.id} {safeguard.title}"


def _required(differences: Differences) -> Iterable[tuple[str, str]]:
    lists = {"now required": differences.now_required, "no longer required": differences.no_longer_required}
    for heading, safeguards in lists.items():
        if safeguards:
            yield heading, listed(safeguard.id for safeguard in safeguards)


def _channel(change: ChannelChange) -> tuple[str, str]:
    was, now = (access_level.id if access_level else None for access_level in (change.before, change.after))
    if change.move is ChannelMove.DROPPED:
        return change.channel, f"dropped; it was {was}"
    if change.move is ChannelMove.ADDED:
        return change.channel, "; ".join([f"added, {now}", *(f"{one.name} {one.after}" for one in change.values)])
    values = "; ".join(f"{one.name} {_then(one.before, one.after)}" for one in change.values)
    moved = "" if was == now else _then(was, now)
    return change.channel, f"{change.move}: {'; '.join(filter(None, (moved, values)))}"


def _waiver(change: WaiverChange) -> tuple[str, str]:
    waiver = change.waiver
    mark = "! " if change.move in _LOUD else ""
    text = f"{change.move}, {_waived(waiver)}; {waiver.owner}: {waiver.reason}"
    if change.before and change.after and change.move is not WaiverMove.ADDED:
        text += f" (before: {_waived(change.before)}; {change.before.owner}: {change.before.reason})"
    return f"{mark}{waiver.safeguard}", text


def _waived(waiver: Waiver) -> str:
    on = f"on {listed(waiver.channels)}" if waiver.channels else "on every channel"
    return f"{on}, from {waiver.granted.isoformat()} through {waiver.expires.isoformat()}"


def _outcomes(differences: Differences, direction: Direction) -> Iterable[tuple[str, str]]:
    for changes in by_safeguard(differences, direction):
        yield _named(changes[0].safeguard), moves(changes)


def _per_channel(differences: Differences, direction: Direction) -> Iterable[tuple[str, str]]:
    found: dict[str, dict[Outcome, list[str]]] = {}
    for change in differences.outcomes:
        if change.direction is direction and change.channel is not None and change.after is not None:
            found.setdefault(change.channel, {}).setdefault(change.after, []).append(change.safeguard.id)
    for channel, outcomes in found.items():
        yield channel, "; ".join(f"{outcome} {listed(outcomes[outcome])}" for outcome in Outcome if outcome in outcomes)


def _claim(change: ClaimChange) -> tuple[str, str]:
    values = "; ".join(f"{value.name} {_value(change, value)}" for value in change.values)
    return _named(change.safeguard), f"{_APPEARANCE[change.direction]} on {listed(change.channels)}: {values}"


def _value(change: ClaimChange, value: ValueChange) -> str | None:
    if change.direction is Direction.CHANGED:
        return _then(value.before, value.after)
    return value.after if change.direction is Direction.APPEARED else value.before


def _evidence(differences: Differences) -> Iterable[tuple[str, str]]:
    for change in differences.evidence:
        text = f"{_APPEARANCE[change.direction]} on {listed(change.channels)}: {change.ref} ({change.type})"
        if change.before or change.after:
            doubts = (None if doubt is None else doubt or "confirmed" for doubt in (change.before, change.after))
            text += f": {', then '.join(filter(None, doubts))}"
        yield _named(change.safeguard), text


def _plan_findings(differences: Differences) -> Iterable[tuple[str, str]]:
    for change in differences.plan_findings:
        level = str(change.finding.level)
        if change.before and change.after:
            level = _then(change.before.level, change.after.level)
        on = f" on {change.finding.channel}" if change.finding.channel else ""
        yield change.finding.kind, f"{_APPEARANCE[change.direction]} {level}{on}: {change.finding.message}"


def _scores(differences: Differences) -> Iterable[tuple[str, str, str]]:
    before, after = (_fractions(result) for _, result in _sides(differences))
    for name in before:
        if name != "with waivers" or (before[name], after[name]) != (before["coverage"], after["coverage"]):
            yield name, before[name], after[name]


def _fractions(result: Result) -> Mapping[str, str]:
    named = fractions(result.report.scores)
    return {
        **{name: f"{score.numerator} of {score.denominator}" for name, score in named.items()},
        "coverage": in_words(result.report.scores.coverage),
        "with waivers": in_words(result.verdict.coverage_with_waivers),
    }


# --- data -----------------------------------------------------------------------------------------------------------


def _data(differences: Differences, question: Question) -> dict[str, Any]:
    report: Report = differences.after.report
    return {
        "schema_version": 1,
        "kind": question.kind,
        "changes": list(question.changes),
        "as_of": report.as_of.isoformat(),
        "catalog": {"id": report.catalog.id, "version": report.catalog.version, "sha256": report.catalog.sha256},
        "before": outline(differences.before),
        "after": outline(differences.after),
        "differs": not differences.is_empty,
        "errors": [_plain(problem, ("rule", "subject", "message", "remedy")) for problem in problems(differences)],
        "regressions": [_plain(one, ("kind", "subject", "message")) for one in regressions(differences)],
        "profile": _values_data(differences.profile),
        "channels": _channels_data(differences),
        "outcomes": [_outcome_data(change) for change in differences.outcomes],
        "claims": [_claim_data(change) for change in differences.claims],
        "evidence": [
            {
                "safeguard": change.safeguard.id,
                "channels": list(change.channels),
                "change": change.direction,
                "ref": change.ref,
                "type": change.type,
                "before": change.before,
                "after": change.after,
            }
            for change in differences.evidence
        ],
        "alternatives": [{"id": name, "change": direction} for name, direction in differences.alternatives],
        "waivers": [_waiver_data(change) for change in differences.waivers],
        "plan_findings": [
            {
                "rule": change.finding.kind,
                "channel": change.finding.channel,
                "change": change.direction,
                "before": change.before.level if change.before else None,
                "after": change.after.level if change.after else None,
                "message": change.finding.message,
            }
            for change in differences.plan_findings
        ],
        "now_required": [safeguard.id for safeguard in differences.now_required],
        "no_longer_required": [safeguard.id for safeguard in differences.no_longer_required],
    }


def _plain(thing: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _values_data(values: Iterable[ValueChange]) -> dict[str, Any]:
    return {value.name: {"before": value.before, "after": value.after} for value in values}


def _channels_data(differences: Differences) -> list[dict[str, Any]]:
    raised = {change.channel for change in raised_access(differences)}
    return [
        {
            "id": change.channel,
            "change": change.move,
            "before": change.before.id if change.before else None,
            "after": change.after.id if change.after else None,
            "raises_access": change.channel in raised,
            "values": _values_data(change.values),
        }
        for change in differences.channels
    ]


def _outcome_data(change: OutcomeChange) -> dict[str, Any]:
    return {
        "safeguard": change.safeguard.id,
        "slug": change.safeguard.slug,
        "channel": change.channel,
        "before": change.before,
        "after": change.after,
        "change": change.direction,
    }


def _claim_data(change: ClaimChange) -> dict[str, Any]:
    return {
        "safeguard": change.safeguard.id,
        "channels": list(change.channels),
        "change": change.direction,
        "values": _values_data(change.values),
    }


def _waiver_data(change: WaiverChange) -> dict[str, Any]:
    return {
        "safeguard": change.waiver.safeguard,
        "change": change.move,
        "before": None if change.before is None else _waiver_fields(change.before),
        "after": None if change.after is None else _waiver_fields(change.after),
    }


def _waiver_fields(waiver: Waiver) -> dict[str, Any]:
    return {
        "channels": list(waiver.channels),
        "reason": waiver.reason,
        "owner": waiver.owner,
        "granted": waiver.granted.isoformat(),
        "expires": waiver.expires.isoformat(),
    }
