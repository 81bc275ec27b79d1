"""Calls to one SCIM service, one resource at a time (RFC 7644, section 3)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TypeVar

import httpx
import msgspec

from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply
from adapters.http.budget import Clock, Sleep
from adapters.scim import errors, wire
from adapters.scim.settings import ScimSettings
from domain.errors import TerminalFault, TransientFault

T = TypeVar("T")

CONNECTIONS = 16
MOST_PAGES = 20_000
"""A list longer than this many pages never ends."""

RESOURCE = msgspec.json.Decoder(wire.Resource)
_LIST = msgspec.json.Decoder(wire.ListResponse, strict=False)


class ScimClient:
    """Calls for one token. ``name`` is how errors call the service."""

    def __init__(
        self,
        name: str,
        settings: ScimSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        budget = Budget(settings.rate, max_rate=settings.max_rate, clock=clock, sleep=sleep)
        self.name = name
        self.http = HttpClient(
            name,
            budget,
            transport=transport,
            patience=patience,
            connections=CONNECTIONS,
            clock=clock,
            sleep=sleep,
        )
        self._base = settings.base_url.rstrip("/")
        self._headers = (
            ("Authorization", f"Bearer {settings.token}"),
            ("Accept", f"{wire.MEDIA_TYPE}, application/json"),
        )
        self._writing = (*self._headers, ("Content-Type", wire.MEDIA_TYPE))

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()

    async def get(
        self,
        path: str,
        decoder: msgspec.json.Decoder[T],
        params: dict[str, str | int] | None = None,
    ) -> T:
        """Read ``path``. Raises SystemFault."""
        what = f"GET {path}"
        url = httpx.URL(self._base + path, params=params)
        outgoing = Outgoing("GET", url, None, self._headers)

        def judge(reply: Reply) -> T:
            fault = errors.of_reply(self.name, what, reply)
            if fault is not None:
                raise fault
            if reply.is_html:
                raise errors.stranger(self.name, what, reply.status)
            return reply.decode(decoder, f"{self.name} {what}")

        return await self.http.call(_lane("GET", path), outgoing, judge)

    async def resource(self, path: str) -> wire.Resource:
        """One resource. Raises AbsentFault, or another SystemFault."""
        return await self.get(path, RESOURCE)

    async def write(self, call: wire.Call) -> wire.Done:
        """Carry out one write. A creation that got no answer is not repeated: raises at once.

        Raises SystemFault.
        """
        body = None if call.data is None else msgspec.json.encode(call.data)
        reply = await self.post(call.method, call.path, body, call.version, call.what)
        if not reply.body and call.method == "POST":
            raise TransientFault(
                f"{self.name} answered {call.what} with nothing",
                why="it does not say what it made, so the next try looks for it",
                fix="Check base_url: is this a SCIM 2.0 service?",
                code="shape",
            )
        if not reply.body:
            return wire.Done(wire.id_in(call.path))
        resource = reply.decode(RESOURCE, f"{self.name} {call.what}")
        remote = resource.get("id") if call.method == "POST" else wire.id_in(call.path)
        if not isinstance(remote, str) or not remote:
            raise TerminalFault(
                f"{self.name} answered {call.what} without an id",
                fix="Check base_url: is this a SCIM 2.0 service?",
                code="shape",
            )
        return wire.Done(remote, wire.version_of(resource))

    async def post(
        self,
        method: str,
        path: str,
        body: bytes | None,
        version: str,
        what: str,
        *,
        repeat: bool | None = None,
    ) -> Reply:
        """Send a write and return the answer to it. Raises SystemFault.

        ``repeat`` says whether it may be sent twice; by default all but a POST may.
        """
        headers = (*self._writing, ("If-Match", version)) if version else self._writing
        outgoing = Outgoing(method, httpx.URL(self._base + path), body, headers)

        def judge(reply: Reply) -> Reply:
            fault = errors.of_reply(self.name, what, reply)
            if fault is not None:
                raise fault
            if reply.is_html:
                raise errors.stranger(self.name, what, reply.status)
            return reply

        again = method != "POST" if repeat is None else repeat
        return await self.http.call(_lane(method, path), outgoing, judge, repeat=again)

    async def pages(
        self, endpoint: str, size: int, condition: str = ""
    ) -> AsyncIterator[wire.ListResponse]:
        """All pages of a list; ``condition`` is a filter, which the service may ignore.

        A page without a new resource ends it, so that a service that does not page ends too.
        """
        start, seen = 1, set[str]()
        for _ in range(MOST_PAGES):
            params: dict[str, str | int] = {"startIndex": start, "count": size}
            if condition:
                params["filter"] = condition
            page = await self.get(endpoint, _LIST, params)
            yield page
            rows = page.Resources or []
            new = {str(row.get("id")) for row in rows if isinstance(row, dict)} - seen
            seen |= new
            start += len(rows)
            if not new or start > page.totalResults:
                return

    async def find(
        self, endpoint: str, attribute: str, wanted: str, *, size: int, filters: bool
    ) -> wire.Resource | None:
        """The resource whose ``attribute`` is exactly ``wanted``; of several, always the same.

        What comes is compared here: there are services that ignore the filter (Casdoor's).
        """
        condition = f"{attribute} eq {wire.quoted(wanted)}" if filters else ""
        found: dict[str, wire.Resource] = {}
        async for page in self.pages(endpoint, size, condition):
            for row in page.Resources or []:
                told = isinstance(row, dict) and isinstance(row.get("id"), str)
                if told and row.get(attribute) == wanted:
                    found[row["id"]] = row
        return found[min(found)] if found else None


def _lane(method: str, path: str) -> str:
    """The interface whose rate a call counts against: method and endpoint."""
    return f"{method} {path.split('/')[1]}"
