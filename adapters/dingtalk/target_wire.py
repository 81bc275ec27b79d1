"""DingTalk's answers to writes (dingtalk.md, section 4), decoded as leniently as ``wire``."""

from __future__ import annotations

import msgspec

from adapters.dingtalk.wire import Envelope


class NewDepartment(msgspec.Struct, gc=False):
    """Result of ``department/create``."""

    dept_id: int


class SubIds(msgspec.Struct, gc=False):
    """Result of ``department/listsubid``."""

    dept_id_list: list[int] = []


class UserOfMobile(msgspec.Struct, gc=False):
    """Result of ``user/getbymobile``."""

    userid: str


class NewRoleGroup(Envelope, gc=False):
    """Reply of ``role/add_role_group``."""

    groupId: int | None = None  # noqa: N815 - the vendor's name


class NewRole(Envelope, gc=False):
    """Reply of ``role/add_role``."""

    roleId: int | None = None  # noqa: N815 - the vendor's name
