"""Hostile templates. They are trusted code, and all the same they end with a message, and within bounds."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hostile_runner import CONTROLS, Runner, broken_promises

from aisafe_cli.__main__ import _guarded
from aisafe_cli.errors import ExitCode

PLAN = "schema_version: 1\nmodel: {name: Aurora}\nchannels: [{id: api, access: hosted_api}]\n"
TOO_MUCH = "too much time or memory"
CANNOT = "the template cannot be filled"
NOT_VALID = "the template is not valid"

# These would take seconds or gigabytes, so they run in a process of their own and are measured.
GREEDY = {
    "product-of-a-text": ('{{ "a" * 600000000 }}', TOO_MUCH),
    "product-of-a-list": ('{{ ["a"] * 50000000 }}', TOO_MUCH),
    "product-in-a-loop": (
        "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x * 9 %}{% endfor %}",
        TOO_MUCH,
    ),
    "power": ("{{ 2 ** 300000000 }}", r"`\*\*` is not allowed"),
    "centred-filter": ('{{ "a"|center(900000000) }}', TOO_MUCH),
    "centred-method": ('{{ "a".center(900000000) }}', TOO_MUCH),
    "format-filter": ('{{ "%900000000d"|format(1) }}', TOO_MUCH),
    "format-operator": ('{{ "%900000000d" % 1 }}', TOO_MUCH),
    "format-method": ('{{ "{:900000000}".format(1) }}', TOO_MUCH),
    "replaced": ('{{ ("a" * 99999)|replace("a", "b" * 99999) }}', TOO_MUCH),
    "indented": ('{{ ("a\\n" * 99999)|indent(99999) }}', TOO_MUCH),
    "loops": ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", TOO_MUCH),
    "filler-text": ("{{ lipsum(n=100000) }}", TOO_MUCH),
    "expressions-by-the-thousand": ("{{1}}" * 50_000, ""),
    "statements-by-the-thousand": ("{%if 1%}{%endif%}" * 15_000, ""),
    # These do not come back to Python on their own.
    "compared-by-the-trillion": (
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}"
        "{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        TOO_MUCH,
    ),
    "hashed-by-the-trillion": (
        "{% set n = namespace(x=(1,)) %}{% for i in range(40) %}{% set n.x = (n.x, n.x) %}{% endfor %}"
        "{{ {n.x: 1}|length }}",
        TOO_MUCH,
    ),
    "summed-lists": ("{{ ([[1]] * 100000)|sum(start=[])|length }}", TOO_MUCH),
    "larger-than-allowed": ("x" * ((1 << 18) + 1), "larger than 262144 bytes"),
}


@pytest.mark.parametrize("name", GREEDY)
def test_greedy_templates(run: Runner, name: str, tmp_path: Path) -> None:
    template, says = GREEDY[name]
    (tmp_path / "x.plan.yaml").write_text(PLAN)
    (tmp_path / "t.md").write_text(template)
    done = run(["report", "x.plan.yaml", "--template", "t.md", "-o", "out.md"], cwd=tmp_path, name=name)
    assert broken_promises(done, code=2 if says else (0, 2), says=says) == []
    assert (tmp_path / "out.md").exists() == (done.code == 0)


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
