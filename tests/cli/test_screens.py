"""What a person sees: fit for terminals of every width, color only where it is wanted, nothing that harms copying."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from conftest import ROOT, TODAY

from aisafe_cli.cli import run
from aisafe_cli.reporters.layout import measure

STAGED, FAILING, CLOSED = (
    str((ROOT / "examples" / f"{name}.plan.yaml").relative_to(ROOT))
    for name in ("staged-hybrid", "overclaiming", "closed-api")
)
SCREENS = {
    "check, pass": ("check", STAGED),
    "check, fail": ("check", FAILING),
    "check, three catalogs": ("check", STAGED, "--catalog", "all"),
    "full": ("check", FAILING, "--full"),
    "explain": ("explain", "AB-06", "hosted_api", "low"),
    "the list": ("explain",),
    "matrix": ("matrix",),
    "matrix of levels": ("matrix", "--access", "all"),
    "from, to": ("matrix", "--from", "hosted_api", "--to", "open_weights"),
    "compare": ("compare", STAGED, FAILING, CLOSED),
    "timeline": ("timeline", STAGED),
    "diff": ("diff", FAILING, STAGED),
    "suggest": ("suggest", FAILING, "--access-levels"),
    "what-if": ("what-if", STAGED, "--access", "api=open_weights"),
    "demo": ("demo",),
    "catalog": ("catalog", "list"),
}
DATED = {"check", "compare", "timeline", "diff", "suggest", "what-if"}
Show = Callable[..., str]


class _Screen(io.TextIOWrapper):
    """A file that passes for a terminal, or for a pipe."""

    is_terminal = True

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Show:
    """What a command prints on a terminal of so many columns, or into a pipe."""

    def show(arguments: tuple[str, ...], columns: int, *, tty: bool = True, **settings: str) -> str:
        monkeypatch.delenv("FORCE_COLOR", raising=False)
        for name, value in {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "", **settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(ROOT)
        with _Screen((tmp_path / "screen").open("wb")) as screen:
            screen.is_terminal = tty
            monkeypatch.setattr(sys, "stdout", screen)
            run([*arguments, *(["--as-of", TODAY] if arguments[0] in DATED else [])])
        return (tmp_path / "screen").read_text(encoding="utf-8")

    return show


@pytest.mark.parametrize("columns", [60, 80, 110])
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_its_terminal(show: Show, name: str, columns: int) -> None:
    text = show(SCREENS[name], columns, NO_COLOR="1")
    assert text
    assert [line for line in text.splitlines() if measure(line) > columns] == []


@pytest.mark.parametrize("name", SCREENS)
def test_a_wide_terminal_is_filled_up_to_a_bound_and_a_pipe_is_eighty_columns(show: Show, name: str) -> None:
    assert show(SCREENS[name], 200) == show(SCREENS[name], 110)
    piped = show(SCREENS[name], 200, tty=False)
    assert max(map(measure, piped.splitlines())) <= 80
    assert piped == show(SCREENS[name], 80, NO_COLOR="1")


@pytest.mark.parametrize("name", ["check, pass", "check, fail", "full", "check, three catalogs"])
def test_color_is_for_terminals_that_want_it(show: Show, name: str) -> None:
    assert "\x1b[" in show(SCREENS[name], 80)
    for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in show(SCREENS[name], 80, **settings)


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_that_is_not_seen_stands_in_what_one_copies(show: Show, name: str) -> None:
    invisible = re.compile("[\x00-\x09\x0b-\x1f\x7f\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
    assert not invisible.search(show(SCREENS[name], 80, NO_COLOR="1"))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("capability: low", "Capability low counts as unknown until the plan states `parameters` under 20B or names"),
        ("capability: low, parameters: 7.0e9", "7B parameters: below the size the guidance is written for."),
        ("version: '1'", "Not given, so the strictest counts: capability, role, size."),
    ],
)
def test_what_the_verdict_rests_on_is_said(show: Show, tmp_path: Path, model: str, said: str) -> None:
    plan = tmp_path / "some.plan.yaml"
    plan.write_text(
        f"schema_version: 1\nmodel: {{name: Some, {model}}}\nchannels: [{{id: chat, access: hosted_ui}}]\n",
        encoding="utf-8",
    )
    assert said in " ".join(show(("check", str(plan)), 80).split())


def test_addresses_of_the_catalog_are_links_that_can_be_copied(show: Show) -> None:
    text = show(("explain", "AB-08", "companion-classifier", "-f", "markdown"), 80)
    assert "[arXiv 2508.10925](https://arxiv.org/abs/2508.10925), <https://" in text
    assert "\u200b" not in text


def test_a_verdict_is_short(show: Show) -> None:
    lines: dict[bool, list[int]] = {True: [], False: []}
    for plan in sorted((*ROOT.glob("examples/*.plan.yaml"), *ROOT.glob("tests/cases/*.plan.yaml"))):
        text = show(("check", str(plan)), 80, tty=False)
        lines["\nPASS  " in text].append(len(text.splitlines()))
    assert median(lines[True]) <= 25
    assert median(lines[False]) <= 40
