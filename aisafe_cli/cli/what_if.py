"""`aisafe what-if`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from aisafe_cli.analysis.diff import compare_plans
from aisafe_cli.cli.channels import known, known_access_level, parse_channel
from aisafe_cli.cli.completion import complete_channel, complete_move, complete_new_channel
from aisafe_cli.cli.options import (
    AsOf,
    Catalogs,
    ConfigFile,
    DataFormat,
    FailUnder,
    NoConfig,
    NoWaivers,
    Output,
    Strict,
    complete_capability,
    complete_role,
    complete_size,
    day_of_check,
)
from aisafe_cli.cli.output import measure_width, render_each, require_known, write
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Ladder
from aisafe_cli.domain.edits import add_channel, remove_channels, set_access, set_profile
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.domain.plan import Plan
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.diff import Question, render_differences
from aisafe_cli.session.session import LoadedPlan, Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.escape import visible


def what_if(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan file, or - for standard input.")],
    access: Annotated[
        list[str] | None,
        typer.Option(
            "--access",
            metavar="CHANNEL=ACCESS",
            help="Move a channel to this access level; may be repeated.",
            autocompletion=complete_move,
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            "--drop",
            metavar="CHANNEL",
            help="Leave a channel out; may be repeated.",
            autocompletion=complete_channel,
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add",
            metavar="ID=ACCESS[@DATE]",
            help="Open a further channel, on a day; may be repeated.",
            autocompletion=complete_new_channel,
        ),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Take this role.", autocompletion=complete_role),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="SIZE", help="Be of this size.", autocompletion=complete_size),
    ] = None,
    capability: Annotated[
        str | None,
        typer.Option(
            "--capability",
            metavar="LEVEL",
            help="Assess the model at this capability.",
            autocompletion=complete_capability,
        ),
    ] = None,
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: Catalogs = None,
    as_of: AsOf = None,
    no_waivers: NoWaivers = False,
    strict: Strict = None,
    fail_under: FailUnder = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
) -> int:
    """Check a plan with changes beside the plan as it is: first what differs, then both verdicts.

    The file stays as it is. What the plan claims stays too: a claim without `channels` covers added channels, others do
    not. It answers a question and gates nothing: exit 0 where both were evaluated.

    Example: aisafe what-if release.plan.yaml --access api=open_weights
    """
    require_known("format", output_format, PAGE_FORMATS)
    profile = _profile(role, size, capability)
    if not (access or drop or add or profile):
        raise RequestError("name a change: --access, --drop, --add, --role, --size or --capability")
    options = Options(
        catalog=catalog,
        strict=strict,
        fail_under=fail_under,
        honour_waivers=not no_waivers,
        config=config,
        search_config=not no_config,
    )
    session = Session(options, day_of_check(as_of))
    loaded = session.load(plan)
    changed = _changed(loaded.plan, access or (), drop or (), add or (), profile, session.ladder)
    question = Question(kind="what-if", changes=_asked(access or (), drop or (), add or (), profile))

    def compare_by(one: LoadedPlan) -> str:
        differences = compare_plans(session.judge(one), session.judge(one, lambda _: changed))
        return render_differences(output_format, differences, question, measure_width(output))

    write(render_each(output_format, loaded, compare_by), output, session.inputs)
    return ExitCode.PASSED


def _profile(role: str | None, size: str | None, capability: str | None) -> dict[str, str]:
    given = (("role", role, ROLES), ("size", size, SIZES), ("capability", capability, CAPABILITIES))
    return {name: known(name, word, words) for name, word, words in given if word is not None}


def _changed(
    plan: Plan,
    access: Sequence[str],
    drop: Sequence[str],
    add: Sequence[str],
    profile: dict[str, str],
    ladder: Ladder,
) -> Plan:
    """Return the plan without what is dropped, then with other access levels, then with what is added."""
    for channel in drop:
        _require_channel("--drop", channel, plan)
    if drop:
        plan = remove_channels(plan, drop)
    moved: set[str] = set()
    for word in access:
        channel, separator, access_level = word.rpartition("=")
        if not separator or not channel or not access_level:
            raise RequestError(f"--access `{word}`: write it as CHANNEL=ACCESS, for example api=open_weights")
        if channel in moved:
            raise RequestError(f"--access: the channel `{channel}` is moved twice")
        _require_channel("--access", channel, plan)
        moved.add(channel)
        plan = set_access(plan, channel, known_access_level(access_level, ladder))
    for word in add:
        plan = add_channel(plan, parse_channel("--add", word, plan.channels, ladder))
    if not plan.channels:
        raise RequestError("--drop: no channel would be left, so there is nothing to check")
    return set_profile(plan, **profile)


def _require_channel(option: str, name: str, plan: Plan) -> None:
    try:
        require_known("channel", name, [channel.id for channel in plan.channels])
    except RequestError as error:
        raise RequestError(f"{option}: {error}") from error


def _asked(access: Sequence[str], drop: Sequence[str], add: Sequence[str], profile: dict[str, str]) -> tuple[str, ...]:
    given = [
        *(("drop", word) for word in drop),
        *(("access", word) for word in access),
        *(("add", word) for word in add),
        *profile.items(),
    ]
    return tuple(f"--{name} {visible(word)}" for name, word in given)
