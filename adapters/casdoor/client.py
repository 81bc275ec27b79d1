"""Calls to one Casdoor site (Casdoor source at e6b2338f, controllers/).

An application signs in with HTTP Basic, which keeps its secret out of addresses and their logs.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from adapters.casdoor import errors, wire
from adapters.casdoor.settings import CasdoorSettings
from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply, decoded
from adapters.http.budget import Clock, Sleep
from domain.errors import (
    AbsentFault,
    CredentialFault,
    PermissionFault,
    TerminalFault,
    TransientFault,
)

T = TypeVar("T")

Query = Mapping[str, str | int]

PAGE = 500
"""Rows asked for at once."""

_Decoder = msgspec.json.Decoder
_ENVELOPE = _Decoder(wire.Envelope)
_ORGANIZATION: _Decoder[wire.Organization | None] = _Decoder(wire.Organization | None)
_USER: _Decoder[wire.User | None] = _Decoder(wire.User | None)
_HOLDER: _Decoder[wire.Holder | None] = _Decoder(wire.Holder | None)
_ROW: _Decoder[wire.Row | None] = _Decoder(wire.Row | None)
_COUNT = _Decoder(int)
_TOTAL: _Decoder[int | None] = _Decoder(int | None)
_TEXT = _Decoder(str)


class CasdoorClient:
    """Calls for one application and one organization. ``name`` is how errors call the site."""

    def __init__(
        self,
        name: str,
        settings: CasdoorSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name, self.organization = name, settings.organization
        self.http = HttpClient(
            name,
            Budget(settings.rate, max_rate=settings.max_rate, clock=clock, sleep=sleep),
            transport=transport,
            patience=patience,
            connections=settings.concurrency,
            clock=clock,
            sleep=sleep,
        )
        self._base = settings.base_url.rstrip("/") + "/api/"
        pair = f"{settings.client_id}:{settings.client_secret}".encode()
        self._headers = (
            ("Authorization", f"Basic {base64.b64encode(pair).decode()}"),
            ("Accept", "application/json"),
            ("Accept-Language", "en"),
        )
        self._writing = (*self._headers, ("Content-Type", "application/json"))

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    def id(self, name: str) -> str:
        """The id by which rows refer to a user, group or role of our organization."""
        return f"{self.organization}/{name}"

    async def own_organization(self) -> wire.Organization:
        """Our organization. Raises CredentialFault when it is not there or we are not let in.

        A wrong Basic pair is ignored by Casdoor, and the caller is then unknown
        (routers/base.go). Unknown callers may not make this call, so it tells a wrong pair, in
        whichever language: what it refuses for a reason that is not in our table is taken for it.
        """
        try:
            found = await self._read(
                "get-organization", {"id": f"admin/{self.organization}"}, _ORGANIZATION
            )
        except TerminalFault as fault:
            if fault.code != errors.UNKNOWN:
                raise
            raise errors.not_let_in(fault) from None
        if found is None:
            raise CredentialFault(
                f"{self.name} has no organization {self.organization!r}",
                why="Casdoor shows nothing under that name",
                fix="Check the setting organization: its name, not its display name.",
                code="organization",
            )
        return found

    async def user(self, name: str) -> wire.User | None:
        """The user of this name."""
        return await self._found("get-user", {"id": self.id(name)}, _USER)

    async def user_with_id(self, user_id: str) -> wire.User | None:
        """The user whose column ``id`` is this."""
        query = {"userId": user_id, "owner": self.organization}
        return await self._found("get-user", query, _USER)

    async def roles_of(self, name: str) -> list[str] | None:
        """The names of our organization's roles that a user holds in any way; None: no user."""
        found = await self._found("get-user", {"id": self.id(name)}, _HOLDER)
        if found is None:
            return None
        return [role.name for role in found.roles or () if role.owner == self.organization]

    async def row(self, kind: str, name: str) -> wire.Row | None:
        """A whole ``group`` or ``role`` with every column."""
        return await self._found(f"get-{kind}", {"id": self.id(name)}, _ROW)

    async def user_count(self) -> int:
        """How many users the organization has."""
        return await self._read("get-user-count", {"owner": self.organization}, _COUNT)

    async def pages(
        self, api: str, decoder: _Decoder[list[T] | None]
    ) -> AsyncIterator[tuple[list[T], int]]:
        """All pages of a list with the total, in the order of names.

        The order by creation, which is the default, is not the same twice for rows of one second.
        Beyond the last page Casdoor gives the last one again, so the total ends it. A list
        without rows may be null, as Go writes one that was never made.
        """
        number, seen = 1, 0
        while True:
            query: Query = {
                "owner": self.organization,
                "p": number,
                "pageSize": PAGE,
                "sortField": "name",
                "sortOrder": "ascend",
            }
            envelope = await self._call(api, query, None, repeat=True)
            what = f"{self.name} {api}"
            rows = _decoded(decoder, envelope.data, what) or []
            total = _decoded(_TOTAL, envelope.data2, what) or 0
            yield rows, total
            seen += len(rows)
            if not rows or seen >= total:
                return
            number += 1

    async def act(
        self,
        api: str,
        body: dict[str, Any],
        query: Query | None = None,
        *,
        repeat: bool = True,
    ) -> bool:
        """One write; whether a row changed. Raises SystemFault.

        ``repeat=False`` is for creations: see ``HttpClient.call``. A write that is not allowed is
        a PermissionFault only while we are let in at all.
        """
        try:
            envelope = await self._call(api, query, msgspec.json.encode(body), repeat=repeat)
        except TerminalFault as fault:
            if isinstance(fault, PermissionFault) or fault.code == errors.UNKNOWN:
                await self.own_organization()
            raise
        return _decoded(_TEXT, envelope.data, f"{self.name} {api}") == "Affected"

    async def add(self, api: str, body: dict[str, Any]) -> None:
        """Create something, once. Raises ExistsFault, or another SystemFault."""
        if not await self.act(api, body, repeat=False):
            raise TransientFault(
                f"{self.name} {api} did nothing", why="Casdoor says Unaffected", code="unaffected"
            )

    async def _found(self, api: str, query: Query, decoder: _Decoder[T | None]) -> T | None:
        """What is asked for; for what is not there Casdoor has null, or a sentence."""
        try:
            return await self._read(api, query, decoder)
        except AbsentFault:
            return None

    async def _read(
        self,
        api: str,
        query: Query,
        decoder: _Decoder[T],
    ) -> T:
        envelope = await self._call(api, query, None, repeat=True)
        return _decoded(decoder, envelope.data, f"{self.name} {api}")

    async def _call(
        self,
        api: str,
        query: Query | None,
        body: bytes | None,
        *,
        repeat: bool,
    ) -> wire.Envelope:
        url = httpx.URL(self._base + api, params=query)
        if body is None:
            outgoing = Outgoing("GET", url, None, self._headers)
        else:
            outgoing = Outgoing("POST", url, body, self._writing)
        what = f"{self.name} {api}"

        def judge(reply: Reply) -> wire.Envelope:
            fault = errors.of_page(what, reply, writing=body is not None)
            if fault is not None:
                raise fault
            envelope = reply.decode(_ENVELOPE, what)
            if envelope.status != "ok":
                raise errors.of_message(what, envelope.msg, writing=body is not None)
            return envelope

        return await self.http.call(api, outgoing, judge, repeat=repeat)


def _decoded(decoder: _Decoder[T], raw: msgspec.Raw, what: str) -> T:
    try:
        return decoded(decoder, raw)
    except msgspec.ValidationError as error:
        raise TerminalFault(
            f"{what} answered in an unknown shape", why=str(error), code="shape"
        ) from None
