"""`aisafe what-if`."""

from __future__ import annotations

from aisafe_cli.analysis.diff import compare_plans
from aisafe_cli.cli.channels import parse_channel, require_access_level
from aisafe_cli.cli.options import JUDGING, Given, Option, open_session, pick_options, require_known, takes
from aisafe_cli.cli.output import measure_width, render_each, write
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Ladder
from aisafe_cli.domain.edits import add_channel, remove_channels, set_access, set_profile
from aisafe_cli.domain.plan import Plan
from aisafe_cli.errors import ExitCode, RequestError
from aisafe_cli.reporters.pages.diff import Question, render_differences
from aisafe_cli.session.session import LoadedPlan
from aisafe_cli.text.escape import visible


@takes(
    {
        **pick_options("plan"),
        "access": Option(
            "--access", "CHANNEL=ACCESS", "Move a channel to this access level; may be repeated.", "texts", "move"
        ),
        "drop": Option("--drop", "CHANNEL", "Leave a channel out; may be repeated.", "texts", "channel"),
        "add": Option(
            "--add",
            "ID=ACCESS[@DATE]",
            "Add a channel, with its opening day; may be repeated.",
            "texts",
            "new_channel",
        ),
        "role": Option("--role", "ROLE", "Judge the plan in this role.", words="role"),
        "size": Option("--size", "SIZE", "Judge the plan at this size.", words="size"),
        "capability": Option("--capability", "LEVEL", "Judge the model at this capability.", words="capability"),
        **pick_options(f"output_format output {JUDGING}"),
    }
)
def what_if(given: Given) -> int:
    """Check a plan with changes, beside the plan as it is: first what differs, then both verdicts.

    The file stays as it is. What the plan claims stays too: a claim without `channels` covers added channels, others do
    not. The verdicts do not change the exit code: 0 if both plans were evaluated.

    Example: aisafe what-if release.plan.yaml --access api=open_weights
    """
    profile = _read_profile(given)
    if not (given.access or given.drop or given.add or profile):
        raise RequestError("name a change: --access, --drop, --add, --role, --size or --capability")
    session = open_session(given)
    loaded = session.load(given.plan)
    changed = _apply_changes(loaded.plan, given, profile, session.ladder)
    question = Question(kind="what-if", changes=_describe_changes(given, profile))

    def compare_by(one: LoadedPlan) -> str:
        differences = compare_plans(session.judge(one), session.judge(one, changed))
        return render_differences(given.output_format, differences, question, measure_width(given.output))

    write(render_each(given.output_format, loaded, compare_by), given.output, session.inputs)
    return ExitCode.PASSED


def _read_profile(given: Given) -> dict[str, str]:
    closed = {"role": ROLES, "size": SIZES, "capability": CAPABILITIES}
    said = [(name, word) for name in closed if (word := getattr(given, name)) is not None]
    return {name: require_known(name, word, closed[name]) for name, word in said}


def _apply_changes(plan: Plan, given: Given, profile: dict[str, str], ladder: Ladder) -> Plan:
    """Return the plan without what is dropped, then with other access levels, then with what is added."""
    for channel in given.drop or ():
        _require_channel("--drop", channel, plan)
    if given.drop:
        plan = remove_channels(plan, given.drop)
    moved: set[str] = set()
    for word in given.access or ():
        channel, separator, access_level = word.rpartition("=")
        if not separator or not channel or not access_level:
            raise RequestError(f"--access `{word}`: write it as CHANNEL=ACCESS, for example api=open_weights")
        if channel in moved:
            raise RequestError(f"--access: the channel `{channel}` is moved twice")
        _require_channel("--access", channel, plan)
        moved.add(channel)
        plan = set_access(plan, channel, require_access_level(access_level, ladder))
    for word in given.add or ():
        plan = add_channel(plan, parse_channel("--add", word, plan.channels, ladder))
    if not plan.channels:
        raise RequestError("--drop: no channel would be left, so there is nothing to check")
    return set_profile(plan, **profile)


def _require_channel(option: str, name: str, plan: Plan) -> None:
    try:
        require_known("channel", name, plan.channel_ids)
    except RequestError as error:
        raise RequestError(f"{option}: {error}") from error


def _describe_changes(given: Given, profile: dict[str, str]) -> tuple[str, ...]:
    named = [(name, word) for name in ("drop", "access", "add") for word in getattr(given, name) or ()]
    return tuple(f"--{name} {visible(word)}" for name, word in (*named, *profile.items()))
