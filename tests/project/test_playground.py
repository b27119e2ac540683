"""The playground: what its files promise, and, where it is built, that a browser prints what a terminal prints.

`just playground playground-test` builds it and runs the second half, which needs a browser and some minutes.
"""

from __future__ import annotations

import base64
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from browsing import find_violations
from conftest import ROOT, TODAY, Program
from test_upkeep import read_module

SOURCE = ROOT / "docs" / "playground"
BUILT = ROOT / "build" / "site"
PAGE = (SOURCE / "index.html").read_text(encoding="utf-8")
PLANS = sorted(
    path
    for folder in ("examples", "tests/cases", "tests/must_fail", "tests/loading/faults")
    for path in (ROOT / folder).glob("*.plan.yaml")
)

# The parser of a browser is PyYAML's own, whose words for what is no YAML differ from those of libyaml.
PURE = "import yaml; yaml.__with_libyaml__ = False; from aisafe_cli.__main__ import main; main()"
FAULTY = "schema_version: 1\nmodel:\n  nam: é x\nchannels: []\n"

needs_build = pytest.mark.skipif(
    not (BUILT / "playground").is_dir() and "AISAFE_PLAYGROUND" not in os.environ,
    reason="the playground is not built; see `just playground`",
)


# --- its files ------------------------------------------------------------------------------------------------------


def test_what_is_built_from_is_there_and_has_hashes() -> None:
    build = read_module("docs/playground/build.py")
    others = ("worker.js", "run.py", "compile.py", "compile.mjs", "licenses.txt")
    assert all((SOURCE / name).is_file() for name in (*build.PAGE, *others))
    wanted = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    fetched = [package for path, package in locked.items() if path]
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in fetched)


def test_nothing_that_the_program_imports_is_left_out() -> None:
    left_out = read_module("docs/playground/compile.py").LEFT_OUT
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "aisafe_cli").rglob("*.py"))
    modules = {name.replace(".", "/") for name in re.findall(r"^ *(?:from|import) ([a-z_.]+)", source, re.MULTILINE)}
    assert {"os", "yaml", "collections/abc"} <= modules
    modules -= {"concurrent/futures", "multiprocessing"}  # a browser has one process, and they are imported for more
    files = [f"{name}{end}" for name in modules for end in (".py", "/__init__.py")]
    assert not [file for file in files if any(fnmatch(file, pattern) for pattern in left_out)]


def test_the_page_may_only_load_what_lies_beside_it() -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    assert {name: set(sources) for name, *sources in (directive.split() for directive in policy.split("; "))} == {
        "default-src": {"'none'"},
        "script-src": {"'self'", "'wasm-unsafe-eval'"},
        "worker-src": {"'self'", "blob:"},
        "connect-src": {"'self'"},
        "style-src": {"'self'", "'{{", "style_hash", "}}'"},
        "img-src": {"'self'", "data:"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
    }
    files = [path for path in SOURCE.iterdir() if path.suffix in (".html", ".css", ".js")]
    assert not [path.name for path in files if re.search(r"https?://", path.read_text(encoding="utf-8"))]
    assert 'sandbox=""' in PAGE


def test_the_page_says_what_it_cannot_do() -> None:
    limits = PAGE[PAGE.index("What this page cannot do") :]
    for word in ("Evidence files", "Git", "Configuration", "templates", "baselines", "256 KiB"):
        assert word in limits


# --- in a browser ---------------------------------------------------------------------------------------------------


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder to this machine, and keeps the paths that it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Answers without a word on standard error."""

    server: Server

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(BUILT) as serving:
        yield serving
        serving.shutdown()


def open_page(browser: Any, server: Server, **settings: Any) -> Any:
    page = browser.new_context(**settings).new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{server.address}playground/")
    return page


def check_first(page: Any) -> None:
    page.fill("#day", TODAY)
    page.click("#check")
    page.wait_for_selector(".verdict .word")


@needs_build
def test_a_browser_prints_what_a_terminal_prints(browser: Any, server: Server, aisafe: Program, tmp_path: Path) -> None:
    page = open_page(browser, server, bypass_csp=True)  # which lets the test call the page's own modules
    page.evaluate("""async () => {
        const { Checker } = await import("./checker.js");
        const checker = new Checker(document.body.dataset.runtime);
        window.check = (name, plan, options) =>
            checker.check(name, Uint8Array.from(atob(plan), (letter) => letter.charCodeAt(0)), options);
    }""")
    folder = tmp_path / "plans"
    shutil.copytree(ROOT / "examples", folder)
    other, words = [], []
    for number, plan in enumerate(PLANS):
        shutil.copyfile(plan, folder / plan.name)
        content = base64.b64encode(plan.read_bytes()).decode()
        options = ["--as-of", TODAY, *(["--strict"] if number % 2 else [])]
        shown = page.evaluate("([...words]) => check(...words)", [plan.name, content, options])
        printed = print_in_terminal(aisafe, folder, plan.name, options)
        if shown != printed:
            pure = print_in_terminal(aisafe, folder, plan.name, options, pure=True)
            (words if shown == pure and "not valid YAML" in printed["said"] else other).append(plan.name)
    print(f"\n{len(PLANS) - len(words) - len(other)} of {len(PLANS)} the same; in the words of another parser: {words}")
    assert len(PLANS) >= 80
    assert not other
    assert len(words) < len(PLANS) / 10


def print_in_terminal(aisafe: Program, folder: Path, name: str, options: list[str], pure: bool = False) -> Any:
    """What `aisafe check` prints, says and writes: the same keys as those of run.py."""
    files = {"json": folder / "report.json", "html": folder / "report.html"}
    formats = [word for kind, file in files.items() for word in ("-f", f"{kind}={file.name}")]
    words = ["check", name, "-f", "table", *formats, *options]
    done = run_pure(words, folder) if pure else aisafe(*words, cwd=folder)
    texts = {kind: file.read_bytes().decode() if file.exists() else "" for kind, file in files.items()}
    for file in files.values():
        file.unlink(missing_ok=True)
    return {"code": done.returncode, "table": done.stdout, "said": done.stderr, **texts}


def run_pure(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program with the parser that a browser has."""
    command = [sys.executable, "-c", PURE, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False)


@needs_build
def test_nothing_is_asked_of_the_network_once_it_is_loaded(browser: Any, server: Server) -> None:
    page = open_page(browser, server)
    requests: list[str] = []
    check_first(page)
    page.context.on("request", lambda request: requests.append(request.url))
    page.context.set_offline(True)
    page.select_option("#example", "overclaiming.plan.yaml")
    page.wait_for_selector(".verdict.fail")
    page.select_option("#catalog", "all")
    page.wait_for_selector("#command:has-text('--catalog all')")
    page.check("#strict")
    page.fill("#day", "2027-01-02")
    page.wait_for_selector("#command:has-text('--as-of 2027-01-02 --catalog all --strict')")
    for tab in ("table", "json", "html"):
        page.click(f"#tab-{tab}")
    page.fill("#plan", FAULTY)
    page.wait_for_selector(".verdict.none .word")
    assert [url for url in requests if not url.startswith(("blob:", "about:", "data:"))] == []


@needs_build
def test_the_policy_holds_in_the_worker_too(browser: Any, tmp_path: Path) -> None:
    copy = tmp_path / "playground"
    shutil.copytree(BUILT / "playground", copy, ignore=shutil.ignore_patterns("*.zip", "pyodide*"))
    (worker,) = copy.glob("runtime-*/worker.js")
    page = browser.new_context().new_page()
    with Server(tmp_path) as serving, Server(tmp_path) as elsewhere:
        asks = f"fetch('{elsewhere.address}', {{ mode: 'no-cors' }}).then(() => 'let through', () => 'refused')"
        answers = "then((failure) => postMessage({ id, failure }))"
        worker.write_text(f"onmessage = ({{ data: {{ id }} }}) => {asks}.{answers}", encoding="utf-8")
        page.goto(f"{serving.address}playground/")
        page.click("#check")
        page.wait_for_selector("#verdict:has-text('Not checked: ')")
        assert "refused" in page.inner_text("#verdict")
        assert elsewhere.asked == []
        serving.shutdown()
        elsewhere.shutdown()


@needs_build
def test_a_fault_leads_to_its_line_and_column(browser: Any, server: Server) -> None:
    page = open_page(browser, server)
    page.fill("#plan", FAULTY)
    check_first(page)
    assert page.inner_text(".verdict .word") == "NOT EVALUATED"
    places = page.locator("#list .place").all_inner_texts()
    assert places == ["Line 3, column 3", "Line 3, column 3", "Line 4, column 11"]
    page.click("#list .place >> nth=1")
    assert page.locator("#plan").evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)") == "nam: é x"


@needs_build
def test_a_check_can_be_stopped_and_begun_again(browser: Any, server: Server) -> None:
    page = open_page(browser, server)
    page.click("#check")
    page.click("#stop")
    page.wait_for_selector("#verdict:has-text('Not checked: stopped')")
    check_first(page)
    assert page.is_hidden("#stop")


@needs_build
def test_a_load_that_failed_can_be_tried_again(browser: Any, server: Server) -> None:
    page = open_page(browser, server)
    page.context.route("**/packages.zip", lambda route: route.abort())
    page.click("#check")
    page.wait_for_selector("#verdict:has-text('Not checked: ')")
    page.context.unroute("**/packages.zip")
    check_first(page)


@needs_build
def test_a_check_that_takes_too_long_is_ended(browser: Any, server: Server) -> None:
    page = open_page(browser, server, bypass_csp=True)
    told = page.evaluate("""async () => {
        const { Checker } = await import("./checker.js");
        const checker = new Checker(document.body.dataset.runtime, 1);
        return checker.check("a.plan.yaml", new Uint8Array(), []).catch((error) => error.message);
    }""")
    assert told == "stopped after 0.001 seconds"


@needs_build
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_axe_finds_no_violation_in_any_state(browser: Any, server: Server, scheme: str, width: int) -> None:
    page = open_page(browser, server, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = find_violations(page)
    page.select_option("#example", "overclaiming.plan.yaml")
    check_first(page)
    for tab in ("html", "table", "json"):
        page.click(f"#tab-{tab}")
        found += find_violations(page)
    page.fill("#plan", FAULTY)
    page.wait_for_selector(".verdict.none .word")
    found += find_violations(page)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
