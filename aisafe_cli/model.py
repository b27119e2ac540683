"""The terms of the tool as data: plan, catalog, ladder and report. Frozen; standard library only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar

from aisafe_cli.records import record

_Item = TypeVar("_Item")
Watch = Callable[[Sequence[_Item]], Iterable[_Item]]  # hands out items one by one, and tells how far the work has come


class Mode(StrEnum):
    """A release mode. The release has the mode of its most open channel."""

    CLOSED_API = "closed_api"
    LOCAL_DOWNLOAD = "local_download"
    OPEN_WEIGHTS = "open_weights"


class Flag(StrEnum):
    """What the catalog says of a safeguard on a mode, a rung or a role."""

    COMPATIBLE = "compatible"
    CONDITIONAL = "conditional"
    CAUTIONARY = "cautionary"
    INCOMPATIBLE = "incompatible"


class Binds(StrEnum):
    """What a safeguard is done to: the model, a service in front of it, or the release as a decision or stage."""

    MODEL = "model"
    SERVICE = "service"
    RELEASE = "release"


class Status(StrEnum):
    """How far a claim says a safeguard is carried out."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partial"
    PLANNED = "planned"
    NOT_IMPLEMENTED = "not_implemented"
    UNANSWERED = "unanswered"


class Outcome(StrEnum):
    """What the check says of a safeguard, worst first; `not_applicable` is skipped when outcomes are rolled up."""

    INEFFECTIVE = "ineffective"
    INCOMPATIBLE = "incompatible"
    UNKNOWN = "unknown"
    GAP = "gap"
    PLANNED = "planned"
    PARTIAL = "partial"
    SATISFIED = "satisfied"
    NOT_APPLICABLE = "not_applicable"


class Level(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class WaiverState(StrEnum):
    """Whether a waiver may lift a block: in force, or why not.

    `too_long` is one that runs for longer than the configuration allows, and `not_trusted` one that is not in the
    revision that is trusted.
    """

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    TOO_LONG = "too_long"
    NOT_TRUSTED = "not_trusted"


class EvidenceState(StrEnum):
    """What is known of a piece of evidence that a plan names.

    `unchecked`: nobody looked, as for a plan that was made in memory. `found`: the file is there, with the SHA-256 that
    the plan gives, if it gives one. `not_fetched`: an address, which is never opened. `locator`: neither a path nor an
    address. The others speak against it. `absent`, `altered`, `outside` the repository, `not_a_file` and `unreadable`
    are about the file; `stale`, `undated` and `not_yet` about its date.
    """

    UNCHECKED = "unchecked"
    FOUND = "found"
    NOT_FETCHED = "not_fetched"
    LOCATOR = "locator"
    ABSENT = "absent"
    ALTERED = "altered"
    OUTSIDE = "outside"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    STALE = "stale"
    UNDATED = "undated"
    NOT_YET = "not_yet"


ROLES = ("developer", "fine_tuner", "deployer", "hosting_platform", "distributor")
SIZES = ("solo", "small", "medium", "large")
CAPABILITIES = ("low", "moderate", "high", "severe", "unknown")

OUTCOME_ORDER: Mapping[Outcome, int] = {outcome: place for place, outcome in enumerate(Outcome)}
UNMET = (Outcome.UNKNOWN, Outcome.GAP, Outcome.PLANNED, Outcome.PARTIAL)
LEVEL_ORDER: Mapping[Level, int] = {level: place for place, level in enumerate(Level)}

# A state that is not listed here speaks against the evidence: a new one is doubtful until somebody decides otherwise.
_UNDOUBTED = frozenset({EvidenceState.UNCHECKED, EvidenceState.FOUND, EvidenceState.NOT_FETCHED, EvidenceState.LOCATOR})


class Position(NamedTuple):
    """A place in a file. Both count from 1."""

    line: int = 1
    column: int = 1


# --- the plan -------------------------------------------------------------------------------------------------------


@record
class Evidence:
    """Something that a plan names as evidence. `problem` says in words what speaks against it, if anything does."""

    ref: str
    type: str = "other"
    date: date | None = None
    sha256: str | None = None
    state: EvidenceState = EvidenceState.UNCHECKED
    problem: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether something speaks against it, so that it shows nothing."""
        return self.state not in _UNDOUBTED


@record
class Claim:
    """What the plan says of one safeguard. `channels` is empty where the claim covers every channel."""

    status: Status
    channels: tuple[str, ...] = ()
    against: str = "malicious_actors"
    evidence: tuple[Evidence, ...] = ()
    owner: str | None = None
    note: str | None = None
    position: Position = Position()


@record
class License:
    """A license as the plan names it, with the class that it declares and the class derived from its identifier."""

    id: str | None = None
    name: str | None = None
    url: str | None = None
    declared_class: str | None = None
    derived_class: str | None = None


@record
class Channel:
    """One way in which the outside reaches the model through this release."""

    id: str
    access: str
    opens: date | None = None
    closes: date | None = None
    operator: str = "self"
    variant: str | None = None
    url: str | None = None
    gated: bool | str = False
    license: License | None = None
    position: Position = Position()


@record
class Model:
    """The model that is released, as the plan describes it. `parameters` is a count."""

    name: str
    version: str | None = None
    developer: str | None = None
    parameters: float | None = None
    base_models: tuple[str, ...] = ()
    base_model_relation: str | None = None
    purl: str | None = None
    capability: str = "unknown"
    capability_evidence: tuple[Evidence, ...] = ()
    position: Position = Position()


@record
class Organization:
    """Who makes the release."""

    role: str = "developer"
    size: str = "large"


@record
class Adoption:
    """An alternative that the plan says it carries out."""

    id: str
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None
    position: Position = Position()


@record
class Waiver:
    """A reasoned, owned exception, from `granted` through `expires`. `channels` is empty for every channel.

    `trusted` is false where the revision that is trusted does not grant it.
    """

    safeguard: str
    channels: tuple[str, ...] = ()
    reason: str
    owner: str
    granted: date
    expires: date
    position: Position = Position()
    trusted: bool = True


@record
class Stub:
    """The text that would add a safeguard to the plan file as unanswered, before what stands at the position."""

    safeguard: str
    position: Position
    text: str


@record
class Plan:
    """A release plan.

    `undeclared` names the profile fields that were left out and so took their strictest value, and `pinned` those that
    the configuration set in the plan's place. `stubs` has an entry for each safeguard without a claim.
    """

    path: str
    sha256: str
    model: Model
    organization: Organization
    channels: tuple[Channel, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    adoptions: tuple[Adoption, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    fail_under: int = 0
    undeclared: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    safeguards_position: Position = Position()
    stubs: tuple[Stub, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence that the plan names: for its capability, its claims and the alternatives that it adopts."""
        named = [self.model.capability_evidence]
        named += [claim.evidence for claims in self.claims.values() for claim in claims]
        named += [adoption.evidence for adoption in self.adoptions]
        return tuple(item for evidence in named for item in evidence)


# --- the catalog and the ladder -------------------------------------------------------------------------------------


@record
class Reference:
    """Something the catalog cites."""

    id: str
    title: str
    kind: str
    year: int | None = None
    locator: str | None = None


@record
class Judgement:
    """A flag with its reason. `condition` says what has to be true where the flag is conditional."""

    flag: Flag
    reason: str
    condition: str = ""


@record
class Locator:
    """Where a safeguard stands in its document. `sha256_of_letters` is taken over its letters alone, in lower case."""

    page: int
    row: int
    bullet: int
    opens_with: str
    ends_with: str
    sha256_of_letters: str


@record
class Precondition:
    """When a safeguard applies: a channel with one of the properties, or a plan with one of the capabilities."""

    channel_has: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    reason: str


@record
class TamperRule:
    """Where a claim may be relied on only with a tamper evaluation."""

    channel_has: frozenset[str]
    unless_against: str | None = None
    reason: str


@record
class Cited:
    """What a reference says, in the catalog's words."""

    reference: str
    says: str


@record
class Safeguard:
    """One entry of a catalog."""

    id: str
    slug: str
    title: str
    group: str
    statement: str
    question: str
    locator: Locator
    binds: Binds
    roles: tuple[str, ...]
    modes: Mapping[Mode, Judgement]
    by_access: Mapping[str, Judgement]
    by_role: Mapping[str, Judgement]
    evidence_counts: tuple[str, ...]
    tamper_rule: TamperRule | None = None
    applies_when: Precondition | None = None
    stageable: bool = False
    weights_decision: bool = False
    effort: int
    remedy: str
    alternatives: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    objections: tuple[Cited, ...] = ()
    references: tuple[str, ...] = ()


@record
class Alternative:
    """Something a release can do instead of a safeguard that cannot work.

    `strength` is strong, moderate or weak; `effect` is prevents, slows, informs or repairs, or empty.
    """

    id: str
    title: str
    does: str
    limits: str
    strength: str
    effort: int
    evidence: tuple[Cited, ...]
    effect: str = ""


@record
class Profile:
    """What is required of one size at one capability: a rule's name or a set of safeguard ids."""

    rule: str = ""
    safeguards: frozenset[str] = frozenset()


@record
class Requirements:
    """Which safeguards are required, by (size, capability)."""

    reason: str
    always: frozenset[str]
    only_for_capability: Mapping[str, frozenset[str]]
    profiles: Mapping[tuple[str, str], Profile]


@record
class Document:
    """The guidance document that a catalog encodes, and its standing."""

    title: str
    identifier: str
    publisher: str
    status: str
    published: str
    part: str
    later_versions: str
    sha256: str | None = None


@record
class ModeInfo:
    """What a release mode means."""

    id: Mode
    title: str
    means: str


@record
class Rung:
    """One step of the access ladder. A higher rank opens more; properties say what outsiders can do with weights."""

    id: str
    title: str
    rank: int
    mode: Mode
    properties: frozenset[str]
    adds: str
    misuse_vectors: tuple[str, ...]
    developer_controls: tuple[str, ...]
    mozilla: tuple[str, ...] = ()
    solaiman: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@record
class Ladder:
    """The rungs by id, least open first, and the three modes."""

    rungs: Mapping[str, Rung]
    modes: Mapping[Mode, ModeInfo]
    references: Mapping[str, Reference]
    sha256: str


@record
class Catalog:
    """A guidance document encoded: safeguards in document order, alternatives, requirements."""

    id: str
    version: str
    title: str
    inferences: tuple[str, ...]
    path: str
    sha256: str
    document: Document
    groups: Mapping[str, str]
    practices: Mapping[str, str]
    safeguards: tuple[Safeguard, ...]
    alternatives: Mapping[str, Alternative]
    requirements: Requirements
    references: Mapping[str, Reference]


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
class Rules:
    """What a configuration changes in the evaluation; by default nothing.

    `required` and `recommended` hold ids of safeguards that are so whatever the catalog requires of the profile. At the
    capabilities of `evidence_for` a claim counts only with evidence, and so it does at an unknown one, which could be
    any of them. A waiver may run for `max_waiver_days`.
    """

    required: frozenset[str] = frozenset()
    recommended: frozenset[str] = frozenset()
    evidence_for: frozenset[str] = frozenset()
    age_limits: AgeLimits = AgeLimits()
    max_waiver_days: int | None = None

    def asks_for_evidence_at(self, capability: str) -> bool:
        """Return whether a claim counts only if it names evidence."""
        return capability in self.evidence_for or (capability == "unknown" and bool(self.evidence_for))


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
    def gravity(self) -> tuple[int, int]:
        """A key that sorts the worst first: by level, then by outcome."""
        return LEVEL_ORDER[self.level], OUTCOME_ORDER[self.outcome]


@record
class AppliedWaiver:
    """A waiver and whether it may lift a block on the date of the check."""

    waiver: Waiver
    state: WaiverState


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
    waivers: tuple[AppliedWaiver, ...] = ()

    @property
    def gravest(self) -> ChannelResult:
        """The result on a channel that sets the level."""
        return min(self.channels, key=lambda result: result.gravity)


@record
class PlanFinding:
    """A finding on the plan itself, not on a safeguard."""

    rule: str
    level: Level
    message: str
    remedy: str
    position: Position
    channel: str | None = None


@record
class Score:
    """A count out of a total, in whole numbers; `denominator` 0 means that nothing was there to count."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> int | None:
        """The whole percentage, rounded down; None where nothing was there to count."""
        return self.numerator * 100 // self.denominator if self.denominator else None


@record
class Coverage:
    """Declared coverage: satisfied safeguards and half of the partial ones, out of those that can be carried out."""

    satisfied: int
    partial: int
    applicable: int

    @property
    def score(self) -> Score:
        """The coverage as a fraction in whole numbers, doubled where a half would be left."""
        factor = 1 + self.partial % 2
        return Score(
            numerator=(2 * self.satisfied + self.partial) * factor // 2,
            denominator=self.applicable * factor,
        )


@record
class Scores:
    """The four scores of a channel or of the release."""

    possible: Score
    coverage: Coverage
    addressed: Score
    evidenced: Score


@record
class ChannelReport:
    """A channel with its rung and its scores."""

    channel: Channel
    rung: Rung
    scores: Scores


@record
class Cut:
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
    cut: Cut | None = None
    rules: Rules = Rules()


@record
class Policy:
    """What blocks. `fail_under` is a percentage of declared coverage, 0 to 100.

    An error blocks with an outcome of `error_outcomes`, and always where it is `ineffective`; a warning with one of
    `warning_outcomes`. With `strict` every error and every warning does. `must_satisfy` has safeguard ids by release
    mode or rung. `configuration` names the file that this comes from, if there is one.
    """

    strict: bool = False
    fail_under: int = 0
    honour_waivers: bool = True
    error_outcomes: tuple[Outcome, ...] = UNMET
    warning_outcomes: tuple[Outcome, ...] = ()
    must_satisfy: tuple[tuple[str, tuple[str, ...]], ...] = ()
    configuration: str | None = None


@record
class BaselineEntry:
    """A block that a baseline records: of a safeguard on a channel, or of a rule on a channel or the plan itself.

    `access` is the rung of the channel at that time; `channel` and `access` are None for a rule on the plan itself, and
    `outcome` is None for a rule.
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
    """What a team carries over of one plan: the blocks it had on the day `recorded`, and why.

    `names_plan` is false where the baseline says nothing of the plan, so that nothing is carried over.
    """

    recorded: date
    reason: str
    catalog: CatalogIdentity
    names_plan: bool = True
    entries: tuple[BaselineEntry, ...] = ()
    coverage: ShortCoverage | None = None


@record
class Tally:
    """How the waivers of a plan stand, and what they and a baseline lift.

    Each waiver is in force, expired, not yet in force, longer than allowed or not trusted. Of those in force some are
    lifting a block (`expiring` of them for 30 days at most), some are unmatched, since nothing blocks where they hold.
    `waived` and `carried` count the blocks that waivers lift and that the baseline carries; `outdated` counts entries
    of the baseline to be removed.
    """

    in_force: int = 0
    expired: int = 0
    not_yet: int = 0
    too_long: int = 0
    not_trusted: int = 0
    lifting: int = 0
    expiring: int = 0
    unmatched: int = 0
    waived: int = 0
    carried: int = 0
    outdated: int = 0


@record
class Verdict:
    """Pass or fail of a plan under a policy.

    `blocking` holds safeguard ids, rules of plan findings, and `coverage`; `unsatisfied` those ids among them that the
    policy says must be satisfied. `waived` holds the ids whose block a waiver lifted, and `coverage_with_waivers`
    counts those as satisfied. `lifting` are the waivers with a part in that. `carried` holds those names whose block
    the baseline carries, and `entries` what it says of their findings. `notices` say what a reader must know of
    waivers, of the baseline and of what must be satisfied.
    """

    passed: bool
    policy: Policy
    blocking: tuple[str, ...]
    unsatisfied: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    lifting: tuple[Waiver, ...] = ()
    coverage_with_waivers: Coverage
    baseline: Baseline | None = None
    carried: tuple[str, ...] = ()
    entries: tuple[BaselineEntry, ...] = ()
    tally: Tally = Tally()
    notices: tuple[str, ...] = ()
    headline: str


@record
class Result:
    """One judged plan: what every reporter renders."""

    report: Report
    verdict: Verdict


@record
class ReadFile:
    """A file that a run read, and the bytes it held.

    `purpose` is plan, catalog, access_ladder, configuration, baseline, evidence or template; a plan that others are
    compared with is `trusted_plan`. Evidence is read where the plan gives its SHA-256. `origin` is working_tree,
    package, standard_input, or `revision` with the hash of a commit.
    """

    path: str
    purpose: str
    origin: str
    sha256: str
    size: int


@record
class Run:
    """Everything that one call evaluated.

    `complete` is false where a plan could not be evaluated, and `unreadable` says for each of those why, in one line.
    `files` lists what was read, in order.
    """

    results: tuple[Result, ...]
    exit_code: int
    complete: bool
    version: str
    unreadable: tuple[str, ...] = ()
    files: tuple[ReadFile, ...] = ()
