"""Appending: all or nothing, guarded, and exactly once.

Facts (ADR-50 of nats-io/nats-architecture-and-design; server/jetstream_batching.go and
``processJetStreamAtomicBatchMsg`` of nats-server 2.15): messages with one ``Nats-Batch-Id``
and ascending ``Nats-Batch-Sequence`` are staged, and stored when the one with
``Nats-Batch-Commit`` arrives, all or none. Expectations are checked at the commit against
the stream as it was before the batch. A staged batch is dropped after 10 s without
traffic. The acknowledgement carries the last sequence; the others precede it without gaps.
A batch cut off by a crash while it was being stored is completed at the next start.

A plain publish costs a fifth of a batch of one, so a single message goes without a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

import msgspec
from eventsourcing.persistence import IntegrityError

from adapters.nats.frames import frame
from adapters.nats.session import Refused, Reply, Session, Unanswered
from adapters.nats.stream import Stream
from domain.errors import ConfigError, LogError

MAX_BATCH = 1000
"""Messages in one batch, the server's default ``jetstream.limits.batch.max_msgs``."""

_ACK_S = 5.0
"""Seconds to wait for an acknowledgement before looking whether the append took place."""

_BATCH_ID, _APPEND_ID = "Nats-Batch-Id", "Append-Id"
_HEADERS_SIZE = 512
"""An upper bound for what the headers add to a message, in bytes, besides long subjects."""

_FLUSH_EVERY = 100
"""Messages sent at once; the loop runs in between, so that the server stages while we go on."""

_WRONG_SEQUENCE = {10071, 10164}
_INCOMPLETE, _DISABLED, _TOO_MANY = 10176, 10174, 10210
_PASSING = {_INCOMPLETE, _TOO_MANY, 10008, 10009, 10023}
"""Refusals that store nothing and may be different a moment later (server/errors.json)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to append. ``headers`` are its own, without those of the batch."""

    subject: str
    payload: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Guard:
    """Message ``index`` may only be appended if ``last`` is the last position on ``filter``.

    The message itself must match the filter: that is how a lost acknowledgement is resolved.
    """

    index: int
    filter: str
    last: int


class _Passing(Exception):  # noqa: N818 - a situation, resolved in this module
    """The server refused for now and stored nothing."""


async def append(stream: Stream, messages: Sequence[Outgoing], guards: Sequence[Guard]) -> int:
    """Append all messages or none; returns the position of the first.

    Raises IntegrityError when a guard does not hold, LogError when the log cannot be
    reached in time. When an acknowledgement is lost, the log is looked at before
    anything is sent again; were both to arrive, the guard refuses the second.
    """
    if len(messages) > stream.max_batch:
        raise LogError(
            f"{len(messages)} events cannot be appended to {stream.name} at once",
            why=f"a batch holds at most {stream.max_batch} messages",
            fix="Append them in several batches, each valid on its own.",
        )
    identity = uuid4().hex
    deadline = stream.connection.deadline()
    attempt, pause = 0, 0.02
    while True:
        attempt += 1
        session = await stream.connection.session(deadline)
        try:
            return await _send(session, stream, messages, guards, f"{identity}.{attempt}")
        except _Passing as refusal:
            why = str(refusal)
        except Unanswered as silence:
            why = str(silence)
            found = await _look(stream, guards[0], identity, deadline)
            if found:
                return found
        except IntegrityError:
            found = await _look(stream, guards[0], identity, deadline) if attempt > 1 else 0
            if found:
                return found
            raise
        if monotonic() + pause >= deadline:
            raise stream.connection.unreachable(why)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.5)


async def _look(stream: Stream, guard: Guard, identity: str, deadline: float) -> int:
    """Where this append is in the log, or 0.

    If it was stored, the guarded message is the first on the guard's filter after the
    guard's position: nothing else can have come between.
    """
    found = await stream.first_after(guard.last, guard.filter, deadline)
    if found is None or identity.encode() not in found.headers:
        return 0
    return found.position - guard.index


async def _send(
    session: Session,
    stream: Stream,
    messages: Sequence[Outgoing],
    guards: Sequence[Guard],
    identity: str,
) -> int:
    expected = {
        guard.index: {
            "Nats-Expected-Last-Subject-Sequence": str(guard.last),
            "Nats-Expected-Last-Subject-Sequence-Subject": guard.filter,
        }
        for guard in guards
    }
    count = len(messages)
    room = session.max_payload - _HEADERS_SIZE
    last_reply, acknowledged = session.answer_to(messages[-1].subject)
    first_reply, begun = session.answer_to(messages[0].subject) if count > 1 else ("", None)
    frames: list[bytes] = []
    try:
        for index, message in enumerate(messages):
            if len(message.payload) + 2 * len(message.subject) > room:
                raise _too_large(message, room)
            headers = message.headers | expected.get(index, {})
            if count == 1:
                headers[_APPEND_ID] = identity
            else:
                headers[_BATCH_ID] = identity
                headers["Nats-Batch-Sequence"] = str(index + 1)
            reply = first_reply if index == 0 else ""
            if index == count - 1:
                reply = last_reply
                if count > 1:
                    headers["Nats-Batch-Commit"] = "1"
            frames.append(frame(message.subject, reply, headers, message.payload))
            if len(frames) == _FLUSH_EVERY:
                await session.send_frames(b"".join(frames))
                frames.clear()
                await asyncio.sleep(0)
        await session.send_frames(b"".join(frames))
        answer = await session.within(acknowledged, _ACK_S)
    except Refused as refused:
        raise LogError(
            f"The log does not permit an append on {refused}",
            why="the account's permissions exclude it",
            fix="Give the account the right to publish under NATS_SUBJECT.",
        ) from None
    finally:
        acknowledged.cancel()
        early = _early(begun)
    return _position(stream, answer, early, count)


def _early(begun: asyncio.Future[Reply] | None) -> Any:
    """The first message's error, which says more than the commit's "incomplete"."""
    if begun is None:
        return None
    if not begun.done():
        begun.cancel()
        return None
    if begun.cancelled() or begun.exception() is not None or not begun.result().data:
        return None
    return msgspec.json.decode(begun.result().data).get("error")


def _position(stream: Stream, answer: Reply, early: Any, count: int) -> int:
    ack = msgspec.json.decode(answer.data)
    error = ack.get("error")
    if error is None:
        return int(ack["seq"]) - count + 1
    if error.get("err_code") == _INCOMPLETE and early is not None:
        error = early
    code, why = error.get("err_code"), error.get("description", "unknown error")
    if code in _WRONG_SEQUENCE:
        raise IntegrityError(f"Somebody else appended to {stream.name} first ({why})")
    if code in _PASSING:
        raise _Passing(why)
    if code == _DISABLED:
        raise ConfigError(
            f"The stream {stream.name} cannot hold a log",
            why=why,
            fix="Use another NATS_STREAM, or let orgledger make it.",
        )
    raise LogError(
        f"The stream {stream.name} refused the append",
        why=f"{why} (code {code})",
        fix="Run orgledger check.",
    )


def _too_large(message: Outgoing, room: int) -> LogError:
    return LogError(
        f"The event on {message.subject} has {len(message.payload)} bytes",
        why=f"the server takes {room} at most",
        fix="Raise max_payload in the server's configuration, or store less in the event.",
    )
