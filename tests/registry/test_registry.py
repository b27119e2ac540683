"""The tables say what the evaluator says, whatever stands in a row, and what is faulty never passes."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import EXHAUSTIVE, ROOT, TODAY

pa = pytest.importorskip("pyarrow", reason="the extra `registry` is not installed")
pytest.importorskip("numpy", reason="the extra `registry` is not installed")

import pyarrow.parquet as pq  # noqa: E402
import yaml  # noqa: E402
from random_plans import AS_OF, CLAIMS, SCHEMA, Maker  # noqa: E402

from aisafe_cli.cli import run  # noqa: E402
from aisafe_cli.errors import ExitCode  # noqa: E402
from aisafe_cli.registry.judge import OUTPUT, Registry  # noqa: E402
from aisafe_cli.registry.table import check_table  # noqa: E402
from aisafe_cli.session.settings import Options  # noqa: E402

ROWS = 20_000 if EXHAUSTIVE else 100
NO_CONFIG = Options(search_config=False)


def judge_twice(table: Any, options: Options = NO_CONFIG) -> tuple[list[Any], list[Any], Registry]:
    """What the tables say, where they can, and what the evaluator says of the same rows."""
    fast, slow = Registry(options, AS_OF), Registry(options, AS_OF, uses_tables=False)
    batches = table.to_batches(max_chunksize=5000)
    both = [[row for batch in batches for row in registry.judge_batch(batch).to_pylist()] for registry in (fast, slow)]
    return both[0], both[1], fast


def find_differences(fast: list[Any], slow: list[Any]) -> list[Any]:
    return [(number, *pair) for number, pair in enumerate(zip(fast, slow, strict=True)) if pair[0] != pair[1]]


@pytest.mark.parametrize(("skewed", "most"), [(True, 0.1), (False, 0.5)], ids=["skewed", "uniform"])
def test_tables_say_what_the_evaluator_says(skewed: bool, most: float) -> None:
    fast, slow, registry = judge_twice(Maker(1, skewed=skewed, rare=0.01).make_table(ROWS))
    assert not find_differences(fast, slow)
    assert registry.by_evaluator < most * ROWS
    assert {row["verdict"] for row in fast} >= {"pass", "fail"}


@pytest.mark.parametrize("policy", [{"strict": True}, {"fail_under": 70}, {"strict": True, "fail_under": 40}], ids=str)
def test_tables_keep_to_the_policy(policy: dict[str, Any]) -> None:
    options = Options(search_config=False, **policy)
    fast, slow, registry = judge_twice(Maker(2, skewed=True, rare=0).make_table(ROWS // 4), options)
    assert not find_differences(fast, slow)
    assert registry.by_evaluator < ROWS // 8


def test_what_the_tables_do_not_cover_is_judged_by_the_evaluator() -> None:
    table = Maker(3, skewed=True, rare=0).make_table(4)
    registry = Registry(Options(search_config=False, catalog="eu-code"), AS_OF)
    verdicts = registry.judge_batch(table.to_batches()[0]).to_pylist()
    assert registry.by_evaluator == 4
    assert {row["verdict"] for row in verdicts} == {"faulty"}  # the claims are on safeguards of another catalog


def as_table(rows: list[dict[str, Any]]) -> Any:
    keys = dict.fromkeys(key for row in rows for key in row)
    return pa.table({key: [row.get(key) for row in rows] for key in keys})


def as_row(path: Path) -> dict[str, Any]:
    """A plan with each answer as a list of claims and each license as a mapping, so that a column has one type."""
    plan = yaml.load(path.read_text(encoding="utf-8"), yaml.CBaseLoader)
    plan["schema_version"] = 1
    if "parameters" in plan["model"]:
        plan["model"]["parameters"] = float(plan["model"]["parameters"])
    if "policy" in plan:
        plan["policy"]["fail_under"] = int(plan["policy"]["fail_under"])
    for channel in plan["channels"]:
        channel.pop("gated", None)
        if isinstance(channel.get("license"), str):
            channel["license"] = {"id": channel["license"]}
    for name, answer in plan.get("safeguards", {}).items():
        claims = answer if isinstance(answer, list) else [answer]
        plan["safeguards"][name] = [{"status": one} if isinstance(one, str) else one for one in claims]
    plan["alternatives"] = [{"id": one} if isinstance(one, str) else one for one in plan.get("alternatives", ())]
    return plan


def test_plans_that_must_fail_do_so_and_all_samples_are_judged_alike() -> None:
    must_fail = sorted((ROOT / "tests" / "must_fail").glob("*.plan.yaml"))
    others = sorted([*(ROOT / "tests" / "cases").glob("*.plan.yaml"), *(ROOT / "examples").glob("*.plan.yaml")])
    fast, slow, _ = judge_twice(as_table(list(map(as_row, [*must_fail, *others]))))
    assert not find_differences(fast, slow)
    assert "pass" not in {row["verdict"] for row in fast[: len(must_fail)]}
    assert "pass" in {row["verdict"] for row in fast}


# --- faulty rows ----------------------------------------------------------------------------------------------------

PLAN: dict[str, Any] = {
    "schema_version": 1,
    "model": {"name": "Finch", "parameters": 7.0e9, "capability": "low"},
    "channels": [{"id": "api", "access": "hosted_api"}, {"id": "weights", "access": "open_weights"}],
    "safeguards": {"AB-01": [{"status": "implemented"}], "AB-11": [{"status": "implemented", "channels": ["api"]}]},
    "alternatives": ["gate"],
}
LONG = "x" * 2001
# What is done to the plan, and what is told of the row that comes of it.
FAULTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "version": (lambda plan: plan.update(schema_version=2), "schema_version: "),
    "no version": (lambda plan: plan.pop("schema_version"), "row: the key `schema_version` is missing"),
    "no name": (lambda plan: plan["model"].pop("name"), "model: the key `name` is missing"),
    "blank name": (lambda plan: plan["model"].update(name=" "), "model.name: "),
    "long name": (lambda plan: plan["model"].update(name=LONG), "model.name: the value is longer than 2000"),
    "invisible name": (lambda plan: plan["model"].update(name="\u200b"), "model.name: "),
    "letter that shows nothing": (lambda plan: plan["model"].update(name="\u3164"), "model.name: "),
    "signs that show nothing": (lambda plan: plan["model"].update(name="\u2800 \uffa0"), "model.name: "),
    "line feed": (lambda plan: plan["model"].update(name="a\nb"), "model.name: "),
    "command": (lambda plan: plan["model"].update(name="a\u202eb"), "model.name: the character U+202E"),
    "no size": (lambda plan: plan["model"].update(parameters=0.0), "model"),
    "no number": (lambda plan: plan["model"].update(parameters=float("nan")), "model"),
    "endless": (lambda plan: plan["model"].update(parameters=float("inf")), "model"),
    "capability": (lambda plan: plan["model"].update(capability="none"), "model.capability: "),
    "no channel": (lambda plan: plan.update(channels=[]), "channels: "),
    "channels left out": (lambda plan: plan.pop("channels"), "row: the key `channels` is missing"),
    "null channel": (lambda plan: plan["channels"].append(None), "channels[2]: "),
    "access": (lambda plan: plan["channels"][0].update(access="open"), "channels[0].access: "),
    "no access": (lambda plan: plan["channels"][1].pop("access"), "channels[1]: the key `access` is missing"),
    "two channels of one id": (lambda plan: plan["channels"][1].update(id="api"), "channels[1].id: two channels"),
    "day": (lambda plan: plan["channels"][0].update(opens="soon"), "channels[0].opens: "),
    "gate": (lambda plan: plan["channels"][0].update(gated="false"), "channels[0].gated: "),
    "no safeguard": (lambda plan: plan["safeguards"].update({"AB-99": [{"status": "partial"}]}), "safeguards.AB-99: "),
    "status": (lambda plan: plan["safeguards"]["AB-01"][0].update(status="done"), "safeguards.AB-01[0].status: "),
    "no status": (lambda plan: plan["safeguards"]["AB-01"][0].update(status=None, note="x"), "safeguards.AB-01[0]: "),
    "no claim": (lambda plan: plan["safeguards"].update({"AB-01": []}), "safeguards.AB-01: "),
    "null claim": (lambda plan: plan["safeguards"]["AB-01"].insert(0, None), "safeguards.AB-01[0]: "),
    "no such channel": (
        lambda plan: plan["safeguards"]["AB-11"][0].update(channels=["web"]), "safeguards.AB-11[0].channels[0]: "),
    "on no channel": (
        lambda plan: plan["safeguards"]["AB-11"][0].update(channels=[]), "safeguards.AB-11[0].channels: "),
    "a channel twice": (
        lambda plan: plan["safeguards"]["AB-11"][0].update(channels=["api", "api"]), "safeguards.AB-11[0].channels"),
    "two claims on a channel": (
        lambda plan: plan["safeguards"].update({"AB-04": [{"status": "partial", "channels": ["api"]}] * 2}),
        "safeguards.AB-04[1]: "),
    "two claims on all": (
        lambda plan: plan["safeguards"].update({"AB-04": [{"status": "partial"}] * 2}), "safeguards.AB-04[0]: "),
    "a safeguard by two names": (
        lambda plan: plan["safeguards"].update({"decide-on-weights": [{"status": "partial", "channels": ["weights"]}]}),
        "safeguards.decide-on-weights: `decide-on-weights` and `AB-11`"),
    "evidence of nothing": (
        lambda plan: plan["safeguards"]["AB-01"][0].update(evidence=[{"type": "paper"}]),
        "safeguards.AB-01[0].evidence[0]: "),
    "type of evidence": (
        lambda plan: plan["safeguards"]["AB-01"][0].update(evidence=[{"ref": "https://x.example", "type": "proof"}]),
        "safeguards.AB-01[0].evidence[0].type: "),
    "alternative": (lambda plan: plan.update(alternatives=["hope"]), "alternatives[0]: "),
    "alternative twice": (lambda plan: plan.update(alternatives=["gate", "gate"]), "alternatives[1]: "),
    "threshold": (lambda plan: plan.update(policy={"fail_under": 101}), "policy.fail_under: "),
    "extra key": (lambda plan: plan["model"].update(licence="x"), "model.licence: unknown key"),
}  # fmt: skip


def break_plan(name: str) -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    FAULTS[name][0](plan)
    return plan


@pytest.mark.parametrize("form", ["structs", "maps", "texts"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_row_is_told_with_its_column_and_never_passes(name: str, form: str) -> None:
    rows = [PLAN, break_plan(name)]
    table = as_table(rows)
    if form == "maps":
        answers = pa.array([list(row["safeguards"].items()) for row in rows], pa.map_(pa.string(), CLAIMS))
        table = table.set_column(table.schema.get_field_index("safeguards"), "safeguards", answers)
    elif form == "texts":
        texts = [[json.dumps(row[key]) if key in row else None for row in rows] for key in ("model", "channels")]
        for key, values in zip(("model", "channels"), texts, strict=True):
            table = table.set_column(table.schema.get_field_index(key), key, pa.array(values, pa.string()))
    fast, slow, registry = judge_twice(table)
    assert fast == slow
    assert fast[0]["verdict"] == "fail"
    assert fast[1]["verdict"] == "faulty"
    assert any(fault.startswith(FAULTS[name][1]) for fault in fast[1]["faults"]), fast[1]["faults"]
    assert registry.by_evaluator == (2 if form == "texts" else 1)


def test_a_key_that_a_map_has_twice_is_a_fault_though_one_is_null() -> None:
    table = as_table([PLAN, PLAN])
    answers = list(PLAN["safeguards"].items())
    maps = pa.array([answers, [*answers, ("AB-01", None)]], pa.map_(pa.string(), CLAIMS))
    table = table.set_column(table.schema.get_field_index("safeguards"), "safeguards", maps)
    fast, slow, _ = judge_twice(table)
    assert fast == slow
    assert [row["verdict"] for row in fast] == ["fail", "faulty"]


def test_a_day_before_every_calendar_is_a_fault() -> None:
    plan = copy.deepcopy(PLAN)
    plan["safeguards"]["AB-01"][0]["evidence"] = [{"ref": "https://x.example", "date": "0000-01-01"}]
    fast, slow, _ = judge_twice(as_table([plan]))
    assert fast == slow
    assert fast[0]["faults"] == [
        "safeguards.AB-01[0].evidence[0].date: `0000-01-01` is not a date (write it as YYYY-MM-DD)"
    ]


DAY = pa.array([10_000_000], pa.int32()).cast(pa.date32())
WORD = pa.array(["implemented"])
# Columns of one row that Parquet can hold and Python or JSON cannot, and what is told of them.
ODD: dict[str, tuple[str, Any, str]] = {
    "a day after all years": ("safeguards", pa.StructArray.from_arrays([DAY], ["AB-01"]), "a day is not in the years"),
    "a map by structs": (
        "safeguards", pa.MapArray.from_arrays([0, 1], pa.StructArray.from_arrays([WORD], ["x"]), WORD), "no text"),
    "a map by lists": ("safeguards", pa.MapArray.from_arrays([0, 1], pa.array([["a"]]), WORD), "no text"),
    "a map by days": ("safeguards", pa.MapArray.from_arrays([0, 1], DAY, WORD), "a day is not in the years"),
    "half a character": ("channels", pa.array(['[{"id":"\\ud800","access":"open_weights"}]']), "not UTF-8"),
    "no UTF-8": (
        "organization", pa.StructArray.from_arrays([pa.array([b"\xff"]).view(pa.string())], ["size"]), "not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_value_that_no_plan_can_hold_is_a_fault(name: str) -> None:
    column, value, told = ODD[name]
    table = pa.Table.from_pylist([{key: PLAN[key] for key in ("schema_version", "model", "channels") if key != column}])
    fast, slow, _ = judge_twice(table.append_column(column, value))
    assert fast == slow
    assert fast[0]["verdict"] == "faulty"
    assert fast[0]["faults"][0].startswith(column)
    assert told in fast[0]["faults"][0]


def test_an_empty_map_answers_nothing() -> None:
    table = as_table([PLAN])
    nothing = pa.array([[]], pa.map_(pa.string(), CLAIMS))
    fast, slow, _ = judge_twice(table.set_column(table.schema.get_field_index("safeguards"), "safeguards", nothing))
    assert fast == slow
    assert fast[0]["verdict"] == "fail"


def test_a_row_of_more_values_than_a_plan_may_have_is_a_fault() -> None:
    plan = copy.deepcopy(PLAN)
    plan["channels"] = [{"id": f"c{number}", "access": "hosted_api"} for number in range(8)]
    evidence = [{"ref": "https://x.example", "type": "paper"}] * 250
    claims = [{"status": "implemented", "channels": [one["id"]], "evidence": evidence} for one in plan["channels"]]
    plan["safeguards"] = dict.fromkeys(("AB-01", "AB-02", "AB-03", "AB-04", "AB-05", "AB-07"), claims)
    fast, slow, _ = judge_twice(as_table([plan]))
    assert fast == slow
    assert fast[0]["verdict"] == "faulty"


# --- tables in memory -----------------------------------------------------------------------------------------------


def test_a_table_is_judged_alike_by_many_threads_at_once() -> None:
    """Engines call the function from their own threads, and the tables behind it grow as they are used."""
    table = Maker(6, skewed=True, rare=0).make_table(160)
    alone = check_table(table, AS_OF, fail_under=1).to_pylist()
    parts = [table.slice(first, 8) for first in range(0, 160, 8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            judged = list(pool.map(lambda part: check_table(part, AS_OF, fail_under=2).to_pylist(), parts))
    finally:
        sys.setswitchinterval(interval)
    assert [row["outcomes"] for part in judged for row in part] == [row["outcomes"] for row in alone]


def test_the_example_of_the_page_runs() -> None:
    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    exec("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), {})


def test_a_table_of_verdicts_has_plain_columns_even_without_rows() -> None:
    table = Maker(6, skewed=True, rare=0).make_table(3).append_column("repository", pa.array(["a", "b", "c"]))
    verdicts = check_table(table, AS_OF, keep=("repository",))
    assert verdicts.schema == check_table(table.slice(0, 0), AS_OF, keep=("repository",)).schema
    assert verdicts.schema.names == ["repository", *OUTPUT[1:]]
    assert verdicts.schema.field("verdict").type == pa.string()


# --- the command ----------------------------------------------------------------------------------------------------


def check(*words: object) -> int:
    return run(["registry", "check", *map(str, words), "--as-of", TODAY, "--no-config"])


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "models.parquet"
    pq.write_table(Maker(4, skewed=True, rare=0).make_table(50), path)
    return path


def test_the_command_writes_a_verdict_for_each_row(models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    verdicts, summary = models.with_name("verdicts.parquet"), models.with_name("summary.json")
    assert check(models, "-o", verdicts, "--summary", summary) == ExitCode.FAILED
    rows = pq.read_table(verdicts).to_pylist()
    counted = json.loads(summary.read_text(encoding="utf-8"))
    assert [row["row"] for row in rows] == list(range(1, 51))
    assert counted["rows"] == sum(counted["verdicts"].values()) == 50
    assert counted["verdicts"]["pass"] == sum(row["verdict"] == "pass" for row in rows)
    assert counted["outcomes"]["AB-01"]["satisfied"] == sum(row["outcomes"]["AB-01"] == "satisfied" for row in rows)
    assert all(bool(row["blocking"]) is (row["verdict"] == "fail") for row in rows)
    assert capfd.readouterr().out.startswith(f"50 plans: {counted['verdicts']['pass']} pass, ")


def test_lines_of_json_are_judged_and_told_by_line_and_column(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.jsonl"
    lines = [json.dumps(PLAN), "", json.dumps(break_plan("access")), "{", '{"schema_version": 1, "schema_version": 1}']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert check(path, "-o", tmp_path / "verdicts.parquet") == ExitCode.NOT_EVALUATED
    rows = pq.read_table(tmp_path / "verdicts.parquet").to_pylist()
    assert [(row["row"], row["verdict"]) for row in rows] == [(1, "fail"), (3, "faulty"), (4, "faulty"), (5, "faulty")]
    told = capfd.readouterr().err.splitlines()
    column = lines[2].index('"open"') + 1
    assert any(line.startswith(f"{path}:3:{column}: ") for line in told), told


@pytest.mark.parametrize(
    ("rows", "words", "code"),
    [
        ([PLAN], [], ExitCode.FAILED),
        ([PLAN], ["--exit-zero"], ExitCode.PASSED),
        ([PLAN, break_plan("access")], ["--exit-zero"], ExitCode.NOT_EVALUATED),
        ([], [], ExitCode.NOTHING_TO_EVALUATE),
        ([PLAN | {"organization": {"role": "distributor"}, "channels": PLAN["channels"][:1]}], ["--exit-zero"], None),
    ],
    ids=["failed", "zero", "faulty", "none", "role"],
)
def test_the_exit_code_is_that_of_check(tmp_path: Path, rows: list[Any], words: list[str], code: int | None) -> None:
    table = pa.Table.from_pylist(rows) if rows else SCHEMA.empty_table()
    pq.write_table(table, tmp_path / "models.parquet")
    (tmp_path / "plan.yaml").write_text(json.dumps(rows[0] if rows else {}), encoding="utf-8")
    if code is None:
        code = run(["check", str(tmp_path / "plan.yaml"), "--as-of", TODAY, "--no-config", "-q", *words])
    assert check(tmp_path / "models.parquet", "-o", tmp_path / "verdicts.parquet", *words) == code
    assert pq.read_table(tmp_path / "verdicts.parquet").num_rows == len(rows)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"modell": pa.array(["x"])}, "the column `modell` is no key of a plan; did you mean `model`?"),
        ({"files": pa.array([b"x"])}, "the column `files` has values of the type binary, which no plan has"),
        ({"policy": pa.array([1], pa.timestamp("s"))}, "the column `policy` has values of the type timestamp"),
    ],
    ids=["key", "binary", "timestamp"],
)
def test_a_column_that_no_plan_has_stops_the_run(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    table = pa.Table.from_pylist([PLAN])
    for name, column in change.items():
        table = table.append_column(name, column)
    pq.write_table(table, tmp_path / "models.parquet")
    with pytest.raises(Exception, match="the column") as raised:
        check(tmp_path / "models.parquet")
    assert told in str(raised.value)


def test_a_column_that_is_kept_is_copied(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([PLAN, PLAN]).append_column("repository", pa.array(["a/b", "c/d"]))
    pq.write_table(table, tmp_path / "models.parquet")
    check(tmp_path / "models.parquet", "-o", tmp_path / "verdicts.parquet", "--keep", "repository")
    assert pq.read_table(tmp_path / "verdicts.parquet")["repository"].to_pylist() == ["a/b", "c/d"]


def test_no_output_replaces_the_registry(models: Path) -> None:
    before = models.read_bytes()
    with pytest.raises(Exception, match="is an input of this command"):
        check(models, "-o", models)
    assert models.read_bytes() == before


def test_what_is_cut_off_is_no_table(models: Path) -> None:
    models.write_bytes(models.read_bytes()[:-100])
    with pytest.raises(Exception, match="cannot be read as Parquet"):
        check(models, "-o", models.with_name("verdicts.parquet"))
    assert not models.with_name("verdicts.parquet").exists()
