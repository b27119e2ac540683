"""`aisafe timeline`."""

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


def timeline(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan file, or - for standard input.")],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
    as_of: AsOf = None,
    no_waivers: NoWaivers = False,
    strict: Strict = False,
    fail_under: FailUnder = 0,
) -> int:
    """Show a plan's stages: what opens when, and which safeguards and claims hold no longer from then on.

    Each stage is judged on what has opened by then, as of its first day.

    Exit codes: 0 shown, whatever the verdicts; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe timeline release.plan.yaml -f markdown -o timeline.md
    """
    from aisafe_cli.catalog import load_catalog, load_ladder
    from aisafe_cli.delivery import require_known, with_progress, write
    from aisafe_cli.evidence import inspect
    from aisafe_cli.model import Policy
    from aisafe_cli.plan import load_plan
    from aisafe_cli.reporters.timeline import FORMATS, render_timeline
    from aisafe_cli.timeline import build_timeline

    require_known("format", output_format, FORMATS)
    day = day_of_check(as_of)
    ladder = load_ladder()
    loaded_catalog = load_catalog(catalog, ladder)
    loaded = inspect(load_plan(plan, loaded_catalog), plan)
    policy = Policy(strict=strict, fail_under=fail_under, honour_waivers=not no_waivers)
    built = build_timeline(loaded, loaded_catalog, ladder, policy, day, with_progress)
    write(render_timeline(output_format, built), output, (plan, catalog) if catalog else (plan,))
    return ExitCode.PASSED
