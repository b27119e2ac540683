"""`aisafe init`."""

from __future__ import annotations

from aisafe_cli.analysis.new_plan import Answers, scaffold
from aisafe_cli.cli.channels import check_line, parse_channel
from aisafe_cli.cli.options import ONE_CATALOG, Given, Option, require_known, takes
from aisafe_cli.cli.output import write
from aisafe_cli.cli.planning.import_sources import Call, import_sources, refuse_existing, say_what_next
from aisafe_cli.cli.planning.questions import MAX_LINE, ask_answers, can_ask, choose_file, parse_parameters
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Ladder
from aisafe_cli.domain.plan import Channel
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.loading.catalog import load_catalog, load_ladder


@takes(
    {
        "sources": Option(
            "--from",
            "SOURCE",
            "Start from a model card, a Hub answer, a folder, an openness record or - (standard input); repeatable.",
            "texts",
        ),
        "kind": Option(
            "--as", "KIND", "What kind the source is, if it is not recognized: card, hub, mot.", words="source"
        ),
        "model_id": Option("--id", "ORG/NAME", "The model's id, with --from."),
        "facts": Option("--facts", None, "With --from, print what was read as JSON and write no plan.", "flag"),
        "name": Option("--name", "NAME", "The model's name."),
        "role": Option(
            "--role",
            "ROLE",
            "Your role: developer, fine_tuner, deployer, hosting_platform or distributor.",
            words="role",
        ),
        "size": Option("--size", "SIZE", "Your size: solo, small, medium or large.", words="size"),
        "parameters": Option("--parameters", "N", "The number of parameters, as 7e9 or 7B."),
        "capability": Option(
            "--capability",
            "LEVEL",
            "How far the model could help misuse: low, moderate, high, severe or unknown.",
            words="capability",
        ),
        "channel": Option(
            "--channel",
            "ID=ACCESS[@DATE]",
            "A way people reach the model, its access level and its opening date; may be repeated.",
            "texts",
            "new_channel",
        ),
        "output": Option(
            "--output --out -o",
            "FILE",
            "Write the plan to this new file, or - for standard output; for a folder of many models, into this folder.",
        ),
        "force": Option("--force", None, "Overwrite an existing file.", "flag"),
        "catalog": ONE_CATALOG,
    }
)
def init(given: Given) -> int:
    """Write a plan to fill in: every safeguard that can work, unanswered, with what counts as evidence.

    On a terminal it asks for whatever the options leave out. Elsewhere, give --name and --channel, or --from; without
    -o, the plan goes to standard output. What a source says is written down with its place, never as a claim.

    Example: aisafe init --from README.md --id org/Aurora-7B
    """
    if not given.sources and (given.kind or given.model_id or given.facts):
        raise RequestError("--as, --id and --facts go with --from")
    ladder = load_ladder()
    known_answers = _check_answers(given, ladder)
    if given.sources:
        return import_sources(_make_call(given, known_answers), load_catalog(given.catalog, ladder), ladder)
    refuse_existing(given.output, given.force)
    loaded = load_catalog(given.catalog, ladder)
    answers = ask_answers(known_answers, loaded, ladder) if can_ask() else _require_answers(known_answers)
    file = choose_file(given.output)
    text = scaffold(answers, loaded, ladder)
    refuse_existing(file, given.force)  # the questions may have taken a while
    write(text, file, given.inputs)
    say_what_next(file)
    return ExitCode.PASSED


def _make_call(given: Given, answers: Answers) -> Call:
    return Call(
        sources=tuple(given.sources),
        kind=given.kind,
        model_id=given.model_id or "",
        given={key: getattr(answers, key) for key in ("name", "role", "size", "capability", "parameters")},
        channels=answers.channels,
        output=given.output,
        as_facts=given.facts,
        force=given.force,
        inputs=given.inputs,
    )


def _check_answers(given: Given, ladder: Ladder) -> Answers:
    """Return what the options say, checked; empty or None where they say nothing."""
    made: list[Channel] = []
    for word in given.channel or ():
        made.append(parse_channel("--channel", word, made, ladder))
    return Answers(
        name="" if given.name is None else check_line("name", given.name, MAX_LINE),
        role=None if given.role is None else require_known("role", given.role, ROLES),
        size=None if given.size is None else require_known("size", given.size, SIZES),
        capability=None if given.capability is None else require_known("capability", given.capability, CAPABILITIES),
        parameters=None if given.parameters is None else parse_parameters(given.parameters),
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
