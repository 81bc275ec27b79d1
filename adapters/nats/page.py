"""A page of the log: one batched direct get (ADR-31), best for a bounded few.

The server sends the messages and then an end marker (status 204; 404 when there are
none). Any replica may answer, also one that lags behind: whoever needs the newest asks
the leader for the last position first and repeats until it is there.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import NamedTuple

import msgspec

from adapters.nats.session import Session, Unanswered
from adapters.nats.stream import Stream

_PAGE_BYTES = 8 * 1024 * 1024


class Row(NamedTuple):
    """One stored message on the way to become a notification."""

    position: int
    subject: str
    headers: bytes
    data: bytes


def header(block: bytes, name: bytes) -> bytes:
    """The value of a header in a raw block, empty when it is not there."""
    start = block.find(b"\r\n" + name + b": ")
    if start < 0:
        return b""
    start += len(name) + 4
    return block[start : block.find(b"\r", start)]


async def page(
    stream: Stream, after: int, limit: int, subject: str | None, deadline: float
) -> tuple[list[Row], bool]:
    """At most ``limit`` messages after a position, and whether there are more.

    Without ``subject`` all of the stream is read, which spares the server a count over
    the filter (10 ms with 300,000 subjects).
    """
    request: dict[str, object] = {"seq": after + 1, "batch": limit, "max_bytes": _PAGE_BYTES}
    if subject is not None:
        request["next_by_subj"] = subject
    payload = msgspec.json.encode(request)
    while True:
        session = await stream.connection.session(deadline)
        try:
            return await _page(session, f"$JS.API.DIRECT.GET.{stream.name}", payload)
        except Unanswered as silence:
            if monotonic() >= deadline:
                raise stream.connection.unreachable(str(silence)) from None
            await asyncio.sleep(0.05)


async def _page(session: Session, subject: str, payload: bytes) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    ended: asyncio.Future[bool] = session.promise(subject)

    def sink(_subject: bytes, _reply: bytes, data: bytes, headers: bytes) -> None:
        if not headers.startswith(b"NATS/1.0 "):
            position = int(header(headers, b"Nats-Sequence"))
            rows.append(Row(position, header(headers, b"Nats-Subject").decode(), headers, data))
        elif not ended.done():
            if headers.startswith((b"NATS/1.0 204", b"NATS/1.0 404")):
                ended.set_result(header(headers, b"Nats-Num-Pending") not in {b"", b"0"})
            else:
                ended.set_exception(Unanswered(headers[9:40].decode(errors="replace").strip()))

    reply, key = session.expect(sink)
    try:
        await session.send(subject, payload, reply=reply, headers=None)
        return rows, await session.within(ended, 5.0)
    finally:
        session.forget(key)
        ended.cancel()
