"""Lines of a width, JSON written in one way, and markup without commands."""

from __future__ import annotations

import json
from html import unescape

import pytest

from aisafe_cli.domain.catalog import Mode
from aisafe_cli.reporters import layout
from aisafe_cli.reporters.layout import WIDTH, as_json, cut_between_lines, fill, fold, stream_json, wrap
from aisafe_cli.text.escape import escape_markup_commands


def test_lines_have_a_width():
    assert wrap("x" * WIDTH) == ["x" * 80]
    assert wrap("x" * (WIDTH + 1)) == ["x" * 80, "x"]
    assert wrap("a " * 50) == [("a " * 40).rstrip(), ("a " * 10).rstrip()]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ((), ["a" * 70, "b" * 70]),
        ((2,), ["  " + "a" * 70, "  " + "b" * 70]),
        ((2, 4), ["  " + "a" * 70, "    " + "b" * 70]),
        ((4, 0), ["    " + "a" * 70, "b" * 70]),
    ],
)
def test_lines_are_indented(arguments, lines):
    assert wrap(f"{'a' * 70} {'b' * 70}", *arguments) == lines


def test_wrapped_text_is_safe_for_a_terminal():
    assert wrap("a ##[b] \x1b[2J\nc") == [r"a ##\[b] \u{1b}[2J\nc"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, []),
        ("one two three", 8, ["one two", "three"]),
        ("one two-three", 9, ["one", "two-three"]),
        ("12345678", 4, ["1234", "5678"]),
        ("naïve 12", 8, ["naïve 12"]),
        ("naïve 12", 7, ["naïve", "12"]),
        ("漢字 漢字", 5, ["漢字", "漢字"]),
        ("漢字 漢字", 10, ["漢字 漢字"]),
        ("漢字 漢字", 9, ["漢字", "漢字"]),
        ("漢字漢字", 5, ["漢字", "漢字"]),
    ],
)
def test_folded(text, width, lines):
    assert fold(text, width) == lines


def test_folded_lines_begin_as_told():
    assert fold("one two three", 8, "- ", "  ") == ["- one", "  two", "  three"]


@pytest.mark.parametrize(
    ("text", "shown"), [("ab", "ab  "), ("abcd", "abcd"), ("abcdef", "abcdef"), ("漢", "漢  "), ("", "    ")]
)
def test_padded(text, shown):
    assert fill(text, 4) == shown


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{\n  "a": [\n    true,\n    null\n  ],\n  "b": 1\n}\n'),
        ("é光", r'"\u00e9\u5149"' + "\n"),
        ("a ##[b]", r'"a #\u0023[b]"' + "\n"),
        ("section_start:1 section_end:2", r'"section\u005fstart:1 section\u005fend:2"' + "\n"),
        ("a_start: section_x:", '"a_start: section_x:"\n'),
    ],
)
def test_json_is_written_in_one_way(data, text):
    assert as_json(data) == text
    assert json.loads(text) == data


def test_json_is_written_as_python_writes_it():
    data = {
        "b": [1, 0, -3, 1.5, True, False, None, [], {}, [[{}]]],
        "a": ("é", {"z": 1, "": [True]}),
        "c": Mode.OPEN_WEIGHTS,
    }
    assert as_json(data) == json.dumps(data, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_json_has_no_infinite_numbers(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(number)


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<b>a: b::c</b>", "<b>a: b::c</b>"),
        ("::error::x", "&#58;:error::x"),
        ("a\n  ::error::x", "a\n  &#58;:error::x"),
        (":a", ":a"),
        ("a ##[b]", "a #&#35;[b]"),
        ("section_start:1 section_end:2", "section&#95;start:1 section&#95;end:2"),
        ("a_start: section_x:", "a_start: section_x:"),
    ],
)
def test_markup_escape_markup_commands(markup, shown):
    assert escape_markup_commands(markup) == shown
    assert unescape(shown) == markup


@pytest.mark.parametrize("block", [0, 1, 5, 9, 1_000])
@pytest.mark.parametrize("text", ["", " \n", "a", "\n a\n\n\n b\n", "aa  \n\n ::b\n\n\n\n\nc ##[d]\n  \n", "a" * 20])
def test_a_text_is_cut_between_lines_alone(monkeypatch: pytest.MonkeyPatch, text: str, block: int) -> None:
    monkeypatch.setattr(layout, "_BLOCK", block)
    for size in (1, 2, 3, 50):
        blocks = [*cut_between_lines(text[start : start + size] for start in range(0, len(text), size))]
        assert "".join(blocks) == text.strip() + "\n"
        assert all(one.lstrip(" ").startswith("\n") and one[-1] != " " for one in blocks[1:] if one != "\n")


@pytest.mark.parametrize("items", [[], [{}], [1, "##[a]", [2, {"b": None}]], [{"a": 1, "b": [2]}, {"a": []}]])
def test_json_in_pieces_is_that_in_one(items: list[object]) -> None:
    data = {"z": {"in": items, "as": 1}, "y": items, "a": {}, "##[k]": "section_start:"}
    lazy = {**data, "z": {"in": iter(items), "as": 1}, "y": (one for one in items)}
    assert "".join(stream_json(lazy)) == as_json(data)
    assert "".join(stream_json(iter(items))) == as_json(items)
    assert [*stream_json(data)] == [as_json(data)[:-1], "\n"]
    nested = {"runs": iter([{"results": iter(items)}])}
    assert "".join(stream_json(nested)) == as_json({"runs": [{"results": items}]})
