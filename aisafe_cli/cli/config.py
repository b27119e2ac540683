"""`aisafe config`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from aisafe_cli.cli.options import (
    CatalogHash,
    Catalogs,
    ConfigFile,
    DataFormat,
    FailUnder,
    NoConfig,
    Output,
    Strict,
    TrustedRef,
    day_of_check,
)
from aisafe_cli.cli.output import measure_width, require_known, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.io.paths import path_exists, show_path
from aisafe_cli.reporters.pages.config import render_settings
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options


def config(
    path: Annotated[
        str, typer.Argument(metavar="[PATH]", help="A plan or a folder; the current folder where left out.")
    ] = ".",
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: Catalogs = None,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    trusted_ref: TrustedRef = None,
    catalog_sha256: CatalogHash = None,
) -> int:
    """Print each setting that holds for a plan, and where it came from.

    A plan's own policy may ask for more, never for less.

    Example: aisafe config plans/
    """
    require_known("format", output_format, PAGE_FORMATS)
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        config=config,
        search_config=not no_config,
        trusted_ref=trusted_ref,
        catalog_sha256=catalog_sha256,
    )
    session = Session(options, day_of_check(None))
    if not path_exists(path):
        raise RequestError(f"{show_path(path)}: there is no such file or folder")
    here = session.read_settings(path if os.path.isdir(path) else os.path.dirname(path) or os.curdir)
    write(
        render_settings(output_format, here.settings, here.notes, measure_width(output)),
        output,
        (path, *session.inputs),
    )
    return ExitCode.PASSED
