"""A run as plain data, version 1: the JSON report, and what templates are filled from. Keys are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from aisafe_cli.analysis.sensitivity import CapabilityVerdict, describe_sensitivity, list_sensitivity
from aisafe_cli.domain.catalog import Catalog, Flag
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Level
from aisafe_cli.domain.plan import Evidence, License, Plan, Position
from aisafe_cli.domain.policy import CatalogIdentity, EvaluationOverrides, Policy
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.domain.score import Coverage, Scores
from aisafe_cli.domain.verdict import AppliedWaiver, Overall, Result, Run, Tally, Verdict, WaiverState
from aisafe_cli.evaluation.evidence import list_adopted
from aisafe_cli.gate.baseline import describe_tally, find_entries
from aisafe_cli.gate.next_steps import list_next_steps
from aisafe_cli.reporters.entries import describe_overall
from aisafe_cli.text.annotations import Any

SCHEMA_VERSION = 1
_TALLY = " ".join(Tally.__annotations__)
_SCORE = "numerator denominator percent"


def as_data(run: Run, *, with_plans: bool = True) -> dict[str, Any]:
    """Return the run as plain data, with its plans or without."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "aisafe-cli", "version": run.version},
        "complete": run.complete,
        "exit_code": int(run.exit_code),
        "errors": list(run.unreadable),
        **({"notes": list(run.notes)} if run.notes else {}),
        "as_of_from": run.as_of_from,
        **({"plans": list(map(collect_result, run.results))} if with_plans else {}),
        "files": pick_each(run.files, "path purpose origin sha256 size"),
        **({"overall": list(map(_collect_overall, run.plans))} if run.has_several_catalogs else {}),
    }


def _collect_overall(plan: Overall) -> dict[str, Any]:
    """Return the verdict on a plan by all catalogs together, and by each of them."""
    judged = [
        {"catalog": one.guidance, "asked": True, "passed": one.passed, "gates": one.gates, "reason": None}
        for one in plan.judgments
    ]
    silent = [
        {"catalog": one.guidance, "asked": False, "passed": None, "gates": False, "reason": one.reason}
        for one in plan.not_asked
    ]
    return {**pick(plan, "path passed"), "catalogs": [*judged, *silent], "summary": describe_overall(plan)}


def collect_row(result: Result) -> dict[str, Any]:
    """Return what a table of many plans says of one."""
    report = result.report
    levels = [finding.level for finding in report.findings] + [finding.level for finding in report.plan_findings]
    return {
        "path": report.plan.path,
        "guidance": result.guidance,
        "passed": result.verdict.passed,
        "errors": levels.count(Level.ERROR),
        "warnings": levels.count(Level.WARNING),
        "coverage": _collect_coverage(report.scores.coverage),
    }


def select_outline(result: Result) -> dict[str, Any]:
    """Return what stands for a judged plan where several are set beside each other: all but its lists."""
    data = collect_result(result)
    return {name: data[name] for name in ("path", "sha256", "model", "profile", "release", "scores", "verdict")}


def name_catalog(catalog: Catalog | CatalogIdentity) -> dict[str, Any]:
    """Return which catalog something was judged against."""
    return pick(catalog, "id version sha256")


def pick(thing: object, names: str = "", **paths: str) -> dict[str, Any]:
    """Return attributes of a thing: some by their names, with spaces between, others by a path and under another name.

    Dates become text and tuples lists; where something on a path is None, so is what lies beyond it.
    """
    data = {name: _to_plain(getattr(thing, name)) for name in _split_words(names)}
    for key, path in paths.items():
        value: Any = thing
        for name in path.split("."):
            value = None if value is None else getattr(value, name)
        data[key] = _to_plain(value)
    return data


@cache
def _split_words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def _to_plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def pick_each(things: Iterable[object], names: str = "", **paths: str) -> list[dict[str, Any]]:
    """Return the same attributes of each thing."""
    return [pick(thing, names, **paths) for thing in things]


# --- one plan -------------------------------------------------------------------------------------------------------


def collect_result(result: Result) -> dict[str, Any]:
    """Return one result as plain data."""
    report, plan, verdict = result.report, result.report.plan, result.verdict
    partition = report.partition
    return {
        **pick(plan, "path place sha256"),
        **(pick(result, "guidance gates") if result.guidance else {}),
        **pick(report, "as_of grade"),
        "catalog": _collect_catalog(report),
        "stage": collect_stage(report),
        "model": {
            **pick(plan.model, "name version developer parameters base_model_relation purl", base_model="base_models"),
            "capability_evidence": _collect_evidence(plan.model.capability_evidence),
        },
        "profile": {
            **pick(plan.organization, "role size"),
            **pick(plan, "undeclared pinned", capability="model.capability"),
            "counts_as": report.capability.counts_as,
        },
        "release": pick(report, "mode", decided_by="decided_by.id", access="decided_by.access"),
        "channels": [_collect_channel(channel, report) for channel in report.channels],
        "alternatives": list(_collect_adoptions(plan)),
        "findings": [_collect_finding(finding, report, verdict) for finding in report.findings],
        "plan_findings": [_collect_plan_finding(finding, plan, verdict) for finding in report.plan_findings],
        "scores": _collect_scores(report.scores, verdict.coverage_with_waivers),
        "lowest_coverage": pick(report.lowest_coverage, _SCORE),
        "partition": {
            **pick(partition, "done to_do not_asked"),
            "cannot_work": pick(partition, "replaced not_replaced claimed_all_the_same"),
        },
        "verdict": _collect_verdict(result),
    }


def _collect_catalog(report: Report) -> dict[str, Any]:
    document = "identifier title publisher status published part later_versions sha256"
    return {
        **pick(report.catalog, "id version title path sha256"),
        "ladder_sha256": report.ladder.sha256,
        "document": pick(report.catalog.document, document),
    }


def collect_stage(report: Report) -> dict[str, Any] | None:
    """Return the day up to which channels were judged, and those that open later; None where all were."""
    if report.cut is None:
        return None
    return {"date": report.cut.day.isoformat(), "left_out": pick_each(report.cut.left_out, "id access opens")}


def _collect_adoptions(plan: Plan) -> Iterable[dict[str, Any]]:
    counted = list_adopted(plan)
    for adoption in sorted(plan.adoptions, key=lambda adoption: adoption.id):
        evidence = _collect_evidence(adoption.evidence)
        yield {**pick(adoption, "id note"), "evidence": evidence, "counts": adoption.id in counted}


def _collect_evidence(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [
        {**pick(piece, "ref type date result by sha256 state"), "problem": piece.problem or None} for piece in evidence
    ]


def _collect_channel(channel: ChannelReport, report: Report) -> dict[str, Any]:
    role, access_level = report.plan.organization.role, channel.access_level
    flags = {safeguard.id: safeguard.judgement_on(role, access_level).flag for safeguard in report.catalog.safeguards}
    return {
        **pick(channel.channel, "id opens closes operator url gated variant audience"),
        **pick(access_level, "rank mode", access="id"),
        "license": _collect_license(channel.channel.license),
        "rules_out": [name for name, flag in flags.items() if flag is Flag.INCOMPATIBLE],
        "scores": _collect_scores(channel.scores),
    }


def _collect_license(granted: License | None) -> dict[str, Any] | None:
    if granted is None:
        return None
    return {**pick(granted, "id name url"), "class": granted.declared_class or granted.derived_class}


def _collect_scores(scores: Scores, with_waivers: Coverage | None = None) -> dict[str, Any]:
    data = {name: pick(getattr(scores, name), _SCORE) for name in ("possible", "addressed", "evidenced")}
    data["coverage"] = _collect_coverage(scores.coverage)
    return data if with_waivers is None else {**data, "coverage_with_waivers": _collect_coverage(with_waivers)}


def _collect_coverage(coverage: Coverage) -> dict[str, Any]:
    return {**pick(coverage.score, _SCORE), **pick(coverage, "satisfied partial applicable")}


# --- findings -------------------------------------------------------------------------------------------------------


def _collect_finding(finding: Finding, report: Report, verdict: Verdict) -> dict[str, Any]:
    safeguard = finding.safeguard
    waivers = sorted(verdict.waivers_on(safeguard.id), key=lambda applied: applied.state is not WaiverState.IN_FORCE)
    collected = [_collect_waiver(applied, verdict) for applied in waivers]
    return {
        **pick(safeguard, "slug title binds effort", safeguard="id"),
        **pick(finding, "outcome level required grade reason remedy"),
        "too_late": finding.too_late is not None,
        "blocking": safeguard.id in verdict.blocking,
        "location": _locate(report.plan, finding.position),
        "channels": {one.channel: _collect_channel_result(one, safeguard.id, verdict) for one in finding.channels},
        "alternatives": [
            {**pick(report.catalog.alternatives[name], "id title strength effort"), "adopted": name in finding.adopted}
            for name in safeguard.alternatives
        ],
        "waiver": collected[0] if collected else None,
        "waivers": collected,
        "baseline": _collect_carried(verdict, safeguard.id),
        **({"parts": [_collect_finding(part, report, verdict) for part in finding.parts]} if finding.parts else {}),
    }


def _collect_channel_result(result: ChannelResult, safeguard: str, verdict: Verdict) -> dict[str, Any]:
    claim = result.claim
    return {
        **pick(result, "outcome why flag level required reason remedy", too_late_since="too_late"),
        "blocking": (safeguard, result.channel) in verdict.blocked_on,
        "claim": claim
        and {
            **pick(claim, "status against owner note", line="position.line"),
            "evidence": _collect_evidence(claim.evidence),
            **({"answered_by": claim.answered_by} if claim.answered_by else {}),
        },
    }


def _collect_waiver(applied: AppliedWaiver, verdict: Verdict) -> dict[str, Any]:
    lifts = applied.waiver in verdict.lifting
    return {**pick(applied.waiver, "reason owner granted expires channels"), "state": applied.state, "lifts": lifts}


def _collect_plan_finding(finding: PlanFinding, plan: Plan, verdict: Verdict) -> dict[str, Any]:
    return {
        **pick(finding, "level message remedy channel", rule="kind"),
        "baseline": _collect_carried(verdict, finding.kind, finding.channel),
        "location": _locate(plan, finding.position),
    }


def _locate(plan: Plan, position: Position) -> dict[str, Any]:
    return {"path": plan.path, "line": position.line, "column": position.column}


def _collect_carried(verdict: Verdict, subject: str, channel: str | None = None) -> dict[str, Any] | None:
    """Return what the baseline records of a block that it carries: a safeguard's, or a rule's on a channel."""
    entries = find_entries(verdict, subject, channel)
    if not entries or verdict.baseline is None:
        return None
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    worst = min(outcomes, key=OUTCOME_ORDER.__getitem__, default=None)
    return {**pick(verdict.baseline, "recorded reason"), "outcome": worst}


# --- the verdict ----------------------------------------------------------------------------------------------------


def _collect_verdict(result: Result) -> dict[str, Any]:
    verdict, baseline = result.verdict, result.verdict.baseline
    return {
        **pick(verdict, "passed blocking unsatisfied waived carried notices headline"),
        "baseline": baseline
        and {**pick(baseline, "recorded reason names_plan"), "catalog": name_catalog(baseline.catalog)},
        "tally": {**pick(verdict.tally, _TALLY), "summary": list(describe_tally(verdict))},
        "next_steps": pick_each(list_next_steps(result.report, verdict), "subject effort effort_words title action"),
        "sensitivity": pick_each(list_sensitivity(result), "capability passed blocking"),
        "policy": {
            **collect_policy(verdict.policy, result.report.overrides),
            "configuration": verdict.policy.configuration,
        },
    }


def describe_raised(verdict: Mapping[str, Any]) -> str:
    """Return what the data of a verdict say of higher capabilities, in a line, or nothing."""
    raised = (CapabilityVerdict(**one) for one in verdict["sensitivity"])
    return describe_sensitivity(raised, verdict["blocking"])


def collect_policy(policy: Policy, overrides: EvaluationOverrides) -> dict[str, Any]:
    """Return what blocks, wherever it was set."""
    return {
        **pick(policy, "strict fail_under honour_waivers max_waiver_days"),
        "must_satisfy": {place: list(ids) for place, ids in policy.must_satisfy},
        "require": sorted(overrides.required),
        "recommend": sorted(overrides.recommended),
        "evidence": {
            "require_for_capability": sorted(overrides.evidence_for),
            "max_age_days": overrides.age_limits.days,
            "by_safeguard": dict(overrides.age_limits.by_safeguard),
        },
    }
