"""Where a safeguard has to hold: channels with their access levels, and what the catalog says there. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from aisafe_cli.domain._record import record
from aisafe_cli.domain.catalog import AccessLevel, Binds, Flag, Judgement, Safeguard
from aisafe_cli.domain.plan import Channel, Plan

CONTRACT = "the operator, who is not you, carries it out; evidence of type `contract` shows that"


@record
class Place:
    """A channel with its rung: one place where a safeguard has to hold."""

    channel: Channel
    access_level: AccessLevel

    @property
    def opens(self) -> date:
        """The day it opens; one left out counts as before every other."""
        return self.channel.opening


def find_judgement(safeguard: Safeguard, plan: Plan, place: Place) -> Judgement:
    """Return what the catalog says in a place. What you could do yourself needs a contract where others operate."""
    judgement = safeguard.judgement_on(plan.organization.role, place.access_level)
    by_others = place.channel.operator == "third_party" and safeguard.binds is Binds.SERVICE
    if by_others and judgement.flag is Flag.COMPATIBLE:
        return replace(judgement, flag=Flag.CONDITIONAL, condition=CONTRACT)
    return judgement
