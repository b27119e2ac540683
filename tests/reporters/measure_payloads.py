"""Try every payload in every string field by itself, in every format, and print how many changed anything but text.

Run it as: python tests/reporters/measure_payloads.py

The suite tries the same payloads in all fields at once and together in one field, which takes a tenth of the time.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_payloads import FIELDS, MORE_PAYLOADS, PAYLOADS, compare, plan_with, render_everything


def main() -> int:
    """Return 1 where the structure of a report changed."""
    broken, path = 0, Path(tempfile.mkdtemp()) / "x.plan.yaml"
    benign = render_everything(path, plan_with())
    payloads = {**PAYLOADS, **MORE_PAYLOADS}
    for field in FIELDS:
        for name, payload in payloads.items():
            for rendering, text in render_everything(path, plan_with(**{field: payload})).items():
                try:
                    compare({rendering: benign[rendering]}, {rendering: text}, f"{name} in {field}")
                except AssertionError as error:
                    broken += 1
                    print(f"{name} in {field}: {str(error).splitlines()[0]}")
    tried = len(payloads) * len(FIELDS) * len(benign)
    print(f"{len(payloads)} payloads x {len(FIELDS)} fields x {len(benign)} renderings: {tried}; {broken} break out")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
