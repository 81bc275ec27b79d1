"""One ephemeral consumer of the log, read by pulling ahead. Runs on the event loop.

It is a pull consumer without acknowledgements; two requests are always under way, so
that the next batch arrives while the caller works on one, and no more than two batches
are ever held. The server interleaves heartbeats (status 100). Any other status, or the
loss of the connection, ends the feed; :mod:`reader` opens another where it left off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from queue import SimpleQueue
from time import monotonic
from typing import Any
from uuid import uuid4

import msgspec
from nats.aio.subscription import Subscription

from adapters.nats.connection import UnreachableError
from adapters.nats.session import Session
from adapters.nats.stream import Stream
from domain.errors import LogError

Delivered = tuple[bytes, bytes, bytes, bytes]
"""Subject, acknowledgement subject, payload and header block of one message."""

HEARTBEAT_S = 1.0
_EXPIRES_S = 3600
_CREATE_S = 1.5
_NANO = 1_000_000_000


def counters(reply: bytes) -> tuple[int, int, int]:
    """Stream sequence, consumer sequence and number still pending, of a delivery.

    The subject is ``$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.
    <time>.<pending>``; with a domain, two tokens more in front and one behind (ADR-15).
    """
    tokens = reply.split(b".")
    first = 5 if len(tokens) == 9 else 7
    return int(tokens[first]), int(tokens[first + 1]), int(tokens[first + 3])


class Feed:
    """Deliveries after a position on a filter, put on ``queue`` in lists of at most ``batch``.

    An item is ``(feed, deliveries)``; an empty list says that the feed has ended.
    """

    def __init__(
        self, stream: Stream, batch: int, queue: SimpleQueue[tuple[Feed | None, list[Delivered]]]
    ) -> None:
        self.stream, self.batch, self.queue = stream, batch, queue
        self.name = ""
        self.alive = monotonic()
        self._rows: list[Delivered] = []
        self._flushing = False
        self._over = False
        self._session: Session | None = None
        self._inbox: Subscription | None = None
        self._ending: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, after: int, subject: str, deadline: float) -> None:
        """Create the consumer and make the first two requests.

        A cluster may place it on a node that has just died, and then never answers; another
        name is another consumer, which gets another place.
        """
        while True:
            self.name = f"orgledger-{uuid4().hex[:16]}"
            try:
                await self._create(after, subject, min(deadline, monotonic() + _CREATE_S))
                break
            except UnreachableError:
                if monotonic() >= deadline:
                    raise
        self._session = await self.stream.connection.session(deadline)
        self._ending = self._session.promise("")
        self._ending.add_done_callback(lambda _: self._end())
        self._inbox = await self._session.listen(self._session.new_inbox(), self._arrived)
        self.more()
        self.more()

    async def _create(self, after: int, subject: str, deadline: float) -> None:
        config = {
            "name": self.name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": after + 1,
            "ack_policy": "none",
            "filter_subject": subject,
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 60 * _NANO,
        }
        request = {"stream_name": self.stream.name, "config": config}
        verb = f"CONSUMER.CREATE.{self.stream.name}.{self.name}"
        answer = await self.stream.api(verb, request, deadline)
        if "error" in answer:
            raise LogError(
                f"The stream {self.stream.name} cannot be read",
                why=answer["error"].get("description", "unknown error"),
                fix="Run orgledger check.",
            )

    def more(self) -> None:
        """Ask for another batch. The caller does so for every batch that it takes."""
        self.alive = monotonic()
        self._spawn(self._pull())

    async def _pull(self) -> None:
        if self._session is None or self._inbox is None or not self._session.is_connected:
            return
        request = {
            "batch": self.batch,
            "expires": _EXPIRES_S * _NANO,
            "idle_heartbeat": int(HEARTBEAT_S * _NANO),
        }
        await self._session.send(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream.name}.{self.name}",
            msgspec.json.encode(request),
            reply=self._inbox.subject,
            headers=None,
        )

    def _arrived(self, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        if headers.startswith(b"NATS/1.0 "):
            self.alive = monotonic()
            self._flush()
            if not headers.startswith(b"NATS/1.0 100"):
                self._end()
            return
        self._rows.append((subject, reply, data, headers))
        if len(self._rows) >= self.batch:
            self._flush()
        elif not self._flushing:
            # Runs when what the socket held has been parsed: then is the time to look
            # whether this was all there is, instead of after every message.
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._pause)

    def _pause(self) -> None:
        self._flushing = False
        if self._rows and counters(self._rows[-1][1])[2] == 0:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self.alive = monotonic()
            self.queue.put((self, self._rows))
            self._rows = []

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._flush()
            self.queue.put((self, []))

    def close(self) -> None:
        """Stop listening and let the server drop the consumer."""
        self._over = True
        self._rows = []
        if self._ending is not None:
            self._ending.cancel()
        self._spawn(self._hang_up())

    async def _hang_up(self) -> None:
        session, inbox = self._session, self._inbox
        if session is not None and inbox is not None and session.is_connected:
            await session.unlisten(inbox)
            verb = f"$JS.API.CONSUMER.DELETE.{self.stream.name}.{self.name}"
            await session.send(verb, b"", reply="", headers=None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
