"""Build wheel and source distribution twice under different circumstances, and print whether they are the same.

    python benchmarks/rebuild.py [PYTHON]

Each build is of a fresh copy of the last commit: in another folder, with files of another age and other permissions, in
another time zone and locale, with another hash seed. The second one is built by PYTHON where one is named; it needs
hatchling, as the extra `test` installs it. Exit code 1 where the files differ.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CIRCUMSTANCES = (
    {"folder": "one", "umask": 0o022, "age": 1_000_000_000, "TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {"folder": "other name", "umask": 0o027, "age": 1_700_000_000, "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"},
)


def main() -> int:
    """Build twice and compare."""
    pythons = (sys.executable, sys.argv[1] if len(sys.argv) > 1 else sys.executable)
    with tempfile.TemporaryDirectory() as temporary:
        first, second = (
            _build(python, Path(temporary), **circumstance)  # type: ignore[arg-type]
            for python, circumstance in zip(pythons, CIRCUMSTANCES, strict=True)
        )
    for name, sha256 in first.items():
        print(f"{name}: {sha256}: {'identical' if second.get(name) == sha256 else f'differs: {second.get(name)}'}")
    return int(first != second)


def _build(python: str, parent: Path, *, folder: str, umask: int, age: int, **environment: str) -> dict[str, str]:
    """Return the SHA-256 of each file that was built."""
    source = parent / folder
    before = os.umask(umask)
    try:
        source.mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True)
        for path in source.rglob("*"):
            os.utime(path, (age, age))
        command = [python, "-m", "hatchling", "build", "-d", str(source / "dist")]
        subprocess.run(command, cwd=source, env={"PATH": os.environ["PATH"], **environment}, check=True)
    finally:
        os.umask(before)
    built = sorted((source / "dist").iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}


if __name__ == "__main__":
    sys.exit(main())
