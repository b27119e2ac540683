"""`aisafe verify`."""

from __future__ import annotations

from aisafe_cli.cli.options import Given, Option, open_session, pick_options, takes
from aisafe_cli.cli.output import choose_subjects, measure_width, say_errors, write
from aisafe_cli.errors import ExitCode
from aisafe_cli.io.paths import show_path
from aisafe_cli.loading.statement import read_statement
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.pages.statement import describe_result, list_differences, render_statement_comparison


@takes(
    {
        "statement": Option("", "STATEMENT", "The statement that `check --format intoto` wrote.", is_required=True),
        "plan": Option("", "PLAN", "The plan that it was made from.", is_required=True),
        "files": Option("", "[FILES]...", "The released files that it is about.", "texts"),
        **pick_options("subject catalog stage baselines no_waivers strict fail_under config no_config"),
    }
)
def verify(given: Given) -> int:
    """Make a statement again, as of the date that it names, and show what differs. Signatures are not checked.

    Exit codes: 0 identical, 1 something differs, 2 it cannot be read or made, 3 nothing to evaluate.

    Example: aisafe verify release.intoto.json release.plan.yaml
    """
    said = read_statement(given.statement)
    subjects = choose_subjects(given.subject, given.files)
    checked = open_session(given, said.day).run([given.plan])
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code_without_gate
    made = render("intoto", checked.as_run(checked.exit_code), View(subjects=subjects))
    differences = list_differences(said.content, said.data, made)
    words = f"what {show_path(given.plan)} gives as of {said.day}"
    head = f"differs from {words}" if differences else f"the same as {words}: {describe_result(said.data)}"
    write(render_statement_comparison(f"{said.path}: {head}", differences, measure_width(None)), None)
    return ExitCode.FAILED if differences else ExitCode.PASSED
