"""From Graph's rows to records. Pure.

The rules, in one place:

* Ids are Graph's object ids. A person's ``onPremisesImmutableId`` is a further key;
  ``userPrincipalName``, ``mail`` and ``employeeId`` are not, because they may change, and may be
  given to the next person.
* A null is empty only where the whole profile was shown. ``accountEnabled`` is set for everybody
  and is not part of the basic profile (User.ReadBasic.All), so a row without it is a limited one:
  what it leaves out is unknown.
* ``department`` is a detail, unless it is what the tree is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import UNSET, UnsetType

from adapters.entra import wire
from adapters.entra.settings import EXTENSIONS
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

CORE = (
    "id", "displayName", "userPrincipalName", "givenName", "surname", "mail", "mobilePhone",
    "businessPhones", "accountEnabled", "userType", "department", "companyName",
    "officeLocation", "jobTitle", "employeeId", "usageLocation",
)  # fmt: skip
"""Properties of users that every cloud has."""

WIDE = ("employeeType", "employeeHireDate", "employeeOrgData", "onPremisesImmutableId")
"""Properties that a cloud or an older service may not know."""

RECORD = {"email": "mail", "mobile": "mobilePhone", "job_number": "employeeId", "title": "jobTitle"}
"""Our field by Graph's property."""

DETAILS = {
    "userPrincipalName": "userPrincipalName",
    "givenName": "givenName",
    "surname": "surname",
    "companyName": "companyName",
    "department": "department",
    "work_place": "officeLocation",
    "employeeType": "employeeType",
    "usageLocation": "usageLocation",
}
"""Our detail by Graph's property."""

KEYS = ("onPremisesImmutableId",)
GATED = ("active", "email", "job_number", "manager", "mobile", "title")
"""Our fields that a limited row leaves out."""

GUEST = "guest"


def select(attributes: Collection[str], *, wide: bool) -> str:
    """The ``$select`` of the listing of users; ``attributes`` are the levels of the tree."""
    names = [*CORE, *(WIDE if wide else ()), *map(holder, attributes)]
    return ",".join(dict.fromkeys(names))


def holder(attribute: str) -> str:
    """The property in which a level of the tree is found."""
    if attribute in ("division", "costCenter"):
        return "employeeOrgData"
    return "onPremisesExtensionAttributes" if attribute in EXTENSIONS else attribute


def text(user: wire.User, attribute: str) -> str | None:
    """One attribute that can be a level of the tree, without white space around it."""
    if attribute in ("division", "costCenter"):
        found = getattr(user.employeeOrgData, attribute, None)
    elif attribute in EXTENSIONS:
        found = getattr(user.onPremisesExtensionAttributes, attribute, None)
    else:
        found = getattr(user, attribute)
    return (found or "").strip() or None


def is_guest(user: wire.User) -> bool:
    """Whether this is a guest; older accounts have no userType and are members."""
    return (user.userType or "").lower() == GUEST


def is_whole(user: wire.User) -> bool:
    """Whether the row shows the whole profile, so that a null in it is empty."""
    return user.accountEnabled is not None


def manager(user: wire.User) -> str | UnsetType | None:
    """The manager beside a row of a listing that was asked for managers."""
    if not is_whole(user):
        return UNSET
    return user.manager.id if user.manager else None


def member(
    user: wire.User,
    departments: tuple[str, ...],
    *,
    manager: str | UnsetType | None,
    whole: bool,
    hidden: frozenset[str] = frozenset(),
    tree: Collection[str] = (),
) -> MemberRecord:
    """A person. ``hidden`` are properties that were not shown, ``tree`` those of the levels."""

    def value(name: str) -> str | UnsetType | None:
        found = getattr(user, name) or None
        return found if found or (whole and name not in hidden) else UNSET

    keys = {name: found for name in KEYS if (found := getattr(user, name))}
    return MemberRecord(
        id=user.id,
        name=user.displayName or "",
        departments=departments,
        active=UNSET if user.accountEnabled is None else user.accountEnabled,
        manager=manager,
        keys=keys or UNSET,
        details=_details(user, value, hidden, tree) if whole else UNSET,
        **{field: value(name) for field, name in RECORD.items()},
    )


def _details(
    user: wire.User, value: Any, hidden: frozenset[str], tree: Collection[str]
) -> dict[str, Any]:
    details: dict[str, Any] = {
        field: found
        for field, name in DETAILS.items()
        if name not in tree and (found := value(name)) is not UNSET
    }
    if "businessPhones" not in hidden:
        details["telephone"] = next(iter(user.businessPhones or ()), None) or None
    if "employeeHireDate" not in hidden:
        details["hired_date"] = (user.employeeHireDate or "")[:10] or None
    if "employeeOrgData" not in hidden:
        details["division"] = text(user, "division")
        details["costCenter"] = text(user, "costCenter")
    if "userType" not in hidden:
        details["userType"] = "Guest" if is_guest(user) else None
    return details


def department(
    group: wire.Group,
    name: str,
    parent: str | None,
    *,
    leaders: tuple[str, ...] | UnsetType = UNSET,
    others: tuple[str, ...] = (),
) -> DepartmentRecord:
    """A group or an administrative unit; ``others`` are parents that it has beside ``parent``."""
    return DepartmentRecord(
        id=group.id,
        name=name,
        parent_id=parent,
        leaders=leaders,
        details={
            "description": group.description or None,
            "mail": group.mail or None,
            "mailNickname": group.mailNickname or None,
            "other_parents": list(others) or None,
        },
    )


def role(group: wire.Group, members: Iterable[str] | None) -> RoleRecord:
    """A group that stands for a role; ``members`` None when they could not be read."""
    return RoleRecord(
        id=group.id,
        name=group.displayName or "",
        members=UNSET if members is None else tuple(dict.fromkeys(members)),
    )
