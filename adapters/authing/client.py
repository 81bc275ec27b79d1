"""Calls to one user pool's management API v3, with the token looked after.

Requests and answers: authing-py-sdk 5.1.0 (ManagementClient, ManagementTokenProvider).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from adapters.authing import errors, wire
from adapters.authing.settings import AuthingSettings
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
from domain.errors import CredentialFault, TerminalFault

T = TypeVar("T")

PAGE = 50
"""Rows in one page; more is refused (api-explorer, limit)."""

MOST_PAGES = 20_000
"""A list longer than this many pages never ends."""

TOKEN_API = "get-management-token"  # noqa: S105 - the name of a call
WHOLE = {"withCustomData": True, "withDepartmentIds": True}
"""What makes a call show all of a person that we look at."""

Sent = Mapping[str, Any]


class AuthingClient:
    """Calls for one access key. ``name`` is how errors call the system."""

    def __init__(
        self,
        name: str,
        settings: AuthingSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name, self._settings = name, settings
        self.http = HttpClient(
            name,
            Budget(settings.rate, max_rate=settings.max_rate, clock=clock, sleep=sleep),
            transport=transport,
            patience=patience,
            connections=settings.concurrency,
            clock=clock,
            sleep=sleep,
        )
        self._base = settings.base_url.rstrip("/") + "/api/v3/"
        self._token = AccessToken(self._fetch_token, clock)
        self._pool = ""
        self._namespace = {"namespace": settings.namespace} if settings.namespace else {}

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    async def sign_in(self) -> None:
        """Get a token, if there is none. Raises CredentialFault."""
        await self._token.get()

    async def post(self, api: str, body: Sent, shape: type[T], *, repeat: bool = True) -> T:
        """One call with a body; returns its data. Raises SystemFault.

        ``repeat=False`` is for creations: see ``HttpClient.call``.
        """
        url = httpx.URL(self._base + api)
        found: T = await self._call("POST", api, url, msgspec.json.encode(body), shape, repeat)
        return found

    async def get(self, api: str, query: Sent, shape: Any) -> Any:
        """One call that looks at something; returns its data. Raises SystemFault."""
        url = httpx.URL(self._base + api, params=query)
        return await self._call("GET", api, url, None, shape, True)

    def in_organization(self, **body: Any) -> dict[str, Any]:
        """A body or query about departments of our organization."""
        return {"organizationCode": self._settings.organization_code, **body}

    async def act(self, api: str, body: Sent) -> None:
        """A write whose answer says nothing more."""
        await self.post(api, body, msgspec.Raw)

    async def make(self, api: str, body: Sent, shape: type[T]) -> T:
        """Create something, once. Raises ExistsFault, or another SystemFault."""
        return await self.post(api, body, shape, repeat=False)

    # What is there

    async def organization(self) -> wire.Organization:
        """Our organization. Raises CredentialFault where there is none of this code."""
        try:
            found: wire.Organization = await self.get(
                "get-organization", self.in_organization(), wire.Organization
            )
        except errors.NotFound:
            code = self._settings.organization_code
            raise CredentialFault(
                f"{self.name} has no organization {code!r}",
                why="Authing knows no organization with this code",
                fix="Check organization_code: the console shows it on the organization's page.",
                code="organization",
            ) from None
        return found

    async def all_departments(self) -> wire.Page[wire.Department]:
        """Every department of our organization; it comes without pages."""
        found: wire.Page[wire.Department] = await self.get(
            "get-all-departments", self.in_organization(), wire.Page[wire.Department]
        )
        return found

    async def department(self, value: str, kind: str) -> wire.Department | None:
        """One department, by ``department_id`` or by ``open_department_id``, which is ours."""
        query = self.in_organization(departmentId=value, departmentIdType=kind)
        try:
            found: wire.Department | None = await self.get(
                "get-department", query, wire.Department | None
            )
        except errors.NotFound:
            return None
        return found

    async def user(self, value: str, kind: str = "user_id") -> wire.User | None:
        """One person, by ``user_id`` or by ``external_id``, which is ours."""
        query = {"userId": value, "userIdType": kind, **WHOLE}
        try:
            found: wire.User | None = await self.get("get-user", query, wire.User | None)
        except errors.NotFound:
            return None
        return found

    async def role(self, code: str) -> wire.Role | None:
        """One role of our namespace."""
        try:
            found: wire.Role | None = await self.get(
                "get-role", self.in_namespace(code=code), wire.Role | None
            )
        except errors.NotFound:
            return None
        return found

    def in_namespace(self, **body: Any) -> dict[str, Any]:
        """A body or query about roles of our namespace."""
        return {**body, **self._namespace}

    async def places(self, user_id: str) -> list[wire.Place]:
        """Every membership of a person, in whichever organization."""
        query = {"userId": user_id}
        pages = self.pages("get-user-departments", query, wire.Place)
        return [place async for rows, _ in pages for place in rows]

    def holders(self, code: str) -> AsyncIterator[tuple[list[wire.Holder], int]]:
        """Everybody who has a role, page by page, with the total."""
        return self.pages("list-role-members", self.in_namespace(code=code), wire.Holder)

    async def users(self) -> AsyncIterator[tuple[list[wire.User], int]]:
        """Everybody in the pool, page by page, with the total.

        A row of an unknown shape is left out, and fewer come than the total says.
        """
        shape = wire.Page[msgspec.Raw]
        seen = 0
        for number in range(1, MOST_PAGES):
            options = {"pagination": {"page": number, "limit": PAGE}, **WHOLE}
            page = await self.post("list-users", {"options": options}, shape)
            yield [user for row in page.rows if (user := _person(row))], page.totalCount
            seen += len(page.rows)
            if not page.rows or seen >= page.totalCount:
                return
        raise self._endless("list-users")

    async def pages(
        self, api: str, query: Sent, row: type[T]
    ) -> AsyncIterator[tuple[list[T], int]]:
        """Any other list, page by page, with the total."""
        shape, seen = wire.Page[row], 0  # type: ignore[valid-type]
        for number in range(1, MOST_PAGES):
            page = await self.get(api, {**query, "page": number, "limit": PAGE}, shape)
            yield page.rows, page.totalCount
            seen += len(page.rows)
            if not page.rows or seen >= page.totalCount:
                return
        raise self._endless(api)

    def _endless(self, api: str) -> TerminalFault:
        return TerminalFault(
            f"{self.name} {api} was given up", why="its pages do not end", code="endless"
        )

    # One call

    async def _call(
        self, method: str, api: str, url: httpx.URL, body: bytes | None, shape: Any, repeat: bool
    ) -> Any:
        async def once(token: str) -> Any:
            headers = [("Authorization", f"Bearer {token}"), *_LANGUAGE]
            if self._pool:
                headers.append(("x-authing-userpool-id", self._pool))
            if body is not None:
                headers.append(_JSON)
            outgoing = Outgoing(method, url, body, tuple(headers))
            return await self.http.call(api, outgoing, self._judge(api, shape), repeat=repeat)

        return await self._token.used(once)

    async def _fetch_token(self) -> tuple[str, float]:
        given = {
            "accessKeyId": self._settings.access_key_id,
            "accessKeySecret": self._settings.access_key_secret,
        }
        url = httpx.URL(self._base + TOKEN_API)
        outgoing = Outgoing("POST", url, msgspec.json.encode(given), (_JSON, *_LANGUAGE))
        answer = await self.http.call(TOKEN_API, outgoing, self._judge(TOKEN_API, wire.Token))
        self._pool = pool_of(answer.access_token)
        return answer.access_token, answer.expires_in

    def _judge(self, api: str, shape: Any) -> Any:
        what = f"{self.name} {api}"

        def judge(reply: Reply) -> Any:
            if reply.is_html:
                raise errors.of_page(what, reply)
            answer = reply.decode(_ENVELOPE, what)
            if answer.statusCode is None:
                raise errors.of_page(what, reply)
            if answer.statusCode != errors.OK:
                raise errors.of_answer(
                    what, api, answer, wait=reply.wait(time.time()), signing_in=api == TOKEN_API
                )
            return answer.data if shape is msgspec.Raw else _decoded(what, answer.data, shape)

        return judge


_JSON = ("Content-Type", "application/json")
_LANGUAGE = (("x-authing-lang", "zh-CN"),)
"""The sentences whose parameter we show are known in Chinese."""

_ENVELOPE = decoder(wire.Envelope)


def _person(raw: msgspec.Raw) -> wire.User | None:
    """One row of list-users; None for one of another shape."""
    try:
        user: wire.User = decoded(decoder(wire.User), raw)
    except msgspec.ValidationError:
        return None
    return user


def _decoded(what: str, raw: msgspec.Raw, shape: Any) -> Any:
    try:
        return decoded(decoder(shape), raw)
    except msgspec.ValidationError as error:
        raise TerminalFault(
            f"{what} answered in an unknown shape", why=str(error), code="shape"
        ) from None


def pool_of(token: str) -> str:
    """The user pool's id in an access token; empty where it is none that can be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=wire.Claims).scoped_userpool_id
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return ""
