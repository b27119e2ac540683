"""What a change brings that a trusted revision does not have: what is told of it, and which waivers count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building import TODAY, catalog, channel, claim, ladder, plan, waiver
from test_config import load

from aisafe_cli.domain.plan import Adoption, ComparableModel, Evidence, License, Plan, ReleasedFile, Status
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import Configuration
from aisafe_cli.domain.verdict import WaiverState
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.session.evidence_files import FileLookup, inspect_with
from aisafe_cli.session.trusted_changes import (
    Comparison,
    baseline_changed,
    catalog_changed,
    changes_of_plan,
    configuration_changed,
    itself_trusted,
    parent_trusted,
    plans_removed,
    with_trusted_terms,
)


def trusted_terms(now, before):
    return with_trusted_terms(Comparison(plan=now, trusted=before, revision="main"), ladder())


# --- what is told, word for word ------------------------------------------------------------------------------------

TOLD = Path(__file__).with_name("changes.txt")
LAST = "  - {safeguard: AB-02, channels: [api], reason: agreed, owner: it, granted: 2026-01-01, expires: 2026-06-30}\n"
API = "  - {id: api, access: hosted_api, opens: 2026-01-01, closes: 2027-01-01, audience: approved}\n"
BEFORE = f"""\
schema_version: 1
model:
  name: A
  parameters: 7.0e9
  base_model: [x/y]
  base_model_relation: finetune
  capability: moderate
  capability_evidence: [{{ref: eval.md}}]
  comparable_open_models: [{{name: Open, compares: as_capable, evidence: [{{ref: open.md}}]}}]
organization: {{role: developer, size: small}}
channels:
{API}  - {{id: files, access: gated_weights_vetted, opens: 2026-06-01, gated: manual, license: MIT}}
safeguards:
  AB-01: {{status: implemented, evidence: [{{ref: filter.md}}]}}
  AB-14: planned
alternatives: [companion-classifier]
waivers:
  - {{safeguard: AB-14, reason: agreed, owner: us, granted: 2026-01-01, expires: 2026-12-31}}
{LAST}files:
  - {{name: a.bin, sha256: {"a" * 64}}}
  - {{name: b.bin, sha256: {"b" * 64}}}
policy: {{fail_under: 50}}
"""
# What a change replaces in the plan above, by what it does.
CHANGES: dict[str, list[tuple[str, str]]] = {
    "nothing": [],
    "only places": [("schema_version: 1\n", "# one\nschema_version: 1\n"), ("  AB-01", "  # two\n  AB-01")],
    "order of channels, waivers, claims": [
        (API, ""),
        ("license: MIT}\n", "license: MIT}\n" + API),
        (LAST, ""),
        ("waivers:\n", "waivers:\n" + LAST),
        ("  AB-14: planned\n", ""),
        ("safeguards:\n", "safeguards:\n  AB-14: planned\n"),
    ],
    "another model": [
        ("name: A\n", "name: B\n  version: 1.10\n  developer: Lab\n  purl: pkg:generic/b@1\n"),
        ("7.0e9", "4.0e11"),
        ("[x/y]", "[z/z, a/a]"),
        ("finetune", "merge"),
        ("as_capable", "stronger"),
    ],
    "what is known of the model": [
        ("eval.md", "other.md"),
        ("open.md", "other.md"),
        ("  capability: ", "  systemic_risk: true\n  training_compute: 1.0e25\n  capability: "),
    ],
    "nothing to compare the model with": [
        ("  comparable_open_models: [{name: Open, compares: as_capable, evidence: [{ref: open.md}]}]\n", "")
    ],
    "files": [("a" * 64, "c" * 64), ("name: b.bin", "name: c.bin")],
    "profile": [("moderate", "low"), ("developer", "deployer"), ("small", "solo")],
    "size": [("small", "large")],
    "policy lowered": [("fail_under: 50", "fail_under: 5")],
    "policy raised": [("fail_under: 50", "fail_under: 51")],
    "claims": [
        ("implemented, evidence: [{ref: filter.md}]", "implemented, evidence: [{ref: filter.md}, {ref: b.md}]"),
        ("AB-14: planned", "AB-14: implemented\n  AB-11: implemented"),
        ("alternatives: [companion-classifier]", "alternatives: [{id: companion-classifier, note: ours}]"),
    ],
    "claims taken away": [("  AB-14: planned\n", ""), ("alternatives: [companion-classifier]\n", "")],
    "a channel of no higher access": [("channels:\n", "channels:\n  - {id: b, access: gated_weights_vetted}\n")],
    "a channel of higher access": [("channels:\n", "channels:\n  - {id: b, access: open_weights}\n")],
    "access raised": [("access: hosted_api", "access: hosted_api_finetune")],
    "access raised, and terms": [("gated_weights_vetted", "open_weights"), ("gated: manual, ", "")],
    "access lowered": [("gated_weights_vetted", "hosted_ui")],
    "opens earlier": [("2026-06-01", "2026-05-31")],
    "opens later": [("2026-06-01", "2026-06-02")],
    "opens from the start": [("opens: 2026-01-01, ", "")],
    "closes later": [("2027-01-01", "2027-01-02")],
    "closes earlier": [("2027-01-01", "2026-12-30")],
    "closes never": [("closes: 2027-01-01, ", "")],
    "licenses": [("MIT", "{name: Ours, class: research_only}"), ("approved", "registered")],
    "license by address": [("MIT", '{url: "https://a.example"}')],
    "operator, variant, url": [
        ("approved}", "approved, operator: third_party, variant: large, url: https://a.example}")
    ],
    "channel renamed": [("id: files", "id: weights")],
    "waiver widened": [("2026-12-31", "2027-01-01")],
    "waiver begins earlier": [("granted: 2026-01-01, expires: 2026-12-31", "granted: 2025-12-31, expires: 2026-12-31")],
    "waiver narrowed": [("2026-12-31", "2026-12-30")],
    "waiver narrowed to a channel": [("{safeguard: AB-14, reason", "{safeguard: AB-14, channels: [files], reason")],
    "waiver moved to another channel": [("channels: [api]", "channels: [files]")],
    "waiver widened to all channels": [("channels: [api], ", "")],
    "waiver for another reason": [("AB-14, reason: agreed", "AB-14, reason: because")],
    "waiver of another owner": [("owner: us", "owner: me")],
    "waiver moved to the days after its last": [
        ("granted: 2026-01-01, expires: 2026-12-31", "granted: 2026-12-31, expires: 2027-12-31")
    ],
    "waiver taken away": [(LAST, "")],
    "waiver added": [
        (LAST, LAST + "  - {safeguard: AB-01, reason: r, owner: o, granted: 2026-02-01, expires: 2026-03-01}\n")
    ],
    "waivers narrowed and added": [
        ("2026-12-31", "2026-12-30"),
        (LAST, LAST + "  - {safeguard: AB-01, reason: r, owner: o, granted: 2026-02-01, expires: 2026-03-01}\n"),
    ],
    "waiver in place of another": [("safeguard: AB-02", "safeguard: AB-03")],
}
CONFIGURATIONS: dict[str, tuple[str | None, str | None]] = {
    "none": (None, None),
    "the same": ("fail_under: 3", "fail_under: 3"),
    "added": (None, "fail_under: 3\nstrict: true"),
    "added without a setting": (None, "{}"),
    "removed": ("fail_under: 3", None),
    "removed without a setting": ("{}", None),
    "changed": ("fail_under: 3\nstrict: true", "fail_under: 2\nformats: [csv]"),
}


def parse(text: str) -> Plan:
    return parse_plan(text.encode(), "a.plan.yaml", catalog())


def describe_told(findings: Iterable[PlanFinding]) -> Iterable[str]:
    for one in findings:
        place = f"{one.position.line}:{one.position.column}" + (f" {one.channel}" if one.channel else "")
        yield f"  {one.level} {one.kind} at {place}: {one.message}\n    = {one.remedy}\n"


def describe_change(now: Plan, trusted: Plan | None, **others: Any) -> Iterable[str]:
    comparison = Comparison(plan=now, trusted=trusted, revision="main", **others)
    yield from describe_told(changes_of_plan(comparison, ladder()))
    terms = with_trusted_terms(comparison, ladder())
    for one in terms.waivers:
        days = f"{one.safeguard} on {', '.join(one.channels) or 'all'}, {one.granted} to {one.expires}"
        yield f"  - {days}: {'trusted' if one.trusted else 'not trusted'}\n"
    yield f"  - at least {terms.fail_under}%\n"


def look_for_evidence(plan: Plan) -> Plan:
    return inspect_with(FileLookup("nowhere/a.plan.yaml"), plan)


def describe_all() -> Iterable[str]:
    before = parse(BEFORE)
    for name, replaced in CHANGES.items():
        text = BEFORE
        for old, new in replaced:
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        yield from (f"{name}\n", *describe_change(parse(text), before))
    yield from ("a new plan\n", *describe_change(before, None))
    yield from ("a new plan without a policy\n", *describe_change(replace(before, fail_under=0, waivers=()), None))
    yield from ("evidence that is looked for\n", *describe_change(look_for_evidence(before), before))
    yield from ("a plan that was faulty\n", *describe_change(before, None, unreadable="it is empty"))
    yield from ("evidence\n", *describe_change(before, before, evidence=list("abcdef")))
    yield from ("five pieces of evidence\n", *describe_change(before, before, evidence=["a\tb", *"bcde"]))
    for name, texts in CONFIGURATIONS.items():
        one, other = (None if text is None else load(text) for text in texts)
        yield from (f"configuration: {name}\n", *describe_told(configuration_changed(one, other, "main")))
    yield from ("configuration: faulty\n", *describe_told(configuration_changed(None, None, "main", "no YAML")))
    yield from ("revision: checked out\n", *describe_told(itself_trusted("main")))
    yield from ("revision: as named\n", *describe_told(parent_trusted(None)))
    yield from ("revision: a parent instead\n", *describe_told(parent_trusted("12ab")))
    yield from ("catalog: changed\n", *describe_told([catalog_changed("c.yaml", "12", "34", "main")]))
    yield from ("catalog: removed\n", *describe_told([catalog_changed("c.yaml", "12", None, "main")]))
    for name, was, now in (("added", None, b""), ("changed", b"", b""), ("removed", b"", None)):
        yield from (f"baseline: {name}\n", *describe_told(baseline_changed("b.yaml", was, now, "main")))
    for paths in ([], ["a.plan.yaml"], list("abcde"), list("abcdefg")):
        yield from (f"{len(paths)} plans removed\n", *describe_told(plans_removed(paths, "main")))


def test_what_is_told_of_each_change(update_golden):
    told = "".join(describe_all())
    if update_golden:
        TOLD.write_text(told, encoding="utf-8")
    assert told == TOLD.read_text(encoding="utf-8")


# --- every field ----------------------------------------------------------------------------------------------------

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
    "file": (ReleasedFile(name="a", sha256="0"), lambda part: replace(EVERYTHING, files=(part,))),
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
    assert told[1].message == "This change removes channels that main has: a."


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
