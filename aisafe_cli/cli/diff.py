"""`aisafe diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.analysis.diff import compare_plans
from aisafe_cli.analysis.regressions import find_problems, list_regressions
from aisafe_cli.cli.options import (
    AsOf,
    CatalogFile,
    ConfigFile,
    DataFormat,
    FailUnder,
    NoConfig,
    NoWaivers,
    Output,
    Strict,
    day_of_check,
)
from aisafe_cli.cli.output import require_known, say_errors, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.diff import Question, render_differences
from aisafe_cli.session.plan_paths import folder_of
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options

_SIDE = "A plan file, - for standard input, or REVISION:PATH of a file in git."


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_SIDE)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The plan to hold against it, named likewise.")],
    output_format: DataFormat = "table",
    output: Output = None,
    fail_on_regression: Annotated[
        bool,
        typer.Option("--fail-on-regression", help="Exit 1 if the change has an error or anything got worse."),
    ] = False,
    catalog: CatalogFile = None,
    as_of: AsOf = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
) -> int:
    """Say in what a plan differs from an earlier one: outcomes, access, claims, evidence, waivers.

    Both are judged by the same catalog and configuration, that of the new plan, on the same day. A path in git is
    relative to the top of the repository, or to the current folder where it begins with ./; a name that a file has too
    is ambiguous, and ./NAME is the file.

    Exit codes: 0 both were evaluated, 1 something got worse and --fail-on-regression is given, 2 not evaluated.

    Example: aisafe diff main.plan.yaml release.plan.yaml --fail-on-regression
    """
    require_known("format", output_format, PAGE_FORMATS)
    if old == new == "-":
        raise RequestError("standard input can be one of the two plans, not both")
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
    )
    checked = Session(options, day_of_check(as_of), settings_of=folder_of(new)).run_each((old, new))
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code
    before, after = checked.results
    differences = compare_plans(before, after)
    write(
        render_differences(output_format, differences, Question(kind="diff")),
        output,
        checked.inputs,
    )
    worse = find_problems(differences) or list_regressions(differences)
    return ExitCode.FAILED if worse and fail_on_regression else ExitCode.PASSED
