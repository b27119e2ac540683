"""Addresses that become links: those of plans, if they are plain, and those of a catalog's sources."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aisafe_cli.text.escape import markdown_safe

# The whole of an address that becomes a link: plain host, no user, no port, and nothing that could end an attribute.
LINK = re.compile(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/%?=&#+:,;@!$()*-]*)?")
# One that Markdown needs no escaping for.
PLAIN_ADDRESS = re.compile(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/%?=&#+-]*)?")
_SOURCE = re.compile(r"(https://[^\s,;]+|arXiv \d{4}\.\d{5})")


def split_sources(locator: str) -> Iterable[tuple[str, str]]:
    """Yield the parts of where a source is found, each with its address, which is empty where a part has none."""
    for part in _SOURCE.split(locator):
        yield (
            part,
            f"https://arxiv.org/abs/{part[6:]}" if part.startswith("arXiv ") else part * part.startswith("https"),
        )


def link_sources(locator: str) -> str:
    """Return as Markdown where a source of the catalog is found, with its addresses as links."""
    return "".join(_link_source(text, address) for text, address in split_sources(locator))


def _link_source(text: str, address: str) -> str:
    if not PLAIN_ADDRESS.fullmatch(address):
        before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
        return f"{before}{markdown_safe(text)}{after}"
    return f"<{address}>" if text == address else f"[{markdown_safe(text)}]({address})"
