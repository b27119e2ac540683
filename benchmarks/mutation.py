"""Change the code in small ways, one at a time, and print which changes the tests notice.

    python benchmarks/mutation.py GROUP [--module MODULE] [--processes N] [--folder FOLDER]

A change that no test notices is a survivor: it is printed as a difference, and docs/reliability.md says why it stands.
The changes are made by mutmut in a copy of the last commit, in FOLDER or in a temporary one. Run it with the Python of
an environment with the extras `test` and `mutation`; it takes from ten minutes to an hour for each group.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Each group with its modules and the tests that are to notice a change in them, in the order in which they are run:
# those first that notice most in the shortest time. Tests that run the program in a process of its own are left out:
# they would see no change, and take long.
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "evaluator": (
        (
            *("evaluation/evaluate", "evaluation/outcomes", "evaluation/evidence"),
            *("evaluation/scores", "evaluation/plan_checks"),
        ),
        (
            *("evaluation/test_words", "evaluation/test_evidence_rating", "evaluation/test_scores"),
            *("evaluation/test_plan_checks", "evaluation/test_evaluate", "evaluation/test_outcomes"),
        ),
    ),
    "gate": (
        ("gate/verdict", "gate/baseline", "gate/record_baseline"),
        ("evaluation/test_words", "gate/test_verdict", "gate/test_baseline_comparison"),
    ),
    # The three parts of the loader, so that a change in one is not held against the tests of all.
    "reader": (("parsing/yaml", "parsing/nodes"), ("parsing/test_yaml", "loading/test_faults")),
    "loader": (
        ("parsing/schema", "loading/plan"),
        ("loading/test_faults", "loading/test_plan", "parsing/test_schema"),
    ),
    "catalog": (
        ("loading/catalog", "loading/catalog_checks", "loading/records", "loading/license_classes", "loading/document"),
        ("loading/test_catalog", "loading/test_license_classes", "loading/test_document"),
    ),
    "escapers": (
        (
            *("text/escape", "text/unicode", "text/wording", "reporters/layout", "reporters/entries"),
            *(
                "reporters/programs/csv",
                "reporters/programs/github",
                "reporters/programs/gitlab",
                "reporters/programs/badge",
                "reporters/programs/junit",
            ),
        ),
        (
            *("reporters/test_formats", "text/test_text", "reporters/test_layout", "reporters/test_csv"),
            *("reporters/test_github", "reporters/test_gitlab", "reporters/test_badge", "reporters/test_junit"),
        ),
    ),
    "output": (("io/write",), ("io/test_files",)),
    "git": (("io/git",), ("io/test_git", "session/test_plans_in_git", "session/test_two_revisions")),
    "find": (
        ("io/find", "session/plan_paths", "session/plans_in_git"),
        ("session/test_plans_in_git", "io/test_find", "session/test_hidden_plans"),
    ),
    "evidence": (("session/evidence_files",), ("session/test_evidence_files",)),
    "config": (("loading/config", "loading/near_config"), ("loading/test_config",)),
    "session": (
        (
            *("session/settings", "session/folder_settings", "session/find_config", "session/session"),
            *("session/provenance", "session/trusted_ref", "session/trusted_changes", "session/expected_plans"),
        ),
        (
            *("session/test_trusted_ref", "session/test_two_revisions", "session/test_settings"),
            *("session/test_hidden_plans", "session/test_session"),
        ),
    ),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONPATH = " ".join((".", *PROJECT["tool"]["pytest"]["ini_options"]["pythonpath"]))
PYTEST = ("-o", "addopts=", "-o", f"pythonpath={PYTHONPATH}", "-p", "no:cacheprovider", "-x", "-q", "-m", "not process")
KILLED = ("killed", "timeout")
# mutmut names the tests in no order; appended to the copy of `tests/conftest.py`.
IN_ORDER = """

@pytest.hookimpl(specname="pytest_collection_modifyitems")
def _in_order(items):
    files = {files}
    items.sort(key=lambda item: (files.index(item.path.name), item.location[1]))
"""


def main() -> None:
    """Run one group and print its scores and survivors."""
    parser = argparse.ArgumentParser(description="Which changes of the code do the tests notice?")
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--module", help="one module of the group, such as io/find")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="changes tried at the same time")
    parser.add_argument("--folder", type=Path, help="where to keep the copy; a later run goes on from there")
    options = parser.parse_args()
    modules, tests = GROUPS[options.group]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        _copy(folder, modules if options.module is None else (options.module,), tests)
        _mutmut(folder, "run", "--max-children", str(options.processes))
        _report(folder)


def _copy(folder: Path, modules: tuple[str, ...], tests: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    lines = (
        "[tool.mutmut]",
        'source_paths = ["aisafe_cli"]',
        f"only_mutate = {_listed(f'aisafe_cli/{module}.py' for module in modules)}",
        'also_copy = ["safeguards", "examples", "docs", "README.md", "LICENSE", "hatch_build.py"]',
        f"pytest_add_cli_args = {_listed(PYTEST)}",
        f"pytest_add_cli_args_test_selection = {_listed(f'tests/{test}.py' for test in tests)}",
    )
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + "\n".join(lines) + "\n")
    files = [f"{Path(test).name}.py" for test in tests]
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(IN_ORDER.format(files=files))


def _listed(names: object) -> str:
    return str([*names]).replace("'", '"')  # type: ignore[misc]


def _mutmut(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr)
    return done.stdout


def _report(folder: Path) -> None:
    states: dict[str, Counter[str]] = defaultdict(Counter)
    survivors = []
    for line in _mutmut(folder, "results", "--all", "True").splitlines():
        name, _, state = line.strip().partition(": ")
        if not state:
            continue
        module = name.rpartition(".x")[0].removeprefix("aisafe_cli.")
        states[module]["killed" if state in KILLED else "survived"] += 1
        if state not in KILLED:
            survivors.append((name, state))
    for name, state in survivors:
        shown = _mutmut(folder, "show", name).splitlines()
        changed = [text for text in shown if text.startswith(("-", "+")) and not text.startswith(("---", "+++"))]
        print("\n".join((f"{name}: {state}", *changed, "")))
    for module, counted in sorted(states.items()):
        killed, tried = counted["killed"], counted.total()
        print(f"{module:<20}{killed:>6} of {tried:>5} noticed{killed / tried:>8.1%}")
    killed, tried = (sum(counted[state] for counted in states.values()) for state in ("killed", "survived"))
    print(f"{'all':<20}{killed:>6} of {killed + tried:>5} noticed{killed / (killed + tried):>8.1%}")


if __name__ == "__main__":
    main()
