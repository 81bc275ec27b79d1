"""DingTalk's answers as they come over the wire.

Decoded leniently: the documentation's samples have strings for numbers and booleans, one object
where an array is declared, and no errmsg; unknown fields are ignored (dingtalk.md, section 1).
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class Denied(msgspec.Struct, gc=False):
    """Which permissions a refused call of the new API needs."""

    requiredScopes: list[str] = []  # noqa: N815 - the vendor's name


class Envelope(msgspec.Struct, gc=False):
    """What surrounds every answer, of both API families, success or not."""

    errcode: int | None = None
    errmsg: str | None = None
    sub_code: str | int | None = None
    sub_msg: str | None = None
    request_id: str | None = None
    code: str | int | None = None
    message: str | None = None
    requestid: str | None = None
    accessdenieddetail: Denied | None = None
    status: int | None = None

    @property
    def request(self) -> str:
        """The vendor's id of this request, to be looked up in its console."""
        return self.request_id or self.requestid or ""


class Answer(Envelope, Generic[T], gc=False):
    """An answer whose content is in ``result``."""

    result: T | None = None


class Token(Envelope, gc=False):
    """Reply of ``gettoken``; ``expires_in`` in seconds."""

    access_token: str = ""
    expires_in: int = 7200

    def __repr__(self) -> str:
        return "Token(…)"


class OrgScopes(msgspec.Struct, gc=False):
    """Which people and departments the app may see; department 1 is the whole organization."""

    authed_user: list[str] | None = None
    authed_dept: list[int] | None = None

    @property
    def people(self) -> list[str]:
        """The userids of people who are visible by themselves."""
        return self.authed_user or []

    @property
    def departments(self) -> list[int]:
        """The departments that are visible, with all that is below them."""
        return self.authed_dept or []


class Scopes(Envelope, gc=False):
    """Reply of ``auth/scopes``; ``auth_user_field`` names the user fields that are permitted."""

    auth_org_scopes: OrgScopes = msgspec.field(default_factory=OrgScopes)
    auth_user_field: list[str] | None = None


class SubDepartment(msgspec.Struct, gc=False):
    """One row of ``department/listsub``."""

    dept_id: int
    name: str = ""
    parent_id: int | None = None


class Department(msgspec.Struct, gc=False):
    """Result of ``department/get``, as far as it is of use here."""

    dept_id: int
    name: str = ""
    parent_id: int | None = None
    order: int | None = None
    dept_manager_userid_list: list[str] | None = None
    source_identifier: str | None = None
    code: str | None = None
    tags: str | None = None
    org_dept_owner: str | None = None
    hide_dept: bool | None = None
    outer_dept: bool | None = None
    from_union_org: bool | None = None
    member_count: int | None = None
    owning_member_count: int | None = None


class Leading(msgspec.Struct, gc=False):
    """Whether somebody leads a department that they are in (``user/get``)."""

    dept_id: int
    leader: bool = False


class HeldRole(msgspec.Struct, gc=False):
    """A role that somebody has (``user/get``)."""

    id: int
    group_name: str | None = None


class User(msgspec.Struct, gc=False):
    """One row of ``user/list`` or the result of ``user/get``, as far as it is of use here."""

    userid: str
    name: str = ""
    unionid: str | None = None
    avatar: str | None = None
    state_code: str | None = None
    mobile: str | None = None
    hide_mobile: bool | None = None
    telephone: str | None = None
    job_number: str | None = None
    title: str | None = None
    email: str | None = None
    org_email: str | None = None
    work_place: str | None = None
    remark: str | None = None
    dept_id_list: list[int] | None = None
    extension: Any = None
    hired_date: int | None = None
    active: bool | None = None
    admin: bool | None = None
    boss: bool | None = None
    manager_userid: str | None = None
    leader_in_dept: list[Leading] | Leading | None = None
    role_list: list[HeldRole] | HeldRole | None = None


class UserPage(msgspec.Struct, gc=False):
    """Result of ``user/list``; rows are decoded one by one, so that a bad one harms no other."""

    has_more: bool = False
    next_cursor: int | None = None
    list: msgspec.Raw = msgspec.Raw(b"[]")


class Whose(msgspec.Struct, gc=False):
    """Result of ``user/getbyunionid``; ``contact_type`` 1 is somebody from outside."""

    userid: str
    contact_type: int = 0


class UserIds(msgspec.Struct, gc=False):
    """Result of ``user/listid``."""

    userid_list: list[str] | None = None


class Role(msgspec.Struct, gc=False):
    id: int
    name: str = ""


class RoleGroup(msgspec.Struct, gc=False):
    """One entry of ``role/list``; ``roles`` may be one object instead of an array."""

    groupId: int  # noqa: N815 - the vendor's name
    name: str = ""
    roles: list[Role] | Role | None = None


class RolePage(msgspec.Struct, gc=False):
    """Result of ``role/list``; what a page counts, groups or roles, is not documented."""

    hasMore: bool = False  # noqa: N815 - the vendor's name
    list: msgspec.Raw = msgspec.Raw(b"[]")


class Holder(msgspec.Struct, gc=False):
    userid: str


class HolderPage(msgspec.Struct, gc=False):
    """Result of ``role/simplelist``."""

    hasMore: bool = False  # noqa: N815 - the vendor's name
    nextCursor: int | None = None  # noqa: N815 - the vendor's name
    list: msgspec.Raw = msgspec.Raw(b"[]")


def several(found: list[T] | T | None) -> list[T]:
    """An array, or the one object that stands in its place."""
    return [] if found is None else found if isinstance(found, list) else [found]


_RAWS = msgspec.json.Decoder(list[msgspec.Raw] | None)


def rows(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The entries of an array, or the one object that stands in its place."""
    if memoryview(raw)[0] == ord("{"):
        return [raw]
    return _RAWS.decode(raw) or []
