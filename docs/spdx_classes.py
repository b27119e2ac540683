"""Write safeguards/spdx-classes.json: the class of each SPDX identifier, from the index of ScanCode's license database.

    python docs/spdx_classes.py            write it
    python docs/spdx_classes.py --check    exit 1 if it is not current

The index is part of the package license-expression, of which `pyproject.toml` names the version. It is
Copyright (c) nexB Inc. and others, licensed under CC-BY-4.0; what is written here is derived from it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "safeguards" / "spdx-classes.json"
# ScanCode's categories by what they let a recipient do. What only licenses.yaml can say better stands there and wins.
CLASSES = {
    "Permissive": "permissive",
    "Public Domain": "permissive",
    "Copyleft": "copyleft",
    "Copyleft Limited": "copyleft",
    "Free Restricted": "use_restricted",
    "Proprietary Free": "use_restricted",
    "Source-available": "use_restricted",
    "Commercial": "proprietary",
}


def render_classes() -> str:
    """Return the content of the file."""
    index = files("license_expression") / "data" / "scancode-licensedb-index.json"
    content = index.read_bytes()
    names: dict[str, set[str]] = {group: set() for group in CLASSES.values()}
    for entry in json.loads(content):
        if not entry["is_exception"] and entry["category"] in CLASSES:
            names[CLASSES[entry["category"]]].update(list_spdx_names(entry))
    return (
        json.dumps(
            {
                "source": {
                    "package": f"license-expression {version('license-expression')}",
                    "file": index.name,
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "license": "CC-BY-4.0",
                    "attribution": "Copyright (c) nexB Inc. and others. ScanCode LicenseDB; grouped by category.",
                },
                "classes": {group: sorted(found) for group, found in names.items()},
            },
            indent=1,
        )
        + "\n"
    )


def list_spdx_names(entry: dict[str, Any]) -> list[str]:
    """Return the identifiers of a license that are of SPDX itself."""
    names = [entry["spdx_license_key"], *entry["other_spdx_license_keys"]]
    return [name for name in names if name and not name.startswith("LicenseRef-")]


def main() -> int:
    """Write the file, or say whether it is current."""
    content = render_classes()
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text(encoding="utf-8") != content)
    TARGET.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
