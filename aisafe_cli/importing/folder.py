"""A folder with weights: its names, the headers of its weights, its license, and the card in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from aisafe_cli.importing.document import read_json
from aisafe_cli.importing.facts import HIGH, LOW, MEDIUM, LicenseTable, Notebook, clean_line, take_text
from aisafe_cli.importing.headers import MAX_HEADER, count_parameters, read_gguf
from aisafe_cli.importing.hub import is_policy_file, is_weight_file
from aisafe_cli.importing.metadata import Metadata, build_license, note_base, note_relation, warn_of_base_license
from aisafe_cli.importing.source import decode_text

CARD_NAME = "README.md"
_LICENSES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING")
_CONFIGS = ("config.json", "adapter_config.json")
_MAX_TEXT = 1 << 20
_MAX_LICENSE = 4096
_TITLE_LINES = 3
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.safetensors")


class FolderReader(Protocol):
    """What can be read of a folder, within bounds."""

    def list_names(self) -> Sequence[str]:
        """Return the names of the files in it, sorted."""

    def read_start(self, name: str, limit: int) -> bytes:
        """Return the first bytes of a file; none where it cannot be read."""

    @property
    def sha256(self) -> str:
        """The hash of the names and of everything read so far."""


def is_model_folder(names: Sequence[str]) -> bool:
    """Return whether a folder's names are those of one model."""
    return any(name in (CARD_NAME, *_CONFIGS) or is_weight_file(name) for name in names)


def read_folder(reader: FolderReader, notes: Notebook, table: LicenseTable) -> bool:
    """Write down what a folder says, without its card. Return whether it holds anything of a model."""
    names = list(reader.list_names())
    note_weights(reader, names, notes)
    note_gguf(reader, names, notes, table)
    note_license_text(reader, names, notes, table)
    note_configs(reader, names, notes, table)
    for name in filter(is_policy_file, names):
        notes.point_to(0, f"file {name}")
    notes.ask("access", 0, "Whom is the model given to, and how? A folder does not say how far it is opened.")
    return any(name in _CONFIGS or is_weight_file(name) for name in names)


def note_weights(reader: FolderReader, names: Sequence[str], notes: Notebook) -> None:
    """Count the parameters in the headers of the weights, if they are one file or one whole set."""
    files = [name for name in names if name.endswith(".safetensors") and not name.startswith("adapter_")]
    shards = [shard for shard in map(_SHARD.fullmatch, files) if shard]
    if shards:
        files = [shard[0] for shard in shards if shard[1] == shards[0][1]]
        if len(files) != int(shards[0][3]):
            notes.warn(0, f"{len(files)} of {int(shards[0][3])} files of weights are here; nothing is counted")
            return
    if not files or (len(files) > 1 and not shards):
        return
    counts = [count_parameters(reader.read_start(name, MAX_HEADER)) for name in files]
    if all(counts):
        total = sum(filter(None, counts))
        notes.note_fact("parameters", total, 0, f"counted in the header of {files[0]}", HIGH)
    else:
        notes.warn(0, f"{files[0]}: its header gives no count of parameters")


def note_gguf(reader: FolderReader, names: Sequence[str], notes: Notebook, table: LicenseTable) -> None:
    """Write down what the header of a GGUF file says."""
    name = next((name for name in names if name.lower().endswith(".gguf")), None)
    header = read_gguf(reader.read_start(name, MAX_HEADER)) if name else {}
    if called := header.get("general.name"):
        notes.note_fact("name", called, 0, f"general.name of {name}", MEDIUM)
    license_, title, link = (take_text(header.get(f"general.license{part}")) for part in ("", ".name", ".link"))
    if license_ or title or link:
        build_license(license_, title, link, 0, notes, table, MEDIUM, f"general.license of {name}")
    count = header.get("general.base_model.count", "0")
    keys = [f"general.base_model.{number}." for number in range(min(int(count), 9) if count.isdigit() else 0)]
    bases = [take_text(header.get(f"{key}repo_url")) or take_text(header.get(f"{key}name")) for key in keys]
    if named := [base.removeprefix("https://huggingface.co/") for base in bases if base]:
        note_base(tuple(named), 0, f"general.base_model of {name}", HIGH, notes)
        note_relation(Metadata(data={}, lines={}, files=tuple(names)), named, notes)


def note_license_text(reader: FolderReader, names: Sequence[str], notes: Notebook, table: LicenseTable) -> None:
    """Write down the license by the title of its text."""
    name = next((name for name in _LICENSES if name in names), None)
    if name is None:
        return
    text = reader.read_start(name, _MAX_LICENSE).decode(errors="replace")
    title = clean_line(" ".join(list(filter(None, map(str.strip, text.split("\n"))))[:_TITLE_LINES]).lstrip("#* "))
    if title:
        build_license("", title, "", 0, notes, table, MEDIUM, f"title of {name}")


def note_configs(reader: FolderReader, names: Sequence[str], notes: Notebook, table: LicenseTable) -> None:
    """Write down the base model of an adapter, and warn of one that a configuration hints at."""
    for name, key in (("adapter_config.json", "base_model_name_or_path"), ("config.json", "_name_or_path")):
        if name not in names:
            continue
        data = read_json(decode_text(reader.read_start(name, _MAX_TEXT), notes)).data
        base = take_text(data.get(key)) if isinstance(data, dict) else ""
        if not base:
            continue
        if name == "adapter_config.json" and "\\" not in base and not base.startswith((".", "/")):
            note_base((base,), 0, f"{key} of {name}", HIGH, notes)
            notes.note_fact("base_model_relation", "adapter", 0, f"{name} is here", HIGH)
            warn_of_base_license((base,), 0, notes, table)
        else:
            notes.warn(0, f"{name} names {base} in {key}; it may be a base model")


def note_folder_name(path: str, notes: Notebook) -> None:
    """Write down the folder's own name, where nothing better is known."""
    if name := clean_line(re.split(r"[\\/]", path.rstrip("\\/"))[-1]).strip("."):
        notes.note_fact("name", name.rpartition("__")[2] or name, 0, "name of the folder", LOW)
