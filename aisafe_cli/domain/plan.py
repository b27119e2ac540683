"""Release plans: model, channels, claims, evidence, waivers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from aisafe_cli.domain._record import record, replace
from aisafe_cli.text.annotations import NamedTuple
from aisafe_cli.text.enums import StrEnum


class Status(StrEnum):
    """How far a claim says a safeguard is carried out."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partial"
    PLANNED = "planned"
    NOT_IMPLEMENTED = "not_implemented"
    UNANSWERED = "unanswered"


TAMPER_EVALUATION = "tamper_evaluation"
RELIED_ON = (Status.IMPLEMENTED, Status.PARTIAL)


class EvidenceState(StrEnum):
    """What is known of a piece of evidence that a plan names.

    `unchecked`: nobody looked, as for a plan that was made in memory. `found`: the file is there, with the SHA-256 that
    the plan gives, if it gives one. `not_fetched`: an address, which is never opened. `locator`: neither a path nor an
    address. The others speak against it. `absent`, `altered`, `outside` the repository, `not_a_file`, `empty` and
    `unreadable` are about the file; `stale`, `undated` and `not_yet` about its date.
    """

    UNCHECKED = "unchecked"
    FOUND = "found"
    NOT_FETCHED = "not_fetched"
    LOCATOR = "locator"
    ABSENT = "absent"
    ALTERED = "altered"
    OUTSIDE = "outside"
    NOT_A_FILE = "not_a_file"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    STALE = "stale"
    UNDATED = "undated"
    NOT_YET = "not_yet"


# A state that is not listed here speaks against the evidence: a new one is doubtful until somebody decides otherwise.
_UNDOUBTED = frozenset({EvidenceState.UNCHECKED, EvidenceState.FOUND, EvidenceState.NOT_FETCHED, EvidenceState.LOCATOR})


class Position(NamedTuple):
    """A place in a file. Both count from 1."""

    line: int = 1
    column: int = 1


# --- the plan -------------------------------------------------------------------------------------------------------


@record
class Evidence:
    """Something that a plan names as evidence. `problem` says in words what speaks against it, if anything does.

    `result` is supports, mixed or contradicts; left out, it supports, but a tamper evaluation then shows nothing. `by`
    is self or independent.
    """

    ref: str
    type: str = "other"
    date: datetime.date | None = None
    sha256: str | None = None
    result: str | None = None
    by: str = "self"
    state: EvidenceState = EvidenceState.UNCHECKED
    problem: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether something speaks against it, so that it shows nothing."""
        return self.state not in _UNDOUBTED

    @property
    def is_to_be_made(self) -> bool:
        """Whether to put it right is work: to renew it or to fill its file. Else only the plan or a place changes."""
        return self.state in (EvidenceState.STALE, EvidenceState.EMPTY)

    @property
    def supports(self) -> bool:
        """Whether it shows what it is named for, as far as anybody knows."""
        stated = self.result or (None if self.type == TAMPER_EVALUATION else "supports")
        return stated == "supports" and not self.is_doubtful

    def is_outdated_by(self, other: Evidence) -> bool:
        """Return whether the other piece is later and supports the claim, so that this one speaks of the past."""
        if self.date is None or other.date is None:
            return False
        return other.supports and other.date > self.date


@record
class Claim:
    """What the plan says of a safeguard, or of another that answers it, `answered_by`; no channels stand for all."""

    status: Status
    channels: tuple[str, ...] = ()
    against: str = "malicious_actors"
    evidence: tuple[Evidence, ...] = ()
    owner: str | None = None
    note: str | None = None
    position: Position = Position()
    answered_by: str = ""

    @property
    def is_relied_on(self) -> bool:
        """Whether the plan says that the safeguard is carried out, at least in part."""
        return self.status in RELIED_ON

    def shows(self, kind: str) -> bool:
        """Return whether it names evidence of a type that supports it."""
        return any(item.type == kind and item.supports for item in self.evidence)


def find_counterevidence(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the pieces that contradict a claim or are mixed, unless a later one supports it."""
    against = [item for item in evidence if item.result in ("mixed", "contradicts") and not item.is_doubtful]
    return tuple(item for item in against if not any(map(item.is_outdated_by, evidence)))


def list_named_channels(scoped: Iterable[Claim | Waiver]) -> set[str]:
    """Return the channels that claims or waivers name."""
    return {channel for one in scoped for channel in one.channels}


@record
class License:
    """A license as the plan names it, with the class that it declares and the class derived from its identifier."""

    id: str | None = None
    name: str | None = None
    url: str | None = None
    declared_class: str | None = None
    derived_class: str | None = None


@record
class Channel:
    """One way to the model; `operator` is self or third_party, `audience` public, registered or approved, or None."""

    id: str
    access: str
    opens: datetime.date | None = None
    closes: datetime.date | None = None
    operator: str = "self"
    variant: str | None = None
    url: str | None = None
    audience: str | None = None
    gated: bool | str = False
    license: License | None = None
    position: Position = Position()

    @property
    def opening(self) -> datetime.date:
        """The day it opens; one left out counts as before every other."""
        return self.opens or datetime.date.min

    def is_open_on(self, day: datetime.date) -> bool:
        """Return whether it has opened by a day and not closed yet."""
        return self.opening <= day and not (self.closes and self.closes <= day)


@record
class ComparableModel:
    """A model that anybody can download; `compares` is weaker, as_capable or stronger, than the model of the plan."""

    name: str
    compares: str
    evidence: tuple[Evidence, ...] = ()


@record
class Model:
    """The model that is released, as the plan describes it. `parameters` is a count.

    `systemic_risk` is None where the plan does not know or say it; `training_compute` is in floating-point operations.
    """

    name: str
    version: str | None = None
    developer: str | None = None
    parameters: float | None = None
    base_models: tuple[str, ...] = ()
    base_model_relation: str | None = None
    purl: str | None = None
    capability: str = "unknown"
    capability_evidence: tuple[Evidence, ...] = ()
    systemic_risk: bool | None = None
    training_compute: float | None = None
    comparable_open_models: tuple[ComparableModel, ...] = ()
    position: Position = Position()


@record
class Organization:
    """Who makes the release."""

    role: str = "developer"
    size: str = "large"


@record
class ReleasedFile:
    """A file that is released, by name and SHA-256."""

    name: str
    sha256: str


@record
class Adoption:
    """An alternative that the plan says it carries out."""

    id: str
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None
    position: Position = Position()

    @property
    def counts(self) -> bool:
        """Whether nothing speaks against the evidence that it names, if it names any."""
        return not any(item.is_doubtful for item in self.evidence) and not find_counterevidence(self.evidence)


@record
class Waiver:
    """An exception from `granted` through `expires`; no channels stand for all. A trusted revision may not grant it."""

    safeguard: str
    channels: tuple[str, ...] = ()
    reason: str
    owner: str
    granted: datetime.date
    expires: datetime.date
    position: Position = Position()
    trusted: bool = True


@record
class Plan:
    """A release plan.

    `undeclared` names the profile fields that were left out and so took their strictest value, and `pinned` those that
    the configuration set in the plan's place. `path` is how the plan was named, and `place` where readers of a report
    find it: from the top of its repository, the same from every working folder.
    """

    path: str
    sha256: str
    model: Model
    organization: Organization
    channels: tuple[Channel, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    adoptions: tuple[Adoption, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    files: tuple[ReleasedFile, ...] = ()
    fail_under: int = 0
    undeclared: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    safeguards_position: Position = Position()
    place: str = ""

    @property
    def channel_ids(self) -> tuple[str, ...]:
        """The ids of its channels."""
        return tuple(channel.id for channel in self.channels)

    @property
    def every_claim(self) -> tuple[Claim, ...]:
        """The claims on all safeguards."""
        return tuple(chain.from_iterable(self.claims.values()))

    def claim_on(self, safeguard: str, channel: str) -> Claim | None:
        """Return the claim on a safeguard whose scope covers a channel."""
        return next(iter(self.claims_on(safeguard, channel)), None)

    def claims_on(self, safeguard: str, channel: str) -> tuple[Claim, ...]:
        """Return the claims whose scope covers a channel: several where several safeguards answer this one."""
        found: dict[str, Claim] = {}
        for claim in self.claims.get(safeguard, ()):
            if channel in claim.channels:
                found[claim.answered_by] = claim
            elif not claim.channels:
                found.setdefault(claim.answered_by, claim)
        return tuple(found.values())

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence that the plan names: for its capability, its claims and the alternatives that it adopts."""
        named = [self.model.capability_evidence, *(one.evidence for one in self.model.comparable_open_models)]
        named += [claim.evidence for claim in self.every_claim]
        named += [adoption.evidence for adoption in self.adoptions]
        return tuple(chain.from_iterable(named))


def list_changed_promises(before: Plan, after: Plan, *, within: Sequence[str] | None = None) -> list[str]:
    """Return of what two plans say different things: safeguards, alternatives and what models are compared with.

    Where channels are given, only claims on them count, and it makes no difference for which of them a claim is.
    """
    was, now = _list_promises(before, within), _list_promises(after, within)
    return sorted(name for name in {*was, *now} if was.get(name) != now.get(name))


def _list_promises(plan: Plan, within: Sequence[str] | None) -> Mapping[str, object]:
    """Return what a plan says by what it is about, whatever the place in the file and the order."""
    claims = {name: _strip_claims(claims, within) - {_NO_CLAIM} for name, claims in plan.claims.items()}
    adoptions = {one.id: (one.note, _strip_evidence(one.evidence)) for one in plan.adoptions}
    compared = {one.name: _strip_evidence(one.evidence) for one in plan.model.comparable_open_models}
    capability = _strip_evidence(plan.model.capability_evidence)
    claims = {name: said for name, said in claims.items() if said}
    return {**claims, **adoptions, "capability_evidence": capability, "comparable_open_models": compared}


_NO_CLAIM = Claim(status=Status.UNANSWERED)


def _strip_claims(claims: Iterable[Claim], within: Sequence[str] | None) -> frozenset[Claim]:
    stripped = set()
    for claim in claims:
        if within is not None and claim.channels and not set(claim.channels) & set(within):
            continue
        channels = tuple(sorted(claim.channels)) if within is None else ()
        evidence = _strip_evidence(claim.evidence)
        stripped.add(replace(claim, position=Position(), channels=channels, evidence=evidence))
    return frozenset(stripped)


def _strip_evidence(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return evidence as the plan names it, without what is known of the files."""
    return tuple(sorted((replace(item, state=EvidenceState.UNCHECKED, problem="") for item in evidence), key=repr))
