"""The report as JUnit XML: a test suite for each plan, a test case for each safeguard.

What blocks is a failure. What cannot work here or does not apply is skipped, with what to do instead. Everything else
passes, and its output says what was found. The order of elements and times of zero keep repeated runs identical.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from aisafe_cli.domain.formats import PARTS
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.report import Finding
from aisafe_cli.domain.verdict import Result, Run, Tally
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    NOT_EVALUATED,
    FindingRow,
    describe_incomplete,
    explain_coverage,
    list_rows,
    list_scores,
    list_standing,
    locate,
    name_coverage_test,
    name_judged_plan,
)
from aisafe_cli.text.escape import escape_markup_commands

_SKIPPED = (Outcome.INCOMPATIBLE, Outcome.NOT_APPLICABLE)
_CLASS_SIGNS = str.maketrans("./", "_:")
_COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def render(run: Run, view: View) -> Iterable[str]:  # noqa: ARG001
    """Yield the run as an XML document, valid against the schema of Jenkins' xunit plugin."""
    counts = Counter[str]()
    for suite in _build_suites(run):
        counts.update({name: int(suite.get(name, 0)) for name in _COUNTED})
    counts.pop("skipped")  # the schema knows no total
    root = Element("testsuites", {"name": "aisafe", **{name: str(number) for name, number in counts.items()}})
    root.text = PARTS
    head, _, tail = tostring(root, encoding="unicode").partition(PARTS)
    # The declaration is written here because ElementTree would take its encoding from the locale.
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{head}'
    for suite in _build_suites(run):
        indent(suite, level=1)
        # On standard output a runner would take `##[add-mask]` for a command; a reader of XML sees no difference.
        yield escape_markup_commands(f"\n  {tostring(suite, encoding='unicode')}")
    yield f"\n{tail}\n"


def _build_suites(run: Run) -> Iterable[Element]:
    """Yield the suite of each plan with its counts; they are built twice, since the totals come first."""
    for result in run.results:
        yield _with_counts(_build_suite(result, run))
    if not run.complete:
        yield _with_counts(_build_error_suite(run))


def _build_suite(result: Result, run: Run) -> Element:
    report, verdict = result.report, result.verdict
    place = locate(report.plan)
    suite = Element("testsuite", name=name_judged_plan(result), file=place)
    properties = SubElement(suite, "properties")
    for name, value in (*_list_properties(result, run), *_list_score_properties(result)):
        written = str(value).lower() if isinstance(value, bool) else str(value)
        SubElement(properties, "property", name=name, value=written)
    lines = [verdict.headline, *list_standing(result)]
    listed = list_rows(result)
    for entry in listed:
        if entry.finding or entry.blocks:
            suite.append(_build_case(entry, place))
        else:
            said = f"{entry.level}, {entry.name}: {entry.reason}"
            lines.append(" ".join(filter(None, (said, entry.todo, entry.carried))))
    if verdict.policy.fail_under and all(entry.name != name_coverage_test(result) for entry in listed):
        suite.append(_build_coverage_case(result))
    SubElement(suite, "system-out").text = "\n".join(lines)
    return suite


def _start_case(place: str, name: str) -> Element:
    """Return a test case with what the schema allows: neither file nor line.

    Readers take what stands before a dot for a package and what follows the last one for a file, and add up times.
    """
    return Element("testcase", classname=place.translate(_CLASS_SIGNS), name=name, time="0")


def _build_case(entry: FindingRow, place: str) -> Element:
    case = _start_case(place, entry.name)
    at = f"At {place}:{entry.position.line}:{entry.position.column}"
    details = list(filter(None, (entry.reason, entry.todo, *entry.lifted_by, at)))
    kind = "failure" if entry.blocks else "skipped" if entry.deciding in _SKIPPED and not entry.effect else ""
    if kind:
        text = entry.reason if entry.blocks else entry.remedy or entry.reason
        message = f"{entry.outcome_words or entry.level}: {text}"
        SubElement(case, kind, message=message, type=entry.deciding or entry.subject).text = "\n".join(details)
    output = [*(_list_outcome_lines(entry.finding) if entry.finding else ()), *([] if kind else details)]
    if output:
        SubElement(case, "system-out").text = "\n".join(output)
    return case


def _list_outcome_lines(finding: Finding) -> Iterable[str]:
    """The outcome for the release and on each channel, a line each; what the plan calls a channel comes last."""
    yield f"{finding.outcome}, {finding.level}, for the release"
    for result in finding.channels:
        required = " required," if result.required else ""
        yield f"{result.outcome}, {result.level}, flagged {result.flag},{required} on {result.channel}"


def _build_coverage_case(result: Result) -> Element:
    """The test case for coverage that the policy asks for and that is there."""
    case = _start_case(locate(result.report.plan), name_coverage_test(result))
    SubElement(case, "system-out").text = explain_coverage(result)
    return case


def _build_error_suite(run: Run) -> Element:
    suite = Element("testsuite", name="aisafe")
    case = _start_case("aisafe", "Every plan is evaluated")
    suite.append(case)
    SubElement(case, "error", message=describe_incomplete(run), type=NOT_EVALUATED)
    return suite


def _with_counts(suite: Element) -> Element:
    for name, kind in _COUNTED.items():
        suite.set(name, str(sum(1 for _ in suite.iter(kind))))
    return suite


def _list_properties(result: Result, run: Run) -> Iterable[tuple[str, object]]:
    report, policy = result.report, result.verdict.policy
    plan, catalog = report.plan, report.catalog
    yield "tool.version", run.version
    yield "complete", run.complete
    yield "exit_code", int(run.exit_code)
    yield "verdict", "pass" if result.verdict.passed else "fail"
    yield "mode", report.mode
    yield "decided_by", report.decided_by.id
    yield "as_of", report.as_of.isoformat()
    yield "as_of_from", run.as_of_from
    if report.cut:
        yield "stage", report.cut.day.isoformat()
        yield "stage.left_out", len(report.cut.left_out)
    yield "model", plan.model.name
    yield "model.version", plan.model.version or ""
    yield "plan.sha256", plan.sha256
    yield "profile.role", plan.organization.role
    yield "profile.size", plan.organization.size
    yield "profile.capability", plan.model.capability
    yield "catalog", catalog.id
    yield "catalog.version", catalog.version
    yield "catalog.sha256", catalog.sha256
    for name in ("strict", "fail_under", "honour_waivers"):
        yield f"policy.{name}", getattr(policy, name)
    for name in Tally.__annotations__:
        yield f"tally.{name}", getattr(result.verdict.tally, name)
    if result.verdict.baseline:
        yield "baseline.recorded", result.verdict.baseline.recorded.isoformat()


def _list_score_properties(result: Result) -> Iterable[tuple[str, object]]:
    """Each score as two whole numbers; channels by their place in the report, since names are the plan's."""
    groups = {"score": list_scores(result.report.scores, result.verdict.coverage_with_waivers)}
    for number, channel in enumerate(result.report.channels, 1):
        yield f"channel.{number}", channel.channel.id
        yield f"channel.{number}.access", channel.access_level.id
        groups[f"channel.{number}.score"] = list_scores(channel.scores)
    for group, scores in groups.items():
        for name, score in scores.items():
            yield f"{group}.{name}.numerator", score.numerator
            yield f"{group}.{name}.denominator", score.denominator
