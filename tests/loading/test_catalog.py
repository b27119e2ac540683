"""A catalog that does not hold together is refused, at the place; one that does needs no code of its own."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from building import (
    SMALL_CATALOG,
    TODAY,
    channel,
    check_plans,
    claim,
    finding,
    ladder,
    outcomes,
    plan,
    report_on,
    small_catalog,
)
from conftest import ROOT

from aisafe_cli.domain.catalog import (
    AccessLevel,
    Alternative,
    Binds,
    Cited,
    Document,
    Flag,
    Judgement,
    Locator,
    Mode,
    ModeInfo,
    Precondition,
    Reference,
    RequirementRow,
    Safeguard,
    TamperRule,
)
from aisafe_cli.domain.policy import Policy
from aisafe_cli.errors import FileError, InputError, NothingToEvaluate
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io import resources
from aisafe_cli.io.resources import find_compiled, find_data_file, read_compiled
from aisafe_cli.loading import catalog as catalogs
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.license_classes import LICENSES
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.parsing import yaml as yaml_bounds
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

TEXT = SMALL_CATALOG.read_text(encoding="utf-8")
SECOND = TEXT.index("- id: HR-2")
CONDITION = "a conditional flag needs a `condition`; no other flag may have one"


def faults(tmp_path, text):
    """Each fault of a catalog as (line, column, message)."""
    path = tmp_path / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_catalog(str(path), ladder())
    assert all(fault.path.endswith("catalog.yaml") for fault in refused.value.faults)
    return [(fault.line, fault.column, fault.message) for fault in refused.value.faults]


def edited(old, new, start=0):
    """The small catalog with the first occurrence of a text after the start replaced."""
    place = TEXT.index(old, start)
    return TEXT[:place] + new + TEXT[place + len(old) :]


def at(text, token, start=0):
    """The line and column of a token's first occurrence after the start."""
    offset = text.index(token, start)
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


ASKED = "    - safeguards: [HR-2]\n      capabilities: [high]\n      asks: named\n      reason: So it is.\n"
THIRD_PARTY = (
    "  third_party: {binds: [service], condition: Ask., recommended_beside: [open_weight], reason: So it is.}\n"
)
LEVELS = """capabilities:
  note: Ours.
  judge: By the water.
  levels:
    - {id: low, means: A puddle.}
    - {id: moderate, means: A pond., counts_as: high}
    - {id: high, means: A lake.}
    - {id: severe, means: A sea.}
    - {id: unknown, means: Fog., counts_as: severe}
"""


# What to replace, by what, where the fault is (a token of the new text), and what is said.
UNRESOLVED = {
    "group": ("group: after", "group: afar", "afar", "`afar` is not defined"),
    "reference": ("references: [rules, gull]", "references: [rules, gul]", "gul]", "`gul` is not defined"),
    "practice": ('practices: ["1.1"]', 'practices: ["1.2"]', '"1.2"]', "`1.2` is not defined"),
    "alternative": ("[ask-around, count", "[ask-around, flags, count", "flags, count", "`flags` is not defined"),
    "rung": ("access: on_device_managed", "access: on_device", "on_device\n", "`on_device` is not defined"),
    "mode as a rung": (
        "access: on_device_managed",
        "access: open_weight",
        "open_weight\n",
        "`open_weight` is not defined",
    ),
    "reference of an objection": ("reference: gull", "reference: owl", "owl", "`owl` is not defined"),
    "reference of an alternative": ("- reference: rules", "- reference: rule", "rule\n", "`rule` is not defined"),
    "id that is always required": ("always: [HR-3]", "always: [HR-4]", "HR-4", "`HR-4` is not defined"),
    "slug in place of an id": ("always: [HR-3]", "always: [trial-trip]", "trial-trip]", "`trial-trip` is not defined"),
    "id required by capability": ("- safeguard: HR-2", "- safeguard: HR-9", "HR-9", "`HR-9` is not defined"),
    "id that evidence is asked of": (
        "  profiles:\n",
        f"  evidence:\n{ASKED.replace('HR-2', 'HR-9')}  profiles:\n",
        "HR-9",
        "`HR-9` is not defined",
    ),
    "access level that gives weights to anybody": (
        "  profiles:\n",
        f"{THIRD_PARTY}  profiles:\n",
        "open_weight]",
        "`open_weight` is not defined",
    ),
    "id in a profile": ("requires: [HR-2]", "requires: [HR-2, HR-0]", "HR-0", "`HR-0` is not defined"),
}


@pytest.mark.parametrize("name", UNRESOLVED)
def test_refuses_what_it_does_not_define(tmp_path, name):
    old, new, token, message = UNRESOLVED[name]
    text = edited(old, new)
    assert faults(tmp_path, text) == [(*at(text, token), message)]


def test_suggests_the_name_that_was_meant(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text(edited("access: on_device_managed", "access: on_device_manged"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_catalog(str(path), ladder())
    assert [fault.hint for fault in refused.value.faults] == ["did you mean `on_device_managed`?"]


DUPLICATES = {
    "id": ("- id: HR-2", "- id: HR-1", "id: HR-1", "another entry already has the id `HR-1`"),
    "slug": (
        "slug: sign-the-hull",
        "slug: keep-a-log",
        "slug: keep",
        "another entry already has the slug `keep-a-log`",
    ),
}


@pytest.mark.parametrize("name", DUPLICATES)
def test_refuses_two_safeguards_of_one_name(tmp_path, name):
    old, new, token, message = DUPLICATES[name]
    text = edited(old, new)
    found = [fault for fault in faults(tmp_path, text) if "not defined" not in fault[2]]
    assert found == [(*at(text, token, SECOND), message)]


def test_refuses_two_alternatives_of_one_name(tmp_path):
    text = edited("- id: count-flags", "- id: ask-around")
    first = text.index("- id: ask-around")
    place = at(text, "id: ask-around", first + 5)
    assert (*place, "another entry already has the id `ask-around`") in faults(tmp_path, text)


# What to replace, by what, where the fault is (the last place of a token of the new text), and what is said.
AT_ODDS = {
    "two groups of one name": (
        "- id: after",
        "- id: before",
        "id: before",
        "another entry already has the id `before`",
    ),
    "a slug that is an id": (
        "- id: HR-1",
        "- id: trial-trip",
        "slug: trial-trip",
        "`trial-trip` is the id of another entry",
    ),
    "stages of what does not bind the release": (
        *("binds: model", "binds: model\n    stageable: true", "stageable: true\n    roles: [developer]"),
        "only a safeguard that binds the release can be carried out before it opens",
    ),
    "until publication of what does not bind the release": (
        *("binds: model", "binds: model\n    until_public: true", "until_public: true\n    roles: [developer]"),
        "only a safeguard that binds the release can be carried out before it opens",
    ),
    "partial in place of nothing": (
        "        reason: Names can be",
        "        partial_at: [high]\n        reason: Names can be",
        "partial_at",
        "`partial_at` needs `unless_against`",
    ),
    "evidence of what is no condition": (
        "        reason: The name travels further.",
        "        reason: The name travels further.\n        condition_needs: contract",
        "condition_needs",
        "`condition_needs` belongs to a conditional flag",
    ),
    "evidence asked for twice": (
        "  profiles:\n",
        f"  evidence:\n{ASKED}{ASKED}  profiles:\n",
        "safeguards: [HR-2]",
        "HR-2 at high capability is listed twice",
    ),
    "a level that counts as one that counts as another": (
        "\nrequirements:",
        f"\n{LEVELS.replace('counts_as: high', 'counts_as: unknown')}\nrequirements:",
        "unknown}\n    - {id: high",
        "`counts_as` must name a level that counts as itself",
    ),
    "a level that is there twice": (
        "\nrequirements:",
        f"\n{LEVELS.replace('id: moderate', 'id: low')}\nrequirements:",
        "levels:",
        "a level is named twice",
    ),
}


@pytest.mark.parametrize("name", AT_ODDS)
def test_refuses_what_contradicts_itself(tmp_path, name):
    old, new, token, message = AT_ODDS[name]
    text = edited(old, new)
    place = at(text, token, text.rindex(token))
    assert [fault for fault in faults(tmp_path, text) if "not defined" not in fault[2]] == [(*place, message)]


def test_an_id_may_be_its_own_slug(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text(edited("- id: HR-1", "- id: keep-a-log"), encoding="utf-8")
    assert load_catalog(str(path), ladder()).safeguards[0].id == "keep-a-log"


# What to replace, by what, and the key of the judgement that is at fault.
CONDITIONS = {
    "conditional without a condition": ("        condition: The captain reports.\n", "", "local_download:"),
    "condition without a conditional flag": (
        "reason: The gate is yours.",
        "reason: The gate is yours.\n        condition: It is open.",
        "closed_api:",
    ),
    "exception without a condition": (
        "          flag: compatible\n          reason: The ship",
        "          flag: conditional\n          reason: The ship",
        "access: on_device_managed",
    ),
    "exception with a condition for another flag": (
        "reason: A log of guests is delicate.",
        "reason: A log of guests is delicate.\n          condition: They agree.",
        "role: deployer",
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions_belong_to_conditional_flags(tmp_path, name):
    old, new, token = CONDITIONS[name]
    text = edited(old, new)
    assert faults(tmp_path, text) == [(*at(text, token), CONDITION)]


EXCEPTIONS = {
    "neither a rung nor a role": ("        - role: deployer\n          flag", "        - flag", "flag: cautionary"),
    "both a rung and a role": (
        "- role: deployer",
        "- access: hosted_ui\n          role: deployer",
        "access: hosted_ui",
    ),
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_for_one_access_level_or_one_role(tmp_path, name):
    old, new, token = EXCEPTIONS[name]
    text = edited(old, new)
    assert faults(tmp_path, text) == [(*at(text, token), "an exception needs either `access` or `role`")]


def test_a_faulty_exception_does_not_hide_the_next(tmp_path):
    text = edited("- access: on_device_managed\n          flag", "- flag").replace(
        "role: deployer\n          flag", "flag"
    )
    assert [message for _, _, message in faults(tmp_path, text)] == ["an exception needs either `access` or `role`"] * 2


@pytest.mark.parametrize("subject", ["access: on_device_managed", "role: deployer"])
def test_refuses_a_second_exception_for_the_same_access_level_or_role(tmp_path, subject):
    other = "- role: deployer" if subject.startswith("access") else "- access: on_device_managed"
    text = edited(other, f"- {subject}")
    place = max(at(text, subject), at(text, subject, text.index(subject) + 1))
    assert faults(tmp_path, text) == [(*place, f"a second exception for `{subject.split()[1]}`")]


def test_refuses_a_profile_that_is_missing_or_doubled(tmp_path):
    text = edited("sizes: [medium]", "sizes: [small]")
    capabilities = ("low", "moderate", "high", "severe", "unknown")
    doubled = [
        (*at(text, "sizes: [small]"), f"a second profile for small at {name} capability") for name in capabilities
    ]
    missing = [(*at(text, "profiles:"), f"no profile for medium at {name} capability") for name in capabilities]
    assert sorted(faults(tmp_path, text)) == sorted(doubled + missing)


def test_refuses_a_single_combination_without_a_profile(tmp_path):
    text = edited(
        "moderate, high, severe, unknown]\n      requires: all", "moderate, high, severe]\n      requires: all"
    )
    assert faults(tmp_path, text) == [(*at(text, "profiles:"), "no profile for large at unknown capability")]


def test_a_precondition_is_one(tmp_path):
    text = edited("      channel_has: [readable_weights]\n      reason: A hull", "      reason: A hull")
    assert faults(tmp_path, text) == [
        (*at(text, "applies_when:"), "`applies_when` needs a condition beside its `reason`")
    ]


def test_levels_of_capability_are_read(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_text(edited("\nrequirements:", f"\n{LEVELS}\nrequirements:"), encoding="utf-8")
    levels = load_catalog(str(path), ladder()).capabilities.levels
    assert {name: level.counts_as for name, level in levels.items()} == {
        **{name: name for name in ("low", "high", "severe")},
        "moderate": "high",
        "unknown": "severe",
    }
    assert levels["low"].means == "A puddle."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    effort: 2\n", "    effort: 2\n    cost: 3\n"),
        ("catalog:\n", "cost: 3\ncatalog:\n"),
        ("        reason: The gate is yours.", "        reason: The gate is yours.\n        cost: 3"),
        ("  always: [HR-3]", "  always: [HR-3]\n  cost: 3"),
    ],
)
def test_refuses_unknown_keys(tmp_path, old, new):
    text = edited(old, new)
    assert faults(tmp_path, text) == [(*at(text, "cost: 3"), "unknown key `cost`")]


def test_reports_all_faults_of_a_catalog_in_the_order_of_the_file(tmp_path):
    text = edited("group: after", "group: afar").replace("always: [HR-3]", "always: [HR-4]")
    found = faults(tmp_path, text.replace("slug: trial-trip", "slug: keep-a-log"))
    assert [message for _, _, message in found] == [
        "`afar` is not defined",
        "another entry already has the slug `keep-a-log`",
        "`HR-4` is not defined",
    ]
    assert found == sorted(found)


def test_a_catalog_that_is_not_there_is_no_catalog(tmp_path):
    with pytest.raises(FileError):
        load_catalog(str(tmp_path / "none.yaml"), ladder())


# --- the access ladder ----------------------------------------------------------------------------------------------

LADDER = Path(find_data_file(catalogs.LADDER)).read_text(encoding="utf-8")


def ladder_faults(tmp_path, monkeypatch, text):
    """Each fault of a ladder as (line, column, message, hint)."""
    path = tmp_path / "ladder.yaml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogs, "find_data_file", lambda _: str(path))
    with pytest.raises(InputError) as refused:
        load_ladder()
    return [(fault.line, fault.column, fault.message, fault.hint) for fault in refused.value.faults]


# What to replace in the ladder, by what, where the fault is (a token of the new text), and what is said.
FAULTY_LADDERS = {
    "id": ("id: hosted_ui", "id: internal_only", "another entry already has the id `internal_only`", ""),
    "rank": ("rank: 1", "rank: 0", "another entry already has the rank `0`", ""),
    "reference": ("[solaiman-2023", "[solaiman", "`solaiman` is not defined", "did you mean `solaiman-2023`?"),
    "what the schema refuses": (
        *(" 0\n", " first\n", "`first` is not a whole number"),
        "write it in digits, without quotes",
    ),
}


@pytest.mark.parametrize("name", FAULTY_LADDERS)
def test_refuses_a_ladder_that_does_not_hold_together(tmp_path, monkeypatch, name):
    old, new, message, hint = FAULTY_LADDERS[name]
    place = LADDER.index(old)
    text = LADDER[:place] + new + LADDER[place + len(old) :]
    found = ladder_faults(tmp_path, monkeypatch, text)
    assert found == [(*at(text, new.strip("[ \n"), place), message, hint)]


def test_every_field_of_the_ladder_is_read():
    data, read = yaml.safe_load(LADDER), load_ladder()
    assert list(read.access_levels.values()) == [
        AccessLevel(
            id=entry["id"],
            title=entry["title"],
            rank=entry["rank"],
            mode=Mode(entry["mode"]),
            properties=frozenset(entry["properties"]),
            adds=entry["adds"],
            misuse_vectors=tuple(entry["misuse_vectors"]),
            developer_controls=tuple(entry["developer_controls"]),
            mozilla=tuple(entry["mozilla"]),
            solaiman=tuple(entry["solaiman"]),
            references=tuple(entry.get("references", [])),
        )
        for entry in data["rungs"]
    ]
    assert list(read.access_levels) == [entry["id"] for entry in data["rungs"]]
    assert read.modes == {
        entry["id"]: ModeInfo(id=Mode(entry["id"]), title=entry["title"], means=entry["means"])
        for entry in data["modes"]
    }
    assert read.references == {name: Reference(id=name, **entry) for name, entry in data["references"].items()}
    assert read.sha256 == sha256(LADDER.encode()).hexdigest()
    changed = load_ladder(f"{LADDER}# changed\n".encode())
    assert changed.sha256 == sha256(f"{LADDER}# changed\n".encode()).hexdigest()
    assert changed.access_levels == read.access_levels


def test_access_levels_without_references_are_read(tmp_path, monkeypatch):
    path = tmp_path / "ladder.yaml"
    path.write_text(LADDER.replace("    references: [solaiman-2023, nist-ai-800-1-ipd]\n", ""), encoding="utf-8")
    monkeypatch.setattr(catalogs, "find_data_file", lambda _: str(path))
    assert load_ladder().access_levels["internal_only"].references == ()


# --- a user's own catalog works -------------------------------------------------------------------------------------

PLAN = """\
schema_version: 1
model: {name: Barge, capability: low}
organization: {role: developer, size: solo}
channels:
  - {id: bay, access: hosted_api, opens: 2026-02-01}
  - {id: sea, access: open_weights, opens: 2026-05-01}
safeguards:
  keep-a-log: {status: implemented, channels: [bay]}
  HR-3: {status: implemented, channels: [bay]}
alternatives: [ask-around]
"""


@pytest.fixture
def barge(tmp_path):
    path = tmp_path / "barge.plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return load_plan(str(path), small_catalog())


def test_loads_a_users_catalog():
    loaded = small_catalog()
    assert [safeguard.id for safeguard in loaded.safeguards] == ["HR-1", "HR-2", "HR-3"]
    assert (loaded.id, loaded.version, loaded.document.sha256) == ("harbor-rules", "0.1.0", None)
    assert loaded.path.endswith("small-catalog.yaml")


LOCATORS = {"sha256_of_letters": "0" * 64, "page": 1}


def test_every_field_of_a_catalog_is_read(tmp_path):
    text = edited("binds: release", "binds: release\n    weights_decision: true")
    text = text.replace("      reason: A hull", "      capability: [high, severe]\n      reason: A hull")
    text = text.replace("        reason: Names can", "        unless_against: casual_users\n        reason: Names can")
    path = tmp_path / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    read = load_catalog(str(path), ladder())
    assert (read.id, read.version, read.title, read.inferences) == ("harbor-rules", "0.1.0", "Three invented rules", ())
    assert (read.path, read.sha256) == (str(path), sha256(text.encode()).hexdigest())
    assert read.document == Document(
        title="Rules of the harbor",
        identifier="HR 1",
        publisher="Nobody",
        status="invented",
        published="2026",
        part="All of it",
        later_versions="None are known.",
    )
    assert read.groups == {"before": "Before it leaves", "after": "After it left"}
    assert read.practices == {"1.1": "Look before you leap"}
    log, hull, trip = read.safeguards
    assert log == Safeguard(
        id="HR-1",
        slug="keep-a-log",
        title="Keep a log",
        label="Keep a log",
        done_label="Keep a log",
        group="after",
        statement="Write down who comes and goes.",
        question="Is there a log?",
        locator=Locator(row=2, bullet=1, opens_with="Write down", ends_with="and goes.", **LOCATORS),
        binds=Binds.SERVICE,
        roles=("developer", "deployer"),
        modes={
            Mode.CLOSED_API: Judgement(flag=Flag.COMPATIBLE, reason="The gate is yours."),
            Mode.LOCAL_DOWNLOAD: Judgement(
                flag=Flag.CONDITIONAL, reason="Some report back.", condition="The captain reports."
            ),
            Mode.OPEN_WEIGHTS: Judgement(flag=Flag.INCOMPATIBLE, reason="Nobody passes the gate."),
        },
        by_access={"on_device_managed": Judgement(flag=Flag.COMPATIBLE, reason="The ship reports.")},
        by_role={"deployer": Judgement(flag=Flag.CAUTIONARY, reason="A log of guests is delicate.")},
        evidence_counts=("The log",),
        effort=4,
        remedy="Buy a book and write.",
        alternatives=("ask-around", "count-flags"),
        practices=("1.1",),
        objections=(Cited(reference="gull", says="The gull finds it dull."),),
        references=("rules", "gull"),
    )
    assert hull == Safeguard(
        id="HR-2",
        slug="sign-the-hull",
        title="Sign the hull",
        label="Sign the hull",
        done_label="Sign the hull",
        group="before",
        statement="Carve a name that stays.",
        question="Is the name carved?",
        locator=Locator(row=1, bullet=1, opens_with="Carve", ends_with="that stays.", **LOCATORS),
        binds=Binds.MODEL,
        roles=("developer",),
        modes={
            Mode.CLOSED_API: Judgement(flag=Flag.COMPATIBLE, reason="Carving is done in the shed."),
            Mode.LOCAL_DOWNLOAD: Judgement(flag=Flag.COMPATIBLE, reason="The name travels."),
            Mode.OPEN_WEIGHTS: Judgement(flag=Flag.COMPATIBLE, reason="The name travels further."),
        },
        by_access={},
        by_role={},
        evidence_counts=("A picture of the hull",),
        tamper_rule=TamperRule(
            channel_has=frozenset({"readable_weights"}),
            unless_against="casual_users",
            reason="Names can be planed away.",
        ),
        applies_when=Precondition(
            channel_has=frozenset({"readable_weights"}),
            capabilities=frozenset({"high", "severe"}),
            reason="A hull in the shed needs no name.",
        ),
        effort=2,
        remedy="Carve it.",
        references=("rules",),
    )
    assert (log.stageable, trip.stageable) == (False, True)
    assert (log.weights_decision, trip.weights_decision) == (False, True)
    assert read.alternatives["ask-around"] == Alternative(
        id="ask-around",
        title="Ask around",
        does="Somebody may have seen it.",
        limits="Or not.",
        strength="weak",
        effort=1,
        evidence=(Cited(reference="gull", says="It works for gulls."),),
    )
    assert list(read.alternatives) == ["ask-around", "count-flags"]
    requirements = read.requirements
    assert requirements.reason == "Small boats need less."
    assert requirements.always == {"HR-3"}
    assert requirements.only_for_capability == {"HR-2": {"severe"}}
    assert {size: profile for (size, _), profile in requirements.profiles.items()} == {
        "solo": RequirementRow(safeguards=frozenset({"HR-2"})),
        "small": RequirementRow(safeguards=frozenset({"HR-2"})),
        "medium": RequirementRow(rule="flagged_compatible"),
        "large": RequirementRow(rule="all_applicable"),
    }
    assert len(requirements.profiles) == 20
    assert read.references == {
        "rules": Reference(id="rules", title="The rules", kind="guidance"),
        "gull": Reference(id="gull", title="A conversation with a gull", kind="comment", year=2026),
    }


def test_evaluates_a_plan_against_it(barge):
    report = evaluate(barge, small_catalog(), ladder(), TODAY)
    assert outcomes(report) == {"HR-1": "incompatible", "HR-2": "unknown", "HR-3": "satisfied"}
    assert finding(report, "HR-1").adopted == ("ask-around",)
    assert [str(found.level) for found in report.findings] == ["note", "warning", "note"]
    assert judge(report, Policy()).passed
    assert judge(report, Policy(strict=True)).blocking == ("HR-2",)


def test_a_plan_for_the_default_catalog_does_not_fit_it(tmp_path):
    path = tmp_path / "other.plan.yaml"
    path.write_text(PLAN.replace("HR-3", "AB-03"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_plan(str(path), small_catalog())
    assert [(fault.line, fault.message) for fault in refused.value.faults] == [
        (9, "`AB-03` is not a safeguard of the catalog")
    ]


def test_its_role_exceptions_and_requirements_hold():
    def levels(size, **fields):
        return [
            str(found.level)
            for found in report_on(plan("open_weights", size=size, **fields), by=small_catalog()).findings
        ]

    assert levels("solo") == ["note", "warning", "error"]  # HR-2 is required at severe only
    assert levels("solo", capability="severe") == ["warning", "error", "error"]
    assert levels("medium", capability="severe") == ["warning", "error", "error"]
    report = report_on(plan("open_weights", {"HR-1": claim()}, role="deployer"), by=small_catalog())
    assert str(finding(report, "HR-1").channels[0].flag) == "cautionary"
    assert outcomes(report) == {"HR-1": "satisfied", "HR-2": "not_applicable", "HR-3": "not_applicable"}


@pytest.mark.parametrize("role", ["hosting_platform", "fine_tuner"])
def test_a_role_that_carries_nothing_leaves_nothing_to_evaluate(role):
    with pytest.raises(NothingToEvaluate, match=role):
        report_on(
            plan([channel("hosted_api"), channel("open_weights")], {"HR-1": "implemented"}, role=role),
            by=small_catalog(),
        )


def test_a_precondition_can_leave_nothing_to_evaluate(tmp_path):
    text = TEXT.replace("roles: [developer, deployer]", "roles: [deployer]").replace(
        "roles: [developer, distributor]", "roles: [distributor]"
    )
    path = tmp_path / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    narrow = load_catalog(str(path), ladder())
    with pytest.raises(NothingToEvaluate):
        report_on(plan("hosted_api"), by=narrow)
    assert outcomes(report_on(plan("open_weights"), by=narrow))["HR-2"] == "unknown"


def test_compiled_data_is_used_only_while_it_is_what_the_file_says(monkeypatch):
    content = Path(find_data_file(catalogs.DEFAULT_CATALOG)).read_bytes()
    access_levels = catalogs.load_ladder()
    parsed = catalogs.check_catalog(find_data_file(catalogs.DEFAULT_CATALOG), content, access_levels)
    assert read_compiled(catalogs.DEFAULT_CATALOG, sha256(content).hexdigest()) == parsed
    assert read_compiled(catalogs.DEFAULT_CATALOG, sha256(content + b"#").hexdigest()) is None
    used = load_catalog(None, access_levels)
    assert load_catalog(None, access_levels, from_source=True) == used
    monkeypatch.setattr(catalogs, "read_compiled", lambda *_: None)
    assert load_catalog(None, access_levels) == used
    assert catalogs.load_ladder() == access_levels
    assert used.path == f"safeguards/{catalogs.DEFAULT_CATALOG}"


@pytest.mark.parametrize("name", [catalogs.LADDER, catalogs.DEFAULT_CATALOG, LICENSES])
def test_altered_compiled_data_is_refused(monkeypatch, tmp_path, name):
    source = Path(find_data_file(name))
    shutil.copytree(source.parent, tmp_path / "safeguards")
    monkeypatch.setattr(resources, "find_data_file", lambda name: str(tmp_path / "safeguards" / name))
    compiled = tmp_path / "safeguards" / "compiled" / f"{name}.json"
    digest = sha256(source.read_bytes()).hexdigest()
    assert find_compiled.__wrapped__(name, digest)
    compiled.write_bytes(compiled.read_bytes() + b" ")
    with pytest.raises(FileError, match=f"{name}.json: was changed after it was built"):
        find_compiled.__wrapped__(name, digest)
    compiled.write_bytes(b"\xff")
    assert find_compiled.__wrapped__(name, digest) is None


def test_a_report_lists_what_decided_with_its_compiled_form():
    checked = check_plans([str(ROOT / "examples" / "staged-hybrid.plan.yaml")], TODAY, Policy())
    listed = {file.path: file for file in checked.files}
    for name in (catalogs.LADDER, catalogs.DEFAULT_CATALOG, LICENSES):
        source = Path(find_data_file(name))
        assert listed[f"safeguards/{name}"].sha256 == sha256(source.read_bytes()).hexdigest()
        compiled = source.parent / "compiled" / f"{name}.json"
        assert listed[f"safeguards/compiled/{name}.json"].sha256 == sha256(compiled.read_bytes()).hexdigest()


def test_a_pinned_catalog_is_judged_from_its_source(monkeypatch):
    digest = sha256(Path(find_data_file(catalogs.DEFAULT_CATALOG)).read_bytes()).hexdigest()
    asked = []
    monkeypatch.setattr(catalogs, "check_catalog", lambda *given: asked.append(given) or pytest.fail("parsed"))
    with pytest.raises(pytest.fail.Exception, match="parsed"):
        Session(Options(catalog_sha256=digest), TODAY).load(str(ROOT / "examples" / "staged-hybrid.plan.yaml"))
    assert asked


def test_compiled_data_is_not_checked_again(monkeypatch):
    used = load_catalog(None, ladder())
    for name in ("check_catalog", "check_ladder"):
        monkeypatch.setattr(catalogs, name, lambda *_: pytest.fail("it is checked again"))
    assert load_catalog(None, load_ladder()) == used


def test_content_that_was_read_before_is_not_read_again(monkeypatch):
    content = Path(find_data_file(catalogs.LADDER)).read_bytes()
    monkeypatch.setattr(catalogs, "read_bytes", lambda *_: pytest.fail("it is read again"))
    assert load_ladder(content) == ladder()
    assert load_catalog("mine.yaml", ladder(), TEXT.encode()).path == "mine.yaml"


def test_a_catalog_may_have_a_thousand_safeguards():
    start, end = TEXT.index("- id: HR-1"), SECOND
    more = "".join(TEXT[start:end].replace("HR-1", f"HR-{n}").replace("a-log", f"a-log-{n}") for n in range(10, 1010))
    assert len(more) > yaml_bounds.MAX_BYTES
    assert len(load_catalog("mine.yaml", ladder(), f"{TEXT[:start]}{more}{TEXT[start:]}".encode()).safeguards) == 1003
