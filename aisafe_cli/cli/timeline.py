"""`aisafe timeline`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.analysis.timeline import build_timeline
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
from aisafe_cli.cli.output import measure_width, render_each, require_known, with_progress, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode
from aisafe_cli.reporters.pages.timeline import render_timeline
from aisafe_cli.session.session import LoadedPlan, Session
from aisafe_cli.session.settings import Options


def timeline(
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
) -> int:
    """Show a plan's stages: what opens when, and which safeguards and claims hold no longer from then on.

    Each stage is judged on what has opened by then, as of its first day.

    Exit codes: 0 shown, whatever the verdicts; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe timeline release.plan.yaml -f markdown -o timeline.md
    """
    require_known("format", output_format, PAGE_FORMATS)
    day = day_of_check(as_of)
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
    )
    session = Session(options, day)

    def show_by(loaded: LoadedPlan) -> str:
        built = build_timeline(
            loaded.plan, lambda part, on: session.judge(loaded, lambda _: part, on), day, with_progress
        )
        return render_timeline(output_format, built, measure_width(output))

    write(render_each(output_format, session.load(plan), show_by), output, session.inputs)
    return ExitCode.PASSED
