"""Telling over connections that clients hold: each event goes to one of them.

What is not acknowledged in time is sent again by the provider's schedule, to whoever is connected
then, until it is taken or given up. The dials are those of :mod:`adapters.simulation.disturbance`,
of the API ``stream``. Nothing is kept over a restart, nor before the first connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl

from adapters.simulation.call_stats import CallStats
from adapters.simulation.disturbance import Disturbed, Told
from adapters.simulation.faults import STREAM, FaultDials
from adapters.simulation.http import TRANSPORT, Receive, Scope, Send
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.settings import CallingSettings

Message = str | bytes
End = Literal["asked", "closed", "reset", "halfway"]
"""How connections are ended: the provider's own way, a websocket's, or none, also in a message."""

HALF = b"\x82\x7e\x01\x00\x08"
"""The beginning of a binary message of 256 bytes (RFC 6455, 5.2)."""


class Refusal(NamedTuple):
    """The answer to a handshake that is not let in."""

    status: int
    headers: Mapping[str, str] = {}


class Said(NamedTuple):
    """What a client's message means: ``mark`` is what it acknowledges, and ``taken`` whether."""

    mark: str = ""
    taken: bool = False
    reply: Message | None = None


class Misspoken(Exception):  # noqa: N818 - it is what a client did
    """A message in no form that the provider understands: as if it had not come."""


class Plug(Protocol):
    """What a provider brings to be connected to."""

    @property
    def path(self) -> str:
        """Where to connect."""

    @property
    def limit(self) -> float:
        """Seconds that an acknowledgement may take."""

    @property
    def waits(self) -> Sequence[float]:
        """Seconds before each further try."""

    @property
    def every(self) -> float:
        """Seconds between two pings of the provider's own; 0: it sends none."""

    @property
    def outbox(self) -> Outbox:
        """Where its events are."""

    @property
    def settings(self) -> CallingSettings:
        """The settings in force."""

    def name(self, event: Event) -> str:
        """The provider's name of what happened."""

    def admit(self, query: Mapping[str, str], connected: int) -> Refusal | None:
        """Who may connect beside those who are; each ticket is good for one connection."""

    def say(self, event: Event, mark: str) -> Sequence[Message]:
        """One try to tell ``event``, to be acknowledged with ``mark``."""

    def hear(self, message: Message) -> Said:
        """A client's message. Raises Misspoken."""

    def ping(self) -> Message:
        """A ping of the provider's own."""

    def farewell(self) -> Message | None:
        """Says that the connection will be closed soon; None where the provider just closes it."""


class Connection:
    """One client."""

    def __init__(self, send: Send, transport: asyncio.Transport | None) -> None:
        self._send, self._transport = send, transport
        self.leaving = False

    async def say(self, *messages: Message) -> None:
        """Send, unless the client is gone."""
        for message in messages:
            kind = "text" if isinstance(message, str) else "bytes"
            with suppress(OSError, RuntimeError):  # how uvicorn says that it is gone
                await self._send({"type": "websocket.send", kind: message})

    async def end(self, how: End) -> None:
        """Be closed with a word, or cut."""
        self.leaving = True
        if how in ("asked", "closed") or self._transport is None:
            with suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": 1001})
            return
        if how == "halfway":
            self._transport.write(HALF)
        self._transport.abort()


class Sockets:
    """Tells for as long as it is entered as a context."""

    def __init__(self, plug: Plug, dials: FaultDials) -> None:
        self.plug, self._dials = plug, dials
        self.stats = CallStats()
        self.misspoken = self.connected = 0
        self._open: list[Connection] = []
        self._marks: dict[str, asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries = 0

    async def __aenter__(self) -> Sockets:
        self._follower = self.plug.outbox.follow()
        self._start(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.plug.outbox.leave(self._follower)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from its handshake to its end."""
        await receive()
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        wrong = scope["path"] != self.plug.path
        refusal = Refusal(404) if wrong else self.plug.admit(query, len(self._open))
        if refusal is not None:
            headers = [(k.encode(), v.encode()) for k, v in refusal.headers.items()]
            kind = "websocket.http.response"
            await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
            await send({"type": f"{kind}.body", "body": b""})
            return
        await send({"type": "websocket.accept"})
        one = Connection(send, scope.get("state", {}).get(TRANSPORT))
        self._open.append(one)
        self.connected += 1
        beat = self._start(self._beat(one))
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await self._hear(one, message)
        finally:
            self._open.remove(one)
            beat.cancel()

    async def end(self, how: End) -> int:
        """End all connections; returns how many there were."""
        ending = list(self._open)
        for one in ending:
            farewell = self.plug.farewell() if how == "asked" else None
            one.leaving = True
            if farewell is None:
                await one.end(how)
            else:
                await one.say(farewell)
                self._start(self._close_later(one))
        return len(ending)

    def report(self) -> dict[str, Any]:
        """What was sent and what became of it, for ``GET /_sim/stats``."""
        told = {"connected": self.connected, "open": len(self._open), "misspoken": self.misspoken}
        return {**told, **self.stats.report(), "waiting": len(self._marks)}

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self) -> None:
        seed = self.plug.settings.callback_seed
        disturbed = Disturbed(
            self._follower, self._dials, seed, self.plug.name, self.stats.struck, STREAM
        )
        while True:
            told = await disturbed.take()
            # Nobody else has a connection to forge on; a replay is a repeat.
            if self.connected and told.manner != "forged":
                self._start(self._deliver(told))

    async def _deliver(self, told: Told) -> None:
        """Send until it is taken."""
        for wait in (*self.plug.waits, None):
            if await self._try(told):
                return
            self.stats.failed += 1
            if wait is not None:
                await asyncio.sleep(wait * self.plug.settings.callback_pace)
                self.stats.retried += 1
        self.stats.given_up += 1

    async def _try(self, told: Told) -> bool:
        able = [one for one in self._open if not one.leaving]
        if not able:
            return False
        self._tries += 1
        mark = f"{told.event['number']:x}_{self._tries:x}"
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._marks[mark] = answer
        chosen = self.plug.settings.callback_limit
        started = time.perf_counter()
        self.stats.sent += 1
        try:
            async with asyncio.timeout(self.plug.limit if chosen is None else chosen):
                await told.chance.choice(able).say(*self.plug.say(told.event, mark))
                taken = await answer
        except TimeoutError:
            return False
        finally:
            del self._marks[mark]
        if taken:
            self.stats.acknowledge(time.perf_counter() - started)
        return taken

    async def _hear(self, one: Connection, message: dict[str, Any]) -> None:
        text = message.get("text")
        try:
            said = self.plug.hear(message["bytes"] if text is None else text)
        except Misspoken:
            self.misspoken += 1
            return
        waiting = self._marks.get(said.mark)
        if waiting is not None and not waiting.done():
            waiting.set_result(said.taken)
        if said.reply is not None:
            await one.say(said.reply)

    async def _beat(self, one: Connection) -> None:
        while self.plug.every:
            await one.say(self.plug.ping())
            await asyncio.sleep(self.plug.every)

    async def _close_later(self, one: Connection) -> None:
        """DingTalk closes ten seconds after its word (dingtalk.md, 6.4)."""
        await asyncio.sleep(10 * self.plug.settings.callback_pace)
        await one.end("closed")
