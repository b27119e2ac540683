"""The cheapest way to a pass, and how far the plan gets as it stands: text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from aisafe_cli.analysis.suggest.candidates import named
from aisafe_cli.analysis.suggest.search import Path, RungVerdict, Stage, Step, Suggestion
from aisafe_cli.domain.catalog import Mode
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.reporters.layout import as_json, wrapped
from aisafe_cli.text.escape import markdown_safe
from aisafe_cli.text.wording import count

FORMATS = ("table", "markdown", "json")
_EFFORT = (
    "Effort is the catalog's estimate for carrying it out from nothing: 1 an hour's work, 2 days, 3 weeks, 4 a standing"
    " service, 5 research. It was not measured. What is done in part costs less; what is free is a decision, an honest"
    " answer or a narrower claim. A test costs as much as its safeguard, since the catalog has no figure of its own."
)
_MODELLED = (
    "Each verdict is that on the plan as it would read after the step and those before it. It presumes that what the"
    " step says is done before the plan says so."
)
_NOT_PROVEN = "There were too many combinations to try all, so a cheaper way might exist."


def render_suggestion(name: str, suggestion: Suggestion) -> str:
    """Return the suggestion in one of `FORMATS`."""
    if name == "json":
        return as_json(_data(suggestion))
    lines = _markdown(suggestion) if name == "markdown" else _text(suggestion)
    return "\n".join(lines).strip("\n") + "\n"


# --- text -----------------------------------------------------------------------------------------------------------


def _text(suggestion: Suggestion) -> Iterable[str]:
    yield from wrapped(suggestion.result.verdict.headline)
    yield ""
    for name, value in _facts(suggestion):
        yield from wrapped(f"{name:<14}{value}", hanging=14)
    for notice in suggestion.result.verdict.notices:
        yield from wrapped(f"! {notice}", indent=2)
    yield ""
    yield from wrapped(_title(suggestion))
    if suggestion.way:
        for number, step in enumerate(suggestion.way.steps, 1):
            yield from _step_lines(number, step)
    for note in _notes(suggestion):
        yield from ("", *wrapped(note, indent=2))
    yield from ("", *wrapped(_access_levels_title(suggestion)))
    yield from _access_level_lines(suggestion.access_levels)
    yield from ("", *wrapped("Widest stage it could open today"))
    yield from wrapped(_stage(suggestion.stage), indent=2)


def _step_lines(number: int, step: Step) -> Iterable[str]:
    change = step.change
    yield from wrapped(f"{number:>3}. {_step_name(step)}", hanging=5)
    yield from wrapped(change.action, indent=5)
    yield from wrapped(f"Then {_short(step.verdict)}", indent=5)


def _access_level_lines(access_levels: Sequence[RungVerdict]) -> Iterable[str]:
    """Show the rungs of each mode, those with the same verdict together."""
    for mode in Mode:
        of_mode = [one for one in access_levels if one.access_level.mode is mode]
        yield from wrapped(f"{mode}: {_counted(of_mode)}", indent=2)
        together: dict[tuple[str, str], list[str]] = {}
        for one in of_mode:
            name = f"{one.access_level.id} (as planned)" if one.as_planned else one.access_level.id
            together.setdefault(_at_access_level(one), []).append(name)
        for (word, why), names in together.items():
            yield from wrapped(f"{word} at {', '.join(names)}{f': {why}' if why else ''}", indent=4, hanging=6)


# --- Markdown -------------------------------------------------------------------------------------------------------


def _markdown(suggestion: Suggestion) -> Iterable[str]:
    plan = suggestion.result.report.plan
    yield from (f"# What would make {markdown_safe(plan.model.name)} pass", "")
    yield from (f"**{markdown_safe(suggestion.result.verdict.headline)}.**", "")
    yield from (f"- {name}: {markdown_safe(value)}" for name, value in _facts(suggestion))
    yield from (f"- {markdown_safe(notice)}" for notice in suggestion.result.verdict.notices)
    yield from ("", f"## {markdown_safe(_title(suggestion))}")
    if suggestion.way and suggestion.way.steps:
        yield from ("", "| step | effort | what to do | then |", "|---|---|---|---|")
        for number, step in enumerate(suggestion.way.steps, 1):
            todo = f"**{_subject(step)}** {markdown_safe(step.change.action)}"
            yield f"| {number} | {_effort(step)} | {todo} | {markdown_safe(_short(step.verdict))} |"
    for note in _notes(suggestion):
        yield from ("", markdown_safe(note))
    yield from (
        "",
        f"## {markdown_safe(_access_levels_title(suggestion))}",
        "",
        "| mode | rung | verdict |",
        "|---|---|---|",
    )
    yield from map(_access_level_row, suggestion.access_levels)
    yield from ("", "## Widest stage it could open today", "", markdown_safe(_stage(suggestion.stage)))


def _access_level_row(one: RungVerdict) -> str:
    word, why = _at_access_level(one)
    name = f"{one.access_level.id} (as planned)" if one.as_planned else one.access_level.id
    return f"| {one.access_level.mode} | {name} | {markdown_safe(f'{word}: {why}' if why else word)} |"


def _subject(step: Step) -> str:
    return markdown_safe(f"{step.change.subject}: {step.change.title}.")


# --- words ----------------------------------------------------------------------------------------------------------


def _facts(suggestion: Suggestion) -> Iterable[tuple[str, str]]:
    report, policy = suggestion.result.report, suggestion.result.verdict.policy
    plan = report.plan
    left_out = f"; left out: {', '.join(plan.undeclared)}" if plan.undeclared else ""
    version = f" {plan.model.version}" if plan.model.version else ""
    yield "Plan", f"{plan.model.name}{version} ({plan.path})"
    yield (
        "Profile",
        f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability; as the plan declares"
        f" of itself{left_out}",
    )
    yield "Policy", _policy(policy)
    yield "Checked", _checked(report)


def _checked(report: Report) -> str:
    document = report.catalog.document
    return (
        f"as of {report.as_of.isoformat()} against {document.identifier}, {document.status} ({document.published});"
        f" catalog {report.catalog.id} {report.catalog.version}"
    )


def _policy(policy: Policy) -> str:
    parts = ["errors and warnings block" if policy.strict else "errors block"]
    parts += [f"declared coverage of at least {policy.fail_under}%"] if policy.fail_under else []
    parts += [] if policy.honour_waivers else ["waivers are set aside"]
    return "; ".join(parts)


def _title(suggestion: Suggestion) -> str:
    way = suggestion.way
    if way is None:
        return "No set of changes was found that makes this plan pass under this policy"
    if not way.steps:
        return "Nothing has to change: this plan passes under this policy"
    found = "Cheapest way to a pass" if way.proven else "A way to a pass, not shown to be the cheapest"
    return f"{found}: {count(len(way.steps), 'step')}, {_sum(way)}"


def _sum(way: Path) -> str:
    costs = [step.change.effort for step in way.steps if step.change.effort]
    free = len(way.steps) - len(costs)
    if len(costs) + bool(free) < 2:
        return f"effort {way.effort}" if costs else "effort 0 (free)"
    parts = ([f"{free} free"] if free else []) + [" + ".join(map(str, costs))]
    return f"effort {way.effort} ({', '.join(parts)})"


def _notes(suggestion: Suggestion) -> Iterable[str]:
    way = suggestion.way
    if way is None:
        remains = suggestion.remains
        yield "Another capability, size or role, a further waiver or a channel less does not count as a change here."
        if remains:
            yield f"With everything done that could be, this remains: {remains.headline}. {_blockers(remains)}"
    elif way.steps:
        yield from (_EFFORT, _MODELLED)
        if not way.proven:
            yield _NOT_PROVEN


def _step_name(step: Step) -> str:
    return f"{step.change.subject} ({_effort(step)}): {step.change.title}"


def _effort(step: Step) -> str:
    return f"effort {step.change.effort}" if step.change.effort else "free"


def _short(verdict: Verdict) -> str:
    return verdict.headline if verdict.passed else f"FAIL: {_blockers(verdict)}"


def _blockers(verdict: Verdict) -> str:
    one = len(verdict.blocking) == 1
    return f"{', '.join(verdict.blocking)} {'blocks' if one else 'block'}." if verdict.blocking else ""


def _access_levels_title(suggestion: Suggestion) -> str:
    one = len(suggestion.moved) == 1
    return (
        f"Where it would pass as it stands, with its most open channel{'' if one else 's'} ({named(suggestion.moved)})"
        " moved to each rung and nothing else changed"
    )


def _counted(access_levels: Sequence[RungVerdict]) -> str:
    passed = sum(one.result is not None and one.result.verdict.passed for one in access_levels)
    return f"passes at {passed} of {count(len(access_levels), 'access level')}"


def _at_access_level(one: RungVerdict) -> tuple[str, str]:
    """The verdict in a word, and why."""
    if one.result is None:
        return "Nothing to evaluate", ""
    verdict, mode = one.result.verdict, one.result.report.mode
    stays = f"The release stays {mode} by another channel." if mode is not one.access_level.mode else ""
    return "PASS" if verdict.passed else "FAIL", f"{_blockers(verdict)} {stays}".strip()


def _stage(stage: Stage | None) -> str:
    if stage is None:
        return "None: no stage of the plan and no channel alone passes as it stands."
    if not stage.left_out:
        return "All of it: the whole plan passes as it stands."
    names = [one.channel.id for one in stage.result.report.channels]
    if stage.by:
        opened = f"What opens by {stage.by.isoformat()}: {named(names)}"
    else:
        opened = f"{named(names)}, without the rest"
    return f"{opened}. Left out: {named(stage.left_out)}. {stage.result.verdict.headline}."


# --- data -----------------------------------------------------------------------------------------------------------


def _data(suggestion: Suggestion) -> dict[str, Any]:
    report, way = suggestion.result.report, suggestion.way
    policy = suggestion.result.verdict.policy
    return {
        "schema_version": 1,
        "plan": {"path": report.plan.path, "sha256": report.plan.sha256, "name": report.plan.model.name},
        "catalog": {"id": report.catalog.id, "version": report.catalog.version, "sha256": report.catalog.sha256},
        "as_of": report.as_of.isoformat(),
        "policy": {
            "strict": policy.strict,
            "fail_under": policy.fail_under,
            "honour_waivers": policy.honour_waivers,
        },
        "verdict": _verdict(suggestion.result.verdict),
        "way": way
        and {
            "steps": [_step_data(step) for step in way.steps],
            "effort": way.effort,
            "proven_cheapest": way.proven,
        },
        "remains": _verdict(suggestion.remains) if suggestion.remains else None,
        "moved": list(suggestion.moved),
        "rungs": [_access_level_data(one) for one in suggestion.access_levels],
        "stage": _stage_data(suggestion.stage) if suggestion.stage else None,
    }


def _step_data(step: Step) -> dict[str, Any]:
    change = step.change
    return {
        "kind": change.kind,
        "subject": change.subject,
        "title": change.title,
        "channels": list(change.channels),
        "effort": change.effort,
        "only_if_true": change.in_doubt,
        "action": change.action,
        "verdict": _verdict(step.verdict),
    }


def _access_level_data(one: RungVerdict) -> dict[str, Any]:
    return {
        "access": one.access_level.id,
        "mode": one.access_level.mode,
        "as_planned": one.as_planned,
        "release_mode": one.result.report.mode if one.result else None,
        "verdict": _verdict(one.result.verdict) if one.result else None,
    }


def _stage_data(stage: Stage) -> dict[str, Any]:
    return {
        "opens_by": stage.by.isoformat() if stage.by else None,
        "channels": [one.channel.id for one in stage.result.report.channels],
        "left_out": list(stage.left_out),
        "verdict": _verdict(stage.result.verdict),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"passed": verdict.passed, "headline": verdict.headline, "blocking": list(verdict.blocking)}
