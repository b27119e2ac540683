"""Write narrower claims into the text of a plan, which keeps everything else as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Catalog
from aisafe_cli.domain.edits import set_claims
from aisafe_cli.domain.plan import Claim, Plan, Position
from aisafe_cli.errors import RequestError
from aisafe_cli.loading.plan import parse_plan
from aisafe_cli.parsing.yaml_edits import YamlText
from aisafe_cli.text.escape import quote_yaml_word

_Place = tuple[str | int, ...]


def write_claims(text: str, plan: Plan, catalog: Catalog, changed: Mapping[str, Sequence[Claim | None]]) -> str:
    """Return the text with other scopes and `against` of claims. Raises RequestError where it says otherwise then."""
    edited = YamlText(text)
    names = {safeguard.id: safeguard.slug for safeguard in catalog.safeguards}
    for safeguard, claims in changed.items():
        key = safeguard if edited.has_entry("safeguards", safeguard) else names[safeguard]
        _write_answer(edited, ("safeguards", key), plan.claims[safeguard], claims)
        plan = set_claims(plan, safeguard, [claim for claim in claims if claim])
    again = parse_plan(edited.text.encode(), plan.path, catalog)
    if _list_claims(again) != _list_claims(plan):
        raise RequestError(f"{plan.path}: this layout cannot be patched; change the claims by hand")
    return edited.text


def _write_answer(text: YamlText, at: _Place, before: Sequence[Claim], after: Sequence[Claim | None]) -> None:
    if not any(after):
        text.remove(*at)
        return
    places: list[_Place] = [(*at, index) for index in range(len(before))] if text.is_list(*at) else [at]
    for place, old, new in reversed(list(zip(places, before, after, strict=True))):
        if new is None:
            text.remove(*place)
        elif text.is_mapping(*place):
            _write_claim(text, place, old, new)
        elif new != old:
            scope = f", channels: {_write_claims_list(new.channels)}" if new.channels else ""
            against = f", against: {new.against}" if new.against != old.against else ""
            text.replace_value(*place, value=f"{{status: {new.status}{scope}{against}}}")


def _write_claim(text: YamlText, at: _Place, old: Claim, new: Claim) -> None:
    if not old.channels and new.channels:
        text.add_entry(*at, behind="status", key="channels", value=_write_claims_list(new.channels))
    for index, channel in reversed(list(enumerate(old.channels))):
        if channel not in new.channels:
            text.remove(*at, "channels", index)
    if new.against != old.against and text.has_entry(*at, "against"):
        text.replace_value(*at, "against", value=new.against)
    elif new.against != old.against:
        text.add_entry(*at, behind="status", key="against", value=new.against)


def _write_claims_list(channels: Iterable[str]) -> str:
    return f"[{', '.join(map(quote_yaml_word, channels))}]"


def _list_claims(plan: Plan) -> Mapping[str, Sequence[Claim]]:
    """Return what a plan claims, without what is not written in it: places, and what became of the evidence."""
    return {name: list(map(_keep_written, claims)) for name, claims in plan.claims.items()}


def _keep_written(claim: Claim) -> Claim:
    return replace(claim, position=Position(), evidence=())
