"""Options that several commands share, and what their words stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from aisafe_cli.cli.completion import complete_words
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES
from aisafe_cli.domain.formats import MARKDOWN_KINDS, PAGE_FORMATS, REPORTERS
from aisafe_cli.errors import RequestError

_FORMATS = ", ".join(REPORTERS)
_KINDS = ", ".join(MARKDOWN_KINDS)
complete_format = complete_words({name: reporter.summary for name, reporter in REPORTERS.items()})
complete_role = complete_words(ROLES)
complete_size = complete_words(SIZES)
complete_capability = complete_words(CAPABILITIES)

Plans = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PLAN]...",
        help="Plan files, folders to search for *.plan.yaml, patterns in quotes, or - for standard input.",
    ),
]
ReportFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME[=FILE]",
        help=f"How to print the report, and where to; may be repeated. NAME is one of: {_FORMATS}.",
        autocompletion=complete_format,
    ),
]
DataFormat = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="How to print it: table, markdown or json.",
        autocompletion=complete_words(PAGE_FORMATS),
    ),
]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the output to FILE.")]
Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help=f"Which document the markdown format fills: {_KINDS}.",
        autocompletion=complete_words(MARKDOWN_KINDS),
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a decision record, be it filled in.")]
Template = Annotated[
    str | None,
    typer.Option("--template", metavar="FILE", help="Fill a Jinja template of your own with the markdown format."),
]
CatalogFile = Annotated[
    str | None,
    typer.Option(
        "--catalog", metavar="NAME", help="Use this catalog: a short name, as `aisafe catalog list` has it, or a file."
    ),
]
Catalogs = Annotated[
    str | None,
    typer.Option(
        "--catalog", metavar="NAMES", help="Judge by these catalogs: short names or files with commas between, or all."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Judge waivers as of this day, YYYY-MM-DD; today where left out."),
]
BaselineFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Block only on what is new or worse than in this baseline; may be repeated, once for each catalog.",
    ),
]
NoWaivers = Annotated[bool, typer.Option("--no-waivers", help="Set all waivers aside.")]
Notes = Annotated[bool, typer.Option("--notes", help="SARIF and GitLab: also show what the release mode rules out.")]
ConfigFile = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Use this configuration, not those found above the plans."),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Use no configuration.")]
TrustedRef = Annotated[
    str | None,
    typer.Option(
        "--trusted-ref",
        metavar="REV",
        help="Read configuration, catalog and baseline from this git revision, and report what a change does.",
    ),
]
CatalogHash = Annotated[
    str | None, typer.Option("--catalog-sha256", metavar="HEX", help="Use the catalog only if it has this SHA-256.")
]
Strict = Annotated[bool | None, typer.Option("--strict/--no-strict", help="Treat warnings as errors.")]
FailUnder = Annotated[
    int | None,
    typer.Option("--fail-under", metavar="N", min=0, max=100, help="Fail if declared coverage is below N percent."),
]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="DATE", help="Judge only the channels that are open by this day, YYYY-MM-DD."),
]
Subjects = Annotated[
    list[str] | None,
    typer.Option(
        "--subject", metavar="NAME=sha256:HEX", help="A released file that a statement is about; may be repeated."
    ),
]
Role = Annotated[
    str | None,
    typer.Option("--role", metavar="ROLE", help="Show what this role can carry out.", autocompletion=complete_role),
]


def day_of_option(option: str, text: str) -> date:
    """Return the day that an option names. Raises RequestError where it is none."""
    from aisafe_cli.parsing.schema import parse_date

    if (day := parse_date(text)) is None:
        raise RequestError(f"{option}: `{text}` is not a date; write it as YYYY-MM-DD")
    return day


def day_of_check(as_of: str | None) -> date:
    """Return the day of the check: the option's, else today in UTC; no variable of the environment moves a verdict."""
    return datetime.now(UTC).date() if as_of is None else day_of_option("--as-of", as_of)


def day_of_stage(stage: str | None) -> date | None:
    """Return the day that `--stage` names, or None where it was left out. Raises RequestError where it is none."""
    return None if stage is None else day_of_option("--stage", stage)


def name_day_source(as_of: str | None) -> str:
    """Return where the day of the check comes from, as reports name it: `option`, or `today`."""
    return "today" if as_of is None else "option"
