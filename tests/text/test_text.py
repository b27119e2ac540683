"""Which characters are let in, and what is shown of the others."""

from __future__ import annotations

import re
import unicodedata

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aisafe_cli.text.escape import markdown_safe, quote_yaml, quote_yaml_word, terminal_safe, visible
from aisafe_cli.text.unicode import find_forbidden_characters, is_wide, normalize, shows_nothing
from aisafe_cli.text.wording import count, suggest_word

BIDIRECTIONAL = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
NON_CHARACTERS = [*range(0xFDD0, 0xFDF0), *(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF))]
FORBIDDEN = {
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
    *(0x2028, 0x2029, 0xFEFF),
    *BIDIRECTIONAL,
    *NON_CHARACTERS,
    *range(0xD800, 0xE000),
}
COMMANDS = re.compile(r"::|##\w*\[|section_(start|end):")

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)
# The first planes whole, and of the others the ends.
CODES = [
    *range(0x20000),
    *(plane * 0x10000 + place for plane in range(2, 17) for place in (0, 1, 0xFFFD, 0xFFFE, 0xFFFF)),
]

# Pieces of what a runner takes as a command.
PIECES = [":", "::", "#", "##", "[", "\n", "\x1b", "\\", " ", "section_start", "section_", "end", "error", "vso", "é"]


def test_exactly_these_characters_are_forbidden():
    text = "".join(map(chr, CODES))
    assert {CODES[offset] for offset, _ in find_forbidden_characters(text)} == FORBIDDEN


def test_a_text_that_can_be_printed_holds_none_of_them():
    assert [code for code in FORBIDDEN if chr(code).isprintable()] == []  # so such a text is not searched


def test_every_control_character_is_forbidden_but_tab_and_line_feed():
    controls = {code for code in CODES if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")}
    assert controls - FORBIDDEN == {ord("\t"), ord("\n")}


def test_each_place_is_named_in_order():
    text = "a\x00\tb\u202e\n\U0001fffe\x00"
    assert list(find_forbidden_characters(text)) == [(1, "U+0000"), (4, "U+202E"), (6, "U+1FFFE"), (7, "U+0000")]


@pytest.mark.parametrize("text", ["", "plain", "é e\u0301 אור 光 🙂 \u200d \u00a0", "a\tb\nc"])
def test_ordinary_text_has_none(text):
    assert list(find_forbidden_characters(text)) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 光", "plain é 光"),
        ("a\nb\tc", r"a\nb\tc"),
        ("a\rb", r"a\u{d}b"),
        ("\x1b[31m", r"\u{1b}[31m"),
        ("\x9b", r"\u{9b}"),
        ("\u202e\u2066", r"\u{202e}\u{2066}"),
        ("\udcff", r"\u{dcff}"),
        ("\U0010ffff", r"\u{10ffff}"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@quick
@given(st.text(st.characters(codec=None)))
def test_visible_text_is_one_line_that_may_be_written_anywhere(text):
    shown = visible(text)
    assert not list(find_forbidden_characters(shown))
    assert len(shown.splitlines()) <= 1
    assert "\t" not in shown
    shown.encode()
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain: text # 1 [x]", "plain: text # 1 [x]"),
        ("https://example.org/a#b", "https://example.org/a#b"),
        ("::error::x", ":\\:error:\\:x"),
        (":::", ":\\:\\:"),
        ("a::b", "a:\\:b"),
        ("x\n::add-mask::y", "x\\n:\\:add-mask:\\:y"),
        ("##[add-mask]x", "##\\[add-mask]x"),
        ("####[group]", "####\\[group]"),
        ("##vso[task.setvariable]", "##vso\\[task.setvariable]"),
        ("##teamcity[x]", "##teamcity\\[x]"),
        ("section_start:1:x", "section_start\\:1:x"),
        ("section_end:1:x", "section_end\\:1:x"),
    ],
)
def test_terminal_safe(text, shown):
    assert terminal_safe(text) == shown


@quick
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_runner_finds_a_command_in_safe_text(text):
    shown = terminal_safe(text)
    assert not COMMANDS.search(shown)
    assert shown.replace("\\", "") == visible(text).replace("\\", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 1.5 and snake_case", "plain text, 1.5 and snake_case"),
        ("a\n\nb\tc  d", "a b c d"),
        ("*a* `b` ~c~ |d|", r"\*a\* \`b\` \~c\~ \|d\|"),
        ("_a_", r"\_a\_"),
        ("[a](b)", r"\[a\](b)"),
        ("<b>", r"\<b\>"),
        ("&lt; & b", r"\&lt; & b"),
        ("\\*", r"\\\*"),
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("1. a", r"1\. a"),
        ("1.10", "1.10"),
        ("12) a", r"12\) a"),
        ("a 1. b", "a 1. b"),
        ("+ a", r"\+ a"),
        ("= a", r"\= a"),
        ("a - b + c = d # e", "a - b + c = d # e"),
        ("::a:: b", r"\::a:: b"),
        (": a", ": a"),
        ("$a$", r"\$a\$"),
        ("a_b_ _c", r"a_b\_ \_c"),
        ("&lt; &#x3c; & c;", r"\&lt; \&#x3c; & c;"),
        ("section_start:1 section_end:2", r"section\_start:1 section\_end:2"),
        ("section_x: a_start:", "section_x: a_start:"),
        ("HTTPS://a.example//b", "HTTPS\u200b://a.example/\u200b/b"),
        ("mailto:a xmpp:b", "mailto:\u200ba xmpp:\u200bb"),
        ("WWW.a @b #1 #c", "WWW\u200b.a @\u200bb #\u200b1 #c"),
    ],
)
def test_markdown_safe(text, shown):
    assert markdown_safe(text) == shown


@pytest.mark.parametrize("text", ["https://example.org", "www.example.org", "@somebody", "#12", "owner/name#12"])
def test_nothing_links_by_itself_in_markdown(text):
    shown = markdown_safe(text)
    assert shown.replace("\u200b", "").replace("\\", "") == text
    assert not re.search(r"[a-z]://|www\.|@\w|#\d", shown)


@quick
@given(st.text())
def test_safe_markdown_is_one_line(text):
    assert len(markdown_safe(text).split("\n")) == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("weights", "weights"),
        ("AB-01_b", "AB-01_b"),
        ("true", '"true"'),
        ("NULL", '"NULL"'),
        ("nothing", "nothing"),
        ("1a", '"1a"'),
        ("-a", '"-a"'),
        ("_a", '"_a"'),
        ("a b", '"a b"'),
        ("é", '"é"'),
        ('say "a\\b"', r'"say \"a\\b\""'),
    ],
)
def test_a_word_as_yaml(text, word):
    assert quote_yaml_word(text) == word
    assert yaml.safe_load(word) == text


@pytest.mark.parametrize("word", ["true", "false", "null", "yes", "no", "on", "off", "y", "n"])
def test_what_yaml_could_take_for_something_else_is_quoted(word):
    assert quote_yaml_word(word) == f'"{word}"'
    assert quote_yaml_word(word.upper()) == f'"{word.upper()}"'


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a ##[b]", r'"a #\x23[b]"'),
        ("section_start:1", r'"section\x5fstart:1"'),
        ("\\x", r'"\\x"'),
    ],
)
def test_quoted_yaml_brings_no_command(text, quoted):
    assert quote_yaml(text) == quoted
    assert yaml.safe_load(quoted) == text


@pytest.mark.parametrize(
    ("character", "wide"), [("a", False), ("é", False), ("光", True), ("＝", True), ("ｱ", False), ("·", False)]
)
def test_wide_characters(character, wide):
    assert is_wide(character) is wide


@pytest.mark.parametrize(("text", "normal"), [("plain", "plain"), ("e\u0301", "é"), ("ﬁn", "fin"), ("ＡＢ", "AB")])
def test_the_normal_form(text, normal):
    assert normalize(text) == normal


@pytest.mark.parametrize(
    ("number", "nouns", "said"),
    [
        (0, ("plan",), "0 plans"),
        (1, ("plan",), "1 plan"),
        (2, ("plan",), "2 plans"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry", "entries"), "2 entries"),
    ],
)
def test_a_count(number, nouns, said):
    assert count(number, *nouns) == said


def test_a_long_word_is_not_compared():
    assert suggest_word("a" * 100, ["a" * 99]) == f"did you mean `{'a' * 99}`?"
    assert suggest_word("a" * 101, ["a" * 99]) == ""


def test_hyphens_and_underscores_are_one():
    assert suggest_word("---abc", ["___abc", "abc"]) == "did you mean `___abc`?"
    assert suggest_word("___abc", ["---abc", "abc"]) == "did you mean `---abc`?"


def test_nothing_is_meant_by_what_is_far_from_all():
    assert suggest_word("harbor", ["weights", "api"]) == ""
    assert suggest_word("harbor", []) == ""


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " \t\n",
            "\u200b",
            "\u2063",
            "\u3164",
            "\u2800",
            "\u115f\u1160",
            "\u00ad",
            "\u0301",
            "\ufe0f",
            "\U000e0041",
        ),
        *("\U0001d159", "\u00a0\u3000\u2003", "\u034f \u180e", "\u2060\u200d", "\U000e01ef", "\u0378"),
    ],
)
def test_what_shows_nothing(text):
    assert shows_nothing(text)
    assert not shows_nothing(f"{text}x")


@pytest.mark.parametrize("text", ["a", "é", "e\u0301", ".", "…", "光", "🙂", "٣", "\u200bx", "👩\u200d🚀"])
def test_what_shows_something(text):
    assert not shows_nothing(text)
