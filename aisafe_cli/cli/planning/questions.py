"""What `aisafe init` asks on a terminal for a new plan."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout

from aisafe_cli.analysis.new_plan import Answers
from aisafe_cli.cli.channels import check_channel_id, check_line, make_channel, require_access_level
from aisafe_cli.cli.options import require_known
from aisafe_cli.cli.output import STANDARD_OUTPUT, say
from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.plan import Channel
from aisafe_cli.errors import RequestError
from aisafe_cli.io.find import PLAN_SUFFIX
from aisafe_cli.io.resources import read_glossary
from aisafe_cli.reporters.layout import wrap
from aisafe_cli.text.escape import terminal_safe, visible
from aisafe_cli.text.wording import fold_name, listed

MAX_LINE = 2000  # the bound of the plan format
_DEFAULT_FILE = f"release{PLAN_SUFFIX}"
_FACTORS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def can_ask() -> bool:
    """Return whether somebody can both read a question and answer it."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask_answers(given: Answers, catalog: Catalog, ladder: Ladder) -> Answers:
    """Ask for what is not given. Enter alone takes what stands in brackets, the strictest value."""
    # Questions go to standard error, so that standard output holds the plan and nothing else.
    with redirect_stdout(sys.stderr):
        given = replace(
            given, name=given.name or _ask("Name of the model", lambda text: check_line("name", text, MAX_LINE))
        )
        roles, sizes = read_glossary()["roles"], read_glossary()["sizes"]
        given = replace(given, role=given.role or _choose("Your role in this release", "role", roles, "developer"))
        given = replace(given, size=given.size or _choose("Your size", "size", sizes, "large"))
        given = replace(given, channels=given.channels or tuple(_ask_channels(ladder)))
        return given if given.capability else _ask_capability(given, catalog)


def choose_file(output: str | None) -> str | None:
    """Return the file that a plan goes to, or None for standard output; it is asked for where that is a terminal."""
    if output is not None or not can_ask() or sys.stdout is None or not sys.stdout.isatty():
        return None if output == STANDARD_OUTPUT else output
    with redirect_stdout(sys.stderr):
        return _ask("Write the plan to", _check_file, _DEFAULT_FILE)


def parse_parameters(text: str) -> int:
    """Return a number of parameters, as `7e9`, `7B` or `7,000,000,000`. Raises RequestError for anything else."""
    digits = text.lower().replace(",", "").replace("_", "").replace("billion", "b").replace("million", "m")
    digits = digits.replace(" ", "")
    factor = _FACTORS.get(digits[-1:], 1)
    try:
        number = int(float(digits.rstrip("".join(_FACTORS))) * factor)
    except (ValueError, OverflowError):
        number = 0
    if not 0 < number < 10**18:
        raise RequestError(f"`{visible(text)}` is not a number of parameters; write it as 7e9 or 7B")
    return number


# --- what is asked --------------------------------------------------------------------------------------------------


def _ask_channels(ladder: Ladder) -> list[Channel]:
    _tell("Channels: the ways outsiders reach the model. Each has an access level from this list.")
    _show_choices({level.id: level.title for level in ladder.access_levels.values()})
    channels = [_ask_channel(_ask_access("Access level of the first channel", ladder), [])]
    while access := _ask_access("Access level of the next channel (Enter: no more)", ladder, ""):
        channels.append(_ask_channel(access, channels))
    return channels


def _ask_access(question: str, ladder: Ladder, default: str | None = None) -> str:
    levels = ladder.access_levels
    return _ask(question, lambda word: word and require_access_level(_spell_out(word, levels), ladder), default)


def _ask_channel(access: str, others: list[Channel]) -> Channel:
    free = access not in (other.id for other in others)
    name = _ask("A short name for this channel", lambda text: check_channel_id(text, others), access if free else None)
    day = _ask(
        "Day it opens, YYYY-MM-DD (Enter: open from the start)",
        lambda text: text and str(make_channel(name, access, text).opens),
        "",
    )
    return make_channel(name, access, day)


def _ask_capability(given: Answers, catalog: Catalog) -> Answers:
    levels, floor = catalog.capabilities, catalog.requirements.floor
    if not given.parameters:
        question = "Number of parameters, as 7e9 or 7B (Enter: not stated)"
        text = _ask(question, lambda text: text and str(parse_parameters(text)), "")
        given = replace(given, parameters=int(text) if text else None)
    _tell("Capability: how far this model could help misuse, by your own assessment.", levels.judge, levels.note)
    meanings = {level.id: level.means for level in levels.levels.values()}
    given = replace(given, capability=_choose("Capability", "capability", meanings, "unknown"))
    if given.capability == "unknown":
        return given
    why = _ask_line("Why? One sentence, kept as a comment (Enter: none)", "reason")
    if floor and given.capability in floor.applies_to:
        _tell(floor.reason)
    shown = _ask_line("File or URL of an assessment (Enter: none yet)", "evidence")
    remarks = {"capability": f"why: {why}"} if why else None
    return replace(given, remarks=remarks, capability_evidence=(shown,) if shown else ())


# --- how it is asked ------------------------------------------------------------------------------------------------


def _choose(question: str, kind: str, meanings: Mapping[str, str], default: str) -> str:
    _show_choices(meanings)

    def check(word: str) -> str:
        word = _spell_out(word, meanings)
        require_known(kind, word, meanings)
        return word

    return _ask(question, check, default)


def _spell_out(word: str, names: Iterable[str]) -> str:
    """Return the name that a number or a beginning stands for. Raises RequestError for the beginning of several."""
    listing = list(names)
    if word.isdecimal() and len(word) < 4 and 0 < int(word) <= len(listing):
        return listing[int(word) - 1]
    begun = [name for name in listing if word and fold_name(name).startswith(fold_name(word))]
    if word in listing or not begun:
        return word
    if len(begun) > 1:
        raise RequestError(f"`{visible(word)}` may be {listed(begun)}; write more of it, or its number")
    return begun[0]


def _ask_line(question: str, kind: str) -> str:
    return _ask(question, lambda text: text and check_line(kind, text, MAX_LINE), "")


def _check_file(name: str) -> str:
    if os.path.lexists(name):
        raise RequestError(f"{visible(name)}: already exists; name another file")
    return name


def _ask(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask until the answer passes the check."""
    while True:
        answer = _read_line(f"{question} [{default}]: " if default else f"{question}: ") or default
        if answer is None:
            continue
        try:
            return check(answer.strip())
        except RequestError as error:
            say(terminal_safe(f"error: {error}"))


def _read_line(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError as error:
        raise KeyboardInterrupt from error


def _tell(*texts: str) -> None:
    say("\n".join(["", *(line for text in texts if text for line in wrap(text))]))


def _show_choices(meanings: Mapping[str, str]) -> None:
    width = max(map(len, meanings)) + 2
    say("")
    for number, (word, text) in enumerate(meanings.items(), 1):
        say("\n".join(wrap(f"{number:>2}  {word:<{width}}{text}", 1, width + 5)))
