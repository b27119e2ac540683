"""What a shell completes, asked as the scripts of bash and zsh ask: by variables of the environment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT

from aisafe_cli.cli import run

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
Complete = Callable[..., list[str]]


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complete:
    """Return what completes the last word of a line, in bash, which takes words apart at `=`."""

    def ask(line: str) -> list[str]:
        words = line.replace("=", " = ").split()
        monkeypatch.setenv("_AISAFE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(words))
        monkeypatch.setenv("COMP_CWORD", str(len(words) - (not line.endswith(" "))))
        with suppress(SystemExit):
            run([])
        shown = capsys.readouterr()
        assert shown.err == ""
        return shown.out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("aisafe ba", "baseline"),
        ("aisafe check -f js", "json jsonl"),
        ("aisafe check --format=s", "sarif"),
        ("aisafe check --kind m", "model-card"),
        ("aisafe report -f mark", "markdown"),
        ("aisafe diff -f ", "table markdown json"),
        ("aisafe demo -f ht", "html"),
        ("aisafe schema b", "baseline"),
        ("aisafe explain AB-1", "AB-10 AB-11 AB-12 AB-13 AB-14"),
        ("aisafe explain staged-a", "staged-access"),
        ("aisafe explain AB-01 sev", "severe"),
        ("aisafe list r", "rungs roles"),
        ("aisafe matrix --access on", "on_device_managed"),
        ("aisafe matrix --from op", "open_weights open_source"),
        ("aisafe matrix --role h", "hosting_platform"),
        ("aisafe init --role=fine", "fine_tuner"),
        ("aisafe init --size s", "solo small"),
        ("aisafe init --capability=m", "moderate"),
        ("aisafe init --as ", "hub card mot folder"),
        ("aisafe init --channel weights=open_w", "open_weights"),
        ("aisafe init --channel weights=hosted_api_", "hosted_api_extended hosted_api_finetune"),
        ("aisafe init --channel wei", ""),
        (f"aisafe what-if {PLAN} --drop r", "researchers"),
        (f"aisafe what-if {PLAN} --access weights=hosted_u", "hosted_ui"),
        (f"aisafe what-if {PLAN} --access nothing=hosted_u", ""),
        (f"aisafe what-if {PLAN} --capability h", "high"),
        ("aisafe what-if nowhere.plan.yaml --drop r", ""),
    ],
)
def test_bash_completes(complete: Complete, line: str, completed: str) -> None:
    assert complete(line) == completed.split()


def test_a_plan_that_cannot_be_read_completes_nothing(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "a.plan.yaml").write_text("model: [")
    assert complete(f"aisafe what-if {tmp_path / 'a.plan.yaml'} --drop ") == []


def test_names_come_from_the_catalog_of_the_call(complete: Complete) -> None:
    small = ROOT / "tests" / "evaluation" / "evaluations" / "small-catalog.yaml"
    assert complete(f"aisafe explain --catalog {small} HR-") == ["HR-1", "HR-2", "HR-3"]


def test_a_quote_that_is_open_is_left_to_the_shell(
    complete: Complete, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complete('aisafe explain "AB-1')
    monkeypatch.setenv("_AISAFE_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"aisafe what-if {PLAN} --access weights=hosted_u")
    with suppress(SystemExit):
        run([])
    assert '"weights=hosted_ui":"Hosted chat or app"' in capsys.readouterr().out
