"""Identifiers that are the same whenever plan, catalog and day are."""

from __future__ import annotations

import uuid

from aisafe_cli.domain.verdict import Result


def derive_uuid(result: Result, *parts: str) -> str:
    """Return a UUID that hangs on plan, catalog, day and stage of a result, and on what it is for."""
    report = result.report
    stage = report.cut.day.isoformat() if report.cut else ""
    return name_uuid(report.plan.sha256, report.catalog.sha256, report.as_of.isoformat(), stage, *parts)


def name_uuid(*parts: str) -> str:
    """Return the UUID that parts of text have together."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(("https://pypi.org/project/aisafe-cli/", *parts))))
