"""The schemas, and the walker that reads them, held against a full validator."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Binds, Flag, Mode
from aisafe_cli.domain.plan import Status
from aisafe_cli.errors import InputError
from aisafe_cli.io.resources import find_data_file, read_hints, read_schema
from aisafe_cli.loading.catalog import load_ladder
from aisafe_cli.parsing import schema as schemas
from aisafe_cli.parsing.schema import check, parse_date
from aisafe_cli.parsing.yaml import Mapping, Scalar, Sequence, YamlDocument, load_document
from aisafe_cli.text.wording import suggest_word

HERE = Path(__file__).parents[1]
FOLDER = HERE.parent / "aisafe_cli" / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))
# What the package writes rather than reads; the walker never sees it.
WRITTEN = {"report", "differences", "releases", "timeline"}
WALKED = [name for name in NAMES if name not in WRITTEN]
DATA = {"access-levels": "access-levels.yaml", "catalog": "nist-ai-800-1-ipd.yaml", "licenses": "licenses.yaml"}

# --- what the walker knows ------------------------------------------------------------------------------------------

NOTES = {"description", "default", "title"}
KNOWN = {
    "object": {"type", "properties", "additionalProperties", "required"},
    "array": {"type", "items", "minItems", "maxItems", "uniqueItems"},
    "string": {"type", "minLength", "maxLength", "pattern", "format"},
    "number": {"type", "minimum", "maximum", "exclusiveMinimum"},
    "boolean": {"type"},
    "enum": {"enum", "$comment"},
    "const": {"const"},
    "anyOf": {"anyOf"},
    # The walker lets a keyword beside `$ref` replace the target's.
    "$ref": {"$ref", "maxLength", "$comment"},
}
SCALARS = {"string", "number", "integer", "boolean", "null"}


def hints_of(schema):
    name = schema.get("$comment", "").removeprefix("hints: ")
    return read_hints(name) if name else {}


def kind_of(schema):
    """Which row of KNOWN a schema belongs to."""
    for keyword in ("$ref", "anyOf", "const", "enum"):
        if keyword in schema:
            return keyword
    types = set(schema["type"]) if isinstance(schema["type"], list) else {schema["type"]}
    if types & {"object", "array"}:
        (only,) = types
        return only
    assert types <= SCALARS
    for name in ("string", "boolean"):
        if name in types:
            return name
    return "number"


def schemas_in(schema, at=""):
    """Yield every schema within a schema with its place."""
    yield at or "#", schema
    for keyword in ("properties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from schemas_in(inner, f"{at}/{keyword}/{name}")
    for place, inner in enumerate(schema.get("anyOf", ())):
        yield from schemas_in(inner, f"{at}/anyOf/{place}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from schemas_in(schema[keyword], f"{at}/{keyword}")


def resolved(schema, root):
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def test_the_schemas_are_those_that_the_package_reads():
    assert {"plan", "catalog", "access-levels", "licenses", "baseline"} <= set(NAMES)
    assert set(WALKED) - {"plan", "baseline", "configuration"} == set(DATA)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid(name):
    schema = read_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_resolves(name):
    used = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(read_schema(name))))
    assert used <= {f"#/$defs/{definition}" for definition in read_schema(name).get("$defs", {})}


@pytest.mark.parametrize("name", WALKED)
def test_only_keywords_that_the_walker_knows_are_used(name):
    for at, part in schemas_in(read_schema(name)):
        keywords = set(part) - NOTES - ({"$schema", "$defs"} if at == "#" else set())
        assert keywords <= KNOWN[kind_of(part)], at


@pytest.mark.parametrize("name", WALKED)
def test_mappings_are_closed_and_lists_say_what_they_hold(name):
    for at, part in schemas_in(read_schema(name)):
        if kind_of(part) == "object":
            assert part["additionalProperties"] is False or isinstance(part["additionalProperties"], dict), at
            assert set(part.get("required", ())) <= set(part.get("properties", {})), at
        elif kind_of(part) == "array":
            assert isinstance(part["items"], dict), at


@pytest.mark.parametrize("name", WALKED)
def test_keywords_have_values_that_the_walker_can_use(name):
    root = read_schema(name)
    for at, part in schemas_in(root):
        kind = kind_of(part)
        if kind == "$ref":
            assert part.get("maxLength", 0) <= resolved(part, root).get("maxLength", 0), at
        elif kind == "string":
            assert part.get("format", "date") == "date", at
            assert part.get("minLength", 1) == 1, at
            re.compile(part.get("pattern", ""))
        elif kind == "enum":
            assert all(member is None or isinstance(member, bool | str) for member in part["enum"]), at
            assert all(word == word.lower() for word in hints_of(part)), at
        elif kind == "const":
            assert type(part["const"]) is int, at


@pytest.mark.parametrize("name", NAMES)
def test_every_keyword_is_of_json_schema(name):
    """Strict validators, such as Ajv, refuse a schema with any other."""
    known = set().union(*KNOWN.values(), NOTES)
    known |= {"$schema", "$id", "$defs", "oneOf", "allOf", "patternProperties", "propertyNames", "minProperties"}
    for at, part in schemas_in(read_schema(name)):
        assert set(part) <= known, at


@pytest.mark.parametrize("name", WALKED)
def test_the_branches_of_any_of_differ_in_kind(name):
    root = read_schema(name)
    for at, part in schemas_in(root):
        branches = [kind_of(resolved(branch, root)) for branch in part.get("anyOf", ())]
        assert "anyOf" not in branches, at
        kinds = [kind if kind in ("object", "array") else "scalar" for kind in branches]
        assert len(set(kinds)) == len(kinds), at


# --- the schemas and the model say the same -------------------------------------------------------------------------


PROFILE = ("properties", "profile", "properties")


def enum_at(name, *at):
    part = read_schema(name)
    for step in at:
        part = part[step]
    return part["enum"]


def test_the_plan_names_the_access_levels_of_the_ladder():
    assert enum_at("plan", "$defs", "channel", "properties", "access") == list(load_ladder().access_levels)


def test_release_modes_that_are_no_access_levels_have_a_hint():
    access = read_schema("plan")["$defs"]["channel"]["properties"]["access"]
    assert set(hints_of(access)) == {mode.value for mode in Mode} - set(access["enum"])


@pytest.mark.parametrize(
    ("enum", "members"),
    [
        (enum_at("plan", "properties", "model", "properties", "capability"), CAPABILITIES),
        (enum_at("plan", "properties", "organization", "properties", "role"), ROLES),
        (enum_at("plan", "properties", "organization", "properties", "size"), SIZES),
        (enum_at("plan", "$defs", "status"), tuple(Status)),
        (enum_at("catalog", "$defs", "capability"), CAPABILITIES),
        (enum_at("catalog", "$defs", "role"), ROLES),
        (enum_at("catalog", "$defs", "size"), SIZES),
        (enum_at("catalog", "$defs", "flag"), tuple(Flag)),
        (enum_at("catalog", "$defs", "safeguard", "properties", "binds"), tuple(Binds)),
        (enum_at("access-levels", "$defs", "mode"), tuple(Mode)),
        (enum_at("configuration", *PROFILE, "role"), ROLES),
        (enum_at("configuration", *PROFILE, "minimum_size"), SIZES),
        ((*enum_at("configuration", *PROFILE, "minimum_capability"), "unknown"), CAPABILITIES),
    ],
)
def test_a_list_of_words_is_that_of_the_model(enum, members):
    assert tuple(enum) == members


def test_a_plan_and_the_license_data_know_the_same_classes():
    of_plan = read_schema("plan")["$defs"]["channel"]["properties"]["license"]["anyOf"][1]["properties"]["class"]
    of_data = enum_at("licenses", "properties", "classes", "items", "properties", "id")
    assert set(of_plan["enum"]) == {*of_data, "unknown"}


# --- the walker against a full validator ----------------------------------------------------------------------------


def _pattern(_validator, pattern, instance, _schema):
    # In JSON Schema `$` is the end of the text; in Python it also matches before a last line feed.
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})


@cache
def validator_of(name):
    return Validator(read_schema(name), format_checker=FormatChecker(["date"]))


def data_of(node):
    """The nodes as JSON data, by the scalars of YAML 1.2 in decimal digits, whatever the schema expects."""
    if isinstance(node, Mapping):
        return {name: data_of(value) for name, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [data_of(item) for item in node.items]
    assert isinstance(node, Scalar)
    if node.plain and node.text in ("", "~", "null", "Null", "NULL"):
        return None
    if node.plain and node.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return node.text.lower() == "true"
    if node.plain and re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", node.text):
        return int(node.text)
    if node.plain and re.fullmatch(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", node.text):
        return float(node.text)
    return node.text


def verdicts(document, name):
    """Whether the walker and the validator accept a document, and what the walker read."""
    data = check(document, name)
    try:
        document.raise_faults()
    except InputError:
        walker = False
    else:
        walker = True
    return walker, validator_of(name).is_valid(data_of(document.root)), data


def parse(text):
    return YamlDocument("made.yaml", text.encode())


def parsing_plans():
    """The plans of `faults/` in which the parser finds nothing wrong."""
    for path in sorted((HERE / "loading" / "faults").glob("*.plan.yaml")):
        try:
            load_document(str(path)).raise_faults()
        except InputError:
            continue
        yield pytest.param(path, id=path.name.removesuffix(".plan.yaml"))


# What the walker refuses beyond the schema: numbers that no plan needs, and texts that say nothing.
STRICTER = {
    "too-large-parameters",
    "too-many-digits-parameters",
    "two-channels-one-look",
    "invisible-texts",
    "texts-that-hold-a-place",
    "texts-that-say-nothing",
}


PARSING = list(parsing_plans())


@pytest.mark.parametrize("path", PARSING)
def test_they_agree_on_the_plans_with_faults(path):
    walker, validator, _ = verdicts(load_document(str(path)), "plan")
    if path.name.removesuffix(".plan.yaml") in STRICTER:
        assert (walker, validator) == (False, True)
    else:
        assert walker == validator


def test_the_plans_with_faults_are_of_both_kinds():
    seen = {verdicts(load_document(str(param.values[0])), "plan")[0] for param in PARSING}
    assert seen == {True, False}


@pytest.mark.parametrize("path", sorted((HERE.parent / "examples").glob("**/*.plan.yaml")), ids=lambda path: path.name)
def test_they_accept_the_examples(path):
    assert verdicts(load_document(str(path)), "plan")[:2] == (True, True)


@pytest.mark.parametrize("name", DATA)
def test_they_accept_the_data_of_the_package(name):
    walker, validator, data = verdicts(load_document(find_data_file(DATA[name])), name)
    assert (walker, validator) == (True, True)
    assert validator_of(name).is_valid(data)


PLAN = {
    "schema_version": 1,
    "model": {
        "name": "Aurora-7B",
        "version": "1.0",
        "developer": None,
        "parameters": 7.0e9,
        "base_model": ["a/b"],
        "base_model_relation": "finetune",
        "purl": "pkg:huggingface/a/b",
        "capability": "low",
        "capability_evidence": [{"ref": "a.md", "type": "evaluation", "date": "2026-09-01", "sha256": "0" * 64}],
    },
    "organization": {"role": "developer", "size": "small"},
    "channels": [
        {
            "id": "api",
            "access": "hosted_api",
            "opens": "2026-10-01",
            "closes": None,
            "operator": "self",
            "variant": "small",
            "url": "https://example.org",
            "gated": False,
            "license": {"id": "MIT", "name": "MIT", "url": None, "class": "permissive"},
        },
        {"id": "weights", "access": "open_weights", "gated": "auto", "license": "apache-2.0"},
    ],
    "safeguards": {
        "AB-01": "implemented",
        "AB-04": {
            "status": "partial",
            "channels": ["api"],
            "against": "casual_users",
            "evidence": [{"ref": "a.md", "date": None}],
            "owner": "Team",
            "note": "Two\nlines",
        },
        "AB-05": [{"status": "planned", "channels": ["api"]}, {"status": "unanswered", "channels": ["weights"]}],
    },
    "alternatives": ["gate", {"id": "bug-bounty", "evidence": [{"ref": "b.md"}], "note": None}],
    "waivers": [
        {
            "safeguard": "AB-06",
            "channels": ["weights"],
            "reason": "because",
            "owner": "Team",
            "granted": "2026-11-01",
            "expires": "2027-03-01",
        }
    ],
    "policy": {"fail_under": 80},
}

# No two of these are one number in two spellings: the walker keeps numbers as text, the validator compares values.
OTHER_VALUES = [
    *(None, True, False, 0, 1, -1, 100, 101, 1.5, "", " ", "x", "x ", " x", "x\n", "x\ty", "é", "\u00a0"),
    *("x" * 101, "x" * 2001, "x" * 20001, "1e3", ".nan", "auto", "false", "true", "null", "no", "high", "MIT"),
    *("2026-02-28", "2026-02-30", "2026-1-1", "implemented", "not_applicable", "open_weights", "closed_api"),
    *("pkg:x", "pkg:x y", "f" * 64, "F" * 64),
    *([], ["api"], ["api", "api"], [None], [1, 1], [[]], [{}], [{"status": "planned"}], [{"ref": "x"}]),
    *({}, {"id": "x"}, {"status": "planned"}, {"status": "planned", "channels": []}, {"ref": "x"}, {"": 1}),
]

# Numbers are left out: the walker takes one for a text everywhere, also where the schema says no number.
TEXTS_AND_KINDS = [value for value in OTHER_VALUES if type(value) not in (int, float) and value != [1, 1]]


DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def paths_of(value, at=()):
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths_of(inner, (*at, key))


def mutated(data, path, kind, value):
    """The data with one place dropped, replaced or repeated, or with a key more; unchanged where that does not fit."""
    data = copy.deepcopy(data)
    if not path:
        return value if kind == "replace" else data
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    if kind == "drop":
        del holder[path[-1]]
    elif kind == "replace":
        holder[path[-1]] = value
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    else:
        holder["another"] = value
    return data


@st.composite
def almost(draw, base, values):
    data = base
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(sorted(paths_of(data), key=repr)))
        data = mutated(data, path, draw(st.sampled_from(["drop", "replace", "more"])), draw(st.sampled_from(values)))
    return data


def test_they_accept_the_plan_that_is_mutated_below():
    walker, validator, data = verdicts(parse(yaml.dump(PLAN, Dumper=DUMPER)), "plan")
    assert (walker, validator) == (True, True)
    assert data == PLAN


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(data=almost(PLAN, OTHER_VALUES))
def test_they_agree_on_almost_valid_plans(data):
    text = yaml.dump(data, Dumper=DUMPER, allow_unicode=True)
    walker, validator, read = verdicts(parse(text), "plan")
    assert walker == validator, text
    assert not walker or validator_of("plan").is_valid(read), text


@pytest.mark.parametrize("path", list(paths_of(PLAN)), ids=lambda path: ".".join(map(str, path)) or "root")
def test_they_agree_where_one_place_is_of_another_kind(path):
    changes = [("drop", None), ("more", None), *(("replace", value) for value in (None, 1, "x\n", [], {}))]
    for kind, value in changes:
        # JSON is YAML, and quicker to write.
        text = json.dumps(mutated(PLAN, path, kind, value), ensure_ascii=False)
        walker, validator, _ = verdicts(parse(text), "plan")
        assert walker == validator, text


def first_entries(name):
    """The package's own data, with the first entries only where the others are of the same kind."""
    data = check(load_document(find_data_file(DATA[name])), name)
    for key in {"rungs", "classes"} & data.keys():
        data[key] = data[key][:2]
    for key in {"references"} & data.keys():
        data[key] = dict(list(data[key].items())[:2])
    return data


@pytest.mark.parametrize("name", ["access-levels", "licenses"])
def test_they_agree_on_almost_valid_data(name):
    seen = set()

    @settings(max_examples=80, deadline=None, derandomize=True, database=None)
    @given(data=almost(first_entries(name), TEXTS_AND_KINDS))
    def agree(data):
        text = json.dumps(data, ensure_ascii=False)
        walker, validator, _ = verdicts(parse(text), name)
        assert walker == validator, text
        seen.add(walker)

    agree()
    assert seen == {True, False}


# --- the walker's data, and its helpers -----------------------------------------------------------------------------


def test_a_faulty_value_is_none():
    text = "schema_version: 1\nmodel: {name: A, capability: low-ish}\nchannels: [5, {id: api, access: hosted_api}]\n"
    document = parse(text)
    assert check(document, "plan") == {
        "schema_version": 1,
        "model": {"name": "A", "capability": None},
        "channels": [None, {"id": "api", "access": "hosted_api"}],
    }
    with pytest.raises(InputError):
        document.raise_faults()


@pytest.mark.parametrize("text", ["[]", "x", "null"])
def test_a_wrong_root_leaves_empty_data(text):
    assert check(parse(text), "plan") == {}


SMALL_LIST = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}
ANSWER = {"enum": ["maybe", True, False, None]}
TEXT = {"type": "string", "pattern": "^[a-z]+$", "maxLength": 100}
LONG = "A" * 60


@pytest.mark.parametrize(
    ("schema", "text", "fault", "hint"),
    [
        (SMALL_LIST, "[]", "the list is empty", ""),
        (SMALL_LIST, "[1]", "at least 2 entries are needed", ""),
        (SMALL_LIST, "[1, 2, 3, 4]", "at most 3 entries are allowed", ""),
        (SMALL_LIST, "x", "expected a list, found a single value", ""),
        (ANSWER, "sure", "`sure` is not one of maybe, true, false, null", ""),
        (ANSWER, "'true'", "`true` is in quotes, so it is read as text", "write it without quotes"),
        (TEXT, "A", "`A` has the wrong form", ""),
        (TEXT, LONG, f"`{LONG}` has the wrong form", ""),
        (TEXT, f"{LONG}B", f"`{'A' * 57}...` has the wrong form", ""),
        ({"type": "boolean"}, "yes", "the value must be true or false", "write it without quotes"),
        ({"type": "boolean"}, "'true'", "the value must be true or false", "write it without quotes"),
        ({"type": "integer"}, "null", "the value is empty", ""),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, "{}", "the key `a` is missing here", ""),
        (TEXT, "1", "expected text, found the number 1", "put it in quotes"),
        (TEXT, "true", "expected text, found the boolean true", "put it in quotes"),
        (TEXT, "a" * 101, "the value is longer than 100 characters", ""),
        ({"type": "string", "minLength": 1}, "''", "the value is empty", ""),
        ({"type": "integer"}, "1" * 40, "the number has more than 18 digits", ""),
        ({"type": "integer"}, "1" + "0" * 18, "the number has more than 18 digits", ""),
        ({"type": "number"}, "-1" + "0" * 18, "the number has more than 18 digits", ""),
        ({"type": "integer"}, "1.5", "the value must be a whole number", ""),
        ({"type": "integer"}, "x", "`x` is not a whole number", "write it in digits, without quotes"),
    ],
)
def test_what_a_keyword_refuses(monkeypatch, schema, text, fault, hint):
    monkeypatch.setattr(schemas, "read_schema", lambda _: schema)
    document = parse(text)
    check(document, "small")
    with pytest.raises(InputError) as raised:
        document.raise_faults()
    assert [(found.message, found.hint) for found in raised.value.faults] == [(fault, hint)]


@pytest.mark.parametrize(
    ("schema", "text", "read"),
    [
        (SMALL_LIST, "[1, 2.0]", [1, 2]),
        (SMALL_LIST, "[1, 2, 3]", [1, 2, 3]),
        (TEXT, "a" * 100, "a" * 100),
        ({"type": "string"}, "''", ""),
        (ANSWER, "true", True),
        (ANSWER, "null", None),
        ({"type": "integer"}, "9" * 18, 10**18 - 1),
        ({"type": "integer"}, "8e1", 80),
        ({"type": "number"}, "8e1", 80.0),
    ],
)
def test_what_a_keyword_accepts(monkeypatch, schema, text, read):
    monkeypatch.setattr(schemas, "read_schema", lambda _: schema)
    document = parse(text)
    found = check(document, "small")
    document.raise_faults()
    assert repr(found) == repr(read)


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("hosted-api", ["hosted_api", "open_weights"], "did you mean `hosted_api`?"),
        ("HOSTED_API", ["hosted_api", "open_weights"], "did you mean `hosted_api`?"),
        ("ab-04", ["AB-04", "AB-05"], "did you mean `AB-04`?"),
        ("zzz", ["hosted_api"], ""),
        ("x", [], ""),
        ("", ["hosted_api"], ""),
    ],
)
def test_did_you_mean(word, known, said):
    assert suggest_word(word, known) == said
    assert suggest_word(word, reversed(known)) == said


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-10-01", "2026-10-01"),
        ("2028-02-29", "2028-02-29"),
        ("0001-01-01", "0001-01-01"),
        ("2026-02-29", None),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("20261001", None),
        ("2026-W40-1", None),
        ("2026-10-1", None),
        ("2026-10-01 ", None),
        ("2026-10-01\n", None),
        ("٢٠٢٦-١٠-٠١", None),
        ("", None),
    ],
)
def test_parse_date(text, iso):
    day = parse_date(text)
    assert (day.isoformat() if day else None) == iso
