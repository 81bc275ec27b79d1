"""The client over HTTP, and the same one for asyncio.

What fails for a passing reason is tried again for some ten seconds; a stream of events goes on
where it was broken off, for as long as it takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from orgledger.api import Event, Published, State
from orgledger.client.wire import (
    LATER,
    SILENCE_S,
    TIMEOUT_S,
    TRIES,
    Frames,
    answer,
    is_stream,
    path,
    pause,
    publication,
    refusal,
)

T = TypeVar("T")

_STREAMING = httpx.Timeout(TIMEOUT_S, read=SILENCE_S)


def _headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "user-agent": "orgledger"}


class Client:
    """Calls to the service at ``url``, with a token of ``[serve.tokens.<name>]``.

    ``transport`` replaces the network.
    """

    def __init__(
        self, url: str, token: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(
            base_url=url, headers=_headers(token), timeout=TIMEOUT_S, transport=transport
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give connections back."""
        self._http.close()

    def publish(self, org: str, changes: Sequence[Any], *, key: str | None = None) -> Published:
        """Publish change events: all are recorded, or none.

        ``key`` is your own for this publication: what was taken under it is never taken again.
        Without one a publication is taken once however often this call has to try, but a second
        call publishes again. Raises ProblemError with everything wrong, httpx.TransportError.
        """
        body, headers = publication(changes, key)
        request = self._http.build_request(
            "POST", path(org, "events"), content=body, headers=headers
        )
        return self._answered(request, Published)

    def state(self, org: str) -> State:
        """The organization as it is now. Raises ProblemError, httpx.TransportError."""
        return self._answered(self._http.build_request("GET", path(org, "state")), State)

    def events(self, org: str, *, after: int) -> Iterator[Event]:
        """Every event after a position, in order, for ever. Raises ProblemError."""
        failures = 0
        while True:
            try:
                where, query = path(org, "events"), {"after": after}
                with self._http.stream("GET", where, params=query, timeout=_STREAMING) as reply:
                    if reply.status_code in LATER:
                        raise httpx.ReadError("it has to be asked again")
                    if not is_stream(reply.status_code, reply.headers.get("content-type", "")):
                        raise refusal(reply.status_code, reply.read())
                    frames = Frames()
                    for chunk in reply.iter_bytes():
                        for event in frames.events(chunk):
                            after, failures = event.position, 0
                            yield event
            except httpx.TransportError:
                pass  # it is asked again
            failures += 1
            time.sleep(pause(failures))

    def _answered(self, request: httpx.Request, cls: type[T]) -> T:
        for tries in range(1, TRIES):
            try:
                reply = self._http.send(request)
                if reply.status_code not in LATER:
                    return answer(reply.status_code, reply.content, cls)
            except httpx.TransportError:
                pass  # it is asked again
            time.sleep(pause(tries))
        reply = self._http.send(request)
        return answer(reply.status_code, reply.content, cls)


class AsyncClient:
    """As :class:`Client`, for asyncio."""

    def __init__(
        self, url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers=_headers(token), timeout=TIMEOUT_S, transport=transport
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give connections back."""
        await self._http.aclose()

    async def publish(
        self, org: str, changes: Sequence[Any], *, key: str | None = None
    ) -> Published:
        """As :meth:`Client.publish`."""
        body, headers = publication(changes, key)
        request = self._http.build_request(
            "POST", path(org, "events"), content=body, headers=headers
        )
        return await self._answered(request, Published)

    async def state(self, org: str) -> State:
        """As :meth:`Client.state`."""
        return await self._answered(self._http.build_request("GET", path(org, "state")), State)

    async def events(self, org: str, *, after: int) -> AsyncIterator[Event]:
        """As :meth:`Client.events`."""
        failures = 0
        while True:
            try:
                where, query = path(org, "events"), {"after": after}
                stream = self._http.stream("GET", where, params=query, timeout=_STREAMING)
                async with stream as reply:
                    if reply.status_code in LATER:
                        raise httpx.ReadError("it has to be asked again")
                    if not is_stream(reply.status_code, reply.headers.get("content-type", "")):
                        raise refusal(reply.status_code, await reply.aread())
                    frames = Frames()
                    async for chunk in reply.aiter_bytes():
                        for event in frames.events(chunk):
                            after, failures = event.position, 0
                            yield event
            except httpx.TransportError:
                pass  # it is asked again
            failures += 1
            await asyncio.sleep(pause(failures))

    async def _answered(self, request: httpx.Request, cls: type[T]) -> T:
        for tries in range(1, TRIES):
            try:
                reply = await self._http.send(request)
                if reply.status_code not in LATER:
                    return answer(reply.status_code, reply.content, cls)
            except httpx.TransportError:
                pass  # it is asked again
            await asyncio.sleep(pause(tries))
        reply = await self._http.send(request)
        return answer(reply.status_code, reply.content, cls)
