"""Bringing people to DingTalk (dingtalk.md, section 4.2). A person's userid is our own key."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.dingtalk.errors import NO_SUCH_USER
from adapters.dingtalk.mobile import MAINLAND
from adapters.dingtalk.refusals import MOBILE_FIXED
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

MERGE = 1
"""ext_attrs_update_mode: attributes that the call does not name stay; the default wipes them."""

LONGEST_USERID = 64
MOBILE_REFUSED = "41054"


class Members:
    """Carries out changes of people."""

    def __init__(self, writer: Writer, settings: DingTalkSettings) -> None:
        self._writer = writer
        self._root, self._abroad = settings.root_department, settings.abroad

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
        userid = _userid(change.key)
        if not change.fields.get("mobile"):
            raise TerminalFault(
                "DingTalk user/create was not sent",
                why="there is no mobile number, and a new account needs one",
                fix="Enter the number at its source; if it is hidden there, grant the app its"
                " field permission.",
                code="60113",
            )
        given = {name: value for name, value in change.fields.items() if value is not None}
        places = list(change.relations.departments or ()) or [str(self._root)]
        body = {
            **given,
            "userid": userid,
            "mobile": self._number(given["mobile"]),
            "dept_id_list": ",".join(places),
        }
        if change.relations.manager:
            body["manager_userid"] = change.relations.manager

        async def send() -> str:
            await self._writer.create_user(body)
            return userid

        return await self._writer.once(send, lambda: self._find(userid), again=change.again)

    async def _find(self, userid: str) -> str | None:
        try:
            return (await self._writer.client.user(userid)).userid
        except TerminalFault as fault:
            if fault.code in NO_SUCH_USER:
                return None
            raise

    async def _update(self, change: Change) -> Acknowledged:
        userid = str(change.remote)
        body: dict[str, Any] = {
            name: "" if value is None else value
            for name, value in change.fields.items()
            if name != "mobile"
        }
        manager = change.relations.manager
        if manager:
            body["manager_userid"] = manager
        elif manager is None:
            body["force_update_fields"] = "manager_userid"
        if change.relations.departments is not UNSET:
            body["dept_id_list"] = ",".join(map(str, await self._places(change)))
        if body:
            await self._writer.update_user(
                {"userid": userid, "ext_attrs_update_mode": MERGE, **body}
            )
        mobile = change.fields.get("mobile")
        if mobile and await self._writer.user_with(mobile) != userid:
            done = "the rest of the change was written" if body else "nothing was sent"
            raise TerminalFault(
                "DingTalk user/update left the mobile number as it is",
                why=f"{MOBILE_FIXED.why}; {done}",
                fix=MOBILE_FIXED.fix,
                code=MOBILE_REFUSED,
            )
        return Acknowledged(remote=userid)

    async def _places(self, change: Change) -> list[int]:
        """All departments that the person is to have: those that are not ours, and ours.

        The root department only holds people who have no other.
        """
        user = await self._writer.client.user(str(change.remote))
        there = user.dept_id_list or []
        had = change.had.departments
        ours = set() if had is UNSET else {int(d) for d in had} or {self._root}
        if there == [self._root]:
            ours.add(self._root)
        wanted = [int(d) for d in change.relations.departments or ()]
        kept = [d for d in there if d not in ours and d not in wanted]
        return [*kept, *wanted] or [self._root]

    async def _delete(self, userid: str) -> Acknowledged:
        try:
            await self._writer.delete_user(userid)
        except TerminalFault as fault:
            if fault.code not in NO_SUCH_USER:
                raise
        return Acknowledged(remote=userid)

    def _number(self, mobile: str) -> str:
        mainland = not mobile.startswith("+")
        return f"+{MAINLAND}-{mobile}" if self._abroad and mainland else mobile


def _userid(key: str) -> str:
    """Our key, if it can be a userid; lists of userids are written with commas."""
    if 1 <= len(key) <= LONGEST_USERID and "," not in key:
        return key
    raise TerminalFault(
        "DingTalk user/create was not sent",
        why=f"the id has {len(key)} characters or a comma; a userid has 1 to {LONGEST_USERID}"
        " and no comma",
        fix="Give the person another id at the source.",
        code="userid",
    )
