"""What the evidence that a plan names is worth: its age, what speaks against it, and what to do about that. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.edits import change_evidence
from aisafe_cli.domain.plan import Evidence, EvidenceState, Plan
from aisafe_cli.domain.policy import AgeLimits
from aisafe_cli.text.wording import count, unquoted

_SHOWN = 5
STATE_WORDS: Mapping[EvidenceState, str] = {
    EvidenceState.UNCHECKED: "not checked",
    EvidenceState.FOUND: "file found",
    EvidenceState.NOT_FETCHED: "a URL, not opened",
    EvidenceState.LOCATOR: "not a file, not checked",
    EvidenceState.ABSENT: "not found",
    EvidenceState.ALTERED: "altered",
    EvidenceState.OUTSIDE: "outside the repository",
    EvidenceState.NOT_A_FILE: "not a file",
    EvidenceState.EMPTY: "empty",
    EvidenceState.UNREADABLE: "cannot be read",
    EvidenceState.STALE: "too old",
    EvidenceState.UNDATED: "without a date",
    EvidenceState.NOT_YET: "dated in the future",
}
_REMEDIES = {
    EvidenceState.ABSENT: "Put the file where the plan says, or correct the reference. A URL begins with its scheme,"
    " such as `https://`.",
    EvidenceState.ALTERED: "See what changed in the file, and record its new `sha256` only if it still supports the"
    " claim.",
    EvidenceState.OUTSIDE: "Keep the file in the repository, and name it by a path relative to the plan.",
    EvidenceState.NOT_A_FILE: "Name the file itself.",
    EvidenceState.EMPTY: "Put into the file what shows that the claim is true.",
    EvidenceState.UNREADABLE: "Make the file readable where the check runs; omit `sha256` for a very large one.",
    EvidenceState.STALE: "Renew the evidence, and give its new date.",
    EvidenceState.UNDATED: "Add the `date` on which it was made.",
    EvidenceState.NOT_YET: "Correct the `date`, or name the evidence once it exists.",
}


def mark_ages(plan: Plan, as_of: date, age_limits: AgeLimits) -> Plan:
    """Return the plan with evidence that is too old, undated or not made yet on a day marked as such.

    Without a limit for a safeguard its evidence may have any age, and no date. What already speaks against a piece of
    evidence is kept.
    """

    def mark(evidence: tuple[Evidence, ...], safeguard: str | None) -> tuple[Evidence, ...]:
        limit = age_limits.of(safeguard) if safeguard else None
        return tuple(_mark_age(item, as_of, limit) for item in evidence)

    return change_evidence(plan, mark)


def _mark_age(item: Evidence, as_of: date, limit: int | None) -> Evidence:
    if item.is_doubtful:
        return item
    if item.date is None:
        if limit is None:
            return item
        problem = f"has no date, and evidence may be at most {count(limit, 'day')} old"
        return replace(item, state=EvidenceState.UNDATED, problem=problem)
    if item.date > as_of:
        problem = f"is dated {item.date.isoformat()}, after the day of the check"
        return replace(item, state=EvidenceState.NOT_YET, problem=problem)
    if limit is not None and (as_of - item.date).days > limit:
        problem = f"is dated {item.date.isoformat()}, and may be at most {count(limit, 'day')} old"
        return replace(item, state=EvidenceState.STALE, problem=problem)
    return item


@record
class EvidenceTurn:
    """A day from which evidence counts, or is too old; `subject` is a safeguard, an alternative or `capability`."""

    day: date
    ref: str
    subject: str
    is_too_old: bool


def find_evidence_turns(plan: Plan, age_limits: AgeLimits) -> Iterable[EvidenceTurn]:
    """Yield the days on which the calendar changes what evidence is worth, as `mark_ages` tells it."""
    for subject, limit, evidence in _list_named(plan, age_limits):
        for item in evidence:
            if item.date is None or item.is_doubtful:
                continue
            yield EvidenceTurn(day=item.date, ref=item.ref, subject=subject, is_too_old=False)
            if limit is not None and limit < (date.max - item.date).days:
                end = item.date + timedelta(days=limit + 1)
                yield EvidenceTurn(day=end, ref=item.ref, subject=subject, is_too_old=True)


def _list_named(plan: Plan, age_limits: AgeLimits) -> Iterable[tuple[str, int | None, tuple[Evidence, ...]]]:
    """Yield all evidence with what it is named for, and how old it may be."""
    yield "capability", None, plan.model.capability_evidence
    yield from (("comparable open models", None, one.evidence) for one in plan.model.comparable_open_models)
    for name, claims in plan.claims.items():
        yield from ((name, age_limits.of(name), claim.evidence) for claim in claims)
    yield from ((adoption.id, None, adoption.evidence) for adoption in plan.adoptions)


def find_doubtful(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the pieces of evidence that something speaks against."""
    return tuple([item for item in evidence if item.is_doubtful])


def describe_problems(evidence: Iterable[Evidence]) -> str:
    """Say of each doubtful piece what is wrong with it, without a full stop."""
    doubtful = find_doubtful(evidence)
    if not doubtful:
        return ""
    said = list(dict.fromkeys(map(_describe_problem, doubtful)))
    more = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
    return "; ".join(said[:_SHOWN] + more)


def _describe_problem(item: Evidence) -> str:
    return f"{unquoted(item.ref)} {item.problem or STATE_WORDS[item.state]}"


def list_remedies(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Return what to do about the doubtful pieces, in the order in which they are named."""
    return tuple(dict.fromkeys(_REMEDIES[item.state] for item in find_doubtful(evidence)))


def describe_remedies(evidence: Iterable[Evidence]) -> str:
    """Say what to do about the doubtful pieces, in the order in which they are named."""
    return " ".join(list_remedies(evidence))


def list_adopted(plan: Plan) -> frozenset[str]:
    """Return the alternatives that count as adopted: nothing speaks against the evidence that they name, if any."""
    return frozenset(adoption.id for adoption in plan.adoptions if adoption.counts)


def count_evidence(plan: Plan) -> str:
    """Count the evidence of a plan by what is known of it: `2 files found; 1 URL not opened`."""
    states = Counter(item.state for item in plan.evidence)
    if not states:
        return "none named"
    return "; ".join(_count_state(states[state], state) for state in EvidenceState if states[state])


_PLURALS = {
    EvidenceState.FOUND: ("file found", "files found"),
    EvidenceState.NOT_FETCHED: ("URL not opened", "URLs not opened"),
    EvidenceState.LOCATOR: ("other locator not checked", "other locators not checked"),
}


def _count_state(number: int, state: EvidenceState) -> str:
    one, many = _PLURALS.get(state, (STATE_WORDS[state], STATE_WORDS[state]))
    return f"{number} {one if number == 1 else many}"
