"""`aisafe demo`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date

from aisafe_cli.cli.options import Given, Option, pick_options, takes
from aisafe_cli.cli.output import Delivery, choose_view, deliver, measure_width, parse_targets, write
from aisafe_cli.domain._record import replace
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import ExitCode
from aisafe_cli.io.resources import find_example_file
from aisafe_cli.reporters.layout import WIDTH
from aisafe_cli.reporters.page import Grid, Item, Page, Section
from aisafe_cli.reporters.people.full import build_outcomes
from aisafe_cli.session.session import Checked, LoadedPlan, Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.wording import listed

_PLAN = "staged-hybrid.plan.yaml"
# A day between the stages of that plan. A fixed one, so that everybody sees the same.
_DAY = date(2026, 11, 22)
_NEXT = {
    "aisafe explain {slug}": "what it asks and where it can work",
    "aisafe demo -o demo.html": "the whole report, to open in a browser",
    "aisafe init -o my.plan.yaml": "a plan of your own to fill in",
    "aisafe check my.plan.yaml": "its verdict: it fails until answered",
    "aisafe report my.plan.yaml -o my.html": "a report to hand to a reader",
}


@takes(
    {
        "formats": Option(
            "--format -f",
            "NAME[=FILE]",
            f"Print the report on that plan instead; may be repeated. NAME is one of: {', '.join(REPORTERS)}.",
            "texts",
            "format",
        ),
        **pick_options("output"),
    }
)
def demo(given: Given) -> int:
    """Show what the tool does, on a built-in plan: an API first, the weights later.

    Example: aisafe demo
    """
    targets = parse_targets(given.formats, given.output, ["table"])
    view = choose_view(targets, "report", None)
    plan = find_example_file(_PLAN)
    session = Session(Options(search_config=False), _DAY)
    checked = _as_in_the_repository(session.run([plan]), plan)
    if given.formats or given.output:
        deliver(checked, ExitCode.PASSED, Delivery(targets=targets, view=view))
    else:
        write(_build_story(checked.results[0], session, session.load(plan)).to_text(measure_width(None)), None)
    return ExitCode.PASSED


def _as_in_the_repository(checked: Checked, place: str) -> Checked:
    """Name plan and evidence by their paths in the repository, so that the output is the same wherever it is installed.

    `place` is the path of the plan here.
    """
    folder = os.path.join(os.path.dirname(place), "")

    def named(path: str) -> str:
        if path == place:
            return f"examples/{_PLAN}"
        return f"examples/{path.removeprefix(folder)}" if path.startswith(folder) else path

    results = []
    for result in checked.results:
        plan = replace(result.report.plan, path=named(result.report.plan.path))
        results.append(replace(result, report=replace(result.report, plan=plan)))
    files = tuple(replace(one, path=named(one.path)) for one in checked.files)
    return replace(checked, results=tuple(results), files=files)


# --- the story ------------------------------------------------------------------------------------------------------


def _build_story(result: Result, session: Session, loaded: LoadedPlan) -> Page:
    report = result.report
    narrowed = next(finding for finding in report.findings if finding.adopted and _is_done_somewhere(finding))
    slug = narrowed.safeguard.slug
    items = tuple(Item(term=command.format(slug=slug), text=does) for command, does in _NEXT.items())
    return Page(
        summary=f"aisafe checks a plan before a model is released. For each of the {len(report.findings)} safeguards of"
        f" {report.catalog.document.identifier}, on each channel that the plan opens: can it work there, is it done,"
        " is it claimed where it cannot work, and what could replace it? Here is a plan that comes with the tool,"
        f" judged as of {report.as_of.isoformat()}.",
        sections=(
            _build_channels(report),
            build_outcomes(report),
            Section(paragraphs=(result.verdict.headline,)),
            Section(heading="How to read it", items=tuple(Item(text=text) for text in _read_grid(report, narrowed))),
            _overclaim(session, loaded, narrowed),
            Section(heading="What to type next", items=items, column=WIDTH // 2),
        ),
    )


def _build_channels(report: Report) -> Section:
    model, organization = report.plan.model, report.plan.organization
    rows = (
        (one.channel.id, one.channel.access, str(one.channel.opens), one.access_level.title) for one in report.channels
    )
    heading = f"The plan: {model.name}, by a {organization.size} {organization.role}"
    return Section(heading=heading, grid=Grid(columns=("channel", "access", "opens", ""), rows=tuple(rows), wraps=3))


def _read_grid(report: Report, narrowed: Finding) -> Iterable[str]:
    done = listed(narrowed.list_channels(Outcome.SATISFIED))
    last = narrowed.channels[-1]
    yield (
        f"{narrowed.safeguard.slug} is claimed for {done} only, where it is done. On {last.channel}: {last.reason}"
        f" That belongs to the release mode, not to the team, and does not fail the plan. Adopted"
        f" instead: {listed(narrowed.adopted)}."
    )
    staged = next(one for one in report.findings if one.safeguard.stageable and one.outcome is Outcome.SATISFIED)
    yield f"{staged.safeguard.slug} came first. {staged.channels[-1].reason}"


def _overclaim(session: Session, loaded: LoadedPlan, narrowed: Finding) -> Section:
    """Judge the same plan with one claim that is not limited to the channels where it can work."""
    name = narrowed.safeguard.id
    wide = tuple(replace(claim, channels=()) for claim in loaded.plan.claims[name])
    again = session.judge(loaded, replace(loaded.plan, claims={**loaded.plan.claims, name: wide})).verdict
    heading = f"The same plan, had it claimed {narrowed.safeguard.slug} for every channel"
    return Section(heading=heading, items=(Item(text=f"{again.headline}."),))


def _is_done_somewhere(finding: Finding) -> bool:
    """Return whether a claim holds on one channel and the safeguard cannot work on the most open one."""
    outcomes = list(finding.outcomes.values())
    return Outcome.SATISFIED in outcomes and outcomes[-1] is Outcome.INCOMPATIBLE
