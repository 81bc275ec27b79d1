"""One change as somebody in Feishu's administration console makes it (``POST /_sim/change``).

Ids are the roster's own, custom ids or open ids. What cannot be in Feishu is refused here too.
"""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.change_departments import DEPARTMENT_CHANGES
from adapters.feishu.simulator.change_members import MEMBER_CHANGES
from adapters.feishu.simulator.change_roles import ROLE_CHANGES
from adapters.feishu.simulator.codes import Family, status_and_text
from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.world import World
from adapters.simulation import changes
from domain.errors import InputError

CHANGES = {**DEPARTMENT_CHANGES, **MEMBER_CHANGES, **ROLE_CHANGES}


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id, in Feishu, of what was changed."""
    op = str(change.get("op"))
    try:
        return changes.apply_change(CHANGES, world, change)
    except ApiError as error:
        family: Family = (
            "department" if op in DEPARTMENT_CHANGES else "role" if op in ROLE_CHANGES else "user"
        )
        problem = f"{error.code} {error.message or status_and_text(error.code, family)[1]}"
        raise InputError(f"Feishu's console would refuse the change {op}", (problem,)) from None
