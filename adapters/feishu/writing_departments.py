"""Bringing departments to Feishu (Feishu contact v3, departments; feishu.md, section 5).

The department_id is our own key. Writes exclude each other in the whole tenant (43024), so the
engine sends them one at a time. Leaders are set apart, after the people.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.feishu import ids, wire
from adapters.feishu.client import FeishuClient, placed
from adapters.feishu.errors import NO_SUCH_DEPARTMENT
from adapters.feishu.mapping import department_body
from adapters.feishu.writing_once import client_token
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

PRIMARY, DEPUTY = 1, 2
ORDER_TAKEN = "43005"
ORDER_LEFT = "another department has this order; the order was left as it is"


class Departments:
    """Carries out changes of departments; ``root`` is where those at the top are put."""

    def __init__(self, client: FeishuClient, root: str) -> None:
        self._client, self._root = client, root

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        match change.action:
            case Action.CREATE:
                return await self._create(change)
            case Action.DELETE:
                return await self._delete(str(change.remote))
            case _:
                return await self._update(change)

    async def _create(self, change: Change) -> Acknowledged:
        department_id = ids.department_id(change.key, change.uid)
        if change.again and await self._client.department(department_id) is not None:
            return Acknowledged(remote=department_id)
        body = {
            **department_body(change.fields),
            "parent_department_id": self._parent(change),
            "department_id": department_id,
        }
        warning = await self._send("POST", "departments/create", "departments", body, change)
        return Acknowledged(remote=department_id, warning=warning)

    async def _update(self, change: Change) -> Acknowledged:
        remote = str(change.remote)
        body = department_body(change.fields)
        moving = change.relations.parent is not UNSET
        if moving:
            body["parent_department_id"] = self._parent(change)
        if change.relations.leaders is not UNSET:
            body["leaders"] = [
                {"leaderType": DEPUTY if rank else PRIMARY, "leaderID": user_id}
                for rank, user_id in enumerate(change.relations.leaders)
            ]
        if not body:
            return Acknowledged(remote=remote)
        path = f"departments/{placed(remote)}"
        try:
            warning = await self._send("PATCH", "departments/patch", path, body, change)
        except TerminalFault as fault:
            if moving and fault.code in NO_SUCH_DEPARTMENT:
                await self._blame_parent(remote, fault)
            raise
        return Acknowledged(remote=remote, warning=warning)

    async def _send(
        self, method: str, api: str, path: str, body: dict[str, Any], change: Change
    ) -> str:
        """Send; without the order where that is taken. Returns what was not written."""
        try:
            await self._once(method, api, path, body, change)
        except TerminalFault as fault:
            if fault.code != ORDER_TAKEN or "order" not in body:
                raise
            rest = {name: value for name, value in body.items() if name != "order"}
            if rest:
                await self._once(method, api, path, rest, change)
            return ORDER_LEFT
        return ""

    async def _once(
        self, method: str, api: str, path: str, body: dict[str, Any], change: Change
    ) -> None:
        query = client_token(change, body) if method == "POST" else None
        await self._client.call(method, api, path, wire.Nothing, query=query, body=body)

    async def _blame_parent(self, remote: str, fault: TerminalFault) -> None:
        """The code does not tell which of the two departments is gone."""
        if await self._client.department(remote) is not None:
            raise TerminalFault(
                fault.what, why="the parent department is not there (any more)", code="parent"
            ) from None

    async def _delete(self, remote: str) -> Acknowledged:
        path = f"departments/{placed(remote)}"
        try:
            await self._client.call("DELETE", "departments/delete", path, wire.Nothing)
        except TerminalFault as fault:
            if fault.code not in NO_SUCH_DEPARTMENT:
                raise
        return Acknowledged(remote=remote)

    def _parent(self, change: Change) -> str:
        parent = change.relations.parent
        return self._root if parent is UNSET or parent is None else parent
