"""Catalogs and access levels: safeguards, alternatives, requirements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aisafe_cli.domain._record import record
from aisafe_cli.text.enums import StrEnum


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
    """What a safeguard is done to: the model, a service before it, the release as a decision, or the organization."""

    MODEL = "model"
    SERVICE = "service"
    RELEASE = "release"
    ORGANIZATION = "organization"

    @property
    def is_judged_once(self) -> bool:
        """Whether one judgment stands on every channel: a decision, or what the organization does for itself."""
        return self in (Binds.RELEASE, Binds.ORGANIZATION)


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
    """A flag with its reason; a conditional one has a condition, and the type of evidence that it needs, if any."""

    flag: Flag
    reason: str
    condition: str = ""
    condition_needs: str = ""


@record
class Locator:
    """Where a safeguard stands in its document. `sha256_of_letters` is taken over its letters alone, in lower case.

    One form is given: row and bullet, practice with or without recommendation, or commitment, measure or appendix with
    or without point. Opening words, closing words and hash are empty where only the page is known.
    """

    page: int
    ends_on_page: int | None = None
    row: int | None = None
    bullet: int | None = None
    practice: str | None = None
    recommendation: int | None = None
    commitment: str | None = None
    measure: str | None = None
    appendix: str | None = None
    point: int | None = None
    opens_with: str = ""
    ends_with: str = ""
    sha256_of_letters: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The parts of the document, from the largest to the smallest: `row 3`, `bullet 1`."""
        names = ("row", "bullet", "practice", "recommendation", "commitment", "measure", "appendix", "point")
        return tuple(f"{name} {value}" for name in names if (value := getattr(self, name)) is not None)


@record
class Precondition:
    """When a safeguard applies. Of several conditions all have to hold; an empty one is none.

    `channel_has` and `channel_lacks` are about the properties of a channel's access level, `some_channel_has` about
    those of any channel of the plan, as `some_channel_in` is about their release modes.
    """

    channel_has: frozenset[str] = frozenset()
    channel_lacks: frozenset[str] = frozenset()
    some_channel_has: frozenset[str] = frozenset()
    some_channel_in: frozenset[Mode] = frozenset()
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
        levels = tuple(access_levels)
        if self.some_channel_in and not any(level.mode in self.some_channel_in for level in levels):
            return False
        return not self.some_channel_has or any(level.properties & self.some_channel_has for level in levels)


@record
class TamperRule:
    """Where a claim needs a tamper evaluation; one against `unless_against` needs none, or is partial without."""

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


class How(StrEnum):
    """What an answer is worth in another catalog, most first."""

    SAME = "same"  # it stands for the other in full
    PART = "part"  # it counts as partial at most
    RELATED = "related"  # it is shown, and counts for nothing


@record
class Link:
    """An entry of another catalog, and what an answer to one of the two is worth for the other."""

    catalog: str
    id: str
    how: How
    reason: str


# What is said of a mode that a catalog leaves out, where the safeguard is not asked.
NOT_ARISING = Judgement(flag=Flag.COMPATIBLE, reason="It does not arise in this release mode.")


@record
class Safeguard:
    """One entry of a catalog, or a part of one, which has no parts itself.

    `label` is a short name for use inside a sentence, and `done_label` says in a few words that it is done. A mode that
    `modes` leaves out is one in which it does not arise. `until_weights_public` says why it is asked until then only.
    `covers` are entries of other catalogs that an answer to this one answers, and `covered_by` those whose answer
    answers this one; `answered_by` are those of the catalogs that a plan is judged by, whichever catalog says so.
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
    until_weights_public: str = ""
    covers: tuple[Link, ...] = ()
    covered_by: tuple[Link, ...] = ()
    answered_by: tuple[Link, ...] = ()
    parts: tuple[Safeguard, ...] = ()
    effort: int
    remedy: str
    alternatives: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    objections: tuple[Cited, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def full_title(self) -> str:
        """Its id and its title."""
        return f"{self.id} {self.title}"

    def judgement_on(self, role: str, access_level: AccessLevel) -> Judgement:
        """Return the flag with its reason: the role's exception, else that of the access level, else the mode's."""
        return self.by_role.get(role) or self.by_access.get(access_level.id) or self.judgement_in(access_level.mode)

    def judgement_in(self, mode: Mode) -> Judgement:
        """Return the flag of a release mode with its reason."""
        return self.modes.get(mode, NOT_ARISING)

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
    """What a release can do instead; `effect` is prevents, slows, informs or repairs, or empty."""

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
class Choice:
    """Safeguards of which none alone is required, and one of them is."""

    of: frozenset[str]
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
    at_least_one: tuple[Choice, ...] = ()


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
    running_heads: tuple[str, ...] = ()


@record
class PublicWeights:
    """When the weights count as public: from the day the first channel at one of these access levels opens."""

    at: frozenset[str]
    reason: str


@record
class Audience:
    """Which models a guidance is for: those of systemic risk, or trained with more than so much compute, or both.

    A condition that is None is none. One of them has to be so, or not be ruled out by the plan.
    """

    systemic_risk: bool | None
    training_compute_over: float | None
    reason: str


@record
class Exemption:
    """Safeguards that are not asked of a model beside which the plan names an open one that compares in some way.

    `comparison` is `stronger` or `as_capable`, which a stronger one is too; `asks` is the evidence, `named` or `found`.
    """

    id: str
    safeguards: frozenset[str]
    comparison: str
    asks: str
    condition: str
    reason: str


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
    """A guidance document encoded; reports call it `short_name`. Without `asked_of` it is asked of every model."""

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
    short_name: str
    weights_public: PublicWeights | None = None
    asked_of: Audience | None = None
    exemptions: tuple[Exemption, ...] = ()

    @property
    def entries(self) -> Iterable[Safeguard]:
        """Every safeguard, each followed by its parts."""
        for safeguard in self.safeguards:
            yield safeguard
            yield from safeguard.parts
