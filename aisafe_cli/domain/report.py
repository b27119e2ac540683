"""The evaluation of one plan: findings, scores, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from math import lcm

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Catalog, Flag, Ladder, Mode, Safeguard
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, UNMET, Level, Outcome, Why
from aisafe_cli.domain.plan import TAMPER_EVALUATION, Channel, Claim, Evidence, Plan, Position
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.score import Score, Scores
from aisafe_cli.text.annotations import TypeVar
from aisafe_cli.text.enums import StrEnum

_Item = TypeVar("_Item")
Watch = Callable[[Sequence[_Item]], Iterable[_Item]]  # hands out items one by one, and tells how far the work has come


class Grade(StrEnum):
    """How well a safeguard is shown to be carried out, least first."""

    CLAIMED = "claimed"
    DOCUMENTED = "documented"
    TESTED = "tested"
    TESTED_INDEPENDENTLY = "tested_independently"
    TESTED_UNDER_TAMPERING = "tested_under_tampering"


GRADES = tuple(Grade)


def grade_claim(claim: Claim | None) -> Grade:
    """Return the grade of the best evidence that a claim names."""
    supporting = [item for item in claim.evidence if item.supports] if claim else []
    return max(map(_grade_evidence, supporting), key=GRADES.index, default=Grade.CLAIMED)


def _grade_evidence(item: Evidence) -> Grade:
    if item.type == TAMPER_EVALUATION:
        return Grade.TESTED_UNDER_TAMPERING
    if item.type != "evaluation":
        return Grade.DOCUMENTED
    return Grade.TESTED_INDEPENDENTLY if item.by == "independent" else Grade.TESTED


@record
class CountedCapability:
    """The capability that a plan declares, the level after the floor of the catalog, and what that counts as."""

    declared: str
    level: str
    counts_as: str

    @property
    def is_raised(self) -> bool:
        """Whether the floor raised it."""
        return self.level != self.declared


@record
class Partition:
    """The safeguards of a catalog, each in one part: ids in the order of the catalog.

    `replaced` and `not_replaced` cannot work here, with or without an alternative; `claimed_all_the_same` cannot work
    as claimed.
    """

    done: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    not_replaced: tuple[str, ...] = ()
    claimed_all_the_same: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def cannot_work(self) -> tuple[str, ...]:
        """The three parts of those that cannot work, one after the other."""
        return (*self.replaced, *self.not_replaced, *self.claimed_all_the_same)

    def to_words(self) -> str:
        """Return how many safeguards are in each part; the numbers add up to all, and a part with none is left out."""
        ruled_out = {
            "replaced": self.replaced,
            "not replaced": self.not_replaced,
            "claimed all the same": self.claimed_all_the_same,
        }
        parts = {
            "done": self.done,
            "to do": self.to_do,
            f"cannot work here ({_count_parts(ruled_out)})": self.cannot_work,
            "not asked": self.not_asked,
        }
        return _count_parts(parts)


def _count_parts(parts: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{len(ids)} {words}" for words, ids in parts.items() if ids)


# --- the report -----------------------------------------------------------------------------------------------------


@record
class ChannelResult:
    """What the check says of one safeguard on one channel.

    `why` says what decided it. `claim` is what the plan says of it there, if anything. `judged` is false where the
    outcome only repeats that of a more open channel, as it does for safeguards that bind the release. `too_late` is the
    day since which it cannot be made good, if the check comes after it. `by_parts` names the parts that decided it.
    """

    channel: str
    outcome: Outcome
    why: Why
    flag: Flag
    level: Level
    required: bool
    reason: str
    remedies: tuple[str, ...] = ()
    claim: Claim | None = None
    judged: bool = True
    too_late: date | None = None
    by_parts: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """What to do about it, in a few sentences, or empty."""
        return " ".join(self.remedies)

    @property
    def severity_key(self) -> tuple[int, int]:
        """A key that sorts the worst first: by level, then by outcome."""
        return LEVEL_ORDER[self.level], OUTCOME_ORDER[self.outcome]


@record
class Finding:
    """A safeguard with its outcomes for the release and per channel; those of its `parts` count in it alone."""

    safeguard: Safeguard
    outcome: Outcome
    level: Level
    reason: str
    remedy: str
    position: Position
    channels: tuple[ChannelResult, ...]
    adopted: tuple[str, ...] = ()
    parts: tuple[Finding, ...] = ()

    @property
    def grade(self) -> Grade | None:
        """The lowest evidence grade of the claims that carry it out, or None where none does."""
        carried_out = (Outcome.SATISFIED, Outcome.PARTIAL)
        grades = [grade_claim(result.claim) for result in self.channels if result.outcome in carried_out]
        return min(grades, key=GRADES.index, default=None)

    @property
    def required(self) -> bool:
        """Whether it is required on some channel."""
        return any(result.required for result in self.channels)

    @property
    def too_late(self) -> date | None:
        """The day since which it cannot be made good for this release, where the check comes after it."""
        return next((result.too_late for result in self.channels if result.too_late), None)

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Its outcome on each channel."""
        return {result.channel: result.outcome for result in self.channels}

    def list_channels(self, *outcomes: Outcome) -> list[str]:
        """Return the channels on which it has one of the outcomes."""
        return [result.channel for result in self.channels if result.outcome in outcomes]

    @property
    def judged(self) -> tuple[ChannelResult, ...]:
        """The results that repeat no other."""
        return tuple(result for result in self.channels if result.judged)

    @property
    def ineffective(self) -> tuple[ChannelResult, ...]:
        """The results on which it is relied on although it cannot work there, of those that repeat no other."""
        return tuple(result for result in self.judged if result.outcome is Outcome.INEFFECTIVE)

    @property
    def worst(self) -> ChannelResult:
        """The result on a channel that sets the level."""
        return min(self.channels, key=lambda result: result.severity_key)

    @property
    def is_ineffective(self) -> bool:
        """Whether it is relied on somewhere although it cannot work there."""
        return any(result.outcome is Outcome.INEFFECTIVE for result in self.channels)


@record
class PlanFinding:
    """A finding on the plan itself, not on a safeguard; `kind` says which, such as `closing-recalls-nothing`.

    `effort` is what the remedy takes: 0 where only the plan has to change, else the catalog's 1 to 5.
    """

    kind: str
    level: Level
    message: str
    remedy: str
    position: Position
    channel: str | None = None
    effort: int = 0


@record
class ChannelReport:
    """A channel with its access level and its scores."""

    channel: Channel
    access_level: AccessLevel
    scores: Scores

    @property
    def opening(self) -> date:
        """The day it opens; one left out counts as before every other."""
        return self.channel.opening


@record
class Cutoff:
    """What a report is not about: the channels of its plan that open only after a day."""

    day: date
    left_out: tuple[Channel, ...]


@record
class Report:
    """The complete evaluation of one plan against one catalog on one date.

    `notes` are those of the plan findings that loading made. `cut` is there where only channels were judged that are
    open by a day; the plan then has no others.
    """

    plan: Plan
    catalog: Catalog
    ladder: Ladder
    as_of: date
    mode: Mode
    decided_by: Channel
    channels: tuple[ChannelReport, ...]
    findings: tuple[Finding, ...]
    plan_findings: tuple[PlanFinding, ...]
    notes: tuple[PlanFinding, ...] = ()
    capability: CountedCapability
    scores: Scores
    cut: Cutoff | None = None
    overrides: EvaluationOverrides = EvaluationOverrides()

    @property
    def by_id(self) -> Mapping[str, Finding]:
        """The findings by the ids of their safeguards."""
        return {finding.safeguard.id: finding for finding in self.findings}

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcome of each safeguard for the release."""
        return {finding.safeguard.id: finding.outcome for finding in self.findings}

    @property
    def access(self) -> Mapping[str, AccessLevel]:
        """The access level of each channel, the most open last."""
        return {channel.channel.id: channel.access_level for channel in self.channels}

    @property
    def results(self) -> tuple[ChannelResult, ...]:
        """What is said of every safeguard on every channel."""
        return tuple(chain.from_iterable(finding.channels for finding in self.findings))

    @property
    def lowest_coverage(self) -> Score:
        """The lowest declared coverage of the release and its channels; a channel that is asked nothing has none."""
        scores = [channel.scores.coverage.score for channel in self.channels]
        counted = [self.scores.coverage.score, *(score for score in scores if score.denominator)]
        common = lcm(*(score.denominator or 1 for score in counted))
        return min(counted, key=lambda score: score.numerator * (common // (score.denominator or 1)))

    @property
    def grade(self) -> Grade | None:
        """The lowest evidence grade among the required safeguards that are carried out, or None where none is."""
        grades = [finding.grade for finding in self.findings if finding.required]
        return min((grade for grade in grades if grade), key=GRADES.index, default=None)

    @property
    def partition(self) -> Partition:
        """The safeguards by what is to be said of them; the parts add up to all."""
        parts: dict[str, list[str]] = {}
        for finding in self.findings:
            parts.setdefault(_find_part(finding), []).append(finding.safeguard.id)
        return Partition(**{name: tuple(ids) for name, ids in parts.items()})


def _find_part(finding: Finding) -> str:
    if finding.outcome is Outcome.SATISFIED:
        return "done"
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return "not_asked"
    if finding.outcome in UNMET:
        return "to_do"
    if finding.outcome is Outcome.INEFFECTIVE:
        return "claimed_all_the_same"
    return "replaced" if finding.adopted else "not_replaced"
