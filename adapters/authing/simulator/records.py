"""Between a roster's records and what the pool holds.

A department's id is its openDepartmentId, a person's the externalId, a role's the code. The job
number, the title and the manager have no field of their own and are custom data.
"""

from __future__ import annotations

from typing import Any

import phonenumbers
from msgspec import UNSET

from adapters.authing.simulator.model import ACTIVATED, SUSPENDED, Department, Role, User
from adapters.authing.simulator.world import World
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

CUSTOM = ("job_number", "title")
MANAGER = "manager"


def phone(mobile: str, country: str) -> dict[str, str | None]:
    """The fields of a number; one that is none stays as it is."""
    if not mobile:
        return {"phone": None, "phoneCountryCode": None}
    try:
        number = phonenumbers.parse(mobile, country)
    except phonenumbers.NumberParseException:
        return {"phone": mobile, "phoneCountryCode": None}
    national = phonenumbers.national_significant_number(number)
    return {"phone": national, "phoneCountryCode": f"+{number.country_code}"}


def texts(record: MemberRecord, country: str) -> dict[str, str | None]:
    """The text fields of somebody: they sign in with their id."""
    mobile = phone(record.mobile or "", country) if record.mobile else {}
    return {
        "username": record.id,
        "externalId": record.id,
        "name": record.name,
        "email": record.email.lower() if record.email else None,
        "photo": record.avatar or None,
        **mobile,
    }


def custom(record: MemberRecord) -> dict[str, Any]:
    """The custom data of somebody, but for the manager."""
    return {name: value for name in CUSTOM if (value := getattr(record, name))}


def status(active: object) -> str:
    """The status of an open or a closed account."""
    return SUSPENDED if active is False else ACTIVATED


def department(world: World, row: Department, ids: dict[str, str]) -> DepartmentRecord:
    """A department in the roster format."""
    return DepartmentRecord(
        id=ids[row.id],
        name=row.name,
        parent_id=None if row.parent == world.root.id else ids[str(row.parent)],
        leaders=tuple(ids[leader] for leader in row.leaders),
    )


def member(world: World, row: User, ids: dict[str, str]) -> MemberRecord:
    """Somebody in the roster format."""
    number = row.texts.get("phone")
    manager = row.custom.get(MANAGER)
    main = row.main if row.main != world.root.id else None
    return MemberRecord(
        id=ids[row.id],
        name=row.texts.get("name") or row.texts.get("username") or row.id,
        departments=tuple(ids[d] for d in row.departments if d != world.root.id),
        main_department=ids[main] if main else None,
        email=row.texts.get("email"),
        mobile=f"{row.texts.get('phoneCountryCode') or '+86'}{number}" if number else None,
        avatar=row.texts.get("photo") or UNSET,
        active=row.status == ACTIVATED,
        manager=ids.get(manager, manager) if manager else None,
        job_number=row.custom.get("job_number") or None,
        title=row.custom.get("title") or None,
    )


def role(row: Role, ids: dict[str, str]) -> RoleRecord:
    """A role in the roster format."""
    return RoleRecord(id=row.code, name=row.name, members=tuple(ids[x] for x in row.members))
