"""Connections that we open and through which a provider tells, whatever is spoken on them.

One connection at a time, opened anew whenever it ends. An event is acknowledged when it is stored
and not before; what cannot be stored is sent back to come again. What a line says is the
provider's own affair, see ``adapters/<system>``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Response

from adapters.http.patience import Patience
from adapters.http.unreached import unreached
from adapters.receiving import Refused, Told, key_of
from domain.errors import CredentialFault, InputError, StrangerFault, SystemFault, TransientFault
from domain.hints import LARGEST, Answer, Callback, Hint, Received, keep, kept

Take = Callable[[Received], Awaitable[None]]
Sleep = Callable[[float], Awaitable[object]]

MOST = 64
"""Events that wait for the store at one time."""

MOMENT = 0.1
"""Seconds that the next one waits for its place, ten times what storing takes; then the store
hangs, and until it moves again further ones are sent back to come again.
"""

STEADY = 10.0
"""A connection that held for so many seconds was a good one: the next try is the first."""

LEAVING = 3.0
"""Seconds that events under way have to be stored and acknowledged when a connection ends."""

OPENING = Patience(tries=1, throttled=0.0, first_wait=1.0)
"""One try each: :func:`listen` is patient itself, and without end."""

GAP = "connection_gap"
"""Our name for having been away for longer than the provider remembers."""

_FRAME = 4 * LARGEST
"""Bytes of a message that are read; a longer one ends the connection."""

log = logging.getLogger("orgledger.listening")
_wire = logging.getLogger("orgledger.listening.wire")
_wire.setLevel(logging.INFO)  # its debug lines have the address, and in it the ticket


class Heard(NamedTuple):
    """What one message means, and what goes back."""

    received: Received | None = None
    """An event. Its answer is sent when it is stored."""
    later: bytes = b""
    """Sent instead when it could not be stored."""
    reply: bytes = b""
    """Sent at once."""
    leave: bool = False
    """The provider is about to close this connection, and waits for another one."""


class Line(Protocol):
    """What is spoken on one connection. No input, no output."""

    @property
    def text(self) -> bool:
        """Whether our messages are text; else they are binary."""

    @property
    def every(self) -> float:
        """Seconds between two of our pings; 0: it wants none but the websocket's own."""

    @property
    def address(self) -> str:
        """``wss://…``, with what lets us in. Never shown."""

    def ping(self) -> bytes:
        """The provider's own form of a ping."""

    def hear(self, message: bytes, now: float) -> Heard:
        """Understand one message, ``now`` in seconds since 1970. Never raises."""


class Exchange(Protocol):
    """Where lines come from."""

    @property
    def name(self) -> str:
        """``DingTalk Stream``, for sentences."""

    async def open(self) -> Line:
        """Ask for a new line; each is good for one connection. Raises SystemFault."""

    def refused(self, response: Response) -> SystemFault:
        """Why the websocket's handshake was answered with ``response``."""

    @property
    def memory(self) -> float:
        """For how many seconds the provider tells again what nobody acknowledged."""

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (1 or more), with jitter."""


async def listen(exchange: Exchange, take: Take, *, sleep: Sleep = asyncio.sleep) -> None:
    """Be connected until cancelled. Raises CredentialFault: trying again would not help."""
    listener = _Listener(exchange, take)
    failures = 0
    while True:
        began = time.monotonic()
        try:
            await listener.connect()
            fault: SystemFault | None = None
        except CredentialFault:
            raise
        except SystemFault as failed:
            fault = failed
        steady = time.monotonic() - began >= STEADY
        failures = 0 if steady else failures
        if fault is None and steady:
            continue  # asked to, and there is no gap to be seen
        failures += 1
        wait = exchange.pause(failures)
        if isinstance(fault, TransientFault) and fault.retry_after is not None:
            wait = max(wait, fault.retry_after)
        log.warning("%s Again in %.1f s.", fault or f"{exchange.name}: asked to leave.", wait)
        await sleep(wait)


class _Listener:
    """One connection after the other."""

    def __init__(self, exchange: Exchange, take: Take) -> None:
        self._exchange, self._take = exchange, take
        self._left = time.monotonic()

    async def connect(self) -> None:
        """One connection. Returns when the provider asked to leave it. Raises SystemFault."""
        name, line = self._exchange.name, await self._exchange.open()
        url = httpx.URL(line.address)
        secure = url.scheme == "wss"
        try:
            async with connect(
                line.address,
                ssl=httpx.create_ssl_context() if secure else None,
                logger=_wire,
                user_agent_header="orgledger",
                close_timeout=0.5,
                max_size=_FRAME,
            ) as socket:
                log.info("%s is connected.", name)
                await self._make_up()
                try:
                    await _Session(name, socket, line, self._take).run()
                finally:
                    self._left = time.monotonic()
        except InvalidStatus as refusal:
            raise self._exchange.refused(refusal.response) from None
        except (OSError, WebSocketException) as error:
            shown = url.copy_with(scheme="https" if secure else "http")
            raise unreached(name, shown, error) from None

    async def _make_up(self) -> None:
        """After a gap that the provider's repeats do not cover everything has to be read."""
        away = time.monotonic() - self._left
        if away <= self._exchange.memory:
            return
        now = time.time()
        missed = Received(
            answer=Answer(status=200),
            sort="lifecycle",
            keep=keep(Callback(method=GAP), now),
            key=key_of(GAP, self._exchange.name, str(now)),
            events=(GAP,),
            hints=1,
        )
        try:
            await self._take(missed)
        except Exception as error:  # whatever keeps it from being stored: it has to be made up for
            raise TransientFault(
                f"{self._exchange.name} was left", why=f"no store ({type(error).__name__})"
            ) from None
        log.warning("%s was away for %.0f s: everything is read.", self._exchange.name, away)


class _Session:
    """What goes on on one connection."""

    def __init__(self, name: str, socket: ClientConnection, line: Line, take: Take) -> None:
        self._name, self._socket, self._line, self._take = name, socket, line, take
        self._waiting: set[asyncio.Task[None]] = set()
        self._hangs = False
        self._every = line.every

    async def run(self) -> None:
        beat = asyncio.create_task(self._beat())
        try:
            fault = await self._hear()
            if self._waiting:
                await asyncio.wait(self._waiting, timeout=LEAVING)
        finally:
            tasks = (beat, *self._waiting)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if fault is not None:
            raise fault

    async def _hear(self) -> TransientFault | None:
        """Until the connection ends. None: the provider asked to leave."""
        while True:
            # Two pings that were not answered, and some time for the last one.
            silence = 2.5 * max(self._every, self._line.every) or None
            try:
                async with asyncio.timeout(silence):
                    message = await self._socket.recv(decode=False)
            except TimeoutError:
                return self._ended(f"nothing came for {silence:.0f} s")
            except ConnectionClosed as closed:
                said = closed.rcvd.code if closed.rcvd else 1006  # RFC 6455, 7.1.5: none was said
                return self._ended(f"closed with code {said}")
            heard = self._line.hear(message, time.time())
            if heard.received is not None:
                await self._receive(heard.received, heard.later)
            await self._send(heard.reply)
            if heard.leave:
                return None

    def _ended(self, why: str) -> TransientFault:
        return TransientFault(f"{self._name} was disconnected", why=why, code="connection")

    async def _receive(self, received: Received, later: bytes) -> None:
        if not await self._room():
            await self._send(later)
            return
        task = asyncio.create_task(self._store(received, later))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _room(self) -> bool:
        """Whether one more may wait: a burst is taken at the pace at which it is stored."""
        if len(self._waiting) < MOST:
            self._hangs = False
        elif not self._hangs:
            first = asyncio.FIRST_COMPLETED
            done, _ = await asyncio.wait(self._waiting, timeout=MOMENT, return_when=first)
            self._hangs = not done
        return not self._hangs

    async def _store(self, received: Received, later: bytes) -> None:
        answer = received.answer.body
        try:
            await self._take(received)
        except Exception as error:  # whatever keeps it from being stored: it has to come again
            log.warning("%s: an event was not stored (%s).", self._name, type(error).__name__)
            answer = later
        await self._send(answer)

    async def _beat(self) -> None:
        while self._line.every > 0:
            self._every = self._line.every  # a shorter one is in force when this one is over
            await self._send(self._line.ping())
            await asyncio.sleep(self._every)

    async def _send(self, message: bytes) -> None:
        try:
            if message:
                await self._socket.send(message, text=self._line.text)
        except ConnectionClosed:
            pass  # whoever reads finds out why


def address(given: str, *, base: str, what: str) -> str:
    """The address that a provider gave for the connection.

    Only wss, but where the provider itself is called without TLS (a simulator on loopback).
    Raises StrangerFault.
    """
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        url = httpx.URL()
    allowed = ("wss", "ws") if base.startswith("http://") else ("wss",)
    if url.scheme not in allowed or not url.host:
        raise StrangerFault(
            f"{what} gave no usable address for the connection",
            why=f"it has to begin with {' or '.join(f'{one}://' for one in allowed)}",
            fix="Check the host in the configuration and the proxy.",
            code="address",
        )
    return given


def refused(refusal: Refused, later: bytes) -> Heard:
    """An event that cannot be kept: it is told without its content, and sent back."""
    received = refusal.received
    answer = msgspec.structs.replace(received.answer, body=later)
    return Heard(received=msgspec.structs.replace(received, answer=answer), later=later)


def told(stored: bytes, read: Callable[[bytes], Told]) -> tuple[Hint, ...]:
    """What an event in store, or a gap, hints at; ``read`` raises Refused. Raises InputError."""
    one = kept(stored)
    if not one.body:
        mark = key_of(GAP, str(one.at))
        return (Hint(kind="all", event=GAP, at=one.at, key=mark),)
    try:
        return read(one.body).hints
    except Refused:
        raise InputError(
            "A stored event cannot be read", fix="A full compare replaces it."
        ) from None
