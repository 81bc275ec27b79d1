"""The desk of the contract suite shows what is there, and its troubles are real."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.http import Patience
from adapters.scim.settings import ScimSettings
from adapters.scim.target import ScimTarget
from domain.delivery.operation import Acknowledged, Action, Relations
from domain.records import DepartmentRecord, MemberRecord, RoleRecord
from tests.adapters.scim.scim_bench import department, person, role
from tests.adapters.scim.target_desk import TROUBLE, ScimTargetDesk


def test_an_organization_as_the_desk_sees_it() -> None:
    """The roster has our ids, what is not ours is foreign, and every write is counted."""
    with ScimTargetDesk() as desk:
        asyncio.run(_deliver(desk))
        assert desk.writes() == 9
        foreign = desk.put_member(name="Eve", email="eve@x.org", mobile="+8613800000009")
        desk.rename_member("u2", "Lucy")
        roster = desk.roster()
        assert set(roster.departments) == {
            DepartmentRecord(id="1", name="1", parent_id=None),
            DepartmentRecord(id="2", name="2", parent_id="1"),
        }
        nothing: dict[str, Any] = dict.fromkeys(("email", "mobile", "job_number", "title"))
        people = {m.id: m for m in roster.members}
        assert people["u1"] == MemberRecord(
            id="u1", name="u1", departments=("2",), active=True, manager="u2", **nothing
        )
        assert people["u2"].name == "Lucy" and f"foreign:{foreign}" in people
        assert roster.roles == (RoleRecord(id="r", name="r", members=("u1",)),)
        desk.remove_member("u2")
        assert {m.id for m in desk.roster().members} == {"u1", f"foreign:{foreign}"}


async def _deliver(desk: ScimTargetDesk) -> None:
    target = ScimTarget("crm", ScimSettings(**desk.settings()))
    try:
        (top,) = await _done(target, department("1"))
        first, boss, low = await _done(
            target, person("u1"), person("u2"), department("2", relations=Relations(parent=top))
        )
        manager = Relations(manager=boss)
        await _done(target, person("u1", Action.RELATE, remote=first, fields={}, relations=manager))
        (holders,) = await _done(target, role("r"))
        into: dict[str, Any] = {"members": (first,), "relations": Relations()}
        await _done(
            target,
            role("r", Action.ADD, remote=holders, **into),
            department("2", Action.ADD, remote=low, **into),
        )
    finally:
        await target.close()


async def _done(target: ScimTarget, *changes: Any) -> list[str]:
    results = await target.apply(changes)
    assert all(isinstance(r, Acknowledged) for r in results), results
    return [r.remote for r in results if isinstance(r, Acknowledged)]


@pytest.mark.parametrize("kind", list(TROUBLE))
def test_troubles_end_well(kind: Any) -> None:
    """Each trouble hits the next writes; a try after it makes exactly one account."""
    with ScimTargetDesk() as desk:
        assert desk.trouble(kind, 1)

        async def main() -> bool:
            quick = Patience(tries=2, first_wait=0.01)
            target = ScimTarget("crm", ScimSettings(**desk.settings()), patience=quick)
            try:
                (result,) = await target.apply([person("u1")])
                if isinstance(result, Acknowledged):
                    return True
                (result,) = await target.apply([person("u1", again=True)])
                return isinstance(result, Acknowledged)
            finally:
                await target.close()

        assert asyncio.run(main())
        assert not desk.front.canned
        assert [m.id for m in desk.roster().members] == ["u1"]
