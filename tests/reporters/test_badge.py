"""The badge: a picture of a fixed vocabulary that says what the report says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from building import check_plans
from conftest import ROOT, Program
from test_junit import (
    EXAMPLES,
    PAYLOADS,
    POLICIES,
    assert_same_everywhere,
    hostile_run,
    rendered,
    run_of,
)

from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.score import Coverage
from aisafe_cli.domain.verdict import Run
from aisafe_cli.reporters.report_data import as_data

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    *("aisafe", "pass", "fail", "not", "evaluated", "of", "possible", "plans", "none"),
    *("declared", "coverage", "in", "this", "release", "mode"),
    *("with", "waivers", "waived", "carried", "over", "waiver", "expired", "left", "out"),
}
TITLE = re.compile(
    r"aisafe: (pass|fail), declared coverage (none|[\d.]+ of \d+)(?:, with waivers ([\d.]+) of \d+)?,"
    r" possible in this release mode (\d+) of (\d+)(?:, (\d+) waived)?(?:, (\d+) carried over)?"
    r"(?:, (\d+) waivers? expired)?"
)


def parse(text: str) -> ET.Element:
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title")
    return root


def title_of(run: Run) -> str:
    return parse(rendered("badge", run)).findtext(f"{SVG}title") or ""


def shown(run: Run) -> str:
    label, message = (element.text or "" for element in parse(rendered("badge", run)).iter(f"{SVG}text"))
    assert label == "aisafe"
    return message


def test_same_everywhere(aisafe: Program, tmp_path: Path) -> None:
    assert_same_everywhere(aisafe, "badge", tmp_path)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_reads_back_what_was_found(example: str, policy: str) -> None:
    run = run_of([str(ROOT / example)], POLICIES[policy])
    (plan,) = as_data(run)["plans"]
    found = TITLE.fullmatch(title_of(run))
    assert found
    verdict, coverage, with_waivers, numerator, denominator, *lifted = found.groups()
    tally = plan["verdict"]["tally"]
    assert [int(number or 0) for number in lifted] == [tally[name] for name in ("waived", "carried", "expired")]
    assert (with_waivers is not None) == bool(plan["verdict"]["waived"])
    assert verdict == ("pass" if plan["verdict"]["passed"] else "fail")
    possible = plan["scores"]["possible"]
    assert (int(numerator), int(denominator)) == (possible["numerator"], possible["denominator"])
    done, _, applicable = coverage.partition(" of ")
    score = plan["scores"]["coverage"]
    assert Fraction(done) / int(applicable) == Fraction(score["numerator"], score["denominator"])
    assert int(applicable) == score["applicable"]
    waived = f" · {tally['waived']} waived" if tally["waived"] else ""
    assert shown(run) == f"{verdict} {coverage} · {numerator} possible{waived}"


def test_several_plans_show_the_worst_verdict_and_the_counts() -> None:
    run = run_of([str(ROOT / path) for path in EXAMPLES])
    passed = sum(plan["verdict"]["passed"] for plan in as_data(run)["plans"])
    assert 0 < passed < len(EXAMPLES)
    waived = sum(plan["verdict"]["tally"]["waived"] for plan in as_data(run)["plans"])
    assert shown(run) == f"fail · {passed} of {len(EXAMPLES)} plans pass · {waived} waived"
    kept = [result for result in run.results if result.verdict.passed]
    passing = replace(run, results=tuple(kept), judgments=tuple(result.judgment for result in kept))
    assert shown(passing) == f"pass · {passed} of {passed} plans pass · {waived} waived"


def test_what_is_not_complete_shows_no_verdict(tmp_path: Path) -> None:
    passing = str(ROOT / "examples" / "staged-hybrid.plan.yaml")
    assert shown(run_of([passing])).startswith("pass ")
    assert shown(run_of([passing, str(tmp_path / "missing.plan.yaml")])) == "not evaluated"
    assert shown(run_of([str(tmp_path / "missing.plan.yaml")])) == "not evaluated"
    nothing = replace(run_of([passing]), results=())
    assert (shown(nothing), title_of(nothing)) == ("not evaluated", "aisafe: not evaluated")


def test_several_plans_at_a_stage_show_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    plans = ["examples/staged-hybrid.plan.yaml", "examples/closed-api.plan.yaml"]
    staged = check_plans(plans, date(2026, 11, 22), Policy(), stage=date(2026, 10, 15)).as_run(0)
    assert len(staged.results) == 2
    assert shown(staged).endswith(" · stage only")
    assert not shown(run_of(plans)).endswith(" · stage only")


def test_no_coverage_is_none() -> None:
    run = run_of([str(ROOT / EXAMPLES[0])], Policy(honour_waivers=False))
    (result,) = run.results
    scores = replace(result.report.scores, coverage=Coverage(satisfied=0, partial=0, applicable=0))
    run = replace(run, results=(replace(result, report=replace(result.report, scores=scores)),))
    verdict = "pass" if result.verdict.passed else "fail"
    assert shown(run) == f"{verdict} · coverage none · {scores.possible.numerator} possible"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_word_of_a_plan_is_in_it(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendered("badge", hostile_run(PAYLOADS[payload], tmp_path, monkeypatch))
    (tmp_path / "benign").mkdir()
    assert text == rendered("badge", hostile_run("benign", tmp_path / "benign", monkeypatch))


def test_the_vocabulary_is_fixed_and_nothing_is_fetched(tmp_path: Path) -> None:
    paths = [str(ROOT / path) for path in EXAMPLES]
    for run in (run_of(paths), run_of(paths[:1]), run_of([str(tmp_path)])):
        text = rendered("badge", run)
        root = parse(text)
        words = re.findall(r"[^\W\d]+", " ".join(root.itertext()))
        assert set(words) <= WORDS
        assert text.count("http") == 1, "only the name of the SVG namespace"
        assert not re.search(r"href|url\(|<script|<style|\bon\w+=|<image|<use|<!", text)


def test_the_text_fits_and_can_be_read() -> None:
    backgrounds = set()
    for paths in (EXAMPLES, EXAMPLES[:1], ["examples/staged-hybrid.plan.yaml"], ["missing"]):
        root = parse(rendered("badge", run_of([str(ROOT / path) for path in paths])))
        width = int(root.attrib["width"])
        for element in root.iter(f"{SVG}text"):
            middle, length = float(element.attrib["x"]), float(element.attrib["textLength"])
            assert middle - length / 2 >= 4
            assert middle + length / 2 <= width - 4
        backgrounds |= {element.attrib["fill"] for kind in ("rect", "path") for element in root.iter(f"{SVG}{kind}")}
    assert len(backgrounds) == 4, "pass, fail, not evaluated and the label"
    assert all(contrast_with_white(colour) >= 4.5 for colour in backgrounds)


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of WCAG 2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
