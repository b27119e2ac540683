"""`aisafe demo`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from aisafe_cli.cli.options import Given, Option, pick, takes
from aisafe_cli.cli.output import Delivery, choose_view, deliver, parse_targets, write
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import Finding, Report
from aisafe_cli.domain.verdict import Result
from aisafe_cli.errors import ExitCode
from aisafe_cli.io.resources import find_example_file
from aisafe_cli.reporters.full import build_grid
from aisafe_cli.reporters.layout import WIDTH, wrap
from aisafe_cli.reporters.pages.page import write_grid
from aisafe_cli.session.session import Checked, LoadedPlan, Session
from aisafe_cli.session.settings import Options
from aisafe_cli.text.wording import listed

_PLAN = "staged-hybrid.plan.yaml"
# A day between the stages of that plan. A fixed one, so that everybody sees the same.
_DAY = date(2026, 11, 22)
_NEXT = {
    "aisafe explain {slug}": "what it asks and where it can work",
    "aisafe demo -f markdown": "the whole report; also json, html",
    "aisafe init -o my.plan.yaml": "a plan of your own to fill in",
    "aisafe check my.plan.yaml": "its verdict: it fails until answered",
    "aisafe report my.plan.yaml -o report.md": "a report to hand to a reader",
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
        **pick("output"),
    }
)
def demo(given: Given) -> int:
    """Show what the tool is for, on a built-in plan: an API first, the weights later.

    Example: aisafe demo
    """
    targets = parse_targets(given.formats, given.output, ["table"])
    view = choose_view(targets, "report", None)
    plan = find_example_file(_PLAN)
    session = Session(Options(search_config=False), _DAY)
    checked = _as_in_the_repository(session.run([plan]), plan.removesuffix(_PLAN))
    if given.formats or given.output:
        deliver(checked, ExitCode.PASSED, Delivery(targets=targets, view=view))
    else:
        write("\n".join(_story(checked.results[0], session, session.load(plan))) + "\n", None)
    return ExitCode.PASSED


def _as_in_the_repository(checked: Checked, folder: str) -> Checked:
    """Name plan and evidence by their paths in the repository, so that the output is the same wherever it is installed.

    `folder` has the examples here.
    """

    def named(path: str) -> str:
        return f"examples/{path.removeprefix(folder)}" if path.startswith(folder) else path

    results = []
    for result in checked.results:
        plan = replace(result.report.plan, path=named(result.report.plan.path))
        results.append(replace(result, report=replace(result.report, plan=plan)))
    files = tuple(replace(one, path=named(one.path)) for one in checked.files)
    return replace(checked, results=tuple(results), files=files)


# --- the story ------------------------------------------------------------------------------------------------------


def _story(result: Result, session: Session, loaded: LoadedPlan) -> Iterable[str]:
    report = result.report
    narrowed = next(finding for finding in report.findings if finding.adopted and _done_somewhere(finding))
    yield from wrap(
        f"aisafe checks a plan before a model is released. For each of the {len(report.findings)} safeguards of"
        f" {report.catalog.document.identifier}, on each channel that the plan opens: can it work there, is it done,"
        " is it relied on although it cannot work, and what would do instead? Here is a plan that comes with the tool,"
        f" judged as of {report.as_of.isoformat()}."
    )
    yield from ("", *_plan(report))
    yield from ("", *_outcomes(report))
    yield from ("", *wrap(result.verdict.headline))
    yield from ("", *_reading(report, narrowed))
    yield from ("", *_overclaimed(session, loaded, narrowed))
    yield from ("", *_next(narrowed))


def _plan(report: Report) -> Iterable[str]:
    model, organization = report.plan.model, report.plan.organization
    yield f"The plan: {model.name}, by a {organization.size} {organization.role}; its channels and when they open"
    yield from _columns(
        [
            (one.channel.id, one.channel.access, str(one.channel.opens), one.access_level.title)
            for one in report.channels
        ]
    )


def _outcomes(report: Report) -> Iterable[str]:
    yield "What holds where (- is not asked)"
    yield from (f"  {line}" for line in write_grid(build_grid(report), WIDTH - 2))


def _reading(report: Report, narrowed: Finding) -> Iterable[str]:
    done = listed(one.channel for one in narrowed.channels if one.outcome is Outcome.SATISFIED)
    last = narrowed.channels[-1]
    yield "How to read it"
    yield from wrap(
        f"{narrowed.safeguard.slug} is claimed for {done} only, where it is done. On {last.channel}: {last.reason}"
        f" That belongs to the release mode, not to the team, and does not fail the plan. It does instead:"
        f" {listed(narrowed.adopted)}.",
        indent=2,
    )
    staged = next(one for one in report.findings if one.safeguard.stageable and one.outcome is Outcome.SATISFIED)
    yield from wrap(f"{staged.safeguard.slug} came first. {staged.channels[-1].reason}", indent=2)


def _overclaimed(session: Session, loaded: LoadedPlan, narrowed: Finding) -> Iterable[str]:
    """Judge the same plan with one claim that is not limited to the channels where it can work."""
    name = narrowed.safeguard.id
    wide = tuple(replace(claim, channels=()) for claim in loaded.plan.claims[name])
    again = session.judge(loaded, lambda plan: replace(plan, claims={**plan.claims, name: wide})).verdict
    yield f"The same plan, had it claimed {narrowed.safeguard.slug} for every channel"
    yield from wrap(again.headline, indent=2)


def _next(narrowed: Finding) -> Iterable[str]:
    yield "What to type next"
    yield from _columns([(typed.format(slug=narrowed.safeguard.slug), does) for typed, does in _NEXT.items()])


def _done_somewhere(finding: Finding) -> bool:
    """Whether a claim holds on one channel and the safeguard cannot work on the most open one."""
    outcomes = [result.outcome for result in finding.channels]
    return Outcome.SATISFIED in outcomes and outcomes[-1] is Outcome.INCOMPATIBLE


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
