"""Facts about the organization as a whole; their ``uid`` is the organization's id."""

from __future__ import annotations

from typing import ClassVar

from domain.events.fact import Fact


class OrganizationRegistered(Fact, frozen=True, kw_only=True):
    """The ledger begins to remember an organization. ``source`` owns it, None: generic."""

    TOPIC: ClassVar[str] = "OrganizationRegistered"
    KIND: ClassVar[str] = "organization"
    name: str
    source: str | None = None


class OrganizationRenamed(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "OrganizationRenamed"
    KIND: ClassVar[str] = "organization"
    name: str


class OrganizationLeaderChanged(Fact, frozen=True, kw_only=True):
    """``leaders`` are member uids."""

    TOPIC: ClassVar[str] = "OrganizationLeaderChanged"
    KIND: ClassVar[str] = "organization"
    leaders: tuple[str, ...]


class SourceScopeChanged(Fact, frozen=True, kw_only=True):
    """What ``system`` lets us see of the organization has changed.

    ``roots`` are the record ids of the visible subtrees, empty for the whole organization;
    ``hidden`` names the fields per kind that are not permitted, which is not the same as empty.
    """

    TOPIC: ClassVar[str] = "SourceScopeChanged"
    KIND: ClassVar[str] = "organization"
    system: str
    roots: tuple[str, ...] = ()
    hidden: dict[str, tuple[str, ...]] = {}


class RecordLinked(Fact, frozen=True, kw_only=True):
    """The record ``id`` of ``kind`` in ``system`` is our entity ``entity``.

    A creation carries its own origin; this is for links found later (a rehire under a new id,
    an adopted account). ``keys`` are further ids of the same record.
    """

    TOPIC: ClassVar[str] = "RecordLinked"
    KIND: ClassVar[str] = "organization"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"id", "keys"})
    system: str
    kind: str
    id: str
    entity: str
    keys: dict[str, str] = {}


class RecordUnlinked(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RecordUnlinked"
    KIND: ClassVar[str] = "organization"
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"id"})
    system: str
    kind: str
    id: str
