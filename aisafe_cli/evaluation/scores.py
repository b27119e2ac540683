"""Scores: whole numbers and fractions, each with its arithmetic. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aisafe_cli.domain.catalog import AccessLevel, Catalog, Flag
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import ChannelResult, Finding
from aisafe_cli.domain.score import Coverage, Score, Scores

_LEFT_OUT = (Outcome.NOT_APPLICABLE, Outcome.INCOMPATIBLE)


def score_release(catalog: Catalog, role: str, most_open: AccessLevel, findings: Sequence[Finding]) -> Scores:
    """Return the scores of the release: possible by its most open access level, the rest by the release's outcomes."""
    return _score_outcomes(
        _count_possible(catalog, role, most_open),
        [(finding.outcome, finding.channels, finding) for finding in findings],
    )


def score_channel(
    catalog: Catalog, role: str, access_level: AccessLevel, index: int, findings: Sequence[Finding]
) -> Scores:
    """Return the scores of one channel, by the outcomes on it; `index` is its place among each finding's channels."""
    here = [(finding.channels[index], finding) for finding in findings]
    return _score_outcomes(
        _count_possible(catalog, role, access_level),
        [(result.outcome, (result,), finding) for result, finding in here],
    )


def compute_coverage(outcomes: Sequence[Outcome]) -> Coverage:
    """Return the declared coverage of safeguards with these outcomes."""
    return Coverage(
        satisfied=outcomes.count(Outcome.SATISFIED),
        partial=outcomes.count(Outcome.PARTIAL),
        applicable=sum(outcome not in _LEFT_OUT for outcome in outcomes),
    )


def _count_possible(catalog: Catalog, role: str, access_level: AccessLevel) -> Score:
    """Count the safeguards that can be carried out there: a fact about guidance and mode; higher is not safer."""
    flags = [safeguard.judgement_on(role, access_level).flag for safeguard in catalog.safeguards]
    return Score(numerator=sum(flag is not Flag.INCOMPATIBLE for flag in flags), denominator=len(flags))


def _score_outcomes(possible: Score, judged: Sequence[tuple[Outcome, Sequence[ChannelResult], Finding]]) -> Scores:
    outcomes = [outcome for outcome, _, _ in judged]
    satisfied = [results for outcome, results, _ in judged if outcome is Outcome.SATISFIED]
    incompatible = [finding for outcome, _, finding in judged if outcome is Outcome.INCOMPATIBLE]
    return Scores(
        possible=possible,
        coverage=compute_coverage(outcomes),
        addressed=Score(
            numerator=sum(bool(finding.adopted) for finding in incompatible),
            denominator=len(incompatible),
        ),
        evidenced=Score(numerator=sum(map(_is_evidenced, satisfied)), denominator=len(satisfied)),
    )


def _is_evidenced(results: Sequence[ChannelResult]) -> bool:
    claims = [result.claim for result in results if result.outcome is Outcome.SATISFIED]
    return all(claim is not None and claim.evidence for claim in claims)
