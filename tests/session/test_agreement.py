"""Every command that shows a verdict of a plan shows that of `check` under the same options.

Over all example plans and the expert's cases, under configurations that change what holds for a plan.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, TODAY, sample

from aisafe_cli.cli import run

PLANS = sorted((ROOT / "examples").glob("*.plan.yaml")) + sorted((ROOT / "tests" / "cases").glob("*.plan.yaml"))
# A configuration, and the options of the command line beside it.
SETTINGS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "nothing": ("{}", ()),
    "strict": ("{}", ("--strict",)),
    "pinned": ("profile: {minimum_size: large, minimum_capability: moderate}", ()),
    "pinned and strict": ("profile: {minimum_size: large, minimum_capability: moderate}", ("--strict",)),
    "pinned role": ("profile: {role: deployer}\nstrict: true", ("--no-waivers",)),
    "coverage": ("fail_under: 80", ()),
    "looser than the configuration": ("fail_under: 95\nstrict: true", ("--no-strict", "--fail-under", "20")),
    "demands": ("must_satisfy: {closed_api: [AB-05], open_weights: [AB-01]}\nrequirements: {require: [AB-02]}", ()),
    "dated evidence": ("evidence: {max_age_days: 30, require_for_capability: [low, moderate, high]}", ("--strict",)),
    "short waivers": ("waivers: {max_days: 10}", ()),
}
Call = Callable[..., dict[str, Any]]


Settle = Callable[[Path], Path]


@pytest.fixture
def settle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settle:
    """Make a repository with a plan, `a.plan.yaml`, and the folders of evidence that are beside it in the project."""

    def settle(plan: Path) -> Path:
        (tmp_path / ".git").mkdir()
        shutil.copyfile(plan, tmp_path / "a.plan.yaml")
        for beside in (path for path in plan.parent.iterdir() if path.is_dir() and path.name != "__pycache__"):
            shutil.copytree(beside, tmp_path / beside.name)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return settle


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process, and return the JSON that it prints."""

    def call(*arguments: str, as_of: str = TODAY) -> dict[str, Any]:
        assert run([*arguments, "--as-of", as_of, "-f", "json"]) in (0, 1)
        data: dict[str, Any] = json.loads(capfd.readouterr().out)
        return data

    return call


def in_short(verdict: Mapping[str, Any]) -> object:
    """What all formats tell of a verdict."""
    return verdict["passed"], verdict["blocking"], verdict["headline"]


PAIRS = [(plan, name) for place, plan in enumerate(PLANS) for name in sample(SETTINGS, 8, place)]


def name_plan(value: object) -> str:
    return value.name.removesuffix(".plan.yaml") if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("plan", "name"), PAIRS, ids=name_plan)
def test_every_command_shows_the_verdict_of_check(settle: Settle, call: Call, plan: Path, name: str) -> None:
    folder = settle(plan)
    text, options = SETTINGS[name]
    (folder / "aisafe.yaml").write_text(text, encoding="utf-8")
    (folder / "inner").mkdir()
    shutil.copyfile(folder / "a.plan.yaml", folder / "b.plan.yaml")

    (checked,) = call("check", "a.plan.yaml", *options)["plans"]
    verdict = checked["verdict"]
    size = checked["profile"]["size"]
    assert bool(checked["profile"]["pinned"]) == any(
        one["rule"] == "profile-pinned" for one in checked["plan_findings"]
    )

    asked = call("what-if", "a.plan.yaml", "--size", size, *options)
    differing = call("diff", "a.plan.yaml", "b.plan.yaml", *options)
    for side in (asked["before"], differing["before"], differing["after"]):
        assert side["verdict"] == verdict
        assert side["profile"] == checked["profile"]
    for release in call("compare", "a.plan.yaml", "b.plan.yaml", *options)["releases"]:
        assert release["verdict"] == verdict
    suggested = call("suggest", "a.plan.yaml", "--access-levels", *options)
    assert in_short(suggested["verdict"]) == in_short(verdict)
    (planned,) = (one for one in suggested["rungs"] if one["as_planned"])
    assert in_short(planned["verdict"]) == in_short(verdict)
    for stage in call("timeline", "a.plan.yaml", *options)["stages"]:
        if stage["verdict"] is not None:
            day = stage["from"] or "0001-01-01"
            (judged,) = call("check", "a.plan.yaml", "--stage", day, *options, as_of=stage["as_of"])["plans"]
            shown, told = stage["verdict"], judged["verdict"]
            assert (shown["passed"], shown["blocking"]) == (told["passed"], told["blocking"])


@pytest.mark.parametrize("plan", PLANS, ids=name_plan)
def test_a_changed_plan_is_judged_as_the_file_would_be(settle: Settle, call: Call, plan: Path) -> None:
    folder = settle(plan)
    (folder / "aisafe.yaml").write_text(SETTINGS["pinned"][0], encoding="utf-8")
    text = (folder / "a.plan.yaml").read_text(encoding="utf-8")
    (checked,) = call("check", "a.plan.yaml", "--strict")["plans"]
    channel = checked["channels"][0]
    asked = call("what-if", "a.plan.yaml", "--access", f"{channel['id']}=open_source", "--strict")
    suggested = call("suggest", "a.plan.yaml", "--access-levels", "--strict")
    if len(checked["channels"]) == 1:
        (moved,) = (one for one in suggested["rungs"] if one["access"] == "open_source")
        assert in_short(moved["verdict"]) == in_short(asked["after"]["verdict"])
    if f"access: {channel['access']}" in text and text.count(f"access: {channel['access']}") == 1:
        changed = text.replace(f"access: {channel['access']}", "access: open_source")
        (folder / "b.plan.yaml").write_text(changed, encoding="utf-8")
        (again,) = call("check", "b.plan.yaml", "--strict")["plans"]
        assert in_short(asked["after"]["verdict"]) == in_short(again["verdict"])


def test_the_demo_shows_the_verdict_of_check(call: Call, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.chdir(ROOT)
    (checked,) = call("check", "examples/staged-hybrid.plan.yaml", "--no-config", as_of="2026-11-22")["plans"]
    assert run(["demo", "-f", "json"]) == 0
    (shown,) = json.loads(capfd.readouterr().out)["plans"]
    assert shown == checked
