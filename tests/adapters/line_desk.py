"""Both sides of a connection that we open: a provider made of nothing but its vendor's page."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
from websockets.asyncio.server import ServerConnection, serve

from adapters.http import Patience
from domain.hints import Listening, Received

QUICK = Patience(tries=1, throttled=0, first_wait=0.01, longest_wait=0.02)
SOON = 15.0
"""Seconds after which a test gives up."""

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
get = partial(httpx.get, verify=_NO_TLS)
post = partial(httpx.post, verify=_NO_TLS)
"""To loopback: nothing is to be trusted, which takes 30 ms for each call otherwise."""

Play = Callable[[ServerConnection], Awaitable[None]]


class Provider:
    """Answers one HTTP call with ``answer`` and plays ``play`` on every websocket."""

    def __init__(self, play: Play, answer: Callable[[Provider], tuple[int, Any]]) -> None:
        self._play, self._answer = play, answer
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: dict[str, str] = {}
        self.http = self.ws = ""

    async def play(self, socket: ServerConnection) -> None:
        """One connection."""
        assert socket.request is not None
        self.paths.append(socket.request.path)
        await self._play(socket)

    async def call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One HTTP call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(self.headers["content-length"]))
        self.asked.append({"call": head[0].rsplit(" ", 1)[0], **json.loads(body)})
        status, reply = self._answer(self)
        content = json.dumps(reply).encode()
        told = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n"
        writer.write(f"{told}Content-Type: application/json\r\n\r\n".encode() + content)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def provider(
    play: Play, answer: Callable[[Provider], tuple[int, Any]], **options: Any
) -> AsyncIterator[Provider]:
    """A provider on loopback; ``options`` are those of ``websockets.serve``."""
    made = Provider(play, answer)
    server = await asyncio.start_server(made.call, "127.0.0.1", 0)
    async with server, serve(made.play, "127.0.0.1", 0, **options) as sockets:
        made.http = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        made.ws = f"ws://127.0.0.1:{next(iter(sockets.sockets)).getsockname()[1]}"
        yield made


class Store:
    """Takes events; ``fails`` are those that it fails to store at first, ``slow`` its seconds."""

    def __init__(self, fails: int = 0, slow: float = 0) -> None:
        self.taken: list[Received] = []
        self._fails, self._slow = fails, slow
        self._news = asyncio.Event()

    async def __call__(self, received: Received) -> None:
        """Store one event."""
        await asyncio.sleep(self._slow)
        if self._fails:
            self._fails -= 1
            raise ConnectionError("the store is away")
        self.taken.append(received)
        self._news.set()

    async def until(self, count: int) -> list[Received]:
        """Wait until so many are stored."""
        async with asyncio.timeout(SOON):
            while len(self.taken) < count:
                self._news.clear()
                await self._news.wait()
        return self.taken


@asynccontextmanager
async def listening(listener: Listening, store: Store) -> AsyncIterator[asyncio.Task[None]]:
    """Listen for as long as the context lasts; to stop takes less than a second."""
    task = asyncio.create_task(listener.listen(store))
    try:
        yield task
    finally:
        began = time.monotonic()
        task.cancel()
        await asyncio.wait((task,), timeout=SOON)
        assert time.monotonic() - began < 1, "cancelled, it goes on"
        if not task.cancelled():
            await task
