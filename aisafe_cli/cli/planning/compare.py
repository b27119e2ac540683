"""`aisafe compare`."""

from __future__ import annotations

from aisafe_cli.cli.options import JUDGING, Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import join_pages, measure_width, say_errors, say_notes, with_progress, write
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.compare import render_releases


@takes(
    {
        "plans": Option(
            "",
            "PLAN...",
            "Two or more plans: files, folders of *.plan.yaml, - for standard input.",
            "texts",
            is_required=True,
        ),
        **pick_options(f"output_format output {JUDGING}"),
    }
)
def compare(given: Given) -> int:
    """Put releases side by side: each safeguard's outcome, with modes, verdicts and scores.

    They appear in the order given, those of a folder by name. Nothing is printed unless every plan could be evaluated.
    The verdicts do not change the exit code.

    Example: aisafe compare ours.plan.yaml theirs.plan.yaml
    """
    checked = open_session(given).run(given.plans, with_progress)
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code
    by_guidance: dict[str, list[Result]] = {}
    for result in checked.results:
        by_guidance.setdefault(result.guidance, []).append(result)
    several = {by: results for by, results in by_guidance.items() if len(results) > 1}
    if not several:
        raise RequestError("there is one plan only; name at least two different ones to compare")
    say_notes(checked.notes)
    width = measure_width(given.output)
    pages = {by: render_releases(given.output_format, results, width) for by, results in several.items()}
    write(join_pages(given.output_format, pages), given.output, checked.inputs)
    return ExitCode.PASSED
