"""The least calls in which an API lets an organization be read, from the roster alone.

Sizes of pages are the documented maxima. DingTalk: user/list and role/simplelist 100, role/list
200. Feishu: departments and people 50, holders of a role 100.
"""

from __future__ import annotations

import math
from collections import Counter

from domain.records import Roster

_ROOT = ""
_SYSTEM_ROLES = 4
"""The group 默认, filled by DingTalk itself, is listed with the others but not read."""


def least(roster: Roster, *, managers: int) -> Counter[str]:
    """Calls per API of DingTalk; ``managers`` is the number of people whose manager is read."""
    departments = 1 + len(roster.departments)
    return Counter(
        {
            "gettoken": 1,
            "auth/scopes": 1,
            "department/listsub": departments,
            "department/get": departments,
            "user/list": _lists(roster, 100),
            "user/get": managers,
            "role/list": math.ceil((len(roster.roles) + _SYSTEM_ROLES) / 200),
            "role/simplelist": _holders(roster, 100),
        }
    )


def least_of_feishu(roster: Roster) -> Counter[str]:
    """Calls per API of Feishu, whose lists of people have everything that it shows of them."""
    return Counter(
        {
            "tenant_access_token": 1,
            "departments/children": math.ceil(max(1, len(roster.departments)) / 50),
            "users/find_by_department": _lists(roster, 50),
            "functional_roles/members/list": _holders(roster, 100),
        }
    )


def _lists(roster: Roster, page: int) -> int:
    """Pages of the direct members of every department, the organization itself among them."""
    direct: Counter[str] = Counter()
    for member in roster.members:
        direct.update(member.departments or (_ROOT,))
    departments = (_ROOT, *(department.id for department in roster.departments))
    return sum(math.ceil(max(1, direct[department]) / page) for department in departments)


def _holders(roster: Roster, page: int) -> int:
    return sum(math.ceil(max(1, len(role.members or ())) / page) for role in roster.roles)
