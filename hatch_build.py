"""Compiles the data of `safeguards/` when the package is built: a start that parses it takes a fifth longer."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is made, that of an editable installation too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled data, and put the translated templates into a wheel that is not an editable one."""
        sys.path.insert(0, str(ROOT))
        write_compiled()
        if version == "standard":
            self._folder = TemporaryDirectory()  # which lasts as long as this hook
            build_data["force_include"] |= write_templates(Path(self._folder.name))


def write_templates(folder: Path) -> dict[str, str]:
    """Write the templates of reports as Python to a folder; return where in the wheel each file goes."""
    from aisafe_cli.io.resources import find_compiled_template, list_templates
    from aisafe_cli.reporters.people.html import create_page_environment
    from aisafe_cli.reporters.people.markdown import create_sandbox
    from aisafe_cli.reporters.templates import translate

    places = {}
    for name in list_templates():
        environment = create_sandbox() if name.endswith(".md.j2") else create_page_environment()
        path = folder / Path(find_compiled_template(name)).name
        path.write_text(translate(environment, name), encoding="utf-8", newline="\n")
        places[str(path)] = f"aisafe_cli/safeguards/compiled/{path.name}"
    return places


def write_compiled() -> None:
    """Write what is not current in `safeguards/compiled/`: the hashes of source and data in a line, then the data."""
    for name, data in check_data().items():
        text = json.dumps(data).encode()
        made_from = hashlib.sha256((ROOT / "safeguards" / name).read_bytes()).hexdigest()
        content = f"{made_from} {hashlib.sha256(text).hexdigest()}\n".encode() + text
        path = ROOT / "safeguards" / "compiled" / f"{name}.json"
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(exist_ok=True)
            whole = path.with_suffix(f".{os.getpid()}")
            whole.write_bytes(content)
            whole.replace(path)


def check_data() -> dict[str, Any]:
    """Return the checked data of each file that every run reads."""
    from aisafe_cli.loading.catalog import BUILT_IN, LADDER, check_catalog, check_ladder, load_ladder
    from aisafe_cli.loading.license_classes import LICENSES, check_licenses

    folder = ROOT / "safeguards"
    ladder = load_ladder()
    catalogs = {
        name: check_catalog(str(folder / name), (folder / name).read_bytes(), ladder) for name in BUILT_IN.values()
    }
    return {LADDER: check_ladder(), LICENSES: check_licenses((folder / LICENSES).read_bytes()), **catalogs}
