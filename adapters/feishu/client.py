"""Typed calls of Feishu's contact v3, with the token looked after.

Everybody and everything is named by the ids that can be chosen: ``user_id`` and ``department_id``
(feishu.md, section 3).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from adapters.feishu import errors, wire
from adapters.feishu.settings import FeishuSettings
from adapters.http import (
    AccessToken,
    Budget,
    HttpClient,
    Outgoing,
    Patience,
    Reply,
    decoder,
)
from adapters.http.budget import Clock, Sleep
from adapters.http.pace import HEADROOM
from domain.errors import CredentialFault, TerminalFault

T = TypeVar("T")

PAGE = 50
"""Entries in one page of departments and people; more is refused (40011)."""

HOLDER_PAGE, SCOPE_PAGE = 100, 100
MOST_PAGES = 2000
"""A list longer than this many pages never ends."""


CONTACT = "open-apis/contact/v3/"
IDS = {"user_id_type": "user_id", "department_id_type": "department_id"}

_JSON = ("Content-Type", "application/json; charset=utf-8")


class FeishuClient:
    """Calls for one app. ``patience`` says how long to keep trying."""

    def __init__(
        self,
        settings: FeishuSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        def opened(rate: float) -> HttpClient:
            return HttpClient(
                "Feishu",
                # a rate that holds for a second says nothing about the minute: never more
                Budget(rate, max_rate=rate * HEADROOM, clock=clock, sleep=sleep),
                transport=transport,
                patience=patience,
                retry_header=errors.RESET,
                clock=clock,
                sleep=sleep,
            )

        self.http, self._moves = opened(settings.rate), opened(settings.move_rate)
        self._moving = asyncio.Lock()
        self._settings = settings
        self._base = settings.base_url.rstrip("/")
        self.token = AccessToken(self._fetch_token, clock)

    @property
    def calls(self) -> int:
        """Requests that reached the wire so far."""
        return self.http.calls + self._moves.calls

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()
        await self._moves.close()

    async def _fetch_token(self) -> tuple[str, float]:
        given = {"app_id": self._settings.app_id, "app_secret": self._settings.app_secret}
        outgoing = Outgoing(
            "POST",
            httpx.URL(f"{self._base}/open-apis/{errors.TOKEN_API}"),
            msgspec.json.encode(given),
            (_JSON,),
        )
        answer: wire.Token = await self.http.call(
            errors.TOKEN_API, outgoing, lambda r: _judge(errors.TOKEN_API, r, wire.Token)
        )
        if not answer.tenant_access_token:
            raise CredentialFault("Feishu gave no access token", code="no_token")
        return answer.tenant_access_token, float(answer.expire)

    async def call(
        self,
        method: str,
        api: str,
        path: str,
        shape: type[T],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        repeat: bool = True,
    ) -> T:
        """One call of ``path`` below contact v3; returns its data. ``api`` is its name in errors.

        A refused token is fetched anew and the call made once more. ``repeat=False`` is for
        writes that must not happen twice, see ``HttpClient.call``. Raises SystemFault.
        """
        asked = httpx.QueryParams({**IDS, **(query or {})})
        url = httpx.URL(f"{self._base}/{CONTACT}{path}?{asked}")
        content = None if body is None else msgspec.json.encode(body)
        try:
            return await self._call(self.http, method, api, url, content, shape, repeat)
        except errors.TokenRefused:
            return await self._call(self.http, method, api, url, content, shape, repeat)

    async def move(self, user_id: str, body: object) -> None:
        """Change somebody's departments or suspend them: one after the other, 1 per second.

        Feishu contact v3, users/patch; suspending people side by side fails at random.
        """
        url = httpx.URL(f"{self._base}/{CONTACT}users/{placed(user_id)}?{httpx.QueryParams(IDS)}")
        content = msgspec.json.encode(body)
        api, shape = "users/patch", wire.Nothing
        async with self._moving:
            try:
                await self._call(self._moves, "PATCH", api, url, content, shape, True)
            except errors.TokenRefused:
                await self._call(self._moves, "PATCH", api, url, content, shape, True)

    async def _call(
        self,
        http: HttpClient,
        method: str,
        api: str,
        url: httpx.URL,
        content: bytes | None,
        shape: type[T],
        repeat: bool,
    ) -> T:
        token = await self.token.get()
        bearer = ("Authorization", f"Bearer {token}")
        outgoing = Outgoing(method, url, content, (bearer, _JSON))
        expected: Any = wire.Answer[shape]  # type: ignore[valid-type]
        try:
            answer: wire.Answer[T] = await http.call(
                api, outgoing, lambda r: _judge(api, r, expected), repeat=repeat
            )
        except errors.TokenRefused:
            self.token.drop(token)
            raise
        return shape() if answer.data is None else answer.data

    async def pages(
        self, api: str, path: str, row: type[T], size: int = PAGE, **query: Any
    ) -> AsyncIterator[list[T]]:
        """A list, page by page. Raises TerminalFault for one whose token does not get on."""
        shape = wire.Page[row]  # type: ignore[valid-type]
        token: str | None = None
        for _ in range(MOST_PAGES):
            asked = {**query, "page_size": size, **({"page_token": token} if token else {})}
            page = await self.call("GET", api, path, shape, query=asked)
            yield page.rows
            if not page.has_more:
                return
            if not page.page_token or page.page_token == token:
                break
            token = page.page_token
        raise _endless(api)

    def children(
        self, department_id: str, *, all_below: bool
    ) -> AsyncIterator[list[wire.Department]]:
        """The departments directly below one, or all below it, in no order."""
        return self.pages(
            "departments/children",
            f"departments/{placed(department_id)}/children",
            wire.Department,
            fetch_child="true" if all_below else "false",
        )

    def people(self, department_id: str) -> AsyncIterator[list[wire.User]]:
        """The direct members of a department."""
        return self.pages(
            "users/find_by_department",
            "users/find_by_department",
            wire.User,
            department_id=department_id,
        )

    def holders(self, role_id: str) -> AsyncIterator[list[wire.RoleHolder]]:
        """Who has a role."""
        return self.pages(
            "functional_roles/members/list",
            f"functional_roles/{placed(role_id)}/members",
            wire.RoleHolder,
            HOLDER_PAGE,
        )

    async def department(self, department_id: str) -> wire.Department | None:
        """One department; None where there is none of this id."""
        try:
            path = f"departments/{placed(department_id)}"
            found = await self.call("GET", "departments/get", path, wire.DepartmentData)
        except TerminalFault as fault:
            if fault.code in errors.NO_SUCH_DEPARTMENT:
                return None
            raise
        status = found.department.status if found.department else None
        gone = isinstance(status, wire.DepartmentStatus) and status.is_deleted
        return None if gone else found.department

    async def user(self, user_id: str) -> wire.User | None:
        """One person; None where there is nobody of this id, or who has left."""
        try:
            path = f"users/{placed(user_id)}"
            found = (await self.call("GET", "users/get", path, wire.UserData)).user
        except TerminalFault as fault:
            if fault.code in errors.NO_SUCH_USER:
                return None
            raise
        return None if found is None or found.resigned else found

    async def granted(self) -> list[str]:
        """The departments in the app's range; those below them are not named."""
        found: list[str] = []
        token: str | None = None
        for _ in range(MOST_PAGES):
            query = {"page_size": SCOPE_PAGE, **({"page_token": token} if token else {})}
            page = await self.call("GET", "scopes/list", "scopes", wire.Scopes, query=query)
            found += page.department_ids or []
            if not page.has_more:
                return found
            if not page.page_token or page.page_token == token:
                break
            token = page.page_token
        raise _endless("scopes/list")


def placed(given: str) -> str:
    """An id as a part of a path."""
    return quote(given, safe="")


def _endless(api: str) -> TerminalFault:
    return TerminalFault(
        f"Feishu {api} was given up",
        why="its pages do not get on: has_more stays true and no new page_token comes",
        fix="Try again later; if it stays so, report it to Feishu.",
        code="endless",
    )


def _judge(api: str, reply: Reply, shape: Any) -> Any:
    fault = errors.page_fault(api, reply)
    if fault is not None:
        raise fault
    answer = reply.decode(decoder(shape), f"Feishu {api}")
    if answer.code is None:
        raise errors.stranger(api, reply.status)
    if answer.code:
        raise errors.fault_of(api, reply, answer.code, answer.error)
    return answer
