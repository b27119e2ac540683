"""Where the data of the package is: catalog, ladder and schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from aisafe_cli.errors import FileError

_PACKAGE = Path(__file__).parent


@cache
def read_schema(name: str) -> dict[str, Any]:
    """Return one of the package's JSON Schemas: `plan`, `catalog`, `access-levels`, `licenses` or `report`."""
    schema: dict[str, Any] = json.loads((_PACKAGE / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def data_file(name: str) -> str:
    """Return the path of a file of `safeguards/`: the packaged folder, else the one beside `pyproject.toml`.

    Raises FileError where neither is there, which means a broken installation.
    """
    checkout = _PACKAGE.parent
    folders = [_PACKAGE / "safeguards"] + ([checkout / "safeguards"] if (checkout / "pyproject.toml").is_file() else [])
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    raise FileError(f"{name}: not found; the installation is incomplete, please install aisafe-cli again")
