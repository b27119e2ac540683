"""Run the whole corpus, and print how many cases there are and what the worst of them took.

Run it as: python tests/hostile/measure.py
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hostile_corpus import CASES
from hostile_runner import Runner, broken_promises, figures


def main() -> int:
    """Return how many cases did not end as they should have."""
    folder = Path(tempfile.mkdtemp())
    runner, broken = Runner(folder), 0
    for case in CASES:
        inputs = folder / "inputs"
        inputs.mkdir()
        done = runner(["check", case.prepared(inputs), "-f", "json=report.json"], cwd=inputs, name=case.name)
        if found := broken_promises(done, code=case.codes, says=case.says):
            broken += 1
            print(f"{case.group}/{case.name}: {'; '.join(found)}")
        shutil.rmtree(inputs)
    runner.close()
    shutil.rmtree(folder)
    for group, number in Counter(case.group for case in CASES).items():
        print(f"{number:5} {group}")
    print(f"{len(CASES):5} cases, of which {len(CASES) - broken} end as they should. {figures(runner.runs)}")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
