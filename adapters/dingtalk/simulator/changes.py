"""One change as somebody in DingTalk's administration console makes it (``POST /_sim/change``).

Ids are the roster's own or DingTalk's. The console takes what the API refuses, names with
``-`` for instance; what cannot be in DingTalk at all is refused here too.
"""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.change_departments import DEPARTMENT_CHANGES
from adapters.dingtalk.simulator.change_members import MEMBER_CHANGES
from adapters.dingtalk.simulator.change_roles import ROLE_CHANGES
from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.world import World
from adapters.simulation import changes
from domain.errors import InputError

CHANGES = {**DEPARTMENT_CHANGES, **MEMBER_CHANGES, **ROLE_CHANGES}


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id, in DingTalk, of what was changed."""
    try:
        return changes.apply_change(CHANGES, world, change)
    except ApiError as error:
        problem = f"{error.code} {error.message}"
        op = change.get("op")
        raise InputError(f"DingTalk's console would refuse the change {op}", (problem,)) from None
