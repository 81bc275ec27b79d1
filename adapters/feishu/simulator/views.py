"""Departments and people as replies and events show them (Feishu contact v3, field overviews)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.model import LANGUAGES, PRIMARY, Department, User
from adapters.feishu.simulator.naming import Naming

NO_VALUE: dict[str, Any] = {
    "en_name": "",
    "nickname": "",
    "email": "",
    "mobile": "",
    "mobile_visible": True,
    "gender": 0,
    "city": "",
    "country": "",
    "work_station": "",
    "join_time": 0,
    "employee_no": "",
    "employee_type": 1,
    "custom_attrs": [],
    "enterprise_email": "",
    "job_title": "",
    "geo": "cn",
}
"""What a field without a value shows; a field without its scope is not there at all."""

AVATARS = ("avatar_72", "avatar_240", "avatar_640", "avatar_origin")


def department_view(department: Department, naming: Naming) -> dict[str, Any]:
    """A department with all its fields."""
    primary = [user for kind, user in department.leaders if kind == PRIMARY]
    parent = department.parent
    return {
        "name": department.name,
        "i18n_name": {lang: department.i18n_name.get(lang, "") for lang in LANGUAGES},
        "parent_department_id": "" if parent is None else naming.name_department(parent),
        "department_id": department.custom_id,
        "open_department_id": department.key,
        "leader_user_id": naming.name_user(primary[0]) if primary else "",
        "chat_id": department.chat_id,
        "order": str(department.order),
        "unit_ids": list(department.unit_ids),
        "member_count": department.member_count,
        "status": {"is_deleted": False},
        "leaders": [
            {"leaderType": kind, "leaderID": naming.name_user(user)}
            for kind, user in department.leaders
        ],
        "group_chat_employee_types": list(department.chat_types),
        "department_hrbps": [naming.name_user(user) for user in department.hrbps],
        "primary_member_count": len(department.primary_members),
    }


def user_view(user: User, naming: Naming, *, manager: bool = False) -> dict[str, Any]:
    """A person with all fields; ``manager`` is whether they administer the tenant."""
    fields = user.fields
    shown: dict[str, Any] = {
        "union_id": user.union_id,
        "user_id": user.user_id,
        "open_id": user.key,
        "name": user.name,
        **NO_VALUE,
        **{name: value for name, value in fields.items() if name != "avatar"},
        "avatar": dict.fromkeys(AVATARS, fields.get("avatar", "")),
        "status": {
            "is_frozen": user.frozen,
            "is_resigned": user.resigned is not None,
            "is_activated": user.activated,
            "is_exited": False,
            "is_unjoin": user.unjoined,
        },
        "department_ids": _names(user, naming),
        "leader_user_id": naming.name_user(user.leader) if user.leader else "",
        "dotted_line_leader_user_ids": [naming.name_user(key) for key in user.dotted],
        "is_tenant_manager": manager,
        "orders": _orders(user, naming),
    }
    if fields.get("custom_attrs"):
        shown["custom_attrs"] = [_attribute(one, naming) for one in fields["custom_attrs"]]
    if fields.get("subscription_ids"):
        shown["assign_info"] = [{"subscription_id": s} for s in fields["subscription_ids"]]
        del shown["subscription_ids"]
    return shown


def _names(user: User, naming: Naming) -> list[str]:
    named = (naming.name_department(key) for key in user.departments)
    return [name for name in named if name is not None]


def _orders(user: User, naming: Naming) -> list[dict[str, Any]]:
    shown = []
    for key in user.departments:
        name = naming.name_department(key)
        if name is not None:
            user_order, department_order = user.orders.get(key, (0, 0))
            shown.append(
                {
                    "department_id": name,
                    "user_order": user_order,
                    "department_order": department_order,
                    "is_primary_dept": key == user.primary,
                }
            )
    return shown


def _attribute(attribute: dict[str, Any], naming: Naming) -> dict[str, Any]:
    somebody = attribute["value"].get("generic_user")
    if somebody is None:
        return attribute
    known = {**somebody, "id": naming.name_user(somebody["id"])}
    return {**attribute, "value": {**attribute["value"], "generic_user": known}}
