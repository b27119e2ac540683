"""The one flow: names → plans → reports → verdicts, with what could not be evaluated beside them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

from aisafe_cli import __version__
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import AccessLevel, Catalog, Ladder, Safeguard
from aisafe_cli.domain.plan import Plan
from aisafe_cli.domain.policy import Baseline
from aisafe_cli.domain.report import PlanFinding, Report, Watch
from aisafe_cli.domain.verdict import Judgment, NotAsked, ReadFile, Result, Run
from aisafe_cli.errors import AisafeError, ExitCode, NothingToEvaluate, RequestError, describe
from aisafe_cli.evaluation.evaluate import evaluate, evaluate_stage
from aisafe_cli.gate.verdict import judge
from aisafe_cli.io.find import find_start
from aisafe_cli.io.paths import STANDARD_INPUT, RealFolder, name_place, show_path
from aisafe_cli.io.processes import count_processes, map_by_processes
from aisafe_cli.io.read import hash_content
from aisafe_cli.io.spool import put_away
from aisafe_cli.loading.baseline import BaselineFile
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.session.evidence_files import FileLookup, found_files, inspect_with
from aisafe_cli.session.expected_plans import Expectation, resolve_place
from aisafe_cli.session.folder_settings import FolderSettings, SettingsReader
from aisafe_cli.session.plan_paths import find_each_plan, folder_of
from aisafe_cli.session.plans_in_git import is_in_git, load_from_git
from aisafe_cli.session.provenance import GIVEN, WORKING_TREE, Provenance
from aisafe_cli.session.settings import Options, with_pinned_profile
from aisafe_cli.session.trusted_changes import Comparison, changes_of_plan, plans_removed, with_trusted_terms
from aisafe_cli.session.trusted_ref import TrustedRevision

_FEW = 64  # so many plans are judged sooner than other processes have started, and their results held in memory
_SHARED = frozenset((AccessLevel, Catalog, Ladder, Safeguard))  # what results of many plans have in common


@record
class Parts:
    """Shows results one by one, so that none is kept: `render` makes a part of each and `write` takes it."""

    render: Callable[[Result], tuple[bytes, ...]]  # one for each output
    write: Callable[[tuple[bytes, ...]], None]


@record
class PlanText:
    """A plan that is handed over as text, with what messages call it."""

    name: str
    content: bytes


@record
class LoadedPlan:
    """A plan with what holds for it. `notes` are what loading found, to be told with every verdict on it."""

    plan: Plan
    settings: FolderSettings
    notes: tuple[PlanFinding, ...]
    baselines: tuple[Baseline, ...] = ()

    @property
    def catalog(self) -> Catalog:
        """The catalog that the plan is judged by, or the first of several."""
        return self.settings.catalog

    @property
    def guidance(self) -> str:
        """The short name of the catalog where the plan is judged by several, and else nothing."""
        return self.catalog.short_name if self.settings.others else ""

    def find_baseline(self) -> Baseline | None:
        """Return the baseline of the first catalog; one alone with one catalog is returned whatever it is of."""
        found = next((one for one in self.baselines if one.catalog.id == self.catalog.id), None)
        is_only = not self.guidance and len(self.baselines) == 1
        return self.baselines[0] if found is None and is_only else found

    def split(self) -> tuple[LoadedPlan, ...]:
        """Return the plan once for each catalog that it is judged by, which is then its first."""
        catalogs = (self.catalog, *self.settings.others)
        return tuple(
            replace(
                self,
                settings=replace(
                    self.settings, catalog=one, others=tuple(other for other in catalogs if other is not one)
                ),
            )
            for one in catalogs
        )


@record
class _Outcome:
    """What came of one plan. Another process hands over what it `read`, and no results."""

    path: str
    is_file: bool
    results: tuple[Result, ...] = ()
    judgments: tuple[Judgment, ...] = ()
    parts: tuple[tuple[bytes, ...], ...] = ()
    not_asked: tuple[NotAsked, ...] = ()
    error: AisafeError | None = None
    read: tuple[tuple[ReadFile, ...], tuple[str, ...]] = ((), ())


@record
class Checked:
    """What one call evaluated, and the errors that kept plans from being evaluated.

    `paths` are where the plans of the results are, as they were given; `inputs` are all files that were read; `notes`
    say what was passed over, and what only looks like a plan; `judgments` are also those of results that were shown in
    parts and not kept.
    """

    results: Sequence[Result]
    errors: tuple[AisafeError, ...]
    inputs: tuple[str, ...]
    paths: tuple[str, ...] = ()
    files: tuple[ReadFile, ...] = ()
    not_asked: tuple[NotAsked, ...] = ()
    notes: tuple[str, ...] = ()
    as_of_from: str = "option"
    judgments: tuple[Judgment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no plan was judged."""
        return not self.judgments

    @property
    def exit_code(self) -> ExitCode:
        """The gate's exit code. What was not evaluated outranks what failed, so that it never looks complete."""
        failed = any(not one.passed and one.gates for one in self.judgments)
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
            judgments=self.judgments,
            exit_code=exit_code,
            complete=not self.errors,
            version=__version__,
            unreadable=tuple(describe(error).splitlines()[0] for error in self.errors),
            not_asked=self.not_asked,
            files=self.files,
            as_of_from=self.as_of_from,
            notes=tuple(note for note in self.notes if note not in {one.reason for one in self.not_asked}),
        )


class Session:
    """One run: what holds for each plan, what was read, and the verdict, always made the same way.

    With a `stage`, only the channels are judged that are open by that day. `baselines` are the paths of those, one for
    each catalog, and `settings_of` the folder whose configuration holds for every plan, else each plan has that of its
    own folder. Raises FileError where a trusted revision is not there, and RequestError for options that do not go
    together.
    """

    def __init__(
        self,
        options: Options,
        as_of: date,
        *,
        as_of_from: str = "option",
        baselines: Sequence[str] = (),
        stage: date | None = None,
        settings_of: str | None = None,
    ) -> None:
        self._as_of = as_of
        self._as_of_from = as_of_from
        self._stage = stage
        self._baseline_paths = baselines
        self._settings_of = settings_of
        self._provenance = Provenance()
        self._reader = SettingsReader(options, self._provenance)

    @property
    def ladder(self) -> Ladder:
        """The access levels in use."""
        return self._reader.ladder

    @property
    def inputs(self) -> tuple[str, ...]:
        """The paths in the working tree that were read, so that no output replaces one of them."""
        return self._provenance.inputs

    def list_formats(self) -> list[str]:
        """Return the formats that the configuration of the current folder asks for. Raises as `load` does."""
        return self._reader.list_formats()

    def read_settings(self, folder: str) -> FolderSettings:
        """Return what holds for the plans of a folder. Raises FileError or InputError."""
        return self._reader.read(folder)

    def load(self, source: str | PlanText) -> LoadedPlan:
        """Return a plan with what holds for it: of a file, of standard input for `-`, of `REVISION:PATH`, or of a text.

        A text is taken as standard input would be: its evidence and configuration are looked for from here.
        Evidence is looked up, terms of the trusted revision and of the configuration are applied, and what that found
        stands in `notes`. Raises FileError or InputError.
        """
        name = STANDARD_INPUT if isinstance(source, PlanText) else source
        folder = folder_of(name) if self._settings_of is None else self._settings_of
        settings = self._reader.read(folder)
        baselines, notes = self._read_baselines()
        plan = self._read_plan(source, settings)
        notes = (*settings.notes, *notes)
        if self._reader.trusted is not None:
            plan, changes = self._apply_trusted_terms(plan, name, settings, self._reader.trusted)
            notes = (*notes, *changes)
        plan, pinned = with_pinned_profile(plan, settings.settings, settings.catalog)
        return LoadedPlan(
            plan=plan,
            settings=settings,
            notes=(*notes, *pinned),
            baselines=tuple(baseline.of(name) for baseline in baselines),
        )

    def judge(self, loaded: LoadedPlan, changed: Plan | None = None, as_of: date | None = None) -> Result:
        """Return the verdict on a plan, or on the plan as it would be changed, and on another day than the session's.

        Of several catalogs the first judges it; a baseline holds for the one that it was recorded against. Raises
        NothingToEvaluate where no safeguard applies to it, or no channel is open at the stage.
        """
        plan = loaded.plan if changed is None else changed
        plan, pinned = with_pinned_profile(plan, loaded.settings.settings, loaded.catalog)
        notes = (*loaded.notes, *(note for note in pinned if note not in loaded.notes))
        report = self._evaluate(plan, loaded.settings, as_of or self._as_of, notes)
        verdict = judge(report, loaded.settings.policy, loaded.find_baseline())
        gates = loaded.catalog.id not in loaded.settings.only_shown
        if loaded.guidance:
            verdict = replace(verdict, headline=_name_guidance(verdict.headline, loaded.guidance, gates))
        return Result(report=report, verdict=verdict, guidance=loaded.guidance, gates=gates)

    def run(
        self,
        paths: Sequence[str],
        watch: Watch[str] = iter,
        *,
        asks_for_expected: bool = False,
        parts: Parts | None = None,
    ) -> Checked:
        """Judge every plan that the paths name: files, folders, patterns, or `-`.

        `watch` hands out their names one by one, so that it can tell how far the work has come. `parts` get each
        result as soon as it is there; of many plans, several processes then judge. It may be asked whether every plan
        was judged that the configuration expects. Raises FileError or InputError where no plan can be evaluated,
        because what holds for the current folder, or the baseline, is faulty.
        """
        self._read_for_all()
        names, errors, notes = find_each_plan(paths)
        processes = count_processes() if parts and len(names) > _FEW else 1
        checked = self.run_each(watch(names), errors, notes, parts, processes)
        return self._with_unmet(checked, names, paths) if asks_for_expected else checked

    def run_texts(
        self, texts: Iterable[PlanText], parts: Parts | None = None, *, asks_for_expected: bool = False
    ) -> Checked:
        """Judge plans that are handed over as texts, one by one. Raises as `run` does."""
        self._read_for_all()
        checked = self.run_each(texts, parts=parts)
        if checked.is_empty and not checked.errors:
            checked = replace(checked, errors=(NothingToEvaluate(f"{show_path(STANDARD_INPUT)}: holds no plan"),))
        return self._with_unmet(checked, (), ()) if asks_for_expected else checked

    def _read_for_all(self) -> None:
        self._reader.read(os.curdir)
        self._read_baselines()

    def run_each(
        self,
        sources: Iterable[str | PlanText],
        errors: Iterable[AisafeError] = (),
        notes: Sequence[str] = (),
        parts: Parts | None = None,
        processes: int = 1,
    ) -> Checked:
        """Judge each plan, by one process or several; one that cannot be evaluated does not stop the others."""
        results: Sequence[Result] = ()
        judgments: list[Judgment] = []
        judged: list[str] = []
        not_asked: list[NotAsked] = []
        failures = dict.fromkeys(errors)  # a faulty configuration of many plans is told once
        named: dict[str, None] = {}  # none of them is overwritten, whatever comes of it
        for outcome in self._judge_each(sources, parts, processes):
            named |= {outcome.path: None} if outcome.is_file else {}
            failures |= {outcome.error: None} if outcome.error else {}
            not_asked += outcome.not_asked
            _write_parts(parts, outcome.parts)
            if not parts or not judgments:  # of a single plan more is told
                results = put_away(results, outcome.results, _FEW, _SHARED)
                judged += [outcome.path] * len(outcome.results)
            judgments += outcome.judgments
        return Checked(
            results=results,
            errors=tuple(failures),
            inputs=tuple(dict.fromkeys((*named, *self.inputs))),
            paths=tuple(judged),
            files=self._provenance.files,
            not_asked=tuple(not_asked),
            notes=(*notes, *(one.reason for one in not_asked)),
            as_of_from=self._as_of_from,
            judgments=tuple(judgments),
        )

    def _judge_each(self, sources: Iterable[str | PlanText], parts: Parts | None, processes: int) -> Iterable[_Outcome]:
        if processes == 1:
            yield from (self._judge_one(source, parts) for source in sources)
            return
        for outcome in map_by_processes(partial(self._judge_apart, parts=parts), sources, processes):
            self._provenance.add(*outcome.read)
            yield outcome

    def _judge_apart(self, source: str | PlanText, parts: Parts | None) -> _Outcome:
        """Return what comes of a plan in another process, which only hands over what the first one needs."""
        mark = self._provenance.mark()
        outcome = self._judge_one(source, parts)
        return replace(outcome, results=(), read=self._provenance.since(mark))

    def _judge_one(self, source: str | PlanText, parts: Parts | None) -> _Outcome:
        path, is_file = (source, True) if isinstance(source, str) else (source.name, False)
        try:
            results, silent = self.judge_by_each(self.load(source))
        except AisafeError as error:
            return _Outcome(path=path, is_file=is_file, error=error)
        return _Outcome(
            path=path,
            is_file=is_file,
            results=tuple(results),
            judgments=tuple(result.judgment for result in results),
            parts=tuple(map(parts.render, results)) if parts else (),
            not_asked=tuple(silent),
        )

    def _with_unmet(self, checked: Checked, names: Sequence[str], paths: Sequence[str]) -> Checked:
        """Return what was checked, with an error for each plan that is expected and was not among the names."""
        judged = frozenset(resolve_place(name) for name in names if not is_in_git(name))
        trusted, errors, notes = self._reader.trusted, list(checked.errors), list(checked.notes)
        for expected in self._list_expectations(names, paths, errors):
            errors += expected.list_unmet(judged, trusted)
            if trusted is None and expected.needs_revision:
                notes.append(f"{expected.needs_revision}: has no effect without --trusted-ref")
        return replace(checked, errors=tuple(dict.fromkeys(errors)), notes=tuple(dict.fromkeys(notes)))

    def _list_expectations(
        self, names: Sequence[str], paths: Sequence[str], errors: list[AisafeError]
    ) -> Iterable[Expectation]:
        """Return those of every configuration that holds for a plan here, or for one of the trusted revision."""
        folders = {os.curdir: None, **dict.fromkeys(map(folder_of, names))}
        if self._reader.trusted is not None and self._settings_of is None:
            folders |= dict.fromkeys(self._reader.trusted.base.list_plan_folders(map(find_start, paths)))
        found: dict[object, Expectation] = {}
        for folder in folders:
            try:
                held = self._reader.read(folder)
            except AisafeError as error:
                errors.append(error)
                continue
            place = os.curdir if self._reader.is_named else held.folder
            found.setdefault(held.configuration and held.configuration.path, Expectation(held.settings, place))
        return found.values()

    def judge_by_each(self, loaded: LoadedPlan) -> tuple[list[Result], list[NotAsked]]:
        """Return the verdict by each catalog, and which ask nothing. Raises NothingToEvaluate where all ask nothing."""
        results, silent = [], []
        for one in loaded.split():
            try:
                results.append(self.judge(one))
            except NothingToEvaluate as error:
                if not one.guidance:
                    raise
                silent.append(NotAsked(path=one.plan.path, guidance=one.guidance, reason=str(error)))
        if not results:
            raise NothingToEvaluate("; ".join(dict.fromkeys(one.reason for one in silent)))
        return results, silent

    def _read_plan(self, source: str | PlanText, settings: FolderSettings) -> Plan:
        if isinstance(source, PlanText):
            self._provenance.list_content(source.name, "plan", GIVEN, source.content)
            return self._parse_plan(STANDARD_INPUT, source.name, source.content, settings)
        if is_in_git(source):
            return load_from_git(source, settings.catalog, settings.others, self._as_of)
        return self._parse_plan(source, source, self._provenance.read_working(source, "plan"), settings)

    def _parse_plan(self, path: str, shown: str, content: bytes, settings: FolderSettings) -> Plan:
        folder = self._provenance.make_once(RealFolder, "" if path == STANDARD_INPUT else os.path.dirname(path))
        lookup = FileLookup(path, folder)
        plan = parse_plan(content, shown, settings.catalog, self._as_of, settings.others)
        plan = inspect_with(lookup, replace(plan, place=name_place(path, folder)))
        for file, (sha256, size) in lookup.read.items():
            self._provenance.list_file(file, "evidence", WORKING_TREE, sha256, size)
        self._provenance.protect(*found_files(plan))
        return plan

    def _read_baselines(self) -> tuple[list[BaselineFile], tuple[PlanFinding, ...]]:
        read = [self._provenance.make_once(self._reader.read_baseline, path) for path in self._baseline_paths]
        files = [file for file, _ in read if file is not None]
        for catalog, number in Counter(file.catalog.id for file in files).items():
            if number > 1:
                raise RequestError(
                    f"{number} baselines belong to one catalog, {catalog}; name one baseline per catalog"
                )
        return files, tuple(note for _, notes in read for note in notes)

    def _apply_trusted_terms(
        self, plan: Plan, name: str, settings: FolderSettings, trusted: TrustedRevision
    ) -> tuple[Plan, tuple[PlanFinding, ...]]:
        """Return the plan with the terms that the trusted revision grants it, and what the change does to it."""
        comparison = _compare_with_trusted(plan, name, settings, trusted)
        before, revision = comparison, trusted
        if trusted.base is not trusted:
            at_base = _compare_with_trusted(plan, name, settings, trusted.base)
            before, revision = (at_base, trusted.base) if at_base.trusted else (comparison, trusted)
        if before.trusted:
            before = replace(before, evidence=revision.list_other(found_files(plan)))
        removed = self._provenance.make_once(trusted.base.find_removed_plans)
        changes = (*plans_removed(removed, trusted.name), *changes_of_plan(before, self.ladder))
        return with_trusted_terms(comparison, self.ladder), changes

    def _evaluate(self, plan: Plan, settings: FolderSettings, as_of: date, notes: Sequence[PlanFinding]) -> Report:
        if self._stage is None:
            return evaluate(plan, settings.catalog, self.ladder, as_of, settings.overrides, notes)
        return evaluate_stage(plan, settings.catalog, self.ladder, as_of, self._stage, settings.overrides, notes)


def _write_parts(parts: Parts | None, rendered: Iterable[tuple[bytes, ...]]) -> None:
    if parts is not None:
        for part in rendered:
            parts.write(part)


def _name_guidance(headline: str, guidance: str, gates: bool) -> str:
    """Return the headline of a verdict with the catalog that it is by."""
    word, _, rest = headline.partition(": ")
    return f"{word}: by {guidance}{'' if gates else ', which does not gate'}: {rest}"


def _compare_with_trusted(plan: Plan, name: str, settings: FolderSettings, trusted: TrustedRevision) -> Comparison:
    inside = None if name == STANDARD_INPUT else trusted.find_inside(name)
    content = trusted.read_listed(inside, "trusted_plan") if inside is not None else None
    if inside is None or content is None:
        return Comparison(plan=plan, trusted=None, revision=trusted.name)
    if hash_content(content) == plan.sha256:  # the same bytes say the same; to read them again takes a fifth
        return Comparison(plan=plan, trusted=plan, revision=trusted.name)
    try:
        before = parse_plan(content, trusted.show(inside), settings.catalog, others=settings.others)
    except AisafeError as error:
        why = describe(error).splitlines()[0]
        return Comparison(plan=plan, trusted=None, revision=trusted.name, unreadable=why)
    return Comparison(plan=plan, trusted=before, revision=trusted.name)
