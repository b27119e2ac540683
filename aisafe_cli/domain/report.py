"""The evaluation of one plan: findings, scores, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Catalog, Flag, Ladder, Mode, Safeguard
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.plan import Channel, Claim, Plan, Position
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.score import Scores

_Item = TypeVar("_Item")
Watch = Callable[[Sequence[_Item]], Iterable[_Item]]  # hands out items one by one, and tells how far the work has come


# --- the report -----------------------------------------------------------------------------------------------------


@record
class ChannelResult:
    """What the check says of one safeguard on one channel.

    `claim` is what the plan says of it there, if anything. `judged` is false where the outcome only repeats that of a
    more open channel, as it does for safeguards that bind the release.
    """

    channel: str
    outcome: Outcome
    flag: Flag
    level: Level
    required: bool
    reason: str
    remedy: str = ""
    claim: Claim | None = None
    judged: bool = True

    @property
    def severity_key(self) -> tuple[int, int]:
        """A key that sorts the worst first: by level, then by outcome."""
        return LEVEL_ORDER[self.level], OUTCOME_ORDER[self.outcome]


@record
class Finding:
    """A safeguard with its outcome for the release, per channel, and what to do about it."""

    safeguard: Safeguard
    outcome: Outcome
    level: Level
    reason: str
    remedy: str
    position: Position
    channels: tuple[ChannelResult, ...]
    adopted: tuple[str, ...] = ()

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
    """A finding on the plan itself, not on a safeguard; `kind` says which, such as `closing-recalls-nothing`."""

    kind: str
    level: Level
    message: str
    remedy: str
    position: Position
    channel: str | None = None


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

    `cut` is there where only the channels were judged that are open by a day; the plan then has no others.
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
    scores: Scores
    cut: Cutoff | None = None
    overrides: EvaluationOverrides = EvaluationOverrides()
