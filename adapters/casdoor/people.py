"""Bringing people to Casdoor: users. Updates name their columns, so that others stay."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.casdoor import wire
from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.mapping import MANAGER, PHONE, Form, state
from adapters.casdoor.roles import Roles
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, ExistsFault

GIVEN_ONCE = frozenset({"id", "name"})


class People:
    """Carries out changes of people. ``application`` is the one that new accounts belong to."""

    def __init__(self, client: CasdoorClient, form: Form, roles: Roles, application: str) -> None:
        self._client, self._form, self._roles = client, form, roles
        self._application = application

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=await self._create(change))
        name = str(change.remote)
        if change.action is Action.DELETE:
            await self._delete(name)
        else:
            await self._update(name, change)
        return Acknowledged(remote=name)

    async def _create(self, change: Change) -> str:
        """A new account, or the one that has our id already.

        Such a one was made by an earlier try, or is marked as deleted.
        """
        own_id = str(change.fields.get("id") or change.key)
        if change.again and (found := await self._client.user_with_id(own_id)) is not None:
            return await self._resumed(found, change)
        body = {
            "owner": self._client.organization,
            "type": "normal-user",
            "id": own_id,
            **self._columns(change, change.fields),
            "groups": [self._client.id(d) for d in change.relations.departments or ()],
        }
        if self._application:
            body["signupApplication"] = self._application
        try:
            await self._client.add("add-user", body)
        except ExistsFault:
            found = await self._client.user_with_id(own_id)
            if found is None:
                raise
            return await self._resumed(found, change)
        return str(change.fields["name"])

    async def _resumed(self, user: wire.User, change: Change) -> str:
        """Bring an account that is there to what the creation says; groups are added only."""
        there = self._form.user(user)
        wanted = {
            name: value
            for name, value in change.fields.items()
            if name not in GIVEN_ONCE and there.fields.get(name) != value
        }
        row = self._columns(change, wanted)
        if there.relations.active is change.relations.active:
            row = {name: value for name, value in row.items() if name not in state(change)}
        if there.relations.manager == change.relations.manager and not wanted:
            row.pop("properties", None)
        groups = self._groups(user, (), change.relations.departments or ())
        if groups != (user.groups or []):
            row["groups"] = groups
        await self._write(user.name, row)
        return user.name

    async def _update(self, name: str, change: Change) -> None:
        relations = change.relations
        fields = {n: v for n, v in change.fields.items() if n not in GIVEN_ONCE}
        row = self._columns(change, fields)
        if relations.departments is not UNSET:
            user = await self._client.user(name)
            if user is None:
                raise self._absent("get-user")
            had = change.had.departments
            row["groups"] = self._groups(user, () if had is UNSET else had, relations.departments)
        await self._write(name, row)

    def _columns(self, change: Change, fields: dict[str, Any]) -> dict[str, Any]:
        """The columns of ``fields``, of the account's state and of its manager."""
        row = {**self._form.columns(fields), **state(change)}
        manager = change.relations.manager
        if manager is not UNSET:
            row["properties"] = {**row.get("properties", {}), MANAGER: manager or ""}
        return row

    def _groups(self, user: wire.User, had: tuple[str, ...], wanted: tuple[str, ...]) -> list[str]:
        """The groups that an account is to have: those that are not ours, and ours."""
        ours = set(map(self._client.id, had))
        kept = (entry for entry in user.groups or () if entry not in ours)
        return list(dict.fromkeys((*kept, *map(self._client.id, wanted))))

    async def _write(self, name: str, row: dict[str, Any]) -> None:
        if not row:
            return
        columns = list(row)
        if row.get(PHONE):
            columns.append("countryCode")
        query: dict[str, str | int] = {"id": self._client.id(name), "columns": ",".join(columns)}
        body = {"owner": self._client.organization, "name": name, **row}
        written = await self._client.act("update-user", body, query)
        if not written and await self._client.user(name) is None:
            raise self._absent("update-user")

    async def _delete(self, name: str) -> None:
        """Delete an account, its entries in roles first.

        Casdoor leaves those, and the next person of that name would have the roles.
        """
        roles = await self._client.roles_of(name)
        if roles is None:
            return
        for role in roles:
            await self._roles.leave(role, name)
        await self._client.act("delete-user", {"owner": self._client.organization, "name": name})

    def _absent(self, api: str) -> AbsentFault:
        return AbsentFault(
            f"{self._client.name} {api} found nothing",
            why="there is no such user (any more)",
            code="user",
        )
