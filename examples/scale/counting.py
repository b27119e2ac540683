"""What the scripts of this folder share: the function that each engine spreads, and how its counts are compared."""

import json
import sys
from datetime import date

from aisafe_cli.registry.table import check_table

AS_OF = date(2026, 11, 22)
KEEP = ("repository",)


def judge(table):
    return check_table(table, AS_OF, keep=KEEP)


def tell(engine, counts, seconds):
    """Print the counts, and compare them with the summary that `aisafe registry check` wrote, if that is named."""
    counts = {verdict: number for verdict, number in counts.items() if number}
    rows = sum(counts.values())
    print(f"{engine}: {rows} rows in {seconds:.1f} s, {rows / seconds:,.0f} a second: {counts}")
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            expected = {verdict: number for verdict, number in json.load(file)["verdicts"].items() if number}
        if counts != expected:
            sys.exit(f"the command counts otherwise: {expected}")
