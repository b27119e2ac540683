"""A plan's stages: a chart, and what changes with each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from aisafe_cli.analysis.timeline import SafeguardChange, Stage, Timeline
from aisafe_cli.domain._record import replace
from aisafe_cli.reporters.entries import explain_outcomes
from aisafe_cli.reporters.facts import (
    describe_plan,
    describe_policy,
    describe_profile,
    describe_source,
    name_model,
)
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Drawing, Grid, Page, Section, write_table
from aisafe_cli.reporters.pages.charts import TooLarge, draw_chart, draw_gantt, measure_margin
from aisafe_cli.reporters.pages.stage_section import (
    build_stage,
    describe_begin,
    group_evidence,
    list_events,
    list_open,
)
from aisafe_cli.reporters.report_data import name_catalog, pick, pick_each
from aisafe_cli.text.wording import capitalize

_COLUMNS = ("stage", "from", "what happens", "open", "mode", "verdict", "no longer in force", "ineffective", "blocks")
_RATCHET = "Openness only grows: a channel that has closed still counts in the mode and in the verdict."


def render_timeline(name: str, timeline: Timeline, width: int = WIDTH) -> str:
    """Return the timeline in one of the formats of pages."""
    if name == "json":
        return as_json(_collect_timeline(timeline))
    chart = tuple(_draw_markdown(timeline) if name == "markdown" else draw_chart(timeline, width))
    return _build_timeline(timeline, Drawing(text=chart, markdown=chart)).render(name, width)


def _build_timeline(timeline: Timeline, chart: Drawing) -> Page:
    outcomes = chain.from_iterable(stage.verdict.outcomes.values() for stage in timeline.stages if stage.verdict)
    explained = capitalize(explain_outcomes(outcomes))
    return Page(
        title=f"Stages of {name_model(timeline.plan.model)}",
        facts=_list_timeline_facts(timeline),
        sections=(
            Section(drawing=chart, paragraphs=tuple(filter(None, (_RATCHET, explained)))),
            *(build_stage(stage, timeline) for stage in timeline.stages),
        ),
    )


def _list_timeline_facts(timeline: Timeline) -> Mapping[str, str]:
    plan, first = timeline.plan, timeline.stages[0]
    policy = replace(timeline.policy, fail_under=max(timeline.policy.fail_under, plan.fail_under))
    start = "" if first.day else f", the first one as of {first.as_of.isoformat()}"
    return {
        "Plan": describe_plan(plan),
        "Profile": describe_profile(plan),
        "Policy": describe_policy(policy),
        "Judged": f"each stage on what is open by then, as of its first day{start}, against"
        f" {describe_source(timeline.catalog)}",
        "As of": f"{timeline.as_of.isoformat()}, {_describe_current(timeline)}",
    }


def _describe_current(timeline: Timeline) -> str:
    if timeline.current == 0:
        return "before the first stage: no channel is open yet"
    return f"in stage {timeline.current} of {len(timeline.stages)}"


def _draw_markdown(timeline: Timeline) -> Iterable[str]:
    """Yield a Mermaid chart, unless it would be too large, and a table of the stages."""
    try:
        chart = draw_gantt(timeline)
    except TooLarge:
        yield from ("There are too many stages for a drawing.", "")
    else:
        days = measure_margin(timeline)
        yield from ("```mermaid", *chart.split("\n"), "```", "")
        yield (
            f"A bar without a first or a last day runs to the edge of the drawing, {days} days before the first day"
            f" that the plan names and {days} after the last."
        )
        yield ""
    rows = tuple(_build_stage_row(stage, timeline) for stage in timeline.stages)
    yield from (*write_table(Grid(columns=_COLUMNS, rows=rows)), "")


def _build_stage_row(stage: Stage, timeline: Timeline) -> tuple[str, ...]:
    return (
        str(stage.number),
        describe_begin(stage),
        " ".join(list_events(stage, timeline)),
        list_open(stage),
        stage.verdict.mode if stage.verdict else "",
        stage.verdict_word,
        ", ".join(change.safeguard.id for change in stage.of_kind("stops")),
        ", ".join(dict.fromkeys(one.safeguard.id for one in stage.ineffective)),
        ", ".join(stage.verdict.blocking) if stage.verdict else "",
    )


# --- data -----------------------------------------------------------------------------------------------------------


def _collect_timeline(timeline: Timeline) -> dict[str, Any]:
    plan, policy = timeline.plan, timeline.policy
    profile = {**pick(plan.organization, "role size"), **pick(plan, "undeclared", capability="model.capability")}
    return {
        "schema_version": 1,
        **pick(plan, "path sha256"),
        "model": pick(plan.model, "name version"),
        "profile": profile,
        "catalog": name_catalog(timeline.catalog),
        "policy": {**pick(policy, "strict honour_waivers"), "fail_under": max(policy.fail_under, plan.fail_under)},
        **pick(timeline, "as_of"),
        "current": timeline.current or None,
        "stages": [_collect_stage(stage, timeline) for stage in timeline.stages],
    }


def _collect_stage(stage: Stage, timeline: Timeline) -> dict[str, Any]:
    verdict, waiver = stage.verdict, "safeguard channels granted expires"
    return {
        **pick(stage, "number until as_of"),
        "from": stage.day and stage.day.isoformat(),
        "opens": pick_each(stage.opens, "id access variant"),
        "closes": [
            {**pick(channel, "id access"), "recalls_nothing": timeline.recalls_nothing(channel)}
            for channel in stage.closes
        ],
        "waivers_begin": pick_each(stage.waivers_begin, waiver),
        "waivers_end": pick_each(stage.waivers_end, waiver),
        "evidence": list(_collect_evidence_turns(stage)),
        "open": [channel.id for channel in stage.open],
        "not_judged": stage.not_judged or None,
        "release": verdict and pick(verdict, "mode", decided_by="decided_by.id", access="decided_by.access"),
        "verdict": verdict and pick(verdict, "passed blocking waived headline"),
        "outcomes": verdict.outcomes if verdict else {},
        "too_late": timeline.list_too_late(stage),
        "changes": list(map(_collect_change, stage.changes)),
        "held": pick_each(stage.held, "reason", safeguard="safeguard.id"),
        "ineffective": pick_each(stage.ineffective, "channels line reason already", safeguard="safeguard.id"),
    }


def _collect_evidence_turns(stage: Stage) -> Iterable[dict[str, Any]]:
    for (ref, is_too_old), turns in group_evidence(stage):
        change = "too_old" if is_too_old else "counts"
        yield {"ref": ref, "change": change, "for": [turn.subject for turn in turns]}


def _collect_change(change: SafeguardChange) -> dict[str, Any]:
    fields = pick(change, "kind before after", safeguard="safeguard.id", title="safeguard.title")
    channels = {channel.channel: pick(channel, "before after") for channel in change.channels}
    return {**fields, "channels": channels}
