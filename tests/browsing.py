"""Look at pages as a browser shows them. What is not installed is not looked at, and the test says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
CALM = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no look at pages in a browser: playwright is not installed"
    )
    if CHROMIUM is None:
        pytest.skip("no look at pages in a browser: no chromium is installed")
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=[*CALM, *root])
        yield started
        started.close()


def opened(
    browser: Any, path: Path, scheme: str = "light", width: int = 1200, **settings: Any
) -> tuple[Any, list[str]]:
    """Open a page, and note everything that a page at rest does not do."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **settings)
    page, noted = context.new_page(), []
    page.on("console", lambda message: noted.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noted.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: noted.append(f"popup: {popup.url}"))
    page.on("request", lambda request: noted.append(f"request: {request.url}"))
    page.goto(path.as_uri())
    assert noted.pop(0) == f"request: {path.as_uri()}"
    return page, noted


def find_violations(page: Any, *rules: str) -> list[tuple[str, str]]:
    """The accessibility rules that a page breaks, of all or of some, each with the first element that does."""
    axe = pytest.importorskip(
        "axe_playwright_python", reason="no check with axe: axe-playwright-python is not installed"
    )
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(rules.length ? {runOnly: rules} : {})", list(rules))
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
