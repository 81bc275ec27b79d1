"""One change as somebody in Casdoor's console makes it (``POST /_sim/change``).

Ids are Casdoor's names. The console goes through the same rules as the API.
"""

from __future__ import annotations

from typing import Any

from adapters.casdoor.simulator.change_members import MEMBER_CHANGES
from adapters.casdoor.simulator.change_others import OTHER_CHANGES
from adapters.casdoor.simulator.errors import RefusedError
from adapters.casdoor.simulator.world import World
from adapters.simulation import changes
from domain.errors import InputError

CHANGES: changes.Changes = {**OTHER_CHANGES, **MEMBER_CHANGES}


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the name of what was changed."""
    try:
        return changes.apply_change(CHANGES, world, change)
    except RefusedError as error:
        op = change.get("op")
        raise InputError(f"Casdoor's console would refuse the change {op}", (str(error),)) from None
