"""License identifiers, names and links to classes: what a recipient may do with a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from aisafe_cli.io.read import hash_content, read_bytes
from aisafe_cli.io.resources import find_data_file, read_compiled, read_packaged_json
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import MAX_BYTES, YamlDocument
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.unicode import normalize, strip_invisible

LICENSES = "licenses.yaml"
SPDX_CLASSES = "spdx-classes.json"
UNKNOWN = "unknown"
_OPERATORS = frozenset({"OR", "AND", "WITH"})
_OR, _AND = r"(?i)\sOR\s", r"(?i)\sAND\s"
_INNERMOST = r"\(([^()]+)\)"
_RATED = "\0"  # stands before the place of the class of what was in parentheses
_JOINING = frozenset({"and", "or", "with"})
_FREE = frozenset({"permissive", "copyleft"})
# Which word of a name counts where it holds several: a community license can be noncommercial, and so is one for
# non-commercial research.
_TELLING = ("noncommercial", "research_only", "proprietary", "use_restricted", "copyleft", "permissive")
_MAX_NAME = 2000
_AFTER_IDENTIFIER = r"(?:\.(?:html|json|md|php|txt|ya?ml))?(?:[/?#].*)?$"
_NAME_WORD = r"\d+(?:\.\d+)*|[^\W\d_]+\+*"
_SAYS_NOTHING = frozenset({"a", "agreement", "license", "licence", "of", "terms", "the", "v", "version"})


def check_licenses(content: bytes) -> dict[str, Any]:
    """Return the classes as plain data. Raises InputError with every fault."""
    document = YamlDocument(find_data_file(LICENSES), content)
    data: dict[str, Any] = check(document, "licenses")
    document.raise_faults()
    return data


def _spell_plainly(name: str) -> str:
    """Return a name as a reader sees it: full-width and other forms of letters as plain ones, nothing invisible."""
    return strip_invisible(normalize(name)) if len(name) <= _MAX_NAME else name


def fold_license_name(name: str) -> str:
    """Return the words of a license's name by which it is compared: `Llama 3.0 License` and `llama3` are `llama 3`."""
    words = (word.removesuffix(".0") for word in re.findall(_NAME_WORD, _spell_plainly(name[:_MAX_NAME]).lower()))
    return " ".join(word for word in words if word not in _SAYS_NOTHING)


class LicenseClasses:
    """The classes of `safeguards/licenses.yaml`, freest first."""

    def __init__(self) -> None:
        content = read_bytes(find_data_file(LICENSES), MAX_BYTES)
        data = read_compiled(LICENSES, hash_content(content)) or check_licenses(content)
        self._classes = data["classes"]
        self._registries: list[str] = data.get("registries", [])
        self._order: list[str] = [entry["id"] for entry in data["classes"]] + [UNKNOWN]
        self._ids = {name.lower(): entry["id"] for entry in data["classes"] for name in entry["ids"]}
        self._prefixes = [(prefix.lower(), entry["id"]) for entry in data["classes"] for prefix in entry["prefixes"]]

    def strictest(self, classes: Iterable[str]) -> str:
        """Return the least free of the classes that are known; `unknown` where none is."""
        return max((one for one in classes if one != UNKNOWN), key=self._order.index, default=UNKNOWN)

    def derive(self, identifier: str | None, name: str | None, url: str | None) -> str:
        """Return the freest class that identifier, name or address stand for; `unknown` where none is known."""
        classes = [self.of_text(text) for text in (identifier, name) if text]
        return min([*classes, self.of_url(url) if url else UNKNOWN], key=self._order.index)

    def of_text(self, text: str) -> str:
        """Return the class of an expression, an identifier or a name."""
        by_expression = self.of_expression(text)
        return self.of_name(text) if by_expression == UNKNOWN else by_expression

    def of_name(self, name: str) -> str:
        """Return the class of a name or a title: words that restrict count anywhere, those that free at its start."""
        folded = fold_license_name(name)
        if folded in self._folded_ids:
            return self._folded_ids[folded]
        padded = f" {folded} "
        is_plain = _JOINING.isdisjoint(folded.split())
        for phrase, group in self._phrases("names"):
            if group not in _FREE and phrase in padded:
                return group
            if group in _FREE and is_plain and padded.startswith(phrase):
                return group
        return UNKNOWN

    def of_url(self, url: str) -> str:
        """Return the class of the license whose text is at an address; `unknown` where it is not listed.

        In a registry, such as that of SPDX, the identifier is the first part that follows.
        """
        written = url.lower()
        address = (written.partition("://")[2] or written).removeprefix("www.")
        if group := next((group for link, group in self._links if address.startswith(link)), None):
            return group
        named = (address.removeprefix(start) for start in self._registries if address.startswith(start))
        return self.of_text(re.sub(_AFTER_IDENTIFIER, "", next(named, "")))

    def of_base(self, model: str) -> str:
        """Return the class of the license that a known model is given out under; `unknown` where it is not listed."""
        padded = f" {fold_license_name(model)} "
        return next((group for phrase, group in self._phrases("bases") if phrase in padded), UNKNOWN)

    def _phrases(self, key: str) -> list[tuple[str, str]]:
        return self._folded[key]

    @cached_property
    def _folded(self) -> dict[str, list[tuple[str, str]]]:
        """The words of names and of base models, each with a space around it, with their classes, the telling first."""
        folded: dict[str, list[tuple[str, str]]] = {"names": [], "bases": []}
        for key, phrases in folded.items():
            for entry in self._classes:
                phrases += [(f" {fold_license_name(str(name))} ", entry["id"]) for name in entry.get(key, ())]
            phrases.sort(key=lambda phrase: (_TELLING.index(phrase[1]), -len(phrase[0])))
        return folded

    @cached_property
    def _folded_ids(self) -> dict[str, str]:
        return {fold_license_name(name): group for name, group in self._ids.items()}

    @cached_property
    def _links(self) -> list[tuple[str, str]]:
        links = [(link, entry["id"]) for entry in self._classes for link in entry.get("links", ())]
        return sorted(links, key=lambda link: -len(link[0]))

    @cached_property
    def _spdx(self) -> dict[str, str]:
        """The classes of the SPDX identifiers that `licenses.yaml` does not name, in lower case."""
        stored = read_packaged_json(find_data_file(SPDX_CLASSES))
        return {name.lower(): group for group, names in stored["classes"].items() for name in names}

    def of_expression(self, expression: str) -> str:
        """Return the class of an SPDX expression: in `A OR B` the freer one, in `A AND B` the less free, or unknown."""
        text = f" {_spell_plainly(expression)} ".replace(_RATED, " ")
        try:
            while inner := re.search(_INNERMOST, text):
                rated = self._rate_plain(inner[1])
                text = f"{text[: inner.start()]} {_RATED}{rated} {text[inner.end() :]}"
            return self._order[self._rate_plain(text)]
        except ValueError:
            return UNKNOWN

    def _rate_plain(self, text: str) -> int:
        """Return the place of an expression's class. Raises ValueError where parentheses or anything else are amiss."""
        if "(" in text or ")" in text:
            raise ValueError(text)
        return min(max(map(self._rate_name, re.split(_AND, choice))) for choice in re.split(_OR, text))

    def _rate_name(self, text: str) -> int:
        words = text.split()
        names, joints = words[::2], words[1::2]  # an exception only adds permissions
        if len(names) == len(joints) or {word.upper() for word in joints} - {"WITH"}:
            raise ValueError(text)
        if not _OPERATORS.isdisjoint(word.upper() for word in names) or any(_RATED in word for word in names[1:]):
            raise ValueError(text)
        if names[0].startswith(_RATED):
            return int(names[0].removeprefix(_RATED))
        return self._order.index(self._of_identifier(names[0]))

    def _of_identifier(self, identifier: str) -> str:
        name = identifier.lower().removeprefix("licenseref-")  # one's own name for what has one already hides nothing
        by_prefix = (group for prefix, group in self._prefixes if name.startswith(prefix))
        # `+` stands for later versions, but some names end in it.
        known = self._ids.get(name) or self._ids.get(name.removesuffix("+")) or next(by_prefix, None)
        return known or self._spdx.get(name) or self._spdx.get(name.removesuffix("+"), UNKNOWN)
