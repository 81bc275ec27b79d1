"""Bringing departments to WeCom (wecom.md, section 4.1).

The id is our own choice (``own_ids``). Leaders are marks of people, see ``leading``.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.wecom import errors, wire
from adapters.wecom.leading import Leading
from adapters.wecom.own_ids import own_ids
from adapters.wecom.target_mapping import department
from adapters.wecom.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import ExistsFault, TerminalFault


class Departments:
    """Carries out changes of departments; ``root`` is where those at the top are put."""

    def __init__(self, writer: Writer, leading: Leading, root: int) -> None:
        self._writer, self._leading, self._root = writer, leading, root
        self._made: dict[int, str] = {}
        """Whose the ids are that were given out in this run."""

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        match change.action:
            case Action.CREATE:
                return Acknowledged(remote=str(await self._create(change)))
            case Action.DELETE:
                return await self._delete(str(change.remote))
            case _:
                return await self._update(change)

    async def _create(self, change: Change) -> int:
        """The new department's id, or that of the one that an earlier try has made.

        The refusal of an id that is taken is the look-up: WeCom does not give an id twice.
        """
        body = {**_given(change.fields), "parentid": self._parent(change)}
        refusal: ExistsFault | None = None
        there: dict[int, wire.Place] = {}
        for dept_id in own_ids("department", change.uid):
            try:
                sent = {**body, "id": dept_id}
                await self._writer.create("department/create", sent, wire.Envelope)
            except ExistsFault as fault:
                if refusal is None:
                    refusal = fault
                    there = {one.id: one for one in await self._writer.client.places("contact")}
                place = there.get(dept_id)
                if place is None or not await self._ours(place, change):
                    continue
                await self._update_fields(dept_id, _given(change.fields))
            self._made[dept_id] = change.uid
            return dept_id
        assert refusal is not None  # there is at least one id
        raise refusal

    async def _ours(self, place: wire.Place, change: Change) -> bool:
        """What has an id of ours is ours if it lies where we put it, under the name we gave it."""
        if place.parentid != self._parent(change):
            return False
        if self._made.get(place.id, change.uid) != change.uid:
            return False
        client = self._writer.client
        if "app" not in client.callers:
            return True
        try:
            found = await client.department("app", place.id)
        except TerminalFault as fault:
            if fault.code in errors.OUT_OF_RANGE or fault.code in errors.FORBIDDEN:
                return True
            raise
        shown = department(found.id, None, found, None, UNSET).fields.get("name")
        return shown in (None, change.fields.get("name"))

    async def _update(self, change: Change) -> Acknowledged:
        body: dict[str, Any] = {
            name: "" if value is None else value for name, value in change.fields.items()
        }
        if change.relations.parent is not UNSET:
            body["parentid"] = self._parent(change)
        if body:
            await self._update_fields(int(str(change.remote)), body)
        if change.relations.leaders is not UNSET:
            await self._leading.lead(change)
        return Acknowledged(remote=str(change.remote))

    async def _update_fields(self, dept_id: int, fields: dict[str, Any]) -> None:
        body = {"id": dept_id, **fields}
        await self._writer.post("department/update", body, wire.Envelope)

    async def _delete(self, remote: str) -> Acknowledged:
        try:
            await self._writer.delete("department/delete", id=int(remote))
        except TerminalFault as fault:
            if fault.code not in errors.NO_SUCH_DEPARTMENT:
                raise
        return Acknowledged(remote=remote)

    def _parent(self, change: Change) -> int:
        parent = change.relations.parent
        return self._root if parent is UNSET or parent is None else int(parent)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
