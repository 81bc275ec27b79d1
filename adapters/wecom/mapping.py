"""From WeCom's answers to records. Pure.

The rules, in one place:

* Ids are the numbers as text. Department 1 is the organization itself: no record, no parent, and
  never a membership; who is only in department 1 is in no department.
* Userids that differ in case only are the same person; the spelling of the details is kept.
* Absent is not cleared. Mobile, mails, avatar, gender and address are hidden from newer apps, as
  absent, "" or "0": they count as permitted if anybody in this reading shows a value of one,
  otherwise they are unknown (UNSET) and named in the coverage. Other fields are known if they are
  there.
* ``email`` is a person's business address (``biz_mail``), or the personal one (``email``) of
  somebody who has no business address. Where both are there and differ, details keep both.
* WeCom's order is larger first, the ledger's smaller first (``order.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from adapters.wecom import wire
from adapters.wecom.order import place_of
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

ROOT = 1

GATED = ("mobile", "email", "biz_mail", "avatar", "gender", "address")
"""Not returned to apps created since 2022-06-20 (WeCom user/get)."""

DETAILS = ("alias", "telephone", "external_position")
ACTIVE, DISABLED, NOT_ACTIVATED, LEFT = 1, 2, 4, 5

Spelling = Callable[[str], str]
"""The one spelling of a userid."""


class Fields:
    """Whether the app may see the gated fields, as far as this reading has shown.

    They are shown or hidden together, by the age of the app. An avatar alone proves nothing about
    the others.
    """

    def __init__(self) -> None:
        self._hidden: tuple[str, ...] = GATED

    def notice(self, user: wire.User) -> None:
        """Take ``user`` as evidence."""
        shown = [name for name in self._hidden if value_of(user, name)]
        if shown:
            self._hidden = (
                tuple(name for name in self._hidden if name != "avatar")
                if shown == ["avatar"]
                else ()
            )

    def permitted(self, name: str) -> bool:
        return name not in self._hidden

    @property
    def hidden(self) -> tuple[str, ...]:
        """The fields that are not permitted, sorted."""
        return tuple(sorted(self._hidden))


def value_of(user: wire.User, name: str) -> str | None:
    """The value of a gated field; None for none, and for the gender "0"."""
    value = getattr(user, name)
    if name == "gender":
        return str(value) if str(value or 0) != "0" else None
    return value or None


def department(
    found: wire.Department, parent: str | None, leaders: tuple[str, ...] | UnsetType
) -> DepartmentRecord:
    """A department below ``parent``."""
    return DepartmentRecord(
        id=str(found.id),
        name=found.name,
        parent_id=parent,
        leaders=leaders,
        order=UNSET if found.order is None else place_of(found.order),
        details=UNSET if found.name_en is None else {"name_en": found.name_en or None},
    )


def leaders(
    found: wire.Department, members: Iterable[wire.User] | None, spelled: Spelling
) -> tuple[str, ...] | UnsetType:
    """Who leads a department, each once; ``members`` (None: not read) say it where it does not."""
    if found.department_leader is not None:
        return tuple(dict.fromkeys(map(spelled, found.department_leader)))
    if members is None:
        return UNSET
    leading = (spelled(user.userid) for user in members if found.id in leads(user))
    return tuple(dict.fromkeys(leading))


def leads(user: wire.User) -> list[int]:
    """The departments that somebody leads; the two lists go together (WeCom user/get)."""
    pairs = zip(user.department or (), user.is_leader_in_dept or (), strict=False)
    return [dept_id for dept_id, leader in pairs if leader]


def member(
    user: wire.User,
    fields: Fields,
    departments: Iterable[int],
    spelled: Spelling,
    *,
    whole: bool,
) -> MemberRecord:
    """A person in ``departments``. ``whole``: the app sees everybody, so no leader is none."""
    placed = tuple(str(d) for d in dict.fromkeys(departments) if d > ROOT)
    return MemberRecord(
        id=spelled(user.userid),
        name=user.name,
        departments=placed,
        main_department=_main(user),
        email=_email(user, fields),
        mobile=_gated(user, "mobile", fields),
        title=UNSET if user.position is None else user.position or None,
        avatar=_gated(user, "avatar", fields),
        active=_active(user.status),
        manager=_manager(user, spelled, whole),
        keys={"open_userid": user.open_userid} if user.open_userid else UNSET,
        details=_details(user, fields),
    )


def _gated(user: wire.User, name: str, fields: Fields) -> str | UnsetType | None:
    return value_of(user, name) if fields.permitted(name) else UNSET


def _main(user: wire.User) -> str | UnsetType | None:
    if user.main_department is None:
        return UNSET
    return str(user.main_department) if user.main_department > ROOT else None


def _active(status: int | None) -> bool | UnsetType:
    """Who was never activated is an employee all the same; an unknown state is none."""
    return {ACTIVE: True, NOT_ACTIVATED: True, DISABLED: False}.get(status or 0, UNSET)


def _manager(user: wire.User, spelled: Spelling, whole: bool) -> str | UnsetType | None:
    """Only a leader in the visible range is shown (WeCom user/get)."""
    if user.direct_leader is None or (not user.direct_leader and not whole):
        return UNSET
    return spelled(user.direct_leader[0]) if user.direct_leader else None


def _email(user: wire.User, fields: Fields) -> str | UnsetType | None:
    if fields.permitted("biz_mail") and user.biz_mail:
        return user.biz_mail
    return _gated(user, "email", fields)


def _details(user: wire.User, fields: Fields) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for name in DETAILS:
        value = getattr(user, name)
        if value is not None:
            details[name] = value or None
    for name in ("gender", "address"):
        if fields.permitted(name):
            details[name] = value_of(user, name)
    if fields.permitted("email") and fields.permitted("biz_mail"):
        differ = user.email and user.biz_mail and user.email != user.biz_mail
        details["email"] = user.email if differ else None
        details["biz_mail"] = user.biz_mail if differ else None
    if user.status is not None:
        details["not_activated"] = True if user.status == NOT_ACTIVATED else None
    if user.order is not None:
        details["order"] = _orders(user) or None
    if isinstance(user.extattr, dict):
        details["extattr"] = _attributes(user.extattr.get("attrs")) or None
    return details


def _orders(user: wire.User) -> dict[str, int]:
    """The places among colleagues that somebody gave, larger first as WeCom has them."""
    pairs = zip(user.department or (), user.order or (), strict=False)
    return {str(dept_id): order for dept_id, order in pairs if order}


def _attributes(attributes: Any) -> dict[str, Any]:
    """The corporation's own fields by name: texts, and web addresses with their titles."""
    found: dict[str, Any] = {}
    for one in attributes if isinstance(attributes, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            text, web = one.get("text"), one.get("web")
            value = text.get("value") if isinstance(text, dict) else web
            if value:
                found[one["name"]] = value
    return found


def role(tag: wire.Tag, members: tuple[str, ...] | UnsetType) -> RoleRecord:
    """A tag; ``members`` UNSET when its holders could not be read."""
    return RoleRecord(id=str(tag.tagid), name=tag.tagname, members=members)


def branches(parents: Mapping[int, int], tops: Iterable[int]) -> set[int]:
    """The departments that are or lie below one of ``tops``, by everybody's parent."""
    wanted = set(tops)

    def inside(dept_id: int) -> bool:
        passed: set[int] = set()
        while dept_id and dept_id not in passed:
            if dept_id in wanted:
                return True
            passed.add(dept_id)
            dept_id = parents.get(dept_id, 0)
        return False

    return set(filter(inside, parents))
