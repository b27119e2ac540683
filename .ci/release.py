"""Say what keeps this checkout from being released under a tag, `release.py v1.0.0`: exit 1 if anything does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACEHOLDER = "your-organization"  # stands in the addresses of pyproject.toml until the repository has one


def find_obstacles(tag: str, version: str, changelog: str, project: str) -> list[str]:
    """What does not fit: tag and version, the changelog's section, addresses."""
    obstacles = []
    if tag != f"v{version}":
        obstacles.append(f"the tag {tag} is not v{version}, the version of aisafe_cli/__init__.py")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        obstacles.append(f"CHANGELOG.md has no section `## [{version}] - YYYY-MM-DD`")
    if PLACEHOLDER in project:
        obstacles.append(f"pyproject.toml still has addresses with `{PLACEHOLDER}`")
    return obstacles


def main(tag: str) -> int:
    """Print the obstacles of this checkout."""
    init, changelog, project = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("aisafe_cli/__init__.py", "CHANGELOG.md", "pyproject.toml")
    )
    version = re.findall(r'^__version__ = "(.+)"$', init, re.MULTILINE)[0]
    obstacles = find_obstacles(tag, version, changelog, project)
    print("\n".join(obstacles) or f"{tag} can be released")
    return bool(obstacles)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
