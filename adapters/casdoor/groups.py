"""Bringing departments to Casdoor: groups, whose name is the department's id."""

from __future__ import annotations

from msgspec import UNSET

from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.rows import Rows, now
from adapters.casdoor.wire import Row
from domain.delivery.operation import Acknowledged, Action, Change

TYPE = "department"
"""The type of a group that Casdoor's own DingTalk syncer gives (object/syncer_dingtalk.go)."""


class Groups:
    """Carries out changes of departments."""

    def __init__(self, client: CasdoorClient) -> None:
        self._client, self._rows = client, Rows(client, "group")

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            columns = self._columns(change)
            columns.setdefault("parentId", self._client.organization)
            columns.setdefault("isTopGroup", True)
            made = {**columns, "type": TYPE}
            return await self._rows.create(str(change.fields["name"]), made, change)
        name = str(change.remote)
        if change.action is Action.DELETE:
            await self._rows.delete(name)
        else:
            columns = self._columns(change)
            await self._rows.edit(name, lambda row: _changed(row, columns))
        return Acknowledged(remote=name)

    def _columns(self, change: Change) -> Row:
        columns: Row = {n: value or "" for n, value in change.fields.items() if n != "name"}
        relations = change.relations
        if relations.parent is not UNSET:
            top = relations.parent is None
            columns["parentId"] = self._client.organization if top else relations.parent
            columns["isTopGroup"] = top
        if relations.leaders is not UNSET:
            columns["manager"] = self._client.id(relations.leaders[0]) if relations.leaders else ""
        return columns


def _changed(row: Row, columns: Row) -> Row:
    if all(row.get(name) == value for name, value in columns.items()):
        return row
    return {**row, **columns, "updatedTime": now()}
