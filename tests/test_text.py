"""Which characters are let in, and what is shown of the others."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisafe_cli.text import forbidden_characters, markdown_safe, terminal_safe, visible

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
    assert {CODES[offset] for offset, _ in forbidden_characters(text)} == FORBIDDEN


def test_every_control_character_is_forbidden_but_tab_and_line_feed():
    controls = {code for code in CODES if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")}
    assert controls - FORBIDDEN == {ord("\t"), ord("\n")}


def test_each_place_is_named_in_order():
    text = "a\x00\tb\u202e\n\U0001fffe\x00"
    assert list(forbidden_characters(text)) == [(1, "U+0000"), (4, "U+202E"), (6, "U+1FFFE"), (7, "U+0000")]


@pytest.mark.parametrize("text", ["", "plain", "é e\u0301 אור 光 🙂 \u200d \u00a0", "a\tb\nc"])
def test_ordinary_text_has_none(text):
    assert list(forbidden_characters(text)) == []


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
    assert not list(forbidden_characters(shown))
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
