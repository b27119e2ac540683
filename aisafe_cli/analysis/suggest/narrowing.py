"""The free and safe steps: claims made narrower or withdrawn, where that alone puts a safeguard right. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from aisafe_cli.analysis.suggest.remedies import list_ending
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.edits import set_claims
from aisafe_cli.domain.outcome import Level, Outcome, Why
from aisafe_cli.domain.plan import Claim, Plan
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Result


@record
class Narrowing:
    """What becomes of the claims on one safeguard, in their order: each as it was, narrower, or None where it goes."""

    safeguard: str
    claims: tuple[Claim | None, ...]


def find_narrowings(plan: Plan, judge: Callable[[Plan], Result]) -> tuple[Narrowing, ...]:
    """Return the steps that each put one safeguard right, claim less, and change nothing about any other."""
    before = judge(plan).report
    found: list[Narrowing] = []
    for safeguard in [finding.safeguard.id for finding in before.findings if finding.ineffective]:
        for narrowing in _propose_narrowings(before, safeguard):
            changed = set_claims(plan, safeguard, [claim for claim in narrowing.claims if claim])
            after = judge(changed).report
            if _is_put_right(before, after, safeguard):
                plan, before = changed, after
                found.append(narrowing)
                break
    return tuple(found)


def _propose_narrowings(report: Report, safeguard: str) -> Iterable[Narrowing]:
    """Propose to keep what can be said against casual users, then only what can be said at all."""
    finding, plan = report.by_id[safeguard], report.plan
    untested = [one.channel for one in finding.ineffective if one.why is Why.UNTESTED]
    rule = finding.safeguard.tamper_rule
    everything = [one.channel for one in finding.ineffective]
    if finding.safeguard.binds.is_judged_once:
        everything = list(list_ending(report, finding.safeguard))
    elif untested and rule and rule.unless_against:
        dropped = [name for name in everything if name not in untested]
        yield _drop_channels(plan, safeguard, dropped, untested, rule.unless_against)
    yield _drop_channels(plan, safeguard, everything)


def _drop_channels(
    plan: Plan, safeguard: str, dropped: Collection[str], weakened: Collection[str] = (), against: str = ""
) -> Narrowing:
    claims: list[Claim | None] = []
    for claim in plan.claims.get(safeguard, ()):
        scope = claim.channels or plan.channel_ids
        kept = tuple(name for name in scope if name not in dropped)
        narrowed = claim if len(kept) == len(scope) else replace(claim, channels=kept)
        if claim.is_relied_on and any(name in weakened for name in kept):
            narrowed = replace(narrowed, against=against)
        claims.append(narrowed if kept else None)
    return Narrowing(safeguard=safeguard, claims=tuple(claims))


def _is_put_right(before: Report, after: Report, safeguard: str) -> bool:
    """Return whether nothing of the safeguard was made worse or is still without effect, and all else is as it was."""
    others, changed = dict(before.by_id), dict(after.by_id)
    was, now = others.pop(safeguard), changed.pop(safeguard)
    if others != changed or not all(one in before.plan_findings for one in after.plan_findings):
        return False
    for old, new in zip(was.channels, now.channels, strict=True):
        is_changed = old.outcome is Outcome.INEFFECTIVE
        if new.outcome is Outcome.INEFFECTIVE or (is_changed and new.level is Level.ERROR):
            return False
        if not is_changed and new.outcome is not old.outcome:
            return False
    return True
