"""The corpus as data: each hostile input with what the program has to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hostile_made import MADE, PLACES

FOLDER = Path(__file__).parent
INPUTS = FOLDER / "inputs"


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

    def content(self) -> bytes:
        return self.file.read_bytes() if self.file.is_file() else MADE[self.name]()


def _case(group: str, name: str, entry: dict[str, Any]) -> Case:
    code = entry.get("code", 2)
    return Case(
        group=group, name=name, codes=tuple(code) if isinstance(code, list) else (code,), says=entry.get("says", "")
    )


EXPECTED: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
CASES = [_case(group, name, entry) for group, entries in EXPECTED.items() for name, entry in entries.items()]

# Groups whose faults are found in any YAML file, whatever it should hold.
OF_YAML = ("aliases", "depth", "tags", "documents", "syntax", "size", "encodings")


def cases_of(*groups: str) -> Sequence[Case]:
    return [case for case in CASES if case.group in groups]
