"""Typed calls of DingTalk's oapi host, with the token looked after.

The token comes from ``gettoken``, which lives on the same host as the directory: one address is
enough to point at another DingTalk (international, simulated), and the token is good for both
hosts (dingtalk.md, section 2).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx
import msgspec

from adapters.dingtalk import errors, wire
from adapters.dingtalk.settings import DingTalkSettings
from adapters.http import (
    AccessToken,
    Budget,
    HttpClient,
    Outgoing,
    Patience,
    Reply,
    TokenRefused,
    decoded,
    decoder,
)
from adapters.http.budget import Clock, Sleep
from domain.errors import CredentialFault, TerminalFault

T = TypeVar("T")
E = TypeVar("E", bound=wire.Envelope)

USER_PAGE, GROUP_PAGE, HOLDER_PAGE = 100, 200, 100
MOST_PAGES = 2000
"""A list longer than this many pages never ends."""

MOST_BARREN = 3
"""Pages in a row with nothing new: what they count may be hidden from us, but not for ever."""


_JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))

_ROWS = list[wire.SubDepartment] | wire.SubDepartment


class DingTalkClient:
    """Calls for one app. ``patience`` says how long to keep trying."""

    def __init__(
        self,
        settings: DingTalkSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        budget = Budget(settings.rate, max_rate=settings.max_rate, clock=clock, sleep=sleep)
        self.http = HttpClient(
            "DingTalk", budget, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._settings = settings
        self._base = settings.base_url.rstrip("/")
        self.token = AccessToken(self._fetch_token, clock)
        self._urls: dict[str, httpx.URL] = {}

    @property
    def calls(self) -> int:
        """Requests that reached the wire so far."""
        return self.http.calls

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    async def _fetch_token(self) -> tuple[str, float]:
        query = {"appkey": self._settings.app_key, "appsecret": self._settings.app_secret}
        url = httpx.URL(f"{self._base}/gettoken", params=query)
        try:
            reply = await self.http.call(
                "gettoken", Outgoing("GET", url), lambda r: _judge(r, "gettoken", wire.Token)
            )
        except TokenRefused as refused:  # 40001 is a wrong secret here, and a bad token elsewhere
            raise errors.wrong_secret(refused.code) from None
        if not reply.access_token:
            raise CredentialFault("DingTalk gettoken gave no token", code="no_token")
        self._urls.clear()
        return reply.access_token, float(reply.expires_in)

    async def call(
        self, method: str, path: str, body: object, shape: type[E], *, repeat: bool = True
    ) -> E:
        """One call of ``path`` (``topapi/v2/user/get``), decoded as ``shape``.

        A refused token is fetched anew and the call made once more. ``repeat=False`` is for
        writes that must not happen twice, see ``HttpClient.call``. Raises SystemFault.
        """
        content = None if body is None else msgspec.json.encode(body)
        name = path.removeprefix("topapi/")

        async def call(token: str) -> E:
            outgoing = Outgoing(method, self._url(path, token), content, _JSON)
            return await self.http.call(
                name, outgoing, lambda r: _judge(r, name, shape), repeat=repeat
            )

        return await self.token.used(call)

    def _url(self, path: str, token: str) -> httpx.URL:
        """The address of ``path``, kept for as long as the token is."""
        url = self._urls.get(path)
        if url is None:
            url = httpx.URL(f"{self._base}/{path}", params={"access_token": token})
            self._urls[path] = url
        return url

    async def _result(self, path: str, body: dict[str, object], shape: Any) -> Any:
        answer = await self.call("POST", path, body, wire.Answer[shape])
        if answer.result is None:
            raise TerminalFault(f"DingTalk {path} gave no result", code="shape")
        return answer.result

    async def scopes(self) -> wire.Scopes:
        """Which departments, people and user fields the app may see."""
        return await self.call("GET", "auth/scopes", None, wire.Scopes)

    async def sub_departments(self, dept_id: int) -> list[wire.SubDepartment]:
        """The departments directly below ``dept_id`` that the app may see."""
        body = {"dept_id": dept_id}
        path = "topapi/v2/department/listsub"
        answer = await self.call("POST", path, body, wire.Answer[_ROWS])
        return wire.several(answer.result)

    async def department(self, dept_id: int) -> wire.Department:
        """One department with its order and managers."""
        path = "topapi/v2/department/get"
        found: wire.Department = await self._result(path, {"dept_id": dept_id}, wire.Department)
        return found

    async def user_pages(self, dept_id: int) -> AsyncIterator[list[msgspec.Raw]]:
        """The direct members of a department, page by page, rows not yet decoded.

        People of restricted visibility are included. Raises TerminalFault for a list whose
        cursor does not get on.
        """
        cursor, seen = 0, set[int]()
        while True:
            body: dict[str, object] = {
                "dept_id": dept_id,
                "cursor": cursor,
                "size": USER_PAGE,
                "contain_access_limit": True,
            }
            page: wire.UserPage = await self._result("topapi/v2/user/list", body, wire.UserPage)
            yield wire.rows(page.list)
            if not page.has_more:
                return
            seen.add(cursor)
            if page.next_cursor is None or page.next_cursor in seen or len(seen) >= MOST_PAGES:
                raise _endless("user/list")
            cursor = page.next_cursor

    async def user_ids(self, dept_id: int) -> list[str]:
        """The userids of all direct members of a department, in one reply."""
        found: wire.UserIds = await self._result(
            "topapi/user/listid", {"dept_id": dept_id}, wire.UserIds
        )
        return found.userid_list or []

    async def user(self, userid: str) -> wire.User:
        """One person, with the direct manager."""
        found: wire.User = await self._result("topapi/v2/user/get", {"userid": userid}, wire.User)
        return found

    async def userid_of(self, unionid: str) -> str | None:
        """Whose unionid it is; None for somebody from outside, who is no member."""
        found: wire.Whose = await self._result(
            "topapi/user/getbyunionid", {"unionid": unionid}, wire.Whose
        )
        return None if found.contact_type else found.userid

    async def role_group_pages(self) -> AsyncIterator[list[wire.RoleGroup]]:
        """Role groups with their roles; a group may come on several pages.

        What ``offset`` counts is not documented. With full pages, adding ``size`` is right
        either way.
        """
        seen, barren = set[tuple[int, int]](), 0
        for page_number in range(MOST_PAGES):
            body: dict[str, object] = {"size": GROUP_PAGE, "offset": page_number * GROUP_PAGE}
            page: wire.RolePage = await self._result("topapi/role/list", body, wire.RolePage)
            groups = [_row(raw, wire.RoleGroup, "role/list") for raw in wire.rows(page.list)]
            yield groups
            if not page.hasMore:
                return
            new = _marks(groups) - seen
            barren = 0 if new else barren + 1
            if barren == MOST_BARREN:
                break
            seen |= new
        raise _endless("role/list")

    async def role_holders(self, role_id: int) -> list[str]:
        """The userids of all who hold a role, each once."""
        holders: dict[str, None] = {}
        offset = barren = 0
        for _ in range(MOST_PAGES):
            body: dict[str, object] = {"role_id": role_id, "size": HOLDER_PAGE, "offset": offset}
            page: wire.HolderPage = await self._result(
                "topapi/role/simplelist", body, wire.HolderPage
            )
            before = len(holders)
            for raw in wire.rows(page.list):
                holders[_row(raw, wire.Holder, "role/simplelist").userid] = None
            if not page.hasMore:
                return list(holders)
            barren = barren + 1 if len(holders) == before else 0
            if barren == MOST_BARREN:
                break
            following = page.nextCursor or 0
            offset = following if following > offset else offset + HOLDER_PAGE
        raise _endless("role/simplelist")


def _marks(groups: list[wire.RoleGroup]) -> set[tuple[int, int]]:
    marks = {(group.groupId, 0) for group in groups}
    for group in groups:
        marks |= {(group.groupId, role.id) for role in wire.several(group.roles)}
    return marks


def _row(raw: msgspec.Raw, shape: type[T], name: str) -> T:
    try:
        row: T = decoded(decoder(shape), raw)
    except msgspec.ValidationError as error:
        raise TerminalFault(
            f"DingTalk {name} answered in an unknown shape", why=str(error), code="shape"
        ) from None
    return row


def user_row(raw: msgspec.Raw) -> wire.User:
    """One row of user/list. Raises TerminalFault for a row of another shape."""
    return _row(raw, wire.User, "user/list")


def _endless(name: str) -> TerminalFault:
    return TerminalFault(
        f"DingTalk {name} was given up",
        why="its pages do not get on: has_more stays true and nothing new comes",
        fix="Try again later; if it stays so, report it to DingTalk.",
        code="endless",
    )


def _judge(reply: Reply, name: str, shape: type[E]) -> E:
    what = f"DingTalk {name}"
    fault = errors.page_fault(what, reply)
    if fault is not None:
        raise fault
    envelope: E = reply.decode(decoder(shape), what)
    code = errors.code_of(envelope)
    if code:
        raise errors.fault_of(what, envelope, code, reply.status)
    if envelope.status == errors.BAN_STATUS:
        raise errors.banned(what)
    if envelope.errcode is None:
        raise errors.unnamed(what, reply)
    return envelope
