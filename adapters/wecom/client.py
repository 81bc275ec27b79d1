"""Typed calls of WeCom's contact API, with the tokens of both secrets looked after.

The token is always in the query (wecom.md, section 1); it is never shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from adapters.http import (
    AccessToken,
    Budget,
    HttpClient,
    Outgoing,
    Patience,
    Reply,
    decoded,
    decoder,
)
from adapters.http.budget import Clock, Sleep
from adapters.http.pace import HEADROOM
from adapters.wecom import errors, wire
from adapters.wecom.errors import GETTOKEN, Caller
from adapters.wecom.settings import WeComSettings
from domain.errors import CredentialFault, TerminalFault

E = TypeVar("E", bound=wire.Envelope)
T = TypeVar("T")

ID_PAGE = 10_000
"""Memberships on one page of ``user/list_id``, the most that WeCom gives."""

MOST_PAGES = 2000
"""A list longer than this many pages never ends."""

PREFIX = "/cgi-bin"

_JSON = (("Content-Type", "application/json; charset=utf-8"),)


class WeComClient:
    """Calls for one corporation. ``patience`` says how long to keep trying.

    Both secrets share one budget: WeCom counts calls by corporation and interface.
    """

    def __init__(
        self,
        settings: WeComSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        # a rate that holds for a second says nothing about the minute: never more
        most = settings.rate * HEADROOM
        self.http = HttpClient(
            "WeCom",
            Budget(settings.rate, max_rate=most, clock=clock, sleep=sleep),
            transport=transport,
            patience=patience,
            clock=clock,
            sleep=sleep,
        )
        self._corp_id = settings.corp_id
        self._base = settings.base_url.rstrip("/").removesuffix(PREFIX) + PREFIX
        given: dict[Caller, str] = {
            "contact": settings.contact_secret,
            "app": settings.app_secret,
        }
        self._secrets = {caller: secret for caller, secret in given.items() if secret}
        self._tokens = {caller: self._token(caller, clock) for caller in self._secrets}

    @property
    def callers(self) -> tuple[Caller, ...]:
        """The secrets that we have."""
        return tuple(self._secrets)

    @property
    def calls(self) -> int:
        """Requests that reached the wire so far."""
        return self.http.calls

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    def _token(self, caller: Caller, clock: Clock) -> AccessToken:
        async def fetch() -> tuple[str, float]:
            query = {"corpid": self._corp_id, "corpsecret": self._secrets[caller]}
            outgoing = Outgoing("GET", httpx.URL(f"{self._base}/{GETTOKEN}", params=query))
            answer = await self.http.call(
                GETTOKEN, outgoing, lambda reply: _judge(GETTOKEN, reply, wire.Token, caller)
            )
            if not answer.access_token:
                raise CredentialFault("WeCom gave no access token", code="no_token")
            return answer.access_token, float(answer.expires_in)

        return AccessToken(fetch, clock)

    async def call(
        self,
        caller: Caller,
        method: str,
        api: str,
        shape: type[E],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        repeat: bool = True,
    ) -> E:
        """One call of ``api`` (``user/get``) with the token of ``caller``, decoded as ``shape``.

        A refused token is fetched anew and the call made once more. ``repeat=False`` is for
        writes that must not happen twice, see ``HttpClient.call``. Raises SystemFault.
        """
        content = None if body is None else msgspec.json.encode(body)

        async def once(token: str) -> E:
            asked = {**(query or {}), "access_token": token}
            url = httpx.URL(f"{self._base}/{api}", params=asked)
            outgoing = Outgoing(method, url, content, _JSON if content is not None else ())
            return await self.http.call(
                api, outgoing, lambda reply: _judge(api, reply, shape, caller), repeat=repeat
            )

        return await self._tokens[caller].used(once)

    async def sign_in(self, caller: Caller) -> None:
        """See that the secret of ``caller`` is accepted."""
        await self._tokens[caller].get()

    async def places(self, caller: Caller) -> list[wire.Place]:
        """All departments in range, without names (``department/simplelist``)."""
        answer = await self.call(caller, "GET", "department/simplelist", wire.Places)
        return answer.department_id or []

    async def departments(self, caller: Caller) -> list[wire.Department]:
        """All departments in range, in one reply (``department/list``)."""
        answer = await self.call(caller, "GET", "department/list", wire.Departments)
        return answer.department or []

    async def department(self, caller: Caller, dept_id: int) -> wire.Department:
        """One department (``department/get``)."""
        query = {"id": dept_id}
        answer = await self.call(caller, "GET", "department/get", wire.DepartmentReply, query=query)
        return answer.department

    async def membership_pages(self) -> AsyncIterator[list[wire.Membership]]:
        """Who is in which department, ids only (``user/list_id``, contact-sync secret).

        Raises TerminalFault for a list whose cursor does not get on.
        """
        cursor, seen = "", set[str]()
        while len(seen) < MOST_PAGES:
            body = {"limit": ID_PAGE, **({"cursor": cursor} if cursor else {})}
            page = await self.call("contact", "POST", "user/list_id", wire.Memberships, body=body)
            yield page.dept_user or []
            cursor = page.next_cursor or ""
            if not cursor:
                return
            if cursor in seen:
                break
            seen.add(cursor)
        raise TerminalFault(
            "WeCom user/list_id was given up",
            why="its pages do not get on: a cursor came that had come before",
            fix="Try again later; if it stays so, report it to WeCom.",
            code="endless",
        )

    async def users(self, caller: Caller, dept_id: int) -> list[msgspec.Raw]:
        """The direct members of a department, rows not yet decoded (``user/list``)."""
        query = {"department_id": dept_id}
        answer = await self.call(caller, "GET", "user/list", wire.Users, query=query)
        return answer.userlist or []

    async def user(self, caller: Caller, userid: str) -> wire.User:
        """One person (``user/get``)."""
        return await self.call(caller, "GET", "user/get", wire.User, query={"userid": userid})

    async def tags(self, caller: Caller) -> list[wire.Tag]:
        """All tags (``tag/list``)."""
        return (await self.call(caller, "GET", "tag/list", wire.Tags)).taglist or []

    async def holders(self, caller: Caller, tag_id: int) -> wire.Holders:
        """The people and departments in range that have a tag (``tag/get``)."""
        return await self.call(caller, "GET", "tag/get", wire.Holders, query={"tagid": tag_id})

    async def agent(self, agent_id: int) -> wire.Agent:
        """The app's visible range (``agent/get``)."""
        return await self.call("app", "GET", "agent/get", wire.Agent, query={"agentid": agent_id})


def user_row(raw: msgspec.Raw) -> wire.User:
    """One row of user/list. Raises TerminalFault for a row of another shape."""
    try:
        user: wire.User = decoded(decoder(wire.User), raw)
    except msgspec.ValidationError as error:
        raise TerminalFault(
            "WeCom user/list answered in an unknown shape", why=str(error), code="shape"
        ) from None
    return user


def _judge(api: str, reply: Reply, shape: type[E], caller: Caller) -> E:
    what = f"WeCom {api}"
    fault = errors.page_fault(what, reply)
    if fault is not None:
        raise fault
    envelope = reply.decode(decoder(wire.Envelope), what)
    if envelope.errcode:
        raise errors.fault_of(api, envelope, caller)
    answer: E = reply.decode(decoder(shape), what)
    return answer
