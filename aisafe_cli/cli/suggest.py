"""`aisafe suggest`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.cli.options import (
    AsOf,
    CatalogFile,
    DataFormat,
    FailUnder,
    NoWaivers,
    Output,
    Strict,
    day_of_check,
)
from aisafe_cli.errors import ExitCode


def suggest(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan file, or - for standard input.")],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
    as_of: AsOf = None,
    no_waivers: NoWaivers = False,
    strict: Strict = False,
    fail_under: FailUnder = 0,
) -> int:
    """Say what would make a plan pass at the least effort, and how far it gets as it stands.

    It says what to do or which claim to narrow, never what to claim. Each verdict is that on the changed plan.

    Exit codes: 0 something was said, whatever the verdict; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe suggest release.plan.yaml --fail-under 90
    """
    from aisafe_cli.catalog import load_catalog, load_ladder
    from aisafe_cli.delivery import require_known, write
    from aisafe_cli.evidence import inspect
    from aisafe_cli.model import Policy
    from aisafe_cli.plan import load_plan
    from aisafe_cli.reporters.suggestion import FORMATS, render_suggestion
    from aisafe_cli.suggest import suggest as find_changes

    require_known("format", output_format, FORMATS)
    day = day_of_check(as_of)
    ladder = load_ladder()
    loaded_catalog = load_catalog(catalog, ladder)
    loaded = inspect(load_plan(plan, loaded_catalog), plan)
    policy = Policy(strict=strict, fail_under=fail_under, honour_waivers=not no_waivers)
    found = find_changes(loaded, loaded_catalog, ladder, policy, day)
    write(render_suggestion(output_format, found), output, (plan, catalog) if catalog else (plan,))
    return ExitCode.PASSED
