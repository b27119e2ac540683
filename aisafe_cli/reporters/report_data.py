"""A run as plain data, version 1: the JSON report, and what templates are filled from. Keys are only ever added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from aisafe_cli.domain.catalog import Catalog, Flag
from aisafe_cli.domain.outcome import OUTCOME_ORDER
from aisafe_cli.domain.plan import Evidence, License, Plan
from aisafe_cli.domain.policy import Baseline, CatalogIdentity, EvaluationOverrides, Policy
from aisafe_cli.domain.report import ChannelReport, ChannelResult, Cutoff, Finding, Partition, PlanFinding, Report
from aisafe_cli.domain.score import Coverage, Score, Scores
from aisafe_cli.domain.verdict import AppliedWaiver, Result, Run, Tally, Verdict, WaiverState
from aisafe_cli.evaluation.evidence import list_adopted
from aisafe_cli.gate.baseline import describe_tally, find_entries
from aisafe_cli.gate.next_steps import list_next_steps

SCHEMA_VERSION = 1
_TALLIED = tuple(field.name for field in fields(Tally))


def as_data(run: Run) -> dict[str, Any]:
    """Return the run as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "aisafe-cli", "version": run.version},
        "complete": run.complete,
        "exit_code": int(run.exit_code),
        "errors": list(run.unreadable),
        "plans": [_result(result) for result in run.results],
        "files": pick_each(run.files, "path purpose origin sha256 size"),
    }


def outline(result: Result) -> dict[str, Any]:
    """Return what stands for a judged plan where several are set beside each other: all but its lists."""
    data = _result(result)
    return {name: data[name] for name in ("path", "sha256", "model", "profile", "release", "scores", "verdict")}


def name_catalog(catalog: Catalog | CatalogIdentity) -> dict[str, Any]:
    """Return which catalog something was judged against."""
    return pick(catalog, "id version sha256")


def pick(thing: object, names: str = "", **paths: str) -> dict[str, Any]:
    """Return attributes of a thing: some by their names, with spaces between, others by a path and under another name.

    Dates become text and tuples lists; where something on a path is None, so is what lies beyond it.
    """
    return {key: _follow(thing, path) for key, path in ({name: name for name in names.split()} | paths).items()}


def pick_each(things: Iterable[object], names: str = "", **paths: str) -> list[dict[str, Any]]:
    """Return the same attributes of each thing."""
    return [pick(thing, names, **paths) for thing in things]


def _follow(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = getattr(thing, name) if thing is not None else None
    if isinstance(thing, date):
        return thing.isoformat()
    return list(thing) if isinstance(thing, tuple) else thing


def _result(result: Result) -> dict[str, Any]:
    report = result.report
    plan = report.plan
    counted = list_adopted(plan)
    return {
        "path": plan.path,
        "sha256": plan.sha256,
        "catalog": _catalog(report),
        "as_of": report.as_of.isoformat(),
        "stage": _stage(report.cut),
        "model": {
            "name": plan.model.name,
            "version": plan.model.version,
            "developer": plan.model.developer,
            "capability_evidence": [_evidence(item) for item in plan.model.capability_evidence],
        },
        "profile": {
            "role": plan.organization.role,
            "size": plan.organization.size,
            "capability": plan.model.capability,
            "counts_as": report.capability.counts_as,
            "undeclared": list(plan.undeclared),
            "pinned": list(plan.pinned),
        },
        "release": {"mode": report.mode, "decided_by": report.decided_by.id, "access": report.decided_by.access},
        "channels": [_channel(channel, report) for channel in report.channels],
        "alternatives": [
            {
                "id": adoption.id,
                "note": adoption.note,
                "evidence": [_evidence(item) for item in adoption.evidence],
                "counts": adoption.id in counted,
            }
            for adoption in sorted(plan.adoptions, key=lambda adoption: adoption.id)
        ],
        "findings": [_finding(finding, report, result.verdict) for finding in report.findings],
        "plan_findings": [_plan_finding(finding, plan, result.verdict) for finding in report.plan_findings],
        "scores": _scores(report.scores, result.verdict.coverage_with_waivers),
        "lowest_coverage": _score(report.lowest_coverage),
        "grade": report.grade,
        "partition": _partition(report.partition),
        "verdict": {
            "passed": result.verdict.passed,
            "blocking": list(result.verdict.blocking),
            "unsatisfied": list(result.verdict.unsatisfied),
            "waived": list(result.verdict.waived),
            "carried": list(result.verdict.carried),
            "baseline": _baseline(result.verdict.baseline),
            "tally": {
                **{name: getattr(result.verdict.tally, name) for name in _TALLIED},
                "summary": list(describe_tally(result.verdict)),
            },
            "next_steps": [
                {"subject": step.subject, "effort": step.effort, "title": step.title, "action": step.action}
                for step in list_next_steps(report, result.verdict)
            ],
            "notices": list(result.verdict.notices),
            "headline": result.verdict.headline,
            "policy": _policy(result.verdict.policy, report.overrides),
        },
    }


def _partition(partition: Partition) -> dict[str, Any]:
    return {
        "done": list(partition.done),
        "to_do": list(partition.to_do),
        "cannot_work": {
            name: list(getattr(partition, name)) for name in ("replaced", "not_replaced", "claimed_all_the_same")
        },
        "not_asked": list(partition.not_asked),
    }


def _policy(policy: Policy, rules: EvaluationOverrides) -> dict[str, Any]:
    return {
        "configuration": policy.configuration,
        "strict": policy.strict,
        "fail_under": policy.fail_under,
        "honour_waivers": policy.honour_waivers,
        "blocks": {"error": list(policy.error_outcomes), "warning": list(policy.warning_outcomes)},
        "must_satisfy": {place: list(ids) for place, ids in policy.must_satisfy},
        "require": sorted(rules.required),
        "recommend": sorted(rules.recommended),
        "max_waiver_days": policy.max_waiver_days,
        "evidence": {
            "require_for_capability": sorted(rules.evidence_for),
            "max_age_days": rules.age_limits.days,
            "by_safeguard": dict(rules.age_limits.by_safeguard),
        },
    }


def _baseline(baseline: Baseline | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    return {
        "recorded": baseline.recorded.isoformat(),
        "reason": baseline.reason,
        "names_plan": baseline.names_plan,
        "catalog": {
            "id": baseline.catalog.id,
            "version": baseline.catalog.version,
            "sha256": baseline.catalog.sha256,
        },
    }


def _carried(verdict: Verdict, subject: str, channel: str | None = None) -> dict[str, Any] | None:
    """Return what the baseline records of a block that it carries: a safeguard's, or a rule's on a channel."""
    entries = find_entries(verdict, subject, channel)
    if not entries or verdict.baseline is None:
        return None
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    return {
        "recorded": verdict.baseline.recorded.isoformat(),
        "outcome": min(outcomes, key=OUTCOME_ORDER.__getitem__, default=None),
        "reason": verdict.baseline.reason,
    }


def _catalog(report: Report) -> dict[str, Any]:
    catalog: Catalog = report.catalog
    document = catalog.document
    return {
        "id": catalog.id,
        "version": catalog.version,
        "title": catalog.title,
        "path": catalog.path,
        "sha256": catalog.sha256,
        "ladder_sha256": report.ladder.sha256,
        "document": {
            "identifier": document.identifier,
            "title": document.title,
            "publisher": document.publisher,
            "status": document.status,
            "published": document.published,
            "part": document.part,
            "later_versions": document.later_versions,
            "sha256": document.sha256,
        },
    }


def _stage(cut: Cutoff | None) -> dict[str, Any] | None:
    if cut is None:
        return None
    left_out = [{"id": one.id, "access": one.access, "opens": _day(one.opens)} for one in cut.left_out]
    return {"date": cut.day.isoformat(), "left_out": left_out}


def _channel(channel: ChannelReport, report: Report) -> dict[str, Any]:
    return {
        "id": channel.channel.id,
        "access": channel.access_level.id,
        "rank": channel.access_level.rank,
        "mode": channel.access_level.mode,
        "opens": _day(channel.channel.opens),
        "closes": _day(channel.channel.closes),
        "operator": channel.channel.operator,
        "url": channel.channel.url,
        "gated": channel.channel.gated,
        "license": _license(channel.channel.license),
        "rules_out": [
            safeguard.id
            for safeguard in report.catalog.safeguards
            if safeguard.judgement_on(report.plan.organization.role, channel.access_level).flag is Flag.INCOMPATIBLE
        ],
        "variant": channel.channel.variant,
        "audience": channel.channel.audience,
        "scores": _scores(channel.scores),
    }


def _license(granted: License | None) -> dict[str, Any] | None:
    if granted is None:
        return None
    declared = granted.declared_class or granted.derived_class
    return {"id": granted.id, "name": granted.name, "url": granted.url, "class": declared}


def _finding(finding: Finding, report: Report, verdict: Verdict) -> dict[str, Any]:
    safeguard = finding.safeguard
    catalog = report.catalog
    in_force_first = sorted(
        verdict.waivers_on(safeguard.id), key=lambda applied: applied.state is not WaiverState.IN_FORCE
    )
    waivers = [_waiver(applied, verdict) for applied in in_force_first]
    return {
        "safeguard": safeguard.id,
        "slug": safeguard.slug,
        "title": safeguard.title,
        "binds": safeguard.binds,
        "effort": safeguard.effort,
        "outcome": finding.outcome,
        "level": finding.level,
        "required": finding.required,
        "grade": finding.grade,
        "too_late": finding.too_late is not None,
        "blocking": safeguard.id in verdict.blocking,
        "reason": finding.reason,
        "remedy": finding.remedy,
        "location": {"path": report.plan.path, "line": finding.position.line, "column": finding.position.column},
        "channels": {result.channel: _channel_result(result, safeguard.id, verdict) for result in finding.channels},
        "alternatives": [
            {
                "id": name,
                "title": catalog.alternatives[name].title,
                "strength": catalog.alternatives[name].strength,
                "effort": catalog.alternatives[name].effort,
                "adopted": name in finding.adopted,
            }
            for name in safeguard.alternatives
        ],
        "waiver": waivers[0] if waivers else None,
        "waivers": waivers,
        "baseline": _carried(verdict, safeguard.id),
    }


def _channel_result(result: ChannelResult, safeguard: str, verdict: Verdict) -> dict[str, Any]:
    claim = result.claim
    return {
        "outcome": result.outcome,
        "why": result.why,
        "blocking": (safeguard, result.channel) in verdict.blocked_on,
        "flag": result.flag,
        "level": result.level,
        "required": result.required,
        "reason": result.reason,
        "remedy": result.remedy,
        "too_late_since": _day(result.too_late),
        "claim": None
        if claim is None
        else {
            "status": claim.status,
            "against": claim.against,
            "owner": claim.owner,
            "note": claim.note,
            "evidence": [_evidence(evidence) for evidence in claim.evidence],
            "line": claim.position.line,
        },
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "ref": evidence.ref,
        "type": evidence.type,
        "date": _day(evidence.date),
        "result": evidence.result,
        "by": evidence.by,
        "sha256": evidence.sha256,
        "state": evidence.state,
        "problem": evidence.problem or None,
    }


def _waiver(applied: AppliedWaiver, verdict: Verdict) -> dict[str, Any]:
    waiver = applied.waiver
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "granted": waiver.granted.isoformat(),
        "expires": waiver.expires.isoformat(),
        "channels": list(waiver.channels),
        "state": applied.state,
        "lifts": waiver in verdict.lifting,
    }


def _plan_finding(finding: PlanFinding, plan: Plan, verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": finding.kind,
        "level": finding.level,
        "message": finding.message,
        "remedy": finding.remedy,
        "channel": finding.channel,
        "baseline": _carried(verdict, finding.kind, finding.channel),
        "location": {"path": plan.path, "line": finding.position.line, "column": finding.position.column},
    }


def _scores(scores: Scores, with_waivers: Coverage | None = None) -> dict[str, Any]:
    data = {
        "possible": _score(scores.possible),
        "coverage": _coverage(scores.coverage),
        "addressed": _score(scores.addressed),
        "evidenced": _score(scores.evidenced),
    }
    return data if with_waivers is None else {**data, "coverage_with_waivers": _coverage(with_waivers)}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        **_score(coverage.score),
        "satisfied": coverage.satisfied,
        "partial": coverage.partial,
        "applicable": coverage.applicable,
    }


def _score(score: Score) -> dict[str, Any]:
    return {"numerator": score.numerator, "denominator": score.denominator, "percent": score.percent}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
