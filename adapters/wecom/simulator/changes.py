"""One change as somebody in WeCom's administration console makes it (``POST /_sim/change``).

Ids are the roster's own or WeCom's. What cannot be in WeCom is refused here too.
"""

from __future__ import annotations

from typing import Any

from adapters.simulation import changes
from adapters.wecom.simulator.change_departments import DEPARTMENT_CHANGES
from adapters.wecom.simulator.change_members import MEMBER_CHANGES
from adapters.wecom.simulator.change_tags import TAG_CHANGES
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.world import World
from domain.errors import InputError

CHANGES = {**DEPARTMENT_CHANGES, **MEMBER_CHANGES, **TAG_CHANGES}


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id, in WeCom, of what was changed."""
    try:
        return changes.apply_change(CHANGES, world, change)
    except ApiError as error:
        op, problem = change.get("op"), f"{error.code} {error.message}"
        raise InputError(f"WeCom's console would refuse the change {op}", (problem,)) from None
