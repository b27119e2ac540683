"""`aisafe catalog` and `aisafe schema`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from aisafe_cli.analysis.plan_schema import add_catalog_words
from aisafe_cli.analysis.verify import Match, verify
from aisafe_cli.cli.completion import complete_words
from aisafe_cli.cli.options import CatalogFile, DataFormat, Output
from aisafe_cli.cli.output import measure_width, require_known, say, write
from aisafe_cli.domain.formats import PAGE_FORMATS
from aisafe_cli.errors import AisafeError, ExitCode, RequestError, describe
from aisafe_cli.io.resources import SCHEMAS, read_schema
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder
from aisafe_cli.loading.document import read_pages
from aisafe_cli.reporters.pages.catalog import render_catalog, render_verified
from aisafe_cli.reporters.pages.oscal_catalog import render_oscal_catalog
from aisafe_cli.text.escape import terminal_safe

catalog_app = typer.Typer(
    name="catalog",
    help="List, validate, verify and export catalogs: files that encode a guidance document.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@catalog_app.command("list", short_help="Show the catalog in use, and the others")
def list_catalogs(
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Show the catalog in use, and those that are built in: document, standing, version, number of safeguards.

    Example: aisafe catalog list
    """
    require_known("format", output_format, PAGE_FORMATS)
    ladder = load_ladder()
    built_in = [] if catalog else [load_catalog(name, ladder) for name in BUILT_IN]
    loaded = load_catalog(catalog, ladder)
    write(render_catalog(output_format, loaded, built_in, measure_width(output)), output, (catalog,) if catalog else ())
    return ExitCode.PASSED


@catalog_app.command("validate", short_help="Check catalogs of your own")
def validate_catalog(
    catalogs: Annotated[list[str], typer.Argument(metavar="FILE...", help="Catalog files of your own.")],
) -> int:
    """Check that catalogs are well formed and fit together.

    Example: aisafe catalog validate our-policy.yaml
    """
    ladder = load_ladder()
    code = ExitCode.PASSED
    for path in catalogs:
        try:
            if not path:
                raise RequestError("an empty name is no catalog file")
            loaded = load_catalog(path, ladder)
        except AisafeError as error:
            say(describe(error))
            code = ExitCode.NOT_EVALUATED
        else:
            write(terminal_safe(f"{loaded.path}: {len(loaded.safeguards)} safeguards, no faults") + "\n", None)
    return code


@catalog_app.command("verify", short_help="Hold a catalog against its document")
def verify_catalog(
    source: Annotated[
        str, typer.Option("--source", metavar="FILE", help="A copy of the document, as text or PDF (extra: pdf).")
    ],
    output_format: DataFormat = "table",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Find every safeguard of a catalog in a copy of its document, by place and hash. Exit 1 if one does not match.

    Example: aisafe catalog verify --source NIST.AI.800-1.ipd.txt
    """
    require_known("format", output_format, PAGE_FORMATS)
    loaded = load_catalog(catalog, load_ladder())
    verified = verify(loaded, read_pages(source))
    write(
        render_verified(output_format, verified, measure_width(output)),
        output,
        (source, *((catalog,) if catalog else ())),
    )
    return ExitCode.PASSED if all(one.match in (Match.FOUND, Match.PAGE_ONLY) for one in verified) else ExitCode.FAILED


@catalog_app.command("export")
def export_catalog(
    output_format: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="How: oscal.")] = "oscal",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Write a catalog as an OSCAL catalog.

    It has a control for each safeguard, with where that can work and why.

    Example: aisafe catalog export --format oscal -o catalog.oscal.json
    """
    require_known("format", output_format, ("oscal",))
    made = render_oscal_catalog(load_catalog(catalog, load_ladder()))
    write(made, output, (catalog,) if catalog else ())
    return ExitCode.PASSED


def schema(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help=f"The file format: {', '.join(SCHEMAS)}.",
            autocompletion=complete_words(SCHEMAS),
        ),
    ] = "plan",
    output: Output = None,
    catalog: CatalogFile = None,
) -> int:
    """Print the JSON Schema of a file format, for editors and validators.

    That of a plan has the safeguards and alternatives of the catalog in it.

    Example: aisafe schema plan -o plan.schema.json
    """
    require_known("schema", what, SCHEMAS)
    made = read_schema(what)
    if what == "plan":
        ladder = load_ladder()
        made = add_catalog_words(made, load_catalog(catalog, ladder), ladder)
    elif catalog:
        raise RequestError("--catalog goes with the schema of a plan")
    write(json.dumps(made, indent=2, ensure_ascii=False) + "\n", output, (catalog,) if catalog else ())
    return ExitCode.PASSED
