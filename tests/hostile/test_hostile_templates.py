"""Faulty templates. They are trusted code in a sandbox; a fault in one ends with a message, and nothing is written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hostile_runner import CONTROLS

from aisafe_cli.__main__ import _guarded
from aisafe_cli.errors import ExitCode

PLAN = "schema_version: 1\nmodel: {name: Aurora}\nchannels: [{id: api, access: hosted_api}]\n"
CANNOT = "the template cannot be filled"
NOT_VALID = "the template is not valid"

FAULTY = {
    "reaches-for-classes": ('{{ "".__class__.__mro__ }}', CANNOT),
    "reaches-for-globals": ("{{ lipsum.__globals__ }}", CANNOT),
    "reaches-for-the-system": ('{{ cycler.__init__.__globals__.os.popen("touch marker").read() }}', CANNOT),
    "reaches-by-a-filter": ('{{ ""|attr("__class__") }}', CANNOT),
    "infinity": ("{{ 1e999|int }}", CANNOT),
    "infinity-rounded": ("{{ (1e308 * 10)|round|int }}", CANNOT),
    "reaches-by-an-item": ('{{ cycler(1)["__class__"]["__init__"] }}', CANNOT),
    "reaches-by-a-format": ('{{ "{0.__class__}".format(1) }}', CANNOT),
    "changes-the-verdict": ("{% set _ = run.update({'exit_code': 0}) %}", CANNOT),
    "changes-a-list": ("{{ run.plans.append(1) }}", CANNOT),
    "includes-a-file": ('{% include "/etc/passwd" %}', CANNOT),
    "includes-a-template-of-ours": ('{% include "report.md.j2" %}', CANNOT),
    "imports": ('{% import "x" as y %}', CANNOT),
    "extends": ('{% extends "/etc/passwd" %}', CANNOT),
    "calls-itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", CANNOT),
    "recursive-loop": ("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", CANNOT),
    "unclosed-expression": ("{{", NOT_VALID),
    "unclosed-statement": ("{% if", NOT_VALID),
    "unclosed-block": ("{% if 1 %}", NOT_VALID),
    "unknown-statement": ("{% foo %}", NOT_VALID),
    "unknown-filter": ("{{ 1|nope }}", NOT_VALID),
    "unknown-name": ("{{ nope }}", CANNOT),
    "unknown-key": ('{{ run["nope"] }}', CANNOT),
    "division-by-zero": ("{{ 1 / 0 }}", CANNOT),
    "index": ("{{ [][5] }}", CANNOT),
    "call-of-a-number": ("{{ 1() }}", CANNOT),
    "sorting-of-a-number": ("{{ 1|dictsort }}", CANNOT),
    "attributes-of-a-number": ("{{ 5|xmlattr }}", CANNOT),
    "sum-of-a-mapping": ("{{ run|sum }}", CANNOT),
    "mixed-order": ('{{ [1, "a"]|sort }}', CANNOT),
    "truncation": ('{{ "abcdefghijkl"|truncate(1) }}', CANNOT),
    "unpacking": ("{% for a, b in [1] %}{% endfor %}", CANNOT),
    "range-too-long": ("{% for a in range(9999999) %}{% endfor %}", CANNOT),
    "digits-by-the-thousand": ("{{ " + "9" * 5000 + " }}", CANNOT),
    "argument-twice": ("{{ dict(a=1, a=2) }}", CANNOT),
    "parameter-twice": ("{% macro f(a, a) %}{% endmacro %}", CANNOT),
    "thirty-loops-in-each-other": ("{% for a in [1] %}" * 30 + "{% endfor %}" * 30, CANNOT),
    "two-hundred-conditions-in-each-other": ("{% if 1 %}" * 200 + "{% endif %}" * 200, CANNOT),
    "brackets-in-each-other": ("{{ " + "[" * 300 + "]" * 300 + " }}", CANNOT),
    "parentheses-in-each-other": ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", CANNOT),
    "signs-before-each-other": ("{{ " + "-" * 3000 + "1 }}", CANNOT),
    "filters-after-each-other": ("{{ 1" + "|string" * 3000 + " }}", CANNOT),
    "additions": ("{{ 1" + "+1" * 3000 + " }}", CANNOT),
    "larger-than-allowed": ("x" * ((1 << 18) + 1), "larger than 262144 bytes"),
    "surrogate": ('{{ "\\ud800" }}', "U\\+D800"),
    "escape": ('{{ "\\x1b[31m" }}', "U\\+001B"),
    "nul": ("a\0b", "U\\+0000"),
    "override": ("a\u202eb", "U\\+202E"),
    "not-utf-8": (b"\xff", "is not UTF-8"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_templates(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    template, says = FAULTY[name]
    Path("x.plan.yaml").write_text(PLAN)
    Path("t.md").write_bytes(template if isinstance(template, bytes) else template.encode())
    code = _guarded(["report", "x.plan.yaml", "--template", "t.md"])
    out, err = capfd.readouterr()
    assert code == ExitCode.NOT_EVALUATED
    assert out == ""
    assert err.startswith("error: t.md:")
    assert re.search(says, err), err
    assert not CONTROLS.search(err)
    assert sorted(os.listdir(tmp_path)) == ["t.md", "x.plan.yaml"]
