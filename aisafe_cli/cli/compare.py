"""`aisafe compare`."""

from __future__ import annotations

from typing import Annotated

import typer

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
from aisafe_cli.cli.output import join_pages, measure_width, require_known, say, say_errors, with_progress, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.compare import render_releases
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.escape import terminal_safe


def compare(
    plans: Annotated[
        list[str],
        typer.Argument(
            metavar="PLAN...", help="Two plans or more: files, folders of *.plan.yaml, - for standard input."
        ),
    ],
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
    """Set releases side by side: what holds for each safeguard, with modes, verdicts and scores.

    They stand in the order given, those of a folder by their names. Nothing is printed unless every plan could be
    evaluated. It gates nothing: exit 0 where all were.

    Example: aisafe compare ours.plan.yaml theirs.plan.yaml
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
    checked = Session(options, day_of_check(as_of)).run(plans, with_progress)
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code
    by_guidance: dict[str, list[Result]] = {}
    for result in checked.results:
        by_guidance.setdefault(result.guidance, []).append(result)
    several = {by: results for by, results in by_guidance.items() if len(results) > 1}
    if not several:
        raise RequestError("there is one plan only; name at least two different ones to compare")
    for note in checked.notes:
        say(terminal_safe(f"note: {note}"))
    pages = {by: render_releases(output_format, results, measure_width(output)) for by, results in several.items()}
    write(join_pages(output_format, pages), output, checked.inputs)
    return ExitCode.PASSED
