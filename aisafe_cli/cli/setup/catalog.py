"""`aisafe catalog` and `aisafe schema`."""

from __future__ import annotations

import json

from aisafe_cli.analysis.plan_schema import add_catalog_words
from aisafe_cli.analysis.verify import Match, verify
from aisafe_cli.cli.options import ONE_CATALOG, PAGE, Given, Option, pick_options, require_known, takes
from aisafe_cli.cli.output import say, write, write_page
from aisafe_cli.errors import AisafeError, ExitCode, RequestError, describe
from aisafe_cli.io.resources import SCHEMAS, read_glossary, read_schema
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.loading.document import read_pages
from aisafe_cli.reporters.pages.catalog import render_catalog, render_verified
from aisafe_cli.reporters.programs.oscal_catalog import render_oscal_catalog
from aisafe_cli.text.escape import terminal_safe
from aisafe_cli.text.wording import count


@takes(PAGE)
def list_catalogs(given: Given) -> int:
    """Show the catalog in use and the built-in ones: document, status, version, number of safeguards.

    Example: aisafe catalog list
    """
    ladder = load_ladder()
    built_in = [] if given.catalog else [load_catalog(name, ladder) for name in BUILT_IN]
    loaded = load_catalog(given.catalog, ladder)
    write_page(given, render_catalog, loaded, built_in)
    return ExitCode.PASSED


@takes({"catalogs": Option("", "FILE...", "Your catalog files.", "texts", is_required=True)})
def validate_catalog(given: Given) -> int:
    """Check that catalogs are well formed and fit together.

    Example: aisafe catalog validate our-policy.yaml
    """
    ladder = load_ladder()
    code = ExitCode.PASSED
    for path in given.catalogs:
        try:
            if not path:
                raise RequestError("the name of the catalog file is empty")
            loaded = load_catalog(path, ladder)
        except AisafeError as error:
            say(describe(error))
            code = ExitCode.NOT_EVALUATED
        else:
            write(terminal_safe(f"{loaded.path}: {count(len(loaded.safeguards), 'safeguard')}, no faults") + "\n", None)
    return code


@takes(
    {
        "source": Option("--source", "FILE", "A copy of the document, as text or PDF (extra: pdf).", is_required=True),
        **PAGE,
    }
)
def verify_catalog(given: Given) -> int:
    """Find every safeguard of a catalog in a copy of its document, by place and hash. Exit 1 if one does not match.

    Example: aisafe catalog verify --source NIST.AI.800-1.ipd.txt
    """
    loaded = load_catalog(given.catalog, load_ladder())
    verified = verify(loaded, read_pages(given.source))
    write_page(given, render_verified, verified, inputs=(given.source, *given.inputs))
    return ExitCode.PASSED if all(one.match in (Match.FOUND, Match.PAGE_ONLY) for one in verified) else ExitCode.FAILED


@takes(
    {**PAGE, "output_format": Option("--format -f", "NAME", "The format: oscal.", default="oscal", known=("oscal",))}
)
def export_catalog(given: Given) -> int:
    """Write a catalog as an OSCAL catalog.

    It has one control per safeguard, which says where the safeguard can work and why.

    Example: aisafe catalog export --format oscal -o catalog.oscal.json
    """
    made = render_oscal_catalog(load_catalog(given.catalog, load_ladder()))
    write(made, given.output, given.inputs)
    return ExitCode.PASSED


@takes(
    {
        "what": Option("", "[WHAT]", f"The file format: {', '.join(SCHEMAS)}.", words="schema", default="plan"),
        **pick_options("output"),
        "catalog": ONE_CATALOG,
    }
)
def schema(given: Given) -> int:
    """Print the JSON Schema of a file format, for editors and validators.

    The schema of a plan includes the catalog's safeguards and alternatives.

    Example: aisafe schema plan -o plan.schema.json
    """
    require_known("schema", given.what, SCHEMAS)
    made = read_schema(given.what)
    if given.what == "plan":
        ladder = load_ladder()
        made = add_catalog_words(made, load_catalog(given.catalog, ladder), ladder, read_glossary())
    elif given.catalog:
        raise RequestError("--catalog goes with the schema of a plan")
    write(json.dumps(made, indent=2, ensure_ascii=False) + "\n", given.output, given.inputs)
    return ExitCode.PASSED
