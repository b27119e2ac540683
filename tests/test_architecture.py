"""The layout: imports go strictly downward, each library has one user, and the code knows no safeguard."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FORMATS = (
    "table",
    "json",
    "markdown",
    "matrix",
    "sarif",
    "junit",
    "github",
    "gitlab",
    "csv",
    "badge",
    "html",
    "topic",
    "comparison",
    "catalogs",
    "suggestion",
    "differences",
    "releases",
    "configuration",
)
COMMANDS = (
    "check",
    "baseline",
    "explain",
    "matrix",
    "catalog",
    "init",
    "demo",
    "suggest",
    "what_if",
    "diff",
    "compare",
    "config",
)
PACKAGE = Path(__file__).parents[1] / "aisafe_cli"
FLOORS = {
    0: {"aisafe_cli", "records", "text"},
    1: {"errors", "model"},
    2: {
        "changes",
        "revisions",
        "carrying",
        "files",
        "diagnostics",
        "resources",
        "backing",
        "matrix",
        "topics",
        "verify",
        "cheapest",
    },
    3: {"nodes", "documents", "evidence", "outcomes", "plan_findings", "settings", "gate"},
    4: {"yamlfile", "tomlfile", "trust", "openings", "scores", "candidates", "differences"},
    5: {"schema", "evaluate", "regressions"},
    6: {"catalog", "licenses", "scaffold", "suggest", "baseline"},
    7: {
        "plan",
        "reporters",
        "reporters.data",
        "reporters.findings",
        "reporters.identity",
        "reporters.html_drawings",
        "reporters.layout",
    },
    8: {"configuration", *(f"reporters.{name}" for name in FORMATS)},
    9: {"rulebook"},
    10: {"checking"},
    11: {"delivery", "sources"},
    12: {"cli.options", "cli.channels"},
    13: {f"cli.{name}" for name in COMMANDS},
    14: {"cli"},
    15: {"__main__"},
}
PURE = {
    "records",
    "text",
    "errors",
    "model",
    "changes",
    "backing",
    "carrying",
    "outcomes",
    "plan_findings",
    "gate",
    "matrix",
    "topics",
    "verify",
    "scores",
    "evaluate",
    "scaffold",
    "candidates",
    "cheapest",
    "suggest",
    "differences",
    "regressions",
    "settings",
    "trust",
}
IMPURE_LIBRARIES = {"os", "sys", "pathlib", "io", "time", "random", "subprocess", "socket", "yaml", "typer", "json"}
ONLY_USER = {
    "yaml": {"yamlfile"},
    "tomllib": {"tomlfile"},
    "typer": {"cli", "cli.options", *(f"cli.{name}" for name in COMMANDS)},
    "jinja2": {"reporters.markdown", "reporters.html"},
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "aisafe_cli"


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in submodules if is_module(name)] or [node.module or ""]
    return found


def is_module(name: str) -> bool:
    return name.startswith("aisafe_cli.") and name.removeprefix("aisafe_cli.") in FLOOR_OF


@pytest.mark.parametrize("path", MODULES, ids=room)
def test_each_module_has_a_floor_and_imports_only_from_below(path: Path) -> None:
    here = room(path)
    assert here in FLOOR_OF, f"{here} has no floor; add it to FLOORS"
    for name in imports(path):
        if name.split(".")[0] == "aisafe_cli":
            there = name.removeprefix("aisafe_cli.") if name != "aisafe_cli" else "aisafe_cli"
            assert FLOOR_OF[there] < FLOOR_OF[here], f"{here} imports {there}, which is not below it"


@pytest.mark.parametrize("path", MODULES, ids=room)
def test_the_pure_core_uses_nothing_impure(path: Path) -> None:
    if room(path) not in PURE:
        return
    used = {name.split(".")[0] for name in imports(path)}
    assert not used & IMPURE_LIBRARIES
    for name in imports(path):
        if name.startswith("aisafe_cli."):
            assert name.removeprefix("aisafe_cli.") in PURE


@pytest.mark.parametrize(("library", "rooms"), ONLY_USER.items())
def test_each_library_has_one_user(library: str, rooms: set[str]) -> None:
    users = {room(path) for path in MODULES if library in {name.split(".")[0] for name in imports(path)}}
    assert users == rooms


@pytest.mark.parametrize(
    "path", [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2", ".json"}], ids=str
)
def test_no_safeguard_is_named_in_the_code(path: Path) -> None:
    assert not re.search(r"AB-\d\d", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=room)
def test_every_module_and_public_name_says_what_it_means(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path}: {node.name} has no docstring"


@pytest.mark.parametrize("name", ["open", "eval", "exec", "input", "print"])
def test_files_are_opened_and_people_are_told_in_few_places(name: str) -> None:
    callers = {
        room(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }
    assert callers <= ({"delivery", "__main__"} if name == "print" else set())
