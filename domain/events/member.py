"""Facts about people. ``departments`` are department uids; empty means the organization itself."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import UNSET, UnsetType

from domain.events.fact import Fact, Origin


class MemberCreated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "MemberCreated"
    KIND: ClassVar[str] = "member"
    PERSONAL: ClassVar[frozenset[str]] = frozenset(
        {"name", "email", "mobile", "avatar", "job_number", "details", "origin"}
    )
    name: str
    departments: tuple[str, ...] = ()
    main_department: str | None = None
    email: str | None = None
    mobile: str | None = None
    job_number: str | None = None
    title: str | None = None
    avatar: str | None = None
    active: bool = True
    details: dict[str, Any] = {}
    origin: Origin | None = None


class MemberRenamed(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "MemberRenamed"
    KIND: ClassVar[str] = "member"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"name"})
    name: str


class MemberContactChanged(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "MemberContactChanged"
    KIND: ClassVar[str] = "member"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"email", "mobile"})
    email: str | UnsetType | None = UNSET
    mobile: str | UnsetType | None = UNSET


class MemberProfileChanged(Fact, frozen=True, kw_only=True):
    """``details`` is a patch: absent keys did not change, a None removes the key."""

    TOPIC: ClassVar[str] = "MemberProfileChanged"
    KIND: ClassVar[str] = "member"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"job_number", "avatar", "details"})
    job_number: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    details: dict[str, Any] | UnsetType = UNSET


class MemberTransferred(Fact, frozen=True, kw_only=True):
    """The full set of memberships after the transfer, and the main one where the source has one."""

    TOPIC: ClassVar[str] = "MemberTransferred"
    KIND: ClassVar[str] = "member"
    departments: tuple[str, ...]
    main_department: str | None = None


class MemberManagerChanged(Fact, frozen=True, kw_only=True):
    """``manager`` is a member uid, None for nobody."""

    TOPIC: ClassVar[str] = "MemberManagerChanged"
    KIND: ClassVar[str] = "member"
    manager: str | None


class MemberDeactivated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "MemberDeactivated"
    KIND: ClassVar[str] = "member"


class MemberReactivated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "MemberReactivated"
    KIND: ClassVar[str] = "member"


class MemberResigned(Fact, frozen=True, kw_only=True):
    """The person left the organization; the uid is kept for a rehire."""

    TOPIC: ClassVar[str] = "MemberResigned"
    KIND: ClassVar[str] = "member"


class MemberRehired(Fact, frozen=True, kw_only=True):
    """The person is back under the same uid, active or not as the next facts say."""

    TOPIC: ClassVar[str] = "MemberRehired"
    KIND: ClassVar[str] = "member"
    departments: tuple[str, ...] = ()
    main_department: str | None = None
