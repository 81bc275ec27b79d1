"""What is known of an organization while its log is folded."""

from __future__ import annotations

from typing import Any

from domain.directory import Directory
from domain.identity import GENERIC
from projections.audit.tables import INTERVALS, LINKS, Changes, When

Row = tuple[Any, ...]

Place = tuple[str, str, str]
"""A target, a kind and a uid."""

Step = tuple[str, str | None]
"""An action, and the member if it is about a single one of a list."""


class Batch(dict[str, Changes]):
    """What is to be written, by the name of the interval table.

    ``created`` are the positions of plain creations of members, and whether their record is in
    the organization's own source. Their intervals are written from the events themselves
    (``created.sql``), without passing through Python a second time.
    """

    def __init__(self) -> None:
        super().__init__((table.name, Changes(table)) for table in INTERVALS)
        self.created: list[tuple[int, bool]] = []


class Organization:
    """The directory without its members: they are kept as rows, because most facts are about
    them and copying a whole member for each would take most of a replay.

    ``people`` are the values of the table ``members`` by uid, ``belongs`` their departments
    and the main one. ``placed`` are the values of ``placements`` by target, kind and uid,
    ``failed`` those of ``failures``, by action and member below the same.
    """

    __slots__ = ("belongs", "directory", "failed", "people", "placed")

    def __init__(self, org: str) -> None:
        self.directory = Directory(org=org)
        self.people: dict[str, Row] = {}
        self.belongs: dict[str, tuple[tuple[str, ...], str | None]] = {}
        self.placed: dict[Place, Row] = {}
        self.failed: dict[Place, dict[Step, Row]] = {}

    def size(self) -> int:
        """How many entities are held in memory."""
        d = self.directory
        entities = len(d.departments) + len(self.people) + len(d.roles) + len(d.role_groups)
        return entities + len(self.placed) + len(self.failed)

    def own_system(self) -> str:
        """The system whose ids are the organization's own: its source, if it has one."""
        return self.directory.source or GENERIC

    def own_ids(self, kind: str) -> dict[str, str]:
        """Uid to record id in the organization's own system."""
        return self.directory.linked(self.own_system(), kind).ids


def replace(changes: Changes, key: Row, old: Row | None, new: Row | None, when: When) -> None:
    """``old`` holds no longer for ``key``, ``new`` does; None is nothing."""
    if old == new:
        return
    if old is not None:
        changes.end(key, when)
    if new is not None:
        changes.begin(key, new, when)


def replace_all(
    changes: Changes, owner: Row, old: dict[str, Row], new: dict[str, Row], when: When
) -> None:
    """The same for everything that belongs to ``owner``, by the last part of its key."""
    for uid, values in old.items():
        if new.get(uid) != values:
            changes.end((*owner, uid), when)
    for uid, values in new.items():
        if old.get(uid) != values:
            changes.begin((*owner, uid), values, when)


def linked(
    o: Organization,
    batch: Batch,
    record: tuple[str, str, str],
    old: str | None,
    new: str | None,
    when: When,
) -> None:
    """The record (system, kind, id) was that of the entity ``old`` and is that of ``new``."""
    replace(
        batch[LINKS.name],
        (o.directory.org, *record),
        None if old is None else (old,),
        None if new is None else (new,),
        when,
    )
