"""Plans that must fail, and changes to them that mean no more work: none of these may make one pass.

Each plan of `must_fail/` says in its first line why it fails. A change either leaves a plan that fails, or one that is
refused. What could honestly pass is not among the changes: dropping a channel, narrowing a claim that cannot work,
answering more than before.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import ACCESS_LEVELS, catalog, report_on
from conftest import sample

from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Mode
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import Policy
from aisafe_cli.errors import InputError
from aisafe_cli.gate.verdict import judge
from aisafe_cli.loading.plan import load_plan

PLANS = sorted(Path(__file__).parent.glob("*.plan.yaml"))
DUMPER = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
Data = dict[str, Any]
Mutants = Iterable[tuple[str, str | bytes]]
SPELLINGS = {
    "implemented": ("Implemented", "IMPLEMENTED", "implemented.", "implemented!", "implement", "done", "satisfied"),
    "partial": ("Partial", "PARTIAL", "partially", "partial implemented", "part"),
    "planned": ("Planned", "PLANNED", "plan", "planed", "planned, implemented", "implemented soon"),
    "not_implemented": ("Not_Implemented", "not-implemented", "not implemented", "notimplemented", "NOT_IMPLEMENTED"),
    "unanswered": ("Unanswered", "UNANSWERED", "un-answered", "answered", "unknown"),
}
NO_STATUS = (
    "not_applicable",
    "n/a",
    "waived",
    "compatible",
    "pass",
    "yes",
    "true",
    "on",
    "~",
    "''",
    "null",
    "[]",
    "{}",
)


def mutants(text: str, plan: Plan, ineffective: set[str]) -> Iterator[tuple[str, str | bytes]]:
    data = yaml.safe_load(text)
    yield from _dropped_claims(data, ineffective)
    yield from _renamed_keys(data)
    yield from _reordered(data)
    yield from _duplicated(data, text)
    yield from _in_another_case(data)
    yield from _with_another_channel(data, plan)
    yield from _in_another_style(data, text)
    yield from _in_another_spelling(text)
    yield from _with_comments(text)


def dump(data: Data, **style: Any) -> str:
    return str(yaml.dump(data, Dumper=DUMPER, **{"sort_keys": False, "width": 1000, "allow_unicode": True, **style}))


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place of the data with what stands there."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in inner:
        yield from places(entry, (*path, step))


def changed(data: Data, path: tuple[str | int, ...], value: Any) -> Data:
    """The data with another value at a place."""
    if not path:
        return value  # type: ignore[no-any-return]
    result = copy.deepcopy(data)
    at: Any = result
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return result


def _dropped_claims(data: Data, ineffective: set[str]) -> Mutants:
    claims = data.get("safeguards") or {}
    for name in claims:
        if name not in ineffective:
            left = {key: value for key, value in claims.items() if key != name}
            yield "dropped claim", dump({**data, "safeguards": left})
            yield "emptied claim", dump({**data, "safeguards": {**claims, name: None}})
    if not ineffective:
        yield "dropped claims", dump({key: value for key, value in data.items() if key != "safeguards"})


def _renamed_keys(data: Data) -> Mutants:
    for path, value in places(data):
        for key in value if isinstance(value, dict) else ():
            others = {f"{key}s", f"x{key}", key[:-1], f"{key} ", key.replace("_", "-"), key.replace("-", "_")}
            for other in sorted(others - {key}):
                renamed = {other if name == key else name: entry for name, entry in value.items()}
                yield "renamed key", dump(changed(data, path, renamed))


def _reordered(data: Data) -> Mutants:
    for path, value in places(data):
        if isinstance(value, dict) and len(value) > 1:
            items = list(value.items())
            for order in (items[::-1], items[1:] + items[:1], sorted(items)):
                yield "reordered", dump(changed(data, path, dict(order)))
        elif isinstance(value, list) and len(value) > 1:
            for listed in (value[::-1], value[1:] + value[:1]):
                yield "reordered", dump(changed(data, path, listed))


def _duplicated(data: Data, text: str) -> Mutants:
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        if re.match(r"\s*[\w-]+:|\s*- ", line):
            yield "duplicated line", "".join([*lines[: place + 1], line, *lines[place + 1 :]])
    slugs = {safeguard.id: safeguard.slug for safeguard in catalog().safeguards}
    for name, claim in (data.get("safeguards") or {}).items():
        for other in (claim, "implemented", "unanswered"):
            yield "duplicated claim", dump({**data, "safeguards": {**data["safeguards"], slugs[name]: other}})
        status = claim if isinstance(claim, dict) else {"status": claim}
        yield "duplicated claim", dump({**data, "safeguards": {**data["safeguards"], name: [status, status]}})
    for channel in data["channels"]:
        for name in (channel["id"], f"{channel['id']}-again", channel["id"].upper()):
            for again in ([*data["channels"], {**channel, "id": name}], [{**channel, "id": name}, *data["channels"]]):
                yield "duplicated channel", dump({**data, "channels": again})
    for key in data:
        yield "duplicated key", text + dump({key: data[key]})


def _in_another_case(data: Data) -> Mutants:
    for path, value in places(data):
        for key in value if isinstance(value, dict) else ():
            for other in sorted({key.upper(), key.lower(), key.capitalize(), key.swapcase()} - {key}):
                renamed = {other if name == key else name: entry for name, entry in value.items()}
                yield "case of a key", dump(changed(data, path, renamed))
        if isinstance(value, str):
            for word in sorted({value.upper(), value.lower(), value.capitalize(), value.swapcase()} - {value}):
                yield "case of a value", dump(changed(data, path, word))


def _with_another_channel(data: Data, plan: Plan) -> Mutants:
    """A further channel no more open than the most open one, and opening no earlier than all others.

    One that opens earlier could be the limited stage which a claim on every channel then has: that is more work.
    """
    highest = max(ACCESS_LEVELS.index(channel.access) for channel in plan.channels)
    last = max((channel.opens for channel in plan.channels if channel.opens), default=None)
    for access_level in ACCESS_LEVELS[: highest + 1]:
        for operator in ("self", "third_party"):
            for variant in ({}, {"variant": "other"}):
                new = {"id": "further", "access": access_level, "operator": operator, "opens": last, **variant}
                for channels in ([*data["channels"], new], [new, *data["channels"]]):
                    yield "further channel", dump({**data, "channels": channels})


def _in_another_style(data: Data, text: str) -> Mutants:
    for style in (
        *({"default_flow_style": flow, "indent": indent} for flow in (True, False, None) for indent in (2, 6)),
        *({"default_style": quote} for quote in ('"', "'")),
        *({"explicit_start": True, "explicit_end": end} for end in (True, False)),
        {"sort_keys": True},
        {"width": 20},
        {"canonical": True},
        {"line_break": "\r\n"},
    ):
        yield "style", dump(data, **style)
    yield "style", json.dumps(data, default=str)
    yield "style", json.dumps(data, default=str, indent="\t")
    yield "white space", "\ufeff" + text
    yield "white space", text.replace("\n", "\r\n")
    yield "white space", text.replace("\n", "   \n")
    yield "white space", text.replace("\n", "\n\n")
    yield "white space", text.replace(": ", ":    ")
    yield "white space", text.rstrip("\n")
    yield "white space", text + "\n\n\n"
    yield "white space", text.replace("\n", "\r")
    yield "white space", text.replace("  ", "\t")
    yield "white space", text.replace("  ", "\u00a0\u00a0")
    yield "white space", text.encode("utf-16")
    yield "end", text + "...\n"
    yield "end", text + "---\n" + text
    yield "end", text + "\0"
    for word in sorted(set(re.findall(r"(?<=[ {\[])[\w.-]+(?=[,}\]\n:])", text))):
        for quote in ('"', "'"):
            pattern = rf"(?<=[ {{\[]){re.escape(word)}(?=[,}}\]\n:])"
            yield "quotes", re.sub(pattern, f"{quote}{word}{quote}", text)


def _in_another_spelling(text: str) -> Mutants:
    for match in re.finditer(r"(?<=: )(implemented|partial|planned|not_implemented|unanswered)(?=[,}\n])", text):
        for word in (*SPELLINGS[match.group()], *NO_STATUS, f'"{match.group()} "', f"{match.group()}\u200b"):
            yield "spelling", text[: match.start()] + word + text[match.end() :]
    for words in (ACCESS_LEVELS, ROLES, SIZES, CAPABILITIES):
        for word in words:
            for other in (word.replace("_", "-"), word.upper(), f"{word}s", word[:-1]):
                if other != word and f": {word}" in text:
                    yield "spelling", re.sub(rf"(?<=: ){word}(?=[,}}\n])", other, text)


def _with_comments(text: str) -> Mutants:
    lines = text.splitlines(keepends=True)
    for place in range(len(lines) + 1):
        for comment in ("# aisafe: ignore\n", "      # status: implemented\n", "#%YAML\n"):
            yield "comment", "".join([*lines[:place], comment, *lines[place:]])
    for comment in ("# noqa", "# implemented", "#: pass"):
        yield "comment", text.replace("\n", f"  {comment}\n")
        yield "comment", text.replace("\n", f"{comment}\n")


# --- the tests ------------------------------------------------------------------------------------------------------


def passes(path: Path) -> bool | None:
    """Whether the plan passes; None where it is refused."""
    try:
        return judge(report_on(load_plan(str(path), catalog())), Policy()).passed
    except InputError:
        return None


@pytest.fixture(scope="module")
def totals() -> Iterator[Counter[str]]:
    """How many changes of each kind were tried; shown with `pytest -s -n 0`."""
    tried: Counter[str] = Counter()
    yield tried
    judged, refused = tried.pop("judged", 0), tried.pop("refused", 0)
    print(f"\n{judged + refused} mutants of {len(PLANS)} plans: {judged} fail, {refused} are refused. {dict(tried)}")


def test_the_corpus_is_wide() -> None:
    loaded = [load_plan(str(path), catalog()) for path in PLANS]
    assert len(PLANS) >= 25
    assert {report_on(plan).mode for plan in loaded} == set(Mode)
    assert {plan.organization.role for plan in loaded} == set(ROLES)
    assert {plan.organization.size for plan in loaded} == set(SIZES)
    assert {plan.model.capability for plan in loaded} == set(CAPABILITIES)
    assert all(path.read_text(encoding="utf-8").startswith("# Must fail: ") for path in PLANS)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name.removesuffix(".plan.yaml"))
def test_no_change_that_means_no_more_work_makes_it_pass(path: Path, tmp_path: Path, totals: Counter[str]) -> None:
    assert passes(path) is False
    text = path.read_text(encoding="utf-8")
    plan = load_plan(str(path), catalog())
    ineffective = {
        finding.safeguard.id
        for finding in report_on(plan).findings
        if any(result.outcome is Outcome.INEFFECTIVE for result in finding.channels)
    }
    target = tmp_path / path.name
    tried: Counter[str] = Counter()
    made = {content: kind for kind, content in mutants(text, plan, ineffective)}
    for mutant, kind in sample(made.items(), 5, PLANS.index(path)):
        target.write_bytes(mutant if isinstance(mutant, bytes) else mutant.encode())
        verdict = passes(target)
        assert verdict is not True, f"{kind}:\n{mutant!s}"
        tried[kind] += 1
        tried["judged" if verdict is False else "refused"] += 1
    totals.update(tried)
    assert tried["judged"] >= 16
    assert tried["refused"] >= 16
