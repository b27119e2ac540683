"""The HTML report: what it says, that it holds nothing active, and how it looks to a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import building
import pytest
from browsing import find_violations, opened
from building import check_plans
from conftest import ROOT, TODAY, Program

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.report import Report
from aisafe_cli.domain.verdict import Run
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.evaluation.stages import list_openings
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.people.html_drawings import draw_coverage, draw_ladder, draw_timeline, fit_text
from aisafe_cli.reporters.report_data import as_data
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.plan.yaml"))
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}
# Elements and attributes that could run, load, send or lead away.
ACTIVE = {"script", "iframe", "object", "embed", "form", "input", "button", "img", "video", "audio", "base", "image"}
LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "xlink:href", "style"}


# --- reading a page with a parser that is not ours ------------------------------------------------------------------


@dataclass
class Node:
    """An element with what is in it: elements and texts in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[Node | str] = field(default_factory=list)

    def every(self, tag: str = "", kind: str = "") -> Iterator[Node]:
        """Yield the elements below with a tag and a class."""
        for inner in self.content:
            if isinstance(inner, Node):
                if tag in ("", inner.tag) and (not kind or kind in inner.attributes.get("class", "").split()):
                    yield inner
                yield from inner.every(tag, kind)

    def one(self, tag: str, kind: str = "") -> Node:
        (found,) = self.every(tag, kind)
        return found

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts()).split())

    def texts(self) -> Iterator[str]:
        for inner in self.content:
            if isinstance(inner, Node):
                yield from inner.texts()
            else:
                yield inner


class Reader(HTMLParser):
    """Builds a tree, and insists that every element is closed where it should be."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> where </{self.open[-1].tag}> should be"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(text: str) -> Node:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def checked(*paths: Path | str, as_of: str = TODAY, policy: Policy | None = None) -> Run:
    result = check_plans([str(path) for path in paths], date.fromisoformat(as_of), policy or Policy())
    assert not result.errors
    return result.as_run(result.exit_code)


def by_all_catalogs() -> Run:
    paths = [str(ROOT / "examples" / name) for name in EXAMPLES[:2]]
    result = Session(Options(catalog="all", search_config=False), date.fromisoformat(TODAY)).run(paths)
    return result.as_run(result.exit_code)


def as_html(run: Run) -> str:
    return render("html", run, View())


@pytest.fixture(scope="module")
def all_examples() -> Run:
    return checked(*(ROOT / "examples" / name for name in EXAMPLES))


# --- what it says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_what_the_data_say(name: str) -> None:
    run = checked(ROOT / "examples" / name)
    (plan,) = as_data(run)["plans"]
    page = read(as_html(run))
    assert_same(plan, page.one("article", "plan"))
    assert plan["verdict"]["headline"].partition(":")[0] in page.one("head").one("title").text


def test_several_plans_have_an_overview(all_examples: Run) -> None:
    data = as_data(all_examples)
    page = read(as_html(all_examples))
    rows = list(page.one("table", "plans").one("tbody").every("tr"))
    assert len(rows) == len(data["plans"]) == len(EXAMPLES)
    failing_first = sorted(data["plans"], key=lambda plan: plan["verdict"]["passed"])
    assert failing_first != data["plans"]
    for row, plan in zip(rows, failing_first, strict=True):
        name, verdict, errors, warnings, coverage, *outcomes = [
            cell.text for cell in row.every() if cell.tag in {"th", "td"}
        ]
        assert plan["model"]["name"] in name
        assert verdict == ("PASS" if plan["verdict"]["passed"] else "FAIL")
        assert words(plan["release"]["mode"]).lower() in name.lower()
        levels = [finding["level"] for finding in (*plan["findings"], *plan["plan_findings"])]
        is_let_through = plan["verdict"]["passed"] and "error" in levels
        assert errors == f"{levels.count('error')}{' none blocks' * is_let_through}"
        assert warnings == str(levels.count("warning"))
        second = f" with waivers {count_of(plan['scores']['coverage_with_waivers'])}" * bool(plan["verdict"]["waived"])
        assert coverage == f"{count_of(plan['scores']['coverage'])}{second}"
        assert outcomes == [words(finding["outcome"]) for finding in plan["findings"]]
    for article, plan in zip(page.every("article", "plan"), data["plans"], strict=True):
        assert_same(plan, article)


def test_by_several_catalogs_the_overview_has_no_outcomes_of_each_safeguard() -> None:
    table = read(as_html(by_all_catalogs())).one("section", "overview").one("table", "plans")
    assert {len([cell for cell in row.every() if cell.tag in {"th", "td"}]) for row in table.every("tr")} == {5}


def assert_same(plan: Mapping[str, Any], article: Node) -> None:
    """Compare a plan on the page with its data: verdict, grid, levels, scores, steps, lines, evidence, waivers."""
    verdict, _, rest = plan["verdict"]["headline"].partition(": ")
    banner = article.one("div", "verdict")
    assert banner.one("p", "word").text == verdict
    assert banner.one("p", "headline").text.lower().startswith(f"{rest}. policy: ".lower())
    assert grid_of(article) == {
        finding["safeguard"]: [
            words(finding["outcome"]),
            *(words(finding["channels"][channel["id"]]["outcome"]) for channel in plan["channels"]),
        ]
        for finding in plan["findings"]
    }
    scores = [
        [cell.text for cell in row.every("td")] for row in article.one("table", "scores").one("tbody").every("tr")
    ]
    release = score_texts(plan["scores"])
    if plan["verdict"]["waived"]:
        second = plan["scores"]["coverage_with_waivers"]["percent"]
        release[0] = release[0].replace("%)", f"%; with waivers {second}%)")
    assert scores == [release, *(score_texts(channel["scores"]) for channel in plan["channels"])]
    assert {step.one("b").text for step in article.every("p", "step")} == {
        step["subject"] for step in plan["verdict"]["next_steps"]
    }
    for level in ("error", "warning"):
        shown = [finding.one("span", "id").text for finding in article.every("div", level) if has_id(finding)]
        assert shown == [finding["safeguard"] for finding in plan["findings"] if finding["level"] == level]
    for finding in plan["findings"]:
        assert_told(finding, article)
    for finding in plan["plan_findings"]:
        assert finding["message"] in article.text
    for line in (*plan["verdict"]["tally"]["summary"], *plan["verdict"]["notices"]):
        assert line in article.text


def assert_told(finding: Mapping[str, Any], article: Node) -> None:
    anchor = next(
        row.one("a").attributes["href"][1:]
        for row in article.every("tr")
        if row.text.startswith(f"{finding['safeguard']} ") and any(row.every("a"))
    )
    (told,) = [node for node in article.every() if node.attributes.get("id") == anchor]
    assert finding["safeguard"] in told.text
    if finding["outcome"] != "not_applicable":
        assert f"line {finding['location']['line']}" in told.text.lower()
    if finding["level"] != "note":
        assert finding["remedy"].replace("`", "") in told.text
    for result in finding["channels"].values():
        for evidence in (result["claim"] or {"evidence": []})["evidence"]:
            assert evidence["ref"] in told.text or finding["outcome"] == "not_applicable"
    for waiver in finding["waivers"]:
        assert waiver["reason"] in article.one("table", "waivers").text
    for alternative in finding["alternatives"]:
        if finding["outcome"] == "incompatible":
            assert alternative["title"] in article.one("table", "instead").text


def grid_of(article: Node) -> dict[str, list[str]]:
    grid = next(table for table in article.every("table", "grid") if "plans" not in table.attributes["class"])
    rows = grid.one("tbody").every("tr")
    return {row.one("a").text: [cell.text for cell in row.every("td", "cell")] for row in rows}


def has_id(node: Node) -> bool:
    return "id" in node.attributes


def score_texts(scores: Mapping[str, Any]) -> list[str]:
    evidenced = scores["evidenced"]
    parts = [
        (scores["coverage"], count_of(scores["coverage"])),
        (evidenced, f"{evidenced['numerator']} of {evidenced['denominator']}"),
    ]
    return ["none" if score["percent"] is None else f"{text} ({score['percent']}%)" for score, text in parts]


def count_of(coverage: Mapping[str, Any]) -> str:
    return f"{coverage['satisfied'] + coverage['partial'] / 2:g} of {coverage['applicable']}"


def words(identifier: str) -> str:
    return "not asked" if identifier == "not_applicable" else identifier.replace("_", " ")


def test_what_could_not_be_evaluated_is_told(all_examples: Run) -> None:
    run = replace(all_examples, complete=False, unreadable=("broken.plan.yaml",))
    notice = read(as_html(run)).one("section", "overview").one("p", "notice").text
    assert "Not every plan could be evaluated" in notice
    assert "broken.plan.yaml" in notice


def test_a_plan_is_named_with_its_coverage_under_the_policy() -> None:
    run = checked(ROOT / "examples" / "overclaiming.plan.yaml", policy=Policy(fail_under=80))
    assert "the policy asks for at least 80%" in read(as_html(run)).one("section", "steps").text


def test_an_alternative_that_its_own_evidence_contradicts_does_not_count(tmp_path: Path) -> None:
    plan = tmp_path / "a.plan.yaml"
    evidence = "[{ref: 'https://x.example', type: evaluation, result: contradicts}]"
    plan.write_text(
        "schema_version: 1\nmodel: {name: A}\nchannels: [{id: w, access: open_weights}]\n"
        f"alternatives: [{{id: companion-classifier, evidence: {evidence}}}]\n"
    )
    run = checked(plan)
    assert [one["counts"] for one in as_data(run)["plans"][0]["alternatives"]] == [False]
    assert "It does not count as adopted" in read(as_html(run)).text


def test_the_same_bytes_whatever_the_hash_seed(aisafe: Program) -> None:
    outputs = {
        aisafe(
            "report", "examples", "--as-of", TODAY, "-f", "html", cwd=ROOT, env={"PYTHONHASHSEED": seed, "TZ": zone}
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(outputs) == 1


# --- drawings -------------------------------------------------------------------------------------------------------


def report_on(*channels: Any, claims: Mapping[str, Any] | None = None, **fields: Any) -> Report:
    return evaluate(building.plan(channels, claims, **fields), building.catalog(), building.ladder(), building.TODAY)


def states(report: Report, safeguard: str) -> list[str]:
    """Read a safeguard's row on the timeline: from when it stands how."""
    boxes = [box for box in draw_timeline(report).boxes if box.title.startswith(f"{safeguard} ")]
    return [box.title.partition(", from ")[2] for box in sorted(boxes, key=lambda box: box.x)]


def test_the_timeline_shows_when_a_safeguard_stops_holding() -> None:
    report = report_on(
        building.channel("hosted_api", "api", "2026-10-01"),
        building.channel("open_weights", "weights", "2027-01-15"),
        claims={"AB-01": "implemented", "AB-04": building.claim("implemented", "api"), "AB-05": "implemented"},
    )
    assert states(report, "AB-01") == ["2026-10-01: satisfied (api)"]
    assert states(report, "AB-04") == ["2026-10-01: satisfied (api)", "2027-01-15: incompatible (weights)"]
    assert states(report, "AB-05") == ["2026-10-01: satisfied (api)", "2027-01-15: ineffective (weights)"]
    assert states(report, "AB-13") == [
        "2026-10-01: could still be carried out (api)",
        "2027-01-15: incompatible (weights)",
    ]
    first, second = list_openings(report)
    assert not first.ends
    assert {"AB-04", "AB-05"} <= {finding.safeguard.id for finding in second.ends}


def test_stages_end_with_those_of_the_last_variant() -> None:
    report = report_on(
        building.channel("open_weights", "small", "2026-01-01", variant="1B"),
        building.channel("hosted_api", "large-api", "2026-02-01", variant="70B"),
        building.channel("open_weights", "large", "2026-06-01", variant="70B"),
        claims={"AB-06": building.claim("implemented", "large-api")},
    )
    assert states(report, "AB-06") == ["2026-01-01: satisfied (small)", "2026-06-01: incompatible (large)"]


def test_where_everything_opens_at_once_the_timeline_has_channels_only() -> None:
    assert states(report_on("hosted_api", "open_weights"), "AB-01") == []


def test_closing_readable_weights_recalls_nothing() -> None:
    report = report_on(building.channel("open_weights", "hub", "2026-01-01", closes="2026-03-01"), "hosted_api")
    assert [box.title for box in draw_timeline(report).boxes if "stays" in box.kind] == [
        "hub: closed on 2026-03-01, but copies remain"
    ]


def test_coverage_has_one_block_a_safeguard() -> None:
    report = report_on("open_weights", claims={"AB-01": "implemented"})
    drawing = draw_coverage(report)
    assert len(drawing.boxes) == len(report.findings)
    assert "1 done; 5 to do; 7 cannot work, not replaced; 1 not asked" in drawing.description


def test_the_ladder_has_every_access_level_and_names_the_deciding_channel() -> None:
    drawing = draw_ladder(report_on("hosted_api", "open_weights"))
    assert sum("rung" in box.kind.split() for box in drawing.boxes) == len(building.ACCESS_LEVELS)
    assert "Channel open_weights is the most open" in drawing.description


def test_drawings_stay_on_their_sheet() -> None:
    channels = [
        building.channel("open_weights", f"channel-{number:03}", date(2026, 1, 1 + number % 28)) for number in range(60)
    ]
    for draw in (draw_timeline, draw_ladder, draw_coverage):
        drawing = draw(report_on(*channels))
        for box in drawing.boxes:
            assert box.x >= 0
            assert box.width > 0
            assert box.x + box.width <= drawing.width + 0.01
            assert box.y + box.height <= drawing.height + 0.01
        for text in drawing.texts:
            assert 0 <= text.y <= drawing.height


def test_long_labels_are_cut_and_short_ones_kept() -> None:
    assert fit_text("api", 100, 12) == "api"
    assert fit_text("w" * 2000, 100, 12).endswith("…")
    assert len(fit_text("漢" * 2000, 120, 12)) <= 11


# --- nothing active -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [*([name] for name in EXAMPLES), EXAMPLES], ids=lambda names: names[0] if len(names) == 1 else "all"
)
def test_nothing_in_it_is_active(names: list[str]) -> None:
    assert_inert(as_html(checked(*(ROOT / "examples" / name for name in names))))


def assert_inert(text: str) -> None:
    page = read(text)
    nodes = list(page.every())
    assert not {node.tag for node in nodes} & ACTIVE
    for node in nodes:
        assert not set(node.attributes) & LOADING, node
        assert not [name for name in node.attributes if name.startswith("on")], node
        href = node.attributes.get("href")
        assert href is None or href == "data:," or re.fullmatch(r"#[A-Za-z0-9_-]+|https://[!-~]+", href), href
    assert not re.search(r"@import|url\((?!\"#)|expression\(", page.one("style").text)
    assert_protected(page, text)
    assert_accessible(nodes)


def assert_protected(page: Node, text: str) -> None:
    (policy,) = [
        node.attributes["content"]
        for node in page.every("meta")
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert text.index("Content-Security-Policy") < text.index("<style")


def assert_accessible(nodes: list[Node]) -> None:
    """Check what axe would: ids are unique and found, headings go down step by step, drawings have words."""
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in nodes:
        for name in ("aria-labelledby", "aria-describedby"):
            assert node.attributes.get(name, ids[0]) in ids
        href = node.attributes.get("href", "")
        assert not href.startswith("#") or href[1:] in ids
        if node.tag == "svg":
            assert node.attributes.get("aria-hidden") == "true" or node.attributes.get("role") == "img"
    levels = [int(node.tag[1]) for node in nodes if re.fullmatch(r"h[1-6]", node.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


# --- hostile strings ------------------------------------------------------------------------------------------------

HOSTILE = {
    "markup": "<script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\"><b>&amp;&lt;",
    "attribute": "\" onmouseover=\"window.pwned=1\" style=\"color:red\" x='",
    "apostrophe": "' autofocus onfocus='window.pwned=1",
    "closing": "</title></style></svg></textarea></main></body></html><h1>taken over</h1><!--",
    "style": "</style><style>*{display:none}@import url(https://evil.example/x.css)",
    "javascript": "javascript:window.pwned=1",
    "data": "data:text/html,<script>window.pwned=1</script>",
    "link": "https://evil.example/\"onclick=\"window.pwned=1",
    "user": "https://bank.example@evil.example/",
    "template": "{{7*7}}{% raw %}{# x #}${7*7}<%= 7*7 %>",
    "entities": "&#60;script&#62; &lt;b&gt; &quot; &apos; &nbsp;",
    "backticks": "`code` ``more`` `<b>`",
    "right-to-left": "שלום עולם مرحبا بالعالم \u200f(abc)",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0327 ﷽",
    "word": "w" * 2000,
    "wide": "漢" * 2000,
}  # fmt: skip
BENIGN = "plain words"


def plan_saying(text: str) -> dict[str, Any]:
    """A plan with the text wherever a plan may hold a text of its own choice."""
    evidence = [{"ref": text, "type": "evaluation", "date": "2026-01-01"}]
    channel = text[:100].strip()
    waiver = {"channels": [channel], "reason": text, "owner": text, "granted": "2026-11-01", "expires": "2027-02-01"}
    return {
        "schema_version": 1,
        "model": {
            "name": text,
            "version": text,
            "developer": text,
            "base_model": [text],
            "capability": "moderate",
            "capability_evidence": evidence,
        },
        "organization": {"role": "developer", "size": "small"},
        "channels": [
            {"id": channel, "access": "hosted_api", "opens": "2026-10-01", "variant": text, "url": text},
            {
                "id": "weights",
                "access": "local_download_restricted",
                "opens": "2026-12-01",
                "license": {"name": text, "url": text, "class": "permissive"},
            },
        ],
        "safeguards": {
            "AB-01": {"status": "implemented", "evidence": evidence, "owner": text, "note": text},
            "AB-02": {"status": "partial", "channels": [channel], "evidence": evidence, "owner": text, "note": text},
            "AB-04": {
                "status": "implemented",
                "channels": [channel],
                "evidence": evidence,
                "note": f"{text}\n\n{text}",
            },
            "AB-06": {"status": "implemented", "channels": [channel], "evidence": evidence},
        },
        "alternatives": [{"id": "companion-classifier", "evidence": evidence, "note": text}],
        "waivers": [{"safeguard": "AB-02", **waiver}],
    }


def saying(text: str, folder: Path) -> Run:
    path = folder / "x.plan.yaml"
    path.write_text(json.dumps(plan_saying(text), ensure_ascii=False), encoding="utf-8")
    return checked(path)


def outline(node: Node) -> list[Any]:
    """The page without its texts. A title in a drawing's text stands only where that was cut."""
    return [
        node.tag,
        sorted((name, value) for name, value in node.attributes.items() if name in {"class", "id", "href", "role"}),
        sorted(node.attributes),
        [
            outline(inner)
            for inner in node.content
            if isinstance(inner, Node) and not (node.tag == "text" and inner.tag == "title")
        ],
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_of_a_plan_changes_the_structure(kind: str, tmp_path: Path) -> None:
    text = as_html(saying(HOSTILE[kind], tmp_path))
    assert_inert(text)
    page = read(text)
    assert outline(page) == outline(read(as_html(saying(BENIGN, tmp_path))))
    name, version, developer = page.one("dd", "model").every("bdi")
    assert {"".join(text.texts()) for text in (name, version, developer)} == {HOSTILE[kind]}
    assert len(page.one("h1").text) <= 2 * 160 + 1


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("https://example.org/a/b?c=d#e", True),
        ("https://example.org", True),
        ("http://example.org/", False),
        ("HTTPS://example.org/", False),
        ("https://user@example.org/", False),
        ("https://example.org:8080/", False),
        ("https://example.org/a b", False),
        ("https://example.org/\"x", False),
        ("https://example.org/<x>", False),
        ("https://exämple.org/", False),
        ("https://localhost/", False),
        ("//example.org/", False),
        ("docs/evidence.md", False),
        ("javascript:alert(1)//https://example.org", False),
    ],
)  # fmt: skip
def test_only_plain_https_addresses_become_links(text: str, linked: bool, tmp_path: Path) -> None:
    page = read(as_html(saying(text, tmp_path)))
    links = {node.attributes["href"] for node in page.every("a") if "nofollow" in node.attributes.get("rel", "")}
    assert links == ({text} if linked else set())


# --- in a browser ---------------------------------------------------------------------------------------------------

SETTINGS = [("light", 1200), ("dark", 1200), ("light", 360), ("dark", 360), ("light", 1920)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, all_examples: Run) -> Mapping[str, Path]:
    """Reports to open: of one plan, of two, of all, and one for each hostile text."""
    folder = tmp_path_factory.mktemp("pages")
    runs = {"one": checked(ROOT / "examples" / "staged-hybrid.plan.yaml"), "all": all_examples}
    runs["catalogs"] = by_all_catalogs()
    runs["two"] = checked(*(ROOT / "examples" / name for name in EXAMPLES[:2]))
    runs |= {kind: saying(text, folder) for kind, text in {"benign": BENIGN, **HOSTILE}.items()}
    for name, run in runs.items():
        (folder / f"{name}.html").write_text(as_html(run), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in runs}


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        *(("one", scheme, width) for scheme, width in SETTINGS),
        ("all", "light", 1200),
        ("all", "dark", 360),
        *((kind, "light", 360) for kind in HOSTILE),
    ],
)
def test_a_browser_finds_it_quiet_and_within_the_window(
    browser: Any, pages: Mapping[str, Path], name: str, scheme: str, width: int
) -> None:
    page, noted = opened(browser, pages[name], scheme, width)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.mouse.move(60, 60)
    page.keyboard.press("Tab")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.evaluate("getComputedStyle(document.querySelector('.plan .grid')).borderCollapse") == "separate"
    assert page.url == pages[name].as_uri()
    assert noted == []
    page.context.close()


# The words of text that is shown on two lines or more, but for addresses and hashes, which may be broken anywhere.
BROKEN_WORDS = """() => {
  const words = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walk.nextNode());) {
    if (node.parentElement.closest('svg, a[href^=https], .hash, .hidden, .path')) continue
    for (const match of node.textContent.matchAll(/\\w+/g)) {
      const range = document.createRange()
      range.setStart(node, match.index)
      range.setEnd(node, match.index + match[0].length)
      const lines = [...range.getClientRects()].filter(box => box.width).map(box => Math.round(box.top))
      if (new Set(lines).size > 1) words.push(match[0])
    }
  }
  return words
}"""


@pytest.mark.parametrize("name", ["one", "all", "catalogs"])
@pytest.mark.parametrize("width", [390, 1200])
def test_no_word_is_broken_and_a_phone_scrolls_nothing_but_drawings(
    browser: Any, pages: Mapping[str, Path], name: str, width: int
) -> None:
    page, _ = opened(browser, pages[name], width=width)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert page.evaluate(BROKEN_WORDS) == []
    boxes = "[...document.querySelectorAll('.scroll:not(:has(.drawing))')]"
    assert width > 390 or page.evaluate(f"{boxes}.every(box => box.scrollWidth <= box.clientWidth)")
    page.context.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_browser_builds_the_same_tree_whatever_the_text(browser: Any, pages: Mapping[str, Path], name: str) -> None:
    script = "[...document.querySelectorAll(':not(text > title)')].map(e => e.tagName + '.' + e.getAttribute('class'))"
    trees = []
    for which in ("benign", name):
        page, _ = opened(browser, pages[which])
        trees.append(page.evaluate(script))
        page.context.close()
    assert trees[0] == trees[1]


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("one", "light", 1200),
        ("one", "dark", 1200),
        ("one", "light", 360),
        ("two", "light", 1200),
        ("right-to-left", "dark", 360),
    ],
)
def test_axe_finds_no_violation(browser: Any, pages: Mapping[str, Path], name: str, scheme: str, width: int) -> None:
    page, _ = opened(browser, pages[name], scheme, width, bypass_csp=True)  # axe adds styles of its own
    assert find_violations(page) == []
    page.context.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_prints_on_few_pages(browser: Any, name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(as_html(checked(ROOT / "examples" / name)), encoding="utf-8")
    page, _ = opened(browser, path, "dark")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    # Two or three with the fonts of most systems; a wider font may need another.
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 4
    page.context.close()
