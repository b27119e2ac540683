"""The report as GitHub-flavoured Markdown, to hand to a reader. Filled from plain data by a template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aisafe_cli.domain._record import as_dict
from aisafe_cli.domain.catalog import EFFORTS
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.errors import RequestError
from aisafe_cli.evaluation.evidence import STATE_WORDS, count_evidence
from aisafe_cli.evaluation.stages import list_openings
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import explain_outcomes, is_small, list_rows, to_words
from aisafe_cli.reporters.facts import describe_policy
from aisafe_cli.reporters.layout import cut_between_lines
from aisafe_cli.reporters.report_data import as_data, collect_result, collect_row, describe_raised
from aisafe_cli.reporters.templates import PackagedLoader
from aisafe_cli.text.escape import markdown_safe
from aisafe_cli.text.links import link_sources
from aisafe_cli.text.unicode import find_forbidden_characters

_LIMITS = REPORTERS["markdown"].limits


def render(run: Run, view: View) -> Iterable[str]:
    """Return the run as Markdown, in blocks: a built-in kind, or a template.

    Raises RequestError where the template is at fault.
    """
    environment = create_sandbox()
    told = _choose_places(run, view)
    plans = _collect_plans(map(run.results.__getitem__, told))
    context = {
        "run": as_data(run, with_plans=view.template is not None),
        "rows": sorted(map(collect_row, run.results), key=lambda row: row["passed"]),
        "most": _LIMITS["plans"],
        "failing": sum(not one.passed for one in run.judgments),
        "told": len(told),
    }
    if view.template is None:
        pieces: Iterable[str] = environment.get_template(f"{view.kind}.md.j2").generate(context, plans=plans)
    else:
        pieces = [_fill(environment, view.template, view.template_path, {**context, "plans": list(plans)})]
    return (re.sub(r"\n{3,}", "\n\n", block) for block in cut_between_lines(pieces))


def _collect_plans(results: Iterable[Result]) -> Iterable[Mapping[str, Any]]:
    """Yield what the template needs of one plan after the other, so that of many only one is held."""
    backgrounds: dict[tuple[int, int], Mapping[str, Any]] = {}
    for result in results:
        yield _collect_plan(result, backgrounds)


def _collect_plan(result: Result, backgrounds: dict[tuple[int, int], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what the template needs of a plan; `backgrounds` holds what plans of one catalog share."""
    report, plan = result.report, collect_result(result)
    key = id(report.catalog), id(report.ladder)
    if key not in backgrounds:
        backgrounds[key] = _collect_background(report)
    levels = backgrounds[key]["rungs_by_id"]
    return {
        **plan,
        **backgrounds[key],
        "owners": _list_owners(report.plan),
        "rungs": [levels[name] for name in levels if name in _list_opened(report)],
        "opening": list(_collect_openings(report, plan["channels"])),
        "adopted": [adoption["id"] for adoption in plan["alternatives"] if adoption["counts"]],
        "policy": describe_policy(result.verdict.policy),
        "deciding": {row.subject: row.deciding for row in list_rows(result)},
        "more_capable": describe_raised(plan["verdict"]),
        "is_small": is_small(report),
        "meanings": explain_outcomes(one.outcome for one in report.results),
        "evidence_tally": count_evidence(report.plan),
    }


def _choose_places(run: Run, view: View) -> Sequence[int]:
    """Return the places of results that are told in full: of many the failing ones, and in a summary a few of them."""
    every = range(len(run.judgments))
    if view.template is not None or view.kind not in ("report", "summary") or len(every) == 1:
        return every
    failing = [place for place in every if not run.judgments[place].passed]
    if view.kind == "summary":
        return failing[: _LIMITS["summary"]]
    return failing if len(every) > _LIMITS["in_full"] else every


@cache
def create_sandbox() -> ImmutableSandboxedEnvironment:
    """Return an environment in which every value is escaped. A template can neither reach nor change anything else."""
    environment = ImmutableSandboxedEnvironment(
        loader=PackagedLoader(),
        autoescape=False,  # that would escape for HTML; every value passes `finalize` instead
        finalize=_escape_value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "fraction": _show_fraction,
        "coverage": _show_coverage,
        "words": to_words,
        "listed": ", ".join,
        "phrases": "; ".join,
        "state": STATE_WORDS.__getitem__,
        "effort": EFFORTS.__getitem__,
        "sources": lambda locator: _Written(link_sources(locator)),
    }
    return environment


def _fill(environment: ImmutableSandboxedEnvironment, source: str, path: str, context: Mapping[str, Any]) -> str:
    # An overlay without a loader, so that a template can include no other file.
    alone = environment.overlay(loader=None)
    try:
        text = alone.from_string(source).render(context)
    except TemplateSyntaxError as error:
        raise RequestError(f"{path}:{error.lineno}: the template is not valid: {error.message}") from error
    except _TEMPLATE_ERRORS as error:
        raise RequestError(f"{path}: the template cannot be filled: {error}") from error
    for _, name in find_forbidden_characters(text):
        raise RequestError(f"{path}: the template writes the character {name}, which a report must not contain")
    return text


# What an expression of a template can raise when it is filled, and Python on compiling what it was translated to.
_TEMPLATE_ERRORS = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NameError,  # infinity becomes a name in what a template is translated to
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


class _Written:
    """Markdown of ours, which needs no escaping any more."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def _escape_value(value: object) -> object:
    return markdown_safe(value) if isinstance(value, str) else value


def _collect_background(report: Report) -> Mapping[str, Any]:
    """Return what the catalog and the ladder say of what plans meet, as plain copies."""
    catalog, ladder = as_dict(report.catalog), as_dict(report.ladder)
    return {
        "safeguards": {entry["id"]: entry for entry in catalog["safeguards"]},
        "alternatives_by_id": catalog["alternatives"],
        "references": catalog["references"],
        "inferences": catalog["inferences"],
        "requirements_reason": catalog["requirements"]["reason"],
        "modes": ladder["modes"],
        "rungs_by_id": ladder["access_levels"],
    }


def _list_owners(plan: Plan) -> list[tuple[str, list[str]]]:
    """Return who is responsible for claims and waivers, each with the safeguards that they are on."""
    named = [(claim.owner, safeguard) for safeguard, claims in plan.claims.items() for claim in claims]
    named += [(waiver.owner, waiver.safeguard) for waiver in plan.waivers]
    owners: dict[str, list[str]] = {}
    for owner, safeguard in named:
        if owner and safeguard not in owners.setdefault(owner, []):
            owners[owner].append(safeguard)
    return list(owners.items())


def _collect_openings(report: Report, channels: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Return the channels as they open, each with the safeguards that it is the first to rule out."""
    by_id = {channel["id"]: channel for channel in channels}
    for opening in list_openings(report):
        ended = [finding.safeguard.id for finding in opening.ends]
        yield {**by_id[opening.channel.channel.id], "first_to_rule_out": ended}


def _list_opened(report: Report) -> set[str]:
    return {channel.access_level.id for channel in report.channels}


def _show_fraction(score: Mapping[str, Any]) -> str:
    if score["percent"] is None:
        return "0 of 0"
    return f"{score['numerator']} of {score['denominator']} ({score['percent']}%)"


def _show_coverage(coverage: Mapping[str, Any]) -> str:
    if coverage["percent"] is None:
        return "none"
    counted = coverage["satisfied"] + coverage["partial"] / 2
    return f"{counted:g} of {coverage['applicable']} ({coverage['percent']}%)"
