"""Options as data, from which Typer and the reader of plain calls are both made, and what their values stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import wraps
from types import SimpleNamespace

from aisafe_cli.domain.formats import MARKDOWN_KINDS, PAGE_FORMATS, REPORTERS
from aisafe_cli.errors import RequestError
from aisafe_cli.io.paths import path_exists
from aisafe_cli.parsing.schema import parse_date
from aisafe_cli.session.session import Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.annotations import NamedTuple
from aisafe_cli.text.wording import suggest_word


class Option(NamedTuple):
    """An option of a command, or an argument where it has no flags.

    `kind` is what it gives: `text`, `texts` where it may be repeated, `flag`, `switch` where a second flag says no, or
    `percent`. `words` names what a shell completes, in `completion.py`. Where it has `known` values, no other is taken.
    """

    flags: str
    metavar: str | None
    help: str
    kind: str = "text"
    words: str = ""
    default: str | None = None
    is_required: bool = False
    known: tuple[str, ...] = ()

    @property
    def left_out(self) -> str | bool | None:
        """The value of a call that does not say it."""
        return False if self.kind == "flag" else self.default


OptionTable = dict[str, Option]  # by the names of the values


class Given(SimpleNamespace):
    """What a call says: the value of each option of its command, by name."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The file that no output may replace: the catalog, where one is named."""
        return (self.catalog,) if self.catalog else ()


_SHARED: OptionTable = {
    "plan": Option("", "PLAN", "A plan file, or - for standard input.", is_required=True),
    "plans": Option(
        "",
        "[PLAN]...",
        "Plan files, folders to search for *.plan.yaml, patterns in quotes, or - for standard input.",
        "texts",
    ),
    "formats": Option(
        "--format -f",
        "NAME[=FILE]",
        f"The format, and the file to write it to; may be repeated. NAME is one of: {', '.join(REPORTERS)}.",
        "texts",
        "format",
    ),
    "output_format": Option(
        "--format -f", "NAME", "The format: table, markdown or json.", words="page", default="table", known=PAGE_FORMATS
    ),
    "output": Option("--output -o", "FILE", "Write the output to FILE."),
    "kind": Option(
        "--kind",
        "KIND",
        f"Which document the markdown format fills: {', '.join(MARKDOWN_KINDS)}.",
        words="kind",
        default="report",
    ),
    "template": Option("--template", "FILE", "Fill your own Jinja template, in the markdown format."),
    "catalog": Option(
        "--catalog", "NAMES", "Judge by these catalogs: short names or files, separated by commas, or all."
    ),
    "as_of": Option("--as-of", "YYYY-MM-DD", "Judge waivers and evidence as of this date; today if left out."),
    "stage": Option("--stage", "YYYY-MM-DD", "Judge only the channels that are open by this date."),
    "baselines": Option(
        "--baseline",
        "FILE",
        "Block only on what is new or worse than in this baseline; may be repeated, once per catalog.",
        "texts",
    ),
    "no_waivers": Option("--no-waivers", None, "Ignore all waivers.", "flag"),
    "strict": Option("--strict/--no-strict", None, "Treat warnings as errors.", "switch"),
    "fail_under": Option("--fail-under", "N", "Fail if declared coverage is below N percent.", "percent"),
    "config": Option("--config", "FILE", "Use this configuration instead of those found with the plans."),
    "no_config": Option("--no-config", None, "Use no configuration.", "flag"),
    "trusted_ref": Option(
        "--trusted-ref",
        "REV",
        "Read configuration, catalog and baseline from this git revision, and report what changed since.",
    ),
    "catalog_sha256": Option("--catalog-sha256", "HEX", "Use the catalog only if it has this SHA-256."),
    "notes": Option("--notes", None, "In SARIF and GitLab, also show what cannot work in this release mode.", "flag"),
    "force": Option("--force", None, "Overwrite a decision record, even a filled-in one.", "flag"),
    "subject": Option(
        "--subject",
        "NAME=sha256:HEX",
        "A released file that a statement is about; may be repeated.",
        "texts",
    ),
}
JUDGING = "catalog as_of no_waivers strict fail_under config no_config"
ONE_CATALOG = Option("--catalog", "NAME", "Use this catalog: a short name from `aisafe catalog list`, or a file.")


class Command(NamedTuple):
    """A command: what it takes, and what does it and returns the exit code, whose text is the help."""

    options: OptionTable
    run: Callable[[Given], int]


def takes(options: OptionTable) -> Callable[[Callable[[Given], int]], Command]:
    """Make a function a command with these options, which is not called with a format that is not known."""

    def make(run: Callable[[Given], int]) -> Command:
        @wraps(run)
        def call(given: Given) -> int:
            if option := options.get("output_format"):
                require_known("format", given.output_format, option.known)
            if options.get("catalog") is ONE_CATALOG:
                _refuse_several(given.catalog)
            return run(given)

        return Command(options, call)

    return make


def _refuse_several(catalog: str | None) -> None:
    if catalog and (catalog == "all" or "," in catalog) and not path_exists(catalog):
        raise RequestError(f"--catalog: `{catalog}` names several catalogs; name one here")


def pick_options(names: str) -> OptionTable:
    """Return shared options, in the order of their names."""
    return {name: _SHARED[name] for name in names.split()}


PAGE = {**pick_options("output_format output"), "catalog": ONE_CATALOG}


# --- what the values stand for --------------------------------------------------------------------------------------


def open_session(given: Given, day: date | None = None, settings_of: str | None = None) -> Session:
    """Return the session that a call asks for, on its day of the check unless another is named."""
    values = vars(given)
    as_of, stage = values.get("as_of"), values.get("stage")
    return Session(
        read_options(given),
        day or day_of_check(as_of),
        as_of_from="today" if as_of is None else "option",
        baselines=values.get("baselines") or (),
        stage=None if stage is None else day_of_option("--stage", stage),
        settings_of=settings_of,
    )


def read_options(given: Given) -> Options:
    """Return what a call sets; None where it says nothing."""
    values = vars(given)
    named = ("catalog", "strict", "fail_under", "config", "trusted_ref", "catalog_sha256")
    return Options(
        **{name: values.get(name) for name in named},
        honour_waivers=not values.get("no_waivers"),
        search_config=not values.get("no_config"),
    )


def require_known(kind: str, word: str, known: Iterable[str]) -> str:
    """Return a word that is among the known ones. Raises RequestError with the nearest one otherwise."""
    names = list(known)
    if word not in names:
        hint = suggest_word(word, names) or f"choose from {', '.join(names)}"
        raise RequestError(f"there is no {kind} `{word}`; {hint}")
    return word


def day_of_check(as_of: str | None) -> date:
    """Return the day of the check: the option's, else today in UTC; no variable of the environment moves a verdict."""
    return datetime.now(UTC).date() if as_of is None else day_of_option("--as-of", as_of)


def day_of_option(option: str, text: str) -> date:
    """Return the day that an option names. Raises RequestError where it is none."""
    if (day := parse_date(text)) is None:
        raise RequestError(f"{option}: `{text}` is not a date; write it as YYYY-MM-DD")
    return day
