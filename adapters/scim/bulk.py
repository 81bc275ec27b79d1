"""Bulk: writes that are asked for at the same moment travel together (RFC 7644, section 3.7).

Whoever writes just awaits his own write. What a turn of the event loop brings together becomes
one request, within the limits of the service; a write that fails there is that write's fault only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from adapters.scim import errors, wire
from adapters.scim.client import ScimClient
from adapters.scim.errors import TooLarge, Unsupported
from domain.errors import AbsentFault, SystemFault, TerminalFault, TransientFault

Future = asyncio.Future[wire.Done]
Waiting = tuple[wire.Call, Future]

_RESPONSE = msgspec.json.Decoder(wire.BulkResponse, strict=False)
_ENVELOPE = 200
"""Bytes around the operations, and around each one's data."""


class Bulk:
    """Writes through ``/Bulk``: at most ``operations`` and ``size`` bytes (0: any) in a request."""

    def __init__(self, client: ScimClient, *, operations: int, size: int) -> None:
        self._client, self._most, self._size = client, operations, size
        self._waiting: list[Waiting] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, call: wire.Call) -> wire.Done:
        """Carry out one write, together with others. Raises SystemFault."""
        loop = asyncio.get_running_loop()
        future: Future = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((call, future))
        return await future

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        portion: list[Waiting] = []
        size = _ENVELOPE
        for item in waiting:
            more = len(msgspec.json.encode(item[0])) + _ENVELOPE if self._size else 0
            full = len(portion) >= self._most or (self._size and size + more > self._size)
            if portion and full:
                self._start(portion)
                portion, size = [], _ENVELOPE
            portion.append(item)
            size += more
        self._start(portion)

    def _start(self, portion: list[Waiting]) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(portion))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, portion: list[Waiting]) -> None:
        """Send a portion; every future of it has its result afterwards."""
        if len(portion) == 1 or not self._most:
            await self._each(portion)
            return
        try:
            results = await self._send([call for call, _ in portion])
        except TooLarge:
            half = len(portion) // 2
            self._most = max(1, min(self._most, half))
            await self._carry(portion[:half])
            await self._carry(portion[half:])
        except (Unsupported, AbsentFault):
            self._most = 0
            await self._carry(portion)
        except TerminalFault:  # one that is malformed spoils the request for all
            await self._each(portion)
        except SystemFault as fault:
            for _, future in portion:
                _settle(future, fault)
        else:
            for (_, future), result in zip(portion, results, strict=True):
                _settle(future, result)

    async def _each(self, portion: list[Waiting]) -> None:
        await asyncio.gather(*(self._alone(item) for item in portion))

    async def _alone(self, item: Waiting) -> None:
        call, future = item
        try:
            _settle(future, await self._client.write(call))
        except SystemFault as fault:
            _settle(future, fault)

    async def _send(self, calls: Sequence[wire.Call]) -> list[wire.Done | SystemFault]:
        body = msgspec.json.encode(
            {
                "schemas": [wire.BULK_REQUEST],
                "Operations": [_operation(call, number) for number, call in enumerate(calls)],
            }
        )
        idempotent = all(call.method != "POST" for call in calls)
        reply = await self._client.post("POST", "/Bulk", body, "", "POST /Bulk", repeat=idempotent)
        rows = reply.decode(_RESPONSE, f"{self._client.name} POST /Bulk").Operations
        return [
            self._result(call, row) for call, row in zip(calls, matched(calls, rows), strict=True)
        ]

    def _result(self, call: wire.Call, row: wire.BulkRow | None) -> wire.Done | SystemFault:
        status = 0 if row is None else row.code
        if row is None or not status:
            return self._unanswered(call)
        if not 200 <= status < 300:
            return errors.of_status(self._client.name, call.what, status, row.response)
        if call.method != "POST":
            return wire.Done(wire.id_in(call.path), row.version or "")
        if not row.location:
            return self._unanswered(call)
        return wire.Done(wire.id_in(row.location), row.version or "")

    def _unanswered(self, call: wire.Call) -> TransientFault:
        return TransientFault(
            f"{self._client.name} left {call.what} out of its answer to a bulk request",
            why="whether it was carried out is not known",
            fix="If it stays so, set bulk = false in the system's section.",
            code="bulk",
        )


def _operation(call: wire.Call, number: int) -> wire.Resource:
    operation: wire.Resource = {"method": call.method, "path": call.path}
    if call.method == "POST":
        operation["bulkId"] = f"b{number}"
    if call.version:
        operation["version"] = call.version
    if call.data is not None:
        operation["data"] = call.data
    return operation


def matched(calls: Sequence[wire.Call], rows: Sequence[wire.BulkRow]) -> list[wire.BulkRow | None]:
    """The outcome of each call: by its place, or by bulkId or address where rows are missing.

    Pure. The RFC wants one outcome for each operation and does not promise their order.
    """
    if len(rows) == len(calls) and all(
        _fits(call, row, number) for number, (call, row) in enumerate(zip(calls, rows, strict=True))
    ):
        return list(rows)
    found: list[wire.BulkRow | None] = []
    left = list(rows)
    for number, call in enumerate(calls):
        mine = next((row for row in left if _fits(call, row, number, surely=True)), None)
        if mine is not None:
            left.remove(mine)
        found.append(mine)
    return found


def _fits(call: wire.Call, row: wire.BulkRow, number: int, *, surely: bool = False) -> bool:
    if row.method and row.method.upper() != call.method:
        return False
    if call.method == "POST":
        return row.bulkId == f"b{number}" if surely or row.bulkId else True
    if row.location:
        return row.location.endswith(call.path)
    return not surely


def _settle(future: Future, result: wire.Done | SystemFault) -> None:
    if future.done():  # whoever asked was cancelled
        return
    if isinstance(result, SystemFault):
        future.set_exception(result)
    else:
        future.set_result(result)
