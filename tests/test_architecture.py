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
    "timeline",
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
    "timeline",
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
        "limits",
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
    6: {"catalog", "licenses", "scaffold", "suggest", "baseline", "stage", "timeline"},
    7: {
        "plan",
        "reporters",
        "reporters.data",
        "reporters.findings",
        "reporters.identity",
        "reporters.html_drawings",
        "reporters.gantt",
        "reporters.stages",
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
    "stage",
    "timeline",
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


# What reaches outside of the process, by the rooms that may call it; a star stands for any object.
_OF_FILES = "open read write close fdopen dup dup2 fsync fchmod replace unlink walk scandir stat fstat set_blocking"
MAY_CALL = {
    "files": {f"os.{name}" for name in _OF_FILES.split()} | {"sys.stdout.fileno", "sys.stdout.flush"},
    "resources": {"*.read_text", "*.is_file"},  # what comes with the package
    "revisions": {"subprocess.run"},
    # A template is filled in a process of its own, which ends with its bounds.
    "limits": {
        *("os.fork", "os.pipe", "os.read", "os.write", "os.close", "os.kill", "os.waitpid", "os._exit"),
        *("signal.signal", "signal.setitimer", "resource.setrlimit"),
    },
    "reporters": {"import_module"},
    "evidence": {"os.lstat"},  # whether what is named is a file; what is in it is for `files` to read
    "delivery": {"print", "sys.stdout.isatty", "sys.stderr.isatty"},
    "cli": {"import_module", "typer.echo"},
    "cli.init": {"typer.prompt", "*.isatty"},
    # It opens nothing but the null device.
    "__main__": {
        *("os.open", "os.dup2", "print", "signal.signal", "sys.exit", "sys.stdout.fileno", "sys.stdout.flush"),
    },
}
REACHES_OUTSIDE = re.compile(
    r"(open|print|input|eval|exec|compile|__import__|import_module|breakpoint)"
    r"|os\.(?!path\.|getpid|getcwd|strerror|fsdecode|fsencode|environ|get_exec_path)\w+|(subprocess|shutil|socket|tempfile)\.\w+"
    r"|(io|codecs)\.open|sys\.(stdout|stderr|stdin)\.\w+|sys\.exit|typer\.(echo|prompt|secho|launch|edit|getchar)"
    r"|signal\.(signal|setitimer|alarm)|resource\.setrlimit"
    r"|.*\.(read_text|write_text|read_bytes|write_bytes|open|touch|mkdir|unlink|rename|symlink_to|iterdir|glob|rglob"
    r"|is_file|isatty|system|popen|urlopen)"
)
READERS_OF_THE_ENVIRONMENT = {"__main__", "cli", "cli.options", "delivery", "revisions"}
FORBIDDEN_LIBRARIES = {
    *("socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "requests", "webbrowser", "asyncio"),  # network
    *("pickle", "marshal", "shelve", "ctypes", "code", "runpy", "multiprocessing"),  # code from data
    *("shutil", "tempfile", "fileinput", "glob", "mmap", "zipfile", "tarfile", "gzip"),  # other ways to files
    "logging",
}


def calls(path: Path) -> list[str]:
    """The names of what a module calls, with what imported names stand for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [names.get(name, name).removeprefix("importlib.") for name in found]


def outside(path: Path) -> set[str]:
    """The calls of a module that reach outside, as they stand in `MAY_CALL`."""
    listed = MAY_CALL.get(room(path), set())
    found = {name for name in calls(path) if REACHES_OUTSIDE.fullmatch(name)}
    found = {name for name in found if not name.startswith(("aisafe_cli.", "files."))}
    return {star if (star := f"*.{name.rpartition('.')[2]}") in listed else name for name in found}


@pytest.mark.parametrize("path", MODULES, ids=room)
def test_what_reaches_outside_is_called_in_few_rooms(path: Path) -> None:
    assert outside(path) == MAY_CALL.get(room(path), set())


def test_no_library_opens_a_network_or_runs_data() -> None:
    used = {(room(path), name) for path in MODULES for name in imports(path)}
    assert not {(where, name) for where, name in used if name in FORBIDDEN_LIBRARIES}
    assert {where for where, name in used if name == "subprocess"} == {"revisions"}


def test_the_environment_is_read_in_few_rooms() -> None:
    readers = {
        room(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    assert readers == READERS_OF_THE_ENVIRONMENT


@pytest.mark.parametrize(
    ("name", "rooms"),
    {
        "read_bytes": {"catalog", "delivery", "documents", "licenses", "rulebook", "yamlfile"},
        "YamlDocument": {"baseline", "catalog", "configuration", "licenses", "plan", "yamlfile"},
        "write_whole": {"delivery"},
        "append": {"delivery"},
        "write_standard_output": {"delivery"},
    }.items(),
)
def test_one_room_reads_and_one_writes(name: str, rooms: set[str]) -> None:
    callers = {
        room(path)
        for path in MODULES
        for called in calls(path)
        if called in (name, f"files.{name}", f"aisafe_cli.files.{name}", f"aisafe_cli.yamlfile.{name}")
    }
    assert callers == rooms
