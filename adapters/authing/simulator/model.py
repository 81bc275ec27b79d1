"""What a user pool holds: departments, users, roles."""

from __future__ import annotations

from typing import Any

import msgspec

ACTIVATED, SUSPENDED, RESIGNED = "Activated", "Suspended", "Resigned"
STATUSES = (ACTIVATED, SUSPENDED, "Deactivated", RESIGNED, "Archived")
GENDERS = ("M", "F", "U")

TEXTS = (
    *("email", "phone", "phoneCountryCode", "username", "externalId", "name", "nickname", "photo"),
    *("birthdate", "country", "province", "city", "address", "streetAddress", "postalCode"),
    *("company", "browser", "device", "givenName", "familyName", "middleName", "profile"),
    *("preferredUsername", "website", "zoneinfo", "locale", "formatted", "region"),
    "identityNumber",
)
"""Text fields of a user (authing-node-sdk, models/UserDto)."""

LOGINS = ("username", "phone", "email")
UNIQUE = ("email", "phone", "username", "externalId")


class Department(msgspec.Struct, kw_only=True):
    """A department. ``parent`` is None for the organization itself; leaders are user ids."""

    id: str
    name: str
    parent: str | None
    created: str
    updated: str
    open_id: str | None = None
    code: str | None = None
    description: str | None = None
    leaders: list[str] = []
    custom: dict[str, Any] = {}


class User(msgspec.Struct, kw_only=True):
    """A user. ``departments`` are ids in the order of joining, ``main`` is one of them."""

    id: str
    created: str
    updated: str
    status: str = ACTIVATED
    gender: str = "U"
    texts: dict[str, str | None] = {}
    custom: dict[str, Any] = {}
    departments: list[str] = []
    main: str | None = None


class Role(msgspec.Struct, kw_only=True):
    """A role of a namespace; ``members`` are user ids in the order of assignment."""

    id: str
    code: str
    name: str
    namespace: str
    description: str = ""
    members: dict[str, None] = {}
