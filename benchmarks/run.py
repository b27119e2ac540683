"""Measure everything that docs/performance.md shows, with peers beside it, and write its figures, tables and plots.

    just benchmark                          in an environment of its own, from a wheel
    python benchmarks/run.py [--plans N] [--rows N] [--runs N] [--only GROUP]
    python benchmarks/run.py --draw         tables and plots from the figures, nothing measured

All commands of a group run in turn, so that a slow moment of the machine hits them alike. Processor time is that of the
least disturbed run. Memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
FIGURES, PAGE = ROOT / "benchmarks" / "figures.json", ROOT / "docs" / "performance.md"
PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
SCHEMA = ROOT / "aisafe_cli" / "schemas" / "plan.schema.json"
PASS, MANY, SHEET = "python -c pass", "check -q, one core", "--keep repository --no-config --exit-zero"


class Case(NamedTuple):
    """One command. `against` names the one that its ratio is to; `of` is how many things it works on."""

    group: str
    name: str
    command: str
    against: str
    target: str = ""
    of: str = ""
    cores: int = 2


CASES = (
    Case("start", PASS, "{python} -c pass", PASS),
    Case("start", "check -f json", "{aisafe} check {plan} -f json", PASS, "5.5, 20 MB"),
    Case("start", "check (table)", "{aisafe} check {plan}", PASS, "5.5"),
    Case("start", "check -f markdown", "{aisafe} check {plan} -f markdown", PASS, "9"),
    Case("start", "check -f html", "{aisafe} check {plan} -f html", PASS, "9"),
    Case("start", "check -f json, beside a pyproject.toml", "{aisafe} check {project} -f json", PASS),
    Case("start", "--help", "{aisafe} --help", PASS, "2"),
    Case("start", "--version", "{aisafe} --version", PASS, "2"),
    Case("start", "yamllint", "{bin}/yamllint {plan}", PASS),
    Case("start", "check-jsonschema", "{bin}/check-jsonschema --schemafile {schema} {plan}", PASS),
    Case("start", "sourcemeta jsonschema", "{python} -m sourcemeta_jsonschema validate {schema} {plan}", PASS),
    Case("size", PASS, "{python} -c pass", PASS),
    Case("size", "timeline, 250 channels", "{aisafe} timeline {large} -f json --no-config", PASS, "29 (0.3 s)"),
    Case("size", "catalog of 14 safeguards", "{aisafe} check {plan} -f json --no-config", PASS),
    Case(
        "size", "catalog of 300 safeguards", "{aisafe} check {plan} -f json --no-config --catalog {catalog}", PASS,
        "the row above + 10",
    ),
    Case("size", "PyYAML alone, on this catalog", "{python} {load} {catalog}", PASS),
    Case("trust", "300 plans", "{aisafe} check {repository} -q", "300 plans", of="300"),
    Case(
        "trust", "300 plans, --trusted-ref", "{aisafe} check {repository} -q --trusted-ref main", "300 plans", "1.2",
        of="300",
    ),
    Case("many", MANY, "{aisafe} check {plans} -q", MANY, "60 MB", "plans", cores=1),
    Case("many", "check -q, two cores", "{aisafe} check {plans} -q", MANY, "60 MB", "plans"),
    Case("many", "check -f json", "{aisafe} check {plans} -f json", MANY, "60 MB", "plans", cores=1),
    Case("many", "check -f json=FILE", "{aisafe} check {plans} -f json={out}/r.json", MANY, "60 MB", "plans", cores=1),
    Case("many", "check -f jsonl", "{aisafe} check {plans} -f jsonl", MANY, "60 MB", "plans", cores=1),
    Case("many", "check -f markdown", "{aisafe} check {plans} -f markdown", MANY, "60 MB", "plans", cores=1),
    Case("many", "check -f html", "{aisafe} check {plans} -f html", MANY, "60 MB", "plans", cores=1),
    Case("many", "yamllint", "{bin}/yamllint {plans}", MANY, of="plans", cores=1),
    Case("many", "check-jsonschema", "{bin}/check-jsonschema --schemafile {schema} {files}", MANY, of="plans", cores=1),
    Case(
        "many", "sourcemeta jsonschema", "{python} -m sourcemeta_jsonschema validate {schema} {files}", MANY,
        of="plans", cores=1,
    ),
    *(
        Case("registry", f"{rows:,} rows", f"{{aisafe}} registry check {{rows{rows}}} {SHEET} -o {{out}}/v", PASS,
             of=str(rows), cores=1)
        for rows in (10_000, 100_000, 1_000_000, 5_000_000)
    ),
)  # fmt: skip
GROUPS = {  # how often each is measured, and what is said of it
    "start": (11, "One plan"),
    "size": (5, "Large plans and catalogs"),
    "trust": (5, "Plans against a trusted revision"),
    "many": (1, "Many plans"),
    "registry": (1, "A registry, on one core"),
}
Figures = dict[str, dict[str, dict[str, float]]]


def main() -> None:
    """Measure what is asked for, keep the rest as it was, and draw."""
    parser = argparse.ArgumentParser(description="Every figure of docs/performance.md.")
    parser.add_argument("--plans", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the largest registry; all are 5,000,000")
    parser.add_argument("--runs", type=int, help="of each command, in place of the number of its group")
    parser.add_argument("--only", choices=GROUPS, action="append", help="may be repeated")
    parser.add_argument("--draw", action="store_true", help="measure nothing")
    options = parser.parse_args()
    figures: dict[str, object] = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    if not options.draw:
        cases = [case for case in CASES if not options.only or case.group in options.only]
        cases = [case for case in cases if case.group != "registry" or int(case.of) <= options.rows]
        with TemporaryDirectory(dir=os.environ.get("AISAFE_BENCHMARK_FOLDER")) as folder:
            places = make_inputs(Path(folder), cases, options.plans)
            for group in dict.fromkeys(case.group for case in cases):
                runs = options.runs or GROUPS[group][0]
                figures[group] = measure_group([case for case in cases if case.group == group], places, runs)
                figures |= {"plans": options.plans} if group == "many" else {}
        FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for path, content in draw(json.loads(FIGURES.read_text())).items():
        path.write_text(content, encoding="utf-8")


# --- what is measured ------------------------------------------------------------------------------------------------


def make_inputs(folder: Path, cases: Sequence[Case], plans: int) -> Mapping[str, str]:
    """Write what the commands of the cases read, and return the words that stand in them."""
    words = {"python": Path(sys.executable), "aisafe": BIN / "aisafe", "bin": BIN, "schema": SCHEMA}
    groups = {case.group for case in cases}
    made = {name: folder / name for name in ("catalog", "large", "load", "plans", "repository")} | {"out": folder}
    made |= {name: folder / name / PLAN.name for name in ("plan", "project")}
    for path in (made["plan"], made["project"]):
        path.parent.mkdir()
        path.write_bytes(PLAN.read_bytes())
    made["project"].with_name("pyproject.toml").write_text("[tool.aisafe]\nstrict = false\n", encoding="utf-8")
    made["load"].write_text(_LOAD, encoding="utf-8")
    made["catalog"].write_text(multiply_safeguards(300), encoding="utf-8")
    made["large"].write_text(write_channels(250), encoding="utf-8")
    files = write_plans(made["plans"], plans if "many" in groups else 0)
    if "trust" in groups:
        write_plans(made["repository"], 300)
        for call in ("init -q -b main", "add -A", "-c user.name=a -c user.email=a@b.invalid commit -q -m plans"):
            subprocess.run(["git", *call.split()], cwd=made["repository"], check=True)
    for case in cases:
        if case.group == "registry":
            made[f"rows{case.of}"] = path = folder / f"{case.of}.parquet"
            subprocess.run([sys.executable, ROOT / "examples/scale/make_table.py", case.of, path], check=True)
    return {name: str(path) for name, path in (words | made).items()} | {"files": " ".join(map(str, files))}


_LOAD = "import sys, yaml\nyaml.load(open(sys.argv[1], 'rb'), yaml.CSafeLoader)\n"


def write_plans(folder: Path, number: int) -> list[Path]:
    """Write an example plan so many times, each with another name."""
    folder.mkdir()
    text = PLAN.read_text(encoding="utf-8")
    paths = [folder / f"m{one}.plan.yaml" for one in range(number)]
    for one, path in enumerate(paths):
        path.write_text(re.sub(r"(?m)^  name: .*", f"  name: Model {one}", text, count=1), encoding="utf-8")
    return paths


def multiply_safeguards(number: int) -> str:
    """Return the default catalog with so many safeguards, copies of its own under other names."""
    text = (ROOT / "safeguards" / "nist-ai-800-1-ipd.yaml").read_text(encoding="utf-8")
    head, rest = text.split("\nsafeguards:\n", 1)
    end = re.search(r"(?m)^\w", rest).start()  # type: ignore[union-attr]
    blocks = re.split(r"(?m)^(?=  - id: )", rest[:end])[1:]
    for one in range(number - len(blocks)):
        block = re.sub(r"id: AB-\d+", f"id: X-{one}", blocks[one % 14], count=1)
        blocks.append(re.sub(r"(?m)^    slug: (.*)", rf"    slug: \1-{one}", block, count=1))
    return f"{head}\nsafeguards:\n{''.join(blocks)}{rest[end:]}".replace("id: nist-ai-800-1-ipd", "id: large", 1)


def write_channels(number: int) -> str:
    """Return a plan with so many channels, which open one after the other and become more open."""
    levels = ("hosted_ui", "hosted_api", "on_device_managed", "gated_weights_clickthrough", "open_weights")
    days = [date(2026, 1, 1) + timedelta(days=3 * one) for one in range(number)]
    lines = ["schema_version: 1", "model: {name: Finch, parameters: 7.0e9, capability: low}", "channels:"]
    for one, day in enumerate(days):
        lines.append(f"  - {{id: c{one}, access: {levels[one * len(levels) // number]}, opens: {day}}}")
    lines += ["safeguards:", *(f"  AB-{one:02}: implemented" for one in range(1, 15)), ""]
    return "\n".join(lines)


def measure_group(cases: Sequence[Case], places: Mapping[str, str], runs: int) -> dict[str, dict[str, float]]:
    """Return for each command its least times and its most memory; all run in turn."""
    found: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        for case in cases:
            one = run_once(case, places)
            last = found.get(case.name, one)
            found[case.name] = {name: (max if name == "mb" else min)(one[name], last[name]) for name in one}
    return found


def run_once(case: Case, places: Mapping[str, str]) -> dict[str, float]:
    """Return the processor time, the time and the memory of one run."""
    cores = sorted(os.sched_getaffinity(0))[: case.cores]
    started = time.perf_counter()
    process = subprocess.Popen(
        case.command.format_map(places).split(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=places["repository"] if case.group == "trust" else None,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{case.name}: exit code {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - started
    return {"cpu": round(usage.ru_utime + usage.ru_stime, 4), "wall": round(seconds, 4), "mb": usage.ru_maxrss >> 10}


# --- what is drawn ---------------------------------------------------------------------------------------------------

_LINE, _LABEL, _BAR = 22, 240, 420  # of a plot, in its own units


def draw(figures: Figures) -> dict[Path, str]:
    """Return the page with its tables, and the plots: the same bytes for the same figures."""
    page = PAGE.read_text(encoding="utf-8")
    pictures = {}
    for group in [group for group in GROUPS if group in figures]:
        table = "".join(f"{line}\n" for line in write_table(group, figures))
        page = re.sub(rf"(<!-- {group} -->\n).*?(<!-- end -->)", rf"\g<1>{table}\g<2>", page, flags=re.DOTALL)
        if group in ("start", "many"):
            pictures[ROOT / "docs" / "images" / f"performance-{group}.svg"] = draw_bars(group, figures)
    return {PAGE: page, **pictures}


def list_measured(group: str, figures: Figures) -> Iterator[tuple[Case, dict[str, float], dict[str, float]]]:
    """Yield each case that was measured, with its figures and those of the one that it is compared with."""
    for case in CASES:
        if case.group == group and case.name in figures[group]:
            base = figures[group].get(case.against) or figures["start"][case.against]
            yield case, figures[group][case.name], base


def write_table(group: str, figures: Figures) -> Iterator[str]:
    """Yield the lines of a table."""
    rows = list(list_measured(group, figures))
    counts = any(case.of for case, *_ in rows)
    ratio = f"processor time, × `{rows[0][0].against}`"
    on = f", on {figures['plans']:,} plans" if group == "many" else ""
    yield f"| command{on} | {ratio} | target | time, seconds |{' per processor second |' * counts} memory, MB |"
    yield f"|---|---|---|---|{'---|' * counts}---|"
    for case, one, base in rows:
        of = float(figures["plans"]) if case.of == "plans" else float(case.of or 0)  # type: ignore[arg-type]
        rate = f" {of / one['cpu']:,.0f} |" if counts else ""
        times = one["cpu"] / base["cpu"]
        cost = f"{times:,.{0 if times >= 100 else 2}f} | {case.target} | {one['wall']:,.2f}"
        yield f"| {case.name} | {cost} |{rate} {one['mb']:,.0f} |"
    if group == "registry":
        (few, before, _), (many, last, _) = rows[-2:]
        for number in (10_000_000, 100_000_000):
            further = (number - float(many.of)) / (float(many.of) - float(few.of))
            told = {name: last[name] + further * (last[name] - before[name]) for name in last}
            speed = number / told["cpu"]
            yield f"| {number:,} rows, extrapolated | | | {told['wall']:,.0f} | {speed:,.0f} | {told['mb']:,.0f} |"


def draw_bars(group: str, figures: Figures) -> str:
    """Return a plot of processor time as SVG, a bar a command, ours darker than those of peers."""
    rows = [(case, one["cpu"] / base["cpu"]) for case, one, base in list_measured(group, figures)]
    most = max(ratio for _, ratio in rows)
    title = f"{GROUPS[group][1]}: processor time as a multiple of {rows[0][0].against}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LABEL + _BAR + 60} {_LINE * (len(rows) + 1)}"'
        ' font-family="sans-serif" font-size="13" role="img">',
        f"<title>{title}</title>",
        "<style>text { fill: #24292f } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>",
        f'<text x="0" y="15" font-weight="bold">{title}</text>',
    ]
    for number, (case, ratio) in enumerate(rows, 1):
        y, width = number * _LINE, ratio / most * _BAR
        colour = "#4f6bed" if "{aisafe}" in case.command else "#9aa4b2"
        lines += [
            f'<text x="0" y="{y + 15}">{case.name}</text>',
            f'<rect x="{_LABEL}" y="{y + 3}" width="{width:.1f}" height="{_LINE - 6}" fill="{colour}"/>',
            f'<text x="{_LABEL + width + 6:.1f}" y="{y + 15}">{ratio:.3g}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    main()
