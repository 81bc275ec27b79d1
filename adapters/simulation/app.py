"""The ASGI application around a simulated provider."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import AsyncExitStack

import httpx

from adapters.simulation.calling import Caller, Calling
from adapters.simulation.control import PREFIX, Control
from adapters.simulation.faults import Fault, FaultDials
from adapters.simulation.http import (
    HTML,
    TRANSPORT,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    read_request,
    send_reply,
)
from adapters.simulation.limits import RateLimit
from adapters.simulation.provider import Call, Provider
from adapters.simulation.sockets import Plug, Sockets
from adapters.simulation.stats import Stats

TOO_MANY = 429
"""HTTP status with which a provider throttles by rules of its own."""


class SimulatorApp:
    """Counts, delays, limits and spoils calls on their way to ``provider``.

    A provider that calls back has its ``calling``; ``caller`` then calls while the application is
    served, or while it is entered as a context. ``transport`` is httpx's, for its calls.
    One that clients connect to has its ``plug``, for as long as the application is served.
    """

    def __init__(
        self,
        provider: Provider,
        calling: Calling | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        plug: Plug | None = None,
    ) -> None:
        self.provider = provider
        self.stats = Stats()
        self.faults = FaultDials()
        self.caller = None if calling is None else Caller(calling, self.faults, transport)
        self.sockets = None if plug is None else Sockets(plug, self.faults)
        self._limits = RateLimit()
        self._locked: set[str] = set()
        self._control = Control(provider, self.stats, self.faults, self.caller, self.sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, or live as long as the server does."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        request = await read_request(scope, receive)
        if request.path.startswith(PREFIX):
            await send_reply(send, await self._control.answer(request))
            return
        call = self.provider.find(request) or Call("unknown", False, None)
        self.stats.begin(call.api, write=call.write)
        code: str | None = "cut"
        try:
            reply = await self._reply(call, request)
            code = reply.code
        finally:
            self.stats.end(code)
        if reply.body or reply.status:
            await send_reply(send, reply)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.sockets is not None:
            await self.sockets.serve(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close"})  # before it is accepted: HTTP 403

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            if self.caller is not None:
                await stack.enter_async_context(self.caller)
            if self.sockets is not None:
                await stack.enter_async_context(self.sockets)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _reply(self, call: Call, request: Request) -> Reply:
        if call.lock is None:
            return await self._served(call, request)
        if call.lock in self._locked:
            return await self._served(call, request, Fault(api=call.api, kind="locked"))
        self._locked.add(call.lock)
        try:
            return await self._served(call, request)
        finally:
            self._locked.discard(call.lock)

    async def _served(self, call: Call, request: Request, given: Fault | None = None) -> Reply:
        settings = self.provider.settings
        if settings.latency_ms:
            await asyncio.sleep(settings.latency_ms / 1000)
        if call.route is None:
            return self.provider.unknown(request)
        throttled = self._throttle(call)
        if throttled is not None:
            return throttled
        fault = given or self.faults.strike(call.api, request)
        if fault is None:
            reply = await self._answer(call, request, None)
            self.stats.throttled += reply.status == TOO_MANY
            return reply
        return await self._spoiled(fault, call, request)

    async def _answer(self, call: Call, request: Request, fault: Fault | None) -> Reply:
        reply = self.provider.answer(call, request, fault)
        return await reply if inspect.isawaitable(reply) else reply

    def _throttle(self, call: Call) -> Reply | None:
        settings, now = self.provider.settings, self.provider.clock.now()
        if not self._limits.admit("*", now, settings.qps):
            self.stats.throttled += 1
            return self.provider.throttled(call, everywhere=True)
        if not self._limits.admit(call.api, now, settings.qps_per_api):
            self.stats.throttled += 1
            return self.provider.throttled(call, everywhere=False)
        return None

    async def _spoiled(self, fault: Fault, call: Call, request: Request) -> Reply:
        if fault.kind == "slow":
            await asyncio.sleep(1 if fault.seconds is None else fault.seconds)
        if fault.kind == "reset":
            return await cut(request, httpx.ReadError("the simulator cut the connection"))
        if fault.kind == "http_500":
            body = b"<html><body>500 Internal Server Error</body></html>"
            return Reply(body, status=500, code="http_500", content_type=HTML)
        refusal = self.provider.refuse(fault, call)
        if refusal is not None:
            self.stats.throttled += fault.kind in ("throttle", "throttle_platform")
            return refusal
        reply = await self._answer(call, request, fault)
        if fault.kind == "timeout_after_commit":
            await asyncio.sleep(fault.seconds or 0)
            return await cut(request, httpx.ReadTimeout("the simulator did not answer in time"))
        if fault.kind == "truncated_json":
            half = reply.body[: len(reply.body) // 2]
            return Reply(half, status=reply.status, code="truncated_json")
        return reply


async def cut(request: Request, error: httpx.TransportError) -> Reply:
    """Break the connection without an answer.

    Served over a socket the transport is aborted; mounted in process (httpx.ASGITransport)
    ``error`` is raised, which is what the client would have seen.
    """
    transport: asyncio.Transport | None = request.scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise error
    transport.abort()
    await asyncio.sleep(0)  # lets the server notice, so that it does not answer for us
    return Reply(b"", status=0, code="cut")
