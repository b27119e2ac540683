"""`aisafe verify`."""

# Annotations are not postponed here: Typer would have to evaluate each of them, on every start.
from typing import Annotated

import typer

from aisafe_cli.cli.options import (
    BaselineFiles,
    Catalogs,
    ConfigFile,
    FailUnder,
    NoConfig,
    NoWaivers,
    Stage,
    Strict,
    Subjects,
    day_of_stage,
)
from aisafe_cli.cli.output import choose_subjects, say_errors, write
from aisafe_cli.errors import ExitCode
from aisafe_cli.io.paths import show_path
from aisafe_cli.loading.statement import read_statement
from aisafe_cli.reporters import View, render
from aisafe_cli.reporters.pages.statement import list_differences, render_comparison
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options


def verify(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="What check wrote with --format intoto.")],
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan that it was made of.")],
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILES", help="The released files that it is about.")
    ] = None,
    subject: Subjects = None,
    catalog: Catalogs = None,
    stage: Stage = None,
    baselines: BaselineFiles = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
) -> int:
    """Make a statement again, for the day that it names, and tell what differs. It says nothing of signatures.

    Exit codes: 0 the same in every byte, 1 something differs, 2 it cannot be read or made, 3 nothing to evaluate.

    Example: aisafe verify release.intoto.json release.plan.yaml
    """
    said = read_statement(statement)
    subjects = choose_subjects(subject, files)
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
    )
    checked = Session(options, said.day, baselines=baselines or (), stage=day_of_stage(stage)).run([plan])
    say_errors(checked.errors)
    if checked.errors:
        return checked.exit_code_without_gate
    made = render("intoto", checked.as_run(checked.exit_code), View(subjects=subjects))
    differences = list_differences(said.content, said.data, made)
    word = "differs from" if differences else f"{said.data['predicate']['result']}, the same as"
    head = f"{said.path}: {word} what {show_path(plan)} gives as of {said.day}"
    write(render_comparison(head, differences), None)
    return ExitCode.FAILED if differences else ExitCode.PASSED
