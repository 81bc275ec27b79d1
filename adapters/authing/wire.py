# ruff: noqa: N815 - the names are Authing's
"""Authing's answers and rows, as far as we look at them. Pure.

Source: authing-node-sdk at cc9f6ed7, src/models (…RespDto, UserDto, DepartmentDto, RoleDto).
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

Row = dict[str, Any]
"""The body of a write, or one row of it."""

GONE = frozenset({"Resigned", "Archived"})
"""States of accounts that cannot be opened again (api-explorer, resign-user)."""

OPEN, CLOSED = "Activated", "Suspended"


class Envelope(msgspec.Struct, gc=False):
    """Every answer, also of errors; ``statusCode`` decides, whatever HTTP says."""

    statusCode: int | None = None
    message: str | None = None
    apiCode: int | None = None
    requestId: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class Nothing(msgspec.Struct):
    """Data of which nothing is looked at."""


class Token(msgspec.Struct):
    """get-management-token."""

    access_token: str
    expires_in: float


class Claims(msgspec.Struct):
    """The payload of an access token, which is a JWT."""

    scoped_userpool_id: str = ""


class Page(msgspec.Struct, Generic[T]):
    """One page of a list; ``totalCount`` is over all pages. An empty one may be null."""

    totalCount: int
    listed: list[T] | None = msgspec.field(name="list")

    @property
    def rows(self) -> list[T]:
        """What is on this page."""
        return self.listed or []


class User(msgspec.Struct, gc=False):
    """An account. Texts are null or empty when there is nothing."""

    userId: str
    status: str = OPEN
    externalId: str | None = None
    email: str | None = None
    phone: str | None = None
    phoneCountryCode: str | None = None
    username: str | None = None
    name: str | None = None
    nickname: str | None = None
    photo: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    address: str | None = None
    streetAddress: str | None = None
    postalCode: str | None = None
    company: str | None = None
    givenName: str | None = None
    familyName: str | None = None
    middleName: str | None = None
    preferredUsername: str | None = None
    profile: str | None = None
    website: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    formatted: str | None = None
    region: str | None = None
    mainDepartmentId: str | None = None
    departmentIds: list[str] | None = None
    customData: dict[str, Any] | None = None


class Department(msgspec.Struct, gc=False):
    """A department; ``openDepartmentId`` is the id that its maker chose."""

    departmentId: str
    name: str = ""
    openDepartmentId: str | None = None
    parentDepartmentId: str | None = None
    code: str | None = None
    description: str | None = None
    leaderUserIds: list[str] | None = None


class Place(msgspec.Struct, gc=False):
    """One membership of a person (get-user-departments)."""

    departmentId: str
    isLeader: bool = False
    isMainDepartment: bool = False


class Role(msgspec.Struct, gc=False):
    """A role of a namespace."""

    code: str
    name: str | None = None
    description: str | None = None


class Holder(msgspec.Struct, gc=False):
    """Somebody who has a role."""

    userId: str


class Organization(msgspec.Struct):
    """An organization; ``departmentId`` is its root department."""

    departmentId: str
    organizationName: str = ""


class CustomField(msgspec.Struct):
    """A definition of what customData may hold."""

    key: str


class Existence(msgspec.Struct):
    """is-user-exists."""

    exists: bool = False
