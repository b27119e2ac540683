"""The explorer: its answers are the evaluator's, in every combination, and a browser shows them to everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import building
import pytest
from browsing import find_violations, opened
from build_site import build_site, render_explorer
from test_html import Node, Reader

from aisafe_cli.analysis.matrix import build_matrix, compare_access
from aisafe_cli.domain.outcome import UNMET
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.session.session import PlanText, Session
from aisafe_cli.session.settings import Options

CHECKED, OPENS = "2026-06-01", "2026-09-01"
PART_OF = {**dict.fromkeys(UNMET, "todo"), "incompatible": "cannot", "not_applicable": "not-asked"}
MARK_OF = {"compatible": "works", "conditional": "if", "cautionary": "care", "incompatible": "before"}
KINDS = {"lost": "l", "weaker": "w", "kept": "k", "gained": "g"}


class Embedded:
    """What the page holds, read as its script reads it: data, and an element for each distinct answer."""

    def __init__(self, page: str) -> None:
        reader = Reader()
        reader.feed(page)
        self.root = reader.root
        (script,) = [node for node in self.root.every("script") if node.attributes.get("id") == "answers"]
        self.data = json.loads("".join(script.texts()))
        (distinct,) = [node for node in self.root.every("template") if node.attributes["id"] == "distinct"]
        self.items = [node for node in distinct.content if isinstance(node, Node)]
        self.choices: Mapping[str, list[str]] = self.data["choices"]

    def combinations(self) -> Iterator[tuple[dict[str, str], int]]:
        every = product(*(self.choices[name] for name in ("access", "role", "size", "capability")))
        for combination, row in zip(every, self.data["combinations"], strict=True):
            yield dict(zip(("access", "role", "size", "capability"), combination, strict=True)), row

    def show(self, row: int) -> list[Node]:
        return [self.items[number] for number in self.data["rows"][row]]


@pytest.fixture(scope="module")
def embedded() -> Embedded:
    return Embedded(render_explorer())


def judge(access: str, role: str, size: str, capability: str) -> dict[str, Any]:
    """The outcome of each safeguard by the whole road, from the text of a plan to its report, or none at all."""
    plan = {
        "schema_version": 1,
        "model": {"name": "Any", "parameters": 7.0e9, "capability": capability},
        "organization": {"role": role, "size": size},
        "channels": [{"id": "only", "access": access, "opens": OPENS, "license": {"class": "proprietary"}}],
    }
    try:
        results, _ = SESSION.judge_by_each(SESSION.load(PlanText(name="any", content=json.dumps(plan).encode())))
    except NothingToEvaluate:
        return {}
    return {finding.safeguard.id: finding for finding in results[0].report.findings}


SESSION = Session(Options(catalog=None, search_config=False), date.fromisoformat(CHECKED))


def test_every_answer_is_what_a_check_of_such_a_plan_says(embedded: Embedded) -> None:
    seen = 0
    for chosen, row in embedded.combinations():
        findings, items = judge(**chosen), embedded.show(row)
        assert [item.attributes["data-id"] for item in items] == building.ids()
        for item in items:
            finding = findings.get(item.attributes["data-id"])
            told = {name: item.attributes.get(f"data-{name}") for name in ("part", "mark", "required")}
            assert told == expect(finding), (chosen, item.attributes)
            if finding is not None and told["part"] == "cannot":
                titles = [building.catalog().alternatives[name].title for name in finding.safeguard.alternatives]
                assert [link.text for link in item.every("a")][1:] == titles
                assert finding.channels[0].reason == f"It cannot work here. {item.one('p', 'why').text}"
            if finding is not None and told["part"] == "not-asked":
                assert finding.channels[0].reason == item.one("p", "why").text
            seen += 1
    assert seen == 12 * 5 * 4 * 5 * 14


def expect(finding: Any) -> dict[str, str | None]:
    """What an item has to say of a finding. Where nothing is asked of a role, there is none."""
    if finding is None:
        return {"part": "not-asked", "mark": "not-asked", "required": None}
    (result,) = finding.channels
    part = PART_OF[result.outcome]
    required = "" if part == "todo" and result.required else None
    return {"part": part, "mark": MARK_OF[result.flag] if part == "todo" else part, "required": required}


def test_what_is_asked_can_work_where_the_matrix_says_so(embedded: Embedded) -> None:
    matrices = {
        role: build_matrix(building.catalog(), building.ladder(), building.ACCESS_LEVELS, role)
        for role in embedded.choices["role"]
    }
    for chosen, row in embedded.combinations():
        for item, line in zip(embedded.show(row), matrices[chosen["role"]].rows, strict=True):
            flag, mark = line.flags[chosen["access"]], item.attributes["data-mark"]
            assert mark in ({"cannot", "before"} if flag == "incompatible" else {MARK_OF[flag]}) | {"not-asked"}
            assert line.in_role or mark == "not-asked"


def test_changes_from_level_to_level_are_those_of_the_matrix(embedded: Embedded) -> None:
    levels = embedded.choices["access"]
    every = list(product(embedded.choices["role"], levels, levels))
    for (role, before, after), number in zip(every, embedded.data["changes"], strict=True):
        comparison = compare_access(building.catalog(), building.ladder(), before, after, role)
        expected = {change.safeguard.id: KINDS[change.kind] for change in comparison.changes}
        letters = embedded.data["kinds"][number]
        assert letters == "".join(expected.get(name, "-") for name in building.ids())


@pytest.mark.parametrize("capability", ["low", "high", "severe"])
@pytest.mark.parametrize("access", ["hosted_api_finetune", "gated_weights_vetted", "open_weights"])
def test_what_a_claim_needs_is_what_it_fails_without(embedded: Embedded, access: str, capability: str) -> None:
    claims = dict.fromkeys(building.ids(), "implemented")
    report = building.report_on(building.plan([access], claims, size="large", capability=capability))
    chosen = {"access": access, "role": "developer", "size": "large", "capability": capability}
    (row,) = [row for combination, row in embedded.combinations() if combination == chosen]
    for item, finding in zip(embedded.show(row), report.findings, strict=True):
        if item.attributes["data-part"] == "todo" and item.attributes["data-mark"] != "before":
            needs = [term.text for term in item.every("p", "term") if term.text.startswith("Counts")]
            assert bool(needs) is (finding.outcome in ("ineffective", "unknown")), item.attributes["data-id"]


@pytest.mark.parametrize(
    ("capability", "outcome", "told"), [("low", "satisfied", "or if"), ("high", "partial", "in part")]
)
def test_a_claim_against_casual_users_counts_as_told(
    embedded: Embedded, capability: str, outcome: str, told: str
) -> None:
    claims = {"AB-02": building.claim(against="casual_users")}
    report = building.report_on(building.plan(["open_weights"], claims, size="large", capability=capability))
    chosen = {"access": "open_weights", "role": "developer", "size": "large", "capability": capability}
    (row,) = [row for combination, row in embedded.combinations() if combination == chosen]
    assert building.outcomes(report)["AB-02"] == outcome
    assert told in [term.text for term in embedded.show(row)[1].every("p", "term")][-1]


def test_the_first_view_is_there_without_a_script(embedded: Embedded) -> None:
    start = {name: value for name, value in embedded.data["start"].items() if name != "from"}
    (row,) = [row for combination, row in embedded.combinations() if combination == start]
    shown = [item for part in embedded.root.every("section", "part") for item in part.every("li", "item")]
    expected = sorted(embedded.show(row), key=lambda item: int(item.attributes["data-rank"]))
    assert [item.one("h3").text for item in shown] == [item.one("h3").text for item in expected]
    assert embedded.data["summaries"][row] in embedded.root.one("p", "sum").text
    full = embedded.root.one("section", "full")
    assert [len(list(table.one("tbody").every("tr"))) for table in full.every("table")] == [14] * 12


# --- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


def look(browser: Any, path: Path, scheme: str, width: int, **settings: Any) -> tuple[Any, list[str]]:
    """Open a page offline. What it asks for beside the files of the site is noted."""
    page, noted = opened(browser, path, scheme, width, offline=True, **settings)
    folder = path.parent.as_uri()
    return page, [note for note in noted if not note.startswith(f"request: {folder}/")]


@pytest.mark.parametrize(
    ("name", "views"),
    [
        ("explorer.html", [(390, "light"), (800, "dark"), (1400, "light")]),
        ("index.html", [(1400, "dark")]),
        ("exit-codes.html", [(390, "light")]),
        ("find.html", [(390, "dark")]),
    ],
)
def test_a_page_breaks_no_rule(browser: Any, site: Path, name: str, views: list[tuple[int, str]]) -> None:
    page, noted = look(browser, site / name, "light", 1400, bypass_csp=True)  # axe adds styles of its own
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == []
    assert noted == []
    page.context.close()


def test_every_page_fits_a_phone(browser: Any, site: Path) -> None:
    page, noted = look(browser, site / "index.html", "light", 390)
    for path in site.glob("*.html"):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path.name
    assert not [note for note in noted if not note.startswith(f"request: {site.as_uri()}/")]
    page.context.close()


def test_a_choice_by_keyboard_is_shown_said_and_kept_in_the_address(browser: Any, site: Path) -> None:
    page, noted = look(browser, site / "explorer.html", "light", 1400)
    page.focus("#access")
    page.keyboard.press("Home")
    page.wait_for_function("location.hash.includes('access=internal_only')")
    status = page.locator("[role=status]")
    assert status.get_attribute("aria-live") == "polite"
    assert "Inside the organization only: " in status.inner_text()
    assert page.evaluate("document.activeElement.id") == "access"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.focus(".ladder li:nth-child(8) a")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('access').value === 'gated_weights_vetted'")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert page.locator("#access").input_value() == "gated_weights_vetted"
    assert noted == []
    page.context.close()


def test_the_script_shows_what_the_page_holds(browser: Any, site: Path, embedded: Embedded) -> None:
    page, _ = look(browser, site / "explorer.html", "light", 1400)
    for chosen, row in list(embedded.combinations())[::97]:
        page.evaluate("query => { location.hash = new URLSearchParams(query) }", {**chosen, "from": "hosted_api"})
        page.wait_for_function(
            "said => document.getElementById('sum').textContent.endsWith(said)", arg=embedded.data["summaries"][row]
        )
        shown = page.evaluate("[...document.querySelectorAll('.part .item')].map(i => [i.id, i.dataset.mark])")
        expected = [(item.attributes["data-id"], item.attributes["data-mark"]) for item in embedded.show(row)]
        assert sorted(map(tuple, shown)) == expected
    page.context.close()


def test_the_script_changes_nothing_of_the_first_view(browser: Any, site: Path) -> None:
    seen = []
    for scripted in (True, False):
        page, _ = look(browser, site / "explorer.html", "light", 1400, java_script_enabled=scripted)
        parts = page.locator(".ladder i, .ladder .said, #result, .item, .tag, .map td, .map th, #profile, .hint")
        script = "parts => parts.map(part => [part.className.trim(), part.textContent.replace(/\\s+/g, ' ').trim()])"
        seen.append(parts.evaluate_all(script))
        page.context.close()
    assert len(seen[0]) > 400
    assert seen[0] == seen[1]


def test_an_address_that_means_nothing_shows_the_first_view(browser: Any, site: Path) -> None:
    page, noted = look(browser, Path(f"{site}/explorer.html"), "light", 800)
    page.evaluate("location.hash = 'access=<b>&role=nobody&size=constructor'")
    assert page.locator("#access").input_value() == "open_weights"
    assert page.locator("#size").input_value() == "large"
    assert noted == []
    page.context.close()


def test_a_heading_is_found_by_its_words(browser: Any, site: Path) -> None:
    page, noted = look(browser, site / "find.html", "light", 800)
    page.locator("#words").fill("floor requirements")
    assert page.locator("#number").inner_text() == "1 heading"
    page.locator(".found ul a:visible").click()
    assert page.url.endswith("catalog-format.html#floor-of-requirements")
    assert noted == []
    page.context.close()


def test_without_a_script_the_first_view_and_every_level_are_there(browser: Any, site: Path) -> None:
    page, noted = look(browser, site / "explorer.html", "light", 800, java_script_enabled=False)
    assert page.locator("#picker").is_hidden()
    assert page.locator(".part .item").count() == 14
    page.locator("#hosted_api summary").click()
    assert page.locator("#hosted_api table").is_visible()
    assert noted == []
    page.context.close()
