# ruff: noqa: N815 - the names are Casdoor's
"""Casdoor's answers and rows, as far as we look at them. Pure.

Source: Casdoor source at e6b2338f, controllers/base.go and the structs in object/user.go,
group.go, role.go and organization.go.
"""

from __future__ import annotations

from typing import Any

import msgspec

Row = dict[str, Any]
"""A whole row of a group or role, to be written back with every column."""


class Envelope(msgspec.Struct, gc=False):
    """Every answer, also of errors, which come with HTTP 200."""

    status: str
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    data2: msgspec.Raw = msgspec.Raw(b"null")


class User(msgspec.Struct, gc=False, omit_defaults=True):
    """An account; ``groups`` are ``organization/group``, texts are empty when there is nothing."""

    name: str
    id: str = ""
    externalId: str = ""
    displayName: str = ""
    firstName: str = ""
    lastName: str = ""
    realName: str = ""
    avatar: str = ""
    email: str = ""
    phone: str = ""
    countryCode: str = ""
    region: str = ""
    location: str = ""
    affiliation: str = ""
    title: str = ""
    homepage: str = ""
    bio: str = ""
    tag: str = ""
    language: str = ""
    gender: str = ""
    dingtalk: str = ""
    wecom: str = ""
    lark: str = ""
    azuread: str = ""
    isForbidden: bool = False
    isDeleted: bool = False
    groups: list[str] | None = None
    properties: dict[str, str] | None = None


class Held(msgspec.Struct, gc=False):
    """A role as an account shows it; ``owner`` is the organization that it belongs to."""

    owner: str
    name: str


class Holder(msgspec.Struct, gc=False):
    """An account with the roles that it holds by itself, through a group or through a role."""

    roles: list[Held] | None = None


class Group(msgspec.Struct, gc=False):
    """A group; ``parentId`` is the parent's name, ``manager`` is ``organization/user``."""

    name: str
    displayName: str = ""
    contactEmail: str = ""
    parentId: str = ""
    isTopGroup: bool = False
    manager: str = ""


class Role(msgspec.Struct, gc=False):
    """A role; ``users`` are ``organization/user``."""

    name: str
    displayName: str = ""
    description: str = ""
    users: list[str] | None = None


class AccountItem(msgspec.Struct, gc=False):
    """Who may change a column of an account: ``Self``, ``Admin`` or ``Immutable`` (nobody)."""

    name: str = ""
    modifyRule: str = ""


class Organization(msgspec.Struct, gc=False):
    """The organization's own settings, as far as they bear on us."""

    name: str
    displayName: str = ""
    defaultApplication: str = ""
    countryCodes: list[str] | None = None
    accountItems: list[AccountItem] | None = None
    enableSoftDeletion: bool = False
