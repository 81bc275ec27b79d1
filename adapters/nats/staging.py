"""One batch on its way to the server.

Facts (ADR-50 of nats-io/nats-architecture-and-design; server/jetstream_batching.go and
``processJetStreamAtomicBatchMsg`` of nats-server 2.15): messages with one ``Nats-Batch-Id``
and ascending ``Nats-Batch-Sequence`` are staged as they arrive, and stored when the one with
``Nats-Batch-Commit`` arrives, all or none. Expectations are checked at the commit against
the stream as it was before the batch, whichever of its messages carries them. A staged batch
is dropped after 10 s without traffic. The acknowledgement carries the last sequence; the
others precede it without gaps. A batch cut off by a crash while it was being stored is
completed at the next start.

A plain publish costs a fifth of a batch of one, so a single message goes without a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from eventsourcing.persistence import IntegrityError

from adapters.nats.frames import frame
from adapters.nats.session import Refused, Reply, Session, Unanswered
from domain.errors import ConfigError, LogError

_ACK_S = 5.0
"""Seconds to wait for an acknowledgement before looking whether the append took place."""

_HEADERS_SIZE = 512
"""An upper bound for what the headers add to a message, in bytes, besides long subjects."""

_WRONG_SEQUENCE = {10071, 10164}
_INCOMPLETE, _DISABLED, _TOO_MANY = 10176, 10174, 10210
_NO_ROOM = 10023
_PASSING = {_INCOMPLETE, _TOO_MANY, 10008, 10009, _NO_ROOM}
"""Refusals that store nothing and may be different a moment later (server/errors.json)."""


class Outgoing(NamedTuple):
    """A message to append. ``version`` is the header V, None for what is not an event."""

    subject: str
    payload: bytes
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Message ``index`` may only be appended if ``last`` is the last position on ``filter``.

    ``first`` is the first message of the batch that matches the filter: that is how a lost
    acknowledgement is resolved. The message ``index`` must match it too.
    """

    index: int
    filter: str
    last: int
    first: int

    @property
    def headers(self) -> str:
        return (
            f"Nats-Expected-Last-Subject-Sequence: {self.last}\r\n"
            f"Nats-Expected-Last-Subject-Sequence-Subject: {self.filter}\r\n"
        )


class Passing(Exception):  # noqa: N818 - a situation that the caller resolves
    """The server refused for now and stored nothing."""


class NoRoom(Passing):
    """It has no room for more, or a limit of its own says so (10023, insufficient resources)."""


class Staging:
    """A batch over one session: any number of :meth:`put`, then one :meth:`commit`.

    What is never committed leaves no trace: :meth:`drop` it here, the server does after 10 s.
    """

    def __init__(self, session: Session, stream: str, identity: str) -> None:
        self._session, self._stream, self.identity = session, stream, identity
        self._made = 0
        self._room = session.max_payload - _HEADERS_SIZE
        self._first_reply, self._begun = session.answer_to("")

    def frames(self, messages: Sequence[Outgoing], guards: Sequence[Guard] = ()) -> bytes:
        """The next messages as :meth:`put` sends them. Raises LogError for one too large.

        The only method that may be called off the event loop.
        """
        batch = f"Nats-Batch-Id: {self.identity}\r\nNats-Batch-Sequence: "
        expected = {guard.index + 1: guard.headers for guard in guards}
        reply = "" if self._made else self._first_reply
        frames = []
        for number, message in enumerate(messages, self._made + 1):
            headers = f"{self._own(message)}{batch}{number}\r\n{expected.get(number, '')}"
            frames.append(frame(message.subject, reply, headers, message.payload))
            reply = ""
        self._made += len(frames)
        return b"".join(frames)

    async def put(self, frames: bytes) -> None:
        """Send frames. When the connection has ended, :meth:`commit` will say so."""
        try:
            async with asyncio.timeout(_ACK_S):
                await self._session.send_frames(frames)
        except (Unanswered, TimeoutError):
            return

    async def commit(self, last: Outgoing, guards: Sequence[Guard]) -> int:
        """Send the last message; the position of the first, once all are stored.

        Raises IntegrityError when a guard does not hold, Passing when the same may succeed
        in a moment, Unanswered when it is not known what became of it.
        """
        count = self._made + 1
        reply, acknowledged = self._session.answer_to(last.subject)
        headers = self._own(last)
        if count == 1:
            headers += f"Append-Id: {self.identity}\r\n"
        else:
            headers += (
                f"Nats-Batch-Id: {self.identity}\r\nNats-Batch-Sequence: {count}\r\n"
                "Nats-Batch-Commit: 1\r\n"
            )
        headers += "".join(guard.headers for guard in guards if guard.index == count - 1)
        try:
            await self._session.send_frames(frame(last.subject, reply, headers, last.payload))
            answer = await self._session.within(acknowledged, _ACK_S)
        except Refused as refused:
            raise LogError(
                f"The log does not permit an append on {refused}",
                why="the account's permissions exclude it",
                fix="Give the account the right to publish under NATS_SUBJECT.",
            ) from None
        finally:
            acknowledged.cancel()
            early = _early(self._begun)
            self.drop()
        return _position(self._stream, answer, early, count)

    def drop(self) -> None:
        """Wait for nothing any more."""
        self._begun.cancel()

    def _own(self, message: Outgoing) -> str:
        """The message's own headers."""
        if len(message.payload) + 2 * len(message.subject) > self._room:
            raise LogError(
                f"The event on {message.subject} has {len(message.payload)} bytes",
                why=f"the server takes {self._room} at most",
                fix="Raise max_payload in the server's configuration, or store less in the event.",
            )
        return "" if message.version is None else f"V: {message.version}\r\n"


def _early(begun: asyncio.Future[Reply]) -> Any:
    """The first message's error, which says more than the commit's "incomplete"."""
    if not begun.done() or begun.cancelled() or begun.exception() is not None:
        return None
    told = begun.result().data
    return msgspec.json.decode(told).get("error") if told else None


def _position(stream: str, answer: Reply, early: Any, count: int) -> int:
    ack = msgspec.json.decode(answer.data)
    error = ack.get("error")
    if error is None:
        return int(ack["seq"]) - count + 1
    if error.get("err_code") == _INCOMPLETE and early is not None:
        error = early
    code, why = error.get("err_code"), error.get("description", "unknown error")
    if code in _WRONG_SEQUENCE:
        raise IntegrityError(f"Somebody else appended to {stream} first ({why})")
    if code in _PASSING:
        raise NoRoom(why) if code == _NO_ROOM else Passing(why)
    if code == _DISABLED:
        raise ConfigError(
            f"The stream {stream} cannot hold a log",
            why=why,
            fix="Use another NATS_STREAM, or let orgledger make it.",
        )
    raise LogError(
        f"The stream {stream} refused the append",
        why=f"{why} (code {code})",
        fix="Run orgledger check.",
    )
