"""Changed plans: what a change takes with it, and that nothing is claimed by it that was not claimed before."""

from __future__ import annotations

from datetime import date

import pytest
from building import READABLE, channel, claim, everything, outcomes, plan, report_on, waiver

from aisafe_cli.domain.edits import (
    add_adoption,
    add_channel,
    narrow_to_day,
    remove_channels,
    set_access,
    set_channel_fields,
    set_claims,
    set_claims_on,
    set_profile,
)
from aisafe_cli.domain.plan import Status

STAGED = [
    channel("hosted_api", "api", "2026-01-01"),
    channel("gated_weights_vetted", "vetted", "2026-03-01"),
    channel("open_weights", "weights", "2026-05-01"),
]


def test_dropping_a_channel_narrows_claims_and_waivers_to_the_others() -> None:
    made = plan(STAGED, {"AB-05": claim("implemented", "api", "weights")}, waivers=[waiver("AB-05", "api", "weights")])
    changed = remove_channels(made, {"weights"})
    assert [one.id for one in changed.channels] == ["api", "vetted"]
    assert [one.channels for one in changed.claims["AB-05"]] == [("api",)]
    assert [one.channels for one in changed.waivers] == [("api",)]


def test_a_claim_or_waiver_on_dropped_channels_only_is_dropped_and_never_widened() -> None:
    made = plan(STAGED, {"AB-04": claim("implemented", "weights")}, waivers=[waiver("AB-05", "weights")])
    changed = remove_channels(made, {"weights"})
    assert changed.claims == {}
    assert changed.waivers == ()


def test_a_claim_or_waiver_on_every_channel_stays_as_it_is() -> None:
    made = plan(STAGED, {"AB-01": "implemented"}, waivers=[waiver("AB-02")])
    changed = remove_channels(made, {"api"})
    assert changed.claims == made.claims
    assert changed.waivers == made.waivers


@pytest.mark.parametrize(
    ("day", "left"),
    [
        ("2025-12-31", []),
        ("2026-01-01", ["api"]),
        ("2026-04-30", ["api", "vetted"]),
        ("2026-05-01", ["api", "vetted", "weights"]),
    ],
)
def test_a_stage_has_what_is_open_on_its_day(day: str, left: list[str]) -> None:
    assert [one.id for one in narrow_to_day(plan(STAGED), date.fromisoformat(day)).channels] == left


def test_a_stage_keeps_what_has_no_day_and_what_has_closed() -> None:
    made = plan([channel("hosted_ui"), channel("open_weights", opens="2025-01-01", closes="2025-02-01")])
    assert narrow_to_day(made, date(2026, 1, 1)).channels == made.channels


def test_another_access_level_leaves_claims_as_they_are() -> None:
    made = plan(STAGED, everything())
    changed = set_access(made, "vetted", "open_source")
    assert [one.access for one in changed.channels] == ["hosted_api", "open_source", "open_weights"]
    assert changed.claims == made.claims
    assert outcomes(report_on(changed))["AB-04"] == "ineffective"


def test_a_further_channel_is_covered_by_claims_on_every_channel_alone() -> None:
    made = plan([channel("hosted_api", "api")], {"AB-05": claim("implemented", "api"), "AB-01": "implemented"})
    report = report_on(add_channel(made, channel("hosted_ui", "chat")))
    assert outcomes(report)["AB-05"] == "unknown"
    assert outcomes(report)["AB-01"] == "satisfied"


def test_claims_are_replaced_or_taken_away() -> None:
    made = plan("hosted_api", {"AB-01": "planned", "AB-14": "implemented"})
    assert set_claims(made, "AB-01", [claim("implemented")]).claims["AB-01"][0].status is Status.IMPLEMENTED
    assert set(set_claims(made, "AB-01", []).claims) == {"AB-14"}
    assert set_claims(made, "AB-02", [claim("partial")]).claims["AB-02"][0].status is Status.PARTIAL


def test_claims_are_taken_from_some_channels_and_made_on_others() -> None:
    made = plan(STAGED, {"AB-01": "implemented", "AB-05": [claim("implemented", "api"), claim("planned", "weights")]})
    changed = set_claims_on(made, "AB-01", ["weights"], [claim("partial", "weights")])
    assert [(one.status, one.channels) for one in changed.claims["AB-01"]] == [
        (Status.IMPLEMENTED, ("api", "vetted")),
        (Status.PARTIAL, ("weights",)),
    ]
    changed = set_claims_on(made, "AB-05", ["api"])
    assert [one.channels for one in changed.claims["AB-05"]] == [("weights",)]
    assert "AB-01" not in set_claims_on(made, "AB-01", ["api", "vetted", "weights"]).claims


def test_a_claim_on_every_channel_that_others_leave_nothing_is_not_widened() -> None:
    made = plan(STAGED[:1], {"AB-05": [claim("implemented", "api"), claim("planned")]})
    assert "AB-05" not in set_claims_on(made, "AB-05", ["api"]).claims


def test_an_alternative_is_added_and_fields_of_channels_are_set() -> None:
    made = plan(STAGED, adopted=["gate"])
    assert [one.id for one in add_adoption(made, "next-version").adoptions] == ["gate", "next-version"]
    changed = set_channel_fields(made, ["api", "weights"], gated="manual")
    assert [one.gated for one in changed.channels] == ["manual", False, "manual"]


def test_a_profile_that_is_given_counts_as_declared() -> None:
    made = plan("hosted_api", undeclared=("capability", "role", "size"))
    changed = set_profile(made, size="solo", capability="low")
    assert (changed.organization.size, changed.model.capability, changed.organization.role) == (
        "solo",
        "low",
        made.organization.role,
    )
    assert changed.undeclared == ("role",)
    assert set_profile(made) == made


@pytest.mark.parametrize("access", READABLE)
def test_the_plan_itself_never_changes(access: str) -> None:
    made = plan(STAGED, everything())
    again = plan(STAGED, everything())
    set_access(made, "api", access)
    remove_channels(made, {"api"})
    set_claims(made, "AB-01", [])
    assert made == again
