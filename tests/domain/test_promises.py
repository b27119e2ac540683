"""What a plan says of a safeguard on a channel, what its evidence shows, and what two plans say different things of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from building import channel, claim, doubted, plan, waiver

from aisafe_cli.domain.plan import (
    Adoption,
    ComparableModel,
    Evidence,
    EvidenceState,
    Plan,
    Position,
    find_counterevidence,
    list_changed_promises,
    list_named_channels,
)

LOG = Evidence(ref="log.md", type="log", date=date(2026, 1, 1))
TERMS = Evidence(ref="terms.md", type="contract")
SEEN = replace(LOG, state=EvidenceState.ABSENT, problem="was not found")
DONE = claim("implemented", "a", "b", evidence=(LOG, TERMS))
NONE = claim("unanswered")


def say(claims: Any = (), adopted: Any = (), capability: Any = (), compared: Any = ()) -> Plan:
    made = plan("open_weights", dict(claims), capability_evidence=capability)
    model = replace(made.model, comparable_open_models=compared)
    return replace(made, model=model, adoptions=tuple(adopted))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"claims": {"AB-01": DONE}}, {}, ["AB-01"]),
        ({"claims": {"AB-01": NONE}}, {}, []),
        ({"claims": {"AB-01": (NONE, DONE)}}, {"claims": {"AB-01": DONE}}, []),
        ({"claims": {"AB-01": replace(NONE, note="asked")}}, {}, ["AB-01"]),
        (
            {"claims": {"AB-01": DONE}},
            {"claims": {"AB-01": replace(DONE, channels=("b", "a"), evidence=(TERMS, SEEN), position=Position(2, 3))}},
            [],
        ),
        ({"claims": {"AB-01": DONE}}, {"claims": {"AB-01": replace(DONE, channels=("a",))}}, ["AB-01"]),
        ({"claims": {"AB-01": DONE}}, {"claims": {"AB-01": replace(DONE, evidence=(LOG,))}}, ["AB-01"]),
        ({"claims": {"AB-01": DONE}}, {"claims": {"AB-01": replace(DONE, owner="us")}}, ["AB-01"]),
        (
            {"claims": {"AB-02": DONE, "AB-01": "planned", "AB-03": "planned"}},
            {"claims": {"AB-01": DONE, "AB-02": "planned", "AB-03": "planned"}},
            ["AB-01", "AB-02"],
        ),
        ({"adopted": [Adoption(id="x", evidence=(LOG,))]}, {"adopted": [Adoption(id="x", evidence=(SEEN,))]}, []),
        ({"adopted": [Adoption(id="x")]}, {"adopted": [Adoption(id="x", note="ours")]}, ["x"]),
        (
            {"adopted": [Adoption(id="x")]},
            {"adopted": [Adoption(id="x", evidence=(LOG,)), Adoption(id="y")]},
            ["x", "y"],
        ),
        ({"capability": (LOG, TERMS)}, {"capability": (TERMS, SEEN)}, []),
        ({"capability": (LOG,)}, {"capability": (TERMS,)}, ["capability_evidence"]),
        ({}, {"compared": (ComparableModel(name="m", compares="weaker"),)}, ["comparable_open_models"]),
        (
            {"compared": (ComparableModel(name="m", compares="weaker", evidence=(LOG,)),)},
            {"compared": (ComparableModel(name="m", compares="weaker", evidence=(TERMS,)),)},
            ["comparable_open_models"],
        ),
        (
            {"compared": (ComparableModel(name="m", compares="weaker", evidence=(LOG,)),)},
            {"compared": (ComparableModel(name="m", compares="stronger", evidence=(SEEN,)),)},
            [],  # told as a fact about the model
        ),
    ],
)
def test_what_two_plans_say_different_things_of(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert list_changed_promises(say(**before), say(**after)) == expected
    assert list_changed_promises(say(**after), say(**before)) == expected


LATER = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("one", "other", "is_outdated"),
    [
        (LOG, replace(TERMS, date=LATER), True),
        (LOG, replace(TERMS, date=LOG.date), False),
        (LOG, TERMS, False),
        (TERMS, LOG, False),
        (LOG, replace(TERMS, date=LATER, result="mixed"), False),
        (LOG, doubted(date=LATER), False),
    ],
)
def test_later_support_outdates_what_speaks_against(one: Evidence, other: Evidence, is_outdated: bool) -> None:
    assert one.is_outdated_by(other) is is_outdated
    for result in ("mixed", "contradicts"):
        against = replace(one, result=result)
        left = [] if is_outdated else [against]
        left += [other] if other.result == "mixed" else []
        assert find_counterevidence((against, other)) == tuple(left)
    assert find_counterevidence((one, doubted(result="contradicts"))) == ()


def test_a_claim_shows_what_evidence_of_a_type_supports() -> None:
    assert DONE.shows("log")
    assert not DONE.shows("tamper_evaluation")
    assert not claim("implemented", evidence=(SEEN, replace(TERMS, result="mixed"))).shows("log")


def test_claims_on_a_channel_are_the_nearest_of_each_safeguard_that_answers() -> None:
    everywhere, here, other = claim("planned"), claim("partial", "a"), claim("implemented", answered_by="X-1")
    for claims in ((everywhere, here, other), (here, everywhere, other)):
        made = plan("open_weights", {"AB-01": claims})
        assert made.claims_on("AB-01", "a") == (here, other)
        assert made.claims_on("AB-01", "b") == (everywhere, other)
        assert (made.claim_on("AB-01", "a"), made.claim_on("AB-01", "b")) == (here, everywhere)
        assert (made.claims_on("AB-02", "a"), made.claim_on("AB-02", "a")) == ((), None)
    assert list_named_channels([here, waiver("AB-01", "b", "c")]) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [
        (None, None, True),
        ("2026-01-02", None, True),
        ("2026-01-03", None, False),
        (None, "2026-01-02", False),
        (None, "2026-01-03", True),
        ("2026-01-01", "2026-01-02", False),
    ],
)
def test_a_channel_is_open_from_the_day_it_opens_until_it_closes(
    opens: str | None, closes: str | None, is_open: bool
) -> None:
    assert channel("hosted_api", opens=opens, closes=closes).is_open_on(LATER) is is_open
