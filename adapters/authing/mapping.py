"""Between our values and Authing's fields, both ways. Pure.

The rules, in one place:

* Field names are Authing's own; ``customData.x`` is the entry ``x`` of a person's custom data.
* Numbers: :mod:`adapters.authing.phones`. Mail addresses are kept in lower case.
* Texts are trimmed; an empty one is None. It empties a login (username, mail, number) with null,
  because an empty text would be none, and any other field with an empty text.
* A picture cannot be emptied: Authing shows one of its own where there is none.
* Whether an account is open is ``status``; the manager's user id is custom data.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.authing import phones, wire
from adapters.authing.codes import role_key
from adapters.authing.settings import AuthingSettings
from adapters.telephone import international
from domain.delivery.fitting import Fitting, UnfitError, text
from domain.delivery.operation import Change, Fitted, Present, Relations

CUSTOM = "customData."
LOGINS = ("username", "email", "phone")
"""A new account needs one of them (api-explorer, create-user)."""

TEXTS = (
    *("externalId", "username", "email", "name", "nickname", "photo", "birthdate", "country"),
    *("province", "city", "address", "streetAddress", "postalCode", "company", "givenName"),
    *("familyName", "middleName", "preferredUsername", "profile", "website", "zoneinfo"),
    *("locale", "formatted", "region"),
)
FIELDS: dict[str, frozenset[str]] = {
    "member": frozenset((*TEXTS, "phone", "gender")),
    "department": frozenset(("name", "code", "description")),
    "role": frozenset(("name", "description")),
}
OWN = (f"{CUSTOM}job_number", f"{CUSTOM}title")
"""What Authing has no field for, and is written unless the mapping says otherwise."""

NULLED = frozenset(("externalId", "username", "email"))
GENDERS = ("M", "F")
UNKNOWN = "U"
ROOT = "root"
"""What stands for the organization in place of a parent's id."""


class Form:
    """The form of values in one pool."""

    def __init__(self, settings: AuthingSettings) -> None:
        self.manager = settings.manager_field
        self._country = settings.country_code
        special = {
            ("member", "email"): _mail,
            ("member", "phone"): self._phone,
            ("member", "gender"): _gender,
        }
        self._fitting = Fitting({}, special, never_emptied=("photo",))

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """The fields in Authing's form; see ``Target.fit``."""
        plain = {name: value for name, value in fields.items() if name in FIELDS[kind]}
        fitted = self._fitting(kind, plain)
        if len(plain) == len(fields):
            return fitted
        problems = list(fitted.problems)
        custom: dict[str, Any] = {}
        for name in fields.keys() - plain.keys():
            try:
                custom[name] = self._custom(kind, name, fields[name])
            except UnfitError as problem:
                problems.append(f"{name} {problem}")
        return Fitted(fields={**fitted.fields, **custom}, problems=tuple(problems))

    def _custom(self, kind: str, name: str, value: Any) -> Any:
        key = name.removeprefix(CUSTOM)
        if kind != "member" or key in (name, ""):
            raise UnfitError("is no field of Authing's that can be mapped")
        if key == self.manager:
            raise UnfitError("is where the manager is written, and cannot be mapped")
        return value if isinstance(value, bool | int | float) else text(value)

    def _phone(self, value: Any) -> str | None:
        found = text(value)
        number = found and international(found, self._country)
        if found and not number:
            raise UnfitError("is no telephone number")
        return number

    # What is there

    def user(self, row: wire.User, departments: frozenset[str] | None = None) -> Present:
        """An account. ``departments`` are those of our organization; None: not known."""
        custom = {key: value for key, value in (row.customData or {}).items() if value != ""}
        manager = custom.pop(self.manager, None)
        fields: dict[str, Any] = {name: text(getattr(row, name)) for name in TEXTS}
        if fields["email"]:
            fields["email"] = fields["email"].lower()
        fields["phone"] = phones.shown(row.phone, row.phoneCountryCode)
        fields["gender"] = row.gender if row.gender in GENDERS else None
        fields |= dict.fromkeys(OWN)
        for key, value in custom.items():
            plain = isinstance(value, bool | int | float)
            fields[CUSTOM + key] = value if plain else str(value).strip() or None
        relations = Relations(active=row.status == wire.OPEN)
        if self.manager:
            relations = relations.merged(Relations(manager=str(manager) if manager else None))
        if departments is not None:
            places = tuple(place for place in places_of(row) if place in departments)
            relations = relations.merged(Relations(departments=places))
        return Present(
            remote=row.userId,
            key=row.externalId or None,
            fields=fields,
            relations=relations,
        )

    def department(self, row: wire.Department, root: str) -> Present:
        """A department; its parent is ``root`` at the top."""
        top = row.parentDepartmentId in (None, "", ROOT, root)
        return Present(
            remote=row.departmentId,
            key=row.openDepartmentId or None,
            fields={name: text(getattr(row, name)) for name in FIELDS["department"]},
            relations=Relations(
                parent=None if top else row.parentDepartmentId,
                leaders=tuple(dict.fromkeys(row.leaderUserIds or ())),
            ),
        )

    def role(self, row: wire.Role, members: frozenset[str] | None) -> Present:
        """A role and those who hold it; None: not read."""
        return Present(
            remote=row.code,
            key=role_key(row.code),
            fields={name: text(getattr(row, name)) for name in FIELDS["role"]},
            members=members,
        )

    # What is to be written

    def columns(self, change: Change, fields: dict[str, Any]) -> wire.Row:
        """A person's fields, state and manager as Authing takes them."""
        row: wire.Row = {}
        custom: dict[str, Any] = {}
        for name, value in fields.items():
            if name.startswith(CUSTOM):
                custom[name.removeprefix(CUSTOM)] = "" if value is None else value
            elif name == "phone":
                row["phoneCountryCode"], row["phone"] = (
                    (None, None) if value is None else phones.split(value)
                )
            elif name == "gender":
                row[name] = value or UNKNOWN
            else:
                row[name] = value if value is not None or name in NULLED else ""
        manager = change.relations.manager
        if manager is not UNSET and self.manager:
            custom[self.manager] = manager or ""
        if custom:
            row["customData"] = custom
        if change.relations.active is not UNSET:
            row["status"] = wire.OPEN if change.relations.active else wire.CLOSED
        return row


def places_of(row: wire.User) -> tuple[str, ...]:
    """The ids of a person's departments, the main one first."""
    listed = dict.fromkeys(row.departmentIds or ())
    main = row.mainDepartmentId
    if main not in listed:
        return tuple(listed)
    return (main, *(place for place in listed if place != main))


def _mail(value: Any) -> str | None:
    found = text(value)
    return found and found.lower()


def _gender(value: Any) -> str | None:
    found = text(value)
    if found is None or found.upper() == UNKNOWN:
        return None
    if found.upper() not in GENDERS:
        raise UnfitError("must be M, F or U")
    return found.upper()
