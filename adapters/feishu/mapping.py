"""Between our values and Feishu's, both ways. Pure.

The rules, in one place:

* A department's name may not have a slash (43029); ``／`` stands for it.
* Mobile numbers: :mod:`adapters.feishu.mobile`. A number, an employee type and an order cannot be
  emptied and are left alone.
* ``gender`` 0 and ``join_time`` 0 are Feishu's way to say nothing (users/patch).
* Texts are trimmed; an empty one is None and empties the field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from msgspec import UNSET

from adapters.feishu import ids, mobile, wire
from domain.delivery.fitting import Fitting, UnfitError, seconds, text
from domain.delivery.operation import Present, Relations

LONGEST = {
    "member": {
        "name": 255,
        "en_name": 255,
        "nickname": 255,
        "city": 100,
        "work_station": 255,
        "employee_no": 255,
        "job_title": 100,
    },
    "role": {"name": 50},
}
"""Longest texts in characters (Feishu contact v3, users/patch, functional_roles/create)."""

TEXTS = (
    "name",
    "en_name",
    "nickname",
    "email",
    "mobile",
    "city",
    "country",
    "work_station",
    "employee_no",
    "enterprise_email",
    "job_title",
)
NUMBERS = ("gender", "join_time", "employee_type")
MEMBER_FIELDS = (*TEXTS, *NUMBERS)
RELATED = ("department_ids", "leader_user_id", "status")

NEVER_EMPTIED = frozenset({"mobile", "employee_type", "order"})
"""Fields that Feishu has no way to empty."""

BLANK = " "
"""What empties a job title: Feishu contact v3, users/patch, names a string of blanks."""


def _department_name(value: Any) -> str | None:
    name = text(value)
    return name and name.replace("/", "／")


def _mobile(value: Any) -> str | None:
    said = text(value)
    number = said and mobile.normal(said)
    if said and number is None:
        raise UnfitError("is not a mobile number that Feishu takes (11 digits, or +country number)")
    return number


def _whole(least: int, most: int | None = None) -> Callable[[Any], int | None]:
    """A whole number; empty below ``least``."""

    def whole(value: Any) -> int | None:
        if value in (None, ""):
            return None
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise UnfitError("must be a whole number") from None
        if number < 0 or (most is not None and number > most):
            raise UnfitError("must be 0 or more" if most is None else f"must be 0 to {most}")
        return number if number >= least else None

    return whole


_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("department", "name"): _department_name,
    ("department", "order"): _whole(0),
    ("member", "mobile"): _mobile,
    ("member", "gender"): _whole(1, 3),
    ("member", "join_time"): seconds,
    ("member", "employee_type"): _whole(1),
}

fit = Fitting(LONGEST, _SPECIAL, NEVER_EMPTIED)
"""The fields in Feishu's form; see ``Target.fit``."""


def department_body(fields: dict[str, Any]) -> dict[str, Any]:
    """Fitted fields as departments/create and patch take them."""
    return {
        name: str(value) if name == "order" else value
        for name, value in fields.items()
        if value is not None
    }


def member_body(fields: dict[str, Any]) -> dict[str, Any]:
    """Fitted fields as users/patch takes them; None empties."""
    return {name: _emptied(name) if value is None else value for name, value in fields.items()}


def _emptied(name: str) -> str | int:
    if name in NUMBERS:
        return 0
    return BLANK if name == "job_title" else ""


def shown(rows: Iterable[wire.User | wire.Department], names: Iterable[str]) -> frozenset[str]:
    """The fields that the app may see: those that any row has.

    Feishu leaves out a field without its scope; it may leave out an empty one just so.
    """
    wanted = dict.fromkeys(names)
    found: set[str] = set()
    for row in rows:
        found |= {name for name in wanted if getattr(row, name) is not UNSET}
        for name in found:
            wanted.pop(name, None)
        if not wanted:
            break
    return frozenset(found)


def department(row: wire.Department, permitted: Collection[str], root: str) -> Present:
    """A department that is there; directly below ``root`` it has no parent."""
    remote = str(row.department_id)
    parent = row.parent_department_id
    relations = Relations()
    if parent:
        relations = Relations(parent=None if parent == root else str(parent))
    if "leaders" in permitted:
        relations = relations.merged(Relations(leaders=leaders_of(row)))
    given = {name: _plain(getattr(row, name)) for name in ("name", "order") if name in permitted}
    return Present(
        remote=remote,
        key=ids.key_of(remote),
        fields=fit("department", given).fields,
        relations=relations,
    )


def leaders_of(row: wire.Department) -> tuple[str, ...]:
    """The leaders' ids, the primary one first."""
    listed = sorted(row.leaders or (), key=lambda leader: leader.leaderType)
    return tuple(dict.fromkeys(leader.leaderID for leader in listed if leader.leaderID))


def member(row: wire.User, permitted: Collection[str], root: str) -> Present:
    """A person who is there; ``root`` is nobody's department."""
    remote = str(row.user_id)
    given = {name: _plain(getattr(row, name)) for name in MEMBER_FIELDS if name in permitted}
    relations = Relations()
    if "department_ids" in permitted:
        relations = Relations(departments=tuple(d for d in places(row) if d != root))
    if "leader_user_id" in permitted:
        relations = relations.merged(Relations(manager=_plain(row.leader_user_id) or None))
    if isinstance(row.status, wire.UserStatus):
        relations = relations.merged(Relations(active=not row.status.is_frozen))
    return Present(
        remote=remote,
        key=ids.key_of(remote),
        fields=fit("member", given).fields,
        relations=relations,
    )


def places(row: wire.User) -> tuple[str, ...]:
    """Somebody's departments, the main one first: it has the largest department_order."""
    listed = tuple(dict.fromkeys(row.department_ids or ()))
    orders = {order.department_id: order for order in row.orders or ()}

    def rank(department_id: str) -> tuple[bool, int]:
        order = orders.get(department_id)
        return (order.is_primary_dept, order.department_order) if order else (False, 0)

    main = max(listed, key=rank, default=None)
    return listed if main is None else (main, *(d for d in listed if d != main))


def _plain(value: Any) -> Any:
    return None if value is UNSET else value


def role(role_id: str, name: str | None, holders: frozenset[str] | None) -> Present:
    """A role that is there; its name is known from our settings only."""
    fields = {} if name is None else fit("role", {"name": name}).fields
    return Present(remote=role_id, fields=fields, members=holders)
