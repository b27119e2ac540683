"""Faults as text for a person, and nothing in it for a machine that reads along."""

from __future__ import annotations

import pytest

from aisafe_cli.errors import (
    MAX_SHOWN,
    AisafeError,
    ExitCode,
    Fault,
    FileError,
    InputError,
    NothingToEvaluate,
    OutputError,
    describe,
)
from aisafe_cli.parsing.yaml import load_document


def fault(**changes):
    return Fault(**{"path": "a.plan.yaml", "line": 3, "column": 5, "message": "is odd", **changes})


def lines_of(*faults):
    return describe(InputError(faults)).split("\n")


def test_a_fault_has_its_place():
    assert lines_of(fault()) == ["a.plan.yaml:3:5: is odd"]


def test_a_fault_has_its_line_a_marker_and_a_hint():
    assert lines_of(fault(source_line="a: [b, c]", hint="remove it")) == [
        "a.plan.yaml:3:5: is odd",
        "  | a: [b, c]",
        "  |     ^",
        "  = remove it",
    ]


@pytest.mark.parametrize("source_line", [None, "", "   ", "\t"])
def test_an_empty_line_is_not_shown(source_line):
    assert lines_of(fault(source_line=source_line, hint="h")) == ["a.plan.yaml:3:5: is odd", "  = h"]


@pytest.mark.parametrize(
    ("column", "line", "shown", "marker"),
    [
        (1, "abc", "abc", 0),
        (3, "abc", "abc", 2),
        (4, "abc", "abc", 3),
        (2, "\tabc", " abc", 1),
        (1, "\x1b[2Jabc", r"\u{1b}[2Jabc", 0),
        (5, "\x1b[2Jabc", r"\u{1b}[2Jabc", 9),
    ],
)
def test_the_marker_stands_under_the_column(column, line, shown, marker):
    _, quoted, below = lines_of(fault(column=column, source_line=line))
    assert quoted == f"  | {shown}"
    assert below == f"  | {' ' * marker}^"


@pytest.mark.parametrize("column", [1, 30, 100, 5_000, 9_999, 10_001])
def test_of_a_long_line_only_the_part_around_the_column_is_shown(column):
    line = "".join(chr(ord("a") + place % 26) for place in range(10_000))
    _, quoted, below = lines_of(fault(column=column, source_line=line))
    assert len(quoted) <= 80
    assert len(below) <= 80
    under = quoted[len(below) - 1 :]
    assert under[:1] == line[column - 1 : column]
    assert quoted.removeprefix("  | ") in line


def test_so_many_faults_are_shown_and_the_rest_counted():
    faults = [fault(line=number) for number in range(1, MAX_SHOWN + 4)]
    assert lines_of(*faults[:MAX_SHOWN])[-1] == f"a.plan.yaml:{MAX_SHOWN}:5: is odd"
    lines = lines_of(*faults)
    assert len(lines) == MAX_SHOWN + 1
    assert lines[-1] == "... and at least 3 more faults"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileError("a: is not a regular file"), ExitCode.NOT_EVALUATED),
        (OutputError("a: is not a regular file"), ExitCode.NOT_EVALUATED),
        (NothingToEvaluate("a: is not a regular file"), ExitCode.NOTHING_TO_EVALUATE),
        (AisafeError("a: is not a regular file"), ExitCode.NOT_EVALUATED),
    ],
)
def test_another_error_is_one_line(error, code):
    assert describe(error) == "error: a: is not a regular file"
    assert error.exit_code == code


def test_faults_are_not_evaluated():
    assert InputError((fault(),)).exit_code == ExitCode.NOT_EVALUATED


HOSTILE = "x\n::error::y\r##[add-mask]z\x1b[2J\u202e##vso[a]section_start:1:b"


# Not tested: a command of which the marked column is in the middle, as in `{a##[add-mask]b`.
@pytest.mark.parametrize("place", ["path", "message", "hint", "source_line"])
@pytest.mark.parametrize("column", [1, 2])
def test_no_text_brings_a_command_or_a_control_character(place, column):
    shown = describe(InputError((fault(column=column, **{place: HOSTILE}),)))
    assert len(shown.split("\n")) == len(describe(InputError((fault(**{place: "plain"}),))).split("\n"))
    for command in ("::error", "##[add-mask]", "##vso[", "section_start:1", "\x1b", "\u202e", "\r"):
        assert command not in shown


def test_another_error_brings_no_command_either():
    shown = describe(FileError(HOSTILE))
    assert "\n" not in shown
    for command in ("::error", "##[add-mask]", "##vso[", "section_start:1", "\x1b", "\u202e", "\r"):
        assert command not in shown


def test_a_runner_command_across_the_marker_is_broken_up(tmp_path):
    path = tmp_path / "x.plan.yaml"
    path.write_text("{a##[add-mask]secret")
    with pytest.raises(InputError) as raised:
        load_document(str(path))
    assert "##[" not in describe(raised.value)
