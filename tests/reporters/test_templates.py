"""Templates that were translated when the package was built give the same bytes, and only where they are current."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from aisafe_cli.cli import run
from aisafe_cli.io.resources import list_templates
from aisafe_cli.reporters import templates
from aisafe_cli.reporters.people.html import create_page_environment
from aisafe_cli.reporters.people.markdown import create_sandbox
from aisafe_cli.reporters.templates import translate

FORMATS = [["-f", "html"], *(["-f", "markdown", "--kind", kind] for kind in ("report", "summary", "decision-record"))]
FORMATS += [["-f", "markdown", "--kind", "model-card"]]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of translated templates, which is empty."""
    monkeypatch.setattr(templates, "find_compiled_template", lambda name: str(tmp_path / f"{name}.py"))
    return tmp_path


def report(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    create_sandbox.cache_clear()
    create_page_environment.cache_clear()
    run(["report", str(ROOT / "examples" / "staged-hybrid.plan.yaml"), "--as-of", "2026-11-22", *arguments])
    return capfd.readouterr().out


@pytest.mark.parametrize("arguments", FORMATS, ids=" ".join)
def test_a_translated_template_gives_the_same_bytes(
    compiled: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    expected = report(arguments, capfd)
    for name in list_templates():
        environment = create_sandbox() if name.endswith(".md.j2") else create_page_environment()
        made = translate(environment, name)
        (compiled / f"{name}.py").write_text(made, encoding="utf-8")
    assert report(arguments, capfd) == expected
    rewrite(compiled, "yield '", "yield 'translated ")
    assert "translated" in report(arguments, capfd)  # what was translated is what is filled
    rewrite(compiled, "MADE_FROM = ", "MADE_FROM = 'another source' ")
    assert report(arguments, capfd) == expected


def rewrite(folder: Path, old: str, new: str) -> None:
    for path in folder.glob("*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("decision-record", "users: planned on a channel, incompatible for the release. On api: Possible here."),
        ("summary", "users | planned | 53 | Carry out what is planned"),
    ],
)
def test_what_is_not_done_on_one_channel_is_told_where_the_release_cannot_have_it(
    kind: str, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert f"AB-07 Limit use to safer contexts and {line}" in report(["--kind", kind], capfd)
