"""SARIF 2.1.0, for code scanning. Section numbers in comments are those of the SARIF standard.

Results are what a reader can act on. Every outcome, score and verdict is in the run's properties beside them, under the
names of the JSON report, so that nothing which the other formats say is missing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import chain, starmap
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import EFFORTS, Catalog, Safeguard
from aisafe_cli.domain.formats import REPORTERS
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.plan import Plan, Position
from aisafe_cli.domain.report import Finding
from aisafe_cli.domain.verdict import AppliedWaiver, Result, Run, WaiverState
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import (
    FindingRow,
    describe_incomplete,
    hash_finding,
    is_pressing,
    list_rows,
    list_standing,
    locate,
    make_uri,
)
from aisafe_cli.reporters.layout import stream_json
from aisafe_cli.reporters.report_data import as_data, collect_result
from aisafe_cli.text.escape import cut_sarif_text, escape_sarif_markdown, escape_sarif_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LIMITS = REPORTERS["sarif"].limits
# GitHub goes by the first key alone and would else hash the text around the line, which other claims change.
_FINGERPRINTS = ("primaryLocationLineHash", "aisafeFinding/v1")
_SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_CUT, _NOT_EVALUATED, _STANDING = "results-cut", "plan-not-evaluated", "waivers-and-baseline"
_PASSED_OVER = "passed-over"
_NOTIFICATIONS = {
    _CUT: "Findings were left out of the results, because code scanning accepts no more.",
    _NOT_EVALUATED: "A plan could not be evaluated, so its findings are missing.",
    _STANDING: "Waivers or a baseline affect the verdict.",
    _PASSED_OVER: "Something was not searched for plans, or only looks like a plan.",
}

_Data = dict[str, Any]
_Severity = tuple[bool, int, int]
_Rank = tuple[_Severity, int, int]  # how bad a result of the log is, the plan's place and that of the row in it


@record
class _Places:
    """Where rules and plan files stand in the lists of the run, by rule id and by URI."""

    rules: Mapping[str, int]
    files: Mapping[str, int]


def render(run: Run, view: View) -> Iterable[str]:
    """Yield the run as a SARIF log: ASCII, sorted keys, one line feed at the end."""
    return stream_json({"$schema": SCHEMA, "version": "2.1.0", "runs": iter([_build_run(run, view)])})


def _build_run(run: Run, view: View) -> _Data:
    survey = _Survey(run, view.notes)
    rules = survey.build_rules()
    places = _Places(
        rules={rule["id"]: place for place, rule in enumerate(rules)},
        files={uri: place for place, uri in enumerate(survey.files)},
    )
    return {
        "tool": {"driver": _build_driver(run, rules)},
        "invocations": iter([_build_invocation(run, cut=survey.shown - _LIMITS["results"])]),
        "columnKind": "unicodeCodePoints",
        "artifacts": (
            {"location": {"uri": uri}, "roles": ["analysisTarget"], "hashes": {"sha-256": sha256}}
            for uri, sha256 in survey.files.items()
        ),
        "results": _build_results(run, survey.chosen, places),
        "properties": {"aisafe": _collect_outline(run)},
    }


class _Survey:
    """What has to be known of all results before the first is written."""

    def __init__(self, run: Run, notes: bool) -> None:
        self._outcomes = (None, Outcome.INCOMPATIBLE) if notes else (None,)
        self._told: set[tuple[str, str, str]] = set()  # of the plan itself, by each catalog that judges it
        self._rules: dict[str, _Data] = {}
        self._others: dict[str, tuple[_Severity, FindingRow]] = {}
        self.files: dict[str, str] = {}
        self.shown = 0
        self.chosen = nsmallest(_LIMITS["results"], chain.from_iterable(starmap(self._rank, enumerate(run.results))))

    def _rank(self, place: int, result: Result) -> Iterable[_Rank]:
        """Yield what sorts the worst first, and else as in the report, of what is shown of a result."""
        plan, catalog = result.report.plan, result.report.catalog
        self.files[make_uri(locate(plan))] = plan.sha256
        new = (one for one in catalog.safeguards if one.id not in self._rules)
        self._rules.update((one.id, _build_safeguard_rule(one, catalog)) for one in new)
        for number, entry in enumerate(list_rows(result)):
            if self._is_shown(entry, locate(plan)):
                self.shown += 1
                key = entry.severity_key
                if entry.finding is None and key >= self._others.get(entry.subject, (key,))[0]:
                    self._others[entry.subject] = key, entry
                yield key, place, number

    def _is_shown(self, entry: FindingRow, place: str) -> bool:
        """Tell apart what is satisfied or not asked, without notes what cannot work, and what was told already."""
        if entry.outcome is None:
            said = (place, entry.key, entry.reason)
            if said in self._told:
                return False
            self._told.add(said)
        return entry.level is not Level.NOTE or entry.outcome in self._outcomes

    def build_rules(self) -> list[_Data]:
        """Return a rule for each safeguard of the catalog, then one for each other kind of finding that occurs."""
        return [*self._rules.values(), *(_build_plan_rule(self._others[name][1]) for name in sorted(self._others))]


def _build_results(run: Run, chosen: Iterable[_Rank], places: _Places) -> Iterator[_Data]:
    """Yield the results in the order in which they were chosen; each plan is taken up once."""
    wanted: dict[int, list[_Rank]] = {}
    for rank in chosen:
        wanted.setdefault(rank[1], []).append(rank)
    built: dict[_Rank, _Data] = {}
    for place in sorted(wanted):
        result = run.results[place]
        rows = list_rows(result)
        built |= {rank: _build_sarif_result(result, rows[rank[2]], places) for rank in wanted[place]}
    yield from map(built.pop, chosen)


# --- the tool and its rules -----------------------------------------------------------------------------------------


def _build_driver(run: Run, rules: Sequence[_Data]) -> _Data:
    driver = {
        "name": "aisafe-cli",
        "version": run.version,
        "rules": rules,
        "notifications": [
            {**_describe_rule(name, text, text), "help": _build_message(text)} for name, text in _NOTIFICATIONS.items()
        ],
    }
    return {**driver, "semanticVersion": run.version} if _SEMANTIC_VERSION.fullmatch(run.version) else driver


def _build_invocation(run: Run, cut: int) -> _Data:
    return {
        "executionSuccessful": run.complete,
        "exitCode": int(run.exit_code),
        "toolExecutionNotifications": _list_notifications(run, cut),
    }


def _list_notifications(run: Run, cut: int) -> Iterator[_Data]:
    if not run.complete:
        yield _build_notification(_NOT_EVALUATED, Level.ERROR, describe_incomplete(run))
    if cut > 0:
        limit = _LIMITS["results"]
        text = (
            f"{limit} of {limit + cut} findings are shown, the worst first; {cut} are left out of the"
            " results. The run's properties have the outcomes of all of them."
        )
        yield _build_notification(_CUT, Level.WARNING, text)
    for result in filter(list_standing, run.results):
        by = f" [{result.guidance}]" if result.guidance else ""
        text = " ".join((f"{result.report.plan.path}{by}:", *list_standing(result)))
        level = Level.WARNING if is_pressing(result) else Level.NOTE
        yield _build_notification(_STANDING, level, text)
    yield from (_build_notification(_PASSED_OVER, Level.NOTE, note) for note in run.notes)


def _build_notification(name: str, level: Level, text: str) -> _Data:
    return {
        "descriptor": {"id": name, "index": list(_NOTIFICATIONS).index(name)},
        "level": level,
        "message": _build_message(text, _LIMITS["message"]),
    }


def _build_safeguard_rule(safeguard: Safeguard, catalog: Catalog) -> _Data:
    practices = (f"practice-{number}" for number in safeguard.practices)
    always = safeguard.id in catalog.requirements.always
    return {
        **_describe_rule(safeguard.slug, safeguard.title, safeguard.statement),
        "id": safeguard.id,
        "help": _build_help(_collect_help(safeguard, catalog)),
        # How bad it is depends on the plan's size and capability, so every result states its own level.
        "defaultConfiguration": {"level": Level.ERROR if always else Level.WARNING},
        "properties": {
            "tags": [safeguard.group, safeguard.binds, *practices][: _LIMITS["tags"]],
            "effort": safeguard.effort,
            "roles": list(safeguard.roles),
            "modes": {mode: judgement.flag for mode, judgement in safeguard.modes.items()},
        },
    }


def _collect_help(safeguard: Safeguard, catalog: Catalog) -> Mapping[str, Sequence[str]]:
    document, locator = catalog.document, safeguard.locator
    alternatives = (catalog.alternatives[name] for name in safeguard.alternatives)
    return {
        "What it is": [safeguard.statement],
        "What to do": [safeguard.remedy],
        "Evidence that counts": safeguard.evidence_counts,
        "What to do instead where it cannot work": [
            f"{alternative.title} ({alternative.id}; {alternative.strength}, effort: {EFFORTS[alternative.effort]}):"
            f" {alternative.does}"
            for alternative in alternatives
        ],
        "Where it can work": [f"{mode}: {judgement.flag}" for mode, judgement in safeguard.modes.items()],
        "Source": [
            f"{document.identifier}, {document.status} ({document.published}), {document.part}. This safeguard: page"
            f" {', '.join((str(locator.page), *locator.places))}; worded by the catalog {catalog.id} {catalog.version}."
        ],
    }


def _build_plan_rule(entry: FindingRow) -> _Data:
    title = entry.subject.replace("-", " ")
    about = f"A finding on the plan itself, not on a safeguard: {title}."
    return {
        **_describe_rule(f"plan-{entry.subject}", title.capitalize(), about),
        "id": entry.subject,
        "help": _build_help({"What it is": [about], "What to do": [entry.remedy]}),
        "defaultConfiguration": {"level": entry.level},
        "properties": {"tags": ["plan"]},
    }


def _build_help(sections: Mapping[str, Sequence[str]]) -> _Data:
    filled = {heading: texts for heading, texts in sections.items() if texts}
    plain = (f"{heading}:\n{_write_list(texts, escape_sarif_text)}" for heading, texts in filled.items())
    marked = (f"**{heading}**\n\n{_write_list(texts, escape_sarif_markdown)}" for heading, texts in filled.items())
    return {"text": "\n\n".join(plain), "markdown": "\n\n".join(marked)}


def _write_list(texts: Sequence[str], escape: Callable[[str], str]) -> str:
    return escape(texts[0]) if len(texts) == 1 else "\n".join(f"- {escape(text)}" for text in texts)


def _describe_rule(slug: str, title: str, statement: str) -> _Data:
    return {
        "id": slug,
        "name": "".join(word.capitalize() for word in slug.split("-")),
        "shortDescription": _build_message(title, _LIMITS["description"]),
        "fullDescription": _build_message(statement, _LIMITS["description"]),
    }


# --- results --------------------------------------------------------------------------------------------------------


def _build_sarif_result(result: Result, entry: FindingRow, places: _Places) -> _Data:
    plan, finding = result.report.plan, entry.finding
    told = _collect_on_safeguard(result, entry, finding, places) if finding else _collect_on_plan(entry)
    return {
        "ruleId": entry.subject,
        "ruleIndex": places.rules[entry.subject],
        "kind": "fail",
        "level": entry.level,
        "partialFingerprints": dict.fromkeys(_FINGERPRINTS, hash_finding(locate(plan), entry.key)),
        "locations": [_build_location(plan, entry.position, places)],
        **told,
    }


def _collect_on_plan(entry: FindingRow) -> _Data:
    channel = f"On {entry.channel}: " if entry.channel else ""
    return {
        "message": _build_message(f"{channel}{entry.reason} {entry.remedy}", _LIMITS["message"]),
        "suppressions": _list_carried(entry),  # all results of a run have them, or none (3.27.23)
        "properties": {"blocking": entry.blocks, "carried": bool(entry.carried)},
    }


def _collect_on_safeguard(result: Result, entry: FindingRow, finding: Finding, places: _Places) -> _Data:
    outcome = entry.outcome_words.replace("_", " ")
    return {
        "message": _build_message(f"{entry.title}: {outcome}. {entry.reason} {entry.remedy}", _LIMITS["message"]),
        "suppressions": [*_list_suppressions(result, finding, places), *_list_carried(entry)],
        "properties": {
            "outcome": finding.outcome,
            "required": finding.required,
            "blocking": entry.blocks,
            "waived": entry.subject in result.verdict.waived,
            "carried": bool(entry.carried),
        },
    }


def _build_location(plan: Plan, position: Position, places: _Places) -> _Data:
    uri, region = make_uri(locate(plan)), {"startLine": position.line, "startColumn": position.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "index": places.files[uri]}, "region": region}}


def _list_suppressions(result: Result, finding: Finding, places: _Places) -> list[_Data]:
    """Return the waivers as suppressions.

    One that is not accepted leaves the whole result unsuppressed (3.27.23), so where waivers lift the block, those that
    have no part in it are left to the notices of the verdict.
    """
    every = result.verdict.waivers_on(finding.safeguard.id)
    lifting = [applied for applied in every if applied.waiver in result.verdict.lifting]
    carried = finding.safeguard.id in result.verdict.carried
    waivers = lifting if lifting or carried else every
    return [_build_suppression(result.report.plan, applied, bool(lifting), places) for applied in waivers]


def _list_carried(entry: FindingRow) -> list[_Data]:
    """Return the baseline as a suppression of what it carries."""
    return [{"kind": "external", "status": "accepted", "justification": entry.carried}] if entry.carried else []


def _build_suppression(plan: Plan, applied: AppliedWaiver, lifted: bool, places: _Places) -> _Data:
    waiver = applied.waiver
    waiting = applied.state is WaiverState.NOT_YET
    scope = f"; for {', '.join(waiver.channels)}" if waiver.channels else ""
    return {
        "kind": "external",
        "status": "accepted" if lifted else "underReview" if waiting else "rejected",
        "justification": f"{waiver.reason} (owner: {waiver.owner}; from {waiver.granted.isoformat()}"
        f" through {waiver.expires.isoformat()}{scope}; {applied.state.replace('_', ' ')})",
        "location": _build_location(plan, waiver.position, places),
    }


# --- everything, to compare formats by ------------------------------------------------------------------------------


def _collect_outline(run: Run) -> _Data:
    data = as_data(run, with_plans=False)
    plans = (_select_plan(collect_result(result)) for result in run.results)
    overall = _take(data, "overall") if run.has_several_catalogs else {}
    return {**_take(data, "schema_version", "complete", "exit_code"), **overall, "plans": plans}


def _select_plan(plan: _Data) -> _Data:
    return {
        **_take(plan, "path", "sha256", "as_of", "stage", "profile", "release", "scores"),
        "catalog": _take(plan["catalog"], "id", "version", "sha256", "ladder_sha256"),
        "channels": [_take(channel, "id", "access", "mode", "scores") for channel in plan["channels"]],
        "findings": [_select_finding(finding) for finding in plan["findings"]],
        "plan_findings": [_take(finding, "rule", "level", "channel") for finding in plan["plan_findings"]],
        "verdict": _take(plan["verdict"], *_VERDICT),
    }


def _select_finding(finding: _Data) -> _Data:
    channels = {name: _take(channel, "outcome", "level") for name, channel in finding["channels"].items()}
    return {**_take(finding, "safeguard", "outcome", "level", "required", "blocking"), "channels": channels}


_VERDICT = ("passed", "blocking", "waived", "carried", "baseline", "tally", "notices", "headline", "policy")


def _take(data: _Data, *keys: str) -> _Data:
    return {key: data[key] for key in keys}


# --- text -----------------------------------------------------------------------------------------------------------


def _build_message(text: str, limit: int | None = None) -> _Data:
    text = escape_sarif_text(text)
    if limit is not None and len(text) > limit:
        text = cut_sarif_text(text, limit)
    return {"text": text}
