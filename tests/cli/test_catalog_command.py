"""`aisafe catalog`, `schema`, `list`, `explain` and the comparison of modes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import ROOT, Program, find_document
from markdown_it import MarkdownIt

from aisafe_cli.cli.commands import HELP

CATALOG = ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml"
SMALL = ROOT / "tests" / "evaluation" / "evaluations" / "small-catalog.yaml"
COPIES = [copy for name in ("NIST.AI.800-1.ipd.pdf", "nist-ai-800-1-ipd.txt") if (copy := find_document(name))]


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """An invented document in which the small catalog's first safeguard stands as its locator says, on page 7."""
    path = tmp_path / "document.txt"
    path.write_text(
        "Preface\n6\fTable\nGrow it        Keep the bees 1\n               in the box.2\n7\n", encoding="utf-8"
    )
    return path


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """The small catalog with locators into the invented document."""
    text = SMALL.read_text(encoding="utf-8")
    found = {
        "page": "7",
        "opens_with": "Keep the bees",
        "ends_with": "in the box",
        "sha256_of_letters": sha256(letters("Keep the bees in the box").encode()).hexdigest(),
    }
    for key, value in found.items():
        text = re.sub(rf"\b{key}: [^,}}\n]+", f"{key}: {value}", text, count=1)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_verify_finds_what_stands_where_the_catalog_says(aisafe: Program, catalog: Path, document: Path) -> None:
    done = aisafe("catalog", "verify", "--source", document, "--catalog", catalog, "-f", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 1
    assert [entry["match"] for entry in data["safeguards"]] == ["found", "not_found", "not_found"]
    document.write_text(document.read_text().replace("\n7\n", "\n8\n"))
    data = json.loads(aisafe("catalog", "verify", "--source", document, "--catalog", catalog, "-f", "json").stdout)
    assert data["safeguards"][0]["match"] == "other_page"
    document.write_text(document.read_text().replace("bees", "bees not"))
    data = json.loads(aisafe("catalog", "verify", "--source", document, "--catalog", catalog, "-f", "json").stdout)
    assert data["safeguards"][0]["match"] == "not_found"


def test_verify_says_the_same_in_words(aisafe: Program, catalog: Path, document: Path) -> None:
    def verified(name: str) -> str:
        return aisafe("catalog", "verify", "--source", document, "--catalog", catalog, "-f", name).stdout

    entries = json.loads(verified("json"))["safeguards"]
    rows = [row.strip("| ").split(" | ") for row in verified("markdown").splitlines() if row.startswith("| HR-")]
    assert [(entry["id"], entry["match"], entry["detail"]) for entry in entries] == [
        (name, match.replace(" ", "_"), "".join(detail)) for name, match, *detail in rows
    ]
    told = " ".join(verified("table").split())
    assert all(entry["id"] in told and entry["detail"] in told for entry in entries)


if COPIES:

    @pytest.mark.parametrize("document", COPIES, ids=lambda path: path.name)
    def test_the_shipped_catalog_is_found_in_its_document(aisafe: Program, document: Path) -> None:
        done = aisafe("catalog", "verify", "--source", document)
        assert (done.returncode, done.stdout.splitlines()[0]) == (
            0,
            "14 of 14 safeguards are in the document as the catalog says",
        )


def test_a_source_that_cannot_be_read_gives_two(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    for name in ("broken.pdf", "binary.txt", "none.txt"):
        done = aisafe("catalog", "verify", "--source", name)
        assert (done.returncode, done.stdout) == (2, ""), name
        assert "Traceback" not in done.stderr


def test_validate_says_what_is_wrong_with_a_catalog(aisafe: Program, tmp_path: Path) -> None:
    done = aisafe("catalog", "validate", SMALL, CATALOG)
    assert done.returncode == 0
    (tmp_path / "bad.yaml").write_text(SMALL.read_text().replace("binds: ", "bind: ", 1))
    done = aisafe("catalog", "validate", SMALL, "bad.yaml")
    assert done.returncode == 2
    assert "bad.yaml:" in done.stderr
    assert "did you mean `binds`?" in done.stderr


def test_an_empty_name_is_no_catalog(aisafe: Program) -> None:
    done = aisafe("catalog", "validate", "")
    assert (done.returncode, done.stdout) == (2, "")


def test_verify_ends_whatever_a_document_repeats(aisafe: Program, catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Keep the bees\n" * 100_000 + "but not in the box")
    done = aisafe("catalog", "verify", "--source", "long.txt", "--catalog", catalog, "-f", "json")
    assert json.loads(done.stdout)["safeguards"][0]["match"] == "not_found"


def test_list_shows_document_version_and_hash(aisafe: Program) -> None:
    data = json.loads(aisafe("catalog", "list", "-f", "json").stdout)
    assert data["catalog"]["sha256"] == sha256(CATALOG.read_bytes()).hexdigest()
    assert data["document"]["status"] == "initial public draft, superseded, never final"
    for name in ("table", "markdown"):
        assert "initial public draft" in aisafe("catalog", "list", "-f", name).stdout


def test_a_catalog_of_ones_own_works_everywhere(aisafe: Program, tmp_path: Path) -> None:
    plan = tmp_path / "x.plan.yaml"
    plan.write_text("schema_version: 1\nmodel: {name: x}\nchannels: [{id: a, access: open_weights}]\n")
    for arguments in (["check", plan], ["report", plan], ["matrix"], ["list"], ["catalog", "list"]):
        assert aisafe(*arguments, "--catalog", SMALL).returncode in (0, 1)


@pytest.mark.parametrize("what", ["plan", "catalog", "access-levels", "licenses", "report", "differences", "releases"])
def test_schema_prints_a_schema(aisafe: Program, what: str) -> None:
    assert json.loads(aisafe("schema", what).stdout)["$schema"].startswith("https://json-schema.org/")


def test_the_schema_of_a_plan_has_the_names_of_the_catalog(aisafe: Program) -> None:
    keys = json.loads(aisafe("schema", "plan", "--catalog", SMALL).stdout)["properties"]["safeguards"]["properties"]
    assert "HR-1" in keys
    assert "HR-1" not in aisafe("schema").stdout
    assert aisafe("schema", "catalog", "--catalog", SMALL).stderr == "error: --catalog goes with the schema of a plan\n"


def test_everything_that_is_listed_can_be_explained(aisafe: Program) -> None:
    listed = json.loads(aisafe("list", "-f", "json").stdout)["topics"]
    words = [topic["id"] for topic in listed] + [topic["slug"] for topic in listed if topic["slug"]]
    assert len(words) > 50
    explained = json.loads(aisafe("explain", *words, "-f", "json").stdout)["topics"]
    assert {topic["id"] for topic in explained} == {topic["id"] for topic in listed}
    assert all(topic["summary"] for topic in explained)
    text = aisafe("explain", *words).stdout
    assert max(map(len, text.splitlines())) <= 80


def test_a_safeguard_that_is_one_of_several_is_not_called_never_required(aisafe: Program) -> None:
    text = aisafe("explain", "M5.1-2", "--catalog", "eu-code").stdout
    assert "one of M5.1-1, M5.1-2," in text
    assert "never required" not in text


APART = "\u200b"  # keeps an address or a name from becoming a link


def words_of(markdown: str) -> list[str]:
    """The words that a reader sees of Markdown, which here has no code and no HTML, and links to sources only."""
    reader = MarkdownIt("gfm-like")
    reader.linkify.set({"fuzzy_link": False})  # a name of a site is no link where Markdown is shown
    tokens = [child for token in reader.parse(markdown) for child in token.children or ()]
    links = {"link_open", "link_close"}
    assert {token.type for token in tokens} <= {
        "text",
        "text_special",
        "strong_open",
        "strong_close",
        "softbreak",
        *links,
    }
    assert all(token.attrs["href"].startswith("https://") for token in tokens if token.type == "link_open")
    return "".join(token.content or " " * (token.type == "softbreak") for token in tokens).replace(APART, "").split()


def test_markdown_explains_in_the_same_words(aisafe: Program) -> None:
    listed = [topic["id"] for topic in json.loads(aisafe("list", "-f", "json").stdout)["topics"]]
    text, markdown = (aisafe("explain", *listed, "-f", name).stdout for name in ("table", "markdown"))

    def letters_of(words: Iterable[str]) -> str:
        return re.sub(r"\W", "", "".join(words))

    assert letters_of(words_of(markdown)) == letters_of(text.split())


ODD = "<b onclick=x>x</b> [a](javascript:1) | `c` **d** https://evil.example @team #1"


def test_text_of_a_catalog_stays_text_in_markdown(aisafe: Program, tmp_path: Path) -> None:
    odd = tmp_path / "odd.yaml"
    text = SMALL.read_text(encoding="utf-8")
    odd.write_text(re.sub(r"\btitle: (Keep a log|Rules of the harbor)", lambda _: f"title: {json.dumps(ODD)}", text))
    for command in ("list", "explain HR-1", "catalog list"):
        shown = aisafe(*command.split(), "--catalog", odd, "-f", "markdown").stdout
        assert "".join(ODD.split()) in "".join(words_of(shown)), command


def test_an_unknown_word_gives_two_and_the_nearest(aisafe: Program) -> None:
    done = aisafe("explain", "open_wights")
    assert done.returncode == 2
    assert "did you mean `open_weights`?" in done.stderr
    assert aisafe("list", "rung").returncode == 2
    lines = aisafe("list").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "Safeguards",
        "Release modes",
        "Access levels",
        "Outcomes",
        "Roles",
        "Sizes",
        "Alternatives",
        "Misuse capability",
        "Findings on the plan itself",
        "Terms",
    ]


def test_a_comparison_says_what_is_lost_and_what_to_do_instead(aisafe: Program) -> None:
    done = aisafe("matrix", "--from", "closed_api", "--to", "open_weights", "-f", "json")
    changes = json.loads(done.stdout)["changes"]
    assert [change["change"] for change in changes].count("lost") == 9
    assert all(change["alternatives"] for change in changes if change["change"] == "lost")
    for name in ("table", "markdown"):
        assert aisafe("matrix", "--from", "hosted_api", "--to", "open_source", "-f", name).returncode == 0
    back = json.loads(aisafe("matrix", "--from", "open_weights", "--to", "closed_api", "-f", "json").stdout)["changes"]
    assert [change["change"] for change in back].count("gained") == 9
    assert aisafe("matrix", "--from", "closed_api").returncode == 2
    assert aisafe("matrix", "--from", "closed_api", "--to", "open").returncode == 2


@pytest.mark.parametrize(
    ("word", "found"),
    [("ab1", "AB-01"), ("AB-1", "AB-01"), ("staged_access", "AB-06"), ("Hosted-API", "hosted_api"), ("low", "low")],
)
def test_a_word_is_found_however_it_is_written(aisafe: Program, word: str, found: str) -> None:
    assert json.loads(aisafe("explain", word, "-f", "json").stdout)["topics"][0]["id"] == found


def test_explain_without_a_word_lists_all_words(aisafe: Program) -> None:
    listed = aisafe("explain").stdout
    assert listed == aisafe("list").stdout
    assert "Access levels\n" in listed
    unknown = aisafe("explain", "xyzzy")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == "error: nothing is called `xyzzy`; see `aisafe explain`, which lists all words\n"


def test_the_help_lists_every_command_in_a_group_and_cuts_no_line(aisafe: Program) -> None:
    shown = aisafe("--help").stdout
    for heading, commands in HELP.items():
        assert f"\n{heading}:\n" in shown
        for name, (_, line) in commands.items():
            assert f"\n  {name:<8}  {line}\n" in shown
            assert len(line) <= 45
