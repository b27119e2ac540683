"""Plans at random, as rows of a table: skewed, as a registry would have them, or uniform over what a plan can say."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pyarrow as pa

from aisafe_cli.registry.columns import AGAINST, CAPABILITIES, GATES, RESULTS, ROLES, SIZES, TYPES

AS_OF = date(2026, 11, 27)
LEVELS = (
    "internal_only", "hosted_ui", "hosted_api", "hosted_api_extended", "hosted_api_finetune",
    "private_deployment_sealed", "on_device_managed", "gated_weights_vetted", "local_download_restricted",
    "gated_weights_clickthrough", "open_weights", "open_source",
)  # fmt: skip
STATUSES = ("implemented", "partial", "planned", "not_implemented", "unanswered")
LICENSES = (None, "apache-2.0", "mit", "gpl-3.0", "cc-by-nc-4.0", "openrail", "LicenseRef-Own", "llama3")
SAFEGUARDS = tuple(f"AB-{number:02}" for number in range(1, 15))
ALTERNATIVES = ("companion-classifier", "report-channel", "safe-harbor", "gate", "sign-releases", "takedown-requests")

_TEXT = pa.string()
_EVIDENCE = pa.list_(
    pa.struct([("ref", _TEXT), ("type", _TEXT), ("result", _TEXT), ("by", _TEXT), ("date", pa.date32())])
)
CLAIMS = pa.list_(
    pa.struct(
        [("status", _TEXT), ("against", _TEXT), ("channels", pa.list_(_TEXT)), ("evidence", _EVIDENCE), ("note", _TEXT)]
    )
)
SCHEMA = pa.schema(
    {
        "schema_version": pa.int64(),
        "model": pa.struct(
            [
                ("name", _TEXT), ("version", _TEXT), ("parameters", pa.float64()), ("capability", _TEXT),
                ("capability_evidence", _EVIDENCE),
            ]
        ),
        "organization": pa.struct([("role", _TEXT), ("size", _TEXT)]),
        "channels": pa.list_(
            pa.struct(
                [
                    ("id", _TEXT), ("access", _TEXT), ("opens", pa.date32()), ("closes", pa.date32()),
                    ("operator", _TEXT), ("gated", _TEXT), ("license", _TEXT),
                ]
            )
        ),
        "safeguards": pa.struct([(name, CLAIMS) for name in SAFEGUARDS]),
        "alternatives": pa.list_(_TEXT),
        "waivers": pa.list_(
            pa.struct(
                [
                    ("safeguard", _TEXT), ("reason", _TEXT), ("owner", _TEXT), ("granted", pa.date32()),
                    ("expires", pa.date32()),
                ]
            )
        ),
        "policy": pa.struct([("fail_under", pa.int64())]),
    }
)  # fmt: skip


class Maker:
    """Makes plans. `rare` is the share of rows with stages and waivers, which the tables leave to the evaluator."""

    def __init__(self, seed: int, *, skewed: bool, rare: float) -> None:
        self._random = random.Random(seed)
        self._skewed = skewed
        self._rare = rare

    def make_table(self, rows: int) -> pa.Table:
        return pa.Table.from_pylist([self.make_plan(number) for number in range(rows)], SCHEMA)

    def make_plan(self, number: int) -> dict[str, Any]:
        channels = self._make_channels()
        ids = [channel["id"] for channel in channels]
        plan: dict[str, Any] = {
            "schema_version": 1,
            "model": self._make_model(number),
            "organization": self._maybe(
                0.9, {"role": self._pick(ROLES, 0.7), "size": self._pick(SIZES, 0.5)}
            ),
            "channels": channels,
            "safeguards": {
                name: claims for name in SAFEGUARDS if (claims := self._make_claims(name, ids)) is not None
            },
        }  # fmt: skip
        if self._random.random() < 0.4:
            plan["alternatives"] = self._random.sample(ALTERNATIVES, self._random.randint(0, 3))
        if self._random.random() < 0.2:
            plan["policy"] = {"fail_under": self._random.choice((0, 30, 50, 60, 80, 100))}
        if self._random.random() < self._rare:
            self._add_rare(plan)
        return {name: value for name, value in plan.items() if value is not None}

    def _make_model(self, number: int) -> dict[str, Any]:
        return {
            "name": f"Model {number}",
            "version": self._maybe(0.5, "1.0"),
            "parameters": self._maybe(0.8, self._random.choice((1.0e9, 7.0e9, 2.0e10, 7.0e10))),
            "capability": self._maybe(0.9, self._pick(CAPABILITIES, 0.6)),
            "capability_evidence": self._maybe(0.3, self._make_evidence()),
        }

    def _make_channels(self) -> list[dict[str, Any]]:
        weights = (2, 6, 20, 3, 4, 2, 4, 4, 3, 10, 40, 8) if self._skewed else None
        number = self._random.choices((1, 2, 3, 4), (70, 22, 6, 2) if self._skewed else None)[0]
        return [
            {
                "id": f"channel-{place}",
                "access": self._random.choices(LEVELS, weights)[0],
                "operator": self._maybe(0.5, "third_party" if self._random.random() < 0.2 else "self"),
                "gated": self._maybe(0.3, self._random.choice(GATES[1:])),
                "license": self._random.choice(LICENSES),
            }
            for place in range(number)
        ]

    def _make_claims(self, name: str, ids: list[str]) -> list[dict[str, Any]] | None:
        if self._random.random() < 0.15:
            return None
        if len(ids) > 1 and self._random.random() < (0.3 if not self._is_held(name) else self._rare):
            chosen = self._random.sample(ids, self._random.randint(1, len(ids)))
            cut = self._random.randint(1, len(chosen))
            scopes = [scope for scope in (chosen[:cut], chosen[cut:]) if scope]
            return [self._make_claim(scope) for scope in scopes]
        return [self._make_claim(None)]

    def _is_held(self, name: str) -> bool:
        return name in ("AB-06", "AB-10", "AB-13")

    def _make_claim(self, scope: list[str] | None) -> dict[str, Any]:
        return {
            "status": self._pick(STATUSES, 0.85),
            "against": self._maybe(0.3, self._random.choice(AGAINST)),
            "channels": scope,
            "evidence": self._maybe(0.5, self._make_evidence()),
            "note": self._maybe(0.1, "See the model card."),
        }

    def _make_evidence(self) -> list[dict[str, Any]]:
        return [
            {
                "ref": f"https://example.org/reports/{self._random.randint(1, 99)}",
                "type": self._maybe(0.9, self._random.choice(TYPES)),
                "result": self._random.choices(RESULTS, (75, 23, 1, 1) if self._skewed else None)[0],
                "date": self._maybe(0.03 if self._skewed else 0.1, date(2026, self._random.randint(1, 11), 1)),
            }
            for _ in range(self._random.randint(0, 2))
        ]

    def _add_rare(self, plan: dict[str, Any]) -> None:
        if self._random.random() < 0.5:
            for channel in plan["channels"]:
                channel["opens"] = self._maybe(0.7, date(2026, self._random.randint(1, 12), 1))
            return
        plan["waivers"] = [
            {
                "safeguard": self._random.choice(SAFEGUARDS), "reason": "It ends soon.", "owner": "Trust team",
                "granted": date(2026, 10, 1), "expires": date(2026, self._random.choice((10, 12)), 31),
            }
        ]  # fmt: skip

    def _pick(self, words: tuple[Any, ...], first: float) -> Any:
        """Return a word: the first with a probability, where that is skewed."""
        return words[0] if self._skewed and self._random.random() < first else self._random.choice(words)

    def _maybe(self, chance: float, value: Any) -> Any:
        return value if self._random.random() < chance else None
