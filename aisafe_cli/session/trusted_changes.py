"""What a change brings that a trusted revision does not have: differences as findings, waivers that count. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Ladder
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.plan import Channel, License, Plan, Position, Waiver, list_changed_promises
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import DEFAULTS, Configuration, describe_value
from aisafe_cli.text.escape import visible
from aisafe_cli.text.wording import listed

_SHOWN = 5
_MANY_DIGITS = 1e15
_MODEL_FIELDS = ("name", "version", "developer", "parameters", "purl", "systemic_risk", "training_compute")
_TERMS_OF_ACCESS = ("operator", "variant", "gated", "audience", "license")


@record
class Comparison:
    """A plan of the working tree and the same file in the trusted revision, or None where it is not there.

    `revision` is the revision as it was named, and `unreadable` says why the trusted plan cannot be compared.
    `evidence` has the files that the plan names and that the revision has otherwise or not.
    """

    plan: Plan
    trusted: Plan | None
    revision: str
    unreadable: str = ""
    evidence: Sequence[str] = ()


def with_trusted_terms(comparison: Comparison, ladder: Ladder) -> Plan:
    """Return the plan with only those waivers trusted that the trusted revision grants too, and its policy kept.

    A waiver of both, for the same reason and by the same owner, is trusted on the channels and days that both name. A
    channel that is new, or that changed in more than being narrower, is one that nobody waived anything for.
    """
    plan, trusted = comparison.plan, comparison.trusted
    if trusted is plan:
        return plan
    steady = _steady(plan, trusted, ladder)
    waivers = tuple(part for waiver in plan.waivers for part in _split_waiver(waiver, plan, trusted, steady))
    fail_under = max(plan.fail_under, trusted.fail_under if trusted else 0)
    return replace(plan, waivers=waivers, fail_under=fail_under)


def changes_of_plan(comparison: Comparison, ladder: Ladder) -> tuple[PlanFinding, ...]:
    """Return everything that a change does to a plan: what it promises, and what it is judged and excused by."""
    plan, trusted, revision = comparison.plan, comparison.trusted, comparison.revision
    if trusted is plan:
        return tuple(_evidence_changed(comparison))
    if comparison.unreadable:
        message = f"In {revision} this plan cannot be read, so it cannot be compared: {comparison.unreadable}"
        return (_finding("plan-not-comparable", message, "None of its waivers counts in this check.", plan),)
    if trusted is None:
        message = f"This plan is not in {revision}: this change adds it, and its waivers do not count yet."
        return (_finding("plan-added", message, "Review the whole plan.", plan, level=Level.NOTE),)
    found = [*_waivers_changed(comparison, ladder), *_policy_changed(comparison), *_profile_changed(comparison)]
    return (
        *found,
        *_model_changed(comparison),
        *_files_changed(comparison),
        *_channels_changed(comparison, ladder),
        *_claims_changed(comparison),
        *_evidence_changed(comparison),
    )


def configuration_changed(
    trusted: Configuration | None, present: Configuration | None, revision: str, unreadable: str = ""
) -> tuple[PlanFinding, ...]:
    """Return a finding where the working tree configures other things than the trusted revision."""
    remedy = f"What {revision} says was used. Ask the owners of the policy to review the change."
    if unreadable:
        return (_on_file("configuration-changed", f"The configuration of this change is faulty: {unreadable}", remedy),)
    before: Mapping[str, object] = trusted.values if trusted else {}
    after: Mapping[str, object] = present.values if present else {}
    told = [_told(name, before, after) for name in DEFAULTS if before.get(name) != after.get(name)]
    if (trusted is None) == (present is None) and not told:
        return ()
    if trusted is None and present is not None:
        told.insert(0, f"adds a configuration, {present.path}, where {revision} has none")
    elif trusted is not None and present is None:
        told.insert(0, f"removes the configuration {trusted.path}")
    return (_on_file("configuration-changed", f"This change {'; '.join(told)}.", remedy),)


def itself_trusted(revision: str) -> tuple[PlanFinding, ...]:
    """Return the finding that what is trusted is the commit that is checked out, so that it says what it says."""
    message = f"{revision} is the commit that is checked out: only what is not committed yet counts as a change."
    remedy = "In a gate, name what the change is merged into, such as HEAD^1 or the target branch."
    return (_on_file("trusted-itself", message, remedy, level=Level.NOTE),)


def parent_trusted(replaced: str | None) -> tuple[PlanFinding, ...]:
    """Return the finding that the first parent of a merge is trusted in the place of an older revision, if one was."""
    if replaced is None:
        return ()
    message = f"HEAD^1, which this change is merged into, has moved on since {replaced}, so HEAD^1 is trusted instead."
    remedy = "Name HEAD^1 as the revision that is trusted, where a merge of the change is checked out."
    return (_on_file("trusted-parent", message, remedy, level=Level.NOTE),)


def catalog_changed(path: str, before: str, after: str | None, revision: str) -> PlanFinding:
    """Return the finding that the working tree has another catalog, by its hash, or None for no such file."""
    now = f"has SHA-256 {after}" if after else "is removed"
    message = f"This change alters the catalog: {path} {now}; in {revision} its SHA-256 is {before}."
    remedy = f"The catalog of {revision} was used. Ask the owners of the catalog to review the change."
    return _on_file("catalog-changed", message, remedy)


def baseline_changed(path: str, before: bytes | None, after: bytes | None, revision: str) -> tuple[PlanFinding, ...]:
    """Return the finding that the working tree has another baseline; None is no such file."""
    if before is None:
        message = f"This change adds the baseline {path}. In {revision} there is none, so nothing is carried over."
        remedy = "Ask the owners of the policy to review what it would carry over."
    else:
        message = f"This change {'alters' if after is not None else 'removes'} the baseline {path}."
        remedy = f"The baseline of {revision} was used. Ask the owners of the policy to review the change."
    return (_on_file("baseline-changed", message, remedy),)


def plans_removed(paths: Sequence[str], revision: str) -> tuple[PlanFinding, ...]:
    """Return the finding that plans of the trusted revision are gone, or are here under other names."""
    if not paths:
        return ()
    message = f"This change removes or renames plans that {revision} has: {_list_some(paths)}."
    remedy = "What those plans required of themselves applies to no other plan. Ask their owners to review this."
    return (_on_file("plans-removed", message, remedy),)


def _list_some(paths: Sequence[str]) -> str:
    shown = [visible(path) for path in paths[:_SHOWN]]
    return listed([*shown, *([f"{len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else [])])


def _told(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    if name not in after:
        return f"removes {name} ({describe_value(before[name])})"
    if name not in before:
        return f"adds {name} ({describe_value(after[name])})"
    return f"sets {name} from {describe_value(before[name])} to {describe_value(after[name])}"


# --- waivers --------------------------------------------------------------------------------------------------------


def _steady(plan: Plan, trusted: Plan | None, ladder: Ladder) -> frozenset[str]:
    """Return the channels that are as in the trusted plan, or narrower: open no further, no earlier and no longer."""
    before = {channel.id: channel for channel in (trusted.channels if trusted else ())}
    pairs = ((channel, before[channel.id]) for channel in plan.channels if channel.id in before)
    return frozenset(channel.id for channel, old in pairs if _is_steady(channel, old, ladder))


def _is_steady(channel: Channel, old: Channel, ladder: Ladder) -> bool:
    is_narrower = (
        _rank_access(channel, ladder) <= _rank_access(old, ladder)
        and channel.opening >= old.opening
        and (channel.closes or date.max) <= (old.closes or date.max)
    )
    return is_narrower and all(getattr(channel, name) == getattr(old, name) for name in _TERMS_OF_ACCESS)


def _rank_access(channel: Channel, ladder: Ladder) -> int:
    return ladder.access_levels[channel.access].rank


def _split_waiver(waiver: Waiver, plan: Plan, trusted: Plan | None, steady: frozenset[str]) -> Iterable[Waiver]:
    """Yield what of a waiver is trusted, then the waiver as not trusted where that is not all of it."""
    scope = waiver.channels or tuple(channel.id for channel in plan.channels)
    granted = [old for old in (trusted.waivers if trusted else ()) if _name_terms(old) == _name_terms(waiver)]
    parts = [part for old in granted if (part := _common(waiver, old, scope, steady))]
    whole = [part for part in parts if _same_terms(part, waiver) and len(part.channels) == len(scope)]
    if whole:
        yield waiver
        return
    yield from dict.fromkeys(parts)
    yield replace(waiver, trusted=False)


def _common(waiver: Waiver, old: Waiver, scope: tuple[str, ...], steady: frozenset[str]) -> Waiver | None:
    channels = tuple(name for name in scope if name in steady and name in (old.channels or scope))
    first, last = max(waiver.granted, old.granted), min(waiver.expires, old.expires)
    return replace(waiver, channels=channels, granted=first, expires=last) if channels and first <= last else None


def _name_terms(waiver: Waiver) -> tuple[str, str, str]:
    """Return what makes a waiver another one, whatever its days and channels: who answers for it, and why."""
    return waiver.safeguard, waiver.reason, waiver.owner


def _same_terms(one: Waiver, other: Waiver) -> bool:
    return (one.granted, one.expires) == (other.granted, other.expires)


def _waivers_changed(comparison: Comparison, ladder: Ladder) -> Iterable[PlanFinding]:
    """Yield which waivers count no more than before, and which count less, as the change writes them."""
    assert comparison.trusted is not None
    known = {waiver.safeguard for waiver in comparison.trusted.waivers}
    new = [waiver for waiver in with_trusted_terms(comparison, ladder).waivers if not waiver.trusted]
    told = [_describe_waiver("alters the" if one.safeguard in known else "adds a", one) for one in new]
    less = [*_list_reduced(comparison, {one.safeguard for one in new})]
    if not told and not less:
        return
    message = f"This change {'; '.join(dict.fromkeys((*told, *less)))}."
    unknown = f"A new or changed waiver lifts nothing until {comparison.revision} has it."
    remedy = f"{unknown} Ask the owners of waivers to review it."
    yield _finding(
        "waivers-changed",
        message,
        remedy if told else "The waivers count as this change leaves them. Review what blocks without the rest.",
        comparison.plan,
        level=Level.WARNING if told else Level.NOTE,
        position=new[0].position if new else None,
    )


def _list_reduced(comparison: Comparison, changed: Collection[str]) -> Iterable[str]:
    """Yield which waivers the change takes away or narrows, but for those of safeguards whose waivers it changes."""
    assert comparison.trusted is not None
    kept = {waiver.safeguard: waiver for waiver in comparison.plan.waivers}
    same = {replace(waiver, position=Position()) for waiver in comparison.plan.waivers}
    for old in comparison.trusted.waivers:
        if old.safeguard not in changed and replace(old, position=Position()) not in same:
            now = kept.get(old.safeguard)
            yield _describe_waiver("narrows the" if now else "removes the", now or old)


def _describe_waiver(verb: str, waiver: Waiver) -> str:
    return f"{verb} waiver for {waiver.safeguard}, until {waiver.expires.isoformat()}"


# --- policy, profile, access ----------------------------------------------------------------------------------------


def _policy_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    assert comparison.trusted is not None
    before, after = comparison.trusted.fail_under, comparison.plan.fail_under
    if before != after:
        message = f"This change sets the plan's own fail_under from {before} to {after}; {max(before, after)} is used."
        level = Level.WARNING if after < before else Level.NOTE
        yield _finding("policy-changed", message, "Review the change of policy.", comparison.plan, level=level)


def _profile_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    message = "This change declares another profile: {changes}. What is required depends on it."
    remedy = "Review what the new profile is based on, or set it in the configuration."
    return _declared_changed(comparison, _describe_profile, "profile-changed", message, remedy)


def _describe_profile(plan: Plan) -> Mapping[str, object]:
    organization = plan.organization
    return {"capability": plan.model.capability, "size": organization.size, "role": organization.role}


def _model_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    message = "This change describes another model: {changes}."
    remedy = "Review whether claims, evidence and waivers are about this model."
    return _declared_changed(comparison, _describe_model, "model-changed", message, remedy)


def _describe_model(plan: Plan) -> Mapping[str, object]:
    model = plan.model
    fields = {name: getattr(model, name) for name in _MODEL_FIELDS}
    compared = listed(sorted(f"{one.name} ({one.compares})" for one in model.comparable_open_models))
    base = {"base_model": listed(sorted(model.base_models)), "base_model_relation": model.base_model_relation}
    return {**fields, **base, "comparable_open_models": compared}


def _files_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    assert comparison.trusted is not None
    if changed := {*comparison.trusted.files} ^ {*comparison.plan.files}:
        message = f"This change names other files to be released: {_list_some(sorted({one.name for one in changed}))}."
        remedy = "Review whether claims, evidence and waivers are about these files."
        yield _finding("files-changed", message, remedy, comparison.plan, position=comparison.plan.model.position)


def _declared_changed(
    comparison: Comparison, describe: Callable[[Plan], Mapping[str, object]], kind: str, message: str, remedy: str
) -> Iterable[PlanFinding]:
    """Yield what the plan declares of its model or its team otherwise than the trusted one."""
    assert comparison.trusted is not None
    plan = comparison.plan
    if changes := _describe_fields(describe(comparison.trusted), describe(plan)):
        yield _finding(kind, message.format(changes=changes), remedy, plan, position=plan.model.position)


def _describe_fields(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    names = [name for name in before if before[name] != after[name]]
    return ", ".join(f"{name} from {_spell_value(before[name])} to {_spell_value(after[name])}" for name in names)


def _spell_value(value: object) -> str:
    if isinstance(value, License):
        return f"{value.id or value.name or value.url} ({value.declared_class or value.derived_class or 'unknown'})"
    if isinstance(value, float):
        return f"{value:,.0f}" if value < _MANY_DIGITS else f"{value:g}"
    return "nothing" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


def _claims_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    """Yield what the plan says otherwise of safeguards, alternatives and evidence; the verdict shows its worth."""
    assert comparison.trusted is not None
    if names := list_changed_promises(comparison.trusted, comparison.plan):
        message = f"This change says something different about {listed(names)}."
        remedy = "Review it; `aisafe diff` shows what it says."
        yield _finding("claims-changed", message, remedy, comparison.plan, level=Level.NOTE)


def _evidence_changed(comparison: Comparison) -> Iterable[PlanFinding]:
    """Yield which evidence is another by the change, whether the plan named it before or not."""
    if comparison.evidence:
        message = f"This change adds or alters what the plan names as evidence: {_list_some(comparison.evidence)}."
        remedy = "Read it; its content is not judged."
        yield _finding("evidence-changed", message, remedy, comparison.plan, level=Level.NOTE)


def _channels_changed(comparison: Comparison, ladder: Ladder) -> Iterable[PlanFinding]:
    assert comparison.trusted is not None
    before = {channel.id: channel for channel in comparison.trusted.channels}
    most_open = max(_rank_access(channel, ladder) for channel in before.values())
    for channel in sorted(comparison.plan.channels, key=lambda channel: channel.id):
        old = before.pop(channel.id, None)
        if _rank_access(channel, ladder) > (most_open if old is None else _rank_access(old, ladder)):
            yield _access_raised(channel, old, comparison.revision)
        elif old is None:
            yield _on_channel(
                "channel-added", f"This change adds this channel, at {channel.access}.", channel, level=Level.NOTE
            )
        if old is not None and (changes := _describe_fields(_describe_channel(old), _describe_channel(channel))):
            level = Level.NOTE if _is_steady(channel, old, ladder) else Level.WARNING
            yield _on_channel("channel-changed", f"This change sets {changes}.", channel, level=level)
    if before:
        message = f"This change removes channels that {comparison.revision} has: {listed(sorted(before))}."
        yield _finding("channel-removed", message, "Review why they are gone.", comparison.plan)


def _access_raised(channel: Channel, old: Channel | None, revision: str) -> PlanFinding:
    if old is None:
        message = f"This change opens this channel at {channel.access}, further than any channel in {revision}."
    else:
        message = f"This change raises the channel's access from {old.access} to {channel.access}."
    return _on_channel("access-raised", message, channel, remedy="Review the release decision: it cannot be undone.")


def _describe_channel(channel: Channel) -> Mapping[str, object]:
    return {name: getattr(channel, name) for name in ("access", "opens", "closes", "url", *_TERMS_OF_ACCESS)}


def _on_channel(
    kind: str,
    message: str,
    channel: Channel,
    *,
    remedy: str = "Review what this opens, and to whom.",
    level: Level = Level.WARNING,
) -> PlanFinding:
    return PlanFinding(
        kind=kind, level=level, message=message, remedy=remedy, position=channel.position, channel=channel.id
    )


def _finding(
    rule: str,
    message: str,
    remedy: str,
    plan: Plan,
    *,
    level: Level = Level.WARNING,
    position: Position | None = None,
) -> PlanFinding:
    place = position or plan.safeguards_position
    return PlanFinding(kind=rule, level=level, message=message, remedy=remedy, position=place)


def _on_file(rule: str, message: str, remedy: str, level: Level = Level.WARNING) -> PlanFinding:
    return PlanFinding(kind=rule, level=level, message=message, remedy=remedy, position=Position())
