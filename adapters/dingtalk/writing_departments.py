"""Bringing departments to DingTalk (dingtalk.md, section 4.1).

DingTalk chooses the id; our own key stands in ``source_identifier``, which the console does not
show. Leaders must be members, so they are set apart, after the people.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.dingtalk.refusals import REFUSED
from adapters.dingtalk.target_mapping import fit
from adapters.dingtalk.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

NO_DEPARTMENT, HAS_DEPARTMENTS = "60003", "60006"


class Departments:
    """Carries out changes of departments; ``root`` is where those at the top are put."""

    def __init__(self, writer: Writer, root: int) -> None:
        self._writer, self._root = writer, root

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        match change.action:
            case Action.CREATE:
                return Acknowledged(remote=await self._create(change))
            case Action.DELETE:
                return await self._delete(str(change.remote))
            case _:
                return await self._update(change)

    async def _create(self, change: Change) -> str:
        body = {
            **_given(change.fields),
            "parent_id": self._parent(change),
            "source_identifier": change.key,
            "create_dept_group": False,
        }
        return await self._writer.once(
            lambda: self._writer.create_department(body),
            lambda: self._find(change),
            again=change.again,
        )

    async def _find(self, change: Change) -> str | None:
        """Ours among the departments of its parent: it has our key. The list shows no keys."""
        client = self._writer.client
        for row in await client.sub_departments(self._parent(change)):
            if fit("department", {"name": row.name}).fields["name"] == change.fields["name"]:
                detail = await client.department(row.dept_id)
                if detail.source_identifier == change.key:
                    return str(row.dept_id)
        return None

    async def _update(self, change: Change) -> Acknowledged:
        body: dict[str, Any] = {"dept_id": int(str(change.remote)), **_given(change.fields)}
        if change.relations.parent is not UNSET:
            body["parent_id"] = self._parent(change)
        leaders = change.relations.leaders
        if leaders:
            body["dept_manager_userid_list"] = ",".join(leaders)
        elif leaders is not UNSET:
            body["force_update_fields"] = "dept_manager_userid_list"
        if len(body) > 1:
            await self._writer.update_department(body)
        return Acknowledged(remote=str(change.remote))

    async def _delete(self, remote: str) -> Acknowledged:
        """Ours go from the bottom up; DingTalk would take along whatever is empty below."""
        try:
            if await self._writer.below(int(remote)):
                cause = REFUSED[HAS_DEPARTMENTS]
                raise TerminalFault(
                    "DingTalk department/delete was not sent",
                    why=cause.why,
                    fix=cause.fix,
                    code=HAS_DEPARTMENTS,
                )
            await self._writer.delete_department(int(remote))
        except TerminalFault as fault:
            if fault.code != NO_DEPARTMENT:
                raise
        return Acknowledged(remote=remote)

    def _parent(self, change: Change) -> int:
        parent = change.relations.parent
        return self._root if parent is UNSET or parent is None else int(parent)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
