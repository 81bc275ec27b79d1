"""Folds entries into the directory and says which validity intervals end and begin.

The fold itself is the domain's; here an entity is compared before and after each fact.
Only a value that really changed ends an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import OrgledgerError
from domain.events import Fact, RecordLinked, RecordUnlinked
from domain.evolve import evolve
from projections.audit.tables import (
    DEPARTMENTS,
    GRANTS,
    INTERVALS,
    LEADERS,
    LINKS,
    MEMBERS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    ROLE_GROUPS,
    ROLES,
    Changes,
    When,
)

Batch = dict[str, Changes]
"""The changes of one batch, by the name of the interval table."""

ENTITIES: dict[str, tuple[str, str, Callable[[Any], tuple[Any, ...]]]] = {
    "department": (
        "departments",
        DEPARTMENTS.name,
        attrgetter("name", "parent", "order", "state", "merged_into", "details"),
    ),
    "member": (
        "members",
        MEMBERS.name,
        attrgetter(
            "name",
            "email",
            "mobile",
            "job_number",
            "title",
            "avatar",
            "manager",
            "state",
            "details",
        ),
    ),
    "role_group": ("role_groups", ROLE_GROUPS.name, attrgetter("name", "state")),
    "role": ("roles", ROLES.name, attrgetter("name", "group", "state", "details")),
}
"""By kind: where the directory keeps the entities, their table, and its values after the id."""

_NO_LINKS: dict[str, str] = {}


def own_system(directory: Directory) -> str | None:
    """The system whose ids are the organization's own: its owner, else the first one linked."""
    if directory.source is not None:
        return directory.source
    first = next(iter(directory.links), None)
    return None if first is None else first.rpartition("/")[0]


def own_ids(directory: Directory, kind: str) -> dict[str, str]:
    """Uid to record id in the organization's own system."""
    system = own_system(directory)
    return _NO_LINKS if system is None else directory.linked(system, kind).ids


class Projector:
    """The directories of the organizations seen so far, as far as they were needed."""

    def __init__(self) -> None:
        self.directories: dict[str, Directory] = {}

    def directory(self, org: str) -> Directory:
        directory = self.directories.get(org)
        if directory is None:
            directory = self.directories[org] = Directory(org=org)
        return directory

    def size(self) -> int:
        """How many entities are held in memory."""
        return sum(
            len(d.departments) + len(d.members) + len(d.roles) + len(d.role_groups)
            for d in self.directories.values()
        )

    def fold(self, entries: Sequence[Entry], times: Iterable[int]) -> Batch:
        """Fold ``entries`` (ascending positions, ``times`` in microseconds beside them).

        Raises OrgledgerError when a fact is about an entity that was never created.
        """
        batch = {table.name: Changes(table) for table in INTERVALS}
        for entry, time in zip(entries, times, strict=True):
            fact = entry.envelope.fact
            change = _CHANGES.get(fact.KIND)
            if change is None:
                continue
            try:
                change(self.directory(entry.org), batch, fact, (entry.position, time))
            except KeyError:
                raise OrgledgerError(
                    f"the event at position {entry.position} cannot be folded",
                    why=f"{fact.TOPIC} is about {fact.uid!r}, or something of it, "
                    "that no earlier event had created",
                    fix="Check the log with 'orgledger verify', then 'orgledger rebuild audit'.",
                ) from None
        return batch


def _entity(d: Directory, batch: Batch, fact: Fact, when: When) -> tuple[Any, Any]:
    """Fold a fact about one entity; the entity before and after it."""
    kind, uid = fact.KIND, fact.uid
    where, table, values = ENTITIES[kind]
    store = getattr(d, where)
    before = store.get(uid)
    old = None if before is None else (own_ids(d, kind).get(uid), *values(before))
    origin = getattr(fact, "origin", None)
    if origin is None:
        evolve(d, fact)
    else:
        _linked(d, batch, fact, (origin.system, kind, origin.id), when)
    after = store[uid]
    _replace(batch[table], (d.org, uid), old, (own_ids(d, kind).get(uid), *values(after)), when)
    return before, after


def _replace(
    changes: Changes,
    key: tuple[Any, ...],
    old: tuple[Any, ...] | None,
    new: tuple[Any, ...] | None,
    when: When,
) -> None:
    if old == new:
        return
    if old is not None:
        changes.end(key, when)
    if new is not None:
        changes.begin(key, new, when)


def _linked(
    d: Directory, batch: Batch, fact: Fact, record: tuple[str, str, str], when: When
) -> None:
    """Fold a fact that may change whose record ``(system, kind, id)`` is."""
    system, kind, record_id = record
    uids = d.linked(system, kind).uids
    old = uids.get(record_id)
    evolve(d, fact)
    new = uids.get(record_id)
    if old != new:
        _replace(
            batch[LINKS.name],
            (d.org, *record),
            None if old is None else (old,),
            None if new is None else (new,),
            when,
        )


def _department(d: Directory, batch: Batch, fact: Fact, when: When) -> None:
    before, after = _entity(d, batch, fact, when)
    old = () if before is None else before.leaders
    if old != after.leaders:
        _leaders(d, batch, after.uid, old, after.leaders, when)


def _leaders(
    d: Directory,
    batch: Batch,
    department: str | None,
    old: tuple[str, ...],
    new: tuple[str, ...],
    when: When,
) -> None:
    _replace_all(batch[LEADERS.name], (d.org, department), _places(old), _places(new), when)


def _places(leaders: tuple[str, ...]) -> dict[str, tuple[int]]:
    return {uid: (place,) for place, uid in enumerate(dict.fromkeys(leaders), start=1)}


def _member(d: Directory, batch: Batch, fact: Fact, when: When) -> None:
    before, after = _entity(d, batch, fact, when)
    if before is None:
        old = {}
    elif (
        before.departments == after.departments and before.main_department == after.main_department
    ):
        return
    else:
        old = _memberships(before)
    _replace_all(batch[MEMBERSHIPS.name], (d.org, after.uid), old, _memberships(after), when)


def _memberships(member: Any) -> dict[str, tuple[bool]]:
    main = member.main_department
    return {uid: (uid == main,) for uid in member.departments}


def _replace_all(
    changes: Changes,
    owner: tuple[Any, ...],
    old: dict[str, Any],
    new: dict[str, Any],
    when: When,
) -> None:
    for uid, values in old.items():
        if new.get(uid) != values:
            changes.end((*owner, uid), when)
    for uid, values in new.items():
        if old.get(uid) != values:
            changes.begin((*owner, uid), values, when)


def _role_group(d: Directory, batch: Batch, fact: Fact, when: When) -> None:
    _entity(d, batch, fact, when)


def _role(d: Directory, batch: Batch, fact: Fact, when: When) -> None:
    old = d.grants.get(fact.uid, set())
    member = getattr(fact, "member", None)
    held = member in old
    _entity(d, batch, fact, when)
    new, changes = d.grants[fact.uid], batch[GRANTS.name]
    if member is not None:
        _replace(
            changes,
            (d.org, fact.uid, member),
            () if held else None,
            () if member in new else None,
            when,
        )
    elif new is not old:
        for uid in old:
            changes.end((d.org, fact.uid, uid), when)


def _organization(d: Directory, batch: Batch, fact: Fact, when: When) -> None:
    if isinstance(fact, RecordLinked | RecordUnlinked):
        _link(d, batch, fact, when)
        return
    old, leaders, system = _organization_values(d), d.leaders, own_system(d)
    evolve(d, fact)
    _replace(batch[ORGANIZATIONS.name], (d.org,), old, _organization_values(d), when)
    if leaders != d.leaders:
        _leaders(d, batch, None, leaders, d.leaders, when)
    if system is not None and own_system(d) != system:
        _owner_changed(d, batch, system, when)


def _organization_values(d: Directory) -> tuple[str, str | None] | None:
    return (d.name, d.source) if d.name else None


def _link(d: Directory, batch: Batch, fact: RecordLinked | RecordUnlinked, when: When) -> None:
    if isinstance(fact, RecordLinked):
        uid: str | None = fact.entity
    else:
        uid = d.linked(fact.system, fact.kind).uids.get(fact.id)
    old = None if uid is None else own_ids(d, fact.kind).get(uid)
    _linked(d, batch, fact, (fact.system, fact.kind, fact.id), when)
    if uid is not None:
        _id_changed(d, batch, fact.kind, uid, old, when)


def _owner_changed(d: Directory, batch: Batch, before: str, when: When) -> None:
    """Another system owns the organization now: its ids are the ids."""
    for kind in ENTITIES:
        ids = d.linked(before, kind).ids
        for uid in getattr(d, ENTITIES[kind][0]):
            _id_changed(d, batch, kind, uid, ids.get(uid), when)


def _id_changed(
    d: Directory, batch: Batch, kind: str, uid: str, old: str | None, when: When
) -> None:
    new = own_ids(d, kind).get(uid)
    where, table, values = ENTITIES[kind]
    entity = getattr(d, where).get(uid)
    if old != new and entity is not None:
        rest = values(entity)
        _replace(batch[table], (d.org, uid), (old, *rest), (new, *rest), when)


_CHANGES: dict[str, Callable[[Directory, Batch, Any, When], None]] = {
    "organization": _organization,
    "department": _department,
    "member": _member,
    "role_group": _role_group,
    "role": _role,
}
