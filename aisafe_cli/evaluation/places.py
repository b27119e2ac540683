"""Where a safeguard has to hold: channels with their access levels, and what the catalog says there. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aisafe_cli.domain._record import record, replace
from aisafe_cli.domain.catalog import AccessLevel, Catalog, Flag, Judgement, Ladder, Safeguard
from aisafe_cli.domain.plan import Channel, Plan


@record
class Place:
    """A channel with its access level: one place where a safeguard has to hold."""

    channel: Channel
    access_level: AccessLevel

    @property
    def opens(self) -> date:
        """The day it opens; one left out counts as before every other."""
        return self.channel.opening


def list_places(plan: Plan, ladder: Ladder) -> tuple[Place, ...]:
    """Return the channels of a plan with their access levels, the most open last."""
    places = (Place(channel=channel, access_level=ladder.access_levels[channel.access]) for channel in plan.channels)
    return tuple(sorted(places, key=lambda place: (place.access_level.rank, place.opens, place.channel.id)))


def list_most_open(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places with the highest rank."""
    places = tuple(places)
    highest = max(place.access_level.rank for place in places)
    return tuple(place for place in places if place.access_level.rank == highest)


def find_judgement(safeguard: Safeguard, plan: Plan, place: Place, catalog: Catalog) -> Judgement:
    """Return what the catalog says in a place. Where others operate it, what could work there needs their consent."""
    judgement = safeguard.judgement_on(plan.organization.role, place.access_level)
    rule = catalog.requirements.third_party
    if place.channel.operator != "third_party" or safeguard.binds not in rule.binds:
        return judgement
    if judgement.flag is Flag.COMPATIBLE:
        return replace(judgement, flag=Flag.CONDITIONAL, condition=rule.condition, condition_needs=rule.condition_needs)
    if judgement.flag is Flag.CONDITIONAL and not judgement.condition_needs:
        return replace(judgement, condition_needs=rule.condition_needs)
    return judgement
