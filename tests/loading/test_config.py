"""Configurations: what is refused and where, in YAML and TOML, and that both mean the same.

`configurations/` holds files named by their fault, each beside `NAME.ENDING.expected`: for every fault, in order, a
line `line:column: message`, and below it `  = hint` where there is one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from building import catalog, ladder, small_catalog

from aisafe_cli.domain.settings import DEFAULTS, Configuration
from aisafe_cli.errors import InputError
from aisafe_cli.loading.config import parse_config, refuse_both, resolve_config
from aisafe_cli.loading.near_config import holds_config, is_near_name, may_hold_config
from aisafe_cli.parsing import yaml as yamlfile

FOLDER = Path(__file__).parent / "configurations"
CASES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".yaml", ".toml"))


def load(text: str, name: str = "aisafe.yaml", by=catalog) -> Configuration:
    draft = parse_config(name, text.encode())
    assert draft is not None
    return resolve_config(draft, by(), ladder())


def faults_of(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        load(path.read_text(encoding="utf-8"), str(path))
    lines = []
    for fault in raised.value.faults:
        lines.append(f"{fault.line}:{fault.column}: {fault.message}\n")
        lines += [f"  = {fault.hint}\n"] if fault.hint else []
    return "".join(lines)


def test_each_fault_has_an_expectation_and_the_reverse():
    assert CASES
    assert sorted(path.name.removesuffix(".expected") for path in FOLDER.glob("*.expected")) == CASES


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="the wording of syntax errors is libyaml's")
@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_found_where_it_is(name, monkeypatch, update_golden):
    monkeypatch.setattr(yamlfile, "_LOADER", yaml.CSafeLoader)
    expected = FOLDER / f"{name}.expected"
    found = faults_of(FOLDER / name)
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


EVERYTHING = """\
schema_version: 1
formats: [table, sarif=out/aisafe.sarif]
fail_under: 80
strict: false
must_satisfy: {open_weights: [AB-01, decide-on-weights], hosted_api: [AB-05]}
requirements: {require: [AB-03], recommend: [AB-02]}
profile: {minimum_capability: moderate, minimum_size: small, role: developer}
waivers: {max_days: 90}
evidence: {max_age_days: 700, by_safeguard: {AB-02: 365}, require_for_capability: [severe, high]}
expect: {patterns: ["plans/**", a.plan.yaml], except: [plans/old], at_least: 2, all_of_revision: true}
"""
SAME_IN_TOML = """\
[build-system]
requires = ["x"]

[tool.aisafe]
schema_version = 1
formats = [
    "table",  # to read
    "sarif=out/aisafe.sarif",
]
fail_under = 80
strict = false
profile.minimum_capability = "moderate"
profile.minimum_size = 'small'
profile.role = "developer"

[tool.aisafe.must_satisfy]
open_weights = ["AB-01", "decide-on-weights"]
"hosted_api" = ["AB-05"]

[tool.aisafe.requirements]
require = ["AB-03"]
recommend = ["AB-02"]

[tool.other]
fail_under = 3

[tool.aisafe.waivers]
max_days = 90

[tool.aisafe.evidence]
max_age_days = 700
by_safeguard = {AB-02 = 365}
require_for_capability = ["severe", "high"]

[tool.aisafe.expect]
patterns = ["plans/**", "a.plan.yaml"]
except = ["plans/old"]
at_least = 2
all_of_revision = true
"""


def test_yaml_and_toml_say_the_same():
    one, other = load(EVERYTHING), load(SAME_IN_TOML, "pyproject.toml")
    assert one.values == other.values
    assert set(one.values) == set(DEFAULTS) - {"catalog", "catalogs"}
    assert one.values["must_satisfy"] == {"hosted_api": ("AB-05",), "open_weights": ("AB-01", "AB-11")}
    assert one.values["evidence.require_for_capability"] == ("high", "severe")
    assert one.values["formats"] == ("table", "sarif=out/aisafe.sarif")
    assert (one.path, other.path) == ("aisafe.yaml", "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (
            "catalogs: [practices, {catalog: eu-code, gate: false}]",
            "catalogs",
            ("practices", "eu-code (does not gate)"),
        ),
        ("catalogs: [{catalog: practices, gate: true}, eu-code]", "catalogs", ("practices", "eu-code")),
        ("evidence: {by_safeguard: {stop-or-change: 3}}", "evidence.by_safeguard", {"AB-14": 3}),
        ("expect: {patterns: [b, a]}", "expect.patterns", ("a", "b")),
    ],
)
def test_a_setting_has_one_form_whatever_way_it_is_written(text, name, value):
    assert load(text).values[name] == value


def test_two_configurations_in_one_folder_are_refused_at_the_second():
    one, other = (
        parse_config("a/aisafe.yaml", b"{}"),
        parse_config("a/pyproject.toml", b"\n[tool.aisafe]\nstrict=true\n"),
    )
    with pytest.raises(InputError) as refused:
        refuse_both(one, other)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column) == (2, 7)
    assert (fault.message, fault.hint) == ("aisafe.yaml in this folder is a configuration too", "keep one of them")


def test_each_setting_knows_its_line():
    assert {name: place.line for name, place in load(EVERYTHING).positions.items()}["waivers.max_days"] == 8
    in_toml = load(SAME_IN_TOML, "pyproject.toml").positions
    lines = SAME_IN_TOML.splitlines()
    for name, place in in_toml.items():
        assert name.rpartition(".")[2] in lines[place.line - 1], name


@pytest.mark.parametrize(
    "text",
    [
        "[tool.aisafe]\nfail_under = 80",
        "[ tool . 'aisafe' ]\nfail_under = 80",
        "tool.aisafe.fail_under = 80",
        '"tool"."aisafe".fail_under = 80',
        "[tool]\naisafe = {fail_under = 80}",
        "[tool]\naisafe.fail_under = 80",
        "[tool]\n  'aisafe' . fail_under = 80",
        "tool = {aisafe = {fail_under = 80}}",
        "\ufeff[project]\nx = '''\n[tool.aisafe]\nfail_under = 1\n'''\n[tool.aisafe]\nfail_under = 80",
        "[project]\r\n[tool.aisafe]\r\nfail_under = 80\r\n",
    ],
)
def test_the_table_is_found_however_it_is_written(text):
    assert load(text, "pyproject.toml").values == {"fail_under": 80}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname = 'aisafe'",
        "[project.scripts]\naisafe = 'x:y'",
        "[tool.aisafe-other]\nx = 1",
        "[tool]\nother = '[tool.aisafe]'",
        "[x]\ntool.aisafe.fail_under = 80",
        "this is not TOML",
    ],
)
def test_a_file_without_the_table_is_none_of_ours(text):
    assert parse_config("pyproject.toml", text.encode()) is None


def test_another_catalog_decides_which_safeguards_there_are():
    first = small_catalog().safeguards[0]
    assert load(f"requirements: {{require: [{first.slug}]}}", by=small_catalog).values["requirements.require"] == (
        first.id,
    )


def test_a_role_for_which_it_can_work_is_no_contradiction():
    assert load("must_satisfy: {open_weights: [AB-07]}").values
    assert load(
        "profile: {role: hosting_platform}\nmust_satisfy: {open_weights: [AB-07], local_download: [AB-08]}"
    ).values


def test_a_table_of_thousands_of_values_is_read_in_time():
    text = "[tool.aisafe]\nformats = [" + '"x",' * 12_000 + "]"
    with pytest.raises(InputError) as raised:
        load(text, "pyproject.toml")
    assert "at most 50 entries are allowed" in [fault.message for fault in raised.value.faults]


@pytest.mark.parametrize("number", ["0x" + "F" * 4_000, "0o" + "7" * 5_000, "0b" + "1" * 20_000, "-" + "9" * 40])
def test_a_number_of_thousands_of_digits_in_any_base_is_a_fault(number):
    with pytest.raises(InputError) as raised:
        load(f"[tool.aisafe]\nfail_under = {number}", "pyproject.toml")
    (fault,) = raised.value.faults
    assert (fault.line, fault.column) == (2, 1)
    # What is not about this program is left alone.
    assert load(f"[tool.aisafe]\nfail_under = 80\n[tool.other]\nx = {number}", "pyproject.toml") is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.aisafe]\nx = " + "[" * 5_000, "nested too deeply"),
        ("[tool.aisafe]\nx" + ".a" * 10_000 + " = 1", "more than 500 dots"),
        ("[tool.aisafe]\nx = " + "9" * 5_000, "not valid TOML"),
        ("[tool.aisafe]\nx = " + "{a = " * 80 + "1" + "}" * 80, "unknown key"),
        ("[tool.aisafe]\n" + "# x\n" * 20_000, "larger than"),
    ],
)
def test_a_hostile_file_is_refused(text, message):
    with pytest.raises(InputError) as raised:
        load(text, "pyproject.toml")
    assert message in " ".join(fault.message for fault in raised.value.faults)


@pytest.mark.parametrize(
    "name",
    [
        *("aisafe.yml", ".aisafe.yaml", "_aisafe.yml", "aisafe.YAML", "Aisafe.yaml", "aisafe.toml", "aisafe-cli.yaml"),
        *("ai-safe.yaml", "aisafe_cli.yml", "aisafe.yaml ", "aisafe\u200b.yaml", "ａｉｓａｆｅ.yaml"),
        *("aisafe.yaml.txt", "aisafe.cfg", "aisafe-config.yaml", "aisafe.config.yml", "\u0430isafe.yaml"),
        *(".aisaferc", "aisafe.yaml.yml", "aisafe-settings.yaml"),
    ],
)
def test_a_near_name_is_none_of_a_configuration(name):
    assert is_near_name(name)


@pytest.mark.parametrize(
    "name", ["aisafe.yaml", "aisafe", "aisafe.json", "aisafe.sarif", "my-aisafe.yaml", "pyproject.toml"]
)
def test_other_names_are_nobodys_business(name):
    assert not is_near_name(name)


@pytest.mark.parametrize(
    ("name", "folder", "content", "holds"),
    [
        ("aisafe.json", "", '{"fail_under": 100}', True),
        (".aisafe.json", "", '\ufeff{"strict": true}', True),
        ("aisafe.json", "", '{"plans": [{"policy": {"fail_under": 100}}], "complete": true}', False),
        ("aisafe.json", "", '{"fail_under": 1', False),
        ("aisafe.json", "", "[" * 100_000, False),
        ("setup.cfg", "", "[metadata]\n[aisafe]\nfail_under = 100\n", True),
        ("setup.cfg", "", "[tool:aisafe]\n", True),
        ("setup.cfg", "", "[metadata]\nname = aisafe\n", False),
        ("tox.ini", "", "[testenv:aisafe]\n", False),
        ("package.json", "", '{"aisafe": {"strict": true}}', True),
        ("package.json", "", '{"name": "aisafe", "strict": true}', False),
        ("PyProject.toml", "", "[tool.aisafe]\n", True),
        ("aisfae.yaml", "", "fail_under: 100\n", True),
        (".aisfae.yml", "", "fail_under: 100\n", True),
        ("aisa.fe.yaml", "", "fail_under: 100\n", None),
        ("aisfae.yaml", "", "s\0t\0r\0i\0c\0t\0: true\n", True),
        ("aisafe.json", "", '["strict"]', False),
        ("aisafe.yml", ".github", "formats: [csv]\n", True),
        ("config.yaml", ".aisafe", "formats: [csv]\n", True),
        ("aisafe.json", ".github", '{"strict": true}', True),
        ("aisafes.yml", "", "# ours\n'strict' : true\n", True),
        ("aisaf.yaml", "", "{fail_under: 100}\n", True),
        ("isafe.yaml", "", "name: a\nmap:\n  strict: true\n", False),
        ("safe.yaml", "", "fail_under: 100\n", None),
        (".aisafe", "", "fail_under: 100\n", True),
        ("aisafe.prod.yaml", "", "strict: true\n", True),
        ("Copy of aisafe (1).yml", "", "must_satisfy: {}\n", True),
        ("aisafe-catalog.yaml", "", "id: x\nrequirements: {}\n", False),
        ("aisafe-baseline.yaml", "", "catalog: {id: x}\n", False),
        ("aisafe.plan.yaml", "", "waivers: []\nstrict: true\n", None),
        ("aisafe.yaml.bak", "", "fail_under: 100\n", None),
        ("aisafe.yaml", ".github", "fail_under: 100\n", True),
        ("aisafe.yml", ".gitlab", "script: [aisafe check .]\n", False),
        ("config.yaml", ".aisafe", "fail_under: 100\n", True),
        ("config.toml", ".config/aisafe", "fail_under = 100\n", True),
        ("config.yaml", ".github", "fail_under: 100\n", None),
    ],
)
def test_what_a_file_holds_tells_whether_it_is_meant_as_a_configuration(name, folder, content, holds):
    assert may_hold_config(name, folder) == (holds is not None)
    assert holds_config(name, content.encode()) == bool(holds) or holds is None


def test_beside_a_configuration_another_may_wait_for_its_option():
    assert not may_hold_config("aisafe.prod.yaml", is_alone=False)
    assert may_hold_config("aisfae.yaml", is_alone=False)


def test_no_content_takes_long_to_be_looked_into():
    for content in (b"\n" * (1 << 20), b"{" * (1 << 20), b'"' * (1 << 20), b"[tool" * (1 << 18)):
        assert not any(holds_config(name, content) for name in ("aisfae.yaml", "setup.cfg", "aisafe.json"))


@pytest.mark.parametrize(
    "table",
    [
        *("tool.aisafe-cli", "tool.aisafe_cli", "tool.AISAFE", 'tool."ai-safe"', "aisafe", 'tool."aisafe "'),
        *("tools.aisafe", '"tool.aisafe"', "project.aisafe", "Tool.aisafe"),
    ],
)
def test_a_table_of_a_near_name_is_refused(table):
    with pytest.raises(InputError) as refused:
        parse_config("pyproject.toml", f"[{table}]\nfail_under = 80\n".encode())
    (fault,) = refused.value.faults
    assert (fault.message.endswith("is not read"), fault.hint) == (True, "call it [tool.aisafe]")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["aisafe.yaml", "pyproject.toml"])
def test_a_configuration_of_any_encoding_is_read_or_refused(name, encoding):
    text = "fail_under: 80\n" if name.endswith("yaml") else "[tool.aisafe]\nfail_under = 80\n"
    if encoding == "utf-16":
        with pytest.raises(InputError):
            parse_config(name, text.encode(encoding))
    else:
        assert parse_config(name, text.encode(encoding)).data["fail_under"] == 80


@pytest.mark.parametrize(
    "text",
    [
        b'["t\\u006fol"."\\u0061isafe"]\nfail_under = 80',
        b"[ tool\t.\t'aisafe'\t]\nfail_under = 80",
        b"[[other]]\n[tool]\naisafe={fail_under=80}",
        b"tool.aisafe.fail_under = 80",
        b"tool = {x = 1, 'aisafe' = {fail_under = 80}}",
    ],
)
def test_a_table_is_found_however_its_name_is_written(text):
    assert parse_config("pyproject.toml", text).data["fail_under"] == 80


@pytest.mark.parametrize(
    "header", ["[tool.aisafe", "\ufeff[tool.aisafe", " [ 'tool'.'aisafe' # unclosed", "[tool]\naisafe = 80 80"]
)
def test_a_broken_table_is_refused_and_not_passed_over(header):
    with pytest.raises(InputError, match="fault"):
        parse_config("pyproject.toml", f"{header}\nfail_under = 80\n".encode())


@pytest.mark.parametrize("text", [b"\n", b"[", b" ", b"ai-safe ", b"[ai\n"])
def test_whether_a_table_is_named_is_told_in_time_that_grows_with_the_text(text):
    assert parse_config("pyproject.toml", b"aisafe" + text * (1 << 18)) is None


def test_a_list_of_packages_needs_no_parser(monkeypatch):
    monkeypatch.setitem(sys.modules, "aisafe_cli.parsing.toml", None)
    text = '[project]\nname = "aisafe-cli"\ndependencies = [\n  "aisafe-cli>=0.1",\n  "aisafe-cli[registry]",\n]\n'
    assert parse_config("pyproject.toml", text.encode()) is None
