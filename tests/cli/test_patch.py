"""`aisafe suggest --diff`: the patch applies, takes claims back that cannot work, and changes nothing else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import pytest
import yaml
from building import TODAY
from conftest import ROOT

from aisafe_cli.cli import run
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.errors import AisafeError, NothingToEvaluate
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

PLANS = sorted(chain(*(ROOT.glob(f"{place}/*.plan.yaml") for place in ("examples", "tests/cases", "tests/must_fail"))))
HEAD = """\
schema_version: 1
model: {name: x, capability: low, parameters: 7.0e9}
organization: {size: small}
channels:
  - {id: api, access: hosted_api}
  - {id: "the weights, all", access: open_weights}
"""
Patch = Callable[[Path], str]


@pytest.fixture
def make_patch(monkeypatch: pytest.MonkeyPatch) -> Patch:
    """Return the patch of a plan file, which is then applied to it."""

    def make(plan: Path) -> str:
        monkeypatch.chdir(plan.parent)
        day = TODAY.isoformat()
        assert run(["suggest", plan.name, "--diff", "--no-config", "--as-of", day, "-o", "made.patch"]) == 0
        patch = Path("made.patch").read_bytes()
        if patch:
            subprocess.run(["git", "apply", "-p0", "made.patch"], check=True)
        return patch.decode()

    return make


def judge(plan: Path) -> Report:
    session = Session(Options(search_config=False), TODAY)
    return session.judge(session.load(str(plan))).report


def is_ineffective(finding: Finding) -> set[str]:
    return {result.channel for result in finding.channels if result.outcome is Outcome.INEFFECTIVE}


def told(finding: Finding) -> list[tuple[str, Outcome, Level]]:
    return [(one.channel, one.outcome, one.level) for one in finding.channels]


def data_without(plan: Path, safeguards: Iterable[str], report: Report) -> object:
    data = yaml.safe_load(plan.read_text(encoding="utf-8"))
    slugs = {one.safeguard.id: one.safeguard.slug for one in report.findings}
    for name in safeguards:
        data["safeguards"].pop(name, None)
        data["safeguards"].pop(slugs[name], None)
    return data


@pytest.mark.parametrize("source", PLANS, ids=lambda path: path.name.removesuffix(".plan.yaml"))
def test_a_patch_puts_right_what_is_claimed_where_it_cannot_work_and_nothing_else(
    source: Path, tmp_path: Path, make_patch: Patch
) -> None:
    old, new = tmp_path / "old.plan.yaml", tmp_path / "new.plan.yaml"
    old.write_bytes(source.read_bytes())
    new.write_bytes(source.read_bytes())
    try:
        before = judge(old)
    except NothingToEvaluate:
        return
    patch = make_patch(new)
    pairs = list(zip(before.findings, judge(new).findings, strict=True))
    changed = [was.safeguard.id for was, now in pairs if told(was) != told(now)]
    assert bool(changed) == bool(patch)
    assert data_without(old, changed, before) == data_without(new, changed, before)
    assert not re.search(r"^-\s*#", patch, re.MULTILINE)
    for was, now in pairs:
        if was.safeguard.id not in changed:
            assert told(was) == told(now)
            continue
        assert is_ineffective(was)
        assert not is_ineffective(now)
        for earlier, later in zip(was.channels, now.channels, strict=True):
            assert later.outcome is earlier.outcome or (
                earlier.channel in is_ineffective(was) and later.level is not Level.ERROR
            )


def test_the_example_that_claims_too_much_is_put_right_as_far_as_that_is_free(
    tmp_path: Path, make_patch: Patch
) -> None:
    plan = tmp_path / "x.plan.yaml"
    plan.write_bytes((ROOT / "examples" / "overclaiming.plan.yaml").read_bytes())
    was = {one.safeguard.id for one in judge(plan).findings if is_ineffective(one)}
    assert make_patch(plan).count("+") > 5
    left = {one.safeguard.id for one in judge(plan).findings if is_ineffective(one)}
    assert len(was) == 6
    assert len(left) == 1  # a limited stage that never was: without the claim it would be missing
    assert make_patch(plan) == ""


@pytest.mark.parametrize(
    ("claims", "patched"),
    [
        ("  AB-05: implemented  # ours\n", "  AB-05: {status: implemented, channels: [api]}  # ours\n"),
        (
            "  AB-05:\n    status: implemented  # ours\n    owner: us\n",
            "  AB-05:\n    status: implemented  # ours\n    channels: [api]\n    owner: us\n",
        ),
        (
            "  block-misuse: {owner: us, status: implemented}\n",
            "  block-misuse: {owner: us, status: implemented, channels: [api]}\n",
        ),
        (
            "  AB-05: {status: implemented, channels: [api, 'the weights, all']}\n",
            "  AB-05: {status: implemented, channels: [api]}\n",
        ),
        (
            "  AB-05: {status: implemented, channels: ['the weights, all', api]}\n",
            "  AB-05: {status: implemented, channels: [api]}\n",
        ),
        (
            "  AB-05:\n    status: implemented\n    channels:\n      - the weights, all  # no\n      - api  # yes\n",
            "  AB-05:\n    status: implemented\n    channels:\n      - api  # yes\n",
        ),
        (
            "  AB-05:\n    - status: implemented\n      channels: ['the weights, all']\n"
            "      note: |\n        two\n        lines\n\n    # kept\n    - {status: partial, channels: [api]}\n",
            "  AB-05:\n\n    # kept\n    - {status: partial, channels: [api]}\n",
        ),
        (
            "  # kept\n  AB-05: {status: implemented, channels: ['the weights, all']}\n  # kept too\n",
            "  # kept\n  # kept too\n",
        ),
        ("  AB-02: implemented\n", "  AB-02: {status: implemented, against: casual_users}\n"),
        (
            "  AB-02:\n    status: implemented\n    against: malicious_actors  # sure\n",
            "  AB-02:\n    status: implemented\n    against: casual_users  # sure\n",
        ),
        ("  AB-05: planned\n", "  AB-05: planned\n"),
    ],
)
def test_every_layout_keeps_what_is_not_changed(claims: str, patched: str, tmp_path: Path, make_patch: Patch) -> None:
    plan = tmp_path / "a b.plan.yaml"
    for newline, end in (("\n", "\n"), ("\r\n", "\r\n"), ("\n", "")):
        text = f"{HEAD}safeguards:\n  AB-01: implemented\n{claims}waivers: []\n"
        plan.write_bytes(text.rstrip("\n").replace("\n", newline).encode() + end.encode())
        make_patch(plan)
        expected = f"{HEAD}safeguards:\n  AB-01: implemented\n{patched}waivers: []"
        assert plan.read_bytes().decode() == expected.replace("\n", newline) + end


@pytest.mark.parametrize(
    ("claims", "patched"),
    [
        ("AB-05: {status: partial, channels: [the weights]}, AB-01: partial", "AB-01: partial"),
        ("AB-01: partial, AB-05: {status: partial, channels: [the weights]}", "AB-01: partial"),
        # Without it the plan would answer nothing, which is an error of its own.
        ("AB-05: {status: partial, channels: [the weights]}", "AB-05: {status: partial, channels: [the weights]}"),
    ],
)
def test_a_claim_on_a_line_with_others_goes_alone(claims: str, patched: str, tmp_path: Path, make_patch: Patch) -> None:
    plan = tmp_path / "x.plan.yaml"
    head = HEAD.replace('"the weights, all"', "the weights")
    plan.write_text(f"{head}safeguards: {{{claims}}}")
    make_patch(plan)
    assert plan.read_text() == f"{head}safeguards: {{{patched}}}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "needs a plan file"),
        (["HEAD:x.plan.yaml"], "needs a plan file"),
        (["x.plan.yaml", "-f", "json"], "no --format"),
        (["x.plan.yaml", "--catalog", "all"], "name it, as --catalog nist-ai-800-1-ipd"),
    ],
)
def test_what_cannot_be_patched_is_refused(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.plan.yaml").write_text(HEAD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AisafeError, match=said):
        run(["suggest", *arguments, "--diff"])
