"""Appending: all or nothing, guarded, and exactly once; see :mod:`staging` for the batch itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from time import monotonic
from uuid import uuid4

from eventsourcing.persistence import IntegrityError

from adapters.nats.session import Unanswered
from adapters.nats.staging import Guard, NoRoom, Outgoing, Passing, Staging
from adapters.nats.stream import Stream
from domain.errors import LogError

MAX_BATCH = 1000
"""Messages in one batch, the server's default ``jetstream.limits.batch.max_msgs``."""

_SENT_AT_ONCE = 250
"""Messages made and sent before the next ones: the server stages while we go on."""


async def append(
    stream: Stream,
    messages: Sequence[Outgoing],
    guards: Sequence[Guard],
    staged: Staging | None = None,
) -> int:
    """Append all messages or none; returns the position of the first.

    ``staged`` is a batch to which all of them but the last have been put already.
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
    identity = staged.identity if staged is not None else uuid4().hex
    deadline = stream.connection.deadline()
    attempt, pause = 0, 0.02
    full = False
    while True:
        attempt += 1
        try:
            if staged is None:
                session = await stream.connection.session(deadline)
                staged = Staging(session, stream.name, f"{identity}.{attempt}")
                await _put(staged, messages, guards)
            return await staged.commit(messages[-1], guards)
        except Passing as refusal:
            why, full = str(refusal), isinstance(refusal, NoRoom)
        except Unanswered as silence:
            why, full = str(silence), False
            found = await _look(stream, guards[0], identity, deadline)
            if found:
                return found
        except IntegrityError:
            found = await _look(stream, guards[0], identity, deadline) if attempt > 1 else 0
            if found:
                return found
            raise
        if monotonic() + pause >= deadline:
            raise _full(stream, why) if full else stream.connection.unreachable(why)
        staged = None
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.5)


def _full(stream: Stream, why: str) -> LogError:
    return LogError(
        f"The log at {stream.connection.address.where} has no room for more",
        why=why,
        fix="Free space on its disk or raise its limit (max_file_store), restart it and run the"
        " command again; what has been recorded already is not recorded twice.",
    )


async def _put(staged: Staging, messages: Sequence[Outgoing], guards: Sequence[Guard]) -> None:
    """All but the last."""
    for start in range(0, len(messages) - 1, _SENT_AT_ONCE):
        chunk = messages[start : min(start + _SENT_AT_ONCE, len(messages) - 1)]
        await staged.put(staged.frames(chunk, guards))
        await asyncio.sleep(0)


async def _look(stream: Stream, guard: Guard, identity: str, deadline: float) -> int:
    """Where this append is in the log, or 0.

    If it was stored, its first message on the guard's filter is the first one there after
    the guard's position: nothing else can have come between.
    """
    found = await stream.first_after(guard.last, guard.filter, deadline)
    if found is None or identity.encode() not in found.headers:
        return 0
    return found.position - guard.first


def append_all(
    stream: Stream, messages: Iterable[Outgoing], scope: str, last: int, size: int
) -> Iterator[list[int]]:
    """Append batches of ``size``, all on the filter ``scope``, behind its position ``last``.

    While the server stores one batch, the next is made and staged: only its last message has to
    wait for the acknowledgement, because that one carries the guard. Yields the positions of a
    batch; the next is committed when the caller comes back.
    Raises as :func:`append` does, after yielding what was stored before.
    """
    source, connection = iter(messages), stream.connection
    storing: Future[int] | None = None
    count = 0
    while True:
        batch = _Ahead(stream)
        failure: Exception | None = None
        try:
            batch.fill(islice(source, size))
        except Exception as error:
            failure = error
        try:
            if storing is not None:
                first = storing.result()
                last = first + count - 1
                yield list(range(first, last + 1))
            if failure is not None:
                raise failure
        except BaseException:
            if storing is not None:
                storing.cancel()
            batch.drop()
            raise
        count = len(batch.messages)
        if count == 0:
            return
        guard = Guard(count - 1, scope, last, 0)
        storing = connection.start(append(stream, batch.messages, [guard], batch.staged))


class _Ahead:
    """A batch that is made and sent in the caller's thread, all of it but the last message."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.messages: list[Outgoing] = []
        self.staged: Staging | None = None

    def fill(self, source: Iterator[Outgoing]) -> None:
        connection, messages = self._stream.connection, self.messages
        sending: Future[None] | None = None
        while chunk := list(islice(source, _SENT_AT_ONCE)):
            staged = self.staged
            if staged is None:
                staged = self.staged = connection.run(_staging(self._stream))
            begin = max(0, len(messages) - 1)
            messages += chunk
            frames = staged.frames(messages[begin:-1])
            if sending is not None:
                sending.result()
            sending = connection.start(staged.put(frames))
        if sending is not None:
            sending.result()

    def drop(self) -> None:
        if self.staged is not None:
            self._stream.connection.post(self.staged.drop)


async def _staging(stream: Stream) -> Staging:
    session = await stream.connection.session(stream.connection.deadline())
    return Staging(session, stream.name, uuid4().hex)
