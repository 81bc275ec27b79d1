"""Typed calls that write (dingtalk.md, section 4); needs ``qyapi_manage_addresslist``.

Creations are not repeated by themselves: after a lost answer their caller looks first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from adapters.dingtalk import wire
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.creating import create_once
from adapters.dingtalk.errors import NO_SUCH_USER
from adapters.dingtalk.target_wire import NewDepartment, NewRole, NewRoleGroup, SubIds, UserOfMobile
from domain.errors import TerminalFault

T = TypeVar("T")

MOST_GRANTED, MOST_REVOKED = 20, 100
"""People in one call of addrolesforemps, of removerolesforemps."""


class Writer:
    """Writes through the client of one app. Every call raises SystemFault."""

    def __init__(self, client: DingTalkClient) -> None:
        self.client = client

    async def once(
        self,
        send: Callable[[], Awaitable[str]],
        look: Callable[[], Awaitable[str | None]],
        *,
        again: bool,
    ) -> str:
        """``create_once`` with the client's own patience."""
        return await create_once(send, look, again=again, patience=self.client.http.patience)

    async def create_department(self, body: dict[str, Any]) -> str:
        """The id that DingTalk chose."""
        path = "topapi/v2/department/create"
        answer = await self.client.call(
            "POST", path, body, wire.Answer[NewDepartment], repeat=False
        )
        return str(_given(answer.result, path).dept_id)

    async def update_department(self, body: dict[str, Any]) -> None:
        """Change what ``body`` names of the department ``dept_id``."""
        await self._do("topapi/v2/department/update", body)

    async def delete_department(self, dept_id: int) -> None:
        """Delete a department, and whatever empty departments are below it."""
        await self._do("topapi/v2/department/delete", {"dept_id": dept_id})

    async def below(self, dept_id: int) -> list[int]:
        """The ids of the departments directly below, whatever the app's scope."""
        path, body = "topapi/v2/department/listsubid", {"dept_id": dept_id}
        answer = await self.client.call("POST", path, body, wire.Answer[SubIds])
        return _given(answer.result, path).dept_id_list

    async def create_user(self, body: dict[str, Any]) -> None:
        """Take somebody in under the userid in ``body``. They may have to accept first."""
        await self._do("topapi/v2/user/create", body, repeat=False)

    async def user_with(self, mobile: str) -> str | None:
        """The userid of the person with this mobile number, also where numbers are hidden."""
        path = "topapi/v2/user/getbymobile"
        try:
            answer = await self.client.call(
                "POST", path, {"mobile": mobile}, wire.Answer[UserOfMobile]
            )
        except TerminalFault as fault:
            if fault.code in NO_SUCH_USER:
                return None
            raise
        return _given(answer.result, path).userid

    async def update_user(self, body: dict[str, Any]) -> None:
        """Change what ``body`` names of the person ``userid``."""
        await self._do("topapi/v2/user/update", body)

    async def delete_user(self, userid: str) -> None:
        """Let somebody go."""
        await self._do("topapi/v2/user/delete", {"userid": userid})

    async def create_role_group(self, name: str) -> str:
        """The new group's id."""
        path, body = "role/add_role_group", {"name": name}
        answer = await self.client.call("POST", path, body, NewRoleGroup, repeat=False)
        return str(_given(answer.groupId, path))

    async def create_role(self, name: str, group_id: int) -> str:
        """The new role's id."""
        path, body = "role/add_role", {"roleName": name, "groupId": group_id}
        answer = await self.client.call("POST", path, body, NewRole, repeat=False)
        return str(_given(answer.roleId, path))

    async def rename_role(self, role_id: int, name: str) -> None:
        """Give a role another name."""
        await self._do("role/update_role", {"roleId": role_id, "roleName": name})

    async def delete_role(self, role_id: int) -> None:
        """Delete a role that nobody holds."""
        await self._do("topapi/role/deleterole", {"role_id": role_id})

    async def grant(self, role_id: int, userids: Sequence[str]) -> None:
        """Give a role to people, twenty in a call."""
        await self._assign("topapi/role/addrolesforemps", role_id, userids, MOST_GRANTED)

    async def revoke(self, role_id: int, userids: Sequence[str]) -> None:
        """Take a role from people, a hundred in a call."""
        await self._assign("topapi/role/removerolesforemps", role_id, userids, MOST_REVOKED)

    async def _assign(self, path: str, role_id: int, userids: Sequence[str], most: int) -> None:
        for start in range(0, len(userids), most):
            some = ",".join(userids[start : start + most])
            await self._do(path, {"roleIds": str(role_id), "userIds": some})

    async def _do(self, path: str, body: dict[str, Any], *, repeat: bool = True) -> None:
        await self.client.call("POST", path, body, wire.Envelope, repeat=repeat)


def _given(result: T | None, path: str) -> T:
    if result is None:
        raise TerminalFault(f"DingTalk {path} gave no id", code="shape")
    return result
