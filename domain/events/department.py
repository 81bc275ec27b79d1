"""Facts about departments. ``parent`` is a department uid, None at the top."""

from __future__ import annotations

from typing import Any, ClassVar

from domain.events.fact import Fact, Origin


class DepartmentCreated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "DepartmentCreated"
    KIND: ClassVar[str] = "department"
    name: str
    parent: str | None = None
    order: int | None = None
    details: dict[str, Any] = {}
    origin: Origin | None = None


class DepartmentRenamed(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "DepartmentRenamed"
    KIND: ClassVar[str] = "department"
    name: str


class DepartmentMoved(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "DepartmentMoved"
    KIND: ClassVar[str] = "department"
    parent: str | None


class DepartmentReordered(Fact, frozen=True, kw_only=True):
    """``order`` is the place among siblings, smaller first; None where the source has none."""

    TOPIC: ClassVar[str] = "DepartmentReordered"
    KIND: ClassVar[str] = "department"
    order: int | None


class DepartmentLeadersChanged(Fact, frozen=True, kw_only=True):
    """``leaders`` are member uids."""

    TOPIC: ClassVar[str] = "DepartmentLeadersChanged"
    KIND: ClassVar[str] = "department"
    leaders: tuple[str, ...]


class DepartmentDetailsChanged(Fact, frozen=True, kw_only=True):
    """``details`` is a patch: absent keys did not change, a None removes the key."""

    TOPIC: ClassVar[str] = "DepartmentDetailsChanged"
    KIND: ClassVar[str] = "department"
    details: dict[str, Any]


class DepartmentMerged(Fact, frozen=True, kw_only=True):
    """The department went into ``into`` with all its people and children, and is no more."""

    TOPIC: ClassVar[str] = "DepartmentMerged"
    KIND: ClassVar[str] = "department"
    into: str


class DepartmentDeleted(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "DepartmentDeleted"
    KIND: ClassVar[str] = "department"


class DepartmentRestored(Fact, frozen=True, kw_only=True):
    """A deleted department is back under the same uid."""

    TOPIC: ClassVar[str] = "DepartmentRestored"
    KIND: ClassVar[str] = "department"
    parent: str | None = None
