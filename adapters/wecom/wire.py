"""WeCom's answers as they come over the wire.

Every answer has HTTP 200 and an envelope at the top; success is errcode 0 or none, and errmsg says
anything (wecom.md, section 1). A refusal may carry empty lists, so the envelope is read first; the
list that a call is about must be there, which keeps a stranger's JSON from reading as nobody; an
empty one may be null.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Envelope(msgspec.Struct, gc=False, kw_only=True):
    """What surrounds every answer, success or not."""

    errcode: int | None = None
    errmsg: str | None = None


class Token(Envelope, gc=False, kw_only=True):
    """Reply of ``gettoken``; ``expires_in`` in seconds."""

    access_token: str
    expires_in: int = 7200

    def __repr__(self) -> str:
        return "Token(…)"


class Place(msgspec.Struct, gc=False):
    """One row of ``department/simplelist``."""

    id: int
    parentid: int = 0
    order: int | None = None


class Places(Envelope, gc=False, kw_only=True):
    """Reply of ``department/simplelist``."""

    department_id: list[Place] | None


class Department(msgspec.Struct, gc=False):
    """One row of ``department/list``; ``order`` is larger first, the root's parent 0."""

    id: int
    name: str = ""
    parentid: int = 0
    order: int | None = None
    name_en: str | None = None
    department_leader: list[str] | None = None


class Departments(Envelope, gc=False, kw_only=True):
    """Reply of ``department/list``."""

    department: list[Department] | None


class DepartmentReply(Envelope, gc=False, kw_only=True):
    """Reply of ``department/get``."""

    department: Department


class Membership(msgspec.Struct, gc=False):
    """One row of ``user/list_id``."""

    userid: str
    department: int


class Memberships(Envelope, gc=False, kw_only=True):
    """One page of ``user/list_id``; the last one has no cursor or an empty one."""

    dept_user: list[Membership] | None
    next_cursor: str | None = None


class User(Envelope, gc=False, kw_only=True):
    """One row of ``user/list``, or the reply of ``user/get``, as far as it is of use here.

    ``department``, ``order`` and ``is_leader_in_dept`` go together, and have what the caller may
    see only. A gender that may not be seen is "0" (WeCom user/get).
    """

    userid: str
    name: str = ""
    alias: str | None = None
    mobile: str | None = None
    email: str | None = None
    biz_mail: str | None = None
    position: str | None = None
    gender: str | int | None = None
    telephone: str | None = None
    address: str | None = None
    avatar: str | None = None
    external_position: str | None = None
    department: list[int] | None = None
    order: list[int] | None = None
    is_leader_in_dept: list[int] | None = None
    direct_leader: list[str] | None = None
    main_department: int | None = None
    status: int | None = None
    open_userid: str | None = None
    extattr: Any = None


class Users(Envelope, gc=False, kw_only=True):
    """Reply of ``user/list``; rows are decoded one by one, so that a bad one harms no other."""

    userlist: list[msgspec.Raw] | None


class Tag(msgspec.Struct, gc=False):
    """One row of ``tag/list``."""

    tagid: int
    tagname: str = ""


class Tags(Envelope, gc=False, kw_only=True):
    """Reply of ``tag/list``."""

    taglist: list[Tag] | None


class Holder(msgspec.Struct, gc=False):
    """A person, by userid."""

    userid: str


class Holders(Envelope, gc=False, kw_only=True):
    """Reply of ``tag/get``: people and departments that have the tag."""

    people: list[Holder] | None = msgspec.field(name="userlist")
    partylist: list[int] | None = None

    @property
    def userlist(self) -> list[Holder]:
        """The people, none where there is no list of them."""
        return self.people or []


class AllowedUsers(msgspec.Struct, gc=False):
    user: list[Holder] = []


class AllowedParties(msgspec.Struct, gc=False):
    partyid: list[int] = []


class AllowedTags(msgspec.Struct, gc=False):
    tagid: list[int] = []


class Agent(Envelope, gc=False, kw_only=True):
    """Reply of ``agent/get``: the app's visible range."""

    agentid: int
    name: str = ""
    close: int = 0
    allow_userinfos: AllowedUsers | None = None
    allow_partys: AllowedParties | None = None
    allow_tags: AllowedTags | None = None
