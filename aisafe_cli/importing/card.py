"""A model card: Markdown with metadata at its top."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from aisafe_cli.domain._record import record, replace
from aisafe_cli.errors import Fault
from aisafe_cli.importing.document import ParsedSource, read_yaml
from aisafe_cli.importing.facts import (
    CLICKTHROUGH,
    OPEN_WEIGHTS,
    QUOTE,
    Confidence,
    Reading,
    as_list,
    as_mapping,
    clean_line,
    split_words,
    take_text,
)
from aisafe_cli.importing.metadata import (
    Metadata,
    judge_gate,
    note_bases,
    note_stated_license,
    warn_of_removed_refusals,
)
from aisafe_cli.text.wording import count

# What `report --kind model-card` writes above its section, so that it is recognized whatever its words are.
SECTION_MARKER = "<!-- aisafe:model-card-section -->"
SECTION_HEADING = "## Safeguards against misuse"
_MAX_FAULTS = 5
_MAX_QUOTED = 60
_MAX_PLACES = 12
_MAX_UNCLOSED = 200
_MAX_HEADING = 1000
_OPENINGS = frozenset("#<`~")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_HTML_HEADING = re.compile(r"(?i)<h1[^>]*>(.*?)</h1>")
_MARKUP = re.compile(r"<[^>]*>|!\[[^\]]*\]\([^)]*\)|[*`~]+|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)|(?<!\S):[a-z0-9_]+:(?!\S)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CARD_WORDS = re.compile(r"(?i)^(?:model card (?:for|of)\b:?|model card\s*[:\-–—])\s*|\s*[-–—:]?\s*\bmodel card$")
_NO_NAME = re.compile(
    r"(?i)(?:about|abstract|benchmarks?|citation|contents|disclaimer|evaluation|getting started|how to use|installation"
    r"|introduction|licen[cs]e|merge|news|original model card|quick ?start|readme|results|table of contents|tl;?dr"
    r"|training|updates?|usage|uses"
    r"|(?:the )?(?:model )?(?:card|details|description|features|id|information|overview|summary)|model)?"
)
_EVIDENCE = re.compile(
    r"(?i)\b(?:bias|ethic\w*|evaluation|limitations?|misuse|out[- ]of[- ]scope|red[- ]?team\w*|responsib\w*|risks?"
    r"|safeguards?|safety|security|toxicity|training data|use polic\w*|acceptable use)\b"
)
_DATASET_KEYS = frozenset({"annotations_creators", "dataset_info", "size_categories", "task_categories", "task_ids"})
_SPACE_KEYS = frozenset({"app_file", "colorFrom", "sdk", "sdk_version"})
_MODEL_KEYS = split_words(
    "base_model co2_eq_emissions datasets inference language library_name license license_link license_name metrics"
    " model-index model_creator model_name model_type new_version pipeline_tag quantized_by tags thumbnail widget gated"
    " finetuned_from"
)
_OWN_KEYS = frozenset({"base_model", "library_name", "model-index", "pipeline_tag"})


@record
class CardParts:
    """The two parts of a card. `metadata` is None where it has none; `first_line` is that of the body."""

    metadata: ParsedSource | None
    body: list[str]
    first_line: int


@record
class Heading:
    """A heading of a card's body, with its markup."""

    line: int
    level: int
    text: str


def read_card(text: str, reading: Reading, own_id: str = "") -> None:
    """Write down what a card says. It is one of a model where it has metadata or a name."""
    parts = split_card(text)
    metadata = read_metadata(parts, own_id, reading)
    if _is_something_else(metadata.data.keys()):
        reading.warn(1, "this is the card of a dataset or of a Space, not of a model")
        return
    headings = list(find_headings(parts))
    name = note_name(metadata, headings, reading)
    if parts.metadata:
        note_stated_license(metadata, reading)
        note_bases(metadata, reading)
        warn_of_removed_refusals(metadata, name, reading)
    note_access(metadata, parts, reading)
    for heading in [heading for heading in headings if _EVIDENCE.search(heading.text)][:_MAX_PLACES]:
        reading.note_evidence(heading.line, f"section {read_heading(heading.text)}")
    if SECTION_MARKER in text or SECTION_HEADING in text:
        quote_section(parts, reading)
    reading.found = bool(name or parts.metadata)


def split_card(text: str) -> CardParts:
    """Split a card into its metadata between two lines of `---` and its body."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != "---":
        return CardParts(metadata=None, body=lines, first_line=1)
    end = next((number for number in range(start + 1, len(lines)) if lines[number].rstrip() == "---"), None)
    stop = end if end is not None else _find_heading(lines, start + 1)
    document = read_yaml("\n".join(lines[start + 1 : stop]), start + 2)
    if end is None:
        unclosed = Fault(path="", line=start + 1, column=1, message="the metadata does not end with a line of `---`")
        document = replace(document, faults=(unclosed,), salvaged=True)
    after = stop + (end is not None)
    return CardParts(metadata=document, body=lines[after:], first_line=after + 1)


def _find_heading(lines: Sequence[str], start: int) -> int:
    last = min(len(lines), start + _MAX_UNCLOSED)
    return next((number for number in range(start, last) if _HEADING.match(lines[number])), last)


def read_metadata(parts: CardParts, own_id: str, reading: Reading) -> Metadata:
    """Return the metadata of a card, and write down what is wrong with it, each fault with its line."""
    document = parts.metadata
    if document is None:
        return Metadata(data={}, lines={}, own_id=own_id)
    data = as_mapping(document.data)
    if data is not document.data:
        reading.warn(parts.first_line - 2, "metadata: keys with values are expected here")
    for fault in document.faults[:_MAX_FAULTS]:
        reading.warn(fault.line, f"metadata: {fault.message}")
    if len(document.faults) > _MAX_FAULTS:
        reading.warn(0, f"metadata: and {count(len(document.faults) - _MAX_FAULTS, 'more fault')}")
    return Metadata(data=data, lines={key: document.line_of(key) for key in data}, own_id=own_id)


def _is_something_else(keys: Set[str]) -> bool:
    if keys & _OWN_KEYS:
        return False
    return "dataset_info" in keys or len(keys & _DATASET_KEYS) > 1 or len(keys & _SPACE_KEYS) > 1


def note_name(metadata: Metadata, headings: Sequence[Heading], reading: Reading) -> str:
    """Write down the name that metadata or the first heading gives, and return it; empty where none does."""
    index = as_list(metadata.data.get("model-index"))[:1]
    indexed = as_mapping(index[0]).get("name") if index else None
    for key, name in (("model_name", metadata.text("model_name")), ("model-index", take_text(indexed))):
        if name:
            reading.note_fact("name", name, metadata.line(key), key, "medium")
            return name
    for heading in headings:
        name = read_heading(heading.text)
        if heading.level == 1 and not _NO_NAME.fullmatch(name):
            reading.note_fact("name", name, heading.line, "first heading", "low")
            return name
    return ""


def find_headings(parts: CardParts) -> Iterator[Heading]:
    """Yield the body's headings, those in code and comments left out."""
    hidden = ""
    for number, whole in enumerate(parts.body, parts.first_line):
        line = whole.lstrip()[:_MAX_HEADING]
        if hidden:
            hidden = "" if hidden in whole else hidden
        elif line[:1] not in _OPENINGS:
            continue
        elif line.startswith(("```", "~~~")):
            hidden = line[:3]
        elif line.startswith("<!--") and "-->" not in whole:
            hidden = "-->"
        elif line.startswith("#") and (match := _HEADING.match(line)):
            yield Heading(line=number, level=len(match[1]), text=match[2])
        elif line.startswith("<") and (match := _HTML_HEADING.search(line)):
            yield Heading(line=number, level=1, text=match[1])


def read_heading(text: str) -> str:
    """Return a heading without markup and without the words `model card`."""
    plain = clean_line(_MARKUP.sub("", _LINK.sub(r"\1", text)))
    return clean_line(_CARD_WORDS.sub("", plain)).strip("*#:-–— ")


def note_access(metadata: Metadata, parts: CardParts, reading: Reading) -> None:
    """Write down the access level. A card shows the texts of a gate, not whether it is closed."""
    is_salvaged = parts.metadata is not None and parts.metadata.salvaged
    confidence: Confidence = "low" if is_salvaged else "medium"
    is_of_a_model = not _MODEL_KEYS.isdisjoint(metadata.data)
    if "gated" in metadata.data:
        reading.warn(metadata.line("gated"), "`gated` in a card has no effect; a gate is a setting of the repository")
    if metadata.gate_keys:
        line = metadata.line(metadata.gate_keys[0])
        level = judge_gate(metadata)
        rule = "gate texts" if level == CLICKTHROUGH else "gate texts mention a review"
        reading.note_fact("access", level, line, rule, confidence)
        text = "Is the gate on? Does it let everyone in (auto), or is each request reviewed (manual)?"
        reading.ask("gated", line, text)
    elif is_of_a_model:
        reading.note_fact("access", OPEN_WEIGHTS, 1, "a card that mentions no gate", confidence)
    if is_salvaged or not (is_of_a_model or metadata.gate_keys):
        reading.ask("access", 0, "How do people reach the model? The card's metadata is absent or unreadable.")


def quote_section(parts: CardParts, reading: Reading) -> None:
    """Quote the section that an earlier check left in the card."""
    section = list(find_section(parts))
    for line, text in section[:_MAX_QUOTED]:
        reading.note(QUOTE, line, text)
    if section:
        reading.warn(section[0][0], "the card has the section of an earlier check; it is quoted and claims nothing")


def find_section(parts: CardParts) -> Iterator[tuple[int, str]]:
    """Yield the lines, with their numbers, of the section that `report --kind model-card` writes."""
    inside = awaited = False
    for number, line in enumerate(parts.body, parts.first_line):
        stripped = line.strip()
        if stripped.startswith(("# ", "## ")):
            inside, awaited = awaited or stripped == SECTION_HEADING, False
        elif stripped == SECTION_MARKER:
            inside = awaited = True
        elif inside and stripped and not re.fullmatch(r"[|\-: ]+", stripped):
            yield number, clean_line(stripped)
