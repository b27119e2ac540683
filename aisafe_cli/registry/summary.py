"""Count verdicts while they are made, so that a registry of any size is summed up in little memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from aisafe_cli.domain.registry import RegistrySummary
from aisafe_cli.registry.judge import MODES, VERDICTS, Registry
from aisafe_cli.registry.lookup_tables import OUTCOMES


class VerdictCounts:
    """Counts over the batches of a registry."""

    def __init__(self) -> None:
        self.rows = 0
        self._verdicts: Counter[str] = Counter()
        self._modes: dict[str, Counter[str]] = defaultdict(Counter)
        self._outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self._blocking: Counter[str] = Counter()

    def add(self, verdicts: pa.RecordBatch) -> None:
        """Count a batch of verdicts."""
        self.rows += verdicts.num_rows
        self._verdicts += _count(verdicts["verdict"])
        for mode in MODES:
            in_mode = pc.equal(verdicts["mode"], mode)
            self._modes[mode] += _count(verdicts["verdict"].filter(in_mode))
        for safeguard, outcomes in zip(verdicts["outcomes"].type, verdicts["outcomes"].flatten(), strict=True):
            self._outcomes[safeguard.name] += _count(outcomes)
        self._blocking += _count(verdicts["blocking"].flatten())

    def count(self, verdict: str) -> int:
        """Return on how many rows a verdict is."""
        return self._verdicts[verdict]

    def build(self, path: str, registry: Registry) -> RegistrySummary:
        """Return what was counted."""
        return RegistrySummary(
            path=path,
            catalog=registry.catalog,
            policy=registry.policy,
            as_of=registry.as_of,
            rows=self.rows,
            verdicts=_select_counts(self._verdicts, VERDICTS),
            modes={mode: _select_counts(self._modes[mode], VERDICTS[:2]) for mode in MODES},
            outcomes={name: _select_counts(self._outcomes[name], OUTCOMES) for name in registry.safeguards},
            blocking=dict(sorted(self._blocking.items(), key=lambda counted: (-counted[1], counted[0]))),
            by_evaluator=registry.by_evaluator,
        )


def _select_counts(counts: Counter[str], words: Sequence[str]) -> dict[str, int]:
    return {str(word): counts[word] for word in words}


def _count(words: pa.Array) -> Counter[str]:
    words = words.dictionary_decode() if pa.types.is_dictionary(words.type) else words
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(words.drop_null()).to_pylist()})
