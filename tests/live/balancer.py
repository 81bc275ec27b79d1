"""What stands before the replicas of a service: it asks the next one that answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import httpx
import uvicorn

_HOP = ("host", "content-length", "connection", "transfer-encoding")


class Balancer:
    """An ASGI application that hands every request on."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._client = httpx.AsyncClient(timeout=2.0, trust_env=False)
        self._ports, self._next = ports, cycle(range(len(ports)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        first = next(self._next)
        status, answer = 502, b""
        for turn in range(len(self._ports)):
            port = self._ports[(first + turn) % len(self._ports)]
            url = f"http://127.0.0.1:{port}{scope['path']}"
            try:
                found = await self._client.request(
                    scope["method"],
                    url,
                    params=scope["query_string"].decode(),
                    headers=[(k, v) for k, v in scope["headers"] if k.decode() not in _HOP],
                    content=body,
                )
            except httpx.TransportError:
                continue
            status, answer = found.status_code, found.content
            break
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def balancing(ports: Sequence[int]) -> Iterator[str]:
    """A balancer before ``ports``; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        config = uvicorn.Config(Balancer(ports), log_config=None, lifespan="on", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
