"""The requests of one batch: what is answered stays, what is left is asked for again.

Each request of a batch is throttled on its own, with a status and a Retry-After of its own
(Graph v1.0, json-batching and throttling).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from adapters.entra import errors, wire
from adapters.http import Reply, decoder
from domain.errors import SystemFault, TransientFault

T = TypeVar("T")


class Parts(Generic[T]):
    """``answers`` has a ``shape`` or a fault for each path, in order, once the batch is done."""

    def __init__(self, names: Sequence[str], paths: Sequence[str], shape: type[T]) -> None:
        self._names, self._paths, self._shape = names, paths, shape
        self._found: dict[int, T | SystemFault] = {}

    @property
    def answers(self) -> list[T | SystemFault]:
        """One for each path, in order."""
        return [self._found[number] for number in range(len(self._paths))]

    @property
    def left(self) -> list[tuple[int, str]]:
        """Number and path of what is not answered yet."""
        return [(n, path) for n, path in enumerate(self._paths) if n not in self._found]

    def put(self, number: int, answer: T | SystemFault) -> None:
        """An answer that came by itself."""
        self._found[number] = answer

    def body(self) -> bytes:
        """The request for what is left."""
        requests = [
            {"id": str(number), "method": "GET", "url": f"/{path}"} for number, path in self.left
        ]
        return msgspec.json.encode({"requests": requests})

    def judge(self, reply: Reply) -> None:
        """Keep what is answered; raises TransientFault while something is left."""
        fault = errors.fault_of("$batch", reply)
        if fault is not None:
            raise fault
        batch = reply.decode(decoder(wire.Batch), "Entra $batch")
        passing = [found for part in batch.responses or () if (found := self._take(part))]
        if not self.left:
            return
        waits = [found.retry_after for found in passing if found.retry_after is not None]
        raise TransientFault(
            "Entra $batch was answered in part",
            why=passing[0].why if passing else f"{len(self.left)} of its answers are missing",
            fix=passing[0].fix if passing else "",
            code=passing[0].code if passing else "missing",
            retry_after=max(waits, default=None),
            throttled=any(found.throttled for found in passing),
        )

    def _take(self, part: wire.Part) -> TransientFault | None:
        """Keep one answer, or return what is passing about it."""
        if not part.id.isdecimal() or int(part.id) >= len(self._paths):
            return None
        number = int(part.id)
        name = self._names[number]
        reply = Reply(part.status, "application/json", bytes(part.body), part.retry_after)
        fault = errors.fault_of(name, reply)
        if isinstance(fault, errors.TokenRefused):
            raise fault
        if isinstance(fault, TransientFault):
            return fault
        if fault is None:
            try:
                self._found[number] = reply.decode(decoder(self._shape), f"Entra {name}")
            except SystemFault as other:
                self._found[number] = other
        else:
            self._found[number] = fault
        return None

    def give_up(self, fault: SystemFault) -> None:
        """What is left is answered by ``fault``."""
        for number, _ in self.left:
            self.put(number, fault)
