"""The commands by name, each with the place of its function and its line in the help."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from aisafe_cli.cli.options import Command

# The groups of the help, each with its commands: the place of the function, and one line of at most 45 characters.
# What a run does not use, it does not load: a command costs more to set up than to run.
HELP: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Check a plan": {
        "check": ("check.check", "Check plans; the exit code is the gate"),
        "report": ("check.report", "Write a report for people to read"),
        "verify": ("verify.verify", "Compare a statement with what its plan gives"),
        "suggest": ("planning.suggest.suggest", "Find a cheap way to make a plan pass"),
        "registry": ("", "Check a table of plans, one plan per row"),
    },
    "Plan ahead": {
        "timeline": ("planning.timeline.timeline", "Show the verdict at each opening"),
        "what-if": ("planning.what_if.what_if", "Try a change without editing the plan"),
        "diff": ("planning.diff.diff", "Show what changed since an earlier version"),
        "compare": ("planning.compare.compare", "Put releases side by side"),
    },
    "Begin": {
        "demo": ("planning.demo.demo", "See what the tool does, on an example"),
        "init": ("planning.init.init", "Start a plan, from answers or a model card"),
    },
    "Look up": {
        "explain": ("look_up.explain", "Explain a word; without one, list them all"),
        "matrix": ("look_up.matrix", "Show which safeguard can work where"),
    },
    "Set up": {
        "baseline": ("setup.baseline.baseline", "Accept what blocks today, stop what is new"),
        "config": ("setup.config.config", "Show the settings in force and their source"),
        "schema": ("setup.catalog.schema", "Print a JSON Schema for editors"),
        "catalog": ("", "List, validate, verify and export catalogs"),
    },
}
HIDDEN: Mapping[str, tuple[str, str]] = {"list": ("look_up.list_", "List what can be explained")}
COMMANDS: Mapping[str, tuple[str, str]] = {
    name: command for group in (*HELP.values(), HIDDEN) for name, command in group.items()
}
# The commands of a command, whose help is the first text.
INNER: Mapping[str, tuple[str, Mapping[str, tuple[str, str]]]] = {
    "catalog": (
        "List, validate, verify and export catalogs: files that encode a guidance document.",
        {
            "list": ("setup.catalog.list_catalogs", "Show the catalog in use, and the others"),
            "validate": ("setup.catalog.validate_catalog", "Check your own catalogs"),
            "verify": ("setup.catalog.verify_catalog", "Check a catalog against its document"),
            "export": ("setup.catalog.export_catalog", "Write a catalog as an OSCAL catalog"),
        },
    ),
    "registry": (
        "Check a registry: a table with one plan per row.",
        {"check": ("registry.check_registry", "Check every plan of a table")},
    ),
}


def load_command(place: str) -> Command:
    """Return the command at a place of `COMMANDS`."""
    module, _, name = place.rpartition(".")
    command: Command = getattr(import_module(f"aisafe_cli.cli.{module}"), name)
    return command
