"""The templates of the package, translated to Python when it is built, which takes longer than all else of a run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, MutableMapping
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from jinja2 import BaseLoader, Environment, Template
from jinja2.bccache import bc_version

from aisafe_cli.io.resources import find_compiled_template, read_template


class PackagedLoader(BaseLoader):
    """Finds templates in the package, each as it was translated from this very source, else the source."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:  # noqa: ARG002
        """Return a template's text."""
        return read_template(template), None, None

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:  # noqa: A002
        """Return a template that can be filled."""
        path = find_compiled_template(name)
        compiled = _import_file(path) if os.path.isfile(path) else None
        if compiled is None or identify_source(read_template(name)) != compiled.MADE_FROM:
            return super().load(environment, name, globals)
        return environment.template_class.from_module_dict(environment, vars(compiled), globals or {})


def identify_source(text: str) -> str:
    """Return what a translation is told by: the hash of its source, and the version of what Jinja translates to."""
    return f"{hashlib.sha256(text.encode()).hexdigest()} {bc_version}"


def translate(environment: Environment, name: str) -> str:
    """Return a template as Python."""
    text = read_template(name)
    made = environment.compile(text, name, name, raw=True, defer_init=True)
    return f'"""Translated from {name}."""\n{made}\nMADE_FROM = "{identify_source(text)}"\n'


def _import_file(path: str) -> ModuleType | None:
    spec = spec_from_file_location(f"aisafe_cli.compiled.{os.path.basename(path)[:-3]}", path)
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
