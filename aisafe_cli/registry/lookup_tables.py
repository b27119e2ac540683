"""Tables of what the evaluator says, each made by calling it, for one catalog, one policy and one day.

Nothing is decided here. What a table lacks is asked of the evaluator once, when a row needs it first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import CAPABILITIES, ROLES, SIZES, Binds, Ladder, Safeguard
from aisafe_cli.domain.outcome import OUTCOME_ORDER, Level, Outcome, Why
from aisafe_cli.domain.plan import Channel, Claim, Evidence, EvidenceState, License, Model, Organization, Plan, Position
from aisafe_cli.domain.report import ChannelResult, CountedCapability, Finding, PlanFinding
from aisafe_cli.domain.score import Coverage
from aisafe_cli.evaluation.decision import decide
from aisafe_cli.evaluation.facts import Case, Context, build_case, build_context, build_facts, build_rules, is_asked
from aisafe_cli.evaluation.plan_checks import check_plan
from aisafe_cli.evaluation.profile import is_required, rate_level
from aisafe_cli.evaluation.scores import compute_coverage
from aisafe_cli.evaluation.stages import Place
from aisafe_cli.gate.blocks import does_block, is_under
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.registry.columns import (
    AGAINST,
    GATES,
    OPERATORS,
    RESULTS,
    STATUSES,
    TYPES,
    Names,
    split_license,
)
from aisafe_cli.session.folder_settings import FolderSettings

OUTCOMES = tuple(Outcome)
_MOST_BITS = 50  # of a number that has a capability beside them
_MOST_KEYS = 200_000  # a table that has more is begun anew, so that memory stays flat
_MOST_CAPABILITIES = 32
_EVIDENCE_BITS = len(TYPES) * len(RESULTS)
_PROFILE = "profile."


def can_cover(settings: FolderSettings) -> bool:
    """Return whether the tables know everything that a catalog and a configuration say."""
    catalog, limits = settings.catalog, settings.overrides.age_limits
    beyond = (
        catalog.asked_of,
        catalog.exemptions,
        catalog.weights_public,
        catalog.requirements.at_least_one,
        any(safeguard.parts or safeguard.answered_by for safeguard in catalog.safeguards),
        any(binds.is_judged_once for binds in catalog.requirements.third_party.binds),
        max(len(catalog.alternatives), len(catalog.safeguards)) > _MOST_BITS,
        limits.days is not None or limits.by_safeguard,
        any(one.value is not None for one in settings.settings if one.name.startswith(_PROFILE)),
        settings.policy.must_satisfy,
        settings.notes,
        settings.others,
    )
    return not any(beyond)


class Tables:
    """What the evaluator says, by the numbers of `Columns`."""

    def __init__(self, settings: FolderSettings, ladder: Ladder, as_of: date) -> None:
        self._settings, self._ladder, self._as_of = settings, ladder, as_of
        self._catalog, self._policy = settings.catalog, settings.policy
        self.levels = sorted(ladder.access_levels.values(), key=lambda level: level.rank)
        self.safeguards = self._catalog.safeguards
        self.judged_once = np.array([safeguard.binds.is_judged_once for safeguard in self.safeguards])
        self.names = _build_names(settings, [level.id for level in self.levels])
        self.kinds: list[str] = []  # of findings on plans that block, each a bit of a number
        self._known: dict[str, dict[Any, Any]] = {}
        self._capabilities: list[CountedCapability] = []
        self._models: list[Model] = []
        self._cases: list[Case] = []
        self._claims: list[Claim | None] = [None]
        self._decisions = np.zeros((0, 0), dtype=np.uint8)
        self._places: list[tuple[list[int], list[bool]]] = []
        self._asked: list[tuple[list[bool], list[list[bool]]]] = []
        self._licenses: list[License | None] = []
        self._plain = self._build_context("developer", "large", Model(name="x"), self._open(range(len(self.levels))))
        self._variants = self._list_variants()
        self._alike = self._merge_types()
        self.silence = self._block(self._find_on_plan(self._plain, ())) & ~self._block(
            self._find_on_plan(self._plain, (self._answer(Outcome.SATISFIED),))
        )

    # --- what is said of the plan -----------------------------------------------------------------------------------

    def count_capability(self, declared: Any, parameters: Any, evidence: Any) -> tuple[Any, Any]:
        """Return the capabilities that count, by number, and the kinds of findings on them that block."""
        floor = self._catalog.requirements.floor
        bound = float((floor and floor.parameters_under) or 1)
        sizes = (None, bound / 2, bound)

        def make(key: int) -> tuple[int, int]:
            key, bits = divmod(key, 1 << _EVIDENCE_BITS)
            model = Model(
                name="x",
                capability=CAPABILITIES[key // 3],
                parameters=sizes[key % 3],
                capability_evidence=_build_evidence(bits),
            )
            context = self._build_context("developer", "large", model, self._open([0]))
            found = self._find_on_plan(context, (self._answer(Outcome.SATISFIED),))
            return self._number_capability(context.capability, model), self._block(found)

        size = np.where(parameters == 0, 0, np.where(parameters < bound, 1, 2))
        keys = ((declared * 3 + size) << _EVIDENCE_BITS) + self._reduce(evidence)
        found = self._look_up("capability", keys, make)
        return found[:, 0], found[:, 1]

    def find_on_channels(self, access: Any, gate: Any, terms: Any, licenses: Sequence[str | None]) -> Any:
        """Return the kinds of findings on channels that block, as bits."""

        def make(key: int) -> int:
            key, level = divmod(key, len(self.levels))
            terms, gate = divmod(key, len(GATES))
            (channel,) = self._open([level])
            channel = replace(channel, gated=GATES[gate], license=self._licenses[terms])
            context = self._build_context("developer", "large", Model(name="x"), (channel,))
            found = check_plan(context, (self._answer(Outcome.SATISFIED),))
            return self._block(one for one in found if one.channel is not None)

        if len(self._licenses) > _MOST_KEYS:
            self._licenses.clear()
            self._known["channel"], self._known["numbers of license"] = {}, {}
        named = np.flatnonzero(np.bincount(terms, minlength=len(licenses)))
        numbers = np.zeros(len(licenses), dtype=np.int64)
        numbers[named] = [self._number_license(licenses[number]) for number in named]
        keys = (numbers[terms] * len(GATES) + gate) * len(self.levels) + access
        return self._look_up("channel", keys, make)

    def score(self, outcomes: Any, fail_under: Any) -> tuple[Any, Any, Any]:
        """Return the declared coverage in percent, -1 for none, whether it is too low, and of how many it is."""
        counted = [compute_coverage([outcome]) for outcome in OUTCOMES]
        size = len(self.safeguards) + 1
        worth = np.array([(one.satisfied * size + one.partial) * size + one.applicable for one in counted])

        def make(key: int) -> tuple[int, int, int]:
            key, least = divmod(key, 101)
            coverage = Coverage(satisfied=key // size**2, partial=key // size % size, applicable=key % size)
            percent = coverage.score.percent
            return -1 if percent is None else percent, is_under(coverage.score, least), coverage.applicable

        found = self._look_up("coverage", worth[outcomes].sum(axis=1) * 101 + fail_under, make)
        return found[:, 0], found[:, 1] == 1, found[:, 2]

    def answers(self) -> Any:
        """Return for each outcome whether a plan with it alone answers something."""
        found = [self._find_on_plan(self._plain, (self._answer(outcome),)) for outcome in OUTCOMES]
        return np.array([self._block(one) & self.silence == 0 for one in found])

    # --- safeguards in places ---------------------------------------------------------------------------------------

    def place(self, role: Any, size: Any, capability: Any, access: Any, operator: Any, beside: Any) -> tuple[Any, Any]:
        """Return of each safeguard on each channel which kind of case it is there, and whether it is required.

        `beside` says whether others operate what nobody can bind them to: the plan has a channel at such a level.
        """

        def make(key: int) -> int:
            key, is_beside = divmod(key, 2)
            key, operated = divmod(key, len(OPERATORS))
            key, level = divmod(key, len(self.levels))
            key, counted = divmod(key, _MOST_CAPABILITIES)
            (channel,) = self._open([level], OPERATORS[operated])
            others = [number for number, bit in enumerate(self.list_beside()) if bit][:1] if is_beside else []
            channels = (channel, *(replace(one, id="beside") for one in self._open(others)))
            context = self._build_context(
                ROLES[key // len(SIZES)], SIZES[key % len(SIZES)], self._models[counted], channels
            )
            place = next(place for place in context.places if place.channel is channel)
            cases = [build_case(safeguard, place, None, context) for safeguard in self.safeguards]
            self._places.append((list(map(self._number_case, cases)), [_is_required(one, context) for one in cases]))
            return len(self._places) - 1

        keys = (role * len(SIZES) + size) * _MOST_CAPABILITIES + capability
        keys = ((keys * len(self.levels) + access) * len(OPERATORS) + operator) * 2 + beside
        found = self._look_up("place", keys, make)
        kinds, required = (np.array(part) for part in zip(*self._places, strict=True))
        return kinds[found], required[found]

    def list_beside(self) -> Any:
        """Return for each access level whether anybody can get the weights at it."""
        levels = self._catalog.requirements.third_party.recommended_beside
        return np.array([level.id in levels for level in self.levels])

    def ask(self, role: Any, capability: Any, access: Any) -> tuple[Any, Any]:
        """Return which safeguards are asked of the release, and which on a channel at each access level.

        `access` has the access levels of each plan as bits. What is asked depends on their properties and modes.
        """

        def make(key: int) -> int:
            key, bits = divmod(key, 1 << len(self.levels))
            numbers = [number for number in range(len(self.levels)) if bits >> number & 1]
            levels = [self.levels[number] for number in numbers]
            properties = frozenset(name for level in levels for name in level.properties)
            alike = (key, properties, frozenset(level.mode for level in levels))
            return self._number("asked", alike, self._asked, lambda: self._list_asked(key, numbers))

        keys = ((role * _MOST_CAPABILITIES + capability) << len(self.levels)) + access
        found = self._look_up("asked sets", keys, make)
        of_release, on_channels = (np.array(part) for part in zip(*self._asked, strict=True))
        return of_release[found], on_channels[found]

    def _list_asked(self, key: int, numbers: Sequence[int]) -> tuple[list[bool], list[list[bool]]]:
        role, counted = divmod(key, _MOST_CAPABILITIES)
        context = self._build_context(ROLES[role], "large", self._models[counted], self._open(numbers))
        on_channels = [self._are_asked((place,), context) for place in self._plain.places]
        return self._are_asked(context.places, context), on_channels

    def _are_asked(self, places: Sequence[Place], context: Context) -> list[bool]:
        return [is_asked(safeguard, places, context) for safeguard in self.safeguards]

    def block(self, capability: Any, adopted: Any) -> tuple[Any, Any]:
        """Return whether outcomes block: by capability, whether required and outcome; and which that cannot work do.

        What cannot work is told for each plan and safeguard, since it depends on the alternatives that are adopted.
        """

        def make(key: int) -> int:
            counted, bits = divmod(key, 1 << len(self.names.alternatives))
            chosen = {name for number, name in enumerate(self.names.alternatives) if bits >> number & 1}
            blocking = 0
            for number, safeguard in enumerate(self.safeguards):
                adopted = [name for name in safeguard.alternatives if name in chosen]
                blocking |= self._does_block(Outcome.INCOMPATIBLE, False, adopted, counted) << number
            return blocking

        cells = product(range(len(self._capabilities)), (False, True), OUTCOMES)
        table = [self._does_block(outcome, required, (), number) for number, required, outcome in cells]
        bits = self._look_up("adopted", (capability << len(self.names.alternatives)) + adopted, make)
        return np.array(table).reshape(-1, 2, len(OUTCOMES)), (
            bits[:, None] >> np.arange(len(self.safeguards)) & 1
        ).astype(bool)

    def _does_block(self, outcome: Outcome, required: bool, adopted: Iterable[str], capability: int) -> bool:
        level = rate_level(outcome, required, adopted, self._catalog, self._capabilities[capability])
        return does_block(level, self._policy)

    # --- claims and outcomes ----------------------------------------------------------------------------------------

    def find_claims(self, status: Any, against: Any, evidence: Any) -> Any:
        """Return claims by number, as far as they differ in what the evaluator takes from them; 0 stands for none."""

        def make(key: int) -> int:
            key, bits = divmod(key, 1 << _EVIDENCE_BITS)
            status, against = divmod(key, len(AGAINST))
            claim = Claim(status=STATUSES[status], against=AGAINST[against], evidence=_build_evidence(bits))
            return self._number("claim facts", self._list_facts(claim), self._claims, lambda: claim)

        return self._look_up(
            "claim", ((status * len(AGAINST) + against) << _EVIDENCE_BITS) + self._reduce(evidence), make
        )

    def decide(self, kinds: Any, claims: Any) -> Any:
        """Return the outcomes of claims in cases, by number, the worst first."""
        before = self._decisions.shape
        if before != (len(self._cases), len(self._claims)):
            grown = np.zeros((len(self._cases), len(self._claims)), dtype=np.uint8)
            grown[: before[0], : before[1]] = self._decisions
            for kind, case in enumerate(self._cases):
                for claim in range(before[1] if kind < before[0] else 0, len(self._claims)):
                    grown[kind, claim] = OUTCOME_ORDER[_decide(replace(case, claim=self._claims[claim]))]
            self._decisions = grown
        return self._decisions[kinds, claims]

    def _number_case(self, case: Case) -> int:
        rule = case.safeguard.tamper_rule
        against = rule.unless_against if rule else None
        kind = (build_rules(case), case.judgement.flag, case.judgement.condition_needs, case.asked, against)
        return self._number("case", kind, self._cases, lambda: case)

    def _list_facts(self, claim: Claim) -> tuple[object, ...]:
        return tuple(build_facts(replace(case, claim=claim)) for case in self._variants)

    def _list_variants(self) -> list[Case]:
        """Return cases that differ in all that makes the evaluator take different facts from one claim."""
        needs = {"": None, self._catalog.requirements.third_party.condition_needs: None}
        rules: dict[str | None, Safeguard] = {}
        for one in self.safeguards:
            rules.setdefault(one.tamper_rule.unless_against if one.tamper_rule else None, one)
            for judgements in (one.modes, one.by_access, one.by_role):
                needs |= {judgement.condition_needs: None for judgement in judgements.values()}
        cases = [build_case(one, self._plain.places[0], None, self._plain) for one in rules.values()]
        return [
            replace(case, judgement=replace(case.judgement, condition_needs=kind)) for case in cases for kind in needs
        ]

    def _merge_types(self) -> list[int]:
        """Return for each type of evidence the first that the evaluator takes for the same, whatever it says."""
        seen: dict[object, int] = {}
        alike = []
        for number in range(len(TYPES)):
            claims = [
                Claim(status=STATUSES[0], evidence=_build_evidence(1 << number * len(RESULTS) + result))
                for result in range(len(RESULTS))
            ]
            alike.append(seen.setdefault(tuple(map(self._list_facts, claims)), number))
        return alike

    def _reduce(self, evidence: Any) -> Any:
        """Return sets of evidence with one type for all that the evaluator takes for the same."""
        reduced = np.zeros(len(evidence), dtype=np.int64)
        for number, alike in enumerate(self._alike):
            part = evidence >> (number * len(RESULTS)) & ((1 << len(RESULTS)) - 1)
            reduced |= part << (alike * len(RESULTS))
        return reduced

    # --- keys and numbers -------------------------------------------------------------------------------------------

    def _look_up(self, table: str, keys: Any, make: Callable[[int], Any]) -> Any:
        """Return what a table has for each key; what it lacks is made."""
        encoded = pa.array(keys).dictionary_encode()
        known = self._known.setdefault(table, {})
        if len(known) > _MOST_KEYS:
            known.clear()
        asked = encoded.dictionary.to_pylist()
        for key in asked:
            if key not in known:
                known[key] = make(key)
        found = np.array([known[key] for key in asked], dtype=np.int64)
        return found[encoded.indices.to_numpy()]

    def _number(self, table: str, key: object, items: list[Any], make: Callable[[], Any]) -> int:
        """Return the number of what a key stands for in a list; what is new is added."""
        known = self._known.setdefault(f"numbers of {table}", {})
        if key not in known:
            known[key] = len(items)
            items.append(make())
        number: int = known[key]
        return number

    def _number_capability(self, counted: CountedCapability, model: Model) -> int:
        key = (counted.level, counted.counts_as)
        number = self._number("capability", key, self._capabilities, lambda: counted)
        if number == len(self._models):
            self._models.append(model)
        return number

    def _number_license(self, key: str | None) -> int:
        return self._number("license", key, self._licenses, lambda: self._parse_license(key))

    def _parse_license(self, key: str | None) -> License | None:
        if key is None:
            return None
        channel = {"id": "x", "access": self.levels[0].id, "license": split_license(key)}
        plan = {"schema_version": 1, "model": {"name": "x"}, "channels": [channel]}
        return parse_plan(json.dumps(plan, ensure_ascii=False).encode(), "", self._catalog).channels[0].license

    def _open(self, numbers: Iterable[int], operator: str = "self") -> tuple[Channel, ...]:
        return tuple(Channel(id=str(number), access=self.levels[number].id, operator=operator) for number in numbers)

    def _build_context(self, role: str, size: str, model: Model, channels: tuple[Channel, ...]) -> Context:
        organization = Organization(role=role, size=size)
        plan = Plan(path="", sha256="", model=model, organization=organization, channels=channels, claims={})
        return build_context(plan, self._catalog, self._ladder, self._as_of, self._settings.overrides)

    def _answer(self, outcome: Outcome) -> Finding:
        """Return a finding of which nothing but its outcome counts."""
        note = Level.NOTE
        flag = self._variants[0].judgement.flag
        result = ChannelResult(
            channel="", outcome=outcome, why=Why.CLAIMED, flag=flag, level=note, required=False, reason=""
        )
        return Finding(
            safeguard=self.safeguards[0],
            outcome=outcome,
            level=note,
            reason="",
            remedy="",
            position=Position(),
            channels=(result,),
        )

    def _find_on_plan(self, context: Context, findings: Sequence[Finding]) -> list[PlanFinding]:
        return [finding for finding in check_plan(context, findings) if finding.channel is None]

    def _block(self, findings: Iterable[PlanFinding]) -> int:
        """Return the kinds of those findings that block, as bits."""
        blocking = 0
        for finding in findings:
            if does_block(finding.level, self._policy):
                blocking |= 1 << self._number("kind", finding.kind, self.kinds, partial(str, finding.kind))
        return blocking


def _build_names(settings: FolderSettings, levels: Sequence[str]) -> Names:
    numbered = list(enumerate(settings.catalog.safeguards))
    return Names(
        access_levels=levels,
        alternatives=tuple(settings.catalog.alternatives),
        safeguards={name: number for number, one in numbered for name in (one.id, one.slug)},
        held_before=frozenset(
            number for number, one in numbered if one.holds_until_opened or one.binds is Binds.ORGANIZATION
        ),
    )


def _build_evidence(bits: int) -> tuple[Evidence, ...]:
    """Return a piece of evidence for each bit, as an address, which is never looked at."""
    numbers = [number for number in range(_EVIDENCE_BITS) if bits >> number & 1]
    return tuple(
        Evidence(
            ref="",
            type=TYPES[number // len(RESULTS)],
            result=RESULTS[number % len(RESULTS)],
            state=EvidenceState.NOT_FETCHED,
        )
        for number in numbers
    )


def _is_required(case: Case, context: Context) -> bool:
    """Return whether a safeguard is required in a place, as the evaluator asks it there."""
    safeguard, place = case.safeguard, case.place
    flag = safeguard.flag_on(context.role, place.access_level)
    if safeguard.binds.is_judged_once:
        flag = case.judgement.flag
    return is_required(safeguard, flag, place.channel, context)


def _decide(case: Case) -> Outcome:
    return decide(build_rules(case), build_facts(case)).outcome
