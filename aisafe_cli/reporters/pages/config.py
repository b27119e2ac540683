"""The settings that hold, each with its source."""

from __future__ import annotations

from collections.abc import Sequence

from aisafe_cli.domain.report import PlanFinding
from aisafe_cli.domain.settings import Setting, describe_value
from aisafe_cli.reporters.layout import WIDTH, as_json
from aisafe_cli.reporters.page import Item, Page, Section
from aisafe_cli.reporters.report_data import pick_each

_BUILT_IN = "the built-in one"
_PLANS_OWN = "A plan may ask for more: where its own policy has a fail_under, the higher one applies."


def render_settings(
    name: str, path: str, settings: Sequence[Setting], findings: Sequence[PlanFinding], width: int = WIDTH
) -> str:
    """Return the settings of a path, and what a change does to them, in one of the formats of pages."""
    if name == "json":
        rows = pick_each(settings, "name value source")
        changes = pick_each(findings, "level message", rule="kind")
        return as_json({"schema_version": 1, "settings": rows, "findings": changes})
    has_several = any(one.name == "catalogs" and one.value for one in settings)
    items = tuple(Item(term=one.name, text=_describe_setting(one, has_several)) for one in settings)
    page = Page(
        title=f"Settings for {path}",
        notices=(*(finding.message for finding in findings), _PLANS_OWN),
        sections=(Section(items=items, column=max(len(item.term) for item in items)),),
    )
    return page.render(name, width)


def _describe_setting(setting: Setting, has_several: bool) -> str:
    is_built_in = setting.name == "catalog" and not setting.value and not has_several
    return f"{_BUILT_IN if is_built_in else describe_value(setting.value)} ({setting.source})"
