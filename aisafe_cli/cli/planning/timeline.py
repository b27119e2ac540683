"""`aisafe timeline`."""

from __future__ import annotations

from functools import partial

from aisafe_cli.analysis.timeline import build_timeline
from aisafe_cli.cli.options import JUDGING, Given, day_of_check, open_session, pick_options, takes
from aisafe_cli.cli.output import measure_width, render_each, with_progress, write
from aisafe_cli.errors import ExitCode
from aisafe_cli.reporters.pages.timeline import render_timeline
from aisafe_cli.session.session import LoadedPlan


@takes(pick_options(f"plan output_format output {JUDGING}"))
def timeline(given: Given) -> int:
    """Show a plan's stages: what opens when, and which safeguards and claims stop working then.

    Each stage is judged as of its first day, on the channels open by then.

    Exit codes: 0 shown, whatever the verdicts; 2 not evaluated, 3 nothing to evaluate.

    Example: aisafe timeline release.plan.yaml -f markdown -o timeline.md
    """
    day = day_of_check(given.as_of)
    session = open_session(given, day)

    def show_by(loaded: LoadedPlan) -> str:
        built = build_timeline(loaded.plan, partial(session.judge, loaded), day, with_progress)
        return render_timeline(given.output_format, built, measure_width(given.output))

    write(render_each(given.output_format, session.load(given.plan), show_by), given.output, session.inputs)
    return ExitCode.PASSED
