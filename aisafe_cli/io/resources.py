"""Where the data of the package is: catalog, ladder and schemas."""

from __future__ import annotations

import json
import os
from functools import cache

from aisafe_cli.errors import FileError
from aisafe_cli.io.read import hash_content
from aisafe_cli.text.annotations import Any

SCHEMAS = (
    "plan",
    "configuration",
    "catalog",
    "access-levels",
    "licenses",
    "baseline",
    "report",
    "differences",
    "releases",
    "timeline",
)
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read_packaged_json(path: str) -> Any:
    """Return the data of a file of the package."""
    return json.loads(_read_file(path))


def _read_file(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


@cache
def read_schema(name: str) -> dict[str, Any]:
    """Return one of the package's JSON Schemas, by a name of `SCHEMAS`."""
    schema: dict[str, Any] = read_packaged_json(os.path.join(_PACKAGE, "schemas", f"{name}.schema.json"))
    return schema


@cache
def read_hints(name: str) -> dict[str, str]:
    """Return what to say of wrong words, in lower case, for the enumeration that a schema marks `hints: NAME`.

    Hints stand beside the schemas: strict validators refuse a keyword that is not of JSON Schema.
    """
    hints: dict[str, dict[str, str]] = read_packaged_json(os.path.join(_PACKAGE, "schemas", "hints.json"))
    return hints[name]


@cache
def read_glossary() -> dict[str, dict[str, str]]:
    """Return what the words of this program mean: outcomes, roles, sizes, and the terms of a plan."""
    glossary: dict[str, dict[str, str]] = read_packaged_json(os.path.join(_PACKAGE, "schemas", "glossary.json"))
    return glossary


def find_data_file(name: str) -> str:
    """Return the path of a file of `safeguards/`. Raises FileError where it is missing: a broken installation."""
    return _shipped("safeguards", name)


def read_compiled(name: str, sha256: str) -> Any:
    """Return the checked data of a file of `safeguards/`, or None where nothing was compiled from this hash.

    Raises FileError where what was compiled was altered since.
    """
    compiled = find_compiled(name, sha256)
    return json.loads(compiled.partition(b"\n")[2]) if compiled else None


@cache
def find_compiled(name: str, sha256: str) -> bytes | None:
    """Return the compiled form of a file of `safeguards/`, or None where nothing was compiled from this hash.

    Parsing and checking the built-in data would take a fifth of a whole run, so `hatch_build.py` compiles it when the
    package is built. Raises FileError where a compiled file was altered since.
    """
    path = os.path.join(os.path.dirname(find_data_file(name)), "compiled", f"{name}.json")
    content = _read_file(path) if os.path.isfile(path) else b""
    head, _, data = content.partition(b"\n")
    made_from, _, made = head.decode(errors="replace").partition(" ")
    if made_from != sha256:
        return None
    if made != hash_content(data):
        raise FileError(f"{path}: was changed after it was built; reinstall aisafe-cli")
    return content


def read_template(name: str) -> str:
    """Return the text of a template of the package."""
    return _read_file(os.path.join(_PACKAGE, "templates", name)).decode()


def find_compiled_template(name: str) -> str:
    """Return the path at which a template is translated to Python, whether it is there or not."""
    folder = os.path.dirname(find_data_file("access-levels.yaml"))
    return os.path.join(folder, "compiled", f"{name.replace('.', '_')}.py")


def list_templates() -> list[str]:
    """Return the names of all templates of the package."""
    return sorted(os.listdir(os.path.join(_PACKAGE, "templates")))


def find_example_file(name: str) -> str:
    """Return the path of a plan of `examples/`. Raises FileError where it is missing: a broken installation.

    In an installed package it has a name that no search for plans finds.
    """
    installed = os.path.join(_PACKAGE, "examples", name.replace(".plan.", "."))
    return installed if os.path.isfile(installed) else _shipped("examples", name)


def _shipped(folder: str, name: str) -> str:
    """Return the path of a file in a packaged folder, else in the one beside `pyproject.toml`."""
    checkout = os.path.dirname(_PACKAGE)
    parents = [_PACKAGE] + ([checkout] if os.path.isfile(os.path.join(checkout, "pyproject.toml")) else [])
    for path in (os.path.join(parent, folder, name) for parent in parents):
        if os.path.isfile(path):
            return path
    raise FileError(f"{name}: not found; the installation is incomplete, so reinstall aisafe-cli")
