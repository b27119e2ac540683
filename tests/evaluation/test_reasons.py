"""Reasons and remedies that are true of the case: no sentence twice, no advice on weights that are not given out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from building import channel, claim, finding, ids, plan, report_on, result

from aisafe_cli.domain.report import Report

STATUSES = ("implemented", "partial", "planned", "not_implemented", "unanswered")
RELEASES = {
    "closed": [channel("hosted_api_finetune", "a"), channel("hosted_api", "b")],
    "internal": [channel("internal_only", "a"), channel("private_deployment_sealed", "b")],
    "mixed": [
        channel("hosted_api", "a"),
        channel("hosted_api", "b", operator="third_party"),
        channel("open_weights", "c"),
    ],
    "local": [channel("on_device_managed", "a"), channel("gated_weights_vetted", "b")],
}


def reports(release: str) -> Iterator[Report]:
    """Reports on plans that claim every safeguard on their first channel and, in other words, on the others."""
    first, *others = [one.id for one in RELEASES[release]]
    for status, other in product(STATUSES, (None, *STATUSES)):
        claims = [claim(status, first), *([claim(other, *others)] if other else [])]
        yield report_on(plan(RELEASES[release], dict.fromkeys(ids(), claims), size="large", capability="high"))


@pytest.mark.parametrize("release", RELEASES)
def test_no_remedy_says_a_sentence_twice(release: str) -> None:
    for report in reports(release):
        for one in report.findings:
            for remedy in (one.remedy, *(item.remedy for item in one.channels)):
                sentences = re.split(r"(?<=[.?!:]) ", remedy)
                assert len(sentences) == len(set(sentences)), remedy


@pytest.mark.parametrize("release", ["closed", "internal"])
def test_no_advice_is_about_weights_that_go_out_where_none_do(release: str) -> None:
    for report in reports(release):
        assert not [one.remedy for one in report.findings if re.search(r"before (the|your) weights", one.remedy)]


@pytest.mark.parametrize("name", ["AB-01", "AB-14"])
def test_what_is_claimed_elsewhere_is_never_said_of_a_channel_that_the_claim_names(name: str) -> None:
    report = report_on(plan(RELEASES["mixed"], {name: claim("implemented", "a")}))
    assert "Claimed only on a" in finding(report, name).reason
    reason, remedy = result(report, name, "a").reason, result(report, name, "a").remedy
    assert ("Claimed only on a" not in reason) or (
        "Claimed only on a, not on c." in reason and "done on c too" in remedy
    )
    assert ("Claimed only on a, not on c." in result(report, name, "c").reason) == (name == "AB-14")
