"""The corpus as data: each hostile input with what the program has to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hostile_made import MADE, PLACES

FOLDER = Path(__file__).parent
INPUTS = FOLDER / "inputs"
SOUND = FOLDER.parents[1] / "examples" / "open-weights.plan.yaml"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One hostile input: a file of `inputs/`, one that is made, or a place."""

    group: str
    name: str
    codes: tuple[int, ...]
    says: str

    @property
    def file(self) -> Path:
        return INPUTS / self.group / f"{self.name}.yaml"

    def prepared(self, folder: Path) -> str:
        """Put the input into an empty folder, and return the path by which the program is told of it."""
        if self.group == "places":
            return PLACES[self.name](folder)
        (folder / "x.plan.yaml").write_bytes(self.content())
        return "x.plan.yaml"

    def arguments(self, way: str, folder: Path) -> list[str]:
        """Prepare the input in an empty folder, and return the arguments by which it comes in on one of `WAYS_IN`."""
        path = self.prepared(folder)
        words = WAYS_IN[way]
        if "{sound}" in words:
            (folder / "sound.yaml").write_bytes(SOUND.read_bytes())
        return [word.format(input=path, sound="sound.yaml") for word in words]

    def content(self) -> bytes:
        return self.file.read_bytes() if self.file.is_file() else MADE[self.name]()


def _case(group: str, name: str, entry: dict[str, Any]) -> Case:
    code = entry.get("code", 2)
    return Case(
        group=group, name=name, codes=tuple(code) if isinstance(code, list) else (code,), says=entry.get("says", "")
    )


EXPECTED: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
CASES = [_case(group, name, entry) for group, entries in EXPECTED.items() for name, entry in entries.items()]

# How an input reaches the program: the arguments, in which `{input}` stands for it and `{sound}` for a plan without
# fault. What each case expects is what has to happen on the first way.
WAYS_IN: Mapping[str, Sequence[str]] = {
    "check": ("check", "{input}", "-f", "json=report.json"),
    "suggest": ("suggest", "{input}", "-f", "json"),
    "timeline": ("timeline", "{input}", "-f", "json"),
    "what-if": ("what-if", "{input}", "--size", "small", "-f", "json"),
    "diff": ("diff", "{sound}", "{input}", "-f", "json"),
    "baseline": ("baseline", "{input}", "-o", "baseline.yaml", "--reason", "hostile"),
    "check --baseline": ("check", "{sound}", "--baseline", "{input}", "-f", "json=report.json"),
    "check --config": ("check", "{sound}", "--config", "{input}", "-f", "json=report.json"),
    "check --catalog": ("check", "{sound}", "--catalog", "{input}", "-f", "json=report.json"),
}

# Groups whose faults are found in any YAML file, whatever it should hold.
OF_YAML = ("aliases", "depth", "tags", "documents", "syntax", "size", "encodings")


def cases_of(*groups: str) -> Sequence[Case]:
    return [case for case in CASES if case.group in groups]
