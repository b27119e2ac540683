"""Plans by name: files, folders, patterns, `-`, or `v1.0:plans/release.plan.yaml`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from aisafe_cli.errors import AisafeError
from aisafe_cli.io.find import find_plans
from aisafe_cli.io.paths import STANDARD_INPUT, write_path_out
from aisafe_cli.session.plans_in_git import is_in_git


def find_each_plan(paths: Sequence[str]) -> tuple[list[str], list[AisafeError], list[str]]:
    """Return the plans that the paths name, each path once, what keeps some from being found, and what to say."""
    plans: dict[object, str] = {}
    errors: list[AisafeError] = []
    notes: dict[str, None] = {}
    for path in paths:
        try:
            found = find_plans(path)
        except AisafeError as error:
            errors.append(error)
            continue
        notes |= dict.fromkeys(found.passed_over)
        for plan in found.paths:
            is_searched = ":" in plan and plan != path  # what a search finds is a file, whatever it is called like
            plans.setdefault(write_path_out(plan), os.path.join(os.curdir, plan) if is_searched else plan)
    return list(plans.values()), errors, list(notes)


def folder_of(name: str) -> str:
    """Return the folder of the working tree whose configuration holds for a named plan. Raises as `is_in_git`."""
    return os.curdir if name == STANDARD_INPUT or is_in_git(name) else os.path.dirname(name) or os.curdir
