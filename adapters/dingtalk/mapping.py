"""From DingTalk's answers to records. Pure.

The rules, in one place:

* Ids are the numbers as text. Department 1 is the organization itself: no record, no parent, and
  never a membership; who is only in department 1 is in no department.
* Absent is not cleared. A user field counts as permitted if ``auth/scopes`` lists it in
  ``auth_user_field`` or anybody in this reading shows a value; then absent or "" is empty (None).
  Otherwise it is hidden: unknown (UNSET), and named in the coverage.
* ``email`` is a person's business address (``org_email``), or the personal one (``email``) of
  somebody who has no business address. Where both are there and differ, details keep both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.dingtalk import wire
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

ROOT = 1

GATED = (
    "mobile", "state_code", "email", "org_email", "job_number", "title", "avatar",
    "telephone", "work_place", "remark", "extension", "hired_date",
)  # fmt: skip
"""Optional user fields: any of them may be hidden from the app."""

RECORD_FIELDS = ("mobile", "job_number", "title", "avatar")
DETAILS = ("telephone", "work_place", "remark", "hired_date", "extension")
FLAGS = ("admin", "boss", "hide_mobile")
MAINLAND = "86"

DEPARTMENT_TEXTS = ("source_identifier", "code", "tags", "org_dept_owner")
DEPARTMENT_FLAGS = ("hide_dept", "outer_dept", "from_union_org")


class Fields:
    """Which optional user fields the app may see, as far as this reading has shown."""

    def __init__(self, listed: Iterable[str] | None) -> None:
        self._unseen = set(GATED).difference(listed or ())

    def notice(self, user: wire.User) -> bool:
        """Take ``user`` as evidence; True when it shows a field that was not seen before."""
        seen = [name for name in self._unseen if getattr(user, name)]
        self._unseen.difference_update(seen)
        return bool(seen)

    def permitted(self, name: str) -> bool:
        return name not in self._unseen

    @property
    def hidden(self) -> tuple[str, ...]:
        """The fields that are not permitted, sorted."""
        return tuple(sorted(self._unseen))


def parent_of(parent: int | None) -> str | None:
    """A parent's id, or None below the organization itself."""
    return None if parent is None or parent == ROOT else str(parent)


def department(
    dept_id: int, name: str, parent: int | None, detail: wire.Department | None
) -> DepartmentRecord:
    """A department; without ``detail`` its leaders, order and details are unknown."""
    record = DepartmentRecord(id=str(dept_id), name=name, parent_id=parent_of(parent))
    if detail is None:
        return record
    return msgspec.structs.replace(
        record,
        name=detail.name or name,
        leaders=leaders(detail),
        order=detail.order,
        details=_department_details(detail),
    )


def leaders(detail: wire.Department) -> tuple[str, ...]:
    """The managers' userids, each once."""
    return tuple(dict.fromkeys(detail.dept_manager_userid_list or ()))


def _department_details(detail: wire.Department) -> dict[str, Any]:
    texts = {name: getattr(detail, name) or None for name in DEPARTMENT_TEXTS}
    flags = {name: True if getattr(detail, name) else None for name in DEPARTMENT_FLAGS}
    return texts | flags


def member(
    user: wire.User,
    fields: Fields,
    *,
    found_in: int | None = None,
    manager: str | UnsetType | None = UNSET,
) -> MemberRecord:
    """A person. ``found_in`` is the department whose list showed them."""
    departments = user.dept_id_list
    if departments is None:
        departments = [] if found_in is None else [found_in]
    return MemberRecord(
        id=user.userid,
        name=user.name,
        departments=tuple(str(d) for d in dict.fromkeys(departments) if d > ROOT),
        email=_email(user, fields),
        active=UNSET if user.active is None else user.active,
        manager=manager,
        keys={"unionid": user.unionid} if user.unionid else UNSET,
        details=_details(user, fields),
        **{name: _value(user, name, fields) for name in RECORD_FIELDS},
    )


def _value(user: wire.User, name: str, fields: Fields) -> Any:
    return (getattr(user, name) or None) if fields.permitted(name) else UNSET


def _email(user: wire.User, fields: Fields) -> str | UnsetType | None:
    if fields.permitted("org_email") and user.org_email:
        return user.org_email
    personal: str | UnsetType | None = _value(user, "email", fields)
    return personal


def _details(user: wire.User, fields: Fields) -> dict[str, Any]:
    details: dict[str, Any] = {
        name: getattr(user, name) or None for name in DETAILS if fields.permitted(name)
    }
    if details.get("extension"):
        details["extension"] = _extension(details["extension"])
    for name in FLAGS:
        details[name] = True if getattr(user, name) else None
    if fields.permitted("state_code"):
        details["state_code"] = user.state_code if user.state_code != MAINLAND else None
    if fields.permitted("email") and fields.permitted("org_email"):
        differ = user.email and user.org_email and user.email != user.org_email
        details["email"] = user.email if differ else None
        details["org_email"] = user.org_email if differ else None
    return details


def _extension(value: Any) -> Any:
    """DingTalk sends extension attributes as JSON text; what is none stays text."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value) or None
    except msgspec.DecodeError:
        return value


def role(
    group: wire.RoleGroup, found: wire.Role, members: tuple[str, ...] | UnsetType
) -> RoleRecord:
    """A role with its group; ``members`` UNSET when its holders could not be read."""
    return RoleRecord(
        id=str(found.id),
        name=found.name,
        group=group.name or None,
        group_id=str(group.groupId),
        members=members,
    )


def roles_of(group: wire.RoleGroup) -> list[wire.Role]:
    """A group's roles."""
    return wire.several(group.roles)
