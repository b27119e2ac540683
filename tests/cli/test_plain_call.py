"""Plain calls are read without Typer, and as Typer reads them: random calls, read by both."""

from __future__ import annotations

import ast
import inspect
import random
from typing import Any

import pytest
import typer
from conftest import ROOT

from aisafe_cli.cli import program
from aisafe_cli.cli.commands import COMMANDS, INNER, load_command
from aisafe_cli.cli.options import Command, Given, Option
from aisafe_cli.cli.plain_call import read_plain_call

PLACES = [place for place, _ in (*COMMANDS.values(), *INNER["catalog"][1].values()) if place]
NAMES = {place: name for name, (place, _) in COMMANDS.items() if place}
WORDS = ["a", "a.plan.yaml", "-", "", "--", "--strickt", "-x", "-h", "-qf", "-fjson", "--format=", "a=b", "0", "100"]
WORDS += ["101", "-1", "007", "1e2", "٧", "1 ", "--strict=1", "--no-strict", "\udcff", "--outpu", "json"]


@pytest.fixture
def read_by_typer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What Typer reads of a call, or None for one that it refuses or answers itself."""
    read: list[dict[str, Any]] = []

    def load(place: str) -> Command:
        return Command(load_command(place).options, lambda given: read.append(vars(given)) or 0)  # type: ignore[func-returns-value]

    monkeypatch.setattr(program, "load_command", load)
    apps: dict[str, Any] = {}

    def ask(words: list[str]) -> dict[str, Any] | None:
        read.clear()
        if words[0] not in apps:
            apps[words[0]] = typer.main.get_command(program.make_app(words[:1]))
        try:
            apps[words[0]].main(words, prog_name="aisafe", standalone_mode=False)
        except typer.TyperException:
            return None
        return read[0] if read else None

    return ask


def draw_word(draw: random.Random, options: list[Option]) -> list[str]:
    flags = draw.choice(options).flags.replace("/", " ").split()
    if not flags or draw.random() < 0.25:
        return [draw.choice(WORDS)]
    flag, value = draw.choice(flags), draw.choice(WORDS[:13] if draw.random() < 0.3 else ["a", "-", "80", "x=y"])
    return draw.choice([[flag], [flag, value], [flag, value], [f"{flag}={value}"]])


@pytest.mark.parametrize("place", NAMES)
def test_what_is_read_without_typer_is_what_typer_reads(read_by_typer: Any, place: str) -> None:
    draw = random.Random(NAMES[place])
    options = load_command(place).options
    plain = 0
    for _ in range(200):
        words = [word for _ in range(draw.randrange(7)) for word in draw_word(draw, list(options.values()))]
        given = read_plain_call(options, words)
        if given is not None:
            plain += 1
            assert vars(given) == read_by_typer([NAMES[place], *words]), words
    assert plain > 2  # else nothing was compared


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], {}),
        (["-f", "json"], {"formats": ["json"]}),
        (["b", "--format=json=x", "-f", "html=y", "c"], {"plans": ["b", "c"], "formats": ["json=x", "html=y"]}),
        (["-q", "--strict", "--no-strict", "--fail-under", "80"], {"quiet": True, "strict": False, "fail_under": 80}),
        (["-", "--jsonl"], {"plans": ["-"], "json_lines": True}),
    ],
)
def test_plain_calls_are_read_without_typer(words: list[str], said: dict[str, Any]) -> None:
    options = load_command("check.check").options
    left_out = {name: option.left_out for name, option in options.items()}
    assert vars(read_plain_call(options, words) or Given()) == {**left_out, **said}


@pytest.mark.parametrize("words", [["-h"], ["--strickt"], ["--fail-under", "101"], ["--", "a"], ["-f"], ["-fjson"]])
def test_what_is_not_plain_is_left_to_typer(words: list[str]) -> None:
    assert read_plain_call(load_command("check.check").options, words) is None


@pytest.mark.parametrize("place", PLACES)
def test_a_command_reads_no_value_that_its_options_do_not_give(place: str) -> None:
    command = load_command(place)
    source = (ROOT / "aisafe_cli" / "cli" / f"{place.rpartition('.')[0].replace('.', '/')}.py").read_text(
        encoding="utf-8"
    )
    functions = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    pending, seen = [command.run.__name__], set()
    while pending:
        seen.add(name := pending.pop())
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "given":
                assert node.attr in command.options or node.attr == "inputs", f"{name}: given.{node.attr}"
            if isinstance(node, ast.Call) and any(isinstance(one, ast.Name) and one.id == "given" for one in node.args):
                called = inspect.getattr_static(node.func, "id", "")
                pending += [called] if called in functions.keys() - seen else []
