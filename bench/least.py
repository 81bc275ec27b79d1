"""The least calls in which an API lets an organization be read, from the roster alone.

One function per provider, one count per interface. Sizes of pages are the documented maxima; each
function names where they stand. A token is one call, and one for each secret.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable

from domain.records import Roster

Least = Counter[str]

_ROOT = ""
_SYSTEM_ROLES = 4
"""DingTalk's group 默认, filled by itself, is listed with the others but not read."""


def dingtalk(roster: Roster) -> Least:
    """Departments one level at a time and one by one, everybody's manager asked for.

    user/list (topapi v2) and role/simplelist 100, role/list 200 (dingtalk.md, sections 3 and 4).
    """
    departments = 1 + len(roster.departments)
    return Counter(
        {
            "gettoken": 1,
            "auth/scopes": 1,
            "department/listsub": departments,
            "department/get": departments,
            "user/list": _each(_direct(roster), 100),
            "user/get": len(roster.members),
            "role/list": _pages(len(roster.roles) + _SYSTEM_ROLES, 200),
            "role/simplelist": _each(_holders(roster), 100),
        }
    )


def feishu(roster: Roster) -> Least:
    """All departments in one list, and the people of each, with everything that is shown of them.

    departments/children and users/find_by_department 50 (feishu.md, sections 5.1 and 6.1),
    functional_roles members 100 (contact v3, functional_role-member/list).
    """
    return Counter(
        {
            "tenant_access_token": 1,
            "departments/children": _pages(len(roster.departments), 50),
            "users/find_by_department": _each(_direct(roster), 50),
            "functional_roles/members/list": _each(_holders(roster), 100),
        }
    )


def wecom(roster: Roster) -> Least:
    """Ids with one secret, details with the other; only departments with people are asked for them.

    department lists and user/list have no pages, user/list_id 10,000 memberships (wecom.md,
    sections 3.1 and 3.2); fetch_child, by which one user/list would do, is not documented any more.
    """
    direct = _direct(roster)
    return Counter(
        {
            "gettoken": 2,
            "department/simplelist": 1,
            "department/list": 1,
            "user/list_id": _pages(direct.total(), 10_000),
            "user/list": len(+direct),
            "tag/list": 1,
            "tag/get": len(roster.roles),
        }
    )


def entra_attribute(roster: Roster) -> Least:
    """One listing of people, and where the next reading goes on.

    A page has 999, with ``$expand=manager`` 100 (Graph v1.0, user-list); a delta link of now is
    one call for each kind (``$deltatoken=latest``, entra.md, section 5).
    """
    return Counter({"token": 1, "users": _pages(len(roster.members), 100), "users/delta": 1})


def entra_groups(roster: Roster) -> Least:
    """People, groups, and who is in which group, twenty questions in a call.

    Groups and their members 999 (entra.md, section 4), 20 in a batch (Graph v1.0, json-batching).
    What is beyond the first 999 members of a group has to be asked for by its link.
    """
    first, more = entra_questions(roster)
    return entra_attribute(roster) + Counter(
        {
            "groups": _pages(len(roster.departments), 999) + _pages(len(roster.roles), 999),
            "groups/delta": 1,
            "groups/members": more,
            "$batch": _pages(first.total(), 20),
        }
    )


def entra_questions(roster: Roster) -> tuple[Least, int]:
    """What is asked inside of batches, and how many further pages of members there are."""
    groups, roles = len(roster.departments), len(roster.roles)
    inside = _direct(roster)
    inside.update(d.parent_id or _ROOT for d in roster.departments)
    del inside[_ROOT]
    sizes = (*inside.values(), *_holders(roster))
    further = sum(_pages(size, 999) - 1 for size in sizes)
    return Counter({"groups/members": groups + roles, "groups/owners": groups}), further


def ldap(roster: Roster) -> Least:
    """One paged search for each kind, 500 entries a page.

    That is the most that every server gives: OpenLDAP stops at 500 unless it is told otherwise
    (slapd.conf(5), sizelimit), Active Directory at 1,000 (MaxPageSize).
    """
    kinds: dict[str, Collection[object]] = {
        "people": roster.members, "departments": roster.departments, "roles": roster.roles,
    }  # fmt: skip
    return Counter({kind: _pages(len(records), 500) for kind, records in kinds.items()})


def _direct(roster: Roster) -> Counter[str]:
    """Direct members of every department, the organization itself among them."""
    direct: Counter[str] = Counter({_ROOT: 0, **{d.id: 0 for d in roster.departments}})
    for member in roster.members:
        direct.update(member.departments or (_ROOT,))
    return direct


def _holders(roster: Roster) -> list[int]:
    return [len(role.members or ()) for role in roster.roles]


def _each(sizes: Counter[str] | Iterable[int], page: int) -> int:
    """Pages of several lists."""
    counts = sizes.values() if isinstance(sizes, Counter) else sizes
    return sum(_pages(size, page) for size in counts)


def _pages(size: int, page: int) -> int:
    """Pages of one list; an empty one has to be looked at, too."""
    return max(1, math.ceil(size / page))
