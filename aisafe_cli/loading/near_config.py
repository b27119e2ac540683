"""What looks like a configuration of this tool and is not read as one, so that nobody takes it for one."""

from __future__ import annotations

import json
import re

from aisafe_cli.domain.settings import DEFAULTS
from aisafe_cli.loading.config import TOML_NAME, YAML_NAME
from aisafe_cli.text.unicode import fold_look

# Folders in which other tools look for configurations.
CONFIG_FOLDERS = (".aisafe", ".config", ".config/aisafe", ".github", ".gitlab")
_STEM = "aisafe"
_TOOL = r"ai[-_ ]?safe(?:[-_ ]?cli)?"
_FILE = rf"[._]?{_TOOL}(?:[-_.]?(?:conf|config|settings|rc))?"
_NEAR_NAME = rf"{_FILE}\.(?:ya?ml(?:\.(?:txt|ya?ml))?|toml|cfg|ini|conf)|\.?{_TOOL}rc"
_JSON_NAME = rf"{_FILE}\.json[5c]?"
# Its content has to show more: baselines and catalogs of one's own are called so too.
_LOOSE_NAME = rf"(?!.*\.plan\.).*{_TOOL}.*\.(?:ya?ml|toml)|\.?{_TOOL}"
_GENERAL_NAME = r"config\.(?:ya?ml|toml|json)"
_OF_ALL_TOOLS = ("setup.cfg", "tox.ini", "package.json", TOML_NAME)
_SECTION = rf"(?mi)^\[(?:tool[:.])?{_TOOL}\]".encode()
_SETTINGS = {name.partition(".")[0] for name in DEFAULTS}
_CERTAIN_SETTINGS = {"expect", "fail_under", "must_satisfy", "strict"}
_SETTING, _CERTAIN_SETTING = (
    rb"(?m)^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\{ ?)?[\"']?(?:%s)[\"']?[ \t]*[:=]" % "|".join(sorted(names)).encode()
    for names in (_SETTINGS, _CERTAIN_SETTINGS)
)


def is_near_name(name: str) -> bool:
    """Return whether a file looks like a configuration by its name alone, and is none."""
    return name != YAML_NAME and _matches(_NEAR_NAME, _fold(name))


def may_hold_config(name: str, folder: str = "", *, is_alone: bool = True) -> bool:
    """Return whether only the content of a file tells if it is meant as a configuration.

    `folder` is that of `CONFIG_FOLDERS` in which the file is, if it is in one. Beside a configuration, which is where
    it is not alone, a name such as `aisafe.strict.yaml` is that of another one, for `--config`.
    """
    seen = _fold(name)
    if folder:
        is_general = folder.endswith(_STEM) and re.fullmatch(_GENERAL_NAME, seen) is not None
        return is_general or seen == YAML_NAME or is_near_name(name) or _matches(_JSON_NAME, seen)
    is_other = seen in _OF_ALL_TOOLS or _matches(_JSON_NAME, seen) or _is_misspelled(seen)
    is_loose = is_alone and _matches(_LOOSE_NAME, seen)
    return (is_other or is_loose) and name not in (YAML_NAME, TOML_NAME)


def holds_config(name: str, content: bytes) -> bool:
    """Return whether a file that may hold a configuration does."""
    seen = _fold(name)
    if ".json" in seen:
        return _holds_json(seen, content)
    is_loose = _matches(_LOOSE_NAME, seen) and seen != YAML_NAME and not is_near_name(name)
    sought = _SECTION if seen in _OF_ALL_TOOLS else _CERTAIN_SETTING if is_loose else _SETTING
    return re.search(sought, content.replace(b"\0", b"")) is not None


def _holds_json(name: str, content: bytes) -> bool:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):  # a report that was cut off, for one
        return False
    keys = data if isinstance(data, dict) else ()
    if name in _OF_ALL_TOOLS:
        return any(re.fullmatch(_TOOL, _fold(key)) for key in keys)
    return not _SETTINGS.isdisjoint(keys)


def _is_misspelled(name: str) -> bool:
    stem, _, ending = name.removeprefix(".").partition(".")
    return ending in ("yaml", "yml") and not _leave_one_out(stem).isdisjoint(_leave_one_out(_STEM))


def _leave_one_out(word: str) -> set[str]:
    """Return a word and what is left of it without one letter; two words with a slip between them share one."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _matches(pattern: str, seen: str) -> bool:
    """Return whether the name of a file matches a pattern of the tool's name; most need no pattern to tell."""
    return "safe" in seen and re.fullmatch(pattern, seen) is not None


def _fold(name: str) -> str:
    return fold_look(name).strip()
