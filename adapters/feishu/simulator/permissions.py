"""Which scope opens which field; a field without one is silently left out of a reply.

Source: Feishu contact v3, the field permissions on the pages departments/get and users/get.
``contact:contact:readonly_as_app`` opens most fields, but not ids, numbers, addresses and HRBPs.
"""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.settings import (
    ASSIGN_INFO,
    DOTTED,
    EMAIL,
    EMPLOYEE_ID,
    GEO,
    HRBP,
    JOB_FAMILY,
    JOB_LEVEL,
    PHONE,
    READ_AS_APP,
)

_DEPARTMENT_BASE = ("name", "i18n_name", "department_id", "chat_id", "status")
_ORGANIZE = (
    "parent_department_id",
    "leader_user_id",
    "leaders",
    "order",
    "unit_ids",
    "member_count",
    "primary_member_count",
)
_USER_BASE = ("name", "en_name", "nickname", "avatar")
_USER_DEPARTMENT = ("department_ids", "leader_user_id", "orders")
_EMPLOYEE = (
    "status",
    "city",
    "country",
    "work_station",
    "join_time",
    "employee_no",
    "employee_type",
    "custom_attrs",
    "enterprise_email",
    "job_title",
    "is_tenant_manager",
)

Openers = dict[str, frozenset[str]]


def _opened(scope: str, *names: str) -> Openers:
    return {name: frozenset({scope, READ_AS_APP}) for name in names}


DEPARTMENT_FIELDS: Openers = {
    **_opened("contact:department.base:readonly", *_DEPARTMENT_BASE),
    **_opened("contact:department.organize:readonly", *_ORGANIZE),
    "department_hrbps": frozenset({HRBP}),
}

USER_FIELDS: Openers = {
    **_opened("contact:user.base:readonly", *_USER_BASE),
    **_opened("contact:user.gender:readonly", "gender"),
    **_opened("contact:user.department:readonly", *_USER_DEPARTMENT),
    **_opened("contact:user.employee:readonly", *_EMPLOYEE),
    "employee_no": frozenset(
        {"contact:user.employee:readonly", "contact:user.employee_number:read", READ_AS_APP}
    ),
    "user_id": frozenset({EMPLOYEE_ID}),
    "email": frozenset({EMAIL}),
    "mobile": frozenset({PHONE}),
    "geo": frozenset({GEO}),
    "job_level_id": frozenset({JOB_LEVEL}),
    "job_family_id": frozenset({JOB_FAMILY}),
    "dotted_line_leader_user_ids": frozenset({DOTTED}),
    "assign_info": frozenset({ASSIGN_INFO}),
}


def permitted(shown: dict[str, Any], openers: Openers, scopes: frozenset[str]) -> dict[str, Any]:
    """What of ``shown`` an app with ``scopes`` gets to see."""
    return {
        name: value
        for name, value in shown.items()
        if name not in openers or not scopes.isdisjoint(openers[name])
    }
