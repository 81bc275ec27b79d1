"""Bringing people to Authing, alone or many in one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.errors import NotFound
from adapters.authing.mapping import LOGINS, Form
from adapters.authing.places import Places
from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import (
    AbsentFault,
    CredentialFault,
    ExistsFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

Result = Acknowledged | SystemFault

GIVEN_ONCE = frozenset({"externalId", "username"})

TAKEN = {
    "username": "somebody else has this username",
    "email": "somebody else has this mail address",
    "phone": "somebody else has this mobile number",
    "externalId": "somebody else has this externalId",
}
_NEXT = "The next run reads Authing and looks whether it is ours."


class People:
    """Carries out changes of people. ``resign`` people instead of deleting them."""

    def __init__(self, client: AuthingClient, form: Form, *, places: bool, resign: bool) -> None:
        self._client, self._form, self._resign = client, form, resign
        self._places = Places(client) if places else None

    async def apply(self, changes: Sequence[Change]) -> list[Result]:
        """Carry out changes; what is alike goes in one call. Raises CredentialFault."""
        results: dict[int, Result] = {}
        alike: dict[str, list[int]] = {}
        for at, change in enumerate(changes):
            alike.setdefault(self._likeness(change), []).append(at)
        for likeness, places in alike.items():
            group = [changes[at] for at in places]
            send = self._together.get(likeness)
            if send is None or len(group) == 1:
                found: list[Result] = [await self._alone(change) for change in group]
            else:
                found = await self._try_together(group, send)
            results.update(zip(places, found, strict=True))
        return [results[at] for at in range(len(changes))]

    @property
    def _together(self) -> dict[str, Callable[[list[Change]], Awaitable[list[Result]]]]:
        return {"create": self._create_all, "write": self._write_all, "delete": self._delete_all}

    def _likeness(self, change: Change) -> str:
        if change.action is Action.DELETE:
            return "delete"
        if change.action is Action.CREATE:
            return "alone" if change.again or not _has_login(change) else "create"
        return "write" if self._row(change) else "alone"

    async def _try_together(
        self, group: list[Change], send: Callable[[list[Change]], Awaitable[list[Result]]]
    ) -> list[Result]:
        """One call for all. Refused because of one of them, they go one by one."""
        try:
            return await send(group)
        except (CredentialFault, TransientFault) as fault:
            if isinstance(fault, CredentialFault):
                raise
            return [fault] * len(group)
        except SystemFault:
            return [await self._alone(change) for change in group]

    async def _alone(self, change: Change) -> Result:
        """One change. Raises CredentialFault."""
        try:
            return Acknowledged(remote=await self._one(change))
        except CredentialFault:
            raise
        except SystemFault as fault:
            return named(fault, change)

    async def _one(self, change: Change) -> str:
        if change.action is Action.CREATE:
            return await self._create(change)
        remote = str(change.remote)
        if change.action is Action.DELETE:
            await self._delete(remote)
        else:
            await self._update(remote, change)
        return remote

    # New people

    async def _create_all(self, group: list[Change]) -> list[Result]:
        body = {"list": [self._body(change) for change in group], "options": _BY_ID}
        made = await self._client.make("create-users-batch", body, list[wire.User])
        by_key = {user.externalId: user for user in made}
        results: list[Result] = []
        for change in group:
            user = by_key.get(_own_id(change))
            if user is None:
                results.append(await self._alone(change))
            else:
                results.append(await self._settled(user, change))
        return results

    async def _settled(self, user: wire.User, change: Change) -> Result:
        try:
            await self._mark_main(user, change)
        except CredentialFault:
            raise
        except SystemFault as fault:
            return named(fault, change)
        return Acknowledged(remote=user.userId)

    async def _create(self, change: Change) -> str:
        """A new account, or the one that an earlier try has made."""
        own_id = _own_id(change)
        if change.again and (found := await self._client.user(own_id, "external_id")):
            return await self._made(found, change)
        if not _has_login(change):
            raise TerminalFault(
                f"{self._client.name} create-user was not sent",
                why=f"Authing wants one of {', '.join(LOGINS)}, and there is none",
                fix="Give it at its source, or map username to something that everybody has.",
                code="login",
            )
        body = {**self._body(change), "options": _BY_ID}
        try:
            user = await self._client.make("create-user", body, wire.User)
        except ExistsFault as fault:
            found = await self._client.user(own_id, "external_id")
            if found is None:
                raise await self._whose(fault, change) from None
            return await self._made(found, change)
        await self._mark_main(user, change)
        return user.userId

    def _body(self, change: Change) -> wire.Row:
        row = self._form.columns(change, change.fields)
        row = {name: value for name, value in row.items() if value not in (None, "")}
        row["externalId"] = _own_id(change)
        if self._places is not None and change.relations.departments:
            row["departmentIds"] = list(change.relations.departments)
        return row

    async def _mark_main(self, user: wire.User, change: Change) -> None:
        wanted = change.relations.departments
        if self._places is None or wanted is UNSET or not wanted:
            return
        if user.mainDepartmentId != wanted[0]:
            await self._places.mark_main(user.userId, wanted)

    async def _made(self, found: wire.User, change: Change) -> str:
        """Who has our id counts as made by us only if they are as we would make them."""
        there = self._form.user(found)
        active = change.relations.active
        same = active is UNSET or there.relations.active == active
        same = same and all(there.fields.get(n) == v for n, v in change.fields.items())
        if found.status not in wire.GONE and same:
            if self._places is not None:
                await self._places.settle(found.userId, change)
            return found.userId
        raise self._is_there(found.status)

    def _is_there(self, status: str) -> ExistsFault:
        why, fix = "an account with this externalId is there already, and is another", _NEXT
        if status in wire.GONE:
            why = "the person's account has resigned, which cannot be undone"
            fix = "Delete that account in Authing's console, then retry."
        what = f"{self._client.name} create-user was refused"
        return ExistsFault(what, why=why, fix=fix, code="external_id")

    async def _whose(self, fault: ExistsFault, change: Change) -> ExistsFault:
        """The same refusal, with the field that is taken; Authing does not say which."""
        row = self._body(change)
        for name, why in TAKEN.items():
            if value := row.get(name):
                found = await self._client.post("is-user-exists", {name: value}, wire.Existence)
                if found.exists:
                    return ExistsFault(fault.what, why=why, fix=fault.fix, code=name)
        return fault

    # People who are there

    def _row(self, change: Change) -> wire.Row:
        fields = {n: v for n, v in change.fields.items() if n not in GIVEN_ONCE}
        return self._form.columns(change, fields)

    async def _write_all(self, group: list[Change]) -> list[Result]:
        rows = [{"userId": change.remote, **self._row(change)} for change in group]
        await self._client.act("update-user-batch", {"list": rows})
        return [await self._alone(_only_places(change)) for change in group]

    async def _update(self, remote: str, change: Change) -> None:
        row = self._row(change)
        try:
            if row:
                await self._client.act("update-user", {"userId": remote, **row})
            await self._settle(remote, change)
        except NotFound:
            raise await self._not_found(remote) from None

    async def _settle(self, remote: str, change: Change) -> None:
        if self._places is not None:
            await self._places.settle(remote, change)

    async def _not_found(self, remote: str) -> TerminalFault:
        """Whether it is the person who is not there, or something else that was named."""
        if await self._client.user(remote) is None:
            return AbsentFault(
                f"{self._client.name} found nobody",
                why="there is no such user (any more)",
                code="user",
            )
        return TerminalFault(
            f"{self._client.name} refused a change",
            why="a department that it names is not there (any more)",
            fix="The next run with --verify puts it right.",
            code="department",
        )

    # People who go

    async def _delete_all(self, group: list[Change]) -> list[Result]:
        await self._remove([str(change.remote) for change in group])
        return [Acknowledged(remote=str(change.remote)) for change in group]

    async def _delete(self, remote: str) -> None:
        try:
            await self._remove([remote])
        except NotFound:
            if await self._client.user(remote) is not None:
                raise

    async def _remove(self, user_ids: list[str]) -> None:
        if self._resign:
            await self._client.act("resign-user-batch", {"userIds": user_ids})
        else:
            await self._client.act("delete-users-batch", {"userIds": user_ids})


_BY_ID = {"departmentIdType": "department_id"}


def _only_places(change: Change) -> Change:
    """What is left of a change once the fields are written."""
    places = Relations(departments=change.relations.departments)
    return replace(change, fields={}, relations=places)


def _own_id(change: Change) -> str:
    return str(change.fields.get("externalId") or change.key)


def _has_login(change: Change) -> bool:
    return any(change.fields.get(name) for name in LOGINS)


def named(fault: SystemFault, change: Change) -> SystemFault:
    """The fault with whom or what it is about."""
    fault.what = f"{fault.what} for {change.kind} {change.key}"
    return fault
