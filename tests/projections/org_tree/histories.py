"""Organizations for the tests of the tree: facts in order, and the entries of a log with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from domain import events as e
from domain.directory import Directory
from domain.envelope import Entry, Envelope, address
from domain.evolve import evolve

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def origin(record_id: str, **keys: str) -> e.Origin:
    return e.Origin(system="hr", id=record_id, keys=keys)


def department(record_id: str, name: str, **fields: Any) -> e.DepartmentCreated:
    return e.DepartmentCreated(uid=f"d-{record_id}", name=name, origin=origin(record_id), **fields)


def member(record_id: str, name: str, *departments: str, **fields: Any) -> e.MemberCreated:
    return e.MemberCreated(
        uid=f"m-{record_id}",
        name=name,
        departments=departments,
        origin=origin(record_id, unionid=f"x:{record_id}"),
        **fields,
    )


FOUNDED = (
    e.OrganizationRegistered(uid="acme", name="Acme", source="hr"),
    department("1", "R&D", order=2),
    department("2", "Search", parent="d-1", order=None),
    department("3", "搜索", parent="d-1", order=1),
    department("4", "Board", order=1),
    member("a", "欧阳晓月", "d-1", job_number="A-1", mobile="13800009001"),
    member("b", "Ben", "d-2", "d-3", email="ben@example.com", title="Engineer"),
    member("c", "单雄信", "d-2", active=False),
    member("d", "Ann"),
    e.MemberManagerChanged(uid="m-b", manager="m-a"),
    e.DepartmentLeadersChanged(uid="d-2", leaders=("m-c",)),
    e.RoleGroupCreated(uid="g-1", name="Audit", origin=origin("77")),
    e.RoleCreated(uid="r-1", name="Auditor", group="g-1", origin=origin("9")),
    e.RoleGranted(uid="r-1", member="m-b"),
    e.RoleGranted(uid="r-1", member="m-a"),
)

LATER = (
    e.DepartmentRenamed(uid="d-3", name="发现"),
    e.DepartmentMoved(uid="d-3", parent="d-4"),
    e.MemberTransferred(uid="m-b", departments=("d-3",)),
    e.MemberResigned(uid="m-d"),
    member("e", "Eve", "d-4"),
    e.RoleRevoked(uid="r-1", member="m-a"),
    e.RoleGroupRenamed(uid="g-1", name="Control"),
)


def directory(facts: Iterable[e.Fact] = FOUNDED, org: str = "acme") -> Directory:
    folded = Directory(org=org)
    for position, fact in enumerate(facts, 1):
        evolve(folded, fact, position)
    return folded


def entries(facts: Iterable[e.Fact], after: int = 0, org: str = "acme") -> list[Entry]:
    return [
        Entry(
            address(org, fact),
            1,
            Envelope(id=f"e-{n}", at=BEGIN + timedelta(seconds=n), actor="user:x", fact=fact),
            position=n,
        )
        for n, fact in enumerate(facts, after + 1)
    ]
