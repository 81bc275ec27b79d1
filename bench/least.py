"""The least calls in which DingTalk's API lets an organization be read, from the roster alone.

Sizes of pages are the documented maxima: user/list and role/simplelist 100, role/list 200.
"""

from __future__ import annotations

import math
from collections import Counter

from domain.records import Roster

_ROOT = ""
_SYSTEM_ROLES = 4
"""The group 默认, filled by DingTalk itself, is listed with the others but not read."""


def least(roster: Roster, *, managers: int) -> Counter[str]:
    """Calls per API; ``managers`` is the number of people whose manager is read."""
    direct: Counter[str] = Counter()
    for member in roster.members:
        direct.update(member.departments or (_ROOT,))
    departments = [_ROOT, *(department.id for department in roster.departments)]
    lists = sum(math.ceil(max(1, direct[department]) / 100) for department in departments)
    holders = sum(math.ceil(max(1, len(role.members or ())) / 100) for role in roster.roles)
    return Counter(
        {
            "gettoken": 1,
            "auth/scopes": 1,
            "department/listsub": len(departments),
            "department/get": len(departments),
            "user/list": lists,
            "user/get": managers,
            "role/list": math.ceil((len(roster.roles) + _SYSTEM_ROLES) / 200),
            "role/simplelist": holders,
        }
    )
