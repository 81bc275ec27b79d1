"""What a SCIM user is to us, and we to SCIM. Pure, over the JSON of a resource.

A member has fields of its own for what every system knows. What else a user has is kept as it
was sent, under its own name in the member's details (``userName``, ``enterprise.costCenter``), so
that it is given back unchanged. A list such as ``emails`` is kept there only when it says more
than the one value that the member has a field for.

``displayName`` is the member's name, ``active`` its state. A user without the one is named by
``name`` or ``userName``, one that was changed without the other stays as they are; the details
then have an empty text under that name, because it is not given back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from adapters.scim_inbound.deviations import ENTERPRISE
from domain.directory import Member, State
from domain.records import MemberRecord

Resource = dict[str, Any]

KEPT = (
    "userName", "externalId", "name", "nickName", "profileUrl", "userType", "preferredLanguage",
    "locale", "timezone", "ims", "addresses", "entitlements", "roles", "x509Certificates",
)  # fmt: skip
"""Attributes of the core schema that are kept as they are. No password is among them."""

KEPT_ENTERPRISE = ("costCenter", "organization", "division", "department")
_DISPLAY, _ACTIVE, _MANAGER = "displayName", "active", "enterprise.manager"
_DEPARTMENT = "enterprise.department"

NAMED = "department:"
"""Before the name of a department that only the department attribute of people speaks of."""

LISTS: dict[str, tuple[str, Resource]] = {
    "emails": ("email", {"type": "work", "primary": True}),
    "phoneNumbers": ("mobile", {"type": "mobile"}),
    "photos": ("avatar", {"type": "photo"}),
}
"""List to the member's field for one of its values, and what is usual beside that value."""


def name_of(user: Resource) -> str:
    """The name a person is shown by."""
    name = user.get("name") or {}
    parts = (name.get("givenName"), name.get("familyName"))
    joined = " ".join(part for part in parts if part)
    given = (user.get(_DISPLAY), name.get("formatted"), joined, user.get("userName"))
    return next((text for text in given if isinstance(text, str) and text.strip()), "")


def record(
    user: Resource,
    *,
    record_id: str,
    departments: tuple[str, ...],
    manager: Callable[[str], str | None],
    keys: dict[str, str],
    old: Member | None = None,
) -> MemberRecord:
    """The whole record of a user: what it does not say is known to be empty.

    The department attribute is no detail where the record is in the department of that name.
    ``manager`` gives the record id of a person's SCIM id, None for one that we don't know; that
    one is kept as it was sent. ``keys`` are further ids that the person may be known by.
    """
    enterprise = user.get(ENTERPRISE) or {}
    details: dict[str, Any] = {key: user[key] for key in KEPT if user.get(key)}
    details |= {f"enterprise.{k}": enterprise[k] for k in KEPT_ENTERPRISE if enterprise.get(k)}
    if departments == (f"{NAMED}{details.get(_DEPARTMENT)}",):
        del details[_DEPARTMENT]
    fields: dict[str, Any] = {}
    for attribute, (field, usual) in LISTS.items():
        values = user.get(attribute) or []
        fields[field] = _chosen(values, usual["type"], any_other=attribute != "phoneNumbers")
        if values and values != _usual(fields[field], usual):
            details[attribute] = values
    name = name_of(user)
    if user.get(_DISPLAY) != name:
        details[_DISPLAY] = user.get(_DISPLAY) or ""
    named = (enterprise.get("manager") or {}).get("value")
    found = manager(named) if named else None
    if named and found is None:
        details[_MANAGER] = named
    known = dict.fromkeys(old.details if old is not None else ())
    active = user.get(_ACTIVE)
    if active is None and old is not None and old.present:
        details[_ACTIVE], active = "", UNSET
    return MemberRecord(
        id=record_id,
        name=name,
        departments=departments,
        title=user.get("title") or None,
        job_number=enterprise.get("employeeNumber") or None,
        active=True if active is None else active,
        manager=found,
        details={**known, **details},
        keys=keys,
        **fields,
    )


def _chosen(values: list[Resource], kind: str, *, any_other: bool) -> str | None:
    """The one value that stands for a list: of that type, else the primary one, else the first.

    A mail's primary one comes first: it is the one to write to (RFC 7643, section 4.1.2).
    """
    usable = [value for value in values if value.get("value")]
    of_kind = [v for v in usable if str(v.get("type") or "").lower() == kind]
    primary = [v for v in usable if v.get("primary")]
    order = (primary + of_kind + usable) if any_other else of_kind
    return str(order[0]["value"]) if order else None


def _usual(value: str | None, beside: Resource) -> list[Resource]:
    return [{"value": value, **beside}]


def user(
    member: Member,
    *,
    record_id: str,
    groups: list[Resource],
    manager: Resource | None,
    department: str | None,
) -> Resource:
    """A member as a resource, without ``meta``. ``groups`` and ``manager`` are ready made.

    ``department`` is the name of the one that the attribute put the member into.
    """
    details = member.details
    found: Resource = {key: details[key] for key in KEPT if key in details}
    found.setdefault("userName", record_id)
    found["id"] = member.uid
    found[_DISPLAY] = details.get(_DISPLAY, member.name) or None
    if _ACTIVE not in details:
        found[_ACTIVE] = member.state is State.ACTIVE
    found["title"] = member.title
    for attribute, (field, usual) in LISTS.items():
        value = getattr(member, field)
        found[attribute] = details.get(attribute) or (_usual(value, usual) if value else None)
    enterprise: Resource = {
        key: details[f"enterprise.{key}"]
        for key in KEPT_ENTERPRISE
        if f"enterprise.{key}" in details
    }
    if department is not None:
        enterprise.setdefault("department", department)
    if member.job_number:
        enterprise["employeeNumber"] = member.job_number
    if manager is not None:
        enterprise["manager"] = manager
    elif _MANAGER in details:
        enterprise["manager"] = {"value": details[_MANAGER], "$ref": f"Users/{details[_MANAGER]}"}
    if enterprise:
        found[ENTERPRISE] = enterprise
    found["groups"] = groups or None
    return {key: value for key, value in found.items() if value is not None}
