"""Rows from records and records from rows: what of a roster is where in Casdoor.

A department is a group, its id the group's name. The job number, the manager and several leaders
have no column of their own and are properties: ``job_number``, ``manager``, ``leaders``.
"""

from __future__ import annotations

import uuid
from typing import Any

from msgspec import UNSET, UnsetType

from adapters.casdoor.simulator import phones
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.settings import CasdoorSettings
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

PROPERTIES = ("job_number", "manager")
TEXTS = ("email", "title", "avatar")


def leading(organization: str, leaders: tuple[str, ...]) -> Row:
    """The columns that say who leads a group: one person is its manager, more are a property."""
    properties = {"leaders": ",".join(leaders)} if len(leaders) > 1 else {}
    manager = f"{organization}/{leaders[0]}" if leaders else ""
    return {"manager": manager, "properties": properties}


def place(organization: str, parent: str | None) -> Row:
    """The columns that say where a group hangs."""
    top = parent in (None, "", organization)
    return {"parentId": organization if top else parent, "isTopGroup": top}


def phone(mobile: str, country: str) -> Row:
    """The columns of a number; one that Casdoor would not take stays as it is."""
    found = phones.normalize(mobile, country) if mobile else phones.Phone("", "")
    national, region = found or phones.Phone(mobile, country)
    return {"phone": national, "countryCode": region}


def group_row(settings: CasdoorSettings, record: DepartmentRecord, now: str) -> Row:
    """The group of a department."""
    return _tidy(
        {
            "owner": settings.organization,
            "name": record.id,
            "createdTime": now,
            "updatedTime": now,
            "displayName": record.name,
            "type": "Virtual",
            "isEnabled": True,
            **place(settings.organization, record.parent_id),
            **leading(settings.organization, record.leaders or ()),
        }
    )


def user_row(settings: CasdoorSettings, record: MemberRecord, now: str) -> Row:
    """The user of a member."""
    owner = settings.organization
    groups = [d for d in record.departments if d != owner]
    return _tidy(
        {
            "owner": owner,
            "name": record.id,
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner}/{record.id}")),
            "createdTime": now,
            "updatedTime": now,
            "type": "normal-user",
            "balanceCurrency": "USD",
            "displayName": record.name,
            **{name: getattr(record, name) or "" for name in TEXTS},
            **phone(record.mobile or "", settings.roster_country),
            "groups": [f"{owner}/{group}" for group in groups],
            "isForbidden": record.active is False,
            "properties": {n: v for n in PROPERTIES if (v := getattr(record, n))},
        }
    )


def role_row(settings: CasdoorSettings, record: RoleRecord, now: str) -> Row:
    """The role of a role; its group has no place in Casdoor."""
    return {
        "owner": settings.organization,
        "name": record.id,
        "createdTime": now,
        "displayName": record.name,
        "users": [f"{settings.organization}/{member}" for member in record.members or ()],
        "isEnabled": True,
    }


def _tidy(row: Row) -> Row:
    return {name: value for name, value in row.items() if value}


def department(group: Row) -> DepartmentRecord:
    """The department of a group."""
    properties = group.get("properties") or {}
    parent = group.get("parentId", "")
    top = group.get("isTopGroup") or parent in ("", group["owner"])
    leaders = properties.get("leaders") or _last(group.get("manager", ""))
    return DepartmentRecord(
        id=group["name"],
        name=group.get("displayName", ""),
        parent_id=None if top else parent,
        leaders=tuple(leaders.split(",")) if leaders else UNSET,
    )


def member(user: Row) -> MemberRecord:
    """The member of a user."""
    properties: dict[str, Any] = user.get("properties") or {}
    return MemberRecord(
        id=user["name"],
        name=user.get("displayName", ""),
        departments=tuple(_last(group) for group in user.get("groups") or ()),
        mobile=_or_unset(user.get("phone")),
        active=not user.get("isForbidden", False),
        job_number=_or_unset(properties.get("job_number")),
        manager=_or_unset(properties.get("manager")),
        email=_or_unset(user.get("email")),
        title=_or_unset(user.get("title")),
        avatar=_or_unset(user.get("avatar")),
    )


def role(row: Row) -> RoleRecord:
    """The role of a role."""
    members = tuple(_last(user) for user in row.get("users") or ())
    return RoleRecord(id=row["name"], name=row.get("displayName", ""), members=members)


def _last(given: str) -> str:
    """``name`` of ``owner/name``."""
    return given.rpartition("/")[2]


def _or_unset(value: str | None) -> str | UnsetType:
    return value or UNSET
