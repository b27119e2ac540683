"""What metadata of a model card says, in the card itself or in the Hub's answer: license, base models, gate texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from aisafe_cli.domain._record import record
from aisafe_cli.domain.plan import License
from aisafe_cli.importing.facts import (
    CLICKTHROUGH,
    FREE,
    UNKNOWN,
    VETTED,
    Confidence,
    Reading,
    clean_line,
    list_texts,
    split_words,
    take_text,
)

GATE_KEYS = tuple(
    f"extra_gated_{part}" for part in ("prompt", "fields", "heading", "button_content", "description", "eu_disallowed")
)
RELATIONS = ("finetune", "adapter", "quantized", "merge")
_NO_LICENSE = frozenset({"other", "unknown", "custom", "proprietary or other", "see license", "license"})
_MAX_BASES = 50
_MAX_GATE_TEXT = 100_000
_HUB_ADDRESS = re.compile(
    r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?([^/\s?#]+/[^/\s?#]+)", re.I
)
_ON_A_DISK = re.compile(r"^(?:[./~\\]|[A-Za-z]:[\\/]|file:)|\\")
_ADAPTER_LIBRARIES = frozenset({"peft", "adapter-transformers", "adapters"})
_ADAPTER_TAGS = frozenset({"adapter", "adapters", "dora", "lora", "peft", "qlora", "textual_inversion"})
_QUANTIZED_LIBRARIES = frozenset({"gguf", "llama.cpp", "llamacpp", "exllamav2", "exllamav3", "transcribe.cpp"})
_QUANTIZED_TAGS = split_words(
    "2-bit 3-bit 4-bit 8-bit 4bit 8bit awq exl2 exl3 ggml gguf gptq imatrix int4 int8 nvfp4 quantization quantized"
)
_QUANTIZED_NAME = re.compile(
    r"(?i)[-_.](?:awq|exl[23]|ggml|gguf|gptq|hqq|int[48]|fp8|nvfp4|mxfp4|w[48]a(?:8|16)|(?:bnb-)?[2-8]bit)(?:$|[-_.])"
)
_MERGE_TAGS = frozenset({"merge", "mergekit", "lazymergekit"})
_REMOVED = re.compile(r"(?i)(?:^|[^a-z])(abliterat\w*|uncensored|decensored|heretic|unfiltered|reduced[-_ ]refusals?)")
# Words by which a gate says that a person decides. A license's own words (`prior written approval`) are not among them.
_REVIEWED = re.compile(
    r"""(?ix)
      \b(?:requests?|applications?|submissions?|access)\b[^.\n]{0,80}?
        \b(?:will|must|shall|may|to|can|are|is|has|have)\s(?:\w+\s){0,3}
        (?:reviewed|approved|vetted|evaluated|screened|assessed)\b
    | \b(?:manual|manually|case[-\s]by[-\s]case)\b[^.\n]{0,20}\b(?:review|approv|vet|verif|check|grant)\w*
    | \b(?:we|team|authors?|maintainers?|owners?)\b[^.\n]{0,40}?\b(?:will|must|may|to)\s(?:\w+\s){0,2}
        (?:review|approve|verify|vet|evaluate)\b
    | \bgranted\b[^.\n]{0,30}\b(?:after|upon|once|following)\b[^.\n]{0,60}\b(?:review|approv|verif)\w*
    | \b(?:after|await|awaiting|for|pending|receive|requires?|subject\sto|upon)\s(?:our\s|the\s|manual\s)*
        (?:approval|review)\b(?!\s+of\b)
    | \binstitutional\s(?:e-?mail|affiliation)\b
    | \b(?:requests?|applications?|domains?|accounts?)\b[^.\n]{0,60}\bwill\sbe\s(?:denied|rejected|declined)\b
    """
)
_AT_ONCE = re.compile(r"(?i)\b(?:processed|granted|approved|accepted)\s+(?:immediately|automatically|instantly)\b")


@record
class Metadata:
    """The mapping of a card's metadata, where each key stands, and the names of the files beside the card."""

    data: dict[str, Any]
    lines: dict[str, int]
    files: tuple[str, ...] = ()
    own_id: str = ""

    def line(self, key: str) -> int:
        """Return the line of a key; 0 where it has none."""
        return self.lines.get(key, 0)

    def text(self, key: str) -> str:
        """Return the first text of a key; empty where it has none."""
        return take_text(self.data.get(key))

    def list_texts(self, key: str) -> list[str]:
        """Return the texts of a key."""
        return list_texts(self.data.get(key))

    @property
    def tags(self) -> set[str]:
        """The tags in lower case."""
        return {tag.lower() for tag in self.list_texts("tags")}

    @property
    def gate_keys(self) -> list[str]:
        """The keys of the gate texts that are there."""
        return [key for key in GATE_KEYS if self.data.get(key) not in (None, False, "")]


def note_stated_license(metadata: Metadata, reading: Reading) -> None:
    """Write down the license by its identifiers, name and link."""
    identifiers = [text for text in metadata.list_texts("license") if text.lower() not in _NO_LICENSE]
    name = metadata.text("license_name")
    name = "" if name.lower() in _NO_LICENSE else name
    if len(identifiers) > 1:
        reading.warn(metadata.line("license"), f"{len(identifiers)} licenses are named; all of them are taken to apply")
    identifier = clean_line(" AND ".join(identifiers))
    line = metadata.line("license" if identifier else "license_name" if name else "license_link")
    note_license(reading, identifier, name, metadata.text("license_link"), line)


def note_license(
    reading: Reading,
    identifier: str = "",
    name: str = "",
    link: str = "",
    line: int = 0,
    confidence: Confidence = "high",
    rule: str = "license as stated",
) -> None:
    """Write down a license by what texts say; where identifier, name and link differ in class, the strictest holds."""
    url = link if re.match(r"https?://[^\s/]", link) else ""
    if link and not url:
        reading.note_evidence(line, f"license text {link}")
    table = reading.table
    said = {"license": identifier, "license_name": name, "license_link": url}
    classes = {key: table.of_url(text) if key == "license_link" else table.of_text(text) for key, text in said.items()}
    known = {key: group for key, group in classes.items() if said[key] and group != UNKNOWN}
    group = table.strictest(list(known.values()))
    if len(set(known.values())) > 1:
        told = ", ".join(f"{key} {said[key]} is {group}" for key, group in known.items())
        reading.warn(line, f"the license contradicts itself ({told}); the strictest one is used until someone decides")
    kept = {key: text for key, text in said.items() if text and known.get(key, group) == group}
    if not kept:
        reading.ask("license", 0, "Which license applies? None is named.")
        return
    stated, called, address = (kept.get(key) for key in said)
    value = License(id=stated, name=called, url=address, declared_class=group)
    reading.note_fact("license", value, line, rule, confidence)
    if group == UNKNOWN:
        reading.ask("license", line, "What does the license allow? Its class is not known; set `class`.")


def warn_of_base_license(bases: Sequence[str], line: int, reading: Reading) -> None:
    """Warn where a model on a restricted base is said to be freely licensed: the base's terms hold at least."""
    stated = reading.facts.get("license")
    group = stated.value.declared_class if stated and isinstance(stated.value, License) else UNKNOWN
    for base in bases:
        of_base = reading.table.of_base(base)
        if of_base not in (*FREE, UNKNOWN) and group in (*FREE, UNKNOWN):
            reading.warn(line, f"{base} is released under a license that is {of_base}; its terms apply here too")


def note_bases(metadata: Metadata, reading: Reading) -> None:
    """Write down base models, the relation to them, and the role that follows."""
    line = metadata.line("base_model")
    named: dict[str, None] = {}
    for text in metadata.list_texts("base_model"):
        base = _read_base_model(text)
        if _ON_A_DISK.search(base) or base == metadata.own_id:
            reading.warn(line, f"base_model {base} is not another model that anyone can look up, so it is left out")
        else:
            named[base] = None
    bases = tuple(named)[:_MAX_BASES]
    if bases:
        note_base(bases, line, "base_model as stated", reading)
    elif link := metadata.text("model_link"):
        text = f"no base_model is named; {_read_base_model(link)} may be it"
        reading.warn(metadata.line("model_link"), text)
    note_relation(metadata, bases, reading)
    warn_of_base_license(bases, line, reading)


def note_base(bases: tuple[str, ...], line: int, rule: str, reading: Reading) -> None:
    """Write down base models and the role that follows from having one."""
    reading.note_fact("base_model", bases, line, rule, "high")
    reading.note_fact("role", "fine_tuner", line, "a base model is named", "medium")
    reading.ask("role", line, "A base model is named. Are you its fine_tuner, a distributor or a deployer?")


def note_relation(metadata: Metadata, bases: Sequence[str], reading: Reading) -> None:
    """Write down the stated relation to the base models, or what the Hub would infer."""
    field, stated = "base_model_relation", metadata.text("base_model_relation").lower()
    if stated in RELATIONS:
        reading.note_fact(field, stated, metadata.line(field), f"{field} as stated", "high")
    elif stated:
        reading.warn(metadata.line(field), f"{field} {stated} is not one of {', '.join(RELATIONS)}")
    if bases:
        relation = infer_relation(metadata, len(bases))
        reading.note_fact(field, relation, metadata.line("base_model"), "inferred as the Hub does", "medium")
    elif metadata.data.get("quantized_by"):
        reading.note_fact(field, "quantized", metadata.line("quantized_by"), "quantized_by", "medium")


def infer_relation(metadata: Metadata, count: int) -> str:
    """Return the relation that library, tags, name and files speak for."""
    tags, library = metadata.tags, metadata.text("library_name").lower()
    files = {file.rpartition("/")[2].lower() for file in metadata.files}
    if library in _ADAPTER_LIBRARIES or "adapter_config.json" in files:
        return "adapter"
    if tags & _ADAPTER_TAGS and library != "transformers":
        return "adapter"
    if library in _QUANTIZED_LIBRARIES or tags & _QUANTIZED_TAGS or metadata.data.get("quantized_by"):
        return "quantized"
    names = [*metadata.own_id.split(), *metadata.text("model_name").split()]
    if any(file.endswith(".gguf") for file in files) or any(map(_QUANTIZED_NAME.search, names)):
        return "quantized"
    return "merge" if count > 1 or tags & _MERGE_TAGS else "finetune"


def _read_base_model(text: str) -> str:
    address = _HUB_ADDRESS.match(text)
    return address[1] if address else text


def judge_gate(metadata: Metadata) -> str:
    """Return the access level that gate texts speak for: vetted only where they say that somebody decides."""
    parts: list[str] = []
    for key in metadata.gate_keys:
        parts += _list_gate_texts(metadata.data[key])
    text = re.sub(r"[ \t\n]+", " ", "\n".join(parts)[:_MAX_GATE_TEXT])
    return VETTED if _REVIEWED.search(text) and not _AT_ONCE.search(text) else CLICKTHROUGH


def _list_gate_texts(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _list_gate_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _list_gate_texts(inner)
    elif isinstance(value, str):
        yield f"{value}\n"


def warn_of_removed_refusals(metadata: Metadata, name: str, reading: Reading) -> None:
    """Warn where name or tags say that refusals were taken away: what the base was trained to refuse is gone."""
    words = [name, metadata.own_id, *sorted(metadata.tags)]
    if removed := next(filter(None, map(_REMOVED.search, words)), None):
        text = f"the model is called {removed[1].lower()}, so its base model's trained refusals do not carry over"
        reading.warn(metadata.line("tags"), text)
