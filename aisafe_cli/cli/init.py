"""`aisafe init`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from typing import Annotated

import typer

from aisafe_cli.analysis.explain import ROLES as EXPLAINED
from aisafe_cli.analysis.new_plan import Answers, scaffold
from aisafe_cli.cli.channels import channel_id, known, known_access_level, line, made_channel, parse_channel
from aisafe_cli.cli.import_sources import Call, import_sources, refuse_existing, say_what_next
from aisafe_cli.cli.options import CatalogFile
from aisafe_cli.cli.output import STANDARD_OUTPUT, say, write
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Ladder
from aisafe_cli.domain.plan import Channel
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.text.escape import terminal_safe

# The bound of the plan format for a line.
_MAX_NAME = 2000


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
        typer.Option("--as", metavar="KIND", help="What the source is, where it is not recognized: card, hub, mot."),
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
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="Your size: solo, small, medium or large.")
    ] = None,
    capability: Annotated[
        str | None,
        typer.Option(
            "--capability",
            metavar="LEVEL",
            help="How far the model could help misuse: low, moderate, high, severe or unknown.",
        ),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel",
            metavar="ID=RUNG[@DATE]",
            help="A way in which people get at the model, how open it is, and the day it opens; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "--out",
            "-o",
            metavar="FILE",
            help="Write the plan to this new file; of a folder of many models, into this folder.",
        ),
    ] = None,
    catalog: CatalogFile = None,
) -> int:
    """Write a plan to fill in: every safeguard that can work, unanswered, with what counts as evidence.

    On a terminal it asks for what the options leave out. Elsewhere --name and --channel, or --from, are needed. No file
    is overwritten. What a source says is declared with its place and never claimed.

    Example: aisafe init --from README.md --id org/Aurora-7B
    """
    if from_:
        ladder = load_ladder()
        given = _Given(name, role, size, capability, channel or [], ladder)
        call = Call(
            sources=tuple(from_),
            kind=kind,
            model_id=model_id or "",
            given={"name": given.name, "role": given.role, "size": given.size, "capability": given.capability},
            channels=tuple(given.channels),
            output=None if output == STANDARD_OUTPUT else output,
            as_facts=facts,
            inputs=(catalog,) if catalog else (),
        )
        return import_sources(call, load_catalog(catalog, ladder), ladder)
    if kind or model_id or facts:
        raise RequestError("--as, --id and --facts go with --from")
    file = None if output == STANDARD_OUTPUT else output
    refuse_existing(file)
    ladder = load_ladder()
    loaded = load_catalog(catalog, ladder)
    answers = _answers(_Given(name, role, size, capability, channel or [], ladder), ladder)
    text = scaffold(answers, loaded, ladder)
    refuse_existing(file)  # the questions may have taken a while
    write(text, file, (catalog,) if catalog else ())
    say_what_next(file)
    return ExitCode.PASSED


# --- options --------------------------------------------------------------------------------------------------------


class _Given:
    """What the options say, checked; None or empty where they say nothing."""

    def __init__(
        self,
        name: str | None,
        role: str | None,
        size: str | None,
        capability: str | None,
        channels: Iterable[str],
        ladder: Ladder,
    ) -> None:
        self.name = None if name is None else line("name", name, _MAX_NAME)
        self.role = None if role is None else known("role", role, ROLES)
        self.size = None if size is None else known("size", size, SIZES)
        self.capability = None if capability is None else known("capability", capability, CAPABILITIES)
        self.channels: list[Channel] = []
        for word in channels:
            self.channels.append(parse_channel("--channel", word, self.channels, ladder))


def _answers(given: _Given, ladder: Ladder) -> Answers:
    if _can_ask():
        # Questions go to standard error, so that standard output holds the plan and nothing else.
        with redirect_stdout(sys.stderr):
            return _ask(given, ladder)
    missing = [option for option, value in (("--name", given.name), ("--channel", given.channels)) if not value]
    if given.name is None or missing:
        raise RequestError(
            f"{' and '.join(missing)} missing; init asks questions on a terminal only. For example:"
            " aisafe init --name Aurora-7B --channel weights=open_weights@2026-12-01"
        )
    return Answers(
        name=given.name,
        role=given.role,
        size=given.size,
        capability=given.capability,
        channels=tuple(given.channels),
    )


def _can_ask() -> bool:
    """Whether somebody can both read a question and answer it."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


# --- questions ------------------------------------------------------------------------------------------------------


def _ask(given: _Given, ladder: Ladder) -> Answers:
    """Ask for what the options leave out. Enter alone takes what stands in brackets, the strictest value."""
    name = given.name or _prompt("Name of the model", lambda text: line("name", text, _MAX_NAME))
    role = given.role
    if role is None:
        _show({word: EXPLAINED[word] for word in ROLES})
        role = _prompt("Your role in this release", lambda word: known("role", word, ROLES), default=ROLES[0])
    size = given.size or _prompt(
        f"Your size ({', '.join(SIZES)})", lambda word: known("size", word, SIZES), default=SIZES[-1]
    )
    channels = given.channels or _ask_channels(ladder)
    capability = given.capability or _ask_capability(CAPABILITIES)
    return Answers(name=name, role=role, size=size, capability=capability, channels=tuple(channels))


def _ask_channels(ladder: Ladder) -> list[Channel]:
    _tell("Channels: the ways in which people outside get at the model. Each is one rung of this ladder:")
    _show({access_level.id: access_level.title for access_level in ladder.access_levels.values()})
    channels = [_ask_channel(_prompt("Rung of the first channel", lambda word: known_access_level(word, ladder)), [])]
    while access_level := _prompt(
        "Rung of a further channel (Enter: no more)", lambda word: word and known_access_level(word, ladder), default=""
    ):
        channels.append(_ask_channel(access_level, channels))
    return channels


def _ask_channel(access_level: str, others: list[Channel]) -> Channel:
    free = access_level not in (other.id for other in others)
    name = _prompt("A short name for it", lambda text: channel_id(text, others), default=access_level if free else None)
    day = _prompt(
        "Day it opens, YYYY-MM-DD (Enter: open from the start)",
        lambda text: text and str(made_channel(name, access_level, text).opens),
        default="",
    )
    return made_channel(name, access_level, day)


def _ask_capability(levels: Iterable[str]) -> str:
    _tell("Capability: how far this model could help misuse, in your own assessment.")
    return _prompt(f"Capability ({', '.join(levels)})", lambda word: known("capability", word, levels), "unknown")


def _prompt(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask until the answer passes the check."""

    def checked(text: str) -> str:
        try:
            return check(text.strip())
        except RequestError as error:
            raise typer.BadParameter(terminal_safe(str(error))) from error

    answer: str = typer.prompt(question, default=default, value_proc=checked, show_default=bool(default))
    return answer


def _tell(text: str) -> None:
    say("\n".join(["", *wrap(text)]))


def _show(explained: Mapping[str, str]) -> None:
    width = max(map(len, explained)) + 2
    say("\n".join(line for word, text in explained.items() for line in wrap(f"{word:<{width}}{text}", 2, width + 2)))
