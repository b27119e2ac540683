"""Baseline files: what a team carries over of its plans, read as strictly as a plan and written as text that lasts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import Ladder
from aisafe_cli.domain.outcome import Level, Outcome
from aisafe_cli.domain.policy import Baseline, BaselineEntry, CatalogIdentity, ShortCoverage
from aisafe_cli.domain.score import Score
from aisafe_cli.errors import RequestError
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.io.read import hash_content
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import YamlDocument, load_document
from aisafe_cli.text.annotations import Any
from aisafe_cli.text.escape import quote_yaml, quote_yaml_word, visible
from aisafe_cli.text.unicode import find_forbidden_characters

_HEADING = """\
# What blocked on the day below and is accepted for now. With `aisafe check --baseline FILE`, only what is new or worse
# blocks. Written by `aisafe baseline`; `--prune` removes what is fixed. You may remove an entry by hand at any time.
"""


@record
class BaselineFile:
    """A baseline by the places of its plans; `source` is the file as it was named, `path` as messages show it."""

    source: str
    path: str
    sha256: str
    recorded: date
    reason: str
    catalog: CatalogIdentity
    plans: Mapping[str, Baseline]

    def of(self, plan_path: str) -> Baseline:
        """Return what is carried over of the plan at a path; nothing where the file does not name it."""
        if plan_path != STANDARD_INPUT and (named := self.plans.get(self.place(plan_path))):
            return named
        return Baseline(recorded=self.recorded, reason=self.reason, catalog=self.catalog, names_plan=False)

    def place(self, plan_path: str) -> str:
        """Return where the plan at a path is, as the keys of `plans` say it."""
        return _place(plan_path)

    def name(self, plan_path: str) -> str:
        """Return how the file names the plan at a path."""
        return _from_folder(plan_path, self.source)


def load_baseline(path: str, ladder: Ladder, content: bytes | None = None, shown: str | None = None) -> BaselineFile:
    """Return the baseline of a file. Where content is given, nothing is read; `shown` is then its name in messages.

    Raises FileError where it cannot be read, and InputError with every fault where it does not conform to the format,
    names a channel or a rung that is not there, or names something twice.
    """
    document = load_document(path) if content is None else YamlDocument(shown or path, content)
    return _loaded(document, path, ladder)


def check_baseline(text: str, path: str, ladder: Ladder) -> BaselineFile:
    """Return the baseline that a text would be in a file at the path. Raises InputError as `load_baseline` does."""
    return _loaded(YamlDocument(path, text.encode()), path, ladder)


def render_baseline(plans: Mapping[str, Baseline], head: Baseline, file: str | None) -> str:
    """Return the text of a baseline file, with the day of `head`. Raises RequestError for a path it cannot hold."""
    by_name = {_from_folder(path, file): baseline for path, baseline in plans.items()}
    lines = [
        _HEADING + "schema_version: 1",
        f"recorded: {head.recorded.isoformat()}",
        f"reason: {quote_yaml(' '.join(head.reason.split()))}",
        "catalog:",
        f"  id: {quote_yaml_word(head.catalog.id)}",
        f"  version: {quote_yaml(head.catalog.version)}",
        f"  sha256: {quote_yaml(head.catalog.sha256)}",
        "plans:" if plans else "plans: []",
    ]
    for name in sorted(by_name):
        lines += _plan_lines(name, by_name[name])
    return "\n".join(lines) + "\n"


# --- reading --------------------------------------------------------------------------------------------------------


def _loaded(document: YamlDocument, path: str, ladder: Ladder) -> BaselineFile:
    data = check(document, "baseline")
    _check_plans(document, data, path, ladder)
    document.raise_faults()
    recorded = date.fromisoformat(data["recorded"])
    catalog = CatalogIdentity(**data["catalog"])
    return BaselineFile(
        source=path,
        path=document.path,
        sha256=hash_content(document.content),
        recorded=recorded,
        reason=data["reason"],
        catalog=catalog,
        plans={
            _named(plan["path"], path): Baseline(
                recorded=recorded,
                reason=data["reason"],
                catalog=catalog,
                entries=tuple(_entries(plan)),
                coverage=_coverage(plan.get("coverage")),
            )
            for plan in data["plans"]
        },
    )


def _check_plans(document: YamlDocument, data: dict[str, Any], path: str, ladder: Ladder) -> None:
    """Add what a schema cannot say. The data may have holes where the schema found faults."""
    seen: set[str] = set()
    for index, plan in enumerate(data.get("plans") or ()):
        if plan is None:
            continue
        at = ("plans", index)
        if plan.get("path") is not None:
            name = _named(plan["path"], path)
            if name in seen:
                _note_fault(document, f"the plan `{visible(plan['path'])}` is named twice", "", *at, "path")
            seen.add(name)
        _check_channels(document, plan, ladder, at)
        _check_entries(document, plan, at)


def _check_channels(document: YamlDocument, plan: dict[str, Any], ladder: Ladder, at: tuple[str | int, ...]) -> None:
    seen: set[str] = set()
    for place, channel in enumerate(plan.get("channels") or ()):
        name, access = (channel or {}).get("id"), (channel or {}).get("access")
        if name in seen:
            _note_fault(document, f"the channel `{visible(name)}` is named twice", "", *at, "channels", place, "id")
        if name is not None:
            seen.add(name)
        if access is not None and access not in ladder.access_levels:
            hint = document.suggest(access, ladder.access_levels) or "`aisafe explain` lists all access levels"
            _note_fault(
                document, f"there is no access level `{visible(access)}`", hint, *at, "channels", place, "access"
            )


def _check_entries(document: YamlDocument, plan: dict[str, Any], at: tuple[str | int, ...]) -> None:
    ids = [(channel or {}).get("id") for channel in plan.get("channels") or ()]
    # A channel whose id is faulty may be the one that an entry means.
    known = None if None in ids else [str(name) for name in ids]
    seen: set[tuple[str | None, str | None, str]] = set()
    for kind, place, subject, channel, where in _named_channels(plan):
        if channel is not None and known is not None and channel not in known:
            hint = document.suggest(channel, known) or "add it to `channels`, with the access level that it had then"
            _note_fault(
                document,
                f"there is no channel `{visible(channel)}` among the `channels`",
                hint,
                *at,
                kind,
                place,
                *where,
            )
        if subject is not None and (subject, channel, kind) in seen:
            on = f" on `{visible(channel)}`" if channel else ""
            _note_fault(document, f"`{visible(subject)}`{on} is named twice", "", *at, kind, place, *where)
        seen.add((subject, channel, kind))


def _named_channels(plan: dict[str, Any]) -> Iterable[tuple[str, int, str | None, str | None, tuple[str | int, ...]]]:
    """Yield the kind, the place, the subject and the channel of each entry, and where in it the channel stands."""
    for place, entry in enumerate(plan.get("findings") or ()):
        for number, channel in enumerate((entry or {}).get("channels") or ()):
            if channel is not None:
                yield "findings", place, entry.get("safeguard"), channel, ("channels", number)
    for place, entry in enumerate(plan.get("plan_findings") or ()):
        if entry is not None:
            yield "plan_findings", place, entry.get("rule"), entry.get("channel"), ("channel",)


def _note_fault(document: YamlDocument, message: str, hint: str, *at: str | int) -> None:
    document.fault(document.value_position(*at), message, hint)


def _entries(plan: dict[str, Any]) -> Iterable[BaselineEntry]:
    access = {channel["id"]: channel["access"] for channel in plan.get("channels", ())}
    for entry in plan.get("findings", ()):
        for channel in entry["channels"]:
            yield BaselineEntry(
                subject=entry["safeguard"],
                channel=channel,
                access=access[channel],
                outcome=Outcome(entry["outcome"]),
                level=Level(entry["level"]),
            )
    for entry in plan.get("plan_findings", ()):
        channel = entry.get("channel")
        yield BaselineEntry(
            subject=entry["rule"],
            channel=channel,
            access=access[channel] if channel else None,
            outcome=None,
            level=Level(entry["level"]),
        )


def _coverage(entry: dict[str, int] | None) -> ShortCoverage | None:
    if entry is None:
        return None
    score = Score(numerator=entry["numerator"], denominator=entry["denominator"])
    return ShortCoverage(score=score, fail_under=entry["fail_under"])


# --- writing --------------------------------------------------------------------------------------------------------


def _plan_lines(name: str, baseline: Baseline) -> Iterable[str]:
    yield f"  - path: {quote_yaml(name)}"
    access = {entry.channel: entry.access for entry in baseline.entries if entry.channel and entry.access}
    if access:
        yield "    channels:"
    for channel in sorted(access):
        yield f"      - {{id: {quote_yaml_word(channel)}, access: {access[channel]}}}"
    on_safeguards = [entry for entry in baseline.entries if entry.outcome]
    if on_safeguards:
        yield "    findings:"
    for _, alike in groupby(sorted(on_safeguards, key=_by_outcome), key=_by_outcome):
        yield from _finding_lines(list(alike))
    on_plan = [entry for entry in baseline.entries if not entry.outcome]
    if on_plan:
        yield "    plan_findings:"
    for entry in sorted(on_plan, key=lambda entry: (entry.subject, entry.channel or "")):
        channel = f", channel: {quote_yaml_word(entry.channel)}" if entry.channel else ""
        yield f"      - {{rule: {quote_yaml_word(entry.subject)}{channel}, level: {entry.level}}}"
    if short := baseline.coverage:
        fraction = f"numerator: {short.score.numerator}, denominator: {short.score.denominator}"
        yield f"    coverage: {{{fraction}, fail_under: {short.fail_under}}}"


def _by_outcome(entry: BaselineEntry) -> tuple[str, str, str]:
    return entry.subject, entry.outcome or "", entry.level


def _finding_lines(alike: Sequence[BaselineEntry]) -> Iterable[str]:
    channels = ", ".join(map(quote_yaml_word, sorted(entry.channel or "" for entry in alike)))
    first = alike[0]
    yield f"      - safeguard: {quote_yaml_word(first.subject)}"
    yield f"        outcome: {first.outcome}"
    yield f"        level: {first.level}"
    yield f"        channels: [{channels}]"


# --- places ---------------------------------------------------------------------------------------------------------


def _place(path: str) -> str:
    """Where a file is, whatever links lead to its folder; its own name stays, so that a link to a plan is another."""
    folder, name = os.path.split(path)
    return os.path.join(_real_folder(os.path.join(os.getcwd(), folder)), name)


@cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _named(name: str, file: str) -> str:
    """Where the plan is that a baseline file names."""
    return _place(os.path.join(os.path.dirname(file), *name.split("/")) if not name.startswith("/") else name)


def _from_folder(path: str, file: str | None) -> str:
    """Return the plan's path from the folder of the baseline file, with `/` between folders."""
    if path == STANDARD_INPUT:
        raise RequestError("a plan on standard input has no path, so a baseline cannot name it; give its file")
    folder = os.path.realpath(os.path.dirname(file or ""))
    name = os.path.relpath(_place(path), folder).replace(os.sep, "/")
    if next(find_forbidden_characters(name), None) or "\n" in name or "\t" in name:
        raise RequestError(f"{show_path(path)}: a baseline cannot hold this name; rename the plan")
    return name
