"""Text to nodes: bytes that are refused, bounds, and where things stand."""

from __future__ import annotations

import os
import re
import time

import pytest
import yaml

from aisafe_cli.domain.plan import Position
from aisafe_cli.errors import FileError, InputError
from aisafe_cli.parsing import nodes
from aisafe_cli.parsing import yaml as yamlfile
from aisafe_cli.parsing.nodes import MAX_CHARACTER_FAULTS, MAX_SUGGESTIONS
from aisafe_cli.parsing.yaml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_KEY,
    MAX_NODES,
    MAX_SCALAR,
    Mapping,
    Scalar,
    Sequence,
    Unusable,
    YamlDocument,
    load_document,
)

PURE, FAST = yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def faults_of(content, path="made.yaml"):
    """What is wrong with the content, as `line:column: message`."""
    with pytest.raises(InputError) as raised:
        YamlDocument(path, content if isinstance(content, bytes) else content.encode()).raise_faults()
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in raised.value.faults]


def sound(content):
    document = YamlDocument("made.yaml", content if isinstance(content, bytes) else content.encode())
    document.raise_faults()
    return document


def not_allowed(place, name):
    return f"{place}: the character U+{name} is not allowed"


# --- bytes and characters -------------------------------------------------------------------------------------------

# A wrong byte after a byte order mark is not in the table: it is reported three bytes too early.
REFUSED_BYTES = {
    "latin-1": (b"a: 1\nname: caf\xe9\n", ["2:10: not UTF-8 (byte 0xE9)"]),
    "latin-1-after-letters": ("é: ".encode() + b"\xfc", ["1:4: not UTF-8 (byte 0xFC)"]),
    "latin-1-after-crlf": (b"a: 1\r\nb: \xfc\r\n", ["2:4: not UTF-8 (byte 0xFC)"]),
    "latin-1-on-the-third-line": (b"a: 1\nb: 2\nc: \xfc\n", ["3:4: not UTF-8 (byte 0xFC)"]),
    "cut-off": (b"a: caf\xc3", ["1:7: not UTF-8 (byte 0xC3)"]),
    "overlong": (b"a: \xc0\xaf\n", ["1:4: not UTF-8 (byte 0xC0)"]),
    "surrogate": (b"a: \xed\xa0\x80\n", ["1:4: not UTF-8 (byte 0xED)"]),
    "beyond-unicode": (b"a: \xf4\x90\x80\x80\n", ["1:4: not UTF-8 (byte 0xF4)"]),
    "utf-16-le": ("a: 1\n".encode("utf-16"), ["1:1: not UTF-8 (byte 0xFF)"]),
    "utf-16-be": (b"\xfe\xff" + "a: 1\n".encode("utf-16-be"), ["1:1: not UTF-8 (byte 0xFE)"]),
    "utf-16-without-a-mark": ("a:".encode("utf-16-le"), [not_allowed("1:2", "0000"), not_allowed("1:4", "0000")]),
    "utf-32": ("a".encode("utf-32-be"), [not_allowed(f"1:{column}", "0000") for column in (1, 2, 3)]),
    "gzip": (b"\x1f\x8b\x08\x00", ["1:2: not UTF-8 (byte 0x8B)"]),
    "nul": (b"a: \x00\n", [not_allowed("1:4", "0000")]),
    "carriage-returns": (b"a: 1\rb: 2\r", [not_allowed("1:5", "000D"), not_allowed("1:10", "000D")]),
    "carriage-return-before-crlf": (b"a: 1\r\r\n", [not_allowed("1:5", "000D")]),
    "escape": (b"a: 1\nb: \x1b[2J\n", [not_allowed("2:4", "001B")]),
    "vertical-tab": (b"a: \x0b\n", [not_allowed("1:4", "000B")]),
    "delete": (b"a: \x7f\n", [not_allowed("1:4", "007F")]),
    "next-line": ("a: \u0085b\n".encode(), [not_allowed("1:4", "0085")]),
    "control-sequence-introducer": ("a: \u009b\n".encode(), [not_allowed("1:4", "009B")]),
    "line-separator": ("a: \u2028b\n".encode(), [not_allowed("1:4", "2028")]),
    "right-to-left-override": ("a: \u202eb\n".encode(), [not_allowed("1:4", "202E")]),
    "right-to-left-isolate": ("a: \u2067b\n".encode(), [not_allowed("1:4", "2067")]),
    "mark-inside": ("a: \ufeffb\n".encode(), [not_allowed("1:4", "FEFF")]),
    "two-marks": (b"\xef\xbb\xbf\xef\xbb\xbfa: 1\n", [not_allowed("1:1", "FEFF")]),
    "non-character": ("a: \uffff\U0010ffff\n".encode(), [not_allowed("1:4", "FFFF"), not_allowed("1:5", "10FFFF")]),
    "in-a-comment": (b"a: 1 # \x1b\n", [not_allowed("1:8", "001B")]),
    "in-a-key": (b"a\x1b: 1\n", [not_allowed("1:2", "001B")]),
    "after-an-empty-line": (b"\na: \x1b\n", [not_allowed("2:4", "001B")]),
    "on-the-third-line": (b"a: 1\nb: 2\nc: \x1b\n", [not_allowed("3:4", "001B")]),
}


@pytest.mark.parametrize("name", REFUSED_BYTES)
def test_bytes_that_are_refused(name):
    content, expected = REFUSED_BYTES[name]
    assert faults_of(content) == expected


def test_what_is_not_utf_8_has_a_hint():
    with pytest.raises(InputError) as raised:
        YamlDocument("made.yaml", b"caf\xe9")
    assert [fault.hint for fault in raised.value.faults] == ["save the file as UTF-8"]


def test_so_many_characters_are_reported_and_no_more():
    assert len(faults_of("a: " + "\x01" * (MAX_CHARACTER_FAULTS + 10))) == MAX_CHARACTER_FAULTS


@pytest.mark.parametrize(
    ("escape", "name"),
    [
        (r"\0", "0000"),
        (r"\e[31m", "001B"),
        (r"\r", "000D"),
        (r"\b", "0008"),
        (r"\x7f", "007F"),
        (r"\x9b", "009B"),
        (r"\N", "0085"),
        (r"\L", "2028"),
        (r"\P", "2029"),
        (r"\u202E", "202E"),
        (r"\u2066", "2066"),
        (r"\uFEFF", "FEFF"),
        (r"\uFFFE", "FFFE"),
        (r"\U0001FFFF", "1FFFF"),
    ],
)
@pytest.mark.parametrize("loader", [FAST, PURE])
def test_an_escape_does_not_bring_a_character_in(monkeypatch, loader, escape, name):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    expected = f"the character U+{name} is not allowed, even as an escape"
    assert faults_of(f'a: "x{escape}"\n') == [f"1:4: {expected}"]
    assert faults_of(f'"x{escape}": a\n') == [f"1:1: {expected}"]


@pytest.mark.parametrize("loader", [FAST, PURE])
def test_an_escaped_surrogate_is_refused_by_both_parsers(monkeypatch, loader):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    (fault,) = faults_of('a: 1\nb: "\\ud800"\n')
    assert fault.startswith("2:")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *((letter, letter) for letter in ("é", "\u200d", "\u0301", "אור", "光", "🙂")),
        (r"\t", "\t"),
        (r"\n", "\n"),
        (r"\u00e9", "é"),
    ],
)
@pytest.mark.parametrize("loader", [FAST, PURE])
def test_letters_marks_and_joiners_are_allowed(monkeypatch, loader, text, read):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    assert sound(f'a: "x{text}y"\n').root.entries["a"][1].text == f"x{read}y"


@pytest.mark.parametrize("content", [b"a: 1\r\nb: 2\r\n", b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\nb: 2"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(content):
    document = sound(content)
    assert [(name, value.text) for name, (_, value) in document.root.entries.items()] == [("a", "1"), ("b", "2")]
    assert document.position("b") == Position(line=2, column=1)
    assert document.content == content


# --- bounds ---------------------------------------------------------------------------------------------------------

BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 31))
DEEP = "the file is nested deeper than 64 levels"
OVER = {
    "levels": ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"1:{MAX_DEPTH + 1}: {DEEP}"),
    "levels-of-mappings": ("{a: " * (MAX_DEPTH + 1), f"1:{4 * MAX_DEPTH + 1}: {DEEP}"),
    "levels-of-blocks": ("- " * (MAX_DEPTH + 1) + "x", f"1:{2 * MAX_DEPTH + 1}: {DEEP}"),
    "levels-that-would-crash-a-parser": ("[" * 30_000, f"1:{MAX_DEPTH + 1}: {DEEP}"),
    "nodes": ("[" + "1," * MAX_NODES + "]", f"1:{2 * MAX_NODES}: the file has more than 50000 values"),
    "nodes-as-keys": (
        "".join(f"k{i}: 1\n" for i in range(MAX_NODES // 2)),
        "25000:9: the file has more than 50000 values",
    ),
    "text": ("a: " + "x" * (MAX_SCALAR + 1), "1:4: this text is longer than 65536 characters"),
    "text-in-quotes": ('a: "' + "x" * (MAX_SCALAR + 1) + '"', "1:4: this text is longer than 65536 characters"),
    "text-in-a-block": ("a: |\n  " + "x" * (MAX_SCALAR + 1), "1:4: this text is longer than 65536 characters"),
    "key": ("a: {" + "k" * (MAX_KEY + 1) + ": 1}", "1:5: this key is longer than 250 characters"),
}


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="the pure parser needs seconds for these")
@pytest.mark.parametrize("name", OVER)
def test_what_is_over_a_bound_is_refused(name):
    content, expected = OVER[name]
    found = faults_of(content)
    if name == "levels-that-would-crash-a-parser":  # since PyYAML 6.0.4 the parser meets a bound of its own first
        found = [re.sub(r"^1:1001:", f"1:{MAX_DEPTH + 1}:", fault) for fault in found]
    assert found == [expected]


@pytest.mark.parametrize("loader", [FAST, PURE])
def test_keys_within_keys_are_bounded_too(monkeypatch, loader):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    faults = faults_of("? " * 5_000)
    assert len(faults) == MAX_DEPTH + 1
    assert faults[-1] == f"1:{2 * MAX_DEPTH + 1}: the file is nested deeper than 64 levels"


@pytest.mark.parametrize("name", ["levels", "levels-of-mappings", "levels-of-blocks", "text"])
def test_the_pure_parser_has_the_same_bounds(monkeypatch, name):
    monkeypatch.setattr(yamlfile, "_LOADER", PURE)
    content, expected = OVER[name]
    found = faults_of(content)
    if name == "levels-that-would-crash-a-parser":  # since PyYAML 6.0.4 the parser meets a bound of its own first
        found = [re.sub(r"^1:1001:", f"1:{MAX_DEPTH + 1}:", fault) for fault in found]
    assert found == [expected]


@pytest.mark.parametrize(
    "content",
    [
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        "[" + "1," * (MAX_NODES - 1) + "]",
        "a: " + "x" * MAX_SCALAR,
        "k" * MAX_KEY + ": 1",
    ],
    ids=["levels", "nodes", "text", "key"],
)
def test_what_is_at_a_bound_is_read(content):
    assert sound(content).root


@pytest.mark.parametrize("content", [BOMB, MERGES], ids=["aliases", "merge-keys"])
@pytest.mark.parametrize("loader", [FAST, PURE])
def test_a_bomb_is_refused_before_it_goes_off(monkeypatch, loader, content):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    start = time.process_time()
    faults = faults_of(content)
    assert time.process_time() - start < 5  # built, it would take minutes
    assert faults[0].endswith("1:5: anchors (&) and aliases (*) are not supported")
    assert {fault.partition(": ")[2] for fault in faults} <= {
        "anchors (&) and aliases (*) are not supported",
        "merge keys (<<) are not supported",
    }


def test_the_bounds_are_those_of_the_plan_format():
    assert (MAX_DEPTH, MAX_NODES, MAX_SCALAR, MAX_KEY) == (64, 50_000, 65_536, 250)
    assert (1 << 20 if yaml.__with_libyaml__ else 1 << 18) == MAX_BYTES


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_bytes(b"a: 1\n" + b"#" * (MAX_BYTES - 5))
    assert load_document(str(path)).position("a") == Position()
    path.write_bytes(b"a: 1\n" + b"#" * (MAX_BYTES - 4))
    with pytest.raises(FileError, match=f"larger than {MAX_BYTES} bytes"):
        load_document(str(path))


# --- what the parser refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("loader", [FAST, PURE])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["1:1: the input is empty"]),
        ("\n\n# words\n", ["1:1: the input is empty"]),
        ("a: &x 1\n", ["1:4: anchors (&) and aliases (*) are not supported"]),
        ("a: *x\n", ["1:4: anchors (&) and aliases (*) are not supported"]),
        ("*x : a\n", ["1:1: anchors (&) and aliases (*) are not supported"]),
        ("&x [a]\n", ["1:1: anchors (&) and aliases (*) are not supported"]),
        ("!x {a: 1}\n", ["1:1: the tag !x is not supported"]),
        ("a: !!binary aGk=\n", ["1:4: the tag tag:yaml.org,2002:binary is not supported"]),
        ("!!str a: 1\n", ["1:1: the tag tag:yaml.org,2002:str is not supported"]),
        ("a: !<x> 1\n", ["1:4: the tag x is not supported"]),
        ("<<: {a: 1}\n", ["1:1: merge keys (<<) are not supported"]),
        ("[a]: 1\n", ["1:1: a key must be text"]),
        ("{a: 1}: 1\n", ["1:1: a key must be text"]),
        ("a: 1\n---\nb: 2\n", ["2:1: a second document begins here"]),
        ("a: 1\n...\n---\n", ["3:1: a second document begins here"]),
        ("%YAML 1.1\n---\na: 1\n", ["1:1: directives are not supported"]),
        ("# b\n%YAML 1.1\n---\na: 1\n", ["2:1: directives are not supported"]),
        ("%YAML 1.1\n%TAG ! b\n---\na: 1\n", ["1:1: directives are not supported"]),
        ("# b\n%YAML 1.1\n%TAG ! b\n---\na: 1\n", ["2:1: directives are not supported"]),
        ("a: 1\na: 2\n", ["2:1: duplicate key 'a' (first on line 1)"]),
        ("{a: 1, 'a': 2}\n", ["1:8: duplicate key 'a' (first on line 1)"]),
        ("a: {b: {c: 1, c: 2}}\n", ["1:15: duplicate key 'c' (first on line 1)"]),
        ("a: 1\nb: 1\na: 2\na: 3\n", [f"{line}:1: duplicate key 'a' (first on line 1)" for line in (3, 4)]),
        ("\u00e9: 1\ne\u0301: 2\n", ["2:1: duplicate key 'e\u0301' (first on line 1)"]),
        ("\ufb01n: 1\nfin: 2\n", ["2:1: duplicate key 'fin' (first on line 1)"]),
        ("1: a\n1: b\n", ["2:1: duplicate key '1' (first on line 1)"]),
    ],
)
def test_yaml_that_is_refused(monkeypatch, loader, content, expected):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    assert faults_of(content) == expected


@pytest.mark.parametrize(
    "content", ["1: a\n1.0: b\ntrue: c\n", "a: 1\nA: 2\n", "a: {b: 1}\nc: {b: 2}\n", '"<<": 1\n', "--- {a: 1}\n...\n"]
)
def test_yaml_that_is_accepted(content):
    assert sound(content).root.entries


@pytest.mark.parametrize("loader", [FAST, PURE])
@pytest.mark.parametrize(
    ("content", "place", "hint"),
    [
        ("a:\n\tb: 1\n", "2:1", "indent with spaces, not tabs"),
        ("a: b: c\n", "1:5", "put text that contains a colon in quotes"),
        ("a: 1\nb: c: d", "2:5", "put text that contains a colon in quotes"),
        ("a: {% if x %}\n", "1:5", "this looks like a template; render it first"),
        ('a: "{{ x }}": b\n', "1:13", "this looks like a template; render it first"),
        ("a: [1\nb: 2\n", "2:2", ""),
        ("a: @b\n", "1:4", ""),
        ("a: 'b\n", "2:1", ""),
    ],
)
def test_a_syntax_error_has_its_place_and_a_hint(monkeypatch, loader, content, place, hint):
    monkeypatch.setattr(yamlfile, "_LOADER", loader)
    with pytest.raises(InputError) as raised:
        YamlDocument("made.yaml", content.encode())
    (fault,) = raised.value.faults
    assert fault.message.startswith("not valid YAML: ")
    assert (f"{fault.line}:{fault.column}", fault.hint) == (place, hint)


def test_faults_before_a_syntax_error_are_kept():
    faults = faults_of("a: &x 1\nb: 'c\n")
    assert faults[0] == "1:4: anchors (&) and aliases (*) are not supported"
    assert len(faults) == 2


def test_the_same_fault_is_said_once():
    document = sound("a: 1\n")
    for _ in range(2):
        document.fault(Position(line=1, column=4), "odd")
    with pytest.raises(InputError) as raised:
        document.raise_faults()
    assert len(raised.value.faults) == 1


def test_faults_end_where_nobody_reads_on(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_FAULTS", 3)
    document = sound("a: 1\n")
    for column in (1, 2):
        document.fault(Position(line=1, column=column), "odd")
    with pytest.raises(InputError) as raised:
        document.fault(Position(line=1, column=3), "odd")
    assert [fault.column for fault in raised.value.faults] == [1, 2, 3]


def test_what_cannot_be_read_further_has_only_the_hint_it_is_given():
    with pytest.raises(InputError) as raised:
        sound("[" * (MAX_DEPTH + 1))
    assert [fault.hint for fault in raised.value.faults] == [""]


def test_only_the_first_faults_have_suggestions():
    document = sound("a: 1\n")
    said = [document.suggest("harbour", ["harbor"]) for _ in range(MAX_SUGGESTIONS + 2)]
    assert said == ["did you mean `harbor`?"] * MAX_SUGGESTIONS + ["", ""]


def test_suggestions_end_where_they_would_take_long(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_COMPARED", 2 * len("harbour") * len("harborbay"))
    document = sound("a: 1\n")
    said = [document.suggest("harbour", ["harbor", "bay"]) for _ in range(3)]
    assert said == ["did you mean `harbor`?"] * 2 + [""]


# --- nodes and places -----------------------------------------------------------------------------------------------


def test_a_document_becomes_nodes_with_places():
    root = sound("a: 1\nb:\n  - 'x'\n  - {c: }\n").root
    assert isinstance(root, Mapping)
    assert list(root.entries) == ["a", "b"]
    key, value = root.entries["a"]
    assert isinstance(key, Scalar)
    assert isinstance(value, Scalar)
    assert (key.text, key.plain, key.position) == ("a", True, Position(line=1, column=1))
    assert (value.text, value.plain, value.position) == ("1", True, Position(line=1, column=4))
    listed = root.entries["b"][1]
    assert isinstance(listed, Sequence)
    assert listed.position == Position(line=3, column=3)
    first, second = listed.items
    assert (first.text, first.plain, first.position) == ("x", False, Position(line=3, column=5))
    assert second.position == Position(line=4, column=5)
    assert second.entries["c"][1].text == ""


@pytest.mark.parametrize(
    ("written", "text", "plain"),
    [
        ("x", "x", True),
        ("'x'", "x", False),
        ('"x"', "x", False),
        ("|\n  x", "x", False),
        (">-\n  x\n  y", "x y", False),
        ("", "", True),
        ('""', "", False),
    ],
)
def test_a_text_knows_whether_it_stood_in_quotes(written, text, plain):
    value = sound(f"a: {written}").root.entries["a"][1]
    assert (value.text, value.plain) == (text, plain)


@pytest.mark.parametrize("written", ["*x", r'"\0"', "x" * (MAX_SCALAR + 1)], ids=["alias", "escape", "long"])
def test_a_value_that_cannot_be_used_keeps_its_place(written):
    document = YamlDocument("made.yaml", f"a: [1, {written}]\n".encode())
    value = document.root.entries["a"][1].items[1]
    assert isinstance(value, Unusable)
    assert value.position == Position(line=1, column=8)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), (1, 1), (1, 1)),
        (("a",), (1, 1), (1, 4)),
        (("b",), (2, 1), (3, 3)),
        (("b", 0), (3, 5), (3, 5)),
        (("b", 1), (4, 5), (4, 5)),
        (("b", 1, "c"), (4, 6), (4, 9)),
        (("b", 1, "missing"), (4, 5), (4, 5)),
        (("b", 2), (2, 1), (3, 3)),
        (("b", 7), (2, 1), (3, 3)),
        (("b", "c"), (2, 1), (3, 3)),
        (("missing", 0, "x"), (1, 1), (1, 1)),
        (("a", "x"), (1, 1), (1, 4)),
    ],
)
def test_the_place_of_a_key_and_of_its_value(path, key, value):
    document = sound("a: 1\nb:\n  - x\n  - {c: d}\n")
    assert document.position(*path) == Position(line=key[0], column=key[1])
    assert document.value_position(*path) == Position(line=value[0], column=value[1])


def test_an_escape_beyond_unicode_is_refused_by_both_parsers(monkeypatch):
    content = 'a: 1\nb: "\\U00110000"\n'
    monkeypatch.setattr(yamlfile, "_LOADER", PURE)
    assert faults_of(content) == ["1:1: not valid YAML: chr() arg not in range(0x110000)"]
    monkeypatch.setattr(yamlfile, "_LOADER", FAST)
    (fault,) = faults_of(content)
    assert "not valid YAML: " in fault


def test_columns_count_characters():
    assert faults_of("{🙂é光: 1, 🙂é光: 2}\n") == ["1:10: duplicate key '🙂é光' (first on line 1)"]


# --- quoting --------------------------------------------------------------------------------------------------------


def source_lines(path):
    with pytest.raises(InputError) as raised:
        load_document(path).raise_faults()
    return {fault.source_line for fault in raised.value.faults}


def test_a_fault_quotes_its_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("a: 1\r\nb: &x 2\r\n")
    assert source_lines("a.yaml") == {"b: &x 2"}
    assert source_lines(str(tmp_path / "a.yaml")) == {"b: &x 2"}


def test_a_file_outside_that_a_link_leads_to_is_not_quoted(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("password: 'x\n")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.yaml").symlink_to("../secret")
    monkeypatch.chdir(tmp_path / "here")
    assert source_lines("a.yaml") == {None}
    assert source_lines(os.path.join("..", "secret")) == {""}
