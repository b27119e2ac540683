"""The one flow: paths → plans → reports → verdicts, with what could not be evaluated beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from aisafe_cli import __version__, evidence, files
from aisafe_cli.catalog import load_catalog, load_ladder
from aisafe_cli.diagnostics import describe
from aisafe_cli.errors import AisafeError, ExitCode, NothingToEvaluate
from aisafe_cli.evaluate import evaluate
from aisafe_cli.gate import judge
from aisafe_cli.model import Baseline, Catalog, Ladder, Plan, Policy, Report, Result, Run
from aisafe_cli.plan import load_plan
from aisafe_cli.records import record

if TYPE_CHECKING:
    from aisafe_cli.baseline import BaselineFile


@record
class Checked:
    """What one call evaluated, and the errors that kept plans from being evaluated.

    `paths` are where the plans of the results are, as they were given; `inputs` are all files that were read.
    """

    results: tuple[Result, ...]
    errors: tuple[AisafeError, ...]
    inputs: tuple[str, ...]
    paths: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """The gate's exit code. What was not evaluated outranks what failed, so that it never looks complete."""
        failed = any(not result.verdict.passed for result in self.results)
        return ExitCode.FAILED if failed and not self.errors else self.exit_code_without_gate

    @property
    def exit_code_without_gate(self) -> ExitCode:
        """The exit code where a failed verdict does not count; what was not evaluated still does."""
        codes = {error.exit_code for error in self.errors}
        ranked = (ExitCode.NOT_EVALUATED, ExitCode.NOTHING_TO_EVALUATE)
        return next((code for code in ranked if code in codes), ExitCode.PASSED)

    def as_run(self, exit_code: int) -> Run:
        """Return what reporters render."""
        return Run(
            results=self.results,
            exit_code=exit_code,
            complete=not self.errors,
            version=__version__,
            unreadable=tuple(describe(error).splitlines()[0] for error in self.errors),
        )


@record
class Bench:
    """What plans are judged by: a catalog, the ladder, a day, a policy, and how many days old evidence may be.

    `age_limits` has that by safeguard id. With a `stage`, only the channels are judged that are open by that day.
    `inputs` names the files that all this came from.
    """

    catalog: Catalog
    ladder: Ladder
    as_of: date
    policy: Policy
    age_limits: Mapping[str, int] | None = None
    stage: date | None = None
    inputs: tuple[str, ...] = ()

    def judge(self, plan: Plan, baseline: Baseline | None = None) -> Result:
        """Return the judged plan. Raises NothingToEvaluate where no safeguard applies to it, or no channel is open."""
        report = self._report(plan)
        return Result(report=report, verdict=judge(report, self.policy, baseline))

    def _report(self, plan: Plan) -> Report:
        if self.stage is None:
            return evaluate(plan, self.catalog, self.ladder, self.as_of, self.age_limits)
        from aisafe_cli.stage import evaluate_stage

        return evaluate_stage(plan, self.catalog, self.ladder, self.as_of, self.stage, self.age_limits)


def set_up(catalog_path: str | None, as_of: date, policy: Policy, age_limits: Mapping[str, int] | None = None) -> Bench:
    """Return what plans are judged by. Raises FileError or InputError where the catalog cannot be used."""
    ladder = load_ladder()
    return Bench(
        catalog=load_catalog(catalog_path, ladder),
        ladder=ladder,
        as_of=as_of,
        policy=policy,
        age_limits=age_limits,
        inputs=(catalog_path,) if catalog_path else (),
    )


def load_file(path: str, catalog: Catalog) -> Plan:
    """Return the plan of a file, or of standard input for `-`, with what is known of the evidence that it names.

    Raises FileError and InputError as `load_plan` does.
    """
    return evidence.inspect(load_plan(path, catalog), path)


Watch = Callable[[Sequence[str]], Iterable[str]]
Load = Callable[[str, Catalog], Plan]


def check_plans(
    paths: Sequence[str],
    catalog_path: str | None,
    as_of: date,
    policy: Policy,
    age_limits: Mapping[str, int] | None = None,
    baseline_path: str | None = None,
    stage: date | None = None,
    watch: Watch = iter,
) -> Checked:
    """Evaluate and judge every plan that the paths name; a plan that cannot be evaluated does not stop the others.

    The files that a plan names as evidence are looked for. `age_limits` says, by safeguard id, how many days old
    evidence may be. With a stage, only the channels are judged that are open by that day. `watch` hands out the plans
    one by one, so that it can tell how far the work has come.

    Raises FileError or InputError where the catalog or the baseline cannot be used.
    """
    bench = replace(set_up(catalog_path, as_of, policy, age_limits), stage=stage)
    baseline = _baseline(baseline_path, bench.ladder)
    found, errors = _find(paths)
    checked = check_each(watch(found), load_file, bench, baseline)
    return replace(
        checked,
        errors=(*errors, *checked.errors),
        inputs=(*found, *filter(None, (catalog_path, baseline_path))),
    )


def check_each(names: Iterable[str], load: Load, bench: Bench, baseline: BaselineFile | None = None) -> Checked:
    """Load, evaluate and judge each named plan; a plan that cannot be evaluated does not stop the others."""
    results, paths, errors, inputs = [], [], [], []
    for name in names:
        inputs.append(name)
        try:
            results.append(bench.judge(load(name, bench.catalog), baseline.of(name) if baseline else None))
        except AisafeError as error:
            errors.append(error)
        else:
            paths.append(name)
    return Checked(results=tuple(results), errors=tuple(errors), inputs=(*inputs, *bench.inputs), paths=tuple(paths))


def _baseline(path: str | None, ladder: Ladder) -> BaselineFile | None:
    if path is None:
        return None
    from aisafe_cli.baseline import load_baseline

    return load_baseline(path, ladder)


def _find(paths: Sequence[str]) -> tuple[list[str], list[AisafeError]]:
    """Return the plans that the paths name, each once, and an error for each folder without any."""
    found: dict[object, str] = {}
    errors: list[AisafeError] = []
    for path in paths:
        try:
            for plan in _expand(path):
                found.setdefault(files.identity(plan), plan)
        except AisafeError as error:
            errors.append(error)
    return list(found.values()), errors


def _expand(path: str) -> Iterable[str]:
    if path == files.STANDARD_INPUT:
        return [path]
    if files.is_pattern(path):
        return _expand_pattern(path)
    if not os.path.isdir(path):
        return [path]
    return _in_folder(path)


def _expand_pattern(pattern: str) -> Iterable[str]:
    """Return the files that a pattern names, and the plans in the folders that it names."""
    found = list(files.find_matching(pattern))
    plans = [plan for path in found for plan in (files.find_plans(path) if os.path.isdir(path) else [path])]
    if not plans:
        raise NothingToEvaluate(f"{files.shown_path(pattern)}: no plan matches this pattern")
    return plans


def _in_folder(path: str) -> Iterable[str]:
    plans = list(files.find_plans(path))
    if not plans:
        raise NothingToEvaluate(f"{files.shown_path(path)}: no file named *{files.PLAN_SUFFIX} in this folder")
    return plans
