"""The inbox: what providers told, as it came, until somebody has read it.

One stream for all systems, one subject for each. A worker follows ``subject(system)`` in
:data:`STREAM` with a durable consumer of its own; the receiver answers its caller only after
:meth:`Inbox.put`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, NamedTuple, TypeVar

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, Header, RawStreamMsg, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from adapters.nats.asking import (
    PATIENCE_S,
    Message,
    batch,
    ensure,
    publish,
    silent,
)
from adapters.nats.subjects import token

T = TypeVar("T")

STREAM = "ORGLEDGER_INBOX"
ROOT = "orgledger.inbox"
VIA = "Orgledger-Via"

Via = Literal["callback", "stream"]
"""How it came: the provider called us, or told us over a connection that we had opened."""

MAX_AGE_S = 30 * 86400.0
"""How long it is kept (DESIGN section 4)."""

REPEATS_S = 8 * 3600.0
"""For how long a repeat is known as one.

Feishu's last try comes after seven hours and five minutes (feishu.md, 10.1), Graph's after four
(entra.md, 9), the others' within a minute. The server keeps every key in memory for that long,
and a repeat that comes later costs no more than one reading.
"""

_ATTEMPT_S = 0.4
"""How long the first attempt waits for its acknowledgement; it takes 1 to 10 ms."""
_PAUSE_S = 0.05
_PAGE, _PAGE_BYTES = 256, 4 * 1024 * 1024


class Stored(NamedTuple):
    """Where it is in the stream, and whether it had been there already."""

    sequence: int
    duplicate: bool


class Entry(NamedTuple):
    """Something in the inbox. ``at`` is when it was stored, in seconds since 1970."""

    sequence: int
    at: float
    via: Via
    data: bytes


def subject(system: str) -> str:
    """Where a system's part of the inbox is."""
    return f"{ROOT}.{token(system)}"


class Inbox:
    """The inbox over a connection of :func:`adapters.nats.client.connect`."""

    def __init__(self, client: Client, *, replicas: int = 1) -> None:
        self._client, self._replicas = client, replicas
        self._js = client.jetstream(timeout=2)

    async def ensure(self) -> None:
        """Make the stream where there is none. Raises ConfigError, LogError."""
        wanted = StreamConfig(
            name=STREAM,
            subjects=[f"{ROOT}.>"],
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            max_age=MAX_AGE_S,
            duplicate_window=REPEATS_S,
            discard=DiscardPolicy.OLD,
            allow_direct=True,
        )
        await ensure(self._client, wanted)

    async def identity(self) -> str:
        """Tells this inbox from every other one: when it was made. Raises LogError."""
        info = await self._patiently(self._js.stream_info, STREAM)
        return f"{STREAM} {info.created}"

    async def put(
        self,
        system: str,
        data: bytes,
        key: str,
        *,
        via: Via = "callback",
        headers: Mapping[str, str] | None = None,
        within: float = 1.0,
    ) -> Stored:
        """Store ``data`` and return when the server has said that it is.

        ``key`` stands for it: what the system brought under the same key in the last
        :data:`REPEATS_S` is not stored again, which also makes it safe to try again when an
        acknowledgement is lost. Gives up after ``within`` seconds with a LogError; it may have
        been stored all the same, and whoever repeats it finds that out.
        """
        deadline, attempt = monotonic() + within, _ATTEMPT_S
        told = {**(headers or {}), VIA: via, Header.MSG_ID: f"{system}:{key}"}
        while True:
            left = deadline - monotonic()
            try:
                ack = await publish(self._js, subject(system), data, told, min(attempt, left))
            except (NatsError, OSError, TimeoutError) as error:
                left, attempt = deadline - monotonic(), attempt * 2
                if left <= _PAUSE_S:
                    raise silent(STREAM, error) from None
                await asyncio.sleep(_PAUSE_S)
            else:
                return Stored(ack.seq, bool(ack.duplicate))

    async def entries(self, system: str, since: float) -> AsyncIterator[Entry]:
        """What has been stored since ``since`` (seconds since 1970), up to now, in order.

        Raises LogError.
        """
        newest = await self._patiently(self._newest, system)
        if newest is None or newest.time is None or newest.time.timestamp() < since:
            return
        last = newest.sequence or 0
        asked: dict[str, object] = {"start_time": datetime.fromtimestamp(since, UTC)}
        while True:
            found = await self._patiently(self._page, system, asked, last)
            for one in found:
                via: Via = "stream" if one.headers.get(VIA) == "stream" else "callback"
                yield Entry(one.sequence, one.at, via, one.data)
            if found[-1].sequence >= last:
                return
            asked = {"seq": found[-1].sequence + 1}

    async def _newest(self, system: str) -> RawStreamMsg | None:
        """The leader knows the newest one; a page may come from a replica that lags behind."""
        try:
            return await self._js.get_last_msg(STREAM, subject(system))
        except NotFoundError:
            return None

    async def _page(self, system: str, asked: dict[str, object], newest: int) -> list[Message]:
        limits = {"next_by_subj": subject(system), "batch": _PAGE, "max_bytes": _PAGE_BYTES}
        found = await batch(self._client, STREAM, {**asked, **limits}, 5.0)
        if not found:
            raise NatsError(f"a replica lags behind, it does not have {newest} yet")
        return found

    async def _patiently(self, ask: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """Asked again while the cluster finds its leader. Raises LogError."""
        deadline = monotonic() + PATIENCE_S
        while True:
            try:
                return await ask(*arguments)
            except (NatsError, OSError, TimeoutError) as error:
                if monotonic() >= deadline:
                    raise silent(STREAM, error) from None
                await asyncio.sleep(_PAUSE_S)
