"""What the catalog says of a safeguard for a role at an access level."""

from __future__ import annotations

from aisafe_cli.domain.catalog import Judgement, Rung, Safeguard


def judgement_on(safeguard: Safeguard, role: str, rung: Rung) -> Judgement:
    """Return what the catalog says of a safeguard: the role's exception, else the rung's, else the mode's."""
    return safeguard.by_role.get(role) or safeguard.by_access.get(rung.id) or safeguard.modes[rung.mode]
