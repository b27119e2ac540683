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
from aisafe_cli.domain.catalog import AccessLevel, Alternative, Catalog, Cited, Judgement, Ladder, Safeguard
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
        f"{schema['description']} A plan is one YAML file, by convention named `*.plan.yaml`. Give your editor the schema",
        "with a first line such as `# yaml-language-server: $schema=plan.schema.json`, as `aisafe init` writes it, and with",
        "`aisafe schema plan -o plan.schema.json`. It completes keys, ids of safeguards and alternatives, and other words as you",
        "type, and shows what each asks or means. `--catalog FILE` takes the names of another catalog.",
        "",
        "Rules that hold for every key:",
        "",
        "- Only `schema_version`, `model.name` and `channels` are required. What is left out of the profile takes its strictest",
        "  value: role developer, size large, capability unknown.",
        "- Unknown keys, unknown ids, duplicate keys and wrong types are refused, all of them in one run, each with its line and",
        "  column.",
        "- Scalars follow YAML 1.2: `no` and `on` are text, and `1.10` stays text where text is expected.",
        "- Anchors, aliases, tags, merge keys, directives and second documents are refused.",
        "- Bounds: UTF-8, 1 MiB, 64 levels, 50,000 values, 65,536 characters a text. Control characters and characters that",
        "  override the direction of text are refused.",
        "- A waiver runs for a year at most. Two channels cannot share an id, and claims and waivers name only channels that",
        "  are there.",
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
    "What a reference is, is decided by its text alone:",
    "",
    "| reference | is | and is |",
    "|---|---|---|",
    "| `https://example.org/a`, `doi:10.1/x` | an address: a scheme of two letters or more, a colon, no white space | not fetched; it counts as named |",
    "| `docs/a.md`, `a.pdf#page=3`, `a.md:12` | a path: no white space, and it has a `/` or ends with a file extension | looked for |",
    "| `./LICENSE`, `../docs/the report.md` | a path: it begins with `./`, `../`, `/` or `~`, or has a `sha256` | looked for |",
    "| `arXiv 2508.06601`, `internal ticket 123` | another locator: anything else | not checked; it counts as named |",
    "",
    "A path is relative to the folder of the plan (for a plan on standard input, to the current folder), with `/` between",
    "folders, and taken as it is written. It has to lead to a file in the repository: the nearest folder with a `.git` in it,",
    "from the plan upward, or the plan's own folder if there is none. `..` and links may not lead out of it; absolute paths,",
    "`~` and `file:` are outside. With a `sha256` a file may be of 64 MiB at most, and all files of a plan of 256 MiB; in",
    "git (`aisafe diff v1.0:release.plan.yaml …`) of 24 MiB, and 150 files of a plan are read. What is over that is not confirmed.",
    "",
    "| state in the reports | meaning | counts |",
    "|---|---|---|",
    "| `found` | the file is there, with the SHA-256 that the plan gives, if any | yes |",
    "| `not_fetched`, `locator` | an address, another locator | yes, as named |",
    "| `absent`, `altered`, `outside`, `not_a_file`, `unreadable` | no such file; another SHA-256; outside the repository; a folder or a device; cannot be read | no |",
    "| `not_yet` | dated after the day of the check, in UTC | no |",
    "| `stale`, `undated` | older than an age limit set for the safeguard; without a date although there is a limit | no |",
    "",
    "An implemented or partial claim of which one piece of evidence does not count is `unknown`, whatever the others are. A",
    "tamper evaluation or a contract that does not count is treated as missing, an alternative as not adopted.",
)


def _catalog_format() -> Iterable[str]:
    schema = read_schema("catalog")
    definitions = schema["$defs"]
    yield from (
        "# The catalog format, version 1",
        "",
        NOTE,
        "",
        f"{schema['description']} A catalog of yours works in every command that takes `--catalog FILE`; nothing in the",
        "program knows a safeguard by its name. Start from `safeguards/nist-ai-800-1-ipd.yaml`, or from the small catalog of",
        "the tests, `tests/evaluation/evaluations/small-catalog.yaml`. `aisafe catalog validate FILE` names every fault with its place,",
        "and `aisafe catalog verify --source DOCUMENT --catalog FILE` finds each safeguard in a copy of its document.",
        "",
        "What has to fit together beyond the tables below:",
        "",
        "- Ids and slugs are unique over safeguards and parts, and no slug is another one's id.",
        "- Groups, practices, references, alternatives and access levels that are named are defined.",
        "- A conditional flag names its `condition`, and no other flag has one.",
        "- An exception is for one access level (`access`) or one `role`, and each has one at most. A role's exception goes before a",
        "  level's, and that before the mode's flag.",
        "- Only a safeguard that binds the release can be `stageable`, and what is asked until the weights are public is not.",
        "- A locator has one form. Opening words, closing words and hash are given together or not at all.",
        "- `every_mode` or all three modes are judged; a mode may be left out where `some_channel_in` leaves it out.",
        "- `by_mode: same` needs `every_mode`, and the reverse. Items of evidence are lettered a, b, c and so on.",
        "- `until_weights_public` needs `weights_public`, whose access levels give out readable weights.",
        "- `builds_on` and links name catalogs that are built in, and not this one; what a link names is there. What a catalog",
        "  builds on has no alternative and no levels of capability that it has too.",
        "- An exemption is for groups or for safeguards; each condition of `asked_of` is one key.",
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
        f"Catalog `{catalog.id}` {catalog.version}. Statements are in the catalog's own words; page, row and bullet lead to the",
        "document's. Flags: compatible (can work), conditional (can work if something is true), cautionary (can be done, and",
        "the document warns of what the mode does), incompatible (cannot work; see what to do instead).",
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
        f"It binds the {safeguard.binds}. Carried out by: {', '.join(role.replace('_', ' ') for role in safeguard.roles)}."
        f" Effort {safeguard.effort} of 5."
        + (" It can be carried out as a stage before the release opens fully." if safeguard.stageable else ""),
        "",
        "| where | flag | why |",
        "|---|---|---|",
    )
    for name, judgement in (*safeguard.modes.items(), *safeguard.by_access.items(), *safeguard.by_role.items()):
        yield f"| `{name}` | {judgement.flag} | {_why(judgement)} |"
    if safeguard.applies_when:
        yield from ("", f"Applies only to some plans: {safeguard.applies_when.reason}")
    if safeguard.tamper_rule:
        yield from ("", f"Needs a tamper evaluation on some channels: {safeguard.tamper_rule.reason}")
    yield from ("", f"To carry it out: {safeguard.remedy}", "", "What counts as evidence:", "")
    yield from (f"- {line}" for line in safeguard.evidence_counts)
    if safeguard.alternatives:
        yield from ("", "Where it cannot work: " + ", ".join(f"`{name}`" for name in safeguard.alternatives) + ".")
    if safeguard.objections:
        yield from ("", "Objections in public comments:", "")
        yield from (f"- {_cited(cited, catalog)}" for cited in safeguard.objections)
    if safeguard.practices:
        served = "; ".join(f"{number} {catalog.practices[number]}" for number in safeguard.practices)
        yield from ("", f"Practices of the draft that it serves: {served}")


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
        + f" Effort {alternative.effort} of 5.",
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
        "Each channel of a plan has one access level. A higher level gives outsiders more and leaves the developer less. The",
        "release has the mode of its highest channel, whenever that opens or closes.",
        "",
        "| rank | access level | mode | what outsiders can do with the weights |",
        "|---|---|---|---|",
    )
    for access_level in ladder.access_levels.values():
        can = ", ".join(sorted(name.replace("_", " ") for name in access_level.properties)) or "nothing"
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
        "Misuse becomes possible by:",
        "",
    )
    yield from (f"- {vector}" for vector in access_level.misuse_vectors)
    yield from ("", "The developer still controls:", "")
    yield from (f"- {control}" for control in access_level.developer_controls)
    placed = [f"Mozilla's “{name}”" for name in access_level.mozilla] + [
        f"Solaiman's “{name}”" for name in access_level.solaiman
    ]
    if placed:
        yield from ("", f"Here stand {', '.join(placed)}.")


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
