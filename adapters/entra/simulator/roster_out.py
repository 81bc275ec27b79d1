"""The organization in the roster format, as a client that reads groups would write it.

Entra holds no order among departments and no groups of roles: both are left out.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET
from msgspec.structs import replace

from adapters.entra.simulator.directory import IMMUTABLE, guid, immutable
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

Name = Callable[[str, str], str]


def write_roster(roster: Roster, *, own_ids: bool) -> Roster:
    """With Graph's object ids, or with the ids of the roster it came from (``own_ids``)."""
    name: Name = (lambda kind, own: own) if own_ids else guid
    return Roster(
        departments=tuple(_department(record, name) for record in roster.departments),
        members=tuple(_member(record, name) for record in roster.members),
        roles=tuple(_role(record, name) for record in roster.roles),
    )


def _department(record: DepartmentRecord, name: Name) -> DepartmentRecord:
    return replace(
        record,
        id=name("group", record.id),
        parent_id=record.parent_id and name("group", record.parent_id),
        leaders=tuple(name("user", leader) for leader in record.leaders or ()),
        order=UNSET,
    )


def _member(record: MemberRecord, name: Name) -> MemberRecord:
    return replace(
        record,
        id=name("user", record.id),
        departments=tuple(name("group", place) for place in record.departments),
        main_department=UNSET,
        avatar=UNSET,
        keys={IMMUTABLE: (record.keys or {}).get(IMMUTABLE) or immutable(record.id)},
        manager=name("user", record.manager) if record.manager else None,
    )


def _role(record: RoleRecord, name: Name) -> RoleRecord:
    members = tuple(name("user", who) for who in record.members or ())
    return replace(record, id=name("role", record.id), group=UNSET, group_id=UNSET, members=members)
