"""The report as GitHub-flavoured Markdown, to hand to a reader. Filled from plain data by a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aisafe_cli.model import Report, Run
from aisafe_cli.reporters import View
from aisafe_cli.reporters.data import as_data
from aisafe_cli.text import markdown_safe


def render(run: Run, view: View) -> str:  # noqa: ARG001
    """Return the run as one Markdown document, one part for each plan."""
    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("aisafe_cli"),
        autoescape=False,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"fraction": _fraction, "coverage": _coverage, "words": _words, "listed": ", ".join}
    template = environment.get_template("report.md.j2")
    data = as_data(run)
    parts = [{**plan, **_background(result.report)} for plan, result in zip(data["plans"], run.results, strict=True)]
    text = template.render(run=data, plans=parts)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _escaped(value: object) -> object:
    return markdown_safe(value) if isinstance(value, str) else value


def _background(report: Report) -> Mapping[str, Any]:
    """What the catalog and the ladder say of what the plan meets, as plain copies."""
    catalog, ladder = asdict(report.catalog), asdict(report.ladder)
    return {
        "safeguards": {entry["id"]: entry for entry in catalog["safeguards"]},
        "alternatives_by_id": catalog["alternatives"],
        "references": catalog["references"],
        "inferences": catalog["inferences"],
        "requirements_reason": catalog["requirements"]["reason"],
        "modes": ladder["modes"],
        "rungs": [ladder["rungs"][name] for name in ladder["rungs"] if name in _opened(report)],
    }


def _opened(report: Report) -> set[str]:
    return {channel.rung.id for channel in report.channels}


def _fraction(score: Mapping[str, Any]) -> str:
    if score["percent"] is None:
        return "0 of 0"
    return f"{score['numerator']} of {score['denominator']} ({score['percent']}%)"


def _coverage(coverage: Mapping[str, Any]) -> str:
    if coverage["percent"] is None:
        return "none"
    counted = coverage["satisfied"] + coverage["partial"] / 2
    return f"{counted:g} of {coverage['applicable']} ({coverage['percent']}%)"


def _words(identifier: str) -> str:
    return identifier.replace("_", " ")
