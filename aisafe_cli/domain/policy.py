"""What blocks, what a configuration changes in the evaluation, and what a baseline carries."""

from __future__ import annotations

from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.score import Score

# --- the configuration ----------------------------------------------------------------------------------------------


@record
class AgeLimits:
    """How many days old evidence may be: for single safeguards, by id, and `days` for all others; None for no limit."""

    days: int | None = None
    by_safeguard: tuple[tuple[str, int], ...] = ()

    def of(self, safeguard: str) -> int | None:
        """Return the limit for the evidence of a safeguard, or None."""
        return dict(self.by_safeguard).get(safeguard, self.days)


@record
class EvaluationOverrides:
    """What a configuration changes in the evaluation; by default nothing.

    `required` and `recommended` hold ids of safeguards that are so whatever the catalog requires of the profile. At the
    capabilities of `evidence_for` a claim counts only with evidence, and so it does at an unknown one, which could be
    any of them.
    """

    required: frozenset[str] = frozenset()
    recommended: frozenset[str] = frozenset()
    evidence_for: frozenset[str] = frozenset()
    age_limits: AgeLimits = AgeLimits()

    def asks_for_evidence_at(self, capability: str) -> bool:
        """Return whether a claim counts only if it names evidence."""
        return capability in self.evidence_for or (capability == "unknown" and bool(self.evidence_for))


@record
class Policy:
    """What blocks: errors, and with `strict` warnings too.

    `fail_under` is a percentage of declared coverage, 0 to 100. `must_satisfy` has safeguard ids by release mode or
    access level. A waiver may run for `max_waiver_days`. `configuration` names the file that this comes from, if there
    is one.
    """

    strict: bool = False
    fail_under: int = 0
    honour_waivers: bool = True
    must_satisfy: tuple[tuple[str, tuple[str, ...]], ...] = ()
    max_waiver_days: int | None = None
    configuration: str | None = None


@record
class BaselineEntry:
    """A block that a baseline records: of a safeguard on a channel, or of a rule on a channel or the plan itself.

    `access` is the access level of the channel at that time; `channel` and `access` are None for a rule on the plan
    itself, and `outcome` is None for a rule.
    """

    subject: str
    channel: str | None
    access: str | None
    outcome: Outcome | None
    level: Level


@record
class ShortCoverage:
    """A declared coverage that was under `fail_under` percent when a baseline was recorded."""

    score: Score
    fail_under: int


@record
class CatalogIdentity:
    """Which catalog something was judged against."""

    id: str
    version: str
    sha256: str


@record
class Baseline:
    """What a team carries over of a plan since the day `recorded`; nothing where it says nothing of the plan."""

    recorded: date
    reason: str
    catalog: CatalogIdentity
    names_plan: bool = True
    entries: tuple[BaselineEntry, ...] = ()
    coverage: ShortCoverage | None = None
