"""`aisafe config`."""

from __future__ import annotations

import os

from aisafe_cli.cli.options import Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import write_page
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.io.paths import path_exists, show_path
from aisafe_cli.reporters.pages.config import render_settings


@takes(
    {
        "path": Option("", "[PATH]", "A plan or a folder; the current folder if left out.", default="."),
        **pick_options("output_format output catalog strict fail_under config no_config trusted_ref catalog_sha256"),
    }
)
def config(given: Given) -> int:
    """Show each setting that applies to a plan, and where it came from.

    A plan's own policy may ask for more, never for less.

    Example: aisafe config plans/
    """
    path = given.path
    session = open_session(given)
    if not path_exists(path):
        raise RequestError(f"{show_path(path)}: there is no such file or folder")
    here = session.read_settings(path if os.path.isdir(path) else os.path.dirname(path) or os.curdir)
    shown = "this folder" if path == os.curdir else show_path(path)
    write_page(given, render_settings, shown, here.settings, here.notes, inputs=(path, *session.inputs))
    return ExitCode.PASSED
