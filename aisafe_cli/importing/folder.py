"""A folder with weights: its names, the headers of its weights, its license, and the card in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from aisafe_cli.importing.document import decode_text, read_json
from aisafe_cli.importing.facts import Reading, as_mapping, clean_line, take_text
from aisafe_cli.importing.files import MAX_HEADER, count_parameters, is_weight_file, note_policy_file, read_gguf
from aisafe_cli.importing.metadata import Metadata, note_base, note_license, note_relation, warn_of_base_license

CARD_NAME = "README.md"
_LICENSES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING")
# The keys that name a base model: an adapter's for certain, another configuration's perhaps.
_CONFIGS = {"adapter_config.json": "base_model_name_or_path", "config.json": "_name_or_path"}
_MAX_TEXT = 1 << 20
_MAX_LICENSE = 4096
_TITLE_LINES = 3
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.safetensors")


class FolderReader(Protocol):
    """The sorted names of a folder's files and the first bytes of each; the hash is that of all that was read."""

    def list_names(self) -> Sequence[str]: ...
    def read_start(self, name: str, limit: int) -> bytes: ...
    @property
    def sha256(self) -> str: ...


def is_model_folder(names: Sequence[str]) -> bool:
    """Return whether a folder's names are those of one model."""
    return any(name == CARD_NAME or _is_of_a_model(name) for name in names)


def _is_of_a_model(name: str) -> bool:
    return name in _CONFIGS or is_weight_file(name)


def read_folder(reader: FolderReader, reading: Reading) -> None:
    """Write down what a folder says, without its card. It is one of a model where it holds more than a card."""
    names = list(reader.list_names())
    reading.found = any(map(_is_of_a_model, names))
    note_weights(reader, names, reading)
    note_gguf(reader, names, reading)
    note_license_text(reader, names, reading)
    note_configs(reader, names, reading)
    for name in names:
        note_policy_file(name, 0, reading)
    reading.ask("access", 0, "Who gets the model, and how? A folder does not say how it will be released.")
    note_folder_name(reading.path, reading)


def note_weights(reader: FolderReader, names: Sequence[str], reading: Reading) -> None:
    """Count the parameters in the headers of the weights, if they are one file or one whole set."""
    files = [name for name in names if name.endswith(".safetensors") and not name.startswith("adapter_")]
    shards = [shard for shard in map(_SHARD.fullmatch, files) if shard]
    if shards:
        files = [shard[0] for shard in shards if shard[1] == shards[0][1]]
        if len(files) != int(shards[0][3]):
            reading.warn(0, f"{len(files)} of {int(shards[0][3])} weight files are here, so parameters are not counted")
            return
    if not files or (len(files) > 1 and not shards):
        return
    counts = [count_parameters(reader.read_start(name, MAX_HEADER)) for name in files]
    if all(counts):
        reading.note_fact("parameters", sum(filter(None, counts)), 0, f"counted in the header of {files[0]}", "high")
    else:
        reading.warn(0, f"{files[0]}: its header gives no count of parameters")


def note_gguf(reader: FolderReader, names: Sequence[str], reading: Reading) -> None:
    """Write down what the header of a GGUF file says."""
    name = next((name for name in names if name.lower().endswith(".gguf")), None)
    header = read_gguf(reader.read_start(name, MAX_HEADER)) if name else {}
    reading.note_fact("name", header.get("general.name"), 0, f"general.name of {name}", "medium")
    terms, title, link = (take_text(header.get(f"general.license{part}")) for part in ("", ".name", ".link"))
    if terms or title or link:
        note_license(reading, terms, title, link, confidence="medium", rule=f"general.license of {name}")
    count = header.get("general.base_model.count", "0")
    bases = []
    for number in range(min(int(count), 9) if count.isdigit() else 0):
        key = f"general.base_model.{number}."
        base = take_text(header.get(f"{key}repo_url")) or take_text(header.get(f"{key}name"))
        bases.append(base.removeprefix("https://huggingface.co/"))
    if bases := list(filter(None, bases)):
        note_base(tuple(bases), 0, f"general.base_model of {name}", reading)
        note_relation(Metadata(data={}, lines={}, files=tuple(names)), bases, reading)


def note_license_text(reader: FolderReader, names: Sequence[str], reading: Reading) -> None:
    """Write down the license by the title of its text."""
    name = next((name for name in _LICENSES if name in names), None)
    if name is None:
        return
    text = reader.read_start(name, _MAX_LICENSE).decode(errors="replace")
    lines = list(filter(None, map(str.strip, text.split("\n"))))
    if title := clean_line(" ".join(lines[:_TITLE_LINES]).lstrip("#* ")):
        note_license(reading, name=title, confidence="medium", rule=f"title of {name}")


def note_configs(reader: FolderReader, names: Sequence[str], reading: Reading) -> None:
    """Write down the base model of an adapter, and warn of one that a configuration hints at."""
    for name, key in _CONFIGS.items():
        if name not in names:
            continue
        data = read_json(decode_text(reader.read_start(name, _MAX_TEXT), reading)).data
        base = take_text(as_mapping(data).get(key))
        if name == "adapter_config.json" and base and "\\" not in base and not base.startswith((".", "/")):
            note_base((base,), 0, f"{key} of {name}", reading)
            reading.note_fact("base_model_relation", "adapter", 0, f"{name} is here", "high")
            warn_of_base_license((base,), 0, reading)
        elif base:
            reading.warn(0, f"{name} names {base} in {key}; it may be a base model")


def note_folder_name(path: str, reading: Reading) -> None:
    """Write down the folder's own name, where nothing better is known."""
    if name := clean_line(re.split(r"[\\/]", path.rstrip("\\/"))[-1]).strip("."):
        reading.note_fact("name", name.rpartition("__")[2] or name, 0, "name of the folder", "low")
