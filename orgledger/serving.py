"""The service: what systems push is taken in over HTTP.

One process serves every system that pushes. Each has a thread of its own, in which its
organization is read and changed, so that one that is busy does not keep the others waiting.
Further doors, such as the receiver of callbacks, stand beside theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, runtime_checkable

from domain.errors import ConfigError, OrgledgerError
from orgledger.bootstrap import Service
from orgledger.config import SystemConfig
from orgledger.engine.push import Push
from orgledger.systems import TYPES

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger("orgledger.serve")

SETTLE_SECONDS = 5.0
"""How often the runs that nothing comes to any more are looked for."""


@runtime_checkable
class Endless(Protocol):
    """A door some of whose answers have no end of their own."""

    def leave(self) -> None:
        """End them. Called once, in the event loop in which they are."""


class Hall:
    """An ASGI application with every door in it, by path."""

    def __init__(self) -> None:
        self._doors: dict[str, Application] = {}
        self._pushing: list[str] = []
        self._pushes: list[tuple[Push, ThreadPoolExecutor]] = []

    @property
    def pushing(self) -> list[str]:
        """Where systems push to."""
        return list(self._pushing)

    def add(self, path: str, door: Application) -> None:
        """``door`` answers ``path`` and everything below."""
        self._doors[path] = door

    def leave(self) -> None:
        """The service stops: answers that have no end of their own come to it now."""
        doors: list[object] = list(self._doors.values())
        for door in doors:
            if isinstance(door, Endless):
                door.leave()

    def tend(self, path: str, push: Push, thread: ThreadPoolExecutor) -> None:
        """The runs of ``push`` are closed in time; it is used in ``thread`` only."""
        self._pushing.append(path)
        self._pushes.append((push, thread))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path: str = scope["path"]
        for prefix, door in self._doors.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                inside = {**scope, "root_path": scope.get("root_path", "") + prefix}
                await door(inside, receive, send)
                return
        alive = path == "/healthz"
        text = b"ok\n" if alive else b"there is nothing here\n"
        await answer(send, 200 if alive else 404, text)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the start of the server to its end: runs are closed in time, and at the end."""
        settling: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                settling = asyncio.create_task(self._settle())
                await send({"type": "lifespan.startup.complete"})
                continue
            if settling is not None:
                settling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await settling
            await self._each(lambda push: push.close())
            await send({"type": "lifespan.shutdown.complete"})
            return

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            await self._each(lambda push: push.settle())

    async def _each(self, work: Callable[[Push], None]) -> None:
        loop = asyncio.get_running_loop()
        for push, thread in self._pushes:
            try:
                await loop.run_in_executor(thread, work, push)
            except OrgledgerError as error:
                log.warning("%s: its run could not be closed: %s", push.system, error)


async def answer(
    send: Send, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8"
) -> None:
    """Send a whole answer."""
    headers = [(b"content-type", content_type.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def listening(host: str, port: int) -> socket.socket:
    """A socket for uvicorn that listens at ``host``; port 0 takes a free one.

    asyncio turns Nagle's algorithm off only on sockets that were made for TCP by name, and not on
    those of create_server. uvicorn sends an answer in two parts, and with it the second one waits
    for the caller's delayed acknowledgement: 40 ms. What a listener accepts inherits the option.
    Raises ConfigError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"{host}, port {port} cannot be listened on",
            why=os.strerror(error.errno) if error.errno else "the address is not known",
            fix="Stop what listens there, or say another one in [serve].",
        ) from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextmanager
def hall(opened: Service, beside: Mapping[str, Application] | None = None) -> Iterator[Hall]:
    """The doors of every system of the configuration that pushes, with its organization read.

    ``beside`` are further doors, by their paths. Raises ConfigError when there is no organization,
    or when one belongs to another system.
    """
    pushing = [s for s in opened.config.systems.values() if opened.config.pushes(s)]
    if not opened.config.orgs:
        raise ConfigError(
            "the configuration has no organization, so there is nothing to serve",
            fix="Add one, [orgs.<id>], and the systems that it comes from and goes to.",
        )
    for configured in pushing:
        if opened.config.org(configured.org).source != configured.id:
            raise ConfigError(
                f"{configured.id!r} is not the source of the organization {configured.org!r}",
                fix=f'To make it its owner, say source = "{configured.id}" there.',
            )
    with ExitStack() as stack:
        found = Hall()
        for path, door in (beside or {}).items():
            found.add(path, door)
        for configured in pushing:
            _open(opened, configured, found, stack)
        yield found


def _open(opened: Service, configured: SystemConfig, into: Hall, stack: ExitStack) -> None:
    make = TYPES[configured.type].door
    assert make is not None  # only systems that push are opened
    door = make(configured.settings, configured.id)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=configured.id)
    stack.callback(thread.shutdown)
    name = opened.config.org(configured.org).name or configured.org
    push = thread.submit(
        Push,
        opened.ledger,
        system=configured.id,
        org=configured.org,
        name=name,
        watcher=door.watcher,
        limits=configured.guard,
        ownership=opened.config.ownership(configured.org),
    ).result()
    into.add(door.path, door.application(push, thread))
    into.tend(door.path, push, thread)
