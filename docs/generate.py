"""Write what comes from data: the pages `plan-format.md` (from the schema), `safeguards.md` and `access-levels.md` (from
the catalog and the ladder), and the help of the program.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1 if one is not current
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from aisafe_cli.cli import run
from aisafe_cli.domain.catalog import EFFORTS, AccessLevel, Alternative, Catalog, Cited, Judgement, Ladder, Safeguard
from aisafe_cli.io.resources import read_schema
from aisafe_cli.loading.catalog import load_catalog, load_ladder

HERE = Path(__file__).parent
ROOT = HERE.parent
NOTE = "<!-- Written by docs/generate.py. Change the data, not this page. -->"


def pages() -> Mapping[str, str]:
    """Return each page's file name with its content."""
    ladder = load_ladder()
    catalog = load_catalog(None, ladder)
    made = {
        "plan-format.md": _plan_format(),
        "catalog-format.md": _catalog_format(),
        "safeguards.md": _safeguards(catalog),
        "access-levels.md": _access_levels(ladder),
        "../aisafe_cli/help.txt": _help(),
    }
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _help() -> Iterable[str]:
    """Return what `aisafe --help` prints on 80 columns, which the program shows without loading Typer."""
    os.environ["COLUMNS"] = "80"
    with redirect_stdout(StringIO()) as shown:
        run(["--help"])
    return shown.getvalue().splitlines()


def _plan_format() -> Iterable[str]:
    schema = read_schema("plan")
    yield from (
        "# The release plan format, version 1",
        "",
        NOTE,
        "",
        f"{schema['description']} A plan is one YAML file, usually named `*.plan.yaml`.",
        "",
        "Your editor can use the schema. It then completes keys, ids and other words as you type, and shows what each one means.",
        "Run `aisafe schema plan -o plan.schema.json`, and begin the plan with the line",
        "`# yaml-language-server: $schema=plan.schema.json`. `aisafe init` writes this line for you. With `--catalog FILE`, the",
        "schema has the ids of another catalog.",
        "",
        "Rules for every key:",
        "",
        "- Only `schema_version`, `model.name` and `channels` are required. If the profile lacks a value, the strictest one",
        "  applies: role developer, size large, capability unknown.",
        "- Unknown keys, unknown ids, duplicate keys and wrong types are errors. One run reports them all, each with its line and",
        "  column.",
        "- Scalars follow YAML 1.2: `no` and `on` are text, and `1.10` stays text where text is expected.",
        "- Anchors, aliases, tags, merge keys, directives and second documents are errors.",
        "- A plan is UTF-8 and has at most 1 MiB, 64 levels and 50,000 values. A text has at most 65,536 characters. Control",
        "  characters and characters that override the direction of text are errors.",
        "- A reference, and the reason and owner of a waiver, must not be a placeholder such as `TODO` or `n/a`. Leave the entry",
        "  out until you know what it should say.",
        "- A waiver lasts at most a year. Each channel has its own id. Claims and waivers may name only channels of the plan.",
    )
    definitions = schema["$defs"]
    yield from _mapping("The plan", schema, definitions)
    for key in ("model", "organization", "policy"):
        yield from _mapping(f"`{key}`", schema["properties"][key], definitions)
    for key in ("comparable_open_model", "channel", "claim", "evidence", "waiver", "released_file"):
        yield from _mapping(
            "Evidence" if key == "evidence" else f"A {key}".replace("_", " "), definitions[key], definitions
        )
        if key == "evidence":
            yield from _EVIDENCE


_EVIDENCE = (
    "",
    "The text of a reference decides how it is treated:",
    "",
    "| reference | what it is | how it is checked |",
    "|---|---|---|",
    "| `https://example.org/a`, `doi:10.1/x` | a URL: a scheme of two letters or more, a colon, no white space | not opened; it counts as named |",
    "| `docs/a.md`, `a.pdf#page=3`, `a.md:12` | a path: no white space, and it has a `/` or ends with a file extension | looked for |",
    "| `./LICENSE`, `../docs/the report.md` | a path: it begins with `./`, `../`, `/` or `~`, or has a `sha256` | looked for |",
    "| `arXiv 2508.06601`, `internal ticket 123` | another locator: anything else | not checked; it counts as named |",
    "",
    "A path is relative to the folder of the plan, or to the current folder if the plan comes from standard input. It uses `/`",
    "between folders. It must lead to a file in the repository. The repository is the nearest folder with a `.git`, from the",
    "plan upward. If there is none, it is the plan's own folder. `..` and links may not lead out of it. Absolute paths, `~` and",
    "`file:` are outside.",
    "",
    "If a `sha256` is given, a file may have at most 64 MiB, and all files of a plan together 256 MiB. In git",
    "(`aisafe diff v1.0:release.plan.yaml …`) a file may have at most 24 MiB, and a plan 150 files. Beyond these limits, evidence",
    "is not confirmed.",
    "",
    "| state in the reports | meaning | counts |",
    "|---|---|---|",
    "| `found` | the file is there, with the SHA-256 that the plan gives, if any | yes |",
    "| `not_fetched`, `locator` | a URL; another locator | yes, as named |",
    "| `absent`, `altered`, `outside`, `not_a_file`, `empty`, `unreadable` | no such file; another SHA-256; outside the repository; a folder or a device; nothing in it; cannot be read | no |",
    "| `not_yet` | dated after the day of the check, in UTC | no |",
    "| `stale`, `undated` | older than an age limit set for the safeguard; without a date although there is a limit | no |",
    "",
    "If one piece of evidence does not count, an implemented or partial claim becomes `unknown`, even if the rest counts. A tamper",
    "evaluation or a contract that does not count is treated as missing. An alternative with such evidence is treated as not",
    "adopted.",
)


def _catalog_format() -> Iterable[str]:
    schema = read_schema("catalog")
    definitions = schema["$defs"]
    yield from (
        "# The catalog format, version 1",
        "",
        NOTE,
        "",
        f"{schema['description']}",
        "",
        "Every command that takes `--catalog FILE` accepts your own catalog. The program contains no safeguard ids. Start",
        "from `safeguards/nist-ai-800-1-ipd.yaml`, or from the small catalog in",
        "`tests/evaluation/evaluations/small-catalog.yaml`. `aisafe catalog validate FILE` reports every fault with its place.",
        "`aisafe catalog verify --source DOCUMENT --catalog FILE` finds each safeguard in a copy of the document.",
        "",
        "These rules apply in addition to the tables below:",
        "",
        "- Ids and slugs are unique among safeguards and parts. No slug equals the id of another entry.",
        "- Every group, practice, reference, alternative and access level that an entry names is defined.",
        "- A conditional flag names its `condition`. Other flags have none.",
        "- An exception is for one access level (`access`) or one `role`. Each level or role has at most one. An exception for a",
        "  role overrides one for an access level, which overrides the mode's flag.",
        "- Only a safeguard that binds the release can be `stageable`, and only if it has no `until_weights_public`.",
        "- A locator has one form. Opening words, closing words and hash are given together or not at all.",
        "- An entry has `every_mode` or a flag for each of the three modes. A mode may be missing if `some_channel_in` excludes it.",
        "- `by_mode: same` needs `every_mode`, and `every_mode` needs `by_mode: same`.",
        "- Items of evidence have the letters a, b, c and so on.",
        "- `until_weights_public` needs `weights_public`, and its access levels give out readable weights.",
        "- `builds_on` and links name other built-in catalogs. Every entry that a link names exists there. A catalog does not repeat",
        "  the alternatives and capability levels of a catalog that it builds on.",
        "- An exemption is for groups or for safeguards, not both. Each condition of `asked_of` has one key.",
        "- Each combination of size and capability has exactly one profile of requirements.",
    )
    yield from _mapping("The catalog", schema, definitions)
    for key in ("catalog", "document"):
        yield from _mapping(f"`{key}`", schema["properties"][key], definitions)
    safeguard = definitions["safeguard"]
    yield from _mapping("A safeguard", safeguard, definitions)
    for key in ("locator", "applies_when", "applicability", "evidence"):
        resolved = _resolved(safeguard["properties"][key], definitions)
        yield from _mapping(f"`{key}` of a safeguard", resolved, definitions)
    yield from _mapping("`tamper_evaluation` of a safeguard", definitions["tamper_evaluation"], definitions)
    yield from _mapping("A part of a safeguard", definitions["part"], definitions)
    yield from _mapping("What covers what", definitions["link"], definitions)
    for key in ("weights_public", "asked_of", "exemptions"):
        described = schema["properties"][key]
        yield from _mapping(f"`{key}`", {**described.get("items", {}), **described}, definitions)
    yield from _mapping("A flag with its reason", definitions["judgement"], definitions)
    yield from _mapping("An exception", definitions["exception"], definitions)
    yield from _mapping("`capabilities`", schema["properties"]["capabilities"], definitions)
    yield from _mapping("`definitions`", schema["properties"]["definitions"], definitions)
    yield from _mapping("An alternative", definitions["alternative"], definitions)
    yield from _mapping("`requirements`", definitions["requirements"], definitions)
    for key in ("floor", "capability_evidence", "evidence", "alternatives", "third_party"):
        rule = definitions["requirements"]["properties"][key]
        described = {"description": rule["description"], **rule.get("items", rule)}
        yield from _mapping(f"`{key}` of `requirements`", described, definitions)


def _mapping(title: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterable[str]:
    yield from (
        "",
        f"## {title}",
        "",
        schema.get("description", ""),
        "",
        "| key | required | value | meaning |",
        "|---|---|---|---|",
    )
    for key, entry in schema["properties"].items():
        required = "yes" if key in schema.get("required", ()) else ""
        resolved = _resolved(entry, definitions)
        yield f"| `{key}` | {required} | {_value(resolved, definitions)} | {resolved.get('description', '')} |"


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _value(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        written = {True: "true", False: "false", None: "null"}
        words = [written.get(word, word) for word in schema["enum"]]
        default = (
            f" (default `{'false' if schema['default'] is False else schema['default']}`)"
            if "default" in schema
            else ""
        )
        return ", ".join(f"`{word}`" for word in words) + default
    if "anyOf" in schema:
        return " or ".join(_value(_resolved(branch, definitions), definitions) for branch in schema["anyOf"])
    if schema["type"] == "array":
        return f"list: {_value(_resolved(schema['items'], definitions), definitions)}"
    if schema["type"] == "object":
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            return f"mapping: {_value(_resolved(others, definitions), definitions)}"
        return "mapping: " + ", ".join(f"`{key}`" for key in schema["properties"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if schema.get("format") == "date":
        return "day" + (" or null" if "null" in types else "")
    if "boolean" in types:
        return "true or false"
    if "string" in types:
        return "text" + (" or null" if "null" in types else "")
    kind = "whole number" if "integer" in types else "number"
    bounds = f" {schema['minimum']} to {schema['maximum']}" if "maximum" in schema else ""
    return kind + bounds + (" or null" if "null" in types else "")


def _safeguards(catalog: Catalog) -> Iterable[str]:
    document = catalog.document
    yield from (
        f"# The safeguards of {document.identifier}",
        "",
        NOTE,
        "",
        f"{document.title} ({document.identifier}), {document.publisher}, {document.part}. Status: {document.status},",
        f"{document.published}. {document.later_versions}",
        "",
        f"Catalog `{catalog.id}` {catalog.version}. Statements are in our own words. Page, row and bullet lead to the words of the",
        "document. Flags: compatible (can work), conditional (can work if something is true), cautionary (can be done, but the",
        "document warns about the release mode), incompatible (cannot work; see what to do instead).",
        "",
        "What the catalog infers:",
        "",
        *(f"- {inference}" for inference in catalog.inferences),
    )
    for safeguard in catalog.safeguards:
        yield from _safeguard(safeguard, catalog)
    yield from ("", "## Alternatives")
    for alternative in catalog.alternatives.values():
        yield from _alternative(alternative, catalog)
    yield from ("", "## References", "")
    for reference in sorted(catalog.references.values(), key=lambda reference: reference.id):
        details = ", ".join(str(detail) for detail in (reference.year, reference.locator) if detail)
        yield f"- {reference.title} ({reference.kind.replace('_', ' ')}{', ' + details if details else ''})"


def _safeguard(safeguard: Safeguard, catalog: Catalog) -> Iterable[str]:
    locator = safeguard.locator
    yield from (
        "",
        f"## {safeguard.id} {safeguard.title}",
        "",
        f"`{safeguard.slug}`, in the group “{catalog.groups[safeguard.group]}”: page {locator.page}, row {locator.row}, bullet"
        f" {locator.bullet}, from “{locator.opens_with}” to “{locator.ends_with}”",
        "",
        safeguard.statement,
        "",
        f"It acts on the {safeguard.binds}. Who can do it: {', '.join(role.replace('_', ' ') for role in safeguard.roles)}."
        f" Effort: {EFFORTS[safeguard.effort]}."
        + (" It can also be done in a limited stage before the release opens fully." if safeguard.stageable else ""),
        "",
        "| where | flag | why |",
        "|---|---|---|",
    )
    for name, judgement in (*safeguard.modes.items(), *safeguard.by_access.items(), *safeguard.by_role.items()):
        yield f"| `{name}` | {judgement.flag} | {_why(judgement)} |"
    if safeguard.applies_when:
        yield from ("", f"Where it is not asked, this is why: {safeguard.applies_when.reason}")
    if safeguard.tamper_rule:
        yield from ("", f"Needs a tamper evaluation on some channels: {safeguard.tamper_rule.reason}")
    yield from ("", f"How to do it: {safeguard.remedy}", "", "What counts as evidence:", "")
    yield from (f"- {line}" for line in safeguard.evidence_counts)
    if safeguard.alternatives:
        yield from ("", "Alternatives, best first: " + ", ".join(f"`{name}`" for name in safeguard.alternatives) + ".")
    if safeguard.objections:
        yield from ("", "Objections in public comments:", "")
        yield from (f"- {_cited(cited, catalog)}" for cited in safeguard.objections)
    if safeguard.practices:
        served = "; ".join(f"{number} {catalog.practices[number]}" for number in safeguard.practices)
        yield from ("", f"It serves these practices of the draft: {served}")


def _why(judgement: Judgement) -> str:
    return judgement.reason + (f" Condition: {judgement.condition}" if judgement.condition else "")


def _alternative(alternative: Alternative, catalog: Catalog) -> Iterable[str]:
    serves = ", ".join(entry.id for entry in catalog.safeguards if alternative.id in entry.alternatives)
    yield from (
        "",
        f"### `{alternative.id}`: {alternative.title}",
        "",
        f"Instead of {serves}. Strength: {alternative.strength}."
        + (f" Effect: {alternative.effect}." if alternative.effect else "")
        + f" Effort: {EFFORTS[alternative.effort]}.",
        "",
        f"{alternative.does} What it does not do: {alternative.limits}",
        "",
        *(f"- {_cited(cited, catalog)}" for cited in alternative.evidence),
    )


def _cited(cited: Cited, catalog: Catalog) -> str:
    reference = catalog.references[cited.reference]
    return f"{cited.says} ({reference.title}{', ' + reference.locator if reference.locator else ''})"


def _access_levels(ladder: Ladder) -> Iterable[str]:
    yield from (
        "# The access ladder",
        "",
        NOTE,
        "",
        "Each channel of a plan has one access level. A higher level gives outsiders more access and leaves the developer less",
        "control. The release has the mode of its highest channel, no matter when that channel opens or closes.",
        "",
        "| rank | access level | mode | properties that rules use |",
        "|---|---|---|---|",
    )
    for access_level in ladder.access_levels.values():
        can = ", ".join(sorted(name.replace("_", " ") for name in access_level.properties)) or "none"
        yield f"| {access_level.rank} | [`{access_level.id}`](#{access_level.id}) | {access_level.mode} | {can} |"
    yield from ("", "## The three modes", "")
    yield from (f"- `{mode.id}`, {mode.title}: {mode.means}" for mode in ladder.modes.values())
    for access_level in ladder.access_levels.values():
        yield from _access_level(access_level)


def _access_level(access_level: AccessLevel) -> Iterable[str]:
    yield from (
        "",
        f"## {access_level.id}",
        "",
        f"{access_level.title}. {access_level.adds}",
        "",
        "Misuse becomes possible through:",
        "",
    )
    yield from (f"- {vector}" for vector in access_level.misuse_vectors)
    yield from ("", "The developer still controls:", "")
    yield from (f"- {control}" for control in access_level.developer_controls)
    placed = [f"Mozilla's “{name}”" for name in access_level.mozilla] + [
        f"Solaiman's “{name}”" for name in access_level.solaiman
    ]
    if placed:
        yield from ("", f"The same step on other scales: {', '.join(placed)}.")


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description="Pages made from data.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is not current")
    check = parser.parse_args().check
    stale = []
    made = {HERE / name: content for name, content in pages().items()}
    for path, content in made.items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            stale.append(path.name)
        elif not check:
            path.write_text(content, encoding="utf-8")
    if stale:
        print(f"not current: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
