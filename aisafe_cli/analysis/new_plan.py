"""The text of a plan to fill in: every safeguard that can be carried out is there, unanswered. Pure.

What can work where is asked of the evaluation itself, with a plan that claims nothing, so that a new plan and its first
check never disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from textwrap import wrap

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import EFFORTS, Catalog, Flag, Ladder
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.domain.plan import Channel, Evidence, License, Model, Organization, Plan
from aisafe_cli.domain.report import ChannelResult, Finding, Report
from aisafe_cli.evaluation.decision import Asked, Casual
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.evaluation.facts import Case, Context, build_rules, rebuild_case, rebuild_context
from aisafe_cli.evaluation.stages import find_ruled_out, find_stage_ends, list_places
from aisafe_cli.text.escape import quote_yaml, quote_yaml_word, terminal_safe
from aisafe_cli.text.wording import listed

_SCHEMA = "# yaml-language-server: $schema=plan.schema.json"
_WIDTH = 100
_INTRODUCTION = (
    "A release plan to fill in. It claims nothing yet: every safeguard below is unanswered, and `aisafe check` fails"
    " until the required ones are answered. Replace each `unanswered` with implemented, partial, planned or"
    " not_implemented, or with a full claim such as:",
    "{status: implemented, channels: [...], evidence: [{ref: docs/tests.md, type: evaluation}]}",
)


Memo = dict[Hashable, tuple[Report, tuple[str, ...]]]


@record
class Answers:
    """What a new plan starts from. What is None is left out of the plan, so that it counts as the strictest.

    `remarks` stand behind the line of a key, by its name or `CHANNEL.KEY`; `head` holds paragraphs of comments above
    the plan, of which those that begin with `- ` are items of a list.
    """

    name: str
    developer: str | None = None
    parameters: int | None = None
    base_models: tuple[str, ...] = ()
    base_model_relation: str | None = None
    role: str | None = None
    size: str | None = None
    capability: str | None = None
    capability_evidence: tuple[str, ...] = ()
    channels: tuple[Channel, ...]
    remarks: Mapping[str, str] | None = None
    head: tuple[str, ...] = ()


def scaffold(answers: Answers, catalog: Catalog, ladder: Ladder, memo: Memo | None = None) -> str:
    """Return the text of a plan that declares the answers and claims nothing.

    The answers hold only text that a plan may hold: one line, no forbidden characters. `memo` keeps what many plans for
    one catalog have in common. Raises NothingToEvaluate where no safeguard of the catalog applies.
    """
    plan = _build_empty_plan(answers)
    channels = tuple((one.id, one.access, one.opens, one.operator) for one in plan.channels)
    key = (plan.organization, plan.model.capability, plan.model.parameters, bool(answers.capability_evidence), channels)
    memo = {} if memo is None else memo
    if key not in memo:
        # No day matters to a plan without waivers.
        report = evaluate(plan, catalog, ladder, date.min)
        memo[key] = report, (*_write_safeguards(report), *_write_alternatives(report))
    report, safeguards = memo[key]
    lines = (
        _SCHEMA,
        *_write_paragraphs(answers),
        *_write_introduction(report),
        *_write_profile(answers),
        *_write_channels(report, answers),
        *safeguards,
    )
    return "\n".join(lines) + "\n"


def _build_empty_plan(answers: Answers) -> Plan:
    return Plan(
        path="the new plan",
        sha256="",
        model=Model(
            name=answers.name,
            capability=answers.capability or "unknown",
            parameters=answers.parameters,
            capability_evidence=tuple(Evidence(ref=ref) for ref in answers.capability_evidence),
        ),
        organization=Organization(role=answers.role or "developer", size=answers.size or "large"),
        channels=answers.channels,
        claims={},
    )


# --- what is declared -----------------------------------------------------------------------------------------------


def _write_introduction(report: Report) -> Iterable[str]:
    for text in _INTRODUCTION:
        yield from _write_comment(text)
    example, catalog = report.findings[0].safeguard.id, report.catalog
    yield from _write_comment(
        f"`aisafe explain {example}` says more about a safeguard. `aisafe schema plan -o plan.schema.json`"
        " writes the schema that line 1 names, so that an editor can complete ids and words."
        f" Safeguards: {catalog.document.identifier}, catalog {catalog.id} {catalog.version}."
    )


def _write_paragraphs(answers: Answers) -> Iterable[str]:
    for text in answers.head:
        bullet = "- " if text.startswith("- ") else ""
        yield from _write_comment(text.removeprefix(bullet), bullet=bullet)
    if answers.head:
        yield ""


def _write_profile(answers: Answers) -> Iterable[str]:
    yield "schema_version: 1"
    yield "model:"
    yield _write_key("name", quote_yaml(answers.name), answers)
    if answers.developer:
        yield _write_key("developer", quote_yaml(answers.developer), answers)
    if answers.parameters:
        yield _write_key("parameters", str(answers.parameters), answers)
    else:
        yield "  # parameters: 7.0e9  # number of parameters; if left out, the model does not count as small"
    if answers.base_models:
        yield _write_key("base_model", f"[{', '.join(map(quote_yaml, answers.base_models))}]", answers)
    if answers.base_model_relation:
        yield _write_key("base_model_relation", answers.base_model_relation, answers)
    yield _write_declared(
        "capability", answers, answers.capability, "unknown", "or low to severe; see `aisafe explain low`"
    )
    if answers.capability_evidence:
        references = (f"{{ref: {quote_yaml(ref)}}}" for ref in answers.capability_evidence)
        yield _write_key("capability_evidence", f"[{', '.join(references)}]", answers)
    elif answers.capability not in (None, "unknown"):
        yield "  # capability_evidence: [{ref: docs/assessment.md, type: evaluation}]  # what shows it"
    yield "organization:" if answers.role or answers.size else "# organization:"
    yield _write_declared("role", answers, answers.role, "developer", "or another; see `aisafe explain`")
    yield _write_declared("size", answers, answers.size, "large", "or solo, small, medium")


def _write_declared(key: str, answers: Answers, value: str | None, strictest: str, words: str) -> str:
    if value is None:
        return f"  # {key}: {strictest}  # {words}; {strictest} if left out"
    return _write_key(key, value, answers)


def _write_key(key: str, value: str, answers: Answers, channel: Channel | None = None) -> str:
    """Return the line of a key, with the remark that belongs to it."""
    remark = (answers.remarks or {}).get(f"{channel.id}.{key}" if channel else key)
    comment = f"  # {terminal_safe(' '.join(remark.split()))}" if remark else ""
    return f"{'    ' if channel else '  '}{key}: {value}{comment}"


def _write_channels(report: Report, answers: Answers) -> Iterable[str]:
    yield "channels:"
    for channel in report.plan.channels:
        access_level = report.ladder.access_levels[channel.access]
        yield from _write_comment(f"{access_level.title} ({access_level.mode}). {access_level.adds}", indent=2)
        yield f"  - id: {quote_yaml_word(channel.id)}"
        yield _write_key("access", channel.access, answers, channel)
        if channel.opens:
            yield f"    opens: {channel.opens.isoformat()}"
        if channel.operator != "self":
            yield f"    operator: {channel.operator}"
        if channel.gated or f"{channel.id}.gated" in (answers.remarks or {}):
            yield _write_key("gated", str(channel.gated).lower(), answers, channel)
        if channel.license:
            yield _write_key("license", _write_license(channel.license), answers, channel)
    yield ""
    decided, mode = report.decided_by, report.ladder.modes[report.mode]
    yield from _write_comment(f"Release mode: {mode.id}, because of the most open channel, {decided.id}. {mode.means}")


def _write_license(terms: License) -> str:
    texts = {"id": terms.id, "name": terms.name, "url": terms.url}
    entries = [f"{key}: {quote_yaml(text)}" for key, text in texts.items() if text]
    if terms.declared_class and terms.declared_class != "unknown":
        entries.append(f"class: {terms.declared_class}")
    return f"{{{', '.join(entries)}}}"


# --- safeguards -----------------------------------------------------------------------------------------------------


def _write_safeguards(report: Report) -> Iterable[str]:
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(_choose_group(finding), []).append(finding)
    written = [line for heading, write in _WRITERS.items() for line in _write_group(heading, write, groups, report)]
    # A key without a value would not be a mapping.
    answered = any(line and not line.lstrip().startswith("#") for line in written)
    yield "safeguards:" if answered else "safeguards: {}"
    yield from written


def _choose_group(finding: Finding) -> str:
    asked = [result for result in finding.channels if result.outcome is not Outcome.NOT_APPLICABLE]
    works = [result for result in asked if result.outcome is not Outcome.INCOMPATIBLE]
    if not asked:
        return _NOT_ASKED
    if not works:
        return _NOWHERE
    if works[0].flag is Flag.INCOMPATIBLE:
        return _STAGE
    return _EVERYWHERE if len(works) == len(asked) else _SOMEWHERE


def _write_group(
    heading: str, write: Callable[[Finding, Report], Iterable[str]], groups: dict[str, list[Finding]], report: Report
) -> Iterable[str]:
    if heading in groups:
        yield ""
        yield f"  # --- {heading} ".ljust(_WIDTH, "-")
    for finding in groups.get(heading, ()):
        yield ""
        yield from write(finding, report)


def _write_everywhere(finding: Finding, report: Report) -> Iterable[str]:
    yield from _write_question(finding)
    yield from _write_conditions(finding, finding.channels, report)
    yield f"  {quote_yaml_word(finding.safeguard.id)}: unanswered"


def _write_somewhere(finding: Finding, report: Report) -> Iterable[str]:
    works = finding.list_channels(Outcome.UNKNOWN)
    cannot = listed(finding.list_channels(Outcome.INCOMPATIBLE))
    yield from _write_question(finding)
    yield from _write_conditions(finding, [one for one in finding.channels if one.channel in works], report)
    yield from _write_comment(
        f"This safeguard can work on {listed(works)} but not on {cannot}. Claim it for {listed(works)} only."
        f" {_tell_instead(finding)}",
        indent=2,
    )
    scope = ", ".join(map(quote_yaml_word, works))
    yield f"  {quote_yaml_word(finding.safeguard.id)}: {{status: unanswered, channels: [{scope}]}}"


def _write_stage(finding: Finding, report: Report) -> Iterable[str]:
    places = list_places(report.plan, report.ladder)
    ends = find_stage_ends(places, find_ruled_out(finding.safeguard, report.plan, places))
    of_all = frozenset.intersection(*(end.stages for end in ends))
    stages = [place.channel.id for place in places if place.channel.id in of_all]
    day = min(end.day for end in ends)
    where = (
        f"{listed(stages)} can be that limited stage: name it in the claim's `channels`."
        if stages
        else "No channel of this plan opens before that: add one that does, and name it in the claim's `channels`."
    )
    dated = (
        ""
        if day > date.min
        else " Then give the date on which each channel `opens`. A channel without a date is open already."
    )
    before = f"before {day.isoformat()}" if day > date.min else "before the release opens"
    yield from _write_question(finding)
    yield from _write_comment(f"Possible {before} but not after. {where}{dated} {_tell_instead(finding)}", indent=2)
    yield f"  {quote_yaml_word(finding.safeguard.id)}: unanswered"


def _write_nowhere(finding: Finding, report: Report) -> Iterable[str]:
    access_level = report.access[finding.list_channels(Outcome.INCOMPATIBLE)[-1]]
    reason = finding.safeguard.judgement_on(report.plan.organization.role, access_level).reason
    yield from _write_comment(f"{finding.safeguard.full_title}. {reason} {_tell_instead(finding)}", indent=2)


def _write_not_asked(finding: Finding, report: Report) -> Iterable[str]:  # noqa: ARG001
    yield from _write_comment(f"{finding.safeguard.full_title}. {finding.channels[-1].reason}", indent=2)


def _write_question(finding: Finding) -> Iterable[str]:
    safeguard = finding.safeguard
    required = "Required" if finding.required else "Recommended"
    yield from _write_comment(f"{safeguard.full_title}. {required}; effort: {EFFORTS[safeguard.effort]}.", indent=2)
    yield from _write_comment(safeguard.question, indent=2)
    yield from _write_comment("What counts as evidence:", indent=2)
    for text in safeguard.evidence_counts:
        yield from _write_comment(text, indent=2, bullet="- ")


def _write_conditions(finding: Finding, results: Sequence[ChannelResult], report: Report) -> Iterable[str]:
    """Say what has to be true of a claim beside that it is done, channels with the same condition together."""
    by_text: dict[str, list[str]] = {}
    context = rebuild_context(report)
    for result in results:
        for text in _list_conditions_on(finding, result, context):
            by_text.setdefault(text, []).append(result.channel)
    for text, channels in by_text.items():
        yield from _write_comment(f"On {listed(channels)}: {text}", indent=2)


def _list_conditions_on(finding: Finding, result: ChannelResult, context: Context) -> Iterable[str]:
    if result.outcome is Outcome.NOT_APPLICABLE:
        yield f"not asked. {result.reason}"
    elif result.judged:
        case = rebuild_case(finding.safeguard, result, context)
        if case.judgement.flag is Flag.CONDITIONAL:
            yield f"possible on a condition. {case.judgement.condition}"
        elif case.judgement.flag is Flag.CAUTIONARY:
            yield f"possible, with caution. {case.judgement.reason}"
        yield from _list_needed_evidence(case)


def _list_needed_evidence(case: Case) -> Iterable[str]:
    """Say what a claim has to name before it counts."""
    rule, rules = case.safeguard.tamper_rule, build_rules(case)
    if rule and rules.needs_tamper:
        otherwise = f", or with `against: {rule.unless_against}`" if rules.casual is Casual.NEEDS_NONE else ""
        yield (f"a claim counts only with evidence of `type: tamper_evaluation` and `result: supports`{otherwise}.")
    if case.judgement.condition_needs:
        yield f"a claim counts only with evidence of `type: {case.judgement.condition_needs}`."
    if case.asked is not Asked.NOTHING:
        kind = "a file beside the plan" if case.asked is Asked.FOUND else "a file or a URL"
        yield f"at this capability, a claim counts only if it names {kind} as evidence."


def _tell_instead(finding: Finding) -> str:
    alternatives = finding.safeguard.alternatives
    return f"Instead: {listed(alternatives)}." if alternatives else ""


_EVERYWHERE = "Can be carried out"
_SOMEWHERE = "Can work on some channels only"
_STAGE = "Can be carried out before the release opens fully, not after"
_NOWHERE = "Cannot work in this release mode"
_NOT_ASKED = "Not asked of this plan"
_WRITERS = {
    _EVERYWHERE: _write_everywhere,
    _SOMEWHERE: _write_somewhere,
    _STAGE: _write_stage,
    _NOWHERE: _write_nowhere,
    _NOT_ASKED: _write_not_asked,
}


# --- what follows ---------------------------------------------------------------------------------------------------


def _write_alternatives(report: Report) -> Iterable[str]:
    """Offer the alternatives as comments that are YAML themselves once each first `# ` is taken away."""
    instead: dict[str, list[str]] = {}
    for finding in report.findings:
        if _choose_group(finding) in (_SOMEWHERE, _STAGE, _NOWHERE):
            for name in finding.safeguard.alternatives:
                instead.setdefault(name, []).append(finding.safeguard.id)
    if not instead:
        return
    yield ""
    yield from _write_comment(
        "What you can do instead where a safeguard cannot work, least effort first. To adopt one, remove the `# `"
        " before its name and before `alternatives:`. `aisafe explain NAME` says what it does and what it cannot do."
    )
    yield "# alternatives:"
    known = report.catalog.alternatives
    for name in sorted(instead, key=lambda name: known[name].effort):
        one = known[name]
        text = f"{one.title} ({one.strength}; effort: {EFFORTS[one.effort]}; instead of {listed(instead[name])})"
        yield from ("# " + line for line in _write_comment(text, indent=2, width=_WIDTH - 2))
        yield f"#   - {quote_yaml_word(name)}"


# --- text -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)  # most of what new plans say is the same in each of many
def _write_comment(text: str, indent: int = 0, width: int = _WIDTH, bullet: str = "") -> Sequence[str]:
    """Return the text as comment lines. Whatever line breaks it holds, each line is a comment."""
    opening = " " * indent + "# "
    return wrap(
        terminal_safe(" ".join(text.split())),
        width,
        initial_indent=opening + bullet,
        subsequent_indent=opening + " " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
