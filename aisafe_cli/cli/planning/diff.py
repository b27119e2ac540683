"""`aisafe diff`."""

from __future__ import annotations

from aisafe_cli.analysis.diff import compare_plans
from aisafe_cli.analysis.regressions import find_problems, list_regressions
from aisafe_cli.cli.options import JUDGING, Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import join_pages, measure_width, say_errors, say_notes, write
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import ExitCode, NothingToEvaluate, RequestError
from aisafe_cli.reporters.pages.diff import Question, render_differences
from aisafe_cli.session.plan_paths import folder_of
from aisafe_cli.session.plans_in_git import is_in_git, require_checked_out


@takes(
    {
        "old": Option(
            "", "OLD", "A plan file, - for standard input, or REVISION:PATH of a file in git.", is_required=True
        ),
        "new": Option("", "NEW", "The plan to compare it with, named the same way.", is_required=True),
        **pick_options("output_format output"),
        "fail_on_regression": Option(
            "--fail-on-regression", None, "Exit 1 if the change has an error or anything got worse.", "flag"
        ),
        **pick_options(JUDGING),
    }
)
def diff(given: Given) -> int:
    """Show what changed since an earlier version: outcomes, access, claims, evidence, waivers.

    Both are judged by the same catalog and configuration, that of the new plan, on the same day. A path in git starts
    at the top of the repository, or at the current folder if it begins with ./. If a file has the same name, write
    ./NAME for the file.

    Exit codes: 0 both were evaluated, 2 not evaluated; with --fail-on-regression, 1 something got worse.

    Example: aisafe diff main.plan.yaml release.plan.yaml --fail-on-regression
    """
    old, new = given.old, given.new
    if old == new == "-":
        raise RequestError("standard input can be one of the two plans, not both")
    checked = open_session(given, settings_of=folder_of(new)).run_each((old, new))
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code
    sides: tuple[dict[str, Result], dict[str, Result]] = ({}, {})
    for path, result in zip(checked.paths, checked.results, strict=True):
        side = sides[0] if path == old and result.guidance not in sides[0] else sides[1]
        side[result.guidance] = result
        if not is_in_git(path) and (is_in_git(old) or is_in_git(new)):
            require_checked_out(result.report.plan)
    compared = {by: compare_plans(before, sides[1][by]) for by, before in sides[0].items() if by in sides[1]}
    if not compared:
        raise NothingToEvaluate("no catalog asks something of both plans")
    question, width = Question(kind="diff"), measure_width(given.output)
    pages = {by: render_differences(given.output_format, found, question, width) for by, found in compared.items()}
    say_notes(checked.notes)
    write(join_pages(given.output_format, pages), given.output, checked.inputs)
    worse = any(find_problems(found) or list_regressions(found) for found in compared.values())
    unasked = sides[0].keys() - sides[1].keys()  # what is not asked any more gates nothing any more
    return ExitCode.FAILED if (worse or unasked) and given.fail_on_regression else ExitCode.PASSED
