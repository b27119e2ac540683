"""The facts of a plan that stand at the head of a table and of pages, in one wording."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.plan import Model, Plan
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Report


def list_facts(report: Report, policy: Policy) -> Mapping[str, str]:
    """Return which plan was checked, what it declares of itself, under which policy, and against what."""
    return {
        "Plan": describe_plan(report.plan),
        "Profile": describe_profile(report.plan),
        "Policy": describe_policy(policy),
        "Checked": f"as of {report.as_of.isoformat()} against {describe_source(report.catalog)}",
    }


def name_model(model: Model) -> str:
    """Return a model's name and version."""
    return f"{model.name} {model.version}" if model.version else model.name


def describe_plan(plan: Plan) -> str:
    """Return which model a plan is about, and its path."""
    return f"{name_model(plan.model)} ({plan.path})"


def name_profile(plan: Plan) -> str:
    """Return role, size and capability."""
    return f"{plan.organization.role}, {plan.organization.size}, {plan.model.capability} capability"


def describe_profile(plan: Plan) -> str:
    """Return the profile, and who says so."""
    left_out = f"; not given, so the strictest applies: {', '.join(plan.undeclared)}" if plan.undeclared else ""
    pinned = f"; set by the configuration: {', '.join(plan.pinned)}" if plan.pinned else ""
    return f"{name_profile(plan)}; self-declared{left_out}{pinned}"


def describe_policy(policy: Policy) -> str:
    """Return what blocks, and which file says so."""
    parts = ["errors and warnings block" if policy.strict else "errors block"]
    parts.append(f"declared coverage of at least {policy.fail_under}%" if policy.fail_under else "no minimum coverage")
    parts += [f"{', '.join(ids)} must be satisfied on {place}" for place, ids in policy.must_satisfy]
    parts += [] if policy.honour_waivers else ["waivers do not count"]
    parts += [f"by {policy.configuration}"] if policy.configuration else []
    return "; ".join(parts)


def describe_source(catalog: Catalog) -> str:
    """Return against what was checked: the document with its status, and the version of the catalog."""
    document = catalog.document
    return (
        f"{document.identifier}, {document.status} ({document.published}), {document.part};"
        f" catalog {catalog.id} {catalog.version}"
    )
