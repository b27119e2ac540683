"""What those who carry on rely on: pages name what is there, CI calls the justfile, a release is held back."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import conftest
import pytest
import test_architecture
import yaml
from conftest import ROOT

PAGES = (
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
JUSTFILE = (ROOT / "justfile").read_text(encoding="utf-8")
RECIPES = set(re.findall(r"^([a-z][a-z-]*)(?: [^\n:]*)?:", JUSTFILE, re.MULTILINE))
CI = [ROOT / ".ci" / "run", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
FOLDERS = "aisafe_cli|safeguards|tests|benchmarks|fuzz|\\.github|\\.ci"


def find_paths(page: str) -> set[str]:
    """The paths into the repository that a page names, also as arguments, but for those with a word to fill in."""
    named = set(re.findall(rf"(?<=[` ])((?:{FOLDERS})/[\w./-]*\w/?)(?=[` ])", page))
    return {path for path in named if "NAME" not in path}


def read_module(path: str) -> ModuleType:
    """A script of the repository, as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_tree(page: str) -> set[str]:
    """The files and folders of the tree: the first word of a line, in the folder above it, and the modules it lists."""
    paths, folders = set(), [""]
    for line in re.findall(r"```text\n(.*?)```", page, re.DOTALL)[0].splitlines():
        name, _, about = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2
        path = folders[depth] + name
        folders[depth + 1 :] = [path]
        paths |= {path, *(path + module for module in re.findall(r"\w+\.py", about) if name.endswith("/"))}
    return paths


@pytest.mark.parametrize("name", PAGES)
def test_every_path_on_the_page_is_there(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    paths = find_paths(page) | (find_tree(page) if page == ARCHITECTURE else set())
    assert len(paths) > 10 or page != ARCHITECTURE
    assert not [path for path in sorted(paths) if not (ROOT / path).exists()]


def test_the_tree_has_every_room() -> None:
    package = ROOT / "aisafe_cli"
    rooms = {path.parent.relative_to(ROOT).as_posix() + "/" for path in package.rglob("*.*") if "__py" not in str(path)}
    assert rooms <= find_tree(ARCHITECTURE)


def test_the_table_of_imports_is_the_one_that_holds() -> None:
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|$", ARCHITECTURE, re.MULTILINE)
    table = {room: set(re.findall(r"\w+", others)) for room, others in rows}
    assert table == {room: set(others.split()) for room, others in test_architecture.MAY_IMPORT.items() if room}


def test_the_glossary_has_twenty_words_and_no_two_alike() -> None:
    words = re.findall(r"^\| ([a-z ]+) \|", ARCHITECTURE.partition("## Words")[2], re.MULTILINE)[1:]
    assert len(words) == len(set(words)) == 20


@pytest.mark.parametrize("path", CI, ids=lambda path: path.name)
def test_ci_calls_recipes_that_are_there(path: Path) -> None:
    calls = re.findall(r"\bjust ([a-z][^\n#]*)", path.read_text(encoding="utf-8"))
    called = {word for call in calls for word in call.split() if re.fullmatch(r"[a-z][a-z-]*", word)}
    assert calls
    assert called <= RECIPES


def test_ci_runs_every_check_of_the_justfile() -> None:
    text = CI[0].read_text(encoding="utf-8")
    assert {"lint", "types", "docs", "lowest", "fuzz"} <= set(
        re.findall(r"[a-z]+", " ".join(re.findall("just .*", text)))
    )
    assert re.search(
        r'^test \*arguments:\n    "\{\{ python \}\}" -m pytest \{\{ arguments \}\}$', JUSTFILE, re.MULTILINE
    )


def test_the_matrix_has_every_python_and_system_of_the_classifiers() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    matrix = yaml.safe_load(CI[1].read_text(encoding="utf-8"))["jobs"]["quick"]["strategy"]["matrix"]
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", project)
    systems = re.findall(r"Operating System :: (?:POSIX :: |Microsoft :: )?(\w+)", project)
    known = {"Linux": "ubuntu", "MacOS": "macos", "Windows": "windows"}
    assert {known[system] for system in systems} == {system.partition("-")[0] for system in matrix["system"]}


@pytest.mark.parametrize("name", ["NOT_MEASURED", "SLOW", "POSIX"])
def test_every_module_of_tests_that_is_named_is_there(name: str) -> None:
    modules = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    assert set(getattr(conftest, name)) <= modules


def test_what_mutation_testing_and_bounds_of_coverage_name_is_there() -> None:
    groups = read_module("benchmarks/mutation.py").GROUPS
    files = [f"aisafe_cli/{module}.py" for modules, _ in groups.values() for module in modules]
    files += [f"tests/{test}.py" for _, tests in groups.values() for test in tests]
    files += [f"aisafe_cli/{module}" for module in re.findall(r"\*/([\w/]+\.py)", JUSTFILE)]
    assert not [file for file in files if not (ROOT / file).is_file()]


def test_the_page_on_performance_and_its_plots_show_the_figures() -> None:
    benchmark = read_module("benchmarks/run.py")
    drawn = benchmark.draw(json.loads(benchmark.FIGURES.read_text(encoding="utf-8")))
    assert len(drawn) == 3
    assert all(path.read_text(encoding="utf-8") == content for path, content in drawn.items())


# --- a release ------------------------------------------------------------------------------------------------------


FIT = {"tag": "v1.2.0", "version": "1.2.0", "changelog": "# C\n\n## [1.2.0] - 2027-01-02\n", "project": "a/b"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ""),
        ({"tag": "1.2.0"}, "tag"),
        ({"tag": "v1.2.1"}, "tag"),
        ({"changelog": "## [Unreleased]\n"}, "CHANGELOG"),
        ({"changelog": "## [1.2.0]\n"}, "CHANGELOG"),
        ({"changelog": "## [1x2x0] - 2027-01-02\n"}, "CHANGELOG"),
        ({"project": "https://github.com/your-organization/aisafe-cli"}, "pyproject"),
    ],
)
def test_what_does_not_fit_keeps_a_release_back(change: dict[str, str], told: str) -> None:
    obstacles = read_module(".ci/release.py").find_obstacles(**{**FIT, **change})
    assert [told in obstacle for obstacle in obstacles] == ([True] if told else [])


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"


def test_links_of_the_new_pages_lead_somewhere() -> None:
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / name).read_text(encoding="utf-8")):
            assert target.startswith("https://") or (ROOT / target).exists(), f"{name}: {target}"
