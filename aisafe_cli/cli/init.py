"""`aisafe init`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from aisafe_cli.analysis.new_plan import Answers, scaffold
from aisafe_cli.cli.channels import known, line, parse_channel
from aisafe_cli.cli.completion import complete_new_channel, complete_words
from aisafe_cli.cli.import_sources import Call, import_sources, refuse_existing, say_what_next
from aisafe_cli.cli.options import CatalogFile, complete_capability, complete_role, complete_size
from aisafe_cli.cli.output import write
from aisafe_cli.cli.questions import MAX_LINE, ask_answers, can_ask, choose_file, parse_parameters
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Ladder
from aisafe_cli.domain.plan import Channel
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.importing.facts import KINDS
from aisafe_cli.loading.catalog import load_catalog, load_ladder


def init(
    from_: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Start from what there is: a model card, the Hub's answer, a folder, an openness record, or - for"
            " standard input; may be repeated.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="KIND",
            help="What the source is, where it is not recognized: card, hub, mot.",
            autocompletion=complete_words(KINDS[1:]),
        ),
    ] = None,
    model_id: Annotated[
        str | None, typer.Option("--id", metavar="ORG/NAME", help="The model's id, with --from.")
    ] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="With --from, print what was read as JSON, and write no plan.")
    ] = False,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The model's name.")] = None,
    role: Annotated[
        str | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="Your part: developer, fine_tuner, deployer, hosting_platform or distributor.",
            autocompletion=complete_role,
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="SIZE",
            help="Your size: solo, small, medium or large.",
            autocompletion=complete_size,
        ),
    ] = None,
    parameters: Annotated[
        str | None, typer.Option("--parameters", metavar="N", help="The number of parameters, as 7e9 or 7B.")
    ] = None,
    capability: Annotated[
        str | None,
        typer.Option(
            "--capability",
            metavar="LEVEL",
            help="How far the model could help misuse: low, moderate, high, severe or unknown.",
            autocompletion=complete_capability,
        ),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel",
            metavar="ID=ACCESS[@DATE]",
            help="A way in which people get at the model, how open it is, and the day it opens; may be repeated.",
            autocompletion=complete_new_channel,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            metavar="FILE",
            help="Write the plan to this new file, - for standard output; of a folder of many models, into this"
            " folder.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    catalog: CatalogFile = None,
) -> int:
    """Write a plan to fill in: every safeguard that can work, unanswered, with what counts as evidence.

    On a terminal it asks for what the options leave out, and for the file. Elsewhere --name and --channel, or --from,
    are needed, and without -o the plan goes to standard output. What a source says is declared with its place and never
    claimed.

    Example: aisafe init --from README.md --id org/Aurora-7B
    """
    if not from_ and (kind or model_id or facts):
        raise RequestError("--as, --id and --facts go with --from")
    ladder = load_ladder()
    given = _check_answers(name, role, size, capability, parameters, channel or [], ladder)
    inputs = (catalog,) if catalog else ()
    if from_:
        call = Call(
            sources=tuple(from_),
            kind=kind,
            model_id=model_id or "",
            given={key: getattr(given, key) for key in ("name", "role", "size", "capability", "parameters")},
            channels=given.channels,
            output=output,
            as_facts=facts,
            force=force,
            inputs=inputs,
        )
        return import_sources(call, load_catalog(catalog, ladder), ladder)
    refuse_existing(output, force)
    loaded = load_catalog(catalog, ladder)
    answers = ask_answers(given, loaded, ladder) if can_ask() else _require_answers(given)
    file = choose_file(output)
    text = scaffold(answers, loaded, ladder)
    refuse_existing(file, force)  # the questions may have taken a while
    write(text, file, inputs)
    say_what_next(file)
    return ExitCode.PASSED


def _check_answers(
    name: str | None,
    role: str | None,
    size: str | None,
    capability: str | None,
    parameters: str | None,
    channels: Iterable[str],
    ladder: Ladder,
) -> Answers:
    """Return what the options say, checked; empty or None where they say nothing."""
    made: list[Channel] = []
    for word in channels:
        made.append(parse_channel("--channel", word, made, ladder))
    return Answers(
        name="" if name is None else line("name", name, MAX_LINE),
        role=None if role is None else known("role", role, ROLES),
        size=None if size is None else known("size", size, SIZES),
        capability=None if capability is None else known("capability", capability, CAPABILITIES),
        parameters=None if parameters is None else parse_parameters(parameters),
        channels=tuple(made),
    )


def _require_answers(given: Answers) -> Answers:
    missing = [option for option, value in (("--name", given.name), ("--channel", given.channels)) if not value]
    if missing:
        raise RequestError(
            f"{' and '.join(missing)} missing; init asks questions on a terminal only. For example:"
            " aisafe init --name Aurora-7B --channel weights=open_weights@2026-12-01"
        )
    return given
