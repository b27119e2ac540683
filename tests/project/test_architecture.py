"""The layout: imports go strictly downward, each library has one user, and the code knows no safeguard."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "aisafe_cli"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Each room and the rooms that it may import from; within itself a room may do as it likes.
MAY_IMPORT = {
    "": "text errors cli domain session reporters",
    "errors": "text",
    "text": "",
    "domain": "text errors",
    "io": "text errors domain",
    "parsing": "text errors domain io",
    "loading": "text errors domain io parsing",
    "evaluation": "text errors domain",
    "gate": "text errors domain",
    "analysis": "text errors domain evaluation gate",
    "importing": "text errors domain parsing analysis",
    "session": "text errors domain io parsing loading evaluation gate",
    "registry": "text errors domain io parsing loading evaluation gate session",
    "reporters": "text errors domain io evaluation gate analysis",
    "cli": "text errors domain io parsing loading evaluation gate analysis importing session registry reporters",
}
PURE = {"text", "errors", "domain", "evaluation", "gate", "analysis", "importing"}
IMPURE_LIBRARIES = {"os", "sys", "pathlib", "io", "time", "random", "subprocess", "socket", "yaml", "typer", "json"}
ONLY_USER = {"yaml": "parsing", "tomllib": "parsing", "typer": "cli", "jinja2": "reporters", "subprocess": "io"}
ONLY_USER |= {"numpy": "registry", "pyarrow": "registry"}


def room(path: Path) -> str:
    """The room of a module; those at the top of the package are of none, but for `errors`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0] if len(parts) > 1 or parts[0] == "errors" else ""


def imports(path: Path) -> set[str]:
    """The modules that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def rooms_imported(path: Path) -> set[str]:
    own = {name.removeprefix("aisafe_cli").removeprefix(".") for name in imports(path) if name.startswith("aisafe_cli")}
    return {name.split(".")[0] for name in own} - {room(path), ""}


def test_each_room_imports_from_those_below_it_only() -> None:
    upward = {str(path): rooms_imported(path) - set(MAY_IMPORT[room(path)].split()) for path in MODULES}
    assert not {path: rooms for path, rooms in upward.items() if rooms}


def test_the_pure_core_uses_nothing_impure() -> None:
    used = {str(path): {name.split(".")[0] for name in imports(path)} for path in MODULES if room(path) in PURE}
    assert not {path: names & IMPURE_LIBRARIES for path, names in used.items() if names & IMPURE_LIBRARIES}


@pytest.mark.parametrize(("library", "user"), ONLY_USER.items(), ids=ONLY_USER)
def test_each_library_has_one_user(library: str, user: str) -> None:
    assert {room(path) for path in MODULES if library in {name.split(".")[0] for name in imports(path)}} == {user}


def test_no_safeguard_is_named_in_the_code() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".j2", ".json"}]
    assert not [str(path) for path in files if re.search(r"AB-\d\d", path.read_text(encoding="utf-8"))]


def test_every_module_and_public_name_says_what_it_means() -> None:
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        public = [node for node in named if not node.name.startswith("_")]
        silent += [f"{path}: {getattr(node, 'name', '')}" for node in (tree, *public) if not ast.get_docstring(node)]
    assert not [name for name in silent if not name.endswith("__init__.py: ")]
