"""The answers of the explorer: what the evaluator says at each access level, for each role, size and capability.

Nothing is judged here. Each combination is a plan of one channel that claims nothing, and the answer is its report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, product

from aisafe_cli.analysis.matrix import compare_access
from aisafe_cli.domain.catalog import ROLES, SIZES, Catalog, Flag, Ladder, Safeguard
from aisafe_cli.domain.plan import Channel, Model, Organization, Plan
from aisafe_cli.domain.policy import EvaluationOverrides
from aisafe_cli.domain.report import ChannelResult, Partition
from aisafe_cli.errors import NothingToEvaluate
from aisafe_cli.evaluation.decision import Asked, Casual
from aisafe_cli.evaluation.evaluate import evaluate
from aisafe_cli.evaluation.facts import Context, build_case, build_context, build_rules, rebuild_context
from aisafe_cli.evaluation.outcomes import judge_on
from aisafe_cli.io.resources import read_glossary

CHECKED, OPENS = date(2000, 1, 1), date(2000, 1, 2)  # checked before it opens, so that nothing is too late
TODO, CANNOT, NOT_ASKED = "todo", "cannot", "not-asked"
MARKS: Mapping[str, str] = {
    "works": "can work",
    "if": "can work on a condition",
    "care": "can work, with caution",
    "before": "only before release",
    CANNOT: "cannot work",
    NOT_ASKED: "not asked",
}
CHANGES: Mapping[str, str] = {"l": "lost", "w": "harder", "k": "as before", "g": "gained"}
DEFAULT: Mapping[str, str] = {
    "access": "open_weights",
    "role": Organization().role,
    "size": Organization().size,
    "capability": Model(name="").capability,
    "from": "hosted_api",
}
_MARK_OF_FLAG = {Flag.COMPATIBLE: "works", Flag.CONDITIONAL: "if", Flag.CAUTIONARY: "care", Flag.INCOMPATIBLE: "before"}
_TESTED = {Casual.NO_DIFFERENCE: "always", Casual.IS_PARTIAL: "partly", Casual.NEEDS_NONE: "unless"}


@dataclass(frozen=True)
class Answer:
    """What is said of a safeguard in one combination.

    `tested` is set where a claim needs a tamper evaluation: always, or not against some users alone, or partly not.
    `asks` is what evidence a claim has to name before it counts.
    """

    safeguard: str
    part: str
    flag: str
    required: bool = False
    reason: str = ""
    condition: str = ""
    tested: str = ""
    asks: str = Asked.NOTHING

    @property
    def mark(self) -> str:
        """How it is shown in a table: its flag where it can be carried out, else its part."""
        return _MARK_OF_FLAG[Flag(self.flag)] if self.part == TODO else self.part

    @property
    def rank(self) -> int:
        """Where it stands in a list: what is required and simply works comes first, and last what is not asked."""
        return (TODO, CANNOT, NOT_ASKED).index(self.part) * 4 + (not self.required) * 2 + (self.mark != "works")


@dataclass(frozen=True)
class Answers:
    """Every answer, each distinct one once; `rows` and `combinations` hold their numbers."""

    catalog: Catalog
    ladder: Ladder
    choices: Mapping[str, Sequence[str]]
    distinct: Sequence[Answer]
    rows: Sequence[tuple[int, ...]]
    combinations: Sequence[int]

    def find(self, access: str, role: str, size: str, capability: str) -> list[Answer]:
        """Return the answers of a combination, in the order of the catalog."""
        place = 0
        for name, choice in zip(self.choices, (access, role, size, capability), strict=True):
            place = place * len(self.choices[name]) + self.choices[name].index(choice)
        return [self.distinct[number] for number in self.rows[self.combinations[place]]]

    def list_changes(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield role, level before, level after and a letter for each safeguard: lost, weaker, kept, gained or -."""
        levels = self.choices["access"]
        for role, before, after in product(self.choices["role"], levels, levels):
            yield role, before, after, self.compare(role, before, after)

    def compare(self, role: str, before: str, after: str) -> str:
        """Return the first letter of what happens to each safeguard, or - where the role does not carry it out."""
        changes = compare_access(self.catalog, self.ladder, before, after, role).changes
        kinds = {change.safeguard.id: change.kind for change in changes}
        return "".join(kinds.get(safeguard.id, "-")[0] for safeguard in self.catalog.safeguards)

    def tell_change(self, answer: Answer, letters: str) -> str:
        """Return in a word what happened to a safeguard, or nothing where it stays as it was or is not asked."""
        place = [safeguard.id for safeguard in self.catalog.safeguards].index(answer.safeguard)
        return CHANGES[letters[place]] if answer.part != NOT_ASKED and letters[place] != "k" else ""

    def to_data(self) -> dict[str, object]:
        """Return what the page holds beside the texts, as small as it can be said."""
        kinds = list(self.list_changes())
        distinct = list(dict.fromkeys(letters for *_, letters in kinds))
        return {
            "choices": self.choices,
            "start": DEFAULT,
            "marks": MARKS,
            "kind_words": tuple(CHANGES.items()),
            "about": describe_choices(self.catalog, self.ladder),
            "rows": self.rows,
            "summaries": [summarize([self.distinct[number] for number in row]) for row in self.rows],
            "combinations": self.combinations,
            "kinds": distinct,
            "changes": [distinct.index(letters) for *_, letters in kinds],
        }


def describe_choices(catalog: Catalog, ladder: Ladder) -> Mapping[str, Mapping[str, str]]:
    """Return what each access level, role, size and level of capability means."""
    access = {level.id: level.adds for level in ladder.access_levels.values()}
    capability = {level.id: level.means for level in catalog.capabilities.levels.values()}
    return {
        "access": access,
        "role": read_glossary()["roles"],
        "size": read_glossary()["sizes"],
        "capability": capability,
    }


def summarize(answers: Sequence[Answer]) -> str:
    """Return how many safeguards can be carried out, cannot work and are not asked."""
    parts = Counter(answer.part for answer in answers)
    required = sum(answer.required for answer in answers)
    if not parts[TODO] + parts[CANNOT]:
        return f"None of the {len(answers)} safeguards is asked here."
    told = [f"{parts[TODO]} can be carried out{_tell_required(required, parts[TODO])}"]
    told += [f"{parts[CANNOT]} cannot work here"] if parts[CANNOT] else []
    told += [f"{parts[NOT_ASKED]} {'is' if parts[NOT_ASKED] == 1 else 'are'} not asked"] if parts[NOT_ASKED] else []
    return "; ".join(told) + "."


def _tell_required(required: int, of: int) -> str:
    if not required:
        return ""
    return f", {required} of them required" if required < of else ", all required" if of > 1 else ", and is required"


def count_changes(answers: Sequence[Answer], letters: str) -> Mapping[str, int]:
    """Return how many of the safeguards that are asked have each letter."""
    return Counter(letter for one, letter in zip(answers, letters, strict=True) if one.part != NOT_ASKED)


def collect_answers(catalog: Catalog, ladder: Ladder) -> Answers:
    """Return what the evaluator says of every combination."""
    choices = {
        "access": tuple(ladder.access_levels),
        "role": ROLES,
        "size": SIZES,
        "capability": tuple(catalog.capabilities.levels),
    }
    found = [answer(build_plan(*combination), catalog, ladder) for combination in product(*choices.values())]
    numbers = {one: number for number, one in enumerate(dict.fromkeys(chain.from_iterable(found)))}
    listed = [tuple(map(numbers.__getitem__, answers)) for answers in found]
    rows = {row: number for number, row in enumerate(dict.fromkeys(listed))}
    return Answers(
        catalog=catalog,
        ladder=ladder,
        choices=choices,
        distinct=tuple(numbers),
        rows=tuple(rows),
        combinations=tuple(map(rows.__getitem__, listed)),
    )


def build_plan(access: str, role: str, size: str, capability: str) -> Plan:
    """Return a plan that opens one channel and claims nothing, of a model so small that its capability counts."""
    return Plan(
        path="explorer",
        sha256="",
        model=Model(name="explorer", parameters=1.0, capability=capability),
        organization=Organization(role=role, size=size),
        channels=(Channel(id=access, access=access, opens=OPENS),),
        claims={},
    )


def answer(plan: Plan, catalog: Catalog, ladder: Ladder) -> list[Answer]:
    """Return the evaluator's answer for each safeguard."""
    try:
        report = evaluate(plan, catalog, ladder, CHECKED)
    except NothingToEvaluate:
        return _answer_nothing_asked(plan, catalog, ladder)
    part_of, context = dict(_list_parts(report.partition)), rebuild_context(report)
    return [
        _build_answer(finding.safeguard, part_of[finding.safeguard.id], finding.channels[0], context)
        for finding in report.findings
    ]


def _list_parts(partition: Partition) -> Iterator[tuple[str, str]]:
    for part, ids in ((TODO, partition.to_do), (CANNOT, partition.cannot_work), (NOT_ASKED, partition.not_asked)):
        yield from ((name, part) for name in ids)


def _build_answer(safeguard: Safeguard, part: str, result: ChannelResult, context: Context) -> Answer:
    if part == NOT_ASKED:
        return Answer(safeguard=safeguard.id, part=part, flag=result.flag, reason=result.reason)
    case = build_case(safeguard, context.places[0], None, context)
    rules = build_rules(case)
    return Answer(
        safeguard=safeguard.id,
        part=part,
        flag=result.flag,
        required=result.required and part == TODO,
        reason=case.judgement.reason,
        condition=case.judgement.condition,
        tested=_TESTED[rules.casual] if part == TODO and rules.needs_tamper else "",
        asks=case.asked if part == TODO else Asked.NOTHING,
    )


def _answer_nothing_asked(plan: Plan, catalog: Catalog, ladder: Ladder) -> list[Answer]:
    context = build_context(plan, catalog, ladder, CHECKED, EvaluationOverrides())
    judged = [(one, judge_on(one, context.places[0], (), context)) for one in catalog.safeguards]
    return [Answer(safeguard=one.id, part=NOT_ASKED, flag=found.flag, reason=found.reason) for one, found in judged]
