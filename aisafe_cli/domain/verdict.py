"""Verdicts, and everything that one call evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import Waiver
from aisafe_cli.domain.policy import Baseline, BaselineEntry, Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.score import Coverage
from aisafe_cli.text.annotations import NamedTuple
from aisafe_cli.text.enums import StrEnum


class WaiverState(StrEnum):
    """Whether a waiver may lift a block, or why not: too long for the configuration, or not of a trusted revision."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    TOO_LONG = "too_long"
    NOT_TRUSTED = "not_trusted"


@record
class AppliedWaiver:
    """A waiver and whether it may lift a block on the date of the check."""

    waiver: Waiver
    state: WaiverState


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

    `blocking` holds safeguard ids, kinds of plan findings, and `coverage`; `blocked_on` the safeguard ids among
    them with each channel on which they block; `unsatisfied` those ids that the policy says must be satisfied.
    `waived` holds the ids whose block a waiver lifted, and `coverage_with_waivers` counts those as satisfied.
    `waivers` are those of the plan with their state; `lifting` are those with a part in a lifted block. `carried`
    holds the names whose block the baseline carries, and `entries` what it says of their findings. `notices` say
    what a reader must know of waivers, of the baseline and of what must be satisfied.
    """

    passed: bool
    policy: Policy
    blocking: tuple[str, ...]
    blocked_on: tuple[tuple[str, str], ...] = ()
    unsatisfied: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    waivers: tuple[AppliedWaiver, ...] = ()
    lifting: tuple[Waiver, ...] = ()
    coverage_with_waivers: Coverage
    baseline: Baseline | None = None
    carried: tuple[str, ...] = ()
    entries: tuple[BaselineEntry, ...] = ()
    tally: Tally = Tally()
    notices: tuple[str, ...] = ()
    headline: str

    def waivers_on(self, safeguard: str) -> tuple[AppliedWaiver, ...]:
        """Return the waivers for a safeguard, in the order of the plan."""
        return tuple(applied for applied in self.waivers if applied.waiver.safeguard == safeguard)


@record
class Result:
    """One plan judged by one catalog: what every reporter renders.

    `guidance` is the short name of the catalog where the plan is judged by several, and else empty. The verdict decides
    nothing where `gates` is false.
    """

    report: Report
    verdict: Verdict
    guidance: str = ""
    gates: bool = True

    @property
    def judgment(self) -> Judgment:
        """What a total needs of it."""
        path, passed = self.report.plan.path, self.verdict.passed
        return Judgment(path=path, guidance=self.guidance, passed=passed, gates=self.gates)


def name_verdict(passed: bool) -> str:
    """Return a verdict in a word."""
    return "PASS" if passed else "FAIL"


class Judgment(NamedTuple):
    """What a total needs of a result: the path of the plan, the short name of the catalog, and whether it passes."""

    path: str
    guidance: str
    passed: bool
    gates: bool


@record
class NotAsked:
    """A catalog that asks nothing of a plan, where the plan is judged by several, and why."""

    path: str
    guidance: str
    reason: str


@record
class Overall:
    """A plan with what it is judged to by each catalog."""

    path: str
    judgments: tuple[Judgment, ...]
    not_asked: tuple[NotAsked, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it passes by every catalog that decides."""
        return all(one.passed for one in self.judgments if one.gates)


@record
class ReadFile:
    """A file that a run read, and the bytes it held.

    `purpose` is plan, catalog, access_ladder, licenses, configuration, baseline, evidence or template, or trusted_plan
    for one that others are compared with. Evidence is read where the plan gives its SHA-256. `origin` is working_tree,
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
    `judgments` say whether each plan passes by each catalog; of results that were shown one by one, only the first is
    kept. `files` lists what was read, in order. `as_of_from` says where the day of the check comes from: today or
    option. `notes` say what was passed over, and what only looks like a plan.
    """

    results: Sequence[Result]
    judgments: tuple[Judgment, ...]
    exit_code: int
    complete: bool
    version: str
    unreadable: tuple[str, ...] = ()
    not_asked: tuple[NotAsked, ...] = ()
    files: tuple[ReadFile, ...] = ()
    as_of_from: str = "option"
    notes: tuple[str, ...] = ()

    @property
    def has_several_catalogs(self) -> bool:
        """Whether plans are judged by several catalogs."""
        return any(one.guidance for one in self.judgments)

    @property
    def plans(self) -> tuple[Overall, ...]:
        """The plans, each with its judgments: one, or those by several catalogs."""
        if not self.has_several_catalogs:
            return tuple(Overall(path=one.path, judgments=(one,)) for one in self.judgments)
        by_path: dict[str, list[Judgment]] = {}
        for one in self.judgments:
            by_path.setdefault(one.path, []).append(one)
        silent: dict[str, list[NotAsked]] = {}
        for catalog in self.not_asked:
            silent.setdefault(catalog.path, []).append(catalog)
        return tuple(
            Overall(path=path, judgments=tuple(judgments), not_asked=tuple(silent.get(path, ())))
            for path, judgments in by_path.items()
        )
