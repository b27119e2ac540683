"""Build plans in memory and as YAML, and look things up in reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.plan import (
    Adoption,
    Channel,
    Claim,
    Evidence,
    EvidenceState,
    License,
    Model,
    Organization,
    Plan,
    Position,
    Status,
    Waiver,
)
from aisafe_cli.domain.policy import EvaluationOverrides, Policy
from aisafe_cli.domain.report import ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.domain.verdict import Result, Verdict
from aisafe_cli.evaluation.evaluate import NO_OVERRIDES, evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.config import parse_config, resolve_config
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.session.session import Checked, Session
from aisafe_cli.session.settings import Options, effective, policy_of, rules_of

TODAY = date(2026, 6, 1)
EVALUATIONS = Path(__file__).parent / "evaluation" / "evaluations"
SMALL_CATALOG = EVALUATIONS / "small-catalog.yaml"

CLOSED = (
    "internal_only",
    "hosted_ui",
    "hosted_api",
    "hosted_api_extended",
    "hosted_api_finetune",
    "private_deployment_sealed",
)
LOCAL = ("on_device_managed", "gated_weights_vetted", "local_download_restricted")
OPEN = ("gated_weights_clickthrough", "open_weights", "open_source")
ACCESS_LEVELS = (*CLOSED, *LOCAL, *OPEN)
READABLE = ACCESS_LEVELS[7:]


@cache
def ladder() -> Ladder:
    return load_ladder()


@cache
def catalog() -> Catalog:
    return load_catalog(None, ladder())


@cache
def small_catalog() -> Catalog:
    return load_catalog(str(SMALL_CATALOG), ladder())


def ids() -> list[str]:
    return [safeguard.id for safeguard in catalog().safeguards]


# --- plans in memory ------------------------------------------------------------------------------------------------


def day(text: str | date | None) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else text


def evidence(*types: str) -> tuple[Evidence, ...]:
    """Evidence of some types that supports what it is named for."""
    return tuple(Evidence(ref=f"docs/{kind}.md", type=kind, result="supports") for kind in types)


# Evidence of every kind that a claim may need, of files that were found.
FOUND = tuple(replace(item, state=EvidenceState.FOUND) for item in evidence("tamper_evaluation", "contract", "log"))


def claim(status: str | Status = "implemented", *channels: str, shown: Iterable[str] = (), **fields: Any) -> Claim:
    """A claim limited to the named channels; `shown` are the types of its evidence."""
    named = fields.pop("evidence", evidence(*shown))
    return Claim(status=Status(status), channels=channels, evidence=named, **fields)


def channel(access: str, name: str | None = None, opens: str | date | None = None, **fields: Any) -> Channel:
    """A channel, named like its access level where no name is given, under a license where one has to be named."""
    if access in ("gated_weights_vetted", "local_download_restricted"):
        fields = {"license": License(name="our terms", declared_class="proprietary"), **fields}
    closes = day(fields.pop("closes", None))
    return Channel(id=name or access, access=access, opens=day(opens), closes=closes, **fields)


def waiver(
    safeguard: str, *channels: str, granted: str | date = "2026-01-01", expires: str | date = "2026-12-31"
) -> Waiver:
    first, last = day(granted), day(expires)
    assert first is not None
    assert last is not None
    return Waiver(
        safeguard=safeguard, channels=channels, reason="agreed", owner="the team", granted=first, expires=last
    )


def plan(
    channels: Channel | str | Sequence[Channel | str],
    claims: Mapping[str, str | Claim | Sequence[Claim]] | None = None,
    *,
    role: str = "developer",
    size: str = "solo",
    capability: str = "low",
    adopted: Iterable[str] = (),
    waivers: Iterable[Waiver] = (),
    fail_under: int = 0,
    **fields: Any,
) -> Plan:
    """A plan; a text stands for a channel at that access level, and for a claim of that status on every channel.

    The model is small, so that its declared capability counts.
    """
    listed = [channels] if isinstance(channels, str | Channel) else channels
    return Plan(
        path="memory.plan.yaml",
        sha256="0" * 64,
        model=Model(
            name="Test",
            parameters=fields.pop("parameters", 7.0e9),
            capability=capability,
            capability_evidence=fields.pop("capability_evidence", ()),
        ),
        organization=Organization(role=role, size=size),
        channels=tuple(channel(item) if isinstance(item, str) else item for item in listed),
        claims={name: _claims(answer) for name, answer in (claims or {}).items()},
        adoptions=tuple(Adoption(id=name) for name in adopted),
        waivers=tuple(waivers),
        fail_under=fail_under,
        **fields,
    )


def doubted(problem: str = "was not found", **fields: Any) -> Evidence:
    """Evidence that something speaks against."""
    return Evidence(**{"ref": "docs/a.md", "state": EvidenceState.ABSENT, "problem": problem, **fields})


def adoption_of(plan: Plan, name: str, *named: Evidence) -> Plan:
    """The plan with evidence named for an alternative that it adopts."""
    return replace(
        plan, adoptions=tuple(replace(one, evidence=named) if one.id == name else one for one in plan.adoptions)
    )


def _claims(answer: str | Claim | Sequence[Claim]) -> tuple[Claim, ...]:
    if isinstance(answer, str):
        return (claim(answer),)
    return (answer,) if isinstance(answer, Claim) else tuple(answer)


def everything(status: str = "implemented", **answers: str | Claim | Sequence[Claim]) -> dict[str, Any]:
    """Claims of one status on every safeguard of the catalog, shown in every way, except for the answers given.

    An answer's name is the safeguard's id with an underscore: AB_04.
    """
    claims: dict[str, Any] = {name: claim(status, evidence=FOUND) for name in ids()}
    return claims | {name.replace("_", "-"): answer for name, answer in answers.items()}


# --- plans as YAML --------------------------------------------------------------------------------------------------


def as_yaml(plan: Plan) -> str:
    """The plan as its file would read, in the long form throughout."""
    model: dict[str, Any] = {"name": plan.model.name, "capability": plan.model.capability}
    model |= {"parameters": plan.model.parameters} if plan.model.parameters else {}
    data: dict[str, Any] = {
        "schema_version": 1,
        "model": {**model, "capability_evidence": [_evidence_data(item) for item in plan.model.capability_evidence]},
        "organization": {"role": plan.organization.role, "size": plan.organization.size},
        "channels": [_channel_data(item) for item in plan.channels],
        "safeguards": {name: [_claim_data(item) for item in claims] for name, claims in plan.claims.items()},
        "alternatives": [{"id": adoption.id} for adoption in plan.adoptions],
        "waivers": [_waiver_data(item) for item in plan.waivers],
        "policy": {"fail_under": plan.fail_under},
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)


def written(plan: Plan, folder: Path) -> str:
    """The path of a new file in the folder that holds the plan, with the files that its claims name as evidence."""
    path = folder / "memory.plan.yaml"
    for item in (item for claims in plan.claims.values() for claim in claims for item in claim.evidence):
        (folder / item.ref).parent.mkdir(exist_ok=True)
        (folder / item.ref).write_text("shown\n", encoding="utf-8")
    path.write_text(as_yaml(plan), encoding="utf-8")
    return str(path)


def _evidence_data(item: Evidence) -> dict[str, Any]:
    data = {"ref": item.ref, "type": item.type, "by": item.by}
    return data | {key: str(value) for key in ("date", "result") if (value := getattr(item, key))}


def _channel_data(item: Channel) -> dict[str, Any]:
    data = {"id": item.id, "access": item.access, "operator": item.operator, "variant": item.variant}
    data["opens"] = item.opens.isoformat() if item.opens else None
    data["closes"] = item.closes.isoformat() if item.closes else None
    terms = item.license and {"name": item.license.name, "class": item.license.declared_class, "id": item.license.id}
    return {**data, "gated": item.gated, "license": terms}


def _claim_data(item: Claim) -> dict[str, Any]:
    data = {"status": str(item.status), "against": item.against, "evidence": list(map(_evidence_data, item.evidence))}
    return {**data, "channels": list(item.channels)} if item.channels else data


def _waiver_data(item: Waiver) -> dict[str, Any]:
    data = {"safeguard": item.safeguard, "reason": item.reason, "owner": item.owner}
    days = {"granted": item.granted.isoformat(), "expires": item.expires.isoformat()}
    return {**data, **days, **({"channels": list(item.channels)} if item.channels else {})}


# --- reports --------------------------------------------------------------------------------------------------------


def report_on(
    plan: Plan, as_of: date = TODAY, by: Catalog | None = None, rules: EvaluationOverrides = NO_OVERRIDES
) -> Report:
    return evaluate(plan, by or catalog(), ladder(), as_of, rules)


def case_named(name: str) -> tuple[Report, Policy | None]:
    """The report on a plan of `evaluations/`, under the rules of `NAME.aisafe.yaml` if it is there, with its policy."""
    made = load_plan(str(EVALUATIONS / f"{name}.plan.yaml"), catalog())
    path = EVALUATIONS / f"{name}.aisafe.yaml"
    draft = parse_config(path.name, path.read_bytes()) if path.exists() else None
    if draft is None:
        return report_on(made), None
    configuration, options = resolve_config(draft, catalog(), ladder()), Options()
    values = effective(configuration, options)
    report = evaluate(made, catalog(), ladder(), TODAY, rules_of(values))
    return report, policy_of(values, options, configuration)


def verdict_on(plan: Plan, policy: Policy | None = None, as_of: date = TODAY) -> Verdict:
    return judge(report_on(plan, as_of), policy or Policy())


def judging(
    policy: Policy | None = None, by: Catalog | None = None, rules: EvaluationOverrides = NO_OVERRIDES
) -> Callable[[Plan, date], Result]:
    """What judges a plan on a day, as commands hand it to what they ask of a plan."""

    def judge_on(plan: Plan, as_of: date = TODAY) -> Result:
        report = report_on(plan, as_of, by, rules)
        return Result(report=report, verdict=judge(report, policy or Policy()))

    return judge_on


def finding(report: Report, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.safeguard.id == name)


def result(report: Report, name: str, on: str | None = None) -> ChannelResult:
    """What the report says of a safeguard on a channel; on the only one where none is named."""
    results = finding(report, name).channels
    if on is None:
        (only,) = results
        return only
    return next(result for result in results if result.channel == on)


def outcomes(report: Report) -> dict[str, str]:
    return {finding.safeguard.id: str(finding.outcome) for finding in report.findings}


def plan_finding(report: Report, rule: str) -> PlanFinding | None:
    found = [finding for finding in report.plan_findings if finding.kind == rule]
    assert len(found) <= 1, f"{rule} is reported {len(found)} times"
    return found[0] if found else None


def place(line: int, column: int = 1) -> Position:
    return Position(line=line, column=column)


def summary(report: Report) -> str:
    """The outcomes in short: a line for each safeguard, with what holds on each channel."""
    lines = [f"mode: {report.mode}, decided by {report.decided_by.id}"]
    for found in report.findings:
        places = [f"{item.channel} {item.outcome} ({item.flag})" for item in found.channels]
        lines.append(f"{found.safeguard.id} {found.outcome} {found.level} | " + " | ".join(places))
    lines += [f"plan: {found.kind} {found.level} {found.channel or '-'}" for found in report.plan_findings]
    return "\n".join(lines) + "\n"


def check_plans(
    paths: Sequence[str], as_of: date, policy: Policy, baseline_path: str | None = None, stage: date | None = None
) -> Checked:
    """Judge every plan that the paths name by one policy, whatever configurations say."""
    options = Options(
        strict=policy.strict,
        fail_under=policy.fail_under,
        honour_waivers=policy.honour_waivers,
        search_config=False,
    )
    return Session(options, as_of, baselines=[baseline_path] if baseline_path else (), stage=stage).run(paths)
