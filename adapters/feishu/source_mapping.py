"""From Feishu's answers to records. Pure.

The rules, in one place:

* Ids are of the kind that the settings say; a person's other ids are in ``keys``.
* Department 0 is the organization itself: nobody's department and no parent.
* Absent is not cleared. Feishu leaves out a field without its permission (feishu.md, 5.3, 6.3):
  one that no row has is hidden, unknown (UNSET) and named in the coverage; of a field that any
  row has, absent, "" and 0 are empty (None).
* Mobile numbers have one spelling, see :mod:`adapters.feishu.mobile`.
* Suspended (冻结) and exited people are not active.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from adapters.feishu import mobile, wire
from adapters.feishu.mapping import leaders_of, places
from adapters.feishu.settings import ROOT
from domain.records import DepartmentRecord, MemberRecord

FIELDS = {
    "email": "email",
    "mobile": "mobile",
    "job_number": "employee_no",
    "title": "job_title",
    "avatar": "avatar",
    "manager": "leader_user_id",
    "active": "status",
    "main_department": "department_ids",
}
"""Feishu's field behind each optional field of a member."""

DETAILS = (
    "en_name", "nickname", "gender", "city", "country", "work_station", "join_time",
    "employee_type", "enterprise_email", "dotted_line_leader_user_ids", "custom_attrs",
)  # fmt: skip
FLAGS = ("is_tenant_manager",)

DEPARTMENT_FIELDS = {"leaders": "leaders", "order": "order"}
DEPARTMENT_DETAILS = ("unit_ids", "department_hrbps", "i18n_name")

MEMBER_SHOWS = (*FIELDS.values(), *DETAILS, *FLAGS, "mobile_visible")
DEPARTMENT_SHOWS = (*DEPARTMENT_FIELDS.values(), *DEPARTMENT_DETAILS)


class Ids:
    """Which of Feishu's ids stand for people and departments."""

    def __init__(self, kind: str) -> None:
        chosen = kind == "custom"
        self._user = "user_id" if chosen else "open_id"
        self._department = "department_id" if chosen else "open_department_id"

    def user(self, row: wire.User) -> str | None:
        """A person's id; None where the app may not see it."""
        return getattr(row, self._user) or None

    def department(self, row: wire.Department) -> str | None:
        """A department's id; None where the app may not see it."""
        return getattr(row, self._department) or None

    def keys(self, row: wire.User) -> dict[str, str] | UnsetType:
        """A person's further ids."""
        others = (n for n in ("union_id", "open_id", "user_id") if n != self._user)
        return {name: value for name in others if (value := getattr(row, name))} or UNSET


def hidden(shown: Collection[str], fields: dict[str, str], details: Sequence[str]) -> list[str]:
    """The names of fields that the app may not see, sorted."""
    named = {**fields, **{name: name for name in details}}
    return sorted(ours for ours, theirs in named.items() if theirs not in shown)


def department(
    row: wire.Department, key: str, parent: str | None, shown: Collection[str]
) -> DepartmentRecord:
    """A department; ``shown`` are the fields that the app may see."""
    details: dict[str, Any] = {n: getattr(row, n) or None for n in ("unit_ids", "department_hrbps")}
    texts = row.i18n_name if isinstance(row.i18n_name, dict) else {}
    texts = {language: text for language, text in texts.items() if text and isinstance(text, str)}
    details["i18n_name"] = texts or None
    return DepartmentRecord(
        id=key,
        name=row.name or "",
        parent_id=parent,
        leaders=leaders_of(row) if "leaders" in shown else UNSET,
        order=_whole(row.order) if "order" in shown else UNSET,
        details={name: value for name, value in details.items() if name in shown},
    )


def _whole(order: str | int | UnsetType | None) -> int | None:
    """The order as a number; REST has it as text, events as a number."""
    try:
        return None if order in (None, UNSET, "") else int(order)
    except ValueError:
        return None


def member(
    row: wire.User, key: str, ids: Ids, shown: Collection[str], found_in: Sequence[str]
) -> MemberRecord:
    """A person. ``found_in`` are the departments whose lists showed them."""
    listed, main = _placed(row, shown, found_in)
    return MemberRecord(
        id=key,
        name=row.name or "",
        departments=listed,
        main_department=main,
        email=_value(row, "email", shown),
        mobile=_mobile(row) if "mobile" in shown else UNSET,
        job_number=_value(row, "employee_no", shown),
        title=_value(row, "job_title", shown),
        avatar=_avatar(row) if "avatar" in shown else UNSET,
        active=_active(row),
        manager=_value(row, "leader_user_id", shown),
        keys=ids.keys(row),
        details=_details(row, shown),
    )


def _placed(
    row: wire.User, shown: Collection[str], found_in: Sequence[str]
) -> tuple[tuple[str, ...], str | UnsetType | None]:
    """Somebody's departments, and the main one of them."""
    if "department_ids" not in shown:
        return tuple(d for d in found_in if d != ROOT), UNSET
    listed = places(row)
    main = next(iter(listed), None)
    return tuple(d for d in listed if d != ROOT), None if main == ROOT else main


def _value(row: wire.User, name: str, shown: Collection[str]) -> Any:
    return (getattr(row, name) or None) if name in shown else UNSET


def _mobile(row: wire.User) -> str | None:
    return (mobile.normal(row.mobile) or row.mobile) if row.mobile else None


def _avatar(row: wire.User) -> str | None:
    found = row.avatar or None
    if found is None:
        return None
    return found.avatar_origin or found.avatar_640 or found.avatar_240 or found.avatar_72 or None


def _active(row: wire.User) -> bool | UnsetType:
    if not isinstance(row.status, wire.UserStatus):
        return UNSET
    return not (row.status.is_frozen or row.status.is_exited)


def _details(row: wire.User, shown: Collection[str]) -> dict[str, Any]:
    details: dict[str, Any] = {
        name: getattr(row, name) or None for name in DETAILS if name in shown
    }
    for name in FLAGS:
        if name in shown:
            details[name] = True if getattr(row, name) else None
    if "mobile_visible" in shown:
        details["mobile_visible"] = False if row.mobile_visible is False else None
    if isinstance(row.status, wire.UserStatus):
        details["is_unjoin"] = True if row.status.is_unjoin else None
    return details
