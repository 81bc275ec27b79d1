"""Bookmarks: how far each reader of the log has come, kept beside the log.

A key-value bucket (ADR-8): ``nats kv get ORGLEDGER_BOOKMARKS notify.crm`` shows one,
``nats kv put`` moves it.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import NamedTuple

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, Header, RawStreamMsg, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from nats.js.kv import KV_OP

from adapters.nats.asking import PATIENCE_S, ensure, publish, silent
from domain.errors import LogError

BUCKET = "ORGLEDGER_BOOKMARKS"
STREAM, PREFIX = f"KV_{BUCKET}", f"$KV.{BUCKET}."

_ATTEMPT_S, _PAUSE_S = 1.0, 0.1
_WRONG_REVISION = 10071


class Bookmark(NamedTuple):
    """``position`` in the log; ``revision`` is 0 where there was none yet."""

    position: int
    revision: int


class Bookmarks:
    """The bookmarks over a connection of :func:`adapters.nats.client.connect`."""

    def __init__(self, client: Client, *, replicas: int = 1) -> None:
        self._client, self._replicas = client, replicas
        self._js = client.jetstream(timeout=_ATTEMPT_S)

    async def ensure(self) -> None:
        """Make the bucket where there is none. Raises ConfigError, LogError."""
        wanted = StreamConfig(
            name=STREAM,
            subjects=[f"{PREFIX}>"],
            storage=StorageType.FILE,
            num_replicas=self._replicas,
            max_msgs_per_subject=1,
            discard=DiscardPolicy.NEW,
            allow_direct=True,
            allow_rollup_hdrs=True,
            deny_delete=True,
        )
        await ensure(self._client, wanted)

    async def get(self, name: str) -> Bookmark | None:
        """The bookmark of that name, if there is one. Raises LogError."""
        found = await self._last(name)
        if found is None or _deleted(found):
            return None
        try:
            return Bookmark(int(found.data or b""), found.seq or 0)
        except ValueError:
            raise LogError(
                f"The bookmark {name} is no position",
                fix=f"Put one: nats kv put {BUCKET} {name} <position>",
            ) from None

    async def _last(self, name: str) -> RawStreamMsg | None:
        """What was written last under that name, also that it is deleted. Raises LogError."""
        deadline = monotonic() + PATIENCE_S
        while True:
            try:
                return await self._js.get_last_msg(STREAM, PREFIX + name)
            except NotFoundError:
                return None
            except (NatsError, OSError, TimeoutError) as error:
                if monotonic() >= deadline:
                    raise silent(STREAM, error) from None
                await asyncio.sleep(_PAUSE_S)

    async def put(self, name: str, position: int, revision: int) -> Bookmark:
        """Move a bookmark on from ``revision``.

        Raises LogError when it is not known to be done, or when somebody else moved it.
        """
        deadline = monotonic() + PATIENCE_S
        headers: dict[str, str] = {Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(revision)}
        data = b"%d" % position
        while True:
            try:
                ack = await publish(self._js, PREFIX + name, data, headers, _ATTEMPT_S)
                return Bookmark(position, ack.seq)
            except (NatsError, OSError, TimeoutError) as error:
                if isinstance(error, APIError) and error.err_code == _WRONG_REVISION:
                    last = await self._last(name)
                    if revision == 0 and last is not None and _deleted(last):
                        revision = last.seq or 0  # as a key-value bucket's own create does
                        headers[Header.EXPECTED_LAST_SUBJECT_SEQUENCE] = str(revision)
                        continue
                    found = await self.get(name)  # ours, whose acknowledgement was lost?
                    if found is not None and found.position == position:
                        return found
                    raise LogError(
                        f"The bookmark {name} was moved by somebody else",
                        fix="Nothing: it is read anew.",
                    ) from None
                if monotonic() >= deadline:
                    raise silent(STREAM, error) from None
                await asyncio.sleep(_PAUSE_S)


def _deleted(found: RawStreamMsg) -> bool:
    """Whether it says that there is none any more (ADR-8)."""
    return KV_OP in (found.headers or {})
