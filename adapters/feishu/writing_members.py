"""Bringing people to Feishu (Feishu contact v3, users; feishu.md, section 6).

The user_id is our own key. Requests that change departments or suspend somebody go one after the
other (``FeishuClient.move``), all others side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from adapters.feishu import errors, ids, wire
from adapters.feishu.client import FeishuClient, placed
from adapters.feishu.mapping import member_body, places
from adapters.feishu.refusals import REFUSED, SHARED
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.writing_once import client_token
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

LEFT, NO_MOBILE, NOT_RESIGNED = "42006", "41010", "44033"

LOST = {"44028", "44029", "44030", "44031", "44032", "41050"} | errors.NO_SUCH_USER
"""Why somebody cannot be brought back: too late, not in this edition, something is taken, gone."""

ACCEPTORS = tuple(
    f"{what}_acceptor_user_id"
    for what in (
        "department_chat", "external_chat", "docs", "calendar",
        "application", "minutes", "survey", "anycross",
    )
)  # fmt: skip
TRANSFER = "1"


class Members:
    """Carries out changes of people."""

    def __init__(self, client: FeishuClient, settings: FeishuSettings) -> None:
        self._client, self._settings = client, settings
        self._root = settings.root_department

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        match change.action:
            case Action.CREATE:
                return await self._create(change)
            case Action.DELETE:
                return await self._delete(str(change.remote))
            case _:
                return await self._update(change)

    # Coming

    async def _create(self, change: Change) -> Acknowledged:
        if change.former and await self._brought_back(change, change.former):
            return await self._complete(change, change.former)
        user_id = ids.user_id(change.key, change.uid)
        found = await self._client.user(user_id) if change.again else None
        warning = "" if found is not None else await self._send_new(change, user_id)
        if change.relations.active is False and not _frozen(found):
            await self._client.move(user_id, {"is_frozen": True})
        return Acknowledged(remote=user_id, warning=warning)

    async def _send_new(self, change: Change, user_id: str) -> str:
        given = {name: value for name, value in change.fields.items() if value is not None}
        if not given.get("mobile"):
            cause = REFUSED["users"][NO_MOBILE]
            raise TerminalFault(
                "Feishu users/create was not sent", why=cause.why, fix=cause.fix, code=NO_MOBILE
            )
        body = {
            "employee_type": self._settings.employee_type,
            **given,
            "user_id": user_id,
            "department_ids": list(change.relations.departments or ()) or [self._root],
        }
        if change.relations.manager:
            body["leader_user_id"] = change.relations.manager
        return await self._write("POST", "users/create", "users", body, client_token(change, body))

    async def _brought_back(self, change: Change, former: str) -> bool:
        """Whether the account of somebody who was deleted within 30 days is there again."""
        departments = list(change.relations.departments or ()) or [self._root]
        body = {
            "departments": [
                {"department_id": d, "user_order": 0, "department_order": len(departments) - rank}
                for rank, d in enumerate(departments)
            ]
        }
        path, api = f"users/{placed(former)}/resurrect", "users/resurrect"
        try:
            await self._client.call("POST", api, path, wire.Nothing, body=body, repeat=False)
        except TerminalFault as fault:
            if fault.code == NOT_RESIGNED:
                return change.again  # an earlier try brought them back
            if fault.code in LOST:
                return False
            raise
        return True

    async def _complete(self, change: Change, user_id: str) -> Acknowledged:
        """Give an account that was brought back the values of today; it may be suspended still."""
        body = {**member_body(change.fields), "is_frozen": change.relations.active is False}
        if change.relations.departments is not UNSET:
            body |= _arranged(change.relations.departments or (self._root,), {})
        if change.relations.manager is not UNSET:
            body["leader_user_id"] = change.relations.manager or ""
        return Acknowledged(remote=user_id, warning=await self._patch(user_id, body))

    # Changing

    async def _update(self, change: Change) -> Acknowledged:
        user_id, relations = str(change.remote), change.relations
        body = member_body(change.fields)
        if relations.manager is not UNSET:
            body["leader_user_id"] = relations.manager or ""
        if relations.departments is not UNSET:
            body |= await self._places(change, user_id)
        if relations.active is not UNSET:
            body["is_frozen"] = not relations.active
        return Acknowledged(remote=user_id, warning=await self._patch(user_id, body))

    async def _patch(self, user_id: str, body: dict[str, Any]) -> str:
        if not body:
            return ""
        if "department_ids" not in body and "is_frozen" not in body:
            return await self._write("PATCH", "users/patch", f"users/{placed(user_id)}", body, None)
        try:
            await self._client.move(user_id, body)
        except errors.PartlyWritten as written:
            return written.why
        return ""

    async def _write(
        self, method: str, api: str, path: str, body: object, query: dict[str, str] | None
    ) -> str:
        """Write somebody; returns what was not taken with it."""
        try:
            await self._client.call(method, api, path, wire.Nothing, query=query, body=body)
        except errors.PartlyWritten as written:
            return written.why
        return ""

    async def _places(self, change: Change, user_id: str) -> dict[str, Any]:
        """All departments of a person: ours, and those that are not ours; nothing if they are it.

        The root department only holds people who have no other.
        """
        user = await self._client.user(user_id)
        if user is None:
            cause = SHARED[LEFT]
            raise TerminalFault("Feishu users/patch was not sent", why=cause.why, code=LEFT)
        if user.department_ids is UNSET:
            raise errors.hidden(
                "Feishu users/get does not tell the departments", "contact:user.department:readonly"
            )
        there, had = places(user), change.had.departments
        ours = set() if had is UNSET else {*had, self._root}
        if there == (self._root,):
            ours.add(self._root)
        wanted = list(change.relations.departments or ())
        kept = [d for d in there if d not in ours and d not in wanted]
        new = [*wanted, *kept] or [self._root]
        if set(new) == set(there) and new[0] == there[0]:
            return {}
        stood = {order.department_id: order.user_order for order in user.orders or ()}
        return _arranged(new, stood)

    # Going

    async def _delete(self, user_id: str) -> Acknowledged:
        """Let somebody go; what they own goes to ``acceptor``, or to their direct leader."""
        acceptor, body = self._settings.acceptor, None
        if acceptor and acceptor != user_id:
            body = {
                **dict.fromkeys(ACCEPTORS, acceptor),
                "email_acceptor": {"processing_type": TRANSFER, "acceptor_user_id": acceptor},
            }
        path = f"users/{placed(user_id)}"
        try:
            await self._client.call("DELETE", "users/delete", path, wire.Nothing, body=body)
        except TerminalFault as fault:
            if fault.code not in errors.NONE_SUCH["users"]:
                raise
        return Acknowledged(remote=user_id)


def _frozen(user: wire.User | None) -> bool:
    return user is not None and isinstance(user.status, wire.UserStatus) and user.status.is_frozen


def _arranged(departments: Sequence[str], stood: Mapping[str, int]) -> dict[str, Any]:
    """Departments with their order: the main one is first and has the largest number.

    ``stood`` is where the person stands within each. Orders may only come with the departments
    (44002).
    """
    orders = [
        {
            "department_id": department_id,
            "user_order": stood.get(department_id, 0),
            "department_order": len(departments) - rank,
            "is_primary_dept": rank == 0,
        }
        for rank, department_id in enumerate(departments)
    ]
    return {"department_ids": list(departments), "orders": orders}
