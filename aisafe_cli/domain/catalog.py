"""Catalogs and access levels: safeguards, alternatives, requirements."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from aisafe_cli.domain._record import record


class Mode(StrEnum):
    """A release mode. The release has the mode of its most open channel."""

    CLOSED_API = "closed_api"
    LOCAL_DOWNLOAD = "local_download"
    OPEN_WEIGHTS = "open_weights"


class Flag(StrEnum):
    """What the catalog says of a safeguard on a mode, a rung or a role."""

    COMPATIBLE = "compatible"
    CONDITIONAL = "conditional"
    CAUTIONARY = "cautionary"
    INCOMPATIBLE = "incompatible"


class Binds(StrEnum):
    """What a safeguard is done to: the model, a service in front of it, or the release as a decision or stage."""

    MODEL = "model"
    SERVICE = "service"
    RELEASE = "release"


ROLES = ("developer", "fine_tuner", "deployer", "hosting_platform", "distributor")
SIZES = ("solo", "small", "medium", "large")
CAPABILITIES = ("low", "moderate", "high", "severe", "unknown")


# --- the catalog and the ladder -------------------------------------------------------------------------------------


@record
class Reference:
    """Something the catalog cites."""

    id: str
    title: str
    kind: str
    year: int | None = None
    locator: str | None = None


@record
class Judgement:
    """A flag with its reason. `condition` says what has to be true where the flag is conditional."""

    flag: Flag
    reason: str
    condition: str = ""


@record
class Locator:
    """Where a safeguard stands in its document. `sha256_of_letters` is taken over its letters alone, in lower case."""

    page: int
    row: int
    bullet: int
    opens_with: str
    ends_with: str
    sha256_of_letters: str


@record
class Precondition:
    """When a safeguard applies: a channel with one of the properties, or a plan with one of the capabilities."""

    channel_has: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    reason: str


@record
class TamperRule:
    """Where a claim may be relied on only with a tamper evaluation."""

    channel_has: frozenset[str]
    unless_against: str | None = None
    reason: str


@record
class Cited:
    """What a reference says, in the catalog's words."""

    reference: str
    says: str


@record
class Safeguard:
    """One entry of a catalog."""

    id: str
    slug: str
    title: str
    group: str
    statement: str
    question: str
    locator: Locator
    binds: Binds
    roles: tuple[str, ...]
    modes: Mapping[Mode, Judgement]
    by_access: Mapping[str, Judgement]
    by_role: Mapping[str, Judgement]
    evidence_counts: tuple[str, ...]
    tamper_rule: TamperRule | None = None
    applies_when: Precondition | None = None
    stageable: bool = False
    weights_decision: bool = False
    effort: int
    remedy: str
    alternatives: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    objections: tuple[Cited, ...] = ()
    references: tuple[str, ...] = ()

    def judgement_on(self, role: str, access_level: AccessLevel) -> Judgement:
        """Return the flag with its reason: the role's exception, else that of the access level, else the mode's."""
        return self.by_role.get(role) or self.by_access.get(access_level.id) or self.modes[access_level.mode]

    def flag_on(self, role: str, access_level: AccessLevel) -> Flag:
        """Return the flag for a role at an access level."""
        return self.judgement_on(role, access_level).flag


@record
class Alternative:
    """Something a release can do instead of a safeguard that cannot work.

    `strength` is strong, moderate or weak; `effect` is prevents, slows, informs or repairs, or empty.
    """

    id: str
    title: str
    does: str
    limits: str
    strength: str
    effort: int
    evidence: tuple[Cited, ...]
    effect: str = ""


@record
class RequirementRow:
    """What is required of one size at one capability: a rule's name or a set of safeguard ids."""

    rule: str = ""
    safeguards: frozenset[str] = frozenset()


@record
class Requirements:
    """Which safeguards are required, by (size, capability)."""

    reason: str
    always: frozenset[str]
    only_for_capability: Mapping[str, frozenset[str]]
    profiles: Mapping[tuple[str, str], RequirementRow]


@record
class Document:
    """The guidance document that a catalog encodes, and its standing."""

    title: str
    identifier: str
    publisher: str
    status: str
    published: str
    part: str
    later_versions: str
    sha256: str | None = None


@record
class ModeInfo:
    """What a release mode means."""

    id: Mode
    title: str
    means: str


@record
class AccessLevel:
    """One step of the access ladder. A higher rank opens more; properties say what outsiders can do with weights."""

    id: str
    title: str
    rank: int
    mode: Mode
    properties: frozenset[str]
    adds: str
    misuse_vectors: tuple[str, ...]
    developer_controls: tuple[str, ...]
    mozilla: tuple[str, ...] = ()
    solaiman: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether outsiders get weights that they can read and change."""
        return "readable_weights" in self.properties


@record
class Ladder:
    """The rungs by id, least open first, and the three modes."""

    access_levels: Mapping[str, AccessLevel]
    modes: Mapping[Mode, ModeInfo]
    references: Mapping[str, Reference]
    sha256: str


@record
class Catalog:
    """A guidance document encoded: safeguards in document order, alternatives, requirements."""

    id: str
    version: str
    title: str
    inferences: tuple[str, ...]
    path: str
    sha256: str
    document: Document
    groups: Mapping[str, str]
    practices: Mapping[str, str]
    safeguards: tuple[Safeguard, ...]
    alternatives: Mapping[str, Alternative]
    requirements: Requirements
    references: Mapping[str, Reference]
