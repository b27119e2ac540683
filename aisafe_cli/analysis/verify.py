"""Find a catalog's safeguards in a copy of its document, by locator and hash. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import partial

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Catalog, Safeguard

_LONGEST = 5_000  # letters of a passage; a document may hold its first words any number of times
_COLUMN_GAP = re.compile(r"\s{2,}")


class Match(StrEnum):
    """How far a safeguard was found in the document."""

    FOUND = "found"
    OTHER_PAGE = "other_page"
    PAGE_ONLY = "page_only"
    NOT_FOUND = "not_found"


@record
class Verified:
    """A safeguard, how far it was found, and in words what does not match."""

    safeguard: Safeguard
    match: Match
    detail: str = ""


def verify(catalog: Catalog, pages: Sequence[str]) -> tuple[Verified, ...]:
    """Look for every safeguard on the pages of a document.

    Only letters count, in lower case, so that line numbers, footnote marks and line breaks do not matter. Tables are
    read twice: whole, and with the right-hand column alone, as text tools set columns side by side.
    """
    readings = [[_take_letters(page), _take_letters(_take_right_column(page))] for page in pages]
    whole = [_take_letters("".join(pages)), _take_letters("\n".join(map(_take_right_column, pages)))]
    bodies = [_strip_heads(_take_letters(page), catalog.document.running_heads) for page in pages]
    verified = []
    for safeguard in catalog.entries:
        texts: Sequence[Iterable[str]] = readings
        if last := safeguard.locator.ends_on_page:
            span = last - safeguard.locator.page + 1
            texts = [["".join(bodies[index : index + span])] for index in range(len(pages))]
        verified.append(_verify_safeguard(safeguard, pages, texts, whole))
    return tuple(verified)


def _strip_heads(letters: str, heads: Iterable[str]) -> str:
    """Return the letters of a page without the running heads at its top, in whatever order they stand there."""
    known = list(map(_take_letters, heads))
    while head := next((head for head in known if head and letters.startswith(head)), ""):
        letters = letters.removeprefix(head)
    return letters


def _verify_safeguard(
    safeguard: Safeguard, pages: Sequence[str], readings: Sequence[Iterable[str]], whole: Iterable[str]
) -> Verified:
    if not safeguard.locator.opens_with:
        return Verified(
            safeguard=safeguard, match=Match.PAGE_ONLY, detail="only the page is given, so no text is compared"
        )
    has_passage = partial(_has_passage, safeguard=safeguard)
    on_pages = [page for page, texts in zip(pages, readings, strict=True) if any(map(has_passage, texts))]
    printed = str(safeguard.locator.page)
    if any(printed in map(str.strip, page.splitlines()) for page in on_pages):
        return Verified(safeguard=safeguard, match=Match.FOUND)
    if on_pages or any(map(has_passage, whole)):
        detail = f"the text is there, but not on a page that is printed {printed}"
        return Verified(safeguard=safeguard, match=Match.OTHER_PAGE, detail=detail)
    return Verified(safeguard=safeguard, match=Match.NOT_FOUND, detail=_describe_mismatch(safeguard, whole))


def _describe_mismatch(safeguard: Safeguard, whole: Iterable[str]) -> str:
    texts = list(whole)
    opens, ends = safeguard.locator.opens_with, safeguard.locator.ends_with
    missing = []
    for words in (opens, ends):
        letters = _take_letters(words)
        if not any(letters in text for text in texts):
            missing.append(words)
    if missing:
        return "not in the document: " + " and ".join(f"“{words}”" for words in missing)
    return f"the letters from “{opens}” to “{ends}” have another hash"


def _has_passage(text: str, safeguard: Safeguard) -> bool:
    locator = safeguard.locator
    opens, ends = _take_letters(locator.opens_with), _take_letters(locator.ends_with)
    start = text.find(opens)
    while start >= 0:
        end = text.find(ends, start, start + _LONGEST)
        found = text[start : end + len(ends)] if end >= 0 else ""
        if found and hashlib.sha256(found.encode()).hexdigest() == locator.sha256_of_letters:
            return True
        start = text.find(opens, start + 1)
    return False


def _take_letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def _take_right_column(page: str) -> str:
    return "\n".join(_COLUMN_GAP.split(line.strip())[-1] for line in page.splitlines())
