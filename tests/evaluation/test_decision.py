"""Every case there is, against a table that was written by hand; and what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from conftest import sample

from aisafe_cli.domain.catalog import Flag
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Outcome, Why
from aisafe_cli.domain.plan import Status
from aisafe_cli.evaluation.decision import (
    Asked,
    Before,
    Casual,
    Contract,
    Counter,
    Decision,
    Facts,
    Rules,
    Shown,
    Tamper,
    decide,
)

TABLE = yaml.safe_load((Path(__file__).parent / "decision-table.yaml").read_text(encoding="utf-8"))
RULES = [
    Rules(needs_tamper=needs, casual=casual, stageable=stageable)
    for needs, casual, stageable in product((False, True), Casual, (False, True))
    if needs or casual is Casual.NO_DIFFERENCE
]
RELIED_ON = (Status.IMPLEMENTED, Status.PARTIAL)


@cache
def all_facts() -> tuple[Facts, ...]:
    """Every combination that can occur. Only a claim that is made carries evidence, and only a missing one stands
    beside others; what was held was claimed as implemented.
    """
    return (Facts(applies=False, flag=Flag.COMPATIBLE, status=Status.IMPLEMENTED), *_made(), *_missing())


def _made() -> Iterator[Facts]:
    for flag, status, casual, before, tamper, contract, shown, counter, asked in product(
        Flag, list(Status)[:4], (False, True), Before, Tamper, Contract, Shown, Counter, Asked
    ):
        if before is Before.HELD and status is not Status.IMPLEMENTED:
            continue
        yield Facts(
            flag=flag, status=status, against_casual=casual, before=before, tamper=tamper, contract=contract,
            shown=shown, counter=counter, asked=asked,
        )  # fmt: skip


def _missing() -> Iterator[Facts]:
    for flag, elsewhere, contract, asked in product(Flag, (False, True), Contract, Asked):
        yield Facts(flag=flag, status=Status.UNANSWERED, elsewhere=elsewhere, contract=contract, asked=asked)


def fits(row: dict[str, Any], values: dict[str, Any]) -> bool:
    return all(
        values[key] in wanted if isinstance(wanted, list) else values[key] == wanted
        for key, wanted in row["when"].items()
    )


def test_every_case_is_decided_as_the_table_says() -> None:
    used: set[str] = set()
    number = 0
    for rules, facts in product(RULES, all_facts()):
        values = {**vars(rules), **vars(facts), "relied_on": facts.status in RELIED_ON}
        row = next(row for row in TABLE if fits(row, values))
        used.add(row["rule"])
        number += 1
        assert decide(rules, facts) == Decision(outcome=Outcome(row["outcome"]), why=Why(row["why"])), (rules, facts)
    assert used == {row["rule"] for row in TABLE}
    assert number > 100_000


def worse_or_equal(one: Outcome, other: Outcome) -> bool:
    return OUTCOME_ORDER[one] <= OUTCOME_ORDER[other]


def assert_never_improves(**changed: Any) -> None:
    for rules, facts in product(RULES, all_facts()):
        before, after = decide(rules, facts).outcome, decide(rules, replace(facts, **changed)).outcome
        assert worse_or_equal(after, before), (rules, facts, before, after)


def test_nothing_that_speaks_against_a_claim_improves_it() -> None:
    assert_never_improves(counter=Counter.CONTRADICTS)
    assert_never_improves(shown=Shown.DOUBTFUL)
    assert_never_improves(tamper=Tamper.BROKE)
    assert_never_improves(contract=Contract.MISSING)
    assert_never_improves(asked=Asked.FOUND)


def test_what_a_profile_asks_beyond_never_improves_an_outcome() -> None:
    for rules, facts in product(RULES, all_facts()):
        if rules.casual is Casual.NEEDS_NONE:
            stricter = replace(rules, casual=Casual.IS_PARTIAL)
            assert worse_or_equal(decide(stricter, facts).outcome, decide(rules, facts).outcome)


def test_a_claim_is_satisfied_only_where_nothing_is_missing() -> None:
    for rules, facts in product(RULES, all_facts()):
        if decide(rules, facts).outcome is Outcome.SATISFIED:
            assert facts.applies
            assert facts.status is Status.IMPLEMENTED
            assert facts.contract is not Contract.MISSING
            assert facts.shown is not Shown.DOUBTFUL
            assert facts.counter is Counter.NONE
            assert facts.flag is not Flag.INCOMPATIBLE or facts.before is Before.HELD


# What a claim on another safeguard, whose answer counts here, amounts to where nobody claimed that this one works.
CARRIED = {
    Why.NO_STAGE: Decision(outcome=Outcome.UNKNOWN, why=Why.BEFORE_OPENING),
    Why.CLAIMED_ALL_THE_SAME: Decision(outcome=Outcome.INCOMPATIBLE, why=Why.CANNOT_WORK),
    Why.UNTESTED: Decision(outcome=Outcome.UNKNOWN, why=Why.UNTESTED),
    Why.BROKE: Decision(outcome=Outcome.UNKNOWN, why=Why.BROKE),
}


def test_a_carried_claim_differs_only_where_nobody_claimed_that_it_works_here() -> None:
    used = set()
    for rules, facts in sample(product(RULES, all_facts()), 11):
        own = decide(rules, facts)
        assert decide(rules, replace(facts, carried=True)) == CARRIED.get(own.why, own), (rules, facts)
        used.add(own.why)
    assert used >= CARRIED.keys()
