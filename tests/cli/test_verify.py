"""Statements are made again: every altered byte is refused, what differs is told, and hostile ones end with a place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from building import SMALL_CATALOG
from conftest import ROOT

from aisafe_cli.cli import run
from aisafe_cli.errors import AisafeError, InputError, RequestError, describe
from aisafe_cli.loading.statement import parse_statement
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.pages.statement import list_differences
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

PLAN = ROOT / "tests" / "golden" / "gull.plan.yaml"
DAY = "2026-11-22"
CATALOG = ("--catalog", str(SMALL_CATALOG), "--no-config")
Verify = Callable[..., tuple[int, str]]


@cache
def make(day: date) -> str:
    checked = Session(Options(catalog=str(SMALL_CATALOG), search_config=False), day).run([str(PLAN)])
    return render("intoto", checked.as_run(int(checked.exit_code)), View(subjects=(("weights.bin", "ab" * 32),)))


def is_refused(content: bytes) -> bool:
    try:
        said = parse_statement(content, "x.json")
    except InputError as error:
        return bool(error.faults)
    return bool(list_differences(said.content, said.data, make(said.day)))


def test_a_statement_altered_in_any_byte_is_refused() -> None:
    content = make(date.fromisoformat(DAY)).encode()
    assert not is_refused(content)
    for place in range(len(content)):
        for altered in (bytes([content[place] ^ 1]), b"", bytes([content[place]]) * 2):
            assert is_refused(content[:place] + altered + content[place + 1 :]), place


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Verify:
    """Verify a statement on two files, after something was changed, in this process."""
    monkeypatch.chdir(tmp_path)
    Path("a.plan.yaml").write_bytes(PLAN.read_bytes())
    Path("weights.bin").write_bytes(b"weights")
    digest = ("--subject", f"card.md=sha256:{'ab' * 32}")
    named = ("-f", "intoto=a.intoto.json", "--subject-file", "weights.bin", *digest)
    assert run(["check", "a.plan.yaml", "--as-of", DAY, *CATALOG, *named]) == 1
    capfd.readouterr()

    def verified(*options: str, subjects: tuple[str, ...] = digest) -> tuple[int, str]:
        try:
            code = run(["verify", "a.intoto.json", "a.plan.yaml", "weights.bin", *CATALOG, *subjects, *options])
        except AisafeError as error:
            return int(error.exit_code), describe(error)
        return code, capfd.readouterr().out

    return verified


def test_the_same_plan_catalog_day_and_files_give_the_same_statement(verify: Verify) -> None:
    assert verify() == (0, f"a.intoto.json: the same as what a.plan.yaml gives as of {DAY}: failed\n")


def test_another_plan_of_the_same_name_elsewhere_is_the_same(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("below").mkdir()
    for name in ("a.plan.yaml", "weights.bin", "a.intoto.json"):
        Path(name).rename(Path("below", name))
    monkeypatch.chdir("below")
    assert verify()[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--strict",), "policy strict: false in the statement, true here"),
        (("--fail-under", "99"), "policy fail_under: 60 in the statement, 99 here"),
        (("--no-waivers",), "policy honor waivers: true in the statement, false here"),
        (("--stage", DAY), "stage: null in the statement, a mapping here"),
    ],
)
def test_what_another_policy_changes_is_told(verify: Verify, options: tuple[str, ...], said: str) -> None:
    code, text = verify(*options)
    assert code == 1
    assert text.startswith("a.intoto.json: differs from what a.plan.yaml gives")
    assert said in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("weights.bin", "weights.bin SHA-256: "),
        ("a.plan.yaml", "a.plan.yaml SHA-256: "),
        ("a.intoto.json", "The data are the same, but they are written in another way."),
    ],
)
def test_a_changed_file_is_told(verify: Verify, name: str, said: str) -> None:
    Path(name).write_bytes(Path(name).read_bytes() + b"\n")
    code, text = verify()
    assert (code, said in text) == (1, True)


def test_another_catalog_of_the_same_name_is_told(verify: Verify) -> None:
    Path("other.yaml").write_bytes(SMALL_CATALOG.read_bytes() + b"\n")
    code, text = verify("--catalog", "other.yaml")
    assert (code, " SHA-256: " in text) == (1, True)


def test_a_changed_claim_is_told_in_words_and_in_short_lines(verify: Verify) -> None:
    data = json.loads(Path("a.intoto.json").read_text())
    predicate = data["predicate"]
    predicate["result"] = "WARNED"
    name = predicate["failedTests"].pop(0)
    predicate["warnedTests"].insert(0, name)
    Path("a.intoto.json").write_text(json.dumps(data))
    code, text = verify()
    assert code == 1
    assert "  result: passed with warnings in the statement, failed here\n" in text
    assert f"  {name}: a warning in the statement, failed here\n" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_files_that_a_plan_names_are_compared(verify: Verify, capfd: pytest.CaptureFixture[str]) -> None:
    plan, weights = Path("a.plan.yaml"), hashlib.sha256(b"weights").hexdigest()
    plan.write_text(f"{plan.read_text()}\nfiles: [{{name: weights.bin, sha256: {weights}}}]\n")
    check = ["check", "a.plan.yaml", "--as-of", DAY, *CATALOG, "-f", "intoto=a.intoto.json"]
    assert run(check) == 1
    capfd.readouterr()
    assert verify(subjects=())[0] == 0
    Path("weights.bin").write_bytes(b"others")
    code, text = verify(subjects=())
    assert (code, "weights.bin SHA-256: " in text) == (1, True)
    with pytest.raises(RequestError, match=r"`weights\.bin` has another SHA-256"):
        run([*check, "--subject-file", "weights.bin"])


def test_a_subject_that_is_not_named_is_told(verify: Verify) -> None:
    code, text = verify(subjects=())
    assert code == 1
    assert "card.md: named in the statement, not named here" in text
    assert "Name what the statement is about: as FILES, or with --subject NAME=sha256:HEX." in text


TYPE = "https://in-toto.io/attestation/test-result/v0.1"
HEAD = f'{{"_type": "https://in-toto.io/Statement/v1",\n "predicateType": "{TYPE}",\n '
HOSTILE = {
    "empty": ("", "x.json:1:1: not valid JSON"),
    "a list": ("[]", "x.json:1:1: `_type` is not"),
    "null": ("null", "x.json:1:1: `_type` is not"),
    "deep": ("[" * 200_000, "x.json:1:1: the file is nested too deep"),
    "deep inside": (f'{HEAD}"predicate": {"[" * 200_000}', "x.json:1:1: the file is nested too deep"),
    "cut off": (HEAD, "x.json:3:2: not valid JSON"),
    "a key twice": (f'{HEAD}"a": 1,\n "a": 2}}', "x.json:4:1: the key `a` appears twice"),
    "a long number": (f'{HEAD}"a": {"9" * 5000}}}', "x.json:1:1: not valid JSON"),
    "no number": (f'{HEAD}"a": NaN}}', "x.json:1:1: not valid JSON"),
    "of another type": ('{"_type": "x"}', "x.json:1:1: `_type` is not"),
    "no predicate": (f'{HEAD}"predicate": null}}', "x.json:3:1: the statement has no date"),
    "no configuration": (f'{HEAD}"predicate": {{"configuration": []}}}}', "x.json:3:1: the statement has no date"),
    "no such day": (
        f'{HEAD}"predicate": {{"configuration": [{{"annotations":\n{{"asOf": "2026-02-30"}}}}]}}}}',
        "x.json:4:1: the statement has no date",
    ),
    "a number for a day": (
        f'{HEAD}"predicate": {{"configuration": [{{"annotations": {{"asOf": 20261122}}}}]}}}}',
        "x.json:3:1: the statement has no date",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_statement_ends_with_its_place(name: str) -> None:
    content, said = HOSTILE[name]
    with pytest.raises(InputError) as caught:
        parse_statement(content.encode(), "x.json")
    assert said in describe(caught.value)


def test_a_statement_that_is_no_text_or_too_large_is_refused(verify: Verify) -> None:
    for content, said in ((b"\xff", "a.intoto.json:1:1: is not UTF-8"), (b" " * (17 << 20), "is larger than")):
        Path("a.intoto.json").write_bytes(content)
        code, text = verify()
        assert (code, said in text) == (2, True)


def test_what_a_statement_says_is_printed_safely_and_briefly(verify: Verify) -> None:
    data = json.loads(Path("a.intoto.json").read_text())
    data["predicate"]["result"] = "\x1b[2J\n::error::x\ud800"
    data["predicate"]["a" * 9999] = {"deep": []}
    data["predicate"]["passedTests"] = [str(number) for number in range(9999)]
    Path("a.intoto.json").write_text(json.dumps(data))
    code, text = verify()
    assert code == 1
    assert len(text) < 20_000
    assert "\x1b" not in text
    assert not any(line.strip().startswith("::") for line in text.splitlines())
    assert "more differences" in text
