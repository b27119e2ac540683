"""Compare a report with a baseline. Pure.

Carried are the blocks that were there when it was recorded and are no worse now. Worse is a worse outcome, a worse
level, or a channel that opens the model further than it did. Whatever is in doubt is not carried: it blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.outcome import LEVEL_ORDER, OUTCOME_ORDER, Level, Outcome
from aisafe_cli.domain.policy import Baseline, BaselineEntry, ShortCoverage
from aisafe_cli.domain.report import ChannelResult, Finding, PlanFinding, Report
from aisafe_cli.domain.score import Score
from aisafe_cli.domain.verdict import Verdict
from aisafe_cli.gate.blocks import is_under
from aisafe_cli.text.wording import count

_MET = frozenset({Outcome.SATISFIED, Outcome.NOT_APPLICABLE})
_Key = tuple[str, str | None, bool]


@record
class _State:
    """What there is to block now, in the place of an entry. `outcome` is None for a rule."""

    outcome: Outcome | None
    level: Level


class BaselineComparison:
    """Compares a report with an optional baseline. `fail_under` is the declared coverage asked for, in percent."""

    def __init__(self, report: Report, baseline: Baseline | None, fail_under: int = 0) -> None:
        self._report = report
        self._fail_under = fail_under
        self._baseline = baseline
        self._is_for_catalog = baseline is not None and baseline.catalog.id == report.catalog.id
        usable = baseline.entries if baseline and self._is_for_catalog else ()
        # Of what is left out nothing is known: an entry on it is neither worse nor out of date.
        self._left_out = {channel.id for channel in report.cut.left_out} if report.cut else set()
        self._entries: Mapping[_Key, BaselineEntry] = {
            _build_key(entry): entry for entry in usable if entry.channel not in self._left_out
        }
        self._access = report.access

    def find_entry(self, finding: Finding, result: ChannelResult) -> BaselineEntry | None:
        """Return the entry that carries what blocks on a channel, or None."""
        entry = self._entries.get((finding.safeguard.id, result.channel, False))
        if entry is None:
            return None
        now = _State(outcome=result.outcome, level=result.level)
        return entry if self._is_no_worse_than(entry, now) else None

    def find_plan_entry(self, finding: PlanFinding) -> BaselineEntry | None:
        """Return the entry that carries a finding on the plan itself, or None."""
        entry = self._entries.get((finding.kind, finding.channel, True))
        now = _State(outcome=None, level=finding.level)
        return entry if entry and self._is_no_worse_than(entry, now) else None

    def holds_coverage(self) -> bool:
        """Return whether too low a coverage was recorded, and is no lower now."""
        if self._baseline is None or self._baseline.coverage is None or not self._is_for_catalog:
            return False
        return _is_at_least(self._report.lowest_coverage, self._baseline.coverage.score)

    def list_outdated(self) -> tuple[BaselineEntry, ...]:
        """Return the entries whose finding is not there any more, whatever the policy makes of it."""
        return tuple(entry for key, entry in self._entries.items() if key not in self._there)

    def count_outdated(self) -> int:
        """Return how many entries can be removed, that on coverage among them."""
        return len(self.list_outdated()) + self._coverage_is_outdated()

    def prune(self) -> Baseline:
        """Return the baseline without what is outdated, and no laxer than the plan is now; it takes in nothing new."""
        assert self._baseline is not None
        kept = [entry for key, entry in self._entries.items() if key in self._there]
        return replace(
            self._baseline,
            entries=tuple(self._tighten(entry, self._there[_build_key(entry)]) for entry in kept),
            coverage=self._tighten_coverage(self._baseline.coverage),
        )

    def describe(self) -> Iterable[str]:
        """Say what a reader must know of the baseline, which is there."""
        assert self._baseline is not None
        if not self._baseline.names_plan:
            yield "The baseline does not name this plan, so nothing is carried over."
            return
        yield from self._describe_catalog(self._baseline)
        for text, entries in (
            ("became worse since the baseline was recorded, so it blocks.", self._list_worse()),
            ("is in the baseline and no longer blocks; the entry can be removed.", self.list_outdated()),
        ):
            yield from (f"{subject} {text}" for subject in _describe_subjects(entries))
        if self._coverage_is_outdated():
            yield "Declared coverage is in the baseline and is no longer too low; the entry can be removed."

    def _describe_catalog(self, baseline: Baseline) -> Iterable[str]:
        then, now = baseline.catalog, self._report.catalog
        if not self._is_for_catalog:
            yield f"The baseline was recorded against another catalog, {then.id}, so nothing is carried over."
        elif then.version != now.version:
            yield f"The baseline was recorded against version {then.version} of the catalog; this is {now.version}."
        elif then.sha256 != now.sha256:
            yield "The baseline was recorded against a catalog of this version with different content."

    def _list_worse(self) -> Iterable[BaselineEntry]:
        for key, entry in self._entries.items():
            if key in self._there and not self._is_no_worse_than(entry, self._there[key]):
                yield entry

    @cached_property
    def _there(self) -> Mapping[_Key, _State]:
        """What could block under some policy, by what it is about."""
        there: dict[_Key, _State] = {}
        for finding in self._report.findings:
            for result in finding.channels:
                if result.judged and result.outcome not in _MET and result.level is not Level.NOTE:
                    now = _State(outcome=result.outcome, level=result.level)
                    there[finding.safeguard.id, result.channel, False] = now
        for on_plan in self._report.plan_findings:
            if on_plan.level is not Level.NOTE:
                there[on_plan.kind, on_plan.channel, True] = _State(outcome=None, level=on_plan.level)
        return there

    def _is_no_worse_than(self, entry: BaselineEntry, now: _State) -> bool:
        return (
            _is_no_worse(now.outcome, entry.outcome)
            and LEVEL_ORDER[now.level] >= LEVEL_ORDER[entry.level]
            and self._is_no_wider(entry)
        )

    def _is_no_wider(self, entry: BaselineEntry) -> bool:
        if entry.channel is None:
            return True
        then = self._report.ladder.access_levels.get(entry.access or "")
        return then is not None and self._access[entry.channel].rank <= then.rank

    def _tighten(self, entry: BaselineEntry, now: _State) -> BaselineEntry:
        if not self._is_no_worse_than(entry, now):
            return entry
        access = self._access[entry.channel].id if entry.channel else None
        return replace(entry, access=access, outcome=now.outcome, level=now.level)

    def _coverage_is_outdated(self) -> bool:
        short = self._baseline.coverage if self._baseline and self._is_for_catalog else None
        if short is None or self._left_out:
            return False
        score = self._report.lowest_coverage
        return score.denominator > 0 and not is_under(score, max(short.fail_under, self._fail_under))

    def _tighten_coverage(self, short: ShortCoverage | None) -> ShortCoverage | None:
        if short is None or self._coverage_is_outdated():
            return None
        return replace(short, score=self._report.lowest_coverage) if self.holds_coverage() else short


def find_entries(verdict: Verdict, subject: str, channel: str | None = None) -> tuple[BaselineEntry, ...]:
    """Return the entries that carry a safeguard's block, or a rule's on a channel or, for None, on the plan itself."""
    return tuple(
        entry
        for entry in verdict.entries
        if entry.subject == subject and (entry.outcome is not None or entry.channel == channel)
    )


def describe_entry(entry: BaselineEntry) -> str:
    """Return an entry in words: what blocked, where, and how."""
    on = f" on {entry.channel}" if entry.channel else ""
    return f"{entry.subject}{on} ({entry.outcome or entry.level})"


def describe_tally(verdict: Verdict) -> tuple[str, ...]:
    """Return how the waivers and the baseline stand, each in one line; nothing where the plan has neither."""
    return (*_describe_waivers(verdict), *_describe_carried(verdict))


def _describe_waivers(verdict: Verdict) -> Iterable[str]:
    tally = verdict.tally
    if not tally.in_force + tally.expired + tally.not_yet + tally.too_long + tally.not_trusted:
        return
    blocks = f"lifting {count(tally.waived, 'block')}" if verdict.policy.honour_waivers else "ignored in this check"
    parts = [f"{tally.in_force} in force, {blocks}"]
    for number, words in (
        (tally.expiring, "expiring within 30 days"),
        (tally.unmatched, "matching nothing that blocks"),
        (tally.expired, "expired"),
        (tally.not_yet, "not in force yet"),
        (tally.too_long, "longer than the configuration allows"),
        (tally.not_trusted, "not trusted"),
    ):
        parts += [f"{number} {words}"] if number else []
    yield f"Waivers: {'; '.join(parts)}."


def _describe_carried(verdict: Verdict) -> Iterable[str]:
    if verdict.baseline is None or not (verdict.baseline.entries or verdict.baseline.coverage):
        return
    carried = f" ({', '.join(verdict.carried)})" if verdict.carried else ""
    outdated = f"; {count(verdict.tally.outdated, 'entry', 'entries')} can be removed"
    yield (
        f"Baseline of {verdict.baseline.recorded.isoformat()}: {count(verdict.tally.carried, 'block')} carried"
        f" over{carried}{outdated if verdict.tally.outdated else ''}."
    )


def _build_key(entry: BaselineEntry) -> _Key:
    return entry.subject, entry.channel, entry.outcome is None


def _describe_subjects(entries: Iterable[BaselineEntry]) -> Iterable[str]:
    """Name each subject once, with its channels."""
    channels: dict[str, list[str]] = {}
    for entry in entries:
        channels.setdefault(entry.subject, []).extend([entry.channel] if entry.channel else [])
    return (f"{subject} on {', '.join(names)}" if names else subject for subject, names in channels.items())


def _is_no_worse(now: Outcome | None, then: Outcome | None) -> bool:
    # What could not work and can be carried out now was nobody's fault before, so it is new.
    if now is then:
        return True
    if now is None or then is None or then is Outcome.INCOMPATIBLE:
        return False
    return OUTCOME_ORDER[now] > OUTCOME_ORDER[then]


def _is_at_least(now: Score, then: Score) -> bool:
    """Compare exactly; no coverage at all is lower than any."""
    if then.denominator == 0:
        return True
    return now.denominator > 0 and now.numerator * then.denominator >= then.numerator * now.denominator
