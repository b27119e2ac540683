"""The summary of a registry: its numbers in each format, its pictures, and what a name cannot do to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from building import catalog
from conftest import sample
from test_payloads import (
    CONTROLS,
    MORE_PAYLOADS,
    PAYLOADS,
    shape_of_html,
    shape_of_json,
    shape_of_markdown_without_text,
    shape_of_text,
)

from aisafe_cli.domain.catalog import Mode
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.policy import Policy
from aisafe_cli.domain.registry import RegistrySummary
from aisafe_cli.reporters.pages.registry import render_summary

READERS: dict[str, Callable[[str], Any]] = {
    "table": shape_of_text,
    "markdown": shape_of_markdown_without_text,
    "json": shape_of_json,
    "html": shape_of_html,
}


def summary_of(name: str) -> RegistrySummary:
    loaded = replace(catalog(), title=name)
    return RegistrySummary(
        path=name,
        catalog=loaded,
        policy=Policy(),
        as_of=date(2026, 11, 22),
        rows=1200,
        verdicts={"pass": 300, "fail": 700, "faulty": 150, "nothing_to_evaluate": 50},
        modes={mode: {"pass": 100 * place, "fail": 700 - 300 * place} for place, mode in enumerate(map(str, Mode))},
        outcomes={one.id: {str(outcome): 125 for outcome in Outcome} for one in loaded.safeguards},
        blocking={"AB-01": 500, "coverage": 20},
        by_evaluator=7,
    )


@pytest.mark.parametrize("name", READERS)
def test_every_number_is_in_every_format(name: str) -> None:
    text = render_summary(name, summary_of("models.parquet"))
    if name == "json":
        data = json.loads(text)
        assert data["verdicts"] == {"pass": 300, "fail": 700, "faulty": 150, "nothing_to_evaluate": 50}
        assert data["modes"]["local_download"] == {"pass": 100, "fail": 400}
        assert data["outcomes"]["AB-14"]["gap"] == 125
        return
    assert "1,200 plans: 300 pass, 700 fail, 150 faulty, 50 with nothing to evaluate" in text
    assert re.search(r"local_download\W.*?500\W.*?100\W.*?400", re.sub(r"</?t[dhr][^>]*>|\\|\n", " ", text))
    assert all(one.id in text for one in catalog().safeguards)


def test_the_page_draws_a_bar_for_each_mode_and_safeguard_and_says_it_in_words() -> None:
    page = render_summary("html", summary_of("models.parquet"))
    bars = re.findall(r'<rect [^>]*width="([\d.]+)"[^>]*class="block o-(\w+)"><title>([^<]+)</title>', page)
    assert len(bars) == 5 + 8 * len(catalog().safeguards)  # of six parts for three modes one is empty
    assert ("830", "ineffective", "closed_api: 700 fail") in bars
    assert "local_download: 100 pass, 400 fail." in page


@pytest.mark.parametrize("name", READERS)
def test_no_name_changes_the_structure_of_a_summary(name: str) -> None:
    benign = READERS[name](render_summary(name, summary_of("word")))
    for what, payload in sample((PAYLOADS | MORE_PAYLOADS).items(), 4):
        text = render_summary(name, summary_of(payload))
        assert READERS[name](text) == benign, what
        assert not CONTROLS.search(text), what
        assert not re.search(r"##\w*\[|section_(start|end):", text), what
