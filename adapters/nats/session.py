"""nats-py's client, with raw sinks.

nats-py builds a message object and parses its headers with a general parser for
every message: 30,000 messages/s on a two-core machine. A sink takes the four byte
strings as they come off the parser: 250,000/s (figures in docs/adr/0002). The one
method overridden here is nats-py's hand-over from parser to subscription; the test
``test_wire`` fails if a release changes it.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from adapters.nats.encrypted import EncryptedClient
from adapters.nats.parser import Sink, SinkParser

T = TypeVar("T")

_LOOK_S = 0.25
"""How often somebody who waits looks whether the connection is still there."""

_SILENT = "JetStream is off there, or has no leader yet"
"""What it means that nobody listens to a question to JetStream (ADR-31 of NATS, status 503)."""


class Unanswered(Exception):  # noqa: N818 - a situation that the caller resolves
    """No answer came: the connection ended, time ran out, or nobody listens."""


class Refused(Exception):  # noqa: N818 - the same
    """The server does not permit this client to use the subject."""


class Reply(NamedTuple):
    """An answer: its payload and its header block (empty when there is none)."""

    data: bytes
    headers: bytes


class Session(EncryptedClient):
    """One TCP connection. When it ends it stays ended; :mod:`connection` dials another."""

    def __init__(self) -> None:
        super().__init__()
        self._sinks: dict[int, Sink] = {}
        self._ps = SinkParser(self, self._sinks)
        self._answers: dict[bytes, Sink] = {}
        self._waiting: dict[asyncio.Future[Any], str] = {}
        self._inbox = ""
        self._asked = 0

    @property
    def server_name(self) -> str:
        """The name that the connected server gives itself."""
        return str(self._server_info.get("server_name", ""))

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        sink = self._sinks.get(sid)
        if sink is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            sink(subject, reply, data, headers or b"")

    async def listen(self, subject: str, sink: Sink) -> Subscription:
        """Subscribe; ``sink`` is called on the event loop and must not block."""
        subscription = await self.subscribe(subject)
        self._sinks[subscription._id] = sink
        return subscription

    async def unlisten(self, subscription: Subscription) -> None:
        """End a subscription, also when the connection has ended already."""
        self._sinks.pop(subscription._id, None)
        if self.is_connected:
            await subscription.unsubscribe()

    async def open_inbox(self) -> None:
        """One inbox for all answers; the last token tells whose they are."""
        self._inbox = self.new_inbox()
        await self.listen(f"{self._inbox}.*", self._answer)
        await self.flush()  # frames are not queued behind it, see send_frames

    def _answer(self, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        sink = self._answers.get(subject.rpartition(b".")[2])
        if sink is not None:
            sink(subject, reply, data, headers)

    def expect(self, sink: Sink) -> tuple[str, bytes]:
        """A reply subject whose messages go to ``sink``, and the key to :meth:`forget` it."""
        self._asked += 1
        key = b"%d" % self._asked
        self._answers[key] = sink
        return f"{self._inbox}.{self._asked}", key

    def forget(self, key: bytes) -> None:
        """Drop a reply subject; late answers vanish."""
        self._answers.pop(key, None)

    def promise(self, subject: str) -> asyncio.Future[Any]:
        """A future that fails with :class:`Unanswered` when the connection ends.

        ``subject`` is what it waits on, so that a refusal of that subject fails it.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[future] = subject
        future.add_done_callback(lambda done: self._waiting.pop(done, None))
        if not self.is_connected:
            future.set_exception(Unanswered("the connection ended"))
        return future

    def answer_to(self, subject: str) -> tuple[str, asyncio.Future[Reply]]:
        """A reply subject and the future of the first answer to it."""
        future: asyncio.Future[Reply] = self.promise(subject)

        def arrived(_subject: bytes, _reply: bytes, data: bytes, headers: bytes) -> None:
            if not future.done():
                if headers.startswith(b"NATS/1.0 503"):
                    future.set_exception(Unanswered(_SILENT))
                else:
                    future.set_result(Reply(data, headers))

        reply, key = self.expect(arrived)
        future.add_done_callback(lambda _: self.forget(key))
        return reply, future

    async def ask(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        timeout: float,  # noqa: ASYNC109 - a server's silence is bounded where it is asked
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Request and answer. Raises Unanswered or Refused; never retries."""
        reply, future = self.answer_to(subject)
        try:
            await self.send(subject, payload, reply=reply, headers=headers)
            return await self.within(future, timeout)
        finally:
            future.cancel()

    async def send(
        self, subject: str, payload: bytes, *, reply: str = "", headers: dict[str, str] | None
    ) -> None:
        """Publish without waiting. Raises Unanswered when the connection has ended."""
        if not self.is_connected:
            raise Unanswered("the connection ended")
        await self.publish(subject, payload, reply=reply, headers=headers)

    async def send_frames(self, frames: bytes) -> None:
        """Send whole frames of the protocol as they are, see :mod:`adapters.nats.frames`.

        nats-py's publish checks and joins the headers of every single message, which costs more
        than everything else in a batch of a thousand; and its queue is for small commands.
        Waits while the server takes no more. Raises Unanswered when the connection has ended.
        """
        transport = self._transport
        if not self.is_connected or transport is None:
            raise Unanswered("the connection ended")
        transport.write(frames)
        try:
            await transport.drain()  # type: ignore[no-untyped-call]
        except OSError:
            raise Unanswered("the connection ended") from None

    async def within(self, future: asyncio.Future[T], seconds: float) -> T:
        """The future's result, or Unanswered after ``seconds`` or when the connection ends.

        Looks at the connection itself from time to time: nats-py does not report its end
        when an error interrupts the closing.
        """
        deadline = monotonic() + seconds
        while not future.done():
            left = deadline - monotonic()
            if left <= 0:
                raise Unanswered(f"no answer within {seconds:g} s")
            if not self.is_connected:
                raise Unanswered("the connection ended")
            await asyncio.wait({future}, timeout=min(left, _LOOK_S))
        return future.result()

    async def shut(self) -> None:
        """Close, and leave nothing behind: nats-py does when it fails or ends half-way."""
        try:
            await asyncio.wait_for(self.close(), 1)
        except (OSError, NatsError, TimeoutError):
            pass  # the peer is gone; what matters is done below
        for task in (self._reading_task, self._ping_interval_task, self._flusher_task):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]
            try:
                closed = self._transport.wait_closed()  # type: ignore[no-untyped-call]
                await asyncio.wait_for(closed, 1)
            except (OSError, TimeoutError):
                pass  # the same
            except asyncio.CancelledError:  # of what nats-py waited for, and gave up, before
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
        self.ended()

    def ended(self) -> None:
        """Tell everybody who waits that nothing more will come."""
        for future in list(self._waiting):
            if not future.done():
                future.set_exception(Unanswered("the connection ended"))
                future.exception()  # retrieved: nobody may be waiting any more

    def refused(self, message: str) -> None:
        """Fail those who wait on the subject that a permissions violation names."""
        for future, subject in list(self._waiting.items()):
            if f'"{subject.lower()}"' in message.lower() and not future.done():
                future.set_exception(Refused(subject))
                future.exception()
