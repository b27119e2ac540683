"""Findings as every list of findings shows them: one row each, with its effect on the verdict."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import EFFORTS, Mode
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_MEANINGS, OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.plan import Plan, Position
from aisafe_cli.domain.report import Finding, PlanFinding, Report
from aisafe_cli.domain.score import Coverage, Score, Scores
from aisafe_cli.domain.verdict import Overall, Result, Run, Verdict, name_verdict
from aisafe_cli.gate.baseline import describe_tally, find_entries
from aisafe_cli.gate.blocks import COVERAGE, is_under
from aisafe_cli.gate.next_steps import describe_problem
from aisafe_cli.io.read import hash_content
from aisafe_cli.text.wording import count

NOT_EVALUATED = "not-evaluated"
_COVERAGE_IS = "Declared coverage is "


@record
class FindingRow:
    """One finding: on a safeguard, on the plan itself, or on its coverage. Every text of it is one line.

    `subject` is a safeguard's id, a rule or `coverage`, and `channel` that of a rule. `problem` says in a few words
    what is wrong, and `label` names the safeguard in a few. `finding` is that on a safeguard, `outcome` its outcome for
    the release and `deciding` the one that sets the level; they are None where no safeguard is meant. `effect` is what
    it does to the verdict: `blocks`, `carried over`, `waived` or nothing. `by` tells apart what is said of one subject:
    by several catalogs, or by a rule that says several things. `waivers` and `carried` say what lifts its
    block: the waivers, and the baseline, alone or with them.
    """

    subject: str
    title: str
    level: Level
    problem: str
    reason: str
    remedy: str
    position: Position
    effect: str
    waivers: tuple[str, ...] = ()
    carried: str = ""
    label: str = ""
    outcome: Outcome | None = None
    deciding: Outcome | None = None
    channel: str = ""
    by: str = ""
    finding: Finding | None = None

    @property
    def name(self) -> str:
        """A heading that no other row of the plan has."""
        if self.outcome:
            return f"{self.subject} {self.title}"
        return f"{self.title}, on {self.channel}" if self.channel else self.title

    @property
    def key(self) -> str:
        """What stays the same when words change, and tells the rows of a plan apart."""
        return " ".join(filter(None, (self.subject, self.channel, self.by)))

    @property
    def outcome_words(self) -> str:
        """The outcome in words, with that of the release beside it where they differ; empty without a safeguard."""
        if self.deciding is self.outcome:
            return self.outcome or ""
        return f"{self.deciding} on a channel, {self.outcome} for the release"

    @property
    def todo(self) -> str:
        """What to do, as a sentence of its own; empty where nothing is to be done."""
        if not self.remedy or self.remedy.startswith("Instead:"):
            return self.remedy
        return f"Do: {self.remedy}"

    @property
    def lifted_by(self) -> tuple[str, ...]:
        """What lifts its block, a sentence each."""
        return (*self.waivers, self.carried) if self.carried else self.waivers

    @property
    def blocks(self) -> bool:
        """Whether it blocks the release."""
        return self.effect == "blocks"

    @property
    def severity_key(self) -> tuple[bool, int, int]:
        """A key that sorts the worst first."""
        return not self.blocks, LEVEL_ORDER[self.level], OUTCOME_ORDER[self.deciding] if self.deciding else 0


# --- rows -----------------------------------------------------------------------------------------------------------


def list_rows(result: Result) -> tuple[FindingRow, ...]:
    """Return every finding on the safeguards, then those on the plan, then its coverage where that is too low."""
    return _list_rows(result, result.report.findings)


def list_blocking_rows(result: Result) -> Iterable[FindingRow]:
    """Return the findings that block."""
    blocking = [one for one in result.report.findings if one.safeguard.id in result.verdict.blocking]
    return (row for row in _list_rows(result, blocking) if row.blocks)


def _list_rows(result: Result, findings: Iterable[Finding]) -> tuple[FindingRow, ...]:
    report, verdict = result.report, result.verdict
    return (
        *(_build_row(finding, verdict) for finding in findings),
        *_tell_apart(_build_plan_row(finding, verdict) for finding in report.plan_findings),
        *_list_coverage_rows(result),
    )


def _build_row(finding: Finding, verdict: Verdict) -> FindingRow:
    subject = finding.safeguard.id
    return FindingRow(
        subject=subject,
        title=join_lines(finding.safeguard.title),
        level=finding.level,
        problem=join_lines(describe_problem(finding)),
        reason=join_lines(finding.reason),
        remedy=join_lines(finding.remedy),
        position=finding.position,
        effect=name_effect(verdict, subject),
        waivers=tuple(_list_waivers(finding, verdict)),
        carried=_describe_carrying(verdict, subject),
        label=join_lines(finding.safeguard.label),
        outcome=finding.outcome,
        deciding=finding.worst.outcome,
        finding=finding,
    )


def _build_plan_row(finding: PlanFinding, verdict: Verdict) -> FindingRow:
    carried = _describe_carrying(verdict, finding.kind, finding.channel)
    said = finding.message.partition(". ")[0].rstrip(".")
    return FindingRow(
        subject=finding.kind,
        title=f"The plan itself: {finding.kind}",
        level=finding.level,
        problem=join_lines(f"on {finding.channel}: {said}" if finding.channel else said),
        reason=join_lines(finding.message),
        remedy=join_lines(finding.remedy),
        position=finding.position,
        effect="carried over" if carried else "blocks" if finding.kind in verdict.blocking else "",
        carried=carried,
        channel=finding.channel or "",
    )


def _tell_apart(rows: Iterable[FindingRow]) -> Iterable[FindingRow]:
    """Yield rows, and number those on which a rule says several things, such as on two baselines that changed."""
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers[row.key] += 1
        number = numbers[row.key]
        yield row if number == 1 else replace(row, title=f"{row.title} ({number})", by=str(number))


def _list_coverage_rows(result: Result) -> Iterable[FindingRow]:
    verdict = result.verdict
    if is_under(result.report.lowest_coverage, verdict.policy.fail_under):
        explained = explain_coverage(result)
        yield FindingRow(
            subject=COVERAGE,
            title=name_coverage_test(result),
            level=Level.ERROR,
            problem=explained.removeprefix(_COVERAGE_IS).rstrip("."),
            reason=explained,
            remedy="Do more of what can be done here.",
            position=result.report.plan.safeguards_position,
            effect=name_effect(verdict, COVERAGE),
            carried=_describe_carrying(verdict, COVERAGE),
            by=result.guidance,
        )


def name_effect(verdict: Verdict, subject: str) -> str:
    """Return what a safeguard, or the coverage, does to the verdict: `blocks`, `carried over`, `waived` or nothing."""
    effects = {"blocks": verdict.blocking, "carried over": verdict.carried, "waived": verdict.waived}
    return next((effect for effect, subjects in effects.items() if subject in subjects), "")


def _list_waivers(finding: Finding, verdict: Verdict) -> Iterable[str]:
    """Yield what each waiver says that lifts the finding's block."""
    for waiver in verdict.lifting:
        if waiver.safeguard == finding.safeguard.id:
            yield join_lines(f"Waived by {waiver.owner} until {waiver.expires.isoformat()}: {waiver.reason}")


def _describe_carrying(verdict: Verdict, subject: str, channel: str | None = None) -> str:
    """Return what the baseline says of a block that it carries, if it does: a safeguard's, a rule's, or of coverage."""
    baseline = verdict.baseline
    entries = find_entries(verdict, subject, channel)
    if baseline is None or not (entries or (subject == COVERAGE and COVERAGE in verdict.carried)):
        return ""
    channels: dict[str, list[str]] = {}
    for entry in entries:
        if entry.outcome and entry.channel:
            channels.setdefault(entry.outcome, []).append(entry.channel)
    then = "; ".join(f"{outcome} on {', '.join(names)}" for outcome, names in channels.items())
    then = f" ({then} at that time)" if then else ""
    return join_lines(f"Carried over from the baseline of {baseline.recorded.isoformat()}{then}: {baseline.reason}")


# --- fingerprints ---------------------------------------------------------------------------------------------------


def locate(plan: Plan) -> str:
    """Return where readers of a report find a plan: its place in the repository, else its path."""
    return plan.place or plan.path


def make_uri(place: str) -> str:
    """Return a place as a percent-encoded URI reference."""
    from urllib.parse import quote  # for formats of code scanning only, and takes as long to import as to judge a plan

    return f"file://{quote(place)}" if os.path.isabs(place) else quote(place)


def name_judged_plan(result: Result) -> str:
    """Return where a plan is, with the catalog that the result is by where it is judged by several."""
    place = locate(result.report.plan)
    return f"{place} [{result.guidance}]" if result.guidance else place


def hash_finding(place: str, subject: str) -> str:
    """Return a hash that stays the same while the plan's place and the subject (safeguard or rule) do."""
    return hash_content(f"{make_uri(place)}\n{subject}".encode())


# --- words ----------------------------------------------------------------------------------------------------------


def describe_incomplete(run: Run) -> str:
    """Return what a run that is not complete lacks, and why, in one line."""
    if not run.unreadable:
        return "Not every plan could be evaluated, so this report is not complete. Standard error says which and why."
    lacking = f"{len(run.unreadable)} could not be evaluated, so this report is not complete"
    return f"{lacking}: {'; '.join(list_unevaluated(run))}"


def list_unevaluated(run: Run) -> tuple[str, ...]:
    """Return why each plan is missing that could not be evaluated, beginning with its path."""
    return tuple(text.removeprefix("error: ") for text in run.unreadable)


def count_passes(run: Run) -> str:
    """Return how many plans pass, how many fail and how many could not be evaluated."""
    plans = run.plans
    passed = sum(plan.passed for plan in plans)
    counts = {"pass": passed, "fail": len(plans) - passed, "not evaluated": len(run.unreadable)}
    listed = ", ".join(f"{number} {words}" for words, number in counts.items() if number)
    return f"{count(len(plans) + len(run.unreadable), 'plan')}: {listed}"


def describe_overall(plan: Overall) -> str:
    """Return the verdict on a plan by all catalogs together, and by each of them."""
    each = [
        f"{one.guidance} {name_verdict(one.passed)}{'' if one.gates else ' (does not gate)'}" for one in plan.judgments
    ]
    each += [f"{one.guidance} not asked" for one in plan.not_asked]
    return f"{name_verdict(plan.passed)}  {plan.path}, by {len(each)} catalogs together: {', '.join(each)}."


def list_standing(result: Result) -> tuple[str, ...]:
    """Return what a reader must know of waivers and baseline, a sentence each: how they stand, then each notice."""
    return (*describe_tally(result.verdict), *map(join_lines, result.verdict.notices))


def is_pressing(result: Result) -> bool:
    """Return whether a waiver has expired or is about to."""
    return bool(result.verdict.tally.expired or result.verdict.tally.expiring)


def list_scores(scores: Scores, with_waivers: Coverage | None = None) -> Mapping[str, Score]:
    """Return the scores by name."""
    named = {
        "possible": scores.possible,
        "coverage": scores.coverage.score,
        "addressed": scores.addressed,
        "evidenced": scores.evidenced,
    }
    return named if with_waivers is None else {**named, "coverage_with_waivers": with_waivers.score}


def describe_scores(result: Result) -> Mapping[str, str]:
    """Return the scores of a release as `5 of 14`, in words, with waivers last."""
    scores = list_scores(result.report.scores)
    return {
        **{_SCORES[name]: f"{score.numerator} of {score.denominator}" for name, score in scores.items()},
        "coverage": describe_coverage(result.report.scores.coverage),
        "with waivers": describe_coverage(result.verdict.coverage_with_waivers),
    }


def describe_effort(number: int, words: str) -> str:
    """Return how many fixes take an effort: `2 take an hour`, `1 needs research`."""
    verb = "need" if words in EFFORTS[-2:] else "take"
    return f"{number} {verb}{'s' if number == 1 else ''} {words}"


def describe_coverage(coverage: Coverage) -> str:
    """Return a coverage as `5.5 of 6`, or `none` where nothing can be carried out."""
    if not coverage.applicable:
        return "none"
    return f"{coverage.satisfied + coverage.partial / 2:g} of {coverage.applicable}"


def describe_with_waivers(result: Result) -> str:
    """Return the second coverage, which counts what is waived as satisfied."""
    return f"with waivers {describe_coverage(result.verdict.coverage_with_waivers)}"


def name_coverage_test(result: Result) -> str:
    """Return what the policy asks of a plan's coverage, whether that is there or not."""
    asked = f"Declared coverage of at least {result.verdict.policy.fail_under}%"
    return f"{asked} by {result.guidance}" if result.guidance else asked


def explain_coverage(result: Result) -> str:
    """Return how a plan's coverage stands to what the policy asks for."""
    report = result.report
    lowest = report.lowest_coverage
    below = [one for one in report.channels if one.scores.coverage.score == lowest]
    is_lowest = report.scores.coverage.score == lowest or not below
    where = "" if is_lowest else f" on {below[0].channel.id}"
    coverage = f"{describe_coverage(report.scores.coverage if is_lowest else below[0].scores.coverage)}{where}"
    waived = f", {describe_with_waivers(result)}" if result.verdict.waived and not where else ""
    return f"{_COVERAGE_IS}{coverage}{waived}; the policy asks for {result.verdict.policy.fail_under}%."


def join_lines(text: str) -> str:
    """Return text without line breaks and tabs; text that has none stays as it is."""
    return " ".join(text.split()) if "\n" in text or "\t" in text else text


def to_words(identifier: str) -> str:
    """Return an identifier as words for people."""
    return _WORDS.get(identifier, identifier.replace("_", " "))


def is_small(report: Report) -> bool:
    """Return whether a model is stated to be smaller than those that the guidance is written for."""
    floor, size = report.catalog.requirements.floor, report.plan.model.parameters
    return bool(floor and floor.parameters_under and size and size < floor.parameters_under)


def explain_outcomes(outcomes: Iterable[Outcome]) -> str:
    """Return what the outcomes of a grid mean, the best first, or nothing where none was asked."""
    met = {*outcomes} - {Outcome.NOT_APPLICABLE}
    told = "; ".join(f"{name}: {meaning}" for name, meaning in OUTCOME_MEANINGS.items() if name in met)
    return f"{told}." if told else ""


_SCORES: Mapping[str, str] = {
    "possible": "can work here",
    "coverage": "coverage",
    "addressed": "replaced",
    "evidenced": "with evidence",
}
_WORDS: Mapping[str, str] = {Outcome.NOT_APPLICABLE: Outcome.NOT_APPLICABLE.words, Mode.CLOSED_API: "closed API"}
