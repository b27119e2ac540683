"""What holds for any bytes, and for any plan that the plan's JSON Schema allows."""

from __future__ import annotations

import json
import re
import string
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import test_csv
import test_github
import test_gitlab
import test_html
import test_junit
import test_sarif
from building import catalog, check_plans
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from aisafe_cli.domain.catalog import ROLES
from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS
from aisafe_cli.domain.outcome import Level
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Run
from aisafe_cli.errors import AisafeError, InputError
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io.resources import read_schema
from aisafe_cli.parsing.schema import parse_date
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.report_data import as_data
from aisafe_cli.text.unicode import find_forbidden_characters, says_something

TODAY = date(2026, 6, 1)


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(read_schema("report"))


def run_on(content: bytes, policy: Policy | None = None) -> Run | AisafeError:
    """The run on a file with this content, or the error that it is refused with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.plan.yaml"
        path.write_bytes(content)
        checked = check_plans([str(path)], TODAY, policy or Policy())
    (error,) = checked.errors or (None,)
    return error or checked.as_run(checked.exit_code)


def assert_sound(run: Run) -> None:
    """The report validates, says what a second judgement says, and does not pass where something blocks."""
    data = as_data(run)
    validator().validate(json.loads(render("json", run, View())))
    (result,) = run.results
    assert result.verdict == judge(result.report, Policy(**policy_of(data)))
    (plan,) = data["plans"]
    assert (run.exit_code == 0) == plan["verdict"]["passed"]
    if plan["verdict"]["passed"]:
        blocking = [finding for finding in plan["findings"] if finding["level"] == Level.ERROR]
        assert all(finding["waiver"] for finding in blocking)
        assert not [finding for finding in plan["plan_findings"] if finding["level"] == Level.ERROR]
        assert any(
            finding["outcome"] not in ("unknown", "incompatible", "not_applicable") for finding in plan["findings"]
        )


def policy_of(data: dict[str, Any]) -> dict[str, Any]:
    (plan,) = data["plans"]
    policy = plan["verdict"]["policy"]
    return {name: policy[name] for name in ("strict", "fail_under", "honour_waivers") if name in policy}


# --- any bytes ------------------------------------------------------------------------------------------------------

EXAMPLES = [path.read_bytes() for path in sorted((ROOT / "examples").glob("*.plan.yaml"))]
FAULTS = [path.read_bytes() for path in sorted((ROOT / "tests" / "loading" / "faults").glob("*.plan.yaml"))]
WORDS = ["schema_version: 1", "model:", "{name: x}", "channels:", "- id: a", "access: hosted_api", "open_weights"]
WORDS += [
    "safeguards:",
    "AB-01:",
    "implemented",
    "waivers:",
    "policy:",
    "fail_under:",
    "<<:",
    "*a",
    "&a",
    "!!int",
    "!x",
]
WORDS += ["---", "...", "%YAML 1.2", "%TAG ! x", "|", ">-", "?", ":", "-", ",", "[", "]", "{", "}", '"', "'", "#", "\\"]
WORDS += [
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "\t",
    "~",
    "null",
    "true",
    "no",
    ".nan",
    ".inf",
    "1e999",
    "0x1F",
    "1:20",
    "=",
]
WORDS += [
    "2026-01-01",
    "2026-02-30",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x00",
    "é",
    "\ud7ff",
    "\U0001f600",
    '"\\e"',
    '"\\ud800"',
]
anything = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")),
    st.lists(st.sampled_from(WORDS), max_size=40).map(lambda words: " ".join(words).encode(errors="surrogatepass")),
    st.lists(st.sampled_from(WORDS), max_size=40).map(lambda words: "".join(words).encode(errors="surrogatepass")),
)
spliced = st.builds(
    lambda content, start, length, inside: (
        content[: start % len(content)] + inside + content[start % len(content) + length :]
    ),
    st.sampled_from([*EXAMPLES, *[fault for fault in FAULTS if fault]]),
    st.integers(0, 10_000),
    st.integers(0, 60),
    anything,
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.one_of(anything, spliced))
def test_any_bytes_are_refused_or_give_a_sound_report(content: bytes) -> None:
    run = run_on(content)
    if isinstance(run, AisafeError):
        assert run.exit_code == 2 or "no safeguard" in str(run)
        faults = run.faults if isinstance(run, InputError) else ()
        lines = content.count(b"\n") + 1
        assert all(1 <= fault.line <= lines + 1 and fault.column >= 1 and fault.message for fault in faults)
    else:
        assert_sound(run)


# --- any plan of the schema -----------------------------------------------------------------------------------------

# Every plane of Unicode, with what could break out of a format more often than it would come by chance.
SPECIAL = "<>&\"'`|*_#[]{}()~$%@:;,=+-\\/\u200d\u0301\u05d0\u6f22\ufb01\U0001f600"
letters = st.one_of(st.sampled_from(string.ascii_letters + " "), st.sampled_from(SPECIAL), st.characters(codec="utf-8"))


def texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Texts that a field takes: with its pattern, and without characters that no input may hold."""
    most = min(schema.get("maxLength", 60), 60)
    pattern = re.compile(schema.get("pattern", "").replace("$", r"\Z"))

    def allowed(text: str) -> bool:
        return bool(text.strip()) and not any(find_forbidden_characters(text)) and bool(pattern.search(text))

    if schema.get("format") == "date":
        return st.dates(date(2024, 1, 1), date(2028, 1, 1)).map(str)
    if "[0-9a-f]{64}" in pattern.pattern:
        return st.just("0f" * 32)
    if pattern.pattern.startswith("^pkg:"):
        return st.just("pkg:huggingface/example/aurora@1.0")
    # Readers of HTML do not tell white space apart, so the texts hold no two blanks in a row.
    return st.text(letters, min_size=1, max_size=most).map(seen).filter(allowed)


def seen(text: str) -> str:
    """A text on one line that shows something, and holds a letter or a digit, as reasons have to."""
    line = " ".join(text.split())
    return line if says_something(line) else "x"


def of_schema(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema of ours allows: it uses few keywords, and a test elsewhere says which."""
    if "$ref" in schema:
        found = definitions[schema["$ref"].removeprefix("#/$defs/")]
        return of_schema({**found, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([of_schema(branch, definitions) for branch in schema["anyOf"]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_of_kind(kind, schema, definitions) for kind in kinds])


def _of_kind(kind: str, schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    made: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "null": st.none,
        "boolean": st.booleans,
        "integer": lambda: st.integers(schema.get("minimum", 0), schema.get("maximum", 10**6)),
        # Where text is meant too, a number is read as text.
        "number": lambda: st.integers(1, 10**12) if "string" in schema["type"] else st.floats(1e-9, 1e15),
        "string": lambda: texts(schema),
        "array": lambda: st.lists(
            of_schema(schema["items"], definitions), min_size=schema.get("minItems", 0), max_size=4
        ),
        "object": lambda: _objects(schema, definitions),
    }
    return made[kind]()


def _objects(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = {name: of_schema(entry, definitions) for name, entry in schema.get("properties", {}).items()}
    required = {name: properties[name] for name in schema.get("required", ())}
    optional = {name: entry for name, entry in properties.items() if name not in required}
    if isinstance(schema.get("additionalProperties"), dict):
        return _claims(of_schema(schema["additionalProperties"], definitions))
    return st.fixed_dictionaries(required, optional=optional)


def _claims(answers: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from([name for one in catalog().safeguards for name in (one.id, one.slug)])
    return st.dictionaries(names, answers, min_size=least, max_size=10)


def fitted(plan: dict[str, Any], pick: Callable[[int], int]) -> dict[str, Any]:
    """The plan with its names made to fit together, which no schema can say."""
    if role := pick(len(ROLES)):  # which the schema alone would rarely say
        plan["organization"] = {**plan.get("organization", {}), "role": ROLES[role]}
    for place, file in enumerate(plan.get("files", ())):
        file["name"] = f"{place} {file['name']}"
    for place, channel in enumerate(plan["channels"]):
        channel["id"] = f"{place} {channel['id']}"[:100].strip()
        if channel.get("opens") and channel.get("closes") and channel["closes"] <= channel["opens"]:
            del channel["closes"]
    names = [channel["id"] for channel in plan["channels"]]
    slugs = {safeguard.slug: safeguard.id for safeguard in catalog().safeguards}
    claims = plan.get("safeguards", {})
    for name in [name for name in claims if slugs.get(name) in claims]:
        del claims[name]
    for name, answer in claims.items():
        if isinstance(answer, list):
            claims[name] = [{**claim, "channels": [channel]} for claim, channel in zip(answer, names, strict=False)]
        elif isinstance(answer, dict) and "channels" in answer:
            answer["channels"] = names[: 1 + pick(len(names))]
    known = sorted(catalog().alternatives)
    adopted = [known[(pick(len(known)) + place) % len(known)] for place, _ in enumerate(plan.get("alternatives", ()))]
    plan["alternatives"] = [
        {**entry, "id": name} if isinstance(entry, dict) else name
        for entry, name in zip(plan.get("alternatives", ()), dict.fromkeys(adopted), strict=False)
    ]
    for waiver in plan.get("waivers", ()):
        waiver["safeguard"] = catalog().safeguards[pick(14)].id
        granted = parse_date(waiver["granted"])
        assert granted is not None
        waiver["expires"] = str(granted + timedelta(days=pick(360)))
        if "channels" in waiver:
            waiver["channels"] = names[: 1 + pick(len(names))]
    return plan


@st.composite
def plans(draw: st.DrawFn) -> bytes:
    schema = read_schema("plan")
    made = draw(of_schema(schema, schema["$defs"]))
    # Left to chance, most plans would claim and waive nothing.
    definitions = schema["$defs"]
    if draw(st.integers(0, 3)):
        made["safeguards"] = draw(_claims(of_schema(definitions["answer"], definitions), least=1))
    if draw(st.booleans()):
        made["waivers"] = draw(st.lists(of_schema(definitions["waiver"], definitions), min_size=1, max_size=3))
    return json.dumps(fitted(made, lambda count: draw(st.integers(0, count - 1))), ensure_ascii=False).encode()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(plans(), st.builds(Policy, strict=st.booleans(), fail_under=st.sampled_from([0, 0, 50, 90])))
def test_any_plan_of_the_schema_is_evaluated_and_all_formats_agree(content: bytes, policy: Policy) -> None:
    assert len(content) < MAX_BYTES
    run = run_on(content, policy)
    if isinstance(run, AisafeError):  # a role for which nothing is asked, and nothing else
        assert run.exit_code == 3, run.faults if isinstance(run, InputError) else run
        return
    assert_sound(run)
    assert_all_formats_agree(run)


def assert_all_formats_agree(run: Run) -> None:
    (plan,) = as_data(run)["plans"]
    for name in REPORTERS:
        assert render(name, run, View())
    for kind in MARKDOWN_KINDS:
        assert render("markdown", run, View(kind=kind))
    test_csv.assert_reads_back(run)
    test_github.assert_reads_back(run)
    test_gitlab.assert_reads_back(run)
    test_junit.assert_reads_back(run)
    test_html.assert_same(plan, test_html.read(test_html.as_html(run)).one("article", "plan"))
    test_sarif.log_of(run)
    verdict = "PASS" if plan["verdict"]["passed"] else "FAIL"
    assert f"\n{verdict}  " in render("table", run, View())
    assert f"**{verdict}: " in render("markdown", run, View())
    assert f">{verdict.lower()} " in render("badge", run, View())


def test_plans_of_the_schema_are_of_all_kinds() -> None:
    seen: list[Run] = []

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(plans())
    def collect(content: bytes) -> None:
        run = run_on(content)
        if isinstance(run, Run):
            seen.append(run)

    collect()
    reports = [result.report for run in seen for result in run.results]
    assert len(reports) >= 50
    assert len({report.mode for report in reports}) == 3
    assert len({report.plan.organization.role for report in reports}) >= 3
    assert any(report.plan.waivers for report in reports)
    assert any(len(report.channels) > 2 for report in reports)


def test_a_plan_of_the_schema_is_allowed_by_a_full_validator() -> None:
    full = jsonschema.Draft202012Validator(read_schema("plan"))

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(plans())
    def collect(content: bytes) -> None:
        full.validate(json.loads(content))

    collect()


@pytest.mark.parametrize("empty", [b"", b"{}", b"schema_version: 1\nmodel: {name: x}\nchannels: []\n"])
def test_an_empty_plan_never_passes(empty: bytes) -> None:
    assert isinstance(run_on(empty), InputError)
