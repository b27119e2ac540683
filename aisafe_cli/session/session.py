"""The one flow: paths → plans → reports → verdicts, with what could not be evaluated beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from aisafe_cli import __version__
from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import Baseline, Policy
from aisafe_cli.domain.report import PlanFinding, Report, Watch
from aisafe_cli.domain.verdict import ReadFile, Result, Run
from aisafe_cli.errors import AisafeError, ExitCode, describe
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io.find import find_plans
from aisafe_cli.io.paths import write_path_out
from aisafe_cli.loading.plan import load_plan
from aisafe_cli.session.evidence_files import found_files, inspect_evidence
from aisafe_cli.session.rulebook import Ground, Rulebook
from aisafe_cli.session.settings import Options, with_pinned_profile

if TYPE_CHECKING:
    from aisafe_cli.loading.baseline import BaselineFile


@record
class Checked:
    """What one call evaluated, and the errors that kept plans from being evaluated.

    `paths` are where the plans of the results are, as they were given; `inputs` are all files that were read; `notes`
    say which folders were not searched.
    """

    results: tuple[Result, ...]
    errors: tuple[AisafeError, ...]
    inputs: tuple[str, ...]
    paths: tuple[str, ...] = ()
    files: tuple[ReadFile, ...] = ()
    notes: tuple[str, ...] = ()

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
            files=self.files,
        )


@record
class Bench:
    """What plans are judged by: what holds for them, the ladder and a day.

    With a `stage`, only the channels are judged that are open by that day. `inputs` are the files that all this came
    from.
    """

    ground: Ground
    ladder: Ladder
    as_of: date
    stage: date | None = None
    inputs: tuple[str, ...] = ()

    @property
    def catalog(self) -> Catalog:
        """The catalog in use."""
        return self.ground.catalog

    def judge(self, plan: Plan, baseline: Baseline | None = None, found: Sequence[PlanFinding] = ()) -> Result:
        """Return the judged plan, with the profile that is allowed to it and with what was found before.

        Raises NothingToEvaluate where no safeguard applies to it, or no channel is open at the stage.
        """
        plan, pinned = with_pinned_profile(plan, self.ground.settings)
        report = self._report(plan)
        report = replace(report, plan_findings=(*report.plan_findings, *found, *pinned))
        return Result(report=report, verdict=judge(report, self.ground.policy, baseline))

    def _report(self, plan: Plan) -> Report:
        if self.stage is None:
            return evaluate(plan, self.catalog, self.ladder, self.as_of, self.ground.rules)
        from aisafe_cli.evaluation.cutoff import evaluate_stage

        return evaluate_stage(plan, self.catalog, self.ladder, self.as_of, self.stage, self.ground.rules)


def set_up(rulebook: Rulebook, as_of: date, folder: str = os.curdir) -> Bench:
    """Return what plans of a folder are judged by. Raises FileError or InputError where that cannot be used."""
    return Bench(ground=rulebook.ground(folder), ladder=rulebook.ladder, as_of=as_of, inputs=rulebook.inputs)


def load_file(path: str, catalog: Catalog) -> Plan:
    """Return the plan of a file, or of standard input for `-`, with what is known of the evidence that it names.

    Raises FileError and InputError as `load_plan` does.
    """
    return inspect_evidence(load_plan(path, catalog), path)


Load = Callable[[str, Catalog], Plan]


def check_plans(
    paths: Sequence[str],
    catalog_path: str | None,
    as_of: date,
    policy: Policy,
    baseline_path: str | None = None,
    stage: date | None = None,
) -> Checked:
    """Evaluate and judge every plan that the paths name, by one catalog and one policy, whatever configurations say."""
    options = Options(
        catalog=catalog_path,
        strict=policy.strict,
        fail_under=policy.fail_under,
        honour_waivers=policy.honour_waivers,
    )
    return check_by(Rulebook(options, search=False), paths, as_of, baseline_path, stage)


def check_by(
    rulebook: Rulebook,
    paths: Sequence[str],
    as_of: date,
    baseline_path: str | None = None,
    stage: date | None = None,
    watch: Watch[str] = iter,
) -> Checked:
    """Evaluate and judge every plan that the paths name, each by what the rulebook says of it.

    A plan that cannot be evaluated does not stop the others. With a stage, only the channels are judged that are open
    by that day. `watch` hands out the plans one by one, so that it can tell how far the work has come. Raises FileError
    or InputError where no plan can be evaluated, because what holds for the current folder, or the baseline, is faulty.
    """
    rulebook.ground(os.curdir)
    baseline = rulebook.baseline(baseline_path) if baseline_path is not None else None
    found, errors, notes = _find(paths)
    results = {}
    for path in watch(found):
        try:
            results[path] = _check(rulebook, path, as_of, baseline, stage)
        except AisafeError as error:
            if error not in errors:  # a faulty configuration of many plans is told once
                errors.append(error)
    return Checked(
        results=tuple(results.values()),
        errors=tuple(errors),
        inputs=tuple(dict.fromkeys((*found, *rulebook.inputs))),
        paths=tuple(results),
        files=rulebook.files,
        notes=tuple(notes),
    )


def _check(rulebook: Rulebook, path: str, as_of: date, baseline: BaselineFile | None, stage: date | None) -> Result:
    plan, ground, found = rulebook.plan(path)
    bench = Bench(ground=ground, ladder=rulebook.ladder, as_of=as_of, stage=stage)
    return bench.judge(plan, baseline.of(path) if baseline else None, found)


def check_each(names: Iterable[str], load: Load, bench: Bench) -> Checked:
    """Load, evaluate and judge each named plan; a plan that cannot be evaluated does not stop the others."""
    results, paths, errors, inputs = [], [], [], []
    for name in names:
        inputs.append(name)
        try:
            plan = load(name, bench.catalog)
            results.append(bench.judge(plan))
        except AisafeError as error:
            errors.append(error)
        else:
            paths.append(name)
            inputs += found_files(plan)
    return Checked(results=tuple(results), errors=tuple(errors), inputs=(*inputs, *bench.inputs), paths=tuple(paths))


def _find(paths: Sequence[str]) -> tuple[list[str], list[AisafeError], list[str]]:
    """Return the plans that the paths name, each path once, what keeps some from being found, and what to say."""
    plans: dict[object, str] = {}
    errors: list[AisafeError] = []
    notes: dict[str, None] = {}
    for path in paths:
        try:
            found = find_plans(path)
        except AisafeError as error:
            errors.append(error)
            continue
        notes |= dict.fromkeys(found.passed_over)
        for plan in found.paths:
            plans.setdefault(write_path_out(plan), plan)
    return list(plans.values()), errors, list(notes)
