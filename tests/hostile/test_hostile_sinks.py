"""Nothing that is printed is obeyed: hostile arguments, file names and catalogs, on both streams of every command."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from hostile_runner import COMMAND, CONTROLS
from test_payloads import FIELDS, plan_with

from aisafe_cli.__main__ import _guarded
from aisafe_cli.domain.formats import MARKDOWN_KINDS, REPORTERS

PLAN = str(ROOT / "examples" / "staged-hybrid.plan.yaml")
FORMATS = ("table", "markdown", "json")
WORDS = {
    "escape": "\x1b[31mred\x1b]0;owned\x07",
    "line-feed": "x\n::error::y",
    "carriage-return": "\r::error::x",
    "vertical-tab": "x\v::set-output name=a::b",
    "next-line": "x\x85::error::y",
    "line-separator": "x\u2028::error::y",
    "override": "a\u202eb",
    "isolate": "a\u2067b\u2069",
    "sequence-introducer": "\x9b31m",
    "command": "::error file=a::b",
    "blank-before": "\u2003::error::x",
    "azure": "##vso[task.complete]x",
    "mask": "##[add-mask]x",
    "teamcity": "##teamcity[x]",
    "section": "section_start:1:x",
    "not-utf-8": "a\udcffb",
    "colons": "::::",
    "markup": "<script>alert(1)</script>[red]x[/red]",
    "percent": "%0A::error::x",
    "long": "n" * 50_000,
    "nothing": "",
    "blank": " ",
}


def called(word: str) -> Sequence[list[str]]:
    """Every place of the command line that takes a word."""
    return [
        [word],
        [f"--{word}"],
        [f"-{word}"],
        ["check", word],
        ["check", PLAN, f"--{word}"],
        ["check", PLAN, f"-{word}"],
        ["check", PLAN, "--format", word],
        ["check", PLAN, "--format", f"json={word}/x"],
        ["check", PLAN, "--catalog", word],
        ["check", PLAN, "--as-of", word],
        ["check", PLAN, "--fail-under", word],
        ["check", PLAN, "-o", f"{word}/x"],
        ["report", PLAN, "--kind", word],
        ["report", PLAN, "--template", word],
        ["list", word],
        ["explain", word],
        ["explain", "AB-01", "--format", word],
        ["matrix", "--access", word],
        ["matrix", "--role", word],
        ["matrix", "--from", word, "--to", word],
        ["schema", word],
        ["what-if", PLAN, "--access", word],
        ["what-if", PLAN, "--access", f"{word}=open_weights"],
        ["what-if", PLAN, "--drop", word],
        ["what-if", PLAN, "--add", word],
        ["what-if", PLAN, "--role", word],
        ["diff", f"./{word}", PLAN],
        ["suggest", word],
        ["compare", word, PLAN],
        ["check", PLAN, "--baseline", word],
        ["baseline", PLAN, "--reason", "r", "-o", f"{word}/x"],
        ["baseline", word, "--reason", "r", "-o", "-"],
        ["catalog", word],
        ["catalog", "validate", word],
        ["catalog", "verify", "--source", word],
        ["demo", word],
        ["init", "--role", word],
        ["init", "--name", word, "--channel", word],
        ["init", "--name", word, "--channel", "a=open_weights"],
        ["init", "--name", "x", "--channel", f"{word[:90]}=open_weights"],
        ["init", "--name", "x", "--channel", f"a={word}"],
        ["init", "--name", "x", "--channel", f"a=open_weights@{word}"],
        ["init", "--name", "x", "--channel", "a=open_weights", "-o", f"{word}/x"],
    ]


def assert_harmless(text: str, what: str) -> None:
    found = COMMAND.search(text) or CONTROLS.search(text)
    assert not found, f"{what}: {text[max(0, found.start() - 60) : found.end() + 20]!r}"


@pytest.mark.parametrize("name", WORDS)
def test_no_argument_is_repeated_raw(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in called(WORDS[name]):
        code = _guarded(arguments)
        out, err = capfd.readouterr()
        may_pass = "init" in arguments or not WORDS[name].strip()
        is_pattern = "[" in WORDS[name]  # of which no plan is found
        assert code in {2, *((0,) if may_pass else ()), *((3,) if is_pattern else ())}, arguments
        assert bool(out) == (code == 0) or not WORDS[name].strip(), arguments
        assert_harmless(out, f"stdout of {arguments}")
        assert_harmless(err, f"stderr of {arguments}")
    assert os.listdir(tmp_path) == []


# --- names of files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in WORDS if 0 < len(WORDS[name].strip()) < 200])
def test_no_file_name_is_repeated_raw(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = WORDS[name].replace("/", "|") + ".plan.yaml"
    Path(file).write_bytes(Path(PLAN).read_bytes())
    catalog = WORDS[name].replace("/", "|") + ".yaml"
    Path(catalog).write_bytes((ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_bytes())
    calls = [["check", "./" + file, "-f", each] for each in REPORTERS] + [["check", file, "-q"], ["check", "."]]
    calls += [["catalog", "validate", catalog], ["catalog", "list", "--catalog", catalog]]
    for arguments in calls:
        code = _guarded(arguments)
        out, err = capfd.readouterr()
        assert code in (0, 1) or arguments[-1].startswith(("-", "::")), arguments
        if "github" in arguments:
            out = re.sub(r"^::(error|warning|notice) .*", "", out, flags=re.MULTILINE)
        assert_harmless(out.replace("\r\n", "\n") if "csv" in arguments else out, f"stdout of {arguments}")
        assert_harmless(err, f"stderr of {arguments}")


# --- catalogs -------------------------------------------------------------------------------------------------------

TEXTS = {
    "command": "::error file=x::y",
    "commands-inside": "a ::set-output name=x::y ##[add-mask]z ##vso[x] ##teamcity[y] section_start:1:x",
    "lines": "x\n::error::y\n##[error]z\n\n# h\n\n- l\n",
    "html": "<script>alert(1)</script> \" onclick='x' &lt;",
    "markdown": "a | b `c` *d* [e](javascript:x) @team #1",
    "yaml": 'a: b # c "d" {e: f}',
    "wide": "漢字" * 40,
}
_NAMES = re.compile(
    "(id|slug|group|sha256.*|flag|binds|roles?|references?|alternatives|strength|effect|kind|capabilit.*|sizes|requires|always"
    "|safeguards?|access|(some_)?channel_(has|lacks)|unless_against|version|condition_needs|partial_at|applies_to|counts_as|level"
    "|low|moderate|high|severe|unknown|asks|recommended_beside)"
)
_PROSE = re.compile("(statement|remedy|reason|condition|inferences|later_versions)")


def poisoned(value: Any, text: str, key: str = "") -> Any:
    """A catalog's data with the text in every place that takes one; on one line where only one is allowed."""
    if isinstance(value, dict):
        return {name: _kept(name, entry, key) or poisoned(entry, text, name) for name, entry in value.items()}
    if isinstance(value, list):
        return value if key == "practices" else [poisoned(entry, text, key) for entry in value]
    if not isinstance(value, str):
        return value
    return text if _PROSE.fullmatch(key) else " ".join(text.split())


def _kept(name: str, entry: Any, key: str) -> Any:
    """The entry itself where it is a name that something else refers to."""
    plain = not isinstance(entry, dict) and not (isinstance(entry, list) and entry and isinstance(entry[0], dict))
    return entry if plain and key != "practices" and _NAMES.fullmatch(name) else None


class _Quoting(yaml.SafeDumper):
    """Writes every text in quotes, so that no hash is taken for a number."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def calls_with(catalog: str, source: str, text: str) -> Sequence[list[str]]:
    of = ["--catalog", catalog]
    line = " ".join(text.split())
    calls = [["catalog", "validate", catalog]]
    for each in FORMATS:
        calls += [
            ["list", *of, "-f", each],
            ["explain", "AB-01", "open_weights", "hosted_api", "companion-classifier", "developer", *of, "-f", each],
            ["matrix", *of, "-f", each],
            ["matrix", "--access", "all", *of, "-f", each],
            ["matrix", "--from", "closed_api", "--to", "open_weights", *of, "-f", each],
            ["catalog", "list", *of, "-f", each],
            ["catalog", "verify", "--source", source, *of, "-f", each],
        ]
    calls += [["check", PLAN, *of, "-f", each] for each in REPORTERS]
    calls += [["report", PLAN, *of, "--kind", each] for each in MARKDOWN_KINDS]
    channels = ["--channel", f"{line[:90].replace('=', '-')}=open_weights", "--channel", "api=hosted_api@2026-01-01"]
    return [*calls, ["init", "--name", line, *channels, *of]]


@pytest.mark.parametrize("name", TEXTS)
def test_no_catalog_brings_a_command(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEXTS[name]
    loaded = yaml.safe_load((ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_text(encoding="utf-8"))
    dumped = yaml.dump(poisoned(loaded, text), Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=1_000_000)
    Path("catalog.yaml").write_text(dumped, encoding="utf-8")
    Path("source.txt").write_text("nothing\n", encoding="utf-8")
    for arguments in calls_with("catalog.yaml", "source.txt", text):
        code = _guarded(arguments)
        out, err = capfd.readouterr()
        assert code == (1 if "verify" in arguments else 0), (arguments, err)
        if "github" in arguments:
            out = re.sub(r"^::(error|warning|notice) .*", "", out, flags=re.MULTILINE)
        assert_harmless(out.replace("\r\n", "\n") if "csv" in arguments else out, f"stdout of {arguments}")
        assert_harmless(err, f"stderr of {arguments}")
        if arguments[-1] == "table" or (
            "init" not in arguments and "-f" not in arguments and "--kind" not in arguments
        ):
            assert max(map(columns, out.splitlines()), default=0) <= 80, arguments


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


# --- plans, in what answers questions about them ---------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_no_plan_brings_a_command(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = " ".join(TEXTS[name].split())
    for file, plan in (("old.plan.yaml", plan_with()), ("new.plan.yaml", plan_with(**dict.fromkeys(FIELDS, line)))):
        Path(file).write_text(json.dumps(plan), encoding="utf-8")
    calls = [["suggest", "new.plan.yaml", "-f", each] for each in FORMATS]
    calls += [["diff", "old.plan.yaml", "new.plan.yaml", "-f", each] for each in FORMATS]
    calls += [["compare", "old.plan.yaml", "new.plan.yaml", "-f", each] for each in FORMATS]
    calls += [["what-if", "new.plan.yaml", "--access", "api=open_weights", "-f", each] for each in FORMATS]
    calls += [["what-if", "new.plan.yaml", "--add", f"new {line[:80].replace('=', '-')}=hosted_ui"]]
    calls += [["baseline", "new.plan.yaml", "-o", "-", "--reason", line], ["check", "new.plan.yaml", "-q"]]
    for arguments in calls:
        code = _guarded(arguments)
        out, err = capfd.readouterr()
        assert code == (1 if "check" in arguments else 0), (arguments, err)
        assert_harmless(out, f"stdout of {arguments}")
        assert_harmless(err, f"stderr of {arguments}")
        if arguments[-1] == "table":
            assert max(map(columns, out.splitlines())) <= 80, arguments


# --- a table of wide characters -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["漢字かな交じり文" * 10, "漢" * 90, "a漢" * 40, "🙂" * 45, "word 漢字 " * 9 + "x"])
def test_wide_characters_stay_within_eighty_columns(
    text: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = {
        "schema_version": 1,
        "model": {"name": text, "developer": text},
        "channels": [{"id": text.strip(), "access": "local_download_restricted", "license": {"name": text}}],
        "safeguards": {"AB-04": {"status": "implemented", "note": text, "owner": f"x{text}"}},
    }
    Path("x.plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True, width=1_000_000), encoding="utf-8")
    assert _guarded(["check", "x.plan.yaml"]) == 1
    out = capfd.readouterr().out
    assert max(map(columns, out.splitlines())) <= 80
    assert text[:3] in out
