"""From a configuration and the command line to what holds: settings with sources, policy and rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import CAPABILITIES, SIZES, Catalog
from aisafe_cli.domain.edits import set_profile
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Model, Plan
from aisafe_cli.domain.policy import AgeLimits, EvaluationOverrides, Policy
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import DEFAULT, DEFAULTS, OPTION, Configuration, Setting
from aisafe_cli.evaluation.profile import count_capability
from aisafe_cli.text.annotations import Any

_GRAVE = ("high", "severe")


@record
class Options:
    """What the command line sets; None where it says nothing.

    `catalog` names catalogs by short names and paths, with commas between, or `all`; `config` is a path. The
    configuration is searched upward from each plan, unless `search_config` is false. `trusted_ref` names a git revision
    of the repository around the current folder.
    """

    catalog: str | None = None
    strict: bool | None = None
    fail_under: int | None = None
    honour_waivers: bool = True
    config: str | None = None
    search_config: bool = True
    trusted_ref: str | None = None
    catalog_sha256: str | None = None

    def given(self) -> Mapping[str, Any]:
        """Return what is set, by the names of `DEFAULTS`."""
        named = {"catalog": self.catalog, "strict": self.strict, "fail_under": self.fail_under}
        given = {name: value for name, value in named.items() if value is not None}
        return {**given, "catalogs": ()} if self.catalog is not None else given


def take_options(catalog: str | None, strict: bool | None, fail_under: int | None, config: str | None) -> Options:
    """Return what another program sets: a configuration holds only where it is named."""
    is_named = config is not None
    return Options(catalog=catalog, strict=strict, fail_under=fail_under, config=config, search_config=is_named)


def effective(configuration: Configuration | None, options: Options) -> tuple[Setting, ...]:
    """Return every setting: the command line's value, else the configuration's, else the default."""
    given = options.given()
    return tuple(_setting(name, configuration, given) for name in DEFAULTS)


def policy_of(settings: Sequence[Setting], options: Options, configuration: Configuration | None) -> Policy:
    """Return the policy that the settings amount to."""
    values = _values(settings)
    return Policy(
        strict=values["strict"],
        fail_under=values["fail_under"],
        honour_waivers=options.honour_waivers,
        must_satisfy=tuple(sorted((place, tuple(ids)) for place, ids in values["must_satisfy"].items())),
        max_waiver_days=values["waivers.max_days"],
        configuration=configuration.path if configuration else None,
    )


def rules_of(settings: Sequence[Setting]) -> EvaluationOverrides:
    """Return what the settings change in the evaluation."""
    values = _values(settings)
    return EvaluationOverrides(
        required=frozenset(values["requirements.require"]),
        recommended=frozenset(values["requirements.recommend"]),
        evidence_for=frozenset(values["evidence.require_for_capability"]),
        age_limits=AgeLimits(
            days=values["evidence.max_age_days"],
            by_safeguard=tuple(sorted(values["evidence.by_safeguard"].items())),
        ),
    )


def with_pinned_profile(
    plan: Plan, settings: Sequence[Setting], catalog: Catalog
) -> tuple[Plan, tuple[PlanFinding, ...]]:
    """Return the plan with the profile that the settings allow it, and what to say where that is not the plan's own."""
    values = _values(settings)
    declared = {"capability": plan.model.capability, "size": plan.organization.size, "role": plan.organization.role}
    allowed = {
        "capability": _at_least_as_capable(plan.model, values["profile.minimum_capability"], catalog),
        "size": _at_least_as_large(declared["size"], values["profile.minimum_size"]),
        "role": values["profile.role"] or declared["role"],
    }
    pinned = tuple(name for name in declared if allowed[name] != declared[name])
    if not pinned:
        return plan, ()
    changed = set_profile(plan, **{name: allowed[name] for name in pinned})
    every = tuple(dict.fromkeys((*plan.pinned, *pinned)))
    return replace(changed, pinned=every), (_pinned_finding(plan, pinned, declared, allowed),)


def _pinned_finding(
    plan: Plan, pinned: Sequence[str], declared: Mapping[str, str], allowed: Mapping[str, str]
) -> PlanFinding:
    said = ", ".join(
        f"{name} {declared[name]}{' (left out)' if name in plan.undeclared else ''}, judged as {allowed[name]}"
        for name in pinned
    )
    left_out = all(name in plan.undeclared for name in pinned)
    return PlanFinding(
        kind="profile-pinned",
        level=Level.NOTE if left_out else Level.WARNING,
        message=f"The plan declares less than the configuration allows, or another role: {said}.",
        remedy="Correct the profile in the plan, or ask the owners of the configuration to change it.",
        position=plan.model.position,
    )


def _at_least_as_capable(model: Model, minimum: str | None, catalog: Catalog) -> str:
    """Raise a capability to a minimum, unless it counts as at least that already: what is pinned is never easier.

    Where unknown counts as no other level, it is raised to high or severe and never lowered.
    """
    declared = model.capability
    if minimum is None:
        return declared
    counted = count_capability(model, catalog).counts_as
    if counted == "unknown":
        return minimum if minimum in _GRAVE else declared
    wanted = catalog.capabilities.levels[minimum].counts_as
    return declared if CAPABILITIES.index(counted) >= CAPABILITIES.index(wanted) else minimum


def _at_least_as_large(declared: str, minimum: str | None) -> str:
    return max(declared, minimum or declared, key=SIZES.index)


def _setting(name: str, configuration: Configuration | None, given: Mapping[str, Any]) -> Setting:
    if name in given:
        return Setting(name=name, value=given[name], source=OPTION)
    if configuration is not None and name in configuration.values:
        line = configuration.positions[name].line
        return Setting(name=name, value=configuration.values[name], source=f"{configuration.path}:{line}")
    return Setting(name=name, value=DEFAULTS[name], source=DEFAULT)


def _values(settings: Sequence[Setting]) -> dict[str, Any]:
    return {setting.name: setting.value for setting in settings}
