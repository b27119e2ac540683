"""What can be explained: what the catalog and the ladder define, and the tool's own terms, each as one topic. Pure.

The words are those of the catalog, the ladder and the glossary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from aisafe_cli.domain.catalog import (
    CAPABILITIES,
    EFFORTS,
    SIZES,
    AccessLevel,
    Alternative,
    Binds,
    CapabilityLevel,
    Catalog,
    Cited,
    Flag,
    How,
    Judgement,
    Ladder,
    Link,
    Mode,
    ModeInfo,
    Safeguard,
)
from aisafe_cli.text.wording import fold_name, listed

_FLAGS: Mapping[str, str] = {
    Flag.COMPATIBLE: "Can work",
    Flag.CONDITIONAL: "Can work on a condition",
    Flag.CAUTIONARY: "Can work, with caution",
    Flag.INCOMPATIBLE: "Cannot work",
}
_BINDS: Mapping[str, str] = {
    Binds.MODEL: "the model: it is done in training and travels with the weights",
    Binds.SERVICE: "a service: someone has to see requests and be able to refuse them",
    Binds.RELEASE: "the release as a whole, and is judged once for all channels",
    Binds.ORGANIZATION: "the organization, whatever it releases",
}
_HOW: Mapping[str, str] = {How.SAME: "In full", How.PART: "In part", How.RELATED: "Only related"}
TOPIC_KINDS: tuple[str, ...] = ("safeguards", "modes", "rungs", "outcomes", "roles", "sizes", "alternatives")
TOPIC_KINDS += ("capabilities", "findings", "terms")


Glossary = Mapping[str, Mapping[str, str]]  # what the words of a kind mean
_Pair = tuple[str, str]  # a term, which may be empty, and what is said of it
Sections = Mapping[str, tuple[_Pair, ...]]


class Topic(NamedTuple):
    """Something that can be explained. `kind` is one of `TOPIC_KINDS`; `other_name` is a slug, or empty."""

    kind: str
    id: str
    title: str
    summary: str
    sections: Sections
    other_name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it is found by."""
        return (self.id, self.other_name) if self.other_name else (self.id,)

    @property
    def gist(self) -> str:
        """The topic in a line: its title, or what it means where every topic of its kind has the same title."""
        defined = ("outcomes", "roles", "sizes", "capabilities", "findings", "terms")
        return self.summary.partition(". ")[0].rstrip(".") if self.kind in defined else self.title


def build_topics(
    catalog: Catalog, ladder: Ladder, glossary: Glossary, others: Sequence[Catalog] = ()
) -> tuple[Topic, ...]:
    """Return every topic, by `TOPIC_KINDS`; safeguards name what they answer in the `others`, and what answers them."""
    return (
        *(_explain_safeguard(safeguard, catalog, ladder, others) for safeguard in catalog.entries),
        *(_explain_mode(mode, catalog, ladder) for mode in ladder.modes.values()),
        *(_explain_access_level(level, catalog) for level in ladder.access_levels.values()),
        *_explain_words("outcomes", "An outcome of a check", glossary["outcomes"]),
        *(_explain_role(role, meaning, catalog) for role, meaning in glossary["roles"].items()),
        *_explain_words("sizes", "A size of organization", glossary["sizes"]),
        *(_explain_alternative(alternative, catalog) for alternative in catalog.alternatives.values()),
        *(_explain_capability(level, catalog) for level in catalog.capabilities.levels.values()),
        *_explain_words("findings", "A finding on the plan itself", glossary["findings"]),
        *_explain_words("terms", "A term", glossary["terms"]),
    )


def _explain_words(kind: str, title: str, meanings: Mapping[str, str]) -> Iterable[Topic]:
    for word, meaning in meanings.items():
        yield Topic(kind, word, title, meaning, {})


def find_topics(word: str, topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return the topics of a name, however it is written: a mode and an access level may share one."""
    wanted = fold_name(word)
    return tuple(topic for topic in topics if wanted in map(fold_name, topic.names))


def list_words(topics: Iterable[Topic]) -> list[str]:
    """Return every name that `find_topics` knows."""
    return list(chain.from_iterable(topic.names for topic in topics))


# --- kinds of topic -------------------------------------------------------------------------------------------------


def _explain_safeguard(safeguard: Safeguard, catalog: Catalog, ladder: Ladder, others: Sequence[Catalog]) -> Topic:
    exceptions = {f"{name} ({ladder.access_levels[name].mode})": one for name, one in safeguard.by_access.items()}
    exceptions |= {f"role {name}": judgement for name, judgement in safeguard.by_role.items()}
    alternatives = [catalog.alternatives[name] for name in safeguard.alternatives]
    sections: Mapping[str, Iterable[_Pair]] = {
        "About": _describe_safeguard(safeguard, catalog),
        "In each release mode": _list_mode_flags(safeguard),
        "Exceptions for access levels and roles": _describe_flags(exceptions),
        "When it is required, by declared size and capability": _list_required_at(safeguard, catalog),
        "Parts, which may be answered one by one": [(part.id, part.title) for part in safeguard.parts],
        "Answered by, in other guidance": [_describe_link(link.id, link) for link in safeguard.answered_by],
        "Answers, in other guidance": _list_answered(safeguard, others),
        "What counts as evidence": _list_texts(safeguard.evidence_counts),
        "What to do instead, where it cannot work": [
            (one.id, f"{one.strength}, effort: {EFFORTS[one.effort]}. {one.does}") for one in alternatives
        ],
        "Objections in public comments": _list_cited(safeguard.objections, catalog),
        "Practices of the draft that it serves": [(name, catalog.practices[name]) for name in safeguard.practices],
        "References": _list_texts(_describe_reference(name, catalog) for name in safeguard.references),
    }
    told = safeguard.title, safeguard.statement, _keep_filled(sections), safeguard.slug
    return Topic("safeguards", safeguard.id, *told)


def _describe_safeguard(safeguard: Safeguard, catalog: Catalog) -> Iterable[_Pair]:
    yield "asked", safeguard.question
    page = f"{catalog.document.identifier}, page {safeguard.locator.page}"
    yield "source", listed((page, *_locate_in_document(safeguard, catalog)))
    yield "acts on", _BINDS[safeguard.binds]
    yield "roles", listed(safeguard.roles)
    yield "effort", EFFORTS[safeguard.effort]
    yield "to do", safeguard.remedy
    if safeguard.applies_when:
        yield "not asked", f"in some places: {safeguard.applies_when.reason}"
    if safeguard.until_weights_public:
        yield "ends", f"when the weights are public: {safeguard.until_weights_public}"
    if safeguard.stageable:
        yield "stages", "It can be carried out as a stage before the release opens fully."
    if rule := safeguard.tamper_rule:
        yield "tamper evaluation", f"needed on channels with {listed(sorted(rule.channel_has))}: {rule.reason}"


def _locate_in_document(safeguard: Safeguard, catalog: Catalog) -> Iterable[str]:
    """Yield where a safeguard stands on its page, with its group, and the words between which it stands."""
    locator = safeguard.locator
    yield f"{locator.places[0]} ({catalog.groups[safeguard.group]})"
    yield from locator.places[1:]
    if locator.opens_with:
        yield f"from “{locator.opens_with}” to “{locator.ends_with}”"


def _explain_mode(mode: ModeInfo, catalog: Catalog, ladder: Ladder) -> Topic:
    flags = {one.full_title: one.judgement_in(mode.id) for one in catalog.safeguards}
    sections: Mapping[str, Iterable[_Pair]] = {
        "Access levels": [(one.id, one.adds) for one in ladder.access_levels.values() if one.mode is mode.id],
        "Safeguards": _describe_flags(flags),
    }
    return Topic("modes", mode.id, mode.title, mode.means, _keep_filled(sections))


def _explain_access_level(level: AccessLevel, catalog: Catalog) -> Topic:
    about = (
        ("mode", level.mode),
        ("rank", f"{level.rank} (0 is the least open)"),
        ("properties", listed(sorted(level.properties)) or "none"),
    )
    changed = [one for one in catalog.safeguards if level.id in one.by_access]
    flags = {one.full_title: one.by_access[level.id] for one in changed}
    places = [f"Mozilla: {name}" for name in level.mozilla] + [f"Solaiman: {name}" for name in level.solaiman]
    sections: Mapping[str, Iterable[_Pair]] = {
        "About": about,
        "Misuse that this access level makes possible": _list_texts(level.misuse_vectors),
        "The developer still controls": _list_texts(level.developer_controls),
        "Safeguards judged differently here than by the mode": _describe_flags(flags),
        "In other scales of access": _list_texts(places),
    }
    return Topic("rungs", level.id, level.title, level.adds, _keep_filled(sections))


def _explain_role(role: str, meaning: str, catalog: Catalog) -> Topic:
    changed = {one.id: one.by_role[role] for one in catalog.safeguards if role in one.by_role}
    sections: Mapping[str, Iterable[_Pair]] = {
        "Can carry out": [(one.id, one.title) for one in catalog.safeguards if role in one.roles],
        "Judged by the role, not the mode": _describe_flags(changed),
    }
    return Topic("roles", role, "A role in a release", meaning, _keep_filled(sections))


def _explain_capability(level: CapabilityLevel, catalog: Catalog) -> Topic:
    levels = catalog.capabilities
    counted = "" if level.counts_as == level.id else f"In every rule, {level.id} counts as {level.counts_as}."
    said = _list_texts(filter(None, (levels.judge, levels.note, counted)))
    title = "A level of misuse capability"
    return Topic("capabilities", level.id, title, level.means, _keep_filled({"How to judge it": said}))


def _explain_alternative(alternative: Alternative, catalog: Catalog) -> Topic:
    serves = [one.full_title for one in catalog.safeguards if alternative.id in one.alternatives]
    about = (
        ("instead of", listed(serves)),
        ("strength", _describe_strength(alternative, catalog)),
        ("effort", EFFORTS[alternative.effort]),
        ("limits", alternative.limits),
    )
    sections = _keep_filled({"About": about, "Evidence": _list_cited(alternative.evidence, catalog)})
    return Topic("alternatives", alternative.id, alternative.title, alternative.does, sections)


def _describe_strength(alternative: Alternative, catalog: Catalog) -> str:
    meaning = catalog.definitions.get("strength", {}).get(alternative.strength)
    return f"{alternative.strength}: {meaning}" if meaning else alternative.strength


# --- parts ----------------------------------------------------------------------------------------------------------


def _keep_filled(parts: Mapping[str, Iterable[_Pair]]) -> Sections:
    """Return the parts that have something to say."""
    filled = ((title, tuple(pairs)) for title, pairs in parts.items())
    return {title: pairs for title, pairs in filled if pairs}


def _list_mode_flags(safeguard: Safeguard) -> Iterable[_Pair]:
    """Return the flag of each mode, or one where all modes have the same reason."""
    if len(safeguard.modes) == len(Mode) and len({judgement.reason for judgement in safeguard.modes.values()}) == 1:
        return _describe_flags({"every mode": next(iter(safeguard.modes.values()))})
    return _describe_flags({str(mode): judgement for mode, judgement in safeguard.modes.items()})


def _describe_link(name: str, link: Link) -> _Pair:
    return name, f"{_HOW[link.how]}. {link.reason}"


def _list_answered(safeguard: Safeguard, others: Iterable[Catalog]) -> Iterable[_Pair]:
    for entry in (entry for other in others for entry in other.entries):
        yield from (_describe_link(entry.id, link) for link in entry.answered_by if link.id == safeguard.id)


def _list_texts(texts: Iterable[str]) -> list[_Pair]:
    return [("", text) for text in texts]


def _describe_flags(judgements: Mapping[str, Judgement]) -> Iterable[_Pair]:
    for term, judgement in judgements.items():
        condition = f" Condition: {judgement.condition}" if judgement.condition else ""
        yield term, f"{_FLAGS[judgement.flag]}. {judgement.reason}{condition}"


def _list_required_at(safeguard: Safeguard, catalog: Catalog) -> Iterable[_Pair]:
    """Say for each size at which capability the catalog requires the safeguard; elsewhere it recommends it."""
    requirements = catalog.requirements
    if all(safeguard is not one for one in catalog.safeguards):
        return  # a part, which is never required by itself
    if safeguard.id in requirements.always:
        yield "always", "at every size and capability"
        return
    choices = [one for one in requirements.at_least_one if safeguard.id in one.of]
    yield from (("one of several", f"one of {listed(sorted(one.of))}. {one.reason}") for one in choices)
    never = "not by itself" if choices else "never required"
    only = requirements.only_for_capability.get(safeguard.id, CAPABILITIES)
    for size in SIZES:
        required = []
        for capability in filter(only.__contains__, CAPABILITIES):
            row = requirements.profiles[size, capability]
            if row.rule or safeguard.id in row.safeguards:
                where = " (where it is compatible)" if row.rule == "flagged_compatible" else ""
                required.append(f"{capability}{where}")
        *most, last = required or [""]
        either = f"{listed(most)} or {last}" if most else last
        everywhere = "at every capability" if required == list(CAPABILITIES) else f"at {either} capability"
        yield size, everywhere if required else never


def _list_cited(cited: Iterable[Cited], catalog: Catalog) -> list[_Pair]:
    return [(_describe_reference(one.reference, catalog), one.says) for one in cited]


def _describe_reference(name: str, catalog: Catalog) -> str:
    reference = catalog.references[name]
    return listed(str(detail) for detail in (reference.title, reference.year, reference.locator) if detail)
