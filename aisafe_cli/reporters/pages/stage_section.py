"""A stage of a plan as a section of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from aisafe_cli.analysis.timeline import BecomesIneffective, HeldUntil, SafeguardChange, Stage, Timeline
from aisafe_cli.domain.catalog import Mode
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Waiver
from aisafe_cli.evaluation.evidence import EvidenceTurn
from aisafe_cli.reporters.page import Item, Section
from aisafe_cli.text.wording import listed

_HEADINGS = {"stops": "No longer in force", "starts": "Now in force", "other": "Other changes"}
_HELD = "Done in time; no longer possible from here on"
_INEFFECTIVE = "Claims that become ineffective here"
_BEST_FIRST = (
    *(outcome for outcome in reversed(Outcome) if outcome is not Outcome.NOT_APPLICABLE),
    Outcome.NOT_APPLICABLE,
)


def build_stage(stage: Stage, timeline: Timeline) -> Section:
    """Return what happens as a stage begins, how all that has opened stands then, and what changes."""
    current = ", the current one" if stage.number == timeline.current else ""
    items = [Item(text=event) for event in list_events(stage, timeline)]
    items.append(Item(term="Open", text=list_open(stage)))
    items += _list_verdict(stage, timeline)
    return Section(heading=f"Stage {stage.number}, {_describe_days(stage)}{current}", items=tuple(items))


def describe_begin(stage: Stage) -> str:
    """Return the first day of a stage, or `the start`."""
    return stage.day.isoformat() if stage.day else "the start"


def list_events(stage: Stage, timeline: Timeline) -> Iterable[str]:
    """Yield a sentence for each thing that happens as a stage begins."""
    for channel in stage.opens:
        variant = f", variant {channel.variant}" if channel.variant else ""
        yield f"Channel {channel.id} opens ({channel.access}{variant})."
    for channel in stage.closes:
        yield f"Channel {channel.id} closes ({channel.access}): {_describe_closing(channel, timeline)}"
    for waiver in stage.waivers_begin:
        yield f"The waiver for {waiver.safeguard}{_name_scope(waiver)} begins."
    for waiver in stage.waivers_end:
        yield f"The waiver for {waiver.safeguard}{_name_scope(waiver)} has expired and no longer lifts anything."
    for (ref, is_too_old), turns in group_evidence(stage):
        what = "is too old from here on" if is_too_old else "counts from here on"
        yield f"The evidence {ref} {what} ({listed(turn.subject for turn in turns)})."


def group_evidence(stage: Stage) -> Iterable[tuple[tuple[str, bool], Sequence[EvidenceTurn]]]:
    """Yield each piece of evidence that begins to count or to be too old, with all that it is named for."""
    for piece, turns in groupby(sorted(stage.evidence, key=_get_piece), key=_get_piece):
        yield piece, tuple(dict.fromkeys(turns))


def _get_piece(turn: EvidenceTurn) -> tuple[str, bool]:
    return turn.ref, turn.is_too_old


def list_open(stage: Stage) -> str:
    """Return which channels are open; that there are none is said plainly."""
    if stage.open:
        return listed(channel.id for channel in stage.open)
    return "no channel anymore" if stage.verdict else "no channel yet"


def _describe_days(stage: Stage) -> str:
    if stage.day is None:
        return f"from the start, before {stage.until.isoformat()}" if stage.until else "from the start"
    return f"from {stage.day.isoformat()}"


def _list_verdict(stage: Stage, timeline: Timeline) -> Iterable[Item]:
    """Yield mode, verdict and what changes, or why nothing was judged."""
    verdict = stage.verdict
    if verdict is None:
        yield Item(text=stage.not_judged)
        return
    yield Item(term="Mode", text=f"{verdict.mode}, decided by {verdict.decided_by.id} ({verdict.decided_by.access})")
    yield Item(text=f"{verdict.headline}.")
    if verdict.blocking:
        yield Item(term="Blocks", text=", ".join(verdict.blocking))
    if late := timeline.list_too_late(stage):
        yield Item(term="Too late", text=f"{', '.join(late)}. Only a waiver can lift this.")
    if _is_first(stage):
        yield Item(text="Outcomes for the release", notes=tuple(_list_outcome_counts(stage)))
    else:
        yield from map(_build_on_opening, verdict.on_opening, verdict.on_opening.values())
        yield from _list_changes(stage)
    if stage.held:
        yield Item(text=f"{_HELD} ({len(stage.held)})", notes=tuple(map(_write_held, stage.held)))
    if stage.ineffective:
        claims = tuple(map(_write_ineffective, stage.ineffective))
        yield Item(text=f"{_INEFFECTIVE} ({len(claims)})", notes=claims)


def _is_first(stage: Stage) -> bool:
    """Return whether nothing was judged before this stage, so that it has nothing to be compared with."""
    return bool(stage.changes) and all(change.before is None for change in stage.changes)


def _list_outcome_counts(stage: Stage) -> Iterable[str]:
    """Yield each outcome for the release with the safeguards that have it, the best first."""
    outcomes = stage.verdict.outcomes if stage.verdict else {}
    for outcome in _BEST_FIRST:
        if names := [name for name, has in outcomes.items() if has is outcome]:
            yield f"{outcome.words} ({len(names)}): {listed(names)}"


def _build_on_opening(channel: str, counts: Mapping[Outcome, int]) -> Item:
    """How many safeguards have which outcome on a channel that opens."""
    counted = listed(f"{counts[outcome]} {outcome.words}" for outcome in _BEST_FIRST if counts[outcome])
    return Item(text=f"On {channel}: {counted}.")


def _list_changes(stage: Stage) -> Iterable[Item]:
    if not stage.changes:
        yield Item(text="No outcome changes for the release.")
    for kind, heading in _HEADINGS.items():
        if changes := [change for change in stage.of_kind(kind) if change.before]:
            yield Item(text=f"{heading} ({len(changes)})", notes=tuple(map(_write_change, changes)))


def _write_change(change: SafeguardChange) -> str:
    """Return what a change of outcome is, and where the new outcome comes from."""
    name = change.safeguard.full_title
    if change.before is change.after:
        where = listed(channel.channel for channel in change.channels if channel.before)
        return f"{name}: still {change.after.words} for the release; changed on {where}"
    before = f"{change.before.words}, now " if change.before else ""
    still = f"; still satisfied on {listed(change.still)}" if change.still else ""
    return f"{name}: {before}{change.after.words} on {listed(change.places)}{still}"


def _write_ineffective(claim: BecomesIneffective) -> str:
    """Return on which channels a claim is ineffective from a stage on."""
    also = "also " if claim.already else ""
    where = f"the claim on line {claim.line} is ineffective {also}on {listed(claim.channels)}"
    return f"{claim.safeguard.full_title}: {where}. {claim.reason}"


def _write_held(held: HeldUntil) -> str:
    return f"{held.safeguard.full_title}: {held.reason}"


def _describe_closing(channel: Channel, timeline: Timeline) -> str:
    if timeline.recalls_nothing(channel):
        return "this recalls nothing; copies remain."
    if timeline.ladder.access_levels[channel.access].mode is Mode.CLOSED_API:
        return "access through it ends. It still counts, because openness only grows."
    return "it hands out nothing more. It still counts, because what was handed out stays."


def _name_scope(waiver: Waiver) -> str:
    return f" on {listed(waiver.channels)}" if waiver.channels else ""
