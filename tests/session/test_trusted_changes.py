"""What a change brings that a trusted revision does not have: what is told of it, and which waivers count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from building import TODAY, catalog, channel, claim, ladder, plan, waiver

from aisafe_cli.domain.plan import Adoption, ComparableModel, Evidence, License, Plan, Status
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.settings import Configuration
from aisafe_cli.domain.verdict import WaiverState
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.session.trusted_changes import Comparison, changes_of_plan, configuration_changed, with_trusted_terms


def trusted_terms(now, before):
    return with_trusted_terms(Comparison(plan=now, trusted=before, revision="main"), ladder())


EVIDENCE = Evidence(ref="a.md")
EVERYTHING = replace(
    plan("hosted_api", {"AB-01": claim("implemented", evidence=(EVIDENCE,))}, waivers=[waiver("AB-14")]),
    adoptions=(Adoption(id="companion-classifier", evidence=(EVIDENCE,)),),
)
OTHER_VALUES = {"license": License(id="MIT"), "opens": TODAY, "closes": TODAY, "date": TODAY, "gated": "auto"}
OTHER_VALUES |= {
    "granted": date(2025, 1, 1),
    "expires": date(2027, 1, 1),
    "access": "hosted_ui",
    "status": Status.PARTIAL,
}
OTHER_VALUES |= {
    "evidence": (),
    "comparable_open_models": (ComparableModel(name="Open-13B", compares="stronger"),),
    "capability_evidence": (EVIDENCE,),
    "channels": ("hosted_api",),
    "parameters": 2.0,
    "type": "log",
}
NOT_DECLARED = {
    "position",
    "state",
    "problem",
    "trusted",
    "path",
    "sha256",
    "undeclared",
    "pinned",
    "safeguards_position",
}
PARTS: Mapping[str, tuple[Any, Callable[[Any], Plan]]] = {
    "model": (EVERYTHING.model, lambda part: replace(EVERYTHING, model=part)),
    "organization": (EVERYTHING.organization, lambda part: replace(EVERYTHING, organization=part)),
    "channel": (EVERYTHING.channels[0], lambda part: replace(EVERYTHING, channels=(part,))),
    "claim": (EVERYTHING.claims["AB-01"][0], lambda part: replace(EVERYTHING, claims={"AB-01": (part,)})),
    "adoption": (EVERYTHING.adoptions[0], lambda part: replace(EVERYTHING, adoptions=(part,))),
    "evidence": (
        EVIDENCE,
        lambda part: replace(EVERYTHING, adoptions=(replace(EVERYTHING.adoptions[0], evidence=(part,)),)),
    ),
    "waiver": (EVERYTHING.waivers[0], lambda part: replace(EVERYTHING, waivers=(part,))),
    "license": (
        License(id="MIT"),
        lambda part: replace(EVERYTHING, channels=(replace(EVERYTHING.channels[0], license=part),)),
    ),
}


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, one.name) for part, (whole, _) in PARTS.items() for one in fields(whole) if one.name not in NOT_DECLARED],
)
def test_every_field_of_a_plan_that_changes_is_told(part, name):
    """A field that is added to a plan later is asked for too."""
    whole, build = PARTS[part]
    other = replace(whole, **{name: "x" if part == "license" else OTHER_VALUES.get(name, "other")})
    if part == "waiver" and name in ("safeguard", "channels"):
        other = replace(whole, safeguard="AB-01")
    if (part, name) == ("claim", "channels"):
        other = replace(whole, channels=("hosted_api",))
    told = changes_of_plan(Comparison(plan=build(other), trusted=build(whole), revision="main"), ladder())
    assert told
    assert all(finding.message for finding in told)


@pytest.mark.parametrize(
    ("field", "before", "after", "level", "waived"),
    [
        ("opens", date(2027, 6, 1), date(2020, 1, 1), "warning", False),
        ("opens", date(2020, 1, 1), date(2027, 6, 1), "note", True),
        ("closes", None, date(2027, 6, 1), "note", True),
        ("closes", date(2027, 6, 1), None, "warning", False),
        ("gated", "manual", False, "warning", False),
        ("operator", "self", "third_party", "warning", False),
        ("audience", "approved", "public", "warning", False),
        ("variant", None, "70B", "warning", False),
        ("license", License(id="MIT"), License(id="Apache-2.0"), "warning", False),
        ("url", None, "https://a.example", "note", True),
        ("access", "hosted_api", "hosted_ui", "note", True),
    ],
)
def test_a_waiver_holds_on_a_channel_only_while_that_is_no_wider(field, before, after, level, waived):
    old, now = (
        plan([replace(channel("hosted_api", "a"), **{field: value})], waivers=[waiver("AB-14")])
        for value in (before, after)
    )
    told = {one.kind: one.level for one in changes_of_plan(Comparison(plan=now, trusted=old, revision="x"), ladder())}
    assert told["channel-changed"] == level
    assert ("waivers-changed" not in told) == waived
    assert [one.trusted for one in trusted_terms(now, old).waivers] == [waived]


def test_channels_that_come_and_go_are_told():
    old, now = (plan([channel("hosted_api", name) for name in names]) for names in ("ab", "bc"))
    told = changes_of_plan(Comparison(plan=now, trusted=old, revision="main"), ladder())
    assert [(one.kind, one.channel, one.level) for one in told] == [
        ("channel-added", "c", "note"),
        ("channel-removed", None, "warning"),
    ]
    assert told[1].message == "This change removes what main has: a."


def test_two_waivers_of_before_are_not_added_up_beyond_their_terms():
    first = waiver("AB-14", granted="2026-01-01", expires="2026-03-31")
    second = waiver("AB-14", granted="2026-07-01", expires="2026-09-30")
    now = plan("hosted_api", waivers=[waiver("AB-14", granted="2026-01-01", expires="2026-09-30")])
    parts = trusted_terms(now, plan("hosted_api", waivers=[first, second])).waivers
    assert [(one.granted, one.expires, one.trusted) for one in parts] == [
        (date(2026, 1, 1), date(2026, 3, 31), True),
        (date(2026, 7, 1), date(2026, 9, 30), True),
        (date(2026, 1, 1), date(2026, 9, 30), False),
    ]


@pytest.mark.parametrize(("old", "new"), [(["a"], []), (["a"], ["a", "b"]), (["a", "c"], ["a", "b"])])
def test_a_waiver_that_a_change_widens_is_trusted_where_it_was(old, new):
    channels = [channel("hosted_api", name) for name in ("a", "b", "c")]
    now, before = (plan(channels, waivers=[waiver("AB-14", *scope)]) for scope in (new, old))
    parts = trusted_terms(now, before).waivers
    assert [(one.channels, one.trusted) for one in parts] == [(("a",), True), (tuple(new), False)]


def test_a_waiver_that_is_not_trusted_is_that_first_of_all():
    made = plan("hosted_api", waivers=[replace(waiver("AB-14", expires="2026-02-01"), trusted=False)])
    report = evaluate(made, catalog(), ladder(), TODAY)
    states = [one.state for one in judge(report, Policy()).waivers]
    assert states == [WaiverState.NOT_TRUSTED]


def test_equal_configurations_are_no_change():
    one = Configuration(path="a", values={"fail_under": 3}, positions={})
    assert configuration_changed(one, replace(one, path="b"), "main") == ()
    assert configuration_changed(None, None, "main") == ()
    assert configuration_changed(None, replace(one, values={}), "main")
