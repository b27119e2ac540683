"""`aisafe matrix`."""

from __future__ import annotations

from typing import Annotated

import typer

from aisafe_cli.analysis.matrix import build_matrix, compare_access
from aisafe_cli.cli.completion import complete_access_level, complete_place
from aisafe_cli.cli.options import CatalogFile, DataFormat, Output, Role
from aisafe_cli.cli.output import require_known, write
from aisafe_cli.domain.catalog import ROLES, Mode
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.reporters.pages.matrix import render_comparison, render_matrix


def matrix(
    output_format: DataFormat = "table",
    access: Annotated[
        list[str] | None,
        typer.Option(
            "--access",
            metavar="ACCESS",
            help="Show this access level, or all; may be repeated.",
            autocompletion=complete_access_level,
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="Compare from this mode or access level; goes with --to.",
            autocompletion=complete_place,
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PLACE",
            help="… to this mode or access level: what is lost, what to do instead.",
            autocompletion=complete_place,
        ),
    ] = None,
    role: Role = None,
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Print which safeguard can work in which release mode, with the count for each mode.

    Example: aisafe matrix --access on_device_managed
    """
    require_known("format", output_format, PAGE_FORMATS)
    if role is not None:
        require_known("role", role, ROLES)
    ladder = load_ladder()
    if (before is None) != (after is None) or (before and access):
        raise RequestError("--from and --to go together, and not with --access")
    if before and after:
        for place in (before, after):
            require_known("mode or access level", place, dict.fromkeys((*Mode, *ladder.access_levels)))
        comparison = compare_access(load_catalog(catalog, ladder), ladder, before, after, role)
        write(render_comparison(output_format, comparison), output, (catalog,) if catalog else ())
        return ExitCode.PASSED
    for access_level in access or ():
        require_known("access level", access_level, ("all", *ladder.access_levels))
    access_levels = tuple(ladder.access_levels) if "all" in (access or ()) else tuple(dict.fromkeys(access or ()))
    built = build_matrix(load_catalog(catalog, ladder), ladder, access_levels, role)
    write(render_matrix(output_format, built), output, (catalog,) if catalog else ())
    return ExitCode.PASSED
