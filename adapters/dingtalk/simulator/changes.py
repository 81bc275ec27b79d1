"""One change as somebody in DingTalk's administration console makes it (``POST /_sim/change``).

Ids are the roster's own or DingTalk's. The console takes what the API refuses, names with
``-`` for instance; what cannot be in DingTalk at all is refused here too.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.dingtalk.simulator.change_departments import DEPARTMENT_CHANGES
from adapters.dingtalk.simulator.change_members import MEMBER_CHANGES
from adapters.dingtalk.simulator.change_roles import ROLE_CHANGES
from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.world import World
from domain.errors import InputError

CHANGES = {**DEPARTMENT_CHANGES, **MEMBER_CHANGES, **ROLE_CHANGES}


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id, in DingTalk, of what was changed."""
    op = change.get("op")
    found = CHANGES.get(op) if isinstance(op, str) else None
    if found is None:
        known = ", ".join(CHANGES)
        raise InputError(f"There is no change {op!r}", fix=f"There are: {known}.")
    shape, handler = found
    fields = {key: value for key, value in change.items() if key != "op"}
    try:
        number = handler(world, msgspec.convert(fields, shape))
    except msgspec.ValidationError as error:
        raise InputError(f"The change {op} cannot be read", (str(error),)) from None
    except ApiError as error:
        problem = f"{error.code} {error.message}"
        raise InputError(f"DingTalk's console would refuse the change {op}", (problem,)) from None
    return {"id": str(number)}
