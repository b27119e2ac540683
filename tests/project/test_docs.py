"""The documentation is what happens: the tutorial runs from start to end, and so does the example of every --help."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from conftest import ROOT, SETTINGS, TODAY, Program

from aisafe_cli import __main__ as program
from aisafe_cli.cli import run
from aisafe_cli.cli.program import make_app
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.loading.catalog import load_catalog, load_ladder

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
LIMITS = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
# `<!-- exit: N -->` before a block of commands is the code of its last command, 0 where it is left out. A text block
# right after it is what the commands print.
BLOCK = re.compile(
    r"(?:<!-- exit: (?P<code>\d+) -->\n)?```sh\n(?P<commands>.*?)```(?:\n\n```text\n(?P<output>.*?)```)?", re.DOTALL
)
BLOCKS = list(BLOCK.finditer(TUTORIAL))


# --- the tutorial ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What each block of the tutorial printed, with the exit code of its last command; all in one shell, in order.

    `aisafe` is the program that the tutorial itself installs, as a package built from this checkout. What it depends on
    comes from the environment of the tests, so that nothing is downloaded.
    """
    work = tmp_path_factory.mktemp("tutorial")
    (work / "aisafe-cli").symlink_to(ROOT)
    script = "".join(
        f"set {'-' if block['code'] is None else '+'}e\n{block['commands']}code=$?; set +e; printf '@@ %s\\n' $code\n"
        for block in BLOCKS
    )
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS and not key.startswith("PIP_")}
    pip = {"NO_INDEX": "1", "NO_DEPS": "1", "NO_BUILD_ISOLATION": "0", "IGNORE_INSTALLED": "1", "NO_INPUT": "1"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=work,
        env={
            **clean,
            **{f"PIP_{name}": value for name, value in pip.items()},
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    printed = re.findall(r"(.*?)@@ (\d+)\n", done.stdout, re.DOTALL)
    assert len(printed) == len(BLOCKS), f"stopped with code {done.returncode}:\n{done.stdout[-3000:]}"
    return printed


def test_every_block_of_commands_is_found() -> None:
    assert len(BLOCKS) == TUTORIAL.count("```sh") > 10
    assert sum(block["output"] is not None for block in BLOCKS) == TUTORIAL.count("```text")


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[block["commands"].splitlines()[0] for block in BLOCKS])
def test_the_tutorial_runs_and_prints_what_it_says(tutorial: list[tuple[str, str]], number: int) -> None:
    block, (printed, code) = BLOCKS[number], tutorial[number]
    assert code == (block["code"] or "0"), printed
    assert "Traceback" not in printed
    if block["output"] is not None:
        assert re.fullmatch(pattern(block["output"]), printed), printed


def pattern(shown: str) -> str:
    """A regular expression for shown output: `[...]` stands for any lines, at the end of a line for the rest of it."""
    lines = (
        r"(?:.*\n)*?" if line == "[...]" else re.escape(line).replace(re.escape("[...]"), ".*") + r"\n"
        for line in shown.splitlines()
    )
    return "".join(lines)


# --- the examples of --help -----------------------------------------------------------------------------------------


def commands(command: typer.core.TyperGroup | typer.core.TyperCommand, *names: str) -> Iterator[tuple[str, str]]:
    """Every command with its help text, those of groups too."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(names), command.help or ""
    else:
        for name, one in inner.items():
            yield from commands(one, *names, name)


COMMANDS = dict(commands(typer.main.get_command(make_app())))  # type: ignore[arg-type]


def example(help_text: str) -> list[str]:
    """The words of the paragraph that begins with `Example:`."""
    found = re.search(r"^Example: (.+?)(?:\n\n|\Z)", help_text.replace("\f", "\n\n"), re.MULTILINE | re.DOTALL)
    assert found, "the help has no example"
    return shlex.split(found.group(1))


def provide(words: list[str], folder: Path, aisafe: Program) -> None:
    """Put a suitable file wherever the words name one to read."""
    contents = {
        ".plan.yaml": (ROOT / "examples" / "staged-hybrid.plan.yaml").read_text(encoding="utf-8"),
        ".yaml": Path(find_data_file("nist-ai-800-1-ipd.yaml")).read_text(encoding="utf-8"),
        ".txt": "Not the document.\n",
        ".md": "---\nlicense: apache-2.0\n---\n# A model\n",
    }
    for before, word in zip(["", *words], words, strict=False):
        if before in ("-o", "--output") or "=" in word:
            continue
        if word.endswith(".parquet"):
            arrow = pytest.importorskip("pyarrow", reason="the extra `registry` is not installed")
            parquet = pytest.importorskip("pyarrow.parquet")
            plan = {"schema_version": 1, "model": {"name": "Finch"}, "channels": [{"id": "x", "access": "hosted_api"}]}
            parquet.write_table(arrow.Table.from_pylist([plan]), folder / word)
        elif word.endswith("/"):
            (folder / word).mkdir()
            (folder / word / "release.plan.yaml").write_text(contents[".plan.yaml"], encoding="utf-8")
        elif word.endswith(".json"):
            kind = "intoto" if word.endswith(".intoto.json") else "json"
            made = aisafe("report", ROOT / "examples" / "staged-hybrid.plan.yaml", "-f", kind, "--as-of", TODAY)
            (folder / word).write_text(made.stdout, encoding="utf-8")
        elif ending := next((ending for ending in contents if word.endswith(ending)), None):
            (folder / word).write_text(contents[ending], encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_every_help_works(aisafe: Program, tmp_path: Path, name: str) -> None:
    program, *arguments = example(COMMANDS[name])
    assert program == "aisafe"
    assert arguments[: len(name.split())] == name.split()
    provide(arguments, tmp_path, aisafe)
    done = aisafe(*arguments)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("columns", ["80", None])
def test_the_help_that_is_shown_at_once_is_that_of_typer(
    columns: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    monkeypatch.delenv("COLUMNS") if columns is None else monkeypatch.setenv("COLUMNS", "60")
    assert program._run(["-h"]) == 0
    assert (capsys.readouterr().out == shown) is (columns is None)


@pytest.mark.parametrize("width", ["60", "200"])
@pytest.mark.parametrize("name", ["", "catalog", *COMMANDS])
def test_help_fits_and_nothing_is_cut(
    name: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert run([*name.split(), "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= min(int(width), 80)
    assert name not in COMMANDS or any("Example: aisafe" in line for line in lines)
    assert not [line for line in lines if line.endswith("...") and not line.endswith("]...")]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("chek x", "`check`"),
        ("inti", "`init`"),
        ("check --fail-undr 3", "`--fail-under`"),
        ("init --chanel a=open_weights", "`--channel`"),
        ("explain open_weigths", "`open_weights`"),
    ],
)
def test_what_is_mistyped_gets_did_you_mean(aisafe: Program, words: str, meant: str) -> None:
    done = aisafe(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(rf"[Dd]id you mean .*{re.escape(meant)}", done.stderr), done.stderr


# --- limits ---------------------------------------------------------------------------------------------------------


def test_the_page_on_limits_names_whatever_the_catalog_calls_inferred() -> None:
    catalog = load_catalog(None, load_ladder())
    inferred = set(re.findall(r"AB-\d\d", " ".join(catalog.inferences)))
    assert inferred <= set(re.findall(r"AB-\d\d", LIMITS))
    disputed = {one.id for one in catalog.safeguards if one.by_access or one.by_role or one.stageable}
    assert disputed <= set(re.findall(r"AB-\d\d", LIMITS))


def test_bash_is_there_to_run_the_tutorial() -> None:
    assert shutil.which("bash")
