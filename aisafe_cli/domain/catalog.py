"""Catalogs and access levels: safeguards, alternatives, requirements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from aisafe_cli.domain._record import record


class Mode(StrEnum):
    """A release mode. The release has the mode of its most open channel."""

    CLOSED_API = "closed_api"
    LOCAL_DOWNLOAD = "local_download"
    OPEN_WEIGHTS = "open_weights"


class Flag(StrEnum):
    """What the catalog says of a safeguard on a mode, an access level or a role."""

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
STRENGTHS = ("weak", "moderate", "strong")
# What each effort stands for, from one that costs nothing but a change of the plan.
EFFORTS = ("free", "an hour", "days", "weeks", "a standing service", "research")


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
    """A flag with its reason. `condition` says what has to be true where the flag is conditional.

    `condition_needs` is the type of evidence without which a claim does not count there, or empty.
    """

    flag: Flag
    reason: str
    condition: str = ""
    condition_needs: str = ""


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
    """When a safeguard applies. Of several conditions all have to hold; an empty one is none.

    `channel_has` and `channel_lacks` are about the properties of a channel's access level, `some_channel_has` about
    those of any channel of the plan.
    """

    channel_has: frozenset[str] = frozenset()
    channel_lacks: frozenset[str] = frozenset()
    some_channel_has: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    reason: str

    def holds_on(self, access_level: AccessLevel) -> bool:
        """Return whether what it says of a channel is true of one at an access level."""
        properties = access_level.properties
        return not self.channel_lacks & properties and (not self.channel_has or bool(self.channel_has & properties))

    def holds_for(self, capability: str, access_levels: Iterable[AccessLevel]) -> bool:
        """Return whether what it says of the plan is true of a capability and of the levels of all its channels."""
        if self.capabilities and capability not in self.capabilities:
            return False
        return not self.some_channel_has or any(level.properties & self.some_channel_has for level in access_levels)


@record
class TamperRule:
    """Where a claim may be relied on only with a tamper evaluation.

    A claim against `unless_against` only needs none. At the capabilities of `partial_at` it is partial without one.
    """

    channel_has: frozenset[str]
    unless_against: str | None = None
    partial_at: frozenset[str] = frozenset()
    reason: str

    def holds_on(self, access_level: AccessLevel) -> bool:
        """Return whether it asks for a tamper evaluation at an access level."""
        return bool(self.channel_has & access_level.properties)


@record
class Cited:
    """What a reference says, in the catalog's words."""

    reference: str
    says: str


@record
class Safeguard:
    """One entry of a catalog.

    `label` is a short name for use inside a sentence, and `done_label` says in a few words that it is done.
    """

    id: str
    slug: str
    title: str
    label: str
    done_label: str
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
    until_public: bool = False
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

    def is_ruled_out(self, role: str, access_level: AccessLevel) -> bool:
        """Return whether it cannot work at an access level."""
        return self.flag_on(role, access_level) is Flag.INCOMPATIBLE

    @property
    def holds_until_opened(self) -> bool:
        """Whether what was carried out before the release opened fully counts until then."""
        return self.stageable or self.until_public


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
class Floor:
    """What a low declared capability counts as while nothing speaks for it.

    It is lifted by fewer `parameters_under`, or where `unless_evidence` by evidence of the capability. `level` is that
    of the finding that says so.
    """

    applies_to: frozenset[str]
    counts_as: str
    parameters_under: int | None = None
    unless_evidence: bool = False
    level: str = "note"
    reason: str


@record
class EvidenceRule:
    """What a claim has to name before it counts: `named` evidence, or evidence whose file was `found`."""

    asks: str
    reason: str


@record
class ThirdPartyRule:
    """What holds on a channel that somebody else operates, for the safeguards that bind one of `binds`.

    A compatible flag becomes conditional on `condition`. Beside a channel at one of the levels of `recommended_beside`
    these safeguards are recommended there, never required.
    """

    binds: frozenset[Binds]
    condition: str
    condition_needs: str = ""
    recommended_beside: frozenset[str] = frozenset()
    reason: str


@record
class Requirements:
    """Which safeguards are required, by (size, capability), and what the declared capability is worth.

    `missing_evidence` maps a declared capability to the level of the finding that says that no evidence is named.
    `warning_lifted_by` maps a capability to the least strength of an adopted alternative that lifts the warning of a
    safeguard that cannot work; `evidence` maps (safeguard, capability) to what a claim has to name.
    """

    reason: str
    always: frozenset[str]
    only_for_capability: Mapping[str, frozenset[str]]
    profiles: Mapping[tuple[str, str], RequirementRow]
    floor: Floor | None = None
    missing_evidence: Mapping[str, str]
    evidence: Mapping[tuple[str, str], EvidenceRule]
    warning_lifted_by: Mapping[str, str]
    third_party: ThirdPartyRule


@record
class CapabilityLevel:
    """What a level of misuse capability means, and the level that it counts as in every rule."""

    id: str
    means: str = ""
    counts_as: str


@record
class Capabilities:
    """The levels of misuse capability by id, from least to most; `note` says where they come from."""

    note: str = ""
    judge: str = ""
    levels: Mapping[str, CapabilityLevel]


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

    @property
    def has_outsiders(self) -> bool:
        """Whether anybody outside the organization reaches the model."""
        return "no_outsiders" not in self.properties


@record
class Ladder:
    """The access levels by id, least open first, and the three modes."""

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
    capabilities: Capabilities
    definitions: Mapping[str, Mapping[str, str]]
    references: Mapping[str, Reference]
