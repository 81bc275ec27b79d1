"""Feishu's answers, decoded leniently: a field without its scope is left out (feishu.md, 5, 6).

UNSET is a field that was not there, which is something else than an empty one. What is only kept
and not understood may have any shape, so that a new one costs nobody's record.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

T = TypeVar("T")

Text = str | UnsetType | None
Number = int | UnsetType | None


class Violation(msgspec.Struct, gc=False):
    """A permission that is missing, under one of two names."""

    subject: str = ""
    scope: str = ""


class Detail(msgspec.Struct, gc=False):
    """What an error says beside its code."""

    log_id: str = ""
    permission_violations: list[Violation] | None = None


class Answer(msgspec.Struct, Generic[T]):
    """Any answer; ``code`` 0 is success. ``msg`` may quote anything and is not kept."""

    code: int | None = None
    error: Detail | None = None
    data: T | None = None


class Nothing(msgspec.Struct, gc=False):
    """The data of a call that only does something."""


class Token(msgspec.Struct, gc=False):
    """``tenant_access_token/internal``: its keys are at the top. ``expire`` is in seconds."""

    code: int | None = None
    error: Detail | None = None
    tenant_access_token: str = ""
    expire: float = 7200


class Leader(msgspec.Struct, gc=False):
    """One leader of a department: 1 is the primary one, 2 a deputy."""

    leaderType: int = 2  # noqa: N815 - the vendor's name
    leaderID: str = ""  # noqa: N815 - the vendor's name


class DepartmentStatus(msgspec.Struct, gc=False):
    """Whether a department is still there."""

    is_deleted: bool = False


class Department(msgspec.Struct, gc=False):
    """One department."""

    name: Text = UNSET
    i18n_name: Any = UNSET
    department_id: Text = UNSET
    open_department_id: Text = UNSET
    parent_department_id: Text = UNSET
    order: str | int | UnsetType | None = UNSET
    leader_user_id: Text = UNSET
    leaders: list[Leader] | UnsetType | None = UNSET
    unit_ids: Any = UNSET
    department_hrbps: Any = UNSET
    member_count: Number = UNSET
    status: DepartmentStatus | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        """The primary leader is ``leader_user_id`` as well, and may be told there only (5.2)."""
        if not self.leaders and isinstance(self.leader_user_id, str):
            primary = Leader(leaderType=1, leaderID=self.leader_user_id)
            self.leaders = [primary] if self.leader_user_id else []

    @property
    def deleted(self) -> bool:
        """Whether it is told, but not there any more."""
        return isinstance(self.status, DepartmentStatus) and self.status.is_deleted


class UserStatus(msgspec.Struct, gc=False):
    """The state of an account."""

    is_frozen: bool = False
    is_resigned: bool = False
    is_exited: bool = False
    is_unjoin: bool = False


class Avatar(msgspec.Struct, gc=False):
    """Addresses of somebody's picture, the largest first."""

    avatar_origin: str | None = None
    avatar_640: str | None = None
    avatar_240: str | None = None
    avatar_72: str | None = None


class Order(msgspec.Struct, gc=False):
    """Where a person stands in a department, and the department among the person's own."""

    department_id: str
    user_order: int = 0
    department_order: int = 0
    is_primary_dept: bool = False


class User(msgspec.Struct, gc=False):
    """One person."""

    user_id: Text = UNSET
    open_id: Text = UNSET
    union_id: Text = UNSET
    name: Text = UNSET
    en_name: Text = UNSET
    nickname: Text = UNSET
    email: Text = UNSET
    mobile: Text = UNSET
    gender: Number = UNSET
    city: Text = UNSET
    country: Text = UNSET
    work_station: Text = UNSET
    join_time: Number = UNSET
    employee_no: Text = UNSET
    employee_type: Number = UNSET
    enterprise_email: Text = UNSET
    job_title: Text = UNSET
    avatar: Avatar | UnsetType | None = UNSET
    mobile_visible: bool | UnsetType | None = UNSET
    is_tenant_manager: bool | UnsetType | None = UNSET
    custom_attrs: Any = UNSET
    dotted_line_leader_user_ids: list[str] | UnsetType | None = UNSET
    leader_user_id: Text = UNSET
    department_ids: list[str] | UnsetType | None = UNSET
    orders: list[Order] | UnsetType | None = UNSET
    status: UserStatus | UnsetType | None = UNSET

    @property
    def resigned(self) -> bool:
        """Whether the person has left; such people are told, but are not there."""
        return isinstance(self.status, UserStatus) and self.status.is_resigned


_UNTOLD: Any = None


class Single(msgspec.Struct, Generic[T]):
    """Data of departments/get and of users/get. (A union with None would not take ``Raw``.)"""

    department: T = _UNTOLD
    user: T = _UNTOLD

    @property
    def row(self) -> T | None:
        """What was asked for."""
        return self.user if self.department is None else self.department


class RoleHolder(msgspec.Struct, gc=False):
    """One member of a role."""

    user_id: str = ""


class UserGroup(msgspec.Struct, gc=False):
    """One user group."""

    id: str
    name: str = ""


class GroupMember(msgspec.Struct, gc=False):
    """One member of a user group."""

    member_id: str = ""


class Page(msgspec.Struct, Generic[T]):
    """One page of a list, under whichever name it has."""

    has_more: bool = False
    page_token: str | None = None
    items: list[T] | None = None
    members: list[T] | None = None
    grouplist: list[T] | None = None
    memberlist: list[T] | None = None

    @property
    def rows(self) -> list[T]:
        """The entries."""
        return self.items or self.members or self.grouplist or self.memberlist or []


class Rows(msgspec.Struct, Generic[T]):
    """A list that has no pages."""

    items: list[T] | None = None


class Scopes(msgspec.Struct):
    """One page of the app's range, its three lists mixed."""

    department_ids: list[str] | None = None
    user_ids: list[str] | None = None
    group_ids: list[str] | None = None
    has_more: bool = False
    page_token: str | None = None

    @property
    def departments(self) -> list[str]:
        """The ids of departments."""
        return [] if self.department_ids is None else self.department_ids

    @property
    def users(self) -> list[str]:
        """The ids of people who are in range by themselves."""
        return [] if self.user_ids is None else self.user_ids

    @property
    def groups(self) -> list[str]:
        """The ids of user groups whose members are in range."""
        return [] if self.group_ids is None else self.group_ids


class NewRole(msgspec.Struct, gc=False):
    """Data of functional_roles/create."""

    role_id: str = ""


class MemberResult(msgspec.Struct, gc=False):
    """What became of one person in a list: 1 done, 4 was in already, 5 was not in."""

    user_id: str = ""
    reason: int = 0


class MemberResults(msgspec.Struct):
    """Data of batch_create (``results``) and of batch_delete (``result``)."""

    results: list[MemberResult] | None = None
    result: list[MemberResult] | None = None

    @property
    def told(self) -> list[MemberResult]:
        """The results."""
        return self.results or self.result or []
