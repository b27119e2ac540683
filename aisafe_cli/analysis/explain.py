"""What can be explained: what the catalog and the ladder define, and the tool's own terms, each as one topic. Pure.

The words are those of the catalog and the ladder. Only outcomes, roles and terms of the plan are worded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    AccessLevel,
    Alternative,
    CapabilityLevel,
    Catalog,
    Cited,
    Judgement,
    Ladder,
    Link,
    Mode,
    ModeInfo,
    Safeguard,
)
from aisafe_cli.domain.outcome import Outcome
from aisafe_cli.text.wording import fold_name

OUTCOMES: Mapping[str, str] = {
    Outcome.INEFFECTIVE: "The plan relies on the safeguard where it cannot work, or where nothing shows that it holds."
    " Always an error, and no waiver lifts it: narrowing or withdrawing the claim is free.",
    Outcome.INCOMPATIBLE: "The safeguard cannot work here, and the plan does not rely on it. That belongs to the"
    " release mode, not to the team. A note; a warning for high or severe capability while no alternative is adopted.",
    Outcome.UNKNOWN: "The plan does not answer the safeguard, or names evidence for it that cannot be confirmed. An"
    " error where it is required, else a warning.",
    Outcome.GAP: "The safeguard can work here and is not done. An error where it is required, else a warning.",
    Outcome.PLANNED: "The safeguard can work here and is only planned. An error where it is required, else a warning.",
    Outcome.PARTIAL: "The safeguard can work here and is partly done. An error where it is required, else a warning."
    " It counts half in declared coverage.",
    Outcome.SATISFIED: "The safeguard can work here and is claimed as done, with a tamper evaluation where one is"
    " needed.",
    Outcome.NOT_APPLICABLE: "The safeguard is not asked of this role, this capability or this kind of channel.",
}
ROLES: Mapping[str, str] = {
    "developer": "Trains the model, and decides how it is released.",
    "fine_tuner": "Changes a model that somebody else trained, and releases the result.",
    "deployer": "Runs a model as a service or inside a product.",
    "hosting_platform": "Offers models of others for download or use.",
    "distributor": "Passes models on: mirrors, bundles, operating systems.",
}
SIZES: Mapping[str, str] = {
    "solo": "One person, or a few who do this in their own time.",
    "small": "A team or a lab without staff for safety or security.",
    "medium": "An organization in which some people work on safety or security.",
    "large": "A company or an institute with teams for it. What counts where the size is left out.",
}
TERMS: Mapping[str, str] = {
    "against": "Whom a claim is relied on against: malicious_actors, which counts where it is left out, or"
    " casual_users. A safeguard that is easy to tune away can still hold against casual users.",
    "baseline": "A file of what blocks today. With `aisafe check --baseline` only what is new or worse blocks.",
    "contract": "Evidence that whoever operates a channel, or holds the model there, is bound to a safeguard. Without"
    " it a claim on somebody else's channel counts as unanswered.",
    "coverage": "The safeguards that are done, partly done ones counting half, of those that can be carried out. It"
    " is declared by the plan, and a higher figure does not mean a safer model.",
    "effort": "How much a step takes: free, where only a claim changes, then an hour, days, weeks, a standing"
    " service, or research. The figures of the catalog are estimates.",
    "evidence": "What a claim names to show that it is true: a file beside the plan, an address, or another locator."
    " The check looks whether a file is there, how old it is and what it is said to have found; it does not judge"
    " it.",
    "size": "Who stands behind the release: solo, small, medium or large; left out, it counts as large. It decides"
    " what is required, never what can work.",
    "tamper_evaluation": "A test of what is left of a safeguard after somebody has tried to undo it. It has to state"
    " its result.",
    "waiver": "A reasoned, owned exception that ends on a day, at most a year away. It lifts one safeguard's block,"
    " never a claim that cannot work.",
}
KINDS = ("safeguards", "modes", "rungs", "outcomes", "roles", "sizes", "alternatives", "capabilities", "terms")


@record
class TopicEntry:
    """One line of a section: a term and what is said of it. The term may be empty."""

    term: str
    text: str


@record
class TopicSection:
    """A headed part of a topic."""

    title: str
    entries: tuple[TopicEntry, ...]


@record
class Topic:
    """Something that can be explained. `kind` is one of `KINDS`; `other_name` is a slug, or empty."""

    kind: str
    id: str
    other_name: str = ""
    title: str
    summary: str
    sections: tuple[TopicSection, ...] = ()

    @property
    def gist(self) -> str:
        """The topic in a line: its title, or what it means where every topic of its kind has the same title."""
        defined = ("outcomes", "roles", "sizes", "capabilities", "terms")
        return self.summary.partition(". ")[0].rstrip(".") if self.kind in defined else self.title


def build_topics(catalog: Catalog, ladder: Ladder, others: Sequence[Catalog] = ()) -> tuple[Topic, ...]:
    """Return every topic, in the order of `KINDS`, and within a kind in the order of its source.

    Safeguards and their parts name what they answer in the `others`, and what answers them there.
    """
    return (
        *(_safeguard(safeguard, catalog, ladder, others) for safeguard in catalog.entries),
        *(_mode(mode, catalog, ladder) for mode in ladder.modes.values()),
        *(_access_level(access_level, catalog) for access_level in ladder.access_levels.values()),
        *(_outcome(outcome, meaning) for outcome, meaning in OUTCOMES.items()),
        *(_role(role, meaning, catalog) for role, meaning in ROLES.items()),
        *(Topic(kind="sizes", id=size, title="A size", summary=meaning) for size, meaning in SIZES.items()),
        *(_alternative(alternative, catalog) for alternative in catalog.alternatives.values()),
        *(_capability(level, catalog) for level in catalog.capabilities.levels.values()),
        *(Topic(kind="terms", id=term, title="A term of the plan", summary=meaning) for term, meaning in TERMS.items()),
    )


def find_topics(word: str, topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return the topics of a name, however it is written: a mode and an access level may share one."""
    wanted = fold_name(word)
    return tuple(topic for topic in topics if wanted in (fold_name(topic.id), fold_name(topic.other_name)))


def list_words(topics: Iterable[Topic]) -> list[str]:
    """Return every name that `find_topics` knows."""
    return [name for topic in topics for name in (topic.id, topic.other_name) if name]


# --- kinds of topic -------------------------------------------------------------------------------------------------


def _safeguard(safeguard: Safeguard, catalog: Catalog, ladder: Ladder, others: Sequence[Catalog]) -> Topic:
    locator = safeguard.locator
    about = [
        TopicEntry(term="asked", text=safeguard.question),
        TopicEntry(
            term="where",
            text=_listed([f"{catalog.document.identifier}, page {locator.page}", *_places(safeguard, catalog)]),
        ),
        TopicEntry(term="binds", text=f"the {safeguard.binds}"),
        TopicEntry(term="roles", text=_listed(safeguard.roles)),
        TopicEntry(term="effort", text=f"{safeguard.effort} of 5"),
        TopicEntry(term="to do", text=safeguard.remedy),
    ]
    if safeguard.applies_when:
        about.append(TopicEntry(term="applies", text=f"only to some plans: {safeguard.applies_when.reason}"))
    if safeguard.until_weights_public:
        about.append(TopicEntry(term="ends", text=f"when the weights are public: {safeguard.until_weights_public}"))
    if safeguard.stageable:
        about.append(TopicEntry(term="stages", text="It can be carried out as a stage before the release opens fully."))
    if safeguard.tamper_rule:
        properties = _listed(sorted(safeguard.tamper_rule.channel_has))
        text = f"needed on channels with {properties}: {safeguard.tamper_rule.reason}"
        about.append(TopicEntry(term="tamper evaluation", text=text))
    changed = [
        _flag(f"{name} ({ladder.access_levels[name].mode})", judgement)
        for name, judgement in safeguard.by_access.items()
    ] + [_flag(f"role {name}", judgement) for name, judgement in safeguard.by_role.items()]
    return Topic(
        kind="safeguards",
        id=safeguard.id,
        other_name=safeguard.slug,
        title=safeguard.title,
        summary=safeguard.statement,
        sections=_sections(
            ("About", about),
            ("Per release mode", list(_flags(safeguard))),
            ("Access levels and roles that change it", changed),
            ("Required, by size and capability that the plan declares", list(_required(safeguard, catalog))),
            (
                "Parts, which may be answered singly",
                [TopicEntry(term=one.id, text=one.title) for one in safeguard.parts],
            ),
            ("Answered by, in other guidance", [_describe_link(link) for link in safeguard.answered_by]),
            ("Answers, in other guidance", list(_list_answered(safeguard, others))),
            ("What counts as evidence", [TopicEntry(term="", text=text) for text in safeguard.evidence_counts]),
            ("Where it cannot work, instead", _alternatives(safeguard.alternatives, catalog)),
            ("What public comments object", [_cited(cited, catalog) for cited in safeguard.objections]),
            ("Practices of the draft that it serves", _practices(safeguard, catalog)),
            ("References", [_reference(name, catalog) for name in safeguard.references]),
        ),
    )


def _flags(safeguard: Safeguard) -> Iterable[TopicEntry]:
    """Yield the flag of each mode, or one entry where all modes have the same reason."""
    if len(safeguard.modes) == len(Mode) and len({judgement.reason for judgement in safeguard.modes.values()}) == 1:
        yield _flag("every mode", next(iter(safeguard.modes.values())))
        return
    yield from (_flag(mode, judgement) for mode, judgement in safeguard.modes.items())


def _describe_link(link: Link) -> TopicEntry:
    return TopicEntry(term=link.id, text=f"{link.how}. {link.reason}")


def _list_answered(safeguard: Safeguard, others: Sequence[Catalog]) -> Iterable[TopicEntry]:
    for other in others:
        for entry in other.entries:
            links = [link for link in entry.answered_by if link.id == safeguard.id]
            yield from (_describe_link(replace(link, id=entry.id)) for link in links)


def _places(safeguard: Safeguard, catalog: Catalog) -> Iterable[str]:
    """Yield where a safeguard stands on its page, with its group, and the words between which it stands."""
    locator = safeguard.locator
    yield f"{locator.places[0]} ({catalog.groups[safeguard.group]})"
    yield from locator.places[1:]
    if locator.opens_with:
        yield f"from “{locator.opens_with}” to “{locator.ends_with}”"


def _mode(mode: ModeInfo, catalog: Catalog, ladder: Ladder) -> Topic:
    access_levels = [access_level for access_level in ladder.access_levels.values() if access_level.mode is mode.id]
    flags = [_flag(f"{one.id} {one.title}", one.judgement_in(mode.id)) for one in catalog.safeguards]
    return Topic(
        kind="modes",
        id=mode.id,
        title=mode.title,
        summary=mode.means,
        sections=_sections(
            (
                "Access levels",
                [TopicEntry(term=access_level.id, text=access_level.adds) for access_level in access_levels],
            ),
            ("Safeguards", flags),
        ),
    )


def _access_level(access_level: AccessLevel, catalog: Catalog) -> Topic:
    exceptions = [
        _flag(f"{safeguard.id} {safeguard.title}", safeguard.by_access[access_level.id])
        for safeguard in catalog.safeguards
        if access_level.id in safeguard.by_access
    ]
    places = [
        *(f"Mozilla: {name}" for name in access_level.mozilla),
        *(f"Solaiman: {name}" for name in access_level.solaiman),
    ]
    about = [
        TopicEntry(term="mode", text=access_level.mode),
        TopicEntry(term="rank", text=f"{access_level.rank}, from 0 (least open)"),
        TopicEntry(term="properties", text=_listed(sorted(access_level.properties)) or "none"),
    ]
    return Topic(
        kind="rungs",
        id=access_level.id,
        title=access_level.title,
        summary=access_level.adds,
        sections=_sections(
            ("About", about),
            ("Misuse becomes possible by", [TopicEntry(term="", text=text) for text in access_level.misuse_vectors]),
            (
                "The developer still controls",
                [TopicEntry(term="", text=text) for text in access_level.developer_controls],
            ),
            ("Safeguards judged other than by the mode", exceptions),
            ("Also known as", [TopicEntry(term="", text=place) for place in places]),
        ),
    )


def _outcome(outcome: str, meaning: str) -> Topic:
    return Topic(kind="outcomes", id=outcome, title="An outcome of a check", summary=meaning)


def _role(role: str, meaning: str, catalog: Catalog) -> Topic:
    own = [
        TopicEntry(term=safeguard.id, text=safeguard.title)
        for safeguard in catalog.safeguards
        if role in safeguard.roles
    ]
    changed = [_flag(one.id, one.by_role[role]) for one in catalog.safeguards if role in one.by_role]
    return Topic(
        kind="roles",
        id=role,
        title="A role in a release",
        summary=meaning,
        sections=_sections(("Can carry out", own), ("Judged by the role, not the mode", changed)),
    )


def _capability(level: CapabilityLevel, catalog: Catalog) -> Topic:
    levels = catalog.capabilities
    judged = [TopicEntry(term="", text=text) for text in (levels.judge, levels.note) if text]
    counted = [] if level.counts_as == level.id else [TopicEntry(term="", text=f"It counts as {level.counts_as}.")]
    return Topic(
        kind="capabilities",
        id=level.id,
        title="A level of misuse capability",
        summary=level.means,
        sections=_sections(("How to judge it", [*judged, *counted])),
    )


def _alternative(alternative: Alternative, catalog: Catalog) -> Topic:
    serves = [one for one in catalog.safeguards if alternative.id in one.alternatives]
    about = [
        TopicEntry(term="instead of", text=_listed(f"{one.id} {one.title}" for one in serves)),
        TopicEntry(term="strength", text=alternative.strength),
        TopicEntry(term="effort", text=f"{alternative.effort} of 5"),
        TopicEntry(term="does not", text=alternative.limits),
    ]
    return Topic(
        kind="alternatives",
        id=alternative.id,
        title=alternative.title,
        summary=alternative.does,
        sections=_sections(("About", about), ("Evidence", [_cited(cited, catalog) for cited in alternative.evidence])),
    )


# --- parts ----------------------------------------------------------------------------------------------------------


def _required(safeguard: Safeguard, catalog: Catalog) -> Iterable[TopicEntry]:
    """Say for each size at which capability the catalog requires the safeguard; elsewhere it recommends it."""
    requirements = catalog.requirements
    if all(safeguard is not one for one in catalog.safeguards):
        return  # a part, which is never required by itself
    if safeguard.id in requirements.always:
        yield TopicEntry(term="always", text="whatever size and capability the plan declares")
        return
    only = requirements.only_for_capability.get(safeguard.id, frozenset(CAPABILITIES))
    for size in SIZES:
        at = [
            f"{capability}{' (where it is flagged compatible)' if profile.rule == 'flagged_compatible' else ''}"
            for capability in CAPABILITIES
            if capability in only
            and ((profile := requirements.profiles[size, capability]).rule or safeguard.id in profile.safeguards)
        ]
        yield TopicEntry(term=size, text=f"at {_listed(at)} capability" if at else "never required")


def _sections(*parts: tuple[str, Sequence[TopicEntry]]) -> tuple[TopicSection, ...]:
    """Return the parts that have something to say."""
    return tuple(TopicSection(title=title, entries=tuple(entries)) for title, entries in parts if entries)


def _flag(term: str, judgement: Judgement) -> TopicEntry:
    condition = f" Condition: {judgement.condition}" if judgement.condition else ""
    return TopicEntry(term=term, text=f"{judgement.flag}. {judgement.reason}{condition}")


def _alternatives(names: Iterable[str], catalog: Catalog) -> list[TopicEntry]:
    found = (catalog.alternatives[name] for name in names)
    return [TopicEntry(term=one.id, text=f"{one.strength}, effort {one.effort} of 5. {one.does}") for one in found]


def _practices(safeguard: Safeguard, catalog: Catalog) -> list[TopicEntry]:
    return [TopicEntry(term=number, text=catalog.practices[number]) for number in safeguard.practices]


def _cited(cited: Cited, catalog: Catalog) -> TopicEntry:
    return TopicEntry(term=_reference(cited.reference, catalog).text, text=cited.says)


def _reference(name: str, catalog: Catalog) -> TopicEntry:
    reference = catalog.references[name]
    details = (str(detail) for detail in (reference.title, reference.year, reference.locator) if detail)
    return TopicEntry(term="", text=_listed(details))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
