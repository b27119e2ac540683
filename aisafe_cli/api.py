"""The public Python interface: `docs/api.md` shows it. What is here changes only with the major version."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.domain.verdict import Result, Run
from aisafe_cli.errors import AisafeError, FileError, InputError, NothingToEvaluate, describe
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.report_data import collect_result
from aisafe_cli.session.session import PlanText, Session
from aisafe_cli.session.settings import take_options

__all__ = ["AisafeError", "Checker", "FileError", "InputError", "Judged", "NothingToEvaluate", "Source"]

Source = os.PathLike[str] | str | bytes | Mapping[str, Any]
"""A plan: the path of its file, its text, or what that holds."""


@record
class Judged:
    """A plan with its verdict, by one catalog or by several."""

    run: Run

    @property
    def passed(self) -> bool:
        """Whether the plan passes by every catalog that gates."""
        return all(plan.passed for plan in self.run.plans)

    def as_data(self) -> list[dict[str, Any]]:
        """Return what the JSON report says of the plan, once for each catalog."""
        return [collect_result(result) for result in self.run.results]

    def render(self, output_format: str = "table") -> str:
        """Return a report in one of the formats of `aisafe check`."""
        return render(output_format, self.run, View())


class Checker:
    """Judges plans as `aisafe check` does, on one day and by one policy.

    `catalog` names catalogs by short names and paths, with commas between. `config` is the path of a configuration;
    none is searched for. Raises AisafeError as the command ends with exit code 2.
    """

    def __init__(
        self,
        as_of: date,
        *,
        catalog: str | None = None,
        strict: bool | None = None,
        fail_under: int | None = None,
        config: str | None = None,
    ) -> None:
        self._as_of = as_of
        self._options = take_options(catalog, strict, fail_under, config)

    def check(self, plan: Source, name: str = "plan") -> Judged:
        """Return a plan with its verdict; `name` is what messages call one that is no file.

        Raises InputError with every fault of the plan, FileError where it cannot be read, and NothingToEvaluate where
        nothing is asked of it.
        """
        checked = Session(self._options, self._as_of).run_each([_name_source(plan, name)])
        if checked.errors:
            raise checked.errors[0]
        return Judged(run=checked.as_run(checked.exit_code))

    def check_each(self, plans: Iterable[tuple[str, Source]]) -> Iterator[dict[str, Any]]:
        """Yield a row for each plan and catalog, with the name that the plan came with.

        A row has `name`, `catalog`, `mode`, `passed`, `blocking`, `outcomes` by safeguard, and `coverage` in percent. A
        plan that cannot be judged has a row with `name` and `error`: silence never passes.
        """
        session = Session(self._options, self._as_of)
        for name, plan in plans:
            try:
                results, _ = session.judge_by_each(session.load(_name_source(plan, name)))
            except AisafeError as error:
                yield {"name": name, "error": describe(error)}
            else:
                yield from (_collect_row(name, result) for result in results)


def _name_source(plan: Source, name: str) -> str | PlanText:
    if isinstance(plan, os.PathLike):
        return os.fspath(plan)
    text = json.dumps(plan, default=str) if isinstance(plan, Mapping) else plan
    return PlanText(name=name, content=text.encode() if isinstance(text, str) else text)


def _collect_row(name: str, result: Result) -> dict[str, Any]:
    report, blocking = result.report, result.verdict.blocking
    outcomes: Sequence[tuple[str, str]] = [(one.safeguard.id, str(one.outcome)) for one in report.findings]
    return {
        "name": name,
        "catalog": report.catalog.id,
        "mode": str(report.mode),
        "passed": result.verdict.passed,
        "blocking": list(blocking),
        "outcomes": dict(outcomes),
        "coverage": report.scores.coverage.score.percent,
    }
