"""A cheap way to a pass, and how far the plan gets as it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aisafe_cli.analysis.suggest.remedies import name_channels
from aisafe_cli.analysis.suggest.search import AccessVerdict, PassingPart, Route, RouteStep, Suggestion
from aisafe_cli.domain.catalog import EFFORTS, Catalog, Mode
from aisafe_cli.domain.report import Finding
from aisafe_cli.domain.verdict import Verdict, name_verdict
from aisafe_cli.reporters.entries import describe_effort
from aisafe_cli.reporters.facts import list_facts, name_model
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Item, Page, Section
from aisafe_cli.reporters.report_data import name_catalog, pick
from aisafe_cli.text.wording import capitalize, count, listed

_EFFORT = (
    "Effort is the catalog's estimate for starting from nothing: free, an hour, days, weeks, a standing service or"
    " research. Nothing was measured. What is partly done takes less. A decision, an honest answer or a narrower claim"
    " is free. A test is rated like its safeguard: the catalog does not rate tests."
)
_MODELLED = "Each verdict assumes that this step and the ones before it are done, and that the plan says so."
_NOT_PROVEN = "Steps are chosen one at a time, and those that change nothing are removed. A cheaper way may exist."


def render_suggestion(name: str, suggestion: Suggestion, width: int = WIDTH) -> str:
    """Return the suggestion in one of the formats of pages."""
    return (
        as_json(_collect_suggestion(suggestion))
        if name == "json"
        else _build_suggestion(suggestion).render(name, width)
    )


def _build_suggestion(suggestion: Suggestion) -> Page:
    report, verdict = suggestion.result.report, suggestion.result.verdict
    return Page(
        title=f"What would make {name_model(report.plan.model)} pass",
        summary=f"{verdict.headline}.",
        facts=list_facts(report, verdict.policy),
        notices=verdict.notices,
        sections=(
            Section(
                heading=_describe_way(suggestion),
                items=tuple(_build_step_item(step, report.catalog) for step in suggestion.attempt.steps),
                numbered=True,
                paragraphs=tuple(_list_remarks(suggestion)),
            ),
            *_list_access_sections(suggestion),
            Section(heading="Widest stage it could open today", paragraphs=(_describe_widest_stage(suggestion.stage),)),
        ),
    )


def _describe_way(suggestion: Suggestion) -> str:
    route = suggestion.attempt
    if suggestion.result.verdict.passed:
        return "Nothing has to change: this plan passes under this policy"
    steps = f"{count(len(route.steps), 'step')}; {_sum_effort(route)}"
    if suggestion.route:
        return f"A way to pass: {steps}"
    return f"No way to pass was found{f'. The nearest: {steps}' if route.steps else ''}"


def _sum_effort(route: Route) -> str:
    numbers = Counter(EFFORTS[step.remedy.effort] for step in route.steps)
    free, *rest = EFFORTS
    taken = [describe_effort(numbers[words], words) for words in rest if numbers[words]]
    return listed([f"{numbers[free]} free", *taken] if numbers[free] else taken)


def _build_step_item(step: RouteStep, catalog: Catalog) -> Item:
    remedy = step.remedy
    labels = {safeguard.id: safeguard.label for safeguard in catalog.safeguards}
    term = f"{remedy.subject} {labels.get(remedy.subject) or remedy.title} ({EFFORTS[remedy.effort]})"
    return Item(term=term, text=remedy.action, notes=(f"Then {_shorten_verdict(step.verdict)}",))


def _shorten_verdict(verdict: Verdict) -> str:
    return verdict.headline if verdict.passed else f"FAIL: {_name_blockers(verdict)}"


def _name_blockers(verdict: Verdict) -> str:
    verb = "blocks" if len(verdict.blocking) == 1 else "block"
    return f"{', '.join(verdict.blocking)} {verb}." if verdict.blocking else ""


def _list_remarks(suggestion: Suggestion) -> Iterable[str]:
    route, remains = suggestion.route, suggestion.remains
    if route is None:
        yield "Changing capability, size or role, adding a waiver, or dropping a channel is never suggested."
        if remains:
            done = "With these steps done, this remains" if suggestion.attempt.steps else "No step lifts any of this"
            yield f"{done}: {remains.headline}. {capitalize(_name_blockers(remains))}".rstrip()
            yield from (f"{finding.safeguard.id}: {finding.remedy}" for finding in _list_too_late(suggestion))
    if suggestion.attempt.steps:
        yield from (_EFFORT, _MODELLED)
    if route and not route.is_cheapest:
        yield _NOT_PROVEN


def _list_too_late(suggestion: Suggestion) -> Sequence[Finding]:
    """Return the findings that remain because it is too late for them."""
    blocking = suggestion.remains.blocking if suggestion.remains else ()
    findings = suggestion.result.report.findings
    return [finding for finding in findings if finding.too_late and finding.safeguard.id in blocking]


def _list_access_sections(suggestion: Suggestion) -> Iterable[Section]:
    """Yield what is said of other access levels, where that was asked for."""
    if suggestion.access_levels:
        heading = f"Would it pass at another access level? (only {name_channels(suggestion.moved)} moved)"
        yield Section(heading=heading, items=tuple(_group_by_mode(suggestion.access_levels)))


def _group_by_mode(access_levels: Sequence[AccessVerdict]) -> Iterable[Item]:
    """Yield the access levels of each mode, those with the same verdict together."""
    for mode in Mode:
        of_mode = [moved for moved in access_levels if moved.access_level.mode is mode]
        passed = sum(moved.result is not None and moved.result.verdict.passed for moved in of_mode)
        names: dict[tuple[str, str], list[str]] = {}
        for moved in of_mode:
            names.setdefault(_judge_moved(moved), []).append(
                f"{moved.access_level.id}{' (as planned)' if moved.as_planned else ''}"
            )
        notes = (f"{verdict} at {', '.join(at)}{f': {why}' if why else ''}" for (verdict, why), at in names.items())
        yield Item(term=mode, text=f"passes at {passed} of {count(len(of_mode), 'access level')}", notes=tuple(notes))


def _judge_moved(moved: AccessVerdict) -> tuple[str, str]:
    """Return the verdict in a word, and why."""
    if moved.result is None:
        return "Nothing to evaluate", ""
    mode = moved.result.report.mode
    stays = f"The release stays {mode} by another channel." if mode is not moved.access_level.mode else ""
    return name_verdict(moved.result.verdict.passed), f"{_name_blockers(moved.result.verdict)} {stays}".strip()


def _describe_widest_stage(stage: PassingPart | None) -> str:
    if stage is None:
        return "None: no stage of the plan and no single channel passes yet."
    if not stage.left_out:
        return "All of it: the whole plan already passes."
    names = name_channels(list(stage.result.report.access))
    opened = f"What opens by {stage.by.isoformat()}: {names}" if stage.by else f"{names}, without the rest"
    return f"{opened}. Left out: {name_channels(stage.left_out)}. {stage.result.verdict.headline}."


# --- data -----------------------------------------------------------------------------------------------------------

_VERDICT = "passed headline blocking"


def _collect_suggestion(suggestion: Suggestion) -> dict[str, Any]:
    report, verdict, route = suggestion.result.report, suggestion.result.verdict, suggestion.route
    return {
        "schema_version": 1,
        "plan": pick(report.plan, "path sha256", name="model.name"),
        "catalog": name_catalog(report.catalog),
        **pick(report, "as_of"),
        "policy": pick(verdict.policy, "strict fail_under honour_waivers"),
        "verdict": pick(verdict, _VERDICT),
        "way": route and {**pick(route, "effort", proven_cheapest="is_cheapest"), "steps": _collect_steps(route)},
        "remains": suggestion.remains and pick(suggestion.remains, _VERDICT),
        "attempt": None
        if route
        else {**pick(suggestion.attempt, "effort"), "steps": _collect_steps(suggestion.attempt)},
        "too_late": [finding.safeguard.id for finding in _list_too_late(suggestion)],
        "moved": suggestion.moved,
        "rungs": list(map(_collect_moved, suggestion.access_levels)),
        "stage": suggestion.stage and _collect_stage_to_open(suggestion.stage),
    }


def _collect_steps(route: Route) -> list[dict[str, Any]]:
    fields = "kind subject title channels effort action"
    return [
        {**pick(step.remedy, fields, only_if_true="in_doubt"), "verdict": pick(step.verdict, _VERDICT)}
        for step in route.steps
    ]


def _collect_moved(moved: AccessVerdict) -> dict[str, Any]:
    return {
        **pick(
            moved, "as_planned", access="access_level.id", mode="access_level.mode", release_mode="result.report.mode"
        ),
        "verdict": moved.result and pick(moved.result.verdict, _VERDICT),
    }


def _collect_stage_to_open(stage: PassingPart) -> dict[str, Any]:
    channels = list(stage.result.report.access)
    verdict = pick(stage.result.verdict, _VERDICT)
    return {**pick(stage, "left_out", opens_by="by"), "channels": channels, "verdict": verdict}
