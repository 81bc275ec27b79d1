"""A small organization at Feishu, and somebody who joins it."""

from __future__ import annotations

from typing import Any

from domain.delivery.operation import Relations
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.target_desk import VirtualDesk

ORG = Roster(
    departments=(
        DepartmentRecord(id="rd", name="研发", parent_id=None, leaders=("ann",)),
        DepartmentRecord(id="ops", name="平台", parent_id=None),
        DepartmentRecord(id="hand", name="手工", parent_id=None),
    ),
    members=(
        MemberRecord(id="ann", name="安", departments=("rd",), mobile="13800000001"),
        MemberRecord(
            id="bob",
            name="博",
            departments=("rd", "hand"),
            mobile="13800000002",
            email="bob@example.com",
            job_number="17",
            title="工程师",
            manager="ann",
        ),
        MemberRecord(id="cai", name="蔡", departments=(), mobile="+85251234567"),
    ),
)


def create(desk: VirtualDesk, **change: Any) -> Any:
    """Dai joins; whatever is given is different."""
    fields = {"name": "戴", "mobile": "13900000001"} | change.pop("fields", {})
    change = {"key": "dai", "relations": Relations(departments=("rd",)), **change}
    return desk.apply("member", "create", fields=fields, **change)
