"""Run the whole corpus, and print how many cases there are and what the worst of them took.

Run it as: python tests/hostile/measure.py [--all-ways]

With --all-ways each input also comes in by the other commands and options that read files. Some of them can use it;
what holds is the time, the memory, and that no terminal and no runner obeys a word of the output.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hostile_corpus import CASES, OF_YAML, WAYS_IN
from hostile_runner import Runner, broken_promises, figures

ANY = (0, 1, 2, 3)  # what a sound input leads to elsewhere than in check is not said by its case


def main() -> int:
    """Return 1 where a case did not end as it should have."""
    ways = list(WAYS_IN) if "--all-ways" in sys.argv[1:] else list(WAYS_IN)[:1]
    for group, number in Counter(case.group for case in CASES).items():
        print(f"{number:5} {group}")
    return max([_measure(way) for way in ways])


def _measure(way: str) -> int:
    folder = Path(tempfile.mkdtemp())
    runner, broken = Runner(folder), 0
    for case in CASES:
        inputs = folder / "inputs"
        inputs.mkdir()
        arguments = case.arguments(way, inputs)
        # A configuration may be an empty mapping.
        refused = case.codes == (2,) and case.group in OF_YAML and case.name != "empty-mapping"
        codes, says = (case.codes, case.says) if way == "check" else ((2,) if refused else ANY, "")
        done = runner(arguments, cwd=inputs, name=case.name)
        if found := broken_promises(done, code=codes, says=says):
            broken += 1
            print(f"{way}: {case.group}/{case.name}: {'; '.join(found)}")
        shutil.rmtree(inputs)
    runner.close()
    shutil.rmtree(folder)
    print(f"{way}: {len(CASES)} cases, of which {len(CASES) - broken} end as they should. {figures(runner.runs)}")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
