"""What has to hold whatever the input is. Nothing here depends on the fuzzer, so that a finding can be run again."""

from __future__ import annotations

import re
from typing import Any

COMMAND = re.compile(r"^\s*::|##\w*\[|section_(?:start|end):", re.MULTILINE)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def assert_harmless(text: str) -> None:
    """No terminal and no runner obeys any of it."""
    assert not COMMAND.search(text), text
    assert not CONTROLS.search(text), text


def assert_sound(report: dict[str, Any], code: int) -> None:
    """The JSON report and the exit code say the same, and a pass rests on something and hides nothing."""
    assert report["exit_code"] == code
    assert report["complete"] == (code not in (2, 3))
    for plan in report["plans"]:
        verdict = plan["verdict"]
        assert verdict["passed"] != bool(verdict["blocking"])
        assert verdict["headline"].startswith("PASS: " if verdict["passed"] else "FAIL: ")
        for score in [plan["scores"], *(channel["scores"] for channel in plan["channels"])]:
            for counted in (score["possible"], score["coverage"], score["addressed"], score["evidenced"]):
                assert 0 <= counted["numerator"] <= counted["denominator"]
        if verdict["passed"]:
            _assert_passed_for_a_reason(plan)
    assert code in (2, 3) or code == int(not all(plan["verdict"]["passed"] for plan in report["plans"]))


def _assert_passed_for_a_reason(plan: dict[str, Any]) -> None:
    assert not [finding for finding in plan["plan_findings"] if finding["level"] == "error"]
    for finding in plan["findings"]:
        outcomes = {result["outcome"] for result in finding["channels"].values()}
        assert finding["level"] != "error" or (finding["waiver"] and "ineffective" not in outcomes)
    said = {result["outcome"] for finding in plan["findings"] for result in finding["channels"].values()}
    assert said - {"unknown", "incompatible", "not_applicable"}
