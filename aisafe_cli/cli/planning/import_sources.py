"""`aisafe init --from`: sources to plans, one or many."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping

from aisafe_cli.analysis.new_plan import Memo, scaffold
from aisafe_cli.cli.options import require_known
from aisafe_cli.cli.output import say, say_errors, with_progress, write
from aisafe_cli.cli.planning.questions import choose_file
from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import Catalog, Ladder
from aisafe_cli.domain.plan import Channel, License
from aisafe_cli.errors import AisafeError, ExitCode, NothingToEvaluate, OutputError, RequestError
from aisafe_cli.importing.answers import build_answers, describe_import
from aisafe_cli.importing.combine import Import, combine, show_value
from aisafe_cli.importing.facts import QUESTION, SOURCE_KINDS, WARNING, Reading
from aisafe_cli.importing.files import is_weight_file
from aisafe_cli.importing.folder import CARD_NAME, is_model_folder
from aisafe_cli.importing.read import MAX_CARD, read_content, read_given, read_model_folder
from aisafe_cli.io.find import PLAN_SUFFIX
from aisafe_cli.io.folder import ModelFolder, list_files, list_folders
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.io.read import read_bytes
from aisafe_cli.io.write import write_new, write_whole
from aisafe_cli.loading.license_classes import LicenseClasses
from aisafe_cli.text.escape import terminal_safe, visible
from aisafe_cli.text.wording import count

_SUFFIXES = (".md", ".markdown", ".json", ".yaml", ".yml")


@record
class Call:
    """What was asked for: the sources, what the options say of the model, and where the plan goes."""

    sources: tuple[str, ...]
    kind: str | None
    model_id: str
    given: Mapping[str, str | int | None]
    channels: tuple[Channel, ...]
    output: str | None
    as_facts: bool
    force: bool
    inputs: tuple[str, ...]


def import_sources(call: Call, catalog: Catalog, ladder: Ladder) -> int:
    """Write the plan that the sources speak for, or one for each model of a folder; return the exit code.

    Raises AisafeError where a single source cannot be read or says nothing of a model.
    """
    if call.kind is not None:
        require_known("kind", call.kind, SOURCE_KINDS[1:])
    table = LicenseClasses()
    if len(call.sources) == 1 and os.path.isdir(call.sources[0]) and not is_model_folder(list_files(call.sources[0])):
        return _import_many(call, table, catalog, ladder)
    if not call.as_facts:
        refuse_existing(call.output, call.force)
    imported = combine_sources(call, call.sources, table)
    if call.as_facts:
        write(render_facts(imported, indent=2), call.output, (*call.inputs, *call.sources))
        return ExitCode.PASSED
    text = render_plan(imported, call, catalog, ladder)
    say(terminal_safe(describe_result(", ".join(map(show_path, call.sources)), imported)))
    file = choose_file(call.output)
    write(text, file, (*call.inputs, *call.sources))
    say_what_next(file)
    return ExitCode.PASSED


def combine_sources(call: Call, sources: tuple[str, ...], table: LicenseClasses) -> Import:
    """Return what sources and options say together. Raises NothingToEvaluate where it is nothing of a model."""
    readings = [reading for source in sources for reading in read_source(source, call, table)]
    if not any(reading.found for reading in readings):
        told = [f"{note.source}: {note.text}" for reading in readings for note in reading.notes]
        named = ", ".join(map(show_path, sources))
        raise NothingToEvaluate("; ".join([f"{named}: no facts about a model were found", *told[:1]]))
    return combine([read_given(call.given, call.model_id, table), *readings])


def read_source(source: str, call: Call, table: LicenseClasses) -> list[Reading]:
    """Return what one source says: a file, standard input, or a folder with the card in it. Raises AisafeError."""
    shown = show_path(source)
    if source != STANDARD_INPUT and os.path.isdir(source):
        shown = shown.rstrip("/\\") or shown
        return list(read_model_folder(shown, ModelFolder(source), call.model_id, table))
    if source != STANDARD_INPUT and is_weight_file(source) and call.kind is None:
        folder = ModelFolder(os.path.dirname(source) or os.curdir, (os.path.basename(source),))
        return list(read_model_folder(shown, folder, call.model_id, table))
    return [read_content(shown, read_bytes(source, MAX_CARD), call.kind, call.model_id, table)]


def render_plan(imported: Import, call: Call, catalog: Catalog, ladder: Ladder, memo: Memo | None = None) -> str:
    """Return the text of the plan."""
    answers = build_answers(imported)
    return scaffold(replace(answers, channels=call.channels or answers.channels), catalog, ladder, memo)


def render_facts(imported: Import, indent: int | None = None) -> str:
    """Return what was read as JSON, on one line where no indent is given."""
    return json.dumps(describe_import(imported), ensure_ascii=False, indent=indent) + "\n"


def describe_result(shown: str, imported: Import) -> str:
    """Return a line that says what was read."""
    facts = imported.facts
    terms = facts["license"].value if "license" in facts else None
    group = f" ({terms.declared_class})" if isinstance(terms, License) else ""
    parts = [
        show_value(facts["access"].value) if "access" in facts else "access not known",
        f"license {show_value(terms)}{group}" if terms else "no license",
        count(len(imported.list_notes(WARNING)), "warning"),
        count(len(imported.list_notes(QUESTION)), "question"),
    ]
    return f"{shown}: {'; '.join(parts)}"


# --- many -----------------------------------------------------------------------------------------------------------


def _import_many(call: Call, table: LicenseClasses, catalog: Catalog, ladder: Ladder) -> int:
    folder = call.sources[0]
    sources = list(find_sources(folder))
    if not sources:
        raise NothingToEvaluate(f"{show_path(folder)}: it has no model card or other source")
    if call.output is None and not call.as_facts:
        raise RequestError(
            f"{show_path(folder)} contains {len(sources)} sources; name a folder for the plans with --out"
        )
    lines: list[str] = []
    errors: list[AisafeError] = []
    memo: Memo = {}
    for source in with_progress(sources):
        try:
            lines.append(_import_one(source, call, table, catalog, ladder, memo))
        except AisafeError as error:
            errors.append(error)
    write("".join(lines), call.output if call.as_facts else None)
    say_errors(errors)
    if any(error.exit_code == ExitCode.NOT_EVALUATED for error in errors):
        return ExitCode.NOT_EVALUATED
    return ExitCode.PASSED if lines else ExitCode.NOTHING_TO_EVALUATE


def find_sources(folder: str) -> Iterator[str]:
    """Yield the sources in a folder: model folders in it, and cards, answers and records. Raises FileError."""
    for name in list_folders(folder):
        inner = os.path.join(folder, name)
        names = list_files(inner)
        if names == (CARD_NAME,):  # nothing but a card, so the folder says nothing of its own
            yield os.path.join(inner, CARD_NAME)
        elif is_model_folder(names):
            yield inner
    for name in list_files(folder):
        if name.lower().endswith(_SUFFIXES):
            yield os.path.join(folder, name)


def _import_one(source: str, call: Call, table: LicenseClasses, catalog: Catalog, ladder: Ladder, memo: Memo) -> str:
    """Write the plan of one of many sources, and return a line that says so, or the line of its facts."""
    imported = combine_sources(call, (source,), table)
    if call.as_facts:
        return render_facts(imported)
    target = os.path.join(call.output or os.curdir, make_plan_name(source))
    content = render_plan(imported, call, catalog, ladder, memo).encode()
    if call.force:
        write_whole(target, content, call.inputs)
    else:
        write_new(target, content)
    return terminal_safe(f"{describe_result(show_path(source), imported)}; {show_path(target)}") + "\n"


def make_plan_name(source: str) -> str:
    """Return the name of a source's plan file."""
    path = os.path.dirname(source) if os.path.basename(source) == CARD_NAME else source
    name = re.sub(r"(?i)\.(?:md|markdown|json|ya?ml)$", "", os.path.basename(path.rstrip(os.sep)))
    return f"{name}{PLAN_SUFFIX}"


def refuse_existing(file: str | None, force: bool) -> None:
    """Raise OutputError where a plan would overwrite something, unless that is asked for."""
    if file is not None and not force and os.path.lexists(file):
        raise OutputError(f"{visible(file)}: already exists; name a new file, or overwrite it with --force")


def say_what_next(file: str | None) -> None:
    """Say what to do with a new plan."""
    if file is None:
        say("next: put this into a file, such as release.plan.yaml, then run: aisafe check release.plan.yaml")
        return
    say(f"{terminal_safe(file)}: written; it claims nothing yet")
    if not file.endswith(PLAN_SUFFIX):
        say(f"note: a check of a whole folder finds files named *{PLAN_SUFFIX} only")
    say(f"next: answer its questions in an editor, then run: aisafe check {terminal_safe(shlex.quote(file))}")
