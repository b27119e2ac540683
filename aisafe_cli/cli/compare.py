"""`aisafe compare`."""

from __future__ import annotations

from typing import Annotated

import typer

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
from aisafe_cli.cli.output import require_known, say_errors, with_progress, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.compare import render_releases
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options


def compare(
    plans: Annotated[
        list[str],
        typer.Argument(
            metavar="PLAN...", help="Two plans or more: files, folders of *.plan.yaml, - for standard input."
        ),
    ],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
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
    if len(checked.results) < 2:
        raise RequestError("there is one plan only; name at least two different ones to compare")
    write(render_releases(output_format, checked.results), output, checked.inputs)
    return ExitCode.PASSED
