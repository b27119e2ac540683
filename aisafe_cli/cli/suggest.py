"""`aisafe suggest`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.analysis.suggest.search import suggest as find_changes
from aisafe_cli.cli.options import (
    AsOf,
    Catalogs,
    ConfigFile,
    DataFormat,
    FailUnder,
    NoConfig,
    NoWaivers,
    Output,
    Strict,
    day_of_check,
)
from aisafe_cli.cli.output import render_each, require_known, with_progress, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode
from aisafe_cli.reporters.pages.suggest import render_suggestion
from aisafe_cli.session.session import LoadedPlan, Session
from aisafe_cli.session.settings import Options


def suggest(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan file, or - for standard input.")],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: Catalogs = None,
    as_of: AsOf = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    access_levels: Annotated[
        bool, typer.Option("--access-levels", help="Also say at which access levels it would pass.")
    ] = False,
) -> int:
    """Say what would make a plan pass at little effort, and how far it gets as it stands.

    It says what to do or which claim to narrow, never what to claim. Each verdict is that on the changed plan.

    Exit codes: 0 something was said, whatever the verdict; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe suggest release.plan.yaml --fail-under 90
    """
    require_known("format", output_format, PAGE_FORMATS)
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
    )
    session = Session(options, day_of_check(as_of))

    def suggest_by(loaded: LoadedPlan) -> str:
        found = find_changes(
            loaded.plan, lambda made: session.judge(loaded, lambda _: made), with_progress, levels=access_levels
        )
        return render_suggestion(output_format, found)

    write(render_each(output_format, session.load(plan), suggest_by), output, session.inputs)
    return ExitCode.PASSED
