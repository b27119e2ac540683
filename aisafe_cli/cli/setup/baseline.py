"""`aisafe baseline`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.cli.options import Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import STANDARD_OUTPUT, say, say_errors, write
from aisafe_cli.domain._record import replace
from aisafe_cli.domain.policy import Baseline
from aisafe_cli.errors import ExitCode, OutputError, RequestError
from aisafe_cli.gate.baseline import BaselineComparison, describe_entry
from aisafe_cli.gate.record_baseline import record_baseline
from aisafe_cli.loading.baseline import BaselineFile, check_baseline, load_baseline, render_baseline
from aisafe_cli.loading.catalog import load_ladder
from aisafe_cli.session.session import Checked
from aisafe_cli.text.escape import terminal_safe, visible
from aisafe_cli.text.unicode import find_forbidden_characters, is_placeholder, says_something
from aisafe_cli.text.wording import count

_CATALOG = "{catalog}"  # in the name of an output, stands for the short name of a catalog


@takes(
    {
        "output": Option(
            "--output -o",
            "FILE",
            "Write to FILE, or - for standard output; {catalog} in FILE becomes its name.",
            is_required=True,
        ),
        **pick_options("plans"),
        "reason": Option("--reason", "TEXT", "Why these findings are accepted for now."),
        "replace": Option("--replace", None, "Replace an existing baseline with what blocks today.", "flag"),
        "prune": Option("--prune", None, "Only remove what was fixed from an existing baseline.", "flag"),
        **pick_options("catalog as_of"),
        "strict": Option("--strict/--no-strict", None, "Record warnings too.", "switch"),
        "fail_under": Option("--fail-under", "N", "Record declared coverage if it is below N percent.", "percent"),
        **pick_options("config no_config"),
    }
)
def baseline(given: Given) -> int:
    """Record what blocks today, so that checks block only on what is new or worse.

    What a waiver lifts is not recorded, nor is a claim that cannot work (`ineffective`). An existing file is changed
    only with --prune, which adds nothing, or --replace.

    Example: aisafe baseline release.plan.yaml -o aisafe-baseline.yaml --reason "closing these by March"
    """
    reason, output = given.reason or "", given.output
    if not given.prune and (is_placeholder(reason) or not says_something(reason)):
        raise RequestError("--reason is missing: say why these findings are accepted for now")
    for _, name in find_forbidden_characters(reason):
        raise RequestError(f"--reason holds {name}, which a baseline must not contain")
    checked = open_session(given).run(given.plans or [os.curdir])
    if checked.errors:
        _say_errors(checked)
        return checked.exit_code_without_gate
    parts = [
        (part, file, _open_existing(file, replace=given.replace, prune=given.prune))
        for part, file in _split_by_catalog(checked, output)
    ]
    for part, file, old in parts:
        made = _prune_plans(part, old) if given.prune and old else _record_plans(part, reason)
        _write_baseline(made, part, old if given.prune else None, file)
        _say_recorded(made, part, old, file)
    return ExitCode.PASSED


def _split_by_catalog(checked: Checked, output: str) -> Iterable[tuple[Checked, str | None]]:
    """Return what was checked by each catalog, with the file that its baseline goes to; None is standard output."""
    names = list(dict.fromkeys(result.guidance for result in checked.results))
    if names != [""] and _CATALOG not in output:
        raise RequestError(f"each catalog has its own baseline: put {_CATALOG} into the name of the output")
    for name in names:
        file = None if output == STANDARD_OUTPUT else output.replace(_CATALOG, name) if name else output
        pairs = [pair for pair in zip(checked.paths, checked.results, strict=True) if pair[1].guidance == name]
        paths, results = zip(*pairs, strict=True)
        yield replace(checked, paths=paths, results=results), file


def _open_existing(file: str | None, *, replace: bool, prune: bool) -> BaselineFile | None:
    """Return the baseline that is to be changed. Raises OutputError for one that is not to be."""
    if replace and prune:
        raise RequestError("--replace and --prune cannot be used together")
    is_there = file is not None and os.path.lexists(file)
    if file is None or not is_there:
        if prune:
            raise RequestError("--prune needs an existing baseline; name it with --output")
        return None
    if not (replace or prune):
        raise OutputError(
            f"{visible(file)}: already exists; --prune removes what was fixed, --replace records everything again"
        )
    return load_baseline(file, load_ladder())


def _say_errors(checked: Checked) -> None:
    say_errors(checked.errors)
    say("nothing was recorded, because a plan could not be evaluated")


def _record_plans(checked: Checked, reason: str) -> Mapping[str, Baseline]:
    return {
        path: record_baseline(result.report, result.verdict.policy, reason)
        for path, result in zip(checked.paths, checked.results, strict=True)
    }


def _prune_plans(checked: Checked, old: BaselineFile) -> Mapping[str, Baseline]:
    """Return what is left of a baseline: of the plans of this run what still blocks, of the others everything."""
    left = dict(old.plans)
    for path, result in zip(checked.paths, checked.results, strict=True):
        if old.catalog.id != result.report.catalog.id:
            raise RequestError(f"the baseline was recorded against another catalog, {old.catalog.id}; use --replace")
        if (carried := old.of(path)).names_plan:
            comparison = BaselineComparison(result.report, carried, result.verdict.policy.fail_under)
            left[old.place(path)] = comparison.prune()
    return left


def _write_baseline(
    made: Mapping[str, Baseline], checked: Checked, kept: BaselineFile | None, file: str | None
) -> None:
    """Write the file, with the day and the reason of the one that is kept."""
    head = kept.of("") if kept else next(iter(made.values()))
    text = render_baseline(made, head, file)
    check_baseline(text, file or "baseline", load_ladder())  # what cannot be read back would stop every check
    write(text, file, checked.inputs)


# --- what is said ---------------------------------------------------------------------------------------------------


def _say_recorded(made: Mapping[str, Baseline], checked: Checked, old: BaselineFile | None, file: str | None) -> None:
    blocks = sum(map(_count_blocks, made.values()))
    if blocks:
        told = f"{count(blocks, 'block')} of {count(len(made), 'plan')} recorded"
    else:
        told = "nothing blocks that could be carried over, so the baseline has no entries"
    say(f"{terminal_safe(file) if file else 'baseline'}: {told}")
    for line in (*_describe_left_out(checked), *(_list_moves(made, old) if old else ())):
        say(terminal_safe(line))


def _count_blocks(baseline: Baseline) -> int:
    """Return how many blocks are recorded, as `check` counts them: one on several channels is one."""
    return len({entry.subject for entry in baseline.entries}) + (baseline.coverage is not None)


def _describe_left_out(checked: Checked) -> Iterable[str]:
    """Yield what no baseline carries, a line for each plan, then what to do about it."""
    is_any_ineffective = False
    for result in checked.results:
        path = result.report.plan.path
        if names := [finding.safeguard.id for finding in result.report.findings if finding.ineffective]:
            is_any_ineffective = True
            yield f"not recorded: {path}: {', '.join(names)} (cannot work as claimed)"
        if names := list(result.verdict.unsatisfied):
            yield f"not recorded: {path}: {', '.join(names)} (must be satisfied, as the configuration says)"
    if is_any_ineffective:
        yield "next: narrow or withdraw these claims; `aisafe suggest PLAN --diff` prints a patch"


def _list_moves(made: Mapping[str, Baseline], old: BaselineFile) -> Iterable[str]:
    """Say what is new in a baseline that was there before, and what is gone from it."""
    before = {old.name(place): _list_recorded(baseline) for place, baseline in old.plans.items()}
    after = {old.name(path): _list_recorded(baseline) for path, baseline in made.items()}
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name, ()), after.get(name, ())
        yield from (f"new: {name}: {words}" for words in now if words not in was)
        yield from (f"gone: {name}: {words}" for words in was if words not in now)


def _list_recorded(baseline: Baseline) -> Sequence[str]:
    short = baseline.coverage
    coverage = [f"coverage {short.score.numerator} of {short.score.denominator}"] if short else []
    return [*map(describe_entry, baseline.entries), *coverage]
