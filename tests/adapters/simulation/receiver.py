"""Somebody whom a simulator calls: our receiving side behind a small ASGI application."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.simulation.app import SimulatorApp
from adapters.simulation.http import Reply, read_request, send_reply
from domain.hints import Callback, Callbacks, Hint

URL = "http://receiver/callbacks/it"
BOUND = 15.0
"""Seconds after which a test that waits has failed."""


class Receiver:
    """Takes what is rightly signed, and misbehaves on demand.

    ``troubles`` are the answers to the next calls: a status, or seconds to answer late.
    """

    def __init__(self, side: Callbacks, now: Callable[[], float] = time.time) -> None:
        self.side, self.now = side, now
        self.came: list[Callback] = []
        self.events: list[str] = []
        self.refused: list[str] = []
        self.hints: list[Hint] = []
        self.keys: list[str] = []
        self.troubles: deque[int | float] = deque()
        self.at_once = self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        callback = Callback.from_wire(
            request.method, request.path, scope["query_string"], scope["headers"], request.body
        )
        self.came.append(callback)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            trouble = self.troubles.popleft() if self.troubles else None
            await send_reply(send, await self._answer(callback, trouble))
        finally:
            self.at_once -= 1

    async def _answer(self, callback: Callback, trouble: int | float | None) -> Reply:
        if isinstance(trouble, int):
            return Reply(b"", status=trouble)
        if trouble is not None:
            await asyncio.sleep(trouble)
        found = self.side.receive(callback, self.now())
        if found.refused:
            self.refused.append(found.refused)
        elif found.keep is not None:
            self.events += found.events
            self.keys.append(found.key)
            self.hints += self.side.hints(found.keep)
        kind = found.answer.content_type.encode()
        return Reply(found.answer.body, status=found.answer.status, content_type=kind)

    @property
    def told(self) -> list[tuple[str, str, bool]]:
        """Of each hint: what happened, to whom, whether they are said to be gone."""
        return [(hint.event, hint.id, hint.gone) for hint in self.hints]


def to(receiver: Receiver) -> httpx.AsyncBaseTransport:
    """The way to ``receiver``, in process."""
    return httpx.ASGITransport(app=receiver)


@asynccontextmanager
async def calling(app: SimulatorApp) -> AsyncIterator[SimulatorApp]:
    """``app`` calls while this lasts, and at the end until nothing waits any more."""
    assert app.caller is not None
    async with app.caller:
        yield app
        await settled(app)


async def settled(app: SimulatorApp) -> dict[str, Any]:
    """The counters, when nothing waits to be told any more."""
    assert app.caller is not None
    async with asyncio.timeout(BOUND):
        while (report := app.caller.report())["waiting"]:
            await asyncio.sleep(0.005)
    return report
