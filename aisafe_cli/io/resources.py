"""Where the data of the package is: catalog, ladder and schemas."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from aisafe_cli.errors import FileError

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
_PACKAGE = Path(__file__).parents[1]


@cache
def read_schema(name: str) -> dict[str, Any]:
    """Return one of the package's JSON Schemas, by a name of `SCHEMAS`."""
    schema: dict[str, Any] = json.loads((_PACKAGE / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def read_hints(name: str) -> dict[str, str]:
    """Return what to say of wrong words, in lower case, for the enumeration that a schema marks `hints: NAME`.

    Hints stand beside the schemas: strict validators refuse a keyword that is not of JSON Schema.
    """
    hints: dict[str, dict[str, str]] = json.loads((_PACKAGE / "schemas" / "hints.json").read_text(encoding="utf-8"))
    return hints[name]


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
    path = Path(find_data_file(name)).parent / "compiled" / f"{name}.json"
    content = path.read_bytes() if path.is_file() else b""
    head, _, data = content.partition(b"\n")
    made_from, _, made = head.decode(errors="replace").partition(" ")
    if made_from != sha256:
        return None
    if made != hashlib.sha256(data).hexdigest():
        raise FileError(f"{path}: altered since it was made; please install aisafe-cli again")
    return content


def find_example_file(name: str) -> str:
    """Return the path of a file of `examples/`. Raises FileError where it is missing: a broken installation."""
    return _shipped("examples", name)


def _shipped(folder: str, name: str) -> str:
    """Return the path of a file in a packaged folder, else in the one beside `pyproject.toml`."""
    checkout = _PACKAGE.parent
    parents = [_PACKAGE] + ([checkout] if (checkout / "pyproject.toml").is_file() else [])
    for parent in parents:
        if (parent / folder / name).is_file():
            return str(parent / folder / name)
    raise FileError(f"{name}: not found; the installation is incomplete, please install aisafe-cli again")
