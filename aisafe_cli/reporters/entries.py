"""Findings as lists of findings need them: each as one entry, with its effect on the verdict."""

from __future__ import annotations

from collections.abc import Mapping

from aisafe_cli.domain._record import record
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.plan import Position
from aisafe_cli.domain.report import Finding, PlanFinding
from aisafe_cli.domain.score import Coverage, Score, Scores
from aisafe_cli.domain.verdict import Result, Run, Verdict
from aisafe_cli.gate.baseline import describe_tally, find_entries
from aisafe_cli.gate.blocks import COVERAGE, is_under
from aisafe_cli.text.wording import count

NOT_EVALUATED = "not-evaluated"


@record
class Entry:
    """One finding: on a safeguard, on the plan itself, or on its coverage. Every text of it is one line.

    `subject` is a safeguard's id, a rule or `coverage`, and `channel` that of a rule. `outcome` is that for the release
    and `acting` the one that sets the level; both are None where no safeguard is meant. `waivers` and `carried` say
    what lifts its block: the waivers, and the baseline, alone or with them.
    """

    subject: str
    title: str
    level: Level
    reason: str
    remedy: str
    position: Position
    blocks: bool
    waivers: tuple[str, ...] = ()
    carried: str = ""
    outcome: Outcome | None = None
    acting: Outcome | None = None
    channel: str = ""

    @property
    def name(self) -> str:
        """A heading that no other entry of the plan has."""
        if self.outcome:
            return f"{self.subject} {self.title}"
        return f"{self.title}, on {self.channel}" if self.channel else self.title

    @property
    def key(self) -> str:
        """What stays the same when words change, and tells the entries of a plan apart."""
        return f"{self.subject} {self.channel}" if self.channel else self.subject

    @property
    def found(self) -> str:
        """The outcome in words, with that of the release beside it where they differ; empty without a safeguard."""
        if self.acting is self.outcome:
            return self.outcome or ""
        return f"{self.acting} on a channel, {self.outcome} for the release"

    @property
    def todo(self) -> str:
        """What to do, as a sentence of its own; empty where nothing is to be done."""
        if not self.remedy or self.remedy.startswith("Instead:"):
            return self.remedy
        return f"Do: {self.remedy}"

    @property
    def effect(self) -> str:
        """What it does to the verdict: `blocks`, `waived`, `carried over` or nothing."""
        return "blocks" if self.blocks else "carried over" if self.carried else "waived" if self.waivers else ""

    @property
    def lifted_by(self) -> tuple[str, ...]:
        """What lifts its block, a sentence each."""
        return (*self.waivers, self.carried) if self.carried else self.waivers

    @property
    def severity_key(self) -> tuple[bool, int, int]:
        """A key that sorts the worst first."""
        return not self.blocks, LEVEL_ORDER[self.level], OUTCOME_ORDER[self.acting] if self.acting else 0


def entries(result: Result) -> tuple[Entry, ...]:
    """Return every finding on the safeguards, then those on the plan, then its coverage where that is too low."""
    report, verdict = result.report, result.verdict
    return (
        *(_entry(finding, verdict) for finding in report.findings),
        *(_plan_entry(finding, verdict) for finding in report.plan_findings),
        *_coverage_entries(result),
    )


def lifting(finding: Finding, verdict: Verdict) -> tuple[str, ...]:
    """Return what each waiver says that lifts the finding's block."""
    waivers = [waiver for waiver in verdict.lifting if waiver.safeguard == finding.safeguard.id]
    return tuple(
        one_line(f"Waived by {waiver.owner} until {waiver.expires.isoformat()}: {waiver.reason}") for waiver in waivers
    )


def carrying(verdict: Verdict, subject: str, channel: str | None = None) -> str:
    """Return what the baseline says of a block that it carries: of a safeguard, of a rule on a channel, or of coverage.

    Empty where it carries none.
    """
    baseline = verdict.baseline
    entries = find_entries(verdict, subject, channel)
    if baseline is None or not (entries or (subject == COVERAGE and COVERAGE in verdict.carried)):
        return ""
    channels: dict[str, list[str]] = {}
    for entry in entries:
        if entry.outcome and entry.channel:
            channels.setdefault(entry.outcome, []).append(entry.channel)
    then = "; ".join(f"{outcome} on {', '.join(names)}" for outcome, names in channels.items())
    found = f" ({then} at that time)" if then else ""
    return one_line(f"Carried over from the baseline of {baseline.recorded.isoformat()}{found}: {baseline.reason}")


def incomplete(run: Run) -> str:
    """Return what a run that is not complete lacks, and why, in one line."""
    if not run.unreadable:
        return "Not every plan could be evaluated, so this report is not complete. Standard error says which and why."
    return f"{len(run.unreadable)} could not be evaluated, so this report is not complete: {'; '.join(left_out(run))}"


def left_out(run: Run) -> tuple[str, ...]:
    """Return why each plan is missing that could not be evaluated, beginning with its path."""
    return tuple(text.removeprefix("error: ") for text in run.unreadable)


def total(run: Run) -> str:
    """Return how many plans pass, and how many could not be evaluated."""
    passed = sum(result.verdict.passed for result in run.results)
    all_of_them = len(run.results) + len(run.unreadable)
    left = f"; {len(run.unreadable)} could not be evaluated" if run.unreadable else ""
    return f"{passed} of {count(all_of_them, 'plan passes', 'plans pass')}{left}"


def standing(result: Result) -> tuple[str, ...]:
    """Return what a reader must know of waivers and baseline, a sentence each: how they stand, then each notice."""
    return (*describe_tally(result.verdict), *map(one_line, result.verdict.notices))


def is_pressing(result: Result) -> bool:
    """Return whether a waiver has expired or is about to."""
    return bool(result.verdict.tally.expired or result.verdict.tally.expiring)


def one_line(text: str) -> str:
    """Return text without line breaks and tabs; text that has none stays as it is."""
    return " ".join(text.split()) if "\n" in text or "\t" in text else text


def fractions(scores: Scores, with_waivers: Coverage | None = None) -> Mapping[str, Score]:
    """Return the scores by name."""
    named = {
        "possible": scores.possible,
        "coverage": scores.coverage.score,
        "addressed": scores.addressed,
        "evidenced": scores.evidenced,
    }
    return named if with_waivers is None else {**named, "coverage_with_waivers": with_waivers.score}


def in_words(coverage: Coverage) -> str:
    """Return a coverage as `5.5 of 6`, or `none` where nothing can be carried out."""
    if not coverage.applicable:
        return "none"
    return f"{coverage.satisfied + coverage.partial / 2:g} of {coverage.applicable}"


def coverage_title(result: Result) -> str:
    """Return what the policy asks of a plan's coverage, whether that is there or not."""
    return f"Declared coverage of at least {result.verdict.policy.fail_under}%"


def coverage_reason(result: Result) -> str:
    """Return how a plan's coverage stands to what the policy asks for."""
    is_there = in_words(result.report.scores.coverage)
    waived = f", {with_waivers(result)}" if result.verdict.waived else ""
    return f"Declared coverage is {is_there}{waived}; the policy asks for {result.verdict.policy.fail_under}%."


def with_waivers(result: Result) -> str:
    """Return the second coverage in words, which counts what is waived as satisfied."""
    return f"with waivers {in_words(result.verdict.coverage_with_waivers)}"


def _entry(finding: Finding, verdict: Verdict) -> Entry:
    return Entry(
        subject=finding.safeguard.id,
        title=one_line(finding.safeguard.title),
        level=finding.level,
        reason=one_line(finding.reason),
        remedy=one_line(finding.remedy),
        position=finding.position,
        blocks=finding.safeguard.id in verdict.blocking,
        waivers=lifting(finding, verdict),
        carried=carrying(verdict, finding.safeguard.id),
        outcome=finding.outcome,
        acting=finding.worst.outcome,
    )


def _plan_entry(finding: PlanFinding, verdict: Verdict) -> Entry:
    carried = carrying(verdict, finding.kind, finding.channel)
    return Entry(
        subject=finding.kind,
        title=f"The plan itself: {finding.kind}",
        level=finding.level,
        reason=one_line(finding.message),
        remedy=one_line(finding.remedy),
        position=finding.position,
        blocks=finding.kind in verdict.blocking and not carried,
        carried=carried,
        channel=finding.channel or "",
    )


def _coverage_entries(result: Result) -> tuple[Entry, ...]:
    if not is_under(result.report.scores.coverage.score, result.verdict.policy.fail_under):
        return ()
    return (
        Entry(
            subject=COVERAGE,
            title=coverage_title(result),
            level=Level.ERROR,
            reason=coverage_reason(result),
            remedy="Carry out what can be carried out here.",
            position=result.report.plan.safeguards_position,
            blocks=COVERAGE in result.verdict.blocking,
            carried=carrying(result.verdict, COVERAGE),
        ),
    )
