"""`aisafe suggest`."""

from __future__ import annotations

import hashlib
import os
from functools import partial

from aisafe_cli.analysis.suggest.narrowing import find_narrowings
from aisafe_cli.analysis.suggest.search import suggest as find_changes
from aisafe_cli.cli.options import JUDGING, Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import measure_width, render_each, say, with_progress, write
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.loading.plan_edits import write_claims
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.reporters.pages.suggest import render_suggestion
from aisafe_cli.reporters.patch import make_unified_diff
from aisafe_cli.session.session import LoadedPlan, Session


@takes(
    {
        **pick_options(f"plan output_format output {JUDGING}"),
        "access_levels": Option("--access-levels", None, "Also say at which access levels it would pass.", "flag"),
        "diff": Option(
            "--diff",
            None,
            "Print a patch with the free, safe steps: claims narrowed or withdrawn. By one catalog.",
            "flag",
        ),
    }
)
def suggest(given: Given) -> int:
    """Say what would make a plan pass with little work, and how far it gets as it is.

    It says what to do or which claim to narrow, never what to claim. Each verdict shown is that of the changed plan.

    Apply the patch of --diff with patch -p0 or git apply -p0. It only narrows or withdraws claims, where that alone
    mends a safeguard. Read it before you apply it. Where several catalogs judge the plan, name one with --catalog.

    Exit codes: 0 evaluated, whatever the verdict; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe suggest release.plan.yaml --fail-under 90
    """
    if given.diff and (given.access_levels or given.output_format != "table"):
        raise RequestError("--diff prints a patch and nothing else: no --format, no --access-levels")
    if given.diff and not os.path.isfile(given.plan):
        raise RequestError(f"{show_path(given.plan)}: --diff needs a plan file, and this is not one")
    session = open_session(given)
    loaded = session.load(given.plan)
    if given.diff:
        _write_patch(given, session, loaded)
        return ExitCode.PASSED

    def suggest_by(one: LoadedPlan) -> str:
        found = find_changes(one.plan, partial(session.judge, one), with_progress, levels=given.access_levels)
        return render_suggestion(given.output_format, found, measure_width(given.output))

    write(render_each(given.output_format, loaded, suggest_by), given.output, session.inputs)
    return ExitCode.PASSED


def _write_patch(given: Given, session: Session, loaded: LoadedPlan) -> None:
    if loaded.guidance:
        raise RequestError(
            f"several catalogs judge this plan, and --diff patches by one: name it, as --catalog {loaded.guidance}"
        )
    patch = _make_patch(given.plan, session, loaded)
    if not patch:
        say(f"{show_path(given.plan)}: nothing to patch; no ineffective claim can be narrowed or withdrawn for free")
    write(patch, given.output, session.inputs)


def _make_patch(path: str, session: Session, loaded: LoadedPlan) -> str:
    """Return the patch of a plan file."""
    content = read_bytes(path, MAX_BYTES)
    if hashlib.sha256(content).hexdigest() != loaded.plan.sha256:
        raise RequestError(f"{show_path(path)}: changed while it was read; try again")
    text = content.decode()
    steps = find_narrowings(loaded.plan, partial(session.judge, loaded))
    changed = {step.safeguard: step.claims for step in steps}
    patched = write_claims(text, loaded.plan, loaded.catalog, changed)
    return make_unified_diff(os.path.relpath(path).replace(os.sep, "/"), text, patched)
