"""Bringing people into departments, and out of those that we had put them in."""

from __future__ import annotations

from msgspec import UNSET

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.departments import THEIRS
from domain.delivery.operation import Change


class Places:
    """Writes memberships of one person at a time."""

    def __init__(self, client: AuthingClient) -> None:
        self._client = client

    async def settle(self, user_id: str, change: Change) -> None:
        """Somebody is where the change says, and where others put them. Raises SystemFault.

        set-user-departments takes all departments of all organizations, and drops the leadership
        of one where it is not told, so what is there is looked at first.
        """
        if change.relations.departments is UNSET:
            return
        present = await self._client.places(user_id)
        had = () if change.had.departments is UNSET else change.had.departments
        wanted = change.relations.departments
        rows = merged(present, had, wanted)
        if not rows:
            for place in present:
                await self._leave(user_id, place.departmentId)
        elif not _same(rows, present):
            await self._set(user_id, rows)

    async def mark_main(self, user_id: str, wanted: tuple[str, ...]) -> None:
        """The first department of somebody new becomes the main one."""
        await self._set(user_id, merged([], (), wanted))

    async def _set(self, user_id: str, rows: list[wire.Row]) -> None:
        await self._client.act("set-user-departments", {"userId": user_id, "departments": rows})

    async def _leave(self, user_id: str, department_id: str) -> None:
        """Take somebody out: set-user-departments takes no empty list (test/users, 400)."""
        body = self._client.in_organization(
            departmentId=department_id, departmentIdType=THEIRS, userIds=[user_id]
        )
        await self._client.act("remove-department-members", body)


def merged(
    present: list[wire.Place], had: tuple[str, ...], wanted: tuple[str, ...]
) -> list[wire.Row]:
    """All departments of somebody: ours, the main one first, and those that are not ours."""
    leads = {place.departmentId: place.isLeader for place in present}
    foreign = [p for p in present if p.departmentId not in had and p.departmentId not in wanted]
    rows: list[wire.Row] = [
        {
            "departmentId": department_id,
            "isLeader": leads.get(department_id, False),
            "isMainDepartment": department_id == wanted[0],
        }
        for department_id in wanted
    ]
    rows += [
        {
            "departmentId": place.departmentId,
            "isLeader": place.isLeader,
            "isMainDepartment": place.isMainDepartment and not wanted,
        }
        for place in foreign
    ]
    return rows


def _same(rows: list[wire.Row], present: list[wire.Place]) -> bool:
    there = {place.departmentId: place.isMainDepartment for place in present}
    return there == {row["departmentId"]: row["isMainDepartment"] for row in rows}
