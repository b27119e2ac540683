"""`aisafe timeline` in each format: golden files, width, what a chart is made of, and what a plan cannot do to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from building import ACCESS_LEVELS, TODAY, channel, everything, judging, plan, waiver, written
from conftest import ROOT, Program
from conftest import TODAY as CHECKED
from markdown_it import MarkdownIt
from test_payloads import CONTROLS, PAYLOADS, shape_of_markdown_without_text, shape_of_text

from aisafe_cli.analysis.timeline import Timeline, build_timeline
from aisafe_cli.cli.output import with_progress
from aisafe_cli.domain.formats import CHART_LIMIT, PAGE_FORMATS
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import Policy
from aisafe_cli.reporters.pages.charts import TooLarge, draw_gantt
from aisafe_cli.reporters.pages.timeline import render_timeline
from aisafe_cli.text.escape import escape_for_mermaid

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {"table": "txt", "markdown": "md", "json": "json"}
SOURCES = {
    "staged-hybrid": "examples/staged-hybrid.plan.yaml",
    "turning": "tests/analysis/timelines/turning.plan.yaml",
    "aging": "tests/analysis/timelines/aging/aging.plan.yaml",
}
CHART = re.compile(r"```mermaid\n(.*?)\n```", re.DOTALL)
# All that a line of a chart may be, as strict as can be said.
DAY = r"\d{4}-\d\d-\d\d"
LINE = re.compile(
    rf"gantt|    dateFormat YYYY-MM-DD|    axisFormat %Y-%m-%d|    tickInterval \d+(week|month)|    todayMarker off"
    rf"|    section (Channels|Release mode|Verdict|Waivers)"
    rf"|    ({'|'.join(ACCESS_LEVELS)}|mode|verdict|waiver)"
    rf" [^\W_][^:;#%`\n]* :((crit|done|active), )?[csmvw]\d+, {DAY}, {DAY}"
)


def timeline(made: Plan, policy: Policy | None = None, as_of: date = TODAY) -> Timeline:
    return build_timeline(made, judging(policy), as_of)


# --- golden ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGE_FORMATS)
@pytest.mark.parametrize("source", ["staged-hybrid"])
def test_golden(aisafe: Program, source: str, name: str, update_golden: bool) -> None:
    golden = GOLDEN / f"timeline-{source}.{ENDINGS[name]}"
    done = aisafe("timeline", SOURCES[source], "--as-of", CHECKED, "-f", name, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    if update_golden:
        golden.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", SOURCES.values())
def test_json_conforms_to_its_schema(aisafe: Program, source: str) -> None:
    import jsonschema

    schema = json.loads(aisafe("schema", "timeline").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    for arguments in ((), ("--no-waivers", "--strict", "--fail-under", "99"), ("--as-of", "2020-01-01")):
        data = json.loads(aisafe("timeline", source, *arguments, "-f", "json", cwd=ROOT).stdout)
        jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("source", sorted((ROOT / "examples").glob("*.plan.yaml")), ids=lambda path: path.name)
def test_all_formats_say_the_same(aisafe: Program, source: Path) -> None:
    texts = {name: aisafe("timeline", source, "--as-of", CHECKED, "-f", name).stdout for name in PAGE_FORMATS}
    table = " ".join(texts["table"].split())
    for stage in json.loads(texts["json"])["stages"]:
        for text in (table, texts["markdown"]):
            assert f"Stage {stage['number']}, from " in text
            assert stage["verdict"]["headline"] in text
        row = next(line for line in texts["markdown"].splitlines() if line.startswith(f"| {stage['number']} | "))
        word = "pass" if stage["verdict"]["passed"] else "FAIL"
        assert f"| {stage['release']['mode']} | {word} |" in row
        for turn in stage["ineffective"]:
            assert f"the claim on line {turn['line']} is ineffective" in table


# --- the chart of the terminal --------------------------------------------------------------------------------------

MANY = [channel(ACCESS_LEVELS[place % 12], f"channel-{place}", date(2026, 1, 1 + place)) for place in range(25)]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 9, 25])
def test_the_chart_keeps_to_eighty_columns(number: int) -> None:
    text = render_timeline("table", timeline(plan(MANY[:number], everything())))
    assert all(len(line) <= 80 for line in text.splitlines())
    rows = [line.split() for line in text.splitlines() if line.startswith("  stage ")]
    assert [int(word) for row in rows for word in row[1:]] == list(range(1, number + 1))


def test_a_bar_begins_where_the_channel_opens_and_says_what_closing_does() -> None:
    made = plan(
        [
            channel("hosted_api", "api", closes="2026-03-01"),
            channel("open_weights", "weights", "2026-02-01", closes="2026-04-01"),
        ]
    )
    text = render_timeline("table", timeline(made))
    rows = {line.split()[0]: line[22:] for line in text.split("\n\n")[2].splitlines()}
    assert rows["stage"].split() == ["1", "2", "3", "4"]
    assert re.fullmatch(r"\|=+\|", rows["api"])
    assert re.fullmatch(r" +\|=+\|~+", rows["weights"])
    assert rows["weights"].index("~") > rows["api"].rindex("|")
    assert "weights closes (open_weights): this recalls nothing; copies remain." in text
    assert "api closes (hosted_api): access through it ends." in text
    assert "Open: no channel anymore" in text


def test_a_stage_without_a_channel_is_said_plainly() -> None:
    early = waiver("AB-14", granted="2025-01-01", expires="2025-02-01")
    made = plan([channel("hosted_api", opens="2026-02-01")], everything(), waivers=[early])
    text = render_timeline("table", timeline(made, as_of=date(2024, 1, 1)))
    assert "before the first stage: no channel is open yet" in text
    assert text.count("Open: no channel yet") == 2
    assert text.count("No channel is open yet, so there is nothing to judge.") == 2


@pytest.mark.parametrize("name", ["世界" * 20, "é" * 30, "שלום עולם " * 9, "x" * 100])
def test_names_of_any_width_keep_the_bars_in_place(name: str) -> None:
    import unicodedata

    text = render_timeline("table", timeline(plan([channel("hosted_api", name, "2026-01-01"), *MANY[1:2]])))
    (row,) = (line for line in text.splitlines() if "|==" in line and "channel-1" not in line)
    label = row.partition("|")[0]
    assert sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in label) == 22


# --- the chart of Markdown ------------------------------------------------------------------------------------------


def hostile(payload: str) -> Plan:
    name = payload[:99].strip()
    return plan(
        [channel("hosted_api", "api"), channel("open_weights", name, "2026-02-01", closes="2026-03-01", variant=name)],
        everything(),
        waivers=[waiver("AB-14", name)],
    )


GANTT_PAYLOADS = {
    **PAYLOADS,
    "keyword": "section Verdict",
    "title": "title x",
    "click": 'click c1 href "javascript:alert(1)"',
    "task": "x :crit, v1, 2020-01-01, 2020-01-02",
    "semicolon": "a; section b; c :d, 2020-01-01, 1d",
    "entity": "#35;#quot;",
    "comment of Mermaid": "%% x %%{init: {'theme': 'dark'}}%%",
    "front matter": "---\ntitle: x\n---".replace("\n", " "),
    "nothing left": ":;#%`{}",
    "directive": "%%{init: {'securityLevel': 'loose'}}%%",
}


@pytest.mark.parametrize("payload", GANTT_PAYLOADS.values(), ids=GANTT_PAYLOADS)
def test_no_name_breaks_out_of_the_chart(payload: str) -> None:
    benign, text = (render_timeline("markdown", timeline(hostile(name))) for name in ("word", payload))
    (chart,) = CHART.findall(text)
    for line in chart.split("\n"):
        assert LINE.fullmatch(line), line
    assert [line.partition(":")[2] for line in chart.split("\n")] == [
        line.partition(":")[2] for line in CHART.findall(benign)[0].split("\n")
    ]
    fences = [token for token in MarkdownIt("gfm-like").parse(text) if token.type == "fence"]
    assert [token.info for token in fences] == ["mermaid"]
    assert shape_of_markdown_without_text(text) == shape_of_markdown_without_text(benign)


@pytest.mark.parametrize("payload", GANTT_PAYLOADS.values(), ids=GANTT_PAYLOADS)
def test_no_name_reaches_a_runner_or_a_terminal(payload: str) -> None:
    for name in PAGE_FORMATS:
        text = render_timeline(name, timeline(hostile(payload)))
        assert not CONTROLS.search(text)
        assert not re.search(r"##\w*\[", text)
        assert name != "table" or shape_of_text(text) is None
        assert name != "json" or json.loads(text)["stages"]


@pytest.mark.parametrize(
    ("text", "left"),
    [("a:b;c#d%%e", "a b c d e"), ("x" * 90, "x" * 40), (":::", "unnamed"), ("a_b-c.d é 世", "a_b-c.d é 世")],
)
def test_of_a_name_only_harmless_signs_are_left(text: str, left: str) -> None:
    assert escape_for_mermaid(text) == left


def test_bars_without_an_end_run_to_the_edge_and_that_is_said() -> None:
    made = timeline(plan([channel("hosted_api", "api"), channel("open_weights", "weights", "2026-06-01")]))
    lines = draw_gantt(made).split("\n")
    assert "    hosted_api api :c1, 2026-05-18, 2026-06-15" in lines
    assert "    open_weights weights :c2, 2026-06-01, 2026-06-15" in lines
    told = render_timeline("markdown", made)
    assert "runs to the edge of the drawing, 14 days before the first day that the plan names and 14 after" in told


def test_the_drawing_stays_within_the_calendar() -> None:
    made = plan([channel("hosted_api", "a", "0001-01-02"), channel("open_weights", "b", "9999-12-31")])
    chart = draw_gantt(timeline(made))
    assert "0001-01-01, " not in chart.split("section Channels")[1].split("\n")[2]
    assert all(LINE.fullmatch(line) for line in chart.split("\n"))


def test_what_nothing_would_draw_is_left_out() -> None:
    channels = [channel("hosted_api", f"{'x' * 90}{place}", date.fromordinal(739000 + place)) for place in range(250)]
    made = timeline(plan(channels[:2], everything()))
    many = Timeline(**{**vars(made), "plan": plan(channels * 3, everything())})
    with pytest.raises(TooLarge):
        draw_gantt(many)
    assert len(draw_gantt(made)) < CHART_LIMIT
    text = render_timeline("markdown", many)
    assert "There are too many stages for a drawing." in text
    assert "```" not in text


NODE_MODULES = os.environ.get("AISAFE_TEST_NODE_MODULES", "")
READ_CHART = """
import {JSDOM} from 'jsdom'; import fs from 'fs';
globalThis.window = new JSDOM('').window; globalThis.document = window.document;
const mermaid = (await import('mermaid')).default; const read = [];
for (const text of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  await mermaid.parse(text);
  const db = (await mermaid.mermaidAPI.getDiagramFromText(text)).db;
  read.push({sections: db.getSections(), tasks: db.getTasks().map(task => task.id)});
}
console.log(JSON.stringify(read));
"""


@pytest.mark.skipif(
    not (NODE_MODULES and shutil.which("node")),
    reason="AISAFE_TEST_NODE_MODULES names no folder in which npm has installed mermaid and jsdom",
)
def test_mermaid_reads_every_chart(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "read.mjs").write_text(READ_CHART, encoding="utf-8")
    charts = [draw_gantt(timeline(hostile(payload))) for payload in ("word", *GANTT_PAYLOADS.values())]
    done = subprocess.run(
        ["node", "read.mjs"], cwd=tmp_path, input=json.dumps(charts), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    benign, *others = json.loads(done.stdout)
    assert benign["sections"] == ["Channels", "Release mode", "Verdict", "Waivers"]
    assert len(benign["tasks"]) >= 6
    assert all(read == benign for read in others)


# --- the command ----------------------------------------------------------------------------------------------------


def test_a_verdict_is_no_exit_code(aisafe: Program, tmp_path: Path) -> None:
    done = aisafe("timeline", "examples/overclaiming.plan.yaml", "-o", tmp_path / "x.txt", cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "FAIL" in (tmp_path / "x.txt").read_text(encoding="utf-8")


def test_a_plan_comes_from_standard_input_too(aisafe: Program) -> None:
    text = (ROOT / SOURCES["turning"]).read_text(encoding="utf-8")
    done = aisafe("timeline", "-", "--as-of", CHECKED, "-f", "json", stdin=text)
    assert json.loads(done.stdout)["path"] == "<stdin>" or done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["missing.plan.yaml"], 2, "missing.plan.yaml"),
        (["x.plan.yaml", "-f", "tabel"], 2, "did you mean `table`"),
        (["x.plan.yaml", "--as-of", "soon"], 2, "--as-of: `soon` is not a date"),
        (["x.plan.yaml", "--catalog", "missing.yaml"], 2, "missing.yaml"),
        (["x.plan.yaml", "-o", "x.plan.yaml"], 2, "x.plan.yaml"),
        (["x.plan.yaml", "--fail-under", "101"], 2, "101"),
        ([], 2, "PLAN"),
        (["bad.plan.yaml"], 2, "bad.plan.yaml:1:1: "),
    ],
)
def test_what_cannot_be_shown_is_said(
    aisafe: Program, tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    os.rename(written(plan(MANY[:2]), tmp_path), tmp_path / "x.plan.yaml")
    (tmp_path / "bad.plan.yaml").write_text("x: 1\n", encoding="utf-8")
    done = aisafe("timeline", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_is_told_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    assert list(with_progress(range(12))) == list(range(12))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert list(with_progress(range(9))) == list(range(9))
    assert capsys.readouterr().err == ""
    list(with_progress(range(12)))
    told = capsys.readouterr().err
    assert "12 of 12" in told
    assert told.endswith("\r\x1b[K")
