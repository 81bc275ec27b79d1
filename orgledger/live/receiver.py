"""The receiver: providers call ``/callbacks/<system>``, and are answered when it is stored.

An ASGI application. It verifies and stores, and does nothing else: what a callback hints at is
found out by whoever follows the inbox. Bodies, queries and headers are neither logged nor counted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

from domain.errors import LogError
from domain.hints import LARGEST, Answer, Callback, Callbacks, Reason, Received
from orgledger.live.counters import Counters, Counts
from orgledger.live.tracing import SILENT, Tracing

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("orgledger.receiver")

PATH = "/callbacks"

BODY_S = 5.0
"""How long a body may take to come in."""

AT_ONCE = 128
"""Requests under way at once. With bodies of LARGEST bytes they take 64 MB."""

ROOM_S = 1.0
"""How long a further one waits for its place: a burst is taken at the pace at which it is stored.
Not every provider repeats what was refused.
"""

_QUIET_S = 60.0
"""How often at most one and the same trouble is logged: anybody can cause it."""

_NOT_FOUND = Answer(status=404, body=b"there is nothing here\n")
_OVERSIZE = Answer(status=413, body=b"refused")
_SLOW = Answer(status=408, body=b"refused")
_LATER = Answer(status=503, body=b"try again later")
_FAILED = Answer(status=500, body=b"failed")


class Stored(Protocol):
    """What the inbox says of what was put in."""

    @property
    def sequence(self) -> int: ...

    @property
    def duplicate(self) -> bool: ...


class Store(Protocol):
    """Where callbacks go: :class:`adapters.nats.inbox.Inbox`."""

    async def put(self, system: str, data: bytes, key: str, *, within: float) -> Stored:
        """Raises LogError when it is not known to be stored within so many seconds."""


class HungUpError(Exception):
    """The caller went away before its request was whole."""


class Receiver:
    """Everybody's callbacks. ``now`` gives seconds since 1970."""

    def __init__(
        self,
        systems: Mapping[str, Callbacks],
        store: Store,
        counters: Counters,
        *,
        now: Callable[[], float] = time.time,
        tracing: Tracing = SILENT,
    ) -> None:
        self._tracing = tracing
        self._systems, self._store, self._now = dict(systems), store, now
        self._counters = counters
        counters.systems.update({system: Counts() for system in systems})
        self._room = asyncio.Semaphore(AT_ONCE)
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        system = scope["path"].removeprefix(f"{PATH}/")
        if system not in self._systems:
            self._counters.unknown += 1
            await _answer(send, _NOT_FOUND)
            return
        counts = self._counters.systems[system]
        counts.received += 1
        try:
            async with asyncio.timeout(ROOM_S):
                await self._room.acquire()
        except TimeoutError:
            counts.unavailable += 1
            await _answer(send, _LATER)
            return
        try:
            answer = await self._take(system, counts, scope, receive)
        except HungUpError:
            counts.broken += 1
            return
        finally:
            self._room.release()
        await _answer(send, answer)

    async def _take(self, system: str, counts: Counts, scope: Scope, receive: Receive) -> Answer:
        try:
            async with asyncio.timeout(BODY_S):
                body = await whole(receive, LARGEST)
        except TimeoutError:
            counts.broken += 1
            return _SLOW
        if body is None:
            self._refuse(system, counts, "oversize")
            return _OVERSIZE
        try:
            callback = Callback.from_wire(
                scope["method"], scope["path"], scope["query_string"], scope["headers"], body
            )
            found = self._systems[system].receive(callback, self._now())
        except Exception as error:
            counts.failed += 1
            # The name only: its text may have something of the body in it.
            self._say(system, f"a callback could not be read ({type(error).__name__})")
            return _FAILED
        if found.refused:
            self._refuse(system, counts, found.refused)
            return found.answer
        return await self._keep(system, counts, found)

    async def _keep(self, system: str, counts: Counts, found: Received) -> Answer:
        if found.keep is None:
            counts.handshakes += 1
            self._say(system, "the address was checked", logging.INFO)
            return found.answer
        begun = time.time_ns()
        try:
            within = self._systems[system].within
            stored = await self._store.put(system, found.keep, found.key, within=within)
        except LogError as error:
            counts.unavailable += 1
            self._say(system, f"a callback was not stored, and has to be repeated: {error}")
            return _LATER
        if stored.duplicate:
            counts.duplicates += 1
        else:
            counts.stored += 1
            counts.told(found.events)
        self._tracing.received(
            system, stored.sequence, found.events, begun, duplicate=stored.duplicate
        )
        return found.answer

    def _refuse(self, system: str, counts: Counts, reason: Reason) -> None:
        counts.refused[reason] += 1
        self._say(system, f"a callback was refused ({reason})")

    def _say(self, system: str, what: str, level: int = logging.WARNING) -> None:
        """Log it, with how often it was not logged because it had just been."""
        now = time.monotonic()
        last, before = self._said.get((system, what), (-_QUIET_S, 0))
        if now - last < _QUIET_S:
            self._said[system, what] = (last, before + 1)
            return
        self._said[system, what] = (now, 0)
        log.log(level, "%s: %s%s", system, what, f", and {before} before" if before else "")


async def whole(receive: Receive, most: int) -> bytes | None:
    """The body; None as soon as it is clear that it is longer than ``most`` bytes.

    Raises HungUpError.
    """
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUpError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-content-type-options", b"nosniff"),  # a check of the address gives back what came
    ]
    if answer in (_OVERSIZE, _SLOW):
        headers.append((b"connection", b"close"))  # the rest of the body is not waited for
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
