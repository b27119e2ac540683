"""What came of judging a registry: counts over all its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.policy import Policy


@record
class RegistrySummary:
    """Counts over the rows of a registry, each of which is judged, faulty, or asked nothing.

    `modes` counts passed and failed rows by release mode, `outcomes` the outcomes by safeguard, and `blocking` what
    blocks, by id of a safeguard, by kind of a finding on the plan, and `coverage`. `by_evaluator` rows were judged by
    the evaluator, the others by tables made from it.
    """

    path: str
    catalog: Catalog
    policy: Policy
    as_of: date
    rows: int
    verdicts: Mapping[str, int]
    modes: Mapping[str, Mapping[str, int]]
    outcomes: Mapping[str, Mapping[str, int]]
    blocking: Mapping[str, int]
    by_evaluator: int
