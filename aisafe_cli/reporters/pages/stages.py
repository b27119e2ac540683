"""The words in which stages of a plan are told, for a terminal and for Markdown alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from aisafe_cli.analysis.timeline import Change, Stage, Timeline, Turn
from aisafe_cli.domain.catalog import Mode, Safeguard
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Waiver
from aisafe_cli.domain.report import Finding
from aisafe_cli.evaluation.evidence import EvidenceTurn
from aisafe_cli.text.wording import listed

NO_CHANGE = "No outcome changes for the release."
HEADINGS = {"stops": "Hold no longer", "starts": "Begin to hold", "other": "Other changes"}
INEFFECTIVE = "Claims that are ineffective from here on"
_BEST_FIRST = (
    *(one for one in reversed(Outcome) if one is not Outcome.NOT_APPLICABLE),
    Outcome.NOT_APPLICABLE,
)
HELD = "Carried out in time, and from here on it cannot be carried out any more"


def since(stage: Stage) -> str:
    """Return the days of a stage in words."""
    if stage.day is None:
        return f"from the start, before {stage.until.isoformat()}" if stage.until else "from the start"
    return f"from {stage.day.isoformat()}"


def begins(stage: Stage) -> str:
    """Return the first day of a stage, or `the start`."""
    return stage.day.isoformat() if stage.day else "the start"


def events(stage: Stage, timeline: Timeline) -> Iterable[str]:
    """Yield a sentence for each thing that happens as a stage begins."""
    for channel in stage.opens:
        variant = f", variant {channel.variant}" if channel.variant else ""
        yield f"{channel.id} opens ({channel.access}{variant})."
    for channel in stage.closes:
        yield f"{channel.id} closes ({channel.access}): {_closing(channel, timeline)}"
    yield from (f"The waiver for {waiver.safeguard}{_scope(waiver)} begins." for waiver in stage.waivers_begin)
    yield from (
        f"The waiver for {waiver.safeguard}{_scope(waiver)} has expired and lifts nothing any more."
        for waiver in stage.waivers_end
    )
    for (ref, is_too_old), find_evidence_turns in evidence(stage):
        what = "is too old from here on" if is_too_old else "counts from here on"
        yield f"The evidence {ref} {what} ({listed(one.subject for one in find_evidence_turns)})."


def evidence(stage: Stage) -> Iterable[tuple[tuple[str, bool], Sequence[EvidenceTurn]]]:
    """Yield each piece of evidence that begins to count or to be too old, with all that it is named for."""
    for what, find_evidence_turns in groupby(sorted(stage.evidence, key=_turns), key=_turns):
        yield what, tuple(dict.fromkeys(find_evidence_turns))


def _turns(one: EvidenceTurn) -> tuple[str, bool]:
    return one.ref, one.is_too_old


def open_channels(stage: Stage) -> str:
    """Return which channels are open; that there are none is said plainly."""
    if stage.open:
        return listed(channel.id for channel in stage.open)
    return "no channel any more" if stage.standing else "no channel yet"


def outcomes(stage: Stage) -> Iterable[str]:
    """Yield each outcome for the release with the safeguards that have it, the best first."""
    found = stage.standing.outcomes if stage.standing else {}
    for outcome in _BEST_FIRST:
        if names := [name for name, one in found.items() if one is outcome]:
            yield f"{words(outcome)} ({len(names)}): {listed(names)}"


def on_opening(stage: Stage) -> Iterable[str]:
    """Yield how many safeguards have which outcome on each channel that opens, unless there are no others."""
    if is_first(stage):
        return
    for name, counts in (stage.standing.on_opening if stage.standing else {}).items():
        counted = listed(f"{counts[outcome]} {words(outcome)}" for outcome in _BEST_FIRST if counts[outcome])
        yield f"On {name}: {counted}."


def change(one: Change) -> str:
    """Return what a change of outcome is, and where the new outcome comes from."""
    kept = [channel.channel for channel in one.channels if channel.before]
    if one.before is one.after:
        return f"still {words(one.after)} for the release; changed on {listed(kept)}"
    before = f"{words(one.before)}, now " if one.before else ""
    still = f"; still satisfied on {listed(one.still)}" if one.still else ""
    return f"{before}{words(one.after)} on {listed(one.places)}{still}"


def turn(one: Turn) -> str:
    """Return where a claim is relied on in vain from a stage on."""
    also = "also " if one.already else ""
    return f"the claim in line {one.line} is ineffective {also}on {listed(one.channels)}. {one.reason}"


def held(finding: Finding) -> str:
    """Return until when a safeguard held that a later stage has ended."""
    return finding.channels[-1].reason


def name(safeguard: Safeguard) -> str:
    """Return a safeguard's id and title."""
    return f"{safeguard.id} {safeguard.title}"


def changes(stage: Stage) -> Sequence[tuple[str, Sequence[Change]]]:
    """Return the changes with a heading for each kind that there are; none for the first stage that can be judged."""
    return [
        (heading, found)
        for kind, heading in HEADINGS.items()
        if (found := [one for one in stage.of_kind(kind) if one.before])
    ]


def is_first(stage: Stage) -> bool:
    """Return whether nothing was judged before this stage, so that it has nothing to be compared with."""
    return bool(stage.changes) and all(one.before is None for one in stage.changes)


def words(identifier: str) -> str:
    """Return an identifier as words."""
    return identifier.replace("_", " ")


def _closing(channel: Channel, timeline: Timeline) -> str:
    if timeline.recalls_nothing(channel):
        return "this recalls nothing, copies stay out."
    if timeline.ladder.access_levels[channel.access].mode is Mode.CLOSED_API:
        return "access through it ends. It still counts, because openness only grows."
    return "it hands out nothing more. It still counts, because what was handed out stays."


def _scope(waiver: Waiver) -> str:
    return f" on {listed(waiver.channels)}" if waiver.channels else ""
