"""Between our values and Casdoor's columns, both ways. Pure.

The rules, in one place:

* Field names are Casdoor's own; ``properties.x`` is the entry ``x`` of an account's properties.
* Names of accounts, groups and roles: :mod:`adapters.casdoor.names`. Numbers:
  :mod:`adapters.casdoor.phones`.
* Texts are trimmed; an empty one is None and empties the column. Properties cannot be removed,
  because Casdoor merges them entry by entry: an empty one stays as an empty text.
* ``isForbidden`` and ``properties.manager`` hold relations: whether an account is open, and whose
  name is the manager's. The first may be mapped as well, the second may not.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.casdoor import phones, wire
from adapters.casdoor.names import LONGEST_GROUP, record_key, record_name, user_name
from adapters.casdoor.settings import CasdoorSettings
from adapters.telephone import international
from domain.delivery.fitting import UnfitError, text
from domain.delivery.operation import Change, Fitted, Present, Relations

PROPERTY, MANAGER = "properties.", "manager"
FORBIDDEN, PHONE = "isForbidden", "phone"

_LONG = 100
LONGEST: dict[str, dict[str, int | None]] = {
    "member": {
        **dict.fromkeys(
            (
                *("id", "displayName", "firstName", "lastName", "realName", "email", "title"),
                *("affiliation", "region", "location", "homepage", "bio", "tag", "language"),
                *("gender", "externalId", "dingtalk", "wecom", "lark", "azuread"),
            ),
            _LONG,
        ),
        "avatar": None,
    },
    "department": {"displayName": _LONG, "contactEmail": _LONG},
    "role": {"displayName": _LONG, "description": None},
}
"""Text columns that are taken as they are, with the most characters (structs in object/)."""

_USER_TEXTS = ("name", *LONGEST["member"])


class Form:
    """The form of values in one organization."""

    def __init__(self, settings: CasdoorSettings) -> None:
        self.organization, self._country = settings.organization, settings.country_code
        self._prefix = {"department": settings.group_prefix, "role": ""}
        self._inside = f"{settings.organization}/"

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """The fields in Casdoor's form; see ``Target.fit``."""
        fitted: dict[str, Any] = {}
        problems: list[str] = []
        for name, value in fields.items():
            try:
                fitted[name] = self._value(kind, name, value)
            except UnfitError as problem:
                problems.append(f"{name} {problem}")
        return Fitted(fields=fitted, problems=tuple(problems))

    def _value(self, kind: str, name: str, value: Any) -> Any:
        member, limits = kind == "member", LONGEST[kind]
        if name in limits:
            return text(value, limits[name])
        if name == "name":
            return user_name(_required(value)) if member else self._name(kind, value)
        if member and name == FORBIDDEN:
            return bool(value)
        if member and name == PHONE:
            return self._phone(value)
        if not member or not name.startswith(PROPERTY) or name == PROPERTY:
            raise UnfitError("is no column of Casdoor's that can be mapped")
        if name == PROPERTY + MANAGER:
            raise UnfitError("is where the manager is written, and cannot be mapped")
        return text(value)

    def _name(self, kind: str, value: Any) -> str:
        name = record_name(self._prefix[kind], _required(value))
        if len(name) > LONGEST_GROUP:
            raise UnfitError(f"has {len(name)} characters, Casdoor takes {LONGEST_GROUP}")
        if kind == "department" and name == self.organization:
            raise UnfitError("is the name of the organization, which no group can have;"
                             " set group_prefix")  # fmt: skip
        return name

    def _phone(self, value: Any) -> str | None:
        found = text(value)
        number = found and international(found, self._country)
        if found and not number:
            raise UnfitError("is no telephone number")
        return number

    # What is there

    def user(self, user: wire.User) -> Present:
        """An account. One that is marked as deleted is a closed one: it still holds its name."""
        properties = user.properties or {}
        fields: dict[str, Any] = {n: getattr(user, n).strip() or None for n in _USER_TEXTS}
        fields[PHONE] = phones.shown(user.phone, user.countryCode, self._country)
        fields[FORBIDDEN] = user.isForbidden
        fields["properties.job_number"] = None
        for name, value in properties.items():
            if name != MANAGER:
                fields[PROPERTY + name] = value.strip() or None
        return Present(
            remote=user.name,
            key=user.id or None,
            fields=fields,
            relations=Relations(
                departments=tuple(self.names(user.groups)),
                manager=properties.get(MANAGER) or None,
                active=not (user.isForbidden or user.isDeleted),
            ),
        )

    def group(self, group: wire.Group) -> Present:
        """A group; its parent is the organization's name, or nothing, at the top."""
        top = group.isTopGroup or group.parentId in ("", self.organization)
        return Present(
            remote=group.name,
            key=record_key(self._prefix["department"], group.name),
            fields=_shown("department", group),
            relations=Relations(
                parent=None if top else group.parentId,
                leaders=tuple(self.names([group.manager] if group.manager else [])),
            ),
        )

    def role(self, role: wire.Role) -> Present:
        """A role and those who hold it by themselves."""
        return Present(
            remote=role.name,
            key=record_key("", role.name),
            fields=_shown("role", role),
            members=frozenset(self.names(role.users)),
        )

    def names(self, ids: list[str] | None) -> list[str]:
        """The names in ids ``organization/name``; those of other organizations are left out."""
        return [
            entry.removeprefix(self._inside)
            for entry in dict.fromkeys(ids or ())
            if entry.startswith(self._inside) or "/" not in entry
        ]

    # What is to be written

    def columns(self, fields: dict[str, Any]) -> wire.Row:
        """The columns of an account for mapped fields. A number brings its own country."""
        row: wire.Row = {}
        properties: dict[str, str] = {}
        for name, value in fields.items():
            if name.startswith(PROPERTY):
                properties[name.removeprefix(PROPERTY)] = value or ""
            elif name == FORBIDDEN:
                row[name] = bool(value)
            else:
                row[name] = value or ""
        if properties:
            row["properties"] = properties
        return row


def state(change: Change) -> wire.Row:
    """The columns that open or close an account, none if that is not what is asked.

    A mapped isForbidden counts before the relation; with both, they say the same by themselves.
    """
    active = change.relations.active
    if active is UNSET:
        return {}
    forbidden = change.fields.get(FORBIDDEN)
    if forbidden is None:
        forbidden = not active or bool(change.known.get(FORBIDDEN))
    opened = {"isDeleted": False, "deletedTime": ""} if active else {}
    return {FORBIDDEN: forbidden, **opened}


def _shown(kind: str, row: wire.Group | wire.Role) -> dict[str, Any]:
    return {n: getattr(row, n).strip() or None for n in ("name", *LONGEST[kind])}


def _required(value: Any) -> str:
    found = text(value)
    if found is None:
        raise UnfitError("has no value")
    return found
