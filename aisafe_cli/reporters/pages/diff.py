"""In what a plan differs from an earlier one, or from itself with changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aisafe_cli.analysis.diff import (
    ChannelChange,
    ClaimChange,
    Differences,
    Direction,
    EvidenceChange,
    PlanFindingChange,
    ValueChange,
    WaiverChange,
)
from aisafe_cli.analysis.regressions import (
    LOOSENED,
    Problem,
    describe_moves,
    find_problems,
    find_raised_access,
    group_by_safeguard,
    list_regressions,
)
from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Waiver
from aisafe_cli.domain.verdict import Result, name_verdict
from aisafe_cli.reporters.entries import describe_scores
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Grid, Item, Page, Section
from aisafe_cli.reporters.report_data import name_catalog, pick, pick_each, select_outline
from aisafe_cli.text.wording import capitalize, count, listed

_SCORES = ("score", "before", "after")
_APPEARANCE = {Direction.APPEARED: "new", Direction.VANISHED: "gone", Direction.CHANGED: "changed"}


@record
class Question:
    """What is set beside each other: two plans of a `diff`, or a plan and its changes of a `what-if`."""

    kind: str
    changes: tuple[str, ...] = ()


def render_differences(name: str, differences: Differences, question: Question, width: int = WIDTH) -> str:
    """Return the differences in one of the formats of pages."""
    if name == "json":
        return as_json(_collect_differences(differences, question))
    return _build_differences(differences, question).render(name, width)


def _build_differences(differences: Differences, question: Question) -> Page:
    return Page(
        title=_write_title(differences, question),
        summary=_describe_change(differences),
        sections=(
            *_build_sections(differences),
            Section(
                heading="Scores", grid=Grid(columns=("score", *_get_sides(differences)), rows=_list_scores(differences))
            ),
            Section(heading="Verdicts", items=tuple(_list_verdicts(differences)), column=len("before")),
        ),
    )


def _write_title(differences: Differences, question: Question) -> str:
    before, after = (result.report.plan.path for result in _get_sides(differences).values())
    if question.kind == "diff":
        return f"From {before} to {after}"
    return f"What if {before} changed: {' '.join(question.changes)}"


def _describe_change(differences: Differences) -> str:
    before, after = (name_verdict(one.verdict.passed) for one in _get_sides(differences).values())
    if differences.is_empty:
        return f"Nothing differs. {after}."
    errors, worse = len(find_problems(differences)), len(list_regressions(differences))
    better = len(group_by_safeguard(differences, Direction.BETTER))
    counts = listed(
        ([f"{count(errors, 'error')} in this change"] if errors else []) + [f"{worse} worse", f"{better} better"]
    )
    return f"{capitalize(_join_sides(before, after))}. Release mode: {_join_sides(*differences.mode)}. {counts}."


def _get_sides(differences: Differences) -> Mapping[str, Result]:
    return {"before": differences.before, "after": differences.after}


def _join_sides(before: str | None, after: str | None) -> str:
    was, now = ("none" if value is None else value for value in (before, after))
    return was if was == now else f"was {was}, now {now}"


def _list_scores(differences: Differences) -> tuple[tuple[str, str, str], ...]:
    before, after = map(describe_scores, _get_sides(differences).values())
    rows = [(name, before[name], after[name]) for name in before]
    with_waivers, coverage = rows.pop(), (before["coverage"], after["coverage"])
    return tuple(rows if with_waivers[1:] == coverage else [*rows, with_waivers])


def _list_verdicts(differences: Differences) -> Iterable[Item]:
    for side, result in _get_sides(differences).items():
        notices = tuple(f"! {notice}" for notice in result.verdict.notices)
        yield Item(term=side, text=result.verdict.headline, notes=notices)


# --- sections -------------------------------------------------------------------------------------------------------


def _build_sections(differences: Differences) -> Iterable[Section]:
    """Yield the sections that hold something: what must not pass unseen, what caused it, and the rest."""
    sections: Mapping[str, Iterable[Item]] = {
        "Errors in this change": map(_build_problem, find_problems(differences)),
        "Worse": (Item(text=one.message) for one in list_regressions(differences)),
        "Waivers": map(_build_waiver_change, differences.waivers),
        "Profile and policy": map(_build_value_change, differences.profile),
        "Required": _list_required(differences),
        "Channels": map(_build_channel_change, differences.channels),
        "Better": _list_outcomes(differences, Direction.BETTER),
        "Changed, neither better nor worse": _list_outcomes(differences, Direction.CHANGED),
        "Outcomes on new channels": _list_new_outcomes(differences),
        "Claims": map(_build_claim_change, differences.claims),
        "Evidence": map(_build_evidence_change, differences.evidence),
        "Alternatives": (Item(term=name, text=_APPEARANCE[move]) for name, move in differences.alternatives),
        "Changed owner, note or evidence": (Item(text=name) for name in differences.reworded),
        "Findings on the plan itself": map(_build_plan_finding_change, differences.plan_findings),
    }
    for heading, entries in sections.items():
        if items := tuple(entries):
            yield Section(heading=f"{heading} ({len(items)})", items=items)


def _build_problem(problem: Problem) -> Item:
    return Item(term=problem.rule, text=f"{problem.message} Do: {problem.remedy}")


def _build_value_change(change: ValueChange) -> Item:
    return Item(term=change.name, text=_join_sides(change.before, change.after))


def _list_required(differences: Differences) -> Iterable[Item]:
    lists = {"now required": differences.now_required, "no longer required": differences.no_longer_required}
    for heading, safeguards in lists.items():
        if safeguards:
            yield Item(term=heading, text=listed(safeguard.id for safeguard in safeguards))


def _build_channel_change(change: ChannelChange) -> Item:
    was, now = (access_level.id if access_level else None for access_level in (change.before, change.after))
    if change.direction is Direction.DROPPED:
        text = f"dropped; it was {was}"
    elif change.direction is Direction.ADDED:
        text = "; ".join((f"added, {now}", *(f"{value.name} {value.after}" for value in change.values)))
    else:
        values = [f"{value.name} {_join_sides(value.before, value.after)}" for value in change.values]
        text = f"{change.direction}: {'; '.join(values if was == now else [_join_sides(was, now), *values])}"
    return Item(term=change.channel, text=text)


def _build_waiver_change(change: WaiverChange) -> Item:
    waiver, before = change.waiver, change.before
    text = f"{change.direction}, {_describe_waiver_terms(waiver)}; {waiver.owner}: {waiver.reason}"
    if before and change.after and change.direction is not Direction.ADDED:
        text += f" (before: {_describe_waiver_terms(before)}; {before.owner}: {before.reason})"
    return Item(term=f"{'! ' if change.direction in LOOSENED else ''}{waiver.safeguard}", text=text)


def _describe_waiver_terms(waiver: Waiver) -> str:
    on = f"on {listed(waiver.channels)}" if waiver.channels else "on every channel"
    return f"{on}, from {waiver.granted.isoformat()} through {waiver.expires.isoformat()}"


def _list_outcomes(differences: Differences, direction: Direction) -> Iterable[Item]:
    for changes in group_by_safeguard(differences, direction):
        yield Item(term=changes[0].safeguard.full_title, text=describe_moves(changes))


def _list_new_outcomes(differences: Differences) -> Iterable[Item]:
    channels: dict[str, dict[Outcome, list[str]]] = {}
    for change in differences.outcomes:
        if change.direction is Direction.APPEARED and change.channel is not None and change.after is not None:
            channels.setdefault(change.channel, {}).setdefault(change.after, []).append(change.safeguard.id)
    for channel, outcomes in channels.items():
        counted = (f"{outcome.words} {listed(outcomes[outcome])}" for outcome in Outcome if outcome in outcomes)
        yield Item(term=channel, text="; ".join(counted))


def _build_claim_change(change: ClaimChange) -> Item:
    values = []
    for value in change.values:
        gone = change.direction is Direction.VANISHED
        whole = value.before if gone else value.after
        changed = _join_sides(value.before, value.after) if change.direction is Direction.CHANGED else whole
        values.append(f"{value.name} {changed}")
    text = f"{_APPEARANCE[change.direction]} on {listed(change.channels)}: {'; '.join(values)}"
    return Item(term=change.safeguard.full_title, text=text)


def _build_evidence_change(change: EvidenceChange) -> Item:
    text = f"{_APPEARANCE[change.direction]} on {listed(change.channels)}: {change.ref} ({change.type})"
    if change.before or change.after:
        doubts = (None if doubt is None else doubt or "confirmed" for doubt in (change.before, change.after))
        text += f": {', then '.join(filter(None, doubts))}"
    return Item(term=change.safeguard.full_title, text=text)


def _build_plan_finding_change(change: PlanFindingChange) -> Item:
    finding = change.finding
    level = _join_sides(change.before.level, change.after.level) if change.before and change.after else finding.level
    on = f" on {finding.channel}" if finding.channel else ""
    return Item(term=finding.kind, text=f"{_APPEARANCE[change.direction]} {level}{on}: {finding.message}")


# --- data -----------------------------------------------------------------------------------------------------------


def _collect_differences(differences: Differences, question: Question) -> dict[str, Any]:
    report = differences.after.report
    of = {"safeguard": "safeguard.id", "change": "direction"}
    return {
        "schema_version": 1,
        **pick(question, "kind changes"),
        **pick(report, "as_of"),
        "catalog": name_catalog(report.catalog),
        "before": select_outline(differences.before),
        "after": select_outline(differences.after),
        "differs": not differences.is_empty,
        "errors": pick_each(find_problems(differences), "rule subject message remedy"),
        "regressions": pick_each(list_regressions(differences), "kind subject message"),
        "profile": _collect_values(differences.profile),
        "channels": list(_collect_channels(differences)),
        "outcomes": pick_each(differences.outcomes, "channel before after", slug="safeguard.slug", **of),
        "claims": [
            pick(claim, "channels", **of) | {"values": _collect_values(claim.values)} for claim in differences.claims
        ],
        "evidence": pick_each(differences.evidence, "channels ref type before after", **of),
        "alternatives": [{"id": name, "change": move} for name, move in differences.alternatives],
        "reworded": list(differences.reworded),
        "waivers": list(map(_collect_waiver_change, differences.waivers)),
        "plan_findings": pick_each(
            differences.plan_findings,
            rule="finding.kind",
            channel="finding.channel",
            message="finding.message",
            change="direction",
            before="before.level",
            after="after.level",
        ),
        "now_required": [safeguard.id for safeguard in differences.now_required],
        "no_longer_required": [safeguard.id for safeguard in differences.no_longer_required],
    }


def _collect_waiver_change(change: WaiverChange) -> dict[str, Any]:
    fields = "channels reason owner granted expires"
    return {
        **pick(change, safeguard="waiver.safeguard", change="direction"),
        "before": change.before and pick(change.before, fields),
        "after": change.after and pick(change.after, fields),
    }


def _collect_values(values: Iterable[ValueChange]) -> dict[str, Any]:
    return {value.name: pick(value, "before after") for value in values}


def _collect_channels(differences: Differences) -> Iterable[dict[str, Any]]:
    raised = {change.channel for change in find_raised_access(differences)}
    for change in differences.channels:
        fields = pick(change, id="channel", change="direction", before="before.id", after="after.id")
        yield {**fields, "raises_access": change.channel in raised, "values": _collect_values(change.values)}
