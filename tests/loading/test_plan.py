"""Plans: what a plan that loads says. What is refused stands in `test_faults.py`."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.plan import (
    Adoption,
    Channel,
    Claim,
    Evidence,
    License,
    Model,
    Organization,
    Plan,
    Position,
    Status,
    Waiver,
)
from aisafe_cli.errors import Fault, FileError, InputError
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.plan import load_plan, parse_plan
from aisafe_cli.parsing import yaml as yamlfile
from aisafe_cli.parsing.nodes import MAX_FAULTS

SHORTEST = "schema_version: 1\nmodel: {name: A}\nchannels:\n  - {id: api, access: hosted_api}\n"


@cache
def catalog() -> Catalog:
    return load_catalog(None, load_ladder())


def faults_of(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as raised:
        load_plan(str(path), catalog())
    return raised.value.faults


def shown(faults: tuple[Fault, ...]) -> list[str]:
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in faults]


def load_text(folder: Path, text: str | bytes) -> Plan:
    path = folder / "made.plan.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_plan(str(path), catalog())


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_plan_that_cannot_be_read_is_a_file_error(tmp_path):
    with pytest.raises(FileError):
        load_plan(str(tmp_path / "missing.plan.yaml"), catalog())


def test_a_plan_that_is_not_in_a_file_is_called_as_told():
    plan = parse_plan(SHORTEST.encode(), "main:a.plan.yaml", catalog())
    assert (plan.path, plan.sha256) == ("main:a.plan.yaml", hashlib.sha256(SHORTEST.encode()).hexdigest())
    with pytest.raises(InputError) as raised:
        parse_plan(b"[]", "main:a.plan.yaml", catalog())
    assert {fault.path for fault in raised.value.faults} == {"main:a.plan.yaml"}


@pytest.mark.parametrize(
    ("granted", "last"),
    [
        ("2026-11-01", "2027-11-01"),
        ("2027-03-01", "2028-03-01"),
        ("2028-02-28", "2029-02-28"),
        ("2028-02-29", "2029-02-28"),
        ("9999-06-01", "9999-12-31"),
    ],
)
def test_a_waiver_may_last_to_the_same_day_a_year_later(tmp_path, granted, last):
    text = SHORTEST + f"waivers: [{{safeguard: AB-06, reason: r, owner: o, granted: {granted}, expires: {last}}}]\n"
    assert load_text(tmp_path, text).waivers[0].expires == date.fromisoformat(last)


# --- what loads -----------------------------------------------------------------------------------------------------

WHOLE = """\
schema_version: 1
model:
  name: Aurora-7B
  version: "1.0"
  developer: Example Lab
  parameters: 7.0e9
  base_model: [meta-llama/Llama-3.1-8B, example/base]
  base_model_relation: merge
  purl: pkg:huggingface/example/aurora@1.0
  capability: moderate
  capability_evidence:
    - {ref: docs/capability.md, type: evaluation, date: 2026-08-01, sha256: SHA}
organization:
  role: fine_tuner
  size: small
channels:
  - id: api
    access: hosted_api
    opens: 2026-10-01
    closes: 2027-10-01
    operator: third_party
    variant: small
    url: https://api.example.org
  - id: weights
    access: open_weights
    opens: 2026-12-01
    closes: null
    gated: manual
    license:
      id: LicenseRef-Aurora
      name: Aurora License
      url: https://example.org/license
      class: use_restricted
safeguards:
  AB-01: implemented
  block-misuse:
    status: partial
    channels: [api]
    against: casual_users
    evidence:
      - {ref: docs/filters.md, type: contract, date: 2026-09-01}
      - {ref: https://example.org/paper}
    owner: Trust team
    note: |
      Two lines
      of text.
  AB-04:
    - {status: planned, channels: [api]}
    - {status: not_implemented, channels: [weights]}
alternatives:
  - companion-classifier
  - id: gate
    evidence: [{ref: docs/gate.md}]
    note: on the Hub
waivers:
  - {safeguard: staged-access, channels: [weights], reason: r, owner: o, granted: 2026-11-01, expires: 2027-03-01}
  - {safeguard: AB-08, reason: r, owner: o, granted: 2026-11-01, expires: 2026-11-01}
policy:
  fail_under: 80
""".replace("SHA", "0" * 63 + "f")


def test_every_field_of_the_format_is_read(tmp_path):
    plan = load_text(tmp_path, WHOLE)
    assert plan == Plan(
        path=str(tmp_path / "made.plan.yaml"),
        sha256=hashlib.sha256(WHOLE.encode()).hexdigest(),
        model=Model(
            name="Aurora-7B",
            version="1.0",
            developer="Example Lab",
            parameters=7.0e9,
            base_models=("meta-llama/Llama-3.1-8B", "example/base"),
            base_model_relation="merge",
            purl="pkg:huggingface/example/aurora@1.0",
            capability="moderate",
            capability_evidence=(
                Evidence(ref="docs/capability.md", type="evaluation", date=date(2026, 8, 1), sha256="0" * 63 + "f"),
            ),
            position=Position(line=2, column=1),
        ),
        organization=Organization(role="fine_tuner", size="small"),
        channels=(
            Channel(
                id="api",
                access="hosted_api",
                opens=date(2026, 10, 1),
                closes=date(2027, 10, 1),
                operator="third_party",
                variant="small",
                url="https://api.example.org",
                position=Position(line=17, column=5),
            ),
            Channel(
                id="weights",
                access="open_weights",
                opens=date(2026, 12, 1),
                gated="manual",
                license=License(
                    id="LicenseRef-Aurora",
                    name="Aurora License",
                    url="https://example.org/license",
                    declared_class="use_restricted",
                ),
                position=Position(line=24, column=5),
            ),
        ),
        claims={
            "AB-01": (Claim(status=Status.IMPLEMENTED, position=Position(line=35, column=3)),),
            "AB-05": (
                Claim(
                    status=Status.PARTIAL,
                    channels=("api",),
                    against="casual_users",
                    evidence=(
                        Evidence(ref="docs/filters.md", type="contract", date=date(2026, 9, 1)),
                        Evidence(ref="https://example.org/paper"),
                    ),
                    owner="Trust team",
                    note="Two lines\nof text.\n",
                    position=Position(line=36, column=3),
                ),
            ),
            "AB-04": (
                Claim(status=Status.PLANNED, channels=("api",), position=Position(line=48, column=7)),
                Claim(status=Status.NOT_IMPLEMENTED, channels=("weights",), position=Position(line=49, column=7)),
            ),
        },
        adoptions=(
            Adoption(id="companion-classifier", position=Position(line=51, column=5)),
            Adoption(
                id="gate",
                evidence=(Evidence(ref="docs/gate.md"),),
                note="on the Hub",
                position=Position(line=52, column=5),
            ),
        ),
        waivers=(
            Waiver(
                safeguard="AB-06",
                channels=("weights",),
                reason="r",
                owner="o",
                granted=date(2026, 11, 1),
                expires=date(2027, 3, 1),
                position=Position(line=56, column=5),
            ),
            Waiver(
                safeguard="AB-08",
                reason="r",
                owner="o",
                granted=date(2026, 11, 1),
                expires=date(2026, 11, 1),
                position=Position(line=57, column=5),
            ),
        ),
        fail_under=80,
        undeclared=(),
        safeguards_position=Position(line=34, column=1),
    )


def test_what_is_left_out_takes_the_strictest_value(tmp_path):
    plan = load_text(tmp_path, SHORTEST)
    assert (plan.organization.role, plan.organization.size, plan.model.capability) == ("developer", "large", "unknown")
    assert set(plan.undeclared) == {"role", "size", "capability"}
    assert (plan.claims, plan.adoptions, plan.waivers, plan.fail_under) == ({}, (), (), 0)
    assert plan.safeguards_position == Position(line=1, column=1)
    (channel,) = plan.channels
    assert channel == Channel(id="api", access="hosted_api", position=Position(line=4, column=5))
    assert (channel.opens, channel.closes, channel.operator, channel.gated) == (None, None, "self", False)


@pytest.mark.parametrize(
    ("text", "undeclared"),
    [
        ("organization: {role: developer}\n", {"size", "capability"}),
        ("organization: {size: large}\n", {"role", "capability"}),
        ("organization: {}\n", {"role", "size", "capability"}),
    ],
)
def test_what_is_declared_is_not_undeclared(tmp_path, text, undeclared):
    assert set(load_text(tmp_path, SHORTEST + text).undeclared) == undeclared


def test_a_declared_unknown_capability_is_declared(tmp_path):
    plan = load_text(tmp_path, SHORTEST.replace("name: A", "name: A, capability: unknown"))
    assert set(plan.undeclared) == {"role", "size"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("1.10", "1.10"),
        ("017", "017"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("1:20", "1:20"),
        ("2026-10-01", "2026-10-01"),
        (".nan", ".nan"),
        ("9" * 400, "9" * 400),
        ("=", "="),
        ('"true"', "true"),
        ("'null'", "null"),
        ('"<<"', "<<"),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_text_stays_as_it_is_written(tmp_path, written, read):
    plan = load_text(tmp_path, SHORTEST.replace("{name: A}", f"\n  name: A\n  version: {written}"))
    assert plan.model.version == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7", 7),
        ("+7", 7),
        ("1e3", 1000.0),
        ("7.0e9", 7.0e9),
        ("7E+9", 7.0e9),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.1", 0.1),
        ("9" * 18, int("9" * 18)),
        ("null", None),
    ],
)
def test_a_number_is_read_as_yaml_1_2_has_it(tmp_path, written, read):
    plan = load_text(tmp_path, SHORTEST.replace("{name: A}", f"\n  name: A\n  parameters: {written}"))
    assert plan.model.parameters == read
    assert type(plan.model.parameters) is type(read)


@pytest.mark.parametrize(
    ("written", "read"), [("false", False), ("False", False), ("auto", "auto"), ('"manual"', "manual")]
)
def test_a_gate_is_false_or_a_word(tmp_path, written, read):
    gated = load_text(tmp_path, SHORTEST.replace("hosted_api}", f"hosted_api, gated: {written}}}")).channels[0].gated
    assert gated == read
    assert type(gated) is type(read)


def test_a_day_may_stand_in_quotes(tmp_path):
    plan = load_text(tmp_path, SHORTEST.replace("hosted_api}", 'hosted_api, opens: "2026-10-01"}'))
    assert plan.channels[0].opens == date(2026, 10, 1)


def test_numbers_that_name_a_channel_are_compared_as_text(tmp_path):
    text = SHORTEST.replace("id: api", "id: 1.10") + 'safeguards: {AB-04: {status: planned, channels: ["1.10"]}}\n'
    assert load_text(tmp_path, text).claims["AB-04"][0].channels == ("1.10",)


def test_a_note_may_begin_with_white_space(tmp_path):
    plan = load_text(tmp_path, SHORTEST + 'safeguards: {AB-01: {status: planned, note: "\\n  two\\tlines\\n"}}\n')
    assert plan.claims["AB-01"][0].note == "\n  two\tlines\n"


def test_channels_that_only_look_like_one_number_are_two(tmp_path):
    text = SHORTEST.replace("id: api", "id: 1.1") + "  - {id: 1.10, access: hosted_ui}\n"
    assert [channel.id for channel in load_text(tmp_path, text).channels] == ["1.1", "1.10"]


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_line_ends_and_byte_order_mark_make_no_difference(tmp_path, change):
    plain, changed = load_text(tmp_path, WHOLE), load_text(tmp_path, change(WHOLE))
    assert changed.sha256 != plain.sha256
    assert [getattr(changed, name) for name in ("model", "channels", "claims", "adoptions", "waivers")] == [
        getattr(plain, name) for name in ("model", "channels", "claims", "adoptions", "waivers")
    ]


def test_a_byte_order_mark_does_not_move_the_faults(tmp_path):
    path = tmp_path / "marked.plan.yaml"
    path.write_bytes(b"\xef\xbb\xbfschema_version: 2\r\nmodel: {name: A}\r\nchannels: []\r\n")
    assert shown(faults_of(path)) == ["1:17: the value must be 1", "3:11: the list is empty"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("safeguards: {AB-01: planned}", "safeguards: {AB-01: {status: planned}}"),
        ("safeguards: {AB-01: planned}", "safeguards: {AB-01: [{status: planned}]}"),
        ("safeguards: {AB-06: planned}", "safeguards: {staged-access: planned}"),
        ("alternatives: [gate]", "alternatives: [{id: gate}]"),
    ],
)
def test_short_and_long_form_say_the_same(tmp_path, short, long):
    one, other = load_text(tmp_path, f"{SHORTEST}{short}\n"), load_text(tmp_path, f"{SHORTEST}{long}\n")

    def said(plan):
        claims = [(name, claim.status, claim.channels) for name, listed in plan.claims.items() for claim in listed]
        return claims, [(adoption.id, adoption.evidence, adoption.note) for adoption in plan.adoptions]

    assert said(one) == said(other)
    assert said(one) != said(load_text(tmp_path, SHORTEST))


@pytest.mark.parametrize("written", ["apache-2.0", "{id: apache-2.0}", "{id: apache-2.0, name: null}"])
def test_a_license_in_short_and_long_form(tmp_path, written):
    plan = load_text(tmp_path, SHORTEST.replace("hosted_api}", f"hosted_api, license: {written}}}"))
    assert plan.channels[0].license == License(id="apache-2.0", derived_class="permissive")


@pytest.mark.parametrize(
    ("written", "license_read"),
    [
        ("null", None),
        ("{}", License()),
        ("{name: MIT}", License(name="MIT", derived_class="permissive")),
        ("{name: Our License}", License(name="Our License")),
        ("{id: MIT, class: proprietary}", License(id="MIT", declared_class="proprietary", derived_class="permissive")),
        ("{class: unknown}", License(declared_class="unknown")),
        (
            "(MIT OR GPL-3.0-only) AND gemma",
            License(id="(MIT OR GPL-3.0-only) AND gemma", derived_class="use_restricted"),
        ),
    ],
)
def test_the_class_of_a_license_is_derived_beside_the_declared_one(tmp_path, written, license_read):
    text = SHORTEST.replace("{id: api, access: hosted_api}", f"id: api\n    access: hosted_api\n    license: {written}")
    assert load_text(tmp_path, text).channels[0].license == license_read


@pytest.mark.parametrize(
    ("written", "read"),
    [("base/a", ("base/a",)), ("[base/a, base/b]", ("base/a", "base/b")), ("null", ()), ("[]", ())],
)
def test_base_models_are_one_or_a_list(tmp_path, written, read):
    plan = load_text(tmp_path, SHORTEST.replace("name: A", f"name: A, base_model: {written}"))
    assert plan.model.base_models == read


def test_every_slug_and_id_of_the_catalog_is_known(tmp_path):
    safeguards = catalog().safeguards
    by_slug = "".join(f"  {safeguard.slug}: planned\n" for safeguard in safeguards)
    by_id = "".join(f"  {safeguard.id}: planned\n" for safeguard in safeguards)
    ids = [safeguard.id for safeguard in safeguards]
    assert list(load_text(tmp_path, f"{SHORTEST}safeguards:\n{by_slug}").claims) == ids
    assert list(load_text(tmp_path, f"{SHORTEST}safeguards:\n{by_id}").claims) == ids


def test_letters_of_every_script_are_welcome(tmp_path):
    name = "ऑरोरा-אור-光\u200d🙂"
    assert load_text(tmp_path, SHORTEST.replace("name: A", f"name: {name}")).model.name == name


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_both_parsers_read_the_same_plan(tmp_path, monkeypatch, loader):
    plan = load_text(tmp_path, WHOLE)
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    assert load_text(tmp_path, WHOLE) == plan


# --- what earlier versions got wrong --------------------------------------------------------------------------------


def faults_in(tmp_path, text):
    path = tmp_path / "x.plan.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in faults_of(path)]


def test_a_faulty_status_does_not_hide_a_faulty_name(tmp_path):
    both = faults_in(
        tmp_path, SHORTEST + "safeguards: {AB-99: sometimes, AB-01: planned, filter-training-data: never}\n"
    )
    assert len(both) == 4
    assert "`AB-99` is not a safeguard of the catalog" in both[0]


def test_channels_of_a_wrong_type_are_one_fault(tmp_path):
    text = SHORTEST + "safeguards:\n  AB-01: [{status: planned, channels: api}, {status: planned, channels: [api]}]\n"
    assert faults_in(tmp_path, text) == ["6:39: expected a list, found a single value"]


def test_a_byte_order_mark_does_not_move_the_place_of_a_wrong_byte(tmp_path):
    assert faults_in(tmp_path, b"\xef\xbb\xbfa: \xfc") == ["1:4: not UTF-8 (byte 0xFC)"]


def test_only_so_many_faults_are_listed(tmp_path):
    keys = "".join(f"k{number}: 1\n" for number in range(2000))
    assert len(faults_in(tmp_path, SHORTEST + keys)) == MAX_FAULTS
