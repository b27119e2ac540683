"""What a plan answers of a catalog: itself, by an entry of another catalog, or by the whole of a part. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aisafe_cli.domain._record import replace
from aisafe_cli.domain.catalog import Catalog, How, Link, Safeguard
from aisafe_cli.domain.plan import Claim, Plan, Status


def link_catalogs(catalogs: Sequence[Catalog]) -> tuple[Catalog, ...]:
    """Return the catalogs with what answers what among them; one alone is answered by nothing else."""
    if len(catalogs) == 1:
        return tuple(catalogs)
    loaded = {catalog.id for catalog in catalogs}
    links: dict[tuple[str, str], list[Link]] = {}
    for catalog in catalogs:
        for entry in catalog.entries:
            for link in entry.covers:
                back = replace(link, catalog=catalog.id, id=entry.id)
                links.setdefault((link.catalog, link.id), []).append(back)
            named = [link for link in entry.covered_by if link.catalog in loaded]
            links.setdefault((catalog.id, entry.id), []).extend(named)
    linked = []
    for catalog in catalogs:
        entries = (_link(entry, catalog.id, links) for entry in catalog.safeguards)
        linked.append(replace(catalog, safeguards=tuple(entries)))
    return tuple(linked)


def _link(safeguard: Safeguard, catalog: str, links: Mapping[tuple[str, str], Sequence[Link]]) -> Safeguard:
    return replace(
        safeguard,
        answered_by=tuple(links.get((catalog, safeguard.id), ())),
        parts=tuple(_link(part, catalog, links) for part in safeguard.parts),
    )


def carry_answers(plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan with claims that stand for entries it does not answer itself; for a part, those of its entry."""
    carried: dict[str, tuple[Claim, ...]] = {}
    for safeguard in catalog.safeguards:
        carried[safeguard.id] = claims = _find_claims(safeguard, plan)
        for part in safeguard.parts:
            inherited = (replace(claim, answered_by=safeguard.id) for claim in claims)
            carried[part.id] = _find_claims(part, plan) or tuple(inherited)
    found = {name: claims for name, claims in carried.items() if claims}
    return plan if found.items() <= plan.claims.items() else replace(plan, claims={**plan.claims, **found})


def is_answered_singly(part: Safeguard, whole: Safeguard, plan: Plan) -> bool:
    """Return whether something else than the claim on the whole answers a part."""
    return any(claim.answered_by != whole.id for claim in plan.claims.get(part.id, ()))


def list_related(safeguard: Safeguard, plan: Plan) -> tuple[str, ...]:
    """Return what the plan answers that is related, and counts for nothing."""
    return tuple(link.id for link in safeguard.answered_by if link.how is How.RELATED and link.id in plan.claims)


def _find_claims(safeguard: Safeguard, plan: Plan) -> tuple[Claim, ...]:
    """Return the claims on a safeguard itself, else those that stand for it in full, else those that do in part."""
    own = plan.claims.get(safeguard.id, ())
    return own or tuple(_carry(safeguard, How.SAME, plan)) or tuple(_carry(safeguard, How.PART, plan))


def _carry(safeguard: Safeguard, how: How, plan: Plan) -> Iterable[Claim]:
    for link in safeguard.answered_by:
        for claim in plan.claims.get(link.id, ()) if link.how is how else ():
            if how is How.PART and not claim.is_relied_on:
                continue
            status = claim.status if how is How.SAME else Status.PARTIAL
            yield replace(claim, status=status, answered_by=link.id)
